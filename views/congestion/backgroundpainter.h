// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/congestion/backgroundlayout.h"
#include "views/palette.h"

#include <QFontMetrics>
#include <QRect>

#include <optional>

class QPainter;

namespace qlogscope {

[[nodiscard]] QColor colourOf(CongestionPhase phase, const Palette& palette);
/// @param kind see MarkColumn
[[nodiscard]] QColor markColour(int kind, const Palette& palette);

/// The paint step of a BackgroundLayout, and the inverse of it: what is under a point of its strips. A value that is made where it
/// is needed.
class BackgroundPainter
{
public:
    /// @param plot where the columns lie, @param scale device pixels (columns) per pixel
    BackgroundPainter(const BackgroundLayout& layout, const BackgroundMask& shown, const Palette& palette, const QFontMetrics& font, QRect plot,
                      double scale);

    /// Room for the sign of a mark, in pixels.
    [[nodiscard]] static int signWidth(const QFontMetrics& font);

    /// Bands and lines over the height of the plot, behind the data.
    void paintPlot(QPainter& painter) const;
    /// The strip that names the states. @param strip under the plot
    void paintStates(QPainter& painter, const QRect& strip) const;
    /// The strip of marks: it has them all, at any zoom.
    void paintMarks(QPainter& painter, const QRect& strip) const;
    /// A triangle on its limit. @param y of the point
    void paintBlocked(QPainter& painter, const BackgroundLayout::BlockedPoint& point, double y) const;
    /// Where it is painted.
    [[nodiscard]] QRectF blockedRect(const BackgroundLayout::BlockedPoint& point, double y) const;

    struct Hit {
        MarkGroup group;
        MarkColumn nearest; ///< to the pointer, as one mark
        QRectF rect; ///< as painted
    };
    [[nodiscard]] std::optional<Hit> markAt(const QRect& strip, const QPointF& position) const;
    /// The marks of a kind in one column, as the hit of their group; none if there are none. For what is painted in the plot.
    [[nodiscard]] std::optional<Hit> markOf(int kind, int column, const QRectF& rect) const;
    [[nodiscard]] QRectF signRect(const MarkGroup& group, const QRect& strip) const;

private:
    [[nodiscard]] bool isShown(BackgroundPart part) const { return m_shown[static_cast<std::size_t>(part)]; }
    [[nodiscard]] double xOf(double column) const { return m_plot.left() + column / m_scale; }
    [[nodiscard]] QRectF columnsRect(int from, int to, const QRect& rows) const;
    [[nodiscard]] QString signText(const MarkGroup& group, bool* isOneKind) const;
    void paintLines(QPainter& painter) const;

    const BackgroundLayout& m_layout;
    const BackgroundMask& m_shown;
    const Palette& m_palette;
    QFontMetrics m_font;
    QRect m_plot;
    double m_scale;
};

} // namespace qlogscope
