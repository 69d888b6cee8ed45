// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/resolver.h"

#include "model/corrections.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace qlogscope {

namespace {

constexpr std::uint64_t longestRow = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t nameLimit = 65'000; // rows keep names in 16 bits
constexpr std::size_t groupLimit = 65'000; // traces that one trace of a file is split into
constexpr std::size_t triggerLimit = 65'000; // and triggers too
constexpr std::string_view otherTriggers = "(one of more than 65,000 triggers)";
constexpr std::string_view otherNames = "(one of more than 65,000 event names)";

/// Categories that only mvfst used, up to 2025.
bool isOfMvfst(std::string_view name)
{
    const std::string lower = lowerCase(name.substr(0, 16));
    return lower.starts_with("metric_update:") || lower.starts_with("loss:");
}

/// "none" in the spelling of real writers: 2^64-1, 2^63-1, 2^32-1, 2^31-1, -1 (dialects 3.3).
bool isNoSsthresh(double value)
{
    return value < 0 || value >= 9.2e18 || (value > 4294967294.5 && value < 4294967295.5)
        || (value > 2147483646.5 && value < 2147483647.5);
}

} // namespace

Resolver::Resolver(LogShape known)
    : m_known(std::move(known))
{
}

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
    TraceState* const lastTrace = m_trace;
    m_notables = std::move(block.notables);
    inferLengths(&block);
    resolveMetrics(block);
    resolvePacketsAndAcks(&block);
    for (StreamFact& stream : block.streams) {
        enter(stream.row);
        resolveStream(&stream);
    }
    m_batch.streams = std::move(block.streams);
    separateRepeatedData();
    resolveNotables(block);
    resolveConnection(&block);
    addMentions(&block);
    for (CloseFact& close : block.closes)
        close.row = global(close.row);
    m_batch.closes = std::move(block.closes);
    resolveHandshake(block);
    resolveVersions(block);
    for (std::size_t i = 0; i < block.groups.size(); ++i) {
        if (!m_traceOfGroup.empty())
            m_trace = m_traceOfGroup[i];
        addFrames(block.groups[i]);
    }
    m_trace = lastTrace;
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
    for (const std::unique_ptr<FileTrace>& file : m_files) {
        for (const std::unique_ptr<TraceState>& trace : file->traces) {
            m_trace = trace.get();
            countHeldAcks();
        }
    }
    return std::move(m_batch);
}

void Resolver::resolveHandshake(const DecodedBlock& block)
{
    for (HandshakeFact handshake : block.handshake) {
        enter(handshake.row);
        if (handshake.step == HandshakeStep::FirstOneRttAck && m_trace->hasOneRttAck)
            continue;
        m_trace->hasOneRttAck = m_trace->hasOneRttAck || handshake.step == HandshakeStep::FirstOneRttAck;
        handshake.row = global(handshake.row);
        m_batch.handshake.push_back(handshake);
    }
}

/// Those of metrics events count where they change.
void Resolver::resolveCongestionStates(DecodedBlock* block)
{
    for (DecodedBlock::CongestionState& state : block->congestionStates) {
        if (state.isMetric) {
            enter(state.fact.row);
            if (m_trace->congestionState == state.fact.state)
                continue;
            m_trace->congestionState = state.fact.state;
        }
        state.fact.row = global(state.fact.row);
        m_batch.congestionStates.push_back(std::move(state.fact));
    }
}

/// Adds what facts of the block show to what its records and packets say, and asks the tracker of each trace in the order of rows.
void Resolver::resolveNotables(const DecodedBlock& block)
{
    for (const PtoFact& pto : block.ptoExpiries)
        m_notables.push_back({pto.row, NotableKind::ProbeTimeout});
    for (const DecodedBlock::CongestionState& state : block.congestionStates) {
        constexpr std::string_view word = "persistent_congestion";
        if (state.fact.state.find(word) != std::string::npos || state.fact.trigger.find(word) != std::string::npos)
            m_notables.push_back({state.fact.row, NotableKind::PersistentCongestion});
    }
    for (const HandshakeFact& step : block.handshake) {
        if (step.step == HandshakeStep::CompletedEvent)
            m_notables.push_back({step.row, NotableKind::HandshakeCompleted});
        else if (step.step == HandshakeStep::HandshakeDoneFrame)
            m_notables.push_back({step.row, NotableKind::HandshakeConfirmed, NotableSource::Frame});
    }
    for (const CloseFact& close : block.closes) {
        const NotableSide side = close.initiator == "local" ? NotableSide::Local
            : close.initiator == "remote"                   ? NotableSide::Remote
                                                            : NotableSide::Unknown;
        m_notables.push_back({close.row, NotableKind::Close, close.fromFrame ? NotableSource::Frame : NotableSource::Event,
                              static_cast<std::uint64_t>(side)});
    }
    std::stable_sort(m_notables.begin(), m_notables.end(),
                     [](const NotableCandidate& a, const NotableCandidate& b) { return a.row < b.row; });
    for (const NotableCandidate& candidate : m_notables) {
        enter(candidate.row);
        if (std::optional<NotableFact> fact = m_trace->notables.take(candidate)) {
            fact->row = global(candidate.row);
            m_batch.notables.push_back(*fact);
        }
    }
    m_notables.clear();
}

void Resolver::resolveVersions(const DecodedBlock& block)
{
    for (VersionFact version : block.versions) {
        enter(version.row);
        if (version.version == m_trace->version || (m_trace->isVersionChosen && !version.isChosen))
            continue;
        m_trace->version = version.version;
        m_trace->isVersionChosen = m_trace->isVersionChosen || version.isChosen;
        version.row = global(version.row);
        m_batch.versions.push_back(version);
    }
}

void Resolver::useHeader(const DecodedBlock& block)
{
    const TraceHeader& header = *block.header;
    const bool isKnown = m_file != nullptr && m_file->header.traceInFile == header.traceInFile;
    m_found.headerOffsets.insert(block.headerOffsets.begin(), block.headerOffsets.end());
    if (!block.headerIsNew && (isKnown || block.rows.empty()))
        return;
    if (isKnown) {
        const ClockForm clock = m_file->header.clock; // may have been guessed from the first event
        const bool wasRevealed = m_file->header.writer == Writer::Mvfst && header.writer == Writer::Unknown;
        m_file->header = header;
        if (!header.clockStated)
            m_file->header.clock = clock;
        if (wasRevealed) {
            m_file->header.writer = Writer::Mvfst;
            m_file->header.writerText = text(Writer::Mvfst);
        }
    } else {
        beginTrace(header);
    }
    announceHeaders();
}

void Resolver::beginTrace(const TraceHeader& header)
{
    m_files.push_back(std::make_unique<FileTrace>());
    m_file = m_files.back().get();
    m_file->header = header;
    m_file->time = TimeBase(header.clock, header.unit, header.referenceNs, header.hasReference);
    const auto split = m_known.groups.find(header.traceInFile);
    std::size_t count = 1;
    if (split != m_known.groups.end()) {
        for (const std::string& value : split->second.values)
            m_file->indexOfGroup.emplace(value, m_file->indexOfGroup.size());
        count = split->second.values.size() + (split->second.hasOthers ? 1 : 0);
    }
    for (std::size_t i = 0; i < count; ++i) {
        m_file->traces.push_back(std::make_unique<TraceState>());
        m_file->traces.back()->id = TraceId(m_nextTrace++);
    }
    for (const auto& [value, index] : m_file->indexOfGroup)
        m_file->traces[index]->header.groupId = value;
    m_trace = m_file->traces.front().get();
}

/// The header of the trace of the file, for each trace that it is split into.
void Resolver::announceHeaders()
{
    const bool isSplit = !m_file->indexOfGroup.empty();
    for (std::size_t i = 0; i < m_file->traces.size(); ++i) {
        TraceState& trace = *m_file->traces[i];
        const std::string group = trace.header.groupId;
        trace.header = m_file->header;
        if (isSplit)
            trace.header.groupId = i < m_file->indexOfGroup.size() ? group : m_file->header.groupId;
        else if (trace.header.groupId.empty() && !m_file->groups.values.empty())
            trace.header.groupId = m_file->groups.values.front();
        trace.metricScales = metricScales(trace.header);
        m_batch.traces.push_back({trace.id, trace.header});
    }
}

/// In a trace that is split: which trace the records of each local group belong to.
void Resolver::findTracesOfGroups(const DecodedBlock& block)
{
    m_traceOfGroup.clear();
    m_traceOfRow.clear();
    if (m_file->indexOfGroup.empty())
        return;
    for (const DecodedBlock::Group& group : block.groups) {
        const auto it = m_file->indexOfGroup.find(group.id);
        m_traceOfGroup.push_back(it == m_file->indexOfGroup.end() ? m_file->traces.back().get() : m_file->traces[it->second].get());
    }
    m_traceOfRow.reserve(block.rows.size());
}

/// Keeps in mind which groups there are, in order of first appearance.
void Resolver::noteGroup(const std::string& id)
{
    LogShape::Groups& groups = m_file->groups;
    if (id.empty() || (!m_file->seenGroups.contains(id) && groups.values.size() >= groupLimit)) {
        if (!id.empty() && !m_file->reportedGroups) {
            m_file->reportedGroups = true;
            m_batch.diagnostics.push_back({DiagnosticKind::HeaderProblem, severityOf(DiagnosticKind::HeaderProblem), RowId(), {},
                                           "The log has more than 65,000 connections (group_id); the others share one trace."});
        }
        groups.hasOthers = true;
        return;
    }
    if (!m_file->seenGroups.insert(id).second)
        return;
    groups.values.push_back(id);
    if (groups.values.size() == 1 && m_file->header.groupId.empty() && m_file->indexOfGroup.empty())
        announceHeaders(); // the only connection as yet
}

LogShape Resolver::found() const
{
    LogShape found = m_found;
    for (const std::unique_ptr<FileTrace>& file : m_files) {
        if (file->groups.values.size() > 1)
            found.groups.emplace(file->header.traceInFile, file->groups);
    }
    return found;
}

/// @param kind where the data tell it: then the name is another one than the same without
NameId Resolver::nameOf(const std::string& name, std::optional<EventKind> kind)
{
    const std::string key = kind ? name + '\n' + std::string(canonicalName(*kind)) : name;
    const auto it = m_names.find(key);
    if (it != m_names.end())
        return it->second;
    if (m_names.size() >= nameLimit && name != otherNames)
        return nameOf(std::string(otherNames));
    const NameId id(m_names.size());
    m_names.emplace(key, id);
    m_batch.newNames.push_back(name);
    if (kind)
        m_batch.nameKinds.push_back({id, *kind});
    return id;
}

void Resolver::revealMvfst()
{
    m_file->header.writer = Writer::Mvfst;
    m_file->header.writerText = text(Writer::Mvfst);
    announceHeaders();
}

void Resolver::resolveRows(const DecodedBlock& block)
{
    std::vector<NameId> names;
    names.reserve(block.names.size());
    std::uint32_t mvfstName = 0; // index plus 1 of a name that reveals the writer
    std::size_t nextKind = 0;
    for (const std::string& name : block.names) {
        std::optional<EventKind> kind;
        if (nextKind < block.nameKinds.size() && block.nameKinds[nextKind].first == names.size())
            kind = block.nameKinds[nextKind++].second;
        names.push_back(nameOf(name, kind));
        if (mvfstName == 0 && m_file->header.writer == Writer::Unknown && isOfMvfst(name))
            mvfstName = static_cast<std::uint32_t>(names.size());
    }
    findTracesOfGroups(block);
    std::vector<char> isNoted(block.groups.size());
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
        const bool isEvent = (row.flags & (RowMalformed | RowOversized)) == 0;
        if (isEvent && !isNoted[row.group]) {
            isNoted[row.group] = 1;
            noteGroup(block.groups[row.group].id);
        }
        if (!m_traceOfGroup.empty()) {
            if (isEvent) // a record that says nothing stays with those before it
                m_trace = m_traceOfGroup[row.group];
            m_traceOfRow.push_back(m_trace);
        }
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
        if (row.name == mvfstName && mvfstName != 0) {
            revealMvfst();
            mvfstName = 0;
        }
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
    event.timeNs = m_file->lastTimeNs.value_or(0);
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
    TraceHeader& header = m_file->header;
    if (header.clockStated || header.clock == ClockForm::Delta || row.clock != 0)
        return;
    const bool hasNoHeader = header.qlogVersion.empty() && header.fileSchema.empty() && header.eventFields.empty() && !header.hasReference;
    if (hasNoHeader && row.time.whole > 1'000'000'000'000'000 && wallClockFromNumber(std::to_string(row.time.whole))) {
        header.unit = TimeUnit::Microseconds; // rows out of a text log
        m_file->time = TimeBase(header.clock, header.unit, header.referenceNs, header.hasReference);
        announceHeaders();
        return;
    }
    // no time_format: the default depends on the draft, but small times are relative ones and dates are absolute (dialects 2.3)
    const std::int64_t perMs = header.unit == TimeUnit::Microseconds ? 1'000 : 1;
    const std::int64_t ms = row.time.whole / perMs;
    const bool isSmall = ms < 10'000'000'000;
    const bool isDate = ms >= 1'000'000'000'000 && ms <= 4'100'000'000'000 && header.referenceNs != 0; // an epoch of 1970 says it all
    const ClockForm form = isSmall ? ClockForm::Relative : isDate ? ClockForm::Absolute : header.clock;
    if (form == header.clock)
        return;
    header.clock = form;
    m_file->time = TimeBase(form, header.unit, header.referenceNs, header.hasReference);
    announceHeaders();
    m_batch.diagnostics.push_back({DiagnosticKind::ClockGuessed, severityOf(DiagnosticKind::ClockGuessed), RowId(m_nextRow - 1),
                                   {row.offset, row.length},
                                   !header.eventFields.empty()
                                       ? "The log says that its times are absolute, but they are small; they are taken as relative to the start."
                                       : form == ClockForm::Relative
                                       ? "The log states no time_format; its small times are taken as relative to the start."
                                       : "The log states no time_format; its times are dates and are taken as absolute."});
}

std::int64_t Resolver::timeOf(const DecodedBlock::Row& row, EventRow* event, RowId id)
{
    const std::int64_t fallback = m_file->lastTimeNs.value_or(0);
    if ((event->flags & (RowNoTime | RowOversized)) != 0) {
        event->flags |= RowNoTime;
        return fallback;
    }
    if (!m_file->hasTime) {
        guessClock(row);
        m_file->hasTime = true;
    }
    const std::optional<std::int64_t> time = row.clock == 0
        ? m_file->time.resolve(row.time)
        : m_file->time.resolve(row.time, static_cast<ClockForm>(row.clock - 1));
    if (!time) {
        event->flags |= RowNoTime;
        m_batch.diagnostics.push_back({DiagnosticKind::TimeOutOfRange, severityOf(DiagnosticKind::TimeOutOfRange), id,
                                       {row.offset, row.length}, "The time of the event is outside +-292 years."});
        return fallback;
    }
    if (!m_file->hasOrigin) {
        m_file->hasOrigin = true;
        for (const auto& trace : m_file->traces)
            m_batch.origins.push_back({trace->id, m_file->time.logOriginNs(), m_file->time.wallClockOriginNs()});
    }
    if (m_file->lastTimeNs && *time < *m_file->lastTimeNs && !m_file->reportedBackwards) {
        m_file->reportedBackwards = true;
        m_batch.diagnostics.push_back({DiagnosticKind::TimeBackwards, severityOf(DiagnosticKind::TimeBackwards), id,
                                       {row.offset, row.length},
                                       "The event is " + millisecondsText(*m_file->lastTimeNs - *time)
                                           + " ms earlier than the one before it; views show events in time order."});
    }
    m_file->lastTimeNs = *time;
    return *time;
}

void Resolver::reachRow(const DecodedBlock& block, RowId row)
{
    enter(row);
    const RowId from = groupOf(block, row).multipathFrom;
    m_usesMultipath = m_trace->usesMultipath || (from.isValid() && row >= from);
}

/// Before the packets: those tell the trace for good that multipath is in use, with rows of the block that may come later.
void Resolver::resolveMetrics(const DecodedBlock& block)
{
    m_batch.metrics.reserve(block.metrics.size());
    for (const DecodedBlock::Metric& metric : block.metrics) {
        reachRow(block, metric.row);
        addMetric(metric);
    }
}

void Resolver::resolvePacketsAndAcks(DecodedBlock* block)
{
    // in the order of the rows: an ACK may cover packets that are logged before or after it
    m_nextParameter = 0;
    const auto reach = [&](RowId row) { reachRow(*block, row); };
    std::size_t nextAck = 0;
    const auto addAcksBefore = [&](RowId row) {
        for (; nextAck < block->acks.size() && block->acks[nextAck].row < row; ++nextAck) {
            noteAckDelayExponents(block->parameters, block->acks[nextAck].row);
            reach(block->acks[nextAck].row);
            addAck(block->acks[nextAck], *block);
        }
    };
    std::size_t nextLost = 0;
    const auto resolveLossesBefore = [&](RowId row) {
        for (; nextLost < block->lost.size() && block->lost[nextLost].row < row; ++nextLost) {
            reach(block->lost[nextLost].row);
            resolveLost(&block->lost[nextLost]);
        }
    };
    std::size_t nextDatagram = 0;
    for (std::size_t i = 0; i < block->packets.size(); ++i) {
        PacketFact& packet = block->packets[i];
        addAcksBefore(packet.row);
        resolveLossesBefore(packet.row);
        resolveDatagrams(block, &nextDatagram, packet.row);
        reach(packet.row);
        resolvePacket(&packet);
        groupIntoDatagram(&packet, block->datagramIds[i]);
    }
    resolveDatagrams(block, &nextDatagram, RowId());
    addAcksBefore(RowId());
    noteAckDelayExponents(block->parameters, RowId());
    resolveLossesBefore(RowId());
    m_batch.packets = std::move(block->packets);
    m_batch.uses = std::move(block->uses);
    m_batch.datagrams = std::move(block->datagrams);
    m_batch.lost = std::move(block->lost);
    for (const DecodedBlock::Group& group : block->groups) {
        if (!group.multipathFrom.isValid())
            continue;
        enter(group.multipathFrom);
        m_trace->usesMultipath = true;
    }
}

/// A STREAM frame that fills its packet and is logged without a length (OpenSSL) is taken to be as long as the one before it,
/// which is known from the distance to the next on its stream: single sizes may be off, their sum is right. Only what came
/// before counts, so the result does not depend on where blocks are cut.
void Resolver::inferLengths(DecodedBlock* block)
{
    constexpr std::uint64_t longestFrame = 1'500; // more is a gap: packets that were lost or came out of order
    std::size_t nextPacket = 0;
    for (StreamFact& stream : block->streams) {
        enter(stream.row);
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
            && (block->packets[nextPacket].flags & PacketSizeInferred) != 0) {
            block->packets[nextPacket].sizeBytes += full;
            block->uses[nextPacket][indexOf(ByteUse::Application)] += full;
        }
    }
}

void Resolver::resolvePacket(PacketFact* packet)
{
    const RowId local = packet->row;
    packet->row = global(local);
    if (!m_usesMultipath)
        packet->pathId = 0;
    if (packet->type == PacketType::Retry || packet->type == PacketType::VersionNegotiation)
        m_notables.push_back({local, packet->type == PacketType::Retry ? NotableKind::Retry : NotableKind::VersionNegotiation,
                              NotableSource::Packet});
    if (m_file->header.clock == ClockForm::Delta)
        packet->flags &= static_cast<std::uint16_t>(~PacketHeldBack); // times of records are no times of that clock
    if ((packet->flags & PacketNoNumber) != 0)
        return;
    if ((packet->flags & PacketKeyPhaseLogged) != 0 && m_trace->notables.seesKeyFlip(*packet))
        m_notables.push_back({local, NotableKind::KeyUpdate, NotableSource::Packet, 0, static_cast<std::uint64_t>(packet->direction())});
    const PacketNumberSpace space = spaceOf(packet->type);
    NumberState& state = numbersOf(packet->direction(), packet->pathId, space);
    const std::uint64_t number = packet->number;
    if (state.acked.contains(number)
        && !state.logged.contains(number)) // the ACK was logged before the packet
        m_batch.acked.push_back({number, number, packet->row, packet->pathId, space, packet->direction()});
    state.logged.insert({number, number});
}

void Resolver::resolveDatagrams(DecodedBlock* block, std::size_t* next, RowId before)
{
    for (; *next < block->datagrams.size() && block->datagrams[*next].row < before; ++*next) {
        DatagramFact& datagram = block->datagrams[*next];
        enter(datagram.row);
        datagram.row = global(datagram.row);
        m_trace->lastDatagramEvents[static_cast<std::size_t>(datagram.direction)] = datagram.row;
    }
}

/// Only a packet whose header says where it ends can be followed by another in its datagram (RFC 9000, section 12.2). Whether it is: by the
/// ids of datagrams, by the events about them, by the word of the writer, else packets of one time that fit into one are taken to share it.
void Resolver::groupIntoDatagram(PacketFact* packet, std::uint64_t datagramId)
{
    constexpr std::uint64_t longestDatagram = 1'500; // of an Ethernet path
    const auto direction = static_cast<std::size_t>(packet->direction());
    LastPacket& last = m_trace->lastPackets[direction];
    const RowId event = m_trace->lastDatagramEvents[direction];
    const bool isCoalesced = (packet->flags & PacketCoalesced) != 0;
    const std::int64_t timeNs = m_batch.rows[packet->row.value - (m_nextRow - m_batch.rows.size())].timeNs;
    const std::uint64_t bytes = last.datagramBytes + packet->sizeBytes;
    bool isShared = last.row.isValid() && last.mayBeFollowed;
    if (isShared && (datagramId != 0 || last.datagramId != 0)) {
        isShared = datagramId == last.datagramId;
    } else if (isShared && event.isValid()) {
        isShared = event < last.row;
    } else if (isShared && (isCoalesced || last.isCoalesced)) {
        isShared = isCoalesced && last.isCoalesced && timeNs == last.timeNs;
    } else if (isShared) {
        isShared = timeNs == last.timeNs && bytes <= longestDatagram;
        packet->flags |= PacketDatagramInferred;
    }
    if (isShared)
        packet->flags |= PacketSharesDatagram;
    const bool isProtectedLong = packet->type == PacketType::Initial || packet->type == PacketType::Handshake || packet->type == PacketType::ZeroRtt;
    last = {datagramId, isShared ? bytes : packet->sizeBytes, timeNs, packet->row, isProtectedLong, isCoalesced};
}

/// Stream data that was in the log before counts as repeated.
void Resolver::separateRepeatedData()
{
    std::size_t next = 0;
    for (const StreamFact& stream : m_batch.streams) {
        while (next < m_batch.packets.size() && m_batch.packets[next].row < stream.row)
            ++next;
        if (stream.newBytes >= stream.length || next >= m_batch.packets.size() || m_batch.packets[next].row != stream.row)
            continue;
        PacketUses& uses = m_batch.uses[next];
        const std::uint32_t repeated = std::min(stream.length - stream.newBytes, uses[indexOf(ByteUse::Application)]);
        uses[indexOf(ByteUse::Application)] -= repeated;
        uses[indexOf(ByteUse::Repeated)] += repeated;
    }
}

/// A loss without a packet type (quant, Erlang) is one of 1-RTT packets unless only another space has sent that number.
void Resolver::resolveLost(LostFact* lost)
{
    lost->row = global(lost->row);
    if (!m_usesMultipath)
        lost->pathId = 0;
    if (lost->space != PacketNumberSpace::None)
        return;
    lost->space = PacketNumberSpace::Application;
    for (const PacketNumberSpace space : {PacketNumberSpace::Application, PacketNumberSpace::Handshake, PacketNumberSpace::Initial}) {
        if (numbersOf(Direction::Sent, lost->pathId, space).logged.contains(lost->number)) {
            lost->space = space;
            return;
        }
    }
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
    if (!ack.isEvent && !m_trace->hasAckFrames) {
        m_trace->hasAckFrames = true;
        m_trace->heldAcks.clear();
    }
    AckedFact prototype;
    prototype.row = global(ack.row);
    prototype.pathId = m_usesMultipath ? ack.pathId : 0;
    prototype.space = ack.space;
    prototype.direction = ack.direction;
    if (ack.isEvent && !m_trace->countsAckEvents) {
        const auto first = block.ackRanges.begin() + ack.firstRange;
        m_trace->heldAcks.push_back({prototype, {first, first + ack.rangeCount}});
        if (m_trace->heldAcks.size() >= heldAckLimit)
            countHeldAcks();
        return;
    }
    NumberState& state = numbersOf(ack.direction, prototype.pathId, ack.space);
    std::uint64_t largest = 0;
    for (std::uint32_t i = 0; i < ack.rangeCount; ++i)
        largest = std::max(largest, block.ackRanges[ack.firstRange + i].last);
    if (ack.delay >= 0 && ack.rangeCount > 0 && !state.acked.contains(largest))
        addAckDelay(ack, prototype.row);
    for (std::uint32_t i = 0; i < ack.rangeCount; ++i)
        acknowledge(&state, block.ackRanges[ack.firstRange + i], largest, prototype);
}

void Resolver::countHeldAcks()
{
    m_trace->countsAckEvents = !m_trace->heldAcks.empty();
    for (const HeldAck& held : m_trace->heldAcks) {
        NumberState& state = numbersOf(held.prototype.direction, held.prototype.pathId, held.prototype.space);
        std::uint64_t largest = 0;
        for (const Interval& range : held.ranges)
            largest = std::max(largest, range.last);
        for (const Interval& range : held.ranges)
            acknowledge(&state, range, largest, held.prototype);
    }
    m_trace->heldAcks.clear();
}

void Resolver::acknowledge(NumberState* state, Interval range, std::uint64_t largest, const AckedFact& prototype)
{
    if (state->acked.containsAll(range))
        return; // ranges are repeated in ACK after ACK: only news is visited
    state->acked.forEachMissing(range, [&](Interval news) {
        state->logged.forEachCommon(news, [&](Interval logged) {
            AckedFact fact = prototype;
            fact.first = logged.first;
            fact.last = logged.last;
            fact.isLargest = logged.last == largest;
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
    const std::optional<std::int64_t> ns = ackDelayNs(m_trace->header, static_cast<double>(ack.delay),
                                                      m_trace->ackDelayExponent[static_cast<std::size_t>(sender)]);
    if (ns)
        m_batch.ackDelays.push_back({row, static_cast<std::uint32_t>(std::min<std::int64_t>((*ns + 500) / 1000, UINT32_MAX)), sender});
}

void Resolver::noteAckDelayExponents(const std::vector<ParameterFact>& parameters, RowId before)
{
    for (; m_nextParameter < parameters.size() && parameters[m_nextParameter].row < before; ++m_nextParameter) {
        const ParameterFact& fact = parameters[m_nextParameter];
        enter(fact.row);
        // over 20 is no exponent (RFC 9000, section 18.2)
        if (fact.parameter == TransportParameter::AckDelayExponent && fact.owner != ParameterOwner::Unknown && !fact.isRestored && fact.value <= 20)
            m_trace->ackDelayExponent[fact.owner == ParameterOwner::Local ? 0 : 1] = static_cast<std::uint8_t>(fact.value);
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
    resolveCongestionStates(block);
    take(&block->ptoExpiries, &m_batch.ptoExpiries);
    take(&block->peers, &m_batch.peers);
}

void Resolver::addMetric(const DecodedBlock::Metric& metric)
{
    double value = metric.value;
    if (metric.kind == MetricKind::Ssthresh && isNoSsthresh(value))
        return;
    value *= m_trace->metricScales[static_cast<std::size_t>(metric.kind)];
    if (!(std::abs(value) < 9.2e18))
        return;
    const std::int64_t rounded = std::llround(value);
    const std::uint32_t pathId = m_usesMultipath ? metric.pathId : 0;
    if (m_trace->lastMetrics == nullptr || m_trace->lastMetricPath != pathId) {
        m_trace->lastMetrics = &m_trace->metrics[pathId];
        m_trace->lastMetricPath = pathId;
    }
    std::optional<std::int64_t>& last = (*m_trace->lastMetrics)[static_cast<std::size_t>(metric.kind)];
    if (last == rounded)
        return;
    if (metric.kind == MetricKind::PtoCount && rounded > last.value_or(0))
        m_notables.push_back({metric.row, NotableKind::ProbeTimeout, NotableSource::Metric, static_cast<std::uint64_t>(rounded)});
    last = rounded;
    m_batch.metrics.push_back({rounded, global(metric.row), metric.kind, pathId});
}

void Resolver::resolveStream(StreamFact* stream)
{
    StreamFact& added = *stream;
    added.row = global(added.row);
    added.newBytes = added.length;
    const auto direction = static_cast<std::size_t>(added.direction);
    StreamState*& last = m_trace->lastStreams[direction];
    if (last == nullptr || m_trace->lastStreamIds[direction] != added.streamId) {
        last = &m_trace->streams[direction][added.streamId];
        m_trace->lastStreamIds[direction] = added.streamId;
    }
    StreamState& state = *last;
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

void Resolver::addMentions(DecodedBlock* block)
{
    for (StreamMention& mention : block->streamMentions)
        mention.row = global(mention.row);
    m_batch.streamMentions = std::move(block->streamMentions);
    std::vector<std::uint16_t> triggers;
    triggers.reserve(block->triggerTexts.size());
    for (const std::string& text : block->triggerTexts) {
        const std::string name = m_triggers.size() < triggerLimit ? text : std::string(otherTriggers);
        const auto it = m_triggers.find(text);
        const auto [known, isNew] = it != m_triggers.end()
            ? std::pair(it, false)
            : m_triggers.try_emplace(name, static_cast<std::uint16_t>(m_triggers.size()));
        if (isNew)
            m_batch.newTriggers.push_back(name);
        triggers.push_back(known->second);
    }
    for (TriggerFact& fact : block->triggers)
        fact = {global(fact.row), triggers[fact.trigger]};
    m_batch.triggers = std::move(block->triggers);
}

void Resolver::addFrames(const DecodedBlock::Group& group)
{
    for (const Direction direction : {Direction::Sent, Direction::Received}) {
        for (int i = 0; i < frameKindCount; ++i) {
            const std::uint64_t count = group.frameCounts[static_cast<std::size_t>(direction)][i];
            if (count > 0)
                m_batch.frames.push_back({m_trace->id, count, direction, static_cast<FrameKind>(i), {}});
        }
    }
    for (const DecodedBlock::OtherFrames& other : group.otherFrames)
        m_batch.frames.push_back({m_trace->id, other.count, other.direction, FrameKind::Other, other.name});
}

} // namespace qlogscope
