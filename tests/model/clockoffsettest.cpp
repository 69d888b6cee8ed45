// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/clockoffset.h"
#include "tests/support/tracebuilder.h"

#include <QTest>

#include <cmath>
#include <random>

using namespace qlogscope;
using namespace qlogscope::testing;

class ClockOffsetTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theTruthIsWithin_data();
    void theTruthIsWithin();
    void roundingAloneIsNoDrift();
    void aClockThatIsSet();
    void aClockThatStandsStill();
    void mappingsNeverDecrease();
    void theOrderOfPacketsDoesNotMatter();
    void oneDirectionOnly();
    void fewPackets();
    void wallClocksThatContradict();
    void valueByHand();
    void wallClockDifferences();
    void timesOfAnySize();
    void resolutionOfTimes();
    void smallestSmoothedRtt();
};

namespace {

constexpr std::int64_t us = 1'000;
constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t year = 365 * 86'400 * second;

struct Sample {
    Flow flow = Flow::ClientToServer;
    std::int64_t sentNs = 0;
    std::int64_t receivedNs = 0;
    std::int64_t instantNs = 0; ///< of the sending
};

/// Packets between two clocks: jitter beyond the spacing of packets (so they overtake each other) and 5 % loss.
struct Connection {
    std::int64_t offsetNs = 0;
    double drift = 0;
    std::int64_t clientResolutionNs = 1;
    std::int64_t serverResolutionNs = 1;
    std::int64_t lengthNs = 10 * second;
    std::int64_t delayNs = 20 * ms; ///< at least, each way
    std::int64_t setAtNs = INT64_MAX; ///< when the server's clock is set by setByNs
    std::int64_t setByNs = 0;

    [[nodiscard]] std::int64_t offsetAtInstant(std::int64_t instantNs) const
    {
        return offsetNs + std::llround(static_cast<double>(instantNs) * drift) + (instantNs >= setAtNs ? setByNs : 0);
    }
    [[nodiscard]] static std::int64_t rounded(std::int64_t time, std::int64_t resolutionNs)
    {
        const std::int64_t rest = time % resolutionNs;
        return time - (rest < 0 ? rest + resolutionNs : rest);
    }
    [[nodiscard]] std::int64_t clientLog(std::int64_t instantNs) const { return rounded(instantNs, clientResolutionNs); }
    [[nodiscard]] std::int64_t serverLog(std::int64_t instantNs) const
    {
        return rounded(instantNs + offsetAtInstant(instantNs), serverResolutionNs);
    }
    [[nodiscard]] std::vector<Sample> samples(int count = 3989) const
    {
        std::mt19937_64 random(7);
        std::exponential_distribution<double> jitter(3.0 / static_cast<double>(delayNs));
        std::vector<Sample> all;
        for (int i = 0; i < count; ++i) {
            const bool isToServer = random() % 3 == 0;
            const std::int64_t sending = lengthNs / count * i;
            const std::int64_t reception = sending + delayNs + std::llround(jitter(random));
            if (random() % 20 == 0)
                continue;
            if (isToServer)
                all.push_back({Flow::ClientToServer, clientLog(sending), serverLog(reception), sending});
            else
                all.push_back({Flow::ServerToClient, serverLog(sending), clientLog(reception), sending});
        }
        return all;
    }
    [[nodiscard]] ClockFacts facts() const
    {
        ClockFacts facts;
        facts.clientResolutionNs = clientResolutionNs;
        facts.serverResolutionNs = serverResolutionNs;
        return facts;
    }
};

ClockOffset clockOf(const std::vector<Sample>& samples, const ClockFacts& facts)
{
    ClockOffset clock;
    std::array<std::uint64_t, 2> pairs{};
    for (const Sample& sample : samples) {
        clock.add(sample.flow, sample.sentNs, sample.receivedNs);
        ++pairs[static_cast<std::size_t>(sample.flow)];
    }
    clock.estimate(facts, pairs);
    return clock;
}

ClockOffset clockOf(const Connection& connection)
{
    return clockOf(connection.samples(), connection.facts());
}

std::int64_t worstStepBack(const ClockOffset& clock, const std::vector<Sample>& samples)
{
    std::int64_t worst = 0;
    for (const Sample& sample : samples) {
        const bool isToServer = sample.flow == Flow::ClientToServer;
        const std::int64_t from = isToServer ? sample.sentNs : clock.clientTimeOf(sample.sentNs);
        const std::int64_t to = isToServer ? clock.clientTimeOf(sample.receivedNs) : sample.receivedNs;
        worst = std::max(worst, from - to);
    }
    return worst;
}

} // namespace

void ClockOffsetTest::theTruthIsWithin_data()
{
    QTest::addColumn<qint64>("offset");
    QTest::addColumn<double>("drift");
    QTest::addColumn<qint64>("clientResolution");
    QTest::addColumn<qint64>("serverResolution");
    QTest::addColumn<qint64>("length");
    QTest::addColumn<qint64>("delay");
    const struct {
        const char* text;
        std::int64_t ns;
    } offsets[] = {{"0", 0}, {"1 ms", ms}, {"-1 ms", -ms}, {"1 s", second}, {"-1 s", -second}, {"1 year", year}, {"-1 year", -year}};
    for (const auto& [text, offset] : offsets) {
        const auto row = [&](const char* what, double drift, qint64 client, qint64 server, qint64 length, qint64 delay) {
            QTest::addRow("%s, %s", text, what) << qint64(offset) << drift << client << server << length << delay;
        };
        row("ns", 0, 1, 1, 10 * second, 20 * ms);
        row("whole ms", 0, ms, ms, 10 * second, 20 * ms);
        row("us and whole ms", 0, us, ms, 10 * second, 20 * ms);
        row("whole ms on one machine", 0, ms, ms, 10 * second, 50 * us);
        row("100 ppm in an hour", 1e-4, us, us, 3600 * second, 20 * ms);
        row("-100 ppm in an hour", -1e-4, us, us, 3600 * second, 20 * ms);
        row("100 ppm in an hour, whole ms", 1e-4, ms, ms, 3600 * second, 20 * ms);
        row("100 ppm in ten seconds", 1e-4, us, us, 10 * second, 20 * ms);
    }
}

void ClockOffsetTest::theTruthIsWithin()
{
    QFETCH(qint64, offset);
    QFETCH(double, drift);
    QFETCH(qint64, clientResolution);
    QFETCH(qint64, serverResolution);
    QFETCH(qint64, length);
    QFETCH(qint64, delay);
    const Connection connection{offset, drift, clientResolution, serverResolution, length, delay};
    const std::vector<Sample> samples = connection.samples();
    const ClockOffset clock = clockOf(samples, connection.facts());
    const bool doesDriftShow = std::abs(drift) * static_cast<double>(length) > 4 * static_cast<double>(delay);
    QCOMPARE(clock.kind(), doesDriftShow ? ClockOffset::Kind::Piecewise : ClockOffset::Kind::Interval);
    const std::int64_t first = samples.front().instantNs; // beyond the packets nothing is known
    const std::int64_t last = samples.back().instantNs;
    for (std::int64_t instant = first; instant <= last; instant += length / 1000) {
        const std::int64_t error = std::abs(clock.offsetAt(instant) - connection.offsetAtInstant(instant));
        const std::int64_t uncertainty = clock.uncertaintyAt(instant).value_or(-1);
        const QByteArray figures = QByteArray::number(qlonglong(error)) + " of " + QByteArray::number(qlonglong(uncertainty)) + " at "
            + QByteArray::number(qlonglong(instant));
        QVERIFY2(error <= uncertainty + 2, figures.constData());
    }
    QVERIFY(clock.uncertaintyNs().value_or(INT64_MAX) <= 2 * delay + clock.resolutionNs());
    const double windowNs = static_cast<double>(length) / (ClockOffset::maxWindows / 2);
    const std::int64_t withinWindow = doesDriftShow ? std::llround(windowNs * std::abs(drift)) + 2 : 0;
    QVERIFY(worstStepBack(clock, samples) <= clock.resolutionNs() + withinWindow);
}

/// Whole milliseconds on both sides of a short path: some packets seem to arrive before they are sent.
void ClockOffsetTest::roundingAloneIsNoDrift()
{
    Connection connection{300 * us, 0, ms, ms, 10 * second, 20 * us};
    const std::vector<Sample> samples = connection.samples();
    const ClockOffset exact = clockOf(samples, {});
    QCOMPARE(exact.kind(), ClockOffset::Kind::Piecewise); // were these times exact, no constant would do
    const ClockOffset clock = clockOf(samples, connection.facts());
    QCOMPARE(clock.kind(), ClockOffset::Kind::Interval);
    QCOMPARE(clock.resolutionNs(), 2 * ms);
    QVERIFY(std::abs(clock.offsetNs() - connection.offsetNs) <= clock.uncertaintyNs().value_or(-1));
}

void ClockOffsetTest::aClockThatIsSet()
{
    for (const std::int64_t setBy : {second, -second / 10, 60 * second}) {
        Connection connection{5 * ms, 0, us, us, 60 * second, 20 * ms};
        connection.setAtNs = 30 * second;
        connection.setByNs = setBy;
        const std::vector<Sample> samples = connection.samples();
        const ClockOffset clock = clockOf(samples, connection.facts());
        QCOMPARE(clock.kind(), ClockOffset::Kind::Piecewise);
        for (const std::int64_t instant : {10 * second, 25 * second, 35 * second, 50 * second}) {
            const std::int64_t error = std::abs(clock.offsetAt(instant) - connection.offsetAtInstant(instant));
            QVERIFY2(error <= 40 * ms, QByteArray::number(qlonglong(error)).constData());
        }
    }
}

/// A log that does not see time pass while the other side's clock goes on, as rounded deltas make it.
void ClockOffsetTest::aClockThatStandsStill()
{
    std::vector<Sample> samples;
    for (std::int64_t i = 0; i < 100; ++i) {
        const std::int64_t client = i < 50 ? i * ms : i < 75 ? 50 * ms : (i - 25) * ms;
        samples.push_back({Flow::ClientToServer, client, i * ms + 2 * ms, i * ms});
        samples.push_back({Flow::ServerToClient, i * ms - 2 * ms, client, i * ms});
    }
    const ClockOffset clock = clockOf(samples, {});
    QCOMPARE(clock.kind(), ClockOffset::Kind::Piecewise);
    QCOMPARE(worstStepBack(clock, samples), std::int64_t{0});
    QVERIFY(std::abs(clock.offsetAt(20 * ms)) <= 2 * ms);
    QVERIFY(std::abs(clock.offsetAt(70 * ms) - 25 * ms) <= 2 * ms);
}

void ClockOffsetTest::mappingsNeverDecrease()
{
    for (const double drift : {1e-4, -1e-4, 5e-3}) {
        Connection connection{-7 * second, drift, us, us, 3600 * second, 20 * ms};
        connection.setAtNs = drift > 1e-3 ? 1800 * second : INT64_MAX;
        connection.setByNs = -3 * second;
        const ClockOffset clock = clockOf(connection);
        QCOMPARE(clock.kind(), ClockOffset::Kind::Piecewise);
        std::int64_t lastServer = INT64_MIN;
        std::int64_t lastClient = INT64_MIN;
        for (std::int64_t time = -100 * second; time < 3700 * second; time += 777 * ms) {
            const std::int64_t server = clock.serverTimeOf(time);
            const std::int64_t client = clock.clientTimeOf(time);
            QVERIFY(server >= lastServer);
            QVERIFY(client >= lastClient);
            if (drift <= 1e-3)
                QVERIFY(std::abs(clock.clientTimeOf(server) - time) <= 2);
            lastServer = server;
            lastClient = client;
        }
    }
}

void ClockOffsetTest::theOrderOfPacketsDoesNotMatter()
{
    Connection connection{second, 1e-4, us, us, 3600 * second, 20 * ms};
    std::vector<Sample> samples = connection.samples();
    const ClockOffset ordered = clockOf(samples, connection.facts());
    std::mt19937 random(3);
    std::shuffle(samples.begin(), samples.end(), random);
    samples.insert(samples.end(), samples.begin(), samples.begin() + 100); // told again
    ClockOffset shuffled = clockOf(samples, connection.facts());
    QCOMPARE(shuffled.kind(), ClockOffset::Kind::Piecewise);
    QVERIFY(shuffled.points() == ordered.points());
}

void ClockOffsetTest::oneDirectionOnly()
{
    ClockOffset clock;
    clock.add(Flow::ClientToServer, 0, 30 * ms);
    clock.add(Flow::ClientToServer, 10 * ms, 45 * ms);
    ClockFacts facts;
    facts.smoothedRttNs = 20 * ms;
    clock.estimate(facts, {3, 0});
    QCOMPARE(clock.kind(), ClockOffset::Kind::OneSided);
    QCOMPARE(clock.offsetNs(), 20 * ms); // between 30 and 10
    QCOMPARE(clock.uncertaintyNs(), std::optional(10 * ms + 2));
    facts.smoothedRttNs.reset();
    clock.estimate(facts, {3, 0});
    QCOMPARE(clock.kind(), ClockOffset::Kind::OneSided);
    QCOMPARE(clock.offsetNs(), 30 * ms);
    QVERIFY(!clock.uncertaintyNs());

    ClockOffset back;
    back.add(Flow::ServerToClient, 5 * ms, 25 * ms);
    facts.smoothedRttNs = 20 * ms;
    back.estimate(facts, {0, 3});
    QCOMPARE(back.kind(), ClockOffset::Kind::OneSided);
    QCOMPARE(back.offsetNs(), -10 * ms); // between -20 and 0
}

void ClockOffsetTest::fewPackets()
{
    ClockOffset clock;
    QCOMPARE(clock.kind(), ClockOffset::Kind::Unpaired);
    clock.estimate({}, {0, 0});
    QCOMPARE(clock.kind(), ClockOffset::Kind::Unpaired);
    QCOMPARE(clock.offsetNs(), std::int64_t{0});
    QVERIFY(!clock.uncertaintyNs());

    ClockFacts facts;
    facts.firstSentNs = 3 * ms;
    facts.firstReceivedNs = 100 * ms;
    facts.smoothedRttNs = 40 * ms;
    clock.estimate(facts, {0, 0});
    QCOMPARE(clock.kind(), ClockOffset::Kind::FirstPacket);
    QCOMPARE(clock.offsetNs(), 77 * ms);

    clock.add(Flow::ClientToServer, 3 * ms, 103 * ms);
    clock.estimate(facts, {1, 0});
    QCOMPARE(clock.kind(), ClockOffset::Kind::FirstPacket);
    QCOMPARE(clock.offsetNs(), 80 * ms);
    clock.add(Flow::ServerToClient, 110 * ms, 15 * ms); // at least 95
    clock.estimate(facts, {1, 1});
    QCOMPARE(clock.kind(), ClockOffset::Kind::FirstPacket);
    QCOMPARE(clock.offsetNs(), 95 * ms - 2);

    facts.clientWallClockNs = 50 * year;
    facts.serverWallClockNs = 50 * year - 97 * ms;
    clock.estimate(facts, {1, 1});
    QCOMPARE(clock.kind(), ClockOffset::Kind::WallClocks);
    QCOMPARE(clock.offsetNs(), 97 * ms);
    QCOMPARE(clock.wallClockOffsetNs(), std::optional(std::int64_t{0}));
    clock.estimate(facts, {2, 1});
    QCOMPARE(clock.kind(), ClockOffset::Kind::Interval);
}

void ClockOffsetTest::wallClocksThatContradict()
{
    ClockOffset clock;
    clock.add(Flow::ClientToServer, 0, 10 * ms);
    ClockFacts facts;
    facts.clientWallClockNs = 50 * year;
    facts.serverWallClockNs = 50 * year - second; // the packet would arrive 990 ms before it was sent
    clock.estimate(facts, {1, 0});
    QCOMPARE(clock.kind(), ClockOffset::Kind::FirstPacket);
    QCOMPARE(clock.offsetNs(), 10 * ms);
}

void ClockOffsetTest::valueByHand()
{
    Connection connection{second, 0, us, us};
    ClockOffset clock = clockOf(connection);
    const std::int64_t estimated = clock.offsetNs();
    for (const std::int64_t byHand : {std::int64_t{0}, std::int64_t{-5}, year}) {
        clock.setManual(byHand);
        QCOMPARE(clock.kind(), ClockOffset::Kind::Manual);
        QCOMPARE(clock.offsetNs(), byHand);
        QCOMPARE(clock.offsetAt(3 * second), byHand);
        QCOMPARE(clock.clientTimeOf(10 + byHand), std::int64_t{10});
        QCOMPARE(clock.serverTimeOf(10), 10 + byHand);
        QCOMPARE(clock.uncertaintyNs(), std::optional(std::int64_t{0}));
        clock.estimate(connection.facts(), {100, 100}); // goes on below it
        QCOMPARE(clock.offsetNs(), byHand);
    }
    clock.setManual(std::nullopt);
    QCOMPARE(clock.kind(), ClockOffset::Kind::Interval);
    QCOMPARE(clock.offsetNs(), estimated);

    Connection drifting{0, 1e-4, us, us, 3600 * second};
    ClockOffset bent = clockOf(drifting);
    const std::int64_t late = bent.offsetAt(3000 * second);
    bent.setManual(0);
    QCOMPARE(bent.offsetAt(3000 * second), std::int64_t{0});
    bent.setManual(std::nullopt);
    QCOMPARE(bent.offsetAt(3000 * second), late);
}

void ClockOffsetTest::wallClockDifferences()
{
    Connection connection{-200 * ms, 0, us, us};
    ClockFacts facts = connection.facts();
    facts.clientWallClockNs = 50 * year;
    facts.serverWallClockNs = 50 * year + 1'200 * ms;
    ClockOffset clock = clockOf(connection.samples(), facts);
    QVERIFY(std::abs(*clock.wallClockOffsetNs() - second) <= *clock.uncertaintyNs()); // the server's clock is 1 s ahead
    clock.setManual(clock.offsetOfWallClocks(0));
    QCOMPARE(clock.wallClockOffsetNs(), std::optional(std::int64_t{0}));
    facts.serverWallClockNs.reset();
    clock.estimate(facts, {10, 10});
    QVERIFY(!clock.wallClockOffsetNs());
    QVERIFY(!clock.offsetOfWallClocks(0));
}

/// Nonsense in a log neither overflows nor takes memory.
void ClockOffsetTest::timesOfAnySize()
{
    constexpr std::int64_t far = INT64_MAX - 1;
    ClockOffset clock;
    for (const Flow flow : allFlows) {
        for (const std::int64_t a : {-far, -year, std::int64_t{0}, year, far}) {
            for (const std::int64_t b : {-far, -1L, std::int64_t{0}, year, far})
                clock.add(flow, a, b);
        }
    }
    clock.estimate({}, {25, 25});
    QCOMPARE(clock.kind(), ClockOffset::Kind::Piecewise);
    QVERIFY(clock.points().size() <= 4 * ClockOffset::maxWindows);
    for (const std::int64_t time : {-far, -year, std::int64_t{0}, year, far}) {
        QVERIFY(clock.clientTimeOf(time) <= clock.clientTimeOf(far));
        QVERIFY(clock.serverTimeOf(time) <= clock.serverTimeOf(far));
    }
}

void ClockOffsetTest::resolutionOfTimes()
{
    const auto resolution = [](double stepMs, int count = 100) {
        TraceBuilder builder;
        for (int i = 0; i < count; ++i)
            builder.sent(stepMs * i, static_cast<std::uint64_t>(i));
        return timeResolutionNs(builder.flush());
    };
    QCOMPARE(resolution(1), ms);
    QCOMPARE(resolution(50), ms); // never more than a millisecond
    QCOMPARE(resolution(1.3), 100 * us);
    QCOMPARE(resolution(0.017), us);
    QCOMPARE(resolution(0.000003), std::int64_t{1});

    // 1.7e12 ms in double precision are good to a quarter of a microsecond, whatever the digits say
    TraceBuilder builder;
    EventBatch origin;
    const Trace& trace = builder.flush();
    origin.origins.push_back({TraceId(std::size_t{0}), 1'700'000'000'000'000'000, 1'700'000'000'000'000'000});
    builder.document().append(origin);
    for (int i = 0; i < 100; ++i) {
        const double unixMs = 1.7e12 + i * 0.123;
        builder.sent(unixMs - 1.7e12, static_cast<std::uint64_t>(i));
    }
    builder.flush();
    QCOMPARE(timeResolutionNs(trace), us);

    TraceBuilder floats(Role::Client, Writer::Neqo);
    floats.sent(0, 0);
    floats.sent(3'600'000.1234, 1);
    QVERIFY(timeResolutionNs(floats.flush()) > 400 * us); // an hour in ms as a 32-bit float
}

void ClockOffsetTest::smallestSmoothedRtt()
{
    TraceBuilder client(Role::Client);
    client.sent(1, 0);
    client.metric(MetricKind::SmoothedRtt, 30 * ms);
    client.sent(2, 1);
    client.metric(MetricKind::SmoothedRtt, 25 * ms);
    TraceBuilder server(Role::Server);
    server.received(7, 0);
    server.metric(MetricKind::SmoothedRtt, 28 * ms);
    const ClockFacts facts = clockFactsOf(client.flush(), server.flush());
    QCOMPARE(facts.smoothedRttNs, std::optional(25 * ms));
    QCOMPARE(facts.firstSentNs, std::optional(1 * ms));
    QCOMPARE(facts.firstReceivedNs, std::optional(7 * ms));
    QVERIFY(!facts.clientWallClockNs);
}

QTEST_GUILESS_MAIN(ClockOffsetTest)
#include "clockoffsettest.moc"
