// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/column.h"
#include "model/eventbatch.h"

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace qlogscope {

/// What one direction of one stream carried.
struct StreamTotals {
    std::uint64_t frames = 0;
    std::uint64_t newBytes = 0; ///< each offset counted once
    std::uint64_t repeatedBytes = 0; ///< retransmitted (sent) or duplicate (received)
    std::uint64_t largestOffset = 0; ///< end of the highest range
    RowId firstRow;
    RowId lastRow;
    bool fin = false;
};

/// The streams of one trace, by id, in order of first appearance, and the ranges that STREAM frames carried. UI thread.
class StreamIndex
{
public:
    struct Stream {
        std::uint64_t id = 0;
        StreamTotals sent;
        StreamTotals received;
    };
    /// One STREAM frame; 21 bytes.
    struct Range {
        RowId row;
        std::uint32_t stream = 0; ///< index into streams()
        std::uint64_t offset = 0;
        std::uint32_t length = 0;
        Direction direction = Direction::Sent;
        StreamDataClass dataClass = StreamDataClass::New;
        bool fin = false;
        bool isLengthInferred = false; ///< see StreamFact
    };

    void append(const StreamFact& fact);
    void append(const StreamMention& mention);

    [[nodiscard]] const std::vector<Stream>& streams() const { return m_streams; }
    [[nodiscard]] std::optional<std::uint64_t> maxStreamId() const { return m_maxStreamId; }
    /// The lengths of some STREAM frames are not logged.
    [[nodiscard]] bool anyLengthInferred() const { return m_anyLengthInferred; }
    [[nodiscard]] std::size_t rangeCount() const { return m_rows.size(); }
    [[nodiscard]] Range range(std::size_t index) const;
    [[nodiscard]] RowId rangeRow(std::size_t index) const { return RowId(m_rows[index]); }
    /// Index of the first range of a row or a later one. @param near where to look first: the result for a neighbouring row
    [[nodiscard]] std::size_t firstRangeOf(RowId row, std::size_t near) const;
    [[nodiscard]] std::uint64_t rangeStream(std::size_t index) const { return m_streams[m_streamOf[index]].id; }
    /// Offset and length.
    [[nodiscard]] std::pair<std::uint64_t, std::uint32_t> rangeOffset(std::size_t index) const { return {m_offsets[index], m_lengths[index]}; }
    /// The same columns for ranges that are read in order: cheaper. Not to be used across appends.
    class Reader
    {
    public:
        explicit Reader(const StreamIndex& streams)
            : m_rows(streams.m_rows)
            , m_streamOf(streams.m_streamOf)
            , m_offsets(streams.m_offsets)
            , m_lengths(streams.m_lengths)
        {
        }
        [[nodiscard]] RowId row(std::size_t index) { return RowId(m_rows[index]); }
        /// Index into streams().
        [[nodiscard]] std::uint32_t stream(std::size_t index) { return m_streamOf[index]; }
        [[nodiscard]] std::uint64_t offset(std::size_t index) { return m_offsets[index]; }
        [[nodiscard]] std::uint32_t length(std::size_t index) { return m_lengths[index]; }

    private:
        Column<std::uint32_t>::Reader m_rows;
        Column<std::uint32_t>::Reader m_streamOf;
        Column<std::uint64_t>::Reader m_offsets;
        Column<std::uint32_t>::Reader m_lengths;
    };
    /// Records about a stream that are no STREAM frames, in order of rows.
    [[nodiscard]] std::size_t mentionCount() const { return m_mentionRows.size(); }
    [[nodiscard]] RowId mentionRow(std::size_t index) const { return RowId(m_mentionRows[index]); }
    [[nodiscard]] std::uint64_t mentionedStream(std::size_t index) const { return m_mentionedStreams[index]; }
    [[nodiscard]] std::size_t memoryBytes() const;

private:
    std::vector<Stream> m_streams;
    std::unordered_map<std::uint64_t, std::uint32_t> m_byId;
    std::optional<std::uint64_t> m_maxStreamId;
    bool m_anyLengthInferred = false;
    Column<std::uint32_t> m_rows;
    Column<std::uint32_t> m_streamOf;
    Column<std::uint64_t> m_offsets;
    Column<std::uint32_t> m_lengths;
    Column<std::uint8_t> m_kinds; // direction, class and fin packed
    Column<std::uint32_t> m_mentionRows;
    Column<std::uint64_t> m_mentionedStreams;
};

} // namespace qlogscope
