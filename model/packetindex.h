// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/column.h"
#include "model/eventbatch.h"
#include "model/eventstore.h"
#include "model/intervalset.h"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace qlogscope {

/// The packets of one direction of one trace: what was sent (or received), found by number, with the ACK that first covered
/// each. Key of a number: (multipath path id, packet-number space). UI thread.
class PacketIndex
{
public:
    explicit PacketIndex(const EventStore* store)
        : m_store(store)
    {
    }

    PacketId append(const PacketFact& packet);
    /// Marks the packets of the range as acknowledged by @p row; calls @p visit with each that was not yet.
    template <typename Visitor> void acknowledge(const AckedFact& fact, Visitor visit)
    {
        forEachNumbered(fact.pathId, fact.space, fact.first, fact.last, [&](PacketId packet) {
            if (RowId(m_ackedBy[packet.value]).isValid())
                return;
            m_ackedBy[packet.value] = fact.row.value;
            if (fact.isLargest && m_numbers[packet.value] == fact.last)
                m_attributes[packet.value] |= std::uint64_t{PacketAckedAsLargest} << flagsShift;
            visit(packet);
        });
    }
    /// The latest sending of a number; none if it is not in the log.
    [[nodiscard]] PacketId find(std::uint32_t pathId, PacketNumberSpace space, std::uint64_t number) const;

    /// Visits each packet whose number stands in [first, last], by number.
    template <typename Visitor>
    void forEachInRange(std::uint32_t pathId, PacketNumberSpace space, Interval numbers, Visitor visit) const
    {
        forEachNumbered(pathId, space, numbers.first, numbers.last, visit);
    }
    /// Smallest and largest number of a key in the log; none if it has none.
    [[nodiscard]] std::optional<Interval> numberRange(std::uint32_t pathId, PacketNumberSpace space) const;
    /// How many packets of a key are in the log, repeated numbers included.
    [[nodiscard]] std::size_t countOf(std::uint32_t pathId, PacketNumberSpace space) const;
    /// The packets of one key by number, equal numbers in log order. Not to be used across appends.
    class Numbers
    {
    public:
        Numbers() = default;
        [[nodiscard]] std::size_t size() const { return m_packets == nullptr ? 0 : m_packets->size(); }
        [[nodiscard]] PacketId packet(std::size_t index) const { return PacketId((*m_packets)[index]); }
        [[nodiscard]] std::uint64_t number(std::size_t index) const { return (*m_numbers)[(*m_packets)[index]]; }

    private:
        friend class PacketIndex;
        Numbers(const Column<std::uint32_t>* packets, const Column<std::uint64_t>* numbers)
            : m_packets(packets)
            , m_numbers(numbers)
        {
        }
        const Column<std::uint32_t>* m_packets = nullptr;
        const Column<std::uint64_t>* m_numbers = nullptr;
    };
    /// Empty if there are none. Sorts them if need be.
    [[nodiscard]] Numbers numbers(std::uint32_t pathId, PacketNumberSpace space) const
    {
        const Numbered* list = numbered(pathId, space);
        return list == nullptr ? Numbers() : Numbers(&list->packets, &m_numbers);
    }
    /// Visits neighbours (earlier packet, later packet) with the same key and number, in log order of each number.
    void forEachRepeated(const std::function<void(PacketId, PacketId)>& visit) const;

    [[nodiscard]] std::size_t size() const { return m_numbers.size(); }
    [[nodiscard]] PacketFact operator[](PacketId packet) const;
    /// Cheaper than the whole fact.
    [[nodiscard]] std::pair<PacketNumberSpace, std::uint64_t> spaceAndNumber(PacketId packet) const
    {
        return {spaceOf(typeIn(m_attributes[packet.value])), m_numbers[packet.value]};
    }
    /// Packets of several multipath paths: their numbers are apart.
    [[nodiscard]] bool usesPathIds() const { return !m_pathIds.empty(); }
    /// Of the packets with a number, ascending.
    [[nodiscard]] std::vector<std::uint32_t> pathIds() const;
    [[nodiscard]] std::uint32_t sizeBytes(PacketId packet) const { return m_sizes[packet.value]; }
    // single columns of operator[]
    [[nodiscard]] std::uint64_t number(PacketId packet) const { return m_numbers[packet.value]; }
    [[nodiscard]] std::uint64_t frameMask(PacketId packet) const { return frameMaskIn(m_attributes[packet.value]); }
    [[nodiscard]] std::uint16_t flags(PacketId packet) const { return flagsIn(m_attributes[packet.value]); }
    [[nodiscard]] PacketType type(PacketId packet) const { return typeIn(m_attributes[packet.value]); }
    /// It can be told by its number: it is logged, and the type of packet has one.
    [[nodiscard]] bool hasNumber(PacketId packet) const
    {
        return (flags(packet) & PacketNoNumber) == 0 && spaceOf(type(packet)) != PacketNumberSpace::None;
    }
    [[nodiscard]] std::uint32_t pathId(PacketId packet) const { return m_pathIds.empty() ? 0 : m_pathIds[packet.value]; }
    [[nodiscard]] RowId row(PacketId packet) const { return RowId(m_rows[packet.value]); }
    /// The record whose ACK covers the packet for the first time; none if no ACK did.
    [[nodiscard]] RowId ackedBy(PacketId packet) const { return RowId(m_ackedBy[packet.value]); }
    /// These will be read soon.
    void prefetchRow(PacketId packet) const { m_rows.prefetch(packet.value, packet.value + std::size_t{1}); }
    void prefetchAckedBy(PacketId packet) const { m_ackedBy.prefetch(packet.value, packet.value + std::size_t{1}); }

    /// The same columns for packets that are read in the order of the log: cheaper. Not to be used across appends.
    class Reader
    {
    public:
        explicit Reader(const PacketIndex& packets)
            : m_attributes(packets.m_attributes)
            , m_numbers(packets.m_numbers)
            , m_rows(packets.m_rows)
            , m_sizes(packets.m_sizes)
            , m_pathIds(packets.m_pathIds)
            , m_ackedBy(packets.m_ackedBy)
            , m_usesPathIds(packets.usesPathIds())
        {
        }
        [[nodiscard]] std::uint64_t number(PacketId packet) { return m_numbers[packet.value]; }
        [[nodiscard]] std::uint64_t frameMask(PacketId packet) { return frameMaskIn(m_attributes[packet.value]); }
        [[nodiscard]] std::uint16_t flags(PacketId packet) { return flagsIn(m_attributes[packet.value]); }
        [[nodiscard]] PacketType type(PacketId packet) { return typeIn(m_attributes[packet.value]); }
        [[nodiscard]] std::uint32_t sizeBytes(PacketId packet) { return m_sizes[packet.value]; }
        [[nodiscard]] std::uint32_t pathId(PacketId packet) { return m_usesPathIds ? m_pathIds[packet.value] : 0; }
        [[nodiscard]] RowId row(PacketId packet) { return RowId(m_rows[packet.value]); }
        [[nodiscard]] RowId ackedBy(PacketId packet) { return RowId(m_ackedBy[packet.value]); }

    private:
        Column<std::uint64_t>::Reader m_attributes;
        Column<std::uint64_t>::Reader m_numbers;
        Column<std::uint32_t>::Reader m_rows;
        Column<std::uint32_t>::Reader m_sizes;
        Column<std::uint32_t>::Reader m_pathIds;
        Column<std::uint32_t>::Reader m_ackedBy;
        bool m_usesPathIds;
    };

    /// Bytes on the wire before this packet: packets laid end to end in log order.
    [[nodiscard]] std::uint64_t bytesBefore(PacketId packet) const
    {
        const std::size_t block = packet.value / bytesBlock;
        std::uint64_t bytes = m_bytesBeforeBlock[block];
        for (std::size_t i = block * bytesBlock; i < packet.value; ++i)
            bytes += m_sizes[i];
        return bytes;
    }
    /// Bytes of the packets of earlier rows.
    [[nodiscard]] std::uint64_t bytesBeforeRow(RowId row) const;
    [[nodiscard]] std::uint64_t totalBytes() const { return m_totalBytes; }
    /// The packet that a row logs; none if the row is not a packet of this direction.
    [[nodiscard]] PacketId packetOfRow(RowId row) const;
    [[nodiscard]] const EventStore* store() const { return m_store; }

    [[nodiscard]] const std::array<std::uint64_t, packetTypeCount>& countsByType() const { return m_countsByType; }
    [[nodiscard]] bool anySizeInferred() const { return m_anySizeInferred; }
    [[nodiscard]] std::size_t memoryBytes() const;

private:
    // attributes: 40 bits of frame mask, 16 of flags, 8 of type
    static constexpr unsigned flagsShift = 40;
    static constexpr unsigned typeShift = 56;
    static constexpr std::uint64_t maskBits = (std::uint64_t{1} << flagsShift) - 1;
    static_assert(frameKindCount <= static_cast<int>(flagsShift));
    [[nodiscard]] static std::uint64_t packedAttributes(const PacketFact& packet);
    [[nodiscard]] static std::uint64_t frameMaskIn(std::uint64_t attributes) { return attributes & maskBits; }
    [[nodiscard]] static std::uint16_t flagsIn(std::uint64_t attributes) { return static_cast<std::uint16_t>(attributes >> flagsShift); }
    [[nodiscard]] static PacketType typeIn(std::uint64_t attributes) { return static_cast<PacketType>(attributes >> typeShift); }

    /// Packets of one key, sorted by number; equal numbers in log order.
    struct Numbered {
        Column<std::uint32_t> packets;
        bool isSorted = true;
        std::size_t sortedCount = 0; ///< while not sorted: so many at the front are
    };
    /// The first packet of the row or of a later one, as an index.
    [[nodiscard]] std::size_t firstOfRow(RowId row) const;
    [[nodiscard]] const Numbered* numbered(std::uint32_t pathId, PacketNumberSpace space) const;
    [[nodiscard]] std::size_t lowerBound(const Numbered& list, std::uint64_t number) const;

    template <typename Visitor>
    void forEachNumbered(std::uint32_t pathId, PacketNumberSpace space, std::uint64_t first, std::uint64_t last,
                         Visitor visit) const
    {
        const Numbered* list = numbered(pathId, space);
        if (list == nullptr)
            return;
        for (std::size_t i = lowerBound(*list, first);
             i < list->packets.size() && m_numbers[list->packets[i]] <= last; ++i)
            visit(PacketId(list->packets[i]));
    }

    const EventStore* m_store;
    Column<std::uint64_t> m_numbers;
    Column<std::uint64_t> m_attributes; // frame mask, flags and type packed: 24 bytes a packet with row and size
    Column<std::uint32_t> m_rows;
    Column<std::uint32_t> m_sizes;
    Column<std::uint32_t> m_pathIds; // empty until a path id other than 0 appears
    Column<std::uint32_t> m_ackedBy; // RowId values
    static constexpr std::size_t bytesBlock = 4; // packets
    Column<std::uint64_t> m_bytesBeforeBlock;
    mutable std::map<std::pair<std::uint32_t, PacketNumberSpace>, Numbered> m_numbered;
    std::pair<std::uint32_t, PacketNumberSpace> m_lastKey; // of the last packet with a number
    Numbered* m_lastNumbered = nullptr; // entries of a map stay where they are
    std::array<std::uint64_t, packetTypeCount> m_countsByType{};
    std::uint64_t m_totalBytes = 0;
    bool m_anySizeInferred = false;
};

} // namespace qlogscope
