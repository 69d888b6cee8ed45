// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/sequenceimporter.h"

#include "importers/headerreader.h"
#include "importers/sniff.h"
#include "model/characters.h"

#include <algorithm>
#include <cstring>

namespace qlogscope {

namespace {

constexpr char recordSeparator = '\x1e';


std::size_t trimmedEnd(std::string_view text, std::size_t begin, std::size_t end)
{
    while (end > begin && isBlank(text[end - 1]))
        --end;
    return end;
}

} // namespace

SequenceImporter::SequenceImporter(FileFormat format, Sink sink, TextSupply supply, const LogShape& known)
    : m_format(format)
    , m_builder(std::move(sink), std::move(supply))
    , m_headerOffsets(known.headerOffsets.rbegin(), known.headerOffsets.rend())
{
}

void SequenceImporter::commit(std::size_t count)
{
    m_builder.commit(count);
    frame();
}

void SequenceImporter::flush() { afterCut(m_builder.cut(m_start)); }

std::uint64_t SequenceImporter::pending() const
{
    if (m_isOversized)
        return m_builder.base() + m_builder.text().size() - m_oversizedFrom;
    return m_builder.text().size() - m_start;
}

void SequenceImporter::afterCut(std::size_t gone)
{
    m_start -= gone;
    m_searched -= gone;
}

void SequenceImporter::startRecord(std::size_t position)
{
    m_start = position;
    m_searched = position;
    m_isMultiLine = false;
    m_scanner.reset();
    afterCut(m_builder.cutIfFull(m_start));
}

void SequenceImporter::frame()
{
    while (true) {
        if (m_isOversized) {
            skipOversized();
            if (m_isOversized)
                return;
        }
        if (m_searched == m_start)
            skipSeparators();
        if (m_start >= m_builder.text().size() || frameRecord() == Step::NeedMore)
            break;
    }
    if (m_builder.text().size() - m_start > recordLimit) {
        beginOversized();
        skipOversized();
    }
}

void SequenceImporter::beginOversized()
{
    m_isOversized = true;
    m_oversizedFrom = m_builder.base() + m_start;
    afterCut(m_builder.cut(m_start));
    m_searched = m_start;
}

void SequenceImporter::skipSeparators()
{
    const std::string_view text = m_builder.text();
    std::size_t position = m_start;
    if (m_builder.base() + position == 0) {
        if (text.size() < byteOrderMark.size() && byteOrderMark.starts_with(text))
            return; // cannot be told yet; finish() makes a record of it
        if (text.starts_with(byteOrderMark))
            position += byteOrderMark.size();
    }
    for (; position < text.size(); ++position) {
        if (text[position] == recordSeparator) {
            m_inChunk = true;
            m_format = FileFormat::JsonSeq; // whatever the first line looked like
        } else if (!isBlank(text[position])) {
            break;
        }
    }
    m_start = position;
    m_searched = position;
}

SequenceImporter::Step SequenceImporter::frameRecord()
{
    const std::string_view text = m_builder.text();
    if (text.size() == m_searched || (m_builder.base() + m_start == 0 && byteOrderMark.starts_with(text)))
        return Step::NeedMore;
    const bool isJson = text[m_start] == '{' || text[m_start] == '[';
    if (!m_inChunk && isJson && (m_isConcatenated || !m_hasFirst))
        return frameConcatenated();
    const char* from = text.data() + m_searched;
    const auto* lineFeed = static_cast<const char*>(std::memchr(from, '\n', text.size() - m_searched));
    const std::size_t searchEnd = lineFeed != nullptr ? static_cast<std::size_t>(lineFeed - text.data()) : text.size();
    const auto* separator = static_cast<const char*>(std::memchr(from, recordSeparator, searchEnd - m_searched));
    if (separator != nullptr) { // a cut record: the next one begins in the same line
        emitRecord(static_cast<std::size_t>(separator - text.data()), m_isMultiLine ? RecordRef::Kind::Chunk : RecordRef::Kind::Event);
        return Step::Continue;
    }
    if (lineFeed == nullptr) {
        m_searched = text.size();
        return Step::NeedMore;
    }
    return atLineFeed(searchEnd);
}

/// Where a record ends that does not close: before a separator, or before a line that begins with a bracket in its first column
/// (those of a pretty-printed record are indented). @p end if there is none
std::size_t SequenceImporter::nextBoundary(std::size_t from, std::size_t end) const
{
    const std::string_view text = m_builder.text().substr(0, end);
    for (std::size_t position = text.find_first_of("\n\x1e", from); position != std::string_view::npos;
         position = text.find_first_of("\n\x1e", position + 1)) {
        if (text[position] == recordSeparator)
            return position;
        if (position + 1 < text.size() && (text[position + 1] == '{' || text[position + 1] == '['))
            return position;
    }
    return end;
}

std::optional<bool> SequenceImporter::linesAreNoRecords(std::size_t end) const
{
    const std::string_view text = m_builder.text();
    if (text.substr(m_start, end - m_start).find('\n') != std::string_view::npos)
        return true;
    if (end == text.size() && !m_isFinishing)
        return std::nullopt;
    return end < text.size() && (text[end] == '{' || text[end] == '[');
}

SequenceImporter::Step SequenceImporter::frameConcatenated()
{
    const std::string_view text = m_builder.text();
    const JsonScanner::Result result = m_scanner.scan(text.substr(m_start));
    const std::size_t scanned = result == JsonScanner::Result::End ? m_start + m_scanner.position() : text.size();
    const std::size_t boundary = nextBoundary(m_searched, scanned);
    if (boundary == scanned && result != JsonScanner::Result::End) {
        m_searched = std::max(m_start, text.size() - 1); // a line feed may be the last byte
        return Step::NeedMore;
    }
    if (!m_hasFirst) {
        const std::optional<bool> isConcatenated = linesAreNoRecords(boundary);
        if (!isConcatenated)
            return Step::NeedMore;
        m_isConcatenated = *isConcatenated;
        if (!m_isConcatenated && boundary == scanned) { // the rest of the line belongs to it
            const std::size_t lineFeed = text.find_first_of("\n\x1e", boundary);
            if (lineFeed == std::string_view::npos && !m_isFinishing)
                return Step::NeedMore;
            emitRecord(std::min(lineFeed, text.size()), RecordRef::Kind::Event);
            return Step::Continue;
        }
    }
    emitRecord(boundary, boundary == scanned ? RecordRef::Kind::Event : RecordRef::Kind::Chunk);
    return Step::Continue;
}

SequenceImporter::Step SequenceImporter::atLineFeed(std::size_t lineFeed)
{
    if (!m_inChunk) {
        emitRecord(lineFeed, RecordRef::Kind::Event);
        return Step::Continue;
    }
    const std::string_view text = m_builder.text();
    std::size_t next = lineFeed + 1;
    while (next < text.size() && isBlank(text[next]))
        ++next;
    const bool endsHere = next < text.size() && text[next] == recordSeparator;
    if (endsHere || recordEndsWithLine(lineFeed)) {
        emitRecord(lineFeed, m_isMultiLine ? RecordRef::Kind::Chunk : RecordRef::Kind::Event);
        return Step::Continue;
    }
    if (next == text.size())
        return Step::NeedMore; // m_searched stays before the line feed: look again when there is more
    m_isMultiLine = true;
    m_searched = next;
    return Step::Continue;
}

bool SequenceImporter::recordEndsWithLine(std::size_t lineFeed)
{
    const std::string_view record = m_builder.text().substr(m_start, lineFeed - m_start);
    if (record.front() != '{' && record.front() != '[')
        return !m_isMultiLine; // no JSON object or array: a line of its own
    const JsonScanner::Result result = m_scanner.scan(record); // goes on where it stopped at the line before
    if (result == JsonScanner::Result::Damaged)
        return true; // cannot become one JSON text any more: its lines are records
    return result == JsonScanner::Result::End && trimmedEnd(record, 0, record.size()) == m_scanner.position();
}

void SequenceImporter::emitRecord(std::size_t end, RecordRef::Kind kind)
{
    const std::string_view text = m_builder.text();
    const std::size_t length = trimmedEnd(text, m_start, end) - m_start;
    if (length > recordLimit) { // as if it had been noticed while it came in: it ends where skipOversized() says
        beginOversized();
        return;
    }
    if (text.size() > end && text[end] == recordSeparator)
        m_inChunk = false; // set again when the separator is skipped
    const std::uint64_t endOffset = m_builder.base() + end;
    const std::string_view record = text.substr(m_start, length);
    if (record == "{}" || record == "[]") {
        m_builder.addHeaderRange({m_builder.base() + m_start, length});
    } else if (!m_hasFirst) {
        m_hasFirst = true;
        takeFirstRecord(length);
    } else if (m_headerOffsets.empty() || m_builder.base() + m_start < m_headerOffsets.back() || !takeLaterHeader(length)) {
        m_builder.addRecord(m_start, length, kind);
    }
    startRecord(static_cast<std::size_t>(endOffset - m_builder.base())); // a header may have cut the text
}

void SequenceImporter::takeFirstRecord(std::size_t length)
{
    const ByteRange range{m_builder.base() + m_start, length};
    std::vector<Diagnostic> diagnostics;
    const std::optional<TraceHeader> header
        = readSequenceHeader(m_builder.text().substr(m_start, length), range, &diagnostics);
    // nothing was handed out before the first record: nothing can be cut here
    [[maybe_unused]] const std::size_t gone
        = m_builder.setHeader(std::make_shared<TraceHeader>(header.value_or(TraceHeader())), m_start);
    for (Diagnostic& diagnostic : diagnostics)
        m_builder.addDiagnostic(std::move(diagnostic));
    if (header) {
        m_foundHeader = true;
        m_builder.addHeaderRange(range);
        return;
    }
    m_builder.addDiagnostic({DiagnosticKind::NoHeader, severityOf(DiagnosticKind::NoHeader), RowId(), range,
                             "The first record is no qlog header; the log is read with default settings."});
    m_builder.addRecord(m_start, length, RecordRef::Kind::Chunk);
}

/// A header in the middle that an earlier reading saw to be of another clock or connection: another trace begins.
bool SequenceImporter::takeLaterHeader(std::size_t length)
{
    const ByteRange range{m_builder.base() + m_start, length};
    while (!m_headerOffsets.empty() && m_headerOffsets.back() <= range.offset)
        m_headerOffsets.pop_back();
    std::vector<Diagnostic> diagnostics;
    std::optional<TraceHeader> header = readSequenceHeader(m_builder.text().substr(m_start, length), range, &diagnostics);
    if (!header || !header->beginsAnotherTraceThan(*m_builder.header()))
        return false;
    header->traceInFile = m_builder.header()->traceInFile + 1;
    diagnostics.push_back({DiagnosticKind::SecondHeader, severityOf(DiagnosticKind::SecondHeader), RowId(), range,
                           "A second qlog header, of another connection or clock, stands in the middle of the sequence; another "
                           "trace begins there."});
    const std::size_t gone = m_builder.setHeader(std::make_shared<TraceHeader>(std::move(*header)), m_start);
    afterCut(gone);
    for (Diagnostic& diagnostic : diagnostics)
        m_builder.addDiagnostic(std::move(diagnostic));
    m_builder.addHeaderRange(range);
    return true;
}

void SequenceImporter::skipOversized()
{
    const std::string_view text = m_builder.text();
    const std::size_t end = text.find(m_inChunk ? recordSeparator : '\n', m_searched);
    if (end == std::string_view::npos) {
        m_builder.discard(text.size());
        m_start = 0;
        m_searched = 0;
        return;
    }
    m_builder.discard(end);
    m_builder.addOversized({m_oversizedFrom, m_builder.base() - m_oversizedFrom});
    m_hasFirst = true;
    m_isOversized = false;
    m_inChunk = false;
    startRecord(0);
}

void SequenceImporter::finish()
{
    m_isFinishing = true;
    frame();
    if (!m_isOversized && m_start < m_builder.text().size())
        emitRecord(m_builder.text().size(), m_isMultiLine || m_inChunk || m_isConcatenated ? RecordRef::Kind::Chunk : RecordRef::Kind::Event);
    if (m_isOversized) {
        m_builder.addOversized({m_oversizedFrom, m_builder.base() + m_builder.text().size() - m_oversizedFrom});
        m_start = m_builder.text().size();
    }
    afterCut(m_builder.cut(m_start));
}

} // namespace qlogscope
