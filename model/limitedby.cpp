// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/limitedby.h"

#include <algorithm>

namespace qlogscope {

std::string_view text(SendLimit limit)
{
    switch (limit) {
    case SendLimit::CongestionWindow:
        return "congestion window";
    case SendLimit::ConnectionFlowControl:
        return "connection flow control";
    case SendLimit::StreamFlowControl:
        return "stream flow control";
    case SendLimit::Pacing:
        return "pacing";
    case SendLimit::Amplification:
        return "amplification protection";
    case SendLimit::Application:
        return "application";
    case SendLimit::Unknown:
        break;
    }
    return "unknown";
}

namespace {

/// What the reason of a blocked event stands for; none: nothing to send, or streams that may not be opened.
std::optional<SendLimit> saidLimitOf(const LimitFact& fact)
{
    switch (fact.reason) {
    case BlockedReason::Pacing:
        return SendLimit::Pacing;
    case BlockedReason::AmplificationProtection:
        return SendLimit::Amplification;
    case BlockedReason::CongestionControl:
        return SendLimit::CongestionWindow;
    case BlockedReason::ConnectionFlowControl:
        return SendLimit::ConnectionFlowControl;
    case BlockedReason::StreamFlowControl:
        return SendLimit::StreamFlowControl;
    case BlockedReason::None:
        return fact.kind == LimitKind::StreamData ? SendLimit::StreamFlowControl : SendLimit::ConnectionFlowControl;
    default:
        return std::nullopt;
    }
}

} // namespace

LimitedBy::LimitedBy(const Trace& trace, const FlowControl& flow, const FlightEstimate& flight)
    : m_trace(trace)
    , m_flow(flow)
    , m_flight(flight)
    , m_isValidated(trace.role() != Role::Server)
{
}

LimitedBy::Interval LimitedBy::interval(std::size_t index) const
{
    return {m_starts[index].row, index + 1 < m_starts.size() ? m_starts[index + 1].row : RowId(), m_starts[index].limit};
}

std::optional<std::size_t> LimitedBy::at(std::int64_t timeNs) const
{
    const auto after = std::upper_bound(m_starts.begin(), m_starts.end(), timeNs,
                                        [this](std::int64_t time, const Start& start) { return time < m_trace.events().timeNs(start.row); });
    return after == m_starts.begin() ? std::nullopt : std::optional(static_cast<std::size_t>(after - m_starts.begin()) - 1);
}

void LimitedBy::packet(Direction direction, PacketId id)
{
    constexpr std::uint32_t leastDatagram = 1'200; // with an Initial of a client; padding outside of packets is not in the log
    const PacketFact packet = m_trace.packets(direction)[id];
    if (direction == Direction::Received) {
        const bool hasToken = packet.type == PacketType::Initial && (packet.flags & PacketHasToken) != 0;
        if (packet.type == PacketType::Handshake || packet.type == PacketType::OneRtt || hasToken)
            m_isValidated = true;
        if (!m_isValidated)
            m_received += packet.type == PacketType::Initial ? std::max(packet.sizeBytes, leastDatagram) : packet.sizeBytes;
        return;
    }
    if (m_received == 0 || packet.type == PacketType::Retry)
        m_isValidated = true; // the log begins late; after a Retry only Initials with its token are accepted (RFC 9000, section 8.1.2)
    if (!m_isValidated)
        m_sent += packet.sizeBytes;
    m_hasSent = true;
    m_heldBack = (packet.flags & PacketHeldBack) != 0 ? id : PacketId();
    if ((packet.flags & PacketMtuProbe) == 0)
        m_datagramBytes = std::max(m_datagramBytes, packet.sizeBytes);
    if (packet.hasFrame(FrameKind::ResetStream) || packet.hasFrame(FrameKind::ResetStreamAt))
        forgetResetStreams(packet.row);
}

void LimitedBy::left(PacketId sentPacket)
{
    if (m_heldBack == sentPacket)
        m_heldBack = {};
}

/// Streams that were given up are no longer held back.
void LimitedBy::forgetResetStreams(RowId row)
{
    const StreamIndex& streams = m_trace.streams();
    std::size_t low = 0;
    std::size_t high = streams.mentionCount();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (streams.mentionRow(middle) < row)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < streams.mentionCount() && streams.mentionRow(low) == row; ++low) {
        const std::uint64_t id = streams.mentionedStream(low);
        m_blockedStreams.erase(id);
        if (const std::optional<std::uint32_t> index = m_flow.streamIndex(id))
            m_fullStreams.erase(*index);
    }
}

void LimitedBy::limit(std::size_t index)
{
    const LimitFact& fact = m_trace.connection().limits()[index];
    const bool isOfStream = fact.kind == LimitKind::StreamData;
    if (fact.kind != LimitKind::Data && !isOfStream)
        return;
    switch (fact.event) {
    case LimitEvent::BlockedEvent:
        m_said = saidLimitOf(fact);
        return;
    case LimitEvent::UnblockedEvent:
        m_said.reset();
        return;
    case LimitEvent::Blocked:
        if (fact.direction == Direction::Sent && isOfStream)
            m_blockedStreams.insert(fact.streamId);
        else if (fact.direction == Direction::Sent)
            m_isConnectionBlocked = true;
        return;
    case LimitEvent::Raised:
        if (fact.direction == Direction::Received && isOfStream)
            m_blockedStreams.erase(fact.streamId);
        else if (fact.direction == Direction::Received)
            m_isConnectionBlocked = false;
        return;
    }
}

void LimitedBy::streamRange(std::size_t index)
{
    const StreamIndex::Range range = m_trace.streams().range(index);
    if (range.direction != Direction::Sent)
        return;
    const std::uint64_t id = m_trace.streams().streams()[range.stream].id;
    if (range.fin) {
        m_fullStreams.erase(range.stream);
        m_blockedStreams.erase(id);
        return;
    }
    const std::optional<std::uint64_t> limit = m_flow.streamLimit(Direction::Sent, id);
    if (limit && range.offset + range.length >= *limit)
        m_fullStreams.insert(range.stream);
}

void LimitedBy::metric(MetricKind kind, std::int64_t value)
{
    if (kind == MetricKind::CongestionWindow) {
        m_window = value;
    } else {
        m_loggedFlight = value;
        m_estimateThen = m_flight.currentBytes();
    }
}

bool LimitedBy::isAmplificationLimited() const
{
    return !m_isValidated && m_sent + m_datagramBytes > 3 * m_received;
}

/// Each multipath path has a window of its own: one of them says nothing about all.
bool LimitedBy::isWindowKnown() const { return m_window && !m_trace.packets(Direction::Sent).usesPathIds(); }

bool LimitedBy::isWindowFull() const
{
    if (!isWindowKnown())
        return false;
    // a logged value holds for its row; what was sent or acknowledged since is added
    const std::int64_t inFlight = m_loggedFlight ? *m_loggedFlight + m_flight.currentBytes() - m_estimateThen : m_flight.currentBytes();
    return std::max<std::int64_t>(inFlight, 0) + m_datagramBytes > *m_window;
}

bool LimitedBy::isStreamBlocked()
{
    while (!m_fullStreams.empty()) {
        const std::uint32_t stream = *m_fullStreams.begin();
        const std::optional<std::uint64_t> limit = m_flow.streamLimit(Direction::Sent, m_trace.streams().streams()[stream].id);
        if (limit && m_flow.currentOffset(Direction::Sent, stream) >= *limit)
            return true;
        m_fullStreams.erase(m_fullStreams.begin());
    }
    return !m_blockedStreams.empty();
}

SendLimit LimitedBy::current()
{
    if (isAmplificationLimited())
        return SendLimit::Amplification;
    if (isWindowFull())
        return SendLimit::CongestionWindow;
    const std::optional<std::uint64_t> limit = m_flow.currentConnectionLimit(Direction::Sent);
    if (m_isConnectionBlocked || (limit && static_cast<std::uint64_t>(m_flow.currentStreamBytes(Direction::Sent)) >= *limit && *limit > 0))
        return SendLimit::ConnectionFlowControl;
    if (isStreamBlocked())
        return SendLimit::StreamFlowControl;
    if (m_said)
        return *m_said;
    if (m_heldBack.isValid())
        return SendLimit::Pacing;
    return isWindowKnown() ? SendLimit::Application : SendLimit::Unknown;
}

void LimitedBy::begin(RowId row, SendLimit limit)
{
    const EventStore& events = m_trace.events();
    const std::int64_t now = events.timeNs(row);
    while (!m_starts.empty() && events.timeNs(m_starts.back().row) == now)
        m_starts.pop_back(); // it took no time
    const bool isGap = m_starts.size() > 1 && (m_starts.back().limit == SendLimit::Application || m_starts.back().limit == SendLimit::Unknown)
        && m_starts[m_starts.size() - 2].limit == limit && m_flight.rtt().hasSample()
        && now - events.timeNs(m_starts.back().row) < m_flight.rtt().smoothedNs() / 2;
    if (isGap)
        m_starts.pop_back();
    if (m_starts.empty() || m_starts.back().limit != limit)
        m_starts.push_back({row, limit});
}

void LimitedBy::rowEnd(RowId row)
{
    if (!m_hasSent)
        return;
    const SendLimit limit = current();
    if (m_starts.empty() || m_starts.back().limit != limit)
        begin(row, limit);
}

} // namespace qlogscope
