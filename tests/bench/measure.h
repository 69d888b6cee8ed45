// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>
#include <QElapsedTimer>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <vector>

namespace qlogscope::bench {

/// The number of events that the first argument asks for. What is no number ends the program with its usage.
inline std::size_t eventsWanted(int argc, char** argv, std::size_t standard, const char* usage)
{
    if (argc < 2)
        return standard;
    std::size_t events = 0;
    const char* end = argv[1] + std::strlen(argv[1]);
    const auto [last, error] = std::from_chars(argv[1], end, events);
    if (error != std::errc() || last != end || events == 0) {
        std::fprintf(stderr, "usage: %s %s\n", argv[0], usage);
        std::exit(2);
    }
    return events;
}

/// Runs a step so many times with everything that it leads to: events, layout, painting into the window; and prints how long that took.
inline void measure(const char* name, int count, const std::function<void(int)>& step)
{
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
        QElapsedTimer timer;
        timer.start();
        step(i);
        QCoreApplication::sendPostedEvents();
        QCoreApplication::processEvents();
        times.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
    }
    std::sort(times.begin(), times.end());
    std::printf("%-28s median %7.2f ms   p95 %7.2f ms   max %7.2f ms\n", name, times[times.size() / 2],
                times[times.size() * 95 / 100], times.back());
}

} // namespace qlogscope::bench
