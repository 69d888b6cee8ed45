// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/packetsizes.h"
#include "importers/recordsummary.h"
#include "tests/support/reading.h"

#include <QTest>

#include <map>
#include <memory>

using namespace qlogscope;
using namespace qlogscope::testing;

/// Packets byte by byte: those of real logs, and made ones whose bytes are known.
class PacketLayoutTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void ackFields();
    void knownPackets_data();
    void knownPackets();
    void oddPackets_data();
    void oddPackets();
    void openSslSaysThatSizesAreInferred();
    void realTracesTile_data();
    void realTracesTile();
    void littleIsUnaccounted();

private:
    struct Account {
        std::uint64_t bytes = 0;
        std::uint64_t unaccounted = 0;
        std::uint64_t unloggedPadding = 0;
        std::uint64_t cutFrames = 0;
        std::uint64_t packets = 0;
    };
    std::map<std::string, Account> m_accounts; // by writer
};

namespace {

/// "header 7; stream 2+10; tag 16": all parts in their order.
std::string textOf(const PacketLayout& layout)
{
    std::string line = "header " + std::to_string(layout.headerBytes);
    std::uint32_t next = layout.headerBytes;
    const auto addUnaccounted = [&] {
        if (layout.unaccountedBytes > 0 && layout.unaccountedStart == next) {
            line += "; unaccounted " + std::to_string(layout.unaccountedBytes);
            next += layout.unaccountedBytes;
        }
    };
    for (const FrameLayout& frame : layout.frames) {
        addUnaccounted();
        line += "; " + std::string(text(frame.kind)) + " " + std::to_string(frame.headerBytes) + "+" + std::to_string(frame.dataBytes);
        line += frame.isLogged ? "" : " (not logged)";
        line += frame.isCut ? " (cut)" : "";
        next += frame.sizeBytes();
    }
    addUnaccounted();
    return line + "; tag " + std::to_string(layout.tagBytes);
}

/// What is wrong with a layout; empty if its parts lie end to end and fill it.
std::string tilingProblem(const PacketLayout& layout, std::uint32_t size)
{
    if (layout.sizeBytes != size)
        return "size " + std::to_string(layout.sizeBytes) + " instead of " + std::to_string(size);
    if (std::uint64_t{layout.headerBytes} + layout.tagBytes > size)
        return "header and tag are longer than the packet";
    if (layout.headerBytes + layout.payloadBytes() + layout.tagBytes != size)
        return "header, payload and tag are not the packet";
    std::uint64_t next = layout.headerBytes;
    bool isUnaccountedPlaced = layout.unaccountedBytes == 0;
    const auto placeUnaccounted = [&] {
        if (!isUnaccountedPlaced && layout.unaccountedStart == next) {
            next += layout.unaccountedBytes;
            isUnaccountedPlaced = true;
        }
    };
    for (const FrameLayout& frame : layout.frames) {
        placeUnaccounted();
        if (frame.start != next)
            return "a frame begins at " + std::to_string(frame.start) + ", the one before it ends at " + std::to_string(next);
        next += std::uint64_t{frame.headerBytes} + frame.dataBytes;
    }
    placeUnaccounted();
    if (!isUnaccountedPlaced)
        return "the unaccounted bytes overlap a frame";
    return next + layout.tagBytes == size ? std::string() : "the parts end at " + std::to_string(next + layout.tagBytes);
}

struct Known {
    Writer writer = Writer::Unknown;
    std::string type = "1RTT";
    std::string header; ///< members after the type and number
    std::string members; ///< of data, after the header
    std::string frames;
    std::uint32_t size = 0;
    bool isSent = true;
    std::uint16_t flags = 0;
};

PacketLayout layoutOf(const Known& known)
{
    TraceHeader header;
    header.writer = known.writer;
    PacketFact fact;
    fact.type = packetTypeOf(known.type);
    fact.sizeBytes = known.size;
    fact.flags = static_cast<std::uint16_t>(known.flags | (known.isSent ? 0 : PacketReceivedFlag));
    const std::string record = R"({"time":1,"name":"transport:packet_)" + std::string(known.isSent ? "sent" : "received")
        + R"(","data":{"header":{"packet_type":")" + known.type + R"(","packet_number":17)" + known.header + "}" + known.members
        + (known.frames.empty() ? "" : R"(,"frames":)" + known.frames) + "}}";
    return RecordSummary().packetLayout(record, header, fact);
}

} // namespace

Q_DECLARE_METATYPE(Known)

void PacketLayoutTest::ackFields()
{
    const auto size = [](std::vector<Interval> ranges) { return ackFieldsSize(ranges, 1); };
    QCOMPARE(size({{0, 0}}), 4U); // largest, delay, count, first range
    QCOMPARE(size({{63, 64}}), 5U);
    QCOMPARE(size({{10, 12}, {0, 5}}), 6U); // and a gap and a range
    QCOMPARE(size({{0, 5}, {10, 12}}), 6U);
    QCOMPARE(size({{100, 100}, {0, 34}}), 8U); // largest in 2 bytes, a gap of 64 (wire value: 2 less than the distance)
    QCOMPARE(size({{100, 100}, {0, 35}}), 7U);
    QCOMPARE(size({{0, (std::uint64_t{1} << 62) - 1}}), 18U);
    QCOMPARE(size({{5, 9}, {7, 12}}), 6U); // overlapping
    std::vector<Interval> many;
    for (std::uint64_t i = 0; i < 100; ++i)
        many.push_back({2 * i, 2 * i});
    QCOMPARE(size(many), 2U + 1 + 2 + 1 + 99 * 2);
}

void PacketLayoutTest::knownPackets_data()
{
    QTest::addColumn<Known>("packet");
    QTest::addColumn<QString>("parts");
    const auto row = [](const char* name, const Known& packet, const char* parts) { QTest::newRow(name) << packet << QString::fromLatin1(parts); };
    const std::string ids = R"(,"dcid":"a1a2a3a4","scid":"b1b2b3b4")";
    row("quic-go, last frame without a Length field",
        {Writer::QuicGo, "1RTT", R"(,"dcid":"a1a2a3a4")", R"(,"raw":{"length":35,"payload_length":28})",
         R"([{"frame_type":"stream","stream_id":3,"offset":0,"length":10}])", 35},
        "header 7; stream 2+10; tag 16");
    row("quic-go, Length field of all but the last one",
        {Writer::QuicGo, "1RTT", R"(,"dcid":"a1a2a3a4")", R"(,"raw":{"length":141,"payload_length":134})",
         R"([{"frame_type":"stream","stream_id":4,"offset":100,"length":100},{"frame_type":"stream","stream_id":0,"length":10}])", 141},
        "header 7; stream 6+100; stream 2+10; tag 16");
    row("quic-go, padded Initial",
        {Writer::QuicGo, "initial", ids, R"(,"raw":{"length":1280,"payload_length":1262})",
         R"([{"frame_type":"crypto","offset":64,"length":5},{"frame_type":"crypto","offset":0,"length":64}])", 1280},
        "header 20; crypto 4+5; crypto 4+64; padding 0+1167 (not logged); tag 16");
    row("quic-go, probe", {Writer::QuicGo, "1RTT", R"(,"dcid":"a1a2a3a4")", R"(,"raw":{"length":1300,"payload_length":1293})", R"([{"frame_type":"ping"}])", 1300},
        "header 7; ping 1+0; padding 0+1276 (not logged); tag 16");
    row("aioquic, Length field of two bytes",
        {Writer::Aioquic, "1RTT", R"(,"dcid":"a1a2a3a4a5a6a7a8")", R"(,"raw":{"length":41})", R"([{"frame_type":"stream","stream_id":4,"offset":0,"length":10,"fin":true}])", 41},
        "header 11; stream 4+10; tag 16");
    row("aioquic, Initial",
        {Writer::Aioquic, "initial", R"(,"dcid":"a1a2a3a4a5a6a7a8","scid":"b1b2b3b4b5b6b7b8")", R"(,"raw":{"length":74})", R"([{"frame_type":"crypto","offset":0,"length":26}])", 74},
        "header 28; crypto 4+26; tag 16");
    row("ngtcp2, no IDs: what frames and tag leave is the header",
        {Writer::Ngtcp2, "1RTT", "", R"(,"raw":{"length":140})", R"([{"frame_type":"stream","stream_id":0,"offset":20000,"length":100}])", 140},
        "header 16; stream 8+100; tag 16");
    row("sized padding",
        {Writer::Unknown, "initial", ids, R"(,"raw":{"length":1200})", R"([{"frame_type":"crypto","offset":0,"length":300},{"frame_type":"padding","length":860}])", 1200},
        "header 20; crypto 4+300; padding 0+860; tag 16");
    row("padding without a size",
        {Writer::Unknown, "initial", ids, R"(,"raw":{"length":1200})", R"([{"frame_type":"crypto","offset":0,"length":300},{"frame_type":"padding"}])", 1200},
        "header 20; crypto 4+300; padding 0+860; tag 16");
    row("picoquic leaves the tag out of what it sends",
        {Writer::Picoquic, "1RTT", R"(,"dcid":"a1a2a3a4a5a6a7a8")", "", R"([{"frame_type":"stream","id":4,"offset":1000,"has_length":false,"length":100}])", 115},
        "header 11; stream 4+100; tag 0");
    row("picoquic, received",
        {Writer::Picoquic, "1RTT", R"(,"dcid":"a1a2a3a4a5a6a7a8")", "", R"([{"frame_type":"stream","id":4,"offset":1000,"has_length":false,"length":100}])", 131, false},
        "header 11; stream 4+100; tag 16");
    row("a coarse delay", {Writer::Unknown, "1RTT", R"(,"dcid":"a1a2a3a4")", R"(,"raw":{"length":29})", R"([{"frame_type":"ack","ack_delay":0,"acked_ranges":[[0,9]]}])", 29},
        "header 7; ack 6+0; tag 16");
    row("ECN counts", {Writer::Unknown, "1RTT", R"(,"dcid":"a1a2a3a4")", R"(,"raw":{"length":32})", R"([{"frame_type":"ack","ack_delay":0,"acked_ranges":[[0,9]],"ect0":100,"ect1":0,"ce":0}])", 32},
        "header 7; ack 9+0; tag 16");
    row("encoded sizes (drafts from 12 on)",
        {Writer::Unknown, "1RTT", R"(,"dcid":"a1a2a3a4","packet_number_length":3)", R"(,"raw":{"length":134})",
         R"([{"frame_type":"stream","stream_id":0,"raw":{"length":105,"payload_length":100}},{"frame_type":"max_data","maximum":70000,"raw":{"length":5}}])", 134},
        "header 8; stream 5+100; max_data 5+0; tag 16");
    row("frames of numbers", {Writer::Unknown, "1RTT", R"(,"dcid":"a1a2a3a4")", R"(,"raw":{"length":93})",
         R"([{"frame_type":"max_stream_data","stream_id":4,"maximum":100000},{"frame_type":"reset_stream","stream_id":4,"error_code":256,"final_size":70},)"
         R"({"frame_type":"stop_sending","stream_id":4,"error_code":1},{"frame_type":"new_connection_id","sequence_number":1,"retire_prior_to":0,"connection_id":"aabbccdd",)"
         R"("stateless_reset_token":"000102030405060708090a0b0c0d0e0f"},{"frame_type":"retire_connection_id","sequence_number":0},{"frame_type":"path_challenge","data":"0011223344556677"},)"
         R"({"frame_type":"connection_close","error_space":"application","error_code":256,"reason":"done"},{"frame_type":"handshake_done"},{"frame_type":"max_streams","maximum":100}])", 93},
        "header 7; max_stream_data 6+0; reset_stream 6+0; stop_sending 3+0; new_connection_id 24+0; retire_connection_id 2+0; path_challenge 9+0; connection_close 8+0; handshake_done 1+0; "
        "max_streams 3+0; unaccounted 8; tag 16");
    row("Retry", {Writer::Unknown, "retry", ids, R"(,"raw":{"length":100})", "", 100}, "header 84; tag 16");
    row("Version Negotiation", {Writer::Unknown, "version_negotiation", ids, R"(,"raw":{"length":40})", "", 40}, "header 40; tag 0");
    row("quiche, sent: payload_length is that of the frames",
        {Writer::Quiche, "initial", ids, R"(,"raw":{"length":1200,"payload_length":1163})", R"([{"frame_type":"crypto","offset":0,"length":286},{"frame_type":"padding"}])", 1200},
        "header 21; crypto 4+286; padding 0+873; tag 16");
}

void PacketLayoutTest::knownPackets()
{
    QFETCH(Known, packet);
    QFETCH(QString, parts);
    const PacketLayout layout = layoutOf(packet);
    QCOMPARE(QString::fromStdString(tilingProblem(layout, packet.size)), QString());
    QCOMPARE(QString::fromStdString(textOf(layout)), parts);
    QVERIFY(!layout.isSizeInferred);
}

void PacketLayoutTest::oddPackets_data()
{
    QTest::addColumn<Known>("packet");
    QTest::addColumn<QString>("parts");
    const auto row = [](const char* name, const Known& packet, const char* parts) { QTest::newRow(name) << packet << QString::fromLatin1(parts); };
    const std::string id = R"(,"dcid":"a1a2a3a4")";
    row("no frames", {Writer::Unknown, "1RTT", id, "", "[]", 100}, "header 7; unaccounted 77; tag 16");
    row("frames not logged", {Writer::Unknown, "1RTT", id, "", "", 100}, "header 7; unaccounted 77; tag 16");
    row("size 0", {Writer::Unknown, "1RTT", id, "", R"([{"frame_type":"ping"}])", 0}, "header 0; ping 0+0 (cut); tag 0");
    row("smaller than a tag", {Writer::Unknown, "1RTT", id, "", R"([{"frame_type":"ping"}])", 9}, "header 0; ping 0+0 (cut); tag 9");
    row("frames longer than the packet",
        {Writer::Unknown, "1RTT", id, "", R"([{"frame_type":"ping"},{"frame_type":"stream","stream_id":0,"length":5000},{"frame_type":"ping"}])", 100},
        "header 6; ping 1+0; stream 4+73 (cut); ping 0+0 (cut); tag 16");
    row("absurd length", {Writer::Unknown, "1RTT", id, "", R"([{"frame_type":"stream","stream_id":0,"offset":4611686018427387904,"length":18446744073709551615}])", 100},
        "header 6; stream 10+68 (cut); tag 16");
    row("two absurd lengths",
        {Writer::Unknown, "1RTT", id, "", R"([{"frame_type":"crypto","offset":0,"length":18446744073709551615},{"frame_type":"padding","length":18446744073709551615}])", 100},
        "header 6; crypto 10+68 (cut); padding 0+0 (cut); tag 16");
    row("absurd packet", {Writer::Unknown, "1RTT", id, "", R"([{"frame_type":"ping"}])", 4294967295}, "header 7; ping 1+0; unaccounted 4294967271; tag 16");
    row("no lengths", {Writer::Unknown, "1RTT", id, "", R"([{"frame_type":"stream","stream_id":0},{"frame_type":"crypto"},{"frame_type":"datagram"}])", 100},
        "header 7; stream 3+0; crypto 3+0; datagram 2+69; tag 16");
    row("no type", {Writer::Unknown, "1RTT", id, "", R"([{},7,null,"ping",{"frame_type":7}])", 40}, "header 7; other 1+0; other 1+15; tag 16");
    row("one frame without its array", {Writer::Unknown, "1RTT", id, "", R"({"frame_type":"ping"})", 24}, "header 7; ping 1+0; tag 16");
    row("null frames", {Writer::Unknown, "1RTT", id, "", "null", 30}, "header 7; unaccounted 7; tag 16");
    row("ranges of 2^62", {Writer::Unknown, "1RTT", id, "", R"([{"frame_type":"ack","acked_ranges":[[0,4611686018427387904],[9223372036854775807,18446744073709551615]]}])", 60},
        "header 9; ack 35+0; tag 16");
    row("odd ID", {Writer::Unknown, "1RTT", R"(,"dcid":5)", "", R"([{"frame_type":"ping"}])", 22}, "header 5; ping 1+0; tag 16");
}

void PacketLayoutTest::oddPackets()
{
    QFETCH(Known, packet);
    QFETCH(QString, parts);
    const PacketLayout layout = layoutOf(packet);
    QCOMPARE(QString::fromStdString(tilingProblem(layout, packet.size)), QString());
    QCOMPARE(QString::fromStdString(textOf(layout)), parts);
    QCOMPARE(layout.areFramesLogged, !packet.frames.empty() && packet.frames != "null");
}

void PacketLayoutTest::openSslSaysThatSizesAreInferred()
{
    const std::string events
        = R"({"qlog_version":"0.3","qlog_format":"JSON-SEQ","trace":{"vantage_point":{"type":"client","name":"OpenSSL/3.5.0"},)"
          R"("common_fields":{"time_format":"delta"}}}
{"name":"transport:packet_sent","data":{"header":{"packet_type":"1RTT","packet_number":0,"dcid":"a1a2a3a4a5a6a7a8"},)"
          R"("frames":[{"frame_type":"ack","ack_delay":0,"acked_ranges":[[0,1]],"length":5},)"
          R"({"frame_type":"stream","stream_id":0,"offset":0,"payload_length":100,"explicit_length":true,"length":4},)"
          R"({"frame_type":"stream","stream_id":4,"offset":0,"payload_length":0,"explicit_length":false,"length":2}]},"time":2}
)";
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("openssl.sqlog"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(events.data(), static_cast<qint64>(events.size())) > 0);
    file.close();
    const std::unique_ptr<Document> document = TraceReader::readDocument(path.toStdString());
    const Trace& trace = document->trace(TraceId(std::size_t{0}));
    QCOMPARE(trace.packets(Direction::Sent).size(), std::size_t{1});
    const PacketFact fact = trace.packets(Direction::Sent)[PacketId(std::size_t{0})];
    const PacketLayout layout = RecordSummary().packetLayout(document->recordText(fact.row), trace.header(), fact);
    QVERIFY(layout.isSizeInferred);
    QCOMPARE(QString::fromStdString(textOf(layout)), QStringLiteral("header 13; ack 5+0; stream 4+100; stream 2+1170; tag 16"));
    QVERIFY(!layout.frames[1].isDataInferred && !layout.frames[1].isHeaderInferred);
    QVERIFY(layout.frames[2].isDataInferred);
}

void PacketLayoutTest::realTracesTile_data()
{
    QTest::addColumn<QString>("name");
    if (sharedTraces().isEmpty())
        QSKIP("The real traces are not beside the project.");
    for (const QString& name : sharedTraceNames())
        QTest::newRow(qPrintable(name)) << name;
}

void PacketLayoutTest::realTracesTile()
{
    QFETCH(QString, name);
    const std::unique_ptr<Document> document = TraceReader::readDocument(QString(sharedTraces() + QStringLiteral("/dev/") + name).toStdString());
    const RecordSummary records;
    for (std::size_t t = 0; t < document->traceCount(); ++t) {
        const Trace& trace = document->trace(TraceId(t));
        Account& account = m_accounts[text(trace.header().writer)];
        for (const Direction direction : {Direction::Sent, Direction::Received}) {
            const PacketIndex& packets = trace.packets(direction);
            for (std::size_t i = 0; i < packets.size(); ++i) {
                const PacketFact fact = packets[PacketId(i)];
                const std::string record = document->source()->text(document->events().offset(fact.row), document->events().length(fact.row));
                const PacketLayout layout = records.packetLayout(record, trace.header(), fact);
                const std::string problem = tilingProblem(layout, fact.sizeBytes);
                QVERIFY2(problem.empty(), (problem + ": " + record).c_str());
                QCOMPARE(layout.isSizeInferred, (fact.flags & (PacketSizeInferred | PacketSizeMissing)) != 0);
                ++account.packets;
                account.bytes += layout.sizeBytes;
                account.unaccounted += layout.unaccountedBytes;
                for (const FrameLayout& frame : layout.frames) {
                    account.unloggedPadding += frame.isLogged ? 0 : frame.sizeBytes();
                    account.cutFrames += frame.isCut ? 1 : 0;
                }
            }
        }
    }
}

void PacketLayoutTest::littleIsUnaccounted()
{
    if (m_accounts.empty())
        QSKIP("The real traces are not beside the project.");
    for (const auto& [writer, account] : m_accounts) {
        const double share = account.bytes > 0 ? 100.0 * static_cast<double>(account.unaccounted) / static_cast<double>(account.bytes) : 0;
        qInfo("%-12s %8llu packets %12llu bytes: unaccounted %9llu (%.4f %%), padding not logged %8llu, cut frames %llu", writer.c_str(),
              static_cast<unsigned long long>(account.packets), static_cast<unsigned long long>(account.bytes), static_cast<unsigned long long>(account.unaccounted), share,
              static_cast<unsigned long long>(account.unloggedPadding), static_cast<unsigned long long>(account.cutFrames));
        if (writer == "ngtcp2" || writer == "aioquic" || writer == "quic-go")
            QVERIFY2(share < 1, writer.c_str());
    }
}

QTEST_GUILESS_MAIN(PacketLayoutTest)
#include "packetlayouttest.moc"
