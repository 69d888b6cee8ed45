// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/recordsummary.h"
#include "model/datagramwalk.h"
#include "tests/support/reading.h"
#include "tests/support/tracegen.h"

#include <QTest>

#include <map>
#include <memory>
#include <random>

using namespace qlogscope;
using namespace qlogscope::testing;

/// The figures of packetization against a count of every packet, and the datagrams.
class PacketUsesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sumsEqualACountByHand_data();
    void sumsEqualACountByHand();
    void repeatedDataIsNotCountedTwice();
    void largeFieldsAreKept();
    void datagramsById();
    void datagramsByEvents();
    void datagramsByWord();
    void datagramsByTime();
    void memoryOfGeneratedTraffic();

private:
    [[nodiscard]] std::unique_ptr<Document> read(const std::string& text);
    QTemporaryDir m_folder;
};

namespace {

/// Bytes of each use, for each packet, from the records and a set of every stream offset seen.
class CountByHand
{
public:
    CountByHand(const Document& document, const Trace& trace, Direction direction)
    {
        const RecordSummary records;
        const PacketIndex& packets = trace.packets(direction);
        for (std::size_t i = 0; i < packets.size(); ++i) {
            const PacketFact fact = packets[PacketId(i)];
            const std::string record = document.source()->text(document.events().offset(fact.row), document.events().length(fact.row));
            m_times.push_back(document.events().timeNs(fact.row));
            m_uses.push_back(usesOf(records.packetLayout(record, trace.header(), fact), trace.header().writer == Writer::OpenSsl));
        }
    }
    [[nodiscard]] std::array<std::uint64_t, byteUseCount> sums(TimeRange range) const
    {
        std::array<std::uint64_t, byteUseCount> sums{};
        for (std::size_t i = 0; i < m_uses.size(); ++i) {
            for (std::size_t use = 0; range.contains(m_times[i]) && use < sums.size(); ++use)
                sums[use] += m_uses[i][use];
        }
        return sums;
    }

private:
    /// @param infersLengths of this writer the importer knows how long frames are whose length is not logged
    PacketUses usesOf(const PacketLayout& layout, bool infersLengths)
    {
        PacketUses uses{};
        uses[indexOf(ByteUse::PacketHeader)] = layout.headerBytes;
        uses[indexOf(ByteUse::Tag)] = layout.tagBytes;
        uses[indexOf(ByteUse::Unaccounted)] = layout.unaccountedBytes;
        for (const FrameLayout& frame : layout.frames) {
            const bool hasData = frame.kind == FrameKind::Stream || frame.kind == FrameKind::Crypto || frame.kind == FrameKind::Datagram;
            const ByteUse use = hasData ? ByteUse::FrameHeader
                : frame.kind == FrameKind::Ack || frame.kind == FrameKind::PathAck ? ByteUse::Ack
                : frame.kind == FrameKind::Padding                                 ? ByteUse::Padding
                                                                                   : ByteUse::Other;
            uses[indexOf(use)] += frame.headerBytes + (hasData ? 0 : frame.dataBytes);
            if (frame.kind == FrameKind::Crypto)
                uses[indexOf(ByteUse::Crypto)] += frame.dataBytes;
            else if (frame.kind == FrameKind::Datagram || (frame.kind == FrameKind::Stream && frame.isDataInferred && !frame.isCut && !infersLengths))
                uses[indexOf(ByteUse::Application)] += frame.dataBytes;
            else if (frame.kind == FrameKind::Stream)
                addStream(frame, &uses);
        }
        return uses;
    }
    void addStream(const FrameLayout& frame, PacketUses* uses)
    {
        std::vector<bool>& seen = m_seen[frame.streamId.value_or(UINT64_MAX)];
        if (frame.dataBytes > 0)
            seen.resize(std::max<std::size_t>(seen.size(), frame.offset + frame.dataBytes));
        for (std::uint64_t at = frame.offset; at < frame.offset + frame.dataBytes; ++at) {
            ++(*uses)[indexOf(seen[at] ? ByteUse::Repeated : ByteUse::Application)];
            seen[at] = true;
        }
    }

    std::map<std::uint64_t, std::vector<bool>> m_seen; // by stream: whether a byte was in the log before
    std::vector<std::int64_t> m_times;
    std::vector<PacketUses> m_uses;
};

constexpr const char* sequenceHeader = R"({"qlog_version":"0.3","qlog_format":"JSON-SEQ","trace":{"vantage_point":{"type":"client"},"common_fields":{"time_format":"relative"}}})" "\n";

std::string packetEvent(int time, const std::string& type, int number, int size, const std::string& more = {}, const std::string& frames = R"([{"frame_type":"ping"}])")
{
    return R"({"time":)" + std::to_string(time) + R"(,"name":"transport:packet_sent","data":{"header":{"packet_type":")" + type + R"(","packet_number":)"
        + std::to_string(number) + R"(,"dcid":"a1a2a3a4","scid":"b1b2b3b4"},"raw":{"length":)" + std::to_string(size) + "}" + more + R"(,"frames":)" + frames + "}}\n";
}

/// "0-1 i:1200 2": first and last packet of each datagram, whether that is inferred, and what is logged of its size.
QString datagramsOf(const Trace& trace, Direction direction)
{
    QStringList words;
    DatagramWalk walk(trace, direction);
    while (const std::optional<Datagram> datagram = walk.next()) {
        QString word = QString::number(datagram->first.value);
        if (datagram->count > 1)
            word += QStringLiteral("-") + QString::number(datagram->first.value + datagram->count - 1);
        if (datagram->isInferred)
            word += QStringLiteral("i");
        if (datagram->loggedBytes)
            word += QStringLiteral(":") + QString::number(*datagram->loggedBytes);
        words += word;
    }
    return words.join(QLatin1Char(' '));
}

const Trace& firstTrace(const Document& document) { return document.trace(TraceId(std::size_t{0})); }

} // namespace

std::unique_ptr<Document> PacketUsesTest::read(const std::string& text)
{
    const QString path = m_folder.filePath(QStringLiteral("log.sqlog"));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text.data(), static_cast<qint64>(text.size())) != static_cast<qint64>(text.size()))
        return nullptr;
    file.close();
    return TraceReader::readDocument(path.toStdString());
}

void PacketUsesTest::sumsEqualACountByHand_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("generated, with losses") << QString();
    if (sharedTraces().isEmpty()) {
        qInfo("The real traces are not beside the project: only generated traffic is counted.");
        return;
    }
    constexpr qint64 enough = 200'000; // compressed logs are ten times as long
    for (const QString& name : sharedTraceNames()) {
        if (QFileInfo(sharedTraces() + QStringLiteral("/dev/") + name).size() < (name.endsWith(QStringLiteral(".gz")) ? enough / 4 : enough))
            QTest::newRow(qPrintable(name)) << name;
    }
}

void PacketUsesTest::sumsEqualACountByHand()
{
    QFETCH(QString, name);
    std::unique_ptr<Document> document;
    if (name.isEmpty()) {
        tracegen::Options options;
        options.events = 6'000;
        options.lossPermille = 50;
        document = read(tracegen::generateText(options, tracegen::Vantage::Server));
    } else {
        document = TraceReader::readDocument(QString(sharedTraces() + QStringLiteral("/dev/") + name).toStdString());
    }
    QVERIFY(document);
    std::mt19937 random(1);
    for (std::size_t t = 0; t < document->traceCount(); ++t) {
        const Trace& trace = document->trace(TraceId(t));
        for (const Direction direction : {Direction::Sent, Direction::Received}) {
            const CountByHand byHand(*document, trace, direction);
            const PacketUseSeries& series = trace.packetUses(direction);
            const TimeRange all = trace.timeRange();
            QCOMPARE(series.sums(all).packets, std::uint64_t{trace.packets(direction).size()});
            QCOMPARE(series.sums(all).total(), trace.packets(direction).totalBytes());
            QVERIFY(series.sums(all).bytes == byHand.sums(all));
            for (int i = 0; i < 20 && !all.isEmpty(); ++i) {
                const auto span = static_cast<std::uint64_t>(all.lengthNs());
                const TimeRange range{all.beginNs + static_cast<std::int64_t>(random() * std::uint64_t{4'000'000'037} % span),
                                      all.beginNs + static_cast<std::int64_t>(random() * std::uint64_t{4'000'000'037} % span)};
                QVERIFY(series.sums(range).bytes == byHand.sums(range));
            }
        }
    }
}

void PacketUsesTest::repeatedDataIsNotCountedTwice()
{
    const auto stream = [](int offset, int length) {
        return R"([{"frame_type":"stream","stream_id":0,"offset":)" + std::to_string(offset) + R"(,"length":)" + std::to_string(length) + "}]";
    };
    const std::unique_ptr<Document> document = read(sequenceHeader + packetEvent(1, "1RTT", 0, 127, {}, stream(0, 100)) + packetEvent(2, "1RTT", 1, 129, {}, stream(100, 100))
                                                    + packetEvent(3, "1RTT", 2, 178, {}, stream(50, 150)) + packetEvent(4, "1RTT", 3, 129, {}, stream(150, 100)));
    const PacketUseSums sums = firstTrace(*document).packetUses(Direction::Sent).sums(firstTrace(*document).timeRange());
    QCOMPARE(sums.of(ByteUse::Application), 250U);
    QCOMPARE(sums.of(ByteUse::Repeated), 200U);
    QCOMPARE(sums.total(), 127U + 129 + 178 + 129);
    QCOMPARE(sums.applicationShare().value_or(0), 250.0 / 563);
    QCOMPARE(sums.datagrams, 4U);
    QVERIFY(!PacketUseSums().applicationShare() && !PacketUseSums().datagramFill(1200) && !sums.datagramFill(0));
}

void PacketUsesTest::largeFieldsAreKept()
{
    std::array<std::uint64_t, byteUseCount> expected{};
    std::mt19937 random(7);
    EventStore store;
    PacketUseSeries series(&store);
    constexpr std::uint32_t count = 4'000;
    for (std::uint32_t i = 0; i < count; ++i) {
        EventRow row;
        row.timeNs = i;
        store.append(row);
        PacketUses uses{};
        const auto widest = static_cast<unsigned>(random() % 33); // bits
        for (std::size_t use = 0; use < uses.size(); ++use) {
            if (random() % 2 == 0 && widest > 0)
                uses[use] = static_cast<std::uint32_t>(random()) >> (32 - widest);
            expected[use] += uses[use];
        }
        series.append(RowId(i), uses, true);
    }
    QVERIFY(series.sums({0, count}).bytes == expected);
    QCOMPARE(series.sums({0, count}).packets, std::uint64_t{count});
}

void PacketUsesTest::datagramsById()
{
    const std::unique_ptr<Document> document = read(sequenceHeader + packetEvent(1, "initial", 0, 100, R"(,"datagram_id":7)") + packetEvent(1, "handshake", 0, 100, R"(,"datagram_id":7)")
                                                    + packetEvent(1, "handshake", 1, 100, R"(,"datagram_id":8)") + packetEvent(1, "1RTT", 0, 100));
    QCOMPARE(datagramsOf(firstTrace(*document), Direction::Sent), QStringLiteral("0-1 2 3"));
}

void PacketUsesTest::datagramsByEvents()
{
    const auto datagram = [](const char* name, int time, int bytes) {
        return R"({"time":)" + std::to_string(time) + R"(,"name":"transport:)" + name + R"(","data":{"count":1,"byte_length":)" + std::to_string(bytes) + "}}\n";
    };
    const std::unique_ptr<Document> document = read(sequenceHeader + packetEvent(1, "initial", 0, 1000) + datagram("datagrams_sent", 1, 1200)
                                                    + packetEvent(2, "initial", 1, 100) + packetEvent(2, "handshake", 0, 100) + packetEvent(2, "1RTT", 0, 100)
                                                    + packetEvent(2, "1RTT", 1, 300) + datagram("datagrams_sent", 2, 300) + datagram("datagrams_sent", 2, 300)
                                                    + packetEvent(3, "1RTT", 2, 50));
    QCOMPARE(datagramsOf(firstTrace(*document), Direction::Sent), QStringLiteral("0:1200 1-3:300 4:300 5"));
}

void PacketUsesTest::datagramsByWord()
{
    const std::string coalesced = R"(,"is_coalesced":true)";
    const std::unique_ptr<Document> document = read(sequenceHeader + packetEvent(1, "initial", 0, 100, coalesced) + packetEvent(1, "handshake", 0, 100, coalesced)
                                                    + packetEvent(2, "handshake", 1, 100, coalesced) + packetEvent(2, "handshake", 2, 100));
    QCOMPARE(datagramsOf(firstTrace(*document), Direction::Sent), QStringLiteral("0-1 2 3"));
}

void PacketUsesTest::datagramsByTime()
{
    const std::unique_ptr<Document> document = read(sequenceHeader + packetEvent(1, "initial", 0, 100) + packetEvent(1, "handshake", 0, 100) + packetEvent(1, "1RTT", 0, 100)
                                                    + packetEvent(1, "1RTT", 1, 100) + packetEvent(2, "handshake", 1, 1200) + packetEvent(2, "handshake", 2, 1200));
    QCOMPARE(datagramsOf(firstTrace(*document), Direction::Sent), QStringLiteral("0-2i 3 4 5i"));
    QCOMPARE(firstTrace(*document).packetUses(Direction::Sent).largestDatagramBytes(), 1200U);
}

void PacketUsesTest::memoryOfGeneratedTraffic()
{
    tracegen::Options options;
    options.events = 100'000;
    const std::unique_ptr<Document> document = read(tracegen::generateText(options, tracegen::Vantage::Server));
    const Trace& generated = firstTrace(*document);
    std::size_t bytes = 0;
    for (const Direction direction : {Direction::Sent, Direction::Received})
        bytes += generated.packetUses(direction).memoryBytes() + generated.datagrams(direction).memoryBytes();
    const double perEvent = static_cast<double>(bytes) / static_cast<double>(document->events().size());
    qInfo("uses of bytes: %.1f bytes an event", perEvent);
    QVERIFY2(perEvent < 16, qPrintable(QString::number(perEvent)));
}

QTEST_GUILESS_MAIN(PacketUsesTest)
#include "packetusestest.moc"
