// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/document.h"
#include "model/findings.h"

#include <QAbstractItemModel>

#include <vector>

namespace qlogscope {

/// The diagnostics of one document: a row a kind, worst first, with its count, and under it those that are listed. Then the findings
/// of its connections, a row each with its evidence under it, and what could not be decided. UI thread.
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
    /// Of all traces of the document; they go with setDocument().
    void setFindings(std::vector<Finding> findings, std::vector<Undecided> undecided);

    [[nodiscard]] const Document* document() const { return m_document; }
    /// Any diagnostic or finding: what is undecided is no problem.
    [[nodiscard]] bool hasProblems() const { return undecidedRow() > 0; }
    [[nodiscard]] const std::vector<Undecided>& undecided() const { return m_undecided; }
    /// "Long gap: the log has no packets".
    [[nodiscard]] static QString undecidedText(const Undecided& undecided);
    /// The record that an entry is about; for a kind, that of its first entry. None if it is about the file.
    [[nodiscard]] RowId rowId(const QModelIndex& index) const;
    /// The finding whose own row this is; null for its evidence and for everything else.
    [[nodiscard]] const Finding* finding(const QModelIndex& index) const;

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
    /// The top-level row after those of the diagnostics and findings.
    [[nodiscard]] std::size_t undecidedRow() const { return m_groups.size() + m_findings.size(); }
    [[nodiscard]] QVariant findingData(const Finding& finding, int column, int role) const;
    [[nodiscard]] QVariant evidenceData(RowId row, int number, int column, int role) const;
    [[nodiscard]] QVariant undecidedData(const QModelIndex& index, int role) const;
    [[nodiscard]] QString kindText(const Group& group, int column) const;
    [[nodiscard]] QString entryText(const Diagnostic& diagnostic, int column) const;

    const Document* m_document = nullptr;
    std::vector<Group> m_groups;
    std::vector<Finding> m_findings;
    std::vector<Undecided> m_undecided;
};

} // namespace qlogscope
