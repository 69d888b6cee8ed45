// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QStringList>

class QLabel;
class QToolButton;

namespace qlogscope {

/// What went wrong, at the top of the window until it is dismissed. Never in the way: not a dialog.
class Banner : public QFrame
{
    Q_OBJECT
public:
    explicit Banner(QWidget* parent = nullptr);

    /// @param file may be empty
    void addMessage(const QString& file, const QString& sentence);
    void clear();
    [[nodiscard]] const QStringList& messages() const { return m_messages; }

protected:
    void changeEvent(QEvent* event) override;

private:
    void updateText();
    void updateColors();

    QStringList m_messages; // rich text, oldest first
    QLabel* m_icon;
    QLabel* m_text;
    QToolButton* m_close;
};

} // namespace qlogscope
