// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/intervalset.h"
#include "model/orderedseries.h"
#include "model/packetindex.h"
#include "model/streamindex.h"

#include <array>

namespace qlogscope {

/// Up to eight disjoint byte intervals [first, last + 1) that a stretch of bars covers. When there would be more, those with the
/// smallest hole between them become one: the largest holes stay holes.
struct BarNode {
    static constexpr std::size_t limit = 8;
    std::array<Interval, limit> intervals; ///< ascending, disjoint; only the first `count` are used
    std::uint32_t count = 0;

    void add(Interval interval)
    {
        // the common case: continues or follows the last one
        if (count > 0 && interval.first >= intervals[count - 1].first && interval.first <= intervals[count - 1].last + 1)
            intervals[count - 1].last = std::max(intervals[count - 1].last, interval.last);
        else
            insert(interval);
    }
    void merge(const BarNode& other)
    {
        for (std::uint32_t i = 0; i < other.count; ++i)
            add(other.intervals[i]);
    }

private:
    void insert(Interval interval);
};

inline constexpr std::size_t barFanOut = 64; // a node is as large as 34 packets

/// When a bar stands in time: packets at their own row, at the ACK that first covers them, or at a row of their own (losses).
struct PacketBar {
    PacketId packet;
    RowId row;
};
struct LostBarTraits {
    using Item = PacketBar;
    using Node = BarNode;
    static constexpr std::size_t fanOut = barFanOut;
    const PacketIndex* packets = nullptr;
    [[nodiscard]] static RowId rowOf(const Item& item) { return item.row; }
    [[nodiscard]] PacketId packetOf(const Item& item) const { return item.packet; }
    void addTo(std::span<const Item> items, Node* node) const;
};
struct SentBarTraits {
    using Item = PacketId;
    using Node = BarNode;
    static constexpr std::size_t fanOut = barFanOut;
    const PacketIndex* packets = nullptr;
    [[nodiscard]] RowId rowOf(PacketId packet) const { return packets->row(packet); }
    void prefetch(PacketId packet) const { packets->prefetchRow(packet); }
    [[nodiscard]] static PacketId packetOf(PacketId packet) { return packet; }
    void addTo(std::span<const Item> items, Node* node) const;
};
struct AckedBarTraits {
    using Item = PacketId;
    using Node = BarNode;
    static constexpr std::size_t fanOut = barFanOut;
    const PacketIndex* packets = nullptr;
    [[nodiscard]] RowId rowOf(PacketId packet) const { return packets->ackedBy(packet); }
    void prefetch(PacketId packet) const { packets->prefetchAckedBy(packet); }
    [[nodiscard]] static PacketId packetOf(PacketId packet) { return packet; }
    void addTo(std::span<const Item> items, Node* node) const;
};

/// What the height of a bar counts, from its foot to its top.
enum class BarScale : std::uint8_t {
    WireBytes, ///< packets laid end to end in log order
    PacketNumber, ///< one a packet; numbers of different packet-number spaces and paths lie over each other
    StreamOffset, ///< bytes of a stream; a bar for each STREAM frame, those of different streams lie over each other
};
/// A bar of its own: by packet, or by range of a stream. What it stands for has a height of at least 1.
struct ScaledBar {
    std::uint32_t index = 0; ///< PacketId, or of the range in StreamIndex (StreamOffset)
    RowId row;
};
struct ScaledBarTraits {
    using Item = ScaledBar;
    using Node = BarNode;
    static constexpr std::size_t fanOut = barFanOut;
    const PacketIndex* packets = nullptr;
    const StreamIndex* streams = nullptr;
    BarScale scale = BarScale::WireBytes;
    [[nodiscard]] static RowId rowOf(const Item& item) { return item.row; }
    [[nodiscard]] PacketId packetOf(const Item& item) const;
    [[nodiscard]] Interval intervalOf(const Item& item) const;
    void addTo(std::span<const Item> items, Node* node) const;
};

/// What one stretch of time, a pixel column, covers of a series of bars.
struct BarBucket {
    BarNode bars;
    std::size_t firstIndex = 0;
    std::size_t count = 0;
};

/// Packets as vertical bars [bytes before it, bytes before it + size] (or on another scale) at a time. UI thread.
template <typename Traits> class BarSeries : public OrderedSeries<Traits>
{
public:
    using OrderedSeries<Traits>::OrderedSeries;

    [[nodiscard]] PacketId packet(std::size_t index) const { return this->traits().packetOf((*this)[index]); }

    /// What each pixel column covers.
    [[nodiscard]] std::vector<BarBucket> sample(const ColumnEdges& edges) const;
    /// Lowest and highest byte of the bars in the range; count 0 if there is none.
    [[nodiscard]] BarNode extent(TimeRange range) const;
};

using SentBars = BarSeries<SentBarTraits>;
using AckedBars = BarSeries<AckedBarTraits>;
using LostBars = BarSeries<LostBarTraits>;
using ScaledBars = BarSeries<ScaledBarTraits>;

} // namespace qlogscope
