// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "importers/jsonvalue.h"
#include "importers/packetsizes.h"
#include "importers/recordkeys.h"
#include "model/eventbatch.h"
#include "model/eventkind.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace qlogscope {

/// Where a packet number, type and sizes may stand: in `data` and in `data.header`.
template <typename Value> struct PacketFields {
    using Optional = std::optional<Value>;
    Optional type;
    Optional number;
    Optional packetSize;
    Optional length;
    Optional payloadLength;
    Optional form;
    Optional dcid;
    Optional scid;
    Optional token;
    Optional numberLength;
    Optional space;
    Optional header;
    Optional raw;
    Optional frames;
    Optional trigger;
    Optional version;
    Optional sendAt;
    Optional keyPhase;
    Optional datagramId; ///< or its checksum
    bool isMtuProbe = false;
    bool isCoalesced = false;
};

/// Those of one object; they replace what was read before.
template <typename Value> [[gnu::flatten]] void readPacketFields(const Value& object, PacketFields<Value>* fields)
{
    object.forEachMember([&](std::string_view key, const Value& value) {
        switch (Value::keyOf(key)) {
        case Key::PacketType:
        case Key::Type:
            fields->type = value;
            break;
        case Key::PacketNumber:
            fields->number = value;
            break;
        case Key::PacketSize:
            fields->packetSize = value;
            break;
        case Key::Length:
            fields->length = value;
            break;
        case Key::PayloadLength:
            fields->payloadLength = value;
            break;
        case Key::Form:
            fields->form = value;
            break;
        case Key::Dcid:
            fields->dcid = value;
            break;
        case Key::Scid:
            fields->scid = value;
            break;
        case Key::Token:
            fields->token = value;
            break;
        case Key::PacketNumberLength:
            fields->numberLength = value;
            break;
        case Key::PacketNumberSpace:
            fields->space = value;
            break;
        case Key::Header:
            fields->header = value;
            break;
        case Key::Raw:
            fields->raw = value;
            break;
        case Key::Frames:
            if (value.isNull())
                fields->frames.reset(); // null is missing (dialects 3.9)
            else
                fields->frames = value;
            break;
        case Key::Trigger:
            fields->trigger = value;
            break;
        case Key::QuicVersion:
            fields->version = value;
            break;
        case Key::IsMtuProbe:
            fields->isMtuProbe = toBool(value);
            break;
        case Key::SendAtTime:
            fields->sendAt = value;
            break;
        case Key::KeyPhase:
            fields->keyPhase = value;
            break;
        case Key::DatagramId:
            fields->datagramId = value;
            break;
        case Key::IsCoalesced:
            fields->isCoalesced = toBool(value);
            break;
        default:
            break;
        }
    });
}

/// Those of `data` and, before them, of `data.header`.
template <typename Value> PacketFields<Value> packetFieldsOf(const Value& data)
{
    PacketFields<Value> fields;
    readPacketFields(data, &fields);
    if (fields.header && fields.header->isObject()) {
        const std::optional<Value> dataLength = fields.length;
        fields.length.reset();
        readPacketFields(Value(*fields.header), &fields);
        if (!fields.length)
            fields.length = dataLength;
    }
    return fields;
}

template <typename Value> PacketType packetTypeIn(const PacketFields<Value>& fields)
{
    if (fields.type)
        return packetTypeOf(toText(*fields.type));
    // 0.1: a short header has no type
    return fields.form && lowerCase(toText(*fields.form)) == "short" ? PacketType::OneRtt : PacketType::Unknown;
}

/// `raw.payload_length`, else `payload_length` of the header.
template <typename Value> std::optional<std::uint64_t> payloadLengthOf(const PacketFields<Value>& fields)
{
    std::optional<std::uint64_t> length = fields.payloadLength ? toUnsigned(*fields.payloadLength) : std::nullopt;
    if (fields.raw && fields.raw->isObject())
        fields.raw->forEachMember([&](std::string_view key, const Value& value) {
            if (Value::keyOf(key) == Key::PayloadLength)
                length = toUnsigned(value);
        });
    return length;
}

/// Bytes of a token in any form of dialects 3.6; 0 if they are not logged.
template <typename Value> std::uint64_t tokenBytesOf(const Value& token)
{
    if (token.isString())
        return token.string().size() / 2;
    std::uint64_t bytes = 0;
    if (token.isObject())
        token.forEachMember([&](std::string_view key, const Value& value) {
            if (key == "length")
                bytes = toUnsigned(value).value_or(bytes);
            else if ((key == "data" || key == "raw") && bytes == 0)
                bytes = tokenBytesOf(value);
        });
    return bytes;
}

/// Header bytes without the packet number and, in long headers, the Length field.
struct HeaderBase {
    std::uint64_t least = 0; ///< connection IDs that are not logged taken as empty
    std::uint64_t most = 0; ///< as 20 bytes
    std::uint64_t likely = 0;
};

/// The header's length is told by the packet's and the payload's, whatever of the three meanings the latter has (dialects 5.3): frames; frames
/// and tag; in long headers what the Length field counts.
inline void useLoggedPayload(std::uint64_t size, std::uint64_t payload, std::uint64_t tag, bool isLong, std::uint64_t base, HeaderSize* header)
{
    const auto isPossible = [header](std::uint64_t bytes) { return bytes >= header->least && bytes <= header->most; };
    const std::uint64_t rest = size - std::min(payload, size);
    if (rest >= tag && isPossible(rest - tag)) {
        *header = {rest - tag, rest - tag, rest - tag, true};
    } else if (isLong && rest > base && (rest - base == 1 || rest - base == 2 || rest - base == 4)) {
        const std::uint64_t number = header->likely - base - 2;
        *header = {rest + 1, rest + number, rest + 4, false};
    } else if (!isLong && isPossible(rest)) {
        *header = {rest, rest, rest, true};
    }
}

/// Header bytes by RFC 9000, section 17, as far as the log tells them. @param size of the packet, where it is logged
template <typename Value>
HeaderSize headerSizeOf(const PacketFields<Value>& fields, PacketType type, std::optional<std::uint64_t> size, std::uint64_t tag,
                        const TraceHeader& header)
{
    constexpr std::uint64_t longestId = 20;
    constexpr std::uint64_t frequentId = 8;
    const auto addId = [&size](const std::optional<Value>& id, HeaderBase* base) {
        const std::uint64_t bytes = id ? toText(*id).size() / 2 : 0;
        base->least += bytes;
        base->most += id ? bytes : longestId;
        base->likely += !id && size ? frequentId : bytes;
    };
    const bool isLong = type != PacketType::OneRtt;
    const std::uint64_t tokenBytes = type == PacketType::Initial && fields.token ? tokenBytesOf(*fields.token) : 0;
    const std::uint64_t fixed = isLong ? 7 + (type == PacketType::Initial ? varintSize(tokenBytes) + tokenBytes : 0) : 1;
    HeaderBase base{fixed, fixed, fixed};
    addId(fields.dcid, &base);
    if (isLong)
        addId(fields.scid, &base);
    // OpenSSL always writes packet numbers in 4 bytes; others mostly in 2
    const std::uint64_t guessed = header.writer == Writer::OpenSsl ? 4 : 2;
    const std::optional<std::uint64_t> logged = fields.numberLength ? toUnsigned(*fields.numberLength) : std::nullopt;
    const bool isNumberLogged = logged && *logged >= 1 && *logged <= 4;
    const std::uint64_t number = isNumberLogged ? *logged : guessed;
    const std::uint64_t lengthField = isLong ? 2 : 0;
    HeaderSize result{base.least + (isNumberLogged ? number : 1) + (isLong ? 1 : 0), base.likely + number + lengthField,
                      base.most + (isNumberLogged ? number : 4) + (isLong ? 4 : 0), false};
    const std::optional<std::uint64_t> payload = payloadLengthOf(fields);
    if (size && payload && base.least == base.most)
        useLoggedPayload(*size, *payload, tag, isLong, base.least, &result);
    else if (!isLong && isNumberLogged && base.least == base.most)
        result.isLogged = true;
    return result;
}

/// @param packet type, direction, flags and size
template <typename Value> PacketShape packetShapeOf(const PacketFields<Value>& fields, const PacketFact& packet, const TraceHeader& header)
{
    const bool isInferred = (packet.flags & (PacketSizeInferred | PacketSizeMissing)) != 0;
    PacketShape shape;
    shape.sizeBytes = packet.sizeBytes;
    shape.type = packet.type;
    shape.tagBytes = tagBytesOf(packet.type, packet.direction(), header, isInferred);
    shape.header = headerSizeOf(fields, packet.type, isInferred ? std::nullopt : std::optional<std::uint64_t>(packet.sizeBytes), shape.tagBytes, header);
    shape.areFramesLogged = fields.frames.has_value();
    shape.listsPadding = header.writer != Writer::QuicGo; // dialects 4.4
    shape.isMtuProbe = (packet.flags & PacketMtuProbe) != 0;
    return shape;
}

} // namespace qlogscope
