// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/opening.h"

#include "app/cli/command.h"
#include "app/cli/output.h"
#include "importers/tracereader.h"

#include <QFile>

namespace qlogscope {

std::unique_ptr<Document> openFile(const QString& path)
{
    return TraceReader::readDocument(QFile::encodeName(path).toStdString());
}

int exitCodeOf(const Document& document)
{
    if (document.state() == Document::State::Failed)
        return ExitUnreadable;
    return document.diagnostics().worst() >= Severity::DataLoss ? ExitDataLoss : ExitGood;
}

int reportedExitCodeOf(const Document& document)
{
    if (document.state() == Document::State::Failed)
        writeError(document.facts().path, document.failure());
    return exitCodeOf(document);
}

} // namespace qlogscope
