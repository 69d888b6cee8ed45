// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/workspace.h"
#include "views/details/jsonmodel.h"
#include "views/details/rawbytes.h"
#include "views/details/recordcorrections.h"
#include "views/details/recordfacts.h"
#include "views/diagnostics/diagnosticsmodel.h"
#include "views/events/eventmodel.h"
#include "views/tree/tracetreemodel.h"

#include <QAbstractItemModelTester>
#include <QPersistentModelIndex>
#include <QSignalSpy>
#include <QTemporaryFile>
#include <QTest>

using namespace qlogscope;

namespace {

constexpr std::int64_t ms = 1'000'000;

/// Repeats the record: enough to see that the right one was read.
class LengthReader : public RecordReader
{
public:
    [[nodiscard]] std::string summary(std::string_view record, const TraceHeader&) const override
    {
        ++asked;
        return "read " + std::string(record);
    }
    [[nodiscard]] RecordDescription description(std::string_view, const TraceHeader&) const override { return {}; }
    [[nodiscard]] std::vector<std::string> connectionIds(std::string_view, const TraceHeader&) const override { return {}; }
    [[nodiscard]] PacketLayout packetLayout(std::string_view, const TraceHeader&, const PacketFact&) const override { return {}; }
    mutable int asked = 0;
};

/// A document made by hand: rows are appended with the text of their record, which goes to a file.
class HandMade
{
public:
    explicit HandMade(const std::string& name = "hand.sqlog")
        : document(std::make_unique<Document>("/tmp/" + name))
    {
        QVERIFY(m_file.open());
        std::string error;
        m_source = ByteSource::open(m_file.fileName().toStdString(), &error);
        QVERIFY2(m_source != nullptr, error.c_str());
    }

    HandMade& name(const char* logged)
    {
        m_batch.newNames.emplace_back(logged);
        return *this;
    }
    HandMade& row(std::int64_t timeNs, const QByteArray& text, std::uint8_t flags = 0, std::uint32_t trace = 0)
    {
        EventRow row;
        row.timeNs = timeNs;
        row.offset = m_offset;
        row.length = static_cast<std::uint32_t>(text.size());
        if ((flags & RowMalformed) == 0)
            row.name = NameId(std::uint32_t{0});
        row.trace = TraceId(trace);
        row.flags = flags;
        m_batch.rows.push_back(row);
        m_file.write(text);
        m_offset += row.length;
        return *this;
    }
    EventBatch& batch() { return m_batch; }
    /// Hands over what was collected.
    void append()
    {
        m_file.flush();
        std::string error;
        m_source = ByteSource::open(m_file.fileName().toStdString(), &error); // its identity includes the size
        document->setSource(m_source);
        document->append(std::exchange(m_batch, {}));
    }

    std::unique_ptr<Document> document;

private:
    QTemporaryFile m_file;
    std::shared_ptr<ByteSource> m_source;
    EventBatch m_batch;
    std::uint64_t m_offset = 0;
};

QString text(const QAbstractItemModel& model, int row, int column, const QModelIndex& parent = {})
{
    return model.index(row, column, parent).data().toString();
}

Diagnostic diagnostic(DiagnosticKind kind, RowId row, const char* detail)
{
    return {kind, severityOf(kind), row, {7, 1}, detail};
}

QModelIndex find(const JsonModel& model, const QString& path, const QModelIndex& parent = {})
{
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex child = model.index(row, JsonModel::KeyColumn, parent);
        if (model.path(child) == path)
            return child;
        const QModelIndex below = find(model, path, child);
        if (below.isValid())
            return below;
    }
    return {};
}

QString valueAt(const JsonModel& model, const QString& path)
{
    return find(model, path).siblingAtColumn(JsonModel::ValueColumn).data().toString();
}

TraceChange traceHeader(std::uint32_t trace, const std::string& title, const std::string& groupId)
{
    TraceHeader header;
    header.title = title;
    header.groupId = groupId;
    header.role = Role::Server;
    header.vantageType = "server";
    return {TraceId(trace), header};
}

} // namespace

class ModelTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // Event list

    void eventsShowTimesAndSummaries()
    {
        HandMade file;
        file.name("transport:packet_sent").row(5 * ms, "one").row(7 * ms + 500'000, "two").row(7 * ms + 500'000, "three");
        file.append();
        const LengthReader reader;
        EventModel model(&reader);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setDocument(file.document.get());

        QCOMPARE(model.rowCount(), 3);
        QCOMPARE(model.columnCount(), 5);
        QCOMPARE(text(model, 0, EventModel::NumberColumn), QStringLiteral("0"));
        QCOMPARE(text(model, 0, EventModel::TimeColumn), QStringLiteral("0.0")); // as many decimals as the finest time
        QCOMPARE(text(model, 0, EventModel::DeltaColumn), QString());
        QCOMPARE(text(model, 1, EventModel::TimeColumn), QStringLiteral("2.5"));
        QCOMPARE(text(model, 2, EventModel::DeltaColumn), QStringLiteral("0.0"));
        QCOMPARE(text(model, 1, EventModel::EventColumn), QStringLiteral("transport:packet_sent"));
        QVERIFY(model.index(1, EventModel::EventColumn).data(Qt::ToolTipRole).toString().contains(QStringLiteral("quic:packet_sent")));
        QCOMPARE(reader.asked, 0); // only what is painted is read
        QCOMPARE(text(model, 1, EventModel::SummaryColumn), QStringLiteral("read two"));
        QCOMPARE(text(model, 1, EventModel::SummaryColumn), QStringLiteral("read two"));
        QCOMPARE(reader.asked, 1);
    }

    void eventsShowBadRows()
    {
        HandMade file;
        file.name("acme:unheard_of").row(ms, "good").row(ms, "{bad", RowMalformed).row(ms, "timeless", RowNoTime).row(3 * ms, "good");
        file.append();
        const LengthReader reader;
        EventModel model(&reader);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setDocument(file.document.get());

        QCOMPARE(text(model, 1, EventModel::SummaryColumn), QStringLiteral("malformed record, 4 bytes at offset 4"));
        QCOMPARE(text(model, 1, EventModel::TimeColumn), QString());
        QVERIFY(model.index(1, EventModel::EventColumn).data(Qt::ForegroundRole).isValid());
        QVERIFY(!model.index(0, EventModel::EventColumn).data(Qt::ForegroundRole).isValid()); // unknown is not bad
        QCOMPARE(text(model, 2, EventModel::TimeColumn), QString());
        QCOMPARE(text(model, 2, EventModel::DeltaColumn), QString());
        QCOMPARE(text(model, 3, EventModel::DeltaColumn), QStringLiteral("2")); // to the last row with a time
    }

    void eventsGrowInSteps()
    {
        HandMade file;
        file.name("transport:packet_sent").row(0, "a");
        file.append();
        EventModel model(nullptr);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setDocument(file.document.get());
        const QPersistentModelIndex first(model.index(0, 0));
        QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
        for (int i = 1; i <= 50; ++i) {
            file.row(i * ms, "b");
            file.append();
        }
        QCOMPARE(model.rowCount(), 1); // not at every batch
        QTRY_COMPARE(model.rowCount(), 51);
        QCOMPARE(inserted.count(), 1);
        QCOMPARE(first.row(), 0);

        model.setPaused(true);
        file.row(60 * ms, "c");
        file.append();
        model.setPaused(false);
        QCOMPARE(model.rowCount(), 52);
    }

    void eventsSortByTime()
    {
        HandMade file;
        file.name("transport:packet_sent").row(3 * ms, "c").row(1 * ms, "a").row(2 * ms, "b").row(2 * ms, "B");
        file.append();
        EventModel model(nullptr);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setDocument(file.document.get());
        const QPersistentModelIndex last(model.index(0, 0)); // 3 ms
        model.setOrder(EventModel::Order::Time);
        QCOMPARE(last.row(), 3);
        QCOMPARE(model.rowId(0), RowId(1U));
        QCOMPARE(model.rowId(1), RowId(2U)); // equal times in file order
        QCOMPARE(model.rowId(2), RowId(3U));
        QCOMPARE(model.positionOf(RowId(0U)), 3);

        file.row(1 * ms + 500'000, "late").row(4 * ms, "d");
        file.append();
        QTRY_COMPARE(model.rowCount(), 6);
        QCOMPARE(model.rowId(1), RowId(4U));
        QCOMPARE(model.rowId(5), RowId(5U));
        QCOMPARE(last.row(), 4);
        for (std::uint32_t row = 0; row < 6; ++row)
            QCOMPARE(model.rowId(model.positionOf(RowId(row))), RowId(row));

        model.setOrder(EventModel::Order::File);
        QCOMPARE(last.row(), 0);
        QCOMPARE(model.positionOf(RowId(4U)), 4);
    }

    void eventsOfTwoTracesHaveTheirOwnTime()
    {
        HandMade file;
        file.name("transport:packet_sent").row(100 * ms, "a", 0, 0);
        file.batch().traces = {traceHeader(0, "first", "")};
        file.append();
        EventModel model(nullptr);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setDocument(file.document.get());
        QCOMPARE(model.columnCount(), 5);
        file.batch().traces = {traceHeader(1, "second", "")};
        file.row(900 * ms, "b", 0, 1).row(101 * ms, "c", 0, 0).row(902 * ms, "d", 0, 1);
        file.append();
        QTRY_COMPARE(model.rowCount(), 4);
        QCOMPARE(model.columnCount(), 6);
        QCOMPARE(text(model, 1, EventModel::TraceColumn), QStringLiteral("second"));
        QCOMPARE(text(model, 1, EventModel::TimeColumn), QStringLiteral("0"));
        QCOMPARE(text(model, 3, EventModel::TimeColumn), QStringLiteral("2"));
        QCOMPARE(text(model, 3, EventModel::DeltaColumn), QStringLiteral("2")); // to the row before it of its own trace
        model.setZero(TraceId(1U), 800 * ms);
        QCOMPARE(text(model, 3, EventModel::TimeColumn), QStringLiteral("102"));
        model.setDocument(nullptr);
        QCOMPARE(model.rowCount(), 0);
    }

    // JSON tree

    void jsonKeepsNumbersAndOrder()
    {
        JsonModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setText(R"({"z":18446744073709551615,"a":1795165007644.7588,"big":123456789012345678901234567890,"zero":-0,
                          "exp":1.50E+3,"list":[true,null,-7,{"deep":"x\n\u00e9"}],"":0,"min":-9223372036854775808})");
        QCOMPARE(model.problem(), QString());
        QCOMPARE(text(model, 0, JsonModel::KeyColumn), QStringLiteral("z"));
        QCOMPARE(valueAt(model, QStringLiteral("z")), QStringLiteral("18446744073709551615"));
        QCOMPARE(valueAt(model, QStringLiteral("a")), QStringLiteral("1795165007644.7588"));
        QCOMPARE(valueAt(model, QStringLiteral("big")), QStringLiteral("123456789012345678901234567890"));
        QCOMPARE(valueAt(model, QStringLiteral("zero")), QStringLiteral("-0"));
        QCOMPARE(valueAt(model, QStringLiteral("exp")), QStringLiteral("1.50E+3"));
        QCOMPARE(valueAt(model, QStringLiteral("min")), QStringLiteral("-9223372036854775808"));
        QCOMPARE(valueAt(model, QStringLiteral("list[2]")), QStringLiteral("-7"));
        QCOMPARE(valueAt(model, QStringLiteral("list[3].deep")), QStringLiteral("\"x\\né\""));
        QCOMPARE(model.plainValue(find(model, QStringLiteral("list[3].deep"))), QStringLiteral("x\né"));
        QCOMPARE(model.json(find(model, QStringLiteral("list[3]"))), QStringLiteral("{\n  \"deep\": \"x\\né\"\n}"));
        model.clear();
        QCOMPARE(model.rowCount(), 0);
    }

    void jsonStopsWhereItMust_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("problem");
        QTest::newRow("cut off") << QByteArray(R"({"a":1,"b":{"c":2)") << QStringLiteral("Not valid JSON");
        QTest::newRow("too deep") << QByteArray(100'000, '[') << QStringLiteral("256 levels");
        QTest::newRow("comment") << QByteArray(R"({"a":1 /* why */})") << QStringLiteral("after a repair");
        QTest::newRow("bad UTF-8") << QByteArray("{\"a\":\"\xff\"}") << QStringLiteral("after a repair");
        QTest::newRow("too many") << QByteArray("[0") + QByteArray(",1").repeated(200'000) + ']' << QStringLiteral("100,000 values");
        QTest::newRow("a number") << QByteArray("42") << QString();
        QTest::newRow("empty object") << QByteArray("{}") << QString();
    }
    void jsonStopsWhereItMust()
    {
        QFETCH(QByteArray, json);
        QFETCH(QString, problem);
        JsonModel model;
        model.setText({json.constData(), static_cast<std::size_t>(json.size())});
        QVERIFY2(model.problem().contains(problem) && model.problem().isEmpty() == problem.isEmpty(), qPrintable(model.problem()));
        QVERIFY(model.rowCount() >= 1);
        if (model.valueCount() < 1'000)
            const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    }

    void hexDumpHasOffsets()
    {
        QCOMPARE(hexDump("{\"a\":1}\n\xff", 96, 8),
                 QStringLiteral(" 96  7b 22 61 22 3a 31 7d 0a  {\"a\":1}.\n"
                                "104  ff                       ."));
        QCOMPARE(hexDump({}, 0, 16), QString());
    }

    // Details

    void factsLinkPacketsToTheirFate()
    {
        HandMade file;
        file.name("transport:packet_sent").row(0, "s0").row(1 * ms, "s1").row(30 * ms, "ack").row(31 * ms, "lost");
        EventBatch& batch = file.batch();
        batch.packets = {{.number = 0, .row = RowId(0U), .sizeBytes = 1200, .type = PacketType::OneRtt},
                         {.number = 1, .row = RowId(1U), .sizeBytes = 1300, .type = PacketType::OneRtt}};
        batch.acked = {{.first = 0, .last = 0, .row = RowId(2U)}};
        batch.lost = {{.number = 1, .row = RowId(3U)}};
        batch.metrics = {{.value = 30 * ms, .row = RowId(2U), .kind = MetricKind::SmoothedRtt}};
        batch.diagnostics = {diagnostic(DiagnosticKind::WrongFieldType, RowId(1U), "raw is no object")};
        TraceChange change = traceHeader(0, "", "");
        change.header.writerText = "acme";
        batch.traces = {change};
        file.append();

        const QString sent = RecordFacts(*file.document, RowId(0U), 0).atThisTimeHtml();
        QVERIFY(sent.contains(QStringLiteral("<a href='row:2'>#2</a> after 30 ms")));
        QVERIFY(sent.contains(QStringLiteral("not logged before this time")));
        QVERIFY(sent.contains(QStringLiteral("not logged by acme")));
        const RecordFacts second(*file.document, RowId(1U), 0);
        QVERIFY(second.atThisTimeHtml().contains(QStringLiteral("<a href='row:3'>#3</a> after 30 ms")));
        QCOMPARE(second.notes(), QStringList{QStringLiteral("raw is no object")});
        const QString ack = RecordFacts(*file.document, RowId(2U), 0).atThisTimeHtml();
        QVERIFY(ack.contains(QStringLiteral("1-RTT packet 0 in <a href='row:0'>#0</a>")));
        QVERIFY(ack.contains(QStringLiteral("30 ms, set by")));
        QVERIFY(RecordFacts(*file.document, RowId(3U), 0).atThisTimeHtml().contains(QStringLiteral("<a href='row:1'>#1</a>")));
        QCOMPARE(RecordFacts::rowOfLink(QStringLiteral("row:3")), RowId(3U));
        QCOMPARE(RecordFacts::rowOfLink(QStringLiteral("http://x")), RowId());
    }

    void correctionsAreNotedWithTheirValues_data()
    {
        QTest::addColumn<int>("writer");
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("record");
        QTest::addColumn<int>("exponent"); // of the peer; -1: not logged
        QTest::addColumn<QStringList>("parts"); // of the notes, in order; none: no note
        const QByteArray received("transport:packet_received");
        const QByteArray ack(R"({"data":{"frames":[{"frame_type":"ack","ack_delay":0.4,"acked_ranges":[[0,5]],"ect0":3,"ect1":"5"}]}})");
        const auto row = [](const char* title, Writer writer, const QByteArray& name, const QByteArray& record, int exponent,
                            const QStringList& parts) {
            QTest::newRow(title) << static_cast<int>(writer) << name << record << exponent << parts;
        };
        row("delay", Writer::Quiche, received, ack, -1, {QStringLiteral("Here: ack_delay 0.4 is 3.2 ms with the default exponent 3.")});
        row("delay with the peer's exponent", Writer::Quiche, received, ack, 4, {QStringLiteral("Here: ack_delay 0.4 is 6.4 ms with exponent 4.")});
        row("delay in columns", Writer::Picoquic, received,
            R"([5,"transport","packet_received",{"frames":[{"frame_type":"ack","ack_delay":"25","acked_ranges":[]}]}])", 3,
            {QStringLiteral("Here: ack_delay 25 is 0.2 ms with exponent 3.")});
        row("no delay", Writer::Quiche, received, R"({"data":{"frames":[{"frame_type":"ack","acked_ranges":[[0,5]]}]}})", -1, {});
        row("ECN", Writer::OpenSsl, received, ack, -1,
            {QStringLiteral("ack_delay 0.4 is 0.4 ms"), QStringLiteral("Here: ECT(0) 5, ECT(1) 3, CE 0.")});
        row("a writer that needs none", Writer::QuicGo, received, ack, -1, {});
        const QByteArray metrics("recovery:metrics_updated");
        row("pacing", Writer::Neqo, metrics, R"({"data":{"pacing_rate":1250000,"smoothed_rtt":20}})", -1,
            {QStringLiteral("Here: pacing_rate is 10,000,000 bit/s.")});
        row("no pacing", Writer::Neqo, metrics, R"({"data":{"smoothed_rtt":20}})", -1, {});
        row("pacing not verified", Writer::Tquic, metrics, R"({"data":{"pacing_rate":"500"}})", -1, {QStringLiteral("Here: pacing_rate is 500 bit/s.")});
        row("RTT", Writer::Xquic, metrics, R"({"data":{"smoothed_rtt":89748,"min_rtt":"500"}})", -1,
            {QStringLiteral("Here: min_rtt is 0.5 ms, smoothed_rtt is 89.748 ms.")});
        row("suspicious RTT", Writer::Unknown, metrics, R"({"data":{"smoothed_rtt":89748}})", -1, {QStringLiteral("may well mean microseconds")});
        row("datagrams", Writer::Aioquic, "transport:datagrams_sent", R"({"data":{"count":2,"raw":[{"length":1288,"payload_length":1280},{"length":108}]}})", -1,
            {QStringLiteral("Here: 1,280 bytes, 100 bytes.")});
        row("one datagram", Writer::Aioquic, "transport:datagrams_received", R"({"data":{"raw":{"length":1288}}})", -1, {QStringLiteral("Here: 1,280 bytes.")});
        row("no values", Writer::Nginx, "connectivity:connection_started", R"({"data":{}})", -1, {QStringLiteral("logs the peer as src")});
        row("not JSON", Writer::Nginx, "connectivity:connection_started", "{", -1, {QStringLiteral("logs the peer as src")});
    }

    void correctionsAreNotedWithTheirValues()
    {
        QFETCH(int, writer);
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, record);
        QFETCH(int, exponent);
        QFETCH(QStringList, parts);
        HandMade file;
        file.name(name.constData()).row(0, record);
        TraceChange change = traceHeader(0, "", "");
        change.header.writer = static_cast<Writer>(writer);
        file.batch().traces = {change};
        file.batch().packets = {{.number = 0, .frameMask = std::uint64_t{1} << static_cast<unsigned>(FrameKind::Ack), .row = RowId(0U),
                                 .flags = PacketReceivedFlag, .type = PacketType::OneRtt}};
        if (exponent >= 0)
            file.batch().parameters = {{static_cast<std::uint64_t>(exponent), RowId(0U), TransportParameter::AckDelayExponent, ParameterOwner::Remote, false}};
        file.append();
        const QStringList notes = correctionNotes(*file.document, RowId(0U), {record.constData(), static_cast<std::size_t>(record.size())});
        QCOMPARE(notes.size(), parts.size());
        for (qsizetype i = 0; i < parts.size(); ++i)
            QVERIFY2(notes[i].contains(parts[i]), qPrintable(notes[i]));
    }

    // Diagnostics

    void diagnosticsAreGroupedAndGrow()
    {
        HandMade file;
        file.name("x").row(0, "a");
        file.batch().diagnostics = {diagnostic(DiagnosticKind::MissingTime, RowId(0U), "no time")};
        file.append();
        DiagnosticsModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setDocument(file.document.get());
        QCOMPARE(model.rowCount(), 1);
        const QPersistentModelIndex entry(model.index(0, DiagnosticsModel::DetailColumn, model.index(0, 0)));
        QCOMPARE(entry.data().toString(), QStringLiteral("no time"));

        for (int i = 0; i < 1'500; ++i)
            file.batch().diagnostics.push_back(diagnostic(DiagnosticKind::MalformedRecord, RowId(0U), "bad"));
        file.append();
        model.update();
        QCOMPARE(model.rowCount(), 2);
        const QModelIndex worst = model.index(0, 0); // the worse kind goes first
        QCOMPARE(worst.data().toString(), QStringLiteral("Malformed record (data loss)"));
        QCOMPARE(text(model, 0, DiagnosticsModel::CountColumn), QStringLiteral("1,500"));
        QCOMPARE(model.rowCount(worst), 1'000);
        QCOMPARE(text(model, 0, DiagnosticsModel::DetailColumn), QStringLiteral("the first 1,000 of 1,500 are listed"));
        QCOMPARE(text(model, 3, DiagnosticsModel::OffsetColumn, worst), QStringLiteral("7"));
        QCOMPARE(model.rowId(model.index(3, 0, worst)), RowId(0U));
        QCOMPARE(entry.parent().row(), 1);
        QCOMPARE(entry.data().toString(), QStringLiteral("no time"));
    }

    void findingsFollowDiagnostics()
    {
        HandMade file;
        file.name("x").row(0, "a");
        for (int i = 1; i < 5; ++i)
            file.row(i, "a");
        file.batch().diagnostics = {diagnostic(DiagnosticKind::MissingTime, RowId(0U), "no time")};
        file.append();
        DiagnosticsModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setDocument(file.document.get());
        Finding finding;
        finding.kind = FindingKind::PacketNumberReused;
        finding.severity = Severity::Error;
        finding.trace = TraceId(0U);
        finding.count = 7;
        finding.rows = {RowId(2U), RowId(4U)};
        finding.detail = "twice";
        model.setFindings({finding}, {{FindingKind::LongGap, "no packets"}});
        QVERIFY(model.hasProblems());
        QCOMPARE(model.rowCount(), 3);
        const QModelIndex found = model.index(1, 0);
        QCOMPARE(found.data().toString(), QStringLiteral("Connection: packet number reused (error)"));
        QCOMPARE(text(model, 1, DiagnosticsModel::CountColumn), QStringLiteral("7"));
        QCOMPARE(text(model, 1, DiagnosticsModel::DetailColumn), QStringLiteral("twice"));
        QVERIFY(found.data(Qt::ToolTipRole).toString().contains(QStringLiteral("RFC 9000, section 12.3")));
        QCOMPARE(model.rowId(found), RowId(2U));
        QVERIFY(model.finding(found) != nullptr);
        QCOMPARE(model.rowCount(found), 2);
        QCOMPARE(model.rowId(model.index(1, 0, found)), RowId(4U));
        QCOMPARE(model.finding(model.index(1, 0, found)), nullptr);
        QCOMPARE(text(model, 1, DiagnosticsModel::DetailColumn, found), QStringLiteral("x"));
        const QModelIndex undecided = model.index(2, 0);
        QCOMPARE(undecided.data().toString(), QStringLiteral("Connection: not decided"));
        QCOMPARE(text(model, 0, DiagnosticsModel::DetailColumn, undecided), QStringLiteral("no packets"));
        QVERIFY(!model.rowId(model.index(0, 0, undecided)).isValid());
        QVERIFY(!model.rowId(undecided).isValid());

        const QPersistentModelIndex evidence(model.index(1, 0, found));
        file.batch().diagnostics = {diagnostic(DiagnosticKind::MalformedRecord, RowId(0U), "bad")};
        file.append();
        model.update(); // a new kind moves the findings down
        QCOMPARE(model.rowCount(), 4);
        QCOMPARE(model.rowId(evidence), RowId(4U));
        QCOMPARE(evidence.parent().row(), 2);
        model.setDocument(nullptr);
        QCOMPARE(model.rowCount(), 0);
    }

    // Trace tree

    void treeGroupsTracesOfOneConnection()
    {
        Workspace workspace;
        TraceTreeModel model(&workspace);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const auto add = [&workspace](const std::string& name, const std::vector<TraceChange>& traces) {
            HandMade file(name);
            file.name("x").row(0, "a");
            file.batch().traces = traces;
            file.append();
            return workspace.add(std::move(file.document));
        };
        Document* client = add("c_client.sqlog", {traceHeader(0, "", "c0ffee")});
        Document* other = add("other.qlog", {traceHeader(0, "one", "1"), traceHeader(1, "two", "2")});
        model.update();
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.trace(model.index(0, 0)), (TraceRef{client, TraceId(0U)}));
        QVERIFY(model.index(0, 0).data().toString().startsWith(QStringLiteral("c_client.sqlog\nserver")));
        QCOMPARE(model.rowCount(model.index(1, 0)), 2);
        QCOMPARE(model.trace(model.index(1, 0, model.index(1, 0))), (TraceRef{other, TraceId(1U)}));

        Document* server = add("c_server.sqlog", {traceHeader(0, "", "c0ffee")});
        model.update();
        QCOMPARE(model.rowCount(), 2);
        const QModelIndex group = model.index(0, 0);
        QCOMPARE(group.data().toString(), QStringLiteral("Connection c0ffee"));
        QCOMPARE(model.documents(group), (std::vector<Document*>{client, server}));
        QCOMPARE(model.trace(model.indexOf({server, TraceId(0U)})), (TraceRef{server, TraceId(0U)}));
        QVERIFY(!model.trace(group).isValid());

        server->setState(Document::State::Failed, "Permission denied");
        model.setProgress(client, 0.5);
        model.update();
        QVERIFY(model.index(1, 0, group).data().toString().contains(QStringLiteral("Permission denied")));
        QVERIFY(model.index(0, 0, group).data().toString().contains(QStringLiteral("50 %")));

        connect(&workspace, &Workspace::documentAboutToClose, &model, &TraceTreeModel::remove);
        workspace.close(client);
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.trace(model.index(1, 0)), (TraceRef{server, TraceId(0U)}));
    }

    void treeSaysHowTracesWerePairedAndRolesSet()
    {
        Workspace workspace;
        TraceTreeModel model(&workspace);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const auto add = [&workspace](const std::string& name, const std::string& id) {
            HandMade file(name);
            file.name("x").row(0, "a");
            file.batch().traces = {traceHeader(0, "", id)};
            file.append();
            return TraceRef{workspace.add(std::move(file.document)), TraceId(0U)};
        };
        const TraceRef a = add("x_client.sqlog", "");
        const TraceRef b = add("x_server.sqlog", "");
        const TraceRef c = add("y_client.sqlog", "");
        const TraceRef d = add("y_server.sqlog", "");
        model.update();
        QCOMPARE(model.rowCount(), 2); // two connections without an id are two
        QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("Connection x"));
        QVERIFY(model.index(1, 0).data(Qt::ToolTipRole).toString().contains(QStringLiteral("by the names of the files")));
        QCOMPARE(model.anyTrace(model.index(1, 0)), c);
        QCOMPARE(model.anyTrace(model.index(1, 0, model.index(0, 0))), b);

        workspace.pair(a, d);
        model.update();
        QCOMPARE(model.rowCount(model.index(0, 0)), 3);
        QVERIFY(model.index(0, 0).data(Qt::ToolTipRole).toString().contains(QStringLiteral("by hand")));
        workspace.setRole(b, Role::Network);
        model.update();
        QVERIFY(model.indexOf(b).data().toString().contains(QStringLiteral("network (set by hand)")));
    }
};

QTEST_MAIN(ModelTest)
#include "modeltest.moc"
