// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/findings.h"
#include "model/statistics.h"
#include "tests/support/reading.h"

#include <QTest>

using namespace qlogscope;
using namespace qlogscope::testing;

/// What is read from each hand-written fixture (rows, figures, diagnostics), compared with a text golden in tests/goldens.
/// QLOGSCOPE_ACCEPT=1 writes the goldens anew: review them with `git diff`.
class DamageTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void golden_data();
    void golden();
    void unreadable_data();
    void unreadable();
    void longMalformedRunIsOneRow();
    void oversizedRecordIsARow();
    void deepNestingIsMalformed();
};

namespace {

const QString fixtureFolder = QStringLiteral(QLOGSCOPE_TEST_DIR "/fixtures");
const QString goldenFolder = QStringLiteral(QLOGSCOPE_TEST_DIR "/goldens");

std::string flagText(std::uint8_t flags)
{
    std::string text;
    const std::pair<RowFlag, const char*> names[] = {{RowMalformed, " malformed"}, {RowOversized, " oversized"},
                                                     {RowNoTime, " no-time"},      {RowNoName, " no-name"},
                                                     {RowRepaired, " repaired"},   {RowRun, " run"}};
    for (const auto& [flag, name] : names)
        text += (flags & flag) != 0 ? name : "";
    return text;
}

std::string countsText(const std::map<std::string, std::uint64_t>& counts)
{
    std::string text;
    for (const auto& [name, count] : counts)
        text += " " + name + "=" + std::to_string(count);
    return text;
}

std::string millisecondsOr(const std::optional<std::int64_t>& ns) { return ns ? millisecondsText(*ns) : "-"; }

/// Transport parameters, limits, ack delays and congestion states: nothing where there are none.
std::string connectionText(const ConnectionFacts& connection)
{
    std::string out;
    for (const ParameterFact& fact : connection.parameters())
        out += "  row " + std::to_string(fact.row.value) + " parameter " + std::string(text(fact.owner)) + (fact.isRestored ? " restored " : " ")
            + std::string(text(fact.parameter)) + "=" + std::to_string(fact.value) + "\n";
    const char* kinds[] = {"data", "stream-data", "streams-bidi", "streams-uni"};
    const char* events[] = {"raised", "blocked", "blocked-event", "unblocked-event"};
    for (std::size_t i = 0; i < connection.limits().size(); ++i) {
        const LimitFact& fact = connection.limits()[i];
        out += "  row " + std::to_string(fact.row.value) + (fact.direction == Direction::Sent ? " sent " : " received ")
            + kinds[static_cast<int>(fact.kind)] + " " + events[static_cast<int>(fact.event)]
            + (fact.streamId == LimitFact::none ? "" : " stream " + std::to_string(fact.streamId))
            + (fact.value == LimitFact::none ? "" : " to " + std::to_string(fact.value)) + "\n";
    }
    for (const Direction direction : {Direction::Sent, Direction::Received}) {
        const auto& delays = connection.ackDelays(direction);
        for (std::size_t i = 0; i < delays.size(); ++i)
            out += "  row " + std::to_string(delays[i].row.value) + " ack delay " + (direction == Direction::Sent ? "sent " : "received ")
                + std::to_string(delays[i].delayUs) + " us\n";
    }
    for (const AckedFact& fact : connection.unlogged())
        out += "  row " + std::to_string(fact.row.value) + " acks unlogged " + std::string(text(fact.space)) + " " + std::to_string(fact.first) + "-"
            + std::to_string(fact.last) + (fact.direction == Direction::Sent ? "" : " received") + "\n";
    for (std::size_t i = 0; i < connection.congestionStates().size(); ++i) {
        const CongestionStateFact fact = connection.congestionStates()[i];
        out += "  row " + std::to_string(fact.row.value) + " congestion state '" + fact.state + "' by '" + fact.trigger + "'\n";
    }
    for (const PtoFact& fact : connection.ptoExpiries())
        out += "  row " + std::to_string(fact.row.value) + " probe timeout\n";
    for (int kind = 0; kind < notableKindCount; ++kind) {
        const NotableSeries* notables = connection.notables().of(static_cast<NotableKind>(kind));
        for (std::size_t i = 0; notables != nullptr && i < notables->size(); ++i)
            out += "  row " + std::to_string(notables->row(i).value) + " mark " + std::string(text(static_cast<NotableKind>(kind))) + ": "
                + detailText((*notables)[i]) + "\n";
    }
    return out;
}

std::string traceText(const Document& document, const Trace& trace)
{
    const TraceFigures figures = figuresOf(document, trace.id());
    const TraceHeader& header = trace.header();
    std::string out = "trace " + std::to_string(trace.id().value) + ": " + text(trace.role()) + (trace.isRoleInferred() ? "?" : "")
        + " writer=" + header.writerText + " group=" + header.groupId + " version=" + header.qlogVersion + " title=" + header.title + "\n";
    out += "  events=" + std::to_string(figures.events) + " first=" + millisecondsOr(figures.firstTimeNs)
        + " last=" + millisecondsOr(figures.lastTimeNs) + " min=" + millisecondsOr(figures.minTimeNs)
        + " max=" + millisecondsOr(figures.maxTimeNs)
        + " wall=" + (figures.wallClockNs ? isoText(*figures.wallClockNs) : std::string("-")) + "\n";
    out += "  names" + countsText(figures.eventCounts) + "\n";
    for (const auto& [name, side] : {std::pair{"sent", &figures.sent}, std::pair{"received", &figures.received}})
        out += std::string("  ") + name + " bytes=" + std::to_string(side->bytes) + countsText(side->packets) + " |"
            + countsText(side->frames) + "\n";
    out += "  acked=" + std::to_string(figures.packetsAcked) + " lost=" + std::to_string(figures.packetsLost)
        + " spurious=" + std::to_string(figures.packetsSpurious) + (figures.bytesInferred ? " sizes-inferred" : "")
        + " cwnd=" + (figures.maxCongestionWindow ? std::to_string(*figures.maxCongestionWindow) : "-")
        + " rtt=" + millisecondsOr(figures.minRttNs) + "/" + millisecondsOr(figures.smoothedRttMaxNs)
        + " handshake=" + millisecondsOr(figures.handshakeNs) + "\n";
    for (const StreamIndex::Stream& stream : trace.streams().streams())
        out += "  stream " + std::to_string(stream.id) + " sent=" + std::to_string(stream.sent.newBytes) + "+"
            + std::to_string(stream.sent.repeatedBytes) + (stream.sent.fin ? " fin" : "")
            + " received=" + std::to_string(stream.received.newBytes) + "+" + std::to_string(stream.received.repeatedBytes) + "\n";
    if (figures.close)
        out += "  close by " + figures.close->initiator + " " + figures.close->space + " "
            + (figures.close->code ? std::to_string(*figures.close->code) : "-") + " '" + figures.close->name + "' '"
            + figures.close->reason + "'\n";
    out += connectionText(trace.connection());
    for (const Finding& each : findingsOf(document, trace.id()).found) {
        out += "  finding " + std::string(text(each.severity)) + " " + std::string(text(each.kind)) + " x" + std::to_string(each.count);
        for (const RowId row : each.rows)
            out += " row " + std::to_string(row.value);
        out += ": " + each.detail + "\n";
    }
    return out;
}

std::string documentText(const Document& document)
{
    const Document::FileFacts& facts = document.facts();
    std::string out = std::string("format=") + text(facts.format) + " truncated=" + (facts.isTruncated ? "yes" : "no")
        + " malformed=" + std::to_string(document.malformedCount()) + "\n";
    for (std::size_t i = 0; i < document.traceCount(); ++i)
        out += traceText(document, document.trace(TraceId(i)));
    const EventStore& events = document.events();
    for (std::size_t i = 0; i < events.size(); ++i) {
        const RowId row(i);
        out += "row " + std::to_string(i) + " [" + std::to_string(events.offset(row)) + "+" + std::to_string(events.length(row))
            + "] trace " + std::to_string(events.trace(row).value) + " t=" + millisecondsText(events.timeNs(row)) + " "
            + (events.name(row).isValid() ? document.names()[events.name(row)].logged : "-") + flagText(events.flags(row)) + "\n";
    }
    for (const DiagnosticKind kind : document.diagnostics().kinds()) {
        for (const Diagnostic& each : document.diagnostics().listed(kind))
            out += std::string(text(severityOf(kind))) + " " + std::string(text(kind)) + " byte " + std::to_string(each.bytes.offset)
                + (each.row.isValid() ? " row " + std::to_string(each.row.value) : std::string()) + ": " + each.detail + "\n";
    }
    return out;
}

std::string header()
{
    return "\x1e{\"qlog_version\":\"0.3\",\"qlog_format\":\"JSON-SEQ\",\"trace\":{\"common_fields\":{\"time_format\":\"relative\"}}}\n";
}

} // namespace

void DamageTest::golden_data()
{
    QTest::addColumn<QString>("name");
    for (const QString& name : QDir(fixtureFolder).entryList(QDir::Files))
        QTest::newRow(qPrintable(name)) << name;
}

void DamageTest::golden()
{
    QFETCH(QString, name);
    const QTemporaryDir folder;
    QFile fixture(fixtureFolder + QLatin1Char('/') + name);
    QVERIFY(fixture.open(QIODevice::ReadOnly));
    const std::unique_ptr<Document> document = openText(folder, fixture.readAll().toStdString(), name);
    const std::string actual = documentText(*document);
    QFile golden(goldenFolder + QLatin1Char('/') + name + QStringLiteral(".txt"));
    if (qEnvironmentVariableIsSet("QLOGSCOPE_ACCEPT")) {
        QVERIFY(golden.open(QIODevice::WriteOnly));
        QCOMPARE(golden.write(actual.data(), static_cast<qint64>(actual.size())), static_cast<qint64>(actual.size()));
        return;
    }
    QVERIFY2(golden.open(QIODevice::ReadOnly), "there is no golden for this fixture");
    const QStringList expectedLines = QString::fromUtf8(golden.readAll()).split(QLatin1Char('\n'));
    const QStringList actualLines = QString::fromStdString(actual).split(QLatin1Char('\n'));
    for (qsizetype i = 0; i < std::min(expectedLines.size(), actualLines.size()); ++i)
        QCOMPARE(actualLines[i], expectedLines[i]);
    QCOMPARE(actualLines.size(), expectedLines.size());
}

void DamageTest::unreadable_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("empty") << QByteArray() << QStringLiteral("is empty");
    QTest::newRow("blanks") << QByteArray("\n\n  \n") << QStringLiteral("is empty: it has only blanks");
    QTest::newRow("cut header") << QByteArray("\x1e{\"qlog_version\":\"0.3\",\"qlog_fo") << QStringLiteral("ends inside its first record");
    QTest::newRow("cut contained header") << QByteArray("{\"qlog_version\":\"0.3\",\"traces\":[{\"vantage_p")
                                          << QStringLiteral("ends inside its first record");
    QTest::newRow("text") << QByteArray("hello world\n") << QStringLiteral("is no qlog: it does not begin like JSON or JSON-SEQ");
    QTest::newRow("json") << QByteArray("{\"a\":1}") << QStringLiteral("is JSON, but no qlog");
    QTest::newRow("array") << QByteArray("[1,2,3]") << QStringLiteral("is a JSON array, not a qlog");
    QTest::newRow("pcap") << QByteArray("\xd4\xc3\xb2\xa1\x02\x00", 6) << QStringLiteral("is a packet capture (pcap), not a qlog");
    QTest::newRow("no traces") << QByteArray("{\"qlog_version\":\"0.3\",\"traces\":[]}") << QStringLiteral("is no qlog: it has no traces");
}

void DamageTest::unreadable()
{
    QFETCH(QByteArray, content);
    QFETCH(QString, sentence);
    const QTemporaryDir folder;
    const std::unique_ptr<Document> document = openText(folder, content.toStdString());
    QCOMPARE(document->state(), Document::State::Failed);
    QCOMPARE(QString::fromStdString(document->failure()), sentence);
}

void DamageTest::longMalformedRunIsOneRow()
{
    std::string text = header();
    for (int i = 0; i < 5'000; ++i)
        text += "\x1e{bad\n";
    text += "\x1e{\"time\":1,\"name\":\"a:b\"}\n";
    const QTemporaryDir folder;
    const std::unique_ptr<Document> document = openText(folder, text);
    QCOMPARE(document->events().size(), std::size_t{1'002});
    const RowId run(std::size_t{1'000});
    QCOMPARE(document->events().flags(run), std::uint8_t{RowMalformed | RowRun});
    QCOMPARE(document->events().length(run), std::uint32_t{4'000 * 6 - 2});
    QCOMPARE(document->diagnostics().count(DiagnosticKind::MalformedRecord), std::uint64_t{5'000});
    const Reading reading = readText(text, FileFormat::JsonSeq, wholePieces());
    QCOMPARE(QString::fromStdString(ledgerProblem(text, reading.all)), QString());
}

void DamageTest::oversizedRecordIsARow()
{
    const std::string before = header() + "\x1e{\"time\":1,\"name\":\"a:b\"}\n";
    const std::string big = "{\"time\":2,\"name\":\"a:b\",\"data\":{\"x\":\"" + std::string(Importer::recordLimit, 'x') + "\"}}";
    const std::string text = before + "\x1e" + big + "\n\x1e{\"time\":3,\"name\":\"a:b\"}\n";
    const Reading reading = readText(text, FileFormat::JsonSeq, equalPieces(std::size_t{1} << 20));
    QCOMPARE(reading.all.rows.size(), std::size_t{3});
    QCOMPARE(reading.all.rows[1].flags & RowOversized, int{RowOversized});
    QCOMPARE(reading.all.rows[1].offset, std::uint64_t{before.size() + 1});
    QCOMPARE(QString::fromStdString(ledgerProblem(text, reading.all)), QString());

    const std::string contained = "{\"qlog_version\":\"0.3\",\"traces\":[{\"events\":[{\"time\":1,\"name\":\"a:b\"}," + big
        + ",{\"time\":3,\"name\":\"a:b\"}]}]}";
    const Reading second = readText(contained, FileFormat::Json, equalPieces(std::size_t{1} << 20));
    QCOMPARE(second.all.rows.size(), std::size_t{3});
    QCOMPARE(second.all.rows[1].flags & RowOversized, int{RowOversized});
    QCOMPARE(QString::fromStdString(ledgerProblem(contained, second.all)), QString());
    QVERIFY(!second.endsInside);
}

void DamageTest::deepNestingIsMalformed()
{
    const std::string nest(1'000'000, '[');
    const std::string text = header() + "\x1e{\"time\":1,\"name\":\"a:b\",\"data\":" + nest + std::string(nest.size(), ']') + "}\n\x1e" + nest
        + "\n\x1e{\"time\":2,\"name\":\"a:b\"}\n";
    for (const JsonPath path : {JsonPath::Fast, JsonPath::Reference}) {
        const Reading reading = readText(text, FileFormat::JsonSeq, wholePieces(), path);
        QCOMPARE(reading.all.rows.size(), std::size_t{3});
        QCOMPARE(reading.all.rows[0].flags, std::uint8_t{RowMalformed});
        QCOMPARE(reading.all.rows[1].flags, std::uint8_t{RowMalformed});
        QCOMPARE(reading.all.rows[2].flags, std::uint8_t{0});
    }
}

QTEST_GUILESS_MAIN(DamageTest)
#include "damagetest.moc"
