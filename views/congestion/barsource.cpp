// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/barsource.h"

#include <type_traits>

namespace qlogscope {

namespace {

ChartBars::Kind kindOf(CongestionSeries series)
{
    switch (series) {
    case CongestionSeries::Acked:
        return ChartBars::Acked;
    case CongestionSeries::Lost:
        return ChartBars::Lost;
    case CongestionSeries::Spurious:
        return ChartBars::Spurious;
    default:
        return ChartBars::Sent;
    }
}

/// While rows are in order of time, the packets of a column follow each other on the wire: one span, without a look at each.
std::vector<BarBucket> sampleEndToEnd(const SentBars& bars, const PacketIndex& packets, const ColumnEdges& edges)
{
    std::vector<BarBucket> buckets(edges.columns());
    const std::vector<std::size_t> bounds = bars.lowerBounds(edges);
    for (std::size_t column = 0; column < buckets.size(); ++column) {
        BarBucket& bucket = buckets[column];
        bucket.firstIndex = bounds[column];
        bucket.count = bounds[column + 1] - bounds[column];
        if (bucket.count == 0)
            continue;
        const PacketId last = bars.packet(bounds[column + 1] - 1);
        const std::uint64_t from = packets.bytesBefore(bars.packet(bounds[column]));
        const std::uint64_t to = packets.bytesBefore(last) + packets.sizeBytes(last);
        if (to > from)
            bucket.bars.add({from, to - 1});
    }
    return buckets;
}

} // namespace

BarSource::BarSource(const ChartData& data, const ChartBars* bars, CongestionSeries series)
    : m_packets(&data.packets())
    , m_streams(&data.trace.streams())
    , m_memo(data.memo)
    , m_isInOrder(!data.trace.hasBackwardTimes())
    , m_bars(static_cast<const ScaledBars*>(nullptr))
{
    const ChartBars::Kind kind = kindOf(series);
    if (kind == ChartBars::Lost || kind == ChartBars::Spurious) {
        m_packets = &data.trace.packets(Direction::Sent);
        m_maybeInferred = bars != nullptr && bars->areLossesInferred() ? &data.trace : nullptr;
    }
    if (const ScaledBars* own = bars != nullptr ? bars->own(kind) : nullptr)
        m_bars = own;
    else if (kind == ChartBars::Sent)
        m_bars = &data.trace.sentBars(data.direction);
    else if (kind == ChartBars::Acked)
        m_bars = &data.trace.ackedBars(data.direction);
    else if (kind == ChartBars::Lost)
        m_bars = &data.trace.lostBars();
}

BarSource::BarSource(const ChartData& data, CongestionSeries series)
    : BarSource(data, data.isHiding && data.selected != nullptr ? data.selected : data.bars, series)
{
}

BarSource BarSource::strip(const ChartData& data, const ChartBars* bars)
{
    BarSource source(data, nullptr, CongestionSeries::Lost);
    if (const ScaledBars* own = bars != nullptr ? bars->ownStrip() : nullptr)
        source.m_bars = own;
    return source;
}

std::size_t BarSource::size() const
{
    return std::visit([](const auto* bars) { return bars != nullptr ? bars->size() : 0; }, m_bars);
}

PacketId BarSource::packet(std::size_t index) const
{
    return std::visit([index](const auto* bars) { return bars->packet(index); }, m_bars);
}

RowId BarSource::row(std::size_t index) const
{
    return std::visit([index](const auto* bars) { return bars->row(index); }, m_bars);
}

std::int64_t BarSource::timeNs(std::size_t index) const
{
    return std::visit([index](const auto* bars) { return bars->timeNs(index); }, m_bars);
}

ByteSpan BarSource::span(std::size_t index) const
{
    if (const auto* scaled = std::get_if<const ScaledBars*>(&m_bars)) {
        const Interval interval = (*scaled)->traits().intervalOf((**scaled)[index]);
        return {interval.first, interval.last + 1};
    }
    const PacketId id = packet(index);
    const std::uint64_t before = m_packets->bytesBefore(id);
    return {before, before + m_packets->sizeBytes(id)};
}

std::optional<std::size_t> BarSource::streamRange(std::size_t index) const
{
    const auto* scaled = std::get_if<const ScaledBars*>(&m_bars);
    if (scaled == nullptr || (*scaled)->traits().scale != BarScale::StreamOffset)
        return std::nullopt;
    return (**scaled)[index].index;
}

std::size_t BarSource::lowerBound(std::int64_t timeNs) const
{
    return std::visit([timeNs](const auto* bars) { return bars != nullptr ? bars->lowerBound(timeNs) : 0; }, m_bars);
}

std::vector<BarBucket> BarSource::sample(const ColumnEdges& edges) const
{
    return std::visit(
        [&](const auto* bars) {
            if (bars == nullptr)
                return std::vector<BarBucket>(edges.columns());
            const auto sampleIn = [&](const ColumnEdges& columns) {
                if constexpr (std::is_same_v<decltype(bars), const SentBars*>) {
                    if (m_isInOrder)
                        return sampleEndToEnd(*bars, *m_packets, columns);
                }
                return bars->sample(columns);
            };
            return m_memo != nullptr ? m_memo->sample(*bars, edges, sampleIn) : sampleIn(edges);
        },
        m_bars);
}

bool BarSource::isInferred(std::size_t index) const
{
    if (m_maybeInferred != nullptr && !m_maybeInferred->lostBy(packet(index)).isValid())
        return true;
    const auto* scaled = std::get_if<const ScaledBars*>(&m_bars);
    switch (scaled != nullptr ? (*scaled)->traits().scale : BarScale::WireBytes) {
    case BarScale::PacketNumber:
        return false;
    case BarScale::StreamOffset:
        return m_streams->anyLengthInferred() && m_streams->range((**scaled)[index].index).isLengthInferred;
    case BarScale::WireBytes:
        break;
    }
    return m_packets->anySizeInferred() && (m_packets->flags(packet(index)) & PacketSizeInferred) != 0;
}

} // namespace qlogscope
