// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/bytesource.h"
#include "model/eventbatch.h"

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace qlogscope {

/// A compressed source unpacked to an unlinked temporary file, so that records can be read again by range.
struct Spooled {
    std::shared_ptr<ByteSource> source; ///< null if nothing could be written
    bool isTruncated = false; ///< the compressed data ends early or is damaged: everything before is there
    std::string problem; ///< in words, for isTruncated or a null source
};

/// Unpacks gzip. Spools to $TMPDIR, else /var/tmp. Any thread; returns what was unpacked when stopped.
/// @param progress called now and then with the compressed bytes read so far
[[nodiscard]] Spooled spoolDecompressed(const ByteSource& compressed, Compression compression,
                                        const std::function<void(std::uint64_t)>& progress, std::stop_token stop);

} // namespace qlogscope
