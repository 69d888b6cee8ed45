// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/tree/tracetreeview.h"

#include "views/pace.h"
#include "views/texts.h"
#include "views/tree/tracetext.h"

#include <QAction>
#include <QActionGroup>
#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QStackedLayout>
#include <QTreeView>

#include <algorithm>

namespace qlogscope {

namespace {
} // namespace

View* TraceTreeView::create(const ViewServices& services, QWidget* parent) { return new TraceTreeView(services, parent); }

TraceTreeView::TraceTreeView(const ViewServices& services, QWidget* parent)
    : View(services, parent)
    , m_model(new TraceTreeModel(services.context->workspace(), this))
    , m_tree(new QTreeView)
    , m_empty(new QLabel(tr("No file is open.")))
{
    makeTree();
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    m_pages = new QStackedLayout(this);
    m_pages->addWidget(m_empty);
    m_pages->addWidget(m_tree);
    setFocusProxy(m_tree);
    setMinimumSize(smallestView);

    m_growth.setSingleShot(true);
    connect(&m_growth, &QTimer::timeout, this, &TraceTreeView::markDirty);
    Workspace* workspace = context()->workspace();
    for (const auto& document : workspace->documents())
        watch(document.get());
    connect(workspace, &Workspace::documentAdded, this, &TraceTreeView::watch);
    connect(workspace, &Workspace::documentAboutToClose, this, &TraceTreeView::onAboutToClose);
    connect(workspace, &Workspace::groupsChanged, this, &TraceTreeView::refreshSoon);
    connect(context(), &ViewContext::traceChanged, this, &TraceTreeView::refreshSoon);
}

void TraceTreeView::makeTree()
{
    m_tree->setModel(m_model);
    m_tree->setHeaderHidden(true);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setTextElideMode(Qt::ElideMiddle); // the end of a name tells client from server
    m_tree->setIndentation(m_tree->fontMetrics().height());
    m_tree->setContextMenuPolicy(Qt::CustomContextMenu);
    m_tree->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_tree->setExpandsOnDoubleClick(false);
    connect(m_tree->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this](const QItemSelection& selected) {
        if (!selected.isEmpty())
            showTrace(selected.indexes().front());
    });
    connect(m_model, &QAbstractItemModel::modelReset, m_tree, &QTreeView::expandAll);
    m_tree->expandAll();
    connect(m_tree, &QTreeView::clicked, this, &TraceTreeView::showTrace);
    connect(m_tree, &QTreeView::customContextMenuRequested, this, &TraceTreeView::showMenu);
}

void TraceTreeView::watch(Document* document)
{
    connect(document, &Document::appended, this, &TraceTreeView::markGrown);
    connect(document, &Document::stateChanged, this, &TraceTreeView::refreshSoon);
    refreshSoon();
}

void TraceTreeView::onAboutToClose(const Document* document)
{
    m_model->remove(document); // at once: nothing may look at it any more
    refreshSoon();
}

void TraceTreeView::setProgress(const Document* document, double fraction)
{
    m_model->setProgress(document, fraction);
    markGrown();
}

void TraceTreeView::markGrown()
{
    if (!m_growth.isActive())
        m_growth.start(announceMs);
}

void TraceTreeView::refresh()
{
    m_model->update();
    m_pages->setCurrentIndex(m_model->rowCount() > 0 ? 1 : 0);
    if (m_shown != context()->trace() || !m_tree->currentIndex().isValid())
        showCurrentTrace();
    m_shown = context()->trace();
}

void TraceTreeView::showCurrentTrace()
{
    const QModelIndex shown = m_model->indexOf(context()->trace());
    if (!shown.isValid() || m_tree->selectionModel()->isSelected(shown))
        return;
    m_tree->selectionModel()->setCurrentIndex(shown, QItemSelectionModel::ClearAndSelect);
    m_tree->scrollTo(shown);
}

void TraceTreeView::showTrace(const QModelIndex& index)
{
    const TraceRef trace = m_model->trace(index);
    if (trace.isValid())
        context()->setTrace(trace);
}

void TraceTreeView::showMenu(const QPoint& position)
{
    const QModelIndex index = m_tree->indexAt(position);
    const std::vector<Document*> documents = m_model->documents(index);
    if (documents.empty())
        return;
    const bool isOne = documents.size() == 1;
    QMenu menu(this);
    const QAction* reload = menu.addAction(isOne ? tr("Reload file") : tr("Reload %1 files").arg(documents.size()));
    const QAction* close = menu.addAction(isOne ? tr("Close file") : tr("Close %1 files").arg(documents.size()));
    menu.addSeparator();
    const QAction* copyPath = menu.addAction(isOne ? tr("Copy path") : tr("Copy paths"));
    if (const TraceRef trace = m_model->anyTrace(index); trace.isValid()) {
        menu.addSeparator();
        const bool isConnection = !m_model->trace(index).isValid();
        addPairing(&menu, trace, isConnection);
        if (!isConnection)
            addRoles(menu.addMenu(tr("Role")), trace);
    }
    const QAction* chosen = menu.exec(m_tree->viewport()->mapToGlobal(position));
    QStringList paths;
    for (Document* document : documents) {
        if (chosen == reload)
            Q_EMIT reloadRequested(document);
        else if (chosen == close)
            Q_EMIT closeRequested(document);
        else if (chosen == copyPath)
            paths << toText(document->facts().path);
    }
    if (!paths.isEmpty())
        QGuiApplication::clipboard()->setText(paths.join(QLatin1Char('\n')));
}

/// Pair with one of the other traces, unpair, and back to what the program finds by itself.
void TraceTreeView::addPairing(QMenu* menu, const TraceRef& trace, bool isConnection)
{
    Workspace* workspace = context()->workspace();
    const TraceGroup own = workspace->groupOf(trace);
    QMenu* others = menu->addMenu(tr("Pair with"));
    others->setToolTipsVisible(true);
    for (const TraceGroup& group : workspace->groups()) {
        for (const TraceRef& other : group.members) {
            if (std::find(own.members.begin(), own.members.end(), other) != own.members.end() || other.get().rowCount() == 0)
                continue;
            const TraceText text(*other.document, other.trace);
            QString name = toText(other.document->shortName());
            if (other.document->traceCount() > 1)
                name += tr(", trace %1").arg(other.trace.value + 1);
            const QAction* action = others->addAction(tr("%1 (%2)").arg(name, text.role()).replace(QLatin1Char('&'), QLatin1String("&&")));
            connect(action, &QAction::triggered, this, [workspace, trace, other] { workspace->pair(trace, other); });
        }
    }
    others->menuAction()->setEnabled(!others->isEmpty());
    others->menuAction()->setToolTip(tr("Say that another log is of the same connection"));
    QAction* unpair = menu->addAction(tr("Unpair"));
    unpair->setEnabled(own.members.size() > 1);
    connect(unpair, &QAction::triggered, this, [workspace, own, trace, isConnection] {
        for (const TraceRef& member : own.members) {
            if (isConnection || member == trace)
                workspace->unpair(member);
        }
    });
    QAction* automatic = menu->addAction(tr("Pair automatically"));
    automatic->setEnabled(own.pairing == Pairing::ByHand);
    connect(automatic, &QAction::triggered, this, [workspace, trace] { workspace->pairAutomatically(trace); });
}

void TraceTreeView::addRoles(QMenu* menu, const TraceRef& trace)
{
    Workspace* workspace = context()->workspace();
    const Trace& shown = trace.get();
    auto* group = new QActionGroup(menu);
    const auto add = [&](const QString& name, Role role, bool isChecked) {
        QAction* action = menu->addAction(name);
        action->setCheckable(true);
        action->setChecked(isChecked);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [workspace, trace, role] { workspace->setRole(trace, role); });
    };
    add(tr("As logged (%1)").arg(toText(shown.header().vantageType)), Role::Unknown, !shown.isRoleSetByHand());
    menu->addSeparator();
    add(tr("Client"), Role::Client, shown.isRoleSetByHand() && shown.role() == Role::Client);
    add(tr("Server"), Role::Server, shown.isRoleSetByHand() && shown.role() == Role::Server);
    add(tr("Network"), Role::Network, shown.isRoleSetByHand() && shown.role() == Role::Network);
}

} // namespace qlogscope
