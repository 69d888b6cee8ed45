// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/linesource.h"

namespace qlogscope {

const std::vector<Trace::PathSeries>* LineSource::pathsOf(const ChartData& data, CongestionSeries series)
{
    if (series == CongestionSeries::RttSample)
        return data.derived != nullptr && !data.derived->rtt().paths().empty() ? &data.derived->rtt().paths() : nullptr;
    return isMetric(series) ? &data.trace.metricPaths(metricOf(series)) : nullptr;
}

std::size_t LineSource::pathCount(const ChartData& data, CongestionSeries series)
{
    const std::vector<Trace::PathSeries>* paths = pathsOf(data, series);
    return paths != nullptr ? paths->size() : 1;
}

std::uint32_t LineSource::pathId(const ChartData& data, CongestionSeries series, std::size_t path)
{
    const std::vector<Trace::PathSeries>* paths = pathsOf(data, series);
    return paths != nullptr ? (*paths)[path].pathId : 0;
}

LineSource::LineSource(const ChartData& data, CongestionSeries series, std::size_t path)
    : m_memo(data.memo)
{
    const DerivedSeries* derived = data.derived;
    const Direction direction = data.direction;
    if (isFlowControl(series) && data.scale() != BarScale::WireBytes) { // of the chosen stream, else not comparable
        m_samples = series == CongestionSeries::StreamLimitSum && data.isOneStream() ? data.streamLimit : nullptr;
        return;
    }
    switch (series) {
    case CongestionSeries::StreamBytes:
        m_changes = derived != nullptr ? &derived->flowControl().streamBytes(direction) : nullptr;
        m_isInferred = data.trace.streams().anyLengthInferred();
        break;
    case CongestionSeries::ConnectionLimit:
        m_samples = derived != nullptr ? &derived->flowControl().connectionLimit(direction) : nullptr;
        break;
    case CongestionSeries::StreamLimitSum:
        m_samples = derived != nullptr ? &derived->flowControl().streamLimitSum(direction) : nullptr;
        break;
    case CongestionSeries::Throughput:
    case CongestionSeries::Goodput:
        break; // see layOutRates()
    case CongestionSeries::RttSample:
        if (const std::vector<Trace::PathSeries>* paths = pathsOf(data, series))
            m_samples = &(*paths)[path].series;
        else
            m_samples = derived != nullptr ? &derived->rtt().samples() : nullptr;
        break;
    case CongestionSeries::BytesInFlight:
        if (data.trace.metric(MetricKind::BytesInFlight).empty() && derived != nullptr) {
            m_changes = &derived->flight().bytesInFlight();
            m_isInferred = true;
            break;
        }
        [[fallthrough]];
    default:
        m_samples = &data.trace.metricPaths(metricOf(series))[path].series;
        break;
    }
}

std::size_t LineSource::size() const { return m_samples != nullptr ? m_samples->size() : m_changes != nullptr ? m_changes->size() : 0; }

RowId LineSource::row(std::size_t index) const { return m_samples != nullptr ? m_samples->row(index) : m_changes->row(index); }

std::int64_t LineSource::timeNs(std::size_t index) const { return m_samples != nullptr ? m_samples->timeNs(index) : m_changes->timeNs(index); }

std::int64_t LineSource::value(std::size_t index) const
{
    return m_samples != nullptr ? m_samples->value(index) : m_changes->valueBefore(index + 1);
}

std::size_t LineSource::lowerBound(std::int64_t timeNs) const
{
    return m_samples != nullptr ? m_samples->lowerBound(timeNs) : m_changes != nullptr ? m_changes->lowerBound(timeNs) : 0;
}

std::vector<Series::Bucket> LineSource::sample(const ColumnEdges& edges) const
{
    const auto sample = [&](const auto& series) {
        const auto sampleIn = [&](const ColumnEdges& columns) { return series.sample(columns); };
        return m_memo != nullptr ? m_memo->sample(series, edges, sampleIn) : sampleIn(edges);
    };
    if (m_samples != nullptr)
        return sample(*m_samples);
    return m_changes != nullptr ? sample(*m_changes) : std::vector<Series::Bucket>(edges.columns());
}

} // namespace qlogscope
