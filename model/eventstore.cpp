// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/eventstore.h"

#include <algorithm>

namespace qlogscope {

namespace {
constexpr std::uint32_t farOffset = 0xffffffff;
} // namespace

void EventStore::append(const EventRow& row)
{
    if (m_traces.empty() && row.trace.value != 0) {
        for (std::size_t i = 0; i < m_times.size(); ++i)
            m_traces.push_back(0);
        m_traces.push_back(row.trace.value);
    } else if (!m_traces.empty()) {
        m_traces.push_back(row.trace.value);
    }
    m_times.push_back(row.timeNs);
    if (m_offsets.size() % offsetBlock == 0)
        m_offsetBases.push_back(row.offset);
    const std::uint64_t above = row.offset - m_offsetBases.back();
    if (above >= farOffset)
        m_farOffsets.emplace(static_cast<std::uint32_t>(m_offsets.size()), row.offset);
    m_offsets.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(above, farOffset)));
    m_lengths.push_back(row.length);
    m_names.push_back(row.name.isValid() ? static_cast<std::uint16_t>(row.name.value) : noName);
    m_flags.push_back(row.flags);
}

std::uint64_t EventStore::offset(RowId row) const
{
    const std::uint32_t above = m_offsets[row.value];
    return above == farOffset ? m_farOffsets.at(row.value) : m_offsetBases[row.value / offsetBlock] + above;
}

EventStore::Ranges EventStore::ranges() const
{
    Ranges ranges;
    ranges.m_offsetBases = m_offsetBases.snapshot();
    ranges.m_offsets = m_offsets.snapshot();
    ranges.m_lengths = m_lengths.snapshot();
    ranges.m_farOffsets = m_farOffsets;
    return ranges;
}

std::uint64_t EventStore::Ranges::offset(std::size_t row) const
{
    const std::uint32_t above = m_offsets[row];
    return above == farOffset ? m_farOffsets.at(static_cast<std::uint32_t>(row)) : m_offsetBases[row / offsetBlock] + above;
}

RowId EventStore::rowAtOffset(std::uint64_t offset) const
{
    std::size_t low = 0;
    std::size_t high = size();
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        if (this->offset(RowId(middle)) + m_lengths[middle] <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < size() ? RowId(low) : RowId();
}

std::size_t EventStore::memoryBytes() const
{
    return m_times.memoryBytes() + m_offsetBases.memoryBytes() + m_offsets.memoryBytes() + m_lengths.memoryBytes() + m_names.memoryBytes()
        + m_flags.memoryBytes() + m_traces.memoryBytes();
}

} // namespace qlogscope
