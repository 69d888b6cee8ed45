// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Canonical event kinds (names of draft-ietf-quic-qlog-quic-events-13, -h3-events-13, -main-schema-14) and the table of
/// every historical and implementation-specific name (dialects 3.4, Appendix A).
namespace qlogscope {

enum class EventKind : std::uint8_t {
    Other, ///< no canonical name: shown and counted under the name the log gives it
    ServerListening,
    ConnectionStarted,
    ConnectionClosed,
    ConnectionIdUpdated,
    SpinBitUpdated,
    ConnectionStateUpdated,
    ConnectionRetried,
    TupleAssigned,
    MtuUpdated,
    MigrationStateUpdated,
    VersionInformation,
    AlpnInformation,
    ParametersSet,
    ParametersRestored,
    PacketSent,
    PacketReceived,
    PacketDropped,
    PacketBuffered,
    PacketsAcked,
    UdpDatagramsSent,
    UdpDatagramsReceived,
    UdpDatagramDropped,
    StreamStateUpdated,
    FramesCreated,
    FramesParsed,
    FramesProcessed,
    StreamDataMoved,
    DatagramDataMoved,
    ConnectionDataBlockedUpdated,
    StreamDataBlockedUpdated,
    DatagramDataBlockedUpdated,
    KeyUpdated,
    KeyDiscarded,
    RecoveryParametersSet,
    RecoveryMetricsUpdated,
    CongestionStateUpdated,
    TimerUpdated,
    PacketLost,
    SpuriousLoss,
    MarkedForRetransmit,
    EcnStateUpdated,
    Http3ParametersSet,
    Http3ParametersRestored,
    Http3StreamTypeSet,
    Http3FrameCreated,
    Http3FrameParsed,
    Http3PriorityUpdated,
    Http3DatagramCreated,
    Http3DatagramParsed,
    Http3PushResolved,
    HttpCapsuleCreated,
    HttpCapsuleParsed,
    QpackStateUpdated,
    QpackStreamStateUpdated,
    QpackDynamicTableUpdated,
    QpackHeadersEncoded,
    QpackHeadersDecoded,
    QpackInstructionCreated,
    QpackInstructionParsed,
    LogError,
    LogWarning,
    LogInfo,
    LogDebug,
    LogVerbose,
    SimulationScenario,
    SimulationMarker,
};
inline constexpr int eventKindCount = static_cast<int>(EventKind::SimulationMarker) + 1;

/// "quic:packet_sent"; empty for Other.
[[nodiscard]] std::string_view canonicalName(EventKind kind);

/// The kind of a logged name "category:event". @p loggedName may have any letter case and blanks for underscores.
[[nodiscard]] EventKind eventKindOf(std::string_view loggedName);

/// Lower-case copy (ASCII only): the form in which names are counted.
[[nodiscard]] std::string lowerCase(std::string_view text);

} // namespace qlogscope
