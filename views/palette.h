// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>

#include <cstdint>

class QWidget;

namespace qlogscope {

enum class Theme : std::uint8_t { Light, Dark };

/// Colours by meaning, the same in all views. A value. The data colours are told apart also by the common kinds of colour
/// blindness (after Okabe and Ito), and each has at least 3:1 contrast to the background of its theme.
struct Palette {
    Theme theme = Theme::Light;

    QColor window; ///< around the plots
    QColor background; ///< of the plots
    QColor text;
    QColor mutedText; ///< notes, "not logged"
    QColor axis;
    QColor grid;
    QColor label; ///< behind the text of a hover label
    QColor labelBorder;
    QColor cursor; ///< the hovered time
    QColor selection;
    QColor strip; ///< behind marks in a strip
    QColor reference; ///< another trace, laid under for comparison

    QColor sent;
    QColor acked;
    QColor lost;
    QColor spuriousLoss;
    QColor flowControl;
    QColor streamBytes;
    QColor congestionWindow;
    QColor bytesInFlight;
    QColor ssthresh;
    QColor rttMin;
    QColor rttSmoothed;
    QColor rttLatest;
    QColor rttSample;
    // states of the congestion controller
    QColor slowStart;
    QColor congestionAvoidance;
    QColor recovery;
    QColor drain;
    QColor probeBandwidth;
    QColor probeRtt;

    [[nodiscard]] static const Palette& light();
    [[nodiscard]] static const Palette& dark();
    [[nodiscard]] static const Palette& of(Theme theme) { return theme == Theme::Dark ? dark() : light(); }
    /// By the lightness of the widget's window colour, which surrounds the plots.
    [[nodiscard]] static Palette forWidget(const QWidget* widget);
};

} // namespace qlogscope
