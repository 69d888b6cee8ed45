// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/workspace.h"
#include "views/congestion/chartdata.h"
#include "views/rowfilter.h"

#include <memory>
#include <optional>
#include <tuple>

namespace qlogscope {

/// One trace as the congestion chart shows it: the trace, and what is made of it beside everything else, in slices, while it may grow.
/// UI thread.
class ChartTrace
{
public:
    /// The document must outlive it.
    explicit ChartTrace(TraceRef trace);

    [[nodiscard]] TraceRef ref() const { return m_ref; }
    [[nodiscard]] const Trace& trace() const { return m_ref.get(); }
    /// Of any direction; the begin of the trace where it has none.
    [[nodiscard]] std::int64_t firstPacketNs() const;
    /// What the bars show; they are made anew where it is another choice.
    void choose(const BarChoice& choice);

    /// Takes what is new in the trace, for about so long. @return false if there is more to do
    bool derive(std::int64_t milliseconds);
    /// Everything there was has been taken once; before, derived() is null.
    [[nodiscard]] const DerivedSeries* derived() const { return m_isDerived ? m_derived.get() : nullptr; }

    /// Makes the bars, for about so long. @param filter null: there is none. @return false if there is more to do
    bool makeBars(std::int64_t milliseconds, const RowFilter* filter);
    /// The filter selects other rows than before.
    void resetFilter() { m_selected.reset(); }
    [[nodiscard]] bool isFiltered() const { return m_selected != nullptr; }

    /// Good until the next call of the functions above.
    [[nodiscard]] ChartData data() const;

private:
    [[nodiscard]] bool advance(std::unique_ptr<ChartBars>* bars, const RowFilter* filter, std::int64_t milliseconds);
    void updateStreamLimit();

    TraceRef m_ref;
    BarChoice m_choice;
    std::unique_ptr<DerivedSeries> m_derived;
    bool m_isDerived = false;
    std::unique_ptr<ChartBars> m_bars;
    std::unique_ptr<ChartBars> m_selected; ///< while there is a filter
    std::optional<Series> m_streamLimit; ///< of the chosen stream
    std::tuple<std::size_t, std::size_t, Role> m_limitFacts; ///< what it was made from: how many parameters and limits, and the role
    std::size_t m_backwardRows = 0; ///< of a log whose times go backwards: bars come between those that were made
};

} // namespace qlogscope
