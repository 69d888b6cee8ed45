// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/hoverlabel.h"

#include <QPainter>

#include <algorithm>
#include <array>
#include <limits>

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
                          const QRect& pointed, const QRect& kept)
{
    m_title = title;
    m_colour = colour;
    m_lines = lines;
    resize(textSize());
    place(position, pointed, kept);
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

/// Right of and below the pointer, where a growing staircase is not; else on another side.
void HoverLabel::place(const QPoint& position, const QRect& pointed, const QRect& kept)
{
    const QRect space = parentWidget()->rect().adjusted(2, 2, -2, -2);
    const auto area = [](const QRect& rect) { return rect.isEmpty() ? 0 : rect.width() * rect.height(); };
    const std::array<int, 2> lefts{position.x() + distance, position.x() - distance - width()};
    const std::array<int, 2> tops{std::max(position.y(), pointed.bottom()) + distance, std::min(position.y(), pointed.top()) - distance - height()};
    const QRect focus = pointed.intersected(QRect(position, QSize(1, 1)).adjusted(-distance, -distance, distance, distance));
    int best = std::numeric_limits<int>::max();
    QPoint place;
    for (const int top : tops) {
        for (const int left : lefts) {
            const QPoint corner(std::clamp(left, space.left(), std::max(space.left(), space.right() - width())),
                                std::clamp(top, space.top(), std::max(space.top(), space.bottom() - height())));
            const QRect label(corner, size());
            const int moved = std::abs(corner.x() - left) + std::abs(corner.y() - top);
            const int cost = 4 * area(label.intersected(focus)) + area(label.intersected(kept)) + moved * height()
                + (label.contains(position) ? area(label) * 4 : 0);
            if (cost < best) {
                best = cost;
                place = corner;
            }
        }
    }
    move(place);
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
