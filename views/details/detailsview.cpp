// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/details/detailsview.h"

#include "views/details/rawbytes.h"
#include "views/details/recordcorrections.h"
#include "views/details/recordfacts.h"
#include "views/severitylook.h"
#include "views/texts.h"

#include <QAction>
#include <QClipboard>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QStackedLayout>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTextBrowser>
#include <QTreeView>
#include <QUrl>
#include <QVBoxLayout>

namespace qlogscope {

namespace {

constexpr std::size_t expandAllUpTo = 300; // values
constexpr std::size_t mostRawText = 64 * 1024; // bytes of a malformed record shown as text
constexpr Qt::TextInteractionFlags selectable = Qt::TextBrowserInteraction;

QLabel* selectableLabel()
{
    auto* label = new QLabel;
    label->setWordWrap(true);
    label->setTextFormat(Qt::RichText);
    label->setTextInteractionFlags(selectable);
    label->setContentsMargins(6, 4, 6, 2);
    return label;
}

} // namespace

View* DetailsView::create(const ViewServices& services, QWidget* parent) { return new DetailsView(services, parent); }

DetailsView::DetailsView(const ViewServices& services, QWidget* parent)
    : View(services, parent)
    , m_empty(new QLabel)
{
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setMargin(8);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    m_empty->setText(tr("Select an event in a chart or in the event list to see its record."));
    m_pages = new QStackedLayout(this);
    m_pages->addWidget(m_empty);
    m_pages->addWidget(makeContent());
    setMinimumSize(smallestView);

    connect(context(), &ViewContext::selectionChanged, this, &DetailsView::refreshSoon);
    connect(context(), &ViewContext::traceChanged, this, [this] {
        m_shownRow = RowId();
        refreshSoon();
    });
    connect(context(), &ViewContext::dataChanged, this, &DetailsView::markDirty);
}

QWidget* DetailsView::makeContent()
{
    m_heading = selectableLabel();
    m_notes = selectableLabel();
    m_corrections = selectableLabel();
    m_corrections->setToolTip(tr("What this log's writer logs differently from the drafts, and how it is read here"));
    m_atThisTime = new QTextBrowser;
    m_atThisTime->setOpenLinks(false);
    m_atThisTime->setFrameShape(QFrame::NoFrame);
    connect(m_atThisTime, &QTextBrowser::anchorClicked, this, [this](const QUrl& url) { followLink(url.toString()); });
    m_bytes = new RawBytes;

    m_tabs = new QTabWidget;
    m_tabs->setDocumentMode(true);
    m_tabs->addTab(makeJsonPage(), tr("JSON"));
    m_tabs->setTabToolTip(0, tr("The record as a tree; numbers as they are written in the file"));
    m_tabs->addTab(m_atThisTime, tr("At this time"));
    m_tabs->setTabToolTip(1, tr("Recovery metrics in force, and what became of the packet"));
    m_tabs->addTab(m_bytes, tr("Raw bytes"));
    m_tabs->setTabToolTip(2, tr("The bytes of the record with their offset in the file"));

    auto* content = new QWidget;
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_heading);
    layout->addWidget(m_notes);
    layout->addWidget(m_corrections);
    layout->addWidget(m_tabs, 1);
    return content;
}

QWidget* DetailsView::makeJsonPage()
{
    m_json = new JsonModel(this);
    m_tree = new QTreeView;
    m_tree->setModel(m_json);
    m_tree->setUniformRowHeights(true);
    m_tree->setAlternatingRowColors(true);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_tree->header()->setStretchLastSection(true);
    m_tree->header()->setDefaultSectionSize(m_tree->fontMetrics().averageCharWidth() * 28);
    makeTreeActions();

    m_rawText = new QPlainTextEdit;
    m_rawText->setReadOnly(true);
    m_rawText->setFrameShape(QFrame::NoFrame);
    m_rawText->setWordWrapMode(QTextOption::WrapAnywhere);
    m_rawText->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_jsonOrText = new QStackedWidget;
    m_jsonOrText->addWidget(m_tree);
    m_jsonOrText->addWidget(m_rawText);
    m_jsonProblem = selectableLabel();

    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_jsonProblem);
    layout->addWidget(m_jsonOrText, 1);
    return page;
}

void DetailsView::makeTreeActions()
{
    const auto add = [this](const QString& text, QString (JsonModel::*textOf)(const QModelIndex&) const) {
        auto* action = new QAction(text, this);
        connect(action, &QAction::triggered, this, [this, textOf] { copyFromTree(textOf); });
        m_tree->addAction(action);
        return action;
    };
    QAction* copy = add(tr("Copy value"), &JsonModel::plainValue);
    copy->setShortcut(QKeySequence::Copy);
    copy->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    add(tr("Copy as JSON"), &JsonModel::json);
    add(tr("Copy path"), &JsonModel::path);
    for (const bool expands : {true, false}) {
        auto* action = new QAction(expands ? tr("Expand all") : tr("Collapse all"), this);
        connect(action, &QAction::triggered, m_tree, expands ? &QTreeView::expandAll : &QTreeView::collapseAll);
        m_tree->addAction(action);
    }
    m_tree->setContextMenuPolicy(Qt::ActionsContextMenu);
}

void DetailsView::refresh()
{
    const TraceRef trace = context()->trace();
    const RowId row = context()->selectedRow();
    const bool hasRecord = trace.isValid() && row.isValid();
    m_pages->setCurrentIndex(hasRecord ? 1 : 0);
    if (!hasRecord) {
        m_shownRow = RowId();
        return;
    }
    const RecordFacts facts(*trace.document, row, context()->zeroNs());
    m_heading->setText(facts.headingHtml());
    showAtThisTime(facts.atThisTimeHtml());
    if (row != m_shownRow)
        showRecord(trace, row, facts.notes());
    m_shownRow = row;
}

void DetailsView::showAtThisTime(const QString& html)
{
    if (html == m_atThisTimeHtml)
        return;
    // later records may acknowledge the shown one: keep what is scrolled to
    const int scrolled = m_atThisTime->verticalScrollBar()->value();
    m_atThisTimeHtml = html;
    m_atThisTime->setHtml(html);
    m_atThisTime->verticalScrollBar()->setValue(scrolled);
}

void DetailsView::showRecord(const TraceRef& trace, RowId row, QStringList notes)
{
    const Document& document = *trace.document;
    std::string problem;
    std::string record = document.recordText(row, &problem);
    if (!problem.empty())
        notes.prepend(toText(problem));
    const bool isDecoded = (document.events().flags(row) & (RowMalformed | RowOversized)) == 0;
    if (!isDecoded && notes.isEmpty()) // beyond the diagnostics that are listed
        notes << tr("The record could not be read as JSON.");
    showNotes(notes);
    showCorrections(isDecoded ? correctionNotes(document, row, record) : QStringList());
    showJson(record, isDecoded);
    const bool isCompressed = document.facts().compression != Compression::None;
    const QString count = countText(document.events().length(row));
    const QString offset = countText(document.events().offset(row));
    m_bytes->setBytes(std::move(record), document.events().offset(row),
                      isCompressed ? tr("%1 bytes at offset %2 of the uncompressed text.").arg(count, offset)
                                   : tr("%1 bytes at offset %2 of the file.").arg(count, offset));
}

void DetailsView::showJson(const std::string& record, bool isDecoded)
{
    m_jsonOrText->setCurrentIndex(isDecoded ? 0 : 1);
    if (isDecoded) {
        m_json->setText(record);
        m_rawText->clear();
        if (m_json->valueCount() <= expandAllUpTo)
            m_tree->expandAll();
        else
            m_tree->expandToDepth(0);
        m_jsonProblem->setText(m_json->problem().toHtmlEscaped());
        m_jsonProblem->setVisible(!m_json->problem().isEmpty());
        return;
    }
    m_json->clear();
    m_rawText->setPlainText(toText(std::string_view(record).substr(0, mostRawText)));
    m_jsonProblem->setText(tr("The first %1 bytes are shown.").arg(countText(mostRawText)));
    m_jsonProblem->setVisible(record.size() > mostRawText);
}

void DetailsView::showNotes(const QStringList& notes)
{
    QStringList lines;
    for (const QString& note : notes)
        lines << note.toHtmlEscaped();
    m_notes->setText(lines.join(QStringLiteral("<br>")));
    QPalette palette = m_notes->palette();
    palette.setColor(QPalette::WindowText, severityColor(Severity::DataLoss));
    m_notes->setPalette(palette);
    m_notes->setVisible(!notes.isEmpty());
}

void DetailsView::showCorrections(const QStringList& notes)
{
    QStringList lines;
    for (const QString& note : notes)
        lines << QStringLiteral("<i>%1</i>").arg(note.toHtmlEscaped());
    m_corrections->setText(lines.join(QStringLiteral("<br>")));
    m_corrections->setVisible(!notes.isEmpty());
}

void DetailsView::followLink(const QString& href)
{
    const RowId row = RecordFacts::rowOfLink(href);
    const TraceRef trace = context()->trace();
    if (trace.isValid() && row.isValid() && row.value < trace.document->events().size())
        context()->reveal(row);
}

void DetailsView::copyFromTree(QString (JsonModel::*textOf)(const QModelIndex&) const)
{
    const QModelIndex index = m_tree->currentIndex();
    if (index.isValid())
        QGuiApplication::clipboard()->setText((m_json->*textOf)(index.siblingAtColumn(JsonModel::KeyColumn)));
}

} // namespace qlogscope
