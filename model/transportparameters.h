// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace qlogscope {

/// The transport parameters that are numbers or flags (RFC 9000, section 18.2, and extensions). Bytes, counts; times as said.
enum class TransportParameter : std::uint8_t {
    AckDelayExponent,
    ActiveConnectionIdLimit,
    DisableActiveMigration, ///< 0 or 1
    GreaseQuicBit, ///< 0 or 1
    InitialMaxData,
    InitialMaxPathId,
    InitialMaxStreamDataBidiLocal,
    InitialMaxStreamDataBidiRemote,
    InitialMaxStreamDataUni,
    InitialMaxStreamsBidi,
    InitialMaxStreamsUni,
    MaxAckDelay, ///< milliseconds
    MaxDatagramFrameSize,
    MaxIdleTimeout, ///< milliseconds
    MaxUdpPayloadSize,
    MinAckDelay, ///< microseconds
    ResetStreamAt, ///< 0 or 1
};
inline constexpr int transportParameterCount = 17;

/// Who set a parameter. Unknown: the record does not say.
enum class ParameterOwner : std::uint8_t { Local, Remote, Unknown };

/// "initial_max_data", ...
[[nodiscard]] std::string_view text(TransportParameter parameter);
/// "local", "remote", "unknown".
[[nodiscard]] std::string_view text(ParameterOwner owner);
/// Any spelling of dialects 3.5. None for what is no number or flag, and for what is not known.
[[nodiscard]] std::optional<TransportParameter> transportParameterOf(std::string_view name);
[[nodiscard]] bool isFlag(TransportParameter parameter);
/// What holds where an endpoint does not send the parameter (RFC 9000, section 18.2); none where that means "no limit" or "off".
[[nodiscard]] std::optional<std::uint64_t> defaultOf(TransportParameter parameter);

} // namespace qlogscope
