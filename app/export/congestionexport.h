// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/congestioncsv.h"
#include "views/congestion/congestionpainter.h"

#include <optional>

namespace qlogscope {

enum class ExportFormat : std::uint8_t { Png, Svg, Pdf, Csv };
/// By the name of the format, which is also the suffix of its files; letter case does not matter.
[[nodiscard]] std::optional<ExportFormat> exportFormatOf(const QString& name);

/// "congestion", "congestion/data", ...: as --view of the command line names all panels or one.
[[nodiscard]] QString viewNameOf(std::optional<PanelKind> panel);

/// Longest side of a picture, in pixels after scaling.
inline constexpr int longestPictureSide = 16384;

/// A picture of the congestion chart, or the table of what is in it, as the command line and the window ask for it.
struct CongestionExport {
    CongestionPicture picture; ///< its caption is made by writeExport()
    QString filterText; ///< of the filter of the picture
    std::optional<PanelKind> panel; ///< only this one
    ExportFormat format = ExportFormat::Png;
    double scale = 1; ///< of pictures, 1 to 4
    bool hasCaption = true;
};

/// Writes and commits; what goes wrong is said on standard error.
/// @return ExitGood, ExitOutput, ExitUnreadable as writeCongestionCsv()
[[nodiscard]] ExitCode writeExport(const CongestionExport& request, OutputFile* output);

/// The command that writes the same, but for what the command line cannot say (series that are switched off). For a POSIX shell.
[[nodiscard]] QString exportCommand(const CongestionExport& request, const QString& output);

} // namespace qlogscope
