// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/diagnostics.h"

#include <QApplication>
#include <QIcon>
#include <QPalette>
#include <QStyle>

/// How bad something looks, the same in all views: an icon beside a word, and a colour that is readable on either theme.
namespace qlogscope {

[[nodiscard]] inline QColor severityColor(Severity severity)
{
    const QPalette palette = QApplication::palette();
    const bool isDark = palette.color(QPalette::Base).lightness() < 128;
    switch (severity) {
    case Severity::Error:
        return isDark ? QColor(0xff, 0x8a, 0x7a) : QColor(0xb0, 0x1c, 0x10);
    case Severity::DataLoss:
        return isDark ? QColor(0xff, 0xb8, 0x54) : QColor(0x8f, 0x50, 0x00);
    case Severity::Notice:
    case Severity::Info:
        break;
    }
    return palette.color(QPalette::Text);
}

[[nodiscard]] inline QIcon severityIcon(Severity severity)
{
    switch (severity) {
    case Severity::Error:
        return QApplication::style()->standardIcon(QStyle::SP_MessageBoxCritical);
    case Severity::DataLoss:
        return QApplication::style()->standardIcon(QStyle::SP_MessageBoxWarning);
    case Severity::Notice:
    case Severity::Info:
        break;
    }
    return QApplication::style()->standardIcon(QStyle::SP_MessageBoxInformation);
}

} // namespace qlogscope
