// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>
#include <QMenu>

#include <cstdint>
#include <functional>

namespace qlogscope {

/// What a user wants of a chart as it is shown.
enum class ChartExport : std::uint8_t { Save, CopyImage, CopyCommand };

/// The menu of a view for that.
inline QMenu* makeExportMenu(QWidget* parent, const std::function<void(ChartExport)>& answer)
{
    struct MenuWords {
        Q_DECLARE_TR_FUNCTIONS(ChartExport)
    };
    auto* menu = new QMenu(parent);
    menu->setToolTipsVisible(true);
    const auto add = [&](const QString& text, const QString& tip, ChartExport what) {
        QAction* action = menu->addAction(text);
        action->setToolTip(tip);
        action->setStatusTip(tip);
        QObject::connect(action, &QAction::triggered, parent, [answer, what] { answer(what); });
    };
    add(MenuWords::tr("&Save as PNG, SVG, PDF or CSV…"), MenuWords::tr("Save the chart as it is shown, or the table of what is in it"), ChartExport::Save);
    add(MenuWords::tr("&Copy Image"), MenuWords::tr("Copy the chart as it is shown to the clipboard"), ChartExport::CopyImage);
    add(MenuWords::tr("Copy E&xport Command"),
        MenuWords::tr("Copy the command that makes this picture; it knows trace, range, filter, perspective and size, not what else was chosen in the window"),
        ChartExport::CopyCommand);
    return menu;
}

} // namespace qlogscope
