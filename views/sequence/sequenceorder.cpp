// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/sequence/sequenceorder.h"

#include <QCoreApplication>
#include <QElapsedTimer>

#include <algorithm>
#include <numeric>
#include <utility>

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
    m_folds.clear();
    m_unfolded.clear();
    m_run.reset();
    m_runFold = {};
    m_blocks = {};
}

void SequenceOrder::begin(const SequenceTraces* traces, const CategorySet& categories, const RowFilter* filter, bool isFolding)
{
    auto unfolded = std::move(m_unfolded);
    clear();
    m_unfolded = std::move(unfolded);
    m_traces = traces;
    m_categories = categories;
    m_filter = filter;
    m_isFolding = isFolding;
    for (const Side side : traces->sides()) {
        if (!traces->isIn(side))
            continue;
        Source& source = m_sources[indexOf(side)];
        source.trace = &traces->trace(side).get();
        source.document = traces->trace(side).document;
        source.chosen = traces->rowsOf(side);
    }
    m_slackNs = traces->isMatched() ? traces->matches()->clock().resolutionNs() : 0;
    chooseBreak();
}

/// Longer than nearly all times between two rows, and than an RTT and a half: then nothing was under way. Rows of both ends lie closer
/// to each other than those of one.
void SequenceOrder::chooseBreak()
{
    constexpr std::int64_t least = 1'000'000;
    constexpr std::size_t looks = 4096;
    std::optional<std::int64_t> usual;
    std::int64_t longestTrip = 0;
    for (const Side side : bothSides) {
        const Source& source = m_sources[indexOf(side)];
        if (source.trace == nullptr || source.trace->rowCount() < 2)
            continue;
        std::vector<std::int64_t> gaps;
        const std::size_t count = source.trace->rowCount() - 1;
        for (std::size_t i = 0; i < std::min(count, looks); ++i) {
            const std::size_t index = i * (count / std::min(count, looks));
            const EventStore& events = source.trace->events();
            gaps.push_back(saturatedDifference(events.timeNs(source.trace->row(index + 1)), events.timeNs(source.trace->row(index))));
        }
        const auto nearlyAll = gaps.begin() + static_cast<std::ptrdiff_t>((gaps.size() - 1) * 95 / 100);
        std::nth_element(gaps.begin(), nearlyAll, gaps.end());
        const Series& rtt = source.trace->metric(MetricKind::SmoothedRtt);
        const std::int64_t roundTrip = rtt.empty() ? 0 : rtt.extremes().min;
        usual = std::min(usual.value_or(*nearlyAll), *nearlyAll);
        longestTrip = std::max(longestTrip, roundTrip + roundTrip / 2);
    }
    m_breakNs = std::max({least, usual.value_or(0), longestTrip});
}

RowId SequenceOrder::rowAt(const Source& source, std::size_t index) const
{
    if (source.chosen != nullptr)
        index = (*source.chosen)[index];
    return source.trace->row(source.byTime.empty() ? index : source.byTime[index]);
}

std::size_t SequenceOrder::countOf(const Source& source) { return source.chosen != nullptr ? source.chosen->size() : source.trace->rowCount(); }

bool SequenceOrder::isShown(const Source& source, RowId row) const
{
    const NameId name = source.document->events().name(row);
    const bool isShownName = name.isValid() ? source.isShownName[name.value] != 0 : m_categories[static_cast<std::size_t>(SequenceCategory::Other)];
    return isShownName && row.value <= rowMask && (m_filter == nullptr || m_filter->document() != source.document || m_filter->accepts(row));
}

/// Sees rows and names that are new.
void SequenceOrder::look(Source* source, Side side)
{
    const NameTable& names = source->document->names();
    for (std::size_t i = source->isShownName.size(); i < names.size(); ++i) {
        const SequenceCategory category = categoryOf(names[NameId(i)].kind);
        source->isShownName.push_back(category == SequenceCategory::Packet || m_categories[static_cast<std::size_t>(category)] ? 1 : 0);
    }
    const std::size_t before = std::exchange(source->rows, countOf(*source));
    if (source->rows == before)
        return;
    if (source->trace->areRowsInOrder()) {
        if (!m_entries.empty())
            takeBack(m_traces->axisNs(side, rowAt(*source, before)));
        return;
    }
    if (source->chosen == nullptr) {
        source->byTime.resize(source->rows);
        std::iota(source->byTime.begin(), source->byTime.end(), 0U);
        std::stable_sort(source->byTime.begin(), source->byTime.end(), [source](std::uint32_t a, std::uint32_t b) {
            const EventStore& events = source->trace->events();
            return events.timeNs(source->trace->row(a)) < events.timeNs(source->trace->row(b));
        });
    }
    takeBack(INT64_MIN);
}

/// Later rows belong before some entries: those are taken again.
void SequenceOrder::takeBack(std::int64_t axisNs)
{
    std::size_t keep = axisNs == INT64_MIN ? 0 : lowerBound(saturatedDifference(axisNs, 2 * m_slackNs));
    if (keep > 0) {
        const Entry last = (*this)[keep - 1];
        constexpr std::uint64_t mostRetaken = 50'000; // rows of a run that goes on
        if (last.fold != nullptr && (last.fold->lastNs >= saturatedDifference(axisNs, 2 * m_slackNs) || last.fold->rows() < mostRetaken))
            --keep;
    }
    keepEntries(keep);
}

/// Takes all rows after the first entries again.
void SequenceOrder::keepEntries(std::size_t keep)
{
    if (keep > 0 && (*this)[keep - 1].isBreak)
        --keep;
    std::array<RowId, mostSides> first; // of each side that is taken back
    for (std::size_t i = m_entries.size(); i > keep; --i) {
        const Entry entry = (*this)[i - 1];
        if (entry.fold != nullptr) {
            for (const Side side : bothSides) {
                if (entry.fold->first[indexOf(side)].isValid())
                    first[indexOf(side)] = entry.fold->first[indexOf(side)];
            }
            m_folds.pop_back();
        } else if (!entry.isBreak) {
            first[indexOf(entry.side)] = entry.row;
        }
    }
    m_entries.truncate(keep);
    m_blocks.truncate(std::min(m_blocks.size(), keep / blockSize));
    m_lastNs = 0;
    if (keep > 0) {
        const Entry last = (*this)[keep - 1];
        m_lastNs = last.fold != nullptr ? last.fold->lastNs : m_traces->axisNs(last.side, last.row);
    }
    for (const Side side : m_traces->sides()) {
        Source& source = m_sources[indexOf(side)];
        if (source.trace == nullptr || (!first[indexOf(side)].isValid() && keep > 0))
            continue;
        source.row = {};
        source.next = keep > 0 ? indexOfRow(source, first[indexOf(side)]) : 0;
    }
    takeUpRun();
}

/// A run that ends with the last entry goes on.
void SequenceOrder::takeUpRun()
{
    constexpr std::size_t mostLookedAt = 50'000;
    m_run.reset();
    m_runFold = {};
    std::size_t begin = m_entries.size();
    const std::size_t end = begin;
    while (m_isFolding && begin > 0 && end - begin < mostLookedAt) {
        const Entry entry = (*this)[begin - 1];
        if (entry.isBreak || entry.fold != nullptr || !isAlike(entry.side, entry.row))
            break;
        --begin;
    }
    if (begin == end)
        return;
    m_run = begin;
    for (std::size_t i = begin; i < end; ++i)
        addToRun((*this)[i].side, (*this)[i].row);
}

void SequenceOrder::addToRun(Side side, RowId row)
{
    const std::size_t i = indexOf(side);
    if (m_runFold.rows() == 0)
        m_runFold.side = side;
    if (!m_runFold.first[i].isValid())
        m_runFold.first[i] = row;
    m_runFold.last[i] = row;
    ++(m_traces->packetOf(side, row)->direction == Direction::Sent ? m_runFold.sent : m_runFold.received)[i];
}

/// In the order of the source.
bool SequenceOrder::isBefore(const Source& source, RowId a, RowId b) const
{
    if (source.trace->areRowsInOrder())
        return a < b;
    const EventStore& events = source.document->events();
    const std::int64_t timeA = events.timeNs(a);
    const std::int64_t timeB = events.timeNs(b);
    return timeA != timeB ? timeA < timeB : a < b;
}

std::size_t SequenceOrder::indexOfRow(const Source& source, RowId row) const
{
    std::size_t low = 0;
    std::size_t high = source.rows;
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (isBefore(source, rowAt(source, middle), row))
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
    const bool isAfterBreak = !m_entries.empty() && saturatedDifference(source.axisNs, m_lastNs) > m_breakNs;
    const bool isFoldable = m_isFolding && isAlike(side, source.row);
    if (isAfterBreak || !isFoldable)
        endRun();
    if (isAfterBreak)
        m_entries.push_back(breakEntry);
    if (isFoldable && !m_run)
        m_run = m_entries.size();
    if (isFoldable)
        addToRun(side, source.row);
    m_lastNs = source.axisNs;
    m_entries.push_back(source.row.value | static_cast<std::uint32_t>(side) << sideShift);
}

/// Packets of an end that carry data or ACKs and nothing else, and of which no log says that they are lost, as far as is known.
bool SequenceOrder::isAlike(Side side, RowId row) const
{
    constexpr auto bit = [](FrameKind kind) { return std::uint64_t{1} << static_cast<unsigned>(kind); };
    constexpr std::uint64_t usual = bit(FrameKind::Stream) | bit(FrameKind::Ack) | bit(FrameKind::Datagram) | bit(FrameKind::Padding);
    const std::optional<SequencePacket> packet = m_traces->packetOf(side, row);
    if (!packet)
        return false;
    const PacketIndex& packets = m_traces->packets(side, packet->direction);
    const std::uint64_t frames = packets.frameMask(packet->id);
    if (packets.type(packet->id) != PacketType::OneRtt || frames == 0 || (frames & ~usual) != 0)
        return false;
    return packet->direction == Direction::Received
        || (m_traces->fateOf(side, packet->id) != PacketFate::Lost && !m_traces->trace(side).get().lostBy(packet->id).isValid());
}

/// Makes one entry of a run that is long enough.
void SequenceOrder::endRun()
{
    constexpr std::size_t leastFolded = 12;
    if (!m_run)
        return;
    const std::size_t begin = *std::exchange(m_run, std::nullopt);
    SequenceFold fold = std::exchange(m_runFold, {});
    if (m_entries.size() - begin < leastFolded || m_unfolded.contains({fold.side, fold.first[indexOf(fold.side)]}))
        return;
    fold.lastNs = m_lastNs;
    m_entries.truncate(begin);
    m_blocks.truncate(std::min(m_blocks.size(), begin / blockSize));
    m_entries.push_back(foldBits | static_cast<std::uint32_t>(m_folds.size()));
    m_folds.push_back(fold);
}

void SequenceOrder::unfold(std::size_t index)
{
    const Entry entry = (*this)[index];
    if (entry.fold == nullptr)
        return;
    m_unfolded.insert({entry.side, entry.row});
    keepEntries(index);
}

/// The earliest one; but a reception does not come before its sending where only the coarseness of the clocks says so.
std::optional<Side> SequenceOrder::nextSide() const
{
    std::optional<Side> earliest;
    for (const Side side : m_traces->sides()) {
        const Source& source = m_sources[indexOf(side)];
        if (source.row.isValid() && (!earliest || source.axisNs < m_sources[indexOf(*earliest)].axisNs))
            earliest = side;
    }
    if (earliest && SequenceTraces::isEnd(*earliest) && m_sources[indexOf(otherSide(*earliest))].row.isValid() && isWaitedFor(*earliest))
        return otherSide(*earliest);
    return earliest;
}

/// The next row of an end is the reception of a packet that the other end has yet to send, within the resolution of the clocks.
bool SequenceOrder::isWaitedFor(Side earlier) const
{
    const Source& first = m_sources[indexOf(earlier)];
    const Source& second = m_sources[indexOf(otherSide(earlier))];
    if (saturatedDifference(second.axisNs, first.axisNs) > m_slackNs)
        return false;
    const std::optional<SequencePacket> packet = m_traces->packetOf(earlier, first.row);
    if (!packet || packet->direction != Direction::Received)
        return false;
    const RowId sent = m_traces->counterpart(earlier, *packet);
    return sent.isValid() && sent >= second.row && saturatedDifference(m_traces->axisNs(otherSide(earlier), sent), first.axisNs) <= m_slackNs;
}

bool SequenceOrder::advance(std::int64_t milliseconds)
{
    if (m_traces == nullptr)
        return true;
    constexpr int step = 4096;
    QElapsedTimer clock;
    clock.start();
    for (const Side side : m_traces->sides()) {
        if (Source& source = m_sources[indexOf(side)]; source.trace != nullptr)
            look(&source, side);
    }
    bool isDone = false;
    do {
        for (int i = 0; i < step && !isDone; ++i) {
            for (const Side side : m_traces->sides()) {
                if (Source& source = m_sources[indexOf(side)]; source.trace != nullptr && !source.row.isValid())
                    findNext(&source, side);
            }
            const std::optional<Side> side = nextSide();
            isDone = !side;
            if (side) {
                append(*side);
                m_sources[indexOf(*side)].row = {};
            }
        }
    } while (!isDone && clock.elapsed() < milliseconds);
    if (isDone)
        endRun();
    indexBlocks();
    return isDone;
}

void SequenceOrder::indexBlocks()
{
    while ((m_blocks.size() + 1) * blockSize <= m_entries.size()) {
        std::array<RowId, mostSides> last = m_blocks.empty() ? std::array<RowId, mostSides>() : m_blocks.back();
        const std::size_t begin = m_blocks.size() * blockSize;
        for (std::size_t i = begin; i < begin + blockSize; ++i) {
            const Entry entry = (*this)[i];
            if (entry.fold != nullptr) {
                for (const Side side : bothSides) {
                    if (entry.fold->last[indexOf(side)].isValid())
                        last[indexOf(side)] = entry.fold->last[indexOf(side)];
                }
            } else if (!entry.isBreak) {
                last[indexOf(entry.side)] = entry.row;
            }
        }
        m_blocks.push_back(last);
    }
}

SequenceOrder::Entry SequenceOrder::operator[](std::size_t index) const
{
    const std::uint32_t entry = m_entries[index];
    if (entry == breakEntry)
        return {true, Side::Left, RowId(), nullptr};
    if (entry >= foldBits) {
        const SequenceFold& fold = m_folds[entry & rowMask];
        return {false, fold.side, fold.first[indexOf(fold.side)], &fold};
    }
    return {false, static_cast<Side>(entry >> sideShift), RowId(entry & rowMask), nullptr};
}

std::int64_t SequenceOrder::axisNs(std::size_t index) const
{
    Entry entry = (*this)[index];
    if (entry.isBreak)
        entry = (*this)[index + 1];
    return m_traces->axisNs(entry.side, entry.row);
}

std::int64_t SequenceOrder::gapNs(std::size_t index) const
{
    const Entry before = (*this)[index - 1];
    return saturatedDifference(axisNs(index + 1), before.fold != nullptr ? before.fold->lastNs : axisNs(index - 1));
}

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

bool SequenceOrder::holds(const Entry& entry, Side side, RowId row) const
{
    if (entry.isBreak)
        return false;
    if (entry.fold == nullptr)
        return entry.side == side && entry.row == row;
    const Source& source = m_sources[indexOf(side)];
    const bool hasSide = SequenceTraces::isEnd(side) && entry.fold->first[indexOf(side)].isValid();
    return hasSide && !isBefore(source, row, entry.fold->first[indexOf(side)]) && !isBefore(source, entry.fold->last[indexOf(side)], row);
}

std::size_t SequenceOrder::positionOf(Side side, RowId row) const
{
    const Source& source = m_sources[indexOf(side)];
    if (m_entries.empty() || source.trace == nullptr)
        return 0;
    std::size_t low = 0; // the first block that ends with the row or a later one of its side
    std::size_t high = m_blocks.size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        const RowId last = m_blocks[middle][indexOf(side)];
        if (!last.isValid() || isBefore(source, last, row))
            low = middle + 1;
        else
            high = middle;
    }
    const std::size_t end = low < m_blocks.size() ? (low + 1) * blockSize : m_entries.size();
    for (std::size_t i = low * blockSize; i < end; ++i) {
        if (holds((*this)[i], side, row))
            return i;
    }
    return lowerBound(m_traces->axisNs(side, row));
}

std::size_t SequenceOrder::memoryBytes() const
{
    std::size_t bytes = m_entries.memoryBytes() + m_blocks.memoryBytes() + m_folds.capacity() * sizeof(SequenceFold);
    for (const Source& source : m_sources)
        bytes += source.byTime.capacity() * sizeof(std::uint32_t);
    return bytes;
}

} // namespace qlogscope
