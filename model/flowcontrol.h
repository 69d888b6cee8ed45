// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/deltaseries.h"
#include "model/trace.h"

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace qlogscope {

/// Stream data and its limits over time, for the data that goes in each direction (RFC 9000, section 4): how much was sent, how much
/// may be sent on the connection and on the streams in use, and where the sender says that it is blocked. Fed in the order of time.
/// All in bytes of streams. What the log does not say has no samples. UI thread.
class FlowControl
{
public:
    /// A DATA_BLOCKED or STREAM_DATA_BLOCKED frame of the sender, or a *_blocked_updated event that says "blocked".
    struct BlockedMark {
        RowId row;
        std::uint32_t limit = 0; ///< index into ConnectionFacts::limits()
        std::optional<std::uint64_t> value; ///< the limit: as logged, else the one in force; none if neither is known
        bool isInferred = false; ///< the value is the one in force
    };
    static constexpr std::uint64_t largest = (std::uint64_t{1} << 62) - 1; ///< stream offset (RFC 9000, section 4.5)

    /// @param trace must outlive this
    explicit FlowControl(const Trace& trace);

    /// Sum over streams of the largest offset.
    [[nodiscard]] const DeltaSeries& streamBytes(Direction direction) const { return side(direction).streamBytes; }
    /// initial_max_data of the receiver (until it is known the one remembered for 0-RTT), raised by its MAX_DATA.
    [[nodiscard]] const Series& connectionLimit(Direction direction) const { return side(direction).connectionLimit; }
    /// For every stream that carries data: its initial limit by type and initiator (dialects 5.2), raised by MAX_STREAM_DATA. Empty
    /// unless the limits of all of them are known.
    [[nodiscard]] const Series& streamLimitSum(Direction direction) const { return side(direction).limitSum; }
    [[nodiscard]] const std::vector<BlockedMark>& blocked(Direction direction) const { return side(direction).blocked; }
    /// Of one stream, now; none where it is not known.
    [[nodiscard]] std::optional<std::uint64_t> streamLimit(Direction direction, std::uint64_t streamId) const;
    /// Of the connection, now; none where it is not known.
    [[nodiscard]] std::optional<std::uint64_t> currentConnectionLimit(Direction direction) const { return side(direction).limit; }
    [[nodiscard]] std::int64_t currentStreamBytes(Direction direction) const { return side(direction).total; }
    /// Index into StreamIndex::streams() of a stream that carried data so far.
    [[nodiscard]] std::optional<std::uint32_t> streamIndex(std::uint64_t streamId) const;
    /// Largest offset of a stream, now. @param stream index into StreamIndex::streams()
    [[nodiscard]] std::uint64_t currentOffset(Direction direction, std::size_t stream) const;
    [[nodiscard]] std::size_t memoryBytes() const;

    // See TimeWalk::Visitor.
    void parameter(const ParameterFact& fact);
    void limit(std::size_t index);
    void streamRange(std::size_t index);
    void rowEnd(RowId row);

private:
    /// A parameter: a connection has one set of them (RFC 9000, section 7.4); what is remembered holds until it comes.
    struct Initial {
        std::optional<std::uint64_t> value;
        bool isFinal = false;
    };
    struct Stream {
        std::uint64_t end = 0;
        std::uint64_t limit = 0; ///< as counted in the sum
        bool hasData = false;
        bool isKnown = false; ///< its limit
    };
    /// A sum of many numbers of 62 bits.
    struct WideSum {
        std::uint64_t high = 0; ///< of the upper 32 bits of each
        std::uint64_t low = 0;
        void add(std::uint64_t value);
        void subtract(std::uint64_t value);
        [[nodiscard]] std::int64_t value() const; ///< 2^63 - 1 if it is more
    };
    struct Side {
        explicit Side(const EventStore* store)
            : streamBytes(store)
            , connectionLimit(store)
            , limitSum(store)
        {
        }
        DeltaSeries streamBytes;
        Series connectionLimit;
        Series limitSum;
        std::vector<BlockedMark> blocked;
        Initial initialData;
        std::array<Initial, 3> initialStream; ///< see initialKind()
        std::optional<std::uint64_t> raisedData;
        std::unordered_map<std::uint64_t, std::uint64_t> raisedStream;
        std::vector<Stream> streams; ///< by stream index
        WideSum sum;
        std::size_t streamCount = 0; ///< that carry data
        std::size_t unknownStreams = 0; ///< of them, those whose limit is not known
        bool isSumUnknown = false; ///< for good: there was a sum, and then a stream without a known limit
        std::int64_t total = 0;
        std::optional<std::uint64_t> limit; ///< of the connection
        // what the row being told changed
        std::int64_t totalBefore = 0;
        std::optional<std::uint64_t> limitBefore;
        std::optional<std::int64_t> sumBefore;
    };

    [[nodiscard]] const Side& side(Direction direction) const { return m_sides[static_cast<std::size_t>(direction)]; }
    [[nodiscard]] Side& side(Direction direction) { return m_sides[static_cast<std::size_t>(direction)]; }
    void updateLimit(Side* side);
    void updateStream(Direction direction, std::size_t stream);
    void updateStreams(Direction direction, std::size_t kind);
    void addBlocked(const LimitFact& fact, std::size_t index);

    const Trace& m_trace;
    Role m_role;
    std::array<Side, 2> m_sides;
    std::unordered_map<std::uint64_t, std::uint32_t> m_streamOf; ///< id to index, of streams seen so far
};

/// The flow-control limit over time of one stream, for the data that goes in the direction: its initial limit, raised by MAX_STREAM_DATA.
/// Empty if the log does not say it. Linear in the parameters and limits of the trace.
[[nodiscard]] Series limitOfStream(const Trace& trace, Direction direction, std::uint64_t streamId);

} // namespace qlogscope
