// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/bytesource.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace qlogscope;

/// Bytes come by range from the file that was opened, and what happens to it behind our back is noticed.
class ByteSourceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void readsByRange();
    void refusesWhatIsNoFile();
    void refusesWhatMayNotBeRead();
    void fifoDoesNotBlock();
    void readsThroughALink();
    void noticesGrowth();
    void noticesTruncation();
    void noticesReplacement();
    void noticesRewritingInPlace();
    void noticesTruncationThatGrewAgain();
    void keepsReadingADeletedFile();
    void spooledBytesCannotChange();

private:
    [[nodiscard]] std::string path(const char* name) const
    {
        return m_dir->filePath(QString::fromUtf8(name)).toStdString();
    }
    /// Writes a file anew, in place if it exists.
    void write(const std::string& path, const QByteArray& content) const;
    void append(const std::string& path, const QByteArray& content) const;
    [[nodiscard]] std::shared_ptr<ByteSource> opened(const QByteArray& content) const;
    [[nodiscard]] static std::string errorOf(const std::string& path);

    std::unique_ptr<QTemporaryDir> m_dir;
    std::string m_file;
};

using Change = ByteSource::Change;

void ByteSourceTest::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    QVERIFY(m_dir->isValid());
    m_file = path("trace.sqlog");
}

void ByteSourceTest::write(const std::string& path, const QByteArray& content) const
{
    QFile file(QString::fromStdString(path));
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    QCOMPARE(file.write(content), content.size());
}

void ByteSourceTest::append(const std::string& path, const QByteArray& content) const
{
    QFile file(QString::fromStdString(path));
    QVERIFY(file.open(QIODevice::Append));
    QCOMPARE(file.write(content), content.size());
}

std::shared_ptr<ByteSource> ByteSourceTest::opened(const QByteArray& content) const
{
    write(m_file, content);
    std::string error;
    return ByteSource::open(m_file, &error);
}

std::string ByteSourceTest::errorOf(const std::string& path)
{
    std::string error;
    return ByteSource::open(path, &error) ? "no error" : error;
}

void ByteSourceTest::readsByRange()
{
    const auto source = opened("0123456789");
    QVERIFY(source);
    QCOMPARE(source->path(), m_file);
    QCOMPARE(source->size(), std::uint64_t{10});
    QCOMPARE(source->text(0, 10), std::string("0123456789"));
    QCOMPARE(source->text(3, 4), std::string("3456"));
    QCOMPARE(source->text(8, 100), std::string("89"));
    QCOMPARE(source->text(10, 1), std::string());
    QCOMPARE(source->text(~std::uint64_t{0}, ~std::size_t{0}), std::string());
    char buffer[4] = {};
    QCOMPARE(source->read(7, buffer, 4), std::ptrdiff_t{3});
    QCOMPARE(std::string(buffer), std::string("789"));
    QCOMPARE(source->read(10, buffer, 4), std::ptrdiff_t{0});
    QCOMPARE(source->change(), Change::Unchanged);
    QCOMPARE(opened("")->size(), std::uint64_t{0});
}

void ByteSourceTest::refusesWhatIsNoFile()
{
    QCOMPARE(errorOf(path("no-such-file")), std::string("No such file or directory"));
    QCOMPARE(errorOf(m_dir->path().toStdString()), std::string("is a directory, not a file"));
    QCOMPARE(errorOf("/dev/null"), std::string("is not a regular file"));
    QCOMPARE(errorOf(""), std::string("No such file or directory"));
}

void ByteSourceTest::refusesWhatMayNotBeRead()
{
    write(m_file, "secret");
    QCOMPARE(::chmod(m_file.c_str(), 0), 0);
    if (::geteuid() == 0)
        QSKIP("root may read everything");
    QCOMPARE(errorOf(m_file), std::string("Permission denied"));
}

void ByteSourceTest::fifoDoesNotBlock()
{
    const std::string fifo = path("fifo");
    QCOMPARE(::mkfifo(fifo.c_str(), 0600), 0);
    QCOMPARE(errorOf(fifo),
             std::string("is not a regular file")); // nobody writes: an ordinary open would wait for ever
}

void ByteSourceTest::readsThroughALink()
{
    write(m_file, "linked");
    const std::string link = path("link");
    QCOMPARE(::symlink(m_file.c_str(), link.c_str()), 0);
    std::string error;
    const auto source = ByteSource::open(link, &error);
    QVERIFY(source);
    QCOMPARE(source->text(0, 6), std::string("linked"));
    QCOMPARE(source->change(), Change::Unchanged);
    write(path("other"), "linked");
    QCOMPARE(::unlink(link.c_str()), 0);
    QCOMPARE(::symlink(path("other").c_str(), link.c_str()), 0);
    QCOMPARE(source->change(), Change::Replaced);
}

void ByteSourceTest::noticesGrowth()
{
    for (const QByteArray& content : {QByteArray(), QByteArray("short"), QByteArray(10'000, 'x')}) {
        const auto source = opened(content);
        append(m_file, "more");
        QCOMPARE(source->change(), Change::Grown);
        QCOMPARE(source->size(), std::uint64_t(content.size()) + 4);
        QCOMPARE(source->text(std::uint64_t(content.size()), 10), std::string("more"));
    }
}

void ByteSourceTest::noticesTruncation()
{
    const auto source = opened(QByteArray(10'000, 'x'));
    QCOMPARE(::truncate(m_file.c_str(), 9'000), 0);
    QCOMPARE(source->change(), Change::Truncated);
    QCOMPARE(source->text(8'990, 100), std::string(10, 'x'));
    QCOMPARE(source->text(9'500, 100), std::string());
    QCOMPARE(::truncate(m_file.c_str(), 0), 0);
    QCOMPARE(source->change(), Change::Truncated);
}

void ByteSourceTest::noticesReplacement()
{
    const auto source = opened("old bytes");
    write(path("new"), "new bytes that are longer");
    QCOMPARE(::rename(path("new").c_str(), m_file.c_str()), 0);
    QCOMPARE(source->change(), Change::Replaced);
    QCOMPARE(source->text(0, 100), std::string("old bytes"));
}

void ByteSourceTest::noticesRewritingInPlace()
{
    const auto source = opened(QByteArray(10'000, 'x'));
    QFile file(QString::fromStdString(m_file));
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.seek(4'095));
    QCOMPARE(file.write("y"), qint64{1});
    file.close();
    QCOMPARE(source->size(), std::uint64_t{10'000}); // the same inode, the same size
    QCOMPARE(source->change(), Change::Replaced);
}

void ByteSourceTest::noticesTruncationThatGrewAgain()
{
    const auto source = opened("first connection");
    write(m_file, "second connection, and a longer one");
    QCOMPARE(source->change(), Change::Replaced);
}

void ByteSourceTest::keepsReadingADeletedFile()
{
    const auto source = opened("still here");
    QCOMPARE(::unlink(m_file.c_str()), 0);
    QCOMPARE(source->change(), Change::Vanished);
    QCOMPARE(source->text(0, 100), std::string("still here"));
}

void ByteSourceTest::spooledBytesCannotChange()
{
    QFile spool(QString::fromStdString(path("spool")));
    QVERIFY(spool.open(QIODevice::ReadWrite));
    QCOMPARE(spool.write("spooled"), qint64{7});
    QVERIFY(spool.flush());
    const auto source = ByteSource::adopt(::dup(spool.handle()), "trace.sqlog.gz");
    QVERIFY(spool.remove());
    QCOMPARE(source->path(), std::string("trace.sqlog.gz"));
    QCOMPARE(source->text(0, 100), std::string("spooled"));
    QCOMPARE(source->change(), Change::Unchanged);
}

QTEST_GUILESS_MAIN(ByteSourceTest)
#include "bytesourcetest.moc"
