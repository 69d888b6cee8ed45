// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/barseries.h"
#include "model/connectionfacts.h"
#include "model/eventbatch.h"
#include "model/eventstore.h"
#include "model/intervalset.h"
#include "model/nametable.h"
#include "model/packetindex.h"
#include "model/packetuseseries.h"
#include "model/series.h"
#include "model/streamindex.h"
#include "model/timerange.h"

#include <array>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace qlogscope {

/// One connection from one vantage point: a selection of a file's rows with everything computed from them. UI thread.
class Trace
{
public:
    Trace(const EventStore* store, TraceId id);
    Trace(const Trace&) = delete;
    Trace& operator=(const Trace&) = delete;

    [[nodiscard]] TraceId id() const { return m_id; }
    [[nodiscard]] const TraceHeader& header() const { return m_header; }
    /// Set by hand, else from the header, else guessed from the first packets (dialects 2.1); see isRoleInferred().
    [[nodiscard]] Role role() const;
    [[nodiscard]] bool isRoleInferred() const
    {
        return !isRoleSetByHand() && m_header.role == Role::Unknown && role() != Role::Unknown;
    }
    [[nodiscard]] bool isRoleSetByHand() const { return m_roleByHand != Role::Unknown; }
    /// Unknown: what the log says.
    void setRoleByHand(Role role) { m_roleByHand = role; }

    // Rows and time. Times are nanoseconds since the trace's origin.
    [[nodiscard]] std::size_t rowCount() const { return m_rowCount; }
    /// The index-th row of the trace, in file order.
    [[nodiscard]] RowId row(std::size_t index) const;
    /// From the earliest event to just after the latest; empty without timed events.
    [[nodiscard]] TimeRange timeRange() const { return m_timeRange; }
    [[nodiscard]] RowId firstTimedRow() const { return m_firstTimedRow; }
    [[nodiscard]] RowId lastTimedRow() const { return m_lastTimedRow; }
    /// True if some event is earlier than the one before it in the file.
    [[nodiscard]] bool hasBackwardTimes() const { return m_hasBackwardTimes; }
    /// No row, with or without a time of its own, is earlier than the one before it.
    [[nodiscard]] bool areRowsInOrder() const { return m_areRowsInOrder; }
    [[nodiscard]] const EventStore& events() const { return *m_store; }
    /// For sampling this trace's series. With rows while all rows of the trace are in order of time.
    [[nodiscard]] ColumnEdges columnEdges(TimeRange range, int columns) const { return withRows(ColumnEdges(range, columns)); }
    [[nodiscard]] ColumnEdges withRows(ColumnEdges edges) const;
    /// T of a row: nanoseconds since the earliest event.
    [[nodiscard]] std::int64_t zeroNs() const { return m_timeRange.beginNs; }
    /// To add to a time for the log's own clock.
    [[nodiscard]] std::int64_t logOriginNs() const { return m_logOriginNs; }
    /// Unix time of nanosecond 0, where the log tells.
    [[nodiscard]] std::optional<std::int64_t> wallClockNs() const { return m_wallClockNs; }

    // Packets
    [[nodiscard]] const PacketIndex& packets(Direction direction) const { return side(direction).packets; }
    [[nodiscard]] const SentBars& sentBars(Direction direction) const { return side(direction).bars; }
    /// Header, frames, tag: the figures of packetization.
    [[nodiscard]] const PacketUseSeries& packetUses(Direction direction) const { return side(direction).uses; }
    /// A datagram that an event logs.
    struct LoggedDatagram {
        RowId row;
        std::uint32_t sizeBytes = 0;
    };
    /// In order of rows. Empty where the writer logs none.
    [[nodiscard]] const Column<LoggedDatagram>& datagrams(Direction direction) const { return side(direction).datagrams; }
    [[nodiscard]] const AckedBars& ackedBars(Direction direction) const { return side(direction).acked; }
    /// Lost packets at the time of their packet_lost event; only those whose sending is logged, without probes of the path MTU (they
    /// carry no data, and their loss says nothing about congestion: RFC 9000, section 14.4).
    [[nodiscard]] const LostBars& lostBars() const { return m_lostBars; }
    [[nodiscard]] std::uint64_t packetsAcked(Direction direction) const { return side(direction).ackedCount; }
    [[nodiscard]] std::uint64_t packetsLost() const { return m_lostCount; }
    [[nodiscard]] std::uint64_t packetsSpurious() const { return m_spuriousCount; }
    /// The packet_lost row of a sent packet; none if it was never declared lost.
    [[nodiscard]] RowId lostBy(PacketId sentPacket) const;
    /// Every packet_lost and spurious_loss event that names a packet, in order of rows.
    [[nodiscard]] const Column<LostFact>& lossEvents() const { return m_lossEvents; }
    /// The direction with more packet bytes: what a chart shows first.
    [[nodiscard]] Direction mainDirection() const;

    /// Of one multipath path.
    struct PathSeries {
        std::uint32_t pathId = 0;
        Series series;
    };
    /// As logged for path 0; without that for the path with the smallest id. Where multipath is not in use that is all.
    [[nodiscard]] const Series& metric(MetricKind kind) const { return metricPaths(kind).front().series; }
    /// Of all paths that have it, by id; at least one, which may be empty.
    [[nodiscard]] const std::vector<PathSeries>& metricPaths(MetricKind kind) const { return m_metrics[static_cast<std::size_t>(kind)]; }
    [[nodiscard]] const StreamIndex& streams() const { return m_streams; }
    /// Transport parameters, flow-control limits, ack delays, congestion states.
    [[nodiscard]] const ConnectionFacts& connection() const { return m_connection; }
    [[nodiscard]] const std::vector<CloseFact>& closes() const { return m_closes; }
    /// The first row of a handshake step; none if it is not in the log.
    [[nodiscard]] RowId handshakeRow(HandshakeStep step) const { return m_handshakeRows[static_cast<std::size_t>(step)]; }

    // Counts
    /// Events by NameId value.
    [[nodiscard]] const std::vector<std::uint64_t>& eventsByName() const { return m_eventsByName; }
    /// Rows that are events: all but malformed and oversized ones.
    [[nodiscard]] std::uint64_t eventCount() const { return m_eventCount; }
    [[nodiscard]] std::uint64_t malformedCount() const { return m_malformedCount; }
    /// Canonical frame name to count.
    [[nodiscard]] const std::map<std::string, std::uint64_t>& frameCounts(Direction direction) const
    {
        return side(direction).frames;
    }
    [[nodiscard]] std::size_t memoryBytes() const;

    // Called by Document in the order of the batches.
    void setHeader(const TraceHeader& header) { m_header = header; }
    void setOrigin(const TraceOrigin& origin);
    void appendRow(RowId row, const EventRow& event);
    /// @param uses of its bytes; none: not known
    void appendPacket(const PacketFact& packet, const PacketUses* uses = nullptr);
    void appendDatagram(const DatagramFact& datagram) { side(datagram.direction).datagrams.push_back({datagram.row, datagram.sizeBytes}); }
    void appendAcked(const AckedFact& acked);
    void appendLost(const LostFact& lost);
    void appendMetric(const MetricFact& metric);
    void appendStream(const StreamFact& stream) { m_streams.append(stream); }
    [[nodiscard]] ConnectionFacts& connection() { return m_connection; }
    void appendStreamMention(const StreamMention& mention) { m_streams.append(mention); }
    void appendClose(const CloseFact& close) { m_closes.push_back(close); }
    void appendHandshake(const HandshakeFact& handshake);
    void appendFrames(const FrameCount& frames);

private:
    struct Side {
        explicit Side(const EventStore* store);
        PacketIndex packets;
        SentBars bars;
        AckedBars acked;
        PacketUseSeries uses;
        Column<LoggedDatagram> datagrams;
        std::uint64_t ackedCount = 0;
        std::map<std::string, std::uint64_t> frames;
    };
    using NumberKey = std::pair<std::uint32_t, PacketNumberSpace>;

    [[nodiscard]] const Side& side(Direction direction) const { return direction == Direction::Sent ? m_sent : m_received; }
    [[nodiscard]] Side& side(Direction direction) { return direction == Direction::Sent ? m_sent : m_received; }
    void guessRole(const PacketFact& packet);
    void addSpurious(const NumberKey& key, std::uint64_t number);

    TraceId m_id;
    const EventStore* m_store;
    TraceHeader m_header;
    Role m_guessedRole = Role::Unknown;
    Role m_roleByHand = Role::Unknown;

    std::size_t m_rowCount = 0;
    RowId m_firstRow;
    std::vector<RowId> m_rows; // only while the rows are not consecutive
    TimeRange m_timeRange;
    RowId m_firstTimedRow;
    RowId m_lastTimedRow;
    bool m_hasBackwardTimes = false;
    bool m_areRowsInOrder = true; // of time, of all rows
    std::int64_t m_lastRowNs = std::numeric_limits<std::int64_t>::min();
    std::int64_t m_logOriginNs = 0;
    std::optional<std::int64_t> m_wallClockNs;

    Side m_sent;
    Side m_received;
    LostBars m_lostBars;
    Column<LostFact> m_lossEvents;
    std::map<NumberKey, std::map<std::uint64_t, RowId>> m_lostNumbers; // with the row of the first packet_lost
    std::map<NumberKey, IntervalSet> m_spuriousNumbers;
    std::uint64_t m_lostCount = 0;
    std::uint64_t m_spuriousCount = 0;

    std::array<std::vector<PathSeries>, metricKindCount> m_metrics;
    StreamIndex m_streams;
    ConnectionFacts m_connection;
    std::vector<CloseFact> m_closes;
    std::array<RowId, 3> m_handshakeRows;
    std::vector<std::uint64_t> m_eventsByName;
    std::uint64_t m_eventCount = 0;
    std::uint64_t m_malformedCount = 0;
};

} // namespace qlogscope
