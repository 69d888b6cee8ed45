// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/connectionfacts.h"

#include <algorithm>

namespace qlogscope {

void AckDelays::append(RowId row, std::uint32_t delayUs)
{
    const std::size_t index = m_delays.size();
    if (index % block == 0)
        m_bases.push_back(row.value);
    const std::uint32_t above = row.value - m_bases.back();
    m_rows.push_back(above < elsewhere ? static_cast<std::uint16_t>(above) : elsewhere);
    m_delays.push_back(delayUs < elsewhere ? static_cast<std::uint16_t>(delayUs) : elsewhere);
    if (above >= elsewhere)
        m_farRows.emplace(index, row.value);
    if (delayUs >= elsewhere)
        m_longDelays.emplace(index, delayUs);
}

AckDelays::Item AckDelays::operator[](std::size_t index) const
{
    Item item;
    item.row = RowId(m_rows[index] == elsewhere ? m_farRows.at(index) : m_bases[index / block] + m_rows[index]);
    item.delayUs = m_delays[index] == elsewhere ? m_longDelays.at(index) : m_delays[index];
    return item;
}

std::size_t AckDelays::memoryBytes() const
{
    constexpr std::size_t nodeBytes = 48;
    return m_bases.memoryBytes() + m_rows.memoryBytes() + m_delays.memoryBytes()
        + (m_farRows.size() + m_longDelays.size()) * nodeBytes;
}

std::optional<std::uint64_t> ConnectionFacts::parameter(ParameterOwner owner, TransportParameter parameter) const
{
    for (auto it = m_parameters.rbegin(); it != m_parameters.rend(); ++it) {
        if (it->owner == owner && it->parameter == parameter && !it->isRestored)
            return it->value;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> ConnectionFacts::parameterOrDefault(ParameterOwner owner, TransportParameter parameter) const
{
    const std::optional<std::uint64_t> logged = this->parameter(owner, parameter);
    return logged || !hasParametersOf(owner) ? logged : defaultOf(parameter);
}

bool ConnectionFacts::hasParametersOf(ParameterOwner owner) const
{
    return std::any_of(m_parameters.begin(), m_parameters.end(),
                       [owner](const ParameterFact& fact) { return fact.owner == owner && !fact.isRestored; });
}

std::size_t ConnectionFacts::memoryBytes() const
{
    return m_parameters.capacity() * sizeof(ParameterFact) + m_limits.memoryBytes() + m_ackDelays[0].memoryBytes()
        + m_ackDelays[1].memoryBytes() + m_unlogged.capacity() * sizeof(AckedFact)
        + m_congestionStates.memoryBytes() + m_ptoExpiries.capacity() * sizeof(PtoFact)
        + m_notables.memoryBytes();
}

std::string closeText(const CloseFact& close)
{
    std::string words = close.initiator == "local" ? "by this side" : close.initiator == "remote" ? "by the peer" : close.initiator;
    const auto add = [&words](const std::string& text) { words += (words.empty() ? "" : ": ") + text; };
    if (close.code && *close.code == 0 && close.space != "application")
        add("no error");
    else if (close.code || !close.name.empty())
        add((close.space.empty() ? std::string() : close.space + " ") + "error" + (close.code ? " " + std::to_string(*close.code) : std::string())
            + (close.name.empty() ? std::string() : " (" + close.name + ")"));
    if (!close.reason.empty())
        words += (words.empty() ? "" : ", ") + close.reason;
    else if (!close.trigger.empty())
        words += (words.empty() ? "" : ", ") + close.trigger;
    return words;
}

} // namespace qlogscope
