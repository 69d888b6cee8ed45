// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/series.h"

namespace qlogscope {

std::int64_t columnTimeNs(TimeRange range, int column, int columns)
{
    if (range.isEmpty())
        return range.beginNs;
    // unsigned: a range may be longer than int64 can say
    const std::uint64_t begin = static_cast<std::uint64_t>(range.beginNs);
    const std::uint64_t length = static_cast<std::uint64_t>(range.endNs) - begin;
    const std::uint64_t parts = static_cast<std::uint64_t>(columns);
    const std::uint64_t index = static_cast<std::uint64_t>(column);
    return static_cast<std::int64_t>(begin + length / parts * index + length % parts * index / parts);
}

ColumnTimes::ColumnTimes(TimeRange range, int columns)
    : m_time(static_cast<std::uint64_t>(range.beginNs))
    , m_parts(static_cast<std::uint64_t>(std::max(columns, 1)))
{
    if (range.isEmpty())
        return;
    const std::uint64_t length = static_cast<std::uint64_t>(range.endNs) - m_time;
    m_step = length / m_parts;
    m_remainder = length % m_parts;
}

std::int64_t ColumnTimes::next()
{
    m_time += m_step;
    m_carried += m_remainder;
    if (m_carried >= m_parts) {
        m_carried -= m_parts;
        ++m_time;
    }
    return static_cast<std::int64_t>(m_time);
}

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

std::vector<Series::Bucket> Series::sample(TimeRange range, int columns) const
{
    std::vector<Bucket> buckets(static_cast<std::size_t>(std::max(columns, 0)));
    std::size_t begin = m_samples.lowerBound(range.beginNs);
    ColumnTimes times(range, columns);
    for (int column = 0; column < columns; ++column) {
        const std::size_t end = m_samples.lowerBound(times.next(), begin);
        Bucket& bucket = buckets[static_cast<std::size_t>(column)];
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
