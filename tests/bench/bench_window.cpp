// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure.h"
#include "app/mainwindow.h"
#include "importers/recordsummary.h"
#include "tests/support/tracegen.h"
#include "views/congestion/congestionview.h"
#include "views/events/eventsview.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QTableView>
#include <QTemporaryDir>
#include <QTimer>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

/// A big file opened in the window: when first rows and points are there, how long the event loop is busy while it loads, and
/// how long the chart takes to repaint at a zoom or pan. Usage: bench_window [EVENTS]
using namespace qlogscope;

namespace {

constexpr int timerMs = 5;
constexpr int steps = 200;

/// Notes how long the handling of each event takes.
class TimedApplication : public QApplication
{
public:
    using QApplication::QApplication;

    bool notify(QObject* receiver, QEvent* event) override
    {
        if (++m_depth > 1) { // part of another
            const bool isDone = QApplication::notify(receiver, event);
            --m_depth;
            return isDone;
        }
        // a timer says most by whose it is
        const QObject* named = qobject_cast<QTimer*>(receiver) != nullptr && receiver->parent() != nullptr ? receiver->parent() : receiver;
        const char* name = named->metaObject()->className();
        const QEvent::Type type = event->type();
        QElapsedTimer clock;
        clock.start();
        const bool isDone = QApplication::notify(receiver, event);
        --m_depth;
        m_turns.push_back({static_cast<double>(clock.nsecsElapsed()) / 1e6, name, type});
        return isDone;
    }
    void printLongest(std::size_t count)
    {
        count = std::min(count, m_turns.size());
        std::partial_sort(m_turns.begin(), m_turns.begin() + static_cast<std::ptrdiff_t>(count), m_turns.end(),
                          [](const Turn& a, const Turn& b) { return a.ms > b.ms; });
        for (std::size_t i = 0; i < count; ++i)
            std::printf("  %6.1f ms: event %d of %s\n", m_turns[i].ms, static_cast<int>(m_turns[i].type), m_turns[i].receiver);
    }

private:
    struct Turn {
        double ms;
        const char* receiver;
        QEvent::Type type;
    };
    std::vector<Turn> m_turns;
    int m_depth = 0;
};

double percentile(std::vector<double> values, double part)
{
    if (values.empty())
        return 0;
    std::sort(values.begin(), values.end());
    const auto rank = static_cast<std::size_t>(part * static_cast<double>(values.size() - 1) + 0.5);
    return values[rank];
}

void writeTrace(const QString& path, std::uint64_t events)
{
    tracegen::Options options;
    options.events = events;
    std::ofstream file(path.toStdString(), std::ios::binary);
    (void)tracegen::generate(options, {}, [&](std::string_view piece) {
        file.write(piece.data(), static_cast<std::streamsize>(piece.size()));
        return static_cast<bool>(file);
    });
}

/// Calls the step, waits until the view has refreshed itself, and paints.
std::vector<double> timeSteps(QWidget* chart, const std::function<void(int)>& step)
{
    std::vector<double> times;
    for (int i = 0; i < steps; ++i) {
        QElapsedTimer timer;
        timer.start();
        step(i);
        QCoreApplication::processEvents(); // the refresh of this round
        QCoreApplication::processEvents();
        chart->repaint();
        times.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
    }
    return times;
}

} // namespace

int main(int argc, char** argv)
{
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    TimedApplication application(argc, argv);
    const std::uint64_t events = bench::eventsWanted(argc, argv, 1'000'000, "[EVENTS]");
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("big.sqlog"));
    writeTrace(path, events);

    Settings settings(folder.filePath(QStringLiteral("settings.ini")));
    Workspace workspace;
    ViewContext context(&workspace);
    const RecordSummary summaries;
    MainWindow window(&context, summaries, settings);
    window.resize(1600, 1000);
    window.show();
    QCoreApplication::processEvents();

    QElapsedTimer clock;
    QEventLoop loop; // quitting the application would close the window
    std::vector<double> gaps;
    double firstRowsMs = -1;
    double firstPointsMs = -1;
    double loadedMs = -1;
    const auto* list = window.findChild<EventsView*>();
    auto* table = list != nullptr ? list->findChild<QTableView*>() : nullptr;
    auto* chart = window.findChild<CongestionView*>();
    if (table == nullptr || chart == nullptr)
        return 1;
    qint64 lastNs = 0;
    QTimer timer;
    timer.setTimerType(Qt::PreciseTimer);
    QObject::connect(&timer, &QTimer::timeout, &application, [&] {
        const qint64 now = clock.nsecsElapsed();
        gaps.push_back(static_cast<double>(now - lastNs) / 1e6);
        lastNs = now;
        const double nowMs = static_cast<double>(now) / 1e6;
        const Document* document = workspace.documents().empty() ? nullptr : workspace.documents().front().get();
        if (firstRowsMs < 0 && table->model() != nullptr && table->model()->rowCount() > 0)
            firstRowsMs = nowMs;
        if (firstPointsMs < 0 && context.trace().isValid() && context.trace().get().packets(Direction::Sent).size() > 0)
            firstPointsMs = nowMs;
        if (document != nullptr && document->state() == Document::State::Complete) {
            loadedMs = nowMs;
            timer.stop();
            loop.quit();
        }
    });
    clock.start();
    window.open({OpenRequest{path, {}}});
    timer.start(timerMs);
    loop.exec();

    std::printf("%llu events: first rows %.0f ms, first points %.0f ms (target 300), loaded %.0f ms\n",
                static_cast<unsigned long long>(workspace.documents().front()->events().size()), firstRowsMs, firstPointsMs, loadedMs);
    std::printf("event-loop gap while loading (timer of %d ms): median %.1f, p99 %.1f, p99.9 %.1f, max %.1f ms (target p99.9 < 50)\n",
                timerMs, percentile(gaps, 0.5), percentile(gaps, 0.99), percentile(gaps, 0.999), percentile(gaps, 1));

    application.printLongest(8);

    QCoreApplication::processEvents();
    const TimeRange full = context.fullRange();
    const std::vector<double> zooms = timeSteps(chart, [&](int i) {
        context.zoom(i < steps / 2 ? 0.93 : 1 / 0.93, full.beginNs + full.lengthNs() / 3);
    });
    context.setVisibleRange({full.beginNs, full.beginNs + full.lengthNs() / 4});
    const std::vector<double> pans = timeSteps(chart, [&](int) { context.pan(0.01); });
    std::printf("zoom step, all views: median %.1f, p95 %.1f ms; pan step: median %.1f, p95 %.1f ms (target median < 16)\n",
                percentile(zooms, 0.5), percentile(zooms, 0.95), percentile(pans, 0.5), percentile(pans, 0.95));
    return 0;
}
