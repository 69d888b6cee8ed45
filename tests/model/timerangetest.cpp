// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/timerange.h"

#include <QTest>

#include <limits>

using namespace qlogscope;

/// A time range is the set of times that it contains, and its operations are those of sets.
class TimeRangeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void includesItsBeginAndExcludesItsEnd();
    void operationsAreThoseOfSets();
    void emptyAddsNothing();
    void widestRangeHasALength();
};

namespace {

constexpr int universe = 6;

int countIn(TimeRange range)
{
    int count = 0;
    for (int time = 0; time < universe; ++time)
        count += range.contains(time) ? 1 : 0;
    return count;
}

/// All ranges with borders in [0, universe], backward ones too.
std::vector<TimeRange> allRanges()
{
    std::vector<TimeRange> ranges;
    for (int begin = 0; begin <= universe; ++begin) {
        for (int end = 0; end <= universe; ++end)
            ranges.push_back({begin, end});
    }
    return ranges;
}

} // namespace

void TimeRangeTest::includesItsBeginAndExcludesItsEnd()
{
    constexpr TimeRange range{-5, 7};
    QVERIFY(range.contains(-5));
    QVERIFY(range.contains(6));
    QVERIFY(!range.contains(7));
    QVERIFY(!range.contains(-6));
    QCOMPARE(range.lengthNs(), std::int64_t{12});
    QVERIFY(TimeRange{}.isEmpty());
}

void TimeRangeTest::operationsAreThoseOfSets()
{
    for (const TimeRange a : allRanges()) {
        QCOMPARE(a.lengthNs(), std::int64_t{countIn(a)});
        QCOMPARE(a.isEmpty(), countIn(a) == 0);
        for (const TimeRange b : allRanges()) {
            const TimeRange intersected = a.intersected(b);
            const TimeRange united = a.united(b);
            for (int time = 0; time < universe; ++time) {
                QCOMPARE(intersected.contains(time), a.contains(time) && b.contains(time));
                QVERIFY(united.contains(time) || (!a.contains(time) && !b.contains(time)));
            }
            if (!united.isEmpty()) { // the smallest: both its ends are in one of the two
                QVERIFY(a.contains(united.beginNs) || b.contains(united.beginNs));
                QVERIFY(a.contains(united.endNs - 1) || b.contains(united.endNs - 1));
            }
        }
    }
}

void TimeRangeTest::emptyAddsNothing()
{
    constexpr TimeRange range{100, 200};
    QCOMPARE(range.united({}), range);
    QCOMPARE(TimeRange{}.united(range), range);
    QCOMPARE(range.united({1000, 50}), range);
}

void TimeRangeTest::widestRangeHasALength()
{
    constexpr std::int64_t longest = std::numeric_limits<std::int64_t>::max();
    QCOMPARE((TimeRange{std::numeric_limits<std::int64_t>::min(), longest}.lengthNs()), longest);
    QCOMPARE((TimeRange{-1, longest}.lengthNs()), longest);
    QCOMPARE((TimeRange{0, longest}.lengthNs()), longest);
}

QTEST_GUILESS_MAIN(TimeRangeTest)
#include "timerangetest.moc"
