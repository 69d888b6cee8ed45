// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/bytesource.h"
#include "model/eventbatch.h"

#include <string>
#include <string_view>

namespace qlogscope {

/// What a file is, from its content only; names and claimed formats are ignored (dialects 1.5).
struct Sniffed {
    FileFormat format = FileFormat::Unknown;
    std::string refusal{}; ///< for Unknown: one sentence that says what it is, or that it is no qlog
    std::size_t bytes = 0; ///< of a file: told from so many, at most sniffBytes
};

/// Of UTF-8.
inline constexpr std::string_view byteOrderMark = "\xef\xbb\xbf";

/// By magic number.
[[nodiscard]] Compression sniffCompression(std::string_view beginning);

/// So many bytes are enough to decide.
inline constexpr std::size_t sniffBytes = std::size_t{64} << 10;

/// @param beginning the first sniffBytes of the text, or all of it
/// @param isAll the file ends there
[[nodiscard]] Sniffed sniffFormat(std::string_view beginning, bool isAll);
[[nodiscard]] Sniffed sniffFormat(const ByteSource& text);
/// What was told from the first bytes of a short file may turn out wrong when it grows.
[[nodiscard]] bool isOtherFormatNow(const Sniffed& before, const ByteSource& text);

} // namespace qlogscope
