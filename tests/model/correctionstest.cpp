// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/corrections.h"

#include <QTest>

#include <cmath>
#include <set>
#include <vector>

using namespace qlogscope;

/// What writers log differently is put right by writer and era, never by the look of a value (dialects 3.3 and 8.3).
class CorrectionsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyCorrectionHasItsNote();
    void ackDelays_data();
    void ackDelays();
    void noDelays();
    void metricScalesByWriter_data();
    void metricScalesByWriter();
    void ecnCounts();
    void datagramLengths_data();
    void datagramLengths();
    void notesByRecord_data();
    void notesByRecord();
    void plainLogsNeedNone();
};

namespace {

TraceHeader headerOf(Writer writer, const char* version = "0.3", TimeUnit unit = TimeUnit::Milliseconds, bool hasColumns = false)
{
    TraceHeader header;
    header.writer = writer;
    header.qlogVersion = version;
    header.unit = unit;
    if (hasColumns)
        header.eventFields = {"relative_time", "category", "event", "data"};
    return header;
}

constexpr std::uint64_t bit(FrameKind kind) { return std::uint64_t{1} << static_cast<unsigned>(kind); }

constexpr std::uint64_t ackFrame = bit(FrameKind::Ack);
constexpr std::uint64_t streamFrame = bit(FrameKind::Stream);

using List = std::vector<Correction>;

} // namespace

void CorrectionsTest::everyCorrectionHasItsNote()
{
    std::set<std::string_view> notes;
    for (int i = 0; i < correctionCount; ++i) {
        const std::string_view text = note(static_cast<Correction>(i));
        QVERIFY(text.ends_with('.'));
        notes.insert(text);
    }
    QCOMPARE(notes.size(), std::size_t{correctionCount});
}

void CorrectionsTest::ackDelays_data()
{
    QTest::addColumn<int>("writer");
    QTest::addColumn<QByteArray>("version");
    QTest::addColumn<bool>("isMicroseconds");
    QTest::addColumn<double>("logged");
    QTest::addColumn<int>("exponent");
    QTest::addColumn<qint64>("ns");
    const auto row = [](const char* name, Writer writer, const char* version, bool us, double logged, int exponent, qint64 ns) {
        QTest::newRow(name) << static_cast<int>(writer) << QByteArray(version) << us << logged << exponent << ns;
    };
    row("ms", Writer::QuicGo, "0.3", false, 0.25, 3, 250'000);
    row("ms, the exponent does not matter", Writer::Nginx, "0.3", false, 0.25, 10, 250'000);
    row("us", Writer::Mvfst, "draft-00", true, 120, 3, 120'000);
    row("aioquic in us", Writer::Aioquic, "draft-01", true, 250, 3, 250'000);
    row("quiche", Writer::Quiche, "0.3", false, 0.4, 3, 3'200'000); // 400 on the wire
    row("quiche, exponent 5", Writer::Quiche, "0.3", false, 0.4, 5, 12'800'000);
    row("quiche, exponent 0", Writer::Quiche, "0.3", false, 0.4, 0, 400'000);
    row("quiche of 2020", Writer::Quiche, "draft-02-wip", false, 1131, 3, 9'048'000);
    row("neqo", Writer::Neqo, "0.3", false, 0.4, 3, 3'200'000);
    row("picoquic", Writer::Picoquic, "draft-00", true, 25, 3, 200'000);
    row("quant", Writer::Quant, "draft-01", true, 25, 10, 25'600'000);
    row("Erlang", Writer::ErlangQuic, "0.3", false, 25, 3, 200'000);
    row("OpenSSL", Writer::OpenSsl, "0.3", false, 1, 10, 1'000'000);
    row("tquic is not known to deviate", Writer::Tquic, "0.4", false, 0.4, 3, 400'000);
    row("zero", Writer::Quiche, "0.3", false, 0, 3, 0);
}

void CorrectionsTest::ackDelays()
{
    QFETCH(int, writer);
    QFETCH(QByteArray, version);
    QFETCH(bool, isMicroseconds);
    QFETCH(double, logged);
    QFETCH(int, exponent);
    QFETCH(qint64, ns);
    const TraceHeader header
        = headerOf(static_cast<Writer>(writer), version.constData(), isMicroseconds ? TimeUnit::Microseconds : TimeUnit::Milliseconds);
    QCOMPARE(ackDelayNs(header, logged, static_cast<std::uint8_t>(exponent)), std::optional(std::int64_t{ns}));
}

void CorrectionsTest::noDelays()
{
    QVERIFY(!ackDelayNs(headerOf(Writer::GoXNet), -1)); // the peer's exponent is not known yet
    QVERIFY(!ackDelayNs(headerOf(Writer::QuicGo), 1e300));
    QVERIFY(!ackDelayNs(headerOf(Writer::Picoquic), 4.6e18));
    QVERIFY(!ackDelayNs(headerOf(Writer::QuicGo), std::nan("")));
    QCOMPARE(ackDelayNs(headerOf(Writer::Picoquic), 1, 255), ackDelayNs(headerOf(Writer::Picoquic), 1, 20)); // the largest exponent there is
}

void CorrectionsTest::metricScalesByWriter_data()
{
    QTest::addColumn<int>("writer");
    QTest::addColumn<QByteArray>("version");
    QTest::addColumn<bool>("isMicroseconds");
    QTest::addColumn<double>("rtt");
    QTest::addColumn<double>("pacing");
    const auto row = [](const char* name, Writer writer, const char* version, bool us, double rtt, double pacing) {
        QTest::newRow(name) << static_cast<int>(writer) << QByteArray(version) << us << rtt << pacing;
    };
    row("ms", Writer::Unknown, "0.3", false, 1e6, 1);
    row("us", Writer::Picoquic, "draft-00", true, 1e3, 1);
    row("xquic", Writer::Xquic, "0.4", false, 1e3, 1);
    row("quiche", Writer::Quiche, "0.3", false, 1e6, 8);
    row("quiche of 2020 in us", Writer::Quiche, "draft-02-wip", true, 1e6, 8);
    row("neqo of 2020 in us", Writer::Neqo, "draft-02-wip", true, 1e6, 8);
    row("quic-go of 2020", Writer::QuicGo, "draft-02-wip", false, 1e6, 1);
    row("tquic, not verified", Writer::Tquic, "0.4", false, 1e6, 1);
    row("mvfst", Writer::Mvfst, "", false, 1e6, 1);
}

void CorrectionsTest::metricScalesByWriter()
{
    QFETCH(int, writer);
    QFETCH(QByteArray, version);
    QFETCH(bool, isMicroseconds);
    QFETCH(double, rtt);
    QFETCH(double, pacing);
    const auto scales = metricScales(
        headerOf(static_cast<Writer>(writer), version.constData(), isMicroseconds ? TimeUnit::Microseconds : TimeUnit::Milliseconds));
    for (const MetricKind kind : {MetricKind::MinRtt, MetricKind::SmoothedRtt, MetricKind::LatestRtt, MetricKind::RttVariance})
        QCOMPARE(scales[static_cast<std::size_t>(kind)], rtt);
    QCOMPARE(scales[static_cast<std::size_t>(MetricKind::PacingRate)], pacing);
    QCOMPARE(scales[static_cast<std::size_t>(MetricKind::DeliveryRate)], pacing);
    for (const MetricKind kind : {MetricKind::CongestionWindow, MetricKind::BytesInFlight, MetricKind::Ssthresh, MetricKind::PtoCount,
                                  MetricKind::PacketsInFlight})
        QCOMPARE(scales[static_cast<std::size_t>(kind)], 1.0);
}

void CorrectionsTest::ecnCounts()
{
    QCOMPARE(correctedEcn(headerOf(Writer::OpenSsl), {3, 5, 1}), (EcnCounts{5, 3, 1}));
    QCOMPARE(correctedEcn(headerOf(Writer::QuicGo), {3, 5, 1}), (EcnCounts{3, 5, 1}));
}

void CorrectionsTest::datagramLengths_data()
{
    QTest::addColumn<int>("writer");
    QTest::addColumn<QByteArray>("version");
    QTest::addColumn<bool>("hasColumns");
    QTest::addColumn<qint64>("length");
    QTest::addColumn<qint64>("payload"); // -1: not logged
    QTest::addColumn<qint64>("bytes");
    const auto row = [](const char* name, Writer writer, const char* version, bool columns, qint64 length, qint64 payload, qint64 bytes) {
        QTest::newRow(name) << static_cast<int>(writer) << QByteArray(version) << columns << length << payload << bytes;
    };
    row("aioquic", Writer::Aioquic, "0.3", false, 1288, 1280, 1280);
    row("aioquic, length only", Writer::Aioquic, "0.3", false, 1288, -1, 1280);
    row("aioquic with columns: byte_length", Writer::Aioquic, "draft-01", true, 1280, -1, 1280);
    row("draft 02", Writer::Unknown, "draft-02", false, 1208, -1, 1200);
    row("draft 02, but the payload itself", Writer::Unknown, "draft-02", false, 1200, 1200, 1200);
    row("0.3 of anybody", Writer::Unknown, "0.3", false, 1200, -1, 1200);
    row("quiche of today", Writer::Quiche, "", false, 1200, -1, 1200);
    row("less than a header", Writer::Aioquic, "0.3", false, 7, -1, 7);
}

void CorrectionsTest::datagramLengths()
{
    QFETCH(int, writer);
    QFETCH(QByteArray, version);
    QFETCH(bool, hasColumns);
    QFETCH(qint64, length);
    QFETCH(qint64, payload);
    QFETCH(qint64, bytes);
    const TraceHeader header = headerOf(static_cast<Writer>(writer), version.constData(), TimeUnit::Milliseconds, hasColumns);
    const auto payloadLength = payload < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(payload));
    QCOMPARE(datagramBytes(header, static_cast<std::uint64_t>(length), payloadLength), static_cast<std::uint64_t>(bytes));
}

void CorrectionsTest::notesByRecord_data()
{
    QTest::addColumn<TraceHeader>("header");
    QTest::addColumn<RecordTraits>("record");
    QTest::addColumn<List>("expected");
    using enum Correction;
    const RecordTraits ackReceived{.kind = EventKind::PacketReceived, .frameMask = ackFrame, .packetType = PacketType::OneRtt};
    const RecordTraits streamSent{.kind = EventKind::PacketSent, .frameMask = streamFrame, .packetType = PacketType::OneRtt};
    const RecordTraits metrics{.kind = EventKind::RecoveryMetricsUpdated};
    const auto row = [](const char* name, const TraceHeader& header, const RecordTraits& record, const List& expected) {
        QTest::newRow(name) << header << record << expected;
    };
    const TraceHeader picoquic = headerOf(Writer::Picoquic, "draft-00", TimeUnit::Microseconds, true);
    row("quiche, ACK", headerOf(Writer::Quiche), ackReceived, {AckDelayUnscaled});
    row("quiche, no ACK", headerOf(Writer::Quiche), streamSent, {});
    row("quiche, metrics", headerOf(Writer::Quiche), metrics, {PacingBytesPerSecond});
    row("quiche of 2020, metrics", headerOf(Writer::Quiche, "draft-02-wip"), metrics, {RttMilliseconds, PacingBytesPerSecond});
    row("quiche, received Initial", headerOf(Writer::Quiche), {.kind = EventKind::PacketReceived, .packetType = PacketType::Initial}, {SizeOfRestOfDatagram});
    row("neqo, ACK", headerOf(Writer::Neqo), ackReceived, {AckDelayUnscaled});
    row("picoquic, ACK", picoquic, ackReceived, {AckDelayRaw});
    row("picoquic, stream", picoquic, streamSent, {StreamIdAsId, SizeWithoutTag});
    row("picoquic, metrics", picoquic, metrics, {DurationsInMicroseconds});
    row("picoquic, datagram", picoquic, {.kind = EventKind::UdpDatagramsReceived}, {PortsByteSwapped});
    row("picoquic, parameters", picoquic, {.kind = EventKind::ParametersSet}, {BooleansAsText});
    row("mvfst A, ACK", headerOf(Writer::Mvfst, "draft-00", TimeUnit::Microseconds, true), ackReceived, {DurationsInMicroseconds});
    row("mvfst A, stream", headerOf(Writer::Mvfst, "draft-00", TimeUnit::Microseconds, true), streamSent, {});
    row("mvfst, lost", headerOf(Writer::Mvfst), {.kind = EventKind::PacketLost}, {AggregateLosses});
    row("OpenSSL, ACK", headerOf(Writer::OpenSsl), {.kind = EventKind::PacketReceived, .frameMask = ackFrame, .packetType = PacketType::OneRtt, .isSizeInferred = true},
        {AckDelayRounded, EcnSwapped, SizeInferred});
    row("OpenSSL, parameters", headerOf(Writer::OpenSsl), {.kind = EventKind::ParametersSet}, {WrongOriginalId});
    TraceHeader deltas = headerOf(Writer::OpenSsl);
    deltas.clock = ClockForm::Delta;
    row("OpenSSL, first event", deltas, {.kind = EventKind::ConnectionStarted, .isFirst = true}, {FirstTimeAbsolute});
    row("ngtcp2, Retry", headerOf(Writer::Ngtcp2), {.kind = EventKind::PacketReceived, .packetType = PacketType::Retry}, {NumberOfNumberlessPacket});
    row("kwik, Version Negotiation", headerOf(Writer::Kwik), {.kind = EventKind::PacketSent, .packetType = PacketType::VersionNegotiation}, {NumberOfNumberlessPacket});
    row("tquic, metrics", headerOf(Writer::Tquic, "0.4"), metrics, {PacingUnitUnknown});
    row("quinn, sent", headerOf(Writer::Quinn, ""), {.kind = EventKind::PacketSent, .packetType = PacketType::OneRtt}, {SizeInHeader});
    row("quant, sent", headerOf(Writer::Quant, "draft-01", TimeUnit::Microseconds, true), streamSent, {SizeOfDatagram});
    row("quant, lost", headerOf(Writer::Quant, "draft-01"), {.kind = EventKind::PacketLost}, {LossWithoutType});
    row("Erlang, stream", headerOf(Writer::ErlangQuic), streamSent, {BooleansAsText});
    row("nginx, started", headerOf(Writer::Nginx), {.kind = EventKind::ConnectionStarted}, {EndpointsSwapped});
    row("xquic, metrics", headerOf(Writer::Xquic, "0.4"), metrics, {RttMicroseconds, PacingUnitUnknown});
    row("xquic, headers", headerOf(Writer::Xquic, "0.4"), {.kind = EventKind::Http3FrameParsed}, {WrongHeaderValues});
    row("xquic, packet", headerOf(Writer::Xquic, "0.4"), {.kind = EventKind::PacketSent, .packetType = PacketType::OneRtt}, {SizeByDefault});
    row("quicly, sent", headerOf(Writer::QuiclyAdapter, "draft-02-wip"), {.kind = EventKind::PacketSent, .packetType = PacketType::OneRtt, .isSizeInferred = true},
        {FramesReversed, SizeInferred});
    row("aioquic, datagram", headerOf(Writer::Aioquic), {.kind = EventKind::UdpDatagramsSent}, {DatagramWithUdpHeader});
    row("draft-00, stream", headerOf(Writer::Unknown, "draft-00", TimeUnit::Milliseconds, true), streamSent, {StreamIdAsId});
}

void CorrectionsTest::notesByRecord()
{
    QFETCH(TraceHeader, header);
    QFETCH(RecordTraits, record);
    QFETCH(List, expected);
    QVERIFY(correctionsOf(header, record) == expected);
}

void CorrectionsTest::plainLogsNeedNone()
{
    for (int kind = 0; kind < eventKindCount; ++kind) {
        const RecordTraits record{.kind = static_cast<EventKind>(kind), .frameMask = ackFrame | streamFrame, .packetType = PacketType::OneRtt, .isFirst = true};
        QVERIFY(correctionsOf(headerOf(Writer::Unknown), record).empty());
        QVERIFY(correctionsOf(headerOf(Writer::GoXNet), record).empty());
    }
}

QTEST_GUILESS_MAIN(CorrectionsTest)
#include "correctionstest.moc"
