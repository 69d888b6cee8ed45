// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rttsamples.h"

namespace qlogscope {

void RttSampler::acked(PacketId sentPacket)
{
    const PacketIndex& packets = m_trace.packets(Direction::Sent);
    const Key key{packets.pathId(sentPacket), spaceOf(packets.type(sentPacket))};
    if (m_last == nullptr || key != m_lastKey) {
        m_last = &m_news[key];
        m_lastKey = key;
    }
    News* news = m_last;
    const std::uint16_t flags = packets.flags(sentPacket);
    news->isEliciting = news->isEliciting || (flags & PacketFramesLogged) == 0 || isAckEliciting(packets.frameMask(sentPacket));
    if ((flags & PacketAckedAsLargest) == 0)
        return;
    // a number that was sent twice: the later sending
    const auto precedes = [&packets](PacketId a, PacketId b) {
        return packets.number(a) != packets.number(b) ? packets.number(a) < packets.number(b) : a < b;
    };
    if (!news->largest.isValid() || precedes(news->largest, sentPacket))
        news->largest = sentPacket;
}

std::int64_t RttSampler::sampleOf(const News& news, RowId row) const
{
    if (!news.largest.isValid() || !news.isEliciting)
        return -1;
    const EventStore& events = m_trace.events();
    return events.timeNs(row) - events.timeNs(m_trace.packets(Direction::Sent).row(news.largest));
}

/// The samples are kept once more, by path, from the second path on.
void RttSamples::add(RowId row, std::int64_t sample, std::uint32_t pathId)
{
    if (m_samples.empty())
        m_firstPath = pathId;
    if (m_paths.empty() && pathId != m_firstPath) {
        Series& first = seriesOf(m_firstPath);
        for (std::size_t i = 0; i < m_samples.size(); ++i)
            first.append(m_samples.row(i), m_samples.value(i));
    }
    m_samples.append(row, sample);
    if (!m_paths.empty() || pathId != m_firstPath)
        seriesOf(pathId).append(row, sample);
}

Series& RttSamples::seriesOf(std::uint32_t pathId)
{
    auto path = m_paths.begin();
    while (path != m_paths.end() && path->pathId < pathId)
        ++path;
    if (path == m_paths.end() || path->pathId != pathId)
        path = m_paths.insert(path, {pathId, Series(m_store)});
    return path->series;
}

std::size_t RttSamples::memoryBytes() const
{
    std::size_t bytes = m_samples.memoryBytes();
    for (const Trace::PathSeries& path : m_paths)
        bytes += path.series.memoryBytes();
    return bytes;
}

} // namespace qlogscope
