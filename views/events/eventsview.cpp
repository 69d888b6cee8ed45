// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/events/eventsview.h"

#include "views/rowtable.h"
#include "views/texts.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QScopedValueRollback>
#include <QStackedLayout>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

namespace qlogscope {

namespace {

constexpr std::size_t copyLimit = 10'000;

QString cellText(const QAbstractItemModel& model, int row, int column) { return model.index(row, column).data().toString(); }

/// Numbers with a gap to the next column, whose text begins at the left.
class NumberDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QString displayText(const QVariant& value, const QLocale&) const override
    {
        return value.toString() + QString(2, QChar(QChar::Nbsp));
    }
};

QString markdownCell(QString text)
{
    text.replace(QLatin1Char('\\'), QLatin1String("\\\\"));
    return text.replace(QLatin1Char('|'), QLatin1String("\\|"));
}

} // namespace

View* EventsView::create(const ViewServices& services, QWidget* parent) { return new EventsView(services, parent); }

EventsView::EventsView(const ViewServices& services, QWidget* parent)
    : View(services, parent)
    , m_model(new EventModel(services.records, this))
    , m_table(new QTableView)
    , m_status(new QLabel)
    , m_empty(new QLabel)
{
    m_model->setFilter(context()->rowFilter(), context()->filterMode());
    makeTable();
    makeActions();
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    m_status->setContentsMargins(6, 1, 6, 2);
    m_status->setTextInteractionFlags(Qt::TextSelectableByMouse);

    auto* list = new QWidget;
    auto* listLayout = new QVBoxLayout(list);
    listLayout->setContentsMargins(0, 0, 0, 0);
    listLayout->setSpacing(0);
    listLayout->addWidget(m_table);
    listLayout->addWidget(m_status);
    m_pages = new QStackedLayout(this);
    m_pages->addWidget(m_empty);
    m_pages->addWidget(list);
    setFocusProxy(m_table);

    connect(context(), &ViewContext::traceChanged, this, &EventsView::onTraceChanged);
    connect(context(), &ViewContext::dataChanged, this, &EventsView::markDirty);
    connect(context(), &ViewContext::selectionChanged, this, &EventsView::onSelectionChanged);
    connect(context(), &ViewContext::filterModeChanged, this, [this] { m_model->setFilterMode(context()->filterMode()); });
    connect(context()->rowFilter(), &RowFilter::grown, this, &EventsView::markDirty);
    connect(context()->rowFilter(), &RowFilter::stateChanged, this, &EventsView::markDirty);
    connect(m_model, &QAbstractItemModel::modelReset, this, [this] {
        showSelectedRow();
        refreshSoon();
    });
    setMinimumSize(smallestView);
    onTraceChanged();
}

void EventsView::makeTable()
{
    m_table->setModel(m_model);
    setUpRowTable(m_table);
    for (const int column : {EventModel::NumberColumn, EventModel::TimeColumn, EventModel::DeltaColumn})
        m_table->setItemDelegateForColumn(column, new NumberDelegate(m_table));

    QHeaderView* header = m_table->horizontalHeader();
    header->setSectionsClickable(true);
    header->setStretchLastSection(true);
    header->setSortIndicatorShown(true);
    header->setSortIndicator(EventModel::NumberColumn, Qt::AscendingOrder);
    connect(header, &QHeaderView::sectionClicked, this, &EventsView::onHeaderClicked);
    setColumnWidths();

    // not currentChanged: a list that gets the focus makes its first row the current one by itself
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &EventsView::selectCurrent);
    connect(m_table, &QTableView::doubleClicked, this, &EventsView::revealCurrent);
    // a row that is selected elsewhere may come into the list later than into the charts
    connect(m_model, &QAbstractItemModel::rowsInserted, this, [this] {
        if (!m_table->currentIndex().isValid())
            showSelectedRow();
        markDirty();
    });
}

void EventsView::setColumnWidths()
{
    const int digit = m_table->fontMetrics().horizontalAdvance(QLatin1Char('0'));
    m_table->setColumnWidth(EventModel::NumberColumn, digit * 10);
    m_table->setColumnWidth(EventModel::TimeColumn, digit * 18);
    m_table->setColumnWidth(EventModel::DeltaColumn, digit * 14);
    m_table->setColumnWidth(EventModel::EventColumn, digit * 30);
    // the last column takes the room that is left; with a trace column that is not the summary
    connect(m_model, &QAbstractItemModel::modelReset, this, [this, digit] {
        if (m_model->columnCount() > EventModel::TraceColumn)
            m_table->setColumnWidth(EventModel::SummaryColumn, digit * 60);
    });
    connect(m_model, &QAbstractItemModel::columnsInserted, this,
            [this, digit] { m_table->setColumnWidth(EventModel::SummaryColumn, digit * 60); });
}

void EventsView::makeActions()
{
    const auto add = [this](const QString& text, CopyFormat format) {
        auto* action = new QAction(text, this);
        connect(action, &QAction::triggered, this, [this, format] { copy(format); });
        m_table->addAction(action);
        return action;
    };
    auto* show = new QAction(tr("Show in charts"), this);
    show->setShortcuts({QKeySequence(Qt::Key_Return), QKeySequence(Qt::Key_Enter)});
    show->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    show->setToolTip(tr("Moves the visible range to the record"));
    connect(show, &QAction::triggered, this, &EventsView::revealCurrent);
    m_table->addAction(show);
    makeMarkActions();
    QAction* copyAsText = add(tr("Copy as text"), CopyFormat::Text);
    copyAsText->setShortcut(QKeySequence::Copy);
    copyAsText->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    add(tr("Copy as JSON"), CopyFormat::Json);
    add(tr("Copy as Markdown"), CopyFormat::Markdown);
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);
}

void EventsView::makeMarkActions()
{
    auto* mark = new QAction(tr("Mark in charts"), this);
    mark->setObjectName(QStringLiteral("markInCharts"));
    mark->setShortcut(QKeySequence(Qt::Key_M));
    mark->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    mark->setToolTip(tr("Draws a line at the record in all charts over time, or takes it away"));
    connect(mark, &QAction::triggered, this, &EventsView::toggleMark);
    auto* clear = new QAction(tr("Clear marks"), this);
    clear->setObjectName(QStringLiteral("clearMarks"));
    clear->setEnabled(false);
    connect(clear, &QAction::triggered, context(), &ViewContext::clearMarks);
    const auto update = [this, mark, clear] {
        mark->setText(context()->isMarked(context()->selectedRow()) ? tr("Take mark away") : tr("Mark in charts"));
        clear->setEnabled(context()->hasMarks());
    };
    connect(context(), &ViewContext::marksChanged, this, update);
    connect(context(), &ViewContext::selectionChanged, this, update);
    m_table->addActions({mark, clear});
}

void EventsView::toggleMark()
{
    const RowId row = m_model->rowId(m_table->currentIndex().row());
    if (row.isValid())
        context()->toggleMark(row);
}

void EventsView::onTraceChanged()
{
    const TraceRef trace = context()->trace();
    m_note.clear();
    // at once, also while hidden: the document that is left may be about to go
    m_model->setDocument(trace.document);
    if (trace.isValid())
        m_model->setZero(trace.trace, context()->zeroNs());
    showSelectedRow();
    refreshSoon();
}

void EventsView::onSelectionChanged()
{
    if (!m_isSelecting)
        showSelectedRow();
}

void EventsView::showSelectedRow()
{
    const QScopedValueRollback<bool> guard(m_isSelecting, true);
    const RowId row = context()->selectedRow();
    if (!row.isValid()) {
        m_table->selectionModel()->clear();
        return;
    }
    const int position = m_model->positionOf(row);
    if (position < 0)
        return;
    const QModelIndex index = m_model->index(position, EventModel::NumberColumn);
    if (m_table->currentIndex().row() != position)
        m_table->selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    m_table->scrollTo(index, QAbstractItemView::EnsureVisible);
}

void EventsView::selectCurrent()
{
    const QModelIndex current = m_table->currentIndex();
    const RowId row = m_model->rowId(current.row());
    if (m_isSelecting || !row.isValid() || !m_table->selectionModel()->isSelected(current))
        return;
    const QScopedValueRollback<bool> guard(m_isSelecting, true);
    context()->select(row);
}

void EventsView::revealCurrent()
{
    const RowId row = m_model->rowId(m_table->currentIndex().row());
    if (!row.isValid())
        return;
    const QScopedValueRollback<bool> guard(m_isSelecting, true);
    context()->reveal(row);
}

void EventsView::onHeaderClicked(int column)
{
    if (column == EventModel::NumberColumn)
        m_model->setOrder(EventModel::Order::File);
    else if (column == EventModel::TimeColumn)
        m_model->setOrder(EventModel::Order::Time);
    const bool isByTime = m_model->order() == EventModel::Order::Time;
    m_table->horizontalHeader()->setSortIndicator(isByTime ? EventModel::TimeColumn : EventModel::NumberColumn,
                                                  Qt::AscendingOrder);
    showSelectedRow();
    refreshSoon();
}

void EventsView::showEvent(QShowEvent* event)
{
    View::showEvent(event);
    m_model->setPaused(false);
    showSelectedRow();
}

void EventsView::hideEvent(QHideEvent* event)
{
    View::hideEvent(event);
    m_model->setPaused(true);
}

void EventsView::refresh()
{
    const bool hasRows = m_model->rowCount() > 0;
    m_pages->setCurrentIndex(hasRows ? 1 : 0);
    if (hasRows)
        m_status->setText(statusText());
    else
        m_empty->setText(emptyText());
    const TraceRef trace = context()->trace();
    if (trace.isValid()) // known only when the first event with a time has come
        m_model->setZero(trace.trace, context()->zeroNs());
}

QString EventsView::statusText() const
{
    const Document& document = *m_model->document();
    const RowFilter& filter = *context()->rowFilter();
    const bool isHiding = filter.isActive() && context()->filterMode() == FilterMode::Hide;
    const auto rows = isHiding ? document.events().size() : static_cast<std::uint64_t>(m_model->rowCount());
    const std::uint64_t malformed = std::min(document.malformedCount(), rows);
    QStringList parts;
    parts << (rows - malformed == 1 ? tr("1 event") : tr("%1 events").arg(countText(rows - malformed)));
    if (malformed > 0)
        parts << tr("%1 malformed").arg(countText(malformed));
    if (filter.isActive())
        parts << tr("%1 match the filter").arg(countText(filter.rows().size()));
    if (m_model->order() == EventModel::Order::Time)
        parts << tr("sorted by time");
    if (document.state() == Document::State::Loading)
        parts << tr("still loading");
    if (document.state() == Document::State::Cancelled)
        parts << tr("loading was cancelled: there may be more");
    if (!m_note.isEmpty())
        parts << m_note;
    return parts.join(QLatin1String(", "));
}

QString EventsView::emptyText() const
{
    const Document* document = m_model->document();
    if (document == nullptr)
        return tr("No trace is shown. Open a file to see its events.");
    const RowFilter& filter = *context()->rowFilter();
    if (filter.isActive() && document->events().size() > 0)
        return filter.isBusy() ? tr("Filtering…") : tr("No event matches the filter.");
    return document->state() == Document::State::Loading ? tr("Reading the first events…") : tr("This file has no events.");
}

// Copy

std::vector<RowId> EventsView::selectedRows(std::size_t limit) const
{
    // by ranges: all of 10 million rows may be selected
    std::vector<std::pair<int, int>> ranges;
    for (const QItemSelectionRange& range : m_table->selectionModel()->selection())
        ranges.emplace_back(range.top(), range.bottom());
    std::sort(ranges.begin(), ranges.end());
    std::vector<RowId> rows;
    for (const auto& [top, bottom] : ranges) {
        for (int position = top; position <= bottom && rows.size() < limit; ++position)
            rows.push_back(m_model->rowId(position));
    }
    return rows;
}

void EventsView::copy(CopyFormat format)
{
    const std::vector<RowId> rows = selectedRows(copyLimit);
    if (rows.empty())
        return;
    QGuiApplication::clipboard()->setText(copyText(rows, format));
    m_note = rows.size() == 1 ? tr("1 copied") : tr("%1 copied").arg(countText(rows.size()));
    if (rows.size() == copyLimit)
        m_note += tr(" (at most %1 at a time)").arg(countText(copyLimit));
    refreshSoon();
}

QString EventsView::copyText(const std::vector<RowId>& rows, CopyFormat format) const
{
    QStringList lines;
    if (format == CopyFormat::Markdown)
        lines << tr("| # | T (ms) | Event | Summary |") << QStringLiteral("|--:|--:|:--|:--|");
    for (const RowId row : rows) {
        const int position = m_model->positionOf(row);
        const QString number = cellText(*m_model, position, EventModel::NumberColumn);
        const QString time = cellText(*m_model, position, EventModel::TimeColumn);
        const QString name = cellText(*m_model, position, EventModel::EventColumn);
        const QString summary = cellText(*m_model, position, EventModel::SummaryColumn);
        switch (format) {
        case CopyFormat::Json:
            lines << toText(m_model->document()->recordText(row)).trimmed();
            break;
        case CopyFormat::Text:
            lines << QStringList{number, time, name, summary}.join(QLatin1Char('\t'));
            break;
        case CopyFormat::Markdown:
            lines << QLatin1String("| ") + number + QLatin1String(" | ") + time + QLatin1String(" | ") + markdownCell(name)
                    + QLatin1String(" | ") + markdownCell(summary) + QLatin1String(" |");
            break;
        }
    }
    return lines.join(QLatin1Char('\n'));
}

} // namespace qlogscope
