// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// The words of the congestion chart; declared in congestionlayout.h.
#include "views/congestion/congestionlayout.h"
#include "views/congestion/linesource.h"
#include "views/texts.h"
#include "views/units.h"

#include <QCoreApplication>

namespace qlogscope {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(CongestionChart)
};

QString spanText(ByteSpan span)
{
    return Words::tr("[%1 .. %2)").arg(countText(span.from), countText(span.to));
}

QString packetName(const PacketFact& packet)
{
    const QString name = toText(displayText(packet.type));
    if ((packet.flags & PacketNoNumber) != 0)
        return name;
    return name % QLatin1Char(' ') % QString::number(packet.number);
}

/// "1,252 bytes", and how it is known.
QString sizeText(const PacketFact& packet)
{
    if ((packet.flags & PacketSizeMissing) != 0)
        return Words::tr("size not logged");
    const QString size = Words::tr("%1 bytes").arg(countText(packet.sizeBytes));
    return (packet.flags & PacketSizeInferred) != 0 ? Words::tr("%1 (inferred)").arg(size) : size;
}

/// Which series a packet's bar is in, in the tense of the packet: "sent", "acked", "lost".
QString verbOf(CongestionSeries series, Direction direction)
{
    if (series == CongestionSeries::Acked)
        return Words::tr("acked");
    if (series == CongestionSeries::Lost)
        return Words::tr("lost");
    return direction == Direction::Sent ? Words::tr("sent") : Words::tr("received");
}

QString article(CongestionSeries series, Direction direction)
{
    switch (series) {
    case CongestionSeries::CongestionWindow:
        return Words::tr("the congestion window");
    case CongestionSeries::Ssthresh:
        return Words::tr("the slow start threshold (ssthresh)");
    case CongestionSeries::RttMin:
        return Words::tr("the minimum RTT");
    case CongestionSeries::RttSmoothed:
        return Words::tr("the smoothed RTT");
    case CongestionSeries::RttLatest:
        return Words::tr("the latest RTT");
    case CongestionSeries::BytesInFlight:
        return Words::tr("bytes in flight");
    case CongestionSeries::ConnectionLimit:
        return Words::tr("the flow-control limit of the connection");
    case CongestionSeries::StreamLimitSum:
        return Words::tr("the flow-control limits of all streams in use");
    case CongestionSeries::Lost:
        return Words::tr("the loss of packets");
    default:
        return nameOf(series, direction);
    }
}

/// How a line that no single record says comes about; empty for the others.
QString originOf(CongestionSeries series, SeriesState state, Direction direction)
{
    switch (series) {
    case CongestionSeries::StreamBytes:
        return Words::tr("The sum of the largest offsets of all streams: what the flow-control limits count, without headers and what is sent again.");
    case CongestionSeries::ConnectionLimit:
        return direction == Direction::Sent ? Words::tr("What the peer allows on all streams together: initial_max_data, then its MAX_DATA.")
                                            : Words::tr("What this endpoint allows on all streams together: initial_max_data, then its MAX_DATA.");
    case CongestionSeries::StreamLimitSum:
        return Words::tr("The sum of the limits of the streams that carry data: their initial limits, then MAX_STREAM_DATA.");
    case CongestionSeries::RttSample:
        return Words::tr("From ACKs (RFC 9002, section 5.1): sending to acknowledgement of the largest packet that an ACK newly covers, its delay included.");
    case CongestionSeries::BytesInFlight:
        return state == SeriesState::Inferred ? Words::tr("Computed: packets in flight that are sent and neither acked nor lost. Drawn dashed.") : QString();
    default:
        return {};
    }
}

ItemText textOfLine(const Trace& trace, std::int64_t zeroNs, Direction direction, const CongestionItem& item, const DerivedSeries* derived)
{
    const LineSource series(trace, derived, item.series, direction);
    const auto valueText = [&](std::int64_t value) {
        return isRtt(item.series) ? timeText(value) : bytesText(static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0)));
    };
    const std::int64_t value = series.value(item.index);
    ItemText text;
    text.title = nameOf(item.series, Direction::Sent) % QLatin1Char(' ') % valueText(value);
    if (series.isInferred())
        text.title += Words::tr(" (inferred)");
    if (!isRtt(item.series) && value >= 1'000)
        text.lines.push_back(Words::tr("%1 bytes").arg(countText(static_cast<std::uint64_t>(value))));
    text.lines.push_back((isMetric(item.series) && !series.isInferred() ? Words::tr("logged at %1") : Words::tr("since %1"))
                             .arg(timeText(series.timeNs(item.index) - zeroNs)));
    if (item.count > 1) {
        MinMax range;
        constexpr std::size_t mostScanned = 1 << 16;
        for (std::size_t i = item.firstIndex; i < item.firstIndex + std::min(item.count, mostScanned); ++i)
            range.merge({series.value(i), series.value(i)});
        text.lines.push_back(Words::tr("one of %1 values here: %2 to %3")
                                 .arg(countText(item.count), valueText(range.min), valueText(range.max)));
    }
    return text;
}

} // namespace

QString nameOf(CongestionSeries series, Direction direction)
{
    switch (series) {
    case CongestionSeries::Sent:
        return direction == Direction::Sent ? Words::tr("data sent") : Words::tr("data received");
    case CongestionSeries::Acked:
        return Words::tr("data acked");
    case CongestionSeries::Lost:
        return Words::tr("data lost");
    case CongestionSeries::CongestionWindow:
        return Words::tr("congestion window");
    case CongestionSeries::BytesInFlight:
        return Words::tr("bytes in flight");
    case CongestionSeries::Ssthresh:
        return Words::tr("ssthresh");
    case CongestionSeries::StreamBytes:
        return direction == Direction::Sent ? Words::tr("stream bytes sent") : Words::tr("stream bytes received");
    case CongestionSeries::ConnectionLimit:
        return Words::tr("connection limit");
    case CongestionSeries::StreamLimitSum:
        return Words::tr("sum of stream limits");
    case CongestionSeries::RttSample:
        return Words::tr("RTT samples");
    case CongestionSeries::RttMin:
        return Words::tr("min RTT");
    case CongestionSeries::RttSmoothed:
        return Words::tr("smoothed RTT");
    case CongestionSeries::RttLatest:
        return Words::tr("latest RTT");
    }
    return {};
}

QString nameOf(PanelKind panel)
{
    switch (panel) {
    case PanelKind::Data:
        return Words::tr("Data");
    case PanelKind::Rates:
        return Words::tr("Rates");
    case PanelKind::Rtt:
        return Words::tr("RTT");
    }
    return {};
}

QString missingText(const QString& writer, const QString& what)
{
    return writer.isEmpty() ? Words::tr("This log does not contain %1.").arg(what)
                            : Words::tr("%1 does not log %2.").arg(writer, what);
}

QString emptyTextOf(const Trace& trace)
{
    for (const Direction direction : {Direction::Sent, Direction::Received}) {
        if (trace.packets(direction).size() > 0)
            return {};
    }
    for (int kind = 0; kind < metricKindCount; ++kind) {
        if (!trace.metric(static_cast<MetricKind>(kind)).empty())
            return {};
    }
    return Words::tr("There are no packets in this trace.");
}

QString noteOf(SeriesState state)
{
    switch (state) {
    case SeriesState::None:
        return Words::tr("none");
    case SeriesState::NotLogged:
        return Words::tr("not logged");
    case SeriesState::StripOnly:
        return Words::tr("see strip");
    case SeriesState::Inferred:
        return Words::tr("inferred");
    case SeriesState::Pending:
        return Words::tr("computing…");
    case SeriesState::Logged:
        break;
    }
    return {};
}

QString noteOf(SizeOrigin sizes)
{
    switch (sizes) {
    case SizeOrigin::SomeInferred:
        return Words::tr("some sizes inferred");
    case SizeOrigin::Inferred:
        return Words::tr("sizes inferred");
    case SizeOrigin::Logged:
        break;
    }
    return {};
}

QString explanationOf(SizeOrigin sizes, const QString& writer)
{
    if (sizes == SizeOrigin::Logged)
        return {};
    const QString what = sizes == SizeOrigin::Inferred ? Words::tr("packet sizes") : Words::tr("the sizes of some packets");
    return missingText(writer, what) % QLatin1Char(' ')
        % Words::tr("They are computed: packet header + logged frames + 16 bytes of AEAD tag. A header length that the log does "
                    "not tell is assumed, so a size may be a few bytes off. Drawn hatched.");
}

QString bytesTitle(Direction direction, SizeOrigin sizes)
{
    const QString title
        = direction == Direction::Sent ? Words::tr("bytes sent on the wire") : Words::tr("bytes received on the wire");
    const QString note = noteOf(sizes);
    return note.isEmpty() ? title : Words::tr("%1 (%2)").arg(title, note);
}

QString explanationOf(CongestionSeries series, SeriesState state, const Trace& trace, Direction direction)
{
    const QString writer = QString::fromStdString(trace.header().writerText);
    switch (state) {
    case SeriesState::Logged:
    case SeriesState::Inferred: {
        const QString origin = originOf(series, state, direction);
        const QString said = state == SeriesState::Inferred ? missingText(writer, article(series, direction)) % QLatin1Char(' ') % origin : origin;
        return (said.isEmpty() ? QString() : said % QLatin1Char('\n')) % Words::tr("Click: show or hide. Double-click: show only this.");
    }
    case SeriesState::NotLogged:
        return missingText(writer, article(series, direction));
    case SeriesState::Pending:
        return Words::tr("Being computed from the whole trace.");
    case SeriesState::StripOnly:
        return Words::tr("Losses are of packets that this endpoint sent; the strip below the plot shows them.");
    case SeriesState::None:
        if (series == CongestionSeries::Lost)
            return Words::tr("No packet was declared lost in this trace.");
        if (series == CongestionSeries::Acked)
            return Words::tr("No ACK in this trace covers a packet of this direction.");
        if (series == CongestionSeries::StreamBytes)
            return Words::tr("There is no stream data of this direction in the trace.");
        if (series == CongestionSeries::RttSample)
            return Words::tr("No ACK in this trace gives a sample of the round-trip time.");
        return direction == Direction::Sent ? Words::tr("No packet was sent in this trace.")
                                            : Words::tr("No packet was received in this trace.");
    }
    return {};
}

ItemText textOf(const Trace& trace, std::int64_t zeroNs, const LimitedBy::Interval& interval)
{
    const EventStore& events = trace.events();
    const std::int64_t beginNs = events.timeNs(interval.begin);
    const std::int64_t endNs = interval.end.isValid() ? events.timeNs(interval.end) : trace.timeRange().endNs;
    ItemText said;
    said.title = interval.limit == SendLimit::Unknown ? Words::tr("not limited by flow control; the log lacks the congestion window")
                                                      : Words::tr("limited by: %1 (inferred)").arg(toText(text(interval.limit)));
    said.lines.push_back(Words::tr("from %1 for %2").arg(timeText(beginNs - zeroNs), durationText(endNs - beginNs)));
    said.lines.push_back(interval.end.isValid() ? Words::tr("begins with record %1, ends with record %2").arg(rowText(interval.begin), rowText(interval.end))
                                                : Words::tr("begins with record %1, lasts to the end of the log").arg(rowText(interval.begin)));
    switch (interval.limit) {
    case SendLimit::CongestionWindow:
        said.lines.push_back(Words::tr("bytes in flight and one more datagram exceed the congestion window"));
        break;
    case SendLimit::ConnectionFlowControl:
        said.lines.push_back(Words::tr("all that the connection's limit allows is sent, or the sender says that it is blocked"));
        break;
    case SendLimit::StreamFlowControl:
        said.lines.push_back(Words::tr("all that the limit of a stream allows is sent, or the sender says that it is blocked"));
        break;
    case SendLimit::Pacing:
        said.lines.push_back(Words::tr("the log says that packets wait for the pacer"));
        break;
    case SendLimit::Amplification:
        said.lines.push_back(Words::tr("three times what came is sent, and the client's address is not validated"));
        break;
    case SendLimit::Application:
        said.lines.push_back(Words::tr("none of the limits is reached: there is nothing to send"));
        break;
    case SendLimit::Unknown:
        break;
    }
    return said;
}

ItemText textOf(const Trace& trace, std::int64_t zeroNs, Direction direction, const CongestionItem& item,
                const BarFilter* filter, const DerivedSeries* derived)
{
    if (!isBars(item.series))
        return textOfLine(trace, zeroNs, direction, item, derived);
    const Direction side = item.series == CongestionSeries::Lost ? Direction::Sent : direction;
    const PacketIndex& packets = trace.packets(side);
    const auto packetAt = [&](std::size_t index) { return packetOf(trace, side, item.series, index, filter); };
    const PacketId id = packetAt(item.index);
    const PacketFact& packet = packets[id];
    const std::uint64_t before = packets.bytesBefore(id);
    const std::int64_t sentNs = packets.store()->timeNs(packet.row);

    ItemText text;
    const QString verb = verbOf(item.series, side);
    if (item.count > 1) {
        text.title = Words::tr("%1 packets %2").arg(countText(item.count), verb);
        const PacketFact& first = packets[packetAt(item.firstIndex)];
        const PacketFact& last = packets[packetAt(item.firstIndex + item.count - 1)];
        text.lines.push_back(Words::tr("%1 to %2; nearest to the pointer:").arg(packetName(first), packetName(last)));
        text.lines.push_back(Words::tr("%1, %2").arg(packetName(packet), sizeText(packet)));
    } else {
        text.title = Words::tr("%1 %2").arg(packetName(packet), verb);
        text.lines.push_back(sizeText(packet));
    }
    if (packet.sizeBytes > 0)
        text.lines.back() += Words::tr(": %1").arg(spanText({before, before + packet.sizeBytes}));
    text.lines.push_back((side == Direction::Sent ? Words::tr("sent at %1") : Words::tr("received at %1"))
                             .arg(timeText(sentNs - zeroNs)));
    const auto later = [&](const QString& what, RowId row) {
        const std::int64_t atNs = packets.store()->timeNs(row);
        text.lines.push_back(what.arg(timeText(atNs - zeroNs), durationText(atNs - sentNs)));
    };
    const RowId lost = side == Direction::Sent ? trace.lostBy(id) : RowId();
    if (lost.isValid())
        later(Words::tr("declared lost at %1, after %2"), lost);
    if (packets.ackedBy(id).isValid())
        later(lost.isValid() ? Words::tr("acked at %1, after %2: the loss was spurious") : Words::tr("acked at %1, after %2"),
              packets.ackedBy(id));
    else if (!lost.isValid())
        text.lines.push_back(Words::tr("never acked in this log"));
    if ((packet.flags & PacketMtuProbe) != 0)
        text.lines.push_back(Words::tr("path MTU probe"));
    return text;
}

} // namespace qlogscope
