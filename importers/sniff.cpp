// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/sniff.h"

#include "importers/jsonscanner.h"
#include "model/characters.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>

namespace qlogscope {

namespace {

using namespace std::string_view_literals;


bool isWordCharacter(char c)
{
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '.';
}

std::string_view withoutBlanks(std::string_view text)
{
    while (!text.empty() && isBlank(text.front()))
        text.remove_prefix(1);
    return text;
}

Sniffed refused(std::string sentence) { return {FileFormat::Unknown, std::move(sentence)}; }


/// The text with blanks in the place of comments.
std::string withoutComments(std::string_view text)
{
    std::string result(text);
    bool inString = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (inString && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            inString = !inString;
        } else if (!inString && text[i] == '/' && i + 1 < text.size() && (text[i + 1] == '/' || text[i + 1] == '*')) {
            const bool isLine = text[i + 1] == '/';
            const std::size_t found = text.find(isLine ? "\n" : "*/", i + 2);
            const std::size_t end = found == std::string_view::npos ? text.size() : found + (isLine ? 0 : 2);
            std::fill(result.begin() + static_cast<std::ptrdiff_t>(i), result.begin() + static_cast<std::ptrdiff_t>(end), ' ');
            i = end - 1;
        }
    }
    return result;
}

/// The member names of the first object, as far as it is there. A value is skipped by its brackets and quotes.
std::set<std::string_view> topLevelKeys(std::string_view text)
{
    std::set<std::string_view> keys;
    int depth = 0;
    bool expectsKey = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') {
            const std::size_t begin = i + 1;
            for (++i; i < text.size() && text[i] != '"'; ++i) {
                if (text[i] == '\\')
                    ++i;
            }
            if (depth == 1 && expectsKey && i < text.size())
                keys.insert(text.substr(begin, i - begin));
            expectsKey = false;
        } else if (c == '{' || c == '[') {
            ++depth;
            expectsKey = depth == 1;
        } else if (c == '}' || c == ']') {
            if (--depth == 0)
                break;
        } else if (c == ',') {
            expectsKey = depth == 1;
        }
    }
    return keys;
}

class Keys
{
public:
    explicit Keys(std::string_view object)
        : m_keys(topLevelKeys(object))
    {
    }
    [[nodiscard]] bool hasAny(std::initializer_list<std::string_view> names) const
    {
        return std::any_of(names.begin(), names.end(), [this](std::string_view name) { return m_keys.contains(name); });
    }
    [[nodiscard]] bool hasAll(std::initializer_list<std::string_view> names) const
    {
        return std::all_of(names.begin(), names.end(), [this](std::string_view name) { return m_keys.contains(name); });
    }

private:
    std::set<std::string_view> m_keys;
};

bool looksLikeEvent(const Keys& keys)
{
    return keys.hasAny({"name", "event", "event_type", "category"}) && keys.hasAny({"time", "relative_time", "delta_time", "data"});
}

/// `[12, "transport"`, `["12", "0", "CONNECTIVITY"`: numbers, then a word.
bool looksLikeEventRow(std::string_view array)
{
    std::string_view rest = array.substr(1);
    for (int cell = 0; cell < 4; ++cell) {
        rest = withoutBlanks(rest);
        const bool isQuoted = !rest.empty() && rest.front() == '"';
        if (isQuoted)
            rest.remove_prefix(1);
        if (rest.empty())
            return false;
        if (!isDigit(rest.front()) && rest.front() != '-')
            return cell > 0 && isQuoted && isWordCharacter(rest.front());
        rest.remove_prefix(std::min(rest.find_first_not_of("0123456789.-+eE"), rest.size()));
        if (isQuoted && !rest.empty() && rest.front() == '"')
            rest.remove_prefix(1);
        rest = withoutBlanks(rest);
        if (rest.empty() || rest.front() != ',')
            return false;
        rest.remove_prefix(1);
    }
    return false;
}

/// The array of events of a trace without a file around it begins with an event, or is empty.
bool hasQlogEvents(std::string_view object)
{
    const std::size_t key = object.find("\"events\"");
    if (key == std::string_view::npos)
        return false;
    std::string_view rest = withoutBlanks(object.substr(key + 8));
    for (const char expected : {':', '['}) {
        if (rest.empty())
            return true; // cut there
        if (rest.front() != expected)
            return false;
        rest = withoutBlanks(rest.substr(1));
    }
    if (rest.empty() || rest.front() == ']')
        return true;
    return rest.front() == '{' ? looksLikeEvent(Keys(rest)) : rest.front() == '[' && looksLikeEventRow(rest);
}

/// What other programs write as a JSON object; empty if it is none of these.
std::string otherObject(std::string_view text, const Keys& keys)
{
    if (keys.hasAny({"constants"}) && (contains(text, "\"logEventTypes\"") || contains(text, "\"activeFieldTrialGroups\"")
                                       || contains(text, "\"logSourceType\"") || contains(text, "\"clientInfo\"")))
        return "is a Chrome NetLog, not a qlog";
    if (keys.hasAll({"events"}) && keys.hasAny({"protocolVersion", "destinationConnectionId"}))
        return "is a quic-trace log in JSON, not a qlog";
    if (keys.hasAny({"_source"}) && contains(text, "\"layers\""))
        return "is packets in JSON as tshark writes them, not a qlog";
    if (keys.hasAny({"log"}) && contains(text, "\"entries\"") && contains(text, "\"creator\""))
        return "is an HTTP archive (HAR), not a qlog";
    return {};
}

Sniffed sniffObject(std::string_view text, bool isAll)
{
    JsonScanner scanner;
    scanner.reset();
    const JsonScanner::Result result = scanner.scan(text);
    const std::string_view first = text.substr(0, result == JsonScanner::Result::End ? scanner.position() : text.size());
    const Keys keys(first);
    if (std::string other = otherObject(first, keys); !other.empty())
        return refused(std::move(other));
    const bool isEvent = looksLikeEvent(keys);
    const bool isHeader = keys.hasAny({"qlog_version", "file_schema", "qlog_format", "trace", "vantage_point", "vantagepoint",
                                       "serialization_format", "event_fields", "common_fields"});
    if (keys.hasAny({"traces", "connections"}) || (keys.hasAny({"events"}) && (isHeader || hasQlogEvents(first))))
        return {FileFormat::Json};
    if (result != JsonScanner::Result::End) {
        if (isEvent || keys.hasAny({"trace"}))
            return {FileFormat::Ndjson};
        if (isHeader || (!isAll && result == JsonScanner::Result::NeedMore))
            return {FileFormat::Json};
        return refused("is no qlog: it begins like JSON but has no qlog header");
    }
    if (isHeader || isEvent)
        return {FileFormat::Ndjson};
    const std::string_view rest = withoutBlanks(text.substr(first.size()));
    return refused(rest.empty() || rest.front() == ';' ? "is JSON, but no qlog" : "is newline-delimited JSON, but no qlog");
}

/// `[2024/05/14 11:34:11 693524] [packet_sent] |scid:...|`, `[2020-01-02 ...`: a date, not the beginning of an array.
std::string textLog(std::string_view text)
{
    const std::string_view date = text.substr(0, 11);
    const bool hasDate = date.size() == 11 && isDigit(date[1]) && isDigit(date[4]) && (date[5] == '/' || date[5] == '-') && isDigit(date[6])
        && isDigit(date[9]);
    if (contains(text, "qlog: ["))
        return "is an lsquic text log, not a qlog";
    if (hasDate && contains(text, "|"))
        return "is an xquic text log, not a qlog";
    return hasDate ? "is a text log, not a qlog" : std::string();
}

Sniffed sniffArray(std::string_view text)
{
    if (std::string log = textLog(text); !log.empty())
        return refused(std::move(log));
    JsonScanner scanner;
    scanner.reset();
    const bool isWhole = scanner.scan(text) == JsonScanner::Result::End;
    if (looksLikeEventRow(text)) // rows of a sequence, taken from a text log
        return isWhole ? Sniffed{FileFormat::Ndjson} : refused("is a JSON array, not a qlog");
    const std::string_view element = withoutBlanks(text.substr(1));
    if (element.starts_with('[') && looksLikeEventRow(element))
        return {FileFormat::Json};
    if (!element.starts_with('{'))
        return refused("is a JSON array, not a qlog");
    const Keys keys(element);
    if (std::string other = otherObject(element, keys); !other.empty())
        return refused(std::move(other));
    return looksLikeEvent(keys) ? Sniffed{FileFormat::Json} : refused("is a JSON array, not a qlog");
}

/// `var x = {`, `export default {`, `module.exports = {`: where the value begins; nullopt if it is no JavaScript.
std::optional<std::string_view> assignedValue(std::string_view text)
{
    bool hasWord = false;
    while (true) {
        text = withoutBlanks(text);
        const std::size_t word = static_cast<std::size_t>(
            std::find_if_not(text.begin(), text.end(), &isWordCharacter) - text.begin());
        if (word == 0)
            break;
        hasWord = true;
        text.remove_prefix(word);
    }
    if (!hasWord || text.empty())
        return std::nullopt;
    if (text.front() == '=')
        text = withoutBlanks(text.substr(1));
    return text.starts_with('{') || text.starts_with('[') ? std::optional(text) : std::nullopt;
}

/// Reads fields as protocol buffers have them, as far as the text goes.
bool readsAsProtobuf(std::string_view text, bool isAll)
{
    std::size_t position = 0;
    int fields = 0;
    const auto number = [&]() -> std::optional<std::uint64_t> {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && position < text.size(); shift += 7) {
            const auto byte = static_cast<unsigned char>(text[position++]);
            value |= std::uint64_t{byte & 0x7fU} << shift;
            if (byte < 0x80)
                return value;
        }
        return std::nullopt;
    };
    while (position < text.size()) {
        const std::optional<std::uint64_t> tag = number();
        if (!tag || (*tag >> 3) == 0 || (*tag >> 3) > 4'096)
            return false;
        const std::uint64_t type = *tag & 7;
        std::optional<std::uint64_t> length = type == 1 ? std::optional<std::uint64_t>(8) : type == 5 ? std::optional<std::uint64_t>(4) : std::nullopt;
        if (type == 0 || type == 2) {
            length = number();
            if (!length)
                return false;
            length = type == 0 ? 0 : length;
        }
        if (!length)
            return false;
        ++fields;
        if (*length > text.size() - position)
            return !isAll && fields > 1;
        position += static_cast<std::size_t>(*length);
    }
    return fields > 1;
}

std::string binaryFormat(std::string_view text)
{
    struct Magic {
        std::string_view bytes;
        const char* sentence;
    };
    constexpr Magic magics[] = {
        {"\xd4\xc3\xb2\xa1"sv, "is a packet capture (pcap), not a qlog"},
        {"\xa1\xb2\xc3\xd4"sv, "is a packet capture (pcap), not a qlog"},
        {"\x4d\x3c\xb2\xa1"sv, "is a packet capture (pcap), not a qlog"},
        {"\xa1\xb2\x3c\x4d"sv, "is a packet capture (pcap), not a qlog"},
        {"\x0a\x0d\x0d\x0a"sv, "is a packet capture (pcapng), not a qlog"},
        {"PK\x03\x04"sv, "is a zip archive; unpack it first"},
        {"\xfd"
         "7zXZ\0"sv,
         "is compressed with xz, which is not read; unpack it first"},
        {"BZh"sv, "is compressed with bzip2, which is not read; unpack it first"},
        {"7z\xbc\xaf\x27\x1c"sv, "is a 7-Zip archive; unpack it first"},
        {"\xff\xfe"sv, "is UTF-16 text; a qlog is UTF-8"},
        {"\xfe\xff"sv, "is UTF-16 text; a qlog is UTF-8"},
        {"\xd9\xd9\xf7"sv, "is CBOR, which is not read"},
    };
    for (const Magic& magic : magics) {
        if (text.starts_with(magic.bytes))
            return magic.sentence;
    }
    return {};
}

/// Content that is no text; empty if it is text.
std::string binaryContent(std::string_view text, bool isAll)
{
    constexpr std::size_t looked = 4'096;
    const std::string_view beginning = text.substr(0, looked);
    const auto first = static_cast<unsigned char>(text.front());
    const bool isCborMap = first >= 0xa0 && first <= 0xbf && text.size() > 1 && (static_cast<unsigned char>(text[1]) & 0xe0U) == 0x60U;
    if (isCborMap && (contains(beginning, "qlog") || contains(beginning, "file_schema") || contains(beginning, "trace")
                      || contains(beginning, "serialization_format")))
        return "is CBOR, which is not read";
    if (text.size() > 3 && ((text[0] == '{' && text[1] == '\0') || (text[0] == '\0' && text[1] == '{')))
        return "is UTF-16 text; a qlog is UTF-8";
    const auto isControl = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && !isBlank(c) && c != '\x1e') || c == '\x7f'; };
    if (std::none_of(beginning.begin(), beginning.end(), isControl))
        return {};
    return readsAsProtobuf(text, isAll) ? "is binary data that reads as protocol buffers, not a qlog" : "is binary data, not a qlog";
}

} // namespace

Compression sniffCompression(std::string_view beginning)
{
    if (beginning.starts_with("\x1f\x8b"))
        return Compression::Gzip;
    if (beginning.starts_with("\x28\xb5\x2f\xfd"))
        return Compression::Zstd;
    return Compression::None;
}

Sniffed sniffFormat(std::string_view beginning, bool isAll)
{
    if (std::string binary = binaryFormat(beginning); !binary.empty())
        return refused(std::move(binary));
    std::string_view text = beginning;
    if (text.starts_with(byteOrderMark))
        text.remove_prefix(byteOrderMark.size());
    text = withoutBlanks(text);
    if (text.empty())
        return refused(isAll ? "is empty: it has only blanks" : "is no qlog: it begins with blanks only");
    if (text.front() == '\x1e')
        return {FileFormat::JsonSeq};
    std::string plain;
    if (contains(text, "//") || contains(text, "/*")) {
        plain = withoutComments(text);
        text = withoutBlanks(plain);
    }
    if (text.starts_with('{') && !text.substr(1).starts_with('\0'))
        return sniffObject(text, isAll);
    if (text.starts_with('['))
        return sniffArray(text);
    if (const std::optional<std::string_view> value = assignedValue(text)) {
        const Sniffed sniffed = value->front() == '{' ? sniffObject(*value, isAll) : sniffArray(*value);
        if (sniffed.format != FileFormat::Unknown)
            return {FileFormat::Json};
        return sniffed;
    }
    if (contains(text, "\x1e{"))
        return {FileFormat::JsonSeq};
    if (text.empty())
        return refused("is no qlog: it has only comments");
    if (std::string binary = binaryContent(beginning, isAll); !binary.empty())
        return refused(std::move(binary));
    if (std::string log = textLog(text); !log.empty())
        return refused(std::move(log));
    return refused("is no qlog: it does not begin like JSON or JSON-SEQ");
}

Sniffed sniffFormat(const ByteSource& text)
{
    const std::string beginning = text.text(0, sniffBytes);
    Sniffed sniffed = sniffFormat(beginning, beginning.size() < sniffBytes);
    sniffed.bytes = beginning.size();
    return sniffed;
}

bool isOtherFormatNow(const Sniffed& before, const ByteSource& text)
{
    if (before.bytes >= sniffBytes)
        return false;
    const FileFormat now = sniffFormat(text).format;
    return now != FileFormat::Unknown && now != before.format;
}

} // namespace qlogscope
