// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/eventbatch.h"
#include "model/packetlayout.h"

#include <nlohmann/json_fwd.hpp>

namespace qlogscope {

/// The packet that a record logs, byte by byte; see RecordReader::packetLayout(). Stateless; any thread.
/// @param data of the record; what is no object says nothing
[[nodiscard]] PacketLayout packetLayoutOf(const nlohmann::json& data, const TraceHeader& header, const PacketFact& packet);

} // namespace qlogscope
