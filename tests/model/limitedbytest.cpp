// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/derivedseries.h"
#include "tests/support/tracebuilder.h"

#include <QTest>

#include <deque>

using namespace qlogscope;
using namespace qlogscope::testing;

/// What limits a sender is found from its log alone: senders that know it themselves write logs that do not say it.
class LimitedByTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void simulatedSenders_data();
    void simulatedSenders();
    void pausesAreTheApplications();
    void amplification();
    void unknownWithoutAWindow();
    void packetsHeldBack();
    void blockedFramesHoldUntilAnswered();
    void finishedAndResetStreamsDoNotBlock();
    void evidence();
};

namespace {

constexpr std::uint32_t chunk = 1'160; // stream bytes of a full packet
constexpr std::uint32_t overhead = 40;
constexpr double never = 1e18;

struct SenderOptions {
    double durationMs = 3'000;
    double rttMs = 30;
    std::int64_t window = 24'000; ///< at first
    bool grows = false; ///< slow start; a loss every 200 packets halves it
    std::uint64_t connectionRoom = 1'000'000'000; ///< that the receiver grants beyond what it got
    std::uint64_t streamRoom = 1'000'000'000;
    std::uint64_t writeBytes = 0; ///< that the application writes at a time; 0: there is always more
    double writeEveryMs = never;
    double paceMs = 0; ///< between packets, with the events that say so
    bool logsWindow = true;
    bool logsFlight = true;
};

/// Sends one stream over a path of a fixed RTT in steps of a tenth of a millisecond, and notes for each step what held it back.
class Sender
{
public:
    explicit Sender(const SenderOptions& options)
        : m_options(options)
        , m_window(options.window)
        , m_connectionLimit(options.connectionRoom)
        , m_streamLimit(options.streamRoom)
        , m_written(options.writeBytes)
        , m_nextWrite(options.writeEveryMs)
    {
        log.parameter(0, ParameterOwner::Remote, TransportParameter::InitialMaxData, m_connectionLimit);
        log.parameter(0, ParameterOwner::Remote, TransportParameter::InitialMaxStreamDataBidiRemote, m_streamLimit);
        for (int tick = 0; tick * 0.1 < options.durationMs; ++tick)
            step(tick * 0.1);
    }

    TraceBuilder log{Role::Client};
    std::vector<std::pair<double, SendLimit>> truth; ///< by step

private:
    struct Packet {
        double ackAt = 0;
        std::uint64_t number = 0;
        std::uint32_t bytes = 0;
        bool isLost = false;
    };

    void step(double now)
    {
        if (now >= m_nextWrite) {
            m_written += m_options.writeBytes;
            m_nextWrite += m_options.writeEveryMs;
        }
        bool isChanged = false;
        while (!m_packets.empty() && m_packets.front().ackAt <= now) {
            takeAck(now);
            isChanged = true;
        }
        std::optional<SendLimit> limit = whatLimits(now);
        if (!limit && m_isPaced) {
            m_isPaced = false;
            log.row(now);
            log.limit(LimitKind::Data, LimitEvent::UnblockedEvent, LimitFact::none, LimitFact::none, BlockedReason::Pacing);
        }
        while (!limit) {
            send(now);
            isChanged = true;
            limit = whatLimits(now);
        }
        if (*limit == SendLimit::Pacing && !m_isPaced) {
            m_isPaced = true;
            log.row(now);
            log.limit(LimitKind::Data, LimitEvent::BlockedEvent, LimitFact::none, LimitFact::none, BlockedReason::Pacing);
        }
        if (isChanged && m_options.logsWindow) {
            log.row(now);
            log.metric(MetricKind::CongestionWindow, m_window);
            if (m_options.logsFlight)
                log.metric(MetricKind::BytesInFlight, m_inFlight);
        }
        truth.emplace_back(now, *limit);
    }

    [[nodiscard]] std::uint64_t nextBytes() const
    {
        std::uint64_t bytes = std::min({std::uint64_t{chunk}, m_connectionLimit - m_sent, m_streamLimit - m_sent});
        if (m_options.writeBytes > 0)
            bytes = std::min(bytes, m_written - m_sent);
        return bytes;
    }
    /// None if a packet may be sent now.
    [[nodiscard]] std::optional<SendLimit> whatLimits(double now) const
    {
        if (m_options.writeBytes > 0 && m_sent == m_written)
            return SendLimit::Application;
        if (m_inFlight + chunk + overhead > m_window)
            return SendLimit::CongestionWindow;
        if (m_sent == m_connectionLimit)
            return SendLimit::ConnectionFlowControl;
        if (m_sent == m_streamLimit)
            return SendLimit::StreamFlowControl;
        if (now < m_nextSend)
            return SendLimit::Pacing;
        return std::nullopt;
    }

    void send(double now)
    {
        const auto bytes = static_cast<std::uint32_t>(nextBytes());
        log.sent(now, m_nextNumber, bytes + overhead, frames({FrameKind::Stream}));
        log.stream(0, m_sent, bytes);
        m_packets.push_back({now + m_options.rttMs, m_nextNumber, bytes + overhead, m_options.grows && m_nextNumber % 200 == 199});
        m_inFlight += bytes + overhead;
        m_sent += bytes;
        ++m_nextNumber;
        m_nextSend = now + m_options.paceMs;
    }

    void takeAck(double now)
    {
        const Packet packet = m_packets.front();
        m_packets.pop_front();
        m_inFlight -= packet.bytes;
        if (packet.isLost) {
            log.lost(now, packet.number);
            m_window = std::max<std::int64_t>(m_window / 2, 6'000);
            return;
        }
        log.received(now, m_nextReceived++);
        log.acked(packet.number, packet.number);
        if (m_options.grows)
            m_window += packet.bytes;
        m_delivered += packet.bytes - overhead;
        if (m_delivered + m_options.connectionRoom >= m_connectionLimit + m_options.connectionRoom / 2) {
            m_connectionLimit = m_delivered + m_options.connectionRoom;
            log.limit(LimitKind::Data, LimitEvent::Raised, m_connectionLimit);
        }
        if (m_delivered + m_options.streamRoom >= m_streamLimit + m_options.streamRoom / 2) {
            m_streamLimit = m_delivered + m_options.streamRoom;
            log.limit(LimitKind::StreamData, LimitEvent::Raised, m_streamLimit, 0);
        }
    }

    SenderOptions m_options;
    std::deque<Packet> m_packets;
    std::int64_t m_window;
    std::int64_t m_inFlight = 0;
    std::uint64_t m_connectionLimit;
    std::uint64_t m_streamLimit;
    std::uint64_t m_written;
    double m_nextWrite;
    double m_nextSend = 0;
    bool m_isPaced = false;
    std::uint64_t m_sent = 0;
    std::uint64_t m_delivered = 0;
    std::uint64_t m_nextNumber = 0;
    std::uint64_t m_nextReceived = 0;
};

std::int64_t nsOf(double ms) { return static_cast<std::int64_t>(ms * 1e6); }

/// When in ms each begins.
using Intervals = std::vector<std::pair<std::int64_t, SendLimit>>;
Intervals intervalsOf(const LimitedBy& limitedBy, TraceBuilder& log)
{
    Intervals found;
    for (std::size_t i = 0; i < limitedBy.size(); ++i) {
        const LimitedBy::Interval interval = limitedBy.interval(i);
        found.emplace_back(log.document().events().timeNs(interval.begin) / 1'000'000, interval.limit);
    }
    return found;
}

/// Of the steps, how many are classified as the sender knows them.
double shareOfRight(const std::vector<std::pair<double, SendLimit>>& truth, const LimitedBy& limitedBy)
{
    std::size_t right = 0;
    for (const auto& [at, limit] : truth) {
        const std::optional<std::size_t> index = limitedBy.at(nsOf(at + 0.05));
        right += index && limitedBy.interval(*index).limit == limit ? 1 : 0;
    }
    return static_cast<double>(right) / static_cast<double>(truth.size());
}

} // namespace

void LimitedByTest::simulatedSenders_data()
{
    QTest::addColumn<SenderOptions>("options");
    QTest::addColumn<SendLimit>("mostly");
    const SenderOptions plain;
    SenderOptions options = plain;
    QTest::newRow("congestion window") << options << SendLimit::CongestionWindow;
    options.logsFlight = false;
    QTest::newRow("congestion window, bytes in flight not logged") << options << SendLimit::CongestionWindow;
    options = plain;
    options.grows = true;
    QTest::newRow("congestion window that grows and shrinks") << options << SendLimit::CongestionWindow;
    options = plain;
    options.window = 10'000'000;
    options.connectionRoom = 60'000;
    QTest::newRow("connection flow control") << options << SendLimit::ConnectionFlowControl;
    options.logsWindow = false;
    QTest::newRow("connection flow control, window not logged") << options << SendLimit::ConnectionFlowControl;
    options = plain;
    options.window = 10'000'000;
    options.streamRoom = 60'000;
    QTest::newRow("stream flow control") << options << SendLimit::StreamFlowControl;
    options = plain;
    options.window = 10'000'000;
    options.writeBytes = 20'000;
    options.writeEveryMs = 100;
    QTest::newRow("application") << options << SendLimit::Application;
    options.window = 12'000; // each write takes a round trip more
    options.writeEveryMs = 200;
    QTest::newRow("application, with writes over the window") << options << SendLimit::Application;
    options = plain;
    options.window = 10'000'000;
    options.paceMs = 2;
    QTest::newRow("pacing") << options << SendLimit::Pacing;
}

void LimitedByTest::simulatedSenders()
{
    QFETCH(SenderOptions, options);
    QFETCH(SendLimit, mostly);
    Sender sender(options);
    DerivedSeries derived(sender.log.flush());
    QVERIFY(derived.advance());
    const double right = shareOfRight(sender.truth, derived.limitedBy());
    QVERIFY2(right >= 0.95, QByteArray::number(right).constData());
    const auto count = std::count_if(sender.truth.begin(), sender.truth.end(), [mostly](const auto& step) { return step.second == mostly; });
    QVERIFY(count * 2 > static_cast<std::ptrdiff_t>(sender.truth.size())); // the sender is what its name says
    QVERIFY(derived.limitedBy().size() * 4 < sender.truth.size()); // few intervals, not one a row
}

void LimitedByTest::pausesAreTheApplications()
{
    SenderOptions options;
    options.writeBytes = 400'000; // takes 17 round trips of a window
    options.writeEveryMs = 1'000;
    options.durationMs = 5'000;
    Sender sender(options);
    DerivedSeries derived(sender.log.flush());
    QVERIFY(derived.advance());
    QVERIFY(shareOfRight(sender.truth, derived.limitedBy()) >= 0.95);
    QVERIFY(derived.limitedBy().size() >= 10 && derived.limitedBy().size() <= 12); // one pause a write
}

void LimitedByTest::amplification()
{
    TraceBuilder log(Role::Server);
    const std::uint64_t crypto = frames({FrameKind::Crypto});
    log.received(0, 0, 1200, crypto, PacketType::Initial);
    log.sent(1, 0, 1200, crypto, PacketType::Initial);
    log.sent(1, 0, 1200, crypto, PacketType::Handshake);
    log.sent(1, 1, 1200, crypto, PacketType::Handshake);
    log.received(100, 0, 100, frames({FrameKind::Ack}), PacketType::Handshake); // the client's address is validated
    log.sent(101, 2, 1200, crypto, PacketType::Handshake);
    log.row(101);
    log.metric(MetricKind::CongestionWindow, 14'000);
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    const LimitedBy& limitedBy = derived.limitedBy();
    QCOMPARE(limitedBy.interval(limitedBy.at(nsOf(50)).value()).limit, SendLimit::Amplification);
    QCOMPARE(limitedBy.interval(limitedBy.at(nsOf(150)).value()).limit, SendLimit::Application);

    TraceBuilder late(Role::Server); // begins in the middle of the connection: nothing is known of what came
    late.sent(0, 100, 1200);
    late.metric(MetricKind::CongestionWindow, 14'000);
    DerivedSeries other(late.flush());
    QVERIFY(other.advance());
    QCOMPARE(other.limitedBy().interval(0).limit, SendLimit::Application);
}

void LimitedByTest::unknownWithoutAWindow()
{
    TraceBuilder log;
    log.received(0, 0);
    log.sent(1, 0);
    log.received(10, 1);
    log.acked(0, 0);
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    QVERIFY(!derived.limitedBy().at(0)); // before the first packet is sent
    QCOMPARE(derived.limitedBy().size(), std::size_t{1});
    QCOMPARE(derived.limitedBy().interval(0).limit, SendLimit::Unknown); // not: application
}

void LimitedByTest::packetsHeldBack()
{
    TraceBuilder log;
    log.sent(0, 0, 1200, frames({FrameKind::Stream}), PacketType::OneRtt, PacketFramesLogged | PacketHeldBack);
    log.metric(MetricKind::CongestionWindow, 100'000);
    log.sent(5, 1); // not held back
    log.sent(8, 2, 1200, frames({FrameKind::Stream}), PacketType::OneRtt, PacketFramesLogged | PacketHeldBack);
    log.received(20, 0);
    log.acked(0, 1);
    log.received(28, 1);
    log.acked(2, 2); // by now it was sent
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    using enum SendLimit;
    QCOMPARE(intervalsOf(derived.limitedBy(), log), (Intervals{{0, Pacing}, {5, Application}, {8, Pacing}, {28, Application}}));
}

void LimitedByTest::blockedFramesHoldUntilAnswered()
{
    TraceBuilder log;
    log.sent(0, 0);
    log.metric(MetricKind::CongestionWindow, 100'000);
    log.sent(10, 1);
    log.limit(LimitKind::Data, LimitEvent::Blocked, 5'000);
    log.received(20, 0);
    log.limit(LimitKind::Data, LimitEvent::Raised, 9'000);
    log.sent(30, 2);
    log.limit(LimitKind::StreamData, LimitEvent::Blocked, 5'000, 4);
    log.received(40, 1);
    log.limit(LimitKind::StreamData, LimitEvent::Raised, 9'000, 8); // another stream
    log.received(50, 2);
    log.limit(LimitKind::StreamData, LimitEvent::Raised, 9'000, 4);
    log.received(60, 3);
    log.limit(LimitKind::Data, LimitEvent::Blocked, 5'000); // the peer is blocked, not this endpoint
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    using enum SendLimit;
    QCOMPARE(intervalsOf(derived.limitedBy(), log),
             (Intervals{{0, Application}, {10, ConnectionFlowControl}, {20, Application}, {30, StreamFlowControl}, {50, Application}}));
}

void LimitedByTest::finishedAndResetStreamsDoNotBlock()
{
    for (const bool isReset : {false, true}) {
        TraceBuilder log;
        log.parameter(0, ParameterOwner::Remote, TransportParameter::InitialMaxStreamDataBidiRemote, 1'000);
        log.sent(1, 0, 1'040, frames({FrameKind::Stream}));
        log.stream(0, 0, 1'000, !isReset);
        log.metric(MetricKind::CongestionWindow, 100'000);
        DerivedSeries derived(log.flush());
        QVERIFY(derived.advance());
        QCOMPARE(derived.limitedBy().interval(0).limit, isReset ? SendLimit::StreamFlowControl : SendLimit::Application);
        log.sent(2, 1, 40, frames({FrameKind::ResetStream}));
        log.mention(0);
        log.flush();
        QVERIFY(derived.advance());
        QCOMPARE(derived.limitedBy().interval(derived.limitedBy().size() - 1).limit, SendLimit::Application);
    }
}

void LimitedByTest::evidence()
{
    TraceBuilder log;
    log.sent(0, 0);
    log.metric(MetricKind::CongestionWindow, 3'000);
    const RowId fills = log.sent(1, 1); // 2400 of 3000 bytes: no room for another
    log.sent(2, 2, 40, frames({FrameKind::Ack}));
    const RowId empties = log.received(40, 0);
    log.acked(0, 1);
    DerivedSeries derived(log.flush());
    QVERIFY(derived.advance());
    QCOMPARE(derived.limitedBy().size(), std::size_t{3});
    const LimitedBy::Interval interval = derived.limitedBy().interval(1);
    QCOMPARE(interval.limit, SendLimit::CongestionWindow);
    QCOMPARE(interval.begin, fills);
    QCOMPARE(interval.end, empties);
    QVERIFY(!derived.limitedBy().interval(2).end.isValid());
    QCOMPARE(text(interval.limit), std::string_view("congestion window"));
}

QTEST_GUILESS_MAIN(LimitedByTest)
#include "limitedbytest.moc"
