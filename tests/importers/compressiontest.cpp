// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/reading.h"

#include <QTest>

#include <zlib.h>
#include <zstd.h>

using namespace qlogscope;
using namespace qlogscope::testing;

/// gzip and zstd, whole, in several parts, cut short and damaged: what was written before the damage is read.
class CompressionTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whole_data();
    void whole();
    void cutAtFiftyPlaces_data();
    void cutAtFiftyPlaces();
    void damagedInTheMiddle_data();
    void damagedInTheMiddle();
    void severalParts_data();
    void severalParts();
    void otherBytesAfterTheData_data();
    void otherBytesAfterTheData();
    void cutInTheHeader();
    void otherFolderIfTheFirstIsNotWritable();
};

namespace {

constexpr std::size_t recordCount = 2'000;
constexpr std::size_t recordsPerFlush = 20;

std::string record(std::size_t i)
{
    return "\x1e{\"time\":" + std::to_string(i) + ".5,\"name\":\"loglevel:info\",\"data\":{\"message\":\"number "
        + std::to_string(i * 2'654'435'761U) + "\"}}\n";
}

std::string header()
{
    return "\x1e{\"qlog_version\":\"0.3\",\"qlog_format\":\"JSON-SEQ\",\"trace\":{\"vantage_point\":{\"type\":\"client\"},\"common_fields\":"
           "{\"time_format\":\"relative\"}}}\n";
}

/// Compressed as a logger writes it, flushed now and then.
struct Packed {
    std::string bytes;
    std::vector<std::pair<std::size_t, std::size_t>> flushes; ///< compressed bytes, and records that they hold
    [[nodiscard]] std::size_t recordsBefore(std::size_t cut) const
    {
        std::size_t records = 0;
        for (const auto& [end, count] : flushes)
            records = end <= cut ? count : records;
        return records;
    }
};

class Gzip
{
public:
    Gzip() { deflateInit2(&m_stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY); }
    ~Gzip() { deflateEnd(&m_stream); }
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;
    std::string put(std::string text, bool isLast)
    {
        std::string out(text.size() + 1'000, '\0');
        m_stream.next_in = reinterpret_cast<Bytef*>(text.data());
        m_stream.avail_in = static_cast<uInt>(text.size());
        m_stream.next_out = reinterpret_cast<Bytef*>(out.data());
        m_stream.avail_out = static_cast<uInt>(out.size());
        deflate(&m_stream, isLast ? Z_FINISH : Z_SYNC_FLUSH);
        out.resize(out.size() - m_stream.avail_out);
        return out;
    }

private:
    z_stream m_stream = {};
};

class Zstd
{
public:
    Zstd()
        : m_context(ZSTD_createCCtx())
    {
        ZSTD_CCtx_setParameter(m_context, ZSTD_c_checksumFlag, 1);
    }
    ~Zstd() { ZSTD_freeCCtx(m_context); }
    Zstd(const Zstd&) = delete;
    Zstd& operator=(const Zstd&) = delete;
    std::string put(std::string text, bool isLast)
    {
        std::string out(text.size() + 1'000, '\0');
        ZSTD_inBuffer input{text.data(), text.size(), 0};
        ZSTD_outBuffer output{out.data(), out.size(), 0};
        (void)ZSTD_compressStream2(m_context, &output, &input, isLast ? ZSTD_e_end : ZSTD_e_flush);
        out.resize(output.pos);
        return out;
    }

private:
    ZSTD_CCtx* m_context;
};

template <typename Packer> Packed packed(std::size_t first = 0, std::size_t last = recordCount)
{
    Packer packer;
    Packed result;
    std::string text = first == 0 ? header() : std::string();
    for (std::size_t i = first; i < last; ++i) {
        text += record(i);
        const bool isLast = i + 1 == last;
        if ((i + 1) % recordsPerFlush != 0 && !isLast)
            continue;
        result.bytes += packer.put(text, isLast);
        result.flushes.emplace_back(result.bytes.size(), i + 1);
        text.clear();
    }
    return result;
}

Packed packedAs(const QByteArray& format, std::size_t first = 0, std::size_t last = recordCount)
{
    return format == "gzip" ? packed<Gzip>(first, last) : packed<Zstd>(first, last);
}

std::size_t goodRows(const Document& document)
{
    std::size_t good = 0;
    for (std::size_t i = 0; i < document.events().size(); ++i)
        good += (document.events().flags(RowId(i)) & RowMalformed) == 0 ? 1 : 0;
    return good;
}

QByteArray spoolProblem(const Document& document)
{
    const auto& listed = document.diagnostics().listed(DiagnosticKind::TruncatedCompression);
    return listed.size() == 1 ? QByteArray::fromStdString(listed.front().detail) : QByteArray("not one diagnostic");
}

void formats()
{
    QTest::addColumn<QByteArray>("format");
    QTest::newRow("gzip") << QByteArray("gzip");
    QTest::newRow("zstd") << QByteArray("zstd");
}

} // namespace

void CompressionTest::whole_data() { formats(); }

void CompressionTest::whole()
{
    QFETCH(QByteArray, format);
    const QTemporaryDir folder;
    const auto document = openText(folder, packedAs(format).bytes);
    QCOMPARE(document->state(), Document::State::Complete);
    QCOMPARE(QByteArray(text(document->facts().compression)), format);
    QCOMPARE(goodRows(*document), recordCount);
    QCOMPARE(document->diagnostics().kinds().size(), std::size_t{0});
    QCOMPARE(document->recordText(RowId(std::size_t{7})), record(7).substr(1, record(7).size() - 2));
}

void CompressionTest::cutAtFiftyPlaces_data() { formats(); }

void CompressionTest::cutAtFiftyPlaces()
{
    QFETCH(QByteArray, format);
    const QTemporaryDir folder;
    const Packed whole = packedAs(format);
    std::size_t before = 0;
    for (std::size_t i = 1; i <= 50; ++i) {
        const std::size_t cut = i * whole.bytes.size() / 51;
        const auto document = openText(folder, std::string_view(whole.bytes).substr(0, cut));
        const std::size_t expected = whole.recordsBefore(cut);
        if (expected == 0 && document->state() == Document::State::Failed)
            continue;
        QCOMPARE(document->state(), Document::State::Complete);
        const std::size_t rows = goodRows(*document);
        QVERIFY2(rows >= expected, qPrintable(QStringLiteral("cut at %1: %2 of %3 records").arg(cut).arg(rows).arg(expected)));
        QVERIFY(rows >= before && rows < recordCount);
        for (const std::size_t row : {std::size_t{0}, rows / 2, rows - 1})
            QCOMPARE(document->recordText(RowId(row)), record(row).substr(1, record(row).size() - 2));
        const QByteArray where = " data ends early, at byte " + QByteArray::number(static_cast<qulonglong>(cut)) + ".";
        QVERIFY2(spoolProblem(*document).contains(QByteArray(format + where)), spoolProblem(*document).constData());
        before = rows;
    }
    QVERIFY(before > recordCount * 9 / 10);
}

void CompressionTest::damagedInTheMiddle_data() { formats(); }

void CompressionTest::damagedInTheMiddle()
{
    QFETCH(QByteArray, format);
    const QTemporaryDir folder;
    Packed whole = packedAs(format);
    const std::size_t place = whole.flushes[whole.flushes.size() / 2].first + 3;
    for (std::size_t i = 0; i < 40; ++i)
        whole.bytes[place + i] = static_cast<char>(0xff);
    const auto document = openText(folder, whole.bytes);
    QCOMPARE(document->state(), Document::State::Complete);
    QVERIFY(goodRows(*document) >= whole.recordsBefore(place));
    QVERIFY2(spoolProblem(*document).contains(QByteArray(format + " data is damaged at byte ")), spoolProblem(*document).constData());
}

void CompressionTest::severalParts_data() { formats(); }

void CompressionTest::severalParts()
{
    QFETCH(QByteArray, format);
    const QTemporaryDir folder;
    std::string bytes = packedAs(format, 0, 10).bytes + packedAs(format, 10, 900).bytes;
    if (format == "zstd")
        bytes += std::string("\x50\x2a\x4d\x18\x03\0\0\0abc", 11); // a frame to be skipped
    bytes += packedAs(format, 900, 1'000).bytes;
    const auto document = openText(folder, bytes);
    QCOMPARE(goodRows(*document), std::size_t{1'000});
    QCOMPARE(document->diagnostics().kinds().size(), std::size_t{0});
}

void CompressionTest::otherBytesAfterTheData_data() { formats(); }

void CompressionTest::otherBytesAfterTheData()
{
    QFETCH(QByteArray, format);
    const QTemporaryDir folder;
    const Packed whole = packedAs(format);
    const auto document = openText(folder, whole.bytes + "these are no compressed bytes");
    QCOMPARE(goodRows(*document), recordCount);
    const QByteArray where = " data is followed by other bytes, at byte " + QByteArray::number(static_cast<qulonglong>(whole.bytes.size()));
    QVERIFY2(spoolProblem(*document).contains(QByteArray(format + where)), spoolProblem(*document).constData());
}

void CompressionTest::cutInTheHeader()
{
    const QTemporaryDir folder;
    const auto gzip = openText(folder, packed<Gzip>().bytes.substr(0, 5));
    QCOMPARE(gzip->state(), Document::State::Failed);
    QCOMPARE(gzip->failure(), std::string("the gzip data ends early, at byte 5"));
    const auto zstd = openText(folder, packed<Zstd>().bytes.substr(0, 5));
    QCOMPARE(zstd->state(), Document::State::Failed);
    QCOMPARE(zstd->failure(), std::string("the zstd data ends early, at byte 5"));
}

void CompressionTest::otherFolderIfTheFirstIsNotWritable()
{
    const QTemporaryDir folder;
    const QByteArray before = qgetenv("TMPDIR");
    qputenv("TMPDIR", "/nowhere/at/all");
    const auto document = openText(folder, packed<Gzip>().bytes);
    before.isEmpty() ? qunsetenv("TMPDIR") : qputenv("TMPDIR", before);
    QCOMPARE(goodRows(*document), recordCount);
}

QTEST_GUILESS_MAIN(CompressionTest)
#include "compressiontest.moc"
