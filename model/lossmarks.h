// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/trace.h"

#include <cstdint>
#include <vector>

namespace qlogscope {

/// A sent packet that the log declares lost, or takes back the loss of.
struct LossMark {
    RowId row; ///< of the event; for a loss that an ACK takes back, of the ACK
    PacketId packet; ///< the last sending of the number before the event; none if the log has none
    std::uint64_t number = 0;
    std::uint32_t pathId = 0;
    PacketNumberSpace space = PacketNumberSpace::Application;
    bool isMtuProbe = false;
    bool isInferred = false; ///< not by the log: see FlightEstimate::losses()
};

/// Each number that a packet_lost event names, at the first one, in the order of time. Linear but for sorting.
[[nodiscard]] std::vector<LossMark> lossMarks(const Trace& trace);
/// Each lost number that is acknowledged in a later row, or that a spurious_loss event names, at the first of these.
[[nodiscard]] std::vector<LossMark> spuriousMarks(const Trace& trace);

/// Equal times: in the order of rows.
void sortByTime(const EventStore& events, std::vector<LossMark>* marks);

} // namespace qlogscope
