// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/opening.h"

#include "app/cli/command.h"
#include "app/cli/output.h"
#include "importers/tracereader.h"

namespace qlogscope {

std::unique_ptr<Document> openFile(const QString& path)
{
    auto document = std::make_unique<Document>(path.toStdString());
    TraceReader::Callbacks callbacks;
    callbacks.opened = [&](const ReadResult& soFar) { document->setSource(soFar.source); };
    callbacks.batch = [&](EventBatch&& batch) { document->append(batch); };
    callbacks.progress = [](std::uint64_t, std::uint64_t) {};
    const ReadResult result = TraceReader::read(path.toStdString(), callbacks);
    document->setFileFacts(result.facts);
    document->setState(result.failure.empty() ? Document::State::Complete : Document::State::Failed, result.failure);
    return document;
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
