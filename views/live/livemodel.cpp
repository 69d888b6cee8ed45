// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/live/livemodel.h"

#include "views/pace.h"
#include "views/palette.h"
#include "views/severitylook.h"
#include "views/texts.h"

#include <QDateTime>
#include <QFont>

#include <algorithm>
#include <utility>

namespace qlogscope {

namespace {


/// Calls run(first, last) for each run of consecutive numbers.
template <typename Run> void forRuns(std::vector<int> rows, const Run& run)
{
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    for (std::size_t begin = 0; begin < rows.size();) {
        std::size_t end = begin + 1;
        while (end < rows.size() && rows[end] == rows[end - 1] + 1)
            ++end;
        run(rows[begin], rows[end - 1]);
        begin = end;
    }
}

} // namespace

LiveModel::LiveModel(QObject* parent)
    : QAbstractTableModel(parent)
    , m_nowMs(QDateTime::currentMSecsSinceEpoch())
    , m_beginMs(m_nowMs)
{
    m_pace.setSingleShot(true);
    m_pace.setInterval(announceMs);
    connect(&m_pace, &QTimer::timeout, this, &LiveModel::announce);
}

void LiveModel::update(const std::vector<LiveFile>& changed)
{
    for (const LiveFile& file : changed)
        m_waiting.insert_or_assign(file.id, file);
    if (changed.empty())
        return;
    if (m_isPaused || m_pace.isActive())
        Q_EMIT waitingChanged();
    else
        announce();
}

void LiveModel::clear()
{
    beginResetModel();
    m_files.clear();
    m_indexes.clear();
    m_rows.clear();
    m_groups.clear();
    m_names.clear();
    m_waiting.clear();
    m_pace.stop();
    m_beginMs = m_nowMs;
    endResetModel();
    Q_EMIT waitingChanged();
    Q_EMIT announced();
}

void LiveModel::setPaused(bool isPaused)
{
    m_isPaused = isPaused;
    if (!m_isPaused)
        announce();
}

void LiveModel::announce()
{
    if (m_isPaused || m_waiting.empty())
        return;
    m_pace.start();
    const std::unordered_map<std::uint32_t, LiveFile> changed = std::exchange(m_waiting, {});
    std::vector<std::uint32_t> files = take(changed);
    std::vector<std::uint32_t> affected;
    for (const std::uint32_t index : files)
        updateKeys(index, &affected);
    pairAnew(std::move(affected), &files);

    std::vector<int> rows;
    for (const std::uint32_t index : files) {
        if (m_files[index].row >= 0)
            rows.push_back(m_files[index].row);
    }
    announceRows(std::move(rows));
    appendRows();
    Q_EMIT waitingChanged();
    Q_EMIT announced();
}

std::vector<std::uint32_t> LiveModel::take(const std::unordered_map<std::uint32_t, LiveFile>& changed)
{
    std::vector<std::uint32_t> ids;
    ids.reserve(changed.size());
    for (const auto& [id, file] : changed)
        ids.push_back(id);
    std::sort(ids.begin(), ids.end()); // the order of their appearance
    std::vector<std::uint32_t> indexes;
    indexes.reserve(ids.size());
    for (const std::uint32_t id : ids) {
        const LiveFile& file = changed.at(id);
        const auto [it, isNew] = m_indexes.try_emplace(id, static_cast<std::uint32_t>(m_files.size()));
        if (isNew) {
            File& added = m_files.emplace_back();
            added.stem = fileStemOf(file.path);
            added.isUnseen = file.appearedMs > m_beginMs;
        }
        File& taken = m_files[it->second];
        if (taken.file.path != file.path)
            taken.stem = fileStemOf(file.path);
        taken.file = file;
        indexes.push_back(it->second);
    }
    return indexes;
}

void LiveModel::changeKey(Keys* keys, std::string* key, std::string now, std::uint32_t index, std::vector<std::uint32_t>* affected)
{
    if (*key == now)
        return;
    affected->push_back(index);
    constexpr std::size_t most = 3; // with more there was no pair before and is none after
    if (!key->empty()) {
        std::vector<std::uint32_t>& members = (*keys)[*key];
        members.erase(std::find(members.begin(), members.end(), index));
        if (members.size() < most)
            affected->insert(affected->end(), members.begin(), members.end());
        if (members.empty())
            keys->erase(*key);
    }
    *key = std::move(now);
    if (!key->empty()) {
        std::vector<std::uint32_t>& members = (*keys)[*key];
        if (members.size() < most)
            affected->insert(affected->end(), members.begin(), members.end());
        members.push_back(index);
    }
}

void LiveModel::updateKeys(std::uint32_t index, std::vector<std::uint32_t>* affected)
{
    File& file = m_files[index];
    const ConnectionSummary& summary = file.file.summary;
    const qlogscope::Role role = LiveRow::roleOf(file.file, file.stem.role);
    const bool isSide = (role == qlogscope::Role::Client || role == qlogscope::Role::Server) && summary.traces <= 1
        && !summary.isEndpoint && file.file.state != LiveState::NotQlog;
    const std::string_view side = role == qlogscope::Role::Client ? "c" : "s";
    std::string group;
    std::string name;
    if (isSide && !summary.groupId.empty())
        group = summary.groupId;
    if (isSide && file.stem.role != qlogscope::Role::Unknown) {
        // a long number is a time stamp, which differs between the sides
        constexpr std::size_t shortestTime = 10;
        const std::string number = file.stem.number.size() < shortestTime ? file.stem.number : std::string();
        name = (file.stem.isConnectionId() ? std::string() : file.stem.folder) + '/' + file.stem.connection + '#' + number;
    }
    if (file.side != side) {
        file.side = side;
        changeKey(&m_groups, &file.groupKey, {}, index, affected);
        changeKey(&m_names, &file.nameKey, {}, index, affected);
    }
    changeKey(&m_groups, &file.groupKey, std::move(group), index, affected);
    changeKey(&m_names, &file.nameKey, std::move(name), index, affected);
}

std::uint32_t LiveModel::soleOther(const Keys& keys, const std::string& key, std::uint32_t index) const
{
    const auto it = keys.find(key);
    if (key.empty() || it == keys.end() || it->second.size() != 2)
        return none;
    const std::uint32_t other = it->second[it->second[0] == index ? 1 : 0];
    return m_files[other].side != m_files[index].side ? other : none;
}

std::uint32_t LiveModel::groupPartner(std::uint32_t index) const { return soleOther(m_groups, m_files[index].groupKey, index); }

std::uint32_t LiveModel::partnerOf(std::uint32_t index) const
{
    if (const std::uint32_t partner = groupPartner(index); partner != none)
        return partner;
    const std::uint32_t named = soleOther(m_names, m_files[index].nameKey, index);
    if (named == none || groupPartner(named) != none)
        return none;
    const std::string& own = m_files[index].groupKey;
    const std::string& others = m_files[named].groupKey;
    return own.empty() || others.empty() || own == others ? named : none;
}

void LiveModel::pairAnew(std::vector<std::uint32_t> affected, std::vector<std::uint32_t>* changed)
{
    // whether one is paired by its id decides whether another is paired by its name
    for (std::size_t i = 0, count = affected.size(); i < count; ++i) {
        if (const std::uint32_t named = soleOther(m_names, m_files[affected[i]].nameKey, affected[i]); named != none)
            affected.push_back(named);
    }
    std::sort(affected.begin(), affected.end());
    affected.erase(std::unique(affected.begin(), affected.end()), affected.end());
    for (const std::uint32_t index : affected) {
        File& file = m_files[index];
        if (file.partner == none || file.partner == partnerOf(index))
            continue;
        File& partner = m_files[file.partner];
        if (file.row >= 0) {
            m_rows[static_cast<std::size_t>(file.row)] = {index, none};
            changed->push_back(index);
        }
        partner.row = -1; // it gets a row at the end
        partner.partner = none;
        file.partner = none;
    }
    std::vector<int> removed;
    for (const std::uint32_t index : affected) {
        const std::uint32_t with = partnerOf(index);
        File& file = m_files[index];
        if (with == none || file.partner != none)
            continue;
        File& partner = m_files[with];
        if (partner.partner != none)
            continue;
        file.partner = with;
        partner.partner = index;
        if (file.row >= 0 && partner.row >= 0)
            removed.push_back(std::max(file.row, partner.row));
        const int row = file.row >= 0 && partner.row >= 0 ? std::min(file.row, partner.row) : std::max(file.row, partner.row);
        file.row = partner.row = row;
        if (row >= 0) {
            m_rows[static_cast<std::size_t>(row)] = rowOf(index);
            changed->push_back(index);
        }
    }
    removeRows(std::move(removed));
}

LiveModel::Row LiveModel::rowOf(std::uint32_t index) const
{
    const std::uint32_t partner = m_files[index].partner;
    return partner != none && m_files[index].side == "s" ? Row{partner, index} : Row{index, partner};
}

void LiveModel::removeRows(std::vector<int> rows)
{
    if (rows.empty())
        return;
    const int lowest = *std::min_element(rows.begin(), rows.end());
    std::vector<std::pair<int, int>> runs;
    forRuns(std::move(rows), [&](int first, int last) { runs.emplace_back(first, last); });
    std::reverse(runs.begin(), runs.end()); // from the end: the numbers before stay
    for (const auto& [first, last] : runs) {
        beginRemoveRows({}, first, last);
        m_rows.erase(m_rows.begin() + first, m_rows.begin() + last + 1);
        endRemoveRows();
    }
    for (std::size_t row = static_cast<std::size_t>(lowest); row < m_rows.size(); ++row) {
        for (const std::uint32_t index : {m_rows[row].first, m_rows[row].second}) {
            if (index != none)
                m_files[index].row = static_cast<int>(row);
        }
    }
}

void LiveModel::appendRows()
{
    std::vector<Row> added;
    for (std::uint32_t index = 0; index < m_files.size(); ++index) {
        File& file = m_files[index];
        if (file.row >= 0)
            continue;
        file.row = static_cast<int>(m_rows.size() + added.size());
        if (file.partner != none)
            m_files[file.partner].row = file.row;
        added.push_back(rowOf(index));
    }
    if (added.empty())
        return;
    const auto first = static_cast<int>(m_rows.size());
    beginInsertRows({}, first, first + static_cast<int>(added.size()) - 1);
    m_rows.insert(m_rows.end(), added.begin(), added.end());
    endInsertRows();
}

void LiveModel::announceRows(std::vector<int> rows)
{
    forRuns(std::move(rows), [this](int first, int last) { Q_EMIT dataChanged(index(first, 0), index(last, LiveRow::ColumnCount - 1)); });
}

void LiveModel::setNow(qint64 unixMs)
{
    if (m_isPaused || unixMs == m_nowMs)
        return;
    std::vector<std::pair<std::int64_t, std::int64_t>> before;
    before.reserve(m_rows.size());
    for (int i = 0; i < rowCount(); ++i) {
        const LiveRow each = row(i);
        before.emplace_back(each.ageStep(LiveRow::StartedColumn), each.ageStep(LiveRow::GrowthColumn));
    }
    m_nowMs = unixMs;
    std::vector<int> started;
    std::vector<int> grown;
    for (int i = 0; i < rowCount(); ++i) {
        const LiveRow each = row(i);
        if (each.ageStep(LiveRow::StartedColumn) != before[static_cast<std::size_t>(i)].first)
            started.push_back(i);
        if (each.ageStep(LiveRow::GrowthColumn) != before[static_cast<std::size_t>(i)].second)
            grown.push_back(i);
    }
    const auto announceColumn = [this](std::vector<int> rows, int column) {
        forRuns(std::move(rows), [&](int first, int last) {
            Q_EMIT dataChanged(index(first, column), index(last, column), {Qt::DisplayRole, Qt::ToolTipRole, Qt::AccessibleTextRole});
        });
    };
    announceColumn(std::move(started), LiveRow::StartedColumn);
    announceColumn(std::move(grown), LiveRow::GrowthColumn);
}

void LiveModel::markAllSeen()
{
    std::vector<int> rows;
    for (File& file : m_files) {
        if (!std::exchange(file.isUnseen, false))
            continue;
        rows.push_back(file.row);
    }
    announceRows(std::move(rows));
    Q_EMIT announced();
}

LiveRow LiveModel::row(int row) const
{
    const Row& each = m_rows[static_cast<std::size_t>(row)];
    return {&m_files[each.first].file, each.second != none ? &m_files[each.second].file : nullptr, m_nowMs};
}

std::vector<std::uint32_t> LiveModel::fileIds(int row) const
{
    const LiveRow each = this->row(row);
    std::vector<std::uint32_t> ids{each.main().id};
    if (each.other() != nullptr)
        ids.push_back(each.other()->id);
    return ids;
}

LiveCounts LiveModel::counts() const
{
    LiveCounts counts;
    for (int i = 0; i < rowCount(); ++i) {
        const LiveRow each = row(i);
        counts.unseen += isUnseen(i) ? 1 : 0;
        if (each.isEndpoint()) {
            ++counts.endpoints;
            continue;
        }
        if (each.state() == LiveState::NotQlog) {
            ++counts.notQlog;
            continue;
        }
        ++counts.connections;
        counts.handshaking += each.state() == LiveState::Handshaking ? 1 : 0;
        counts.active += each.state() == LiveState::Active ? 1 : 0;
        counts.stalled += each.state() == LiveState::Stalled ? 1 : 0;
    }
    return counts;
}

bool LiveModel::isBefore(int left, int right, int column) const
{
    const LiveRow one = row(left);
    const LiveRow two = row(right);
    if (LiveRow::isWordColumn(column))
        return QString::compare(one.cell(column).text, two.cell(column).text, Qt::CaseInsensitive) < 0;
    return one.sortNumber(column) < two.sortNumber(column);
}

int LiveModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_rows.size()); }

int LiveModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : LiveRow::ColumnCount; }

bool LiveModel::isUnseen(int row) const
{
    const Row& each = m_rows[static_cast<std::size_t>(row)];
    return m_files[each.first].isUnseen || (each.second != none && m_files[each.second].isUnseen);
}

QVariant LiveModel::foreground(const LiveRow& row, int column) const
{
    const QPalette widgets = QApplication::palette();
    if (row.cell(column).isMuted || (column != LiveRow::StateColumn && row.state() == LiveState::Gone))
        return widgets.color(QPalette::PlaceholderText);
    if (column != LiveRow::StateColumn)
        return {};
    const Palette& palette = Palette::of(widgets.color(QPalette::Base).lightness() < 128 ? Theme::Dark : Theme::Light);
    switch (row.state()) {
    case LiveState::Active:
        return palette.acked;
    case LiveState::Handshaking:
        return palette.sent;
    case LiveState::Stalled:
        return severityColor(Severity::DataLoss);
    case LiveState::Unreadable:
    case LiveState::NotQlog:
        return severityColor(Severity::Error);
    case LiveState::Closed:
        return row.isClosedWithError() ? QVariant(severityColor(Severity::Error)) : QVariant();
    default:
        return {};
    }
}

QVariant LiveModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const int column = index.column();
    const LiveRow each = row(index.row());
    switch (role) {
    case Qt::DisplayRole:
        if (column == LiveRow::FileColumn && isUnseen(index.row()))
            return tr("%1 (new)").arg(each.cell(column).text);
        return each.cell(column).text;
    case Qt::AccessibleTextRole:
        return each.spokenText(column);
    case Qt::ToolTipRole:
        return each.toolTip(column);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue((column <= LiveRow::WriterColumn ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    case Qt::ForegroundRole:
        return foreground(each, column);
    case Qt::FontRole:
        if (isUnseen(index.row())) {
            QFont font;
            font.setBold(true);
            return font;
        }
        return {};
    case SortRole:
        return LiveRow::isWordColumn(column) ? QVariant(each.cell(column).text) : QVariant(each.sortNumber(column));
    case WindowsRole: {
        const std::vector<std::int64_t>& windows = each.main().summary.windows;
        return column == LiveRow::WindowColumn ? QVariant::fromValue(QList<double>(windows.begin(), windows.end())) : QVariant();
    }
    case UnseenRole:
        return isUnseen(index.row());
    default:
        return {};
    }
}

QVariant LiveModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return LiveRow::title(section);
    case Qt::ToolTipRole:
        return LiveRow::titleNote(section);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue((section <= LiveRow::WriterColumn ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    default:
        return {};
    }
}

LiveProxy::LiveProxy(LiveModel* model, QObject* parent)
    : QSortFilterProxyModel(parent)
    , m_model(model)
{
    setSortRole(LiveModel::SortRole);
    setSourceModel(model);
    setDynamicSortFilter(true);
    sort(LiveRow::StartedColumn, Qt::DescendingOrder);
}

void LiveProxy::setFilterText(const QString& text)
{
    m_terms = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    invalidateFilter();
}

void LiveProxy::setRestHidden(bool isHidden)
{
    m_isRestHidden = isHidden;
    invalidateFilter();
}

void LiveProxy::setFrozen(bool isFrozen)
{
    setDynamicSortFilter(!isFrozen);
    if (!isFrozen)
        invalidate();
}

bool LiveProxy::filterAcceptsRow(int sourceRow, const QModelIndex&) const
{
    if (!hasFilter())
        return true;
    const LiveRow row = m_model->row(sourceRow);
    return !(m_isRestHidden && row.isAtRest()) && row.matches(m_terms);
}

bool LiveProxy::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    return m_model->isBefore(left.row(), right.row(), left.column());
}

} // namespace qlogscope
