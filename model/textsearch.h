// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/bytesource.h"
#include "model/eventstore.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace qlogscope {

/// Finds a text in bytes: looks for two of its bytes that are rare where it searches, at their distance, in blocks that the
/// compiler turns into vector instructions. Faster than memmem() where the first bytes of the text are frequent.
class ByteFinder
{
public:
    static constexpr std::size_t npos = std::string_view::npos;

    /// @param sample bytes like those that will be searched; may be empty
    ByteFinder(std::string text, std::string_view sample);
    /// Position of the first occurrence at or after @p from; npos if there is none.
    [[nodiscard]] std::size_t find(std::string_view bytes, std::size_t from) const;
    [[nodiscard]] const std::string& text() const { return m_text; }

private:
    [[nodiscard]] std::size_t findSlowly(std::string_view bytes, std::size_t from, std::size_t end) const;

    std::string m_text;
    std::size_t m_first = 0; ///< positions in the text of its two rare bytes; the same one in a text of one byte
    std::size_t m_second = 0;
};

/// A search for texts in the records of a file: a snapshot, for any thread.
struct TextSearch {
    std::shared_ptr<const ByteSource> source;
    EventStore::Ranges records;
    std::size_t firstRow = 0; ///< rows [firstRow, records.size()) are searched
    std::vector<std::string> texts; ///< none is empty
};

struct TextSearchResult {
    std::vector<std::vector<std::uint32_t>> rows; ///< for each text: the rows whose record contains it, ascending
    std::size_t searchedTo = 0;
    std::string problem; ///< a sentence, if the file cannot be read as it was; then rows are of no use
    bool isCancelled = false;
};

/// Reads the records of the search in large pieces and finds its texts in them: never across two records, never between them.
/// @param goOn called with the bytes done and those to do, about every 4 MiB; false cancels
[[nodiscard]] TextSearchResult searchTexts(const TextSearch& search,
                                           const std::function<bool(std::uint64_t done, std::uint64_t total)>& goOn);

} // namespace qlogscope
