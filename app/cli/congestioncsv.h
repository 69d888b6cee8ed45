// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"
#include "app/cli/outputfile.h"
#include "model/eventfilter.h"
#include "model/workspace.h"
#include "views/congestion/panelset.h"

#include <optional>

namespace qlogscope {

/// Writes what the congestion chart shows of a trace as CSV, series after series, each in the order of time at full resolution (the
/// command line's contract, "congestion csv"). Rates are one row a window, at its start; see rateWindowNs().
/// @param range in T, nanoseconds since the earliest event
/// @param panel only the series of this one; none: of all
/// @param filter what it does not select has no row; values are those of the whole trace
/// @return ExitGood, ExitOutput if it could not be written, ExitUnreadable if the file could not be searched for the texts of the filter;
/// the latter are said on standard error
[[nodiscard]] ExitCode writeCongestionCsv(const TraceRef& trace, TimeRange range, Direction perspective, const Filter& filter, OutputFile* output,
                                          std::optional<PanelKind> panel = {});

} // namespace qlogscope
