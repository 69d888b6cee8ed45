// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/recordkeys.h"

#include <iterator>
#include <tuple>

namespace qlogscope {

namespace {

struct Spelling {
    std::string_view name;
    Key key;
};

constexpr Spelling spellings[] = {
    {"ack_delay", Key::AckDelay},
    {"acked_ranges", Key::AckedRanges},
    {"ack_ranges", Key::AckedRanges},
    {"application_code", Key::ApplicationCode},
    {"application_error", Key::ApplicationError},
    {"category", Key::Category},
    {"ce", Key::Ce},
    {"connection_code", Key::ConnectionCode},
    {"connection_error", Key::ConnectionError},
    {"data", Key::Data},
    {"datagram_id", Key::DatagramId},
    {"datagram_payload_checksum", Key::DatagramId},
    {"dcid", Key::Dcid},
    {"ect0", Key::Ect0},
    {"ect1", Key::Ect1},
    {"error", Key::Error},
    {"error_code", Key::ErrorCode},
    {"code_bytes", Key::ErrorCode},
    {"error_code_value", Key::ErrorCodeValue},
    {"error_code_bytes", Key::ErrorCodeValue},
    {"error_space", Key::ErrorSpace},
    {"event", Key::Event},
    {"event_type", Key::Event},
    {"explicit_length", Key::ExplicitLength},
    {"fin", Key::Fin},
    {"form", Key::Form},
    {"frame_type", Key::FrameType},
    {"frames", Key::Frames},
    {"group_id", Key::GroupId},
    {"group_ids", Key::GroupId},
    {"has_length", Key::HasLength},
    {"header", Key::Header},
    {"id", Key::Id},
    {"initial_max_path_id", Key::InitialMaxPathId},
    {"initiator", Key::Initiator},
    {"owner", Key::Initiator},
    {"is_coalesced", Key::IsCoalesced},
    {"is_mtu_probe_packet", Key::IsMtuProbe},
    {"key_phase", Key::KeyPhase},
    {"key_phase_bit", Key::KeyPhase},
    {"largest_lost_packet_num", Key::LargestLost},
    {"lost_packets", Key::LostPackets},
    {"length", Key::Length},
    {"frame_type.padding_length", Key::Length}, // 0.1: names of tshark
    {"frame_type.crypto.length", Key::Length},
    {"frame_type.crypto.offset", Key::Offset},
    {"len", Key::Length},
    {"message", Key::Message},
    {"name", Key::Name},
    {"new", Key::New},
    {"offset", Key::Offset},
    {"packet_number", Key::PacketNumber},
    {"packet_num", Key::PacketNumber},
    {"packet_nr", Key::PacketNumber},
    {"packet_number_length", Key::PacketNumberLength},
    {"packet_number_space", Key::PacketNumberSpace},
    {"packet_num_space", Key::PacketNumberSpace},
    {"packet_numbers", Key::PacketNumbers},
    {"packet_size", Key::PacketSize},
    {"packet_type", Key::PacketType},
    {"path_id", Key::PathId},
    {"payload_length", Key::PayloadLength},
    {"raw", Key::Raw},
    {"raw_error_code", Key::RawErrorCode},
    {"reason", Key::Reason},
    {"reason_phrase", Key::Reason},
    {"reliable_size", Key::ReliableSize},
    {"reliable_offset", Key::ReliableSize},
    {"scid", Key::Scid},
    {"state", Key::State},
    {"stream_id", Key::StreamId},
    {"time", Key::Time},
    {"relative_time", Key::Time},
    {"delta_time", Key::Time},
    {"time_format", Key::TimeFormat},
    {"send_at_time", Key::SendAtTime},
    {"token", Key::Token},
    {"trace", Key::Trace},
    {"trigger", Key::Trigger},
    {"type", Key::Type},
    {"version", Key::QuicVersion},
    {"qlog_version", Key::Version},
    {"file_schema", Key::Version},
    {"congestion_window", Key::CongestionWindow},
    {"cwnd", Key::CongestionWindow},
    {"current_cwnd", Key::CongestionWindow},
    {"bytes_in_flight", Key::BytesInFlight},
    {"ssthresh", Key::Ssthresh},
    {"min_rtt", Key::MinRtt},
    {"smoothed_rtt", Key::SmoothedRtt},
    {"srtt", Key::SmoothedRtt},
    {"latest_rtt", Key::LatestRtt},
    {"rtt_variance", Key::RttVariance},
    {"rttvar", Key::RttVariance},
    {"pacing_rate", Key::PacingRate},
    {"pto_count", Key::PtoCount},
    {"packets_in_flight", Key::PacketsInFlight},
    {"cf_delivery_rate", Key::DeliveryRate},
};

using Slots = std::array<keytable::Slot, keytable::slots.size()>;
static_assert(std::size(spellings) * 2 <= std::tuple_size_v<Slots>);

Slots makeSlots()
{
    Slots slots{};
    for (const Spelling& spelling : spellings) {
        const KeyPrint print = printOf(spelling.name);
        std::size_t slot = keytable::slotOf(print);
        while (slots[slot].print.length != 0)
            slot = (slot + 1) % slots.size();
        slots[slot] = {print, spelling.name, spelling.key};
    }
    return slots;
}

} // namespace

const std::array<keytable::Slot, std::size_t{1} << keytable::slotBits> keytable::slots = makeSlots();

} // namespace qlogscope
