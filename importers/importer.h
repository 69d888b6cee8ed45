// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/diagnostics.h"
#include "model/eventbatch.h"
#include "model/traceheader.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace qlogscope {

/// What only a whole reading of a log shows, but all of its records must be read with: a log that has any of it is read once
/// more, from its beginning, by readers that were told. Empty for nearly all logs.
struct LogShape {
    /// Values of the event-level `group_id` of one trace of the file: that trace is one trace a value.
    struct Groups {
        std::vector<std::string> values; ///< in order of first appearance, at least two
        bool hasOthers = false; ///< there are records without
        bool operator==(const Groups&) const = default;
    };
    std::map<std::uint32_t, TraceHeader> headers; ///< by traceInFile: members after the events change their meaning
    std::map<std::uint32_t, Groups> groups; ///< by traceInFile
    std::set<std::uint64_t> headerOffsets; ///< headers in the middle of a sequence whose clock or connection is another
    void add(const LogShape& found);
    bool operator==(const LogShape&) const = default;
};

/// Bytes that grow at the end without being cleared first: a file is read right into it.
class TextBuffer
{
public:
    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] std::size_t capacity() const { return m_capacity; }
    [[nodiscard]] const char* data() const { return m_bytes.get(); }
    [[nodiscard]] std::string_view view() const { return {m_bytes.get(), m_size}; }
    /// Room for @p count bytes after the last one; they count once commit() says so.
    [[nodiscard]] char* prepare(std::size_t count);
    void commit(std::size_t count) { m_size += count; }
    void append(std::string_view bytes);
    void truncate(std::size_t size) { m_size = size; }
    void removePrefix(std::size_t count);

private:
    std::unique_ptr<char[]> m_bytes;
    std::size_t m_size = 0;
    std::size_t m_capacity = 0;
};

/// A framed record: where its text lies in the block and in the file. Nothing of it is parsed yet.
struct RecordRef {
    enum class Kind : std::uint8_t {
        Event, ///< one record
        Chunk, ///< several lines: one JSON text, or each line is a record (JSON-SEQ)
        Damaged, ///< known to be no JSON: brackets do not match
        Oversized, ///< over the record limit: not in the block's text
    };
    std::uint64_t offset = 0; ///< in the decompressed file
    std::uint64_t length = 0;
    std::size_t textPosition = 0;
    Kind kind = Kind::Event;
};

/// Framed records with their text: what a worker decodes. Records of one block belong to one trace of the file.
struct RecordBlock {
    TextBuffer text; ///< followed by BlockBuilder::padding bytes that a SIMD parser may read
    std::vector<RecordRef> records;
    std::shared_ptr<const TraceHeader> header; ///< in force for the records; never null
    bool headerIsNew = false; ///< first block of a trace, or its header was amended
    std::vector<ByteRange> headerRanges; ///< bytes of headers and of empty events
    std::vector<Diagnostic> diagnostics;
    std::uint64_t accountedTo = 0;
};

/// How bytes become framed records, one class a format: bytes are pushed in any pieces, blocks come out of the sink in file
/// order, and the end of the data is a call of its own. The same bytes in any pieces give the same records. Not thread-safe.
class Importer
{
public:
    using Sink = std::function<void(RecordBlock&&)>;
    /// Gives a buffer to collect text in, a used one if the caller keeps them: fresh memory costs page faults.
    using TextSupply = std::function<TextBuffer()>;
    /// A record over this is a row flagged oversized: its range is kept, it is neither buffered nor decoded.
    static constexpr std::uint64_t recordLimit = std::uint64_t{64} << 20;

    virtual ~Importer() = default;
    void push(std::string_view bytes);
    /// The same without a copy: room for @p count bytes to read into, then how many of them were read.
    [[nodiscard]] virtual char* prepare(std::size_t count) = 0;
    virtual void commit(std::size_t count) = 0;
    /// Hands out what is complete without waiting for a block to fill (a growing file).
    virtual void flush() = 0;
    /// No more bytes: what is pending becomes a record as it is.
    virtual void finish() = 0;
    /// Bytes that are read but in no record yet.
    [[nodiscard]] virtual std::uint64_t pending() const = 0;
    [[nodiscard]] virtual FileFormat format() const = 0;
    /// After finish(): a contained document is not closed.
    [[nodiscard]] virtual bool endsInside() const = 0;
    /// A qlog header was read.
    [[nodiscard]] virtual bool foundHeader() const = 0;
    /// After finish(): headers that came too late for their events.
    [[nodiscard]] virtual LogShape found() const { return {}; }
};

/// The buffer under an importer: collects bytes, cuts them into blocks at record ends, keeps offsets right.
class BlockBuilder
{
public:
    static constexpr std::size_t recordsPerBlock = 4096;
    static constexpr std::size_t bytesPerBlock = std::size_t{1} << 20;
    static constexpr std::size_t padding = 64;

    explicit BlockBuilder(Importer::Sink sink, Importer::TextSupply supply = {});

    [[nodiscard]] char* prepare(std::size_t count) { return m_block.text.prepare(count); }
    void commit(std::size_t count) { m_block.text.commit(count); }
    /// Everything from the first byte of the block under construction; grows with commit().
    [[nodiscard]] std::string_view text() const { return m_block.text.view(); }
    /// Offset in the file of text()[0].
    [[nodiscard]] std::uint64_t base() const { return m_base; }

    void addRecord(std::size_t position, std::size_t length, RecordRef::Kind kind);
    void addOversized(ByteRange range);
    void addHeaderRange(ByteRange range);
    void addDiagnostic(Diagnostic diagnostic) { m_block.diagnostics.push_back(std::move(diagnostic)); }
    /// Records from here on belong to this header. Hands out the block before if it has records.
    /// @return how many bytes went away from the front of text()
    [[nodiscard]] std::size_t setHeader(std::shared_ptr<const TraceHeader> header, std::size_t consumed);
    [[nodiscard]] const std::shared_ptr<const TraceHeader>& header() const { return m_block.header; }

    /// Hands out a full block. @p consumed: text before it is in records, headers or separators.
    /// @return how many bytes went away from the front of text()
    [[nodiscard]] std::size_t cutIfFull(std::size_t consumed);
    /// Hands out what there is.
    [[nodiscard]] std::size_t cut(std::size_t consumed);
    /// Drops bytes of an oversized record from the front. There must be no record in the block: cut() before.
    void discard(std::size_t count);

private:
    [[nodiscard]] TextBuffer freshText() const;

    Importer::Sink m_sink;
    Importer::TextSupply m_supply;
    RecordBlock m_block;
    std::uint64_t m_base = 0;
};

} // namespace qlogscope
