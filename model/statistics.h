// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/document.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace qlogscope {

/// The figures of one trace for `info`, the trace tree and the statistics view, computed once. Names and definitions are
/// those of the command line's contract (schema qlogscope.info/1). Times in nanoseconds, on the log's own clock.
struct TraceFigures {
    std::uint64_t events = 0;
    std::optional<std::int64_t> firstTimeNs;
    std::optional<std::int64_t> lastTimeNs;
    std::optional<std::int64_t> minTimeNs;
    std::optional<std::int64_t> maxTimeNs;
    std::int64_t durationNs = 0;
    std::optional<std::int64_t> wallClockNs; ///< Unix time of the earliest event
    std::map<std::string, std::uint64_t> eventCounts; ///< canonical names
    std::map<std::string, std::uint64_t> eventCountsLogged;
    struct Side {
        std::map<std::string, std::uint64_t> packets; ///< by type
        std::map<std::string, std::uint64_t> frames;
        std::uint64_t packetCount = 0;
        std::uint64_t bytes = 0;
    };
    Side sent;
    Side received;
    bool bytesInferred = false;
    std::uint64_t packetsLost = 0;
    std::uint64_t packetsSpurious = 0;
    std::uint64_t packetsAcked = 0;
    std::uint64_t streams = 0;
    std::optional<std::uint64_t> maxStreamId;
    std::optional<std::int64_t> maxCongestionWindow;
    std::optional<std::int64_t> maxBytesInFlight;
    std::optional<std::int64_t> minRttNs;
    std::optional<std::int64_t> smoothedRttMinNs;
    std::optional<std::int64_t> smoothedRttMaxNs;
    std::optional<std::int64_t> latestRttMinNs;
    std::optional<std::int64_t> latestRttMaxNs;
    std::optional<std::int64_t> handshakeNs;
    std::optional<CloseFact> close;
};

[[nodiscard]] TraceFigures figuresOf(const Document& document, TraceId trace);

} // namespace qlogscope
