// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/hoverlabel.h"

#include <QPainter>

#include <algorithm>

namespace qlogscope {

namespace {
constexpr int padding = 7;
constexpr int distance = 16;
constexpr int swatch = 10;
} // namespace

HoverLabel::HoverLabel(QWidget* parent)
    : QWidget(parent)
    , m_colours(Palette::light())
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setFocusPolicy(Qt::NoFocus);
    hide();
}

void HoverLabel::setColours(const Palette& colours)
{
    m_colours = colours;
    update();
}

QString HoverLabel::text() const
{
    QString text = m_title;
    for (const QString& line : m_lines)
        text += QLatin1Char('\n') % line;
    return text;
}

void HoverLabel::showText(const QString& title, const QColor& colour, const std::vector<QString>& lines, const QPoint& position,
                          const QRect& pointed)
{
    m_title = title;
    m_colour = colour;
    m_lines = lines;
    resize(textSize());
    place(position, pointed);
    raise();
    show();
    update();
}

QSize HoverLabel::textSize() const
{
    QFont bold = font();
    bold.setBold(true);
    int width = QFontMetrics(bold).horizontalAdvance(m_title) + swatch + 6;
    for (const QString& line : m_lines)
        width = std::max(width, fontMetrics().horizontalAdvance(line));
    const int rows = static_cast<int>(m_lines.size()) + 1;
    return {width + 2 * padding, rows * (fontMetrics().height() + 1) + 2 * padding};
}

/// Right of and below the pointer, where a growing staircase is not; else on the other side.
void HoverLabel::place(const QPoint& position, const QRect& pointed)
{
    const QRect space = parentWidget()->rect().adjusted(2, 2, -2, -2);
    int x = position.x() + distance;
    if (x + width() > space.right())
        x = position.x() - distance - width();
    int y = std::max(position.y(), pointed.bottom()) + distance;
    if (y + height() > space.bottom())
        y = std::min(position.y(), pointed.top()) - distance - height();
    move(std::clamp(x, space.left(), std::max(space.left(), space.right() - width())),
         std::clamp(y, space.top(), std::max(space.top(), space.bottom() - height())));
}

void HoverLabel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setPen(QPen(m_colours.labelBorder, 1));
    painter.setBrush(m_colours.label);
    painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    const int lineHeight = fontMetrics().height() + 1;
    QRect row(padding, padding, width() - 2 * padding, lineHeight);
    painter.fillRect(QRect(row.left(), row.center().y() - swatch / 2, swatch, swatch), m_colour);
    QFont bold = font();
    bold.setBold(true);
    painter.setFont(bold);
    painter.setPen(m_colours.text);
    painter.drawText(row.adjusted(swatch + 6, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, m_title);
    painter.setFont(font());
    for (const QString& line : m_lines) {
        row.translate(0, lineHeight);
        painter.drawText(row, Qt::AlignLeft | Qt::AlignVCenter, line);
    }
}

} // namespace qlogscope
