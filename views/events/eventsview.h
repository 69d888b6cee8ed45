// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/events/eventmodel.h"
#include "views/view.h"

class QLabel;
class QStackedLayout;
class QTableView;

namespace qlogscope {

/// The event list: every record of the shown trace's file, one line each. Selecting a row selects the record in all views;
/// double-click or Enter moves them to it.
class EventsView : public View
{
    Q_OBJECT
public:
    static View* create(const ViewServices& services, QWidget* parent);
    explicit EventsView(const ViewServices& services, QWidget* parent = nullptr);

protected:
    void refresh() override;
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    enum class CopyFormat : std::uint8_t { Json, Text, Markdown };

    void makeTable();
    void makeActions();
    void setColumnWidths();
    void onTraceChanged();
    void onSelectionChanged();
    void selectCurrent();
    void onHeaderClicked(int column);
    void showSelectedRow();
    void revealCurrent();
    void makeMarkActions();
    void toggleMark();
    void copy(CopyFormat format);
    [[nodiscard]] std::vector<RowId> selectedRows(std::size_t limit) const;
    [[nodiscard]] QString copyText(const std::vector<RowId>& rows, CopyFormat format) const;
    [[nodiscard]] QString statusText() const;
    [[nodiscard]] QString emptyText() const;

    EventModel* m_model;
    QTableView* m_table;
    QLabel* m_status;
    QLabel* m_empty;
    QStackedLayout* m_pages;
    bool m_isSelecting = false; // the change of selection comes from this table
    QString m_note; // after a copy
};

} // namespace qlogscope
