// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/deltaseries.h"

#include <QTest>

#include <random>

using namespace qlogscope;

/// A value kept as its changes equals the sum of all changes up to a time, whatever their size and order.
class DeltaSeriesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isNothingAtFirst();
    void equalsTheSum_data();
    void equalsTheSum();
    void extremesIncludeTheValueCarriedIn();
    void samplesAreThoseOfTheValues();
    void canBeMoved();
};

namespace {

RowId rowAt(EventStore* store, std::int64_t timeNs)
{
    EventRow event;
    event.timeNs = timeNs;
    store->append(event);
    return RowId(store->size() - 1);
}

} // namespace

void DeltaSeriesTest::isNothingAtFirst()
{
    EventStore store;
    const DeltaSeries series(&store);
    QVERIFY(series.empty());
    QCOMPARE(series.valueAt(INT64_MAX), 0);
    QCOMPARE(series.sumIn({INT64_MIN, INT64_MAX}), 0);
}

void DeltaSeriesTest::equalsTheSum_data()
{
    QTest::addColumn<bool>("isShuffled");
    QTest::addColumn<std::int64_t>("largest");
    QTest::newRow("in order") << false << std::int64_t{1500};
    QTest::newRow("out of order") << true << std::int64_t{1500};
    QTest::newRow("changes of 40 bits, out of order") << true << (std::int64_t{1} << 40);
    QTest::newRow("just too wide") << false << (std::int64_t{1} << 15) + 1;
}

void DeltaSeriesTest::equalsTheSum()
{
    QFETCH(bool, isShuffled);
    QFETCH(std::int64_t, largest);
    std::mt19937_64 random(3);
    EventStore store;
    DeltaSeries series(&store);
    std::vector<std::pair<std::int64_t, std::int64_t>> changes;
    for (int i = 0; i < 10'000; ++i) {
        const std::int64_t time = isShuffled ? static_cast<std::int64_t>(random() % 50'000) : i * 5;
        const std::int64_t change = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(2 * largest + 1)) - largest;
        changes.emplace_back(time, change);
        series.append(rowAt(&store, time), change);
    }
    const auto valueAt = [&](std::int64_t time) {
        std::int64_t value = 0;
        for (const auto& [at, change] : changes)
            value += at <= time ? change : 0;
        return value;
    };
    QCOMPARE(series.size(), changes.size());
    for (int i = 0; i < 200; ++i) {
        const auto from = static_cast<std::int64_t>(random() % 50'000);
        const auto to = from + static_cast<std::int64_t>(random() % 5'000);
        QCOMPARE(series.valueAt(from), valueAt(from));
        QCOMPARE(series.sumIn({from, to}), valueAt(to - 1) - valueAt(from - 1));
        MinMax expected{valueAt(from - 1), valueAt(from - 1)};
        if (i < 10) {
            std::stable_sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
            std::int64_t value = valueAt(from - 1);
            for (const auto& [at, change] : changes) {
                if (at < from || at >= to)
                    continue;
                value += change;
                expected.merge({value, value});
            }
            QCOMPARE(series.extremesIn({from, to}).min, expected.min);
            QCOMPARE(series.extremesIn({from, to}).max, expected.max);
        }
    }
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < series.size(); ++i) {
        QVERIFY(i == 0 || series.timeNs(i - 1) <= series.timeNs(i));
        QCOMPARE(series.valueBefore(i), sum);
        sum += series.change(i);
    }
}

void DeltaSeriesTest::extremesIncludeTheValueCarriedIn()
{
    EventStore store;
    DeltaSeries series(&store);
    series.append(rowAt(&store, 10), 100);
    series.append(rowAt(&store, 20), -30);
    QCOMPARE(series.extremesIn({12, 15}).min, 100);
    QCOMPARE(series.extremesIn({12, 15}).max, 100);
    QCOMPARE(series.extremesIn({12, 21}).min, 70);
    QCOMPARE(series.extremesIn({12, 21}).max, 100);
}

void DeltaSeriesTest::samplesAreThoseOfTheValues()
{
    std::mt19937_64 random(4);
    EventStore store;
    DeltaSeries changes(&store);
    Series values(&store);
    std::int64_t value = 0;
    for (int i = 0; i < 3'000; ++i) {
        const RowId row = rowAt(&store, i * 10);
        const std::int64_t change = static_cast<std::int64_t>(random() % 3'001) - 1'000;
        value += change;
        changes.append(row, change);
        values.append(row, value);
    }
    for (const TimeRange range : {TimeRange{0, 30'000}, TimeRange{-500, 777}, TimeRange{12'345, 23'456}, TimeRange{40'000, 50'000}}) {
        for (const int columns : {1, 7, 640}) {
            const ColumnEdges edges(range, columns);
            const std::vector<Series::Bucket> expected = values.sample(edges);
            const std::vector<Series::Bucket> actual = changes.sample(edges);
            QCOMPARE(actual.size(), expected.size());
            for (std::size_t i = 0; i < actual.size(); ++i) {
                QCOMPARE(actual[i].count, expected[i].count);
                QCOMPARE(actual[i].firstIndex, expected[i].firstIndex);
                if (actual[i].count == 0)
                    continue;
                QCOMPARE(actual[i].first, expected[i].first);
                QCOMPARE(actual[i].last, expected[i].last);
                QCOMPARE(actual[i].range.min, expected[i].range.min);
                QCOMPARE(actual[i].range.max, expected[i].range.max);
            }
        }
    }
}

void DeltaSeriesTest::canBeMoved()
{
    EventStore store;
    DeltaSeries first(&store);
    first.append(rowAt(&store, 1), std::int64_t{1} << 50);
    DeltaSeries second = std::move(first);
    second.append(rowAt(&store, 2), std::int64_t{1} << 50);
    QCOMPARE(second.valueAt(2), std::int64_t{1} << 51);
}

QTEST_GUILESS_MAIN(DeltaSeriesTest)
#include "deltaseriestest.moc"
