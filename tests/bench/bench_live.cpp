// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/mainwindow.h"
#include "importers/recordsummary.h"
#include "views/congestion/congestionpanel.h"
#include "views/congestion/congestionview.h"
#include "views/live/livemodel.h"
#include "views/live/liveview.h"

#include <QApplication>
#include <QDir>
#include <QEventLoop>
#include <QProcess>
#include <QTemporaryDir>
#include <QTimer>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <map>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

/// How late what other processes write is in the model, in the painted chart and in the live table; what a directory of 10,000
/// files costs; whether the window stays smooth while 50 files grow. The writers are processes of their own: this program again.
///
/// Every event carries the steady clock's time of its write as its qlog time, so its age can be read off anywhere.
/// Usage: bench_live [SECONDS]
using namespace qlogscope;

namespace {

using Clock = std::chrono::steady_clock;

double nowMs()
{
    return std::chrono::duration<double, std::milli>(Clock::now().time_since_epoch()).count();
}

// ---- the writers ----

constexpr const char* header = "\x1e{\"file_schema\":\"urn:ietf:params:qlog:file:sequential\",\"serialization_format\":\"application/qlog+json-seq\","
                               "\"trace\":{\"vantage_point\":{\"type\":\"client\"},\"common_fields\":{\"group_id\":\"%08x\","
                               "\"time_format\":\"relative_to_epoch\",\"reference_time\":{\"clock_type\":\"monotonic\",\"epoch\":\"unknown\"}},"
                               "\"event_schemas\":[\"urn:ietf:params:qlog:events:quic-12\"]}}\n";

/// As a sender logs them: a packet, now and then an ACK and the congestion state.
std::string eventText(std::uint64_t number, double timeMs)
{
    char text[512];
    if (number % 5 == 3) {
        std::snprintf(text, sizeof text,
                      "\x1e{\"time\":%.6f,\"name\":\"quic:packet_received\",\"data\":{\"header\":{\"packet_type\":\"1RTT\",\"packet_number\":%llu},"
                      "\"raw\":{\"length\":40},\"frames\":[{\"frame_type\":\"ack\",\"ack_delay\":0.2,\"acked_ranges\":[[0,%llu]]}]}}\n",
                      timeMs, static_cast<unsigned long long>(number / 5), static_cast<unsigned long long>(number / 5 * 3));
    } else if (number % 5 == 4) {
        std::snprintf(text, sizeof text,
                      "\x1e{\"time\":%.6f,\"name\":\"quic:recovery_metrics_updated\",\"data\":{\"smoothed_rtt\":%.3f,\"congestion_window\":%llu,"
                      "\"bytes_in_flight\":%llu}}\n",
                      timeMs, 20 + std::sin(static_cast<double>(number) / 1000) * 5, 120'000 + static_cast<unsigned long long>(number % 100'000),
                      static_cast<unsigned long long>(number % 90'000));
    } else {
        std::snprintf(text, sizeof text,
                      "\x1e{\"time\":%.6f,\"name\":\"quic:packet_sent\",\"data\":{\"header\":{\"packet_type\":\"1RTT\",\"packet_number\":%llu},"
                      "\"raw\":{\"length\":1252},\"frames\":[{\"frame_type\":\"stream\",\"stream_id\":0,\"offset\":%llu,\"length\":1200}]}}\n",
                      timeMs, static_cast<unsigned long long>(number / 5 * 3 + number % 5),
                      static_cast<unsigned long long>(number / 5 * 3 + number % 5) * 1200);
    }
    return text;
}

void writeAll(int descriptor, const std::string& text)
{
    if (::write(descriptor, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        std::_Exit(1);
}

int createFile(const std::string& path, unsigned group)
{
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    char text[1024];
    std::snprintf(text, sizeof text, header, group);
    writeAll(descriptor, text);
    return descriptor;
}

/// FOLDER FILES RATE SECONDS: grow-0.sqlog to grow-(FILES-1).sqlog, each by so many events a second; every millisecond another one
/// gets what is due, at least each 20 ms.
int runGrower(const std::string& folder, std::size_t files, double rate, double duration)
{
    std::vector<int> descriptors;
    std::vector<std::uint64_t> written(files);
    for (std::size_t i = 0; i < files; ++i)
        descriptors.push_back(createFile(folder + "/grow-" + std::to_string(i) + ".sqlog", static_cast<unsigned>(i)));
    const double begin = nowMs();
    const std::size_t perTurn = std::max<std::size_t>(1, files / 20);
    std::size_t next = 0;
    for (int turn = 1; nowMs() - begin < duration * 1000; ++turn) {
        std::this_thread::sleep_until(Clock::time_point(std::chrono::duration_cast<Clock::duration>(
            std::chrono::duration<double, std::milli>(begin + turn))));
        for (std::size_t i = 0; i < perTurn; ++i, next = (next + 1) % files) {
            const double now = nowMs();
            const auto due = static_cast<std::uint64_t>((now - begin) / 1000 * rate);
            std::string text;
            while (written[next] < due)
                text += eventText(written[next]++, now);
            writeAll(descriptors[next], text);
        }
    }
    std::uint64_t total = 0;
    for (const std::uint64_t count : written)
        total += count;
    std::printf("%llu\n", static_cast<unsigned long long>(total));
    return 0;
}

/// FOLDER COUNT: a new file every 600 ms, with the time of its creation in its name.
int runCreator(const std::string& folder, int count)
{
    for (int i = 0; i < count; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(600));
        const double now = nowMs();
        ::close(createFile(folder + "/new-" + std::to_string(static_cast<long long>(now * 1000)) + ".sqlog", 0x10000U + static_cast<unsigned>(i)));
    }
    return 0;
}

// ---- the reader ----

double percentile(std::vector<double> values, double part)
{
    if (values.empty())
        return std::nan("");
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1) + 0.5)];
}

double processorSeconds()
{
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

double residentMegabytes()
{
    std::ifstream statm("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    statm >> total >> resident;
    return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

/// Tells when a view has refreshed itself and when a plot is painted.
class WatchedApplication : public QApplication
{
public:
    using QApplication::QApplication;

    std::function<void()> onChartTick;
    std::function<void()> afterChartPaint;

    bool notify(QObject* receiver, QEvent* event) override
    {
        const bool isTick = event->type() == QEvent::Timer && qobject_cast<CongestionView*>(receiver->parent()) != nullptr;
        const bool isPaint = event->type() == QEvent::Paint && qobject_cast<CongestionPanel*>(receiver) != nullptr;
        const bool isDone = QApplication::notify(receiver, event);
        if (isTick && onChartTick)
            onChartTick();
        if (isPaint && afterChartPaint)
            afterChartPaint();
        return isDone;
    }
};

/// A window with settings of its own.
struct Bench {
    QTemporaryDir folder;
    Settings settings{folder.filePath(QStringLiteral("settings.ini"))};
    Workspace workspace;
    ViewContext context{&workspace};
    RecordSummary summaries;
    MainWindow window{&context, summaries, settings};

    Bench()
    {
        window.resize(1600, 1000);
        window.show();
        QDir(folder.path()).mkdir(QStringLiteral("qlogdir"));
        QCoreApplication::processEvents();
    }
    [[nodiscard]] QString qlogDir() const { return folder.filePath(QStringLiteral("qlogdir")); }
};

void startWriter(QProcess* writer, const QStringList& arguments)
{
    writer->start(QCoreApplication::applicationFilePath(), arguments);
    if (!writer->waitForStarted())
        std::abort();
}

void waitMs(int ms)
{
    QEventLoop loop;
    QTimer::singleShot(ms, &loop, &QEventLoop::quit);
    loop.exec();
}

void waitFor(QProcess* writer)
{
    QEventLoop loop;
    QObject::connect(writer, &QProcess::finished, &loop, &QEventLoop::quit);
    if (writer->state() != QProcess::NotRunning)
        loop.exec();
}

/// The gaps between the beats of a timer.
class Pulse
{
public:
    static constexpr int everyMs = 5;

    Pulse()
    {
        m_timer.setTimerType(Qt::PreciseTimer);
        m_last = nowMs();
        QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] {
            const double now = nowMs();
            m_gaps.push_back(now - m_last);
            m_last = now;
            if (onBeat)
                onBeat();
        });
        m_timer.start(everyMs);
    }
    std::function<void()> onBeat;
    [[nodiscard]] const std::vector<double>& gaps() const { return m_gaps; }

private:
    QTimer m_timer;
    double m_last = 0;
    std::vector<double> m_gaps;
};

/// One connection, opened and followed, at 10,000 events a second.
void measureOneConnection(WatchedApplication* application, double duration)
{
    Bench bench;
    QProcess writer;
    startWriter(&writer, {QStringLiteral("--grow"), bench.qlogDir(), QStringLiteral("1"), QStringLiteral("10000"), QString::number(duration)});
    bench.window.open({OpenRequest{bench.qlogDir() + QStringLiteral("/grow-0.sqlog"), {}, true}});
    const Document* document = bench.workspace.documents().front().get();
    std::vector<double> toModel;
    std::vector<double> toPaint;
    std::uint32_t inModel = 0;
    std::uint32_t inPicture = 0;
    std::uint32_t painted = 0;
    QObject::connect(document, &Document::appended, application, [&] {
        const double now = nowMs();
        for (; inModel < document->events().size(); ++inModel)
            toModel.push_back(now - static_cast<double>(document->events().timeNs(RowId(inModel))) / 1e6);
    });
    application->onChartTick = [&] { inPicture = inModel; };
    application->afterChartPaint = [&] {
        const double now = nowMs();
        for (; painted < inPicture; ++painted)
            toPaint.push_back(now - static_cast<double>(document->events().timeNs(RowId(painted))) / 1e6);
    };
    waitFor(&writer);
    waitMs(500);
    application->onChartTick = nullptr;
    application->afterChartPaint = nullptr;
    const auto written = writer.readAllStandardOutput().toULongLong();
    std::printf("one connection, 10,000 events/s, %llu events written, %zu in the model, %zu painted\n", written, toModel.size(), toPaint.size());
    std::printf("  write to model: median %.1f, p95 %.1f, max %.1f ms (target p95 < 75)\n", percentile(toModel, 0.5),
                percentile(toModel, 0.95), percentile(toModel, 1));
    std::printf("  write to painted chart: median %.1f, p95 %.1f, max %.1f ms (target p95 < 125)\n", percentile(toPaint, 0.5),
                percentile(toPaint, 0.95), percentile(toPaint, 1));
    std::fflush(stdout);
}

/// Files that appear, in a table of 10,000; before that how long attaching takes, then what it costs to do nothing.
void measureBigDirectory(double idleSeconds)
{
    constexpr int files = 10'000;
    Bench bench;
    for (int i = 0; i < files; ++i) {
        const int descriptor = createFile(bench.qlogDir().toStdString() + "/" + std::to_string(1'000'000 + i) + "_client.sqlog",
                                          0x100000U + static_cast<unsigned>(i));
        std::string text;
        for (std::uint64_t event = 0; event < 20; ++event)
            text += eventText(event, static_cast<double>(event));
        writeAll(descriptor, text);
        const timespec hourAgo[2] = {{::time(nullptr) - 3'600, 0}, {::time(nullptr) - 3'600, 0}};
        ::futimens(descriptor, hourAgo);
        ::close(descriptor);
    }
    const auto* live = bench.window.findChild<LiveView*>();
    LiveModel* model = live->model();
    const double residentBefore = residentMegabytes();
    const double begin = nowMs();
    double attachedMs = -1;
    QEventLoop loop;
    QObject::connect(model, &LiveModel::announced, &loop, [&] {
        if (model->rowCount() < files)
            return;
        attachedMs = nowMs() - begin;
        loop.quit();
    });
    QTimer::singleShot(30'000, &loop, &QEventLoop::quit);
    bench.window.attach(bench.qlogDir());
    loop.exec();
    std::printf("%d files at rest: all in the table after %.0f ms (target 1,000)\n", files, attachedMs);
    waitMs(3'000);
    const double before = processorSeconds();
    waitMs(static_cast<int>(idleSeconds * 1000));
    std::printf("  idle: %.1f %% of a core (target 3), %.0f MB in all, of these %.0f MB for the directory (target 150)\n",
                (processorSeconds() - before) / idleSeconds * 100, residentMegabytes(), residentMegabytes() - residentBefore);

    std::vector<double> appeared;
    int known = model->rowCount();
    QObject::connect(model, &LiveModel::announced, &loop, [&] {
        const double now = nowMs();
        for (; known < model->rowCount(); ++known) {
            const std::string path = model->row(known).main().path;
            const std::size_t at = path.rfind("new-");
            if (at != std::string::npos)
                appeared.push_back(now - std::strtod(path.c_str() + at + 4, nullptr) / 1000);
        }
    });
    QProcess creator;
    startWriter(&creator, {QStringLiteral("--create"), bench.qlogDir(), QStringLiteral("20")});
    waitFor(&creator);
    waitMs(1'000);
    std::printf("  %zu of 20 new files appeared in the table: median %.0f, max %.0f ms (target 250)\n", appeared.size(),
                percentile(appeared, 0.5), percentile(appeared, 1));
    std::fflush(stdout);
}

/// 50 files that grow, the live table in view.
void measureManyFiles(double duration)
{
    constexpr int files = 50;
    Bench bench;
    auto* live = bench.window.findChild<LiveView*>();
    LiveModel* model = live->model();
    bench.window.attach(bench.qlogDir());
    QProcess writer;
    startWriter(&writer, {QStringLiteral("--grow"), bench.qlogDir(), QString::number(files), QStringLiteral("500"), QString::number(duration)});
    std::vector<double> lags;
    const double from = nowMs() + 1'000;
    const double to = from + (duration - 1.5) * 1'000;
    double processorAtFrom = -1;
    double processorAtTo = 0;
    Pulse pulse;
    pulse.onBeat = [&] {
        const double now = nowMs();
        if (now < from || now > to)
            return;
        if (processorAtFrom < 0)
            processorAtFrom = processorSeconds();
        processorAtTo = processorSeconds();
        for (int row = 0; row < model->rowCount(); ++row) { // what the table shows of each file, all the time
            const ConnectionSummary& summary = model->row(row).main().summary;
            lags.push_back(summary.lastEventNs ? now - static_cast<double>(*summary.lastEventNs) / 1e6 : now - from);
        }
    };
    waitFor(&writer);
    waitMs(1'000);
    std::uint64_t shown = 0;
    for (int row = 0; row < model->rowCount(); ++row)
        shown += model->row(row).main().summary.events;
    const auto written = writer.readAllStandardOutput().toULongLong();
    std::printf("%d files, 500 events/s each: %llu events written, %llu in %d rows of the table; %.0f %% of a core\n", files, written,
                static_cast<unsigned long long>(shown), model->rowCount(), (processorAtTo - processorAtFrom) / ((to - from) / 1000) * 100);
    std::printf("  event-loop gap (timer of %d ms): median %.1f, p99 %.1f, max %.1f ms (target p99 < 33)\n", Pulse::everyMs,
                percentile(pulse.gaps(), 0.5), percentile(pulse.gaps(), 0.99), percentile(pulse.gaps(), 1));
    std::printf("  age of the newest event that the table shows of each file: median %.0f, p99 %.0f, max %.0f ms (target 1,000)\n",
                percentile(lags, 0.5), percentile(lags, 0.99), percentile(lags, 1));
}

} // namespace

int main(int argc, char** argv)
{
    const std::string mode = argc > 1 ? argv[1] : "";
    if (mode == "--grow" && argc == 6)
        return runGrower(argv[2], static_cast<std::size_t>(std::atoi(argv[3])), std::atof(argv[4]), std::atof(argv[5]));
    if (mode == "--create" && argc == 4)
        return runCreator(argv[2], std::atoi(argv[3]));
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    WatchedApplication application(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false); // one window after the other
    const double duration = argc > 1 ? std::max(std::atof(argv[1]), 3.0) : 10;
    measureBigDirectory(duration); // first: nothing else has grown the heap
    measureOneConnection(&application, duration);
    measureManyFiles(duration);
    return 0;
}
