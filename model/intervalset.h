// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <vector>

namespace qlogscope {

/// Closed interval of unsigned numbers (packet numbers, stream offsets).
struct Interval {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    constexpr bool operator==(const Interval&) const = default;
};

/// Set of unsigned numbers as disjoint, non-adjacent closed intervals. Its size is bounded by the number of insertions, never by
/// the numbers inserted. Continuing the last interval is constant time, everything else logarithmic: hostile orders cost no more.
class IntervalSet
{
public:
    /// All of them, ascending.
    [[nodiscard]] std::vector<Interval> intervals() const
    {
        std::vector<Interval> result;
        result.reserve(m_lastOf.size());
        for (const auto& [first, last] : m_lastOf)
            result.push_back({first, last});
        return result;
    }
    [[nodiscard]] bool empty() const { return m_lastOf.empty(); }
    [[nodiscard]] std::size_t size() const { return m_lastOf.size(); }

    [[nodiscard]] bool contains(std::uint64_t number) const { return containsAll({number, number}); }
    [[nodiscard]] bool containsAll(Interval range) const
    {
        const auto it = firstEndingAtOrAfter(range.first);
        return it != m_lastOf.end() && it->first <= range.first && it->second >= range.last;
    }

    /// Calls @p visit with each maximal part of @p range that is not in the set, ascending.
    template <typename Visitor> void forEachMissing(Interval range, Visitor visit) const
    {
        std::uint64_t from = range.first;
        for (auto it = firstEndingAtOrAfter(range.first); it != m_lastOf.end() && it->first <= range.last; ++it) {
            if (it->first > from)
                visit(Interval{from, it->first - 1});
            if (it->second >= range.last)
                return;
            from = it->second + 1;
        }
        visit(Interval{from, range.last});
    }
    /// Calls @p visit with each maximal part of @p range that is in the set, ascending.
    template <typename Visitor> void forEachCommon(Interval range, Visitor visit) const
    {
        for (auto it = firstEndingAtOrAfter(range.first); it != m_lastOf.end() && it->first <= range.last; ++it)
            visit(Interval{std::max(it->first, range.first), std::min(it->second, range.last)});
    }

    void insert(Interval range)
    {
        if (m_lastOf.empty()) {
            m_lastOf.emplace(range.first, range.last);
            return;
        }
        auto& [first, last] = *std::prev(m_lastOf.end());
        if (range.first >= first && (range.first <= last || range.first - last == 1)) { // the common case
            last = std::max(last, range.last);
            return;
        }
        // the first interval that touches or follows the range; adjacency merges
        auto it = m_lastOf.upper_bound(range.first);
        if (it != m_lastOf.begin()) {
            const auto before = std::prev(it);
            if (before->second >= range.first || range.first - before->second == 1)
                it = before;
        }
        while (it != m_lastOf.end() && (it->first <= range.last || it->first - range.last == 1)) {
            range.first = std::min(range.first, it->first);
            range.last = std::max(range.last, it->second);
            it = m_lastOf.erase(it);
        }
        m_lastOf.emplace_hint(it, range.first, range.last);
    }

private:
    using Map = std::map<std::uint64_t, std::uint64_t>; // first to last

    [[nodiscard]] Map::const_iterator firstEndingAtOrAfter(std::uint64_t number) const
    {
        if (m_lastOf.empty())
            return m_lastOf.end();
        const auto final = std::prev(m_lastOf.end());
        if (final->first <= number) // the common case: news is at the end
            return final->second >= number ? final : m_lastOf.end();
        const auto after = m_lastOf.upper_bound(number);
        if (after == m_lastOf.begin())
            return after;
        const auto before = std::prev(after);
        return before->second >= number ? before : after;
    }

    Map m_lastOf;
};

} // namespace qlogscope
