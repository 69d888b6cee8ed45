// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/timewalk.h"

#include <algorithm>

namespace qlogscope {

TimeWalk::TimeWalk(const Trace& trace)
    : m_trace(trace)
    , m_role(trace.role())
    , m_inOrder(trace.areRowsInOrder())
{
}

std::size_t TimeWalk::sizeOf(Source source) const
{
    switch (source) {
    case Parameters:
        return m_trace.connection().parameters().size();
    case SentPackets:
        return m_trace.sentBars(Direction::Sent).size();
    case ReceivedPackets:
        return m_trace.sentBars(Direction::Received).size();
    case SentAcked:
        return m_trace.ackedBars(Direction::Sent).size();
    case ReceivedAcked:
        return m_trace.ackedBars(Direction::Received).size();
    case Losses:
        return m_trace.lostBars().size();
    case Limits:
        return m_trace.connection().limits().size();
    case StreamRanges:
        return m_trace.streams().rangeCount();
    case Windows:
        return m_trace.metric(MetricKind::CongestionWindow).size();
    case Flights:
        return m_trace.metric(MetricKind::BytesInFlight).size();
    case sourceCount:
        break;
    }
    return 0;
}

RowId TimeWalk::rowOf(Source source, std::size_t index) const
{
    switch (source) {
    case Parameters:
        return m_trace.connection().parameters()[index].row;
    case SentPackets:
        return m_trace.sentBars(Direction::Sent).row(index);
    case ReceivedPackets:
        return m_trace.sentBars(Direction::Received).row(index);
    case SentAcked:
        return m_trace.ackedBars(Direction::Sent).row(index);
    case ReceivedAcked:
        return m_trace.ackedBars(Direction::Received).row(index);
    case Losses:
        return m_trace.lostBars().row(index);
    case Limits:
        return m_trace.connection().limits()[index].row;
    case StreamRanges:
        return m_trace.streams().rangeRow(index);
    case Windows:
        return m_trace.metric(MetricKind::CongestionWindow).row(index);
    case Flights:
        return m_trace.metric(MetricKind::BytesInFlight).row(index);
    case sourceCount:
        break;
    }
    return {};
}

std::uint32_t TimeWalk::identityOf(Source source, std::size_t index) const
{
    switch (source) {
    case SentAcked:
        return m_trace.ackedBars(Direction::Sent).packet(index).value;
    case ReceivedAcked:
        return m_trace.ackedBars(Direction::Received).packet(index).value;
    case Losses:
        return m_trace.lostBars().packet(index).value;
    default:
        return rowOf(source, index).value;
    }
}

void TimeWalk::updateKey(Source source)
{
    Cursor& cursor = m_cursors[source];
    cursor.key = cursor.isAtEnd() ? Key() : keyOf(rowOf(source, cursor.index()));
}

/// Facts that are kept in the order of rows, where that is not the one of time.
void TimeWalk::sortRows(Source source)
{
    Cursor& cursor = m_cursors[source];
    std::vector<std::uint32_t> order(cursor.size - cursor.next);
    const std::size_t known = cursor.order.empty() ? 0 : cursor.orderFrom + cursor.order.size() - cursor.next;
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i < known ? cursor.order[cursor.next - cursor.orderFrom + i] : static_cast<std::uint32_t>(cursor.next + i);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return keyOf(rowOf(source, a)) < keyOf(rowOf(source, b)); });
    cursor.order = std::move(order);
    cursor.orderFrom = cursor.next;
}

bool TimeWalk::findNews()
{
    if (m_inOrder != m_trace.areRowsInOrder())
        return false; // they were, and are no longer
    bool hasNews = false;
    for (std::size_t i = 0; i < sourceCount; ++i)
        hasNews = hasNews || m_cursors[i].size != sizeOf(static_cast<Source>(i));
    if (!hasNews)
        return true;
    for (const Direction direction : {Direction::Sent, Direction::Received}) {
        m_trace.sentBars(direction).ensureSorted();
        m_trace.ackedBars(direction).ensureSorted();
    }
    m_trace.lostBars().ensureSorted();
    m_trace.metric(MetricKind::CongestionWindow).ensureSorted();
    m_trace.metric(MetricKind::BytesInFlight).ensureSorted();
    bool isLater = true;
    for (std::size_t i = 0; i < sourceCount; ++i) {
        const auto source = static_cast<Source>(i);
        Cursor& cursor = m_cursors[i];
        cursor.size = sizeOf(source);
        const bool isOrderedByRow = source == Parameters || source == Limits || source == StreamRanges;
        if (isOrderedByRow && !m_inOrder)
            sortRows(source);
        else if (cursor.next > 0 && !isOrderedByRow && identityOf(source, cursor.next - 1) != cursor.last)
            isLater = false; // something was put before it
        updateKey(source);
        isLater = isLater && (cursor.isAtEnd() || !m_latest.row.isValid() || cursor.key >= m_latest);
    }
    return isLater;
}

void TimeWalk::begin()
{
    m_cursors = {};
    m_row = {};
    m_latest = {};
    m_role = m_trace.role();
    m_inOrder = m_trace.areRowsInOrder();
}

void TimeWalk::tell(Source source, std::size_t index, Visitor* visitor) const
{
    switch (source) {
    case Parameters:
        return visitor->parameter(m_trace.connection().parameters()[index]);
    case SentPackets:
        return visitor->packet(Direction::Sent, m_trace.sentBars(Direction::Sent).packet(index));
    case ReceivedPackets:
        return visitor->packet(Direction::Received, m_trace.sentBars(Direction::Received).packet(index));
    case SentAcked:
        return visitor->acked(Direction::Sent, m_trace.ackedBars(Direction::Sent).packet(index));
    case ReceivedAcked:
        return visitor->acked(Direction::Received, m_trace.ackedBars(Direction::Received).packet(index));
    case Losses:
        return visitor->lost(m_trace.lostBars().packet(index));
    case Limits:
        return visitor->limit(index);
    case StreamRanges:
        return visitor->streamRange(index);
    case Windows:
        return visitor->metric(MetricKind::CongestionWindow, m_trace.metric(MetricKind::CongestionWindow).value(index));
    case Flights:
        return visitor->metric(MetricKind::BytesInFlight, m_trace.metric(MetricKind::BytesInFlight).value(index));
    case sourceCount:
        return;
    }
}

bool TimeWalk::advance(std::size_t facts, Visitor* visitor)
{
    if (!findNews() || (m_role != m_trace.role() && m_latest.row.isValid())) {
        begin();
        visitor->restart();
        (void)findNews(); // there is nothing before them
    }
    m_role = m_trace.role();
    for (;; --facts) {
        std::size_t first = 0;
        for (std::size_t i = 1; i < sourceCount; ++i) {
            if (m_cursors[i].key.row.isValid() && (!m_cursors[first].key.row.isValid() || m_cursors[i].key < m_cursors[first].key))
                first = i;
        }
        Cursor& cursor = m_cursors[first];
        const RowId row = cursor.isAtEnd() ? RowId() : cursor.key.row;
        if (m_row.isValid() && m_row != row) {
            visitor->rowEnd(m_row);
            m_row = {};
        }
        if (!row.isValid())
            return true;
        if (facts == 0)
            return false;
        m_row = row;
        m_latest = m_latest.row.isValid() ? std::max(m_latest, cursor.key) : cursor.key;
        const auto source = static_cast<Source>(first);
        const std::size_t index = cursor.index();
        cursor.last = identityOf(source, index);
        ++cursor.next;
        updateKey(source);
        tell(source, index, visitor);
    }
}

std::size_t TimeWalk::memoryBytes() const
{
    std::size_t bytes = 0;
    for (const Cursor& cursor : m_cursors)
        bytes += cursor.order.capacity() * sizeof(std::uint32_t);
    return bytes;
}

} // namespace qlogscope
