// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/http3record.h"
#include "importers/packetsizes.h"
#include "tests/support/reading.h"

#include <QTest>

#include <map>
#include <random>

using namespace qlogscope;
using namespace qlogscope::testing;

/// HTTP/3 frames on the offsets of their streams.
class Http3PlacementTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void records_data();
    void records();
    void piecesAreThoseOfEveryByte();
    void oddFrames();
    void realStreamsEndWhereTheirFramesEnd_data();
    void realStreamsEndWhereTheirFramesEnd();
};

namespace {

std::optional<Http3FrameRecord> readFrame(const std::string& data, Writer writer = Writer::Unknown)
{
    TraceHeader header;
    header.writer = writer;
    return Http3RecordReader().http3Frame(R"({"time":1,"name":"http:frame_created","data":)" + data + "}", header);
}

/// One stream as it is on the wire: what each byte is.
using Labels = std::vector<std::string>; // "headers/header", "data/payload", ...

/// What a range of a stream is, by the placement.
Labels labelsOf(const Http3Placement& placement, Direction direction, std::uint64_t streamId, std::uint64_t offset, std::uint64_t length)
{
    Labels labels(static_cast<std::size_t>(length));
    placement.forEachIn(direction, streamId, offset, length, [&](const Http3Piece& piece) {
        for (std::uint64_t i = 0; i < piece.length; ++i)
            labels[static_cast<std::size_t>(piece.offset - offset + i)] += std::string(piece.kind) + (piece.isHeader ? "/header" : "/payload");
    });
    return labels;
}

} // namespace

void Http3PlacementTest::records_data()
{
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<int>("writer");
    QTest::addColumn<int>("header");
    QTest::addColumn<int>("payload");
    QTest::addColumn<bool>("isInferred");
    const auto row = [](const char* name, const char* data, Writer writer, int header, int payload, bool isInferred) {
        QTest::newRow(name) << QByteArray(data) << static_cast<int>(writer) << header << payload << isInferred;
    };
    row("length is the payload's", R"({"stream_id":0,"length":35,"frame":{"frame_type":"headers"}})", Writer::Aioquic, 2, 35, true);
    row("length of two bytes", R"({"stream_id":0,"length":1000,"frame":{"frame_type":"data"}})", Writer::Aioquic, 3, 1000, true);
    row("draft-01", R"({"stream_id":"0","byte_length":"16384","frame":{"frame_type":"data"}})", Writer::Unknown, 5, 16384, true);
    row("raw with both", R"({"stream_id":0,"raw":{"length":44,"payload_length":42},"frame":{"frame_type":"headers"}})", Writer::QuicGo, 2, 42, false);
    row("raw with one", R"({"stream_id":0,"raw":{"length":42},"frame":{"frame_type":"headers"}})", Writer::Unknown, 2, 42, true);
    row("raw in the frame", R"({"stream_id":0,"frame":{"frame_type":"data","raw":{"payload_length":64}}})", Writer::Unknown, 3, 64, true);
    row("SETTINGS that quic-go sends", R"({"stream_id":2,"raw":{"length":8},"frame":{"frame_type":"settings"}})", Writer::QuicGo, 2, 5, true);
    row("a long type", R"({"stream_id":0,"length":5,"frame":{"frame_type":"reserved","frame_type_bytes":16384}})", Writer::Unknown, 5, 5, true);
    row("priority_update", R"({"stream_id":2,"length":5,"frame":{"frame_type":"priority_update"}})", Writer::Unknown, 5, 5, true);
}

void Http3PlacementTest::records()
{
    QFETCH(QByteArray, data);
    QFETCH(int, writer);
    QFETCH(int, header);
    QFETCH(int, payload);
    QFETCH(bool, isInferred);
    const std::optional<Http3FrameRecord> frame = readFrame(data.toStdString(), static_cast<Writer>(writer));
    QVERIFY(frame && frame->isLengthLogged);
    QCOMPARE(frame->headerBytes, static_cast<std::uint64_t>(header));
    QCOMPARE(frame->payloadBytes, static_cast<std::uint64_t>(payload));
    QCOMPARE(frame->isHeaderInferred, isInferred);
}

void Http3PlacementTest::piecesAreThoseOfEveryByte()
{
    std::mt19937 random(3);
    Http3Placement placement;
    std::map<std::pair<Direction, std::uint64_t>, Labels> streams;
    for (int i = 0; i < 40; ++i) {
        const Direction direction = random() % 2 == 0 ? Direction::Sent : Direction::Received;
        const std::uint64_t id = static_cast<std::uint64_t>(i);
        const bool isUnidirectional = (id & 2U) != 0;
        const bool isPush = isUnidirectional && random() % 2 == 0;
        Labels& labels = streams[{direction, id}];
        labels.assign(isPush ? 2 : isUnidirectional ? 1 : 0, "stream_type/header");
        const auto count = 1 + random() % 12;
        for (unsigned each = 0; each < count; ++each) {
            const std::string kind = isUnidirectional && !isPush ? "settings" : each == 0 ? "headers" : "data";
            const std::uint64_t length = random() >> (18 + random() % 14);
            const std::optional<Http3FrameRecord> frame
                = readFrame(R"({"stream_id":)" + std::to_string(id) + R"(,"length":)" + std::to_string(length) + R"(,"frame":{"frame_type":")" + kind + R"("}})");
            QVERIFY(frame);
            placement.add(direction, *frame);
            labels.insert(labels.end(), 1 + varintSize(length), kind + "/header");
            labels.insert(labels.end(), static_cast<std::size_t>(length), kind + "/payload");
        }
    }
    // packets carry any part of any stream, in any order and more than once
    for (int i = 0; i < 4'000; ++i) {
        auto it = streams.begin();
        std::advance(it, static_cast<std::ptrdiff_t>(random() % streams.size()));
        const Labels& labels = it->second;
        const std::size_t offset = random() % labels.size();
        const std::size_t length = random() % std::min<std::size_t>(labels.size() - offset + 1, 1'400);
        const Labels expected(labels.begin() + static_cast<std::ptrdiff_t>(offset), labels.begin() + static_cast<std::ptrdiff_t>(offset + length));
        QVERIFY(labelsOf(placement, it->first.first, it->first.second, offset, length) == expected);
    }
}

void Http3PlacementTest::oddFrames()
{
    for (const char* data : {"null", "[]", "7", "{}", R"({"stream_id":0})", R"({"stream_id":0,"frame":7})", R"({"frame":{"frame_type":"data"},"length":3})",
                             R"({"stream_id":-1,"frame":{"frame_type":"data"},"length":3})"})
        QVERIFY2(!readFrame(data), data);
    QVERIFY(!Http3RecordReader().http3Frame("{", {}));
    QVERIFY(!Http3RecordReader().http3Frame(std::string(100'000, '['), {}));
    Http3Placement placement;
    placement.add(Direction::Sent, *readFrame(R"({"stream_id":0,"length":10,"frame":{"frame_type":"headers"}})"));
    placement.add(Direction::Sent, *readFrame(R"({"stream_id":0,"frame":{"frame_type":"data"}})"));
    placement.add(Direction::Sent, *readFrame(R"({"stream_id":0,"length":10,"frame":{"frame_type":"data"}})"));
    placement.add(Direction::Sent, *readFrame(R"({"stream_id":4,"length":18446744073709551615,"frame":{"frame_type":"data"}})"));
    placement.add(Direction::Sent, *readFrame(R"({"stream_id":8,"length":4611686018427387000,"frame":{"frame_type":"data"}})"));
    placement.add(Direction::Sent, *readFrame(R"({"stream_id":8,"length":4611686018427387000,"frame":{"frame_type":"data"}})"));
    QCOMPARE(placement.frameCount(), std::size_t{2}); // what comes after an unknown length has no place
    std::uint64_t bytes = 0;
    placement.forEachIn(Direction::Sent, 0, 0, UINT64_MAX, [&bytes](const Http3Piece& piece) { bytes += piece.length; });
    QCOMPARE(bytes, 12U);
    placement.forEachIn(Direction::Sent, 0, UINT64_MAX, UINT64_MAX, [](const Http3Piece&) { QFAIL("there is nothing"); });
}

void Http3PlacementTest::realStreamsEndWhereTheirFramesEnd_data()
{
    QTest::addColumn<QString>("name");
    if (sharedTraces().isEmpty())
        QSKIP("The real traces are not beside the project.");
    for (const char* name : {"aioquic/tiny_client.qlog", "aioquic/post_client.qlog", "aioquic/clean10m_server.qlog.gz", "quic-go-master/tiny_client.sqlog",
                             "quic-go-master/streams16_client.sqlog", "quic-go-master/streams16_server.sqlog.gz", "quic-go-master/lossy10m_server.sqlog.gz"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void Http3PlacementTest::realStreamsEndWhereTheirFramesEnd()
{
    QFETCH(QString, name);
    const std::unique_ptr<Document> document = TraceReader::readDocument(QString(sharedTraces() + QStringLiteral("/dev/") + name).toStdString());
    const Trace& log = document->trace(TraceId(std::size_t{0}));
    Http3Placement placement;
    const Http3RecordReader reader;
    for (std::size_t i = 0; i < log.rowCount(); ++i) {
        const RowId row = log.row(i);
        const NameId event = document->events().name(row);
        const EventKind kind = event.isValid() ? document->names()[event].kind : EventKind::Other;
        if (kind != EventKind::Http3FrameCreated && kind != EventKind::Http3FrameParsed)
            continue;
        const std::optional<Http3FrameRecord> frame = reader.http3Frame(document->recordText(row), log.header());
        QVERIFY(frame);
        placement.add(kind == EventKind::Http3FrameCreated ? Direction::Sent : Direction::Received, *frame);
    }
    QVERIFY(placement.frameCount() > 0);
    for (const StreamIndex::Stream& stream : log.streams().streams()) {
        for (const Direction direction : {Direction::Sent, Direction::Received}) {
            const std::uint64_t end = direction == Direction::Sent ? stream.sent.largestOffset : stream.received.largestOffset;
            std::uint64_t placed = 0;
            placement.forEachIn(direction, stream.id, 0, UINT64_MAX, [&placed](const Http3Piece& piece) { placed += piece.length; });
            if (placed > 0)
                QCOMPARE(placed, end);
        }
    }
}

QTEST_GUILESS_MAIN(Http3PlacementTest)
#include "http3placementtest.moc"
