// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/intervalset.h"

#include <QTest>

#include <limits>
#include <random>
#include <set>

using namespace qlogscope;

/// An interval set answers as a plain set of numbers does, whatever is inserted in whatever order.
class IntervalSetTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void equalsAPlainSet_data();
    void equalsAPlainSet();
    void adjacentIntervalsMerge();
    void reachesTheExtremes();
    void hugeRangesCostOneInterval();
    void appendingInOrderStaysOneInterval();
};

namespace {

constexpr std::uint64_t maximum = std::numeric_limits<std::uint64_t>::max();

using PlainSet = std::set<std::uint64_t>;

/// The maximal runs of consecutive numbers of @p range for which @p isWanted holds.
template <typename Predicate> std::vector<Interval> runs(Interval range, Predicate isWanted)
{
    std::vector<Interval> result;
    for (std::uint64_t number = range.first;; ++number) {
        if (isWanted(number)) {
            if (!result.empty() && result.back().last + 1 == number)
                result.back().last = number;
            else
                result.push_back({number, number});
        }
        if (number == range.last)
            return result;
    }
}

std::vector<Interval> missing(const IntervalSet& set, Interval range)
{
    std::vector<Interval> result;
    set.forEachMissing(range, [&](Interval part) { result.push_back(part); });
    return result;
}

std::vector<Interval> common(const IntervalSet& set, Interval range)
{
    std::vector<Interval> result;
    set.forEachCommon(range, [&](Interval part) { result.push_back(part); });
    return result;
}

} // namespace

void IntervalSetTest::equalsAPlainSet_data()
{
    QTest::addColumn<quint64>("base");
    QTest::addColumn<unsigned>("longest");
    for (const unsigned longest : {1U, 4U, 40U}) {
        QTest::addRow("from 0, ranges up to %u", longest) << quint64{0} << longest;
        QTest::addRow("around 2^62, ranges up to %u", longest) << (quint64{1} << 62) - 60 << longest;
        QTest::addRow("up to 2^64-1, ranges up to %u", longest) << quint64{maximum - 119} << longest;
    }
}

void IntervalSetTest::equalsAPlainSet()
{
    QFETCH(const quint64, base);
    QFETCH(const unsigned, longest);
    constexpr unsigned width = 120;
    const Interval everything{base, base + (width - 1)};
    std::mt19937 random(longest);
    const auto randomRange = [&]() -> Interval {
        const unsigned first = static_cast<unsigned>(random() % width);
        const unsigned last = std::min<unsigned>(first + static_cast<unsigned>(random() % longest), width - 1);
        return {base + first, base + last};
    };
    for (int round = 0; round < 20; ++round) {
        IntervalSet set;
        PlainSet plain;
        const auto isIn = [&](std::uint64_t number) { return plain.contains(number); };
        const auto isOut = [&](std::uint64_t number) { return !plain.contains(number); };
        for (int insertion = 0; insertion < 40; ++insertion) {
            const Interval inserted = randomRange();
            set.insert(inserted);
            for (std::uint64_t offset = 0; offset <= inserted.last - inserted.first; ++offset)
                plain.insert(inserted.first + offset);

            QCOMPARE(set.intervals(), runs(everything, isIn));
            const Interval asked = randomRange();
            QCOMPARE(set.contains(asked.first), isIn(asked.first));
            QCOMPARE(set.containsAll(asked), runs(asked, isOut).empty());
            QCOMPARE(missing(set, asked), runs(asked, isOut));
            QCOMPARE(common(set, asked), runs(asked, isIn));
        }
    }
}

void IntervalSetTest::adjacentIntervalsMerge()
{
    IntervalSet set;
    set.insert({10, 19});
    set.insert({30, 39});
    set.insert({50, 59});
    set.insert({0, 8});
    QCOMPARE(set.intervals().size(), std::size_t{4});
    set.insert({9, 9});
    set.insert({40, 49});
    QCOMPARE(set.intervals(), (std::vector<Interval>{{0, 19}, {30, 59}}));
    set.insert({20, 29});
    QCOMPARE(set.intervals(), (std::vector<Interval>{{0, 59}}));
}

void IntervalSetTest::reachesTheExtremes()
{
    IntervalSet set;
    set.insert({maximum, maximum});
    set.insert({0, 0});
    QVERIFY(set.contains(0));
    QVERIFY(set.contains(maximum));
    QVERIFY(!set.contains(maximum - 1));
    QCOMPARE(missing(set, {0, maximum}), (std::vector<Interval>{{1, maximum - 1}}));
    QCOMPARE(common(set, {0, maximum}), (std::vector<Interval>{{0, 0}, {maximum, maximum}}));

    set.insert({0, maximum});
    QCOMPARE(set.intervals(), (std::vector<Interval>{{0, maximum}}));
    QVERIFY(set.containsAll({0, maximum}));
    QVERIFY(missing(set, {0, maximum}).empty());
    set.insert({maximum - 1, maximum});
    set.insert({0, 1});
    QCOMPARE(set.intervals().size(), std::size_t{1});
}

void IntervalSetTest::hugeRangesCostOneInterval()
{
    constexpr std::uint64_t huge = std::uint64_t{1} << 62;
    IntervalSet set;
    set.insert({0, huge});
    set.insert({7, huge - 7});
    QCOMPARE(set.intervals(), (std::vector<Interval>{{0, huge}}));
    QVERIFY(set.containsAll({1, huge}));
    QVERIFY(!set.containsAll({1, huge + 1}));
    QCOMPARE(missing(set, {5, huge + 9}), (std::vector<Interval>{{huge + 1, huge + 9}}));
}

void IntervalSetTest::appendingInOrderStaysOneInterval()
{
    IntervalSet set;
    for (std::uint64_t number = 0; number < 100'000; ++number)
        set.insert({number, number});
    QCOMPARE(set.intervals(), (std::vector<Interval>{{0, 99'999}}));
}

QTEST_GUILESS_MAIN(IntervalSetTest)
#include "intervalsettest.moc"
