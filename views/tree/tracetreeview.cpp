// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/tree/tracetreeview.h"

#include "views/texts.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QStackedLayout>
#include <QTreeView>

namespace qlogscope {

namespace {
constexpr QSize smallest(120, 80);
constexpr int announceMs = 250;
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
    setMinimumSize(smallest);

    m_growth.setSingleShot(true);
    connect(&m_growth, &QTimer::timeout, this, &TraceTreeView::markDirty);
    Workspace* workspace = context()->workspace();
    for (const auto& document : workspace->documents())
        watch(document.get());
    connect(workspace, &Workspace::documentAdded, this, &TraceTreeView::watch);
    connect(workspace, &Workspace::documentAboutToClose, this, &TraceTreeView::onAboutToClose);
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
    const std::vector<Document*> documents = m_model->documents(m_tree->indexAt(position));
    if (documents.empty())
        return;
    const bool isOne = documents.size() == 1;
    QMenu menu(this);
    const QAction* reload = menu.addAction(isOne ? tr("Reload file") : tr("Reload %1 files").arg(documents.size()));
    const QAction* close = menu.addAction(isOne ? tr("Close file") : tr("Close %1 files").arg(documents.size()));
    menu.addSeparator();
    const QAction* copyPath = menu.addAction(isOne ? tr("Copy path") : tr("Copy paths"));
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

} // namespace qlogscope
