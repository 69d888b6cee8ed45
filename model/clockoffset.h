// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/trace.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace qlogscope {

/// Of a connection: the packets that the client sends, and those that the server sends.
enum class Flow : std::uint8_t { ClientToServer, ServerToClient };
inline constexpr std::array allFlows{Flow::ClientToServer, Flow::ServerToClient};

/// What two logs say of their clocks apart from the packets they share.
struct ClockFacts {
    std::int64_t clientResolutionNs = 1; ///< see timeResolutionNs()
    std::int64_t serverResolutionNs = 1;
    std::optional<std::int64_t> clientWallClockNs; ///< Unix time of nanosecond 0 of the trace
    std::optional<std::int64_t> serverWallClockNs;
    std::optional<std::int64_t> smoothedRttNs; ///< the smallest one that either log has
    std::optional<std::int64_t> firstSentNs; ///< the first packet that the client's log calls sent, on the client's clock
    std::optional<std::int64_t> firstReceivedNs; ///< the first packet that the server's log calls received, on the server's clock
    bool operator==(const ClockFacts&) const = default;
};

/// @param rows how many of the trace's first rows to look at
/// @return the largest power of ten, at most 1 ms, that divides the times which the log writes (as far as the double precision
/// of its numbers tells); more for writers that keep times as 32-bit floats (dialects 2.3)
[[nodiscard]] std::int64_t timeResolutionNs(const Trace& trace, std::size_t rows = 4096);
[[nodiscard]] ClockFacts clockFactsOf(const Trace& client, const Trace& server);

/// How far the server's clock is ahead of the client's, from packets that both logs have.
///
/// Times are nanoseconds since the origin of the trace they are of, as everywhere; the offset is (time in the server's trace) minus
/// (time in the client's trace) of one instant. So a server's event is drawn on the client's axis at clientTimeOf(its time), which
/// is its time minus the offset. As the origins of two traces differ, the offset of the clocks themselves is another number:
/// see wallClockOffsetNs().
///
/// A packet takes at least no time. With d = receive - send on the two logs' own times, a packet to the server says offset <= d, one
/// to the client offset >= -d; both bounds are widened by the sum of the two logs' time resolutions. Where no constant satisfies all
/// of them the clocks drift, and the estimate is the middle between a convex curve below the upper bounds and a concave one above the
/// lower bounds: a line lies between them if the drift is constant. Where there is no room for such curves the time is cut into pieces
/// that have it: a clock was set, or a log is of deltas in whole milliseconds (OpenSSL), which loses a part of one with each event.
/// The curves are over the mean of the two clocks, so that either may stand still while the other goes on. Bounds are kept for at most
/// maxWindows stretches of time, each with the best packet of either flow. UI thread.
class ClockOffset
{
public:
    enum class Kind : std::uint8_t {
        Unpaired, ///< nothing is known: offset 0
        Interval, ///< a constant between bounds of both directions
        Piecewise, ///< the clocks drift: linear between points, constant before the first and after the last
        OneSided, ///< at least 3 pairs, all in one direction: the other bound is the smallest smoothed RTT away
        WallClocks, ///< fewer than 3 pairs: both logs know the wall clock, and no packet contradicts
        FirstPacket, ///< fewer than 3 pairs: the first packet travelled half the RTT
        Manual,
    };
    static constexpr std::size_t maxWindows = 4096;
    static constexpr std::uint64_t fewPairs = 3;
    /// Clocks are taken to differ by no more than this in rate (1 ms a second), unless no curve allows that.
    static constexpr double maxDrift = 1e-3;

    /// A packet in both logs. Any order; the same one may be told again. Send time on the sender's clock, receive time on the
    /// receiver's. Takes effect with estimate().
    void add(Flow flow, std::int64_t sentNs, std::int64_t receivedNs);
    /// Computes the estimate from all that was added. Microseconds; up to about 5 ms where pieces are needed.
    /// @param pairs how many packets both logs have, by flow
    void estimate(const ClockFacts& facts, std::array<std::uint64_t, 2> pairs);

    [[nodiscard]] Kind kind() const { return m_manualNs ? Kind::Manual : m_kind; }
    /// Of the middle of the time for Piecewise.
    [[nodiscard]] std::int64_t offsetNs() const { return m_manualNs.value_or(m_offsetNs); }
    /// The truth is within the offset plus or minus this; none: not known. 0 for Manual. The largest one for Piecewise.
    [[nodiscard]] std::optional<std::int64_t> uncertaintyNs() const { return m_manualNs ? std::int64_t{0} : m_uncertaintyNs; }
    [[nodiscard]] std::int64_t offsetAt(std::int64_t clientNs) const;
    [[nodiscard]] std::optional<std::int64_t> uncertaintyAt(std::int64_t clientNs) const;
    /// Never decreasing with time, and the inverse of each other but for rounding and where one clock stands still.
    [[nodiscard]] std::int64_t clientTimeOf(std::int64_t serverNs) const;
    [[nodiscard]] std::int64_t serverTimeOf(std::int64_t clientNs) const;
    /// Server's wall clock minus client's wall clock; none unless both traces know theirs.
    [[nodiscard]] std::optional<std::int64_t> wallClockOffsetNs() const;
    /// The offset of a difference of wall clocks: what to set by hand for it. None unless both traces know theirs.
    [[nodiscard]] std::optional<std::int64_t> offsetOfWallClocks(std::int64_t wallClockOffsetNs) const;
    /// Sum of the two logs' time resolutions: packets may seem to go back in time by so much.
    [[nodiscard]] std::int64_t resolutionNs() const { return m_facts.clientResolutionNs + m_facts.serverResolutionNs; }

    /// A value by hand, 0 included, stands for every time; nullopt takes it back. The estimate goes on below it.
    void setManual(std::optional<std::int64_t> offsetNs) { m_manualNs = offsetNs; }
    [[nodiscard]] std::optional<std::int64_t> manualNs() const { return m_manualNs; }

    /// True if a packet that was sent then cannot be received at that time already, whatever the clocks are within the bounds of the
    /// other direction.
    [[nodiscard]] bool isBeforeSending(Flow flow, std::int64_t sentNs, std::int64_t receivedNs) const;

    /// Of a Piecewise estimate, by time.
    struct Point {
        std::int64_t clientNs = 0;
        std::int64_t serverNs = 0; ///< at the same instant
        std::int64_t uncertaintyNs = 0;
        bool operator==(const Point&) const = default;
    };
    [[nodiscard]] const std::vector<Point>& points() const { return m_points; }

private:
    /// The pair of a flow with the smallest d of a stretch of time.
    struct Bound {
        std::int64_t meanNs = 0; ///< of the two times
        std::int64_t delayNs = INT64_MAX; ///< d; the largest number: no pair
        [[nodiscard]] bool isKnown() const { return delayNs != INT64_MAX; }
    };
    using Window = std::array<Bound, 2>; // by flow
    struct Tube;

    [[nodiscard]] Window& windowAt(std::int64_t meanNs);
    void widenWindows();
    /// Widened by the resolution; the extreme numbers where there is none.
    [[nodiscard]] std::int64_t upperNs() const;
    [[nodiscard]] std::int64_t lowerNs() const;
    void setOffset(Kind kind, std::int64_t offsetNs, std::optional<std::int64_t> uncertaintyNs);
    void estimateFromFew();
    void estimateOneSided();
    void estimatePieces();
    void appendPieces(const Tube& tube, std::size_t begin, std::size_t end);
    void appendPoint(std::int64_t meanNs, std::int64_t offsetNs, std::int64_t uncertaintyNs);

    std::vector<Window> m_windows; // of 2^m_widthBits ns each, at multiples of that
    std::int64_t m_firstWindow = 0; // of m_windows, counted from time 0
    int m_widthBits = 20; // about 1 ms
    std::array<std::int64_t, 2> m_shortestNs{INT64_MAX, INT64_MAX}; // d by flow

    ClockFacts m_facts;
    Kind m_kind = Kind::Unpaired;
    std::int64_t m_offsetNs = 0;
    std::optional<std::int64_t> m_uncertaintyNs;
    std::vector<Point> m_points;
    std::optional<std::int64_t> m_manualNs;
};

} // namespace qlogscope
