// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tracebuilder.h"

#include "views/chartlegend.h"
#include "views/congestion/congestionchart.h"
#include "views/congestion/congestionpainter.h"
#include "views/congestion/congestionpanel.h"
#include "views/congestion/congestionview.h"
#include "views/congestion/measurerow.h"
#include "views/congestion/scaletools.h"
#include "views/hoverlabel.h"
#include "model/transferrates.h"
#include "views/units.h"

#include <QAbstractButton>
#include <QApplication>
#include <QLabel>
#include <QtTest>

#include <set>

using namespace qlogscope;

namespace {

constexpr std::int64_t ms = 1'000'000;

/// Twenty packets, one each 10 ms, acked 40 ms later but for the third, which is lost.
struct Rows {
    std::vector<RowId> sent;
    std::vector<RowId> acked;
    RowId lost;
    RowId window;
};

std::unique_ptr<Document> makeDocument(Rows& rows)
{
    TraceBuilder builder;
    rows.window = builder.metric(0, MetricKind::CongestionWindow, 12'000);
    for (int i = 0; i < 24; ++i) {
        if (i < 20)
            rows.sent.push_back(builder.sent(i * 10, static_cast<std::uint64_t>(i), 1200));
        if (i < 4)
            continue;
        const auto number = static_cast<std::uint64_t>(i - 4);
        if (number == 3)
            rows.lost = builder.lost(i * 10 + 5, number);
        else
            rows.acked.push_back(builder.acked(i * 10 + 5, number, number));
    }
    return builder.build();
}

} // namespace

class CongestionViewTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_rows = Rows();
        m_workspace = std::make_unique<Workspace>();
        m_document = m_workspace->add(makeDocument(m_rows));
        m_context = std::make_unique<ViewContext>(m_workspace.get());
        m_view = std::make_unique<CongestionView>(ViewServices{m_context.get(), nullptr});
        m_view->resize(1000, 640);
        m_view->show();
        m_context->setTrace({m_document, TraceId(std::size_t{0})});
        settle();
    }
    void cleanup()
    {
        m_view.reset();
        m_context.reset();
        m_workspace.reset();
    }

    void wheelKeepsTheTimeUnderThePointer()
    {
        const QPointF position(panel()->plotArea().left() + panel()->plotArea().width() / 3.0, 100);
        const std::int64_t before = panel()->timeAt(position.x());
        const std::int64_t length = m_context->visibleRange().lengthNs();
        for (int i = 0; i < 5; ++i)
            wheel(position, 120);
        settle();
        QVERIFY(m_context->visibleRange().lengthNs() < length / 2);
        const std::int64_t pixelNs = m_context->visibleRange().lengthNs() / panel()->plotArea().width();
        QVERIFY(std::abs(panel()->timeAt(position.x()) - before) <= pixelNs + 1);
    }

    void dragPans()
    {
        m_context->setVisibleRange({50 * ms, 100 * ms});
        settle();
        const QPoint from = panel()->plotArea().center();
        const std::int64_t grabbed = panel()->timeAt(from.x());
        drag(from, from + QPoint(150, 0), Qt::NoModifier);
        settle();
        QVERIFY(std::abs(panel()->timeAt(from.x() + 150) - grabbed) < ms / 2);
        QCOMPARE(m_context->visibleRange().lengthNs(), 50 * ms);
    }

    void controlDragZoomsIntoABox()
    {
        const QRect area = panel()->plotArea();
        const std::int64_t from = panel()->timeAt(area.left() + 100);
        const std::int64_t to = panel()->timeAt(area.left() + 300);
        drag(QPoint(area.left() + 100, 100), QPoint(area.left() + 300, 150), Qt::ControlModifier);
        settle();
        QCOMPARE(m_context->visibleRange(), (TimeRange{from, to}));
    }

    void clickSelectsTheRowOfWhatIsPainted()
    {
        click(barCentre(CongestionSeries::Sent, 10));
        QCOMPARE(m_context->selectedRow(), m_rows.sent[10]);
        click(barCentre(CongestionSeries::Acked, 5));
        QCOMPARE(m_context->selectedRow(), m_rows.acked[5]);
        click(barCentre(CongestionSeries::Lost, 0));
        QCOMPARE(m_context->selectedRow(), m_rows.lost);
        click(QPointF(panel()->xOf(100 * ms) + 20, panel()->yOf(CongestionSeries::CongestionWindow, 12'000)));
        QCOMPARE(m_context->selectedRow(), m_rows.window);
        click(QPointF(panel()->xOf(m_context->timeOf(m_rows.lost)), panel()->stripRect().center().y()));
        QCOMPARE(m_context->selectedRow(), m_rows.lost);
    }

    void hoverNamesWhatIsPainted()
    {
        hover(barCentre(CongestionSeries::Sent, 10));
        QVERIFY(m_view->chart()->hoverLabel()->isVisible());
        const QString text = m_view->chart()->hoverLabel()->text().replace(QChar(0x00a0), QLatin1Char(' '));
        QCOMPARE(text, QStringLiteral("1-RTT 10 sent\n1,200 bytes: [12,000 .. 13,200)\nsent at 100 ms\nacked at 145 ms, after 45 ms"));
        QVERIFY(m_context->cursorNs().has_value());
        QEvent leave(QEvent::Leave);
        QCoreApplication::sendEvent(panel(), &leave);
        QVERIFY(!m_view->chart()->hoverLabel()->isVisible());
        QVERIFY(!m_context->cursorNs().has_value());
    }

    /// Shift+drag: the figures stand in a row beside the chart; Esc ends it.
    void rangeStatistics()
    {
        QVERIFY(!m_view->measureRow()->isVisible());
        drag(QPoint(qRound(panel()->xOf(0)), 100), QPoint(qRound(panel()->xOf(100 * ms)), 120), Qt::ShiftModifier);
        QTRY_VERIFY(m_view->measureRow()->isVisible());
        QTRY_VERIFY(m_view->measureRow()->text().contains(QStringLiteral("packets sent")));
        const TimeRange range = *m_context->measuredRange();
        QVERIFY(std::abs(range.lengthNs() - 100 * ms) < ms);
        const QString text = m_view->measureRow()->text().replace(QChar(0x00a0), QLatin1Char(' '));
        const QStringList parts = text.split(QStringLiteral(" \u00b7 "));
        const int packets = range.beginNs > 0 ? 9 : 10; // the first one is at the edge
        QCOMPARE(parts[1], range.endNs > 100 * ms ? QStringLiteral("%1 packets sent").arg(packets + 1) : QStringLiteral("%1 packets sent").arg(packets));
        QVERIFY2(parts.contains(QStringLiteral("10 % lost (1 of 10 ack-eliciting)")) || text.contains(QStringLiteral("% lost (1 of")), qPrintable(text));
        QTest::keyClick(panel(), Qt::Key_Escape);
        QTRY_VERIFY(!m_view->measureRow()->isVisible());
        QVERIFY(!m_context->measuredRange());
    }

    /// R, then drag: time, bytes and rate between two points; panning rests meanwhile.
    void ruler()
    {
        m_context->setVisibleRange({20 * ms, 120 * ms});
        settle();
        QTest::keyClick(panel(), Qt::Key_R);
        QVERIFY(m_view->chart()->isRulerOn());
        const QRect area = panel()->plotArea();
        drag(QPoint(area.left() + 100, area.bottom() - 20), QPoint(area.left() + 300, area.top() + 20), Qt::NoModifier);
        settle();
        QCOMPARE(m_context->visibleRange(), (TimeRange{20 * ms, 120 * ms}));
        const std::optional<TimePlot::Ruler> ruler = panel()->ruler();
        QVERIFY(ruler);
        QCOMPARE(ruler->fromNs, panel()->timeAt(area.left() + 100));
        QVERIFY(ruler->toValue > ruler->fromValue);
        const QString text = m_view->measureRow()->text();
        const auto bytes = static_cast<std::uint64_t>(std::llround(ruler->toValue - ruler->fromValue));
        QCOMPARE(text, QStringLiteral("\u0394t %1 \u00b7 \u0394 %2 \u00b7 %3")
                           .arg(durationText(ruler->toNs - ruler->fromNs), bytesText(bytes), bitRateText(bitsPerSecond(bytes, ruler->toNs - ruler->fromNs))));
        QTest::keyClick(panel(), Qt::Key_Escape);
        QVERIFY(!m_view->chart()->isRulerOn());
        QVERIFY(!panel()->ruler());
        QVERIFY(!m_view->measureRow()->isVisible());
    }

    /// The left axis counts packets: bars are hovered and clicked as before.
    void packetNumbersOnTheLeftAxis()
    {
        m_view->scaleTools()->setScale(BarScale::PacketNumber);
        settle();
        QCOMPARE(m_view->chart()->layOut()->scale, BarScale::PacketNumber);
        QVERIFY(m_view->chart()->areBarsMade());
        click(barCentre(CongestionSeries::Sent, 10));
        QCOMPARE(m_context->selectedRow(), m_rows.sent[10]);
        hover(barCentre(CongestionSeries::Lost, 0));
        QVERIFY(m_view->chart()->hoverLabel()->text().startsWith(QStringLiteral("1-RTT 3 lost")));
        CongestionView other(ViewServices{m_context.get(), nullptr});
        QVERIFY(other.restoreState(m_view->saveState()));
        QCOMPARE(other.chart()->choice().scale, BarScale::PacketNumber);
    }

    /// Another trace lies under the chart, moved to the first packet; it goes with its document.
    void referenceTrace()
    {
        TraceBuilder builder;
        builder.row(0);
        for (int i = 0; i < 5; ++i)
            builder.sent(1000 + i * 20, static_cast<std::uint64_t>(i), 3'000);
        Document* other = m_workspace->add(builder.build());
        m_view->chart()->setReference({other, TraceId(std::size_t{0})});
        std::vector<bool> shown(m_view->chart()->legend()->count(), false);
        shown[indexOf(CongestionSeries::Sent)] = true;
        m_view->chart()->legend()->setShown(shown);
        settle();
        // the second packet of the other one: 20 ms after the first, 3,000 bytes up
        hover(QPointF(panel()->xOf(20 * ms), panel()->yOf(CongestionSeries::Sent, 4'500)));
        QVERIFY(m_view->chart()->hoverLabel()->isVisible());
        const QString text = m_view->chart()->hoverLabel()->text();
        QVERIFY2(text.startsWith(QStringLiteral("1-RTT 1 sent\nreference: hand.sqlog")), qPrintable(text));
        click(QPointF(panel()->xOf(20 * ms), panel()->yOf(CongestionSeries::Sent, 4'500)));
        QVERIFY(!m_context->selectedRow().isValid()); // it is not a record of the shown trace
        m_workspace->close(other);
        QVERIFY(!m_view->chart()->reference().isValid());
        settle();
    }

    void marksAndStatesAreNamedAndSelected()
    {
        TraceBuilder builder;
        builder.sent(0, 0, 1200);
        const RowId state = builder.state(10, "slow_start");
        const RowId key = builder.notable(100, NotableKind::KeyUpdate);
        const RowId own = builder.row(180);
        builder.sent(200, 1, 1200);
        Document* document = m_workspace->add(builder.build());
        m_context->setTrace({document, TraceId(std::size_t{0})});
        settle();
        const auto strip = [this](std::int64_t timeNs) { return QPointF(panel()->xOf(timeNs), panel()->marksRect().center().y()); };
        hover(strip(100 * ms));
        const auto text = [this] { return m_view->chart()->hoverLabel()->text().replace(QChar(0x00a0), QLatin1Char(' ')); };
        QCOMPARE(text(), QStringLiteral("key update\nat 100 ms, record 2, quic:event"));
        click(strip(100 * ms));
        QCOMPARE(m_context->selectedRow(), key);
        QVERIFY(!panel()->markAt(strip(180 * ms)));
        m_context->toggleMark(own);
        settle();
        click(strip(180 * ms));
        QCOMPARE(m_context->selectedRow(), own);
        const QPointF band(panel()->xOf(50 * ms), panel()->statesRect().center().y());
        hover(band);
        QVERIFY(text().startsWith(QStringLiteral("congestion state: slow start")));
        click(band);
        QCOMPARE(m_context->selectedRow(), state);
        // without marks there is more room for the plot
        const int height = panel()->plotArea().height();
        QTest::mouseClick(m_view->chart()->legend()->button(congestionSeriesCount + static_cast<std::size_t>(BackgroundPart::Marks)), Qt::LeftButton);
        settle();
        QVERIFY(panel()->marksRect().isEmpty() && panel()->plotArea().height() > height);
        QVERIFY(!panel()->markAt(strip(100 * ms)));
    }

    void statesThatAreNotLoggedAreSaid()
    {
        const auto entry = m_view->chart()->legend()->entry(congestionSeriesCount + static_cast<std::size_t>(BackgroundPart::States));
        QCOMPARE(entry.note, QStringLiteral("not logged"));
        QVERIFY(entry.toolTip.contains(QStringLiteral("ngtcp2")));
        QVERIFY(panel()->statesRect().isEmpty());
    }

    void hoveringDoesNotDrawDataAgain()
    {
        int replots = 0;
        connect(panel(), &QCustomPlot::beforeReplot, this, [&replots] { ++replots; });
        for (int x = 100; x < 600; x += 10)
            hover(QPointF(x, 200));
        settle();
        QCOMPARE(replots, 0);
    }

    void legendTogglesAndIsolates()
    {
        ChartLegend* legend = m_view->chart()->legend();
        const QPointF bar = barCentre(CongestionSeries::Sent, 10);
        QVERIFY(panel()->hitAt(bar).has_value());
        QTest::mouseClick(legend->button(indexOf(CongestionSeries::Sent)), Qt::LeftButton);
        settle();
        QVERIFY(!legend->isShown(indexOf(CongestionSeries::Sent)));
        const auto hit = panel()->hitAt(bar);
        QVERIFY(!hit || hit->item.series != CongestionSeries::Sent);

        QTest::mouseClick(legend->button(indexOf(CongestionSeries::Sent)), Qt::LeftButton);
        QAbstractButton* acked = legend->button(indexOf(CongestionSeries::Acked));
        QTest::mouseClick(acked, Qt::LeftButton);
        QTest::mouseDClick(acked, Qt::LeftButton);
        for (std::size_t i = 0; i < congestionSeriesCount; ++i)
            QCOMPARE(legend->isShown(i), i == indexOf(CongestionSeries::Acked));
        // what is not logged cannot be switched
        QVERIFY(!legend->button(indexOf(CongestionSeries::Ssthresh))->isEnabled());
        QVERIFY(legend->button(indexOf(CongestionSeries::Ssthresh))->toolTip().contains(QStringLiteral("ngtcp2")));
    }

    void backAndForward()
    {
        const TimeRange full = m_context->visibleRange();
        m_context->setVisibleRange({50 * ms, 100 * ms});
        settle();
        QTest::keyClick(panel(), Qt::Key_Left, Qt::AltModifier);
        QCOMPARE(m_context->visibleRange(), full);
        QTest::keyClick(panel(), Qt::Key_Right, Qt::AltModifier);
        QCOMPARE(m_context->visibleRange(), (TimeRange{50 * ms, 100 * ms}));
        QTest::keyClick(panel(), Qt::Key_Home);
        QCOMPARE(m_context->visibleRange(), full);
    }

    void keysFindLossesAndFitThem()
    {
        m_context->setVisibleRange({150 * ms, 200 * ms});
        QTest::keyClick(panel(), Qt::Key_N, Qt::ShiftModifier);
        QCOMPARE(m_context->selectedRow(), m_rows.lost);
        QVERIFY(m_context->visibleRange().contains(m_context->timeOf(m_rows.lost)));
        settle();
        QTest::keyClick(panel(), Qt::Key_F); // from its sending to its loss
        QVERIFY(m_context->visibleRange().contains(m_context->timeOf(m_rows.sent[3])));
        QVERIFY(m_context->visibleRange().contains(m_context->timeOf(m_rows.lost)));
        QVERIFY(m_context->visibleRange().lengthNs() < 100 * ms);
        QTest::keyClick(panel(), Qt::Key_F);
        QCOMPARE(m_context->visibleRange(), m_context->fullRange());
        QTest::keyClick(panel(), Qt::Key_Escape);
        QVERIFY(!m_context->selectedRow().isValid());
    }

    void panelsAreAligned()
    {
        QCOMPARE(panel()->plotArea().left(), m_view->chart()->rttPanel()->plotArea().left());
        QCOMPARE(panel()->plotArea().width(), m_view->chart()->rttPanel()->plotArea().width());
        for (const QSize size : {QSize(640, 400), QSize(1600, 900)}) {
            m_view->resize(size);
            settle();
            QCOMPARE(panel()->plotArea().width(), m_view->chart()->rttPanel()->plotArea().width());
            QCOMPARE(m_view->chart()->layOut()->columns, panel()->columns());
            QVERIFY(panel()->plotArea().height() > 80);
            QVERIFY(!m_view->chart()->legend()->geometry().intersects(
                QRect(panel()->mapTo(m_view->chart(), QPoint()), panel()->size())));
        }
    }

    /// Where both panels do not fit, one has all the room, and a button shows the other.
    void lowChartsShowOnePanel()
    {
        CongestionChart* chart = m_view->chart();
        const auto fits = [chart](const CongestionPanel* shown) {
            const QRect at(shown->mapTo(chart, QPoint()), shown->size());
            return chart->rect().contains(at) && shown->height() >= shown->leastHeight(true)
                && !chart->legend()->geometry().intersects(at) && chart->rect().contains(chart->legend()->geometry());
        };
        const QByteArray state = m_view->saveState();
        QVERIFY(!chart->otherPanelButton()->isVisible());
        for (const int width : {480, 640, 1200}) {
            m_view->resize(width, m_view->minimumSizeHint().height());
            settle();
            QVERIFY(panel()->isVisible());
            QVERIFY(!chart->rttPanel()->isVisible());
            QVERIFY(fits(panel()));
            QCOMPARE(m_view->saveState().size(), state.size());
            QVERIFY(!chart->otherPanelButton()->geometry().intersects(chart->legend()->geometry()));
        }
        QTest::mouseClick(chart->otherPanelButton(), Qt::LeftButton);
        settle();
        QVERIFY(!panel()->isVisible());
        QVERIFY(chart->rttPanel()->isVisible());
        QVERIFY(fits(chart->rttPanel()));
        QCOMPARE(chart->layOut()->columns, chart->rttPanel()->columns());
        QVERIFY(!chart->legend()->button(indexOf(CongestionSeries::Sent))->isVisible());
        QTest::mouseClick(chart->otherPanelButton(), Qt::LeftButton);
        m_view->resize(1000, 640);
        settle();
        QVERIFY(panel()->isVisible() && chart->rttPanel()->isVisible());
        QVERIFY(panel()->height() > chart->rttPanel()->height());
        QVERIFY(!chart->otherPanelButton()->isVisible());
        QVERIFY(chart->legend()->button(indexOf(CongestionSeries::RttMin))->isVisible());
    }

    /// As many of the wanted panels as fit, the last one with the time; the button shows those that do not fit.
    void panelsAreShownAsTheyFit()
    {
        CongestionChart* chart = m_view->chart();
        m_view->resize(1000, 700);
        settle();
        QVERIFY(panel()->isVisible() && chart->ratesPanel()->isVisible() && chart->rttPanel()->isVisible());
        QCOMPARE(panel()->timeLabelHeight(), 0);
        QCOMPARE(chart->ratesPanel()->timeLabelHeight(), 0);
        QVERIFY(chart->rttPanel()->timeLabelHeight() > 0);
        QCOMPARE(chart->ratesPanel()->plotArea().left(), panel()->plotArea().left());
        QCOMPARE(chart->ratesPanel()->plotArea().width(), panel()->plotArea().width());

        chart->setPanels({true, true, false});
        settle();
        QVERIFY(!chart->rttPanel()->isVisible());
        QVERIFY(chart->ratesPanel()->timeLabelHeight() > 0);
        QVERIFY(!chart->otherPanelButton()->isVisible());
        QVERIFY(!chart->legend()->button(indexOf(CongestionSeries::RttMin))->isVisible());
        QVERIFY(chart->legend()->button(indexOf(CongestionSeries::Throughput))->isVisible());
        chart->setPanels({false, false, false}); // one stays
        QCOMPARE(chart->panels(), (PanelSet{true, true, false}));

        chart->setPanels(allPanels);
        for (int height = 700; height >= m_view->minimumSizeHint().height(); height -= 20) {
            m_view->resize(640, height);
            settle();
            int bottom = 0;
            for (const CongestionPanel* each : {panel(), chart->ratesPanel(), chart->rttPanel()}) {
                const QRect at(each->mapTo(chart, QPoint()), each->size());
                if (!each->isVisible())
                    continue;
                QVERIFY(at.top() >= bottom);
                QVERIFY(each->height() >= each->leastHeight(each->timeLabelHeight() > 0));
                bottom = at.bottom();
            }
            QVERIFY(bottom < chart->legend()->geometry().top());
            QVERIFY(chart->rect().contains(chart->legend()->geometry()));
            const bool areAllShown = panel()->isVisible() && chart->ratesPanel()->isVisible() && chart->rttPanel()->isVisible();
            QCOMPARE(chart->otherPanelButton()->isVisible(), !areAllShown);
        }
        std::set<QString> seen; // the button leads around
        for (int i = 0; i < 3; ++i) {
            seen.insert(chart->otherPanelButton()->text());
            QTest::mouseClick(chart->otherPanelButton(), Qt::LeftButton);
            settle();
        }
        QCOMPARE(seen.size(), std::size_t{3});
        QVERIFY(panel()->isVisible());
    }

    void ratesAreHovered()
    {
        m_view->resize(1000, 700);
        CongestionPanel* rates = m_view->chart()->ratesPanel();
        m_view->chart()->setRateWindow(100 * ms);
        QTRY_VERIFY(m_view->chart()->layOut()->rateWindowNs == 100 * ms);
        const StepLine& line = m_view->chart()->layOut()->line(CongestionSeries::Throughput);
        QVERIFY(!line.empty());
        QPointF position(rates->xOf(50 * ms), rates->yOf(CongestionSeries::Throughput, static_cast<double>(line.front().value)));
        QMouseEvent move(QEvent::MouseMove, position, rates->mapToGlobal(position), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
        QCoreApplication::sendEvent(rates, &move);
        QVERIFY(m_view->chart()->hoverLabel()->isVisible());
        const QString text = m_view->chart()->hoverLabel()->text().replace(QChar(0x00a0), QLatin1Char(' '));
        QCOMPARE(text, QStringLiteral("throughput sent 960 kbit/s\n12,000 bytes of packets\nfrom 0 s to 100 ms (100 ms)"));
    }

    void stateIsKept()
    {
        std::vector<bool> shown(m_view->chart()->legend()->count(), true);
        shown[indexOf(CongestionSeries::CongestionWindow)] = false;
        m_view->chart()->legend()->setShown(shown);
        m_view->chart()->setPanels({true, true, false});
        m_view->chart()->setRateWindow(10 * ms);
        const QByteArray state = m_view->saveState();
        CongestionView other(ViewServices{m_context.get(), nullptr});
        QVERIFY(other.restoreState(state));
        QCOMPARE(other.chart()->panels(), (PanelSet{true, true, false}));
        QCOMPARE(other.chart()->rateWindowNs(), 10 * ms);
        QVERIFY(!other.chart()->legend()->isShown(indexOf(CongestionSeries::CongestionWindow)));
        QVERIFY(!other.restoreState(QByteArray("nonsense")));
    }

    void closingTheDocumentLeavesASentence()
    {
        hover(barCentre(CongestionSeries::Sent, 10));
        m_workspace->close(m_document);
        hover(QPointF(300, 200));
        settle();
        QVERIFY(!m_view->chart()->isVisible());
        QVERIFY(m_view->findChild<QLabel*>(QStringLiteral("emptyText"))->text().startsWith(QStringLiteral("Open a qlog file")));
    }

    void traceWithoutPackets()
    {
        TraceBuilder builder;
        builder.row(0);
        Document* empty = m_workspace->add(builder.build());
        m_context->setTrace({empty, TraceId(std::size_t{0})});
        settle();
        QCOMPARE(m_view->findChild<QLabel*>(QStringLiteral("emptyText"))->text(),
                 QStringLiteral("There are no packets in this trace."));
    }

    void picturesAreDeterministic()
    {
        const TraceRef trace{m_document, TraceId(std::size_t{0})};
        CongestionPicture picture;
        picture.trace = trace;
        picture.size = {800, 500};
        picture.caption = QStringLiteral("hand.sqlog");
        const QImage once = renderCongestion(picture, 2);
        const QImage again = renderCongestion(picture, 2);
        QCOMPARE(once.size(), QSize(1600, 1000));
        QVERIFY(once == again);
        picture.theme = Theme::Dark;
        QVERIFY(once != renderCongestion(picture, 2));
        picture.theme = Theme::Light;
        picture.range = {0, 50 * ms};
        QVERIFY(once != renderCongestion(picture, 2));
    }

private:
    [[nodiscard]] CongestionPanel* panel() const { return m_view->chart()->dataPanel(); }

    static void settle()
    {
        for (int i = 0; i < 5; ++i) {
            QCoreApplication::sendPostedEvents();
            QCoreApplication::processEvents();
        }
    }
    /// The middle of the n-th bar of a series, as painted.
    [[nodiscard]] QPointF barCentre(CongestionSeries series, std::size_t n) const
    {
        const BarLayer& layer = m_view->chart()->layOut()->layer(series);
        const BarColumn& column = layer.columns.at(n);
        return panel()->barRect(series, panel()->xOfColumn(column.column), layer.spans[column.firstSpan]).center();
    }
    void wheel(const QPointF& position, int delta)
    {
        QWheelEvent event(position, panel()->mapToGlobal(position), QPoint(), QPoint(0, delta), Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(panel(), &event);
    }
    void hover(const QPointF& position)
    {
        QMouseEvent event(QEvent::MouseMove, position, panel()->mapToGlobal(position), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
        QCoreApplication::sendEvent(panel(), &event);
    }
    void click(const QPointF& position) { QTest::mouseClick(panel(), Qt::LeftButton, Qt::NoModifier, position.toPoint()); }
    void drag(const QPoint& from, const QPoint& to, Qt::KeyboardModifiers modifiers)
    {
        QTest::mousePress(panel(), Qt::LeftButton, modifiers, from);
        for (const QPoint& at : {from + (to - from) / 2, to}) {
            QMouseEvent event(QEvent::MouseMove, QPointF(at), panel()->mapToGlobal(QPointF(at)), Qt::NoButton, Qt::LeftButton, modifiers);
            QCoreApplication::sendEvent(panel(), &event);
        }
        QTest::mouseRelease(panel(), Qt::LeftButton, modifiers, to);
    }

    Rows m_rows;
    std::unique_ptr<Workspace> m_workspace;
    Document* m_document = nullptr;
    std::unique_ptr<ViewContext> m_context;
    std::unique_ptr<CongestionView> m_view;
};

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    CongestionViewTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "congestionviewtest.moc"
