// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/viewcontext.h"

#include <QDateTime>
#include <QScopedValueRollback>

#include <limits>
#include <algorithm>
#include <cmath>

namespace qlogscope {

namespace {
constexpr std::int64_t shortestNs = 100;
constexpr std::int64_t gestureMs = 500;
constexpr std::size_t historyLimit = 200;
} // namespace

ViewContext::ViewContext(Workspace* workspace, QObject* parent)
    : QObject(parent)
    , m_workspace(workspace)
    , m_rowFilter(new RowFilter(this))
{
    connect(workspace, &Workspace::documentAboutToClose, this, &ViewContext::onAboutToClose);
}

void ViewContext::setTrace(TraceRef trace)
{
    if (trace == m_trace)
        return;
    disconnect(m_appendConnection);
    disconnect(m_stateConnection);
    m_trace = trace;
    m_hasZero = false;
    m_zeroNs = 0;
    m_isFitted = true;
    m_history.clear();
    m_historyPosition = 0;
    m_selectedRow = RowId();
    m_cursorNs.reset();
    m_measured.reset();
    m_rowFilter->setDocument(m_trace.document);
    if (m_trace.isValid()) {
        m_appendConnection = connect(m_trace.document, &Document::appended, this, &ViewContext::onAppended);
        m_stateConnection = connect(m_trace.document, &Document::stateChanged, this, &ViewContext::dataChanged);
        followGrowth();
    }
    Q_EMIT traceChanged();
    Q_EMIT visibleRangeChanged();
    Q_EMIT historyChanged();
    Q_EMIT selectionChanged();
    Q_EMIT cursorChanged();
    Q_EMIT measuredRangeChanged();
}

void ViewContext::onAboutToClose(Document* document)
{
    m_marks.erase(document);
    if (m_trace.document != document)
        return;
    TraceRef next;
    for (const auto& each : m_workspace->documents()) {
        if (each.get() != document && each->traceCount() > 0)
            next = {each.get(), TraceId(std::size_t{0})};
    }
    setTrace(next);
}

void ViewContext::onAppended()
{
    followGrowth();
    Q_EMIT dataChanged();
}

void ViewContext::followGrowth()
{
    const TimeRange times = m_trace.get().timeRange();
    if (!m_hasZero && !times.isEmpty()) {
        m_zeroNs = times.beginNs;
        m_hasZero = true;
        m_rowFilter->setZero(m_trace.trace, m_zeroNs);
    }
    const TimeRange next = m_isFitted ? fullRange() : m_isFollowingNewest ? newestRange() : m_visible;
    if (m_visible != next) {
        m_visible = next;
        if (m_history.empty())
            m_history.push_back(m_visible);
        else
            m_history[m_historyPosition] = m_visible;
        const QScopedValueRollback<bool> guard(m_isFollowingGrowth, true);
        Q_EMIT visibleRangeChanged();
    }
}

TimeRange ViewContext::newestRange() const
{
    const std::int64_t end = std::max(m_visible.endNs, fullRange().endNs);
    return {end - m_visible.lengthNs(), end};
}

void ViewContext::setFollowing(bool isFitted, bool isFollowing)
{
    const bool before = isFollowingNewest();
    m_isFitted = isFitted;
    m_isFollowingNewest = isFollowing;
    if (before != isFollowingNewest())
        Q_EMIT followingNewestChanged();
}

void ViewContext::setFollowingNewest(bool follows)
{
    if (follows == isFollowingNewest())
        return;
    if (follows) {
        const std::int64_t end = fullRange().endNs;
        setVisibleRange({end - m_visible.lengthNs(), end});
    }
    setFollowing(false, follows);
}

std::int64_t ViewContext::timeOf(RowId row) const { return m_trace.document->events().timeNs(row) - m_zeroNs; }

TimeRange ViewContext::fullRange() const
{
    if (!m_trace.isValid() || m_trace.get().timeRange().isEmpty())
        return {0, 1'000'000'000};
    const TimeRange times = m_trace.get().timeRange();
    TimeRange full{0, std::numeric_limits<std::int64_t>::max()};
    if (__builtin_sub_overflow(times.beginNs, m_zeroNs, &full.beginNs) || __builtin_sub_overflow(times.endNs, m_zeroNs, &full.endNs))
        full = {0, std::numeric_limits<std::int64_t>::max() / 4}; // a log of centuries: its begin is shown
    if (full.lengthNs() < 1'000) // a single event, or all at one time
        full.endNs = full.beginNs + 1'000'000;
    return full;
}

TimeRange ViewContext::clamped(TimeRange range) const
{
    const TimeRange full = fullRange();
    const std::int64_t margin = full.lengthNs() / 10 + 1;
    const std::int64_t longest = full.lengthNs() + 2 * margin;
    const std::int64_t length = std::clamp(range.lengthNs(), shortestNs, longest);
    const std::int64_t begin = std::clamp(range.beginNs, full.beginNs - margin, full.endNs + margin - length);
    return {begin, begin + length};
}

void ViewContext::applyRange(TimeRange range)
{
    m_visible = range;
    Q_EMIT visibleRangeChanged();
    Q_EMIT historyChanged();
}

void ViewContext::setVisibleRange(TimeRange range, Step step)
{
    const TimeRange next = clamped(range);
    if (next == m_visible)
        return;
    const std::int64_t now = QDateTime::currentMSecsSinceEpoch();
    const bool continues = step == Step::Continued && now - m_lastStepMs < gestureMs && m_historyPosition > 0;
    m_lastStepMs = step == Step::Continued ? now : 0;
    // a growing trace is followed as long as its end stays in sight
    const bool isGrowing = m_trace.isValid() && m_trace.document->state() == Document::State::Following;
    setFollowing(false, isGrowing && isFollowingNewest() && next.endNs >= fullRange().endNs);
    if (m_history.empty())
        m_history.push_back(m_visible);
    m_history.resize(m_historyPosition + 1);
    if (continues) {
        m_history.back() = next;
    } else {
        m_history.push_back(next);
        if (m_history.size() > historyLimit)
            m_history.erase(m_history.begin());
    }
    m_historyPosition = m_history.size() - 1;
    applyRange(next);
}

void ViewContext::fitAll()
{
    setVisibleRange(fullRange(), Step::New);
    setFollowing(true, false);
}

void ViewContext::zoom(double factor, std::int64_t anchorNs)
{
    const double before = static_cast<double>(anchorNs - m_visible.beginNs) * factor;
    const double length = static_cast<double>(m_visible.lengthNs()) * factor;
    const std::int64_t begin = anchorNs - std::llround(before);
    setVisibleRange({begin, begin + std::max(std::llround(length), static_cast<long long>(shortestNs))}, Step::Continued);
}

void ViewContext::pan(double fraction)
{
    const std::int64_t shift = std::llround(static_cast<double>(m_visible.lengthNs()) * fraction);
    setVisibleRange({m_visible.beginNs + shift, m_visible.endNs + shift}, Step::Continued);
}

void ViewContext::back()
{
    if (!canGoBack())
        return;
    --m_historyPosition;
    setFollowing(m_history[m_historyPosition] == fullRange(), false);
    applyRange(m_history[m_historyPosition]);
}

void ViewContext::forward()
{
    if (!canGoForward())
        return;
    ++m_historyPosition;
    setFollowing(m_history[m_historyPosition] == fullRange(), false);
    applyRange(m_history[m_historyPosition]);
}

void ViewContext::select(RowId row)
{
    if (row == m_selectedRow || !m_trace.isValid())
        return;
    if (row.isValid() && m_trace.document->events().trace(row) != m_trace.trace)
        setTrace({m_trace.document, m_trace.document->events().trace(row)});
    m_selectedRow = row;
    Q_EMIT selectionChanged();
}

void ViewContext::reveal(RowId row)
{
    select(row);
    if (!row.isValid() || !m_trace.isValid())
        return;
    const std::int64_t time = timeOf(row);
    if (m_visible.contains(time))
        return;
    const std::int64_t half = m_visible.lengthNs() / 2;
    setVisibleRange({time - half, time + half});
}

std::vector<RowId> ViewContext::markedRows() const
{
    std::vector<RowId> rows;
    const auto marks = m_marks.find(m_trace.document);
    if (!m_trace.isValid() || marks == m_marks.end())
        return rows;
    for (const RowId row : marks->second) {
        if (m_trace.document->events().trace(row) == m_trace.trace)
            rows.push_back(row);
    }
    return rows;
}

bool ViewContext::isMarked(RowId row) const
{
    const auto marks = m_marks.find(m_trace.document);
    return marks != m_marks.end() && marks->second.contains(row);
}

bool ViewContext::hasMarks() const { return m_marks.contains(m_trace.document); }

void ViewContext::toggleMark(RowId row)
{
    if (!m_trace.isValid() || !row.isValid())
        return;
    std::set<RowId>& marks = m_marks[m_trace.document];
    if (!marks.insert(row).second)
        marks.erase(row);
    if (marks.empty())
        m_marks.erase(m_trace.document);
    Q_EMIT marksChanged();
}

void ViewContext::clearMarks()
{
    if (m_marks.erase(m_trace.document) > 0)
        Q_EMIT marksChanged();
}

void ViewContext::setFilter(const Filter& filter)
{
    if (filter == m_rowFilter->filter())
        return;
    m_rowFilter->setFilter(filter);
    Q_EMIT filterChanged();
}

void ViewContext::setFilterMode(FilterMode mode)
{
    if (mode == m_filterMode)
        return;
    m_filterMode = mode;
    Q_EMIT filterModeChanged();
}

void ViewContext::measure(std::optional<TimeRange> range)
{
    if (range == m_measured)
        return;
    m_measured = range;
    Q_EMIT measuredRangeChanged();
}

void ViewContext::setCursor(std::optional<std::int64_t> timeNs)
{
    if (timeNs == m_cursorNs)
        return;
    m_cursorNs = timeNs;
    Q_EMIT cursorChanged();
}

} // namespace qlogscope
