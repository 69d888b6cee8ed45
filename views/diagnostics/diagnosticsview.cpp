// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/diagnostics/diagnosticsview.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QStackedLayout>
#include <QTreeView>

namespace qlogscope {

namespace {
constexpr QSize smallest(120, 80);
constexpr int announceMs = 250;
} // namespace

View* DiagnosticsView::create(const ViewServices& services, QWidget* parent) { return new DiagnosticsView(services, parent); }

DiagnosticsView::DiagnosticsView(const ViewServices& services, QWidget* parent)
    : View(services, parent)
    , m_model(new DiagnosticsModel(this))
    , m_tree(new QTreeView)
    , m_empty(new QLabel)
{
    makeTree();
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    m_pages = new QStackedLayout(this);
    m_pages->addWidget(m_empty);
    m_pages->addWidget(m_tree);
    setFocusProxy(m_tree);

    m_growth.setSingleShot(true);
    connect(&m_growth, &QTimer::timeout, this, &DiagnosticsView::markDirty);
    connect(context(), &ViewContext::traceChanged, this, &DiagnosticsView::onTraceChanged);
    connect(context(), &ViewContext::dataChanged, this, &DiagnosticsView::onGrown);
    setMinimumSize(smallest);
    onTraceChanged();
}

void DiagnosticsView::makeTree()
{
    m_tree->setModel(m_model);
    m_tree->setUniformRowHeights(true);
    m_tree->setAlternatingRowColors(true);
    m_tree->setAllColumnsShowFocus(true);
    m_tree->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_tree->setFrameShape(QFrame::NoFrame);
    const int character = m_tree->fontMetrics().averageCharWidth();
    m_tree->setColumnWidth(DiagnosticsModel::ProblemColumn, character * 38);
    m_tree->setColumnWidth(DiagnosticsModel::CountColumn, character * 12);
    m_tree->setColumnWidth(DiagnosticsModel::RowColumn, character * 12);
    m_tree->setColumnWidth(DiagnosticsModel::OffsetColumn, character * 16);
    // not currentChanged: a list that gets the focus makes its first row the current one by itself
    connect(m_tree->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this](const QItemSelection& selected) {
        if (!selected.isEmpty())
            selectRecord(selected.indexes().front(), false);
    });
    connect(m_tree, &QTreeView::clicked, this, [this](const QModelIndex& index) { selectRecord(index, false); });
    connect(m_tree, &QTreeView::doubleClicked, this, [this](const QModelIndex& index) { selectRecord(index, true); });

    auto* copy = new QAction(tr("Copy"), this);
    copy->setShortcut(QKeySequence::Copy);
    copy->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(copy, &QAction::triggered, this, &DiagnosticsView::copySelected);
    m_tree->addAction(copy);
    m_tree->setContextMenuPolicy(Qt::ActionsContextMenu);
}

void DiagnosticsView::onTraceChanged()
{
    // at once, also while hidden: the document that is left may be about to go
    m_model->setDocument(context()->trace().document);
    refreshSoon();
}

void DiagnosticsView::onGrown()
{
    if (!m_growth.isActive())
        m_growth.start(announceMs);
}

void DiagnosticsView::refresh()
{
    m_model->update();
    const bool hasProblems = m_model->rowCount() > 0;
    m_pages->setCurrentIndex(hasProblems ? 1 : 0);
    if (!hasProblems)
        m_empty->setText(emptyText());
}

QString DiagnosticsView::emptyText() const
{
    const Document* document = m_model->document();
    if (document == nullptr)
        return tr("No trace is shown.");
    return document->state() == Document::State::Loading ? tr("No problems found so far; still loading.")
                                                         : tr("No problems found in this file.");
}

void DiagnosticsView::selectRecord(const QModelIndex& index, bool isRevealed)
{
    const RowId row = m_model->rowId(index);
    if (!row.isValid() || row.value >= m_model->document()->events().size())
        return;
    if (isRevealed)
        context()->reveal(row);
    else
        context()->select(row);
}

void DiagnosticsView::copySelected()
{
    const QModelIndex current = m_tree->currentIndex();
    if (!current.isValid())
        return;
    QStringList cells;
    for (int column = 0; column < m_model->columnCount(); ++column)
        cells << current.siblingAtColumn(column).data().toString();
    QGuiApplication::clipboard()->setText(cells.join(QLatin1Char('\t')));
}

} // namespace qlogscope
