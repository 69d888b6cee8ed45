// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Error codes in words. Pure tables, any thread.
namespace qlogscope {

/// Whose codes they are: those of QUIC itself, or those of the protocol above it.
enum class ErrorSpace : std::uint8_t { Transport, Application, Unknown };

/// TLS alerts (RFC 8446, section 6): "handshake_failure"; empty for a number without a name.
[[nodiscard]] std::string_view tlsAlertName(std::uint8_t alert);
/// Transport: "FLOW_CONTROL_ERROR" (RFC 9000, section 20.1; RFC 9368, section 10.2), "CRYPTO_ERROR handshake_failure" or
/// "CRYPTO_ERROR 0x1ff" (RFC 9001, section 4.8). Application: "H3_NO_ERROR" (RFC 9114, section 8.1),
/// "QPACK_DECOMPRESSION_FAILED" (RFC 9204, section 6), as if HTTP/3 were spoken. Empty for a code without a name, and for Unknown.
[[nodiscard]] std::string errorName(ErrorSpace space, std::uint64_t code);
/// "0x1c"
[[nodiscard]] std::string hexCode(std::uint64_t code);

} // namespace qlogscope
