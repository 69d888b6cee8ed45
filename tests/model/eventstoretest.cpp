// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/eventstore.h"

#include <QTest>

using namespace qlogscope;

/// The store gives back every row as it came, and finds rows by their place in the file.
class EventStoreTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void givesBackWhatCame();
    void aSecondTraceMayAppearLate();
    void aFirstRowMayBelongToALaterTrace();
    void findsTheRowAtAByte();
    void rowsMayLieFarApart();
    void costsLittlePerRow();
};

namespace {

EventRow rowOf(std::size_t index, std::uint32_t trace = 0)
{
    EventRow row;
    row.timeNs = 5'000 - std::int64_t(index) * 7;
    row.offset = (std::uint64_t{1} << 40) + index * 100;
    row.length = static_cast<std::uint32_t>(4'000'000'000U + index);
    row.name = index % 5 == 0 ? NameId() : NameId(index % 65'000);
    row.trace = TraceId(trace);
    row.flags = static_cast<std::uint8_t>(index % 64);
    return row;
}

EventRow rowAt(std::uint64_t offset, std::uint32_t length)
{
    EventRow row = rowOf(0);
    row.offset = offset;
    row.length = length;
    return row;
}

} // namespace

void EventStoreTest::givesBackWhatCame()
{
    EventStore store;
    for (std::size_t i = 0; i < 70'000; ++i)
        store.append(rowOf(i));
    QCOMPARE(store.size(), std::size_t{70'000});
    for (std::size_t i = 0; i < store.size(); ++i) {
        const RowId row(i);
        const EventRow back{store.timeNs(row), store.offset(row), store.length(row),
                            store.name(row),   store.trace(row),  store.flags(row)};
        QCOMPARE(back, rowOf(i));
    }
}

void EventStoreTest::aSecondTraceMayAppearLate()
{
    EventStore store;
    for (std::size_t i = 0; i < 40'000; ++i)
        store.append(rowOf(i));
    store.append(rowOf(40'000, 3));
    store.append(rowOf(40'001, 0));
    store.append(rowOf(40'002, 1));
    for (std::uint32_t i = 0; i < 40'000; ++i)
        QCOMPARE(store.trace(RowId(i)), TraceId(0U));
    QCOMPARE(store.trace(RowId(40'000U)), TraceId(3U));
    QCOMPARE(store.trace(RowId(40'001U)), TraceId(0U));
    QCOMPARE(store.trace(RowId(40'002U)), TraceId(1U));
}

void EventStoreTest::aFirstRowMayBelongToALaterTrace()
{
    EventStore store;
    store.append(rowOf(0, 2));
    store.append(rowOf(1, 0));
    QCOMPARE(store.trace(RowId(0U)), TraceId(2U));
    QCOMPARE(store.trace(RowId(1U)), TraceId(0U));
}

void EventStoreTest::findsTheRowAtAByte()
{
    EventStore store;
    QVERIFY(!store.rowAtOffset(0).isValid());
    for (const auto& [offset, length] : {std::pair{100U, 50U}, {150U, 1U}, {160U, 40U}, {210U, 5U}})
        store.append(rowAt(offset, length));
    const std::pair<std::uint64_t, std::uint32_t> expected[]
        = {{0, 0}, {99, 0}, {100, 0}, {149, 0}, {150, 1}, {151, 2}, {160, 2}, {199, 2}, {200, 3}, {210, 3}, {214, 3}};
    for (const auto& [offset, row] : expected)
        QCOMPARE(store.rowAtOffset(offset), RowId(row));
    QVERIFY(!store.rowAtOffset(215).isValid());
    QVERIFY(!store.rowAtOffset(~std::uint64_t{0}).isValid());
}

void EventStoreTest::rowsMayLieFarApart()
{
    constexpr std::uint64_t gib4 = std::uint64_t{1} << 32;
    EventStore store;
    const std::vector<std::uint64_t> offsets{0,    10,       gib4 - 2, gib4 - 1,
                                             gib4, gib4 + 1, 3 * gib4, std::uint64_t{1} << 62};
    for (const std::uint64_t offset : offsets)
        store.append(rowAt(offset, 1));
    for (std::size_t i = 0; i < offsets.size(); ++i) {
        QCOMPARE(store.offset(RowId(i)), offsets[i]);
        QCOMPARE(store.rowAtOffset(offsets[i]), RowId(i));
    }
}

void EventStoreTest::costsLittlePerRow()
{
    EventStore store;
    constexpr std::size_t count = 200'000;
    for (std::size_t i = 0; i < count; ++i)
        store.append(rowOf(i));
    QVERIFY(store.memoryBytes() <= 24 * count);
    store.append(rowOf(count, 1));
    QVERIFY(store.memoryBytes() <= 28 * count + 32'768 * 6);
}

QTEST_GUILESS_MAIN(EventStoreTest)
#include "eventstoretest.moc"
