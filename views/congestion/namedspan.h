// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/palette.h"

#include <QFontMetrics>
#include <QRectF>
#include <QString>

class QPainter;

/// The strips under the plot that say what holds when: their parts, painted.
namespace qlogscope {

/// What the strip is about, at its left, over its ground.
void paintStripGround(QPainter& painter, const QRect& strip, const QString& name, const QFontMetrics& font, const Palette& palette);
/// A stretch of time, with its name where there is room for it.
void paintNamedSpan(QPainter& painter, const QRectF& span, const QColor& colour, const QString& name, const QFontMetrics& font,
                    const Palette& palette);

} // namespace qlogscope
