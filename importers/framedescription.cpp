// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/framedescription.h"

#include "importers/fieldlist.h"
#include "importers/jsonmember.h"
#include "model/corrections.h"
#include "model/errorcodes.h"
#include "model/eventkind.h"
#include "model/timebase.h"

#include <algorithm>
#include <utility>

namespace qlogscope {

namespace {

using Json = nlohmann::json;

constexpr std::size_t rangesInText = 6;
constexpr std::size_t rangesInFields = 200;
constexpr std::size_t rangeBytesInFields = std::size_t{4} << 10;
constexpr std::size_t longestOddRange = 40;
constexpr std::size_t longestChipText = 240;
constexpr std::size_t longestPathData = 32; // 8 bytes are 16 digits

constexpr std::initializer_list<const char*> rangeKeys{"acked_ranges", "ack_ranges"};

std::string joinedWords(std::initializer_list<std::string> words)
{
    std::string line;
    for (const std::string& word : words) {
        if (word.empty())
            continue;
        if (!line.empty())
            line += ' ';
        line += word;
    }
    return line;
}

FrameKind kindOfName(std::string_view name)
{
    std::string folded = lowerCase(name);
    std::replace_if(folded.begin(), folded.end(), [](char c) { return c == ' ' || c == '-'; }, '_');
    return frameKindOf(folded);
}

/// As logged, in capitals. The text of draft-00 has `stream_type` for `frame_type` in two frames.
std::string frameName(const Json& frame)
{
    if (const std::string name = textOfMember(frame, {"frame_type", "type"}); !name.empty())
        return upperCase(name);
    const std::string misnamed = textOfMember(frame, {"stream_type"});
    return kindOfName(misnamed) != FrameKind::Other ? upperCase(misnamed) : "(no type)";
}

FrameKind kindOf(const Json& frame)
{
    const FrameKind kind = kindOfName(frameName(frame));
    if (kind == FrameKind::ResetStream && memberOf(frame, {"reliable_size", "reliable_offset"}) != nullptr)
        return FrameKind::ResetStreamAt; // mvfst
    return kind;
}

/// Both ends of a range in any form of dialects 3.6, the smaller one first.
std::optional<std::pair<std::uint64_t, std::uint64_t>> rangeOf(const Json& range)
{
    std::optional<std::uint64_t> first;
    std::optional<std::uint64_t> last;
    if (range.is_array() && !range.empty()) {
        first = numberOf(range.front());
        last = numberOf(range.back());
    } else if (range.is_object()) {
        first = numberOfMember(range, {"first", "from"});
        last = numberOfMember(range, {"last", "to"});
    } else if (range.is_string()) {
        const std::string_view text = range.get_ref<const std::string&>();
        const std::size_t dash = std::min(text.find('-'), text.size());
        first = numberOfText<std::uint64_t>(text.substr(0, dash));
        last = dash < text.size() ? numberOfText<std::uint64_t>(text.substr(dash + 1)) : first;
    } else {
        first = last = numberOf(range);
    }
    if (!first || !last)
        return std::nullopt;
    return std::minmax(*first, *last);
}

std::string rangeText(const Json& range)
{
    const auto ends = rangeOf(range);
    if (!ends)
        return shortened(valueText(range), longestOddRange);
    return ends->first == ends->second ? std::to_string(ends->first) : std::to_string(ends->first) + "-" + std::to_string(ends->second);
}

std::string rangesText(const Json& frame)
{
    const Json* ranges = memberOf(frame, rangeKeys);
    std::string text;
    if (ranges == nullptr || !ranges->is_array())
        return text;
    for (std::size_t i = 0; i < ranges->size(); ++i) {
        if (i == rangesInText)
            return text + ", \u2026 " + std::to_string(ranges->size()) + " ranges";
        text += text.empty() ? "" : ",";
        text += rangeText((*ranges)[i]);
    }
    return text;
}

std::string allRangesText(const Json& ranges)
{
    std::string text;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        if (i == rangesInFields || text.size() >= rangeBytesInFields)
            return text + " \u2026 and " + std::to_string(ranges.size() - i) + " more";
        text += text.empty() ? "" : ", ";
        text += rangeText(ranges[i]);
    }
    return text;
}

std::optional<std::uint64_t> rawNumber(const Json& frame, std::initializer_list<const char*> keys)
{
    const Json* raw = memberOf(frame, {"raw"});
    return raw != nullptr ? numberOfMember(*raw, keys) : std::nullopt;
}

/// Bytes of data in STREAM, CRYPTO and DATAGRAM. OpenSSL's `length` beside a `payload_length` is the size of the frame header.
std::optional<std::uint64_t> dataLength(const Json& frame)
{
    if (memberOf(frame, {"length"}) != nullptr && memberOf(frame, {"payload_length"}) != nullptr)
        return numberOfMember(frame, {"payload_length"});
    if (const std::optional<std::uint64_t> length = numberOfMember(frame, {"length", "len", "frame_type.crypto.length"}))
        return length;
    if (const std::optional<std::uint64_t> length = rawNumber(frame, {"payload_length", "length"}))
        return length;
    return numberOfMember(frame, {"payload_length"});
}

std::optional<std::uint64_t> paddingLength(const Json& frame)
{
    if (const std::optional<std::uint64_t> length = rawNumber(frame, {"length", "payload_length"}))
        return length;
    return numberOfMember(frame, {"length", "payload_length", "frame_type.padding_length"});
}

std::optional<std::uint64_t> tokenLength(const Json& frame)
{
    const Json* token = memberOf(frame, {"token"});
    if (token != nullptr && token->is_object()) {
        const std::optional<std::uint64_t> length = rawNumber(*token, {"length"});
        return length ? length : numberOfMember(*token, {"length"});
    }
    return numberOfMember(frame, {"length"});
}

std::string bytesText(std::optional<std::uint64_t> bytes) { return bytes ? std::to_string(*bytes) + " B" : std::string(); }

/// "[0..1200)"; "[0..end of packet)" where the length is not logged (dialects 4.9).
std::string dataRangeText(const Json& frame)
{
    const std::optional<std::uint64_t> length = dataLength(frame);
    const Json* offsetMember = memberOf(frame, {"offset", "frame_type.crypto.offset"});
    const std::optional<std::uint64_t> offset = offsetMember != nullptr ? numberOf(*offsetMember) : 0; // its default
    if (!offset)
        return bytesText(length);
    if (memberOf(frame, {"explicit_length"}) != nullptr && !memberIsTrue(frame, "explicit_length") && length.value_or(0) == 0)
        return "[" + std::to_string(*offset) + "..end of packet)";
    if (!length || *length > UINT64_MAX - *offset)
        return {};
    return "[" + std::to_string(*offset) + ".." + std::to_string(*offset + *length) + ")";
}

/// xquic writes `true` over the offset of a last frame.
std::string finText(const Json& frame)
{
    const Json* offset = memberOf(frame, {"offset"});
    const bool isOffsetFin = offset != nullptr && offset->is_boolean() && offset->get<bool>();
    return memberIsTrue(frame, "fin") || isOffsetFin ? "FIN" : "";
}

std::string idText(const Json& frame) { return textOfMember(frame, {"stream_id", "id"}); }

std::string labelled(const char* label, const std::string& value) { return value.empty() ? value : std::string(label) + " " + value; }

std::string pathText(const Json& frame) { return labelled("path", textOfMember(frame, {"path_id"})); }

std::string streamTypeText(const Json& frame)
{
    const std::string type = lowerCase(textOfMember(frame, {"stream_type"}));
    return type.starts_with("bidi") ? "bidi" : type.starts_with("uni") ? "uni" : "";
}

std::string limitText(const Json& frame)
{
    return textOfMember(frame, {"maximum", "limit", "maximum_data", "data_limit", "stream_limit", "max_stream_id", "max_path_id"});
}

std::string connectionIdText(const Json& frame)
{
    const std::string retire = textOfMember(frame, {"retire_prior_to", "retire_before"});
    return joinedWords({pathText(frame), textOfMember(frame, {"sequence_number", "sequence"}),
                        labelled("retire prior to", retire == "0" ? std::string() : retire)});
}

std::string pathDataText(const Json& frame)
{
    return shortened(textOfMember(frame, {"data", "path_challenge", "path_response", "path_data"}), longestPathData);
}

std::string typeCodeText(const Json& frame)
{
    const Json* code = memberOf(frame, {"frame_type_bytes", "frame_type_value", "raw_frame_type"});
    if (code == nullptr)
        return {};
    const std::optional<std::uint64_t> number = numberOf(*code);
    return number ? hexCode(*number) : valueText(*code);
}

ErrorSpace errorSpaceOf(const Json& frame, FrameKind kind)
{
    if (kind == FrameKind::ResetStream || kind == FrameKind::ResetStreamAt || kind == FrameKind::StopSending)
        return ErrorSpace::Application; // RFC 9000, section 20.2
    if (kind != FrameKind::ConnectionClose)
        return ErrorSpace::Unknown;
    const std::string space = lowerCase(textOfMember(frame, {"error_space"}));
    if (space.starts_with("application") || frameName(frame) == "APPLICATION_CLOSE")
        return ErrorSpace::Application;
    return space.starts_with("transport") ? ErrorSpace::Transport : ErrorSpace::Unknown;
}

/// In words: "crypto_error_0x128", or "crypto_error_128" of earlier drafts. Empty for other names.
std::string cryptoErrorText(std::string_view name)
{
    constexpr std::string_view prefix = "crypto_error_";
    if (!name.starts_with(prefix))
        return {};
    name.remove_prefix(prefix.size());
    const std::optional<std::uint64_t> code = wholeOfText(name.starts_with("0x") ? std::string(name) : "0x" + std::string(name));
    return code && *code >> 8 == 1 ? errorName(ErrorSpace::Transport, *code) : std::string(); // 0x100 to 0x1ff
}

/// In words if the code has a name, else as the writer names it, else in hex.
std::string errorText(const Json& frame, FrameKind kind)
{
    std::optional<std::uint64_t> code;
    std::string logged;
    for (const char* key : {"error_code_value", "error_code_bytes", "raw_error_code", "error_code", "error"}) {
        const Json* value = memberOf(frame, {key});
        if (value == nullptr)
            continue;
        if (const std::optional<std::uint64_t> number = numberOf(*value); number && !code)
            code = number;
        else if (!number)
            logged = valueText(*value);
    }
    if (std::string crypto = cryptoErrorText(lowerCase(logged)); !crypto.empty())
        return crypto;
    if (!code)
        return logged;
    if (const std::string name = errorName(errorSpaceOf(frame, kind), *code); !name.empty())
        return name;
    return logged.empty() || logged == "unknown" ? hexCode(*code) : logged;
}

std::string resetText(const Json& frame, FrameKind kind)
{
    return joinedWords({idText(frame), errorText(frame, kind),
                        labelled("final size", textOfMember(frame, {"final_size", "final_offset", "offset"})),
                        labelled("reliable", textOfMember(frame, {"reliable_size", "reliable_offset"}))});
}

/// What follows the name of the frame.
std::string detailText(const Json& frame, FrameKind kind)
{
    switch (kind) {
    case FrameKind::Ack:
        return rangesText(frame);
    case FrameKind::PathAck:
        return joinedWords({pathText(frame), rangesText(frame)});
    case FrameKind::Stream:
        return joinedWords({idText(frame), dataRangeText(frame), finText(frame)});
    case FrameKind::Crypto:
        return dataRangeText(frame);
    case FrameKind::Datagram:
        return bytesText(dataLength(frame));
    case FrameKind::Padding:
        return bytesText(paddingLength(frame));
    case FrameKind::NewToken:
        return bytesText(tokenLength(frame));
    case FrameKind::ResetStream:
    case FrameKind::ResetStreamAt:
        return resetText(frame, kind);
    case FrameKind::StopSending:
        return joinedWords({idText(frame), errorText(frame, kind)});
    case FrameKind::ConnectionClose:
        return joinedWords({errorText(frame, kind), textOfMember(frame, {"reason", "reason_phrase"})});
    case FrameKind::MaxStreams:
    case FrameKind::StreamsBlocked:
        return joinedWords({streamTypeText(frame), limitText(frame)});
    case FrameKind::NewConnectionId:
    case FrameKind::RetireConnectionId:
    case FrameKind::PathNewConnectionId:
    case FrameKind::PathRetireConnectionId:
        return connectionIdText(frame);
    case FrameKind::PathChallenge:
    case FrameKind::PathResponse:
        return pathDataText(frame);
    case FrameKind::PathAbandon:
        return joinedWords({pathText(frame), errorText(frame, kind)});
    case FrameKind::TimeStamp:
        return textOfMember(frame, {"timestamp"});
    case FrameKind::Unknown:
        return typeCodeText(frame);
    default:
        return joinedWords({pathText(frame), idText(frame), limitText(frame)});
    }
}

/// What a number is counted in; empty where it is a name or the meaning is not known.
std::string_view unitOf(FrameKind kind, std::string_view key)
{
    constexpr std::string_view byteKeys[] = {
        "offset",          "length",          "payload_length", "len",                       "raw_length",
        "final_size",      "final_offset",    "reliable_size",  "connection_id_length",      "frame_type.crypto.length",
        "reliable_offset", "bytes_in_flight", "maximum_data",   "frame_type.padding_length", "frame_type.crypto.offset",
        "data_limit"};
    constexpr std::string_view packetKeys[] = {"ect0", "ect1", "ce", "packet_tolerance", "ack_eliciting_threshold", "reordering_threshold"};
    const auto isIn = [key](const auto& keys) { return std::find(std::begin(keys), std::end(keys), key) != std::end(keys); };
    if (isIn(byteKeys))
        return "byte";
    if (isIn(packetKeys))
        return "packet";
    if (key == "stream_limit")
        return "stream";
    if (key != "maximum" && key != "limit")
        return {};
    switch (kind) {
    case FrameKind::MaxData:
    case FrameKind::MaxStreamData:
    case FrameKind::DataBlocked:
    case FrameKind::StreamDataBlocked:
        return "byte";
    case FrameKind::MaxStreams:
    case FrameKind::StreamsBlocked:
        return "stream";
    default:
        return {};
    }
}

bool isErrorKey(std::string_view key)
{
    return key == "error_code" || key == "error_code_value" || key == "error_code_bytes" || key == "raw_error_code" || key == "error";
}

/// "256 (0x100, H3_NO_ERROR)"
std::string errorFieldText(const Json& frame, FrameKind kind, const Json& value)
{
    const std::optional<std::uint64_t> code = numberOf(value);
    if (!code)
        return valueText(value);
    const std::string name = errorName(errorSpaceOf(frame, kind), *code);
    return std::to_string(*code) + " (" + hexCode(*code) + (name.empty() ? name : ", " + name) + ")";
}

/// True for writers that log what the exponent has not been applied to (dialects 3.3).
bool isDelayUnscaled(const TraceHeader& header)
{
    RecordTraits traits;
    traits.kind = EventKind::PacketReceived;
    traits.frameMask = std::uint64_t{1} << static_cast<unsigned>(FrameKind::Ack);
    const std::vector<Correction> corrections = correctionsOf(header, traits);
    return std::any_of(corrections.begin(), corrections.end(),
                       [](Correction each) { return each == Correction::AckDelayRaw || each == Correction::AckDelayUnscaled; });
}

std::string ackDelayText(const TraceHeader& header, const Json& value)
{
    const std::optional<double> logged = toDouble(NlohmannValue(value));
    const std::optional<std::int64_t> ns = logged ? ackDelayNs(header, *logged) : std::nullopt;
    if (!ns)
        return valueText(value) + " as logged";
    if (!isDelayUnscaled(header))
        return millisecondsText(*ns) + " ms";
    return valueText(value) + " as logged: " + millisecondsText(*ns) + " ms if ack_delay_exponent is "
        + std::to_string(defaultAckDelayExponent);
}

std::string frameFieldText(const Json& frame, FrameKind kind, const TraceHeader& header, std::string_view key, const Json& value)
{
    if (value.is_array() && std::find(rangeKeys.begin(), rangeKeys.end(), key) != rangeKeys.end())
        return allRangesText(value);
    if (key == "ack_delay")
        return ackDelayText(header, value);
    if (isErrorKey(key))
        return errorFieldText(frame, kind, value);
    if (const std::string_view unit = unitOf(kind, key); !unit.empty()) {
        const bool isSwapped = header.writer == Writer::OpenSsl && (key == "ect0" || key == "ect1");
        return countedText(value, unit) + (isSwapped ? ", as logged; this writer swaps ect0 and ect1" : "");
    }
    return valueText(value);
}

} // namespace

std::string frameText(const nlohmann::json& frame)
{
    return frame.is_object() ? joinedWords({frameName(frame), detailText(frame, kindOf(frame))}) : std::string();
}

RecordChip frameChip(const nlohmann::json& frame, const TraceHeader& header)
{
    if (!frame.is_object())
        return {FrameKind::Other, chipText("no frame: " + valueText(frame), {}), {}};
    RecordChip chip;
    chip.kind = kindOf(frame);
    chip.text = chipText(frameText(frame), "(no type)");
    FieldList fields([&](std::string_view key, const Json& value) { return frameFieldText(frame, chip.kind, header, key, value); });
    fields.addMembers(frame);
    chip.fields = fields.take();
    return chip;
}

std::string chipText(std::string text, std::string_view otherwise)
{
    text = shortened(std::move(text), longestChipText);
    std::replace_if(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, ' ');
    return text.find_first_not_of(' ') == std::string::npos ? std::string(otherwise) : text;
}

} // namespace qlogscope
