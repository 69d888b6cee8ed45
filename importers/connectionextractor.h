// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "importers/decodedblock.h"
#include "importers/jsonvalue.h"
#include "importers/recordkeys.h"
#include "model/corrections.h"
#include "model/eventbatch.h"
#include "model/eventkind.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Records and frames about the connection as a whole (dialects 3.5, 3.6): each function reads one into facts with a local row.
/// They are rare, so members are looked up by name here and not in the table of recordkeys.h.
namespace qlogscope {

/// `local` and `remote`; in draft-01 also the names of the endpoints, which the vantage point tells apart.
inline ParameterOwner parameterOwnerOf(std::string_view owner, Role role)
{
    if (owner == "local" || owner == "remote")
        return owner == "local" ? ParameterOwner::Local : ParameterOwner::Remote;
    if ((owner == "client" || owner == "server") && (role == Role::Client || role == Role::Server))
        return owner == text(role) ? ParameterOwner::Local : ParameterOwner::Remote;
    return ParameterOwner::Unknown;
}

/// parameters_set and parameters_restored: a flat map; in draft-00 also a list of names and values.
template <typename Value>
void extractParameters(const Value& data, RowId row, Role role, bool isRestored, std::vector<ParameterFact>* facts)
{
    const std::size_t first = facts->size();
    // what was remembered of an earlier connection is what the other side allows
    ParameterOwner owner = isRestored ? ParameterOwner::Remote : ParameterOwner::Unknown;
    const auto add = [&](std::string_view name, const Value& value) {
        const std::optional<TransportParameter> parameter = transportParameterOf(name);
        if (!parameter)
            return;
        // picoquic: a flag that is present has the value ""
        const std::optional<std::uint64_t> number = isFlag(*parameter)
            ? std::optional<std::uint64_t>(toBool(value) || (value.isString() && value.string().empty()) ? 1 : 0)
            : toUnsigned(value);
        if (number && !value.isNull())
            facts->push_back({*number, row, *parameter, ParameterOwner::Unknown, isRestored});
    };
    const auto addNamed = [&](const Value& each) {
        if (!each.isObject())
            return;
        std::string_view name;
        std::optional<Value> value;
        each.forEachMember([&](std::string_view key, const Value& member) {
            if (key == "name")
                name = toText(member);
            else if (key == "value")
                value = member;
        });
        if (value)
            add(name, *value);
    };
    data.forEachMember([&](std::string_view key, const Value& value) {
        if (Value::keyOf(key) == Key::Initiator)
            owner = parameterOwnerOf(lowerCase(toText(value)), role);
        else if (key == "parameters" && value.isArray())
            value.forEachElement(addNamed);
        else
            add(key, value);
    });
    // in an order of their own, each once: of members that come twice the last one counts
    const auto begin = facts->begin() + static_cast<std::ptrdiff_t>(first);
    std::stable_sort(begin, facts->end(), [](const ParameterFact& a, const ParameterFact& b) { return a.parameter < b.parameter; });
    std::size_t kept = first;
    for (std::size_t i = first; i < facts->size(); ++i) {
        const bool isLast = i + 1 == facts->size() || (*facts)[i + 1].parameter != (*facts)[i].parameter;
        if (!isLast)
            continue;
        (*facts)[kept] = (*facts)[i];
        (*facts)[kept++].owner = owner;
    }
    facts->resize(kept);
}

/// A QUIC version: a number, or hex text with or without 0x; also text of digits only is hex (dialects 3.5, version_information).
template <typename Value> std::optional<std::uint32_t> quicVersionOf(const Value& value)
{
    std::optional<std::uint64_t> number;
    if (value.isString()) {
        std::string_view text = value.string();
        if (text.starts_with("0x") || text.starts_with("0X"))
            text.remove_prefix(2);
        std::uint64_t parsed = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed, 16);
        if (error == std::errc() && end == text.data() + text.size())
            number = parsed;
    } else {
        number = toUnsigned(value);
    }
    return number && *number <= UINT32_MAX ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

template <typename Value> void extractChosenVersion(const Value& data, RowId row, std::vector<VersionFact>* facts)
{
    data.forEachMember([&](std::string_view key, const Value& value) {
        const std::optional<std::uint32_t> version = key == "chosen_version" ? quicVersionOf(value) : std::nullopt;
        if (version && *version != 0)
            facts->push_back({row, *version, true});
    });
}

/// connection_started of any version (dialects 3.5): `remote`, or `dst_ip` and `dst_port`; nginx writes its peer as the source.
template <typename Value>
void extractConnectionStarted(const Value& data, RowId row, Writer writer, std::vector<PeerFact>* peers, std::vector<VersionFact>* versions)
{
    constexpr std::size_t longestAddress = 64; // addresses are free text, and kept
    const bool isPeerSource = writer == Writer::Nginx;
    std::string ip;
    std::string port;
    const auto take = [](const Value& value, std::string* to) {
        if (value.isString())
            *to = value.string().substr(0, longestAddress);
        else if (const std::optional<std::uint64_t> number = toUnsigned(value); number && !value.isNull())
            *to = std::to_string(*number);
    };
    data.forEachMember([&](std::string_view key, const Value& value) {
        if (key == "remote" && value.isObject()) {
            value.forEachMember([&](std::string_view member, const Value& each) {
                if (member == "ip_v4" || member == "ip_v6")
                    take(each, &ip);
                else if (member == "port_v4" || member == "port_v6")
                    take(each, &port);
            });
        } else if (key == (isPeerSource ? "src_ip" : "dst_ip") || (!isPeerSource && key == "dstip")) {
            take(value, &ip);
        } else if (key == (isPeerSource ? "src_port" : "dst_port") || (!isPeerSource && key == "dstport")) {
            take(value, &port);
        } else if (key == "quic_version") {
            if (const std::optional<std::uint32_t> version = quicVersionOf(value); version && *version != 0)
                versions->push_back({row, *version, true});
        }
    });
    if (ip.empty())
        return;
    const bool isBare = ip.find(':') != std::string::npos && !ip.starts_with('[');
    PeerFact peer;
    peer.row = row;
    peer.address = port.empty() ? ip : (isBare ? "[" + ip + "]" : ip) + ":" + port;
    peers->push_back(std::move(peer));
}

/// MAX_DATA, MAX_STREAM_DATA, MAX_STREAMS and the three kinds of *_BLOCKED frames.
template <typename Value>
void extractLimitFrame(const Value& frame, FrameKind kind, std::string_view frameName, RowId row, Direction direction,
                       std::vector<LimitFact>* facts)
{
    LimitFact limit;
    limit.row = row;
    limit.direction = direction;
    limit.event = kind == FrameKind::MaxData || kind == FrameKind::MaxStreamData || kind == FrameKind::MaxStreams
        ? LimitEvent::Raised
        : LimitEvent::Blocked;
    // mvfst tells the types of streams apart by the name of the frame
    bool isUnidirectional = frameName.find("uni") != std::string_view::npos || frameName.find("UNI") != std::string_view::npos;
    frame.forEachMember([&](std::string_view key, const Value& value) {
        if (key == "maximum" || key == "limit" || key == "maximum_data" || key == "data_limit" || key == "stream_limit")
            limit.value = toUnsigned(value).value_or(LimitFact::none);
        else if (Value::keyOf(key) == Key::StreamId || (Value::keyOf(key) == Key::Id && limit.streamId == LimitFact::none))
            limit.streamId = toUnsigned(value).value_or(LimitFact::none);
        else if (key == "stream_type")
            isUnidirectional = lowerCase(toText(value)).starts_with("uni");
    });
    if (kind == FrameKind::MaxData || kind == FrameKind::DataBlocked)
        limit.kind = LimitKind::Data;
    else if (kind == FrameKind::MaxStreamData || kind == FrameKind::StreamDataBlocked)
        limit.kind = LimitKind::StreamData;
    else
        limit.kind = isUnidirectional ? LimitKind::StreamsUni : LimitKind::StreamsBidi;
    if (limit.kind != LimitKind::StreamData)
        limit.streamId = LimitFact::none;
    facts->push_back(limit);
}

inline BlockedReason blockedReasonOf(std::string_view reason)
{
    constexpr std::string_view names[] = {"",
                                          "scheduling",
                                          "pacing",
                                          "amplification_protection",
                                          "congestion_control",
                                          "connection_flow_control",
                                          "stream_flow_control",
                                          "stream_id",
                                          "application"};
    for (std::size_t i = 0; i < std::size(names); ++i) {
        if (reason == names[i])
            return static_cast<BlockedReason>(i);
    }
    return BlockedReason::None;
}

/// connection_data_blocked_updated and stream_data_blocked_updated.
template <typename Value>
void extractBlockedEvent(const Value& data, bool isStream, RowId row, std::vector<LimitFact>* facts)
{
    LimitFact limit;
    limit.row = row;
    limit.kind = isStream ? LimitKind::StreamData : LimitKind::Data;
    bool isKnown = false;
    data.forEachMember([&](std::string_view key, const Value& value) {
        if (Value::keyOf(key) == Key::New || Value::keyOf(key) == Key::State) {
            const std::string_view state = toText(value);
            isKnown = state == "blocked" || state == "unblocked";
            limit.event = state == "blocked" ? LimitEvent::BlockedEvent : LimitEvent::UnblockedEvent;
        } else if (Value::keyOf(key) == Key::Reason) {
            limit.reason = blockedReasonOf(toText(value));
        } else if (Value::keyOf(key) == Key::StreamId && isStream) {
            limit.streamId = toUnsigned(value).value_or(LimitFact::none);
        }
    });
    if (isKnown)
        facts->push_back(limit);
}

template <typename Value>
void extractCongestionState(const Value& data, RowId row, std::vector<DecodedBlock::CongestionState>* facts)
{
    constexpr std::size_t longestState = 64; // states are free text, and kept
    CongestionStateFact fact;
    fact.row = row;
    data.forEachMember([&](std::string_view key, const Value& value) {
        if (Value::keyOf(key) == Key::New || Value::keyOf(key) == Key::State)
            fact.state = lowerCase(toText(value).substr(0, longestState));
        else if (Value::keyOf(key) == Key::Trigger)
            fact.trigger = lowerCase(toText(value).substr(0, longestState));
    });
    if (!fact.state.empty() || !fact.trigger.empty())
        facts->push_back({std::move(fact), false});
}

inline EcnState ecnStateOf(std::string_view state)
{
    constexpr std::string_view names[] = {"", "testing", "unknown", "failed", "capable"};
    const auto it = std::find(std::begin(names), std::end(names), state);
    return it == std::end(names) ? EcnState::Other : static_cast<EcnState>(it - std::begin(names));
}

/// key_updated: those of 1-RTT keys (dialects 3.5; 3.8, key type).
template <typename Value> void extractKeyUpdate(const Value& data, NotableCandidate candidate, std::vector<NotableCandidate>* out)
{
    std::string type;
    data.forEachMember([&](std::string_view key, const Value& value) {
        if (key == "key_type" || Value::keyOf(key) == Key::Type)
            type = lowerCase(toText(value));
        else if (Value::keyOf(key) == Key::Trigger)
            candidate.value = toText(value) == "local_update" ? 1 : toText(value) == "remote_update" ? 2 : 0;
    });
    if (type.find("1rtt") == std::string::npos)
        return;
    candidate.key = type.starts_with("client") ? 1 : type.starts_with("server") ? 2 : 0;
    out->push_back(candidate);
}

/// Addresses of a received datagram, which picoquic logs where they are not those of the path (dialects 3.5).
template <typename Value> void extractAddresses(const Value& data, NotableCandidate candidate, std::vector<NotableCandidate>* out)
{
    data.forEachMember([&](std::string_view key, const Value& value) {
        if ((key != "addr_from" && key != "addr_to") || !value.isObject())
            return;
        std::string address;
        value.forEachMember([&](std::string_view, const Value& part) {
            if (part.isString())
                address += part.string();
            else
                address += ':' + std::to_string(toUnsigned(part).value_or(0));
        });
        candidate.source = NotableSource::Packet;
        candidate.value = key == "addr_from" ? 1 : 2;
        candidate.key = std::hash<std::string>()(address);
        out->push_back(candidate);
    });
}

/// The datagrams of a udp_datagrams_sent or _received event, each with the bytes of its UDP payload (dialects, Appendix C).
template <typename Value>
void extractDatagrams(const Value& data, EventKind kind, const TraceHeader& header, RowId row, std::vector<DatagramFact>* out)
{
    const Direction direction = kind == EventKind::UdpDatagramsSent ? Direction::Sent : Direction::Received;
    const auto add = [&](std::optional<std::uint64_t> length, std::optional<std::uint64_t> payload) {
        if (!length && !payload)
            return;
        const std::uint64_t bytes = length ? datagramBytes(header, *length, payload) : *payload;
        out->push_back({row, static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, UINT32_MAX)), direction});
    };
    const auto addRaw = [&](const Value& raw) {
        if (!raw.isObject())
            return;
        std::optional<std::uint64_t> length;
        std::optional<std::uint64_t> payload;
        raw.forEachMember([&](std::string_view key, const Value& value) {
            if (Value::keyOf(key) == Key::Length)
                length = toUnsigned(value);
            else if (Value::keyOf(key) == Key::PayloadLength)
                payload = toUnsigned(value);
        });
        add(length, payload);
    };
    data.forEachMember([&](std::string_view key, const Value& value) {
        if (Value::keyOf(key) == Key::Raw && value.isArray())
            value.forEachElement(addRaw);
        else if (Value::keyOf(key) == Key::Raw)
            addRaw(value);
        else if (key == "byte_length" || key == "data_len")
            add(std::nullopt, toUnsigned(value));
    });
}

/// Events that are marked in charts, see NotableFact.
template <typename Value>
void extractNotable(const Value& data, EventKind kind, RowId row, std::uint32_t pathId, std::vector<NotableCandidate>* out)
{
    NotableCandidate candidate;
    candidate.row = row;
    candidate.pathId = pathId;
    std::string_view state;
    data.forEachMember([&](std::string_view key, const Value& value) {
        if (Value::keyOf(key) == Key::New)
            state = toText(value);
    });
    switch (kind) {
    case EventKind::EcnStateUpdated:
        candidate.kind = NotableKind::EcnState;
        candidate.value = static_cast<std::uint64_t>(ecnStateOf(state));
        out->push_back(candidate);
        break;
    case EventKind::KeyUpdated:
        candidate.kind = NotableKind::KeyUpdate;
        extractKeyUpdate(data, candidate, out);
        break;
    case EventKind::UdpDatagramsReceived:
        candidate.kind = NotableKind::PathChange;
        extractAddresses(data, candidate, out);
        break;
    case EventKind::TupleAssigned:
        candidate.kind = NotableKind::PathChange;
        candidate.key = 1; // the first one is no change
        out->push_back(candidate);
        break;
    case EventKind::MigrationStateUpdated:
        candidate.kind = NotableKind::PathChange;
        if (state.empty() || state == "migration_complete") // probing and starting are no change yet
            out->push_back(candidate);
        break;
    default:
        candidate.kind = NotableKind::Retry;
        out->push_back(candidate);
        break;
    }
}

/// timer_updated: only probe timeouts that expired.
template <typename Value> void extractTimer(const Value& data, RowId row, std::vector<PtoFact>* facts)
{
    bool isPto = false;
    bool isExpired = false;
    data.forEachMember([&](std::string_view key, const Value& value) {
        if (key == "timer_type")
            isPto = toText(value) == "pto";
        else if (key == "event_type")
            isExpired = toText(value) == "expired";
    });
    if (isPto && isExpired)
        facts->push_back({row});
}

/// True if a Retry or NEW_TOKEN token of an Initial is not empty: hex text, or an object with its data or length (dialects 3.5).
template <typename Value> bool isNonEmptyToken(const Value& token)
{
    if (token.isString())
        return !token.string().empty() && token.string() != "(empty)";
    bool isSomething = false;
    if (token.isObject()) {
        token.forEachMember([&](std::string_view key, const Value& value) {
            if (key == "length")
                isSomething = isSomething || toUnsigned(value).value_or(0) > 0;
            else if (key == "data" || key == "raw")
                isSomething = isSomething || isNonEmptyToken(value);
        });
    }
    return isSomething;
}

} // namespace qlogscope
