// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/congestioncsv.h"
#include "model/derivedseries.h"
#include "model/findings.h"
#include "model/rangestatistics.h"
#include "tests/support/reading.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>

using namespace qlogscope;
using namespace qlogscope::testing;

namespace {

constexpr std::int64_t never = INT64_MAX;

/// "12.345678" milliseconds to nanoseconds, by its digits.
std::int64_t nsOf(std::string text)
{
    const bool isNegative = text.front() == '-';
    text.erase(0, isNegative ? 1 : 0);
    const std::size_t point = std::min(text.find('.'), text.size());
    std::string fraction = point < text.size() ? text.substr(point + 1) : std::string();
    fraction.resize(6, '0');
    const std::int64_t ns = std::stoll(text.substr(0, point)) * 1'000'000 + std::stoll(fraction);
    return isNegative ? -ns : ns;
}

struct CsvRow {
    std::int64_t timeNs = 0; ///< T
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    std::string value;
    std::string space;
    std::string number;
    bool isInferred = false;
};
using CsvSeries = std::map<std::string, std::vector<CsvRow>>;

} // namespace

/// The series of the congestion chart, as exported, against the same figures by brute force: for a time, every fact of the file is
/// looked at.
class CongestionCsvTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void equalsBruteForce_data();
    void equalsBruteForce();
    void equalsTheOracle_data();
    void equalsTheOracle();
    void estimatedFlightIsNearTheLoggedOne_data();
    void estimatedFlightIsNearTheLoggedOne();
    void zeroRttPacketsAreAckedByOneRttAcks();
    void zeroBytesInFlightAreAValue();
    void noThresholdIsNoValue_data();
    void noThresholdIsNoValue();
    void probesAreNoLosses();
    void withoutAWindowTheFlightIsInferred();

private:
    [[nodiscard]] CsvSeries csvOf(std::string_view events, std::string_view writer = "ngtcp2");

    QTemporaryDir m_folder;
};

namespace {

CsvSeries readCsv(const std::string& path)
{
    CsvSeries all;
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        std::vector<std::string> fields;
        std::stringstream stream(line + ",");
        for (std::string field; std::getline(stream, field, ',');)
            fields.push_back(field);
        fields.resize(8);
        all[fields[0]].push_back({nsOf(fields[1]), std::stoull(fields[2]), fields[3].empty() ? 0 : std::stoull(fields[3]), fields[2], fields[4],
                                  fields[5], fields[7] == "1"});
    }
    return all;
}

/// Bytes of all bars up to a time.
std::uint64_t bytesTo(const std::vector<CsvRow>& rows, std::int64_t timeNs)
{
    std::uint64_t bytes = 0;
    for (const CsvRow& row : rows) {
        if (row.timeNs <= timeNs)
            bytes += row.to - row.from;
    }
    return bytes;
}

/// The last value of a line up to a time.
std::optional<std::uint64_t> valueAt(const std::vector<CsvRow>& rows, std::int64_t timeNs)
{
    std::optional<std::uint64_t> value;
    for (const CsvRow& row : rows) {
        if (row.timeNs <= timeNs)
            value = row.from;
    }
    return value;
}

/// One trace of a file as it was read, and the questions to it.
class BruteForce
{
public:
    BruteForce(const EventBatch& facts, TraceId trace, Role role, std::int64_t zeroNs)
        : m_facts(facts)
        , m_trace(trace)
        , m_role(role)
        , m_zeroNs(zeroNs)
    {
        for (const PacketFact& packet : facts.packets) {
            if (isMine(packet.row))
                m_packets.push_back({packet, RowId(), false});
        }
        for (const AckedFact& acked : facts.acked)
            acknowledge(acked);
    }

    [[nodiscard]] std::int64_t time(RowId row) const { return m_facts.rows[row.value].timeNs - m_zeroNs; }

    [[nodiscard]] std::uint64_t packetBytes(Direction direction, std::int64_t timeNs) const
    {
        std::uint64_t bytes = 0;
        for (const Packet& packet : m_packets)
            bytes += packet.fact.direction() == direction && time(packet.fact.row) <= timeNs ? packet.fact.sizeBytes : 0;
        return bytes;
    }
    [[nodiscard]] std::uint64_t ackedBytes(Direction direction, std::int64_t timeNs) const
    {
        std::uint64_t bytes = 0;
        for (const Packet& packet : m_packets)
            bytes += packet.fact.direction() == direction && packet.ackedBy.isValid() && time(packet.ackedBy) <= timeNs ? packet.fact.sizeBytes : 0;
        return bytes;
    }
    [[nodiscard]] std::uint64_t lostBytes(std::int64_t timeNs) const
    {
        std::map<std::tuple<std::uint32_t, PacketNumberSpace, std::uint64_t>, RowId> firstLoss;
        for (const LostFact& lost : m_facts.lost) {
            if (isMine(lost.row) && !lost.isSpurious)
                firstLoss.try_emplace({lost.pathId, lost.space, lost.number}, lost.row);
        }
        std::uint64_t bytes = 0;
        for (const auto& [key, row] : firstLoss) {
            if (time(row) > timeNs)
                continue;
            const Packet* sending = nullptr;
            for (const Packet& packet : m_packets) {
                if (isNumbered(packet.fact, Direction::Sent, std::get<0>(key), std::get<1>(key))
                    && packet.fact.number == std::get<2>(key) && (sending == nullptr || packet.fact.row <= row))
                    sending = &packet;
            }
            bytes += sending != nullptr ? sending->fact.sizeBytes : 0;
        }
        return bytes;
    }
    [[nodiscard]] std::uint64_t streamBytes(Direction direction, std::int64_t timeNs) const
    {
        std::uint64_t bytes = 0;
        for (const auto& [id, end] : streamEnds(direction, timeNs))
            bytes += end;
        return bytes;
    }
    [[nodiscard]] std::optional<std::uint64_t> connectionLimit(Direction direction, std::int64_t timeNs) const
    {
        std::optional<std::uint64_t> limit = initial(direction, TransportParameter::InitialMaxData, timeNs);
        for (const LimitFact& fact : m_facts.limits) {
            if (isRaise(fact, direction, timeNs) && fact.kind == LimitKind::Data)
                limit = std::max(limit.value_or(0), fact.value);
        }
        return limit;
    }
    /// None if the limit of a stream in use is not known.
    [[nodiscard]] std::optional<std::uint64_t> streamLimitSum(Direction direction, std::int64_t timeNs) const
    {
        std::uint64_t sum = 0;
        const std::map<std::uint64_t, std::uint64_t> ends = streamEnds(direction, timeNs);
        for (const auto& [id, end] : ends) {
            const std::optional<std::uint64_t> limit = streamLimit(direction, id, timeNs);
            if (!limit)
                return std::nullopt;
            sum += *limit;
        }
        return ends.empty() ? std::nullopt : std::optional(sum);
    }
    /// Every stream had a known limit when it first carried data.
    [[nodiscard]] bool areStreamLimitsKnown(Direction direction) const
    {
        std::map<std::uint64_t, std::int64_t> firstData;
        for (const StreamFact& fact : m_facts.streams) {
            if (isMine(fact.row) && fact.direction == direction)
                firstData.try_emplace(fact.streamId, time(fact.row));
        }
        return std::all_of(firstData.begin(), firstData.end(),
                           [&](const auto& stream) { return streamLimit(direction, stream.first, stream.second).has_value(); });
    }
    /// (time, sample) of each ACK that gives one, in order of time.
    [[nodiscard]] std::vector<std::pair<std::int64_t, std::int64_t>> rttSamples() const
    {
        std::map<std::tuple<std::int64_t, RowId, std::uint32_t, PacketNumberSpace>, std::vector<const Packet*>> news;
        for (const Packet& packet : m_packets) {
            if (packet.fact.direction() == Direction::Sent && packet.ackedBy.isValid())
                news[{time(packet.ackedBy), packet.ackedBy, packet.fact.pathId, spaceOf(packet.fact.type)}].push_back(&packet);
        }
        std::vector<std::pair<std::int64_t, std::int64_t>> samples;
        for (const auto& [key, packets] : news) {
            const Packet* largest = nullptr;
            bool isEliciting = false;
            for (const Packet* packet : packets) {
                isEliciting = isEliciting || isAckEliciting(packet->fact.frameMask) || (packet->fact.flags & PacketFramesLogged) == 0;
                if (packet->isLargest && (largest == nullptr || packet->fact.number >= largest->fact.number))
                    largest = packet;
            }
            if (isEliciting && largest != nullptr && time(largest->fact.row) <= std::get<0>(key))
                samples.emplace_back(std::get<0>(key), std::get<0>(key) - time(largest->fact.row));
        }
        return samples;
    }
    /// Stream bytes that got through: each offset once.
    [[nodiscard]] std::uint64_t goodput(Direction direction, std::int64_t timeNs) const
    {
        std::set<RowId> through;
        for (const Packet& packet : m_packets) {
            const bool isSent = packet.fact.direction() == Direction::Sent;
            const RowId when = isSent ? packet.ackedBy : packet.fact.row;
            if (packet.fact.direction() == direction && when.isValid() && time(when) <= timeNs)
                through.insert(packet.fact.row);
        }
        std::map<std::uint64_t, std::vector<std::pair<std::uint64_t, std::uint64_t>>> ranges;
        for (const StreamFact& fact : m_facts.streams) {
            if (fact.direction == direction && through.contains(fact.row) && fact.offset + fact.length >= fact.offset)
                ranges[fact.streamId].emplace_back(fact.offset, fact.offset + fact.length);
        }
        std::uint64_t bytes = 0;
        for (auto& [id, each] : ranges) {
            std::sort(each.begin(), each.end());
            std::uint64_t to = 0;
            for (const auto& [from, end] : each) {
                bytes += end > std::max(from, to) ? end - std::max(from, to) : 0;
                to = std::max(to, end);
            }
        }
        return bytes;
    }
    [[nodiscard]] std::size_t packetCount(Direction direction) const
    {
        return static_cast<std::size_t>(std::count_if(m_packets.begin(), m_packets.end(),
                                                      [direction](const Packet& packet) { return packet.fact.direction() == direction; }));
    }

private:
    struct Packet {
        PacketFact fact;
        RowId ackedBy;
        bool isLargest = false;
    };

    [[nodiscard]] bool isMine(RowId row) const { return m_facts.rows[row.value].trace == m_trace; }
    [[nodiscard]] static bool isNumbered(const PacketFact& packet, Direction direction, std::uint32_t pathId, PacketNumberSpace space)
    {
        return packet.direction() == direction && packet.pathId == pathId && spaceOf(packet.type) == space
            && space != PacketNumberSpace::None && (packet.flags & PacketNoNumber) == 0;
    }
    void acknowledge(const AckedFact& acked)
    {
        if (!isMine(acked.row))
            return;
        for (Packet& packet : m_packets) {
            if (packet.ackedBy.isValid() || !isNumbered(packet.fact, acked.direction, acked.pathId, acked.space)
                || packet.fact.number < acked.first || packet.fact.number > acked.last)
                continue;
            packet.ackedBy = acked.row;
            packet.isLargest = acked.isLargest && packet.fact.number == acked.last;
        }
    }
    [[nodiscard]] std::map<std::uint64_t, std::uint64_t> streamEnds(Direction direction, std::int64_t timeNs) const
    {
        std::map<std::uint64_t, std::uint64_t> ends;
        for (const StreamFact& fact : m_facts.streams) {
            constexpr std::uint64_t largest = (std::uint64_t{1} << 62) - 1;
            if (!isMine(fact.row) || fact.direction != direction || time(fact.row) > timeNs || fact.offset > largest || fact.offset + fact.length > largest)
                continue;
            std::uint64_t& end = ends[fact.streamId];
            end = std::max(end, fact.offset + fact.length);
        }
        return ends;
    }
    [[nodiscard]] std::optional<std::uint64_t> initial(Direction direction, TransportParameter parameter, std::int64_t timeNs) const
    {
        const ParameterOwner owner = direction == Direction::Sent ? ParameterOwner::Remote : ParameterOwner::Local;
        for (const bool isRestored : {false, true}) {
            const ParameterFact* first = nullptr;
            for (const ParameterFact& fact : m_facts.parameters) {
                if (isMine(fact.row) && fact.owner == owner && fact.parameter == parameter && fact.isRestored == isRestored
                    && time(fact.row) <= timeNs && (first == nullptr || time(fact.row) < time(first->row)))
                    first = &fact;
            }
            if (first != nullptr)
                return first->value;
        }
        return std::nullopt;
    }
    [[nodiscard]] bool isRaise(const LimitFact& fact, Direction direction, std::int64_t timeNs) const
    {
        return isMine(fact.row) && fact.event == LimitEvent::Raised && fact.value != LimitFact::none && fact.direction != direction
            && time(fact.row) <= timeNs;
    }
    [[nodiscard]] std::optional<std::uint64_t> streamLimit(Direction direction, std::uint64_t id, std::int64_t timeNs) const
    {
        std::optional<std::uint64_t> limit;
        const bool clientOpened = id % 2 == 0;
        if (id % 4 >= 2) {
            limit = initial(direction, TransportParameter::InitialMaxStreamDataUni, timeNs);
        } else if (m_role == Role::Client || m_role == Role::Server) {
            // the receiver of the data set the limit; "local" are the streams that it opened itself
            const bool clientReceives = (m_role == Role::Client) == (direction == Direction::Received);
            limit = initial(direction, clientReceives == clientOpened ? TransportParameter::InitialMaxStreamDataBidiLocal
                                                                     : TransportParameter::InitialMaxStreamDataBidiRemote, timeNs);
        }
        for (const LimitFact& fact : m_facts.limits) {
            if (isRaise(fact, direction, timeNs) && fact.kind == LimitKind::StreamData && fact.streamId == id)
                limit = std::max(limit.value_or(0), fact.value);
        }
        return limit;
    }

    const EventBatch& m_facts;
    TraceId m_trace;
    Role m_role;
    std::int64_t m_zeroNs;
    std::vector<Packet> m_packets;
};

EventBatch factsOf(const QString& path)
{
    EventBatch all;
    TraceReader::Callbacks callbacks;
    callbacks.opened = [](const ReadResult&) {};
    callbacks.batch = [&all](EventBatch&& batch) { appendBatch(&all, batch); };
    callbacks.progress = [](std::uint64_t, std::uint64_t) {};
    (void)TraceReader::read(path.toStdString(), callbacks);
    return all;
}

QString traceFile(const QString& name) { return sharedTraces() + QStringLiteral("/dev/") + name; }

bool writeCsv(Document* document, std::size_t trace, Direction direction, const QString& path)
{
    const TraceRef ref{document, TraceId(trace)};
    OutputFile output(path);
    const TimeRange range{0, std::max<std::int64_t>(ref.get().timeRange().lengthNs(), 1)};
    return output.open() && writeCongestionCsv(ref, range, direction, {}, &output) == ExitGood;
}

void addTraces()
{
    QTest::addColumn<QString>("name");
    if (sharedTraces().isEmpty())
        QSKIP("no real traces at " QLOGSCOPE_SHARED_DIR "/traces");
    for (const QString& name : sharedTraceNames())
        QTest::newRow(qPrintable(name)) << name;
}

} // namespace

void CongestionCsvTest::equalsBruteForce_data() { addTraces(); }

void CongestionCsvTest::equalsBruteForce()
{
    QFETCH(QString, name);
    const std::unique_ptr<Document> document = TraceReader::readDocument(traceFile(name).toStdString());
    const EventBatch facts = factsOf(traceFile(name));
    std::mt19937_64 random(7);
    for (std::size_t i = 0; i < document->traceCount(); ++i) {
        const Trace& trace = document->trace(TraceId(i));
        const BruteForce brute(facts, trace.id(), trace.role(), trace.zeroNs());
        DerivedSeries derived(trace);
        while (!derived.advance(1 + random() % 5'000)) { } // in slices of any size
        for (const Direction direction : {Direction::Sent, Direction::Received}) {
            const QString path = m_folder.filePath(QStringLiteral("out.csv"));
            QVERIFY(writeCsv(document.get(), i, direction, path));
            CsvSeries csv = readCsv(path.toStdString());
            const bool isSent = direction == Direction::Sent;
            QCOMPARE(csv["sent"].size(), brute.packetCount(direction));
            const bool hasLimitSum = brute.areStreamLimitsKnown(direction) || !csv["stream_limit_sum"].empty();
            const std::int64_t length = std::max<std::int64_t>(trace.timeRange().lengthNs(), 1);
            for (int sample = 0; sample < 100; ++sample) {
                const std::int64_t time = sample == 0 ? length : static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(length));
                const QByteArray where = QByteArray(isSent ? "sent" : "received") + " at " + QByteArray::number(time);
                QVERIFY2(bytesTo(csv["sent"], time) == brute.packetBytes(direction, time), where.constData());
                QVERIFY2(bytesTo(csv["acked"], time) == brute.ackedBytes(direction, time), where.constData());
                if (isSent)
                    QVERIFY2(bytesTo(csv["lost"], time) == brute.lostBytes(time), where.constData());
                QVERIFY2(valueAt(csv["stream_bytes"], time).value_or(0) == brute.streamBytes(direction, time), where.constData());
                QVERIFY2(valueAt(csv["connection_limit"], time) == brute.connectionLimit(direction, time), where.constData());
                if (hasLimitSum)
                    QVERIFY2(valueAt(csv["stream_limit_sum"], time) == brute.streamLimitSum(direction, time), where.constData());
                const TimeRange until{trace.zeroNs(), trace.zeroNs() + time + 1};
                QVERIFY2(derived.rates().packetBytesIn(direction, until) == brute.packetBytes(direction, time), where.constData());
                if (sample < 10)
                    QVERIFY2(derived.rates().streamBytesIn(direction, until) == brute.goodput(direction, time), where.constData());
            }
            const auto samples = brute.rttSamples();
            const std::vector<CsvRow>& exported = csv["rtt_sample"];
            QCOMPARE(exported.size(), samples.size());
            for (std::size_t each = 0; each < samples.size(); ++each) {
                QCOMPARE(exported[each].timeNs, samples[each].first);
                QCOMPARE(nsOf(exported[each].value), samples[each].second);
            }
        }
    }
}

void CongestionCsvTest::equalsTheOracle_data() { addTraces(); }

void CongestionCsvTest::equalsTheOracle()
{
    QFETCH(QString, name);
    const QString oracleFile = sharedTraces() + QStringLiteral("/oracle/") + name + QStringLiteral(".json");
    std::ifstream file(oracleFile.toStdString());
    const nlohmann::json oracle = nlohmann::json::parse(file, nullptr, false);
    QVERIFY2(oracle.is_object(), "the oracle of this trace cannot be read");
    if (oracle.contains("unreadable"))
        QSKIP("a file that cannot be read has no series");
    const std::unique_ptr<Document> document = TraceReader::readDocument(traceFile(name).toStdString());
    const nlohmann::json& traces = oracle["files"][0]["traces"];
    QCOMPARE(document->traceCount(), traces.size());
    for (std::size_t i = 0; i < traces.size(); ++i) {
        for (const Direction direction : {Direction::Sent, Direction::Received}) {
            const char* side = direction == Direction::Sent ? "sent" : "received";
            const QString path = m_folder.filePath(QStringLiteral("out.csv"));
            QVERIFY(writeCsv(document.get(), i, direction, path));
            CsvSeries csv = readCsv(path.toStdString());
            std::uint64_t packets = 0;
            for (const auto& count : traces[i]["packets"][side])
                packets += count.get<std::uint64_t>();
            QCOMPARE(csv["sent"].size(), packets);
            if (traces[i].contains("bytes") && traces[i]["bytes"].contains(side))
                QCOMPARE(bytesTo(csv["sent"], never), traces[i]["bytes"][side].get<std::uint64_t>());
            if (direction == Direction::Received)
                continue;
            if (traces[i].contains("packets_lost"))
                QCOMPARE(static_cast<std::uint64_t>(csv["lost"].size()), traces[i]["packets_lost"].get<std::uint64_t>());
            std::set<std::pair<std::string, std::string>> acked; // numbers that were sent twice count once
            for (const CsvRow& row : csv["acked"])
                acked.emplace(row.space, row.number);
            if (traces[i].contains("packets_acked") && !document->trace(TraceId(i)).packets(direction).usesPathIds())
                QCOMPARE(static_cast<std::uint64_t>(acked.size()), traces[i]["packets_acked"].get<std::uint64_t>());
        }
    }
}

namespace {

/// Bytes in flight as logged beside those that the packets, ACKs and losses make.
class FlightComparison : public TimeWalk::Visitor
{
public:
    explicit FlightComparison(const Trace& trace)
        : m_estimate(trace)
    {
    }
    void restart() override { QFAIL("the trace does not grow"); }
    void parameter(const ParameterFact&) override { }
    void packet(Direction direction, PacketId packet) override { m_estimate.packet(direction, packet); }
    void acked(Direction direction, PacketId packet) override
    {
        if (direction == Direction::Sent)
            m_estimate.acked(packet);
    }
    void lost(PacketId packet) override { m_estimate.lost(packet); }
    void limit(std::size_t) override { }
    void streamRange(std::size_t) override { }
    void metric(MetricKind kind, std::int64_t value) override
    {
        if (kind != MetricKind::BytesInFlight)
            return;
        ++count;
        near += std::abs(value - m_estimate.currentBytes()) <= std::max<std::int64_t>(3'000, value / 10) ? 1 : 0;
    }
    void rowEnd(RowId row) override { m_estimate.rowEnd(row); }

    std::size_t count = 0;
    std::size_t near = 0;

private:
    FlightEstimate m_estimate;
};

} // namespace

void CongestionCsvTest::estimatedFlightIsNearTheLoggedOne_data() { addTraces(); }

void CongestionCsvTest::estimatedFlightIsNearTheLoggedOne()
{
    QFETCH(QString, name);
    const std::unique_ptr<Document> document = TraceReader::readDocument(traceFile(name).toStdString());
    for (std::size_t i = 0; i < document->traceCount(); ++i) {
        const Trace& trace = document->trace(TraceId(i));
        const Findings findings = findingsOf(*document, trace.id());
        const bool isWrong = std::any_of(findings.found.begin(), findings.found.end(),
                                         [](const Finding& finding) { return finding.kind == FindingKind::BytesInFlightDiffer; });
        if (trace.packetsAcked(Direction::Sent) == 0 || isWrong || trace.packets(Direction::Sent).usesPathIds())
            continue; // nothing to infer it from; or the logged values are known to be off, or those of one path
        FlightComparison comparison(trace);
        TimeWalk walk(trace);
        QVERIFY(walk.advance(SIZE_MAX, &comparison));
        constexpr std::size_t ofTheHandshake = 10; // writers differ in when its packets leave
        QVERIFY2(comparison.count - comparison.near <= std::max(ofTheHandshake, comparison.count / 20),
                 qPrintable(QStringLiteral("%1 of %2").arg(comparison.near).arg(comparison.count)));
    }
}

/// Of a log with these records; the client's own.
CsvSeries CongestionCsvTest::csvOf(std::string_view events, std::string_view writer)
{
    std::string text = "\x1e{\"qlog_version\":\"0.3\",\"qlog_format\":\"JSON-SEQ\",\"trace\":{\"vantage_point\":{\"name\":\"" + std::string(writer)
        + "\",\"type\":\"client\"},\"common_fields\":{\"time_format\":\"relative\",\"reference_time\":0}}}\n";
    std::stringstream lines{std::string(events)};
    for (std::string line; std::getline(lines, line);)
        text += "\x1e" + line + "\n";
    const std::unique_ptr<Document> document = openText(m_folder, text);
    const QString path = m_folder.filePath(QStringLiteral("out.csv"));
    return writeCsv(document.get(), 0, Direction::Sent, path) ? readCsv(path.toStdString()) : CsvSeries();
}

/// They share a packet-number space (RFC 9000, section 12.3).
void CongestionCsvTest::zeroRttPacketsAreAckedByOneRttAcks()
{
    CsvSeries csv = csvOf(R"({"time":1,"name":"transport:packet_sent","data":{"header":{"packet_type":"0RTT","packet_number":0},"raw":{"length":700},"frames":[{"frame_type":"stream","stream_id":0,"offset":0,"length":600}]}}
{"time":2,"name":"transport:packet_sent","data":{"header":{"packet_type":"initial","packet_number":0},"raw":{"length":1200},"frames":[{"frame_type":"crypto","offset":0,"length":300}]}}
{"time":3,"name":"transport:packet_sent","data":{"header":{"packet_type":"1RTT","packet_number":1},"raw":{"length":900},"frames":[{"frame_type":"ping"}]}}
{"time":21.5,"name":"transport:packet_received","data":{"header":{"packet_type":"1RTT","packet_number":0},"raw":{"length":40},"frames":[{"frame_type":"ack","acked_ranges":[[0,1]]}]}})");
    QCOMPARE(csv["acked"].size(), std::size_t{2}); // not the Initial packet
    QCOMPARE(bytesTo(csv["acked"], never), std::uint64_t{700 + 900});
    for (const CsvRow& row : csv["acked"]) {
        QCOMPARE(QString::fromStdString(row.space), QStringLiteral("application"));
        QCOMPARE(row.timeNs, std::int64_t{20'500'000}); // of the ACK, since the first event
    }
}

void CongestionCsvTest::zeroBytesInFlightAreAValue()
{
    CsvSeries csv = csvOf(R"({"time":1,"name":"recovery:metrics_updated","data":{"bytes_in_flight":0}}
{"time":2,"name":"recovery:metrics_updated","data":{"bytes_in_flight":1200}}
{"time":3,"name":"recovery:metrics_updated","data":{"bytes_in_flight":0}})");
    const std::vector<CsvRow>& flight = csv["bytes_in_flight"];
    QCOMPARE(flight.size(), std::size_t{3});
    QCOMPARE(flight[0].from, std::uint64_t{0});
    QCOMPARE(flight[2].from, std::uint64_t{0});
    QVERIFY(!flight[0].isInferred);
}

void CongestionCsvTest::noThresholdIsNoValue_data()
{
    QTest::addColumn<QString>("logged");
    for (const char* logged : {"18446744073709551615", "9223372036854775807", "4294967295", "2147483647", "-1"})
        QTest::newRow(logged) << QString::fromLatin1(logged);
}

/// "No threshold yet" (dialects 3.3) neither has a row nor hides the value that comes later.
void CongestionCsvTest::noThresholdIsNoValue()
{
    QFETCH(QString, logged);
    CsvSeries csv = csvOf(R"({"time":1,"name":"recovery:metrics_updated","data":{"congestion_window":12000,"ssthresh":)" + logged.toStdString() + R"(}}
{"time":5,"name":"recovery:metrics_updated","data":{"ssthresh":9000}})");
    QCOMPARE(csv["congestion_window"].size(), std::size_t{1});
    QCOMPARE(csv["ssthresh"].size(), std::size_t{1});
    QCOMPARE(csv["ssthresh"][0].from, std::uint64_t{9'000});
}

/// A packet_lost event of a probe has its row, as the log says it; the figures of loss leave it out (RFC 9002, section 3; RFC 8899, section 3).
void CongestionCsvTest::probesAreNoLosses()
{
    CsvSeries csv = csvOf(R"({"time":1,"name":"transport:packet_sent","data":{"header":{"packet_type":"1RTT","packet_number":0},"raw":{"length":1452},"is_mtu_probe_packet":true,"frames":[{"frame_type":"ping"},{"frame_type":"padding","length":1400}]}}
{"time":2,"name":"transport:packet_sent","data":{"header":{"packet_type":"1RTT","packet_number":1},"raw":{"length":1200},"frames":[{"frame_type":"ping"}]}}
{"time":30,"name":"recovery:packet_lost","data":{"header":{"packet_type":"1RTT","packet_number":0},"is_mtu_probe_packet":true}}
{"time":31,"name":"recovery:packet_lost","data":{"header":{"packet_type":"1RTT","packet_number":1}}})");
    QCOMPARE(csv["lost"].size(), std::size_t{2});
    const std::unique_ptr<Document> document = TraceReader::readDocument(m_folder.filePath(QStringLiteral("trace.sqlog")).toStdString());
    const Trace& trace = document->trace(TraceId(std::size_t{0}));
    DerivedSeries derived(trace);
    QVERIFY(derived.advance());
    const RangeStatistics figures = rangeStatistics(trace, derived, Direction::Sent, trace.timeRange());
    QCOMPARE(figures.packets, std::uint64_t{2});
    QCOMPARE(figures.lostPackets.value_or(0), std::uint64_t{1});
}

void CongestionCsvTest::withoutAWindowTheFlightIsInferred()
{
    CsvSeries csv = csvOf(R"({"time":1,"name":"transport:packet_sent","data":{"header":{"packet_type":"1RTT","packet_number":0},"raw":{"length":1200},"frames":[{"frame_type":"ping"}]}}
{"time":2,"name":"transport:packet_sent","data":{"header":{"packet_type":"1RTT","packet_number":1},"raw":{"length":1000},"frames":[{"frame_type":"ping"}]}}
{"time":22,"name":"transport:packet_received","data":{"header":{"packet_type":"1RTT","packet_number":0},"raw":{"length":40},"frames":[{"frame_type":"ack","acked_ranges":[[0,1]]}]}})");
    QVERIFY(csv["congestion_window"].empty());
    std::vector<std::uint64_t> flight;
    for (const CsvRow& row : csv["bytes_in_flight"]) {
        QVERIFY(row.isInferred);
        flight.push_back(row.from);
    }
    QCOMPARE(flight, (std::vector<std::uint64_t>{1'200, 2'200, 0}));
}

QTEST_GUILESS_MAIN(CongestionCsvTest)
#include "congestioncsvtest.moc"
