// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/series.h"

#include <QTest>

#include <random>

using namespace qlogscope;

/// A series answers as a plain sorted list of its samples does, in whatever order they arrive.
class SeriesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void answersAsAPlainList_data();
    void answersAsAPlainList();
    void emptySeriesHasNoValue();
    void lastMomentHasTheLatestValue();
    void valuesOf64BitsSurvive();
    void columnsDivideTheRange_data();
    void columnsDivideTheRange();
    void edgesAreThoseOfEachColumn();
    void steadyEdgesStayWhereTheyAre();
};

namespace {

struct Sample {
    std::int64_t timeNs;
    std::uint32_t row;
    std::int64_t value;
};

/// A series and the plain list that it must agree with.
class Twin
{
public:
    void append(std::int64_t timeNs, std::int64_t value)
    {
        EventRow event;
        event.timeNs = timeNs;
        const RowId row(m_store.size());
        m_store.append(event);
        series.append(row, value);
        m_samples.push_back({timeNs, row.value, value});
    }
    void sortList()
    {
        std::stable_sort(m_samples.begin(), m_samples.end(),
                         [](const Sample& a, const Sample& b) { return a.timeNs < b.timeNs; });
    }
    [[nodiscard]] std::size_t lowerBound(std::int64_t timeNs) const
    {
        const auto it = std::lower_bound(m_samples.begin(), m_samples.end(), timeNs,
                                         [](const Sample& sample, std::int64_t time) { return sample.timeNs < time; });
        return static_cast<std::size_t>(it - m_samples.begin());
    }
    [[nodiscard]] MinMax minMax(std::size_t begin, std::size_t end) const
    {
        MinMax result;
        for (std::size_t i = begin; i < end; ++i)
            result.merge({m_samples[i].value, m_samples[i].value});
        return result;
    }
    [[nodiscard]] const std::vector<Sample>& list() const { return m_samples; }

private:
    EventStore m_store;
    std::vector<Sample> m_samples;

public:
    Series series{&m_store};
};

bool operator==(const MinMax& a, const MinMax& b)
{
    return a.min == b.min && a.max == b.max;
}

void compareSample(const Twin& twin, TimeRange range, int columns)
{
    const std::vector<Series::Bucket> buckets = twin.series.sample(ColumnEdges(range, columns));
    QCOMPARE(buckets.size(), static_cast<std::size_t>(columns));
    for (int column = 0; column < columns; ++column) {
        const Series::Bucket& bucket = buckets[static_cast<std::size_t>(column)];
        const std::size_t begin = twin.lowerBound(columnTimeNs(range, column, columns));
        const std::size_t end = twin.lowerBound(columnTimeNs(range, column + 1, columns));
        QCOMPARE(bucket.count, end - begin);
        QCOMPARE(bucket.firstIndex, begin);
        if (begin == end)
            continue;
        QCOMPARE(bucket.first, twin.list()[begin].value);
        QCOMPARE(bucket.last, twin.list()[end - 1].value);
        QVERIFY(bucket.range == twin.minMax(begin, end));
    }
}

void compareAll(const Twin& twin, std::mt19937* random)
{
    const std::vector<Sample>& list = twin.list();
    const std::int64_t first = list.front().timeNs;
    const std::int64_t last = list.back().timeNs;
    const auto randomTime = [&] { return first - 20 + std::int64_t((*random)() % std::uint64_t(last - first + 40)); };
    QVERIFY(twin.series.extremes() == twin.minMax(0, list.size()));
    for (int i = 0; i < 20; ++i) {
        const std::int64_t time = randomTime();
        QCOMPARE(twin.series.lowerBound(time), twin.lowerBound(time));
        const std::size_t after = twin.lowerBound(time + 1);
        QCOMPARE(twin.series.valueAt(time), after == 0 ? std::nullopt : std::optional(list[after - 1].value));
    }
    for (const int columns : {1, 2, 7, 100, 1000}) {
        const std::int64_t begin = randomTime();
        const TimeRange range{begin, begin + std::int64_t((*random)() % std::uint64_t(last - first + 40))};
        compareSample(twin, range, columns);
        const std::size_t from = twin.lowerBound(range.beginNs);
        const std::size_t end = std::max(from, twin.lowerBound(range.endNs));
        QVERIFY(twin.series.extremesIn(range) == twin.minMax(from > 0 ? from - 1 : 0, end));
    }
    compareSample(twin, {first, last + 1}, 300);
    for (std::size_t i = 0; i < list.size(); ++i) { // ties stay in file order
        if (twin.series.row(i).value != list[i].row || twin.series.value(i) != list[i].value)
            QFAIL("the samples are not in order of time and row");
    }
}

} // namespace

void SeriesTest::answersAsAPlainList_data()
{
    QTest::addColumn<int>("size");
    QTest::addColumn<int>("longestStep"); // 0 or more from sample to sample
    QTest::addColumn<int>("jitter"); // taken off a single sample
    QTest::addColumn<int>("jumpEvery"); // a far step back each so many samples
    QTest::newRow("in order") << 5'000 << 9 << 0 << 0;
    QTest::newRow("equal times") << 5'000 << 1 << 0 << 0;
    QTest::newRow("small backward steps") << 5'000 << 9 << 60 << 0;
    QTest::newRow("large backward steps") << 20'000 << 9 << 0 << 3'000;
    QTest::newRow("small and large backward steps") << 20'000 << 3 << 60 << 3'000;
    QTest::newRow("three levels") << 300'000 << 2 << 0 << 0;
    QTest::newRow("three levels, small backward steps") << 300'000 << 9 << 60 << 0;
    QTest::newRow("three levels, large backward steps") << 300'000 << 9 << 60 << 100'000;
}

void SeriesTest::answersAsAPlainList()
{
    QFETCH(int, size);
    QFETCH(int, longestStep);
    QFETCH(int, jitter);
    QFETCH(int, jumpEvery);
    std::mt19937 random(static_cast<unsigned>(size + jitter));
    const auto below
        = [&](int limit) { return limit <= 0 ? 0 : static_cast<int>(random() % static_cast<unsigned>(limit)); };
    Twin twin;
    std::int64_t time = -1'000;
    int value = 0;
    for (int i = 0; i < size; ++i) {
        time += below(longestStep + 1);
        if (jumpEvery > 0 && i % jumpEvery == jumpEvery - 1)
            time -= std::int64_t{longestStep} * jumpEvery / 3;
        value += below(2'001) - 1'000;
        twin.append(time - below(jitter), value);
        if (i % (size / 4) == size / 8) { // also while it grows
            twin.sortList();
            compareAll(twin, &random);
        }
    }
    twin.sortList();
    compareAll(twin, &random);
}

void SeriesTest::emptySeriesHasNoValue()
{
    const Twin twin;
    QVERIFY(twin.series.empty());
    QCOMPARE(twin.series.valueAt(0), std::optional<std::int64_t>());
    QCOMPARE(twin.series.valueAt(std::numeric_limits<std::int64_t>::max()), std::optional<std::int64_t>());
    QVERIFY(twin.series.extremes().min > twin.series.extremes().max);
    const MinMax none = twin.series.extremesIn({0, 100});
    QVERIFY(none.min > none.max);
    QCOMPARE(twin.series.sample(ColumnEdges({0, 100}, 3)).size(), std::size_t{3});
    QCOMPARE(twin.series.sample(ColumnEdges({0, 100}, 3))[1].count, std::size_t{0});
    QVERIFY(twin.series.sample(ColumnEdges({0, 100}, 0)).empty());
}

void SeriesTest::lastMomentHasTheLatestValue()
{
    Twin twin;
    for (int i = 0; i < 2'000; ++i)
        twin.append(i, i);
    twin.append(1, -2); // far back: sorted when asked
    twin.append(0, -1);
    QCOMPARE(twin.series.valueAt(std::numeric_limits<std::int64_t>::max()), std::optional<std::int64_t>(1'999));
    QCOMPARE(twin.series.valueAt(0), std::optional<std::int64_t>(-1));
    QCOMPARE(twin.series.valueAt(1), std::optional<std::int64_t>(-2));
    QCOMPARE(twin.series.valueAt(-1), std::optional<std::int64_t>());
}

void SeriesTest::valuesOf64BitsSurvive()
{
    constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
    for (const std::int64_t value :
         {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 32, -(std::int64_t{1} << 31), smallest, largest})
        QCOMPARE(SeriesSample(RowId(7U), value).value(), value);
}

void SeriesTest::columnsDivideTheRange_data()
{
    QTest::addColumn<qint64>("begin");
    QTest::addColumn<qint64>("end");
    constexpr qint64 largest = std::numeric_limits<qint64>::max();
    QTest::newRow("shorter than the columns") << qint64{5} << qint64{8};
    QTest::newRow("a minute") << qint64{-1'000} << qint64{60'000'000'001};
    QTest::newRow("292 years") << qint64{0} << largest;
    QTest::newRow("584 years") << -largest << largest;
}

void SeriesTest::columnsDivideTheRange()
{
    QFETCH(qint64, begin);
    QFETCH(qint64, end);
    __extension__ using Wide = __int128;
    for (const int columns : {1, 3, 1920, 100'000}) {
        std::int64_t previous = begin;
        for (int column = 0; column <= columns; ++column) {
            const std::int64_t time = columnTimeNs({begin, end}, column, columns);
            QVERIFY(time >= previous);
            QVERIFY(Wide{time} - begin == (Wide{end} - begin) * column / columns);
            previous = time;
        }
        QCOMPARE(columnTimeNs({begin, end}, 0, columns), std::int64_t{begin});
        QCOMPARE(columnTimeNs({begin, end}, columns, columns), std::int64_t{end});
        QCOMPARE(columnTimeNs({end, begin}, columns, columns), std::int64_t{end}); // empty: all columns at its begin
    }
}

void SeriesTest::edgesAreThoseOfEachColumn()
{
    constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
    std::mt19937_64 random(5);
    for (int round = 0; round < 300; ++round) {
        TimeRange range{smallest, largest};
        if (round > 0) {
            range.beginNs = static_cast<std::int64_t>(random() >> (random() % 60 + 3));
            range.endNs = range.beginNs - 10 + static_cast<std::int64_t>(random() >> (random() % 60 + 3));
        }
        const int columns = 1 + static_cast<int>(random() % 3'000);
        const ColumnEdges edges(range, columns);
        QCOMPARE(edges.columns(), static_cast<std::size_t>(columns));
        for (int column = 0; column <= columns; ++column)
            QCOMPARE(edges.times[static_cast<std::size_t>(column)], columnTimeNs(range, column, columns));
    }
}

void SeriesTest::steadyEdgesStayWhereTheyAre()
{
    std::mt19937_64 random(6);
    for (int round = 0; round < 300; ++round) {
        const int columns = 1 + static_cast<int>(random() % 3'000);
        const std::int64_t length = columns * std::int64_t{1'000} + static_cast<std::int64_t>(random() >> (random() % 30 + 20));
        const std::int64_t begin = static_cast<std::int64_t>(random()) >> (random() % 40 + 3);
        const ColumnEdges edges = ColumnEdges::steady({begin, begin + length}, columns);
        QVERIFY(edges.grid.has_value());
        QCOMPARE(edges.times.front(), begin);
        QCOMPARE(edges.times.back(), begin + length);
        const double width = static_cast<double>(length) / columns;
        for (int column = 0; column < columns; ++column) {
            const auto i = static_cast<std::size_t>(column);
            QVERIFY(edges.times[i] <= edges.times[i + 1]);
            const auto away = static_cast<double>(edges.times[i] - columnTimeNs({begin, begin + length}, column, columns));
            QVERIFY(std::abs(away) <= width / 2 + 2);
        }
        // moved: equal multiples lie at equal times
        const std::int64_t moved = begin + static_cast<std::int64_t>(random() % (2 * static_cast<std::uint64_t>(length))) - length;
        const ColumnEdges other = ColumnEdges::steady({moved, moved + length}, columns);
        for (int column = 1; column < columns; ++column) {
            const std::int64_t twin = column + edges.grid->first - other.grid->first;
            if (twin > 0 && twin < columns)
                QCOMPARE(other.times[static_cast<std::size_t>(twin)], edges.times[static_cast<std::size_t>(column)]);
        }
    }
    // without room for rounding: as the others
    for (const TimeRange range : {TimeRange{5, 8}, TimeRange{0, 99'999}, TimeRange{7, 7}, TimeRange{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}}) {
        const ColumnEdges edges = ColumnEdges::steady(range, 100);
        QVERIFY(!edges.grid.has_value());
        QCOMPARE(edges.times, ColumnEdges(range, 100).times);
    }
}

QTEST_GUILESS_MAIN(SeriesTest)
#include "seriestest.moc"
