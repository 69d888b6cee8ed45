// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"
#include "app/cli/outputfile.h"
#include "model/eventfilter.h"
#include "model/http3placement.h"
#include "model/recordreader.h"
#include "model/workspace.h"

#include <optional>

namespace qlogscope {

/// Writes what each byte of the packets of a trace is used for as CSV, packet after packet in the order of the log, first those sent, then
/// those received (the command line's contract, "packetization csv").
/// @param range in T: only packets of this time have rows; positions are those in the whole trace
/// @param direction only packets of this one; none: of both
/// @param filter packets whose record it does not select have no rows
/// @return as writeCongestionCsv()
[[nodiscard]] ExitCode writePacketizationCsv(const TraceRef& trace, TimeRange range, std::optional<Direction> direction, const RecordReader& records,
                                             const Http3FrameReader& http3, const Filter& filter, OutputFile* output);

} // namespace qlogscope
