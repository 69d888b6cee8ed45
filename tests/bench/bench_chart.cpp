// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
/// How long the congestion chart takes to follow the user: bench_chart [events [logged|unlogged [step]]]. Runs offscreen.
/// "unlogged": as a writer that logs no recovery metrics. "step": only the steps whose name contains this.
#include "measure.h"
#include "simulatedtransfer.h"

#include "model/derivedseries.h"
#include "views/congestion/congestionchart.h"
#include "views/congestion/congestionpanel.h"
#include "views/congestion/congestionview.h"
#include "views/congestion/scaletools.h"

#include <QApplication>
#include <QElapsedTimer>

#include <cstdio>
#include <cstring>

using namespace qlogscope;

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    bench::TransferOptions options;
    options.events = bench::eventsWanted(argc, argv, options.events, "[EVENTS [logged|unlogged [STEP]]]");
    QApplication application(argc, argv);
    const char* wanted = argc > 3 ? argv[3] : "";
    const auto measure = [&](const char* name, int count, const std::function<void(int)>& step) {
        if (std::strstr(name, wanted) != nullptr)
            bench::measure(name, count, step);
    };
    options.hasMetrics = argc < 3 || std::strcmp(argv[2], "unlogged") != 0;

    QElapsedTimer building;
    building.start();
    Workspace workspace;
    Document* document = workspace.add(bench::simulatedTransfer(options));
    const Trace& trace = document->trace(TraceId(std::size_t{0}));
    std::printf("%zu events, %zu packets sent, %llu lost, built in %lld ms\n", document->events().size(),
                trace.packets(Direction::Sent).size(), static_cast<unsigned long long>(trace.packetsLost()),
                static_cast<long long>(building.elapsed()));

    QElapsedTimer deriving;
    deriving.start();
    DerivedSeries derived(trace);
    if (!derived.advance())
        std::abort();
    std::printf("all derived series           %7.0f ms   %.1f bytes an event, %zu RTT samples, %zu intervals of limits\n",
                static_cast<double>(deriving.nsecsElapsed()) / 1e6,
                static_cast<double>(derived.memoryBytes()) / static_cast<double>(document->events().size()), derived.rtt().samples().size(),
                derived.limitedBy().size());

    ViewContext context(&workspace);
    CongestionView view({&context, nullptr});
    view.resize(1600, 900);
    view.chart()->setPanels(allPanels);
    view.show();
    context.setTrace({document, TraceId(std::size_t{0})});
    CongestionChart* chart = view.chart();
    bool isDerived = false; // what is computed beside everything else would be measured with it
    QObject::connect(chart, &CongestionChart::derived, &view, [&] { isDerived = true; });
    while (!isDerived)
        QCoreApplication::processEvents();
    for (int i = 0; i < 10; ++i)
        QCoreApplication::processEvents();

    measure("layout, full range", 50, [&](int) {
        const CongestionLayout layout
            = layOutCongestion({trace, Direction::Sent, &derived}, context.zeroNs(), context.visibleRange(), chart->dataPanel()->columns());
        if (layout.columns == 0)
            std::abort();
    });
    measure("full repaint, full range", 100, [&](int) {
        chart->refresh();
        view.repaint();
    });
    const TimeRange full = context.fullRange();
    measure("200 zoom steps", 200, [&](int i) {
        const double factor = (i / 50) % 2 == 0 ? 0.9 : 1 / 0.9;
        context.zoom(factor, full.beginNs + full.lengthNs() / 3);
        QCoreApplication::processEvents();
    });
    context.setVisibleRange({full.lengthNs() / 3, full.lengthNs() / 3 + full.lengthNs() / 4});
    QCoreApplication::processEvents();
    measure("200 pan steps", 200, [&](int i) {
        context.pan((i / 50) % 2 == 0 ? 0.02 : -0.02);
        QCoreApplication::processEvents();
    });
    const QRect area = chart->dataPanel()->plotArea();
    measure("400 hover moves", 400, [&](int i) {
        const QPointF position(area.left() + area.width() * i / 400.0, area.bottom() - area.height() * i / 400.0);
        QMouseEvent move(QEvent::MouseMove, position, position, Qt::NoButton, Qt::NoButton, Qt::NoModifier);
        QCoreApplication::sendEvent(chart->dataPanel(), &move);
        QCoreApplication::processEvents();
    });

    // until what is chosen is there in whole; the other choice drops what was made
    context.fitAll();
    const auto untilMade = [&] {
        while (!chart->areBarsMade())
            QCoreApplication::processEvents();
    };
    measure("switch perspective", 20, [&](int i) {
        chart->setPerspective(i % 2 == 0 ? Direction::Received : Direction::Sent);
        QCoreApplication::processEvents();
        untilMade();
    });
    const auto switchScale = [&](BarScale scale) {
        return [&, scale](int i) {
            view.scaleTools()->setScale(i % 2 == 0 ? scale : BarScale::WireBytes);
            QCoreApplication::processEvents();
            untilMade();
        };
    };
    measure("switch to packet numbers", 10, switchScale(BarScale::PacketNumber));
    measure("switch to stream offsets", 10, switchScale(BarScale::StreamOffset));
    for (const BarScale scale : {BarScale::PacketNumber, BarScale::StreamOffset}) {
        view.scaleTools()->setScale(scale);
        QCoreApplication::processEvents();
        untilMade();
        measure(scale == BarScale::PacketNumber ? "zoom, packet numbers" : "zoom, stream offsets", 100, [&](int i) {
            context.zoom((i / 25) % 2 == 0 ? 0.9 : 1 / 0.9, full.beginNs + full.lengthNs() / 3);
            QCoreApplication::processEvents();
        });
    }
    return 0;
}
