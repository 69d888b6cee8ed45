// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>
#include <QElapsedTimer>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <vector>

namespace qlogscope::bench {

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
