// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/derivedseries.h"
#include "tests/support/tracebuilder.h"
#include "views/congestion/backgroundlayout.h"
#include "views/congestion/congestionlayout.h"

#include <QtTest>

using namespace qlogscope;
using namespace qlogscope::testing;

namespace {

constexpr std::int64_t ms = 1'000'000;

QString statesOf(const BackgroundLayout& layout)
{
    QString text;
    for (const StateSpan& span : layout.states)
        text += QStringLiteral("[%1..%2) %3 ").arg(span.from).arg(span.to).arg(
            span.changes > 0 ? QStringLiteral("x%1").arg(span.changes) : stateText(layout.stateNames[span.state]));
    return text.trimmed();
}

QString marksOf(const BackgroundLayout& layout)
{
    QString text;
    for (const MarkGroup& group : layout.groups) {
        text += QLatin1Char('(');
        for (std::size_t i = group.firstColumn; i < group.firstColumn + group.columnCount; ++i)
            text += QStringLiteral(" %1:%2x%3").arg(layout.marks[i].column).arg(markName(layout.marks[i].kind)).arg(layout.marks[i].count);
        text += QStringLiteral(" =%1)").arg(group.count);
    }
    return text;
}

BackgroundLayout layOut(const Trace& trace, TimeRange range, int columns, int signColumns = 1, std::vector<RowId> rows = {},
                        const DerivedSeries* derived = nullptr)
{
    return layOutBackground({trace, derived, Direction::Sent, 0, range, columns, signColumns, std::move(rows)});
}

} // namespace

/// Bands of congestion states and marks, as values.
class BackgroundLayoutTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void statesHoldUntilTheNext()
    {
        TraceBuilder builder;
        builder.state(10, "slow_start");
        builder.state(30, "recovery");
        builder.state(50, "65541");
        builder.row(80);
        const Trace& trace = builder.flush();
        const BackgroundLayout all = layOut(trace, {0, 100 * ms}, 10);
        QVERIFY(all.areStatesLogged);
        QCOMPARE(statesOf(all), QStringLiteral("[1..3) slow start [3..5) recovery [5..9) state 65541"));
        // what began before the range enters it
        QCOMPARE(statesOf(layOut(trace, {35 * ms, 45 * ms}, 10)), QStringLiteral("[0..10) recovery"));
        QCOMPARE(statesOf(layOut(trace, {0, 5 * ms}, 10)), QString());
        QCOMPARE(stateRowAt(trace, 45 * ms), RowId(1U));
        QVERIFY(stateTextAt(trace, 0, 45 * ms)->title.endsWith(QStringLiteral("recovery")));
        QVERIFY(!stateTextAt(trace, 0, 5 * ms).has_value());
    }

    void manyChangesAreOneSpan()
    {
        TraceBuilder builder;
        for (int i = 0; i < 100; ++i)
            builder.state(i, i % 2 == 0 ? "probe_bw" : "probe_rtt");
        builder.row(200);
        const Trace& trace = builder.flush();
        QCOMPARE(statesOf(layOut(trace, {0, 200 * ms}, 20)), QStringLiteral("[0..10) x100 [10..20) probe rtt"));
    }

    void aTriggerAloneChangesNoState()
    {
        TraceBuilder builder;
        builder.state(10, "slow_start");
        builder.state(20, "", "persistent_congestion");
        builder.row(40);
        QCOMPARE(statesOf(layOut(builder.flush(), {0, 40 * ms}, 4)), QStringLiteral("[1..4) slow start"));
    }

    void statesThatAreNotLogged()
    {
        TraceBuilder builder;
        builder.row(40);
        QVERIFY(!layOut(builder.flush(), {0, 40 * ms}, 4).areStatesLogged);
    }

    void phases_data()
    {
        QTest::addColumn<QString>("state");
        QTest::addColumn<int>("phase");
        const auto row = [](const char* state, CongestionPhase phase) { QTest::newRow(state) << QString::fromLatin1(state) << static_cast<int>(phase); };
        row("slow_start", CongestionPhase::SlowStart);
        row("slow start", CongestionPhase::SlowStart);
        row("startup", CongestionPhase::SlowStart);
        row("congestion_avoidance", CongestionPhase::Avoidance);
        row("recovery", CongestionPhase::Recovery);
        row("persistent_congestion", CongestionPhase::Recovery);
        row("application_limited", CongestionPhase::ApplicationLimited);
        row("drain", CongestionPhase::Drain);
        row("probe_bw_up", CongestionPhase::ProbeBandwidth);
        row("probe_rtt", CongestionPhase::ProbeRtt);
        row("65541", CongestionPhase::Other);
        row("", CongestionPhase::Other);
    }
    void phases()
    {
        QFETCH(QString, state);
        QFETCH(int, phase);
        QCOMPARE(static_cast<int>(phaseOf(state.toStdString())), phase);
    }

    void marksOfOneColumnAndOfOneSign()
    {
        TraceBuilder builder;
        builder.notable(12, NotableKind::ProbeTimeout);
        builder.notable(13, NotableKind::ProbeTimeout);
        builder.notable(14, NotableKind::KeyUpdate);
        builder.notable(35, NotableKind::KeyUpdate);
        builder.notable(90, NotableKind::Close);
        const RowId own = builder.row(91);
        builder.row(99);
        const Trace& trace = builder.flush();
        QCOMPARE(marksOf(layOut(trace, {0, 100 * ms}, 10)),
                 QStringLiteral("( 1:probe timeoutx2 1:key updatex1 =3)( 3:key updatex1 =1)( 9:closex1 =1)"));
        const BackgroundLayout layout = layOut(trace, {0, 100 * ms}, 10, 3, {own});
        QCOMPARE(marksOf(layout),
                 QStringLiteral("( 1:probe timeoutx2 1:key updatex1 3:key updatex1 =4)( 9:closex1 9:your markx1 =2)"));
        QCOMPARE(markRow(trace, nullptr, Direction::Sent, layout, userMark, 0), own);
        QCOMPARE(markRow(trace, nullptr, Direction::Sent, layout, static_cast<int>(NotableKind::ProbeTimeout), 1), RowId(1U));
        QCOMPARE(marksOf(layOut(trace, {20 * ms, 30 * ms}, 10)), QString());
    }

    void marksOutOfOrder()
    {
        TraceBuilder builder;
        builder.notable(50, NotableKind::ProbeTimeout);
        builder.notable(10, NotableKind::ProbeTimeout);
        builder.row(99);
        QCOMPARE(marksOf(layOut(builder.flush(), {0, 100 * ms}, 10)), QStringLiteral("( 1:probe timeoutx1 =1)( 5:probe timeoutx1 =1)"));
    }

    void blockedStandsAtItsLimit()
    {
        TraceBuilder builder;
        builder.sent(10, 0, 1200, frames({FrameKind::DataBlocked}));
        builder.limit(LimitKind::Data, LimitEvent::Blocked, 5'000);
        builder.sent(20, 1, 1200, frames({FrameKind::StreamDataBlocked}));
        builder.limit(LimitKind::StreamData, LimitEvent::Blocked, 700, 4);
        builder.row(99);
        const Trace& trace = builder.flush();
        DerivedSeries derived(trace);
        derived.advance();
        const BackgroundLayout layout = layOut(trace, {0, 100 * ms}, 10, 1, {}, &derived);
        QCOMPARE(marksOf(layout), QStringLiteral("( 1:blocked (flow control)x1 =1)( 2:blocked (flow control)x1 =1)"));
        QCOMPARE(layout.blockedCount, std::size_t{2});
        QVERIFY(layout.blocked == (std::vector<BackgroundLayout::BlockedPoint>{{1, 5'000, false}, {2, 700, true}}));
        const ItemText text = textOf(trace, builder.document().names(), &derived, 0, Direction::Sent, layout, layout.groups[1], layout.marks[1]);
        QVERIFY(text.lines.front().startsWith(QStringLiteral("STREAM_DATA_BLOCKED, stream 4, limit 700")));
    }

    void boundedByColumns()
    {
        TraceBuilder builder;
        for (int i = 0; i < 20'000; ++i) {
            builder.notable(i, NotableKind::EcnCe);
            builder.state(i, i % 3 == 0 ? "recovery" : "slow_start");
        }
        const BackgroundLayout layout = layOut(builder.flush(), {0, 20'000 * ms}, 100, 10);
        QCOMPARE(layout.marks.size(), std::size_t{100});
        QCOMPARE(layout.groups.size(), std::size_t{10});
        QVERIFY(layout.states.size() <= 100);
    }
};

QTEST_GUILESS_MAIN(BackgroundLayoutTest)
#include "backgroundlayouttest.moc"
