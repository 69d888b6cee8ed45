// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/tree/tracetreemodel.h"

#include "views/severitylook.h"
#include "views/texts.h"
#include "views/tree/tracetext.h"

#include <algorithm>
#include <utility>

namespace qlogscope {

namespace {

constexpr quintptr topId = 0; // of top-level rows; others have the position of their parent + 1

bool spansFiles(const TraceGroup& group)
{
    return std::any_of(group.members.begin(), group.members.end(),
                       [&group](const TraceRef& each) { return each.document != group.members.front().document; });
}

} // namespace

TraceTreeModel::TraceTreeModel(const Workspace* workspace, QObject* parent)
    : QAbstractItemModel(parent)
    , m_workspace(workspace)
{
    m_tops = topsNow();
}

void TraceTreeModel::update()
{
    std::vector<Top> tops = topsNow();
    if (tops != m_tops) {
        beginResetModel();
        m_tops = std::move(tops);
        endResetModel();
        return;
    }
    for (int row = 0; row < rowCount(); ++row) {
        const QModelIndex each = index(row, 0);
        Q_EMIT dataChanged(each, each);
        if (rowCount(each) > 0)
            Q_EMIT dataChanged(index(0, 0, each), index(rowCount(each) - 1, 0, each));
    }
}

void TraceTreeModel::remove(const Document* document)
{
    m_leaving = document;
    m_progress.remove(document);
    update();
    m_leaving = nullptr;
}

void TraceTreeModel::setProgress(const Document* document, double fraction) { m_progress[document] = fraction; }

/// Files in the order of opening; a connection in several files stands where its first file would.
std::vector<TraceTreeModel::Top> TraceTreeModel::topsNow() const
{
    struct Group {
        TraceGroup group;
        bool isPlaced = false;
    };
    std::vector<Group> groups;
    for (TraceGroup& group : m_workspace->groups()) {
        std::erase_if(group.members, [this](const TraceRef& each) { return each.document == m_leaving; });
        if (!group.members.empty() && spansFiles(group))
            groups.push_back({std::move(group)});
    }
    std::vector<Top> tops;
    for (const auto& document : m_workspace->documents()) {
        if (document.get() == m_leaving)
            continue;
        Top file{document.get(), {}, {}};
        for (std::size_t i = 0; i < document->traceCount(); ++i) {
            const TraceRef trace{document.get(), TraceId(i)};
            const auto it = std::find_if(groups.begin(), groups.end(), [&trace](const Group& each) {
                return std::find(each.group.members.begin(), each.group.members.end(), trace) != each.group.members.end();
            });
            if (it == groups.end())
                file.traces.push_back(trace);
            else if (!std::exchange(it->isPlaced, true))
                tops.push_back({nullptr, it->group.groupId, it->group.members, it->group.pairing});
        }
        if (!file.traces.empty() || document->traceCount() == 0)
            tops.push_back(std::move(file));
    }
    return tops;
}

const TraceTreeModel::Top& TraceTreeModel::top(const QModelIndex& index) const
{
    return m_tops[index.internalId() == topId ? static_cast<std::size_t>(index.row()) : index.internalId() - 1];
}

TraceRef TraceTreeModel::trace(const QModelIndex& index) const
{
    if (!index.isValid())
        return {};
    const Top& parent = top(index);
    if (index.internalId() != topId)
        return parent.traces[static_cast<std::size_t>(index.row())];
    return parent.isOneRow() && !parent.traces.empty() ? parent.traces.front() : TraceRef();
}

TraceRef TraceTreeModel::anyTrace(const QModelIndex& index) const
{
    const bool isConnection = index.isValid() && index.internalId() == topId && top(index).document == nullptr;
    return isConnection ? top(index).traces.front() : trace(index);
}

std::vector<Document*> TraceTreeModel::documents(const QModelIndex& index) const
{
    if (!index.isValid())
        return {};
    const Top& parent = top(index);
    if (index.internalId() != topId)
        return {parent.traces[static_cast<std::size_t>(index.row())].document};
    if (parent.document != nullptr)
        return {parent.document};
    std::vector<Document*> documents;
    for (const TraceRef& each : parent.traces) {
        if (std::find(documents.begin(), documents.end(), each.document) == documents.end())
            documents.push_back(each.document);
    }
    return documents;
}

QModelIndex TraceTreeModel::indexOf(const TraceRef& trace) const
{
    for (std::size_t i = 0; i < m_tops.size(); ++i) {
        const auto it = std::find(m_tops[i].traces.begin(), m_tops[i].traces.end(), trace);
        if (it == m_tops[i].traces.end())
            continue;
        if (m_tops[i].isOneRow())
            return createIndex(static_cast<int>(i), 0, topId);
        return createIndex(static_cast<int>(it - m_tops[i].traces.begin()), 0, quintptr{i + 1});
    }
    return {};
}

QModelIndex TraceTreeModel::index(int row, int column, const QModelIndex& parent) const
{
    if (row < 0 || row >= rowCount(parent) || column != 0)
        return {};
    return createIndex(row, column, parent.isValid() ? static_cast<quintptr>(parent.row()) + 1 : topId);
}

QModelIndex TraceTreeModel::parent(const QModelIndex& child) const
{
    if (!child.isValid() || child.internalId() == topId)
        return {};
    return createIndex(static_cast<int>(child.internalId()) - 1, 0, topId);
}

int TraceTreeModel::rowCount(const QModelIndex& parent) const
{
    if (!parent.isValid())
        return static_cast<int>(m_tops.size());
    if (parent.internalId() != topId)
        return 0;
    const Top& above = top(parent);
    return above.isOneRow() ? 0 : static_cast<int>(above.traces.size());
}

int TraceTreeModel::columnCount(const QModelIndex&) const { return 1; }

// What is shown

QVariant TraceTreeModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    if (role == Qt::DecorationRole)
        return icon(index);
    if (role == Qt::ToolTipRole)
        return toolTip(index);
    if (role != Qt::DisplayRole)
        return {};
    const Top& above = top(index);
    const TraceRef shown = trace(index);
    QStringList lines;
    if (index.internalId() == topId) {
        lines << topText(above);
    } else {
        const QString title = TraceText(*shown.document, shown.trace).title();
        const bool isInFile = above.document != nullptr;
        lines << (isInFile ? (title.isEmpty() ? tr("trace %1").arg(shown.trace.value + 1) : title)
                           : toText(shown.document->shortName()));
    }
    if (shown.isValid())
        lines << TraceText(*shown.document, shown.trace).figures();
    lines << problems(index);
    return lines.join(QLatin1Char('\n'));
}

QString TraceTreeModel::topText(const Top& top) const
{
    if (top.document != nullptr)
        return toText(top.document->shortName());
    return top.groupId.empty() ? tr("Connection") : tr("Connection %1").arg(toText(top.groupId).left(40));
}

QString TraceTreeModel::pairingText(Pairing pairing)
{
    switch (pairing) {
    case Pairing::ConnectionId:
        return tr("Paired: the logs have the same connection id (ODCID or group_id).");
    case Pairing::FileName:
        return tr("Paired by the names of the files; their connection ids differ or are not logged.");
    case Pairing::ByHand:
        return tr("Paired by hand.");
    case Pairing::Alone:
        break;
    }
    return {};
}

/// What goes on with a file: loading, followed, failed, cut off. Empty if all is well.
QString TraceTreeModel::fileState(const Document& document) const
{
    switch (document.state()) {
    case Document::State::Loading: {
        const auto progress = m_progress.find(&document);
        return progress == m_progress.end() ? tr("loading…") : tr("loading, %1 %").arg(static_cast<int>(*progress * 100));
    }
    case Document::State::Failed:
        return tr("not read: %1").arg(toText(document.failure()));
    case Document::State::Cancelled:
        return tr("loading was cancelled");
    case Document::State::Following:
        return followText(document.followStatus());
    case Document::State::Complete:
        break;
    }
    return {};
}

QStringList TraceTreeModel::problems(const QModelIndex& index) const
{
    QStringList lines;
    const TraceRef shown = trace(index);
    const Top& above = top(index);
    const Document* document = index.internalId() == topId ? above.document : above.document != nullptr ? nullptr : shown.document;
    if (document != nullptr) { // the row stands for a file
        const QString state = fileState(*document);
        if (!state.isEmpty())
            lines << state;
        if (document->facts().isTruncated)
            lines << tr("truncated");
        if (document->malformedCount() > 0)
            lines << tr("%1 malformed").arg(countText(document->malformedCount()));
    }
    if (shown.isValid())
        lines << TraceText(*shown.document, shown.trace).problems();
    return lines;
}

QVariant TraceTreeModel::icon(const QModelIndex& index) const
{
    const std::vector<Document*> files = documents(index);
    const bool isFile = files.size() == 1 && (index.internalId() == topId || top(index).document == nullptr);
    if (isFile && files.front()->state() == Document::State::Failed)
        return severityIcon(Severity::Error);
    if (isFile && files.front()->state() == Document::State::Loading)
        return QApplication::style()->standardIcon(QStyle::SP_BrowserReload);
    if (!problems(index).isEmpty())
        return severityIcon(Severity::DataLoss);
    if (files.size() > 1)
        return QApplication::style()->standardIcon(QStyle::SP_DirIcon);
    return QApplication::style()->standardIcon(QStyle::SP_FileIcon);
}

QString TraceTreeModel::toolTip(const QModelIndex& index) const
{
    QStringList lines;
    for (const Document* document : documents(index))
        lines << toText(document->facts().path);
    if (index.internalId() == topId && top(index).document == nullptr)
        lines << pairingText(top(index).pairing);
    const TraceRef shown = trace(index);
    if (shown.isValid())
        lines << TraceText(*shown.document, shown.trace).header();
    lines << problems(index);
    return lines.join(QLatin1Char('\n'));
}

} // namespace qlogscope
