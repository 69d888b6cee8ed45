// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framing.h"

#include <QTest>

using namespace qlogscope;
using namespace qlogscope::testing;

/// Where records of JSON-SEQ and newline-delimited JSON begin and end.
class SequenceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void boundaries_data();
    void boundaries();
    void offsetsAreThoseOfTheFile();
    void aSeparatorMakesItJsonSeq();
    void firstRecordWithoutHeaderIsARecord();
    void emptyEventsAreSeparators();
    void halfARecordIsPending();
    void aCompleteLineIsEmittedAtOnce();
    void aPrettyRecordIsPendingUntilItsBracketsMatch();
    void flushTwiceGivesNothingNew();
    void blocksAreCutByRecords();
    void blocksAreCutByBytes();
    void textIsFollowedByPadding();
};

namespace {

const std::string header = "{\"qlog_version\":\"0.3\",\"trace\":{}}";

} // namespace

void SequenceTest::boundaries_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QStringList>("records");
    const QByteArray head = QByteArray::fromStdString(header);
    const QStringList both{QStringLiteral("event {\"a\":1}"), QStringLiteral("event {\"b\":2}")};
    const QStringList lastIsOpen{QStringLiteral("event {\"a\":1}"), QStringLiteral("chunk {\"b\":2}")};
    QTest::newRow("separators and line feeds") << "\x1e" + head + "\n\x1e{\"a\":1}\n\x1e{\"b\":2}\n" << both;
    QTest::newRow("carriage returns") << "\x1e" + head + "\r\n\x1e{\"a\":1}\r\n\x1e{\"b\":2}\r\n" << both;
    QTest::newRow("byte order mark") << "\xef\xbb\xbf\x1e" + head + "\n\x1e{\"a\":1}\n\x1e{\"b\":2}\n" << both;
    QTest::newRow("blanks before the first separator") << "\n \n\x1e" + head + "\n\x1e{\"a\":1}\n\x1e{\"b\":2}\n" << both;
    QTest::newRow("double separators") << "\x1e\x1e" + head + "\n\x1e\x1e{\"a\":1}\n\x1e\n\x1e{\"b\":2}\n\x1e" << both;
    QTest::newRow("no line feeds") << "\x1e" + head + "\x1e{\"a\":1}\x1e{\"b\":2}\x1e" << both;
    QTest::newRow("no line feed at the end") << "\x1e" + head + "\n\x1e{\"a\":1}\n\x1e{\"b\":2}" << lastIsOpen;
    QTest::newRow("header without separator") << head + "\n\x1e{\"a\":1}\n\x1e{\"b\":2}\n" << both;
    QTest::newRow("newline-delimited") << head + "\n{\"a\":1}\n{\"b\":2}\n" << both;
    QTest::newRow("newline-delimited, no line feed at the end") << head + "\n{\"a\":1}\n{\"b\":2}" << both;
    QTest::newRow("newline-delimited, blank lines") << head + "\n\n{\"a\":1}\n \r\n\n{\"b\":2}\n\n" << both;
    QTest::newRow("lines in one chunk") << "\x1e" + head + "\n{\"a\":1}\n{\"b\":2}\n" << both;
    QTest::newRow("pretty records")
        << "\x1e" + head + "\n\x1e{\n  \"a\":\n  1\n}\n\x1e{\n\"b\":[\n2]\n}\n"
        << QStringList{QStringLiteral("chunk {\n  \"a\":\n  1\n}"), QStringLiteral("chunk {\n\"b\":[\n2]\n}")};
    QTest::newRow("pretty header") << QByteArray("\x1e{\n\"qlog_version\":\"0.3\",\n\"trace\":{}}\n\x1e{\"a\":1}\n\x1e{\"b\":2}\n") << both;
    QTest::newRow("a cut record, then the next in the same line")
        << "\x1e" + head + "\n\x1e{\"a\":1,\"x\":\"\x1e{\"b\":2}\n"
        << QStringList{QStringLiteral("event {\"a\":1,\"x\":\""), QStringLiteral("event {\"b\":2}")};
    QTest::newRow("a cut record that ended its line")
        << "\x1e" + head + "\n\x1e{\"a\":1,\n\x1e{\"b\":2}\n"
        << QStringList{QStringLiteral("event {\"a\":1,"), QStringLiteral("event {\"b\":2}")};
    QTest::newRow("wrong brackets end with their line")
        << "\x1e" + head + "\n\x1e{\"a\":[1}\n{\"b\":2}\n"
        << QStringList{QStringLiteral("event {\"a\":[1}"), QStringLiteral("event {\"b\":2}")};
    QTest::newRow("stale tail of a longer file")
        << "\x1e" + head + "\n\x1e{\"a\":1}\nld\":true}\n\x1e{\"b\":2}\n"
        << QStringList{QStringLiteral("event {\"a\":1}"), QStringLiteral("event ld\":true}"), QStringLiteral("event {\"b\":2}")};
    QTest::newRow("no JSON at all in a chunk")
        << "\x1e" + head + "\n\x1ehello\n\x1e{\"b\":2}\n"
        << QStringList{QStringLiteral("event hello"), QStringLiteral("event {\"b\":2}")};
}

void SequenceTest::boundaries()
{
    QFETCH(QByteArray, text);
    QFETCH(QStringList, records);
    const FileFormat format = text.contains('\x1e') ? FileFormat::JsonSeq : FileFormat::Ndjson;
    const Framing whole(format, text.toStdString());
    QCOMPARE(whole.records, records);
    QCOMPARE(whole.headers.size(), 1);
    QCOMPARE(whole.accountedTo, static_cast<std::uint64_t>(text.size()));
    QVERIFY(!whole.importer->endsInside());

    Framing bytes(format);
    for (const char c : text)
        bytes.push({&c, 1});
    bytes.importer->finish();
    QCOMPARE(bytes.records, records);
    QCOMPARE(bytes.headers, whole.headers);
}

void SequenceTest::offsetsAreThoseOfTheFile()
{
    Framing framing(FileFormat::JsonSeq);
    framing.push("\x1e" + header + "\n\x1e{\"a\":1} \r\n");
    framing.push("\x1e\x1e\n{\"bb\":22}\n");
    framing.importer->finish();
    const std::uint64_t first = 1 + header.size() + 2;
    const std::vector<ByteRange> expected{{first, 7}, {first + 7 + 3 + 3, 9}};
    QVERIFY(framing.ranges == expected);
    QCOMPARE(framing.headers, QStringList{asText(header)});
}

void SequenceTest::aSeparatorMakesItJsonSeq()
{
    Framing framing(FileFormat::Ndjson);
    framing.push(header + "\n{\"a\":1}\n");
    QCOMPARE(framing.importer->format(), FileFormat::Ndjson);
    framing.push("\x1e{\"b\":2}\n");
    QCOMPARE(framing.importer->format(), FileFormat::JsonSeq);
}

void SequenceTest::firstRecordWithoutHeaderIsARecord()
{
    Framing framing(FileFormat::JsonSeq);
    framing.push("\x1e{\"time\":1,\"name\":\"a:b\",\"data\":{}}\n\x1e{\"time\":2}\n");
    framing.importer->finish();
    QCOMPARE(framing.records, (QStringList{QStringLiteral("chunk {\"time\":1,\"name\":\"a:b\",\"data\":{}}"), QStringLiteral("event {\"time\":2}")}));
    QVERIFY(framing.headers.isEmpty());
    QCOMPARE(framing.diagnostics.size(), std::size_t{1});
    QCOMPARE(framing.diagnostics.front().kind, DiagnosticKind::NoHeader);
    QCOMPARE(framing.diagnostics.front().bytes.offset, std::uint64_t{1});
}

void SequenceTest::emptyEventsAreSeparators()
{
    Framing framing(FileFormat::Ndjson);
    framing.push(header + "\n{}\n{\"a\":1}\n[]\n");
    framing.importer->finish();
    QCOMPARE(framing.records, QStringList{QStringLiteral("event {\"a\":1}")});
    QCOMPARE(framing.headers, (QStringList{asText(header), QStringLiteral("{}"), QStringLiteral("[]")}));
}

void SequenceTest::halfARecordIsPending()
{
    Framing framing(FileFormat::JsonSeq);
    framing.push("\x1e" + header + "\n\x1e{\"a\":1}\n\x1e{\"b\":");
    framing.importer->flush();
    QCOMPARE(framing.records, QStringList{QStringLiteral("event {\"a\":1}")});
    QCOMPARE(framing.importer->pending(), std::uint64_t{5});
    framing.push("2}");
    framing.importer->flush();
    QCOMPARE(framing.records.size(), 1);
    QCOMPARE(framing.importer->pending(), std::uint64_t{7});
    framing.push("\n");
    framing.importer->flush();
    QCOMPARE(framing.records.last(), QStringLiteral("event {\"b\":2}"));
    QCOMPARE(framing.importer->pending(), std::uint64_t{0});
}

void SequenceTest::aCompleteLineIsEmittedAtOnce()
{
    for (const std::string& separator : {std::string("\x1e"), std::string()}) {
        Framing framing(separator.empty() ? FileFormat::Ndjson : FileFormat::JsonSeq);
        framing.push(separator + header + "\n");
        framing.push(separator + "{\"a\":1}\n");
        framing.importer->flush();
        QCOMPARE(framing.records, QStringList{QStringLiteral("event {\"a\":1}")});
        QCOMPARE(framing.importer->pending(), std::uint64_t{0});
    }
}

void SequenceTest::aPrettyRecordIsPendingUntilItsBracketsMatch()
{
    Framing framing(FileFormat::JsonSeq);
    framing.push("\x1e" + header + "\n\x1e{\n\"a\":[\n");
    framing.importer->flush();
    QVERIFY(framing.records.isEmpty());
    QCOMPARE(framing.importer->pending(), std::uint64_t{8});
    framing.push("1]\n}\n");
    framing.importer->flush();
    QCOMPARE(framing.records, QStringList{QStringLiteral("chunk {\n\"a\":[\n1]\n}")});
}

void SequenceTest::flushTwiceGivesNothingNew()
{
    Framing framing(FileFormat::Ndjson);
    framing.push(header + "\n{\"a\":1}\n{\"b");
    framing.importer->flush();
    framing.importer->flush();
    QCOMPARE(framing.records.size(), 1);
    QCOMPARE(framing.newHeaders.size(), std::size_t{1});
    framing.importer->finish();
    QCOMPARE(framing.records.last(), QStringLiteral("event {\"b"));
}

void SequenceTest::blocksAreCutByRecords()
{
    std::string text = header + "\n";
    for (std::size_t i = 0; i < 2 * BlockBuilder::recordsPerBlock + 100; ++i)
        text += "{\"a\":1}\n";
    Framing framing(FileFormat::Ndjson);
    framing.push(text);
    framing.importer->finish();
    QVERIFY(framing.recordsPerBlock
            == (std::vector<std::size_t>{BlockBuilder::recordsPerBlock, BlockBuilder::recordsPerBlock, 100}));
}

void SequenceTest::blocksAreCutByBytes()
{
    const std::string record = "{\"a\":\"" + std::string(BlockBuilder::bytesPerBlock / 4, 'x') + "\"}\n";
    Framing framing(FileFormat::Ndjson);
    framing.push(header + "\n");
    for (int i = 0; i < 10; ++i)
        framing.push(record);
    framing.importer->finish();
    QVERIFY(framing.recordsPerBlock == (std::vector<std::size_t>{4, 4, 2}));
    for (const std::size_t bytes : framing.bytesPerBlock)
        QVERIFY(bytes < BlockBuilder::bytesPerBlock + record.size());
}

void SequenceTest::textIsFollowedByPadding()
{
    int blocks = 0;
    const std::unique_ptr<Importer> importer = makeImporter(FileFormat::Ndjson, [&](RecordBlock&& block) {
        ++blocks;
        QVERIFY(block.text.capacity() >= block.text.size() + BlockBuilder::padding);
        QCOMPARE(std::string(block.text.data() + block.text.size(), BlockBuilder::padding), std::string(BlockBuilder::padding, ' '));
    });
    importer->push(header + "\n{\"a\":1}\n");
    importer->flush();
    importer->push("{\"a\":1}\n");
    importer->finish();
    QCOMPARE(blocks, 2);
}

QTEST_GUILESS_MAIN(SequenceTest)
#include "sequencetest.moc"
