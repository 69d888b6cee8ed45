// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/deltaseries.h"

#include <algorithm>

namespace qlogscope {

void DeltaSeries::append(RowId row, std::int64_t change)
{
    constexpr auto largest = std::numeric_limits<std::int16_t>::max();
    const bool fits = change >= -largest && change <= largest;
    if (!fits)
        m_wide->emplace(row.value, change); // before its item, which may complete a node
    m_changes.append({row, fits ? static_cast<std::int16_t>(change) : ValueChange::elsewhere});
}

std::int64_t DeltaSeries::valueAt(std::int64_t timeNs) const
{
    return valueBefore(timeNs == std::numeric_limits<std::int64_t>::max() ? size() : lowerBound(timeNs + 1));
}

std::int64_t DeltaSeries::sumIn(TimeRange range) const
{
    const std::size_t begin = m_changes.lowerBound(range.beginNs);
    return range.isEmpty() ? 0 : m_changes.merged(begin, m_changes.lowerBound(range.endNs, begin)).sum;
}

MinMax DeltaSeries::extremesIn(TimeRange range) const
{
    const std::size_t begin = m_changes.lowerBound(range.beginNs);
    const ChangeNode changes = m_changes.merged(begin, m_changes.lowerBound(range.endNs, begin));
    const std::int64_t carried = valueBefore(begin);
    return {carried + std::min<std::int64_t>(changes.low, 0), carried + std::max<std::int64_t>(changes.high, 0)};
}

std::vector<Series::Bucket> DeltaSeries::sample(const ColumnEdges& edges) const
{
    std::vector<Series::Bucket> buckets(edges.columns());
    const std::vector<std::size_t> bounds = m_changes.lowerBounds(edges);
    std::int64_t value = valueBefore(bounds.front());
    for (std::size_t column = 0; column < buckets.size(); ++column) {
        const std::size_t begin = bounds[column];
        const std::size_t end = bounds[column + 1];
        Series::Bucket& bucket = buckets[column];
        bucket.firstIndex = begin;
        bucket.count = end - begin;
        if (bucket.count > 0) {
            const ChangeNode changes = m_changes.merged(begin, end);
            bucket.first = value + change(begin);
            bucket.range = {value + changes.low, value + changes.high};
            value += changes.sum;
            bucket.last = value;
        }
    }
    return buckets;
}

} // namespace qlogscope
