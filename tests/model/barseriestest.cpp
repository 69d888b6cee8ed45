// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/barseries.h"
#include "model/series.h"

#include <QTest>

#include <numeric>
#include <random>

using namespace qlogscope;

/// Bars show which bytes a pixel column covers: exactly while they fit into eight intervals, never less than the truth.
class BarSeriesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void eightIntervalsStayApart();
    void ninthIntervalClosesTheSmallestHole();
    void nodeEqualsTheUnionWhileItFits();
    void sentBarsLieEndToEnd();
    void ackedBarsLeaveHolesForTheRest_data();
    void ackedBarsLeaveHolesForTheRest();
    void shuffledBarsAreCovered();
    void lostBarsStandAtTheirOwnRow();
    void packetsWithoutSizeCoverNothing();
    void runsAreTheUnionOfTheirPackets();
};

namespace {

/// A sender's log: packets are sent one a microsecond; what is acknowledged or lost has rows of its own.
class Sender
{
public:
    /// @param count packets of random sizes that are sent at once
    explicit Sender(int count = 0)
    {
        std::mt19937 random(1);
        for (int i = 0; i < count; ++i)
            send(40 + static_cast<std::uint32_t>(random() % 1'400));
    }
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    EventStore store;
    PacketIndex packets{&store};
    SentBars sent{&store, {&packets}};
    AckedBars acked{&store, {&packets}};
    LostBars lost{&store, {&packets}};

    RowId rowAt(std::int64_t timeNs)
    {
        EventRow event;
        event.timeNs = timeNs;
        store.append(event);
        return RowId(store.size() - 1);
    }
    void send(std::uint32_t sizeBytes)
    {
        PacketFact packet;
        packet.number = packets.size();
        packet.row = rowAt(std::int64_t(packets.size()) * 1'000);
        packet.sizeBytes = sizeBytes;
        packet.type = PacketType::OneRtt;
        sent.append(packets.append(packet));
    }
    void acknowledge(std::uint64_t number, RowId row)
    {
        packets.acknowledge({number, number, row}, [this](PacketId packet) { acked.append(packet); });
    }
};

std::vector<Interval> intervalsOf(const BarNode& node)
{
    return {node.intervals.begin(), node.intervals.begin() + node.count};
}

Interval bytesOf(const PacketIndex& packets, PacketId packet)
{
    const std::uint64_t before = packets.bytesBefore(packet);
    return {before, before + packets[packet].sizeBytes - 1};
}

/// The bytes of the bars in a range of time, one by one.
template <typename Bars> IntervalSet plainUnion(const Bars& bars, const PacketIndex& packets, TimeRange range)
{
    IntervalSet bytes;
    for (std::size_t i = 0; i < bars.size(); ++i) {
        if (range.contains(bars.timeNs(i)))
            bytes.insert(bytesOf(packets, bars.packet(i)));
    }
    return bytes;
}

bool covers(const std::vector<Interval>& covering, const IntervalSet& bytes)
{
    IntervalSet all;
    for (const Interval& interval : covering)
        all.insert(interval);
    const std::vector<Interval> parts = bytes.intervals();
    return all.intervals() == covering // ascending, disjoint, not adjacent
        && std::all_of(parts.begin(), parts.end(),
                       [&](const Interval& interval) { return all.containsAll(interval); });
}

enum class Demand { Equal, Covered };

template <typename Bars>
void compareSample(const Bars& bars, const PacketIndex& packets, TimeRange range, int columns, Demand demand)
{
    bars.ensureSorted();
    const auto buckets = bars.sample(ColumnEdges(range, columns));
    for (int column = 0; column < columns; ++column) {
        const auto& bucket = buckets[static_cast<std::size_t>(column)];
        const TimeRange times{columnTimeNs(range, column, columns), columnTimeNs(range, column + 1, columns)};
        const IntervalSet bytes = plainUnion(bars, packets, times);
        const std::vector<Interval> shown = intervalsOf(bucket.bars);
        QCOMPARE(bucket.count == 0, bytes.empty());
        if (demand == Demand::Equal)
            QCOMPARE(shown, bytes.intervals());
        QVERIFY(covers(shown, bytes));
        if (!bytes.empty()) { // covering is no excuse for reaching further
            QCOMPARE(shown.front().first, bytes.intervals().front().first);
            QCOMPARE(shown.back().last, bytes.intervals().back().last);
        }
    }
}

} // namespace

void BarSeriesTest::eightIntervalsStayApart()
{
    BarNode node;
    std::vector<Interval> expected;
    for (const std::uint64_t first : {70U, 10U, 50U, 30U, 0U, 60U, 20U, 40U}) {
        node.add({first, first + 5});
        expected.push_back({first, first + 5});
    }
    std::sort(expected.begin(), expected.end(), [](const Interval& a, const Interval& b) { return a.first < b.first; });
    QCOMPARE(intervalsOf(node), expected);
}

void BarSeriesTest::ninthIntervalClosesTheSmallestHole()
{
    BarNode node;
    for (const std::uint64_t first : {0U, 10U, 20U, 30U, 43U, 53U, 63U, 73U})
        node.add({first, first + 5});
    node.add({37, 40}); // leaves holes of 1 and 2 bytes, all others have 4
    QCOMPARE(intervalsOf(node),
             (std::vector<Interval>{{0, 5}, {10, 15}, {20, 25}, {30, 40}, {43, 48}, {53, 58}, {63, 68}, {73, 78}}));
    node.add({90, 99}); // now the hole of 2 bytes goes
    QCOMPARE(intervalsOf(node),
             (std::vector<Interval>{{0, 5}, {10, 15}, {20, 25}, {30, 48}, {53, 58}, {63, 68}, {73, 78}, {90, 99}}));
}

void BarSeriesTest::nodeEqualsTheUnionWhileItFits()
{
    std::mt19937 random(2);
    int compared = 0;
    for (int round = 0; round < 2'000; ++round) {
        BarNode node;
        BarNode merged;
        IntervalSet bytes;
        bool isExact = true;
        for (int i = 0; i < 14; ++i) {
            const std::uint64_t first = random() % 100;
            const Interval interval{first, first + random() % 8};
            node.add(interval);
            BarNode single;
            single.add(interval);
            merged.merge(single);
            bytes.insert(interval);
            isExact = isExact && bytes.intervals().size() <= BarNode::limit;
            if (isExact) {
                QCOMPARE(intervalsOf(node), bytes.intervals());
                ++compared;
            }
            QVERIFY(covers(intervalsOf(node), bytes));
            QCOMPARE(intervalsOf(merged), intervalsOf(node));
        }
    }
    QVERIFY(compared > 10'000);
}

void BarSeriesTest::sentBarsLieEndToEnd()
{
    const Sender sender(10'000);
    compareSample(sender.sent, sender.packets, {0, 10'000'000}, 37, Demand::Equal);
    compareSample(sender.sent, sender.packets, {-5'000'000, 20'000'000}, 10, Demand::Equal);
    compareSample(sender.sent, sender.packets, {4'000'500, 4'100'500}, 300, Demand::Equal); // narrower than packets
    QCOMPARE(intervalsOf(sender.sent.extent({0, 10'000'000})),
             (std::vector<Interval>{{0, sender.packets.totalBytes() - 1}}));
    QVERIFY(intervalsOf(sender.sent.extent({-100, 0})).empty());
}

void BarSeriesTest::ackedBarsLeaveHolesForTheRest_data()
{
    QTest::addColumn<int>("columns");
    for (const int columns : {4, 16, 100})
        QTest::addRow("%d columns", columns) << columns;
}

void BarSeriesTest::ackedBarsLeaveHolesForTheRest()
{
    QFETCH(int, columns);
    Sender sender(20'000);
    RowId ack;
    for (std::uint64_t number = 0; number < 20'000; ++number) { // ACKs of ten packets; each thousandth packet has none
        if (number % 10 == 0)
            ack = sender.rowAt(50'000'000 + std::int64_t(number) * 1'000);
        if (number % 1'000 != 999)
            sender.acknowledge(number, ack);
    }
    QCOMPARE(sender.acked.size(), std::size_t{19'980});
    compareSample(sender.acked, sender.packets, {50'000'000, 70'000'000}, columns, Demand::Equal);
}

void BarSeriesTest::shuffledBarsAreCovered()
{
    Sender sender(5'000);
    std::vector<std::uint64_t> numbers(5'000);
    std::iota(numbers.begin(), numbers.end(), 0U);
    std::mt19937 random(3);
    std::shuffle(numbers.begin(), numbers.end(), random);
    for (std::size_t i = 0; i < 3'000; ++i)
        sender.acknowledge(numbers[i], sender.rowAt(std::int64_t(random() % 1'000'000)));
    compareSample(sender.acked, sender.packets, {0, 1'000'000}, 5, Demand::Covered);
    compareSample(sender.acked, sender.packets, {0, 1'000'000}, 400, Demand::Covered);
}

void BarSeriesTest::lostBarsStandAtTheirOwnRow()
{
    Sender sender(10);
    const PacketId packet(std::uint32_t{3});
    sender.lost.append({packet, sender.rowAt(77'000)});
    QVERIFY(intervalsOf(sender.lost.extent({0, 77'000})).empty());
    QCOMPARE(intervalsOf(sender.lost.extent({77'000, 77'001})), std::vector<Interval>{bytesOf(sender.packets, packet)});
    QCOMPARE(sender.lost.packet(0), packet);
}

void BarSeriesTest::packetsWithoutSizeCoverNothing()
{
    Sender sender;
    sender.send(0);
    sender.send(100);
    sender.send(0);
    const auto buckets = sender.sent.sample(ColumnEdges({0, 3'000}, 3));
    QCOMPARE(buckets[0].count, std::size_t{1});
    QVERIFY(intervalsOf(buckets[0].bars).empty());
    QCOMPARE(intervalsOf(buckets[1].bars), (std::vector<Interval>{{0, 99}}));
    QVERIFY(intervalsOf(buckets[2].bars).empty());
}

/// Packets that follow each other are merged at once: also across sizes of 0, holes and steps back.
void BarSeriesTest::runsAreTheUnionOfTheirPackets()
{
    std::mt19937 random(4);
    Sender sender;
    for (int i = 0; i < 30'000; ++i)
        sender.send(static_cast<std::uint32_t>(random() % 10 == 0 ? 0 : 1 + random() % 1'400));
    std::int64_t time = 0;
    for (std::uint64_t number = 0; number < 30'000;) {
        const std::uint64_t length = 1 + random() % 300;
        const bool isBackwards = random() % 4 == 0;
        const std::uint64_t end = std::min<std::uint64_t>(number + length, 30'000);
        time += 1'000;
        for (std::uint64_t i = number; i < end; ++i) {
            const std::uint64_t acked = isBackwards ? number + end - 1 - i : i;
            if (sender.packets.sizeBytes(PacketId(static_cast<std::size_t>(acked))) > 0 || random() % 2 == 0)
                sender.acknowledge(acked, sender.rowAt(time));
        }
        number = end + random() % 3; // some packets have no ACK
    }
    for (const int columns : {20, 150, 400}) {
        const ColumnEdges edges({0, time + 1}, columns);
        const auto buckets = sender.acked.sample(edges);
        for (std::size_t column = 0; column < buckets.size(); ++column) {
            const auto& bucket = buckets[column];
            const std::size_t end = sender.acked.lowerBound(edges.times[column + 1]);
            IntervalSet bytes;
            for (std::size_t i = sender.acked.lowerBound(edges.times[column]); i < end; ++i) {
                const Interval packet = bytesOf(sender.packets, sender.acked.packet(i));
                if (packet.last + 1 > packet.first)
                    bytes.insert(packet);
            }
            if (bytes.intervals().size() < BarNode::limit) // a run that goes back may need one more on the way
                QCOMPARE(intervalsOf(bucket.bars), bytes.intervals());
            QVERIFY(covers(intervalsOf(bucket.bars), bytes));
        }
    }
}

QTEST_GUILESS_MAIN(BarSeriesTest)
#include "barseriestest.moc"
