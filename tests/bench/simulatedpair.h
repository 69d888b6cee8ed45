// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/document.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

namespace qlogscope {

/// A client's and a server's log of one transfer. Four of five packets go to the client; 1 % are lost, 1 % overtaken; 20 ms each way,
/// clocks 100 ppm apart.
struct SimulatedPair {
    struct Event {
        std::int64_t timeNs = 0;
        std::uint64_t number = 0;
        bool isReceived = false;
    };
    std::vector<Event> client;
    std::vector<Event> server;

    explicit SimulatedPair(std::size_t events)
    {
        std::mt19937_64 random(1);
        std::uint64_t numbers[2] = {};
        for (std::size_t i = 0; i < events / 2; ++i) {
            const std::int64_t time = static_cast<std::int64_t>(i) * 10'000;
            const bool isToClient = i % 5 != 0;
            const auto onServer = [](std::int64_t instant) { return instant + instant / 10'000 + 1'000'000'000; };
            const std::int64_t arrival = time + 20'000'000 + static_cast<std::int64_t>(random() % 100 == 0 ? 2'000'000 : random() % 9'000);
            std::vector<Event>& sender = isToClient ? server : client;
            std::vector<Event>& receiver = isToClient ? client : server;
            const std::uint64_t number = numbers[isToClient ? 1 : 0]++;
            sender.push_back({isToClient ? onServer(time) : time, number, false});
            if (random() % 100 != 0)
                receiver.push_back({isToClient ? arrival : onServer(arrival), number, true});
        }
        for (std::vector<Event>* log : {&client, &server})
            std::sort(log->begin(), log->end(), [](const Event& a, const Event& b) { return a.timeNs < b.timeNs; });
    }

    /// The events [begin, end) of a log. @param role of the document's only trace, said with its first event
    static void append(Document* document, const std::vector<Event>& log, std::size_t begin, std::size_t end, Role role = Role::Unknown)
    {
        EventBatch batch;
        if (begin == 0) {
            TraceHeader header;
            header.role = role;
            header.groupId = "simulated";
            batch.traces.push_back({TraceId(std::size_t{0}), header});
            batch.newNames = {"quic:packet_sent", "quic:packet_received"};
        }
        for (std::size_t i = begin; i < end; ++i) {
            EventRow row;
            row.timeNs = log[i].timeNs;
            row.name = NameId(std::size_t{log[i].isReceived ? 1U : 0U});
            row.trace = TraceId(std::size_t{0});
            batch.rows.push_back(row);
            PacketFact packet;
            packet.row = RowId(i);
            packet.number = log[i].number;
            packet.type = PacketType::OneRtt;
            packet.sizeBytes = 1200;
            packet.flags = static_cast<std::uint16_t>(PacketFramesLogged | (log[i].isReceived ? PacketReceivedFlag : 0));
            batch.packets.push_back(packet);
        }
        document->append(batch);
    }
};

} // namespace qlogscope
