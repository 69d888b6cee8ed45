// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/sequence/sequencepicture.h"

#include "views/plotting.h"
#include "views/sequence/sequencecanvas.h"

#include <QCoreApplication>

namespace qlogscope {

namespace {

struct PictureWords {
    Q_DECLARE_TR_FUNCTIONS(SequenceView)
};

void paintDiagram(const SequencePicture& picture, QSize size, QCPPainter& painter)
{
    ViewContext context(picture.workspace);
    context.setTrace(picture.trace);
    context.setFilter(picture.filter);
    context.setFilterMode(picture.filterMode);
    context.rowFilter()->finish();
    SequenceCanvas canvas(&context, picture.records);
    canvas.setFont(pictureFont());
    canvas.setTheme(picture.theme);
    canvas.setMode(picture.mode);
    canvas.setCategories(picture.categories);
    canvas.setFolding(picture.isFolding);
    if (!picture.range.isEmpty())
        canvas.setFixedRange(picture.range);
    canvas.resize(size);
    canvas.finish();
    canvas.paint(painter);
}

} // namespace

bool paintSequence(const SequencePicture& picture, double scale, QPaintDevice* device)
{
    const bool isEmpty = !picture.trace.isValid() || picture.trace.get().rowCount() == 0;
    return paintPicture(picture, scale, device, isEmpty ? PictureWords::tr("There are no events in this trace.") : QString(),
                        [&](QCPPainter& painter, QSize size) { paintDiagram(picture, size, painter); });
}

QImage renderSequence(const SequencePicture& picture, double scale)
{
    return renderPicture(picture, scale, [&](double factor, QPaintDevice* device) { return paintSequence(picture, factor, device); });
}

} // namespace qlogscope
