// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/recordreader.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

/// A logged frame in words, any spelling of dialects 3.6. Stateless; any thread; never throws.
namespace qlogscope {

/// "STREAM 4 [0..1200) FIN", "ACK 0-12,14", "CONNECTION_CLOSE H3_NO_ERROR bye". Empty for what is no object. As long as what is logged.
[[nodiscard]] std::string frameText(const nlohmann::json& frame);

/// @param header of the frame's trace: units and deviations of its writer
[[nodiscard]] RecordChip frameChip(const nlohmann::json& frame, const TraceHeader& header);

/// Text on one line, of bounded length; @p otherwise if there is none.
[[nodiscard]] std::string chipText(std::string text, std::string_view otherwise);

} // namespace qlogscope
