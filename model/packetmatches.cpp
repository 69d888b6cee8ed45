// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/packetmatches.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace qlogscope {

namespace {

constexpr std::size_t sliceItems = 4096; // between two looks at the clock

bool isUnnumbered(PacketType type)
{
    return type == PacketType::Retry || type == PacketType::VersionNegotiation || type == PacketType::StatelessReset;
}

/// The first index at or after which numbers are not smaller, searched from a place nearby.
std::size_t lowerBound(const PacketIndex::Numbers& list, std::size_t near, std::uint64_t number)
{
    std::size_t low = std::min(near, list.size());
    std::size_t high = low;
    for (std::size_t step = 1; low > 0 && list.number(low - 1) >= number; step *= 2) {
        high = low - 1;
        low = step < low ? low - step : 0;
    }
    for (std::size_t step = 1; high < list.size() && list.number(high) < number; step *= 2) {
        low = high + 1;
        high = std::min(high + step, list.size());
    }
    while (low < high) {
        const std::size_t between = low + (high - low) / 2;
        if (list.number(between) < number)
            low = between + 1;
        else
            high = between;
    }
    return low;
}

bool hasNumber(const PacketIndex::Numbers& list, std::size_t index, std::uint64_t number)
{
    return index < list.size() && list.number(index) == number;
}

/// How many of a number there are from an index on.
std::size_t countFrom(const PacketIndex::Numbers& list, std::size_t index, std::uint64_t number)
{
    if (!hasNumber(list, index, number))
        return 0;
    const std::size_t end = number == std::numeric_limits<std::uint64_t>::max() ? list.size() : lowerBound(list, index + 1, number + 1);
    return end - index;
}

void growTo(Column<std::uint32_t>* column, std::size_t size)
{
    while (column->size() < size)
        column->push_back(PacketId::none);
}

} // namespace

PacketMatches::PacketMatches(const Trace& client, const Trace& server)
    : m_client(client)
    , m_server(server)
{
}

/// The two lists of a packet-number space, and the place of a number in each.
struct PacketMatches::Merge {
    PacketIndex::Numbers sent;
    PacketIndex::Numbers received;
    std::size_t sentAt = 0;
    std::size_t receivedAt = 0;
    std::uint64_t number = 0;

    /// Fast for ascending numbers.
    void goTo(std::uint64_t next)
    {
        number = next;
        sentAt = lowerBound(sent, sentAt, number);
        receivedAt = lowerBound(received, receivedAt, number);
    }
    [[nodiscard]] bool isReceived() const { return hasNumber(received, receivedAt, number); }
    [[nodiscard]] bool isSent() const { return hasNumber(sent, sentAt, number); }
    [[nodiscard]] bool isSentAgain() const { return hasNumber(sent, sentAt + 1, number); }
};

PacketMatches::Merge PacketMatches::mergeOf(Flow flow, const Number& number) const
{
    return {sentPackets(flow).numbers(number.pathId, number.space), receivedPackets(flow).numbers(number.pathId, number.space)};
}

bool PacketMatches::advance(std::int64_t milliseconds)
{
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
    beginAnewIfGrown();
    while (m_phase != Phase::Done) {
        step();
        if (m_phase != Phase::Done && std::chrono::steady_clock::now() >= end)
            return false;
    }
    return true;
}

void PacketMatches::finish()
{
    beginAnewIfGrown();
    while (m_phase != Phase::Done)
        step();
}

void PacketMatches::beginAnewIfGrown()
{
    if (m_clientRows == m_client.rowCount() && m_serverRows == m_server.rowCount())
        return;
    m_clientRows = m_client.rowCount();
    m_serverRows = m_server.rowCount();
    m_phase = Phase::Packets;
}

void PacketMatches::step()
{
    switch (m_phase) {
    case Phase::Packets:
        if (takePackets())
            return;
        if (!m_flows[0].resent.empty() || !m_flows[1].resent.empty())
            estimateClock(); // which sending was it?
        m_flow = Flow::ClientToServer;
        m_phase = Phase::Resent;
        beginFlow();
        return;
    case Phase::Resent:
        return resolveStep();
    case Phase::Lost:
        return countLostStep();
    case Phase::Unsent:
        return countUnsentStep();
    case Phase::Done:
        return;
    }
}

/// All sent packets before received ones: those find the receptions that are there, these what came for sendings of before.
bool PacketMatches::takePackets()
{
    for (const Flow flow : allFlows) {
        if (of(flow).sentTaken < sentPackets(flow).size()) {
            takeSent(flow);
            return true;
        }
    }
    for (const Flow flow : allFlows) {
        if (of(flow).receivedTaken < receivedPackets(flow).size()) {
            takeReceived(flow);
            return true;
        }
    }
    return false;
}

/// Packets with a number go to m_taken, sorted; the others are matched.
void PacketMatches::take(Flow flow, Direction direction, std::size_t begin, std::size_t end)
{
    const bool isSent = direction == Direction::Sent;
    const PacketIndex& packets = isSent ? sentPackets(flow) : receivedPackets(flow);
    const Column<std::uint32_t>& matched = isSent ? of(flow).receivedAs : of(flow).sentAs;
    m_taken.clear();
    for (std::size_t i = begin; i < end; ++i) {
        const PacketId packet(i);
        if (!packets.hasNumber(packet))
            takeUnnumbered(flow, direction, packet, packets.type(packet));
        else if (matched[i] == PacketId::none)
            m_taken.push_back({{packets.pathId(packet), spaceOf(packets.type(packet)), packets.number(packet)}, packet});
    }
    const auto precedes = [](const Taken& a, const Taken& b) { return a.number != b.number ? a.number < b.number : a.packet < b.packet; };
    if (!std::is_sorted(m_taken.begin(), m_taken.end(), precedes))
        std::sort(m_taken.begin(), m_taken.end(), precedes);
}

/// Merges what was taken with the packets of both ends: the visitor finds the merge at each number.
template <typename Visit> void PacketMatches::visitTaken(Flow flow, Visit visit)
{
    Merge merge;
    for (std::size_t i = 0; i < m_taken.size(); ++i) {
        const Number& number = m_taken[i].number;
        if (i == 0 || !number.isInSpaceOf(m_taken[i - 1].number))
            merge = mergeOf(flow, number);
        merge.goTo(number.number);
        visit(m_taken[i], merge);
    }
}

void PacketMatches::takeSent(Flow flow)
{
    FlowMatches& matches = of(flow);
    const std::size_t begin = matches.sentTaken;
    const std::size_t end = std::min(sentPackets(flow).size(), begin + sliceItems);
    growTo(&matches.receivedAs, end);
    take(flow, Direction::Sent, begin, end);
    visitTaken(flow, [&](const Taken& taken, const Merge& merge) {
        if (!merge.isReceived())
            return;
        if (merge.isSentAgain()) {
            matches.resent.insert(taken.number);
            return;
        }
        for (std::size_t at = merge.receivedAt; hasNumber(merge.received, at, taken.number.number); ++at)
            link(flow, taken.packet, merge.received.packet(at));
    });
    matches.sentTaken = end;
    for (std::size_t i = begin; i < end; ++i) {
        if (matches.receivedAs[i] == PacketId::none)
            matches.unmatchedSent.push_back(static_cast<std::uint32_t>(i));
    }
}

void PacketMatches::takeReceived(Flow flow)
{
    FlowMatches& matches = of(flow);
    const std::size_t begin = matches.receivedTaken;
    const std::size_t end = std::min(receivedPackets(flow).size(), begin + sliceItems);
    growTo(&matches.sentAs, end);
    take(flow, Direction::Received, begin, end);
    visitTaken(flow, [&](const Taken& taken, const Merge& merge) {
        if (merge.isSentAgain())
            matches.resent.insert(taken.number);
        else if (merge.isSent())
            link(flow, merge.sent.packet(merge.sentAt), taken.packet);
    });
    matches.receivedTaken = end;
    for (std::size_t i = begin; i < end; ++i) {
        if (matches.sentAs[i] == PacketId::none)
            matches.unmatchedReceived.push_back(static_cast<std::uint32_t>(i));
    }
}

void PacketMatches::takeUnnumbered(Flow flow, Direction direction, PacketId packet, PacketType type)
{
    if (!isUnnumbered(type))
        return;
    auto& [sent, received] = of(flow).unnumbered[static_cast<std::size_t>(type) - static_cast<std::size_t>(PacketType::Retry)];
    std::vector<std::uint32_t>& own = direction == Direction::Sent ? sent : received;
    own.push_back(packet.value);
    if (std::min(sent.size(), received.size()) == own.size()) // the other side has one of the same place in the order
        link(flow, PacketId(sent[own.size() - 1]), PacketId(received[own.size() - 1]));
}

void PacketMatches::link(Flow flow, PacketId sent, PacketId received)
{
    FlowMatches& matches = of(flow);
    growTo(&matches.receivedAs, sent.value + std::size_t{1});
    growTo(&matches.sentAs, received.value + std::size_t{1});
    matches.sentAs[received.value] = sent.value;
    std::uint32_t& first = matches.receivedAs[sent.value];
    if (first == PacketId::none) {
        ++matches.matched;
        if (!matches.lastMatched.isValid() || matches.lastMatched < sent)
            matches.lastMatched = sent;
        matches.firstMatched = std::min(matches.firstMatched, sent); // none is the greatest
        if (m_phase == Phase::Packets && sentPackets(flow).hasNumber(sent))
            noteDelay(flow, sent, received);
    }
    first = std::min(first, received.value);
}

void PacketMatches::unlink(Flow flow, PacketId sent)
{
    FlowMatches& matches = of(flow);
    if (matches.receivedAs[sent.value] == PacketId::none)
        return;
    matches.receivedAs[sent.value] = PacketId::none;
    --matches.matched;
    matches.unmatchedSent.push_back(sent.value);
    matches.isUnmatchedSorted = false;
}

/// Whatever its reception was before.
void PacketMatches::relink(Flow flow, PacketId sent, PacketId received)
{
    link(flow, sent, received);
    of(flow).receivedAs[sent.value] = received.value;
}

std::int64_t PacketMatches::sentNs(Flow flow, PacketId sent) const
{
    return sender(flow).events().timeNs(sentPackets(flow).row(sent));
}

std::int64_t PacketMatches::receivedNs(Flow flow, PacketId received) const
{
    return receiver(flow).events().timeNs(receivedPackets(flow).row(received));
}

void PacketMatches::noteDelay(Flow flow, PacketId sent, PacketId received)
{
    const RowId sentRow = sentPackets(flow).row(sent);
    const RowId receivedRow = receivedPackets(flow).row(received);
    if (((sender(flow).events().flags(sentRow) | receiver(flow).events().flags(receivedRow)) & RowNoTime) != 0)
        return;
    const std::int64_t sentAtNs = sender(flow).events().timeNs(sentRow);
    const std::int64_t receivedAtNs = receiver(flow).events().timeNs(receivedRow);
    m_clock.add(flow, sentAtNs, receivedAtNs);
    std::int64_t delay = 0;
    if (__builtin_sub_overflow(receivedAtNs, sentAtNs, &delay))
        return;
    of(flow).shortestNs = std::min(of(flow).shortestNs, delay);
    of(flow).longestNs = std::max(of(flow).longestNs, delay);
}

void PacketMatches::estimateClock()
{
    m_clock.estimate(clockFactsOf(m_client, m_server), {m_flows[0].matched, m_flows[1].matched});
}

void PacketMatches::beginFlow()
{
    FlowMatches& matches = of(m_flow);
    m_resent = matches.resent.begin();
    m_position = 0;
    m_counts = {};
    matches.covered = receiver(m_flow).timeRange();
    for (const CloseFact& close : receiver(m_flow).closes()) // what is at the time of the close is covered
        matches.covered.endNs = std::min(matches.covered.endNs, receiver(m_flow).events().timeNs(close.row) + 1);
    if (m_resent != matches.resent.end())
        beginResolution();
}

void PacketMatches::nextFlow()
{
    if (m_flow == Flow::ClientToServer) {
        m_flow = Flow::ServerToClient;
        m_phase = Phase::Resent;
        beginFlow();
        return;
    }
    estimateClock();
    m_phase = Phase::Done;
}

void PacketMatches::beginResolution()
{
    Merge merge = mergeOf(m_flow, *m_resent);
    merge.goTo(m_resent->number);
    m_resolution = {merge.sent, merge.received, merge.sentAt, merge.receivedAt};
    m_resolution.sendings = countFrom(merge.sent, merge.sentAt, merge.number);
    m_resolution.receptions = countFrom(merge.received, merge.receivedAt, merge.number);
}

/// From the last reception back: each takes the last sending that is left and was not after it.
void PacketMatches::resolveStep()
{
    FlowMatches& matches = of(m_flow);
    for (std::size_t i = 0; i < sliceItems && m_resent != matches.resent.end(); ++i) {
        Resolution& left = m_resolution;
        const auto sending = [&](std::size_t index) { return left.sent.packet(left.firstSent + index); };
        const auto reception = [&](std::size_t index) { return left.received.packet(left.firstReceived + index); };
        const auto isTooLate = [&] {
            return m_clock.isBeforeSending(m_flow, sentNs(m_flow, sending(left.sendings - 1)),
                                           receivedNs(m_flow, reception(left.receptions - 1)));
        };
        if (left.receptions == 0 && left.sendings == 0) {
            if (++m_resent != matches.resent.end())
                beginResolution();
        } else if (left.receptions == 0 || (left.sendings > 1 && isTooLate())) {
            unlink(m_flow, sending(--left.sendings));
        } else {
            const PacketId received = reception(--left.receptions);
            if (left.sendings > 0)
                relink(m_flow, sending(--left.sendings), received);
            else
                link(m_flow, sending(0), received);
        }
    }
    if (m_resent == matches.resent.end())
        m_phase = Phase::Lost;
}

void PacketMatches::countLostStep()
{
    FlowMatches& matches = of(m_flow);
    std::vector<std::uint32_t>& unmatched = matches.unmatchedSent;
    if (!matches.isUnmatchedSorted) {
        std::sort(unmatched.begin(), unmatched.end());
        unmatched.erase(std::unique(unmatched.begin(), unmatched.end()), unmatched.end());
        matches.isUnmatchedSorted = true;
    }
    const std::size_t end = std::min(unmatched.size(), m_position + sliceItems);
    for (; m_position < end; ++m_position) {
        const PacketFate what = fate(m_flow, PacketId(unmatched[m_position]));
        m_counts.lost += what == PacketFate::Lost ? 1 : 0;
        m_counts.unknown += what == PacketFate::Unknown ? 1 : 0;
    }
    if (m_position < unmatched.size())
        return;
    if (m_counts.lost + m_counts.unknown < unmatched.size() / 2)
        std::erase_if(unmatched, [&](std::uint32_t sent) { return matches.receivedAs[sent] != PacketId::none; });
    m_position = 0;
    m_phase = Phase::Unsent;
}

void PacketMatches::countUnsentStep()
{
    FlowMatches& matches = of(m_flow);
    std::vector<std::uint32_t>& unmatched = matches.unmatchedReceived;
    const std::size_t end = std::min(unmatched.size(), m_position + sliceItems);
    for (; m_position < end; ++m_position)
        m_counts.unsent += matches.sentAs[unmatched[m_position]] == PacketId::none ? 1 : 0;
    if (m_position < unmatched.size())
        return;
    if (m_counts.unsent < unmatched.size() / 2)
        std::erase_if(unmatched, [&](std::uint32_t received) { return matches.sentAs[received] != PacketId::none; });
    m_counts.matched = matches.matched;
    m_counts.duplicates = matches.receivedTaken - m_counts.unsent - m_counts.matched;
    matches.counts = m_counts;
    nextFlow();
}

PacketId PacketMatches::receivedAs(Flow flow, PacketId sent) const
{
    const Column<std::uint32_t>& column = of(flow).receivedAs;
    return sent.value < column.size() ? PacketId(column[sent.value]) : PacketId();
}

PacketId PacketMatches::sentAs(Flow flow, PacketId received) const
{
    const Column<std::uint32_t>& column = of(flow).sentAs;
    return received.value < column.size() ? PacketId(column[received.value]) : PacketId();
}

bool PacketMatches::isDuplicate(Flow flow, PacketId received) const
{
    const PacketId sent = sentAs(flow, received);
    return sent.isValid() && receivedAs(flow, sent) != received;
}

PacketFate PacketMatches::fate(Flow flow, PacketId sent) const
{
    if (receivedAs(flow, sent).isValid())
        return PacketFate::Received;
    const FlowMatches& matches = of(flow);
    const PacketIndex& packets = sentPackets(flow);
    const PacketType type = packets.type(sent);
    const bool canBeTold = packets.hasNumber(sent) || isUnnumbered(type);
    if (sent.value >= matches.sentTaken || !canBeTold || receivedPackets(flow).countsByType()[static_cast<std::size_t>(type)] == 0)
        return PacketFate::Unknown;
    return isCovered(flow, sent) ? PacketFate::Lost : PacketFate::Unknown;
}

/// That it would have arrived while the receiver wrote its log.
bool PacketMatches::isCovered(Flow flow, PacketId sent) const
{
    const FlowMatches& matches = of(flow);
    if (matches.covered.isEmpty() || matches.longestNs < matches.shortestNs)
        return false;
    const auto isArrivalCovered = [&](std::int64_t delayNs) {
        std::int64_t arrival = 0;
        return !__builtin_add_overflow(sentNs(flow, sent), delayNs, &arrival) && matches.covered.contains(arrival);
    };
    const bool isAfterBegin = matches.firstMatched < sent || isArrivalCovered(matches.shortestNs);
    const bool isBeforeEnd = sent < matches.lastMatched || isArrivalCovered(matches.longestNs);
    return isAfterBegin && isBeforeEnd;
}

const PacketMatches::Counts& PacketMatches::counts(Flow flow) const
{
    return of(flow).counts;
}

const std::vector<std::uint32_t>& PacketMatches::unmatchedSent(Flow flow) const
{
    return of(flow).unmatchedSent;
}

std::size_t PacketMatches::memoryBytes() const
{
    std::size_t bytes = m_taken.capacity() * sizeof(Taken);
    for (const FlowMatches& matches : m_flows) {
        bytes += matches.receivedAs.memoryBytes() + matches.sentAs.memoryBytes();
        bytes += (matches.unmatchedSent.capacity() + matches.unmatchedReceived.capacity()) * sizeof(std::uint32_t);
    }
    return bytes;
}

} // namespace qlogscope
