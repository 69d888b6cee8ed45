// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/sniff.h"

#include <QTest>

using namespace qlogscope;

/// What a file is, from its first bytes.
class SniffTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void format_data();
    void format();
    void beginningOfALongFile_data();
    void beginningOfALongFile();
    void refusal_data();
    void refusal();
    void compression();
};

namespace {

std::string text(const QByteArray& bytes) { return bytes.toStdString(); }

} // namespace

void SniffTest::format_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QByteArray>("format");
    const QByteArray event = "{\"time\":1,\"name\":\"a:b\",\"data\":{}}";
    QTest::newRow("separator") << "\x1e{\"qlog_version\":\"0.3\"}\n\x1e" + event << QByteArray("json-seq");
    QTest::newRow("byte order mark, separator") << QByteArray("\xef\xbb\xbf\x1e{\"qlog_version\":\"0.3\"}\n") << QByteArray("json-seq");
    QTest::newRow("blanks, separator") << QByteArray(" \r\n\n\x1e{\"qlog_version\":\"0.3\"}\n") << QByteArray("json-seq");
    QTest::newRow("a cut record, then separators") << "ame\":\"a:b\"}\n\x1e" + event << QByteArray("json-seq");
    QTest::newRow("header line") << "{\"qlog_version\":\"0.3\",\"trace\":{}}\n" + event + "\n" << QByteArray("ndjson");
    QTest::newRow("header line with empty events") << "{\"qlog_version\":\"0.3\",\"trace\":{\"events\":[]}}\n" + event << QByteArray("ndjson");
    QTest::newRow("header line that claims JSON-SEQ") << "{\"qlog_format\":\"JSON-SEQ\",\"trace\":{}}\n" + event << QByteArray("ndjson");
    QTest::newRow("header line alone") << QByteArray("{\"file_schema\":\"urn:ietf:params:qlog:file:sequential\",\"trace\":{}}") << QByteArray("ndjson");
    QTest::newRow("events without header") << event + "\n" + event + "\n" << QByteArray("ndjson");
    QTest::newRow("contained") << "{\"qlog_version\":\"0.3\",\"traces\":[{\"events\":[" + event + "]}]}" << QByteArray("json");
    QTest::newRow("contained, version last") << "{\"traces\":[{\"events\":[" + event + "]}],\"qlog_version\":\"0.3\"}" << QByteArray("json");
    QTest::newRow("contained, claims JSON-SEQ") << QByteArray("{\"qlog_format\":\"JSON-SEQ\",\"traces\":[]}") << QByteArray("json");
    QTest::newRow("contained, cut") << "{\"qlog_version\":\"0.3\",\"traces\":[{\"events\":[" + event << QByteArray("json");
    QTest::newRow("contained, then more events") << "{\"traces\":[{\"events\":[]}]}\n" + event << QByteArray("json");
    QTest::newRow("contained, with the word trace in an event")
        << QByteArray("{\"qlog_version\":\"0.3\",\"traces\":[{\"events\":[{\"time\":1,\"name\":\"loglevel:debug\",\"data\":{\"level\":\"trace\",\"trace\":1}}]}]}")
        << QByteArray("json");
    QTest::newRow("connections") << QByteArray("{\"qlog_version\":\"0.1\",\"connections\":[]}") << QByteArray("json");
    QTest::newRow("JavaScript") << "var x = {\"qlog_version\":\"0.1\",\"connections\":[{\"events\":[" + event + "]}]};" << QByteArray("json");
    QTest::newRow("JavaScript module") << "export default {\"traces\":[{\"events\":[" + event + "]}]}" << QByteArray("json");
    QTest::newRow("comments before") << "// \"{\"\n/* [ */{\"traces\":[{\"events\":[" + event + "]}]}" << QByteArray("json");
    QTest::newRow("array of events") << "[" + event + "," + event + "]" << QByteArray("json");
    QTest::newRow("array of rows") << QByteArray("[[\"0\",\"TRANSPORT\",\"PACKET_RX\",{}]]") << QByteArray("json");
    QTest::newRow("rows") << QByteArray("[1577934245678123,\"TRANSPORT\",\"PACKET_RX\",\"LINE\",{}]\n[2,\"A\",\"B\",\"LINE\",{}]\n") << QByteArray("ndjson");
    QTest::newRow("events of a bare trace") << "{\"events\":[" + event + "]}" << QByteArray("json");
    QTest::newRow("pretty-printed records") << QByteArray("{\n  \"qlog_version\": \"0.3\",\n  \"trace\": {}\n}\n{\n  \"time\": 1\n}\n") << QByteArray("ndjson");
    QTest::newRow("a trace without a file") << QByteArray("{\"vantage_point\":{\"type\":\"client\"},\"events\":[]}") << QByteArray("json");
}

void SniffTest::format()
{
    QFETCH(QByteArray, content);
    QFETCH(QByteArray, format);
    const Sniffed sniffed = sniffFormat(text(content), true);
    QCOMPARE(QByteArray(qlogscope::text(sniffed.format)), format);
    QVERIFY(sniffed.refusal.empty());
}

void SniffTest::beginningOfALongFile_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QByteArray>("format");
    const QByteArray padding(70'000, 'x');
    QTest::newRow("contained") << "{\"qlog_version\":\"0.3\",\"traces\":[{\"title\":\"" + padding << QByteArray("json");
    QTest::newRow("contained, nothing known yet") << "{\"description\":\"" + padding << QByteArray("json");
    QTest::newRow("one long event") << "{\"time\":1,\"name\":\"a:b\",\"data\":{\"x\":\"" + padding << QByteArray("ndjson");
    QTest::newRow("separator") << "\x1e{\"x\":\"" + padding << QByteArray("json-seq");
}

void SniffTest::beginningOfALongFile()
{
    QFETCH(QByteArray, content);
    QFETCH(QByteArray, format);
    QCOMPARE(QByteArray(qlogscope::text(sniffFormat(text(content.left(sniffBytes)), false).format)), format);
}

void SniffTest::refusal_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QByteArray>("sentence");
    QTest::newRow("blanks") << QByteArray(" \n\t") << QByteArray("is empty: it has only blanks");
    QTest::newRow("words") << QByteArray("hello") << QByteArray("is no qlog: it does not begin like JSON or JSON-SEQ");
    QTest::newRow("array") << QByteArray("[1,2,3]") << QByteArray("is a JSON array, not a qlog");
    QTest::newRow("array of objects") << QByteArray("[{\"a\":1}]") << QByteArray("is a JSON array, not a qlog");
    QTest::newRow("array of arrays") << QByteArray("[[1,2],[3,4]]") << QByteArray("is a JSON array, not a qlog");
    QTest::newRow("tshark") << QByteArray("[\n  {\n    \"_index\": \"packets-2019\",\n    \"_source\": {\n      \"layers\": {\n        \"frame\": {")
                            << QByteArray("is packets in JSON as tshark writes them, not a qlog");
    QTest::newRow("quic-trace") << QByteArray("{\"protocolVersion\":\"UTA0NA==\",\"events\":[{\"timeUs\":\"0\",\"eventType\":\"PACKET_SENT\"}]}")
                                << QByteArray("is a quic-trace log in JSON, not a qlog");
    QTest::newRow("HAR") << QByteArray("{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"x\"},\"entries\":[]}}")
                         << QByteArray("is an HTTP archive (HAR), not a qlog");
    QTest::newRow("events that are none") << QByteArray("{\"events\":[{\"id\":1,\"date\":\"x\"}]}") << QByteArray("is JSON, but no qlog");
    QTest::newRow("comments only") << QByteArray("// nothing\n/* at all */") << QByteArray("is no qlog: it has only comments");
    QTest::newRow("JavaScript, no qlog") << QByteArray("var x = {\"a\": 1};") << QByteArray("is JSON, but no qlog");
    QTest::newRow("JavaScript, no object") << QByteArray("var x = 5;") << QByteArray("is no qlog: it does not begin like JSON or JSON-SEQ");
    QTest::newRow("xquic") << QByteArray("[2024/05/14 11:34:11 693524] [packet_sent] |scid:007c|xqc_send|pkt_type:INIT|pkt_num:0|size:1200|\n")
                           << QByteArray("is an xquic text log, not a qlog");
    QTest::newRow("lsquic") << QByteArray("[2020-01-02 03:04:05.678] [DEBUG] qlog: [QUIC:0A0B] [1577934245678123,\"TRANSPORT\",\"PACKET_RX\",\"LINE\",{\"raw\":\"a|b\"}]\n")
                            << QByteArray("is an lsquic text log, not a qlog");
    QTest::newRow("lsquic, other lines first") << QByteArray("03:04:05 [INFO] engine: up\n03:04:05 [DEBUG] qlog: [QUIC:0A0B] [1,\"A\",\"B\",\"LINE\",{}]\n")
                                               << QByteArray("is an lsquic text log, not a qlog");
    QTest::newRow("text log") << QByteArray("[2020-01-02 03:04:05.678] started\n") << QByteArray("is a text log, not a qlog");
    QTest::newRow("CBOR map") << QByteArray("\xa2\x6cqlog_version\x63\x30.4\x66traces\x80") << QByteArray("is CBOR, which is not read");
    QTest::newRow("tagged CBOR") << QByteArray("\xd9\xd9\xf7\xa0") << QByteArray("is CBOR, which is not read");
    QTest::newRow("protobuf") << QByteArray("\x0a\x05hello\x12\x03\x08\x96\x01\x18\x07", 14)
                              << QByteArray("is binary data that reads as protocol buffers, not a qlog");
    QTest::newRow("binary") << QByteArray("\x7f""ELF\x02\x01\x01\0\0\0\0\0", 12) << QByteArray("is binary data, not a qlog");
    QTest::newRow("zip") << QByteArray("PK\x03\x04\x14") << QByteArray("is a zip archive; unpack it first");
    QTest::newRow("xz") << QByteArray("\xfd""7zXZ\0", 6) << QByteArray("is compressed with xz, which is not read; unpack it first");
    QTest::newRow("bzip2") << QByteArray("BZh91AY") << QByteArray("is compressed with bzip2, which is not read; unpack it first");
    QTest::newRow("UTF-16, marked") << QByteArray("\xff\xfe{\0", 4) << QByteArray("is UTF-16 text; a qlog is UTF-8");
    QTest::newRow("UTF-16, big-endian, marked") << QByteArray("\xfe\xff\0{", 4) << QByteArray("is UTF-16 text; a qlog is UTF-8");
    QTest::newRow("UTF-16") << QByteArray("{\0\"\0q\0", 6) << QByteArray("is UTF-16 text; a qlog is UTF-8");
    QTest::newRow("object") << QByteArray("{\"a\":1}\n") << QByteArray("is JSON, but no qlog");
    QTest::newRow("lines") << QByteArray("{\"a\":1}\n{\"a\":2}\n") << QByteArray("is newline-delimited JSON, but no qlog");
    QTest::newRow("cut object") << QByteArray("{\"a\":") << QByteArray("is no qlog: it begins like JSON but has no qlog header");
    QTest::newRow("NetLog") << QByteArray("{\"constants\":{\"logEventTypes\":{}},\"events\":[]}") << QByteArray("is a Chrome NetLog, not a qlog");
    QTest::newRow("NetLog, cut") << QByteArray("{\"constants\":{\"activeFieldTrialGroups\":[],\"clientInfo\":{\"name\":\"Chrome\"},\"logEv")
                                 << QByteArray("is a Chrome NetLog, not a qlog");
    QTest::newRow("NetLog with QUIC events")
        << QByteArray("{\"constants\":{\"logEventTypes\":{\"QUIC_SESSION_COALESCED_PACKET_SENT\":1}},\n\"events\":[\n"
                      "{\"params\":{\"info\":\"x\"},\"phase\":0,\"source\":{\"id\":5,\"type\":9},\"time\":\"12\",\"type\":1},\n")
        << QByteArray("is a Chrome NetLog, not a qlog");
    QTest::newRow("pcap, nanoseconds") << QByteArray("\x4d\x3c\xb2\xa1\x02") << QByteArray("is a packet capture (pcap), not a qlog");
    QTest::newRow("pcap") << QByteArray("\xd4\xc3\xb2\xa1\x02") << QByteArray("is a packet capture (pcap), not a qlog");
    QTest::newRow("pcapng") << QByteArray("\x0a\x0d\x0d\x0a\x1c") << QByteArray("is a packet capture (pcapng), not a qlog");
}

void SniffTest::refusal()
{
    QFETCH(QByteArray, content);
    QFETCH(QByteArray, sentence);
    const Sniffed sniffed = sniffFormat(text(content), true);
    QCOMPARE(sniffed.format, FileFormat::Unknown);
    QCOMPARE(QByteArray::fromStdString(sniffed.refusal), sentence);
}

void SniffTest::compression()
{
    QCOMPARE(sniffCompression("\x1f\x8b\x08"), Compression::Gzip);
    QCOMPARE(sniffCompression("\x28\xb5\x2f\xfd"), Compression::Zstd);
    QCOMPARE(sniffCompression("\x1e{\"qlog"), Compression::None);
    QCOMPARE(sniffCompression("\x1f"), Compression::None);
    QCOMPARE(sniffCompression(""), Compression::None);
}

QTEST_GUILESS_MAIN(SniffTest)
#include "snifftest.moc"
