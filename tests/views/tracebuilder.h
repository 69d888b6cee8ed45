// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/document.h"

#include <memory>

namespace qlogscope {

/// A document of one trace, made by hand; times in milliseconds, rows in the order of the calls.
class TraceBuilder
{
public:
    TraceBuilder()
        : m_document(std::make_unique<Document>("/made/by/hand.sqlog"))
    {
        m_batch.newNames = {"quic:event"};
        writer(Writer::Ngtcp2);
    }

    void writer(Writer writer)
    {
        TraceHeader header;
        header.writer = writer;
        header.writerText = text(writer);
        m_batch.traces = {{TraceId(std::size_t{0}), header}};
    }
    /// Which end of which connection the log is of.
    void end(Role role, const std::string& group)
    {
        m_batch.traces.front().header.role = role;
        m_batch.traces.front().header.groupId = group;
    }
    RowId row(double ms)
    {
        EventRow event;
        event.timeNs = static_cast<std::int64_t>(ms * 1e6);
        event.name = NameId(std::size_t{0});
        event.trace = TraceId(std::size_t{0});
        m_batch.rows.push_back(event);
        return RowId(m_batch.rows.size() - 1);
    }
    /// Unix time of nanosecond 0.
    void wallClock(std::int64_t ns) { m_batch.origins = {{TraceId(std::size_t{0}), 0, ns}}; }
    /// Frames of the packets from now on.
    void frames(std::uint64_t mask) { m_frames = mask; }
    RowId sent(double ms, std::uint64_t number, std::uint32_t size) { return packet(ms, number, size, 0); }
    RowId received(double ms, std::uint64_t number, std::uint32_t size)
    {
        return packet(ms, number, size, PacketReceivedFlag);
    }
    /// A received packet with an ACK of sent packets.
    RowId acked(double ms, std::uint64_t first, std::uint64_t last)
    {
        AckedFact fact;
        fact.first = first;
        fact.last = last;
        fact.row = received(ms, m_nextReceived++, 30);
        m_batch.acked.push_back(fact);
        return fact.row;
    }
    RowId lost(double ms, std::uint64_t number)
    {
        LostFact fact;
        fact.number = number;
        fact.row = row(ms);
        m_batch.lost.push_back(fact);
        return fact.row;
    }
    RowId metric(double ms, MetricKind kind, std::int64_t value)
    {
        MetricFact fact;
        fact.kind = kind;
        fact.value = value;
        fact.row = row(ms);
        m_batch.metrics.push_back(fact);
        return fact.row;
    }
    RowId notable(double ms, NotableKind kind)
    {
        NotableFact fact;
        fact.kind = kind;
        fact.row = row(ms);
        m_batch.notables.push_back(fact);
        return fact.row;
    }
    RowId state(double ms, const std::string& state)
    {
        const RowId id = row(ms);
        m_batch.congestionStates.push_back({id, state, {}});
        return id;
    }
    /// Gives the rows the names of what they log.
    TraceBuilder& named()
    {
        m_batch.newNames = {"quic:event", "quic:packet_sent", "quic:packet_received", "quic:packet_lost", "quic:recovery_metrics_updated"};
        for (const PacketFact& packet : m_batch.packets)
            m_batch.rows[packet.row.value].name = NameId(std::size_t{(packet.flags & PacketReceivedFlag) != 0 ? 2U : 1U});
        for (const LostFact& lost : m_batch.lost)
            m_batch.rows[lost.row.value].name = NameId(std::size_t{3});
        for (const MetricFact& metric : m_batch.metrics)
            m_batch.rows[metric.row.value].name = NameId(std::size_t{4});
        return *this;
    }
    std::unique_ptr<Document> build()
    {
        m_document->append(m_batch);
        return std::move(m_document);
    }

private:
    RowId packet(double ms, std::uint64_t number, std::uint32_t size, std::uint16_t flags)
    {
        PacketFact fact;
        fact.number = number;
        fact.sizeBytes = size;
        fact.type = PacketType::OneRtt;
        fact.flags = flags;
        fact.frameMask = m_frames;
        fact.row = row(ms);
        m_batch.packets.push_back(fact);
        return fact.row;
    }

    std::unique_ptr<Document> m_document;
    EventBatch m_batch;
    std::uint64_t m_nextReceived = 1000;
    std::uint64_t m_frames = 0;
};

} // namespace qlogscope
