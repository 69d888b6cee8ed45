// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/columnedges.h"

#include <algorithm>

namespace qlogscope {

std::int64_t columnTimeNs(TimeRange range, int column, int columns)
{
    if (range.isEmpty())
        return range.beginNs;
    // unsigned: a range may be longer than int64 can say
    const std::uint64_t begin = static_cast<std::uint64_t>(range.beginNs);
    const std::uint64_t length = static_cast<std::uint64_t>(range.endNs) - begin;
    const std::uint64_t parts = static_cast<std::uint64_t>(columns);
    const std::uint64_t index = static_cast<std::uint64_t>(column);
    return static_cast<std::int64_t>(begin + length / parts * index + length % parts * index / parts);
}

ColumnEdges::ColumnEdges(TimeRange range, int columns)
{
    const auto parts = static_cast<std::uint64_t>(std::max(columns, 0));
    times.reserve(parts + 1);
    times.push_back(range.beginNs);
    if (parts == 0)
        return;
    // as columnTimeNs(), without a division for each column
    auto time = static_cast<std::uint64_t>(range.beginNs);
    const std::uint64_t length = range.isEmpty() ? 0 : static_cast<std::uint64_t>(range.endNs) - time;
    std::uint64_t carried = 0;
    for (std::uint64_t column = 1; column <= parts; ++column) {
        time += length / parts;
        carried += length % parts;
        if (carried >= parts) {
            carried -= parts;
            ++time;
        }
        times.push_back(static_cast<std::int64_t>(time));
    }
}

} // namespace qlogscope
