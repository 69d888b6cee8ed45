// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/recordreader.h"
#include "views/picture.h"
#include "views/sequence/sequencelayout.h"

namespace qlogscope {

/// What a picture of the sequence diagram shows.
struct SequencePicture : Picture {
    Workspace* workspace = nullptr; ///< has the trace, and that of the other end if there is one
    const RecordReader* records = nullptr;
    SequenceMode mode = SequenceMode::Compact; ///< Compact: from the beginning of the range, as many rows as there is room for
    CategorySet categories = usualCategories;
    bool isFolding = false; ///< Compact: runs of alike rows are one
};

/// Paints the sequence diagram by the code that paints the view. Needs a QApplication (any platform).
/// @param scale device units per pixel, 1 to 4
/// @return false if the device cannot be painted on
[[nodiscard]] bool paintSequence(const SequencePicture& picture, double scale, QPaintDevice* device);

/// The same as an image.
[[nodiscard]] QImage renderSequence(const SequencePicture& picture, double scale);

} // namespace qlogscope
