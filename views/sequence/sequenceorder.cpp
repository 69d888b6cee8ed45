// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/sequence/sequenceorder.h"

#include <QCoreApplication>
#include <QElapsedTimer>

#include <algorithm>
#include <numeric>

namespace qlogscope {

namespace {

struct OrderWords {
    Q_DECLARE_TR_FUNCTIONS(SequenceView)
};

bool isWithin(EventKind kind, EventKind first, EventKind last) { return kind >= first && kind <= last; }

} // namespace

SequenceCategory categoryOf(EventKind kind)
{
    switch (kind) {
    case EventKind::PacketSent:
    case EventKind::PacketReceived:
    case EventKind::PacketLost:
    case EventKind::SpuriousLoss:
    case EventKind::PacketDropped:
        return SequenceCategory::Packet;
    case EventKind::KeyUpdated:
    case EventKind::KeyDiscarded:
        return SequenceCategory::Security;
    case EventKind::SimulationScenario:
    case EventKind::SimulationMarker:
        return SequenceCategory::Log;
    case EventKind::StreamStateUpdated:
    case EventKind::FramesCreated:
    case EventKind::FramesParsed:
    case EventKind::FramesProcessed:
    case EventKind::StreamDataMoved:
    case EventKind::DatagramDataMoved:
    case EventKind::ConnectionDataBlockedUpdated:
    case EventKind::StreamDataBlockedUpdated:
    case EventKind::DatagramDataBlockedUpdated:
        return SequenceCategory::Streams;
    default:
        break;
    }
    if (isWithin(kind, EventKind::ServerListening, EventKind::ParametersRestored))
        return SequenceCategory::Connection;
    if (isWithin(kind, EventKind::RecoveryParametersSet, EventKind::EcnStateUpdated))
        return SequenceCategory::Recovery;
    if (isWithin(kind, EventKind::Http3ParametersSet, EventKind::QpackInstructionParsed))
        return SequenceCategory::Http;
    if (isWithin(kind, EventKind::LogError, EventKind::LogVerbose))
        return SequenceCategory::Log;
    return SequenceCategory::Other;
}

QString nameOf(SequenceCategory category)
{
    switch (category) {
    case SequenceCategory::Connection:
        return OrderWords::tr("Connection");
    case SequenceCategory::Security:
        return OrderWords::tr("Keys");
    case SequenceCategory::Recovery:
        return OrderWords::tr("Recovery metrics and timers");
    case SequenceCategory::Http:
        return OrderWords::tr("HTTP/3 and QPACK");
    case SequenceCategory::Streams:
        return OrderWords::tr("Streams and frames");
    case SequenceCategory::Log:
        return OrderWords::tr("Messages");
    case SequenceCategory::Other:
        return OrderWords::tr("Other events");
    case SequenceCategory::Packet:
        break;
    }
    return OrderWords::tr("Packets");
}

void SequenceOrder::clear()
{
    m_traces = nullptr;
    m_filter = nullptr;
    m_sources = {};
    m_entries = {};
}

void SequenceOrder::begin(const SequenceTraces* traces, const CategorySet& categories, const RowFilter* filter)
{
    clear();
    m_traces = traces;
    m_categories = categories;
    m_filter = filter;
    for (const Side side : bothSides) {
        if (!traces->isIn(side))
            continue;
        Source& source = m_sources[indexOf(side)];
        source.trace = &traces->trace(side).get();
        source.document = traces->trace(side).document;
    }
    m_slackNs = traces->isMatched() ? traces->matches()->clock().resolutionNs() : 0;
    chooseBreak();
}

/// Longer than nearly all times between two rows, and than an RTT and a half: then nothing was under way.
void SequenceOrder::chooseBreak()
{
    constexpr std::int64_t least = 1'000'000;
    constexpr std::size_t looks = 4096;
    m_breakNs = least;
    for (const Source& source : m_sources) {
        if (source.trace == nullptr || source.trace->rowCount() < 2)
            continue;
        std::vector<std::int64_t> gaps;
        const std::size_t count = source.trace->rowCount() - 1;
        for (std::size_t i = 0; i < std::min(count, looks); ++i) {
            const std::size_t index = i * (count / std::min(count, looks));
            const EventStore& events = source.trace->events();
            gaps.push_back(saturatedSum(events.timeNs(source.trace->row(index + 1)), -events.timeNs(source.trace->row(index))));
        }
        const auto nearlyAll = gaps.begin() + static_cast<std::ptrdiff_t>((gaps.size() - 1) * 95 / 100);
        std::nth_element(gaps.begin(), nearlyAll, gaps.end());
        const Series& rtt = source.trace->metric(MetricKind::SmoothedRtt);
        const std::int64_t roundTrip = rtt.empty() ? 0 : rtt.extremes().min;
        m_breakNs = std::max({m_breakNs, *nearlyAll, roundTrip + roundTrip / 2});
    }
}

RowId SequenceOrder::rowAt(const Source& source, std::size_t index) const
{
    return source.trace->row(source.byTime.empty() ? index : source.byTime[index]);
}

bool SequenceOrder::isShown(const Source& source, RowId row) const
{
    const NameId name = source.document->events().name(row);
    const bool isShownName = name.isValid() ? source.isShownName[name.value] != 0 : m_categories[static_cast<std::size_t>(SequenceCategory::Other)];
    return isShownName && (m_filter == nullptr || m_filter->document() != source.document || m_filter->accepts(row));
}

/// Sees rows and names that are new.
void SequenceOrder::look(Source* source)
{
    const NameTable& names = source->document->names();
    for (std::size_t i = source->isShownName.size(); i < names.size(); ++i) {
        const SequenceCategory category = categoryOf(names[NameId(i)].kind);
        source->isShownName.push_back(category == SequenceCategory::Packet || m_categories[static_cast<std::size_t>(category)] ? 1 : 0);
    }
    if (source->rows == source->trace->rowCount())
        return;
    const bool isNew = source->rows > 0;
    const std::size_t before = source->rows;
    source->rows = source->trace->rowCount();
    if (!source->trace->areRowsInOrder()) {
        source->byTime.resize(source->rows);
        std::iota(source->byTime.begin(), source->byTime.end(), 0U);
        std::stable_sort(source->byTime.begin(), source->byTime.end(), [source](std::uint32_t a, std::uint32_t b) {
            const EventStore& events = source->trace->events();
            return events.timeNs(source->trace->row(a)) < events.timeNs(source->trace->row(b));
        });
        takeBack(INT64_MIN);
    } else if (isNew) {
        takeBack(m_traces->axisNs(source == &m_sources[0] ? Side::Left : Side::Right, source->trace->row(before)));
    }
}

/// Later rows belong before some entries: those are taken again.
void SequenceOrder::takeBack(std::int64_t axisNs)
{
    const std::size_t keep = axisNs == INT64_MIN ? 0 : lowerBound(saturatedSum(axisNs, -2 * m_slackNs));
    std::array<RowId, 2> first; // of each end that is taken back
    for (std::size_t i = m_entries.size(); i > keep; --i) {
        if (const Entry entry = (*this)[i - 1]; !entry.isBreak)
            first[indexOf(entry.side)] = entry.row;
    }
    m_entries.truncate(keep);
    m_lastNs = keep > 0 ? this->axisNs(keep - 1) : 0;
    for (const Side side : bothSides) {
        Source& source = m_sources[indexOf(side)];
        if (source.trace == nullptr || (!first[indexOf(side)].isValid() && keep > 0))
            continue;
        source.row = {};
        source.next = keep > 0 ? indexOfRow(source, first[indexOf(side)]) : 0;
    }
}

std::size_t SequenceOrder::indexOfRow(const Source& source, RowId row) const
{
    const EventStore& events = source.document->events();
    std::size_t low = 0;
    std::size_t high = source.rows;
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        const RowId there = rowAt(source, middle);
        if (source.byTime.empty() ? there < row : events.timeNs(there) < events.timeNs(row))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void SequenceOrder::findNext(Source* source, Side side)
{
    source->row = {};
    while (source->next < source->rows) {
        const RowId row = rowAt(*source, source->next++);
        if (isShown(*source, row)) {
            source->row = row;
            source->axisNs = m_traces->axisNs(side, row);
            return;
        }
    }
}

void SequenceOrder::append(Side side)
{
    const Source& source = m_sources[indexOf(side)];
    if (!m_entries.empty() && saturatedSum(source.axisNs, -m_lastNs) > m_breakNs)
        m_entries.push_back(breakEntry);
    m_lastNs = source.axisNs;
    m_entries.push_back(source.row.value | (side == Side::Right ? rightBit : 0U));
}

/// The earlier one; but a reception does not come before its sending where only the coarseness of the clocks says so.
Side SequenceOrder::nextSide() const
{
    const Source& left = m_sources[0];
    const Source& right = m_sources[1];
    if (!left.row.isValid() || !right.row.isValid())
        return left.row.isValid() ? Side::Left : Side::Right;
    const Side earlier = left.axisNs <= right.axisNs ? Side::Left : Side::Right;
    const Source& first = earlier == Side::Left ? left : right;
    const Source& second = earlier == Side::Left ? right : left;
    if (saturatedSum(second.axisNs, -first.axisNs) > m_slackNs)
        return earlier;
    const std::optional<SequencePacket> packet = m_traces->packetOf(earlier, first.row);
    if (!packet || packet->direction != Direction::Received)
        return earlier;
    const RowId sent = m_traces->counterpart(earlier, *packet);
    const bool isYetToCome = sent.isValid() && sent >= second.row && saturatedSum(m_traces->axisNs(otherSide(earlier), sent), -first.axisNs) <= m_slackNs;
    return isYetToCome ? otherSide(earlier) : earlier;
}

bool SequenceOrder::advance(std::int64_t milliseconds)
{
    if (m_traces == nullptr)
        return true;
    constexpr int step = 4096;
    QElapsedTimer clock;
    clock.start();
    for (Source& source : m_sources) {
        if (source.trace != nullptr)
            look(&source);
    }
    Source& left = m_sources[0];
    Source& right = m_sources[1];
    do {
        for (int i = 0; i < step; ++i) {
            if (left.trace != nullptr && !left.row.isValid())
                findNext(&left, Side::Left);
            if (right.trace != nullptr && !right.row.isValid())
                findNext(&right, Side::Right);
            if (!left.row.isValid() && !right.row.isValid())
                return true;
            const Side side = nextSide();
            append(side);
            m_sources[indexOf(side)].row = {};
        }
    } while (clock.elapsed() < milliseconds);
    return false;
}

SequenceOrder::Entry SequenceOrder::operator[](std::size_t index) const
{
    const std::uint32_t entry = m_entries[index];
    if (entry == breakEntry)
        return {true, Side::Left, RowId()};
    return {false, (entry & rightBit) != 0 ? Side::Right : Side::Left, RowId(entry & ~rightBit)};
}

std::int64_t SequenceOrder::axisNs(std::size_t index) const
{
    Entry entry = (*this)[index];
    if (entry.isBreak)
        entry = (*this)[index + 1];
    return m_traces->axisNs(entry.side, entry.row);
}

std::int64_t SequenceOrder::gapNs(std::size_t index) const { return saturatedSum(axisNs(index + 1), -axisNs(index - 1)); }

std::size_t SequenceOrder::lowerBound(std::int64_t axisNs) const
{
    std::size_t low = 0;
    std::size_t high = m_entries.size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (this->axisNs(middle) < axisNs)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

std::size_t SequenceOrder::positionOf(Side side, RowId row) const
{
    if (m_entries.empty())
        return 0;
    const std::int64_t time = m_traces->axisNs(side, row);
    const std::size_t first = m_slackNs > 0 ? lowerBound(saturatedSum(time, -2 * m_slackNs)) : lowerBound(time);
    constexpr std::size_t mostOfInstant = 100'000; // rows of one time: logs in whole milliseconds have many
    for (std::size_t i = first; i < std::min(m_entries.size(), first + mostOfInstant) && axisNs(i) <= saturatedSum(time, 2 * m_slackNs); ++i) {
        const Entry entry = (*this)[i];
        if (!entry.isBreak && entry.side == side && entry.row == row)
            return i;
    }
    return lowerBound(time);
}

std::size_t SequenceOrder::memoryBytes() const
{
    std::size_t bytes = m_entries.memoryBytes();
    for (const Source& source : m_sources)
        bytes += source.byTime.capacity() * sizeof(std::uint32_t);
    return bytes;
}

} // namespace qlogscope
