// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/congestionchart.h"

#include "views/chartlegend.h"
#include "views/congestion/measuretext.h"
#include "views/congestion/rateslayout.h"
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
constexpr int buttonGap = 4;
constexpr int comfortLines = 4; // this much higher than it must be, a panel leaves room for a legend of several lines
constexpr quint32 stateVersion = 5;
constexpr std::array<int, panelCount> defaultHeights{900, 400, 400};
/// Where not all panels fit, those at the end are left out.
constexpr std::array<PanelKind, panelCount> panelPreference{PanelKind::Data, PanelKind::Rtt, PanelKind::Rates};
constexpr std::int64_t barsSliceMs = 10;
constexpr std::int64_t newChoiceMs = 150; // rather at once than in pieces
constexpr std::int64_t deriveSliceMs = 8;

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
    if (series == CongestionSeries::RttVariance)
        return LegendButton::Swatch::Band;
    const bool isThin = series == CongestionSeries::BytesInFlight || series == CongestionSeries::RttLatest
        || series == CongestionSeries::StreamLimitSum || series == CongestionSeries::RttSample
        || series == CongestionSeries::PacingRate || series == CongestionSeries::DeliveryRate;
    return isThin ? LegendButton::Swatch::ThinLine : LegendButton::Swatch::Line;
}

} // namespace

CongestionChart::CongestionChart(ViewContext* context, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_colours(Palette::light())
    , m_splitter(new DottedSplitter(Qt::Vertical, this))
    , m_heights(defaultHeights)
    , m_legend(new ChartLegend(this))
    , m_otherPanel(new LegendTextButton(this))
    , m_hoverLabel(new HoverLabel(this))
{
    setAutoFillBackground(true);
    for (std::size_t i = 0; i < panelCount; ++i) {
        m_panels[i] = new CongestionPanel(static_cast<PanelKind>(i), context, m_splitter);
        m_panels[i]->setAccessibleName(nameOf(static_cast<PanelKind>(i)));
        m_panels[i]->hide();
    }
    m_splitter->setChildrenCollapsible(false);
    m_splitter->setHandleWidth(7);
    connect(m_splitter, &QSplitter::splitterMoved, this, &CongestionChart::onSplitterMoved);
    m_otherPanel->hide();
    connect(m_otherPanel, &QAbstractButton::clicked, this, &CongestionChart::showOtherPanel);
    showPanels(m_wanted);
    for (CongestionPanel* panel : m_panels) {
        connect(panel, &TimePlot::pointed, this, [this, panel](const QPointF& position) { onPointed(panel, position); });
        connect(panel, &TimePlot::pointerLeft, this, &CongestionChart::onPointerLeft);
        connect(panel, &TimePlot::clicked, this, [this, panel](const QPointF& position) { onClicked(panel, position); });
        connect(panel, &TimePlot::geometryChanged, this, &CongestionChart::refreshNeeded);
        connect(panel, &TimePlot::rulerToggled, this, [this] { setRulerOn(!m_isRulerOn); });
        connect(panel, &TimePlot::rulerChanged, this, [this, panel] {
            for (CongestionPanel* other : m_panels) {
                if (other != panel && panel->ruler())
                    other->clearRuler();
            }
            Q_EMIT rulerChanged();
        });
    }
    connect(&m_derive, &QTimer::timeout, this, &CongestionChart::derive);
    connect(&m_makeBars, &QTimer::timeout, this, &CongestionChart::goOnMakingBars);
    connect(m_legend, &ChartLegend::shownChanged, this, &CongestionChart::updatePanels);
    connect(m_context, &ViewContext::selectionChanged, this, &CongestionChart::updateMarks);
    connect(m_context, &ViewContext::traceChanged, this, &CongestionChart::clear);
    connect(m_context->workspace(), &Workspace::documentAboutToClose, this, [this](const Document* document) {
        if (reference().document == document)
            setReference({});
    });
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
    for (CongestionPanel* panel : m_panels)
        panel->setColours(m_colours);
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
    clearRuler();
    awaitRefresh(true);
}

Direction CongestionChart::direction() const
{
    if (m_perspective)
        return *m_perspective;
    return m_context->trace().isValid() ? m_context->trace().get().mainDirection() : Direction::Sent;
}

/// Other bars than those that are painted are wanted. @param isNew chosen by the user: rather at once than in pieces
void CongestionChart::awaitRefresh(bool isNew)
{
    m_isNewChoice = m_isNewChoice || isNew;
    m_areBarsMade = false;
    m_isStale = true;
    Q_EMIT refreshNeeded();
}

void CongestionChart::setChoice(const BarChoice& choice)
{
    if (choice == m_choice)
        return;
    m_choice = choice;
    clearRuler();
    awaitRefresh(true);
}

/// Its values are those of the axis before.
void CongestionChart::clearRuler()
{
    for (CongestionPanel* panel : m_panels)
        panel->clearRuler();
}

void CongestionChart::setReference(TraceRef trace)
{
    if (trace == reference())
        return;
    m_reference = trace.isValid() ? std::make_unique<ChartTrace>(trace) : nullptr;
    for (CongestionPanel* panel : m_panels) // what is painted of the old one cannot be looked up any more
        panel->setReference(nullptr, {});
    Q_EMIT referenceChanged();
    awaitRefresh(true);
}

/// The other trace, moved so that its first packet stands at the first packet of the shown one.
std::shared_ptr<const CongestionLayout> CongestionChart::layOutReference(TimeRange range, int columns)
{
    if (!m_reference || reference() == m_trace->ref())
        return nullptr;
    const std::int64_t zeroNs = m_reference->firstPacketNs() - (m_trace->firstPacketNs() - m_context->zeroNs());
    ChartData data = m_reference->data();
    data.memo = memo();
    return std::make_shared<const CongestionLayout>(layOutCongestion(data, zeroNs, range, columns, m_rateWindowNs));
}

QString CongestionChart::referenceText() const
{
    return tr("reference: %1").arg(QString::fromStdString(m_reference->ref().document->shortName()));
}

void CongestionChart::setRulerOn(bool isOn)
{
    m_isRulerOn = isOn;
    for (CongestionPanel* panel : m_panels)
        panel->setRulerOn(isOn);
    Q_EMIT rulerChanged();
}

/// Of the panel it was drawn in last.
QStringList CongestionChart::rulerTexts() const
{
    for (const CongestionPanel* panel : m_panels) {
        if (panel->ruler())
            return qlogscope::rulerTexts(*panel->ruler(), panel->leftUnit());
    }
    return m_isRulerOn ? QStringList(tr("Ruler: drag from one point to another")) : QStringList();
}

QStringList CongestionChart::measureTexts(TimeRange range) const
{
    if (!m_trace || m_trace->derived() == nullptr)
        return {tr("computing…")};
    const TimeRange times = range.shifted(m_context->zeroNs());
    const RangeStatistics statistics = rangeStatistics(m_trace->trace(), *m_trace->derived(), direction(), times);
    return qlogscope::measureTexts(statistics, range, direction());
}

void CongestionChart::resetFilter()
{
    if (m_trace)
        m_trace->resetFilter();
    awaitRefresh(false);
}

/// Goes on with the bars that are not those of the trace itself.
bool CongestionChart::makeBars(std::int64_t milliseconds)
{
    const RowFilter& filter = *m_context->rowFilter();
    BarChoice choice = m_choice;
    choice.direction = direction();
    m_trace->choose(choice);
    const std::int64_t time = m_isNewChoice ? std::max(newChoiceMs, milliseconds) : milliseconds;
    bool isDone = m_trace->makeBars(time, filter.isActive() ? &filter : nullptr);
    if (m_reference) {
        choice.stream.reset();
        choice.path.reset();
        m_reference->choose(choice);
        isDone = m_reference->makeBars(time, nullptr) && isDone;
    }
    m_areBarsMade = isDone;
    m_isNewChoice = false;
    return isDone;
}

/// Looking at the chart costs more than a slice: it is refreshed when the bars are there, and now and then before.
void CongestionChart::goOnMakingBars()
{
    constexpr qint64 showMs = 400;
    if (m_isStale) { // a refresh is on its way and goes on; until then what is painted must find its bars
        m_makeBars.stop();
        return;
    }
    if (!m_trace || makeBars(barsSliceMs)) {
        m_makeBars.stop();
        Q_EMIT refreshNeeded();
    } else if (m_sinceBars.elapsed() >= showMs) {
        Q_EMIT refreshNeeded();
    }
}

bool CongestionChart::areMetricsOut() const
{
    const NameTable& names = m_context->trace().document->names();
    bool areMetricsIn = m_context->filter().types.empty();
    for (std::size_t i = 0; i < names.size() && !areMetricsIn; ++i) {
        const NameTable::Entry& name = names[NameId(i)];
        areMetricsIn = name.kind == EventKind::RecoveryMetricsUpdated && m_context->filter().acceptsName(&name);
    }
    return !areMetricsIn;
}

ChartData CongestionChart::data() const
{
    ChartData data = m_trace->data();
    data.isHiding = m_trace->isFiltered() && m_context->filterMode() == FilterMode::Hide;
    data.areMetricsOut = m_trace->isFiltered() && areMetricsOut();
    return data;
}

/// What follows from the whole trace is computed beside everything else; the lines appear when it is done.
void CongestionChart::beginDeriving()
{
    const bool isDone = m_trace->derive(0) && (!m_reference || m_reference->derive(0));
    if (!isDone && !m_derive.isActive())
        m_derive.start();
}

void CongestionChart::derive()
{
    if (!m_trace->derive(deriveSliceMs) || (m_reference && !m_reference->derive(deriveSliceMs)))
        return;
    m_derive.stop();
    Q_EMIT derived();
}

void CongestionChart::clear()
{
    m_layout.reset();
    m_derive.stop();
    m_makeBars.stop();
    m_trace.reset();
    m_hoverLabel->hide();
    updateMarks();
    updatePanels();
}

void CongestionChart::refresh()
{
    if (!m_context->trace().isValid())
        return;
    if (!m_trace) // clear() drops that of another trace
        m_trace = std::make_unique<ChartTrace>(m_context->trace());
    const TimeRange range = m_fixedRange.value_or(m_context->visibleRange());
    beginDeriving();
    m_isStale = false;
    if (!makeBars(barsSliceMs) && !m_makeBars.isActive())
        m_makeBars.start();
    m_sinceBars.restart();
    for (int attempt = 0; attempt < 2; ++attempt) { // what is logged decides the sizes of legend and margins
        ChartData sampled = data();
        sampled.memo = memo();
        CongestionLayout layout = layOutCongestion(sampled, m_context->zeroNs(), range, mainPanel()->columns(), m_rateWindowNs);
        layout.background = layOutBackgroundNow(range, layout.columns);
        m_layout = std::make_shared<const CongestionLayout>(std::move(layout));
        updateLegend();
        const std::shared_ptr<const CongestionLayout> under = layOutReference(range, mainPanel()->columns());
        for (CongestionPanel* panel : m_panels)
            panel->setReference(under, under ? QString::fromStdString(reference().document->shortName()) : QString());
        setPanelContents();
        if (mainPanel()->columns() == m_layout->columns)
            break;
    }
    m_memo.sweep();
    updateLegend(); // what has no room is known now
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
    for (CongestionPanel* panel : m_panels) {
        panel->columns(); // looks up the device scale
        panel->setBackgroundShown(background);
        panel->setContents(m_layout, shown);
    }
}

void CongestionChart::redrawPanels()
{
    for (std::size_t i = 0; i < panelCount; ++i) {
        if (m_shown[i])
            m_panels[i]->redraw();
    }
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
    if (m_layout && m_trace)
        marks = selectionMarks(data(), m_context->zeroNs(), m_context->selectedRow());
    for (CongestionPanel* panel : m_panels)
        panel->setMarks(marks);
}

void CongestionChart::updateLegend()
{
    std::vector<LegendButton::Entry> entries;
    for (std::size_t i = 0; i < congestionSeriesCount; ++i) {
        const auto series = static_cast<CongestionSeries>(i);
        LegendButton::Entry entry;
        entry.name = m_layout ? nameOf(series, *m_layout) : nameOf(series, Direction::Sent);
        entry.colour = colourOf(series, m_colours);
        entry.swatch = swatchOf(series);
        entry.group = isBars(series) ? 0 : isRtt(series) ? 4 : isRate(series) ? 3 : isFlowControl(series) ? 2 : 1;
        if (m_layout && m_context->trace().isValid()) {
            entry.note = noteOf(m_layout->states[i]);
            entry.toolTip = explanationOf(series, *m_layout);
            entry.canToggle = isDrawn(m_layout->states[i]);
            if (entry.note.isEmpty())
                entry.note = pathsText(m_layout->paths[i]);
            if (entry.canToggle && m_layout->isOutOfSight(series))
                entry.note = tr("above");
            else if (entry.canToggle && m_layout->isPartlyOutOfSight(series))
                entry.toolTip = tr("It leaves the plot at the top: beside its largest values the others could not be read.") % QLatin1Char('\n') % entry.toolTip;
            if (m_layout->states[i] == SeriesState::Inferred)
                entry.swatch = isBars(series) ? LegendButton::Swatch::HatchedBars : LegendButton::Swatch::Dashes;
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
        } else if (isKnown && isRoomMissing(part, dataPanel()->statesRect())) {
            entry.note = tr("no room");
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
    case BackgroundPart::Limits:
        entry.colour = m_colours.flowControl;
        entry.swatch = LegendButton::Swatch::Band;
        entry.toolTip = tr("What limits the sender, inferred from the log: a strip under the data. Point at it for the evidence");
        if (isKnown && m_layout->limits.empty()) {
            const bool isOther = m_layout->direction == Direction::Received;
            entry.note = isOther ? tr("of what is sent") : m_trace && m_trace->derived() != nullptr ? tr("none") : noteOf(SeriesState::Pending);
            entry.canToggle = false;
        } else if (isKnown && isRoomMissing(part, dataPanel()->bandRect())) {
            entry.note = tr("no room");
        }
        break;
    }
    return entry;
}

/// Low panels leave out some strips.
bool CongestionChart::isRoomMissing(BackgroundPart part, const QRect& strip) const
{
    return m_shown[indexOf(PanelKind::Data)] && strip.isEmpty() && m_legend->count() == legendCount && m_legend->isShown(legendIndexOf(part));
}

BackgroundLayout CongestionChart::layOutBackgroundNow(TimeRange range, int columns) const
{
    BackgroundInput input{m_trace->trace(), m_trace->derived(), direction(), m_context->zeroNs(), range, columns, 1, {}};
    input.signColumns = static_cast<int>(BackgroundPainter::signWidth(dataPanel()->fontMetrics()) * dataPanel()->deviceScale());
    input.userRows = m_context->markedRows();
    return layOutBackground(input);
}

// Geometry

void CongestionChart::setPanels(const PanelSet& panels)
{
    if (std::find(panels.begin(), panels.end(), true) == panels.end())
        return;
    m_wanted = panels;
    placeParts();
    Q_EMIT refreshNeeded();
}

void CongestionChart::setRateWindow(std::int64_t windowNs)
{
    m_rateWindowNs = std::max<std::int64_t>(windowNs, 0);
    Q_EMIT refreshNeeded();
}

CongestionPanel* CongestionChart::mainPanel() const
{
    const auto first = std::find(m_shown.begin(), m_shown.end(), true);
    return m_panels[first == m_shown.end() ? 0 : static_cast<std::size_t>(first - m_shown.begin())];
}

/// The wanted panels: where not all fit, those at the end are left out. What the button showed last comes first.
std::vector<PanelKind> CongestionChart::preference() const
{
    std::vector<PanelKind> order;
    const auto first = std::find(panelPreference.begin(), panelPreference.end(), m_preferred) - panelPreference.begin();
    for (std::size_t i = 0; i < panelCount; ++i) {
        const PanelKind kind = panelPreference[(static_cast<std::size_t>(first) + i) % panelCount];
        if (m_wanted[indexOf(kind)])
            order.push_back(kind);
    }
    return order;
}

/// What is in these panels.
ChartLegend::Form CongestionChart::legendForm(const PanelSet& panels, Qt::Orientation orientation) const
{
    ChartLegend::Form form;
    form.orientation = orientation;
    for (std::size_t i = 0; i < congestionSeriesCount; ++i) {
        const auto series = static_cast<CongestionSeries>(i);
        // a single writer logs it: to others it is no lack
        const bool isNoLack = series == CongestionSeries::DeliveryRate && !(m_layout && isDrawn(m_layout->states[i]));
        form.listed.push_back(panels[indexOf(panelOf(series))] && !isNoLack);
    }
    form.listed.insert(form.listed.end(), backgroundPartCount, panels[indexOf(PanelKind::Data)]);
    return form;
}

/// In which these panels can be read; three need more than the least, or the plots would be mere stripes.
int CongestionChart::heightFor(const PanelSet& panels) const
{
    int height = 0;
    int count = 0;
    int last = 0;
    for (std::size_t i = 0; i < panelCount; ++i) {
        if (!panels[i])
            continue;
        height += m_panels[i]->leastHeight(false) + (count > 0 ? m_splitter->handleWidth() : 0);
        last = m_panels[i]->leastHeight(true) - m_panels[i]->leastHeight(false);
        ++count;
    }
    return height + last + (count > 2 ? comfortLines * fontMetrics().height() : 0);
}

/// As many of the wanted panels as fit, the first ones of the preference.
void CongestionChart::placeParts()
{
    const std::vector<PanelKind> order = preference();
    for (std::size_t count = order.size(); count > 1; --count) {
        PanelSet panels{};
        for (std::size_t i = 0; i < count; ++i)
            panels[indexOf(order[i])] = true;
        m_next = count < order.size() ? std::optional(order[count]) : std::nullopt;
        if (placeBeside(panels) || placeAbove(panels))
            return;
    }
    m_next = order.size() > 1 ? std::optional(order[1]) : std::nullopt;
    PanelSet single{};
    single[indexOf(order.front())] = true;
    if (!placeBeside(single))
        placeSinglePanel(order.front());
}

/// With the legend at the right. @return false if there is no room
bool CongestionChart::placeBeside(const PanelSet& panels)
{
    const ChartLegend::Form form = legendForm(panels, Qt::Vertical);
    const int legendWidth = m_legend->widthOf(legendForm(allPanels, Qt::Vertical)); // the plots keep their width
    const int top = fontMetrics().height() + 8;
    const int button = m_next ? m_otherPanel->sizeHint().height() + 2 * buttonGap : 0;
    if (width() < narrowWidth || height() < std::max(heightFor(panels), top + m_legend->heightOf(form, legendWidth) + button))
        return false;
    showPanels(panels);
    placePanels(width() - legendWidth, height());
    m_legend->setForm(form);
    m_legend->setGeometry(width() - legendWidth, top, legendWidth, height() - top - button);
    placeOtherPanelButton(QRect(width() - legendWidth, height() - button, legendWidth, button));
    return true;
}

/// With the legend below. @return false if there is no room
bool CongestionChart::placeAbove(const PanelSet& panels)
{
    const ChartLegend::Form form = legendForm(panels, Qt::Horizontal);
    const int legendWidth = width() - (m_next ? m_otherPanel->sizeHint().width() + 2 * buttonGap : 0);
    const int legendHeight = m_legend->heightOf(form, legendWidth);
    if (heightFor(panels) + legendHeight > height())
        return false;
    showPanels(panels);
    placePanels(width(), height() - legendHeight);
    m_legend->setForm(form);
    m_legend->setGeometry(0, height() - legendHeight, legendWidth, legendHeight);
    placeOtherPanelButton(QRect(legendWidth, height() - legendHeight, width() - legendWidth, legendHeight));
    return true;
}

/// One panel with the time axis, and the legend of what is in it.
void CongestionChart::placeSinglePanel(PanelKind kind)
{
    PanelSet panels{};
    panels[indexOf(kind)] = true;
    showPanels(panels);
    ChartLegend::Form form = legendForm(panels, Qt::Horizontal);
    const int legendWidth = width() - (m_next ? m_otherPanel->sizeHint().width() + 2 * buttonGap : 0);
    const int comfortable = mainPanel()->leastHeight(true) + comfortLines * fontMetrics().height();
    form.isSingleLine = m_legend->heightOf(form, legendWidth) + comfortable > height();
    const int legendHeight = m_legend->heightOf(form, legendWidth);
    placePanels(width(), height() - legendHeight);
    m_legend->setForm(form);
    m_legend->setGeometry(0, height() - legendHeight, legendWidth, legendHeight);
    placeOtherPanelButton(QRect(legendWidth, height() - legendHeight, width() - legendWidth, legendHeight));
}

/// The last one has the labels of the time axis.
void CongestionChart::showPanels(const PanelSet& panels)
{
    const bool isSingle = std::count(panels.begin(), panels.end(), true) == 1;
    const auto last = static_cast<std::size_t>(panels.rend() - std::find(panels.rbegin(), panels.rend(), true) - 1);
    for (std::size_t i = 0; i < panelCount; ++i)
        m_panels[i]->setMinimumHeight(isSingle ? 1 : m_panels[i]->leastHeight(i == last));
    if (m_next) {
        m_otherPanel->setText(nameOf(*m_next));
        m_otherPanel->setToolTip(tr("There is no room for all panels: show this one"));
    }
    m_otherPanel->setVisible(m_next.has_value());
    if (panels == m_shown)
        return;
    m_shown = panels;
    for (std::size_t i = 0; i < panelCount; ++i) {
        m_panels[i]->setTimeLabelsShown(i == last);
        m_panels[i]->setVisible(panels[i]);
    }
    setFocusProxy(mainPanel());
    m_splitter->refresh();
    m_hoverLabel->hide();
    Q_EMIT refreshNeeded();
}

void CongestionChart::placePanels(int width, int height)
{
    m_splitter->setGeometry(0, 0, width, height);
    m_splitter->setSizes(QList<int>(m_heights.begin(), m_heights.end()));
}

void CongestionChart::placeOtherPanelButton(const QRect& room)
{
    if (!m_next)
        return;
    const QSize size = m_otherPanel->sizeHint();
    m_otherPanel->setGeometry(room.left() + buttonGap, room.top() + buttonGap, size.width(), size.height());
}

void CongestionChart::showOtherPanel()
{
    if (!m_next)
        return;
    m_preferred = *m_next;
    placeParts();
}

/// What the shown panels have together stays theirs, so that those that are not shown keep their share.
void CongestionChart::onSplitterMoved()
{
    const QList<int> sizes = m_splitter->sizes();
    int wanted = 0;
    int present = 0;
    for (std::size_t i = 0; i < panelCount; ++i) {
        wanted += m_shown[i] ? m_heights[i] : 0;
        present += m_shown[i] ? sizes[static_cast<qsizetype>(i)] : 0;
    }
    for (std::size_t i = 0; i < panelCount && present > 0; ++i) {
        if (m_shown[i])
            m_heights[i] = std::max(1, wanted * sizes[static_cast<qsizetype>(i)] / present);
    }
}

QSize CongestionChart::minimumSizeHint() const
{
    ChartLegend::Form line;
    line.isSingleLine = true;
    int height = 0;
    for (const CongestionPanel* panel : m_panels)
        height = std::max(height, panel->leastHeight(true));
    return {320, height + m_legend->heightOf(line, 320)};
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

void CongestionChart::paint(QCPPainter& painter, double scale)
{
    painter.fillRect(rect(), m_colours.window);
    for (CongestionPanel* panel : m_panels)
        panel->setExportScale(scale);
    if (m_context->trace().isValid()) {
        refresh();
        for (const auto* each : {&m_trace, &m_reference}) {
            while (*each && !(*each)->derive(std::numeric_limits<std::int64_t>::max())) { }
        }
        m_derive.stop();
        m_makeBars.stop();
        makeBars(std::numeric_limits<std::int64_t>::max());
    }
    refresh();
    for (CongestionPanel* panel : m_panels) {
        if (panel->isHidden())
            continue;
        painter.save();
        painter.translate(panel->mapTo(this, QPoint(0, 0)));
        panel->toPainter(&painter, panel->width(), panel->height());
        painter.restore();
    }
    painter.save();
    painter.translate(m_legend->pos());
    m_legend->paint(painter);
    painter.restore();
}

// State

QByteArray CongestionChart::saveState() const
{
    QByteArray bytes;
    QDataStream stream(&bytes, QIODevice::WriteOnly);
    quint32 hidden = 0;
    for (std::size_t i = 0; i < legendCount; ++i)
        hidden |= m_legend->isShown(i) ? 0U : 1U << i;
    stream << stateVersion << hidden;
    for (std::size_t i = 0; i < panelCount; ++i)
        stream << m_wanted[i] << qint32(m_heights[i]);
    stream << qint64(m_rateWindowNs) << quint8(m_choice.scale);
    stream << m_choice.stream.has_value() << quint64(m_choice.stream.value_or(0));
    stream << m_choice.path.has_value() << quint32(m_choice.path.value_or(0));
    return bytes;
}

bool CongestionChart::restoreState(const QByteArray& state)
{
    QDataStream stream(state);
    quint32 version = 0;
    quint32 hidden = 0;
    PanelSet wanted{};
    std::array<qint32, panelCount> heights{};
    stream >> version >> hidden;
    for (std::size_t i = 0; i < panelCount; ++i)
        stream >> wanted[i] >> heights[i];
    qint64 window = 0;
    quint8 scale = 0;
    bool hasStream = false;
    bool hasPath = false;
    quint64 streamId = 0;
    quint32 path = 0;
    stream >> window >> scale >> hasStream >> streamId >> hasPath >> path;
    if (stream.status() != QDataStream::Ok || version != stateVersion || scale > quint8(BarScale::StreamOffset) || std::any_of(heights.begin(), heights.end(), [](qint32 height) { return height <= 0; }))
        return false;
    std::copy(heights.begin(), heights.end(), m_heights.begin());
    m_rateWindowNs = std::max<qint64>(window, 0);
    setPanels(wanted);
    m_choice.scale = static_cast<BarScale>(scale);
    m_choice.stream = hasStream ? std::optional<std::uint64_t>(streamId) : std::nullopt;
    m_choice.path = hasPath ? std::optional<std::uint32_t>(path) : std::nullopt;
    std::vector<bool> shown;
    for (std::size_t i = 0; i < legendCount; ++i)
        shown.push_back((hidden >> i & 1U) == 0);
    m_legend->setShown(shown);
    return true;
}

// Pointer

/// What is painted can be looked up: not between a change of the filter and the next refresh.
bool CongestionChart::isPointable() const { return m_layout && m_trace && !m_isStale; }

/// The one item that is pointed at.
std::optional<CongestionItem> CongestionChart::itemOf(const ChartData& shown, const CongestionPanel& panel, const CongestionPanel::Hit& hit) const
{
    const std::optional<CongestionItem> merged = hit.column ? lineItem(shown, panel.layoutOf(hit), hit.item, *hit.column) : hit.item;
    return merged ? std::optional(nearestItem(shown, *merged, hit.near)) : std::nullopt;
}

void CongestionChart::onPointed(CongestionPanel* panel, const QPointF& position)
{
    for (CongestionPanel* other : m_panels) {
        if (other != panel)
            other->setHighlight(QRectF());
    }
    const std::optional<CongestionPanel::Hit> hit
        = isPointable() ? panel->hitAt(position) : std::nullopt;
    panel->setHighlight(hit ? hit->rect : QRectF());
    if (isPointable() && pointAtBackground(panel, position))
        return;
    if (!hit) {
        if (const std::optional<LimitedBy::Interval> limit = limitAt(panel, position)) {
            const ItemText text = textOf(m_context->trace().get(), *m_layout, *limit);
            showLabel(panel, text, colourOf(limit->limit, m_colours), position, panel->bandRect());
        } else {
            m_hoverLabel->hide();
        }
        return;
    }
    if (isWindowed(hit->item.series)) {
        showRate(panel, *hit, position);
        return;
    }
    const ChartData shown = hit->isReference ? m_reference->data() : data();
    const std::optional<CongestionItem> item = itemOf(shown, *panel, *hit);
    if (!item)
        return m_hoverLabel->hide();
    ItemText text = textOf(shown, panel->layoutOf(*hit).zeroNs, *item);
    if (hit->isReference)
        text.lines.insert(text.lines.begin(), referenceText());
    showLabel(panel, text, colourOf(item->series, m_colours), position, hit->rect.toAlignedRect());
}

/// Beside the pointer, and rather not over the strips, which are read together with what it is on. @param pointed in the panel
void CongestionChart::showLabel(const CongestionPanel* panel, const ItemText& text, const QColor& colour, const QPointF& position, const QRect& pointed)
{
    const QPoint origin = panel->mapTo(this, QPoint(0, 0));
    m_hoverLabel->showText(text.title, colour, text.lines, origin + position.toPoint(), pointed.translated(origin), panel->stripsRect().translated(origin));
}

/// Of the window of time that the pointer is in.
void CongestionChart::showRate(const CongestionPanel* panel, const CongestionPanel::Hit& hit, const QPointF& position)
{
    const ChartTrace& trace = hit.isReference ? *m_reference : *m_trace;
    const CongestionLayout& layout = panel->layoutOf(hit);
    if (trace.derived() == nullptr)
        return;
    const RateAt rate = rateAt(trace.trace(), *trace.derived(), layout, hit.item.series, hit.timeNs);
    ItemText text = textOf(rate, hit.item.series, layout);
    if (hit.isReference)
        text.lines.insert(text.lines.begin(), referenceText());
    showLabel(panel, text, colourOf(hit.item.series, m_colours), position, hit.rect.toAlignedRect());
}

/// What limits the sender where the pointer is on the band.
std::optional<LimitedBy::Interval> CongestionChart::limitAt(const CongestionPanel* panel, const QPointF& position) const
{
    const DerivedSeries* derived = isPointable() ? m_trace->derived() : nullptr;
    const std::optional<std::int64_t> time = derived != nullptr ? panel->bandTimeAt(position) : std::nullopt;
    const std::optional<std::size_t> index = time ? derived->limitedBy().at(*time + m_layout->zeroNs) : std::nullopt;
    return index ? std::optional(derived->limitedBy().interval(*index)) : std::nullopt;
}

/// Says what mark or state is under the pointer. A sign of a mark comes before what it covers. @return false if there is none
bool CongestionChart::pointAtBackground(CongestionPanel* panel, const QPointF& position)
{
    const Trace& trace = m_context->trace().get();
    if (const std::optional<BackgroundPainter::Hit> mark = panel->markAt(position)) {
        panel->setHighlight(mark->rect);
        const ItemText text = textOf(trace, m_context->trace().document->names(), m_trace->derived(), m_layout->zeroNs, m_layout->direction,
                                     m_layout->background, mark->group, mark->nearest);
        showLabel(panel, text, markColour(mark->nearest.kind, m_colours), position, mark->rect.toAlignedRect());
        return true;
    }
    const std::optional<std::int64_t> time = panel->stateTimeAt(position);
    const std::optional<ItemText> state = time ? stateTextAt(trace, m_layout->zeroNs, *time + m_layout->zeroNs) : std::nullopt;
    if (!state)
        return false;
    showLabel(panel, *state, m_colours.text, position, panel->statesRect());
    return true;
}

bool CongestionChart::clickBackground(const CongestionPanel* panel, const QPointF& position)
{
    const Trace& trace = m_context->trace().get();
    RowId row;
    if (const std::optional<BackgroundPainter::Hit> mark = panel->markAt(position))
        row = markRow(trace, m_trace->derived(), m_layout->direction, m_layout->background, mark->nearest.kind, mark->nearest.firstIndex);
    else if (const std::optional<std::int64_t> time = panel->stateTimeAt(position))
        row = stateRowAt(trace, *time + m_layout->zeroNs);
    if (row.isValid())
        m_context->select(row);
    return row.isValid();
}

void CongestionChart::onPointerLeft()
{
    for (CongestionPanel* panel : m_panels)
        panel->setHighlight(QRectF());
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
    if (isWindowed(hit->item.series) || hit->isReference)
        return; // no single record of this trace says it
    const ChartData shown = data();
    if (const std::optional<CongestionItem> item = itemOf(shown, *panel, *hit))
        m_context->select(rowOf(shown, *item));
}

} // namespace qlogscope
