// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/export/chartexporter.h"
#include "app/export/pictureencoding.h"
#include "app/settings.h"
#include "importers/recordsummary.h"
#include "importers/tracereader.h"
#include "views/congestion/congestionview.h"
#include "views/sequence/sequencecanvas.h"
#include "views/sequence/sequenceview.h"

#include <QClipboard>
#include <QDate>
#include <QDir>
#include <QFile>
#include <QPainter>
#include <QProcess>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

using namespace qlogscope;

/// Exports of the views: by the program, and by the window with the same code.
class ExportTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void sameInputSameBytes_data();
    void sameInputSameBytes();
    void svgIsXmlWhateverIsInIt();
    void vectorsAreVectors();
    void pdfIsConsistent();
    void scaleAppliesToAll();
    void subPicturesHaveTheirSeries();
    void subPicturesDiffer();
    void formatFollowsTheSuffix();
    void standardOutput();
    void optionsChangeThePicture_data();
    void optionsChangeThePicture();
    void filesOfOneConnection();
    void traceWithoutPackets();
    void whatIsNotLoggedIsSaid();
    void sequenceCsvSaysWhatBothLogsSay();
    void sequencesOfDifferentIdsAreOneConnection();
    void endpointWideLogsAreJoinedByConnectionId();
    void unwritableOutput_data();
    void unwritableOutput();
    void windowSavesWhatTheCommandWrites();
    void windowSavesTheSequenceInFront();
    void windowCopiesTheImage();
    void windowSaysWhatWentWrong();

private:
    struct Result {
        int code = -1;
        QByteArray out;
        QByteArray err;
    };
    [[nodiscard]] Result run(const QStringList& arguments, const QByteArray& timeZone = "UTC") const;
    [[nodiscard]] Result exported(const QString& options, const QString& file = QStringLiteral("client.sqlog")) const
    {
        return run(QString(QStringLiteral("export --size 640x400 --view ") + options).split(QLatin1Char(' ')) << file);
    }
    [[nodiscard]] bool write(const QString& name, const QByteArray& content) const;
    [[nodiscard]] QByteArray contentOf(const QString& name) const;

    std::unique_ptr<QTemporaryDir> m_folder; // the program runs in it
};

namespace {

QByteArray header(const char* role, const char* id)
{
    return QByteArray("\x1e{\"qlog_version\":\"0.3\",\"qlog_format\":\"JSON-SEQ\",\"trace\":{\"vantage_point\":{\"type\":\"") + role
        + "\"},\"common_fields\":{\"ODCID\":\"" + id + "\",\"time_format\":\"relative\",\"reference_time\":1700000000000}}}\n";
}

QByteArray packet(double time, const char* direction, int number, const QByteArray& frames)
{
    return "\x1e{\"time\":" + QByteArray::number(time) + ",\"name\":\"transport:packet_" + direction
        + "\",\"data\":{\"header\":{\"packet_type\":\"1RTT\",\"packet_number\":" + QByteArray::number(number) + "},\"raw\":{\"length\":1200},\"frames\":["
        + frames + "]}}\n";
}

/// Ten packets sent and acked, one lost, with everything that the panels show.
QByteArray log(const char* role = "client", const char* id = "aa11")
{
    QByteArray text = header(role, id);
    for (int i = 0; i < 10; ++i) {
        text += packet(1 + i, "sent", i, "{\"frame_type\":\"stream\",\"stream_id\":0,\"offset\":" + QByteArray::number(1000 * i) + ",\"length\":1000}");
        text += packet(21 + i, "received", i, "{\"frame_type\":\"ack\",\"acked_ranges\":[[0," + QByteArray::number(i == 9 ? 8 : i) + "]]}");
        text += "\x1e{\"time\":" + QByteArray::number(21.5 + i) + ",\"name\":\"recovery:metrics_updated\",\"data\":{\"congestion_window\":" + QByteArray::number(14000 + i)
            + ",\"bytes_in_flight\":" + QByteArray::number(12000 - 1200 * i) + ",\"ssthresh\":90000,\"pacing_rate\":1000000,\"min_rtt\":20,\"smoothed_rtt\":20.5,\"latest_rtt\":20}}\n";
    }
    return text + "\x1e{\"time\":60,\"name\":\"recovery:packet_lost\",\"data\":{\"header\":{\"packet_type\":\"1RTT\",\"packet_number\":9}}}\n";
}

QSet<QByteArray> seriesOf(const QByteArray& csv)
{
    QSet<QByteArray> series;
    const QList<QByteArray> lines = csv.trimmed().split('\n');
    for (const QByteArray& line : lines.mid(1))
        series.insert(line.left(line.indexOf(',')));
    return series;
}

/// The texts of an SVG, in order; what is wrong with the XML, if anything is.
QStringList textsOf(const QByteArray& svg, QString* problem = nullptr)
{
    QStringList texts;
    QXmlStreamReader reader(svg);
    while (!reader.atEnd()) {
        if (reader.readNext() == QXmlStreamReader::StartElement
            && (reader.name() == QLatin1String("text") || reader.name() == QLatin1String("title") || reader.name() == QLatin1String("desc")))
            texts.append(reader.readElementText());
    }
    if (problem != nullptr)
        *problem = reader.hasError() ? reader.errorString() : QString();
    return texts;
}

} // namespace

void ExportTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
    QVERIFY(write(QStringLiteral("client.sqlog"), log()));
    QVERIFY(write(QStringLiteral("server.sqlog"), log("server")));
    QVERIFY(write(QStringLiteral("other.sqlog"), log("client", "bb22")));
}

bool ExportTest::write(const QString& name, const QByteArray& content) const
{
    QFile file(m_folder->filePath(name));
    return file.open(QIODevice::WriteOnly) && file.write(content) == content.size();
}

QByteArray ExportTest::contentOf(const QString& name) const
{
    QFile file(m_folder->filePath(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

ExportTest::Result ExportTest::run(const QStringList& arguments, const QByteArray& timeZone) const
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("TZ"), QString::fromLatin1(timeZone));
    environment.remove(QStringLiteral("DISPLAY"));
    process.setProcessEnvironment(environment);
    process.setWorkingDirectory(m_folder->path());
    process.start(QStringLiteral(QLOGSCOPE_PROGRAM), arguments);
    if (!process.waitForFinished(60'000) || process.exitStatus() != QProcess::NormalExit)
        return {};
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

void ExportTest::sameInputSameBytes_data()
{
    QTest::addColumn<QString>("options");
    for (const char* format : {"png", "svg", "pdf", "csv"}) {
        for (const char* view : {"congestion", "congestion/data", "congestion/rates", "congestion/rtt", "congestion --theme dark --scale 2"})
            QTest::addRow("%s %s", format, view) << QStringLiteral("%1 --format %2 -o -").arg(QLatin1String(view), QLatin1String(format));
    }
}

/// Whatever the clock and the time zone.
void ExportTest::sameInputSameBytes()
{
    QFETCH(QString, options);
    const QStringList arguments = QString(QStringLiteral("export --view ") + options + QStringLiteral(" client.sqlog")).split(QLatin1Char(' '));
    const Result first = run(arguments);
    QCOMPARE(first.code, 0);
    QVERIFY2(first.err.isEmpty(), first.err.constData());
    QVERIFY(first.out.size() > 100);
    for (const char* zone : {"UTC", "<+0530>-05:30", "<-08>8"})
        QVERIFY2(run(arguments, zone).out == first.out, zone);
}

void ExportTest::svgIsXmlWhateverIsInIt()
{
    const QString name = QStringLiteral("q\"u<o>'t&e\n\x01]]>\U0001F600.sqlog");
    QVERIFY(write(name, log("client", "<&\\u0007\\\"id")));
    const Result result = run({QStringLiteral("export"), QStringLiteral("--view"), QStringLiteral("congestion"), QStringLiteral("--filter"),
                               QStringLiteral("\"<b>&\x02\""), QStringLiteral("--format"), QStringLiteral("svg"), QStringLiteral("-o"),
                               QStringLiteral("-"), name});
    QVERIFY2(result.code == 0, result.err.constData());
    QString problem;
    const QStringList texts = textsOf(result.out, &problem);
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
    QVERIFY(texts.contains(QStringLiteral("Congestion chart")));
    const QString caption = texts.filter(QStringLiteral("sha256")).value(0); // the description
    QVERIFY2(caption.startsWith(QStringLiteral("q\"u<o>'t&e\uFFFD\uFFFD]]>\U0001F600.sqlog")), qPrintable(caption));
    QVERIFY2(caption.contains(QStringLiteral("connection <&\uFFFD\"id")) && caption.contains(QStringLiteral("filter \"<b>&\uFFFD\"")), qPrintable(caption));
    QVERIFY(!caption.contains(QLatin1Char('\n')));
}

void ExportTest::vectorsAreVectors()
{
    const Result result = exported(QStringLiteral("congestion --format svg -o -"));
    QVERIFY(result.out.contains("<text ") && result.out.contains("font-family=\"DejaVu Sans\""));
    QVERIFY(!result.out.contains("<image"));
    const QStringList texts = textsOf(result.out);
    QVERIFY2(texts.contains(QStringLiteral("bytes sent on the wire")) && texts.contains(QStringLiteral("lost")), qPrintable(texts.join(QLatin1Char('\n'))));
    const QByteArray pdf = exported(QStringLiteral("congestion --format pdf -o -")).out;
    QVERIFY(pdf.contains("/FontFile2") && pdf.contains("DejaVuSans"));
    QVERIFY(!pdf.contains("/Subtype /Image"));
}

/// Its table of objects is right although the date was changed after writing.
void ExportTest::pdfIsConsistent()
{
    for (const char* zone : {"UTC", "<+0530>-05:30"}) {
        const QByteArray pdf = run({QStringLiteral("export"), QStringLiteral("--view"), QStringLiteral("congestion"), QStringLiteral("--format"),
                                    QStringLiteral("pdf"), QStringLiteral("-o"), QStringLiteral("-"), QStringLiteral("client.sqlog")},
                                   zone)
                                   .out;
        QVERIFY(pdf.startsWith("%PDF-1."));
        QVERIFY(pdf.contains("/CreationDate (D:19700101000000Z)"));
        QVERIFY(!pdf.contains(QDate::currentDate().toString(QStringLiteral("yyyyMMdd")).toLatin1()) && !pdf.contains("/ModDate") && !pdf.contains("/ID"));
        const qsizetype start = pdf.lastIndexOf("startxref\n") + 10;
        const qsizetype table = pdf.mid(start, pdf.indexOf('\n', start) - start).trimmed().toLongLong();
        QVERIFY(pdf.mid(table).startsWith("xref\n0 "));
        const QList<QByteArray> lines = pdf.mid(table).split('\n');
        const int count = lines[1].split(' ')[1].toInt();
        QVERIFY(count > 5);
        for (int i = 1; i < count; ++i) {
            const QByteArray entry = lines[2 + i];
            QCOMPARE(entry.size(), 19);
            const qlonglong position = entry.left(10).toLongLong();
            QVERIFY2(position == 0 || pdf.mid(position).startsWith(QByteArray(QByteArray::number(i) + " 0 obj")), entry.constData());
        }
    }
}

void ExportTest::scaleAppliesToAll()
{
    const QImage png = QImage::fromData(exported(QStringLiteral("congestion --scale 1.5 --format png -o -")).out);
    QCOMPARE(png.size(), QSize(960, 600));
    QVERIFY(exported(QStringLiteral("congestion --format svg -o -")).out.contains("viewBox=\"0 0 640 400\""));
    QVERIFY(exported(QStringLiteral("congestion --scale 1.5 --format svg -o -")).out.contains("viewBox=\"0 0 960 600\""));
    QVERIFY(exported(QStringLiteral("congestion --format pdf -o -")).out.contains("/MediaBox [0 0 480.000000 300.000000]")); // 1/96 to 1/72 inch
    QVERIFY(exported(QStringLiteral("congestion --scale 2 --format pdf -o -")).out.contains("/MediaBox [0 0 960.000000 600.000000]"));
}

void ExportTest::subPicturesHaveTheirSeries()
{
    const auto csv = [this](const char* view) { return exported(QLatin1String(view) + QStringLiteral(" --format csv -o -")).out; };
    const QSet<QByteArray> data = seriesOf(csv("congestion/data"));
    const QSet<QByteArray> rates = seriesOf(csv("congestion/rates"));
    const QSet<QByteArray> rtt = seriesOf(csv("congestion/rtt"));
    QCOMPARE(data, (QSet<QByteArray>{"sent", "acked", "lost", "stream_bytes", "congestion_window", "bytes_in_flight", "ssthresh"}));
    QCOMPARE(rates, (QSet<QByteArray>{"pacing_rate", "throughput", "goodput"}));
    QCOMPARE(rtt, (QSet<QByteArray>{"rtt_min", "rtt_smoothed", "rtt_latest", "rtt_sample"}));
    // together they are the whole, row by row
    QList<QByteArray> rows;
    for (const char* view : {"congestion/data", "congestion/rates", "congestion/rtt"})
        rows += csv(view).trimmed().split('\n').mid(1);
    QList<QByteArray> all = csv("congestion").trimmed().split('\n').mid(1);
    std::sort(rows.begin(), rows.end());
    std::sort(all.begin(), all.end());
    QCOMPARE(rows, all);
}

void ExportTest::subPicturesDiffer()
{
    QSet<QByteArray> pictures;
    for (const char* view : {"congestion", "congestion/data", "congestion/rates", "congestion/rtt"}) {
        const Result result = exported(QLatin1String(view) + QStringLiteral(" --no-caption --format svg -o -"));
        QCOMPARE(result.code, 0);
        pictures.insert(result.out);
        const QStringList texts = textsOf(result.out);
        const bool hasRtt = QByteArray(view) == "congestion" || QByteArray(view) == "congestion/rtt";
        const bool hasData = QByteArray(view) == "congestion" || QByteArray(view) == "congestion/data";
        if (QByteArray(view) != "congestion/rates")
            QCOMPARE(texts.contains(QStringLiteral("round-trip time")), hasRtt);
        QCOMPARE(texts.contains(QStringLiteral("lost")), hasData); // the strip
    }
    QCOMPARE(pictures.size(), 4);
}

void ExportTest::formatFollowsTheSuffix()
{
    const std::pair<const char*, const char*> names[] = {{"a.png", "\x89PNG"}, {"a.SVG", "<?xml"}, {"a.b.Pdf", "%PDF"}, {"a.csv", "series,"}};
    for (const auto& [name, begin] : names) {
        QCOMPARE(exported(QStringLiteral("congestion -o ") + QLatin1String(name)).code, 0);
        QVERIFY2(contentOf(QLatin1String(name)).startsWith(begin), name);
    }
    QCOMPARE(exported(QStringLiteral("congestion --format SVG -o a.txt")).code, 0); // what is said goes before the suffix
    QVERIFY(contentOf(QStringLiteral("a.txt")).startsWith("<?xml"));
    QCOMPARE(exported(QStringLiteral("congestion -o a.jpg")).code, 2);
}

void ExportTest::standardOutput()
{
    QVERIFY(exported(QStringLiteral("congestion -o -")).out.startsWith("\x89PNG"));
    QVERIFY(exported(QStringLiteral("congestion --format pdf -o -")).out.endsWith("%%EOF\n"));
}

void ExportTest::optionsChangeThePicture_data()
{
    QTest::addColumn<QString>("options");
    for (const char* options : {"--filter pn=3", "--from 5", "--to 30", "--from 5 --to 30", "--theme dark", "--perspective received", "--no-caption", "--size 700x400"})
        QTest::newRow(options) << QString::fromLatin1(options);
}

void ExportTest::optionsChangeThePicture()
{
    QFETCH(QString, options);
    for (const char* format : {"png", "svg", "pdf"}) {
        const QString end = QStringLiteral(" --format %1 -o -").arg(QLatin1String(format));
        const Result plain = exported(QStringLiteral("congestion") + end);
        const Result changed = exported(QStringLiteral("congestion ") + options + end);
        QCOMPARE(changed.code, 0);
        QVERIFY2(!changed.out.isEmpty() && changed.out != plain.out, format);
    }
}

void ExportTest::filesOfOneConnection()
{
    const QStringList start{QStringLiteral("export"), QStringLiteral("--view"), QStringLiteral("congestion"), QStringLiteral("--format"), QStringLiteral("svg"),
                            QStringLiteral("-o"), QStringLiteral("-")};
    const QByteArray client = run(QStringList(start) << QStringLiteral("client.sqlog")).out;
    const QByteArray server = run(QStringList(start) << QStringLiteral("server.sqlog")).out;
    QVERIFY(!client.isEmpty() && client != server);
    const QStringList pair{QStringLiteral("client.sqlog"), QStringLiteral("server.sqlog")};
    QCOMPARE(run(start + pair).out, client); // the first
    QCOMPARE(run(QStringList(start) << pair[1] << pair[0]).out, server);
    QCOMPARE(run(start + QStringList{QStringLiteral("--trace"), QStringLiteral("2")} + pair).out, server);
    const Result refused = run(start + pair + QStringList{QStringLiteral("other.sqlog")});
    QCOMPARE(refused.code, 2);
    QVERIFY(refused.out.isEmpty());
    QVERIFY2(refused.err.contains("--trace 1: client.sqlog, client aa11") && refused.err.contains("--trace 2: server.sqlog, server aa11")
                 && refused.err.contains("--trace 3: other.sqlog, client bb22"),
             refused.err.constData());
}

void ExportTest::traceWithoutPackets()
{
    QVERIFY(write(QStringLiteral("none.sqlog"), header("client", "cc33") + "\x1e{\"time\":1,\"name\":\"a:b\",\"data\":{}}\n"));
    const Result svg = exported(QStringLiteral("congestion --format svg -o -"), QStringLiteral("none.sqlog"));
    QCOMPARE(svg.code, 0);
    QVERIFY(textsOf(svg.out).contains(QStringLiteral("There are no packets in this trace.")));
    QCOMPARE(exported(QStringLiteral("congestion --format csv -o -"), QStringLiteral("none.sqlog")).out,
             QByteArray("series,time_ms,value,value2,space,packet_number,path,inferred\n"));
}

void ExportTest::whatIsNotLoggedIsSaid()
{
    QByteArray openssl = header("client", "dd44");
    openssl.replace("\"type\":\"client\"", "\"type\":\"client\",\"name\":\"OpenSSL/3.5.0 (linux-x86_64)\"");
    QVERIFY(write(QStringLiteral("openssl.sqlog"), openssl + packet(1, "sent", 0, R"({"frame_type":"ping"})") + packet(21, "received", 0, R"({"frame_type":"ack","acked_ranges":[[0,0]]})")));
    const Result svg = run({QStringLiteral("export"), QStringLiteral("--view"), QStringLiteral("congestion"), QStringLiteral("--format"), QStringLiteral("svg"),
                            QStringLiteral("-o"), QStringLiteral("-"), QStringLiteral("openssl.sqlog")});
    QCOMPARE(svg.code, 0);
    const QStringList texts = textsOf(svg.out);
    QVERIFY2(texts.contains(QStringLiteral("bytes in flight (inferred)")), qPrintable(texts.join(QLatin1Char('\n')))); // title of the right axis
    const qsizetype window = texts.indexOf(QStringLiteral("congestion window"));
    QVERIFY(window >= 0);
    QCOMPARE(texts.value(window + 1), QStringLiteral("not logged")); // the legend
}

void ExportTest::unwritableOutput_data()
{
    QTest::addColumn<QString>("format");
    for (const char* format : {"png", "svg", "pdf", "csv"})
        QTest::newRow(format) << QString::fromLatin1(format);
}

void ExportTest::unwritableOutput()
{
    QFETCH(QString, format);
    const QDir folder(m_folder->path());
    const QStringList before = folder.entryList(QDir::AllEntries | QDir::Hidden);
    for (const QString& output : {QStringLiteral("missing/x"), QStringLiteral("."), QStringLiteral("client.sqlog/x")}) {
        const Result result = exported(QStringLiteral("congestion --format %1 -o %2").arg(format, output));
        QCOMPARE(result.code, 4);
        QVERIFY2(result.err.startsWith(QByteArray("qlogscope: " + output.toUtf8() + ": ")) && result.err.count('\n') == 1, result.err.constData());
    }
    if (QFile::exists(QStringLiteral("/dev/full")))
        QCOMPARE(exported(QStringLiteral("congestion --format %1 -o /dev/full").arg(format)).code, 4);
    QCOMPARE(folder.entryList(QDir::AllEntries | QDir::Hidden), before);
}

namespace {

/// The view on a file in a window of its own, with what the exporter needs.
struct ShownChart {
    explicit ShownChart(const QString& path, const QString& folder)
        : settings(folder + QStringLiteral("/settings.ini"))
        , view(ViewServices{&context, nullptr})
        , sequence(ViewServices{&context, &records})
        , exporter(&view, &sequence, [this] { return filterText; }, settings, &view)
    {
        Document* document = workspace.add(TraceReader::readDocument(path.toStdString()));
        context.setTrace({document, TraceId(std::size_t{0})});
        view.resize(900, 600);
        view.show();
        QCoreApplication::processEvents();
    }
    Workspace workspace;
    ViewContext context{&workspace};
    Settings settings;
    QString filterText;
    CongestionView view;
    const RecordSummary records;
    SequenceView sequence; ///< in front when it is shown
    ChartExporter exporter;
};

} // namespace

/// The copied command, run by a shell, makes the file that the window saved.
void ExportTest::windowSavesWhatTheCommandWrites()
{
    const QString name = QStringLiteral("it's \"a\" $(log).sqlog");
    QVERIFY(write(name, log()));
    ShownChart shown(m_folder->filePath(name), m_folder->path());
    shown.filterText = QStringLiteral("-recovery:* pn=2..5");
    shown.context.setFilter(parseFilter(shown.filterText.toStdString()).filter);
    shown.context.setVisibleRange({-1'500'000, 45'123'457});
    QCoreApplication::processEvents();
    const QSignalSpy done(&shown.exporter, &ChartExporter::done);
    shown.exporter.copyCommand();
    const QString command = QGuiApplication::clipboard()->text();
    QVERIFY2(command.startsWith(QStringLiteral("qlogscope export --view congestion ")), qPrintable(command));

    const QString output = QStringLiteral("it's -congestion.png");
    for (const char* format : {"png", "svg", "pdf", "csv"}) {
        const QString saved = m_folder->filePath(QStringLiteral("saved.") + QLatin1String(format));
        shown.exporter.save(saved);
        QProcess shell;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("PATH"), QFileInfo(QStringLiteral(QLOGSCOPE_PROGRAM)).path() + QLatin1Char(':') + environment.value(QStringLiteral("PATH")));
        shell.setProcessEnvironment(environment);
        shell.setWorkingDirectory(m_folder->path());
        QString asked = command;
        asked.replace(QStringLiteral(" -o "), QStringLiteral(" --format %1 -o ").arg(QLatin1String(format)));
        shell.start(QStringLiteral("/bin/sh"), {QStringLiteral("-c"), asked});
        QVERIFY(shell.waitForFinished(60'000));
        QVERIFY2(shell.exitCode() == 0, shell.readAllStandardError().constData());
        const QStringList made = QDir(m_folder->path()).entryList({QStringLiteral("*-congestion.png")});
        QCOMPARE(made.size(), 1);
        QVERIFY2(!contentOf(made.front()).isEmpty() && contentOf(made.front()) == contentOf(QFileInfo(saved).fileName()), format);
    }
    QCOMPARE(done.size(), 5);
}

/// The server's clock is 500 ms ahead, each way takes 10 ms; packet 2 to the server is lost, what is sent at the end is not covered.
void ExportTest::sequenceCsvSaysWhatBothLogsSay()
{
    QByteArray client = header("client", "cc33");
    QByteArray server = header("server", "cc33");
    for (int i = 0; i < 6; ++i) {
        client += packet(20 * i, "sent", i, "{\"frame_type\":\"ping\"}");
        if (i != 2)
            server += packet(510 + 20 * i, "received", i, "{\"frame_type\":\"ping\"}");
        server += packet(511 + 20 * i, "sent", i, "{\"frame_type\":\"ping\"}");
        client += packet(21 + 20 * i - 0.5, "received", i, "{\"frame_type\":\"ping\"}");
    }
    client += packet(150, "sent", 6, "{\"frame_type\":\"ping\"}");
    client += "\x1e{\"time\":151,\"name\":\"connectivity:connection_closed\",\"data\":{}}\n";
    QVERIFY(write(QStringLiteral("c.sqlog"), client) && write(QStringLiteral("s.sqlog"), server));
    const Result result = run({QStringLiteral("export"), QStringLiteral("--view"), QStringLiteral("sequence"), QStringLiteral("--format"), QStringLiteral("csv"), QStringLiteral("-o"),
                               QStringLiteral("-"), QStringLiteral("c.sqlog"), QStringLiteral("s.sqlog")});
    QCOMPARE(result.code, 0);
    const QList<QByteArray> lines = result.out.trimmed().split('\n');
    QCOMPARE(lines.front(), QByteArray("kind,from_endpoint,to_endpoint,sent_ms,received_ms,space,packet_number,packet_type,size,state,inferred,path"));
    QCOMPARE(lines.size(), 1 + 7 + 6 + 1);
    QSet<QByteArray> states;
    for (const QByteArray& line : lines.mid(1)) {
        const QList<QByteArray> fields = line.split(',');
        QCOMPARE(fields.size(), 12);
        if (fields[0] != "packet")
            continue;
        states.insert(fields[1] + fields[6] + fields[9] + fields[10]);
        if (fields[9] == "received")
            QVERIFY(fields[4].toDouble() > fields[3].toDouble());
        else
            QVERIFY(fields[4].isEmpty());
    }
    QCOMPARE(states, (QSet<QByteArray>{"client0received0", "client1received0", "client2lost1", "client3received0", "client4received0", "client5received0", "client6unknown1",
                                       "server0received0", "server1received0", "server2received0", "server3received0", "server4received0", "server5received0"}));
    QVERIFY(lines.back().startsWith("quic:connection_closed,client,,151,"));
}

/// Of the transport's log what names an ID of the connection, or none while it lasts.
void ExportTest::endpointWideLogsAreJoinedByConnectionId()
{
    const auto start = [](const QByteArray& type, const QByteArray& common, const QByteArray& at) -> QByteArray {
        return QByteArray("\x1e{\"file_schema\":\"urn:ietf:params:qlog:file:sequential\",\"serialization_format\":\"application/qlog+json-seq\",\"title\":\"quic-go qlog\","
                          "\"code_version\":\"v1\",\"trace\":{\"vantage_point\":{\"type\":\"")
            + type + "\"},\"common_fields\":{" + common + "\"reference_time\":{\"clock_type\":\"monotonic\",\"epoch\":\"unknown\",\"wall_clock_time\":\"2026-01-02T03:04:"
            + at + "Z\"}}}}\n";
    };
    const auto initial = [](const char* time, const char* direction, const char* dcid, const char* scid) -> QByteArray {
        return QByteArray("\x1e{\"time\":") + time + ",\"name\":\"transport:packet_" + direction + "\",\"data\":{\"header\":{\"packet_type\":\"initial\",\"packet_number\":0,\"dcid\":\"" + dcid
            + "\",\"scid\":\"" + scid + "\"},\"raw\":{\"length\":1200},\"frames\":[{\"frame_type\":\"ping\"}]}}\n";
    };
    const auto dropped = [](const char* time, const QByteArray& more) -> QByteArray {
        return QByteArray("\x1e{\"time\":") + time + ",\"name\":\"transport:packet_dropped\",\"data\":{\"header\":{\"packet_type\":\"initial\"" + more
            + "},\"raw\":{\"length\":40},\"trigger\":\"unknown_connection_id\"}}\n";
    };
    const QByteArray retry = "\x1e{\"time\":500,\"name\":\"transport:packet_sent\",\"data\":{\"header\":{\"packet_type\":\"retry\",\"dcid\":\"C1C1C1C1\",\"scid\":\"99\"},\"raw\":{\"length\":80}}}\n";
    QVERIFY(write(QStringLiteral("c.sqlog"), start("client", "\"group_id\":\"ee55\",", "05.000") + initial("0", "sent", "ee55", "c1c1c1c1") + initial("10", "received", "c1c1c1c1", "5e5e")));
    QVERIFY(write(QStringLiteral("s.sqlog"), start("server", "\"group_id\":\"ee55\",", "05.004") + initial("1", "received", "ee55", "c1c1c1c1") + initial("2", "sent", "c1c1c1c1", "5e5e")));
    // a second after it begins: of the connection (before it), of another one, of none while it lasts, of none later
    QVERIFY(write(QStringLiteral("t.sqlog"), start("transport", {}, "04.000") + retry + dropped("1004.5", ",\"dcid\":\"abcd\"") + dropped("1005.5", {}) + dropped("9000", {})));
    const Result result = run({QStringLiteral("export"), QStringLiteral("--view"), QStringLiteral("sequence"), QStringLiteral("--format"), QStringLiteral("csv"), QStringLiteral("--trace"), QStringLiteral("1"),
                               QStringLiteral("-o"), QStringLiteral("-"), QStringLiteral("c.sqlog"), QStringLiteral("s.sqlog"), QStringLiteral("t.sqlog"), QStringLiteral("--from"), QStringLiteral("-1s")});
    QVERIFY2(result.code == 0, result.err.constData());
    const QList<QByteArray> lines = result.out.trimmed().split('\n').mid(1);
    const auto countOf = [&lines](const QByteArray& words) { return std::count_if(lines.begin(), lines.end(), [&](const QByteArray& line) { return line.startsWith(words); }); };
    QVERIFY2(countOf("packet,server,client,-500") == 1, result.out.constData()); // the Retry
    QVERIFY2(countOf("quic:packet_dropped,server,,") == 1, result.out.constData());
    QCOMPARE(lines.size(), 4);
}

void ExportTest::sequencesOfDifferentIdsAreOneConnection()
{
    QVERIFY(write(QStringLiteral("x.sqlog"), log("server", "dd44")));
    const Result result = run({QStringLiteral("export"), QStringLiteral("--view"), QStringLiteral("sequence"), QStringLiteral("--format"), QStringLiteral("csv"), QStringLiteral("-o"),
                               QStringLiteral("-"), QStringLiteral("client.sqlog"), QStringLiteral("x.sqlog")});
    QCOMPARE(result.code, 0);
    QVERIFY(result.err.contains("connection ID") && result.out.contains(",received,0,"));
}

void ExportTest::windowSavesTheSequenceInFront()
{
    ShownChart shown(m_folder->filePath(QStringLiteral("client.sqlog")), m_folder->path());
    shown.sequence.resize(800, 500);
    shown.sequence.show();
    shown.sequence.canvas()->setMode(SequenceMode::Linear);
    QTRY_VERIFY(shown.sequence.canvas()->isDone() && !shown.sequence.canvas()->shownRange().isEmpty());
    shown.exporter.copyCommand();
    const QString command = QGuiApplication::clipboard()->text();
    QVERIFY2(command.startsWith(QStringLiteral("qlogscope export --view sequence ")), qPrintable(command));
    QStringList words = QProcess::splitCommand(command);
    for (const char* format : {"png", "svg", "csv"}) {
        const QString saved = m_folder->filePath(QStringLiteral("sequence.") + QLatin1String(format));
        shown.exporter.save(saved);
        words[words.indexOf(QStringLiteral("-o")) + 1] = m_folder->filePath(QStringLiteral("again.") + QLatin1String(format));
        QProcess program;
        program.start(QStringLiteral(QLOGSCOPE_PROGRAM), words.mid(1));
        QVERIFY(program.waitForFinished(60'000));
        QVERIFY2(program.exitCode() == 0, program.readAllStandardError().constData());
        const QByteArray content = contentOf(QStringLiteral("sequence.") + QLatin1String(format));
        QVERIFY2(!content.isEmpty() && content == contentOf(QStringLiteral("again.") + QLatin1String(format)), format);
    }
}

void ExportTest::windowCopiesTheImage()
{
    ShownChart shown(m_folder->filePath(QStringLiteral("client.sqlog")), m_folder->path());
    shown.exporter.copyImage();
    const QImage image = QGuiApplication::clipboard()->image();
    QCOMPARE(image.size(), (QSizeF(shown.view.picture().size) * shown.view.devicePixelRatioF()).toSize());
}

void ExportTest::windowSaysWhatWentWrong()
{
    ShownChart shown(m_folder->filePath(QStringLiteral("client.sqlog")), m_folder->path());
    QSignalSpy failed(&shown.exporter, &ChartExporter::failed);
    shown.exporter.save(m_folder->filePath(QStringLiteral("missing/x.png")));
    shown.exporter.save(m_folder->filePath(QStringLiteral("x.gif")));
    QCOMPARE(failed.size(), 2);
    QVERIFY2(failed[0][1].toString().startsWith(QStringLiteral("cannot be written")), qPrintable(failed[0][1].toString()));
    QVERIFY(failed[1][1].toString().contains(QStringLiteral("svg")));
    QVERIFY(!QFile::exists(m_folder->filePath(QStringLiteral("x.gif"))));
}

QTEST_MAIN(ExportTest)
#include "exporttest.moc"
