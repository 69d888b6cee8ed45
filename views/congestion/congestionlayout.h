// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/barseries.h"
#include "model/limitedby.h"
#include "model/trace.h"
#include "views/congestion/backgroundlayout.h"
#include "views/congestion/panelset.h"

#include <QString>

#include <array>
#include <optional>
#include <vector>

/// The layout step of the congestion chart: model, time range and pixel columns in, plain structs out. No pixels of height, no
/// colours, no widgets; what is painted and what is hit by the pointer are computed from the same structs.
namespace qlogscope {

struct ChartData;

enum class CongestionSeries : std::uint8_t {
    Sent, ///< or received, by the perspective
    Acked,
    Lost,
    Spurious, ///< lost packets that were acked later, at that time
    CongestionWindow,
    BytesInFlight,
    Ssthresh,
    StreamBytes, ///< bytes of streams, what the limits count
    ConnectionLimit,
    StreamLimitSum,
    Throughput, ///< over windows of time
    Goodput, ///< likewise
    PacingRate,
    DeliveryRate,
    RttMin,
    RttSmoothed,
    RttLatest,
    RttSample, ///< from ACKs: dots, not a line
    RttVariance, ///< a band around the smoothed RTT, not a line
};
inline constexpr std::size_t congestionSeriesCount = 19;
inline constexpr std::size_t barLayerCount = 4;
inline constexpr std::size_t stepLineCount = congestionSeriesCount - barLayerCount - 1;
[[nodiscard]] constexpr std::size_t indexOf(CongestionSeries series) { return static_cast<std::size_t>(series); }
[[nodiscard]] constexpr bool isBars(CongestionSeries series) { return indexOf(series) < barLayerCount; }
[[nodiscard]] constexpr bool isRtt(CongestionSeries series) { return series >= CongestionSeries::RttMin; }
/// In bits per second.
[[nodiscard]] constexpr bool isRate(CongestionSeries series)
{
    return series >= CongestionSeries::Throughput && series <= CongestionSeries::DeliveryRate;
}
/// Computed for each window of time; see layOutRates().
[[nodiscard]] constexpr bool isWindowed(CongestionSeries series)
{
    return series == CongestionSeries::Throughput || series == CongestionSeries::Goodput;
}
/// In bytes of streams, beside the bars.
[[nodiscard]] constexpr bool isFlowControl(CongestionSeries series)
{
    return series >= CongestionSeries::StreamBytes && series <= CongestionSeries::StreamLimitSum;
}
/// A line of what the log says of the controller: filters of event types leave it out with its events.
[[nodiscard]] constexpr bool isMetric(CongestionSeries series)
{
    return !isBars(series) && !isFlowControl(series) && !isWindowed(series) && series != CongestionSeries::RttSample;
}
/// Of a line that is a logged metric.
[[nodiscard]] MetricKind metricOf(CongestionSeries series);
/// Which panel has it.
[[nodiscard]] PanelKind panelOf(CongestionSeries series);
/// "Data", "Rates", "RTT"
[[nodiscard]] QString nameOf(PanelKind panel);
/// In the words of the field: "data sent", "bytes in flight", ...
[[nodiscard]] QString nameOf(CongestionSeries series, Direction direction);

/// [from, to) on the scale of the bars: bytes of one direction laid end to end, packet numbers, offsets in a stream.
struct ByteSpan {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    bool operator==(const ByteSpan&) const = default;
};

/// What one pixel column shows of a bar series: up to eight disjoint spans, and the items they stand for.
struct BarColumn {
    int column = 0;
    std::uint32_t firstSpan = 0;
    std::uint32_t spanCount = 0;
    std::size_t firstIndex = 0; ///< in the bar series
    std::size_t count = 0;
    bool isInferred = false; ///< the log lacks the size of a packet among them
};
struct BarLayer {
    std::vector<BarColumn> columns; ///< ascending, only those with items
    std::vector<ByteSpan> spans;
};

/// A corner of a step line; x in columns from the left edge. Consecutive points differ in one coordinate only.
struct StepPoint {
    float column = 0;
    std::int64_t value = 0;
    bool operator==(const StepPoint&) const = default;
};
using StepLine = std::vector<StepPoint>;
/// Points on one straight line become one segment.
void addCorner(StepLine* line, StepPoint point);

/// The line of a further multipath path: those of the first one are with all others.
struct PathLine {
    CongestionSeries series = CongestionSeries::CongestionWindow;
    std::size_t path = 0; ///< see LineSource
    StepLine line;
};
inline constexpr std::size_t mostPathsDrawn = 8;

/// Smallest interval that contains what a series paints.
struct ValueExtent {
    std::int64_t low = 0;
    std::int64_t high = -1;
    [[nodiscard]] bool isEmpty() const { return high < low; }
    void add(std::int64_t value);
    void add(const ValueExtent& other);
};

enum class SeriesState : std::uint8_t {
    Logged, ///< or follows from what is logged without a guess
    Inferred, ///< computed, because the log does not say it
    None, ///< logged as such, but this trace has none of it
    NotLogged,
    NoLosses, ///< the writer logs no losses, and none were found
    NoPackets, ///< only losses of packets whose sending is not in the log
    OtherUnit, ///< bytes of streams do not belong beside what the bars count now
    Pending, ///< being computed
    StripOnly, ///< losses in the perspective of the receiver: they are of the other direction
};

/// There is something to show or hide.
[[nodiscard]] constexpr bool isDrawn(SeriesState state) { return state == SeriesState::Logged || state == SeriesState::Inferred; }

/// How the sizes of the packets of a direction are known.
enum class SizeOrigin : std::uint8_t {
    Logged,
    SomeInferred,
    Inferred, ///< computed from their frames
};

struct LossColumn {
    int column = 0;
    std::size_t firstIndex = 0; ///< in Trace::lostBars()
    std::size_t count = 0;
};

/// What limits the sender in pixel columns [from, to): in each what holds in its middle.
struct LimitSpan {
    int from = 0;
    int to = 0;
    SendLimit limit = SendLimit::Unknown;
    bool operator==(const LimitSpan&) const = default;
};

/// The smoothed RTT more or less its variance, between two columns.
struct RttBandSpan {
    float from = 0;
    float to = 0;
    std::int64_t lowNs = 0;
    std::int64_t highNs = 0;
    bool operator==(const RttBandSpan&) const = default;
};

struct CongestionLayout {
    TimeRange range; ///< T
    std::int64_t zeroNs = 0; ///< trace time of T = 0
    int columns = 0;
    Direction direction = Direction::Sent;
    BarScale scale = BarScale::WireBytes;
    std::optional<std::uint64_t> stream; ///< with StreamOffset: the only one that is shown
    std::array<BarLayer, barLayerCount> bars;
    std::array<StepLine, stepLineCount> lines;
    std::vector<PathLine> pathLines; ///< by series, then by path id
    std::array<std::size_t, congestionSeriesCount> paths{}; ///< with a line of their own: of all, not only of those that are drawn
    std::array<ValueExtent, congestionSeriesCount> extents; ///< bytes, or ns for RTTs
    std::array<SeriesState, congestionSeriesCount> states{};
    std::vector<LossColumn> losses; ///< packets this endpoint declared lost, in any perspective
    std::size_t lossCount = 0; ///< in the range
    std::vector<RttBandSpan> rttBand;
    std::int64_t rateWindowNs = 0; ///< of throughput and goodput; 0 while they are not computed
    bool isRateWindowWidened = false; ///< the chosen one is too short for the picture
    std::vector<LimitSpan> limits; ///< of what this endpoint sends: none in the other perspective
    BackgroundLayout background; ///< laid out on its own, see layOutBackground()
    QString writer; ///< as shown; may be empty
    SizeOrigin sizes = SizeOrigin::Logged;
    // With a filter. Extents, states, sizes and counts are always those of the whole trace.
    bool isFiltered = false;
    bool isHiding = false; ///< bars and losses are the selected ones only, with indexes into the series of the filter
    bool areMetricsOut = false;
    std::array<BarLayer, barLayerCount> selectedBars; ///< while the others are dimmed: what is painted over them
    std::vector<LossColumn> selectedLosses;
    std::uint64_t level = 0; ///< on the scale, before the range: where to look while no bar is in it

    /// What an axis has to show of a series: beside limits and pacing rates far above the data these could not be read. Such lines leave the
    /// plot at its top, or are not in it at all.
    [[nodiscard]] ValueExtent axisExtent(CongestionSeries series) const;
    [[nodiscard]] bool isOutOfSight(CongestionSeries series) const { return axisExtent(series).isEmpty() && !extents[indexOf(series)].isEmpty(); }
    [[nodiscard]] bool isPartlyOutOfSight(CongestionSeries series) const { return axisExtent(series).high < extents[indexOf(series)].high; }
    [[nodiscard]] const BarLayer& layer(CongestionSeries series) const { return bars[indexOf(series)]; }
    [[nodiscard]] const StepLine& line(CongestionSeries series) const { return lines[indexOf(series) - barLayerCount]; }
};

/// @param zeroNs trace time of T = 0
/// @param range in T
/// @param rateWindowNs for throughput and goodput; 0: by the range
[[nodiscard]] CongestionLayout layOutCongestion(const ChartData& data, std::int64_t zeroNs, TimeRange range, int columns,
                                                std::int64_t rateWindowNs = 0);

/// As nameOf(), of what the series is in this layout: the limit of one stream, or the sum of all.
[[nodiscard]] QString nameOf(CongestionSeries series, const CongestionLayout& layout);
/// A sentence for what a panel lacks altogether: "OpenSSL does not log round-trip times."
[[nodiscard]] QString missingText(const QString& writer, const QString& what);
/// What stands in the place of the chart of a trace that has nothing for it; empty if it has.
[[nodiscard]] QString emptyTextOf(const Trace& trace);
/// "not logged", "none in this trace", ...; empty for a series that is drawn.
[[nodiscard]] QString noteOf(SeriesState state);
/// "2 paths": so many lines a series has; empty for one.
[[nodiscard]] QString pathsText(std::size_t paths);
/// "sizes inferred"; empty where they are logged.
[[nodiscard]] QString noteOf(SizeOrigin sizes);
/// Who does not log sizes, and how they are computed; empty where they are logged.
[[nodiscard]] QString explanationOf(SizeOrigin sizes, const QString& writer);
/// What the bars count: "bytes sent on the wire", and that the sizes are inferred.
[[nodiscard]] QString scaleTitle(const CongestionLayout& layout);
/// What noteOf() says, as a sentence that names the writer: "OpenSSL does not log the congestion window."
[[nodiscard]] QString explanationOf(CongestionSeries series, const CongestionLayout& layout);

/// What belongs to a selected row: its packet when sent, acked and lost; or the packets it acknowledges; or its metrics.
struct SelectionMark {
    CongestionSeries series = CongestionSeries::Sent;
    std::int64_t timeNs = 0; ///< T
    ByteSpan span; ///< of a bar
    std::int64_t value = 0; ///< of a line
};
[[nodiscard]] std::vector<SelectionMark> selectionMarks(const ChartData& data, std::int64_t zeroNs, RowId row);

/// The record by which a sent packet is lost, logged or (see ChartBars) inferred; none if it is not.
[[nodiscard]] RowId lossOf(const ChartData& data, PacketId sentPacket);

/// One item of a series that the pointer is on.
struct CongestionItem {
    CongestionSeries series = CongestionSeries::Sent;
    std::size_t index = 0; ///< in its series
    std::size_t firstIndex = 0; ///< of all items that are painted as one with it
    std::size_t count = 1;
    bool isInStrip = false; ///< of losses, under the plot: see BarSource::strip()
    std::size_t path = 0; ///< of a line; see LineSource
};
/// The samples that a line shows in a column, else the one that holds there; none before the first. @param line its series and path
[[nodiscard]] std::optional<CongestionItem> lineItem(const ChartData& data, const CongestionLayout& layout, const CongestionItem& line, int column);
/// Of the items that a column merges, the one nearest to a value on its axis. @param merged its index is not read
[[nodiscard]] CongestionItem nearestItem(const ChartData& data, const CongestionItem& merged, std::int64_t near);
/// The row that a click on the item selects: of the packet, of the ACK that acknowledged it, of its packet_lost, of the metric.
[[nodiscard]] RowId rowOf(const ChartData& data, const CongestionItem& item);
/// What a hover label says.
struct ItemText {
    QString title;
    std::vector<QString> lines;
};
[[nodiscard]] ItemText textOf(const ChartData& data, std::int64_t zeroNs, const CongestionItem& item);

/// What limits the sender, in a word; "application or pacing" where the log has a pacing rate but does not say when the pacer waits.
[[nodiscard]] QString limitText(SendLimit limit, const CongestionLayout& layout);
/// What limits the sender at a time, for how long, and which rows show it: for the hover label of the band.
[[nodiscard]] ItemText textOf(const Trace& trace, const CongestionLayout& layout, const LimitedBy::Interval& interval);

} // namespace qlogscope
