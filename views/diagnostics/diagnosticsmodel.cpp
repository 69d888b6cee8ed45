// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/diagnostics/diagnosticsmodel.h"

#include "views/severitylook.h"
#include "views/texts.h"

#include <algorithm>

namespace qlogscope {

namespace {

// of the rows for kinds, findings and what is undecided; entries have their kind + 1, evidence has its finding + firstFindingId
constexpr quintptr groupId = 0;
constexpr quintptr undecidedId = 999;
constexpr quintptr firstFindingId = 1000;
static_assert(diagnosticKindCount + 1 < static_cast<int>(undecidedId));

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
    m_findings.clear();
    m_undecided.clear();
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

void DiagnosticsModel::setFindings(std::vector<Finding> findings, std::vector<Undecided> undecided)
{
    // rows come and go, no reset: what the user has opened above stays open
    const auto first = static_cast<int>(m_groups.size());
    const int before = rowCount() - first;
    if (before > 0) {
        beginRemoveRows({}, first, first + before - 1);
        m_findings.clear();
        m_undecided.clear();
        endRemoveRows();
    }
    const auto added = static_cast<int>(findings.size()) + (undecided.empty() ? 0 : 1);
    if (added == 0)
        return;
    beginInsertRows({}, first, first + added - 1);
    m_findings = std::move(findings);
    m_undecided = std::move(undecided);
    endInsertRows();
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
    if (!parent.isValid())
        return createIndex(row, column, groupId);
    const auto group = static_cast<std::size_t>(parent.row());
    if (group < m_groups.size())
        return createIndex(row, column, idOf(m_groups[group].kind));
    return createIndex(row, column, group == undecidedRow() ? undecidedId : firstFindingId + (group - m_groups.size()));
}

QModelIndex DiagnosticsModel::parent(const QModelIndex& child) const
{
    if (!child.isValid() || child.internalId() == groupId)
        return {};
    if (child.internalId() >= firstFindingId)
        return createIndex(static_cast<int>(m_groups.size() + (child.internalId() - firstFindingId)), ProblemColumn, groupId);
    if (child.internalId() == undecidedId)
        return createIndex(static_cast<int>(undecidedRow()), ProblemColumn, groupId);
    return createIndex(groupOf(static_cast<DiagnosticKind>(child.internalId() - 1)), ProblemColumn, groupId);
}

int DiagnosticsModel::rowCount(const QModelIndex& parent) const
{
    if (!parent.isValid())
        return static_cast<int>(undecidedRow() + (m_undecided.empty() ? 0 : 1));
    if (parent.internalId() != groupId || parent.column() != ProblemColumn)
        return 0;
    const auto group = static_cast<std::size_t>(parent.row());
    if (group < m_groups.size())
        return static_cast<int>(m_groups[group].listed);
    return static_cast<int>(group == undecidedRow() ? m_undecided.size() : m_findings[group - m_groups.size()].rows.size());
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
    if (!index.isValid() || index.internalId() == groupId || index.internalId() >= undecidedId || m_document == nullptr)
        return nullptr;
    return &m_document->diagnostics().listed(static_cast<DiagnosticKind>(index.internalId() - 1))[static_cast<std::size_t>(index.row())];
}

const Finding* DiagnosticsModel::finding(const QModelIndex& index) const
{
    const auto group = static_cast<std::size_t>(index.row());
    if (!index.isValid() || index.internalId() != groupId || group < m_groups.size() || group >= undecidedRow())
        return nullptr;
    return &m_findings[group - m_groups.size()];
}

RowId DiagnosticsModel::rowId(const QModelIndex& index) const
{
    if (!index.isValid() || m_document == nullptr || index.internalId() == undecidedId)
        return {};
    if (index.internalId() >= firstFindingId)
        return m_findings[index.internalId() - firstFindingId].rows[static_cast<std::size_t>(index.row())];
    if (const Finding* found = finding(index))
        return found->rows.empty() ? RowId() : found->rows.front();
    if (index.internalId() == groupId && static_cast<std::size_t>(index.row()) == undecidedRow())
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
    if (const Finding* found = finding(index))
        return findingData(*found, column, role);
    if (index.internalId() >= firstFindingId)
        return evidenceData(rowId(index), index.row() + 1, column, role);
    if (index.internalId() == undecidedId || (index.internalId() == groupId && static_cast<std::size_t>(index.row()) == undecidedRow()))
        return undecidedData(index, role);
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

QVariant DiagnosticsModel::findingData(const Finding& finding, int column, int role) const
{
    const RowId first = finding.rows.empty() ? RowId() : finding.rows.front();
    switch (role) {
    case Qt::DecorationRole:
        return column == ProblemColumn ? QVariant(severityIcon(finding.severity)) : QVariant();
    case Qt::ForegroundRole:
        return column == ProblemColumn ? QVariant(severityColor(finding.severity)) : QVariant();
    case Qt::ToolTipRole:
        return column == DetailColumn ? toText(finding.detail) + QLatin1String("\n\n") + toText(ruleOf(finding.kind)) : toText(ruleOf(finding.kind));
    case Qt::DisplayRole:
        break;
    default:
        return {};
    }
    switch (column) {
    case ProblemColumn:
        return tr("Connection: %1 (%2)").arg(readable(text(finding.kind)).toLower(), toText(text(finding.severity)));
    case CountColumn:
        return countText(finding.count);
    case RowColumn:
        return first.isValid() ? rowText(first) : QString();
    case OffsetColumn:
        return first.isValid() ? countText(m_document->events().offset(first)) : QString();
    default:
        return m_document->traceCount() > 1 ? tr("Trace %1: %2").arg(countText(finding.trace.value + 1), toText(finding.detail)) : toText(finding.detail);
    }
}

QVariant DiagnosticsModel::evidenceData(RowId row, int number, int column, int role) const
{
    if (role != Qt::DisplayRole)
        return {};
    switch (column) {
    case ProblemColumn:
        return tr("Evidence %1").arg(number);
    case RowColumn:
        return rowText(row);
    case OffsetColumn:
        return countText(m_document->events().offset(row));
    case DetailColumn: {
        const NameId name = m_document->events().name(row);
        return name.isValid() ? toText(m_document->names()[name].logged) : QString();
    }
    default:
        return {};
    }
}

QString DiagnosticsModel::undecidedText(const Undecided& undecided)
{
    return QStringLiteral("%1: %2").arg(readable(text(undecided.kind)), toText(undecided.reason));
}

QVariant DiagnosticsModel::undecidedData(const QModelIndex& index, int role) const
{
    const int column = index.column();
    if (index.internalId() == groupId) {
        if (role == Qt::DisplayRole && column == ProblemColumn)
            return tr("Connection: not decided");
        if (role == Qt::DisplayRole && column == CountColumn)
            return countText(m_undecided.size());
        return role == Qt::DisplayRole && column == DetailColumn ? QVariant(tr("what this log cannot tell")) : QVariant();
    }
    const Undecided& each = m_undecided[static_cast<std::size_t>(index.row())];
    if (role == Qt::ToolTipRole)
        return toText(ruleOf(each.kind));
    if (role != Qt::DisplayRole)
        return {};
    if (column == ProblemColumn)
        return readable(text(each.kind));
    return column == DetailColumn ? QVariant(toText(each.reason)) : QVariant();
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
