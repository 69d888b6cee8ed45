// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// The words of the congestion chart; declared in congestionlayout.h.
#include "views/congestion/congestionlayout.h"
#include "views/congestion/barsource.h"
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
    if (series == CongestionSeries::Spurious)
        return Words::tr("acked after they were declared lost");
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
    case CongestionSeries::Throughput:
        return Words::tr("packet sizes");
    case CongestionSeries::Goodput:
        return Words::tr("the frames of packets");
    case CongestionSeries::PacingRate:
        return Words::tr("the pacing rate");
    case CongestionSeries::DeliveryRate:
        return Words::tr("the delivery rate");
    case CongestionSeries::RttVariance:
        return Words::tr("the variance of the RTT");
    case CongestionSeries::ConnectionLimit:
        return Words::tr("the flow-control limit of the connection");
    case CongestionSeries::StreamLimitSum:
        return Words::tr("the flow-control limits of all streams in use");
    case CongestionSeries::Lost:
    case CongestionSeries::Spurious:
        return Words::tr("the loss of packets");
    default:
        return nameOf(series, direction);
    }
}

/// How a line that no single record says comes about; empty for the others.
QString originOf(CongestionSeries series, SeriesState state, const CongestionLayout& layout)
{
    const Direction direction = layout.direction;
    switch (series) {
    case CongestionSeries::Lost:
        return state == SeriesState::Inferred
            ? Words::tr("Found by RFC 9002, section 6.1: a packet that is newer by three is acknowledged, or a newer one and 9/8 of the RTT went by. Drawn hatched.")
            : QString();
    case CongestionSeries::Spurious:
        return Words::tr("Lost packets that were acknowledged later: at the time of the ACK.");
    case CongestionSeries::StreamBytes:
        if (state == SeriesState::Inferred)
            return Words::tr("The sum of the largest offsets of all streams; frames without a length run to the end of their packet. Drawn dashed.");
        return Words::tr("The sum of the largest offsets of all streams: what the flow-control limits count, without headers and what is sent again.");
    case CongestionSeries::ConnectionLimit:
        return direction == Direction::Sent ? Words::tr("What the peer allows on all streams together: initial_max_data, then its MAX_DATA.")
                                            : Words::tr("What this endpoint allows on all streams together: initial_max_data, then its MAX_DATA.");
    case CongestionSeries::StreamLimitSum:
        if (layout.stream)
            return Words::tr("How far the stream may go: its initial limit, then MAX_STREAM_DATA.");
        return Words::tr("The sum of the limits of the streams that carry data: their initial limits, then MAX_STREAM_DATA.");
    case CongestionSeries::RttSample:
        return Words::tr("From ACKs (RFC 9002, section 5.1): sending to acknowledgement of the largest packet that an ACK newly covers, its delay included.");
    case CongestionSeries::Throughput:
        return (direction == Direction::Sent ? Words::tr("Bytes of packets sent, headers included, over windows of time.")
                                             : Words::tr("Bytes of packets received, headers included, over windows of time."))
            % (state == SeriesState::Inferred ? Words::tr(" Their sizes are computed from what the log says of them. Drawn dashed.") : QString());
    case CongestionSeries::Goodput:
        return (direction == Direction::Sent ? Words::tr("New stream bytes that were acknowledged, over windows of time: each byte counts once.")
                                             : Words::tr("New stream bytes that arrived, over windows of time: each byte counts once."))
            % (state == SeriesState::Inferred ? Words::tr(" The lengths of STREAM frames are computed. Drawn dashed.") : QString());
    case CongestionSeries::RttVariance:
        return Words::tr("The band is the smoothed RTT more or less the logged variance (rttvar, RFC 9002, section 5.3).");
    case CongestionSeries::BytesInFlight:
        return state == SeriesState::Inferred ? Words::tr("Computed: packets in flight that are sent and neither acked nor lost. Drawn dashed.") : QString();
    default:
        return {};
    }
}

ItemText textOfLine(const ChartData& data, std::int64_t zeroNs, const CongestionItem& item)
{
    const LineSource series(data, item.series, item.path);
    const auto valueText = [&](std::int64_t value) {
        return isRtt(item.series) ? timeText(value) : isRate(item.series) ? bitRateText(value) : bytesText(static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0)));
    };
    const std::int64_t value = series.value(item.index);
    ItemText text;
    text.title = nameOf(item.series, data.direction) % QLatin1Char(' ') % valueText(value);
    if (series.isInferred())
        text.title += Words::tr(" (inferred)");
    const std::uint32_t pathId = LineSource::pathId(data, item.series, item.path);
    if (LineSource::pathCount(data, item.series) > 1)
        text.title += Words::tr(", path %1").arg(pathId);
    if (isRate(item.series) && value >= 1'000)
        text.lines.push_back(Words::tr("%1 bit/s").arg(countText(static_cast<std::uint64_t>(value))));
    else if (!isRtt(item.series) && value >= 1'000)
        text.lines.push_back(Words::tr("%1 bytes").arg(countText(static_cast<std::uint64_t>(value))));
    text.lines.push_back((isMetric(item.series) && !series.isInferred() ? Words::tr("logged at %1") : Words::tr("since %1"))
                             .arg(timeText(series.timeNs(item.index) - zeroNs)));
    if (item.series == CongestionSeries::RttSmoothed) {
        for (const Trace::PathSeries& path : data.trace.metricPaths(MetricKind::RttVariance)) {
            const std::optional<std::int64_t> variance = path.series.valueAt(series.timeNs(item.index));
            if (path.pathId == pathId && variance)
                text.lines.push_back(Words::tr("variance %1").arg(timeText(*variance)));
        }
    }
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
    case CongestionSeries::Spurious:
        return Words::tr("spurious loss");
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
    case CongestionSeries::Throughput:
        return direction == Direction::Sent ? Words::tr("throughput sent") : Words::tr("throughput received");
    case CongestionSeries::Goodput:
        return Words::tr("goodput");
    case CongestionSeries::PacingRate:
        return Words::tr("pacing rate");
    case CongestionSeries::DeliveryRate:
        return Words::tr("delivery rate");
    case CongestionSeries::RttVariance:
        return Words::tr("RTT variance");
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

QString nameOf(CongestionSeries series, const CongestionLayout& layout)
{
    return series == CongestionSeries::StreamLimitSum && layout.stream ? Words::tr("stream limit") : nameOf(series, layout.direction);
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
    case SeriesState::NoLosses:
        return Words::tr("none found");
    case SeriesState::NoPackets:
        return Words::tr("packets not logged");
    case SeriesState::OtherUnit:
        return Words::tr("other unit");
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

QString pathsText(std::size_t paths)
{
    if (paths < 2)
        return {};
    return paths > mostPathsDrawn ? Words::tr("%1 of %2 paths").arg(mostPathsDrawn).arg(paths) : Words::tr("%1 paths").arg(paths);
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

QString scaleTitle(const CongestionLayout& layout)
{
    const bool isSent = layout.direction == Direction::Sent;
    switch (layout.scale) {
    case BarScale::PacketNumber:
        return isSent ? Words::tr("number of packets sent") : Words::tr("number of packets received");
    case BarScale::StreamOffset:
        if (!layout.stream)
            return isSent ? Words::tr("stream offsets sent, all streams over each other") : Words::tr("stream offsets received, all streams over each other");
        return (isSent ? Words::tr("offset in stream %1, sent") : Words::tr("offset in stream %1, received")).arg(*layout.stream);
    case BarScale::WireBytes:
        break;
    }
    const QString title = isSent ? Words::tr("bytes sent on the wire") : Words::tr("bytes received on the wire");
    const QString note = noteOf(layout.sizes);
    return note.isEmpty() ? title : Words::tr("%1 (%2)").arg(title, note);
}

QString explanationOf(CongestionSeries series, const CongestionLayout& layout)
{
    const SeriesState state = layout.states[indexOf(series)];
    switch (state) {
    case SeriesState::Logged:
    case SeriesState::Inferred: {
        const QString origin = originOf(series, state, layout);
        const QString said = state == SeriesState::Inferred && !isWindowed(series) && series != CongestionSeries::StreamBytes ? missingText(layout.writer, article(series, layout.direction)) % QLatin1Char(' ') % origin : origin;
        return (said.isEmpty() ? QString() : said % QLatin1Char('\n')) % Words::tr("Click: show or hide. Double-click: show only this.");
    }
    case SeriesState::NotLogged:
        return missingText(layout.writer, article(series, layout.direction));
    case SeriesState::NoLosses:
        return missingText(layout.writer, article(series, layout.direction)) % QLatin1Char(' ')
            % Words::tr("By the rules of RFC 9002, section 6.1, none was lost.");
    case SeriesState::NoPackets:
        return Words::tr("Packets were declared lost whose sending is not in this log: they have no place in the chart. The event list has them.");
    case SeriesState::OtherUnit:
        return Words::tr("It counts bytes of all streams together: choose \"bytes on the wire\" to see it beside the data.");
    case SeriesState::Pending:
        return Words::tr("Being computed from the whole trace.");
    case SeriesState::StripOnly:
        return Words::tr("Losses are of packets that this endpoint sent; the strip below the plot shows them.");
    case SeriesState::None:
        break;
    }
    switch (series) {
    case CongestionSeries::Lost:
        return Words::tr("No packet was declared lost in this trace.");
    case CongestionSeries::Spurious:
        return Words::tr("No packet that was declared lost was acknowledged later.");
    case CongestionSeries::Acked:
        return Words::tr("No ACK in this trace covers a packet of this direction.");
    case CongestionSeries::StreamBytes:
        return Words::tr("There is no stream data of this direction in the trace.");
    case CongestionSeries::Goodput:
        return layout.direction == Direction::Sent ? Words::tr("No stream data of this endpoint was acknowledged in this trace.")
                                                   : Words::tr("No stream data was received in this trace.");
    case CongestionSeries::RttSample:
        return Words::tr("No ACK in this trace gives a sample of the round-trip time.");
    default:
        return layout.direction == Direction::Sent ? Words::tr("No packet was sent in this trace.") : Words::tr("No packet was received in this trace.");
    }
}

QString limitText(SendLimit limit, const CongestionLayout& layout)
{
    const bool mayPace = limit == SendLimit::Application && isDrawn(layout.states[indexOf(CongestionSeries::PacingRate)]);
    return mayPace ? Words::tr("application or pacing") : toText(text(limit));
}

ItemText textOf(const Trace& trace, const CongestionLayout& layout, const LimitedBy::Interval& interval)
{
    const EventStore& events = trace.events();
    const std::int64_t beginNs = events.timeNs(interval.begin);
    const std::int64_t endNs = interval.end.isValid() ? events.timeNs(interval.end) : trace.timeRange().endNs;
    ItemText said;
    said.title = interval.limit == SendLimit::Unknown ? Words::tr("not limited by flow control; the log lacks the congestion window")
                                                      : Words::tr("limited by: %1 (inferred)").arg(limitText(interval.limit, layout));
    said.lines.push_back(Words::tr("from %1 for %2").arg(timeText(beginNs - layout.zeroNs), durationText(endNs - beginNs)));
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
        said.lines.push_back(isDrawn(layout.states[indexOf(CongestionSeries::PacingRate)])
                                 ? Words::tr("no limit is reached: there is nothing to send, or it waits for the pacer; the log does not say which")
                                 : Words::tr("none of the limits is reached: there is nothing to send"));
        break;
    case SendLimit::Unknown:
        break;
    }
    return said;
}

namespace {

QString verbOfOne(CongestionSeries series, Direction direction)
{
    return series == CongestionSeries::Spurious ? Words::tr("acked after it was declared lost") : verbOf(series, direction);
}

/// What the bar stands for: the packet's bytes, or the data of a STREAM frame in it.
QString barText(const ChartData& data, const BarSource& bars, std::size_t index, const PacketFact& packet)
{
    const std::optional<std::size_t> frame = bars.streamRange(index);
    if (!frame)
        return packet.sizeBytes > 0 && data.scale() == BarScale::WireBytes ? Words::tr("%1: %2").arg(sizeText(packet), spanText(bars.span(index)))
                                                                          : sizeText(packet);
    const StreamIndex::Range range = data.trace.streams().range(*frame);
    const QString said = Words::tr("STREAM %1 %2%3, %4 bytes")
                             .arg(QString::number(data.trace.streams().rangeStream(*frame)), spanText(bars.span(index)),
                                  range.fin ? QStringLiteral(" FIN") : QString(), countText(range.length));
    return range.isLengthInferred ? Words::tr("%1 (inferred: to the end of the packet)").arg(said) : said;
}

/// What became of a packet after it was sent or received.
void addFate(const ChartData& data, std::int64_t zeroNs, PacketId id, bool isSent, std::vector<QString>* lines)
{
    const PacketIndex& packets = data.trace.packets(isSent ? Direction::Sent : Direction::Received);
    const EventStore& events = data.trace.events();
    const std::int64_t sentNs = events.timeNs(packets.row(id));
    const auto later = [&](const QString& what, RowId row) {
        const std::int64_t atNs = events.timeNs(row);
        lines->push_back(what.arg(timeText(atNs - zeroNs), durationText(atNs - sentNs)));
    };
    const bool isProbe = (packets.flags(id) & PacketMtuProbe) != 0;
    const RowId lost = isSent ? lossOf(data, id) : RowId();
    const bool isInferred = lost.isValid() && !data.trace.lostBy(id).isValid();
    if (lost.isValid())
        later(isInferred ? Words::tr("inferred lost at %1, after %2") : Words::tr("declared lost at %1, after %2"), lost);
    const RowId acked = packets.ackedBy(id);
    if (acked.isValid())
        later(lost.isValid() ? Words::tr("acked at %1, after %2: the loss was spurious") : Words::tr("acked at %1, after %2"), acked);
    else if (!lost.isValid())
        lines->push_back(Words::tr("never acked in this log"));
    if (isProbe)
        lines->push_back(lost.isValid() ? Words::tr("path MTU probe: no data is lost with it") : Words::tr("path MTU probe"));
}

} // namespace

ItemText textOf(const ChartData& data, std::int64_t zeroNs, const CongestionItem& item)
{
    if (!isBars(item.series))
        return textOfLine(data, zeroNs, item);
    const BarSource bars = item.isInStrip ? BarSource::strip(data) : BarSource(data, item.series);
    const PacketIndex& packets = bars.packets();
    const bool isSent = data.direction == Direction::Sent || item.series == CongestionSeries::Lost;
    const PacketId id = bars.packet(item.index);
    const PacketFact packet = packets[id];
    ItemText text;
    const Direction side = isSent ? Direction::Sent : Direction::Received;
    if (item.count > 1) {
        const bool areFrames = bars.streamRange(item.index).has_value();
        text.title = (areFrames ? Words::tr("%1 STREAM frames %2") : Words::tr("%1 packets %2")).arg(countText(item.count), verbOf(item.series, side));
        const PacketFact first = packets[bars.packet(item.firstIndex)];
        const PacketFact last = packets[bars.packet(item.firstIndex + item.count - 1)];
        text.lines.push_back(Words::tr("%1 to %2; nearest to the pointer:").arg(packetName(first), packetName(last)));
        text.lines.push_back(Words::tr("%1, %2").arg(packetName(packet), barText(data, bars, item.index, packet)));
    } else {
        text.title = Words::tr("%1 %2").arg(packetName(packet), verbOfOne(item.series, side));
        text.lines.push_back(barText(data, bars, item.index, packet));
    }
    if (packets.usesPathIds())
        text.lines.push_back(Words::tr("path %1").arg(packet.pathId));
    text.lines.push_back((isSent ? Words::tr("sent at %1") : Words::tr("received at %1"))
                             .arg(timeText(packets.store()->timeNs(packet.row) - zeroNs)));
    addFate(data, zeroNs, id, isSent, &text.lines);
    return text;
}

} // namespace qlogscope
