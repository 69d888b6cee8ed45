// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/mainwindow.h"

#include "app/banner.h"
#include "app/cli/arguments.h"
#include "app/export/chartexporter.h"
#include "app/helpdialog.h"
#include "app/loadprogress.h"
#include "app/session.h"
#include "app/startpage.h"
#include "importers/qlogdir.h"
#include "views/congestion/congestionview.h"
#include "views/sequence/sequenceview.h"
#include "views/filter/filterbar.h"
#include "views/filter/findbar.h"
#include "views/live/liveview.h"
#include "views/lossnavigation.h"
#include "views/texts.h"
#include "views/tree/tracetext.h"
#include "views/tree/tracetreeview.h"
#include "views/units.h"

#include <QActionGroup>
#include <QCloseEvent>
#include <QDateTime>
#include <QDir>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QMenuBar>
#include <QMimeData>
#include <QScreen>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabBar>
#include <QTabWidget>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace qlogscope {

namespace {

constexpr int layoutVersion = 1; // to be raised when docks change so that an old layout would be wrong
constexpr QSize firstSize(1280, 800);
constexpr int compactWidth = 900;

Qt::DockWidgetArea areaOf(ViewPlace place)
{
    switch (place) {
    case ViewPlace::Left:
        return Qt::LeftDockWidgetArea;
    case ViewPlace::Right:
        return Qt::RightDockWidgetArea;
    case ViewPlace::Bottom:
    case ViewPlace::Centre:
        break;
    }
    return Qt::BottomDockWidgetArea;
}

QLabel* statusLabel(const QString& toolTip)
{
    auto* label = new QLabel;
    label->setToolTip(toolTip);
    label->setMinimumWidth(1); // long texts must not widen the window
    label->setTextFormat(Qt::PlainText);
    return label;
}

QAction* addEntry(QMenu* menu, const QString& text, const QString& tip, const QKeySequence& shortcut = {})
{
    QAction* action = menu->addAction(text);
    action->setStatusTip(tip);
    action->setToolTip(tip);
    action->setShortcut(shortcut);
    return action;
}

} // namespace

MainWindow::MainWindow(ViewContext* context, const RecordReader& records, Settings& settings)
    : m_context(context)
    , m_settings(settings)
    , m_files(new OpenFiles(context, this))
    , m_live(new LiveView(this))
{
    setAcceptDrops(true);
    setDockNestingEnabled(true);
    makeCentre();
    makeViews(records);
    makeFilterBar();
    makeStatusBar();
    makeMenus();
    restoreLayout();

    connect(m_files, &OpenFiles::failed, this, &MainWindow::onFailed);
    connect(context, &ViewContext::traceChanged, this, [this] {
        updateCentre();
        updateTitle();
        updateTraceText();
        updateActions();
        showWantedRange();
    });
    connect(context, &ViewContext::dataChanged, this, [this] {
        updateTraceText();
        showWantedRange();
    });
    connect(context, &ViewContext::dataChanged, this, &MainWindow::updateFollowing);
    connect(context, &ViewContext::traceChanged, this, &MainWindow::updateFollowing);
    connect(context, &ViewContext::followingNewestChanged, this, &MainWindow::updateFollowing);
    m_followTick.setInterval(500);
    connect(&m_followTick, &QTimer::timeout, this, &MainWindow::updateFollowing);
    connect(context, &ViewContext::historyChanged, this, &MainWindow::updateActions);
    connect(context, &ViewContext::visibleRangeChanged, this, &MainWindow::updateRangeText);
    connect(context, &ViewContext::cursorChanged, this, &MainWindow::updateCursorText);
    connect(context->workspace(), &Workspace::documentAdded, this, &MainWindow::updateCentre);
    connect(context->workspace(), &Workspace::documentClosed, this, [this] {
        updateCentre();
        updateActions();
    });
    updateCentre();
    updateTitle();
    updateActions();
}

MainWindow::~MainWindow()
{
    delete m_files; // ends the loads while everything that listens is still there
}

// Composition

void MainWindow::makeCentre()
{
    m_banner = new Banner;
    m_startPage = new StartPage(!sampleFiles().isEmpty(), qEnvironmentVariable("QLOGDIR"));
    m_startPage->setRecentFiles(m_settings.recentFiles());
    m_centre = new QTabWidget;
    m_centre->setDocumentMode(true);
    m_centre->tabBar()->setAutoHide(true); // a single view needs no tab
    m_pages = new QStackedWidget;
    m_pages->addWidget(m_startPage);
    m_pages->addWidget(m_centre);

    auto* central = new QWidget;
    auto* layout = new QVBoxLayout(central);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_banner);
    layout->addWidget(m_pages, 1);
    setCentralWidget(central);

    connect(m_startPage, &StartPage::openRequested, this, &MainWindow::chooseFiles);
    connect(m_startPage, &StartPage::sampleRequested, this, &MainWindow::openSample);
    connect(m_startPage, &StartPage::fileRequested, this, [this](const QString& path) { open({{path, {}, false}}); });
    connect(m_startPage, &StartPage::attachRequested, this, [this](const QString& folder) {
        if (folder.isEmpty())
            chooseFolder();
        else
            attach(folder);
    });
    m_live->hide();
    m_live->restoreState(m_settings.liveTable());
    connect(m_live, &LiveView::openRequested, this, &MainWindow::openFollowed);
    connect(m_live, &LiveView::detachRequested, this, &MainWindow::detach);
    connect(m_live, &LiveView::visibleFilesChanged, this, [this](const std::vector<std::uint32_t>& ids) {
        if (m_qlogDir)
            m_qlogDir->setWanted(ids);
    });
}

void MainWindow::makeViews(const RecordReader& records)
{
    const ViewServices services{m_context, &records};
    CongestionView* congestion = nullptr;
    SequenceView* sequence = nullptr;
    for (const ViewEntry& entry : viewRegistry()) {
        View* view = entry.create(services, nullptr);
        view->restoreState(m_settings.viewState(QString::fromLatin1(entry.id)));
        m_rememberedViews.emplace_back(QString::fromLatin1(entry.id), view);
        if (entry.place == ViewPlace::Centre) {
            const int tab = m_centre->addTab(view, entry.title);
            m_centre->setTabToolTip(tab, entry.toolTip);
            m_views.insert(QString::fromLatin1(entry.id), view);
        } else {
            addDock(entry, view);
        }
        if (auto* tree = qobject_cast<TraceTreeView*>(view))
            connectTree(tree);
        if (auto* shown = qobject_cast<CongestionView*>(view))
            congestion = shown;
        if (auto* shown = qobject_cast<SequenceView*>(view))
            sequence = shown;
    }
    makeExporter(congestion, sequence);
}

void MainWindow::addDock(const ViewEntry& entry, View* view)
{
    auto* dock = new QDockWidget(entry.title, this);
    dock->setObjectName(QString::fromLatin1(entry.id));
    dock->setWidget(view);
    dock->setToolTip({});
    m_views.insert(dock->objectName(), dock);
    addDockWidget(areaOf(entry.place), dock);
}

void MainWindow::connectTree(TraceTreeView* tree)
{
    connect(tree, &TraceTreeView::closeRequested, m_files, &OpenFiles::close);
    connect(tree, &TraceTreeView::reloadRequested, m_files, &OpenFiles::reload);
    connect(m_files, &OpenFiles::progressChanged, tree, [this, tree] {
        for (const Session* session : m_files->loading())
            tree->setProgress(session->document(), session->progress());
    });
}

void MainWindow::makeExporter(CongestionView* congestion, SequenceView* sequence)
{
    m_exporter = new ChartExporter(congestion, sequence, [this] { return m_filterBar->textInForce(); }, m_settings, this);
    connect(m_exporter, &ChartExporter::failed, this, &MainWindow::onFailed);
    connect(m_exporter, &ChartExporter::done, this, [this](const QString& sentence) {
        constexpr int shownMs = 5'000;
        statusBar()->showMessage(sentence, shownMs);
    });
}

/// One line above everything: it applies to all views.
void MainWindow::makeFilterBar()
{
    m_filterBar = new FilterBar(m_context);
    m_filterBar->edit()->setHistory(m_settings.filterHistory());
    m_context->setFilterMode(m_settings.isFilterHiding() ? FilterMode::Hide : FilterMode::Dim);
    m_findBar = new FindBar(m_context);
    m_findBar->edit()->setHistory(m_settings.findHistory());
    auto* lines = new QWidget;
    auto* layout = new QVBoxLayout(lines);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_filterBar);
    layout->addWidget(m_findBar);
    m_filterTools = new QToolBar(tr("Filter"));
    m_filterTools->setObjectName(QStringLiteral("filter"));
    m_filterTools->setMovable(false);
    m_filterTools->toggleViewAction()->setVisible(false); // there is no way to hide it by accident
    m_filterTools->addWidget(lines);
    addToolBar(Qt::TopToolBarArea, m_filterTools);

    connect(m_filterBar->edit(), &FilterEdit::historyChanged, this, [this](const QStringList& history) { m_settings.setFilterHistory(history); });
    connect(m_findBar->edit(), &FilterEdit::historyChanged, this, [this](const QStringList& history) { m_settings.setFindHistory(history); });
    connect(m_context, &ViewContext::filterModeChanged, this,
            [this] { m_settings.setFilterHiding(m_context->filterMode() == FilterMode::Hide); });
    connect(m_filterBar, &FilterBar::left, this, &MainWindow::focusView);
    connect(m_findBar, &FindBar::left, this, &MainWindow::focusView);
    connect(m_filterBar, &FilterBar::helpRequested, this, [this] { showFilterHelp(this); });
}

void MainWindow::focusView()
{
    if (m_centre->currentWidget() != nullptr)
        m_centre->currentWidget()->setFocus(Qt::OtherFocusReason);
}

void MainWindow::setFilter(const QString& filter)
{
    m_filterBar->edit()->setText(filter);
    Q_EMIT m_filterBar->edit()->textSettled();
}

void MainWindow::setWantedRange(const QString& from, const QString& to)
{
    m_wantedFrom = from;
    m_wantedTo = to;
}

/// Once as much of the trace is read.
void MainWindow::showWantedRange()
{
    if ((m_wantedFrom.isEmpty() && m_wantedTo.isEmpty()) || !m_context->trace().isValid())
        return;
    const Trace& trace = m_context->trace().get();
    TimeRange range = m_context->fullRange();
    if (!m_wantedFrom.isEmpty())
        range.beginNs = parseTime(m_wantedFrom, trace).value_or(range.beginNs);
    if (!m_wantedTo.isEmpty())
        range.endNs = parseTime(m_wantedTo, trace).value_or(range.endNs);
    const bool isLoading = m_context->trace().document->state() == Document::State::Loading;
    if (isLoading && (m_wantedTo.isEmpty() || range.endNs > m_context->fullRange().endNs))
        return;
    m_wantedFrom.clear();
    m_wantedTo.clear();
    if (!range.isEmpty())
        m_context->setVisibleRange(range);
}

// Layout

QList<QDockWidget*> MainWindow::docks() const
{
    QList<QDockWidget*> docks;
    for (const ViewEntry& entry : viewRegistry()) {
        if (auto* dock = qobject_cast<QDockWidget*>(m_views.value(QString::fromLatin1(entry.id))))
            docks << dock;
    }
    return docks;
}

/// The default places: docks of one side as tabs of each other.
void MainWindow::arrangeDocks()
{
    QHash<int, QDockWidget*> firstOfArea;
    for (const ViewEntry& entry : viewRegistry()) {
        auto* dock = qobject_cast<QDockWidget*>(m_views.value(QString::fromLatin1(entry.id)));
        if (dock == nullptr)
            continue;
        dock->setFloating(false);
        addDockWidget(areaOf(entry.place), dock);
        dock->show();
        if (firstOfArea.contains(areaOf(entry.place)))
            tabifyDockWidget(firstOfArea.value(areaOf(entry.place)), dock);
        else
            firstOfArea.insert(areaOf(entry.place), dock);
    }
    for (QDockWidget* dock : firstOfArea)
        dock->raise();
    setDockSizes();
}

/// For a window too small for docks on three sides: all as tabs below the centre.
void MainWindow::arrangeCompactly()
{
    QDockWidget* first = nullptr;
    for (QDockWidget* dock : docks()) {
        if (dock->isFloating() || dock->isHidden())
            continue;
        addDockWidget(Qt::BottomDockWidgetArea, dock);
        if (first != nullptr)
            tabifyDockWidget(first, dock);
        else
            first = dock;
    }
    QWidget* events = m_views.value(QStringLiteral("events"));
    if (events != nullptr)
        events->raise();
    setDockSizes();
}

/// Leaves most of the room to the centre.
void MainWindow::setDockSizes()
{
    for (QDockWidget* dock : docks()) {
        const Qt::DockWidgetArea area = dockWidgetArea(dock);
        if (area == Qt::BottomDockWidgetArea)
            resizeDocks({dock}, {height() * (m_isCompact ? 26 : 30) / 100}, Qt::Vertical);
        else
            resizeDocks({dock}, {width() * (area == Qt::LeftDockWidgetArea ? 20 : 26) / 100}, Qt::Horizontal);
    }
}

void MainWindow::resetLayout()
{
    arrangeDocks();
    m_wideLayout = saveState(layoutVersion);
    if (m_isCompact)
        arrangeCompactly();
}

void MainWindow::restoreLayout()
{
    if (!restoreGeometry(m_settings.windowGeometry()))
        resize(firstSize.boundedTo(screen()->availableSize()));
    arrangeDocks();
    restoreState(m_settings.windowLayout(), layoutVersion);
    m_filterTools->hide(); // until there is a trace
}

void MainWindow::adaptLayout()
{
    const bool isCompact = width() < compactWidth;
    if (isCompact == m_isCompact)
        return;
    m_isCompact = isCompact;
    putDocksBack();
    if (isCompact) {
        m_wideLayout = saveState(layoutVersion);
        arrangeCompactly();
    } else {
        restoreState(m_wideLayout, layoutVersion);
        setDockSizes();
    }
    updateDocks();
}

/// As long as no file is open, the live table has the window to itself.
void MainWindow::updateDocks()
{
    const bool isTableAlone = m_qlogDir && m_context->workspace()->documents().empty();
    if (!isTableAlone)
        return putDocksBack();
    if (!m_putAway.empty())
        return;
    for (QDockWidget* dock : docks()) {
        if (!dock->isHidden() && !dock->isFloating())
            m_putAway.push_back({dock, !dock->visibleRegion().isEmpty()});
    }
    for (const PutAway& each : m_putAway)
        each.dock->hide();
}

void MainWindow::putDocksBack()
{
    const std::vector<PutAway> putAway = std::exchange(m_putAway, {});
    for (const PutAway& each : putAway)
        each.dock->show();
    for (const PutAway& each : putAway) {
        if (each.wasOnTop)
            each.dock->raise();
    }
}

void MainWindow::resizeEvent(QResizeEvent* event)
{
    QMainWindow::resizeEvent(event);
    if ((width() < compactWidth) != m_isCompact) // docks cannot move while their window is being resized
        QMetaObject::invokeMethod(this, &MainWindow::adaptLayout, Qt::QueuedConnection);
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    m_settings.setWindowGeometry(saveGeometry());
    m_settings.setLiveTable(m_live->saveState());
    for (const auto& [id, view] : m_rememberedViews) {
        if (const QByteArray state = view->saveState(); !state.isEmpty())
            m_settings.setViewState(id, state);
    }
    putDocksBack();
    m_settings.setWindowLayout(m_isCompact ? m_wideLayout : saveState(layoutVersion));
    QMainWindow::closeEvent(event);
}

void MainWindow::showView(const QString& id)
{
    // "congestion/rtt" is a picture of the view "congestion"
    QWidget* widget = m_views.value(id.section(QLatin1Char('/'), 0, 0));
    if (widget == nullptr)
        return;
    if (auto* dock = qobject_cast<QDockWidget*>(widget)) {
        dock->show();
        dock->raise();
        dock->widget()->setFocus(Qt::ShortcutFocusReason);
    } else {
        m_centre->setCurrentWidget(widget);
        widget->setFocus(Qt::ShortcutFocusReason);
    }
}

// Menus

void MainWindow::makeMenus()
{
    makeFileMenu();
    makeViewMenu();
    makeFindMenu();
    makeGoMenu();
    makeHelpMenu();
}

void MainWindow::makeFileMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&File"));
    menu->setToolTipsVisible(true);
    connect(addEntry(menu, tr("&Open…"), tr("Open one or more qlog files"), QKeySequence::Open), &QAction::triggered, this,
            &MainWindow::chooseFiles);
    m_recentMenu = menu->addMenu(tr("Open &Recent"));
    m_recentMenu->menuAction()->setStatusTip(tr("Open a file that was open before"));
    m_recentMenu->setToolTipsVisible(true);
    connect(m_recentMenu, &QMenu::aboutToShow, this, &MainWindow::fillRecentMenu);
    QAction* sample = addEntry(menu, tr("Open &Sample"), tr("Open the client's and the server's log of a small download"));
    sample->setEnabled(!sampleFiles().isEmpty());
    connect(sample, &QAction::triggered, this, &MainWindow::openSample);
    connect(addEntry(menu, tr("&Watch Directory…"), tr("Follow the logs that clients and servers write to a directory"),
                     QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O)),
            &QAction::triggered, this, &MainWindow::chooseFolder);
    const QString qlogDir = qEnvironmentVariable("QLOGDIR");
    if (!qlogDir.isEmpty()) {
        QAction* entry = addEntry(menu, tr("Watch $&QLOGDIR"), tr("Follow the logs in %1").arg(qlogDir));
        connect(entry, &QAction::triggered, this, [this, qlogDir] { attach(qlogDir); });
    }
    m_detachAction = addEntry(menu, tr("Stop Watc&hing"), tr("Let go of the watched directory; what is open stays open"));
    m_detachAction->setEnabled(false);
    connect(m_detachAction, &QAction::triggered, this, &MainWindow::detach);
    menu->addSeparator();
    m_followAction = addEntry(menu, tr("Follow &Growth"), tr("Go on reading the shown file when it grows"));
    m_followAction->setCheckable(true);
    m_traceActions.push_back(m_followAction);
    connect(m_followAction, &QAction::triggered, this, [this](bool follows) {
        m_files->setFollowing(m_context->trace().document, follows);
        updateFollowing();
    });
    m_reloadAction = addEntry(menu, tr("Re&load"), tr("Read the shown file again; the visible range stays"), Qt::Key_F5);
    connect(m_reloadAction, &QAction::triggered, this, &MainWindow::reloadShown);
    QAction* exportChart = addEntry(menu, tr("&Export Chart…"), tr("Save the chart in front as a picture or a table"), QKeySequence(Qt::CTRL | Qt::Key_E));
    m_traceActions.push_back(exportChart);
    connect(exportChart, &QAction::triggered, m_exporter, &ChartExporter::chooseFile);
    m_closeAction = addEntry(menu, tr("&Close"), tr("Close the shown file"), QKeySequence(Qt::CTRL | Qt::Key_W));
    connect(m_closeAction, &QAction::triggered, this, &MainWindow::closeShown);
    menu->addSeparator();
    connect(addEntry(menu, tr("&Quit"), tr("Close the window"), QKeySequence(Qt::CTRL | Qt::Key_Q)), &QAction::triggered, this,
            &QWidget::close);
}

void MainWindow::makeViewMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&View"));
    menu->setToolTipsVisible(true);
    for (const ViewEntry& entry : viewRegistry()) {
        const QString id = QString::fromLatin1(entry.id);
        auto* dock = qobject_cast<QDockWidget*>(m_views.value(id));
        QAction* action = dock != nullptr ? dock->toggleViewAction() : menu->addAction(entry.title);
        action->setStatusTip(entry.toolTip);
        action->setToolTip(entry.toolTip);
        if (dock != nullptr)
            menu->addAction(action);
        // the menu entry shows and hides; its key goes there, also when the view is open already
        QAction* go = dock != nullptr ? new QAction(this) : action;
        go->setShortcut(QKeySequence(entry.shortcut));
        connect(go, &QAction::triggered, this, [this, id] { showView(id); });
        if (dock != nullptr) {
            addAction(go);
            if (!entry.shortcut.isEmpty())
                action->setText(entry.title + QLatin1Char('\t') + entry.shortcut);
        }
    }
    menu->addSeparator();
    connect(addEntry(menu, tr("&Reset Layout"), tr("Put all views back to where they were at first")), &QAction::triggered,
            this, &MainWindow::resetLayout);
    makeThemeMenu(menu->addMenu(tr("&Theme")));
}

void MainWindow::makeThemeMenu(QMenu* menu)
{
    struct Choice {
        ThemeChoice theme;
        QString text;
        QString tip;
    };
    auto* group = new QActionGroup(this);
    for (const Choice& choice : {Choice{ThemeChoice::System, tr("&System"), tr("Look like the desktop")},
                                 Choice{ThemeChoice::Light, tr("&Light"), tr("Dark text on white")},
                                 Choice{ThemeChoice::Dark, tr("&Dark"), tr("Light text on black")}}) {
        QAction* action = addEntry(menu, choice.text, choice.tip);
        action->setCheckable(true);
        action->setChecked(m_settings.theme() == choice.theme);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, theme = choice.theme] { showTheme(theme); });
    }
    m_theme.apply(m_settings.theme());
}

void MainWindow::makeFindMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("Fi&nd"));
    menu->setToolTipsVisible(true);
    QAction* filter = addEntry(menu, tr("&Filter"), tr("Enter a filter for all views"), QKeySequence(Qt::CTRL | Qt::Key_F));
    connect(filter, &QAction::triggered, m_filterBar, &FilterBar::focusEdit);
    QAction* clear = addEntry(menu, tr("&Clear Filter"), tr("Show all events again"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_F));
    connect(clear, &QAction::triggered, m_filterBar, &FilterBar::clear);
    QAction* hides = addEntry(menu, tr("&Hide What Does Not Match"), tr("Hide instead of dim what the filter does not select"));
    hides->setCheckable(true);
    hides->setChecked(m_context->filterMode() == FilterMode::Hide);
    connect(hides, &QAction::toggled, this, [this](bool isOn) { m_context->setFilterMode(isOn ? FilterMode::Hide : FilterMode::Dim); });
    connect(m_context, &ViewContext::filterModeChanged, hides,
            [this, hides] { hides->setChecked(m_context->filterMode() == FilterMode::Hide); });
    menu->addSeparator();
    QAction* next = addEntry(menu, tr("Find &Next"), tr("Go to the next record with a text, or that a filter selects"), Qt::Key_F3);
    connect(next, &QAction::triggered, this, [this] { m_findBar->step(true); });
    QAction* previous = addEntry(menu, tr("Find &Previous"), tr("Go to the record with it before this"), QKeySequence(Qt::SHIFT | Qt::Key_F3));
    connect(previous, &QAction::triggered, this, [this] { m_findBar->step(false); });
    QAction* find = addEntry(menu, tr("Find &Other…"), tr("Enter what Find Next goes to"));
    connect(find, &QAction::triggered, m_findBar, &FindBar::open);
    m_traceActions.insert(m_traceActions.end(), {filter, clear, next, previous, find});
}

void MainWindow::makeGoMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&Go"));
    menu->setToolTipsVisible(true);
    m_backAction = addEntry(menu, tr("&Back"), tr("Back to the range that was visible before"), QKeySequence(Qt::ALT | Qt::Key_Left));
    connect(m_backAction, &QAction::triggered, m_context, &ViewContext::back);
    m_forwardAction = addEntry(menu, tr("&Forward"), tr("Forward again in the history of visible ranges"),
                                           QKeySequence(Qt::ALT | Qt::Key_Right));
    connect(m_forwardAction, &QAction::triggered, m_context, &ViewContext::forward);
    menu->addSeparator();
    // keys without Ctrl belong to the focused chart, so that lists keep theirs: they are only named here
    QAction* fit = addEntry(menu, tr("Fit &All\tHome"), tr("Show the whole trace"));
    connect(fit, &QAction::triggered, m_context, &ViewContext::fitAll);
    m_newestAction = addEntry(menu, tr("Follow &Newest"), tr("Keep the newest events of a growing log in sight; moving away from them ends it"),
                              QKeySequence(Qt::CTRL | Qt::Key_End));
    m_newestAction->setCheckable(true);
    m_traceActions.push_back(m_newestAction);
    connect(m_newestAction, &QAction::triggered, m_context, &ViewContext::setFollowingNewest);
    QAction* next = addEntry(menu, tr("&Next Loss\tN"), tr("Select the next lost packet"));
    connect(next, &QAction::triggered, this, [this] { stepToLoss(*m_context, true); });
    QAction* previous = addEntry(menu, tr("&Previous Loss\tShift+N"), tr("Select the lost packet before this"));
    connect(previous, &QAction::triggered, this, [this] { stepToLoss(*m_context, false); });
    menu->addSeparator();
    QAction* mark = addEntry(menu, tr("&Mark in Charts\tM"), tr("Draw a line at the selected event in all charts over time, or take it away"));
    connect(mark, &QAction::triggered, this, [this] { m_context->toggleMark(m_context->selectedRow()); });
    QAction* clear = addEntry(menu, tr("&Clear Marks"), tr("Take all your marks of this file away"));
    connect(clear, &QAction::triggered, m_context, &ViewContext::clearMarks);
    m_traceActions.insert(m_traceActions.end(), {fit, next, previous, mark, clear});
}

void MainWindow::makeHelpMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&Help"));
    menu->setToolTipsVisible(true);
    QAction* keys = addEntry(menu, tr("&Keys"), tr("List the keys and what they do"));
    keys->setShortcuts({QKeySequence(Qt::Key_Question), QKeySequence(Qt::Key_F1)});
    connect(keys, &QAction::triggered, this, [this] { showKeys(this); });
    connect(addEntry(menu, tr("&About Qlogscope"), tr("Version and license")), &QAction::triggered, this,
            [this] { showAbout(this); });
}

void MainWindow::fillRecentMenu()
{
    m_recentMenu->clear();
    const QStringList paths = m_settings.recentFiles();
    for (const QString& path : paths) {
        QString name = QFileInfo(path).fileName();
        name.replace(QLatin1Char('&'), QLatin1String("&&"));
        connect(addEntry(m_recentMenu, name, path), &QAction::triggered, this, [this, path] { open({{path, {}}}); });
    }
    if (paths.isEmpty())
        m_recentMenu->addAction(tr("No files yet"))->setEnabled(false);
    m_recentMenu->addSeparator();
    QAction* clear = addEntry(m_recentMenu, tr("&Clear"), tr("Forget these files"));
    clear->setEnabled(!paths.isEmpty());
    connect(clear, &QAction::triggered, this, [this] {
        m_settings.clearRecentFiles();
        m_startPage->setRecentFiles({});
    });
}

void MainWindow::showTheme(ThemeChoice theme)
{
    m_settings.setTheme(theme);
    m_theme.apply(theme);
}

// Files

void MainWindow::open(const std::vector<OpenRequest>& requests)
{
    std::vector<OpenRequest> files;
    QString folder;
    for (const OpenRequest& request : requests) {
        const QFileInfo info(request.path);
        if (info.isDir() || (!info.exists() && request.path.endsWith(QLatin1Char('/')))) { // one that is to be written yet
            folder = info.absoluteFilePath();
            continue;
        }
        files.push_back(request);
        if (info.isFile())
            m_settings.addRecentFile(info.absoluteFilePath());
    }
    m_startPage->setRecentFiles(m_settings.recentFiles());
    if (!folder.isEmpty())
        attach(folder);
    if (!files.empty())
        m_files->open(files);
}

void MainWindow::chooseFolder()
{
    const QString last = m_settings.lastQlogDir();
    auto* dialog = new QFileDialog(this, tr("Watch a directory of qlog files"), last.isEmpty() ? m_settings.lastDirectory() : last);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this, &MainWindow::attach);
    dialog->open();
}

void MainWindow::attach(const QString& folder)
{
    const QString path = QDir::cleanPath(QFileInfo(folder).absoluteFilePath());
    if (m_qlogDir && m_qlogDir->folder() == path)
        return showView(QStringLiteral("live"));
    m_qlogDir = std::make_unique<QlogDir>(path);
    m_live->setFolder(path);
    connect(m_qlogDir.get(), &QlogDir::filesChanged, m_live, &LiveView::apply);
    connect(m_qlogDir.get(), &QlogDir::folderChanged, this, [this, path](const QString& problem) {
        m_live->setProblem(problem.isEmpty() ? QString() : tr("%1 %2; waiting for it").arg(path, problem));
    });
    if (m_centre->indexOf(m_live) < 0) {
        m_centre->addTab(m_live, tr("Live"));
        m_centre->setTabToolTip(m_centre->indexOf(m_live), tr("The connections whose logs are written to the watched directory"));
        m_views.insert(QStringLiteral("live"), m_live);
    }
    m_settings.setLastQlogDir(path);
    m_detachAction->setEnabled(true);
    updateCentre();
    showView(QStringLiteral("live"));
    m_qlogDir->start();
}

void MainWindow::detach()
{
    m_qlogDir.reset();
    m_views.remove(QStringLiteral("live"));
    m_centre->removeTab(m_centre->indexOf(m_live));
    m_live->setParent(this);
    m_live->hide();
    m_live->setFolder({});
    m_detachAction->setEnabled(false);
    updateCentre();
}

/// From the live table: what is open and followed already comes into view.
void MainWindow::openFollowed(const QStringList& paths)
{
    std::vector<OpenRequest> requests;
    for (const QString& path : paths)
        requests.push_back({path, {}, true});
    m_files->open(requests);
    for (int i = 0; i < m_centre->count(); ++i) {
        if (m_centre->widget(i) != m_live)
            return m_centre->setCurrentIndex(i);
    }
}

namespace {

/// Beside what the trace tree says: when it grew last, how often it began anew.
QString followLine(const Document& document)
{
    const Document::FollowStatus& status = document.followStatus();
    QString text = followText(status);
    if (status.state == Document::FollowStatus::State::Growing && status.lastGrowthMs > 0) {
        const double seconds = static_cast<double>(QDateTime::currentMSecsSinceEpoch() - status.lastGrowthMs) / 1000;
        text += MainWindow::tr(", last growth %1 s ago").arg(std::max(seconds, 0.0), 0, 'f', seconds < 10 ? 1 : 0);
    }
    if (status.restarts > 0)
        text += MainWindow::tr(", begun anew %n time(s)", nullptr, static_cast<int>(status.restarts));
    return text;
}

} // namespace

void MainWindow::updateFollowing()
{
    const TraceRef trace = m_context->trace();
    const bool isFollowed = trace.isValid() && m_files->isFollowing(trace.document);
    m_followAction->setChecked(isFollowed);
    m_newestAction->setEnabled(isFollowed);
    m_newestAction->setChecked(isFollowed && m_context->isFollowingNewest());
    m_followText->setVisible(isFollowed);
    if (!isFollowed)
        return m_followTick.stop();
    m_followText->setText(followLine(*trace.document) + (m_context->isFollowingNewest() ? QString() : tr(" — view stays (Ctrl+End: newest)")));
    if (!m_followTick.isActive())
        m_followTick.start();
}

void MainWindow::chooseFiles()
{
    auto* dialog = new QFileDialog(this, tr("Open qlog files"), m_settings.lastDirectory(),
                                   tr("qlog files (*.sqlog *.qlog *.json *.gz *.zst);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    connect(dialog, &QFileDialog::filesSelected, this, [this](const QStringList& paths) {
        std::vector<OpenRequest> requests;
        for (const QString& path : paths)
            requests.push_back({path, {}, false});
        if (!paths.isEmpty())
            m_settings.setLastDirectory(QFileInfo(paths.front()).absolutePath());
        open(requests);
    });
    dialog->open();
}

void MainWindow::openSample()
{
    std::vector<OpenRequest> requests;
    for (const QString& path : sampleFiles())
        requests.push_back({path, {}, false});
    m_files->open(requests);
}

void MainWindow::reloadShown()
{
    if (m_context->trace().isValid())
        m_files->reload(m_context->trace().document);
}

void MainWindow::closeShown()
{
    if (m_context->trace().isValid())
        m_files->close(m_context->trace().document);
}

void MainWindow::onFailed(const QString& path, const QString& sentence)
{
    m_banner->addMessage(QFileInfo(path).fileName(), sentence);
    updateCentre();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    for (const QUrl& url : event->mimeData()->urls()) {
        if (url.isLocalFile())
            event->acceptProposedAction();
    }
}

void MainWindow::dropEvent(QDropEvent* event)
{
    std::vector<OpenRequest> requests;
    for (const QUrl& url : event->mimeData()->urls()) {
        if (url.isLocalFile())
            requests.push_back({url.toLocalFile(), {}, false});
    }
    event->acceptProposedAction();
    open(requests);
}

// What is shown

void MainWindow::makeStatusBar()
{
    m_traceText = statusLabel(tr("The shown trace"));
    m_rangeText = statusLabel(tr("The visible range of time since the earliest event of the trace"));
    m_cursorText = statusLabel(tr("The time under the pointer"));
    m_followText = statusLabel(tr("How the file that is followed stands"));
    m_followText->hide();
    statusBar()->addWidget(m_traceText, 2);
    statusBar()->addWidget(new LoadProgress(m_files), 3);
    statusBar()->addPermanentWidget(m_followText);
    statusBar()->addPermanentWidget(m_rangeText);
    statusBar()->addPermanentWidget(m_cursorText);
}

void MainWindow::updateCentre()
{
    const bool hasTrace = m_context->trace().isValid();
    m_pages->setCurrentWidget(hasTrace || m_qlogDir ? static_cast<QWidget*>(m_centre) : m_startPage);
    m_filterTools->setVisible(hasTrace);
    updateDocks();
}

void MainWindow::updateTitle()
{
    const TraceRef trace = m_context->trace();
    setWindowTitle(trace.isValid() ? tr("%1 — Qlogscope").arg(toText(trace.document->shortName())) : tr("Qlogscope"));
}

void MainWindow::updateTraceText()
{
    const TraceRef trace = m_context->trace();
    if (!trace.isValid()) {
        m_traceText->clear();
        return;
    }
    QString text = toText(trace.document->shortName());
    if (trace.document->traceCount() > 1)
        text += tr(", trace %1 of %2").arg(trace.trace.value + 1).arg(trace.document->traceCount());
    m_traceText->setText(text);
}

void MainWindow::updateRangeText()
{
    if (!m_context->trace().isValid()) {
        m_rangeText->clear();
        return;
    }
    const TimeRange visible = m_context->visibleRange();
    m_rangeText->setText(timeRangeText(visible.beginNs, visible.endNs));
}

void MainWindow::updateCursorText()
{
    const std::optional<std::int64_t> cursor = m_context->cursorNs();
    const std::int64_t pixelNs = m_context->visibleRange().lengthNs() / std::max(1, m_centre->width());
    m_cursorText->setText(cursor ? tr("T = %1").arg(timeText(*cursor, pixelNs)) : QString());
}

void MainWindow::updateActions()
{
    const bool hasTrace = m_context->trace().isValid();
    m_reloadAction->setEnabled(hasTrace);
    m_closeAction->setEnabled(hasTrace);
    for (QAction* action : m_traceActions)
        action->setEnabled(hasTrace);
    m_backAction->setEnabled(hasTrace && m_context->canGoBack());
    m_forwardAction->setEnabled(hasTrace && m_context->canGoForward());
}

} // namespace qlogscope
