// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/reading.h"

#include <QTest>

using namespace qlogscope;
using namespace qlogscope::testing;

/// What needs earlier records: news in ACKs, changes of metrics, classes of stream data, runs of malformed records.
class ResolverTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void repeatedRangesAreNewsOnce();
    void ackBeforeThePacket();
    void hugeRangesAreBounded();
    void spacesAreSeparate();
    void directionsAreSeparate();
    void pathsAreSeparateOnceMultipathIsUsed();
    void pathIdsMeanNothingWithoutMultipath();
    void largestOfAnAck();
    void ackEventsCountOnlyWithoutAckFrames();
    void manyAckEventsAreNotHeldBack();
    void lossesWithoutTypeFindTheirSpace();
    void metricsByWriter_data();
    void metricsByWriter();
    void mvfstIsKnownByItsCategories();
    void unloggedAcks();
    void ackDelays();
    void ackDelayUnits_data();
    void ackDelayUnits();
    void metricsOnChangeOnly();
    void metricsOfPathsAreApart();
    void metricUnits();
    void noSsthresh_data();
    void noSsthresh();
    void streamClasses_data();
    void streamClasses();
    void streamOffsetsBeyondTheEnd();
    void malformedRunsFold();
    void malformedRunAcrossBlocks();
    void malformedRunAtTheEnd();
    void backwardsTimeIsSaidOnce();
    void smallTimesAreRelative();
    void tracesKeepTheirState();
    void probeTimeoutsByOneSource();
    void keyPhasesOfPackets();
    void addressesOfDatagrams();
    void statesOfMetricsEvents();
};

namespace {

const std::string header = R"({"qlog_version":"0.3","trace":{"common_fields":{"time_format":"relative"}}})";

/// An event of the log, at a time of its own.
std::string logged(const std::string& name, const std::string& data, const std::string& more = {})
{
    static int time = 0;
    return "{\"time\":" + std::to_string(++time) + more + ",\"name\":\"" + name + "\",\"data\":" + data + "}\n";
}

std::string packet(const char* direction, const std::string& type, std::uint64_t number, const std::string& frames = {}, const std::string& more = {})
{
    return logged(std::string("transport:packet_") + direction,
                 "{\"header\":{\"packet_type\":\"" + type + "\",\"packet_number\":" + std::to_string(number) + "},\"raw\":{\"length\":100},\"frames\":["
                     + frames + "]}",
                 more);
}
std::string sent(std::uint64_t number, const std::string& frames = {}) { return packet("sent", "1RTT", number, frames); }
std::string ackFrame(const std::string& ranges) { return R"({"frame_type":"ack","acked_ranges":)" + ranges + "}"; }
/// A received packet with an ACK; its own number does not matter.
std::string acked(const std::string& ranges, const std::string& type = "1RTT") { return packet("received", type, 0, ackFrame(ranges)); }
std::string metrics(const std::string& data) { return logged("recovery:metrics_updated", data); }

EventBatch read(const std::string& events) { return readText(header + "\n" + events, FileFormat::Ndjson, wholePieces()).all; }

/// "row: first-last" of each fact about acknowledged packets, with the space and path where they are not the usual ones.
QStringList news(const EventBatch& batch)
{
    QStringList list;
    for (const AckedFact& fact : batch.acked) {
        std::string line = std::to_string(fact.row.value) + ": " + std::to_string(fact.first) + "-" + std::to_string(fact.last);
        if (fact.space != PacketNumberSpace::Application)
            line += " " + std::string(text(fact.space));
        if (fact.pathId != 0)
            line += " path " + std::to_string(fact.pathId);
        if (fact.direction == Direction::Received)
            line += " received";
        list.append(QString::fromStdString(line));
    }
    return list;
}

QStringList words(const char* text) { return QString::fromLatin1(text).split(QLatin1Char('|')); }

} // namespace

void ResolverTest::repeatedRangesAreNewsOnce()
{
    const EventBatch batch = read(sent(0) + sent(1) + acked("[[0,1]]") + acked("[[0,1]]") + sent(2) + sent(3) + acked("[[0,3]]") + acked("[[1,2]]"));
    QCOMPARE(news(batch), words("2: 0-1|6: 2-3"));
}

void ResolverTest::ackBeforeThePacket()
{
    const EventBatch batch = read(sent(0) + acked("[[0,5]]") + sent(5) + sent(6) + sent(4) + sent(4));
    QCOMPARE(news(batch), words("1: 0-0|2: 5-5|4: 4-4")); // the fact stands with the packet; a second sending is no news
}

void ResolverTest::hugeRangesAreBounded()
{
    std::string text = sent(0) + sent(7);
    for (int i = 0; i < 1'000; ++i)
        text += acked("[[0,4611686018427387904],[0,18446744073709551615]]");
    text += sent(1'000'000'000'000'000'000);
    const EventBatch batch = read(text);
    QCOMPARE(news(batch), words("2: 0-0|2: 7-7|1002: 1000000000000000000-1000000000000000000"));
}

void ResolverTest::spacesAreSeparate()
{
    const EventBatch batch = read(packet("sent", "initial", 0) + packet("sent", "handshake", 0) + packet("sent", "0RTT", 0) + sent(1)
                                  + acked("[[0,9]]", "handshake") + acked("[[0,9]]"));
    QCOMPARE(news(batch), words("4: 0-0 handshake|5: 0-1")); // 0-RTT and 1-RTT share a space
}

void ResolverTest::directionsAreSeparate()
{
    const EventBatch batch = read(packet("received", "1RTT", 3) + sent(3) + sent(4, ackFrame("[[3]]")));
    QCOMPARE(news(batch), words("2: 3-3 received"));
}

void ResolverTest::pathsAreSeparateOnceMultipathIsUsed()
{
    const std::string parameters = logged("transport:parameters_set", R"({"owner":"remote","initial_max_path_id":2})");
    const std::string pathAck = packet("received", "1RTT", 0, R"({"frame_type":"path_ack","path_id":1,"acked_ranges":[[0,9]]})");
    const EventBatch batch = read(parameters + packet("sent", "1RTT", 0, {}, ",\"path_id\":0") + packet("sent", "1RTT", 0, {}, ",\"path_id\":1") + pathAck
                                  + acked("[[0,9]]"));
    QCOMPARE(news(batch), words("3: 0-0 path 1|4: 0-0"));
    QCOMPARE(batch.packets.at(1).pathId, 1U);
}

void ResolverTest::pathIdsMeanNothingWithoutMultipath()
{
    const EventBatch batch = read(packet("sent", "1RTT", 0, {}, ",\"path_id\":0") + packet("sent", "1RTT", 1, {}, ",\"path_id\":1") + acked("[[0,9]]"));
    QCOMPARE(news(batch), words("2: 0-1")); // a migration goes on in the same number space
    QCOMPARE(batch.packets.at(1).pathId, 0U);
}

void ResolverTest::largestOfAnAck()
{
    // which facts reach up to the largest packet that their ACK covers
    const auto largest = [](const EventBatch& batch) {
        QStringList list;
        for (const AckedFact& fact : batch.acked)
            list.append(QString::number(fact.last) + (fact.isLargest ? QStringLiteral("!") : QString()));
        return list.join(QLatin1Char(' '));
    };
    std::string packets;
    for (std::uint64_t number = 0; number < 10; ++number)
        packets += sent(number);
    QCOMPARE(largest(read(packets + acked("[[0,1],[3,4]]"))), QStringLiteral("1 4!"));
    QCOMPARE(largest(read(packets + acked("[[3,4],[0,1]]"))), QStringLiteral("4! 1")); // ranges come in either order
    QCOMPARE(largest(read(packets + acked("[[4]]") + acked("[[0,4]]"))), QStringLiteral("4! 3")); // only what lies below is news
    QCOMPARE(largest(read(packets + acked("[[9]]") + acked("[[0,3]]"))), QStringLiteral("9! 3!")); // ACKs overtook each other
    QCOMPARE(largest(read(packets + acked("[[8,12]]"))), QStringLiteral("9")); // the largest is not logged
    QCOMPARE(largest(read(sent(0) + acked("[[0,5]]") + sent(5))), QStringLiteral("0 5")); // nor is it before its ACK
    QCOMPARE(largest(read(packets + logged("transport:packets_acked", R"({"packet_numbers":[2,3,5]})"))), QStringLiteral("2 3 5!"));
}

void ResolverTest::ackEventsCountOnlyWithoutAckFrames()
{
    const std::string ackEvent = logged("transport:packets_acked", R"({"packet_numbers":[0,1]})");
    QCOMPARE(news(read(sent(0) + sent(1) + ackEvent)), words("2: 0-0|2: 1-1"));
    QCOMPARE(news(read(sent(0) + sent(1) + acked("[[0]]") + ackEvent)), words("2: 0-0"));
    // also those before the first ACK frame
    QCOMPARE(news(read(sent(0) + sent(1) + ackEvent + acked("[[0]]") + ackEvent)), words("3: 0-0"));
}

void ResolverTest::manyAckEventsAreNotHeldBack()
{
    std::string text = sent(0) + sent(1);
    for (std::size_t i = 0; i + 1 < Resolver::heldAckLimit; ++i)
        text += logged("transport:packets_acked", R"({"packet_numbers":[0]})");
    const std::string ackFrames = acked("[[1]]");
    QCOMPARE(news(read(text + ackFrames)), words("65: 1-1"));
    text += logged("transport:packets_acked", R"({"packet_numbers":[0]})");
    QCOMPARE(news(read(text + ackFrames)), words("2: 0-0|66: 1-1"));
}

void ResolverTest::lossesWithoutTypeFindTheirSpace()
{
    const EventBatch batch = read(packet("sent", "initial", 2) + packet("sent", "handshake", 3) + sent(3)
                                  + logged("recovery:packet_lost", R"({"packet_number":2})") + logged("recovery:packet_lost", R"({"packet_number":3})")
                                  + logged("recovery:packet_lost", R"({"packet_number":9})") + packet("sent", "initial", 9));
    QCOMPARE(batch.lost.size(), std::size_t{3});
    QCOMPARE(batch.lost[0].space, PacketNumberSpace::Initial);
    QCOMPARE(batch.lost[1].space, PacketNumberSpace::Application);
    QCOMPARE(batch.lost[2].space, PacketNumberSpace::Application); // sent only later
}

void ResolverTest::metricsByWriter_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<qint64>("rttNs"); // of 30
    QTest::addColumn<qint64>("pacing"); // of 1000, in bit/s
    const auto titled = [](const char* title, const char* version, const char* more = "") -> QByteArray {
        return QByteArray("{\"qlog_version\":\"") + version + "\",\"title\":\"" + title + "\",\"trace\":{\"common_fields\":{\"time_format\":\"relative\"}" + more + "}}";
    };
    const char* microseconds = ",\"configuration\":{\"time_units\":\"us\"}";
    QTest::newRow("as in the drafts") << titled("x", "0.3") << qint64{30'000'000} << qint64{1'000};
    QTest::newRow("xquic") << titled("xquic-qlog json: client", "0.4") << qint64{30'000} << qint64{1'000};
    QTest::newRow("quiche") << titled("quiche-client qlog", "0.3") << qint64{30'000'000} << qint64{8'000};
    QTest::newRow("quiche of 2020") << titled("quiche-server qlog", "draft-02-wip", microseconds) << qint64{30'000'000} << qint64{8'000};
    QTest::newRow("neqo") << titled("neqo-client trace", "0.3") << qint64{30'000'000} << qint64{8'000};
    QTest::newRow("in microseconds") << titled("picoquic", "draft-00", microseconds) << qint64{30'000} << qint64{1'000};
}

void ResolverTest::metricsByWriter()
{
    QFETCH(QByteArray, header);
    QFETCH(qint64, rttNs);
    QFETCH(qint64, pacing);
    const EventBatch batch = readText(header.toStdString() + "\n" + metrics(R"({"smoothed_rtt":30,"pacing_rate":1000,"cf_delivery_rate":1000})"), FileFormat::Ndjson, wholePieces()).all;
    QCOMPARE(batch.metrics.size(), std::size_t{3});
    QCOMPARE(batch.metrics[0].value, std::int64_t{rttNs});
    QCOMPARE(batch.metrics[1].value, std::int64_t{pacing});
    QCOMPARE(batch.metrics[2].kind, MetricKind::DeliveryRate);
    QCOMPARE(batch.metrics[2].value, std::int64_t{pacing});
}

void ResolverTest::mvfstIsKnownByItsCategories()
{
    const EventBatch batch = read(logged("transport:packet_sent", "{}") + logged("Loss:packets_lost", R"({"largest_lost_packet_num":7})"));
    QCOMPARE(batch.traces.size(), std::size_t{2}); // the header, the writer
    QCOMPARE(batch.traces.front().header.writer, Writer::Unknown);
    QCOMPARE(batch.traces.back().header.writer, Writer::Mvfst);
    QCOMPARE(read(logged("recovery:packet_lost", R"({"packet_number":7})")).traces.back().header.writer, Writer::Unknown);
}

void ResolverTest::unloggedAcks()
{
    const EventBatch batch = read(sent(2) + sent(3) + acked("[[0,5]]") + acked("[[0,6]]") + sent(4) + acked("[[0,6]]"));
    QCOMPARE(batch.unlogged.size(), std::size_t{3}); // what was news, whether or not it comes later
    const std::tuple<std::uint32_t, std::uint64_t, std::uint64_t> expected[] = {{2, 0, 1}, {2, 4, 5}, {3, 6, 6}};
    for (std::size_t i = 0; i < 3; ++i) {
        QCOMPARE(batch.unlogged[i].row.value, std::get<0>(expected[i]));
        QCOMPARE(batch.unlogged[i].first, std::get<1>(expected[i]));
        QCOMPARE(batch.unlogged[i].last, std::get<2>(expected[i]));
        QCOMPARE(batch.unlogged[i].direction, Direction::Sent);
    }
    QCOMPARE(read(acked("[[0,5]]") + acked("[[0,6]]") + acked("[[0,7]]")).unlogged.size(), std::size_t{1}); // once where none is logged
}

void ResolverTest::ackDelays()
{
    const auto ack = [](const std::string& ranges, const std::string& delay, const std::string& type = "1RTT", const char* direction = "received") {
        return packet(direction, type, 0, R"({"frame_type":"ack","acked_ranges":)" + ranges + ",\"ack_delay\":" + delay + "}");
    };
    const EventBatch batch = read(sent(0) + sent(1) + ack("[[0,1]]", "1.5") + ack("[[0,1]]", "99") + ack("[[1]]", "99", "handshake")
                                  + ack("[[2],[0,1]]", "\"0.25\"") + ack("[[7]]", "0", "1RTT", "sent") + ack("[[3]]", "null") + ack("[[4]]", "-1")
                                  + ack("[[5]]", "1e300"));
    // only with news in the application space; what is not logged is not zero
    const std::tuple<std::uint32_t, std::uint32_t, Direction> expected[]
        = {{2, 1'500, Direction::Received}, {5, 250, Direction::Received}, {6, 0, Direction::Sent}};
    QCOMPARE(batch.ackDelays.size(), std::size(expected));
    for (std::size_t i = 0; i < std::size(expected); ++i) {
        QCOMPARE(batch.ackDelays[i].row.value, std::get<0>(expected[i]));
        QCOMPARE(batch.ackDelays[i].delayUs, std::get<1>(expected[i]));
        QCOMPARE(batch.ackDelays[i].direction, std::get<2>(expected[i]));
    }
}

void ResolverTest::ackDelayUnits_data()
{
    QTest::addColumn<QByteArray>("writer"); // as its header names it
    QTest::addColumn<QByteArray>("logged");
    QTest::addColumn<unsigned>("delayUs"); // with the peer's exponent of 5
    QTest::newRow("milliseconds") << QByteArray(R"("vantage_point":{"name":"ngtcp2","type":"client"})") << QByteArray("2") << 2'000U;
    QTest::newRow("neqo: thousandths of the wire") << QByteArray(R"("vantage_point":{"name":"neqo-Client","type":"client"})") << QByteArray("0.25") << 8'000U;
    QTest::newRow("quiche: thousandths of the wire") << QByteArray(R"("title":"quiche-client qlog","vantage_point":{"type":"client"})") << QByteArray("0.25") << 8'000U;
    QTest::newRow("picoquic: of the wire") << QByteArray(R"("vantage_point":{"name":"backend-67","type":"client"})") << QByteArray("250") << 8'000U;
}

void ResolverTest::ackDelayUnits()
{
    QFETCH(QByteArray, writer);
    QFETCH(QByteArray, logged);
    QFETCH(unsigned, delayUs);
    const std::string text = "{\"qlog_version\":\"0.3\",\"trace\":{" + writer.toStdString() + ",\"common_fields\":{\"time_format\":\"relative\"}}}\n"
        + ::logged("transport:parameters_set", R"({"owner":"local","ack_delay_exponent":1})")
        + ::logged("transport:parameters_set", R"({"owner":"remote","ack_delay_exponent":5})") + sent(0)
        + packet("received", "1RTT", 0, R"({"frame_type":"ack","acked_ranges":[[0]],"ack_delay":)" + logged.toStdString() + "}");
    const EventBatch batch = readText(text, FileFormat::Ndjson, wholePieces()).all;
    QCOMPARE(batch.ackDelays.size(), std::size_t{1});
    QCOMPARE(batch.ackDelays.front().delayUs, delayUs);
}

void ResolverTest::metricsOnChangeOnly()
{
    const EventBatch batch = read(metrics(R"({"cwnd":100,"bytes_in_flight":0})") + metrics(R"({"cwnd":100,"bytes_in_flight":5})")
                                  + metrics(R"({"congestion_window":"100"})") + metrics(R"({"cwnd":90})") + metrics(R"({"cwnd":100})"));
    QCOMPARE(batch.metrics.size(), std::size_t{5});
    const std::pair<std::uint32_t, std::int64_t> expected[] = {{0, 100}, {0, 0}, {1, 5}, {3, 90}, {4, 100}};
    for (std::size_t i = 0; i < 5; ++i) {
        QCOMPARE(batch.metrics[i].row.value, expected[i].first);
        QCOMPARE(batch.metrics[i].value, expected[i].second);
    }
}

/// A value that one path repeats may be news on another; without multipath a path id means nothing.
void ResolverTest::metricsOfPathsAreApart()
{
    const auto text = [](bool isMultipath) {
        const std::string frame = isMultipath ? R"({"frame_type":"path_ack","path_id":0,"acked_ranges":[[9,9]]})" : R"({"frame_type":"ping"})";
        return std::string(R"({"qlog_version":"draft-00","traces":[{"event_fields":["relative_time","path_id","category","event","data"],"configuration":{"time_units":"us"},"events":[
[1,0,"recovery","metrics_updated",{"cwnd":10}],
[2,1,"recovery","metrics_updated",{"cwnd":20}],
[3,0,"transport","packet_received",{"packet_type":"1RTT","header":{"packet_size":100,"packet_number":0},"frames":[)") + frame + R"(]}],
[4,0,"recovery","metrics_updated",{"cwnd":20}],
[5,1,"recovery","metrics_updated",{"cwnd":20}],
[6,1,"recovery","metrics_updated",{"cwnd":30}],
[7,0,"recovery","metrics_updated",{"cwnd":20}]]}]})";
    };
    const auto windows = [](const EventBatch& batch) {
        QStringList list;
        for (const MetricFact& metric : batch.metrics)
            list << QStringLiteral("%1: %2 on %3").arg(metric.row.value).arg(metric.value).arg(metric.pathId);
        return list.join(QStringLiteral(", "));
    };
    QCOMPARE(windows(readText(text(true), FileFormat::Json, wholePieces()).all), QStringLiteral("0: 10 on 0, 1: 20 on 0, 4: 20 on 1, 5: 30 on 1"));
    QCOMPARE(windows(readText(text(false), FileFormat::Json, wholePieces()).all), QStringLiteral("0: 10 on 0, 1: 20 on 0, 5: 30 on 0, 6: 20 on 0"));
}

void ResolverTest::metricUnits()
{
    const EventBatch inMs = read(metrics(R"({"smoothed_rtt":1.5,"pacing_rate":1000000,"pto_count":2})"));
    QCOMPARE(inMs.metrics.at(0).value, std::int64_t{1'500'000});
    QCOMPARE(inMs.metrics.at(1).value, std::int64_t{1'000'000});
    QCOMPARE(inMs.metrics.at(2).value, std::int64_t{2});
    const std::string microseconds = R"({"qlog_version":"draft-01","trace":{"configuration":{"time_units":"us"},"event_fields":["relative_time","category","event","data"]}})";
    const EventBatch inUs = readText(microseconds + "\n[7,\"recovery\",\"metrics_updated\",{\"smoothed_rtt\":1500}]\n", FileFormat::Ndjson, wholePieces()).all;
    QCOMPARE(inUs.metrics.at(0).value, std::int64_t{1'500'000});
    QCOMPARE(inUs.rows.at(0).timeNs, std::int64_t{7'000});
}

void ResolverTest::noSsthresh_data()
{
    QTest::addColumn<QByteArray>("number");
    QTest::addColumn<bool>("isFact");
    QTest::newRow("2^64-1") << QByteArray("18446744073709551615") << false;
    QTest::newRow("2^64-1 in a string") << QByteArray("\"18446744073709551615\"") << false;
    QTest::newRow("2^63-1") << QByteArray("9223372036854775807") << false;
    QTest::newRow("2^32-1") << QByteArray("4294967295") << false;
    QTest::newRow("2^31-1") << QByteArray("2147483647") << false;
    QTest::newRow("-1") << QByteArray("-1") << false;
    QTest::newRow("beyond 64 bits") << QByteArray("99999999999999999999999") << false;
    QTest::newRow("2^31") << QByteArray("2147483648") << true;
    QTest::newRow("0") << QByteArray("0") << true;
}

void ResolverTest::noSsthresh()
{
    QFETCH(QByteArray, number);
    QFETCH(bool, isFact);
    const EventBatch batch = read(metrics("{\"ssthresh\":" + number.toStdString() + "}"));
    QCOMPARE(batch.metrics.size(), std::size_t{isFact ? 1U : 0U});
    QCOMPARE(batch.rows.front().flags, std::uint8_t{0});
}

void ResolverTest::streamClasses_data()
{
    QTest::addColumn<bool>("isSent");
    QTest::addColumn<QByteArray>("frames"); // offset+length
    QTest::addColumn<QStringList>("classes"); // class and new bytes
    QTest::newRow("in order") << true << QByteArray("0+10 10+5") << words("new 10|new 5");
    QTest::newRow("empty frames change nothing") << true << QByteArray("0+10 10+0 10+5") << words("new 10|new 0|new 5");
    QTest::newRow("gap and filling") << true << QByteArray("0+10 20+10 10+10 30+1") << words("new 10|gap 10|reordered 10|new 1");
    QTest::newRow("sent again") << true << QByteArray("0+10 0+10 10+10") << words("new 10|retransmitted 0|new 10");
    QTest::newRow("sent again with more") << true << QByteArray("0+10 5+10") << words("new 10|retransmitted 5");
    QTest::newRow("received again") << false << QByteArray("0+10 0+10 2+3") << words("new 10|duplicate 0|duplicate 0");
    QTest::newRow("received again with more") << false << QByteArray("0+10 5+10") << words("new 10|new 5");
    QTest::newRow("begins later") << false << QByteArray("100+10 0+100") << words("gap 10|reordered 100");
}

void ResolverTest::streamClasses()
{
    QFETCH(bool, isSent);
    QFETCH(QByteArray, frames);
    QFETCH(QStringList, classes);
    std::string text;
    for (const QByteArray& frame : frames.split(' ')) {
        const std::string member = R"({"frame_type":"stream","stream_id":4,"offset":)" + frame.split('+')[0].toStdString() + ",\"length\":"
            + frame.split('+')[1].toStdString() + "}";
        text += packet(isSent ? "sent" : "received", "1RTT", 0, member);
        // another stream and the other direction have nothing to do with it
        text += packet(isSent ? "received" : "sent", "1RTT", 0, member + R"(,{"frame_type":"stream","stream_id":8,"offset":0,"length":3})");
    }
    QStringList actual;
    for (const StreamFact& fact : read(text).streams) {
        const char* names[] = {"new", "gap", "reordered", "retransmitted", "duplicate"};
        if (fact.streamId == 4 && (fact.direction == Direction::Sent) == isSent)
            actual.append(QString::fromLatin1(names[static_cast<int>(fact.dataClass)]) + QStringLiteral(" %1").arg(fact.newBytes));
    }
    QCOMPARE(actual, classes);
}

void ResolverTest::streamOffsetsBeyondTheEnd()
{
    const EventBatch batch = read(sent(0, R"({"frame_type":"stream","stream_id":0,"offset":18446744073709551615,"length":100})")
                                  + sent(1, R"({"frame_type":"stream","stream_id":0,"offset":0,"length":100})"));
    QCOMPARE(batch.streams.size(), std::size_t{2});
    QCOMPARE(batch.streams.at(1).dataClass, StreamDataClass::New);
    QCOMPARE(batch.streams.at(1).newBytes, 100U);
}

void ResolverTest::malformedRunsFold()
{
    std::string text;
    for (int i = 0; i < 1'500; ++i)
        text += "{bad\n";
    text += sent(0);
    for (int i = 0; i < 999; ++i)
        text += "{bad\n";
    text += sent(1);
    const EventBatch batch = read(text);
    QCOMPARE(batch.rows.size(), std::size_t{1'000 + 1 + 1 + 999 + 1}); // only what is over 1,000 becomes one row
    QCOMPARE(batch.rows.at(1'000).flags, std::uint8_t{RowMalformed | RowRun});
    QCOMPARE(batch.rows.at(1'000).length, std::uint32_t{500 * 5 - 1});
    QCOMPARE(batch.packets.at(0).row.value, 1'001U);
    QCOMPARE(batch.packets.at(1).row.value, 2'001U);
    QCOMPARE(QString::fromStdString(ledgerProblem(header + "\n" + text, batch)), QString());
}

void ResolverTest::malformedRunAcrossBlocks()
{
    std::string text;
    constexpr std::size_t count = 3 * BlockBuilder::recordsPerBlock;
    for (std::size_t i = 0; i < count; ++i)
        text += "{bad\n";
    text += sent(0);
    const EventBatch batch = read(text);
    QCOMPARE(batch.rows.size(), std::size_t{1'002});
    QCOMPARE(batch.rows.at(1'000).length, static_cast<std::uint32_t>((count - 1'000) * 5 - 1));
    QCOMPARE(batch.diagnostics.size(), count);
    QCOMPARE(batch.diagnostics.back().row.value, 1'000U);
    QCOMPARE(batch.packets.at(0).row.value, 1'001U);
    QCOMPARE(QString::fromStdString(ledgerProblem(header + "\n" + text, batch)), QString());
}

void ResolverTest::malformedRunAtTheEnd()
{
    std::string text;
    for (int i = 0; i < 1'200; ++i)
        text += "{bad\n";
    const EventBatch batch = read(text);
    QCOMPARE(batch.rows.size(), std::size_t{1'001});
    QCOMPARE(batch.rows.back().flags, std::uint8_t{RowMalformed | RowRun});
    QCOMPARE(QString::fromStdString(ledgerProblem(header + "\n" + text, batch)), QString());
}

void ResolverTest::backwardsTimeIsSaidOnce()
{
    const EventBatch batch = read("{\"time\":5,\"name\":\"a:b\"}\n{\"time\":4.5,\"name\":\"a:b\"}\n{\"time\":3,\"name\":\"a:b\"}\n");
    QCOMPARE(batch.rows.at(1).timeNs, std::int64_t{4'500'000}); // times are kept as they are
    QCOMPARE(batch.diagnostics.size(), std::size_t{1});
    QCOMPARE(batch.diagnostics.front().kind, DiagnosticKind::TimeBackwards);
    QCOMPARE(batch.diagnostics.front().row.value, 1U);
}

void ResolverTest::smallTimesAreRelative()
{
    const std::string silent = "{\"qlog_version\":\"0.3\",\"trace\":{}}\n";
    const EventBatch small = readText(silent + "{\"time\":5,\"name\":\"a:b\"}\n", FileFormat::Ndjson, wholePieces()).all;
    QCOMPARE(small.rows.at(0).timeNs, std::int64_t{5'000'000});
    QCOMPARE(small.traces.back().header.clock, ClockForm::Relative);
    QCOMPARE(small.diagnostics.at(0).kind, DiagnosticKind::ClockGuessed);
    const EventBatch large = readText(silent + "{\"time\":1700000000000.25,\"name\":\"a:b\"}\n", FileFormat::Ndjson, wholePieces()).all;
    QCOMPARE(large.rows.at(0).timeNs, std::int64_t{0});
    QCOMPARE(large.origins.at(0).wallClockNs.value_or(0), std::int64_t{1'700'000'000'000'250'000});
    QVERIFY(large.diagnostics.empty());
}

void ResolverTest::tracesKeepTheirState()
{
    const auto without = [](std::string line) { return line.substr(0, line.size() - 1); };
    const std::string trace = "{\"common_fields\":{\"time_format\":\"relative\"},\"events\":[" + without(sent(0)) + "," + without(acked("[[0]]")) + "]}";
    const EventBatch batch = readText("{\"qlog_version\":\"0.3\",\"traces\":[" + trace + "," + trace + "]}", FileFormat::Json, wholePieces()).all;
    QCOMPARE(news(batch), words("1: 0-0|3: 0-0")); // packet 0 of another connection is another packet
    QCOMPARE(batch.rows.at(3).trace.value, 1U);
    QCOMPARE(batch.newNames.size(), std::size_t{2}); // names are those of the document
}

namespace {

std::string notablesOf(const EventBatch& batch)
{
    std::string out;
    for (const NotableFact& fact : batch.notables)
        out += std::to_string(fact.row.value) + " " + std::string(text(fact.kind)) + " " + std::to_string(fact.value) + "; ";
    return out;
}

std::string notablesOfText(const std::string& text)
{
    return notablesOf(readText(text, FileFormat::Ndjson, wholePieces()).all);
}

} // namespace

/// Rises of pto_count count where no timers are logged before them.
void ResolverTest::probeTimeoutsByOneSource()
{
    const std::string rises = logged("recovery:metrics_updated", "{\"pto_count\":0}") + logged("recovery:metrics_updated", "{\"pto_count\":1}")
        + logged("recovery:metrics_updated", "{\"pto_count\":2}") + logged("recovery:metrics_updated", "{\"pto_count\":0}");
    QCOMPARE(notablesOfText(header + "\n" + rises), std::string("1 probe timeout 1; 2 probe timeout 2; "));
    const std::string timer = logged("recovery:loss_timer_updated", "{\"timer_type\":\"pto\",\"event_type\":\"expired\"}");
    QCOMPARE(notablesOfText(header + "\n" + timer + rises), std::string("0 probe timeout 0; "));
}

/// The second direction, and packets with the old keys that come late, are the same update.
void ResolverTest::keyPhasesOfPackets()
{
    const auto phased = [](const char* direction, int number, int phase) {
        return logged(std::string("transport:packet_") + direction,
                      "{\"header\":{\"packet_type\":\"1RTT\",\"packet_number\":" + std::to_string(number) + ",\"key_phase\":" + std::to_string(phase) + "}}");
    };
    const std::string text = header + "\n" + phased("sent", 0, 0) + phased("received", 0, 0) + phased("sent", 5, 1) + phased("received", 3, 1)
        + phased("received", 2, 0) + phased("received", 4, 1) + phased("sent", 9, 0);
    QCOMPARE(notablesOfText(text), std::string("2 key update 0; 6 key update 0; "));
}

/// The first address of a path is no change, nor is an address that is logged again (picoquic).
void ResolverTest::addressesOfDatagrams()
{
    const auto from = [](int port) {
        return logged("transport:datagram_received", "{\"byte_length\":55,\"addr_from\":{\"ip_v4\":\"10.0.0.2\",\"port_v4\":" + std::to_string(port) + "}}");
    };
    const std::string none = logged("transport:datagram_received", "{\"byte_length\":55}");
    QCOMPARE(notablesOfText(header + "\n" + from(1) + none + from(2) + from(2) + none + from(1)), std::string("2 path change 1; 5 path change 1; "));
}

/// mvfst writes its state with every metric: it counts where it changes.
void ResolverTest::statesOfMetricsEvents()
{
    const auto state = [](const std::string& name) {
        return logged("metric_update:congestion_metric_update", "{\"current_cwnd\":12000,\"state\":\"" + name + "\"}");
    };
    const EventBatch all = readText(header + "\n" + state("Slow Start") + state("Slow Start") + state("Congestion Avoidance"), FileFormat::Ndjson,
                                    wholePieces()).all;
    QCOMPARE(all.congestionStates.size(), std::size_t{2});
    QCOMPARE(all.congestionStates[1].state, std::string("congestion avoidance"));
    QCOMPARE(all.congestionStates[1].row, RowId(2U));
}

QTEST_GUILESS_MAIN(ResolverTest)
#include "resolvertest.moc"
