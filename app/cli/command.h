// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

#include <string>

namespace qlogscope {

/// Exit codes of the command line (a contract).
enum ExitCode : int {
    ExitGood = 0,
    ExitDataLoss = 1, ///< opened, with diagnostics of severity data-loss or worse
    ExitUsage = 2,
    ExitUnreadable = 3, ///< cannot be read, is empty, ends inside its first record, or is no known format
    ExitOutput = 4, ///< output could not be written
};

/// One subcommand of the program: one file each.
struct Command {
    const char* name;
    const char* synopsis;
    const char* summary;
    bool needsGui; ///< creates a QGuiApplication (offscreen where there is no display)
    int (*run)(const QStringList& arguments);
};

int runInfo(const QStringList& arguments);
int runEvents(const QStringList& arguments);
int runCheck(const QStringList& arguments);
int runExport(const QStringList& arguments);
int runWatch(const QStringList& arguments);

} // namespace qlogscope
