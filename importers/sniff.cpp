// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/sniff.h"

#include "importers/jsonscanner.h"

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

/// A complete object has the member itself, not something in it.
bool hasMember(std::string_view object, std::string_view quotedKey)
{
    int depth = 0;
    for (std::size_t i = 0; i < object.size(); ++i) {
        const char c = object[i];
        if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            --depth;
        } else if (c == '"') {
            const std::size_t begin = i++;
            while (i < object.size() && object[i] != '"')
                i += object[i] == '\\' ? 2 : 1;
            if (depth == 1 && i < object.size() && object.substr(begin, i + 1 - begin) == quotedKey
                && withoutBlanks(object.substr(i + 1)).starts_with(':'))
                return true;
        }
    }
    return false;
}

Sniffed sniffObject(std::string_view text, bool isAll)
{
    JsonScanner scanner;
    scanner.reset();
    const JsonScanner::Result result = scanner.scan(text);
    const std::string_view first = text.substr(0, result == JsonScanner::Result::End ? scanner.position() : text.size());
    const bool looksLikeQlog = contains(first, "\"qlog_version\"") || contains(first, "\"file_schema\"")
        || contains(first, "\"qlog_format\"") || contains(first, "\"traces\"") || contains(first, "\"trace\"")
        || contains(first, "\"connections\"") || contains(first, "\"events\"") || contains(first, "\"vantage_point\"");
    const bool looksLikeEvent = contains(first, "\"name\"") && contains(first, "\"time\"");
    if (contains(first, "\"logEventTypes\"") || contains(first, "\"activeFieldTrialGroups\""))
        return refused("is a Chrome NetLog, not a qlog");
    if (result != JsonScanner::Result::End) {
        if (looksLikeQlog || (!isAll && !looksLikeEvent))
            return {FileFormat::Json, {}};
        if (looksLikeEvent)
            return {FileFormat::Ndjson, {}};
        return refused("is no qlog: it begins like JSON but has no qlog header");
    }
    const std::string_view rest = withoutBlanks(text.substr(first.size()));
    const bool hasTraces = contains(first, "\"traces\"") || contains(first, "\"connections\"") || contains(first, "\"events\"");
    if (hasTraces && !hasMember(first, "\"trace\""))
        return {FileFormat::Json, {}};
    if (looksLikeQlog || looksLikeEvent)
        return {FileFormat::Ndjson, {}};
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
