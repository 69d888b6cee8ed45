// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/deltaseries.h"
#include "model/rttestimator.h"
#include "model/trace.h"

#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

namespace qlogscope {

/// False for writers that log no packet_lost event for each lost packet (dialects 5.0, column LS: none or aggregate).
[[nodiscard]] bool logsLosses(Writer writer);

/// What is in flight by the log's own packets, for logs that do not say it: sent packets that are ack-eliciting or padded (RFC 9002,
/// section 2; without logged frames all), neither acknowledged nor lost, nor discarded with the keys of the handshake (section
/// 6.4). And which packets a writer that does not log losses must have declared lost (section 6.1): one that is newer
/// by three is acknowledged, or any newer one is and 9/8 of the RTT went by; found at the next packet or ACK of the space. Probes of the path MTU are no
/// losses. Fed in the order of time. UI thread.
class FlightEstimate
{
public:
    struct Loss {
        RowId row; ///< when it is found
        PacketId packet;
    };

    /// @param trace must outlive this
    explicit FlightEstimate(const Trace& trace);

    /// Bytes in flight over time; empty where the log has them itself, or where sizes or ACKs are missing.
    [[nodiscard]] const DeltaSeries& bytesInFlight() const { return m_isKnown ? m_series : m_nothing; }
    /// In the order of time; empty where the log has its losses.
    [[nodiscard]] const std::vector<Loss>& losses() const { return m_losses; }
    /// Now; also where the log has bytes in flight.
    [[nodiscard]] std::int64_t currentBytes() const { return m_bytes; }
    [[nodiscard]] const RttEstimator& rtt() const { return m_rtt; }
    [[nodiscard]] std::size_t memoryBytes() const;

    // See TimeWalk::Visitor.
    void packet(Direction direction, PacketId packet);
    void acked(PacketId sentPacket);
    void lost(PacketId sentPacket);
    void sample(std::int64_t rttNs, RowId row) { m_rtt.add(rttNs, m_trace.events().timeNs(row)); }
    /// After the samples of the row.
    void rowEnd(RowId row);

private:
    using Key = std::pair<std::uint32_t, PacketNumberSpace>;
    /// Numbers of one path and space. Packets in flight only, but for those that left and were not yet looked at.
    struct Numbers {
        std::deque<PacketId> newer; ///< than what is acknowledged
        std::vector<PacketId> overtaken; ///< few: three newer ones make a loss
        std::uint64_t largestAcked = 0;
        bool hasAck = false;
    };
    void touch(Numbers* numbers);
    void leave(PacketId id);
    void discard(PacketNumberSpace space);
    void findLosses(Numbers* numbers, RowId row);

    const Trace& m_trace;
    const bool m_infersLosses;
    RttEstimator m_rtt;
    DeltaSeries m_series;
    DeltaSeries m_nothing;
    std::vector<bool> m_inFlight; ///< by packet
    std::vector<PacketId> m_handshakePackets[2]; ///< Initial, Handshake
    std::map<Key, Numbers> m_numbers; ///< only where losses are inferred
    std::vector<Numbers*> m_touched; ///< by the row being told: entries of a map stay where they are
    std::vector<Loss> m_losses;
    std::int64_t m_bytes = 0;
    std::int64_t m_bytesBefore = 0; ///< the row being told
    bool m_areSizesKnown = true;
    bool m_hasAck = false;
    bool m_isKnown = false;
};

} // namespace qlogscope
