// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/rowfilter.h"
#include "views/sequence/sequencetraces.h"

#include <QString>

namespace qlogscope {

/// What the rows of the diagram are about, for switching them on and off. Packets and losses are always there.
enum class SequenceCategory : std::uint8_t {
    Connection, ///< state, parameters, versions, close, paths, connection IDs
    Security, ///< keys
    Recovery, ///< metrics, congestion state, timers
    Http, ///< HTTP/3 and QPACK
    Streams, ///< stream states and data, frames
    Log, ///< messages
    Other, ///< datagrams, and events without a name in the drafts
    Packet, ///< always shown
};
inline constexpr std::size_t sequenceCategoryCount = 7; // those that can be switched
[[nodiscard]] SequenceCategory categoryOf(EventKind kind);
[[nodiscard]] QString nameOf(SequenceCategory category);
using CategorySet = std::array<bool, sequenceCategoryCount>;
/// What is rare enough to be read beside the packets.
inline constexpr CategorySet usualCategories{true, false, false, true, false, true, false};

/// The rows of both ends in the order of time on one axis, but for receptions, which come after their sending where the resolution of
/// the clocks leaves that open: what compact mode shows from top to bottom, and where linear mode finds what
/// is in a range. Times of nothing longer than a threshold, which adapts to the trace, are an entry of their own. 4 bytes an
/// entry; made in slices, from the beginning on. UI thread.
class SequenceOrder
{
public:
    struct Entry {
        bool isBreak = false;
        Side side = Side::Left;
        RowId row;
    };

    /// @param filter null: all rows; else only those of its document that it selects
    void begin(const SequenceTraces* traces, const CategorySet& categories, const RowFilter* filter);
    /// Forgets what refers to the traces.
    void clear();
    /// Goes on for about so long, also with rows that the traces gained since. @return true if nothing is left
    bool advance(std::int64_t milliseconds);

    [[nodiscard]] std::size_t size() const { return m_entries.size(); }
    [[nodiscard]] Entry operator[](std::size_t index) const;
    /// On the axis of the traces; of a break, of the entry after it.
    [[nodiscard]] std::int64_t axisNs(std::size_t index) const;
    /// How long nothing happens at a break.
    [[nodiscard]] std::int64_t gapNs(std::size_t index) const;
    /// The first entry at or after a time.
    [[nodiscard]] std::size_t lowerBound(std::int64_t axisNs) const;
    /// Where a row stands; if it is not shown, where it would.
    [[nodiscard]] std::size_t positionOf(Side side, RowId row) const;
    [[nodiscard]] std::int64_t breakNs() const { return m_breakNs; }
    [[nodiscard]] std::size_t memoryBytes() const;

private:
    /// The rows of one end, and how far they are taken.
    struct Source {
        const Trace* trace = nullptr;
        const Document* document = nullptr;
        std::vector<std::uint32_t> byTime; ///< only where rows are not in the order of time
        std::vector<std::uint8_t> isShownName; ///< by NameId
        std::size_t next = 0;
        std::size_t rows = 0; ///< as of the last look
        RowId row; ///< the next one that is shown; none: no more
        std::int64_t axisNs = 0;
    };
    static constexpr std::uint32_t breakEntry = UINT32_MAX;
    static constexpr std::uint32_t rightBit = 0x80000000U;

    void look(Source* source);
    void findNext(Source* source, Side side);
    [[nodiscard]] bool isShown(const Source& source, RowId row) const;
    [[nodiscard]] RowId rowAt(const Source& source, std::size_t index) const;
    void chooseBreak();
    [[nodiscard]] Side nextSide() const;
    void append(Side side);
    void takeBack(std::int64_t axisNs);
    [[nodiscard]] std::size_t indexOfRow(const Source& source, RowId row) const;

    const SequenceTraces* m_traces = nullptr;
    CategorySet m_categories = usualCategories;
    const RowFilter* m_filter = nullptr;
    std::array<Source, 2> m_sources;
    Column<std::uint32_t> m_entries;
    std::int64_t m_breakNs = 0;
    std::int64_t m_lastNs = 0;
    std::int64_t m_slackNs = 0; ///< by so much entries may stand before earlier ones
};

} // namespace qlogscope
