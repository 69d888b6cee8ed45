// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/congestioncsv.h"

#include "app/cli/output.h"
#include "model/derivedseries.h"
#include "model/lossmarks.h"
#include "model/ratewindows.h"

#include <charconv>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace qlogscope {

namespace {

class CongestionCsv
{
public:
    CongestionCsv(const TraceRef& trace, TimeRange range, Direction direction, OutputFile* output)
        : m_trace(trace.get())
        , m_events(trace.document->events())
        , m_packets(m_trace.packets(direction))
        , m_range(range.shifted(m_trace.zeroNs()))
        , m_direction(direction)
        , m_output(output)
        , m_derived(m_trace)
    {
        m_derived.advance();
    }

    /// Only packets whose own row or that of their bar is selected have rows.
    void selectRows(const std::vector<RowId>& rows)
    {
        m_selected.resize(m_events.size());
        for (const RowId row : rows)
            m_selected[row.value] = true;
    }

    [[nodiscard]] bool write(std::optional<PanelKind> panel)
    {
        m_text = "series,time_ms,value,value2,space,packet_number,path,inferred\n";
        if (!panel || *panel == PanelKind::Data)
            writeDataPanel();
        if (!panel || *panel == PanelKind::Rates)
            writeRatesPanel();
        if (!panel || *panel == PanelKind::Rtt)
            writeRttPanel();
        flush();
        return m_isWritten && m_output->commit();
    }

private:
    void writeDataPanel()
    {
        writePackets();
        writeLimits();
        writeMetrics({{"congestion_window", MetricKind::CongestionWindow}, {"bytes_in_flight", MetricKind::BytesInFlight}});
        writeChanges("bytes_in_flight", m_derived.flight().bytesInFlight(), true); // empty where it is logged
        writeMetrics({{"ssthresh", MetricKind::Ssthresh}});
    }
    void writeRatesPanel()
    {
        writeMetrics({{"pacing_rate", MetricKind::PacingRate}});
        writeRates();
    }
    void writeRttPanel()
    {
        writeMetrics({{"rtt_min", MetricKind::MinRtt}, {"rtt_smoothed", MetricKind::SmoothedRtt}, {"rtt_latest", MetricKind::LatestRtt}});
        if (m_derived.rtt().paths().empty())
            writeSeries("rtt_sample", m_derived.rtt().samples(), MetricUnit::Nanoseconds);
        else
            writePaths("rtt_sample", m_derived.rtt().paths(), MetricUnit::Nanoseconds);
    }
    void flush()
    {
        m_isWritten = m_isWritten && m_output->write(m_text);
        m_text.clear();
    }
    void add(std::uint64_t number)
    {
        char digits[20];
        m_text.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
    }
    void begin(std::string_view series, std::int64_t timeNs)
    {
        constexpr std::size_t enough = std::size_t{1} << 20;
        if (m_text.size() >= enough)
            flush();
        m_text += series;
        m_text += ',';
        m_text += millisecondsText(timeNs - m_trace.zeroNs());
        m_text += ',';
    }
    void end(bool isInferred) { m_text += isInferred ? ",1\n" : ",0\n"; }

    [[nodiscard]] bool isSelected(RowId packetRow, RowId barRow) const
    {
        return m_selected.empty() || (packetRow.isValid() && m_selected[packetRow.value]) || m_selected[barRow.value];
    }
    void writeBar(std::string_view series, RowId row, std::uint64_t from, std::uint64_t to, PacketNumberSpace space,
                  std::optional<std::uint64_t> number, std::uint32_t pathId, bool isInferred)
    {
        begin(series, m_events.timeNs(row));
        add(from);
        m_text += ',';
        add(to);
        m_text += ',';
        if (space != PacketNumberSpace::None)
            m_text += text(space);
        m_text += ',';
        if (number)
            add(*number);
        m_text += ',';
        add(pathId);
        end(isInferred);
    }
    void writePacket(std::string_view series, PacketId id, RowId row, bool isInferred = false)
    {
        const PacketFact packet = m_packets[id];
        if (!isSelected(packet.row, row))
            return;
        const std::uint64_t from = m_packets.bytesBefore(id);
        const bool hasNumber = (packet.flags & PacketNoNumber) == 0;
        writeBar(series, row, from, from + packet.sizeBytes, spaceOf(packet.type), hasNumber ? std::optional(packet.number) : std::nullopt,
                 packet.pathId, isInferred || (packet.flags & (PacketSizeMissing | PacketSizeInferred)) != 0);
    }
    template <typename Bars> void writeBars(std::string_view series, const Bars& bars)
    {
        const std::size_t last = bars.lowerBound(m_range.endNs);
        for (std::size_t i = bars.lowerBound(m_range.beginNs); i < last && m_isWritten; ++i)
            writePacket(series, bars.packet(i), bars.row(i));
    }
    /// Losses that the writer does not log, and those of them that an ACK takes back.
    void addInferredLosses(std::vector<LossMark>* lost, std::vector<LossMark>* spurious) const
    {
        std::set<PacketId> named; // an aggregate event names one of its losses
        for (const LossMark& mark : *lost)
            named.insert(mark.packet);
        for (const FlightEstimate::Loss& loss : m_derived.flight().losses()) {
            if (named.contains(loss.packet))
                continue;
            lost->push_back(markOf(loss.row, loss.packet));
            if (m_packets.ackedBy(loss.packet).isValid())
                spurious->push_back(markOf(m_packets.ackedBy(loss.packet), loss.packet));
        }
        sortByTime(m_events, lost);
        sortByTime(m_events, spurious);
    }
    [[nodiscard]] LossMark markOf(RowId row, PacketId id) const
    {
        const auto [space, number] = m_packets.spaceAndNumber(id);
        return {row, id, number, m_packets.pathId(id), space, false, true};
    }
    void writeMarks(std::string_view series, const std::vector<LossMark>& marks)
    {
        for (const LossMark& mark : marks) {
            if (!m_range.contains(m_events.timeNs(mark.row)))
                continue;
            if (mark.packet.isValid()) {
                writePacket(series, mark.packet, mark.row, mark.isInferred);
            } else if (isSelected(RowId(), mark.row)) { // its sending is not logged: no height
                const std::uint64_t bytes = m_packets.bytesBeforeRow(mark.row);
                writeBar(series, mark.row, bytes, bytes, mark.space, mark.number, mark.pathId, true);
            }
        }
    }
    void writePackets()
    {
        writeBars("sent", m_trace.sentBars(m_direction));
        writeBars("acked", m_trace.ackedBars(m_direction));
        if (m_direction == Direction::Received)
            return; // what the peer lost is not in this log
        std::vector<LossMark> lost = lossMarks(m_trace);
        std::vector<LossMark> spurious = spuriousMarks(m_trace);
        addInferredLosses(&lost, &spurious);
        writeMarks("lost", lost);
        writeMarks("spurious", spurious);
    }

    void writeValue(std::string_view series, std::int64_t timeNs, std::int64_t value, MetricUnit unit = MetricUnit::Count, bool isInferred = false,
                    std::optional<std::uint32_t> pathId = std::nullopt)
    {
        begin(series, timeNs);
        m_text += unit == MetricUnit::Nanoseconds ? millisecondsText(value) : std::to_string(value);
        m_text += ",,,,";
        if (pathId)
            add(*pathId);
        end(isInferred);
    }
    /// Several multipath paths, merged in the order of time.
    void writePaths(std::string_view name, const std::vector<Trace::PathSeries>& paths, MetricUnit unit)
    {
        std::vector<std::size_t> next;
        for (const Trace::PathSeries& path : paths)
            next.push_back(path.series.lowerBound(m_range.beginNs));
        while (m_isWritten) {
            std::size_t best = paths.size();
            for (std::size_t i = 0; i < paths.size(); ++i) {
                if (next[i] < paths[i].series.size() && (best == paths.size() || keyAt(paths[i].series, next[i]) < keyAt(paths[best].series, next[best])))
                    best = i;
            }
            if (best == paths.size() || paths[best].series.timeNs(next[best]) >= m_range.endNs)
                return;
            const Series& series = paths[best].series;
            writeValue(name, series.timeNs(next[best]), series.value(next[best]), unit, false, paths[best].pathId);
            ++next[best];
        }
    }
    [[nodiscard]] static std::pair<std::int64_t, std::uint32_t> keyAt(const Series& series, std::size_t index)
    {
        return {series.timeNs(index), series.row(index).value};
    }
    void writeSeries(std::string_view name, const Series& series, MetricUnit unit)
    {
        const std::size_t last = series.lowerBound(m_range.endNs);
        for (std::size_t i = series.lowerBound(m_range.beginNs); i < last && m_isWritten; ++i)
            writeValue(name, series.timeNs(i), series.value(i), unit);
    }
    void writeMetrics(std::initializer_list<std::pair<const char*, MetricKind>> metrics)
    {
        for (const auto& [name, kind] : metrics) {
            if (const std::vector<Trace::PathSeries>& paths = m_trace.metricPaths(kind); paths.size() > 1)
                writePaths(name, paths, unit(kind));
            else
                writeSeries(name, paths.front().series, unit(kind));
        }
    }
    void writeChanges(std::string_view name, const DeltaSeries& series, bool isInferred = false)
    {
        std::size_t i = series.lowerBound(m_range.beginNs);
        std::int64_t value = series.valueBefore(i);
        for (const std::size_t last = series.lowerBound(m_range.endNs); i < last && m_isWritten; ++i)
            writeValue(name, series.timeNs(i), value += series.change(i), MetricUnit::Bytes, isInferred);
    }
    void writeLimits()
    {
        const FlowControl& flow = m_derived.flowControl();
        writeChanges("stream_bytes", flow.streamBytes(m_direction), m_trace.streams().anyLengthInferred());
        writeSeries("connection_limit", flow.connectionLimit(m_direction), MetricUnit::Bytes);
        writeSeries("stream_limit_sum", flow.streamLimitSum(m_direction), MetricUnit::Bytes);
        for (const FlowControl::BlockedMark& mark : flow.blocked(m_direction)) {
            const std::int64_t time = m_events.timeNs(mark.row);
            if (mark.value && m_range.contains(time))
                writeValue("blocked", time, static_cast<std::int64_t>(*mark.value), MetricUnit::Bytes, mark.isInferred);
        }
    }
    /// Packets and stream bytes, if there are any at all: a window without is one of 0.
    void writeRates()
    {
        const TransferRates& rates = m_derived.rates();
        const TimeRange logged = m_range.intersected(m_trace.timeRange()); // what lies outside is not known
        const RateWindows windows(logged, logged.beginNs, std::max<std::int64_t>(rateWindowNs(logged), 1));
        const auto write = [&](std::string_view name, bool isInferred, auto bytesIn) {
            for (std::int64_t from = logged.beginNs; from < logged.endNs && m_isWritten;) {
                const TimeRange window = windows.at(from);
                writeValue(name, from, bitsPerSecond(bytesIn(window), window.lengthNs()), MetricUnit::BitsPerSecond, isInferred);
                from = window.endNs;
            }
        };
        if (m_packets.totalBytes() > 0)
            write("throughput", m_packets.anySizeInferred(), [&](TimeRange range) { return rates.packetBytesIn(m_direction, range); });
        if (rates.hasGoodput(m_direction))
            write("goodput", m_trace.streams().anyLengthInferred(), [&](TimeRange range) { return rates.streamBytesIn(m_direction, range); });
    }

    const Trace& m_trace;
    const EventStore& m_events;
    const PacketIndex& m_packets;
    TimeRange m_range; ///< on the trace's clock
    Direction m_direction;
    OutputFile* m_output;
    DerivedSeries m_derived;
    std::vector<bool> m_selected; ///< by row; empty: all
    std::string m_text;
    bool m_isWritten = true;
};

} // namespace

ExitCode writeCongestionCsv(const TraceRef& trace, TimeRange range, Direction perspective, const Filter& filter, OutputFile* output,
                            std::optional<PanelKind> panel)
{
    CongestionCsv csv(trace, range, perspective, output);
    if (!filter.isEmpty()) {
        std::string problem;
        csv.selectRows(selectRows(filter, *trace.document, &problem));
        if (!problem.empty()) {
            writeError(trace.document->facts().path, problem);
            return ExitUnreadable;
        }
    }
    return csv.write(panel) ? ExitGood : ExitOutput;
}

} // namespace qlogscope
