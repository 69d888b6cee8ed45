// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/flowcontrol.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace qlogscope {

namespace {

/// Which of bidi_local, bidi_remote and uni binds a stream's data; none if it is unknown who opened it.
std::optional<std::size_t> initialKind(Role role, Direction direction, std::uint64_t streamId)
{
    if ((streamId & 2) != 0)
        return 2; // unidirectional
    if (role != Role::Client && role != Role::Server)
        return std::nullopt;
    // "local" are the streams that were opened by the side that sets the limit: the one that receives the data
    const bool isOwn = (streamId & 1) == (role == Role::Client ? 0 : 1);
    return isOwn == (direction == Direction::Received) ? 0 : 1;
}

/// By the parameter of RFC 9000, section 18.2; none if it is no limit of streams.
std::optional<std::size_t> initialKind(TransportParameter parameter)
{
    switch (parameter) {
    case TransportParameter::InitialMaxStreamDataBidiLocal:
        return 0;
    case TransportParameter::InitialMaxStreamDataBidiRemote:
        return 1;
    case TransportParameter::InitialMaxStreamDataUni:
        return 2;
    default:
        return std::nullopt;
    }
}

/// Whose data a parameter of that side limits.
Direction limitedDirection(ParameterOwner owner) { return owner == ParameterOwner::Remote ? Direction::Sent : Direction::Received; }

} // namespace

void FlowControl::WideSum::add(std::uint64_t value)
{
    high += value >> 32;
    low += value & UINT32_MAX;
}

void FlowControl::WideSum::subtract(std::uint64_t value)
{
    high -= value >> 32;
    low -= value & UINT32_MAX;
}

std::int64_t FlowControl::WideSum::value() const
{
    const std::uint64_t upper = high + (low >> 32);
    constexpr std::uint64_t tooMuch = std::uint64_t{1} << 31;
    return upper >= tooMuch ? std::numeric_limits<std::int64_t>::max() : static_cast<std::int64_t>(upper << 32 | (low & UINT32_MAX));
}

FlowControl::FlowControl(const Trace& trace)
    : m_trace(trace)
    , m_role(trace.role())
    , m_sides{Side(&trace.events()), Side(&trace.events())}
{
}

std::optional<std::uint64_t> FlowControl::streamLimit(Direction direction, std::uint64_t streamId) const
{
    const Side& each = side(direction);
    const std::optional<std::size_t> kind = initialKind(m_role, direction, streamId);
    const std::optional<std::uint64_t> initial = kind ? each.initialStream[*kind].value : std::nullopt;
    const auto raised = each.raisedStream.find(streamId);
    if (raised == each.raisedStream.end())
        return initial;
    return std::max(initial.value_or(0), raised->second);
}

std::optional<std::uint32_t> FlowControl::streamIndex(std::uint64_t streamId) const
{
    const auto stream = m_streamOf.find(streamId);
    return stream == m_streamOf.end() ? std::nullopt : std::optional(stream->second);
}

std::uint64_t FlowControl::currentOffset(Direction direction, std::size_t stream) const
{
    const std::vector<Stream>& streams = side(direction).streams;
    return stream < streams.size() ? streams[stream].end : 0;
}

void FlowControl::updateLimit(Side* each)
{
    if (each->initialData.value || each->raisedData)
        each->limit = std::max(each->initialData.value.value_or(0), each->raisedData.value_or(0));
}

void FlowControl::updateStream(Direction direction, std::size_t index)
{
    Side& each = side(direction);
    Stream& stream = each.streams[index];
    if (stream.isKnown)
        each.sum.subtract(stream.limit);
    else
        --each.unknownStreams;
    const std::optional<std::uint64_t> limit = streamLimit(direction, m_trace.streams().streams()[index].id);
    stream.isKnown = limit.has_value();
    stream.limit = limit.value_or(0);
    if (stream.isKnown)
        each.sum.add(stream.limit);
    else
        ++each.unknownStreams;
}

void FlowControl::updateStreams(Direction direction, std::size_t kind)
{
    const std::vector<Stream>& streams = side(direction).streams;
    for (std::size_t i = 0; i < streams.size(); ++i) {
        if (streams[i].hasData && initialKind(m_role, direction, m_trace.streams().streams()[i].id) == kind)
            updateStream(direction, i);
    }
}

void FlowControl::parameter(const ParameterFact& fact)
{
    if (fact.owner == ParameterOwner::Unknown)
        return;
    const Direction direction = limitedDirection(fact.owner);
    Side& each = side(direction);
    const auto set = [&fact](Initial* initial) {
        if (initial->isFinal || (fact.isRestored && initial->value))
            return false;
        initial->isFinal = !fact.isRestored;
        const std::uint64_t value = std::min(fact.value, largest);
        return std::exchange(initial->value, value) != value;
    };
    if (fact.parameter == TransportParameter::InitialMaxData) {
        if (set(&each.initialData))
            updateLimit(&each);
    } else if (const std::optional<std::size_t> kind = initialKind(fact.parameter)) {
        if (set(&each.initialStream[*kind]))
            updateStreams(direction, *kind);
    }
}

void FlowControl::limit(std::size_t index)
{
    const LimitFact& fact = m_trace.connection().limits()[index];
    if (fact.kind != LimitKind::Data && fact.kind != LimitKind::StreamData)
        return;
    if (fact.event == LimitEvent::Blocked || fact.event == LimitEvent::BlockedEvent)
        return addBlocked(fact, index);
    if (fact.event != LimitEvent::Raised || fact.value == LimitFact::none)
        return;
    // a limit that was received binds what is sent
    const Direction direction = fact.direction == Direction::Received ? Direction::Sent : Direction::Received;
    Side& each = side(direction);
    const std::uint64_t value = std::min(fact.value, largest);
    if (fact.kind == LimitKind::Data) {
        each.raisedData = std::max(each.raisedData.value_or(0), value); // a smaller one changes nothing (RFC 9000, section 4.1)
        updateLimit(&each);
        return;
    }
    if (fact.streamId == LimitFact::none)
        return;
    std::uint64_t& raised = each.raisedStream[fact.streamId];
    raised = std::max(raised, value);
    const std::optional<std::uint32_t> stream = streamIndex(fact.streamId);
    if (stream && *stream < each.streams.size() && each.streams[*stream].hasData)
        updateStream(direction, *stream);
}

void FlowControl::addBlocked(const LimitFact& fact, std::size_t index)
{
    BlockedMark mark;
    mark.row = fact.row;
    mark.limit = static_cast<std::uint32_t>(index);
    Side& each = side(fact.direction);
    const bool isFlowControl = fact.reason == BlockedReason::None || fact.reason == BlockedReason::ConnectionFlowControl
        || fact.reason == BlockedReason::StreamFlowControl;
    if (fact.value != LimitFact::none) {
        mark.value = std::min(fact.value, largest);
    } else if (isFlowControl) {
        const bool isOfStream = fact.kind == LimitKind::StreamData && fact.reason != BlockedReason::ConnectionFlowControl;
        mark.value = isOfStream ? streamLimit(fact.direction, fact.streamId) : each.limit;
        mark.isInferred = mark.value.has_value();
    }
    each.blocked.push_back(mark);
}

void FlowControl::streamRange(std::size_t index)
{
    const StreamIndex::Range range = m_trace.streams().range(index);
    if (range.offset > largest || range.length > largest - range.offset)
        return; // no stream is that long
    Side& each = side(range.direction);
    if (range.stream >= each.streams.size())
        each.streams.resize(std::max<std::size_t>(range.stream + 1, each.streams.size() * 2));
    Stream& stream = each.streams[range.stream];
    if (!stream.hasData) {
        stream.hasData = true;
        m_streamOf.emplace(m_trace.streams().streams()[range.stream].id, range.stream);
        ++each.streamCount;
        ++each.unknownStreams;
        updateStream(range.direction, range.stream);
        each.isSumUnknown = each.isSumUnknown || (!stream.isKnown && !each.limitSum.empty());
    }
    const std::uint64_t end = range.offset + range.length;
    if (end <= stream.end)
        return;
    const auto room = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() - each.total);
    each.total += static_cast<std::int64_t>(std::min(end - stream.end, room));
    stream.end = end;
}

void FlowControl::rowEnd(RowId row)
{
    for (Side& each : m_sides) {
        if (each.total != each.totalBefore) {
            each.streamBytes.append(row, each.total - each.totalBefore);
            each.totalBefore = each.total;
        }
        if (each.limit != each.limitBefore) {
            each.connectionLimit.append(row, static_cast<std::int64_t>(*each.limit));
            each.limitBefore = each.limit;
        }
        if (each.isSumUnknown) {
            if (!each.limitSum.empty())
                each.limitSum = Series(&m_trace.events());
            continue;
        }
        if (each.streamCount > 0 && each.unknownStreams == 0 && each.sum.value() != each.sumBefore) {
            each.sumBefore = each.sum.value();
            each.limitSum.append(row, *each.sumBefore);
        }
    }
}

std::size_t FlowControl::memoryBytes() const
{
    std::size_t bytes = 0;
    for (const Side& each : m_sides)
        bytes += each.streamBytes.memoryBytes() + each.connectionLimit.memoryBytes() + each.limitSum.memoryBytes()
            + each.blocked.capacity() * sizeof(BlockedMark) + each.streams.capacity() * sizeof(Stream);
    return bytes;
}

Series limitOfStream(const Trace& trace, Direction direction, std::uint64_t streamId)
{
    Series limits(&trace.events());
    std::uint64_t value = 0;
    const auto raise = [&](RowId row, std::uint64_t to) {
        to = std::min(to, FlowControl::largest);
        if (!limits.empty() && to <= value)
            return;
        value = to;
        limits.append(row, static_cast<std::int64_t>(value));
    };
    const std::optional<std::size_t> kind = initialKind(trace.role(), direction, streamId);
    const std::vector<ParameterFact>& parameters = trace.connection().parameters();
    std::size_t next = 0;
    const auto raiseInitial = [&](RowId before) {
        for (; next < parameters.size() && parameters[next].row < before; ++next) {
            const ParameterFact& fact = parameters[next];
            if (fact.owner != ParameterOwner::Unknown && limitedDirection(fact.owner) == direction && kind && initialKind(fact.parameter) == kind)
                raise(fact.row, fact.value);
        }
    };
    const Column<LimitFact>& facts = trace.connection().limits();
    for (std::size_t i = 0; i < facts.size(); ++i) {
        const LimitFact& fact = facts[i];
        const bool isOfStream = fact.kind == LimitKind::StreamData && fact.streamId == streamId;
        if (!isOfStream || fact.event != LimitEvent::Raised || fact.direction == direction || fact.value == LimitFact::none)
            continue;
        raiseInitial(fact.row);
        raise(fact.row, fact.value);
    }
    raiseInitial(RowId());
    return limits;
}

} // namespace qlogscope
