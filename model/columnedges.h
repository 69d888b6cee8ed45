// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/ids.h"
#include "model/timerange.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace qlogscope {

/// The time at the left edge of pixel column @p column of @p columns over @p range, exact in integers.
[[nodiscard]] std::int64_t columnTimeNs(TimeRange range, int column, int columns);

/// The edges of all pixel columns over a range, computed once for all series that are sampled in it.
struct ColumnEdges {
    /// As columnTimeNs().
    ColumnEdges(TimeRange range, int columns);
    /// @param edgesNs ascending, at least one
    explicit ColumnEdges(std::vector<std::int64_t> edgesNs)
        : times(std::move(edgesNs))
    {
    }
    /// Edges that stay where they are while the range moves: on whole multiples of the width of a column, each at most half a column
    /// away from columnTimeNs(); the first and the last are those of the range. Of a range without room for that: as columnTimeNs().
    [[nodiscard]] static ColumnEdges steady(TimeRange range, int columns);

    /// What steady edges are multiples of: those of equal length and columns lie on each other.
    struct Grid {
        std::uint64_t lengthNs = 0;
        std::size_t columns = 0;
        std::int64_t first = 0; ///< multiple that the left edge of the first column is nearest to
    };
    std::optional<Grid> grid; ///< none: not steady
    std::vector<std::int64_t> times; ///< ascending: one more than columns
    /// The first row of the trace at or after each time, none past the end; see Trace::columnEdges(). Empty where times say all.
    std::vector<RowId> rows;

    [[nodiscard]] std::size_t columns() const { return times.size() - 1; }
    /// Of the columns [begin, end) alone.
    [[nodiscard]] ColumnEdges part(std::size_t begin, std::size_t end) const;
};

} // namespace qlogscope
