// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/series.h"

namespace qlogscope {

void Series::append(RowId row, std::int64_t value)
{
    m_samples.append({row, value});
    m_extremes.merge({value, value});
}

std::optional<std::int64_t> Series::valueAt(std::int64_t timeNs) const
{
    m_samples.ensureSorted();
    const std::size_t after = timeNs == std::numeric_limits<std::int64_t>::max() ? size() : lowerBound(timeNs + 1);
    if (after == 0)
        return std::nullopt;
    return value(after - 1);
}

MinMax Series::extremesIn(TimeRange range) const
{
    const std::size_t begin = m_samples.lowerBound(range.beginNs);
    const std::size_t end = m_samples.lowerBound(range.endNs, begin);
    return m_samples.merged(begin > 0 ? begin - 1 : 0, end);
}

std::vector<Series::Bucket> Series::sample(const ColumnEdges& edges) const
{
    std::vector<Bucket> buckets(edges.columns());
    const std::vector<std::size_t> bounds = m_samples.lowerBounds(edges);
    for (std::size_t column = 0; column < buckets.size(); ++column) {
        const std::size_t begin = bounds[column];
        const std::size_t end = bounds[column + 1];
        Bucket& bucket = buckets[column];
        bucket.firstIndex = begin;
        bucket.count = end - begin;
        if (bucket.count > 0) {
            bucket.first = value(begin);
            bucket.last = value(end - 1);
            bucket.range = m_samples.merged(begin, end);
        }
    }
    return buckets;
}

} // namespace qlogscope
