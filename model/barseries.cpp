// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/barseries.h"

#include "model/series.h"

namespace qlogscope {

namespace {

BarNode nodeOfPacket(const PacketIndex& packets, PacketId packet)
{
    BarNode node;
    const std::uint64_t size = packets.sizeBytes(packet);
    if (size == 0)
        return node;
    const std::uint64_t before = packets.bytesBefore(packet);
    node.intervals[0] = {before, before + size - 1};
    node.count = 1;
    return node;
}

} // namespace

void BarNode::add(Interval interval)
{
    // the common case: continues or follows the last one
    if (count > 0 && interval.first >= intervals[count - 1].first && interval.first <= intervals[count - 1].last + 1) {
        intervals[count - 1].last = std::max(intervals[count - 1].last, interval.last);
        return;
    }
    std::array<Interval, limit + 1> merged;
    std::uint32_t size = 0;
    bool isPlaced = false;
    for (std::uint32_t i = 0; i < count; ++i) {
        const Interval& present = intervals[i];
        if (present.last + 1 < interval.first) {
            merged[size++] = present;
        } else if (interval.last + 1 < present.first) {
            if (!isPlaced) {
                merged[size++] = interval;
                isPlaced = true;
            }
            merged[size++] = present;
        } else {
            interval = {std::min(interval.first, present.first), std::max(interval.last, present.last)};
        }
    }
    if (!isPlaced) {
        // after all that lie before it: the ones behind it were merged or none exist
        std::uint32_t position = size;
        while (position > 0 && merged[position - 1].first > interval.first) {
            merged[position] = merged[position - 1];
            --position;
        }
        merged[position] = interval;
        ++size;
    }
    if (size > limit) {
        std::uint32_t smallest = 1;
        for (std::uint32_t i = 2; i < size; ++i) {
            if (merged[i].first - merged[i - 1].last < merged[smallest].first - merged[smallest - 1].last)
                smallest = i;
        }
        merged[smallest - 1].last = merged[smallest].last;
        for (std::uint32_t i = smallest; i + 1 < size; ++i)
            merged[i] = merged[i + 1];
        --size;
    }
    count = size;
    std::copy_n(merged.begin(), size, intervals.begin());
}

BarNode LostBarTraits::nodeOf(const Item& item) const { return nodeOfPacket(*packets, item.packet); }
BarNode SentBarTraits::nodeOf(PacketId packet) const { return nodeOfPacket(*packets, packet); }
BarNode AckedBarTraits::nodeOf(PacketId packet) const { return nodeOfPacket(*packets, packet); }

template <typename Traits>
std::vector<typename BarSeries<Traits>::Bucket> BarSeries<Traits>::sample(TimeRange range, int columns) const
{
    std::vector<Bucket> buckets(static_cast<std::size_t>(std::max(columns, 0)));
    std::size_t begin = this->lowerBound(range.beginNs);
    for (int column = 0; column < columns; ++column) {
        const std::size_t end = this->lowerBound(columnTimeNs(range, column + 1, columns), begin);
        Bucket& bucket = buckets[static_cast<std::size_t>(column)];
        bucket.firstIndex = begin;
        bucket.count = end - begin;
        this->visit(
            begin, end, [&](const typename Traits::Item& item) { bucket.bars.merge(this->traits().nodeOf(item)); },
            [&](const BarNode& node, std::size_t) { bucket.bars.merge(node); });
        begin = end;
    }
    return buckets;
}

template <typename Traits> BarNode BarSeries<Traits>::extent(TimeRange range) const
{
    BarNode result;
    const std::size_t begin = this->lowerBound(range.beginNs);
    const std::size_t end = this->lowerBound(range.endNs, begin);
    this->visit(
        begin, end, [&](const typename Traits::Item& item) { result.merge(this->traits().nodeOf(item)); },
        [&](const BarNode& node, std::size_t) { result.merge(node); });
    return result;
}

template class BarSeries<SentBarTraits>;
template class BarSeries<AckedBarTraits>;
template class BarSeries<LostBarTraits>;

} // namespace qlogscope
