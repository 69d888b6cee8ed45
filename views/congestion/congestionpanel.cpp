// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/congestionpanel.h"

#include "views/chartlegend.h"
#include "views/congestion/namedspan.h"
#include "views/congestion/rateslayout.h"
#include "views/texts.h"
#include "views/units.h"

#include <algorithm>
#include <cmath>

namespace qlogscope {

namespace {

constexpr double barReach = 6; // px from the pointer
constexpr double lineReach = 8;
constexpr double barPreference = 2; // a bar this much farther away than a line still wins
constexpr int stripHeight = 12;
constexpr int stripGap = 4;
constexpr int titleGap = 8;
constexpr int lastLabelRoom = 5; // under the plot, for the lower half of the lowest label
constexpr int stepsPerLabel = 2; // line heights between ticks
constexpr int leastDataLines = 4; // of text, as the height of a plot
constexpr int leastRttLines = 3;
constexpr int widestBar = 4;
/// What is shown of a trace that is laid under.
constexpr std::array<CongestionSeries, 5> referenceSeries{CongestionSeries::Sent, CongestionSeries::CongestionWindow, CongestionSeries::BytesInFlight,
                                                          CongestionSeries::Throughput, CongestionSeries::RttSmoothed};
constexpr double hatchPeriod = 4; // px
constexpr double hatchStripe = 2;

/// Painted in this order: what one looks for comes last.
constexpr std::array<CongestionSeries, stepLineCount> lineOrder{
    CongestionSeries::BytesInFlight,   CongestionSeries::CongestionWindow, CongestionSeries::Ssthresh,
    CongestionSeries::StreamLimitSum,  CongestionSeries::ConnectionLimit,  CongestionSeries::StreamBytes,
    CongestionSeries::DeliveryRate,    CongestionSeries::PacingRate,       CongestionSeries::Throughput,
    CongestionSeries::Goodput,         CongestionSeries::RttSample,        CongestionSeries::RttLatest,
    CongestionSeries::RttMin,          CongestionSeries::RttSmoothed};

double thicknessOf(CongestionSeries series)
{
    return series == CongestionSeries::BytesInFlight || series == CongestionSeries::RttLatest || series == CongestionSeries::StreamLimitSum
            || series == CongestionSeries::PacingRate || series == CongestionSeries::DeliveryRate
        ? 1
        : 2;
}

double distanceTo(const QRectF& rect, const QPointF& point)
{
    const double dx = std::max({rect.left() - point.x(), 0.0, point.x() - rect.right()});
    const double dy = std::max({rect.top() - point.y(), 0.0, point.y() - rect.bottom()});
    return std::hypot(dx, dy);
}

AxisUnit unitOf(PanelKind panel)
{
    switch (panel) {
    case PanelKind::Data:
        return AxisUnit::Bytes;
    case PanelKind::Rates:
        return AxisUnit::BitsPerSecond;
    case PanelKind::Rtt:
        break;
    }
    return AxisUnit::Time;
}

} // namespace

QColor colourOf(CongestionSeries series, const Palette& palette)
{
    switch (series) {
    case CongestionSeries::Sent:
        return palette.sent;
    case CongestionSeries::Acked:
        return palette.acked;
    case CongestionSeries::Lost:
        return palette.lost;
    case CongestionSeries::Spurious:
        return palette.spuriousLoss;
    case CongestionSeries::CongestionWindow:
        return palette.congestionWindow;
    case CongestionSeries::BytesInFlight:
        return palette.bytesInFlight;
    case CongestionSeries::Ssthresh:
        return palette.ssthresh;
    case CongestionSeries::StreamBytes:
        return palette.streamBytes;
    case CongestionSeries::ConnectionLimit:
    case CongestionSeries::StreamLimitSum:
        return palette.flowControl;
    case CongestionSeries::Throughput:
        return palette.sent;
    case CongestionSeries::Goodput:
        return palette.acked;
    case CongestionSeries::PacingRate:
        return palette.bytesInFlight;
    case CongestionSeries::DeliveryRate:
        return palette.flowControl;
    case CongestionSeries::RttSample:
        return palette.rttSample;
    case CongestionSeries::RttMin:
        return palette.rttMin;
    case CongestionSeries::RttVariance:
    case CongestionSeries::RttSmoothed:
        return palette.rttSmoothed;
    case CongestionSeries::RttLatest:
        return palette.rttLatest;
    }
    return palette.text;
}

QColor colourOf(CongestionSeries series, std::size_t path, const Palette& palette)
{
    const QColor colour = colourOf(series, palette);
    if (path == 0)
        return colour;
    constexpr std::size_t steps = mostPathsDrawn / 2 + 1;
    const QColor& other = path % 2 == 1 ? palette.background : palette.text; // lighter and darker in turn
    const auto share = static_cast<int>(100 * (path + 1) / 2 / steps * 4 / 5 + 20);
    const auto mixed = [share](int a, int b) { return (a * (100 - share) + b * share) / 100; };
    return {mixed(colour.red(), other.red()), mixed(colour.green(), other.green()), mixed(colour.blue(), other.blue())};
}

QColor colourOf(SendLimit limit, const Palette& palette)
{
    switch (limit) {
    case SendLimit::CongestionWindow:
        return palette.congestionWindow;
    case SendLimit::ConnectionFlowControl:
        return palette.flowControl;
    case SendLimit::StreamFlowControl:
        return palette.streamBytes;
    case SendLimit::Pacing:
        return palette.bytesInFlight;
    case SendLimit::Amplification:
        return palette.lost;
    case SendLimit::Application:
    case SendLimit::Unknown:
        break;
    }
    return palette.axis;
}

CongestionPanel::CongestionPanel(Kind kind, ViewContext* context, QWidget* parent)
    : TimePlot(context, parent)
    , m_kind(kind)
    , m_leftTicker(new UnitTicker(unitOf(kind)))
    , m_rightTicker(new UnitTicker(AxisUnit::Bytes))
{
    m_shown.fill(true);
    yAxis->setTicker(m_leftTicker);
    if (kind == Kind::Data) {
        yAxis2->setTicker(m_rightTicker);
        setTimeTitleFrom(220);
    }
    new PlotPainting(this, QStringLiteral("background"), [this](QCPPainter& painter) { paintBackground(painter); });
    new PlotPainting(this, QStringLiteral("main"), [this](QCPPainter& painter) { paintData(painter); });
    new PlotPainting(this, QStringLiteral("axes"), [this](QCPPainter& painter) { paintFrame(painter); });
    CongestionPanel::fitMargins();
}

/// All panels alike. The room for labels depends on what the log contains, not on what is in view.
void CongestionPanel::fitMargins()
{
    const int labels = fontMetrics().horizontalAdvance(QStringLiteral("000.0 Mbit/s")) + 14;
    const bool hasRight = !m_layout
        || isAnyLogged({CongestionSeries::CongestionWindow, CongestionSeries::BytesInFlight, CongestionSeries::Ssthresh});
    const int right = hasRight ? fontMetrics().horizontalAdvance(QStringLiteral("000.00 MB")) + 14 : fontMetrics().horizontalAdvance(QStringLiteral("00,000")) + 12;
    const int strips = stripsHeight();
    const int bottom = std::max(strips + timeLabelHeight(), lastLabelRoom);
    setPlotMargins(QMargins(labels, fontMetrics().height() + titleGap, right, bottom));
    xAxis->setTickLabelPadding(3 + strips); // under them
}

/// Where there is room for it.
int CongestionPanel::bandHeight() const
{
    constexpr int leastLines = 16; // of text, as the height of the panel
    const bool isShown = m_kind == Kind::Data && isPartShown(BackgroundPart::Limits) && m_layout && !m_layout->limits.empty()
        && height() >= leastLines * fontMetrics().height();
    return isShown ? fontMetrics().height() + stripGap : 0;
}

int CongestionPanel::stripsHeight() const
{
    return m_kind == Kind::Data ? stripHeight + 2 * stripGap + marksHeight() + statesHeight() + bandHeight() : 0;
}

int CongestionPanel::marksHeight() const
{
    return m_kind == Kind::Data && isPartShown(BackgroundPart::Marks) ? fontMetrics().height() + stripGap : 0;
}

/// Where there is room for it.
int CongestionPanel::statesHeight() const
{
    constexpr int leastLines = 14; // of text, as the height of the panel
    const bool isShown = m_kind == Kind::Data && isPartShown(BackgroundPart::States) && m_layout && m_layout->background.areStatesLogged
        && height() >= leastLines * fontMetrics().height();
    return isShown ? fontMetrics().height() + stripGap : 0;
}

QRect CongestionPanel::marksRect() const
{
    const int height = marksHeight() - stripGap;
    return height <= 0 ? QRect() : QRect(stripRect().left(), stripRect().bottom() + 1 + stripGap, stripRect().width(), height);
}

QRect CongestionPanel::statesRect() const
{
    const int height = statesHeight() - stripGap;
    return height <= 0 ? QRect() : QRect(stripRect().left(), stripRect().bottom() + 1 + stripGap + marksHeight(), stripRect().width(), height);
}

QRect CongestionPanel::bandRect() const
{
    const int height = bandHeight() - stripGap;
    const int top = stripRect().bottom() + 1 + stripGap + marksHeight() + statesHeight();
    return height <= 0 ? QRect() : QRect(stripRect().left(), top, stripRect().width(), height);
}

QRect CongestionPanel::stripsRect() const
{
    return m_kind == Kind::Data ? stripRect() | marksRect() | statesRect() | bandRect() : QRect();
}

int CongestionPanel::leastHeight(bool hasTimeLabels) const
{
    const int line = fontMetrics().height();
    const int strip = m_kind == Kind::Data ? stripHeight + 2 * stripGap + marksHeight() : 0;
    const int plot = (m_kind == Kind::Data ? leastDataLines : leastRttLines) * line;
    return line + titleGap + plot + std::max(strip + (hasTimeLabels ? line + 10 : 0), lastLabelRoom);
}

bool CongestionPanel::isAnyLogged(std::initializer_list<CongestionSeries> series) const
{
    return std::any_of(series.begin(), series.end(), [this](CongestionSeries each) { return isDrawn(m_layout->states[indexOf(each)]); });
}

void CongestionPanel::setBackgroundShown(const BackgroundMask& shown)
{
    if (shown == m_backgroundShown)
        return;
    m_backgroundShown = shown;
    fitMargins();
}

void CongestionPanel::setContents(std::shared_ptr<const CongestionLayout> layout, const SeriesMask& shown)
{
    m_layout = std::move(layout);
    m_shown = shown;
    m_highlight = QRectF();
    if (!m_layout)
        return;
    setShownRange(m_layout->range);
    fitAxes();
}

bool CongestionPanel::isPainted(CongestionSeries series) const
{
    return m_layout && m_shown[indexOf(series)] && panelOf(series) == m_kind
        && !m_layout->extents[indexOf(series)].isEmpty();
}

QCPAxis* CongestionPanel::axisOf(CongestionSeries series) const
{
    return isBars(series) || panelOf(series) != PanelKind::Data || isFlowControl(series) ? yAxis : yAxis2;
}

/// Everything visible is inside, with a little air (in low plots enough for the labels at the ends); the two axes are fitted on
/// their own.
void CongestionPanel::fitAxes()
{
    ValueExtent left;
    ValueExtent right;
    for (std::size_t i = 0; i < congestionSeriesCount; ++i) {
        const auto series = static_cast<CongestionSeries>(i);
        if (isPainted(series))
            (axisOf(series) == yAxis ? left : right).add(m_layout->axisExtent(series));
        if (isInReference(series))
            (axisOf(series) == yAxis ? left : right).add(m_reference->axisExtent(series));
    }
    const int ticks = std::clamp(plotArea().height() / (fontMetrics().height() * stepsPerLabel), 2, 10);
    if (m_kind == Kind::Data)
        m_leftTicker->setUnit(m_layout->scale == BarScale::PacketNumber ? AxisUnit::Count : AxisUnit::Bytes);
    m_leftTicker->setMost(m_kind == Kind::Data ? ticks : std::max(ticks, 3));
    m_rightTicker->setMost(ticks);

    if (m_kind == Kind::Data && left.isEmpty()) {
        left.add(static_cast<std::int64_t>(m_layout->level));
        left.add(static_cast<std::int64_t>(m_layout->level) + (m_layout->scale == BarScale::PacketNumber ? 10 : 1'500));
    }
    // round-trip times are read as proportions, so from 0, unless that would squeeze the lines together
    if (m_kind == Kind::Rtt && !left.isEmpty() && left.low < left.high / 4 * 3)
        left.low = std::min<std::int64_t>(left.low, 0);
    if (m_kind == Kind::Rates && !left.isEmpty())
        left.low = std::min<std::int64_t>(left.low, 0);
    right.add(0);
    const double height = std::max(plotArea().height(), 40);
    const double below = std::max(0.025, (fontMetrics().height() / 2.0 - 2) / height);
    const double above = std::max(0.05, (fontMetrics().height() / 2.0 - 2) / height);
    const auto fit = [below, above](QCPAxis* axis, const ValueExtent& extent, double least) {
        const double low = static_cast<double>(extent.low);
        const double high = std::max(static_cast<double>(extent.high), low + least);
        axis->setRange(low - below * (high - low), high + above * (high - low));
    };
    if (!left.isEmpty())
        fit(yAxis, left, m_kind == Kind::Data ? 100 : m_kind == Kind::Rtt ? std::max(1e3, static_cast<double>(left.high) / 10) : 1e3);
    yAxis->setTicks(!left.isEmpty());
    yAxis->setTickLabels(!left.isEmpty());
    yAxis->grid()->setVisible(!left.isEmpty());
    const bool hasRight = m_kind == Kind::Data && right.high > right.low;
    fit(yAxis2, right, 100);
    yAxis2->setVisible(true);
    yAxis2->setTicks(hasRight);
    yAxis2->setTickLabels(hasRight);
}

double CongestionPanel::snapped(double value) const { return std::round(value * deviceScale()) / deviceScale(); }

double CongestionPanel::yOf(CongestionSeries series, double value) const
{
    const QCPRange range = axisOf(series)->range();
    const QRect area = plotArea();
    return area.top() + area.height() * (range.upper - value) / range.size();
}

/// Wider while there are few of them.
double CongestionPanel::barWidth() const
{
    const std::size_t occupied = m_layout->bars[0].columns.size() + m_layout->bars[1].columns.size();
    const auto columns = static_cast<std::size_t>(m_layout->columns);
    return occupied < columns / 12 ? widestBar : occupied < columns / 5 ? 3 : 2;
}

/// Flat bars lie just above (sent) and just below (acked) their bytes, and to the left and right of their time: where zoomed
/// out both would fall on the same pixels, both are seen. The exact column is always covered.
QRectF CongestionPanel::barRect(CongestionSeries series, double x, ByteSpan span) const
{
    const double pixel = 1 / deviceScale();
    const double width = barWidth();
    double top = snapped(yOf(series, static_cast<double>(span.to)));
    double bottom = snapped(yOf(series, static_cast<double>(span.from)));
    double left = snapped(x);
    switch (series) {
    case CongestionSeries::Sent:
        left += pixel - width;
        top = std::min(top, bottom - 2);
        return {left, top, width, bottom - top};
    case CongestionSeries::Lost:
    case CongestionSeries::Spurious: {
        const double missing = std::max(0.0, 5 - (bottom - top));
        return {left - width / 2, snapped(top - missing / 2), width + 1, bottom - top + missing};
    }
    default:
        bottom = std::max(bottom, top + 2);
        return {left, top, width, bottom - top};
    }
}

template <typename Visit> void CongestionPanel::forEachLine(CongestionSeries series, Visit visit) const
{
    for (const PathLine& each : m_layout->pathLines) {
        if (each.series == series)
            visit(each.line, each.path);
    }
    visit(m_layout->line(series), 0);
}

/// The rectangles of a step line between two columns: level ones between columns, and one upright in each column where the
/// value changes, in order of time. Visited with the column in which they begin and whether they are upright.
template <typename Visit>
void CongestionPanel::forEachStroke(CongestionSeries series, const StepLine& line, double fromColumn, double toColumn, Visit visit) const
{
    if (series == CongestionSeries::RttSample)
        return forEachDot(line, fromColumn, toColumn, visit);
    auto point = std::lower_bound(line.begin(), line.end(), fromColumn,
                                  [](const StepPoint& p, double column) { return static_cast<double>(p.column) < column; });
    if (point != line.begin())
        --point;
    const double thick = std::max(thicknessOf(series), 1 / deviceScale());
    const auto xAt = [&](const StepPoint& p) { return snapped(xOfColumn(static_cast<double>(p.column)) - thick / 2); };
    const auto yAt = [&](std::int64_t value) { return snapped(yOf(series, static_cast<double>(value)) - thick / 2); };
    while (point != line.end() && point + 1 != line.end() && static_cast<double>(point->column) <= toColumn) {
        const double x = xAt(*point);
        const double column = static_cast<double>(point->column);
        auto next = point + 1;
        if (next->column > point->column) {
            const bool isBetweenUprights = next->column - point->column <= 1 && line.size() > 2; // they touch already
            const double y = yAt(point->value);
            if (!isBetweenUprights)
                visit(QRectF(x, y, xAt(*next) + thick - x, thick), column, false);
            point = next;
            continue;
        }
        std::int64_t low = std::min(point->value, next->value);
        std::int64_t high = std::max(point->value, next->value);
        while (next + 1 != line.end() && (next + 1)->column <= point->column) {
            ++next;
            low = std::min(low, next->value);
            high = std::max(high, next->value);
        }
        const double top = yAt(high);
        visit(QRectF(x, top, thick, yAt(low) + thick - top), column, true);
        point = next;
    }
}

/// Pairs of the smallest and the largest sample of a column.
template <typename Visit> void CongestionPanel::forEachDot(const StepLine& dots, double fromColumn, double toColumn, Visit visit) const
{
    constexpr double size = 2;
    const auto yAt = [&](std::int64_t value) { return snapped(yOf(CongestionSeries::RttSample, static_cast<double>(value)) - size / 2); };
    auto dot = std::lower_bound(dots.begin(), dots.end(), fromColumn,
                                [](const StepPoint& p, double column) { return static_cast<double>(p.column) < column; });
    for (; dot != dots.end() && static_cast<double>(dot->column) <= toColumn; dot += 2) {
        const double top = yAt((dot + 1)->value);
        visit(QRectF(snapped(xOfColumn(static_cast<double>(dot->column)) - size / 2), top, size, yAt(dot->value) + size - top),
              static_cast<double>(dot->column), true);
    }
}

// Painting

/// Fills rectangles that lie on device pixels, given in pixels. In whole device pixels that costs a fraction of the general way.
void CongestionPanel::fillRects(QPainter& painter, const QVector<QRectF>& rects, const QColor& colour) const
{
    const double scale = deviceScale();
    QVector<QRect> device;
    device.reserve(rects.size());
    // far outside, integers would overflow; and SVG has no clipping
    const QRectF area = painter.hasClipping() ? painter.clipBoundingRect() : QRectF(rect()).adjusted(-8, -8, 8, 8);
    for (const QRectF& each : rects) {
        const QRectF visible = each.intersected(area);
        if (visible.isEmpty())
            continue;
        const int left = qRound(visible.left() * scale);
        const int top = qRound(visible.top() * scale);
        device.append(QRect(left, top, std::max(1, qRound(visible.right() * scale) - left),
                            std::max(1, qRound(visible.bottom() * scale) - top)));
    }
    painter.save();
    painter.scale(1 / scale, 1 / scale);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawRects(device);
    painter.restore();
}

/// Stripes that climb from column to column, on a lighter ground. Their number is bounded by the height of the rectangles.
void CongestionPanel::hatchRects(QPainter& painter, const QVector<QRectF>& rects, const QColor& colour) const
{
    if (rects.isEmpty())
        return;
    QVector<QRectF> stripes;
    stripes.reserve(rects.size());
    const QRectF area = QRectF(rect()).adjusted(-8, -8, 8, 8);
    for (const QRectF& each : rects) {
        const QRectF visible = each.intersected(area);
        if (visible.isEmpty())
            continue;
        double y = std::floor((visible.top() + each.left()) / hatchPeriod) * hatchPeriod - each.left();
        for (; y < visible.bottom(); y += hatchPeriod) {
            const QRectF stripe = QRectF(visible.left(), y, visible.width(), hatchStripe).intersected(visible);
            if (!stripe.isEmpty())
                stripes.append(stripe);
        }
    }
    fillRects(painter, rects, inferredColour(colour, colours()));
    fillRects(painter, stripes, colour);
}

/// Of what the filter does not select: there, but behind everything else.
QColor CongestionPanel::dimmed(const QColor& colour) const
{
    const QColor& ground = colours().background;
    const auto mixed = [](int a, int b) { return (a * 22 + b * 78) / 100; };
    return {mixed(colour.red(), ground.red()), mixed(colour.green(), ground.green()), mixed(colour.blue(), ground.blue())};
}

bool CongestionPanel::isLeftOut(CongestionSeries series) const
{
    return isMetric(series) && m_layout->areMetricsOut && m_layout->isHiding;
}

void CongestionPanel::paintBars(QPainter& painter, CongestionSeries series, const BarLayer& layer, const QColor& colour) const
{
    QVector<QRectF> logged;
    QVector<QRectF> inferred;
    logged.reserve(static_cast<qsizetype>(layer.spans.size()));
    const bool isAllInferred = m_layout->states[indexOf(series)] == SeriesState::Inferred;
    for (const BarColumn& column : layer.columns) {
        const double x = xOfColumn(column.column);
        for (std::uint32_t i = 0; i < column.spanCount; ++i)
            (column.isInferred || isAllInferred ? inferred : logged).append(barRect(series, x, layer.spans[column.firstSpan + i]));
    }
    hatchRects(painter, inferred, colour);
    fillRects(painter, logged, colour);
}

void CongestionPanel::paintRttBand(QPainter& painter) const
{
    QVector<QRectF> rects;
    rects.reserve(static_cast<qsizetype>(m_layout->rttBand.size()));
    for (const RttBandSpan& span : m_layout->rttBand) {
        const double left = snapped(xOfColumn(static_cast<double>(span.from)));
        const double top = snapped(yOf(CongestionSeries::RttVariance, static_cast<double>(span.highNs)));
        const double bottom = snapped(yOf(CongestionSeries::RttVariance, static_cast<double>(span.lowNs)));
        rects.append(QRectF(left, top, snapped(xOfColumn(static_cast<double>(span.to))) - left, std::max(bottom - top, 1.0)));
    }
    fillRects(painter, rects, dimmed(colourOf(CongestionSeries::RttVariance, colours())));
}

void CongestionPanel::paintLine(QPainter& painter, CongestionSeries series, const StepLine& line, std::size_t path) const
{
    constexpr double dash = 7;
    constexpr double period = 11;
    QVector<QRectF> rects;
    rects.reserve(static_cast<qsizetype>(line.size()));
    const bool isDashed = series == CongestionSeries::Ssthresh || m_layout->states[indexOf(series)] == SeriesState::Inferred;
    forEachStroke(series, line, 0, m_layout->columns, [&](const QRectF& rect, double, bool isUpright) {
        const double inPeriod = rect.left() - std::floor(rect.left() / period) * period;
        if (isDashed && isUpright && inPeriod >= dash)
            return; // where all columns have uprights, gaps between them are the dashes
        if (!isDashed || isUpright || rect.width() < period) {
            rects.append(rect);
            return;
        }
        for (double x = std::floor(rect.left() / period) * period; x < rect.right(); x += period) {
            const QRectF piece = QRectF(x, rect.top(), dash, rect.height()).intersected(rect);
            if (!piece.isEmpty())
                rects.append(piece);
        }
    });
    const QColor colour = colourOf(series, path, colours());
    fillRects(painter, rects, m_layout->areMetricsOut && isMetric(series) ? dimmed(colour) : colour);
}

BackgroundPainter CongestionPanel::background() const
{
    return {m_layout->background, m_backgroundShown, colours(), fontMetrics(), plotArea(), deviceScale()};
}

void CongestionPanel::paintBackground(QCPPainter& painter)
{
    if (!m_layout)
        return;
    painter.setClipRect(plotArea());
    background().paintPlot(painter);
}

/// The limits that are in sight, with their height.
template <typename Visit> void CongestionPanel::forEachBlocked(Visit visit) const
{
    if (m_kind != Kind::Data || m_layout->scale != BarScale::WireBytes || !isPartShown(BackgroundPart::Blocked))
        return;
    for (const BackgroundLayout::BlockedPoint& point : m_layout->background.blocked) {
        const double y = yOf(CongestionSeries::ConnectionLimit, static_cast<double>(point.value));
        if (y >= plotArea().top() && y <= plotArea().bottom() + 1)
            visit(point, y);
    }
}

void CongestionPanel::paintBlocked(QPainter& painter) const
{
    const BackgroundPainter parts = background();
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    forEachBlocked([&](const BackgroundLayout::BlockedPoint& point, double y) { parts.paintBlocked(painter, point, y); });
    painter.restore();
}

void CongestionPanel::paintData(QCPPainter& painter)
{
    if (!m_layout)
        return;
    painter.setClipRect(plotArea());
    paintReference(painter);
    if (isPainted(CongestionSeries::RttVariance) && !isLeftOut(CongestionSeries::RttVariance))
        paintRttBand(painter);
    for (const CongestionSeries series : lineOrder) {
        if (isPainted(series) && !isLeftOut(series))
            forEachLine(series, [&](const StepLine& line, std::size_t path) { paintLine(painter, series, line, path); });
    }
    painter.setClipRect(plotArea().adjusted(-widestBar, 0, widestBar, 0)); // the first and the last bar are seen whole
    const bool isDimming = m_layout->isFiltered && !m_layout->isHiding;
    const std::array<CongestionSeries, barLayerCount> bars{CongestionSeries::Sent, CongestionSeries::Acked, CongestionSeries::Spurious, CongestionSeries::Lost};
    for (const CongestionSeries series : bars) {
        const QColor colour = colourOf(series, colours());
        if (isPainted(series))
            paintBars(painter, series, m_layout->layer(series), isDimming ? dimmed(colour) : colour);
    }
    for (const CongestionSeries series : bars) {
        if (isDimming && isPainted(series))
            paintBars(painter, series, m_layout->selectedBars[indexOf(series)], colourOf(series, colours()));
    }
    paintBlocked(painter);
}

/// In grey, under everything else.
void CongestionPanel::paintReference(QCPPainter& painter) const
{
    for (const CongestionSeries series : referenceSeries) {
        if (!isInReference(series))
            continue;
        QVector<QRectF> rects;
        if (!isBars(series)) {
            forEachStroke(series, m_reference->line(series), 0, m_reference->columns, [&](const QRectF& rect, double, bool) { rects.append(rect); });
        } else {
            for (const BarColumn& column : m_reference->layer(series).columns) {
                for (std::uint32_t i = 0; i < column.spanCount; ++i)
                    rects.append(barRect(series, xOfColumn(column.column), m_reference->layer(series).spans[column.firstSpan + i]));
            }
        }
        fillRects(painter, rects, colours().reference);
    }
}

QRect CongestionPanel::stripRect() const
{
    const QRect area = plotArea();
    return {area.left(), area.bottom() + 1 + stripGap, area.width(), stripHeight};
}

QString CongestionPanel::rightTitle() const
{
    const std::initializer_list<CongestionSeries> candidates{CongestionSeries::CongestionWindow,
                                                             CongestionSeries::BytesInFlight, CongestionSeries::Ssthresh};
    if (m_kind == Kind::Rates && yAxis->tickLabels() && !isAnyLogged({CongestionSeries::Goodput}))
        return goodputNote();
    if (m_kind != Kind::Data)
        return {};
    if (!isAnyLogged(candidates))
        return missingText(m_layout->writer, tr("the congestion window, bytes in flight or ssthresh"));
    QStringList names;
    for (const CongestionSeries series : candidates) {
        if (isPainted(series))
            names.append(m_layout->states[indexOf(series)] == SeriesState::Inferred
                             ? tr("%1 (inferred)").arg(nameOf(series, m_layout->direction))
                             : nameOf(series, m_layout->direction));
    }
    return names.join(QStringLiteral(", "));
}

QString CongestionPanel::goodputNote() const
{
    const SeriesState state = m_layout->states[indexOf(CongestionSeries::Goodput)];
    if (state == SeriesState::NotLogged)
        return tr("no goodput: %1").arg(missingText(m_layout->writer, tr("the frames of packets")));
    return state == SeriesState::None ? tr("no goodput: no stream data got through") : QString();
}

/// Why there is no rate.
QString CongestionPanel::rateNote() const
{
    const SeriesState throughput = m_layout->states[indexOf(CongestionSeries::Throughput)];
    if (throughput == SeriesState::Pending)
        return noteOf(throughput);
    if (isAnyLogged({CongestionSeries::Throughput, CongestionSeries::Goodput, CongestionSeries::PacingRate, CongestionSeries::DeliveryRate}))
        return tr("no rate in view");
    if (throughput == SeriesState::None)
        return m_layout->direction == Direction::Sent ? tr("no packets sent") : tr("no packets received");
    return missingText(m_layout->writer, tr("packet sizes or rates"));
}

/// The titles of the axes above the plot, and the loss strip under it.
void CongestionPanel::paintFrame(QCPPainter& painter)
{
    if (!m_layout)
        return;
    painter.setClipping(false);
    painter.setFont(font());
    const int gap = fontMetrics().horizontalAdvance(QLatin1Char('m'));
    QRect row(4, 2, width() - 8, fontMetrics().height() + 2);
    QString left = m_kind == Kind::Rates ? ratesTitle(*m_layout) : tr("round-trip time");
    if (m_kind == Kind::Data) {
        left = scaleTitle(*m_layout);
        const QString base = m_leftTicker->baseText();
        if (!base.isEmpty())
            left = tr("%1: %2 +").arg(left, base);
    }
    if (m_reference && m_kind == Kind::Data)
        left = tr("%1 (grey: %2)").arg(left, fontMetrics().elidedText(m_referenceName, Qt::ElideMiddle, row.width() / 3));
    painter.setPen(colours().text);
    painter.drawText(row, Qt::AlignLeft | Qt::AlignVCenter, fontMetrics().elidedText(left, Qt::ElideRight, row.width()));
    row.setLeft(row.left() + fontMetrics().horizontalAdvance(left) + 2 * gap);
    painter.setPen(yAxis2->tickLabels() ? colours().text : colours().mutedText);
    painter.drawText(row, Qt::AlignRight | Qt::AlignVCenter,
                     fontMetrics().elidedText(rightTitle(), Qt::ElideRight, row.width()));
    if (m_kind == Kind::Data) {
        paintStrip(painter);
        if (!marksRect().isEmpty())
            background().paintMarks(painter, marksRect());
        if (!statesRect().isEmpty())
            background().paintStates(painter, statesRect());
        paintBand(painter);
    } else if (m_kind == Kind::Rates && !yAxis->tickLabels()) {
        painter.setPen(colours().mutedText);
        painter.drawText(plotArea(), Qt::AlignCenter, rateNote());
    } else if (!yAxis->tickLabels()) {
        const bool isLogged
            = isAnyLogged({CongestionSeries::RttMin, CongestionSeries::RttSmoothed, CongestionSeries::RttLatest, CongestionSeries::RttSample});
        painter.setPen(colours().mutedText);
        painter.drawText(plotArea(), Qt::AlignCenter,
                         isLogged ? tr("no round-trip time in view") : missingText(m_layout->writer, tr("round-trip times")));
    }
}

void CongestionPanel::paintLosses(QPainter& painter, const std::vector<LossColumn>& losses, const QColor& colour) const
{
    const QRect strip = stripRect();
    QVector<QRectF> rects;
    rects.reserve(static_cast<qsizetype>(losses.size()));
    const double pixel = 1 / deviceScale();
    for (const LossColumn& loss : losses) {
        const double x = snapped(xOfColumn(loss.column)) + pixel / 2;
        rects.append(QRectF(snapped(x - 1), strip.top(), 2, strip.height()));
    }
    fillRects(painter, rects, colour);
}

void CongestionPanel::paintStrip(QCPPainter& painter)
{
    const QRect strip = stripRect();
    const QRect leftText(0, strip.top() - 4, strip.left() - 6, strip.height() + 8);
    const QRect rightText(strip.right() + 8, strip.top() - 4, width() - strip.right() - 8, strip.height() + 8);
    painter.fillRect(strip, colours().strip);
    const bool isDimming = m_layout->isFiltered && !m_layout->isHiding;
    painter.setClipRect(strip);
    paintLosses(painter, m_layout->losses, isDimming ? dimmed(colours().lost) : colours().lost);
    if (isDimming)
        paintLosses(painter, m_layout->selectedLosses, colours().lost);
    painter.setClipping(false);
    const bool isLogged = m_layout->states[indexOf(CongestionSeries::Lost)] != SeriesState::NotLogged;
    painter.setPen(m_layout->lossCount > 0 ? colours().lost : colours().mutedText);
    painter.drawText(leftText, Qt::AlignRight | Qt::AlignVCenter, tr("lost"));
    painter.drawText(rightText, Qt::AlignLeft | Qt::AlignVCenter, isLogged ? countText(m_layout->lossCount) : QString());
    if (!isLogged) {
        painter.setPen(colours().mutedText);
        painter.drawText(strip.adjusted(0, -4, 0, 4), Qt::AlignCenter, noteOf(SeriesState::NotLogged));
    }
}

void CongestionPanel::paintBand(QCPPainter& painter)
{
    const QRect band = bandRect();
    if (band.isEmpty())
        return;
    paintStripGround(painter, band, tr("limited by"), fontMetrics(), colours());
    painter.setClipRect(band);
    const bool isAnyKnown = std::any_of(m_layout->limits.begin(), m_layout->limits.end(),
                                        [](const LimitSpan& span) { return span.limit != SendLimit::Unknown; });
    if (!isAnyKnown) // the muted pen is still set
        painter.drawText(band, Qt::AlignCenter, fontMetrics().elidedText(tr("not known: the congestion window is not logged"), Qt::ElideRight, band.width()));
    for (const LimitSpan& span : m_layout->limits) {
        const double left = xOfColumn(span.from);
        const QRectF rect(left, band.top(), xOfColumn(span.to) - left, band.height());
        if (span.limit == SendLimit::Unknown)
            continue;
        paintNamedSpan(painter, rect, colourOf(span.limit, colours()), limitText(span.limit, *m_layout), fontMetrics(), colours());
    }
    painter.setClipping(false);
}

// Overlay

void CongestionPanel::setMarks(std::vector<SelectionMark> marks)
{
    m_marks = std::move(marks);
    update();
}

void CongestionPanel::setHighlight(const QRectF& rect)
{
    const auto region = [](const QRectF& r) { return r.isNull() ? QRect() : r.toAlignedRect().adjusted(-5, -5, 5, 5); };
    if (rect == m_highlight)
        return;
    update(region(m_highlight));
    m_highlight = rect;
    update(region(m_highlight));
}

void CongestionPanel::paintMark(QPainter& painter, const SelectionMark& mark) const
{
    const double column = static_cast<double>(mark.timeNs - m_layout->range.beginNs)
        / static_cast<double>(m_layout->range.lengthNs()) * m_layout->columns;
    if (column < -1 || column > m_layout->columns + 1 || !isPainted(mark.series))
        return;
    const double x = xOfColumn(column);
    QRectF rect(x, yOf(mark.series, static_cast<double>(mark.value)), 0, 0);
    if (isBars(mark.series))
        rect = barRect(mark.series, xOfColumn(std::floor(column)), mark.span);
    if (isBars(mark.series) && rect.height() >= 6)
        painter.drawRect(rect.adjusted(-2, -2, 2, 2));
    else
        painter.drawEllipse(rect.center(), 5, 5);
}

void CongestionPanel::drawOverlay(QPainter& painter)
{
    if (!m_layout)
        return;
    painter.save();
    painter.setClipRect(plotArea().adjusted(0, 0, 0, stripsHeight()), Qt::IntersectClip);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colours().selection, 2));
    for (const SelectionMark& mark : m_marks)
        paintMark(painter, mark);
    if (!m_highlight.isNull()) {
        painter.setPen(QPen(colours().text, 1.5));
        painter.drawRoundedRect(m_highlight.adjusted(-2.5, -2.5, 2.5, 2.5), 2, 2);
    }
    painter.restore();
    TimePlot::drawOverlay(painter);
}

TimeRange CongestionPanel::selectionExtent() const
{
    TimeRange extent;
    for (const SelectionMark& mark : m_marks)
        extent = extent.united({mark.timeNs, mark.timeNs + 1});
    if (extent.lengthNs() <= 1)
        return TimePlot::selectionExtent();
    const std::int64_t margin = extent.lengthNs() / 6 + 100;
    return {extent.beginNs - margin, extent.endNs + margin};
}

// What is under a point

std::optional<CongestionPanel::Hit> CongestionPanel::hitAt(const QPointF& position) const
{
    if (!m_layout)
        return std::nullopt;
    if (m_kind == Kind::Data && stripRect().adjusted(-4, -2, 4, 4).contains(position.toPoint()))
        return stripHit(position);
    if (!plotArea().adjusted(-4, -4, 4, 2).contains(position.toPoint()))
        return std::nullopt;
    double barDistance = barReach;
    double lineDistance = lineReach;
    const std::optional<Hit> bar = barHit(position, barDistance);
    const std::optional<Hit> line = lineHit(position, lineDistance);
    if (bar && (!line || barDistance <= lineDistance + barPreference))
        return bar;
    return line ? line : referenceHit(position);
}

std::optional<std::int64_t> CongestionPanel::timeIn(const QRect& strip, const QPointF& position) const
{
    if (!m_layout || !strip.contains(position.toPoint()))
        return std::nullopt;
    return m_layout->range.beginNs + std::llround((position.x() - strip.left()) / strip.width() * static_cast<double>(m_layout->range.lengthNs()));
}

std::optional<std::int64_t> CongestionPanel::bandTimeAt(const QPointF& position) const { return timeIn(bandRect(), position); }

std::optional<std::int64_t> CongestionPanel::stateTimeAt(const QPointF& position) const { return timeIn(statesRect(), position); }

std::optional<BackgroundPainter::Hit> CongestionPanel::markAt(const QPointF& position) const
{
    if (!m_layout)
        return std::nullopt;
    const QRect strip = marksRect();
    if (strip.adjusted(-2, -1, 2, 1).contains(position.toPoint()))
        return background().markAt(strip, position);
    std::optional<BackgroundPainter::Hit> hit;
    const BackgroundPainter parts = background();
    forEachBlocked([&](const BackgroundLayout::BlockedPoint& point, double y) {
        const QRectF rect = parts.blockedRect(point, y);
        if (rect.adjusted(-2, -2, 2, 2).contains(position))
            hit = parts.markOf(blockedMark, point.column, rect);
    });
    return hit;
}

std::optional<CongestionPanel::Hit> CongestionPanel::stripHit(const QPointF& position) const
{
    std::optional<Hit> hit;
    double best = barReach;
    for (const LossColumn& loss : m_layout->losses) {
        const double x = xOfColumn(loss.column);
        if (std::abs(x - position.x()) > best)
            continue;
        best = std::abs(x - position.x());
        hit = Hit{{CongestionSeries::Lost, loss.firstIndex, loss.firstIndex, loss.count, true}, {}, 0, QRectF(x - 1, stripRect().top(), 2, stripHeight), 0};
    }
    return hit;
}

std::optional<CongestionPanel::Hit> CongestionPanel::barHit(const QPointF& position, double& distance) const
{
    std::optional<Hit> hit;
    const QCPRange range = yAxis->range();
    const QRect area = plotArea();
    const double byte = range.upper - (position.y() - area.top()) / area.height() * range.size();
    const double reach = barReach + barWidth();
    const double from = (position.x() - reach - area.left()) * deviceScale();
    const double to = (position.x() + reach - area.left()) * deviceScale();
    for (const CongestionSeries series : {CongestionSeries::Spurious, CongestionSeries::Lost, CongestionSeries::Acked, CongestionSeries::Sent}) {
        if (!isPainted(series))
            continue;
        const BarLayer& layer = m_layout->layer(series);
        auto column = std::lower_bound(layer.columns.begin(), layer.columns.end(), from,
                                       [](const BarColumn& c, double x) { return c.column < x; });
        for (; column != layer.columns.end() && column->column <= to; ++column) {
            for (std::uint32_t i = 0; i < column->spanCount; ++i) {
                const ByteSpan span = layer.spans[column->firstSpan + i];
                const QRectF rect = barRect(series, xOfColumn(column->column), span);
                const double here = distanceTo(rect, position);
                if (here > distance || (here == distance && hit))
                    continue;
                distance = here;
                const double inside = std::clamp(byte, static_cast<double>(span.from), static_cast<double>(span.to - 1));
                hit = Hit{{series, column->firstIndex, column->firstIndex, column->count}, {}, std::llround(inside), rect, 0};
            }
        }
    }
    return hit;
}

/// The stroke of a line that is nearest to a point, if it is nearer than what was found.
void CongestionPanel::findStroke(CongestionSeries series, const StepLine& line, const QPointF& position, StrokeHit* hit) const
{
    const double left = plotArea().left();
    const double from = (position.x() - lineReach - left) * deviceScale();
    const double to = (position.x() + lineReach - left) * deviceScale();
    forEachStroke(series, line, from, to, [&](const QRectF& rect, double column, bool isUpright) {
        const double here = distanceTo(rect, position);
        if (here >= hit->distance)
            return;
        hit->distance = here;
        hit->point = QPointF(std::clamp(position.x(), rect.left(), rect.right()), std::clamp(position.y(), rect.top(), rect.bottom()));
        hit->column = isUpright ? std::floor(column) : (hit->point.x() - left) * deviceScale();
    });
}

CongestionPanel::Hit CongestionPanel::hitOf(const CongestionLayout& layout, CongestionSeries series, std::size_t path, const StrokeHit& stroke) const
{
    const QCPRange range = axisOf(series)->range();
    const QRect area = plotArea();
    const double value = range.upper - (stroke.point.y() - area.top()) / area.height() * range.size();
    const double share = stroke.column / layout.columns;
    Hit hit;
    hit.item = {series, 0, 0, 1, false, path};
    hit.column = static_cast<int>(stroke.column);
    hit.near = std::llround(value);
    hit.rect = QRectF(stroke.point, QSizeF()).adjusted(-1, -1, 1, 1);
    hit.timeNs = layout.range.beginNs + std::llround(share * static_cast<double>(layout.range.lengthNs()));
    return hit;
}

std::optional<CongestionPanel::Hit> CongestionPanel::lineHit(const QPointF& position, double& distance) const
{
    std::optional<Hit> hit;
    StrokeHit nearest{distance, -1, {}};
    for (const CongestionSeries series : lineOrder) {
        if (!isPainted(series) || isLeftOut(series))
            continue;
        forEachLine(series, [&](const StepLine& line, std::size_t path) {
            const double before = nearest.distance;
            findStroke(series, line, position, &nearest);
            if (nearest.distance < before)
                hit = hitOf(*m_layout, series, path, nearest);
        });
    }
    distance = nearest.distance;
    return hit;
}

bool CongestionPanel::isInReference(CongestionSeries series) const
{
    const bool isChosen = std::find(referenceSeries.begin(), referenceSeries.end(), series) != referenceSeries.end();
    return isChosen && m_reference && m_shown[indexOf(series)] && panelOf(series) == m_kind && !m_reference->extents[indexOf(series)].isEmpty();
}

/// What lies under a point of the trace that is laid under: its lines, then what it sent.
std::optional<CongestionPanel::Hit> CongestionPanel::referenceHit(const QPointF& position) const
{
    std::optional<Hit> hit;
    StrokeHit nearest{lineReach, -1, {}};
    for (const CongestionSeries series : referenceSeries) {
        if (isBars(series) || !isInReference(series))
            continue;
        const double before = nearest.distance;
        findStroke(series, m_reference->line(series), position, &nearest);
        if (nearest.distance < before)
            hit = hitOf(*m_reference, series, 0, nearest);
    }
    double distance = hit ? 0 : barReach;
    if (isInReference(CongestionSeries::Sent)) {
        for (const BarColumn& column : m_reference->layer(CongestionSeries::Sent).columns) {
            for (std::uint32_t i = 0; i < column.spanCount; ++i) {
                const ByteSpan span = m_reference->layer(CongestionSeries::Sent).spans[column.firstSpan + i];
                const QRectF rect = barRect(CongestionSeries::Sent, xOfColumn(column.column), span);
                if (const double here = distanceTo(rect, position); here < distance) {
                    distance = here;
                    hit = Hit{{CongestionSeries::Sent, column.firstIndex, column.firstIndex, column.count}, {}, static_cast<std::int64_t>(span.from), rect};
                }
            }
        }
    }
    if (hit)
        hit->isReference = true;
    return hit;
}

} // namespace qlogscope
