// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/recordreader.h"

#include <QString>
#include <QStringList>

class QApplication;

namespace qlogscope {

/// What the command line asks of the window.
struct WindowArguments {
    QStringList files; ///< FILE or FILE@OFFSET
    QString view; ///< id of the view in front; may be empty
    QString filter; ///< it parses; may be empty
    QString from; ///< ends of the visible range, T as on the command line; may be empty
    QString to;
};

/// Opens the window and runs until it is closed. Returns the exit code.
int runWindow(QApplication& application, const WindowArguments& arguments, const RecordReader& records);

} // namespace qlogscope
