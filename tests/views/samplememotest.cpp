// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/samplememo.h"

#include "model/deltaseries.h"

#include <QTest>

#include <random>

using namespace qlogscope;

/// What is remembered is what sampling again gives, wherever the range moves and whatever is added between.
class SampleMemoTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void remembersWhatSamplingGives();
    void samplesOnlyWhatComesIntoSight();
    void forgetsWhatIsNotAskedFor();
};

namespace {

constexpr std::int64_t us = 1'000;
constexpr int columns = 100;

class Transfer
{
public:
    void add(std::int64_t timeNs)
    {
        EventRow event;
        event.timeNs = timeNs;
        const RowId row(store.size());
        store.append(event);
        values.append(row, static_cast<std::int64_t>(m_random() % 1'000));
        changes.append(row, static_cast<std::int64_t>(m_random() % 200) - 100);
    }
    EventStore store;
    Series values{&store};
    DeltaSeries changes{&store};

private:
    std::mt19937 m_random{1};
};

bool isSame(const std::vector<Series::Bucket>& a, const std::vector<Series::Bucket>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Series::Bucket& x, const Series::Bucket& y) {
        return x.first == y.first && x.last == y.last && x.range.min == y.range.min && x.range.max == y.range.max && x.count == y.count
            && x.firstIndex == y.firstIndex;
    });
}

} // namespace

void SampleMemoTest::remembersWhatSamplingGives()
{
    std::mt19937 random(2);
    Transfer transfer;
    std::int64_t now = 0;
    const auto grow = [&](int count) {
        for (int i = 0; i < count; ++i)
            transfer.add(now += static_cast<std::int64_t>(random() % (200 * us)));
    };
    grow(5'000);
    SampleMemo memo;
    TimeRange range{0, now / 4};
    for (int step = 0; step < 400; ++step) {
        switch (random() % 8) {
        case 0:
            range.endNs = range.beginNs + now / static_cast<std::int64_t>(random() % 20 + 1);
            break;
        case 1:
            grow(static_cast<int>(random() % 3));
            break;
        default:
            range = range.shifted((static_cast<std::int64_t>(random() % 400) - 200) * range.lengthNs() / 300);
        }
        const ColumnEdges edges = ColumnEdges::steady(range, columns);
        QVERIFY(edges.grid.has_value());
        const auto sampled = [&edges](const auto& series) { return series.sample(edges); };
        const auto remembered = [&](const auto& series) {
            return memo.sample(series, edges, [&](const ColumnEdges& part) { return series.sample(part); });
        };
        QVERIFY2(isSame(remembered(transfer.values), sampled(transfer.values)), qPrintable(QString::number(step)));
        QVERIFY2(isSame(remembered(transfer.changes), sampled(transfer.changes)), qPrintable(QString::number(step)));
        memo.sweep();
    }
}

void SampleMemoTest::samplesOnlyWhatComesIntoSight()
{
    Transfer transfer;
    for (int i = 0; i < 10'000; ++i)
        transfer.add(i * 10 * us);
    SampleMemo memo;
    std::size_t asked = 0;
    const auto look = [&](TimeRange range) {
        asked = 0;
        return memo.sample(transfer.values, ColumnEdges::steady(range, columns), [&](const ColumnEdges& part) {
            asked += part.columns();
            return transfer.values.sample(part);
        });
    };
    const TimeRange range{0, 50'000 * us};
    QCOMPARE(look(range).size(), std::size_t{columns});
    QCOMPARE(asked, std::size_t{columns});
    QCOMPARE(look(range.shifted(10 * 500 * us)).size(), std::size_t{columns});
    QCOMPARE(asked, std::size_t{12}); // ten that are new, the last and the first, which end where the range does
    QCOMPARE(look(range.shifted(10 * 500 * us)).size(), std::size_t{columns});
    QCOMPARE(asked, std::size_t{2});
    look({0, 60'000 * us}); // of another width
    QCOMPARE(asked, std::size_t{columns});
    transfer.add(100'000 * us);
    look({0, 60'000 * us});
    QCOMPARE(asked, std::size_t{columns});
}

void SampleMemoTest::forgetsWhatIsNotAskedFor()
{
    Transfer transfer;
    transfer.add(0);
    SampleMemo memo;
    const ColumnEdges edges = ColumnEdges::steady({0, 50'000 * us}, columns);
    std::size_t asked = 0;
    const auto look = [&] {
        asked = 0;
        (void)memo.sample(transfer.values, edges, [&](const ColumnEdges& part) {
            asked += part.columns();
            return transfer.values.sample(part);
        });
    };
    look();
    memo.sweep();
    look();
    QCOMPARE(asked, std::size_t{2});
    memo.sweep();
    memo.sweep();
    look();
    QCOMPARE(asked, std::size_t{columns});
}

QTEST_GUILESS_MAIN(SampleMemoTest)
#include "samplememotest.moc"
