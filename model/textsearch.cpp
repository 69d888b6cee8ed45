// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/textsearch.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace qlogscope {

namespace {

constexpr std::size_t pieceBytes = std::size_t{256} << 10; // stays in the cache between reading and searching
constexpr std::uint64_t reportBytes = std::uint64_t{4} << 20;

/// Finds the rows of one text in pieces of the file that follow each other.
class RowFinder
{
public:
    RowFinder(const EventStore::Ranges& records, std::size_t firstRow, ByteFinder finder)
        : m_records(records)
        , m_finder(std::move(finder))
        , m_row(firstRow)
    {
    }

    /// @param bytes those at @p offset of the file; matches that begin before @p end of the piece are looked for
    void search(std::string_view bytes, std::uint64_t offset, std::size_t end, std::vector<std::uint32_t>* rows)
    {
        std::size_t from = m_resumeAt > offset ? static_cast<std::size_t>(std::min<std::uint64_t>(m_resumeAt - offset, end)) : 0;
        const std::string_view searched = bytes.substr(0, std::min(bytes.size(), end + m_finder.text().size() - 1));
        while (from < end) {
            const std::size_t found = m_finder.find(searched, from);
            if (found == ByteFinder::npos)
                return;
            const std::uint64_t begin = offset + found;
            goTo(begin);
            if (m_row == m_records.size())
                return;
            const bool isInside = begin >= m_rowBegin && begin + m_finder.text().size() <= m_rowEnd;
            if (!isInside) { // between records, or across the end of one
                from = found + 1;
                continue;
            }
            rows->push_back(static_cast<std::uint32_t>(m_row));
            m_resumeAt = m_rowEnd; // the row is known now
            from = static_cast<std::size_t>(std::min<std::uint64_t>(m_resumeAt - offset, end));
        }
    }

private:
    /// Moves to the first row that ends behind the byte: to the next one, by growing steps, then by halves.
    void goTo(std::uint64_t byte)
    {
        if (byte < m_rowEnd || m_row == m_records.size())
            return;
        if (m_rowEnd > 0)
            ++m_row;
        if (m_row < m_records.size() && m_records.end(m_row) <= byte)
            leapTo(byte);
        if (m_row == m_records.size())
            return;
        m_rowBegin = m_records.offset(m_row);
        m_rowEnd = m_records.end(m_row);
    }

    void leapTo(std::uint64_t byte)
    {
        std::size_t step = 1;
        std::size_t low = m_row;
        std::size_t high = m_row;
        while (high < m_records.size() && m_records.end(high) <= byte) {
            low = high + 1;
            high += step;
            step *= 2;
        }
        high = std::min(high, m_records.size());
        while (low < high) {
            const std::size_t middle = low + (high - low) / 2;
            if (m_records.end(middle) <= byte)
                low = middle + 1;
            else
                high = middle;
        }
        m_row = low;
    }

    const EventStore::Ranges& m_records;
    ByteFinder m_finder;
    std::size_t m_row;
    std::uint64_t m_rowBegin = 0; // of m_row, once m_rowEnd is not 0
    std::uint64_t m_rowEnd = 0;
    std::uint64_t m_resumeAt = 0;
};

/// As much as there is of [offset, offset + length).
std::size_t readFully(const ByteSource& source, std::uint64_t offset, char* buffer, std::size_t length)
{
    std::size_t have = 0;
    while (have < length) {
        const std::ptrdiff_t got = source.read(offset + have, buffer + have, length - have);
        if (got <= 0)
            break;
        have += static_cast<std::size_t>(got);
    }
    return have;
}

std::string problemOf(const ByteSource& source)
{
    const ByteSource::Change change = source.change();
    if (change == ByteSource::Change::Truncated || change == ByteSource::Change::Replaced)
        return "The file changed on disk since it was read; reload it to search its records.";
    return {};
}

} // namespace

ByteFinder::ByteFinder(std::string text, std::string_view sample)
    : m_text(std::move(text))
{
    std::array<std::size_t, 256> counts{};
    for (const char c : sample)
        ++counts[static_cast<unsigned char>(c)];
    const auto count = [&](std::size_t position) { return counts[static_cast<unsigned char>(m_text[position])]; };
    std::vector<std::size_t> positions(m_text.size());
    for (std::size_t i = 0; i < positions.size(); ++i)
        positions[i] = i;
    std::stable_sort(positions.begin(), positions.end(), [&](std::size_t a, std::size_t b) { return count(a) < count(b); });
    m_first = positions.front();
    m_second = positions[positions.size() > 1 ? 1 : 0];
}

/// The first occurrence that begins in [from, end).
std::size_t ByteFinder::findSlowly(std::string_view bytes, std::size_t from, std::size_t end) const
{
    while (from < end) {
        const void* rare = std::memchr(bytes.data() + from + m_first, m_text[m_first], end - from);
        if (rare == nullptr)
            return npos;
        const std::size_t position = static_cast<std::size_t>(static_cast<const char*>(rare) - bytes.data()) - m_first;
        if (std::memcmp(bytes.data() + position, m_text.data(), m_text.size()) == 0)
            return position;
        from = position + 1;
    }
    return npos;
}

std::size_t ByteFinder::find(std::string_view bytes, std::size_t from) const
{
    if (bytes.size() < m_text.size() || from > bytes.size() - m_text.size())
        return npos;
    constexpr std::size_t blockBytes = 128;
    const std::size_t end = bytes.size() - m_text.size() + 1; // of positions where it can begin
    const char* const first = bytes.data() + m_first;
    const char* const second = bytes.data() + m_second;
    const char a = m_text[m_first];
    const char b = m_text[m_second];
    if (m_text.size() == 1)
        return findSlowly(bytes, from, end);
    std::size_t position = from;
    for (; position + blockBytes <= end; position += blockBytes) {
        const char* const atFirst = first + position;
        const char* const atSecond = second + position;
        unsigned char misses = 0xff; // all bits as long as no position has both bytes; without branches, for vector instructions
        for (std::size_t i = 0; i < blockBytes; ++i)
            misses &= static_cast<unsigned char>((atFirst[i] ^ a) | (atSecond[i] ^ b)) != 0 ? 0xff : 0;
        if (misses != 0)
            continue;
        if (const std::size_t found = findSlowly(bytes, position, position + blockBytes); found != npos)
            return found;
    }
    return findSlowly(bytes, position, end);
}

TextSearchResult searchTexts(const TextSearch& search, const std::function<bool(std::uint64_t done, std::uint64_t total)>& goOn)
{
    TextSearchResult result;
    result.rows.resize(search.texts.size());
    result.searchedTo = search.records.size();
    if (search.firstRow >= search.records.size())
        return result;
    if (!search.source) {
        result.problem = "The file is not open.";
        return result;
    }
    result.problem = problemOf(*search.source);
    if (!result.problem.empty())
        return result;
    const std::uint64_t begin = search.records.offset(search.firstRow);
    const std::uint64_t end = search.records.end(search.records.size() - 1);
    std::size_t longest = 1;
    for (const std::string& text : search.texts)
        longest = std::max(longest, text.size());
    std::vector<char> buffer(pieceBytes + longest);
    std::vector<RowFinder> finders;
    std::uint64_t reported = begin;
    for (std::uint64_t offset = begin; offset < end;) {
        // a little more than a piece, for texts that begin in it and end behind it
        const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(pieceBytes + longest - 1, end - offset));
        const std::size_t got = readFully(*search.source, offset, buffer.data(), wanted);
        if (got < wanted) {
            result.problem = "The file is shorter than when it was read; reload it to search its records.";
            return result;
        }
        const std::string_view bytes(buffer.data(), got);
        for (std::size_t i = finders.size(); i < search.texts.size(); ++i)
            finders.emplace_back(search.records, search.firstRow, ByteFinder(search.texts[i], bytes.substr(0, pieceBytes / 4)));
        const std::size_t piece = std::min(got, pieceBytes);
        for (std::size_t i = 0; i < finders.size(); ++i)
            finders[i].search(bytes, offset, piece, &result.rows[i]);
        offset += piece;
        if (offset - reported < reportBytes && offset < end)
            continue;
        reported = offset;
        if (!goOn(offset - begin, end - begin)) {
            result.isCancelled = true;
            return result;
        }
    }
    return result;
}

} // namespace qlogscope
