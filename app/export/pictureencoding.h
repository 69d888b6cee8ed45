// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QSize>
#include <QString>

#include <functional>

class QPaintDevice;

namespace qlogscope {

enum class PictureFormat : std::uint8_t { Png, Svg, Pdf };

/// What an encoded picture says about itself.
struct PictureTexts {
    QString title;
    QString description;
};

/// A picture as the bytes of a file; the same picture gives the same bytes: neither times nor random ids are written, and what is no
/// text for XML becomes U+FFFD.
/// @param size in device units: pixels of PNG, CSS pixels (1/96 inch) of SVG and PDF
/// @param paint paints at this size; false if it could not
/// @return empty if it could not be painted or encoded
[[nodiscard]] QByteArray encodePicture(PictureFormat format, QSize size, const PictureTexts& texts,
                                       const std::function<bool(QPaintDevice*)>& paint);

} // namespace qlogscope
