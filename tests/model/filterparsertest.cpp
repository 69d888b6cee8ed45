// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/eventfilter.h"

#include <QTest>

using namespace qlogscope;

/// What a filter text is read as, and where it is wrong. Which rows a filter selects: filtertest.
class FilterParserTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void errors_data()
    {
        QTest::addColumn<QString>("marked"); // under the text: carets
        QTest::addColumn<QString>("sentence"); // a part of it
        const auto add = [](const char* filter, const char* marked, const char* sentence) {
            QTest::newRow(filter) << QString::fromLatin1(marked) << QString::fromLatin1(sentence);
        };
        add("ack", "^^^", "'ack' is no term");
        add("pn=1 ack", "     ^^^", "'ack' is no term");
        add("pn", "^^", "'pn' needs a comparison without blanks, as in pn=100..200.");
        add("pn = 5", "^^", "without blanks");
        add("-", "^", "A type is missing after the sign");
        add("-pn", " ^^", "needs a comparison");
        add(":name", "^^^^^", "The category is missing");
        add("transport:", "^^^^^^^^^^", "The name is missing");
        add("transport:packet_*", "                 ^", "* stands for a whole name");
        add("*port:packet_sent", "^", "* stands for a whole category");
        add("!transport:packet_sent", "^^^^^^^^^^^^^^^^^^^^^^", "left out by '-'");
        add("!", "^", "'!' negates");
        add("! pn=5", "^", "'!' negates");
        add("pn!5", "  ^", "'!' stands before a term, or in !=");
        add("foo=1", "^^^", "There is no property 'foo'; there are pn, stream,");
        add("=1", "^^", "is missing");
        add("pn=", "^^^", "A value is missing after 'pn='.");
        add("pn=1,", "    ^", "A value is missing beside the comma");
        add("pn=,1", "   ^", "A value is missing beside the comma");
        add("pn=1,,2", "     ^", "A value is missing beside the comma");
        add("pn=x", "   ^", "'x' is no number.");
        add("pn=1,2x,3", "     ^^", "'2x' is no number; k stands for 1000");
        add("pn=-1", "   ^^", "not negative");
        add("pn=1.5", "   ^^^", "'1.5' is no whole number.");
        add("pn=1.", "   ^^", "digits are missing");
        add("size=1.2345k", "     ^^^^^^^", "no whole number");
        add("pn=18446744073709551616", "   ^^^^^^^^^^^^^^^^^^^^", "too large");
        add("pn=99999999999999999999k", "   ^^^^^^^^^^^^^^^^^^^^^", "too large");
        add("pn=1..", "   ^^^", "A range has two ends");
        add("pn=..5", "   ^^^", "A range has two ends");
        add("pn=5..1", "   ^^^^", "ends before it begins");
        add("pn=1..2..3", "      ^^^^", "is no number");
        add("pn<1..2", "    ^^^", "Ranges go with = and != only.");
        add("pn<1,2", "    ^^", "Alternatives go with = and != only.");
        add("pn==1", "   ^^", "is no number");
        add("frame<ack", "     ^", "'frame' is compared with = and != only.");
        add("frame=foo", "      ^^^", "'foo' is no value of 'frame'.");
        add("frame=ack,foo", "          ^^^", "'foo' is no value of 'frame'.");
        add("type=short-ish", "     ^^^^^^^^^", "is no value of 'type'; there are initial, handshake, 0rtt,");
        add("space=2", "      ^", "there are initial, handshake, application.");
        add("dir=up", "    ^^", "there are sent, received.");
        add("lost=maybe", "     ^^^^^", "there are true, false.");
        add("lost>true", "    ^", "with = and != only");
        add("trigger>x", "       ^", "with = and != only");
        add("time=5m", "     ^^", "'5m' is no time; the units are us, ms and s.");
        add("time=1s..", "     ^^^^", "A range has two ends");
        add("time=2s..1s", "     ^^^^^^", "ends before it begins");
        add("time=2s..2s", "     ^^^^^^", "its end is not part of it");
        add("time=9999999999s", "     ^^^^^^^^^^^", "too large");
        add("time=0..2026-01-01T00:00:00Z", "     ^^^^^^^^^^^^^^^^^^^^^^^", "Both ends");
        add("\"abc", "^^^^", "The closing quote is missing.");
        add("\"abc\\\"", "^^^^^^", "The closing quote is missing.");
        add("pn=5 !\"abc", "     ^^^^^", "The closing quote is missing.");
        add("\"\"", "^^", "The text is empty.");
        add("\"a\"b", "   ^", "comes a blank");
        add("trigger=\"a b\"", "        ^^", "a term of its own");
        add("\xc3\xa4 pn=", "^", "is no term"); // columns are code points
    }
    void errors()
    {
        QFETCH(QString, marked);
        QFETCH(QString, sentence);
        const ParsedFilter parsed = parseFilter(QTest::currentDataTag());
        QVERIFY(parsed.error.has_value());
        QVERIFY(parsed.filter.isEmpty());
        const QString said = QString::fromStdString(parsed.error->sentence);
        QVERIFY2(said.contains(sentence), qPrintable(said));
        QVERIFY2(said.endsWith(QLatin1Char('.')), qPrintable(said));
        const QStringList lines = QString::fromStdString(caretLines(QTest::currentDataTag(), *parsed.error)).split(QLatin1Char('\n'));
        QCOMPARE(lines.size(), 2);
        QCOMPARE(lines[0], QString::fromUtf8(QTest::currentDataTag()));
        QCOMPARE(lines[1], marked);
    }

    void everyExampleParses()
    {
        for (const FilterKeyInfo& info : filterKeys()) {
            const ParsedFilter parsed = parseFilter(info.example);
            QVERIFY2(!parsed.error, info.example.data());
            QCOMPARE(parsed.filter.predicates.size(), std::size_t{1});
            QCOMPARE(parsed.filter.predicates.front().key, info.key);
            for (const std::string_view word : filterWords(info.key)) {
                const std::string text = std::string(info.name) + '=' + std::string(word);
                QVERIFY2(!parseFilter(text).error, text.c_str());
            }
        }
    }

    void readsNumbersAndTimes()
    {
        const Filter filter = parseFilter("pn=1.5k,2M..3M size<=10 time=-1.5s..0.25us").filter;
        QCOMPARE(filter.predicates.size(), std::size_t{3});
        const std::vector<FilterInterval<std::uint64_t>> numbers{{1'500, 1'500}, {2'000'000, 3'000'000}};
        QVERIFY(filter.predicates[0].numbers == numbers);
        QCOMPARE(filter.predicates[1].numbers.front().last, std::uint64_t{10});
        QCOMPARE(filter.predicates[2].times.front().ns.first, std::int64_t{-1'500'000'000});
        QCOMPARE(filter.predicates[2].times.front().ns.last, std::int64_t{249}); // the end is not part of it
    }

    void readsTexts()
    {
        const Filter filter = parseFilter("\"a \\\"b\\\" \\\\ \\n\" !\"c\"").filter;
        QCOMPARE(filter.texts.size(), std::size_t{2});
        QCOMPARE(filter.texts[0].bytes, std::string("a \"b\" \\ \\n"));
        QVERIFY(!filter.texts[0].isNegated);
        QVERIFY(filter.texts[1].isNegated);
    }

    void knowsWhatLooksAhead()
    {
        QVERIFY(parseFilter("lost=true").filter.looksAhead());
        QVERIFY(parseFilter("pn=1 acked=false").filter.looksAhead());
        QVERIFY(!parseFilter("pn=1 -transport:*").filter.looksAhead());
    }
};

QTEST_APPLESS_MAIN(FilterParserTest)
#include "filterparsertest.moc"
