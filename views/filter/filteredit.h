// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/eventfilter.h"
#include "views/viewcontext.h"

#include <QLineEdit>
#include <QStringList>
#include <QTimer>

class QCompleter;
class QStringListModel;

namespace qlogscope {

/// A line for a filter text: completes keys, words and the event names of the open documents, underlines what is wrong, and
/// remembers what was entered (Up and Down). UI thread.
class FilterEdit : public QLineEdit
{
    Q_OBJECT
public:
    static constexpr qsizetype mostRemembered = 30;

    explicit FilterEdit(ViewContext* context, QWidget* parent = nullptr);

    /// Newest first.
    void setHistory(const QStringList& history) { m_history = history.mid(0, mostRemembered); }
    [[nodiscard]] const QStringList& history() const { return m_history; }
    /// Puts the text into the history.
    void remember();
    /// Underlines the place of an error; nothing without one.
    void markError(const std::optional<FilterError>& error);
    /// What can stand for the term that ends at the cursor. In the order in which they are offered.
    [[nodiscard]] QStringList completions() const;

Q_SIGNALS:
    /// The text is another one, and the user paused.
    void textSettled();
    /// Return was pressed.
    void entered();
    /// Esc was pressed.
    void left();
    void historyChanged(const QStringList& history);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    void stepThroughHistory(int step);
    void showCompletions();
    void complete(const QString& completion);
    [[nodiscard]] int termBegin() const;
    [[nodiscard]] QStringList eventNames() const;

    ViewContext* m_context;
    QStringList m_history;
    qsizetype m_historyPosition = -1; // -1: the text that is being written
    QString m_draft;
    QCompleter* m_completer;
    QStringListModel* m_candidates;
    QTimer m_settle;
};

} // namespace qlogscope
