// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/packetindex.h"

#include <algorithm>

namespace qlogscope {

namespace {
constexpr std::size_t bytesBlock = 16;
}

PacketId PacketIndex::append(const PacketFact& packet)
{
    const PacketId id(m_packets.size());
    if (id.value % bytesBlock == 0)
        m_bytesBeforeBlock.push_back(m_totalBytes);
    m_packets.push_back(packet);
    m_ackedBy.push_back(RowId::none);
    m_totalBytes += packet.sizeBytes;
    ++m_countsByType[static_cast<std::size_t>(packet.type)];
    m_anySizeInferred = m_anySizeInferred || (packet.flags & PacketSizeInferred) != 0;
    const PacketNumberSpace space = spaceOf(packet.type);
    if ((packet.flags & PacketNoNumber) != 0 || space == PacketNumberSpace::None)
        return id;

    Numbered& list = m_numbered[{packet.pathId, space}];
    const bool inOrder = list.packets.empty() || m_packets[list.packets.back()].number <= packet.number;
    list.packets.push_back(id.value);
    if (inOrder || !list.isSorted)
        return id;
    // received packets are reordered a little: put the number in its place, or sort at the next search
    constexpr std::size_t shiftLimit = 512;
    std::size_t position = list.packets.size() - 1;
    while (position > 0 && m_packets[list.packets[position - 1]].number > packet.number) {
        if (list.packets.size() - position > shiftLimit) {
            list.isSorted = false;
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
        std::sort(packets.begin(), packets.end(), [this](std::uint32_t a, std::uint32_t b) {
            const std::uint64_t numberA = m_packets[a].number;
            const std::uint64_t numberB = m_packets[b].number;
            return numberA != numberB ? numberA < numberB : a < b;
        });
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
        if (m_packets[list.packets[low]].number < number)
            break;
        high = low;
    }
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (m_packets[list.packets[middle]].number < number)
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

std::uint64_t PacketIndex::bytesBefore(PacketId packet) const
{
    const std::size_t block = packet.value / bytesBlock;
    std::uint64_t bytes = m_bytesBeforeBlock[block];
    for (std::size_t i = block * bytesBlock; i < packet.value; ++i)
        bytes += m_packets[i].sizeBytes;
    return bytes;
}

PacketId PacketIndex::packetOfRow(RowId row) const
{
    std::size_t low = 0;
    std::size_t high = m_packets.size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (m_packets[middle].row < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < m_packets.size() && m_packets[low].row == row ? PacketId(low) : PacketId();
}

std::size_t PacketIndex::memoryBytes() const
{
    std::size_t bytes = m_packets.memoryBytes() + m_ackedBy.memoryBytes() + m_bytesBeforeBlock.memoryBytes();
    for (const auto& [key, list] : m_numbered)
        bytes += list.packets.memoryBytes();
    return bytes;
}

} // namespace qlogscope
