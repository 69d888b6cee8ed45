// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/view.h"

#include <QString>

#include <vector>

namespace qlogscope {

/// Where the main window puts a view at first; the user may move it.
enum class ViewPlace : std::uint8_t { Centre, Left, Bottom, Right };

/// One row of the only list of views. The id is also the name on the command line and in the settings.
struct ViewEntry {
    const char* id;
    QString title;
    QString toolTip;
    QString shortcut; ///< shows and focuses the view
    ViewPlace place;
    View* (*create)(const ViewServices& services, QWidget* parent);
};

[[nodiscard]] const std::vector<ViewEntry>& viewRegistry();

} // namespace qlogscope
