// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/jsonscanner.h"

#include <QTest>

#include <random>
#include <string>

using namespace qlogscope;
using Result = JsonScanner::Result;

/// The 64-bytes-at-a-time scanner against one that looks at one character after the other.
class ScannerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void agreesWithReference_data();
    void agreesWithReference();
    void resumesAtEverySplit();
    void escapesAtBlockBorders();
    void lineFeedInStringIsDamage();
    void wrongBracketIsDamage();
    void deepBracketsAreCounted();
    void scannedBytesMayBeDiscarded();
    void resetForgetsEverything();
};

namespace {

struct Answer {
    Result result = Result::NeedMore;
    std::size_t position = 0;
    bool operator==(const Answer&) const = default;
};

constexpr std::size_t checkedDepth = 1024;

Answer reference(const std::string& text)
{
    std::string open;
    bool inString = false;
    bool afterBackslash = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool isEscaped = afterBackslash;
        afterBackslash = c == '\\' && !isEscaped;
        if (c == '"' && !isEscaped)
            inString = !inString;
        else if (inString && c == '\n')
            return {Result::Damaged, i};
        else if (!inString && (c == '{' || c == '['))
            open += c;
        else if (!inString && (c == '}' || c == ']')) {
            const char expected = open.back() == '{' ? '}' : ']';
            open.pop_back();
            if (c != expected && open.size() < checkedDepth)
                return {Result::Damaged, i};
            if (open.empty())
                return {Result::End, i + 1};
        }
    }
    return {};
}

Answer scanned(JsonScanner* scanner, const std::string& text)
{
    const Result result = scanner->scan(text);
    return {result, result == Result::NeedMore ? 0 : scanner->position()};
}

Answer scanned(const std::string& text)
{
    JsonScanner scanner;
    scanner.reset();
    return scanned(&scanner, text);
}

class RandomText
{
public:
    explicit RandomText(unsigned seed)
        : m_random(seed)
    {
    }

    /// Brackets and strings that mostly match, with something behind them.
    std::string next()
    {
        const std::size_t length = 20 + m_random() % 400;
        std::string text;
        std::string closers;
        open(&text, &closers);
        while (!closers.empty() && text.size() < length) {
            switch (m_random() % 8) {
            case 0:
            case 1:
                open(&text, &closers);
                break;
            case 2:
                text += chance(40) ? "]}"[m_random() % 2] : closers.back();
                closers.pop_back();
                break;
            case 3:
            case 4:
                addString(&text);
                break;
            default:
                text += ", :1\n"[m_random() % 5];
            }
        }
        if (chance(2))
            text.append(closers.rbegin(), closers.rend());
        return text + ",\"}";
    }

private:
    bool chance(unsigned oneIn) { return m_random() % oneIn == 0; }
    void open(std::string* text, std::string* closers)
    {
        const bool isObject = chance(2);
        *text += isObject ? '{' : '[';
        *closers += isObject ? '}' : ']';
    }
    void addString(std::string* text)
    {
        *text += '"';
        for (auto i = m_random() % 40; i > 0; --i) {
            switch (m_random() % 6) {
            case 0:
                *text += "\\\"";
                break;
            case 1:
                *text += "\\\\";
                break;
            case 2:
                *text += "{}[]"[m_random() % 4];
                break;
            default:
                *text += chance(300) ? '\n' : 'x';
            }
        }
        *text += '"';
    }

    std::mt19937 m_random;
};

} // namespace

void ScannerTest::agreesWithReference_data()
{
    QTest::addColumn<unsigned>("seed");
    for (unsigned seed = 1; seed <= 20; ++seed)
        QTest::addRow("seed %u", seed) << seed;
}

void ScannerTest::agreesWithReference()
{
    QFETCH(unsigned, seed);
    RandomText texts(seed);
    int counts[3] = {};
    for (int i = 0; i < 2'000; ++i) {
        const std::string text = texts.next();
        const Answer answer = reference(text);
        ++counts[static_cast<int>(answer.result)];
        QVERIFY2(scanned(text) == answer, text.c_str());
    }
    for (const int count : counts) // the texts are of all kinds
        QVERIFY(count > 50);
}

void ScannerTest::resumesAtEverySplit()
{
    RandomText texts(99);
    for (int i = 0; i < 200; ++i) {
        const std::string text = texts.next();
        const Answer answer = reference(text);
        JsonScanner byteByByte;
        byteByByte.reset();
        Answer grown;
        for (std::size_t split = 0; split <= text.size(); ++split) {
            JsonScanner scanner;
            scanner.reset();
            Answer resumed = scanned(&scanner, text.substr(0, split));
            if (resumed.result == Result::NeedMore)
                resumed = scanned(&scanner, text);
            QVERIFY2(resumed == answer, text.c_str());
            if (grown.result == Result::NeedMore)
                grown = scanned(&byteByByte, text.substr(0, split));
        }
        QVERIFY2(grown == answer, text.c_str());
    }
}

void ScannerTest::escapesAtBlockBorders()
{
    for (std::size_t padding = 0; padding < 140; ++padding) {
        const std::string x(padding, 'x');
        for (const std::string& inside : {x + "\\\"}", x + "\\\\\\\"]", x + "\\\\", "\\\"" + x + "{", std::string(padding, '\\') + std::string(padding, '\\')}) {
            const std::string text = "{\"a\":\"" + inside + "\"}";
            QCOMPARE(scanned(text).result, Result::End);
            QCOMPARE(scanned(text).position, text.size());
        }
    }
}

void ScannerTest::lineFeedInStringIsDamage()
{
    for (std::size_t padding = 0; padding < 140; ++padding) {
        const std::string text = "{\"" + std::string(padding, 'x') + "\n\":1}";
        QVERIFY(scanned(text) == (Answer{Result::Damaged, 2 + padding}));
    }
    QCOMPARE(scanned("{\n\"a\":\n1}\n").result, Result::End);
}

void ScannerTest::wrongBracketIsDamage()
{
    QVERIFY(scanned("{\"a\":[1}") == (Answer{Result::Damaged, 7}));
    QVERIFY(scanned("[{]") == (Answer{Result::Damaged, 2}));
    QVERIFY(scanned("[\"{\"]") == (Answer{Result::End, 5}));
}

void ScannerTest::deepBracketsAreCounted()
{
    for (const std::size_t depth : {checkedDepth - 1, checkedDepth, checkedDepth + 1, std::size_t{100'000}}) {
        const std::string opens(depth, '[');
        const std::string closes(depth, ']');
        QVERIFY(scanned(opens + closes) == (Answer{Result::End, 2 * depth}));
        QVERIFY(scanned(opens + closes.substr(1)) == Answer());
        std::string wrongAtTheTop = opens + closes;
        wrongAtTheTop.back() = '}';
        QVERIFY(scanned(wrongAtTheTop) == (Answer{Result::Damaged, 2 * depth - 1}));
    }
    // deeper than that a wrong bracket is not noticed: the parser will
    std::string text = std::string(checkedDepth + 1, '[') + "}" + std::string(checkedDepth, ']');
    QVERIFY(scanned(text) == (Answer{Result::End, text.size()}));
}

void ScannerTest::scannedBytesMayBeDiscarded()
{
    const std::string text = "{\"a\":\"" + std::string(500, 'x') + "\",\"b\":[1,2]}";
    JsonScanner scanner;
    scanner.reset();
    QCOMPARE(scanner.scan(text.substr(0, 300)), Result::NeedMore);
    const std::size_t dropped = scanner.scannedBytes();
    QCOMPARE(dropped, std::size_t{256});
    scanner.discard(dropped);
    QCOMPARE(scanner.scan(text.substr(dropped)), Result::End);
    QCOMPARE(scanner.position(), text.size() - dropped);
}

void ScannerTest::resetForgetsEverything()
{
    JsonScanner scanner;
    scanner.reset();
    QCOMPARE(scanner.scan("[[[\"" + std::string(100, 'x')), Result::NeedMore);
    scanner.reset();
    QCOMPARE(scanner.scan("{}"), Result::End);
    QCOMPARE(scanner.position(), std::size_t{2});
}

QTEST_GUILESS_MAIN(ScannerTest)
#include "scannertest.moc"
