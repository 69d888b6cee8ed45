// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure.h"
#include "app/session.h"
#include "importers/tracereader.h"
#include "model/findings.h"
#include "tests/support/tracegen.h"

#include <QCoreApplication>
#include <QDirIterator>
#include <QEventLoop>
#include <QProcess>
#include <QTemporaryDir>

#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

/// How fast files load, beside a plain simdjson DOM pass over the same bytes in the same run, how much memory they take, and how long
/// looking for findings takes.
/// Usage: bench_load [EVENTS] | bench_load --real [MEGABYTES]
using namespace qlogscope;

namespace {

constexpr int rounds = 5;

double seconds(std::chrono::steady_clock::time_point since)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

/// Of all threads of the process: on a busy machine it tells more than the time that passes.
double processorSeconds()
{
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
    return of(usage.ru_utime) + of(usage.ru_stime);
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
/// @return false if the DOM refuses it
bool parseWithSimdjson(const std::string& path, FileFormat format)
{
    simdjson::dom::parser parser;
    std::size_t parsed = 0;
    simdjson::padded_string text;
    if (simdjson::padded_string::load(path).get(text) != simdjson::SUCCESS)
        std::abort();
    if (format == FileFormat::Json) {
        simdjson::dom::element document;
        return parser.parse(text).get(document) == simdjson::SUCCESS;
    }
    const char separator = format == FileFormat::JsonSeq ? '\x1e' : '\n';
    const std::string_view view(text.data(), text.size());
    for (std::size_t position = 0; position < view.size();) {
        const std::size_t end = std::min(view.find(separator, position + 1), view.size());
        simdjson::dom::element record;
        const std::size_t begin = view[position] == separator ? position + 1 : position;
        if (parser.parse(view.data() + begin, end - begin, false).get(record) == simdjson::SUCCESS)
            ++parsed;
        position = end;
    }
    return parsed > 0;
}

double simdjsonPass(const std::string& path, FileFormat format)
{
    const auto begin = std::chrono::steady_clock::now();
    if (!parseWithSimdjson(path, format))
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
    if (document->state() != Document::State::Complete)
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
        passes.push_back(simdjsonPass(path, format == tracegen::Format::JsonSeq ? FileFormat::JsonSeq : FileFormat::Json));
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

struct RealTrace {
    std::string path;
    FileFormat format = FileFormat::Unknown;
    std::size_t bytes = 0;
};

/// The real traces beside the project as uncompressed text in a folder; those that the simdjson DOM refuses have no pass to be
/// compared with and are left out.
std::vector<RealTrace> unpackRealTraces(const QTemporaryDir& folder, std::size_t* leftOut)
{
    std::vector<RealTrace> traces;
    QDirIterator files(QStringLiteral(QLOGSCOPE_SHARED_DIR "/traces/dev"), QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        const std::unique_ptr<Document> document = TraceReader::readDocument(files.next().toStdString());
        if (document->state() != Document::State::Complete || !document->source())
            continue;
        RealTrace trace{folder.filePath(QString::number(traces.size())).toStdString(), document->facts().format,
                        document->facts().bytes};
        std::ofstream(trace.path, std::ios::binary) << document->source()->text(0, trace.bytes);
        if (parseWithSimdjson(trace.path, trace.format))
            traces.push_back(std::move(trace));
        else
            ++*leftOut;
    }
    return traces;
}

/// As a window opens several files: a few are read at the same time, the next one begins when one of them is done.
double loadTogether(const std::vector<RealTrace>& traces, Workspace* workspace)
{
    constexpr std::size_t together = 8;
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::unique_ptr<Session>> sessions;
    std::size_t unfinished = traces.size();
    QEventLoop loop;
    const std::function<void()> openNext = [&] {
        if (sessions.size() == traces.size())
            return;
        sessions.push_back(std::make_unique<Session>(QString::fromStdString(traces[sessions.size()].path), workspace));
        QObject::connect(sessions.back().get(), &Session::finished, &loop, [&, session = sessions.back().get()] {
            if (session->document()->state() != Document::State::Complete)
                std::abort();
            workspace->close(session->document());
            if (--unfinished == 0)
                loop.quit();
            openNext();
        });
        sessions.back()->start();
    };
    for (std::size_t i = 0; i < together; ++i)
        openNext();
    loop.exec();
    return seconds(begin);
}

/// All real traces, again and again.
void runRealTraces(double megabytes)
{
    const QTemporaryDir folder;
    std::size_t leftOut = 0;
    const std::vector<RealTrace> traces = unpackRealTraces(folder, &leftOut);
    if (traces.empty()) {
        std::printf("real      skipped: the real traces are not beside the project (../shared/traces)\n");
        return;
    }
    double total = 0;
    for (const RealTrace& trace : traces)
        total += static_cast<double>(trace.bytes) / 1e6;
    const int repeats = std::max(1, static_cast<int>(std::ceil(megabytes / total)));
    Workspace workspace;
    double passes = 0;
    double loads = 0;
    double passProcessor = 0;
    double loadProcessor = 0;
    for (int i = 0; i < repeats; ++i) { // in turns: whatever else the machine does hits both
        const double before = processorSeconds();
        for (const RealTrace& trace : traces)
            passes += simdjsonPass(trace.path, trace.format);
        const double between = processorSeconds();
        loads += loadTogether(traces, &workspace);
        passProcessor += between - before;
        loadProcessor += processorSeconds() - between;
    }
    std::printf("real      %zu traces (%zu that the DOM refuses left out), 8 at a time, %.0f MB %d times: load %.3f s, %.0f MB/s; "
                "simdjson DOM pass %.3f s, %.0f MB/s; ratio %.2f (target 0.7); processor %.3f s and %.3f s\n",
                traces.size(), leftOut, total, repeats, loads, total * repeats / loads, passes, total * repeats / passes,
                passes / loads, loadProcessor, passProcessor);
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
    if (argc >= 2 && std::string(argv[1]) == "--real") {
        runRealTraces(argc == 3 ? std::strtod(argv[2], nullptr) : 500);
        return 0;
    }
    const std::uint64_t events = bench::eventsWanted(argc, argv, 1'000'000, "[EVENTS]");
    run("json-seq", tracegen::Format::JsonSeq, events, 0.8);
    run("contained", tracegen::Format::Contained, events, 0.6);
    run("draft-00", tracegen::Format::Draft00, events, 0.6);
    runRealTraces(500);
    return 0;
}
