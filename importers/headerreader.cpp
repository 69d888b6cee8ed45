// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/headerreader.h"

#include "importers/recordrepair.h"
#include "model/characters.h"
#include "model/eventkind.h"

#include <nlohmann/json.hpp>

#include <cctype>

namespace qlogscope {

namespace {

using Json = nlohmann::json;

Json parsed(std::string_view text)
{
    if (jsonDepthExceeds(text, jsonDepthLimit))
        return Json(Json::value_t::discarded);
    Json json = Json::parse(text.begin(), text.end(), nullptr, false, true);
    if (json.is_discarded()) { // trailing commas, invalid UTF-8
        if (const std::optional<std::string> repaired = repairedRecord(text))
            json = Json::parse(*repaired, nullptr, false);
    }
    return json;
}

const Json* member(const Json& object, const char* key)
{
    if (!object.is_object())
        return nullptr;
    const auto it = object.find(key);
    return it == object.end() || it->is_null() ? nullptr : &*it;
}

/// Text of a scalar: a string as it is, numbers and booleans as JSON; empty for anything else.
std::string scalarText(const Json* value)
{
    if (value == nullptr)
        return {};
    if (value->is_string())
        return value->get<std::string>();
    return value->is_primitive() ? value->dump() : std::string();
}

std::string memberText(const Json& object, const char* key) { return scalarText(member(object, key)); }


/// A connection id in one spelling: lower-case, without the colons or the 0x that some writers put in.
std::string connectionId(const std::string& logged)
{
    std::string id = lowerCase(logged);
    if (id.find_first_not_of("0123456789abcdefx:") == std::string::npos) {
        std::erase(id, ':');
        if (id.starts_with("0x"))
            id.erase(0, 2);
    }
    return id;
}

/// Where the fingerprints of a writer may stand.
struct Fingerprints {
    const Json& root;
    const Json& trace;
    const Json& common;
    const Json& configuration;
};

/// The name of the vantage point tells the writer (dialects 8.1).
Writer writerOfName(const TraceHeader& header)
{
    const std::string name = lowerCase(header.vantageName);
    if (name == "backend-67")
        return Writer::Picoquic;
    if (header.vantageName.starts_with("OpenSSL/"))
        return Writer::OpenSsl;
    if (name == "go quic" || header.vantageType == "endpoint")
        return Writer::GoXNet;
    if (name.starts_with("neqo"))
        return Writer::Neqo;
    if (name.starts_with("imquic"))
        return Writer::Imquic;
    for (const Writer writer : {Writer::QuicGo, Writer::Ngtcp2, Writer::Nginx, Writer::Kwik, Writer::Aioquic}) {
        if (name == text(writer))
            return writer;
    }
    return Writer::Unknown;
}

/// The title of the file or the trace tells the writer (dialects 8.1).
Writer writerOfTitle(std::string_view title, const TraceHeader& header)
{
    if (title == "picoquic" && header.qlogVersion == "draft-00")
        return Writer::Picoquic;
    if (title == "quic-go qlog")
        return Writer::QuicGo;
    if (contains(title, "neqo"))
        return Writer::Neqo;
    if (contains(title, "quiche"))
        return Writer::Quiche;
    if (title == "mvfst qlog")
        return Writer::Mvfst;
    if (title.starts_with("quant "))
        return Writer::Quant;
    if (title.starts_with("xquic"))
        return Writer::Xquic;
    if (title == "erlang_quic")
        return Writer::ErlangQuic;
    return title == "h2o/quicly qlog" ? Writer::QuiclyAdapter : Writer::Unknown;
}

/// The shape of the header tells the writer, where nothing is named (dialects 4 and 8.1).
Writer writerOfShape(const Fingerprints& from, const TraceHeader& header)
{
    const bool isSequence = memberText(from.root, "qlog_format") == "JSON-SEQ";
    const Json* schemas = member(from.trace, "event_schemas");
    if (schemas != nullptr && schemas->is_array() && schemas->empty())
        return Writer::Quinn;
    const bool isNameless = header.vantageName.empty() && from.common.empty();
    if (header.qlogVersion == "0.3" && isSequence && isNameless && header.vantageType == "unknown" && from.trace.contains("vantage_point"))
        return Writer::Quinn; // its releases of 2025
    if (memberText(from.root, "serialization_format") == "JSON-SEQ")
        return Writer::Quiche;
    if (header.qlogVersion == "0.4" && isSequence && header.vantageName.empty())
        return Writer::Tquic;
    if (header.qlogVersion == "0.3" && !isSequence && from.common.size() == 1 && from.common.contains("ODCID"))
        return Writer::Aioquic;
    if (from.root.contains("event_schemas") && from.common.contains("protocol_types"))
        return Writer::Imquic;
    const Json* reference = member(from.common, "reference_time");
    if (header.vantageType == "network" && !header.flow.empty() && reference != nullptr && reference->is_string()
        && contains(reference->get<std::string>(), "."))
        return Writer::Pcap2qlog; // unix seconds as text
    if (from.trace.contains("vantagepoint") && from.trace.contains("event_fields"))
        return Writer::Quicker;
    return Writer::Unknown;
}

/// First match of the fingerprints in dialects 8.1; mvfst without its title is known by its categories, see Resolver.
Writer writerOf(const Fingerprints& from, const TraceHeader& header)
{
    if (from.root.contains("code_version") || from.trace.contains("code_version") || from.configuration.contains("code_version"))
        return Writer::QuicGo;
    Writer writer = writerOfName(header);
    for (const std::string& title : {header.title, memberText(from.root, "title")}) {
        if (writer == Writer::Unknown)
            writer = writerOfTitle(lowerCase(title), header);
    }
    // quinn's title is that of the application, which may well have "quiche" in it
    if (writer == Writer::Unknown || (writer == Writer::Quiche && writerOfShape(from, header) == Writer::Quinn))
        writer = writerOfShape(from, header);
    return writer;
}

Role roleOf(std::string_view vantageType)
{
    if (vantageType == "client")
        return Role::Client;
    if (vantageType == "server")
        return Role::Server;
    if (vantageType == "network")
        return Role::Network;
    if (vantageType == "transport" || vantageType == "endpoint")
        return Role::Transport;
    return Role::Unknown;
}

void readReference(const Json& reference, TraceHeader* header)
{
    header->hasReference = true;
    if (reference.is_object()) { // main-schema-10 and later
        header->referenceNs = wallClockFromIso(memberText(reference, "epoch"));
        if (!header->referenceNs)
            header->referenceNs = wallClockFromIso(memberText(reference, "wall_clock_time"));
        return;
    }
    const std::string text = scalarText(&reference);
    header->referenceNs = wallClockFromIso(text);
    if (!header->referenceNs)
        header->referenceNs = wallClockFromNumber(text);
}

/// `time_offset` is in time_units up to draft-01, in milliseconds later; a number, or text in the early drafts.
void readTimeOffset(const Json& configuration, TraceHeader* header)
{
    const std::optional<RawTime> offset = RawTime::fromText(memberText(configuration, "time_offset"));
    if (!offset)
        return;
    if (const std::optional<std::int64_t> ns = nanoseconds(*offset, header->unit))
        header->timeOffsetNs = *ns;
}

/// draft-00 has `group_ids`, draft-01 a `group_id` that is a list; the events have numbers into it.
void readGroupIds(const Json& common, TraceHeader* header)
{
    for (const char* key : {"group_ids", "group_id"}) {
        const Json* ids = member(common, key);
        if (ids == nullptr || !ids->is_array() || !header->groupIds.empty())
            continue;
        for (const Json& id : *ids)
            header->groupIds.push_back(lowerCase(scalarText(&id)));
    }
    if (header->groupId.empty() && header->groupIds.size() == 1)
        header->groupId = header->groupIds.front();
}

/// What the `time` of events means: time_format, else the column name, else the era's default (dialects 2.3).
void readClock(const Json& root, const Json& common, TraceHeader* header)
{
    header->clockStated = true;
    if (const std::optional<ClockForm> form = clockFormOf(memberText(common, "time_format"))) {
        header->clock = *form;
    } else if (!header->eventFields.empty()) {
        for (const std::string& field : header->eventFields) {
            if (field == "relative_time")
                header->clock = ClockForm::Relative;
            else if (field == "delta_time")
                header->clock = ClockForm::Delta;
            else if (field == "time" && header->qlogVersion == "0.1") // counts from starttime
                header->clock = ClockForm::Relative;
            else if (field == "time") // absolute, but files with small times exist
                header->clockStated = false;
        }
    } else {
        // default absolute up to 0.4, relative_to_epoch later; relative times without time_format are common in both
        const bool isNewEra = root.contains("file_schema");
        header->clock = isNewEra || header->hasReference ? ClockForm::Relative : ClockForm::Absolute;
        header->clockStated = false;
    }
}

void addProperties(const Json& object, const std::string& prefix, TraceHeader* header)
{
    if (!object.is_object())
        return;
    for (const auto& [key, value] : object.items()) {
        if (key == "trace" || key == "traces" || key == "connections" || key == "events" || key == "common_fields"
            || key == "configuration" || key == "vantage_point")
            continue;
        header->properties.emplace_back(prefix + key, value.is_string() ? value.get<std::string>()
                                                                        : value.dump(-1, ' ', false, Json::error_handler_t::replace));
    }
}

TraceHeader headerOf(const Json& root, const Json& trace, std::uint32_t traceInFile)
{
    const Json nothing = Json::object();
    const Json* commonMember = member(trace, "common_fields");
    const Json& common = commonMember != nullptr ? *commonMember : nothing;
    const Json* configurationMember = member(trace, "configuration");
    const Json& configuration = configurationMember != nullptr ? *configurationMember : nothing;

    TraceHeader header;
    header.traceInFile = traceInFile;
    header.qlogVersion = memberText(root, "qlog_version");
    header.fileSchema = memberText(root, "file_schema");
    header.title = memberText(trace, "title");
    if (header.title.empty())
        header.title = memberText(root, "title");
    header.description = memberText(trace, "description");
    if (header.description.empty())
        header.description = memberText(root, "description");
    const Json* vantage = member(trace, "vantage_point");
    if (vantage == nullptr)
        vantage = member(trace, "vantagepoint"); // 0.1
    if (vantage != nullptr) {
        header.vantageName = memberText(*vantage, "name");
        const std::string type = vantage->is_string() ? vantage->get<std::string>() : memberText(*vantage, "type");
        if (!type.empty())
            header.vantageType = lowerCase(type);
        header.flow = lowerCase(memberText(*vantage, "flow"));
    }
    header.role = roleOf(header.vantageType);
    for (const char* key : {"group_id", "ODCID", "odcid"}) {
        if (header.groupId.empty())
            header.groupId = connectionId(memberText(common, key));
    }
    if (header.groupId.empty()) // 0.1
        header.groupId = connectionId(memberText(trace, "connectionid"));
    if (header.groupId.empty() && header.qlogVersion == "draft-00") // picoquic: the description is the initial connection id
        header.groupId = memberText(trace, "description");
    const Json* fields = member(trace, "event_fields");
    if (fields == nullptr)
        fields = member(trace, "fields"); // 0.1
    if (fields != nullptr && fields->is_array()) {
        for (const Json& field : *fields)
            header.eventFields.push_back(lowerCase(scalarText(&field)));
    }
    if (lowerCase(memberText(configuration, "time_units")) == "us")
        header.unit = TimeUnit::Microseconds;
    const Json* reference = member(common, "reference_time");
    if (reference == nullptr)
        reference = member(trace, "starttime"); // 0.1
    if (reference != nullptr)
        readReference(*reference, &header);
    readClock(root, common, &header);
    readTimeOffset(configuration, &header);
    readGroupIds(common, &header);
    header.writer = writerOf({root, trace, common, configuration}, header);
    header.writerText = header.writer != Writer::Unknown ? text(header.writer) : header.vantageName;
    addProperties(root, "", &header);
    addProperties(trace, "trace.", &header);
    addProperties(common, "common_fields.", &header);
    addProperties(configuration, "configuration.", &header);
    return header;
}

Diagnostic problem(ByteRange range, std::string detail)
{
    return {DiagnosticKind::HeaderProblem, severityOf(DiagnosticKind::HeaderProblem), RowId(), range, std::move(detail)};
}

} // namespace

std::optional<TraceHeader> readSequenceHeader(std::string_view record, ByteRange range, std::vector<Diagnostic>* diagnostics)
{
    const Json root = parsed(record);
    if (!root.is_object())
        return std::nullopt;
    const bool isEvent = root.contains("name") && root.contains("data");
    const bool isHeader = root.contains("qlog_version") || root.contains("file_schema") || root.contains("qlog_format")
        || root.contains("trace") || root.contains("vantage_point");
    if (isEvent || !isHeader)
        return std::nullopt;
    const Json* trace = member(root, "trace");
    if (trace == nullptr || !trace->is_object()) {
        if (!root.contains("vantage_point"))
            diagnostics->push_back(problem(range, "The header has no trace member; defaults are used."));
        return headerOf(root, root, 0);
    }
    return headerOf(root, *trace, 0);
}

TraceHeader readContainedHeader(std::string_view root, std::string_view trace, std::uint32_t traceInFile, ByteRange range,
                                std::vector<Diagnostic>* diagnostics)
{
    Json rootJson = parsed(root);
    Json traceJson = parsed(trace);
    if (!rootJson.is_object()) {
        diagnostics->push_back(problem(range, "The file header is not valid JSON; defaults are used."));
        rootJson = Json::object();
    }
    if (!traceJson.is_object()) {
        diagnostics->push_back(problem(range, "The trace header is not valid JSON; defaults are used."));
        traceJson = Json::object();
    }
    return headerOf(rootJson, traceJson, traceInFile);
}

std::optional<std::string> readTraceError(std::string_view trace)
{
    const Json json = parsed(trace);
    const Json* description = member(json, "error_description");
    if (description == nullptr)
        return std::nullopt;
    const std::string uri = memberText(json, "uri");
    return scalarText(description) + (uri.empty() ? "" : " (" + uri + ")");
}

} // namespace qlogscope
