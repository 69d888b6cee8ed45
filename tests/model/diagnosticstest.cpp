// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/diagnostics.h"

#include <QTest>

#include <set>

using namespace qlogscope;

/// Diagnostics are counted without limit, listed up to one, and shown worst first.
class DiagnosticsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void startsWithoutAny();
    void listsAreCappedPerKindButCountsNever();
    void kindsAreOrderedWorstFirst();
    void everyKindHasItsOwnWord();
    void severitiesHaveTheWordsOfTheCommandLine();
};

namespace {

Diagnostic diagnosticOf(DiagnosticKind kind, std::size_t row = 0)
{
    return {kind, severityOf(kind), RowId(row), {row * 10, 10}, "detail"};
}

} // namespace

void DiagnosticsTest::startsWithoutAny()
{
    const Diagnostics diagnostics;
    QVERIFY(diagnostics.kinds().empty());
    QCOMPARE(diagnostics.total(), std::uint64_t{0});
    QCOMPARE(diagnostics.worst(), Severity::Info);
}

void DiagnosticsTest::listsAreCappedPerKindButCountsNever()
{
    Diagnostics diagnostics;
    constexpr std::size_t many = Diagnostics::listedPerKind + 500;
    for (std::size_t row = 0; row < many; ++row)
        diagnostics.add(diagnosticOf(DiagnosticKind::MalformedRecord, row));
    diagnostics.add(diagnosticOf(DiagnosticKind::MissingTime, many));

    QCOMPARE(diagnostics.count(DiagnosticKind::MalformedRecord), std::uint64_t{many});
    QCOMPARE(diagnostics.count(DiagnosticKind::MissingTime), std::uint64_t{1});
    QCOMPARE(diagnostics.count(DiagnosticKind::MissingName), std::uint64_t{0});
    QCOMPARE(diagnostics.total(), std::uint64_t{many + 1});
    const std::vector<Diagnostic>& listed = diagnostics.listed(DiagnosticKind::MalformedRecord);
    QCOMPARE(listed.size(), Diagnostics::listedPerKind);
    QCOMPARE(listed.front(), diagnosticOf(DiagnosticKind::MalformedRecord, 0));
    QCOMPARE(listed.back(), diagnosticOf(DiagnosticKind::MalformedRecord, Diagnostics::listedPerKind - 1));
    QCOMPARE(diagnostics.listed(DiagnosticKind::MissingTime).size(), std::size_t{1});

    diagnostics.clear();
    QCOMPARE(diagnostics.total(), std::uint64_t{0});
    QVERIFY(diagnostics.listed(DiagnosticKind::MalformedRecord).empty());
}

void DiagnosticsTest::kindsAreOrderedWorstFirst()
{
    Diagnostics diagnostics;
    diagnostics.add(diagnosticOf(DiagnosticKind::TimeBackwards));
    QCOMPARE(diagnostics.worst(), Severity::Info);
    diagnostics.add(diagnosticOf(DiagnosticKind::NoHeader));
    QCOMPARE(diagnostics.worst(), Severity::Notice);
    diagnostics.add(diagnosticOf(DiagnosticKind::RepairedRecord));
    diagnostics.add(diagnosticOf(DiagnosticKind::TruncatedFile));
    QCOMPARE(diagnostics.worst(), Severity::DataLoss);
    diagnostics.add(diagnosticOf(DiagnosticKind::ReadError));
    diagnostics.add(diagnosticOf(DiagnosticKind::NoHeader));
    QCOMPARE(diagnostics.worst(), Severity::Error);
    using enum DiagnosticKind;
    QCOMPARE(diagnostics.kinds(),
             (std::vector<DiagnosticKind>{ReadError, TruncatedFile, RepairedRecord, NoHeader, TimeBackwards}));
}

void DiagnosticsTest::everyKindHasItsOwnWord()
{
    std::set<std::string_view> words;
    for (int i = 0; i < diagnosticKindCount; ++i) {
        const std::string_view word = text(static_cast<DiagnosticKind>(i));
        QVERIFY(!word.empty());
        QVERIFY(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos);
        words.insert(word);
    }
    QCOMPARE(words.size(), std::size_t{diagnosticKindCount});
    QCOMPARE(text(DiagnosticKind::MalformedRecord), std::string_view("malformed-record"));
    QCOMPARE(text(DiagnosticKind::UnknownContent), std::string_view("unknown-content"));
}

void DiagnosticsTest::severitiesHaveTheWordsOfTheCommandLine()
{
    QCOMPARE(text(Severity::Info), std::string_view("info"));
    QCOMPARE(text(Severity::Notice), std::string_view("notice"));
    QCOMPARE(text(Severity::DataLoss), std::string_view("data-loss"));
    QCOMPARE(text(Severity::Error), std::string_view("error"));
}

QTEST_GUILESS_MAIN(DiagnosticsTest)
#include "diagnosticstest.moc"
