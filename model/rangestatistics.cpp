// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rangestatistics.h"

#include "model/lossmarks.h"

#include <algorithm>
#include <set>
#include <vector>

namespace qlogscope {

namespace {

/// What counts for the loss rate.
std::set<PacketId> countedLosses(const Trace& trace, const DerivedSeries& derived)
{
    const PacketIndex& packets = trace.packets(Direction::Sent);
    std::set<PacketId> lost;
    for (const LossMark& mark : lossMarks(trace)) {
        if (mark.packet.isValid() && !mark.isMtuProbe && (packets.flags(mark.packet) & PacketMtuProbe) == 0)
            lost.insert(mark.packet);
    }
    for (const FlightEstimate::Loss& loss : derived.flight().losses()) {
        if (!packets.ackedBy(loss.packet).isValid())
            lost.insert(loss.packet);
    }
    for (const LossMark& mark : spuriousMarks(trace))
        lost.erase(mark.packet);
    return lost;
}

std::optional<RangeStatistics::Rtt> rttOf(const Series& samples, TimeRange range)
{
    std::vector<std::int64_t> values;
    const std::size_t end = samples.lowerBound(range.endNs);
    for (std::size_t i = samples.lowerBound(range.beginNs); i < end; ++i)
        values.push_back(samples.value(i));
    if (values.empty())
        return std::nullopt;
    std::sort(values.begin(), values.end());
    const auto nearestRank = [&values](std::size_t percent) { return values[(values.size() * percent + 99) / 100 - 1]; };
    return RangeStatistics::Rtt{values.size(), values.front(), nearestRank(50), nearestRank(95), values.back()};
}

} // namespace

std::optional<double> RangeStatistics::lossShare() const
{
    if (!lostPackets || ackElicitingPackets == 0)
        return std::nullopt;
    return static_cast<double>(*lostPackets) / static_cast<double>(ackElicitingPackets);
}

std::optional<double> RangeStatistics::packetsPerAck() const
{
    return acks == 0 ? std::nullopt : std::optional(static_cast<double>(packets) / static_cast<double>(acks));
}

RangeStatistics rangeStatistics(const Trace& trace, const DerivedSeries& derived, Direction direction, TimeRange range)
{
    RangeStatistics result;
    if (range.isEmpty())
        return result;
    const auto forEachPacketOf = [&](Direction of, auto visit) {
        const SentBars& bars = trace.sentBars(of);
        const std::size_t end = bars.lowerBound(range.endNs);
        for (std::size_t i = bars.lowerBound(range.beginNs); i < end; ++i)
            visit(trace.packets(of), bars.packet(i));
    };
    const bool isSent = direction == Direction::Sent;
    const std::set<PacketId> lost = isSent ? countedLosses(trace, derived) : std::set<PacketId>();
    const bool areLossesKnown = logsLosses(trace.header().writer) || trace.packetsLost() > 0 || trace.packetsAcked(Direction::Sent) > 0;
    if (isSent && areLossesKnown && trace.role() != Role::Network)
        result.lostPackets = 0;
    result.areSizesInferred = trace.packets(direction).anySizeInferred();
    result.areLengthsInferred = trace.streams().anyLengthInferred();
    result.areLossesInferred = isSent && !derived.flight().losses().empty();
    forEachPacketOf(direction, [&](const PacketIndex& packets, PacketId id) {
        ++result.packets;
        const bool areFramesLogged = (packets.flags(id) & PacketFramesLogged) != 0;
        result.ackElicitingPackets += !areFramesLogged || isAckEliciting(packets.frameMask(id)) ? 1 : 0;
        if (result.lostPackets && lost.contains(id))
            ++*result.lostPackets;
    });
    constexpr auto ackFrames = std::uint64_t{1} << static_cast<unsigned>(FrameKind::Ack) | std::uint64_t{1} << static_cast<unsigned>(FrameKind::PathAck);
    forEachPacketOf(isSent ? Direction::Received : Direction::Sent, [&](const PacketIndex& packets, PacketId id) {
        result.acks += (packets.frameMask(id) & ackFrames) != 0 ? 1 : 0;
    });
    result.bytes = derived.rates().packetBytesIn(direction, range);
    result.bitsPerSecond = bitsPerSecond(result.bytes, range.lengthNs());
    if (derived.rates().hasGoodput(direction))
        result.goodputBitsPerSecond = bitsPerSecond(derived.rates().streamBytesIn(direction, range), range.lengthNs());
    result.rtt = rttOf(derived.rtt().samples(), range);
    return result;
}

} // namespace qlogscope
