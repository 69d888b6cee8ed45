// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/palette.h"

#include <QPalette>
#include <QWidget>

namespace qlogscope {

namespace {

Palette makeLight()
{
    Palette p;
    p.theme = Theme::Light;
    p.window = QColor(0xf6, 0xf6, 0xf4);
    p.background = QColor(0xff, 0xff, 0xff);
    p.text = QColor(0x1e, 0x22, 0x26);
    p.mutedText = QColor(0x6b, 0x72, 0x7a);
    p.axis = QColor(0x8a, 0x91, 0x99);
    p.grid = QColor(0xe6, 0xe8, 0xea);
    p.label = QColor(0xff, 0xff, 0xff);
    p.labelBorder = QColor(0x8a, 0x91, 0x99);
    p.cursor = QColor(0x50, 0x58, 0x60);
    p.selection = QColor(0xc2, 0x18, 0x5b);
    p.strip = QColor(0xf0, 0xf1, 0xf2);
    p.reference = QColor(0x90, 0x90, 0x90);
    p.sent = QColor(0x00, 0x5f, 0xa8);
    p.acked = QColor(0x00, 0x96, 0x6c);
    p.lost = QColor(0xd5, 0x3e, 0x00);
    p.spuriousLoss = QColor(0xb0, 0x7a, 0x00);
    p.flowControl = QColor(0x9c, 0x27, 0x7a);
    p.streamBytes = QColor(0x5b, 0x1f, 0x4e);
    p.congestionWindow = QColor(0x9a, 0x4d, 0xa8);
    p.bytesInFlight = QColor(0xb8, 0x7a, 0x00);
    p.ssthresh = QColor(0x5c, 0x64, 0x6c);
    p.rttMin = QColor(0x00, 0x7d, 0x8a);
    p.rttSmoothed = QColor(0x8a, 0x52, 0x10);
    p.rttLatest = QColor(0x7a, 0x82, 0x8a);
    p.rttSample = QColor(0xa4, 0xaa, 0xb2);
    return p;
}

Palette makeDark()
{
    Palette p;
    p.theme = Theme::Dark;
    p.window = QColor(0x22, 0x25, 0x28);
    p.background = QColor(0x18, 0x1a, 0x1c);
    p.text = QColor(0xe4, 0xe7, 0xea);
    p.mutedText = QColor(0x98, 0xa0, 0xa8);
    p.axis = QColor(0x70, 0x78, 0x80);
    p.grid = QColor(0x2c, 0x30, 0x34);
    p.label = QColor(0x2b, 0x2f, 0x33);
    p.labelBorder = QColor(0x78, 0x80, 0x88);
    p.cursor = QColor(0xb8, 0xc0, 0xc8);
    p.selection = QColor(0xff, 0x7a, 0xb6);
    p.strip = QColor(0x26, 0x29, 0x2c);
    p.reference = QColor(0x7c, 0x7c, 0x7c);
    p.sent = QColor(0x56, 0xb4, 0xe9);
    p.acked = QColor(0x1f, 0xc4, 0x94);
    p.lost = QColor(0xff, 0x6e, 0x3a);
    p.spuriousLoss = QColor(0xf0, 0xc0, 0x50);
    p.flowControl = QColor(0xe0, 0x7c, 0xc4);
    p.streamBytes = QColor(0xf3, 0xb8, 0xe4);
    p.congestionWindow = QColor(0xc8, 0x8c, 0xe0);
    p.bytesInFlight = QColor(0xe6, 0xa8, 0x20);
    p.ssthresh = QColor(0xa8, 0xb0, 0xb8);
    p.rttMin = QColor(0x3c, 0xc4, 0xd0);
    p.rttSmoothed = QColor(0xdd, 0xb0, 0x7c);
    p.rttLatest = QColor(0x8c, 0x94, 0x9c);
    p.rttSample = QColor(0x62, 0x6a, 0x74);
    return p;
}

} // namespace

const Palette& Palette::light()
{
    static const Palette palette = makeLight();
    return palette;
}

const Palette& Palette::dark()
{
    static const Palette palette = makeDark();
    return palette;
}

Palette Palette::forWidget(const QWidget* widget)
{
    const QColor window = widget->palette().color(QPalette::Window);
    Palette palette = window.lightness() < 128 ? dark() : light();
    palette.window = window;
    return palette;
}

} // namespace qlogscope
