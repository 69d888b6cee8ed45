// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/trace.h"

#include <array>
#include <cstdint>
#include <vector>

namespace qlogscope {

/// Takes the facts of one trace in the order of time (equal times: of rows), each once, in slices, while the trace may grow. Where
/// a log has an earlier fact after the walk went past its time, the walk says so and begins anew. UI thread.
class TimeWalk
{
public:
    /// Is told the facts; within a row in the order of these functions.
    class Visitor
    {
    public:
        virtual ~Visitor() = default;
        /// What was told before is void; all facts follow once more.
        virtual void restart() = 0;
        virtual void parameter(const ParameterFact& parameter) = 0;
        virtual void packet(Direction direction, PacketId packet) = 0;
        virtual void acked(Direction direction, PacketId packet) = 0; ///< direction of the packet
        virtual void lost(PacketId packet) = 0; ///< by its packet_lost
        virtual void limit(std::size_t index) = 0; ///< in ConnectionFacts::limits()
        virtual void streamRange(std::size_t index) = 0; ///< in StreamIndex
        virtual void metric(MetricKind kind, std::int64_t value) = 0; ///< congestion window and bytes in flight only
        /// After the last fact of a row.
        virtual void rowEnd(RowId row) = 0;
    };

    /// @param trace must outlive the walk
    explicit TimeWalk(const Trace& trace);

    /// Tells at most so many facts. @return true if there are no more for now
    bool advance(std::size_t facts, Visitor* visitor);
    [[nodiscard]] std::size_t memoryBytes() const;

private:
    enum Source : std::uint8_t {
        Parameters,
        SentPackets,
        ReceivedPackets,
        SentAcked,
        ReceivedAcked,
        Losses,
        Limits,
        StreamRanges,
        Windows,
        Flights,
        sourceCount,
    };
    struct Key {
        std::int64_t timeNs = 0; ///< 0 while all rows are in order of time: rows tell it
        RowId row;
        auto operator<=>(const Key&) const = default;
    };
    struct Cursor {
        std::size_t size = 0; ///< of the source
        std::size_t next = 0; ///< so many are told
        Key key; ///< of the next one
        std::uint32_t last = RowId::none; ///< what the one before it is: another one means that something was put before it
        std::vector<std::uint32_t> order; ///< of those from orderFrom on, where their rows are not in the order of time
        std::size_t orderFrom = 0;
        [[nodiscard]] bool isAtEnd() const { return next >= size; }
        [[nodiscard]] std::size_t index() const { return order.empty() ? next : order[next - orderFrom]; }
    };

    [[nodiscard]] std::size_t sizeOf(Source source) const;
    [[nodiscard]] RowId rowOf(Source source, std::size_t index) const;
    /// Tells items of a time-ordered source apart.
    [[nodiscard]] std::uint32_t identityOf(Source source, std::size_t index) const;
    [[nodiscard]] Key keyOf(RowId row) const { return {m_inOrder ? 0 : m_trace.events().timeNs(row), row}; }
    void updateKey(Source source);
    void sortRows(Source source);
    /// Looks for news. @return false if they are earlier than what was told
    [[nodiscard]] bool findNews();
    void begin();
    void tell(Source source, std::size_t index, Visitor* visitor) const;

    const Trace& m_trace;
    Role m_role = Role::Unknown;
    bool m_inOrder = true;
    std::array<Cursor, sourceCount> m_cursors;
    RowId m_row; // whose facts are being told
    Key m_latest; // of all that is told; no row: nothing is
};

} // namespace qlogscope
