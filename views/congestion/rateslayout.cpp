// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/rateslayout.h"

#include "model/derivedseries.h"
#include "model/ratewindows.h"
#include "views/units.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace qlogscope {

namespace {

struct RateWords {
    Q_DECLARE_TR_FUNCTIONS(CongestionChart)
};

std::uint64_t bytesIn(const DerivedSeries& derived, CongestionSeries series, Direction direction, TimeRange window)
{
    return series == CongestionSeries::Goodput ? derived.rates().streamBytesIn(direction, window)
                                               : derived.rates().packetBytesIn(direction, window);
}

/// Corners of one line, while it is made from its windows.
class RateLine
{
public:
    RateLine(StepLine* line, TimeRange times, int columns, std::int64_t windowNs)
        : m_line(line)
        , m_times(times)
        , m_columns(columns)
        , m_isNarrow(static_cast<double>(windowNs) * columns < widestMerged * static_cast<double>(times.lengthNs()))
    {
    }
    void add(TimeRange window, std::int64_t value)
    {
        const double from = std::max(columnOf(window.beginNs), 0.0);
        const double to = std::min(columnOf(window.endNs), static_cast<double>(m_columns));
        if (m_isNarrow)
            return merge(std::floor(from), value);
        corner(from, value);
        corner(to, value);
    }
    void finish(double endColumn)
    {
        flush();
        if (!m_line->empty() && m_isNarrow && endColumn > static_cast<double>(m_line->back().column))
            corner(endColumn, m_line->back().value);
    }

private:
    static constexpr double widestMerged = 2; // columns

    [[nodiscard]] double columnOf(std::int64_t timeNs) const
    {
        return (static_cast<double>(timeNs) - static_cast<double>(m_times.beginNs)) / static_cast<double>(m_times.lengthNs()) * m_columns;
    }
    void corner(double column, std::int64_t value) { addCorner(m_line, {static_cast<float>(column), value}); }
    void merge(double column, std::int64_t value)
    {
        if (column != m_column)
            flush();
        if (m_count++ == 0)
            m_first = m_low = m_high = value;
        m_column = column;
        m_low = std::min(m_low, value);
        m_high = std::max(m_high, value);
        m_last = value;
    }
    void flush()
    {
        if (m_count == 0)
            return;
        const double x = m_column + 0.5;
        corner(x, m_line->empty() ? m_first : m_line->back().value);
        if (m_count > 1) {
            corner(x, m_low);
            corner(x, m_high);
        }
        corner(x, m_last);
        m_count = 0;
    }

    StepLine* m_line;
    TimeRange m_times;
    int m_columns;
    bool m_isNarrow; ///< a column shows several windows
    double m_column = -1;
    int m_count = 0; ///< of windows in the column
    std::int64_t m_first = 0;
    std::int64_t m_low = 0;
    std::int64_t m_high = 0;
    std::int64_t m_last = 0;
};

} // namespace

void layOutRates(const Trace& trace, const DerivedSeries& derived, std::int64_t chosenNs, CongestionLayout* layout)
{
    const TimeRange times = layout->range.shifted(layout->zeroNs);
    layout->rateWindowNs = shownRateWindowNs(layout->range, layout->columns, chosenNs);
    layout->isRateWindowWidened = chosenNs > 0 && layout->rateWindowNs != chosenNs;
    const TimeRange seen = times.intersected(trace.timeRange());
    if (seen.isEmpty())
        return;
    const RateWindows windows(trace.timeRange(), layout->zeroNs, layout->rateWindowNs);
    const double endColumn = (static_cast<double>(seen.endNs) - static_cast<double>(times.beginNs)) / static_cast<double>(times.lengthNs()) * layout->columns;
    for (const CongestionSeries series : {CongestionSeries::Throughput, CongestionSeries::Goodput}) {
        if (!isDrawn(layout->states[indexOf(series)]))
            continue;
        RateLine line(&layout->lines[indexOf(series) - barLayerCount], times, layout->columns, layout->rateWindowNs);
        for (TimeRange window = windows.at(seen.beginNs); window.beginNs < seen.endNs; window = windows.at(window.endNs)) {
            line.add(window, bitsPerSecond(bytesIn(derived, series, layout->direction, window), window.lengthNs()));
            if (window.endNs >= seen.endNs)
                break;
        }
        line.finish(endColumn);
    }
}

RateAt rateAt(const Trace& trace, const DerivedSeries& derived, const CongestionLayout& layout, CongestionSeries series, std::int64_t timeNs)
{
    const RateWindows windows(trace.timeRange(), layout.zeroNs, layout.rateWindowNs);
    const TimeRange window = windows.at(timeNs + layout.zeroNs);
    const std::uint64_t bytes = bytesIn(derived, series, layout.direction, window);
    return {window.shifted(-layout.zeroNs), bytes, bitsPerSecond(bytes, window.lengthNs())};
}

ItemText textOf(const RateAt& rate, CongestionSeries series, const CongestionLayout& layout)
{
    const bool isInferred = layout.states[indexOf(series)] == SeriesState::Inferred;
    ItemText text;
    text.title = nameOf(series, layout.direction) % QLatin1Char(' ') % bitRateText(rate.bitsPerSecond);
    if (isInferred)
        text.title += RateWords::tr(" (inferred)");
    const QString bytes = countText(rate.bytes);
    if (series == CongestionSeries::Throughput)
        text.lines.push_back((isInferred ? RateWords::tr("%1 bytes of packets (sizes inferred)") : RateWords::tr("%1 bytes of packets")).arg(bytes));
    else
        text.lines.push_back((layout.direction == Direction::Sent ? RateWords::tr("%1 new stream bytes acked") : RateWords::tr("%1 new stream bytes received")).arg(bytes));
    const std::int64_t resolution = rate.window.lengthNs() / 1'000;
    text.lines.push_back(RateWords::tr("from %1 to %2 (%3)").arg(timeText(rate.window.beginNs, resolution), timeText(rate.window.endNs, resolution), durationText(rate.window.lengthNs())));
    return text;
}

QString ratesTitle(const CongestionLayout& layout)
{
    if (layout.rateWindowNs == 0)
        return RateWords::tr("rates");
    const QString title = RateWords::tr("rates over %1").arg(durationText(layout.rateWindowNs));
    return layout.isRateWindowWidened ? RateWords::tr("%1 (the chosen window is finer than a pixel)").arg(title) : title;
}

} // namespace qlogscope
