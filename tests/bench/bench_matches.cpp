// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/document.h"
#include "model/packetmatches.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>

using namespace qlogscope;

/// Matching of a client's and a server's log of one simulated transfer: to the end in slices, and after each batch of a growing log.
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::int64_t sliceMs = 8;
constexpr std::size_t batchRows = 16'384;

double msSince(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

struct Event {
    std::int64_t timeNs = 0;
    std::uint64_t number = 0;
    bool isReceived = false;
};

struct Logs {
    std::vector<Event> client;
    std::vector<Event> server;
};

/// Four of five packets go to the client; 1 % are lost, 1 % overtaken; 20 ms each way, clocks 100 ppm apart.
Logs simulated(std::size_t events)
{
    Logs logs;
    std::mt19937_64 random(1);
    std::uint64_t numbers[2] = {};
    for (std::size_t i = 0; i < events / 2; ++i) {
        const std::int64_t time = static_cast<std::int64_t>(i) * 10'000;
        const bool isToClient = i % 5 != 0;
        const auto onServer = [](std::int64_t instant) { return instant + instant / 10'000 + 1'000'000'000; };
        const std::int64_t arrival = time + 20'000'000 + static_cast<std::int64_t>(random() % 100 == 0 ? 2'000'000 : random() % 9'000);
        std::vector<Event>& sender = isToClient ? logs.server : logs.client;
        std::vector<Event>& receiver = isToClient ? logs.client : logs.server;
        const std::uint64_t number = numbers[isToClient ? 1 : 0]++;
        sender.push_back({isToClient ? onServer(time) : time, number, false});
        if (random() % 100 != 0)
            receiver.push_back({isToClient ? arrival : onServer(arrival), number, true});
    }
    for (std::vector<Event>* log : {&logs.client, &logs.server})
        std::sort(log->begin(), log->end(), [](const Event& a, const Event& b) { return a.timeNs < b.timeNs; });
    return logs;
}

void append(Document* document, const std::vector<Event>& log, std::size_t begin, std::size_t end)
{
    EventBatch batch;
    if (begin == 0) {
        batch.traces.push_back({TraceId(std::size_t{0}), TraceHeader()});
        batch.newNames = {"quic:packet_sent"};
    }
    for (std::size_t i = begin; i < end; ++i) {
        EventRow row;
        row.timeNs = log[i].timeNs;
        row.name = NameId(std::size_t{0});
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

void print(const PacketMatches& matches)
{
    for (const Flow flow : allFlows) {
        const PacketMatches::Counts& counts = matches.counts(flow);
        std::printf("  to the %s: %llu matched, %llu lost, %llu unknown\n", flow == Flow::ClientToServer ? "server" : "client",
                    static_cast<unsigned long long>(counts.matched), static_cast<unsigned long long>(counts.lost),
                    static_cast<unsigned long long>(counts.unknown));
    }
    std::printf("  clock offset kind %d, %zu points\n", static_cast<int>(matches.clock().kind()), matches.clock().points().size());
}

} // namespace

int main(int argc, char** argv)
{
    const std::size_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
    const Logs logs = simulated(events);
    Document client("client");
    Document server("server");
    append(&client, logs.client, 0, 1);
    append(&server, logs.server, 0, 1);
    const Trace& clientTrace = client.trace(TraceId(std::size_t{0}));
    const Trace& serverTrace = server.trace(TraceId(std::size_t{0}));

    PacketMatches growing(clientTrace, serverTrace);
    double growth = 0;
    double longestGrowth = 0;
    int growths = 0;
    const std::size_t size = std::max(logs.client.size(), logs.server.size());
    for (std::size_t end = 1 + batchRows;; end += batchRows) {
        for (const auto& [document, log] : {std::pair(&client, &logs.client), std::pair(&server, &logs.server)}) {
            const std::size_t have = document->events().size();
            append(document, *log, have, std::clamp(end, have, log->size()));
        }
        const Clock::time_point start = Clock::now();
        growing.finish();
        const double ms = msSince(start);
        growth += ms;
        longestGrowth = std::max(longestGrowth, ms);
        ++growths;
        if (end >= size)
            break;
    }
    std::printf("%zu events\n", logs.client.size() + logs.server.size());
    std::printf("growing: %d times, %.2f ms on average, at most %.2f ms\n", growths, growth / growths, longestGrowth);
    print(growing);

    PacketMatches matches(clientTrace, serverTrace);
    double total = 0;
    double longest = 0;
    int slices = 0;
    for (bool isDone = false; !isDone; ++slices) {
        const Clock::time_point start = Clock::now();
        isDone = matches.advance(sliceMs);
        const double ms = msSince(start);
        total += ms;
        longest = std::max(longest, ms);
    }
    std::printf("at once: %.0f ms in %d slices, the longest %.2f ms; %.2f bytes an event\n", total, slices, longest,
                static_cast<double>(matches.memoryBytes()) / static_cast<double>(logs.client.size() + logs.server.size()));
    print(matches);
    return 0;
}
