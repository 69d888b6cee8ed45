// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/statistics.h"

namespace qlogscope {

namespace {

TraceFigures::Side sideOf(const Trace& trace, Direction direction)
{
    TraceFigures::Side side;
    const PacketIndex& packets = trace.packets(direction);
    for (int i = 0; i < packetTypeCount; ++i) {
        const std::uint64_t count = packets.countsByType()[static_cast<std::size_t>(i)];
        if (count > 0)
            side.packets[std::string(text(static_cast<PacketType>(i)))] = count;
    }
    side.frames = trace.frameCounts(direction);
    side.packetCount = packets.size();
    side.bytes = packets.totalBytes();
    return side;
}

/// Over all paths; min > max if it was never logged.
MinMax extremesOf(const Trace& trace, MetricKind kind)
{
    MinMax all;
    for (const Trace::PathSeries& path : trace.metricPaths(kind)) {
        if (!path.series.empty())
            all.merge(path.series.extremes());
    }
    return all;
}

std::optional<std::int64_t> maxOf(const MinMax& values) { return values.min > values.max ? std::nullopt : std::optional(values.max); }

std::optional<std::int64_t> minOf(const MinMax& values) { return values.min > values.max ? std::nullopt : std::optional(values.min); }

/// The first Initial, sent or received.
RowId firstInitial(const Trace& trace)
{
    RowId first;
    for (const Direction direction : {Direction::Sent, Direction::Received}) {
        const PacketIndex& packets = trace.packets(direction);
        for (std::size_t i = 0; i < packets.size(); ++i) {
            const PacketFact& packet = packets[PacketId(i)];
            if (packet.type != PacketType::Initial)
                continue;
            if (!first.isValid() || packet.row < first)
                first = packet.row;
            break;
        }
    }
    return first;
}

std::optional<std::int64_t> handshakeTime(const EventStore& events, const Trace& trace)
{
    const RowId begin = firstInitial(trace);
    if (!begin.isValid())
        return std::nullopt;
    for (const HandshakeStep step :
         {HandshakeStep::CompletedEvent, HandshakeStep::HandshakeDoneFrame, HandshakeStep::FirstOneRttAck}) {
        const RowId end = trace.handshakeRow(step);
        if (end.isValid() && events.timeNs(end) >= events.timeNs(begin))
            return events.timeNs(end) - events.timeNs(begin);
    }
    return std::nullopt;
}

/// The first connection_closed event, with what it leaves out taken from the first CONNECTION_CLOSE frame, whichever
/// of the two is logged first; the frame alone if there is no event.
std::optional<CloseFact> bestClose(const Trace& trace)
{
    std::optional<CloseFact> event;
    std::optional<CloseFact> frame;
    for (const CloseFact& close : trace.closes()) {
        std::optional<CloseFact>& first = close.fromFrame ? frame : event;
        if (!first)
            first = close;
    }
    if (!event || !frame)
        return event ? event : frame;
    if (!event->code) {
        event->code = frame->code;
        if (event->name.empty())
            event->name = frame->name;
    }
    if (event->space.empty())
        event->space = frame->space;
    return event;
}

} // namespace

TraceFigures figuresOf(const Document& document, TraceId id)
{
    const Trace& trace = document.trace(id);
    const EventStore& events = document.events();
    TraceFigures figures;
    figures.events = trace.eventCount();
    if (trace.firstTimedRow().isValid()) {
        const std::int64_t origin = trace.logOriginNs();
        figures.firstTimeNs = origin + events.timeNs(trace.firstTimedRow());
        figures.lastTimeNs = origin + events.timeNs(trace.lastTimedRow());
        figures.minTimeNs = origin + trace.timeRange().beginNs;
        figures.maxTimeNs = origin + (trace.timeRange().endNs - 1);
        figures.durationNs = TimeRange{*figures.minTimeNs, *figures.maxTimeNs}.lengthNs();
        if (trace.wallClockNs())
            figures.wallClockNs = *trace.wallClockNs() + trace.timeRange().beginNs;
    }
    for (std::size_t i = 0; i < trace.eventsByName().size(); ++i) {
        const std::uint64_t count = trace.eventsByName()[i];
        if (count == 0)
            continue;
        const NameTable::Entry& name = document.names()[NameId(i)];
        figures.eventCounts[name.canonical] += count;
        figures.eventCountsLogged[name.loggedLower] += count;
    }
    figures.sent = sideOf(trace, Direction::Sent);
    figures.received = sideOf(trace, Direction::Received);
    figures.bytesInferred
        = trace.packets(Direction::Sent).anySizeInferred() || trace.packets(Direction::Received).anySizeInferred();
    figures.packetsLost = trace.packetsLost();
    figures.packetsSpurious = trace.packetsSpurious();
    figures.packetsAcked = trace.packetsAcked(Direction::Sent);
    figures.streams = trace.streams().streams().size();
    figures.maxStreamId = trace.streams().maxStreamId();
    // the pre-spec events cwnd_update and bytes_in_flight_update are drawn, but they are no recovery metrics of the contract
    if (trace.header().qlogVersion != "0.1") {
        figures.maxCongestionWindow = maxOf(extremesOf(trace, MetricKind::CongestionWindow));
        figures.maxBytesInFlight = maxOf(extremesOf(trace, MetricKind::BytesInFlight));
    }
    figures.minRttNs = minOf(extremesOf(trace, MetricKind::MinRtt));
    figures.smoothedRttMinNs = minOf(extremesOf(trace, MetricKind::SmoothedRtt));
    figures.smoothedRttMaxNs = maxOf(extremesOf(trace, MetricKind::SmoothedRtt));
    figures.latestRttMinNs = minOf(extremesOf(trace, MetricKind::LatestRtt));
    figures.latestRttMaxNs = maxOf(extremesOf(trace, MetricKind::LatestRtt));
    figures.handshakeNs = handshakeTime(events, trace);
    figures.close = bestClose(trace);
    return figures;
}

} // namespace qlogscope
