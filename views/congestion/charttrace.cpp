// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/charttrace.h"

#include <QElapsedTimer>

#include <algorithm>
#include <limits>

namespace qlogscope {

ChartTrace::ChartTrace(TraceRef trace)
    : m_ref(trace)
    , m_derived(std::make_unique<DerivedSeries>(trace.get()))
{
}

std::int64_t ChartTrace::firstPacketNs() const
{
    std::int64_t first = std::numeric_limits<std::int64_t>::max();
    for (const Direction direction : {Direction::Sent, Direction::Received}) {
        const SentBars& bars = trace().sentBars(direction);
        bars.ensureSorted();
        if (!bars.empty())
            first = std::min(first, bars.timeNs(0));
    }
    return first != std::numeric_limits<std::int64_t>::max() ? first : trace().zeroNs();
}

void ChartTrace::choose(const BarChoice& choice)
{
    if (choice == m_choice)
        return;
    m_choice = choice;
    m_bars.reset();
    m_selected.reset();
    m_streamLimit.reset();
}

bool ChartTrace::derive(std::int64_t milliseconds)
{
    constexpr std::size_t factsPerStep = 20'000; // about 2 ms
    QElapsedTimer clock;
    clock.start();
    bool isDone = m_derived->advance(0);
    while (!isDone && clock.elapsed() < milliseconds)
        isDone = m_derived->advance(factsPerStep);
    m_isDerived = m_isDerived || isDone;
    return isDone;
}

bool ChartTrace::advance(std::unique_ptr<ChartBars>* bars, const RowFilter* filter, std::int64_t milliseconds)
{
    if (!*bars)
        *bars = std::make_unique<ChartBars>(trace(), m_choice, filter);
    return (*bars)->advance(milliseconds, derived());
}

bool ChartTrace::makeBars(std::int64_t milliseconds, const RowFilter* filter)
{
    if (trace().hasBackwardTimes() && trace().rowCount() != m_backwardRows) {
        m_backwardRows = trace().rowCount();
        m_bars.reset();
        m_selected.reset();
        milliseconds = std::numeric_limits<std::int64_t>::max();
    }
    if (filter == nullptr)
        m_selected.reset();
    updateStreamLimit();
    const bool areBarsMade = advance(&m_bars, nullptr, milliseconds);
    return (filter == nullptr || advance(&m_selected, filter, milliseconds)) && areBarsMade;
}

void ChartTrace::updateStreamLimit()
{
    const ConnectionFacts& facts = trace().connection();
    const std::tuple known(facts.parameters().size(), facts.limits().size(), trace().role());
    if (!m_choice.stream || (m_streamLimit && m_limitFacts == known))
        return;
    m_limitFacts = known;
    m_streamLimit.emplace(limitOfStream(trace(), m_choice.direction, *m_choice.stream));
}

ChartData ChartTrace::data() const
{
    return {trace(), m_choice.direction, derived(), m_bars.get(), m_selected.get(), false, false, m_streamLimit ? &*m_streamLimit : nullptr};
}

} // namespace qlogscope
