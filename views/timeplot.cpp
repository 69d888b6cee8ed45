// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/timeplot.h"

#include "views/lossnavigation.h"
#include "views/units.h"

#include <algorithm>
#include <cmath>

namespace qlogscope {

namespace {

constexpr double wheelFactor = 0.8; // a notch
constexpr double keyZoomFactor = 0.6;
constexpr double keyPanFraction = 0.15;
constexpr double dragThreshold = 4;

std::int64_t timeIn(TimeRange range, double fraction)
{
    return range.beginNs + std::llround(fraction * static_cast<double>(range.lengthNs()));
}

} // namespace

/// Ticks of T. The axis coordinate is the time since the begin of the shown range: small, whatever the day.
class TimeTicker : public QCPAxisTicker
{
public:
    void setShown(TimeRange range, int most)
    {
        m_shown = range;
        m_made = axisTicks(range.beginNs, range.endNs, most, AxisUnit::Time);
    }
    [[nodiscard]] QString baseText() const { return m_made.baseText; }

    void generate(const QCPRange&, const QLocale&, QChar, int, QVector<double>& ticks, QVector<double>* subTicks,
                  QVector<QString>* tickLabels) override
    {
        ticks.clear();
        for (const std::int64_t value : m_made.values)
            ticks.append(static_cast<double>(value - m_shown.beginNs));
        if (subTicks != nullptr)
            subTicks->clear();
        if (tickLabels != nullptr)
            *tickLabels = m_made.labels;
    }

private:
    TimeRange m_shown{0, 1'000'000'000};
    AxisTicks m_made;
};

void UnitTicker::generate(const QCPRange& range, const QLocale&, QChar, int, QVector<double>& ticks, QVector<double>* subTicks,
                          QVector<QString>* tickLabels)
{
    const std::int64_t low = std::llround(std::max(0.0, std::ceil(range.lower)));
    const AxisTicks made = axisTicks(low, std::llround(std::floor(range.upper)), m_most, m_unit);
    m_baseText = made.baseText;
    ticks.clear();
    for (const std::int64_t value : made.values)
        ticks.append(static_cast<double>(value));
    if (subTicks != nullptr)
        subTicks->clear();
    if (tickLabels != nullptr)
        *tickLabels = made.labels;
}

TimePlot::TimePlot(ViewContext* context, QWidget* parent)
    : QCustomPlot(parent)
    , m_context(context)
    , m_colours(Palette::light())
    , m_ticker(new TimeTicker)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    axisRect()->setAutoMargins(QCP::msNone);
    axisRect()->setupFullAxesBox(false);
    xAxis->setTicker(m_ticker);
    xAxis->setSubTicks(false);
    xAxis2->setVisible(false);
    yAxis2->setVisible(false);
    setPlotMargins(QMargins(60, 8, 60, 24));
    connect(m_context, &ViewContext::cursorChanged, this, &TimePlot::onCursorChanged);
    connect(m_context, &ViewContext::selectionChanged, this, [this] { update(); });
    connect(m_context, &ViewContext::measuredRangeChanged, this, [this] { update(); });
    new PlotPainting(this, QStringLiteral("axes"), [this](QCPPainter& painter) { paintTimeTitle(painter); });
    TimePlot::applyStyle();
}

void TimePlot::setColours(const Palette& colours)
{
    m_colours = colours;
    applyStyle();
}

void TimePlot::applyStyle()
{
    setBackground(QBrush(m_colours.window));
    axisRect()->setBackground(QBrush(m_colours.background));
    for (QCPAxis* axis : axisRect()->axes()) {
        axis->setBasePen(QPen(m_colours.axis, 0));
        axis->setTickPen(QPen(m_colours.axis, 0));
        axis->setTickLabelFont(font());
        axis->setTickLabelColor(m_colours.text);
        axis->setTickLength(0, 4);
        axis->setTickLabelPadding(3);
        axis->setSubTicks(false);
        axis->grid()->setPen(QPen(m_colours.grid, 0));
        axis->grid()->setZeroLinePen(Qt::NoPen);
        axis->grid()->setAntialiased(false);
        axis->setAntialiased(false);
    }
    yAxis2->grid()->setVisible(false);
    xAxis2->grid()->setVisible(false);
}

void TimePlot::setShownRange(TimeRange range)
{
    m_shown = range;
    const int labelWidth = fontMetrics().horizontalAdvance(QStringLiteral("000.000 ms")) + 24;
    m_ticker->setShown(range, std::max(plotArea().width() / labelWidth, 2));
    fitMargins();
    xAxis->setRange(0, static_cast<double>(std::max<std::int64_t>(range.lengthNs(), 1)));
}

void TimePlot::fitMargins() { }

void TimePlot::setTimeLabelsShown(bool shown)
{
    m_hasTimeLabels = shown;
    xAxis->setTickLabels(shown);
}

void TimePlot::setPlotMargins(const QMargins& margins)
{
    m_plotMargins = margins;
    axisRect()->setMargins(margins);
}

int TimePlot::timeLabelHeight() const
{
    if (!m_hasTimeLabels)
        return 0;
    return (hasTimeTitle() ? 2 : 1) * fontMetrics().height() + 10;
}

/// Where there is little room the title makes way, unless the labels cannot be read without it.
bool TimePlot::hasTimeTitle() const
{
    return m_hasTimeLabels && (height() >= m_timeTitleFrom || !m_ticker->baseText().isEmpty());
}

void TimePlot::paintTimeTitle(QCPPainter& painter) const
{
    if (!hasTimeTitle())
        return;
    const QString base = m_ticker->baseText();
    const QString title = base.isEmpty() ? tr("time since the first event") : tr("time since the first event: %1 +").arg(base);
    const int titleHeight = fontMetrics().height() + 2;
    painter.setClipping(false);
    painter.setFont(font());
    painter.setPen(base.isEmpty() ? m_colours.mutedText : m_colours.text);
    painter.drawText(QRect(0, height() - titleHeight, width(), titleHeight), Qt::AlignCenter, title);
}

int TimePlot::columns()
{
    m_scale = m_exportScale > 0 ? m_exportScale : devicePixelRatioF();
    return std::max(1, static_cast<int>(std::floor(plotArea().width() * m_scale)));
}

double TimePlot::xOfColumn(double column) const { return plotArea().left() + column / deviceScale(); }

double TimePlot::xOf(std::int64_t timeNs) const
{
    return plotArea().left()
        + static_cast<double>(timeNs - m_shown.beginNs) / static_cast<double>(m_shown.lengthNs()) * plotArea().width();
}

std::int64_t TimePlot::timeAt(double x) const
{
    return timeIn(m_shown, (x - plotArea().left()) / std::max(1, plotArea().width()));
}

std::int64_t TimePlot::visibleTimeAt(double x) const
{
    const double fraction = (x - plotArea().left()) / std::max(1, plotArea().width());
    return timeIn(m_context->visibleRange(), std::clamp(fraction, 0.0, 1.0));
}

TimeRange TimePlot::selectionExtent() const
{
    const RowId row = m_context->selectedRow();
    if (!row.isValid() || !m_context->trace().isValid())
        return {};
    const std::int64_t time = m_context->timeOf(row);
    const std::int64_t margin = std::max<std::int64_t>(m_context->fullRange().lengthNs() / 200, 1'000'000);
    return {time - margin, time + margin};
}

// The picture

QSize TimePlot::pictureSize() const
{
    const QSizeF size = QSizeF(this->size()) * devicePixelRatioF();
    return {static_cast<int>(std::ceil(size.width())), static_cast<int>(std::ceil(size.height()))};
}

void TimePlot::redraw()
{
    Q_EMIT beforeReplot();
    if (m_picture.size() != pictureSize())
        m_picture = QImage(pictureSize(), QImage::Format_RGB32);
    m_picture.setDevicePixelRatio(devicePixelRatioF());
    if (!m_picture.isNull()) {
        QCPPainter painter(&m_picture);
        for (const QRect& each : QRegion(rect()) - plotArea()) // the axis rect fills the rest
            painter.fillRect(each, m_colours.window);
        draw(&painter);
    }
    update();
    Q_EMIT afterReplot();
}

void TimePlot::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    if (m_picture.size() != pictureSize())
        painter.fillRect(rect(), m_colours.window);
    painter.drawImage(0, 0, m_picture);
    drawOverlay(painter);
}

// Overlay

void TimePlot::drawOverlay(QPainter& painter)
{
    const QRect area = plotArea();
    const double pixel = 1 / deviceScale();
    const RowId row = m_context->selectedRow();
    if (row.isValid() && m_context->trace().isValid()) {
        const double x = xOf(m_context->timeOf(row));
        if (x >= area.left() && x <= area.right() + 1) {
            painter.setPen(QPen(m_colours.selection, 0, Qt::DashLine));
            painter.drawLine(QPointF(x, area.top()), QPointF(x, height() - timeLabelHeight()));
            painter.setPen(Qt::NoPen);
            painter.setBrush(m_colours.selection);
            painter.setRenderHint(QPainter::Antialiasing);
            painter.drawPolygon(QPolygonF({QPointF(x - 5, area.top() - 6), QPointF(x + 5, area.top() - 6), QPointF(x, area.top())}));
            painter.setRenderHint(QPainter::Antialiasing, false);
        }
    }
    if (m_gesture == Gesture::Box) {
        QColor fill = m_colours.selection;
        fill.setAlpha(40);
        const QRectF box = QRectF(QPointF(m_pressPosition.x(), area.top()), QPointF(m_boxEnd, area.bottom() + 1)).normalized();
        painter.fillRect(box.intersected(area), fill);
    }
    drawMeasured(painter);
    drawRuler(painter);
    const std::optional<std::int64_t> cursor = m_context->cursorNs();
    if (!cursor || !m_context->trace().isValid())
        return;
    const double x = xOf(*cursor);
    if (x < area.left() || x > area.right() + 1)
        return;
    m_cursorRegion = m_cursorRegion.united(cursorRegion(*cursor)); // a zoom moves the line without moving the cursor
    painter.fillRect(QRectF(x, area.top(), pixel, height() - timeLabelHeight() - area.top()), m_colours.cursor);
    if (!m_hasTimeLabels)
        return;
    const QRect label = cursorRect(*cursor);
    const QRect box(label.left() + 1, height() - timeLabelHeight() + 2, label.width() - 2, fontMetrics().height() + 4);
    painter.setPen(QPen(m_colours.labelBorder, 0));
    painter.setBrush(m_colours.label);
    painter.drawRect(QRectF(box).adjusted(0, 0, -pixel, -pixel));
    painter.setPen(m_colours.text);
    painter.drawText(box, Qt::AlignCenter, cursorText(*cursor));
}

void TimePlot::drawMeasured(QPainter& painter) const
{
    if (!m_context->measuredRange())
        return;
    const QRectF area = plotArea();
    const double left = std::clamp(xOf(m_context->measuredRange()->beginNs), area.left(), area.right());
    const double right = std::clamp(xOf(m_context->measuredRange()->endNs), area.left(), area.right());
    QColor fill = m_colours.selection;
    fill.setAlpha(28);
    painter.fillRect(QRectF(left, area.top(), right - left, area.height()), fill);
    painter.setPen(QPen(m_colours.selection, 0));
    for (const double x : {left, right})
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
}

QPointF TimePlot::pointOf(std::int64_t timeNs, double value) const
{
    const QCPRange range = yAxis->range();
    const QRect area = plotArea();
    return {xOf(timeNs), area.top() + area.height() * (range.upper - value) / range.size()};
}

void TimePlot::drawRuler(QPainter& painter) const
{
    if (!m_ruler)
        return;
    constexpr double end = 4; // half the size of the marks at its ends
    const QPointF from = pointOf(m_ruler->fromNs, m_ruler->fromValue);
    const QPointF to = pointOf(m_ruler->toNs, m_ruler->toValue);
    painter.save();
    painter.setClipRect(plotArea());
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(m_colours.selection, 1.5));
    painter.drawLine(from, to);
    painter.setBrush(Qt::NoBrush);
    for (const QPointF& point : {from, to})
        painter.drawEllipse(point, end, end);
    painter.restore();
}

QString TimePlot::cursorText(std::int64_t timeNs) const
{
    return timeText(timeNs, m_shown.lengthNs() / std::max(1, plotArea().width())); // more would pretend precision
}

/// The part of the widget that the cursor line and its label cover.
QRect TimePlot::cursorRect(std::int64_t timeNs) const
{
    const double x = std::clamp(xOf(timeNs), -1.0e6, 1.0e6);
    const int width = m_hasTimeLabels ? fontMetrics().horizontalAdvance(cursorText(timeNs)) + 14 : 4;
    int left = static_cast<int>(std::floor(x)) - width / 2;
    if (m_hasTimeLabels)
        left = std::clamp(left, 0, std::max(0, this->width() - width));
    return QRect(left, 0, width, height());
}

/// What the cursor line and its label paint.
QRegion TimePlot::cursorRegion(std::int64_t timeNs) const
{
    const QRect rect = cursorRect(timeNs);
    if (!m_hasTimeLabels)
        return QRegion(rect);
    const int x = static_cast<int>(std::floor(std::clamp(xOf(timeNs), -1.0e6, 1.0e6)));
    return QRegion(x - 2, 0, 4, height()) + QRect(rect.left(), height() - timeLabelHeight(), rect.width(), timeLabelHeight());
}

void TimePlot::onCursorChanged()
{
    const std::optional<std::int64_t> cursor = m_context->cursorNs();
    if (!m_cursorRegion.isEmpty())
        update(m_cursorRegion);
    m_cursorRegion = cursor ? cursorRegion(*cursor) : QRegion();
    if (!m_cursorRegion.isEmpty())
        update(m_cursorRegion);
}

// Size and style

bool TimePlot::event(QEvent* event)
{
    // letter keys belong to the focused chart, before shortcuts of the window
    if (event->type() == QEvent::ShortcutOverride) {
        auto* key = static_cast<QKeyEvent*>(event);
        const bool isPlain = (key->modifiers() & ~(Qt::ShiftModifier | Qt::KeypadModifier)) == Qt::NoModifier;
        if (isPlain && (key->key() == Qt::Key_Home || key->key() == Qt::Key_Escape || key->key() == Qt::Key_Left
                        || key->key() == Qt::Key_Right
                        || (key->key() < 0x80 && QStringLiteral("WASDFNRM").contains(QChar(key->key()))))) {
            event->accept();
            return true;
        }
    }
    if (event->type() == QEvent::ScreenChangeInternal)
        Q_EMIT geometryChanged(); // perhaps with another number of device pixels
    return QCustomPlot::event(event);
}

void TimePlot::resizeEvent(QResizeEvent*)
{
    setViewport(rect());
    Q_EMIT geometryChanged(); // the owner lays out for the new width and redraws, once
}

void TimePlot::changeEvent(QEvent* event)
{
    QCustomPlot::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) {
        applyStyle();
        Q_EMIT geometryChanged();
    }
}

// Gestures

void TimePlot::mousePressEvent(QMouseEvent* event)
{
    event->accept();
    if (event->button() == Qt::BackButton)
        m_context->back();
    if (event->button() == Qt::ForwardButton)
        m_context->forward();
    if (event->button() != Qt::LeftButton)
        return;
    m_pressPosition = event->position();
    m_boxEnd = event->position().x();
    m_pressRange = m_context->visibleRange();
    const bool isMeasuring = (event->modifiers() & Qt::ShiftModifier) != 0 && m_context->trace().isValid();
    m_gesture = isMeasuring ? Gesture::Measure : (event->modifiers() & Qt::ControlModifier) != 0 ? Gesture::Box : Gesture::Pressed;
}

void TimePlot::mouseMoveEvent(QMouseEvent* event)
{
    event->accept();
    const QPointF position = event->position();
    const QPointF moved = position - m_pressPosition;
    if (m_gesture == Gesture::Pressed && (m_isRulerOn ? moved.manhattanLength() : std::abs(moved.x())) >= dragThreshold) {
        m_gesture = m_isRulerOn ? Gesture::Ruler : Gesture::Pan;
        if (!m_isRulerOn)
            setCursor(Qt::ClosedHandCursor);
        Q_EMIT pointerLeft();
    }
    if (m_gesture == Gesture::Measure)
        return measureTo(position.x());
    if (m_gesture == Gesture::Ruler)
        return rulerTo(position);
    if (m_gesture == Gesture::Pan) {
        const double share = moved.x() / std::max(1, plotArea().width());
        const std::int64_t shift = -std::llround(share * static_cast<double>(m_pressRange.lengthNs()));
        m_context->setVisibleRange({m_pressRange.beginNs + shift, m_pressRange.endNs + shift}, ViewContext::Step::Continued);
        return;
    }
    if (m_gesture == Gesture::Box) {
        m_boxEnd = position.x();
        update();
        return;
    }
    const QRect area = plotArea();
    const bool isInside = position.x() >= area.left() && position.x() <= area.right() + 1;
    m_context->setCursor(isInside ? std::optional(timeAt(position.x())) : std::nullopt);
    Q_EMIT pointed(position);
}

void TimePlot::mouseReleaseEvent(QMouseEvent* event)
{
    event->accept();
    if (event->button() != Qt::LeftButton)
        return;
    const Gesture gesture = m_gesture;
    m_gesture = Gesture::None;
    if (gesture == Gesture::Pressed)
        Q_EMIT clicked(event->position());
    if (gesture == Gesture::Pan)
        unsetCursor();
    if (gesture == Gesture::Measure && std::abs(event->position().x() - m_pressPosition.x()) < dragThreshold)
        m_context->measure(std::nullopt);
    if (gesture == Gesture::Box)
        finishBox(event->position().x());
}

void TimePlot::finishBox(double x)
{
    const std::int64_t from = visibleTimeAt(std::min(x, m_pressPosition.x()));
    const std::int64_t to = visibleTimeAt(std::max(x, m_pressPosition.x()));
    if (std::abs(x - m_pressPosition.x()) >= dragThreshold)
        m_context->setVisibleRange({from, to}, ViewContext::Step::New);
    update();
}

void TimePlot::measureTo(double x)
{
    if (std::abs(x - m_pressPosition.x()) >= dragThreshold)
        m_context->measure(TimeRange{visibleTimeAt(std::min(x, m_pressPosition.x())), visibleTimeAt(std::max(x, m_pressPosition.x()))});
}

void TimePlot::rulerTo(const QPointF& position)
{
    const QRect area = plotArea();
    const QCPRange range = yAxis->range();
    const auto valueAt = [&](double y) { return range.upper - (std::clamp<double>(y, area.top(), area.bottom()) - area.top()) / area.height() * range.size(); };
    m_ruler = Ruler{visibleTimeAt(m_pressPosition.x()), visibleTimeAt(position.x()), valueAt(m_pressPosition.y()), valueAt(position.y())};
    update();
    Q_EMIT rulerChanged();
}

void TimePlot::setRulerOn(bool isOn)
{
    m_isRulerOn = isOn;
    if (isOn)
        setCursor(Qt::CrossCursor);
    else
        unsetCursor();
    if (!isOn)
        clearRuler();
}

void TimePlot::clearRuler()
{
    if (!m_ruler)
        return;
    m_ruler.reset();
    update();
    Q_EMIT rulerChanged();
}

void TimePlot::mouseDoubleClickEvent(QMouseEvent* event)
{
    event->accept();
    m_gesture = Gesture::None;
    if (event->button() == Qt::LeftButton)
        m_context->fitAll();
}

void TimePlot::wheelEvent(QWheelEvent* event)
{
    event->accept();
    const bool isPan = (event->modifiers() & Qt::ShiftModifier) != 0 || event->angleDelta().y() == 0;
    const double notches = (event->angleDelta().y() != 0 ? event->angleDelta().y() : event->angleDelta().x()) / 120.0;
    if (notches == 0)
        return;
    if (isPan)
        m_context->pan(-keyPanFraction * notches);
    else
        m_context->zoom(std::pow(wheelFactor, notches), visibleTimeAt(event->position().x()));
}

void TimePlot::leaveEvent(QEvent* event)
{
    QCustomPlot::leaveEvent(event);
    m_context->setCursor(std::nullopt);
    Q_EMIT pointerLeft();
}

void TimePlot::keyPressEvent(QKeyEvent* event)
{
    if (m_context->trace().isValid() && handleKey(*event))
        event->accept();
    else
        QCustomPlot::keyPressEvent(event);
}

/// Ends what was begun last: a box, the ruler, what is measured, the selection.
void TimePlot::escape()
{
    if (m_gesture == Gesture::Box) {
        m_gesture = Gesture::None;
        update();
    } else if (m_isRulerOn) {
        Q_EMIT rulerToggled();
    } else if (m_context->measuredRange()) {
        m_context->measure(std::nullopt);
    } else {
        m_context->select(RowId());
    }
}

bool TimePlot::handleKey(const QKeyEvent& event)
{
    const Qt::KeyboardModifiers modifiers = event.modifiers() & ~Qt::KeypadModifier;
    if (modifiers == Qt::AltModifier && event.key() == Qt::Key_Left) {
        m_context->back();
        return true;
    }
    if (modifiers == Qt::AltModifier && event.key() == Qt::Key_Right) {
        m_context->forward();
        return true;
    }
    if ((modifiers & ~Qt::ShiftModifier) != Qt::NoModifier)
        return false;
    const TimeRange visible = m_context->visibleRange();
    const std::int64_t anchor = m_context->cursorNs().value_or(visible.beginNs + visible.lengthNs() / 2);
    switch (event.key()) {
    case Qt::Key_W:
        m_context->zoom(keyZoomFactor, anchor);
        return true;
    case Qt::Key_S:
        m_context->zoom(1 / keyZoomFactor, anchor);
        return true;
    case Qt::Key_A:
    case Qt::Key_Left:
        m_context->pan(-keyPanFraction);
        return true;
    case Qt::Key_D:
    case Qt::Key_Right:
        m_context->pan(keyPanFraction);
        return true;
    case Qt::Key_Home:
        m_context->fitAll();
        return true;
    case Qt::Key_F:
        fitSelection();
        return true;
    case Qt::Key_M:
        m_context->toggleMark(m_context->selectedRow());
        return true;
    case Qt::Key_N:
        stepToLoss(*m_context, (modifiers & Qt::ShiftModifier) == 0);
        return true;
    case Qt::Key_R:
        Q_EMIT rulerToggled();
        return true;
    case Qt::Key_Escape:
        escape();
        return true;
    default:
        return false;
    }
}

void TimePlot::fitSelection()
{
    const TimeRange before = m_context->visibleRange();
    const TimeRange extent = selectionExtent();
    if (!extent.isEmpty())
        m_context->setVisibleRange(extent);
    if (extent.isEmpty() || m_context->visibleRange() == before)
        m_context->fitAll();
}

} // namespace qlogscope
