// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/congestion/congestionlayout.h"

#include <cstdint>

namespace qlogscope {

/// Lays out throughput and goodput: a level for each window of time (RateWindows, aligned to T = 0), its bytes divided by the part of it that is
/// logged. Where windows are narrower than two columns, each column shows the lowest and the highest of those that begin in it; at
/// most four are asked for a column, else windows get longer (shownRateWindowNs()). Sets layout->rateWindowNs.
/// @param chosenNs the wanted window; 0: by the range
void layOutRates(const Trace& trace, const DerivedSeries& derived, std::int64_t chosenNs, CongestionLayout* layout);

/// What a line of windows shows at a time.
struct RateAt {
    TimeRange window; ///< T; the logged part
    std::uint64_t bytes = 0;
    std::int64_t bitsPerSecond = 0;
};
/// @param timeNs T
[[nodiscard]] RateAt rateAt(const Trace& trace, const DerivedSeries& derived, const CongestionLayout& layout, CongestionSeries series,
                            std::int64_t timeNs);

/// For the hover label.
[[nodiscard]] ItemText textOf(const RateAt& rate, CongestionSeries series, const CongestionLayout& layout);
/// "rates over 100 ms", and why the window is not the chosen one.
[[nodiscard]] QString ratesTitle(const CongestionLayout& layout);

} // namespace qlogscope
