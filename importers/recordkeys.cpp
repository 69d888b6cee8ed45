// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/recordkeys.h"

#include <array>
#include <cstddef>
#include <cstring>

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
    {"connection_code", Key::ConnectionCode},
    {"connection_error", Key::ConnectionError},
    {"data", Key::Data},
    {"dcid", Key::Dcid},
    {"error", Key::Error},
    {"error_code", Key::ErrorCode},
    {"error_code_value", Key::ErrorCodeValue},
    {"error_space", Key::ErrorSpace},
    {"event", Key::Event},
    {"event_type", Key::Event},
    {"fin", Key::Fin},
    {"frame_type", Key::FrameType},
    {"frames", Key::Frames},
    {"header", Key::Header},
    {"id", Key::Id},
    {"initial_max_path_id", Key::InitialMaxPathId},
    {"initiator", Key::Initiator},
    {"owner", Key::Initiator},
    {"is_coalesced", Key::IsCoalesced},
    {"is_mtu_probe_packet", Key::IsMtuProbe},
    {"length", Key::Length},
    {"len", Key::Length},
    {"message", Key::Message},
    {"name", Key::Name},
    {"new", Key::New},
    {"offset", Key::Offset},
    {"packet_number", Key::PacketNumber},
    {"packet_num", Key::PacketNumber},
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
    {"scid", Key::Scid},
    {"state", Key::State},
    {"stream_id", Key::StreamId},
    {"time", Key::Time},
    {"relative_time", Key::Time},
    {"delta_time", Key::Time},
    {"token", Key::Token},
    {"trace", Key::Trace},
    {"trigger", Key::Trigger},
    {"type", Key::Type},
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
};

constexpr std::size_t slotCount = 512; // a power of two well above the number of spellings

std::size_t hashOf(std::string_view name)
{
    const auto at = [name](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(name[i])); };
    return (name.size() * 37 + at(0) * 5 + at(name.size() / 2) * 83 + at(name.size() - 1) * 211) % slotCount;
}

using Table = std::array<Spelling, slotCount>;

Table makeTable()
{
    Table table{};
    for (const Spelling& spelling : spellings) {
        std::size_t slot = hashOf(spelling.name);
        while (!table[slot].name.empty())
            slot = (slot + 1) % slotCount;
        table[slot] = spelling;
    }
    return table;
}

} // namespace

Key keyOf(std::string_view name)
{
    static const Table table = makeTable();
    if (name.empty())
        return Key::None;
    for (std::size_t slot = hashOf(name); !table[slot].name.empty(); slot = (slot + 1) % slotCount) {
        if (table[slot].name == name)
            return table[slot].key;
    }
    return Key::None;
}

} // namespace qlogscope
