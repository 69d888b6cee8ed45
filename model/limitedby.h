// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/flightestimate.h"
#include "model/flowcontrol.h"
#include "model/trace.h"

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

namespace qlogscope {

/// What keeps the sender from sending more.
enum class SendLimit : std::uint8_t {
    CongestionWindow, ///< bytes in flight and one more datagram are over the window (RFC 9002, section 7)
    ConnectionFlowControl, ///< all that the connection may carry is sent, or the sender says so (RFC 9000, section 4.1)
    StreamFlowControl, ///< the same for a stream that is not finished
    Pacing, ///< only where the log says so: blocked events, or a packet that is released later than it is logged
    Amplification, ///< less than a datagram is left of three times what came, before validation (RFC 9000, section 8.1)
    Application, ///< none of these: there is nothing to send
    Unknown, ///< none of the others, and the log lacks the congestion window
};
inline constexpr std::size_t sendLimitCount = 7;
/// "congestion window", ...
[[nodiscard]] std::string_view text(SendLimit limit);

/// By what the sender of a trace was limited over time, from its first packet on: inferred, with the rows that show it. Gaps of up to
/// half an RTT in which nothing seems to hold the sender back are bridged: what is held back by a window is sent in bursts (RFC 9002,
/// section 7.8). Fed in the order of time. UI thread.
class LimitedBy
{
public:
    struct Interval {
        RowId begin; ///< the row that shows it: the packet that fills the window, the blocked frame, ...
        RowId end; ///< the row that ends it; none: it lasts to the end of the log
        SendLimit limit = SendLimit::Unknown;
    };

    /// All must outlive this. @param flow, flight fed with the same facts before it
    LimitedBy(const Trace& trace, const FlowControl& flow, const FlightEstimate& flight);

    /// In the order of time, without gaps.
    [[nodiscard]] std::size_t size() const { return m_starts.size(); }
    [[nodiscard]] Interval interval(std::size_t index) const;
    /// The index of the interval at a time; none before the first.
    [[nodiscard]] std::optional<std::size_t> at(std::int64_t timeNs) const;
    [[nodiscard]] std::size_t memoryBytes() const { return m_starts.capacity() * sizeof(Start); }

    // See TimeWalk::Visitor.
    void packet(Direction direction, PacketId packet);
    void left(PacketId sentPacket); ///< acknowledged or lost
    void limit(std::size_t index);
    void streamRange(std::size_t index);
    void metric(MetricKind kind, std::int64_t value);
    void rowEnd(RowId row);

private:
    struct Start {
        RowId row;
        SendLimit limit = SendLimit::Unknown;
    };
    [[nodiscard]] SendLimit current();
    [[nodiscard]] bool isWindowKnown() const;
    [[nodiscard]] bool isWindowFull() const;
    void forgetResetStreams(RowId row);
    void begin(RowId row, SendLimit limit);
    [[nodiscard]] bool isAmplificationLimited() const;
    [[nodiscard]] bool isStreamBlocked();

    const Trace& m_trace;
    const FlowControl& m_flow;
    const FlightEstimate& m_flight;
    std::vector<Start> m_starts;
    std::optional<std::int64_t> m_window;
    std::optional<std::int64_t> m_loggedFlight;
    std::int64_t m_estimateThen = 0; ///< when bytes in flight were logged
    std::uint32_t m_datagramBytes = 1'200; ///< the largest packet that was sent; at least the smallest that a path carries
    bool m_hasSent = false;
    bool m_isConnectionBlocked = false; ///< DATA_BLOCKED that is not answered
    std::optional<SendLimit> m_said; ///< by a *_blocked_updated event that still holds, of the connection or any stream
    PacketId m_heldBack; ///< the last packet sent, where it waits for the pacer; until it is acknowledged or lost at the latest
    std::set<std::uint32_t> m_fullStreams; ///< indexes of unfinished streams whose data reached their limit; it may have been raised since
    std::set<std::uint64_t> m_blockedStreams; ///< ids: STREAM_DATA_BLOCKED that is not answered
    bool m_isValidated = false; ///< the client's address
    std::uint64_t m_received = 0; ///< bytes, before validation
    std::uint64_t m_sent = 0;
};

} // namespace qlogscope
