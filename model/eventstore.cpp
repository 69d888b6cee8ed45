// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/eventstore.h"

namespace qlogscope {

namespace {
constexpr std::uint16_t noName = 0xffff;
}

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
    m_offsets.push_back(row.offset);
    m_lengths.push_back(row.length);
    m_names.push_back(row.name.isValid() ? static_cast<std::uint16_t>(row.name.value) : noName);
    m_flags.push_back(row.flags);
}

NameId EventStore::name(RowId row) const
{
    const std::uint16_t value = m_names[row.value];
    return value == noName ? NameId() : NameId(std::uint32_t{value});
}

RowId EventStore::rowAtOffset(std::uint64_t offset) const
{
    std::size_t low = 0;
    std::size_t high = size();
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        if (m_offsets[middle] + m_lengths[middle] <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < size() ? RowId(low) : RowId();
}

std::size_t EventStore::memoryBytes() const
{
    return m_times.memoryBytes() + m_offsets.memoryBytes() + m_lengths.memoryBytes() + m_names.memoryBytes()
        + m_flags.memoryBytes() + m_traces.memoryBytes();
}

} // namespace qlogscope
