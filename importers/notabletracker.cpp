// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/notabletracker.h"

#include <utility>

namespace qlogscope {

namespace {

constexpr std::size_t pathLimit = 1'024; // with addresses or counts of their own

} // namespace

bool NotableTracker::isFirstSource(NotableKind kind, NotableSource source)
{
    std::optional<NotableSource>& first = m_sources[static_cast<std::size_t>(kind)];
    if (!first)
        first = source;
    return *first == source;
}

bool NotableTracker::isPathChange(const NotableCandidate& candidate)
{
    if (candidate.source != NotableSource::Event)
        return isNewAddress(candidate);
    const bool isAssignment = candidate.key != 0;
    return !isAssignment || std::exchange(m_hasPath, true);
}

bool NotableTracker::isNewAddress(const NotableCandidate& candidate)
{
    const std::pair key(candidate.pathId, candidate.value);
    const auto known = m_addresses.find(key);
    if (known == m_addresses.end()) {
        if (m_addresses.size() < pathLimit)
            m_addresses.emplace(key, candidate.key);
        return false;
    }
    return std::exchange(known->second, candidate.key) != candidate.key;
}

std::uint64_t NotableTracker::markedSince(const NotableCandidate& candidate)
{
    const std::pair key(candidate.pathId, candidate.space);
    if (!m_marked.contains(key) && m_marked.size() >= pathLimit)
        return 0;
    std::uint64_t& largest = m_marked[key];
    const std::uint64_t more = candidate.value > largest ? candidate.value - largest : 0;
    largest += more;
    return more;
}

/// The keys of both sides change with each other: what is told of the second side is the same update.
bool NotableTracker::isKeyUpdate(const NotableCandidate& candidate)
{
    std::uint64_t updates = 0;
    if (candidate.source == NotableSource::Packet) {
        updates = ++m_flips[candidate.key];
    } else {
        std::uint64_t& keys = m_keys[candidate.key];
        ++keys;
        if (keys == 1 && candidate.value != static_cast<std::uint64_t>(NotableSide::Unknown))
            ++keys; // the log does not have the first one
        updates = keys - 1;
    }
    if (updates <= m_keyUpdates)
        return false;
    m_keyUpdates = updates;
    return true;
}

bool NotableTracker::seesKeyFlip(const PacketFact& packet)
{
    if (packet.type != PacketType::OneRtt || packet.pathId != 0)
        return false;
    KeyPhase& known = m_phases[static_cast<std::size_t>(packet.direction())];
    const bool phase = (packet.flags & PacketKeyPhaseOne) != 0;
    if (known.phase == phase || (known.phase && packet.number < known.since))
        return false;
    const bool isFirst = !known.phase;
    known = {phase, packet.number};
    return !isFirst;
}

bool NotableTracker::isFirstClose(NotableSide side)
{
    const bool isKnown = side == NotableSide::Unknown ? m_isClosed[0] || m_isClosed[1] || m_isClosed[2]
                                                      : m_isClosed[0] || m_isClosed[static_cast<std::size_t>(side)];
    m_isClosed[static_cast<std::size_t>(side)] = true;
    return !isKnown;
}

std::optional<NotableFact> NotableTracker::take(const NotableCandidate& candidate)
{
    NotableFact fact{candidate.value, candidate.row, candidate.kind, candidate.source};
    bool isNews = true;
    switch (candidate.kind) {
    case NotableKind::EcnCe:
        fact.value = markedSince(candidate);
        isNews = fact.value > 0;
        break;
    case NotableKind::PathChange:
        isNews = isPathChange(candidate) && isFirstSource(candidate.kind, candidate.source);
        break;
    case NotableKind::KeyUpdate:
        isNews = isKeyUpdate(candidate);
        break;
    case NotableKind::HandshakeCompleted:
    case NotableKind::HandshakeConfirmed:
        isNews = !m_sources[static_cast<std::size_t>(candidate.kind)].has_value();
        m_sources[static_cast<std::size_t>(candidate.kind)] = candidate.source;
        break;
    case NotableKind::Close:
        isNews = isFirstClose(static_cast<NotableSide>(candidate.value));
        break;
    default:
        isNews = isFirstSource(candidate.kind, candidate.source);
        break;
    }
    return isNews ? std::optional(fact) : std::nullopt;
}

} // namespace qlogscope
