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

/// What cannot be read by range, in an unlinked temporary file: in $TMPDIR, else /var/tmp; a file system in memory only if
/// nothing else is writable. A spool that would leave less than 64 MiB free there is given up with a clear problem.
struct Spooled {
    std::shared_ptr<ByteSource> source; ///< null if nothing could be written
    bool isDamaged = false; ///< the data ends early or is damaged: everything that was decoded before is there
    std::string problem; ///< in words, for isDamaged or a null source
};

/// Unpacks gzip (any number of members) or zstd (any number of frames). Any thread; returns what was unpacked when stopped.
/// @param progress called now and then with the compressed bytes read so far
[[nodiscard]] Spooled spoolDecompressed(const ByteSource& compressed, Compression compression,
                                        const std::function<void(std::uint64_t)>& progress, std::stop_token stop);

/// Reads standard input to its end. Waits for it, but not longer than until it is stopped.
/// @param progress called now and then with the bytes read so far
[[nodiscard]] Spooled spoolStandardInput(const std::function<void(std::uint64_t)>& progress, std::stop_token stop);

} // namespace qlogscope
