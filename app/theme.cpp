// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/theme.h"

#include "views/palette.h"

#include <QApplication>
#include <QIcon>
#include <QPainter>
#include <QPalette>
#include <QPixmap>
#include <QProxyStyle>

namespace qlogscope {

namespace {

QColor blended(const QColor& a, const QColor& b, double part)
{
    const auto mix = [part](int x, int y) { return static_cast<int>(x + (y - x) * part); };
    return {mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue())};
}

/// The palette of widgets from that of the charts, so that both are one picture.
QPalette widgetPalette(const Palette& colours)
{
    const bool isDark = colours.theme == Theme::Dark;
    const QColor highlight = isDark ? QColor(0x2a, 0x62, 0x92) : QColor(0x1f, 0x6f, 0xb5);
    const QColor button = blended(colours.window, colours.text, isDark ? 0.10 : 0.04);
    const QColor disabled = blended(colours.window, colours.text, 0.45);
    QPalette palette;
    palette.setColor(QPalette::Window, colours.window);
    palette.setColor(QPalette::WindowText, colours.text);
    palette.setColor(QPalette::Base, colours.background);
    palette.setColor(QPalette::AlternateBase, colours.strip);
    palette.setColor(QPalette::Text, colours.text);
    palette.setColor(QPalette::Button, button);
    palette.setColor(QPalette::ButtonText, colours.text);
    palette.setColor(QPalette::BrightText, Qt::white);
    palette.setColor(QPalette::ToolTipBase, colours.label);
    palette.setColor(QPalette::ToolTipText, colours.text);
    palette.setColor(QPalette::PlaceholderText, colours.mutedText);
    palette.setColor(QPalette::Highlight, highlight);
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::Link, isDark ? QColor(0x6c, 0xb6, 0xf5) : QColor(0x00, 0x5a, 0xa8));
    palette.setColor(QPalette::LinkVisited, isDark ? QColor(0xc0, 0x9c, 0xf0) : QColor(0x6a, 0x3a, 0x9a));
    palette.setColor(QPalette::Light, blended(button, Qt::white, isDark ? 0.12 : 0.6));
    palette.setColor(QPalette::Midlight, blended(button, Qt::white, isDark ? 0.06 : 0.3));
    palette.setColor(QPalette::Mid, blended(button, Qt::black, 0.25));
    palette.setColor(QPalette::Dark, blended(button, Qt::black, 0.4));
    palette.setColor(QPalette::Shadow, blended(button, Qt::black, 0.7));
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, disabled);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, blended(colours.window, colours.text, 0.2));
    return palette;
}

/// Fusion with title bar buttons that follow the palette: its own are dark also on dark.
class ThemeStyle : public QProxyStyle
{
public:
    ThemeStyle()
        : QProxyStyle(QStringLiteral("Fusion"))
    {
    }
    QIcon standardIcon(StandardPixmap icon, const QStyleOption* option, const QWidget* widget) const override
    {
        if (icon == SP_TitleBarCloseButton)
            return drawn([](QPainter& painter) {
                painter.drawLine(5, 5, 11, 11);
                painter.drawLine(5, 11, 11, 5);
            });
        if (icon == SP_TitleBarNormalButton)
            return drawn([](QPainter& painter) {
                painter.drawRect(4, 7, 5, 5);
                painter.drawPolyline(QPolygon({{7, 5}, {7, 4}, {12, 4}, {12, 9}, {11, 9}}));
            });
        return QProxyStyle::standardIcon(icon, option, widget);
    }

private:
    template <typename Paint> [[nodiscard]] static QIcon drawn(Paint paint)
    {
        constexpr int side = 16;
        const qreal scale = qGuiApp->devicePixelRatio();
        QPixmap pixmap(QSize(side, side) * scale);
        pixmap.setDevicePixelRatio(scale);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(QApplication::palette().color(QPalette::WindowText), 1.3));
        painter.translate(0.5, 0.5);
        paint(painter);
        return pixmap;
    }
};

} // namespace

ThemeSwitch::ThemeSwitch()
    : m_systemStyle(QApplication::style()->name())
{
}

void ThemeSwitch::apply(ThemeChoice theme) const
{
    if (theme == ThemeChoice::System) {
        QApplication::setStyle(m_systemStyle);
        QApplication::setPalette(QPalette());
        return;
    }
    // the palette first: the style draws with it
    QApplication::setPalette(widgetPalette(theme == ThemeChoice::Dark ? Palette::dark() : Palette::light()));
    QApplication::setStyle(new ThemeStyle); // the application owns it
}

} // namespace qlogscope
