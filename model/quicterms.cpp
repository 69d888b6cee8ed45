// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/quicterms.h"

#include <array>
#include <cstdio>
#include <string>
#include <unordered_map>

namespace qlogscope {

namespace {

constexpr std::array<std::string_view, packetTypeCount> packetTypeTexts{
    "initial", "handshake", "0rtt", "1rtt", "retry", "version_negotiation", "stateless_reset", "unknown"};
constexpr std::array<std::string_view, packetTypeCount> packetTypeDisplayTexts{
    "Initial", "Handshake", "0-RTT", "1-RTT", "Retry", "Version Negotiation", "Stateless Reset", "unknown"};

constexpr std::array<std::string_view, frameKindCount> frameKindTexts{
    "padding",
    "ping",
    "ack",
    "reset_stream",
    "reset_stream_at",
    "stop_sending",
    "crypto",
    "new_token",
    "stream",
    "max_data",
    "max_stream_data",
    "max_streams",
    "data_blocked",
    "stream_data_blocked",
    "streams_blocked",
    "new_connection_id",
    "retire_connection_id",
    "path_challenge",
    "path_response",
    "connection_close",
    "handshake_done",
    "datagram",
    "ack_frequency",
    "immediate_ack",
    "path_ack",
    "path_abandon",
    "path_backup",
    "path_available",
    "path_new_connection_id",
    "path_retire_connection_id",
    "max_path_id",
    "paths_blocked",
    "path_cid_blocked",
    "time_stamp",
    "unknown",
    "other",
};

constexpr std::array<std::string_view, metricKindCount> metricTexts{
    "congestion_window", "bytes_in_flight", "ssthresh",     "min_rtt",   "smoothed_rtt",
    "latest_rtt",        "rtt_variance",    "pacing_rate",  "pto_count", "packets_in_flight",
    "delivery_rate",
};

using FrameMap = std::unordered_map<std::string_view, FrameKind>;

FrameMap makeFrameMap()
{
    FrameMap map;
    for (int i = 0; i < frameKindCount - 1; ++i)
        map.emplace(frameKindTexts[static_cast<std::size_t>(i)], static_cast<FrameKind>(i));
    const std::pair<std::string_view, FrameKind> aliases[] = {
        {"rst_stream", FrameKind::ResetStream},
        {"rst_stream_at", FrameKind::ResetStreamAt},
        {"application_close", FrameKind::ConnectionClose},
        {"ack_mp", FrameKind::PathAck},
        {"ack_ecn", FrameKind::Ack},
        {"ack_extended", FrameKind::Ack},
        {"ack_receive_timestamps", FrameKind::Ack},
        {"max_stream_id", FrameKind::MaxStreams},
        {"max_streams_bidi", FrameKind::MaxStreams},
        {"max_streams_uni", FrameKind::MaxStreams},
        {"blocked", FrameKind::DataBlocked},
        {"stream_blocked", FrameKind::StreamDataBlocked},
        {"stream_id_blocked", FrameKind::StreamsBlocked},
        {"patch_challenge", FrameKind::PathChallenge},
        {"patch_response", FrameKind::PathResponse},
        {"path_status", FrameKind::PathAvailable},
        {"path_standby", FrameKind::PathBackup},
        {"mp_new_connection_id", FrameKind::PathNewConnectionId},
        {"mp_retire_connection_id", FrameKind::PathRetireConnectionId},
        {"unknown_frame_type", FrameKind::Unknown},
        {"unkown_frame_type", FrameKind::Unknown},
    };
    for (const auto& [name, kind] : aliases)
        map.emplace(name, kind);
    return map;
}

std::string foldedWord(std::string_view text)
{
    std::string folded;
    for (const char c : text) {
        if (c == '-' || c == '_' || c == ' ')
            continue;
        folded.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
    return folded;
}

} // namespace

std::string_view text(PacketType type) { return packetTypeTexts[static_cast<std::size_t>(type)]; }
std::string_view displayText(PacketType type) { return packetTypeDisplayTexts[static_cast<std::size_t>(type)]; }
std::string_view text(FrameKind kind) { return frameKindTexts[static_cast<std::size_t>(kind)]; }
std::string_view text(MetricKind kind) { return metricTexts[static_cast<std::size_t>(kind)]; }

std::string_view text(PacketNumberSpace space)
{
    switch (space) {
    case PacketNumberSpace::Initial:
        return "initial";
    case PacketNumberSpace::Handshake:
        return "handshake";
    case PacketNumberSpace::Application:
        return "application";
    case PacketNumberSpace::None:
        break;
    }
    return "";
}

MetricUnit unit(MetricKind kind)
{
    switch (kind) {
    case MetricKind::CongestionWindow:
    case MetricKind::BytesInFlight:
    case MetricKind::Ssthresh:
        return MetricUnit::Bytes;
    case MetricKind::MinRtt:
    case MetricKind::SmoothedRtt:
    case MetricKind::LatestRtt:
    case MetricKind::RttVariance:
        return MetricUnit::Nanoseconds;
    case MetricKind::PacingRate:
    case MetricKind::DeliveryRate:
        return MetricUnit::BitsPerSecond;
    case MetricKind::PtoCount:
    case MetricKind::PacketsInFlight:
        break;
    }
    return MetricUnit::Count;
}

PacketNumberSpace spaceOf(PacketType type)
{
    switch (type) {
    case PacketType::Initial:
        return PacketNumberSpace::Initial;
    case PacketType::Handshake:
        return PacketNumberSpace::Handshake;
    case PacketType::ZeroRtt:
    case PacketType::OneRtt:
        return PacketNumberSpace::Application;
    case PacketType::Retry:
    case PacketType::VersionNegotiation:
    case PacketType::StatelessReset:
    case PacketType::Unknown:
        break;
    }
    return PacketNumberSpace::None;
}

PacketType packetTypeOf(std::string_view text)
{
    if (text == "1RTT") // nearly every packet of nearly every trace
        return PacketType::OneRtt;
    const std::string word = foldedWord(text);
    if (word == "1rtt" || word == "onertt" || word == "shortheader" || word == "short")
        return PacketType::OneRtt;
    if (word == "initial" || word == "init")
        return PacketType::Initial;
    if (word == "handshake" || word == "hsk")
        return PacketType::Handshake;
    if (word == "0rtt" || word == "zerortt" || word == "0rttprotected" || word == "zerorttprotected")
        return PacketType::ZeroRtt;
    if (word == "retry")
        return PacketType::Retry;
    if (word == "versionnegotiation")
        return PacketType::VersionNegotiation;
    if (word == "statelessreset")
        return PacketType::StatelessReset;
    return PacketType::Unknown;
}

PacketNumberSpace spaceOf(std::string_view text)
{
    const std::string word = foldedWord(text);
    if (word.starts_with("initial"))
        return PacketNumberSpace::Initial;
    if (word.starts_with("handshake"))
        return PacketNumberSpace::Handshake;
    return PacketNumberSpace::Application; // "application_data", and the default of packets_acked
}

FrameKind frameKindOf(std::string_view lowerCaseName)
{
    static const FrameMap map = makeFrameMap();
    const auto it = map.find(lowerCaseName);
    return it == map.end() ? FrameKind::Other : it->second;
}

std::string quicVersionText(std::uint32_t version)
{
    if (version == 1)
        return "v1";
    if (version == 0x6b3343cf) // RFC 9369
        return "v2";
    if (version >> 8 == 0xff0000)
        return "draft-" + std::to_string(version & 0xff);
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "0x%08x", static_cast<unsigned>(version));
    return (version & 0x0f0f0f0f) == 0x0a0a0a0a ? std::string("reserved ") + text.data() : text.data();
}

} // namespace qlogscope
