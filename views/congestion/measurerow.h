// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>

class QLabel;

namespace qlogscope {

/// Figures of what was measured in a chart, in a row beside it: selectable, to copy, and to close. Hidden while there are none.
class MeasureRow : public QWidget
{
    Q_OBJECT
public:
    explicit MeasureRow(QWidget* parent = nullptr);

    /// One figure each; none hides the row.
    void setTexts(const QStringList& texts);
    [[nodiscard]] QString text() const;

Q_SIGNALS:
    void closed();

private:
    QLabel* m_label;
};

} // namespace qlogscope
