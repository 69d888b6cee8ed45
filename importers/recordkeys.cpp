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

/// Length, first and last eight bytes: tells names of up to 16 bytes apart without a further comparison.
struct Fingerprint {
    std::uint64_t head = 0;
    std::uint64_t tail = 0;
    std::size_t length = 0;
    bool operator==(const Fingerprint&) const = default;
};

Fingerprint fingerprintOf(std::string_view name)
{
    Fingerprint print;
    print.length = name.size();
    if (name.size() >= 8) {
        std::memcpy(&print.head, name.data(), 8);
        std::memcpy(&print.tail, name.data() + name.size() - 8, 8);
    } else if (name.size() >= 4) {
        std::uint32_t head = 0;
        std::uint32_t tail = 0;
        std::memcpy(&head, name.data(), 4);
        std::memcpy(&tail, name.data() + name.size() - 4, 4);
        print.head = head;
        print.tail = tail;
    } else {
        std::memcpy(&print.head, name.data(), name.size());
    }
    return print;
}

std::size_t slotOf(const Fingerprint& print)
{
    const std::uint64_t mixed = (print.head ^ (print.tail * 0x9e3779b97f4a7c15U) ^ print.length) * 0xff51afd7ed558ccdU;
    return static_cast<std::size_t>(mixed >> 55);
}
static_assert(slotCount == std::size_t{1} << (64 - 55));

struct Slot {
    Fingerprint print;
    std::string_view name;
    Key key = Key::None;
};
using Table = std::array<Slot, slotCount>;

Table makeTable()
{
    Table table{};
    for (const Spelling& spelling : spellings) {
        const Fingerprint print = fingerprintOf(spelling.name);
        std::size_t slot = slotOf(print);
        while (!table[slot].name.empty())
            slot = (slot + 1) % slotCount;
        table[slot] = {print, spelling.name, spelling.key};
    }
    return table;
}

const Table table = makeTable();

} // namespace

Key keyOf(std::string_view name)
{
    const Fingerprint print = fingerprintOf(name);
    for (std::size_t slot = slotOf(print); !table[slot].name.empty(); slot = (slot + 1) % slotCount) {
        if (table[slot].print == print && (print.length <= 16 || table[slot].name == name))
            return table[slot].key;
    }
    return Key::None;
}

} // namespace qlogscope
