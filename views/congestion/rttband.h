// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/columnedges.h"
#include "views/congestion/chartdata.h"
#include "views/congestion/congestionlayout.h"

namespace qlogscope {

/// The smoothed RTT more or less its variance (rttvar, RFC 9002, section 5.3), where both are logged: from the lowest smoothed RTT of a
/// column less its largest variance to the highest more it. Not below 0. Both hold until the next value, up to @p endColumn.
void layOutRttBand(const ChartData& data, const ColumnEdges& edges, float endColumn, CongestionLayout* layout);

} // namespace qlogscope
