// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "../support/reading.h"
#include "../support/tracegen.h"
#include "model/eventfilter.h"
#include "model/textsearch.h"

#include <QTest>

#include <random>

using namespace qlogscope;
using namespace qlogscope::testing;

namespace {

/// A client's log with something of everything, in the spelling of 0.3 but for the last records. The number of each row:
const char* const records[] = {
    /* 0 */ R"({"time":0,"name":"connectivity:connection_started","data":{}})",
    /* 1 */ R"({"time":1,"name":"transport:parameters_set","data":{"owner":"local","initial_max_data":100}})",
    /* 2 */ R"({"time":10,"name":"transport:packet_sent","data":{"header":{"packet_type":"initial","packet_number":0},"raw":{"length":1200},"frames":[{"frame_type":"crypto","offset":0,"length":300},{"frame_type":"padding"}]}})",
    /* 3 */ R"({"time":20.5,"name":"transport:packet_received","data":{"header":{"packet_type":"initial","packet_number":0},"raw":{"length":1200},"frames":[{"frame_type":"ack","acked_ranges":[[0,0]]},{"frame_type":"crypto","offset":0,"length":90}]}})",
    /* 4 */ R"({"time":21,"name":"transport:packet_sent","data":{"header":{"packet_type":"1RTT","packet_number":100},"raw":{"length":1252},"frames":[{"frame_type":"stream","stream_id":4,"offset":0,"length":1200}]}})",
    /* 5 */ R"({"time":22,"name":"transport:packet_sent","data":{"header":{"packet_type":"1RTT","packet_number":101},"raw":{"length":1252},"frames":[{"frame_type":"stream","stream_id":8,"offset":0,"length":1200}]}})",
    /* 6 */ R"({"time":22.5,"name":"transport:packet_sent","data":{"header":{"packet_type":"1RTT","packet_number":102},"raw":{"length":60},"trigger":"pto_probe","frames":[{"frame_type":"stream","stream_id":4,"offset":1200,"length":10},{"frame_type":"max_stream_data","stream_id":12,"maximum":5}]}})",
    /* 7 */ R"({"time":23,"name":"recovery:metrics_updated","data":{"congestion_window":14000}})",
    /* 8 */ R"({"time":40,"name":"transport:packet_received","data":{"header":{"packet_type":"1RTT","packet_number":7},"raw":{"length":40},"frames":[{"frame_type":"ack","acked_ranges":[[100,100],[102,102]]}]}})",
    /* 9 */ R"({"time":41,"name":"recovery:packet_lost","data":{"header":{"packet_type":"1RTT","packet_number":101},"trigger":"time_threshold"}})",
    /* 10 */ R"({"time":42,"name":"http:frame_created","data":{"stream_id":4,"frame":{"frame_type":"headers"}}})",
    /* 11 */ R"({"time":43,"name":"transport:packet_sent","data":{"header":{"packet_type":"1RTT","packet_number":103}}})",
    /* 12 */ R"({"time":44,"name":"transport:packet_received","data":{"header":{"packet_type":"retry"},"raw":{"length":100}}})",
    /* 13 */ R"({"time":45,"name":"transport:packet_dropped","data":{"trigger":"key_unavailable"}})",
    /* 14 */ R"({"time":46,"name":})",
    /* 15 */ R"({"name":"loglevel:info","data":{"message":"say \"hi\" \\ there"}})",
    /* 16 */ R"({"time":1500,"name":"custom:thing","data":{"note":"Grüße"}})",
    /* 17 */ R"({"time":2000,"name":"connectivity:connection_closed","data":{"owner":"remote","application_code":256,"trigger":"clean"}})",
    /* 18 */ R"({"time":2500,"name":"quic:packet_sent","data":{"header":{"packet_type":"1RTT","packet_number":104},"raw":{"length":1500},"frames":[{"frame_type":"ping"}]}})",
    /* 19 */ R"({"time":2600,"name":"recovery:metrics_updated","data":{"congestion_window":15000}})",
};

std::string fixture()
{
    std::string text = "\x1e{\"qlog_version\":\"0.3\",\"qlog_format\":\"JSON-SEQ\",\"title\":\"ping\",\"trace\":{\"vantage_point\":{\"type\":"
                       "\"client\"},\"common_fields\":{\"ODCID\":\"aa11\",\"time_format\":\"relative\",\"reference_time\":1700000000000}}}\n";
    for (const char* record : records)
        text += std::string("\x1e") + record + '\n';
    return text;
}

/// Two connections in one file, the second one ten seconds later, and multipath.
const char* const twoTraces
    = R"({"qlog_version":"0.3","traces":[
{"vantage_point":{"type":"server"},"common_fields":{"ODCID":"aa","time_format":"relative","reference_time":0},"events":[
{"time":0,"name":"transport:packet_sent","data":{"path_id":1,"header":{"packet_type":"1RTT","packet_number":1},"frames":[{"frame_type":"ack_mp","path_id":1,"acked_ranges":[[1,1]]}]},"path_id":1},
{"time":5,"name":"transport:packet_sent","data":{"header":{"packet_type":"0RTT","packet_number":2},"frames":[]}}]},
{"vantage_point":{"type":"server"},"common_fields":{"ODCID":"bb","time_format":"relative","reference_time":0},"events":[
{"time":10000,"name":"transport:packet_sent","data":{"header":{"packet_type":"handshake","packet_number":1}}},
{"time":10005,"name":"recovery:packet_lost","data":{"header":{"packet_type":"handshake","packet_number":1}}},
{"time":10006,"name":"transport:spurious_loss","data":{"header":{"packet_type":"handshake","packet_number":1}}}]}]}
)";

std::vector<RowId> filteredRows(const Document& document, const Filter& filter, std::size_t slice)
{
    FilterRun run(filter, document);
    if (!filter.texts.empty()) {
        TextSearch search{document.source(), document.events().ranges(), 0, {}};
        for (const FilterText& text : filter.texts)
            search.texts.push_back(text.bytes);
        const TextSearchResult found = searchTexts(search, [](std::uint64_t, std::uint64_t) { return true; });
        for (std::size_t i = 0; i < found.rows.size(); ++i)
            run.addTextMatches(i, found.rows[i], found.searchedTo);
    }
    std::vector<RowId> rows;
    while (run.position() < document.events().size())
        run.advance(run.position() + slice, &rows);
    return rows;
}

QString numbersOf(const std::vector<RowId>& rows)
{
    QStringList numbers;
    for (const RowId row : rows)
        numbers << QString::number(row.value);
    return numbers.join(QLatin1Char(' '));
}

} // namespace

class FilterTest : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    std::unique_ptr<Document> m_document;
    std::unique_ptr<Document> m_twoTraces;

private Q_SLOTS:
    void initTestCase()
    {
        m_document = openText(m_folder, fixture());
        m_twoTraces = openText(m_folder, twoTraces, QStringLiteral("two.qlog"));
        QVERIFY(m_document && m_twoTraces);
        QCOMPARE(m_document->events().size(), std::size(records));
        QCOMPARE(m_twoTraces->events().size(), std::size_t{5});
    }

    void selects_data()
    {
        QTest::addColumn<QString>("rows");
        const auto add = [](const char* filter, const char* rows) { QTest::newRow(filter) << QString::fromLatin1(rows); };
        const char* const all = "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19";
        // type terms; the first five are the examples of OpenSSL's documentation
        add("*", all);
        add("-*", "");
        add("* -transport:packet_received", "0 1 2 4 5 6 7 9 10 11 13 14 15 16 17 18 19");
        add("-* transport:packet_sent", "2 4 5 6 11 18");
        add("-* connectivity:* transport:parameters_set", "0 1 17");
        add("", all);
        add("   ", all);
        add("+*", all);
        add("*:*", all);
        add("transport:packet_sent", "2 4 5 6 11 18");
        add("+transport:packet_sent", "2 4 5 6 11 18");
        add("-transport:packet_sent", "0 1 3 7 8 9 10 12 13 14 15 16 17 19");
        add("quic:packet_sent", "2 4 5 6 11 18");
        add("QUIC:Packet_Sent", "2 4 5 6 11 18");
        add("transport:*", "1 2 3 4 5 6 8 11 12 13");
        add("quic:*", "0 1 2 3 4 5 6 7 8 9 11 12 13 17 18 19");
        add("*:packet_lost", "9");
        add("recovery:* -recovery:metrics_updated", "9");
        add("-recovery:metrics_updated recovery:*", all);
        add("transport:* -transport:packet_sent transport:packet_received", "1 3 8 12 13");
        add("quic:recovery_metrics_updated", "7 19");
        add("recovery:metric_update", "7 19"); // an older spelling of the same event
        add("custom:thing", "16");
        add("custom:nothing", "");
        add("loglevel:info http3:frame_created", "10 15");
        add("http:*", "10");
        // packet numbers, ranges, lists, units
        add("pn=100", "4");
        add("pn=100..102", "4 5 6 9");
        add("pn=0,7", "2 3 8");
        add("pn=0..6,8..102", "2 3 4 5 6 9");
        add("pn!=0", "4 5 6 8 9 11 18");
        add("pn!=0,100..102", "8 11 18");
        add("!pn=100..104", "0 1 2 3 7 8 10 12 13 14 15 16 17 19");
        add("!pn!=100..104", "0 1 4 5 6 7 9 10 11 12 13 14 15 16 17 18 19");
        add("pn<7", "2 3");
        add("pn<=7", "2 3 8");
        add("pn>102", "11 18");
        add("pn>=102", "6 11 18");
        add("pn<0", "");
        add("pn>=0 pn<18446744073709551615", "2 3 4 5 6 8 9 11 18");
        add("pn>18446744073709551615", "");
        add("size>1200", "4 5 18");
        add("size>=1.2k", "2 3 4 5 18");
        add("size=1.252k,0.04k", "4 5 8");
        add("size<0.0001M", "6 8");
        add("size!=1252", "2 3 6 8 12 18");
        // streams: STREAM frames, other frames, events
        add("stream=4", "4 6 10");
        add("stream=12", "6");
        add("stream=4,8", "4 5 6 10");
        add("stream!=4", "5");
        add("stream>4", "5 6");
        add("stream=4 stream=12", "6");
        add("!stream=0..100 transport:*", "1 2 3 8 11 12 13");
        // frames
        add("frame=ack", "3 8");
        add("frame=ack,ping", "3 8 18");
        add("frame=STREAM", "4 5 6");
        add("frame=max-stream-data", "6");
        add("frame!=stream", "2 3 8 18");
        add("frame=ack frame=crypto", "3");
        add("!frame=stream pn>=100", "9 11 18");
        // packet types and spaces
        add("type=initial", "2 3");
        add("type=1rtt", "4 5 6 8 9 11 18");
        add("type=1-RTT,retry", "4 5 6 8 9 11 12 18");
        add("type!=1rtt", "2 3 12");
        add("space=application", "4 5 6 8 9 11 18");
        add("space=initial,handshake", "2 3");
        add("space!=initial", "4 5 6 8 9 11 18");
        // directions, losses, ACKs, paths
        add("dir=sent", "2 4 5 6 11 18");
        add("dir=received", "3 8 12");
        add("dir!=received", "2 4 5 6 11 18");
        add("!dir=sent", "0 1 3 7 8 9 10 12 13 14 15 16 17 19");
        add("lost=true", "5 9");
        add("lost=false", "2 4 6 11 18");
        add("lost!=true", "2 4 6 11 18");
        add("acked=true", "2 4 6");
        add("acked=false dir=sent", "5 11 18");
        add("path=0", "2 3 4 5 6 8 9 11 12 18");
        add("path>0", "");
        // triggers
        add("trigger=time_threshold", "9");
        add("trigger=TIME_THRESHOLD,pto_probe", "6 9");
        add("trigger!=time_threshold", "6 13 17");
        add("!trigger=time_threshold,clean pn=101", "5");
        // times
        add("time=22.5", "6");
        add("time=22.5ms", "6");
        add("time=22500us", "6");
        add("time=20.5..22", "3 4");
        add("time=1.5s..2s", "16");
        add("time=1.5s,2s..3s", "16 17 18 19");
        add("time<10", "0 1");
        add("time<=10", "0 1 2");
        add("time>2s", "18 19");
        add("time>=2s", "17 18 19");
        add("time!=0..2s", "17 18 19");
        add("!time>=0", "14 15");
        add("time=-5..1", "0");
        add("time>=2023-11-14T22:13:22.5Z", "18 19");
        add("time=2023-11-14T22:13:20.001Z..2023-11-14T22:13:20.021Z", "1 2 3");
        // rows and bytes
        add("row=3..5", "3 4 5");
        add("row!=0..17", "18 19");
        add("offset<300", "0 1");
        add("trace=1 row<2", "0 1");
        add("trace=2", "");
        // texts
        add("\"1RTT\"", "4 5 6 8 9 11 18");
        add("\"1rtt\"", "");
        add("!\"time\"", "15");
        add("\"packet_number\\\":10\"", "4 5 6 9 11 18");
        add("\"say \\\\\\\"hi\"", "15");
        add("\"Gr\xc3\xbc\xc3\x9f" "e\"", "16");
        add("\"46\"", "14");
        add("\"ping\"", "18"); // the title in the header is in no record
        add("\"}}\n\x1e\"", ""); // never across records
        add("\"time\" !\"name\"", "");
        // all of it together
        add("-recovery:* pn=100..200 size>100 \"stream\"", "4 5");
        add("transport:* dir=sent frame=stream time=21..22.5 !lost=true", "4");
    }
    void selects()
    {
        QFETCH(QString, rows);
        const ParsedFilter parsed = parseFilter(QTest::currentDataTag());
        QVERIFY2(!parsed.error, parsed.error ? parsed.error->sentence.c_str() : "");
        QCOMPARE(numbersOf(filteredRows(*m_document, parsed.filter, 1'000)), rows);
        QCOMPARE(numbersOf(filteredRows(*m_document, parsed.filter, 1)), rows);
        QCOMPARE(numbersOf(filteredRows(*m_document, parsed.filter, 7)), rows);
    }

    void selectsAmongTraces_data()
    {
        QTest::addColumn<QString>("rows");
        const auto add = [](const char* filter, const char* rows) { QTest::newRow(filter) << QString::fromLatin1(rows); };
        add("trace=2", "2 3 4");
        add("trace!=2", "0 1");
        add("pn=1", "0 2 3 4");
        add("time=0", "0 2"); // each on its own clock
        add("time=5..6.5", "1 3 4");
        add("path=1", "0");
        add("path=0", "1 2 3 4");
        add("type=handshake", "2 3 4");
        add("type=0rtt", "1");
        add("lost=true", "2 3");
        add("lost=false", "0 1 4");
        add("frame!=stream", "0 1"); // no frames are not the same as frames not logged
    }
    void selectsAmongTraces()
    {
        QFETCH(QString, rows);
        const Filter filter = parseFilter(QTest::currentDataTag()).filter;
        QCOMPARE(numbersOf(filteredRows(*m_twoTraces, filter, 1'000)), rows);
        QCOMPARE(numbersOf(filteredRows(*m_twoTraces, filter, 1)), rows);
    }

    void zeroCanBeFixed()
    {
        const Filter filter = parseFilter("time=0..1").filter;
        FilterRun run(filter, *m_document);
        run.setZero(TraceId(std::size_t{0}), 40'000'000);
        std::vector<RowId> rows;
        run.advanceAll(&rows);
        QCOMPARE(numbersOf(rows), QStringLiteral("8"));
    }

    void slicesOfAnySizeGiveTheSame()
    {
        tracegen::Options options;
        options.events = 30'000;
        options.lossPermille = 30;
        const std::string text = tracegen::generateText(options, tracegen::Vantage::Server);
        const std::unique_ptr<Document> document = openText(m_folder, text, QStringLiteral("generated.sqlog"));
        QVERIFY(document->events().size() > 10'000);
        std::mt19937 random(3);
        for (const char* words : {"frame=ack", "lost=true", "pn=100..2000 !frame=ack", "stream=0,4,8", "-quic:packet_sent", "time=10..500",
                                  "size>1000 \"offset\"", "dir=received !\"stream\"", "trigger!=x", "!stream!=4", "acked=false dir=sent"}) {
            const ParsedFilter parsed = parseFilter(words);
            QVERIFY2(!parsed.error, words);
            const std::vector<RowId> whole = filteredRows(*document, parsed.filter, document->events().size());
            QVERIFY(std::is_sorted(whole.begin(), whole.end()));
            for (int i = 0; i < 3; ++i)
                QCOMPARE(filteredRows(*document, parsed.filter, 1 + random() % 5'000), whole);
        }
    }

    /// The same, judged while the document grows: by what is known from a row's own record alone.
    void growthGivesTheSame()
    {
        const QByteArrayList words{"frame=ack,stream", "stream=4", "trigger!=pto_probe", "!pn=3..102", "time>=22", "-transport:*"};
        for (const QByteArray& each : words) {
            const Filter filter = parseFilter(each.toStdString()).filter;
            Resolver resolver;
            RecordDecoder decoder(JsonPath::Fast);
            Document document("growing");
            FilterRun run(filter, document);
            std::vector<RowId> rows;
            const auto importer = makeImporter(FileFormat::JsonSeq, [&](RecordBlock&& block) {
                document.append(resolver.resolve(decoder.decode(block)));
                run.advanceAll(&rows);
            });
            const std::string text = fixture();
            for (std::size_t i = 0; i < text.size(); i += 200) {
                importer->push(std::string_view(text).substr(i, 200));
                importer->flush();
            }
            importer->finish();
            run.advanceAll(&rows);
            QCOMPARE(numbersOf(rows), numbersOf(filteredRows(*m_document, filter, 1'000)));
        }
    }
};

QTEST_APPLESS_MAIN(FilterTest)
#include "filtertest.moc"
