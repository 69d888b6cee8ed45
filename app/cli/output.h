// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qlogscope {

/// Standard output, complete or not at all worth relying on: false, with an error line, if it could not be written.
[[nodiscard]] bool writeOut(std::string_view text);
/// "qlogscope: sentence" on standard error.
void writeError(std::string_view sentence);
/// "qlogscope: FILE: sentence" on standard error.
void writeError(std::string_view file, std::string_view sentence);

/// A number of a JSON output that is printed from integer nanoseconds as milliseconds, never in exponent form; null if there is none.
[[nodiscard]] nlohmann::ordered_json jsonMilliseconds(std::optional<std::int64_t> ns);
enum class JsonForm : std::uint8_t { Indented, OneLine };
/// JSON text with the numbers of jsonMilliseconds() in place; invalid UTF-8 becomes U+FFFD.
[[nodiscard]] std::string jsonText(const nlohmann::ordered_json& json, JsonForm form = JsonForm::Indented);
/// Text of a log for a line of text: control characters, which a terminal would obey, become U+FFFD.
[[nodiscard]] std::string visibleText(std::string_view text);
/// One field of a CSV row, quoted where needed (RFC 4180).
[[nodiscard]] std::string csvField(std::string_view text);

} // namespace qlogscope
