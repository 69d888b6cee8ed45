// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace qlogscope {

/// Closed interval of unsigned numbers (packet numbers, stream offsets).
struct Interval {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    constexpr bool operator==(const Interval&) const = default;
};

/// Set of unsigned numbers as sorted, disjoint, non-adjacent closed intervals. Its size is bounded by the number of
/// insertions, never by the numbers inserted. Appending at the end is constant time.
class IntervalSet
{
public:
    [[nodiscard]] const std::vector<Interval>& intervals() const { return m_intervals; }
    [[nodiscard]] bool empty() const { return m_intervals.empty(); }

    [[nodiscard]] bool contains(std::uint64_t number) const
    {
        const auto it = firstEndingAtOrAfter(number);
        return it != m_intervals.end() && it->first <= number;
    }
    [[nodiscard]] bool containsAll(Interval range) const
    {
        const auto it = firstEndingAtOrAfter(range.first);
        return it != m_intervals.end() && it->first <= range.first && it->last >= range.last;
    }

    /// Calls @p visit with each maximal part of @p range that is not in the set, ascending.
    template <typename Visitor> void forEachMissing(Interval range, Visitor visit) const
    {
        std::uint64_t from = range.first;
        for (auto it = firstEndingAtOrAfter(range.first); it != m_intervals.end() && it->first <= range.last; ++it) {
            if (it->first > from)
                visit(Interval{from, it->first - 1});
            if (it->last >= range.last)
                return;
            from = it->last + 1;
        }
        visit(Interval{from, range.last});
    }
    /// Calls @p visit with each maximal part of @p range that is in the set, ascending.
    template <typename Visitor> void forEachCommon(Interval range, Visitor visit) const
    {
        for (auto it = firstEndingAtOrAfter(range.first); it != m_intervals.end() && it->first <= range.last; ++it)
            visit(Interval{std::max(it->first, range.first), std::min(it->last, range.last)});
    }

    void insert(Interval range)
    {
        if (m_intervals.empty() || (range.first > m_intervals.back().last && range.first - m_intervals.back().last > 1)) {
            m_intervals.push_back(range);
            return;
        }
        if (range.first >= m_intervals.back().first) {
            m_intervals.back().last = std::max(m_intervals.back().last, range.last);
            return;
        }
        // first interval that touches or follows the range; adjacency merges
        auto begin = std::lower_bound(m_intervals.begin(), m_intervals.end(), range.first, [](const Interval& i, std::uint64_t n) {
            return i.last < n && n - i.last > 1;
        });
        auto end = begin;
        while (end != m_intervals.end() && (end->first <= range.last || end->first - range.last == 1)) {
            range.first = std::min(range.first, end->first);
            range.last = std::max(range.last, end->last);
            ++end;
        }
        if (begin == end) {
            m_intervals.insert(begin, range);
        } else {
            *begin = range;
            m_intervals.erase(begin + 1, end);
        }
    }
    /// How many numbers are in the set.
    [[nodiscard]] std::uint64_t count() const
    {
        std::uint64_t total = 0;
        for (const Interval& interval : m_intervals)
            total += interval.last - interval.first + 1;
        return total;
    }

private:
    [[nodiscard]] std::vector<Interval>::const_iterator firstEndingAtOrAfter(std::uint64_t number) const
    {
        if (!m_intervals.empty() && m_intervals.back().first <= number) // the common case: news is at the end
            return m_intervals.back().last >= number ? m_intervals.end() - 1 : m_intervals.end();
        return std::lower_bound(m_intervals.begin(), m_intervals.end(), number,
                                [](const Interval& interval, std::uint64_t n) { return interval.last < n; });
    }

    std::vector<Interval> m_intervals;
};

} // namespace qlogscope
