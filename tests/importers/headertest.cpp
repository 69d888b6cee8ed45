// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/headerreader.h"

#include <QTest>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace qlogscope;

/// Headers of every generation, by every writer.
class HeaderTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void preSpec();
    void draft01();
    void contained();
    void sequence();
    void fileSchema();
    void writers_data();
    void writers();
    void referenceTimes_data();
    void referenceTimes();
    void clocks_data();
    void clocks();
    void vantagePoints_data();
    void vantagePoints();
    void groupIds_data();
    void groupIds();
    void keysInAnyOrder();
    void propertiesKeepTheRest();
    void damagedContainedHeader();
    void noHeader_data();
    void noHeader();
    void traceErrors();
};

namespace {

TraceHeader sequenceHeader(const std::string& record)
{
    std::vector<Diagnostic> diagnostics;
    const std::optional<TraceHeader> header = readSequenceHeader(record, {0, record.size()}, &diagnostics);
    return header.value_or(TraceHeader());
}

TraceHeader containedHeader(const std::string& root, const std::string& trace)
{
    std::vector<Diagnostic> diagnostics;
    return readContainedHeader(root, trace, 0, {}, &diagnostics);
}

std::string withCommonFields(const std::string& fields)
{
    return R"({"qlog_version":"0.3","trace":{"common_fields":)" + fields + "}}";
}

} // namespace

void HeaderTest::preSpec()
{
    const TraceHeader header = containedHeader(
        R"({"qlog_version":"0.1","connections":[0]})",
        R"({"quic_version":"0xff00000f","vantagepoint":"SERVER","connectionid":"BB22","starttime":1550000000.25,)"
        R"("fields":["time","category","type","trigger","data"]})");
    QCOMPARE(header.qlogVersion, std::string("0.1"));
    QCOMPARE(header.role, Role::Server);
    QCOMPARE(header.groupId, std::string("bb22"));
    QCOMPARE(header.clock, ClockForm::Relative);
    QCOMPARE(header.referenceNs.value_or(0), std::int64_t{1'550'000'000'250'000'000});
    QVERIFY(header.eventFields == (std::vector<std::string>{"time", "category", "type", "trigger", "data"}));
}

void HeaderTest::draft01()
{
    const TraceHeader header = containedHeader(
        R"({"qlog_version":"draft-01","title":"t","description":"d"})",
        R"({"vantage_point":{"type":"CLIENT","name":"x"},"configuration":{"time_units":"us"},)"
        R"("common_fields":{"group_id":"BB22","reference_time":"1580000000000000"},"event_fields":["Relative_Time","category","EVENT","data"]})");
    QCOMPARE(header.qlogVersion, std::string("draft-01"));
    QCOMPARE(header.title, std::string("t"));
    QCOMPARE(header.description, std::string("d"));
    QCOMPARE(header.vantageType, std::string("client"));
    QCOMPARE(header.role, Role::Client);
    QCOMPARE(header.writerText, std::string("x"));
    QCOMPARE(header.unit, TimeUnit::Microseconds);
    QCOMPARE(header.groupId, std::string("bb22"));
    QCOMPARE(header.clock, ClockForm::Relative);
    QVERIFY(header.clockStated);
    QCOMPARE(header.referenceNs.value_or(0), std::int64_t{1'580'000'000'000'000'000});
    QVERIFY(header.eventFields == (std::vector<std::string>{"relative_time", "category", "event", "data"}));
}

void HeaderTest::contained()
{
    const TraceHeader header = containedHeader(
        R"({"qlog_version":"0.3","qlog_format":"JSON","title":"of the file"})",
        R"({"vantage_point":{"type":"server"},"title":"of the trace",)"
        R"("common_fields":{"ODCID":"bb22","time_format":"relative","reference_time":1700000000000.5}})");
    QCOMPARE(header.title, std::string("of the trace"));
    QCOMPARE(header.role, Role::Server);
    QCOMPARE(header.groupId, std::string("bb22"));
    QCOMPARE(header.clock, ClockForm::Relative);
    QCOMPARE(header.unit, TimeUnit::Milliseconds);
    QCOMPARE(header.referenceNs.value_or(0), std::int64_t{1'700'000'000'000'500'000});
    QVERIFY(header.eventFields.empty());
}

void HeaderTest::sequence()
{
    const TraceHeader header = sequenceHeader(
        R"({"qlog_version":"0.3","qlog_format":"JSON-SEQ","trace":{"vantage_point":{"type":"client"},)"
        R"("common_fields":{"time_format":"relative","reference_time":1700000000000}}})");
    QCOMPARE(header.qlogVersion, std::string("0.3"));
    QCOMPARE(header.role, Role::Client);
    QCOMPARE(header.clock, ClockForm::Relative);
    QCOMPARE(header.referenceNs.value_or(0), std::int64_t{1'700'000'000'000'000'000});
}

void HeaderTest::fileSchema()
{
    const TraceHeader header = sequenceHeader(
        R"({"file_schema":"urn:ietf:params:qlog:file:sequential","serialization_format":"application/qlog+json-seq",)"
        R"("trace":{"event_schemas":["urn:ietf:params:qlog:events:quic-12"],"vantage_point":{"type":"client"},"common_fields":{"group_id":"bb22",)"
        R"("reference_time":{"clock_type":"monotonic","epoch":"unknown","wall_clock_time":"2026-01-02T03:04:05.678Z"}}}})");
    QVERIFY(header.qlogVersion.empty());
    QCOMPARE(header.fileSchema, std::string("urn:ietf:params:qlog:file:sequential"));
    QCOMPARE(header.groupId, std::string("bb22"));
    QCOMPARE(header.clock, ClockForm::Relative);
    QCOMPARE(header.writer, Writer::Unknown);
    QCOMPARE(isoText(header.referenceNs.value_or(0)), std::string("2026-01-02T03:04:05.678Z"));
}

void HeaderTest::writers_data()
{
    QTest::addColumn<QByteArray>("record");
    QTest::addColumn<QByteArray>("writer");
    const auto named = [](const char* name) -> QByteArray {
        return QByteArray(R"({"qlog_version":"0.3","trace":{"vantage_point":{"type":"client","name":")") + name + "\"}}}";
    };
    QTest::newRow("picoquic by name") << named("backend-67") << QByteArray("picoquic");
    QTest::newRow("picoquic by title") << QByteArray(R"({"qlog_version":"draft-00","title":"picoquic","trace":{}})") << QByteArray("picoquic");
    QTest::newRow("quic-go by title") << QByteArray(R"({"qlog_version":"0.3","title":"quic-go qlog","trace":{}})") << QByteArray("quic-go");
    QTest::newRow("quic-go by code version") << QByteArray(R"({"qlog_version":"0.3","code_version":"v1","trace":{}})") << QByteArray("quic-go");
    QTest::newRow("quic-go by code version of the trace")
        << QByteArray(R"({"qlog_version":"0.3","trace":{"configuration":{"code_version":"v1"}}})") << QByteArray("quic-go");
    QTest::newRow("ngtcp2") << named("ngtcp2") << QByteArray("ngtcp2");
    QTest::newRow("OpenSSL") << named("OpenSSL/3.5.0 (linux-x86_64)") << QByteArray("OpenSSL");
    QTest::newRow("nginx") << named("nginx") << QByteArray("nginx");
    QTest::newRow("kwik") << named("kwik") << QByteArray("kwik");
    QTest::newRow("Go x/net by name") << named("go quic") << QByteArray("Go x/net");
    QTest::newRow("Go x/net by type") << QByteArray(R"({"qlog_version":"0.3","trace":{"vantage_point":{"type":"endpoint"}}})") << QByteArray("Go x/net");
    QTest::newRow("aioquic") << named("aioquic") << QByteArray("aioquic");
    QTest::newRow("neqo by name") << named("neqo-client") << QByteArray("neqo");
    QTest::newRow("neqo by title") << QByteArray(R"({"qlog_version":"0.3","title":"Example neqo trace","trace":{}})") << QByteArray("neqo");
    QTest::newRow("quinn") << QByteArray(R"({"file_schema":"s","serialization_format":"JSON-SEQ","trace":{"event_schemas":[]}})") << QByteArray("quinn");
    QTest::newRow("quiche by title") << QByteArray(R"({"qlog_version":"0.3","title":"quiche-client qlog","trace":{}})") << QByteArray("quiche");
    QTest::newRow("quiche by format")
        << QByteArray(R"({"file_schema":"s","serialization_format":"JSON-SEQ","trace":{"event_schemas":["x"]}})") << QByteArray("quiche");
    QTest::newRow("tquic") << QByteArray(R"({"qlog_version":"0.4","qlog_format":"JSON-SEQ","trace":{"vantage_point":{"type":"client"}}})") << QByteArray("tquic");
    QTest::newRow("mvfst") << QByteArray(R"({"qlog_version":"draft-00","title":"mvfst qlog","trace":{}})") << QByteArray("mvfst");
    QTest::newRow("quant") << QByteArray(R"({"qlog_version":"draft-02","title":"quant 0.0.29","trace":{}})") << QByteArray("quant");
    const auto titled = [](const char* title) -> QByteArray {
        return QByteArray(R"({"qlog_version":"0.3","title":")") + title + R"(","trace":{"vantage_point":{"type":"client","name":"a"}}})";
    };
    QTest::newRow("xquic") << titled("xquic-qlog json: client") << QByteArray("xquic");
    QTest::newRow("Erlang") << titled("erlang_quic") << QByteArray("Erlang quic");
    QTest::newRow("quicly") << titled("h2o/quicly qlog") << QByteArray("quicly");
    QTest::newRow("mvfst by the title of the file, the trace has its own")
        << QByteArray(R"({"title":"mvfst qlog","trace":{"title":"t","vantage_point":{"name":"server"}}})") << QByteArray("mvfst");
    QTest::newRow("imquic by name") << named("imquic 0.0.2") << QByteArray("imquic");
    QTest::newRow("imquic by shape")
        << QByteArray(R"({"file_schema":"s","serialization_format":"application/qlog+json-seq","event_schemas":["x"],"trace":{"common_fields":{"protocol_types":["QUIC"]},"vantage_point":{"type":"server"}}})")
        << QByteArray("imquic");
    QTest::newRow("pcap2qlog")
        << QByteArray(R"({"qlog_version":"draft-01","trace":{"vantage_point":{"type":"network","flow":"client"},"common_fields":{"reference_time":"1564682471.651907"}}})")
        << QByteArray("pcap2qlog");
    QTest::newRow("network, but no seconds")
        << QByteArray(R"({"qlog_version":"draft-01","trace":{"vantage_point":{"type":"network","flow":"client"},"common_fields":{"reference_time":"1564682471651"}}})")
        << QByteArray();
    QTest::newRow("quicker") << QByteArray(R"({"qlog_version":"0.1","trace":{"vantagepoint":"CLIENT","event_fields":["time"]}})") << QByteArray("quicker");
    QTest::newRow("pre-spec, not quicker") << QByteArray(R"({"qlog_version":"0.1","trace":{"vantagepoint":"CLIENT","fields":["time"]}})") << QByteArray();
    QTest::newRow("quinn of 2025")
        << QByteArray(R"({"qlog_version":"0.3","qlog_format":"JSON-SEQ","title":"app","trace":{"vantage_point":{"type":"unknown"},"configuration":{"time_offset":0.0}}})")
        << QByteArray("quinn");
    QTest::newRow("quinn in an application with quiche in its name")
        << QByteArray(R"({"file_schema":"s","serialization_format":"JSON-SEQ","title":"quiche bench","trace":{"event_schemas":[]}})") << QByteArray("quinn");
    QTest::newRow("aioquic by shape")
        << QByteArray(R"({"qlog_version":"0.3","qlog_format":"JSON","trace":{"common_fields":{"ODCID":"aa"},"vantage_point":{"type":"client"}}})") << QByteArray("aioquic");
    QTest::newRow("tokio-quiche") << titled("tokio-quiche") << QByteArray("quiche");
    QTest::newRow("somebody else") << named("my own stack") << QByteArray("my own stack");
    QTest::newRow("nobody") << QByteArray(R"({"qlog_version":"0.3","trace":{}})") << QByteArray();
}

void HeaderTest::writers()
{
    QFETCH(QByteArray, record);
    QFETCH(QByteArray, writer);
    QCOMPARE(QByteArray::fromStdString(sequenceHeader(record.toStdString()).writerText), writer);
}

void HeaderTest::referenceTimes_data()
{
    QTest::addColumn<QByteArray>("reference");
    QTest::addColumn<QByteArray>("wallClock"); // empty: not a wall clock
    QTest::newRow("ms") << QByteArray("1700000000000") << QByteArray("2023-11-14T22:13:20.000Z");
    QTest::newRow("ms with fraction") << QByteArray("1700000000000.25") << QByteArray("2023-11-14T22:13:20.000250Z");
    QTest::newRow("seconds") << QByteArray("1700000000") << QByteArray("2023-11-14T22:13:20.000Z");
    QTest::newRow("us in a string") << QByteArray("\"1700000000000000\"") << QByteArray("2023-11-14T22:13:20.000Z");
    QTest::newRow("ns") << QByteArray("1700000000000000001") << QByteArray("2023-11-14T22:13:20.000000001Z");
    QTest::newRow("seconds with fraction in a string") << QByteArray("\"1700000000.5\"") << QByteArray("2023-11-14T22:13:20.500Z");
    QTest::newRow("zero in a string") << QByteArray("\"0\"") << QByteArray();
    QTest::newRow("zero") << QByteArray("0") << QByteArray();
    QTest::newRow("steady clock") << QByteArray("123456") << QByteArray();
    QTest::newRow("RFC 3339") << QByteArray("\"2023-11-14T22:13:20Z\"") << QByteArray("2023-11-14T22:13:20.000Z");
    QTest::newRow("RFC 3339 with offset") << QByteArray("\"2023-11-14T23:13:20.5+01:00\"") << QByteArray("2023-11-14T22:13:20.500Z");
    QTest::newRow("object with epoch") << QByteArray(R"({"clock_type":"system","epoch":"1970-01-01T00:00:00.000Z"})")
                                       << QByteArray("1970-01-01T00:00:00.000Z");
    QTest::newRow("object with unknown epoch")
        << QByteArray(R"({"clock_type":"monotonic","epoch":"unknown","wall_clock_time":"2023-11-14T22:13:20Z"})")
        << QByteArray("2023-11-14T22:13:20.000Z");
    QTest::newRow("object without anything") << QByteArray(R"({"clock_type":"monotonic","epoch":"unknown"})") << QByteArray();
}

void HeaderTest::referenceTimes()
{
    QFETCH(QByteArray, reference);
    QFETCH(QByteArray, wallClock);
    const TraceHeader header = sequenceHeader(withCommonFields("{\"reference_time\":" + reference.toStdString() + "}"));
    QVERIFY(header.hasReference);
    QCOMPARE(header.clock, ClockForm::Relative); // events count from a reference time even where no time_format says so
    QCOMPARE(QByteArray::fromStdString(header.referenceNs ? isoText(*header.referenceNs) : std::string()), wallClock);
}

void HeaderTest::clocks_data()
{
    QTest::addColumn<QByteArray>("record");
    QTest::addColumn<int>("clock");
    QTest::addColumn<bool>("stated");
    const auto format = [](const char* word) -> QByteArray { return QByteArray::fromStdString(withCommonFields(std::string("{\"time_format\":\"") + word + "\"}")); };
    const auto column = [](const char* name) -> QByteArray {
        return QByteArray(R"({"qlog_version":"draft-01","trace":{"event_fields":[")") + name + "\",\"category\",\"event\",\"data\"]}}";
    };
    const int absolute = static_cast<int>(ClockForm::Absolute);
    const int relative = static_cast<int>(ClockForm::Relative);
    const int delta = static_cast<int>(ClockForm::Delta);
    QTest::newRow("absolute") << format("absolute") << absolute << true;
    QTest::newRow("relative") << format("relative") << relative << true;
    QTest::newRow("Relative") << format("Relative") << relative << true;
    QTest::newRow("relative_time") << format("relative_time") << relative << true;
    QTest::newRow("delta") << format("delta") << delta << true;
    QTest::newRow("relative_to_epoch") << format("relative_to_epoch") << relative << true;
    QTest::newRow("relative_to_previous_event") << format("relative_to_previous_event") << delta << true;
    QTest::newRow("column time") << column("time") << absolute << false; // files with small times exist
    QTest::newRow("column relative_time") << column("relative_time") << relative << true;
    QTest::newRow("column delta_time") << column("delta_time") << delta << true;
    QTest::newRow("nothing, up to 0.4") << QByteArray(R"({"qlog_version":"0.4","trace":{}})") << absolute << false;
    QTest::newRow("nothing, later") << QByteArray(R"({"file_schema":"urn:ietf:params:qlog:file:sequential","trace":{}})") << relative << false;
}

void HeaderTest::clocks()
{
    QFETCH(QByteArray, record);
    QFETCH(int, clock);
    QFETCH(bool, stated);
    const TraceHeader header = sequenceHeader(record.toStdString());
    QCOMPARE(static_cast<int>(header.clock), clock);
    QCOMPARE(header.clockStated, stated);
    QVERIFY(!header.hasReference);
}

void HeaderTest::vantagePoints_data()
{
    QTest::addColumn<QByteArray>("vantagePoint");
    QTest::addColumn<QByteArray>("role");
    QTest::newRow("client") << QByteArray(R"({"type":"client"})") << QByteArray("client");
    QTest::newRow("upper case") << QByteArray(R"({"type":"SERVER"})") << QByteArray("server");
    QTest::newRow("text") << QByteArray("\"client\"") << QByteArray("client");
    QTest::newRow("network") << QByteArray(R"({"type":"network","flow":"Server"})") << QByteArray("network");
    QTest::newRow("transport") << QByteArray(R"({"type":"transport"})") << QByteArray("transport");
    QTest::newRow("endpoint") << QByteArray(R"({"type":"endpoint"})") << QByteArray("transport");
    QTest::newRow("unknown") << QByteArray(R"({"type":"unknown"})") << QByteArray("unknown");
    QTest::newRow("null") << QByteArray("null") << QByteArray("unknown");
    QTest::newRow("number") << QByteArray("7") << QByteArray("unknown");
}

void HeaderTest::vantagePoints()
{
    QFETCH(QByteArray, vantagePoint);
    QFETCH(QByteArray, role);
    const TraceHeader header = sequenceHeader(R"({"qlog_version":"0.3","trace":{"vantage_point":)" + vantagePoint.toStdString() + "}}");
    QCOMPARE(QByteArray(text(header.role)), role);
    QCOMPARE(header.flow, std::string(role == "network" ? "server" : ""));
}

void HeaderTest::groupIds_data()
{
    QTest::addColumn<QByteArray>("fields");
    QTest::addColumn<QByteArray>("groupId");
    QTest::newRow("group_id") << QByteArray(R"({"group_id":"AB01"})") << QByteArray("ab01");
    QTest::newRow("ODCID") << QByteArray(R"({"ODCID":"ab01"})") << QByteArray("ab01");
    QTest::newRow("odcid") << QByteArray(R"({"odcid":"ab01"})") << QByteArray("ab01");
    QTest::newRow("group_id wins") << QByteArray(R"({"ODCID":"cd","group_id":"ab01"})") << QByteArray("ab01");
    QTest::newRow("number") << QByteArray(R"({"group_id":7})") << QByteArray("7");
    QTest::newRow("none") << QByteArray("{}") << QByteArray();
}

void HeaderTest::groupIds()
{
    QFETCH(QByteArray, fields);
    QFETCH(QByteArray, groupId);
    QCOMPARE(QByteArray::fromStdString(sequenceHeader(withCommonFields(fields.toStdString())).groupId), groupId);
}

void HeaderTest::keysInAnyOrder()
{
    std::vector<std::string> common{R"("group_id":"bb22")", R"("time_format":"delta")", R"("reference_time":1700000000000)", R"("x":[1,{"y":2}])"};
    std::vector<std::string> trace{R"("vantage_point":{"type":"server","name":"nginx"})", R"("title":"t")", R"("event_fields":["a","b"])",
                                   R"("configuration":{"time_units":"us"})"};
    std::vector<std::string> root{R"("qlog_version":"0.3")", R"("qlog_format":"JSON-SEQ")", R"("description":"d")"};
    const auto object = [](const std::vector<std::string>& members) {
        std::string text = "{";
        for (const std::string& member : members)
            text += (text.size() > 1 ? "," : "") + member;
        return text + "}";
    };
    const auto record = [&] {
        std::vector<std::string> inTrace = trace;
        inTrace.push_back("\"common_fields\":" + object(common));
        std::vector<std::string> inRoot = root;
        inRoot.insert(inRoot.begin() + 1, "\"trace\":" + object(inTrace));
        return object(inRoot);
    };
    const TraceHeader expected = sequenceHeader(record());
    QCOMPARE(expected.writer, Writer::Nginx);
    QCOMPARE(expected.unit, TimeUnit::Microseconds);
    std::mt19937 random(1);
    for (int i = 0; i < 100; ++i) {
        std::shuffle(common.begin(), common.end(), random);
        std::shuffle(trace.begin(), trace.end(), random);
        std::shuffle(root.begin(), root.end(), random);
        QVERIFY2(sequenceHeader(record()) == expected, record().c_str());
    }
}

void HeaderTest::propertiesKeepTheRest()
{
    const TraceHeader header = sequenceHeader(R"({"qlog_version":"0.3","my_key":1,"trace":{"common_fields":{"protocol_type":["QUIC"]}}})");
    const auto has = [&](const char* key, const char* value) {
        return std::find(header.properties.begin(), header.properties.end(), std::pair<std::string, std::string>(key, value)) != header.properties.end();
    };
    QVERIFY(has("my_key", "1"));
    QVERIFY(has("common_fields.protocol_type", "[\"QUIC\"]"));
}

void HeaderTest::damagedContainedHeader()
{
    std::vector<Diagnostic> diagnostics;
    const TraceHeader header
        = readContainedHeader("{\"qlog_version\":", R"({"vantage_point":{"type":"client"}})", 3, {5, 2}, &diagnostics);
    QCOMPARE(header.role, Role::Client);
    QCOMPARE(header.traceInFile, std::uint32_t{3});
    QCOMPARE(diagnostics.size(), std::size_t{1});
    QCOMPARE(diagnostics.front().kind, DiagnosticKind::HeaderProblem);
    QVERIFY(diagnostics.front().bytes == (ByteRange{5, 2}));
}

void HeaderTest::noHeader_data()
{
    QTest::addColumn<QByteArray>("record");
    QTest::newRow("event") << QByteArray(R"({"time":1,"name":"a:b","data":{}})");
    QTest::newRow("event with a version in it") << QByteArray(R"({"time":1,"name":"a:b","data":{},"qlog_version":"0.3"})");
    QTest::newRow("nothing known") << QByteArray(R"({"a":1})");
    QTest::newRow("empty") << QByteArray("{}");
    QTest::newRow("array") << QByteArray("[1,\"a\",\"b\",{}]");
    QTest::newRow("number") << QByteArray("7");
    QTest::newRow("damaged") << QByteArray("{\"qlog_version\":");
    QTest::newRow("too deep") << "{\"qlog_version\":" + QByteArray(100'000, '[') + QByteArray(100'000, ']') + "}";
}

void HeaderTest::noHeader()
{
    QFETCH(QByteArray, record);
    std::vector<Diagnostic> diagnostics;
    QVERIFY(!readSequenceHeader(record.toStdString(), {}, &diagnostics));
    QVERIFY(diagnostics.empty());
}

void HeaderTest::traceErrors()
{
    QCOMPARE(readTraceError(R"({"error_description":"no such file"})").value_or(""), std::string("no such file"));
    QCOMPARE(readTraceError(R"({"error_description":"no such file","uri":"a.qlog"})").value_or(""), std::string("no such file (a.qlog)"));
    QVERIFY(!readTraceError(R"({"vantage_point":{"type":"client"}})"));
    QVERIFY(!readTraceError("{"));
}

QTEST_GUILESS_MAIN(HeaderTest)
#include "headertest.moc"
