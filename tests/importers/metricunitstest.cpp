// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/reading.h"

#include <QTest>

using namespace qlogscope;
using namespace qlogscope::testing;

/// One unit for all writers: what the fixture of each logs of RTTs, pacing rates and ACK delays, worked out by hand from what the writer is
/// known to mean by it (dialects 3.3 and 4).
class MetricUnitsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void valuesAreInOneUnit_data();
    void valuesAreInOneUnit();
    void everyWriterIsListed();
};

namespace {

constexpr qint64 none = -1;

struct Expected {
    const char* fixture;
    const char* how; ///< the values come about
    double minMs = none;
    double smoothedMs = none;
    double latestMs = none;
    qint64 pacingBitsPerSecond = none;
    qint64 ackDelayUs = none; ///< of the received ACK
};

constexpr Expected table[] = {
    {"writer_aioquic_2019.qlog", "no RTT yet, only an ACK of the Initial space"},
    {"writer_aioquic_2020.qlog", "time_units us: 20010 us; 375 us", 20.01, 20.01, 20.01, none, 375},
    {"writer_aioquic_2021.qlog", "ms: 1.5 ms", 19.5, 20, 20.25, none, 1'500},
    {"writer_erlang.qlog", "whole ms; the wire value 25 x 2^3 us", none, 20, none, none, 200},
    {"writer_go_xnet.sqlog", "no metrics; 0.500125 ms, -1 is none", none, none, none, none, 500},
    {"writer_imquic.sqlog", "no metrics"},
    {"writer_kwik.qlog", "whole ms; no ACK delays", none, 15, 14},
    {"writer_mvfst_a.qlog", "us: 27000 us; 120 us", 27, 27.4, 27.65, none, 120},
    {"writer_mvfst_a0.qlog", "no metrics"},
    {"writer_mvfst_b.qlog", "ms; bit/s; 0.12 ms", 27, 27.4, 27.6, 8'000'000, 120},
    {"writer_mvfst_c.qlog", "ms; bit/s", 30, 30.25, 30.5, 6'000'000},
    {"writer_neqo.sqlog", "ms; 1000 B/s x 8; 0.4 ms x 2^3", none, 20.1, 20.1, 8'000, 3'200},
    {"writer_neqo_2020.qlog", "RTT in ms whatever time_units says; the wire value 100 x 2^3 us", 30, 30, 30, none, 800},
    {"writer_nginx.sqlog", "whole ms; 0.125 ms", none, 30, 30, none, 125},
    {"writer_ngtcp2.sqlog", "whole ms", 25, 25, 25, none, 4'000},
    {"writer_ngtcp2_2020.qlog", "whole ms", 25, 25, 25, none, 2'000},
    {"writer_ngtcp2_2021.qlog", "no metrics yet"},
    {"writer_openssl.sqlog", "no metrics; whole ms", none, none, none, none, 1'000},
    {"writer_pcap2qlog.qlog", "no metrics, only an ACK of the Initial space"},
    {"writer_picoquic.qlog", "us; bit/s; the wire value 25 x 2^3 us", 40.012, 40.012, 40.012, 4'800'000, 200},
    {"writer_quant.qlog", "us; the wire value 25 x 2^3 us", none, 14.8, none, none, 200},
    {"writer_quic_go_2020.qlog", "ms", 29.917824, 39.915, 29.917824, none, 1'250},
    {"writer_quic_go_2021.qlog", "ms", 19.5, 20.25, 19.75, none, 2'250},
    {"writer_quic_go_2025.sqlog", "ms", 8.1, 8.2, 8.3, none, 750},
    {"writer_quiche_017.sqlog", "ms; 2500 B/s x 8; 0.025 ms x 2^3", 10.5, 11.25, 10.75, 20'000, 200},
    {"writer_quiche_06.sqlog", "ms; 1250000 B/s x 8; 0.4 ms x 2^3", none, 30.9, 30.9, 10'000'000, 3'200},
    {"writer_quiche_2020.qlog", "RTT in ms whatever time_units says; the wire value 25 x 2^4 us, the peer's exponent", 21, 24, 21, none, 400},
    {"writer_quicker.qlog", "ms", 27, 27, 27},
    {"writer_quicly.qlog", "no metrics; ACKs without fields"},
    {"writer_quinn.sqlog", "ms; no frames", none, 28.4},
    {"writer_quinn_2025.sqlog", "ms; no frames", none, 18.5},
    {"writer_tquic.sqlog", "ms; the unit of the pacing rate is not known: not changed", none, 29.5, none, 500'000},
    {"writer_xquic.json", "RTT in us in a log in ms; the unit of the pacing rate is not known: not changed", 89.748, 89.748, 89.748, 1'477'151},
};

QDir fixtures() { return QDir(QStringLiteral(QLOGSCOPE_TEST_DIR "/fixtures")); }

/// The last value; none if the log has none.
qint64 lastOf(const Trace& trace, MetricKind kind)
{
    const Series& series = trace.metric(kind);
    return series.empty() ? none : series.value(series.size() - 1);
}

qint64 nanoseconds(double milliseconds) { return milliseconds == none ? none : std::llround(milliseconds * 1e6); }

} // namespace

void MetricUnitsTest::valuesAreInOneUnit_data()
{
    QTest::addColumn<int>("index");
    for (int i = 0; i < static_cast<int>(std::size(table)); ++i)
        QTest::addRow("%s: %s", table[i].fixture, table[i].how) << i;
}

void MetricUnitsTest::valuesAreInOneUnit()
{
    QFETCH(int, index);
    const Expected& expected = table[index];
    const std::unique_ptr<Document> document = TraceReader::readDocument(fixtures().filePath(QLatin1String(expected.fixture)).toStdString());
    QVERIFY(document->traceCount() >= 1);
    const Trace& trace = document->trace(TraceId(std::size_t{0}));
    QCOMPARE(lastOf(trace, MetricKind::MinRtt), nanoseconds(expected.minMs));
    QCOMPARE(lastOf(trace, MetricKind::SmoothedRtt), nanoseconds(expected.smoothedMs));
    QCOMPARE(lastOf(trace, MetricKind::LatestRtt), nanoseconds(expected.latestMs));
    QCOMPARE(lastOf(trace, MetricKind::PacingRate), expected.pacingBitsPerSecond);
    const AckDelays& delays = trace.connection().ackDelays(Direction::Received);
    QCOMPARE(delays.size(), static_cast<std::size_t>(expected.ackDelayUs == none ? 0 : 1));
    if (expected.ackDelayUs != none)
        QCOMPARE(qint64(delays[0].delayUs), expected.ackDelayUs);
}

void MetricUnitsTest::everyWriterIsListed()
{
    QStringList listed;
    for (const Expected& expected : table)
        listed.append(QLatin1String(expected.fixture));
    listed.sort();
    QCOMPARE(listed, fixtures().entryList({QStringLiteral("writer_*")}, QDir::Files, QDir::Name));
}

QTEST_GUILESS_MAIN(MetricUnitsTest)
#include "metricunitstest.moc"
