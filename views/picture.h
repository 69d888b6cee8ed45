// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/eventfilter.h"
#include "views/palette.h"
#include "views/viewcontext.h"

#include <QFont>
#include <QImage>
#include <QSize>
#include <QString>

#include <functional>

class QCPPainter;
class QPaintDevice;

namespace qlogscope {

/// What every picture of a view has. The same input gives the same picture: own colours, the font DejaVu Sans, nothing of the desktop.
struct Picture {
    TraceRef trace;
    TimeRange range; ///< in T, nanoseconds since the trace's earliest event; empty: all of the trace
    QSize size{1600, 900}; ///< in pixels before scaling; at least 320 x 200
    Theme theme = Theme::Light;
    Filter filter;
    FilterMode filterMode = FilterMode::Dim;
    QString caption; ///< a line at the bottom; may be empty
};

/// Of all texts in pictures.
[[nodiscard]] QFont pictureFont();
[[nodiscard]] QSize boundedSize(const Picture& picture);

/// Paints a picture with its caption. @param scale device units per pixel, 1 to 4
/// @param empty a sentence in the place of the body; empty: none
/// @param paintBody paints a body of that size at the origin
/// @return false if the device cannot be painted on
[[nodiscard]] bool paintPicture(const Picture& picture, double scale, QPaintDevice* device, const QString& empty,
                                const std::function<void(QCPPainter& painter, QSize size)>& paintBody);

/// The picture as an image, painted by @p paint (scale, device); null if it could not be painted.
[[nodiscard]] QImage renderPicture(const Picture& picture, double scale, const std::function<bool(double, QPaintDevice*)>& paint);

} // namespace qlogscope
