// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/derivedseries.h"
#include "model/trace.h"
#include "views/rowfilter.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace qlogscope {

/// What the bars of the congestion chart show of a trace.
struct BarChoice {
    Direction direction = Direction::Sent;
    BarScale scale = BarScale::WireBytes;
    std::optional<std::uint64_t> stream; ///< with StreamOffset: only this one
    std::optional<std::uint32_t> path; ///< only packets of this multipath path id
    bool operator==(const BarChoice&) const = default;
};

/// The bars of one trace for one choice, where they are not those that the trace has itself: on another scale, of one path, selected by
/// a filter; losses that are inferred (FlightEstimate), and losses that turned out to be spurious. A filter selects bars whose packet
/// it selects and those that stand for a selected record (an ACK, a loss); they stay where they are. Made in slices. UI thread.
class ChartBars
{
public:
    enum Kind : std::uint8_t { Sent, Acked, Lost, Spurious, kindCount };

    /// @param filter null: all bars. All must outlive it.
    ChartBars(const Trace& trace, const BarChoice& choice, const RowFilter* filter);

    /// Goes on for about so long. @param derived null: no losses are inferred (yet). @return false if there is more to do
    bool advance(std::int64_t milliseconds, const DerivedSeries* derived);

    [[nodiscard]] const Trace& trace() const { return m_trace; }
    [[nodiscard]] const BarChoice& choice() const { return m_choice; }
    /// Null where the trace's own series is what is chosen.
    [[nodiscard]] const ScaledBars* own(Kind kind) const { return isOwn(kind) ? &m_bars[kind] : nullptr; }
    /// Of all losses that the filter selects, on the scale of WireBytes: also of packets without data of the chosen stream. Null as own().
    [[nodiscard]] const ScaledBars* ownStrip() const { return m_filter != nullptr || m_areLossesInferred ? &m_strip : nullptr; }
    /// Some or all losses are not in the log, because its writer does not log each one: they were found by RFC 9002.
    [[nodiscard]] bool areLossesInferred() const { return m_areLossesInferred; }

private:
    /// How far the bars of one series are looked at, and where their rows stand among the selected ones.
    struct Progress {
        std::size_t next = 0;
        std::size_t packetHint = 0;
        std::size_t rowHint = 0;
        std::size_t rangeHint = 0; ///< in StreamIndex
    };
    [[nodiscard]] bool isOwn(Kind kind) const;
    [[nodiscard]] const PacketIndex& packets(Kind kind) const
    {
        return m_trace.packets(kind == Lost || kind == Spurious ? Direction::Sent : m_choice.direction);
    }
    template <typename Bars> std::size_t take(const Bars& from, Kind kind, std::size_t limit);
    template <typename Bars> void takeAll(const Bars& from, Kind kind, std::size_t begin, std::size_t end);
    std::size_t takeLosses(const DerivedSeries* derived, std::size_t limit);
    void findSpurious(const DerivedSeries* derived);
    void add(Kind kind, PacketId packet, RowId row, Progress* progress);
    [[nodiscard]] bool isChosen(PacketId packet, RowId packetRow, RowId row, const PacketIndex& packets, Progress* progress) const;
    [[nodiscard]] bool accepts(RowId row, std::size_t* hint) const;

    const Trace& m_trace;
    const BarChoice m_choice;
    const RowFilter* m_filter;
    std::array<ScaledBars, kindCount> m_bars;
    ScaledBars m_strip;
    std::array<Progress, kindCount> m_progress;
    bool m_areLossesInferred = false;
    /// What the losses were put in order from.
    struct LossKey {
        std::size_t logged = 0;
        std::size_t inferred = 0;
        std::size_t judged = 0;
        bool operator==(const LossKey&) const = default;
    } m_lossKey;
    /// What the spurious losses were found from: they are found anew when one of these changes.
    struct SpuriousKey {
        std::uint64_t spurious = 0;
        std::uint64_t inferred = 0;
        std::uint64_t acked = 0;
        std::size_t judged = 0;
        bool operator==(const SpuriousKey&) const = default;
    } m_spuriousKey;
};

} // namespace qlogscope
