// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/packetindex.h"

#include <QTest>

#include <map>
#include <numeric>
#include <random>

using namespace qlogscope;

/// Packets keep log order, and are found by number whatever order their numbers come in.
class PacketIndexTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void givesBackWhatCame();
    void findsNumbersInAnyOrder_data();
    void findsNumbersInAnyOrder();
    void latestSendingOfANumberIsFound();
    void pathsAndSpacesAreSeparate();
    void acknowledgesEachPacketOnce();
    void acknowledgesEverySendingOfANumber();
    void knowsTheLargestOfAnAck();
    void hugeAckRangesVisitOnlyWhatIsLogged();
    void countsBytesBefore();
    void findsPacketsByRow();
    void packetsWithoutNumberAreNotFoundByNumber();
    void rangeOfNumbersAndRepeatedOnes();
};

namespace {

constexpr auto application = PacketNumberSpace::Application;

PacketId add(PacketIndex* index, std::uint64_t number, PacketType type = PacketType::OneRtt, std::uint32_t pathId = 0)
{
    PacketFact packet;
    packet.number = number;
    packet.row = RowId(3 * index->size()); // other events are between packets
    packet.sizeBytes = static_cast<std::uint32_t>(number % 1'500);
    packet.pathId = pathId;
    packet.type = type;
    return index->append(packet);
}

/// The numbers 0 to size - 1, shuffled within windows.
std::vector<std::uint64_t> shuffledWithin(std::size_t size, std::size_t window)
{
    std::vector<std::uint64_t> numbers(size);
    std::iota(numbers.begin(), numbers.end(), 0U);
    std::mt19937 random(static_cast<unsigned>(window));
    for (std::size_t i = 0; i + window <= size; i += window)
        std::shuffle(numbers.begin() + std::ptrdiff_t(i), numbers.begin() + std::ptrdiff_t(i + window), random);
    return numbers;
}

std::vector<PacketId> acknowledge(PacketIndex* index, const AckedFact& fact)
{
    std::vector<PacketId> visited;
    index->acknowledge(fact, [&](PacketId packet) { visited.push_back(packet); });
    return visited;
}

std::vector<PacketId> packetIds(std::initializer_list<std::uint32_t> values)
{
    std::vector<PacketId> ids;
    for (const std::uint32_t value : values)
        ids.push_back(PacketId(value));
    return ids;
}

} // namespace

void PacketIndexTest::givesBackWhatCame()
{
    EventStore store;
    PacketIndex index(&store);
    std::vector<PacketFact> facts;
    std::mt19937_64 random(1);
    for (std::size_t i = 0; i < 20'000; ++i) {
        PacketFact packet;
        packet.number = random();
        packet.frameMask = random() & ((std::uint64_t{1} << frameKindCount) - 1);
        packet.row = RowId(2 * i);
        packet.sizeBytes = static_cast<std::uint32_t>(random());
        packet.pathId = i < 10'000 ? 0 : static_cast<std::uint32_t>(random() % 3); // multipath begins late
        packet.flags = static_cast<std::uint16_t>(random());
        packet.type = static_cast<PacketType>(random() % packetTypeCount);
        facts.push_back(packet);
        index.append(packet);
    }
    for (std::size_t i = 0; i < facts.size(); ++i)
        QCOMPARE(index[PacketId(i)], facts[i]);
}

void PacketIndexTest::findsNumbersInAnyOrder_data()
{
    QTest::addColumn<int>("window");
    QTest::newRow("in order") << 1;
    QTest::newRow("neighbours swapped") << 2;
    QTest::newRow("small reordering") << 100;
    QTest::newRow("large reordering") << 3'000;
    QTest::newRow("no order at all") << 12'000;
}

void PacketIndexTest::findsNumbersInAnyOrder()
{
    QFETCH(int, window);
    EventStore store;
    PacketIndex index(&store);
    std::map<std::uint64_t, PacketId> expected;
    const auto findsAll = [&] {
        return std::all_of(expected.begin(), expected.end(),
                           [&](const auto& entry) { return index.find(0, application, entry.first) == entry.second; });
    };
    for (const std::uint64_t half : shuffledWithin(12'000, static_cast<std::size_t>(window))) {
        const std::uint64_t number = 2 * half; // odd numbers are never sent
        expected[number] = add(&index, number);
        if (index.size() % 5'000 == 0)
            QVERIFY(findsAll());
    }
    QVERIFY(findsAll());
    for (const std::uint64_t number :
         {std::uint64_t{1}, std::uint64_t{11'999}, std::uint64_t{24'000}, ~std::uint64_t{0}})
        QVERIFY(!index.find(0, application, number).isValid());
    for (std::size_t i = 0; i < index.size(); ++i)
        QCOMPARE(index[PacketId(i)].row, RowId(3 * i));
}

void PacketIndexTest::latestSendingOfANumberIsFound()
{
    EventStore store;
    PacketIndex index(&store);
    add(&index, 0);
    const PacketId again = add(&index, 0);
    add(&index, 1);
    QCOMPARE(index.find(0, application, 0), again);
    const PacketId late = add(&index, 0);
    QCOMPARE(index.find(0, application, 0), late);
    QCOMPARE(index.size(), std::size_t{4});

    std::map<std::uint64_t, PacketId> latest; // ten sendings of each number, far apart
    PacketIndex reordered(&store);
    for (int sending = 0; sending < 10; ++sending) {
        for (const std::uint64_t number : shuffledWithin(2'000, 2'000))
            latest[number] = add(&reordered, number);
    }
    for (const auto& [number, packet] : latest)
        QCOMPARE(reordered.find(0, application, number), packet);
}

void PacketIndexTest::pathsAndSpacesAreSeparate()
{
    EventStore store;
    PacketIndex index(&store);
    const PacketId initial = add(&index, 5, PacketType::Initial);
    const PacketId handshake = add(&index, 5, PacketType::Handshake);
    const PacketId early = add(&index, 4, PacketType::ZeroRtt);
    const PacketId oneRtt = add(&index, 5);
    const PacketId otherPath = add(&index, 5, PacketType::OneRtt, 1);
    QCOMPARE(index.find(0, PacketNumberSpace::Initial, 5), initial);
    QCOMPARE(index.find(0, PacketNumberSpace::Handshake, 5), handshake);
    QCOMPARE(index.find(0, application, 4), early);
    QCOMPARE(index.find(0, application, 5), oneRtt);
    QCOMPARE(index.find(1, application, 5), otherPath);
    QVERIFY(!index.find(2, application, 5).isValid());
    QVERIFY(!index.find(1, application, 4).isValid());

    QCOMPARE(acknowledge(&index, {0, 9, RowId(20U), 1}), std::vector{otherPath});
    QVERIFY(!index.ackedBy(oneRtt).isValid());
    QCOMPARE(acknowledge(&index, {0, 9, RowId(21U), 0, PacketNumberSpace::Initial}), std::vector{initial});
    QCOMPARE(acknowledge(&index, {0, 9, RowId(22U)}), (std::vector{early, oneRtt}));
    QCOMPARE(index.countsByType()[static_cast<std::size_t>(PacketType::OneRtt)], std::uint64_t{2});
    QCOMPARE(index.countsByType()[static_cast<std::size_t>(PacketType::ZeroRtt)], std::uint64_t{1});
    QCOMPARE(index.countsByType()[static_cast<std::size_t>(PacketType::Retry)], std::uint64_t{0});
}

void PacketIndexTest::acknowledgesEachPacketOnce()
{
    EventStore store;
    PacketIndex index(&store);
    for (const std::uint64_t number : {10U, 11U, 13U, 12U, 15U})
        add(&index, number);
    QCOMPARE(acknowledge(&index, {11, 12, RowId(100U)}), packetIds({1, 3})); // by number
    QCOMPARE(acknowledge(&index, {11, 12, RowId(101U)}), packetIds({}));
    QCOMPARE(acknowledge(&index, {0, 14, RowId(102U)}), packetIds({0, 2}));
    QCOMPARE(index.ackedBy(PacketId(1U)), RowId(100U));
    QCOMPARE(index.ackedBy(PacketId(2U)), RowId(102U));
    QVERIFY(!index.ackedBy(PacketId(4U)).isValid());
}

void PacketIndexTest::knowsTheLargestOfAnAck()
{
    EventStore store;
    PacketIndex index(&store);
    for (const std::uint64_t number : {10U, 11U, 12U})
        add(&index, number);
    AckedFact fact{10, 11, RowId(100U)};
    fact.isLargest = true;
    acknowledge(&index, fact);
    acknowledge(&index, {12, 12, RowId(101U)});
    const auto isLargest = [&index](std::uint32_t packet) { return (index.flags(PacketId(packet)) & PacketAckedAsLargest) != 0; };
    QVERIFY(!isLargest(0) && isLargest(1) && !isLargest(2));
    QCOMPARE(index[PacketId(1U)].type, PacketType::OneRtt); // what is packed beside it stays
    QCOMPARE(index[PacketId(1U)].frameMask, std::uint64_t{0});
}

void PacketIndexTest::acknowledgesEverySendingOfANumber()
{
    EventStore store;
    PacketIndex index(&store);
    for (const std::uint64_t number : {0U, 0U, 1U})
        add(&index, number);
    QCOMPARE(acknowledge(&index, {0, 0, RowId(100U)}), packetIds({0, 1}));
}

void PacketIndexTest::hugeAckRangesVisitOnlyWhatIsLogged()
{
    EventStore store;
    PacketIndex index(&store);
    constexpr std::uint64_t largest = (std::uint64_t{1} << 62) - 1;
    for (const std::uint64_t number : {std::uint64_t{0}, largest, std::uint64_t{7}})
        add(&index, number);
    QCOMPARE(acknowledge(&index, {0, ~std::uint64_t{0}, RowId(100U)}), packetIds({0, 2, 1}));
    QCOMPARE(index.find(0, application, largest), PacketId(1U));
}

void PacketIndexTest::countsBytesBefore()
{
    EventStore store;
    PacketIndex index(&store);
    std::uint64_t sum = 0;
    for (const std::uint64_t number : shuffledWithin(5'000, 50)) {
        const PacketId packet = add(&index, number);
        QCOMPARE(index.bytesBefore(packet), sum);
        sum += index[packet].sizeBytes;
        QCOMPARE(index.totalBytes(), sum);
    }
    std::uint64_t before = 0;
    for (std::size_t i = 0; i < index.size(); ++i) {
        QCOMPARE(index.bytesBefore(PacketId(i)), before);
        QCOMPARE(index.bytesBeforeRow(RowId(3 * i)), before); // see add()
        QCOMPARE(index.bytesBeforeRow(RowId(3 * i + 1)), before + index[PacketId(i)].sizeBytes);
        before += index[PacketId(i)].sizeBytes;
    }
}

void PacketIndexTest::findsPacketsByRow()
{
    EventStore store;
    PacketIndex index(&store);
    QVERIFY(!index.packetOfRow(RowId(0U)).isValid());
    for (std::uint64_t number = 0; number < 1'000; ++number)
        add(&index, number);
    for (std::uint32_t row = 0; row < 3'010; ++row)
        QCOMPARE(index.packetOfRow(RowId(row)), row % 3 == 0 && row < 3'000 ? PacketId(row / 3) : PacketId());
    QVERIFY(!index.packetOfRow(RowId()).isValid());
}

void PacketIndexTest::packetsWithoutNumberAreNotFoundByNumber()
{
    EventStore store;
    PacketIndex index(&store);
    PacketFact unnumbered;
    unnumbered.row = RowId(0U);
    unnumbered.type = PacketType::OneRtt;
    unnumbered.flags = PacketNoNumber | PacketSizeInferred;
    QVERIFY(!index.anySizeInferred());
    const PacketId packet = index.append(unnumbered);
    add(&index, 0, PacketType::Retry);
    QVERIFY(!index.find(0, application, 0).isValid());
    QVERIFY(!index.find(0, PacketNumberSpace::None, 0).isValid());
    QCOMPARE(index.packetOfRow(RowId(0U)), packet);
    QCOMPARE(index.size(), std::size_t{2});
    QVERIFY(index.anySizeInferred());
}

void PacketIndexTest::rangeOfNumbersAndRepeatedOnes()
{
    EventStore store;
    PacketIndex index(&store);
    QVERIFY(!index.numberRange(0, application));
    for (const std::uint64_t number : {7U, 3U, 9U, 3U, 7U, 3U})
        add(&index, number);
    add(&index, 3, PacketType::Handshake);
    add(&index, 3, PacketType::OneRtt, 5);
    QVERIFY(index.numberRange(0, application) == (Interval{3, 9}));
    QVERIFY(index.numberRange(5, application) == (Interval{3, 3}));
    QCOMPARE(index.countOf(0, application), std::size_t{6});
    QCOMPARE(index.countOf(1, application), std::size_t{0});
    QVERIFY(index.usesPathIds());
    std::vector<std::pair<PacketId, PacketId>> repeated;
    index.forEachRepeated([&](PacketId earlier, PacketId later) { repeated.emplace_back(earlier, later); });
    const std::vector<std::pair<PacketId, PacketId>> expected{{PacketId(1U), PacketId(3U)}, {PacketId(3U), PacketId(5U)}, {PacketId(0U), PacketId(4U)}};
    QVERIFY(repeated == expected);
    std::vector<PacketId> inRange;
    index.forEachInRange(0, application, {4, UINT64_MAX}, [&](PacketId packet) { inRange.push_back(packet); });
    QVERIFY(inRange == packetIds({0, 4, 2}));
    QVERIFY(index.spaceAndNumber(PacketId(6U)) == std::pair(PacketNumberSpace::Handshake, std::uint64_t{3}));
}

QTEST_GUILESS_MAIN(PacketIndexTest)
#include "packetindextest.moc"
