// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/diagnostics/diagnosticsmodel.h"

#include "views/severitylook.h"
#include "views/texts.h"

#include <algorithm>

namespace qlogscope {

namespace {

constexpr quintptr groupId = 0; // of the rows for kinds; entries have their kind + 1

quintptr idOf(DiagnosticKind kind) { return static_cast<quintptr>(kind) + 1; }

/// "malformed-record" as "Malformed record".
QString readable(std::string_view name)
{
    QString text = toText(name);
    text.replace(QLatin1Char('-'), QLatin1Char(' '));
    return text.left(1).toUpper() + text.mid(1);
}

} // namespace

void DiagnosticsModel::setDocument(const Document* document)
{
    if (document == m_document)
        return;
    beginResetModel();
    m_document = document;
    m_groups.clear();
    if (m_document != nullptr) {
        const Diagnostics& diagnostics = m_document->diagnostics();
        for (const DiagnosticKind kind : diagnostics.kinds())
            m_groups.push_back({kind, diagnostics.listed(kind).size(), diagnostics.count(kind)});
    }
    endResetModel();
}

void DiagnosticsModel::update()
{
    if (m_document == nullptr)
        return;
    insertNewKinds();
    for (int position = 0; position < static_cast<int>(m_groups.size()); ++position)
        updateGroup(position);
}

void DiagnosticsModel::insertNewKinds()
{
    const std::vector<DiagnosticKind> kinds = m_document->diagnostics().kinds();
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        if (i < m_groups.size() && m_groups[i].kind == kinds[i])
            continue;
        beginInsertRows({}, static_cast<int>(i), static_cast<int>(i));
        m_groups.insert(m_groups.begin() + static_cast<std::ptrdiff_t>(i), Group{kinds[i]});
        endInsertRows();
    }
}

void DiagnosticsModel::updateGroup(int position)
{
    Group& group = m_groups[static_cast<std::size_t>(position)];
    const Diagnostics& diagnostics = m_document->diagnostics();
    const std::size_t listed = diagnostics.listed(group.kind).size();
    if (listed > group.listed) {
        beginInsertRows(index(position, ProblemColumn), static_cast<int>(group.listed), static_cast<int>(listed) - 1);
        group.listed = listed;
        endInsertRows();
    }
    if (diagnostics.count(group.kind) != group.count) {
        group.count = diagnostics.count(group.kind);
        Q_EMIT dataChanged(index(position, ProblemColumn), index(position, DetailColumn));
    }
}

int DiagnosticsModel::groupOf(DiagnosticKind kind) const
{
    const auto it = std::find_if(m_groups.begin(), m_groups.end(), [kind](const Group& group) { return group.kind == kind; });
    return static_cast<int>(it - m_groups.begin());
}

QModelIndex DiagnosticsModel::index(int row, int column, const QModelIndex& parent) const
{
    if (row < 0 || row >= rowCount(parent) || column < 0 || column > DetailColumn)
        return {};
    return createIndex(row, column, parent.isValid() ? idOf(m_groups[static_cast<std::size_t>(parent.row())].kind) : groupId);
}

QModelIndex DiagnosticsModel::parent(const QModelIndex& child) const
{
    if (!child.isValid() || child.internalId() == groupId)
        return {};
    return createIndex(groupOf(static_cast<DiagnosticKind>(child.internalId() - 1)), ProblemColumn, groupId);
}

int DiagnosticsModel::rowCount(const QModelIndex& parent) const
{
    if (!parent.isValid())
        return static_cast<int>(m_groups.size());
    if (parent.internalId() != groupId || parent.column() != ProblemColumn)
        return 0;
    return static_cast<int>(m_groups[static_cast<std::size_t>(parent.row())].listed);
}

int DiagnosticsModel::columnCount(const QModelIndex&) const { return DetailColumn + 1; }

QVariant DiagnosticsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case ProblemColumn:
        return tr("Problem");
    case CountColumn:
        return tr("Count");
    case RowColumn:
        return tr("Event #");
    case OffsetColumn:
        return tr("Offset");
    default:
        return tr("Detail");
    }
}

const Diagnostic* DiagnosticsModel::entry(const QModelIndex& index) const
{
    if (!index.isValid() || index.internalId() == groupId || m_document == nullptr)
        return nullptr;
    return &m_document->diagnostics().listed(static_cast<DiagnosticKind>(index.internalId() - 1))[static_cast<std::size_t>(index.row())];
}

RowId DiagnosticsModel::rowId(const QModelIndex& index) const
{
    if (!index.isValid() || m_document == nullptr)
        return {};
    const Diagnostic* diagnostic = entry(index);
    if (diagnostic == nullptr) {
        const auto& listed = m_document->diagnostics().listed(m_groups[static_cast<std::size_t>(index.row())].kind);
        diagnostic = listed.empty() ? nullptr : &listed.front();
    }
    return diagnostic != nullptr ? diagnostic->row : RowId();
}

QVariant DiagnosticsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || m_document == nullptr)
        return {};
    const Diagnostic* diagnostic = entry(index);
    const int column = index.column();
    if (role == Qt::TextAlignmentRole && column >= CountColumn && column <= OffsetColumn)
        return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
    if (diagnostic != nullptr) {
        if (role == Qt::DisplayRole || (role == Qt::ToolTipRole && column == DetailColumn))
            return entryText(*diagnostic, column);
        return {};
    }
    const Group& group = m_groups[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return kindText(group, column);
    case Qt::DecorationRole:
        return column == ProblemColumn ? QVariant(severityIcon(severityOf(group.kind))) : QVariant();
    case Qt::ForegroundRole:
        return column == ProblemColumn ? QVariant(severityColor(severityOf(group.kind))) : QVariant();
    default:
        return {};
    }
}

QString DiagnosticsModel::kindText(const Group& group, int column) const
{
    switch (column) {
    case ProblemColumn:
        return QStringLiteral("%1 (%2)").arg(readable(text(group.kind)), readable(text(severityOf(group.kind))).toLower());
    case CountColumn:
        return countText(group.count);
    case DetailColumn:
        return group.count > group.listed ? tr("the first %1 of %2 are listed").arg(countText(group.listed), countText(group.count))
                                          : QString();
    default:
        return {};
    }
}

QString DiagnosticsModel::entryText(const Diagnostic& diagnostic, int column) const
{
    switch (column) {
    case ProblemColumn:
        return readable(text(diagnostic.severity));
    case RowColumn:
        return diagnostic.row.isValid() ? rowText(diagnostic.row) : tr("file");
    case OffsetColumn:
        return countText(diagnostic.bytes.offset);
    case DetailColumn:
        return toText(diagnostic.detail);
    default:
        return {};
    }
}

} // namespace qlogscope
