// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/http3record.h"

#include "importers/jsonmember.h"
#include "importers/packetsizes.h"
#include "importers/recordrepair.h"
#include "model/eventkind.h"

#include <algorithm>

namespace qlogscope {

namespace {

using Json = nlohmann::json;

/// Bytes of a frame's type (RFC 9114, section 7.2; RFC 9218, section 7.1).
std::uint64_t http3TypeBytes(const Json& frame, const std::string& kind)
{
    if (kind == "priority_update")
        return 4; // 0xf0700
    const std::optional<std::uint64_t> code = numberOfMember(frame, {"frame_type_bytes", "frame_type_value", "raw_frame_type"});
    return code ? varintSize(*code) : 1;
}

/// The object of data in a record of any form; nullptr if there is none.
const Json* dataIn(const Json& record, const TraceHeader& header)
{
    if (record.is_object())
        return memberOf(record, {"data"});
    if (!record.is_array())
        return nullptr;
    const auto column = std::find(header.eventFields.begin(), header.eventFields.end(), "data");
    const auto index = static_cast<std::size_t>(column - header.eventFields.begin());
    if (column != header.eventFields.end())
        return index < record.size() ? &record[index] : nullptr;
    return !record.empty() && record.back().is_object() ? &record.back() : nullptr;
}

/// Lengths in `raw`: with a payload_length, length counts the frame's header; without, it is the payload's. Only what quic-go writes of the
/// SETTINGS it sends counts the header, and the type of the stream too.
void readRaw(const Json& raw, const TraceHeader& header, std::uint64_t typeBytes, Http3FrameRecord* frame)
{
    const std::optional<std::uint64_t> length = numberOfMember(raw, {"length"});
    const std::optional<std::uint64_t> payload = numberOfMember(raw, {"payload_length"});
    frame->isLengthLogged = length || payload;
    frame->payloadBytes = payload.value_or(length.value_or(0));
    if (length && payload && *length >= *payload) {
        frame->headerBytes = *length - *payload;
        frame->isHeaderInferred = false;
    } else if (length && !payload && header.writer == Writer::QuicGo && frame->kind == "settings") {
        const std::uint64_t streamType = 1;
        const std::uint64_t rest = *length - std::min(*length, streamType + typeBytes);
        frame->payloadBytes = rest - std::min(rest, varintSize(rest));
    }
}

} // namespace

std::optional<Http3FrameRecord> Http3RecordReader::http3Frame(std::string_view record, const TraceHeader& header) const
{
    constexpr std::size_t recordLimit = std::size_t{4} << 20;
    if (record.size() > recordLimit || jsonDepthExceeds(record, jsonDepthLimit))
        return std::nullopt;
    const Json json = Json::parse(record.begin(), record.end(), nullptr, false);
    const Json* data = json.is_discarded() ? nullptr : dataIn(json, header);
    const Json* logged = data != nullptr ? memberOf(*data, {"frame"}) : nullptr;
    const std::optional<std::uint64_t> streamId = data != nullptr ? numberOfMember(*data, {"stream_id", "id"}) : std::nullopt;
    if (logged == nullptr || !logged->is_object() || !streamId)
        return std::nullopt;
    Http3FrameRecord frame;
    frame.streamId = *streamId;
    frame.kind = shortened(lowerCase(textOfMember(*logged, {"frame_type", "type"})), 64);
    const std::uint64_t typeBytes = http3TypeBytes(*logged, frame.kind);
    const Json* raw = memberOf(*data, {"raw"});
    if (raw == nullptr)
        raw = memberOf(*logged, {"raw"});
    if (const std::optional<std::uint64_t> length = numberOfMember(*data, {"length", "byte_length"})) {
        frame.payloadBytes = *length;
        frame.isLengthLogged = true;
    } else if (raw != nullptr) {
        readRaw(*raw, header, typeBytes, &frame);
    }
    if (frame.isHeaderInferred)
        frame.headerBytes = typeBytes + varintSize(frame.payloadBytes);
    return frame;
}

} // namespace qlogscope
