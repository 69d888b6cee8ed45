// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/reading.h"

#include <QTest>

using namespace qlogscope;
using namespace qlogscope::testing;

/// What is read from a single record. Each one is read with both JSON libraries, which must agree.
class DecoderTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup();

    void names_data();
    void names();
    void missingTimeAndName();
    void packetSizes_data();
    void packetSizes();
    void opensslSizes_data();
    void opensslSizes();
    void packetTypes_data();
    void packetTypes();
    void packetNumbers_data();
    void packetNumbers();
    void framesOfAPacket();
    void packetsHeldBack();
    void ackRanges_data();
    void ackRanges();
    void acksSayWhoseTheyAre();
    void streamFrames_data();
    void streamFrames();
    void pathIdColumn();
    void metrics_data();
    void metrics();
    void lostPackets_data();
    void lostPackets();
    void packetsAcked();
    void kindsByData_data();
    void kindsByData();
    void longNamesAreCut();
    void parameters_data();
    void parameters();
    void numberForms_data();
    void numberForms();
    void closes_data();
    void closes();
    void handshake_data();
    void handshake();
    void versions_data();
    void versions();
    void peers_data();
    void peers();
    void duplicateKeysLastWins();
    void secondHeaderIsNoRow();
    void linesOfAChunk();
    void repairs_data();
    void repairs();
    void malformed_data();
    void malformed();

private:
    DecodedBlock decoded(const QByteArray& record, const TraceHeader& header = {}, RecordRef::Kind kind = RecordRef::Kind::Event);
    PacketFact packet(const QByteArray& data, Writer writer = Writer::Unknown);

    QStringList m_disagreements;
};

namespace {

QByteArray logged(const char* name, const QByteArray& data)
{
    return QByteArray("{\"time\":1,\"name\":\"") + name + "\",\"data\":" + data + "}";
}
QByteArray sent(const QByteArray& data) { return logged("transport:packet_sent", data); }
QByteArray sentWithFrame(const QByteArray& frame)
{
    return sent(R"({"header":{"packet_type":"1RTT","packet_number":1},"frames":[)" + frame + "]}");
}

RecordBlock blockOf(const QByteArray& record, const TraceHeader& header, RecordRef::Kind kind)
{
    RecordBlock block;
    block.text.append({record.constData(), static_cast<std::size_t>(record.size())});
    std::fill_n(block.text.prepare(BlockBuilder::padding), BlockBuilder::padding, ' ');
    block.records.push_back({0, static_cast<std::uint64_t>(record.size()), 0, kind});
    block.header = std::make_shared<TraceHeader>(header);
    block.headerIsNew = true;
    block.accountedTo = static_cast<std::uint64_t>(record.size());
    return block;
}

QByteArray bytes(const std::string& text) { return QByteArray::fromStdString(text); }

} // namespace

DecodedBlock DecoderTest::decoded(const QByteArray& record, const TraceHeader& header, RecordRef::Kind kind)
{
    const RecordBlock block = blockOf(record, header, kind);
    DecodedBlock fast = RecordDecoder(JsonPath::Fast).decode(block);
    DecodedBlock reference = RecordDecoder(JsonPath::Reference).decode(block);
    if (fast.ackRanges != reference.ackRanges || fast.acks.size() != reference.acks.size())
        m_disagreements.append(QStringLiteral("ACK ranges of ") + QString::fromUtf8(record));
    const std::string different = difference(Resolver().resolve(DecodedBlock(fast)), Resolver().resolve(std::move(reference)));
    if (!different.empty())
        m_disagreements.append(QString::fromStdString(different) + QStringLiteral(" of ") + QString::fromUtf8(record));
    return fast;
}

PacketFact DecoderTest::packet(const QByteArray& data, Writer writer)
{
    TraceHeader header;
    header.writer = writer;
    const DecodedBlock block = decoded(sent(data), header);
    return block.packets.size() == 1 ? block.packets.front() : PacketFact();
}

void DecoderTest::cleanup()
{
    QCOMPARE(m_disagreements, QStringList());
}

void DecoderTest::names_data()
{
    QTest::addColumn<QByteArray>("record");
    QTest::addColumn<QByteArray>("fields");
    QTest::addColumn<QByteArray>("name");
    const QByteArray four = "time,category,event,data";
    QTest::newRow("object") << QByteArray(R"({"time":1,"name":"transport:packet_sent","data":{}})") << QByteArray() << QByteArray("transport:packet_sent");
    QTest::newRow("object, data first") << QByteArray(R"({"data":{},"name":"a:b","time":1})") << QByteArray() << QByteArray("a:b");
    QTest::newRow("object, category and event") << QByteArray(R"({"time":1,"category":"a","event":"b"})") << QByteArray() << QByteArray("a:b");
    QTest::newRow("object, category and type") << QByteArray(R"({"time":1,"category":"a","type":"b"})") << QByteArray() << QByteArray("a:b");
    QTest::newRow("object without data") << QByteArray(R"({"time":1,"name":"a:b"})") << QByteArray() << QByteArray("a:b");
    QTest::newRow("array") << QByteArray(R"([1,"a","b",{}])") << four << QByteArray("a:b");
    QTest::newRow("array, columns in another order") << QByteArray(R"([{},"b","a","1"])") << QByteArray("data,event_type,category,relative_time") << QByteArray("a:b");
    QTest::newRow("array, five columns of 0.1") << QByteArray(R"([1,"A","B","LINE",{}])") << QByteArray("time,category,type,trigger,data") << QByteArray("A:B");
    QTest::newRow("array without event_fields") << QByteArray(R"([1,"a","b",{}])") << QByteArray() << QByteArray("a:b");
}

void DecoderTest::names()
{
    QFETCH(QByteArray, record);
    QFETCH(QByteArray, fields);
    QFETCH(QByteArray, name);
    TraceHeader header;
    for (const QByteArray& field : fields.isEmpty() ? QList<QByteArray>() : fields.split(','))
        header.eventFields.push_back(field.toStdString());
    const DecodedBlock block = decoded(record, header);
    QCOMPARE(block.rows.size(), std::size_t{1});
    QCOMPARE(block.rows.front().flags, std::uint8_t{0});
    QCOMPARE(block.rows.front().time.whole, std::int64_t{1});
    QCOMPARE(bytes(block.names.at(block.rows.front().name - 1)), name);
    QVERIFY(block.diagnostics.empty());
}

void DecoderTest::missingTimeAndName()
{
    const DecodedBlock block = decoded(R"({"data":{}})");
    QCOMPARE(block.rows.front().flags, std::uint8_t{RowNoTime | RowNoName});
    QCOMPARE(bytes(block.names.at(block.rows.front().name - 1)), QByteArray("none"));
    QCOMPARE(block.diagnostics.size(), std::size_t{2});
    QCOMPARE(decoded(R"({"time":"soon","name":"a:b"})").diagnostics.front().kind, DiagnosticKind::MissingTime);
    QCOMPARE(decoded(R"({"time":"12.5","name":"a:b"})").rows.front().time, (RawTime{12, 0.5}));
    QCOMPARE(decoded("7").rows.front().flags, std::uint8_t{RowNoTime | RowNoName});
    TraceHeader header;
    header.eventFields = {"time", "category", "event", "data"};
    QCOMPARE(decoded(R"([1,"a","b"])", header).diagnostics.front().kind, DiagnosticKind::WrongFieldType);
}

void DecoderTest::packetSizes_data()
{
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<unsigned>("size");
    QTest::addColumn<int>("flag"); // how the size is known
    QTest::newRow("raw.length") << QByteArray(R"({"header":{"packet_type":"initial"},"raw":{"length":1200,"payload_length":1100}})") << 1200U << 0;
    QTest::newRow("raw.length before all others")
        << QByteArray(R"({"length":1,"packet_size":2,"header":{"packet_type":"initial","packet_size":3,"length":4},"raw":{"length":1200}})") << 1200U << 0;
    QTest::newRow("header.packet_size") << QByteArray(R"({"packet_type":"initial","header":{"packet_size":1200,"payload_length":1150}})") << 1200U << 0;
    QTest::newRow("header.length") << QByteArray(R"({"header":{"packet_type":"initial","length":1200}})") << 1200U << 0;
    QTest::newRow("data.length") << QByteArray(R"({"packet_type":"initial","packet_number":1,"length":1200})") << 1200U << 0;
    QTest::newRow("number in a string") << QByteArray(R"({"header":{"packet_type":"initial","packet_size":"1200"}})") << 1200U << 0;
    QTest::newRow("number with zero fraction") << QByteArray(R"({"header":{"packet_type":"initial"},"raw":{"length":1200.0}})") << 1200U << 0;
    QTest::newRow("larger than 4 GiB") << QByteArray(R"({"raw":{"length":18446744073709551615}})") << 4294967295U << 0;
    QTest::newRow("raw is a list") << QByteArray(R"({"raw":[{"length":1200}]})") << 1200U << 0;
    QTest::newRow("hex number in a string") << QByteArray(R"({"header":{"packet_type":"initial","packet_size":"0x4b0"}})") << 1200U << 0;
    QTest::newRow("from the payload of 0.1") // 1 + 4 + 1 + 8 + 1 + 8 + 2 + 2 bytes of header
        << QByteArray(R"({"header":{"form":"long","type":"Handshake","scid":"0102030405060708","dcid":"0102030405060708","payload_length":"1180"},"frames":[]})")
        << 1207U << int{PacketSizeInferred};
    QTest::newRow("zero is a size") << QByteArray(R"({"raw":{"length":0},"frames":[]})") << 0U << 0;
    QTest::newRow("null is none") << QByteArray(R"({"raw":{"length":null}})") << 0U << int{PacketSizeMissing};
    QTest::newRow("not logged") << QByteArray(R"({"header":{"packet_type":"1RTT","packet_number":1}})") << 0U << int{PacketSizeMissing};
    QTest::newRow("from an ACK") // 1 + 2 bytes of number, ACK 1 + 1 + 2 + 1 + 1 + 2, tag 16
        << QByteArray(R"({"header":{"packet_type":"1RTT","packet_number":1},"frames":[{"frame_type":"ack","ack_delay":1,"acked_ranges":[[5,9],[2,3]]}]})")
        << 27U << int{PacketSizeInferred};
    QTest::newRow("from frames of numbers") // 1 + 2; NEW_CONNECTION_ID 1 + 1 + 1 + 5 + 16, MAX_DATA 1 + 4; 16
        << QByteArray(R"({"header":{"packet_type":"1RTT","packet_number":1},"frames":[{"frame_type":"new_connection_id","sequence_number":1,"retire_prior_to":0,)"
                      R"("connection_id":"01020304","stateless_reset_token":"000102030405060708090a0b0c0d0e0f"},{"frame_type":"max_data","maximum":"1000000"}]})")
        << 48U << int{PacketSizeInferred};
    QTest::newRow("from frames") // 1 + 4 bytes of id + 2 of number, stream 1 + 1 + 2 + 100, tag 16
        << QByteArray(R"({"header":{"packet_type":"1RTT","packet_number":1,"dcid":"01020304"},"frames":[{"frame_type":"stream","stream_id":0,"offset":0,"length":100}]})")
        << 127U << int{PacketSizeInferred};
}

void DecoderTest::packetSizes()
{
    QFETCH(QByteArray, data);
    QFETCH(unsigned, size);
    QFETCH(int, flag);
    const PacketFact fact = packet(data);
    QCOMPARE(fact.sizeBytes, size);
    QCOMPARE(int{fact.flags} & (PacketSizeMissing | PacketSizeInferred), flag);
}

void DecoderTest::opensslSizes_data()
{
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<unsigned>("size");
    // `length` of a frame with data is that of the frame's header alone
    QTest::newRow("initial") // header 1+4+1+8+1+0+1+2+4 = 22, frames 4+280+850, tag 16
        << QByteArray(R"({"header":{"packet_type":"initial","packet_number":0,"dcid":"1122334455667788","scid":""},"frames":[)"
                      R"({"frame_type":"crypto","offset":0,"payload_length":280,"length":4},{"frame_type":"padding","payload_length":850,"length":850}]})")
        << 1172U;
    QTest::newRow("1-RTT") // header 1+8+4, frames 5+1000 and 1, tag 16
        << QByteArray(R"({"header":{"packet_type":"1RTT","packet_number":9,"dcid":"1122334455667788"},"frames":[)"
                      R"({"frame_type":"stream","stream_id":0,"offset":0,"payload_length":1000,"length":5},{"frame_type":"ping","length":1}]})")
        << 1035U;
    QTest::newRow("no frames") << QByteArray(R"({"header":{"packet_type":"1RTT","packet_number":9,"dcid":""},"frames":[]})") << 21U;
}

void DecoderTest::opensslSizes()
{
    QFETCH(QByteArray, data);
    QFETCH(unsigned, size);
    const PacketFact fact = packet(data, Writer::OpenSsl);
    QCOMPARE(fact.sizeBytes, size);
    QVERIFY((fact.flags & PacketSizeInferred) != 0);
}

void DecoderTest::packetTypes_data()
{
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<QByteArray>("type");
    QTest::newRow("in the header") << QByteArray(R"({"header":{"packet_type":"initial","packet_number":1}})") << QByteArray("initial");
    QTest::newRow("beside the header") << QByteArray(R"({"packet_type":"handshake","header":{"packet_number":1}})") << QByteArray("handshake");
    QTest::newRow("type") << QByteArray(R"({"type":"Initial","packet_number":1})") << QByteArray("initial");
    for (const char* spelling : {"1RTT", "1rtt", "1-RTT", "onertt", "short_header"})
        QTest::newRow(spelling) << QByteArray("{\"packet_type\":\"") + spelling + "\"}" << QByteArray("1rtt");
    for (const char* spelling : {"0RTT", "0rtt", "zerortt"})
        QTest::newRow(spelling) << QByteArray("{\"packet_type\":\"") + spelling + "\"}" << QByteArray("0rtt");
    QTest::newRow("Retry") << QByteArray(R"({"packet_type":"RETRY"})") << QByteArray("retry");
    QTest::newRow("version negotiation") << QByteArray(R"({"packet_type":"version_negotiation"})") << QByteArray("version_negotiation");
    QTest::newRow("stateless reset") << QByteArray(R"({"packet_type":"stateless_reset"})") << QByteArray("stateless_reset");
    QTest::newRow("something new") << QByteArray(R"({"packet_type":"2rtt"})") << QByteArray("unknown");
    QTest::newRow("nothing") << QByteArray("{}") << QByteArray("unknown");
}

void DecoderTest::packetTypes()
{
    QFETCH(QByteArray, data);
    QFETCH(QByteArray, type);
    const std::string_view word = text(packet(data).type);
    QCOMPARE(QByteArray(word.data(), static_cast<qsizetype>(word.size())), type);
}

void DecoderTest::packetNumbers_data()
{
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<qulonglong>("number");
    QTest::addColumn<bool>("hasNumber");
    QTest::newRow("number") << QByteArray(R"({"header":{"packet_type":"1RTT","packet_number":7}})") << 7ULL << true;
    QTest::newRow("text") << QByteArray(R"({"header":{"packet_type":"1RTT","packet_number":"7"}})") << 7ULL << true;
    QTest::newRow("2^62-1 in a string") << QByteArray(R"({"header":{"packet_type":"1RTT","packet_number":"4611686018427387903"}})") << 4611686018427387903ULL << true;
    QTest::newRow("2^62-1") << QByteArray(R"({"header":{"packet_type":"1RTT","packet_number":4611686018427387903}})") << 4611686018427387903ULL << true;
    QTest::newRow("negative") << QByteArray(R"({"header":{"packet_type":"1RTT","packet_number":-1}})") << 0ULL << false;
    QTest::newRow("fraction") << QByteArray(R"({"header":{"packet_type":"1RTT","packet_number":1.5}})") << 0ULL << false;
    QTest::newRow("Retry has none") << QByteArray(R"({"header":{"packet_type":"retry","packet_number":0}})") << 0ULL << false;
    QTest::newRow("Version Negotiation has none") << QByteArray(R"({"header":{"packet_type":"version_negotiation","packet_number":0}})") << 0ULL << false;
    QTest::newRow("not logged") << QByteArray(R"({"header":{"packet_type":"1RTT"}})") << 0ULL << false;
}

void DecoderTest::packetNumbers()
{
    QFETCH(QByteArray, data);
    QFETCH(qulonglong, number);
    QFETCH(bool, hasNumber);
    const PacketFact fact = packet(data);
    QCOMPARE(qulonglong{fact.number}, number);
    QCOMPARE((fact.flags & PacketNoNumber) == 0, hasNumber);
}

void DecoderTest::packetsHeldBack()
{
    const auto isHeldBack = [this](const QByteArray& time, const QByteArray& sendAt, const QByteArray& name = "quic:packet_sent") {
        const QByteArray data = R"({"header":{"packet_type":"1RTT","packet_number":1},"send_at_time":)" + sendAt + "}";
        const DecodedBlock block = decoded("{" + time + "\"name\":\"" + name + "\",\"data\":" + data + "}");
        return (block.packets.at(0).flags & PacketHeldBack) != 0;
    };
    QVERIFY(isHeldBack("\"time\":1.5,", "1.75"));
    QVERIFY(isHeldBack("\"time\":100,", "101"));
    QVERIFY(!isHeldBack("\"time\":1.5,", "1.5"));
    QVERIFY(!isHeldBack("\"time\":1.5,", "1.505")); // printed as floats
    QVERIFY(!isHeldBack("\"time\":1700000000000.5,", "1.75")); // another clock
    QVERIFY(!isHeldBack("\"time\":1.5,", "\"soon\""));
    QVERIFY(!isHeldBack("", "1.75")); // there is nothing to compare with
    QVERIFY(!isHeldBack("\"time\":1.5,", "1.75", "quic:packet_received"));
}

void DecoderTest::framesOfAPacket()
{
    const DecodedBlock block = decoded(logged("quic:packet_received",
        R"({"header":{"packet_type":"1RTT","packet_number":1},"raw":{"length":99},"is_coalesced":"true","is_mtu_probe_packet":1,"frames":[)"
        R"({"frame_type":"ping"},{"frame_type":"PADDING"},{"frame_type":"padding"},{"frame_type":"rst_stream"},{"frame_type":"frobnicate"},7]})"));
    const PacketFact& fact = block.packets.at(0);
    QCOMPARE(fact.direction(), Direction::Received);
    QCOMPARE(int{fact.flags}, PacketReceivedFlag | PacketCoalesced | PacketMtuProbe | PacketFramesLogged);
    QVERIFY(fact.hasFrame(FrameKind::Ping) && fact.hasFrame(FrameKind::Padding) && fact.hasFrame(FrameKind::ResetStream) && fact.hasFrame(FrameKind::Other));
    QVERIFY(!fact.hasFrame(FrameKind::Ack));
    const auto& received = block.groups.front().frameCounts[static_cast<std::size_t>(Direction::Received)];
    QCOMPARE(received[static_cast<std::size_t>(FrameKind::Padding)], std::uint64_t{2});
    QCOMPARE(received[static_cast<std::size_t>(FrameKind::ResetStream)], std::uint64_t{1});
    QCOMPARE(block.groups.front().otherFrames.size(), std::size_t{1});
    QCOMPARE(bytes(block.groups.front().otherFrames.front().name), QByteArray("frobnicate"));
    QVERIFY(packet(R"({"frames":{"frame_type":"ping"}})").hasFrame(FrameKind::Ping)); // one frame without its array
    QVERIFY((packet(R"({"raw":{"length":9}})").flags & PacketFramesLogged) == 0);
}

void DecoderTest::ackRanges_data()
{
    QTest::addColumn<QByteArray>("member");
    QTest::addColumn<QByteArray>("ranges");
    QTest::newRow("pairs") << QByteArray(R"("acked_ranges":[[5,9],[1,3]])") << QByteArray("5-9 1-3 ");
    QTest::newRow("texts") << QByteArray(R"("acked_ranges":[["5","9"]])") << QByteArray("5-9 ");
    QTest::newRow("single") << QByteArray(R"("acked_ranges":[[5]])") << QByteArray("5-5 ");
    QTest::newRow("bare numbers") << QByteArray(R"("acked_ranges":[5,"7"])") << QByteArray("5-5 7-7 ");
    QTest::newRow("reversed") << QByteArray(R"("acked_ranges":[[9,5]])") << QByteArray("5-9 ");
    QTest::newRow("first and last") << QByteArray(R"("acked_ranges":[{"first":5,"last":9}])") << QByteArray("5-9 ");
    QTest::newRow("from and to") << QByteArray(R"("acked_ranges":[{"from":"5","to":"9"}])") << QByteArray("5-9 ");
    QTest::newRow("dash") << QByteArray(R"("acked_ranges":["5-9"])") << QByteArray("5-9 ");
    QTest::newRow("other key") << QByteArray(R"("ack_ranges":[[5,9]])") << QByteArray("5-9 ");
    QTest::newRow("2^62") << QByteArray(R"("acked_ranges":[[0,4611686018427387904]])") << QByteArray("0-4611686018427387904 ");
    QTest::newRow("not ranges") << QByteArray(R"("acked_ranges":[null,{},[],"x-y",[-1,2],["a","b"]])") << QByteArray("");
    QTest::newRow("no array") << QByteArray(R"("acked_ranges":{"first":1})") << QByteArray("");
}

void DecoderTest::ackRanges()
{
    QFETCH(QByteArray, member);
    QFETCH(QByteArray, ranges);
    const DecodedBlock block = decoded(sentWithFrame(R"({"frame_type":"ack",)" + member + "}"));
    std::string actual;
    for (const Interval& range : block.ackRanges)
        actual += std::to_string(range.first) + "-" + std::to_string(range.last) + " ";
    QCOMPARE(bytes(actual), ranges);
}

void DecoderTest::acksSayWhoseTheyAre()
{
    const DecodedBlock sentAck = decoded(sentWithFrame(R"({"frame_type":"ack","acked_ranges":[[1]]})"));
    QCOMPARE(sentAck.acks.at(0).direction, Direction::Received);
    QCOMPARE(sentAck.acks.at(0).space, PacketNumberSpace::Application);
    const DecodedBlock received = decoded(logged("transport:packet_received",
        R"({"header":{"packet_type":"handshake","packet_number":1},"frames":[{"frame_type":"ack","acked_ranges":[[1]]}]})"));
    QCOMPARE(received.acks.at(0).direction, Direction::Sent);
    QCOMPARE(received.acks.at(0).space, PacketNumberSpace::Handshake);
    const DecodedBlock multipath = decoded(sentWithFrame(R"({"frame_type":"path_ack","path_id":3,"acked_ranges":[[1]]})"));
    QCOMPARE(multipath.acks.at(0).pathId, 3U);
    QVERIFY(multipath.groups.front().multipathFrom.isValid());
    const DecodedBlock ordinary = decoded(sentWithFrame(R"({"frame_type":"ack","path_id":3,"acked_ranges":[[1]]})"));
    QCOMPARE(ordinary.acks.at(0).pathId, 0U);
}

void DecoderTest::streamFrames_data()
{
    QTest::addColumn<QByteArray>("frame");
    QTest::addColumn<QByteArray>("stream"); // id offset length fin
    QTest::newRow("length") << QByteArray(R"({"frame_type":"stream","stream_id":4,"offset":10,"length":100,"fin":true})") << QByteArray("4 10 100 fin");
    QTest::newRow("texts") << QByteArray(R"({"frame_type":"stream","stream_id":"4","offset":"10","length":"100","fin":"true"})") << QByteArray("4 10 100 fin");
    QTest::newRow("raw.length") << QByteArray(R"({"frame_type":"stream","stream_id":4,"offset":10,"raw":{"length":100},"fin":false})") << QByteArray("4 10 100");
    QTest::newRow("raw.payload_length") << QByteArray(R"({"frame_type":"stream","stream_id":4,"raw":{"length":104,"payload_length":100}})") << QByteArray("4 0 100");
    QTest::newRow("OpenSSL") << QByteArray(R"({"frame_type":"stream","stream_id":4,"offset":0,"payload_length":100,"length":5})") << QByteArray("4 0 100");
    QTest::newRow("id") << QByteArray(R"({"frame_type":"stream","id":4,"offset":10,"length":100})") << QByteArray("4 10 100");
    QTest::newRow("frame type in upper case") << QByteArray(R"({"frame_type":"STREAM","stream_id":4,"length":100})") << QByteArray("4 0 100");
    QTest::newRow("large") << QByteArray(R"({"frame_type":"stream","stream_id":4611686018427387903,"offset":4611686018427387000,"length":9})")
                           << QByteArray("4611686018427387903 4611686018427387000 9");
    QTest::newRow("without id") << QByteArray(R"({"frame_type":"stream","length":100})") << QByteArray("none");
}

void DecoderTest::streamFrames()
{
    QFETCH(QByteArray, frame);
    QFETCH(QByteArray, stream);
    const DecodedBlock block = decoded(sentWithFrame(frame));
    std::string actual = "none";
    for (const StreamFact& fact : block.streams)
        actual = std::to_string(fact.streamId) + " " + std::to_string(fact.offset) + " " + std::to_string(fact.length) + (fact.fin ? " fin" : "");
    QCOMPARE(bytes(actual), stream);
}

void DecoderTest::pathIdColumn()
{
    TraceHeader header;
    header.eventFields = {"relative_time", "path_id", "category", "event", "data"};
    const DecodedBlock columns = decoded(R"([1,2,"transport","packet_sent",{"packet_type":"1RTT","header":{"packet_number":1}}])", header);
    QCOMPARE(columns.packets.at(0).pathId, 2U);
    const DecodedBlock member = decoded(R"({"time":1,"path_id":"2","name":"recovery:packet_lost","data":{"packet_number":1}})");
    QCOMPARE(member.lost.at(0).pathId, 2U);
}

void DecoderTest::metrics_data()
{
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<int>("kind");
    QTest::addColumn<double>("value");
    const auto row = [](const char* key, MetricKind kind) {
        QTest::newRow(key) << QByteArray("{\"") + key + "\":12.5}" << static_cast<int>(kind) << 12.5;
    };
    row("congestion_window", MetricKind::CongestionWindow);
    row("cwnd", MetricKind::CongestionWindow);
    row("current_cwnd", MetricKind::CongestionWindow);
    row("bytes_in_flight", MetricKind::BytesInFlight);
    row("ssthresh", MetricKind::Ssthresh);
    row("min_rtt", MetricKind::MinRtt);
    row("smoothed_rtt", MetricKind::SmoothedRtt);
    row("srtt", MetricKind::SmoothedRtt);
    row("latest_rtt", MetricKind::LatestRtt);
    row("rtt_variance", MetricKind::RttVariance);
    row("rttvar", MetricKind::RttVariance);
    row("pacing_rate", MetricKind::PacingRate);
    row("pto_count", MetricKind::PtoCount);
    row("packets_in_flight", MetricKind::PacketsInFlight);
    row("cf_delivery_rate", MetricKind::DeliveryRate);
    QTest::newRow("text") << QByteArray(R"({"cwnd":"14000"})") << static_cast<int>(MetricKind::CongestionWindow) << 14000.0;
    QTest::newRow("zero") << QByteArray(R"({"bytes_in_flight":0})") << static_cast<int>(MetricKind::BytesInFlight) << 0.0;
    QTest::newRow("beyond 64 bits") << QByteArray(R"({"ssthresh":99999999999999999999})") << static_cast<int>(MetricKind::Ssthresh) << 1e20;
}

void DecoderTest::metrics()
{
    QFETCH(QByteArray, data);
    QFETCH(int, kind);
    QFETCH(double, value);
    const DecodedBlock block = decoded(logged("recovery:metrics_updated", data));
    QCOMPARE(block.metrics.size(), std::size_t{1});
    QCOMPARE(static_cast<int>(block.metrics.front().kind), kind);
    QCOMPARE(block.metrics.front().value, value);
}

void DecoderTest::lostPackets_data()
{
    QTest::addColumn<QByteArray>("record");
    QTest::addColumn<QByteArray>("lost"); // number and space
    QTest::newRow("header") << logged("recovery:packet_lost", R"({"header":{"packet_type":"initial","packet_number":7},"trigger":"time_threshold"})") << QByteArray("7 initial");
    QTest::newRow("flat") << logged("recovery:packet_lost", R"({"packet_type":"handshake","packet_number":"7"})") << QByteArray("7 handshake");
    QTest::newRow("type beside the header") << logged("quic:packet_lost", R"({"packet_type":"handshake","header":{"packet_number":7}})") << QByteArray("7 handshake");
    QTest::newRow("number only") << logged("recovery:packet_lost", R"({"packet_number":7})") << QByteArray("7 "); // the Resolver looks for its space
    QTest::newRow("space") << logged("recovery:packet_lost", R"({"packet_number_space":"initial","packet_number":7})") << QByteArray("7 initial");
    QTest::newRow("aggregate") << logged("recovery:packet_lost", R"({"largest_lost_packet_num":7,"lost_bytes":3600,"lost_packets":3})") << QByteArray("7  and 2");
    QTest::newRow("aggregate of one") << logged("loss:packets_lost", R"({"largest_lost_packet_num":"7","lost_packets":1})") << QByteArray("7 ");
    QTest::newRow("aggregate without a count") << logged("quic:packet_lost", R"({"largest_lost_packet_num":7})") << QByteArray("7 ");
    QTest::newRow("pre-spec") << logged("recovery:packet_lost", R"({"packet_nr":7})") << QByteArray("7 ");
    QTest::newRow("nothing") << logged("recovery:packet_lost", R"({"lost_bytes":1200})") << QByteArray("none");
    QTest::newRow("spurious") << logged("recovery:spurious_loss", R"({"packet_number_space":"application_data","packet_number":7})") << QByteArray("7 application spurious");
}

void DecoderTest::lostPackets()
{
    QFETCH(QByteArray, record);
    QFETCH(QByteArray, lost);
    std::string actual = "none";
    for (const LostFact& fact : decoded(record).lost)
        actual = std::to_string(fact.number) + " " + std::string(text(fact.space)) + (fact.isSpurious ? " spurious" : "")
            + (fact.unnamed > 0 ? " and " + std::to_string(fact.unnamed) : "");
    QCOMPARE(bytes(actual), lost);
}

void DecoderTest::packetsAcked()
{
    const DecodedBlock block = decoded(logged("transport:packets_acked", R"({"packet_number_space":"handshake","packet_numbers":[3,"4",9]})"));
    QCOMPARE(block.acks.at(0).space, PacketNumberSpace::Handshake);
    QCOMPARE(block.acks.at(0).direction, Direction::Sent);
    QVERIFY(block.acks.at(0).isEvent);
    QVERIFY(block.ackRanges == (std::vector<Interval>{{3, 3}, {4, 4}, {9, 9}}));
}

void DecoderTest::kindsByData_data()
{
    QTest::addColumn<QByteArray>("record");
    QTest::addColumn<QByteArray>("writer");
    QTest::addColumn<QByteArray>("kind"); // empty: that of the name
    const QByteArray quiche("quiche");
    const QByteArray quicGo("quic-go");
    QTest::newRow("acked under another name") << logged("transport:version_information", R"({"packet_numbers":[3]})") << quiche << QByteArray("quic:packets_acked");
    QTest::newRow("versions") << logged("transport:version_information", R"({"chosen_version":"1"})") << quiche << QByteArray();
    QTest::newRow("quic-go message") << logged("transport:scheduler", R"({"message":"m"})") << quicGo << QByteArray("loglevel:debug");
    QTest::newRow("quic-go, no message") << logged("transport:scheduler", R"({"value":1})") << quicGo << QByteArray();
    QTest::newRow("message of somebody else") << logged("transport:scheduler", R"({"message":"m"})") << quiche << QByteArray();
    QTest::newRow("message of another category") << logged("app:scheduler", R"({"message":"m"})") << quicGo << QByteArray();
}

void DecoderTest::kindsByData()
{
    QFETCH(QByteArray, record);
    QFETCH(QByteArray, writer);
    QFETCH(QByteArray, kind);
    TraceHeader header;
    header.writer = writer == "quic-go" ? Writer::QuicGo : Writer::Quiche;
    const DecodedBlock block = decoded(record, header);
    const std::uint32_t name = block.rows.at(0).name - 1;
    std::string actual;
    for (const auto& [index, each] : block.nameKinds)
        actual = index == name ? canonicalName(each) : "of another name";
    QCOMPARE(bytes(actual), kind);
    QCOMPARE(block.names.at(name), block.names.front()); // spelled as in the log
}

void DecoderTest::longNamesAreCut()
{
    const std::string name(700, 'x');
    const DecodedBlock block = decoded(logged(name.c_str(), "{}"));
    QCOMPARE(block.names.size(), std::size_t{1});
    QCOMPARE(block.names.front(), std::string(512, 'x') + "...");
}

void DecoderTest::parameters_data()
{
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<int>("side"); // whose exponent it is; -1: none
    QTest::addColumn<int>("exponent");
    QTest::addColumn<bool>("isMultipath");
    const int sent = static_cast<int>(ParameterOwner::Local);
    const int received = static_cast<int>(ParameterOwner::Remote);
    QTest::newRow("own") << QByteArray(R"({"owner":"local","ack_delay_exponent":5})") << sent << 5 << false;
    QTest::newRow("peer's") << QByteArray(R"({"ack_delay_exponent":"8","initiator":"remote"})") << received << 8 << false;
    QTest::newRow("by role") << QByteArray(R"({"owner":"SERVER","ack_delay_exponent":5})") << sent << 5 << false;
    QTest::newRow("by the other role") << QByteArray(R"({"owner":"client","ack_delay_exponent":5})") << received << 5 << false;
    QTest::newRow("nobody's") << QByteArray(R"({"ack_delay_exponent":5})") << static_cast<int>(ParameterOwner::Unknown) << 5 << false;
    QTest::newRow("no number") << QByteArray(R"({"owner":"local","ack_delay_exponent":"x"})") << -1 << 0 << false;
    QTest::newRow("multipath") << QByteArray(R"({"owner":"local","initial_max_path_id":2})") << -1 << 0 << true;
    QTest::newRow("multipath, an id of the drafts") << QByteArray(R"({"owner":"local","F739BBC1B666D11":"02"})") << -1 << 0 << true;
    QTest::newRow("multipath, padded id") << QByteArray(R"({"owner":"local","0x0f739bbc1b666d0c":"02"})") << -1 << 0 << true;
    QTest::newRow("multipath, the registered id") << QByteArray(R"({"owner":"local","3e":"02"})") << -1 << 0 << true;
    QTest::newRow("another unknown id") << QByteArray(R"({"owner":"local","f739bbc1b6660000":"02","3f":""})") << -1 << 0 << false;
}

void DecoderTest::parameters()
{
    QFETCH(QByteArray, data);
    QFETCH(int, side);
    QFETCH(int, exponent);
    QFETCH(bool, isMultipath);
    TraceHeader header;
    header.role = Role::Server;
    const DecodedBlock block = decoded(logged("transport:parameters_set", data), header);
    QCOMPARE(block.groups.front().multipathFrom.isValid(), isMultipath);
    std::vector<ParameterFact> exponents = block.parameters;
    std::erase_if(exponents, [](const ParameterFact& each) { return each.parameter != TransportParameter::AckDelayExponent; });
    QCOMPARE(exponents.empty(), side < 0);
    if (side < 0)
        return;
    QCOMPARE(static_cast<int>(exponents.front().owner), side);
    QCOMPARE(exponents.front().value, static_cast<std::uint64_t>(exponent));
}

void DecoderTest::numberForms_data()
{
    QTest::addColumn<QByteArray>("number");
    QTest::addColumn<QByteArray>("value"); // empty: none
    QTest::newRow("number") << QByteArray("16") << QByteArray("16");
    QTest::newRow("text") << QByteArray("\"16\"") << QByteArray("16");
    QTest::newRow("hex text") << QByteArray("\"0x1F\"") << QByteArray("31");
    QTest::newRow("hex text without digits") << QByteArray("\"0x\"") << QByteArray();
    QTest::newRow("zero fraction") << QByteArray("16.0") << QByteArray("16");
    QTest::newRow("zero fraction in text") << QByteArray("\"16.0\"") << QByteArray("16");
    QTest::newRow("a fraction") << QByteArray("16.5") << QByteArray();
    QTest::newRow("true") << QByteArray("true") << QByteArray("1");
    QTest::newRow("beyond 2^53") << QByteArray("9007199254740993") << QByteArray("9007199254740993");
    QTest::newRow("beyond 2^53 in text") << QByteArray("\"9007199254740993\"") << QByteArray("9007199254740993");
    QTest::newRow("2^64-1") << QByteArray("18446744073709551615") << QByteArray("18446744073709551615");
    QTest::newRow("2^64 in text") << QByteArray("\"18446744073709551616\"") << QByteArray();
    QTest::newRow("negative") << QByteArray("-1") << QByteArray();
    QTest::newRow("null") << QByteArray("null") << QByteArray();
    QTest::newRow("words") << QByteArray("\"unknown\"") << QByteArray();
}

void DecoderTest::numberForms()
{
    QFETCH(QByteArray, number);
    QFETCH(QByteArray, value);
    const PacketFact fact = packet(R"({"header":{"packet_type":"1RTT","packet_number":)" + number + "}}");
    QCOMPARE((fact.flags & PacketNoNumber) != 0, value.isEmpty());
    if (!value.isEmpty())
        QCOMPARE(QByteArray::number(static_cast<qulonglong>(fact.number)), value);
}

void DecoderTest::closes_data()
{
    QTest::addColumn<QByteArray>("record");
    QTest::addColumn<QByteArray>("close"); // initiator space code name reason trigger
    const auto closed = [](const QByteArray& data) -> QByteArray { return logged("connectivity:connection_closed", data); };
    QTest::newRow("quic-go") << logged("transport:connection_closed", R"({"initiator":"remote","application_error":"unknown","error_code":256,"reason":"done"})")
                             << QByteArray("remote application 256 unknown done ");
    QTest::newRow("quic-go, transport") << logged("transport:connection_closed", R"({"initiator":"local","connection_error":"no_error","error_code":0,"reason":""})")
                                        << QByteArray("local transport 0 no_error  ");
    QTest::newRow("OpenSSL, TLS alert") << closed(R"({"owner":"local","connection_code":"crypto_error_0x178","reason":"no application protocol"})")
                                       << QByteArray("local transport 376 crypto_error_0x178 no application protocol ");
    QTest::newRow("bytes of an unknown code") << closed(R"({"owner":"remote","application_code":"unknown","code_bytes":4660})")
                                             << QByteArray("remote application 4660 unknown  ");
    QTest::newRow("mvfst") << logged("connectivity:connection_close", R"({"error":"No error","reason":"done","drain_connection":true})")
                           << QByteArray("  - No error done ");
    QTest::newRow("OpenSSL") << closed(R"({"owner":"local","application_code":0,"reason":""})") << QByteArray("local application 0   ");
    QTest::newRow("code by name") << closed(R"({"owner":"remote","connection_code":"internal_error","reason":"x"})") << QByteArray("remote transport - internal_error x ");
    QTest::newRow("both codes") << closed(R"({"owner":"local","connection_code":1,"application_code":256})") << QByteArray("local application 256   ");
    QTest::newRow("both codes, the other way round") << closed(R"({"application_code":256,"connection_code":1,"owner":"local"})") << QByteArray("local application 256   ");
    QTest::newRow("null is none") << closed(R"({"owner":"local","connection_code":1,"application_code":null})") << QByteArray("local transport 1   ");
    QTest::newRow("trigger only") << closed(R"({"trigger":"idle_timeout"})") << QByteArray("  -   idle_timeout");
    QTest::newRow("aioquic, frame only")
        << logged("transport:packet_received", R"({"header":{"packet_type":"1RTT","packet_number":1},"frames":[{"frame_type":"connection_close","error_space":"application","error_code":256,"raw_error_code":256,"reason":"bye"}]})")
        << QByteArray("remote application 256  bye ");
    QTest::newRow("OpenSSL frame") << sentWithFrame(R"({"frame_type":"connection_close","error_space":"transport","error_code_value":10,"reason":"r"})")
                                   << QByteArray("local transport 10  r ");
    QTest::newRow("frame with a name") << sentWithFrame(R"({"frame_type":"connection_close","error_space":"transport","error":"protocol_violation","error_code":10})")
                                       << QByteArray("local transport 10 protocol_violation  ");
    QTest::newRow("application_close") << sentWithFrame(R"({"frame_type":"application_close","error_code":"256"})") << QByteArray("local application 256   ");
}

void DecoderTest::closes()
{
    QFETCH(QByteArray, record);
    QFETCH(QByteArray, close);
    const DecodedBlock block = decoded(record);
    QCOMPARE(block.closes.size(), std::size_t{1});
    const CloseFact& fact = block.closes.front();
    QCOMPARE(bytes(fact.initiator + " " + fact.space + " " + (fact.code ? std::to_string(*fact.code) : "-") + " " + fact.name + " " + fact.reason + " " + fact.trigger),
             close);
    QCOMPARE(fact.fromFrame, record.contains("packet_"));
}

void DecoderTest::handshake_data()
{
    QTest::addColumn<QByteArray>("record");
    QTest::addColumn<int>("step"); // -1: none
    const int completed = static_cast<int>(HandshakeStep::CompletedEvent);
    QTest::newRow("state complete") << logged("connectivity:connection_state_updated", R"({"old":"x","new":"handshake_complete"})") << completed;
    QTest::newRow("state completed") << logged("connectivity:connection_state_updated", R"({"new":"handshake_completed"})") << completed;
    QTest::newRow("OpenSSL state") << logged("connectivity:connection_state_updated", R"({"state":"handshake_complete"})") << completed;
    QTest::newRow("another state") << logged("connectivity:connection_state_updated", R"({"new":"attempted"})") << -1;
    QTest::newRow("HANDSHAKE_DONE") << sentWithFrame(R"({"frame_type":"handshake_done"})") << static_cast<int>(HandshakeStep::HandshakeDoneFrame);
    QTest::newRow("ACK in 1-RTT") << sentWithFrame(R"({"frame_type":"ack","acked_ranges":[[0]]})") << static_cast<int>(HandshakeStep::FirstOneRttAck);
    QTest::newRow("ACK in Initial") << sent(R"({"packet_type":"initial","packet_number":1,"frames":[{"frame_type":"ack","acked_ranges":[[0]]}]})") << -1;
}

void DecoderTest::handshake()
{
    QFETCH(QByteArray, record);
    QFETCH(int, step);
    const DecodedBlock block = decoded(record);
    QCOMPARE(block.handshake.size(), std::size_t{step < 0 ? 0U : 1U});
    if (step >= 0)
        QCOMPARE(static_cast<int>(block.handshake.front().step), step);
}

void DecoderTest::versions_data()
{
    QTest::addColumn<QByteArray>("record");
    QTest::addColumn<quint32>("version"); // 0: none
    const auto initial = [](const char* version) {
        return sent(QByteArray(R"({"header":{"packet_type":"initial","packet_number":0,"version":)") + version + "}}");
    };
    QTest::newRow("of a packet") << initial("\"00000001\"") << 1U;
    QTest::newRow("digits are hex") << initial("\"10\"") << 16U;
    QTest::newRow("a number is one") << initial("10") << 10U;
    QTest::newRow("with 0x") << initial("\"0xff00001d\"") << 0xff00001dU;
    QTest::newRow("without") << initial("\"ff00001d\"") << 0xff00001dU;
    QTest::newRow("no version") << initial("\"one\"") << 0U;
    QTest::newRow("empty") << initial("\"\"") << 0U;
    QTest::newRow("too big") << initial("\"100000000\"") << 0U;
    QTest::newRow("none") << initial("null") << 0U;
    QTest::newRow("Version Negotiation") << sent(R"({"header":{"packet_type":"version_negotiation","version":"1"}})") << 0U;
    QTest::newRow("chosen") << logged("quic:version_information", R"({"client_versions":["1"],"chosen_version":"6b3343cf"})") << 0x6b3343cfU;
    QTest::newRow("only offered") << logged("quic:version_information", R"({"client_versions":["1"]})") << 0U;
    QTest::newRow("draft-01") << logged("connectivity:connection_started", R"({"quic_version":"ff000017","src_ip":"a"})") << 0xff000017U;
}

void DecoderTest::versions()
{
    QFETCH(QByteArray, record);
    QFETCH(quint32, version);
    const DecodedBlock block = decoded(record);
    QCOMPARE(block.versions.size(), std::size_t{version == 0 ? 0U : 1U});
    if (version != 0)
        QCOMPARE(block.versions.front().version, version);
}

void DecoderTest::peers_data()
{
    QTest::addColumn<Writer>("writer");
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<QByteArray>("peer"); // empty: none
    const QByteArray old = R"({"src_ip":"10.0.0.2","src_port":50000,"dst_ip":"10.0.0.1","dst_port":"443"})";
    QTest::newRow("source and destination") << Writer::Unknown << old << QByteArray("10.0.0.1:443");
    QTest::newRow("nginx: the source is the peer") << Writer::Nginx << old << QByteArray("10.0.0.2:50000");
    QTest::newRow("0.1") << Writer::Unknown << QByteArray(R"({"srcip":"::1","dstip":"::2","dstport":4433})") << QByteArray("[::2]:4433");
    QTest::newRow("without port") << Writer::Unknown << QByteArray(R"({"dst_ip":"2001:db8::1"})") << QByteArray("2001:db8::1");
    QTest::newRow("remote") << Writer::Unknown << QByteArray(R"({"local":{"ip_v4":"10.0.0.2"},"remote":{"ip_v6":"2001:db8::1","port_v6":443}})")
                            << QByteArray("[2001:db8::1]:443");
    QTest::newRow("only ids") << Writer::Unknown << QByteArray(R"({"dst_cid":"1122"})") << QByteArray();
}

void DecoderTest::peers()
{
    QFETCH(Writer, writer);
    QFETCH(QByteArray, data);
    QFETCH(QByteArray, peer);
    TraceHeader header;
    header.writer = writer;
    const DecodedBlock block = decoded(logged("connectivity:connection_started", data), header);
    QCOMPARE(block.peers.size(), std::size_t{peer.isEmpty() ? 0U : 1U});
    if (!peer.isEmpty())
        QCOMPARE(bytes(block.peers.front().address), peer);
}

void DecoderTest::duplicateKeysLastWins()
{
    const DecodedBlock block = decoded(R"({"time":1,"time":2,"name":"a:b","name":"transport:packet_sent","data":{},)"
                                       R"("data":{"header":{"packet_type":"initial","packet_type":"handshake","packet_number":1,"packet_number":2},"raw":{"length":1,"length":9}}})");
    QCOMPARE(block.rows.front().time.whole, std::int64_t{2});
    QCOMPARE(bytes(block.names.at(block.rows.front().name - 1)), QByteArray("transport:packet_sent"));
    QCOMPARE(block.packets.at(0).type, PacketType::Handshake);
    QCOMPARE(block.packets.at(0).number, std::uint64_t{2});
    QCOMPARE(block.packets.at(0).sizeBytes, 9U);
}

void DecoderTest::secondHeaderIsNoRow()
{
    const DecodedBlock block = decoded(R"({"qlog_version":"0.3","trace":{"vantage_point":{"type":"client"}}})");
    QVERIFY(block.rows.empty());
    QCOMPARE(block.headerRanges.size(), std::size_t{1});
    QCOMPARE(block.diagnostics.back().kind, DiagnosticKind::SecondHeader);
}

void DecoderTest::linesOfAChunk()
{
    const QByteArray lines = "{\"time\":1,\"name\":\"a:b\",\n{\"time\":2,\"name\":\"a:c\"}\r\n\n{}\n{\"time\":3,\"name\":\"a:d\"}";
    const DecodedBlock block = decoded(lines, {}, RecordRef::Kind::Chunk);
    QCOMPARE(block.rows.size(), std::size_t{3});
    QCOMPARE(block.rows[0].flags, std::uint8_t{RowMalformed});
    QCOMPARE(block.rows[0].length, std::uint64_t{23});
    QCOMPARE(block.rows[1].offset, std::uint64_t{24});
    QCOMPARE(block.rows[2].flags, std::uint8_t{0});
    QCOMPARE(block.headerRanges.size(), std::size_t{1});
    const DecodedBlock pretty = decoded("{\"time\":1,\n\"name\":\n\"a:b\"}", {}, RecordRef::Kind::Chunk);
    QCOMPARE(pretty.rows.size(), std::size_t{1});
    QCOMPARE(pretty.rows[0].flags, std::uint8_t{0});
}

void DecoderTest::repairs_data()
{
    QTest::addColumn<QByteArray>("record");
    QTest::newRow("invalid UTF-8") << QByteArray("{\"time\":1,\"name\":\"a:b\",\"data\":{\"x\":\"\xff\"}}");
    QTest::newRow("NaN") << QByteArray("{\"time\":1,\"name\":\"a:b\",\"data\":{\"x\":NaN}}");
    QTest::newRow("Infinity") << QByteArray("{\"time\":1,\"name\":\"a:b\",\"data\":{\"x\":-Infinity}}");
    QTest::newRow("overflow") << QByteArray("{\"time\":1,\"name\":\"a:b\",\"data\":{\"x\":1e999}}");
    QTest::newRow("comment") << QByteArray("{\"time\":1,/* why */\"name\":\"a:b\"}");
    QTest::newRow("trailing comma") << QByteArray("{\"time\":1,\"name\":\"a:b\",}");
}

void DecoderTest::repairs()
{
    QFETCH(QByteArray, record);
    const DecodedBlock block = decoded(record);
    QCOMPARE(block.rows.front().flags, std::uint8_t{RowRepaired});
    QCOMPARE(bytes(block.names.at(block.rows.front().name - 1)), QByteArray("a:b"));
    QCOMPARE(block.diagnostics.at(0).kind, DiagnosticKind::RepairedRecord);
}

void DecoderTest::malformed_data()
{
    QTest::addColumn<QByteArray>("record");
    QTest::newRow("cut") << QByteArray("{\"time\":1,\"na");
    QTest::newRow("words") << QByteArray("hello");
    QTest::newRow("control character") << QByteArray("{\"time\":1,\"name\":\"a\x01:b\"}");
    QTest::newRow("bad escape") << QByteArray("{\"time\":1,\"name\":\"a\\x:b\"}");
    QTest::newRow("two values") << QByteArray("{\"time\":1} {\"time\":2}");
    QTest::newRow("too deep") << QByteArray(300, '[') + QByteArray(300, ']');
}

void DecoderTest::malformed()
{
    QFETCH(QByteArray, record);
    const DecodedBlock block = decoded(record);
    QCOMPARE(block.rows.front().flags, std::uint8_t{RowMalformed});
    QCOMPARE(block.rows.front().length, static_cast<std::uint64_t>(record.size()));
    QCOMPARE(block.diagnostics.at(0).kind, DiagnosticKind::MalformedRecord);
    QVERIFY(block.packets.empty());
}

QTEST_GUILESS_MAIN(DecoderTest)
#include "decodertest.moc"
