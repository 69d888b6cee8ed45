// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/eventkind.h"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace qlogscope {

namespace {

constexpr std::array<std::string_view, eventKindCount> canonicalNames{
    "",
    "quic:server_listening",
    "quic:connection_started",
    "quic:connection_closed",
    "quic:connection_id_updated",
    "quic:spin_bit_updated",
    "quic:connection_state_updated",
    "quic:connection_retried",
    "quic:tuple_assigned",
    "quic:mtu_updated",
    "quic:migration_state_updated",
    "quic:version_information",
    "quic:alpn_information",
    "quic:parameters_set",
    "quic:parameters_restored",
    "quic:packet_sent",
    "quic:packet_received",
    "quic:packet_dropped",
    "quic:packet_buffered",
    "quic:packets_acked",
    "quic:udp_datagrams_sent",
    "quic:udp_datagrams_received",
    "quic:udp_datagram_dropped",
    "quic:stream_state_updated",
    "quic:frames_created",
    "quic:frames_parsed",
    "quic:frames_processed",
    "quic:stream_data_moved",
    "quic:datagram_data_moved",
    "quic:connection_data_blocked_updated",
    "quic:stream_data_blocked_updated",
    "quic:datagram_data_blocked_updated",
    "quic:key_updated",
    "quic:key_discarded",
    "quic:recovery_parameters_set",
    "quic:recovery_metrics_updated",
    "quic:congestion_state_updated",
    "quic:timer_updated",
    "quic:packet_lost",
    "quic:spurious_loss",
    "quic:marked_for_retransmit",
    "quic:ecn_state_updated",
    "http3:parameters_set",
    "http3:parameters_restored",
    "http3:stream_type_set",
    "http3:frame_created",
    "http3:frame_parsed",
    "http3:priority_updated",
    "http3:datagram_created",
    "http3:datagram_parsed",
    "http3:push_resolved",
    "http:capsule_created",
    "http:capsule_parsed",
    "qpack:state_updated",
    "qpack:stream_state_updated",
    "qpack:dynamic_table_updated",
    "qpack:headers_encoded",
    "qpack:headers_decoded",
    "qpack:instruction_created",
    "qpack:instruction_parsed",
    "loglevel:error",
    "loglevel:warning",
    "loglevel:info",
    "loglevel:debug",
    "loglevel:verbose",
    "simulation:scenario",
    "simulation:marker",
};

using WordMap = std::unordered_map<std::string_view, EventKind>;

/// Names whose meaning does not depend on their prefix, among the transport-level prefixes.
const WordMap& quicWords()
{
    using enum EventKind;
    static const WordMap map{
        {"server_listening", ServerListening},
        {"connection_started", ConnectionStarted},
        {"new_connection", ConnectionStarted},
        {"connection_new", ConnectionStarted},
        {"connection_attempt", ConnectionStarted},
        {"connection_closed", ConnectionClosed},
        {"connection_close", ConnectionClosed},
        {"connection_id_updated", ConnectionIdUpdated},
        {"connection_id_update", ConnectionIdUpdated},
        {"spin_bit_updated", SpinBitUpdated},
        {"spin_bit_update", SpinBitUpdated},
        {"spinbit_toggle", SpinBitUpdated},
        {"connection_state_updated", ConnectionStateUpdated},
        {"connection_state_update", ConnectionStateUpdated},
        {"transport_state_update", ConnectionStateUpdated},
        {"connection_retried", ConnectionRetried},
        {"tuple_assigned", TupleAssigned},
        {"path_assigned", TupleAssigned},
        {"path_update", TupleAssigned},
        {"mtu_updated", MtuUpdated},
        {"mtu_update", MtuUpdated},
        {"migration_state_updated", MigrationStateUpdated},
        {"connection_migration", MigrationStateUpdated},
        {"connection_migrated", MigrationStateUpdated},
        {"version_information", VersionInformation},
        {"version_update", VersionInformation},
        {"verneg", VersionInformation},
        {"alpn_information", AlpnInformation},
        {"alpn_update", AlpnInformation},
        {"parameters_set", ParametersSet},
        {"transport_parameters_update", ParametersSet},
        {"cipher_update", ParametersSet},
        {"parameters_restored", ParametersRestored},
        {"packet_sent", PacketSent},
        {"packet_tx", PacketSent},
        {"packet_received", PacketReceived},
        {"packet_rx", PacketReceived},
        {"packet_dropped", PacketDropped},
        {"packet_drop", PacketDropped},
        {"header_decrypt_error", PacketDropped},
        {"packet_decrypt_error", PacketDropped},
        {"packet_buffered", PacketBuffered},
        {"packets_acked", PacketsAcked},
        {"packet_acknowledged", PacketsAcked},
        {"packet_ack", PacketsAcked},
        {"ack_new", PacketsAcked},
        {"udp_datagrams_sent", UdpDatagramsSent},
        {"datagrams_sent", UdpDatagramsSent},
        {"datagram_sent", UdpDatagramsSent},
        {"udp_datagrams_received", UdpDatagramsReceived},
        {"datagrams_received", UdpDatagramsReceived},
        {"datagram_received", UdpDatagramsReceived},
        {"udp_datagram_dropped", UdpDatagramDropped},
        {"udp_datagrams_dropped", UdpDatagramDropped},
        {"datagram_dropped", UdpDatagramDropped},
        {"stream_state_updated", StreamStateUpdated},
        {"stream_state_update", StreamStateUpdated},
        {"stream_new", StreamStateUpdated},
        {"frames_created", FramesCreated},
        {"frames_parsed", FramesParsed},
        {"frames_processed", FramesProcessed},
        {"stream_data_moved", StreamDataMoved},
        {"data_moved", StreamDataMoved},
        {"datagram_data_moved", DatagramDataMoved},
        {"connection_data_blocked_updated", ConnectionDataBlockedUpdated},
        {"stream_data_blocked_updated", StreamDataBlockedUpdated},
        {"datagram_data_blocked_updated", DatagramDataBlockedUpdated},
        {"key_updated", KeyUpdated},
        {"key_update", KeyUpdated},
        {"key_discarded", KeyDiscarded},
        {"key_retired", KeyDiscarded},
        {"key_retire", KeyDiscarded},
        {"recovery_parameters_set", RecoveryParametersSet},
        {"recovery_metrics_updated", RecoveryMetricsUpdated},
        {"metrics_updated", RecoveryMetricsUpdated},
        {"metric_update", RecoveryMetricsUpdated},
        {"congestion_metric_update", RecoveryMetricsUpdated},
        {"pacing_metric_update", RecoveryMetricsUpdated},
        {"rtt_update", RecoveryMetricsUpdated},
        {"cwnd_update", RecoveryMetricsUpdated},
        {"bytes_in_flight_update", RecoveryMetricsUpdated},
        {"congestion_state_updated", CongestionStateUpdated},
        {"cc_state_update", CongestionStateUpdated},
        {"timer_updated", TimerUpdated},
        {"loss_timer_updated", TimerUpdated},
        {"loss_timer_set", TimerUpdated},
        {"loss_timer_expired", TimerUpdated},
        {"loss_timer_fired", TimerUpdated},
        {"loss_timer_triggered", TimerUpdated},
        {"loss_alarm_set", TimerUpdated},
        {"loss_alarm_fired", TimerUpdated},
        {"loss_alarm", TimerUpdated},
        {"loss_detection_armed", TimerUpdated},
        {"loss_detection_postponed", TimerUpdated},
        {"loss_detection_triggered", TimerUpdated},
        {"packet_lost", PacketLost},
        {"packets_lost", PacketLost},
        {"spurious_loss", SpuriousLoss},
        {"marked_for_retransmit", MarkedForRetransmit},
        {"packet_retransmit", MarkedForRetransmit},
        {"ecn_state_updated", EcnStateUpdated},
    };
    return map;
}

const WordMap& httpWords()
{
    using enum EventKind;
    static const WordMap map{
        {"parameters_set", Http3ParametersSet},
        {"parameters_restored", Http3ParametersRestored},
        {"stream_type_set", Http3StreamTypeSet},
        {"frame_created", Http3FrameCreated},
        {"frame_parsed", Http3FrameParsed},
        {"priority_updated", Http3PriorityUpdated},
        {"priority", Http3PriorityUpdated},
        {"stream_priority_updated", Http3PriorityUpdated},
        {"h3priorityupdated", Http3PriorityUpdated},
        {"stream_state_update", StreamStateUpdated}, // mvfst
        {"datagram_created", Http3DatagramCreated},
        {"datagram_parsed", Http3DatagramParsed},
        {"push_resolved", Http3PushResolved},
        {"capsule_created", HttpCapsuleCreated},
        {"capsule_parsed", HttpCapsuleParsed},
        {"data_moved", StreamDataMoved},
    };
    return map;
}

const WordMap& qpackWords()
{
    using enum EventKind;
    static const WordMap map{
        {"state_updated", QpackStateUpdated},
        {"stream_state_updated", QpackStreamStateUpdated},
        {"dynamic_table_updated", QpackDynamicTableUpdated},
        {"headers_encoded", QpackHeadersEncoded},
        {"headers_decoded", QpackHeadersDecoded},
        {"instruction_created", QpackInstructionCreated},
        {"instruction_sent", QpackInstructionCreated},
        {"instruction_parsed", QpackInstructionParsed},
        {"instruction_received", QpackInstructionParsed},
    };
    return map;
}

const WordMap& genericWords()
{
    using enum EventKind;
    static const WordMap map{
        {"error", LogError},
        {"connection_error", LogError},
        {"application_error", LogError},
        {"internal_error", LogError},
        {"warning", LogWarning},
        {"internal_warning", LogWarning},
        {"info", LogInfo},
        {"debug", LogDebug},
        {"verbose", LogVerbose},
        {"message", LogInfo},
        {"marker", SimulationMarker},
    };
    return map;
}

EventKind find(const WordMap& map, std::string_view word)
{
    const auto it = map.find(word);
    return it == map.end() ? EventKind::Other : it->second;
}

} // namespace

std::string lowerCase(std::string_view text)
{
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

std::string_view canonicalName(EventKind kind) { return canonicalNames[static_cast<std::size_t>(kind)]; }

EventKind eventKindOf(std::string_view loggedName)
{
    const std::size_t begin = std::min(loggedName.find_first_not_of(' '), loggedName.size());
    std::string name = lowerCase(loggedName.substr(begin, loggedName.find_last_not_of(' ') + 1 - begin));
    for (char& c : name) {
        if (c == ' ')
            c = '_';
    }
    const std::size_t colon = name.rfind(':');
    const std::string_view prefix = colon == std::string::npos ? std::string_view() : std::string_view(name).substr(0, colon);
    const std::string_view word = colon == std::string::npos ? std::string_view(name) : std::string_view(name).substr(colon + 1);

    if (prefix == "http" || prefix == "h3" || prefix == "http3")
        return find(httpWords(), word);
    if (prefix == "qpack")
        return find(qpackWords(), word);
    if (prefix == "simulation") {
        if (word == "scenario")
            return EventKind::SimulationScenario;
        return word == "marker" ? EventKind::SimulationMarker : EventKind::Other;
    }
    if (prefix == "generic" || prefix == "loglevel")
        return find(genericWords(), word);
    // 01 put the level into the category: "info:message", "error:connection_error"
    if (prefix == "error" || prefix == "warning" || prefix == "info" || prefix == "debug" || prefix == "verbose") {
        if (word == "message" || find(genericWords(), word) != EventKind::Other)
            return find(genericWords(), prefix);
        return EventKind::Other;
    }
    if (prefix == "recovery" && word == "parameters_set")
        return EventKind::RecoveryParametersSet;
    if (prefix == "quic" && word == "stream_priority_updated")
        return EventKind::Http3PriorityUpdated;
    if (prefix == "moqt" || prefix == "roq")
        return EventKind::Other;
    if (word == "h3priorityupdated")
        return EventKind::Http3PriorityUpdated;
    return find(quicWords(), word);
}

} // namespace qlogscope
