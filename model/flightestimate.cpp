// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/flightestimate.h"

#include <algorithm>

namespace qlogscope {

bool logsLosses(Writer writer)
{
    switch (writer) {
    case Writer::Quiche:
    case Writer::Mvfst:
    case Writer::Imquic:
    case Writer::QuiclyAdapter:
    case Writer::Pcap2qlog:
        return false;
    default:
        return true;
    }
}

FlightEstimate::FlightEstimate(const Trace& trace)
    : m_trace(trace)
    , m_infersLosses(!logsLosses(trace.header().writer))
    , m_series(&trace.events())
    , m_nothing(&trace.events())
{
}

void FlightEstimate::packet(Direction direction, PacketId id)
{
    const PacketIndex& packets = m_trace.packets(direction);
    const PacketFact packet = packets[id];
    const Role role = m_trace.role();
    if (direction == Direction::Received) {
        if ((role == Role::Server && packet.type == PacketType::Handshake) || packet.hasFrame(FrameKind::HandshakeDone)
            || packet.type == PacketType::Retry || packet.type == PacketType::VersionNegotiation) // the client begins again
            discard(PacketNumberSpace::Initial);
        if (packet.hasFrame(FrameKind::HandshakeDone))
            discard(PacketNumberSpace::Handshake);
        if (const auto known = m_numbers.find({packet.pathId, spaceOf(packet.type)}); known != m_numbers.end())
            touch(&known->second);
        return;
    }
    const PacketNumberSpace space = spaceOf(packet.type);
    if (id.value >= m_inFlight.size())
        m_inFlight.resize(std::max<std::size_t>(id.value + std::size_t{1}, m_inFlight.size() * 2));
    if (space == PacketNumberSpace::None || (packet.flags & PacketNoNumber) != 0)
        return;
    m_areSizesKnown = m_areSizesKnown && (packet.flags & PacketSizeMissing) == 0;
    if (role == Role::Client && packet.type == PacketType::Handshake)
        discard(PacketNumberSpace::Initial);
    const bool areFramesLogged = (packet.flags & PacketFramesLogged) != 0;
    if (!areFramesLogged || isAckEliciting(packet.frameMask) || packet.hasFrame(FrameKind::Padding)) {
        m_inFlight[id.value] = true;
        m_bytes += packet.sizeBytes;
        if (space != PacketNumberSpace::Application)
            m_handshakePackets[static_cast<std::size_t>(space)].push_back(id);
        if (m_infersLosses) {
            Numbers& numbers = m_numbers[{packet.pathId, space}];
            numbers.newer.push_back(id);
            touch(&numbers);
        }
    }
    if (packet.hasFrame(FrameKind::HandshakeDone))
        discard(PacketNumberSpace::Handshake);
}

void FlightEstimate::touch(Numbers* numbers)
{
    if (m_touched.empty() || m_touched.back() != numbers)
        m_touched.push_back(numbers);
}

void FlightEstimate::leave(PacketId id)
{
    if (id.value >= m_inFlight.size() || !m_inFlight[id.value])
        return;
    m_inFlight[id.value] = false;
    m_bytes -= m_trace.packets(Direction::Sent).sizeBytes(id);
}

void FlightEstimate::discard(PacketNumberSpace space)
{
    std::vector<PacketId>& packets = m_handshakePackets[static_cast<std::size_t>(space)];
    for (const PacketId id : packets)
        leave(id);
    packets.clear();
}

void FlightEstimate::acked(PacketId id)
{
    m_hasAck = true;
    leave(id);
    if (!m_infersLosses)
        return;
    const PacketIndex& packets = m_trace.packets(Direction::Sent);
    Numbers& numbers = m_numbers[{packets.pathId(id), spaceOf(packets.type(id))}];
    numbers.largestAcked = std::max(numbers.largestAcked, packets.number(id));
    numbers.hasAck = true;
    touch(&numbers);
}

void FlightEstimate::lost(PacketId id) { leave(id); }

void FlightEstimate::findLosses(Numbers* numbers, RowId row)
{
    constexpr std::uint64_t packetThreshold = 3;
    constexpr std::size_t overtakenLimit = 100; // more than the packet threshold leaves only where a number is sent again and again
    if (!numbers->hasAck || (numbers->newer.empty() && numbers->overtaken.empty()))
        return;
    const PacketIndex& packets = m_trace.packets(Direction::Sent);
    const std::int64_t now = m_trace.events().timeNs(row);
    const std::int64_t delay = m_rtt.lossDelayNs();
    const auto isSettled = [&](PacketId id) {
        if (!m_inFlight[id.value])
            return true;
        const bool isLost = packets.number(id) + packetThreshold <= numbers->largestAcked || now - m_trace.events().timeNs(packets.row(id)) >= delay;
        if (!isLost)
            return false;
        if ((packets.flags(id) & PacketMtuProbe) == 0)
            m_losses.push_back({row, id});
        leave(id);
        return true;
    };
    std::erase_if(numbers->overtaken, isSettled);
    while (!numbers->newer.empty() && packets.number(numbers->newer.front()) <= numbers->largestAcked) {
        const PacketId id = numbers->newer.front();
        numbers->newer.pop_front();
        if (!isSettled(id) && numbers->overtaken.size() < overtakenLimit)
            numbers->overtaken.push_back(id);
    }
}

void FlightEstimate::rowEnd(RowId row)
{
    for (Numbers* numbers : m_touched)
        findLosses(numbers, row);
    m_touched.clear();
    m_isKnown = m_hasAck && m_areSizesKnown && m_trace.metric(MetricKind::BytesInFlight).empty();
    if (m_bytes != m_bytesBefore && m_trace.metric(MetricKind::BytesInFlight).empty())
        m_series.append(row, m_bytes - m_bytesBefore);
    m_bytesBefore = m_bytes;
}

std::size_t FlightEstimate::memoryBytes() const
{
    return m_series.memoryBytes() + m_inFlight.capacity() / 8 + m_losses.capacity() * sizeof(Loss);
}

} // namespace qlogscope
