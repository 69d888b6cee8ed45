// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/packetmatches.h"
#include "tests/support/tracebuilder.h"

#include <QTest>

#include <map>
#include <random>
#include <tuple>

using namespace qlogscope;
using namespace qlogscope::testing;

class PacketMatchesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bothWays();
    void lostAndUnknown();
    void reorderedAtTheEnd();
    void afterTheCloseNothingIsKnown();
    void beforeTheLogBegan();
    void whatThePeerDoesNotLog();
    void zeroRttAndOneRttShareNumbers();
    void pathsHaveTheirOwnNumbers();
    void doubledByTheNetwork();
    void sentAgainAfterVersionNegotiation();
    void sentAgainAfterRetry();
    void packetsWithoutNumbers();
    void nothingToMatch();
    void byHandForAnyTraffic_data();
    void byHandForAnyTraffic();
    void manyPacketsOfOneNumber();
    void slices();
    void clocksAYearApart();
};

namespace {

constexpr std::int64_t ms = 1'000'000;

PacketId id(std::size_t index)
{
    return PacketId(index);
}

/// A connection of which both sides log: 10 ms each way, the server's clock 100 ms ahead.
struct Both {
    TraceBuilder client{Role::Client};
    TraceBuilder server{Role::Server};
    static constexpr double delay = 10;
    static constexpr double ahead = 100;

    void toServer(double clientMs, std::uint64_t number, PacketType type = PacketType::OneRtt, bool arrives = true)
    {
        client.sent(clientMs, number, 1200, frames({FrameKind::Ping}), type);
        if (arrives)
            server.received(clientMs + delay + ahead, number, 1200, frames({FrameKind::Ping}), type);
    }
    void toClient(double clientMs, std::uint64_t number, PacketType type = PacketType::OneRtt, bool arrives = true)
    {
        server.sent(clientMs + ahead, number, 1200, frames({FrameKind::Ping}), type);
        if (arrives)
            client.received(clientMs + delay, number, 1200, frames({FrameKind::Ping}), type);
    }
};

struct Matched : PacketMatches {
    explicit Matched(Both* both)
        : PacketMatches(both->client.flush(), both->server.flush())
    {
        finish();
    }
};

/// Packets with loss, doubling, reordering over hundreds of others, and several paths; with numbers that are sent again, if wanted.
struct Traffic {
    using Key = std::tuple<std::uint32_t, PacketType, std::uint64_t>;
    struct Step {
        double ms = 0;
        Key key;
        bool isSent = false;
    };
    struct Ends {
        std::size_t client = 0;
        std::size_t server = 0;
    };
    std::vector<Step> client;
    std::vector<Step> server;

    Traffic(unsigned seed, int packets, bool areNumbersRepeated)
    {
        std::mt19937 random(seed);
        for (int i = 0; i < packets; ++i) {
            const bool isToServer = random() % 2 == 0;
            const std::uint32_t path = isToServer && random() % 5 == 0 ? 1 : 0;
            const PacketType type = path == 0 && random() % 50 == 0 ? PacketType::Handshake : PacketType::OneRtt;
            const std::uint64_t number = areNumbersRepeated && random() % 100 == 0 ? random() % 3 : static_cast<std::uint64_t>(i);
            const double time = i * 0.5;
            const Key key{path, type, number};
            (isToServer ? client : server).push_back({isToServer ? time : time + Both::ahead, key, true});
            const int copies = random() % 20 == 0 ? 0 : random() % 20 == 0 ? 2 : 1;
            for (int copy = 0; copy < copies; ++copy) {
                const double arrival = time + 5 + static_cast<double>(random() % 10 == 0 ? random() % 400 : random() % 3);
                (isToServer ? server : client).push_back({isToServer ? arrival + Both::ahead : arrival, key, false});
            }
        }
        for (std::vector<Step>* steps : {&client, &server})
            std::stable_sort(steps->begin(), steps->end(), [](const Step& a, const Step& b) { return a.ms < b.ms; });
    }
    static void write(TraceBuilder* builder, const std::vector<Step>& steps, std::size_t begin, std::size_t end)
    {
        for (std::size_t i = begin; i < end; ++i) {
            const auto& [path, type, number] = steps[i].key;
            if (steps[i].isSent)
                builder->sent(steps[i].ms, number, 100, frames({FrameKind::Ping}), type);
            else
                builder->received(steps[i].ms, number, 100, frames({FrameKind::Ping}), type);
            builder->onPath(path);
        }
    }
    void write(Both* both, Ends ends, Ends begin) const
    {
        write(&both->client, client, begin.client, ends.client);
        write(&both->server, server, begin.server, ends.server);
    }
    /// As lost count all that are not matched.
    [[nodiscard]] PacketMatches::Counts countByHand(Flow flow) const
    {
        std::map<Key, std::pair<std::uint64_t, std::uint64_t>> numbers; // sendings, receptions
        for (const Step& step : flow == Flow::ClientToServer ? client : server)
            numbers[step.key].first += step.isSent ? 1 : 0;
        for (const Step& step : flow == Flow::ClientToServer ? server : client)
            numbers[step.key].second += step.isSent ? 0 : 1;
        PacketMatches::Counts counts;
        for (const auto& [key, times] : numbers) {
            const auto [sendings, receptions] = times;
            counts.matched += std::min(sendings, receptions);
            counts.lost += sendings - std::min(sendings, receptions);
            counts.unsent += sendings == 0 ? receptions : 0;
        }
        return counts;
    }
};

} // namespace

void PacketMatchesTest::bothWays()
{
    Both both;
    for (std::uint64_t i = 0; i < 5; ++i) {
        both.toServer(static_cast<double>(i), 100 + i);
        both.toClient(static_cast<double>(i) + 20, 7 + 2 * i); // skipped numbers
    }
    const Matched matches(&both);
    for (const Flow flow : allFlows) {
        QCOMPARE(matches.counts(flow), (PacketMatches::Counts{5, 0, 0, 0, 0}));
        for (std::size_t i = 0; i < 5; ++i) {
            QCOMPARE(matches.receivedAs(flow, id(i)), id(i));
            QCOMPARE(matches.sentAs(flow, id(i)), id(i));
            QCOMPARE(matches.fate(flow, id(i)), PacketFate::Received);
            QVERIFY(!matches.isDuplicate(flow, id(i)));
        }
        QVERIFY(!matches.receivedAs(flow, id(5)).isValid()); // no such packet
        QVERIFY(matches.unmatchedSent(flow).empty());
    }
    QCOMPARE(matches.clock().kind(), ClockOffset::Kind::Interval);
    QCOMPARE(matches.clock().offsetNs(), 100 * ms);
}

void PacketMatchesTest::lostAndUnknown()
{
    Both both;
    both.toServer(0, 0);
    both.toClient(20, 0);
    both.toServer(40, 1, PacketType::OneRtt, false); // the network drops it
    both.toServer(41, 2);
    both.toServer(60, 3, PacketType::OneRtt, false); // would arrive when the server still logs
    both.server.row(175);
    both.toServer(80, 4, PacketType::OneRtt, false); // would arrive later
    const Matched matches(&both);
    QCOMPARE(matches.counts(Flow::ClientToServer), (PacketMatches::Counts{2, 2, 1, 0, 0}));
    const PacketFate fates[]
        = {PacketFate::Received, PacketFate::Lost, PacketFate::Received, PacketFate::Lost, PacketFate::Unknown};
    for (std::size_t i = 0; i < std::size(fates); ++i)
        QCOMPARE(matches.fate(Flow::ClientToServer, id(i)), fates[i]);
    QCOMPARE(matches.unmatchedSent(Flow::ClientToServer), (std::vector<std::uint32_t>{1, 3, 4}));
}

/// What was overtaken is lost even if a slow packet might still arrive.
void PacketMatchesTest::reorderedAtTheEnd()
{
    TraceBuilder client(Role::Client);
    TraceBuilder server(Role::Server);
    client.sent(0, 0);
    server.received(500, 0); // a slow one
    client.sent(600, 1);
    client.sent(601, 2);
    client.sent(602, 3);
    server.received(612, 2);
    PacketMatches matches(client.flush(), server.flush());
    matches.finish();
    QCOMPARE(matches.fate(Flow::ClientToServer, id(1)), PacketFate::Lost);
    QCOMPARE(matches.fate(Flow::ClientToServer, id(3)), PacketFate::Unknown);
}

void PacketMatchesTest::afterTheCloseNothingIsKnown()
{
    Both both;
    both.toServer(0, 0);
    both.toServer(30, 1, PacketType::OneRtt, false);
    both.toServer(50, 2, PacketType::OneRtt, false);
    EventBatch close;
    both.server.row(150);
    CloseFact fact;
    fact.row = RowId(std::size_t{1});
    const Trace& server = both.server.flush();
    close.closes.push_back(fact);
    both.server.document().append(close);
    both.server.row(500); // the end of draining
    both.server.flush();
    PacketMatches matches(both.client.flush(), server);
    matches.finish();
    QCOMPARE(matches.fate(Flow::ClientToServer, id(1)), PacketFate::Lost);
    QCOMPARE(matches.fate(Flow::ClientToServer, id(2)), PacketFate::Unknown);
}

/// The first Initial may have been lost, or discarded before there was a connection to log.
void PacketMatchesTest::beforeTheLogBegan()
{
    Both both;
    both.toServer(0, 0, PacketType::Initial, false);
    both.toServer(300, 1, PacketType::Initial);
    both.toClient(311, 0, PacketType::Initial);
    const Matched matches(&both);
    QCOMPARE(matches.fate(Flow::ClientToServer, id(0)), PacketFate::Unknown);
    QCOMPARE(matches.counts(Flow::ClientToServer), (PacketMatches::Counts{1, 0, 1, 0, 0}));
}

void PacketMatchesTest::whatThePeerDoesNotLog()
{
    Both both;
    both.toServer(0, 0, PacketType::Initial);
    both.toServer(1, 0, PacketType::ZeroRtt, false); // rejected: not decrypted, not logged
    both.toServer(2, 1, PacketType::OneRtt);
    both.toServer(3, 2, PacketType::OneRtt);
    both.server.sent(112, 0);
    const Matched matches(&both);
    QCOMPARE(matches.fate(Flow::ClientToServer, id(1)), PacketFate::Unknown);
    QCOMPARE(matches.counts(Flow::ServerToClient), (PacketMatches::Counts{0, 0, 1, 0, 0})); // the client logs no receptions
}

void PacketMatchesTest::zeroRttAndOneRttShareNumbers()
{
    Both both;
    both.toServer(0, 0, PacketType::Initial);
    both.toServer(0, 0, PacketType::ZeroRtt);
    both.toServer(0, 1, PacketType::ZeroRtt);
    both.toServer(20, 2, PacketType::OneRtt);
    both.toServer(20, 0, PacketType::Handshake);
    QCOMPARE(Matched(&both).counts(Flow::ClientToServer), (PacketMatches::Counts{5, 0, 0, 0, 0}));
}

void PacketMatchesTest::pathsHaveTheirOwnNumbers()
{
    Both both;
    for (const std::uint32_t path : {3U, 0U, 1U}) {
        both.client.sent(path, 5);
        both.client.onPath(path);
    }
    for (const std::uint32_t path : {0U, 3U}) {
        both.server.received(120 + path, 5);
        both.server.onPath(path);
    }
    const Matched matches(&both);
    QCOMPARE(matches.receivedAs(Flow::ClientToServer, id(0)), id(1));
    QCOMPARE(matches.receivedAs(Flow::ClientToServer, id(1)), id(0));
    QVERIFY(!matches.receivedAs(Flow::ClientToServer, id(2)).isValid());
}

void PacketMatchesTest::doubledByTheNetwork()
{
    Both both;
    both.toServer(0, 0);
    both.toServer(1, 1);
    both.server.received(115, 1);
    both.server.received(116, 0);
    const Matched matches(&both);
    QCOMPARE(matches.counts(Flow::ClientToServer), (PacketMatches::Counts{2, 0, 0, 2, 0}));
    QCOMPARE(matches.receivedAs(Flow::ClientToServer, id(0)), id(0));
    QCOMPARE(matches.sentAs(Flow::ClientToServer, id(3)), id(0));
    QVERIFY(matches.isDuplicate(Flow::ClientToServer, id(3)));
    QVERIFY(!matches.isDuplicate(Flow::ClientToServer, id(0)));
}

/// The server keeps nothing of the first attempt: the one reception of number 0 is that of the second sending.
void PacketMatchesTest::sentAgainAfterVersionNegotiation()
{
    Both both;
    both.toServer(0, 0, PacketType::Initial, false);
    both.toClient(10, 0, PacketType::VersionNegotiation);
    both.toServer(21, 0, PacketType::Initial);
    both.toClient(32, 0, PacketType::Initial);
    both.toServer(43, 1, PacketType::Initial);
    const Matched matches(&both);
    QVERIFY(!matches.receivedAs(Flow::ClientToServer, id(0)).isValid());
    QCOMPARE(matches.receivedAs(Flow::ClientToServer, id(1)), id(0));
    QCOMPARE(matches.sentAs(Flow::ClientToServer, id(0)), id(1));
    QCOMPARE(matches.counts(Flow::ClientToServer).matched, std::uint64_t{2});
}

/// Both logged: in their order. Only the first one arrived: it cannot be the second, which was sent later.
void PacketMatchesTest::sentAgainAfterRetry()
{
    for (const bool doesSecondArrive : {true, false}) {
        Both both;
        both.toServer(0, 0, PacketType::Initial);
        both.toClient(10, 0, PacketType::Retry);
        both.toServer(25, 0, PacketType::Initial, doesSecondArrive);
        both.toServer(30, 1, PacketType::Initial);
        both.toClient(41, 0, PacketType::Initial);
        both.toClient(42, 1, PacketType::Initial);
        const Matched matches(&both);
        QCOMPARE(matches.receivedAs(Flow::ClientToServer, id(0)), id(0));
        QCOMPARE(matches.sentAs(Flow::ClientToServer, id(0)), id(0));
        QCOMPARE(matches.receivedAs(Flow::ClientToServer, id(1)).isValid(), doesSecondArrive);
        QCOMPARE(matches.fate(Flow::ClientToServer, id(1)), doesSecondArrive ? PacketFate::Received : PacketFate::Lost);
        QCOMPARE(matches.receivedAs(Flow::ServerToClient, id(0)), id(0)); // the Retry
    }
}

void PacketMatchesTest::packetsWithoutNumbers()
{
    Both both;
    both.toClient(0, 0, PacketType::Retry);
    both.toClient(1, 0, PacketType::VersionNegotiation);
    both.toClient(2, 0, PacketType::Retry);
    both.toClient(3, 0, PacketType::StatelessReset);
    both.toClient(4, 0, PacketType::Retry, false);
    both.server.sent(105, 0, 1200, 0, PacketType::OneRtt, PacketNoNumber);
    both.client.received(15, 0, 1200, 0, PacketType::OneRtt, PacketNoNumber);
    both.server.sent(106, 9, 1200, 0, PacketType::Unknown);
    const Matched matches(&both);
    QCOMPARE(matches.counts(Flow::ServerToClient), (PacketMatches::Counts{4, 0, 3, 0, 1}));
    for (std::size_t i = 0; i < 4; ++i)
        QCOMPARE(matches.receivedAs(Flow::ServerToClient, id(i)), id(i));
    QCOMPARE(matches.fate(Flow::ServerToClient, id(5)), PacketFate::Unknown);
}

void PacketMatchesTest::nothingToMatch()
{
    Both both;
    Matched matches(&both);
    QCOMPARE(matches.counts(Flow::ClientToServer), PacketMatches::Counts());
    QCOMPARE(matches.clock().kind(), ClockOffset::Kind::Unpaired);
    QVERIFY(matches.advance(0));
    both.toServer(0, 0); // and then there is
    both.client.flush();
    both.server.flush();
    matches.finish();
    QCOMPARE(matches.counts(Flow::ClientToServer).matched, std::uint64_t{1});
}

void PacketMatchesTest::byHandForAnyTraffic_data()
{
    QTest::addColumn<int>("seed");
    QTest::addColumn<int>("packets");
    QTest::addColumn<int>("pieces");
    for (int seed = 0; seed < 12; ++seed)
        QTest::addRow("%d", seed) << seed << (seed < 6 ? 300 : 20'000) << 1 + seed * 3;
}

/// The count is that of maps, and the same whether the logs were there at once or grew, in pieces that end at other places on
/// either side.
void PacketMatchesTest::byHandForAnyTraffic()
{
    QFETCH(int, seed);
    QFETCH(int, packets);
    QFETCH(int, pieces);
    const bool areNumbersRepeated = seed % 3 == 0;
    const Traffic traffic(static_cast<unsigned>(seed), packets, areNumbersRepeated);
    Both whole;
    traffic.write(&whole, {traffic.client.size(), traffic.server.size()}, {});
    const Matched atOnce(&whole);
    for (const Flow flow : allFlows) {
        const PacketMatches::Counts byHand = traffic.countByHand(flow);
        const PacketMatches::Counts& counts = atOnce.counts(flow);
        QCOMPARE(counts.matched + counts.lost + counts.unknown, byHand.matched + byHand.lost);
        QCOMPARE(counts.unsent, byHand.unsent);
        QVERIFY(counts.matched <= byHand.matched);
        if (!areNumbersRepeated) // else a reception may be before all but one of the sendings
            QCOMPARE(counts.matched, byHand.matched);
    }

    Both grown;
    PacketMatches growing(grown.client.flush(), grown.server.flush());
    std::mt19937 random(static_cast<unsigned>(seed));
    Traffic::Ends ends;
    for (int piece = 0; ends.client < traffic.client.size() || ends.server < traffic.server.size(); ++piece) {
        const auto next = [&](std::size_t end, std::size_t size) {
            return std::min(size, end + random() % (2 * size / static_cast<std::size_t>(pieces) + 2));
        };
        const Traffic::Ends begin = ends;
        ends = {next(ends.client, traffic.client.size()), next(ends.server, traffic.server.size())};
        traffic.write(&grown, ends, begin);
        grown.client.flush();
        grown.server.flush();
        if (piece % 3 == 0)
            growing.finish();
        else
            growing.advance(0);
    }
    growing.finish();
    for (const Flow flow : allFlows) {
        QCOMPARE(growing.counts(flow), atOnce.counts(flow));
        for (std::size_t i = 0; i < atOnce.sentPackets(flow).size(); ++i) {
            QCOMPARE(growing.receivedAs(flow, id(i)), atOnce.receivedAs(flow, id(i)));
            QCOMPARE(growing.fate(flow, id(i)), atOnce.fate(flow, id(i)));
        }
        for (std::size_t i = 0; i < atOnce.receivedPackets(flow).size(); ++i)
            QCOMPARE(growing.sentAs(flow, id(i)), atOnce.sentAs(flow, id(i)));
    }
    QCOMPARE(growing.clock().offsetNs(), atOnce.clock().offsetNs());
}

/// A log that writes 0 for every number does not take quadratic time.
void PacketMatchesTest::manyPacketsOfOneNumber()
{
    Both both;
    constexpr std::uint64_t count = 200'000;
    for (std::uint64_t i = 0; i < count; ++i)
        both.toServer(static_cast<double>(i), 0);
    for (std::uint64_t i = 0; i < 3; ++i)
        both.toClient(static_cast<double>(i), i);
    const Matched matches(&both);
    QCOMPARE(matches.counts(Flow::ClientToServer), (PacketMatches::Counts{count, 0, 0, 0, 0}));
    QCOMPARE(matches.receivedAs(Flow::ClientToServer, id(count / 2)), id(count / 2));
}

void PacketMatchesTest::slices()
{
    Both both;
    constexpr std::uint64_t count = 30'000;
    for (std::uint64_t i = 0; i < count; ++i)
        both.toServer(static_cast<double>(i), i, PacketType::OneRtt, i % 10 != 3);
    PacketMatches matches(both.client.flush(), both.server.flush());
    int slices = 1;
    while (!matches.advance(0)) {
        ++slices;
        QVERIFY(slices < 1000);
    }
    QVERIFY(slices > 5);
    QCOMPARE(matches.counts(Flow::ClientToServer), (PacketMatches::Counts{count * 9 / 10, count / 10, 0, 0, 0}));
    QVERIFY(matches.advance(0));
    QVERIFY(matches.memoryBytes() < count * 16 + 200'000);
}

/// Each log's times begin at its own origin, which is where the difference of the clocks is.
void PacketMatchesTest::clocksAYearApart()
{
    constexpr std::int64_t year = 365LL * 86'400 * 1'000 * ms;
    for (const std::int64_t apart : {year, -year}) {
        Both both;
        for (std::uint64_t i = 0; i < 5; ++i) {
            both.toServer(static_cast<double>(i), i);
            both.toClient(static_cast<double>(i), i);
        }
        const Trace& client = both.client.flush();
        const Trace& server = both.server.flush();
        EventBatch clientOrigin;
        clientOrigin.origins.push_back({TraceId(std::size_t{0}), 0, 50 * year});
        both.client.document().append(clientOrigin);
        EventBatch serverOrigin;
        serverOrigin.origins.push_back({TraceId(std::size_t{0}), 0, 50 * year + apart - 100 * ms});
        both.server.document().append(serverOrigin);
        PacketMatches matches(client, server);
        matches.finish();
        QCOMPARE(matches.clock().offsetNs(), 100 * ms);
        QCOMPARE(matches.clock().wallClockOffsetNs(), std::optional(apart));
        QCOMPARE(matches.clock().uncertaintyNs(), std::optional(12 * ms + 1)); // the path, and whole milliseconds
    }
}

QTEST_GUILESS_MAIN(PacketMatchesTest)
#include "packetmatchestest.moc"
