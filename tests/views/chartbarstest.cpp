// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/tracebuilder.h"
#include "views/congestion/barsource.h"
#include "views/congestion/charttrace.h"

#include <QtTest>

#include <limits>

using namespace qlogscope;
using testing::frames;

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t allTime = std::numeric_limits<std::int64_t>::max();

/// "5:[0..1000) 10:[1000..2000)": times in ms.
QString textOf(const BarSource& bars)
{
    QStringList texts;
    for (std::size_t i = 0; i < bars.size(); ++i) {
        const ByteSpan span = bars.span(i);
        texts << QStringLiteral("%1:[%2..%3)").arg(bars.timeNs(i) / ms).arg(span.from).arg(span.to);
    }
    return texts.join(QLatin1Char(' '));
}

} // namespace

class ChartBarsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    /// Two streams, a packet that is lost and sent again, an Initial.
    void init()
    {
        m_builder = std::make_unique<testing::TraceBuilder>(Role::Server, Writer::Ngtcp2);
        m_builder->sent(1, 0, 1200, frames({FrameKind::Crypto}), PacketType::Initial);
        m_builder->sent(5, 0, 1100);
        m_builder->stream(0, 0, 1'000);
        m_builder->sent(6, 1, 1100);
        m_builder->stream(0, 1'000, 500);
        m_builder->stream(4, 0, 400, true);
        m_builder->sent(7, 2, 300);
        m_builder->received(40, 0);
        m_builder->acked(0, 0);
        m_builder->lost(45, 1);
        m_builder->sent(46, 3, 1100);
        m_builder->stream(0, 1'000, 500);
        m_builder->stream(0, 1'500, 0, true); // a FIN without data has no height
        m_builder->received(80, 1);
        m_builder->acked(1, 3);
        m_trace = &m_builder->flush();
    }

    void packetNumbers()
    {
        const ChartTrace chart = chartOf({Direction::Sent, BarScale::PacketNumber, {}, {}});
        QCOMPARE(textOf(chart, CongestionSeries::Sent), QStringLiteral("1:[0..1) 5:[0..1) 6:[1..2) 7:[2..3) 46:[3..4)"));
        QCOMPARE(textOf(chart, CongestionSeries::Acked), QStringLiteral("40:[0..1) 80:[1..2) 80:[2..3) 80:[3..4)"));
        QCOMPARE(textOf(chart, CongestionSeries::Lost), QStringLiteral("45:[1..2)"));
        QCOMPARE(textOf(chart, CongestionSeries::Spurious), QStringLiteral("80:[1..2)"));
        const CongestionLayout layout = layOutCongestion(chart.data(), 0, {0, 100 * ms}, 10);
        QCOMPARE(scaleTitle(layout), QStringLiteral("number of packets sent"));
        QCOMPARE(layout.states[indexOf(CongestionSeries::StreamBytes)], SeriesState::OtherUnit);
        QCOMPARE(layout.extents[indexOf(CongestionSeries::Sent)].high, 4);
    }

    void offsetsOfAllStreams()
    {
        const ChartTrace chart = chartOf({Direction::Sent, BarScale::StreamOffset, {}, {}});
        QCOMPARE(textOf(chart, CongestionSeries::Sent), QStringLiteral("5:[0..1000) 6:[1000..1500) 6:[0..400) 46:[1000..1500)"));
        QCOMPARE(textOf(chart, CongestionSeries::Acked), QStringLiteral("40:[0..1000) 80:[1000..1500) 80:[0..400) 80:[1000..1500)"));
        const ItemText text = qlogscope::textOf(chart.data(), 0, {CongestionSeries::Sent, 2, 2, 1});
        QCOMPARE(text.title, QStringLiteral("1-RTT 1 sent"));
        QCOMPARE(text.lines.front(), QStringLiteral("STREAM 4 [0 .. 400) FIN, 400 bytes"));
    }

    void offsetsOfOneStreamWithItsLimit()
    {
        m_builder->parameter(90, ParameterOwner::Remote, TransportParameter::InitialMaxStreamDataBidiLocal, 2'000);
        m_builder->received(95, 2);
        m_builder->limit(LimitKind::StreamData, LimitEvent::Raised, 7'000, 4);
        m_builder->limit(LimitKind::StreamData, LimitEvent::Raised, 6'000, 0);
        m_builder->limit(LimitKind::StreamData, LimitEvent::Raised, 5'000, 0); // not raised: changes nothing
        m_builder->flush();
        ChartTrace chart = chartOf({Direction::Sent, BarScale::StreamOffset, 0, {}});
        QCOMPARE(textOf(chart, CongestionSeries::Lost), QStringLiteral("45:[1000..1500)"));
        QCOMPARE(textOf(chart, CongestionSeries::Sent), QStringLiteral("5:[0..1000) 6:[1000..1500) 46:[1000..1500)"));
        const CongestionLayout layout = layOutCongestion(chart.data(), 0, {0, 100 * ms}, 100);
        QCOMPARE(scaleTitle(layout), QStringLiteral("offset in stream 0, sent"));
        QCOMPARE(nameOf(CongestionSeries::StreamLimitSum, layout), QStringLiteral("stream limit"));
        QCOMPARE(layout.line(CongestionSeries::StreamLimitSum),
                 StepLine({{90.5F, 2'000}, {95.5F, 2'000}, {95.5F, 6'000}}));
        const Series limit = limitOfStream(*m_trace, Direction::Sent, 0);
        QCOMPARE(limit.size(), std::size_t{2});
        QCOMPARE(limit.value(1), 6'000);
        QVERIFY(limitOfStream(*m_trace, Direction::Received, 0).empty());
        // another stream: its own limit only
        chart.choose({Direction::Sent, BarScale::StreamOffset, 4, {}});
        QVERIFY(chart.makeBars(allTime, nullptr));
        QCOMPARE(textOf(chart, CongestionSeries::Sent), QStringLiteral("6:[0..400)"));
        QCOMPARE(limitOfStream(*m_trace, Direction::Sent, 4).value(1), 7'000);
    }

    /// A lost packet without data of the stream has no bar, but stands in the strip.
    void theStripHasAllLosses()
    {
        const ChartTrace chart = chartOf({Direction::Sent, BarScale::StreamOffset, 8, {}});
        QCOMPARE(textOf(chart, CongestionSeries::Lost), QString());
        const CongestionLayout layout = layOutCongestion(chart.data(), 0, {0, 100 * ms}, 100);
        QCOMPARE(layout.lossCount, std::size_t{1});
        CongestionItem item{CongestionSeries::Lost, 0, 0, 1, true};
        QCOMPARE(qlogscope::textOf(chart.data(), 0, item).title, QStringLiteral("1-RTT 1 lost"));
        QCOMPARE(qlogscope::rowOf(chart.data(), item), m_trace->lostBars().row(0));
    }

    /// Bytes on the wire need no series of their own, but for spurious losses.
    void theTracesOwnBars()
    {
        const ChartTrace chart = chartOf({});
        QVERIFY(chart.data().bars->own(ChartBars::Sent) == nullptr);
        QCOMPARE(textOf(chart, CongestionSeries::Spurious), QStringLiteral("80:[2300..3400)"));
        const CongestionLayout layout = layOutCongestion(chart.data(), 0, {0, 100 * ms}, 10);
        QCOMPARE(layout.states[indexOf(CongestionSeries::Spurious)], SeriesState::Logged);
        QCOMPARE(layout.layer(CongestionSeries::Spurious).spans, std::vector<ByteSpan>({{2300, 3400}}));
    }

    /// What comes later is added, also a spurious loss of long ago.
    void growth()
    {
        ChartTrace chart = chartOf({Direction::Sent, BarScale::PacketNumber, {}, {}});
        m_builder->sent(90, 4);
        m_builder->lost(95, 4);
        m_builder->received(120, 2);
        m_builder->acked(4, 4);
        m_builder->flush();
        QVERIFY(chart.makeBars(allTime, nullptr));
        QVERIFY(textOf(chart, CongestionSeries::Sent).endsWith(QStringLiteral("46:[3..4) 90:[4..5)")));
        QCOMPARE(textOf(chart, CongestionSeries::Spurious), QStringLiteral("80:[1..2) 120:[4..5)"));
    }

    /// Rows that come out of order stand in order of time.
    void backwardTimes()
    {
        ChartTrace chart = chartOf({Direction::Sent, BarScale::PacketNumber, {}, {}});
        m_builder->sent(3, 9);
        m_builder->flush();
        QVERIFY(chart.makeBars(0, nullptr));
        QCOMPARE(textOf(chart, CongestionSeries::Sent), QStringLiteral("1:[0..1) 3:[9..10) 5:[0..1) 6:[1..2) 7:[2..3) 46:[3..4)"));
    }

    /// A writer that never logs losses: they are found by RFC 9002, and said to be.
    void inferredLosses()
    {
        testing::TraceBuilder builder(Role::Server, Writer::Quiche);
        for (std::uint64_t number = 0; number < 6; ++number)
            builder.sent(static_cast<double>(number), number, 1'000);
        builder.received(30, 0);
        builder.acked(0, 0);
        builder.received(40, 1);
        builder.acked(2, 5);
        builder.received(60, 2);
        builder.acked(1, 1);
        const Trace& trace = builder.flush();
        ChartTrace chart({&builder.document(), TraceId(std::size_t{0})});
        QVERIFY(chart.makeBars(allTime, nullptr));
        QCOMPARE(layOutCongestion(chart.data(), 0, {0, 100 * ms}, 10).states[indexOf(CongestionSeries::Lost)], SeriesState::NotLogged);
        QVERIFY(chart.derive(allTime));
        QVERIFY(chart.makeBars(allTime, nullptr));
        QCOMPARE(textOf(chart, CongestionSeries::Lost), QStringLiteral("40:[1000..2000)"));
        QCOMPARE(textOf(chart, CongestionSeries::Spurious), QStringLiteral("60:[1000..2000)"));
        const CongestionLayout layout = layOutCongestion(chart.data(), 0, {0, 100 * ms}, 10);
        QCOMPARE(layout.states[indexOf(CongestionSeries::Lost)], SeriesState::Inferred);
        QCOMPARE(layout.lossCount, std::size_t{1});
        QVERIFY(explanationOf(CongestionSeries::Lost, layout).contains(QStringLiteral("RFC 9002")));
        QCOMPARE(lossOf(chart.data(), PacketId(std::size_t{1})), trace.ackedBars(Direction::Sent).row(1));
        const ItemText text = qlogscope::textOf(chart.data(), 0, {CongestionSeries::Sent, 1, 1, 1});
        QVERIFY2(text.lines[2].startsWith(QStringLiteral("inferred lost at 40")), qPrintable(text.lines[2]));
    }

    /// One ACK may show any number of losses, and a writer may name some of them itself.
    void manyLossesAtOnceSomeOfThemLogged()
    {
        testing::TraceBuilder builder(Role::Server, Writer::Mvfst);
        constexpr int packets = 300;
        for (int number = 0; number < packets; ++number)
            builder.sent(number * 0.01, static_cast<std::uint64_t>(number), 1'000);
        builder.received(40, 0);
        builder.acked(packets - 1, packets - 1);
        builder.lost(50, 7);
        builder.flush();
        ChartTrace chart({&builder.document(), TraceId(std::size_t{0})});
        QVERIFY(chart.derive(allTime));
        QVERIFY(chart.makeBars(allTime, nullptr));
        const CongestionLayout layout = layOutCongestion(chart.data(), 0, {0, 100 * ms}, 10);
        QCOMPARE(layout.lossCount, std::size_t{packets - 1 - 2}); // the two before the acknowledged one are not old enough
        QCOMPARE(layout.states[indexOf(CongestionSeries::Lost)], SeriesState::Logged);
        const ChartData data = chart.data();
        const BarSource lost = BarSource::all(data, CongestionSeries::Lost);
        QCOMPARE(lost.size(), layout.lossCount);
        for (std::size_t i = 0; i < lost.size(); ++i)
            QCOMPARE(lost.isInferred(i), lost.packet(i).value != 7);
    }

    /// Losses of packets that the log does not have are not none.
    void lossesOfPacketsThatAreNotLogged()
    {
        testing::TraceBuilder builder(Role::Server, Writer::Ngtcp2);
        builder.sent(0, 100);
        builder.lost(10, 7);
        builder.flush();
        ChartTrace chart({&builder.document(), TraceId(std::size_t{0})});
        QVERIFY(chart.derive(allTime));
        QVERIFY(chart.makeBars(allTime, nullptr));
        const CongestionLayout layout = layOutCongestion(chart.data(), 0, {0, 100 * ms}, 10);
        QCOMPARE(layout.states[indexOf(CongestionSeries::Lost)], SeriesState::NoPackets);
        QVERIFY(explanationOf(CongestionSeries::Lost, layout).contains(QStringLiteral("not in this log")));
    }

    /// A probe of the path MTU that is lost is no loss.
    void mtuProbesAreNoLosses()
    {
        m_builder->sent(100, 4, 1'450, frames({FrameKind::Ping}), PacketType::OneRtt, PacketFramesLogged | PacketMtuProbe);
        m_builder->lost(140, 4);
        m_builder->sent(150, 5, 1'450);
        m_builder->lost(190, 5, false, true);
        m_builder->flush();
        const ChartTrace chart = chartOf({});
        QCOMPARE(textOf(chart, CongestionSeries::Lost), QStringLiteral("45:[2300..3400)"));
        QCOMPARE(layOutCongestion(chart.data(), 0, {0, 200 * ms}, 10).lossCount, std::size_t{1});
    }

private:
    [[nodiscard]] ChartTrace chartOf(const BarChoice& choice)
    {
        ChartTrace chart({&m_builder->document(), TraceId(std::size_t{0})});
        chart.choose(choice);
        if (!chart.derive(allTime) || !chart.makeBars(allTime, nullptr))
            qFatal("not made");
        return chart;
    }
    [[nodiscard]] static QString textOf(const ChartTrace& chart, CongestionSeries series)
    {
        const ChartData data = chart.data();
        return ::textOf(BarSource::all(data, series));
    }

    std::unique_ptr<testing::TraceBuilder> m_builder;
    const Trace* m_trace = nullptr;
};

QTEST_GUILESS_MAIN(ChartBarsTest)
#include "chartbarstest.moc"
