// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/trace.h"

#include "model/gallop.h"

namespace qlogscope {

Trace::Side::Side(const EventStore* store)
    : packets(store)
    , bars(store, SentBarTraits{&packets})
    , acked(store, AckedBarTraits{&packets})
    , uses(store)
{
}

Trace::Trace(const EventStore* store, TraceId id)
    : m_id(id)
    , m_store(store)
    , m_sent(store)
    , m_received(store)
    , m_lostBars(store, LostBarTraits{&m_sent.packets})
    , m_connection(store)
{
    for (std::vector<PathSeries>& paths : m_metrics)
        paths.push_back({0, Series(store)});
}

Role Trace::role() const
{
    if (isRoleSetByHand())
        return m_roleByHand;
    return m_header.role != Role::Unknown ? m_header.role : m_guessedRole;
}

RowId Trace::row(std::size_t index) const
{
    return m_rows.empty() ? RowId(m_firstRow.value + static_cast<std::uint32_t>(index)) : m_rows[index];
}

ColumnEdges Trace::withRows(ColumnEdges edges) const
{
    if (!m_areRowsInOrder)
        return edges;
    edges.rows.reserve(edges.times.size());
    std::size_t next = 0;
    std::size_t gap = 0; // between the edges before: the next one is about as far away
    for (const std::int64_t time : edges.times) {
        const std::size_t from = next;
        next = gallop(from, m_rowCount, gap, [&](std::size_t index) { return m_store->timeNs(row(index)) < time; });
        gap = next - from;
        edges.rows.push_back(next < m_rowCount ? row(next) : RowId());
    }
    return edges;
}

RowId Trace::lostBy(PacketId sentPacket) const
{
    const PacketFact& packet = m_sent.packets[sentPacket];
    const auto it = m_lostNumbers.find({packet.pathId, spaceOf(packet.type)});
    if (it == m_lostNumbers.end())
        return {};
    const auto lost = it->second.find(packet.number);
    if (lost == it->second.end())
        return {};
    PacketId last; // of the number, before it was declared lost
    m_sent.packets.forEachInRange(packet.pathId, spaceOf(packet.type), {packet.number, packet.number}, [&](PacketId each) {
        if (!last.isValid() || m_sent.packets.row(each) <= lost->second)
            last = each;
    });
    return last == sentPacket ? lost->second : RowId();
}

Direction Trace::mainDirection() const
{
    return m_received.packets.totalBytes() > m_sent.packets.totalBytes() ? Direction::Received : Direction::Sent;
}

void Trace::setOrigin(const TraceOrigin& origin)
{
    m_logOriginNs = origin.logOriginNs;
    m_wallClockNs = origin.wallClockNs;
}

void Trace::appendRow(RowId row, const EventRow& event)
{
    if (m_rowCount == 0) {
        m_firstRow = row;
    } else if (m_rows.empty() && row.value != m_firstRow.value + m_rowCount) {
        m_rows.reserve(m_rowCount + 1);
        for (std::size_t i = 0; i < m_rowCount; ++i)
            m_rows.push_back(RowId(m_firstRow.value + static_cast<std::uint32_t>(i)));
        m_rows.push_back(row);
    } else if (!m_rows.empty()) {
        m_rows.push_back(row);
    }
    ++m_rowCount;
    m_areRowsInOrder = m_areRowsInOrder && event.timeNs >= m_lastRowNs;
    m_lastRowNs = event.timeNs;

    if ((event.flags & RowMalformed) != 0)
        ++m_malformedCount;
    if ((event.flags & (RowMalformed | RowOversized)) != 0)
        return;
    ++m_eventCount;
    if (event.name.isValid()) {
        if (event.name.value >= m_eventsByName.size())
            m_eventsByName.resize(event.name.value + 1, 0);
        ++m_eventsByName[event.name.value];
    }
    if ((event.flags & RowNoTime) != 0)
        return;
    if (!m_firstTimedRow.isValid())
        m_firstTimedRow = row;
    else if (event.timeNs < m_store->timeNs(m_lastTimedRow))
        m_hasBackwardTimes = true;
    m_lastTimedRow = row;
    m_timeRange = m_timeRange.united({event.timeNs, event.timeNs + 1});
}

void Trace::guessRole(const PacketFact& packet)
{
    const bool isSent = packet.direction() == Direction::Sent;
    if (packet.type == PacketType::Initial)
        m_guessedRole = isSent ? Role::Client : Role::Server;
    else if (packet.type == PacketType::Retry || packet.hasFrame(FrameKind::HandshakeDone) || packet.hasFrame(FrameKind::NewToken))
        m_guessedRole = isSent ? Role::Server : Role::Client;
}

void Trace::appendPacket(const PacketFact& packet, const PacketUses* uses)
{
    if (m_guessedRole == Role::Unknown)
        guessRole(packet);
    Side& packetSide = side(packet.direction());
    packetSide.bars.append(packetSide.packets.append(packet));
    PacketUses unknown{};
    unknown[indexOf(ByteUse::Unaccounted)] = packet.sizeBytes;
    packetSide.uses.append(packet.row, uses != nullptr ? *uses : unknown, (packet.flags & PacketSharesDatagram) == 0);
}

void Trace::appendAcked(const AckedFact& acked)
{
    Side& packetSide = side(acked.direction);
    packetSide.ackedCount += acked.last - acked.first + 1;
    packetSide.packets.acknowledge(acked, [&](PacketId packet) { packetSide.acked.append(packet); });
    if (acked.direction != Direction::Sent)
        return;
    const NumberKey key{acked.pathId, acked.space};
    const auto lost = m_lostNumbers.find(key);
    if (lost == m_lostNumbers.end())
        return;
    for (auto it = lost->second.lower_bound(acked.first); it != lost->second.end() && it->first <= acked.last; ++it) {
        if (it->second < acked.row) // a batch brings its losses before its ACKs, whatever their rows
            addSpurious(key, it->first);
    }
}

void Trace::addSpurious(const NumberKey& key, std::uint64_t number)
{
    IntervalSet& spurious = m_spuriousNumbers[key];
    if (spurious.contains(number))
        return;
    spurious.insert({number, number});
    ++m_spuriousCount;
}

void Trace::appendLost(const LostFact& lost)
{
    m_lossEvents.push_back(lost);
    const NumberKey key{lost.pathId, lost.space};
    if (lost.isSpurious) {
        addSpurious(key, lost.number);
        return;
    }
    m_lostCount += lost.unnamed;
    if (!m_lostNumbers[key].try_emplace(lost.number, lost.row).second)
        return;
    ++m_lostCount;
    const PacketId packet = m_sent.packets.find(lost.pathId, lost.space, lost.number);
    if (packet.isValid() && !lost.isMtuProbe && (m_sent.packets.flags(packet) & PacketMtuProbe) == 0)
        m_lostBars.append({packet, lost.row});
}

void Trace::appendMetric(const MetricFact& metric)
{
    std::vector<PathSeries>& paths = m_metrics[static_cast<std::size_t>(metric.kind)];
    if (paths.front().series.empty())
        paths.front().pathId = metric.pathId;
    auto path = paths.begin();
    while (path != paths.end() && path->pathId < metric.pathId)
        ++path;
    if (path == paths.end() || path->pathId != metric.pathId)
        path = paths.insert(path, {metric.pathId, Series(m_store)});
    path->series.append(metric.row, metric.value);
}

void Trace::appendHandshake(const HandshakeFact& handshake)
{
    RowId& row = m_handshakeRows[static_cast<std::size_t>(handshake.step)];
    if (!row.isValid())
        row = handshake.row;
}

void Trace::appendFrames(const FrameCount& frames)
{
    const std::string name = frames.kind == FrameKind::Other ? frames.otherName : std::string(text(frames.kind));
    side(frames.direction).frames[name] += frames.count;
}

std::size_t Trace::memoryBytes() const
{
    std::size_t bytes = m_streams.memoryBytes() + m_lostBars.memoryBytes() + m_connection.memoryBytes() + m_lossEvents.memoryBytes();
    for (const Side* each : {&m_sent, &m_received})
        bytes += each->packets.memoryBytes() + each->bars.memoryBytes() + each->acked.memoryBytes() + each->uses.memoryBytes() + each->datagrams.memoryBytes();
    for (const std::vector<PathSeries>& paths : m_metrics) {
        for (const PathSeries& path : paths)
            bytes += path.series.memoryBytes();
    }
    return bytes + m_rows.capacity() * sizeof(RowId);
}

} // namespace qlogscope
