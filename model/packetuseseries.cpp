// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/packetuseseries.h"

#include <numeric>

namespace qlogscope {

namespace {

// low: 8 bits header, 8 frame headers, 13 ACK, then flags; high: 16 data, 8 other frames, 7 unaccounted, then a flag
constexpr unsigned frameHeaderShift = 8;
constexpr unsigned ackShift = 16;
constexpr std::uint32_t ackLimit = std::uint32_t{1} << 13;
constexpr std::uint32_t tagFlag = std::uint32_t{1} << 29;
constexpr std::uint32_t datagramFlag = std::uint32_t{1} << 30;
constexpr std::uint32_t rareFlag = std::uint32_t{1} << 31;
constexpr unsigned otherShift = 16;
constexpr unsigned unaccountedShift = 24;
constexpr std::uint32_t repeatedFlag = std::uint32_t{1} << 31;
constexpr std::uint32_t tagBytes = 16;

bool isPlain(const PacketUses& uses)
{
    const auto of = [&uses](ByteUse use) { return uses[indexOf(use)]; };
    return of(ByteUse::PacketHeader) < 256 && of(ByteUse::FrameHeader) < 256 && of(ByteUse::Ack) < ackLimit
        && (of(ByteUse::Tag) == 0 || of(ByteUse::Tag) == tagBytes) && of(ByteUse::Application) < 65536 && of(ByteUse::Repeated) < 65536
        && (of(ByteUse::Application) == 0 || of(ByteUse::Repeated) == 0) && of(ByteUse::Other) < 256 && of(ByteUse::Unaccounted) < 128
        && of(ByteUse::Padding) == 0 && of(ByteUse::Crypto) == 0;
}

void addPlain(const PackedUses& item, PacketUseSums* sums)
{
    const auto add = [sums](ByteUse use, std::uint32_t bytes) { sums->bytes[indexOf(use)] += bytes; };
    add(ByteUse::PacketHeader, item.low & 0xffU);
    add(ByteUse::FrameHeader, item.low >> frameHeaderShift & 0xffU);
    add(ByteUse::Ack, item.low >> ackShift & (ackLimit - 1));
    add(ByteUse::Tag, (item.low & tagFlag) != 0 ? tagBytes : 0);
    add((item.high & repeatedFlag) != 0 ? ByteUse::Repeated : ByteUse::Application, item.high & 0xffffU);
    add(ByteUse::Other, item.high >> otherShift & 0xffU);
    add(ByteUse::Unaccounted, item.high >> unaccountedShift & 0x7fU);
}

} // namespace

std::uint64_t PacketUseSums::total() const { return std::accumulate(bytes.begin(), bytes.end(), std::uint64_t{0}); }

std::optional<double> PacketUseSums::applicationShare() const
{
    const std::uint64_t all = total();
    return all == 0 ? std::nullopt : std::optional(static_cast<double>(of(ByteUse::Application)) / static_cast<double>(all));
}

std::optional<double> PacketUseSums::datagramFill(std::uint64_t limitBytes) const
{
    if (datagrams == 0 || limitBytes == 0)
        return std::nullopt;
    return static_cast<double>(total()) / static_cast<double>(datagrams) / static_cast<double>(limitBytes);
}

void PacketUseTraits::addTo(std::span<const Item> items, Node* node) const
{
    node->packets += items.size();
    for (const Item& item : items) {
        node->datagrams += (item.low & datagramFlag) != 0 ? 1 : 0;
        if ((item.low & rareFlag) == 0) {
            addPlain(item, node);
            continue;
        }
        const PacketUses& uses = (*rare)[item.high];
        for (std::size_t i = 0; i < uses.size(); ++i)
            node->bytes[i] += uses[i];
    }
}

void PacketUseSeries::append(RowId row, const PacketUses& uses, bool beginsDatagram)
{
    const auto of = [&uses](ByteUse use) { return uses[indexOf(use)]; };
    PackedUses item;
    item.row = row;
    if (isPlain(uses)) {
        item.low = of(ByteUse::PacketHeader) | of(ByteUse::FrameHeader) << frameHeaderShift | of(ByteUse::Ack) << ackShift
            | (of(ByteUse::Tag) > 0 ? tagFlag : 0);
        item.high = of(ByteUse::Application) | of(ByteUse::Repeated) | of(ByteUse::Other) << otherShift
            | of(ByteUse::Unaccounted) << unaccountedShift | (of(ByteUse::Repeated) > 0 ? repeatedFlag : 0);
    } else {
        item.low = rareFlag;
        item.high = static_cast<std::uint32_t>(m_rare.size());
        m_rare.push_back(uses);
    }
    if (beginsDatagram)
        item.low |= datagramFlag;
    m_series.append(item);
    m_datagramBytes = (beginsDatagram ? 0 : m_datagramBytes) + std::accumulate(uses.begin(), uses.end(), std::uint64_t{0});
    m_largestDatagram = std::max(m_largestDatagram, m_datagramBytes);
}

PacketUseSums PacketUseSeries::sums(TimeRange range) const
{
    if (range.isEmpty())
        return {};
    return m_series.merged(m_series.lowerBound(range.beginNs), m_series.lowerBound(range.endNs));
}

} // namespace qlogscope
