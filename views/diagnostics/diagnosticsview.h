// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/diagnostics/diagnosticsmodel.h"
#include "views/view.h"

class QLabel;
class QStackedLayout;
class QTreeView;

namespace qlogscope {

/// What is wrong or noteworthy in the file of the shown trace, by kind. A click selects the record.
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

    DiagnosticsModel* m_model;
    QTreeView* m_tree;
    QLabel* m_empty;
    QStackedLayout* m_pages;
    QTimer m_growth; // entries are announced at most 4 times a second
};

} // namespace qlogscope
