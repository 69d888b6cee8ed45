// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/rowfilter.h"
#include "views/sequence/sequencetraces.h"

#include <QString>

#include <set>
#include <vector>

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

/// Many packets of application data and ACKs in a row, of which none is lost, as one entry.
struct SequenceFold {
    Side side = Side::Left; ///< of the first row of all
    std::array<RowId, 2> first; ///< of each end; none: it has no row in it
    std::array<RowId, 2> last;
    std::array<std::uint32_t, 2> sent{}; ///< packets that each end logs as sent, and as received
    std::array<std::uint32_t, 2> received{};
    std::int64_t lastNs = 0; ///< on the axis, of the last row
    [[nodiscard]] std::uint64_t rows() const { return std::uint64_t{sent[0]} + sent[1] + received[0] + received[1]; }
};

/// The rows of all lifelines in the order of time on one axis, but for receptions, which come after their sending where the resolution of
/// the clocks leaves that open: what compact mode shows from top to bottom, and where linear mode finds what
/// is in a range. Times of nothing longer than a threshold, which adapts to the trace, are an entry of their own, and so are runs of
/// alike rows if that is asked for. 4.4 bytes an entry; made in slices, from the beginning on. Of a file of more than 2^29 rows the
/// first ones. UI thread.
class SequenceOrder
{
public:
    struct Entry {
        bool isBreak = false;
        Side side = Side::Left;
        RowId row; ///< of a fold its first one
        const SequenceFold* fold = nullptr;
    };

    /// @param filter null: all rows; else only those of its document that it selects
    /// @param isFolding runs of alike rows become one entry
    void begin(const SequenceTraces* traces, const CategorySet& categories, const RowFilter* filter, bool isFolding);
    /// Shows the rows of a fold, until clear(); goes on with advance().
    void unfold(std::size_t index);
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
        const std::vector<std::uint32_t>* chosen = nullptr; ///< of the trace's rows; null: all
        std::vector<std::uint32_t> byTime; ///< only where all rows are shown that are not in the order of time
        std::vector<std::uint8_t> isShownName; ///< by NameId
        std::size_t next = 0;
        std::size_t rows = 0; ///< as of the last look
        RowId row; ///< the next one that is shown; none: no more
        std::int64_t axisNs = 0;
    };
    // an entry: its side above its row; above the sides that there are, the index of a fold, or a break
    static constexpr unsigned sideShift = 29;
    static constexpr std::uint32_t rowMask = (1U << sideShift) - 1;
    static constexpr std::uint32_t foldBits = std::uint32_t{mostSides} << sideShift;
    static constexpr std::uint32_t breakEntry = UINT32_MAX;
    static constexpr std::size_t blockSize = 64; // entries of a block

    void look(Source* source, Side side);
    void findNext(Source* source, Side side);
    [[nodiscard]] bool isShown(const Source& source, RowId row) const;
    [[nodiscard]] RowId rowAt(const Source& source, std::size_t index) const;
    [[nodiscard]] static std::size_t countOf(const Source& source);
    void chooseBreak();
    [[nodiscard]] std::optional<Side> nextSide() const;
    [[nodiscard]] bool isWaitedFor(Side earlier) const;
    void append(Side side);
    [[nodiscard]] bool isAlike(Side side, RowId row) const;
    void endRun();
    void takeUpRun();
    void addToRun(Side side, RowId row);
    void takeBack(std::int64_t axisNs);
    void keepEntries(std::size_t keep);
    void indexBlocks();
    [[nodiscard]] bool isBefore(const Source& source, RowId a, RowId b) const;
    [[nodiscard]] std::size_t indexOfRow(const Source& source, RowId row) const;
    [[nodiscard]] bool holds(const Entry& entry, Side side, RowId row) const;

    const SequenceTraces* m_traces = nullptr;
    CategorySet m_categories = usualCategories;
    const RowFilter* m_filter = nullptr;
    bool m_isFolding = false;
    std::array<Source, mostSides> m_sources;
    Column<std::uint32_t> m_entries;
    std::vector<SequenceFold> m_folds;
    std::set<std::pair<Side, RowId>> m_unfolded; ///< first rows of runs that are to be seen
    std::optional<std::size_t> m_run; ///< entry that a run of alike rows began with
    SequenceFold m_runFold; ///< what it holds so far
    /// Of each whole block of entries the last row of each side up to its end: where a row stands is found by these.
    Column<std::array<RowId, mostSides>> m_blocks;
    std::int64_t m_breakNs = 0;
    std::int64_t m_lastNs = 0;
    std::int64_t m_slackNs = 0; ///< by so much entries may stand before earlier ones
};

} // namespace qlogscope
