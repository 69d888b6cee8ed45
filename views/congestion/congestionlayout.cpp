// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/congestionlayout.h"

#include "views/congestion/barsource.h"
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

void layOutBars(const BarSource& bars, const ColumnEdges& edges, BarLayer& layer, ValueExtent& extent)
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

constexpr std::size_t mostLookedAt = 16; // packets of a column, evenly spread

/// Of a column of very many packets only some are looked at: logs rarely mix logged and missing sizes.
void markInferred(const BarSource& bars, BarLayer& layer)
{
    for (BarColumn& column : layer.columns) {
        const std::size_t looks = std::min(column.count, mostLookedAt);
        for (std::size_t i = 0; i < looks && !column.isInferred; ++i)
            column.isInferred = bars.isInferred(column.firstIndex + i * column.count / looks);
    }
}

void layOutLayer(const ChartData& data, const BarSource& source, const ColumnEdges& edges, BarLayer& layer, ValueExtent& extent)
{
    layOutBars(source, edges, layer, extent);
    if (source.packets().anySizeInferred() || data.scale() == BarScale::StreamOffset || (data.bars != nullptr && data.bars->areLossesInferred()))
        markInferred(source, layer);
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
        addCorner(&line, {0, *current});
    for (std::size_t column = 0; column < buckets.size(); ++column) {
        const Series::Bucket& bucket = buckets[column];
        if (bucket.count == 0)
            continue;
        const float x = static_cast<float>(column) + 0.5F;
        addCorner(&line, {x, current.value_or(bucket.first)});
        if (bucket.count > 1) {
            addCorner(&line, {x, bucket.range.min});
            addCorner(&line, {x, bucket.range.max});
        }
        addCorner(&line, {x, bucket.last});
        current = bucket.last;
    }
    if (current && endColumn > line.back().column)
        addCorner(&line, {endColumn, *current});
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

void layOutPaths(const ChartData& data, CongestionSeries series, const ColumnEdges& edges, float endColumn, CongestionLayout* layout)
{
    const std::size_t count = LineSource::pathCount(data, series);
    layout->paths[indexOf(series)] = count;
    for (std::size_t path = 1; path < std::min(count, mostPathsDrawn); ++path) {
        const LineSource source(data, series, path);
        PathLine added{series, path, series == CongestionSeries::RttSample ? layOutDots(source, edges) : layOutSteps(source, edges, endColumn)};
        for (const StepPoint& point : added.line)
            layout->extents[indexOf(series)].add(point.value);
        layout->pathLines.push_back(std::move(added));
    }
}

std::vector<LossColumn> layOutLosses(const BarSource& lost, const ColumnEdges& edges)
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

/// Losses of the other direction have no bars; they are in the strip only.
bool hasBars(CongestionSeries series, Direction direction)
{
    return direction == Direction::Sent || (series != CongestionSeries::Lost && series != CongestionSeries::Spurious);
}

constexpr std::array<CongestionSeries, barLayerCount> barSeries{CongestionSeries::Sent, CongestionSeries::Acked, CongestionSeries::Lost,
                                                                CongestionSeries::Spurious};

/// After the bars of the whole trace, which decide about extents and counts.
void layOutFilter(const ChartData& data, const ColumnEdges& edges, CongestionLayout& layout)
{
    layout.isFiltered = true;
    layout.isHiding = data.isHiding;
    layout.areMetricsOut = data.areMetricsOut;
    std::array<BarLayer, barLayerCount> selected;
    ValueExtent unused;
    for (const CongestionSeries series : barSeries) {
        if (hasBars(series, data.direction))
            layOutLayer(data, BarSource::selected(data, series), edges, selected[indexOf(series)], unused);
    }
    std::vector<LossColumn> losses = layOutLosses(BarSource::strip(data, data.selected), edges);
    if (data.isHiding) {
        layout.bars = std::move(selected);
        layout.losses = std::move(losses);
    } else {
        layout.selectedBars = std::move(selected);
        layout.selectedLosses = std::move(losses);
    }
}

SeriesState stateOfLosses(const ChartData& data)
{
    const bool isInferred = data.bars != nullptr && data.bars->areLossesInferred();
    if (isInferred || !data.trace.lostBars().empty())
        return data.direction != Direction::Sent ? SeriesState::StripOnly
            : data.trace.lostBars().empty()      ? SeriesState::Inferred
                                                 : SeriesState::Logged;
    if (data.trace.packetsLost() > 0)
        return SeriesState::NoPackets;
    if (data.trace.role() == Role::Network)
        return SeriesState::NotLogged;
    if (logsLosses(data.trace.header().writer))
        return SeriesState::None;
    const bool canInfer = data.derived != nullptr && data.trace.packetsAcked(Direction::Sent) > 0;
    return canInfer ? SeriesState::NoLosses : SeriesState::NotLogged;
}

SeriesState stateOf(const ChartData& data, CongestionSeries series)
{
    switch (series) {
    case CongestionSeries::Sent:
    case CongestionSeries::Acked:
        return BarSource::all(data, series).empty() ? SeriesState::None : SeriesState::Logged;
    case CongestionSeries::Lost:
        return stateOfLosses(data);
    case CongestionSeries::Spurious:
        if (data.direction != Direction::Sent || BarSource::all(data, series).empty())
            return SeriesState::None;
        return stateOfLosses(data);
    case CongestionSeries::Throughput:
        if (data.derived == nullptr || data.trace.sentBars(data.direction).empty())
            return data.derived == nullptr ? SeriesState::Pending : SeriesState::None;
        if (data.trace.packets(data.direction).totalBytes() == 0)
            return SeriesState::NotLogged;
        return data.trace.packets(data.direction).anySizeInferred() ? SeriesState::Inferred : SeriesState::Logged;
    case CongestionSeries::Goodput:
        if (data.derived == nullptr)
            return SeriesState::Pending;
        if (!data.derived->rates().hasGoodput(data.direction))
            return data.trace.frameCounts(data.direction).empty() ? SeriesState::NotLogged : SeriesState::None;
        return data.trace.streams().anyLengthInferred() ? SeriesState::Inferred : SeriesState::Logged;
    default: {
        if (isFlowControl(series) && data.scale() != BarScale::WireBytes && !(series == CongestionSeries::StreamLimitSum && data.isOneStream()))
            return SeriesState::OtherUnit;
        if (data.derived == nullptr && (isFlowControl(series) || series == CongestionSeries::RttSample))
            return SeriesState::Pending;
        const LineSource source(data, series);
        if (series == CongestionSeries::StreamBytes || series == CongestionSeries::RttSample)
            return source.empty() ? SeriesState::None : source.isInferred() ? SeriesState::Inferred : SeriesState::Logged;
        return source.empty() ? SeriesState::NotLogged : source.isInferred() ? SeriesState::Inferred : SeriesState::Logged;
    }
    }
}

/// Where the bars are before the range.
std::uint64_t levelBefore(const BarSource& sent, std::int64_t timeNs)
{
    const std::size_t next = sent.lowerBound(timeNs);
    return next > 0 ? sent.span(next - 1).to : sent.empty() ? 0 : sent.span(0).from;
}

} // namespace

void addCorner(StepLine* line, StepPoint point)
{
    const std::size_t size = line->size();
    if (size > 0 && line->back() == point)
        return;
    if (size > 1 && line->back().value == point.value && (*line)[size - 2].value == point.value)
        line->back().column = point.column;
    else
        line->push_back(point);
}

ValueExtent CongestionLayout::axisExtent(CongestionSeries series) const
{
    const ValueExtent& own = extents[indexOf(series)];
    std::int64_t most = 0;
    if (series == CongestionSeries::PacingRate || series == CongestionSeries::DeliveryRate) {
        constexpr std::int64_t room = 3; // times the rates they are compared with
        ValueExtent rates = extents[indexOf(CongestionSeries::Throughput)];
        rates.add(extents[indexOf(CongestionSeries::Goodput)]);
        if (rates.isEmpty() || rates.high == 0)
            return own;
        most = room * rates.high;
    } else if (series == CongestionSeries::ConnectionLimit || series == CongestionSeries::StreamLimitSum) {
        ValueExtent data = extents[indexOf(CongestionSeries::StreamBytes)];
        for (std::size_t i = 0; i < barLayerCount; ++i)
            data.add(extents[i]);
        if (data.isEmpty())
            return {};
        most = data.high + std::max(data.high - data.low, data.high / 2); // as much room above the data as they take
    } else if (series == CongestionSeries::RttSmoothed || series == CongestionSeries::RttVariance) {
        // before the first sample they are a guess (RFC 9002, section 6.2.2: 333 ms), far above what comes
        ValueExtent measured = extents[indexOf(CongestionSeries::RttLatest)];
        measured.add(extents[indexOf(CongestionSeries::RttSample)]);
        if (measured.isEmpty() || measured.high <= 0)
            return own;
        most = measured.high + measured.high / 4;
    } else {
        return own;
    }
    return own.isEmpty() || own.low > most ? ValueExtent() : ValueExtent{own.low, std::min(own.high, most)};
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

CongestionLayout layOutCongestion(const ChartData& data, std::int64_t zeroNs, TimeRange range, int columns, std::int64_t rateWindowNs)
{
    const Trace& trace = data.trace;
    CongestionLayout layout;
    layout.range = range;
    layout.zeroNs = zeroNs;
    layout.columns = std::max(columns, 1);
    layout.direction = data.direction;
    layout.scale = data.scale();
    layout.stream = data.isOneStream() ? data.bars->choice().stream : std::nullopt;
    layout.writer = QString::fromStdString(trace.header().writerText);
    for (std::size_t i = 0; i < congestionSeriesCount; ++i)
        layout.states[i] = stateOf(data, static_cast<CongestionSeries>(i));
    if (range.isEmpty())
        return layout;

    const TimeRange times = range.shifted(zeroNs);
    const ColumnEdges edges = data.memo != nullptr ? trace.withRows(ColumnEdges::steady(times, layout.columns)) : trace.columnEdges(times, layout.columns);
    for (const CongestionSeries series : barSeries) {
        const std::size_t i = indexOf(series);
        if (hasBars(series, data.direction))
            layOutLayer(data, BarSource::all(data, series), edges, layout.bars[i], layout.extents[i]);
    }
    layout.sizes = layout.scale == BarScale::WireBytes ? sizeOriginOf(data.packets()) : SizeOrigin::Logged;
    layout.losses = layOutLosses(BarSource::strip(data, data.bars), edges);
    for (const LossColumn& loss : layout.losses)
        layout.lossCount += loss.count;
    if (data.derived != nullptr && data.direction == Direction::Sent)
        layout.limits = layOutLimits(data.derived->limitedBy(), times, trace.timeRange().endNs, layout.columns);
    if (data.selected != nullptr)
        layOutFilter(data, edges, layout);
    layout.level = levelBefore(BarSource::all(data, CongestionSeries::Sent), times.beginNs);

    const double end = (static_cast<double>(trace.timeRange().endNs - times.beginNs)) / static_cast<double>(range.lengthNs());
    const float endColumn = static_cast<float>(std::clamp(end, 0.0, 1.0) * layout.columns);
    if (data.derived != nullptr)
        layOutRates(trace, *data.derived, rateWindowNs, &layout);
    layOutRttBand(data, edges, endColumn, &layout);
    for (const CongestionSeries series : stepLines) {
        StepLine& line = layout.lines[indexOf(series) - barLayerCount];
        const LineSource source(data, series);
        if (!isWindowed(series))
            line = series == CongestionSeries::RttSample ? layOutDots(source, edges) : layOutSteps(source, edges, endColumn);
        for (const StepPoint& point : line)
            layout.extents[indexOf(series)].add(point.value);
        layOutPaths(data, series, edges, endColumn, &layout);
    }
    return layout;
}

namespace {

/// Those at a time; in the order of time, then of rows.
template <typename Visit> void forEachOfRow(const BarSource& bars, RowId row, std::int64_t timeNs, Visit visit)
{
    for (std::size_t i = bars.lowerBound(timeNs); i < bars.size() && bars.timeNs(i) == timeNs; ++i) {
        if (bars.row(i) == row)
            visit(i);
    }
}

class MarkFinder
{
public:
    MarkFinder(const ChartData& data, std::int64_t zeroNs)
        : m_data(data)
        , m_zeroNs(zeroNs)
    {
    }
    /// The bars that stand for the row.
    void addBars(CongestionSeries series, RowId row)
    {
        const BarSource bars = BarSource::all(m_data, series);
        forEachOfRow(bars, row, m_data.trace.events().timeNs(row), [&](std::size_t index) { add(series, bars, index); });
    }
    /// The bars of one packet at a row.
    void addBarsOf(PacketId packet, CongestionSeries series, RowId row)
    {
        if (!row.isValid())
            return;
        const BarSource bars = BarSource::all(m_data, series);
        forEachOfRow(bars, row, m_data.trace.events().timeNs(row), [&](std::size_t index) {
            if (bars.packet(index) == packet)
                add(series, bars, index);
        });
    }
    /// A packet when sent, acked and lost.
    void addStory(PacketId packet)
    {
        const PacketIndex& packets = m_data.packets();
        addBarsOf(packet, CongestionSeries::Sent, packets.row(packet));
        addBarsOf(packet, CongestionSeries::Acked, packets.ackedBy(packet));
        if (m_data.direction == Direction::Sent)
            addBarsOf(packet, CongestionSeries::Lost, lossOf(m_data, packet));
    }
    void addValues(CongestionSeries series, RowId row)
    {
        const std::int64_t time = m_data.trace.events().timeNs(row);
        for (std::size_t path = 0; path < LineSource::pathCount(m_data, series); ++path) {
            const LineSource line(m_data, series, path);
            for (std::size_t i = line.lowerBound(time); i < line.size() && line.timeNs(i) == time; ++i) {
                if (line.row(i) == row)
                    m_marks.push_back({series, time - m_zeroNs, {}, line.value(i)});
            }
        }
    }
    [[nodiscard]] std::vector<SelectionMark> take() { return std::move(m_marks); }

private:
    static constexpr std::size_t mostMarks = 4096; // an ACK may cover any number of packets
    void add(CongestionSeries series, const BarSource& bars, std::size_t index)
    {
        if (m_marks.size() < mostMarks)
            m_marks.push_back({series, bars.timeNs(index) - m_zeroNs, bars.span(index), 0});
    }

    const ChartData& m_data;
    std::int64_t m_zeroNs;
    std::vector<SelectionMark> m_marks;
};

} // namespace

RowId lossOf(const ChartData& data, PacketId sentPacket)
{
    if (const RowId logged = data.trace.lostBy(sentPacket); logged.isValid())
        return logged;
    if (data.bars == nullptr || !data.bars->areLossesInferred() || data.derived == nullptr)
        return {};
    const std::vector<FlightEstimate::Loss>& losses = data.derived->flight().losses();
    const auto loss = std::find_if(losses.begin(), losses.end(), [sentPacket](const auto& each) { return each.packet == sentPacket; });
    return loss != losses.end() ? loss->row : RowId();
}

std::vector<SelectionMark> selectionMarks(const ChartData& data, std::int64_t zeroNs, RowId row)
{
    if (!row.isValid())
        return {};
    MarkFinder marks(data, zeroNs);
    if (const PacketId packet = data.packets().packetOfRow(row); packet.isValid())
        marks.addStory(packet);
    marks.addBars(CongestionSeries::Acked, row);
    if (data.direction == Direction::Sent) {
        const BarSource losses = BarSource::strip(data, data.bars);
        forEachOfRow(losses, row, data.trace.events().timeNs(row), [&](std::size_t index) { marks.addStory(losses.packet(index)); });
    }
    for (const CongestionSeries each : stepLines)
        marks.addValues(each, row);
    return marks.take();
}

std::optional<CongestionItem> lineItem(const ChartData& data, const CongestionLayout& layout, const CongestionItem& of, int column)
{
    const LineSource line(data, of.series, of.path);
    column = std::clamp(column, 0, layout.columns - 1);
    const auto indexAt = [&](int c) { return line.lowerBound(columnTimeNs(layout.range, c, layout.columns) + layout.zeroNs); };
    CongestionItem item = of;
    item.firstIndex = indexAt(column);
    item.count = indexAt(column + 1) - item.firstIndex;
    if (item.count == 0) { // the value comes from before
        if (item.firstIndex == 0)
            return std::nullopt;
        item.count = 1;
        --item.firstIndex;
    }
    return item;
}

CongestionItem nearestItem(const ChartData& data, const CongestionItem& merged, std::int64_t near)
{
    constexpr std::size_t mostScanned = 1 << 16; // a column of a chart of 10 M packets has some 5,000
    const auto gap = [](std::int64_t a, std::int64_t b) { return static_cast<std::uint64_t>(a > b ? a - b : b - a); };
    CongestionItem item = merged;
    item.index = merged.firstIndex;
    std::uint64_t best = std::numeric_limits<std::uint64_t>::max();
    const auto scan = [&](auto distance) {
        const std::size_t end = merged.firstIndex + std::min(merged.count, mostScanned);
        for (std::size_t i = merged.firstIndex; i < end && best > 0; ++i) {
            if (const std::uint64_t here = distance(i); here < best) {
                best = here;
                item.index = i;
            }
        }
    };
    if (!isBars(merged.series)) {
        const LineSource line(data, merged.series, merged.path);
        scan([&](std::size_t i) { return gap(line.value(i), near); });
        return item;
    }
    const BarSource bars = merged.isInStrip ? BarSource::strip(data) : BarSource(data, merged.series);
    scan([&](std::size_t i) {
        const ByteSpan span = bars.span(i);
        const auto from = static_cast<std::int64_t>(span.from);
        const auto to = static_cast<std::int64_t>(span.to);
        return near < from ? gap(from, near) : near >= to ? gap(near, to) + 1 : 0;
    });
    return item;
}

RowId rowOf(const ChartData& data, const CongestionItem& item)
{
    if (!isBars(item.series))
        return LineSource(data, item.series, item.path).row(item.index);
    return (item.isInStrip ? BarSource::strip(data) : BarSource(data, item.series)).row(item.index);
}

} // namespace qlogscope
