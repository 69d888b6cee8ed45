// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/orderedseries.h"
#include "model/packetlayout.h"

#include <array>
#include <cstdint>
#include <optional>

namespace qlogscope {

/// What the bytes of some packets are used for, together.
struct PacketUseSums {
    std::array<std::uint64_t, byteUseCount> bytes{}; ///< by ByteUse
    std::uint64_t packets = 0;
    std::uint64_t datagrams = 0; ///< that begin with one of the packets

    void merge(const PacketUseSums& other)
    {
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] += other.bytes[i];
        packets += other.packets;
        datagrams += other.datagrams;
    }
    [[nodiscard]] std::uint64_t of(ByteUse use) const { return bytes[indexOf(use)]; }
    /// The sum of the packets' sizes.
    [[nodiscard]] std::uint64_t total() const;
    /// Efficiency: application data, each byte once, of all bytes; from 0 to 1. None without bytes.
    [[nodiscard]] std::optional<double> applicationShare() const;
    /// Mean datagram of a limit in bytes, from 0 to 1. None without datagrams or limit.
    [[nodiscard]] std::optional<double> datagramFill(std::uint64_t limitBytes) const;
    bool operator==(const PacketUseSums&) const = default;
};

/// One packet, packed: 12 bytes. What does not fit (padding, crypto, long fields: few packets) is an index into a column of PacketUses.
struct PackedUses {
    RowId row;
    std::uint32_t low = 0;
    std::uint32_t high = 0;
};

struct PacketUseTraits {
    using Item = PackedUses;
    using Node = PacketUseSums;
    static constexpr std::size_t fanOut = 64; // a node is as large as 8 packets
    const Column<PacketUses>* rare = nullptr;
    [[nodiscard]] static RowId rowOf(const Item& item) { return item.row; }
    void addTo(std::span<const Item> items, Node* node) const;
};

/// What the bytes of the packets of one direction are used for, by time: the figures of any range in logarithmic time, about 14 bytes a packet. UI thread.
class PacketUseSeries
{
public:
    explicit PacketUseSeries(const EventStore* store)
        : m_series(store, PacketUseTraits{&m_rare})
    {
    }
    PacketUseSeries(const PacketUseSeries&) = delete;
    PacketUseSeries& operator=(const PacketUseSeries&) = delete;

    /// @param beginsDatagram it is not in the same datagram as the packet before it
    void append(RowId row, const PacketUses& uses, bool beginsDatagram);
    /// Of the packets whose own time is in the range, on the trace's clock.
    [[nodiscard]] PacketUseSums sums(TimeRange range) const;
    [[nodiscard]] std::size_t size() const { return m_series.size(); }
    /// Of packet bytes; in the long run what the path allows, or what the sender makes of it.
    [[nodiscard]] std::uint64_t largestDatagramBytes() const { return m_largestDatagram; }
    [[nodiscard]] std::size_t memoryBytes() const { return m_series.memoryBytes() + m_rare.memoryBytes(); }

private:
    Column<PacketUses> m_rare;
    OrderedSeries<PacketUseTraits> m_series;
    std::uint64_t m_datagramBytes = 0; // of the last one, so far
    std::uint64_t m_largestDatagram = 0;
};

} // namespace qlogscope
