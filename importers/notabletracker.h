// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/eventbatch.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace qlogscope {

/// What one record says that may be worth a mark; the tracker of its trace decides.
struct NotableCandidate {
    RowId row; ///< local
    NotableKind kind = NotableKind::ProbeTimeout;
    NotableSource source = NotableSource::Event;
    std::uint64_t value = 0; ///< that of the fact; for EcnCe the count in the ACK
    std::uint64_t key = 0; ///< KeyUpdate: 1 the client's key, 2 the server's; PathChange by address: its hash,
                           ///< by event: 1 if it names a path
    std::uint32_t pathId = 0;
    PacketNumberSpace space = PacketNumberSpace::None; ///< EcnCe
};

/// Finds the notable events of one trace: what is news, and what the log says for the second time. In the order of rows.
class NotableTracker
{
public:
    [[nodiscard]] std::optional<NotableFact> take(const NotableCandidate& candidate);
    /// A 1-RTT packet whose key phase differs from those before it; packets that come late are no news (RFC 9001, section 6.4).
    [[nodiscard]] bool seesKeyFlip(const PacketFact& packet);

private:
    [[nodiscard]] bool isFirstSource(NotableKind kind, NotableSource source);
    [[nodiscard]] bool isPathChange(const NotableCandidate& candidate);
    [[nodiscard]] bool isNewAddress(const NotableCandidate& candidate);
    [[nodiscard]] std::uint64_t markedSince(const NotableCandidate& candidate);
    [[nodiscard]] bool isKeyUpdate(const NotableCandidate& candidate);
    [[nodiscard]] bool isFirstClose(NotableSide side);

    struct KeyPhase {
        std::optional<bool> phase;
        std::uint64_t since = 0; ///< number of the packet that showed it
    };
    std::array<std::optional<NotableSource>, notableKindCount> m_sources;
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint64_t> m_addresses; ///< by path and side
    std::map<std::pair<std::uint32_t, PacketNumberSpace>, std::uint64_t> m_marked; ///< CE counts
    std::array<std::uint64_t, 3> m_keys{}; ///< how many 1-RTT keys of the client and the server there were; 0: side not said
    std::array<KeyPhase, 2> m_phases; ///< by direction
    std::array<std::uint64_t, 2> m_flips{};
    std::uint64_t m_keyUpdates = 0; ///< that are marked
    std::array<bool, 3> m_isClosed{};
    bool m_hasPath = false; ///< an event has named the first one
};

} // namespace qlogscope
