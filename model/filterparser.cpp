// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// The grammar of filters; declared in eventfilter.h.
#include "model/eventfilter.h"
#include "model/characters.h"
#include "model/timebase.h"

#include <algorithm>
#include <array>

namespace qlogscope {

namespace {

constexpr std::array<FilterKeyInfo, filterKeyCount> keys{{
    {FilterKey::PacketNumber, "pn", "packet number, of packets and losses", "pn=100..200"},
    {FilterKey::Stream, "stream", "stream id, of any frame or event about a stream", "stream=4,8"},
    {FilterKey::Frame, "frame", "a frame in the packet", "frame=ack,stream"},
    {FilterKey::Type, "type", "packet type", "type=initial"},
    {FilterKey::Space, "space", "packet number space", "space=application"},
    {FilterKey::Size, "size", "packet size in bytes (inferred ones too)", "size>1200"},
    {FilterKey::Trigger, "trigger", "why it happened, as logged", "trigger=time_threshold"},
    {FilterKey::Time, "time", "time since the earliest event, in ms or with a unit", "time=1.5s..2s"},
    {FilterKey::Direction, "dir", "direction, of packets and datagrams", "dir=sent"},
    {FilterKey::Path, "path", "multipath path id, of packets and losses", "path=1"},
    {FilterKey::Lost, "lost", "sent packets that were declared lost, and these declarations", "lost=true"},
    {FilterKey::Acked, "acked", "packets that an ACK in the log covers", "acked=false"},
    {FilterKey::Row, "row", "number of the record in the file, from 0", "row=10..20"},
    {FilterKey::Offset, "offset", "byte in the file at which the record begins", "offset>1M"},
    {FilterKey::Trace, "trace", "number of the trace in the file, from 1", "trace=2"},
}};

constexpr std::array<std::string_view, 2> boolWords{"true", "false"};
constexpr std::array<std::string_view, 2> directionWords{"sent", "received"};
constexpr std::array<std::string_view, 3> spaceWords{"initial", "handshake", "application"};

template <typename Enum, std::size_t count> std::array<std::string_view, count> textsOf()
{
    std::array<std::string_view, count> texts;
    for (std::size_t i = 0; i < count; ++i)
        texts[i] = text(static_cast<Enum>(i));
    return texts;
}


/// What goes wrong while a filter is read. Exceptions stay in this file.
struct Problem {
    FilterError error;
};

/// A piece of the filter text that knows where it stands.
struct Piece {
    std::string_view text;
    std::size_t position = 0;

    [[nodiscard]] Piece part(std::size_t begin, std::size_t length = std::string_view::npos) const
    {
        return {text.substr(begin, length), position + begin};
    }
    [[noreturn]] void fail(std::string sentence) const { throw Problem{{position, std::max<std::size_t>(text.size(), 1), std::move(sentence)}}; }
};

std::string quoted(std::string_view text) { return '\'' + std::string(text) + '\''; }

enum class Comparison : std::uint8_t { Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual };
bool isOrder(Comparison comparison) { return comparison >= Comparison::Less; }

/// A decimal number with a unit, in whole steps of 10^-decimals: 1.5k is 1500 with 0 decimals.
struct Decimal {
    std::uint64_t whole = 0;
    std::string_view fraction;
    std::string_view unit;
    bool isNegative = false;
};

Decimal readDecimal(const Piece& piece, const char* what)
{
    Decimal number;
    std::string_view rest = piece.text;
    if (rest.starts_with('-')) {
        number.isNegative = true;
        rest.remove_prefix(1);
    }
    if (rest.empty() || !isDigit(rest.front()))
        piece.fail(quoted(piece.text) + " is no " + what + '.');
    for (; !rest.empty() && isDigit(rest.front()); rest.remove_prefix(1)) {
        if (__builtin_mul_overflow(number.whole, std::uint64_t{10}, &number.whole)
            || __builtin_add_overflow(number.whole, static_cast<std::uint64_t>(rest.front() - '0'), &number.whole))
            piece.fail(quoted(piece.text) + " is too large.");
    }
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        const std::size_t digits = static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), isDigit) - rest.begin());
        if (digits == 0)
            piece.fail(quoted(piece.text) + " is no " + what + ": digits are missing after the point.");
        number.fraction = rest.substr(0, digits);
        rest.remove_prefix(digits);
    }
    number.unit = rest;
    return number;
}

/// number * scale, exactly; fails where it is no whole number or too large.
std::uint64_t scaled(const Decimal& number, std::uint64_t scale, const Piece& piece, const char* smallest)
{
    std::uint64_t value = 0;
    if (__builtin_mul_overflow(number.whole, scale, &value))
        piece.fail(quoted(piece.text) + " is too large.");
    for (const char digit : number.fraction) {
        if (scale % 10 != 0) {
            if (digit != '0')
                piece.fail(quoted(piece.text) + " is no whole number" + smallest + '.');
            continue;
        }
        scale /= 10;
        if (__builtin_add_overflow(value, scale * static_cast<std::uint64_t>(digit - '0'), &value))
            piece.fail(quoted(piece.text) + " is too large.");
    }
    return value;
}

std::uint64_t readNumber(const Piece& piece)
{
    const Decimal number = readDecimal(piece, "number");
    if (number.isNegative)
        piece.fail("Numbers are not negative here.");
    std::uint64_t scale = 1;
    if (number.unit == "k" || number.unit == "K")
        scale = 1'000;
    else if (number.unit == "M")
        scale = 1'000'000;
    else if (!number.unit.empty())
        piece.fail(quoted(piece.text) + " is no number; k stands for 1000 and M for 1000000.");
    return scaled(number, scale, piece, "");
}

struct Time {
    std::int64_t ns = 0;
    bool isWallClock = false;
};

Time readTime(const Piece& piece)
{
    if (const std::optional<std::int64_t> wallClock = wallClockFromIso(piece.text))
        return {*wallClock, true};
    const Decimal number = readDecimal(piece, "time");
    std::uint64_t scale = 1'000'000;
    if (number.unit == "s")
        scale = 1'000'000'000;
    else if (number.unit == "us")
        scale = 1'000;
    else if (number.unit == "ns")
        scale = 1;
    else if (!number.unit.empty() && number.unit != "ms")
        piece.fail(quoted(piece.text) + " is no time; the units are us, ms and s.");
    const std::uint64_t value = scaled(number, scale, piece, " of nanoseconds");
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        piece.fail(quoted(piece.text) + " is too large.");
    return {number.isNegative ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value), false};
}

/// Reads one term after the other.
class Parser
{
public:
    explicit Parser(std::string_view text)
        : m_text(text)
    {
    }

    Filter parse()
    {
        while (true) {
            while (m_position < m_text.size() && isBlank(m_text[m_position]))
                ++m_position;
            if (m_position == m_text.size())
                return std::move(m_filter);
            readTerm();
        }
    }

private:
    void readTerm()
    {
        const std::size_t begin = m_position;
        const bool isNegated = m_text[m_position] == '!';
        if (isNegated)
            ++m_position;
        if (m_position < m_text.size() && m_text[m_position] == '"') {
            readText(begin, isNegated);
            return;
        }
        const Piece whole = word(begin);
        const Piece term = whole.part(isNegated ? 1 : 0);
        m_position = begin + whole.text.size();
        if (const std::size_t quote = term.text.find('"'); quote != std::string_view::npos)
            term.part(quote).fail("A text in quotes is a term of its own: put a blank before it.");
        if (term.text.empty())
            whole.fail("'!' negates the comparison or the text right after it.");
        if (const std::size_t op = term.text.find_first_of("=<>!"); op != std::string_view::npos) {
            readPredicate(term, op, isNegated);
            return;
        }
        if (isNegated)
            whole.fail("'!' negates comparisons and texts; a type is left out by '-', as in -transport:packet_received.");
        readType(term);
    }

    /// Up to the next blank.
    [[nodiscard]] Piece word(std::size_t begin) const
    {
        std::size_t end = begin;
        while (end < m_text.size() && !isBlank(m_text[end]))
            ++end;
        return {m_text.substr(begin, end - begin), begin};
    }

    void readText(std::size_t begin, bool isNegated)
    {
        FilterText text;
        text.isNegated = isNegated;
        std::size_t at = m_position + 1;
        for (; at < m_text.size() && m_text[at] != '"'; ++at) {
            const bool isEscape = m_text[at] == '\\' && at + 1 < m_text.size() && (m_text[at + 1] == '"' || m_text[at + 1] == '\\');
            if (isEscape)
                ++at;
            text.bytes += m_text[at];
        }
        const Piece piece{m_text.substr(begin, at + 1 - begin), begin};
        if (at >= m_text.size())
            piece.fail("The closing quote is missing.");
        if (text.bytes.empty())
            piece.fail("The text is empty.");
        m_position = at + 1;
        if (m_position < m_text.size() && !isBlank(m_text[m_position]))
            word(m_position).fail("After a text in quotes comes a blank.");
        m_filter.texts.push_back(std::move(text));
    }

    void readType(const Piece& term)
    {
        TypeTerm type;
        Piece specifier = term;
        if (term.text.front() == '+' || term.text.front() == '-') {
            type.isExcluded = term.text.front() == '-';
            specifier = term.part(1);
        }
        if (specifier.text == "*") {
            type.category = type.name = "*";
            m_filter.types.push_back(std::move(type));
            return;
        }
        const std::size_t colon = specifier.text.rfind(':');
        if (specifier.text.empty())
            term.fail("A type is missing after the sign, as in " + std::string(term.text) + "transport:packet_sent.");
        if (colon == std::string_view::npos)
            failWord(specifier);
        type.category = readTypePart(specifier.part(0, colon), specifier, "category");
        type.name = readTypePart(specifier.part(colon + 1), specifier, "name");
        if (type.category != "*" && type.name != "*")
            type.kind = eventKindOf(type.category + ':' + type.name);
        m_filter.types.push_back(std::move(type));
    }

    static std::string readTypePart(const Piece& part, const Piece& whole, const char* what)
    {
        if (part.text.empty())
            whole.fail(std::string("The ") + what + " is missing; * stands for any.");
        if (const std::size_t sign = part.text.find_first_of(":,"); sign != std::string_view::npos)
            part.part(sign, 1).fail(part.text[sign] == ',' ? "A type has no alternatives; write one term for each type."
                                                           : "A type is category:name, with one colon.");
        if (const std::size_t star = part.text.find('*'); star != std::string_view::npos && part.text.size() > 1)
            part.part(star, 1).fail(std::string("* stands for a whole ") + what + ", not for a part of one.");
        return lowerCase(part.text);
    }

    /// Neither a type nor a comparison nor a text.
    [[noreturn]] static void failWord(const Piece& piece)
    {
        for (const FilterKeyInfo& each : keys) {
            if (each.name == lowerCase(piece.text))
                piece.fail(quoted(piece.text) + " needs a comparison without blanks, as in " + std::string(each.example) + '.');
        }
        piece.fail(quoted(piece.text)
                   + " is no term: write category:name, a comparison such as pn=7, or a text in \"quotes\".");
    }

    void readPredicate(const Piece& term, std::size_t op, bool isNegated)
    {
        const Piece name = term.part(0, op);
        std::size_t length = 1;
        Comparison comparison = Comparison::Equal;
        const bool hasEqual = op + 1 < term.text.size() && term.text[op + 1] == '=';
        if (term.text[op] == '!' && !hasEqual)
            term.part(op, 1).fail("'!' stands before a term, or in !=.");
        if (term.text[op] == '<')
            comparison = hasEqual ? Comparison::LessEqual : Comparison::Less;
        else if (term.text[op] == '>')
            comparison = hasEqual ? Comparison::GreaterEqual : Comparison::Greater;
        else if (term.text[op] == '!')
            comparison = Comparison::NotEqual;
        if (term.text[op] != '=' && hasEqual)
            length = 2;
        if (name.text.empty())
            term.fail("The property before " + quoted(term.text.substr(op, length)) + " is missing, as in pn=7.");
        FilterPredicate predicate;
        predicate.key = readKey(name);
        predicate.isNegated = isNegated;
        predicate.isInverted = comparison == Comparison::NotEqual;
        const Piece values = term.part(op + length);
        if (values.text.empty())
            term.fail("A value is missing after " + quoted(term.text) + '.');
        if (isOrder(comparison))
            readBound(values, comparison, term.part(op, length), &predicate);
        else
            readAlternatives(values, &predicate);
        m_filter.predicates.push_back(std::move(predicate));
    }

    static FilterKey readKey(const Piece& name)
    {
        const std::string lower = lowerCase(name.text);
        std::string known;
        for (const FilterKeyInfo& each : keys) {
            if (each.name == lower)
                return each.key;
            known += known.empty() ? "" : ", ";
            known += each.name;
        }
        name.fail("There is no property " + quoted(name.text) + "; there are " + known + '.');
    }

    [[nodiscard]] static bool isNumeric(FilterKey key)
    {
        return filterWords(key).empty() && key != FilterKey::Trigger && key != FilterKey::Time;
    }

    /// The value after < <= > >=.
    static void readBound(const Piece& value, Comparison comparison, const Piece& op, FilterPredicate* predicate)
    {
        if (!isNumeric(predicate->key) && predicate->key != FilterKey::Time)
            op.fail(quoted(keys[static_cast<std::size_t>(predicate->key)].name) + " is compared with = and != only.");
        if (const std::size_t comma = value.text.find(','); comma != std::string_view::npos)
            value.part(comma).fail("Alternatives go with = and != only.");
        if (const std::size_t dots = value.text.find(".."); dots != std::string_view::npos)
            value.part(dots).fail("Ranges go with = and != only.");
        if (predicate->key == FilterKey::Time) {
            const Time time = readTime(value);
            if (const auto interval = bounded(time.ns, comparison))
                predicate->times.push_back({*interval, time.isWallClock});
        } else if (const auto interval = bounded(readNumber(value), comparison)) {
            predicate->numbers.push_back(*interval);
        }
    }

    /// Nothing if no number is beyond the bound.
    template <typename Number> static std::optional<FilterInterval<Number>> bounded(Number bound, Comparison comparison)
    {
        FilterInterval<Number> interval;
        const bool isStrict = comparison == Comparison::Less || comparison == Comparison::Greater;
        if (comparison == Comparison::Less || comparison == Comparison::LessEqual) {
            if (isStrict && bound == interval.first)
                return std::nullopt;
            interval.last = isStrict ? bound - 1 : bound;
        } else {
            if (isStrict && bound == interval.last)
                return std::nullopt;
            interval.first = isStrict ? bound + 1 : bound;
        }
        return interval;
    }

    static void readAlternatives(const Piece& values, FilterPredicate* predicate)
    {
        for (std::size_t begin = 0; begin <= values.text.size();) {
            const std::size_t end = std::min(values.text.find(',', begin), values.text.size());
            const Piece value = values.part(begin, end - begin);
            if (value.text.empty())
                values.part(end == values.text.size() ? end - 1 : end, 1).fail("A value is missing beside the comma.");
            if (predicate->key == FilterKey::Time)
                readTimes(value, predicate);
            else if (predicate->key == FilterKey::Trigger)
                predicate->words.push_back(lowerCase(value.text));
            else if (isNumeric(predicate->key))
                readNumbers(value, predicate);
            else
                predicate->mask |= std::uint64_t{1} << readWord(value, predicate->key);
            begin = end + 1;
        }
    }

    static std::optional<std::pair<Piece, Piece>> asRange(const Piece& value)
    {
        const std::size_t dots = value.text.find("..");
        if (dots == std::string_view::npos)
            return std::nullopt;
        const std::pair<Piece, Piece> ends{value.part(0, dots), value.part(dots + 2)};
        if (ends.first.text.empty() || ends.second.text.empty())
            value.fail("A range has two ends, as in 100..200; for one end there are <= and >=.");
        return ends;
    }

    static void readNumbers(const Piece& value, FilterPredicate* predicate)
    {
        const auto range = asRange(value);
        const std::uint64_t first = readNumber(range ? range->first : value);
        const std::uint64_t last = range ? readNumber(range->second) : first;
        if (last < first)
            value.fail("The range ends before it begins.");
        predicate->numbers.push_back({first, last});
    }

    static void readTimes(const Piece& value, FilterPredicate* predicate)
    {
        const auto range = asRange(value);
        const Time first = readTime(range ? range->first : value);
        if (!range) {
            predicate->times.push_back({{first.ns, first.ns}, first.isWallClock});
            return;
        }
        const Time last = readTime(range->second);
        if (first.isWallClock != last.isWallClock)
            value.fail("Both ends of a range are wall-clock times, or none is.");
        if (last.ns <= first.ns)
            value.fail(last.ns < first.ns ? "The range ends before it begins." : "The range is empty: its end is not part of it.");
        predicate->times.push_back({{first.ns, last.ns - 1}, first.isWallClock});
    }

    /// The bit that a word stands for.
    static unsigned readWord(const Piece& value, FilterKey key)
    {
        std::string word = lowerCase(value.text);
        std::replace(word.begin(), word.end(), '-', '_');
        switch (key) {
        case FilterKey::Frame:
            if (const FrameKind kind = frameKindOf(word); kind != FrameKind::Other || word == "other")
                return static_cast<unsigned>(kind);
            break;
        case FilterKey::Type:
            if (const PacketType type = packetTypeOf(word); type != PacketType::Unknown || word == "unknown")
                return static_cast<unsigned>(type);
            break;
        case FilterKey::Space:
            if (word == "application_data")
                word = "application";
            break;
        case FilterKey::Direction:
            if (word == "recv")
                word = "received";
            break;
        default:
            if (word == "true" || word == "yes")
                return 1;
            if (word == "false" || word == "no")
                return 0;
            break;
        }
        const std::span<const std::string_view> words = filterWords(key);
        const auto it = std::find(words.begin(), words.end(), word);
        if (it == words.end() || key == FilterKey::Frame || key == FilterKey::Type || words.data() == boolWords.data())
            failWord(value, key, words);
        return static_cast<unsigned>(it - words.begin());
    }

    [[noreturn]] static void failWord(const Piece& value, FilterKey key, std::span<const std::string_view> words)
    {
        const std::string_view name = keys[static_cast<std::size_t>(key)].name;
        std::string sentence = quoted(value.text) + " is no value of " + quoted(name);
        constexpr std::size_t mostListed = 8;
        for (std::size_t i = 0; i < words.size() && words.size() <= mostListed; ++i)
            sentence += (i == 0 ? "; there are " : ", ") + std::string(words[i]);
        value.fail(sentence + '.');
    }

    std::string_view m_text;
    std::size_t m_position = 0;
    Filter m_filter;
};

} // namespace

std::span<const FilterKeyInfo> filterKeys() { return keys; }

std::span<const std::string_view> filterWords(FilterKey key)
{
    static const auto frames = textsOf<FrameKind, frameKindCount>();
    static const auto types = textsOf<PacketType, packetTypeCount>();
    switch (key) {
    case FilterKey::Frame:
        return frames;
    case FilterKey::Type:
        return types;
    case FilterKey::Space:
        return spaceWords; // in the order of PacketNumberSpace
    case FilterKey::Direction:
        return directionWords; // in the order of Direction
    case FilterKey::Lost:
    case FilterKey::Acked:
        return boolWords;
    default:
        return {};
    }
}

ParsedFilter parseFilter(std::string_view text)
{
    try {
        return {Parser(text).parse(), std::nullopt};
    } catch (Problem& problem) {
        return {{}, std::move(problem.error)};
    }
}

std::string caretLines(std::string_view text, const FilterError& error)
{
    // one column a code point, and line breaks do not break the line
    const auto isStart = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; };
    std::string line;
    std::string carets;
    for (std::size_t i = 0; i < text.size(); ++i) {
        line += static_cast<unsigned char>(text[i]) < 0x20 ? ' ' : text[i];
        if (isStart(text[i]))
            carets += i >= error.position && i < error.position + error.length ? '^' : ' ';
    }
    if (error.position >= text.size())
        carets += '^';
    carets.erase(carets.find_last_not_of(' ') + 1);
    return line + '\n' + carets;
}

} // namespace qlogscope
