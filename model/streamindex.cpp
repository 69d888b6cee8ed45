// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/streamindex.h"

#include <algorithm>

namespace qlogscope {

void StreamIndex::append(const StreamFact& fact)
{
    m_anyLengthInferred = m_anyLengthInferred || fact.lengthInferred;
    const auto [it, isNew] = m_byId.try_emplace(fact.streamId, static_cast<std::uint32_t>(m_streams.size()));
    if (isNew) {
        m_streams.push_back({fact.streamId, {}, {}});
        m_maxStreamId = std::max(m_maxStreamId.value_or(0), fact.streamId);
    }
    Stream& stream = m_streams[it->second];
    StreamTotals& totals = fact.direction == Direction::Sent ? stream.sent : stream.received;
    if (totals.frames == 0)
        totals.firstRow = fact.row;
    totals.lastRow = fact.row;
    ++totals.frames;
    totals.newBytes += fact.newBytes;
    totals.repeatedBytes += fact.length - fact.newBytes;
    totals.largestOffset = std::max(totals.largestOffset, fact.offset + fact.length);
    totals.fin = totals.fin || fact.fin;

    m_rows.push_back(fact.row.value);
    m_streamOf.push_back(it->second);
    m_offsets.push_back(fact.offset);
    m_lengths.push_back(fact.length);
    const unsigned packed = static_cast<unsigned>(fact.dataClass) | (fact.direction == Direction::Received ? 8U : 0U)
        | (fact.fin ? 16U : 0U) | (fact.lengthInferred ? 32U : 0U);
    m_kinds.push_back(static_cast<std::uint8_t>(packed));
}

void StreamIndex::append(const StreamMention& mention)
{
    m_mentionRows.push_back(mention.row.value);
    m_mentionedStreams.push_back(mention.streamId);
}

StreamIndex::Range StreamIndex::range(std::size_t index) const
{
    const unsigned packed = m_kinds[index];
    return {RowId(m_rows[index]),
            m_streamOf[index],
            m_offsets[index],
            m_lengths[index],
            (packed & 8U) != 0 ? Direction::Received : Direction::Sent,
            static_cast<StreamDataClass>(packed & 7U),
            (packed & 16U) != 0,
            (packed & 32U) != 0};
}

std::size_t StreamIndex::firstRangeOf(RowId row, std::size_t near) const
{
    // gallop away from the hint, in either direction, then halve what is left
    std::size_t low = std::min(near, m_rows.size());
    std::size_t high = low;
    for (std::size_t step = 1; low > 0 && rangeRow(low - 1) >= row; step *= 2) {
        high = low - 1;
        low = low > step ? low - step : 0;
    }
    for (std::size_t step = 1; high < m_rows.size() && rangeRow(high) < row; step *= 2) {
        low = high + 1;
        high = std::min(high + step, m_rows.size());
    }
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (rangeRow(middle) < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

std::size_t StreamIndex::memoryBytes() const
{
    return m_rows.memoryBytes() + m_streamOf.memoryBytes() + m_offsets.memoryBytes() + m_lengths.memoryBytes()
        + m_kinds.memoryBytes() + m_mentionRows.memoryBytes() + m_mentionedStreams.memoryBytes();
}

} // namespace qlogscope
