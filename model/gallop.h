// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>

namespace qlogscope {

/// The first index in [from, size) that is not before; size if all are. Near from + guess it is found with few looks, and
/// everywhere in O(log n). @param isBefore true for indexes up to some place, false from there on
template <typename IsBefore> [[nodiscard]] std::size_t gallop(std::size_t from, std::size_t size, std::size_t guess, IsBefore isBefore)
{
    std::size_t low = from;
    std::size_t high = from + guess - guess / 8;
    for (std::size_t step = guess / 8 + 1; high < size && isBefore(high); step *= 2) {
        low = high + 1;
        high += step;
    }
    high = std::min(high, size);
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (isBefore(middle))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

} // namespace qlogscope
