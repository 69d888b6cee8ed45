// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/datagramwalk.h"

namespace qlogscope {

DatagramWalk::DatagramWalk(const Trace& trace, Direction direction)
    : m_packets(trace.packets(direction))
    , m_events(trace.datagrams(direction))
    , m_direction(direction)
{
}

std::optional<Datagram> DatagramWalk::next()
{
    if (m_nextPacket >= m_packets.size())
        return std::nullopt;
    Datagram datagram;
    datagram.first = PacketId(m_nextPacket);
    do {
        const PacketId packet(m_nextPacket++);
        ++datagram.count;
        datagram.packetBytes += m_packets.sizeBytes(packet);
        datagram.isInferred = datagram.isInferred || (m_packets.flags(packet) & PacketDatagramInferred) != 0;
    } while (m_nextPacket < m_packets.size() && (m_packets.flags(PacketId(m_nextPacket)) & PacketSharesDatagram) != 0);
    datagram.loggedBytes = takeEvent(datagram);
    return datagram;
}

std::optional<std::uint32_t> DatagramWalk::takeEvent(const Datagram& datagram)
{
    const RowId first = m_packets.row(datagram.first);
    const RowId last = m_packets.row(PacketId(datagram.first.value + datagram.count - 1));
    std::optional<std::uint32_t> bytes;
    if (m_direction == Direction::Received) {
        for (; m_nextEvent < m_events.size() && m_events[m_nextEvent].row < first; ++m_nextEvent)
            bytes = m_events[m_nextEvent].sizeBytes; // those before it had no packets that are logged
        return bytes;
    }
    while (m_nextEvent < m_events.size() && m_events[m_nextEvent].row < last)
        ++m_nextEvent;
    if (m_nextEvent < m_events.size())
        bytes = m_events[m_nextEvent++].sizeBytes;
    return bytes;
}

} // namespace qlogscope
