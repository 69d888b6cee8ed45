// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
/// How long the sequence diagram takes to open and to follow the user: bench_sequence [events]. Runs offscreen. The logs have no
/// text: reading the records on screen again is not in the figures.
#include "measure.h"
#include "simulatedpair.h"

#include "views/sequence/sequencecanvas.h"
#include "views/sequence/sequenceview.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QWheelEvent>

#include <cstdio>

using namespace qlogscope;

namespace {

double elapsedMs(const QElapsedTimer& timer) { return static_cast<double>(timer.nsecsElapsed()) / 1e6; }

} // namespace

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    const std::size_t events = bench::eventsWanted(argc, argv, 10'000'000, "[EVENTS]");
    Workspace workspace;
    Document* client = workspace.add(std::make_unique<Document>("client.sqlog"));
    Document* server = workspace.add(std::make_unique<Document>("server.sqlog"));
    std::size_t rows = 0;
    {
        const SimulatedPair logs(events);
        SimulatedPair::append(client, logs.client, 0, logs.client.size(), Role::Client);
        SimulatedPair::append(server, logs.server, 0, logs.server.size(), Role::Server);
        rows = logs.client.size() + logs.server.size();
    }
    ViewContext context(&workspace);
    SequenceView view({&context, nullptr});
    view.resize(1600, 1000);
    view.show();
    QCoreApplication::processEvents();
    SequenceCanvas* canvas = view.canvas();

    QElapsedTimer opening;
    opening.start();
    context.setTrace({client, TraceId(0U)});
    while (canvas->layOut().labels.empty())
        QCoreApplication::processEvents();
    view.repaint();
    std::printf("%zu events; first picture       %7.0f ms\n", rows, elapsedMs(opening));
    double longest = 0;
    while (!canvas->isDone()) {
        QElapsedTimer slice;
        slice.start();
        QCoreApplication::processEvents();
        longest = std::max(longest, elapsedMs(slice));
    }
    const double bytes = static_cast<double>(canvas->order().memoryBytes() + canvas->traces()->matches()->memoryBytes());
    std::printf("matched and in order           %7.0f ms, longest turn %.1f ms; %.1f bytes an event\n", elapsedMs(opening), longest, bytes / static_cast<double>(rows));

    const auto wheel = [&](int notches) {
        const QPointF position(600, 500);
        QWheelEvent event(position, canvas->mapToGlobal(position), {}, {0, notches * 120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(canvas, &event);
    };
    bench::measure("200 scroll steps", 200, [&](int i) { wheel(i < 150 ? -1 : 1); });
    bench::measure("200 jumps", 200, [&](int i) { canvas->scrollTo(static_cast<double>(canvas->order().size()) * i / 200); });
    canvas->setMode(SequenceMode::Linear);
    context.fitAll();
    QCoreApplication::processEvents();
    bench::measure("zoom in, linear", 100, [&](int) { wheel(1); });
    bench::measure("pan, linear", 100, [&](int i) { context.pan(i < 50 ? 0.1 : -0.1); });
    bench::measure("zoom out, linear", 100, [&](int) { wheel(-1); });
    return 0;
}
