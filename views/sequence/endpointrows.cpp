// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/sequence/endpointrows.h"

#include <QElapsedTimer>

#include <algorithm>

namespace qlogscope {

namespace {

constexpr std::int64_t aroundNs = 10'000'000'000; // so long before and after a connection its IDs may still be named: Retry, late packets

} // namespace

bool EndpointRows::mayOverlap(TimeRange endpoint, TimeRange connection)
{
    return endpoint.beginNs <= saturatedSum(connection.endNs, aroundNs) && endpoint.endNs >= saturatedDifference(connection.beginNs, aroundNs);
}

std::set<std::string> EndpointRows::idsOf(TraceRef end) const
{
    std::set<std::string> ids;
    const Trace& trace = end.get();
    if (!trace.header().groupId.empty())
        ids.insert(trace.header().groupId);
    for (const Direction direction : {Direction::Sent, Direction::Received}) {
        const PacketIndex& packets = trace.packets(direction);
        for (std::size_t i = 0; m_records != nullptr && i < std::min(packets.size(), packetsLookedAt); ++i) {
            std::string problem;
            const std::string record = end.document->recordText(packets.row(PacketId(i)), &problem);
            if (!problem.empty())
                continue;
            for (std::string& id : m_records->connectionIds(record, trace.header()))
                ids.insert(std::move(id));
        }
    }
    return ids;
}

void EndpointRows::setIds(std::set<std::string> ids)
{
    if (ids == m_ids)
        return;
    m_ids = std::move(ids);
    m_rows.clear();
    m_next = 0;
    m_firstLater.reset();
    ++m_version;
}

bool EndpointRows::isOfConnection(RowId row, TimeRange times) const
{
    const std::int64_t time = m_trace.get().events().timeNs(row);
    if (time < saturatedDifference(times.beginNs, aroundNs) || time > saturatedSum(times.endNs, aroundNs))
        return false;
    std::string problem;
    const std::string record = m_records != nullptr ? m_trace.document->recordText(row, &problem) : std::string();
    const bool isRead = m_records != nullptr && problem.empty();
    const std::vector<std::string> ids = isRead ? m_records->connectionIds(record, m_trace.get().header()) : std::vector<std::string>();
    if (ids.empty())
        return times.contains(time);
    return std::any_of(ids.begin(), ids.end(), [this](const std::string& id) { return m_ids.contains(id); });
}

bool EndpointRows::advance(TimeRange times, std::int64_t milliseconds)
{
    constexpr std::size_t step = 64;
    const Trace& trace = m_trace.get();
    QElapsedTimer clock;
    clock.start();
    if (times.endNs != m_endNs && m_firstLater) { // they may be in it now
        m_next = *m_firstLater;
        m_rows.erase(std::remove_if(m_rows.begin(), m_rows.end(), [this](std::uint32_t row) { return row >= m_next; }), m_rows.end());
        m_firstLater.reset();
        ++m_version;
    }
    m_endNs = times.endNs;
    const std::size_t before = m_rows.size();
    bool isDone = false;
    do {
        for (std::size_t i = 0; i < step && !isDone; ++i) {
            const bool isLater = m_next < trace.rowCount() && trace.areRowsInOrder()
                && trace.events().timeNs(trace.row(m_next)) > saturatedSum(times.endNs, aroundNs);
            isDone = m_next >= trace.rowCount() || isLater;
            if (!isDone && !m_firstLater && trace.events().timeNs(trace.row(m_next)) >= times.endNs)
                m_firstLater = m_next;
            if (!isDone && isOfConnection(trace.row(m_next), times))
                m_rows.push_back(static_cast<std::uint32_t>(m_next));
            m_next += isDone ? 0 : 1;
        }
    } while (!isDone && clock.elapsed() < milliseconds);
    if (m_rows.size() > before && !trace.areRowsInOrder())
        sortRows();
    return isDone;
}

void EndpointRows::sortRows()
{
    const Trace& trace = m_trace.get();
    std::stable_sort(m_rows.begin(), m_rows.end(), [&trace](std::uint32_t a, std::uint32_t b) {
        return trace.events().timeNs(trace.row(a)) < trace.events().timeNs(trace.row(b));
    });
}

} // namespace qlogscope
