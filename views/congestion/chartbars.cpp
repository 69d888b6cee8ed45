// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/chartbars.h"

#include "model/lossmarks.h"

#include <QElapsedTimer>

#include <algorithm>
#include <tuple>

namespace qlogscope {

namespace {

struct Loss {
    std::int64_t timeNs = 0;
    RowId row;
    PacketId packet;
};

/// Of both kinds, in the order of time.
std::vector<Loss> allLosses(const Trace& trace, const std::vector<FlightEstimate::Loss>& inferred)
{
    std::vector<Loss> losses;
    const LostBars& logged = trace.lostBars();
    for (std::size_t i = 0; i < logged.size(); ++i)
        losses.push_back({logged.timeNs(i), logged.row(i), logged.packet(i)});
    for (const FlightEstimate::Loss& loss : inferred) {
        if (!trace.lostBy(loss.packet).isValid()) // the log names it itself
            losses.push_back({trace.events().timeNs(loss.row), loss.row, loss.packet});
    }
    std::sort(losses.begin(), losses.end(), [](const Loss& x, const Loss& y) {
        return std::tuple(x.timeNs, x.row, x.packet.value) < std::tuple(y.timeNs, y.row, y.packet.value);
    });
    return losses;
}

} // namespace

ChartBars::ChartBars(const Trace& trace, const BarChoice& choice, const RowFilter* filter)
    : m_trace(trace)
    , m_choice(choice)
    , m_filter(filter)
    , m_bars{ScaledBars(&trace.events(), {&packets(Sent), &trace.streams(), choice.scale}),
             ScaledBars(&trace.events(), {&packets(Acked), &trace.streams(), choice.scale}),
             ScaledBars(&trace.events(), {&packets(Lost), &trace.streams(), choice.scale}),
             ScaledBars(&trace.events(), {&packets(Spurious), &trace.streams(), choice.scale})}
    , m_strip(&trace.events(), {&packets(Lost), &trace.streams(), BarScale::WireBytes})
{
}

bool ChartBars::isOwn(Kind kind) const
{
    if (kind == Spurious || (kind == Lost && m_areLossesInferred))
        return true;
    return m_filter != nullptr || m_choice.scale != BarScale::WireBytes || m_choice.path;
}

/// Rows come nearly in order: the answer is near the one before.
bool ChartBars::accepts(RowId row, std::size_t* hint) const
{
    const Column<RowId>& rows = m_filter->rows();
    constexpr int mostSteps = 32;
    std::size_t index = *hint;
    if (index > rows.size() || (index > 0 && rows[index - 1] >= row))
        index = m_filter->lowerBound(row);
    for (int step = 0; index < rows.size() && rows[index] < row; ++index) {
        if (++step > mostSteps) {
            index = m_filter->lowerBound(row);
            break;
        }
    }
    *hint = index;
    return index < rows.size() && rows[index] == row;
}

bool ChartBars::isChosen(PacketId packet, RowId packetRow, RowId row, const PacketIndex& packets, Progress* progress) const
{
    if (m_choice.path && packets.pathId(packet) != *m_choice.path)
        return false;
    return m_filter == nullptr || accepts(packetRow, &progress->packetHint) || accepts(row, &progress->rowHint);
}

/// What a packet is on the scale: one bar, or one for each of its STREAM frames.
void ChartBars::add(Kind kind, PacketId packet, RowId row, Progress* progress)
{
    const PacketIndex& from = packets(kind);
    ScaledBars& bars = m_bars[kind];
    if (m_choice.scale != BarScale::StreamOffset) {
        const bool hasHeight = m_choice.scale == BarScale::WireBytes ? from.sizeBytes(packet) > 0 : (from.flags(packet) & PacketNoNumber) == 0;
        if (hasHeight)
            bars.appendInOrder({packet.value, row});
        return;
    }
    const StreamIndex& streams = m_trace.streams();
    const RowId packetRow = from.row(packet);
    std::size_t& i = progress->rangeHint;
    for (i = streams.firstRangeOf(packetRow, i); i < streams.rangeCount() && streams.rangeRow(i) == packetRow; ++i) {
        const bool isChosenStream = !m_choice.stream || streams.rangeStream(i) == *m_choice.stream;
        if (isChosenStream && streams.rangeOffset(i).second > 0)
            bars.appendInOrder({static_cast<std::uint32_t>(i), row});
    }
}

/// @return how many were looked at
template <typename Bars> std::size_t ChartBars::take(const Bars& from, Kind kind, std::size_t limit)
{
    if (!isOwn(kind))
        return 0;
    Progress& progress = m_progress[kind];
    const std::size_t begin = progress.next;
    const std::size_t end = std::min(from.size(), begin + limit);
    if (m_filter == nullptr && !m_choice.path && m_choice.scale != BarScale::WireBytes && (kind == Sent || kind == Acked)) {
        takeAll(from, kind, begin, end);
        progress.next = end;
        return end - begin;
    }
    const PacketIndex& packets = this->packets(kind);
    for (; progress.next < end; ++progress.next) {
        const PacketId packet = from.packet(progress.next);
        const RowId row = from.row(progress.next);
        const RowId packetRow = packets.row(packet);
        if (m_filter != nullptr && std::max(packetRow.value, row.value) >= m_filter->judgedTo())
            break; // not judged yet
        if (!isChosen(packet, packetRow, row, packets, &progress))
            continue;
        add(kind, packet, row, &progress);
        if (kind == Lost && m_filter != nullptr)
            m_strip.appendInOrder({packet.value, row});
    }
    return progress.next - begin;
}

/// Without looking at more of the packets than is needed: there may be millions.
template <typename Bars> void ChartBars::takeAll(const Bars& from, Kind kind, std::size_t begin, std::size_t end)
{
    PacketIndex::Reader packets(this->packets(kind));
    StreamIndex::Reader ranges(m_trace.streams());
    std::vector<ScaledBar> bars;
    bars.reserve(end - begin);
    const auto takeNumber = [&](PacketId packet, RowId row) {
        if ((packets.flags(packet) & PacketNoNumber) == 0)
            bars.push_back({packet.value, row});
    };
    const auto takeRanges = [&](PacketId packet, RowId row) {
        const RowId packetRow = packets.row(packet);
        const StreamIndex& streams = m_trace.streams();
        std::size_t& i = m_progress[kind].rangeHint;
        const bool isNext = i < streams.rangeCount() && ranges.row(i) == packetRow && (i == 0 || ranges.row(i - 1) != packetRow);
        for (i = isNext ? i : streams.firstRangeOf(packetRow, i); i < streams.rangeCount() && ranges.row(i) == packetRow; ++i) {
            const bool isChosenStream = !m_choice.stream || streams.rangeStream(i) == *m_choice.stream;
            if (isChosenStream && ranges.length(i) > 0)
                bars.push_back({static_cast<std::uint32_t>(i), row});
        }
    };
    from.forEachRun(begin, end, [&](const auto& items) {
        for (const auto& item : items) {
            const PacketId packet = from.traits().packetOf(item);
            const RowId row = kind == Sent ? packets.row(packet) : packets.ackedBy(packet);
            if (m_choice.scale == BarScale::PacketNumber)
                takeNumber(packet, row);
            else
                takeRanges(packet, row);
        }
    });
    m_bars[kind].appendInOrder(bars);
}

/// Where some are inferred (by a writer that logs none, or not all of them) they are put in order anew when there are more: they are few.
std::size_t ChartBars::takeLosses(const DerivedSeries* derived, std::size_t limit)
{
    if (derived == nullptr || derived->flight().losses().empty())
        return take(m_trace.lostBars(), Lost, limit);
    const LossKey key{m_trace.lostBars().size(), derived->flight().losses().size(), m_filter != nullptr ? m_filter->judgedTo() : 0};
    if (key == m_lossKey)
        return 0;
    m_lossKey = key;
    m_areLossesInferred = true;
    m_bars[Lost] = ScaledBars(&m_trace.events(), m_bars[Lost].traits());
    m_strip = ScaledBars(&m_trace.events(), m_strip.traits());
    const PacketIndex& packets = this->packets(Lost);
    Progress progress;
    for (const Loss& loss : allLosses(m_trace, derived->flight().losses())) {
        if (!isChosen(loss.packet, packets.row(loss.packet), loss.row, packets, &progress))
            continue;
        add(Lost, loss.packet, loss.row, &progress);
        m_strip.appendInOrder({loss.packet.value, loss.row});
    }
    return 1;
}

/// A loss is spurious at the ACK that covers the packet all the same: few, but they may be of any earlier loss.
void ChartBars::findSpurious(const DerivedSeries* derived)
{
    const std::vector<FlightEstimate::Loss> none;
    const std::vector<FlightEstimate::Loss>& inferred = m_areLossesInferred && derived != nullptr ? derived->flight().losses() : none;
    const SpuriousKey key{m_trace.packetsSpurious(), inferred.size(), inferred.empty() ? 0 : m_trace.packetsAcked(Direction::Sent),
                          m_filter != nullptr && m_trace.packetsSpurious() > 0 ? m_filter->judgedTo() : 0};
    if (key == m_spuriousKey)
        return;
    m_spuriousKey = key;
    std::vector<LossMark> marks = key.spurious > 0 ? spuriousMarks(m_trace) : std::vector<LossMark>();
    const PacketIndex& packets = this->packets(Spurious);
    for (const FlightEstimate::Loss& loss : inferred) {
        if (const RowId acked = packets.ackedBy(loss.packet); acked.isValid() && acked > loss.row && !m_trace.lostBy(loss.packet).isValid())
            marks.push_back({acked, loss.packet, packets.number(loss.packet), packets.pathId(loss.packet), PacketNumberSpace::Application, false, true});
    }
    sortByTime(m_trace.events(), &marks);
    m_bars[Spurious] = ScaledBars(&m_trace.events(), m_bars[Spurious].traits());
    Progress progress;
    for (const LossMark& mark : marks) {
        if (mark.packet.isValid() && isChosen(mark.packet, packets.row(mark.packet), mark.row, packets, &progress))
            add(Spurious, mark.packet, mark.row, &progress);
    }
}

bool ChartBars::advance(std::int64_t milliseconds, const DerivedSeries* derived)
{
    constexpr std::size_t step = 16'384;
    QElapsedTimer clock;
    clock.start();
    const SentBars& sent = m_trace.sentBars(m_choice.direction);
    const AckedBars& acked = m_trace.ackedBars(m_choice.direction);
    sent.ensureSorted();
    acked.ensureSorted();
    m_trace.lostBars().ensureSorted();
    while (take(sent, Sent, step) + take(acked, Acked, step) + takeLosses(derived, step) > 0) {
        if (clock.elapsed() >= milliseconds)
            return false;
    }
    findSpurious(derived);
    return true;
}

} // namespace qlogscope
