// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/timebase.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace qlogscope {

/// The program's own view of which endpoint logged a trace; Transport is an endpoint-wide log without a connection.
enum class Role : std::uint8_t { Client, Server, Network, Transport, Unknown };

/// "client", "server", "network", "transport", "unknown".
[[nodiscard]] constexpr const char* text(Role role)
{
    switch (role) {
    case Role::Client:
        return "client";
    case Role::Server:
        return "server";
    case Role::Network:
        return "network";
    case Role::Transport:
        return "transport";
    case Role::Unknown:
        break;
    }
    return "unknown";
}

/// Who wrote the log (dialects 8.1); decides corrections and the words of "not logged" notes.
enum class Writer : std::uint8_t {
    Unknown,
    Aioquic,
    ErlangQuic,
    GoXNet,
    Imquic,
    Kwik,
    Mvfst,
    Neqo,
    Nginx,
    Ngtcp2,
    OpenSsl,
    Pcap2qlog,
    Picoquic,
    Quant,
    QuicGo,
    Quiche,
    Quicker,
    QuiclyAdapter,
    Quinn,
    Tquic,
    Xquic,
};

/// "aioquic", "OpenSSL", "quic-go", ...: empty for Unknown.
[[nodiscard]] constexpr const char* text(Writer writer)
{
    switch (writer) {
    case Writer::Aioquic:
        return "aioquic";
    case Writer::ErlangQuic:
        return "Erlang quic";
    case Writer::GoXNet:
        return "Go x/net";
    case Writer::Imquic:
        return "imquic";
    case Writer::Kwik:
        return "kwik";
    case Writer::Mvfst:
        return "mvfst";
    case Writer::Neqo:
        return "neqo";
    case Writer::Nginx:
        return "nginx";
    case Writer::Ngtcp2:
        return "ngtcp2";
    case Writer::OpenSsl:
        return "OpenSSL";
    case Writer::Pcap2qlog:
        return "pcap2qlog";
    case Writer::Picoquic:
        return "picoquic";
    case Writer::Quant:
        return "quant";
    case Writer::QuicGo:
        return "quic-go";
    case Writer::Quiche:
        return "quiche";
    case Writer::Quicker:
        return "quicker";
    case Writer::QuiclyAdapter:
        return "quicly";
    case Writer::Quinn:
        return "quinn";
    case Writer::Tquic:
        return "tquic";
    case Writer::Xquic:
        return "xquic";
    case Writer::Unknown:
        break;
    }
    return "";
}

/// What the file and trace header say (dialects 2), any version. Amended when members come after the events.
struct TraceHeader {
    std::uint32_t traceInFile = 0; ///< 0-based position in `traces`; 0 for sequences
    std::string qlogVersion; ///< empty where the log has none (drafts from main-schema-09 on)
    std::string fileSchema;
    std::string title;
    std::string description;
    std::string vantageName;
    std::string vantageType = "unknown"; ///< as logged, lower-case
    std::string flow; ///< network vantage points: whose direction "sent" is
    std::string groupId; ///< group_id, else ODCID; lower-case hex where it is hex
    Role role = Role::Unknown; ///< from vantageType alone
    Writer writer = Writer::Unknown;
    std::string writerText; ///< as shown: the writer's name, else the vantage point's
    ClockForm clock = ClockForm::Absolute;
    TimeUnit unit = TimeUnit::Milliseconds;
    bool clockStated = false; ///< false: neither time_format nor a time column; guessed
    bool hasReference = false;
    std::optional<std::int64_t> referenceNs; ///< wall clock of the reference time, where it is one
    std::int64_t timeOffsetNs = 0; ///< `time_offset`: to be added when the trace is compared with others, never to its times
    std::vector<std::string> eventFields; ///< columns of array events, lower-case; empty for objects
    std::vector<std::string> groupIds; ///< draft-00 and 01: what the group numbers of events stand for
    std::vector<std::pair<std::string, std::string>> properties; ///< everything else, for display

    /// True if times, columns, units or the writer differ: events decoded with the one are wrong with the other.
    [[nodiscard]] bool changesEventsOf(const TraceHeader& earlier) const
    {
        return clock != earlier.clock || unit != earlier.unit || referenceNs != earlier.referenceNs
            || hasReference != earlier.hasReference || eventFields != earlier.eventFields || groupIds != earlier.groupIds
            || writer != earlier.writer;
    }
    /// For a header in the middle of a sequence: what follows is of another connection, or cannot be read with the earlier one.
    [[nodiscard]] bool beginsAnotherTraceThan(const TraceHeader& earlier) const
    {
        return changesEventsOf(earlier) || groupId != earlier.groupId || vantageType != earlier.vantageType;
    }
    bool operator==(const TraceHeader&) const = default;
};

} // namespace qlogscope
