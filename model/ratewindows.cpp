// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/ratewindows.h"

#include "model/transferrates.h"

#include <algorithm>

namespace qlogscope {

RateWindows::RateWindows(TimeRange logged, std::int64_t zeroNs, std::int64_t lengthNs)
    : m_logged(logged)
    , m_zeroNs(zeroNs)
    , m_lengthNs(std::max<std::int64_t>(lengthNs, 1))
{
    if (logged.isEmpty())
        return;
    m_first = indexOf(logged.beginNs);
    m_last = indexOf(logged.endNs - 1);
    const auto isShort = [this](std::int64_t length) { return length < m_lengthNs - length; };
    if (m_first < m_last && isShort(m_lengthNs - (logged.beginNs - (m_zeroNs + m_first * m_lengthNs))))
        ++m_first;
    if (m_first < m_last && isShort(logged.endNs - (m_zeroNs + m_last * m_lengthNs)))
        --m_last;
}

std::int64_t RateWindows::indexOf(std::int64_t timeNs) const
{
    const std::int64_t since = timeNs - m_zeroNs;
    return since / m_lengthNs - (since % m_lengthNs < 0);
}

TimeRange RateWindows::at(std::int64_t timeNs) const
{
    if (m_logged.isEmpty())
        return {};
    const std::int64_t index = std::clamp(indexOf(std::clamp(timeNs, m_logged.beginNs, m_logged.endNs - 1)), m_first, m_last);
    return {index == m_first ? m_logged.beginNs : m_zeroNs + index * m_lengthNs,
            index == m_last ? m_logged.endNs : m_zeroNs + (index + 1) * m_lengthNs};
}

std::int64_t shownRateWindowNs(TimeRange range, int columns, std::int64_t chosenNs)
{
    constexpr int mostOfColumn = 4;
    if (chosenNs <= 0)
        return rateWindowNs(range);
    const std::int64_t least = range.lengthNs() / (std::int64_t{mostOfColumn} * std::max(columns, 1));
    std::int64_t window = chosenNs;
    for (int step = 0; window < least; ++step)
        window = step % 3 == 1 ? window / 2 * 5 : window * 2; // 1, 2, 5, 10, ...
    return window;
}

} // namespace qlogscope
