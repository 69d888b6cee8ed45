// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/filter/filteredit.h"

#include <QWidget>

class QLabel;
class QProgressBar;
class QToolButton;

namespace qlogscope {

/// The filter of all views in one line: what it selects, whether the rest is dimmed or hidden, how much it selects, and what is wrong
/// with it. A text that does not parse leaves the last good filter in force. UI thread.
class FilterBar : public QWidget
{
    Q_OBJECT
public:
    explicit FilterBar(ViewContext* context, QWidget* parent = nullptr);

    [[nodiscard]] FilterEdit* edit() const { return m_edit; }
    /// Of the filter in force.
    [[nodiscard]] QString textInForce() const { return m_lastGood.trimmed(); }
    /// What is wrong with the text; empty if nothing is.
    [[nodiscard]] QString errorText() const;
    [[nodiscard]] QString countText() const;
    /// Puts the cursor into the line.
    void focusEdit();
    void clear();
    [[nodiscard]] QToolButton* hideButton() const { return m_hide; }

Q_SIGNALS:
    void helpRequested();
    /// The user is done here: the focus may go back to a view.
    void left();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    QToolButton* makeButton(const QString& text, const QString& toolTip);
    void apply();
    void showError(const QString& sentence);
    void updateError();
    void updateCount();
    void updateMode();
    void updateProgress();

    ViewContext* m_context;
    QLabel* m_label;
    FilterEdit* m_edit;
    QLabel* m_count;
    QProgressBar* m_progress;
    QToolButton* m_cancel;
    QToolButton* m_hide;
    QLabel* m_error;
    QString m_errorText;
    QString m_lastGood; ///< the text of the filter in force
    QTimer m_errorDelay;
    QTimer m_progressTimer;
    QTimer m_countTimer;
};

} // namespace qlogscope
