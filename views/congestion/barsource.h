// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/congestion/chartdata.h"
#include "views/congestion/congestionlayout.h"

#include <optional>
#include <variant>
#include <vector>

namespace qlogscope {

/// The series of bars that a layer of the congestion chart is drawn from, whatever it is made of. A value that must not outlive what it
/// is made from. UI thread.
class BarSource
{
public:
    /// What is painted: with a filter that hides, what it selects.
    BarSource(const ChartData& data, CongestionSeries series);
    /// What a filter selects, whether it hides or dims.
    [[nodiscard]] static BarSource selected(const ChartData& data, CongestionSeries series) { return {data, data.selected, series}; }
    /// All bars, whatever a filter selects.
    [[nodiscard]] static BarSource all(const ChartData& data, CongestionSeries series) { return {data, data.bars, series}; }
    /// The losses of the strip under the plot: also of packets that have no bar on the chosen scale.
    [[nodiscard]] static BarSource strip(const ChartData& data, const ChartBars* bars);
    [[nodiscard]] static BarSource strip(const ChartData& data) { return strip(data, data.isHiding ? data.selected : data.bars); }

    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] PacketId packet(std::size_t index) const;
    /// The record that the bar stands for: of the packet, its ACK, its loss.
    [[nodiscard]] RowId row(std::size_t index) const;
    [[nodiscard]] std::int64_t timeNs(std::size_t index) const;
    [[nodiscard]] ByteSpan span(std::size_t index) const;
    /// Index in StreamIndex of the frame that the bar stands for; none unless the scale is that of stream offsets.
    [[nodiscard]] std::optional<std::size_t> streamRange(std::size_t index) const;
    [[nodiscard]] std::size_t lowerBound(std::int64_t timeNs) const;
    [[nodiscard]] std::vector<BarBucket> sample(const ColumnEdges& edges) const;
    /// The height of a bar, or the loss that it stands for, is not what the log says.
    [[nodiscard]] bool isInferred(std::size_t index) const;
    [[nodiscard]] const PacketIndex& packets() const { return *m_packets; }

private:
    using Bars = std::variant<const SentBars*, const AckedBars*, const LostBars*, const ScaledBars*>;
    BarSource(const ChartData& data, const ChartBars* bars, CongestionSeries series);

    const PacketIndex* m_packets;
    const StreamIndex* m_streams;
    const Trace* m_maybeInferred = nullptr; ///< of losses, where some are not in the log
    SampleMemo* m_memo;
    bool m_isInOrder; ///< the rows of the trace are in order of time
    Bars m_bars;
};

} // namespace qlogscope
