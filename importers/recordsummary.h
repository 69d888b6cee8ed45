// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/recordreader.h"

namespace qlogscope {

/// Reads a record again and says what it is about. Stateless; any thread.
class RecordSummary : public RecordReader
{
public:
    [[nodiscard]] std::string summary(std::string_view record, const TraceHeader& header) const override;
    [[nodiscard]] RecordDescription description(std::string_view record, const TraceHeader& header) const override;
    [[nodiscard]] std::vector<std::string> connectionIds(std::string_view record, const TraceHeader& header) const override;
    [[nodiscard]] PacketLayout packetLayout(std::string_view record, const TraceHeader& header, const PacketFact& packet) const override;
};

} // namespace qlogscope
