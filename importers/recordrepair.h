// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace qlogscope {

/// Mends in a copy what real writers get wrong: invalid UTF-8 becomes U+FFFD; NaN, Infinity and numbers that overflow become
/// null; comments and trailing commas go. @return nullopt if there was nothing of the kind
[[nodiscard]] std::optional<std::string> repairedRecord(std::string_view text);

/// True if brackets nest deeper than the limit: such a text is never given to a library that recurses.
[[nodiscard]] bool jsonDepthExceeds(std::string_view text, std::size_t limit);
/// Records nested deeper than this are malformed.
inline constexpr std::size_t jsonDepthLimit = 256;

/// Why a text is no JSON, with the byte in it: "unexpected '}' at byte 12". Does not recurse, builds nothing.
[[nodiscard]] std::string jsonProblem(std::string_view text);

} // namespace qlogscope
