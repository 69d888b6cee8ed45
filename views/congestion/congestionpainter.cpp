// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/congestionpainter.h"

#include "views/congestion/congestionchart.h"
#include "views/congestion/congestionlayout.h"
#include "views/plotting.h"

#include <algorithm>

namespace qlogscope {

namespace {

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
    chart.setFont(pictureFont());
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
    return paintPicture(picture, scale, device, picture.trace.isValid() ? emptyTextOf(picture.trace.get()) : QString(),
                        [&](QCPPainter& painter, QSize size) { paintChart(picture, size, scale, painter); });
}

QImage renderCongestion(const CongestionPicture& picture, double scale)
{
    return renderPicture(picture, scale, [&](double factor, QPaintDevice* device) { return paintCongestion(picture, factor, device); });
}

} // namespace qlogscope
