// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/eventkind.h"

#include <QTest>

#include <set>
#include <utility>
#include <vector>

using namespace qlogscope;

/// Every event name that any draft or implementation ever wrote finds its canonical one (dialects 3.4, Appendix A).
class EventKindTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void mapsToCanonicalName_data();
    void mapsToCanonicalName();
    void namesOfTheDrafts_data();
    void namesOfTheDrafts();
    void unknownNamesAreOther_data();
    void unknownNamesAreOther();
    void canonicalNamesMapToThemselves();
    void lowersAsciiOnly();
};

namespace {

struct Spellings {
    const char* canonical;
    std::vector<const char*> logged;
};

/// Draft 00 and before: categories and types in capitals.
const std::vector<Spellings> earlySpellings{
    {"quic:connection_started",
     {"CONNECTIVITY:NEW_CONNECTION", "CONNECTIVITY:NEW CONNECTION", "CONNECTIVITY:CONNECTION_ATTEMPT",
      "CONNECTIVITY:CONNECTION_NEW"}},
    {"quic:connection_closed", {"CONNECTIVITY:CONNECTION_CLOSED"}},
    {"quic:connection_id_updated", {"CONNECTIVITY:CONNECTION_ID_UPDATE"}},
    {"quic:tuple_assigned", {"CONNECTIVITY:PATH_UPDATE"}},
    {"quic:spin_bit_updated", {"CONNECTIVITY:SPIN_BIT_UPDATE", "CONNECTIVITY:SPINBIT_TOGGLE"}},
    {"quic:version_information", {"CONNECTIVITY:VERNEG", "TRANSPORT:VERSION_UPDATE"}},
    {"quic:alpn_information", {"TRANSPORT:ALPN_UPDATE"}},
    {"quic:parameters_set", {"TRANSPORT:TRANSPORT_PARAMETERS_UPDATE", "SECURITY:CIPHER_UPDATE"}},
    {"quic:packet_sent", {"TRANSPORT:PACKET_SENT", "TRANSPORT:PACKET_TX"}},
    {"quic:packet_received", {"TRANSPORT:PACKET_RECEIVED", "TRANSPORT:PACKET_RX"}},
    {"quic:packet_dropped",
     {"TRANSPORT:PACKET_DROPPED", "SECURITY:HEADER_DECRYPT_ERROR", "SECURITY:PACKET_DECRYPT_ERROR"}},
    {"quic:packets_acked", {"TRANSPORT:ACK_NEW", "RECOVERY:PACKET_ACKNOWLEDGED"}},
    {"quic:stream_state_updated", {"TRANSPORT:STREAM_STATE_UPDATE", "TRANSPORT:STREAM_NEW"}},
    {"quic:key_updated", {"SECURITY:KEY_UPDATE"}},
    {"quic:key_discarded", {"SECURITY:KEY_RETIRED"}},
    {"quic:congestion_state_updated", {"RECOVERY:CC_STATE_UPDATE"}},
    {"quic:recovery_metrics_updated",
     {"RECOVERY:METRIC_UPDATE", "RECOVERY:RTT_UPDATE", "RECOVERY:CWND_UPDATE", "RECOVERY:BYTES_IN_FLIGHT_UPDATE"}},
    {"quic:timer_updated",
     {"RECOVERY:LOSS_ALARM_SET", "RECOVERY:LOSS_ALARM_FIRED", "RECOVERY:LOSS_DETECTION_ARMED",
      "RECOVERY:LOSS_DETECTION_POSTPONED", "RECOVERY:LOSS_DETECTION_TRIGGERED", "RECOVERY:LOSS DETECTION ARMED"}},
    {"quic:packet_lost", {"RECOVERY:PACKET_LOST"}},
    {"quic:marked_for_retransmit", {"RECOVERY:PACKET_RETRANSMIT"}},
};

/// Draft 01 to quic-events-08: the category is the prefix.
const std::vector<Spellings> categorySpellings{
    {"quic:server_listening", {"connectivity:server_listening"}},
    {"quic:connection_started", {"connectivity:connection_started", "connectivity:connection_new"}},
    {"quic:connection_closed", {"connectivity:connection_closed"}},
    {"quic:connection_id_updated", {"connectivity:connection_id_updated", "connectivity:connection_id_update"}},
    {"quic:spin_bit_updated", {"connectivity:spin_bit_updated", "connectivity:spin_bit_update"}},
    {"quic:connection_retried", {"connectivity:connection_retried"}},
    {"quic:connection_state_updated",
     {"connectivity:connection_state_updated", "connectivity:connection_state_update"}},
    {"quic:mtu_updated", {"connectivity:mtu_updated", "connectivity:mtu_update"}},
    {"quic:tuple_assigned", {"connectivity:path_assigned"}},
    {"quic:version_information", {"transport:version_information", "transport:version_update"}},
    {"quic:alpn_information", {"transport:alpn_information", "transport:alpn_update"}},
    {"quic:parameters_set", {"transport:parameters_set", "transport:transport_parameters_update"}},
    {"quic:parameters_restored", {"transport:parameters_restored"}},
    {"quic:packet_sent", {"transport:packet_sent"}},
    {"quic:packet_received", {"transport:packet_received"}},
    {"quic:packet_dropped", {"transport:packet_dropped"}},
    {"quic:packet_buffered", {"transport:packet_buffered"}},
    {"quic:packets_acked", {"transport:packets_acked"}},
    {"quic:udp_datagrams_sent", {"transport:datagrams_sent", "transport:datagram_sent"}},
    {"quic:udp_datagrams_received", {"transport:datagrams_received", "transport:datagram_received"}},
    {"quic:udp_datagram_dropped", {"transport:datagram_dropped"}},
    {"quic:stream_state_updated", {"transport:stream_state_updated", "transport:stream_state_update"}},
    {"quic:frames_processed", {"transport:frames_processed"}},
    {"quic:stream_data_moved", {"transport:data_moved"}},
    {"quic:key_updated", {"security:key_updated", "security:key_update"}},
    {"quic:key_discarded", {"security:key_discarded", "security:key_retired", "security:key_retire"}},
    {"quic:recovery_metrics_updated", {"recovery:metrics_updated", "recovery:metric_update"}},
    {"quic:congestion_state_updated", {"recovery:congestion_state_updated", "recovery:cc_state_update"}},
    {"quic:timer_updated",
     {"recovery:loss_timer_set", "recovery:loss_timer_expired", "recovery:loss_timer_fired",
      "recovery:loss_timer_triggered", "recovery:loss_timer_updated", "recovery:loss_alarm_set",
      "recovery:loss_alarm_fired"}},
    {"quic:packet_lost", {"recovery:packet_lost"}},
    {"quic:marked_for_retransmit", {"recovery:marked_for_retransmit"}},
    {"quic:ecn_state_updated", {"recovery:ecn_state_updated"}},
    {"simulation:scenario", {"simulation:scenario"}},
    {"simulation:marker", {"simulation:marker"}},
};

/// quic-events-05 to the latest: `quic:`, with names that changed on the way.
const std::vector<Spellings> quicSpellings{
    {"quic:parameters_set", {"quic:parameters_set"}},
    {"quic:udp_datagrams_sent", {"quic:udp_datagrams_sent", "quic:datagrams_sent"}},
    {"quic:udp_datagrams_received", {"quic:udp_datagrams_received", "quic:datagrams_received"}},
    {"quic:udp_datagram_dropped", {"quic:udp_datagram_dropped", "quic:datagram_dropped"}},
    {"quic:frames_processed", {"quic:frames_processed"}},
    {"quic:stream_data_moved", {"quic:stream_data_moved"}},
    {"quic:datagram_data_moved", {"quic:datagram_data_moved"}},
    {"quic:migration_state_updated", {"quic:migration_state_updated"}},
    {"quic:tuple_assigned", {"quic:tuple_assigned", "quic:path_assigned"}},
    {"quic:timer_updated", {"quic:timer_updated", "quic:loss_timer_updated"}},
    {"quic:recovery_parameters_set", {"quic:recovery_parameters_set"}},
    {"quic:recovery_metrics_updated", {"quic:recovery_metrics_updated"}},
    {"quic:connection_data_blocked_updated", {"quic:connection_data_blocked_updated"}},
    {"quic:stream_data_blocked_updated", {"quic:stream_data_blocked_updated"}},
    {"quic:datagram_data_blocked_updated", {"quic:datagram_data_blocked_updated"}},
    {"quic:frames_created", {"quic:frames_created"}},
    {"quic:frames_parsed", {"quic:frames_parsed"}},
};

/// What only single programs write.
const std::vector<Spellings> writerSpellings{
    {"quic:connection_started", {"transport:connection_started"}}, // quic-go
    {"quic:connection_closed", {"transport:connection_closed", "connectivity:connection_close"}},
    {"quic:mtu_updated", {"recovery:mtu_updated"}},
    {"quic:spurious_loss", {"recovery:spurious_loss"}},
    {"quic:spin_bit_updated", {"transport:spin_bit_updated"}}, // picoquic
    {"quic:packet_dropped", {"connectivity:packet_dropped", "loss:packet_drop"}}, // Go x/net, mvfst
    {"quic:connection_state_updated", {"transport:transport_state_update"}}, // mvfst
    {"quic:migration_state_updated", {"connection_migration", "quic:connection_migrated"}},
    {"quic:packets_acked", {"transport:packet_ack", "quic:packet_ack"}},
    {"quic:recovery_metrics_updated",
     {"metric_update:congestion_metric_update", "metric_update:pacing_metric_update", "mvfst:pacing_metric_update",
      "quic:metrics_updated"}},
    {"quic:timer_updated", {"loss:loss_alarm"}},
    {"quic:packet_lost", {"loss:packets_lost"}},
    {"quic:udp_datagrams_received", {"quic:datagram_received"}},
    {"http3:priority_updated",
     {"HTTP3:priority", "quic:stream_priority_updated", "H3PriorityUpdated", "h3:H3PriorityUpdated"}},
    {"quic:udp_datagram_dropped", {"quic:udp_datagrams_dropped"}}, // imquic
    {"quic:connection_state_updated", {"quic:connection_state_updated"}}, // mvfst
    {"quic:packet_lost", {"quic:packet_lost"}},
    {"quic:connection_closed", {"quic:connection_closed", "TRANSPORT:CONNECTION_CLOSE"}},
    {"quic:key_discarded", {"quic:key_retired"}}, // quiche
    {"quic:packet_received", {"TRANSPORT:PACKET_RX"}}, // lsquic
    {"loglevel:error", {"generic:internal_error"}}, // tquic
};

/// Words that mean different things under different prefixes.
const std::vector<Spellings> ambiguousSpellings{
    {"quic:parameters_set",
     {"parameters_set", "transport:parameters_set", "quic:parameters_set", "security:parameters_set"}},
    {"quic:recovery_parameters_set", {"recovery:parameters_set", "Recovery:Parameters Set"}},
    {"http3:parameters_set", {"http:parameters_set", "h3:parameters_set", "http3:parameters_set"}},
    {"quic:parameters_restored", {"parameters_restored", "quic:parameters_restored"}},
    {"http3:parameters_restored", {"http:parameters_restored", "h3:parameters_restored", "http3:parameters_restored"}},
    {"quic:stream_state_updated", {"quic:stream_state_updated", "HTTP3:stream_state_update"}},
    {"qpack:stream_state_updated", {"qpack:stream_state_updated"}},
    {"quic:stream_data_moved", {"http:data_moved"}},
    {"simulation:marker", {"generic:marker"}},
};

const std::vector<Spellings> httpSpellings{
    {"http3:stream_type_set", {"http:stream_type_set", "h3:stream_type_set", "http3:stream_type_set"}},
    {"http3:frame_created", {"http:frame_created", "h3:frame_created", "http3:frame_created"}},
    {"http3:frame_parsed", {"http:frame_parsed", "h3:frame_parsed", "http3:frame_parsed"}},
    {"http3:priority_updated", {"h3:priority_updated", "http3:priority_updated"}},
    {"http3:datagram_created", {"h3:datagram_created", "http3:datagram_created"}},
    {"http3:datagram_parsed", {"h3:datagram_parsed", "http3:datagram_parsed"}},
    {"http3:push_resolved", {"http:push_resolved", "h3:push_resolved", "http3:push_resolved"}},
    {"http:capsule_created", {"http:capsule_created"}},
    {"http:capsule_parsed", {"http:capsule_parsed"}},
    {"qpack:state_updated", {"qpack:state_updated"}},
    {"qpack:dynamic_table_updated", {"qpack:dynamic_table_updated"}},
    {"qpack:headers_encoded", {"qpack:headers_encoded"}},
    {"qpack:headers_decoded", {"qpack:headers_decoded"}},
    {"qpack:instruction_created", {"qpack:instruction_created", "qpack:instruction_sent"}},
    {"qpack:instruction_parsed", {"qpack:instruction_parsed", "qpack:instruction_received"}},
};

const std::vector<Spellings> logSpellings{
    {"loglevel:error",
     {"loglevel:error", "generic:error", "error:connection_error", "error:application_error", "error:internal_error",
      "generic:connection_error", "generic:application_error", "generic:internal_error"}},
    {"loglevel:warning",
     {"loglevel:warning", "generic:warning", "warning:internal_warning", "generic:internal_warning"}},
    {"loglevel:info", {"loglevel:info", "generic:info", "info:message", "generic:message"}},
    {"loglevel:debug", {"loglevel:debug", "generic:debug", "debug:message"}},
    {"loglevel:verbose", {"loglevel:verbose", "generic:verbose", "verbose:message"}},
};

/// What no draft defines, what has no canonical name, and words under prefixes that know no such word.
const std::vector<const char*> unknownNames{
    "", ":", " ", "packet", "quic:", "quic:packet_sent_", "quic:no_such_event", "transport:priority_update",
    "transport:message", "none", "transport:flow_control_update", "transport:maxdata_new",
    "transport:maxstreamdata_new", "connectivity:path_validation", "quic:path_validated", "security:check_cert",
    "connectivity:handshake", "mvfst:transport_summary", "mvfst:pacing_observation", "idle_update:app_idle_update",
    "mvfst:bandwidth_est_update", "mvfst:l4s_weight_update", "mvfst:network_path_model_update", "path_validation",
    "moqt:subgroup_object_parsed", "moqt:fetch_header_created", "moqt:object_datagram_status_parsed",
    "qpack:parameters_set", "http3:packet_sent", "simulation:packet_sent", "generic:packet_sent",
    "error:packet_sent", "moqt:stream_type_set", "moqt:control_message_created", "roq:rtp_packet_created", "error",
    "marker",
};

/// Every name of every draft (dialects, Appendix A); an empty canonical name: no fields were ever defined for it.
struct Generation {
    const char* drafts;
    std::vector<std::pair<const char*, const char*>> names; // as logged, canonical
};

const std::vector<Generation> generations{
    {"draft 00",
     {
         {"CONNECTIVITY:CONNECTION_ATTEMPT", "quic:connection_started"},
         {"CONNECTIVITY:CONNECTION_NEW", "quic:connection_started"},
         {"CONNECTIVITY:CONNECTION_ID_UPDATE", "quic:connection_id_updated"},
         {"CONNECTIVITY:CONNECTION_CLOSED", "quic:connection_closed"},
         {"CONNECTIVITY:PATH_UPDATE", "quic:tuple_assigned"},
         {"SECURITY:HEADER_DECRYPT_ERROR", "quic:packet_dropped"},
         {"SECURITY:PACKET_DECRYPT_ERROR", "quic:packet_dropped"},
         {"SECURITY:KEY_UPDATE", "quic:key_updated"},
         {"SECURITY:KEY_RETIRED", "quic:key_discarded"},
         {"SECURITY:CIPHER_UPDATE", "quic:parameters_set"},
         {"TRANSPORT:PACKET_SENT", "quic:packet_sent"},
         {"TRANSPORT:PACKET_RECEIVED", "quic:packet_received"},
         {"TRANSPORT:PACKET_DROPPED", "quic:packet_dropped"},
         {"TRANSPORT:VERSION_UPDATE", "quic:version_information"},
         {"TRANSPORT:TRANSPORT_PARAMETERS_UPDATE", "quic:parameters_set"},
         {"TRANSPORT:ALPN_UPDATE", "quic:alpn_information"},
         {"TRANSPORT:STREAM_STATE_UPDATE", "quic:stream_state_updated"},
         {"TRANSPORT:FLOW_CONTROL_UPDATE", ""},
         {"RECOVERY:CC_STATE_UPDATE", "quic:congestion_state_updated"},
         {"RECOVERY:METRIC_UPDATE", "quic:recovery_metrics_updated"},
         {"RECOVERY:LOSS_ALARM_SET", "quic:timer_updated"},
         {"RECOVERY:LOSS_ALARM_FIRED", "quic:timer_updated"},
         {"RECOVERY:PACKET_LOST", "quic:packet_lost"},
         {"RECOVERY:PACKET_ACKNOWLEDGED", "quic:packets_acked"},
         {"RECOVERY:PACKET_RETRANSMIT", "quic:marked_for_retransmit"},
     }},
    {"draft 01",
     {
         {"connectivity:server_listening", "quic:server_listening"},
         {"connectivity:connection_started", "quic:connection_started"},
         {"connectivity:connection_id_updated", "quic:connection_id_updated"},
         {"connectivity:spin_bit_updated", "quic:spin_bit_updated"},
         {"connectivity:connection_retried", "quic:connection_retried"},
         {"connectivity:connection_state_updated", "quic:connection_state_updated"},
         {"security:key_updated", "quic:key_updated"},
         {"security:key_retired", "quic:key_discarded"},
         {"transport:parameters_set", "quic:parameters_set"},
         {"transport:packet_sent", "quic:packet_sent"},
         {"transport:packet_received", "quic:packet_received"},
         {"transport:packet_dropped", "quic:packet_dropped"},
         {"transport:packet_buffered", "quic:packet_buffered"},
         {"transport:datagrams_sent", "quic:udp_datagrams_sent"},
         {"transport:datagrams_received", "quic:udp_datagrams_received"},
         {"transport:datagram_dropped", "quic:udp_datagram_dropped"},
         {"transport:stream_state_updated", "quic:stream_state_updated"},
         {"transport:frames_processed", "quic:frames_processed"},
         {"recovery:parameters_set", "quic:recovery_parameters_set"},
         {"recovery:metrics_updated", "quic:recovery_metrics_updated"},
         {"recovery:congestion_state_updated", "quic:congestion_state_updated"},
         {"recovery:loss_timer_set", "quic:timer_updated"},
         {"recovery:loss_timer_expired", "quic:timer_updated"},
         {"recovery:packet_lost", "quic:packet_lost"},
         {"recovery:marked_for_retransmit", "quic:marked_for_retransmit"},
         {"http:parameters_set", "http3:parameters_set"},
         {"http:stream_type_set", "http3:stream_type_set"},
         {"http:frame_created", "http3:frame_created"},
         {"http:frame_parsed", "http3:frame_parsed"},
         {"http:data_moved", "quic:stream_data_moved"},
         {"http:push_resolved", "http3:push_resolved"},
         {"qpack:state_updated", "qpack:state_updated"},
         {"qpack:stream_state_updated", "qpack:stream_state_updated"},
         {"qpack:dynamic_table_updated", "qpack:dynamic_table_updated"},
         {"qpack:headers_encoded", "qpack:headers_encoded"},
         {"qpack:headers_decoded", "qpack:headers_decoded"},
         {"qpack:instruction_sent", "qpack:instruction_created"},
         {"qpack:instruction_received", "qpack:instruction_parsed"},
         {"error:connection_error", "loglevel:error"},
         {"error:application_error", "loglevel:error"},
         {"error:internal_error", "loglevel:error"},
         {"warning:internal_warning", "loglevel:warning"},
         {"info:message", "loglevel:info"},
         {"debug:message", "loglevel:debug"},
         {"verbose:message", "loglevel:verbose"},
         {"simulation:marker", "simulation:marker"},
     }},
    {"02 to quic-events-03",
     {
         {"connectivity:server_listening", "quic:server_listening"},
         {"connectivity:connection_started", "quic:connection_started"},
         {"connectivity:connection_closed", "quic:connection_closed"},
         {"connectivity:connection_id_updated", "quic:connection_id_updated"},
         {"connectivity:spin_bit_updated", "quic:spin_bit_updated"},
         {"connectivity:connection_retried", "quic:connection_retried"},
         {"connectivity:connection_state_updated", "quic:connection_state_updated"},
         {"connectivity:mtu_updated", "quic:mtu_updated"},
         {"security:key_updated", "quic:key_updated"},
         {"security:key_retired", "quic:key_discarded"},
         {"security:key_discarded", "quic:key_discarded"},
         {"transport:version_information", "quic:version_information"},
         {"transport:alpn_information", "quic:alpn_information"},
         {"transport:parameters_set", "quic:parameters_set"},
         {"transport:parameters_restored", "quic:parameters_restored"},
         {"transport:packet_sent", "quic:packet_sent"},
         {"transport:packet_received", "quic:packet_received"},
         {"transport:packet_dropped", "quic:packet_dropped"},
         {"transport:packet_buffered", "quic:packet_buffered"},
         {"transport:packets_acked", "quic:packets_acked"},
         {"transport:datagrams_sent", "quic:udp_datagrams_sent"},
         {"transport:datagrams_received", "quic:udp_datagrams_received"},
         {"transport:datagram_dropped", "quic:udp_datagram_dropped"},
         {"transport:stream_state_updated", "quic:stream_state_updated"},
         {"transport:frames_processed", "quic:frames_processed"},
         {"transport:data_moved", "quic:stream_data_moved"},
         {"recovery:parameters_set", "quic:recovery_parameters_set"},
         {"recovery:metrics_updated", "quic:recovery_metrics_updated"},
         {"recovery:congestion_state_updated", "quic:congestion_state_updated"},
         {"recovery:loss_timer_updated", "quic:timer_updated"},
         {"recovery:packet_lost", "quic:packet_lost"},
         {"recovery:marked_for_retransmit", "quic:marked_for_retransmit"},
         {"http:parameters_set", "http3:parameters_set"},
         {"http:parameters_restored", "http3:parameters_restored"},
         {"http:stream_type_set", "http3:stream_type_set"},
         {"http:frame_created", "http3:frame_created"},
         {"http:frame_parsed", "http3:frame_parsed"},
         {"http:push_resolved", "http3:push_resolved"},
         {"qpack:state_updated", "qpack:state_updated"},
         {"qpack:stream_state_updated", "qpack:stream_state_updated"},
         {"qpack:dynamic_table_updated", "qpack:dynamic_table_updated"},
         {"qpack:headers_encoded", "qpack:headers_encoded"},
         {"qpack:headers_decoded", "qpack:headers_decoded"},
         {"qpack:instruction_created", "qpack:instruction_created"},
         {"qpack:instruction_parsed", "qpack:instruction_parsed"},
         {"generic:error", "loglevel:error"},
         {"generic:warning", "loglevel:warning"},
         {"generic:info", "loglevel:info"},
         {"generic:debug", "loglevel:debug"},
         {"generic:verbose", "loglevel:verbose"},
         {"simulation:scenario", "simulation:scenario"},
         {"simulation:marker", "simulation:marker"},
     }},
    {"quic-events-05 to 07",
     {
         {"connectivity:server_listening", "quic:server_listening"},
         {"connectivity:connection_started", "quic:connection_started"},
         {"connectivity:connection_closed", "quic:connection_closed"},
         {"connectivity:connection_id_updated", "quic:connection_id_updated"},
         {"connectivity:spin_bit_updated", "quic:spin_bit_updated"},
         {"connectivity:connection_state_updated", "quic:connection_state_updated"},
         {"connectivity:mtu_updated", "quic:mtu_updated"},
         {"connectivity:path_assigned", "quic:tuple_assigned"},
         {"quic:migration_state_updated", "quic:migration_state_updated"},
         {"quic:version_information", "quic:version_information"},
         {"quic:alpn_information", "quic:alpn_information"},
         {"quic:parameters_set", "quic:parameters_set"},
         {"quic:parameters_restored", "quic:parameters_restored"},
         {"quic:packet_sent", "quic:packet_sent"},
         {"quic:packet_received", "quic:packet_received"},
         {"quic:packet_dropped", "quic:packet_dropped"},
         {"quic:packet_buffered", "quic:packet_buffered"},
         {"quic:packets_acked", "quic:packets_acked"},
         {"quic:datagrams_sent", "quic:udp_datagrams_sent"},
         {"quic:datagrams_received", "quic:udp_datagrams_received"},
         {"quic:datagram_dropped", "quic:udp_datagram_dropped"},
         {"quic:stream_state_updated", "quic:stream_state_updated"},
         {"quic:frames_processed", "quic:frames_processed"},
         {"quic:stream_data_moved", "quic:stream_data_moved"},
         {"quic:datagram_data_moved", "quic:datagram_data_moved"},
         {"security:key_updated", "quic:key_updated"},
         {"security:key_discarded", "quic:key_discarded"},
         {"recovery:parameters_set", "quic:recovery_parameters_set"},
         {"recovery:metrics_updated", "quic:recovery_metrics_updated"},
         {"recovery:congestion_state_updated", "quic:congestion_state_updated"},
         {"recovery:loss_timer_updated", "quic:timer_updated"},
         {"recovery:packet_lost", "quic:packet_lost"},
         {"recovery:marked_for_retransmit", "quic:marked_for_retransmit"},
         {"recovery:ecn_state_updated", "quic:ecn_state_updated"},
         {"h3:parameters_set", "http3:parameters_set"},
         {"h3:parameters_restored", "http3:parameters_restored"},
         {"h3:stream_type_set", "http3:stream_type_set"},
         {"h3:priority_updated", "http3:priority_updated"},
         {"h3:frame_created", "http3:frame_created"},
         {"h3:frame_parsed", "http3:frame_parsed"},
         {"h3:datagram_created", "http3:datagram_created"},
         {"h3:datagram_parsed", "http3:datagram_parsed"},
         {"h3:push_resolved", "http3:push_resolved"},
     }},
    {"quic-events-08",
     {
         {"quic:udp_datagrams_sent", "quic:udp_datagrams_sent"},
         {"quic:udp_datagrams_received", "quic:udp_datagrams_received"},
         {"quic:udp_datagram_dropped", "quic:udp_datagram_dropped"},
         {"loglevel:error", "loglevel:error"},
         {"loglevel:warning", "loglevel:warning"},
         {"loglevel:info", "loglevel:info"},
         {"loglevel:debug", "loglevel:debug"},
         {"loglevel:verbose", "loglevel:verbose"},
     }},
    {"quic-events-09 and 10",
     {
         {"quic:server_listening", "quic:server_listening"},
         {"quic:connection_started", "quic:connection_started"},
         {"quic:connection_closed", "quic:connection_closed"},
         {"quic:connection_id_updated", "quic:connection_id_updated"},
         {"quic:spin_bit_updated", "quic:spin_bit_updated"},
         {"quic:connection_state_updated", "quic:connection_state_updated"},
         {"quic:mtu_updated", "quic:mtu_updated"},
         {"quic:path_assigned", "quic:tuple_assigned"},
         {"quic:migration_state_updated", "quic:migration_state_updated"},
         {"quic:version_information", "quic:version_information"},
         {"quic:alpn_information", "quic:alpn_information"},
         {"quic:parameters_set", "quic:parameters_set"},
         {"quic:parameters_restored", "quic:parameters_restored"},
         {"quic:packet_sent", "quic:packet_sent"},
         {"quic:packet_received", "quic:packet_received"},
         {"quic:packet_dropped", "quic:packet_dropped"},
         {"quic:packet_buffered", "quic:packet_buffered"},
         {"quic:packets_acked", "quic:packets_acked"},
         {"quic:udp_datagrams_sent", "quic:udp_datagrams_sent"},
         {"quic:udp_datagrams_received", "quic:udp_datagrams_received"},
         {"quic:udp_datagram_dropped", "quic:udp_datagram_dropped"},
         {"quic:stream_state_updated", "quic:stream_state_updated"},
         {"quic:frames_processed", "quic:frames_processed"},
         {"quic:stream_data_moved", "quic:stream_data_moved"},
         {"quic:datagram_data_moved", "quic:datagram_data_moved"},
         {"quic:recovery_parameters_set", "quic:recovery_parameters_set"},
         {"quic:recovery_metrics_updated", "quic:recovery_metrics_updated"},
         {"quic:congestion_state_updated", "quic:congestion_state_updated"},
         {"quic:loss_timer_updated", "quic:timer_updated"},
         {"quic:packet_lost", "quic:packet_lost"},
         {"quic:marked_for_retransmit", "quic:marked_for_retransmit"},
         {"quic:ecn_state_updated", "quic:ecn_state_updated"},
         {"quic:key_updated", "quic:key_updated"},
         {"quic:key_discarded", "quic:key_discarded"},
         {"http3:parameters_set", "http3:parameters_set"},
         {"http3:parameters_restored", "http3:parameters_restored"},
         {"http3:stream_type_set", "http3:stream_type_set"},
         {"http3:priority_updated", "http3:priority_updated"},
         {"http3:frame_created", "http3:frame_created"},
         {"http3:frame_parsed", "http3:frame_parsed"},
         {"http3:datagram_created", "http3:datagram_created"},
         {"http3:datagram_parsed", "http3:datagram_parsed"},
         {"http3:push_resolved", "http3:push_resolved"},
     }},
    {"quic-events-12",
     {
         {"quic:tuple_assigned", "quic:tuple_assigned"},
         {"quic:timer_updated", "quic:timer_updated"},
         {"quic:connection_data_blocked_updated", "quic:connection_data_blocked_updated"},
         {"quic:stream_data_blocked_updated", "quic:stream_data_blocked_updated"},
         {"quic:datagram_data_blocked_updated", "quic:datagram_data_blocked_updated"},
     }},
    {"quic-events-13",
     {
         {"quic:frames_created", "quic:frames_created"},
         {"quic:frames_parsed", "quic:frames_parsed"},
         {"http:capsule_created", "http:capsule_created"},
         {"http:capsule_parsed", "http:capsule_parsed"},
     }},
};

std::string upperCase(const std::string& name)
{
    return QByteArray::fromStdString(name).toUpper().toStdString();
}

std::string blanksForUnderscores(const std::string& name)
{
    return QByteArray::fromStdString(name).replace('_', ' ').toStdString();
}

} // namespace

void EventKindTest::mapsToCanonicalName_data()
{
    QTest::addColumn<std::string>("logged");
    QTest::addColumn<std::string>("canonical");
    for (const auto* table : {&earlySpellings, &categorySpellings, &quicSpellings, &writerSpellings,
                              &ambiguousSpellings, &httpSpellings, &logSpellings}) {
        for (const Spellings& spellings : *table) {
            for (const char* logged : spellings.logged)
                QTest::newRow(logged) << std::string(logged) << std::string(spellings.canonical);
        }
    }
}

void EventKindTest::mapsToCanonicalName()
{
    QFETCH(std::string, logged);
    QFETCH(std::string, canonical);
    for (const std::string& variant :
         {logged, upperCase(logged), lowerCase(logged), blanksForUnderscores(logged), ' ' + logged + ' '}) {
        const std::string found(canonicalName(eventKindOf(variant)));
        QVERIFY2(found == canonical, (variant + " is " + found).c_str());
    }
}

void EventKindTest::namesOfTheDrafts_data()
{
    QTest::addColumn<std::string>("logged");
    QTest::addColumn<std::string>("canonical");
    for (const Generation& generation : generations) {
        for (const auto& [logged, canonical] : generation.names)
            QTest::addRow("%s, %s", generation.drafts, logged) << std::string(logged) << std::string(canonical);
    }
}

void EventKindTest::namesOfTheDrafts()
{
    QFETCH(std::string, logged);
    QFETCH(std::string, canonical);
    QCOMPARE(std::string(canonicalName(eventKindOf(logged))), canonical);
}

void EventKindTest::unknownNamesAreOther_data()
{
    QTest::addColumn<std::string>("logged");
    for (const char* logged : unknownNames)
        QTest::newRow(logged) << std::string(logged);
}

void EventKindTest::unknownNamesAreOther()
{
    QFETCH(std::string, logged);
    QCOMPARE(eventKindOf(logged), EventKind::Other);
    QVERIFY(canonicalName(EventKind::Other).empty());
}

void EventKindTest::canonicalNamesMapToThemselves()
{
    std::set<std::string_view> names;
    for (int i = 1; i < eventKindCount; ++i) {
        const auto kind = static_cast<EventKind>(i);
        QVERIFY2(eventKindOf(canonicalName(kind)) == kind, std::string(canonicalName(kind)).c_str());
        names.insert(canonicalName(kind));
    }
    QCOMPARE(names.size(), std::size_t{eventKindCount - 1});
}

void EventKindTest::lowersAsciiOnly()
{
    QCOMPARE(lowerCase("Transport:PACKET Sent_09"), std::string("transport:packet sent_09"));
    QCOMPARE(lowerCase("\xc3\x84[@`{"), std::string("\xc3\x84[@`{"));
}

QTEST_GUILESS_MAIN(EventKindTest)
#include "eventkindtest.moc"
