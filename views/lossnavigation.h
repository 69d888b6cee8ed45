// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/viewcontext.h"

namespace qlogscope {

/// Reveals the loss after (or before) the selected record, else the first (or last) one in the visible range and beyond.
inline void stepToLoss(ViewContext& context, bool forward)
{
    if (!context.trace().isValid())
        return;
    const LostBars& losses = context.trace().get().lostBars();
    losses.ensureSorted();
    const RowId selected = context.selectedRow();
    const TimeRange visible = context.visibleRange();
    const std::int64_t fromNs = context.zeroNs()
        + (selected.isValid() ? context.timeOf(selected) : forward ? visible.beginNs - 1 : visible.endNs);
    // losses are in order of time, then of rows
    std::size_t index = losses.lowerBound(forward ? fromNs : fromNs + 1);
    if (forward) {
        while (index < losses.size() && losses.timeNs(index) == fromNs && losses.row(index) <= selected)
            ++index;
        if (index < losses.size())
            context.reveal(losses.row(index));
        return;
    }
    while (index > 0 && losses.timeNs(index - 1) == fromNs && losses.row(index - 1) >= selected)
        --index;
    if (index > 0)
        context.reveal(losses.row(index - 1));
}

} // namespace qlogscope
