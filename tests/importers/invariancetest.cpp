// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/sniff.h"
#include "tests/support/reading.h"
#include "tests/support/tracegen.h"

#include <QTest>

using namespace qlogscope;
using namespace qlogscope::testing;

/// The same bytes in any pieces give the same rows, facts and diagnostics; every byte is accounted for; both JSON libraries
/// read the same from a record.
class InvarianceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void realTraces_data();
    void realTraces();
    void fixtures_data();
    void fixtures();
    void generated_data();
    void generated();

private:
    static void check(const std::string& text, bool isSmall);
};

namespace {

constexpr std::size_t smallBytes = 40'000;

std::string fileText(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

} // namespace

void InvarianceTest::check(const std::string& text, bool isSmall)
{
    const FileFormat format = sniffFormat(std::string_view(text).substr(0, sniffBytes), text.size() <= sniffBytes).format;
    QVERIFY(format != FileFormat::Unknown);
    const Reading whole = readText(text, format, wholePieces());
    QCOMPARE(QString::fromStdString(ledgerProblem(text, whole.all)), QString());

    std::vector<std::pair<const char*, Pieces>> splits{{"random pieces up to 300 bytes", randomPieces(1, 300)},
                                                       {"random pieces up to 100,000 bytes", randomPieces(2, 100'000)},
                                                       {"4096-byte pieces", equalPieces(4096)}};
    if (isSmall)
        splits.emplace_back("single bytes", equalPieces(1));
    for (const auto& [name, pieces] : splits) {
        for (const bool flushEach : {false, true}) {
            const Reading split = readText(text, format, pieces, JsonPath::Fast, flushEach);
            const std::string different = difference(whole.all, split.all);
            QVERIFY2(different.empty(), (std::string(name) + (flushEach ? ", flushed: " : ": ") + different).c_str());
            QCOMPARE(QString::fromStdString(ledgerProblem(text, split.all)), QString());
            QCOMPARE(split.endsInside, whole.endsInside);
            QCOMPARE(split.format, whole.format);
        }
    }
    const Reading reference = readText(text, format, wholePieces(), JsonPath::Reference);
    const std::string different = difference(whole.all, reference.all);
    QVERIFY2(different.empty(), ("nlohmann/json reads differently: " + different).c_str());
}

void InvarianceTest::realTraces_data()
{
    QTest::addColumn<QString>("name");
    if (sharedTraces().isEmpty())
        QSKIP("the real traces are not beside the project (../shared/traces)");
    for (const QString& name : sharedTraceNames())
        QTest::newRow(qPrintable(name)) << name;
}

void InvarianceTest::realTraces()
{
    QFETCH(QString, name);
    const std::string text = textOf(sharedTraces() + QStringLiteral("/dev/") + name);
    if (sniffFormat(std::string_view(text).substr(0, sniffBytes), text.size() <= sniffBytes).format == FileFormat::Unknown)
        return; // the one trace that is empty, and the one that is no qlog: nothing to split
    check(text, text.size() < smallBytes);
}

void InvarianceTest::fixtures_data()
{
    QTest::addColumn<QString>("path");
    const QDir folder(QStringLiteral(QLOGSCOPE_TEST_DIR "/fixtures"));
    for (const QString& name : folder.entryList(QDir::Files))
        QTest::newRow(qPrintable(name)) << folder.filePath(name);
}

void InvarianceTest::fixtures()
{
    QFETCH(QString, path);
    check(fileText(path), true);
}

void InvarianceTest::generated_data()
{
    QTest::addColumn<int>("format");
    QTest::newRow("json-seq") << static_cast<int>(tracegen::Format::JsonSeq);
    QTest::newRow("contained") << static_cast<int>(tracegen::Format::Contained);
    QTest::newRow("draft-00") << static_cast<int>(tracegen::Format::Draft00);
}

void InvarianceTest::generated()
{
    QFETCH(int, format);
    tracegen::Options options;
    options.format = static_cast<tracegen::Format>(format);
    options.events = 40'000; // more than two blocks
    check(tracegen::generateText(options, tracegen::Vantage::Server), false);
}

QTEST_GUILESS_MAIN(InvarianceTest)
#include "invariancetest.moc"
