// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/sequencecsv.h"

#include "app/cli/output.h"
#include "importers/recordsummary.h"
#include "views/sequence/sequenceorder.h"

#include <array>
#include <limits>
#include <set>

namespace qlogscope {

namespace {

class SequenceCsv
{
public:
    SequenceCsv(const Workspace& workspace, const TraceRef& trace, TimeRange range, OutputFile* output)
        : m_traces(workspace, trace, &m_records)
        , m_trace(trace)
        , m_range(range)
        , m_output(output)
    {
        while (!m_traces.advance(std::numeric_limits<std::int64_t>::max())) { }
        CategorySet all;
        all.fill(true);
        m_order.begin(&m_traces, all, nullptr, false);
        while (!m_order.advance(std::numeric_limits<std::int64_t>::max())) { }
    }
    /// Of both ends. @return what is wrong, empty if nothing is
    [[nodiscard]] std::string selectRows(const Filter& filter)
    {
        m_isFiltered = true;
        std::string problem;
        for (const Side side : m_traces.sides()) {
            if (!m_traces.isLogged(side) || !problem.empty())
                continue;
            const std::vector<RowId> rows = qlogscope::selectRows(filter, *m_traces.trace(side).document, &problem);
            m_selected[indexOf(side)].insert(rows.begin(), rows.end());
        }
        return problem;
    }
    [[nodiscard]] bool write()
    {
        m_text = "kind,from_endpoint,to_endpoint,sent_ms,received_ms,space,packet_number,packet_type,size,state,inferred,path\n";
        for (std::size_t i = 0; i < m_order.size() && m_isWritten; ++i) {
            const SequenceOrder::Entry entry = m_order[i];
            if (!entry.isBreak && isWanted(entry.side, entry.row))
                writeRow(entry.side, entry.row);
        }
        flush();
        return m_isWritten && m_output->commit();
    }

private:
    [[nodiscard]] std::int64_t tOf(Side side, RowId row) const { return m_traces.tOf(m_traces.axisNs(side, row), m_trace.get().zeroNs()); }
    [[nodiscard]] bool isWanted(Side side, RowId row) const
    {
        return m_range.contains(tOf(side, row)) && (!m_isFiltered || m_selected[indexOf(side)].contains(row));
    }
    [[nodiscard]] std::string endpoint(Side side) const
    {
        if (m_traces.isLogged(side) && m_traces.trace(side).get().role() == Role::Network)
            return "network";
        const std::optional<Side> end = m_traces.endOf(side);
        return !end ? "" : *end == Side::Left ? "client" : "server";
    }
    /// On the client's clock, where the client's log is there.
    [[nodiscard]] std::string timeOf(Side side, RowId row) const
    {
        const Side base = m_traces.isLogged(Side::Left) ? Side::Left : Side::Right;
        return millisecondsText(saturatedDifference(m_traces.axisNs(side, row), m_traces.trace(base).get().zeroNs()));
    }
    void writeRow(Side side, RowId row)
    {
        const std::optional<SequencePacket> packet = m_traces.loggedPacket(side, row);
        if (!packet)
            return writeEvent(side, row);
        const RowId other = m_traces.counterpart(side, *packet);
        const bool isSent = packet->direction == Direction::Sent;
        if (!isSent && other.isValid()) { // with its sending, if that has a row
            if (!isWanted(otherSide(side), other))
                writeRow(otherSide(side), other);
            return;
        }
        const std::string own = endpoint(side);
        const std::optional<Side> whose = m_traces.endOf(side);
        const bool isOfEndpoint = m_traces.trace(side).get().role() == Role::Transport;
        const std::string far = own == "network" || !whose ? std::string()
            : isOfEndpoint                                ? std::string(*whose == Side::Left ? "server" : "client")
                                                          : endpoint(otherSide(*whose));
        const PacketFact fact = m_traces.packets(side, packet->direction)[packet->id];
        begin("packet", isSent ? own : far, isSent ? far : own);
        add(isSent ? timeOf(side, row) : std::string());
        add(isSent ? (other.isValid() ? timeOf(otherSide(side), other) : std::string()) : timeOf(side, row));
        const PacketNumberSpace space = spaceOf(fact.type);
        const bool hasNumber = space != PacketNumberSpace::None && (fact.flags & PacketNoNumber) == 0;
        add(space == PacketNumberSpace::None ? std::string() : std::string(text(space)));
        add(hasNumber ? std::to_string(fact.number) : std::string());
        add(std::string(text(fact.type)));
        add((fact.flags & PacketSizeMissing) == 0 ? std::to_string(fact.sizeBytes) : std::string());
        const bool isReceived = !isSent || other.isValid();
        add(isReceived ? "received" : m_traces.fateOf(side, packet->id) == PacketFate::Lost ? "lost" : "unknown");
        add(other.isValid() ? "0" : "1");
        end(std::to_string(fact.pathId));
    }
    /// What an endpoint logs of itself.
    void writeEvent(Side side, RowId row)
    {
        const NameTable::Entry* name = m_traces.nameOf(side, row);
        begin(name != nullptr ? csvField(name->canonical) : "malformed", endpoint(side), {});
        add(timeOf(side, row));
        for (int empty = 0; empty < 6; ++empty)
            add({});
        add("0");
        end({});
    }
    void begin(const std::string& kind, const std::string& from, const std::string& to)
    {
        constexpr std::size_t enough = std::size_t{1} << 20;
        if (m_text.size() >= enough)
            flush();
        m_text += kind + ',' + from + ',' + to;
    }
    void add(const std::string& field) { m_text += ',' + field; }
    void end(const std::string& field) { m_text += ',' + field + '\n'; }
    void flush()
    {
        m_isWritten = m_isWritten && m_output->write(m_text);
        m_text.clear();
    }

    RecordSummary m_records;
    SequenceTraces m_traces;
    SequenceOrder m_order;
    TraceRef m_trace;
    TimeRange m_range;
    OutputFile* m_output;
    bool m_isFiltered = false;
    std::array<std::set<RowId>, mostSides> m_selected; ///< by side
    std::string m_text;
    bool m_isWritten = true;
};

} // namespace

ExitCode writeSequenceCsv(const Workspace& workspace, const TraceRef& trace, TimeRange range, const Filter& filter, OutputFile* output)
{
    SequenceCsv csv(workspace, trace, range, output);
    if (!filter.isEmpty()) {
        if (const std::string problem = csv.selectRows(filter); !problem.empty()) {
            writeError(trace.document->facts().path, problem);
            return ExitUnreadable;
        }
    }
    return csv.write() ? ExitGood : ExitOutput;
}

} // namespace qlogscope
