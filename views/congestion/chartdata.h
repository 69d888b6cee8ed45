// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/derivedseries.h"
#include "model/trace.h"
#include "views/congestion/chartbars.h"
#include "views/congestion/samplememo.h"

namespace qlogscope {

/// What the congestion chart is laid out from: a trace, and what was made of it. A value that must not outlive any of it. UI thread.
struct ChartData {
    const Trace& trace;
    Direction direction = Direction::Sent;
    const DerivedSeries* derived = nullptr; ///< null: only what the log says itself
    const ChartBars* bars = nullptr; ///< null: those of the trace, on the scale of bytes on the wire
    // with a filter
    const ChartBars* selected = nullptr; ///< the bars that it selects
    bool isHiding = false; ///< the others are not shown; else they are dimmed
    bool areMetricsOut = false; ///< its type terms leave out the metric events: metric lines obey them only
    const Series* streamLimit = nullptr; ///< of the chosen stream; null: none is chosen
    SampleMemo* memo = nullptr; ///< null: what is sampled is not remembered

    [[nodiscard]] BarScale scale() const { return bars != nullptr ? bars->choice().scale : BarScale::WireBytes; }
    [[nodiscard]] bool isOneStream() const { return scale() == BarScale::StreamOffset && bars->choice().stream.has_value(); }
    [[nodiscard]] const PacketIndex& packets() const { return trace.packets(direction); }
};

} // namespace qlogscope
