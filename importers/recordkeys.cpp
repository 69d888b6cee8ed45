// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/recordkeys.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <iterator>

namespace qlogscope {

namespace {

struct Spelling {
    std::string_view name;
    Key key;
};

constexpr Spelling spellings[] = {
    {"ack_delay", Key::AckDelay},
    {"ack_delay_exponent", Key::AckDelayExponent},
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
    {"explicit_length", Key::ExplicitLength},
    {"fin", Key::Fin},
    {"form", Key::Form},
    {"frame_type", Key::FrameType},
    {"frames", Key::Frames},
    {"group_id", Key::GroupId},
    {"group_ids", Key::GroupId},
    {"header", Key::Header},
    {"id", Key::Id},
    {"initial_max_path_id", Key::InitialMaxPathId},
    {"initiator", Key::Initiator},
    {"owner", Key::Initiator},
    {"is_coalesced", Key::IsCoalesced},
    {"is_mtu_probe_packet", Key::IsMtuProbe},
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

constexpr std::size_t slotCount = 256; // a power of two well above the number of spellings

/// First and last eight bytes: with the length, they tell names of up to 16 bytes apart without a further comparison.
struct Fingerprint {
    std::uint64_t head = 0;
    std::uint64_t tail = 0;
};

template <typename Word> Fingerprint endsOf(std::string_view name)
{
    Word head;
    Word tail;
    std::memcpy(&head, name.data(), sizeof head);
    std::memcpy(&tail, name.data() + name.size() - sizeof tail, sizeof tail);
    return {head, tail};
}

Fingerprint fingerprintOf(std::string_view name)
{
    if (name.size() >= 8)
        return endsOf<std::uint64_t>(name);
    if (name.size() >= 4)
        return endsOf<std::uint32_t>(name);
    if (name.size() >= 2)
        return endsOf<std::uint16_t>(name);
    return name.empty() ? Fingerprint() : endsOf<std::uint8_t>(name);
}

std::size_t slotOf(const Fingerprint& print, std::size_t length)
{
    const std::uint64_t mixed = (print.head ^ (print.tail * 0x9e3779b97f4a7c15U) ^ length) * 0xff51afd7ed558ccdU;
    return static_cast<std::size_t>(mixed >> 56);
}
static_assert(slotCount == std::size_t{1} << (64 - 56));

struct Slot {
    Fingerprint print;
    std::uint8_t length = 0; // 0: empty
    Key key = Key::None;
    std::uint8_t spelling = 0; // index into spellings
};
using Table = std::array<Slot, slotCount>;

Table makeTable()
{
    Table table{};
    for (std::size_t i = 0; i < std::size(spellings); ++i) {
        const std::string_view name = spellings[i].name;
        const Fingerprint print = fingerprintOf(name);
        std::size_t slot = slotOf(print, name.size());
        while (table[slot].length != 0)
            slot = (slot + 1) % slotCount;
        table[slot] = {print, static_cast<std::uint8_t>(name.size()), spellings[i].key, static_cast<std::uint8_t>(i)};
    }
    return table;
}

const Table table = makeTable();

} // namespace

Key keyOf(std::string_view name)
{
    const Fingerprint print = fingerprintOf(name);
    for (std::size_t i = slotOf(print, name.size()); table[i].length != 0; i = (i + 1) % slotCount) {
        const Slot& slot = table[i];
        if (slot.print.head == print.head && slot.print.tail == print.tail && slot.length == name.size()
            && (slot.length <= 16 || spellings[slot.spelling].name == name))
            return slot.key;
    }
    return Key::None;
}

} // namespace qlogscope
