// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/congestionpainter.h"

#include "views/congestion/congestionchart.h"
#include "views/congestion/congestionpanel.h"

#include <QPainter>

#include <algorithm>

namespace qlogscope {

namespace {

constexpr int captionPadding = 5;

QFont exportFont()
{
    QFont font(QStringLiteral("DejaVu Sans"));
    font.setPixelSize(12); // not points: those depend on the screen
    font.setHintingPreference(QFont::PreferNoHinting);
    return font;
}

} // namespace

QImage renderCongestion(const TraceRef& trace, TimeRange range, QSize size, double scale, Theme theme,
                        std::optional<Direction> perspective, const QString& caption, const Filter& filter)
{
    const QSize bounded = size.expandedTo(QSize(320, 200));
    const double factor = std::clamp(scale, 1.0, 4.0);
    const QFont font = exportFont();
    const int captionHeight = caption.isEmpty() ? 0 : QFontMetrics(font).height() + 2 * captionPadding;

    Workspace nothing;
    ViewContext context(&nothing);
    context.setTrace(trace);
    context.setFilter(filter);
    context.rowFilter()->finish();
    CongestionChart chart(&context);
    chart.setFont(font);
    chart.setTheme(theme);
    chart.setPerspective(perspective);
    chart.setFixedRange(range.isEmpty() ? context.fullRange() : range);
    chart.setAttribute(Qt::WA_DontShowOnScreen);
    chart.resize(bounded.width(), bounded.height() - captionHeight);
    chart.show();
    if (trace.isValid())
        chart.refresh(); // the legend gets its size

    QImage image(bounded * factor, QImage::Format_RGB32);
    image.setDevicePixelRatio(factor);
    const Palette& colours = Palette::of(theme);
    image.fill(colours.window);
    QPainter painter(&image);
    chart.paint(painter, factor);
    if (captionHeight > 0) {
        const QRect row(captionPadding, bounded.height() - captionHeight, bounded.width() - 2 * captionPadding, captionHeight);
        painter.setFont(font);
        painter.setPen(colours.mutedText);
        painter.drawText(row, Qt::AlignLeft | Qt::AlignVCenter,
                         QFontMetrics(font).elidedText(caption, Qt::ElideMiddle, row.width()));
    }
    painter.end();
    image.setDevicePixelRatio(1);
    return image;
}

} // namespace qlogscope
