// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/document.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace qlogscope::bench {

/// A sender's log of one bulk transfer as facts in memory, without any text: slow start, congestion avoidance and losses at a
/// drop-tail bottleneck, a pause of the application now and then. The same options give the same document.
struct TransferOptions {
    std::uint64_t events = 1'000'000; ///< rows to make
    double rateMbit = 50;
    double rttMs = 40;
    double queueMs = 30;
    double pauseEverySeconds = 7;
    bool hasMetrics = true; ///< false: as OpenSSL, which logs no recovery metrics
};

class TransferSimulation
{
public:
    explicit TransferSimulation(const TransferOptions& options)
        : m_options(options)
        , m_document(std::make_unique<Document>("/simulated/transfer.sqlog"))
    {
    }

    std::unique_ptr<Document> run()
    {
        begin();
        while (m_rows < m_options.events) {
            const bool canSend = m_inFlight + packetSize <= m_window && m_now >= m_pauseUntil;
            if (canSend && (m_acks.empty() || m_nextSend <= m_acks.front().time))
                send();
            else if (!m_acks.empty())
                acknowledge();
            else
                m_now = m_nextSend = m_pauseUntil;
        }
        flush();
        m_document->setState(Document::State::Complete);
        return std::move(m_document);
    }

private:
    static constexpr std::uint32_t packetSize = 1252;
    static constexpr std::size_t batchRows = 16384;
    struct Packet {
        std::uint64_t number;
        double sentAt;
        bool isDropped;
    };
    struct Ack {
        double time; ///< of its arrival, in seconds
        std::uint64_t first;
        std::uint64_t last;
    };

    void begin()
    {
        TraceHeader header;
        header.writer = m_options.hasMetrics ? Writer::Picoquic : Writer::OpenSsl;
        header.writerText = text(header.writer);
        header.role = Role::Server;
        header.vantageType = "server";
        header.groupId = "0102030405060708";
        m_batch.traces.push_back({TraceId(std::size_t{0}), header});
        m_batch.newNames = {"quic:packet_sent", "quic:packet_received", "quic:recovery_metrics_updated", "quic:packet_lost"};
    }

    RowId row(double seconds, std::size_t name)
    {
        if (m_batch.rows.size() == batchRows)
            flush();
        EventRow event;
        event.timeNs = static_cast<std::int64_t>(seconds * 1e9);
        event.offset = m_rows * 200;
        event.length = 199;
        event.name = NameId(name);
        event.trace = TraceId(std::size_t{0});
        m_batch.rows.push_back(event);
        return RowId(static_cast<std::size_t>(m_rows++));
    }

    void flush()
    {
        m_document->append(m_batch);
        m_batch = EventBatch();
    }

    void metric(RowId at, MetricKind kind, double value, double& last)
    {
        if (!m_options.hasMetrics || value == last)
            return;
        last = value;
        MetricFact fact;
        fact.row = at;
        fact.kind = kind;
        fact.value = static_cast<std::int64_t>(value);
        m_batch.metrics.push_back(fact);
    }

    void metrics()
    {
        const RowId at = row(m_now, 2);
        metric(at, MetricKind::CongestionWindow, static_cast<double>(static_cast<std::int64_t>(m_window)), m_lastWindow);
        metric(at, MetricKind::BytesInFlight, m_inFlight, m_lastInFlight);
        if (m_threshold < 1e12)
            metric(at, MetricKind::Ssthresh, static_cast<double>(static_cast<std::int64_t>(m_threshold)), m_lastThreshold);
        if (m_smoothed > 0) {
            metric(at, MetricKind::SmoothedRtt, m_smoothed * 1e9, m_lastSmoothed);
            metric(at, MetricKind::LatestRtt, m_latest * 1e9, m_lastLatest);
            metric(at, MetricKind::MinRtt, m_least * 1e9, m_lastLeast);
        }
    }

    void packet(double at, bool isReceived, std::uint64_t number, std::uint32_t size)
    {
        PacketFact fact;
        fact.row = row(at, isReceived ? 1 : 0);
        fact.number = number;
        fact.sizeBytes = size;
        fact.type = PacketType::OneRtt;
        fact.flags = static_cast<std::uint16_t>(PacketFramesLogged | (isReceived ? PacketReceivedFlag : 0));
        fact.frameMask = std::uint64_t{1} << static_cast<unsigned>(isReceived ? FrameKind::Ack : FrameKind::Stream);
        m_batch.packets.push_back(fact);
        if (!isReceived) {
            StreamFact stream;
            stream.streamId = number % 16 * 4;
            stream.offset = number / 16 * 1200;
            stream.length = stream.newBytes = 1200;
            stream.row = fact.row;
            m_batch.streams.push_back(stream);
        }
    }

    void send()
    {
        m_now = std::max(m_now, m_nextSend);
        if (m_now > m_nextPause) {
            m_pauseUntil = m_now + 0.35;
            m_nextPause += m_options.pauseEverySeconds;
            m_nextSend = m_pauseUntil;
            return;
        }
        const double rate = m_options.rateMbit * 1e6 / 8;
        const double arrival = m_now + m_options.rttMs / 4000;
        const bool isDropped = m_linkFree - arrival > m_options.queueMs / 1000 || chance() < 0.00005;
        if (!isDropped)
            m_linkFree = std::max(m_linkFree, arrival) + packetSize / rate;
        packet(m_now, false, m_nextNumber, packetSize);
        m_sent.push_back({m_nextNumber, m_now, isDropped});
        m_inFlight += packetSize;
        if (!isDropped && m_nextNumber % 2 == 1)
            m_acks.push_back({m_linkFree + m_options.rttMs * 3 / 4000 + chance() * 0.0004, m_nextNumber - 1, m_nextNumber});
        ++m_nextNumber;
        const double pace = std::max(m_smoothed, m_options.rttMs / 1000) / (m_window * 1.25) * packetSize;
        m_nextSend = m_now + pace;
        if (m_acks.empty())
            metrics();
    }

    void acknowledge()
    {
        const Ack ack = m_acks.front();
        m_acks.pop_front();
        m_now = std::max(m_now, ack.time);
        packet(m_now, true, m_nextReceived++, 34);
        const RowId ackRow = RowId(static_cast<std::size_t>(m_rows - 1));
        while (!m_sent.empty() && m_sent.front().number <= ack.last) {
            const Packet sent = m_sent.front();
            m_sent.pop_front();
            if (sent.isDropped)
                m_missing.push_back(sent);
            else
                acked(sent, ackRow, sent.number == ack.last);
        }
        while (!m_missing.empty() && m_missing.front().number + 3 <= ack.last) {
            lost(m_missing.front());
            m_missing.pop_front();
        }
        metrics();
        m_nextSend = std::max(m_nextSend, m_now);
    }

    void acked(const Packet& sent, RowId ackRow, bool isLargest)
    {
        AckedFact fact;
        fact.first = fact.last = sent.number;
        fact.row = ackRow;
        fact.isLargest = isLargest;
        m_batch.acked.push_back(fact);
        m_inFlight -= packetSize;
        m_latest = m_now - sent.sentAt;
        m_smoothed = m_smoothed == 0 ? m_latest : m_smoothed * 7 / 8 + m_latest / 8;
        m_least = m_least == 0 ? m_latest : std::min(m_least, m_latest);
        m_window += m_window < m_threshold ? packetSize : 3.0 * packetSize * packetSize / m_window;
    }

    void lost(const Packet& sent)
    {
        LostFact fact;
        fact.number = sent.number;
        fact.row = row(m_now, 3);
        m_batch.lost.push_back(fact);
        m_inFlight -= packetSize;
        if (sent.sentAt > m_recoveryStart) {
            m_recoveryStart = m_now;
            m_window = std::max(m_window * 0.7, 2.0 * packetSize);
            m_threshold = m_window;
        }
    }

    double chance()
    {
        m_random = m_random * 6364136223846793005U + 1442695040888963407U;
        return static_cast<double>(m_random >> 33) / 2147483648.0;
    }

    TransferOptions m_options;
    std::unique_ptr<Document> m_document;
    EventBatch m_batch;
    std::uint64_t m_rows = 0;
    std::deque<Packet> m_sent;
    std::deque<Packet> m_missing;
    std::deque<Ack> m_acks;
    std::uint64_t m_nextNumber = 0;
    std::uint64_t m_nextReceived = 0;
    std::uint64_t m_random = 42;
    double m_now = 0;
    double m_nextSend = 0;
    double m_linkFree = 0;
    double m_pauseUntil = 0;
    double m_nextPause = 3;
    double m_recoveryStart = -1;
    double m_window = 10 * packetSize;
    double m_threshold = 1e15;
    double m_inFlight = 0;
    double m_latest = 0;
    double m_smoothed = 0;
    double m_least = 0;
    double m_lastWindow = -1;
    double m_lastInFlight = -1;
    double m_lastThreshold = -1;
    double m_lastSmoothed = -1;
    double m_lastLatest = -1;
    double m_lastLeast = -1;
};

inline std::unique_ptr<Document> simulatedTransfer(const TransferOptions& options) { return TransferSimulation(options).run(); }

} // namespace qlogscope::bench
