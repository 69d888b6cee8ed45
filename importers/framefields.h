// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "importers/packetfields.h"
#include "importers/packetsizes.h"
#include "model/corrections.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qlogscope {

/// The members of a logged frame that facts and sizes are made of, any spelling of dialects 3.6.
template <typename Value> struct FrameFields {
    using Optional = std::optional<Value>;
    Optional type;
    Optional kindOnly; // `type`, where frame_type is missing (0.1)
    Optional streamId;
    Optional id;
    Optional offset;
    Optional length;
    Optional payloadLength;
    Optional rawLength;
    Optional rawPayloadLength;
    Optional raw;
    Optional fin;
    Optional reliableSize;
    Optional explicitLength;
    Optional ranges;
    Optional ackDelay;
    Optional ce;
    Optional ect0;
    Optional ect1;
    Optional hasLength; ///< picoquic writes it where it is false
    Optional pathId;
    Optional errorSpace;
    Optional error;
    Optional errorCode;
    Optional errorCodeValue;
    Optional reason;
};

template <typename Value> [[gnu::flatten]] void readFrameFields(const Value& frame, FrameFields<Value>* fields)
{
    frame.forEachMember([&](std::string_view key, const Value& value) {
        switch (Value::keyOf(key)) {
        case Key::FrameType:
            fields->type = value;
            break;
        case Key::Type:
            fields->kindOnly = value;
            break;
        case Key::StreamId:
            fields->streamId = value;
            break;
        case Key::Id:
            fields->id = value;
            break;
        case Key::Offset:
            fields->offset = value;
            break;
        case Key::Length:
            fields->length = value;
            break;
        case Key::PayloadLength:
            fields->payloadLength = value;
            break;
        case Key::Raw:
            fields->raw = value;
            break;
        case Key::Fin:
            fields->fin = value;
            break;
        case Key::ReliableSize:
            fields->reliableSize = value;
            break;
        case Key::ExplicitLength:
            fields->explicitLength = value;
            break;
        case Key::AckedRanges:
            fields->ranges = value;
            break;
        case Key::AckDelay:
            fields->ackDelay = value;
            break;
        case Key::HasLength:
            fields->hasLength = value;
            break;
        case Key::Ect0:
            fields->ect0 = value;
            break;
        case Key::Ect1:
            fields->ect1 = value;
            break;
        case Key::Ce:
            fields->ce = value;
            break;
        case Key::PathId:
            fields->pathId = value;
            break;
        case Key::ErrorSpace:
            fields->errorSpace = value;
            break;
        case Key::Error:
            fields->error = value;
            break;
        case Key::ErrorCode:
            fields->errorCode = value;
            break;
        case Key::ErrorCodeValue:
        case Key::RawErrorCode:
            fields->errorCodeValue = value;
            break;
        case Key::Reason:
            fields->reason = value;
            break;
        default:
            break;
        }
    });
    if (fields->raw && fields->raw->isObject()) {
        fields->raw->forEachMember([&](std::string_view key, const Value& value) {
            if (Value::keyOf(key) == Key::Length)
                fields->rawLength = value;
            else if (Value::keyOf(key) == Key::PayloadLength)
                fields->rawPayloadLength = value;
        });
    }
}

inline FrameKind frameKindNamed(std::string_view name)
{
    if (name == "stream")
        return FrameKind::Stream;
    if (name == "ack")
        return FrameKind::Ack;
    std::string folded = lowerCase(name);
    std::replace_if(folded.begin(), folded.end(), [](char c) { return c == ' ' || c == '-'; }, '_');
    return frameKindOf(folded);
}

template <typename Value> FrameKind frameKindIn(const FrameFields<Value>& fields, std::string_view name)
{
    const FrameKind kind = frameKindNamed(name);
    return kind == FrameKind::ResetStream && fields.reliableSize ? FrameKind::ResetStreamAt : kind; // mvfst
}

/// Where the bytes of data of a STREAM, CRYPTO or DATAGRAM frame are logged. OpenSSL's `length` beside a `payload_length` is the size of the
/// frame header.
template <typename Value> const std::optional<Value>& dataLengthIn(const FrameFields<Value>& fields)
{
    return fields.length && fields.payloadLength ? fields.payloadLength
        : fields.length                          ? fields.length
        : fields.rawPayloadLength                ? fields.rawPayloadLength
        : fields.rawLength                       ? fields.rawLength
                                                 : fields.payloadLength;
}
template <typename Value> std::uint64_t dataLengthOf(const FrameFields<Value>& fields)
{
    const std::optional<Value>& logged = dataLengthIn(fields);
    return logged ? toUnsigned(*logged).value_or(0) : 0;
}

/// All forms of dialects 3.6, "ACK ranges".
template <typename Value> [[gnu::flatten]] void readAckRanges(const Value& ranges, std::vector<Interval>* out)
{
    if (!ranges.isArray())
        return;
    ranges.forEachElement([&](const Value& range) {
        std::optional<std::uint64_t> first;
        std::optional<std::uint64_t> last;
        if (range.isArray()) {
            bool isFirst = true;
            range.forEachElement([&](const Value& end) {
                last = toUnsigned(end);
                if (isFirst)
                    first = last;
                isFirst = false;
            });
        } else if (range.isObject()) {
            range.forEachMember([&](std::string_view key, const Value& value) {
                if (key == "first" || key == "from")
                    first = toUnsigned(value);
                else if (key == "last" || key == "to")
                    last = toUnsigned(value);
            });
        } else if (range.isString() && range.string().find('-') != std::string_view::npos) {
            const std::string_view text = range.string();
            const std::size_t dash = text.find('-');
            first = numberOfText<std::uint64_t>(text.substr(0, dash));
            last = numberOfText<std::uint64_t>(text.substr(dash + 1));
        } else {
            first = toUnsigned(range);
            last = first;
        }
        if (first && last)
            out->push_back({std::min(*first, *last), std::max(*first, *last)});
    });
}

/// Numbers, ids and texts: what the fields of a frame without data take, and its type.
template <typename Value> class PlainFrameSize
{
public:
    [[nodiscard]] std::uint64_t of(const Value& frame, FrameKind kind, bool isTransportClose)
    {
        frame.forEachMember([&](std::string_view key, const Value& value) { add(key, value, kind); });
        std::uint64_t size = typeBytes(kind) + m_fields;
        if (kind == FrameKind::ConnectionClose)
            size += varintSize(m_reasonBytes) + m_reasonBytes + (isTransportClose ? 1 : 0); // the frame type that is blamed
        const bool hasError = kind == FrameKind::ConnectionClose || kind == FrameKind::ResetStream || kind == FrameKind::ResetStreamAt
            || kind == FrameKind::StopSending || kind == FrameKind::PathAbandon;
        if (hasError)
            size += m_error ? varintSize(*m_error) : 1; // of a code that is logged as a name
        if (kind == FrameKind::NewConnectionId || kind == FrameKind::PathNewConnectionId)
            size += 1 + (m_idBytes ? *m_idBytes : m_loggedIdBytes) + statelessResetTokenBytes;
        if (kind == FrameKind::NewToken)
            size += varintSize(m_tokenBytes) + m_tokenBytes;
        if (kind == FrameKind::PathChallenge || kind == FrameKind::PathResponse)
            size += pathDataBytes;
        return size;
    }

private:
    static constexpr std::uint64_t statelessResetTokenBytes = 16;
    static constexpr std::uint64_t pathDataBytes = 8;

    /// Types beyond those of RFC 9000: multipath (0x3e75 and more), ack_frequency (0xaf), time_stamp (0x02f5).
    static std::uint64_t typeBytes(FrameKind kind)
    {
        switch (kind) {
        case FrameKind::PathAbandon:
        case FrameKind::PathBackup:
        case FrameKind::PathAvailable:
        case FrameKind::PathNewConnectionId:
        case FrameKind::PathRetireConnectionId:
        case FrameKind::MaxPathId:
        case FrameKind::PathsBlocked:
        case FrameKind::PathCidBlocked:
        case FrameKind::AckFrequency:
        case FrameKind::TimeStamp:
            return 2;
        default:
            return 1;
        }
    }

    static bool isIn(std::string_view key, std::initializer_list<std::string_view> keys)
    {
        return std::find(keys.begin(), keys.end(), key) != keys.end();
    }

    void add(std::string_view key, const Value& value, FrameKind kind)
    {
        if (isIn(key, {"maximum", "maximum_data", "limit", "data_limit", "stream_limit", "stream_id", "id", "final_size", "final_offset",
                       "reliable_size", "reliable_offset", "sequence_number", "sequence", "retire_prior_to", "retire_before", "path_id",
                       "max_path_id", "path_status_sequence_number", "packet_tolerance", "ack_eliciting_threshold", "reordering_threshold",
                       "max_ack_delay", "timestamp", "time_stamp"})) {
            if (const std::optional<std::uint64_t> number = toUnsigned(value))
                m_fields += varintSize(*number);
        } else if (key == "request_max_ack_delay") { // ms, in the frame microseconds
            m_fields += varintSize(static_cast<std::uint64_t>(std::clamp(toDouble(value).value_or(0), 0.0, 1e12) * 1000));
        } else if (isIn(key, {"reason", "reason_phrase"}) && kind == FrameKind::ConnectionClose) {
            m_reasonBytes = toText(value).size();
        } else if (isIn(key, {"error_code", "error_code_value", "error_code_bytes", "raw_error_code", "reason"})) {
            if (const std::optional<std::uint64_t> number = toUnsigned(value))
                m_error = number;
        } else if (key == "connection_id") {
            m_idBytes = toText(value).size() / 2;
        } else if (isIn(key, {"connection_id_length", "length"})) {
            m_loggedIdBytes = std::min<std::uint64_t>(toUnsigned(value).value_or(0), 20);
        } else if (isIn(key, {"token", "new_token"})) {
            m_tokenBytes = tokenBytesOf(value);
        }
    }

    std::uint64_t m_fields = 0;
    std::uint64_t m_reasonBytes = 0;
    std::uint64_t m_tokenBytes = 0;
    std::uint64_t m_loggedIdBytes = 0;
    std::optional<std::uint64_t> m_idBytes;
    std::optional<std::uint64_t> m_error;
};

template <typename Value> std::uint64_t numberIn(const std::optional<Value>& value) { return value ? toUnsigned(*value).value_or(0) : 0; }

/// ACK and PATH_ACK. The delay on the wire is in units of 2^ack_delay_exponent microseconds; 3 is taken for the exponent.
template <typename Value>
void measureAck(const FrameFields<Value>& fields, const TraceHeader& header, std::span<const Interval> ranges, FrameSize* size)
{
    const std::optional<double> logged = fields.ackDelay ? toDouble(*fields.ackDelay) : std::nullopt;
    const std::optional<std::int64_t> ns = logged ? ackDelayNs(header, *logged) : std::nullopt;
    const std::uint64_t delayBytes = ns ? varintSize(static_cast<std::uint64_t>(*ns) / 8'000) : 1;
    size->headerBytes = ackFieldsSize(ranges, delayBytes) + 1 + (size->kind == FrameKind::PathAck ? varintSize(numberIn(fields.pathId)) : 0);
    if (fields.ect0 || fields.ect1 || fields.ce)
        size->headerBytes += varintSize(numberIn(fields.ect0)) + varintSize(numberIn(fields.ect1)) + varintSize(numberIn(fields.ce));
    size->growthBytes = ns && delayBytes <= 2 ? static_cast<std::uint8_t>(delayBytes) : 0;
}

/// STREAM, CRYPTO and DATAGRAM: a header and data.
template <typename Value> void measureData(const FrameFields<Value>& fields, const TraceHeader& header, FrameSize* size)
{
    const std::optional<Value>& loggedLength = dataLengthIn(fields);
    const std::optional<std::uint64_t> length = loggedLength ? toUnsigned(*loggedLength) : std::nullopt;
    const bool isExplicit = fields.explicitLength && toBool(*fields.explicitLength);
    const bool hasNoLength = (fields.explicitLength && !isExplicit) || (fields.hasLength && !toBool(*fields.hasLength));
    size->dataBytes = length.value_or(0);
    size->isOpenEnded = !length || (fields.explicitLength && !isExplicit && *length == 0);
    size->isDataLogged = !size->isOpenEnded;
    if (header.writer == Writer::OpenSsl && fields.length && fields.payloadLength) {
        size->headerBytes = numberIn(fields.length);
        size->isHeaderLogged = true;
        return;
    }
    if (fields.rawLength && fields.rawPayloadLength && numberIn(fields.rawLength) >= size->dataBytes) {
        size->headerBytes = numberIn(fields.rawLength) - size->dataBytes;
        size->isHeaderLogged = true;
        return;
    }
    // aioquic always writes the Length field in two bytes
    const std::uint64_t lengthBytes = header.writer == Writer::Aioquic ? std::max<std::uint64_t>(varintSize(size->dataBytes), 2) : varintSize(size->dataBytes);
    const bool mayLackLength = size->kind != FrameKind::Crypto;
    size->headerBytes = 1 + (mayLackLength && hasNoLength ? 0 : lengthBytes);
    if (mayLackLength && !hasNoLength && !isExplicit)
        size->lengthBytes = static_cast<std::uint8_t>(lengthBytes);
    if (size->kind == FrameKind::Stream)
        size->headerBytes += varintSize(size->streamId) + (size->offset > 0 ? varintSize(size->offset) : 0);
    else if (size->kind == FrameKind::Crypto)
        size->headerBytes += varintSize(size->offset);
}

/// The size of a frame: logged, or computed by its layout (RFC 9000, section 19).
/// @param ranges of an ACK, see readAckRanges()
template <typename Value>
FrameSize frameSizeOf(const Value& frame, const FrameFields<Value>& fields, FrameKind kind, const TraceHeader& header, std::span<const Interval> ranges)
{
    FrameSize size;
    size.kind = kind;
    if (const std::optional<Value>& id = fields.streamId ? fields.streamId : fields.id) {
        const std::optional<std::uint64_t> number = toUnsigned(*id);
        size.hasStreamId = kind == FrameKind::Stream && number;
        size.streamId = number.value_or(0);
    }
    size.offset = kind == FrameKind::Stream || kind == FrameKind::Crypto ? numberIn(fields.offset) : 0;
    size.fin = fields.fin && toBool(*fields.fin);
    if (kind == FrameKind::Stream || kind == FrameKind::Crypto || kind == FrameKind::Datagram) {
        measureData(fields, header, &size);
        return size;
    }
    if (kind == FrameKind::Padding) {
        const std::optional<Value>& length = fields.rawLength ? fields.rawLength : fields.length ? fields.length : fields.payloadLength;
        size.isDataLogged = length && toUnsigned(*length);
        size.isOpenEnded = !size.isDataLogged;
        size.dataBytes = size.isDataLogged ? numberIn(length) : 1;
        return size;
    }
    const std::optional<Value>& logged = header.writer == Writer::OpenSsl && fields.length ? fields.length : fields.rawLength;
    if (logged && toUnsigned(*logged)) {
        size.headerBytes = numberIn(logged);
        size.isHeaderLogged = true;
    } else if (kind == FrameKind::Ack || kind == FrameKind::PathAck) {
        measureAck(fields, header, ranges, &size);
    } else {
        const bool isTransportClose = !fields.errorSpace || !lowerCase(toText(*fields.errorSpace)).starts_with("application");
        size.headerBytes = PlainFrameSize<Value>().of(frame, kind, isTransportClose);
        size.isOpenEnded = kind == FrameKind::Unknown || kind == FrameKind::Other;
    }
    return size;
}

} // namespace qlogscope
