// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/namedspan.h"

#include "views/chartlegend.h"

#include <QPainter>

namespace qlogscope {

void paintStripGround(QPainter& painter, const QRect& strip, const QString& name, const QFontMetrics& font, const Palette& palette)
{
    painter.fillRect(strip, palette.strip);
    painter.setPen(palette.mutedText);
    painter.drawText(QRect(0, strip.top(), strip.left() - 6, strip.height()), Qt::AlignRight | Qt::AlignVCenter,
                     font.elidedText(name, Qt::ElideRight, strip.left() - 8));
}

void paintNamedSpan(QPainter& painter, const QRectF& span, const QColor& colour, const QString& name, const QFontMetrics& font, const Palette& palette)
{
    constexpr int lineHeight = 3;
    constexpr int padding = 4;
    painter.fillRect(span, inferredColour(colour, palette));
    painter.fillRect(QRectF(span.left(), span.bottom() - lineHeight, span.width(), lineHeight), colour);
    if (font.horizontalAdvance(name) + 2 * padding > span.width())
        return;
    painter.setPen(palette.text);
    painter.drawText(span.adjusted(padding, 0, -padding, -2), Qt::AlignLeft | Qt::AlignVCenter, name);
}

} // namespace qlogscope
