// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/resolver.h"

#include "importers/ackdelay.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace qlogscope {

namespace {

constexpr std::uint64_t longestRow = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t nameLimit = 65'000; // rows keep names in 16 bits
constexpr std::string_view otherNames = "(one of more than 65,000 event names)";

/// "none" in the spelling of real writers: 2^64-1, 2^63-1, 2^32-1, 2^31-1, -1 (dialects 3.3).
bool isNoSsthresh(double value)
{
    return value < 0 || value >= 9.2e18 || (value > 4294967294.5 && value < 4294967295.5)
        || (value > 2147483646.5 && value < 2147483647.5);
}

} // namespace

Resolver::Resolver() = default;
Resolver::~Resolver() = default;

EventBatch Resolver::resolve(DecodedBlock&& block)
{
    m_batch = {};
    useHeader(block);
    if (m_trace == nullptr) { // nothing but parts of a header as yet
        m_batch.diagnostics = block.diagnostics;
        m_batch.headers = block.headerRanges;
        m_batch.accountedTo = block.accountedTo;
        return std::move(m_batch);
    }
    resolveRows(block);
    inferLengths(&block);
    resolvePacketsAndAcks(&block);
    m_batch.metrics.reserve(block.metrics.size());
    for (const DecodedBlock::Metric& metric : block.metrics)
        addMetric(metric);
    for (StreamFact& stream : block.streams)
        resolveStream(&stream);
    m_batch.streams = std::move(block.streams);
    resolveConnection(&block);
    for (CloseFact& close : block.closes)
        close.row = global(close.row);
    m_batch.closes = std::move(block.closes);
    for (HandshakeFact handshake : block.handshake) {
        if (handshake.step == HandshakeStep::FirstOneRttAck && m_trace->hasOneRttAck)
            continue;
        m_trace->hasOneRttAck = m_trace->hasOneRttAck || handshake.step == HandshakeStep::FirstOneRttAck;
        handshake.row = global(handshake.row);
        m_batch.handshake.push_back(handshake);
    }
    addFrames(block);
    m_batch.headers = block.headerRanges;
    m_batch.accountedTo = m_runIsOpen ? m_run.offset : block.accountedTo;
    return std::move(m_batch);
}

EventBatch Resolver::finish()
{
    m_batch = {};
    if (m_runIsOpen)
        m_batch.accountedTo = m_runEnd;
    closeRun();
    return std::move(m_batch);
}

void Resolver::useHeader(const DecodedBlock& block)
{
    const TraceHeader& header = *block.header;
    const bool isKnown = m_trace != nullptr && m_trace->header.traceInFile == header.traceInFile;
    if (!block.headerIsNew && (isKnown || block.rows.empty()))
        return;
    if (isKnown) {
        const ClockForm clock = m_trace->header.clock; // may have been guessed from the first event
        m_trace->header = header;
        if (!header.clockStated)
            m_trace->header.clock = clock;
    } else {
        TraceState state;
        state.id = TraceId(m_traces.size());
        state.header = header;
        state.time = TimeBase(header.clock, header.unit, header.referenceNs, header.hasReference);
        m_traces.push_back(std::move(state));
        m_trace = &m_traces.back();
    }
    m_batch.traces.push_back({m_trace->id, m_trace->header});
}

NameId Resolver::nameOf(const std::string& name)
{
    const auto it = m_names.find(name);
    if (it != m_names.end())
        return it->second;
    if (m_names.size() >= nameLimit && name != otherNames)
        return nameOf(std::string(otherNames));
    const NameId id(m_names.size());
    m_names.emplace(name, id);
    m_batch.newNames.push_back(name);
    return id;
}

void Resolver::resolveRows(const DecodedBlock& block)
{
    std::vector<NameId> names;
    names.reserve(block.names.size());
    for (const std::string& name : block.names)
        names.push_back(nameOf(name));
    m_rowOf.clear();
    m_rowOf.reserve(block.rows.size());
    m_batch.rows.reserve(block.rows.size());
    std::size_t nextDiagnostic = 0;
    // diagnostics are in the order of the file; those of a row come after it, those of the file where they stand
    const auto takeDiagnostics = [&](std::uint64_t upToOffset, bool withRow) {
        for (; nextDiagnostic < block.diagnostics.size(); ++nextDiagnostic) {
            const Diagnostic& diagnostic = block.diagnostics[nextDiagnostic];
            if (diagnostic.bytes.offset > upToOffset || (diagnostic.row.isValid() && !withRow))
                break;
            m_batch.diagnostics.push_back(diagnostic);
            if (diagnostic.row.isValid())
                m_batch.diagnostics.back().row = m_rowOf[diagnostic.row.value];
        }
    };
    for (const DecodedBlock::Row& row : block.rows) {
        takeDiagnostics(row.offset, false);
        if ((row.flags & RowMalformed) != 0) {
            addMalformed(row);
            m_rowOf.push_back(RowId(m_runIsOpen ? m_nextRow : m_nextRow - 1));
            takeDiagnostics(row.offset, true);
            continue;
        }
        closeRun();
        m_malformedInRow = 0;
        m_lastIsMalformed = false;
        ++m_events;
        m_lastRow = {row.offset, row.length};
        EventRow event;
        event.offset = row.offset;
        event.length = static_cast<std::uint32_t>(std::min(row.length, longestRow));
        event.name = row.name == 0 ? NameId() : names[row.name - 1];
        event.trace = m_trace->id;
        event.flags = row.flags;
        const RowId id(m_nextRow++);
        event.timeNs = timeOf(row, &event, id);
        m_batch.rows.push_back(event);
        m_rowOf.push_back(id);
        takeDiagnostics(row.offset, true);
    }
    takeDiagnostics(std::numeric_limits<std::uint64_t>::max(), true);
}

void Resolver::addMalformed(const DecodedBlock::Row& row)
{
    m_lastIsMalformed = true;
    m_lastRow = {row.offset, row.length};
    ++m_malformedInRow;
    const std::uint64_t end = row.offset + row.length;
    if (m_malformedInRow > malformedRunLimit && m_runIsOpen && end - m_run.offset <= longestRow) {
        m_runEnd = end;
        ++m_runRecords;
        return;
    }
    closeRun();
    EventRow event;
    event.offset = row.offset;
    event.length = static_cast<std::uint32_t>(std::min(row.length, longestRow));
    event.trace = m_trace->id;
    event.flags = row.flags;
    event.timeNs = m_trace->lastTimeNs.value_or(0);
    if (m_malformedInRow <= malformedRunLimit) {
        m_batch.rows.push_back(event);
        ++m_nextRow;
        return;
    }
    m_run = event;
    m_run.flags |= RowRun;
    m_runIsOpen = true;
    m_runEnd = end;
    m_runRecords = 1;
}

void Resolver::closeRun()
{
    if (!m_runIsOpen)
        return;
    m_run.length = static_cast<std::uint32_t>(m_runEnd - m_run.offset);
    m_batch.rows.push_back(m_run);
    m_batch.foldedRecords += m_runRecords - 1;
    ++m_nextRow;
    m_runIsOpen = false;
}

void Resolver::guessClock(const DecodedBlock::Row& row)
{
    const TraceHeader& header = m_trace->header;
    // no time_format and no reference time: the default is absolute, but small times are relative ones (dialects 2.3)
    if (header.clockStated || header.clock != ClockForm::Absolute || row.time.whole >= 10'000'000'000)
        return;
    m_trace->header.clock = ClockForm::Relative;
    m_trace->time = TimeBase(ClockForm::Relative, header.unit, header.referenceNs, header.hasReference);
    m_batch.traces.push_back({m_trace->id, m_trace->header});
    m_batch.diagnostics.push_back({DiagnosticKind::ClockGuessed, severityOf(DiagnosticKind::ClockGuessed), RowId(m_nextRow - 1),
                                   {row.offset, row.length},
                                   "The log states no time_format; its small times are taken as relative to the start."});
}

std::int64_t Resolver::timeOf(const DecodedBlock::Row& row, EventRow* event, RowId id)
{
    const std::int64_t fallback = m_trace->lastTimeNs.value_or(0);
    if ((event->flags & (RowNoTime | RowOversized)) != 0) {
        event->flags |= RowNoTime;
        return fallback;
    }
    if (!m_trace->hasTime) {
        guessClock(row);
        m_trace->hasTime = true;
    }
    const std::optional<std::int64_t> time = m_trace->time.resolve(row.time);
    if (!time) {
        event->flags |= RowNoTime;
        m_batch.diagnostics.push_back({DiagnosticKind::TimeOutOfRange, severityOf(DiagnosticKind::TimeOutOfRange), id,
                                       {row.offset, row.length}, "The time of the event is outside +-292 years."});
        return fallback;
    }
    if (!m_trace->hasOrigin) {
        m_trace->hasOrigin = true;
        m_batch.origins.push_back({m_trace->id, m_trace->time.logOriginNs(), m_trace->time.wallClockOriginNs()});
    }
    if (m_trace->lastTimeNs && *time < *m_trace->lastTimeNs && !m_trace->reportedBackwards) {
        m_trace->reportedBackwards = true;
        m_batch.diagnostics.push_back({DiagnosticKind::TimeBackwards, severityOf(DiagnosticKind::TimeBackwards), id,
                                       {row.offset, row.length},
                                       "The event is " + millisecondsText(*m_trace->lastTimeNs - *time)
                                           + " ms earlier than the one before it; views show events in time order."});
    }
    m_trace->lastTimeNs = *time;
    return *time;
}

void Resolver::resolvePacketsAndAcks(DecodedBlock* block)
{
    // in the order of the rows: an ACK may cover packets that are logged before or after it
    const bool usedMultipath = m_trace->usesMultipath;
    m_nextParameter = 0;
    const auto reach = [&](RowId row) {
        m_trace->usesMultipath = usedMultipath || (block->multipathFrom.isValid() && row >= block->multipathFrom);
    };
    std::size_t nextAck = 0;
    const auto addAcksBefore = [&](RowId row) {
        for (; nextAck < block->acks.size() && block->acks[nextAck].row < row; ++nextAck) {
            reach(block->acks[nextAck].row);
            noteAckDelayExponents(block->parameters, block->acks[nextAck].row);
            addAck(block->acks[nextAck], *block);
        }
    };
    for (PacketFact& packet : block->packets) {
        addAcksBefore(packet.row);
        reach(packet.row);
        resolvePacket(&packet);
    }
    addAcksBefore(RowId());
    noteAckDelayExponents(block->parameters, RowId());
    for (LostFact& lost : block->lost) {
        reach(lost.row);
        lost.row = global(lost.row);
        if (!m_trace->usesMultipath)
            lost.pathId = 0;
    }
    m_batch.packets = std::move(block->packets);
    m_batch.lost = std::move(block->lost);
    m_trace->usesMultipath = usedMultipath || block->multipathFrom.isValid();
}

/// A STREAM frame that fills its packet and is logged without a length (OpenSSL) is taken to be as long as the one before it,
/// which is known from the distance to the next on its stream: single sizes may be off, their sum is right. Only what came
/// before counts, so the result does not depend on where blocks are cut.
void Resolver::inferLengths(DecodedBlock* block)
{
    constexpr std::uint64_t longestFrame = 1'500; // more is a gap: packets that were lost or came out of order
    std::size_t nextPacket = 0;
    for (StreamFact& stream : block->streams) {
        const auto direction = static_cast<std::size_t>(stream.direction);
        m_trace->infersLengths = m_trace->infersLengths || stream.lengthInferred;
        if (!m_trace->infersLengths)
            continue; // nearly all logs
        StreamState& state = m_trace->streams[direction][stream.streamId];
        std::uint32_t& full = m_trace->fullFrameBytes[direction];
        if (state.openOffset && stream.offset > *state.openOffset) {
            const std::uint64_t distance = stream.offset - *state.openOffset;
            if (distance <= longestFrame)
                full = static_cast<std::uint32_t>(distance);
        }
        state.openOffset.reset();
        if (!stream.lengthInferred)
            continue;
        state.openOffset = stream.offset;
        stream.length = full;
        while (nextPacket < block->packets.size() && block->packets[nextPacket].row < stream.row)
            ++nextPacket;
        if (nextPacket < block->packets.size() && block->packets[nextPacket].row == stream.row
            && (block->packets[nextPacket].flags & PacketSizeInferred) != 0)
            block->packets[nextPacket].sizeBytes += full;
    }
}

void Resolver::resolvePacket(PacketFact* packet)
{
    packet->row = global(packet->row);
    if (!m_trace->usesMultipath)
        packet->pathId = 0;
    if ((packet->flags & PacketNoNumber) != 0)
        return;
    const PacketNumberSpace space = spaceOf(packet->type);
    NumberState& state = numbersOf(packet->direction(), packet->pathId, space);
    const std::uint64_t number = packet->number;
    if (state.acked.contains(number)
        && !state.logged.contains(number)) // the ACK was logged before the packet
        m_batch.acked.push_back({number, number, packet->row, packet->pathId, space, packet->direction()});
    state.logged.insert({number, number});
}

Resolver::NumberState& Resolver::numbersOf(Direction direction, std::uint32_t pathId, PacketNumberSpace space)
{
    const NumberKey key{direction, pathId, space};
    NumberState*& cached = m_trace->lastNumbers[static_cast<std::size_t>(direction)];
    if (cached == nullptr || m_trace->lastKeys[static_cast<std::size_t>(direction)] != key) {
        cached = &m_trace->numbers[key]; // nodes of a map stay where they are
        m_trace->lastKeys[static_cast<std::size_t>(direction)] = key;
    }
    return *cached;
}

void Resolver::addAck(const DecodedBlock::Ack& ack, const DecodedBlock& block)
{
    if (ack.isEvent && m_trace->hasAckFrames)
        return; // packets_acked events count only in traces without any ACK frame
    m_trace->hasAckFrames = m_trace->hasAckFrames || !ack.isEvent;
    AckedFact prototype;
    prototype.row = global(ack.row);
    prototype.pathId = m_trace->usesMultipath ? ack.pathId : 0;
    prototype.space = ack.space;
    prototype.direction = ack.direction;
    NumberState& state = numbersOf(ack.direction, prototype.pathId, ack.space);
    if (ack.delay >= 0) {
        std::uint64_t largest = 0;
        for (std::uint32_t i = 0; i < ack.rangeCount; ++i)
            largest = std::max(largest, block.ackRanges[ack.firstRange + i].last);
        if (ack.rangeCount > 0 && !state.acked.contains(largest))
            addAckDelay(ack, prototype.row);
    }
    for (std::uint32_t i = 0; i < ack.rangeCount; ++i)
        acknowledge(&state, block.ackRanges[ack.firstRange + i], prototype);
}

void Resolver::acknowledge(NumberState* state, Interval range, const AckedFact& prototype)
{
    if (state->acked.containsAll(range))
        return; // ranges are repeated in ACK after ACK: only news is visited
    state->acked.forEachMissing(range, [&](Interval news) {
        state->logged.forEachCommon(news, [&](Interval logged) {
            AckedFact fact = prototype;
            fact.first = logged.first;
            fact.last = logged.last;
            m_batch.acked.push_back(fact);
        });
        if (state->logged.containsAll(news))
            return;
        if (state->logged.empty() && std::exchange(state->saidAbsent, true))
            return; // packets of this kind are filtered out: said once, not in each ACK
        state->logged.forEachMissing(news, [&](Interval unlogged) {
            AckedFact fact = prototype;
            fact.first = unlogged.first;
            fact.last = unlogged.last;
            m_batch.unlogged.push_back(fact);
        });
    });
    state->acked.insert(range);
}

void Resolver::addAckDelay(const DecodedBlock::Ack& ack, RowId row)
{
    const Direction sender = ack.direction == Direction::Sent ? Direction::Received : Direction::Sent; // of the ACK
    const double ns = ackDelayNs(static_cast<double>(ack.delay), m_trace->header,
                                 m_trace->ackDelayExponent[static_cast<std::size_t>(sender)]);
    m_batch.ackDelays.push_back({row, wholeMicroseconds(ns), sender});
}

void Resolver::noteAckDelayExponents(const std::vector<ParameterFact>& parameters, RowId before)
{
    for (; m_nextParameter < parameters.size() && parameters[m_nextParameter].row < before; ++m_nextParameter) {
        const ParameterFact& fact = parameters[m_nextParameter];
        if (fact.parameter == TransportParameter::AckDelayExponent && fact.owner != ParameterOwner::Unknown && !fact.isRestored)
            m_trace->ackDelayExponent[fact.owner == ParameterOwner::Local ? 0 : 1] = fact.value;
    }
}

void Resolver::resolveConnection(DecodedBlock* block)
{
    const auto take = [this](auto* from, auto* to) {
        for (auto& fact : *from)
            fact.row = global(fact.row);
        *to = std::move(*from);
    };
    take(&block->parameters, &m_batch.parameters);
    take(&block->limits, &m_batch.limits);
    take(&block->congestionStates, &m_batch.congestionStates);
    take(&block->ptoExpiries, &m_batch.ptoExpiries);
}

void Resolver::addMetric(const DecodedBlock::Metric& metric)
{
    double value = metric.value;
    if (metric.kind == MetricKind::Ssthresh && isNoSsthresh(value))
        return;
    if (unit(metric.kind) == MetricUnit::Nanoseconds)
        value *= m_trace->header.unit == TimeUnit::Microseconds ? 1e3 : 1e6;
    if (!(std::abs(value) < 9.2e18))
        return;
    const std::int64_t rounded = std::llround(value);
    std::optional<std::int64_t>& last = m_trace->metrics[static_cast<std::size_t>(metric.kind)];
    if (last == rounded)
        return;
    last = rounded;
    m_batch.metrics.push_back({rounded, global(metric.row), metric.kind});
}

void Resolver::resolveStream(StreamFact* stream)
{
    StreamFact& added = *stream;
    added.row = global(added.row);
    added.newBytes = added.length;
    StreamState& state = m_trace->streams[static_cast<std::size_t>(added.direction)][added.streamId];
    if (added.length == 0)
        return;
    const std::uint64_t end = added.offset + added.length;
    if (end < added.offset)
        return; // beyond 2^64: not a real offset
    const Interval range{added.offset, end - 1};
    if (added.offset == state.end) { // continues the stream: the common case
        state.seen.insert(range);
        state.end = end;
        return;
    }
    std::uint64_t missing = 0;
    state.seen.forEachMissing(range, [&](Interval part) { missing += part.last - part.first + 1; });
    added.newBytes = static_cast<std::uint32_t>(missing);
    if (missing < added.length && (added.direction == Direction::Sent || missing == 0))
        added.dataClass = added.direction == Direction::Sent ? StreamDataClass::Retransmitted : StreamDataClass::Duplicate;
    else if (added.offset > state.end)
        added.dataClass = StreamDataClass::Gap;
    else if (end <= state.end)
        added.dataClass = StreamDataClass::Reordered;
    state.seen.insert(range);
    state.end = std::max(state.end, end);
}

void Resolver::addFrames(const DecodedBlock& block)
{
    for (const Direction direction : {Direction::Sent, Direction::Received}) {
        for (int i = 0; i < frameKindCount; ++i) {
            const std::uint64_t count = block.frameCounts[static_cast<std::size_t>(direction)][i];
            if (count > 0)
                m_batch.frames.push_back({m_trace->id, count, direction, static_cast<FrameKind>(i), {}});
        }
    }
    for (const DecodedBlock::OtherFrames& other : block.otherFrames)
        m_batch.frames.push_back({m_trace->id, other.count, other.direction, FrameKind::Other, other.name});
}

} // namespace qlogscope
