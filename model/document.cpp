// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/document.h"

namespace qlogscope {

Document::Document(std::string path, QObject* parent)
    : QObject(parent)
{
    m_facts.path = std::move(path);
}

Document::~Document() = default;

Trace& Document::addTracesUpTo(TraceId id)
{
    while (m_traces.size() <= id.value)
        m_traces.push_back(std::make_unique<Trace>(&m_events, TraceId(m_traces.size())));
    return *m_traces[id.value];
}

void Document::append(const EventBatch& batch)
{
    for (const std::string& name : batch.newNames)
        m_names.append(name);
    for (const NameKind& name : batch.nameKinds)
        m_names.setKind(name.name, name.kind);
    for (const TraceChange& change : batch.traces)
        traceAt(change.trace).setHeader(change.header);
    for (const TraceOrigin& origin : batch.origins)
        traceAt(origin.trace).setOrigin(origin);
    for (const EventRow& row : batch.rows) {
        const RowId id(m_events.size());
        m_events.append(row);
        traceAt(row.trace).appendRow(id, row);
        if ((row.flags & RowMalformed) != 0)
            ++m_malformedCount;
    }
    for (std::size_t i = 0; i < batch.packets.size(); ++i)
        traceAtRow(batch.packets[i].row).appendPacket(batch.packets[i], i < batch.uses.size() ? &batch.uses[i] : nullptr);
    for (const DatagramFact& datagram : batch.datagrams)
        traceAtRow(datagram.row).appendDatagram(datagram);
    for (const LostFact& lost : batch.lost)
        traceAtRow(lost.row).appendLost(lost);
    for (const AckedFact& acked : batch.acked)
        traceAtRow(acked.row).appendAcked(acked);
    for (const MetricFact& metric : batch.metrics)
        traceAtRow(metric.row).appendMetric(metric);
    for (const StreamFact& stream : batch.streams)
        traceAtRow(stream.row).appendStream(stream);
    for (const AckedFact& unlogged : batch.unlogged)
        traceAtRow(unlogged.row).connection().append(unlogged);
    for (const ParameterFact& parameter : batch.parameters)
        traceAtRow(parameter.row).connection().append(parameter);
    for (const LimitFact& limit : batch.limits)
        traceAtRow(limit.row).connection().append(limit);
    for (const AckDelayFact& delay : batch.ackDelays)
        traceAtRow(delay.row).connection().append(delay);
    for (const CongestionStateFact& state : batch.congestionStates)
        traceAtRow(state.row).connection().append(state);
    for (const PtoFact& pto : batch.ptoExpiries)
        traceAtRow(pto.row).connection().append(pto);
    for (const NotableFact& notable : batch.notables)
        traceAtRow(notable.row).connection().append(notable);
    for (const StreamMention& mention : batch.streamMentions)
        traceAtRow(mention.row).appendStreamMention(mention);
    m_triggers.insert(m_triggers.end(), batch.newTriggers.begin(), batch.newTriggers.end());
    for (const TriggerFact& trigger : batch.triggers) {
        m_triggerRows.push_back(trigger.row.value);
        m_triggerOf.push_back(trigger.trigger);
    }
    for (const CloseFact& close : batch.closes)
        traceAtRow(close.row).appendClose(close);
    for (const HandshakeFact& handshake : batch.handshake)
        traceAtRow(handshake.row).appendHandshake(handshake);
    for (const FrameCount& frames : batch.frames)
        traceAt(frames.trace).appendFrames(frames);
    m_foldedRecords += batch.foldedRecords;
    for (const Diagnostic& diagnostic : batch.diagnostics)
        m_diagnostics.add(diagnostic);
    Q_EMIT appended();
}

void Document::setState(State state, const std::string& failure)
{
    m_state = state;
    m_failure = failure;
    Q_EMIT stateChanged();
}

void Document::setFollowStatus(const FollowStatus& status)
{
    if (status == m_followStatus)
        return;
    m_followStatus = status;
    Q_EMIT followChanged();
}

std::string Document::shortName() const { return m_facts.path.substr(m_facts.path.rfind('/') + 1); }

std::string Document::recordText(RowId row, std::string* problem) const
{
    std::string ignored;
    std::string& sentence = problem != nullptr ? *problem : ignored;
    if (!m_source) {
        sentence = "The file is not open.";
        return {};
    }
    const ByteSource::Change change = m_source->change();
    // a file that vanished or only grew still has its bytes behind the open descriptor
    if (change == ByteSource::Change::Truncated || change == ByteSource::Change::Replaced) {
        sentence = "The file changed on disk since it was read; reload it to see its records.";
        return {};
    }
    std::string text = m_source->text(m_events.offset(row), m_events.length(row));
    if (text.size() < m_events.length(row)) {
        sentence = "The file is shorter than when it was read; reload it to see its records.";
        return {};
    }
    return text;
}

std::size_t Document::memoryBytes() const
{
    std::size_t bytes = m_events.memoryBytes() + m_triggerRows.memoryBytes() + m_triggerOf.memoryBytes();
    for (const auto& trace : m_traces)
        bytes += trace->memoryBytes();
    return bytes;
}

} // namespace qlogscope
