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

} // namespace qlogscope
