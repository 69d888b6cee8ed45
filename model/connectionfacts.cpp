// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/connectionfacts.h"

#include <algorithm>

namespace qlogscope {

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
        + m_congestionStates.capacity() * sizeof(CongestionStateFact) + m_ptoExpiries.capacity() * sizeof(PtoFact);
}

} // namespace qlogscope
