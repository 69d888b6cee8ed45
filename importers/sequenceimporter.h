// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "importers/importer.h"
#include "importers/jsonscanner.h"

#include <optional>
#include <vector>

namespace qlogscope {

/// JSON-SEQ (RFC 7464) and newline-delimited JSON (dialects 1.2). In JSON-SEQ a record separator starts a chunk; if the chunk is
/// not one JSON text, each of its lines is a record. Lines without a separator before them are records, unless the first record
/// takes several lines or shares its line with the next: then JSON texts follow one another (JSON-SEQ that lost its separators)
/// and brackets are matched. The first record is the header if it looks like one; a sequence without a header is read with defaults.
class SequenceImporter : public Importer
{
public:
    /// @param format JsonSeq or Ndjson: what the sniffer saw; a record separator anywhere makes it JsonSeq
    /// @param known what an earlier reading found
    SequenceImporter(FileFormat format, Sink sink, TextSupply supply = {}, const LogShape& known = {});

    [[nodiscard]] char* prepare(std::size_t count) override { return m_builder.prepare(count); }
    void commit(std::size_t count) override;
    void flush() override;
    void finish() override;
    [[nodiscard]] std::uint64_t pending() const override;
    [[nodiscard]] FileFormat format() const override { return m_format; }
    [[nodiscard]] bool endsInside() const override { return false; }
    [[nodiscard]] bool foundHeader() const override { return m_foundHeader; }

private:
    enum class Step : std::uint8_t { Continue, NeedMore };

    void frame();
    void skipSeparators();
    [[nodiscard]] Step frameRecord();
    [[nodiscard]] Step atLineFeed(std::size_t lineFeed);
    /// The text up to @p end is one record.
    void emitRecord(std::size_t end, RecordRef::Kind kind);
    void takeFirstRecord(std::size_t length);
    [[nodiscard]] bool takeLaterHeader(std::size_t length);
    /// JSON texts without separators.
    [[nodiscard]] Step frameConcatenated();
    [[nodiscard]] std::size_t nextBoundary(std::size_t from, std::size_t end) const;
    /// The first record ends at @p end. @return nullopt if it takes more bytes to tell whether lines are records
    [[nodiscard]] std::optional<bool> linesAreNoRecords(std::size_t end) const;
    void beginOversized();
    void skipOversized();
    void startRecord(std::size_t position);
    void afterCut(std::size_t gone);
    /// The record from m_start ends with the line: brackets match, or it is damaged for good.
    [[nodiscard]] bool recordEndsWithLine(std::size_t lineFeed);

    FileFormat m_format;
    BlockBuilder m_builder;
    JsonScanner m_scanner;
    std::size_t m_start = 0; // of the record being framed
    std::size_t m_searched = 0; // no line feed or separator before this
    bool m_inChunk = false; // a record separator came before
    bool m_isMultiLine = false; // the chunk went on after an unbalanced line
    bool m_isConcatenated = false; // lines are not records
    bool m_hasFirst = false;
    bool m_isFinishing = false;
    bool m_foundHeader = false;
    bool m_isOversized = false;
    std::uint64_t m_oversizedFrom = 0;
    std::vector<std::uint64_t> m_headerOffsets; // known later headers, the next one last
};

} // namespace qlogscope
