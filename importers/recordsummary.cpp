// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/recordsummary.h"

#include "importers/jsonvalue.h"
#include "importers/recordrepair.h"
#include "model/eventkind.h"
#include "model/quicterms.h"

#include <nlohmann/json.hpp>

namespace qlogscope {

namespace {

using Json = nlohmann::json;

constexpr std::size_t lengthLimit = 240;
constexpr std::size_t framesShown = 8;
constexpr std::size_t rangesShown = 6;
constexpr std::size_t recordLimit = std::size_t{4} << 20; // longer ones are not parsed for one line of text
constexpr std::string_view separator = " \u00b7 ";

const Json* member(const Json& object, std::initializer_list<const char*> keys)
{
    if (!object.is_object())
        return nullptr;
    for (const char* key : keys) {
        const auto it = object.find(key);
        if (it != object.end() && !it->is_null())
            return &*it;
    }
    return nullptr;
}

std::string valueText(const Json& value)
{
    if (value.is_string())
        return value.get<std::string>();
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string memberText(const Json& object, std::initializer_list<const char*> keys)
{
    const Json* value = member(object, keys);
    return value != nullptr ? valueText(*value) : std::string();
}

std::optional<std::uint64_t> memberNumber(const Json& object, std::initializer_list<const char*> keys)
{
    const Json* value = member(object, keys);
    return value != nullptr ? toUnsigned(NlohmannValue(*value)) : std::nullopt;
}

void append(std::string* line, const std::string& part)
{
    if (part.empty())
        return;
    if (!line->empty())
        *line += separator;
    *line += part;
}

std::string upper(std::string text)
{
    for (char& c : text) {
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
}

std::string rangesText(const Json& ranges)
{
    std::string text;
    if (!ranges.is_array())
        return text;
    std::size_t shown = 0;
    for (const Json& range : ranges) {
        if (shown++ == rangesShown) {
            text += ", \u2026 " + std::to_string(ranges.size()) + " ranges";
            break;
        }
        text += text.empty() ? "" : ",";
        if (!range.is_array() || range.empty())
            text += valueText(range);
        else if (range.size() == 1 || range.front() == range.back())
            text += valueText(range.front());
        else
            text += valueText(range.front()) + "-" + valueText(range.back());
    }
    return text;
}

std::optional<std::uint64_t> dataLength(const Json& frame)
{
    const Json* raw = member(frame, {"raw"});
    if (member(frame, {"length"}) != nullptr && member(frame, {"payload_length"}) != nullptr)
        return memberNumber(frame, {"payload_length"});
    if (const std::optional<std::uint64_t> length = memberNumber(frame, {"length", "len", "payload_length"}))
        return length;
    return raw != nullptr ? memberNumber(*raw, {"payload_length", "length"}) : std::nullopt;
}

/// "STREAM 4 [0..1200) FIN", "ACK 0-12,14", "MAX_DATA 1048576".
std::string frameText(const Json& frame)
{
    std::string text = upper(memberText(frame, {"frame_type", "type"}));
    const std::string kind = lowerCase(text);
    if (kind == "ack" || kind == "path_ack" || kind == "ack_mp")
        return text + " " + (member(frame, {"acked_ranges", "ack_ranges"}) != nullptr
                                 ? rangesText(*member(frame, {"acked_ranges", "ack_ranges"}))
                                 : std::string());
    if (const std::string id = memberText(frame, {"stream_id", "id"}); !id.empty())
        text += " " + id;
    if (kind == "stream" || kind == "crypto") {
        const std::uint64_t offset = memberNumber(frame, {"offset"}).value_or(0);
        const Json* isExplicit = member(frame, {"explicit_length"});
        if (isExplicit != nullptr && !toBool(NlohmannValue(*isExplicit)) && dataLength(frame).value_or(0) == 0)
            text += " [" + std::to_string(offset) + "..end of packet)"; // the length is not logged
        else if (const std::optional<std::uint64_t> length = dataLength(frame))
            text += " [" + std::to_string(offset) + ".." + std::to_string(offset + *length) + ")";
        const Json* fin = member(frame, {"fin"});
        if (fin != nullptr && toBool(NlohmannValue(*fin)))
            text += " FIN";
        return text;
    }
    if (const std::string limit = memberText(frame, {"maximum", "limit"}); !limit.empty())
        text += " " + limit;
    if (kind == "connection_close" || kind == "application_close" || kind == "reset_stream" || kind == "stop_sending") {
        for (const std::string& part : {memberText(frame, {"error"}), memberText(frame, {"error_code", "raw_error_code"}),
                                        memberText(frame, {"reason", "reason_phrase"})}) {
            if (!part.empty())
                text += " " + part;
        }
    }
    return text;
}

std::string framesText(const Json& frames)
{
    std::string text;
    if (!frames.is_array())
        return text;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        if (i == framesShown) {
            append(&text, "\u2026 " + std::to_string(frames.size() - i) + " more frames");
            break;
        }
        append(&text, frameText(frames[i]));
    }
    return text;
}

std::string packetText(const Json& data)
{
    const Json nothing = Json::object();
    const Json* headerMember = member(data, {"header"});
    const Json& header = headerMember != nullptr ? *headerMember : nothing;
    std::string typeText = memberText(header, {"packet_type", "type"});
    if (typeText.empty())
        typeText = memberText(data, {"packet_type", "type"});
    const PacketType type = packetTypeOf(typeText);
    std::string line(type == PacketType::Unknown && !typeText.empty() ? typeText : std::string(displayText(type)));
    std::string number = memberText(header, {"packet_number"});
    if (number.empty())
        number = memberText(data, {"packet_number"});
    if (!number.empty() && spaceOf(type) != PacketNumberSpace::None)
        line += " " + number;
    const Json* raw = member(data, {"raw"});
    std::optional<std::uint64_t> size = raw != nullptr ? memberNumber(*raw, {"length"}) : std::nullopt;
    if (!size)
        size = memberNumber(header, {"packet_size"});
    if (!size)
        size = memberNumber(data, {"packet_size", "length"});
    if (size)
        append(&line, std::to_string(*size) + " B");
    if (const Json* frames = member(data, {"frames"}))
        append(&line, framesText(*frames));
    if (const std::string trigger = memberText(data, {"trigger"}); !trigger.empty())
        append(&line, trigger);
    return line;
}

/// "key value" for every member: metrics, states, parameters.
std::string membersText(const Json& data)
{
    std::string line;
    for (auto it = data.begin(); it != data.end() && line.size() < lengthLimit; ++it)
        append(&line, it.key() + " " + valueText(*it));
    return line;
}

std::string http3Text(const Json& data)
{
    std::string line = "stream " + memberText(data, {"stream_id"});
    const Json* frame = member(data, {"frame"});
    if (frame == nullptr)
        return line;
    append(&line, upper(memberText(*frame, {"frame_type", "type"})));
    const Json* headers = member(*frame, {"headers", "header_fields", "fields", "header"});
    if (headers != nullptr && headers->is_array()) {
        for (const Json& field : *headers) {
            const std::string name = memberText(field, {"name"});
            if (name.starts_with(':'))
                append(&line, memberText(field, {"value"}));
        }
    }
    std::string length = memberText(data, {"length", "byte_length"});
    if (!length.empty())
        append(&line, length + " B");
    return line;
}

std::string dataText(EventKind kind, const Json& data)
{
    switch (kind) {
    case EventKind::PacketSent:
    case EventKind::PacketReceived:
    case EventKind::PacketLost:
    case EventKind::PacketDropped:
    case EventKind::PacketBuffered:
        return packetText(data);
    case EventKind::Http3FrameCreated:
    case EventKind::Http3FrameParsed:
        return http3Text(data);
    case EventKind::LogError:
    case EventKind::LogWarning:
    case EventKind::LogInfo:
    case EventKind::LogDebug:
    case EventKind::LogVerbose:
        if (const std::string message = memberText(data, {"message", "description"}); !message.empty())
            return message;
        break;
    case EventKind::ConnectionStateUpdated:
    case EventKind::CongestionStateUpdated: {
        const std::string before = memberText(data, {"old"});
        const std::string after = memberText(data, {"new", "state"});
        if (!after.empty())
            return before.empty() ? after : before + " \u2192 " + after;
        break;
    }
    default:
        break;
    }
    return membersText(data);
}

Json parsedRecord(std::string_view record)
{
    if (jsonDepthExceeds(record, jsonDepthLimit))
        return Json(Json::value_t::discarded);
    Json json = Json::parse(record.begin(), record.end(), nullptr, false);
    if (json.is_discarded()) {
        if (const std::optional<std::string> repaired = repairedRecord(record))
            json = Json::parse(*repaired, nullptr, false);
    }
    return json;
}

/// Cuts at a character border.
std::string shortened(std::string text)
{
    if (text.size() <= lengthLimit)
        return text;
    std::size_t end = lengthLimit;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U)
        --end;
    text.resize(end);
    return text + "\u2026";
}

} // namespace

std::string RecordSummary::summary(std::string_view record, const TraceHeader& header) const
{
    if (record.size() > recordLimit)
        return "a record of " + std::to_string(record.size()) + " bytes";
    const Json json = parsedRecord(record);
    if (json.is_discarded())
        return "malformed record: " + shortened(jsonProblem(record));
    std::string name;
    const Json* data = nullptr;
    if (json.is_object()) {
        name = memberText(json, {"name"});
        if (name.empty())
            name = memberText(json, {"category"}) + ":" + memberText(json, {"event", "type", "event_type"});
        data = member(json, {"data"});
    } else if (json.is_array()) {
        std::string category;
        for (std::size_t i = 0; i < json.size(); ++i) {
            const std::string field = i < header.eventFields.size() ? header.eventFields[i] : std::string();
            if (field == "category")
                category = valueText(json[i]);
            else if (field == "event" || field == "event_type" || field == "type")
                name = valueText(json[i]);
            else if (field == "data" || (field.empty() && json[i].is_object()))
                data = &json[i];
        }
        name.insert(0, category + ":");
    }
    if (data == nullptr || !data->is_object() || data->empty())
        return {};
    return shortened(dataText(eventKindOf(name), *data));
}

RecordDescription RecordSummary::description(std::string_view record, const TraceHeader& header) const
{
    RecordDescription description;
    description.title = "record";
    description.chips.push_back({FrameKind::Other, summary(record, header), {}});
    return description;
}

} // namespace qlogscope
