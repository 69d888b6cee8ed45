// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "importers/decodedblock.h"
#include "model/corrections.h"
#include "model/eventbatch.h"
#include "model/intervalset.h"
#include "model/timebase.h"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace qlogscope {

/// The sequential step after decoding: keeps each trace's running state, turns raw times into nanoseconds, local names into
/// document names, ACK ranges into newly acknowledged packets, stream ranges into classes. Blocks in file order. Loader thread.
class Resolver
{
public:
    /// @param known what an earlier reading of the log found
    explicit Resolver(LogShape known = {});
    ~Resolver();
    Resolver(Resolver&&) = default;
    Resolver& operator=(Resolver&&) = default;

    /// Takes the block's vectors where it can.
    [[nodiscard]] EventBatch resolve(DecodedBlock&& block);
    /// After the last block: hands out what was held back (a run of malformed records). Empty if nothing was.
    [[nodiscard]] EventBatch finish();

    [[nodiscard]] std::uint64_t rowCount() const { return m_nextRow; }
    /// After the last block: what the log must be read once more for.
    [[nodiscard]] LogShape found() const;
    /// Rows that are no malformed records.
    [[nodiscard]] std::uint64_t eventCount() const { return m_events; }
    [[nodiscard]] std::size_t traceCount() const { return m_nextTrace; }
    /// The last record of all is malformed: a sequence that ends in it was cut.
    [[nodiscard]] bool lastRowIsMalformed() const { return m_lastIsMalformed; }
    [[nodiscard]] ByteRange lastRow() const { return m_lastRow; }
    /// After so many malformed records in a row the rest of the run is one row.
    static constexpr std::uint64_t malformedRunLimit = 1'000;
    /// packets_acked events count only in traces without ACK frames: so many are held back until one of the two is certain.
    static constexpr std::size_t heldAckLimit = 64;

private:
    /// Numbers of one (multipath path id, packet-number space) in one direction.
    struct NumberState {
        IntervalSet logged; ///< packets that are in the log
        IntervalSet acked; ///< covered by an ACK, logged or not
        bool saidAbsent = false; ///< that there are ACKs but no packets
    };
    struct StreamState {
        IntervalSet seen;
        std::uint64_t end = 0;
        std::optional<std::uint64_t> openOffset; ///< of the last frame without a logged length
    };
    /// The packet before, of one direction: the next one may share its datagram.
    struct LastPacket {
        std::uint64_t datagramId = 0; ///< plus 1; 0 for none
        std::uint64_t datagramBytes = 0; ///< of the packets of its datagram
        std::int64_t timeNs = 0;
        RowId row; ///< none: there is no packet yet
        bool mayBeFollowed = false; ///< its header says where it ends
        bool isCoalesced = false;
    };
    /// Ranges of a packets_acked event that may yet turn out not to count.
    struct HeldAck {
        AckedFact prototype;
        std::vector<Interval> ranges;
    };
    using NumberKey = std::tuple<Direction, std::uint32_t, PacketNumberSpace>;
    /// One connection: a trace of the file, or the records of one group_id of it.
    struct TraceState {
        TraceId id;
        TraceHeader header;
        bool usesMultipath = false;
        bool hasAckFrames = false;
        bool countsAckEvents = false; ///< so many packets_acked events without an ACK frame: none will come
        std::vector<HeldAck> heldAcks;
        bool hasOneRttAck = false;
        std::uint32_t version = 0; ///< as told last; 0: not yet
        bool isVersionChosen = false; ///< by an event: those of packets tell no more
        bool infersLengths = false; ///< a STREAM frame without a logged length was seen
        std::array<double, metricKindCount> metricScales{};
        /// The last values, by path id.
        std::map<std::uint32_t, std::array<std::optional<std::int64_t>, metricKindCount>> metrics;
        std::array<std::optional<std::int64_t>, metricKindCount>* lastMetrics = nullptr; ///< of the last lookup
        std::uint32_t lastMetricPath = 0;
        std::array<std::uint8_t, 2> ackDelayExponent{defaultAckDelayExponent, defaultAckDelayExponent}; ///< of the side that sends [Direction] ACKs; 3 unless it says otherwise
        std::map<NumberKey, NumberState> numbers;
        std::array<LastPacket, 2> lastPackets;
        std::array<RowId, 2> lastDatagramEvents; ///< of each direction; none: no event about datagrams yet
        std::array<NumberState*, 2> lastNumbers{}; ///< of the last lookup of each direction
        std::array<NumberKey, 2> lastKeys;
        std::unordered_map<std::uint64_t, StreamState> streams[2];
        std::array<StreamState*, 2> lastStreams{}; ///< of the last lookup of each direction; entries stay where they are
        std::array<std::uint64_t, 2> lastStreamIds{};
        NotableTracker notables;
        std::string congestionState; ///< the last one of a metrics event
        /// Bytes of the last STREAM frame without a logged length in each direction; at first what 1,200 bytes leave room for.
        std::array<std::uint32_t, 2> fullFrameBytes{1170, 1170};
    };

    /// A trace of the file: one header, one clock.
    struct FileTrace {
        TraceHeader header;
        TimeBase time;
        std::optional<std::int64_t> lastTimeNs;
        bool hasOrigin = false;
        bool hasTime = false;
        bool reportedBackwards = false;
        std::vector<std::unique_ptr<TraceState>> traces; ///< one; of a trace that is split one a group, then one for the others
        std::map<std::string, std::size_t> indexOfGroup; ///< in traces, where it is split
        LogShape::Groups groups; ///< seen so far
        std::set<std::string> seenGroups;
        bool reportedGroups = false; ///< that there are too many
    };

    void useHeader(const DecodedBlock& block);
    void beginTrace(const TraceHeader& header);
    void announceHeaders();
    void findTracesOfGroups(const DecodedBlock& block);
    void noteGroup(const std::string& id);
    /// Makes the trace of a local row the current one.
    void enter(RowId local)
    {
        if (!m_traceOfRow.empty())
            m_trace = m_traceOfRow[local.value];
    }
    [[nodiscard]] const DecodedBlock::Group& groupOf(const DecodedBlock& block, RowId local) const
    {
        return block.groups[block.groups.size() == 1 ? 0 : block.rows[local.value].group];
    }
    void resolveRows(const DecodedBlock& block);
    [[nodiscard]] std::int64_t timeOf(const DecodedBlock::Row& row, EventRow* event, RowId id);
    void addMalformed(const DecodedBlock::Row& row);
    void closeRun();
    void guessClock(const DecodedBlock::Row& row);
    [[nodiscard]] NameId nameOf(const std::string& name, std::optional<EventKind> kind = std::nullopt);
    void revealMvfst();
    /// Global row of a local one.
    [[nodiscard]] RowId global(RowId local) const { return m_rowOf[local.value]; }
    void resolvePacketsAndAcks(DecodedBlock* block);
    void resolvePacket(PacketFact* packet);
    void resolveDatagrams(DecodedBlock* block, std::size_t* next, RowId before);
    void groupIntoDatagram(PacketFact* packet, std::uint64_t datagramId);
    void separateRepeatedData();
    void resolveLost(LostFact* lost);
    [[nodiscard]] NumberState& numbersOf(Direction direction, std::uint32_t pathId, PacketNumberSpace space);
    void addAck(const DecodedBlock::Ack& ack, const DecodedBlock& block);
    void countHeldAcks();
    void acknowledge(NumberState* state, Interval range, std::uint64_t largest, const AckedFact& prototype);
    void addAckDelay(const DecodedBlock::Ack& ack, RowId row);
    void resolveConnection(DecodedBlock* block);
    void noteAckDelayExponents(const std::vector<ParameterFact>& parameters, RowId before);
    void reachRow(const DecodedBlock& block, RowId row);
    void resolveMetrics(const DecodedBlock& block);
    void addMetric(const DecodedBlock::Metric& metric);
    void resolveStream(StreamFact* stream);
    void inferLengths(DecodedBlock* block);
    void addMentions(DecodedBlock* block);
    void addFrames(const DecodedBlock::Group& group);
    void resolveHandshake(const DecodedBlock& block);
    void resolveVersions(const DecodedBlock& block);
    void resolveCongestionStates(DecodedBlock* block);
    void resolveNotables(const DecodedBlock& block);

    LogShape m_known;
    LogShape m_found;
    std::vector<std::unique_ptr<FileTrace>> m_files;
    FileTrace* m_file = nullptr; // of the block being resolved
    TraceState* m_trace = nullptr; // of the row being resolved
    std::uint32_t m_nextTrace = 0;
    std::vector<TraceState*> m_traceOfGroup; // by local group; empty where the trace is not split
    std::vector<TraceState*> m_traceOfRow; // likewise, by local row
    bool m_usesMultipath = false; // at the row being resolved
    std::unordered_map<std::string, NameId> m_names;
    std::unordered_map<std::string, std::uint16_t> m_triggers;
    std::vector<RowId> m_rowOf; // of the block being resolved
    std::vector<NotableCandidate> m_notables; // of the block being resolved, those of packets and metrics
    std::size_t m_nextParameter = 0; // of the block being resolved: those before it are noted
    EventBatch m_batch;
    std::uint32_t m_nextRow = 0;
    std::uint64_t m_events = 0;

    std::uint64_t m_malformedInRow = 0;
    bool m_runIsOpen = false;
    EventRow m_run; // held back until a record parses
    std::uint64_t m_runRecords = 0;
    std::uint64_t m_runEnd = 0;
    bool m_lastIsMalformed = false;
    ByteRange m_lastRow;
};

} // namespace qlogscope
