// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framing.h"

#include <QTest>

using namespace qlogscope;
using namespace qlogscope::testing;

/// How one JSON document with traces is cut into events.
class ContainedTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void boundaries_data();
    void boundaries();
    void headerMembersMayComeAfterTheEvents();
    void twoTraces();
    void traceErrorIsADiagnostic();
    void damagedEventIsSkipped_data();
    void damagedEventIsSkipped();
    void unclosedEventSwallowsNoOther();
    void pendingWhileGrowing();
    void endsInside_data();
    void endsInside();
};

namespace {

const std::string beginning = "{\"qlog_version\":\"0.3\",\"traces\":[{\"vantage_point\":{\"type\":\"client\"},\"events\":[";
const std::string ending = "]}]}";

Framing framed(const std::string& text) { return Framing(FileFormat::Json, text); }

} // namespace

void ContainedTest::boundaries_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QStringList>("records");
    const QByteArray begin = QByteArray::fromStdString(beginning);
    const QByteArray end = QByteArray::fromStdString(ending);
    const QStringList both{QStringLiteral("event {\"time\":1,\"name\":\"a:b\"}"), QStringLiteral("event {\"time\":2,\"name\":\"a:]}\"}")};
    const QByteArray first = "{\"time\":1,\"name\":\"a:b\"}";
    const QByteArray second = "{\"time\":2,\"name\":\"a:]}\"}";
    QTest::newRow("objects") << begin + first + "," + second + end << both;
    QTest::newRow("blanks and lines") << begin + "\n  " + first + " ,\r\n\t" + second + "\n" + end + "\n" << both;
    QTest::newRow("trailing comma") << begin + first + "," + second + "," + end << both;
    QTest::newRow("empty last event") << begin + first + "," + second + ",{}" + end << both;
    QTest::newRow("empty events") << begin + "{},[]," + first + ",{}," + second + end << both;
    QTest::newRow("members after the events") << begin + first + "," + second + "],\"title\":\"x\"}],\"summary\":{\"events\":[1]}}" << both;
    QTest::newRow("events elsewhere are no events")
        << "{\"summary\":{\"events\":[{\"x\":1}]},\"traces\":[{\"configuration\":{\"events\":[2]},\"events\":[" + first + "," + second + end << both;
    QTest::newRow("no file around the trace") << "{\"vantage_point\":{\"type\":\"client\"},\"events\":[" + first + "," + second + "]}" << both;
    QTest::newRow("connections, before the drafts") << "{\"qlog_version\":\"0.1\",\"connections\":[{\"events\":[" + first + "," + second + end << both;
    QTest::newRow("events after the root") << begin + first + end + "\n" + second + "\n" << both;
    QTest::newRow("more events after the root") << begin + end + first + "," + second << both;
    QTest::newRow("arrays") << begin + "[1,\"a\",\"b\",{\"c\":[]}],[2,\"a\",\"d\",{}]" + end
                            << QStringList{QStringLiteral("event [1,\"a\",\"b\",{\"c\":[]}]"), QStringLiteral("event [2,\"a\",\"d\",{}]")};
    QTest::newRow("no events") << begin + end << QStringList();
}

void ContainedTest::boundaries()
{
    QFETCH(QByteArray, text);
    QFETCH(QStringList, records);
    const Framing whole = framed(text.toStdString());
    QCOMPARE(whole.records, records);
    QCOMPARE(whole.accountedTo, static_cast<std::uint64_t>(text.size()));

    Framing bytes(FileFormat::Json);
    for (const char c : text) {
        bytes.push({&c, 1});
        bytes.importer->flush();
    }
    bytes.importer->finish();
    QCOMPARE(bytes.records, records);
}

void ContainedTest::headerMembersMayComeAfterTheEvents()
{
    const Framing framing = framed("{\"traces\":[{\"description\":\"early\",\"events\":[{\"time\":1}],\"vantage_point\":{\"type\":\"server\"},\"title\":\"late\"}],"
                                   "\"qlog_version\":\"0.3\"}");
    QCOMPARE(framing.records, QStringList{QStringLiteral("event {\"time\":1}")});
    QVERIFY(framing.newHeaders.size() >= 2);
    QCOMPARE(framing.newHeaders.front().vantageType, std::string("unknown"));
    const TraceHeader& last = framing.newHeaders.back();
    QCOMPARE(last.vantageType, std::string("server"));
    QCOMPARE(last.title, std::string("late"));
    QCOMPARE(last.qlogVersion, std::string("0.3"));
    for (const TraceHeader& header : framing.newHeaders)
        QCOMPARE(header.traceInFile, std::uint32_t{0});
}

void ContainedTest::twoTraces()
{
    const Framing framing = framed("{\"qlog_version\":\"0.3\",\"traces\":["
                                   "{\"vantage_point\":{\"type\":\"client\"},\"events\":[{\"time\":1},{\"time\":2}]},"
                                   "{\"vantage_point\":{\"type\":\"server\"},\"events\":[{\"time\":3}]}]}");
    QVERIFY(framing.tracesOfRecords == (std::vector<std::uint32_t>{0, 0, 1}));
    QCOMPARE(framing.newHeaders.front().vantageType, std::string("client"));
    QCOMPARE(framing.newHeaders.back().vantageType, std::string("server"));
    QCOMPARE(framing.newHeaders.back().traceInFile, std::uint32_t{1});
    QVERIFY(!framing.importer->endsInside());
}

void ContainedTest::traceErrorIsADiagnostic()
{
    const Framing framing = framed("{\"qlog_version\":\"0.3\",\"traces\":[{\"error_description\":\"disk full\",\"uri\":\"a.qlog\"},"
                                   "{\"vantage_point\":{\"type\":\"server\"},\"events\":[{\"time\":3}]}]}");
    QCOMPARE(framing.records, QStringList{QStringLiteral("event {\"time\":3}")});
    QCOMPARE(framing.tracesOfRecords.front(), std::uint32_t{0}); // a failed trace is no trace
    QCOMPARE(framing.diagnostics.size(), std::size_t{1});
    QCOMPARE(framing.diagnostics.front().kind, DiagnosticKind::TraceError);
    QVERIFY(asText(framing.diagnostics.front().detail).contains(QStringLiteral("disk full (a.qlog)")));
}

void ContainedTest::damagedEventIsSkipped_data()
{
    QTest::addColumn<QByteArray>("damaged");
    QTest::addColumn<QByteArray>("next");
    const QByteArray nextArray = "[2,\"transport\",\"packet_sent\",{\"a\":[1,2]}]";
    const QByteArray nextObject = "{\"time\":2,\"name\":\"a:b\",\"data\":{\"x\":[{\"time\":3}]}}";
    QTest::newRow("array, line feed in a string") << QByteArray("[1,\"a\",\"b\",{\"c\":\"x\ny\"}]") << nextArray;
    QTest::newRow("array, wrong bracket") << QByteArray("[1,\"a\",\"b\",{\"c\":[1,2}]]") << nextArray;
    QTest::newRow("array, missing brace") << QByteArray("[1,\"a\",\"b\",{\"c\":\"d\":1}}]") << nextArray;
    QTest::newRow("array of strings") << QByteArray("[\"1\",\"a\",\"b\",{]}]") << QByteArray("[\"2\", \"transport\", \"x\", {}]");
    QTest::newRow("object, wrong bracket") << QByteArray("{\"time\":1,\"name\":\"a:b\",\"data\":{]}") << nextObject;
    QTest::newRow("object, data first") << QByteArray("{\"data\":{\"x\":[}") << QByteArray("{\"data\":{},\"name\":\"a:b\",\"time\":2}");
    QTest::newRow("object, name first") << QByteArray("{\"name\":\"a:b\",[}") << QByteArray("{\"name\": \"a:b\",\"time\":2}");
    QTest::newRow("no event at all") << QByteArray("hello \"world\"") << nextObject;
}

void ContainedTest::damagedEventIsSkipped()
{
    QFETCH(QByteArray, damaged);
    QFETCH(QByteArray, next);
    const QByteArray another = "," + next;
    for (const QByteArray& rest : {another, another.repeated(12)}) {
        const Framing framing = framed(beginning + damaged.toStdString() + rest.toStdString() + ending);
        QCOMPARE(framing.records.first(), QStringLiteral("damaged ") + QString::fromUtf8(damaged));
        QCOMPARE(framing.records.at(1), QStringLiteral("event ") + QString::fromUtf8(next));
        QCOMPARE(framing.records.size(), rest == another ? 2 : 13);
        QVERIFY(!framing.importer->endsInside());
    }
}

void ContainedTest::unclosedEventSwallowsNoOther()
{
    const Framing framing = framed(beginning + "{\"time\":1,\"name\":\"a:b\",\"data\":{\"x\":[1,2,\n{\"time\":2,\"name\":\"a:b\"},{\"time\":3,\"name\":\"a:b\"}" + ending);
    QCOMPARE(framing.records, (QStringList{QStringLiteral("damaged {\"time\":1,\"name\":\"a:b\",\"data\":{\"x\":[1,2"),
                                           QStringLiteral("event {\"time\":2,\"name\":\"a:b\"}"),
                                           QStringLiteral("event {\"time\":3,\"name\":\"a:b\"}")}));
}

void ContainedTest::pendingWhileGrowing()
{
    Framing framing(FileFormat::Json);
    framing.push(beginning);
    framing.importer->flush();
    QCOMPARE(framing.importer->pending(), std::uint64_t{0});
    QCOMPARE(framing.newHeaders.size(), std::size_t{1}); // the trace can be shown before its first event
    framing.push("{\"time\":1,\"na");
    framing.importer->flush();
    QVERIFY(framing.records.isEmpty());
    QCOMPARE(framing.importer->pending(), std::uint64_t{13});
    framing.push("me\":\"a:b\"}");
    framing.importer->flush();
    QCOMPARE(framing.records, QStringList{QStringLiteral("event {\"time\":1,\"name\":\"a:b\"}")});
    QCOMPARE(framing.importer->pending(), std::uint64_t{0});
}

void ContainedTest::endsInside_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("inside");
    QTest::addColumn<QStringList>("records");
    const QByteArray begin = QByteArray::fromStdString(beginning);
    const QStringList one{QStringLiteral("event {\"time\":1}")};
    QTest::newRow("closed") << begin + "{\"time\":1}]}]}" << false << one;
    QTest::newRow("root not closed") << begin + "{\"time\":1}]}]" << true << one;
    QTest::newRow("events not closed") << begin + "{\"time\":1}," << true << one;
    QTest::newRow("event cut") << begin + "{\"time\":1},{\"time" << true
                               << QStringList{QStringLiteral("event {\"time\":1}"), QStringLiteral("damaged {\"time")};
    QTest::newRow("header cut") << QByteArray("{\"qlog_version\":\"0.3\",\"tra") << true << QStringList();
}

void ContainedTest::endsInside()
{
    QFETCH(QByteArray, text);
    QFETCH(bool, inside);
    QFETCH(QStringList, records);
    const Framing framing = framed(text.toStdString());
    QCOMPARE(framing.importer->endsInside(), inside);
    QCOMPARE(framing.records, records);
}

QTEST_GUILESS_MAIN(ContainedTest)
#include "containedtest.moc"
