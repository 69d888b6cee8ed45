// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/connectionsummary.h"

#include <QTest>

using namespace qlogscope;

namespace {

constexpr TraceId trace(std::uint32_t{0});

EventRow row(std::int64_t timeNs, std::uint8_t flags = 0, TraceId of = trace)
{
    EventRow row;
    row.timeNs = timeNs;
    row.flags = flags;
    row.trace = of;
    return row;
}

PacketFact packet(Direction direction, PacketType type, std::uint32_t size, std::uint64_t frames = 0)
{
    PacketFact packet;
    packet.flags = direction == Direction::Received ? PacketReceivedFlag : 0;
    packet.type = type;
    packet.sizeBytes = size;
    packet.frameMask = frames;
    return packet;
}

TraceChange header(Writer writer, const std::string& groupId, Role role, TraceId of = trace)
{
    TraceHeader header;
    header.writer = writer;
    header.writerText = text(writer);
    header.groupId = groupId;
    header.role = role;
    return {of, header};
}

EventBatch windows(int count)
{
    EventBatch batch;
    for (int i = 0; i < count; ++i)
        batch.metrics.push_back({i, RowId(0U), MetricKind::CongestionWindow});
    return batch;
}

} // namespace

/// The figures of a row of the live table are those of the batches; what is not logged is none.
class ConnectionSummaryTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void anEmptyOneSaysNothing()
    {
        ConnectionSummary summary;
        summary.add({});
        QCOMPARE(summary.events, std::uint64_t{0});
        QVERIFY(!summary.smoothedRttNs && !summary.congestionWindow && !summary.firstEventNs && !summary.wallClockNs);
        QVERIFY(!summary.close && !summary.isEndpoint && !summary.isHandshakeDone);
        QCOMPARE(summary.role, Role::Unknown);
        QCOMPARE(summary.traces, std::size_t{0});
    }

    void countsRows()
    {
        ConnectionSummary summary;
        EventBatch batch;
        batch.rows = {row(30), row(10), row(0, RowMalformed), row(99, RowOversized), row(99, RowNoTime)};
        batch.foldedRecords = 4;
        summary.add(batch);
        QCOMPARE(summary.events, std::uint64_t{3});
        QCOMPARE(summary.malformed, std::uint64_t{5});
        QCOMPARE(summary.firstEventNs, std::optional<std::int64_t>(10));
        QCOMPARE(summary.lastEventNs, std::optional<std::int64_t>(30));
        QCOMPARE(summary.traces, std::size_t{1});
    }

    void countsPacketsAndLosses()
    {
        ConnectionSummary summary;
        EventBatch batch;
        batch.packets = {packet(Direction::Sent, PacketType::OneRtt, 1200), packet(Direction::Received, PacketType::OneRtt, 40),
                         packet(Direction::Sent, PacketType::OneRtt, 800)};
        batch.lost.resize(3);
        batch.lost[1].unnamed = 6;
        batch.lost[2].isSpurious = true;
        summary.add(batch);
        summary.add(batch);
        QCOMPARE(summary.packetsSent, std::uint64_t{4});
        QCOMPARE(summary.packetsReceived, std::uint64_t{2});
        QCOMPARE(summary.bytesSent, std::uint64_t{4000});
        QCOMPARE(summary.bytesReceived, std::uint64_t{80});
        QCOMPARE(summary.packetsLost, std::uint64_t{16});
    }

    void keepsTheLastMetrics()
    {
        ConnectionSummary summary;
        EventBatch batch;
        batch.metrics = {{5, RowId(0U), MetricKind::SmoothedRtt}, {7, RowId(0U), MetricKind::LatestRtt},
                         {6, RowId(0U), MetricKind::SmoothedRtt}, {14'000, RowId(0U), MetricKind::CongestionWindow}};
        summary.add(batch);
        QCOMPARE(summary.smoothedRttNs, std::optional<std::int64_t>(6));
        QCOMPARE(summary.congestionWindow, std::optional<std::int64_t>(14'000));
        QCOMPARE(summary.windows, std::vector<std::int64_t>{14'000});
    }

    void windowsAreThinnedEvenly()
    {
        for (const int count : {63, 64, 65, 128, 129, 1'000, 100'000}) {
            ConnectionSummary summary;
            summary.add(windows(count));
            QVERIFY(summary.windows.size() <= ConnectionSummary::mostWindows);
            QVERIFY(count < 64 || summary.windows.size() > ConnectionSummary::mostWindows / 2);
            QCOMPARE(summary.windows.front(), std::int64_t{0});
            const std::int64_t stride = summary.windows[1];
            for (std::size_t i = 0; i < summary.windows.size(); ++i)
                QCOMPARE(summary.windows[i], stride * static_cast<std::int64_t>(i));
            QVERIFY(summary.windows.back() + stride >= count);
            QCOMPARE(summary.congestionWindow, std::optional<std::int64_t>(count - 1));
        }
    }

    void windowsDoNotDependOnTheBatches()
    {
        ConnectionSummary whole;
        whole.add(windows(300));
        ConnectionSummary pieces;
        for (const MetricFact& metric : windows(300).metrics) {
            EventBatch batch;
            batch.metrics = {metric};
            pieces.add(batch);
        }
        QCOMPARE(pieces.windows, whole.windows);
    }

    void headersMayComeLaterAndBeAmended()
    {
        ConnectionSummary summary;
        EventBatch batch;
        batch.packets = {packet(Direction::Received, PacketType::Initial, 1200)};
        summary.add(batch);
        QCOMPARE(summary.role, Role::Server);
        QVERIFY(summary.isRoleInferred);

        EventBatch second;
        second.traces = {header(Writer::Quiche, "aa", Role::Client, TraceId(1U))};
        summary.add(second);
        EventBatch first;
        first.traces = {header(Writer::Aioquic, "BB", Role::Server)};
        summary.add(first);
        summary.add(second);
        QCOMPARE(summary.role, Role::Server);
        QVERIFY(!summary.isRoleInferred);
        QCOMPARE(summary.writer, std::string("aioquic"));
        QCOMPARE(summary.groupId, std::string("bb"));
        QCOMPARE(summary.traces, std::size_t{2});
    }

    void roleIsGuessedFromPackets_data()
    {
        QTest::addColumn<int>("direction");
        QTest::addColumn<int>("type");
        QTest::addColumn<quint64>("frames");
        QTest::addColumn<int>("role");
        const auto bit = [](FrameKind kind) { return quint64{1} << static_cast<unsigned>(kind); };
        const auto add = [](const char* name, Direction direction, PacketType type, quint64 frames, Role role) {
            QTest::newRow(name) << static_cast<int>(direction) << static_cast<int>(type) << frames << static_cast<int>(role);
        };
        add("initial sent", Direction::Sent, PacketType::Initial, 0, Role::Client);
        add("initial received", Direction::Received, PacketType::Initial, 0, Role::Server);
        add("retry sent", Direction::Sent, PacketType::Retry, 0, Role::Server);
        add("token received", Direction::Received, PacketType::OneRtt, bit(FrameKind::NewToken), Role::Client);
        add("done sent", Direction::Sent, PacketType::OneRtt, bit(FrameKind::HandshakeDone), Role::Server);
        add("nothing telling", Direction::Sent, PacketType::OneRtt, 0, Role::Unknown);
    }
    void roleIsGuessedFromPackets()
    {
        QFETCH(int, direction);
        QFETCH(int, type);
        QFETCH(quint64, frames);
        QFETCH(int, role);
        ConnectionSummary summary;
        EventBatch batch;
        batch.packets = {packet(static_cast<Direction>(direction), static_cast<PacketType>(type), 40, frames)};
        summary.add(batch);
        QCOMPARE(static_cast<int>(summary.role), role);
    }

    void tracesShareTheAxisOfTheFirst()
    {
        ConnectionSummary summary;
        EventBatch batch;
        const TraceId second(1U);
        batch.origins = {{trace, 0, 5'000}, {second, 0, 5'700}};
        batch.rows = {row(0), row(100), row(50, 0, second)};
        summary.add(batch);
        QCOMPARE(summary.wallClockNs, std::optional<std::int64_t>(5'000));
        QCOMPARE(summary.firstEventNs, std::optional<std::int64_t>(0));
        QCOMPARE(summary.lastEventNs, std::optional<std::int64_t>(750));
    }

    void manyTracesAreBounded()
    {
        ConnectionSummary summary;
        EventBatch batch;
        for (std::uint32_t i = 0; i < 10'000; ++i) {
            batch.origins.push_back({TraceId(i), static_cast<std::int64_t>(i), {}});
            batch.rows.push_back(row(0, 0, TraceId(i)));
        }
        summary.add(batch);
        QCOMPARE(summary.traces, std::size_t{10'000});
        QCOMPARE(summary.events, std::uint64_t{10'000});
        QCOMPARE(summary.lastEventNs, std::optional<std::int64_t>(4'096));
    }

    void closesAndHandshakes()
    {
        ConnectionSummary summary;
        EventBatch batch;
        batch.closes.resize(2);
        batch.closes[1].name = "NO_ERROR";
        summary.add(batch);
        QCOMPARE(summary.close->name, std::string("NO_ERROR"));
        QVERIFY(!summary.isHandshakeDone);
        EventBatch later;
        later.handshake = {{RowId(0U), HandshakeStep::FirstOneRttAck}};
        summary.add(later);
        QVERIFY(summary.isHandshakeDone);
        QVERIFY(summary.close);
    }

    void theLastVersionAndTheFirstPeerCount()
    {
        ConnectionSummary summary;
        EventBatch batch;
        batch.versions = {{RowId(0U), 1}};
        batch.peers = {{RowId(0U), "192.0.2.1:443"}};
        summary.add(batch);
        QCOMPARE(summary.version, 1U);
        QCOMPARE(summary.peer, std::string("192.0.2.1:443"));
        EventBatch later; // compatible version negotiation; a second connection of the file
        later.versions = {{RowId(1U), 0x6b3343cf, true}};
        later.peers = {{RowId(1U), "192.0.2.2:443"}};
        summary.add(later);
        QCOMPARE(summary.version, 0x6b3343cfU);
        QCOMPARE(summary.peer, std::string("192.0.2.1:443"));
    }

    void endpointLogs()
    {
        EventBatch dropped;
        dropped.rows = {row(1)};
        {
            ConnectionSummary summary;
            EventBatch batch = dropped;
            batch.traces = {header(Writer::QuicGo, {}, Role::Transport)};
            summary.add(batch);
            QVERIFY(summary.isEndpoint);
            batch.packets = {packet(Direction::Sent, PacketType::Retry, 100)};
            summary.add(batch);
            QVERIFY(summary.isEndpoint);
        }
        {
            ConnectionSummary summary;
            EventBatch batch = dropped;
            batch.traces = {header(Writer::QuicGo, {}, Role::Unknown)};
            summary.add(batch);
            QVERIFY(summary.isEndpoint);
            batch.packets = {packet(Direction::Sent, PacketType::Initial, 1200)};
            summary.add(batch);
            QVERIFY(!summary.isEndpoint);
        }
        for (const Writer writer : {Writer::QuicGo, Writer::Quiche}) {
            ConnectionSummary summary;
            EventBatch batch = dropped;
            batch.traces = {header(writer, writer == Writer::QuicGo ? "c0ffee" : "", Role::Server)};
            summary.add(batch);
            QVERIFY(!summary.isEndpoint);
        }
    }

    void restartBeginsAnew()
    {
        ConnectionSummary summary;
        EventBatch batch = windows(100);
        batch.rows = {row(5), row(6)};
        batch.traces = {header(Writer::Quiche, "aa", Role::Client)};
        batch.closes.resize(1);
        summary.add(batch);
        EventBatch again;
        again.restart = true;
        again.rows = {row(7)};
        summary.add(again);
        QCOMPARE(summary.events, std::uint64_t{1});
        QCOMPARE(summary.firstEventNs, std::optional<std::int64_t>(7));
        QVERIFY(summary.windows.empty() && summary.writer.empty() && summary.groupId.empty() && !summary.close);
        QCOMPARE(summary.role, Role::Unknown);
    }

    void statesHaveTheWordsOfTheCommandLine()
    {
        QCOMPARE(text(LiveState::Waiting), std::string_view("waiting"));
        QCOMPARE(text(LiveState::NotQlog), std::string_view("not-qlog"));
        QCOMPARE(text(LiveState::NotRead), std::string_view("not-read"));
    }
};

QTEST_GUILESS_MAIN(ConnectionSummaryTest)
#include "connectionsummarytest.moc"
