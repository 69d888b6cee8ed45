// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/transferrates.h"

#include <cmath>

namespace qlogscope {

TransferRates::TransferRates(const Trace& trace)
    : m_trace(trace)
    , m_isInOrder(trace.areRowsInOrder())
    , m_sides{Side(&trace.events()), Side(&trace.events())}
{
}

std::uint64_t TransferRates::packetBytesIn(Direction direction, TimeRange range) const
{
    if (range.isEmpty())
        return 0;
    const SentBars& bars = m_trace.sentBars(direction);
    if (!m_isInOrder)
        return static_cast<std::uint64_t>(side(direction).packetBytes.sumIn(range));
    const PacketIndex& packets = m_trace.packets(direction);
    const auto before = [&](std::size_t index) {
        return index < packets.size() ? packets.bytesBefore(PacketId(index)) : packets.totalBytes();
    };
    const std::size_t begin = bars.lowerBound(range.beginNs);
    return before(bars.lowerBound(range.endNs, begin)) - before(begin);
}

std::uint64_t TransferRates::streamBytesIn(Direction direction, TimeRange range) const
{
    return static_cast<std::uint64_t>(side(direction).goodput.sumIn(range));
}

void TransferRates::packet(Direction direction, PacketId packet)
{
    const PacketIndex& packets = m_trace.packets(direction);
    if (!m_isInOrder)
        m_sides[static_cast<std::size_t>(direction)].packetBytes.append(packets.row(packet), packets.sizeBytes(packet));
}

void TransferRates::addRange(Side* each, const StreamIndex::Range& range)
{
    if (range.length == 0 || range.offset + range.length < range.offset)
        return;
    if (range.stream >= each->through.size())
        each->through.resize(std::max<std::size_t>(range.stream + 1, each->through.size() * 2));
    const Interval bytes{range.offset, range.offset + range.length - 1};
    IntervalSet& through = each->through[range.stream];
    through.forEachMissing(bytes, [each](Interval part) { each->newBytes += part.last - part.first + 1; });
    through.insert(bytes);
}

void TransferRates::acked(PacketId sentPacket)
{
    const StreamIndex& streams = m_trace.streams();
    const RowId row = m_trace.packets(Direction::Sent).row(sentPacket);
    m_near = streams.firstRangeOf(row, m_near);
    for (; m_near < streams.rangeCount() && streams.rangeRow(m_near) == row; ++m_near)
        addRange(&m_sides[static_cast<std::size_t>(Direction::Sent)], streams.range(m_near));
}

void TransferRates::streamRange(std::size_t index)
{
    const StreamIndex::Range range = m_trace.streams().range(index);
    if (range.direction == Direction::Received)
        addRange(&m_sides[static_cast<std::size_t>(Direction::Received)], range);
}

void TransferRates::rowEnd(RowId row)
{
    for (Side& each : m_sides) {
        if (each.newBytes > 0)
            each.goodput.append(row, static_cast<std::int64_t>(each.newBytes));
        each.newBytes = 0;
    }
}

std::size_t TransferRates::memoryBytes() const
{
    constexpr std::size_t nodeBytes = 48;
    std::size_t bytes = 0;
    for (const Side& each : m_sides) {
        bytes += each.goodput.memoryBytes() + each.packetBytes.memoryBytes() + each.through.capacity() * sizeof(IntervalSet);
        for (const IntervalSet& set : each.through)
            bytes += set.size() * nodeBytes;
    }
    return bytes;
}

std::int64_t bitsPerSecond(std::uint64_t bytes, std::int64_t lengthNs)
{
    return lengthNs <= 0 ? 0 : std::llround(static_cast<long double>(bytes) * 8e9L / static_cast<long double>(lengthNs));
}

std::int64_t rateWindowNs(TimeRange range)
{
    constexpr std::int64_t windows = 200;
    std::int64_t window = 1'000'000;
    for (int step = 0; window < range.lengthNs() / windows; ++step)
        window = step % 3 == 1 ? window / 2 * 5 : window * 2; // 1, 2, 5, 10, ...
    return window;
}

} // namespace qlogscope
