// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/column.h"
#include "model/eventbatch.h"
#include "model/notableevents.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace qlogscope {

/// Rows of ACKs with their delays: 4 bytes each where delays are below 65 ms and ACKs are not far apart, as they mostly are. UI thread.
class AckDelays
{
public:
    struct Item {
        RowId row;
        std::uint32_t delayUs = 0;
    };
    /// Rows must ascend.
    void append(RowId row, std::uint32_t delayUs);
    [[nodiscard]] std::size_t size() const { return m_delays.size(); }
    [[nodiscard]] Item operator[](std::size_t index) const;
    [[nodiscard]] std::size_t memoryBytes() const;

private:
    static constexpr std::size_t block = 256; // rows with one base
    static constexpr std::uint16_t elsewhere = UINT16_MAX; // what does not fit
    Column<std::uint32_t> m_bases;
    Column<std::uint16_t> m_rows; // above the base of the block
    Column<std::uint16_t> m_delays;
    std::map<std::size_t, std::uint32_t> m_farRows;
    std::map<std::size_t, std::uint32_t> m_longDelays;
};

/// What one trace says about the connection besides its packets and streams: parameters, limits, delays of ACKs, congestion states,
/// notable events. The latter two are in order of time, all other lists in the order of rows. UI thread.
class ConnectionFacts
{
public:
    explicit ConnectionFacts(const EventStore* store)
        : m_congestionStates(store)
        , m_notables(store)
    {
    }
    [[nodiscard]] const std::vector<ParameterFact>& parameters() const { return m_parameters; }
    /// The last value that a parameters_set record gives; none if it is not logged.
    [[nodiscard]] std::optional<std::uint64_t> parameter(ParameterOwner owner, TransportParameter parameter) const;
    /// As parameter(), else the default of RFC 9000 if the log has parameters of that side at all.
    [[nodiscard]] std::optional<std::uint64_t> parameterOrDefault(ParameterOwner owner, TransportParameter parameter) const;
    [[nodiscard]] bool hasParametersOf(ParameterOwner owner) const;

    /// Frames and events about flow control, both directions.
    [[nodiscard]] const Column<LimitFact>& limits() const { return m_limits; }
    /// Of the ACKs of one direction; see AckDelayFact for which ones.
    [[nodiscard]] const AckDelays& ackDelays(Direction direction) const
    {
        return m_ackDelays[static_cast<std::size_t>(direction)];
    }
    /// Numbers that were acknowledged before the log showed such a packet; it may have come later. Direction is that of the packets.
    [[nodiscard]] const std::vector<AckedFact>& unlogged() const { return m_unlogged; }
    [[nodiscard]] const CongestionStates& congestionStates() const { return m_congestionStates; }
    [[nodiscard]] const std::vector<PtoFact>& ptoExpiries() const { return m_ptoExpiries; }
    [[nodiscard]] const NotableEvents& notables() const { return m_notables; }
    [[nodiscard]] std::size_t memoryBytes() const;

    // Called by Document in the order of the batches.
    void append(const ParameterFact& parameter) { m_parameters.push_back(parameter); }
    void append(const LimitFact& limit) { m_limits.push_back(limit); }
    void append(const AckDelayFact& delay)
    {
        m_ackDelays[static_cast<std::size_t>(delay.direction)].append(delay.row, delay.delayUs);
    }
    void append(const AckedFact& unlogged) { m_unlogged.push_back(unlogged); }
    void append(const CongestionStateFact& state) { m_congestionStates.append(state); }
    void append(const PtoFact& pto) { m_ptoExpiries.push_back(pto); }
    void append(const NotableFact& notable) { m_notables.append(notable); }

private:
    std::vector<ParameterFact> m_parameters;
    Column<LimitFact> m_limits;
    AckDelays m_ackDelays[2];
    std::vector<AckedFact> m_unlogged;
    CongestionStates m_congestionStates;
    std::vector<PtoFact> m_ptoExpiries;
    NotableEvents m_notables;
};

/// In words, of this endpoint's side: "by the peer: application error 256 (H3_NO_ERROR), done".
[[nodiscard]] std::string closeText(const CloseFact& close);

} // namespace qlogscope
