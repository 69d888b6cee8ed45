// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/connectionsummary.h"

#include <algorithm>

namespace qlogscope {

namespace {

/// A file that is split by the group ids of its events may have any number of traces: the times of further ones do not count.
constexpr std::size_t mostAxes = 4'096;

} // namespace

std::string_view text(LiveState state)
{
    switch (state) {
    case LiveState::NotRead:
        return "not-read";
    case LiveState::Waiting:
        return "waiting";
    case LiveState::Handshaking:
        return "handshaking";
    case LiveState::Active:
        return "active";
    case LiveState::Stalled:
        return "stalled";
    case LiveState::Idle:
        return "idle";
    case LiveState::Closed:
        return "closed";
    case LiveState::Gone:
        return "gone";
    case LiveState::Unreadable:
        return "unreadable";
    case LiveState::NotQlog:
        break;
    }
    return "not-qlog";
}

bool ConnectionSummary::Source::takes(TraceId from, bool isSaid)
{
    if (!isSaid || from.value > trace)
        return false;
    trace = from.value;
    return true;
}

void ConnectionSummary::addHeader(const TraceChange& change)
{
    const TraceHeader& header = change.header;
    traces = std::max<std::size_t>(traces, change.trace.value + std::size_t{1});
    if (m_roleFrom.takes(change.trace, header.role != Role::Unknown))
        m_loggedRole = header.role;
    if (m_writerFrom.takes(change.trace, !header.writerText.empty() || header.writer != Writer::Unknown)) {
        m_writer = header.writer;
        writer = header.writerText.empty() ? text(header.writer) : header.writerText;
    }
    if (m_groupFrom.takes(change.trace, !header.groupId.empty()))
        groupId = lowerCase(header.groupId);
    if (m_titleFrom.takes(change.trace, !header.title.empty()))
        title = header.title;
    m_isEndpointLogged = m_isEndpointLogged || header.role == Role::Transport;
}

void ConnectionSummary::addOrigin(const TraceOrigin& origin)
{
    if (!m_origin || m_origin->trace == origin.trace) {
        m_origin = origin;
        wallClockNs = origin.wallClockNs;
        return;
    }
    const bool areWallClocks = origin.wallClockNs && m_origin->wallClockNs;
    std::int64_t offset = 0;
    if (__builtin_sub_overflow(areWallClocks ? *origin.wallClockNs : origin.logOriginNs,
                               areWallClocks ? *m_origin->wallClockNs : m_origin->logOriginNs, &offset))
        return;
    const auto it = std::lower_bound(m_axes.begin(), m_axes.end(), origin.trace.value,
                                     [](const Axis& axis, std::uint32_t trace) { return axis.trace < trace; });
    if (it != m_axes.end() && it->trace == origin.trace.value)
        it->offsetNs = offset;
    else if (m_axes.size() < mostAxes)
        m_axes.insert(it, {origin.trace.value, offset});
}

std::optional<std::int64_t> ConnectionSummary::offsetOf(TraceId trace) const
{
    if (!m_origin || m_origin->trace == trace)
        return 0;
    const auto it = std::lower_bound(m_axes.begin(), m_axes.end(), trace.value,
                                     [](const Axis& axis, std::uint32_t value) { return axis.trace < value; });
    if (it == m_axes.end() || it->trace != trace.value)
        return {};
    return it->offsetNs;
}

void ConnectionSummary::addRow(const EventRow& row)
{
    if ((row.flags & RowMalformed) != 0)
        ++malformed;
    if ((row.flags & (RowMalformed | RowOversized)) != 0)
        return;
    ++events;
    if (row.trace.isValid())
        traces = std::max<std::size_t>(traces, row.trace.value + std::size_t{1});
    if ((row.flags & RowNoTime) != 0)
        return;
    const std::optional<std::int64_t> offset = offsetOf(row.trace);
    if (!offset)
        return;
    std::int64_t time = 0;
    if (__builtin_add_overflow(row.timeNs, *offset, &time))
        return;
    firstEventNs = std::min(firstEventNs.value_or(time), time);
    lastEventNs = std::max(lastEventNs.value_or(time), time);
}

void ConnectionSummary::addPacket(const PacketFact& packet)
{
    const bool isSent = packet.direction() == Direction::Sent;
    ++(isSent ? packetsSent : packetsReceived);
    (isSent ? bytesSent : bytesReceived) += packet.sizeBytes;
    if (m_guessedRole != Role::Unknown)
        return;
    // as Trace::guessRole
    if (packet.type == PacketType::Initial)
        m_guessedRole = isSent ? Role::Client : Role::Server;
    else if (packet.type == PacketType::Retry || packet.hasFrame(FrameKind::HandshakeDone) || packet.hasFrame(FrameKind::NewToken))
        m_guessedRole = isSent ? Role::Server : Role::Client;
}

void ConnectionSummary::addWindow(std::int64_t bytes)
{
    congestionWindow = bytes;
    if (m_windowsSeen % m_windowStride == 0 && windows.size() == mostWindows) {
        for (std::size_t i = 0; i < mostWindows / 2; ++i)
            windows[i] = windows[2 * i];
        windows.resize(mostWindows / 2);
        m_windowStride *= 2;
    }
    if (m_windowsSeen % m_windowStride == 0)
        windows.push_back(bytes);
    ++m_windowsSeen;
}

void ConnectionSummary::add(const EventBatch& batch)
{
    if (batch.restart)
        *this = {};
    for (const TraceChange& change : batch.traces)
        addHeader(change);
    for (const TraceOrigin& origin : batch.origins)
        addOrigin(origin);
    for (const EventRow& row : batch.rows)
        addRow(row);
    malformed += batch.foldedRecords;
    for (const PacketFact& packet : batch.packets)
        addPacket(packet);
    for (const LostFact& lost : batch.lost) {
        if (!lost.isSpurious)
            packetsLost += 1 + std::uint64_t{lost.unnamed};
    }
    for (const MetricFact& metric : batch.metrics) {
        if (metric.kind == MetricKind::SmoothedRtt)
            smoothedRttNs = metric.value;
        else if (metric.kind == MetricKind::CongestionWindow)
            addWindow(metric.value);
    }
    isHandshakeDone = isHandshakeDone || !batch.handshake.empty(); // every step is evidence that it is over
    if (!batch.closes.empty())
        close = batch.closes.back();
    if (!batch.versions.empty())
        version = batch.versions.back().version;
    if (!batch.peers.empty() && peer.empty())
        peer = batch.peers.front().address;

    role = m_loggedRole != Role::Unknown ? m_loggedRole : m_guessedRole;
    isRoleInferred = m_loggedRole == Role::Unknown && m_guessedRole != Role::Unknown;
    // quic-go logs the original connection id with every connection: what has none and no packets is of its transport. Where
    // the vantage point says so, stray packets (Retry, Version Negotiation) do not make it a connection.
    const bool isQuicGoTransport = m_writer == Writer::QuicGo && events > 0 && packetsSent + packetsReceived == 0;
    isEndpoint = groupId.empty() && (m_isEndpointLogged || isQuicGoTransport);
}

} // namespace qlogscope
