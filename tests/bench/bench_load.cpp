// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session.h"
#include "model/findings.h"
#include "tests/support/tracegen.h"

#include <QCoreApplication>
#include <QEventLoop>
#include <QProcess>
#include <QTemporaryDir>

#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

/// How fast files load, beside a plain simdjson DOM pass over the same bytes in the same run, how much memory they take, and how long
/// looking for findings takes.
/// Usage: bench_load [EVENTS]
using namespace qlogscope;

namespace {

constexpr int rounds = 5;

double seconds(std::chrono::steady_clock::time_point since)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

std::size_t residentBytes()
{
    std::ifstream statm("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    statm >> total >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t writeTrace(const std::string& path, tracegen::Format format, std::uint64_t events)
{
    tracegen::Options options;
    options.format = format;
    options.events = events;
    std::ofstream file(path, std::ios::binary);
    const tracegen::Totals totals = tracegen::generate(options, {}, [&](std::string_view piece) {
        file.write(piece.data(), static_cast<std::streamsize>(piece.size()));
        return static_cast<bool>(file);
    });
    return totals.of(tracegen::Vantage::Server).records;
}

std::string readFile(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Reads the file and parses each record (or the whole document) with the simdjson DOM, keeping nothing.
double simdjsonPass(const std::string& path, bool isSequence)
{
    const auto begin = std::chrono::steady_clock::now();
    simdjson::dom::parser parser;
    std::size_t parsed = 0;
    simdjson::padded_string text;
    if (simdjson::padded_string::load(path).get(text) != simdjson::SUCCESS)
        std::abort();
    if (!isSequence) {
        simdjson::dom::element document;
        if (parser.parse(text).get(document) != simdjson::SUCCESS)
            std::abort();
        parsed = 1;
    }
    const std::string_view view(text.data(), text.size());
    for (std::size_t position = 0; isSequence && position < view.size();) {
        const std::size_t end = std::min(view.find('\x1e', position + 1), view.size());
        simdjson::dom::element record;
        if (parser.parse(view.data() + position + 1, end - position - 1, false).get(record) == simdjson::SUCCESS)
            ++parsed;
        position = end;
    }
    if (parsed == 0)
        std::abort();
    return seconds(begin);
}

/// The real path: loader thread, decoding pool, batches appended by this thread's event loop.
double load(const std::string& path, Workspace* workspace, bool keep)
{
    const auto begin = std::chrono::steady_clock::now();
    auto session = std::make_unique<Session>(QString::fromStdString(path), workspace);
    QEventLoop loop;
    QObject::connect(session.get(), &Session::finished, &loop, &QEventLoop::quit);
    session->start();
    loop.exec();
    const double elapsed = seconds(begin);
    Document* document = session->document();
    if (document->state() != Document::State::Complete || document->malformedCount() != 0)
        std::abort();
    if (!keep)
        workspace->close(document);
    return elapsed;
}

void run(const char* name, tracegen::Format format, std::uint64_t events, double target)
{
    const QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("trace")).toStdString();
    const std::uint64_t records = writeTrace(path, format, events);
    const std::size_t bytes = readFile(path).size();
    Workspace workspace;
    std::vector<double> passes;
    std::vector<double> loads;
    for (int i = 0; i < rounds; ++i) { // in turns: whatever else the machine does hits both
        passes.push_back(simdjsonPass(path, format == tracegen::Format::JsonSeq));
        loads.push_back(load(path, &workspace, false));
    }
    const double megabytes = static_cast<double>(bytes) / 1e6;
    const double ratio = median(passes) / median(loads);
    std::printf("%-9s %llu events, %.0f MB: load %.3f s, %.0f MB/s, %.2f M events/s; simdjson DOM pass %.3f s, %.0f MB/s; "
                "ratio %.2f (target %.1f)\n",
                name, static_cast<unsigned long long>(records), megabytes, median(loads), megabytes / median(loads),
                static_cast<double>(records) / median(loads) / 1e6, median(passes), megabytes / median(passes), ratio, target);
    std::fflush(stdout);
    QProcess::execute(QCoreApplication::applicationFilePath(), {QStringLiteral("--memory"), QString::fromStdString(path)});
}

/// In slices, as the window looks for them.
void measureFindings(const Document& document)
{
    const auto begin = std::chrono::steady_clock::now();
    FindingsSearch search(document, TraceId(std::size_t{0}));
    double longest = seconds(begin);
    for (bool isDone = false; !isDone;) {
        const auto slice = std::chrono::steady_clock::now();
        isDone = search.step(4'000);
        longest = std::max(longest, seconds(slice));
    }
    std::printf("          findings: %.3f s, %.0f ns per event, longest slice %.1f ms, %zu found\n", seconds(begin),
                seconds(begin) * 1e9 / static_cast<double>(document.events().size()), longest * 1e3, search.take().found.size());
}

/// In a process of its own, so that nothing else has grown the heap.
void measureMemory(const std::string& path)
{
    Workspace workspace;
    const std::size_t before = residentBytes();
    load(path, &workspace, true);
    const std::size_t after = residentBytes();
    const Document& document = *workspace.documents().front();
    const auto events = static_cast<double>(document.events().size());
    std::printf("          memory: %.1f bytes per event above the empty program (%.1f in columns and indexes; target 90)\n",
                static_cast<double>(after - std::min(after, before)) / events,
                static_cast<double>(document.memoryBytes()) / events);
    measureFindings(document);
}

} // namespace

int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    if (argc == 3 && std::string(argv[1]) == "--memory") {
        measureMemory(argv[2]);
        return 0;
    }
    const std::uint64_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
    run("json-seq", tracegen::Format::JsonSeq, events, 0.8);
    run("contained", tracegen::Format::Contained, events, 0.6);
    run("draft-00", tracegen::Format::Draft00, events, 0.6);
    return 0;
}
