// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/loader.h"
#include "model/statistics.h"
#include "tests/support/reading.h"
#include "tests/support/tracegen.h"

#include <QTest>

#include <sys/stat.h>
#include <zlib.h>

using namespace qlogscope;
using namespace qlogscope::testing;

/// Reading a file on a thread of its own.
class LoaderTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sameDocumentAsOnOneThread();
    void openedComesBeforeTheFirstBatch();
    void progressReachesTheSize();
    void atMostTwoBatchesWithoutRelease();
    void cancelInTheMiddle();
    void cancelBeforeStart();
    void destroyedInTheMiddle();
    void failures_data();
    void failures();
    void gzip();
    void gzipMembersAreOneText();
    void cutGzipGivesEveryRecordBeforeTheCut();
    void cutGzipOfManyTimesItsSize();
    void damagedGzip();
    void damagedZstd();
    void restartsWhereTheWholeTellsMore();
};

namespace {

constexpr int waitMs = 60'000;

/// Listens to a loader on this thread. QSignalSpy would be called on the loader's.
class Listener : public QObject
{
public:
    explicit Listener(Loader* loader, bool releases = true)
    {
        connect(loader, &Loader::opened, this, [this](const ReadResult& soFar) {
            openedFormat = soFar.facts.format;
            openedAfterBatches = batches;
        });
        connect(loader, &Loader::batchReady, this, [=, this](const std::shared_ptr<const EventBatch>& batch) {
            ++batches;
            mostUnreleased = std::max(mostUnreleased, batches - released);
            appendBatch(&all, *batch);
            if (releases)
                release(loader);
        });
        connect(loader, &Loader::progressed, this, [this](quint64 bytes, quint64 size) {
            progress = bytes;
            sizeOfProgress = size;
        });
        connect(loader, &Loader::finished, this, [this](const ReadResult& end) {
            result = end;
            ++finished;
        });
    }
    void release(Loader* loader)
    {
        ++released;
        loader->release();
    }

    EventBatch all;
    ReadResult result;
    FileFormat openedFormat = FileFormat::Unknown;
    int openedAfterBatches = -1;
    int batches = 0;
    int released = 0;
    int mostUnreleased = 0;
    int finished = 0;
    quint64 progress = 0;
    quint64 sizeOfProgress = 0;
};

QByteArray simpleLog(int events)
{
    QByteArray text = "{\"qlog_version\":\"0.3\",\"trace\":{\"common_fields\":{\"time_format\":\"relative\"}}}\n";
    for (int i = 0; i < events; ++i)
        text += "{\"time\":" + QByteArray::number(i) + ",\"name\":\"a:b\",\"data\":{\"x\":" + QByteArray::number(i * 7919 % 1000) + "}}\n";
    return text;
}

std::string written(const QTemporaryDir& folder, const QByteArray& content)
{
    QFile file(folder.filePath(QStringLiteral("trace")));
    return file.open(QIODevice::WriteOnly) && file.write(content) == content.size() ? file.fileName().toStdString() : std::string();
}

QByteArray gzipped(const QByteArray& text)
{
    z_stream stream = {};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return {};
    QByteArray compressed(static_cast<qsizetype>(deflateBound(&stream, static_cast<uLong>(text.size()))), '\0');
    QByteArray input = text;
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
    stream.avail_out = static_cast<uInt>(compressed.size());
    const bool isDone = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    compressed.truncate(static_cast<qsizetype>(stream.total_out));
    deflateEnd(&stream);
    return isDone ? compressed : QByteArray();
}

/// What can be unpacked of the beginning of a gzip file, in one piece.
QByteArray gunzippedPart(QByteArray compressed, qsizetype most)
{
    z_stream stream = {};
    QByteArray text(most, '\0');
    inflateInit2(&stream, 15 + 16);
    stream.next_in = reinterpret_cast<Bytef*>(compressed.data());
    stream.avail_in = static_cast<uInt>(compressed.size());
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = static_cast<uInt>(text.size());
    inflate(&stream, Z_SYNC_FLUSH);
    text.truncate(static_cast<qsizetype>(stream.total_out));
    inflateEnd(&stream);
    return text;
}

struct ReadFile {
    EventBatch all;
    ReadResult result;
};

/// The same on this thread.
ReadFile readHere(const std::string& path)
{
    ReadFile read;
    TraceReader::Callbacks callbacks;
    callbacks.opened = [](const ReadResult&) {};
    callbacks.batch = [&](EventBatch&& batch) { appendBatch(&read.all, batch); };
    callbacks.progress = [](std::uint64_t, std::uint64_t) {};
    read.result = TraceReader::read(path, callbacks);
    return read;
}

bool has(const EventBatch& batch, DiagnosticKind kind)
{
    return std::any_of(batch.diagnostics.begin(), batch.diagnostics.end(), [=](const Diagnostic& each) { return each.kind == kind; });
}

QString string(const std::string& text) { return QString::fromStdString(text); }

} // namespace

void LoaderTest::sameDocumentAsOnOneThread()
{
    tracegen::Options options;
    options.events = 60'000;
    const std::string text = tracegen::generateText(options, tracegen::Vantage::Server);
    const QTemporaryDir folder;
    const std::unique_ptr<Document> expected = openText(folder, text);

    Document document(expected->facts().path);
    Loader loader(expected->facts().path);
    connect(&loader, &Loader::batchReady, &document, [&](const std::shared_ptr<const EventBatch>& batch) {
        document.append(*batch);
        loader.release();
    });
    const Listener listener(&loader, false);
    loader.start();
    QTRY_COMPARE_WITH_TIMEOUT(listener.finished, 1, waitMs);
    QVERIFY(listener.batches > 2);
    QVERIFY(listener.result.failure.empty() && !listener.result.isCancelled);
    QCOMPARE(string(difference(readText(text, FileFormat::JsonSeq, wholePieces()).all, listener.all)), QString());

    QCOMPARE(document.events().size(), expected->events().size());
    QCOMPARE(document.traceCount(), expected->traceCount());
    for (std::size_t i = 0; i < document.events().size(); ++i) {
        const RowId row(i);
        QCOMPARE(document.events().offset(row), expected->events().offset(row));
        QCOMPARE(document.events().timeNs(row), expected->events().timeNs(row));
        QCOMPARE(document.events().name(row), expected->events().name(row));
    }
    const TraceFigures figures = figuresOf(document, TraceId(std::size_t{0}));
    const TraceFigures expectedFigures = figuresOf(*expected, TraceId(std::size_t{0}));
    QCOMPARE(figures.packetsAcked, expectedFigures.packetsAcked);
    QCOMPARE(figures.packetsLost, expectedFigures.packetsLost);
    QCOMPARE(figures.sent.bytes, expectedFigures.sent.bytes);
    QVERIFY(figures.eventCounts == expectedFigures.eventCounts);
    QVERIFY(figures.packetsAcked > 0);
}

void LoaderTest::openedComesBeforeTheFirstBatch()
{
    const QTemporaryDir folder;
    Loader loader(written(folder, simpleLog(10)));
    const Listener listener(&loader);
    loader.start();
    QTRY_COMPARE_WITH_TIMEOUT(listener.finished, 1, waitMs);
    QCOMPARE(listener.openedFormat, FileFormat::Ndjson);
    QCOMPARE(listener.openedAfterBatches, 0);
    QCOMPARE(listener.all.rows.size(), std::size_t{10});
    QVERIFY(listener.result.source != nullptr);
}

void LoaderTest::progressReachesTheSize()
{
    const QByteArray text = simpleLog(100'000);
    for (const QByteArray& content : {text, gzipped(text)}) {
        const QTemporaryDir folder;
        Loader loader(written(folder, content));
        const Listener listener(&loader);
        loader.start();
        QTRY_COMPARE_WITH_TIMEOUT(listener.finished, 1, waitMs);
        QCOMPARE(listener.sizeOfProgress, static_cast<quint64>(content.size()));
        QVERIFY(listener.progress <= listener.sizeOfProgress);
        QVERIFY(listener.progress + 1 >= listener.sizeOfProgress); // halves are rounded
        QCOMPARE(listener.result.facts.bytes, static_cast<std::uint64_t>(text.size()));
    }
}

void LoaderTest::atMostTwoBatchesWithoutRelease()
{
    const QTemporaryDir folder;
    Loader loader(written(folder, simpleLog(10 * static_cast<int>(BlockBuilder::recordsPerBlock))));
    Listener listener(&loader, false);
    loader.start();
    for (int expected = 2; listener.finished == 0; ++expected) {
        QTRY_VERIFY_WITH_TIMEOUT(listener.batches == expected || listener.finished == 1, waitMs);
        listener.release(&loader);
    }
    QVERIFY(listener.batches >= 10);
    QCOMPARE(listener.mostUnreleased, 2);
    QCOMPARE(listener.all.rows.size(), 10 * BlockBuilder::recordsPerBlock);
}

void LoaderTest::cancelInTheMiddle()
{
    const QTemporaryDir folder;
    Loader loader(written(folder, simpleLog(10 * static_cast<int>(BlockBuilder::recordsPerBlock))));
    const Listener listener(&loader, false);
    loader.start();
    QTRY_COMPARE_WITH_TIMEOUT(listener.batches, 2, waitMs);
    loader.cancel();
    QTRY_COMPARE_WITH_TIMEOUT(listener.finished, 1, waitMs);
    QVERIFY(listener.result.isCancelled);
    QVERIFY(listener.result.failure.empty());
    QCOMPARE(listener.batches, 2); // what came stays; nothing comes after
    QCOMPARE(listener.all.rows.size(), 2 * BlockBuilder::recordsPerBlock);
}

void LoaderTest::cancelBeforeStart()
{
    const QTemporaryDir folder;
    Loader loader(written(folder, simpleLog(10)));
    const Listener listener(&loader);
    loader.cancel(); // there is nothing to cancel yet
    loader.start();
    QTRY_COMPARE_WITH_TIMEOUT(listener.finished, 1, waitMs);
    QVERIFY(!listener.result.isCancelled);
    QCOMPARE(listener.all.rows.size(), std::size_t{10});
}

void LoaderTest::destroyedInTheMiddle()
{
    const QTemporaryDir folder;
    const std::string path = written(folder, simpleLog(10 * static_cast<int>(BlockBuilder::recordsPerBlock)));
    auto loader = std::make_unique<Loader>(path);
    const Listener listener(loader.get(), false);
    loader->start();
    QTRY_COMPARE_WITH_TIMEOUT(listener.batches, 2, waitMs);
    loader.reset(); // waits for its thread, which waits for a credit
    QCoreApplication::processEvents();
    QCOMPARE(listener.batches, 2);
}

void LoaderTest::failures_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("missing") << QStringLiteral("missing") << QStringLiteral("No such file or directory");
    QTest::newRow("directory") << QStringLiteral("directory") << QStringLiteral("is a directory, not a file");
    QTest::newRow("FIFO") << QStringLiteral("fifo") << QStringLiteral("is not a regular file");
    QTest::newRow("empty") << QStringLiteral("empty") << QStringLiteral("is empty");
    QTest::newRow("words") << QStringLiteral("words") << QStringLiteral("is no qlog: it does not begin like JSON or JSON-SEQ");
    QTest::newRow("empty gzip") << QStringLiteral("gzip") << QStringLiteral("is empty after decompression");
}

void LoaderTest::failures()
{
    QFETCH(QString, what);
    QFETCH(QString, sentence);
    const QTemporaryDir folder;
    std::string path = folder.filePath(what).toStdString();
    if (what == QStringLiteral("directory"))
        QVERIFY(QDir().mkdir(folder.filePath(what)));
    else if (what == QStringLiteral("fifo"))
        QCOMPARE(::mkfifo(path.c_str(), 0600), 0);
    else if (what != QStringLiteral("missing"))
        path = written(folder, what == QStringLiteral("words") ? QByteArray("hello") : what == QStringLiteral("gzip") ? gzipped({}) : QByteArray());
    Loader loader(path);
    const Listener listener(&loader);
    loader.start();
    QTRY_COMPARE_WITH_TIMEOUT(listener.finished, 1, waitMs);
    QCOMPARE(string(listener.result.failure), sentence);
    QCOMPARE(listener.batches, 0);
    QCOMPARE(listener.openedAfterBatches, -1);
}

void LoaderTest::gzip()
{
    const QByteArray text = simpleLog(20'000);
    const QTemporaryDir folder;
    Loader loader(written(folder, gzipped(text)));
    const Listener listener(&loader);
    loader.start();
    QTRY_COMPARE_WITH_TIMEOUT(listener.finished, 1, waitMs);
    QCOMPARE(listener.result.facts.compression, Compression::Gzip);
    QCOMPARE(listener.result.facts.bytes, static_cast<std::uint64_t>(text.size()));
    QCOMPARE(string(difference(readText(text.toStdString(), FileFormat::Ndjson, wholePieces()).all, listener.all)), QString());
    const EventRow& last = listener.all.rows.back();
    QCOMPARE(listener.result.source->text(last.offset, last.length), text.toStdString().substr(last.offset, last.length));
}

void LoaderTest::gzipMembersAreOneText()
{
    const QByteArray text = simpleLog(100);
    const QByteArray members = gzipped(text.left(777)) + gzipped({}) + gzipped(text.mid(777));
    const QTemporaryDir folder;
    const ReadFile read = readHere(written(folder, members));
    QCOMPARE(read.all.rows.size(), std::size_t{100});
    QVERIFY(read.all.diagnostics.empty());
}

void LoaderTest::cutGzipGivesEveryRecordBeforeTheCut()
{
    const QByteArray text = simpleLog(3'000);
    const QByteArray compressed = gzipped(text);
    for (int i = 0; i < 50; ++i) {
        const QByteArray cut = compressed.left(1 + (compressed.size() - 2) * i / 49);
        const QByteArray before = gunzippedPart(cut, text.size());
        const QTemporaryDir folder;
        const ReadFile read = readHere(written(folder, cut));
        const qsizetype completeLines = before.count('\n');
        const auto good = std::count_if(read.all.rows.begin(), read.all.rows.end(), [](const EventRow& row) { return row.flags == 0; });
        if (completeLines < 2) { // nothing but a part of the header
            QVERIFY(good == 0 && (completeLines == 1 || !read.result.failure.empty()));
            continue;
        }
        QVERIFY(good == completeLines - 1 || (before.endsWith('}') && good == completeLines)); // the last may lack its line feed only
        QVERIFY(read.result.failure.empty());
        QVERIFY(has(read.all, DiagnosticKind::TruncatedCompression));
        QCOMPARE(read.result.facts.bytes, static_cast<std::uint64_t>(before.size()));
    }
}

void LoaderTest::cutGzipOfManyTimesItsSize()
{
    // a byte of the file is kilobytes of text: what the decompressor still holds when its input ends must come out, too
    // (it unpacks into 256 KiB at a time)
    constexpr qsizetype bufferBytes = 256 * 1024;
    const QByteArray text = simpleLog(1) + QByteArray(4 * bufferBytes, ' ');
    const QByteArray compressed = gzipped(text);
    int tried = 0;
    for (qsizetype size = 100; size < compressed.size(); ++size) {
        const QByteArray cut = compressed.left(size);
        const qsizetype unpacked = gunzippedPart(cut, text.size()).size();
        if (unpacked < bufferBytes || unpacked % bufferBytes > 8'000)
            continue;
        ++tried;
        const QTemporaryDir folder;
        QCOMPARE(readHere(written(folder, cut)).result.facts.bytes, static_cast<std::uint64_t>(unpacked));
    }
    QVERIFY(tried > 3);
}

void LoaderTest::damagedGzip()
{
    QByteArray compressed = gzipped(simpleLog(3'000));
    for (qsizetype i = compressed.size() / 2; i < compressed.size() / 2 + 100; ++i)
        compressed[i] = '\xff';
    const QTemporaryDir folder;
    const ReadFile read = readHere(written(folder, compressed));
    QVERIFY(read.result.failure.empty());
    QVERIFY(read.all.rows.size() > 100);
    QVERIFY(has(read.all, DiagnosticKind::TruncatedCompression));
}

void LoaderTest::damagedZstd()
{
    const QTemporaryDir folder;
    Loader loader(written(folder, QByteArray("\x28\xb5\x2f\xfd\x04\x00\x01\x02", 8)));
    const Listener listener(&loader);
    loader.start();
    QTRY_COMPARE_WITH_TIMEOUT(listener.finished, 1, waitMs);
    QCOMPARE(listener.result.facts.compression, Compression::Zstd);
    QVERIFY2(string(listener.result.failure).contains(QStringLiteral("zstd")), listener.result.failure.c_str());
    QCOMPARE(listener.batches, 0);
}

/// Members after the events, and then two group ids: the last reading is all that is left, and it is as if all had been known.
void LoaderTest::restartsWhereTheWholeTellsMore()
{
    QByteArray events;
    for (int i = 0; i < 40'000; ++i)
        events += QByteArray(i == 0 ? "" : ",") + "[\"transport\"," + QByteArray::number(i * 10) + ",\"" + (i % 3 == 0 ? "aa" : "bb")
            + "\",{\"packet_type\":\"1RTT\",\"header\":{\"packet_number\":" + QByteArray::number(i / 3) + "}},\"packet_sent\"]";
    const QByteArray members = "\"event_fields\":[\"category\",\"relative_time\",\"group_id\",\"data\",\"event\"],"
                               "\"configuration\":{\"time_units\":\"us\"}";
    const QTemporaryDir folder;
    const auto readThrough = [&](const QByteArray& trace, int* restarts) {
        Loader loader(written(folder, "{\"qlog_version\":\"draft-01\",\"traces\":[{" + trace + "}]}"));
        QObject context;
        EventBatch all;
        bool isFinished = false;
        QObject::connect(&loader, &Loader::batchReady, &context, [&](const std::shared_ptr<const EventBatch>& batch) {
            *restarts += batch->restart ? 1 : 0;
            appendBatch(&all, *batch);
            loader.release();
        });
        QObject::connect(&loader, &Loader::finished, &context, [&] { isFinished = true; });
        loader.start();
        [&] { QTRY_VERIFY_WITH_TIMEOUT(isFinished, waitMs); }();
        return all;
    };
    int restarts = 0;
    const EventBatch late = readThrough("\"events\":[" + events + "]," + members, &restarts);
    QCOMPARE(restarts, 2);
    restarts = 0;
    const EventBatch early = readThrough(members + ",\"events\":[" + events + "]", &restarts);
    QCOMPARE(restarts, 1);
    QCOMPARE(late.rows.size(), std::size_t{40'000});
    QCOMPARE(late.traces.size(), std::size_t{2});
    QCOMPARE(late.traces.front().header.groupId, std::string("aa"));
    QCOMPARE(late.rows.back().timeNs, std::int64_t{399'990'000});
    for (std::size_t i = 0; i < late.rows.size(); ++i) {
        QCOMPARE(late.rows[i].timeNs, early.rows[i].timeNs);
        QCOMPARE(late.rows[i].trace.value, std::uint32_t{i % 3 == 0 ? 0U : 1U});
    }
    QVERIFY(late.packets == early.packets);
    QVERIFY(late.diagnostics.empty());
}

QTEST_GUILESS_MAIN(LoaderTest)
#include "loadertest.moc"
