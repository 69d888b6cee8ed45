// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/tree/tracetreemodel.h"
#include "views/view.h"

class QLabel;
class QMenu;
class QStackedLayout;
class QTreeView;

namespace qlogscope {

/// The open files and their traces. A click shows a trace in all views.
class TraceTreeView : public View
{
    Q_OBJECT
public:
    static View* create(const ViewServices& services, QWidget* parent);
    explicit TraceTreeView(const ViewServices& services, QWidget* parent = nullptr);

    /// 0 to 1, for a file that is being read.
    void setProgress(const Document* document, double fraction);

Q_SIGNALS:
    void closeRequested(qlogscope::Document* document);
    void reloadRequested(qlogscope::Document* document);

protected:
    void refresh() override;

private:
    void makeTree();
    void watch(Document* document);
    void onAboutToClose(const Document* document);
    void markGrown();
    void showTrace(const QModelIndex& index);
    void showCurrentTrace();
    void showMenu(const QPoint& position);
    void addPairing(QMenu* menu, const TraceRef& trace, bool isConnection);
    void addRoles(QMenu* menu, const TraceRef& trace);

    TraceTreeModel* m_model;
    QTreeView* m_tree;
    QLabel* m_empty;
    QStackedLayout* m_pages;
    TraceRef m_shown; // only compared
    QTimer m_growth; // at most 4 updates a second
};

} // namespace qlogscope
