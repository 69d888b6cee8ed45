// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/congestionview.h"

#include "views/congestion/congestionchart.h"
#include "views/congestion/congestionlayout.h"
#include "views/congestion/measurerow.h"
#include "views/congestion/measuretext.h"
#include "views/congestion/scaletools.h"
#include "views/texts.h"
#include "views/toolrow.h"
#include "views/units.h"

#include <QActionGroup>
#include <QButtonGroup>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace qlogscope {

CongestionView::CongestionView(const ViewServices& services, QWidget* parent)
    : View(services, parent)
    , m_emptyLabel(new QLabel(this))
    , m_pages(new QStackedWidget(this))
    , m_chart(new CongestionChart(services.context, this))
{
    m_emptyLabel->setObjectName(QStringLiteral("emptyText"));
    m_emptyLabel->setAlignment(Qt::AlignCenter);
    m_emptyLabel->setWordWrap(true);
    m_pages->addWidget(m_chart);
    m_pages->addWidget(m_emptyLabel);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_measureRow = new MeasureRow(this);
    makeTools();
    layout->addWidget(m_tools);
    layout->addWidget(m_measureRow);
    layout->addWidget(m_pages, 1);
    setFocusProxy(m_chart);

    ViewContext* shared = context();
    connect(shared, &ViewContext::traceChanged, this, [this] {
        m_chart->setPerspective(std::nullopt);
        m_chart->setRulerOn(false);
        refreshSoon();
    });
    connect(shared, &ViewContext::dataChanged, this, [this] { markDirty(); });
    connect(shared, &ViewContext::visibleRangeChanged, this, [this] {
        if (!context()->isFollowingGrowth())
            refreshSoon();
    });
    connect(shared, &ViewContext::filterModeChanged, this, [this] { refreshSoon(); });
    connect(shared->rowFilter(), &RowFilter::aboutToReset, m_chart, &CongestionChart::resetFilter);
    connect(shared->rowFilter(), &RowFilter::resetDone, m_chart, &CongestionChart::resetFilter);
    connect(shared->rowFilter(), &RowFilter::grown, this, [this] { markDirty(); });
    connect(shared->rowFilter(), &RowFilter::stateChanged, this, [this] { markDirty(); });
    connect(shared, &ViewContext::historyChanged, this, &CongestionView::updateTools);
    connect(m_chart, &CongestionChart::refreshNeeded, this, [this] { refreshSoon(); });
    connect(m_chart, &CongestionChart::derived, this, [this] {
        markDirty();
        showMeasured();
    });
    m_measure.setSingleShot(true);
    m_measure.setInterval(80);
    connect(&m_measure, &QTimer::timeout, this, &CongestionView::showMeasured);
    connect(shared, &ViewContext::measuredRangeChanged, this, [this] { m_measure.start(); });
    connect(shared, &ViewContext::dataChanged, &m_measure, [this] {
        if (context()->measuredRange() && !m_measure.isActive())
            m_measure.start();
    });
    connect(m_chart, &CongestionChart::rulerChanged, this, &CongestionView::showMeasured);
    connect(m_measureRow, &MeasureRow::closed, this, [this] {
        m_chart->setRulerOn(false);
        context()->measure(std::nullopt);
    });
    connect(shared->workspace(), &Workspace::groupsChanged, this, [this] { markDirty(); }); // a role was set
    updateTools();
    updatePanelTools();
}

View* CongestionView::create(const ViewServices& services, QWidget* parent) { return new CongestionView(services, parent); }

void CongestionView::makeTools()
{
    m_tools = new ToolRow(this);
    m_sentButton = m_tools->addButton(tr("Sent"), tr("Bytes that this endpoint sent, with their ACKs and losses"));
    m_receivedButton = m_tools->addButton(tr("Received"), tr("Bytes that this endpoint received, with the ACKs it sent for them"));
    auto* perspectives = new QButtonGroup(m_tools);
    for (QToolButton* button : {m_sentButton, m_receivedButton}) {
        button->setCheckable(true);
        perspectives->addButton(button);
    }
    connect(m_sentButton, &QToolButton::clicked, this, [this] { setPerspective(Direction::Sent); });
    connect(m_receivedButton, &QToolButton::clicked, this, [this] { setPerspective(Direction::Received); });
    m_scaleTools = new ScaleTools(m_tools);
    m_tools->addTool(m_scaleTools);
    connect(m_scaleTools, &ScaleTools::choiceChanged, this, [this] {
        m_chart->setChoice(m_scaleTools->choice());
        m_tools->fit();
    });
    makeOptions();

    m_tools->addStretch();
    m_rangeLabel = new QLabel(m_tools);
    m_rangeLabel->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_rangeLabel->setContentsMargins(0, 0, 8, 0);
    m_tools->addTool(m_rangeLabel);
    m_backButton = m_tools->addButton(tr("Back"), tr("Back to the time range before (Alt+Left)"));
    m_forwardButton = m_tools->addButton(tr("Forward"), tr("Forward in the history of time ranges (Alt+Right)"));
    m_backButton->setArrowType(Qt::LeftArrow);
    m_forwardButton->setArrowType(Qt::RightArrow);
    m_fitButton = m_tools->addButton(tr("Fit"), tr("Show the whole trace (Home, double-click)"));
    connect(m_backButton, &QToolButton::clicked, context(), &ViewContext::back);
    connect(m_forwardButton, &QToolButton::clicked, context(), &ViewContext::forward);
    connect(m_fitButton, &QToolButton::clicked, context(), &ViewContext::fitAll);
    for (QWidget* tool : {static_cast<QWidget*>(m_rangeLabel), static_cast<QWidget*>(m_measureButton), static_cast<QWidget*>(m_rulerButton),
                          static_cast<QWidget*>(m_exportButton), static_cast<QWidget*>(m_forwardButton), static_cast<QWidget*>(m_backButton)})
        m_tools->makeOptional(tool);
}

/// What is chosen less often is in a menu; what is done more often beside it too, where there is room.
void CongestionView::makeOptions()
{
    m_optionsButton = m_tools->addButton(tr("Chart"), tr("Panels, windows of the rates, comparison, ruler, export"));
    auto* menu = new QMenu(m_optionsButton);
    m_optionsButton->setMenu(menu);
    m_optionsButton->setPopupMode(QToolButton::InstantPopup);
    m_panelsMenu = menu->addMenu(tr("&Panels"));
    m_rateMenu = menu->addMenu(tr("&Rates over"));
    m_referenceMenu = menu->addMenu(tr("&Compare with"));
    fillPanelsMenu();
    fillRateMenu();
    connect(m_referenceMenu, &QMenu::aboutToShow, this, &CongestionView::fillReferenceMenu);
    menu->addSeparator();
    m_rulerAction = menu->addAction(tr("R&uler"));
    m_rulerAction->setCheckable(true);
    m_rulerAction->setStatusTip(tr("Drag between two points of the chart"));
    m_rulerAction->setToolTip(tr("Drag between two points: time, difference and rate (R)"));
    connect(m_rulerAction, &QAction::triggered, m_chart, &CongestionChart::setRulerOn);
    m_measureAction = menu->addAction(tr("&Measure"));
    m_measureAction->setStatusTip(tr("Statistics of the visible time"));
    m_measureAction->setToolTip(tr("Statistics of the visible time (Shift+drag: of a part of it)"));
    connect(m_measureAction, &QAction::triggered, this, [this] { context()->measure(context()->visibleRange()); });
    menu->addSeparator();
    m_exportMenu = makeExportMenu(this, [this](ChartExport what) { Q_EMIT exportRequested(what); });
    m_chart->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_chart, &QWidget::customContextMenuRequested, m_exportMenu,
            [this](const QPoint& position) { m_exportMenu->popup(m_chart->mapToGlobal(position)); });
    m_exportMenu->setTitle(tr("&Export"));
    menu->addMenu(m_exportMenu);
    menu->setToolTipsVisible(true);

    m_rulerButton = m_tools->addButton({}, {});
    m_rulerButton->setDefaultAction(m_rulerAction);
    m_measureButton = m_tools->addButton({}, {});
    m_measureButton->setDefaultAction(m_measureAction);
    m_exportButton = m_tools->addButton(tr("Export"), tr("Save the chart as a picture or a table, or copy it"));
    m_exportButton->setMenu(m_exportMenu);
    m_exportButton->setPopupMode(QToolButton::InstantPopup);
}

void CongestionView::fillPanelsMenu()
{
    for (std::size_t i = 0; i < panelCount; ++i) {
        QAction* action = m_panelsMenu->addAction(nameOf(static_cast<PanelKind>(i)));
        action->setCheckable(true);
        action->setStatusTip(tr("Show or hide this panel"));
        connect(action, &QAction::toggled, this, [this, i](bool isShown) {
            PanelSet panels = m_chart->panels();
            panels[i] = isShown;
            m_chart->setPanels(panels);
            updatePanelTools();
        });
    }
}

void CongestionView::fillRateMenu()
{
    m_rateMenu->setToolTip(tr("Throughput and goodput are averages over windows of this length"));
    auto* windows = new QActionGroup(m_rateMenu);
    for (const std::int64_t window : {0, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000}) {
        QAction* action = m_rateMenu->addAction(window == 0 ? tr("Windows by the zoom") : durationText(window));
        action->setCheckable(true);
        action->setStatusTip(m_rateMenu->toolTip());
        action->setData(qint64(window));
        windows->addAction(action);
        connect(action, &QAction::triggered, this, [this, window] {
            m_chart->setRateWindow(window);
            updatePanelTools();
        });
    }
}

void CongestionView::updatePanelTools()
{
    const PanelSet& panels = m_chart->panels();
    const bool isSingle = std::count(panels.begin(), panels.end(), true) == 1;
    for (std::size_t i = 0; i < panelCount; ++i) {
        QAction* action = m_panelsMenu->actions().at(static_cast<qsizetype>(i));
        const QSignalBlocker quiet(action);
        action->setChecked(panels[i]);
        action->setEnabled(!isSingle || !panels[i]); // one stays
    }
    for (QAction* action : m_rateMenu->actions())
        action->setChecked(action->data().toLongLong() == m_chart->rateWindowNs());
    m_rateMenu->setEnabled(panels[indexOf(PanelKind::Rates)]);
}

CongestionPicture CongestionView::picture() const
{
    CongestionPicture picture;
    picture.trace = context()->trace();
    picture.range = context()->visibleRange();
    picture.size = m_chart->size();
    picture.theme = Palette::forWidget(m_chart).theme;
    picture.perspective = m_chart->direction();
    picture.filter = context()->filter();
    picture.filterMode = context()->filterMode();
    picture.state = m_chart->saveState();
    picture.reference = m_chart->reference();
    picture.markedRows = context()->markedRows();
    return picture;
}

bool CongestionView::hasPicture() const { return emptyText().isEmpty(); }

void CongestionView::setPerspective(Direction direction)
{
    m_chart->setPerspective(direction);
    updateTools();
}

void CongestionView::updateTools()
{
    const bool hasTrace = context()->trace().isValid();
    const Direction direction = m_chart->direction();
    m_sentButton->setChecked(direction == Direction::Sent);
    m_receivedButton->setChecked(direction == Direction::Received);
    for (QToolButton* button : {m_sentButton, m_receivedButton, m_fitButton})
        button->setEnabled(hasTrace);
    for (QAction* action : {m_rulerAction, m_measureAction, m_referenceMenu->menuAction()})
        action->setEnabled(hasTrace);
    m_rulerAction->setChecked(m_chart->isRulerOn());
    m_scaleTools->setTrace(hasTrace ? &context()->trace().get() : nullptr, direction);
    m_chart->setChoice(m_scaleTools->choice()); // streams and paths are those of another trace now
    m_backButton->setEnabled(hasTrace && context()->canGoBack());
    m_forwardButton->setEnabled(hasTrace && context()->canGoForward());
    m_exportButton->setEnabled(hasPicture());
    m_exportMenu->setEnabled(hasPicture());
    const TimeRange range = context()->visibleRange();
    m_rangeLabel->setText(hasTrace ? tr("%1  (%2)").arg(timeRangeText(range.beginNs, range.endNs), durationText(range.lengthNs()))
                                   : QString());
    m_rangeLabel->setToolTip(hasTrace ? tr("The visible time, since the first event, and its length") : QString());
    m_tools->fit();
}

/// All open traces but the shown one.
void CongestionView::fillReferenceMenu()
{
    QMenu* menu = m_referenceMenu;
    menu->clear();
    const TraceRef reference = m_chart->reference();
    const auto add = [&](const QString& text, TraceRef trace) {
        QAction* action = menu->addAction(text);
        action->setCheckable(true);
        action->setStatusTip(tr("Lay another trace under this one in grey, aligned at the first packets"));
        action->setChecked(trace == reference);
        connect(action, &QAction::triggered, this, [this, trace] { m_chart->setReference(trace); });
    };
    add(tr("Nothing"), {});
    menu->addSeparator();
    for (const TraceGroup& group : context()->workspace()->groups()) {
        for (const TraceRef& trace : group.members) {
            if (trace != context()->trace())
                add(tr("%1, %2").arg(QString::fromStdString(trace.document->shortName()), toText(text(trace.get().role()))), trace);
        }
    }
    if (menu->actions().size() == 2)
        menu->addAction(tr("Open another file to compare it"))->setEnabled(false);
}

/// The ruler, else the measured range.
void CongestionView::showMeasured()
{
    QStringList texts = m_chart->rulerTexts();
    const std::optional<TimeRange> range = context()->measuredRange();
    if (texts.isEmpty() && range && context()->trace().isValid())
        texts = m_chart->measureTexts(*range);
    m_measureRow->setTexts(texts);
    m_rulerAction->setChecked(m_chart->isRulerOn());
}

QString CongestionView::emptyText() const
{
    if (!context()->trace().isValid())
        return tr("Open a qlog file to see its congestion chart.");
    return emptyTextOf(context()->trace().get());
}

void CongestionView::refresh()
{
    updateTools();
    const QString empty = emptyText();
    m_emptyLabel->setText(empty);
    m_pages->setCurrentWidget(empty.isEmpty() ? static_cast<QWidget*>(m_chart) : m_emptyLabel);
    if (empty.isEmpty())
        m_chart->refresh();
}

QByteArray CongestionView::saveState() const { return m_chart->saveState(); }

bool CongestionView::restoreState(const QByteArray& state)
{
    const bool isRestored = m_chart->restoreState(state);
    m_scaleTools->setScale(m_chart->choice().scale); // stream and path were of another trace
    m_chart->setChoice(m_scaleTools->choice());
    updatePanelTools();
    return isRestored;
}

} // namespace qlogscope
