// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/diagnostics.h"
#include "model/eventkind.h"
#include "model/ids.h"
#include "model/packetlayout.h"
#include "model/quicterms.h"
#include "model/traceheader.h"
#include "model/transportparameters.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The plain structs that an importer hands to a document: the only thing that crosses the thread border. No virtuals, no
/// ownership, comparable: "the same bytes in any chunks give the same concatenation of batches".
namespace qlogscope {

/// What is special about a row. Bit mask, kept in one byte.
enum RowFlag : std::uint8_t {
    RowMalformed = 1, ///< not valid JSON even after repair: never guessed at
    RowOversized = 2, ///< over the record limit: range kept, not decoded
    RowNoTime = 4, ///< the record has no usable time; timeNs repeats the row before
    RowNoName = 8,
    RowRepaired = 16, ///< valid JSON only after repair (house: invalid UTF-8, NaN, comments, trailing commas)
    RowRun = 32, ///< stands for a run of malformed records
};

/// One record of the file. 24 bytes of content.
struct EventRow {
    std::int64_t timeNs = 0; ///< since the trace's origin
    std::uint64_t offset = 0; ///< of the JSON text, in the decompressed file
    std::uint32_t length = 0;
    NameId name; ///< none for malformed rows
    TraceId trace;
    std::uint8_t flags = 0;
    bool operator==(const EventRow&) const = default;
};

enum PacketFlag : std::uint16_t {
    PacketReceivedFlag = 1, ///< packet_received; else packet_sent
    PacketNoNumber = 2, ///< Retry, Version Negotiation, Stateless Reset, or not logged
    PacketSizeMissing = 4, ///< neither logged nor computable
    PacketSizeInferred = 8, ///< computed from frames, not logged
    PacketMtuProbe = 16,
    PacketCoalesced = 32,
    PacketFramesLogged = 64, ///< the record has a `frames` member (an absent one is not an empty one)
    PacketHasToken = 128, ///< an Initial with a token
    PacketHeldBack = 256, ///< logged before pacing releases it (send_at_time of quiche and tquic)
    PacketAckedAsLargest = 512, ///< set by PacketIndex: the ACK that first covers it covers no larger number
    PacketKeyPhaseLogged = 1024, ///< of a 1-RTT packet (RFC 9001, section 6)
    PacketKeyPhaseOne = 2048,
    PacketSharesDatagram = 4096, ///< with the packet of its direction before it (RFC 9000, section 12.2)
    PacketDatagramInferred = 8192, ///< whether it does is inferred from type, time and size
};

/// One packet_sent or packet_received event. 32 bytes.
struct PacketFact {
    std::uint64_t number = 0;
    std::uint64_t frameMask = 0; ///< bit 1 << FrameKind
    RowId row;
    std::uint32_t sizeBytes = 0; ///< whole QUIC packet with header and AEAD tag (dialects, Appendix C)
    std::uint32_t pathId = 0; ///< multipath path id, 0 unless multipath is in use
    std::uint16_t flags = 0;
    PacketType type = PacketType::Unknown;
    [[nodiscard]] Direction direction() const
    {
        return (flags & PacketReceivedFlag) != 0 ? Direction::Received : Direction::Sent;
    }
    [[nodiscard]] bool hasFrame(FrameKind kind) const { return (frameMask >> static_cast<unsigned>(kind) & 1U) != 0; }
    bool operator==(const PacketFact&) const = default;
};

/// The UDP payload of one datagram, as an event about datagrams logs it: after its packets if it is sent, before them if it is received.
struct DatagramFact {
    RowId row;
    std::uint32_t sizeBytes = 0;
    Direction direction = Direction::Sent;
    bool operator==(const DatagramFact&) const = default;
};

/// Packets [first, last] of one number space, all of them logged before, that an ACK (or packets_acked) covers for the first time.
struct AckedFact {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    RowId row; ///< the record with the ACK
    std::uint32_t pathId = 0;
    PacketNumberSpace space = PacketNumberSpace::Application;
    Direction direction = Direction::Sent; ///< of the packets that are acknowledged
    bool isLargest = false; ///< `last` is the largest number that the ACK covers: it gives an RTT sample (RFC 9002, section 5.1)
    bool operator==(const AckedFact&) const = default;
};

/// One packet_lost or spurious_loss event that names a packet.
struct LostFact {
    std::uint64_t number = 0;
    RowId row;
    std::uint32_t pathId = 0;
    std::uint32_t unnamed = 0; ///< further lost packets that the event counts without their numbers (mvfst)
    PacketNumberSpace space = PacketNumberSpace::Application;
    bool isSpurious = false; ///< spurious_loss: takes the loss back
    bool isMtuProbe = false;
    bool operator==(const LostFact&) const = default;
};

/// A recovery metric that changed. Bytes, ns, bit/s or a count, by MetricKind. Sentinels for "none" (2^64-1, ...) are no fact.
struct MetricFact {
    std::int64_t value = 0;
    RowId row;
    MetricKind kind = MetricKind::CongestionWindow;
    std::uint32_t pathId = 0; ///< multipath path id, 0 unless multipath is in use
    bool operator==(const MetricFact&) const = default;
};

/// How the bytes of a STREAM frame relate to what its direction of the stream carried before.
enum class StreamDataClass : std::uint8_t {
    New, ///< continues the stream
    Gap, ///< new, but leaves a hole before it
    Reordered, ///< fills a hole
    Retransmitted, ///< seen before, wholly or partly (sent)
    Duplicate, ///< seen before, wholly (received)
};

/// "new", "gap", "reordered", "retransmitted", "duplicate".
[[nodiscard]] constexpr const char* text(StreamDataClass dataClass)
{
    switch (dataClass) {
    case StreamDataClass::New:
        return "new";
    case StreamDataClass::Gap:
        return "gap";
    case StreamDataClass::Reordered:
        return "reordered";
    case StreamDataClass::Retransmitted:
        return "retransmitted";
    case StreamDataClass::Duplicate:
        break;
    }
    return "duplicate";
}

struct StreamFact {
    std::uint64_t streamId = 0;
    std::uint64_t offset = 0;
    RowId row;
    std::uint32_t length = 0;
    std::uint32_t newBytes = 0; ///< of length, those never seen before
    Direction direction = Direction::Sent;
    StreamDataClass dataClass = StreamDataClass::New;
    bool fin = false;
    bool lengthInferred = false; ///< the frame runs to the end of its packet and its length is not logged (OpenSSL)
    bool operator==(const StreamFact&) const = default;
};

/// One transport parameter of a parameters_set record, or of parameters_restored (remembered for 0-RTT).
struct ParameterFact {
    std::uint64_t value = 0; ///< bytes, a count, 0 or 1, or a time; see TransportParameter
    RowId row;
    TransportParameter parameter = TransportParameter::InitialMaxData;
    ParameterOwner owner = ParameterOwner::Unknown;
    bool isRestored = false;
    bool operator==(const ParameterFact&) const = default;
};

/// What a flow-control limit counts: stream bytes, or streams of one type.
enum class LimitKind : std::uint8_t { Data, StreamData, StreamsBidi, StreamsUni };
enum class LimitEvent : std::uint8_t {
    Raised, ///< MAX_DATA, MAX_STREAM_DATA, MAX_STREAMS
    Blocked, ///< DATA_BLOCKED, STREAM_DATA_BLOCKED, STREAMS_BLOCKED
    BlockedEvent, ///< a *_blocked_updated event: new is blocked
    UnblockedEvent,
};
/// Why a *_blocked_updated event says that nothing is sent (draft quic-events, BlockedReason).
enum class BlockedReason : std::uint8_t {
    None,
    Scheduling,
    Pacing,
    AmplificationProtection,
    CongestionControl,
    ConnectionFlowControl,
    StreamFlowControl,
    StreamId,
    Application,
};

/// A frame or event about flow control. The limit that a frame raises binds the side that receives the frame.
struct LimitFact {
    static constexpr std::uint64_t none = UINT64_MAX;
    std::uint64_t value = none; ///< bytes or streams; none where the log does not say
    std::uint64_t streamId = none; ///< for StreamData
    RowId row;
    LimitKind kind = LimitKind::Data;
    LimitEvent event = LimitEvent::Raised;
    BlockedReason reason = BlockedReason::None;
    Direction direction = Direction::Sent; ///< of the frame; Sent for events
    bool operator==(const LimitFact&) const = default;
};

/// The ack_delay of an ACK of the application space that acknowledges its largest packet for the first time (RFC 9000, section
/// 19.3: only then it says how long the peer took). Scaled to microseconds, whatever the writer logs.
struct AckDelayFact {
    RowId row;
    std::uint32_t delayUs = 0;
    Direction direction = Direction::Sent; ///< of the ACK
    bool operator==(const AckDelayFact&) const = default;
};

/// A congestion_state_updated event; free text as logged, lower-case.
struct CongestionStateFact {
    RowId row;
    std::string state;
    std::string trigger;
    bool operator==(const CongestionStateFact&) const = default;
};

/// A probe timeout that expired (timer_updated).
struct PtoFact {
    RowId row;
    bool operator==(const PtoFact&) const = default;
};

/// Something rare that happened to the connection and is worth a mark in charts over time.
enum class NotableKind : std::uint8_t {
    ProbeTimeout, ///< timer_updated, else a rise of pto_count
    PersistentCongestion, ///< as a state or trigger of congestion_state_updated
    EcnCe, ///< an ACK that reports more packets marked CE (RFC 9000, section 13.4); value: how many more
    EcnState, ///< ecn_state_updated; value: see EcnState
    KeyUpdate, ///< of 1-RTT keys beyond the first (RFC 9001, section 6); value: see NotableSide
    PathChange, ///< an event about it, or another address of received datagrams; value: 1 the peer's, 2 the own address
    PathValidated, ///< a received PATH_RESPONSE (RFC 9000, section 8.2)
    HandshakeCompleted, ///< by an event
    HandshakeConfirmed, ///< by an event or HANDSHAKE_DONE
    Retry,
    VersionNegotiation,
    Close, ///< value: see NotableSide
};
inline constexpr int notableKindCount = static_cast<int>(NotableKind::Close) + 1;
enum class NotableSource : std::uint8_t { Event, Frame, Packet, Metric };
enum class EcnState : std::uint8_t { Other, Testing, Unknown, Failed, Capable };
/// Who began it.
enum class NotableSide : std::uint8_t { Unknown, Local, Remote };
/// What a log tells in several ways (an event, a frame, a metric) is one fact of the way that comes first.
struct NotableFact {
    std::uint64_t value = 0; ///< by NotableKind; else 0
    RowId row;
    NotableKind kind = NotableKind::ProbeTimeout;
    NotableSource source = NotableSource::Event;
    bool operator==(const NotableFact&) const = default;
};

/// A record about a stream other than by a STREAM frame: a packet with MAX_STREAM_DATA, RESET_STREAM, ..., or an event whose data
/// has a stream_id.
struct StreamMention {
    std::uint64_t streamId = 0;
    RowId row;
    bool operator==(const StreamMention&) const = default;
};

/// The `trigger` in the data of a record, as an index into all triggers of the file in order of first appearance.
struct TriggerFact {
    RowId row;
    std::uint16_t trigger = 0;
    bool operator==(const TriggerFact&) const = default;
};

/// Why and by whom a connection was closed (connection_closed event, else CONNECTION_CLOSE frame).
struct CloseFact {
    RowId row;
    bool fromFrame = false;
    std::string initiator; ///< "local", "remote" or empty
    std::string space; ///< "transport", "application" or empty
    std::optional<std::uint64_t> code;
    std::string name; ///< as logged, or the registered name of the code
    std::string reason;
    std::string trigger;
    bool operator==(const CloseFact&) const = default;
};

/// The QUIC version, where it is logged for the first time or is another one: the one chosen, or that of a long header.
struct VersionFact {
    RowId row;
    std::uint32_t version = 0; ///< see quicVersionText()
    bool isChosen = false; ///< of a version_information or connection_started event: counts more than those of packets
    bool operator==(const VersionFact&) const = default;
};

/// The other endpoint of a connection_started event.
struct PeerFact {
    RowId row;
    std::string address; ///< "192.0.2.1:443", "[2001:db8::1]:443"; without what is not logged
    bool operator==(const PeerFact&) const = default;
};

/// First time that a step of the handshake is seen in a trace; the best source wins (views.md, "Statistics").
enum class HandshakeStep : std::uint8_t { CompletedEvent, HandshakeDoneFrame, FirstOneRttAck };
struct HandshakeFact {
    RowId row;
    HandshakeStep step = HandshakeStep::CompletedEvent;
    bool operator==(const HandshakeFact&) const = default;
};

/// A name whose kind its records' data tell, not the name itself (dialects 4.1).
struct NameKind {
    NameId name;
    EventKind kind = EventKind::Other;
    bool operator==(const NameKind&) const = default;
};

/// A trace that begins or whose header changes; later members amend earlier ones.
struct TraceChange {
    TraceId trace;
    TraceHeader header;
    bool operator==(const TraceChange&) const = default;
};

/// Known from the first event on: where nanosecond 0 of the trace lies.
struct TraceOrigin {
    TraceId trace;
    std::int64_t logOriginNs = 0; ///< to add for the log's own clock
    std::optional<std::int64_t> wallClockNs; ///< Unix time of nanosecond 0
    bool operator==(const TraceOrigin&) const = default;
};

struct FrameCount {
    TraceId trace;
    std::uint64_t count = 0;
    Direction direction = Direction::Sent;
    FrameKind kind = FrameKind::Other;
    std::string otherName; ///< for FrameKind::Other
    bool operator==(const FrameCount&) const = default;
};

/// Facts about one piece of a file, in file order. See the field types.
struct EventBatch {
    std::vector<EventRow> rows;
    std::vector<std::string> newNames; ///< logged names; ids follow those of earlier batches
    std::vector<NameKind> nameKinds; ///< of new names whose kind is not that of the name
    std::vector<TraceChange> traces;
    std::vector<TraceOrigin> origins;
    std::vector<PacketFact> packets;
    std::vector<PacketUses> uses; ///< of the packets, one each
    std::vector<DatagramFact> datagrams;
    std::vector<AckedFact> acked;
    std::vector<AckedFact> unlogged; ///< numbers that an ACK covers for the first time and that are not in the log before it; once if it has none at all
    std::vector<LostFact> lost;
    std::vector<MetricFact> metrics;
    std::vector<StreamFact> streams;
    std::vector<ParameterFact> parameters;
    std::vector<LimitFact> limits;
    std::vector<AckDelayFact> ackDelays;
    std::vector<CongestionStateFact> congestionStates;
    std::vector<PtoFact> ptoExpiries;
    std::vector<NotableFact> notables;
    std::vector<StreamMention> streamMentions;
    std::vector<std::string> newTriggers; ///< as logged; indexes follow those of earlier batches
    std::vector<TriggerFact> triggers;
    std::vector<CloseFact> closes;
    std::vector<HandshakeFact> handshake;
    std::vector<VersionFact> versions;
    std::vector<PeerFact> peers;
    std::vector<FrameCount> frames;
    std::vector<Diagnostic> diagnostics;
    std::vector<ByteRange> headers; ///< bytes of file and trace headers, and of empty {} or [] events
    std::uint64_t foldedRecords = 0; ///< malformed records that share the row of their run, the first one of each not counted
    std::uint64_t accountedTo = 0; ///< every byte before this is in a row, a header or a separator
    /// The log is read once more, knowing what only its whole showed: this batch goes to a fresh document.
    bool restart = false;
    bool operator==(const EventBatch&) const = default;
};

/// The framing that was found, not the one claimed.
enum class FileFormat : std::uint8_t { Unknown, JsonSeq, Ndjson, Json };
/// "json-seq", "ndjson", "json", "unknown".
[[nodiscard]] constexpr const char* text(FileFormat format)
{
    switch (format) {
    case FileFormat::JsonSeq:
        return "json-seq";
    case FileFormat::Ndjson:
        return "ndjson";
    case FileFormat::Json:
        return "json";
    case FileFormat::Unknown:
        break;
    }
    return "unknown";
}

enum class Compression : std::uint8_t { None, Gzip, Zstd };
[[nodiscard]] constexpr const char* text(Compression compression)
{
    switch (compression) {
    case Compression::Gzip:
        return "gzip";
    case Compression::Zstd:
        return "zstd";
    case Compression::None:
        break;
    }
    return "none";
}

} // namespace qlogscope
