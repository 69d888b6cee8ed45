// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/filter/filteredit.h"

#include <QWidget>

class QLabel;

namespace qlogscope {

/// Goes from one record to the next that a filter selects or that contains a text, without hiding the others. UI thread.
class FindBar : public QWidget
{
    Q_OBJECT
public:
    explicit FindBar(ViewContext* context, QWidget* parent = nullptr);

    [[nodiscard]] FilterEdit* edit() const { return m_edit; }
    [[nodiscard]] QString statusText() const;
    /// Shows the bar with the cursor in its line.
    void open();
    /// Reveals the next or previous match from the selected record on, around the end if need be; opens the bar if there is nothing
    /// to look for.
    void step(bool forward);

Q_SIGNALS:
    void left();

private:
    void apply();
    void go(bool forward);
    void onFound();
    void showStatus(const QString& wrapped = {});

    ViewContext* m_context;
    RowFilter* m_matches;
    FilterEdit* m_edit;
    QLabel* m_status;
    bool m_isText = false; ///< what is no filter is a text
    std::optional<bool> m_pending; ///< a step (forward?) that waits for the search
};

} // namespace qlogscope
