// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/eventbatch.h"
#include "model/traceheader.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qlogscope {

/// What can be said about a file of a watched directory; the words of `watch --json` (cli.md) but for NotRead.
enum class LiveState : std::uint8_t {
    NotRead, ///< was there when the directory was attached and is not looked into yet
    Waiting, ///< for a header: empty, or too short to tell what it is
    Handshaking,
    Active, ///< grew in the last few seconds
    Stalled, ///< bytes of an unfinished record, and no growth for 10 s
    Idle, ///< no growth for a while, nothing pending
    Closed, ///< the log says that the connection is over, see LiveFile::detail
    Gone, ///< deleted or renamed; what was read stays
    Unreadable, ///< see LiveFile::detail
    NotQlog, ///< see LiveFile::detail
};
[[nodiscard]] std::string_view text(LiveState state);

/// The few figures of a log that its row in the live table shows. Folded from batches, bounded in size. A value.
struct ConnectionSummary {
    static constexpr std::size_t mostWindows = 64;

    std::uint64_t events = 0;
    std::uint64_t malformed = 0;
    std::uint64_t packetsSent = 0;
    std::uint64_t packetsReceived = 0;
    std::uint64_t packetsLost = 0; ///< as logged
    std::uint64_t bytesSent = 0; ///< on the wire
    std::uint64_t bytesReceived = 0;
    std::optional<std::int64_t> smoothedRttNs; ///< the last one logged; none: not logged
    std::optional<std::int64_t> congestionWindow; ///< bytes, likewise
    std::vector<std::int64_t> windows; ///< for a sparkline: every so many-th congestion window, oldest first
    std::optional<std::int64_t> firstEventNs; ///< earliest and latest time on the trace's axis; none: no event has a time
    std::optional<std::int64_t> lastEventNs;
    std::optional<std::int64_t> wallClockNs; ///< Unix time of the origin of that axis
    Role role = Role::Unknown; ///< as logged, else by who sent the first Initial packet
    bool isRoleInferred = false; ///< the latter
    std::string writer; ///< as logged
    std::string groupId; ///< ODCID or group_id, lower-case; empty: not logged
    std::string title;
    std::string peer; ///< address and port of the other side, the first one logged; empty: not logged
    std::uint32_t version = 0; ///< of QUIC, the last one logged, see quicVersionText(); 0: not logged
    std::size_t traces = 0; ///< connections in the file; figures are of all of them together
    bool isHandshakeDone = false;
    std::optional<CloseFact> close; ///< the last one
    bool isEndpoint = false; ///< a log of the endpoint, not of a connection (quic-go's transport tracer)

    /// Adds what a batch of the same file says; batches in their order. A batch marked `restart` begins anew.
    void add(const EventBatch& batch);

private:
    /// Where nanosecond 0 of a trace lies on the axis of the first one that has an origin.
    struct Axis {
        std::uint32_t trace = 0;
        std::int64_t offsetNs = 0;
    };
    /// The lowest trace that says it: later ones and amendments of later ones change nothing.
    struct Source {
        std::uint32_t trace = UINT32_MAX;
        [[nodiscard]] bool takes(TraceId from, bool isSaid);
    };
    void addHeader(const TraceChange& change);
    void addOrigin(const TraceOrigin& origin);
    void addRow(const EventRow& row);
    void addPacket(const PacketFact& packet);
    void addWindow(std::int64_t bytes);
    [[nodiscard]] std::optional<std::int64_t> offsetOf(TraceId trace) const;

    Source m_roleFrom;
    Source m_writerFrom;
    Source m_groupFrom;
    Source m_titleFrom;
    Role m_loggedRole = Role::Unknown;
    Role m_guessedRole = Role::Unknown;
    Writer m_writer = Writer::Unknown;
    bool m_isEndpointLogged = false; // by the vantage point's type
    std::vector<Axis> m_axes; // of the other traces, sorted; bounded
    std::optional<TraceOrigin> m_origin;
    std::uint64_t m_windowStride = 1;
    std::uint64_t m_windowsSeen = 0;
};

/// One file of a watched directory, as the live table shows it. A value that crosses threads.
struct LiveFile {
    std::uint32_t id = 0; ///< stable while the directory is attached; a file that appears again under its name keeps it
    std::string path;
    LiveState state = LiveState::NotRead;
    std::string detail; ///< why it is unreadable or no qlog, or the reason of the close, in words; may be empty
    std::uint64_t size = 0; ///< bytes on disk
    std::uint64_t read = 0; ///< bytes in complete records
    std::uint64_t pending = 0; ///< bytes of a record that is not complete
    bool isBehind = false; ///< not all of what is on disk is read yet; the rest is on its way
    std::int64_t appearedMs = 0; ///< Unix time; of a file that was there at the start its last change
    std::int64_t lastGrowthMs = 0; ///< likewise
    double bytesPerSecond = 0; ///< packets on the wire, both directions, over the last second or so
    std::uint32_t restarts = 0; ///< how often it was truncated or replaced
    ConnectionSummary summary;
};

} // namespace qlogscope
