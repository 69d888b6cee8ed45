// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/packetmatches.h"
#include "model/workspace.h"
#include "views/sequence/endpointrows.h"

#include <QCoreApplication>
#include <QString>

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace qlogscope {

/// A lifeline of the sequence diagram: the client is left, the server right. A network tap alone, or an endpoint whose role is not known,
/// stands in the place of the client. Lanes stand between the two: taps beside a client or a server, and endpoint-wide logs.
enum class Side : std::uint8_t { Left, Right, FirstLane };
inline constexpr std::array bothSides{Side::Left, Side::Right}; ///< the ends
inline constexpr std::size_t mostSides = 6;
[[nodiscard]] constexpr std::size_t indexOf(Side side) { return static_cast<std::size_t>(side); }
[[nodiscard]] constexpr Side otherSide(Side side) { return side == Side::Left ? Side::Right : Side::Left; }

/// A packet that a row logs.
struct SequencePacket {
    Direction direction = Direction::Sent;
    PacketId id;
};

/// The traces of one connection as the two ends of a sequence diagram, their packets matched and on one clock, and the lanes between
/// them. UI thread.
///
/// The axis is the time of the left trace where both are there, else that of the only one: nanoseconds since its origin.
class SequenceTraces
{
    Q_DECLARE_TR_FUNCTIONS(SequenceTraces)
public:
    /// @param shown the trace whose T the diagram has; the other end is the trace of the other role in its group, if there is one
    /// @param records reads connection IDs of endpoint-wide logs; null: they are joined by time alone
    SequenceTraces(const Workspace& workspace, TraceRef shown, const RecordReader* records);

    /// The ends are still these: another file may have become the other one, or a role is known now.
    [[nodiscard]] bool isCurrent(const Workspace& workspace) const;
    /// The ends, then the lanes.
    [[nodiscard]] std::span<const Side> sides() const { return std::span(allSides).first(bothSides.size() + m_lanes.size()); }
    [[nodiscard]] static bool isEnd(Side side) { return side < Side::FirstLane; }
    /// The diagram has the T of this lifeline.
    [[nodiscard]] Side shownSide() const { return m_shownSide; }
    void setShownSide(Side side) { m_shownSide = side; }
    /// Invalid: not logged.
    [[nodiscard]] TraceRef trace(Side side) const { return isEnd(side) ? m_traces[indexOf(side)] : lane(side).trace; }
    /// The end whose log it is: an endpoint-wide log is of the server if it sends what only servers send; none: it is not known.
    [[nodiscard]] std::optional<Side> endOf(Side side) const;
    /// Placed by its first record: its wall clock, or that of the ends, is not logged.
    [[nodiscard]] bool isPlacedByGuess(Side side) const { return !isEnd(side) && !lane(side).hasWallClocks; }
    /// How the clock of a lane is known, in words; empty for ends.
    [[nodiscard]] QString laneNote(Side side) const;
    /// Which rows of a lane's trace are of this connection, as indexes into its rows; null: all.
    [[nodiscard]] const std::vector<std::uint32_t>* rowsOf(Side side) const { return isEnd(side) || !lane(side).rows ? nullptr : &lane(side).rows->rows(); }
    [[nodiscard]] bool isLogged(Side side) const { return trace(side).isValid(); }
    /// Both ends are logged.
    [[nodiscard]] bool isPair() const { return m_matches != nullptr; }
    /// Both ends are logged and their packets are matched: before that the diagram is one of the shown trace only.
    [[nodiscard]] bool isMatched() const { return m_isMatched; }
    /// Has rows in the diagram now.
    [[nodiscard]] bool isIn(Side side) const
    {
        if (isPair() && !isMatched())
            return side == m_shownSide;
        return isEnd(side) ? isLogged(side) : lane(side).isReady;
    }
    /// Where a row of a document belongs; none if it is of another trace.
    [[nodiscard]] std::optional<Side> sideOf(const Document* document, RowId row) const;

    /// Goes on matching for about so long. @return true if nothing is left
    bool advance(std::int64_t milliseconds);
    /// Null while only one end is logged.
    [[nodiscard]] const PacketMatches* matches() const { return m_matches.get(); }
    /// Server clock minus client clock by hand, in nanoseconds; a difference of wall clocks where both logs know theirs. None: as estimated.
    void setOffset(std::optional<std::int64_t> offsetNs);
    /// What was set; the same kind of number.
    [[nodiscard]] std::optional<std::int64_t> offsetByHand() const { return m_offsetByHand; }
    /// "server clock +1,000.3 ms ± 4.1 ms", and how that is known; empty while only one end is logged.
    [[nodiscard]] QString clockText() const;
    [[nodiscard]] QString clockExplanation() const;
    /// Server minus client as it is in force, in the terms of setOffset().
    [[nodiscard]] std::int64_t offsetNs() const;
    /// Changes with everything that moves one end against the other.
    [[nodiscard]] std::uint64_t clockVersion() const { return m_clockVersion; }

    // Time
    [[nodiscard]] std::int64_t axisNs(Side side, std::int64_t timeNs) const;
    [[nodiscard]] std::int64_t timeNs(Side side, std::int64_t axisNs) const;
    [[nodiscard]] std::int64_t axisNs(Side side, RowId row) const { return axisNs(side, trace(side).document->events().timeNs(row)); }
    /// T of the shown trace, given where its T = 0 is.
    [[nodiscard]] std::int64_t tOf(std::int64_t axisNs, std::int64_t zeroNs) const { return saturatedDifference(timeNs(m_shownSide, axisNs), zeroNs); }
    [[nodiscard]] std::int64_t axisOf(std::int64_t tNs, std::int64_t zeroNs) const { return axisNs(m_shownSide, saturatedSum(tNs, zeroNs)); }
    /// Half the RTT that the trace knows at a time, for ends that are not logged: smoothed RTT, else the first exchange of packets; none
    /// if it knows nothing.
    [[nodiscard]] std::optional<std::int64_t> halfRttNs(Side side, std::int64_t timeNs) const;

    // Rows
    [[nodiscard]] const NameTable::Entry* nameOf(Side side, RowId row) const;
    /// Of an end: lanes log packets of others.
    [[nodiscard]] std::optional<SequencePacket> packetOf(Side side, RowId row) const;
    /// What the row logs, also of a lane.
    [[nodiscard]] std::optional<SequencePacket> loggedPacket(Side side, RowId row) const;
    [[nodiscard]] const PacketIndex& packets(Side side, Direction direction) const { return trace(side).get().packets(direction); }
    /// The row of the same packet in the other log; none if it is not there.
    [[nodiscard]] RowId counterpart(Side side, const SequencePacket& packet) const;
    /// Of a sent packet, by the other log.
    [[nodiscard]] PacketFate fateOf(Side side, PacketId sent) const;
    [[nodiscard]] static Flow flowFrom(Side sender) { return sender == Side::Left ? Flow::ClientToServer : Flow::ServerToClient; }

private:
    /// A vantage point between the ends.
    struct Lane {
        TraceRef trace;
        Side base = Side::Left; ///< whose clock is compared with its own
        std::int64_t aheadNs = 0; ///< of the time of that end's trace; what its own times are less
        bool hasWallClocks = false;
        std::unique_ptr<EndpointRows> rows; ///< null: all rows are of this connection
        std::uint64_t rowsVersion = 0;
        std::size_t packetsOfIds = 0; ///< packets of the ends when their connection IDs were taken
        bool isReady = false;
    };
    static constexpr std::array<Side, mostSides> allSides{Side::Left, Side::Right, Side(2), Side(3), Side(4), Side(5)};

    /// @param members of the group of the shown trace
    [[nodiscard]] static std::array<TraceRef, 2> endsOf(const std::vector<TraceRef>& members, TraceRef shown);
    /// Taps of the group and endpoint-wide traces that can be put on the clock of an end.
    [[nodiscard]] static std::vector<TraceRef> laneTracesOf(const Workspace& workspace, const std::vector<TraceRef>& members, TraceRef shown,
                                                            const std::array<TraceRef, 2>& ends);
    [[nodiscard]] const Lane& lane(Side side) const { return m_lanes[indexOf(side) - bothSides.size()]; }
    void addLane(TraceRef trace, const RecordReader* records);
    bool advanceLanes(std::int64_t milliseconds);
    void findIds(Lane* lane) const;
    [[nodiscard]] std::optional<std::int64_t> firstExchangeNs(Side side) const;

    TraceRef m_shown;
    Side m_shownSide = Side::Left;
    std::array<TraceRef, 2> m_traces;
    std::vector<TraceRef> m_laneTraces;
    std::vector<Lane> m_lanes;
    std::unique_ptr<PacketMatches> m_matches;
    bool m_isMatched = false;
    std::optional<std::int64_t> m_offsetByHand;
    std::uint64_t m_clockVersion = 0;
    std::int64_t m_lastOffsetNs = 0;
    std::size_t m_lastPoints = 0;
};

} // namespace qlogscope
