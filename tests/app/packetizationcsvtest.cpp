// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/packetizationcsv.h"
#include "importers/http3record.h"
#include "importers/recordsummary.h"
#include "tests/support/reading.h"
#include "tests/support/tracegen.h"

#include <QTest>

#include <map>
#include <set>

using namespace qlogscope;
using namespace qlogscope::testing;

/// The table of the packetization: what it says of each packet, and of streams, against the packets and ranges of the trace.
class PacketizationCsvTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void lanesTile_data();
    void lanesTile();
    void rangesAndDirections();

private:
    [[nodiscard]] QStringList csvOf(const Document& document, TraceId trace, TimeRange range, std::optional<Direction> direction = {});
    QTemporaryDir m_folder;
};

namespace {

struct LaneRow {
    QString direction;
    QString lane;
    std::uint64_t start = 0;
    std::uint64_t length = 0;
    QString kind;
    QString streamId;
    std::uint64_t offset = 0;
};

LaneRow laneRow(const QString& line)
{
    const QStringList fields = line.split(QLatin1Char(','));
    if (fields.size() != 9)
        return {};
    return {fields[0], fields[1], fields[2].toULongLong(), fields[3].toULongLong(), fields[4], fields[6], fields[7].toULongLong()};
}

using Covered = std::map<std::pair<QString, QString>, IntervalSet>; // by direction and stream

/// The stream offsets that facts say were carried.
Covered coveredByFacts(const Trace& trace)
{
    Covered covered;
    for (std::size_t i = 0; i < trace.streams().rangeCount(); ++i) {
        const StreamIndex::Range range = trace.streams().range(i);
        const QString id = QString::number(trace.streams().rangeStream(i));
        if (range.length > 0)
            covered[{range.direction == Direction::Sent ? QStringLiteral("sent") : QStringLiteral("received"), id}].insert(
                {range.offset, range.offset + range.length - 1});
    }
    return covered;
}

} // namespace

QStringList PacketizationCsvTest::csvOf(const Document& document, TraceId trace, TimeRange range, std::optional<Direction> direction)
{
    const QString path = m_folder.filePath(QStringLiteral("table.csv"));
    OutputFile output(path);
    const RecordSummary records;
    const Http3RecordReader http3;
    if (!output.open() || writePacketizationCsv({const_cast<Document*>(&document), trace}, range, direction, records, http3, {}, &output) != ExitGood)
        return {};
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QStringList lines = QString::fromUtf8(file.readAll()).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    if (lines.value(0) != QStringLiteral("direction,lane,start_byte,length,kind,packet_number,stream_id,offset,inferred"))
        return {};
    lines.removeFirst();
    return lines;
}

void PacketizationCsvTest::lanesTile_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("generated, with losses") << QString();
    if (sharedTraces().isEmpty()) {
        qInfo("The real traces are not beside the project: only generated traffic is looked at.");
        return;
    }
    for (const char* name : {"aioquic/home_push_client.qlog", "aioquic/zerortt_server.qlog", "ngtcp2/streams20_server.sqlog.gz", "openssl/dup_reorder5m_server.sqlog.gz",
                             "picoquic/sim_multipath_qlog_server.qlog", "picoquic/tiny_server.qlog", "quic-go-master/streams16_server.sqlog.gz", "quic-go-master/retry_client.sqlog",
                             "qhpv/aioquic.sqlog.gz", "qvis-draft-01/doublevantage_100ms.qlog.gz"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void PacketizationCsvTest::lanesTile()
{
    QFETCH(QString, name);
    QString path = sharedTraces() + QStringLiteral("/dev/") + name;
    if (name.isEmpty()) {
        path = m_folder.filePath(QStringLiteral("generated.sqlog"));
        tracegen::Options options;
        options.events = 4'000;
        options.lossPermille = 40;
        const std::string text = tracegen::generateText(options, tracegen::Vantage::Server);
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text.data(), static_cast<qint64>(text.size())) > 0);
    }
    const std::unique_ptr<Document> document = TraceReader::readDocument(path.toStdString());
    for (std::size_t t = 0; t < document->traceCount(); ++t) {
        const Trace& log = document->trace(TraceId(t));
        std::map<QString, std::map<QString, std::uint64_t>> ends; // by direction and lane: of packets, of what is in their payloads
        Covered covered;
        std::uint64_t payloadEnd = 0;
        for (const QString& line : csvOf(*document, TraceId(t), {0, INT64_MAX / 4})) {
            const LaneRow row = laneRow(line);
            QVERIFY2(!row.lane.isEmpty(), qPrintable(line));
            std::map<QString, std::uint64_t>& end = ends[row.direction];
            const bool isInPayload = row.lane == QStringLiteral("frame") || row.lane == QStringLiteral("unaccounted");
            if (row.lane.startsWith(QStringLiteral("packet-"))) {
                QCOMPARE(row.start, end[QStringLiteral("packets")]);
                end[QStringLiteral("packets")] += row.length;
                end[QStringLiteral("payload")] += row.lane == QStringLiteral("packet-payload") ? row.length : 0;
                payloadEnd = row.lane == QStringLiteral("packet-payload") ? row.start + row.length : payloadEnd;
            } else if (isInPayload) {
                end[QStringLiteral("parts")] += row.length;
                QVERIFY2(row.start + row.length <= payloadEnd, qPrintable(line));
            } else if (row.lane == QStringLiteral("datagram")) {
                QCOMPARE(row.start, end[QStringLiteral("datagrams")]);
                end[QStringLiteral("datagrams")] += row.length;
            } else if (row.lane == QStringLiteral("stream") && row.length > 0) {
                covered[{row.direction, row.streamId}].insert({row.offset, row.offset + row.length - 1});
            }
        }
        for (const Direction direction : {Direction::Sent, Direction::Received}) {
            std::map<QString, std::uint64_t>& end = ends[direction == Direction::Sent ? QStringLiteral("sent") : QStringLiteral("received")];
            QCOMPARE(end[QStringLiteral("packets")], log.packets(direction).totalBytes());
            QCOMPARE(end[QStringLiteral("datagrams")], log.packets(direction).totalBytes());
            QCOMPARE(end[QStringLiteral("parts")], end[QStringLiteral("payload")]);
        }
        const Covered expected = coveredByFacts(log);
        QCOMPARE(covered.size(), expected.size());
        for (const auto& [stream, intervals] : expected)
            QVERIFY2(covered[stream].intervals() == intervals.intervals(), qPrintable(stream.first + QLatin1Char(' ') + stream.second));
    }
}

void PacketizationCsvTest::rangesAndDirections()
{
    const QString path = m_folder.filePath(QStringLiteral("two.sqlog"));
    QFile file(path);
    const QByteArray text = R"({"qlog_version":"0.3","qlog_format":"JSON-SEQ","trace":{"vantage_point":{"type":"client"},"common_fields":{"time_format":"relative"}}}
{"time":0,"name":"transport:packet_sent","data":{"header":{"packet_type":"1RTT","packet_number":5,"dcid":"a1a2a3a4"},"raw":{"length":24},"frames":[{"frame_type":"ping"}]}}
{"time":1,"name":"http:frame_created","data":{"stream_id":0,"length":5,"frame":{"frame_type":"headers","headers":[]}}}
{"time":2,"name":"transport:packet_sent","data":{"header":{"packet_type":"1RTT","packet_number":6,"dcid":"a1a2a3a4"},"raw":{"length":33},"frames":[{"frame_type":"stream","stream_id":0,"offset":0,"length":7}]}}
{"time":3,"name":"transport:packet_received","data":{"header":{"packet_type":"1RTT","packet_number":0,"dcid":"b1b2b3b4"},"raw":{"length":40},"frames":[]}}
)";
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
    file.close();
    const std::unique_ptr<Document> document = TraceReader::readDocument(path.toStdString());
    const QStringList expected{
        QStringLiteral("sent,packet-header,24,7,1rtt,6,,,1"), QStringLiteral("sent,packet-payload,31,10,1rtt,6,,,1"), QStringLiteral("sent,packet-tag,41,16,1rtt,6,,,1"),
        QStringLiteral("sent,frame,31,10,stream,6,0,0,1"), QStringLiteral("sent,stream,34,7,new,6,0,0,0"), QStringLiteral("sent,http3,34,2,headers,6,0,0,1"),
        QStringLiteral("sent,http3,36,5,headers,6,0,2,1"), QStringLiteral("sent,datagram,24,33,,,,,0")};
    QCOMPARE(csvOf(*document, TraceId(std::size_t{0}), {1'000'000, 3'000'000}), expected);
    const QStringList received{QStringLiteral("received,packet-header,0,7,1rtt,0,,,1"), QStringLiteral("received,packet-payload,7,17,1rtt,0,,,1"),
                               QStringLiteral("received,packet-tag,24,16,1rtt,0,,,1"), QStringLiteral("received,unaccounted,7,17,,0,,,1"),
                               QStringLiteral("received,datagram,0,40,,,,,0")};
    QCOMPARE(csvOf(*document, TraceId(std::size_t{0}), {0, 4'000'000}, Direction::Received), received);
}

QTEST_GUILESS_MAIN(PacketizationCsvTest)
#include "packetizationcsvtest.moc"
