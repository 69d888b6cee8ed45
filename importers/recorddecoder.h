// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "importers/decodedblock.h"

#include <memory>

namespace qlogscope {

/// Which JSON library reads the records. Both give the same rows and facts wherever both accept a record.
enum class JsonPath : std::uint8_t {
    Fast, ///< simdjson, with nlohmann/json as second opinion on number and byte-order-mark errors
    Reference, ///< nlohmann/json alone: for tests
};

/// Decodes blocks of records, one block at a time; keep one decoder a thread, its buffers are reused. A record that is no JSON
/// is repaired once (invalid UTF-8, NaN and Infinity, numbers that overflow, comments, trailing commas); anything else is a row flagged
/// malformed with a diagnostic. Never throws.
class RecordDecoder
{
public:
    explicit RecordDecoder(JsonPath path = JsonPath::Fast);
    ~RecordDecoder();

    [[nodiscard]] DecodedBlock decode(const RecordBlock& block);

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace qlogscope
