// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/notableevents.h"

namespace qlogscope {

namespace {

constexpr std::size_t stateLimit = 65'000;
const std::string otherStates = "(one of more than 65,000 states)";

} // namespace

std::string_view text(NotableKind kind)
{
    constexpr std::array<std::string_view, notableKindCount> names{
        "probe timeout",       "persistent congestion", "ECN-CE",     "ECN state",           "key update", "path change", "path validated",
        "handshake completed", "handshake confirmed",   "Retry",      "version negotiation", "close"};
    return names[static_cast<std::size_t>(kind)];
}

std::string detailText(const NotableFact& fact)
{
    switch (fact.kind) {
    case NotableKind::ProbeTimeout:
        return fact.source == NotableSource::Metric ? "pto_count rises to " + std::to_string(fact.value) : std::string();
    case NotableKind::EcnCe:
        return fact.value == 1 ? "the peer reports 1 more packet marked CE" : "the peer reports " + std::to_string(fact.value) + " more packets marked CE";
    case NotableKind::EcnState: {
        constexpr std::array<std::string_view, 5> states{"", "testing", "unknown", "failed", "capable"};
        return std::string(states[fact.value < states.size() ? fact.value : 0]);
    }
    case NotableKind::PathChange:
        return fact.value == 1 ? "datagrams come from another address" : fact.value == 2 ? "datagrams come to another address" : std::string();
    case NotableKind::PathValidated:
        return "PATH_RESPONSE received";
    case NotableKind::HandshakeConfirmed:
        return fact.source == NotableSource::Frame ? "HANDSHAKE_DONE" : std::string();
    case NotableKind::KeyUpdate:
        return std::string(fact.value == 1 ? "by this side" : fact.value == 2 ? "by the peer" : "")
            + (fact.source == NotableSource::Packet ? "seen by the key phase of packets" : "");
    case NotableKind::Close:
        return fact.value == 1 ? "by this side" : fact.value == 2 ? "by the peer" : "";
    default:
        return {};
    }
}

void NotableEvents::append(const NotableFact& fact)
{
    std::unique_ptr<NotableSeries>& series = m_series[static_cast<std::size_t>(fact.kind)];
    if (!series)
        series = std::make_unique<NotableSeries>(m_store, NotableTraits());
    series->append(fact);
}

std::size_t NotableEvents::memoryBytes() const
{
    std::size_t bytes = 0;
    for (const auto& series : m_series)
        bytes += series ? sizeof(NotableSeries) + series->memoryBytes() : 0;
    return bytes;
}

CongestionStateFact CongestionStates::operator[](std::size_t index) const
{
    m_series.ensureSorted();
    const Item& item = m_series[index];
    return {item.row, m_names[item.state], m_names[item.trigger]};
}

std::uint16_t CongestionStates::indexOf(const std::string& name)
{
    const auto known = m_indexOfName.find(name);
    if (known != m_indexOfName.end())
        return known->second;
    const std::string& kept = m_names.size() < stateLimit ? name : otherStates;
    const auto [it, isNew] = m_indexOfName.try_emplace(kept, static_cast<std::uint16_t>(m_names.size()));
    if (isNew)
        m_names.push_back(kept);
    return it->second;
}

void CongestionStates::append(const CongestionStateFact& fact)
{
    const std::uint16_t state = indexOf(fact.state);
    m_series.append({fact.row, state, indexOf(fact.trigger)});
}

std::size_t CongestionStates::memoryBytes() const
{
    std::size_t bytes = m_series.memoryBytes();
    for (const std::string& name : m_names)
        bytes += 2 * (sizeof(std::string) + name.capacity());
    return bytes;
}

} // namespace qlogscope
