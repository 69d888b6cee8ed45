// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDir>
#include <QFile>
#include <QImage>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <nlohmann/json.hpp>

#include <unistd.h>

using Json = nlohmann::ordered_json;

/// The program as scripts see it: exit codes, what goes to which stream, the shapes of its outputs.
class CliTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void exitCodes_data();
    void exitCodes();
    void wrongUsage_data();
    void wrongUsage();
    void helpAndVersion_data();
    void helpAndVersion();
    void errorLines_data();
    void errorLines();
    void infoJsonHasEveryKey();
    void infoJsonHasNullWhereNothingIsLogged();
    void infoJsonNumbersAreNeverInExponentForm();
    void infoJsonListsUnreadableFiles();
    void highestExitCodeWins();
    void infoInWords();
    void eventsCsv();
    void eventsCsvQuotes();
    void eventsJsonlKeepsTheRecord();
    void eventsRange_data();
    void eventsRange();
    void eventsRangeByWallClock();
    void eventsFiltered_data();
    void eventsFiltered();
    void wrongFilterPointsAtThePlace();
    void exportIsDimmedByAFilter();
    void eventsSortedByTime();
    void eventsAreEventsOnly();
    void checkJson();
    void checkFindings();
    void checkInWords();
    void checkStrict();
    void exportHasTheAskedSize();
    void exportToStandardOutput();
    void exportCsv();
    void exportCsvOfARange();
    void exportCsvFiltered();
    void exportCsvOfInferredSeries();
    void exportNeedsATraceWhereThereAreSeveral();
    void unwritableOutput_data();
    void unwritableOutput();
    void fullStandardOutput_data();
    void fullStandardOutput();
    void readsStandardInput_data();
    void readsStandardInput();
    void refusesWhatIsNoQlog_data();
    void refusesWhatIsNoQlog();
    void windowWithoutDisplay();
    void watchOnce();
    void watchSaysChanges();

private:
    struct Result {
        int code = -1;
        QByteArray out;
        QByteArray err;
    };
    Result run(const QStringList& arguments, const QProcessEnvironment& environment = QProcessEnvironment::systemEnvironment(),
               const QString& standardOutput = {}) const;
    Result run(const QByteArray& arguments) const { return run(QString::fromLatin1(arguments).split(QLatin1Char(' '))); }
    [[nodiscard]] bool write(const char* name, const QByteArray& content) const;
    [[nodiscard]] QByteArray contentOf(const char* name) const;

    std::unique_ptr<QTemporaryDir> m_folder; // the program runs in it
};

namespace {

const QByteArray header = "\x1e{\"qlog_version\":\"0.3\",\"qlog_format\":\"JSON-SEQ\",\"title\":\"t\",\"trace\":{\"vantage_point\":{\"type\":\"client\"},"
                          "\"common_fields\":{\"ODCID\":\"aa11\",\"time_format\":\"relative\",\"reference_time\":1700000000000}}}\n";

QByteArray packet(const char* time, const char* direction, int number, const char* frames)
{
    return QByteArray("\x1e{\"time\":") + time + ",\"name\":\"transport:packet_" + direction + "\",\"data\":{\"header\":{\"packet_type\":\"1RTT\",\"packet_number\":"
        + QByteArray::number(number) + "},\"raw\":{\"length\":1200},\"frames\":[" + frames + "]}}\n";
}

/// A small connection with everything that info reports.
QByteArray goodLog()
{
    return header + packet("1", "sent", 0, R"({"frame_type":"stream","stream_id":0,"offset":0,"length":1000})")
        + packet("1.5", "sent", 1, R"({"frame_type":"stream","stream_id":0,"offset":1000,"length":1000})")
        + "\x1e{\"time\":20.25,\"name\":\"recovery:metrics_updated\",\"data\":{\"congestion_window\":14000,\"bytes_in_flight\":2400,\"min_rtt\":19.25,\"smoothed_rtt\":20.5,\"latest_rtt\":19.25}}\n"
        + packet("21", "received", 0, R"({"frame_type":"ack","acked_ranges":[[0,0]]})")
        + "\x1e{\"time\":30,\"name\":\"recovery:packet_lost\",\"data\":{\"header\":{\"packet_type\":\"1RTT\",\"packet_number\":1}}}\n"
        + "\x1e{\"time\":40,\"name\":\"connectivity:connection_closed\",\"data\":{\"owner\":\"remote\",\"application_code\":256,\"reason\":\"done\"}}\n";
}

Json parsed(const QByteArray& text) { return Json::parse(text.toStdString(), nullptr, false); }

QStringList keysOf(const Json& object)
{
    QStringList keys;
    for (const auto& [key, value] : object.items())
        keys.append(QString::fromStdString(key));
    return keys;
}

QStringList words(const char* text) { return QString::fromLatin1(text).split(QLatin1Char(' ')); }

QString string(const Json& value) { return QString::fromStdString(value.is_string() ? value.get<std::string>() : value.dump()); }

/// Column @p column of each line after the first, as in the csv output of events.
QList<QByteArray> column(const QByteArray& csv, qsizetype number)
{
    QList<QByteArray> values;
    const QList<QByteArray> lines = csv.trimmed().split('\n');
    for (const QByteArray& line : lines.mid(1))
        values.append(line.split(',').value(number));
    return values;
}

} // namespace

void CliTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
    QVERIFY(write("good.sqlog", goodLog()));
    QVERIFY(write("cut.sqlog", goodLog() + "\x1e{\"time\":41,\"na"));
    QVERIFY(write("other.sqlog", header + "\x1e{\"time\":1,\"name\":\"a:b\",\"data\":{}}\n"));
    QVERIFY(write("empty.sqlog", {}));
    QVERIFY(write("words.txt", "hello\n"));
}

bool CliTest::write(const char* name, const QByteArray& content) const
{
    QFile file(m_folder->filePath(QLatin1String(name)));
    return file.open(QIODevice::WriteOnly) && file.write(content) == content.size();
}

QByteArray CliTest::contentOf(const char* name) const
{
    QFile file(m_folder->filePath(QLatin1String(name)));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

CliTest::Result CliTest::run(const QStringList& arguments, const QProcessEnvironment& environment, const QString& standardOutput) const
{
    QProcess process;
    process.setWorkingDirectory(m_folder->path());
    process.setProcessEnvironment(environment);
    if (!standardOutput.isEmpty())
        process.setStandardOutputFile(standardOutput);
    process.start(QStringLiteral(QLOGSCOPE_PROGRAM), arguments);
    if (!process.waitForFinished(60'000) || process.exitStatus() != QProcess::NormalExit)
        return {};
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

void CliTest::exitCodes_data()
{
    QTest::addColumn<QByteArray>("arguments");
    QTest::addColumn<int>("code");
    QTest::newRow("good") << QByteArray("good.sqlog") << 0;
    QTest::newRow("something lost") << QByteArray("cut.sqlog") << 1;
    QTest::newRow("empty") << QByteArray("empty.sqlog") << 3;
    QTest::newRow("no qlog") << QByteArray("words.txt") << 3;
    QTest::newRow("missing") << QByteArray("missing.sqlog") << 3;
    QTest::newRow("directory") << QByteArray(".") << 3;
}

void CliTest::exitCodes()
{
    QFETCH(QByteArray, arguments);
    QFETCH(int, code);
    for (const char* command : {"info ", "info --json ", "events ", "check ", "check --json ", "export --view congestion -o x.png "}) {
        const Result result = run(command + arguments);
        QVERIFY2(result.code == code, command);
        QCOMPARE(result.err.isEmpty(), code != 3);
    }
}

void CliTest::watchOnce()
{
    QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral("logs")));
    QVERIFY(write("logs/a_client.sqlog", goodLog()));
    QVERIFY(write("logs/words.txt", "no log at all"));
    const Result table = run("watch --once logs/");
    QCOMPARE(table.code, 0);
    QCOMPARE(table.out.count('\n'), 3);
    QVERIFY2(table.out.startsWith("state ") && table.out.contains("logs/a_client.sqlog") && table.out.contains("is no qlog"), table.out.constData());
    const Result json = run("watch --once --json logs");
    QCOMPARE(json.code, 0);
    std::size_t lines = 0;
    for (const QByteArray& line : json.out.trimmed().split('\n')) {
        const Json object = Json::parse(line.constData());
        QCOMPARE(object.size(), std::size_t{14});
        QCOMPARE(string(object["schema"]), QStringLiteral("qlogscope.watch/1"));
        QCOMPARE(string(object["change"]), QStringLiteral("appeared"));
        if (string(object["path"]) == QStringLiteral("logs/a_client.sqlog")) {
            QVERIFY(object["packets_sent"] == 2 && object["packets_received"] == 1 && object["congestion_window"] == 14000);
            QVERIFY(object["bytes"] == goodLog().size() && object["pending"] == 0);
            QVERIFY(object["last_event_ms"] > 1'700'000'000'000);
        }
        ++lines;
    }
    QCOMPARE(lines, std::size_t{2});
    QCOMPARE(run("watch --once nowhere").code, 3);
    QCOMPARE(run("watch --once logs/words.txt").code, 3);
}

void CliTest::watchSaysChanges()
{
    QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral("grows")));
    QProcess watch;
    watch.setWorkingDirectory(m_folder->path());
    watch.start(QStringLiteral(QLOGSCOPE_PROGRAM), {QStringLiteral("watch"), QStringLiteral("--json"), QStringLiteral("grows")});
    QVERIFY(watch.waitForStarted());
    QByteArray out;
    const auto says = [&](const char* text) {
        out += watch.readAllStandardOutput();
        return out.contains(text);
    };
    const QByteArray log = goodLog();
    QVERIFY(write("grows/a.sqlog", log.left(log.size() / 2)));
    QTRY_VERIFY_WITH_TIMEOUT(says("\"appeared\""), 30'000);
    QVERIFY(write("grows/b.sqlog", log));
    QTRY_VERIFY_WITH_TIMEOUT(says("\"path\":\"grows/b.sqlog\""), 30'000);
    QVERIFY(QFile::remove(m_folder->filePath(QStringLiteral("grows/b.sqlog"))));
    QTRY_VERIFY_WITH_TIMEOUT(says("\"vanished\""), 30'000);
    watch.terminate(); // as Ctrl+C
    QVERIFY(watch.waitForFinished());
    QCOMPARE(watch.exitStatus(), QProcess::NormalExit);
    QCOMPARE(watch.exitCode(), 0);
}

void CliTest::wrongUsage_data()
{
    QTest::addColumn<QByteArray>("arguments");
    for (const char* arguments : {"info", "info --jsn good.sqlog", "info --json", "events", "events good.sqlog other.sqlog", "events --format xml good.sqlog",
                                  "events --sort name good.sqlog", "events --from soon good.sqlog", "events --to 1h good.sqlog", "events --nothing good.sqlog",
                                  "check", "check --hard good.sqlog", "export -o x.png good.sqlog", "export --view congestion good.sqlog",
                                  "export --view congestion -o x.png", "export --view nothing -o x.png good.sqlog", "export --view congestion -o x.gif good.sqlog", "export --view congestion --format txt -o x.csv good.sqlog",
                                  "export --view congestion --size 10x10 -o x.png good.sqlog", "export --view congestion --size big -o x.png good.sqlog",
                                  "export --view congestion --scale 0 -o x.png good.sqlog", "export --view congestion --scale 5 -o x.png good.sqlog",
                                  "export --view congestion --size 10000x400 --scale 2 -o x.png good.sqlog", "export --view congestion/acks -o x.png good.sqlog",
                                  "export --view packetization -o x.png good.sqlog", "export --view congestion --format gif -o x.png good.sqlog", "export --view congestion --theme pink -o x.png good.sqlog",
                                  "export --view congestion --trace 0 -o x.png good.sqlog", "export --view congestion --trace 2 -o x.png good.sqlog",
                                  "export --view congestion --from 5 --to 5 -o x.png good.sqlog", "export --view congestion --perspective lost -o x.png good.sqlog",
                                  "events --filter ack good.sqlog", "export --view congestion --filter pn= -o x.png good.sqlog", "--filter foo=1 good.sqlog",
                                  "watch", "watch a b", "watch --for soon .", "--from soon good.sqlog", "--nothing", "--nothing good.sqlog"})
        QTest::newRow(arguments) << QByteArray(arguments);
}

void CliTest::wrongUsage()
{
    QFETCH(QByteArray, arguments);
    const Result result = run(arguments);
    QCOMPARE(result.code, 2);
    QVERIFY(result.out.isEmpty());
    QVERIFY2(result.err.startsWith("qlogscope: ") && result.err.contains("--help"), result.err.constData());
    QVERIFY(!QFile::exists(m_folder->filePath(QStringLiteral("x.png"))));
}

void CliTest::helpAndVersion_data()
{
    QTest::addColumn<QByteArray>("command");
    QTest::addColumn<QByteArray>("usage");
    QTest::newRow("window") << QByteArray() << QByteArray("qlogscope [");
    QTest::newRow("info") << QByteArray("info ") << QByteArray("qlogscope info [");
    QTest::newRow("events") << QByteArray("events ") << QByteArray("qlogscope events [");
    QTest::newRow("check") << QByteArray("check ") << QByteArray("qlogscope check [");
    QTest::newRow("export") << QByteArray("export ") << QByteArray("qlogscope export --view");
}

void CliTest::helpAndVersion()
{
    QFETCH(QByteArray, command);
    QFETCH(QByteArray, usage);
    for (const char* option : {"--help", "-h"}) {
        const Result help = run(command + option);
        QCOMPARE(help.code, 0);
        QVERIFY2(help.out.contains(usage), help.out.constData());
        QVERIFY(help.err.isEmpty());
    }
    const Result version = run(command + "--version");
    QCOMPARE(version.code, 0);
    QCOMPARE(version.out, QByteArray("qlogscope " QLOGSCOPE_VERSION "\n"));
    QVERIFY(version.err.isEmpty());
}

void CliTest::errorLines_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("missing") << QByteArray("missing.sqlog") << QByteArray("qlogscope: missing.sqlog: No such file or directory\n");
    QTest::newRow("directory") << QByteArray(".") << QByteArray("qlogscope: .: is a directory, not a file\n");
    QTest::newRow("empty") << QByteArray("empty.sqlog") << QByteArray("qlogscope: empty.sqlog: is empty\n");
    QTest::newRow("words") << QByteArray("words.txt") << QByteArray("qlogscope: words.txt: is no qlog: it does not begin like JSON or JSON-SEQ\n");
}

void CliTest::errorLines()
{
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, line);
    for (const char* command : {"info ", "events ", "check ", "export --view congestion -o x.png "}) {
        const Result result = run(command + file);
        QCOMPARE(result.err, line);
        QVERIFY(result.out.isEmpty());
    }
}

void CliTest::infoJsonHasEveryKey()
{
    const Json info = parsed(run("info --json good.sqlog").out);
    QCOMPARE(keysOf(info), words("schema files"));
    QCOMPARE(string(info["schema"]), QStringLiteral("qlogscope.info/1"));
    const Json& file = info["files"][0];
    QCOMPARE(keysOf(file), words("path format compression bytes qlog_version file_schema records malformed truncated load_ms traces diagnostics"));
    const Json& trace = file["traces"][0];
    QCOMPARE(keysOf(trace), words("title vantage_point role role_inferred group_id writer events first_time_ms last_time_ms min_time_ms max_time_ms duration_ms "
                                  "wall_clock event_counts event_counts_logged packets bytes frames packets_lost packets_lost_inferred packets_spurious "
                                  "packets_acked streams max_stream_id max_congestion_window max_bytes_in_flight rtt_ms handshake_ms close"));
    QCOMPARE(keysOf(trace["bytes"]), words("sent received inferred"));
    QCOMPARE(keysOf(trace["rtt_ms"]), words("min smoothed_min smoothed_max latest_min latest_max"));
    QCOMPARE(keysOf(trace["close"]), words("initiator space code name reason"));

    QVERIFY(file["file_schema"].is_null());
    QCOMPARE(string(file["records"]), QStringLiteral("6"));
    QCOMPARE(string(file["bytes"]), QString::number(goodLog().size()));
    QCOMPARE(string(trace["wall_clock"]), QStringLiteral("2023-11-14T22:13:20.001Z"));
    QCOMPARE(string(trace["first_time_ms"]), QStringLiteral("1"));
    QCOMPARE(string(trace["duration_ms"]), QStringLiteral("39"));
    QCOMPARE(string(trace["packets"]), QStringLiteral(R"({"sent":{"1rtt":2},"received":{"1rtt":1}})"));
    QCOMPARE(string(trace["frames"]), QStringLiteral(R"({"sent":{"stream":2},"received":{"ack":1}})"));
    QVERIFY(!trace["event_counts"].contains("recovery:packet_lost")); // counted under today's name
    QCOMPARE(string(trace["event_counts"]["quic:packet_lost"]), QStringLiteral("1"));
    QCOMPARE(string(trace["event_counts_logged"]["recovery:packet_lost"]), QStringLiteral("1"));
    QCOMPARE(string(trace["packets_acked"]), QStringLiteral("1"));
    QCOMPARE(string(trace["packets_lost"]), QStringLiteral("1"));
    QCOMPARE(string(trace["max_congestion_window"]), QStringLiteral("14000"));
    QCOMPARE(string(trace["rtt_ms"]["smoothed_max"]), QStringLiteral("20.5"));
    QCOMPARE(string(trace["close"]["code"]), QStringLiteral("256"));
}

void CliTest::infoJsonHasNullWhereNothingIsLogged()
{
    const Json trace = parsed(run("info --json other.sqlog").out)["files"][0]["traces"][0];
    for (const char* key : {"max_stream_id", "max_congestion_window", "max_bytes_in_flight", "handshake_ms", "close"})
        QVERIFY2(trace.contains(key) && trace[key].is_null(), key);
    for (const auto& [key, value] : trace["rtt_ms"].items())
        QVERIFY2(value.is_null(), key.c_str());
    for (const char* key : {"packets", "frames"}) {
        QCOMPARE(string(trace[key]["sent"]), QStringLiteral("{}"));
        QCOMPARE(string(trace[key]["received"]), QStringLiteral("{}"));
    }
    QCOMPARE(string(trace["bytes"]["sent"]), QStringLiteral("0"));
    QCOMPARE(string(trace["packets_lost"]), QStringLiteral("0"));
}

void CliTest::infoJsonNumbersAreNeverInExponentForm()
{
    QByteArray log = header;
    for (const char* time : {"0.00001", "0.00002", "1e-5", "123456789.00001"})
        log += QByteArray("\x1e{\"time\":") + time + ",\"name\":\"recovery:metrics_updated\",\"data\":{\"min_rtt\":0.00001,\"congestion_window\":1e15}}\n";
    QVERIFY(write("fine.sqlog", log));
    const Result result = run("info --json fine.sqlog");
    static const QRegularExpression exponent(QStringLiteral("\\d[eE][-+]?\\d"));
    QVERIFY(!QString::fromUtf8(result.out).remove(QStringLiteral("\"aa11\"")).contains(exponent));
    for (const char* line : {"\"first_time_ms\": 0.00001,", "\"max_time_ms\": 123456789.00001,", "\"min\": 0.00001,", "\"max_congestion_window\": 1000000000000000,"})
        QVERIFY2(result.out.contains(line), line);
    QVERIFY(run("events --format csv fine.sqlog").out.contains("\n1,")); // and here
    QCOMPARE(column(run("events --format csv fine.sqlog").out, 2).first(), QByteArray("0.00001"));
}

void CliTest::infoJsonListsUnreadableFiles()
{
    const Result result = run("info --json good.sqlog missing.sqlog other.sqlog");
    QCOMPARE(result.code, 3);
    QCOMPARE(result.err, QByteArray("qlogscope: missing.sqlog: No such file or directory\n"));
    const Json files = parsed(result.out)["files"];
    QCOMPARE(files.size(), std::size_t{3});
    QCOMPARE(keysOf(files[1]), words("path error"));
    QCOMPARE(string(files[1]["path"]), QStringLiteral("missing.sqlog"));
    QCOMPARE(string(files[2]["path"]), QStringLiteral("other.sqlog"));
    QCOMPARE(string(files[2]["records"]), QStringLiteral("1"));
}

void CliTest::highestExitCodeWins()
{
    QCOMPARE(run("info good.sqlog cut.sqlog").code, 1);
    QCOMPARE(run("info cut.sqlog good.sqlog").code, 1);
    QCOMPARE(run("info missing.sqlog cut.sqlog").code, 3);
    QCOMPARE(run("check good.sqlog empty.sqlog cut.sqlog").code, 3);
}

void CliTest::infoInWords()
{
    const Result result = run("info cut.sqlog");
    QVERIFY(result.out.startsWith("cut.sqlog: json-seq, qlog 0.3, "));
    QVERIFY(result.out.contains("1 malformed, truncated"));
    QVERIFY(result.out.contains("malformed-record"));
}

void CliTest::eventsCsv()
{
    const QList<QByteArray> lines = run("events --format csv good.sqlog").out.split('\n');
    QCOMPARE(lines.at(0), QByteArray("row,offset,log_time_ms,time_ms,name,canonical,trace,summary"));
    QCOMPARE(lines.size(), 8); // six events, and nothing after the last line feed
    const QByteArray second = "1," + QByteArray::number(goodLog().indexOf("{\"time\":1.5,")) + ",1.5,0.5,transport:packet_sent,quic:packet_sent,1,";
    QVERIFY2(lines.at(2).startsWith(second), lines.at(2).constData());
    QVERIFY(lines.at(2).size() > second.size()); // the summary says something
}

void CliTest::eventsCsvQuotes()
{
    QVERIFY(write("quotes.sqlog", header + "\x1e{\"time\":1,\"name\":\"a:\\\"b\\\",c\",\"data\":{}}\n"));
    QVERIFY(run("events --format csv quotes.sqlog").out.contains(",\"a:\"\"b\"\",c\","));
}

void CliTest::eventsJsonlKeepsTheRecord()
{
    QVERIFY(write("pretty.sqlog", header + "\x1e{\n  \"name\": \"a:b\",\n  \"time\": 1.50,\r\n  \"data\": {\"z\": 18446744073709551615, \"a\": 1e3,\n\t\"s\": \" {\\n\\\" } \"}\n}\n"
                                         + "\x1e{\"time\": 2.0,  \"name\":\"a:b\"}\n"));
    const Result result = run("events --format jsonl pretty.sqlog");
    QCOMPARE(result.out, QByteArray("{\"name\":\"a:b\",\"time\":1.50,\"data\":{\"z\":18446744073709551615,\"a\":1e3,\"s\":\" {\\n\\\" } \"}}\n"
                                    "{\"time\": 2.0,  \"name\":\"a:b\"}\n"));
}

void CliTest::eventsRange_data()
{
    QTest::addColumn<QByteArray>("options");
    QTest::addColumn<QByteArray>("rows");
    // T counts from the earliest event, which the log has at 1 ms
    QTest::newRow("all") << QByteArray() << QByteArray("0 1 2 3 4 5");
    QTest::newRow("a range includes its start") << QByteArray("--from 0.5 ") << QByteArray("1 2 3 4 5");
    QTest::newRow("and excludes its end") << QByteArray("--to 0.5 ") << QByteArray("0");
    QTest::newRow("both") << QByteArray("--from 0.5 --to 20 ") << QByteArray("1 2");
    QTest::newRow("ms") << QByteArray("--from 20ms ") << QByteArray("3 4 5");
    QTest::newRow("us") << QByteArray("--from 500us --to 501us ") << QByteArray("1");
    QTest::newRow("s") << QByteArray("--from 0.029s ") << QByteArray("4 5");
    QTest::newRow("before the start") << QByteArray("--from -5 --to 0 ") << QByteArray();
}

void CliTest::eventsRange()
{
    QFETCH(QByteArray, options);
    QFETCH(QByteArray, rows);
    QCOMPARE(column(run("events --format csv " + options + "good.sqlog").out, 0).join(' '), rows);
}

void CliTest::eventsRangeByWallClock()
{
    QCOMPARE(column(run("events --format csv --from 2023-11-14T22:13:20.030Z good.sqlog").out, 0).join(' '), QByteArray("4 5"));
    QCOMPARE(column(run("events --format csv --to 2023-11-14T23:13:20.0015+01:00 good.sqlog").out, 0).join(' '), QByteArray("0"));
}

void CliTest::eventsFiltered_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QByteArray>("rows");
    const auto add = [](const char* filter, const char* rows) {
        QTest::newRow(filter) << QStringList{QStringLiteral("--filter"), QString::fromUtf8(filter)} << QByteArray(rows);
    };
    add("", "0 1 2 3 4 5");
    add("-* transport:packet_sent", "0 1");
    add("-recovery:*", "0 1 3 5");
    add("pn=1", "1 4");
    add("frame=ack dir=received", "3");
    add("lost=true", "1 4");
    add("time=0.5..20ms", "1 2");
    add("\"done\"", "5");
    add("!\"data\"", "");
    QTest::newRow("with a range and an order")
        << QStringList{QStringLiteral("--filter"), QStringLiteral("pn=0..1"), QStringLiteral("--from"), QStringLiteral("0.5"),
                       QStringLiteral("--sort"), QStringLiteral("time")}
        << QByteArray("1 3 4");
}

void CliTest::eventsFiltered()
{
    QFETCH(QStringList, options);
    QFETCH(QByteArray, rows);
    const Result result = run(words("events --format csv") + options + QStringList{QStringLiteral("good.sqlog")});
    QCOMPARE(result.code, 0);
    QCOMPARE(column(result.out, 0).join(' '), rows);
    QVERIFY(result.err.isEmpty());
}

void CliTest::wrongFilterPointsAtThePlace()
{
    const Result result = run(words("events --filter") + QStringList{QStringLiteral("pn=1 size>big"), QStringLiteral("good.sqlog")});
    QCOMPARE(result.code, 2);
    QVERIFY(result.out.isEmpty());
    QCOMPARE(result.err, QByteArray("qlogscope: --filter: 'big' is no number. (try --help)\n"
                                    "pn=1 size>big\n"
                                    "          ^^^\n"));
}

void CliTest::exportIsDimmedByAFilter()
{
    QCOMPARE(run("export --view congestion --size 640x400 --no-caption -o a.png good.sqlog").code, 0);
    QCOMPARE(run("export --view congestion --size 640x400 --no-caption --filter pn=0 -o b.png good.sqlog").code, 0);
    QCOMPARE(run("export --view congestion --size 640x400 --no-caption --filter * -o c.png good.sqlog").code, 0);
    QCOMPARE(run("export --view congestion --size 640x400 --no-caption --filter \"stream\" -o d.png good.sqlog").code, 0);
    QVERIFY(contentOf("a.png") != contentOf("b.png"));
    QVERIFY(contentOf("a.png") == contentOf("c.png")); // what is selected looks as ever
    QVERIFY(!contentOf("d.png").isEmpty());
    const Result help = run("events --help");
    QVERIFY(help.out.contains("--filter <F>") && help.out.contains("OSSL_QFILTER"));
}

void CliTest::eventsSortedByTime()
{
    QByteArray log = header;
    for (const char* time : {"3", "1", "2", "1"})
        log += QByteArray("\x1e{\"time\":") + time + ",\"name\":\"a:b\"}\n";
    QVERIFY(write("back.sqlog", log));
    const Result sorted = run("events --format csv --sort time back.sqlog");
    QCOMPARE(column(sorted.out, 0).join(' '), QByteArray("1 3 2 0")); // as in the file where times are equal
    QCOMPARE(column(sorted.out, 3).join(' '), QByteArray("0 0 1 2"));
    QCOMPARE(column(run("events --format csv --sort file back.sqlog").out, 0).join(' '), QByteArray("0 1 2 3"));
}

void CliTest::eventsAreEventsOnly()
{
    QVERIFY(write("bad.sqlog", header + "\x1e{bad\n\x1e{\"name\":\"a:b\"}\n\x1e{\"time\":1,\"name\":\"a:c\"}\n"));
    const Result all = run("events --format csv bad.sqlog");
    QCOMPARE(all.code, 1);
    QCOMPARE(column(all.out, 0).join(' '), QByteArray("1 2"));
    QCOMPARE(column(all.out, 3).join('|'), QByteArray("|0")); // without a time it has none
    QCOMPARE(column(run("events --format csv --from 0 bad.sqlog").out, 0).join(' '), QByteArray("2"));
}

void CliTest::checkJson()
{
    const Result result = run("check --json cut.sqlog good.sqlog");
    QCOMPARE(result.code, 1);
    const Json check = parsed(result.out);
    QVERIFY(check.is_array()); // the bare list
    QVERIFY(!check.empty());
    bool hasMalformed = false;
    for (const Json& each : check) {
        QCOMPARE(keysOf(each), words("file kind severity count first_offset row detail"));
        QCOMPARE(string(each["file"]), QStringLiteral("cut.sqlog"));
        if (each["kind"] == "malformed-record") {
            hasMalformed = true;
            QCOMPARE(string(each["row"]), QStringLiteral("6"));
            QCOMPARE(string(each["first_offset"]), QString::number(goodLog().size() + 1));
            QCOMPARE(string(each["severity"]), QStringLiteral("data-loss"));
        }
    }
    QVERIFY(hasMalformed);
}

void CliTest::checkFindings()
{
    // packets 7 and 9 were never sent; the same number twice
    const QByteArray wrong = goodLog() + packet("41", "received", 1, R"({"frame_type":"ack","acked_ranges":[[7]]})")
        + packet("42", "received", 2, R"({"frame_type":"ack","acked_ranges":[[9]]})") + packet("43", "sent", 1, R"({"frame_type":"ping"})");
    QVERIFY(write("wrong.sqlog", wrong));
    const Result result = run("check --json wrong.sqlog good.sqlog");
    QCOMPARE(result.code, 1);
    const Json check = parsed(result.out);
    QCOMPARE(check.size(), std::size_t{2});
    QCOMPARE(keysOf(check[0]), words("file kind severity count first_offset row detail"));
    QCOMPARE(string(check[0]["file"]), QStringLiteral("wrong.sqlog"));
    QCOMPARE(string(check[0]["kind"]), QStringLiteral("ack-of-unsent-packet"));
    QCOMPARE(string(check[0]["severity"]), QStringLiteral("error"));
    QCOMPARE(string(check[0]["count"]), QStringLiteral("2"));
    QCOMPARE(string(check[0]["row"]), QStringLiteral("6"));
    QCOMPARE(string(check[0]["first_offset"]), QString::number(goodLog().size() + 1));
    QVERIFY(string(check[0]["detail"]).contains(QStringLiteral("2 packet numbers that were never sent; the first is 7 of the application space")));
    QCOMPARE(string(check[1]["kind"]), QStringLiteral("packet-number-reused"));
    QCOMPARE(run("check wrong.sqlog").code, 1);
    QVERIFY(run("check wrong.sqlog").out.contains("wrong.sqlog: error: ack-of-unsent-packet, 2 times\n"));
    QVERIFY(run("check wrong.sqlog").out.contains("\n  rows 6 7\n"));
    QCOMPARE(run("info wrong.sqlog").code, 0); // the file is whole
    QCOMPARE(parsed(run("check --json good.sqlog").out).dump(), std::string("[]"));
}

void CliTest::checkInWords()
{
    QCOMPARE(run("check good.sqlog").out, QByteArray("good.sqlog: no problems found\n"));
    QVERIFY(run("check cut.sqlog").out.startsWith("cut.sqlog: data-loss: "));
}

void CliTest::checkStrict()
{
    QVERIFY(write("notice.sqlog", header + "\x1e{\"time\":1,\"name\":\"a:b\",}\n")); // repaired: a notice
    QCOMPARE(run("check notice.sqlog").code, 0);
    QCOMPARE(run("check --strict notice.sqlog").code, 1);
    QCOMPARE(run("check --strict good.sqlog").code, 0);
    const QByteArray close = packet("41", "received", 1, R"({"frame_type":"connection_close","error_space":"transport","error_code":7})");
    QVERIFY(write("closed.sqlog", goodLog() + close)); // a finding that is a notice
    QCOMPARE(run("check closed.sqlog").code, 0);
    QCOMPARE(run("check --strict closed.sqlog").code, 1);
}

void CliTest::exportHasTheAskedSize()
{
    QCOMPARE(run("export --view congestion --size 640x400 -o a.png good.sqlog").code, 0);
    const QByteArray bytes = contentOf("a.png");
    const QImage image = QImage::fromData(bytes, "PNG");
    QCOMPARE(image.size(), QSize(640, 400));
    QCOMPARE(run("export --view congestion --size 640x400 -o b.png good.sqlog").code, 0);
    QVERIFY(contentOf("b.png") == bytes); // the same input, the same bytes
    QCOMPARE(run("export --view congestion --size 640x400 --theme dark -o c.png good.sqlog").code, 0);
    QVERIFY(contentOf("c.png") != bytes);
    QCOMPARE(run("export --view congestion --size 320x200 --scale 2 -o d.png good.sqlog").code, 0);
    QCOMPARE(QImage::fromData(contentOf("d.png"), "PNG").size(), QSize(640, 400));
    QCOMPARE(run("export --view congestion -o e.png cut.sqlog").code, 1); // drawn, but something was lost
    QCOMPARE(QImage::fromData(contentOf("e.png"), "PNG").size(), QSize(1600, 900));
}

void CliTest::exportToStandardOutput()
{
    const Result result = run("export --view congestion --size 320x200 -o - good.sqlog");
    QCOMPARE(result.code, 0);
    QCOMPARE(QImage::fromData(result.out, "PNG").size(), QSize(320, 200));
    QVERIFY(result.err.isEmpty());
}

namespace {

/// Without the windows in which nothing got through.
QByteArray withoutZeroRates(const QByteArray& csv)
{
    QByteArrayList kept;
    for (const QByteArray& line : csv.split('\n')) {
        if (!line.contains("put,") || !line.endsWith(",0,,,,,0"))
            kept.append(line);
    }
    return kept.join('\n');
}

} // namespace

void CliTest::exportCsv()
{
    const Result result = run("export --view congestion --format csv -o - good.sqlog");
    QCOMPARE(result.code, 0);
    QVERIFY(result.err.isEmpty());
    QCOMPARE(result.out.count("throughput,"), 39); // one a millisecond; the last event, with 1 ns of its own, belongs to the one before
    QCOMPARE(withoutZeroRates(result.out),
             QByteArray("series,time_ms,value,value2,space,packet_number,path,inferred\n"
                        "sent,0,0,1200,application,0,0,0\n"
                        "sent,0.5,1200,2400,application,1,0,0\n"
                        "acked,20,0,1200,application,0,0,0\n"
                        "lost,29,1200,2400,application,1,0,0\n"
                        "stream_bytes,0,1000,,,,,0\n"
                        "stream_bytes,0.5,2000,,,,,0\n"
                        "congestion_window,19.25,14000,,,,,0\n"
                        "bytes_in_flight,19.25,2400,,,,,0\n"
                        "throughput,0,19200000,,,,,0\n"
                        "goodput,20,8000000,,,,,0\n"
                        "rtt_min,19.25,19.25,,,,,0\n"
                        "rtt_smoothed,19.25,20.5,,,,,0\n"
                        "rtt_latest,19.25,19.25,,,,,0\n"
                        "rtt_sample,20,20,,,,,0\n"));
    QCOMPARE(run("export --view congestion -o a.csv good.sqlog").code, 0); // by the suffix
    QCOMPARE(contentOf("a.csv"), result.out);
    QCOMPARE(run("export --view congestion -o cut.csv cut.sqlog").code, 1); // written, but something was lost
    QVERIFY(contentOf("cut.csv").startsWith("series,"));
    const Result received = run("export --view congestion --perspective received --format csv -o - good.sqlog");
    QVERIFY(received.out.contains("sent,20,0,1200,application,0,0,0\nthroughput") || received.out.contains("sent,20,0,1200,application,0,0,0\ncongestion_window"));
    QVERIFY(!received.out.contains("lost,") && !received.out.contains("stream_bytes,") && !received.out.contains("goodput,"));
}

void CliTest::exportCsvOfARange()
{
    const Result result = run("export --view congestion --from 0.5 --to 20 --format csv -o - good.sqlog");
    const QByteArray rows = withoutZeroRates(result.out); // includes its start, excludes its end
    QVERIFY2(rows.contains("sent,0.5,1200,2400,application,1,0,0\n") && rows.contains("stream_bytes,0.5,2000,,,,,0\n"), rows.constData());
    QVERIFY2(rows.contains("throughput,0.5,9600000,,,,,0\n") && rows.contains("rtt_min,19.25,"), rows.constData());
    QVERIFY2(!rows.contains("\nsent,0,") && !rows.contains("acked,") && !rows.contains("rtt_sample,"), rows.constData());
    QCOMPARE(run("export --view congestion --from 5 --to 5 --format csv -o - good.sqlog").code, 2);
}

void CliTest::exportCsvFiltered()
{
    const QByteArray all = run("export --view congestion --format csv -o - good.sqlog").out;
    const QByteArray filtered = run("export --view congestion --filter pn=1 --format csv -o - good.sqlog").out;
    QByteArrayList expected;
    for (const QByteArray& line : all.split('\n')) {
        if (!line.endsWith(",application,0,0,0")) // packet 0 and its bars; the values of the rest are those of the whole trace
            expected.append(line);
    }
    QCOMPARE(filtered, expected.join('\n'));
    QVERIFY(filtered != all);
    QCOMPARE(run("export --view congestion --filter * --format csv -o - good.sqlog").out, all);
}

void CliTest::exportCsvOfInferredSeries()
{
    QByteArray log = header;
    log.replace("\"type\":\"client\"", "\"type\":\"client\",\"name\":\"quiche-client\"");
    log.replace("\"title\":\"t\"", "\"title\":\"quiche-client qlog\"");
    for (int i = 0; i < 5; ++i)
        log += packet(QByteArray::number(i).constData(), "sent", i, R"({"frame_type":"ping"})");
    log += packet("20", "received", 0, R"({"frame_type":"ack","acked_ranges":[[4,4]]})");
    log += packet("21", "received", 1, R"({"frame_type":"ack","acked_ranges":[[0,0]]})"); // it was not lost
    QVERIFY(write("quiche.sqlog", log));
    const QByteArray csv = run("export --view congestion --format csv -o - quiche.sqlog").out;
    QVERIFY2(csv.contains("lost,20,0,1200,application,0,0,1\nlost,20,1200,2400,application,1,0,1\n"), csv.constData());
    QVERIFY2(csv.contains("spurious,21,0,1200,application,0,0,1\n"), csv.constData());
    QVERIFY2(csv.contains("bytes_in_flight,0,1200,,,,,1\nbytes_in_flight,1,2400,,,,,1\n"), csv.constData());
    QVERIFY2(!csv.contains("goodput") && !csv.contains("stream_bytes") && !csv.contains("limit"), csv.constData()); // not logged, not zero
}

void CliTest::exportNeedsATraceWhereThereAreSeveral()
{
    const Result refused = run("export --view congestion -o x.png good.sqlog other.sqlog");
    QCOMPARE(refused.code, 2);
    QVERIFY2(refused.err.contains("--trace 1: good.sqlog, client aa11") && refused.err.contains("--trace 2: other.sqlog"), refused.err.constData());
    QCOMPARE(run("export --view congestion --trace 2 -o x.png good.sqlog other.sqlog").code, 0);
    QCOMPARE(run("export --view congestion --trace 3 -o x.png good.sqlog other.sqlog").code, 2);
}

void CliTest::unwritableOutput_data()
{
    QTest::addColumn<QByteArray>("output");
    QTest::newRow("missing folder") << QByteArray("missing/x.png");
    QTest::newRow("a file as folder") << QByteArray("good.sqlog/x.png");
    QTest::newRow("a folder as file") << QByteArray("folder.png");
    QTest::newRow("read-only folder") << QByteArray("readonly/x.png");
    if (QFile::exists(QStringLiteral("/proc/self/status")))
        QTest::newRow("a folder that takes no files, from nobody") << QByteArray("/proc/x.png");
}

void CliTest::unwritableOutput()
{
    QFETCH(QByteArray, output);
    QDir folder(m_folder->path());
    QVERIFY(folder.mkdir(QStringLiteral("folder.png")) && folder.mkdir(QStringLiteral("readonly")));
    if (output.startsWith("readonly") && ::geteuid() == 0)
        QSKIP("the superuser may write everywhere");
    const QString readOnly = folder.filePath(QStringLiteral("readonly"));
    QVERIFY(QFile::setPermissions(readOnly, QFile::ReadOwner | QFile::ExeOwner));
    const QStringList before = folder.entryList(QDir::AllEntries | QDir::Hidden);
    const Result result = run("export --view congestion --size 320x200 -o " + output + " good.sqlog");
    QCOMPARE(result.code, 4);
    QVERIFY2(result.err.startsWith(QByteArray("qlogscope: " + output + ": ")) && result.err.count('\n') == 1, result.err.constData());
    QCOMPARE(folder.entryList(QDir::AllEntries | QDir::Hidden), before); // nothing is left behind
    QVERIFY(QDir(readOnly).isEmpty());
    QCOMPARE(contentOf("good.sqlog"), goodLog());
}

void CliTest::fullStandardOutput_data()
{
    QTest::addColumn<QByteArray>("arguments");
    for (const char* arguments : {"info good.sqlog", "info --json good.sqlog", "events good.sqlog", "events --format csv good.sqlog", "check good.sqlog",
                                  "export --view congestion --size 320x200 -o - good.sqlog", "export --view congestion --format csv -o - good.sqlog", "--help", "--version", "info --help"})
        QTest::newRow(arguments) << QByteArray(arguments);
}

void CliTest::fullStandardOutput()
{
    QFETCH(QByteArray, arguments);
    const QString full = QStringLiteral("/dev/full");
    if (!QFile::exists(full))
        QSKIP("there is no /dev/full here");
    const Result result = run(QString::fromLatin1(arguments).split(QLatin1Char(' ')), QProcessEnvironment::systemEnvironment(), full);
    QCOMPARE(result.code, 4);
    QVERIFY2(result.err.startsWith("qlogscope: ") && result.err.count('\n') == 1, result.err.constData());
}

void CliTest::readsStandardInput_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("info") << words("info --json");
    QTest::newRow("events") << words("events --format csv");
    QTest::newRow("check") << words("check --json");
    QTest::newRow("export") << words("export --view congestion --format png -o -");
}

void CliTest::readsStandardInput()
{
    QFETCH(QStringList, arguments);
    const Result fromFile = run(QStringList(arguments) << QStringLiteral("good.sqlog"));
    QProcess program;
    program.setWorkingDirectory(m_folder->path());
    program.start(QStringLiteral(QLOGSCOPE_PROGRAM), QStringList(arguments) << QStringLiteral("-"));
    QVERIFY(program.waitForStarted());
    const QByteArray log = goodLog();
    program.write(log.left(100)); // it comes in pieces
    QVERIFY(program.waitForBytesWritten());
    program.write(log.mid(100));
    program.closeWriteChannel();
    QVERIFY(program.waitForFinished());
    QCOMPARE(program.readAllStandardError(), QByteArray());
    QCOMPARE(program.exitCode(), fromFile.code);
    const auto comparable = [](QByteArray text) { // all but the name of the file and the time that it took
        text.replace("good.sqlog", "-");
        return QString::fromUtf8(text).replace(QRegularExpression(QStringLiteral("\"load_ms\": *[0-9.]+")), QString());
    };
    const QByteArray out = program.readAllStandardOutput();
    if (arguments.first() == QLatin1String("export"))
        QVERIFY(out.startsWith("\x89PNG")); // the caption has the name of the file
    else
        QCOMPARE(comparable(out), comparable(fromFile.out));
}

void CliTest::refusesWhatIsNoQlog_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("pcap") << QByteArray("\xd4\xc3\xb2\xa1\x02\0", 6) << QByteArray("a packet capture (pcap)");
    QTest::newRow("NetLog, cut") << QByteArray("{\"constants\":{\"clientInfo\":{},\"logEventTypes\":{\"QUIC_SESSION\":1}},\n\"events\":[\n{\"time\":\"1\",")
                                 << QByteArray("a Chrome NetLog");
    QTest::newRow("quic-trace") << QByteArray("{\"protocolVersion\":\"UTA0NA==\",\"events\":[]}") << QByteArray("a quic-trace log");
    QTest::newRow("xquic") << QByteArray("[2024/05/14 11:34:11 693524] [packet_sent] |scid:00|\n") << QByteArray("an xquic text log");
    QTest::newRow("CBOR") << QByteArray("\xa1\x6cqlog_version\x63\x30.4") << QByteArray("CBOR");
    QTest::newRow("JSON") << QByteArray("{\"a\":[1,2,3]}") << QByteArray("JSON, but no qlog");
    QTest::newRow("gzip cut in its header") << QByteArray("\x1f\x8b\x08\0", 4) << QByteArray("the gzip data ends early, at byte 4");
}

void CliTest::refusesWhatIsNoQlog()
{
    QFETCH(QByteArray, content);
    QFETCH(QByteArray, words);
    QVERIFY(write("other.bin", content));
    const Result result = run("info other.bin");
    QCOMPARE(result.code, 3);
    QVERIFY(result.out.isEmpty());
    QVERIFY2(result.err.startsWith("qlogscope: other.bin: ") && result.err.contains(words), result.err.constData());
    QCOMPARE(result.err.count('\n'), 1);
}

void CliTest::windowWithoutDisplay()
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char* variable : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
        environment.remove(QLatin1String(variable));
    for (const QStringList& arguments : {QStringList(), QStringList{QStringLiteral("good.sqlog")}}) {
        const Result result = run(arguments, environment);
        QCOMPARE(result.code, 3);
        QVERIFY(result.out.isEmpty());
        QVERIFY2(result.err.startsWith("qlogscope: ") && result.err.count('\n') == 1 && result.err.contains("display"), result.err.constData());
    }
    // the other commands need none
    QCOMPARE(run({QStringLiteral("export"), QStringLiteral("--view"), QStringLiteral("congestion"), QStringLiteral("-o"), QStringLiteral("x.png"),
                  QStringLiteral("good.sqlog")},
                 environment).code,
             0);
}

QTEST_GUILESS_MAIN(CliTest)
#include "clitest.moc"
