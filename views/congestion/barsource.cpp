// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/barsource.h"

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

} // namespace

BarSource::BarSource(const ChartData& data, const ChartBars* bars, CongestionSeries series)
    : m_packets(&data.packets())
    , m_streams(&data.trace.streams())
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
    return std::visit([&edges](const auto* bars) { return bars != nullptr ? bars->sample(edges) : std::vector<BarBucket>(edges.columns()); },
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

const SentBars* BarSource::laidEndToEnd() const
{
    const auto* sent = std::get_if<const SentBars*>(&m_bars);
    return sent != nullptr ? *sent : nullptr;
}

} // namespace qlogscope
