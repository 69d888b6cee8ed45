// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/statistics.h"

#include <QTest>

using namespace qlogscope;

/// The figures of a hand-made trace are those that one counts by hand; what is not logged is none, never zero.
class StatisticsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void emptyTraceHasNoMeasuredValues();
    void countsEventsByBothNames();
    void timesAreOnTheLogsClock();
    void countsPacketsByTypeAndSide();
    void measuresTheExtremes();
    void loggedZerosAreZeros();
    void countsStreams();
    void handshakeEndsAtTheBestSource_data();
    void handshakeEndsAtTheBestSource();
    void handshakeNeedsAnInitial();
    void lossesAreSpuriousWhenAckedLater_data();
    void lossesAreSpuriousWhenAckedLater();
    void closeIsTheEventCompletedByTheFrame_data();
    void closeIsTheEventCompletedByTheFrame();
    void closeIsTheFirstFrameWithoutAnEvent();
};

namespace {

constexpr TraceId trace(std::uint32_t{0});

/// A log that is written event by event; times in nanoseconds.
class Log
{
public:
    RowId event(std::int64_t timeNs, std::uint32_t name = 0, std::uint8_t flags = 0)
    {
        EventRow row;
        row.timeNs = timeNs;
        row.name = NameId(name);
        row.trace = trace;
        row.flags = flags;
        batch.rows.push_back(row);
        return RowId(batch.rows.size() - 1);
    }
    RowId packet(std::int64_t timeNs, Direction direction, PacketType type, std::uint64_t number,
                 std::uint32_t sizeBytes = 1'000)
    {
        PacketFact packet;
        packet.number = number;
        packet.row = event(timeNs);
        packet.sizeBytes = sizeBytes;
        packet.flags = direction == Direction::Received ? PacketReceivedFlag : 0;
        packet.type = type;
        batch.packets.push_back(packet);
        return packet.row;
    }
    void metric(std::int64_t timeNs, MetricKind kind, std::int64_t value)
    {
        batch.metrics.push_back({value, event(timeNs), kind});
    }
    void handshake(std::int64_t timeNs, HandshakeStep step) { batch.handshake.push_back({event(timeNs), step}); }
    void acked(std::int64_t timeNs, std::uint64_t first, std::uint64_t last)
    {
        batch.acked.push_back({first, last, event(timeNs)});
    }
    void lost(std::int64_t timeNs, std::uint64_t number, bool isSpurious = false)
    {
        LostFact fact;
        fact.number = number;
        fact.row = event(timeNs);
        fact.isSpurious = isSpurious;
        batch.lost.push_back(fact);
    }
    [[nodiscard]] TraceFigures figures() const
    {
        Document document("hand-made");
        EventBatch complete = batch;
        complete.newNames = {"transport:packet_sent", "TRANSPORT:Packet_Sent", "quic:packet_sent", "app:own"};
        if (complete.traces.empty())
            complete.traces = {{trace, {}}};
        document.append(complete);
        return figuresOf(document, trace);
    }

    EventBatch batch;
};

using Counts = std::map<std::string, std::uint64_t>;
using OptionalNs = std::optional<std::int64_t>;

CloseFact closeEvent()
{
    CloseFact close;
    close.initiator = "remote";
    close.reason = "bye";
    return close;
}

CloseFact closeFrame()
{
    CloseFact close;
    close.fromFrame = true;
    close.initiator = "remote";
    close.space = "application";
    close.code = 256;
    close.name = "H3_NO_ERROR";
    return close;
}

} // namespace

void StatisticsTest::emptyTraceHasNoMeasuredValues()
{
    const TraceFigures figures = Log().figures();
    QCOMPARE(figures.events, std::uint64_t{0});
    QCOMPARE(figures.durationNs, std::int64_t{0});
    for (const OptionalNs& value :
         {figures.firstTimeNs, figures.lastTimeNs, figures.minTimeNs, figures.maxTimeNs, figures.wallClockNs,
          figures.maxCongestionWindow, figures.maxBytesInFlight, figures.minRttNs, figures.smoothedRttMinNs,
          figures.smoothedRttMaxNs, figures.latestRttMinNs, figures.latestRttMaxNs, figures.handshakeNs})
        QCOMPARE(value, OptionalNs());
    QVERIFY(!figures.maxStreamId);
    QVERIFY(!figures.close);
    QVERIFY(figures.eventCounts.empty());
    QVERIFY(figures.sent.packets.empty());
}

void StatisticsTest::countsEventsByBothNames()
{
    Log log;
    for (const std::uint32_t name : {0U, 1U, 1U, 2U, 3U, 3U})
        log.event(0, name);
    log.event(0, 0, RowMalformed);
    const TraceFigures figures = log.figures();
    QCOMPARE(figures.events, std::uint64_t{6});
    QCOMPARE(figures.eventCounts, (Counts{{"app:own", 2}, {"quic:packet_sent", 4}}));
    QCOMPARE(figures.eventCountsLogged,
             (Counts{{"app:own", 2}, {"quic:packet_sent", 1}, {"transport:packet_sent", 3}}));
}

void StatisticsTest::timesAreOnTheLogsClock()
{
    Log log;
    log.event(7, 0, RowNoTime); // repeats a time that it does not have
    for (const std::int64_t time : {50, 20, 90, 60})
        log.event(time);
    log.batch.origins = {{trace, 1'000, 5'000}};
    const TraceFigures figures = log.figures();
    QCOMPARE(figures.firstTimeNs, OptionalNs(1'050));
    QCOMPARE(figures.lastTimeNs, OptionalNs(1'060));
    QCOMPARE(figures.minTimeNs, OptionalNs(1'020));
    QCOMPARE(figures.maxTimeNs, OptionalNs(1'090));
    QCOMPARE(figures.durationNs, std::int64_t{70});
    QCOMPARE(figures.wallClockNs, OptionalNs(5'020)); // of the earliest event

    Log widest;
    widest.event(std::numeric_limits<std::int64_t>::min());
    widest.event(std::numeric_limits<std::int64_t>::max() - 1);
    QCOMPARE(widest.figures().durationNs, std::numeric_limits<std::int64_t>::max());
}

void StatisticsTest::countsPacketsByTypeAndSide()
{
    Log log;
    log.packet(0, Direction::Sent, PacketType::Initial, 0, 1'200);
    log.packet(1, Direction::Received, PacketType::Retry, 0, 100);
    log.packet(2, Direction::Sent, PacketType::OneRtt, 0, 300);
    log.packet(3, Direction::Sent, PacketType::OneRtt, 1, 400);
    log.batch.frames
        = {{trace, 2, Direction::Sent, FrameKind::Crypto, {}}, {trace, 1, Direction::Sent, FrameKind::Other, "knob"}};
    TraceFigures figures = log.figures();
    QCOMPARE(figures.sent.packets, (Counts{{"initial", 1}, {"1rtt", 2}}));
    QCOMPARE(figures.sent.frames, (Counts{{"crypto", 2}, {"knob", 1}}));
    QCOMPARE(figures.sent.packetCount, std::uint64_t{3});
    QCOMPARE(figures.sent.bytes, std::uint64_t{1'900});
    QCOMPARE(figures.received.packets, (Counts{{"retry", 1}}));
    QCOMPARE(figures.received.bytes, std::uint64_t{100});
    QVERIFY(figures.received.frames.empty());
    QVERIFY(!figures.bytesInferred);

    log.batch.packets[1].flags |= PacketSizeInferred;
    QVERIFY(log.figures().bytesInferred);
}

void StatisticsTest::measuresTheExtremes()
{
    Log log;
    for (const std::int64_t value : {30, 10, 20}) {
        for (const MetricKind kind : {MetricKind::CongestionWindow, MetricKind::BytesInFlight, MetricKind::MinRtt,
                                      MetricKind::SmoothedRtt, MetricKind::LatestRtt})
            log.metric(value, kind, value * 10 + static_cast<int>(kind));
    }
    const TraceFigures figures = log.figures();
    QCOMPARE(figures.maxCongestionWindow, OptionalNs(300));
    QCOMPARE(figures.maxBytesInFlight, OptionalNs(301));
    QCOMPARE(figures.minRttNs, OptionalNs(103));
    QCOMPARE(figures.smoothedRttMinNs, OptionalNs(104));
    QCOMPARE(figures.smoothedRttMaxNs, OptionalNs(304));
    QCOMPARE(figures.latestRttMinNs, OptionalNs(105));
    QCOMPARE(figures.latestRttMaxNs, OptionalNs(305));
}

void StatisticsTest::loggedZerosAreZeros()
{
    Log log;
    log.metric(0, MetricKind::BytesInFlight, 0);
    log.metric(0, MetricKind::MinRtt, 0);
    QCOMPARE(log.figures().maxBytesInFlight, OptionalNs(0));
    QCOMPARE(log.figures().minRttNs, OptionalNs(0));
    QCOMPARE(log.figures().latestRttMinNs, OptionalNs());
}

void StatisticsTest::countsStreams()
{
    Log log;
    for (const std::uint64_t id : {0U, 4U, 0U, 3U}) {
        StreamFact stream;
        stream.streamId = id;
        stream.row = log.event(0);
        log.batch.streams.push_back(stream);
    }
    QCOMPARE(log.figures().streams, std::uint64_t{3});
    QCOMPARE(log.figures().maxStreamId, std::optional<std::uint64_t>(4));
}

void StatisticsTest::handshakeEndsAtTheBestSource_data()
{
    QTest::addColumn<bool>("hasEvent");
    QTest::addColumn<bool>("hasFrame");
    QTest::addColumn<bool>("hasAck");
    QTest::addColumn<OptionalNs>("expected");
    QTest::newRow("event") << true << true << true << OptionalNs(300);
    QTest::newRow("HANDSHAKE_DONE") << false << true << true << OptionalNs(200);
    QTest::newRow("first 1-RTT ACK") << false << false << true << OptionalNs(100);
    QTest::newRow("not logged") << false << false << false << OptionalNs();
}

void StatisticsTest::handshakeEndsAtTheBestSource()
{
    QFETCH(bool, hasEvent);
    QFETCH(bool, hasFrame);
    QFETCH(bool, hasAck);
    QFETCH(OptionalNs, expected);
    Log log;
    log.event(0);
    log.packet(40, Direction::Received, PacketType::OneRtt, 0);
    log.packet(50, Direction::Received, PacketType::Initial, 0);
    log.packet(60, Direction::Sent, PacketType::Initial, 0);
    if (hasAck)
        log.handshake(150, HandshakeStep::FirstOneRttAck);
    if (hasFrame)
        log.handshake(250, HandshakeStep::HandshakeDoneFrame);
    if (hasEvent)
        log.handshake(350, HandshakeStep::CompletedEvent);
    if (hasEvent)
        log.handshake(900, HandshakeStep::CompletedEvent); // the first one counts
    QCOMPARE(log.figures().handshakeNs, expected);
}

void StatisticsTest::handshakeNeedsAnInitial()
{
    Log log;
    log.packet(40, Direction::Sent, PacketType::OneRtt, 0);
    log.handshake(350, HandshakeStep::CompletedEvent);
    QCOMPARE(log.figures().handshakeNs, OptionalNs());
}

void StatisticsTest::lossesAreSpuriousWhenAckedLater_data()
{
    QTest::addColumn<QString>("story"); // l: lost, a: acked, s: spurious_loss, in the order of the log
    QTest::addColumn<quint64>("lost");
    QTest::addColumn<quint64>("spurious");
    const auto add = [](const char* story, quint64 lost, quint64 spurious) {
        QTest::newRow(story) << QString::fromUtf8(story) << lost << spurious;
    };
    add("l", 1, 0);
    add("a", 0, 0);
    add("la", 1, 1);
    add("al", 1, 0);
    add("ll", 1, 0);
    add("ls", 1, 1);
    add("lsa", 1, 1);
    add("las", 1, 1);
    add("lla", 1, 1);
}

void StatisticsTest::lossesAreSpuriousWhenAckedLater()
{
    QFETCH(QString, story);
    QFETCH(quint64, lost);
    QFETCH(quint64, spurious);
    Log log;
    for (std::uint64_t number = 0; number < 10; ++number)
        log.packet(0, Direction::Sent, PacketType::OneRtt, number);
    for (const QChar step : story) {
        if (step == QLatin1Char('a'))
            log.acked(0, 3, 6);
        else
            log.lost(0, 5, step == QLatin1Char('s'));
    }
    const TraceFigures figures = log.figures();
    QCOMPARE(figures.packetsLost, std::uint64_t{lost});
    QCOMPARE(figures.packetsSpurious, std::uint64_t{spurious});
    QCOMPARE(figures.packetsAcked, std::uint64_t{story.contains(QLatin1Char('a')) ? 4U : 0U});
}

void StatisticsTest::closeIsTheEventCompletedByTheFrame_data()
{
    QTest::addColumn<bool>("eventFirst");
    QTest::newRow("event first") << true;
    QTest::newRow("frame first") << false;
}

void StatisticsTest::closeIsTheEventCompletedByTheFrame()
{
    QFETCH(bool, eventFirst);
    Log log;
    CloseFact laterFrame = closeFrame();
    laterFrame.code = 1;
    CloseFact laterEvent = closeEvent();
    laterEvent.reason = "later";
    if (eventFirst)
        log.batch.closes = {closeEvent(), closeFrame(), laterFrame, laterEvent};
    else
        log.batch.closes = {closeFrame(), closeEvent(), laterFrame, laterEvent};
    for (CloseFact& close : log.batch.closes)
        close.row = log.event(0);
    const std::optional<CloseFact> close = log.figures().close;
    QVERIFY(close);
    QVERIFY(!close->fromFrame);
    QCOMPARE(close->initiator, std::string("remote"));
    QCOMPARE(close->reason, std::string("bye"));
    QCOMPARE(close->space, std::string("application"));
    QCOMPARE(close->code, std::optional<std::uint64_t>(256));
    QCOMPARE(close->name, std::string("H3_NO_ERROR"));

    log.batch.closes[eventFirst ? 0 : 1].code = 7; // what the event says is not overruled
    log.batch.closes[eventFirst ? 0 : 1].space = "transport";
    QCOMPARE(log.figures().close->code, std::optional<std::uint64_t>(7));
    QCOMPARE(log.figures().close->space, std::string("transport"));
    QCOMPARE(log.figures().close->name, std::string());
}

void StatisticsTest::closeIsTheFirstFrameWithoutAnEvent()
{
    Log log;
    CloseFact echo = closeFrame();
    echo.initiator = "local";
    log.batch.closes = {closeFrame(), echo};
    for (CloseFact& close : log.batch.closes)
        close.row = log.event(0);
    QCOMPARE(log.figures().close, std::optional(log.batch.closes.front()));
}

QTEST_GUILESS_MAIN(StatisticsTest)
#include "statisticstest.moc"
