// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "importers/importer.h"
#include "importers/notabletracker.h"
#include "importers/recordkeys.h"
#include "model/eventbatch.h"
#include "model/intervalset.h"
#include "model/timebase.h"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace qlogscope {

/// What a worker makes of a RecordBlock: rows and facts with local names, local rows and raw times. Everything that needs
/// earlier records is left to the Resolver. Row ids in here count from 0 in the block.
struct DecodedBlock {
    struct Row {
        std::uint64_t offset = 0;
        std::uint64_t length = 0;
        RawTime time;
        std::uint32_t name = 0; ///< index into names, plus 1; 0 for none
        std::uint16_t group = 0; ///< index into groups
        std::uint8_t flags = 0; ///< RowFlag
        std::uint8_t clock = 0; ///< the event's own `time_format`: ClockForm plus 1; 0 for none
    };
    struct Metric {
        double value = 0; ///< in the log's unit
        RowId row;
        MetricKind kind = MetricKind::CongestionWindow;
        std::uint32_t pathId = 0;
    };
    /// An ACK frame, or a packets_acked event: ranges [firstRange, firstRange + rangeCount) of ackRanges.
    struct Ack {
        RowId row;
        std::uint32_t firstRange = 0;
        std::uint32_t rangeCount = 0;
        std::uint32_t pathId = 0;
        PacketNumberSpace space = PacketNumberSpace::Application;
        Direction direction = Direction::Sent; ///< of the packets that are acknowledged
        float delay = -1; ///< ack_delay in the log's unit; negative if it is not logged
        bool isEvent = false; ///< packets_acked: counts only where no ACK frames are logged
    };
    /// Frames of kinds without a bit of their own.
    struct OtherFrames {
        Direction direction;
        std::string name;
        std::uint64_t count;
    };

    /// What is summed up over the records of one connection: those with the same event-level `group_id`.
    struct Group {
        std::string id; ///< empty for the records without, always the first
        std::uint64_t frameCounts[2][frameKindCount] = {}; ///< [direction][kind]
        std::vector<OtherFrames> otherFrames;
        RowId multipathFrom; ///< the first row with a PATH_ACK frame or the transport parameter; none if there is none
        bool hasOneRttAck = false; ///< the first of the block is in handshake; later ones tell nothing new
    };

    std::shared_ptr<const TraceHeader> header;
    bool headerIsNew = false;
    std::vector<Key> columns; ///< what the header's event_fields stand for
    std::vector<Row> rows;
    std::vector<Group> groups = std::vector<Group>(1);
    std::unordered_map<std::string, std::uint16_t> groupIndex; ///< of groups, by id
    std::vector<std::string> names;
    std::vector<std::pair<std::uint32_t, EventKind>> nameKinds; ///< index in names and kind, where the data tell the kind
    std::vector<PacketFact> packets;
    std::vector<PacketUses> uses; ///< of the packets, one each
    std::vector<std::uint64_t> datagramIds; ///< likewise: the datagram_id or checksum plus 1, 0 for none
    std::vector<DatagramFact> datagrams;
    std::vector<Ack> acks;
    std::vector<Interval> ackRanges;
    std::vector<LostFact> lost; ///< space None: not logged
    std::vector<Metric> metrics;
    std::vector<StreamFact> streams;
    std::vector<ParameterFact> parameters;
    std::vector<LimitFact> limits;
    /// Those of metrics events (mvfst) say the same again and again.
    struct CongestionState {
        CongestionStateFact fact;
        bool isMetric = false;
    };
    std::vector<CongestionState> congestionStates;
    std::vector<NotableCandidate> notables; ///< those that one record shows; the Resolver finds others
    std::vector<PtoFact> ptoExpiries;
    std::vector<StreamMention> streamMentions;
    std::vector<std::string> triggerTexts; ///< local; one text may come twice
    std::vector<TriggerFact> triggers; ///< indexes into triggerTexts
    std::vector<CloseFact> closes;
    std::vector<HandshakeFact> handshake;
    std::vector<VersionFact> versions; ///< of packets only where it is not as in the one before
    std::vector<PeerFact> peers;
    std::vector<Diagnostic> diagnostics;
    std::vector<ByteRange> headerRanges;
    std::vector<std::uint64_t> headerOffsets; ///< of headers in the middle, of another clock or connection
    std::uint64_t accountedTo = 0;
};

} // namespace qlogscope
