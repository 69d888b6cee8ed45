// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/congestioncsv.h"
#include "model/http3placement.h"
#include "views/congestion/congestionpainter.h"
#include "views/sequence/sequencepicture.h"

#include <optional>

namespace qlogscope {

enum class ExportFormat : std::uint8_t { Png, Svg, Pdf, Csv };
/// By the name of the format, which is also the suffix of its files; letter case does not matter.
[[nodiscard]] std::optional<ExportFormat> exportFormatOf(const QString& name);

enum class ExportView : std::uint8_t { Congestion, Sequence, Packetization };
/// "congestion", "congestion/data", ..., "sequence", "packetization": as --view of the command line names a view, or one panel of it.
[[nodiscard]] QString viewNameOf(ExportView view, std::optional<PanelKind> panel);

/// Longest side of a picture, in pixels after scaling.
inline constexpr int longestPictureSide = 16384;

/// A picture of a view, or the table of what is in it, as the command line and the window ask for it.
struct ViewExport {
    ExportView view = ExportView::Congestion;
    CongestionPicture picture; ///< its caption is made by writeExport(); of Sequence what all pictures have
    SequencePicture sequence; ///< for Sequence: besides what is in the other one
    const RecordReader* records = nullptr; ///< for Packetization, of which there is only the table; both
    const Http3FrameReader* http3 = nullptr;
    QString filterText; ///< of the filter of the picture
    std::optional<PanelKind> panel; ///< of Congestion: only this one
    ExportFormat format = ExportFormat::Png;
    double scale = 1; ///< of pictures, 1 to 4
    bool hasCaption = true;
};

/// Writes and commits; what goes wrong is said on standard error.
/// @return ExitGood, ExitOutput, ExitUnreadable as writeCongestionCsv()
[[nodiscard]] ExitCode writeExport(const ViewExport& request, OutputFile* output);

/// The command that writes the same, but for what the command line cannot say (series that are switched off). For a POSIX shell.
[[nodiscard]] QString exportCommand(const ViewExport& request, const QString& output);

} // namespace qlogscope
