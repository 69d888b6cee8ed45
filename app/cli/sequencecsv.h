// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"
#include "app/cli/outputfile.h"
#include "model/eventfilter.h"
#include "model/workspace.h"

namespace qlogscope {

/// Writes the packets between the two ends of a connection as CSV, in the order of time (the command line's contract, "sequence csv"), and
/// the other events. Times are on the client's clock after alignment, where both ends are logged; 0 is the earliest event of the trace.
/// @param workspace has the trace, and that of the other end if there is one
/// @param range in T of the trace: a packet has a row if it is sent or received in it
/// @param filter what it does not select, in the files of both ends, has no row; a packet has one if its sending or its reception is selected
/// @return as writeCongestionCsv()
[[nodiscard]] ExitCode writeSequenceCsv(const Workspace& workspace, const TraceRef& trace, TimeRange range, const Filter& filter, OutputFile* output);

} // namespace qlogscope
