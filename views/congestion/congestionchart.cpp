// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/congestionchart.h"

#include "views/chartlegend.h"
#include "views/congestion/congestionpanel.h"
#include "views/hoverlabel.h"

#include <QDataStream>
#include <QEvent>
#include <QIODevice>
#include <QSplitter>
#include <QSplitterHandle>

#include <algorithm>
#include <limits>

namespace qlogscope {

namespace {

constexpr int narrowWidth = 860; // below, the legend goes under the plots
constexpr int comfortLines = 4; // this much higher than it must be, a panel leaves room for a legend of several lines
constexpr quint32 stateVersion = 3;
constexpr std::int64_t filterSliceMs = 6;
constexpr std::int64_t deriveSliceMs = 8;
constexpr std::size_t factsPerStep = 20'000; // about 2 ms

/// A divider that can be seen: three dots in the middle.
class DottedHandle : public QSplitterHandle
{
public:
    using QSplitterHandle::QSplitterHandle;
    Palette colours;

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.fillRect(rect(), colours.window);
        for (int i = -1; i <= 1; ++i)
            painter.fillRect(QRect(rect().center().x() + i * 6 - 1, rect().center().y() - 1, 3, 3), colours.axis);
    }
};

class DottedSplitter : public QSplitter
{
public:
    using QSplitter::QSplitter;
    void setColours(const Palette& colours)
    {
        for (int i = 0; i < count(); ++i) {
            if (auto* dotted = dynamic_cast<DottedHandle*>(handle(i)))
                dotted->colours = colours;
        }
    }

protected:
    QSplitterHandle* createHandle() override { return new DottedHandle(orientation(), this); }
};

/// In the legend, after the series.
std::size_t legendIndexOf(BackgroundPart part) { return congestionSeriesCount + static_cast<std::size_t>(part); }
constexpr std::size_t legendCount = congestionSeriesCount + backgroundPartCount;

LegendButton::Swatch swatchOf(CongestionSeries series)
{
    if (isBars(series))
        return LegendButton::Swatch::Bars;
    if (series == CongestionSeries::Ssthresh)
        return LegendButton::Swatch::Dashes;
    const bool isThin = series == CongestionSeries::BytesInFlight || series == CongestionSeries::RttLatest
        || series == CongestionSeries::StreamLimitSum || series == CongestionSeries::RttSample;
    return isThin ? LegendButton::Swatch::ThinLine : LegendButton::Swatch::Line;
}

} // namespace

CongestionChart::CongestionChart(ViewContext* context, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_colours(Palette::light())
    , m_splitter(new DottedSplitter(Qt::Vertical, this))
    , m_dataPanel(new CongestionPanel(CongestionPanel::Kind::Data, context, m_splitter))
    , m_rttPanel(new CongestionPanel(CongestionPanel::Kind::Rtt, context, m_splitter))
    , m_legend(new ChartLegend(this))
    , m_otherPanel(new LegendTextButton(this))
    , m_hoverLabel(new HoverLabel(this))
{
    setAutoFillBackground(true);
    m_dataPanel->setAccessibleName(tr("Data"));
    m_rttPanel->setAccessibleName(tr("Round-trip time"));
    m_splitter->setChildrenCollapsible(false);
    m_splitter->setHandleWidth(7);
    m_splitter->setStretchFactor(0, 9);
    m_splitter->setStretchFactor(1, 4);
    m_splitter->setSizes({540, 240});
    m_otherPanel->hide();
    connect(m_otherPanel, &QAbstractButton::clicked, this, &CongestionChart::showOtherPanel);
    setFocusProxy(m_dataPanel);
    for (CongestionPanel* panel : {m_dataPanel, m_rttPanel}) {
        connect(panel, &TimePlot::pointed, this, [this, panel](const QPointF& position) { onPointed(panel, position); });
        connect(panel, &TimePlot::pointerLeft, this, &CongestionChart::onPointerLeft);
        connect(panel, &TimePlot::clicked, this, [this, panel](const QPointF& position) { onClicked(panel, position); });
        connect(panel, &TimePlot::geometryChanged, this, &CongestionChart::refreshNeeded);
    }
    connect(&m_derive, &QTimer::timeout, this, &CongestionChart::derive);
    connect(m_legend, &ChartLegend::shownChanged, this, &CongestionChart::updatePanels);
    connect(m_context, &ViewContext::selectionChanged, this, &CongestionChart::updateMarks);
    connect(m_context, &ViewContext::traceChanged, this, &CongestionChart::clear);
    connect(m_context, &ViewContext::marksChanged, this, &CongestionChart::refreshNeeded);
    updateLegend();
    applyColours();
}

void CongestionChart::setTheme(std::optional<Theme> theme)
{
    m_theme = theme;
    applyColours();
}

void CongestionChart::applyColours()
{
    m_colours = m_theme ? Palette::of(*m_theme) : Palette::forWidget(this);
    m_dataPanel->setColours(m_colours);
    m_rttPanel->setColours(m_colours);
    m_legend->setColours(m_colours);
    m_otherPanel->setColours(m_colours);
    m_hoverLabel->setColours(m_colours);
    static_cast<DottedSplitter*>(m_splitter)->setColours(m_colours);
    if (m_layout)
        updateLegend();
    Q_EMIT refreshNeeded();
}

void CongestionChart::setPerspective(std::optional<Direction> perspective)
{
    m_perspective = perspective;
    Q_EMIT refreshNeeded();
}

Direction CongestionChart::direction() const
{
    if (m_perspective)
        return *m_perspective;
    return m_context->trace().isValid() ? m_context->trace().get().mainDirection() : Direction::Sent;
}

void CongestionChart::resetFilter()
{
    m_filtered.reset();
    Q_EMIT refreshNeeded();
}

/// Goes on finding out which bars the filter selects.
void CongestionChart::updateFilter(std::int64_t milliseconds)
{
    const RowFilter& filter = *m_context->rowFilter();
    if (!filter.isActive()) {
        m_filtered.reset();
        return;
    }
    const Trace& trace = m_context->trace().get();
    // in a log whose times go backwards, bars come between those that were looked at
    if (!m_filtered || &m_filtered->trace() != &trace || m_filtered->direction() != direction() || trace.hasBackwardTimes())
        m_filtered = std::make_unique<FilteredBars>(trace, direction(), filter);
    if (!m_filtered->advance(trace.hasBackwardTimes() ? std::numeric_limits<std::int64_t>::max() : milliseconds))
        Q_EMIT refreshNeeded();
}

std::optional<BarFilter> CongestionChart::barFilter() const
{
    if (!m_filtered)
        return std::nullopt;
    const NameTable& names = m_context->trace().document->names();
    bool areMetricsIn = m_context->filter().types.empty();
    for (std::size_t i = 0; i < names.size() && !areMetricsIn; ++i) {
        const NameTable::Entry& name = names[NameId(i)];
        areMetricsIn = name.kind == EventKind::RecoveryMetricsUpdated && m_context->filter().acceptsName(&name);
    }
    return BarFilter{m_filtered->sent(), m_filtered->acked(), m_filtered->lost(), m_context->filterMode() == FilterMode::Hide,
                     !areMetricsIn};
}

/// What follows from the whole trace is computed beside everything else; the lines appear when it is done.
void CongestionChart::beginDeriving()
{
    if (!m_derived) // clear() drops that of another trace
        m_derived = std::make_unique<DerivedSeries>(m_context->trace().get());
    const bool isDone = m_derived->advance(0);
    m_isDerived = m_isDerived || isDone;
    if (!isDone && !m_derive.isActive())
        m_derive.start();
}

void CongestionChart::derive()
{
    QElapsedTimer clock;
    clock.start();
    bool isDone = false;
    while (!isDone && clock.elapsed() < deriveSliceMs)
        isDone = m_derived->advance(factsPerStep);
    if (!isDone)
        return;
    m_isDerived = true;
    m_derive.stop();
    Q_EMIT derived();
}

void CongestionChart::clear()
{
    m_filtered.reset();
    m_layout.reset();
    m_derive.stop();
    m_derived.reset();
    m_isDerived = false;
    m_hoverLabel->hide();
    updateMarks();
    updatePanels();
}

void CongestionChart::refresh()
{
    if (!m_context->trace().isValid())
        return;
    const Trace& trace = m_context->trace().get();
    const TimeRange range = m_fixedRange.value_or(m_context->visibleRange());
    updateFilter(filterSliceMs);
    beginDeriving();
    const std::optional<BarFilter> filter = barFilter();
    for (int attempt = 0; attempt < 2; ++attempt) { // what is logged decides the sizes of legend and margins
        CongestionLayout layout = layOutCongestion(trace, m_context->zeroNs(), range, mainPanel()->columns(), direction(),
                                                   filter ? &*filter : nullptr, derivedSeries());
        layout.background = layOutBackgroundNow(range, layout.columns);
        m_layout = std::make_shared<const CongestionLayout>(std::move(layout));
        updateLegend();
        setPanelContents();
        if (mainPanel()->columns() == m_layout->columns)
            break;
    }
    updateMarks();
    redrawPanels();
}

void CongestionChart::setPanelContents()
{
    SeriesMask shown{};
    for (std::size_t i = 0; i < congestionSeriesCount; ++i)
        shown[i] = m_legend->isShown(i);
    BackgroundMask background{};
    for (std::size_t i = 0; i < backgroundPartCount; ++i)
        background[i] = m_legend->isShown(legendIndexOf(static_cast<BackgroundPart>(i)));
    for (CongestionPanel* panel : {m_dataPanel, m_rttPanel}) {
        panel->columns(); // looks up the device scale
        panel->setBackgroundShown(background);
        panel->setContents(m_layout, shown, derivedSeries());
    }
}

void CongestionChart::redrawPanels()
{
    m_dataPanel->redraw();
    m_rttPanel->redraw();
    m_hoverLabel->hide();
}

void CongestionChart::updatePanels()
{
    setPanelContents();
    redrawPanels();
}

void CongestionChart::updateMarks()
{
    std::vector<SelectionMark> marks;
    if (m_layout && m_context->trace().isValid())
        marks = selectionMarks(m_context->trace().get(), m_context->zeroNs(), m_context->selectedRow(), direction(),
                               derivedSeries());
    m_dataPanel->setMarks(marks);
    m_rttPanel->setMarks(std::move(marks));
}

void CongestionChart::updateLegend()
{
    std::vector<LegendButton::Entry> entries;
    for (std::size_t i = 0; i < congestionSeriesCount; ++i) {
        const auto series = static_cast<CongestionSeries>(i);
        LegendButton::Entry entry;
        entry.name = nameOf(series, m_layout ? m_layout->direction : Direction::Sent);
        entry.colour = colourOf(series, m_colours);
        entry.swatch = swatchOf(series);
        entry.group = isBars(series) ? 0 : isRtt(series) ? 3 : isFlowControl(series) ? 2 : 1;
        if (m_layout && m_context->trace().isValid()) {
            entry.note = noteOf(m_layout->states[i]);
            entry.toolTip = explanationOf(series, m_layout->states[i], m_context->trace().get(), m_layout->direction);
            entry.canToggle = isDrawn(m_layout->states[i]);
            if (entry.canToggle && m_layout->isOutOfSight(series))
                entry.note = tr("above");
            if (m_layout->states[i] == SeriesState::Inferred)
                entry.swatch = LegendButton::Swatch::Dashes;
            if (isBars(series) && entry.canToggle && m_layout->sizes != SizeOrigin::Logged) {
                entry.swatch = LegendButton::Swatch::HatchedBars;
                entry.toolTip = explanationOf(m_layout->sizes, m_layout->writer) % QLatin1Char('\n') % entry.toolTip;
                if (series == CongestionSeries::Sent) // the others have the same sizes
                    entry.note = noteOf(m_layout->sizes);
            }
        }
        entries.push_back(entry);
    }
    for (std::size_t i = 0; i < backgroundPartCount; ++i)
        entries.push_back(backgroundEntry(static_cast<BackgroundPart>(i)));
    bool isNew = false;
    for (std::size_t i = 0; i < entries.size(); ++i)
        isNew = isNew || m_legend->count() != entries.size() || m_legend->entry(i) != entries[i];
    if (!isNew)
        return;
    m_legend->setEntries(entries);
    placeParts();
}

LegendButton::Entry CongestionChart::backgroundEntry(BackgroundPart part) const
{
    LegendButton::Entry entry;
    entry.name = nameOf(part);
    entry.group = 4;
    const bool isKnown = m_layout && m_context->trace().isValid();
    switch (part) {
    case BackgroundPart::States:
        entry.colour = m_colours.congestionAvoidance;
        entry.swatch = LegendButton::Swatch::Band;
        entry.toolTip = tr("The states of the congestion controller as the log tells them: bands behind the data, named in a strip under them");
        if (isKnown && !m_layout->background.areStatesLogged) {
            entry.note = noteOf(SeriesState::NotLogged);
            entry.toolTip = missingText(m_layout->writer, tr("the state of the congestion controller"));
            entry.canToggle = false;
        }
        break;
    case BackgroundPart::Marks:
        entry.colour = m_colours.ssthresh;
        entry.swatch = LegendButton::Swatch::Sign;
        entry.toolTip = tr("Rare events: P probe timeout, ! persistent congestion, E ECN-CE, e ECN state, K key update, M path change, v path validated, "
                           "H handshake completed, h confirmed, R Retry, N version negotiation, C close, B blocked, ★ your marks (M in the event list)");
        break;
    case BackgroundPart::Blocked:
        entry.colour = m_colours.flowControl;
        entry.swatch = LegendButton::Swatch::Triangle;
        entry.toolTip = tr("Where the sender says that flow control holds it back, at the limit: filled for the connection, hollow for a stream");
        if (isKnown && m_layout->background.blockedCount == 0) {
            entry.note = m_layout->background.areBlockedKnown ? tr("none") : noteOf(SeriesState::Pending);
            entry.canToggle = false;
        }
        break;
    }
    return entry;
}

BackgroundLayout CongestionChart::layOutBackgroundNow(TimeRange range, int columns) const
{
    BackgroundInput input{m_context->trace().get(), derivedSeries(), direction(), m_context->zeroNs(), range, columns, 1, {}};
    input.signColumns = static_cast<int>(BackgroundPainter::signWidth(m_dataPanel->fontMetrics()) * m_dataPanel->deviceScale());
    input.userRows = m_context->markedRows();
    return layOutBackground(input);
}

// Geometry

void CongestionChart::placeParts()
{
    const int both = m_dataPanel->leastHeight(false) + m_splitter->handleWidth() + m_rttPanel->leastHeight(true);
    ChartLegend::Form form;
    const int besideWidth = m_legend->widthOf(form);
    const int top = m_dataPanel->fontMetrics().height() + 8;
    const int besideHeight = std::max(both, top + m_legend->heightOf(form, besideWidth));
    if (width() >= narrowWidth && height() >= besideHeight) {
        setPanels(Panels::Both);
        m_legend->setForm(form);
        m_splitter->setGeometry(0, 0, width() - besideWidth, height());
        m_legend->setGeometry(width() - besideWidth, top, besideWidth, height() - top);
        return;
    }
    form.orientation = Qt::Horizontal;
    const int legendHeight = m_legend->heightOf(form, width());
    if (both + legendHeight > height()) {
        placeSinglePanel();
        return;
    }
    setPanels(Panels::Both);
    m_legend->setForm(form);
    m_splitter->setGeometry(0, 0, width(), height() - legendHeight);
    m_legend->setGeometry(0, height() - legendHeight, width(), legendHeight);
}

/// One panel with the time axis, the legend of what is in it, and the button for the other panel.
void CongestionChart::placeSinglePanel()
{
    constexpr int gap = 4;
    setPanels(m_preferred);
    const bool isRttShown = m_panels == Panels::Rtt;
    m_otherPanel->setText(isRttShown ? tr("Data") : tr("RTT"));
    m_otherPanel->setToolTip(isRttShown ? tr("There is no room for two panels: show the data instead of the round-trip times")
                                        : tr("There is no room for two panels: show the round-trip times instead of the data"));
    ChartLegend::Form form;
    form.orientation = Qt::Horizontal;
    for (std::size_t i = 0; i < congestionSeriesCount; ++i)
        form.listed.push_back(isRtt(static_cast<CongestionSeries>(i)) == isRttShown);
    form.listed.insert(form.listed.end(), backgroundPartCount, !isRttShown);
    const QSize buttonSize = m_otherPanel->sizeHint();
    const int legendWidth = width() - buttonSize.width() - 2 * gap;
    const int comfortable = mainPanel()->leastHeight(true) + comfortLines * fontMetrics().height();
    form.isSingleLine = m_legend->heightOf(form, legendWidth) + comfortable > height();
    const int legendHeight = m_legend->heightOf(form, legendWidth);
    m_splitter->setGeometry(0, 0, width(), height() - legendHeight);
    m_legend->setForm(form);
    m_legend->setGeometry(0, height() - legendHeight, legendWidth, legendHeight);
    m_otherPanel->setGeometry(width() - gap - buttonSize.width(), height() - legendHeight + gap, buttonSize.width(),
                              buttonSize.height());
}

void CongestionChart::setPanels(Panels panels)
{
    if (panels != Panels::Both && m_panels == Panels::Both)
        m_splitterState = m_splitter->saveState();
    const bool isChanged = panels != m_panels;
    m_panels = panels;
    for (CongestionPanel* panel : {m_dataPanel, m_rttPanel})
        panel->setMinimumHeight(panels == Panels::Both ? panel->leastHeight(panel == m_rttPanel) : 1);
    if (!isChanged)
        return;
    m_dataPanel->setTimeLabelsShown(panels == Panels::Data);
    m_dataPanel->setVisible(panels != Panels::Rtt);
    m_rttPanel->setVisible(panels != Panels::Data);
    m_otherPanel->setVisible(panels != Panels::Both);
    setFocusProxy(mainPanel());
    if (panels == Panels::Both)
        m_splitter->restoreState(m_splitterState);
    m_splitter->refresh();
    m_hoverLabel->hide();
    Q_EMIT refreshNeeded();
}

void CongestionChart::showOtherPanel()
{
    m_preferred = m_panels == Panels::Rtt ? Panels::Data : Panels::Rtt;
    placeParts();
}

QSize CongestionChart::minimumSizeHint() const
{
    ChartLegend::Form line;
    line.isSingleLine = true;
    return {320, std::max(m_dataPanel->leastHeight(true), m_rttPanel->leastHeight(true)) + m_legend->heightOf(line, 320)};
}

void CongestionChart::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    placeParts();
    Q_EMIT refreshNeeded();
}

void CongestionChart::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        placeParts();
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange)
        applyColours();
}

void CongestionChart::paint(QPainter& painter, double scale)
{
    painter.fillRect(rect(), m_colours.window);
    for (CongestionPanel* panel : {m_dataPanel, m_rttPanel}) {
        panel->setExportScale(scale);
        panel->resize(panel->size());
    }
    if (m_context->trace().isValid()) {
        updateFilter(std::numeric_limits<std::int64_t>::max());
        beginDeriving();
        m_isDerived = m_derived->advance();
        m_derive.stop();
    }
    refresh();
    for (CongestionPanel* panel : {m_dataPanel, m_rttPanel}) {
        if (panel->isHidden())
            continue;
        QImage image(panel->size() * scale, QImage::Format_ARGB32_Premultiplied);
        image.setDevicePixelRatio(scale);
        QCPPainter panelPainter(&image);
        panelPainter.setMode(QCPPainter::pmNoCaching);
        panelPainter.setMode(QCPPainter::pmNonCosmetic);
        panel->toPainter(&panelPainter, panel->width(), panel->height());
        panelPainter.end();
        painter.drawImage(panel->mapTo(this, QPoint(0, 0)), image);
    }
    m_legend->render(&painter, m_legend->pos(), QRegion(), QWidget::DrawChildren);
}

// State

QByteArray CongestionChart::saveState() const
{
    QByteArray bytes;
    QDataStream stream(&bytes, QIODevice::WriteOnly);
    quint32 hidden = 0;
    for (std::size_t i = 0; i < legendCount; ++i)
        hidden |= m_legend->isShown(i) ? 0U : 1U << i;
    stream << stateVersion << hidden << (m_panels == Panels::Both ? m_splitter->saveState() : m_splitterState);
    return bytes;
}

bool CongestionChart::restoreState(const QByteArray& state)
{
    QDataStream stream(state);
    quint32 version = 0;
    quint32 hidden = 0;
    QByteArray splitter;
    stream >> version >> hidden >> splitter;
    if (stream.status() != QDataStream::Ok || version != stateVersion || !m_splitter->restoreState(splitter))
        return false;
    m_splitterState = splitter;
    std::vector<bool> shown;
    for (std::size_t i = 0; i < legendCount; ++i)
        shown.push_back((hidden >> i & 1U) == 0);
    m_legend->setShown(shown);
    return true;
}

// Pointer

/// What is painted can be looked up: not between a change of the filter and the next refresh.
bool CongestionChart::isPointable() const
{
    return m_layout && m_context->trace().isValid() && (!m_layout->isHiding || m_filtered);
}

void CongestionChart::onPointed(CongestionPanel* panel, const QPointF& position)
{
    CongestionPanel* other = panel == m_dataPanel ? m_rttPanel : m_dataPanel;
    other->setHighlight(QRectF());
    const std::optional<CongestionPanel::Hit> hit
        = isPointable() ? panel->hitAt(position) : std::nullopt;
    panel->setHighlight(hit ? hit->rect : QRectF());
    if (isPointable() && pointAtBackground(panel, position))
        return;
    if (!hit) {
        if (const std::optional<LimitedBy::Interval> limit = limitAt(panel, position)) {
            const ItemText text = textOf(m_context->trace().get(), m_layout->zeroNs, *limit);
            const QPoint origin = panel->mapTo(this, QPoint(0, 0));
            m_hoverLabel->showText(text.title, colourOf(limit->limit, m_colours), text.lines, origin + position.toPoint(),
                                   panel->bandRect().translated(origin));
        } else {
            m_hoverLabel->hide();
        }
        return;
    }
    const Trace& trace = m_context->trace().get();
    const std::optional<BarFilter> filter = m_layout->isHiding ? barFilter() : std::nullopt;
    const BarFilter* bars = filter ? &*filter : nullptr;
    const CongestionItem item
        = nearestItem(trace, m_layout->direction, hit->series, hit->firstIndex, hit->count, hit->near, bars, derivedSeries());
    const ItemText text = textOf(trace, m_layout->zeroNs, m_layout->direction, item, bars, derivedSeries());
    const QPoint origin = panel->mapTo(this, QPoint(0, 0));
    m_hoverLabel->showText(text.title, colourOf(hit->series, m_colours), text.lines, origin + position.toPoint(),
                           hit->rect.toAlignedRect().translated(origin));
}

/// What limits the sender where the pointer is on the band.
std::optional<LimitedBy::Interval> CongestionChart::limitAt(const CongestionPanel* panel, const QPointF& position) const
{
    const std::optional<std::int64_t> time = isPointable() && derivedSeries() != nullptr ? panel->bandTimeAt(position) : std::nullopt;
    const std::optional<std::size_t> index = time ? derivedSeries()->limitedBy().at(*time + m_layout->zeroNs) : std::nullopt;
    return index ? std::optional(derivedSeries()->limitedBy().interval(*index)) : std::nullopt;
}

/// Says what mark or state is under the pointer. A sign of a mark comes before what it covers. @return false if there is none
bool CongestionChart::pointAtBackground(CongestionPanel* panel, const QPointF& position)
{
    const Trace& trace = m_context->trace().get();
    const QPoint origin = panel->mapTo(this, QPoint(0, 0));
    if (const std::optional<BackgroundPainter::Hit> mark = panel->markAt(position)) {
        panel->setHighlight(mark->rect);
        const ItemText text = textOf(trace, m_context->trace().document->names(), derivedSeries(), m_layout->zeroNs, m_layout->direction,
                                     m_layout->background, mark->group, mark->nearest);
        m_hoverLabel->showText(text.title, markColour(mark->nearest.kind, m_colours), text.lines, origin + position.toPoint(),
                               mark->rect.toAlignedRect().translated(origin));
        return true;
    }
    const std::optional<std::int64_t> time = panel->stateTimeAt(position);
    const std::optional<ItemText> state = time ? stateTextAt(trace, m_layout->zeroNs, *time + m_layout->zeroNs) : std::nullopt;
    if (!state)
        return false;
    m_hoverLabel->showText(state->title, m_colours.text, state->lines, origin + position.toPoint(), panel->statesRect().translated(origin));
    return true;
}

bool CongestionChart::clickBackground(const CongestionPanel* panel, const QPointF& position)
{
    const Trace& trace = m_context->trace().get();
    RowId row;
    if (const std::optional<BackgroundPainter::Hit> mark = panel->markAt(position))
        row = markRow(trace, derivedSeries(), m_layout->direction, m_layout->background, mark->nearest.kind, mark->nearest.firstIndex);
    else if (const std::optional<std::int64_t> time = panel->stateTimeAt(position))
        row = stateRowAt(trace, *time + m_layout->zeroNs);
    if (row.isValid())
        m_context->select(row);
    return row.isValid();
}

void CongestionChart::onPointerLeft()
{
    m_dataPanel->setHighlight(QRectF());
    m_rttPanel->setHighlight(QRectF());
    m_hoverLabel->hide();
}

void CongestionChart::onClicked(CongestionPanel* panel, const QPointF& position)
{
    if (!isPointable())
        return;
    if (clickBackground(panel, position))
        return;
    const std::optional<CongestionPanel::Hit> hit = panel->hitAt(position);
    if (!hit) {
        if (const std::optional<LimitedBy::Interval> limit = limitAt(panel, position))
            m_context->select(limit->begin);
        return;
    }
    const Trace& trace = m_context->trace().get();
    const std::optional<BarFilter> filter = m_layout->isHiding ? barFilter() : std::nullopt;
    const BarFilter* bars = filter ? &*filter : nullptr;
    const CongestionItem item
        = nearestItem(trace, m_layout->direction, hit->series, hit->firstIndex, hit->count, hit->near, bars, derivedSeries());
    m_context->select(rowOf(trace, m_layout->direction, item, bars, derivedSeries()));
}

} // namespace qlogscope
