// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/trace.h"

#include <cstdint>
#include <optional>

namespace qlogscope {

/// The packets [first, first + count) of one direction share a UDP datagram.
struct Datagram {
    PacketId first;
    std::uint32_t count = 0;
    std::uint64_t packetBytes = 0;
    std::optional<std::uint32_t> loggedBytes; ///< of the UDP payload, where an event about it is logged
    bool isInferred = false; ///< that these packets, and no others, share it
};

/// The datagrams of one direction of a trace in the order of the log, each with its event: that of a datagram that is sent follows its packets,
/// one after the other where several are sent at once; that of a received one precedes them (dialects 5.3). Not to be used across appends.
class DatagramWalk
{
public:
    DatagramWalk(const Trace& trace, Direction direction);
    /// None after the last one.
    [[nodiscard]] std::optional<Datagram> next();

private:
    [[nodiscard]] std::optional<std::uint32_t> takeEvent(const Datagram& datagram);

    const PacketIndex& m_packets;
    const Column<Trace::LoggedDatagram>& m_events;
    Direction m_direction;
    std::size_t m_nextPacket = 0;
    std::size_t m_nextEvent = 0;
};

} // namespace qlogscope
