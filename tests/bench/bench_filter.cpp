// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure.h"
#include "model/eventfilter.h"
#include "model/textsearch.h"
#include "simulatedtransfer.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

using namespace qlogscope;

/// Filters over a simulated transfer in memory, and text search against a memchr pass over the same bytes.
namespace {

using Clock = std::chrono::steady_clock;

double msSince(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

/// The best of three.
template <typename Work> double bestMs(Work work)
{
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
        const Clock::time_point start = Clock::now();
        work();
        best = std::min(best, msSince(start));
    }
    return best;
}

void benchFilters(std::uint64_t events)
{
    bench::TransferOptions options;
    options.events = events;
    const std::unique_ptr<Document> document = bench::TransferSimulation(options).run();
    std::printf("%llu rows, %.1f bytes each\n", static_cast<unsigned long long>(events),
                static_cast<double>(document->memoryBytes()) / static_cast<double>(events));
    for (const char* text : {"size>1200", "pn=100..200", "frame=ack", "dir=sent", "time=1s..20s", "lost=true", "!size>1200", "stream=4",
                             "-quic:packet_received", "* -transport:packet_received", "-* transport:packet_sent"}) {
        const Filter filter = parseFilter(text).filter;
        std::size_t count = 0;
        double longestSlice = 0;
        const double ms = bestMs([&] {
            FilterRun run(filter, *document);
            Column<RowId> rows; // as the window keeps them
            std::vector<RowId> selected;
            for (std::size_t end = 0; run.position() < document->events().size();) {
                const Clock::time_point start = Clock::now();
                selected.clear();
                run.advance(end += 16'384, &selected);
                for (const RowId row : selected)
                    rows.push_back(row);
                longestSlice = std::max(longestSlice, msSince(start));
            }
            count = rows.size();
        });
        std::printf("  %-32s %8.1f ms  %9zu rows, slices of 16,384 rows up to %.2f ms\n", text, ms, count, longestSlice);
    }
}

/// Records as a writer makes them, in a file of its own that has no name.
void benchSearch(std::size_t bytes)
{
    EventStore events;
    std::string content = "\x1e{\"qlog_version\":\"0.3\"}\n";
    std::uint64_t number = 0;
    while (content.size() < bytes) {
        EventRow row;
        row.offset = content.size() + 1;
        content += "\x1e{\"time\":" + std::to_string(number / 7) + '.' + std::to_string(number % 997)
            + ",\"name\":\"transport:packet_" + (number % 3 == 0 ? "received" : "sent")
            + "\",\"data\":{\"header\":{\"packet_type\":\"1RTT\",\"packet_number\":" + std::to_string(number)
            + "},\"raw\":{\"length\":1252},\"frames\":[{\"frame_type\":\"stream\",\"stream_id\":" + std::to_string(number % 64 * 4)
            + ",\"offset\":" + std::to_string(number * 1200) + ",\"length\":1200,\"fin\":false}]}}\n";
        row.length = static_cast<std::uint32_t>(content.size() - 1 - row.offset);
        events.append(row);
        ++number;
    }
    const char* folder = std::getenv("TMPDIR");
    const int descriptor = ::open(folder != nullptr ? folder : "/var/tmp", O_TMPFILE | O_RDWR, 0600);
    if (descriptor < 0 || ::write(descriptor, content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
        std::perror("bench_filter: a temporary file");
        std::exit(1);
    }
    const std::shared_ptr<ByteSource> source = ByteSource::adopt(descriptor, "generated");
    const double megabytes = static_cast<double>(content.size()) / 1e6;
    const double memchrMs = bestMs([&] {
        if (std::memchr(content.data(), 0x01, content.size()) != nullptr)
            std::abort();
    });
    std::printf("text search in %.0f MB, %zu records; memchr over them in memory: %.1f ms, %.2f GB/s\n", megabytes, events.size(), memchrMs,
                megabytes / memchrMs);
    for (const char* text : {"no such text", "packet_lost", "\"packet_number\":77777}", "received", "\"stream_id\":44,", "transport:packet_",
                             "e"}) {
        TextSearchResult result;
        const double ms = bestMs([&] {
            result = searchTexts({source, events.ranges(), 0, {text}}, [](std::uint64_t, std::uint64_t) { return true; });
        });
        std::printf("  %-26s %8.1f ms  %5.2f GB/s  %.2f of memchr  %8zu rows\n", text, ms, megabytes / ms, memchrMs / ms,
                    result.rows.front().size());
    }
}

} // namespace

int main(int argc, char** argv)
{
    const std::uint64_t events = bench::eventsWanted(argc, argv, 10'000'000, "[EVENTS]");
    benchFilters(events);
    benchSearch(static_cast<std::size_t>(400) << 20);
    return 0;
}
