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
    QTest::newRow("array") << QByteArray("[{\"_source\":{}}]") << QByteArray("is a JSON array, not a qlog");
    QTest::newRow("object") << QByteArray("{\"a\":1}\n") << QByteArray("is JSON, but no qlog");
    QTest::newRow("lines") << QByteArray("{\"a\":1}\n{\"a\":2}\n") << QByteArray("is newline-delimited JSON, but no qlog");
    QTest::newRow("cut object") << QByteArray("{\"a\":") << QByteArray("is no qlog: it begins like JSON but has no qlog header");
    QTest::newRow("NetLog") << QByteArray("{\"constants\":{\"logEventTypes\":{}},\"events\":[]}") << QByteArray("is a Chrome NetLog, not a qlog");
    QTest::newRow("pcap") << QByteArray("\xd4\xc3\xb2\xa1\x02") << QByteArray("is a packet capture (pcap), not a qlog");
    QTest::newRow("pcapng") << QByteArray("\x0a\x0d\x0d\x0a\x1c") << QByteArray("is a packet capture (pcap), not a qlog");
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
