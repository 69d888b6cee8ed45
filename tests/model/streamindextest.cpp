// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/streamindex.h"

#include <QTest>

using namespace qlogscope;

/// Streams and what STREAM frames carried, as the facts tell it.
class StreamIndexTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void startsEmpty();
    void addsUpEachDirectionOfEachStream();
    void listsStreamsInOrderOfAppearance();
    void keepsEveryRange();
    void findsRangesByRow();
};

namespace {

struct Frame {
    std::uint64_t streamId;
    std::uint64_t offset;
    std::uint32_t length;
    std::uint32_t newBytes;
    Direction direction = Direction::Sent;
    bool fin = false;
};

StreamFact factOf(const Frame& frame, std::uint32_t row)
{
    StreamFact fact;
    fact.row = RowId(row);
    fact.streamId = frame.streamId;
    fact.offset = frame.offset;
    fact.length = frame.length;
    fact.newBytes = frame.newBytes;
    fact.direction = frame.direction;
    fact.fin = frame.fin;
    return fact;
}

} // namespace

void StreamIndexTest::startsEmpty()
{
    const StreamIndex index;
    QVERIFY(index.streams().empty());
    QCOMPARE(index.maxStreamId(), std::optional<std::uint64_t>());
    QCOMPARE(index.rangeCount(), std::size_t{0});
}

void StreamIndexTest::addsUpEachDirectionOfEachStream()
{
    StreamIndex index;
    std::uint32_t row = 10;
    for (const Frame& frame :
         {Frame{4, 0, 100, 100}, Frame{4, 200, 50, 50}, Frame{4, 50, 150, 100}, Frame{4, 0, 30, 0, Direction::Received},
          Frame{4, 250, 0, 0, Direction::Sent, true}, Frame{8, 7, 1, 1}, Frame{4, 0, 10, 0}})
        index.append(factOf(frame, row++));

    const StreamTotals& sent = index.streams()[0].sent;
    QCOMPARE(sent.frames, std::uint64_t{5});
    QCOMPARE(sent.newBytes, std::uint64_t{250});
    QCOMPARE(sent.repeatedBytes, std::uint64_t{60});
    QCOMPARE(sent.largestOffset, std::uint64_t{250});
    QCOMPARE(sent.firstRow, RowId(10U));
    QCOMPARE(sent.lastRow, RowId(16U));
    QVERIFY2(sent.fin, "a FIN stays, whatever follows");

    const StreamTotals& received = index.streams()[0].received;
    QCOMPARE(received.frames, std::uint64_t{1});
    QCOMPARE(received.repeatedBytes, std::uint64_t{30});
    QCOMPARE(received.firstRow, RowId(13U));
    QVERIFY(!received.fin);
    QCOMPARE(index.streams()[1].sent.newBytes, std::uint64_t{1});
    QVERIFY(!index.streams()[1].received.firstRow.isValid());
}

void StreamIndexTest::listsStreamsInOrderOfAppearance()
{
    StreamIndex index;
    constexpr std::uint64_t largest = (std::uint64_t{1} << 62) - 1;
    index.append(factOf({0, 0, 1, 1}, 1));
    QCOMPARE(index.maxStreamId(), std::optional<std::uint64_t>(0));
    for (const std::uint64_t id : {std::uint64_t{12}, largest, std::uint64_t{3}, std::uint64_t{12}})
        index.append(factOf({id, 0, 1, 1}, 2));
    std::vector<std::uint64_t> ids;
    for (const StreamIndex::Stream& stream : index.streams())
        ids.push_back(stream.id);
    QCOMPARE(ids, (std::vector<std::uint64_t>{0, 12, largest, 3}));
    QCOMPARE(index.maxStreamId(), std::optional(largest));
}

void StreamIndexTest::keepsEveryRange()
{
    using enum StreamDataClass;
    StreamIndex index;
    std::vector<StreamFact> facts;
    for (const StreamDataClass dataClass : {New, Gap, Reordered, Retransmitted, Duplicate}) {
        for (const Direction direction : {Direction::Sent, Direction::Received}) {
            for (const bool fin : {false, true}) {
                StreamFact fact
                    = factOf({facts.size() % 3, ~std::uint64_t{0} - facts.size() * 1'000'000, 4'000'000'000U, 0}, 0);
                fact.row = RowId(facts.size() * 7);
                fact.dataClass = dataClass;
                fact.direction = direction;
                fact.fin = fin;
                facts.push_back(fact);
                index.append(fact);
            }
        }
    }
    QCOMPARE(index.rangeCount(), facts.size());
    for (std::size_t i = 0; i < facts.size(); ++i) {
        const StreamIndex::Range range = index.range(i);
        QCOMPARE(range.row, facts[i].row);
        QCOMPARE(index.streams()[range.stream].id, facts[i].streamId);
        QCOMPARE(range.offset, facts[i].offset);
        QCOMPARE(range.length, facts[i].length);
        QCOMPARE(range.direction, facts[i].direction);
        QCOMPARE(range.dataClass, facts[i].dataClass);
        QCOMPARE(range.fin, facts[i].fin);
    }
}

void StreamIndexTest::findsRangesByRow()
{
    StreamIndex index;
    QCOMPARE(index.firstRangeOf(RowId(3U), 0), std::size_t{0});
    std::vector<std::uint32_t> rows;
    for (std::uint32_t i = 0; i < 200; ++i) {
        rows.push_back(i / 3 * 2); // three frames a packet, and another record between packets
        index.append(factOf({4, 0, 100, 100}, rows.back()));
    }
    for (std::uint32_t row = 0; row < 140; ++row) {
        const auto expected = static_cast<std::size_t>(std::lower_bound(rows.begin(), rows.end(), row) - rows.begin());
        for (const std::size_t near : {std::size_t{0}, expected, expected + 1, std::size_t{77}, std::size_t{200}, std::size_t{1'000}})
            QCOMPARE(index.firstRangeOf(RowId(row), near), expected);
    }
}

QTEST_GUILESS_MAIN(StreamIndexTest)
#include "streamindextest.moc"
