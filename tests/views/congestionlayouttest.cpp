// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tracebuilder.h"

#include "model/derivedseries.h"
#include "tests/support/tracebuilder.h"
#include "views/congestion/chartdata.h"
#include "views/congestion/congestionlayout.h"
#include "views/congestion/rateslayout.h"
#include "views/units.h"

#include <QtTest>

#include <algorithm>
#include <limits>

using namespace qlogscope;

namespace {

constexpr std::int64_t ms = 1'000'000;

QString textOfBars(const BarLayer& layer)
{
    QString text;
    for (const BarColumn& column : layer.columns) {
        text += QStringLiteral(" %1:").arg(column.column);
        for (std::uint32_t i = 0; i < column.spanCount; ++i) {
            const ByteSpan span = layer.spans[column.firstSpan + i];
            text += QStringLiteral("[%1..%2)").arg(span.from).arg(span.to);
        }
        if (column.count > 1)
            text += QStringLiteral("x%1").arg(column.count);
        if (column.isInferred)
            text += QLatin1Char('~');
    }
    return text;
}

QString textOfLine(const StepLine& line)
{
    QString text;
    for (const StepPoint& point : line)
        text += QStringLiteral(" (%1,%2)").arg(static_cast<double>(point.column)).arg(point.value);
    return text;
}

QString textOfBand(const std::vector<RttBandSpan>& band)
{
    QString text;
    for (const RttBandSpan& span : band)
        text += QStringLiteral(" %1-%2:[%3..%4]").arg(static_cast<double>(span.from)).arg(static_cast<double>(span.to)).arg(span.lowNs).arg(span.highNs);
    return text;
}

/// Everything that is drawn, a line a series; extents in braces; states where they are not "logged".
QStringList textOf(const CongestionLayout& layout)
{
    QStringList lines;
    for (std::size_t i = 0; i < congestionSeriesCount; ++i) {
        const auto series = static_cast<CongestionSeries>(i);
        if (layout.states[i] == SeriesState::Pending)
            continue; // nothing was derived
        if (layout.states[i] == SeriesState::NotLogged && (isRate(series) || series == CongestionSeries::RttVariance))
            continue; // by most writers
        QString text = nameOf(series, layout.direction) % QLatin1Char(':');
        if (series == CongestionSeries::RttVariance)
            text += textOfBand(layout.rttBand);
        else
            text += isBars(series) ? textOfBars(layout.layer(series)) : textOfLine(layout.line(series));
        if (const ValueExtent& extent = layout.extents[i]; !extent.isEmpty())
            text += QStringLiteral(" {%1..%2}").arg(extent.low).arg(extent.high);
        if (layout.states[i] != SeriesState::Logged)
            text += QLatin1Char(' ') % noteOf(layout.states[i]);
        lines.append(text);
    }
    QString strip = QStringLiteral("strip:");
    for (const LossColumn& loss : layout.losses)
        strip += QStringLiteral(" %1x%2").arg(loss.column).arg(loss.count);
    lines.append(strip);
    return lines;
}

QStringList layOut(const Document& document, TimeRange range, int columns, Direction direction = Direction::Sent)
{
    const Trace& trace = document.trace(TraceId(std::size_t{0}));
    return textOf(layOutCongestion({trace, direction}, trace.zeroNs(), range, columns));
}

/// Lines that begin so.
QStringList only(const QStringList& lines, const QStringList& beginnings)
{
    QStringList found;
    for (const QString& line : lines) {
        if (std::any_of(beginnings.begin(), beginnings.end(), [&](const QString& beginning) { return line.startsWith(beginning); }))
            found << line;
    }
    return found;
}

} // namespace

class CongestionLayoutTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    /// Stream bytes and their limit beside the packets, samples of the RTT as dots, bytes in flight where the log has none.
    void whatFollowsFromTheWholeTrace()
    {
        testing::TraceBuilder builder(Role::Client, Writer::OpenSsl);
        builder.parameter(0, ParameterOwner::Remote, TransportParameter::InitialMaxData, 4'500);
        builder.sent(5, 0);
        builder.stream(0, 0, 1'000);
        builder.sent(10, 1);
        builder.stream(0, 1'000, 1'100);
        builder.received(45, 0);
        builder.acked(0, 0);
        builder.received(55, 1);
        builder.acked(1, 1);
        const Trace& trace = builder.flush();
        DerivedSeries derived(trace);
        QVERIFY(derived.advance());
        const CongestionLayout layout = layOutCongestion({trace, Direction::Sent, &derived}, 0, {0, 100 * ms}, 100);
        QCOMPARE(only(textOf(layout), {QStringLiteral("bytes in flight"), QStringLiteral("stream bytes"), QStringLiteral("connection limit"),
                                       QStringLiteral("sum of"), QStringLiteral("RTT samples")}),
                 QStringList({QStringLiteral("bytes in flight: (5.5,1200) (10.5,1200) (10.5,2400) (45.5,2400) (45.5,1200) (55.5,1200) "
                                             "(55.5,0) {0..2400} inferred"),
                              QStringLiteral("stream bytes sent: (5.5,1000) (10.5,1000) (10.5,2100) (55,2100) {1000..2100}"),
                              QStringLiteral("connection limit: (0.5,4500) (55,4500) {4500..4500}"),
                              QStringLiteral("sum of stream limits: not logged"),
                              QStringLiteral("RTT samples: (45.5,40000000) (45.5,40000000) (55.5,45000000) (55.5,45000000) "
                                             "{40000000..45000000}")}));
        QVERIFY(!layout.isOutOfSight(CongestionSeries::ConnectionLimit)); // 4,500 beside 2,400 on the wire
        const ItemText text = qlogscope::textOf({trace, Direction::Sent, &derived}, 0, {CongestionSeries::BytesInFlight, 1, 1, 1});
        QCOMPARE(text.title, QStringLiteral("bytes in flight 2.4\u00a0kB (inferred)"));
        QCOMPARE(qlogscope::rowOf({trace, Direction::Sent, &derived}, {CongestionSeries::RttSample, 0, 0, 1}), RowId(3U));
    }

    /// A packet of 1,250 bytes each 10 ms is 1 Mbit/s, whatever part of a window is logged or in view.
    void ratesOverWindows()
    {
        testing::TraceBuilder builder;
        for (std::uint64_t i = 0; i < 10; ++i) {
            builder.sent(static_cast<double>(10 * i + 2), i, 1'250, testing::frames({FrameKind::Stream}));
            builder.stream(0, i * 1'000, 1'000);
            builder.metric(MetricKind::PacingRate, i < 5 ? 2'000'000 : 3'000'000);
        }
        builder.received(75, 0);
        builder.acked(0, 6);
        builder.row(100);
        const Trace& trace = builder.flush(); // from 2 to 100 ms
        DerivedSeries derived(trace);
        QVERIFY(derived.advance());
        const auto rates = [&](TimeRange range, int columns, std::int64_t window) {
            const CongestionLayout layout = layOutCongestion({trace, Direction::Sent, &derived}, 2 * ms, range, columns, window);
            return only(textOf(layout), {QStringLiteral("throughput"), QStringLiteral("goodput"), QStringLiteral("pacing")});
        };
        QCOMPARE(rates({0, 100 * ms}, 50, 20 * ms),
                 QStringList({QStringLiteral("throughput sent: (0,1000000) (40,1000000) (40,1111111) (49,1111111) {1000000..1111111}"),
                              QStringLiteral("goodput: (0,0) (30,0) (30,2800000) (40,2800000) (40,0) (49,0) {0..2800000}"),
                              QStringLiteral("pacing rate: (0.5,2000000) (25.5,2000000) (25.5,3000000) (49,3000000) {2000000..3000000}")}));
        // panned: the same windows; the one at the left edge is partly in view
        QCOMPARE(rates({50 * ms, 150 * ms}, 50, 20 * ms)[1], QStringLiteral("goodput: (0,0) (5,0) (5,2800000) (15,2800000) (15,0) (24,0) {0..2800000}"));
        const CongestionLayout layout = layOutCongestion({trace, Direction::Sent, &derived}, 2 * ms, {0, 100 * ms}, 50, 20 * ms);
        QCOMPARE(ratesTitle(layout), QStringLiteral("rates over 20\u00a0ms"));
        ItemText text = qlogscope::textOf(rateAt(trace, derived, layout, CongestionSeries::Throughput, 95 * ms), CongestionSeries::Throughput, layout);
        QCOMPARE(text.title, QStringLiteral("throughput sent 1.111\u00a0Mbit/s"));
        QCOMPARE(text.lines, std::vector<QString>({QStringLiteral("2,500 bytes of packets"), QStringLiteral("from 80\u00a0ms to 98\u00a0ms (18\u00a0ms)")}));
        text = qlogscope::textOf(rateAt(trace, derived, layout, CongestionSeries::Goodput, 61 * ms), CongestionSeries::Goodput, layout);
        QCOMPARE(text.title, QStringLiteral("goodput 2.8\u00a0Mbit/s"));
        QCOMPARE(text.lines[0], QStringLiteral("7,000 new stream bytes acked"));
    }

    /// A column shows the lowest and the highest of its windows; more than four of them make the windows longer, and that is said.
    void windowsNarrowerThanColumns()
    {
        testing::TraceBuilder builder;
        for (std::uint64_t i = 0; i < 100; ++i)
            builder.sent(static_cast<double>(i), i, i % 2 == 0 ? 125 : 250);
        builder.row(100);
        const Trace& trace = builder.flush();
        DerivedSeries derived(trace);
        QVERIFY(derived.advance());
        CongestionLayout layout = layOutCongestion({trace, Direction::Sent, &derived}, 0, {0, 100 * ms}, 50, ms);
        const StepLine& line = layout.line(CongestionSeries::Throughput);
        QVERIFY(line.size() <= 4 * 50 + 2);
        QCOMPARE(layout.extents[indexOf(CongestionSeries::Throughput)].low, 1'000'000);
        QCOMPARE(layout.extents[indexOf(CongestionSeries::Throughput)].high, 2'000'000);
        QVERIFY(!layout.isRateWindowWidened);
        layout = layOutCongestion({trace, Direction::Sent, &derived}, 0, {0, 100 * ms}, 5, ms);
        QCOMPARE(layout.rateWindowNs, 5 * ms);
        QCOMPARE(ratesTitle(layout), QStringLiteral("rates over 5\u00a0ms (the chosen window is finer than a pixel)"));
        QVERIFY(layout.line(CongestionSeries::Throughput).size() <= 4 * 5 + 2);
    }

    void ratesThatCannotBeKnown()
    {
        testing::TraceBuilder builder(Role::Client, Writer::OpenSsl);
        builder.sent(0, 0, 1'200, testing::frames({FrameKind::Ping}), PacketType::OneRtt, PacketFramesLogged | PacketSizeInferred);
        builder.row(100);
        const Trace& trace = builder.flush();
        DerivedSeries derived(trace);
        QVERIFY(derived.advance());
        const CongestionLayout layout = layOutCongestion({trace, Direction::Sent, &derived}, 0, {0, 100 * ms}, 10);
        QCOMPARE(layout.states[indexOf(CongestionSeries::Throughput)], SeriesState::Inferred);
        QVERIFY(!isDrawn(layout.states[indexOf(CongestionSeries::Goodput)]));
        QVERIFY(layout.line(CongestionSeries::Goodput).empty());
        QVERIFY(qlogscope::textOf(rateAt(trace, derived, layout, CongestionSeries::Throughput, 0), CongestionSeries::Throughput, layout).title.endsWith(QStringLiteral("(inferred)")));
        QCOMPARE(explanationOf(CongestionSeries::PacingRate, layout),
                 QStringLiteral("This log does not contain the pacing rate."));
    }

    /// The smoothed RTT more or less the variance, from the moment where both are known; never below 0.
    void varianceIsABand()
    {
        TraceBuilder builder;
        builder.metric(0, MetricKind::SmoothedRtt, 40 * ms);
        builder.metric(20, MetricKind::RttVariance, 10 * ms);
        builder.metric(60, MetricKind::RttVariance, 50 * ms);
        builder.row(100);
        const auto document = builder.build();
        const QStringList lines = layOut(*document, {0, 110 * ms}, 11);
        QCOMPARE(only(lines, {QStringLiteral("RTT variance")}),
                 QStringList(QStringLiteral("RTT variance: 2-6:[30000000..50000000] 6-10:[0..90000000] {0..90000000}")));
    }

    /// Each path has a line of its own; the text of an item names it.
    void pathsHaveLinesOfTheirOwn()
    {
        testing::TraceBuilder builder;
        builder.row(0);
        builder.metric(MetricKind::CongestionWindow, 10'000, 0);
        builder.row(10);
        builder.metric(MetricKind::CongestionWindow, 30'000, 1);
        builder.row(20);
        builder.metric(MetricKind::CongestionWindow, 12'000, 0);
        builder.row(100);
        const Trace& trace = builder.flush();
        const CongestionLayout layout = layOutCongestion({trace}, 0, {0, 100 * ms}, 100);
        QCOMPARE(textOfLine(layout.line(CongestionSeries::CongestionWindow)), QStringLiteral(" (0.5,10000) (20.5,10000) (20.5,12000) (100,12000)"));
        QCOMPARE(layout.pathLines.size(), std::size_t{1});
        QCOMPARE(textOfLine(layout.pathLines[0].line), QStringLiteral(" (10.5,30000) (100,30000)"));
        QCOMPARE(layout.extents[indexOf(CongestionSeries::CongestionWindow)].high, 30'000);
        QCOMPARE(pathsText(layout.paths[indexOf(CongestionSeries::CongestionWindow)]), QStringLiteral("2 paths"));
        QCOMPARE(pathsText(layout.paths[indexOf(CongestionSeries::Ssthresh)]), QString());
        const CongestionItem item = nearestItem({trace}, {CongestionSeries::CongestionWindow, 0, 0, 1, false, 1}, 30'000);
        QCOMPARE(qlogscope::textOf({trace}, 0, item).title, QStringLiteral("congestion window 30\u00a0kB, path 1"));
        QCOMPARE(qlogscope::rowOf({trace}, item), RowId(1U));
    }

    /// A range that is longer than any power of ten of 64 bits has ticks too.
    void ticksOfCenturies()
    {
        const AxisTicks ticks = qlogscope::axisTicks(-1, std::numeric_limits<std::int64_t>::max() - 2, 5, AxisUnit::Time);
        QVERIFY(!ticks.values.empty());
        QVERIFY(ticks.values.size() <= 7);
    }

    /// A limit that rises far above the data does not flatten them: the axis ends before it.
    void limitsFarAboveTheData()
    {
        testing::TraceBuilder builder(Role::Client, Writer::Ngtcp2);
        builder.parameter(0, ParameterOwner::Remote, TransportParameter::InitialMaxData, 4'000);
        builder.sent(5, 0, 1'200);
        builder.stream(0, 0, 1'000);
        builder.sent(10, 1, 1'200);
        builder.stream(0, 1'000, 1'000);
        builder.received(20, 0);
        builder.limit(LimitKind::Data, LimitEvent::Raised, 1'000'000);
        builder.row(100);
        const Trace& trace = builder.flush();
        DerivedSeries derived(trace);
        QVERIFY(derived.advance());
        const auto extentIn = [&](TimeRange range) {
            const CongestionLayout layout = layOutCongestion({trace, Direction::Sent, &derived}, 0, range, 100);
            const ValueExtent extent = layout.axisExtent(CongestionSeries::ConnectionLimit);
            return QStringLiteral("%1..%2 %3 %4").arg(extent.low).arg(extent.high).arg(layout.isOutOfSight(CongestionSeries::ConnectionLimit))
                .arg(layout.isPartlyOutOfSight(CongestionSeries::ConnectionLimit));
        };
        QCOMPARE(extentIn({0, 15 * ms}), QStringLiteral("4000..4000 0 0"));
        QCOMPARE(extentIn({0, 100 * ms}), QStringLiteral("4000..4800 0 1")); // twice the 2,400 bytes on the wire
        QCOMPARE(extentIn({50 * ms, 100 * ms}), QStringLiteral("0..-1 1 1"));
    }

    /// A packet is a bar of its bytes when sent, when acked and when lost.
    void barsStandAtTheirTimes()
    {
        TraceBuilder builder;
        builder.sent(5, 0, 1200);
        builder.sent(10, 1, 1000);
        builder.sent(15, 2, 1200);
        builder.acked(40, 0, 0);
        builder.acked(45, 2, 2);
        builder.lost(46, 1);
        const auto document = builder.build();
        // T = 0 is at 5 ms
        QCOMPARE(layOut(*document, {0, 100 * ms}, 100),
                 QStringList({QStringLiteral("data sent: 0:[0..1200) 5:[1200..2200) 10:[2200..3400) {0..3400}"),
                              QStringLiteral("data acked: 35:[0..1200) 40:[2200..3400) {0..3400}"),
                              QStringLiteral("data lost: 41:[1200..2200) {1200..2200}"), QStringLiteral("spurious loss: none"),
                              QStringLiteral("congestion window: not logged"), QStringLiteral("bytes in flight: not logged"),
                              QStringLiteral("ssthresh: not logged"), QStringLiteral("min RTT: not logged"),
                              QStringLiteral("smoothed RTT: not logged"), QStringLiteral("latest RTT: not logged"),
                              QStringLiteral("strip: 41x1")}));
    }

    /// What a column merges stays apart where bytes are missing.
    void mergedColumnsKeepTheirHoles()
    {
        TraceBuilder builder;
        for (int i = 0; i < 10; ++i)
            builder.sent(i, static_cast<std::uint64_t>(i), 100);
        builder.acked(50, 0, 3);
        builder.acked(51, 6, 9);
        builder.lost(52, 4);
        builder.lost(52, 5);
        const auto document = builder.build();
        const QStringList lines = layOut(*document, {0, 100 * ms}, 10);
        QCOMPARE(lines[0], QStringLiteral("data sent: 0:[0..1000)x10 {0..1000}"));
        QCOMPARE(lines[1], QStringLiteral("data acked: 5:[0..400)[600..1000)x8 {0..1000}"));
        QCOMPARE(lines[2], QStringLiteral("data lost: 5:[400..600)x2 {400..600}"));
        QCOMPARE(lines[10], QStringLiteral("strip: 5x2"));
    }

    /// Zoomed to the moment of a loss, the bytes of the old packet are within the extents.
    void lossOfAnEarlierPacketIsInTheRange()
    {
        TraceBuilder builder;
        for (int i = 0; i < 100; ++i)
            builder.sent(i, static_cast<std::uint64_t>(i), 1000);
        builder.lost(98, 3);
        builder.acked(98.5, 2, 2);
        const auto document = builder.build();
        const QStringList lines = layOut(*document, {97 * ms, 100 * ms}, 3);
        QCOMPARE(lines[0], QStringLiteral("data sent: 0:[97000..98000) 1:[98000..99000) 2:[99000..100000) {97000..100000}"));
        QCOMPARE(lines[1], QStringLiteral("data acked: 1:[2000..3000) {2000..3000}"));
        QCOMPARE(lines[2], QStringLiteral("data lost: 1:[3000..4000) {3000..4000}"));
    }

    /// The value in force before the range enters at its left edge and goes on to the end of the trace.
    void metricsCarryTheirValueForward()
    {
        TraceBuilder builder;
        builder.metric(0, MetricKind::CongestionWindow, 12'000);
        builder.metric(50, MetricKind::CongestionWindow, 24'000);
        builder.row(200);
        const auto document = builder.build();
        QCOMPARE(layOut(*document, {10 * ms, 110 * ms}, 100)[4],
                 QStringLiteral("congestion window: (0,12000) (40.5,12000) (40.5,24000) (100,24000) {12000..24000}"));
        QCOMPARE(layOut(*document, {60 * ms, 70 * ms}, 10)[4],
                 QStringLiteral("congestion window: (0,24000) (10,24000) {24000..24000}"));
        // nothing is known after the last event
        const QString tail = layOut(*document, {150 * ms, 250 * ms}, 100)[4];
        QVERIFY2(tail.startsWith(QStringLiteral("congestion window: (0,24000) (50")), qPrintable(tail));
    }

    void nothingIsDrawnBeforeTheFirstValue()
    {
        TraceBuilder builder;
        builder.row(0);
        builder.metric(30, MetricKind::SmoothedRtt, 40 * ms);
        builder.row(99);
        const auto document = builder.build();
        const QString line = layOut(*document, {0, 100 * ms}, 100)[8];
        QVERIFY2(line.startsWith(QStringLiteral("smoothed RTT: (30.5,40000000) (99")), qPrintable(line));
    }

    void zeroBytesInFlightAreDrawn()
    {
        TraceBuilder builder;
        builder.metric(0, MetricKind::BytesInFlight, 5'000);
        builder.metric(10, MetricKind::BytesInFlight, 0);
        builder.metric(20, MetricKind::BytesInFlight, 700);
        builder.row(30);
        const auto document = builder.build();
        QCOMPARE(layOut(*document, {0, 30 * ms}, 30)[5],
                 QStringLiteral("bytes in flight: (0.5,5000) (10.5,5000) (10.5,0) (20.5,0) (20.5,700) (30,700) {0..5000}"));
    }

    /// Several values in one column: its true minimum and maximum, entered and left at the right values.
    void mergedMetricsKeepTheirExtremes()
    {
        TraceBuilder builder;
        for (const int value : {5, 9, 1, 6})
            builder.metric(value == 6 ? 3 : 1, MetricKind::BytesInFlight, value);
        builder.metric(25, MetricKind::BytesInFlight, 7);
        builder.row(40);
        const auto document = builder.build();
        QCOMPARE(layOut(*document, {0, 40 * ms}, 4)[5],
                 QStringLiteral("bytes in flight: (0.5,5) (0.5,1) (0.5,9) (0.5,6) (2.5,6) (2.5,7) (3.9,7) {1..9}"));
    }

    void pointsAreBoundedByTheColumns()
    {
        TraceBuilder builder;
        for (int i = 0; i < 20'000; ++i)
            builder.metric(i * 0.01, MetricKind::CongestionWindow, 10'000 + i * 7919 % 5'000);
        const auto document = builder.build();
        const Trace& trace = document->trace(TraceId(std::size_t{0}));
        const CongestionLayout layout = layOutCongestion({trace}, 0, {0, 200 * ms}, 50);
        QVERIFY(layout.line(CongestionSeries::CongestionWindow).size() <= 4 * 50 + 2);
        QCOMPARE(layout.extents[indexOf(CongestionSeries::CongestionWindow)].low, 10'000);
        QCOMPARE(layout.extents[indexOf(CongestionSeries::CongestionWindow)].high, 14'999);
    }

    void missingSeriesAreExplained()
    {
        TraceBuilder builder;
        builder.writer(Writer::OpenSsl);
        builder.sent(0, 0, 1200);
        const auto document = builder.build();
        const Trace& trace = document->trace(TraceId(std::size_t{0}));
        const CongestionLayout layout = layOutCongestion({trace}, 0, {0, ms}, 10);
        const auto explanation = [&](CongestionSeries series) {
            return explanationOf(series, layout);
        };
        QCOMPARE(explanation(CongestionSeries::CongestionWindow), QStringLiteral("OpenSSL does not log the congestion window."));
        QCOMPARE(explanation(CongestionSeries::RttMin), QStringLiteral("OpenSSL does not log the minimum RTT."));
        QCOMPARE(explanation(CongestionSeries::Lost), QStringLiteral("No packet was declared lost in this trace."));
        QCOMPARE(noteOf(layout.states[indexOf(CongestionSeries::Lost)]), QStringLiteral("none"));
    }

    /// Bars whose height the log does not tell are marked, column by column, and the words say so.
    void inferredSizesAreMarked()
    {
        const auto build = [](std::uint16_t flagsOfFirst, std::uint16_t flagsOfSecond) {
            EventBatch batch;
            TraceHeader header;
            header.writer = Writer::OpenSsl;
            header.writerText = "OpenSSL";
            batch.traces = {{TraceId(std::size_t{0}), header}};
            batch.newNames = {"quic:event"};
            for (std::uint32_t i = 0; i < 3; ++i) {
                EventRow row;
                row.timeNs = i * 10 * ms;
                row.name = NameId(std::size_t{0});
                row.trace = TraceId(std::size_t{0});
                batch.rows.push_back(row);
            }
            for (std::uint32_t i = 0; i < 2; ++i) {
                PacketFact packet;
                packet.number = i;
                packet.sizeBytes = 1200;
                packet.type = PacketType::OneRtt;
                packet.flags = i == 0 ? flagsOfFirst : flagsOfSecond;
                packet.row = RowId(i);
                batch.packets.push_back(packet);
            }
            LostFact lost;
            lost.number = 1;
            lost.row = RowId(2U);
            batch.lost.push_back(lost);
            auto document = std::make_unique<Document>("/made/by/hand.sqlog");
            document->append(batch);
            return document;
        };
        const auto all = build(PacketSizeInferred, PacketSizeInferred);
        QStringList lines = layOut(*all, {0, 30 * ms}, 3);
        QCOMPARE(lines[0], QStringLiteral("data sent: 0:[0..1200)~ 1:[1200..2400)~ {0..2400}"));
        QCOMPARE(lines[2], QStringLiteral("data lost: 2:[1200..2400)~ {1200..2400}"));
        const Trace& trace = all->trace(TraceId(std::size_t{0}));
        CongestionLayout layout = layOutCongestion({trace}, 0, {0, 30 * ms}, 3);
        QCOMPARE(scaleTitle(layout), QStringLiteral("bytes sent on the wire (sizes inferred)"));
        QCOMPARE(noteOf(layout.sizes), QStringLiteral("sizes inferred"));
        QVERIFY(explanationOf(layout.sizes, layout.writer).startsWith(QStringLiteral("OpenSSL does not log packet sizes.")));
        const ItemText text = qlogscope::textOf({trace}, 0, {CongestionSeries::Sent, 1, 1, 1});
        QCOMPARE(text.lines.front(), QStringLiteral("1,200 bytes (inferred): [1,200 .. 2,400)"));

        const auto some = build(0, PacketSizeInferred);
        lines = layOut(*some, {0, 30 * ms}, 3);
        QCOMPARE(lines[0], QStringLiteral("data sent: 0:[0..1200) 1:[1200..2400)~ {0..2400}"));
        QCOMPARE(layOut(*some, {0, 30 * ms}, 1)[0], QStringLiteral("data sent: 0:[0..2400)x2~ {0..2400}"));
        layout = layOutCongestion({some->trace(TraceId(std::size_t{0}))}, 0, {0, 30 * ms}, 3);
        QCOMPARE(noteOf(layout.sizes), QStringLiteral("some sizes inferred"));

        const auto none = build(0, 0);
        layout = layOutCongestion({none->trace(TraceId(std::size_t{0}))}, 0, {0, 30 * ms}, 3);
        QCOMPARE(scaleTitle(layout), QStringLiteral("bytes sent on the wire"));
        QCOMPARE(explanationOf(layout.sizes, layout.writer), QString());
    }

    /// Some writers never log losses: that is not the same as none.
    void lossesOfAWriterThatNeverLogsThem()
    {
        TraceBuilder builder;
        builder.writer(Writer::Quiche);
        builder.sent(0, 0, 1200);
        const auto document = builder.build();
        QCOMPARE(layOut(*document, {0, ms}, 10)[2], QStringLiteral("data lost: not logged"));
    }

    void rowsThatGoBackInTime()
    {
        TraceBuilder builder;
        builder.sent(30, 0, 100);
        builder.sent(10, 1, 100);
        builder.sent(20, 2, 100);
        builder.metric(40, MetricKind::CongestionWindow, 4'000);
        builder.metric(15, MetricKind::CongestionWindow, 2'000);
        const auto document = builder.build();
        const QStringList lines = layOut(*document, {0, 40 * ms}, 4); // T = 0 is at 10 ms
        QCOMPARE(lines[0], QStringLiteral("data sent: 0:[100..200) 1:[200..300) 2:[0..100) {0..300}"));
        QVERIFY2(lines[4].startsWith(QStringLiteral("congestion window: (0.5,2000) (3.5,2000) (3.5,4000)")), qPrintable(lines[4]));
    }

    void perspectiveOfTheReceiver()
    {
        TraceBuilder builder;
        builder.sent(0, 0, 100);
        builder.received(10, 7, 1200);
        builder.received(20, 8, 1200);
        builder.lost(30, 0);
        const auto document = builder.build();
        const QStringList lines = layOut(*document, {0, 40 * ms}, 40, Direction::Received);
        QCOMPARE(lines[0], QStringLiteral("data received: 10:[0..1200) 20:[1200..2400) {0..2400}"));
        QCOMPARE(lines[1], QStringLiteral("data acked: none"));
        QCOMPARE(lines[2], QStringLiteral("data lost: see strip"));
        QCOMPARE(lines[10], QStringLiteral("strip: 30x1"));
    }

    /// The story of a selected packet: sent, lost, and acked after all.
    void selectionMarksTellTheStory()
    {
        TraceBuilder builder;
        const RowId sent = builder.sent(0, 0, 1000);
        builder.sent(1, 1, 500);
        const RowId lost = builder.lost(50, 0);
        const RowId ack = builder.acked(60, 0, 1);
        const auto document = builder.build();
        const Trace& trace = document->trace(TraceId(std::size_t{0}));
        const auto marks = [&](RowId row) {
            QString text;
            for (const SelectionMark& mark : selectionMarks({trace}, 0, row))
                text += QStringLiteral("%1@%2[%3..%4) ")
                            .arg(nameOf(mark.series, Direction::Sent))
                            .arg(mark.timeNs / ms)
                            .arg(mark.span.from)
                            .arg(mark.span.to);
            return text;
        };
        const QString story = QStringLiteral("data sent@0[0..1000) data acked@60[0..1000) data lost@50[0..1000) ");
        QCOMPARE(marks(sent), story);
        QCOMPARE(marks(lost), story);
        QCOMPARE(marks(ack), QStringLiteral("data acked@60[0..1000) data acked@60[1000..1500) "));
        const ItemText text = qlogscope::textOf({trace}, 0, {CongestionSeries::Sent, 0, 0, 1});
        QCOMPARE(text.title, QStringLiteral("1-RTT 0 sent"));
        QCOMPARE(text.lines.back(), QStringLiteral("acked at 60\u00a0ms, after 60\u00a0ms: the loss was spurious"));
    }

    void nearestOfAMergedColumn()
    {
        TraceBuilder builder;
        for (int i = 0; i < 8; ++i)
            builder.sent(0, static_cast<std::uint64_t>(i), 100);
        const auto document = builder.build();
        const Trace& trace = document->trace(TraceId(std::size_t{0}));
        QCOMPARE(nearestItem({trace}, {CongestionSeries::Sent, 0, 0, 8}, 350).index, std::size_t{3});
        QCOMPARE(nearestItem({trace}, {CongestionSeries::Sent, 0, 0, 8}, 99).index, std::size_t{0});
        QCOMPARE(nearestItem({trace}, {CongestionSeries::Sent, 0, 0, 8}, 5'000).index, std::size_t{7});
    }

    void axisTicks_data()
    {
        QTest::addColumn<qint64>("low");
        QTest::addColumn<qint64>("high");
        QTest::addColumn<int>("unit");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* name, qint64 low, qint64 high, bool isTime, const char* text) {
            QTest::newRow(name) << low << high << static_cast<int>(isTime ? AxisUnit::Time : AxisUnit::Bytes) << QString::fromUtf8(text);
        };
        QTest::newRow("bits per second") << qint64{0} << qint64{12'500'000} << static_cast<int>(AxisUnit::BitsPerSecond)
                                         << QStringLiteral("0 | 5 Mbit/s | 10 Mbit/s");
        QTest::newRow("few bits per second") << qint64{0} << qint64{900} << static_cast<int>(AxisUnit::BitsPerSecond)
                                             << QStringLiteral("0 | 200 bit/s | 400 bit/s | 600 bit/s | 800 bit/s");
        row("seconds", 0, 10'000'000'000, true, "0 | 2 s | 4 s | 6 s | 8 s | 10 s");
        row("milliseconds", 0, 40'000'000, true, "0 | 10 ms | 20 ms | 30 ms | 40 ms");
        row("part of a second", 1'000'000'000, 1'200'000'000, true, "1.00 s | 1.05 s | 1.10 s | 1.15 s | 1.20 s");
        row("100 ns after ten hours", 36'000'123'456'700, 36'000'123'456'800, true,
            "36,000.1234567 s: +0 ns | +20 ns | +40 ns | +60 ns | +80 ns | +100 ns");
        row("before zero", -20'000'000, 20'000'000, true, "\u221220 ms | \u221210 ms | 0 | 10 ms | 20 ms");
        row("megabytes", 0, 650'000'000, false, "0 | 200 MB | 400 MB | 600 MB");
        row("bytes far out", 9'999'999'000, 9'999'999'100, false,
            "9.999999 GB: ");
    }
    void axisTicks()
    {
        QFETCH(qint64, low);
        QFETCH(qint64, high);
        QFETCH(int, unit);
        QFETCH(QString, expected);
        const AxisTicks ticks = qlogscope::axisTicks(low, high, 5, static_cast<AxisUnit>(unit));
        QString text = ticks.baseText.isEmpty() ? QString() : ticks.baseText % QStringLiteral(": ");
        text += ticks.labels.join(QStringLiteral(" | "));
        text.replace(QChar(0x00a0), QLatin1Char(' '));
        if (expected.endsWith(QLatin1Char(' ')))
            QVERIFY2(text.startsWith(expected), qPrintable(text));
        else
            QCOMPARE(text, expected);
    }

    void numbersAsTexts()
    {
        const auto plain = [](QString text) { return text.replace(QChar(0x00a0), QLatin1Char(' ')); };
        QCOMPARE(plain(timeText(1'234'567'891)), QStringLiteral("1.234567891 s"));
        QCOMPARE(plain(timeText(100)), QStringLiteral("100 ns"));
        QCOMPARE(plain(timeText(0)), QStringLiteral("0 s"));
        QCOMPARE(plain(timeText(-1'500'000)), QStringLiteral("\u22121.5 ms"));
        QCOMPARE(plain(timeText(15'746'000'001, 15'746'000)), QStringLiteral("15.75 s"));
        QCOMPARE(plain(timeText(-1'234'567, 1'000)), QStringLiteral("\u22121.235 ms"));
        QCOMPARE(plain(timeText(123, 0)), QStringLiteral("123 ns"));
        QCOMPARE(plain(timeRangeText(0, 15'746'000'001)), QStringLiteral("0 s \u2013 15.746 s"));
        QCOMPARE(plain(timeRangeText(1'500'000'000, 1'500'012'000)), QStringLiteral("1.5 s \u2013 1.500012 s"));
        QCOMPARE(plain(durationText(30'123'456)), QStringLiteral("30.12 ms"));
        QCOMPARE(plain(durationText(999'999'999)), QStringLiteral("1 s"));
        QCOMPARE(plain(bytesText(999)), QStringLiteral("999 B"));
        QCOMPARE(plain(bytesText(650'000'000)), QStringLiteral("650 MB"));
        QCOMPARE(plain(bytesText(1'234'567)), QStringLiteral("1.235 MB"));
        QCOMPARE(plain(bitRateText(0)), QStringLiteral("0 bit/s"));
        QCOMPARE(plain(bitRateText(999)), QStringLiteral("999 bit/s"));
        QCOMPARE(plain(bitRateText(12'500'000)), QStringLiteral("12.5 Mbit/s"));
        QCOMPARE(plain(bitRateText(1'234'567'890'123)), QStringLiteral("1.235 Tbit/s"));
    }
};

QTEST_GUILESS_MAIN(CongestionLayoutTest)
#include "congestionlayouttest.moc"
