// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/derivedseries.h"

#include <cstdint>
#include <optional>

namespace qlogscope {

/// Figures of one direction of a trace over a range of time, with the definitions of the statistics view.
struct RangeStatistics {
    std::uint64_t packets = 0; ///< whose own time is in the range
    std::uint64_t bytes = 0; ///< of these packets
    std::optional<std::int64_t> bitsPerSecond; ///< of these bytes; none for an empty range
    std::optional<std::int64_t> goodputBitsPerSecond; ///< none where the log has no stream data that got through
    std::uint64_t ackElicitingPackets = 0; ///< of the packets
    /// Packets sent in the range that are declared lost at any time (also where that is inferred), without path MTU probes and without
    /// those that turned out to be spurious. None for received packets (what the peer lost is not in this log), and where the log has
    /// neither losses nor ACKs to infer them from.
    std::optional<std::uint64_t> lostPackets;
    /// RTT samples taken in the range; percentiles by nearest rank.
    struct Rtt {
        std::uint64_t samples = 0;
        std::int64_t minNs = 0;
        std::int64_t medianNs = 0;
        std::int64_t p95Ns = 0;
        std::int64_t maxNs = 0;
    };
    std::optional<Rtt> rtt; ///< none without samples
    std::uint64_t acks = 0; ///< packets with ACKs of the other direction in the range: packets / acks is the ACK frequency

    bool areSizesInferred = false; ///< of some packets of this direction: bytes and rate
    bool areLengthsInferred = false; ///< of some STREAM frames: goodput
    bool areLossesInferred = false; ///< some of them: see FlightEstimate::losses()

    /// lostPackets of ackElicitingPackets, from 0 to 1; none where there is nothing to divide.
    [[nodiscard]] std::optional<double> lossShare() const;
    /// Packets per ACK; none without ACKs.
    [[nodiscard]] std::optional<double> packetsPerAck() const;
};

/// Linear in the packets of the range and the losses of the trace. @param derived of the same trace, advanced to its end
/// @param range on the trace's clock
[[nodiscard]] RangeStatistics rangeStatistics(const Trace& trace, const DerivedSeries& derived, Direction direction, TimeRange range);

} // namespace qlogscope
