// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/sequence/sequencecanvas.h"

#include "views/hoverlabel.h"
#include "views/lossnavigation.h"
#include "views/texts.h"

#include <QElapsedTimer>
#include <QFontMetricsF>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace qlogscope {

namespace {

constexpr double overviewWidth = 30;
constexpr std::int64_t workSliceMs = 8;
constexpr std::int64_t firstSliceMs = 120; // rather at once than in pieces
constexpr double zoomOfKey = 0.7;

double distanceTo(QPointF point, QPointF a, QPointF b)
{
    const QPointF along = b - a;
    const double square = QPointF::dotProduct(along, along);
    const double part = square > 0 ? std::clamp(QPointF::dotProduct(point - a, along) / square, 0.0, 1.0) : 0;
    const QPointF away = point - (a + along * part);
    return std::hypot(away.x(), away.y());
}

} // namespace

SequenceCanvas::SequenceCanvas(ViewContext* context, const RecordReader* records, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_colours(Palette::light())
    , m_texts(records)
    , m_hoverLabel(new HoverLabel(this))
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setAccessibleName(tr("Sequence diagram"));
    connect(&m_work, &QTimer::timeout, this, &SequenceCanvas::work);
    connect(m_context, &ViewContext::traceChanged, this, &SequenceCanvas::makeTraces);
    connect(m_context, &ViewContext::selectionChanged, this, &SequenceCanvas::goToSelection);
    connect(m_context, &ViewContext::visibleRangeChanged, this, &SequenceCanvas::goToRange);
    connect(m_context->workspace(), &Workspace::groupsChanged, this, &SequenceCanvas::makeTraces);
    connect(m_context, &ViewContext::marksChanged, this, &SequenceCanvas::layOutNow);
    connect(m_context, &ViewContext::cursorChanged, this, qOverload<>(&QWidget::update));
    connect(m_context, &ViewContext::measuredRangeChanged, this, qOverload<>(&QWidget::update));
    connect(m_context->workspace(), &Workspace::documentAboutToClose, this, [this](const Document* document) {
        if (!m_traces)
            return;
        for (const Side side : m_traces->sides()) {
            if (m_traces->trace(side).document == document)
                return clear();
        }
    });
    connect(m_context->workspace(), &Workspace::documentClosed, this, &SequenceCanvas::refreshNeeded);
    m_colours = Palette::forWidget(this);
}

SequenceCanvas::~SequenceCanvas() = default;

void SequenceCanvas::setTheme(std::optional<Theme> theme)
{
    m_theme = theme;
    m_colours = theme ? Palette::of(*theme) : Palette::forWidget(this);
    m_hoverLabel->setColours(m_colours);
    update();
}

void SequenceCanvas::setMode(SequenceMode mode)
{
    if (mode == m_mode)
        return;
    const TimeRange shown = m_layout.range;
    m_mode = mode;
    m_isOrderStale = m_isOrderStale || m_isFolding;
    if (mode == SequenceMode::Linear && !shown.isEmpty())
        m_context->setVisibleRange(shown); // what was in view stays there
    else if (mode == SequenceMode::Compact)
        m_lastRange = {};
    goToRange();
    Q_EMIT refreshNeeded();
}

void SequenceCanvas::setCategories(const CategorySet& categories)
{
    if (categories == m_categories)
        return;
    m_categories = categories;
    m_isOrderStale = true;
    Q_EMIT refreshNeeded();
}

void SequenceCanvas::setFolding(bool isFolding)
{
    if (isFolding == m_isFolding)
        return;
    holdPlace();
    m_isFolding = isFolding;
    m_order.clear();
    m_isOrderStale = true;
    Q_EMIT refreshNeeded();
}

void SequenceCanvas::setFixedRange(TimeRange range) { m_fixedRange = range; }

void SequenceCanvas::clear()
{
    m_work.stop();
    m_order.clear();
    m_texts.clear();
    m_layout = {};
    m_overview = {};
    m_highlight.clear();
    m_anchor.reset();
    m_traces.reset();
    m_isOrderStale = true;
    m_isDone = true;
    m_hoverLabel->hide();
    update();
}

/// The shown trace changed, or who its other end is. Another end of the same connection keeps the picture where it is.
void SequenceCanvas::makeTraces()
{
    const TraceRef shown = m_context->trace();
    if (m_sideToShow) {
        m_traces->setShownSide(*m_sideToShow);
        makeOverview();
        return;
    }
    std::optional<std::pair<TraceRef, RowId>> anchor;
    std::optional<std::int64_t> offset;
    if (m_traces && shown.isValid() && m_order.size() > 0) {
        const bool isSame = m_traces->trace(Side::Left) == shown || m_traces->trace(Side::Right) == shown;
        const auto first = static_cast<std::size_t>(m_firstRow);
        if (isSame && first < m_order.size() && !m_order[first].isBreak)
            anchor = {m_traces->trace(m_order[first].side), m_order[first].row};
        if (isSame)
            offset = m_traces->offsetByHand();
    }
    clear();
    m_firstRow = 0;
    m_lastSelected = {};
    m_lastRange = {};
    if (shown.isValid()) {
        m_traces = std::make_unique<SequenceTraces>(*m_context->workspace(), shown, m_texts.records());
        m_traces->setOffset(offset);
        for (const Side side : m_traces->sides()) {
            if (anchor && m_traces->trace(side) == anchor->first)
                m_anchor = SequenceRow{side, anchor->second};
        }
        m_clockVersion = 0;
        m_wasMatched = false;
    }
    Q_EMIT clockChanged();
    Q_EMIT refreshNeeded();
}

/// The entry at the top stays there while the order is made anew.
void SequenceCanvas::holdPlace()
{
    if (m_anchor || m_firstRow < 1 || static_cast<std::size_t>(m_firstRow) >= m_order.size())
        return;
    const SequenceOrder::Entry entry = m_order[static_cast<std::size_t>(m_firstRow)];
    if (!entry.isBreak)
        m_anchor = SequenceRow{entry.side, entry.row};
}

void SequenceCanvas::beginOrder()
{
    const RowFilter* filter = m_context->rowFilter();
    const bool isHiding = filter->isActive() && m_context->filterMode() == FilterMode::Hide;
    holdPlace();
    m_order.begin(m_traces.get(), m_categories, isHiding ? filter : nullptr, m_isFolding && m_mode == SequenceMode::Compact);
    m_isOrderStale = false;
}

void SequenceCanvas::resetFilter()
{
    m_isOrderStale = true;
    Q_EMIT refreshNeeded();
}

void SequenceCanvas::refresh()
{
    if (!m_context->trace().isValid())
        return;
    if (!m_traces || !m_traces->isCurrent(*m_context->workspace()))
        makeTraces();
    if (m_context->rowFilter()->isActive() && m_context->filterMode() == FilterMode::Hide && m_context->rowFilter()->isBusy())
        m_isOrderStale = true;
    if (!m_work.isActive() && (!m_isDone || m_isOrderStale || rowCount() != m_doneRows)) {
        m_work.start(0);
        const bool isFirst = m_order.size() == 0;
        m_isDone = false;
        QElapsedTimer clock;
        clock.start();
        while (m_work.isActive() && clock.elapsed() < (isFirst ? firstSliceMs : workSliceMs))
            work();
    }
    layOutNow();
}

/// Of all lifelines.
std::size_t SequenceCanvas::rowCount() const
{
    std::size_t rows = 0;
    for (const Side side : m_traces->sides())
        rows += m_traces->isLogged(side) ? m_traces->trace(side).get().rowCount() : 0;
    return rows;
}

/// One slice of matching and ordering.
void SequenceCanvas::work()
{
    if (!m_traces) {
        m_work.stop();
        return;
    }
    const bool areMatched = m_traces->advance(workSliceMs);
    if (m_traces->clockVersion() != m_clockVersion || m_traces->isMatched() != m_wasMatched) {
        m_clockVersion = m_traces->clockVersion();
        m_wasMatched = m_traces->isMatched();
        m_isOrderStale = true;
        Q_EMIT clockChanged();
    }
    if (m_isOrderStale)
        beginOrder();
    const std::size_t before = m_order.size();
    const bool isOrdered = m_order.advance(workSliceMs);
    const bool needsMore = before < static_cast<std::size_t>(m_firstRow) + pageRows();
    if (m_anchor && (isOrdered || (m_order.size() > 0 && m_order.axisNs(m_order.size() - 1) > m_traces->axisNs(m_anchor->first, m_anchor->second)))) {
        m_firstRow = static_cast<double>(m_order.positionOf(m_anchor->first, m_anchor->second));
        m_anchor.reset();
        layOutNow();
    } else if (needsMore && m_order.size() > before) {
        layOutNow();
    }
    if (!areMatched || !isOrdered)
        return;
    m_work.stop();
    m_isDone = true;
    m_doneRows = rowCount();
    makeOverview();
    goToRange();
    layOutNow();
}

void SequenceCanvas::makeOverview()
{
    m_overview = sequenceOverview(*m_traces, m_context->fullRange(), m_context->zeroNs(), std::max(static_cast<int>(overviewRect().height() / 2), 1));
}

void SequenceCanvas::finish()
{
    if (!m_traces)
        makeTraces();
    if (!m_traces)
        return;
    m_isDone = false;
    while (!m_isDone)
        work();
}

std::size_t SequenceCanvas::pageRows() const
{
    const double line = QFontMetricsF(font()).height();
    return static_cast<std::size_t>(std::max((height() - sequenceTop(line)) / sequenceRowHeight(line), 1.0));
}

double SequenceCanvas::mostFirstRow() const
{
    const auto rows = static_cast<double>(m_order.size()) + 1;
    return std::max(rows - static_cast<double>(pageRows()), 0.0);
}

QRectF SequenceCanvas::overviewRect() const
{
    const double top = sequenceTop(QFontMetricsF(font()).height());
    return {width() - overviewWidth, top, overviewWidth, std::max(height() - top, 1.0)};
}

void SequenceCanvas::layOutNow()
{
    if (!m_traces || m_isOrderStale)
        return;
    const QFontMetricsF metrics(font());
    const RowFilter* filter = m_context->rowFilter();
    m_texts.trim();
    SequenceInput input{*m_traces, m_order, m_texts, m_mode, m_firstRow, m_fixedRange.value_or(m_context->visibleRange()), m_context->zeroNs(),
                        QSizeF(width() - overviewWidth, height()), metrics.height(),
                        [&metrics](const QString& text) { return metrics.horizontalAdvance(text); },
                        filter->isActive() && m_context->filterMode() == FilterMode::Dim ? filter : nullptr, m_context->markedRows()};
    m_layout = layOutSequence(input);
    m_hoverLabel->hide();
    update();
}

std::optional<SequenceRow> SequenceCanvas::selected() const
{
    const RowId row = m_context->selectedRow();
    if (!m_traces || !row.isValid() || !m_context->trace().isValid())
        return std::nullopt;
    const std::optional<Side> side = m_traces->sideOf(m_context->trace().document, row);
    return side ? std::optional(SequenceRow{*side, row}) : std::nullopt;
}

void SequenceCanvas::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    paint(painter);
}

void SequenceCanvas::paint(QPainter& painter)
{
    if (!m_traces)
        return painter.fillRect(rect(), m_colours.window);
    painter.fillRect(QRectF(width() - overviewWidth, 0, overviewWidth, m_layout.top), m_colours.window);
    SequencePainter picture(*m_traces, m_layout, m_colours, font());
    const std::optional<SequenceRow> chosen = selected();
    std::set<SequenceRow> rows = m_highlight;
    if (chosen && rows.empty())
        rows = relatedRows(*chosen);
    picture.setHighlight(std::move(rows), chosen);
    picture.paint(painter, QSizeF(width() - overviewWidth, height()));
    paintShared(painter);
    picture.paintOverview(painter, overviewRect(), m_overview, m_layout.range);
}

/// What all time-based views have: the range that is measured, and the hovered time.
void SequenceCanvas::paintShared(QPainter& painter) const
{
    const double left = m_layout.timeRect.right();
    const double right = width() - overviewWidth;
    const auto inView = [this](double y) { return std::clamp(y, m_layout.top, static_cast<double>(height())); };
    if (const std::optional<TimeRange> measured = m_context->measuredRange()) {
        const double top = inView(yOfTime(measured->beginNs));
        const double bottom = inView(yOfTime(measured->endNs));
        const QColor colour(m_colours.selection.red(), m_colours.selection.green(), m_colours.selection.blue(), 40);
        painter.fillRect(QRectF(left, top, right - left, bottom - top), colour);
    }
    if (const std::optional<std::int64_t> cursor = m_context->cursorNs()) {
        const double y = yOfTime(*cursor);
        if (y != inView(y))
            return;
        painter.setPen(QPen(m_colours.mutedText, 1, Qt::DotLine));
        painter.drawLine(QPointF(left, y), QPointF(right, y));
    }
}

/// In compact mode where the first row at or after the time stands.
double SequenceCanvas::yOfTime(std::int64_t tNs) const
{
    if (m_mode == SequenceMode::Linear) {
        const double part = (static_cast<double>(tNs) - static_cast<double>(m_layout.range.beginNs)) / static_cast<double>(std::max<std::int64_t>(m_layout.range.lengthNs(), 1));
        return m_layout.beginY + part * (m_layout.endY - m_layout.beginY);
    }
    const auto position = static_cast<double>(m_order.lowerBound(m_traces->axisOf(tNs, m_context->zeroNs())));
    return m_layout.top + (position - m_firstRow) * sequenceRowHeight(QFontMetricsF(font()).height());
}

// Navigation

void SequenceCanvas::scrollTo(double firstRow)
{
    m_firstRow = std::clamp(firstRow, 0.0, mostFirstRow());
    m_anchor.reset();
    layOutNow();
}

void SequenceCanvas::scrollIntoView(std::size_t position)
{
    const auto row = static_cast<double>(position);
    const auto page = static_cast<double>(pageRows());
    if (row < m_firstRow + 1 || row > m_firstRow + page - 2)
        scrollTo(row - page / 3);
    else
        layOutNow();
}

void SequenceCanvas::goToSelection()
{
    const std::optional<SequenceRow> row = selected();
    if (row && m_context->selectedRow() != m_lastSelected && m_mode == SequenceMode::Compact && m_order.size() > 0)
        scrollIntoView(m_order.positionOf(row->first, row->second));
    m_lastSelected = m_context->selectedRow();
    update();
}

/// Compact mode goes to the beginning of a range that another view chose.
void SequenceCanvas::goToRange()
{
    if (!m_traces || m_context->isFollowingGrowth())
        return;
    const TimeRange range = m_fixedRange.value_or(m_context->visibleRange());
    if (m_mode == SequenceMode::Linear) {
        Q_EMIT refreshNeeded();
        return;
    }
    if (range == m_lastRange || !m_isDone)
        return;
    if (m_sideToShow) { // of another T
        m_lastRange = range;
        return;
    }
    const bool isFirst = m_lastRange.isEmpty();
    m_lastRange = range;
    if (isFirst && m_context->isFitted() && !m_fixedRange)
        return; // the opening view is the first flight
    const bool isShown = m_layout.range.beginNs >= range.beginNs && m_layout.range.endNs <= range.endNs && !m_fixedRange;
    if (!isShown)
        scrollTo(static_cast<double>(m_order.lowerBound(m_traces->axisOf(range.beginNs, m_context->zeroNs()))));
}

void SequenceCanvas::setOffset(std::optional<std::int64_t> offsetNs)
{
    if (!m_traces)
        return;
    m_traces->setOffset(offsetNs);
    m_isDone = false; // the order is another one
    Q_EMIT refreshNeeded();
}

std::int64_t SequenceCanvas::timeAtY(double y) const
{
    const TimeRange range = m_layout.range;
    const double part = (y - m_layout.beginY) / std::max(m_layout.endY - m_layout.beginY, 1.0);
    return range.beginNs + static_cast<std::int64_t>(part * static_cast<double>(range.lengthNs()));
}

void SequenceCanvas::jumpInOverview(double y)
{
    const QRectF rect = overviewRect();
    const TimeRange full = m_overview.range;
    const double part = std::clamp((y - rect.top()) / rect.height(), 0.0, 1.0);
    const std::int64_t time = full.beginNs + static_cast<std::int64_t>(part * static_cast<double>(full.lengthNs()));
    if (m_mode == SequenceMode::Compact) {
        scrollTo(static_cast<double>(m_order.lowerBound(m_traces->axisOf(time, m_context->zeroNs()))) - static_cast<double>(pageRows()) / 2);
        return;
    }
    const std::int64_t half = m_context->visibleRange().lengthNs() / 2;
    m_context->setVisibleRange({time - half, time + half}, ViewContext::Step::Continued);
}

void SequenceCanvas::select(SequenceRow row)
{
    const TraceRef trace = m_traces->trace(row.first);
    m_lastSelected = row.second; // it is in view already
    if (trace != m_context->trace())
        showTrace(row.first);
    m_context->select(row.second);
}

/// Another lifeline's trace becomes the shown one; what is in view stays in view.
void SequenceCanvas::showTrace(Side side)
{
    const TraceRef trace = m_traces->trace(side);
    const auto timeOf = [&](std::int64_t tNs) { return m_traces->timeNs(side, m_traces->axisOf(tNs, m_context->zeroNs())); };
    const TimeRange visible = m_context->visibleRange();
    const TimeRange times{timeOf(visible.beginNs), timeOf(visible.endNs)};
    m_sideToShow = side;
    m_context->setTrace(trace);
    if (m_mode == SequenceMode::Linear)
        m_context->setVisibleRange({saturatedDifference(times.beginNs, m_context->zeroNs()), saturatedDifference(times.endNs, m_context->zeroNs())});
    m_sideToShow.reset();
    Q_EMIT refreshNeeded();
}

void SequenceCanvas::unfold(std::size_t index)
{
    if (m_isOrderStale || index >= m_order.size())
        return;
    m_order.unfold(index);
    m_isDone = false;
    Q_EMIT refreshNeeded();
}

/// The entry after (or before) the selected one.
void SequenceCanvas::step(int by)
{
    if (m_order.size() == 0)
        return;
    const std::optional<SequenceRow> chosen = selected();
    auto position = chosen ? static_cast<std::ptrdiff_t>(m_order.positionOf(chosen->first, chosen->second)) + by
                           : static_cast<std::ptrdiff_t>(m_firstRow);
    const auto size = static_cast<std::ptrdiff_t>(m_order.size());
    while (position >= 0 && position < size && m_order[static_cast<std::size_t>(position)].isBreak)
        position += by;
    if (position < 0 || position >= size)
        return;
    const SequenceOrder::Entry entry = m_order[static_cast<std::size_t>(position)];
    if (m_mode == SequenceMode::Compact)
        scrollIntoView(static_cast<std::size_t>(position));
    select({entry.side, entry.row}); // may begin the order anew: the other end is shown then
}

void SequenceCanvas::keyPressEvent(QKeyEvent* event)
{
    if (m_traces && handleKey(*event))
        event->accept();
    else
        QWidget::keyPressEvent(event);
}

bool SequenceCanvas::handleKey(const QKeyEvent& event)
{
    const Qt::KeyboardModifiers modifiers = event.modifiers() & ~Qt::KeypadModifier;
    const bool isCompact = m_mode == SequenceMode::Compact;
    if (modifiers == Qt::AltModifier && (event.key() == Qt::Key_Left || event.key() == Qt::Key_Right)) {
        event.key() == Qt::Key_Left ? m_context->back() : m_context->forward();
        return true;
    }
    if ((modifiers & ~Qt::ShiftModifier) != Qt::NoModifier)
        return false;
    const auto page = static_cast<double>(pageRows());
    const TimeRange visible = m_context->visibleRange();
    const std::int64_t anchor = m_context->cursorNs().value_or(visible.beginNs + visible.lengthNs() / 2);
    switch (event.key()) {
    case Qt::Key_T:
        Q_EMIT modeKeyPressed();
        return true;
    case Qt::Key_C:
        Q_EMIT foldKeyPressed();
        return true;
    case Qt::Key_Down:
    case Qt::Key_Up:
        step(event.key() == Qt::Key_Down ? 1 : -1);
        return true;
    case Qt::Key_PageDown:
    case Qt::Key_PageUp: {
        const double sign = event.key() == Qt::Key_PageDown ? 1 : -1;
        isCompact ? scrollTo(m_firstRow + sign * (page - 2)) : m_context->pan(sign * 0.9);
        return true;
    }
    case Qt::Key_Home:
        isCompact ? scrollTo(0) : m_context->fitAll();
        return true;
    case Qt::Key_End:
        if (isCompact)
            scrollTo(mostFirstRow());
        else
            m_context->setVisibleRange({m_context->fullRange().endNs - visible.lengthNs(), m_context->fullRange().endNs});
        return true;
    case Qt::Key_W:
    case Qt::Key_S:
        if (isCompact)
            return false;
        m_context->zoom(event.key() == Qt::Key_W ? zoomOfKey : 1 / zoomOfKey, anchor);
        return true;
    case Qt::Key_A:
    case Qt::Key_Left:
    case Qt::Key_D:
    case Qt::Key_Right: {
        const double sign = event.key() == Qt::Key_D || event.key() == Qt::Key_Right ? 1 : -1;
        isCompact ? scrollTo(m_firstRow + sign * 5) : m_context->pan(sign * 0.25);
        return true;
    }
    case Qt::Key_N:
        stepToLoss(*m_context, (modifiers & Qt::ShiftModifier) == 0);
        return true;
    case Qt::Key_M:
        m_context->toggleMark(m_context->selectedRow());
        return true;
    case Qt::Key_F:
        if (const std::optional<SequenceRow> chosen = selected(); chosen && isCompact && m_order.size() > 0)
            scrollTo(static_cast<double>(m_order.positionOf(chosen->first, chosen->second)) - page / 2);
        else if (chosen)
            m_context->reveal(chosen->second);
        return true;
    case Qt::Key_Escape:
        m_context->select(RowId());
        return true;
    default:
        return false;
    }
}

void SequenceCanvas::wheelEvent(QWheelEvent* event)
{
    if (!m_traces)
        return;
    const double notches = event->angleDelta().y() / 120.0;
    if (m_mode == SequenceMode::Compact)
        scrollTo(m_firstRow - notches * 3);
    else if ((event->modifiers() & Qt::ShiftModifier) != 0)
        m_context->pan(-notches * 0.1);
    else
        m_context->zoom(std::pow(0.8, notches), timeAtY(event->position().y()));
    event->accept();
}

void SequenceCanvas::mousePressEvent(QMouseEvent* event)
{
    if (!m_traces || event->button() != Qt::LeftButton)
        return;
    m_isPressed = true;
    m_isDragging = false;
    m_isInOverview = overviewRect().contains(event->position());
    m_pressed = event->position();
    m_pressedRow = m_firstRow;
    m_pressedRange = m_context->visibleRange();
    if (m_isInOverview)
        jumpInOverview(event->position().y());
}

void SequenceCanvas::mouseMoveEvent(QMouseEvent* event)
{
    if (!m_traces)
        return;
    if (!m_isPressed) {
        point(event->position());
        return;
    }
    if (m_isInOverview) {
        jumpInOverview(event->position().y());
        return;
    }
    const double by = event->position().y() - m_pressed.y();
    m_isDragging = m_isDragging || std::abs(by) > 4;
    if (!m_isDragging)
        return;
    if (m_mode == SequenceMode::Compact) {
        scrollTo(m_pressedRow - by / sequenceRowHeight(QFontMetricsF(font()).height()));
        return;
    }
    const double part = by / std::max(m_layout.endY - m_layout.beginY, 1.0);
    const auto move = static_cast<std::int64_t>(part * static_cast<double>(m_pressedRange.lengthNs()));
    m_context->setVisibleRange(m_pressedRange.shifted(-move), ViewContext::Step::Continued);
}

void SequenceCanvas::mouseReleaseEvent(QMouseEvent* event)
{
    const bool isClick = m_isPressed && !m_isDragging && !m_isInOverview;
    m_isPressed = false;
    if (!isClick || !m_traces)
        return;
    const Hit hit = hitAt(event->position());
    if (hit.fold != nullptr)
        unfold(hit.fold->index);
    else if (hit.row)
        select(*hit.row);
    else if (hit.band != nullptr)
        m_context->setVisibleRange(hit.band->range);
}

void SequenceCanvas::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (m_mode == SequenceMode::Linear && m_traces && !hitAt(event->position()).row)
        m_context->fitAll();
}

void SequenceCanvas::leaveEvent(QEvent*)
{
    m_hoverLabel->hide();
    m_context->setCursor(std::nullopt);
    if (m_highlight.empty())
        return;
    m_highlight.clear();
    update();
}

void SequenceCanvas::resizeEvent(QResizeEvent*)
{
    if (m_traces && m_isDone)
        makeOverview();
    Q_EMIT refreshNeeded();
}

void SequenceCanvas::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange) {
        setTheme(m_theme);
        Q_EMIT refreshNeeded();
    }
}

// Pointer

SequenceCanvas::Hit SequenceCanvas::hitAt(const QPointF& position) const
{
    Hit hit;
    if (position.y() < m_layout.top || overviewRect().contains(position))
        return hit;
    for (const SequenceFoldRow& fold : m_layout.folds) {
        if (fold.rect.contains(position))
            return {std::nullopt, nullptr, nullptr, nullptr, nullptr, nullptr, fold.rect, &fold};
    }
    for (const SequenceLabel& label : m_layout.labels) {
        for (const SequenceChip& chip : label.chips) {
            if (chip.rect.contains(position))
                hit = {SequenceRow{label.side, label.row}, nullptr, &label, &chip, nullptr, nullptr, chip.rect};
        }
        const QRectF dot(m_layout.x(label.side) - 5, label.y - 5, 10, 10);
        if (label.titleRect.contains(position) || (!label.isPacket && dot.contains(position)))
            hit = {SequenceRow{label.side, label.row}, nullptr, &label, nullptr, nullptr, nullptr, label.titleRect};
    }
    for (const SequenceMark& mark : m_layout.marks) {
        if (std::abs(mark.y - position.y()) < 9 && std::abs(position.x() - m_layout.x(mark.side)) < 140 && !hit.row)
            hit = {SequenceRow{mark.side, mark.row}, nullptr, nullptr, nullptr, nullptr, &mark, QRectF(position, QSizeF(1, 1))};
    }
    if (hit.row)
        return hit;
    double best = 5;
    for (const SequenceArrow& arrow : m_layout.arrows) {
        const double distance = distanceTo(position, arrow.begin, arrow.end);
        if (distance >= best)
            continue;
        best = distance;
        const SequenceRow row = arrow.sentRow.isValid() ? SequenceRow{arrow.from, arrow.sentRow} : SequenceRow{otherSide(arrow.from), arrow.receivedRow};
        hit = {row, &arrow, nullptr, nullptr, nullptr, nullptr, QRectF(position - QPointF(2, 2), QSizeF(4, 4))};
    }
    for (const SequenceBand& band : m_layout.bands) {
        if (band.rect.contains(position))
            hit = {std::nullopt, nullptr, nullptr, nullptr, &band, nullptr, band.rect};
    }
    return hit;
}

/// A packet at both ends, the ACK that acknowledged it, its loss, and the packets that carried its data again.
std::set<SequenceRow> SequenceCanvas::relatedRows(SequenceRow row) const
{
    std::set<SequenceRow> rows{row};
    std::optional<SequencePacket> packet = m_traces->packetOf(row.first, row.second);
    if (!packet)
        return rows;
    Side sender = row.first;
    PacketId sent = packet->id;
    if (packet->direction == Direction::Received) {
        const RowId sentRow = m_traces->counterpart(row.first, *packet);
        if (!sentRow.isValid())
            return rows;
        sender = otherSide(row.first);
        rows.insert({sender, sentRow});
        sent = m_traces->packetOf(sender, sentRow)->id;
    } else if (const RowId received = m_traces->counterpart(row.first, *packet); received.isValid()) {
        rows.insert({otherSide(row.first), received});
    }
    const Trace& trace = m_traces->trace(sender).get();
    const PacketIndex& packets = trace.packets(Direction::Sent);
    if (const RowId acked = packets.ackedBy(sent); acked.isValid()) {
        rows.insert({sender, acked});
        if (const std::optional<SequencePacket> ack = m_traces->packetOf(sender, acked)) {
            if (const RowId ackSent = m_traces->counterpart(sender, *ack); ackSent.isValid())
                rows.insert({otherSide(sender), ackSent});
        }
    }
    if (const RowId lost = trace.lostBy(sent); lost.isValid())
        rows.insert({sender, lost});
    addRetransmissions(sender, sent, &rows);
    return rows;
}

void SequenceCanvas::addRetransmissions(Side side, PacketId sent, std::set<SequenceRow>* rows) const
{
    constexpr std::size_t mostLookedAt = 20'000; // ranges after it
    const Trace& trace = m_traces->trace(side).get();
    const StreamIndex& streams = trace.streams();
    const RowId row = trace.packets(Direction::Sent).row(sent);
    const std::size_t first = streams.firstRangeOf(row, 0);
    for (std::size_t own = first; own < streams.rangeCount() && streams.rangeRow(own) == row; ++own) {
        const StreamIndex::Range range = streams.range(own);
        for (std::size_t i = own + 1; i < std::min(streams.rangeCount(), own + mostLookedAt); ++i) {
            const StreamIndex::Range later = streams.range(i);
            const bool isAgain = later.dataClass == StreamDataClass::Retransmitted && later.direction == Direction::Sent && later.stream == range.stream
                && later.offset < range.offset + range.length && range.offset < later.offset + later.length;
            if (isAgain)
                rows->insert({side, later.row});
        }
    }
}

void SequenceCanvas::point(const QPointF& position)
{
    const Hit hit = hitAt(position);
    std::set<SequenceRow> rows = hit.row ? relatedRows(*hit.row) : std::set<SequenceRow>();
    if (rows != m_highlight) {
        m_highlight = std::move(rows);
        update();
    }
    if (m_mode == SequenceMode::Linear && position.y() >= m_layout.top)
        m_context->setCursor(timeAtY(position.y()));
    if (!hit.row && hit.band == nullptr && hit.fold == nullptr)
        return m_hoverLabel->hide();
    QString title;
    std::vector<QString> lines;
    describe(hit, &title, &lines);
    m_hoverLabel->showText(title, colourOf(hit), lines, position.toPoint(), hit.rect.toAlignedRect());
}

QColor SequenceCanvas::colourOf(const Hit& hit) const
{
    if (hit.fold != nullptr)
        return m_colours.streamBytes;
    if (hit.arrow != nullptr && (hit.arrow->kind == SequenceArrow::Kind::Lost || hit.arrow->isDeclaredLost))
        return m_colours.lost;
    const Side side = hit.row ? hit.row->first : hit.band->from;
    return side == Side::Left ? m_colours.sent : m_colours.acked;
}

void SequenceCanvas::describe(const Hit& hit, QString* title, std::vector<QString>* lines) const
{
    constexpr std::size_t mostLines = 24;
    const auto add = [lines](const QString& text) {
        if (lines->size() < mostLines)
            lines->push_back(text.left(140));
    };
    if (hit.fold != nullptr) {
        *title = hit.fold->text;
        add(tr("1-RTT packets of STREAM, DATAGRAM, ACK and PADDING frames alone; none of them was known to be lost when they were folded"));
        add(tr("Click to unfold; C switches folding off and on"));
        return;
    }
    if (!hit.row) {
        *title = tr("%1 packets sent by the %2").arg(countText(hit.band->count), hit.band->from == Side::Left ? tr("client") : tr("server"));
        add(tr("%1, %2").arg(timeRangeText(hit.band->range.beginNs, hit.band->range.endNs), durationText(hit.band->range.lengthNs())));
        if (hit.band->lost > 0)
            add(m_traces->isMatched() ? tr("%1 of them not received").arg(countText(hit.band->lost)) : tr("%1 declared lost in this time").arg(countText(hit.band->lost)));
        add(tr("Click to zoom in"));
        return;
    }
    const TraceRef trace = m_traces->trace(hit.row->first);
    const RecordDescription& description = m_texts.of(trace, hit.row->second);
    const bool isChip = hit.chip != nullptr && hit.chip->index < description.chips.size();
    *title = isChip ? toText(description.chips[hit.chip->index].text).left(120) : toText(description.title);
    if (!isChip && !description.size.empty())
        *title += QStringLiteral(" \u00b7 ") % toText(description.size);
    add(tr("T %1, record %2 of %3").arg(timeText(m_traces->tOf(m_traces->axisNs(hit.row->first, hit.row->second), m_context->zeroNs())), rowText(hit.row->second),
                                        QString::fromStdString(trace.document->shortName())));
    if (const QString note = m_traces->laneNote(hit.row->first); !note.isEmpty())
        add(note);
    if (hit.mark != nullptr)
        *title = hit.mark->text;
    if (hit.arrow != nullptr)
        describeArrow(*hit.arrow, lines);
    for (const auto& [name, value] : isChip ? description.chips[hit.chip->index].fields : description.fields)
        add(toText(name) % QStringLiteral(": ") % toText(value));
    if (!isChip) {
        for (const RecordChip& chip : description.chips)
            add(toText(chip.text));
    }
}

void SequenceCanvas::describeArrow(const SequenceArrow& arrow, std::vector<QString>* lines) const
{
    const Side to = otherSide(arrow.from);
    if (arrow.kind == SequenceArrow::Kind::Matched) {
        const std::int64_t took = m_traces->axisNs(to, arrow.receivedRow) - m_traces->axisNs(arrow.from, arrow.sentRow);
        const std::optional<std::int64_t> uncertainty = m_traces->matches()->clock().uncertaintyNs();
        lines->push_back(uncertainty ? tr("under way for %1 \u00b1 %2").arg(durationText(took), durationText(*uncertainty)) : tr("under way for %1").arg(durationText(took)));
    } else if (arrow.kind == SequenceArrow::Kind::Lost) {
        lines->push_back(tr("not received: the other log covers this time and does not have it"));
    } else if (m_traces->isMatched()) {
        lines->push_back(arrow.sentRow.isValid() ? tr("the other log does not say whether it arrived") : tr("the other log does not have its sending"));
    } else {
        lines->push_back(tr("the other end is not logged: drawn half an RTT away (inferred)"));
    }
    if (arrow.isDeclaredLost)
        lines->push_back(tr("declared lost by its sender"));
}

} // namespace qlogscope
