// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/errorcodes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

namespace qlogscope {

namespace {

struct CodeName {
    std::uint64_t code;
    std::string_view name;
};

constexpr CodeName transportErrors[] = {
    {0x00, "NO_ERROR"},
    {0x01, "INTERNAL_ERROR"},
    {0x02, "CONNECTION_REFUSED"},
    {0x03, "FLOW_CONTROL_ERROR"},
    {0x04, "STREAM_LIMIT_ERROR"},
    {0x05, "STREAM_STATE_ERROR"},
    {0x06, "FINAL_SIZE_ERROR"},
    {0x07, "FRAME_ENCODING_ERROR"},
    {0x08, "TRANSPORT_PARAMETER_ERROR"},
    {0x09, "CONNECTION_ID_LIMIT_ERROR"},
    {0x0a, "PROTOCOL_VIOLATION"},
    {0x0b, "INVALID_TOKEN"},
    {0x0c, "APPLICATION_ERROR"},
    {0x0d, "CRYPTO_BUFFER_EXCEEDED"},
    {0x0e, "KEY_UPDATE_ERROR"},
    {0x0f, "AEAD_LIMIT_REACHED"},
    {0x10, "NO_VIABLE_PATH"},
    {0x11, "VERSION_NEGOTIATION_ERROR"},
};

constexpr std::uint64_t firstCryptoError = 0x100; // the rest is the TLS alert
constexpr std::uint64_t lastCryptoError = 0x1ff;

constexpr CodeName tlsAlerts[] = {
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {22, "record_overflow"},
    {40, "handshake_failure"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {112, "unrecognized_name"},
    {113, "bad_certificate_status_response"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
};

constexpr CodeName applicationErrors[] = {
    {0x100, "H3_NO_ERROR"},
    {0x101, "H3_GENERAL_PROTOCOL_ERROR"},
    {0x102, "H3_INTERNAL_ERROR"},
    {0x103, "H3_STREAM_CREATION_ERROR"},
    {0x104, "H3_CLOSED_CRITICAL_STREAM"},
    {0x105, "H3_FRAME_UNEXPECTED"},
    {0x106, "H3_FRAME_ERROR"},
    {0x107, "H3_EXCESSIVE_LOAD"},
    {0x108, "H3_ID_ERROR"},
    {0x109, "H3_SETTINGS_ERROR"},
    {0x10a, "H3_MISSING_SETTINGS"},
    {0x10b, "H3_REQUEST_REJECTED"},
    {0x10c, "H3_REQUEST_CANCELLED"},
    {0x10d, "H3_REQUEST_INCOMPLETE"},
    {0x10e, "H3_MESSAGE_ERROR"},
    {0x10f, "H3_CONNECT_ERROR"},
    {0x110, "H3_VERSION_FALLBACK"},
    {0x200, "QPACK_DECOMPRESSION_FAILED"},
    {0x201, "QPACK_ENCODER_STREAM_ERROR"},
    {0x202, "QPACK_DECODER_STREAM_ERROR"},
};

template <std::size_t count> std::string_view nameIn(const CodeName (&table)[count], std::uint64_t code)
{
    const auto it = std::find_if(std::begin(table), std::end(table), [code](const CodeName& each) { return each.code == code; });
    return it == std::end(table) ? std::string_view() : it->name;
}

std::string cryptoErrorName(std::uint64_t code)
{
    const std::string_view alert = tlsAlertName(static_cast<std::uint8_t>(code - firstCryptoError));
    return "CRYPTO_ERROR " + (alert.empty() ? hexCode(code) : std::string(alert));
}

} // namespace

std::string_view tlsAlertName(std::uint8_t alert) { return nameIn(tlsAlerts, alert); }

std::string errorName(ErrorSpace space, std::uint64_t code)
{
    if (space == ErrorSpace::Application)
        return std::string(nameIn(applicationErrors, code));
    if (space == ErrorSpace::Unknown)
        return {};
    if (code >= firstCryptoError && code <= lastCryptoError)
        return cryptoErrorName(code);
    return std::string(nameIn(transportErrors, code));
}

std::string hexCode(std::uint64_t code)
{
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), code, 16).ptr;
    return "0x" + std::string(digits.data(), end);
}

} // namespace qlogscope
