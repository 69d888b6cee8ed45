// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/picture.h"

#include "views/plotting.h"

#include <QFontMetrics>

#include <algorithm>

namespace qlogscope {

QFont pictureFont()
{
    QFont font(QStringLiteral("DejaVu Sans"));
    font.setPixelSize(12); // not points: those depend on the screen
    font.setHintingPreference(QFont::PreferNoHinting);
    return font;
}

QSize boundedSize(const Picture& picture) { return picture.size.expandedTo(QSize(320, 200)); }

bool paintPicture(const Picture& picture, double scale, QPaintDevice* device, const QString& empty,
                  const std::function<void(QCPPainter&, QSize)>& paintBody)
{
    constexpr int captionPadding = 5;
    QCPPainter painter;
    if (!painter.begin(device))
        return false;
    painter.setModes(QCPPainter::pmNoCaching | QCPPainter::pmNonCosmetic);
    painter.setMode(QCPPainter::pmVectorized, dynamic_cast<QImage*>(device) == nullptr);
    painter.scale(scale, scale);
    const QSize size = boundedSize(picture);
    const QFont font = pictureFont();
    const int captionHeight = picture.caption.isEmpty() ? 0 : QFontMetrics(font).height() + 2 * captionPadding;
    const QSize bodySize(size.width(), size.height() - captionHeight);
    const Palette& colours = Palette::of(picture.theme);
    painter.setFont(font); // SVG names the font also where there is no text
    painter.fillRect(QRect({0, 0}, size), colours.window);
    painter.setPen(colours.mutedText);
    if (!empty.isEmpty())
        painter.drawText(QRect({0, 0}, bodySize), Qt::AlignCenter | Qt::TextWordWrap, empty);
    else
        paintBody(painter, bodySize);
    if (captionHeight > 0) {
        const QRect row(captionPadding, bodySize.height(), size.width() - 2 * captionPadding, captionHeight);
        painter.setFont(font);
        painter.setPen(colours.mutedText);
        painter.drawText(row, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                         QFontMetrics(font).elidedText(picture.caption, Qt::ElideMiddle, row.width()));
    }
    return painter.end();
}

QImage renderPicture(const Picture& picture, double scale, const std::function<bool(double, QPaintDevice*)>& paint)
{
    const double factor = std::clamp(scale, 1.0, 4.0);
    QImage image(boundedSize(picture) * factor, QImage::Format_RGB32);
    constexpr int dotsPerMeter = 3780; // 96 dpi, whatever the screen has
    image.setDotsPerMeterX(dotsPerMeter);
    image.setDotsPerMeterY(dotsPerMeter);
    if (image.isNull() || !paint(factor, &image))
        return {};
    return image;
}

} // namespace qlogscope
