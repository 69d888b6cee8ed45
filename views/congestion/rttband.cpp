// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/rttband.h"

#include "views/congestion/linesource.h"

#include <algorithm>

namespace qlogscope {

namespace {

/// What a step function is in each column, one column after the other.
class ColumnValues
{
public:
    ColumnValues(const LineSource& values, const ColumnEdges& edges)
        : m_buckets(values.sample(edges))
    {
        if (const std::size_t first = m_buckets.front().firstIndex; first > 0)
            m_last = {values.value(first - 1), values.value(first - 1)};
    }
    /// min > max: no value yet.
    MinMax next(std::size_t column)
    {
        const Series::Bucket& bucket = m_buckets[column];
        if (bucket.count == 0)
            return m_last;
        m_last = {bucket.last, bucket.last};
        return bucket.range;
    }

private:
    std::vector<Series::Bucket> m_buckets;
    MinMax m_last;
};

} // namespace

void layOutRttBand(const ChartData& data, const ColumnEdges& edges, float endColumn, CongestionLayout* layout)
{
    const LineSource smoothedRtt(data, CongestionSeries::RttSmoothed);
    const LineSource rttVariance(data, CongestionSeries::RttVariance);
    if (rttVariance.empty() || smoothedRtt.empty())
        return;
    ColumnValues smoothed(smoothedRtt, edges);
    ColumnValues variance(rttVariance, edges);
    ValueExtent& extent = layout->extents[indexOf(CongestionSeries::RttVariance)];
    for (std::size_t column = 0; column < edges.columns() && static_cast<float>(column) < endColumn; ++column) {
        const MinMax middle = smoothed.next(column);
        const MinMax around = variance.next(column);
        if (middle.min > middle.max || around.min > around.max)
            continue;
        const RttBandSpan span{static_cast<float>(column), std::min(static_cast<float>(column + 1), endColumn),
                               std::max<std::int64_t>(middle.min - around.max, 0), middle.max + around.max};
        extent.add(span.lowNs);
        extent.add(span.highNs);
        RttBandSpan* last = layout->rttBand.empty() ? nullptr : &layout->rttBand.back();
        if (last != nullptr && last->to == span.from && last->lowNs == span.lowNs && last->highNs == span.highNs)
            last->to = span.to;
        else
            layout->rttBand.push_back(span);
    }
}

} // namespace qlogscope
