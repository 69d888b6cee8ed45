// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/document.h"

#include <QAbstractItemModel>

#include <vector>

namespace qlogscope {

/// The diagnostics of one document: a row a kind, worst first, with its count, and under it those that are listed. UI thread.
class DiagnosticsModel : public QAbstractItemModel
{
    Q_OBJECT
public:
    enum Column { ProblemColumn, CountColumn, RowColumn, OffsetColumn, DetailColumn };

    using QAbstractItemModel::QAbstractItemModel;

    /// Null: nothing. The document must outlive the model or be replaced before it goes.
    void setDocument(const Document* document);
    /// Announces what has come since the last call.
    void update();

    [[nodiscard]] const Document* document() const { return m_document; }
    /// The record that an entry is about; for a kind, that of its first entry. None if it is about the file.
    [[nodiscard]] RowId rowId(const QModelIndex& index) const;

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    /// What is announced of one kind.
    struct Group {
        DiagnosticKind kind;
        std::size_t listed = 0;
        std::uint64_t count = 0;
    };
    void updateGroup(int position);
    void insertNewKinds();
    [[nodiscard]] int groupOf(DiagnosticKind kind) const;
    [[nodiscard]] const Diagnostic* entry(const QModelIndex& index) const;
    [[nodiscard]] QString kindText(const Group& group, int column) const;
    [[nodiscard]] QString entryText(const Diagnostic& diagnostic, int column) const;

    const Document* m_document = nullptr;
    std::vector<Group> m_groups;
};

} // namespace qlogscope
