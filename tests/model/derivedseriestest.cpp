// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/derivedseries.h"
#include "model/lossmarks.h"
#include "model/rangestatistics.h"
#include "model/ratewindows.h"
#include "tests/support/tracebuilder.h"

#include <QTest>

#include <random>

using namespace qlogscope;
using namespace qlogscope::testing;

/// Each rule of the derived series by a few facts that show it.
class DerivedSeriesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nothingIsNotZero();
    void streamBytesAreLargestOffsets();
    void streamOffsetsThatCannotBe();
    void connectionLimit_data();
    void connectionLimit();
    void connectionLimitOfZeroRtt();
    void streamLimits_data();
    void streamLimits();
    void streamLimitSum();
    void streamLimitSumOfUnknownStreams();
    void hugeLimitsSaturate();
    void blockedMarks();
    void rttSamples();
    void rttOfZeroRttPackets();
    void rttOfSpacesIsApart();
    void goodputCountsBytesOnce();
    void ratesOverAWindow();
    void rateWindows();
    void rateWindowsAreAligned();
    void rateWindowsAreAsFineAsColumns();
    void metricsAndSamplesOfPathsAreApart();
    void bytesInFlightAreInferred();
    void bytesInFlightAreNotInferred_data();
    void bytesInFlightAreNotInferred();
    void handshakePacketsLeaveFlight();
    void lossesByPacketThreshold();
    void lossesByTimeThreshold();
    void lossesAreInferredForSomeWriters_data();
    void lossesAreInferredForSomeWriters();
    void mtuProbesAreNoLosses();
    void lossMarksOfTheLog();
    void statisticsOfARange();
    void statisticsOfAnEmptyRange();
    void lateFactsReplaceWhatWasShown();
    void piecesGiveTheSame_data();
    void piecesGiveTheSame();

private:
    static constexpr std::int64_t ms = 1'000'000;
};

namespace {

using enum TransportParameter;

std::vector<std::pair<double, std::int64_t>> samplesOf(const Series& series)
{
    std::vector<std::pair<double, std::int64_t>> samples;
    for (std::size_t i = 0; i < series.size(); ++i)
        samples.emplace_back(static_cast<double>(series.timeNs(i)) / 1e6, series.value(i));
    return samples;
}
std::vector<std::pair<double, std::int64_t>> valuesOf(const DeltaSeries& series)
{
    std::vector<std::pair<double, std::int64_t>> values;
    for (std::size_t i = 0; i < series.size(); ++i)
        values.emplace_back(static_cast<double>(series.timeNs(i)) / 1e6, series.valueBefore(i + 1));
    return values;
}
using Samples = std::vector<std::pair<double, std::int64_t>>;
constexpr std::uint64_t streamFrame = frames({FrameKind::Stream});
constexpr unsigned logged = PacketFramesLogged;

} // namespace

void DerivedSeriesTest::nothingIsNotZero()
{
    TraceBuilder log;
    log.sent(0, 0);
    log.row(1);
    log.metric(MetricKind::BytesInFlight, 0); // a logged 0 is one
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    for (const Direction direction : {Direction::Sent, Direction::Received}) {
        QVERIFY(derived.flowControl().streamBytes(direction).empty());
        QVERIFY(derived.flowControl().connectionLimit(direction).empty());
        QVERIFY(derived.flowControl().streamLimitSum(direction).empty());
        QVERIFY(derived.flowControl().blocked(direction).empty());
        QVERIFY(!derived.rates().hasGoodput(direction));
    }
    QVERIFY(derived.rtt().samples().empty());
    QVERIFY(derived.flight().bytesInFlight().empty());
    QCOMPARE(samplesOf(log.flush().metric(MetricKind::BytesInFlight)), (Samples{{1, 0}}));
}

void DerivedSeriesTest::streamBytesAreLargestOffsets()
{
    TraceBuilder log;
    log.sent(0, 0, 1200, streamFrame);
    log.stream(0, 0, 1000);
    log.stream(4, 0, 100);
    log.sent(1, 1, 1200, streamFrame);
    log.stream(0, 2000, 500); // leaves a hole: the largest offset counts
    log.sent(2, 2, 1200, streamFrame);
    log.stream(0, 1000, 1000);
    log.stream(4, 50, 100);
    log.received(3, 0, 1200, streamFrame);
    log.stream(0, 0, 30);
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    QCOMPARE(valuesOf(derived.flowControl().streamBytes(Direction::Sent)), (Samples{{0, 1100}, {1, 2600}, {2, 2650}}));
    QCOMPARE(valuesOf(derived.flowControl().streamBytes(Direction::Received)), (Samples{{3, 30}}));
}

void DerivedSeriesTest::streamOffsetsThatCannotBe()
{
    TraceBuilder log;
    log.sent(0, 0, 1200, streamFrame);
    log.stream(0, FlowControl::largest - 10, 10);
    log.stream(4, FlowControl::largest, 1);
    log.stream(8, UINT64_MAX - 1, 100);
    for (std::uint64_t id = 12; id < 24; id += 4)
        log.stream(id, FlowControl::largest - 1, 1);
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    QCOMPARE(valuesOf(derived.flowControl().streamBytes(Direction::Sent)), (Samples{{0, INT64_MAX}})); // four times 2^62
}

void DerivedSeriesTest::connectionLimit_data()
{
    QTest::addColumn<Direction>("direction");
    QTest::newRow("of the peer, for what is sent") << Direction::Sent;
    QTest::newRow("own, for what is received") << Direction::Received;
}

void DerivedSeriesTest::connectionLimit()
{
    QFETCH(Direction, direction);
    const bool isSent = direction == Direction::Sent;
    TraceBuilder log;
    log.parameter(0, isSent ? ParameterOwner::Local : ParameterOwner::Remote, InitialMaxData, 7); // of the other side
    log.parameter(0, ParameterOwner::Unknown, InitialMaxData, 8);
    log.parameter(1, isSent ? ParameterOwner::Remote : ParameterOwner::Local, InitialMaxData, 1000);
    const auto raise = [&](double at, std::uint64_t value) {
        if (isSent)
            log.received(at, static_cast<std::uint64_t>(at));
        else
            log.sent(at, static_cast<std::uint64_t>(at));
        log.limit(LimitKind::Data, LimitEvent::Raised, value);
    };
    raise(2, 5000);
    raise(3, 4000); // smaller: changes nothing
    raise(4, 6000);
    raise(5, LimitFact::none);
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    QCOMPARE(samplesOf(derived.flowControl().connectionLimit(direction)), (Samples{{1, 1000}, {2, 5000}, {4, 6000}}));
}

void DerivedSeriesTest::connectionLimitOfZeroRtt()
{
    TraceBuilder log;
    log.parameter(0, ParameterOwner::Remote, InitialMaxData, 1000, true);
    log.parameter(1, ParameterOwner::Remote, InitialMaxData, 400); // it may be smaller where 0-RTT was rejected
    log.parameter(2, ParameterOwner::Remote, InitialMaxData, 9000, true); // too late
    log.received(3, 0);
    log.limit(LimitKind::Data, LimitEvent::Raised, 2000);
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    QCOMPARE(samplesOf(derived.flowControl().connectionLimit(Direction::Sent)), (Samples{{0, 1000}, {1, 400}, {3, 2000}}));
}

void DerivedSeriesTest::streamLimits_data()
{
    QTest::addColumn<Role>("role");
    QTest::addColumn<Direction>("direction");
    QTest::addColumn<std::uint64_t>("streamId");
    QTest::addColumn<std::int64_t>("limit");
    // the receiver of the data sets it: 100 for bidi_local, 200 for bidi_remote, 300 for uni; the peer's are ten times as much
    const auto own = std::int64_t{1};
    const auto peers = std::int64_t{10};
    QTest::newRow("client sends on its bidi") << Role::Client << Direction::Sent << std::uint64_t{0} << 200 * peers;
    QTest::newRow("client sends on the server's bidi") << Role::Client << Direction::Sent << std::uint64_t{1} << 100 * peers;
    QTest::newRow("client sends on its uni") << Role::Client << Direction::Sent << std::uint64_t{2} << 300 * peers;
    QTest::newRow("client receives on its bidi") << Role::Client << Direction::Received << std::uint64_t{4} << 100 * own;
    QTest::newRow("client receives on the server's bidi") << Role::Client << Direction::Received << std::uint64_t{5} << 200 * own;
    QTest::newRow("client receives on the server's uni") << Role::Client << Direction::Received << std::uint64_t{3} << 300 * own;
    QTest::newRow("server sends on the client's bidi") << Role::Server << Direction::Sent << std::uint64_t{0} << 100 * peers;
    QTest::newRow("server sends on its bidi") << Role::Server << Direction::Sent << std::uint64_t{1} << 200 * peers;
    QTest::newRow("server sends on its uni") << Role::Server << Direction::Sent << std::uint64_t{3} << 300 * peers;
    QTest::newRow("server receives on the client's bidi") << Role::Server << Direction::Received << std::uint64_t{0} << 200 * own;
    QTest::newRow("server receives on its bidi") << Role::Server << Direction::Received << std::uint64_t{1} << 100 * own;
    QTest::newRow("server receives on the client's uni") << Role::Server << Direction::Received << std::uint64_t{2} << 300 * own;
}

void DerivedSeriesTest::streamLimits()
{
    QFETCH(Role, role);
    QFETCH(Direction, direction);
    QFETCH(std::uint64_t, streamId);
    QFETCH(std::int64_t, limit);
    TraceBuilder log(role);
    for (const auto& [owner, factor] : {std::pair{ParameterOwner::Local, std::uint64_t{1}}, std::pair{ParameterOwner::Remote, std::uint64_t{10}}}) {
        log.parameter(0, owner, InitialMaxStreamDataBidiLocal, 100 * factor);
        log.parameter(0, owner, InitialMaxStreamDataBidiRemote, 200 * factor);
        log.parameter(0, owner, InitialMaxStreamDataUni, 300 * factor);
    }
    if (direction == Direction::Sent)
        log.sent(1, 0, 1200, streamFrame);
    else
        log.received(1, 0, 1200, streamFrame);
    log.stream(streamId, 0, 10);
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    QCOMPARE(samplesOf(derived.flowControl().streamLimitSum(direction)), (Samples{{1, limit}}));
    const Direction other = direction == Direction::Sent ? Direction::Received : Direction::Sent;
    QVERIFY(derived.flowControl().streamLimitSum(other).empty()); // no data there
}

void DerivedSeriesTest::streamLimitSum()
{
    TraceBuilder log;
    log.parameter(0, ParameterOwner::Remote, InitialMaxStreamDataBidiRemote, 50, true);
    log.received(1, 0);
    log.limit(LimitKind::StreamData, LimitEvent::Raised, 500, 4); // before it carries data
    log.sent(2, 0, 1200, streamFrame);
    log.stream(0, 0, 10);
    log.parameter(3, ParameterOwner::Remote, InitialMaxStreamDataBidiRemote, 80); // binds the stream that is open
    log.sent(4, 1, 1200, streamFrame);
    log.stream(4, 0, 10);
    log.received(5, 1);
    log.limit(LimitKind::StreamData, LimitEvent::Raised, 200, 0);
    log.limit(LimitKind::StreamData, LimitEvent::Raised, 100, 0); // smaller
    log.limit(LimitKind::StreamData, LimitEvent::Raised, 900, 8); // carries nothing
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    QCOMPARE(samplesOf(derived.flowControl().streamLimitSum(Direction::Sent)), (Samples{{2, 50}, {3, 80}, {4, 580}, {5, 700}}));
}

void DerivedSeriesTest::streamLimitSumOfUnknownStreams()
{
    TraceBuilder log;
    log.sent(0, 0, 1200, streamFrame);
    log.stream(0, 0, 10);
    log.parameter(1, ParameterOwner::Remote, InitialMaxStreamDataBidiRemote, 80); // the line begins where all are known
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    QCOMPARE(samplesOf(derived.flowControl().streamLimitSum(Direction::Sent)), (Samples{{1, 80}}));
    log.sent(2, 1, 1200, streamFrame);
    log.stream(2, 0, 10); // no limit of unidirectional streams is logged: a sum without it would be wrong
    log.flush();
    QVERIFY(derived.advance());
    QVERIFY(derived.flowControl().streamLimitSum(Direction::Sent).empty());

    TraceBuilder unknown(Role::Unknown); // who opened a stream is not known, so neither is which limit binds it
    unknown.parameter(0, ParameterOwner::Remote, InitialMaxStreamDataBidiRemote, 80);
    unknown.sent(1, 0, 1200, streamFrame);
    unknown.stream(0, 0, 10);
    DerivedSeries other(unknown.flush());
    QVERIFY(other.advance());
    QVERIFY(other.flowControl().streamLimitSum(Direction::Sent).empty());
}

void DerivedSeriesTest::hugeLimitsSaturate()
{
    TraceBuilder log;
    log.parameter(0, ParameterOwner::Remote, InitialMaxStreamDataBidiRemote, UINT64_MAX);
    log.sent(1, 0, 1200, streamFrame);
    log.stream(0, 0, 10);
    log.sent(2, 1, 1200, streamFrame);
    log.stream(4, 0, 10);
    log.stream(8, 0, 10);
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    QCOMPARE(samplesOf(derived.flowControl().streamLimitSum(Direction::Sent)),
             (Samples{{1, static_cast<std::int64_t>(FlowControl::largest)}, {2, INT64_MAX}}));
}

void DerivedSeriesTest::blockedMarks()
{
    TraceBuilder log;
    log.parameter(0, ParameterOwner::Remote, InitialMaxData, 1000);
    log.sent(1, 0);
    log.limit(LimitKind::Data, LimitEvent::Blocked, 1000);
    log.sent(2, 1);
    log.limit(LimitKind::StreamData, LimitEvent::Blocked, LimitFact::none, 0); // neither logged nor known
    log.row(3);
    log.limit(LimitKind::Data, LimitEvent::BlockedEvent, LimitFact::none, LimitFact::none, BlockedReason::ConnectionFlowControl);
    log.row(4);
    log.limit(LimitKind::Data, LimitEvent::BlockedEvent, LimitFact::none, LimitFact::none, BlockedReason::Pacing); // not by a limit
    log.row(5);
    log.limit(LimitKind::Data, LimitEvent::UnblockedEvent, LimitFact::none);
    log.sent(6, 2);
    log.limit(LimitKind::StreamsBidi, LimitEvent::Blocked, 3); // counts streams, not bytes
    log.received(7, 0);
    log.limit(LimitKind::StreamData, LimitEvent::Blocked, 77, 0);
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    const auto& marks = derived.flowControl().blocked(Direction::Sent);
    QCOMPARE(marks.size(), std::size_t{4});
    QCOMPARE(marks[0].value.value_or(0), std::uint64_t{1000});
    QVERIFY(!marks[0].isInferred);
    QVERIFY(!marks[1].value);
    QCOMPARE(marks[2].value.value_or(0), std::uint64_t{1000});
    QVERIFY(marks[2].isInferred);
    QVERIFY(!marks[3].value);
    QCOMPARE(derived.flowControl().blocked(Direction::Received).size(), std::size_t{1});
    QCOMPARE(derived.flowControl().blocked(Direction::Received)[0].value.value_or(0), std::uint64_t{77});
}

void DerivedSeriesTest::rttSamples()
{
    TraceBuilder log;
    for (unsigned i = 0; i < 8; ++i)
        log.sent(i, i);
    log.sent(8, 8, 40, frames({FrameKind::Ack}));
    log.sent(9, 9, 40, frames({FrameKind::Padding}));
    log.sent(10, 10, 1200, 0, PacketType::OneRtt, 0); // frames are not logged
    log.received(20, 0);
    log.acked(0, 1);
    log.received(21, 1);
    log.acked(3, 3, false); // fills a hole: the largest packet is no news
    log.received(22, 2);
    log.acked(2, 2);
    log.acked(4, 7, true); // another ACK of the record: the largest of both
    log.received(23, 3);
    log.acked(8, 9); // nothing that elicits an ACK
    log.received(24, 4);
    log.acked(10, 10);
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    QCOMPARE(samplesOf(derived.rtt().samples()), (Samples{{20, 19 * ms}, {22, 15 * ms}, {24, 14 * ms}}));
}

void DerivedSeriesTest::rttOfZeroRttPackets()
{
    TraceBuilder log;
    log.sent(0, 0, 1200, streamFrame, PacketType::ZeroRtt);
    log.stream(0, 0, 1000);
    log.sent(5, 1, 1200, streamFrame);
    log.stream(0, 1000, 500);
    log.received(30, 0);
    log.acked(0, 1); // in a 1-RTT ACK: they share a number space
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    QCOMPARE(log.flush().ackedBars(Direction::Sent).size(), std::size_t{2});
    QCOMPARE(samplesOf(derived.rtt().samples()), (Samples{{30, 25 * ms}}));
    QCOMPARE(valuesOf(derived.rates().goodput(Direction::Sent)), (Samples{{30, 1500}}));
    QCOMPARE(valuesOf(derived.flight().bytesInFlight()), (Samples{{0, 1200}, {5, 2400}, {30, 0}}));
}

void DerivedSeriesTest::rttOfSpacesIsApart()
{
    TraceBuilder log;
    log.sent(0, 0, 1200, frames({FrameKind::Crypto}), PacketType::Initial);
    log.sent(2, 0, 1200, frames({FrameKind::Ack}), PacketType::Handshake);
    log.received(10, 0, 1200, frames({FrameKind::Ack}), PacketType::Initial);
    log.acked(0, 0, true, PacketNumberSpace::Initial);
    log.acked(0, 0, true, PacketNumberSpace::Handshake); // no sample: what the other space acknowledges does not count
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    QCOMPARE(samplesOf(derived.rtt().samples()), (Samples{{10, 10 * ms}}));
}

void DerivedSeriesTest::goodputCountsBytesOnce()
{
    TraceBuilder log;
    log.sent(0, 0, 1200, streamFrame);
    log.stream(0, 0, 1000);
    log.sent(1, 1, 1200, streamFrame);
    log.stream(0, 1000, 1000);
    log.stream(4, 0, 50);
    log.sent(2, 2, 1200, streamFrame);
    log.stream(0, 500, 1000); // again, in part
    log.received(10, 0, 1200, streamFrame | frames({FrameKind::Ack}));
    log.acked(2, 2);
    log.stream(0, 0, 100);
    log.received(11, 1, 1200, streamFrame | frames({FrameKind::Ack}));
    log.acked(0, 1, false);
    log.stream(0, 50, 100);
    log.received(12, 2, 1200, streamFrame);
    log.stream(0, 0, 120); // seen before
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    QCOMPARE(valuesOf(derived.rates().goodput(Direction::Sent)), (Samples{{10, 1000}, {11, 2050}}));
    QCOMPARE(valuesOf(derived.rates().goodput(Direction::Received)), (Samples{{10, 100}, {11, 150}}));
}

void DerivedSeriesTest::ratesOverAWindow()
{
    for (const bool isBackward : {false, true}) {
        TraceBuilder log;
        log.sent(0, 0, 100);
        log.sent(isBackward ? 3 : 1, 1, 200);
        log.sent(isBackward ? 1 : 3, 2, 400);
        DerivedSeries derived(log.flush());
        QVERIFY(derived.advance());
        const TransferRates& rates = derived.rates();
        QCOMPARE(rates.packetBytesIn(Direction::Sent, {0, 1}), std::uint64_t{100});
        QCOMPARE(rates.packetBytesIn(Direction::Sent, {0, ms}), std::uint64_t{100}); // the end is not in it
        QCOMPARE(rates.packetBytesIn(Direction::Sent, {0, ms + 1}), std::uint64_t{isBackward ? 500U : 300U});
        QCOMPARE(rates.packetBytesIn(Direction::Sent, {1, 3 * ms + 1}), std::uint64_t{600});
        QCOMPARE(rates.packetBytesIn(Direction::Sent, {5, 5}), std::uint64_t{0});
        QCOMPARE(rates.packetBytesIn(Direction::Received, {0, 4 * ms}), std::uint64_t{0});
    }
    QCOMPARE(bitsPerSecond(125'000, 1'000'000'000), 1'000'000);
    QCOMPARE(bitsPerSecond(1, 3), 2'666'666'667);
    QCOMPARE(bitsPerSecond(std::uint64_t{1} << 40, 1'000'000'000), std::int64_t{1} << 43);
    QCOMPARE(bitsPerSecond(1, 0), 0);
}

void DerivedSeriesTest::rateWindows()
{
    QCOMPARE(rateWindowNs({0, 0}), ms);
    QCOMPARE(rateWindowNs({0, 200 * ms}), ms);
    QCOMPARE(rateWindowNs({0, 201 * ms}), 2 * ms);
    QCOMPARE(rateWindowNs({0, 1000 * ms}), 5 * ms);
    QCOMPARE(rateWindowNs({0, 1001 * ms}), 10 * ms);
    QCOMPARE(rateWindowNs({0, 60'000 * ms}), 500 * ms);
    QVERIFY(rateWindowNs({INT64_MIN, INT64_MAX}) > 0);
}

/// To multiples of their length; cut to what is logged, and never so short that one packet is a burst.
void DerivedSeriesTest::rateWindowsAreAligned()
{
    const RateWindows windows({3, 48}, 0, 10);
    QCOMPARE(windows.at(5), (TimeRange{3, 10}));
    QCOMPARE(windows.at(10), (TimeRange{10, 20}));
    QCOMPARE(windows.at(39), (TimeRange{30, 40}));
    QCOMPARE(windows.at(47), (TimeRange{40, 48}));
    QCOMPARE(windows.at(-100), (TimeRange{3, 10})); // outside: the first and the last
    QCOMPARE(windows.at(100), (TimeRange{40, 48}));
    const RateWindows joined({16, 34}, 0, 10); // less than half of the first and the last window is logged
    QCOMPARE(joined.at(16), (TimeRange{16, 34}));
    QCOMPARE(joined.at(33), (TimeRange{16, 34}));
    const RateWindows shifted({100, 200}, 105, 50);
    QCOMPARE(shifted.at(100), (TimeRange{100, 155}));
    QCOMPARE(shifted.at(199), (TimeRange{155, 200}));
    QCOMPARE(RateWindows({7, 9}, 0, 100).at(8), (TimeRange{7, 9})); // all there is
    QVERIFY(RateWindows({}, 0, 10).at(5).isEmpty());
}

void DerivedSeriesTest::rateWindowsAreAsFineAsColumns()
{
    QCOMPARE(shownRateWindowNs({0, 1000 * ms}, 100, 0), 5 * ms); // by the range
    QCOMPARE(shownRateWindowNs({0, 1000 * ms}, 100, 10 * ms), 10 * ms);
    QCOMPARE(shownRateWindowNs({0, 4000 * ms}, 100, 10 * ms), 10 * ms); // four in a column
    QCOMPARE(shownRateWindowNs({0, 4001 * ms}, 100, 10 * ms), 20 * ms);
    QCOMPARE(shownRateWindowNs({0, 9000 * ms}, 100, 10 * ms), 50 * ms);
    QCOMPARE(shownRateWindowNs({0, ms}, 100, 1000 * ms), 1000 * ms);
}

/// Two multipath paths with numbers of their own: no value of one is in the series of the other.
void DerivedSeriesTest::metricsAndSamplesOfPathsAreApart()
{
    TraceBuilder log;
    log.sent(0, 0);
    log.onPath(2);
    log.metric(MetricKind::CongestionWindow, 2'000, 2);
    log.sent(1, 0);
    log.metric(MetricKind::CongestionWindow, 1'000, 0);
    log.received(10, 0);
    log.acked(0, 0);
    log.received(40, 1);
    log.acked(0, 0);
    log.onPath(2);
    log.metric(MetricKind::CongestionWindow, 3'000, 2);
    const Trace& trace = log.flush();
    const auto& windows = trace.metricPaths(MetricKind::CongestionWindow);
    QCOMPARE(windows.size(), std::size_t{2});
    QCOMPARE(windows[0].pathId, 0U);
    QCOMPARE(samplesOf(windows[0].series), (Samples{{1, 1'000}}));
    QCOMPARE(windows[1].pathId, 2U);
    QCOMPARE(samplesOf(windows[1].series), (Samples{{0, 2'000}, {40, 3'000}}));
    QCOMPARE(samplesOf(trace.metric(MetricKind::CongestionWindow)), (Samples{{1, 1'000}}));
    QCOMPARE(trace.metricPaths(MetricKind::Ssthresh).size(), std::size_t{1});

    DerivedSeries derived(trace);
    QVERIFY(derived.advance());
    QCOMPARE(samplesOf(derived.rtt().samples()), (Samples{{10, 9 * ms}, {40, 40 * ms}}));
    QCOMPARE(derived.rtt().paths().size(), std::size_t{2});
    QCOMPARE(samplesOf(derived.rtt().paths()[0].series), (Samples{{10, 9 * ms}}));
    QCOMPARE(samplesOf(derived.rtt().paths()[1].series), (Samples{{40, 40 * ms}}));
}

void DerivedSeriesTest::bytesInFlightAreInferred()
{
    TraceBuilder log(Role::Client, Writer::OpenSsl);
    log.sent(0, 0, 1000);
    log.sent(1, 1, 500, frames({FrameKind::Ack})); // not in flight
    log.sent(2, 2, 300, frames({FrameKind::Ack, FrameKind::Padding})); // padding is
    log.sent(3, 3, 700);
    log.received(10, 0);
    log.acked(0, 1);
    log.lost(11, 2);
    log.received(12, 1);
    log.acked(2, 2, false); // it was not lost: it leaves once only
    log.received(13, 2);
    log.acked(3, 3);
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    QCOMPARE(valuesOf(derived.flight().bytesInFlight()), (Samples{{0, 1000}, {2, 1300}, {3, 2000}, {10, 1000}, {11, 700}, {13, 0}}));
    QVERIFY(derived.flight().losses().empty());
}

void DerivedSeriesTest::bytesInFlightAreNotInferred_data()
{
    QTest::addColumn<bool>("isLogged");
    QTest::addColumn<unsigned>("flags");
    QTest::addColumn<bool>("isAcked");
    QTest::newRow("logged") << true << logged << true;
    QTest::newRow("a size is missing") << false << (logged | PacketSizeMissing) << true;
    QTest::newRow("no ACK is logged") << false << logged << false;
}

void DerivedSeriesTest::bytesInFlightAreNotInferred()
{
    QFETCH(bool, isLogged);
    QFETCH(unsigned, flags);
    QFETCH(bool, isAcked);
    TraceBuilder log;
    log.sent(0, 0, 1000, frames({FrameKind::Ping}), PacketType::OneRtt, flags);
    log.sent(0, 1, 1000);
    if (isLogged)
        log.metric(MetricKind::BytesInFlight, 1000);
    log.received(1, 0);
    if (isAcked)
        log.acked(0, 0);
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    QVERIFY(derived.flight().bytesInFlight().empty());
    QCOMPARE(derived.flight().currentBytes(), isAcked ? 1000 : 2000); // for those who need it all the same
}

void DerivedSeriesTest::handshakePacketsLeaveFlight()
{
    TraceBuilder log;
    log.sent(0, 0, 1200, frames({FrameKind::Crypto}), PacketType::Initial);
    log.sent(1, 0, 300, frames({FrameKind::Crypto}), PacketType::Handshake); // the client's Initial keys are gone
    log.sent(2, 0, 100, frames({FrameKind::Ping}));
    log.received(3, 0, 50, frames({FrameKind::HandshakeDone, FrameKind::Ack}));
    log.acked(0, 0);
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    QCOMPARE(valuesOf(derived.flight().bytesInFlight()), (Samples{{0, 1200}, {1, 300}, {2, 400}, {3, 0}}));
}

void DerivedSeriesTest::lossesByPacketThreshold()
{
    TraceBuilder log(Role::Client, Writer::Quiche);
    for (unsigned i = 0; i < 6; ++i)
        log.sent(0.1 * i, i);
    log.received(10, 0);
    log.acked(2, 2); // two newer than 0
    log.received(10.1, 1);
    log.acked(3, 3); // 0 is three older
    log.received(10.2, 2);
    log.acked(0, 0, false); // it was not lost
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    const auto& losses = derived.flight().losses();
    QCOMPARE(losses.size(), std::size_t{1});
    QCOMPARE(losses[0].packet, PacketId(0U));
    QCOMPARE(log.flush().events().timeNs(losses[0].row), 10'100'000);
    QCOMPARE(valuesOf(derived.flight().bytesInFlight()).back().second, 3 * 1200); // 1, 4 and 5
}

void DerivedSeriesTest::lossesByTimeThreshold()
{
    TraceBuilder log(Role::Client, Writer::Quiche);
    log.sent(0, 0);
    log.sent(1, 1);
    log.received(9, 0);
    log.acked(1, 1); // an RTT of 8 ms: packet 0 counts as lost 9 ms after it was sent, so at once
    log.sent(20, 2);
    log.sent(20, 3);
    log.received(28, 1);
    log.acked(3, 3);
    log.sent(28.9, 4); // not yet
    log.received(29, 2); // 9 ms
    log.sent(30, 5);
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    const auto& losses = derived.flight().losses();
    QCOMPARE(losses.size(), std::size_t{2});
    QCOMPARE(losses[0].packet, PacketId(0U));
    QCOMPARE(log.flush().events().timeNs(losses[0].row), 9 * ms);
    QCOMPARE(losses[1].packet, PacketId(2U));
    QCOMPARE(log.flush().events().timeNs(losses[1].row), 29 * ms);
}

void DerivedSeriesTest::lossesAreInferredForSomeWriters_data()
{
    QTest::addColumn<Writer>("writer");
    QTest::addColumn<bool>("isInferred");
    for (const Writer writer : {Writer::Quiche, Writer::Mvfst, Writer::Imquic, Writer::QuiclyAdapter, Writer::Pcap2qlog})
        QTest::newRow(text(writer)) << writer << true;
    for (const Writer writer : {Writer::Unknown, Writer::Neqo, Writer::QuicGo, Writer::OpenSsl, Writer::Picoquic, Writer::Ngtcp2, Writer::Aioquic})
        QTest::newRow(writer == Writer::Unknown ? "unknown" : text(writer)) << writer << false; // they log what is lost, so nothing was
}

void DerivedSeriesTest::lossesAreInferredForSomeWriters()
{
    QFETCH(Writer, writer);
    QFETCH(bool, isInferred);
    TraceBuilder log(Role::Client, writer);
    for (unsigned i = 0; i < 6; ++i)
        log.sent(0.1 * i, i);
    log.received(10, 0);
    log.acked(5, 5);
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    QCOMPARE(derived.flight().losses().size(), std::size_t{isInferred ? 3U : 0U}); // 3 and 4 are too new
    QCOMPARE(valuesOf(derived.flight().bytesInFlight()).back().second, isInferred ? 2 * 1200 : 5 * 1200);
}

void DerivedSeriesTest::mtuProbesAreNoLosses()
{
    TraceBuilder log(Role::Client, Writer::Quiche);
    log.sent(0, 0, 1450, frames({FrameKind::Ping, FrameKind::Padding}), PacketType::OneRtt, logged | PacketMtuProbe);
    for (unsigned i = 1; i < 5; ++i)
        log.sent(i, i);
    log.received(10, 0);
    log.acked(1, 4);
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    QVERIFY(derived.flight().losses().empty());
    QCOMPARE(derived.flight().currentBytes(), 0); // but it is in flight no longer

    TraceBuilder writer; // one that logs them
    writer.sent(0, 0, 1450, frames({FrameKind::Ping}), PacketType::OneRtt, logged | PacketMtuProbe);
    writer.sent(0, 1);
    writer.sent(0, 2);
    writer.lost(1, 0);
    writer.lost(1, 1, false, true);
    writer.lost(1, 2);
    DerivedSeries other(writer.flush());
    QVERIFY(other.advance());
    QCOMPARE(lossMarks(writer.flush()).size(), std::size_t{3});
    QCOMPARE(rangeStatistics(writer.flush(), other, Direction::Sent, {0, 2 * ms}).lostPackets.value_or(99), std::uint64_t{1});
}

void DerivedSeriesTest::lossMarksOfTheLog()
{
    TraceBuilder log;
    for (unsigned i = 0; i < 4; ++i)
        log.sent(i, i);
    log.lost(10, 1);
    log.lost(11, 0);
    log.lost(12, 1); // once more
    log.lost(13, 9); // not in the log
    log.received(14, 0);
    log.acked(0, 0, false);
    log.lost(15, 2, true); // an event that takes back a loss
    log.lost(16, 0, true); // the ACK came first
    log.lost(17, 3);
    const Trace& trace = log.flush();
    const auto numbers = [&trace](const std::vector<LossMark>& marks) {
        Samples list;
        for (const LossMark& mark : marks)
            list.emplace_back(static_cast<double>(trace.events().timeNs(mark.row)) / 1e6, static_cast<std::int64_t>(mark.number));
        return list;
    };
    QCOMPARE(numbers(lossMarks(trace)), (Samples{{10, 1}, {11, 0}, {13, 9}, {17, 3}}));
    QCOMPARE(numbers(spuriousMarks(trace)), (Samples{{14, 0}, {15, 2}}));
    QVERIFY(!lossMarks(trace)[2].packet.isValid());
    QCOMPARE(lossMarks(trace).size(), trace.packetsLost());
    QCOMPARE(spuriousMarks(trace).size(), trace.packetsSpurious());
}

void DerivedSeriesTest::statisticsOfARange()
{
    TraceBuilder log;
    for (unsigned i = 0; i < 20; ++i) {
        log.sent(i, i, 1000, i == 19 ? frames({FrameKind::Ack}) : streamFrame);
        log.stream(0, 800 * i, 800);
    }
    for (unsigned i = 0; i < 20; ++i) {
        log.received(30 + i, i, 40, i % 2 == 0 ? frames({FrameKind::Ack}) : frames({FrameKind::Ping}));
        if (i != 3 && i != 5)
            log.acked(i, i);
    }
    log.lost(60, 3);
    log.lost(61, 5);
    log.received(62, 20);
    log.acked(5, 5, false); // spurious
    const Trace& trace = log.flush();
    DerivedSeries derived(trace);
    QVERIFY(derived.advance());
    const RangeStatistics all = rangeStatistics(trace, derived, Direction::Sent, {0, 100 * ms});
    QCOMPARE(all.packets, std::uint64_t{20});
    QCOMPARE(all.bytes, std::uint64_t{20'000});
    QCOMPARE(all.bitsPerSecond.value_or(0), 1'600'000);
    QCOMPARE(all.goodputBitsPerSecond.value_or(0), 19 * 800 * 8 * 10);
    QCOMPARE(all.ackElicitingPackets, std::uint64_t{19});
    QCOMPARE(all.lostPackets.value_or(0), std::uint64_t{1});
    QCOMPARE(all.lossShare().value_or(0), 1.0 / 19);
    QCOMPARE(all.acks, std::uint64_t{11});
    QCOMPARE(all.packetsPerAck().value_or(0), 20.0 / 11);
    QVERIFY(all.rtt.has_value());
    QCOMPARE(all.rtt->samples, std::uint64_t{17}); // 19 is not ack-eliciting
    QCOMPARE(all.rtt->minNs, 30 * ms);
    QCOMPARE(all.rtt->maxNs, 30 * ms);
    const RangeStatistics part = rangeStatistics(trace, derived, Direction::Sent, {5 * ms, 10 * ms}); // 5 to 9
    QCOMPARE(part.packets, std::uint64_t{5});
    QCOMPARE(part.lostPackets.value_or(9), std::uint64_t{0});
    QVERIFY(!part.rtt && !part.packetsPerAck());
    const RangeStatistics received = rangeStatistics(trace, derived, Direction::Received, {0, 100 * ms});
    QCOMPARE(received.packets, std::uint64_t{21});
    QVERIFY(!received.lostPackets && !received.lossShare() && !received.goodputBitsPerSecond);
    QCOMPARE(received.packetsPerAck().value_or(0), 21.0); // one packet sent has an ACK

    TraceBuilder ranks; // RTTs of 1 to 20 ms
    for (unsigned i = 0; i < 20; ++i) {
        ranks.sent(100 * i, i);
        ranks.received(100 * i + i + 1, i);
        ranks.acked(i, i);
    }
    DerivedSeries ranked(ranks.flush());
    QVERIFY(ranked.advance());
    const auto rtt = rangeStatistics(ranks.flush(), ranked, Direction::Sent, {0, 3000 * ms}).rtt;
    QVERIFY(rtt.has_value());
    QCOMPARE(rtt->minNs, 1 * ms);
    QCOMPARE(rtt->medianNs, 10 * ms); // nearest rank: no mean of two
    QCOMPARE(rtt->p95Ns, 19 * ms);
    QCOMPARE(rtt->maxNs, 20 * ms);
}

void DerivedSeriesTest::statisticsOfAnEmptyRange()
{
    TraceBuilder log;
    log.sent(0, 0);
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    for (const TimeRange range : {TimeRange{0, 0}, TimeRange{5 * ms, 4 * ms}}) {
        const RangeStatistics nothing = rangeStatistics(log.flush(), derived, Direction::Sent, range);
        QCOMPARE(nothing.packets, std::uint64_t{0});
        QVERIFY(!nothing.bitsPerSecond && !nothing.lostPackets && !nothing.rtt && !nothing.lossShare());
    }
}

void DerivedSeriesTest::lateFactsReplaceWhatWasShown()
{
    TraceBuilder log;
    log.sent(10, 0, 1200, streamFrame);
    log.stream(0, 0, 1000);
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    log.sent(5, 1, 1200, streamFrame); // earlier than what was there
    log.stream(0, 0, 300);
    log.flush();
    QVERIFY(!derived.advance(1));
    QCOMPARE(valuesOf(derived.flowControl().streamBytes(Direction::Sent)), (Samples{{10, 1000}})); // until the new ones are complete
    while (!derived.advance(1)) { }
    QCOMPARE(valuesOf(derived.flowControl().streamBytes(Direction::Sent)), (Samples{{5, 300}, {10, 1000}}));
    log.sent(20, 2, 1200, streamFrame);
    log.stream(0, 1000, 1000);
    log.flush();
    QVERIFY(derived.advance());
    QCOMPARE(valuesOf(derived.flowControl().streamBytes(Direction::Sent)), (Samples{{5, 300}, {10, 1000}, {20, 2000}}));
}

void DerivedSeriesTest::piecesGiveTheSame_data()
{
    QTest::addColumn<int>("jitterMs");
    QTest::newRow("in the order of time") << 0;
    QTest::newRow("nearly in the order of time") << 3;
    QTest::newRow("out of order") << 400;
}

void DerivedSeriesTest::piecesGiveTheSame()
{
    QFETCH(int, jitterMs);
    // one log twice: at once, and growing by a few rows at a time with the series advanced in slices in between
    const auto play = [jitterMs](TraceBuilder* log, const std::function<void()>& grown) {
        std::mt19937 random(11);
        std::uint64_t nextAcked = 0;
        for (unsigned i = 0; i < 3'000; ++i) {
            const double at = i + (jitterMs == 0 ? 0 : static_cast<double>(random() % static_cast<unsigned>(jitterMs)));
            if (i % 50 == 0)
                log->parameter(at, ParameterOwner::Remote, i % 100 == 0 ? InitialMaxData : InitialMaxStreamDataBidiRemote, 1000 + i, i < 200);
            log->sent(at, i, static_cast<std::uint32_t>(100 + random() % 1000), streamFrame);
            log->stream(4 * (random() % 20), random() % 100'000, 100);
            if (random() % 3 == 0) {
                log->received(at + 0.5, i);
                log->limit(random() % 2 == 0 ? LimitKind::Data : LimitKind::StreamData, LimitEvent::Raised, 10 * i, 4 * (random() % 20));
                const std::uint64_t last = std::max<std::uint64_t>(nextAcked, i - std::min(i, 5U));
                if (random() % 10 != 0)
                    log->acked(nextAcked, last);
                nextAcked = last + 1;
            }
            if (random() % 40 == 0)
                grown();
        }
    };
    TraceBuilder whole(Role::Client, Writer::Quiche);
    play(&whole, [] {});
    DerivedSeries expected(whole.flush());
    QVERIFY(expected.advance());

    TraceBuilder growing(Role::Client, Writer::Quiche);
    DerivedSeries derived(growing.flush());
    std::mt19937 random(5);
    play(&growing, [&] {
        growing.flush();
        for (int slice = 0; slice < 3; ++slice)
            (void)derived.advance(random() % 60); // it may stay behind
    });
    growing.flush();
    while (!derived.advance(97)) { }
    for (const Direction direction : {Direction::Sent, Direction::Received}) {
        QCOMPARE(valuesOf(derived.flowControl().streamBytes(direction)), valuesOf(expected.flowControl().streamBytes(direction)));
        QCOMPARE(samplesOf(derived.flowControl().connectionLimit(direction)), samplesOf(expected.flowControl().connectionLimit(direction)));
        QCOMPARE(samplesOf(derived.flowControl().streamLimitSum(direction)), samplesOf(expected.flowControl().streamLimitSum(direction)));
        QCOMPARE(valuesOf(derived.rates().goodput(direction)), valuesOf(expected.rates().goodput(direction)));
        const TimeRange range{500 * ms, 2000 * ms};
        QCOMPARE(derived.rates().packetBytesIn(direction, range), expected.rates().packetBytesIn(direction, range));
    }
    QVERIFY(expected.flowControl().streamBytes(Direction::Sent).size() > 100 && expected.rtt().samples().size() > 100);
    QCOMPARE(samplesOf(derived.rtt().samples()), samplesOf(expected.rtt().samples()));
    QCOMPARE(valuesOf(derived.flight().bytesInFlight()), valuesOf(expected.flight().bytesInFlight()));
    QCOMPARE(derived.flight().losses().size(), expected.flight().losses().size());
    QVERIFY(!expected.flight().losses().empty());
    QCOMPARE(derived.limitedBy().size(), expected.limitedBy().size());
}

QTEST_GUILESS_MAIN(DerivedSeriesTest)
#include "derivedseriestest.moc"
