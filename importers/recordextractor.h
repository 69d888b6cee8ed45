// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "importers/connectionextractor.h"
#include "importers/decodedblock.h"
#include "importers/framefields.h"
#include "importers/jsonvalue.h"
#include "importers/packetfields.h"
#include "importers/recordkeys.h"
#include "model/eventkind.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace qlogscope {

/// One name of the block, with what it means.
struct LocalName {
    std::uint32_t id = 0; ///< index in DecodedBlock::names, plus 1
    EventKind kind = EventKind::Other;
};

/// Reads one parsed record into facts of a block. Members may come in any order and more than once (the last one counts), so
/// what is needed is collected first and used afterwards. `NameLookup` is `LocalName(std::string_view loggedName,
/// std::optional<EventKind>)`: a kind is given where the data tell it.
template <typename Value, typename NameLookup> class RecordExtractor
{
public:
    /// @param nameText for names that are put together; kept from record to record by the caller
    RecordExtractor(DecodedBlock* out, NameLookup lookUp, std::string* nameText)
        : m_out(out)
        , m_lookUp(lookUp)
        , m_nameText(*nameText)
    {
    }

    /// @return false if the record is a file header in the middle of a sequence
    bool extract(const Value& record, DecodedBlock::Row* row)
    {
        m_row = RowId(m_out->rows.size());
        m_bytes = {row->offset, row->length};
        m_reportedField = false;
        m_trigger.reset();
        Event event;
        if (record.isObject())
            readObject(record, &event);
        else if (record.isArray())
            readColumns(record, row, &event);
        if (!event.name && event.isHeader)
            return false;
        m_group = event.group;
        row->group = event.group;
        row->clock = event.clock;
        setTime(event, row);
        const EventKind kind = setName(event, row);
        m_pathId = event.pathId;
        if (event.data && event.data->isObject())
            readData(kind, *event.data, row);
        else if (kind == EventKind::PacketSent || kind == EventKind::PacketReceived)
            addBarePacket(kind == EventKind::PacketSent ? 0 : PacketReceivedFlag);
        if (m_trigger && m_trigger->isString())
            addTrigger(m_trigger->string());
        return true;
    }

private:
    using Optional = std::optional<Value>;
    using PacketFields = qlogscope::PacketFields<Value>;
    using FrameFields = qlogscope::FrameFields<Value>;

    struct Event {
        Optional time;
        Optional name;
        Optional category;
        Optional event;
        Optional data;
        std::uint32_t pathId = 0;
        std::uint16_t group = 0;
        std::uint8_t clock = 0;
        bool isHeader = false;
    };

    [[gnu::flatten]] void readObject(const Value& record, Event* event)
    {
        record.forEachMember([&](std::string_view key, const Value& value) {
            switch (Value::keyOf(key)) {
            case Key::Time:
                event->time = value;
                break;
            case Key::Name:
                event->name = value;
                break;
            case Key::Category:
                event->category = value;
                break;
            case Key::Event:
            case Key::Type:
                event->event = value;
                break;
            case Key::Data:
                event->data = value;
                break;
            case Key::PathId:
                event->pathId = toPathId(value);
                break;
            case Key::GroupId:
                event->group = groupOf(value);
                break;
            case Key::TimeFormat:
                event->clock = clockOf(value);
                break;
            case Key::Version:
                event->isHeader = true;
                break;
            case Key::Trigger:
                m_trigger = value;
                break;
            default:
                break;
            }
        });
        if (!event->name && event->event)
            event->name = event->event; // marks that there is a name; see setName()
    }

    [[gnu::flatten]] void readColumns(const Value& record, DecodedBlock::Row* row, Event* event)
    {
        const std::vector<Key>& fields = m_out->columns;
        std::size_t column = 0;
        record.forEachElement([&](const Value& value) {
            const Key key = column < fields.size() ? fields[column] : defaultColumn(column, fields.empty());
            ++column;
            if (key == Key::Time)
                event->time = value;
            else if (key == Key::Category)
                event->category = value;
            else if (key == Key::Event || key == Key::Type || key == Key::Name)
                event->event = value;
            else if (key == Key::Data && (!fields.empty() || value.isObject()))
                event->data = value;
            else if (key == Key::PathId)
                event->pathId = toPathId(value);
            else if (key == Key::GroupId)
                event->group = groupOf(value);
            else if (key == Key::Trigger)
                m_trigger = value;
        });
        event->name = event->event;
        if (!fields.empty() && column != fields.size())
            report(DiagnosticKind::WrongFieldType, *row,
                   "An event array with " + std::to_string(column) + " cells where event_fields names "
                       + std::to_string(fields.size()) + ".");
    }

    /// Without event_fields the columns are those of draft-00 and 01, maybe with a trigger before the data.
    static Key defaultColumn(std::size_t column, bool noFields)
    {
        constexpr std::array<Key, 5> columns{Key::Time, Key::Category, Key::Event, Key::Data, Key::Data};
        return noFields && column < columns.size() ? columns[column] : Key::None;
    }

    /// Index of the group that an event-level `group_id` names; numbers of draft-00 and 01 stand for entries of `group_ids`.
    std::uint16_t groupOf(const Value& value)
    {
        std::string id;
        const std::vector<std::string>& listed = m_out->header->groupIds;
        const std::optional<std::uint64_t> number = listed.empty() && value.isString() ? std::nullopt : toUnsigned(value);
        if (number && *number < listed.size())
            id = listed[static_cast<std::size_t>(*number)];
        else if (value.isString())
            id = lowerCase(value.string());
        else if (number)
            id = std::to_string(*number);
        if (id.empty())
            return 0;
        std::vector<DecodedBlock::Group>& groups = m_out->groups;
        const auto [it, isNew] = m_out->groupIndex.try_emplace(id, static_cast<std::uint16_t>(groups.size()));
        if (!isNew)
            return it->second;
        if (groups.size() > groupLimit) {
            m_out->groupIndex.erase(it);
            return 0;
        }
        groups.emplace_back().id = std::move(id);
        return static_cast<std::uint16_t>(groups.size() - 1);
    }

    static std::uint8_t clockOf(const Value& value)
    {
        const std::optional<ClockForm> form = value.isString() ? clockFormOf(value.string()) : std::nullopt;
        return form ? static_cast<std::uint8_t>(static_cast<std::uint8_t>(*form) + 1) : std::uint8_t{0};
    }

    static std::uint32_t toPathId(const Value& value)
    {
        return static_cast<std::uint32_t>(std::min<std::uint64_t>(toUnsigned(value).value_or(0), UINT32_MAX));
    }

    void setTime(const Event& event, DecodedBlock::Row* row)
    {
        std::optional<RawTime> time;
        if (event.time)
            time = toRawTime(*event.time);
        if (time) {
            row->time = *time;
            return;
        }
        row->flags |= RowNoTime;
        if (event.time && (event.time->kind() == JsonKind::Double || event.time->kind() == JsonKind::Unsigned))
            report(DiagnosticKind::TimeOutOfRange, *row, "The time of the event is outside +-292 years.");
        else
            report(DiagnosticKind::MissingTime, *row,
                   event.time ? "The time of the event is no number." : "The event has no time.");
    }

    EventKind setName(const Event& event, DecodedBlock::Row* row)
    {
        std::string_view name;
        if (event.category && event.event && event.category->isString() && event.event->isString()) {
            m_nameText.assign(event.category->string());
            m_nameText += ':';
            m_nameText += event.event->string();
            name = m_nameText;
        } else if (event.name && event.name->isString()) {
            name = event.name->string();
        }
        if (name.empty()) {
            row->flags |= RowNoName;
            report(DiagnosticKind::MissingName, *row, "The event has no name.");
            name = "none";
        }
        m_name = name;
        const LocalName local = m_lookUp(name, std::nullopt);
        row->name = local.id;
        return local.kind;
    }

    /// Once a record: one wrong value often comes with others.
    void reportField(std::string detail)
    {
        if (!std::exchange(m_reportedField, true))
            m_out->diagnostics.push_back({DiagnosticKind::WrongFieldType, severityOf(DiagnosticKind::WrongFieldType), m_row, m_bytes, std::move(detail)});
    }
    /// null, and how xquic and quant write that there is none: "unknown" and negative numbers.
    static bool saysNothing(const Value& value)
    {
        return value.isNull() || (value.kind() == JsonKind::Signed && value.integer() < 0) || toText(value) == "unknown";
    }
    /// A whole number; a value that is there but none is reported.
    std::optional<std::uint64_t> wholeOf(const Optional& value, const char* field)
    {
        if (!value)
            return std::nullopt;
        const std::optional<std::uint64_t> number = toUnsigned(*value);
        if (!number && !saysNothing(*value))
            reportField(std::string("The ") + field + " is no whole number.");
        return number;
    }

    void report(DiagnosticKind kind, const DecodedBlock::Row& row, std::string detail)
    {
        m_out->diagnostics.push_back({kind, severityOf(kind), m_row, {row.offset, row.length}, std::move(detail)});
    }

    void readData(EventKind kind, const Value& data, DecodedBlock::Row* row)
    {
        switch (kind) {
        case EventKind::PacketSent:
            readPacket(data, Direction::Sent, *row);
            break;
        case EventKind::PacketReceived:
            readPacket(data, Direction::Received, *row);
            break;
        case EventKind::RecoveryMetricsUpdated:
            readMetrics(data);
            break;
        case EventKind::PacketLost:
        case EventKind::SpuriousLoss:
            readLost(data, kind == EventKind::SpuriousLoss);
            break;
        case EventKind::PacketsAcked:
            readPacketsAcked(data);
            break;
        case EventKind::ConnectionStateUpdated:
            readConnectionState(data);
            break;
        case EventKind::ConnectionClosed:
            readClosed(data);
            break;
        case EventKind::ParametersSet:
        case EventKind::ParametersRestored:
            readParameters(kind, data);
            break;
        case EventKind::VersionInformation:
            // quiche up to 0.9 wrote packets_acked under this name (dialects 4.1)
            if (hasMember(data, Key::PacketNumbers)) {
                row->name = m_lookUp(m_name, EventKind::PacketsAcked).id;
                readPacketsAcked(data);
            } else {
                extractChosenVersion(data, m_row, &m_out->versions);
            }
            break;
        case EventKind::ConnectionStarted:
            extractConnectionStarted(data, m_row, m_out->header->writer, &m_out->peers, &m_out->versions);
            noteMentions(data);
            break;
        case EventKind::ConnectionDataBlockedUpdated:
        case EventKind::StreamDataBlockedUpdated:
            extractBlockedEvent(data, kind == EventKind::StreamDataBlockedUpdated, m_row, &m_out->limits);
            noteMentions(data);
            break;
        case EventKind::CongestionStateUpdated:
            extractCongestionState(data, m_row, &m_out->congestionStates);
            noteMentions(data);
            break;
        case EventKind::EcnStateUpdated:
        case EventKind::KeyUpdated:
        case EventKind::TupleAssigned:
        case EventKind::MigrationStateUpdated:
        case EventKind::ConnectionRetried:
            extractNotable(data, kind, m_row, m_pathId, &m_out->notables);
            noteMentions(data);
            break;
        case EventKind::UdpDatagramsSent:
        case EventKind::UdpDatagramsReceived:
            extractDatagrams(data, kind, *m_out->header, m_row, &m_out->datagrams);
            if (kind == EventKind::UdpDatagramsReceived)
                extractNotable(data, kind, m_row, m_pathId, &m_out->notables);
            noteMentions(data);
            break;
        case EventKind::TimerUpdated:
            extractTimer(data, m_row, &m_out->ptoExpiries);
            break;
        case EventKind::Other:
            // quic-go writes debug messages under any name (dialects 4.4)
            if (m_out->header->writer == Writer::QuicGo && m_name.starts_with("transport:") && hasMember(data, Key::Message))
                row->name = m_lookUp(m_name, EventKind::LogDebug).id;
            noteMentions(data);
            break;
        default:
            noteMentions(data);
            break;
        }
    }

    /// What filters ask of any event.
    void noteMentions(const Value& data)
    {
        data.forEachMember([&](std::string_view key, const Value& value) {
            if (Value::keyOf(key) == Key::Trigger)
                m_trigger = value;
            else if (Value::keyOf(key) == Key::StreamId)
                mentionStream(value);
        });
    }

    static bool hasMember(const Value& object, Key wanted)
    {
        bool found = false;
        object.forEachMember([&](std::string_view key, const Value&) { found = found || Value::keyOf(key) == wanted; });
        return found;
    }

    /// picoquic writes the parameters it has no name for as hex: initial_max_path_id had the ids 0x0f739bbc1b666dNN (NN is the
    /// draft's number) before it got 0x3e.
    static bool isMultipathParameter(std::string_view key)
    {
        if (Value::keyOf(key) == Key::InitialMaxPathId)
            return true;
        std::string id = lowerCase(key);
        if (id.starts_with("0x"))
            id.erase(0, 2);
        id.erase(0, std::min(id.find_first_not_of('0'), id.size()));
        return id == "3e" || (id.starts_with("f739bbc1b666d") && id.size() <= 15);
    }

    void readParameters(EventKind kind, const Value& data)
    {
        extractParameters(data, m_row, m_out->header->role, kind == EventKind::ParametersRestored, &m_out->parameters);
        if (kind == EventKind::ParametersSet)
            data.forEachMember([&](std::string_view key, const Value&) {
                if (isMultipathParameter(key))
                    noteMultipath();
            });
    }

    void addTrigger(std::string_view text)
    {
        constexpr std::size_t mostCompared = 16; // the others come twice into the block, which does no harm
        std::vector<std::string>& texts = m_out->triggerTexts;
        const auto begin = texts.end() - static_cast<std::ptrdiff_t>(std::min(texts.size(), mostCompared));
        auto it = std::find(begin, texts.end(), text);
        if (it == texts.end())
            it = texts.insert(it, std::string(text));
        m_out->triggers.push_back({m_row, static_cast<std::uint16_t>(it - texts.begin())}); // a block has at most 4,096 records
    }

    void mentionStream(const Optional& id)
    {
        const std::optional<std::uint64_t> stream = id ? toUnsigned(*id) : std::nullopt;
        if (stream && (m_out->streamMentions.empty() || m_out->streamMentions.back() != StreamMention{*stream, m_row}))
            m_out->streamMentions.push_back({*stream, m_row});
    }

    /// A packet event that says nothing: it counts all the same.
    void addBarePacket(int direction)
    {
        PacketFact packet;
        packet.row = m_row;
        packet.flags = static_cast<std::uint16_t>(direction | PacketNoNumber | PacketSizeMissing);
        m_out->packets.push_back(packet);
        m_out->uses.emplace_back();
        m_out->datagramIds.push_back(0);
    }

    /// On the clock of the record, by more than what writers lose when they print times as floats.
    static bool isLater(const Value& value, RawTime time)
    {
        constexpr double jitter = 0.01;
        const std::optional<RawTime> other = toRawTime(value);
        return other && static_cast<double>(other->whole) - static_cast<double>(time.whole) + (other->fraction - time.fraction) > jitter;
    }

    void readPacket(const Value& data, Direction direction, const DecodedBlock::Row& row)
    {
        const PacketFields fields = packetFieldsOf(data);
        noteTrigger(fields);
        PacketFact packet;
        packet.row = m_row;
        packet.pathId = m_pathId;
        packet.type = packetTypeIn(fields);
        if (direction == Direction::Received)
            packet.flags |= PacketReceivedFlag;
        if (fields.isMtuProbe)
            packet.flags |= PacketMtuProbe;
        if (fields.isCoalesced)
            packet.flags |= PacketCoalesced;
        if (direction == Direction::Sent && fields.sendAt && (row.flags & RowNoTime) == 0 && isLater(*fields.sendAt, row.time))
            packet.flags |= PacketHeldBack;
        if (packet.type == PacketType::Initial && fields.token && isNonEmptyToken(*fields.token))
            packet.flags |= PacketHasToken;
        if (const std::optional<std::uint64_t> phase
            = packet.type == PacketType::OneRtt && fields.keyPhase ? toUnsigned(*fields.keyPhase) : std::nullopt) {
            packet.flags |= PacketKeyPhaseLogged;
            if ((*phase & 1U) != 0)
                packet.flags |= PacketKeyPhaseOne;
        }
        const bool isNumbered = spaceOf(packet.type) != PacketNumberSpace::None;
        const std::optional<std::uint64_t> number = isNumbered ? wholeOf(fields.number, "packet number") : std::nullopt;
        if (number)
            packet.number = *number;
        else
            packet.flags |= PacketNoNumber; // Retry and Version Negotiation have none, whatever is logged (dialects 8.3)
        const std::optional<std::uint64_t> size = loggedSize(fields);
        m_frames.clear();
        if (fields.frames) {
            packet.flags |= PacketFramesLogged;
            readFrames(*fields.frames, direction, &packet);
        }
        setSize(fields, size, &packet);
        m_out->packets.push_back(packet);
        const PacketParts parts = fitParts(packetShapeOf(fields, packet, *m_out->header), &m_frames);
        m_out->uses.push_back(usesOf(parts, m_frames));
        const std::optional<std::uint64_t> datagram = fields.datagramId ? toUnsigned(*fields.datagramId) : std::nullopt;
        m_out->datagramIds.push_back(datagram ? boundedSum(*datagram, 1) : 0);
        if (fields.version && packet.type != PacketType::VersionNegotiation)
            addPacketVersion(*fields.version);
    }

    void addPacketVersion(const Value& value)
    {
        const std::optional<std::uint32_t> version = quicVersionOf(value);
        if (!version || *version == 0)
            return;
        if (!m_out->versions.empty()) {
            const VersionFact& last = m_out->versions.back();
            if (last.version == *version && m_out->rows[last.row.value].group == m_group)
                return;
        }
        m_out->versions.push_back({m_row, *version});
    }

    static void readRawLength(const Value& raw, std::optional<std::uint64_t>* size)
    {
        raw.forEachMember([&](std::string_view key, const Value& value) {
            if (Value::keyOf(key) == Key::Length)
                *size = toUnsigned(value);
        });
    }

    void noteTrigger(const PacketFields& fields)
    {
        if (fields.trigger)
            m_trigger = fields.trigger;
    }

    std::optional<std::uint64_t> loggedSize(const PacketFields& fields)
    {
        std::optional<std::uint64_t> size;
        if (fields.raw && fields.raw->isObject()) {
            readRawLength(*fields.raw, &size);
        } else if (fields.raw && fields.raw->isArray()) {
            fields.raw->forEachElement([&](const Value& raw) {
                if (!size && raw.isObject())
                    readRawLength(raw, &size);
            });
        }
        if (!size)
            size = wholeOf(fields.packetSize, "packet size");
        if (!size)
            size = wholeOf(fields.length, "packet length");
        return size;
    }

    void setSize(const PacketFields& fields, std::optional<std::uint64_t> size, PacketFact* packet)
    {
        if (size) {
            packet->sizeBytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(*size, UINT32_MAX));
            if (*size > UINT32_MAX)
                reportField("A packet of " + std::to_string(*size) + " bytes counts as 4294967295.");
        } else if (const std::optional<std::uint64_t> payload = fields.payloadLength ? toUnsigned(*fields.payloadLength) : std::nullopt) {
            // 0.1 and lsquic: what the long header's Length field counts, without the packet number (dialects, Appendix B)
            packet->flags |= PacketSizeInferred;
            packet->sizeBytes = static_cast<std::uint32_t>(
                std::min<std::uint64_t>(std::min<std::uint64_t>(*payload, UINT32_MAX) + likelyHeaderBytes(fields, packet->type), UINT32_MAX));
        } else if (fields.frames) {
            packet->flags |= PacketSizeInferred;
            packet->sizeBytes = static_cast<std::uint32_t>(
                std::min<std::uint64_t>(boundedSum(framesSize(), likelyHeaderBytes(fields, packet->type) + aeadTagBytes), UINT32_MAX));
        } else {
            packet->flags |= PacketSizeMissing;
        }
    }

    [[nodiscard]] std::uint64_t framesSize() const
    {
        std::uint64_t sum = 0;
        for (const FrameSize& frame : m_frames)
            sum = boundedSum(sum, boundedSum(frame.headerBytes, frame.dataBytes));
        return sum;
    }
    [[nodiscard]] std::uint64_t likelyHeaderBytes(const PacketFields& fields, PacketType type) const
    {
        return headerSizeOf(fields, type, std::nullopt, aeadTagBytes, *m_out->header).likely;
    }

    void readFrames(const Value& frames, Direction direction, PacketFact* packet)
    {
        if (frames.isObject()) // a single frame without its array
            readFrame(frames, direction, packet);
        else if (frames.isArray())
            frames.forEachElement([&](const Value& frame) {
                if (frame.isObject())
                    readFrame(frame, direction, packet);
            });
    }

    void readFrame(const Value& frame, Direction direction, PacketFact* packet)
    {
        FrameFields fields;
        readFrameFields(frame, &fields);
        const Optional& typeValue = fields.type ? fields.type : fields.kindOnly;
        const std::string_view name = typeValue ? toText(*typeValue) : std::string_view();
        const FrameKind kind = frameKindIn(fields, name);
        packet->frameMask |= std::uint64_t{1} << static_cast<unsigned>(kind);
        if (kind == FrameKind::Other)
            countOther(direction, name);
        else
            ++group().frameCounts[static_cast<std::size_t>(direction)][static_cast<std::size_t>(kind)];
        const std::size_t firstRange = m_out->ackRanges.size();
        switch (kind) {
        case FrameKind::Stream:
            addStream(fields, direction);
            break;
        case FrameKind::Ack:
        case FrameKind::PathAck:
            addAck(fields, kind, direction, *packet);
            break;
        case FrameKind::ConnectionClose:
            addCloseFrame(fields, direction, name);
            break;
        case FrameKind::MaxData:
        case FrameKind::MaxStreamData:
        case FrameKind::MaxStreams:
        case FrameKind::DataBlocked:
        case FrameKind::StreamDataBlocked:
        case FrameKind::StreamsBlocked:
            extractLimitFrame(frame, kind, name, m_row, direction, &m_out->limits);
            mentionStream(fields.streamId);
            break;
        case FrameKind::PathResponse:
            if (direction == Direction::Received)
                m_out->notables.push_back({m_row, NotableKind::PathValidated, NotableSource::Frame});
            break;
        case FrameKind::HandshakeDone:
            m_out->handshake.push_back({m_row, HandshakeStep::HandshakeDoneFrame});
            break;
        default:
            mentionStream(fields.streamId);
            break;
        }
        if (kind == FrameKind::PathAck)
            noteMultipath();
        if (m_frames.size() < mostFrames)
            m_frames.push_back(frameSizeOf(frame, fields, kind, *m_out->header, rangesOf(fields, firstRange)));
    }

    void countOther(Direction direction, std::string_view name)
    {
        const std::string lower = name.empty() ? std::string("none") : lowerCase(name);
        for (DecodedBlock::OtherFrames& other : group().otherFrames) {
            if (other.direction == direction && other.name == lower) {
                ++other.count;
                return;
            }
        }
        if (group().otherFrames.size() < otherFrameLimit)
            group().otherFrames.push_back({direction, lower, 1});
        else
            ++group().frameCounts[static_cast<std::size_t>(direction)][static_cast<std::size_t>(FrameKind::Unknown)];
    }

    static constexpr std::size_t otherFrameLimit = 256;

    void addStream(const FrameFields& fields, Direction direction)
    {
        const Optional& idValue = fields.streamId ? fields.streamId : fields.id;
        const std::optional<std::uint64_t> id = wholeOf(idValue, "stream ID");
        if (!id)
            return;
        StreamFact stream;
        stream.streamId = *id;
        stream.offset = wholeOf(fields.offset, "stream offset").value_or(0);
        stream.row = m_row;
        stream.length = static_cast<std::uint32_t>(std::min<std::uint64_t>(dataLengthOf(fields), UINT32_MAX));
        stream.direction = direction;
        stream.fin = fields.fin && toBool(*fields.fin);
        // OpenSSL: a frame without a length field is logged with length 0; the Resolver infers it (dialects 4.9)
        stream.lengthInferred = stream.length == 0 && fields.explicitLength && !toBool(*fields.explicitLength);
        m_out->streams.push_back(stream);
    }

    /// Of an ACK: those that became facts, or those of a packet whose ACKs are none.
    std::span<const Interval> rangesOf(const FrameFields& fields, std::size_t firstRange)
    {
        if (m_out->ackRanges.size() > firstRange)
            return std::span(m_out->ackRanges).subspan(firstRange);
        m_ranges.clear();
        if (fields.ranges)
            readAckRanges(*fields.ranges, &m_ranges);
        return m_ranges;
    }

    void addAck(const FrameFields& fields, FrameKind kind, Direction direction, const PacketFact& packet)
    {
        if (packet.type == PacketType::OneRtt && !group().hasOneRttAck) {
            group().hasOneRttAck = true;
            m_out->handshake.push_back({m_row, HandshakeStep::FirstOneRttAck});
        }
        if (!fields.ranges || spaceOf(packet.type) == PacketNumberSpace::None)
            return;
        DecodedBlock::Ack ack;
        ack.row = m_row;
        ack.firstRange = static_cast<std::uint32_t>(m_out->ackRanges.size());
        readAckRanges(*fields.ranges, &m_out->ackRanges);
        ack.rangeCount = static_cast<std::uint32_t>(m_out->ackRanges.size()) - ack.firstRange;
        ack.space = spaceOf(packet.type);
        ack.direction = direction == Direction::Sent ? Direction::Received : Direction::Sent;
        if (fields.ackDelay && ack.space == PacketNumberSpace::Application)
            ack.delay = static_cast<float>(toDouble(*fields.ackDelay).value_or(-1));
        if (kind == FrameKind::PathAck && fields.pathId)
            ack.pathId = toPathId(*fields.pathId);
        m_out->acks.push_back(ack);
        if (direction == Direction::Received && fields.ce)
            addMarkedPackets(*fields.ce, ack);
    }

    /// What the peer counts as marked with "congestion experienced".
    void addMarkedPackets(const Value& count, const DecodedBlock::Ack& ack)
    {
        const std::uint64_t marked = toUnsigned(count).value_or(0);
        if (marked > 0)
            m_out->notables.push_back({m_row, NotableKind::EcnCe, NotableSource::Frame, marked, 0, ack.pathId, ack.space});
    }

    void noteMultipath()
    {
        if (!group().multipathFrom.isValid())
            group().multipathFrom = m_row;
    }

    void addCloseFrame(const FrameFields& fields, Direction direction, std::string_view name)
    {
        CloseFact close;
        close.row = m_row;
        close.fromFrame = true;
        close.initiator = direction == Direction::Sent ? "local" : "remote";
        const std::string space = fields.errorSpace ? lowerCase(toText(*fields.errorSpace)) : std::string();
        if (space.starts_with("application") || name == "application_close")
            close.space = "application";
        else if (space.starts_with("transport"))
            close.space = "transport";
        readCode(fields.errorCodeValue, &close);
        readCode(fields.errorCode, &close);
        if (fields.error && fields.error->isString())
            close.name = fields.error->string();
        if (fields.reason)
            close.reason = toText(*fields.reason);
        m_out->closes.push_back(close);
    }

    /// An error code may be logged as a number or as a name.
    static void readCode(const Optional& value, CloseFact* close)
    {
        if (!value)
            return;
        if (const std::optional<std::uint64_t> number = toUnsigned(*value)) {
            close->code = number;
        } else if (value->isString()) {
            constexpr std::string_view tlsAlert = "crypto_error_0x"; // the number is in the name
            const std::string_view name = value->string();
            if (!close->code && name.starts_with(tlsAlert))
                close->code = wholeOfText(name.substr(tlsAlert.size() - 2));
            if (close->name.empty())
                close->name = name;
        }
    }

    [[gnu::flatten]] void readMetrics(const Value& data)
    {
        std::array<std::optional<double>, metricKindCount> values;
        data.forEachMember([&](std::string_view name, const Value& value) {
            const Key key = Value::keyOf(name);
            if (key < Key::CongestionWindow) {
                if (key == Key::State)
                    noteCongestionState(toText(value));
                return;
            }
            std::optional<double>& metric = values[static_cast<std::size_t>(key) - static_cast<std::size_t>(Key::CongestionWindow)];
            metric = toDouble(value);
            if (!metric && !value.isNull())
                reportField("The " + std::string(name) + " is no number.");
        });
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (values[i])
                m_out->metrics.push_back({*values[i], m_row, static_cast<MetricKind>(i), m_pathId});
        }
    }

    /// mvfst up to 2025 writes the state into each congestion_metric_update.
    void noteCongestionState(std::string_view state)
    {
        constexpr std::size_t longestState = 64;
        std::string lower = lowerCase(state.substr(0, longestState));
        if (!lower.empty())
            m_out->congestionStates.push_back({{m_row, std::move(lower), {}}, true});
    }

    void readLost(const Value& data, bool isSpurious)
    {
        PacketFields fields;
        readPacketFields(data, &fields);
        if (fields.header && fields.header->isObject())
            readPacketFields(Value(*fields.header), &fields);
        noteTrigger(fields);
        std::optional<std::uint64_t> number = wholeOf(fields.number, "packet number");
        LostFact lost;
        if (!number)
            number = readAggregate(data, &lost);
        if (!number)
            return;
        lost.number = *number;
        lost.row = m_row;
        lost.pathId = m_pathId;
        const PacketType type = packetTypeIn(fields);
        if (type != PacketType::Unknown)
            lost.space = spaceOf(type);
        else
            lost.space = fields.space ? spaceOf(toText(*fields.space)) : PacketNumberSpace::None; // the Resolver finds it
        lost.isSpurious = isSpurious;
        lost.isMtuProbe = fields.isMtuProbe;
        m_out->lost.push_back(lost);
    }

    /// mvfst logs how many packets are lost and the largest of their numbers. @return that number
    static std::optional<std::uint64_t> readAggregate(const Value& data, LostFact* lost)
    {
        std::optional<std::uint64_t> largest;
        data.forEachMember([&](std::string_view key, const Value& value) {
            if (Value::keyOf(key) == Key::LargestLost)
                largest = toUnsigned(value);
            else if (Value::keyOf(key) == Key::LostPackets)
                lost->unnamed = static_cast<std::uint32_t>(std::min<std::uint64_t>(toUnsigned(value).value_or(1), UINT32_MAX));
        });
        if (lost->unnamed > 0)
            --lost->unnamed; // the largest one is named
        return largest;
    }

    void readPacketsAcked(const Value& data)
    {
        Optional numbers;
        Optional number;
        Optional space;
        data.forEachMember([&](std::string_view key, const Value& value) {
            if (Value::keyOf(key) == Key::PacketNumbers)
                numbers = value;
            else if (Value::keyOf(key) == Key::PacketNumber)
                number = value;
            else if (Value::keyOf(key) == Key::PacketNumberSpace)
                space = value;
        });
        DecodedBlock::Ack ack;
        ack.row = m_row;
        ack.isEvent = true;
        ack.pathId = m_pathId;
        ack.space = space ? spaceOf(toText(*space)) : PacketNumberSpace::Application;
        ack.firstRange = static_cast<std::uint32_t>(m_out->ackRanges.size());
        const auto add = [this](const Value& value) {
            if (const std::optional<std::uint64_t> each = toUnsigned(value))
                m_out->ackRanges.push_back({*each, *each});
        };
        if (numbers && numbers->isArray())
            numbers->forEachElement(add);
        if (number)
            add(*number);
        ack.rangeCount = static_cast<std::uint32_t>(m_out->ackRanges.size()) - ack.firstRange;
        m_out->acks.push_back(ack);
    }

    void readConnectionState(const Value& data)
    {
        std::string_view state;
        data.forEachMember([&](std::string_view key, const Value& value) {
            if (Value::keyOf(key) == Key::New || Value::keyOf(key) == Key::State)
                state = toText(value);
            else if (Value::keyOf(key) == Key::Trigger)
                m_trigger = value;
        });
        if (state == "handshake_complete" || state == "handshake_completed")
            m_out->handshake.push_back({m_row, HandshakeStep::CompletedEvent});
        if (state == "handshake_confirmed")
            m_out->notables.push_back({m_row, NotableKind::HandshakeConfirmed});
    }

    void readClosed(const Value& data)
    {
        CloseFact close;
        close.row = m_row;
        Optional transport;
        Optional application;
        Optional code;
        data.forEachMember([&](std::string_view key, const Value& value) {
            switch (Value::keyOf(key)) {
            case Key::Initiator:
                close.initiator = lowerCase(toText(value));
                break;
            case Key::ConnectionCode:
            case Key::ConnectionError:
                if (!value.isNull())
                    transport = value;
                break;
            case Key::ApplicationCode:
            case Key::ApplicationError:
                if (!value.isNull())
                    application = value;
                break;
            case Key::ErrorCode:
                code = value;
                break;
            case Key::Error: // mvfst
                if (close.name.empty())
                    close.name = toText(value);
                break;
            case Key::Reason:
                close.reason = toText(value);
                break;
            case Key::Trigger:
                close.trigger = toText(value);
                m_trigger = value;
                break;
            default:
                break;
            }
        });
        if (application || transport)
            close.space = application ? "application" : "transport";
        readCode(application ? application : transport, &close);
        readCode(code, &close);
        m_out->closes.push_back(close);
    }

    DecodedBlock* m_out;
    NameLookup m_lookUp;
    [[nodiscard]] DecodedBlock::Group& group() { return m_out->groups[m_group]; }

    static constexpr std::size_t groupLimit = 65'000; // of one block; it has fewer records but in odd cases
    std::uint16_t m_group = 0;
    RowId m_row;
    ByteRange m_bytes; // of the record
    bool m_reportedField = false;
    std::uint32_t m_pathId = 0;
    std::vector<FrameSize> m_frames; // of the packet being read
    std::vector<Interval> m_ranges; // of one ACK
    Optional m_trigger; // of the record
    std::string& m_nameText;
    std::string_view m_name; // of the record being read
};

} // namespace qlogscope
