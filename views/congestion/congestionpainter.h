// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/eventfilter.h"
#include "model/workspace.h"
#include "views/palette.h"

#include <QImage>
#include <QString>

#include <optional>

namespace qlogscope {

/// The congestion chart as a picture, painted by the code that paints the view. Needs a QApplication (any platform). The same
/// input gives the same bytes: own colours, the font DejaVu Sans, nothing of the desktop.
/// @param range in T, nanoseconds since the trace's earliest event; empty: all of the trace
/// @param size in pixels before scaling; at least 320 x 200
/// @param scale 1 to 4
/// @param perspective none: the direction with more bytes
/// @param filter what it does not select is dimmed
/// @param caption a line at the bottom; may be empty
[[nodiscard]] QImage renderCongestion(const TraceRef& trace, TimeRange range, QSize size, double scale, Theme theme,
                                      std::optional<Direction> perspective, const QString& caption,
                                      const Filter& filter = {});

} // namespace qlogscope
