// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/congestion/chartdata.h"
#include "views/congestion/congestionlayout.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace qlogscope {

/// What a line of the congestion chart is drawn from: a metric as logged, else what follows from the whole trace. A value that must
/// not outlive trace and derived series. UI thread.
class LineSource
{
public:
    /// @param path below pathCount()
    LineSource(const ChartData& data, CongestionSeries series, std::size_t path = 0);

    /// How many multipath paths have a line of their own; 1 unless multipath is in use.
    [[nodiscard]] static std::size_t pathCount(const ChartData& data, CongestionSeries series);
    [[nodiscard]] static std::uint32_t pathId(const ChartData& data, CongestionSeries series, std::size_t path);

    /// The log does not say it: it was computed from packets and ACKs.
    [[nodiscard]] bool isInferred() const { return m_changes != nullptr && m_isInferred; }
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] RowId row(std::size_t index) const;
    [[nodiscard]] std::int64_t timeNs(std::size_t index) const;
    [[nodiscard]] std::int64_t value(std::size_t index) const;
    [[nodiscard]] std::size_t lowerBound(std::int64_t timeNs) const;
    [[nodiscard]] std::vector<Series::Bucket> sample(const ColumnEdges& edges) const;

private:
    /// Null where there is one line whatever the paths.
    [[nodiscard]] static const std::vector<Trace::PathSeries>* pathsOf(const ChartData& data, CongestionSeries series);

    const Series* m_samples = nullptr;
    const DeltaSeries* m_changes = nullptr;
    SampleMemo* m_memo = nullptr;
    bool m_isInferred = false;
};

} // namespace qlogscope
