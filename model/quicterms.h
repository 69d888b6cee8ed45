// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// The fixed vocabularies of QUIC as qlog spells them (draft-ietf-quic-qlog-quic-events), and how historical and
/// implementation-specific spellings map to them (dialects 3.6 and 3.8). Pure functions, any thread.
namespace qlogscope {

enum class Direction : std::uint8_t { Sent, Received };

enum class PacketType : std::uint8_t {
    Initial,
    Handshake,
    ZeroRtt,
    OneRtt,
    Retry,
    VersionNegotiation,
    StatelessReset,
    Unknown,
};
inline constexpr int packetTypeCount = 8;

enum class PacketNumberSpace : std::uint8_t { Initial, Handshake, Application, None };

/// Frame kinds that get a bit of their own in PacketFact::frameMask; everything else is Other and counted by its name.
enum class FrameKind : std::uint8_t {
    Padding,
    Ping,
    Ack,
    ResetStream,
    ResetStreamAt,
    StopSending,
    Crypto,
    NewToken,
    Stream,
    MaxData,
    MaxStreamData,
    MaxStreams,
    DataBlocked,
    StreamDataBlocked,
    StreamsBlocked,
    NewConnectionId,
    RetireConnectionId,
    PathChallenge,
    PathResponse,
    ConnectionClose,
    HandshakeDone,
    Datagram,
    AckFrequency,
    ImmediateAck,
    PathAck,
    PathAbandon,
    PathBackup,
    PathAvailable,
    PathNewConnectionId,
    PathRetireConnectionId,
    MaxPathId,
    PathsBlocked,
    PathCidBlocked,
    TimeStamp,
    Unknown,
    Other,
};
inline constexpr int frameKindCount = 36;

/// Recovery metrics (draft quic-events, recovery_metrics_updated). Bytes, nanoseconds, bits per second or counts; see unit().
enum class MetricKind : std::uint8_t {
    CongestionWindow,
    BytesInFlight,
    Ssthresh,
    MinRtt,
    SmoothedRtt,
    LatestRtt,
    RttVariance,
    PacingRate,
    PtoCount,
    PacketsInFlight,
    DeliveryRate, ///< quiche: cf_delivery_rate
};
inline constexpr int metricKindCount = 11;
enum class MetricUnit : std::uint8_t { Bytes, Nanoseconds, BitsPerSecond, Count };

/// "initial", "handshake", "0rtt", "1rtt", "retry", ...: the keys of `info --json`.
[[nodiscard]] std::string_view text(PacketType type);
/// As shown to people: "Initial", "0-RTT", "1-RTT", ...
[[nodiscard]] std::string_view displayText(PacketType type);
[[nodiscard]] std::string_view text(PacketNumberSpace space);
[[nodiscard]] std::string_view text(FrameKind kind);
[[nodiscard]] std::string_view text(MetricKind kind);
[[nodiscard]] MetricUnit unit(MetricKind kind);

/// 0-RTT and 1-RTT share the application data space; Retry, Version Negotiation and Stateless Reset have none.
[[nodiscard]] PacketNumberSpace spaceOf(PacketType type);
/// Any spelling of dialects 3.8, any letter case. Unrecognised text is Unknown.
[[nodiscard]] PacketType packetTypeOf(std::string_view text);
[[nodiscard]] PacketNumberSpace spaceOf(std::string_view text);
/// Any spelling of dialects 3.6 (lower-cased, blanks and hyphens as underscores). Other if the name is in no table.
[[nodiscard]] FrameKind frameKindOf(std::string_view lowerCaseName);
/// "v1", "v2", "draft-29", "reserved 0x1a2a3a4a" (RFC 9000, section 15), else "0x51303530".
[[nodiscard]] std::string quicVersionText(std::uint32_t version);
/// Ack-eliciting frames: all but ACK, PADDING and CONNECTION_CLOSE (RFC 9002, section 2).
[[nodiscard]] constexpr bool isAckEliciting(std::uint64_t frameMask)
{
    constexpr auto bit = [](FrameKind kind) { return std::uint64_t{1} << static_cast<unsigned>(kind); };
    constexpr std::uint64_t notEliciting
        = bit(FrameKind::Padding) | bit(FrameKind::Ack) | bit(FrameKind::PathAck) | bit(FrameKind::ConnectionClose);
    return (frameMask & ~notEliciting) != 0;
}

} // namespace qlogscope
