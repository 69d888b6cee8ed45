// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/findings.h"
#include "tests/support/reading.h"
#include "tests/support/tracegen.h"

#include <QTest>

using namespace qlogscope;
using namespace qlogscope::testing;

/// Each finding in a small log that shows it, with its rows and figures, and a twin of the log that just does not reach it.
class FindingsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void ackOfUnsent();
    void ackOfUnsentInAnyOrderOfRecords();
    void ackOfUnsentUndecided();
    void hugeAckRanges();
    void numberReused();
    void numberReusedAfterRestart();
    void connectionLimit();
    void connectionLimitOfThePeer();
    void connectionLimitUndecided_data();
    void connectionLimitUndecided();
    void streamLimit_data();
    void streamLimit();
    void streamCount();
    void limitOfZeroRtt();
    void amplification();
    void amplificationHit();
    void ackDelay();
    void ackDelayOfOwnAcks();
    void ackDelayUndecided();
    void bytesInFlight();
    void rttUnit();
    void persistentCongestionLogged();
    void persistentCongestionInferred();
    void ptoBurst();
    void ptoBurstOfTimers();
    void longGap();
    void closedWithError();
    void sentAfterClose();
    void handshakeIncomplete();
    void outOfOrderIsUndecided();
    void evidenceIsCapped();
    void piecesGiveTheSame();
    void everyKindHasWords();
    void generatedTracesHaveNoErrors_data();
    void generatedTracesHaveNoErrors();
    void cleanTracesHaveNoErrors_data();
    void cleanTracesHaveNoErrors();

private:
    Findings find(const std::string& events, const std::string& role = "client");
    const Finding* finding(FindingKind kind) const;
    QString undecided(FindingKind kind) const;
    QList<unsigned> rows(FindingKind kind) const;
    QString detail(FindingKind kind) const;
    /// Neither found nor undecided: the rule holds.
    bool holds(FindingKind kind) const { return finding(kind) == nullptr && undecided(kind).isEmpty(); }

    QTemporaryDir m_folder;
    Findings m_findings;
};

namespace {

std::string logged(double ms, const std::string& name, const std::string& data)
{
    return "\x1e{\"time\":" + std::to_string(ms) + ",\"name\":\"" + name + "\",\"data\":" + data + "}\n";
}

std::string packet(double ms, const char* direction, const std::string& type, std::uint64_t number, const std::string& frames, unsigned size = 1200,
                   const std::string& more = {})
{
    return logged(ms, std::string("transport:packet_") + direction,
                 "{\"header\":{\"packet_type\":\"" + type + "\",\"packet_number\":" + std::to_string(number) + more + "},\"raw\":{\"length\":"
                     + std::to_string(size) + "},\"frames\":[" + frames + "]}");
}

std::string sent(double ms, std::uint64_t number, const std::string& frames) { return packet(ms, "sent", "1RTT", number, frames); }
std::string received(double ms, std::uint64_t number, const std::string& frames) { return packet(ms, "received", "1RTT", number, frames); }
const std::string ping = R"({"frame_type":"ping"})";
const std::string done = R"({"frame_type":"handshake_done"})";

std::string ack(const std::string& ranges, double delayMs = 0)
{
    return R"({"frame_type":"ack","ack_delay":)" + std::to_string(delayMs) + ",\"acked_ranges\":" + ranges + "}";
}

std::string stream(std::uint64_t id, std::uint64_t offset, std::uint64_t length)
{
    return R"({"frame_type":"stream","stream_id":)" + std::to_string(id) + ",\"offset\":" + std::to_string(offset)
        + ",\"length\":" + std::to_string(length) + "}";
}

std::string parameters(double ms, const std::string& owner, const std::string& values)
{
    return logged(ms, "transport:parameters_set", "{\"owner\":\"" + owner + "\"," + values + "}");
}

/// Limits that nothing reaches, but for those that are given.
std::string generous(double ms, const std::string& owner, const std::string& other)
{
    return parameters(ms, owner, other
                          + R"(,"initial_max_data":1000000,"initial_max_stream_data_bidi_local":1000000,"initial_max_stream_data_bidi_remote":1000000,)"
                            R"("initial_max_stream_data_uni":1000000,"initial_max_streams_bidi":100,"initial_max_streams_uni":100)");
}

std::string metrics(double ms, const std::string& data) { return logged(ms, "recovery:metrics_updated", "{" + data + "}"); }
std::string lost(double ms, std::uint64_t number)
{
    return logged(ms, "recovery:packet_lost", R"({"header":{"packet_type":"1RTT","packet_number":)" + std::to_string(number) + "}}");
}

} // namespace

Findings FindingsTest::find(const std::string& events, const std::string& role)
{
    const std::string header = "\x1e" R"({"qlog_version":"0.3","qlog_format":"JSON-SEQ","trace":{"vantage_point":{"type":")" + role
        + R"("},"common_fields":{"time_format":"relative"}}})" "\n";
    const std::unique_ptr<Document> document = openText(m_folder, header + events);
    m_findings = findingsOf(*document, TraceId(std::size_t{0}));
    return m_findings;
}

const Finding* FindingsTest::finding(FindingKind kind) const
{
    const auto it = std::find_if(m_findings.found.begin(), m_findings.found.end(), [kind](const Finding& each) { return each.kind == kind; });
    return it == m_findings.found.end() ? nullptr : &*it;
}

QString FindingsTest::undecided(FindingKind kind) const
{
    for (const Undecided& each : m_findings.undecided) {
        if (each.kind == kind)
            return QString::fromStdString(each.reason);
    }
    return {};
}

QList<unsigned> FindingsTest::rows(FindingKind kind) const
{
    QList<unsigned> list;
    if (const Finding* found = finding(kind)) {
        for (const RowId row : found->rows)
            list.append(row.value);
    }
    return list;
}

QString FindingsTest::detail(FindingKind kind) const
{
    const Finding* found = finding(kind);
    return found == nullptr ? QString() : QString::fromStdString(found->detail);
}

void FindingsTest::ackOfUnsent()
{
    constexpr FindingKind kind = FindingKind::AckOfUnsentPacket;
    // number 2 is skipped to catch a peer that acknowledges what it did not get; 9 is beyond all
    find(sent(0, 0, ping) + sent(1, 1, ping) + sent(2, 3, ping) + received(5, 0, ack("[[0,3]]")) + received(6, 1, ack("[[9]]")) + sent(7, 4, ping));
    QCOMPARE(rows(kind), (QList<unsigned>{3, 4}));
    QCOMPARE(finding(kind)->severity, Severity::Error);
    QCOMPARE(detail(kind),
             QStringLiteral("The peer acknowledged 2 packet numbers that were never sent; the first is 2 of the application space, of which the "
                            "largest that the log shows as sent is 4."));
    find(sent(0, 0, ping) + sent(1, 1, ping) + sent(2, 3, ping) + received(5, 0, ack("[[0,1],[3]]")) + sent(7, 4, ping));
    QVERIFY(holds(kind));
}

void FindingsTest::ackOfUnsentInAnyOrderOfRecords()
{
    constexpr FindingKind kind = FindingKind::AckOfUnsentPacket;
    find(received(5, 0, ack("[[0,1]]")) + sent(0, 0, ping) + sent(1, 1, ping)); // the ACK is logged before the packets
    QVERIFY(holds(kind));
    find(sent(0, 100, ping) + received(5, 0, ack("[[90,100]]")) + sent(6, 101, ping)); // the log begins late
    QVERIFY(holds(kind));
    find(sent(0, 0, ping) + received(5, 0, ack("[[0,1]]"))); // the log ends with the ACK: packet 1 may have come next
    QVERIFY(holds(kind));
    find(packet(0, "sent", "initial", 0, ping) + packet(1, "sent", "handshake", 7, ping) + packet(2, "received", "initial", 0, ack("[[0]]"))
         + packet(3, "received", "handshake", 0, ack("[[7]]")) + sent(4, 0, ping));
    QVERIFY(holds(kind));
}

void FindingsTest::ackOfUnsentUndecided()
{
    constexpr FindingKind kind = FindingKind::AckOfUnsentPacket;
    find(received(5, 0, ack("[[0,1]]")) + received(6, 1, ack("[[0,2]]"))); // what was sent is filtered out
    QCOMPARE(undecided(kind), QStringLiteral("the log has no sent packets"));
    std::string odd;
    for (unsigned i = 0; i < 40; ++i)
        odd += sent(i, 2 * i, ping);
    find(odd + received(50, 0, ack("[[0,78]]")) + sent(60, 80, ping)); // every second record is missing
    QCOMPARE(finding(kind), nullptr);
    QVERIFY(undecided(kind).startsWith(QStringLiteral("the log lacks packets that were sent: ACKs cover 39 gaps")));
    find(sent(0, 0, ping) + "\x1e{bad\n" + received(5, 0, ack("[[0,1]]")) + sent(6, 2, ping)); // the record of packet 1 is damaged
    QCOMPARE(finding(kind), nullptr);
    QCOMPARE(undecided(kind), QStringLiteral("records of the log cannot be read"));
}

void FindingsTest::hugeAckRanges()
{
    constexpr FindingKind kind = FindingKind::AckOfUnsentPacket;
    std::string text = sent(0, 0, ping) + sent(0, 1, ping);
    for (unsigned i = 0; i < 500; ++i)
        text += received(5, i, ack("[[0,4611686018427387903],[0,18446744073709551615]]"));
    find(text + sent(6, 2, ping));
    QCOMPARE(rows(kind), (QList<unsigned>{2})); // both ranges are news once
    QVERIFY(detail(kind).contains(QStringLiteral("the first is 3 of the application space, of which the largest that the log shows as sent is 2.")));
}

void FindingsTest::numberReused()
{
    constexpr FindingKind kind = FindingKind::PacketNumberReused;
    find(sent(0, 0, ping) + sent(1, 5, ping) + sent(2, 6, ping) + sent(3, 5, ping));
    QCOMPARE(rows(kind), QList<unsigned>{3});
    QVERIFY(detail(kind).contains(QStringLiteral("1 packet with a number that it had used before in that space, the first is 5")));
    find(packet(0, "sent", "initial", 5, ping) + packet(1, "sent", "handshake", 5, ping) + sent(2, 5, ping) + received(3, 5, ping) + received(4, 5, ping));
    QVERIFY(holds(kind)); // each space counts for itself; the network may repeat what is received
    std::string zeros;
    for (unsigned i = 0; i < 50; ++i)
        zeros += sent(i, 0, ping);
    find(zeros);
    QCOMPARE(finding(kind), nullptr);
    QVERIFY(!undecided(kind).isEmpty());
}

void FindingsTest::numberReusedAfterRestart()
{
    constexpr FindingKind kind = FindingKind::PacketNumberReused;
    for (const char* restart : {"version_negotiation", "retry"}) {
        find(packet(0, "sent", "initial", 0, ping) + packet(1, "received", restart, 0, {}) + packet(2, "sent", "initial", 0, ping));
        QVERIFY(holds(kind));
        find(packet(0, "received", restart, 0, {}) + packet(1, "sent", "initial", 0, ping) + packet(2, "sent", "initial", 0, ping));
        QCOMPARE(rows(kind), QList<unsigned>{2});
    }
}

void FindingsTest::connectionLimit()
{
    constexpr FindingKind kind = FindingKind::ConnectionLimitExceeded;
    const std::string limits = parameters(0, "remote", R"("initial_max_data":3000,"initial_max_stream_data_bidi_remote":9000,"initial_max_streams_bidi":9)");
    const std::string maxData = received(2, 0, R"({"frame_type":"max_data","maximum":4000})");
    // a repeated range counts once; two streams share the limit
    const std::string text = limits + sent(1, 0, stream(0, 0, 1000)) + sent(1, 1, stream(0, 0, 1000)) + sent(1.5, 2, stream(4, 0, 2000)) + maxData;
    find(text + sent(3, 3, stream(4, 2000, 1000)));
    QVERIFY(holds(kind));
    find(text + sent(3, 3, stream(4, 2000, 1001)) + sent(4, 4, stream(0, 1000, 99)));
    QCOMPARE(rows(kind), (QList<unsigned>{5, 6}));
    QCOMPARE(detail(kind), QStringLiteral("This endpoint sent 4100 bytes of stream data where the peer's limit is 4000: 100 too many, in 2 frames."));
    // logged after what it allowed, but at the same time
    find(limits + sent(2, 0, stream(0, 0, 4000)) + maxData);
    QVERIFY(holds(kind));
    find(limits + sent(1.9, 0, stream(0, 0, 4000)) + maxData);
    QCOMPARE(rows(kind), QList<unsigned>{1});
}

void FindingsTest::connectionLimitOfThePeer()
{
    constexpr FindingKind kind = FindingKind::ConnectionLimitExceeded;
    const std::string limits = parameters(0, "local", R"("initial_max_data":3000,"initial_max_stream_data_bidi_local":9000)");
    find(limits + received(1, 0, stream(0, 0, 3000)));
    QCOMPARE(finding(kind), nullptr);
    find(limits + received(1, 0, stream(0, 0, 3001)) + sent(2, 0, R"({"frame_type":"max_data","maximum":4000})"));
    QCOMPARE(rows(kind), QList<unsigned>{1});
    QCOMPARE(detail(kind), QStringLiteral("The peer sent 3001 bytes of stream data where the limit of this endpoint is 3000: 1 too many, in 1 frame."));
}

void FindingsTest::connectionLimitUndecided_data()
{
    QTest::addColumn<QString>("events");
    QTest::addColumn<QString>("reason");
    const auto row = [](const char* name, const std::string& text, const char* reason) {
        QTest::newRow(name) << QString::fromStdString(text) << QString::fromLatin1(reason);
    };
    const std::string limits = parameters(0, "remote", R"("initial_max_data":3000,"initial_max_stream_data_bidi_remote":3000)");
    const std::string tooMuch = sent(3, 0, stream(0, 0, 5000));
    row("no parameters", tooMuch, "the log has no transport parameters of the peer");
    row("parameters of nobody", logged(0, "transport:parameters_set", R"({"initial_max_data":3000})") + tooMuch,
        "the log has no transport parameters of the peer");
    row("frames of the data not logged", limits + logged(1, "transport:packet_sent", R"({"header":{"packet_type":"1RTT","packet_number":9}})"),
        "the log lacks frames of packets that this endpoint sent");
    row("frames not logged", limits + logged(1, "transport:packet_received", R"({"header":{"packet_type":"1RTT","packet_number":1}})") + tooMuch,
        "the log lacks frames of packets that the peer sent");
    row("packets missing", limits + received(1, 0, ping) + received(1, 2, ping) + sent(2, 1, ack("[[0,2]]")) + tooMuch,
        "the log lacks packets that the peer sent");
    row("packets filtered out", limits + sent(2, 1, ack("[[0,2]]")) + sent(3, 2, ack("[[0,4]]")) + sent(4, 3, stream(0, 0, 5000)),
        "the log lacks packets that the peer sent");
    row("damaged", limits + "\x1e{bad\n" + tooMuch, "records of the log cannot be read");
}

void FindingsTest::connectionLimitUndecided()
{
    QFETCH(QString, events);
    QFETCH(QString, reason);
    find(events.toStdString());
    QCOMPARE(finding(FindingKind::ConnectionLimitExceeded), nullptr);
    QVERIFY2(undecided(FindingKind::ConnectionLimitExceeded).startsWith(reason), qPrintable(undecided(FindingKind::ConnectionLimitExceeded)));
}

void FindingsTest::streamLimit_data()
{
    QTest::addColumn<bool>("isSent");
    QTest::addColumn<unsigned>("stream");
    QTest::addColumn<unsigned>("limit");
    // the trace is a client's; the limits of the peer are 1000, 2000, 3000, those of this endpoint 4000, 5000, 6000
    QTest::newRow("own bidirectional, sent") << true << 0U << 2000U;
    QTest::newRow("peer's bidirectional, sent") << true << 1U << 1000U;
    QTest::newRow("own unidirectional, sent") << true << 2U << 3000U;
    QTest::newRow("own bidirectional, received") << false << 4U << 4000U;
    QTest::newRow("peer's bidirectional, received") << false << 5U << 5000U;
    QTest::newRow("peer's unidirectional, received") << false << 3U << 6000U;
}

void FindingsTest::streamLimit()
{
    constexpr FindingKind kind = FindingKind::StreamLimitExceeded;
    QFETCH(bool, isSent);
    QFETCH(unsigned, stream);
    QFETCH(unsigned, limit);
    const auto limits = [](const char* owner, const char* local, const char* remote, const char* uni) {
        return parameters(0, owner, std::string("\"initial_max_data\":100000,\"initial_max_streams_bidi\":9,\"initial_max_streams_uni\":9,\"initial_max_stream_data_bidi_local\":")
                                        + local + ",\"initial_max_stream_data_bidi_remote\":" + remote + ",\"initial_max_stream_data_uni\":" + uni);
    };
    const std::string both = limits("remote", "1000", "2000", "3000") + limits("local", "4000", "5000", "6000");
    const auto data = [&](double ms, std::uint64_t end) {
        return packet(ms, isSent ? "sent" : "received", "1RTT", end, ::stream(stream, end - 100, 100));
    };
    const std::string raise = packet(2, isSent ? "received" : "sent", "1RTT", 0,
                                     R"({"frame_type":"max_stream_data","stream_id":)" + std::to_string(stream) + R"(,"maximum":7000},{"frame_type":"max_stream_data","stream_id":77,"maximum":90000})");
    find(both + data(1, limit) + raise + data(3, 7000));
    QVERIFY(holds(kind));
    find(both + data(1, limit + 1) + raise + data(3, 7002));
    QCOMPARE(rows(kind), (QList<unsigned>{2, 4}));
    QVERIFY2(detail(kind).contains(QStringLiteral("7002 bytes on stream %1 where").arg(stream)), qPrintable(detail(kind)));
    QVERIFY(detail(kind).endsWith(QStringLiteral(" is 7000: 2 too many, in 2 frames.")));
}

void FindingsTest::streamCount()
{
    constexpr FindingKind kind = FindingKind::StreamCountExceeded;
    const std::string limits = parameters(0, "remote", R"("initial_max_data":9000,"initial_max_streams_bidi":"2","initial_max_streams_uni":1)");
    const std::string raise = received(2, 0, R"({"frame_type":"max_streams","stream_type":"bidirectional","maximum":3})");
    find(limits + sent(1, 0, stream(0, 0, 1)) + sent(1, 1, stream(4, 0, 1)) + raise + sent(3, 2, stream(8, 0, 1)) + sent(4, 3, stream(2, 0, 1))
         + sent(5, 4, stream(41, 0, 1))); // the peer's own streams do not count
    QVERIFY(finding(kind) == nullptr);
    find(limits + sent(1, 0, stream(8, 0, 1)) + raise + sent(3, 1, stream(8, 1, 1)) + sent(4, 2, stream(6, 0, 1)));
    QCOMPARE(rows(kind), (QList<unsigned>{1, 4})); // once for each stream
    QVERIFY(detail(kind).startsWith(QStringLiteral("This endpoint opened stream 8, the 3. of its type, where the peer's limit is 2 streams.")));
}

void FindingsTest::limitOfZeroRtt()
{
    constexpr FindingKind kind = FindingKind::ConnectionLimitExceeded;
    const std::string restored = logged(0, "transport:parameters_restored", R"({"initial_max_data":1000,"initial_max_stream_data_bidi_remote":9000})");
    const std::string now = parameters(5, "remote", R"("initial_max_data":2000,"initial_max_stream_data_bidi_remote":9000)");
    find(restored + packet(1, "sent", "0RTT", 0, stream(0, 0, 1000)) + now + sent(6, 1, stream(0, 1000, 1000)));
    QVERIFY(holds(kind));
    find(restored + packet(1, "sent", "0RTT", 0, stream(0, 0, 1001)) + now + sent(6, 1, stream(0, 1001, 999)));
    QCOMPARE(rows(kind), QList<unsigned>{1});
    find(packet(1, "sent", "0RTT", 0, stream(0, 0, 1001)) + now); // what was remembered is not logged
    QCOMPARE(finding(kind), nullptr);
    QCOMPARE(undecided(kind), QStringLiteral("the log does not have the limits that held when data was sent"));
}

void FindingsTest::amplification()
{
    constexpr FindingKind kind = FindingKind::AmplificationExceeded;
    const std::string crypto = R"({"frame_type":"crypto","offset":0,"length":900})";
    const auto flight = [&](unsigned lastSize, const std::string& before, const std::string& more = {}) {
        return packet(0, "received", "initial", 0, crypto, 1200, more) + before + packet(1, "sent", "initial", 0, crypto)
            + packet(1, "sent", "handshake", 0, crypto) + packet(1, "sent", "handshake", 1, crypto, lastSize) + packet(3, "received", "handshake", 0, ping);
    };
    find(flight(1200, {}), "server");
    QVERIFY(holds(kind));
    find(flight(1201, {}), "server");
    QCOMPARE(rows(kind), QList<unsigned>{3});
    QVERIFY(detail(kind).contains(QStringLiteral("sent 3601 bytes where three times the received ones are 3600.")));
    find(flight(1201, {}, R"(,"token":"c0ffee")"), "server"); // a token validates the address
    QVERIFY(holds(kind));
    find(flight(1201, packet(0.5, "received", "0RTT", 1, ping, 100)), "server"); // more came
    QVERIFY(holds(kind));
    find(flight(1201, logged(0.5, "transport:packet_dropped", R"({"raw":{"length":500}})")), "server");
    QCOMPARE(undecided(kind), QStringLiteral("packets were dropped or buffered before the address was validated"));
    find(flight(1201, {}), "client");
    QCOMPARE(undecided(kind), QStringLiteral("only a server's log can tell what it may send"));
}

void FindingsTest::amplificationHit()
{
    constexpr FindingKind kind = FindingKind::AmplificationHit;
    const std::string crypto = R"({"frame_type":"crypto","offset":0,"length":900})";
    const auto text = [&](const std::string& last) {
        return packet(0, "received", "initial", 0, crypto) + packet(1, "sent", "initial", 0, crypto) + packet(1, "sent", "handshake", 0, crypto)
            + packet(1, "sent", "handshake", 1, crypto, 1150) + last;
    };
    const std::string second = packet(30, "received", "initial", 1, ack("[[0]]"));
    find(text(second + packet(31, "sent", "handshake", 2, crypto)), "server");
    QCOMPARE(rows(kind), QList<unsigned>{3});
    QCOMPARE(detail(kind), QStringLiteral("With 3550 bytes sent, 50 of the allowed 3600 were left; the server went on only when it had received more."));
    find(text(packet(30, "received", "handshake", 0, ack("[[0,1]]")) + packet(31, "sent", "handshake", 2, crypto)), "server");
    QVERIFY(holds(kind)); // it had nothing more to say before the client answered
}

void FindingsTest::ackDelay()
{
    constexpr FindingKind kind = FindingKind::AckDelayTooLong;
    const auto text = [](double delayMs, const std::string& frames = ping) {
        return generous(0, "remote", R"("max_ack_delay":20)") + received(1, 0, done) + sent(2, 1, frames) + received(100, 1, ack("[[1]]", delayMs));
    };
    find(text(21));
    QVERIFY(holds(kind)); // a millisecond is granularity
    find(text(21.5));
    QCOMPARE(rows(kind), QList<unsigned>{3});
    QCOMPARE(detail(kind), QStringLiteral("In 1 of 1 ACK of the peer the ack_delay is over its max_ack_delay of 20 ms; the longest is 21.5 ms."));
    find(text(40, ack("[[0]]"))); // what was acknowledged elicits no ACK: nobody had to hurry
    QVERIFY(holds(kind));
    find(text(5'000)); // longer than the packet existed
    QCOMPARE(finding(kind), nullptr);
}

void FindingsTest::ackDelayOfOwnAcks()
{
    constexpr FindingKind kind = FindingKind::AckDelayTooLong;
    const auto text = [](double delayMs) {
        return generous(0, "local", R"("max_udp_payload_size":1400)") + received(1, 0, done) + received(2, 1, ping) + sent(100, 1, ack("[[0,1]]", delayMs))
            + sent(150, 2, ack("[[0,1]]", 148)); // an ACK without news may say what it likes
    };
    find(text(26));
    QVERIFY(holds(kind));
    find(text(60)); // 25 ms is the default
    QCOMPARE(rows(kind), QList<unsigned>{3});
    QVERIFY(detail(kind).contains(QStringLiteral("In 1 of 1 ACK of this endpoint the ack_delay is over its max_ack_delay of 25 ms; the longest is 60 ms.")));
}

void FindingsTest::ackDelayUndecided()
{
    constexpr FindingKind kind = FindingKind::AckDelayTooLong;
    const std::string text = received(1, 0, done) + sent(2, 1, ping) + received(100, 1, ack("[[1]]", 90));
    find(text);
    QCOMPARE(undecided(kind), QStringLiteral("the log has no transport parameters"));
    find(generous(0, "remote", R"("max_ack_delay":20)") + text + received(101, 2, R"({"frame_type":"ack_frequency"})"));
    QCOMPARE(undecided(kind), QStringLiteral("ACK_FREQUENCY frames change what is allowed"));
}

void FindingsTest::bytesInFlight()
{
    constexpr FindingKind kind = FindingKind::BytesInFlightDiffer;
    const auto text = [](unsigned count, std::uint64_t factor) {
        std::string events = received(0, 0, done);
        for (unsigned i = 0; i < count; ++i) {
            events += sent(10 + i, i, ping) + metrics(10 + i, "\"bytes_in_flight\":" + std::to_string(factor * 1200 * (i % 10 + 1)));
            if (i % 10 == 9)
                events += received(10.5 + i, i, ack("[[0," + std::to_string(i) + "]]"));
        }
        return events;
    };
    find(text(40, 1));
    QVERIFY(holds(kind));
    find(text(40, 10)); // only those above a few packets are beyond the tolerance
    const Finding* found = finding(kind);
    QVERIFY(found != nullptr);
    QCOMPARE(found->count, std::uint64_t{40});
    QCOMPARE(found->rows.front().value, 2U);
    QVERIFY2(detail(kind).startsWith(QStringLiteral("At worst 120000 bytes in flight are logged where the packets, ACKs and losses of the log make 12000; 40 values")),
             qPrintable(detail(kind)));
    find(text(9, 10)); // too few to tell
    QCOMPARE(finding(kind), nullptr);
}

void FindingsTest::rttUnit()
{
    constexpr FindingKind kind = FindingKind::RttUnitSuspicious;
    const auto text = [](const std::string& rtt) {
        std::string events;
        for (unsigned i = 0; i < 6; ++i)
            events += sent(100 * i, i, ping) + received(100 * i + 30, i, ack("[[0," + std::to_string(i) + "]]")) + metrics(100 * i + 30, "\"latest_rtt\":" + rtt + std::to_string(i));
        return events;
    };
    find(text("30.")); // milliseconds, as in the log
    QVERIFY(holds(kind));
    find(text("2900."));
    QVERIFY(holds(kind)); // not yet 100 times
    find(text("3000"));
    QCOMPARE(rows(kind), QList<unsigned>{2});
    QVERIFY2(detail(kind).contains(QStringLiteral("latest_rtt has a median of 30003 ms, the time from packets to their ACKs one of 30 ms: about 1000 times too large")),
             qPrintable(detail(kind)));
    find(text("0.03"));
    QVERIFY(detail(kind).contains(QStringLiteral("times too small")));
    find(sent(0, 0, ping) + metrics(1, "\"latest_rtt\":5000"));
    QVERIFY(!undecided(kind).isEmpty());
}

void FindingsTest::persistentCongestionLogged()
{
    constexpr FindingKind kind = FindingKind::PersistentCongestion;
    const auto state = [](const std::string& data) { return logged(1, "recovery:congestion_state_updated", "{" + data + "}"); };
    find(state(R"("new":"slow_start")") + state(R"("new":"recovery","trigger":"ecn")"));
    QVERIFY(holds(kind));
    find(state(R"("new":"slow_start","trigger":"persistent_congestion")") + state(R"("new":"Persistent_Congestion")"));
    QCOMPARE(rows(kind), (QList<unsigned>{0, 1}));
    QCOMPARE(detail(kind), QStringLiteral("Logged as a congestion state 2 times."));
}

void FindingsTest::persistentCongestionInferred()
{
    constexpr FindingKind kind = FindingKind::PersistentCongestion;
    // RTT 20 ms twice: when the loss is seen the PTO is 20 + 4 * 7.5 + 25 = 75 ms; three of them are 225 ms
    const auto text = [](double lastMs, const std::string& between) {
        return sent(0, 0, ping) + received(20, 0, ack("[[0]]")) + sent(100, 1, ping) + between + sent(lastMs, 3, ping) + sent(600, 4, ping)
            + received(620, 1, ack("[[4]]")) + lost(620, 1) + lost(620, 3);
    };
    find(text(320, {}));
    QCOMPARE(finding(kind), nullptr);
    const std::string open = sent(200, 2, ping);
    find(text(390, open)); // the fate of packet 2 is not known
    QCOMPARE(finding(kind), nullptr);
    find(text(390, open) + lost(630, 2));
    QCOMPARE(rows(kind), QList<unsigned>{8});
    QVERIFY2(detail(kind).startsWith(QStringLiteral("Inferred from the losses: all that was sent over 290 ms was lost")), qPrintable(detail(kind)));
    find(text(390, open) + received(625, 2, ack("[[2]]"))); // packet 2 arrived
    QCOMPARE(finding(kind), nullptr);
}

void FindingsTest::ptoBurst()
{
    constexpr FindingKind kind = FindingKind::PtoBurst;
    const auto counts = [](std::initializer_list<int> values) {
        std::string text;
        for (const int value : values)
            text += metrics(1, "\"pto_count\":" + std::to_string(value));
        return text;
    };
    find(counts({0, 1, 0, 1}));
    QVERIFY(holds(kind));
    find(counts({0, 1, 2, 3, 0, 2}));
    QCOMPARE(rows(kind), (QList<unsigned>{2, 5}));
    QCOMPARE(detail(kind), QStringLiteral("2 times two or more probe timeouts in a row; the largest pto_count is 3."));
    find(sent(0, 0, ping));
    QVERIFY(!undecided(kind).isEmpty());
}

void FindingsTest::ptoBurstOfTimers()
{
    constexpr FindingKind kind = FindingKind::PtoBurst;
    const auto timer = [](double ms, const std::string& type, const std::string& what) {
        return logged(ms, "recovery:loss_timer_updated", "{\"timer_type\":\"" + type + "\",\"event_type\":\"" + what + "\"}");
    };
    const std::string expiry = timer(10, "pto", "expired");
    find(sent(0, 0, ping) + expiry + received(15, 0, ack("[[0]]")) + timer(20, "pto", "expired") + timer(21, "pto", "set") + timer(22, "ack", "expired"));
    QVERIFY(holds(kind));
    find(sent(0, 0, ping) + expiry + timer(30, "pto", "expired"));
    QCOMPARE(rows(kind), QList<unsigned>{2});
}

void FindingsTest::longGap()
{
    constexpr FindingKind kind = FindingKind::LongGap;
    // RTT 40 ms, first sample: two PTOs are 2 * (40 + 80 + 25) = 290 ms
    const auto text = [](double laterMs, const std::string& frames) {
        return sent(0, 0, ping) + received(40, 0, ack("[[0]]")) + sent(50, 1, frames) + sent(laterMs, 2, ping);
    };
    find(text(340, ping));
    QVERIFY(holds(kind));
    find(text(341, ping));
    QCOMPARE(rows(kind), QList<unsigned>{3});
    QCOMPARE(detail(kind),
             QStringLiteral("The longest of 1 gap: no packet for 291 ms (more than 290 ms) with 1 packet unacknowledged; ended by a packet of this endpoint. "
                            "The peer had been silent for 301 ms."));
    find(text(5'000, ack("[[0]]"))); // nothing was outstanding
    QVERIFY(holds(kind));
    find(text(50, R"({"frame_type":"connection_close","error_code":0})") + sent(9'000, 3, ping)); // closed
    QCOMPARE(finding(kind), nullptr);
}

void FindingsTest::closedWithError()
{
    constexpr FindingKind kind = FindingKind::ClosedWithError;
    const auto close = [](const std::string& data) { return received(1, 0, R"({"frame_type":"connection_close",)" + data + "}"); };
    find(close(R"("error_space":"transport","error_code":0)") + close(R"("error_space":"application","error_code":256)")
         + close(R"("error_space":"transport","error_code":"no_error")"));
    QVERIFY(holds(kind));
    find(close(R"("error_space":"transport","error_code":256,"reason":"why")"));
    QCOMPARE(rows(kind), QList<unsigned>{0});
    QCOMPARE(detail(kind), QStringLiteral("The peer closed the connection with the transport error 256: why."));
}

void FindingsTest::sentAfterClose()
{
    constexpr FindingKind kind = FindingKind::SentAfterClose;
    const std::string close = R"({"frame_type":"connection_close","error_code":0})";
    find(sent(0, 0, close) + sent(1, 1, ping) + sent(50, 2, close)); // on its way; said again
    QVERIFY(holds(kind));
    find(sent(0, 0, close) + sent(1.5, 1, ping) + sent(50, 2, close) + sent(60, 3, ping));
    QCOMPARE(rows(kind), (QList<unsigned>{1, 3}));
    QCOMPARE(detail(kind), QStringLiteral("This endpoint sent 2 packets without CONNECTION_CLOSE after it had closed the connection, until 60 ms later."));
    find(received(0, 0, close) + sent(5, 1, ping));
    QVERIFY(detail(kind).contains(QStringLiteral("after it had received one")));
}

void FindingsTest::handshakeIncomplete()
{
    constexpr FindingKind kind = FindingKind::HandshakeIncomplete;
    const std::string begin = packet(0, "sent", "initial", 0, ping) + packet(20, "received", "handshake", 0, ping);
    find(begin);
    QCOMPARE(rows(kind), QList<unsigned>{1});
    QCOMPARE(detail(kind),
             QStringLiteral("The log ends after 20 ms with 1 Handshake packet and no 1-RTT packet received, and nothing says that the handshake was completed."));
    find(begin + received(30, 0, done));
    QVERIFY(holds(kind));
    find(sent(0, 0, ping)); // the log begins later
    QCOMPARE(undecided(kind), QStringLiteral("the log has no Initial packets"));
    find(begin + "\x1e{\"time\":");
    QCOMPARE(undecided(kind), QStringLiteral("the log is cut"));
}

void FindingsTest::outOfOrderIsUndecided()
{
    const std::string limits = parameters(0, "remote", R"("initial_max_data":3000)");
    find(limits + sent(50, 0, stream(0, 0, 5000)) + received(10, 0, R"({"frame_type":"max_data","maximum":9000})"));
    QCOMPARE(finding(FindingKind::ConnectionLimitExceeded), nullptr);
    QCOMPARE(undecided(FindingKind::ConnectionLimitExceeded), QStringLiteral("the records of the log are not in the order of time"));
    find(limits + sent(11, 0, stream(0, 0, 5000)) + received(10, 0, R"({"frame_type":"max_data","maximum":9000})")); // a millisecond is jitter
    QVERIFY(holds(FindingKind::ConnectionLimitExceeded));
}

void FindingsTest::evidenceIsCapped()
{
    std::string text = parameters(0, "remote", R"("initial_max_data":10)");
    for (unsigned i = 0; i < 300; ++i)
        text += sent(1 + i, i, stream(0, 100 * i, 100));
    find(text);
    const Finding* found = finding(FindingKind::ConnectionLimitExceeded);
    QVERIFY(found != nullptr);
    QCOMPARE(found->count, std::uint64_t{300});
    QCOMPARE(found->rows.size(), Finding::listedRows);
    QCOMPARE(found->rows.front().value, 1U);
}

void FindingsTest::piecesGiveTheSame()
{
    std::string text = "\x1e" R"({"qlog_version":"0.3","trace":{"vantage_point":{"type":"client"},"common_fields":{"time_format":"relative"}}})" "\n"
        + parameters(0, "remote", R"("initial_max_data":10)");
    for (unsigned i = 0; i < 50; ++i)
        text += sent(1 + i, i, stream(0, 100 * i, 100)) + received(1 + i, i, ack("[[0," + std::to_string(i) + "]]"));
    const std::unique_ptr<Document> document = openText(m_folder, text);
    FindingsSearch search(*document, TraceId(std::size_t{0}));
    int steps = 1;
    while (!search.step(1))
        ++steps;
    QVERIFY(steps > 100);
    const Findings inPieces = search.take();
    const Findings atOnce = findingsOf(*document, TraceId(std::size_t{0}));
    QCOMPARE(inPieces.found.size(), atOnce.found.size());
    for (std::size_t i = 0; i < atOnce.found.size(); ++i) {
        QCOMPARE(inPieces.found[i].detail, atOnce.found[i].detail);
        QVERIFY(inPieces.found[i].rows == atOnce.found[i].rows);
    }
}

void FindingsTest::everyKindHasWords()
{
    QSet<QString> names;
    for (int i = 0; i < findingKindCount; ++i) {
        const auto kind = static_cast<FindingKind>(i);
        QVERIFY(!text(kind).empty());
        QVERIFY(ruleOf(kind).find("RFC 900") != std::string_view::npos);
        names.insert(QString::fromUtf8(text(kind).data(), static_cast<qsizetype>(text(kind).size())));
    }
    QCOMPARE(names.size(), findingKindCount);
}

void FindingsTest::generatedTracesHaveNoErrors_data()
{
    QTest::addColumn<int>("format");
    QTest::addColumn<int>("vantage");
    QTest::addColumn<unsigned>("loss");
    for (const unsigned loss : {0U, 5U, 100U}) {
        for (const auto vantage : {tracegen::Vantage::Client, tracegen::Vantage::Server}) {
            for (const auto format : {tracegen::Format::JsonSeq, tracegen::Format::Draft00})
                QTest::addRow("%u permille lost, vantage %d, format %d", loss, static_cast<int>(vantage), static_cast<int>(format))
                    << static_cast<int>(format) << static_cast<int>(vantage) << loss;
        }
    }
}

void FindingsTest::generatedTracesHaveNoErrors()
{
    QFETCH(int, format);
    QFETCH(int, vantage);
    QFETCH(unsigned, loss);
    tracegen::Options options;
    options.format = static_cast<tracegen::Format>(format);
    options.events = 20'000;
    options.lossPermille = loss;
    const std::string text = tracegen::generateText(options, static_cast<tracegen::Vantage>(vantage));
    const std::unique_ptr<Document> document = openText(m_folder, text, QStringLiteral("generated"));
    m_findings = findingsOf(*document, TraceId(0U));
    for (const Finding& each : m_findings.found)
        QVERIFY2(each.severity < Severity::Error, each.detail.c_str());
    for (const FindingKind kind : {FindingKind::AckOfUnsentPacket, FindingKind::PacketNumberReused, FindingKind::ConnectionLimitExceeded,
                                   FindingKind::StreamLimitExceeded, FindingKind::StreamCountExceeded, FindingKind::BytesInFlightDiffer,
                                   FindingKind::RttUnitSuspicious})
        QVERIFY2(holds(kind), qPrintable(undecided(kind) + detail(kind)));
}

void FindingsTest::cleanTracesHaveNoErrors_data()
{
    QTest::addColumn<QString>("name");
    if (sharedTraces().isEmpty())
        QSKIP("the real traces are not beside the project (../shared/traces)");
    for (const QString& name : sharedTraceNames()) {
        const QString file = name.section(QLatin1Char('/'), -1);
        if (file.startsWith(QLatin1String("clean10m")) || file.startsWith(QLatin1String("tiny")))
            QTest::newRow(qPrintable(name)) << name;
    }
}

void FindingsTest::cleanTracesHaveNoErrors()
{
    QFETCH(QString, name);
    const std::string text = textOf(sharedTraces() + QStringLiteral("/dev/") + name);
    QVERIFY(!text.empty());
    const std::unique_ptr<Document> document = openText(m_folder, text, QStringLiteral("clean"));
    QVERIFY(document->traceCount() > 0);
    for (std::size_t i = 0; i < document->traceCount(); ++i) {
        for (const Finding& each : findingsOf(*document, TraceId(i)).found)
            QVERIFY2(each.severity < Severity::Error, each.detail.c_str());
    }
}

QTEST_GUILESS_MAIN(FindingsTest)
#include "findingstest.moc"
