// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/ids.h"
#include "model/timerange.h"

#include <cstdint>
#include <vector>

namespace qlogscope {

/// The time at the left edge of pixel column @p column of @p columns over @p range, exact in integers.
[[nodiscard]] std::int64_t columnTimeNs(TimeRange range, int column, int columns);

/// The edges of all pixel columns over a range, computed once for all series that are sampled in it.
struct ColumnEdges {
    ColumnEdges(TimeRange range, int columns);

    std::vector<std::int64_t> times; ///< as columnTimeNs(): one more than columns
    /// The first row of the trace at or after each time, none past the end; see Trace::columnEdges(). Empty where times say all.
    std::vector<RowId> rows;

    [[nodiscard]] std::size_t columns() const { return times.size() - 1; }
};

} // namespace qlogscope
