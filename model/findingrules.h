// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/findings.h"
#include "model/rttestimator.h"

#include <array>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

/// The rules behind findings.h, each a small state machine that is fed by the walk of FindingsSearch in the order of rows.
namespace qlogscope::rules {

/// What all rules may ask, and where they report.
class Context
{
public:
    Context(const Document& document, TraceId id);

    const Document& document;
    const Trace& trace;
    const ConnectionFacts& connection;
    Role role;
    /// Records that could not be read stand between others: what they said is unknown.
    bool hasHoles = false;
    /// Events are out of time order by more than the clock's jitter: what came first is unknown.
    bool isOutOfOrder = false;
    /// Packets are told apart by path id: state that is kept for one path is not the connection's.
    bool usesPaths = false;
    bool hasAckFrequency = false;
    Findings findings;

    [[nodiscard]] std::int64_t timeNs(RowId row) const { return document.events().timeNs(row); }
    /// In force at the peer: as logged, else the default of 25 ms.
    [[nodiscard]] std::int64_t peerMaxAckDelayNs() const;
    void undecide(FindingKind kind, std::string reason);
    /// Says why nothing that depends on the order and completeness of packets can be judged; false if it can.
    bool undecideIfUnordered(FindingKind kind);
};

/// Occurrences of one kind: counted, the first ones listed.
class Evidence
{
public:
    void add(RowId row)
    {
        ++m_count;
        if (m_rows.size() < Finding::listedRows)
            m_rows.push_back(row);
    }
    void add(const Evidence& other);
    [[nodiscard]] std::uint64_t count() const { return m_count; }
    void report(Context* context, FindingKind kind, std::string detail);

private:
    std::uint64_t m_count = 0;
    std::vector<RowId> m_rows;
};

/// RTT samples (views.md "Statistics": send time of the largest newly acknowledged packet to its ACK, ack_delay not subtracted) and
/// the estimator over them.
class SampledRtt : public RttEstimator
{
public:
    void add(std::int64_t sampleNs, std::int64_t timeNs);
    /// The first ones: enough for a median.
    [[nodiscard]] const std::vector<std::int64_t>& firstSamples() const { return m_samples; }

private:
    static constexpr std::size_t keptSamples = 10'000;
    std::vector<std::int64_t> m_samples;
};

/// Stream and connection limits of both directions (RFC 9000, section 4).
class LimitRule
{
public:
    explicit LimitRule(Context* context);
    void stream(const StreamIndex::Range& range);
    void packet(const PacketFact& packet);
    /// @param sentComplete, receivedComplete false if ACKs show that packets of that direction are missing in the log
    void finish(bool sentComplete, bool receivedComplete);

private:
    struct Excess {
        Evidence evidence;
        std::uint64_t used = 0; ///< at the worst place
        std::uint64_t limit = 0;
        std::uint64_t streamId = 0;
        void add(RowId row, std::uint64_t usedNow, std::uint64_t limitNow, std::uint64_t id);
    };
    /// Of the data that goes in one direction.
    struct Side {
        std::optional<std::uint64_t> data;
        std::optional<std::uint64_t> streams[2]; ///< bidirectional, unidirectional
        std::optional<std::uint64_t> initial[3]; ///< see initialIndex()
        std::unordered_map<std::uint64_t, std::uint64_t> raised; ///< MAX_STREAM_DATA by stream
        std::vector<std::optional<std::uint64_t>> ends; ///< by stream index
        std::uint64_t total = 0;
        Excess dataExcess;
        Excess streamExcess;
        Excess countExcess;
    };
    void applyUpTo(RowId row);
    void apply(const ParameterFact& fact);
    void apply(const LimitFact& fact);
    void checkStream(Side* side, Direction direction, std::uint64_t id, std::uint64_t end, bool isNew, RowId row);
    [[nodiscard]] bool isOwn(std::uint64_t streamId) const { return (streamId & 1) == (m_context->role == Role::Client ? 0 : 1); }
    [[nodiscard]] std::size_t initialIndex(Direction direction, std::uint64_t streamId) const;
    [[nodiscard]] std::string problemOf(Direction direction, bool isComplete) const;
    void finishKind(FindingKind kind, Excess Side::*excess, const std::string (&problems)[2]);

    Context* m_context;
    Side m_sides[2];
    bool m_framesLogged[2] = {true, true}; ///< of the 1-RTT and 0-RTT packets of a direction
    std::size_t m_nextParameter = 0;
    std::size_t m_nextLimit = 0;
    bool m_hasInferredLengths = false;
};

/// Three times what came, before the client's address is validated (RFC 9000, section 8.1).
class AmplificationRule
{
public:
    explicit AmplificationRule(Context* context);
    void packet(const PacketFact& packet);
    void finish();

private:
    [[nodiscard]] bool hasDroppedPackets() const;

    Context* m_context;
    bool m_isOn;
    bool m_isValidated = false;
    bool m_sizesKnown = true;
    bool m_beginsWithInitial = false;
    bool m_sentRetry = false;
    RowId m_firstRow;
    RowId m_lastRow;
    std::uint64_t m_received = 0;
    std::uint64_t m_sent = 0;
    std::uint64_t m_worstSent = 0;
    std::uint64_t m_worstAllowed = 0;
    RowId m_stoppedAt; ///< the last packet sent when less than a datagram was left
    std::uint64_t m_stoppedSent = 0;
    std::uint64_t m_stoppedAllowed = 0;
    bool m_receivedSinceStop = false;
    Evidence m_exceeded;
    Evidence m_hit;
    std::string m_hitText;
};

/// What is in flight (RFC 9002, section 2) by the log's own packets, ACKs and losses, beside what the log says it is.
class FlightRule
{
public:
    explicit FlightRule(Context* context);
    void sent(PacketId id, const PacketFact& packet);
    void received(const PacketFact& packet);
    void acked(PacketId id, const PacketFact& packet);
    void lost(PacketId id);
    void metric(RowId row, std::int64_t bytes);
    void finish();

    /// Ack-eliciting packets that are newer than all that is acknowledged in their space.
    [[nodiscard]] std::uint64_t outstandingPackets() const { return m_outstanding; }

private:
    enum State : std::uint8_t { NotCounted = 0, InFlight = 1, Overtaken = 2, Eliciting = 4 };
    void leave(PacketId id);
    void discard(PacketNumberSpace space);
    void sweep(std::size_t space);

    Context* m_context;
    std::vector<std::uint8_t> m_states; ///< by packet
    std::vector<PacketId> m_handshakePackets[2]; ///< Initial, Handshake
    std::array<std::optional<std::uint64_t>, 3> m_largestAcked;
    std::array<std::size_t, 3> m_swept{}; ///< packets before it are overtaken or gone
    std::size_t m_sentEnd = 0; ///< packets before it are sent
    std::uint64_t m_inFlightBytes = 0; ///< newer than what is acknowledged
    std::uint64_t m_overtakenBytes = 0; ///< older, but neither acknowledged nor lost
    std::uint64_t m_outstanding = 0;
    bool m_framesLogged = true;
    bool m_sizesKnown = true;
    bool m_isConfirmed = false;
    // consecutive logged values that are off to the same side
    int m_runSign = 0;
    std::vector<RowId> m_run;
    std::uint64_t m_samples = 0;
    std::int64_t m_worstLogged = 0;
    std::int64_t m_worstOwn = 0;
    Evidence m_evidence;
};

/// ack_delay of ACKs against max_ack_delay (RFC 9000, section 13.2.1).
class AckDelayRule
{
public:
    explicit AckDelayRule(Context* context);
    /// @param largest the largest packet that the ACK acknowledges for the first time
    void ack(Direction ackDirection, RowId row, std::uint32_t delayUs, PacketId largest);
    void finish();

private:
    struct Side {
        Evidence evidence;
        std::uint32_t worstUs = 0;
        std::uint64_t checked = 0;
        std::uint64_t impossible = 0; ///< longer than the packet was known
    };
    Context* m_context;
    RowId m_confirmed; ///< before it delays may be longer (RFC 9002, section 5.3)
    std::optional<std::uint64_t> m_limitUs[2];
    Side m_sides[2];
};

/// RTTs as logged beside those of the ACKs.
void findRttUnit(Context* context, const SampledRtt& rtt);

/// Persistent congestion: logged, else by RFC 9002, section 7.6 from the losses.
class CongestionRule
{
public:
    explicit CongestionRule(Context* context)
        : m_context(context)
    {
    }
    void lost(PacketId id, RowId row, const RttEstimator& rtt);
    void finish();

private:
    struct Loss {
        PacketId packet;
        RowId row;
        std::int64_t durationNs; ///< that makes congestion persistent
    };
    [[nodiscard]] bool breaksRun(PacketId earlier, PacketId later) const;
    void inferFromLosses();

    Context* m_context;
    std::vector<Loss> m_losses;
};

/// Consecutive probe timeouts: pto_count, else timers that expired (RFC 9002, section 6.2).
void findPtoBursts(Context* context);

/// No packet in either direction although data was outstanding.
class GapRule
{
public:
    explicit GapRule(Context* context)
        : m_context(context)
    {
    }
    /// Before the packet counts as sent or received. @param outstanding see FlightRule
    void packet(const PacketFact& packet, std::uint64_t outstanding, const RttEstimator& rtt);
    void finish();

private:
    Context* m_context;
    std::optional<std::int64_t> m_lastNs;
    std::optional<std::int64_t> m_lastReceivedNs;
    bool m_isClosed = false;
    bool m_framesLogged = true;
    Evidence m_evidence;
    std::int64_t m_longestNs = 0;
    std::int64_t m_thresholdNs = 0;
    std::int64_t m_peerSilentNs = 0;
    std::uint64_t m_outstanding = 0;
    bool m_endedByPeer = false;
    RowId m_longestRow;
};

/// Packets sent although the connection is closed (RFC 9000, section 10.2).
class CloseRule
{
public:
    explicit CloseRule(Context* context)
        : m_context(context)
    {
    }
    void packet(const PacketFact& packet);
    void finish();

private:
    Context* m_context;
    std::optional<std::int64_t> m_closedNs;
    bool m_closedByPeer = false;
    Evidence m_evidence;
    std::int64_t m_lastNs = 0;
};

/// @return by direction: false if ACKs cover packets that the log lacks
std::array<bool, 2> findAcksOfUnsent(Context* context);
void findReusedNumbers(Context* context);
void findCloseWithError(Context* context);
void findIncompleteHandshake(Context* context);

} // namespace qlogscope::rules
