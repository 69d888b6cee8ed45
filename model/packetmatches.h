// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clockoffset.h"
#include "model/column.h"
#include "model/packetindex.h"
#include "model/trace.h"

#include <array>
#include <compare>
#include <cstdint>
#include <set>
#include <vector>

namespace qlogscope {

/// What became of a packet that one log calls sent, by the log of the other side.
enum class PacketFate : std::uint8_t {
    Received, ///< it is in the other log
    /// It is not, and the other log covers the time at which it would have arrived. That includes what arrived and was discarded, for want of
    /// keys for instance (RFC 9001, section 4.9): a packet_dropped event seldom tells the number.
    Lost,
    Unknown, ///< it is not, and the other log cannot say
};

/// Which packet that one side sent is which one that the other received: two traces of one connection. UI thread.
///
/// Packets are matched by (multipath path id, packet-number space, number). Two receptions of a number that was sent once are one
/// packet that the network doubled: both are matched with the sending, and the first one counts as its reception. Of a number that
/// was sent several times (a client begins anew after Version Negotiation; RFC 9000, section 17.2.1) later receptions belong to later
/// sendings; where there are fewer of them they belong to the last sendings that were not after them, by the estimated clock offset.
/// Retry, Version Negotiation and Stateless Reset have no number: the first one sent is the first one received, by type. Other packets
/// without a number are not matched.
///
/// A packet that is not received is lost if the receiver's log has received packets of its type and covers the time at which it would
/// have arrived. After the beginning of that log: a packet sent before it is received, or the time is within, taking the shortest d
/// (receive - send, on the two logs' own times) of the flow. Before the end: a packet sent after it is received, or the time is within,
/// taking the longest d. The end is the first sending or reception of a CONNECTION_CLOSE, or connection_closed event, where there is
/// one: after it an endpoint need not process what it receives (RFC 9000, section 10.2).
class PacketMatches
{
public:
    /// @param client, server must outlive this; packets that are appended to them later are taken by the next advance()
    PacketMatches(const Trace& client, const Trace& server);
    PacketMatches(const PacketMatches&) = delete;
    PacketMatches& operator=(const PacketMatches&) = delete;

    /// Goes on with what is not matched yet, for about so long. @return true if nothing is left
    bool advance(std::int64_t milliseconds);
    /// The same, to the end.
    void finish();

    [[nodiscard]] const Trace& client() const { return m_client; }
    [[nodiscard]] const Trace& server() const { return m_server; }
    [[nodiscard]] const Trace& sender(Flow flow) const { return flow == Flow::ClientToServer ? m_client : m_server; }
    [[nodiscard]] const Trace& receiver(Flow flow) const { return flow == Flow::ClientToServer ? m_server : m_client; }
    [[nodiscard]] const PacketIndex& sentPackets(Flow flow) const { return sender(flow).packets(Direction::Sent); }
    [[nodiscard]] const PacketIndex& receivedPackets(Flow flow) const { return receiver(flow).packets(Direction::Received); }

    // Of what is matched by now: none before a packet's turn. Constant time.
    /// The first reception of a packet in sentPackets(), as one of receivedPackets(); none if it has none.
    [[nodiscard]] PacketId receivedAs(Flow flow, PacketId sent) const;
    /// The sending of a packet in receivedPackets(), as one of sentPackets(); none if the other log has none.
    [[nodiscard]] PacketId sentAs(Flow flow, PacketId received) const;
    /// The network doubled the packet, and this is not its first reception.
    [[nodiscard]] bool isDuplicate(Flow flow, PacketId received) const;
    /// Unknown before a packet's turn. What is Lost now may be Received, and what is Unknown may be Lost, when the traces have grown.
    [[nodiscard]] PacketFate fate(Flow flow, PacketId sent) const;

    struct Counts {
        std::uint64_t matched = 0; ///< sent packets that were received
        std::uint64_t lost = 0;
        std::uint64_t unknown = 0; ///< with matched and lost: all sent packets
        std::uint64_t duplicates = 0; ///< received packets that are another copy of a matched one
        std::uint64_t unsent = 0; ///< received packets whose sending is not in the other log
        bool operator==(const Counts&) const = default;
    };
    /// As of the last time that advance() returned true.
    [[nodiscard]] const Counts& counts(Flow flow) const;
    /// Ids of sent packets: all those that are Lost or Unknown, with some that are Received by now. In log order whenever advance()
    /// returns true.
    [[nodiscard]] const std::vector<std::uint32_t>& unmatchedSent(Flow flow) const;

    /// As of the last time that advance() returned true; Unpaired before.
    [[nodiscard]] const ClockOffset& clock() const { return m_clock; }
    /// To set an offset by hand; fates do not depend on that.
    [[nodiscard]] ClockOffset& clock() { return m_clock; }
    [[nodiscard]] std::size_t memoryBytes() const;

private:
    enum class Phase : std::uint8_t { Packets, Resent, Lost, Unsent, Done };
    struct Number {
        std::uint32_t pathId = 0;
        PacketNumberSpace space = PacketNumberSpace::None;
        std::uint64_t number = 0;
        [[nodiscard]] bool isInSpaceOf(const Number& other) const { return pathId == other.pathId && space == other.space; }
        auto operator<=>(const Number&) const = default;
    };
    struct Taken {
        Number number;
        PacketId packet;
    };
    struct Merge;
    static constexpr int unnumberedTypes = 3; // Retry, Version Negotiation, Stateless Reset
    struct FlowMatches {
        Column<std::uint32_t> receivedAs; // of each sent packet whose turn has come
        Column<std::uint32_t> sentAs;
        std::size_t sentTaken = 0;
        std::size_t receivedTaken = 0;
        std::uint64_t matched = 0;
        PacketId firstMatched; // of the sent ones
        PacketId lastMatched;
        std::int64_t shortestNs = INT64_MAX; // d of packets that were sent once
        std::int64_t longestNs = INT64_MIN;
        std::vector<std::uint32_t> unmatchedSent; // with some that were matched since
        std::vector<std::uint32_t> unmatchedReceived;
        bool isUnmatchedSorted = true;
        std::set<Number> resent; // sent several times, and received
        std::array<std::array<std::vector<std::uint32_t>, 2>, unnumberedTypes> unnumbered; // sent and received ones by type
        TimeRange covered; // by the receiver's log
        Counts counts;
    };
    /// A number of which there are several sendings: how many of its sendings and receptions, from the last ones, are still to do.
    struct Resolution {
        PacketIndex::Numbers sent;
        PacketIndex::Numbers received;
        std::size_t firstSent = 0;
        std::size_t firstReceived = 0;
        std::size_t sendings = 0;
        std::size_t receptions = 0;
    };

    [[nodiscard]] FlowMatches& of(Flow flow) { return m_flows[static_cast<std::size_t>(flow)]; }
    [[nodiscard]] const FlowMatches& of(Flow flow) const { return m_flows[static_cast<std::size_t>(flow)]; }
    [[nodiscard]] std::int64_t sentNs(Flow flow, PacketId sent) const;
    [[nodiscard]] std::int64_t receivedNs(Flow flow, PacketId received) const;
    [[nodiscard]] bool isCovered(Flow flow, PacketId sent) const;

    void step();
    void beginAnewIfGrown();
    [[nodiscard]] bool takePackets();
    void take(Flow flow, Direction direction, std::size_t begin, std::size_t end);
    template <typename Visit> void visitTaken(Flow flow, Visit visit);
    void takeSent(Flow flow);
    void takeReceived(Flow flow);
    [[nodiscard]] Merge mergeOf(Flow flow, const Number& number) const;
    void takeUnnumbered(Flow flow, Direction direction, PacketId packet, PacketType type);
    void link(Flow flow, PacketId sent, PacketId received);
    void unlink(Flow flow, PacketId sent);
    void relink(Flow flow, PacketId sent, PacketId received);
    void noteDelay(Flow flow, PacketId sent, PacketId received);

    void beginFlow();
    void nextFlow();
    void estimateClock();
    void beginResolution();
    void resolveStep();
    void countLostStep();
    void countUnsentStep();

    const Trace& m_client;
    const Trace& m_server;
    ClockOffset m_clock;
    std::array<FlowMatches, 2> m_flows;
    Phase m_phase = Phase::Packets;
    std::size_t m_clientRows = 0; // when the phases began
    std::size_t m_serverRows = 0;
    std::vector<Taken> m_taken;

    // of the phases after Packets
    Flow m_flow = Flow::ClientToServer;
    std::set<Number>::const_iterator m_resent;
    Resolution m_resolution;
    std::size_t m_position = 0;
    Counts m_counts;
};

} // namespace qlogscope
