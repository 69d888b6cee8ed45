// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

/**
 * A simulated QUIC connection that writes qlog.
 *
 * A client fetches HTTP/3 resources from a server through a bottleneck (fixed rate, drop-tail queue, random loss). Both
 * ends are simulated in full: handshake, CUBIC or NewReno with pacing, RFC 9002 loss detection and probes,
 * acknowledgement every second packet, flow control, one key update, clean close. The two logs therefore agree with
 * each other and with themselves: what one end acknowledges the other end has sent, and the figures are those of a
 * sender.
 *
 * The same options give the same bytes on every platform: integers only, own random numbers, no clock. Memory is
 * bounded by what is in flight, not by the length of the log. The paths never reorder.
 */
namespace qlogscope::tracegen {

/// The qlog generation to write.
enum class Format : std::uint8_t {
    JsonSeq, ///< qlog 0.3, one record after each 0x1E, relative times in ms
    Contained, ///< qlog 0.3, one JSON document, relative times in ms
    Draft00, ///< qlog draft-00, one JSON document, events as arrays, times in us
};

enum class Vantage : std::uint8_t { Client, Server };

enum class CongestionControl : std::uint8_t { Cubic, Reno };

struct Options {
    Format format = Format::JsonSeq;
    CongestionControl congestionControl = CongestionControl::Cubic;

    /// Approximate number of records of the server's log; the client's log of the same connection has about 70 % of
    /// them. 0: the transfer is sized by `bodyBytes` instead.
    std::uint64_t events = 0;
    /// Sum of all response bodies, in bytes; used only if `events` is 0.
    std::uint64_t bodyBytes = 1'000'000;
    /// Requests of one page, hence the most that are open at a time. Long transfers fetch several pages.
    std::uint32_t streams = 8;

    std::uint32_t lossPermille = 5; ///< of the datagrams, in each direction, besides queue overflow; at most 200
    std::uint32_t rttMs = 30; ///< without queueing
    std::uint32_t rateMbit = 20; ///< of the bottleneck, in each direction
    std::uint64_t seed = 1;

    /// Original destination connection id, 16 lower-case hex digits; empty: made from the seed.
    std::string odcid;
};

/// What one log contains. Counted also when the log is not written.
struct LogTotals {
    std::uint64_t records = 0; ///< events, without the file header
    std::uint64_t bytes = 0; ///< 0 if the log was not written
    std::uint64_t packetsSent = 0;
    std::uint64_t packetsReceived = 0;
    std::uint64_t packetsDropped = 0; ///< packets without keys for them
    std::uint64_t packetsLost = 0; ///< declared lost by this end
    std::uint64_t metricsUpdates = 0;
    std::uint64_t httpFrames = 0; ///< created and parsed
    std::int64_t lastTimeNs = 0; ///< time of the last record, relative to the log's own reference time
};

struct Totals {
    std::array<LogTotals, 2> logs; ///< by Vantage
    std::uint64_t requests = 0; ///< all of them completed
    std::uint64_t bodyBytes = 0; ///< sum of the response bodies
    std::uint64_t randomDrops = 0; ///< datagrams, both directions
    std::uint64_t queueDrops = 0; ///< datagrams, both directions
    bool complete = false; ///< false if a sink stopped the run

    const LogTotals& of(Vantage vantage) const { return logs[vantage == Vantage::Client ? 0 : 1]; }
};

/// Receives the log in pieces of up to 128 KiB that need not end at a record. Returns false to stop the run.
using Sink = std::function<bool(std::string_view)>;

/// Runs one connection. An empty sink means that this end's log is not wanted (and costs next to nothing).
Totals generate(const Options& options, const Sink& clientSink, const Sink& serverSink);

/// The whole log of one end; for small inputs.
std::string generateText(const Options& options, Vantage vantage);

} // namespace qlogscope::tracegen
