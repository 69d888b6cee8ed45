// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/recordsummary.h"
#include "model/errorcodes.h"
#include "tests/support/reading.h"

#include <QTest>

using namespace qlogscope;
using namespace qlogscope::testing;

/// What the chips of the sequence diagram say of a record, in the words of several writers (dialects 3.6).
class RecordDescriptionTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void frames_data();
    void frames();
    void ackDelays_data();
    void ackDelays();
    void packets_data();
    void packets();
    void otherRecords_data();
    void otherRecords();
    void rangesAreShortened();
    void manyFrames();
    void aFrameWithoutItsArray();
    void longFieldsAreCut();
    void badRecords_data();
    void badRecords();
    void errorNames();
    void connectionIdsOfARecord();
    void allFixtures();
};

namespace {

std::string packetWith(const std::string& frames)
{
    return R"({"time":1,"name":"transport:packet_sent","data":{"header":{"packet_type":"1RTT","packet_number":17},)"
           R"("raw":{"length":1252},"frames":)"
        + frames + "}}";
}

RecordDescription describe(const std::string& record, const TraceHeader& header = {})
{
    return RecordSummary().description(record, header);
}

TraceHeader headerOf(Writer writer, TimeUnit unit = TimeUnit::Milliseconds)
{
    TraceHeader header;
    header.writer = writer;
    header.unit = unit;
    return header;
}

QString valueOf(const RecordFields& fields, const std::string& name)
{
    for (const auto& [field, value] : fields) {
        if (field == name)
            return QString::fromStdString(value);
    }
    return QStringLiteral("(none)");
}

QString textOf(const RecordFields& fields)
{
    QStringList lines;
    for (const auto& [name, value] : fields)
        lines.append(QString::fromStdString(name + "=" + value));
    return lines.join(QStringLiteral("; "));
}

} // namespace

void RecordDescriptionTest::frames_data()
{
    QTest::addColumn<QByteArray>("frame");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("fields");
    const auto row = [](const char* name, const char* frame, const char* text, const char* fields) {
        QTest::newRow(name) << QByteArray(frame) << QString::fromUtf8(text) << QString::fromUtf8(fields);
    };
    row("stream", R"({"frame_type":"stream","stream_id":4,"offset":0,"length":1200,"fin":true})", "STREAM 4 [0..1200) FIN",
        "fin=true; frame_type=stream; length=1,200 bytes; offset=0 bytes; stream_id=4");
    row("stream, raw", R"({"frame_type":"stream","stream_id":8,"raw":{"length":1}})", "STREAM 8 [0..1)",
        "frame_type=stream; raw.length=1 byte; stream_id=8");
    row("stream, quiche 0.17", R"({"frame_type":"stream","stream_id":0,"offset":10,"raw":{"payload_length":1200}})", "STREAM 0 [10..1210)",
        "frame_type=stream; offset=10 bytes; raw.payload_length=1,200 bytes; stream_id=0");
    row("stream, OpenSSL", R"({"frame_type":"stream","stream_id":0,"offset":0,"payload_length":100,"length":4,"explicit_length":true})",
        "STREAM 0 [0..100)", "explicit_length=true; frame_type=stream; length=4 bytes; offset=0 bytes; payload_length=100 bytes; "
        "stream_id=0");
    row("stream, inferred", R"({"frame_type":"stream","stream_id":0,"offset":7,"payload_length":0,"explicit_length":false})",
        "STREAM 0 [7..end of packet)", "explicit_length=false; frame_type=stream; offset=7 bytes; payload_length=0 bytes; stream_id=0");
    row("stream, picoquic", R"({"frame_type":"stream","id":4,"has_length":false,"begins_with":"00","length":80,"fin":true})",
        "STREAM 4 [0..80) FIN", "begins_with=00; fin=true; frame_type=stream; has_length=false; id=4; length=80 bytes");
    row("stream, text", R"({"frame_type":"STREAM","stream_id":"4","offset":"4611686018427387903","length":"2"})",
        "STREAM 4 [4611686018427387903..4611686018427387905)",
        "frame_type=STREAM; length=2 bytes; offset=4,611,686,018,427,387,903 bytes; stream_id=4");
    row("stream, beyond 64 bits", R"({"frame_type":"stream","stream_id":4,"offset":18446744073709551615,"length":2})", "STREAM 4",
        "frame_type=stream; length=2 bytes; offset=18,446,744,073,709,551,615 bytes; stream_id=4");
    row("stream, xquic", R"({"frame_type":"stream","offset":true,"length":10})", "STREAM 10 B FIN",
        "frame_type=stream; length=10 bytes; offset=true");
    row("stream, no length", R"({"frame_type":"stream","stream_id":4,"offset":9})", "STREAM 4",
        "frame_type=stream; offset=9 bytes; stream_id=4");
    row("crypto", R"({"frame_type":"crypto","offset":0,"length":286})",
        "CRYPTO [0..286)", "frame_type=crypto; length=286 bytes; offset=0 bytes");
    row("crypto, mvfst", R"({"frame_type":"crypto","offset":0,"len":12})",
        "CRYPTO [0..12)", "frame_type=crypto; len=12 bytes; offset=0 bytes");
    row("crypto, quicly", R"({"frame_type":"crypto","stream_id":-1,"offset":0,"length":40})", "CRYPTO [0..40)",
        "frame_type=crypto; length=40 bytes; offset=0 bytes; stream_id=-1");
    row("crypto, 0.1", R"({"frame_type":"CRYPTO","frame_type.crypto.length":"250","frame_type.crypto.offset":"5"})", "CRYPTO [5..255)",
        "frame_type=CRYPTO; frame_type.crypto.length=250 bytes; frame_type.crypto.offset=5 bytes");
    row("max_data", R"({"frame_type":"max_data","maximum":1048576})", "MAX_DATA 1048576", "frame_type=max_data; maximum=1,048,576 bytes");
    row("max_data, mvfst", R"({"frame_type":"max_data","maximum_data":4096})", "MAX_DATA 4096",
        "frame_type=max_data; maximum_data=4,096 bytes");
    row("max_stream_data, draft-00", R"({"stream_type":"max_stream_data","id":"0","maximum":"1600"})", "MAX_STREAM_DATA 0 1600",
        "id=0; maximum=1,600 bytes; stream_type=max_stream_data");
    row("max_streams", R"({"frame_type":"max_streams","stream_type":"bidirectional","maximum":8})", "MAX_STREAMS bidi 8",
        "frame_type=max_streams; maximum=8 streams; stream_type=bidirectional");
    row("max_streams, mvfst", R"({"frame_type":"MAX_STREAMS_UNI","maximum":1})", "MAX_STREAMS_UNI 1",
        "frame_type=MAX_STREAMS_UNI; maximum=1 stream");
    row("data_blocked", R"({"frame_type":"data_blocked","limit":1000})", "DATA_BLOCKED 1000", "frame_type=data_blocked; limit=1,000 bytes");
    row("stream_data_blocked, text", R"({"frame_type":"STREAM DATA BLOCKED","stream_id":0,"limit":600})", "STREAM DATA BLOCKED 0 600",
        "frame_type=STREAM DATA BLOCKED; limit=600 bytes; stream_id=0");
    row("streams_blocked", R"({"frame_type":"streams_blocked","stream_type":"unidirectional","limit":5})", "STREAMS_BLOCKED uni 5",
        "frame_type=streams_blocked; limit=5 streams; stream_type=unidirectional");
    row("reset_stream", R"({"frame_type":"reset_stream","stream_id":4,"error_code":268,"final_size":1200})",
        "RESET_STREAM 4 H3_REQUEST_CANCELLED final size 1200",
        "error_code=268 (0x10c, H3_REQUEST_CANCELLED); final_size=1,200 bytes; frame_type=reset_stream; stream_id=4");
    row("reset_stream, neqo", R"({"frame_type":"reset_stream","stream_id":0,"error_code":"unknown","final_size":9})",
        "RESET_STREAM 0 unknown final size 9",
        "error_code=unknown; final_size=9 bytes; frame_type=reset_stream; stream_id=0");
    row("reset_stream_at, mvfst", R"({"frame_type":"rst_stream","stream_id":4,"offset":10,"reliable_offset":5})",
        "RST_STREAM 4 final size 10 reliable 5", "frame_type=rst_stream; offset=10 bytes; reliable_offset=5 bytes; stream_id=4");
    row("stop_sending", R"({"frame_type":"stop_sending","stream_id":4,"error_code":77})", "STOP_SENDING 4 0x4d",
        "error_code=77 (0x4d); frame_type=stop_sending; stream_id=4");
    row("close, transport", R"({"frame_type":"connection_close","error_space":"transport","error_code":3,"reason":"too much"})",
        "CONNECTION_CLOSE FLOW_CONTROL_ERROR too much",
        "error_code=3 (0x3, FLOW_CONTROL_ERROR); error_space=transport; frame_type=connection_close; reason=too much");
    row("close, TLS", R"({"frame_type":"connection_close","error_space":"transport_error","error_code":376})",
        "CONNECTION_CLOSE CRYPTO_ERROR no_application_protocol",
        "error_code=376 (0x178, CRYPTO_ERROR no_application_protocol); error_space=transport_error; frame_type=connection_close");
    row("close, TLS by name", R"({"frame_type":"connection_close","error_space":"transport","error":"crypto_error_0x128"})",
        "CONNECTION_CLOSE CRYPTO_ERROR handshake_failure", "error=crypto_error_0x128; error_space=transport; frame_type=connection_close");
    row("close, no TLS alert", R"({"frame_type":"connection_close","error_space":"transport","error":"crypto_error_0x10"})",
        "CONNECTION_CLOSE crypto_error_0x10", "error=crypto_error_0x10; error_space=transport; frame_type=connection_close");
    row("close, application",
        R"({"frame_type":"connection_close","error_space":"application","error_code":256,"raw_error_code":256,"reason":"bye"})",
        "CONNECTION_CLOSE H3_NO_ERROR bye",
        "error_code=256 (0x100, H3_NO_ERROR); error_space=application; frame_type=connection_close; "
        "raw_error_code=256 (0x100, H3_NO_ERROR); reason=bye");
    row("close, QPACK, quiche",
        R"({"frame_type":"connection_close","error_space":"application_error","error_code":"unknown","error_code_value":512})",
        "CONNECTION_CLOSE QPACK_DECOMPRESSION_FAILED",
        "error_code=unknown; error_code_value=512 (0x200, QPACK_DECOMPRESSION_FAILED); error_space=application_error; "
        "frame_type=connection_close");
    row("close, no HTTP/3 code", R"({"frame_type":"application_close","error_code":3})", "APPLICATION_CLOSE 0x3",
        "error_code=3 (0x3); frame_type=application_close");
    row("close, named by the writer", R"({"frame_type":"connection_close","error_space":"application","error":"moq_gone","error_code":3})",
        "CONNECTION_CLOSE moq_gone", "error=moq_gone; error_code=3 (0x3); error_space=application; frame_type=connection_close");
    row("close, no space", R"({"frame_type":"connection_close","error_code":256,"reason_phrase":"x\ny"})", "CONNECTION_CLOSE 0x100 x y",
        "error_code=256 (0x100); frame_type=connection_close; reason_phrase=x\ny");
    row("new_connection_id",
        R"({"frame_type":"new_connection_id","sequence_number":3,"retire_prior_to":1,"connection_id_length":8,"connection_id":"aabb"})",
        "NEW_CONNECTION_ID 3 retire prior to 1",
        "connection_id=aabb; connection_id_length=8 bytes; frame_type=new_connection_id; retire_prior_to=1; sequence_number=3");
    row("retire_connection_id", R"({"frame_type":"retire_connection_id","sequence_number":0})", "RETIRE_CONNECTION_ID 0",
        "frame_type=retire_connection_id; sequence_number=0");
    row("path_challenge", R"({"frame_type":"path_challenge","data":"0102030405060708"})", "PATH_CHALLENGE 0102030405060708",
        "data=0102030405060708; frame_type=path_challenge");
    row("path_response, picoquic", R"({"frame_type":"path_response","path_response":"0102"})", "PATH_RESPONSE 0102",
        "frame_type=path_response; path_response=0102");
    row("path_abandon", R"({"frame_type":"path_abandon","path_id":1,"error_code":62})", "PATH_ABANDON path 1 0x3e",
        "error_code=62 (0x3e); frame_type=path_abandon; path_id=1");
    row("handshake_done", R"({"frame_type":"handshake_done"})", "HANDSHAKE_DONE", "frame_type=handshake_done");
    row("ping", R"({"type":"PING"})", "PING", "type=PING");
    row("padding", R"({"frame_type":"padding","raw":{"length":900}})", "PADDING 900 B", "frame_type=padding; raw.length=900 bytes");
    row("padding, not logged", R"({"frame_type":"padding"})", "PADDING", "frame_type=padding");
    row("padding, 0.1", R"({"frame_type":"PADDING","frame_type.padding_length":"917"})", "PADDING 917 B",
        "frame_type=PADDING; frame_type.padding_length=917 bytes");
    row("datagram", R"({"frame_type":"datagram","length":1200})", "DATAGRAM 1200 B", "frame_type=datagram; length=1,200 bytes");
    row("new_token", R"({"frame_type":"new_token","token":{"type":"retry","raw":{"length":64,"data":"00"}}})", "NEW_TOKEN 64 B",
        "frame_type=new_token; token.raw.data=00; token.raw.length=64 bytes; token.type=retry");
    row("unknown", R"({"frame_type":"unknown","frame_type_value":175})", "UNKNOWN 0xaf", "frame_type=unknown; frame_type_value=175");
    row("ack", R"({"frame_type":"ack","acked_ranges":[[0,12],[14]],"ect0":3000,"ect1":0,"ce":1})", "ACK 0-12,14",
        "acked_ranges=0-12, 14; ce=1 packet; ect0=3,000 packets; ect1=0 packets; frame_type=ack");
    row("ack, odd forms", R"({"frame_type":"ack","ack_ranges":[[3,1],"2-2",{"from":1,"to":2},2,["x"],[],"7-9"]})",
        "ACK 1-3,2,1-2,2,[\"x\"],[], \u2026 7 ranges",
        "ack_ranges=1-3, 2, 1-2, 2, [\"x\"], [], 7-9; frame_type=ack");
    row("ack, no ranges", R"({"frame_type":"ack"})", "ACK", "frame_type=ack");
    row("path_ack", R"({"frame_type":"ack_mp","path_id":1,"acked_ranges":[[7,7]]})", "ACK_MP path 1 7",
        "acked_ranges=7; frame_type=ack_mp; path_id=1");
    row("other", R"({"frame_type":"knob","id":7,"blob":[1,2]})", "KNOB 7", "blob=[1,2]; frame_type=knob; id=7");
    row("null members", R"({"frame_type":"stream","stream_id":0,"offset":null,"length":20,"fin":"true"})", "STREAM 0 [0..20) FIN",
        "fin=true; frame_type=stream; length=20 bytes; offset=null; stream_id=0");
    row("no type", R"({"stream_id":4})", "(no type) 4", "stream_id=4");
    row("empty", "{}", "(no type)", "");
    row("no object", "7", "no frame: 7", "");
}

void RecordDescriptionTest::frames()
{
    QFETCH(QByteArray, frame);
    const RecordDescription description = describe(packetWith("[" + frame.toStdString() + "]"));
    QCOMPARE(description.chips.size(), std::size_t{1});
    QTEST(QString::fromStdString(description.chips.front().text), "text");
    QTEST(textOf(description.chips.front().fields), "fields");
}

void RecordDescriptionTest::ackDelays_data()
{
    QTest::addColumn<int>("writer");
    QTest::addColumn<bool>("isMicroseconds");
    QTest::addColumn<QByteArray>("logged");
    QTest::addColumn<QString>("shown");
    const auto row = [](const char* name, Writer writer, bool isMicroseconds, const char* logged, const char* shown) {
        QTest::newRow(name) << static_cast<int>(writer) << isMicroseconds << QByteArray(logged) << QString::fromUtf8(shown);
    };
    row("ms", Writer::QuicGo, false, "0.75", "0.75 ms");
    row("text", Writer::Ngtcp2, false, R"("2")", "2 ms");
    row("us", Writer::Mvfst, true, "120", "0.12 ms");
    row("without its exponent", Writer::Quiche, false, "0.025", "0.025 as logged: 0.2 ms if ack_delay_exponent is 3");
    row("as on the wire", Writer::Picoquic, true, "25", "25 as logged: 0.2 ms if ack_delay_exponent is 3");
    row("no delay", Writer::GoXNet, false, "-1", "-1 as logged");
    row("no number", Writer::Unknown, false, R"("soon")", "soon as logged");
}

void RecordDescriptionTest::ackDelays()
{
    QFETCH(int, writer);
    QFETCH(bool, isMicroseconds);
    QFETCH(QByteArray, logged);
    const std::string frames = R"([{"frame_type":"ack","ack_delay":)" + logged.toStdString() + R"(,"acked_ranges":[[1]]}])";
    const TraceHeader header = headerOf(static_cast<Writer>(writer), isMicroseconds ? TimeUnit::Microseconds : TimeUnit::Milliseconds);
    const RecordDescription description = describe(packetWith(frames), header);
    QCOMPARE(description.chips.front().kind, FrameKind::Ack);
    QTEST(valueOf(description.chips.front().fields, "ack_delay"), "shown");
}

void RecordDescriptionTest::packets_data()
{
    QTest::addColumn<QByteArray>("record");
    QTest::addColumn<QString>("title");
    QTest::addColumn<QString>("size");
    QTest::addColumn<int>("chips");
    QTest::addColumn<QString>("fields");
    const auto row = [](const char* name, const char* record, const char* title, const char* size, int chips, const char* fields) {
        QTest::newRow(name) << QByteArray(record) << QString::fromUtf8(title) << QString::fromUtf8(size) << chips
                            << QString::fromUtf8(fields);
    };
    row("object",
        R"({"time":1,"name":"quic:packet_sent","tuple":"t1","data":{"header":{"packet_type":"initial","packet_number":0,)"
        R"("version":"1","dcid":"aa"},"raw":{"length":1252},"datagram_id":5,"trigger":"pto_probe",)"
        R"("frames":[{"frame_type":"ping"},{"frame_type":"padding"}]}})",
        "Initial 0", "1252 B", 2,
        "dcid=aa; packet_number=0; packet_type=initial; version=1 (v1); datagram_id=5; raw.length=1,252 bytes; trigger=pto_probe; "
        "tuple=t1");
    row("array, two names",
        R"([5,"transport","packet_sent","RETRANSMIT",{"packet_type":"1RTT","header":{"packet_size":100,"packet_number":7},"frames":[]}])",
        "1-RTT 7", "100 B", 0, "packet_number=7; packet_size=100 bytes; packet_type=1RTT; trigger=RETRANSMIT");
    row("no frames logged",
        R"({"time":1,"name":"transport:packet_received","data":{"header":{"packet_type":"retry","packet_number":0,)"
        R"("token":{"data":"ab"}}}})",
        "Retry", "", 0, "packet_number=0; packet_type=retry; token.data=ab");
    row("quinn", R"({"time":1,"name":"transport:packet_sent","data":{"header":{"packet_type":"1RTT","packet_number":3,"length":40}}})",
        "1-RTT 3", "40 B", 0,
        "length=40 bytes; packet_number=3; packet_type=1RTT");
    row("datagram", R"({"time":1,"name":"transport:packet_sent","data":{"raw":[{"length":100}],"send_at_time":1.5}})", "unknown", "100 B",
        0,
        "raw=[{\"length\":100}]; send_at_time=1.5 ms");
}

void RecordDescriptionTest::packets()
{
    QFETCH(QByteArray, record);
    TraceHeader header;
    header.eventFields = {"relative_time", "category", "event", "trigger", "data"};
    const RecordDescription description = describe(record.toStdString(), header);
    QTEST(QString::fromStdString(description.title), "title");
    QTEST(QString::fromStdString(description.size), "size");
    QTEST(static_cast<int>(description.chips.size()), "chips");
    QTEST(textOf(description.fields), "fields");
}

void RecordDescriptionTest::otherRecords_data()
{
    QTest::addColumn<QByteArray>("record");
    QTest::addColumn<QString>("title");
    QTest::addColumn<QString>("chip");
    QTest::addColumn<QString>("fields");
    const auto row = [](const char* name, const char* record, const char* title, const char* chip, const char* fields) {
        QTest::newRow(name) << QByteArray(record) << QString::fromUtf8(title) << QString::fromUtf8(chip) << QString::fromUtf8(fields);
    };
    row("metrics", R"({"time":1,"name":"recovery:metrics_updated","data":{"cwnd":12000,"min_rtt":20}})", "metrics_updated",
        "cwnd 12000 \u00b7 min_rtt 20", "cwnd=12000; min_rtt=20");
    row("state", R"({"time":1,"name":"connectivity:connection_state_updated","data":{"old":"attempted","new":"closed"}})",
        "connection_state_updated",
        "attempted \u2192 closed", "new=closed; old=attempted");
    row("lost",
        R"({"time":1,"name":"recovery:packet_lost","data":{"header":{"packet_type":"1RTT","packet_number":7},"trigger":"time_threshold"}})",
        "packet_lost", "1-RTT 7 \u00b7 time_threshold", "header.packet_number=7; header.packet_type=1RTT; trigger=time_threshold");
    row("no data", R"({"time":1,"name":"connectivity:connection_started"})", "connection_started", "connection_started", "");
    row("no name", R"({"time":1})", "no name", "no name", "");
    row("no object", "5", "no name", "no name", "");
    row("empty array", "[]", "no name", "no name", "");
}

void RecordDescriptionTest::otherRecords()
{
    QFETCH(QByteArray, record);
    const RecordDescription description = describe(record.toStdString());
    QTEST(QString::fromStdString(description.title), "title");
    QCOMPARE(description.chips.size(), std::size_t{1});
    QTEST(QString::fromStdString(description.chips.front().text), "chip");
    QTEST(textOf(description.chips.front().fields), "fields");
    QCOMPARE(description.size, std::string());
}

void RecordDescriptionTest::rangesAreShortened()
{
    std::string ranges;
    for (int i = 0; i < 500; ++i)
        ranges += (ranges.empty() ? "[" : ",[") + std::to_string(3 * i) + "," + std::to_string(3 * i + 1) + "]";
    const RecordChip chip = describe(packetWith(R"([{"frame_type":"ack","acked_ranges":[)" + ranges + "]}]")).chips.front();
    QCOMPARE(QString::fromStdString(chip.text), QStringLiteral("ACK 0-1,3-4,6-7,9-10,12-13,15-16, \u2026 500 ranges"));
    const QString all = valueOf(chip.fields, "acked_ranges");
    QVERIFY(all.startsWith(QStringLiteral("0-1, 3-4, 6-7")));
    QVERIFY2(all.endsWith(QStringLiteral("597-598 \u2026 and 300 more")), qPrintable(all.right(60)));
}

void RecordDescriptionTest::manyFrames()
{
    std::string frames = R"([{"frame_type":"ping"})";
    for (int i = 1; i < 76; ++i)
        frames += R"(,{"frame_type":"ping"})";
    const RecordDescription description = describe(packetWith(frames + "]"));
    QCOMPARE(description.chips.size(), std::size_t{65});
    QCOMPARE(QString::fromStdString(description.chips.back().text), QStringLiteral("\u2026 12 more frames"));
}

void RecordDescriptionTest::aFrameWithoutItsArray()
{
    const std::string record = packetWith(R"({"frame_type":"ping"})");
    QCOMPARE(describe(record).chips.front().text, std::string("PING"));
    QCOMPARE(QString::fromStdString(RecordSummary().summary(record, {})), QStringLiteral("1-RTT 17 \u00b7 1252 B \u00b7 PING"));
}

void RecordDescriptionTest::longFieldsAreCut()
{
    const std::string many = std::string(100'000, 'x');
    std::string frame = R"({"frame_type":")" + many + R"(","reason":")" + many + '"';
    for (int i = 0; i < 1'000; ++i)
        frame += ",\"member" + std::to_string(i) + R"(":{"a":{"b":"value of some length"}})";
    const RecordChip chip = describe(packetWith("[" + frame + "}]")).chips.front();
    QVERIFY(chip.text.size() < 300);
    std::size_t bytes = 0;
    for (const auto& [name, value] : chip.fields)
        bytes += name.size() + value.size();
    QVERIFY2(bytes < 20'000, qPrintable(QString::number(bytes)));
    QCOMPARE(chip.fields.back().first, std::string("\u2026"));
}

void RecordDescriptionTest::badRecords_data()
{
    QTest::addColumn<QByteArray>("record");
    QTest::addColumn<QString>("chip");
    QTest::newRow("empty") << QByteArray() << QStringLiteral("malformed record: ");
    QTest::newRow("cut") << QByteArray(R"({"time":1,"name":"transport:packet_se)") << QStringLiteral("malformed record: ");
    QTest::newRow("deep") << QByteArray(100'000, '[') << QStringLiteral("malformed record: ");
    QTest::newRow("huge") << QByteArray((4 << 20) + 1, ' ') << QStringLiteral("a record of 4194305 bytes");
}

void RecordDescriptionTest::badRecords()
{
    QFETCH(QByteArray, record);
    QFETCH(QString, chip);
    const RecordDescription description = describe(record.toStdString());
    QCOMPARE(description.title, std::string("record"));
    QCOMPARE(description.chips.size(), std::size_t{1});
    const QString text = QString::fromStdString(description.chips.front().text);
    QVERIFY2(text.startsWith(chip), qPrintable(text));
}

void RecordDescriptionTest::connectionIdsOfARecord()
{
    const auto idsOf = [](const std::string& record, const TraceHeader& header = {}) {
        QStringList ids;
        for (const std::string& id : RecordSummary().connectionIds(record, header))
            ids.push_back(QString::fromStdString(id));
        return ids.join(QLatin1Char(' '));
    };
    QCOMPARE(idsOf(R"({"time":1,"name":"quic:packet_sent","data":{"header":{"packet_type":"retry","dcid":"","scid":"A0B1"}}})"), QStringLiteral("a0b1"));
    QCOMPARE(idsOf(R"({"time":1,"group_id":"c0ffee","name":"quic:packet_dropped","data":{"header":{"dcid":"01"},"odcid":"02"}})"), QStringLiteral("c0ffee 02 01"));
    QCOMPARE(idsOf(R"({"time":1,"group_id":"client one","name":"x:y","data":{}})"), QString()); // no hexadecimal
    TraceHeader header;
    header.eventFields = {"relative_time", "ODCID", "category", "event", "data"};
    QCOMPARE(idsOf(R"([1,"5555","transport","packet_received",{"header":{"scid":"77"}}])", header), QStringLiteral("5555 77"));
    QCOMPARE(idsOf("{"), QString());
}

void RecordDescriptionTest::errorNames()
{
    QCOMPARE(errorName(ErrorSpace::Transport, 0), std::string("NO_ERROR"));
    QCOMPARE(errorName(ErrorSpace::Transport, 0x10), std::string("NO_VIABLE_PATH"));
    QCOMPARE(errorName(ErrorSpace::Transport, 0x1ff), std::string("CRYPTO_ERROR 0x1ff"));
    QCOMPARE(errorName(ErrorSpace::Transport, 0x200), std::string());
    QCOMPARE(errorName(ErrorSpace::Application, 0x110), std::string("H3_VERSION_FALLBACK"));
    QCOMPARE(errorName(ErrorSpace::Application, 0x111), std::string());
    QCOMPARE(errorName(ErrorSpace::Unknown, 0), std::string());
    QCOMPARE(tlsAlertName(120), std::string_view("no_application_protocol"));
    QCOMPARE(hexCode(UINT64_MAX), std::string("0xffffffffffffffff"));
}

/// Every record of every fixture has a title and chips with text, also the malformed ones.
void RecordDescriptionTest::allFixtures()
{
    const QDir folder(QStringLiteral(QLOGSCOPE_TEST_DIR "/fixtures"));
    std::size_t records = 0;
    for (const QString& name : folder.entryList(QDir::Files)) {
        const std::unique_ptr<Document> document = TraceReader::readDocument(folder.filePath(name).toStdString());
        QVERIFY2(document != nullptr, qPrintable(name));
        for (std::uint32_t i = 0; i < document->events().size(); ++i) {
            const RowId row(i);
            const RecordDescription description = describe(document->recordText(row), document->traceOf(row).header());
            const QString where = name + QStringLiteral(" row ") + QString::number(i);
            QVERIFY2(!description.title.empty(), qPrintable(where));
            for (const RecordChip& chip : description.chips)
                QVERIFY2(!chip.text.empty(), qPrintable(where));
            ++records;
        }
    }
    QVERIFY(records > 200);
}

QTEST_GUILESS_MAIN(RecordDescriptionTest)
#include "recorddescriptiontest.moc"
