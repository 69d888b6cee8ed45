// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/growingfile.h"
#include "importers/loader.h"
#include "importers/sniff.h"
#include "tests/support/reading.h"

#include <QFile>
#include <QProcess>
#include <QTest>

#include <filesystem>
#include <unistd.h>
#include <zlib.h>

using namespace qlogscope;
using namespace qlogscope::testing;

/// Following a file while a writer, a process of its own, lets it grow; truncates, replaces and deletes it.
class FollowTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void recordings_data();
    void recordings();
    void steps_data();
    void steps();
    void killedInTheMiddleOfARecord();
    void pendingBytesAreSaid();
    void waitsForTheFile();
    void waitsForTheHeader();
    void otherFormatThanTheFirstBytesSaid();
    void truncated();
    void replacedByAnother();
    void writtenOverInPlace();
    void deletedAndWrittenAgain();
    void neverThere();
    void notQlog();
    void gzipGrows();
    void groupsThatAppearLaterAreTraces();
    void cancelWhileWaiting();
    void sourceRefusesRecordsOfAnotherFile();
};

namespace {

using Status = Document::FollowStatus;
constexpr int waitMs = 10'000;
const QString replay = QStringLiteral(QLOGSCOPE_REPLAY);

const std::string header = "\x1e{\"qlog_version\":\"0.3\",\"qlog_format\":\"JSON-SEQ\",\"trace\":{\"vantage_point\":{\"type\":\"client\"},"
                           "\"common_fields\":{\"ODCID\":\"aa01\",\"time_format\":\"relative\",\"reference_time\":0}}}\n";

std::string record(int number)
{
    return "\x1e{\"time\":" + std::to_string(number) + ",\"name\":\"transport:packet_sent\",\"data\":{\"header\":{\"packet_type\":\"1RTT\","
        "\"packet_number\":" + std::to_string(number) + "},\"raw\":{\"length\":1200},\"frames\":[{\"frame_type\":\"ping\"}]}}\n";
}

std::string events(int from, int to)
{
    std::string text;
    for (int i = from; i < to; ++i)
        text += record(i);
    return text;
}

/// As a writer does: in place, from the first byte or at the end.
void write(const QString& path, const std::string& bytes, QIODevice::OpenMode mode = QIODevice::WriteOnly | QIODevice::Truncate)
{
    QFile file(path);
    QVERIFY(file.open(mode));
    QCOMPARE(file.write(bytes.data(), static_cast<qint64>(bytes.size())), static_cast<qint64>(bytes.size()));
}

void append(const QString& path, const std::string& bytes) { write(path, bytes, QIODevice::WriteOnly | QIODevice::Append); }

class Follower : public QObject
{
public:
    explicit Follower(const QString& path)
        : loader(path.toStdString(), Loader::Mode::Follow)
    {
        connect(&loader, &Loader::opened, this, [this](const ReadResult& soFar) { source = soFar.source; });
        connect(&loader, &Loader::batchReady, this, [this](const std::shared_ptr<const EventBatch>& batch) {
            restarts += batch->restart ? 1 : 0;
            appendBatch(&all, *batch);
            loader.release();
        });
        connect(&loader, &Loader::statusChanged, this, [this](const Status& now) { status = now; });
        connect(&loader, &Loader::finished, this, [this](const ReadResult& end) {
            result = end;
            isFinished = true;
        });
        loader.start();
    }
    [[nodiscard]] bool hasRead(std::size_t rows) const { return all.rows.size() == rows && status.state == Status::State::Growing; }
    /// Ends following and waits for it.
    void end()
    {
        loader.endFollowing();
        QTRY_VERIFY_WITH_TIMEOUT(isFinished, waitMs);
    }

    Loader loader;
    EventBatch all;
    Status status;
    std::shared_ptr<ByteSource> source;
    ReadResult result;
    int restarts = 0;
    bool isFinished = false;
};

struct AtRest {
    EventBatch all;
    ReadResult result;
};
AtRest readAtRest(const QString& path)
{
    AtRest rest;
    TraceReader::Callbacks callbacks;
    callbacks.batch = [&](EventBatch&& batch) { appendBatch(&rest.all, batch); };
    callbacks.progress = [](std::uint64_t, std::uint64_t) {};
    callbacks.opened = [](const ReadResult&) {};
    rest.result = TraceReader::read(path.toStdString(), callbacks);
    return rest;
}

void compareWithRest(const Follower& follower, const QString& path)
{
    const AtRest rest = readAtRest(path);
    QCOMPARE(QString::fromStdString(difference(follower.all, rest.all)), QString());
    QCOMPARE(follower.result.failure, rest.result.failure);
    QCOMPARE(follower.result.facts.bytes, rest.result.facts.bytes);
    QCOMPARE(follower.result.facts.isTruncated, rest.result.facts.isTruncated);
    QVERIFY(follower.result.facts.format == rest.result.facts.format);
}

/// Unpacks a recorded transfer beside the project; empty if it is not there.
QString unpacked(const QTemporaryDir& folder, const QString& trace)
{
    const QString path = QStringLiteral(QLOGSCOPE_SHARED_DIR "/traces/dev/") + trace;
    if (!QFile::exists(path))
        return {};
    const std::unique_ptr<Document> document = TraceReader::readDocument(path.toStdString());
    const QString target = folder.filePath(QStringLiteral("final"));
    write(target, document->source()->text(0, document->facts().bytes));
    return target;
}

} // namespace

void FollowTest::recordings_data()
{
    QTest::addColumn<QString>("trace");
    QTest::addColumn<QString>("recording");
    QTest::addColumn<QString>("column");
    for (const char* side : {"client", "server"}) {
        QTest::addRow("openssl %s", side) << QStringLiteral("openssl/live20m_%1.sqlog.gz").arg(QLatin1String(side))
                                          << QStringLiteral("openssl.csv") << QString::fromLatin1(side);
        QTest::addRow("picoquic %s", side) << QStringLiteral("picoquic/live20m_%1.qlog.gz").arg(QLatin1String(side))
                                           << QStringLiteral("picoquic.csv") << QString::fromLatin1(side);
    }
}

/// A real transfer, 20 times as fast as it was.
void FollowTest::recordings()
{
    QFETCH(QString, trace);
    QFETCH(QString, recording);
    QFETCH(QString, column);
    const QTemporaryDir folder;
    const QString final = unpacked(folder, trace);
    if (final.isEmpty())
        QSKIP("the recorded transfers are not beside the project (../shared/traces)");
    const QString path = folder.filePath(QStringLiteral("growing"));
    Follower follower(path);
    QProcess writer;
    writer.start(replay, {final, path, QStringLiteral("--recording"), QStringLiteral(QLOGSCOPE_SHARED_DIR "/traces/live/") + recording,
                          column, QStringLiteral("--speed"), QStringLiteral("20")});
    QTRY_VERIFY_WITH_TIMEOUT(writer.state() == QProcess::NotRunning, waitMs);
    QCOMPARE(writer.exitCode(), 0);
    follower.end();
    QCOMPARE(follower.restarts, 0);
    compareWithRest(follower, final);
}

void FollowTest::steps_data()
{
    QTest::addColumn<int>("step");
    QTest::addColumn<int>("every");
    QTest::newRow("4 KiB at a time") << 4096 << 2000;
    QTest::newRow("single bytes") << 1 << 10;
    QTest::newRow("all at once") << 1'000'000 << 0;
    QTest::newRow("odd") << 997 << 3000;
}

void FollowTest::steps()
{
    QFETCH(int, step);
    QFETCH(int, every);
    const QTemporaryDir folder;
    const QString final = folder.filePath(QStringLiteral("final"));
    write(final, header + events(0, step == 1 ? 100 : 2000));
    const QString path = folder.filePath(QStringLiteral("growing"));
    Follower follower(path);
    QProcess writer;
    writer.start(replay, {final, path, QStringLiteral("--step"), QString::number(step), QStringLiteral("--every"), QString::number(every)});
    QTRY_VERIFY_WITH_TIMEOUT(writer.state() == QProcess::NotRunning, waitMs);
    QCOMPARE(writer.exitCode(), 0);
    follower.end();
    QCOMPARE(follower.restarts, 0);
    compareWithRest(follower, final);
}

void FollowTest::killedInTheMiddleOfARecord()
{
    const QTemporaryDir folder;
    const QString final = folder.filePath(QStringLiteral("final"));
    write(final, header + events(0, 300));
    const std::size_t cut = header.size() + events(0, 200).size() + 40;
    const QString path = folder.filePath(QStringLiteral("growing"));
    Follower follower(path);
    QProcess writer;
    writer.start(replay, {final, path, QStringLiteral("--step"), QStringLiteral("512"), QStringLiteral("--stop-at"), QString::number(cut)});
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(200) && follower.status.pending == 39, waitMs);
    writer.kill();
    QTRY_VERIFY_WITH_TIMEOUT(writer.state() == QProcess::NotRunning, waitMs);
    follower.end();
    compareWithRest(follower, path);
    QVERIFY(follower.result.facts.isTruncated);
    QCOMPARE(follower.all.rows.size(), std::size_t{201}); // the cut record is a row
}

void FollowTest::pendingBytesAreSaid()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("growing"));
    write(path, header + events(0, 3));
    Follower follower(path);
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(3), waitMs);
    QCOMPARE(follower.status.pending, std::uint64_t{0});
    const std::string next = record(3);
    append(path, next.substr(0, 50));
    QTRY_COMPARE_WITH_TIMEOUT(follower.status.pending, std::uint64_t{49}, waitMs); // the record separator is none of it
    QVERIFY(follower.hasRead(3));
    QVERIFY(follower.status.lastGrowthMs > 0);
    append(path, next.substr(50));
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(4) && follower.status.pending == 0, waitMs);
    follower.end();
    compareWithRest(follower, path);
}

void FollowTest::waitsForTheFile()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("later"));
    Follower follower(path);
    QTRY_VERIFY_WITH_TIMEOUT(!follower.status.detail.empty(), waitMs);
    QVERIFY(follower.status.state == Status::State::Waiting);
    QCOMPARE(QString::fromStdString(follower.status.detail), QStringLiteral("No such file or directory"));
    write(path, {});
    QTRY_COMPARE_WITH_TIMEOUT(QString::fromStdString(follower.status.detail), QStringLiteral("is empty"), waitMs);
    append(path, header + events(0, 5));
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(5), waitMs);
    follower.end();
    compareWithRest(follower, path);
}

void FollowTest::waitsForTheHeader()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("growing"));
    write(path, header.substr(0, 1));
    Follower follower(path);
    QTRY_VERIFY_WITH_TIMEOUT(follower.status.size == 1, waitMs);
    append(path, header.substr(1, 30));
    QTRY_VERIFY_WITH_TIMEOUT(follower.status.size == 31, waitMs);
    QVERIFY(follower.all.rows.empty());
    append(path, header.substr(31) + events(0, 2));
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(2), waitMs);
    follower.end();
    compareWithRest(follower, path);
}

void FollowTest::otherFormatThanTheFirstBytesSaid()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("growing"));
    const std::string first = "{\"qlog_version\":\"0.3\",\"qlog_format\":\"NDJSON\",\"trace\":{\"vantage_point\":{\"type\":\"server\"}}}\n";
    for (std::size_t cut = 1; cut < first.size(); cut += 17) {
        write(path, first.substr(0, cut));
        Follower follower(path);
        QTRY_VERIFY_WITH_TIMEOUT(follower.status.size == cut, waitMs);
        append(path, first.substr(cut) + record(1).substr(1) + record(2).substr(1));
        QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(2), waitMs);
        follower.end();
        compareWithRest(follower, path);
        QVERIFY(QFile::remove(path));
    }
}

void FollowTest::truncated()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("growing"));
    write(path, header + events(0, 50));
    Follower follower(path);
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(50), waitMs);
    write(path, header + events(0, 7));
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(7), waitMs);
    QCOMPARE(follower.restarts, 1);
    QCOMPARE(follower.status.restarts, 1U);
    QVERIFY(std::any_of(follower.all.diagnostics.begin(), follower.all.diagnostics.end(),
                        [](const Diagnostic& each) { return each.kind == DiagnosticKind::ChangedOnDisk; }));
    append(path, events(7, 9));
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(9), waitMs);
}

void FollowTest::replacedByAnother()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("growing"));
    write(path, header + events(0, 5));
    Follower follower(path);
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(5), waitMs);
    const QString other = folder.filePath(QStringLiteral("other"));
    write(other, header + events(100, 120));
    std::filesystem::rename(other.toStdString(), path.toStdString());
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(20), waitMs);
    QCOMPARE(follower.restarts, 1);
}

/// As imquic rewrites its skeleton, and as curl writes over a longer file without truncating it.
void FollowTest::writtenOverInPlace()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("growing"));
    const std::string before = header + events(0, 40);
    write(path, before);
    Follower follower(path);
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(40), waitMs);
    write(path, header + events(500, 510), QIODevice::ReadWrite);
    QTRY_VERIFY_WITH_TIMEOUT(follower.restarts > 0 && !follower.all.packets.empty() && follower.all.packets.front().number == 500, waitMs);
    follower.end();
    const AtRest rest = readAtRest(path); // with what is left of the longer file
    QCOMPARE(follower.all.rows.size(), rest.all.rows.size());
    QVERIFY(follower.all.rows == rest.all.rows);
}

void FollowTest::deletedAndWrittenAgain()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("growing"));
    write(path, header + events(0, 5));
    Follower follower(path);
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(5), waitMs);
    QVERIFY(QFile::remove(path));
    QTRY_VERIFY_WITH_TIMEOUT(follower.status.state == Status::State::Gone, waitMs);
    QCOMPARE(follower.all.rows.size(), std::size_t{5}); // what was read stays
    write(path, header + events(10, 13));
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(3), waitMs);
    follower.end();
}

void FollowTest::neverThere()
{
    const QTemporaryDir folder;
    Follower follower(folder.filePath(QStringLiteral("never")));
    QTRY_VERIFY_WITH_TIMEOUT(!follower.status.detail.empty(), waitMs);
    follower.end();
    QCOMPARE(follower.result.failure, std::string("No such file or directory"));
}

void FollowTest::notQlog()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("words"));
    write(path, std::string(sniffBytes + 10, 'w'));
    Follower follower(path);
    QTRY_VERIFY_WITH_TIMEOUT(follower.status.state == Status::State::NotQlog, waitMs);
    QCOMPARE(follower.status.detail, readAtRest(path).result.failure);
    write(path, header + events(0, 4)); // it becomes one
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(4), waitMs);
    follower.end();
}

void FollowTest::gzipGrows()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("growing.gz"));
    const std::string text = header + events(0, 3000);
    gzFile out = gzopen(path.toStdString().c_str(), "wb");
    QVERIFY(out != nullptr);
    QVERIFY(gzwrite(out, text.data(), static_cast<unsigned>(text.size() / 2)) > 0);
    QCOMPARE(gzflush(out, Z_SYNC_FLUSH), Z_OK);
    Follower follower(path);
    QTRY_VERIFY_WITH_TIMEOUT(follower.all.rows.size() > 1000, waitMs);
    QVERIFY(gzwrite(out, text.data() + text.size() / 2, static_cast<unsigned>(text.size() - text.size() / 2)) > 0);
    QCOMPARE(gzclose(out), Z_OK);
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(3000), waitMs);
    follower.end();
    compareWithRest(follower, path);
}

void FollowTest::groupsThatAppearLaterAreTraces()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("growing"));
    const auto withGroup = [](int number, const char* group) {
        std::string text = record(number);
        return text.insert(2, std::string("\"group_id\":\"") + group + "\",");
    };
    write(path, header + withGroup(0, "aa") + withGroup(1, "aa"));
    Follower follower(path);
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(2), waitMs);
    append(path, withGroup(2, "bb"));
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(3) && follower.all.rows.back().trace.value == 1, waitMs);
    append(path, withGroup(3, "aa"));
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(4), waitMs);
    follower.end();
    compareWithRest(follower, path);
}

void FollowTest::cancelWhileWaiting()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("growing"));
    write(path, header + events(0, 5));
    Follower follower(path);
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(5), waitMs);
    follower.loader.cancel();
    QTRY_VERIFY_WITH_TIMEOUT(follower.isFinished, waitMs);
    QVERIFY(follower.result.isCancelled);
}

void FollowTest::sourceRefusesRecordsOfAnotherFile()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("growing"));
    write(path, header);
    Follower follower(path);
    QTRY_VERIFY_WITH_TIMEOUT(follower.status.state == Status::State::Growing, waitMs);
    append(path, events(0, 100));
    QTRY_VERIFY_WITH_TIMEOUT(follower.hasRead(100), waitMs);
    const std::shared_ptr<ByteSource> source = follower.source;
    QVERIFY(source->change() == ByteSource::Change::Unchanged);
    follower.end();
    // the same beginning and length: only the last bytes tell
    write(path, header + events(0, 99) + record(77), QIODevice::ReadWrite);
    QVERIFY(source->change() == ByteSource::Change::Replaced);
}

QTEST_GUILESS_MAIN(FollowTest)
#include "followtest.moc"
