// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace qlogscope {

/// Ends at the earliest and the latest time there is.
[[nodiscard]] constexpr std::int64_t saturatedSum(std::int64_t a, std::int64_t b)
{
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum))
        return b > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
    return sum;
}

[[nodiscard]] constexpr std::int64_t saturatedDifference(std::int64_t a, std::int64_t b)
{
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(a, b, &difference))
        return b < 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
    return difference;
}

/// Half-open range of time in nanoseconds: includes its begin, excludes its end. Empty when end <= begin.
struct TimeRange {
    std::int64_t beginNs = 0;
    std::int64_t endNs = 0;

    [[nodiscard]] constexpr bool isEmpty() const { return endNs <= beginNs; }
    /// The largest number where it is longer than 292 years.
    [[nodiscard]] constexpr std::int64_t lengthNs() const
    {
        if (isEmpty())
            return 0;
        const std::uint64_t length = static_cast<std::uint64_t>(endNs) - static_cast<std::uint64_t>(beginNs);
        constexpr std::uint64_t longest = std::numeric_limits<std::int64_t>::max();
        return static_cast<std::int64_t>(std::min(length, longest));
    }
    [[nodiscard]] constexpr bool contains(std::int64_t timeNs) const { return timeNs >= beginNs && timeNs < endNs; }
    [[nodiscard]] constexpr TimeRange intersected(TimeRange other) const
    {
        return {std::max(beginNs, other.beginNs), std::min(endNs, other.endNs)};
    }
    /// The same range on a clock that is so much ahead.
    [[nodiscard]] constexpr TimeRange shifted(std::int64_t byNs) const { return {saturatedSum(beginNs, byNs), saturatedSum(endNs, byNs)}; }
    /// The smallest range that contains both; an empty one adds nothing.
    [[nodiscard]] constexpr TimeRange united(TimeRange other) const
    {
        if (isEmpty())
            return other;
        if (other.isEmpty())
            return *this;
        return {std::min(beginNs, other.beginNs), std::max(endNs, other.endNs)};
    }
    constexpr bool operator==(const TimeRange&) const = default;
};

} // namespace qlogscope
