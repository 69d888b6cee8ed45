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

MinMax Series::minMax(std::size_t begin, std::size_t end) const
{
    MinMax result;
    m_samples.visit(
        begin, end,
        [&](std::span<const SeriesSample> samples) {
            for (const SeriesSample& sample : samples)
                result.merge({sample.value(), sample.value()});
        },
        [&](std::span<const MinMax> nodes) {
            for (const MinMax& node : nodes)
                result.merge(node);
        });
    return result;
}

MinMax Series::extremesIn(TimeRange range) const
{
    const std::size_t begin = m_samples.lowerBound(range.beginNs);
    const std::size_t end = m_samples.lowerBound(range.endNs, begin);
    return minMax(begin > 0 ? begin - 1 : 0, end);
}

std::vector<Series::Bucket> Series::sample(const ColumnEdges& edges) const
{
    std::vector<Bucket> buckets(edges.columns());
    std::size_t begin = m_samples.lowerBound(edges, 0, 0);
    for (std::size_t column = 0; column < buckets.size(); ++column) {
        const std::size_t end = m_samples.lowerBound(edges, column + 1, begin);
        Bucket& bucket = buckets[column];
        bucket.firstIndex = begin;
        bucket.count = end - begin;
        if (bucket.count > 0) {
            bucket.first = value(begin);
            bucket.last = value(end - 1);
            bucket.range = minMax(begin, end);
        }
        begin = end;
    }
    return buckets;
}

} // namespace qlogscope
