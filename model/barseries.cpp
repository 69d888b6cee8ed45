// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/barseries.h"

namespace qlogscope {

namespace {

constexpr std::uint64_t largestVarint = (std::uint64_t{1} << 62) - 1; // of packet numbers and offsets (RFC 9000, section 16)

/// Packets that follow each other lie end to end: each run of them is one interval, without a look at those inside.
template <typename Traits> void addRuns(const Traits& traits, std::span<const typename Traits::Item> items, BarNode* node)
{
    for (std::size_t i = 0; i < items.size();) {
        const PacketId first = traits.packetOf(items[i]);
        PacketId last = first;
        for (++i; i < items.size() && traits.packetOf(items[i]).value == last.value + 1; ++i)
            last = traits.packetOf(items[i]);
        const std::uint64_t from = traits.packets->bytesBefore(first);
        const std::uint64_t to = traits.packets->bytesBefore(last) + traits.packets->sizeBytes(last);
        if (to > from)
            node->add({from, to - 1});
    }
}

} // namespace

void BarNode::insert(Interval interval)
{
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

void LostBarTraits::addTo(std::span<const Item> items, BarNode* node) const { addRuns(*this, items, node); }
void SentBarTraits::addTo(std::span<const Item> items, BarNode* node) const { addRuns(*this, items, node); }
void AckedBarTraits::addTo(std::span<const Item> items, BarNode* node) const { addRuns(*this, items, node); }

PacketId ScaledBarTraits::packetOf(const Item& item) const
{
    return scale == BarScale::StreamOffset ? packets->packetOfRow(streams->rangeRow(item.index)) : PacketId(item.index);
}

Interval ScaledBarTraits::intervalOf(const Item& item) const
{
    switch (scale) {
    case BarScale::PacketNumber: {
        const std::uint64_t number = std::min(packets->number(PacketId(item.index)), largestVarint);
        return {number, number};
    }
    case BarScale::StreamOffset: {
        const auto [offset, length] = streams->rangeOffset(item.index);
        const std::uint64_t from = std::min(offset, largestVarint);
        return {from, from + length - 1};
    }
    case BarScale::WireBytes:
        break;
    }
    const std::uint64_t before = packets->bytesBefore(PacketId(item.index));
    return {before, before + packets->sizeBytes(PacketId(item.index)) - 1};
}

void ScaledBarTraits::addTo(std::span<const Item> items, Node* node) const
{
    if (scale == BarScale::StreamOffset) {
        StreamIndex::Reader ranges(*streams);
        for (const Item& item : items) {
            const std::uint64_t from = std::min(ranges.offset(item.index), largestVarint);
            node->add({from, from + ranges.length(item.index) - 1});
        }
        return;
    }
    if (scale == BarScale::PacketNumber) { // numbers mostly go up one by one
        for (std::size_t i = 0; i < items.size();) {
            const std::uint64_t first = packets->number(PacketId(items[i].index));
            std::uint64_t last = first;
            for (++i; i < items.size() && packets->number(PacketId(items[i].index)) == last + 1; ++i)
                ++last;
            node->add({std::min(first, largestVarint), std::min(last, largestVarint)});
        }
        return;
    }
    for (const Item& item : items)
        node->add(intervalOf(item));
}

template <typename Traits> std::vector<BarBucket> BarSeries<Traits>::sample(const ColumnEdges& edges) const
{
    std::vector<BarBucket> buckets(edges.columns());
    const std::vector<std::size_t> bounds = this->lowerBounds(edges);
    for (std::size_t column = 0; column < buckets.size(); ++column) {
        BarBucket& bucket = buckets[column];
        bucket.firstIndex = bounds[column];
        bucket.count = bounds[column + 1] - bounds[column];
        if (bucket.count > 0)
            bucket.bars = this->merged(bounds[column], bounds[column + 1]);
    }
    return buckets;
}

template <typename Traits> BarNode BarSeries<Traits>::extent(TimeRange range) const
{
    const std::size_t begin = this->lowerBound(range.beginNs);
    return this->merged(begin, this->lowerBound(range.endNs, begin));
}

template class BarSeries<SentBarTraits>;
template class BarSeries<AckedBarTraits>;
template class BarSeries<LostBarTraits>;
template class BarSeries<ScaledBarTraits>;

} // namespace qlogscope
