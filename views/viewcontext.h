// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/workspace.h"
#include "views/rowfilter.h"

#include <QObject>

#include <map>
#include <optional>
#include <set>
#include <vector>

namespace qlogscope {

/// What views do with rows that the filter does not select.
enum class FilterMode : std::uint8_t { Dim, Hide };

/// What the user is looking at: one object shared by all views, so that a zoom, a hover or a click in one is seen in all.
/// Views talk to this and never to each other. UI thread.
///
/// Times here are T: nanoseconds since the earliest event of the shown trace, fixed when the trace is first shown.
class ViewContext : public QObject
{
    Q_OBJECT
public:
    /// How a change of the visible range enters the back/forward history.
    enum class Step : std::uint8_t {
        New, ///< a step of its own (a box zoom, a jump)
        Continued, ///< part of a gesture: wheel turns and drags within half a second are one step
    };

    explicit ViewContext(Workspace* workspace, QObject* parent = nullptr);

    [[nodiscard]] Workspace* workspace() const { return m_workspace; }

    /// The trace that is shown; invalid if none is open.
    [[nodiscard]] TraceRef trace() const { return m_trace; }
    void setTrace(TraceRef trace);
    /// Trace time (nanoseconds since the trace's origin) of T = 0.
    [[nodiscard]] std::int64_t zeroNs() const { return m_zeroNs; }
    /// T of a row of the shown trace.
    [[nodiscard]] std::int64_t timeOf(RowId row) const;

    /// All of the trace, with nothing around it; never empty while a trace is shown.
    [[nodiscard]] TimeRange fullRange() const;
    [[nodiscard]] TimeRange visibleRange() const { return m_visible; }
    /// Kept within sane limits: at least 100 ns long, at most the full range and a tenth around it.
    void setVisibleRange(TimeRange range, Step step = Step::New);
    /// Shows everything, and goes on doing so while the trace grows.
    void fitAll();
    [[nodiscard]] bool isFitted() const { return m_isFitted; }
    /// The end of the visible range goes with the newest event while the trace grows: as long as nobody moved away from it.
    [[nodiscard]] bool isFollowingNewest() const { return m_isFitted || m_isFollowingNewest; }
    /// Moves the range, as long as it is, to the newest event and goes on following it; false stays where it is.
    void setFollowingNewest(bool follows);
    /// Zooms by a factor (< 1: in) with @p anchorNs staying where it is.
    void zoom(double factor, std::int64_t anchorNs);
    /// Moves the range by a part of its length.
    void pan(double fraction);
    [[nodiscard]] bool canGoBack() const { return m_historyPosition > 0; }
    [[nodiscard]] bool canGoForward() const { return m_historyPosition + 1 < m_history.size(); }
    void back();
    void forward();

    /// During visibleRangeChanged(): nobody chose the range, it grew with the trace. dataChanged() comes too.
    [[nodiscard]] bool isFollowingGrowth() const { return m_isFollowingGrowth; }

    [[nodiscard]] RowId selectedRow() const { return m_selectedRow; }
    /// Selects a row of the shown trace's document; switches the trace if the row is of another. None clears.
    void select(RowId row);
    /// As select(), and moves the visible range if the row is outside it.
    void reveal(RowId row);

    /// Rows of the shown trace that the user marked ("mark in charts"), ascending: time-based views draw them. They are kept while the
    /// document is open.
    [[nodiscard]] std::vector<RowId> markedRows() const;
    [[nodiscard]] bool isMarked(RowId row) const;
    /// Marks a row of the shown trace's document, or takes its mark away.
    void toggleMark(RowId row);
    /// Of the shown trace's document.
    void clearMarks();
    [[nodiscard]] bool hasMarks() const;

    /// The hovered time, drawn as a thin line in every time-based view.
    [[nodiscard]] std::optional<std::int64_t> cursorNs() const { return m_cursorNs; }
    void setCursor(std::optional<std::int64_t> timeNs);

    /// The range whose statistics are asked for, drawn in every time-based view; T.
    [[nodiscard]] std::optional<TimeRange> measuredRange() const { return m_measured; }
    void measure(std::optional<TimeRange> range);

    /// What is listed, marked or dimmed; it never changes a computed value. It goes on applying when another trace is shown.
    void setFilter(const Filter& filter);
    [[nodiscard]] const Filter& filter() const { return m_rowFilter->filter(); }
    /// The rows of the shown trace's document that the filter selects.
    [[nodiscard]] RowFilter* rowFilter() const { return m_rowFilter; }
    [[nodiscard]] FilterMode filterMode() const { return m_filterMode; }
    void setFilterMode(FilterMode mode);

Q_SIGNALS:
    void traceChanged();
    /// The shown trace grew, or its document changed state.
    void dataChanged();
    /// Also while data arrives and all of the trace is shown, see isFollowingGrowth().
    void visibleRangeChanged();
    void historyChanged();
    void followingNewestChanged();
    void selectionChanged();
    void cursorChanged();
    void measuredRangeChanged();
    void marksChanged();
    /// The filter, or what is done with rows that it does not select. Which rows it selects: the signals of rowFilter().
    void filterChanged();
    void filterModeChanged();

private:
    void onAppended();
    void followGrowth();
    void setFollowing(bool isFitted, bool isFollowing);
    [[nodiscard]] TimeRange newestRange() const;
    void onAboutToClose(Document* document);
    void applyRange(TimeRange range);
    [[nodiscard]] TimeRange clamped(TimeRange range) const;

    Workspace* m_workspace;
    TraceRef m_trace;
    QMetaObject::Connection m_appendConnection;
    QMetaObject::Connection m_stateConnection;
    bool m_hasZero = false;
    std::int64_t m_zeroNs = 0;
    TimeRange m_visible{0, 1'000'000'000};
    bool m_isFitted = true;
    bool m_isFollowingNewest = false; // and not fitted: the range moves as a whole
    bool m_isFollowingGrowth = false;
    std::vector<TimeRange> m_history;
    std::size_t m_historyPosition = 0;
    std::int64_t m_lastStepMs = 0;
    RowId m_selectedRow;
    std::optional<std::int64_t> m_cursorNs;
    std::optional<TimeRange> m_measured;
    std::map<const Document*, std::set<RowId>> m_marks;
    RowFilter* m_rowFilter;
    FilterMode m_filterMode = FilterMode::Dim;
};

} // namespace qlogscope
