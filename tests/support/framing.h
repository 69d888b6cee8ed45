// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "importers/importer.h"
#include "importers/tracereader.h"

#include <QString>
#include <QStringList>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// What tests of framing share: an importer whose blocks are kept as words.
namespace qlogscope::testing {

inline QString asText(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

/// Cuts bytes into records, nothing else. Push, then look at what came out.
class Framing
{
public:
    explicit Framing(FileFormat format)
        : importer(makeImporter(format, [this](RecordBlock&& block) { take(block); }))
    {
    }
    /// All of a file at once.
    Framing(FileFormat format, std::string_view text)
        : Framing(format)
    {
        push(text);
        importer->finish();
    }
    Framing(const Framing&) = delete;
    Framing& operator=(const Framing&) = delete;

    void push(std::string_view bytes)
    {
        m_pushed += bytes;
        importer->push(bytes);
    }

    /// "event {...}", "chunk {...}": kind and text of each record, checked against the bytes at its offset in the file.
    QStringList records;
    std::vector<ByteRange> ranges; ///< of the records
    QStringList headers; ///< texts of header ranges
    std::vector<TraceHeader> newHeaders; ///< of the blocks that bring one
    std::vector<std::uint32_t> tracesOfRecords; ///< traceInFile of each record
    std::vector<std::size_t> recordsPerBlock; ///< of the blocks that have records
    std::vector<std::size_t> bytesPerBlock; ///< likewise
    std::vector<Diagnostic> diagnostics;
    std::uint64_t accountedTo = 0;
    std::unique_ptr<Importer> importer;

private:
    static QString word(RecordRef::Kind kind)
    {
        switch (kind) {
        case RecordRef::Kind::Event:
            return QStringLiteral("event ");
        case RecordRef::Kind::Chunk:
            return QStringLiteral("chunk ");
        case RecordRef::Kind::Damaged:
            return QStringLiteral("damaged ");
        case RecordRef::Kind::Oversized:
            break;
        }
        return QStringLiteral("oversized ");
    }

    void take(const RecordBlock& block)
    {
        for (const RecordRef& record : block.records) {
            const std::string_view text = block.text.view().substr(record.textPosition, record.length);
            const bool isRightPlace = std::string_view(m_pushed).substr(record.offset, record.length) == text;
            records.append(isRightPlace ? word(record.kind) + asText(text) : QStringLiteral("not at its offset: ") + asText(text));
            ranges.push_back({record.offset, record.length});
            tracesOfRecords.push_back(block.header->traceInFile);
        }
        for (const ByteRange& range : block.headerRanges)
            headers.append(asText(std::string_view(m_pushed).substr(range.offset, range.length)));
        if (block.headerIsNew)
            newHeaders.push_back(*block.header);
        if (!block.records.empty()) {
            recordsPerBlock.push_back(block.records.size());
            bytesPerBlock.push_back(block.text.size());
        }
        diagnostics.insert(diagnostics.end(), block.diagnostics.begin(), block.diagnostics.end());
        accountedTo = block.accountedTo;
    }

    std::string m_pushed;
};

} // namespace qlogscope::testing
