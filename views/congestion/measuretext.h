// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rangestatistics.h"
#include "views/timeplot.h"

#include <QString>
#include <QStringList>

namespace qlogscope {

/// The figures of a range in words, one each: "1.234 s \u2013 2 s (766 ms)", "1,234 packets sent", ... What the log does not say is left out.
/// @param range in T
[[nodiscard]] QStringList measureTexts(const RangeStatistics& statistics, TimeRange range, Direction direction);

/// What lies between the ends of a ruler: \u0394t, and on the left axis a difference; of bytes also the rate. @param unit of the axis
[[nodiscard]] QStringList rulerTexts(const TimePlot::Ruler& ruler, AxisUnit unit);

} // namespace qlogscope
