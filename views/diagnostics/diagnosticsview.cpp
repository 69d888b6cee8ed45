// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/diagnostics/diagnosticsview.h"
#include "views/pace.h"

#include <QAction>
#include <QClipboard>
#include <QElapsedTimer>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QStackedLayout>
#include <QTreeView>

namespace qlogscope {

namespace {
constexpr int sliceMs = 8; // of the UI thread at a time
constexpr std::size_t sliceItems = 4'000;
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
    m_slice.setInterval(0);
    connect(&m_slice, &QTimer::timeout, this, &DiagnosticsView::searchOn);
    connect(context(), &ViewContext::traceChanged, this, &DiagnosticsView::onTraceChanged);
    connect(context(), &ViewContext::dataChanged, this, &DiagnosticsView::onGrown);
    setMinimumSize(smallestView);
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
    m_tree->setExpandsOnDoubleClick(false); // it walks through the evidence
    connect(m_tree, &QTreeView::doubleClicked, this, [this](const QModelIndex& index) {
        if (m_model->finding(index) != nullptr)
            walkEvidence(index);
        else
            selectRecord(index, true);
    });

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
    if (m_model->document() != context()->trace().document) {
        m_model->setDocument(context()->trace().document);
        restartSearch();
    } else if (m_undecidedOf != context()->trace().trace) {
        restartSearch(); // what is undecided is said of the shown trace
    }
    m_undecidedOf = context()->trace().trace;
    refreshSoon();
}

void DiagnosticsView::restartSearch()
{
    m_slice.stop();
    m_search.reset();
    m_nextTrace = 0;
    m_isSearched = false;
    m_findings.clear();
    m_undecided.clear();
    m_walkRow = -1;
}

void DiagnosticsView::searchOn()
{
    const Document* document = m_model->document();
    if (document == nullptr || document->state() != Document::State::Complete)
        return restartSearch();
    if (document->events().size() != m_searchedRows) { // it grew
        restartSearch();
        return markDirty();
    }
    QElapsedTimer clock;
    clock.start();
    while (clock.elapsed() < sliceMs) {
        if (m_nextTrace >= document->traceCount()) {
            m_slice.stop();
            m_isSearched = true;
            m_model->setFindings(std::move(m_findings), std::move(m_undecided));
            return refreshSoon();
        }
        if (!m_search)
            m_search = std::make_unique<FindingsSearch>(*document, TraceId(m_nextTrace));
        if (m_search->step(sliceItems))
            finishTrace();
    }
}

void DiagnosticsView::finishTrace()
{
    Findings findings = m_search->take();
    m_search.reset();
    // what is undecided is said for the shown trace: a file may have thousands
    if (TraceId(m_nextTrace) == m_undecidedOf)
        m_undecided = std::move(findings.undecided);
    constexpr std::size_t listedFindings = 10'000;
    for (Finding& finding : findings.found) {
        if (m_findings.size() < listedFindings)
            m_findings.push_back(std::move(finding));
    }
    ++m_nextTrace;
}

void DiagnosticsView::walkEvidence(const QModelIndex& index)
{
    const Finding& finding = *m_model->finding(index);
    if (finding.rows.empty())
        return;
    m_walkStep = index.row() == m_walkRow ? m_walkStep + 1 : 0;
    m_walkRow = index.row();
    context()->reveal(finding.rows[m_walkStep % finding.rows.size()]);
}

void DiagnosticsView::onGrown()
{
    if (!m_growth.isActive())
        m_growth.start(announceMs);
}

void DiagnosticsView::refresh()
{
    m_model->update();
    const Document* document = m_model->document();
    if (document != nullptr && document->state() == Document::State::Complete
        && ((!m_isSearched && !m_slice.isActive()) || (m_isSearched && document->events().size() != m_searchedRows))) {
        restartSearch();
        m_searchedRows = document->events().size();
        m_slice.start();
    }
    const bool hasProblems = m_model->hasProblems();
    m_pages->setCurrentIndex(hasProblems ? 1 : 0);
    if (!hasProblems)
        m_empty->setText(emptyText());
}

QString DiagnosticsView::emptyText() const
{
    const Document* document = m_model->document();
    if (document == nullptr)
        return tr("No trace is shown.");
    if (document->state() == Document::State::Loading)
        return tr("No problems found so far; still loading.");
    if (document->state() == Document::State::Following)
        return tr("No problems found so far. What concerns the connection as a whole is looked for when following ends.");
    if (document->state() != Document::State::Complete)
        return tr("No problems found in what was read of this file.");
    if (!m_isSearched)
        return tr("No problems found in this file; looking at its connections.");
    QString text = tr("No problems found in this file and its connections.");
    if (!m_model->undecided().empty())
        text += QLatin1String("\n\n") + tr("What this log cannot tell:");
    for (const Undecided& each : m_model->undecided())
        text += QLatin1Char('\n') + m_model->undecidedText(each);
    return text;
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
