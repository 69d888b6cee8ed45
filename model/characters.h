// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace qlogscope {

/// What JSON (RFC 8259, section 2) takes for blank.
constexpr bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

constexpr bool isDigit(char c) { return c >= '0' && c <= '9'; }

constexpr bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

} // namespace qlogscope
