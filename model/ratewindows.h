// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/timerange.h"

#include <cstdint>

namespace qlogscope {

/// The windows of time that bit rates are averaged over: [zero + k * length, zero + (k + 1) * length), so that they stay where they
/// are whatever part of the trace is looked at. The first and the last one are cut to the time that is logged; where less than
/// half of one is left it belongs to its neighbour, or one packet in it would look like a burst. Nanoseconds, of one clock. A value.
class RateWindows
{
public:
    /// @param logged what is outside is not known
    /// @param lengthNs at least 1
    RateWindows(TimeRange logged, std::int64_t zeroNs, std::int64_t lengthNs);

    /// The window at a time; before or after the logged time the first or the last one. Empty if no time is logged.
    [[nodiscard]] TimeRange at(std::int64_t timeNs) const;

private:
    [[nodiscard]] std::int64_t indexOf(std::int64_t timeNs) const;

    TimeRange m_logged;
    std::int64_t m_zeroNs;
    std::int64_t m_lengthNs;
    std::int64_t m_first = 0;
    std::int64_t m_last = 0;
};

/// The window that rates are shown over: the chosen one, or by rateWindowNs() if that is 0. One that is so short that a column would
/// hold more than four of them is 2, 5, 10, ... times as long.
[[nodiscard]] std::int64_t shownRateWindowNs(TimeRange range, int columns, std::int64_t chosenNs);

} // namespace qlogscope
