// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/congestion/panelset.h"
#include "views/picture.h"

#include <QByteArray>
#include <QImage>

#include <optional>
#include <vector>

class QPaintDevice;

namespace qlogscope {

/// What a picture of the congestion chart shows.
struct CongestionPicture : Picture {
    std::optional<Direction> perspective; ///< none: the direction with more bytes
    QByteArray state; ///< what is switched off and how high the panels are, see CongestionChart::saveState(); empty: as at first
    std::optional<PanelSet> panels; ///< as many of these as there is room for; none: those of the state
    TraceRef reference; ///< laid under in grey; invalid: none
    std::vector<RowId> markedRows; ///< by the user
};

/// Paints the congestion chart by the code that paints the view, as vectors where the device takes them. Needs a QApplication (any
/// platform).
/// @param scale device units per pixel, 1 to 4: the device is so many times as large as the picture
/// @return false if the device cannot be painted on
[[nodiscard]] bool paintCongestion(const CongestionPicture& picture, double scale, QPaintDevice* device);

/// The same as an image.
[[nodiscard]] QImage renderCongestion(const CongestionPicture& picture, double scale);

} // namespace qlogscope
