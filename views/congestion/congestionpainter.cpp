// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/congestionpainter.h"

#include "views/congestion/congestionchart.h"
#include "views/congestion/congestionlayout.h"
#include "views/plotting.h"

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

QSize boundedSize(const CongestionPicture& picture) { return picture.size.expandedTo(QSize(320, 200)); }

void paintChart(const CongestionPicture& picture, QSize size, double scale, QCPPainter& painter)
{
    Workspace nothing;
    ViewContext context(&nothing);
    context.setTrace(picture.trace);
    context.setFilter(picture.filter);
    context.setFilterMode(picture.filterMode);
    context.rowFilter()->finish();
    for (const RowId row : picture.markedRows)
        context.toggleMark(row);
    CongestionChart chart(&context);
    chart.setReference(picture.reference);
    chart.setFont(exportFont());
    chart.setTheme(picture.theme);
    chart.setPerspective(picture.perspective);
    chart.setFixedRange(picture.range.isEmpty() ? context.fullRange() : picture.range);
    if (!picture.state.isEmpty())
        chart.restoreState(picture.state);
    if (picture.panels)
        chart.setPanels(*picture.panels);
    chart.setAttribute(Qt::WA_DontShowOnScreen);
    chart.resize(size);
    chart.show();
    if (picture.trace.isValid())
        chart.refresh(); // the legend gets its size
    chart.paint(painter, scale);
}

} // namespace

bool paintCongestion(const CongestionPicture& picture, double scale, QPaintDevice* device)
{
    QCPPainter painter;
    if (!painter.begin(device))
        return false;
    painter.setModes(QCPPainter::pmNoCaching | QCPPainter::pmNonCosmetic);
    painter.setMode(QCPPainter::pmVectorized, dynamic_cast<QImage*>(device) == nullptr);
    painter.scale(scale, scale);
    const QSize size = boundedSize(picture);
    const QFont font = exportFont();
    const int captionHeight = picture.caption.isEmpty() ? 0 : QFontMetrics(font).height() + 2 * captionPadding;
    const QSize chartSize(size.width(), size.height() - captionHeight);
    const Palette& colours = Palette::of(picture.theme);
    painter.setFont(font); // SVG names the font also where there is no text
    painter.fillRect(QRect({0, 0}, size), colours.window);
    painter.setPen(colours.mutedText);
    if (const QString empty = picture.trace.isValid() ? emptyTextOf(picture.trace.get()) : QString(); !empty.isEmpty())
        painter.drawText(QRect({0, 0}, chartSize), Qt::AlignCenter | Qt::TextWordWrap, empty);
    else
        paintChart(picture, chartSize, scale, painter);
    if (captionHeight > 0) {
        const QRect row(captionPadding, chartSize.height(), size.width() - 2 * captionPadding, captionHeight);
        painter.setFont(font);
        painter.setPen(colours.mutedText);
        painter.drawText(row, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                         QFontMetrics(font).elidedText(picture.caption, Qt::ElideMiddle, row.width()));
    }
    return painter.end();
}

QImage renderCongestion(const CongestionPicture& picture, double scale)
{
    const double factor = std::clamp(scale, 1.0, 4.0);
    QImage image(boundedSize(picture) * factor, QImage::Format_RGB32);
    constexpr int dotsPerMeter = 3780; // 96 dpi, whatever the screen has
    image.setDotsPerMeterX(dotsPerMeter);
    image.setDotsPerMeterY(dotsPerMeter);
    if (image.isNull() || !paintCongestion(picture, factor, &image))
        return {};
    return image;
}

} // namespace qlogscope
