// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/filestem.h"
#include "tests/support/reading.h"

#include <QTest>

#include <map>
#include <utility>

using namespace qlogscope;
using namespace qlogscope::testing;

/// What one endpoint's log calls sent and what the other's calls received, by the bars that the congestion chart draws of them.
class PerspectiveTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bothSidesShowTheSameBytes_data();
    void bothSidesShowTheSameBytes();
    void thereAreManyPairs();
};

namespace {

using NumberSpace = std::pair<std::uint32_t, PacketNumberSpace>; // with the multipath path id
using Key = std::pair<NumberSpace, std::uint64_t>;
struct Bar {
    std::uint64_t bytes = 0;
    bool isAcked = false;
};
using Bars = std::map<Key, Bar>;

/// By packet number; what the network doubled, or what was sent again with its number after a Retry, counts once.
Bars barsOf(const Trace& trace, Direction direction)
{
    Bars bars;
    const PacketIndex& packets = trace.packets(direction);
    const SentBars& series = trace.sentBars(direction);
    for (std::size_t i = 0; i < series.size(); ++i) {
        const PacketId id = series.packet(i);
        if ((packets.flags(id) & PacketNoNumber) != 0)
            continue;
        const Key key{{packets.pathId(id), spaceOf(packets.type(id))}, packets.number(id)};
        bars.try_emplace(key, Bar{packets.sizeBytes(id), packets.ackedBy(id).isValid()});
    }
    return bars;
}

std::uint64_t bytesOf(const Bars& bars)
{
    std::uint64_t bytes = 0;
    for (const auto& [key, bar] : bars)
        bytes += bar.bytes;
    return bytes;
}

/// The other log has no larger number of the space: it was cut off before this packet (kill -9).
bool isBehindTheEnd(const Bars& log, const Key& key)
{
    const auto next = log.upper_bound(key);
    return next == log.end() || next->first.first != key.first;
}

/// Clients of which the server's log is there too.
QStringList clientsWithServers()
{
    QStringList clients;
    const QStringList names = sharedTraceNames();
    for (const QString& name : names) {
        QString other = name;
        if (fileStemOf(name.toStdString()).role == Role::Client)
            other.replace(other.lastIndexOf(QStringLiteral("client")), 6, QStringLiteral("server"));
        const bool isOtherAttempt = name == QStringLiteral("picoquic/retry_client.qlog"); // the server's log is of the one after the Retry
        const bool isEmpty = name == QStringLiteral("openssl/alpn_fail_client.sqlog"); // the server's log
        if (other != name && names.contains(other) && !isOtherAttempt && !isEmpty)
            clients.append(name);
    }
    return clients;
}

std::unique_ptr<Document> opened(const QString& name)
{
    const QString path = sharedTraces() + QStringLiteral("/dev/") + name;
    return TraceReader::readDocument(path.toStdString());
}

} // namespace

void PerspectiveTest::bothSidesShowTheSameBytes_data()
{
    if (sharedTraces().isEmpty())
        QSKIP("the real traces are not beside the project (../shared/traces)");
    QTest::addColumn<QString>("client");
    QTest::addColumn<bool>("isClientSending");
    for (const QString& client : clientsWithServers()) {
        QTest::addRow("%s, client to server", qPrintable(client)) << client << true;
        QTest::addRow("%s, server to client", qPrintable(client)) << client << false;
    }
}

/// - Every number that one side received, the other sent, with the same size to the byte.
/// - What was sent and not received was not acknowledged either: it was lost.
/// - So the bytes are the same but for these.
/// Where a process was killed, its log misses the end: numbers above the last one of their space that it has are not compared.
void PerspectiveTest::bothSidesShowTheSameBytes()
{
    QFETCH(QString, client);
    QFETCH(bool, isClientSending);
    QString server = client;
    server.replace(server.lastIndexOf(QStringLiteral("client")), 6, QStringLiteral("server"));
    const std::unique_ptr<Document> sender = opened(isClientSending ? client : server);
    const std::unique_ptr<Document> receiver = opened(isClientSending ? server : client);
    QCOMPARE(sender->traceCount(), std::size_t{1});
    QCOMPARE(receiver->traceCount(), std::size_t{1});
    const Trace& trace = sender->trace(TraceId(std::size_t{0}));
    const Bars sent = barsOf(trace, Direction::Sent);
    const Bars received = barsOf(receiver->trace(TraceId(std::size_t{0})), Direction::Received);
    QVERIFY(!sent.empty() && !received.empty());
    const bool isCut = client.contains(QStringLiteral("kill9"));
    constexpr std::uint64_t tagBytes = 16;
    const std::uint64_t notLogged = trace.header().writer == Writer::Picoquic ? tagBytes : 0; // of each sent packet (dialects 4.6)

    std::uint64_t lostBytes = 0;
    for (const auto& [key, bar] : sent) {
        if (received.contains(key))
            continue;
        lostBytes += bar.bytes;
        QVERIFY2(!bar.isAcked || (isCut && isBehindTheEnd(received, key)), QByteArray::number(qulonglong(key.second)).constData());
    }
    std::uint64_t unknownBytes = 0; // sent after the end of a log
    std::size_t common = 0;
    for (const auto& [key, bar] : received) {
        const auto sending = sent.find(key);
        if (sending == sent.end()) {
            QVERIFY2(isCut && isBehindTheEnd(sent, key), QByteArray::number(qulonglong(key.second)).constData());
            unknownBytes += bar.bytes;
            continue;
        }
        ++common;
        QCOMPARE(bar.bytes, sending->second.bytes + notLogged);
    }
    QCOMPARE(bytesOf(received) - unknownBytes, bytesOf(sent) - lostBytes + common * notLogged);
    QVERIFY(common * 2 > received.size());
}

void PerspectiveTest::thereAreManyPairs()
{
    if (sharedTraces().isEmpty())
        QSKIP("the real traces are not beside the project (../shared/traces)");
    QVERIFY(clientsWithServers().size() >= 50);
}

QTEST_GUILESS_MAIN(PerspectiveTest)
#include "perspectivetest.moc"
