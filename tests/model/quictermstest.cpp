// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/quicterms.h"

#include <QTest>

#include <set>

using namespace qlogscope;

/// The words of QUIC are understood in every spelling that logs use (dialects 3.5, 3.6 and 3.8).
class QuicTermsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void packetTypes_data();
    void packetTypes();
    void spacesOfPacketTypes();
    void spacesByName();
    void frameKinds_data();
    void frameKinds();
    void everyFrameKindHasAName();
    void metricUnits();
    void ackElicitingFrames();
    void versions();
};

namespace {

constexpr std::uint64_t bit(FrameKind kind)
{
    return std::uint64_t{1} << static_cast<unsigned>(kind);
}

} // namespace

void QuicTermsTest::packetTypes_data()
{
    QTest::addColumn<PacketType>("type");
    const auto add = [](PacketType type, std::initializer_list<const char*> spellings) {
        for (const char* spelling : spellings)
            QTest::newRow(spelling) << type;
    };
    using enum PacketType;
    add(Initial, {"initial", "Initial", "INITIAL", "INIT"});
    add(Handshake, {"handshake", "Handshake", "HANDSHAKE"});
    add(ZeroRtt, {"0RTT", "0rtt", "0-RTT", "zerortt", "zero_rtt", "0-RTT Protected", "0RTT_PROTECTED"});
    add(OneRtt, {"1RTT", "1rtt", "1-RTT", "onertt", "one_rtt", "short_header", "SHORT_HEADER"});
    add(Retry, {"retry", "Retry", "RETRY"});
    add(VersionNegotiation, {"version_negotiation", "VERSION_NEGOTIATION", "Version Negotiation"});
    add(StatelessReset, {"stateless_reset", "STATELESS_RESET"});
    add(Unknown, {"unknown", "UNKOWN", "error", "scone", ""});
}

void QuicTermsTest::packetTypes()
{
    QFETCH(PacketType, type);
    QCOMPARE(packetTypeOf(QTest::currentDataTag()), type);
    QCOMPARE(packetTypeOf(text(type)), type);
    QCOMPARE(packetTypeOf(displayText(type)), type);
}

void QuicTermsTest::spacesOfPacketTypes()
{
    QCOMPARE(spaceOf(PacketType::Initial), PacketNumberSpace::Initial);
    QCOMPARE(spaceOf(PacketType::Handshake), PacketNumberSpace::Handshake);
    QCOMPARE(spaceOf(PacketType::ZeroRtt), PacketNumberSpace::Application);
    QCOMPARE(spaceOf(PacketType::OneRtt), PacketNumberSpace::Application);
    for (const PacketType type :
         {PacketType::Retry, PacketType::VersionNegotiation, PacketType::StatelessReset, PacketType::Unknown})
        QCOMPARE(spaceOf(type), PacketNumberSpace::None);
}

void QuicTermsTest::spacesByName()
{
    QCOMPARE(spaceOf("initial"), PacketNumberSpace::Initial);
    QCOMPARE(spaceOf("HANDSHAKE"), PacketNumberSpace::Handshake);
    QCOMPARE(spaceOf("InitialSpace"), PacketNumberSpace::Initial); // mvfst
    for (const char* name : {"application_data", "application", "APPLICATION_DATA", "application data", "AppDataSpace", ""})
        QCOMPARE(spaceOf(name), PacketNumberSpace::Application);
    QCOMPARE(text(PacketNumberSpace::Application), std::string_view("application"));
    QCOMPARE(text(PacketNumberSpace::None), std::string_view());
}

void QuicTermsTest::frameKinds_data()
{
    QTest::addColumn<FrameKind>("kind");
    const auto add = [](FrameKind kind, std::initializer_list<const char*> spellings) {
        for (const char* spelling : spellings)
            QTest::newRow(spelling) << kind;
    };
    using enum FrameKind;
    add(Padding, {"padding"});
    add(Ping, {"ping"});
    add(Ack, {"ack", "ack_ecn", "ack_extended", "ack_receive_timestamps"});
    add(ResetStream, {"reset_stream", "rst_stream"});
    add(ResetStreamAt, {"reset_stream_at", "rst_stream_at"});
    add(StopSending, {"stop_sending"});
    add(Crypto, {"crypto"});
    add(NewToken, {"new_token"});
    add(Stream, {"stream"});
    add(MaxData, {"max_data"});
    add(MaxStreamData, {"max_stream_data"});
    add(MaxStreams, {"max_streams", "max_stream_id", "max_streams_bidi", "max_streams_uni"});
    add(DataBlocked, {"data_blocked", "blocked"});
    add(StreamDataBlocked, {"stream_data_blocked", "stream_blocked"});
    add(StreamsBlocked, {"streams_blocked", "stream_id_blocked"});
    add(NewConnectionId, {"new_connection_id"});
    add(RetireConnectionId, {"retire_connection_id"});
    add(PathChallenge, {"path_challenge", "patch_challenge"});
    add(PathResponse, {"path_response", "patch_response"});
    add(ConnectionClose, {"connection_close", "application_close"});
    add(HandshakeDone, {"handshake_done"});
    add(Datagram, {"datagram"});
    add(AckFrequency, {"ack_frequency"});
    add(ImmediateAck, {"immediate_ack"});
    add(PathAck, {"path_ack", "ack_mp"});
    add(PathAbandon, {"path_abandon"});
    add(PathBackup, {"path_backup", "path_standby"});
    add(PathAvailable, {"path_available", "path_status"});
    add(PathNewConnectionId, {"path_new_connection_id", "mp_new_connection_id"});
    add(PathRetireConnectionId, {"path_retire_connection_id", "mp_retire_connection_id"});
    add(MaxPathId, {"max_path_id"});
    add(PathsBlocked, {"paths_blocked"});
    add(PathCidBlocked, {"path_cid_blocked"});
    add(TimeStamp, {"time_stamp"});
    add(Unknown, {"unknown", "unknown_frame_type", "unkown_frame_type"});
    add(Other,
        {"", "bdp", "observed_address_v4", "observed_address_v6", "knob", "group_stream", "stop_waiting", "goaway",
         "window_update", "headers", "STREAM"});
}

void QuicTermsTest::frameKinds()
{
    QFETCH(FrameKind, kind);
    QCOMPARE(frameKindOf(QTest::currentDataTag()), kind);
}

void QuicTermsTest::everyFrameKindHasAName()
{
    std::set<std::string_view> names;
    for (int i = 0; i < frameKindCount; ++i) {
        const auto kind = static_cast<FrameKind>(i);
        QCOMPARE(frameKindOf(text(kind)), kind);
        names.insert(text(kind));
    }
    QCOMPARE(names.size(), std::size_t{frameKindCount});
    QVERIFY2(frameKindCount <= 64, "PacketFact::frameMask has 64 bits");
}

void QuicTermsTest::metricUnits()
{
    QCOMPARE(unit(MetricKind::CongestionWindow), MetricUnit::Bytes);
    QCOMPARE(unit(MetricKind::BytesInFlight), MetricUnit::Bytes);
    QCOMPARE(unit(MetricKind::Ssthresh), MetricUnit::Bytes);
    for (const MetricKind rtt :
         {MetricKind::MinRtt, MetricKind::SmoothedRtt, MetricKind::LatestRtt, MetricKind::RttVariance})
        QCOMPARE(unit(rtt), MetricUnit::Nanoseconds);
    QCOMPARE(unit(MetricKind::PacingRate), MetricUnit::BitsPerSecond);
    QCOMPARE(unit(MetricKind::DeliveryRate), MetricUnit::BitsPerSecond);
    QCOMPARE(unit(MetricKind::PtoCount), MetricUnit::Count);
    QCOMPARE(unit(MetricKind::PacketsInFlight), MetricUnit::Count);
}

void QuicTermsTest::ackElicitingFrames()
{
    constexpr std::uint64_t silent
        = bit(FrameKind::Ack) | bit(FrameKind::PathAck) | bit(FrameKind::Padding) | bit(FrameKind::ConnectionClose);
    QVERIFY(!isAckEliciting(0));
    QVERIFY(!isAckEliciting(silent));
    for (int i = 0; i < frameKindCount; ++i) {
        const std::uint64_t frame = std::uint64_t{1} << i;
        QCOMPARE(isAckEliciting(frame), (frame & silent) == 0);
        QCOMPARE(isAckEliciting(frame | silent), (frame & silent) == 0);
    }
}

void QuicTermsTest::versions()
{
    QCOMPARE(quicVersionText(1), std::string("v1"));
    QCOMPARE(quicVersionText(0x6b3343cf), std::string("v2"));
    QCOMPARE(quicVersionText(0xff00001d), std::string("draft-29"));
    QCOMPARE(quicVersionText(0x1a2a3a4a), std::string("reserved 0x1a2a3a4a"));
    QCOMPARE(quicVersionText(0x51303530), std::string("0x51303530"));
}

QTEST_GUILESS_MAIN(QuicTermsTest)
#include "quictermstest.moc"
