// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

/// A writer: lets a file grow as another one did when it was recorded, or in equal steps.
///
///   qlogscope-replay SOURCE TARGET --recording CSV COLUMN [--speed FACTOR]
///   qlogscope-replay SOURCE TARGET --step BYTES [--every MICROSECONDS]
///
/// --stop-at BYTES: ends there with a message and waits to be killed, its file still open. A time of 0 or a factor of 0: no pauses.
namespace {

struct Growth {
    double seconds = 0;
    std::size_t size = 0;
};

[[noreturn]] void wrongUsage()
{
    std::fputs("qlogscope-replay SOURCE TARGET (--recording CSV COLUMN [--speed FACTOR] | --step BYTES [--every MICROSECONDS]) [--stop-at BYTES]\n",
               stderr);
    std::exit(2);
}

double number(std::string_view text)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        wrongUsage();
    return value;
}

std::vector<std::string> cells(const std::string& line)
{
    std::vector<std::string> result(1);
    for (const char c : line) {
        if (c == ',')
            result.emplace_back();
        else if (c != '\r')
            result.back() += c;
    }
    return result;
}

std::vector<Growth> readRecording(const std::string& path, const std::string& column, double speed)
{
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    const std::vector<std::string> names = cells(line);
    std::size_t index = 0;
    while (index < names.size() && names[index] != column)
        ++index;
    if (index == names.size())
        wrongUsage();
    std::vector<Growth> growth;
    while (std::getline(file, line)) {
        const std::vector<std::string> row = cells(line);
        if (row.size() == names.size())
            growth.push_back({speed > 0 ? number(row[0]) / 1000 / speed : 0, static_cast<std::size_t>(number(row[index]))});
    }
    return growth;
}

std::vector<Growth> equalSteps(std::size_t size, std::size_t step, double everyMicroseconds)
{
    std::vector<Growth> growth;
    for (std::size_t at = step; at < size; at += step)
        growth.push_back({static_cast<double>(growth.size()) * everyMicroseconds / 1e6, at});
    return growth;
}

void writeAll(int descriptor, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
        if (count < 0) {
            std::perror("qlogscope-replay");
            std::exit(1);
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

} // namespace

int main(int argc, char** argv)
{
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() < 4)
        wrongUsage();
    std::string recording;
    std::string column;
    double speed = 1;
    std::size_t step = 0;
    double every = 0;
    std::size_t stopAt = 0;
    for (std::size_t i = 2; i + 1 < arguments.size(); ++i) {
        const std::string option = arguments[i];
        const std::string value = arguments[++i];
        if (option == "--recording" && i + 1 < arguments.size()) {
            recording = value;
            column = arguments[++i];
        } else if (option == "--speed") {
            speed = number(value);
        } else if (option == "--step") {
            step = static_cast<std::size_t>(number(value));
        } else if (option == "--every") {
            every = number(value);
        } else if (option == "--stop-at") {
            stopAt = static_cast<std::size_t>(number(value));
        } else {
            wrongUsage();
        }
    }
    if (recording.empty() == (step == 0))
        wrongUsage();
    std::ifstream source(arguments[0], std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(source), std::istreambuf_iterator<char>()};
    const int descriptor = ::open(arguments[1].c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (!source || descriptor < 0) {
        std::perror("qlogscope-replay");
        return 1;
    }
    std::vector<Growth> growth = recording.empty() ? equalSteps(bytes.size(), step, every) : readRecording(recording, column, speed);
    growth.push_back({growth.empty() ? 0 : growth.back().seconds, bytes.size()}); // what the last look did not see
    const auto begin = std::chrono::steady_clock::now();
    std::size_t written = 0;
    for (const Growth& each : growth) {
        std::this_thread::sleep_until(begin + std::chrono::duration<double>(each.seconds));
        std::size_t end = std::min(each.size, bytes.size());
        if (stopAt > 0)
            end = std::min(end, stopAt);
        if (end > written)
            writeAll(descriptor, std::string_view(bytes).substr(written, end - written));
        written = std::max(written, end);
        if (stopAt > 0 && written == stopAt) {
            std::puts("stopped");
            std::fflush(stdout);
            ::pause();
        }
    }
    ::close(descriptor);
    return 0;
}
