// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/workspace.h"

#include <QAbstractItemModel>
#include <QHash>

#include <vector>

namespace qlogscope {

/// Everything that is open. A file with one trace is one row; one with several has them below it; traces of one connection
/// in several files stand together below a row for the connection. UI thread.
class TraceTreeModel : public QAbstractItemModel
{
    Q_OBJECT
public:
    explicit TraceTreeModel(const Workspace* workspace, QObject* parent = nullptr);

    /// Shows what the workspace has now. Resets the model if rows came, went or moved.
    void update();
    /// Must be called before a document goes.
    void remove(const Document* document);
    /// 0 to 1, for a file that is being read.
    void setProgress(const Document* document, double fraction);

    /// The trace to show when the row is clicked; invalid for files that have none or several, and connections.
    [[nodiscard]] TraceRef trace(const QModelIndex& index) const;
    /// The trace that the row stands for, also in a connection; for a connection its first; invalid for files with none or several.
    [[nodiscard]] TraceRef anyTrace(const QModelIndex& index) const;
    /// The files that a row stands for: one, or those of a connection.
    [[nodiscard]] std::vector<Document*> documents(const QModelIndex& index) const;
    [[nodiscard]] QModelIndex indexOf(const TraceRef& trace) const;

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

private:
    /// A top-level row: a file (document is set) or a connection in several files.
    struct Top {
        Document* document = nullptr;
        std::string groupId;
        std::vector<TraceRef> traces;
        Pairing pairing = Pairing::Alone; ///< of a connection
        [[nodiscard]] bool isOneRow() const { return document != nullptr && traces.size() <= 1; }
        bool operator==(const Top&) const = default;
    };
    [[nodiscard]] std::vector<Top> topsNow() const;
    [[nodiscard]] const Top& top(const QModelIndex& index) const;
    [[nodiscard]] QString topText(const Top& top) const;
    [[nodiscard]] static QString pairingText(Pairing pairing);
    [[nodiscard]] QString fileState(const Document& document) const;
    [[nodiscard]] QStringList problems(const QModelIndex& index) const;
    [[nodiscard]] QVariant icon(const QModelIndex& index) const;
    [[nodiscard]] QString toolTip(const QModelIndex& index) const;

    const Workspace* m_workspace;
    const Document* m_leaving = nullptr;
    std::vector<Top> m_tops;
    QHash<const Document*, double> m_progress;
};

} // namespace qlogscope
