// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/importer.h"

#include <algorithm>

namespace qlogscope {

namespace {
constexpr std::size_t piecesInSight = 6; // what fills a block piece by piece is not to be copied again and again
} // namespace

void LogShape::add(const LogShape& found)
{
    for (const auto& [trace, header] : found.headers)
        headers.insert_or_assign(trace, header);
    for (const auto& [trace, values] : found.groups)
        groups.insert_or_assign(trace, values);
    headerOffsets.insert(found.headerOffsets.begin(), found.headerOffsets.end());
}

char* TextBuffer::prepare(std::size_t count)
{
    if (m_capacity - m_size < count) {
        m_capacity = std::max({m_size + count, m_capacity + m_capacity / 2, piecesInSight * count});
        auto bytes = std::make_unique_for_overwrite<char[]>(m_capacity);
        std::copy_n(m_bytes.get(), m_size, bytes.get());
        m_bytes = std::move(bytes);
    }
    return m_bytes.get() + m_size;
}

void TextBuffer::append(std::string_view bytes)
{
    std::copy(bytes.begin(), bytes.end(), prepare(bytes.size()));
    commit(bytes.size());
}

void TextBuffer::removePrefix(std::size_t count)
{
    std::copy(m_bytes.get() + count, m_bytes.get() + m_size, m_bytes.get());
    m_size -= count;
}

void Importer::push(std::string_view bytes)
{
    std::copy(bytes.begin(), bytes.end(), prepare(bytes.size()));
    commit(bytes.size());
}

BlockBuilder::BlockBuilder(Importer::Sink sink, Importer::TextSupply supply)
    : m_sink(std::move(sink))
    , m_supply(std::move(supply))
{
    m_block.header = std::make_shared<TraceHeader>();
    m_block.text = freshText();
}

TextBuffer BlockBuilder::freshText() const
{
    TextBuffer text = m_supply ? m_supply() : TextBuffer();
    text.truncate(0);
    return text;
}

void BlockBuilder::addRecord(std::size_t position, std::size_t length, RecordRef::Kind kind)
{
    m_block.records.push_back({m_base + position, length, position, kind});
}

void BlockBuilder::addOversized(ByteRange range)
{
    m_block.records.push_back({range.offset, range.length, 0, RecordRef::Kind::Oversized});
}

void BlockBuilder::addHeaderRange(ByteRange range)
{
    if (range.length > 0)
        m_block.headerRanges.push_back(range);
}

std::size_t BlockBuilder::setHeader(std::shared_ptr<const TraceHeader> header, std::size_t consumed)
{
    // a header that no record followed is handed out, too: what comes out does not depend on when flush() is called
    const std::size_t gone = m_block.records.empty() && !m_block.headerIsNew ? 0 : cut(consumed);
    m_block.header = std::move(header);
    m_block.headerIsNew = true;
    return gone;
}

std::size_t BlockBuilder::cutIfFull(std::size_t consumed)
{
    if (m_block.records.size() < recordsPerBlock && consumed < bytesPerBlock)
        return 0;
    return cut(consumed);
}

std::size_t BlockBuilder::cut(std::size_t consumed)
{
    RecordBlock next;
    next.header = m_block.header;
    next.text = freshText();
    if (consumed >= bytesPerBlock / 2) // another such block is to be expected: it is not to grow bit by bit
        (void)next.text.prepare(bytesPerBlock + bytesPerBlock / 2);
    next.text.append(m_block.text.view().substr(consumed));
    m_block.text.truncate(consumed);
    std::fill_n(m_block.text.prepare(padding), padding, ' ');
    m_base += consumed;
    m_block.accountedTo = m_base;
    std::swap(m_block, next);
    if (!next.records.empty() || next.headerIsNew || !next.headerRanges.empty() || !next.diagnostics.empty())
        m_sink(std::move(next));
    return consumed;
}

void BlockBuilder::discard(std::size_t count)
{
    m_block.text.removePrefix(count);
    m_base += count;
}

} // namespace qlogscope
