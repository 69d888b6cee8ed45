// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/document.h"

#include <cstdint>

namespace qlogscope::testing {

constexpr std::uint64_t frames(std::initializer_list<FrameKind> kinds)
{
    std::uint64_t mask = 0;
    for (const FrameKind kind : kinds)
        mask |= std::uint64_t{1} << static_cast<unsigned>(kind);
    return mask;
}

/// A trace made of facts by hand. Facts belong to the row made last; the direction of stream data and limits is that of its packet.
class TraceBuilder
{
public:
    explicit TraceBuilder(Role role = Role::Client, Writer writer = Writer::Unknown)
    {
        TraceHeader header;
        header.role = role;
        header.writer = writer;
        m_batch.traces.push_back({TraceId(std::size_t{0}), header});
        m_batch.newNames = {"quic:packet_sent"};
    }

    RowId row(double ms)
    {
        EventRow event;
        event.timeNs = static_cast<std::int64_t>(ms * 1e6);
        event.name = NameId(std::size_t{0});
        event.trace = TraceId(std::size_t{0});
        m_batch.rows.push_back(event);
        m_row = RowId(m_rows++);
        return m_row;
    }
    RowId sent(double ms, std::uint64_t number, std::uint32_t size = 1200, std::uint64_t mask = frames({FrameKind::Ping}),
               PacketType type = PacketType::OneRtt, unsigned flags = PacketFramesLogged)
    {
        return packet(ms, number, size, mask, type, flags);
    }
    RowId received(double ms, std::uint64_t number, std::uint32_t size = 40, std::uint64_t mask = frames({FrameKind::Ack}),
                   PacketType type = PacketType::OneRtt, unsigned flags = PacketFramesLogged)
    {
        return packet(ms, number, size, mask, type, flags | PacketReceivedFlag);
    }
    void acked(std::uint64_t first, std::uint64_t last, bool isLargest = true, PacketNumberSpace space = PacketNumberSpace::Application,
               Direction direction = Direction::Sent)
    {
        AckedFact fact;
        fact.first = first;
        fact.last = last;
        fact.row = m_row;
        fact.space = space;
        fact.direction = direction;
        fact.isLargest = isLargest;
        m_batch.acked.push_back(fact);
    }
    void stream(std::uint64_t id, std::uint64_t offset, std::uint32_t length, bool fin = false)
    {
        StreamFact fact;
        fact.row = m_row;
        fact.streamId = id;
        fact.offset = offset;
        fact.length = fact.newBytes = length;
        fact.direction = m_direction;
        fact.fin = fin;
        m_batch.streams.push_back(fact);
    }
    void lost(double ms, std::uint64_t number, bool isSpurious = false, bool isMtuProbe = false)
    {
        LostFact fact;
        fact.row = row(ms);
        fact.number = number;
        fact.isSpurious = isSpurious;
        fact.isMtuProbe = isMtuProbe;
        m_batch.lost.push_back(fact);
    }
    void parameter(double ms, ParameterOwner owner, TransportParameter parameter, std::uint64_t value, bool isRestored = false)
    {
        ParameterFact fact;
        fact.row = row(ms);
        fact.owner = owner;
        fact.parameter = parameter;
        fact.value = value;
        fact.isRestored = isRestored;
        m_batch.parameters.push_back(fact);
    }
    void limit(LimitKind kind, LimitEvent event, std::uint64_t value, std::uint64_t streamId = LimitFact::none,
               BlockedReason reason = BlockedReason::None)
    {
        LimitFact fact;
        fact.row = m_row;
        fact.kind = kind;
        fact.event = event;
        fact.value = value;
        fact.streamId = streamId;
        fact.reason = reason;
        const bool isFrame = event == LimitEvent::Raised || event == LimitEvent::Blocked;
        fact.direction = isFrame ? m_direction : Direction::Sent;
        m_batch.limits.push_back(fact);
    }
    void metric(MetricKind kind, std::int64_t value, std::uint32_t pathId = 0) { m_batch.metrics.push_back({value, m_row, kind, pathId}); }
    /// The path of the last packet or ACK.
    void onPath(std::uint32_t pathId)
    {
        if (!m_batch.packets.empty() && m_batch.packets.back().row == m_row)
            m_batch.packets.back().pathId = pathId;
        if (!m_batch.acked.empty() && m_batch.acked.back().row == m_row)
            m_batch.acked.back().pathId = pathId;
    }
    void state(double ms, const std::string& state, const std::string& trigger = {})
    {
        row(ms);
        m_batch.congestionStates.push_back({m_row, state, trigger});
    }
    void notable(double ms, NotableKind kind, std::uint64_t value = 0)
    {
        row(ms);
        m_batch.notables.push_back({value, m_row, kind, NotableSource::Event});
    }
    void mention(std::uint64_t streamId) { m_batch.streamMentions.push_back({streamId, m_row}); }

    /// Hands what was made since the last call to the document.
    const Trace& flush()
    {
        m_document.append(m_batch);
        m_batch = EventBatch();
        return m_document.trace(TraceId(std::size_t{0}));
    }
    [[nodiscard]] Document& document() { return m_document; }

private:
    RowId packet(double ms, std::uint64_t number, std::uint32_t size, std::uint64_t mask, PacketType type, unsigned flags)
    {
        PacketFact fact;
        fact.row = row(ms);
        fact.number = number;
        fact.sizeBytes = size;
        fact.frameMask = mask;
        fact.type = type;
        fact.flags = static_cast<std::uint16_t>(flags);
        m_direction = fact.direction();
        m_batch.packets.push_back(fact);
        return m_row;
    }

    Document m_document{"/made/by/hand.sqlog"};
    EventBatch m_batch;
    std::size_t m_rows = 0;
    RowId m_row;
    Direction m_direction = Direction::Sent;
};

} // namespace qlogscope::testing
