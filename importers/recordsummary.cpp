// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/recordsummary.h"

#include "importers/connectionextractor.h"
#include "importers/fieldlist.h"
#include "importers/framedescription.h"
#include "importers/jsonmember.h"
#include "importers/packetrecord.h"
#include "importers/recordrepair.h"
#include "model/eventkind.h"
#include "model/quicterms.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace qlogscope {

namespace {

using Json = nlohmann::json;

constexpr std::size_t lengthLimit = 240;
constexpr std::size_t framesShown = 8;
constexpr std::size_t chipsShown = 64;
constexpr std::size_t recordLimit = std::size_t{4} << 20; // longer ones are not parsed for a text
constexpr std::string_view separator = " \u00b7 ";

std::string moreFrames(std::size_t count)
{
    return "\u2026 " + std::to_string(count) + (count == 1 ? " more frame" : " more frames");
}

void append(std::string* line, const std::string& part)
{
    if (part.empty())
        return;
    if (!line->empty())
        *line += separator;
    *line += part;
}

/// A single frame may stand without its array.
std::size_t frameCountOf(const Json& frames) { return frames.is_array() ? frames.size() : frames.is_object() ? 1 : 0; }
const Json& frameAt(const Json& frames, std::size_t index) { return frames.is_array() ? frames[index] : frames; }

std::string framesText(const Json& frames)
{
    std::string text;
    const std::size_t count = frameCountOf(frames);
    for (std::size_t i = 0; i < count; ++i) {
        if (i == framesShown) {
            append(&text, moreFrames(count - i));
            break;
        }
        append(&text, frameText(frameAt(frames, i)));
    }
    return text;
}

/// "1-RTT 17", "Retry"
std::string packetTitle(const Json& data)
{
    const Json* header = memberOf(data, {"header"});
    const auto text = [&](std::initializer_list<const char*> keys) {
        std::string inHeader = header != nullptr ? textOfMember(*header, keys) : std::string();
        return inHeader.empty() ? textOfMember(data, keys) : inHeader;
    };
    const std::string typeText = text({"packet_type", "type"});
    const PacketType type = packetTypeOf(typeText);
    std::string title(type == PacketType::Unknown && !typeText.empty() ? typeText : std::string(displayText(type)));
    const std::string number = text({"packet_number"});
    if (!number.empty() && spaceOf(type) != PacketNumberSpace::None)
        title += " " + number;
    return title;
}

std::string packetSize(const Json& data)
{
    const auto number = [](const Json* object, std::initializer_list<const char*> keys) {
        return object != nullptr ? numberOfMember(*object, keys) : std::nullopt;
    };
    const Json* raw = memberOf(data, {"raw"});
    if (raw != nullptr && raw->is_array() && !raw->empty())
        raw = &raw->front();
    const Json* header = memberOf(data, {"header"});
    std::optional<std::uint64_t> size = number(raw, {"length"});
    if (!size)
        size = number(header, {"packet_size"});
    if (!size)
        size = numberOfMember(data, {"packet_size", "length"});
    if (!size)
        size = number(header, {"length"}); // quinn
    return size ? std::to_string(*size) + " B" : std::string();
}

std::string packetText(const Json& data)
{
    std::string line = packetTitle(data);
    append(&line, packetSize(data));
    if (const Json* frames = memberOf(data, {"frames"}))
        append(&line, framesText(*frames));
    append(&line, textOfMember(data, {"trigger"}));
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
    std::string line = "stream " + textOfMember(data, {"stream_id"});
    const Json* frame = memberOf(data, {"frame"});
    if (frame == nullptr)
        return line;
    append(&line, upperCase(textOfMember(*frame, {"frame_type", "type"})));
    const Json* headers = memberOf(*frame, {"headers", "header_fields", "fields", "header"});
    if (headers != nullptr && headers->is_array()) {
        for (const Json& field : *headers) {
            const std::string name = textOfMember(field, {"name"});
            if (name.starts_with(':'))
                append(&line, textOfMember(field, {"value"}));
        }
    }
    std::string length = textOfMember(data, {"length", "byte_length"});
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
        if (const std::string message = textOfMember(data, {"message", "description"}); !message.empty())
            return message;
        break;
    case EventKind::ConnectionStateUpdated:
    case EventKind::CongestionStateUpdated: {
        const std::string before = textOfMember(data, {"old"});
        const std::string after = textOfMember(data, {"new", "state"});
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

/// A record by its parts, whatever its form.
struct LoggedRecord {
    std::string name; ///< "category:event"
    const Json* data = nullptr; ///< an object, never empty; nullptr if there is none
    std::vector<std::pair<std::string, const Json*>> others; ///< but the time
};

bool isTimeName(std::string_view name) { return name == "time" || name == "relative_time" || name == "delta_time"; }

bool isEventName(std::string_view name) { return name == "event" || name == "event_type" || name == "type"; }

LoggedRecord partsOfObject(const Json& json)
{
    LoggedRecord record;
    record.name = textOfMember(json, {"name"});
    if (record.name.empty())
        record.name = textOfMember(json, {"category"}) + ":" + textOfMember(json, {"event", "type", "event_type"});
    record.data = memberOf(json, {"data"});
    for (auto it = json.begin(); it != json.end(); ++it) {
        if (!isTimeName(it.key()) && !isEventName(it.key()) && it.key() != "name" && it.key() != "category" && it.key() != "data")
            record.others.emplace_back(it.key(), &*it);
    }
    return record;
}

LoggedRecord partsOfArray(const Json& json, const std::vector<std::string>& columns)
{
    LoggedRecord record;
    std::string category;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const std::string column = i < columns.size() ? columns[i] : std::string();
        if (column == "category")
            category = valueText(json[i]);
        else if (isEventName(column))
            record.name = valueText(json[i]);
        else if (column == "data" || (column.empty() && json[i].is_object()))
            record.data = &json[i];
        else if (!column.empty() && !isTimeName(column))
            record.others.emplace_back(column, &json[i]);
    }
    record.name.insert(0, category + ":");
    return record;
}

LoggedRecord partsOf(const Json& json, const TraceHeader& header)
{
    LoggedRecord record;
    if (json.is_object())
        record = partsOfObject(json);
    else if (json.is_array())
        record = partsOfArray(json, header.eventFields);
    if (record.data != nullptr && (!record.data->is_object() || record.data->empty()))
        record.data = nullptr;
    return record;
}

/// What is said of a record that is not parsed; empty for one that is.
std::string problemOf(std::string_view record, Json* json)
{
    if (record.size() > recordLimit)
        return "a record of " + std::to_string(record.size()) + " bytes";
    *json = parsedRecord(record);
    return json->is_discarded() ? "malformed record: " + shortened(jsonProblem(record), lengthLimit) : std::string();
}

std::string recordFieldText(std::string_view key, const Json& value)
{
    constexpr std::string_view byteKeys[] = {"length", "payload_length", "packet_size",         "byte_length",
                                             "scil",   "dcil",           "packet_number_length"};
    if (std::find(std::begin(byteKeys), std::end(byteKeys), key) != std::end(byteKeys))
        return countedText(value, "byte");
    if (key == "send_at_time") // quiche and tquic, which log all times in ms
        return valueText(value) + (value.is_number() ? " ms" : "");
    const std::optional<std::uint32_t> version = key == "version" ? quicVersionOf(NlohmannValue(value)) : std::nullopt;
    return version ? valueText(value) + " (" + quicVersionText(*version) + ")" : valueText(value);
}

std::vector<RecordChip> frameChips(const Json& frames, const TraceHeader& header)
{
    std::vector<RecordChip> chips;
    const std::size_t count = frameCountOf(frames);
    for (std::size_t i = 0; i < std::min(count, chipsShown); ++i)
        chips.push_back(frameChip(frameAt(frames, i), header));
    if (count > chipsShown)
        chips.push_back({FrameKind::Other, moreFrames(count - chipsShown), {}});
    return chips;
}

RecordDescription packetDescription(const Json& data, const TraceHeader& header, FieldList* fields)
{
    RecordDescription description;
    description.title = chipText(packetTitle(data), "packet");
    description.size = packetSize(data);
    if (const Json* frames = memberOf(data, {"frames"}))
        description.chips = frameChips(*frames, header);
    const Json* packetHeader = memberOf(data, {"header"});
    if (packetHeader != nullptr && packetHeader->is_object())
        fields->addMembers(*packetHeader);
    for (auto it = data.begin(); it != data.end(); ++it) {
        if (it.key() != "frames" && &*it != packetHeader)
            fields->add(it.key(), *it);
    }
    return description;
}

RecordDescription otherDescription(const LoggedRecord& record, EventKind kind)
{
    RecordDescription description;
    description.title = chipText(record.name.substr(record.name.rfind(':') + 1), "no name");
    RecordChip chip{FrameKind::Other, description.title, {}};
    if (record.data != nullptr) {
        chip.text = chipText(dataText(kind, *record.data), description.title);
        FieldList fields(recordFieldText);
        fields.addMembers(*record.data);
        chip.fields = fields.take();
    }
    description.chips.push_back(std::move(chip));
    return description;
}

} // namespace

std::string RecordSummary::summary(std::string_view record, const TraceHeader& header) const
{
    Json json;
    if (std::string problem = problemOf(record, &json); !problem.empty())
        return problem;
    const LoggedRecord parts = partsOf(json, header);
    return parts.data != nullptr ? shortened(dataText(eventKindOf(parts.name), *parts.data), lengthLimit) : std::string();
}

RecordDescription RecordSummary::description(std::string_view record, const TraceHeader& header) const
{
    Json json;
    if (const std::string problem = problemOf(record, &json); !problem.empty())
        return {"record", {}, {{FrameKind::Other, chipText(problem, {}), {}}}, {}};
    const LoggedRecord parts = partsOf(json, header);
    const EventKind kind = eventKindOf(parts.name);
    const bool isPacket = (kind == EventKind::PacketSent || kind == EventKind::PacketReceived) && parts.data != nullptr;
    FieldList fields(recordFieldText);
    RecordDescription description = isPacket ? packetDescription(*parts.data, header, &fields) : otherDescription(parts, kind);
    for (const auto& [key, value] : parts.others)
        fields.add(key, *value);
    description.fields = fields.take();
    return description;
}

std::vector<std::string> RecordSummary::connectionIds(std::string_view record, const TraceHeader& header) const
{
    std::vector<std::string> ids;
    Json json;
    if (!problemOf(record, &json).empty())
        return ids;
    const auto addMembers = [&ids](const Json& object, std::initializer_list<const char*> keys) {
        for (const char* key : keys) {
            std::string id = lowerCase(textOfMember(object, {key}));
            if (!id.empty() && id.find_first_not_of("0123456789abcdef") == std::string::npos)
                ids.push_back(std::move(id));
        }
    };
    const LoggedRecord parts = partsOf(json, header);
    for (const auto& [key, value] : parts.others) {
        if (lowerCase(key) == "group_id" || lowerCase(key) == "odcid")
            addMembers(Json{{"id", *value}}, {"id"});
    }
    if (parts.data == nullptr)
        return ids;
    const std::initializer_list<const char*> keys = {"dcid", "scid", "odcid", "connection_id", "original_destination_connection_id", "destination_connection_id", "source_connection_id"};
    addMembers(*parts.data, keys);
    if (const Json* packetHeader = memberOf(*parts.data, {"header"}))
        addMembers(*packetHeader, keys);
    return ids;
}

PacketLayout RecordSummary::packetLayout(std::string_view record, const TraceHeader& header, const PacketFact& packet) const
{
    Json json;
    if (!problemOf(record, &json).empty())
        return packetLayoutOf(Json(), header, packet);
    const LoggedRecord parts = partsOf(json, header);
    return packetLayoutOf(parts.data != nullptr ? *parts.data : Json(), header, packet);
}

} // namespace qlogscope
