// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/document.h"

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <random>

#include <unistd.h>

using namespace qlogscope;

/// A document grows by batches, puts every fact where it belongs, and never shows bytes of another file.
class DocumentTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void startsEmpty();
    void factsLandInTheirTrace();
    void rowsLandInTheirTrace();
    void columnEdgesKnowTheirRows();
    void laterBatchesGoOn();
    void headersAndOriginsAreAmended();
    void announcesOncePerBatch();
    void announcesStates();
    void isNamedAfterItsFile();
    void readsRecordsAgain();
    void readsRecordsOfAGrowingOrDeletedFile();
    void refusesRecordsOfATruncatedFile();
    void refusesRecordsOfAReplacedFile();
    void refusesRecordsWithoutAFile();
};

namespace {

constexpr TraceId client(std::uint32_t{0});
constexpr TraceId server(std::uint32_t{1});

EventRow rowOf(TraceId trace, std::int64_t timeNs, std::uint8_t flags = 0)
{
    EventRow row;
    row.timeNs = timeNs;
    row.name = NameId(trace.value);
    row.trace = trace;
    row.flags = flags;
    return row;
}

PacketFact packetOf(std::uint64_t number, std::uint32_t row, std::uint32_t sizeBytes, bool isReceived)
{
    PacketFact packet;
    packet.number = number;
    packet.row = RowId(row);
    packet.sizeBytes = sizeBytes;
    packet.flags = isReceived ? PacketReceivedFlag : 0;
    packet.type = PacketType::OneRtt;
    return packet;
}

/// Rows 0, 2, 4 are the client's, 1, 3, 5 the server's; each pair of facts tells the traces apart by its value.
EventBatch twoTraces()
{
    EventBatch batch;
    batch.newNames = {"transport:packet_sent", "quic:packet_sent"};
    for (std::int64_t i = 0; i < 6; ++i)
        batch.rows.push_back(rowOf(i % 2 == 0 ? client : server, i * 100));
    batch.packets = {packetOf(7, 0, 1'000, false), packetOf(7, 1, 1'200, false), packetOf(8, 2, 100, true)};
    batch.lost = {{7, RowId(3U)}};
    batch.acked = {{7, 7, RowId(4U)}};
    batch.metrics = {{11, RowId(4U), MetricKind::MinRtt}, {22, RowId(5U), MetricKind::MinRtt}};
    StreamFact stream;
    stream.row = RowId(1U);
    stream.streamId = 40;
    batch.streams = {stream};
    CloseFact close;
    close.row = RowId(4U);
    close.reason = "done";
    batch.closes = {close};
    batch.handshake = {{RowId(5U), HandshakeStep::HandshakeDoneFrame}};
    batch.frames = {{client, 3, Direction::Sent, FrameKind::Stream, {}},
                    {server, 5, Direction::Received, FrameKind::Other, "bdp"},
                    {client, 4, Direction::Sent, FrameKind::Stream, {}}};
    batch.diagnostics = {{DiagnosticKind::MissingTime, Severity::Notice, RowId(2U), {}, "no time"}};
    return batch;
}

using FrameCounts = std::map<std::string, std::uint64_t>;

/// A file of three records, opened, and the document that has read it.
class OpenedFile
{
public:
    OpenedFile()
    {
        rewrite(content);
        std::string error;
        document.setSource(ByteSource::open(path(), &error));
        EventBatch batch;
        for (std::uint64_t i = 0; i < 3; ++i) {
            EventRow row = rowOf(client, 0);
            row.offset = i * 12;
            row.length = 11;
            batch.rows.push_back(row);
        }
        document.append(batch);
    }
    void rewrite(const QByteArray& bytes, const char* name = "trace.sqlog") const
    {
        QFile file(m_dir.filePath(QString::fromUtf8(name)));
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        QCOMPARE(file.write(bytes), bytes.size());
    }
    [[nodiscard]] std::string path(const char* name = "trace.sqlog") const
    {
        return m_dir.filePath(QString::fromUtf8(name)).toStdString();
    }
    void refusesWith(const char* words) const
    {
        std::string problem;
        QCOMPARE(document.recordText(RowId(0U), &problem), std::string());
        QVERIFY2(problem.find(words) != std::string::npos, problem.c_str());
        QCOMPARE(document.recordText(RowId(0U)), std::string()); // without asking why
    }

    const QByteArray content = "{\"time\": 0}\n{\"time\": 1}\n{\"time\": 2}\n";

private:
    QTemporaryDir m_dir;

public:
    Document document{path()};
};

} // namespace

void DocumentTest::startsEmpty()
{
    const Document document("a.sqlog");
    QCOMPARE(document.traceCount(), std::size_t{0});
    QCOMPARE(document.events().size(), std::size_t{0});
    QCOMPARE(document.state(), Document::State::Loading);
    QCOMPARE(document.facts().path, std::string("a.sqlog"));
}

void DocumentTest::factsLandInTheirTrace()
{
    Document document("a.sqlog");
    document.append(twoTraces());
    QCOMPARE(document.traceCount(), std::size_t{2});
    const Trace& first = document.trace(client);
    const Trace& second = document.trace(server);

    QCOMPARE(first.packets(Direction::Sent).totalBytes(), std::uint64_t{1'000});
    QCOMPARE(first.packets(Direction::Received).totalBytes(), std::uint64_t{100});
    QCOMPARE(second.packets(Direction::Sent).totalBytes(), std::uint64_t{1'200});
    QCOMPARE(second.packets(Direction::Received).size(), std::size_t{0});
    QCOMPARE(first.packetsLost(), std::uint64_t{0});
    QCOMPARE(second.packetsLost(), std::uint64_t{1});
    QCOMPARE(second.lostBy(PacketId(0U)), RowId(3U));
    QCOMPARE(first.lostBy(PacketId(0U)), RowId());
    QCOMPARE(first.packetsAcked(Direction::Sent), std::uint64_t{1});
    QCOMPARE(first.packets(Direction::Sent).ackedBy(PacketId(0U)), RowId(4U));
    QCOMPARE(second.packetsAcked(Direction::Sent), std::uint64_t{0});
    QCOMPARE(first.metric(MetricKind::MinRtt).value(0), std::int64_t{11});
    QCOMPARE(second.metric(MetricKind::MinRtt).value(0), std::int64_t{22});
    QVERIFY(first.streams().streams().empty());
    QCOMPARE(second.streams().maxStreamId(), std::optional<std::uint64_t>(40));
    QCOMPARE(first.closes().size(), std::size_t{1});
    QVERIFY(second.closes().empty());
    QCOMPARE(first.handshakeRow(HandshakeStep::HandshakeDoneFrame), RowId());
    QCOMPARE(second.handshakeRow(HandshakeStep::HandshakeDoneFrame), RowId(5U));
    QCOMPARE(first.frameCounts(Direction::Sent), (FrameCounts{{"stream", 7}}));
    QCOMPARE(second.frameCounts(Direction::Received), (FrameCounts{{"bdp", 5}}));
    QCOMPARE(first.sentBars(Direction::Sent).size(), std::size_t{1});
    QCOMPARE(first.ackedBars(Direction::Sent).size(), std::size_t{1});
    QCOMPARE(second.lostBars().size(), std::size_t{1});
    QCOMPARE(document.diagnostics().count(DiagnosticKind::MissingTime), std::uint64_t{1});
}

void DocumentTest::rowsLandInTheirTrace()
{
    Document document("a.sqlog");
    EventBatch batch = twoTraces();
    batch.rows.push_back(rowOf(client, 450, RowMalformed));
    batch.rows.push_back(rowOf(client, 450, RowOversized));
    batch.rows.push_back(rowOf(client, 450, RowNoTime));
    batch.rows.push_back(rowOf(client, 250));
    document.append(batch);
    const Trace& trace = document.trace(client);
    QCOMPARE(trace.rowCount(), std::size_t{7});
    std::vector<RowId> rows;
    for (std::size_t i = 0; i < trace.rowCount(); ++i)
        rows.push_back(trace.row(i));
    QCOMPARE(rows, (std::vector{RowId(0U), RowId(2U), RowId(4U), RowId(6U), RowId(7U), RowId(8U), RowId(9U)}));
    QCOMPARE(trace.eventCount(), std::uint64_t{5}); // neither the malformed nor the oversized one
    QCOMPARE(trace.malformedCount(), std::uint64_t{1});
    QCOMPARE(document.malformedCount(), std::uint64_t{1});
    QCOMPARE(trace.timeRange(), (TimeRange{0, 401}));
    QCOMPARE(trace.firstTimedRow(), RowId(0U));
    QCOMPARE(trace.lastTimedRow(), RowId(9U));
    QVERIFY(trace.hasBackwardTimes());

    const Trace& other = document.trace(server);
    QCOMPARE(other.rowCount(), std::size_t{3});
    QCOMPARE(other.timeRange(), (TimeRange{100, 501}));
    QVERIFY(!other.hasBackwardTimes());
    QCOMPARE(other.eventsByName(), (std::vector<std::uint64_t>{0, 3}));
    QCOMPARE(document.traceOf(RowId(5U)).id(), server);
    QCOMPARE(document.names()[document.events().name(RowId(5U))].canonical, std::string("quic:packet_sent"));
}

/// Sampling by the rows at the edges of columns gives what sampling by times gives, until a row is earlier than one before it.
void DocumentTest::columnEdgesKnowTheirRows()
{
    std::mt19937 random(6);
    Document document("/a.sqlog");
    EventBatch batch;
    batch.newNames = {"a", "b"};
    std::int64_t time = 0;
    std::uint64_t number = 0;
    for (std::uint32_t row = 0; row < 40'000; ++row) {
        const TraceId trace = random() % 3 == 0 ? server : client;
        time += static_cast<std::int64_t>(random() % 2 * (random() % 50));
        batch.rows.push_back(rowOf(trace, trace == server ? time + 3'000 : time)); // clocks of their own
        if (random() % 3 == 0)
            batch.metrics.push_back({static_cast<std::int64_t>(random() % 1'000), RowId(row), MetricKind::MinRtt});
        if (random() % 2 == 0)
            batch.packets.push_back(packetOf(number++, row, 1 + static_cast<std::uint32_t>(random() % 1'400), false));
    }
    document.append(batch);
    for (const TraceId id : {client, server}) {
        const Trace& trace = document.trace(id);
        for (const int columns : {1, 37, 1'000, 30'000}) {
            const std::int64_t begin = static_cast<std::int64_t>(random() % 200'000) - 20'000;
            const TimeRange range{begin, begin + 1 + static_cast<std::int64_t>(random() % 1'200'000)};
            const ColumnEdges edges = trace.columnEdges(range, columns);
            const ColumnEdges plain(range, columns);
            QCOMPARE(edges.times, plain.times);
            QCOMPARE(edges.rows.size(), edges.times.size());
            const auto metrics = trace.metric(MetricKind::MinRtt).sample(edges);
            const auto plainMetrics = trace.metric(MetricKind::MinRtt).sample(plain);
            const auto bars = trace.sentBars(Direction::Sent).sample(edges);
            const auto plainBars = trace.sentBars(Direction::Sent).sample(plain);
            for (std::size_t column = 0; column < edges.columns(); ++column) {
                QCOMPARE(metrics[column].firstIndex, plainMetrics[column].firstIndex);
                QCOMPARE(metrics[column].count, plainMetrics[column].count);
                QCOMPARE(metrics[column].range.min, plainMetrics[column].range.min);
                QCOMPARE(bars[column].firstIndex, plainBars[column].firstIndex);
                QCOMPARE(bars[column].count, plainBars[column].count);
            }
        }
    }
    EventBatch earlier;
    earlier.rows = {rowOf(client, 5)};
    document.append(earlier);
    QVERIFY(document.trace(client).columnEdges({0, 1'000}, 10).rows.empty());
    QCOMPARE(document.trace(server).columnEdges({0, 1'000}, 10).rows.size(), std::size_t{11});
}

void DocumentTest::laterBatchesGoOn()
{
    Document document("a.sqlog");
    document.append(twoTraces());
    EventBatch batch;
    batch.newNames = {"quic:packets_acked"};
    batch.rows = {rowOf(client, 900)};
    batch.rows[0].name = NameId(2U);
    batch.acked = {{7, 7, RowId(6U)}};
    batch.metrics = {{33, RowId(6U), MetricKind::MinRtt}};
    batch.frames = {{client, 1, Direction::Sent, FrameKind::Stream, {}}};
    document.append(batch);
    const Trace& trace = document.trace(client);
    QCOMPARE(document.names()[document.events().name(RowId(6U))].kind, EventKind::PacketsAcked);
    QCOMPARE(trace.packets(Direction::Sent).ackedBy(PacketId(0U)), RowId(4U)); // the first ACK counts
    QCOMPARE(trace.metric(MetricKind::MinRtt).valueAt(900), std::optional<std::int64_t>(33));
    QCOMPARE(trace.frameCounts(Direction::Sent), (FrameCounts{{"stream", 8}}));
}

void DocumentTest::headersAndOriginsAreAmended()
{
    Document document("a.sqlog");
    EventBatch batch;
    batch.traces = {{server, {}}, {client, {}}};
    batch.traces[0].header.title = "early";
    batch.origins = {{server, 1'000, 2'000}};
    document.append(batch);
    QCOMPARE(document.trace(server).header().title, std::string("early"));
    QCOMPARE(document.trace(server).logOriginNs(), std::int64_t{1'000});
    QCOMPARE(document.trace(server).wallClockNs(), std::optional<std::int64_t>(2'000));
    QCOMPARE(document.trace(client).wallClockNs(), std::optional<std::int64_t>());

    EventBatch amendment;
    amendment.traces = {{server, {}}};
    amendment.traces[0].header.title = "amended";
    amendment.traces[0].header.role = Role::Server;
    document.append(amendment);
    QCOMPARE(document.traceCount(), std::size_t{2});
    QCOMPARE(document.trace(server).header().title, std::string("amended"));
    QCOMPARE(document.trace(server).role(), Role::Server);
    QVERIFY(!document.trace(server).isRoleInferred());
}

void DocumentTest::announcesOncePerBatch()
{
    Document document("a.sqlog");
    QSignalSpy appended(&document, &Document::appended);
    std::vector<std::size_t> rowsSeen;
    connect(&document, &Document::appended, this, [&] { rowsSeen.push_back(document.trace(server).rowCount()); });
    document.append(twoTraces());
    QCOMPARE(appended.count(), 1);
    EventBatch more;
    more.rows = {rowOf(server, 900), rowOf(server, 901)};
    document.append(more);
    QCOMPARE(appended.count(), 2);
    QCOMPARE(rowsSeen, (std::vector<std::size_t>{3, 5})); // all of a batch can be read by then
}

void DocumentTest::announcesStates()
{
    Document document("a.sqlog");
    QSignalSpy stateChanged(&document, &Document::stateChanged);
    document.setState(Document::State::Failed, "Permission denied");
    QCOMPARE(stateChanged.count(), 1);
    QCOMPARE(document.state(), Document::State::Failed);
    QCOMPARE(document.failure(), std::string("Permission denied"));
    document.setState(Document::State::Complete);
    QCOMPARE(document.failure(), std::string());
}

void DocumentTest::isNamedAfterItsFile()
{
    QCOMPARE(Document("/logs/today/c0ffee.sqlog").shortName(), std::string("c0ffee.sqlog"));
    QCOMPARE(Document("c0ffee.sqlog").shortName(), std::string("c0ffee.sqlog"));
}

void DocumentTest::readsRecordsAgain()
{
    const OpenedFile file;
    std::string problem;
    QCOMPARE(file.document.recordText(RowId(0U), &problem), std::string("{\"time\": 0}"));
    QCOMPARE(file.document.recordText(RowId(2U), &problem), std::string("{\"time\": 2}"));
    QCOMPARE(problem, std::string());
}

void DocumentTest::readsRecordsOfAGrowingOrDeletedFile()
{
    const OpenedFile file;
    file.rewrite(file.content + "{\"time\": 3}\n"); // in place, the same bytes and more
    QCOMPARE(file.document.recordText(RowId(1U)), std::string("{\"time\": 1}"));
    QCOMPARE(::unlink(file.path().c_str()), 0);
    QCOMPARE(file.document.recordText(RowId(1U)), std::string("{\"time\": 1}"));
}

void DocumentTest::refusesRecordsOfATruncatedFile()
{
    const OpenedFile file;
    file.rewrite(file.content.first(file.content.size() - 1)); // even if this record is still whole
    file.refusesWith("changed on disk");
}

void DocumentTest::refusesRecordsOfAReplacedFile()
{
    const OpenedFile other;
    other.rewrite(other.content, "new.sqlog"); // the same bytes, but another file
    QCOMPARE(::rename(other.path("new.sqlog").c_str(), other.path().c_str()), 0);
    other.refusesWith("changed on disk");

    const OpenedFile rewritten;
    rewritten.rewrite("[\"time\", 9]\n[\"time\", 9]\n[\"time\", 9]\n");
    rewritten.refusesWith("changed on disk");
}

void DocumentTest::refusesRecordsWithoutAFile()
{
    OpenedFile file;
    EventRow beyond = rowOf(client, 0);
    beyond.offset = 30;
    beyond.length = 7;
    EventBatch batch;
    batch.rows = {beyond};
    file.document.append(batch);
    std::string problem;
    QCOMPARE(file.document.recordText(RowId(3U), &problem), std::string());
    QVERIFY2(problem.find("shorter") != std::string::npos, problem.c_str());
    file.document.setSource(nullptr);
    file.refusesWith("not open");
}

QTEST_GUILESS_MAIN(DocumentTest)
#include "documenttest.moc"
