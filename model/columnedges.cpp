// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/columnedges.h"

#include <algorithm>
#include <limits>

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

ColumnEdges ColumnEdges::steady(TimeRange range, int columns)
{
    constexpr std::uint64_t smallestWidthNs = 1'000; // below that the rounding to nanoseconds would be seen
    ColumnEdges edges(range, columns);
    const std::uint64_t parts = edges.columns();
    const std::uint64_t length = range.isEmpty() ? 0 : static_cast<std::uint64_t>(range.endNs) - static_cast<std::uint64_t>(range.beginNs);
    if (parts == 0 || length / parts < smallestWidthNs || length > std::numeric_limits<std::uint64_t>::max() / (4 * parts))
        return edges;
    // the range begins in turn @p turn of its own length, and so far into it
    const auto signedLength = static_cast<std::int64_t>(length);
    std::int64_t turn = range.beginNs / signedLength;
    std::int64_t into = range.beginNs % signedLength;
    if (into < 0) {
        into += signedLength;
        --turn;
    }
    const std::uint64_t first = (static_cast<std::uint64_t>(into) * parts + length / 2) / length;
    const std::uint64_t begin = static_cast<std::uint64_t>(range.beginNs) - static_cast<std::uint64_t>(into);
    for (std::uint64_t column = 1; column < parts; ++column)
        edges.times[column] = static_cast<std::int64_t>(begin + (first + column) * length / parts);
    edges.grid = Grid{length, parts, turn * static_cast<std::int64_t>(parts) + static_cast<std::int64_t>(first)};
    return edges;
}

ColumnEdges ColumnEdges::part(std::size_t begin, std::size_t end) const
{
    const auto cut = [begin, end](const auto& edges) {
        using Edges = std::decay_t<decltype(edges)>;
        return edges.empty() ? Edges() : Edges(edges.begin() + static_cast<std::ptrdiff_t>(begin), edges.begin() + static_cast<std::ptrdiff_t>(end) + 1);
    };
    ColumnEdges result(cut(times));
    result.rows = cut(rows);
    return result;
}

} // namespace qlogscope
