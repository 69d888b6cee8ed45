// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/palette.h"

#include <QString>
#include <QWidget>

#include <vector>

namespace qlogscope {

/// A small note beside the pointer that says what it is on. Moves out of the way of what it explains, never takes the mouse.
class HoverLabel : public QWidget
{
    Q_OBJECT
public:
    explicit HoverLabel(QWidget* parent);

    void setColours(const Palette& colours);
    /// Shows it near @p position (of the parent), but not over @p pointed, and rather not over @p kept.
    void showText(const QString& title, const QColor& colour, const std::vector<QString>& lines, const QPoint& position,
                  const QRect& pointed, const QRect& kept = {});
    [[nodiscard]] QString text() const;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    [[nodiscard]] QSize textSize() const;
    void place(const QPoint& position, const QRect& pointed, const QRect& kept);

    Palette m_colours;
    QString m_title;
    QColor m_colour;
    std::vector<QString> m_lines;
};

} // namespace qlogscope
