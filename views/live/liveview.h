// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/live/livemodel.h"

#include <QByteArray>
#include <QStringList>
#include <QTimer>
#include <QWidget>

#include <cstdint>
#include <vector>

class QCheckBox;
class QLabel;
class QLineEdit;
class QStackedLayout;
class QTableView;
class QToolButton;

namespace qlogscope {

/// The live table: the files of a watched directory, a row a connection. Shows what it is told and reads no log. UI thread.
class LiveView : public QWidget
{
    Q_OBJECT
public:
    explicit LiveView(QWidget* parent = nullptr);

    /// Another directory, whether it exists or not: the table begins anew. Empty: none.
    void setFolder(const QString& path);
    /// What is wrong with the directory, a sentence; empty: nothing.
    void setProblem(const QString& sentence);
    /// The files that changed.
    void apply(const std::vector<LiveFile>& changed);

    /// Widths, order and sorting of the columns.
    [[nodiscard]] QByteArray saveState() const;
    /// False, and nothing changes, if @p state is not from saveState() of a table with the same columns.
    bool restoreState(const QByteArray& state);

    [[nodiscard]] LiveModel* model() const { return m_model; }

Q_SIGNALS:
    /// Paths of files to open: one, both sides of a connection, or those of all selected rows.
    void openRequested(const QStringList& paths);
    /// Ids of the files whose rows are on screen; comes a little after the last change. Empty while the view is hidden.
    void visibleFilesChanged(const std::vector<std::uint32_t>& ids);
    void detachRequested();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void makeTable();
    void makeToolBar();
    [[nodiscard]] QToolButton* makeButton(const QString& text, const QString& toolTip, bool isCheckable);
    void setColumnWidths();
    void onTick();
    void showFolder();
    void showCounts();
    void showWaiting();
    /// The table, or why it is empty.
    void showPage();
    [[nodiscard]] QString emptyText() const;
    void setPaused(bool isPaused);
    void announceVisible();
    void openRows(const QModelIndexList& rows, bool isBothSides);
    void showMenu(const QPoint& position);
    void copyPaths();
    [[nodiscard]] QModelIndexList selectedRows() const;
    [[nodiscard]] QStringList paths(const QModelIndexList& rows, bool isBothSides) const;

    LiveModel* m_model;
    LiveProxy* m_proxy;
    QTableView* m_table;
    QLabel* m_folderLabel;
    QLabel* m_counts;
    QLabel* m_waiting;
    QLabel* m_problemLine;
    QLabel* m_empty;
    QLineEdit* m_filter;
    QCheckBox* m_hideRest;
    QToolButton* m_pause = nullptr;
    QToolButton* m_freeze = nullptr;
    QToolButton* m_seen = nullptr;
    QToolButton* m_detach = nullptr;
    QStackedLayout* m_pages = nullptr;
    QString m_folder;
    QString m_problem;
    QTimer m_tick; // for the ages, while the view is visible
    QTimer m_visible; // until the rows on screen are told
    std::vector<std::uint32_t> m_visibleIds; // as told last
};

} // namespace qlogscope
