// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/arguments.h"
#include "app/cli/command.h"
#include "app/cli/opening.h"
#include "app/cli/output.h"
#include "model/connectionfacts.h"
#include "model/statistics.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace qlogscope {

namespace {

using Json = nlohmann::ordered_json;

Json countsJson(const std::map<std::string, std::uint64_t>& counts)
{
    Json::object_t object; // keeps its members in a list: they are unique, so none needs to be looked for
    object.reserve(counts.size());
    for (const auto& [name, count] : counts)
        object.push_back({name, count});
    return object;
}

template <typename T> Json orNull(const std::optional<T>& value) { return value ? Json(*value) : Json(nullptr); }

Json textOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json closeJson(const std::optional<CloseFact>& close)
{
    if (!close)
        return nullptr;
    return {{"initiator", textOrNull(close->initiator)},
            {"space", textOrNull(close->space)},
            {"code", orNull(close->code)},
            {"name", textOrNull(close->name)},
            {"reason", close->reason}};
}

Json traceJson(const Document& document, const Trace& trace)
{
    const TraceFigures figures = figuresOf(document, trace.id());
    const TraceHeader& header = trace.header();
    Json json;
    json["title"] = header.title;
    json["vantage_point"] = header.vantageType;
    json["role"] = text(trace.role());
    json["role_inferred"] = trace.isRoleInferred();
    json["group_id"] = header.groupId;
    json["writer"] = header.writerText;
    json["events"] = figures.events;
    json["first_time_ms"] = jsonMilliseconds(figures.firstTimeNs);
    json["last_time_ms"] = jsonMilliseconds(figures.lastTimeNs);
    json["min_time_ms"] = jsonMilliseconds(figures.minTimeNs);
    json["max_time_ms"] = jsonMilliseconds(figures.maxTimeNs);
    json["duration_ms"] = jsonMilliseconds(figures.durationNs);
    json["wall_clock"] = figures.wallClockNs ? Json(isoText(*figures.wallClockNs)) : Json(nullptr);
    json["event_counts"] = countsJson(figures.eventCounts);
    json["event_counts_logged"] = countsJson(figures.eventCountsLogged);
    json["packets"] = {{"sent", countsJson(figures.sent.packets)}, {"received", countsJson(figures.received.packets)}};
    json["bytes"] = {{"sent", figures.sent.bytes}, {"received", figures.received.bytes}, {"inferred", figures.bytesInferred}};
    json["frames"] = {{"sent", countsJson(figures.sent.frames)}, {"received", countsJson(figures.received.frames)}};
    json["packets_lost"] = figures.packetsLost;
    json["packets_lost_inferred"] = 0;
    json["packets_spurious"] = figures.packetsSpurious;
    json["packets_acked"] = figures.packetsAcked;
    json["streams"] = figures.streams;
    json["max_stream_id"] = orNull(figures.maxStreamId);
    json["max_congestion_window"] = orNull(figures.maxCongestionWindow);
    json["max_bytes_in_flight"] = orNull(figures.maxBytesInFlight);
    json["rtt_ms"] = {{"min", jsonMilliseconds(figures.minRttNs)},
                      {"smoothed_min", jsonMilliseconds(figures.smoothedRttMinNs)},
                      {"smoothed_max", jsonMilliseconds(figures.smoothedRttMaxNs)},
                      {"latest_min", jsonMilliseconds(figures.latestRttMinNs)},
                      {"latest_max", jsonMilliseconds(figures.latestRttMaxNs)}};
    json["handshake_ms"] = jsonMilliseconds(figures.handshakeNs);
    json["close"] = closeJson(figures.close);
    return json;
}

Json fileJson(const Document& document)
{
    const Document::FileFacts& facts = document.facts();
    Json json;
    json["path"] = facts.path;
    if (document.state() == Document::State::Failed) {
        json["error"] = document.failure();
        return json;
    }
    const TraceHeader header = document.traceCount() > 0 ? document.trace(TraceId(std::size_t{0})).header() : TraceHeader();
    json["format"] = text(facts.format);
    json["compression"] = text(facts.compression);
    json["bytes"] = facts.bytes;
    json["qlog_version"] = textOrNull(header.qlogVersion);
    json["file_schema"] = textOrNull(header.fileSchema);
    json["records"] = document.recordCount();
    json["malformed"] = document.malformedCount();
    json["truncated"] = facts.isTruncated;
    json["load_ms"] = jsonMilliseconds(static_cast<std::int64_t>(facts.loadMs * 1000) * 1000);
    json["traces"] = Json::array();
    for (std::size_t i = 0; i < document.traceCount(); ++i)
        json["traces"].push_back(traceJson(document, document.trace(TraceId(i))));
    json["diagnostics"] = Json::array();
    for (const DiagnosticKind kind : document.diagnostics().kinds()) {
        const Diagnostic& first = document.diagnostics().listed(kind).front();
        json["diagnostics"].push_back({{"kind", text(kind)},
                                       {"severity", text(severityOf(kind))},
                                       {"count", document.diagnostics().count(kind)},
                                       {"first_offset", first.bytes.offset},
                                       {"detail", first.detail}});
    }
    return json;
}

std::string countsText(const std::map<std::string, std::uint64_t>& counts)
{
    std::vector<std::pair<std::string, std::uint64_t>> sorted(counts.begin(), counts.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    std::string line;
    for (const auto& [name, count] : sorted)
        line += (line.empty() ? "" : ", ") + name + " " + std::to_string(count);
    return line.empty() ? "none" : line;
}

std::string rangeText(std::optional<std::int64_t> low, std::optional<std::int64_t> high)
{
    return low && high ? millisecondsText(*low) + " to " + millisecondsText(*high) + " ms" : "not logged";
}

std::string maximumText(std::optional<std::int64_t> bytes)
{
    return bytes ? "at most " + std::to_string(*bytes) + " bytes" : "not logged";
}

std::string sideText(const char* name, const TraceFigures::Side& side, bool isInferred)
{
    return std::string("    ") + name + ": " + std::to_string(side.packetCount) + " packets (" + countsText(side.packets) + "), "
        + std::to_string(side.bytes) + " bytes" + (isInferred ? " (inferred)" : "") + "\n      frames: " + countsText(side.frames)
        + "\n";
}

std::string traceText(const Document& document, const Trace& trace, int number)
{
    const TraceFigures figures = figuresOf(document, trace.id());
    const TraceHeader& header = trace.header();
    std::string out = "  trace " + std::to_string(number) + ": " + text(trace.role());
    out += trace.isRoleInferred() ? " (inferred)" : "";
    out += header.writerText.empty() ? "" : ", " + visibleText(header.writerText);
    out += header.groupId.empty() ? "" : ", connection " + visibleText(header.groupId);
    out += header.title.empty() ? "\n" : ", \"" + visibleText(header.title) + "\"\n";
    out += "    " + std::to_string(figures.events) + " events in " + millisecondsText(figures.durationNs) + " ms";
    out += figures.wallClockNs ? ", from " + isoText(*figures.wallClockNs) + "\n" : "\n";
    out += "    events: " + visibleText(countsText(figures.eventCounts)) + "\n";
    out += sideText("sent", figures.sent, figures.bytesInferred);
    out += sideText("received", figures.received, figures.bytesInferred);
    out += "    acked " + std::to_string(figures.packetsAcked) + ", lost " + std::to_string(figures.packetsLost) + ", spurious "
        + std::to_string(figures.packetsSpurious) + ", streams " + std::to_string(figures.streams) + "\n";
    out += "    congestion window: " + maximumText(figures.maxCongestionWindow)
        + "; bytes in flight: " + maximumText(figures.maxBytesInFlight) + "\n";
    out += "    smoothed RTT: " + rangeText(figures.smoothedRttMinNs, figures.smoothedRttMaxNs)
        + "; latest RTT: " + rangeText(figures.latestRttMinNs, figures.latestRttMaxNs) + "\n";
    out += "    handshake: " + (figures.handshakeNs ? millisecondsText(*figures.handshakeNs) + " ms" : "not completed or not logged");
    out += "; close: " + visibleText(figures.close ? "closed " + closeText(*figures.close) : std::string("not logged")) + "\n";
    return out;
}

std::string fileText(const Document& document)
{
    const Document::FileFacts& facts = document.facts();
    std::string out = facts.path + ": " + text(facts.format);
    if (facts.compression != Compression::None)
        out += std::string(", ") + text(facts.compression);
    const TraceHeader header = document.traceCount() > 0 ? document.trace(TraceId(std::size_t{0})).header() : TraceHeader();
    if (!header.qlogVersion.empty())
        out += ", qlog " + header.qlogVersion;
    if (!header.fileSchema.empty())
        out += ", " + header.fileSchema;
    out += ", " + std::to_string(facts.bytes) + " bytes, " + std::to_string(document.recordCount()) + " records";
    if (document.malformedCount() > 0)
        out += ", " + std::to_string(document.malformedCount()) + " malformed";
    out += facts.isTruncated ? ", truncated\n" : "\n";
    for (std::size_t i = 0; i < document.traceCount(); ++i)
        out += traceText(document, document.trace(TraceId(i)), static_cast<int>(i) + 1);
    for (const DiagnosticKind kind : document.diagnostics().kinds()) {
        const Diagnostic& first = document.diagnostics().listed(kind).front();
        out += std::string("  ") + std::string(text(severityOf(kind))) + ": " + std::string(text(kind)) + ", "
            + std::to_string(document.diagnostics().count(kind))
            + (document.diagnostics().count(kind) == 1 ? " time, at byte " : " times, first at byte ") + std::to_string(first.bytes.offset)
            + ": " + first.detail + "\n";
    }
    return out;
}

} // namespace

int runInfo(const QStringList& arguments)
{
    Arguments parser(QStringLiteral("info [--json] FILE..."),
                     QStringLiteral("Prints a summary of qlog files: traces, events, packets, frames, losses, RTT, close.\n"
                                    "--json prints the schema qlogscope.info/1. Times are on the log's own clock."));
    parser.addFlag("json", QStringLiteral("Print JSON."));
    if (const std::optional<int> code = parser.parse(arguments))
        return *code;
    if (parser.files().isEmpty())
        return Arguments::usageError(QStringLiteral("info: no FILE given"));
    int code = ExitGood;
    Json json{{"schema", "qlogscope.info/1"}, {"files", Json::array()}};
    std::string out;
    for (const QString& path : parser.files()) {
        const std::unique_ptr<Document> document = openFile(path);
        code = std::max(code, reportedExitCodeOf(*document));
        if (parser.isSet("json"))
            json["files"].push_back(fileJson(*document));
        else if (document->state() != Document::State::Failed)
            out += fileText(*document);
    }
    return writeOut(parser.isSet("json") ? jsonText(json) : out) ? code : ExitOutput;
}

} // namespace qlogscope
