// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/congestionlayout.h"

#include "views/congestion/linesource.h"
#include "views/congestion/rateslayout.h"
#include "views/congestion/rttband.h"

#include <algorithm>
#include <limits>

namespace qlogscope {

namespace {

constexpr std::array<CongestionSeries, stepLineCount> stepLines{
    CongestionSeries::CongestionWindow, CongestionSeries::BytesInFlight, CongestionSeries::Ssthresh,
    CongestionSeries::StreamBytes,      CongestionSeries::ConnectionLimit, CongestionSeries::StreamLimitSum,
    CongestionSeries::Throughput,       CongestionSeries::Goodput,       CongestionSeries::PacingRate,
    CongestionSeries::DeliveryRate,     CongestionSeries::RttMin,        CongestionSeries::RttSmoothed,
    CongestionSeries::RttLatest,        CongestionSeries::RttSample};

std::int64_t clampedSum(std::int64_t a, std::int64_t b)
{
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum))
        return b > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
    return sum;
}

template <typename Bars> void layOutBars(const Bars& bars, const ColumnEdges& edges, BarLayer& layer, ValueExtent& extent)
{
    const auto buckets = bars.sample(edges);
    for (std::size_t column = 0; column < buckets.size(); ++column) {
        const auto& bucket = buckets[column];
        if (bucket.count == 0 || bucket.bars.count == 0)
            continue;
        layer.columns.push_back({static_cast<int>(column), static_cast<std::uint32_t>(layer.spans.size()), bucket.bars.count,
                                 bucket.firstIndex, bucket.count});
        for (std::uint32_t i = 0; i < bucket.bars.count; ++i) {
            const Interval& interval = bucket.bars.intervals[i];
            layer.spans.push_back({interval.first, interval.last + 1});
        }
        extent.add(static_cast<std::int64_t>(layer.spans[layer.columns.back().firstSpan].from));
        extent.add(static_cast<std::int64_t>(layer.spans.back().to));
    }
}

/// While rows are in order of time, the packets of a column follow each other on the wire: one span, without a look at each.
void layOutOrderedBars(const SentBars& bars, const PacketIndex& packets, const ColumnEdges& edges, BarLayer& layer,
                       ValueExtent& extent)
{
    std::size_t begin = bars.lowerBound(edges, 0, 0);
    for (std::size_t column = 0; column < edges.columns() && begin < bars.size(); ++column) {
        const std::size_t end = bars.lowerBound(edges, column + 1, begin);
        if (end == begin)
            continue;
        const PacketId last = bars.packet(end - 1);
        const ByteSpan span{packets.bytesBefore(bars.packet(begin)), packets.bytesBefore(last) + packets.sizeBytes(last)};
        if (span.to > span.from) {
            layer.columns.push_back({static_cast<int>(column), static_cast<std::uint32_t>(layer.spans.size()), 1, begin, end - begin});
            layer.spans.push_back(span);
            extent.add(static_cast<std::int64_t>(span.from));
            extent.add(static_cast<std::int64_t>(span.to));
        }
        begin = end;
    }
}

constexpr std::size_t mostLookedAt = 16; // packets of a column, evenly spread

bool isSizeInferred(const PacketIndex& packets, PacketId packet) { return (packets[packet].flags & PacketSizeInferred) != 0; }

/// Of a column of very many packets only some are looked at: logs rarely mix logged and missing sizes.
template <typename Bars> void markInferred(const Bars& bars, const PacketIndex& packets, BarLayer& layer)
{
    if (!packets.anySizeInferred())
        return;
    for (BarColumn& column : layer.columns) {
        const std::size_t looks = std::min(column.count, mostLookedAt);
        for (std::size_t i = 0; i < looks && !column.isInferred; ++i)
            column.isInferred = isSizeInferred(packets, bars.packet(column.firstIndex + i * column.count / looks));
    }
}

SizeOrigin sizeOriginOf(const PacketIndex& packets)
{
    if (!packets.anySizeInferred())
        return SizeOrigin::Logged;
    constexpr std::size_t mostOfTrace = 64;
    const std::size_t looks = std::min(packets.size(), mostOfTrace);
    for (std::size_t i = 0; i < looks; ++i) {
        const PacketFact packet = packets[PacketId(i * packets.size() / looks)];
        if ((packet.flags & (PacketSizeInferred | PacketSizeMissing)) == 0)
            return SizeOrigin::SomeInferred;
    }
    return SizeOrigin::Inferred;
}

/// Appends a corner; points on one straight line become one segment.
void addPoint(StepLine& line, float column, std::int64_t value)
{
    const std::size_t size = line.size();
    if (size > 0 && line[size - 1] == StepPoint{column, value})
        return;
    if (size > 1 && line[size - 1].value == value && line[size - 2].value == value)
        line[size - 1].column = column;
    else
        line.push_back({column, value});
}

/// Each sample holds until the next: the value before the range enters at the left edge, the last one goes on to the right edge
/// or the end of the trace. A column with several samples is a vertical from their minimum to their maximum.
StepLine layOutSteps(const LineSource& series, const ColumnEdges& edges, float endColumn)
{
    StepLine line;
    const std::vector<Series::Bucket> buckets = series.sample(edges);
    std::optional<std::int64_t> current;
    if (const std::size_t first = buckets.front().firstIndex; first > 0)
        current = series.value(first - 1);
    if (current)
        addPoint(line, 0, *current);
    for (std::size_t column = 0; column < buckets.size(); ++column) {
        const Series::Bucket& bucket = buckets[column];
        if (bucket.count == 0)
            continue;
        const float x = static_cast<float>(column) + 0.5F;
        addPoint(line, x, current.value_or(bucket.first));
        if (bucket.count > 1) {
            addPoint(line, x, bucket.range.min);
            addPoint(line, x, bucket.range.max);
        }
        addPoint(line, x, bucket.last);
        current = bucket.last;
    }
    if (current && endColumn > line.back().column)
        addPoint(line, endColumn, *current);
    return line;
}

/// Samples stand for themselves only: of each column the smallest and the largest, as a pair of points.
StepLine layOutDots(const LineSource& series, const ColumnEdges& edges)
{
    StepLine dots;
    const std::vector<Series::Bucket> buckets = series.sample(edges);
    for (std::size_t column = 0; column < buckets.size(); ++column) {
        if (buckets[column].count == 0)
            continue;
        const float x = static_cast<float>(column) + 0.5F;
        dots.push_back({x, buckets[column].range.min});
        dots.push_back({x, buckets[column].range.max});
    }
    return dots;
}

void layOutPaths(const Trace& trace, const DerivedSeries* derived, CongestionSeries series, const ColumnEdges& edges, float endColumn,
                 CongestionLayout* layout)
{
    const std::size_t count = LineSource::pathCount(trace, derived, series);
    layout->paths[indexOf(series)] = count;
    for (std::size_t path = 1; path < std::min(count, mostPathsDrawn); ++path) {
        const LineSource source(trace, derived, series, layout->direction, path);
        PathLine added{series, path, series == CongestionSeries::RttSample ? layOutDots(source, edges) : layOutSteps(source, edges, endColumn)};
        for (const StepPoint& point : added.line)
            layout->extents[indexOf(series)].add(point.value);
        layout->pathLines.push_back(std::move(added));
    }
}

std::vector<LossColumn> layOutLosses(const LostBars& lost, const ColumnEdges& edges)
{
    std::vector<LossColumn> losses;
    const auto buckets = lost.sample(edges);
    for (std::size_t column = 0; column < buckets.size(); ++column) {
        if (buckets[column].count > 0)
            losses.push_back({static_cast<int>(column), buckets[column].firstIndex, buckets[column].count});
    }
    return losses;
}

std::vector<LimitSpan> layOutLimits(const LimitedBy& limits, TimeRange times, std::int64_t endNs, int columns)
{
    std::vector<LimitSpan> spans;
    for (int column = 0; column < columns; ++column) {
        const std::int64_t middle = columnTimeNs(times, 2 * column + 1, 2 * columns);
        const std::optional<std::size_t> index = middle < endNs ? limits.at(middle) : std::nullopt;
        if (!index)
            continue;
        const SendLimit limit = limits.interval(*index).limit;
        if (!spans.empty() && spans.back().limit == limit && spans.back().to == column)
            ++spans.back().to;
        else
            spans.push_back({column, column + 1, limit});
    }
    return spans;
}

/// After the bars of the whole trace, which decide about extents and counts.
void layOutFilter(const Trace& trace, const ColumnEdges& edges, const BarFilter& filter, CongestionLayout& layout)
{
    layout.isFiltered = true;
    layout.isHiding = filter.isHiding;
    layout.areMetricsOut = filter.areMetricsOut;
    std::array<BarLayer, barLayerCount> selected;
    ValueExtent unused;
    layOutBars(filter.sent, edges, selected[0], unused);
    layOutBars(filter.acked, edges, selected[1], unused);
    if (layout.direction == Direction::Sent)
        layOutBars(filter.lost, edges, selected[2], unused);
    markInferred(filter.sent, trace.packets(layout.direction), selected[0]);
    markInferred(filter.acked, trace.packets(layout.direction), selected[1]);
    markInferred(filter.lost, trace.packets(Direction::Sent), selected[2]);
    std::vector<LossColumn> losses = layOutLosses(filter.lost, edges);
    if (filter.isHiding) {
        layout.bars = std::move(selected);
        layout.losses = std::move(losses);
    } else {
        layout.selectedBars = std::move(selected);
        layout.selectedLosses = std::move(losses);
    }
}

SeriesState stateOf(const Trace& trace, const DerivedSeries* derived, CongestionSeries series, Direction direction)
{
    switch (series) {
    case CongestionSeries::Sent:
        return trace.sentBars(direction).empty() ? SeriesState::None : SeriesState::Logged;
    case CongestionSeries::Acked:
        return trace.ackedBars(direction).empty() ? SeriesState::None : SeriesState::Logged;
    case CongestionSeries::Lost:
        if (trace.packetsLost() == 0)
            return logsLosses(trace.header().writer) ? SeriesState::None : SeriesState::NotLogged;
        return direction == Direction::Sent ? SeriesState::Logged : SeriesState::StripOnly;
    case CongestionSeries::Throughput:
        if (derived == nullptr || trace.sentBars(direction).empty())
            return derived == nullptr ? SeriesState::Pending : SeriesState::None;
        if (trace.packets(direction).totalBytes() == 0)
            return SeriesState::NotLogged;
        return trace.packets(direction).anySizeInferred() ? SeriesState::Inferred : SeriesState::Logged;
    case CongestionSeries::Goodput:
        if (derived == nullptr)
            return SeriesState::Pending;
        if (!derived->rates().hasGoodput(direction))
            return trace.frameCounts(direction).empty() ? SeriesState::NotLogged : SeriesState::None;
        return trace.streams().anyLengthInferred() ? SeriesState::Inferred : SeriesState::Logged;
    default: {
        if (derived == nullptr && (isFlowControl(series) || series == CongestionSeries::RttSample))
            return SeriesState::Pending;
        const LineSource source(trace, derived, series, direction);
        if (series == CongestionSeries::StreamBytes || series == CongestionSeries::RttSample)
            return source.empty() ? SeriesState::None : SeriesState::Logged;
        return source.empty() ? SeriesState::NotLogged : source.isInferred() ? SeriesState::Inferred : SeriesState::Logged;
    }
    }
}

} // namespace

bool CongestionLayout::isOutOfSight(CongestionSeries series) const
{
    if (series == CongestionSeries::PacingRate || series == CongestionSeries::DeliveryRate) {
        ValueExtent rates = extents[indexOf(CongestionSeries::Throughput)];
        rates.add(extents[indexOf(CongestionSeries::Goodput)]);
        return !rates.isEmpty() && rates.high > 0 && extents[indexOf(series)].low / 3 > rates.high;
    }
    if (series != CongestionSeries::ConnectionLimit && series != CongestionSeries::StreamLimitSum)
        return false;
    ValueExtent data = extents[indexOf(CongestionSeries::StreamBytes)];
    for (std::size_t i = 0; i < barLayerCount; ++i)
        data.add(extents[i]);
    // as much room above the data as they take, or as what they are compared with
    return data.isEmpty() || extents[indexOf(series)].low - data.high > std::max(data.high - data.low, data.high / 2);
}

void ValueExtent::add(std::int64_t value)
{
    if (isEmpty()) {
        low = high = value;
        return;
    }
    low = std::min(low, value);
    high = std::max(high, value);
}

void ValueExtent::add(const ValueExtent& other)
{
    if (other.isEmpty())
        return;
    add(other.low);
    add(other.high);
}

PanelKind panelOf(CongestionSeries series)
{
    return isRtt(series) ? PanelKind::Rtt : isRate(series) ? PanelKind::Rates : PanelKind::Data;
}

MetricKind metricOf(CongestionSeries series)
{
    switch (series) {
    case CongestionSeries::BytesInFlight:
        return MetricKind::BytesInFlight;
    case CongestionSeries::Ssthresh:
        return MetricKind::Ssthresh;
    case CongestionSeries::PacingRate:
        return MetricKind::PacingRate;
    case CongestionSeries::DeliveryRate:
        return MetricKind::DeliveryRate;
    case CongestionSeries::RttVariance:
        return MetricKind::RttVariance;
    case CongestionSeries::RttMin:
        return MetricKind::MinRtt;
    case CongestionSeries::RttSmoothed:
        return MetricKind::SmoothedRtt;
    case CongestionSeries::RttLatest:
        return MetricKind::LatestRtt;
    default:
        return MetricKind::CongestionWindow;
    }
}

CongestionLayout layOutCongestion(const Trace& trace, std::int64_t zeroNs, TimeRange range, int columns, Direction direction,
                                  const BarFilter* filter, const DerivedSeries* derived, std::int64_t rateWindowNs)
{
    CongestionLayout layout;
    layout.range = range;
    layout.zeroNs = zeroNs;
    layout.columns = std::max(columns, 1);
    layout.direction = direction;
    layout.writer = QString::fromStdString(trace.header().writerText);
    for (std::size_t i = 0; i < congestionSeriesCount; ++i)
        layout.states[i] = stateOf(trace, derived, static_cast<CongestionSeries>(i), direction);
    if (range.isEmpty())
        return layout;

    const TimeRange times{clampedSum(range.beginNs, zeroNs), clampedSum(range.endNs, zeroNs)};
    const ColumnEdges edges = trace.columnEdges(times, layout.columns);
    if (trace.hasBackwardTimes())
        layOutBars(trace.sentBars(direction), edges, layout.bars[0], layout.extents[0]);
    else
        layOutOrderedBars(trace.sentBars(direction), trace.packets(direction), edges, layout.bars[0], layout.extents[0]);
    layOutBars(trace.ackedBars(direction), edges, layout.bars[1], layout.extents[1]);
    if (direction == Direction::Sent)
        layOutBars(trace.lostBars(), edges, layout.bars[2], layout.extents[2]);

    layout.sizes = sizeOriginOf(trace.packets(direction));
    markInferred(trace.sentBars(direction), trace.packets(direction), layout.bars[0]);
    markInferred(trace.ackedBars(direction), trace.packets(direction), layout.bars[1]);
    markInferred(trace.lostBars(), trace.packets(Direction::Sent), layout.bars[2]);

    layout.losses = layOutLosses(trace.lostBars(), edges);
    for (const LossColumn& loss : layout.losses)
        layout.lossCount += loss.count;
    if (derived != nullptr && direction == Direction::Sent)
        layout.limits = layOutLimits(derived->limitedBy(), times, trace.timeRange().endNs, layout.columns);
    if (filter != nullptr)
        layOutFilter(trace, edges, *filter, layout);

    const SentBars& sent = trace.sentBars(direction);
    const std::size_t next = sent.lowerBound(times.beginNs);
    layout.levelBytes = next < sent.size() ? trace.packets(direction).bytesBefore(sent.packet(next))
                                           : trace.packets(direction).totalBytes();

    const double end = (static_cast<double>(trace.timeRange().endNs - times.beginNs)) / static_cast<double>(range.lengthNs());
    const float endColumn = static_cast<float>(std::clamp(end, 0.0, 1.0) * layout.columns);
    if (derived != nullptr)
        layOutRates(trace, *derived, rateWindowNs, &layout);
    layOutRttBand(trace, edges, endColumn, &layout);
    for (const CongestionSeries series : stepLines) {
        StepLine& line = layout.lines[indexOf(series) - barLayerCount];
        const LineSource source(trace, derived, series, direction);
        if (!isWindowed(series))
            line = series == CongestionSeries::RttSample ? layOutDots(source, edges) : layOutSteps(source, edges, endColumn);
        for (const StepPoint& point : line)
            layout.extents[indexOf(series)].add(point.value);
        layOutPaths(trace, derived, series, edges, endColumn, &layout);
    }
    return layout;
}

std::vector<SelectionMark> selectionMarks(const Trace& trace, std::int64_t zeroNs, RowId row, Direction direction,
                                          const DerivedSeries* derived)
{
    constexpr std::size_t mostMarks = 4096; // an ACK may cover any number of packets
    std::vector<SelectionMark> marks;
    if (!row.isValid())
        return marks;
    const PacketIndex& packets = trace.packets(direction);
    const EventStore& store = *packets.store();
    const std::int64_t time = store.timeNs(row);
    const auto mark = [&](CongestionSeries series, RowId at, PacketId packet) {
        const std::uint64_t before = packets.bytesBefore(packet);
        if (marks.size() < mostMarks)
            marks.push_back({series, store.timeNs(at) - zeroNs, {before, before + packets[packet].sizeBytes}, 0});
    };
    const auto markStory = [&](PacketId packet) {
        mark(CongestionSeries::Sent, packets[packet].row, packet);
        if (packets.ackedBy(packet).isValid())
            mark(CongestionSeries::Acked, packets.ackedBy(packet), packet);
        if (direction == Direction::Sent && trace.lostBy(packet).isValid())
            mark(CongestionSeries::Lost, trace.lostBy(packet), packet);
    };

    if (const PacketId packet = packets.packetOfRow(row); packet.isValid())
        markStory(packet);
    const AckedBars& acked = trace.ackedBars(direction);
    for (std::size_t i = acked.lowerBound(time); i < acked.size() && acked.timeNs(i) == time; ++i) {
        if (acked.row(i) == row)
            mark(CongestionSeries::Acked, row, acked.packet(i));
    }
    if (direction == Direction::Sent) {
        const LostBars& lost = trace.lostBars();
        for (std::size_t i = lost.lowerBound(time); i < lost.size() && lost.timeNs(i) == time; ++i) {
            if (lost.row(i) == row)
                markStory(lost.packet(i));
        }
    }
    for (const CongestionSeries each : stepLines) {
        for (std::size_t path = 0; path < LineSource::pathCount(trace, derived, each); ++path) {
            const LineSource series(trace, derived, each, direction, path);
            for (std::size_t i = series.lowerBound(time); i < series.size() && series.timeNs(i) == time; ++i) {
                if (series.row(i) == row)
                    marks.push_back({each, time - zeroNs, {}, series.value(i)});
            }
        }
    }
    return marks;
}

namespace {

std::uint64_t distanceTo(const Trace& trace, Direction direction, CongestionSeries series, std::size_t index, std::int64_t near,
                         const BarFilter* filter, const LineSource* line)
{
    const auto gap = [](std::int64_t a, std::int64_t b) { return static_cast<std::uint64_t>(a > b ? a - b : b - a); };
    if (line != nullptr)
        return gap(line->value(index), near);
    const PacketIndex& packets = trace.packets(series == CongestionSeries::Lost ? Direction::Sent : direction);
    const PacketId packet = packetOf(trace, direction, series, index, filter);
    const auto from = static_cast<std::int64_t>(packets.bytesBefore(packet));
    const auto to = from + packets[packet].sizeBytes;
    return near < from ? gap(from, near) : near >= to ? gap(near, to) + 1 : 0;
}

} // namespace

CongestionItem nearestItem(const Trace& trace, Direction direction, CongestionSeries series, std::size_t firstIndex,
                           std::size_t count, std::int64_t near, const BarFilter* filter, const DerivedSeries* derived,
                           std::size_t path)
{
    constexpr std::size_t mostScanned = 1 << 16; // a column of a chart of 10 M packets has some 5,000
    CongestionItem item{series, firstIndex, firstIndex, count, path};
    std::uint64_t best = std::numeric_limits<std::uint64_t>::max();
    const std::optional<LineSource> line = isBars(series) ? std::nullopt : std::optional(LineSource(trace, derived, series, direction, path));
    for (std::size_t i = firstIndex; i < firstIndex + std::min(count, mostScanned) && best > 0; ++i) {
        const std::uint64_t distance = distanceTo(trace, direction, series, i, near, filter, line ? &*line : nullptr);
        if (distance < best) {
            best = distance;
            item.index = i;
        }
    }
    return item;
}

PacketId packetOf(const Trace& trace, Direction direction, CongestionSeries series, std::size_t index, const BarFilter* filter)
{
    switch (series) {
    case CongestionSeries::Acked:
        return (filter != nullptr ? filter->acked : trace.ackedBars(direction)).packet(index);
    case CongestionSeries::Lost:
        return (filter != nullptr ? filter->lost : trace.lostBars()).packet(index);
    default:
        return (filter != nullptr ? filter->sent : trace.sentBars(direction)).packet(index);
    }
}

RowId rowOf(const Trace& trace, Direction direction, const CongestionItem& item, const BarFilter* filter, const DerivedSeries* derived)
{
    switch (item.series) {
    case CongestionSeries::Sent:
        return (filter != nullptr ? filter->sent : trace.sentBars(direction)).row(item.index);
    case CongestionSeries::Acked:
        return (filter != nullptr ? filter->acked : trace.ackedBars(direction)).row(item.index);
    case CongestionSeries::Lost:
        return (filter != nullptr ? filter->lost : trace.lostBars()).row(item.index);
    default:
        return LineSource(trace, derived, item.series, direction, item.path).row(item.index);
    }
}

} // namespace qlogscope
