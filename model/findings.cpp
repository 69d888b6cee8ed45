// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/findings.h"

#include "model/findingrules.h"
#include "model/rttsamples.h"

#include <algorithm>

namespace qlogscope {

namespace {

struct FindingInfo {
    std::string_view text;
    Severity severity;
    std::string_view rule;
};

constexpr std::array<FindingInfo, findingKindCount> findingInfos{{
    {"ack-of-unsent-packet", Severity::Error, "An ACK covers only packets that were sent (RFC 9000, section 13.1)."},
    {"packet-number-reused", Severity::Error, "A packet number is never used twice in one number space (RFC 9000, section 12.3)."},
    {"connection-limit-exceeded", Severity::Error,
     "The sum of stream data stays within initial_max_data and MAX_DATA (RFC 9000, section 4.1)."},
    {"stream-limit-exceeded", Severity::Error,
     "The data of a stream stays within initial_max_stream_data_* and MAX_STREAM_DATA (RFC 9000, section 4.1)."},
    {"stream-count-exceeded", Severity::Error,
     "Streams are opened within initial_max_streams_* and MAX_STREAMS (RFC 9000, section 4.6)."},
    {"amplification-exceeded", Severity::Error,
     "A server sends at most three times what it received until the client's address is validated (RFC 9000, section 8.1)."},
    {"sent-after-close", Severity::Error,
     "After CONNECTION_CLOSE only packets with CONNECTION_CLOSE are sent, after receiving it none (RFC 9000, section 10.2)."},
    {"amplification-hit", Severity::Notice,
     "A server that may send no more before the client's address is validated waits for the client (RFC 9000, section 8.1)."},
    {"ack-delay-too-long", Severity::Notice,
     "Ack-eliciting packets are acknowledged within max_ack_delay, give or take a millisecond of timer granularity (RFC 9000, "
     "section 13.2.1)."},
    {"bytes-in-flight-differ", Severity::Notice,
     "Logged bytes in flight are those of ack-eliciting or padded packets neither acknowledged nor lost (RFC 9002, section 2); ten "
     "values in a row are off by over a quarter and 6000 bytes."},
    {"rtt-unit-suspicious", Severity::Notice,
     "Logged RTTs are of the order of the time from packets to their ACKs (RFC 9002, section 5.1); here they are 100 times off."},
    {"persistent-congestion", Severity::Notice,
     "All packets sent over three probe timeouts are lost (RFC 9002, section 7.6)."},
    {"pto-burst", Severity::Notice, "Two or more probe timeouts in a row without an acknowledgement (RFC 9002, section 6.2)."},
    {"long-gap", Severity::Notice,
     "No packet in either direction for over two probe timeouts (and 100 ms) while ack-eliciting packets are unacknowledged (RFC "
     "9002, section 6.2)."},
    {"closed-with-error", Severity::Notice, "The connection was closed with an error code (RFC 9000, section 10.2)."},
    {"handshake-incomplete", Severity::Notice, "The log begins a handshake that it never shows as completed (RFC 9001, section 4.1)."},
}};

} // namespace

std::string_view text(FindingKind kind) { return findingInfos[static_cast<std::size_t>(kind)].text; }
Severity severityOf(FindingKind kind) { return findingInfos[static_cast<std::size_t>(kind)].severity; }
std::string_view ruleOf(FindingKind kind) { return findingInfos[static_cast<std::size_t>(kind)].rule; }

namespace {

/// Reads a list of facts in the order of rows, whatever its own order is.
class RowCursor
{
public:
    /// @param isSorted false: the list may be in the order of time instead
    template <typename RowOf> RowCursor(std::size_t size, bool isSorted, RowOf rowOf)
        : m_size(size)
        , m_rowOf(rowOf)
    {
        if (isSorted)
            return;
        m_order.resize(size);
        for (std::size_t i = 0; i < size; ++i)
            m_order[i] = static_cast<std::uint32_t>(i);
        std::stable_sort(m_order.begin(), m_order.end(), [&](std::uint32_t a, std::uint32_t b) { return rowOf(a) < rowOf(b); });
    }
    /// None at the end.
    [[nodiscard]] RowId row()
    {
        if (m_cachedAt != m_next) {
            m_cachedAt = m_next;
            m_row = m_next < m_size ? m_rowOf(index()) : RowId();
        }
        return m_row;
    }
    [[nodiscard]] std::size_t index() const { return m_order.empty() ? m_next : m_order[m_next]; }
    void advance() { ++m_next; }

private:
    std::size_t m_size;
    std::function<RowId(std::size_t)> m_rowOf;
    std::vector<std::uint32_t> m_order;
    std::size_t m_next = 0;
    std::size_t m_cachedAt = SIZE_MAX;
    RowId m_row;
};

} // namespace

class FindingsSearch::Private
{
public:
    Private(const Document& document, TraceId id)
        : m_context(document, id)
        , m_trace(m_context.trace)
        , m_limits(&m_context)
        , m_amplification(&m_context)
        , m_flight(&m_context)
        , m_ackDelays(&m_context)
        , m_congestion(&m_context)
        , m_gaps(&m_context)
        , m_close(&m_context)
        , m_sampler(m_trace)
    {
        const bool isSorted = !m_trace.hasBackwardTimes();
        const ConnectionFacts& connection = m_context.connection;
        const auto add = [this](Source source, std::size_t size, bool sorted, auto rowOf) {
            m_cursors[static_cast<std::size_t>(source)].emplace(size, sorted, rowOf);
        };
        for (const Direction direction : {Direction::Sent, Direction::Received}) {
            const bool isSent = direction == Direction::Sent;
            const PacketIndex& packets = m_trace.packets(direction);
            add(isSent ? Source::Sent : Source::Received, packets.size(), true,
                [&packets](std::size_t i) { return packets.row(PacketId(i)); });
            const AckedBars& acked = m_trace.ackedBars(direction);
            acked.ensureSorted();
            add(isSent ? Source::SentAcked : Source::ReceivedAcked, acked.size(), isSorted, [&acked](std::size_t i) { return acked.row(i); });
            const auto& delays = connection.ackDelays(direction);
            add(isSent ? Source::SentDelays : Source::ReceivedDelays, delays.size(), true,
                [&delays](std::size_t i) { return delays[i].row; });
        }
        m_trace.lostBars().ensureSorted();
        add(Source::Lost, m_trace.lostBars().size(), isSorted, [this](std::size_t i) { return m_trace.lostBars().row(i); });
        add(Source::Streams, m_trace.streams().rangeCount(), true, [this](std::size_t i) { return m_trace.streams().rangeRow(i); });
        const Series& flight = m_trace.metric(MetricKind::BytesInFlight);
        add(Source::Flight, flight.size(), isSorted, [&flight](std::size_t i) { return flight.row(i); });
    }

    bool step(std::size_t items)
    {
        for (; items > 0; --items) {
            RowId next;
            for (auto& cursor : m_cursors)
                next = std::min(next, cursor->row());
            if (!next.isValid()) {
                finish();
                return true;
            }
            items -= std::min(items - 1, takeRow(next));
        }
        return false;
    }

    Findings take() { return std::move(m_context.findings); }

private:
    enum class Source : std::uint8_t {
        Sent,
        Received,
        SentAcked,
        ReceivedAcked,
        SentDelays,
        ReceivedDelays,
        Lost,
        Streams,
        Flight,
        Count,
    };

    template <typename Visitor> std::size_t forEachAt(Source source, RowId row, Visitor visit)
    {
        RowCursor& cursor = *m_cursors[static_cast<std::size_t>(source)];
        std::size_t count = 0;
        for (; cursor.row() == row; cursor.advance(), ++count)
            visit(cursor.index());
        return count;
    }

    /// All facts of one row: the packet first, then what it brings.
    std::size_t takeRow(RowId row)
    {
        std::size_t count = 0;
        for (const Direction direction : {Direction::Sent, Direction::Received})
            count += forEachAt(direction == Direction::Sent ? Source::Sent : Source::Received, row, [&](std::size_t i) {
                takePacket(direction, PacketId(i));
            });
        count += takeAcks(row);
        count += forEachAt(Source::Lost, row, [&](std::size_t i) {
            m_flight.lost(m_trace.lostBars().packet(i));
            m_congestion.lost(m_trace.lostBars().packet(i), row, m_rtt);
        });
        count += forEachAt(Source::Streams, row, [&](std::size_t i) { m_limits.stream(m_trace.streams().range(i)); });
        count += forEachAt(Source::Flight, row, [&](std::size_t i) {
            m_flight.metric(row, m_trace.metric(MetricKind::BytesInFlight).value(i));
        });
        return count;
    }

    void takePacket(Direction direction, PacketId id)
    {
        const PacketFact packet = m_trace.packets(direction)[id];
        m_gaps.packet(packet, m_flight.outstandingPackets(), m_rtt);
        if (direction == Direction::Sent)
            m_flight.sent(id, packet);
        else
            m_flight.received(packet);
        m_limits.packet(packet);
        m_amplification.packet(packet);
        m_close.packet(packet);
    }

    std::size_t takeAcks(RowId row)
    {
        PacketId largestSent; // of the application space
        PacketId largestReceived;
        takeSample(row, &largestSent);
        std::size_t count = m_acksOfRow;
        const auto isApplication = [](const PacketIndex& packets, PacketId id) {
            return packets.spaceAndNumber(id).first == PacketNumberSpace::Application;
        };
        const PacketIndex& received = m_trace.packets(Direction::Received);
        count += forEachAt(Source::ReceivedAcked, row, [&](std::size_t i) {
            const PacketId id = m_trace.ackedBars(Direction::Received).packet(i);
            if (isApplication(received, id)
                && (!largestReceived.isValid() || received.spaceAndNumber(id).second > received.spaceAndNumber(largestReceived).second))
                largestReceived = id;
        });
        for (const Direction direction : {Direction::Sent, Direction::Received}) {
            const bool isSent = direction == Direction::Sent;
            const PacketId largest = isSent ? largestReceived : largestSent;
            count += forEachAt(isSent ? Source::SentDelays : Source::ReceivedDelays, row, [&](std::size_t i) {
                if (largest.isValid())
                    m_ackDelays.ack(direction, row, m_context.connection.ackDelays(direction)[i].delayUs, largest);
            });
        }
        return count;
    }

    /// What the row acknowledges of the sent packets, and the RTT samples that it gives.
    void takeSample(RowId row, PacketId* largestOfApplication)
    {
        const PacketIndex& sent = m_trace.packets(Direction::Sent);
        m_acksOfRow = forEachAt(Source::SentAcked, row, [&](std::size_t i) {
            const PacketId id = m_trace.ackedBars(Direction::Sent).packet(i);
            const PacketFact packet = sent[id];
            m_flight.acked(id, packet);
            m_sampler.acked(id);
            if (spaceOf(packet.type) == PacketNumberSpace::Application
                && (!largestOfApplication->isValid() || packet.number > sent.number(*largestOfApplication)))
                *largestOfApplication = id;
        });
        m_sampler.rowEnd(row, [&](std::int64_t sample, std::uint32_t) { m_rtt.add(sample, m_context.timeNs(row)); });
    }

    void finish()
    {
        const std::array<bool, 2> complete = rules::findAcksOfUnsent(&m_context);
        rules::findReusedNumbers(&m_context);
        m_limits.finish(complete[0], complete[1]);
        m_amplification.finish();
        m_close.finish();
        m_ackDelays.finish();
        m_flight.finish();
        rules::findRttUnit(&m_context, m_rtt);
        m_congestion.finish();
        rules::findPtoBursts(&m_context);
        m_gaps.finish();
        rules::findCloseWithError(&m_context);
        rules::findIncompleteHandshake(&m_context);
        std::stable_sort(m_context.findings.found.begin(), m_context.findings.found.end(), [](const Finding& a, const Finding& b) {
            return a.severity != b.severity ? a.severity > b.severity : a.kind < b.kind;
        });
        std::stable_sort(m_context.findings.undecided.begin(), m_context.findings.undecided.end(),
                         [](const Undecided& a, const Undecided& b) { return a.kind < b.kind; });
    }

    rules::Context m_context;
    const Trace& m_trace;
    rules::LimitRule m_limits;
    rules::AmplificationRule m_amplification;
    rules::FlightRule m_flight;
    rules::AckDelayRule m_ackDelays;
    rules::CongestionRule m_congestion;
    rules::GapRule m_gaps;
    rules::CloseRule m_close;
    RttSampler m_sampler;
    rules::SampledRtt m_rtt;
    std::size_t m_acksOfRow = 0;
    std::array<std::optional<RowCursor>, static_cast<std::size_t>(Source::Count)> m_cursors;
};

FindingsSearch::FindingsSearch(const Document& document, TraceId trace)
    : d(std::make_unique<Private>(document, trace))
{
}

FindingsSearch::~FindingsSearch() = default;

bool FindingsSearch::step(std::size_t items) { return d->step(items); }
Findings FindingsSearch::take() { return d->take(); }

Findings findingsOf(const Document& document, TraceId trace)
{
    FindingsSearch search(document, trace);
    while (!search.step(SIZE_MAX)) { }
    return search.take();
}

bool isError(const CloseFact& close)
{
    constexpr std::uint64_t h3NoError = 0x100;
    std::string name = lowerCase(close.name);
    std::replace(name.begin(), name.end(), ' ', '_');
    if (name.ends_with("no_error"))
        return false;
    if (close.code)
        return *close.code != 0 && (*close.code != h3NoError || close.space == "transport");
    return !name.empty() || close.trigger == "error" || close.trigger == "aborted" || close.trigger == "version_mismatch";
}

} // namespace qlogscope
