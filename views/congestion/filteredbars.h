// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/trace.h"
#include "views/rowfilter.h"

namespace qlogscope {

/// The bars of one direction of a trace that a filter selects: those whose packet it selects, and those that stand for a selected
/// record (an ACK, a loss). The bars themselves are those of the whole trace: same place, same size. Made in slices. UI thread.
class FilteredBars
{
public:
    /// All must outlive it.
    FilteredBars(const Trace& trace, Direction direction, const RowFilter& filter);

    /// Goes on for about so long. @return false if there is more to do
    bool advance(std::int64_t milliseconds);

    [[nodiscard]] const Trace& trace() const { return m_trace; }
    [[nodiscard]] Direction direction() const { return m_direction; }
    [[nodiscard]] const SentBars& sent() const { return m_sent; }
    [[nodiscard]] const AckedBars& acked() const { return m_acked; }
    [[nodiscard]] const LostBars& lost() const { return m_lost; }

private:
    /// How far the bars of one series are looked at, and where their rows stand among the selected ones.
    struct Progress {
        std::size_t next = 0;
        std::size_t packetHint = 0;
        std::size_t rowHint = 0;
    };
    template <typename Bars> void take(const Bars& from, const PacketIndex& packets, Bars* to, Progress* progress, std::size_t limit);
    [[nodiscard]] bool accepts(RowId row, std::size_t* hint) const;

    const Trace& m_trace;
    Direction m_direction;
    const RowFilter& m_filter;
    SentBars m_sent;
    AckedBars m_acked;
    LostBars m_lost;
    Progress m_progress[3];
};

} // namespace qlogscope
