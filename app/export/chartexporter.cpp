// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/export/chartexporter.h"

#include "app/settings.h"
#include "views/congestion/congestionview.h"
#include "views/sequence/sequenceview.h"
#include "views/texts.h"

#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>

#include <algorithm>

namespace qlogscope {

namespace {

/// What takes long says so: the file is read once more for the caption, and a filter may search it.
class WaitCursor
{
public:
    WaitCursor() { QGuiApplication::setOverrideCursor(Qt::WaitCursor); }
    ~WaitCursor() { QGuiApplication::restoreOverrideCursor(); }
    Q_DISABLE_COPY_MOVE(WaitCursor)
};

} // namespace

ChartExporter::ChartExporter(CongestionView* congestion, SequenceView* sequence, std::function<QString()> filterText, Settings& settings, QWidget* window)
    : QObject(window)
    , m_congestion(congestion)
    , m_sequence(sequence)
    , m_filterText(std::move(filterText))
    , m_settings(settings)
    , m_window(window)
{
    connect(congestion, &CongestionView::exportRequested, this, &ChartExporter::answer);
    connect(sequence, &SequenceView::exportRequested, this, &ChartExporter::answer);
}

/// The sequence diagram is in front; else the congestion chart is meant.
bool ChartExporter::isSequence() const { return m_sequence->isVisible(); }

bool ChartExporter::hasPicture() const { return isSequence() ? m_sequence->hasPicture() : m_congestion->hasPicture(); }

void ChartExporter::answer(ChartExport what)
{
    switch (what) {
    case ChartExport::Save:
        return chooseFile();
    case ChartExport::CopyImage:
        return copyImage();
    case ChartExport::CopyCommand:
        return copyCommand();
    }
}

ViewExport ChartExporter::request(ExportFormat format) const
{
    ViewExport request;
    if (isSequence()) {
        request.view = ExportView::Sequence;
        request.sequence = m_sequence->picture();
        static_cast<Picture&>(request.picture) = request.sequence;
    } else {
        request.picture = m_congestion->picture();
    }
    request.filterText = m_filterText();
    request.format = format;
    request.scale = format == ExportFormat::Png ? std::clamp(m_congestion->devicePixelRatioF(), 1.0, 4.0) : 1;
    return request;
}

QString ChartExporter::suggestedName() const
{
    const TraceRef trace = m_congestion->picture().trace;
    return QFileInfo(toText(trace.document->shortName())).completeBaseName() % (isSequence() ? QStringLiteral("-sequence.png") : QStringLiteral("-congestion.png"));
}

void ChartExporter::chooseFile()
{
    if (!hasPicture())
        return;
    auto* dialog = new QFileDialog(m_window, isSequence() ? tr("Export the sequence diagram") : tr("Export the congestion chart"), m_settings.lastExportDirectory(),
                                   tr("PNG picture (*.png);;SVG picture (*.svg);;PDF document (*.pdf);;CSV table (*.csv)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("png"));
    dialog->selectFile(suggestedName());
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) { // *.svg
        dialog->setDefaultSuffix(filter.section(QLatin1String("(*."), 1).chopped(1));
    });
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        m_settings.setLastExportDirectory(QFileInfo(path).absolutePath());
        save(path);
    });
    dialog->open();
}

void ChartExporter::save(const QString& path)
{
    if (!hasPicture()) // closed while the dialog was open
        return;
    const std::optional<ExportFormat> format = exportFormatOf(QFileInfo(path).suffix());
    if (!format)
        return Q_EMIT failed(path, tr("the suffix must be png, svg, pdf or csv"));
    OutputFile output(path);
    const WaitCursor cursor;
    const ExitCode code = writeExport(request(*format), &output);
    if (code == ExitGood)
        Q_EMIT done(tr("Saved %1").arg(path));
    else
        Q_EMIT failed(path, output.problem().isEmpty() ? tr("cannot be written") : output.problem());
}

void ChartExporter::copyImage()
{
    if (!hasPicture())
        return;
    const ViewExport shown = request(ExportFormat::Png);
    const WaitCursor cursor;
    QGuiApplication::clipboard()->setImage(isSequence() ? renderSequence(shown.sequence, shown.scale) : renderCongestion(shown.picture, shown.scale));
    Q_EMIT done(tr("The chart is on the clipboard"));
}

void ChartExporter::copyCommand()
{
    if (!hasPicture())
        return;
    QGuiApplication::clipboard()->setText(exportCommand(request(ExportFormat::Png), suggestedName()));
    Q_EMIT done(tr("The command is on the clipboard"));
}

} // namespace qlogscope
