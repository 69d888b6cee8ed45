// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/diagnostics/diagnosticsmodel.h"
#include "views/view.h"

#include <memory>
#include <vector>

class QLabel;
class QStackedLayout;
class QTreeView;

namespace qlogscope {

/// What is wrong or noteworthy in the file of the shown trace, by kind, and once it is loaded what its connections did wrong. A click
/// selects the record; further double-clicks on a finding walk through its evidence.
class DiagnosticsView : public View
{
    Q_OBJECT
public:
    static View* create(const ViewServices& services, QWidget* parent);
    explicit DiagnosticsView(const ViewServices& services, QWidget* parent = nullptr);

protected:
    void refresh() override;

private:
    void makeTree();
    void onTraceChanged();
    void onGrown();
    void selectRecord(const QModelIndex& index, bool isRevealed);
    void copySelected();
    [[nodiscard]] QString emptyText() const;
    /// Looks for findings in slices, between which the event loop runs.
    void searchOn();
    void restartSearch();
    void finishTrace();
    void walkEvidence(const QModelIndex& index);

    DiagnosticsModel* m_model;
    QTreeView* m_tree;
    QLabel* m_empty;
    QStackedLayout* m_pages;
    QTimer m_slice;
    std::unique_ptr<FindingsSearch> m_search; // of the trace m_nextTrace
    std::size_t m_nextTrace = 0;
    std::size_t m_searchedRows = 0; // of the document when the search began
    bool m_isSearched = false;
    std::vector<Finding> m_findings;
    std::vector<Undecided> m_undecided;
    TraceId m_undecidedOf; // the shown trace
    int m_walkRow = -1; // the finding that is walked through, and how far
    std::size_t m_walkStep = 0;
    QTimer m_growth; // entries are announced at most 4 times a second
};

} // namespace qlogscope
