// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure.h"
#include "simulatedpair.h"

#include "model/packetmatches.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

using namespace qlogscope;

/// Matching of a client's and a server's log of one simulated transfer: to the end in slices, and after each batch of a growing log.
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::int64_t sliceMs = 8;
constexpr std::size_t batchRows = 16'384;

double msSince(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

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
    const std::size_t events = bench::eventsWanted(argc, argv, 10'000'000, "[EVENTS]");
    const SimulatedPair logs(events);
    Document client("client");
    Document server("server");
    SimulatedPair::append(&client, logs.client, 0, 1);
    SimulatedPair::append(&server, logs.server, 0, 1);
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
            SimulatedPair::append(document, *log, have, std::clamp(end, have, log->size()));
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
