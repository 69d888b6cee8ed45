// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/transportparameters.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace qlogscope {

namespace {

constexpr std::array<std::string_view, transportParameterCount> parameterNames{
    "ack_delay_exponent",
    "active_connection_id_limit",
    "disable_active_migration",
    "grease_quic_bit",
    "initial_max_data",
    "initial_max_path_id",
    "initial_max_stream_data_bidi_local",
    "initial_max_stream_data_bidi_remote",
    "initial_max_stream_data_uni",
    "initial_max_streams_bidi",
    "initial_max_streams_uni",
    "max_ack_delay",
    "max_datagram_frame_size",
    "max_idle_timeout",
    "max_udp_payload_size",
    "min_ack_delay",
    "reset_stream_at",
};

constexpr std::array<std::pair<std::string_view, TransportParameter>, 3> olderNames{{
    {"disable_migration", TransportParameter::DisableActiveMigration},
    {"idle_timeout", TransportParameter::MaxIdleTimeout},
    {"max_packet_size", TransportParameter::MaxUdpPayloadSize},
}};

} // namespace

std::string_view text(TransportParameter parameter) { return parameterNames[static_cast<std::size_t>(parameter)]; }

std::string_view text(ParameterOwner owner)
{
    switch (owner) {
    case ParameterOwner::Local:
        return "local";
    case ParameterOwner::Remote:
        return "remote";
    case ParameterOwner::Unknown:
        break;
    }
    return "unknown";
}

std::optional<TransportParameter> transportParameterOf(std::string_view name)
{
    const auto it = std::find(parameterNames.begin(), parameterNames.end(), name);
    if (it != parameterNames.end())
        return static_cast<TransportParameter>(it - parameterNames.begin());
    for (const auto& [older, parameter] : olderNames) {
        if (older == name)
            return parameter;
    }
    return std::nullopt;
}

bool isFlag(TransportParameter parameter)
{
    return parameter == TransportParameter::DisableActiveMigration || parameter == TransportParameter::GreaseQuicBit
        || parameter == TransportParameter::ResetStreamAt;
}

std::optional<std::uint64_t> defaultOf(TransportParameter parameter)
{
    switch (parameter) {
    case TransportParameter::AckDelayExponent:
        return 3;
    case TransportParameter::ActiveConnectionIdLimit:
        return 2;
    case TransportParameter::MaxAckDelay:
        return 25;
    case TransportParameter::MaxUdpPayloadSize:
        return 65527;
    case TransportParameter::InitialMaxData:
    case TransportParameter::InitialMaxStreamDataBidiLocal:
    case TransportParameter::InitialMaxStreamDataBidiRemote:
    case TransportParameter::InitialMaxStreamDataUni:
    case TransportParameter::InitialMaxStreamsBidi:
    case TransportParameter::InitialMaxStreamsUni:
        return 0;
    default:
        break;
    }
    return std::nullopt;
}

} // namespace qlogscope
