// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/deltaseries.h"
#include "model/intervalset.h"
#include "model/trace.h"

#include <array>
#include <vector>

namespace qlogscope {

/// How much got through, in each direction, over any range of time: packet bytes as they were sent (or arrived), and new stream bytes,
/// that is bytes of streams counted once, when they are acknowledged (sent) or arrive (received). O(log n) a query. Fed in the order
/// of time. UI thread.
class TransferRates
{
public:
    /// @param trace must outlive this
    explicit TransferRates(const Trace& trace);

    /// Bytes of the packets whose time is in the range, headers and all.
    [[nodiscard]] std::uint64_t packetBytesIn(Direction direction, TimeRange range) const;
    /// New stream bytes that were acknowledged or received in the range.
    [[nodiscard]] std::uint64_t streamBytesIn(Direction direction, TimeRange range) const;
    /// The log has STREAM frames in that direction that got through: without any there is no goodput, not one of 0.
    [[nodiscard]] bool hasGoodput(Direction direction) const { return !side(direction).goodput.empty(); }
    [[nodiscard]] const DeltaSeries& goodput(Direction direction) const { return side(direction).goodput; }
    [[nodiscard]] std::size_t memoryBytes() const;

    // See TimeWalk::Visitor.
    void packet(Direction direction, PacketId packet);
    void acked(PacketId sentPacket);
    void streamRange(std::size_t index);
    void rowEnd(RowId row);

private:
    struct Side {
        explicit Side(const EventStore* store)
            : goodput(store)
            , packetBytes(store)
        {
        }
        std::vector<IntervalSet> through; ///< by stream index: what was acknowledged or received
        DeltaSeries goodput;
        DeltaSeries packetBytes; ///< only while the packets of the log are not in the order of time: else their index has the sums
        std::uint64_t newBytes = 0; ///< of the row being told
    };
    [[nodiscard]] const Side& side(Direction direction) const { return m_sides[static_cast<std::size_t>(direction)]; }
    void addRange(Side* side, const StreamIndex::Range& range);

    const Trace& m_trace;
    const bool m_isInOrder; ///< of time, the rows of the trace, as far as was known in the beginning
    std::array<Side, 2> m_sides;
    std::size_t m_near = 0; ///< stream range of the last acknowledged packet
};

/// Bits per second of so many bytes in a time, rounded; 0 for no time.
[[nodiscard]] std::int64_t bitsPerSecond(std::uint64_t bytes, std::int64_t lengthNs);
/// The window that rates over a range are averaged over unless one is chosen: 1, 2 or 5 times a power of ten, in nanoseconds, at
/// least 1 ms, about 200 of them in the range.
[[nodiscard]] std::int64_t rateWindowNs(TimeRange range);

} // namespace qlogscope
