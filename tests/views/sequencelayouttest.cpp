// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tracebuilder.h"

#include "views/sequence/sequencelayout.h"

#include <QTest>

#include <limits>

using namespace qlogscope;

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t ever = std::numeric_limits<std::int64_t>::max();

/// A client and a server of one connection, their clocks 1 s apart.
struct Ends {
    TraceBuilder client;
    TraceBuilder server;
    static constexpr double ahead = 1000;

    Ends()
    {
        client.end(Role::Client, "aa");
        server.end(Role::Server, "aa");
    }
    void toServer(double atMs, std::uint64_t number, bool arrives = true)
    {
        client.sent(atMs, number, 1200);
        if (arrives)
            server.received(atMs + 10 + ahead, number, 1200);
    }
    void toClient(double atMs, std::uint64_t number, bool arrives = true)
    {
        server.sent(atMs + ahead, number, 1200);
        if (arrives)
            client.received(atMs + 10, number, 1200);
    }
};

/// The diagram of what is open, all of it matched and ordered.
class Diagram
{
public:
    explicit Diagram(Ends* ends)
    {
        m_shown = {m_workspace.add(ends->client.named().build()), TraceId(0U)};
        m_workspace.add(ends->server.named().build());
        make();
    }
    /// With a vantage point between.
    Diagram(Ends* ends, TraceBuilder* lane)
    {
        m_shown = {m_workspace.add(ends->client.named().build()), TraceId(0U)};
        m_workspace.add(ends->server.named().build());
        m_workspace.add(lane->named().build());
        make();
    }
    explicit Diagram(TraceBuilder* only)
    {
        m_shown = {m_workspace.add(only->named().build()), TraceId(0U)};
        make();
    }
    [[nodiscard]] SequenceLayout layOut(SequenceMode mode, TimeRange range, QSizeF size = {1000, 600}, double firstRow = 0)
    {
        SequenceInput input{*traces, order, texts, mode, firstRow, range, m_shown.get().zeroNs(), size, 16, [](const QString& text) { return 7.0 * static_cast<double>(text.size()); }, nullptr, {}};
        return layOutSequence(input);
    }
    void makeOrder(bool isFolding)
    {
        order.begin(traces.get(), usualCategories, nullptr, isFolding);
        while (!order.advance(ever)) { }
    }
    /// "L0 R0 | L1": sides and rows, | is a break, F a fold, M the first lane.
    [[nodiscard]] QString orderText() const
    {
        QStringList words;
        for (std::size_t i = 0; i < order.size(); ++i) {
            const SequenceOrder::Entry entry = order[i];
            words += entry.isBreak ? QStringLiteral("|") : entry.fold != nullptr ? QStringLiteral("F") : QLatin1Char("LRM"[indexOf(entry.side)]) + QString::number(entry.row.value);
        }
        return words.join(QLatin1Char(' '));
    }

    std::unique_ptr<SequenceTraces> traces;
    SequenceOrder order;
    SequenceTexts texts{nullptr};

private:
    void make()
    {
        traces = std::make_unique<SequenceTraces>(m_workspace, m_shown, nullptr);
        while (!traces->advance(ever)) { }
        makeOrder(false);
    }

    Workspace m_workspace;
    TraceRef m_shown;
};

Ends smallExchange()
{
    Ends ends;
    ends.toServer(0, 0);
    ends.toServer(1, 1, false);
    ends.toServer(2, 2);
    ends.toClient(15, 0);
    ends.toClient(16, 1, false);
    ends.toClient(17, 2);
    ends.toServer(40, 3);
    ends.toClient(60, 3);
    return ends;
}

} // namespace

/// The sequence diagram without pixels' colours: rows in order, arrows, labels, bands.
class SequenceLayoutTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void rowsAreInTheOrderOfBothClocks()
    {
        Ends ends = smallExchange();
        ends.toServer(400, 4);
        const Diagram diagram(&ends);
        QVERIFY(diagram.traces->isMatched());
        QVERIFY(diagram.traces->matches()->clock().kind() == ClockOffset::Kind::Interval);
        // client rows: sent 0 1 2, received 3 4, sent 5, received 6, sent 7; server rows: received 0 1, sent 2 3 4, received 5, sent 6, received 7
        QCOMPARE(diagram.orderText().remove(QStringLiteral("| ")), QStringLiteral("L0 L1 L2 R0 R1 R2 R3 R4 L3 L4 L5 R5 R6 L6 L7 R7"));
        QVERIFY(diagram.orderText().endsWith(QStringLiteral("L6 | L7 R7")));
        for (std::size_t i = 0; i < diagram.order.size(); ++i) {
            const SequenceOrder::Entry entry = diagram.order[i];
            if (entry.isBreak)
                QVERIFY(diagram.order.gapNs(i) > diagram.order.breakNs());
            else
                QCOMPARE(diagram.order.positionOf(entry.side, entry.row), i);
        }
    }

    void receptionsFollowTheirSendingsInWholeMilliseconds()
    {
        Ends ends; // no delay at all, as logs in whole milliseconds say
        for (int i = 0; i < 6; ++i) {
            ends.server.sent(Ends::ahead + i, static_cast<std::uint64_t>(i), 1200);
            ends.client.received(i, static_cast<std::uint64_t>(i), 1200);
            ends.client.sent(i, static_cast<std::uint64_t>(i), 100);
            ends.server.received(Ends::ahead + i, static_cast<std::uint64_t>(i), 100);
        }
        const Diagram diagram(&ends);
        for (std::size_t i = 0; i < diagram.order.size(); ++i) {
            const SequenceOrder::Entry entry = diagram.order[i];
            const std::optional<SequencePacket> packet = entry.isBreak ? std::nullopt : diagram.traces->packetOf(entry.side, entry.row);
            if (!packet || packet->direction != Direction::Received)
                continue;
            const RowId sent = diagram.traces->counterpart(entry.side, *packet);
            QVERIFY(sent.isValid());
            QVERIFY(diagram.order.positionOf(otherSide(entry.side), sent) < i);
        }
    }

    void growthGivesTheSameOrder()
    {
        const auto rowsAt = [](Document* document, double from, double to, double step) {
            EventBatch batch;
            if (document->events().size() == 0) {
                batch.newNames = {"transport:connection_started"};
                TraceHeader header;
                header.role = document->facts().path == "c" ? Role::Client : Role::Server;
                header.groupId = "aa";
                batch.traces = {{TraceId(0U), header}};
            }
            for (double at = from; at < to; at += step) {
                EventRow row;
                row.timeNs = static_cast<std::int64_t>(at * 1e6);
                row.name = NameId(std::size_t{0});
                row.trace = TraceId(0U);
                batch.rows.push_back(row);
            }
            document->append(batch);
        };
        Workspace workspace;
        Document* client = workspace.add(std::make_unique<Document>("c"));
        Document* server = workspace.add(std::make_unique<Document>("s"));
        rowsAt(client, 0, 20, 1);
        rowsAt(server, 0, 5, 0.7);
        SequenceTraces traces(workspace, {client, TraceId(0U)}, nullptr);
        SequenceOrder order;
        const auto goOn = [&](SequenceOrder* grown) {
            while (!traces.advance(ever)) { }
            while (!grown->advance(ever)) { }
        };
        goOn(&order); // the clock is known before
        order.begin(&traces, usualCategories, nullptr, false);
        goOn(&order);
        rowsAt(server, 5.3, 12, 0.7); // before rows of the client that are there
        goOn(&order);
        rowsAt(client, 20, 30, 1);
        rowsAt(server, 12.1, 40, 0.9);
        goOn(&order);
        SequenceOrder atOnce;
        atOnce.begin(&traces, usualCategories, nullptr, false);
        goOn(&atOnce);
        QCOMPARE(order.size(), atOnce.size());
        for (std::size_t i = 0; i < order.size(); ++i) {
            QCOMPARE(order[i].isBreak, atOnce[i].isBreak);
            QCOMPARE(order[i].row, atOnce[i].row);
            QVERIFY(order[i].side == atOnce[i].side);
        }
    }

    void everyRowIsFoundWhereItStands()
    {
        Ends ends; // many rows of one instant, as coarse clocks give
        for (std::uint64_t i = 0; i < 3'000; ++i)
            ends.toServer(static_cast<double>(i / 1'500), i, i % 7 != 0);
        const Diagram diagram(&ends);
        QVERIFY(diagram.order.size() > 5'000);
        for (std::size_t i = 0; i < diagram.order.size(); ++i) {
            if (const SequenceOrder::Entry entry = diagram.order[i]; !entry.isBreak)
                QCOMPARE(diagram.order.positionOf(entry.side, entry.row), i);
        }
    }

    void runsOfAlikeRowsAreFolded()
    {
        constexpr std::uint64_t data = std::uint64_t{1} << static_cast<unsigned>(FrameKind::Stream);
        constexpr std::uint64_t close = std::uint64_t{1} << static_cast<unsigned>(FrameKind::ConnectionClose);
        Ends ends;
        ends.client.frames(data);
        ends.server.frames(data);
        for (std::uint64_t i = 0; i < 40; ++i)
            ends.toServer(static_cast<double>(i), i, i != 20);
        ends.client.frames(close);
        ends.server.frames(close);
        ends.toServer(52, 40);
        Diagram diagram(&ends);
        const std::size_t unfolded = diagram.order.size();
        diagram.makeOrder(true);
        // up to the packet that was lost, after it, and the one that closes
        QCOMPARE(diagram.orderText(), QStringLiteral("F L20 F | L40 R39"));
        const SequenceFold& first = *diagram.order[0].fold;
        const SequenceFold& second = *diagram.order[2].fold;
        QCOMPARE(first.sent[0] + second.sent[0], 39U);
        QCOMPARE(first.received[1] + second.received[1], 39U);
        QCOMPARE(diagram.order.positionOf(Side::Left, RowId(3U)), std::size_t{0});
        QCOMPARE(diagram.order.positionOf(Side::Left, RowId(30U)), std::size_t{2});
        QCOMPARE(diagram.order.positionOf(Side::Left, RowId(40U)), std::size_t{4});
        const SequenceLayout layout = diagram.layOut(SequenceMode::Compact, {0, 80 * ms});
        QCOMPARE(layout.folds.size(), std::size_t{2});
        QVERIFY(layout.folds[0].text.contains(QStringLiteral("packets of the client")));
        QVERIFY(!layout.folds[0].text.contains(QStringLiteral("server")));
        diagram.order.unfold(2);
        while (!diagram.order.advance(ever)) { }
        QVERIFY(diagram.orderText().startsWith(QStringLiteral("F L20 ")));
        QVERIFY(diagram.orderText().endsWith(QStringLiteral("L40 R39")));
        QCOMPARE(diagram.order.size(), unfolded - first.rows() + 1);
        diagram.order.unfold(0);
        while (!diagram.order.advance(ever)) { }
        QCOMPARE(diagram.order.size(), unfolded);
    }

    void foldsAfterABreakUnfold()
    {
        constexpr std::uint64_t data = std::uint64_t{1} << static_cast<unsigned>(FrameKind::Stream);
        Ends ends;
        ends.client.frames(data);
        ends.server.frames(data);
        for (std::uint64_t i = 0; i < 20; ++i)
            ends.toServer(static_cast<double>(i), i);
        for (std::uint64_t i = 20; i < 40; ++i)
            ends.toServer(2'000 + static_cast<double>(i), i);
        Diagram diagram(&ends);
        const QString unfolded = diagram.orderText();
        diagram.makeOrder(true);
        QCOMPARE(diagram.orderText(), QStringLiteral("F | F"));
        QVERIFY(diagram.order.gapNs(1) > 1'900 * ms);
        diagram.order.unfold(2);
        while (!diagram.order.advance(ever)) { }
        QVERIFY(diagram.orderText().startsWith(QStringLiteral("F | L20 ")));
        diagram.order.unfold(0);
        while (!diagram.order.advance(ever)) { }
        QCOMPARE(diagram.orderText(), unfolded);
    }

    void endpointWideLogsStandBetween()
    {
        Ends ends = smallExchange();
        ends.client.wallClock(5'000'000 * ms);
        ends.server.wallClock(4'999'000 * ms); // its times are 1 s ahead
        TraceBuilder endpoint;
        endpoint.end(Role::Transport, {});
        endpoint.wallClock(4'000'000 * ms);
        endpoint.row(999'000); // a second before the connection
        endpoint.row(1'000'010.5);
        endpoint.row(1'000'020.5);
        endpoint.row(1'900'000); // long after it
        Diagram diagram(&ends, &endpoint);
        QCOMPARE(diagram.traces->sides().size(), std::size_t{3});
        const Side lane = diagram.traces->sides()[2];
        QVERIFY(diagram.traces->isIn(lane));
        QCOMPARE(diagram.traces->rowsOf(lane)->size(), std::size_t{2});
        CategorySet all;
        all.fill(true);
        diagram.order.begin(diagram.traces.get(), all, nullptr, false);
        while (!diagram.order.advance(ever)) { }
        QCOMPARE(diagram.orderText().remove(QStringLiteral("| ")), QStringLiteral("L0 L1 L2 R0 M1 R1 R2 R3 R4 M2 L3 L4 L5 R5 R6 L6"));
        const SequenceLayout layout = diagram.layOut(SequenceMode::Linear, {0, 80 * ms});
        QVERIFY(layout.x(Side::Left) < layout.x(lane) && layout.x(lane) < layout.x(Side::Right));
        QCOMPARE(std::count_if(layout.labels.begin(), layout.labels.end(), [&](const SequenceLabel& label) { return label.side == lane; }), 2);
        QCOMPARE(diagram.traces->axisNs(lane, diagram.traces->timeNs(lane, 17 * ms)), 17 * ms);
    }

    void categoriesLeaveRowsOut()
    {
        Ends ends = smallExchange();
        ends.client.metric(61, MetricKind::SmoothedRtt, 20 * ms);
        Diagram diagram(&ends);
        const std::size_t without = diagram.order.size();
        CategorySet categories = usualCategories;
        categories[static_cast<std::size_t>(SequenceCategory::Recovery)] = true;
        diagram.order.begin(diagram.traces.get(), categories, nullptr, false);
        while (!diagram.order.advance(ever)) { }
        QCOMPARE(diagram.order.size(), without + 1);
    }

    void arrowsSayHowTheirEndIsKnown()
    {
        Ends ends = smallExchange();
        Diagram diagram(&ends);
        for (const SequenceMode mode : {SequenceMode::Compact, SequenceMode::Linear}) {
            const SequenceLayout layout = diagram.layOut(mode, {0, 80 * ms});
            std::map<SequenceArrow::Kind, int> counts;
            for (const SequenceArrow& arrow : layout.arrows) {
                ++counts[arrow.kind];
                QVERIFY(arrow.end.y() >= arrow.begin.y());
                QCOMPARE(arrow.begin.x(), layout.x(arrow.from));
                const double middle = (layout.x(Side::Left) + layout.x(Side::Right)) / 2;
                QCOMPARE(arrow.end.x(), arrow.kind == SequenceArrow::Kind::Lost ? middle : layout.x(otherSide(arrow.from)));
            }
            QCOMPARE(counts[SequenceArrow::Kind::Matched], 6);
            QCOMPARE(counts[SequenceArrow::Kind::Lost], 2);
            QCOMPARE(counts[SequenceArrow::Kind::Inferred], 0);
        }
    }

    void aSingleLogInfersTheOtherEnd()
    {
        TraceBuilder builder;
        builder.end(Role::Client, "aa");
        builder.metric(0, MetricKind::SmoothedRtt, 20 * ms);
        builder.sent(5, 0, 1200);
        builder.received(25, 0, 1200);
        Diagram diagram(&builder);
        const SequenceLayout layout = diagram.layOut(SequenceMode::Linear, {0, 40 * ms});
        QCOMPARE(layout.arrows.size(), std::size_t{2});
        const double perMs = (layout.endY - layout.beginY) / 40;
        for (const SequenceArrow& arrow : layout.arrows) {
            QVERIFY(arrow.kind == SequenceArrow::Kind::Inferred);
            QVERIFY(qAbs(arrow.end.y() - arrow.begin.y() - 10 * perMs) < 0.01); // half the RTT
        }
        QVERIFY(qAbs(layout.arrows[0].begin.y() - layout.beginY - 5 * perMs) < 0.01);
        QVERIFY(!diagram.traces->isPair() && diagram.traces->clockText().isEmpty());
    }

    void labelsLeaveTheArrowsFree_data()
    {
        QTest::addColumn<QSizeF>("size");
        QTest::newRow("small") << QSizeF(610, 300);
        QTest::newRow("large") << QSizeF(1900, 1000);
    }
    void labelsLeaveTheArrowsFree()
    {
        QFETCH(QSizeF, size);
        Ends ends = smallExchange();
        Diagram diagram(&ends);
        for (const SequenceMode mode : {SequenceMode::Compact, SequenceMode::Linear}) {
            const SequenceLayout layout = diagram.layOut(mode, {0, 80 * ms}, size);
            QVERIFY(!layout.labels.empty());
            std::array<double, 2> reached{-1e9, -1e9};
            for (const SequenceLabel& label : layout.labels) {
                QRectF all = label.titleRect;
                for (const SequenceChip& chip : label.chips)
                    all |= chip.rect;
                QVERIFY(label.side == Side::Left ? all.right() < layout.x(Side::Left) : all.left() > layout.x(Side::Right));
                QVERIFY(all.left() >= layout.timeRect.right() && all.right() <= size.width());
                QVERIFY(all.top() >= reached[indexOf(label.side)]);
                reached[indexOf(label.side)] = all.bottom();
            }
        }
    }

    void manyPacketsBecomeBandsThatCountThem()
    {
        Ends ends;
        for (std::uint64_t i = 0; i < 3000; ++i)
            ends.toServer(static_cast<double>(i) * 0.1, i, i % 100 != 50);
        for (std::uint64_t i = 0; i < 500; ++i)
            ends.toClient(static_cast<double>(i) * 0.5 + 0.05, i);
        Diagram diagram(&ends);
        const SequenceLayout layout = diagram.layOut(SequenceMode::Linear, {0, 400 * ms});
        QVERIFY(layout.isMerged && layout.arrows.empty());
        std::array<std::size_t, 2> counts{};
        std::array<std::size_t, 2> lost{};
        const double middle = (layout.x(Side::Left) + layout.x(Side::Right)) / 2;
        for (const SequenceBand& band : layout.bands) {
            counts[indexOf(band.from)] += band.count;
            lost[indexOf(band.from)] += band.lost;
            QVERIFY(band.from == Side::Left ? band.rect.right() <= middle : band.rect.left() >= middle);
        }
        QCOMPARE(counts[0], std::size_t{3000});
        QCOMPARE(counts[1], std::size_t{500});
        QCOMPARE(lost[0], std::size_t(diagram.traces->matches()->counts(Flow::ClientToServer).lost));
        QVERIFY(lost[0] >= 29);
        const SequenceOverview overview = sequenceOverview(*diagram.traces, {0, 400 * ms}, 0, 100);
        std::size_t packets = 0;
        for (const std::uint32_t part : overview.packets)
            packets += part;
        QCOMPARE(packets, std::size_t(3000 + 2970 + 500 + 500));
        // zoomed in they are arrows again
        QVERIFY(!diagram.layOut(SequenceMode::Linear, {0, 40 * ms}).arrows.empty());
    }

    void arrowsThatPassAreThere()
    {
        Ends ends;
        ends.toServer(0, 1'000'000); // under way for 10 ms
        for (std::uint64_t i = 0; i < 200; ++i)
            ends.toServer(0.01 + static_cast<double>(i) * 0.04, i);
        ends.toClient(30, 0);
        ends.toClient(31, 1);
        Diagram diagram(&ends);
        const SequenceLayout layout = diagram.layOut(SequenceMode::Compact, {}, {1000, 600}, 100);
        const auto passing = std::count_if(layout.arrows.begin(), layout.arrows.end(), [](const SequenceArrow& arrow) { return arrow.isPassing; });
        QCOMPARE(passing, 100); // all that were sent above are received below
    }

    void offsetByHand()
    {
        Ends ends = smallExchange();
        Diagram diagram(&ends);
        const std::int64_t estimated = diagram.traces->offsetNs();
        QVERIFY(qAbs(estimated - 1000 * ms) <= 10 * ms);
        diagram.traces->setOffset(0);
        QCOMPARE(diagram.traces->offsetNs(), 0);
        QCOMPARE(diagram.traces->axisNs(Side::Right, 5 * ms), 5 * ms);
        QVERIFY(diagram.traces->clockText().contains(QStringLiteral("by hand")));
        diagram.traces->setOffset(std::nullopt);
        QCOMPARE(diagram.traces->offsetNs(), estimated);
    }
};

QTEST_MAIN(SequenceLayoutTest)
#include "sequencelayouttest.moc"
