// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/diagnostics.h"
#include "model/traceheader.h"

#include <optional>
#include <string_view>
#include <vector>

namespace qlogscope {

/// Reads the header of a sequence file: its first record (dialects 1.4, 2).
/// @return nullopt if the record is no header
[[nodiscard]] std::optional<TraceHeader> readSequenceHeader(std::string_view record, ByteRange range,
                                                            std::vector<Diagnostic>* diagnostics);

/// Reads the header of one entry of a contained document.
/// @param root members of the file beside the traces, as JSON text closed by the caller; may be incomplete as yet
/// @param trace members of the trace beside its events, likewise
[[nodiscard]] TraceHeader readContainedHeader(std::string_view root, std::string_view trace, std::uint32_t traceInFile,
                                              ByteRange range, std::vector<Diagnostic>* diagnostics);

/// `error_description` of an entry of `traces` that has no events; nullopt if it is no trace error.
[[nodiscard]] std::optional<std::string> readTraceError(std::string_view trace);

} // namespace qlogscope
