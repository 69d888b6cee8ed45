// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/packetmatches.h"
#include "tests/support/reading.h"

#include <QTest>

#include <map>
#include <memory>
#include <tuple>
#include <utility>

using namespace qlogscope;
using namespace qlogscope::testing;

/// The matching of client and server logs that real stacks wrote, against a count that knows nothing of it.
class SequencePairsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void countsAreThoseOfACountByHand_data();
    void countsAreThoseOfACountByHand();
    void noPacketGoesBackInTime_data() { countsAreThoseOfACountByHand_data(); }
    void noPacketGoesBackInTime();
    void growingLogsEndTheSame_data() { countsAreThoseOfACountByHand_data(); }
    void growingLogsEndTheSame();
    void thereAreManyPairs();
};

namespace {

struct Pair {
    QString client;
    QString server;
    std::size_t clientTrace = 0;
    std::size_t serverTrace = 0;
};

std::vector<Pair> pairs()
{
    std::vector<Pair> found;
    const QStringList names = sharedTraceNames();
    for (const QString& name : names) {
        const auto position = name.lastIndexOf(QStringLiteral("client"));
        QString other = name;
        if (position < 0 || name == QStringLiteral("picoquic/retry_client.qlog")) // its server's log is of the attempt after the Retry
            continue;
        other.replace(position, 6, QStringLiteral("server"));
        if (name == QStringLiteral("picoquic/retry_client1.qlog"))
            other = QStringLiteral("picoquic/retry_server.qlog");
        if (names.contains(other))
            found.push_back({name, other});
    }
    const QString both = QStringLiteral("qvis-draft-01/doublevantage_100ms.qlog.gz");
    found.push_back({both, both, 0, 1});
    return found;
}

struct OpenPair {
    std::unique_ptr<Document> clientDocument;
    std::unique_ptr<Document> serverDocument;
    const Trace* client = nullptr;
    const Trace* server = nullptr;
};

QString pathOf(const QString& name)
{
    return sharedTraces() + QStringLiteral("/dev/") + name;
}

OpenPair opened(const Pair& pair)
{
    OpenPair open;
    open.clientDocument = TraceReader::readDocument(pathOf(pair.client).toStdString());
    open.serverDocument = TraceReader::readDocument(pathOf(pair.server).toStdString());
    if (pair.clientTrace < open.clientDocument->traceCount() && pair.serverTrace < open.serverDocument->traceCount()) {
        open.client = &open.clientDocument->trace(TraceId(pair.clientTrace));
        open.server = &open.serverDocument->trace(TraceId(pair.serverTrace));
    }
    return open;
}

/// A packet as plain as can be.
struct Plain {
    std::tuple<std::uint32_t, int, std::uint64_t> key; // path, space, number; for packets without a number: 0, -type, place
    int type = 0;
    std::int64_t timeNs = 0;
    bool isMatched = false;
};

std::vector<Plain> plainPackets(const Trace& trace, Direction direction)
{
    std::vector<Plain> packets;
    std::map<int, std::uint64_t> places;
    for (std::size_t i = 0; i < trace.packets(direction).size(); ++i) {
        const PacketFact fact = trace.packets(direction)[PacketId(i)];
        Plain plain;
        plain.type = static_cast<int>(fact.type);
        plain.timeNs = trace.events().timeNs(fact.row);
        const bool isRetryOrAlike
            = fact.type == PacketType::Retry || fact.type == PacketType::VersionNegotiation || fact.type == PacketType::StatelessReset;
        if (isRetryOrAlike)
            plain.key = {0, -1 - plain.type, places[plain.type]++};
        else if ((fact.flags & PacketNoNumber) != 0 || fact.type == PacketType::Unknown)
            plain.key = {0, direction == Direction::Sent ? -1000 : -2000, places[-1]++}; // never the same on both sides
        else
            plain.key = {fact.pathId, static_cast<int>(spaceOf(fact.type)), fact.number};
        packets.push_back(plain);
    }
    return packets;
}

/// When a log stops telling what arrives: with the first close.
std::int64_t lastReceptionNs(const Trace& trace)
{
    std::int64_t last = trace.timeRange().endNs - 1;
    for (const CloseFact& close : trace.closes())
        last = std::min(last, trace.events().timeNs(close.row));
    return last;
}

struct CountByHand {
    PacketMatches::Counts counts;
    std::int64_t shortestNs = INT64_MAX;
    std::int64_t longestNs = INT64_MIN;
};

CountByHand countByHand(const Trace& sender, const Trace& receiver)
{
    std::vector<Plain> sent = plainPackets(sender, Direction::Sent);
    std::vector<Plain> received = plainPackets(receiver, Direction::Received);
    std::map<decltype(Plain::key), std::vector<std::size_t>> sendings;
    std::map<decltype(Plain::key), std::vector<std::size_t>> receptions;
    for (std::size_t i = 0; i < sent.size(); ++i)
        sendings[sent[i].key].push_back(i);
    for (std::size_t i = 0; i < received.size(); ++i)
        receptions[received[i].key].push_back(i);

    CountByHand result;
    std::size_t firstMatched = sent.size();
    std::size_t lastMatched = 0;
    for (const auto& [key, indices] : sendings) {
        const auto there = receptions.find(key);
        const std::size_t arrived = there == receptions.end() ? 0 : std::min(there->second.size(), indices.size());
        for (std::size_t i = indices.size() - arrived; i < indices.size(); ++i) { // those sent last
            sent[indices[i]].isMatched = true;
            firstMatched = std::min(firstMatched, indices[i]);
            lastMatched = std::max(lastMatched, indices[i]);
        }
        result.counts.matched += arrived;
        if (arrived == 1 && indices.size() == 1 && std::get<1>(key) >= 0) {
            const std::int64_t delay = received[there->second.front()].timeNs - sent[indices.front()].timeNs;
            result.shortestNs = std::min(result.shortestNs, delay);
            result.longestNs = std::max(result.longestNs, delay);
        }
    }
    for (const auto& [key, indices] : receptions) {
        const auto there = sendings.find(key);
        if (there == sendings.end())
            result.counts.unsent += indices.size();
        else if (indices.size() > there->second.size())
            result.counts.duplicates += indices.size() - there->second.size();
    }
    const std::int64_t last = lastReceptionNs(receiver);
    for (std::size_t i = 0; i < sent.size(); ++i) {
        if (sent[i].isMatched)
            continue;
        const auto isAlike = [&](const Plain& each) { return each.type == sent[i].type; };
        const bool isTypeLogged = std::any_of(received.begin(), received.end(), isAlike);
        const bool isDelayKnown = result.shortestNs <= result.longestNs;
        const bool isLost = isTypeLogged && isDelayKnown && std::get<1>(sent[i].key) != -1000
            && (i > firstMatched || sent[i].timeNs + result.shortestNs >= receiver.timeRange().beginNs)
            && (i < lastMatched || sent[i].timeNs + result.longestNs <= last);
        ++(isLost ? result.counts.lost : result.counts.unknown);
    }
    return result;
}

QByteArray textOf(const PacketMatches::Counts& counts)
{
    return QByteArray::number(qulonglong(counts.matched)) + " matched, " + QByteArray::number(qulonglong(counts.lost)) + " lost, "
        + QByteArray::number(qulonglong(counts.unknown)) + " unknown, " + QByteArray::number(qulonglong(counts.duplicates)) + " doubled, "
        + QByteArray::number(qulonglong(counts.unsent)) + " unsent";
}

const char* textOf(ClockOffset::Kind kind)
{
    constexpr std::array texts{"unpaired", "interval", "piecewise", "one-sided", "wall clocks", "first packet", "manual"};
    return texts[static_cast<std::size_t>(kind)];
}

/// How far the worst arrow goes back in time, in ns, and which one that is.
std::pair<std::int64_t, QByteArray> worstArrow(const PacketMatches& matches)
{
    std::pair<std::int64_t, QByteArray> worst{0, "none"};
    for (const Flow flow : allFlows) {
        const PacketIndex& sent = matches.sentPackets(flow);
        for (std::size_t i = 0; i < sent.size(); ++i) {
            const PacketId received = matches.receivedAs(flow, PacketId(i));
            if (!received.isValid())
                continue;
            std::int64_t from = matches.sender(flow).events().timeNs(sent.row(PacketId(i)));
            std::int64_t to = matches.receiver(flow).events().timeNs(matches.receivedPackets(flow).row(received));
            std::int64_t* const onServer = flow == Flow::ClientToServer ? &to : &from;
            *onServer = matches.clock().clientTimeOf(*onServer);
            if (from - to > worst.first) {
                const auto type = text(sent.type(PacketId(i)));
                worst = {from - to, QByteArray(flow == Flow::ClientToServer ? "to the server: " : "to the client: ")
                             + QByteArray(type.data(), static_cast<qsizetype>(type.size())) + ' '
                             + QByteArray::number(qulonglong(sent.number(PacketId(i)))) + " at " + QByteArray::number(qlonglong(from))};
            }
        }
    }
    return worst;
}

} // namespace

void SequencePairsTest::countsAreThoseOfACountByHand_data()
{
    if (sharedTraces().isEmpty())
        QSKIP("the real traces are not beside the project (../shared/traces)");
    QTest::addColumn<int>("index");
    const std::vector<Pair> all = pairs();
    for (std::size_t i = 0; i < all.size(); ++i)
        QTest::addRow("%s", qPrintable(all[i].client)) << static_cast<int>(i);
}

void SequencePairsTest::countsAreThoseOfACountByHand()
{
    QFETCH(int, index);
    const OpenPair pair = opened(pairs()[static_cast<std::size_t>(index)]);
    if (pair.client == nullptr)
        QSKIP("one of the two logs is empty");
    PacketMatches matches(*pair.client, *pair.server);
    matches.finish();
    for (const Flow flow : allFlows) {
        const CountByHand byHand = countByHand(matches.sender(flow), matches.receiver(flow));
        const QByteArray figures = textOf(matches.counts(flow)) + "; by hand " + textOf(byHand.counts);
        QVERIFY2(matches.counts(flow) == byHand.counts, figures.constData());
        std::printf("%s %s: %s\n", QTest::currentDataTag(), flow == Flow::ClientToServer ? "to server" : "to client",
                    textOf(matches.counts(flow)).constData());
    }
}

void SequencePairsTest::noPacketGoesBackInTime()
{
    QFETCH(int, index);
    const OpenPair pair = opened(pairs()[static_cast<std::size_t>(index)]);
    if (pair.client == nullptr)
        QSKIP("one of the two logs is empty");
    PacketMatches matches(*pair.client, *pair.server);
    matches.finish();
    const ClockOffset& clock = matches.clock();
    const auto [backNs, packet] = worstArrow(matches);
    const QByteArray figures = QByteArray(textOf(clock.kind())) + ", offset " + QByteArray::number(qlonglong(clock.offsetNs())) + " +- "
        + QByteArray::number(qlonglong(clock.uncertaintyNs().value_or(-1))) + ", wall clocks "
        + QByteArray::number(qlonglong(clock.wallClockOffsetNs().value_or(-1))) + ", resolution "
        + QByteArray::number(qlonglong(clock.resolutionNs())) + "; back by " + QByteArray::number(qlonglong(backNs)) + ": " + packet;
    std::printf("%s %s\n", QTest::currentDataTag(), figures.constData());
    QVERIFY2(backNs <= clock.resolutionNs(), figures.constData());
}

void SequencePairsTest::growingLogsEndTheSame()
{
    QFETCH(int, index);
    const Pair pair = pairs()[static_cast<std::size_t>(index)];
    const OpenPair whole = opened(pair);
    if (whole.client == nullptr)
        QSKIP("one of the two logs is empty");
    const auto batchesOf = [](const QString& name) {
        std::vector<EventBatch> batches;
        TraceReader::Callbacks callbacks;
        callbacks.opened = [](const ReadResult&) {};
        callbacks.progress = [](std::uint64_t, std::uint64_t) {};
        callbacks.batch = [&](EventBatch&& batch) {
            if (batch.restart)
                batches.clear();
            batches.push_back(std::move(batch));
            batches.back().restart = false;
        };
        [[maybe_unused]] const ReadResult result = TraceReader::read(pathOf(name).toStdString(), callbacks);
        return batches;
    };
    const std::vector<EventBatch> clientBatches = batchesOf(pair.client);
    const std::vector<EventBatch> serverBatches = batchesOf(pair.server);
    Document client("client");
    Document server("server");
    std::unique_ptr<PacketMatches> growing;
    for (std::size_t i = 0; i < std::max(clientBatches.size(), serverBatches.size()); ++i) {
        if (i < clientBatches.size())
            client.append(clientBatches[i]);
        if (growing)
            growing->finish();
        if (i < serverBatches.size())
            server.append(serverBatches[i]);
        if (!growing && client.traceCount() > pair.clientTrace && server.traceCount() > pair.serverTrace)
            growing = std::make_unique<PacketMatches>(client.trace(TraceId(pair.clientTrace)), server.trace(TraceId(pair.serverTrace)));
        if (growing && i % 2 == 0)
            growing->advance(0); // the rest with what comes next
    }
    QVERIFY(growing != nullptr);
    growing->finish();
    PacketMatches atOnce(*whole.client, *whole.server);
    atOnce.finish();
    for (const Flow flow : allFlows) {
        QCOMPARE(textOf(growing->counts(flow)), textOf(atOnce.counts(flow)));
        for (std::size_t i = 0; i < atOnce.sentPackets(flow).size(); ++i)
            QVERIFY(growing->receivedAs(flow, PacketId(i)) == atOnce.receivedAs(flow, PacketId(i)));
        for (std::size_t i = 0; i < atOnce.receivedPackets(flow).size(); ++i)
            QVERIFY(growing->sentAs(flow, PacketId(i)) == atOnce.sentAs(flow, PacketId(i)));
    }
    QCOMPARE(growing->clock().offsetNs(), atOnce.clock().offsetNs());
}

void SequencePairsTest::thereAreManyPairs()
{
    if (sharedTraces().isEmpty())
        QSKIP("the real traces are not beside the project (../shared/traces)");
    QVERIFY(pairs().size() >= 55);
}

QTEST_GUILESS_MAIN(SequencePairsTest)
#include "sequencepairstest.moc"
