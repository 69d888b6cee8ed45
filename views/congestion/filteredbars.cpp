// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/filteredbars.h"

#include <QElapsedTimer>

#include <algorithm>

namespace qlogscope {

FilteredBars::FilteredBars(const Trace& trace, Direction direction, const RowFilter& filter)
    : m_trace(trace)
    , m_direction(direction)
    , m_filter(filter)
    , m_sent(trace.packets(direction).store(), SentBarTraits{&trace.packets(direction)})
    , m_acked(trace.packets(direction).store(), AckedBarTraits{&trace.packets(direction)})
    , m_lost(trace.packets(direction).store(), LostBarTraits{&trace.packets(Direction::Sent)})
{
}

/// Rows come nearly in order: the answer is near the one before.
bool FilteredBars::accepts(RowId row, std::size_t* hint) const
{
    const Column<RowId>& rows = m_filter.rows();
    constexpr int mostSteps = 32;
    std::size_t index = *hint;
    if (index > rows.size() || (index > 0 && rows[index - 1] >= row))
        index = m_filter.lowerBound(row);
    for (int step = 0; index < rows.size() && rows[index] < row; ++index) {
        if (++step > mostSteps) {
            index = m_filter.lowerBound(row);
            break;
        }
    }
    *hint = index;
    return index < rows.size() && rows[index] == row;
}

template <typename Bars>
void FilteredBars::take(const Bars& from, const PacketIndex& packets, Bars* to, Progress* progress, std::size_t limit)
{
    const std::size_t end = std::min(from.size(), progress->next + limit);
    for (; progress->next < end; ++progress->next) {
        const RowId packetRow = packets.row(from.packet(progress->next));
        const RowId row = from.row(progress->next);
        if (std::max(packetRow.value, row.value) >= m_filter.judgedTo())
            return; // not judged yet
        if (accepts(packetRow, &progress->packetHint) || accepts(row, &progress->rowHint))
            to->append(from[progress->next]);
    }
}

bool FilteredBars::advance(std::int64_t milliseconds)
{
    constexpr std::size_t step = 4096;
    QElapsedTimer clock;
    clock.start();
    m_trace.sentBars(m_direction).ensureSorted();
    m_trace.ackedBars(m_direction).ensureSorted();
    m_trace.lostBars().ensureSorted();
    while (true) {
        const std::size_t before = m_progress[0].next + m_progress[1].next + m_progress[2].next;
        take(m_trace.sentBars(m_direction), m_trace.packets(m_direction), &m_sent, &m_progress[0], step);
        take(m_trace.ackedBars(m_direction), m_trace.packets(m_direction), &m_acked, &m_progress[1], step);
        take(m_trace.lostBars(), m_trace.packets(Direction::Sent), &m_lost, &m_progress[2], step);
        if (m_progress[0].next + m_progress[1].next + m_progress[2].next == before)
            return true;
        if (clock.elapsed() >= milliseconds)
            return false;
    }
}

} // namespace qlogscope
