// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/sniff.h"

#include "importers/jsonscanner.h"

#include <algorithm>
#include <initializer_list>
#include <set>

namespace qlogscope {

namespace {

constexpr std::string_view byteOrderMark = "\xef\xbb\xbf";

bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view withoutBlanks(std::string_view text)
{
    while (!text.empty() && isBlank(text.front()))
        text.remove_prefix(1);
    return text;
}

Sniffed refused(std::string sentence) { return {FileFormat::Unknown, std::move(sentence)}; }

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

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
            --depth;
        } else if (c == ',') {
            expectsKey = depth == 1;
        }
    }
    return keys;
}

Sniffed sniffObject(std::string_view text, bool isAll)
{
    JsonScanner scanner;
    scanner.reset();
    const JsonScanner::Result result = scanner.scan(text);
    const std::string_view first = text.substr(0, result == JsonScanner::Result::End ? scanner.position() : text.size());
    const std::set<std::string_view> keys = topLevelKeys(first);
    const auto hasAny = [&keys](std::initializer_list<const char*> names) {
        return std::any_of(names.begin(), names.end(), [&keys](const char* name) { return keys.count(name) != 0; });
    };
    if (hasAny({"constants"}) && contains(first, "\"logEventTypes\""))
        return refused("is a Chrome NetLog, not a qlog");
    const bool looksLikeEvent = hasAny({"name"}) && hasAny({"time", "data"});
    if (hasAny({"traces", "connections", "events"}))
        return {FileFormat::Json, {}};
    const bool looksLikeHeader = hasAny({"qlog_version", "file_schema", "qlog_format", "trace", "vantage_point", "serialization_format"});
    if (result != JsonScanner::Result::End) {
        if (looksLikeEvent || hasAny({"trace"}))
            return {FileFormat::Ndjson, {}};
        if (looksLikeHeader || !isAll)
            return {FileFormat::Json, {}};
        return refused("is no qlog: it begins like JSON but has no qlog header");
    }
    if (looksLikeHeader || looksLikeEvent)
        return {FileFormat::Ndjson, {}};
    const std::string_view rest = withoutBlanks(text.substr(first.size()));
    return refused(rest.empty() ? "is JSON, but no qlog" : "is newline-delimited JSON, but no qlog");
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
    using namespace std::string_view_literals;
    for (const std::string_view magic : {"\xd4\xc3\xb2\xa1"sv, "\xa1\xb2\xc3\xd4"sv, "\x4d\x3c\xb2\xa1"sv, "\x0a\x0d\x0d\x0a"sv}) {
        if (beginning.starts_with(magic))
            return refused("is a packet capture (pcap), not a qlog");
    }
    std::string_view text = beginning;
    if (text.starts_with(byteOrderMark))
        text.remove_prefix(byteOrderMark.size());
    text = withoutBlanks(text);
    if (text.empty())
        return refused(isAll ? "is empty: it has only blanks" : "is no qlog: it begins with blanks only");
    if (text.front() == '\x1e')
        return {FileFormat::JsonSeq, {}};
    if (text.front() == '{')
        return sniffObject(text, isAll);
    if (text.front() == '[')
        return refused("is a JSON array, not a qlog");
    if (contains(text, "\x1e{"))
        return {FileFormat::JsonSeq, {}};
    return refused("is no qlog: it does not begin like JSON or JSON-SEQ");
}

} // namespace qlogscope
