// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/document.h"
#include "model/ids.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The filter language: what a filter text says, and which rows of a document it selects.
///
/// Terms are separated by blanks.
/// - Type terms, the grammar of OpenSSL's OSSL_QFILTER: `[+|-]category:name`, either part may be `*`; also `*` and `-*`. They apply
///   in order, later ones override. The start is everything if the first one begins with `-` or there is none, else nothing.
///   Both the logged and the canonical name of an event match, and a full name in an old spelling matches the event in any
///   spelling. Letter case does not matter.
/// - Predicates, `key op value` without blanks, op one of = != < <= > >=. Values: a comma lists alternatives, `a..b` includes both
///   ends for numbers and excludes b for times; k = 1000, M = 10^6; times are T (since the earliest event) in ms, or with us, ms,
///   s, or a wall-clock time in RFC 3339. A predicate is false for a row that lacks the property, also with !=.
/// - Quoted text that the raw bytes of the record contain, case-sensitive; \" is a quote, \\ a backslash.
/// `!` before a predicate or a text negates it (then a row that lacks the property is selected). All predicates and texts must
/// hold. Where a row has several values of a property (streams, frames), `=` wants one of them to match, `!=` none.
namespace qlogscope {

enum class FilterKey : std::uint8_t {
    PacketNumber,
    Stream,
    Frame,
    Type,
    Space,
    Size,
    Trigger,
    Time,
    Direction,
    Path,
    Lost,
    Acked,
    Row,
    Offset,
    Trace,
};
inline constexpr int filterKeyCount = 15;

/// A key as people write it, with what to say about it.
struct FilterKeyInfo {
    FilterKey key;
    std::string_view name;
    std::string_view meaning;
    std::string_view example;
};
/// In the order of FilterKey.
[[nodiscard]] std::span<const FilterKeyInfo> filterKeys();
/// The words that a key is compared with (frame names, packet types, true and false, ...); empty for keys of numbers, times and
/// free text.
[[nodiscard]] std::span<const std::string_view> filterWords(FilterKey key);

/// Smallest and largest number that match; both included.
template <typename Number> struct FilterInterval {
    Number first = std::numeric_limits<Number>::min();
    Number last = std::numeric_limits<Number>::max();
    bool operator==(const FilterInterval&) const = default;
};

struct TypeTerm {
    bool isExcluded = false;
    std::string category; ///< lower-case; "*": any
    std::string name;
    EventKind kind = EventKind::Other; ///< of a full name that is a known spelling
    bool operator==(const TypeTerm&) const = default;
};

struct FilterPredicate {
    FilterKey key = FilterKey::PacketNumber;
    bool isNegated = false; ///< by a `!` before the term
    bool isInverted = false; ///< != : has the property, and none of the values matches
    std::vector<FilterInterval<std::uint64_t>> numbers; ///< alternatives, for keys of numbers
    struct Times {
        FilterInterval<std::int64_t> ns; ///< T, or since the Unix epoch
        bool isWallClock = false;
        bool operator==(const Times&) const = default;
    };
    std::vector<Times> times; ///< for FilterKey::Time
    std::uint64_t mask = 0; ///< for keys of words: bit 1 << value (FrameKind, PacketType, space, direction, bool)
    std::vector<std::string> words; ///< for FilterKey::Trigger, lower-case
    bool operator==(const FilterPredicate&) const = default;
};

struct FilterText {
    std::string bytes; ///< without quotes and escapes; never empty
    bool isNegated = false;
    bool operator==(const FilterText&) const = default;
};

/// What a filter text says. A value; the default one selects everything.
struct Filter {
    std::vector<TypeTerm> types;
    std::vector<FilterPredicate> predicates;
    std::vector<FilterText> texts;

    [[nodiscard]] bool isEmpty() const { return types.empty() && predicates.empty() && texts.empty(); }
    /// What the type terms say about an event of this name; null: a record without a name (malformed).
    [[nodiscard]] bool acceptsName(const NameTable::Entry* name) const;
    /// True if later rows can change what is selected among earlier ones: losses and ACKs come after their packets.
    [[nodiscard]] bool looksAhead() const;
    bool operator==(const Filter&) const = default;
};

/// Where a filter text is wrong, and why: bytes [position, position + length) of the text, and a sentence.
struct FilterError {
    std::size_t position = 0;
    std::size_t length = 0;
    std::string sentence;
};
struct ParsedFilter {
    Filter filter;
    std::optional<FilterError> error; ///< then the filter is empty
};
[[nodiscard]] ParsedFilter parseFilter(std::string_view text);
/// Two lines for a terminal: the text, and carets under what is wrong.
[[nodiscard]] std::string caretLines(std::string_view text, const FilterError& error);

/// Judges the rows of one document in file order, in slices of any size. The document may grow in between. What Filter::looksAhead()
/// is judged by what is known at that moment. UI thread.
class FilterRun
{
public:
    /// Both must outlive the run.
    FilterRun(const Filter& filter, const Document& document);

    /// The trace time of T = 0; by default the earliest event of the trace when its first row is judged.
    void setZero(TraceId trace, std::int64_t zeroNs);
    /// Which of the rows up to @p end contain the text with this index; ascending, after those given before. Rows can be judged only
    /// up to where all texts are searched.
    void addTextMatches(std::size_t text, std::span<const std::uint32_t> rows, std::size_t end);
    /// How far the texts are searched; without texts as far as there are rows.
    [[nodiscard]] std::size_t searchedTo() const;

    /// The first row that is not judged yet.
    [[nodiscard]] std::size_t position() const { return m_position; }
    /// Judges rows up to @p end (or as far as possible) and appends the selected ones.
    void advance(std::size_t end, std::vector<RowId>* selected);
    /// All that can be judged now.
    void advanceAll(std::vector<RowId>* selected) { advance(std::numeric_limits<std::size_t>::max(), selected); }

private:
    static constexpr std::size_t blockRows = 4096;

    /// The facts of one kind that belong to the rows of the block: indexes [begin, end). Facts are in order of rows.
    struct FactRange {
        std::size_t begin = 0;
        std::size_t end = 0;
    };
    struct TraceState {
        FactRange packets[2]; ///< by direction
        FactRange losses;
        FactRange streamRanges;
        FactRange streamMentions;
        std::optional<std::int64_t> zeroNs;
        std::vector<bool> lost; ///< by PacketId of sent packets
        std::size_t lostBars = 0; ///< so many of Trace::lostBars() are in it
        bool isInBlock = false;
    };
    /// What a predicate says about a row.
    enum class Match : std::uint8_t { Lacking, No, Yes };
    [[nodiscard]] static Match matchOf(bool matches) { return matches ? Match::Yes : Match::No; }
    struct TextState {
        std::vector<std::uint32_t> rows; ///< that contain it and are not judged
        std::size_t next = 0;
        std::size_t searchedTo = 0;
    };

    void prepareNames();
    [[nodiscard]] bool canBeOfKind(EventKind kind) const;
    void judgeBlock(std::size_t end);
    void chooseByName();
    void findTraces();
    void findFacts();
    [[nodiscard]] TraceState& stateOf(TraceId trace);
    [[nodiscard]] std::int64_t zeroOf(TraceId trace);

    // Each marks the rows of the block that have the property in m_matches.
    void mark(RowId row, Match match) { m_matches[row.value - m_position] = match; }
    template <typename MatchOf> void markPackets(MatchOf matchOfPacket);
    template <typename MatchOf> void markLosses(MatchOf matchOfLoss);
    void markNumbers(const FilterPredicate& predicate);
    void markFrames(const FilterPredicate& predicate);
    void markTypes(const FilterPredicate& predicate);
    void markSpaces(const FilterPredicate& predicate);
    void markLost(const FilterPredicate& predicate);
    void markAcked(const FilterPredicate& predicate);
    void markStreams(const FilterPredicate& predicate);
    void markTriggers(std::size_t predicate);
    void markTimes(const FilterPredicate& predicate);
    void markRows(const FilterPredicate& predicate);

    void applyPredicate(std::size_t predicate);
    void applyText(std::size_t text);
    void noteLosses(const Trace& trace, TraceState* state) const;

    const Filter& m_filter;
    const Document& m_document;
    std::size_t m_position = 0;
    std::vector<char> m_acceptsName = std::vector<char>(std::size_t{EventStore::noName} + 1); ///< by NameId value
    std::size_t m_judgedNames = 0;
    std::vector<TraceState> m_traces;
    std::vector<std::size_t> m_nextTrigger; ///< by predicate
    std::vector<std::vector<char>> m_acceptsTrigger; ///< by predicate, trigger
    std::vector<TextState> m_texts;
    // of the block that is being judged, rows [m_position, m_blockEnd)
    std::size_t m_blockEnd = 0;
    std::vector<RowId> m_rows; ///< those that are still in
    std::vector<TraceId> m_blockTraces;
    std::vector<Match> m_matches; ///< by row
};

/// The rows that a filter selects, ascending, all at once with the search for its texts: for the command line.
/// @param problem a sentence, if texts cannot be searched because the file is not what it was
[[nodiscard]] std::vector<RowId> selectRows(const Filter& filter, const Document& document, std::string* problem);

} // namespace qlogscope
