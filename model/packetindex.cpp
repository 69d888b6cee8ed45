// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/packetindex.h"

#include <algorithm>

namespace qlogscope {

std::uint64_t PacketIndex::packedAttributes(const PacketFact& packet)
{
    return (packet.frameMask & maskBits) | static_cast<std::uint64_t>(packet.flags) << flagsShift
        | static_cast<std::uint64_t>(packet.type) << typeShift;
}

PacketFact PacketIndex::operator[](PacketId packet) const
{
    const std::uint64_t attributes = m_attributes[packet.value];
    PacketFact fact;
    fact.number = m_numbers[packet.value];
    fact.frameMask = attributes & maskBits;
    fact.flags = static_cast<std::uint16_t>(attributes >> flagsShift);
    fact.type = static_cast<PacketType>(attributes >> typeShift);
    fact.row = row(packet);
    fact.sizeBytes = sizeBytes(packet);
    fact.pathId = m_pathIds.empty() ? 0 : m_pathIds[packet.value];
    return fact;
}

PacketId PacketIndex::append(const PacketFact& packet)
{
    const PacketId id(m_numbers.size());
    if (id.value % bytesBlock == 0)
        m_bytesBeforeBlock.push_back(m_totalBytes);
    if (m_pathIds.empty() && packet.pathId != 0) {
        for (std::size_t i = 0; i < m_numbers.size(); ++i)
            m_pathIds.push_back(0);
    }
    if (!m_pathIds.empty() || packet.pathId != 0)
        m_pathIds.push_back(packet.pathId);
    m_numbers.push_back(packet.number);
    m_attributes.push_back(packedAttributes(packet));
    m_rows.push_back(packet.row.value);
    m_sizes.push_back(packet.sizeBytes);
    m_ackedBy.push_back(RowId::none);
    m_totalBytes += packet.sizeBytes;
    ++m_countsByType[static_cast<std::size_t>(packet.type)];
    m_anySizeInferred = m_anySizeInferred || (packet.flags & PacketSizeInferred) != 0;
    const PacketNumberSpace space = spaceOf(packet.type);
    if ((packet.flags & PacketNoNumber) != 0 || space == PacketNumberSpace::None)
        return id;

    const std::pair key{packet.pathId, space};
    if (m_lastNumbered == nullptr || key != m_lastKey) {
        m_lastNumbered = &m_numbered[key];
        m_lastKey = key;
    }
    Numbered& list = *m_lastNumbered;
    const bool inOrder = list.packets.empty() || m_numbers[list.packets.back()] <= packet.number;
    list.packets.push_back(id.value);
    if (inOrder || !list.isSorted)
        return id;
    // received packets are reordered a little: put the number in its place, or sort at the next search
    constexpr std::size_t shiftLimit = 512;
    std::size_t position = list.packets.size() - 1;
    while (position > 0 && m_numbers[list.packets[position - 1]] > packet.number) {
        if (list.packets.size() - position > shiftLimit) {
            list.isSorted = false;
            list.sortedCount = position;
            break;
        }
        list.packets[position] = list.packets[position - 1];
        --position;
    }
    list.packets[position] = id.value;
    return id;
}

const PacketIndex::Numbered* PacketIndex::numbered(std::uint32_t pathId, PacketNumberSpace space) const
{
    const auto it = m_numbered.find({pathId, space});
    if (it == m_numbered.end())
        return nullptr;
    Numbered& list = it->second;
    if (!list.isSorted) {
        std::vector<std::uint32_t> packets;
        packets.reserve(list.packets.size());
        for (std::size_t i = 0; i < list.packets.size(); ++i)
            packets.push_back(list.packets[i]);
        const auto precedes = [this](std::uint32_t a, std::uint32_t b) {
            const std::uint64_t numberA = m_numbers[a];
            const std::uint64_t numberB = m_numbers[b];
            return numberA != numberB ? numberA < numberB : a < b;
        };
        const auto tail = packets.begin() + static_cast<std::ptrdiff_t>(list.sortedCount);
        std::sort(tail, packets.end(), precedes);
        std::inplace_merge(packets.begin(), tail, packets.end(), precedes);
        for (std::size_t i = 0; i < packets.size(); ++i)
            list.packets[i] = packets[i];
        list.isSorted = true;
    }
    return &list;
}

std::size_t PacketIndex::lowerBound(const Numbered& list, std::uint64_t number) const
{
    // ACKs are nearly always about recent packets: gallop back from the end
    std::size_t high = list.packets.size();
    std::size_t low = high;
    for (std::size_t step = 1; low > 0; step *= 2) {
        low = step < low ? low - step : 0;
        if (m_numbers[list.packets[low]] < number)
            break;
        high = low;
    }
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (m_numbers[list.packets[middle]] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

PacketId PacketIndex::find(std::uint32_t pathId, PacketNumberSpace space, std::uint64_t number) const
{
    PacketId found;
    forEachNumbered(pathId, space, number, number, [&](PacketId packet) { found = packet; });
    return found;
}

std::optional<Interval> PacketIndex::numberRange(std::uint32_t pathId, PacketNumberSpace space) const
{
    const Numbered* list = numbered(pathId, space);
    if (list == nullptr || list->packets.empty())
        return std::nullopt;
    return Interval{m_numbers[list->packets[0]], m_numbers[list->packets.back()]};
}

std::size_t PacketIndex::countOf(std::uint32_t pathId, PacketNumberSpace space) const
{
    const Numbered* list = numbered(pathId, space);
    return list == nullptr ? 0 : list->packets.size();
}

void PacketIndex::forEachRepeated(const std::function<void(PacketId, PacketId)>& visit) const
{
    for (const auto& [key, unused] : m_numbered) {
        const Numbered& list = *numbered(key.first, key.second); // sorts it if need be
        for (std::size_t i = 1; i < list.packets.size(); ++i) {
            if (m_numbers[list.packets[i]] == m_numbers[list.packets[i - 1]])
                visit(PacketId(list.packets[i - 1]), PacketId(list.packets[i]));
        }
    }
}

std::size_t PacketIndex::firstOfRow(RowId row) const
{
    std::size_t low = 0;
    std::size_t high = m_numbers.size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (RowId(m_rows[middle]) < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

std::vector<std::uint32_t> PacketIndex::pathIds() const
{
    std::vector<std::uint32_t> ids;
    for (const auto& [key, list] : m_numbered) {
        if (ids.empty() || ids.back() != key.first)
            ids.push_back(key.first);
    }
    return ids;
}

PacketId PacketIndex::packetOfRow(RowId row) const
{
    const std::size_t first = firstOfRow(row);
    return first < m_numbers.size() && RowId(m_rows[first]) == row ? PacketId(first) : PacketId();
}

std::uint64_t PacketIndex::bytesBeforeRow(RowId row) const
{
    const std::size_t first = firstOfRow(row);
    return first < m_numbers.size() ? bytesBefore(PacketId(first)) : m_totalBytes;
}

std::size_t PacketIndex::memoryBytes() const
{
    std::size_t bytes = m_numbers.memoryBytes() + m_attributes.memoryBytes() + m_rows.memoryBytes()
        + m_sizes.memoryBytes() + m_pathIds.memoryBytes() + m_ackedBy.memoryBytes() + m_bytesBeforeBlock.memoryBytes();
    for (const auto& [key, list] : m_numbered)
        bytes += list.packets.memoryBytes();
    return bytes;
}

} // namespace qlogscope
