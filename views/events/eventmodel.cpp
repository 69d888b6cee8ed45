// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/events/eventmodel.h"

#include "model/timebase.h"
#include "views/pace.h"
#include "views/severitylook.h"
#include "views/texts.h"

#include <QElapsedTimer>
#include <QGuiApplication>
#include <QPalette>

#include <algorithm>
#include <compare>
#include <limits>

namespace qlogscope {

namespace {

constexpr int longestAnnounceMs = 2'000;
constexpr qint64 announcePause = 10; // times as long as the last announcement took: tables of many rows take their time
constexpr int summaryCacheRows = 2'000;
constexpr int deltaSearchRows = 64; // traces of one file may interleave

constexpr int mostDecimals = 6; // nanoseconds

/// Decimals that the milliseconds of this time need.
int decimalsOf(std::int64_t ns)
{
    int decimals = mostDecimals;
    for (; decimals > 0 && ns % 10 == 0; ns /= 10)
        --decimals;
    return decimals;
}

/// "12.5" as "12.500": all times of a list with as many decimals as the finest of them, so that points stand below points.
QString alignedMs(std::int64_t ns, int decimals)
{
    QString text = toText(millisecondsText(ns));
    const qsizetype point = text.indexOf(QLatin1Char('.'));
    const qsizetype missing = decimals - (point < 0 ? 0 : text.size() - point - 1);
    if (point < 0 && missing > 0)
        text += QLatin1Char('.');
    return missing > 0 ? text + QString(missing, QLatin1Char('0')) : text;
}

QString oneLine(QString text)
{
    for (QChar& character : text) {
        if (character.category() == QChar::Other_Control)
            character = QLatin1Char(' ');
    }
    return text;
}

} // namespace

EventModel::EventModel(const RecordReader* records, QObject* parent)
    : QAbstractTableModel(parent)
    , m_records(records)
    , m_summaries(summaryCacheRows)
    , m_warningIcon(severityIcon(Severity::DataLoss))
{
    m_announceTimer.setSingleShot(true);
    connect(&m_announceTimer, &QTimer::timeout, this, &EventModel::announce);
    m_repaintTimer.setSingleShot(true);
    connect(&m_repaintTimer, &QTimer::timeout, this, &EventModel::repaintRows);
}

void EventModel::setDocument(const Document* document)
{
    if (document == m_document)
        return;
    beginRows();
    disconnect(m_appendConnection);
    disconnect(m_stateConnection);
    m_announceTimer.stop();
    m_document = document;
    m_hasTraceColumn = false;
    m_zeros.clear();
    m_summaries.clear();
    if (m_document != nullptr) {
        m_appendConnection = connect(m_document, &Document::appended, this, &EventModel::onAppended);
        m_stateConnection = connect(m_document, &Document::stateChanged, this, &EventModel::announce);
        m_hasTraceColumn = m_document->traceCount() > 1;
    }
    endRows();
}

/// Other rows: between the two there are none.
void EventModel::beginRows()
{
    if (m_resets++ > 0)
        return;
    beginResetModel();
    m_rowCount = 0;
    m_decimals = 0;
    m_byTime.clear();
}

void EventModel::endRows()
{
    if (--m_resets > 0)
        return;
    if (m_document != nullptr) {
        m_rowCount = static_cast<int>(std::min<std::size_t>(availableRows(), std::numeric_limits<int>::max()));
        findDecimals(0);
        arrange(0);
    }
    endResetModel();
}

// Filter

void EventModel::setFilter(RowFilter* filter, FilterMode mode)
{
    beginRows();
    if (m_filter != nullptr)
        disconnect(m_filter, nullptr, this, nullptr);
    m_filter = filter;
    m_filterMode = mode;
    if (m_filter != nullptr) {
        // whether rows are hidden may change with the filter, so both modes begin anew
        connect(m_filter, &RowFilter::aboutToReset, this, &EventModel::beginRows);
        connect(m_filter, &RowFilter::resetDone, this, &EventModel::endRows);
        connect(m_filter, &RowFilter::grown, this, &EventModel::onFilterGrown);
    }
    endRows();
}

void EventModel::setFilterMode(FilterMode mode)
{
    if (mode == m_filterMode)
        return;
    beginRows();
    m_filterMode = mode;
    endRows();
}

bool EventModel::isHiding() const
{
    return m_filterMode == FilterMode::Hide && m_filter != nullptr && m_filter->isActive() && m_filter->document() == m_document;
}

bool EventModel::isDimmed(RowId row) const
{
    return m_filterMode == FilterMode::Dim && m_filter != nullptr && m_filter->isActive() && m_filter->document() == m_document
        && !m_filter->accepts(row);
}

std::size_t EventModel::availableRows() const { return isHiding() ? m_filter->rows().size() : m_document->events().size(); }

/// The index-th of the listed rows in file order.
RowId EventModel::rowInFile(std::size_t index) const { return isHiding() ? m_filter->rows()[index] : RowId(index); }

void EventModel::onFilterGrown()
{
    if (isHiding())
        onAppended();
    else if (!m_repaintTimer.isActive())
        m_repaintTimer.start(m_filter->isBusy() ? announceMs : 0);
}

void EventModel::repaintRows()
{
    if (m_rowCount > 0)
        Q_EMIT dataChanged(index(0, 0), index(m_rowCount - 1, columnCount() - 1), {Qt::ForegroundRole});
}

void EventModel::setZero(TraceId trace, std::int64_t zeroNs)
{
    if (m_document == nullptr || zeroOf(trace) == zeroNs)
        return;
    m_zeros[trace.value] = zeroNs;
    m_decimals = 0;
    findDecimals(0);
    if (m_order == Order::Time && m_hasTraceColumn)
        reorder(0);
    if (m_rowCount > 0)
        Q_EMIT dataChanged(index(0, TimeColumn), index(m_rowCount - 1, TimeColumn));
}

void EventModel::setOrder(Order order)
{
    if (order == m_order)
        return;
    m_order = order;
    reorder(0);
}

void EventModel::setPaused(bool isPaused)
{
    m_isPaused = isPaused;
    if (!isPaused)
        announce();
}

RowId EventModel::rowId(int position) const
{
    if (position < 0 || position >= m_rowCount)
        return {};
    const auto index = static_cast<std::size_t>(position);
    return m_byTime.empty() ? rowInFile(index) : RowId(m_byTime[index]);
}

int EventModel::positionOf(RowId row) const
{
    if (!row.isValid() || m_rowCount == 0)
        return -1;
    if (m_byTime.empty()) {
        const std::size_t index = isHiding() ? m_filter->lowerBound(row) : row.value;
        return index < static_cast<std::size_t>(m_rowCount) && rowInFile(index) == row ? static_cast<int>(index) : -1;
    }
    if (row.value >= m_document->events().size())
        return -1;
    const auto it = std::lower_bound(m_byTime.begin(), m_byTime.end(), row.value,
                                     [this](std::uint32_t a, std::uint32_t b) { return isTimeBefore(a, b); });
    return it != m_byTime.end() && *it == row.value ? static_cast<int>(it - m_byTime.begin()) : -1;
}

// Growth

void EventModel::onAppended()
{
    if (m_isPaused)
        return;
    if (m_rowCount == 0)
        announce(); // the first rows are worth seeing at once
    else if (!m_announceTimer.isActive())
        m_announceTimer.start(static_cast<int>(std::clamp<qint64>(announcePause * m_announceMs, announceMs, longestAnnounceMs)));
}

void EventModel::announce()
{
    if (m_document == nullptr || m_isPaused || m_resets > 0)
        return;
    announceTraceColumn();
    const std::size_t limit = std::numeric_limits<int>::max();
    const int rows = static_cast<int>(std::min(availableRows(), limit));
    if (rows <= m_rowCount)
        return;
    QElapsedTimer clock;
    clock.start();
    const int first = m_rowCount;
    const int decimals = m_decimals;
    beginInsertRows({}, first, rows - 1);
    m_rowCount = rows;
    findDecimals(first);
    if (m_order == Order::Time)
        appendToOrder(static_cast<std::size_t>(first));
    endInsertRows();
    if (m_order == Order::Time)
        reorder(firstDisplaced(static_cast<std::size_t>(first)));
    if (m_decimals != decimals && first > 0)
        Q_EMIT dataChanged(index(0, TimeColumn), index(first - 1, DeltaColumn));
    m_announceMs = clock.elapsed();
}

void EventModel::findDecimals(int first)
{
    for (int i = first; i < m_rowCount && m_decimals < mostDecimals; ++i)
        m_decimals = std::max(m_decimals, decimalsOf(timeOf(rowInFile(static_cast<std::size_t>(i)))));
}

void EventModel::announceTraceColumn()
{
    if (m_hasTraceColumn || m_document->traceCount() < 2)
        return;
    beginInsertColumns({}, TraceColumn, TraceColumn);
    m_hasTraceColumn = true;
    endInsertColumns();
}

/// New rows stand at the end at first, so that their insertion is one range; reorder() then puts them in place.
void EventModel::appendToOrder(std::size_t first)
{
    for (std::size_t i = first; i < static_cast<std::size_t>(m_rowCount); ++i)
        m_byTime.push_back(rowInFile(i).value);
}

/// The first position that rows appended from @p first on may change: where the earliest of them belongs.
std::size_t EventModel::firstDisplaced(std::size_t first) const
{
    const auto before = [this](std::uint32_t a, std::uint32_t b) { return isTimeBefore(a, b); };
    const auto news = m_byTime.begin() + static_cast<std::ptrdiff_t>(first);
    const std::uint32_t earliest = *std::min_element(news, m_byTime.end(), before);
    return static_cast<std::size_t>(std::upper_bound(m_byTime.begin(), news, earliest, before) - m_byTime.begin());
}

bool EventModel::isTimeBefore(std::uint32_t a, std::uint32_t b) const
{
    const std::int64_t timeA = timeOf(RowId(a));
    const std::int64_t timeB = timeOf(RowId(b));
    return timeA != timeB ? timeA < timeB : a < b;
}

/// Sorts the positions from @p first on, with the times side by side: looking them up in each comparison costs five times as
/// much.
void EventModel::sortFrom(std::size_t first)
{
    struct Key {
        std::int64_t timeNs;
        std::uint32_t row;
        auto operator<=>(const Key&) const = default;
    };
    std::vector<Key> keys;
    keys.reserve(m_byTime.size() - first);
    for (std::size_t i = first; i < m_byTime.size(); ++i)
        keys.push_back({timeOf(RowId(m_byTime[i])), m_byTime[i]});
    if (std::is_sorted(keys.begin(), keys.end()))
        return;
    std::sort(keys.begin(), keys.end());
    for (std::size_t i = first; i < m_byTime.size(); ++i)
        m_byTime[i] = keys[i - first].row;
}

/// Puts the rows from position @p first on into the order that is asked for; selections stay with their records.
void EventModel::reorder(std::size_t first)
{
    if (first >= static_cast<std::size_t>(m_rowCount) && m_order == Order::Time)
        return;
    Q_EMIT layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
    const QModelIndexList old = persistentIndexList();
    std::vector<RowId> rows;
    for (const QModelIndex& each : old)
        rows.push_back(rowId(each.row()));
    arrange(first);
    QModelIndexList updated;
    for (qsizetype i = 0; i < old.size(); ++i)
        updated.push_back(index(positionOf(rows[static_cast<std::size_t>(i)]), old[i].column()));
    changePersistentIndexList(old, updated);
    Q_EMIT layoutChanged({}, QAbstractItemModel::VerticalSortHint);
}

void EventModel::arrange(std::size_t first)
{
    if (m_order == Order::File) {
        m_byTime = {};
        return;
    }
    if (m_byTime.empty())
        appendToOrder(0);
    sortFrom(first);
}

std::int64_t EventModel::zeroOf(TraceId trace) const
{
    if (trace.value >= m_zeros.size())
        m_zeros.resize(trace.value + 1);
    std::optional<std::int64_t>& zero = m_zeros[trace.value];
    if (!zero && m_document != nullptr && !m_document->trace(trace).timeRange().isEmpty())
        zero = m_document->trace(trace).zeroNs();
    return zero.value_or(0);
}

std::int64_t EventModel::timeOf(RowId row) const
{
    return m_document->events().timeNs(row) - zeroOf(m_document->events().trace(row));
}

// What is shown

int EventModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : m_rowCount; }

int EventModel::columnCount(const QModelIndex& parent) const
{
    if (parent.isValid())
        return 0;
    return m_hasTraceColumn ? TraceColumn + 1 : SummaryColumn + 1;
}

QVariant EventModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    struct Header {
        QString title;
        QString toolTip;
    };
    const auto header = [section]() -> Header {
        switch (section) {
        case NumberColumn:
            return {tr("#"), tr("Number of the record in the file. Click to sort by file order.")};
        case TimeColumn:
            return {tr("T (ms)"), tr("Time since the earliest event of the trace. Click to sort by time.")};
        case DeltaColumn:
            return {tr("Δ (ms)"), tr("Time since the event before it in this list, of the same trace")};
        case EventColumn:
            return {tr("Event"), tr("Category and name as logged")};
        case SummaryColumn:
            return {tr("Summary"), tr("What the record says, in one line")};
        case TraceColumn:
            return {tr("Trace"), tr("The trace of the file that the record belongs to")};
        default:
            return {};
        }
    }();
    if (role == Qt::DisplayRole)
        return header.title;
    if (role == Qt::ToolTipRole)
        return header.toolTip;
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(section <= DeltaColumn ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter);
    return {};
}

QVariant EventModel::data(const QModelIndex& index, int role) const
{
    const RowId row = rowId(index.row());
    if (!index.isValid() || !row.isValid() || m_document == nullptr)
        return {};
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole:
        return displayText(row, index.row(), column);
    case Qt::ToolTipRole:
        return toolTip(row, column);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(column <= DeltaColumn ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter);
    case Qt::ForegroundRole:
        if (isDimmed(row))
            return QGuiApplication::palette().brush(QPalette::Disabled, QPalette::Text);
        return isUndecoded(row) && column >= EventColumn ? QVariant(severityColor(Severity::DataLoss)) : QVariant();
    case Qt::DecorationRole:
        return isUndecoded(row) && column == EventColumn ? QVariant(m_warningIcon) : QVariant();
    default:
        return {};
    }
}

QString EventModel::displayText(RowId row, int position, int column) const
{
    switch (column) {
    case NumberColumn:
        return rowText(row);
    case TimeColumn:
        return timeText(row);
    case DeltaColumn:
        return deltaText(row, position);
    case EventColumn:
        return eventText(row);
    case SummaryColumn:
        return summary(row);
    case TraceColumn:
        return traceTitle(m_document->events().trace(row));
    default:
        return {};
    }
}

QString EventModel::timeText(RowId row) const
{
    if ((m_document->events().flags(row) & (RowNoTime | RowMalformed | RowOversized)) != 0)
        return {};
    return alignedMs(timeOf(row), m_decimals);
}

QString EventModel::deltaText(RowId row, int position) const
{
    const EventStore& events = m_document->events();
    constexpr int untimed = RowNoTime | RowMalformed | RowOversized;
    if ((events.flags(row) & untimed) != 0)
        return {};
    for (int before = position - 1; before >= 0 && before >= position - deltaSearchRows; --before) {
        const RowId other = rowId(before);
        if (events.trace(other) == events.trace(row) && (events.flags(other) & untimed) == 0)
            return alignedMs(events.timeNs(row) - events.timeNs(other), m_decimals);
    }
    return {};
}

bool EventModel::isUndecoded(RowId row) const
{
    return (m_document->events().flags(row) & (RowMalformed | RowOversized)) != 0;
}

QString EventModel::eventText(RowId row) const
{
    const std::uint8_t flags = m_document->events().flags(row);
    if ((flags & RowOversized) != 0)
        return tr("oversized");
    if ((flags & RowMalformed) != 0)
        return tr("malformed");
    const NameId name = m_document->events().name(row);
    return name.isValid() ? oneLine(toText(m_document->names()[name].logged)) : tr("no name");
}

QString EventModel::summary(RowId row) const
{
    const EventStore& events = m_document->events();
    const std::uint8_t flags = events.flags(row);
    const QString bytes = countText(events.length(row));
    const QString offset = countText(events.offset(row));
    if ((flags & RowRun) != 0)
        return tr("run of malformed records, %1 bytes at offset %2").arg(bytes, offset);
    if ((flags & RowOversized) != 0)
        return tr("record too large to decode, %1 bytes at offset %2").arg(bytes, offset);
    if ((flags & RowMalformed) != 0)
        return tr("malformed record, %1 bytes at offset %2").arg(bytes, offset);
    if (const QString* cached = m_summaries.object(row.value))
        return *cached;
    if (m_records == nullptr)
        return {};
    std::string problem;
    const std::string record = m_document->recordText(row, &problem);
    QString text = problem.empty() ? oneLine(toText(m_records->summary(record, m_document->traceOf(row).header()))) : toText(problem);
    m_summaries.insert(row.value, new QString(text));
    return text;
}

QString EventModel::traceTitle(TraceId trace) const
{
    const TraceHeader& header = m_document->trace(trace).header();
    for (const std::string* text : {&header.title, &header.vantageName, &header.groupId}) {
        if (!text->empty())
            return oneLine(toText(*text));
    }
    return tr("trace %1").arg(trace.value + 1);
}

QString EventModel::toolTip(RowId row, int column) const
{
    const EventStore& events = m_document->events();
    const NameId name = events.name(row);
    if (column == EventColumn && name.isValid() && !isUndecoded(row)) {
        const NameTable::Entry& entry = m_document->names()[name];
        if (entry.kind == EventKind::Other)
            return tr("%1\nThis name is in no qlog draft.").arg(toText(entry.logged));
        return tr("%1\nCanonical name: %2").arg(toText(entry.logged), toText(entry.canonical));
    }
    if (column == SummaryColumn) {
        const bool isRepaired = (events.flags(row) & RowRepaired) != 0;
        return isRepaired ? tr("%1\nNot quite JSON; read after a repair.").arg(summary(row)) : summary(row);
    }
    if (column == NumberColumn)
        return tr("%1 bytes at offset %2").arg(countText(events.length(row)), countText(events.offset(row)));
    return {};
}

} // namespace qlogscope
