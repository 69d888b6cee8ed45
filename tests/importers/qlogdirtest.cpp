// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/qlogdir.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace qlogscope;

/// A watched directory: each file in one clear state, none stops the rest.
class QlogDirTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void filesThatAreThere();
    void filesAtRestAreReadWhenWanted();
    void growingFile();
    void oddEntries();
    void deletedRenamedTruncatedReplaced();
    void directoryAppearsAndVanishes();
    void writerIsKilled();
    void headerInPieces();
    void endpointOutlivesItsConnections();
    void replacedNow();
    void linkWhoseTargetComesBack();
    void moreFilesThanMayBeOpen();
};

namespace {

constexpr int waitMs = 10'000;

const std::string header = "\x1e{\"qlog_version\":\"0.3\",\"qlog_format\":\"JSON-SEQ\",\"trace\":{\"vantage_point\":{\"type\":\"client\"},"
                           "\"common_fields\":{\"ODCID\":\"aa01\",\"time_format\":\"relative\",\"reference_time\":0}}}\n";

std::string records(int from, int to)
{
    std::string text;
    for (int i = from; i < to; ++i)
        text += "\x1e{\"time\":" + std::to_string(i) + ",\"name\":\"transport:packet_sent\",\"data\":{\"header\":{\"packet_type\":\"1RTT\","
            "\"packet_number\":" + std::to_string(i) + "},\"raw\":{\"length\":1000},\"frames\":[{\"frame_type\":\"ping\"}]}}\n";
    return text;
}

class Bench : public QObject
{
public:
    explicit Bench(const QString& path, QlogDir::AtRest atRest = QlogDir::AtRest::Always)
        : directory(path, atRest)
        , m_path(path)
    {
        connect(&directory, &QlogDir::filesChanged, this, [this](const std::vector<LiveFile>& changed) {
            for (const LiveFile& file : changed)
                files.insert_or_assign(file.path.substr(file.path.rfind('/') + 1), file);
            ++rounds;
        });
        connect(&directory, &QlogDir::folderChanged, this, [this](const QString& now) {
            problem = now;
            wasAsked = true;
        });
        directory.start();
    }
    [[nodiscard]] LiveFile file(const char* name) const
    {
        const auto it = files.find(name);
        return it == files.end() ? LiveFile() : it->second;
    }
    [[nodiscard]] bool isIn(const char* name, LiveState state) const { return files.contains(name) && file(name).state == state; }
    void write(const char* name, const std::string& bytes, QIODevice::OpenMode mode = QIODevice::WriteOnly | QIODevice::Truncate) const
    {
        writeFile(m_path, name, bytes, mode);
    }
    static void writeFile(const QString& folder, const char* name, const std::string& bytes,
                          QIODevice::OpenMode mode = QIODevice::WriteOnly | QIODevice::Truncate)
    {
        QFile out(folder + QLatin1Char('/') + QLatin1String(name));
        QVERIFY(out.open(mode));
        QCOMPARE(out.write(bytes.data(), static_cast<qint64>(bytes.size())), static_cast<qint64>(bytes.size()));
    }

    QlogDir directory;
    std::map<std::string, LiveFile> files;
    QString problem;
    bool wasAsked = false;
    int rounds = 0;

private:
    QString m_path;
};

void makeOld(const QString& path)
{
    std::filesystem::last_write_time(path.toStdString(), std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
}

} // namespace

void QlogDirTest::filesThatAreThere()
{
    const QTemporaryDir folder;
    Bench::writeFile(folder.path(), "a.sqlog", header + records(0, 10));
    Bench::writeFile(folder.path(), ".hidden", header);
    QVERIFY(QDir(folder.path()).mkdir(QStringLiteral("sub")));
    const Bench bench(folder.path());
    QTRY_COMPARE_WITH_TIMEOUT(bench.file("a.sqlog").summary.events, std::uint64_t{10}, waitMs);
    QCOMPARE(bench.files.size(), std::size_t{1});
    const LiveFile file = bench.file("a.sqlog");
    QCOMPARE(file.summary.packetsSent, std::uint64_t{10});
    QCOMPARE(file.summary.bytesSent, std::uint64_t{10'000});
    QCOMPARE(file.summary.groupId, std::string("aa01"));
    QCOMPARE(file.read, file.size);
    QCOMPARE(file.pending, std::uint64_t{0});
    QVERIFY(bench.wasAsked);
    QCOMPARE(bench.problem, QString());
}

void QlogDirTest::filesAtRestAreReadWhenWanted()
{
    const QTemporaryDir folder;
    for (const char* name : {"a.sqlog", "b.sqlog", "c.sqlog"}) {
        Bench::writeFile(folder.path(), name, header + records(0, 5));
        makeOld(folder.filePath(QLatin1String(name)));
    }
    Bench bench(folder.path(), QlogDir::AtRest::WhenWanted);
    QTRY_COMPARE_WITH_TIMEOUT(bench.files.size(), std::size_t{3}, waitMs);
    for (const auto& [name, file] : bench.files)
        QVERIFY(file.state == LiveState::NotRead);
    bench.directory.setWanted({bench.file("b.sqlog").id});
    QTRY_COMPARE_WITH_TIMEOUT(bench.file("b.sqlog").summary.events, std::uint64_t{5}, waitMs);
    QVERIFY(bench.isIn("b.sqlog", LiveState::Idle)); // it has not grown for an hour
    QVERIFY(bench.isIn("a.sqlog", LiveState::NotRead));
    bench.write("a.sqlog", records(5, 7), QIODevice::WriteOnly | QIODevice::Append); // it is at rest no more
    QTRY_COMPARE_WITH_TIMEOUT(bench.file("a.sqlog").summary.events, std::uint64_t{7}, waitMs);
    QVERIFY(bench.isIn("c.sqlog", LiveState::NotRead));
}

void QlogDirTest::growingFile()
{
    const QTemporaryDir folder;
    const Bench bench(folder.path());
    QTRY_VERIFY_WITH_TIMEOUT(bench.rounds > 0, waitMs);
    bench.write("new.sqlog", header.substr(0, 20));
    QTRY_VERIFY_WITH_TIMEOUT(bench.files.contains("new.sqlog"), waitMs);
    bench.write("new.sqlog", header.substr(20) + records(0, 3) + records(3, 4).substr(0, 30), QIODevice::WriteOnly | QIODevice::Append);
    QTRY_VERIFY_WITH_TIMEOUT(bench.file("new.sqlog").summary.events == 3 && bench.file("new.sqlog").pending == 29, waitMs);
    QCOMPARE(bench.file("new.sqlog").read + bench.file("new.sqlog").pending, bench.file("new.sqlog").size);
    bench.write("new.sqlog", records(3, 4).substr(30), QIODevice::WriteOnly | QIODevice::Append);
    QTRY_VERIFY_WITH_TIMEOUT(bench.file("new.sqlog").summary.events == 4 && bench.file("new.sqlog").pending == 0, waitMs);
    const std::string close = "\x1e{\"time\":9,\"name\":\"transport:connection_closed\",\"data\":{\"owner\":\"local\",\"application_code\":256,"
                              "\"reason\":\"done\"}}\n";
    bench.write("new.sqlog", close, QIODevice::WriteOnly | QIODevice::Append);
    QTRY_VERIFY_WITH_TIMEOUT(bench.isIn("new.sqlog", LiveState::Closed), waitMs);
    QCOMPARE(bench.file("new.sqlog").detail, std::string("by this side: application error 256, done"));
}

void QlogDirTest::oddEntries()
{
    const QTemporaryDir folder;
    QCOMPARE(::mkfifo(folder.filePath(QStringLiteral("fifo")).toLocal8Bit().constData(), 0600), 0);
    QCOMPARE(::symlink("loop", folder.filePath(QStringLiteral("loop")).toLocal8Bit().constData()), 0);
    Bench::writeFile(folder.path(), "empty.sqlog", {});
    Bench::writeFile(folder.path(), "words.txt", std::string(100'000, 'w'));
    Bench::writeFile(folder.path(), "good.sqlog", header + records(0, 2));
    Bench::writeFile(folder.path(), "shut.sqlog", header + records(0, 2));
    QVERIFY(QFile::setPermissions(folder.filePath(QStringLiteral("shut.sqlog")), {}));
    const Bench bench(folder.path());
    QTRY_COMPARE_WITH_TIMEOUT(bench.file("good.sqlog").summary.events, std::uint64_t{2}, waitMs);
    QTRY_VERIFY_WITH_TIMEOUT(bench.isIn("words.txt", LiveState::NotQlog), waitMs);
    QTRY_VERIFY_WITH_TIMEOUT(bench.isIn("empty.sqlog", LiveState::Waiting), waitMs);
    QVERIFY(bench.isIn("fifo", LiveState::Unreadable));
    QCOMPARE(bench.file("fifo").detail, std::string("is not a regular file"));
    QVERIFY(bench.isIn("loop", LiveState::Unreadable));
    if (::geteuid() != 0) { // nothing is shut to root
        QTRY_VERIFY_WITH_TIMEOUT(bench.isIn("shut.sqlog", LiveState::Unreadable), waitMs);
        QCOMPARE(bench.file("shut.sqlog").detail, std::string("Permission denied"));
    }
}

void QlogDirTest::deletedRenamedTruncatedReplaced()
{
    const QTemporaryDir folder;
    for (const char* name : {"deleted", "renamed", "truncated", "replaced"})
        Bench::writeFile(folder.path(), name, header + records(0, 9));
    const Bench bench(folder.path());
    for (const char* name : {"deleted", "renamed", "truncated", "replaced"})
        QTRY_COMPARE_WITH_TIMEOUT(bench.file(name).summary.events, std::uint64_t{9}, waitMs);
    QVERIFY(QFile::remove(folder.filePath(QStringLiteral("deleted"))));
    QVERIFY(QFile::rename(folder.filePath(QStringLiteral("renamed")), folder.filePath(QStringLiteral("other"))));
    bench.write("truncated", header + records(0, 2));
    Bench::writeFile(folder.path(), ".next", header + records(50, 54));
    std::filesystem::rename(folder.filePath(QStringLiteral(".next")).toStdString(), folder.filePath(QStringLiteral("replaced")).toStdString());
    QTRY_VERIFY_WITH_TIMEOUT(bench.isIn("deleted", LiveState::Gone) && bench.isIn("renamed", LiveState::Gone), waitMs);
    QCOMPARE(bench.file("deleted").summary.events, std::uint64_t{9}); // what was read stays
    QTRY_COMPARE_WITH_TIMEOUT(bench.file("other").summary.events, std::uint64_t{9}, waitMs);
    QTRY_COMPARE_WITH_TIMEOUT(bench.file("truncated").summary.events, std::uint64_t{2}, waitMs);
    QTRY_COMPARE_WITH_TIMEOUT(bench.file("replaced").summary.events, std::uint64_t{4}, waitMs);
    QVERIFY(bench.file("truncated").restarts == 1 && bench.file("replaced").restarts == 1);
    const std::uint32_t id = bench.file("deleted").id;
    bench.write("deleted", header + records(0, 1));
    QTRY_COMPARE_WITH_TIMEOUT(bench.file("deleted").summary.events, std::uint64_t{1}, waitMs);
    QCOMPARE(bench.file("deleted").id, id);
}

void QlogDirTest::directoryAppearsAndVanishes()
{
    const QTemporaryDir parent;
    const QString path = parent.filePath(QStringLiteral("logs"));
    Bench bench(path);
    QTRY_COMPARE_WITH_TIMEOUT(bench.problem, QStringLiteral("does not exist yet"), waitMs);
    QVERIFY(QDir(parent.path()).mkdir(QStringLiteral("logs")));
    bench.write("a.sqlog", header + records(0, 3));
    QTRY_COMPARE_WITH_TIMEOUT(bench.file("a.sqlog").summary.events, std::uint64_t{3}, waitMs);
    QCOMPARE(bench.problem, QString());
    QVERIFY(QDir(path).removeRecursively());
    QTRY_VERIFY_WITH_TIMEOUT(bench.isIn("a.sqlog", LiveState::Gone), waitMs);
    QVERIFY(QDir(parent.path()).mkdir(QStringLiteral("logs")));
    bench.write("b.sqlog", header + records(0, 2));
    QTRY_COMPARE_WITH_TIMEOUT(bench.file("b.sqlog").summary.events, std::uint64_t{2}, waitMs);
}

void QlogDirTest::writerIsKilled()
{
    const QTemporaryDir folder;
    const QTemporaryDir other;
    Bench::writeFile(other.path(), "final", header + records(0, 300));
    const std::size_t cut = header.size() + records(0, 250).size() + 21;
    const Bench bench(folder.path());
    QProcess writer;
    writer.start(QStringLiteral(QLOGSCOPE_REPLAY),
                 {other.filePath(QStringLiteral("final")), folder.filePath(QStringLiteral("growing")), QStringLiteral("--step"),
                  QStringLiteral("700"), QStringLiteral("--every"), QStringLiteral("1000"), QStringLiteral("--stop-at"), QString::number(cut)});
    QTRY_VERIFY_WITH_TIMEOUT(bench.file("growing").summary.events == 250 && bench.file("growing").pending == 20, waitMs);
    writer.kill();
    QTRY_VERIFY_WITH_TIMEOUT(writer.state() == QProcess::NotRunning, waitMs);
    QCOMPARE(bench.file("growing").summary.events, std::uint64_t{250});
}

void QlogDirTest::headerInPieces()
{
    const QTemporaryDir folder;
    const Bench bench(folder.path());
    bench.write("new.sqlog", header.substr(0, 40));
    QTRY_VERIFY_WITH_TIMEOUT(bench.file("new.sqlog").pending == 39, waitMs); // all but the separator
    QVERIFY(bench.isIn("new.sqlog", LiveState::Waiting));
    bench.write("new.sqlog", header.substr(40), QIODevice::WriteOnly | QIODevice::Append);
    QTRY_VERIFY_WITH_TIMEOUT(bench.isIn("new.sqlog", LiveState::Handshaking), waitMs);
}

/// quic-go's transport-level log: a refused connection is closed, its endpoint is not.
void QlogDirTest::endpointOutlivesItsConnections()
{
    const QTemporaryDir folder;
    const Bench bench(folder.path());
    bench.write("endpoint.sqlog",
                "\x1e{\"qlog_version\":\"0.3\",\"qlog_format\":\"JSON-SEQ\",\"trace\":{\"vantage_point\":{\"type\":\"transport\"}}}\n"
                "\x1e{\"time\":1,\"name\":\"transport:packet_sent\",\"data\":{\"header\":{\"packet_type\":\"initial\",\"packet_number\":0},"
                "\"frames\":[{\"frame_type\":\"connection_close\",\"error_space\":\"transport\",\"error_code\":2}]}}\n"
                "\x1e{\"time\":2,\"name\":\"transport:packet_dropped\",\"data\":{\"raw\":{\"length\":21}}}\n");
    QTRY_COMPARE_WITH_TIMEOUT(bench.file("endpoint.sqlog").summary.events, std::uint64_t{2}, waitMs);
    QVERIFY(bench.file("endpoint.sqlog").summary.isEndpoint && bench.file("endpoint.sqlog").summary.close);
    QVERIFY(bench.isIn("endpoint.sqlog", LiveState::Active));
}

void QlogDirTest::replacedNow()
{
    const QTemporaryDir folder;
    Bench::writeFile(folder.path(), "log", header + records(0, 9));
    const std::string path = folder.filePath(QStringLiteral("log")).toStdString();
    makeOld(folder.filePath(QStringLiteral("log")));
    const Bench bench(folder.path(), QlogDir::AtRest::Always);
    QTRY_VERIFY_WITH_TIMEOUT(bench.isIn("log", LiveState::Idle), waitMs);
    Bench::writeFile(folder.path(), ".next", header + records(50, 54));
    std::filesystem::rename(folder.filePath(QStringLiteral(".next")).toStdString(), path);
    QTRY_COMPARE_WITH_TIMEOUT(bench.file("log").summary.events, std::uint64_t{4}, waitMs);
    QTRY_VERIFY_WITH_TIMEOUT(bench.isIn("log", LiveState::Handshaking), waitMs); // not idle since an hour
}

void QlogDirTest::linkWhoseTargetComesBack()
{
    const QTemporaryDir folder;
    const QTemporaryDir other;
    const std::string target = other.filePath(QStringLiteral("target")).toStdString();
    Bench::writeFile(other.path(), "target", header + records(0, 5));
    std::filesystem::create_symlink(target, folder.filePath(QStringLiteral("link")).toStdString());
    const Bench bench(folder.path());
    QTRY_COMPARE_WITH_TIMEOUT(bench.file("link").summary.events, std::uint64_t{5}, waitMs);
    std::filesystem::rename(target, target + "2");
    QTRY_VERIFY_WITH_TIMEOUT(bench.isIn("link", LiveState::Unreadable), waitMs);
    QCOMPARE(bench.file("link").detail, std::string("No such file or directory"));
    std::filesystem::rename(target + "2", target); // of the same size and time as before
    QTRY_COMPARE_WITH_TIMEOUT(bench.file("link").summary.events, std::uint64_t{5}, waitMs);
    QVERIFY(bench.isIn("link", LiveState::Handshaking));
}

/// Last: the limit cannot be raised again.
void QlogDirTest::moreFilesThanMayBeOpen()
{
    constexpr rlim_t most = 300;
    const rlimit limit{most, most};
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    const QTemporaryDir folder;
    constexpr int files = 500;
    for (int i = 0; i < files; ++i)
        Bench::writeFile(folder.path(), QByteArray::number(i).constData(), header + records(0, 2));
    const Bench bench(folder.path());
    const auto readFiles = [&] {
        int read = 0;
        for (int i = 0; i < files; ++i)
            read += bench.file(QByteArray::number(i).constData()).summary.events == 2 ? 1 : 0;
        return read;
    };
    QTRY_COMPARE_WITH_TIMEOUT(readFiles(), files, waitMs);
    QCOMPARE(bench.problem, QString());
    bench.write("0", records(2, 3), QIODevice::WriteOnly | QIODevice::Append); // held open or not
    QTRY_COMPARE_WITH_TIMEOUT(bench.file("0").summary.events, std::uint64_t{3}, waitMs);
}

QTEST_GUILESS_MAIN(QlogDirTest)
#include "qlogdirtest.moc"
