// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tracegen.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <deque>
#include <limits>
#include <vector>

// From top to bottom: small containers, packets and frames, the log writer, the link, congestion control, one end of a
// connection (Endpoint), the two roles (Client, Server) and the loop that runs them (Simulation).

namespace qlogscope::tracegen {
namespace {

using TimeNs = std::int64_t; // since the client's first action
using PacketNumber = std::uint64_t;

constexpr TimeNs never = std::numeric_limits<TimeNs>::max();
constexpr std::uint64_t kibibyte = 1024;
constexpr TimeNs microsecond = 1'000;
constexpr TimeNs millisecond = 1'000'000;
constexpr TimeNs wholeSecond = 1'000'000'000;
constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

constexpr std::uint32_t handshakeDatagramBytes = 1200;
constexpr std::uint64_t maxDatagramBytes = 1252;
constexpr std::uint32_t ipUdpBytes = 28;
constexpr std::uint32_t cidBytes = 8;
constexpr std::uint32_t tagBytes = 16;
constexpr TimeNs maxAckDelay = 25 * millisecond;
constexpr std::uint64_t reorderingThreshold = 3; // packets

// TLS messages, bytes
constexpr std::uint64_t clientHelloBytes = 312;
constexpr std::uint64_t serverHelloBytes = 90;
constexpr std::uint64_t serverFlightBytes = 2237;
constexpr std::uint64_t clientFinishedBytes = 52;
constexpr std::uint64_t sessionTicketBytes = 241;

// HTTP/3, bytes
constexpr std::uint64_t controlStreamBytes = 17; // stream type and SETTINGS
constexpr std::uint64_t dataFrameBytes = 32768;

constexpr std::uint64_t wallClockMs = 1'772'539'200'000; // 2026-03-03T12:00:00Z

class Random // splitmix64
{
public:
    explicit Random(std::uint64_t seed)
        : m_state(seed)
    {
    }

    std::uint64_t next()
    {
        m_state += 0x9E3779B97F4A7C15U;
        std::uint64_t z = m_state;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }
    /// 0 .. limit-1
    std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(((next() >> 32U) * limit) >> 32U); }
    TimeNs between(TimeNs low, TimeNs high) { return low + below(static_cast<std::uint32_t>(high - low)); }

private:
    std::uint64_t m_state;
};

/// At most N elements, in place; copying costs only what is used.
template <typename T, std::size_t N> class SmallVector
{
public:
    SmallVector() = default;
    SmallVector(const SmallVector& other) { *this = other; }
    SmallVector& operator=(const SmallVector& other)
    {
        m_size = other.m_size;
        std::copy_n(other.m_items.begin(), m_size, m_items.begin());
        return *this;
    }
    ~SmallVector() = default;

    bool empty() const { return m_size == 0; }
    std::size_t size() const { return m_size; }
    void clear() { m_size = 0; }
    void push_back(const T& value) { m_items[m_size++] = value; }
    void pop_back() { --m_size; }
    void push_front(const T& value) // drops the last one if full
    {
        m_size = std::min(m_size + 1, N);
        std::move_backward(m_items.begin(), m_items.begin() + static_cast<std::ptrdiff_t>(m_size - 1),
                           m_items.begin() + static_cast<std::ptrdiff_t>(m_size));
        m_items[0] = value;
    }
    T& operator[](std::size_t index) { return m_items[index]; }
    const T& operator[](std::size_t index) const { return m_items[index]; }
    T& front() { return m_items[0]; }
    const T& front() const { return m_items[0]; }
    T& back() { return m_items[m_size - 1]; }
    const T& back() const { return m_items[m_size - 1]; }
    const T* begin() const { return m_items.data(); }
    const T* end() const { return m_items.data() + m_size; }

private:
    std::size_t m_size = 0;
    std::array<T, N> m_items;
};

/// A queue whose slots are used again; element numbers count from the first one ever pushed.
template <typename T> class Ring
{
public:
    std::uint64_t firstNumber() const { return m_first; }
    std::uint64_t endNumber() const { return m_end; }
    bool empty() const { return m_first == m_end; }
    T& operator[](std::uint64_t number) { return m_slots[number & (m_slots.size() - 1)]; }
    T& front() { return (*this)[m_first]; }
    void pop_front() { ++m_first; }
    void clear() { m_first = m_end; }
    /// The new last element, with the contents of a used slot.
    T& push_slot()
    {
        if (m_end - m_first == m_slots.size())
            grow();
        return (*this)[m_end++];
    }

private:
    void grow()
    {
        std::vector<T> slots(m_slots.empty() ? 64 : m_slots.size() * 2);
        for (std::uint64_t number = m_first; number != m_end; ++number)
            slots[number & (slots.size() - 1)] = (*this)[number];
        m_slots = std::move(slots);
    }

    std::vector<T> m_slots;
    std::uint64_t m_first = 0;
    std::uint64_t m_end = 0;
};

// ---------------------------------------------------------------------------------------------------------------------
// Packets and frames

enum class Space : std::uint8_t { Initial, Handshake, Application };
constexpr std::array<Space, 3> allSpaces = {Space::Initial, Space::Handshake, Space::Application};
constexpr std::size_t indexOf(Space space)
{
    return static_cast<std::size_t>(space);
}

enum class FrameType : std::uint8_t {
    Padding,
    Ping,
    Ack,
    Crypto,
    Stream,
    MaxData,
    MaxStreamData,
    MaxStreams,
    DataBlocked,
    StreamDataBlocked,
    NewConnectionId,
    NewToken,
    HandshakeDone,
    ConnectionClose,
};

struct Frame {
    FrameType type = FrameType::Ping;
    bool fin = false;
    std::uint64_t id = 0; // stream; for NewConnectionId: sequence number
    std::uint64_t offset = 0; // also: the maximum or the limit
    std::uint64_t length = 0; // for Ack: ACK delay in 8 us units
};

struct Range // packet numbers, both ends included
{
    PacketNumber low = 0;
    PacketNumber high = 0;
};

constexpr std::size_t maxFrames = 12; // in a packet
using Frames = SmallVector<Frame, maxFrames>;
using Ranges = SmallVector<Range, 32>; // newest first

struct Packet {
    Space space = Space::Initial;
    bool keyPhase = false;
    bool lastOfDatagram = true;
    bool coalesced = false;
    PacketNumber number = 0;
    std::uint32_t payloadBytes = 0;
    std::uint32_t lengthBytes = 0; // with header and tag
    std::uint32_t datagramId = 0;
    Ranges acked;
    Frames frames;

    bool hasRoom() const { return frames.size() + 1 < maxFrames; } // one is kept for padding
    bool isAckEliciting() const
    {
        return std::any_of(frames.begin(), frames.end(), [](const Frame& frame) {
            return frame.type != FrameType::Ack && frame.type != FrameType::Padding
                && frame.type != FrameType::ConnectionClose;
        });
    }
};

constexpr std::uint32_t varintBytes(std::uint64_t value)
{
    return value < 64 ? 1 : value < 16384 ? 2 : value < 1'073'741'824 ? 4 : 8;
}

std::uint32_t ackBytes(const Ranges& ranges, std::uint64_t delay)
{
    std::uint32_t bytes = 1 + varintBytes(ranges.front().high) + varintBytes(delay) + varintBytes(ranges.size() - 1)
        + varintBytes(ranges.front().high - ranges.front().low);
    for (std::size_t i = 1; i < ranges.size(); ++i) {
        bytes += varintBytes(ranges[i - 1].low - ranges[i].high - 2);
        bytes += varintBytes(ranges[i].high - ranges[i].low);
    }
    return bytes;
}

/// Encoded size of any frame but ACK.
std::uint32_t frameBytes(const Frame& frame)
{
    switch (frame.type) {
    case FrameType::Padding:
        return static_cast<std::uint32_t>(frame.length);
    case FrameType::Crypto:
        return 1 + varintBytes(frame.offset) + varintBytes(frame.length) + static_cast<std::uint32_t>(frame.length);
    case FrameType::Stream:
        return 1 + varintBytes(frame.id) + (frame.offset > 0 ? varintBytes(frame.offset) : 0)
            + varintBytes(frame.length) + static_cast<std::uint32_t>(frame.length);
    case FrameType::MaxStreamData:
    case FrameType::StreamDataBlocked:
        return 1 + varintBytes(frame.id) + varintBytes(frame.offset);
    case FrameType::MaxData:
    case FrameType::MaxStreams:
    case FrameType::DataBlocked:
        return 1 + varintBytes(frame.offset);
    case FrameType::NewConnectionId:
        return 1 + 1 + 1 + 1 + cidBytes + 16;
    case FrameType::NewToken:
        return 1 + 1 + 32;
    case FrameType::ConnectionClose:
        return 1 + 2 + 1;
    case FrameType::Ping:
    case FrameType::HandshakeDone:
    case FrameType::Ack:
        break;
    }
    return 1;
}

std::uint32_t headerBytes(Space space)
{
    if (space == Space::Application)
        return 1 + cidBytes + 2;
    return 1 + 4 + 1 + cidBytes + 1 + cidBytes + (space == Space::Initial ? 1 : 0) + 2 + 2;
}

// ---------------------------------------------------------------------------------------------------------------------
// What is fetched

enum class ResourceKind : std::uint8_t { Page, Style, Script, Font, Data, Image };

struct Resource {
    ResourceKind kind = ResourceKind::Page;
    std::uint32_t number = 1;
    std::uint64_t bodyBytes = 0;
};

struct ResourceText {
    std::string_view path; // before the number
    std::string_view suffix;
    std::string_view contentType;
};

const ResourceText& textOf(ResourceKind kind)
{
    static constexpr std::array<ResourceText, 6> texts = {{{"/index", ".html", "text/html; charset=utf-8"},
                                                           {"/style", ".css", "text/css"},
                                                           {"/app", ".js", "text/javascript"},
                                                           {"/font", ".woff2", "font/woff2"},
                                                           {"/data", ".json", "application/json"},
                                                           {"/image-", ".webp", "image/webp"}}};
    return texts[static_cast<std::size_t>(kind)];
}

std::uint64_t requestHeadersBytes(const Resource& resource) // QPACK, the paths being literals
{
    return 38 + textOf(resource.kind).path.size() + textOf(resource.kind).suffix.size();
}

std::uint64_t responseHeadersBytes(const Resource& resource)
{
    return 52 + textOf(resource.kind).contentType.size();
}

std::uint64_t frameHeaderBytes(std::uint64_t payloadBytes)
{
    return 1 + varintBytes(payloadBytes);
}

std::uint64_t responseBytes(const Resource& resource)
{
    const std::uint64_t headers = responseHeadersBytes(resource);
    const std::uint64_t full = resource.bodyBytes / dataFrameBytes;
    const std::uint64_t rest = resource.bodyBytes % dataFrameBytes;
    return frameHeaderBytes(headers) + headers + full * (frameHeaderBytes(dataFrameBytes) + dataFrameBytes)
        + (rest > 0 ? frameHeaderBytes(rest) + rest : 0);
}

// ---------------------------------------------------------------------------------------------------------------------
// The log

struct Metrics // 0: not known yet; bytesInFlight is always known
{
    TimeNs minRtt = 0;
    TimeNs smoothedRtt = 0;
    TimeNs latestRtt = 0;
    TimeNs rttVariance = 0;
    std::uint64_t congestionWindowBytes = 0;
    std::uint64_t bytesInFlight = 0;
    std::uint64_t ssthreshBytes = 0;
    std::uint64_t pacingRateBits = 0;
    std::uint64_t ptoCount = 0;

    bool operator==(const Metrics&) const = default;
};

struct Names // hex identifiers of the connection
{
    std::string odcid;
    std::string clientCid;
    std::string serverCid;
    std::string resetToken;
    std::string addressToken;
};

struct TransportParameters {
    bool client = false;
    std::uint64_t maxData = 0;
    std::uint64_t maxStreamData = 0;
    std::uint64_t maxStreamsBidi = 0;
};

/// Writes one end's log. Every function is one record; without a sink it is only counted.
class TraceLog
{
public:
    TraceLog(const Options& options, Vantage vantage, const Sink& sink, const Names& names)
        : m_format(options.format)
        , m_client(vantage == Vantage::Client)
        , m_sink(sink)
        , m_names(names)
    {
        if (m_sink)
            m_buffer.resize(bufferBytes);
    }

    const LogTotals& totals() const { return m_totals; }
    bool failed() const { return m_failed; }

    /// @p origin becomes time 0 of this log.
    void writeHeader(TimeNs origin);
    void finish();

    void connectionStarted(TimeNs time);
    void connectionClosed(TimeNs time, std::string_view owner);
    void connectionState(TimeNs time, std::string_view oldState, std::string_view newState);
    void parametersSet(TimeNs time, std::string_view owner, const TransportParameters& parameters);
    void keyUpdated(TimeNs time, std::string_view keyType, std::string_view trigger, int generation);
    void congestionState(TimeNs time, std::string_view oldState, std::string_view newState);
    void metrics(TimeNs time, const Metrics& metrics);
    void packetSent(TimeNs time, const Packet& packet);
    void packetReceived(TimeNs time, const Packet& packet);
    void packetDropped(TimeNs time, const Packet& packet);
    void packetLost(TimeNs time, Space space, PacketNumber number, bool byReordering);
    void httpParameters(TimeNs time, std::string_view owner);
    void httpStreamType(TimeNs time, std::uint64_t streamId, std::string_view owner, std::string_view type);
    void httpSettings(TimeNs time, bool created, std::uint64_t streamId);
    void httpRequest(TimeNs time, bool created, std::uint64_t streamId, const Resource& resource);
    void httpResponse(TimeNs time, bool created, std::uint64_t streamId, const Resource& resource);
    void httpData(TimeNs time, bool created, std::uint64_t streamId, std::uint64_t bytes);

private:
    static constexpr std::size_t bufferBytes = 128 * kibibyte;
    static constexpr std::size_t maxRecordBytes = 8 * kibibyte; // 12 frames and 32 ranges need less than 4 KiB

    bool draft00() const { return m_format == Format::Draft00; }
    bool begin(TimeNs time, std::string_view category, std::string_view event);
    void end();
    void flush();
    void put(std::string_view text)
    {
        std::memcpy(m_buffer.data() + m_used, text.data(), text.size());
        m_used += text.size();
    }
    void put(char character) { m_buffer[m_used++] = character; }
    void putNumber(std::uint64_t number)
    {
        char* const start = m_buffer.data() + m_used;
        m_used += static_cast<std::size_t>(std::to_chars(start, start + 24, number).ptr - start);
    }
    void putDuration(TimeNs duration);
    void putMember(std::string_view keyWithColon, std::string_view text) // "key":"text"
    {
        put(keyWithColon);
        put('"');
        put(text);
        put('"');
    }
    void putMember(std::string_view keyWithColon, std::uint64_t number)
    {
        put(keyWithColon);
        putNumber(number);
    }
    void putHeader(std::string_view name, std::string_view value);
    void putPath(const Resource& resource);
    void putPacket(const Packet& packet, bool sent);
    void putPacketHeader(const Packet& packet, bool sent);
    void putFrame(const Frame& frame, const Packet& packet);
    void putStreamId(std::uint64_t streamId) { putMember(draft00() ? "\"id\":" : "\"stream_id\":", streamId); }
    bool beginHttpFrame(TimeNs time, bool created, std::uint64_t streamId, std::uint64_t bytes, std::string_view type);

    Format m_format;
    bool m_client;
    bool m_failed = false;
    bool m_metricsLogged = false;
    const Sink& m_sink;
    const Names& m_names;
    TimeNs m_origin = 0;
    Metrics m_lastMetrics;
    LogTotals m_totals;
    std::vector<char> m_buffer;
    std::size_t m_used = 0;
};

std::string_view packetTypeOf(Space space)
{
    switch (space) {
    case Space::Initial:
        return "initial";
    case Space::Handshake:
        return "handshake";
    case Space::Application:
        break;
    }
    return "1RTT";
}

void TraceLog::flush()
{
    if (m_sink && !m_failed && m_used > 0)
        m_failed = !m_sink(std::string_view(m_buffer.data(), m_used));
    m_totals.bytes += m_used;
    m_used = 0;
}

void TraceLog::putDuration(TimeNs duration)
{
    const auto value = static_cast<std::uint64_t>(std::max<TimeNs>(duration, 0));
    if (draft00()) {
        putNumber(value / 1000);
        return;
    }
    putNumber(value / 1'000'000);
    std::uint64_t rest = value % 1'000'000;
    if (rest == 0)
        return;
    std::array<char, 7> digits = {'.'};
    for (std::size_t i = 6; i > 0; --i, rest /= 10)
        digits[i] = static_cast<char>('0' + rest % 10);
    std::size_t used = digits.size();
    while (digits[used - 1] == '0')
        --used;
    put(std::string_view(digits.data(), used));
}

void TraceLog::writeHeader(TimeNs origin)
{
    m_origin = origin;
    if (!m_sink)
        return;
    const std::string_view side = m_client ? "client" : "server";
    const std::uint64_t referenceUs = wallClockMs * 1000 + static_cast<std::uint64_t>(origin / microsecond);
    const auto putVantage = [&] {
        putMember("\"title\":", "qlogscope sample");
        put(",\"vantage_point\":{\"name\":\"qlogscope sample\"");
        putMember(",\"type\":", side);
        put("},");
    };
    const auto putCommon = [&] {
        putMember("\"common_fields\":{\"group_id\":", m_names.odcid);
        put(",\"protocol_type\":[\"QUIC\",\"HTTP3\"],\"time_format\":\"relative\",\"reference_time\":");
        putNumber(referenceUs / 1000);
        put('}');
    };
    switch (m_format) {
    case Format::JsonSeq:
        put("\x1E{\"qlog_version\":\"0.3\",\"qlog_format\":\"JSON-SEQ\",\"title\":\"qlogscope sample\",\"trace\":{");
        putVantage();
        putCommon();
        put("}}\n");
        break;
    case Format::Contained:
        put("{\"qlog_version\":\"0.3\",\"qlog_format\":\"JSON\",\"title\":\"qlogscope sample\",\"traces\":[{");
        putVantage();
        putCommon();
        put(",\"events\":[");
        break;
    case Format::Draft00:
        put("{ \"qlog_version\": \"draft-00\", \"title\": \"qlogscope sample\", \"traces\": [\n{ ");
        putVantage();
        putMember("\"description\":", m_names.odcid);
        put(",\n\"event_fields\": [\"relative_time\", \"category\", \"event\", \"data\"],\n");
        put("\"configuration\": {\"time_units\": \"us\"},\n");
        putMember("\"common_fields\": {\"group_id\":", m_names.odcid);
        put(",\"protocol_type\":\"QUIC_HTTP3\",\"reference_time\":\"");
        putNumber(referenceUs);
        put("\"},\n\"events\": [");
        break;
    }
}

void TraceLog::finish()
{
    if (!m_sink)
        return;
    if (m_format != Format::JsonSeq)
        put(draft00() ? "]}]}\n" : "\n]}]}\n");
    flush();
}

bool TraceLog::begin(TimeNs time, std::string_view category, std::string_view event)
{
    ++m_totals.records;
    m_totals.lastTimeNs = time - m_origin;
    if (!m_sink)
        return false;
    if (m_used + maxRecordBytes > bufferBytes)
        flush();
    const bool first = m_totals.records == 1;
    if (draft00()) {
        put(first ? "\n[" : ",\n[");
        putDuration(time - m_origin);
        putMember(", ", category);
        putMember(", ", event);
        put(", {");
        return true;
    }
    if (m_format == Format::JsonSeq)
        put("\x1E{\"time\":");
    else
        put(first ? "\n{\"time\":" : ",\n{\"time\":");
    putDuration(time - m_origin);
    put(",\"name\":\"");
    put(category);
    put(':');
    put(event);
    put("\",\"data\":{");
    return true;
}

void TraceLog::end()
{
    put(draft00() ? "}]" : "}}");
    if (m_format == Format::JsonSeq)
        put('\n');
}

void TraceLog::connectionStarted(TimeNs time)
{
    if (!begin(time, "connectivity", "connection_started"))
        return;
    put("\"ip_version\":\"v4\",");
    if (m_client)
        put("\"src_ip\":\"192.0.2.10\",\"dst_ip\":\"198.51.100.20\",\"protocol\":\"QUIC\",\"src_port\":51204,\"dst_"
            "port\":443");
    else
        put("\"src_ip\":\"198.51.100.20\",\"dst_ip\":\"192.0.2.10\",\"protocol\":\"QUIC\",\"src_port\":443,\"dst_"
            "port\":51204");
    putMember(",\"src_cid\":", m_client ? m_names.clientCid : m_names.serverCid);
    putMember(",\"dst_cid\":", m_client ? m_names.odcid : m_names.clientCid);
    end();
}

void TraceLog::connectionClosed(TimeNs time, std::string_view owner)
{
    if (!begin(time, "connectivity", "connection_closed"))
        return;
    putMember("\"owner\":", owner);
    put(",\"application_code\":256,\"reason\":\"\",\"trigger\":\"clean\"");
    end();
}

void TraceLog::connectionState(TimeNs time, std::string_view oldState, std::string_view newState)
{
    if (!begin(time, "connectivity", "connection_state_updated"))
        return;
    if (!oldState.empty()) {
        putMember("\"old\":", oldState);
        put(',');
    }
    putMember("\"new\":", newState);
    end();
}

void TraceLog::parametersSet(TimeNs time, std::string_view owner, const TransportParameters& parameters)
{
    if (!begin(time, "transport", "parameters_set"))
        return;
    putMember("\"owner\":", owner);
    if (draft00()) {
        put(",\"idle_timeout\":30000,\"max_packet_size\":1452");
    } else {
        if (!parameters.client)
            putMember(",\"original_destination_connection_id\":", m_names.odcid);
        putMember(",\"initial_source_connection_id\":", parameters.client ? m_names.clientCid : m_names.serverCid);
        put(",\"max_idle_timeout\":30000,\"max_udp_payload_size\":1452");
    }
    put(",\"disable_active_migration\":true,\"ack_delay_exponent\":3,\"max_ack_delay\":25,\"active_connection_id_"
        "limit\":2");
    putMember(",\"initial_max_data\":", parameters.maxData);
    putMember(",\"initial_max_stream_data_bidi_local\":", parameters.maxStreamData);
    putMember(",\"initial_max_stream_data_bidi_remote\":", parameters.maxStreamData);
    putMember(",\"initial_max_stream_data_uni\":", parameters.maxStreamData);
    putMember(",\"initial_max_streams_bidi\":", parameters.maxStreamsBidi);
    put(",\"initial_max_streams_uni\":3");
    end();
}

void TraceLog::keyUpdated(TimeNs time, std::string_view keyType, std::string_view trigger, int generation)
{
    if (!begin(time, "security", "key_updated"))
        return;
    putMember("\"key_type\":", keyType);
    if (generation >= 0)
        putMember(",\"generation\":", static_cast<std::uint64_t>(generation));
    putMember(",\"trigger\":", trigger);
    end();
}

void TraceLog::congestionState(TimeNs time, std::string_view oldState, std::string_view newState)
{
    if (!begin(time, "recovery", "congestion_state_updated"))
        return;
    if (!oldState.empty()) {
        putMember("\"old\":", oldState);
        put(',');
    }
    putMember("\"new\":", newState);
    end();
}

void TraceLog::metrics(TimeNs time, const Metrics& metrics)
{
    if (m_metricsLogged && metrics == m_lastMetrics)
        return;
    ++m_totals.metricsUpdates;
    if (begin(time, "recovery", "metrics_updated")) {
        bool comma = false;
        const auto separator = [&] {
            if (comma)
                put(',');
            comma = true;
        };
        const auto duration = [&](std::string_view key, TimeNs last, TimeNs value) {
            if (last == value)
                return;
            separator();
            put(key);
            putDuration(value);
        };
        const auto number = [&](std::string_view key, std::uint64_t last, std::uint64_t value) {
            if (last == value)
                return;
            separator();
            putMember(key, value);
        };
        const Metrics& last = m_lastMetrics;
        duration("\"min_rtt\":", last.minRtt, metrics.minRtt);
        duration("\"smoothed_rtt\":", last.smoothedRtt, metrics.smoothedRtt);
        duration("\"latest_rtt\":", last.latestRtt, metrics.latestRtt);
        duration("\"rtt_variance\":", last.rttVariance, metrics.rttVariance);
        number("\"pto_count\":", last.ptoCount, metrics.ptoCount);
        number(draft00() ? "\"cwnd\":" : "\"congestion_window\":", last.congestionWindowBytes,
               metrics.congestionWindowBytes);
        number("\"bytes_in_flight\":", m_metricsLogged ? last.bytesInFlight : unlimited, metrics.bytesInFlight);
        number("\"ssthresh\":", last.ssthreshBytes, metrics.ssthreshBytes);
        number("\"pacing_rate\":", last.pacingRateBits, metrics.pacingRateBits);
        end();
    }
    m_lastMetrics = metrics;
    m_metricsLogged = true;
}

void TraceLog::packetSent(TimeNs time, const Packet& packet)
{
    ++m_totals.packetsSent;
    if (!begin(time, "transport", "packet_sent"))
        return;
    putPacket(packet, true);
    end();
}

void TraceLog::packetReceived(TimeNs time, const Packet& packet)
{
    ++m_totals.packetsReceived;
    if (!begin(time, "transport", "packet_received"))
        return;
    putPacket(packet, false);
    end();
}

void TraceLog::packetDropped(TimeNs time, const Packet& packet)
{
    ++m_totals.packetsDropped;
    if (!begin(time, "transport", "packet_dropped"))
        return;
    if (draft00()) {
        putMember("\"packet_type\":", packetTypeOf(packet.space));
        putMember(",\"packet_size\":", packet.lengthBytes);
    } else {
        putMember("\"header\":{\"packet_type\":", packetTypeOf(packet.space));
        putMember("},\"raw\":{\"length\":", packet.lengthBytes);
        put('}');
    }
    put(",\"trigger\":\"key_unavailable\"");
    end();
}

void TraceLog::packetLost(TimeNs time, Space space, PacketNumber number, bool byReordering)
{
    ++m_totals.packetsLost;
    if (!begin(time, "recovery", "packet_lost"))
        return;
    putMember(draft00() ? "\"packet_type\":" : "\"header\":{\"packet_type\":", packetTypeOf(space));
    putMember(",\"packet_number\":", number);
    put(draft00() ? ",\"trigger\":" : "},\"trigger\":");
    put(byReordering ? "\"reordering_threshold\"" : "\"time_threshold\"");
    end();
}

void TraceLog::putPacketHeader(const Packet& packet, bool sent)
{
    const bool fromClient = sent == m_client;
    const std::string& scid = fromClient ? m_names.clientCid : m_names.serverCid;
    // A client addresses its first Initial, and all it sends before an answer, to the id it has made up.
    const bool toOdcid = fromClient && packet.space == Space::Initial && packet.acked.empty();
    const std::string& dcid = toOdcid ? m_names.odcid : fromClient ? m_names.serverCid : m_names.clientCid;
    putMember("\"packet_number\":", packet.number);
    if (packet.space != Space::Application) {
        put(draft00() ? ",\"version\":\"00000001\"" : ",\"version\":\"1\",\"scil\":8,\"dcil\":8");
        putMember(",\"scid\":", scid);
    }
    putMember(",\"dcid\":", dcid);
    if (packet.space == Space::Application)
        put(packet.keyPhase ? ",\"key_phase\":1" : ",\"key_phase\":0");
}

void TraceLog::putPacket(const Packet& packet, bool sent)
{
    if (draft00()) {
        putMember("\"packet_type\":", packetTypeOf(packet.space));
        putMember(",\"header\":{\"packet_size\":", packet.lengthBytes);
        put(',');
        putPacketHeader(packet, sent);
    } else {
        putMember("\"header\":{\"packet_type\":", packetTypeOf(packet.space));
        put(',');
        putPacketHeader(packet, sent);
        putMember("},\"raw\":{\"length\":", packet.lengthBytes);
        putMember(",\"payload_length\":", packet.payloadBytes);
    }
    put('}');
    if (packet.coalesced && !draft00()) {
        put(",\"is_coalesced\":true");
        putMember(",\"datagram_id\":", packet.datagramId);
    }
    put(",\"frames\":[");
    bool comma = false;
    for (const Frame& frame : packet.frames) {
        if (comma)
            put(',');
        comma = true;
        putFrame(frame, packet);
        put('}');
    }
    put(']');
}

void TraceLog::putFrame(const Frame& frame, const Packet& packet)
{
    switch (frame.type) {
    case FrameType::Padding:
        putMember("{\"frame_type\":\"padding\",\"length\":", frame.length);
        break;
    case FrameType::Ping:
        put("{\"frame_type\":\"ping\"");
        break;
    case FrameType::Ack: {
        put("{\"frame_type\":\"ack\",\"ack_delay\":");
        putDuration(static_cast<TimeNs>(frame.length) * 8 * microsecond);
        put(",\"acked_ranges\":[");
        bool comma = false;
        for (const Range& range : packet.acked) {
            put(comma ? ",[" : "[");
            comma = true;
            putNumber(range.low);
            if (range.low != range.high || draft00()) {
                put(',');
                putNumber(range.high);
            }
            put(']');
        }
        put(']');
        break;
    }
    case FrameType::Crypto:
        putMember("{\"frame_type\":\"crypto\",\"offset\":", frame.offset);
        putMember(",\"length\":", frame.length);
        break;
    case FrameType::Stream:
        put("{\"frame_type\":\"stream\",");
        putStreamId(frame.id);
        putMember(",\"offset\":", frame.offset);
        putMember(",\"length\":", frame.length);
        if (frame.fin)
            put(",\"fin\":true");
        break;
    case FrameType::MaxData:
        putMember("{\"frame_type\":\"max_data\",\"maximum\":", frame.offset);
        break;
    case FrameType::MaxStreamData:
        put("{\"frame_type\":\"max_stream_data\",");
        putStreamId(frame.id);
        putMember(",\"maximum\":", frame.offset);
        break;
    case FrameType::MaxStreams:
        putMember("{\"frame_type\":\"max_streams\",\"stream_type\":\"bidirectional\",\"maximum\":", frame.offset);
        break;
    case FrameType::DataBlocked:
        putMember("{\"frame_type\":\"data_blocked\",\"limit\":", frame.offset);
        break;
    case FrameType::StreamDataBlocked:
        put("{\"frame_type\":\"stream_data_blocked\",");
        putStreamId(frame.id);
        putMember(",\"limit\":", frame.offset);
        break;
    case FrameType::NewConnectionId:
        putMember("{\"frame_type\":\"new_connection_id\",\"sequence_number\":", frame.id);
        put(",\"retire_prior_to\":0,\"connection_id_length\":8");
        putMember(",\"connection_id\":", std::string_view(m_names.resetToken).substr(8, 16));
        putMember(",\"stateless_reset_token\":{\"data\":", m_names.resetToken);
        put('}');
        break;
    case FrameType::NewToken:
        putMember("{\"frame_type\":\"new_token\",\"token\":{\"length\":32,\"data\":", m_names.addressToken);
        put('}');
        break;
    case FrameType::HandshakeDone:
        put("{\"frame_type\":\"handshake_done\"");
        break;
    case FrameType::ConnectionClose:
        put("{\"frame_type\":\"connection_close\",\"error_space\":\"application\",\"error_code\":256,\"reason\":\"\"");
        break;
    }
}

void TraceLog::httpParameters(TimeNs time, std::string_view owner)
{
    if (!begin(time, "http", "parameters_set"))
        return;
    putMember("\"owner\":", owner);
    put(",\"max_field_section_size\":65536,\"max_table_capacity\":0,\"blocked_streams_count\":0");
    end();
}

void TraceLog::httpStreamType(TimeNs time, std::uint64_t streamId, std::string_view owner, std::string_view type)
{
    if (!begin(time, "http", "stream_type_set"))
        return;
    putMember("\"stream_id\":", streamId);
    putMember(",\"owner\":", owner);
    putMember(draft00() ? ",\"new\":" : ",\"stream_type\":", type);
    end();
}

bool TraceLog::beginHttpFrame(TimeNs time, bool created, std::uint64_t streamId, std::uint64_t bytes,
                              std::string_view type)
{
    ++m_totals.httpFrames;
    if (!begin(time, "http", created ? "frame_created" : "frame_parsed"))
        return false;
    putMember("\"stream_id\":", streamId);
    putMember(draft00() ? ",\"byte_length\":" : ",\"length\":", bytes);
    putMember(",\"frame\":{\"frame_type\":", type);
    return true;
}

void TraceLog::putHeader(std::string_view name, std::string_view value)
{
    putMember("{\"name\":", name);
    putMember(",\"value\":", value);
    put("},");
}

void TraceLog::putPath(const Resource& resource)
{
    const ResourceText& text = textOf(resource.kind);
    put("{\"name\":\":path\",\"value\":\"");
    put(text.path);
    if (resource.kind == ResourceKind::Image) {
        putNumber(resource.number);
    } else if (resource.number > 1) {
        put('-');
        putNumber(resource.number);
    }
    put(text.suffix);
    put("\"}");
}

void TraceLog::httpSettings(TimeNs time, bool created, std::uint64_t streamId)
{
    if (!beginHttpFrame(time, created, streamId, controlStreamBytes - 3, "settings"))
        return;
    put(",\"settings\":[{\"name\":\"settings_max_field_section_size\",\"value\":65536},"
        "{\"name\":\"settings_qpack_max_table_capacity\",\"value\":0},"
        "{\"name\":\"settings_qpack_blocked_streams\",\"value\":0}]}");
    end();
}

void TraceLog::httpRequest(TimeNs time, bool created, std::uint64_t streamId, const Resource& resource)
{
    if (!beginHttpFrame(time, created, streamId, requestHeadersBytes(resource), "headers"))
        return;
    put(",\"headers\":[");
    putHeader(":method", "GET");
    putHeader(":scheme", "https");
    putHeader(":authority", "example.org");
    putPath(resource);
    put("]}");
    end();
}

void TraceLog::httpResponse(TimeNs time, bool created, std::uint64_t streamId, const Resource& resource)
{
    if (!beginHttpFrame(time, created, streamId, responseHeadersBytes(resource), "headers"))
        return;
    put(",\"headers\":[");
    putHeader(":status", "200");
    putHeader("content-type", textOf(resource.kind).contentType);
    put("{\"name\":\"content-length\",\"value\":\"");
    putNumber(resource.bodyBytes);
    put("\"}]}");
    end();
}

void TraceLog::httpData(TimeNs time, bool created, std::uint64_t streamId, std::uint64_t bytes)
{
    if (!beginHttpFrame(time, created, streamId, bytes, "data"))
        return;
    put('}');
    end();
}

// ---------------------------------------------------------------------------------------------------------------------
// The network

/// One direction: a drop-tail queue before a fixed rate, then a fixed delay with a little jitter. Never reorders.
class Link
{
public:
    Link(const Options& options, std::uint64_t seed)
        : m_random(seed)
        , m_lossPermille(options.lossPermille)
        , m_bitsPerSecond(std::max<std::uint64_t>(options.rateMbit, 1) * 1'000'000)
        , m_delay(static_cast<TimeNs>(options.rttMs) * millisecond / 2)
    {
        // Room for one bandwidth-delay product, but not for less than 16 full packets.
        m_maxQueueing = std::max<TimeNs>(2 * m_delay, serialization(16 * (maxDatagramBytes + ipUdpBytes)));
    }

    /// Takes the packets of one datagram. @p lossless: the datagram is not dropped.
    template <typename Packets> void send(TimeNs time, const Packets& packets, bool lossless)
    {
        std::uint32_t bytes = ipUdpBytes;
        for (const Packet& packet : packets)
            bytes += packet.lengthBytes;
        const bool unlucky = m_random.below(1000) < m_lossPermille;
        const TimeNs jitter = m_random.between(0, 150 * microsecond);
        if (!lossless && m_freeAt - time > m_maxQueueing) {
            ++m_queueDrops;
            return;
        }
        m_freeAt = std::max(m_freeAt, time) + serialization(bytes);
        if (!lossless && unlucky) {
            ++m_randomDrops;
            return;
        }
        m_lastArrival = std::max(m_lastArrival + microsecond / 2, m_freeAt + m_delay + jitter);
        for (const Packet& packet : packets) {
            Arrival& arrival = m_arrivals.push_slot();
            arrival.time = m_lastArrival;
            arrival.packet = packet;
        }
    }

    TimeNs nextArrival() { return m_arrivals.empty() ? never : m_arrivals.front().time; }
    const Packet& front() { return m_arrivals.front().packet; }
    void pop() { m_arrivals.pop_front(); }
    std::uint64_t randomDrops() const { return m_randomDrops; }
    std::uint64_t queueDrops() const { return m_queueDrops; }

private:
    struct Arrival {
        TimeNs time = 0;
        Packet packet;
    };

    TimeNs serialization(std::uint64_t bytes) const
    {
        return static_cast<TimeNs>(bytes * 8 * wholeSecond / m_bitsPerSecond);
    }

    Random m_random;
    std::uint32_t m_lossPermille;
    std::uint64_t m_bitsPerSecond;
    TimeNs m_delay;
    TimeNs m_maxQueueing = 0;
    TimeNs m_freeAt = 0;
    TimeNs m_lastArrival = 0;
    std::uint64_t m_randomDrops = 0;
    std::uint64_t m_queueDrops = 0;
    Ring<Arrival> m_arrivals;
};

// ---------------------------------------------------------------------------------------------------------------------
// Congestion control

/// NewReno (RFC 9002) or CUBIC (RFC 9438), in integers.
class CongestionController
{
public:
    explicit CongestionController(CongestionControl kind)
        : m_kind(kind)
    {
    }

    std::uint64_t windowBytes() const { return m_window; }
    std::uint64_t ssthreshBytes() const { return m_ssthresh == unlimited ? 0 : m_ssthresh; }
    bool inSlowStart() const { return m_window < m_ssthresh; }
    std::string_view state() const
    {
        return m_inRecovery ? "recovery" : inSlowStart() ? "slow_start" : "congestion_avoidance";
    }

    void onAcked(std::uint64_t bytes, TimeNs sentTime, TimeNs now, TimeNs smoothedRtt, bool windowLimited)
    {
        if (sentTime <= m_recoveryStart)
            return;
        m_inRecovery = false;
        if (!windowLimited)
            return;
        if (inSlowStart()) {
            m_window += bytes;
            return;
        }
        if (m_kind == CongestionControl::Reno)
            growReno(bytes);
        else
            growCubic(bytes, now, smoothedRtt);
    }

    void onLost(TimeNs sentTimeOfLast, TimeNs now)
    {
        if (sentTimeOfLast <= m_recoveryStart)
            return;
        m_recoveryStart = now;
        m_inRecovery = true;
        if (m_kind == CongestionControl::Reno) {
            m_window = m_window / 2;
        } else {
            const bool shrinking = m_window < m_maxWindow;
            m_maxWindow = shrinking ? m_window * 17 / 20 : m_window; // fast convergence
            m_window = m_window * 7 / 10;
            m_epochStart = never;
        }
        m_window = std::max<std::uint64_t>(m_window, 2 * maxDatagramBytes);
        m_ssthresh = m_window;
        m_ackedBytes = 0;
    }

private:
    void growReno(std::uint64_t bytes)
    {
        m_ackedBytes += bytes;
        if (m_ackedBytes < m_window)
            return;
        m_ackedBytes -= m_window;
        m_window += maxDatagramBytes;
    }

    void growCubic(std::uint64_t bytes, TimeNs now, TimeNs smoothedRtt)
    {
        if (m_epochStart == never) {
            m_epochStart = now;
            m_renoWindow = m_window;
            m_maxWindow = std::max(m_maxWindow, m_window);
            // K = cbrt((Wmax - cwnd) / C) with windows in segments and C = 0.4; in milliseconds
            m_k = static_cast<std::int64_t>(cubeRoot((m_maxWindow - m_window) * 2'500'000'000U / maxDatagramBytes));
        }
        m_renoWindow += bytes * maxDatagramBytes * 53 / (100 * m_window);
        const std::int64_t sinceMs = (now - m_epochStart + smoothedRtt) / millisecond;
        const std::int64_t distance = std::clamp<std::int64_t>(sinceMs - m_k, -100'000, 100'000);
        const std::int64_t cubed = distance * distance * distance / 1000;
        const std::int64_t target
            = static_cast<std::int64_t>(m_maxWindow) + cubed * std::int64_t {maxDatagramBytes} / 10 * 4 / 1'000'000;
        const std::int64_t window = static_cast<std::int64_t>(m_window);
        const std::int64_t gap = std::min(target, window * 3 / 2) - window;
        if (gap > 0)
            m_window += static_cast<std::uint64_t>(gap) * bytes / m_window;
        m_window = std::max(m_window, m_renoWindow);
    }

    static std::uint64_t cubeRoot(std::uint64_t value)
    {
        std::uint64_t low = 0;
        std::uint64_t high = 2'000'000; // its cube fits
        while (low < high) {
            const std::uint64_t middle = (low + high + 1) / 2;
            if (middle * middle * middle <= value)
                low = middle;
            else
                high = middle - 1;
        }
        return low;
    }

    CongestionControl m_kind;
    bool m_inRecovery = false;
    std::uint64_t m_window = 10 * maxDatagramBytes;
    std::uint64_t m_ssthresh = unlimited;
    TimeNs m_recoveryStart = -1;
    std::uint64_t m_ackedBytes = 0;
    std::uint64_t m_maxWindow = 0;
    std::uint64_t m_renoWindow = 0;
    std::int64_t m_k = 0; // ms
    TimeNs m_epochStart = never;
};

// ---------------------------------------------------------------------------------------------------------------------
// Streams

struct Chunk {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    bool fin = false;

    bool operator==(const Chunk&) const = default;
};

/// What one end has to send on a stream, or of the TLS handshake.
struct SendSide {
    std::uint64_t total = 0; // written by the application
    std::uint64_t next = 0; // first byte never sent
    std::uint64_t limit = unlimited; // flow control
    std::uint64_t blockedAt = unlimited; // limit that the peer was told about
    std::uint32_t framesInFlight = 0;
    bool fin = false; // nothing will be added
    bool finSent = false;
    std::vector<Chunk> lost; // to be sent again

    void resend(const Chunk& chunk)
    {
        if (std::find(lost.begin(), lost.end(), chunk) == lost.end())
            lost.push_back(chunk);
    }
    bool hasWork() const { return !lost.empty() || next < total || (fin && !finSent); }
    bool isDone() const { return fin && finSent && lost.empty() && framesInFlight == 0; }
};

/// What one end has got.
struct ReceiveSide {
    std::uint64_t contiguous = 0;
    std::uint64_t consumed = 0; // read by the application
    std::uint64_t finalSize = unlimited;
    std::uint64_t limit = unlimited; // that the peer may send up to
    bool updateLimit = false; // to be told to the peer
    std::vector<Chunk> ahead; // beyond a gap; may overlap

    bool isDone() const { return consumed == finalSize; }

    void insert(std::uint64_t offset, std::uint64_t length, bool fin)
    {
        if (fin)
            finalSize = offset + length;
        if (offset > contiguous) {
            ahead.push_back({offset, length, false});
            return;
        }
        contiguous = std::max(contiguous, offset + length);
        for (std::size_t i = 0; i < ahead.size();) {
            if (ahead[i].offset > contiguous) {
                ++i;
                continue;
            }
            contiguous = std::max(contiguous, ahead[i].offset + ahead[i].length);
            ahead[i] = ahead.back();
            ahead.pop_back();
            i = 0;
        }
    }
};

struct Stream {
    std::uint64_t id = 0;
    SendSide send;
    ReceiveSide receive;
    Resource resource;
    bool headersSeen = false; // of the response: created or parsed
    std::uint64_t httpOffset = 0; // of the next HTTP frame of the response
    std::uint64_t httpBodyLeft = 0;

    bool isDone() const { return send.isDone() && receive.isDone(); }
};

// ---------------------------------------------------------------------------------------------------------------------
// One end of the connection

enum class Phase : std::uint8_t { Open, Closing, Closed };

/// Transport of one end; the roles derive from it. `receive` and `wake` are its only entries; each of them ends with
/// sending all that may be sent. Its own clock runs a little ahead of the simulation while it is busy, so that no two
/// records have the same time.
class Endpoint
{
public:
    Endpoint(const Options& options, bool isClient, TraceLog& log, Link& out, const TransportParameters& own,
             const TransportParameters& peer, std::uint64_t seed)
        : m_log(log)
        , m_own(own)
        , m_peer(peer)
        , m_random(seed)
        , m_controller(options.congestionControl)
        , m_isClient(isClient)
        , m_out(out)
    {
        m_peerMaxData = peer.maxData;
        m_ownMaxData = own.maxData;
        m_maxStreamsBidi = isClient ? peer.maxStreamsBidi : own.maxStreamsBidi;
        for (std::size_t i = 0; i < 3; ++i) {
            m_ownUni[i].id = 4 * i + (isClient ? 2 : 3);
            m_ownUni[i].send.limit = peer.maxStreamData;
            m_peerUni[i].id = 4 * i + (isClient ? 3 : 2);
            m_peerUni[i].receive.limit = own.maxStreamData;
        }
    }
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;
    virtual ~Endpoint() = default;

    TimeNs nextWake() const { return m_nextWake; }
    Phase phase() const { return m_phase; }
    void receive(TimeNs time, const Packet& packet);
    void wake(TimeNs time);

    const Stream* findBidi(std::uint64_t id) const
    {
        const std::uint64_t index = id / 4;
        return index < m_firstBidi || index - m_firstBidi >= m_bidi.size() ? nullptr : &m_bidi[index - m_firstBidi];
    }

protected:
    // What the roles do
    virtual void onFirstPacket() { }
    virtual void onCryptoProgress(Space space) = 0;
    virtual void onHandshakeDone() { }
    virtual void onStreamProgress(Stream& stream) = 0;
    virtual void onBlockedSignal() { }
    virtual void onMaxStreams() { }
    virtual void onAppTime() = 0;
    virtual void beforeStreamFrame(Stream& /*stream*/, std::uint64_t /*endOffset*/) { }

    // What the roles use
    TimeNs tick()
    {
        m_clock += m_random.between(300, 1800);
        return m_clock;
    }
    void setState(std::string_view state)
    {
        m_log.connectionState(tick(), m_state, state);
        m_state = state;
    }
    void logKeys(std::string_view first, std::string_view second, std::string_view trigger, int generation)
    {
        m_log.keyUpdated(tick(), first, trigger, generation);
        m_log.keyUpdated(tick(), second, trigger, generation);
    }
    void logCongestionState()
    {
        if (m_controller.state() == m_congestionState)
            return;
        m_log.congestionState(tick(), m_congestionState, m_controller.state());
        m_congestionState = m_controller.state();
    }
    void logMetrics();
    void openUniStreams();
    void parsePeerUni(Stream& stream);
    void logHttpFrame(Stream& stream, bool created);
    Stream& addBidi();
    void activate(Stream& stream) { m_active.push_back(stream.id); }
    void consume(Stream& stream);
    void discard(Space space);
    void close();
    TimeNs ptoDuration() const
    {
        return m_smoothedRtt + std::max<TimeNs>(4 * m_rttVariance, millisecond) + maxAckDelay;
    }

    struct Level // one packet-number space
    {
        bool canSend = false;
        bool canReceive = false;
        bool pingWanted = false;
        bool ackNow = false;
        std::uint32_t unackedEliciting = 0; // received since the last ACK
        std::uint32_t elicitingInFlight = 0;
        TimeNs ackDeadline = never;
        TimeNs largestReceivedTime = 0;
        TimeNs lossTime = never;
        TimeNs lastElicitingSent = 0;
        bool anyReceived = false;
        bool anyAcked = false;
        PacketNumber largestReceived = 0;
        PacketNumber largestAcked = 0;
        Ranges received;
        SendSide cryptoSend;
        ReceiveSide cryptoReceive;
    };
    Level& level(Space space) { return m_levels[indexOf(space)]; }

    TraceLog& m_log;
    TransportParameters m_own;
    TransportParameters m_peer;
    Random m_random;
    CongestionController m_controller;
    TimeNs m_clock = 0;
    TimeNs m_appTime = never; // when onAppTime is due
    bool m_isClient;
    bool m_addressValidated = false; // server: of the client; client: by the server
    bool m_handshakeComplete = false;
    bool m_handshakeConfirmed = false;
    bool m_keyPhase = false;
    bool m_handshakeDoneWanted = false;
    bool m_newTokenWanted = false;
    bool m_newCidWanted = false;
    bool m_maxDataWanted = false;
    bool m_maxStreamsWanted = false;
    bool m_closeWanted = false;
    std::uint64_t m_consumedBytes = 0;
    std::uint64_t m_ownMaxData = 0;
    std::uint64_t m_maxStreamsBidi = 0; // client: may open; server: allows
    std::uint64_t m_firstBidi = 0; // number of bidirectional streams that are done and forgotten, from the front
    std::deque<Stream> m_bidi;
    std::array<Stream, 3> m_ownUni;
    std::array<Stream, 3> m_peerUni;
    std::vector<std::uint64_t> m_active; // bidirectional streams with something to send

private:
    enum class SentState : std::uint8_t { Outstanding, Done };
    struct SentPacket {
        TimeNs time = 0;
        std::uint32_t bytes = 0;
        SentState state = SentState::Done;
        bool eliciting = false;
        bool inFlight = false;
        bool hasAck = false;
        PacketNumber largestInAck = 0;
        Frames frames;
    };

    // Receiving
    void recordReceived(Level& lv, const Packet& packet);
    void processFrames(const Packet& packet);
    void processStreamFrame(const Frame& frame);
    void processAck(const Packet& packet, std::uint64_t encodedDelay);
    void forgetReceived(Level& lv, PacketNumber upTo);
    Stream* findStream(std::uint64_t id);

    // Recovery
    void updateRtt(TimeNs latest, TimeNs ackDelay);
    void detectLost(Space space);
    void lose(Space space, PacketNumber number, bool byReordering);
    void requeue(Space space, const Frame& frame);
    void settle(const Frame& frame);
    void onRecoveryTimer();
    TimeNs recoveryDeadline(); // also chooses m_probeSpace
    void trim(Space space);
    Ring<SentPacket>& sent(Space space) { return m_sent[indexOf(space)]; }

    // Sending
    void sendAll();
    bool sendDatagram(bool probe, bool firstOfBurst);
    bool mayStartBurst(bool firstOfBurst);
    void refillPacer();
    bool hasElicitingWork();
    bool streamHasWork(const Stream& stream) const;
    bool ackDue(const Level& lv) const { return lv.ackNow || (lv.unackedEliciting > 0 && lv.ackDeadline <= m_clock); }
    bool buildPacket(Space space, Packet& packet, std::uint32_t room, bool eliciting);
    bool add(Packet& packet, std::uint32_t& budget, const Frame& frame);
    void addAck(Level& lv, Packet& packet, std::uint32_t& budget);
    void addCrypto(Level& lv, Packet& packet, std::uint32_t& budget);
    void addControl(Packet& packet, std::uint32_t& budget);
    void addStreams(Packet& packet, std::uint32_t& budget);
    void addStream(Stream& stream, Packet& packet, std::uint32_t& budget);
    void padDatagram();
    void commit(Packet& packet);
    void finishClosing();
    void dropDoneStreams();
    void arm();
    std::uint64_t pacingBitsPerSecond() const;
    std::uint64_t connectionCredit() const { return m_peerMaxData - m_sentStreamBytes; }

    Link& m_out;
    Phase m_phase = Phase::Open;
    TimeNs m_closedAt = never;
    TimeNs m_nextWake = never;
    TimeNs m_recoveryTimer = never;
    Space m_probeSpace = Space::Initial; // where the recovery timer, if for a probe, will send it
    TimeNs m_pacerWake = never;
    TimeNs m_pacerTime = 0;
    std::uint64_t m_pacerBytes = 10 * maxDatagramBytes;
    bool m_windowLimited = false;
    bool m_anyPacket = false;
    bool m_hasRtt = false;
    TimeNs m_minRtt = 0;
    TimeNs m_latestRtt = 0;
    TimeNs m_smoothedRtt = 333 * millisecond;
    TimeNs m_rttVariance = 166 * millisecond + 500 * microsecond;
    std::uint32_t m_ptoCount = 0;
    std::uint64_t m_bytesInFlight = 0;
    std::uint64_t m_peerMaxData = 0;
    std::uint64_t m_sentStreamBytes = 0;
    std::uint64_t m_dataBlockedAt = unlimited;
    std::uint64_t m_receivedBytes = 0; // for the amplification limit
    std::uint64_t m_sentBytes = 0;
    std::uint32_t m_nextDatagramId = 0;
    std::size_t m_roundRobin = 0;
    std::string_view m_state;
    std::string_view m_congestionState;
    std::array<Level, 3> m_levels;
    std::array<Ring<SentPacket>, 3> m_sent; // element numbers are packet numbers
    SmallVector<Packet, 3> m_datagram;
};

void Endpoint::logMetrics()
{
    Metrics metrics;
    if (m_hasRtt) {
        metrics.minRtt = m_minRtt;
        metrics.smoothedRtt = m_smoothedRtt;
        metrics.latestRtt = m_latestRtt;
        metrics.rttVariance = m_rttVariance;
        metrics.pacingRateBits = pacingBitsPerSecond();
    }
    metrics.congestionWindowBytes = m_controller.windowBytes();
    metrics.ssthreshBytes = m_controller.ssthreshBytes();
    metrics.bytesInFlight = m_bytesInFlight;
    metrics.ptoCount = m_ptoCount;
    m_log.metrics(tick(), metrics);
}

void Endpoint::openUniStreams()
{
    static constexpr std::array<std::string_view, 3> types = {"control", "qpack_encode", "qpack_decode"};
    m_log.httpParameters(tick(), "local");
    for (std::size_t i = 0; i < types.size(); ++i) {
        m_log.httpStreamType(tick(), m_ownUni[i].id, "local", types[i]);
        m_ownUni[i].send.total = i == 0 ? controlStreamBytes : 1;
    }
    m_log.httpSettings(tick(), true, m_ownUni[0].id);
}

void Endpoint::parsePeerUni(Stream& stream)
{
    static constexpr std::array<std::string_view, 3> types = {"control", "qpack_encode", "qpack_decode"};
    const std::size_t index = stream.id / 4;
    const std::uint64_t expected = index == 0 ? controlStreamBytes : 1;
    if (stream.headersSeen || stream.receive.contiguous < expected)
        return;
    stream.headersSeen = true;
    m_log.httpStreamType(tick(), stream.id, "remote", types[index]);
    if (index == 0) {
        m_log.httpSettings(tick(), false, stream.id);
        m_log.httpParameters(tick(), "remote");
    }
}

/// The response's next HTTP frame.
void Endpoint::logHttpFrame(Stream& stream, bool created)
{
    if (!stream.headersSeen) {
        stream.headersSeen = true;
        stream.httpBodyLeft = stream.resource.bodyBytes;
        const std::uint64_t bytes = responseHeadersBytes(stream.resource);
        stream.httpOffset = frameHeaderBytes(bytes) + bytes;
        m_log.httpResponse(tick(), created, stream.id, stream.resource);
        return;
    }
    const std::uint64_t bytes = std::min(stream.httpBodyLeft, dataFrameBytes);
    stream.httpBodyLeft -= bytes;
    stream.httpOffset += frameHeaderBytes(bytes) + bytes;
    m_log.httpData(tick(), created, stream.id, bytes);
}

Stream& Endpoint::addBidi()
{
    Stream& stream = m_bidi.emplace_back();
    stream.id = 4 * (m_firstBidi + m_bidi.size() - 1);
    stream.send.limit = m_peer.maxStreamData;
    stream.receive.limit = m_own.maxStreamData;
    return stream;
}

Stream* Endpoint::findStream(std::uint64_t id)
{
    if ((id & 2U) != 0) {
        const bool own = ((id & 1U) == 0) == m_isClient;
        return own ? &m_ownUni[id / 4] : &m_peerUni[id / 4];
    }
    const std::uint64_t index = id / 4;
    if (index < m_firstBidi)
        return nullptr;
    while (!m_isClient && index - m_firstBidi >= m_bidi.size())
        addBidi();
    return index - m_firstBidi < m_bidi.size() ? &m_bidi[index - m_firstBidi] : nullptr;
}

/// The application reads what is there; the peer gets new credit when half of the old one is used.
void Endpoint::consume(Stream& stream)
{
    m_consumedBytes += stream.receive.contiguous - stream.receive.consumed;
    stream.receive.consumed = stream.receive.contiguous;
    if (m_ownMaxData - m_consumedBytes < m_own.maxData / 2) {
        m_ownMaxData = m_consumedBytes + m_own.maxData;
        m_maxDataWanted = true;
    }
    const bool ended = stream.receive.finalSize != unlimited;
    if (!ended && stream.receive.limit - stream.receive.consumed < m_own.maxStreamData / 2) {
        stream.receive.limit = stream.receive.consumed + m_own.maxStreamData;
        stream.receive.updateLimit = true;
    }
}

void Endpoint::discard(Space space)
{
    Ring<SentPacket>& packets = sent(space);
    for (PacketNumber number = packets.firstNumber(); number != packets.endNumber(); ++number) {
        if (packets[number].state == SentState::Outstanding && packets[number].inFlight)
            m_bytesInFlight -= packets[number].bytes;
    }
    packets.clear();
    level(space) = Level();
    m_ptoCount = 0;
}

// ------------------------------------------------------------------------------------------------------- receiving

void Endpoint::receive(TimeNs time, const Packet& packet)
{
    if (m_phase != Phase::Open)
        return;
    m_clock = std::max(m_clock, time);
    if (!m_anyPacket) {
        m_anyPacket = true;
        onFirstPacket();
    }
    m_receivedBytes += packet.lengthBytes;
    Level& lv = level(packet.space);
    if (!lv.canReceive) {
        m_log.packetDropped(tick(), packet);
    } else {
        recordReceived(lv, packet);
        m_log.packetReceived(m_clock, packet);
        if (packet.space == Space::Application && packet.keyPhase != m_keyPhase && !m_isClient) {
            m_keyPhase = packet.keyPhase;
            logKeys("client_1rtt_secret", "server_1rtt_secret", "remote_update", m_keyPhase ? 1 : 0);
        }
        if (packet.space == Space::Handshake && !m_isClient && !m_addressValidated) {
            m_addressValidated = true;
            discard(Space::Initial);
        }
        processFrames(packet);
        if (packet.space == Space::Handshake)
            logMetrics();
    }
    if (packet.lastOfDatagram && m_phase == Phase::Open)
        sendAll();
    arm();
}

void Endpoint::recordReceived(Level& lv, const Packet& packet)
{
    const PacketNumber number = packet.number;
    const bool inOrder = !lv.anyReceived || number == lv.largestReceived + 1;
    if (!lv.received.empty() && number == lv.received.front().high + 1)
        lv.received.front().high = number;
    else
        lv.received.push_front({number, number});
    lv.anyReceived = true;
    lv.largestReceived = number;
    lv.largestReceivedTime = tick();
    if (!packet.isAckEliciting())
        return;
    if (++lv.unackedEliciting == 1)
        lv.ackDeadline = m_clock + maxAckDelay - 5 * millisecond;
    if (lv.unackedEliciting >= 2 || !inOrder || packet.space != Space::Application)
        lv.ackNow = true;
}

void Endpoint::processFrames(const Packet& packet)
{
    for (const Frame& frame : packet.frames) {
        switch (frame.type) {
        case FrameType::Ack:
            processAck(packet, frame.length);
            break;
        case FrameType::Crypto:
            level(packet.space).cryptoReceive.insert(frame.offset, frame.length, false);
            onCryptoProgress(packet.space);
            break;
        case FrameType::Stream:
            processStreamFrame(frame);
            break;
        case FrameType::MaxData:
            m_peerMaxData = std::max(m_peerMaxData, frame.offset);
            break;
        case FrameType::MaxStreamData:
            if (Stream* stream = findStream(frame.id))
                stream->send.limit = std::max(stream->send.limit, frame.offset);
            break;
        case FrameType::MaxStreams:
            m_maxStreamsBidi = std::max(m_maxStreamsBidi, frame.offset);
            onMaxStreams();
            break;
        case FrameType::DataBlocked:
        case FrameType::StreamDataBlocked:
            onBlockedSignal();
            break;
        case FrameType::HandshakeDone:
            onHandshakeDone();
            break;
        case FrameType::ConnectionClose:
            setState("draining");
            m_log.connectionClosed(tick(), "remote");
            finishClosing();
            break;
        case FrameType::Padding:
        case FrameType::Ping:
        case FrameType::NewConnectionId:
        case FrameType::NewToken:
            break;
        }
    }
}

void Endpoint::processStreamFrame(const Frame& frame)
{
    Stream* stream = findStream(frame.id);
    if (stream == nullptr || stream->receive.isDone())
        return; // a copy of what is long done
    stream->receive.insert(frame.offset, frame.length, frame.fin);
    onStreamProgress(*stream);
}

void Endpoint::processAck(const Packet& packet, std::uint64_t encodedDelay)
{
    Level& lv = level(packet.space);
    Ring<SentPacket>& packets = sent(packet.space);
    const PacketNumber largest = packet.acked.front().high;
    const TimeNs now = m_clock;
    std::uint64_t ackedBytes = 0;
    TimeNs newestSent = -1;
    bool eliciting = false;
    bool largestIsNew = false;
    for (const Range& range : packet.acked) {
        for (PacketNumber number = std::max(range.low, packets.firstNumber());
             number <= range.high && number < packets.endNumber(); ++number) {
            SentPacket& acked = packets[number];
            if (acked.state != SentState::Outstanding)
                continue;
            acked.state = SentState::Done;
            largestIsNew |= number == largest;
            eliciting |= acked.eliciting;
            newestSent = std::max(newestSent, acked.time);
            if (acked.hasAck)
                forgetReceived(lv, acked.largestInAck);
            if (acked.eliciting)
                --lv.elicitingInFlight;
            if (acked.inFlight) {
                m_bytesInFlight -= acked.bytes;
                ackedBytes += acked.bytes;
            }
            for (const Frame& frame : acked.frames)
                settle(frame);
        }
    }
    if (newestSent < 0)
        return;
    lv.largestAcked = lv.anyAcked ? std::max(lv.largestAcked, largest) : largest;
    lv.anyAcked = true;
    if (largestIsNew && eliciting)
        updateRtt(now - newestSent, static_cast<TimeNs>(encodedDelay) * 8 * microsecond);
    if (m_isClient && packet.space == Space::Handshake)
        m_addressValidated = true;
    m_ptoCount = 0;
    detectLost(packet.space);
    if (ackedBytes > 0)
        m_controller.onAcked(ackedBytes, newestSent, now, m_smoothedRtt, m_windowLimited);
    logCongestionState();
    logMetrics();
    trim(packet.space);
    dropDoneStreams();
}

/// The peer knows that it need not be told again about packets up to @p upTo.
void Endpoint::forgetReceived(Level& lv, PacketNumber upTo)
{
    while (!lv.received.empty() && lv.received.back().high <= upTo)
        lv.received.pop_back();
    if (!lv.received.empty())
        lv.received.back().low = std::max(lv.received.back().low, upTo + 1);
}

// -------------------------------------------------------------------------------------------------------- recovery

void Endpoint::updateRtt(TimeNs latest, TimeNs ackDelay)
{
    m_latestRtt = latest;
    if (!m_hasRtt) {
        m_hasRtt = true;
        m_minRtt = latest;
        m_smoothedRtt = latest;
        m_rttVariance = latest / 2;
        return;
    }
    m_minRtt = std::min(m_minRtt, latest);
    if (m_handshakeConfirmed)
        ackDelay = std::min(ackDelay, maxAckDelay);
    const TimeNs adjusted = latest >= m_minRtt + ackDelay ? latest - ackDelay : latest;
    const TimeNs distance = m_smoothedRtt > adjusted ? m_smoothedRtt - adjusted : adjusted - m_smoothedRtt;
    m_rttVariance = (3 * m_rttVariance + distance) / 4;
    m_smoothedRtt = (7 * m_smoothedRtt + adjusted) / 8;
}

void Endpoint::detectLost(Space space)
{
    Level& lv = level(space);
    Ring<SentPacket>& packets = sent(space);
    lv.lossTime = never;
    if (!lv.anyAcked)
        return;
    const TimeNs now = m_clock;
    const TimeNs delay = std::max<TimeNs>(std::max(m_latestRtt, m_smoothedRtt) * 9 / 8, millisecond);
    TimeNs newestLost = -1;
    for (PacketNumber number = packets.firstNumber(); number < packets.endNumber() && number <= lv.largestAcked;
         ++number) {
        SentPacket& packet = packets[number];
        if (packet.state != SentState::Outstanding)
            continue;
        const bool byReordering = lv.largestAcked >= number + reorderingThreshold;
        if (!packet.inFlight) {
            packet.state = SentState::Done; // only an ACK; nobody will miss it
        } else if (byReordering || packet.time + delay <= now) {
            newestLost = packet.time;
            lose(space, number, byReordering);
        } else {
            lv.lossTime = packet.time + delay;
            break;
        }
    }
    if (newestLost >= 0)
        m_controller.onLost(newestLost, now);
}

void Endpoint::lose(Space space, PacketNumber number, bool byReordering)
{
    SentPacket& packet = sent(space)[number];
    packet.state = SentState::Done;
    m_bytesInFlight -= packet.bytes;
    if (packet.eliciting)
        --level(space).elicitingInFlight;
    m_log.packetLost(tick(), space, number, byReordering);
    for (const Frame& frame : packet.frames) {
        settle(frame);
        requeue(space, frame);
    }
}

/// A frame is no longer in flight.
void Endpoint::settle(const Frame& frame)
{
    if (frame.type != FrameType::Stream)
        return;
    if (Stream* stream = findStream(frame.id))
        --stream->send.framesInFlight;
}

void Endpoint::requeue(Space space, const Frame& frame)
{
    switch (frame.type) {
    case FrameType::Crypto:
        level(space).cryptoSend.resend({frame.offset, frame.length, false});
        break;
    case FrameType::Stream:
        if (Stream* stream = findStream(frame.id)) {
            if (!stream->send.hasWork() && (frame.id & 2U) == 0)
                activate(*stream);
            stream->send.resend({frame.offset, frame.length, frame.fin});
        }
        break;
    case FrameType::MaxData:
        m_maxDataWanted = true;
        break;
    case FrameType::MaxStreamData:
        if (Stream* stream = findStream(frame.id))
            stream->receive.updateLimit = stream->receive.finalSize == unlimited;
        break;
    case FrameType::MaxStreams:
        m_maxStreamsWanted = true;
        break;
    case FrameType::DataBlocked:
        m_dataBlockedAt = unlimited;
        break;
    case FrameType::StreamDataBlocked:
        if (Stream* stream = findStream(frame.id))
            stream->send.blockedAt = unlimited;
        break;
    case FrameType::NewConnectionId:
        m_newCidWanted = true;
        break;
    case FrameType::NewToken:
        m_newTokenWanted = true;
        break;
    case FrameType::HandshakeDone:
        m_handshakeDoneWanted = true;
        break;
    case FrameType::Padding:
    case FrameType::Ping:
    case FrameType::Ack:
    case FrameType::ConnectionClose:
        break;
    }
}

void Endpoint::trim(Space space)
{
    Ring<SentPacket>& packets = sent(space);
    while (!packets.empty() && packets.front().state == SentState::Done)
        packets.pop_front();
}

TimeNs Endpoint::recoveryDeadline()
{
    TimeNs lossTime = never;
    bool inFlight = false;
    for (const Level& lv : m_levels) {
        lossTime = std::min(lossTime, lv.lossTime);
        inFlight |= lv.elicitingInFlight > 0;
    }
    if (lossTime != never)
        return lossTime;
    const TimeNs rttPart = m_smoothedRtt + std::max<TimeNs>(4 * m_rttVariance, millisecond);
    const std::uint32_t backoff = std::min<std::uint32_t>(m_ptoCount, 8);
    if (!m_isClient && !m_addressValidated && m_sentBytes + handshakeDatagramBytes > 3 * m_receivedBytes)
        return never; // it may not send; the client's probe will free it
    if (!inFlight) {
        if (!m_isClient || m_addressValidated || m_handshakeConfirmed)
            return never;
        m_probeSpace = level(Space::Handshake).canSend ? Space::Handshake : Space::Initial;
        const TimeNs last
            = std::max(level(Space::Initial).lastElicitingSent, level(Space::Handshake).lastElicitingSent);
        return last + (rttPart << backoff);
    }
    TimeNs deadline = never;
    for (const Space space : allSpaces) {
        const Level& lv = level(space);
        if (lv.elicitingInFlight == 0 || (space == Space::Application && !m_handshakeComplete))
            continue;
        const TimeNs pto = rttPart + (space == Space::Application ? maxAckDelay : 0);
        if (lv.lastElicitingSent + (pto << backoff) >= deadline)
            continue;
        deadline = lv.lastElicitingSent + (pto << backoff);
        m_probeSpace = space;
    }
    return deadline;
}

void Endpoint::onRecoveryTimer()
{
    for (const Space space : allSpaces) {
        if (level(space).lossTime > m_clock)
            continue;
        detectLost(space);
        logCongestionState();
        logMetrics();
        trim(space);
        return;
    }
    ++m_ptoCount;
    const Space chosen = m_probeSpace;
    level(chosen).pingWanted = true; // needed only if there is nothing to repeat
    Ring<SentPacket>& packets = sent(chosen);
    for (PacketNumber number = packets.firstNumber(); number != packets.endNumber(); ++number) {
        if (packets[number].state != SentState::Outstanding || !packets[number].eliciting)
            continue;
        for (const Frame& frame : packets[number].frames) {
            requeue(chosen, frame);
            level(chosen).pingWanted
                &= frame.type == FrameType::Ack || frame.type == FrameType::Padding || frame.type == FrameType::Ping;
        }
        break;
    }
    sendDatagram(true, true);
    logMetrics();
}

// --------------------------------------------------------------------------------------------------------- sending

std::uint64_t Endpoint::pacingBitsPerSecond() const
{
    const std::uint64_t perRtt = m_controller.windowBytes() * 8 * (m_controller.inSlowStart() ? 8 : 5) / 4;
    // In units of 1 kbit/s, as coarse as timers are.
    return perRtt * 1'000'000 / static_cast<std::uint64_t>(m_smoothedRtt / 1000 + 1) / 1000 * 1000 + 1000;
}

void Endpoint::refillPacer()
{
    const auto elapsedUs = static_cast<std::uint64_t>((m_clock - m_pacerTime) / microsecond);
    m_pacerTime += static_cast<TimeNs>(elapsedUs) * microsecond;
    const std::uint64_t gained = std::min<std::uint64_t>(elapsedUs, 10'000'000) * (pacingBitsPerSecond() / 1000) / 8000;
    m_pacerBytes = std::min<std::uint64_t>(m_pacerBytes + gained, 10 * maxDatagramBytes);
}

/// Congestion window and pacer. A sender with much in flight waits until a few packets can go at once, which saves
/// system calls in real stacks.
bool Endpoint::mayStartBurst(bool firstOfBurst)
{
    const std::uint64_t window = m_controller.windowBytes();
    const std::uint64_t space = window > m_bytesInFlight ? window - m_bytesInFlight : 0;
    const bool worthwhile = !firstOfBurst || space >= 3 * maxDatagramBytes || m_bytesInFlight * 2 <= window;
    if (space < maxDatagramBytes || !worthwhile) {
        m_windowLimited = true;
        return false;
    }
    if (!m_hasRtt)
        return true;
    refillPacer();
    if (m_pacerBytes >= maxDatagramBytes)
        return true;
    const std::uint64_t missing = 4 * maxDatagramBytes - m_pacerBytes;
    m_pacerWake = m_clock + static_cast<TimeNs>(missing * 8'000'000 / (pacingBitsPerSecond() / 1000) + 1);
    m_windowLimited = true;
    return false;
}

bool Endpoint::streamHasWork(const Stream& stream) const
{
    const SendSide& side = stream.send;
    if (!side.lost.empty())
        return true;
    if (side.next < side.total)
        return side.next < side.limit ? connectionCredit() > 0 || m_dataBlockedAt != m_peerMaxData
                                      : side.blockedAt != side.limit;
    return side.fin && !side.finSent;
}

bool Endpoint::hasElicitingWork()
{
    for (const Level& lv : m_levels) {
        if (lv.canSend && (lv.pingWanted || lv.cryptoSend.hasWork()))
            return true;
    }
    if (!level(Space::Application).canSend)
        return false;
    if (m_handshakeDoneWanted || m_newTokenWanted || m_newCidWanted || m_maxDataWanted || m_maxStreamsWanted)
        return true;
    for (const Stream& stream : m_ownUni) {
        if (streamHasWork(stream))
            return true;
    }
    for (const Stream& stream : m_bidi) {
        if (stream.receive.updateLimit)
            return true;
    }
    return std::any_of(m_active.begin(), m_active.end(), [this](std::uint64_t id) {
        const Stream* stream = findBidi(id);
        return stream != nullptr && streamHasWork(*stream);
    });
}

void Endpoint::sendAll()
{
    m_pacerWake = never;
    bool burst = false;
    while (sendDatagram(false, !burst))
        burst = true;
    if (burst)
        logMetrics();
}

bool Endpoint::sendDatagram(bool probe, bool firstOfBurst)
{
    bool eliciting = !m_closeWanted && hasElicitingWork();
    if (eliciting && !probe)
        eliciting = mayStartBurst(firstOfBurst);
    const bool ack = std::any_of(m_levels.begin(), m_levels.end(), [this](const Level& lv) { return ackDue(lv); });
    if (!eliciting && !ack && !m_closeWanted)
        return false;
    std::uint32_t room = m_handshakeComplete ? std::uint32_t {maxDatagramBytes} : handshakeDatagramBytes;
    if (!m_isClient && !m_addressValidated && m_sentBytes + room > 3 * m_receivedBytes)
        return false;
    tick();
    m_datagram.clear();
    for (const Space space : allSpaces) {
        if (!level(space).canSend)
            continue;
        m_datagram.push_back(Packet());
        if (buildPacket(space, m_datagram.back(), room, eliciting))
            room -= m_datagram.back().lengthBytes;
        else
            m_datagram.pop_back();
    }
    if (m_datagram.empty())
        return false;
    padDatagram();
    const bool closing = m_closeWanted;
    bool sentHandshake = false;
    for (std::size_t i = 0; i < m_datagram.size(); ++i) {
        Packet& packet = m_datagram[i];
        packet.lastOfDatagram = i + 1 == m_datagram.size();
        packet.coalesced = m_datagram.size() > 1;
        packet.datagramId = m_nextDatagramId;
        sentHandshake |= packet.space == Space::Handshake;
        commit(packet);
    }
    ++m_nextDatagramId;
    // The end of the connection is to be seen in both logs.
    m_out.send(m_clock, m_datagram, closing);
    if (m_isClient && sentHandshake && level(Space::Initial).canSend)
        discard(Space::Initial);
    return !closing;
}

bool Endpoint::add(Packet& packet, std::uint32_t& budget, const Frame& frame)
{
    const std::uint32_t bytes = frameBytes(frame);
    if (bytes > budget || !packet.hasRoom())
        return false;
    budget -= bytes;
    packet.frames.push_back(frame);
    return true;
}

/// Fills @p packet; false if there is nothing to say or no room to say it.
bool Endpoint::buildPacket(Space space, Packet& packet, std::uint32_t room, bool eliciting)
{
    const std::uint32_t overhead = headerBytes(space) + tagBytes;
    if (room < overhead + 64)
        return false;
    Level& lv = level(space);
    packet.space = space;
    packet.keyPhase = space == Space::Application && m_keyPhase;
    const std::uint32_t full = room - overhead;
    std::uint32_t budget = full;
    if (ackDue(lv) || (eliciting && lv.unackedEliciting > 0) || (m_closeWanted && !lv.received.empty()))
        addAck(lv, packet, budget);
    const std::size_t ackFrames = packet.frames.size();
    if (eliciting) {
        addCrypto(lv, packet, budget);
        if (space == Space::Application) {
            addControl(packet, budget);
            addStreams(packet, budget);
        }
        if (lv.pingWanted && packet.frames.size() == ackFrames)
            add(packet, budget, Frame());
    }
    // A receiver of data asks now and then which of its ACKs have arrived, so that it can forget old ranges.
    const bool manyRanges = m_isClient && space == Space::Application && packet.acked.size() > 8;
    if (manyRanges && packet.frames.size() == ackFrames && lv.elicitingInFlight == 0)
        add(packet, budget, Frame());
    if (m_closeWanted && space == Space::Application)
        add(packet, budget, {FrameType::ConnectionClose, false, 0, 0, 0});
    if (packet.frames.empty())
        return false;
    // An ACK by itself goes only when it is due.
    if (packet.frames.size() == ackFrames && !ackDue(lv) && !m_closeWanted)
        return false;
    if (packet.frames.size() > ackFrames)
        lv.pingWanted = false;
    packet.payloadBytes = full - budget;
    packet.lengthBytes = packet.payloadBytes + overhead;
    return true;
}

void Endpoint::addAck(Level& lv, Packet& packet, std::uint32_t& budget)
{
    if (lv.received.empty())
        return;
    const auto delay = static_cast<std::uint64_t>((m_clock - lv.largestReceivedTime) / (8 * microsecond));
    const std::uint32_t bytes = ackBytes(lv.received, delay);
    if (bytes > budget)
        return;
    budget -= bytes;
    packet.acked = lv.received;
    packet.frames.push_back({FrameType::Ack, false, 0, 0, delay});
}

void Endpoint::addCrypto(Level& lv, Packet& packet, std::uint32_t& budget)
{
    SendSide& side = lv.cryptoSend;
    while (side.hasWork() && budget > 16) {
        const bool again = !side.lost.empty();
        const Chunk chunk = again ? side.lost.front() : Chunk {side.next, side.total - side.next, false};
        Frame frame = {FrameType::Crypto, false, 0, chunk.offset, 0};
        frame.length = std::min<std::uint64_t>(chunk.length, budget - 8);
        if (!add(packet, budget, frame))
            return;
        if (!again)
            side.next += frame.length;
        else if (frame.length == chunk.length)
            side.lost.erase(side.lost.begin());
        else
            side.lost.front() = {chunk.offset + frame.length, chunk.length - frame.length, false};
    }
}

void Endpoint::addControl(Packet& packet, std::uint32_t& budget)
{
    const auto addIf = [&](bool& wanted, const Frame& frame) {
        if (wanted && add(packet, budget, frame))
            wanted = false;
    };
    addIf(m_handshakeDoneWanted, {FrameType::HandshakeDone, false, 0, 0, 0});
    addIf(m_newTokenWanted, {FrameType::NewToken, false, 0, 0, 0});
    addIf(m_newCidWanted, {FrameType::NewConnectionId, false, 1, 0, 0});
    addIf(m_maxDataWanted, {FrameType::MaxData, false, 0, m_ownMaxData, 0});
    addIf(m_maxStreamsWanted, {FrameType::MaxStreams, false, 0, m_maxStreamsBidi, 0});
    for (Stream& stream : m_bidi)
        addIf(stream.receive.updateLimit, {FrameType::MaxStreamData, false, stream.id, stream.receive.limit, 0});
}

void Endpoint::addStreams(Packet& packet, std::uint32_t& budget)
{
    for (Stream& stream : m_ownUni)
        addStream(stream, packet, budget);
    // Round robin: each packet begins with the next stream; what room is left goes to those after it.
    std::size_t count = m_active.size();
    for (std::size_t tried = 0; tried < count && budget > 32;) {
        if (m_roundRobin >= m_active.size())
            m_roundRobin = 0;
        Stream* stream = findStream(m_active[m_roundRobin]);
        if (stream != nullptr && stream->send.hasWork())
            addStream(*stream, packet, budget);
        if (stream == nullptr || !stream->send.hasWork()) {
            m_active.erase(m_active.begin() + static_cast<std::ptrdiff_t>(m_roundRobin));
            --count;
        } else {
            ++m_roundRobin;
            ++tried;
        }
    }
}

void Endpoint::addStream(Stream& stream, Packet& packet, std::uint32_t& budget)
{
    SendSide& side = stream.send;
    while (side.hasWork() && budget > 32) {
        const bool again = !side.lost.empty();
        Chunk chunk = {side.next, 0, side.fin};
        if (again) {
            chunk = side.lost.front();
        } else {
            const std::uint64_t credit = std::min(side.limit - side.next, connectionCredit());
            chunk.length = std::min(side.total - side.next, credit);
            if (chunk.length == 0 && side.next < side.total) {
                if (side.next >= side.limit && side.blockedAt != side.limit) {
                    if (add(packet, budget, {FrameType::StreamDataBlocked, false, stream.id, side.limit, 0}))
                        side.blockedAt = side.limit;
                } else if (connectionCredit() == 0 && m_dataBlockedAt != m_peerMaxData) {
                    if (add(packet, budget, {FrameType::DataBlocked, false, 0, m_peerMaxData, 0}))
                        m_dataBlockedAt = m_peerMaxData;
                }
                return;
            }
        }
        Frame frame = {FrameType::Stream, false, stream.id, chunk.offset, 0};
        const std::uint32_t overhead = frameBytes(frame) + 1; // the length field may need a second byte
        frame.length = std::min<std::uint64_t>(chunk.length, budget - overhead);
        const bool whole = frame.length == chunk.length;
        frame.fin = whole && (again ? chunk.fin : side.fin && chunk.offset + chunk.length == side.total);
        if (!packet.hasRoom())
            return;
        beforeStreamFrame(stream, frame.offset + frame.length);
        add(packet, budget, frame);
        ++side.framesInFlight;
        if (!again) {
            side.next += frame.length;
            side.finSent |= frame.fin;
            m_sentStreamBytes += frame.length;
        } else if (whole) {
            side.lost.erase(side.lost.begin());
        } else {
            side.lost.front() = {chunk.offset + frame.length, chunk.length - frame.length, chunk.fin};
        }
    }
}

/// Datagrams with a client's Initial, or with an Initial that asks for an answer, are 1200 bytes or more.
void Endpoint::padDatagram()
{
    Packet& first = m_datagram[0];
    if (first.space != Space::Initial || (!m_isClient && !first.isAckEliciting()))
        return;
    std::uint32_t bytes = 0;
    for (const Packet& packet : m_datagram)
        bytes += packet.lengthBytes;
    if (bytes >= handshakeDatagramBytes)
        return;
    const std::uint32_t missing = handshakeDatagramBytes - bytes;
    first.frames.push_back({FrameType::Padding, false, 0, 0, missing});
    first.payloadBytes += missing;
    first.lengthBytes += missing;
}

/// The packet is going out now: number, books, log.
void Endpoint::commit(Packet& packet)
{
    Level& lv = level(packet.space);
    Ring<SentPacket>& packets = sent(packet.space);
    packet.number = packets.endNumber();
    SentPacket& record = packets.push_slot();
    record.time = tick();
    record.bytes = packet.lengthBytes;
    record.state = SentState::Outstanding;
    record.eliciting = packet.isAckEliciting();
    record.inFlight = record.eliciting
        || std::any_of(packet.frames.begin(), packet.frames.end(),
                       [](const Frame& frame) { return frame.type == FrameType::Padding; });
    record.hasAck = !packet.acked.empty();
    record.largestInAck = record.hasAck ? packet.acked.front().high : 0;
    record.frames = packet.frames;
    if (record.inFlight) {
        m_bytesInFlight += record.bytes;
        m_pacerBytes -= std::min<std::uint64_t>(m_pacerBytes, record.bytes);
    }
    if (record.eliciting) {
        ++lv.elicitingInFlight;
        lv.lastElicitingSent = m_clock;
        if (m_bytesInFlight + 3 * maxDatagramBytes < m_controller.windowBytes())
            m_windowLimited = false;
    }
    if (record.hasAck) {
        lv.ackNow = false;
        lv.unackedEliciting = 0;
        lv.ackDeadline = never;
    }
    m_sentBytes += packet.lengthBytes;
    m_log.packetSent(m_clock, packet);
}

void Endpoint::close()
{
    setState("closing");
    m_log.connectionClosed(tick(), "local");
    m_closeWanted = true;
    sendDatagram(false, true);
    finishClosing();
}

void Endpoint::finishClosing()
{
    m_phase = Phase::Closing;
    m_closedAt = m_clock + 3 * ptoDuration();
}

/// Forgets the oldest streams that are done.
void Endpoint::dropDoneStreams()
{
    const std::uint64_t before = m_firstBidi;
    while (!m_bidi.empty() && m_bidi.front().isDone()) {
        m_bidi.pop_front();
        ++m_firstBidi;
    }
    if (m_isClient || m_firstBidi == before || m_firstBidi + m_own.maxStreamsBidi / 2 < m_maxStreamsBidi)
        return;
    m_maxStreamsBidi = m_firstBidi + m_own.maxStreamsBidi;
    m_maxStreamsWanted = true;
}

void Endpoint::wake(TimeNs time)
{
    m_clock = std::max(m_clock, time);
    if (m_phase != Phase::Open) {
        if (m_closedAt <= m_clock && m_phase == Phase::Closing) {
            setState("closed");
            m_phase = Phase::Closed;
        }
        arm();
        return;
    }
    if (m_appTime <= m_clock)
        onAppTime();
    if (m_phase == Phase::Open && m_recoveryTimer <= m_clock)
        onRecoveryTimer();
    if (m_phase == Phase::Open)
        sendAll();
    arm();
}

void Endpoint::arm()
{
    if (m_phase != Phase::Open) {
        m_nextWake = m_phase == Phase::Closing ? m_closedAt : never;
        return;
    }
    m_recoveryTimer = recoveryDeadline();
    m_nextWake = std::min({m_appTime, m_recoveryTimer, m_pacerWake, level(Space::Application).ackDeadline});
}

// ---------------------------------------------------------------------------------------------------------------------
// The server

class Server : public Endpoint
{
public:
    using Endpoint::Endpoint;
    void setClient(const Endpoint* client) { m_client = client; }

protected:
    void onFirstPacket() override;
    void onCryptoProgress(Space space) override;
    void onStreamProgress(Stream& stream) override;
    void onAppTime() override;
    void beforeStreamFrame(Stream& stream, std::uint64_t endOffset) override;

private:
    struct Response {
        TimeNs readyAt = 0;
        std::uint64_t streamId = 0;
    };

    const Endpoint* m_client = nullptr; // knows what a request asks for
    bool m_helloSeen = false;
    std::vector<Response> m_pending;
};

void Server::onFirstPacket()
{
    m_log.writeHeader(m_clock / millisecond * millisecond);
    m_log.connectionStarted(tick());
    setState("attempted");
    level(Space::Initial).canSend = true;
    level(Space::Initial).canReceive = true;
    logKeys("client_initial_secret", "server_initial_secret", "tls", -1);
    logCongestionState();
}

void Server::onCryptoProgress(Space space)
{
    if (space == Space::Initial && !m_helloSeen && level(space).cryptoReceive.contiguous >= clientHelloBytes) {
        m_helloSeen = true;
        setState("handshake_started");
        m_log.parametersSet(tick(), "remote", m_peer);
        m_log.parametersSet(tick(), "local", m_own);
        m_clock += m_random.between(400, 900) * microsecond; // the signature
        logKeys("client_handshake_secret", "server_handshake_secret", "tls", -1);
        logKeys("server_1rtt_secret", "client_1rtt_secret", "tls", 0);
        level(Space::Initial).cryptoSend.total = serverHelloBytes;
        level(Space::Handshake).canSend = true;
        level(Space::Handshake).canReceive = true;
        level(Space::Handshake).cryptoSend.total = serverFlightBytes;
        level(Space::Application).canSend = true;
        openUniStreams();
    }
    if (space != Space::Handshake || m_handshakeComplete || level(space).cryptoReceive.contiguous < clientFinishedBytes)
        return;
    m_handshakeComplete = true;
    m_handshakeConfirmed = true;
    m_addressValidated = true;
    setState("handshake_complete");
    setState("handshake_confirmed");
    discard(Space::Initial);
    discard(Space::Handshake);
    level(Space::Application).canReceive = true;
    level(Space::Application).cryptoSend.total = sessionTicketBytes;
    m_handshakeDoneWanted = true;
    m_newTokenWanted = true;
    m_newCidWanted = true;
}

void Server::onStreamProgress(Stream& stream)
{
    consume(stream);
    if ((stream.id & 2U) != 0) {
        parsePeerUni(stream);
        return;
    }
    if (!stream.receive.isDone())
        return;
    stream.resource = m_client->findBidi(stream.id)->resource;
    m_log.httpRequest(tick(), false, stream.id, stream.resource);
    m_pending.push_back({m_clock + m_random.between(1500, 6000) * microsecond, stream.id});
    m_appTime = std::min(m_appTime, m_pending.back().readyAt);
}

void Server::onAppTime()
{
    m_appTime = never;
    for (std::size_t i = 0; i < m_pending.size();) {
        if (m_pending[i].readyAt > m_clock) {
            m_appTime = std::min(m_appTime, m_pending[i].readyAt);
            ++i;
            continue;
        }
        Stream& stream = m_bidi[m_pending[i].streamId / 4 - m_firstBidi];
        stream.send.total = responseBytes(stream.resource);
        stream.send.fin = true;
        activate(stream);
        m_pending.erase(m_pending.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

void Server::beforeStreamFrame(Stream& stream, std::uint64_t endOffset)
{
    while ((stream.id & 2U) == 0 && stream.httpOffset < endOffset)
        logHttpFrame(stream, true);
}

// ---------------------------------------------------------------------------------------------------------------------
// The client

/// Fetches pages: first the document, then what it refers to, then the data that the script asks for.
class Client : public Endpoint
{
public:
    Client(const Options& options, TraceLog& log, Link& out, const TransportParameters& own,
           const TransportParameters& peer, std::uint64_t seed, const TraceLog& serverLog)
        : Endpoint(options, true, log, out, own, peer, seed)
        , m_options(options)
        , m_serverLog(serverLog)
    {
    }

    void start();
    std::uint64_t requests() const { return m_requests; }
    std::uint64_t bodyBytes() const { return m_bodyBytes; }

protected:
    void onCryptoProgress(Space space) override;
    void onHandshakeDone() override;
    void onStreamProgress(Stream& stream) override;
    void onBlockedSignal() override;
    void onMaxStreams() override { m_appTime = m_clock; }
    void onAppTime() override;

private:
    struct Planned {
        TimeNs at = 0;
        Resource resource;
    };

    std::uint64_t nextPageBytes() const;
    void planPage(std::uint64_t bytes);
    void request(const Resource& resource);
    void read(Stream& stream);
    void onComplete(const Resource& resource);
    void openPlanned();
    void updateKeys();
    void maybeStall();
    bool halfDone() const;

    const Options& m_options;
    const TraceLog& m_serverLog;
    bool m_keysUpdated = false;
    bool m_stalled = false; // the application does not read
    TimeNs m_stallEnd = never;
    TimeNs m_nextPageAt = never;
    std::uint64_t m_stallAt = 0; // consumed bytes
    std::uint32_t m_pages = 0;
    std::uint32_t m_images = 0;
    std::uint64_t m_requests = 0;
    std::uint64_t m_bodyBytes = 0;
    std::uint64_t m_requestedBytes = 0; // of the responses, with their HTTP frames
    std::uint64_t m_recordsBefore = 0; // in the server's log, when the first page was begun
    std::size_t m_pageLeft = 0; // resources of this page that are not complete
    std::vector<Resource> m_page; // not planned yet
    std::vector<Planned> m_planned;
};

void Client::start()
{
    m_log.writeHeader(0);
    m_log.connectionStarted(tick());
    setState("attempted");
    m_log.parametersSet(tick(), "local", m_own);
    logKeys("client_initial_secret", "server_initial_secret", "tls", -1);
    logCongestionState();
    m_clock += 350 * microsecond; // the key share
    level(Space::Initial).canSend = true;
    level(Space::Initial).canReceive = true;
    level(Space::Initial).cryptoSend.total = clientHelloBytes;
    wake(m_clock);
}

void Client::onCryptoProgress(Space space)
{
    if (space == Space::Initial && !level(Space::Handshake).canSend
        && level(space).cryptoReceive.contiguous >= serverHelloBytes) {
        setState("handshake_started");
        m_clock += m_random.between(150, 300) * microsecond;
        logKeys("client_handshake_secret", "server_handshake_secret", "tls", -1);
        level(Space::Handshake).canSend = true;
        level(Space::Handshake).canReceive = true;
    }
    if (space != Space::Handshake || m_handshakeComplete || level(space).cryptoReceive.contiguous < serverFlightBytes)
        return;
    m_clock += m_random.between(500, 1000) * microsecond; // the certificate
    m_handshakeComplete = true;
    m_log.parametersSet(tick(), "remote", m_peer);
    logKeys("client_1rtt_secret", "server_1rtt_secret", "tls", 0);
    setState("handshake_complete");
    level(Space::Handshake).cryptoSend.total = clientFinishedBytes;
    level(Space::Application).canSend = true;
    level(Space::Application).canReceive = true;
    openUniStreams();
    m_recordsBefore = m_serverLog.totals().records;
    m_stallAt = m_options.events == 0 ? m_options.bodyBytes * 2 / 5 : 2'000'000;
    planPage(nextPageBytes());
    openPlanned();
}

void Client::onHandshakeDone()
{
    if (m_handshakeConfirmed)
        return;
    m_handshakeConfirmed = true;
    m_addressValidated = true;
    setState("handshake_confirmed");
    discard(Space::Handshake);
    logMetrics();
    m_newCidWanted = true;
}

/// 0: all is done. Long transfers come in pages of about 4 MB; with a wanted number of records, what the pages so far
/// have made tells how much is still to be fetched.
std::uint64_t Client::nextPageBytes() const
{
    static constexpr std::uint64_t usualPageBytes = 4'000'000;
    std::uint64_t left = 0;
    if (m_options.events == 0) {
        left = m_options.bodyBytes - std::min(m_options.bodyBytes, m_bodyBytes);
    } else {
        const std::uint64_t records = m_serverLog.totals().records;
        const std::uint64_t leastPage = 5 * m_options.streams + 20; // records
        if (records + leastPage < m_options.events) {
            const std::uint64_t made = records - m_recordsBefore;
            const std::uint64_t bytesPerRecord
                = m_pages == 0 ? 500 : std::max<std::uint64_t>(m_consumedBytes / made, 1);
            left = (m_options.events - records - (m_pages == 0 ? leastPage : 10)) * bytesPerRecord;
        }
        if (m_pages == 0)
            left = std::max<std::uint64_t>(left, 4);
    }
    // The first page is a small one if it is to be measured.
    const std::uint64_t least = m_options.events > 0 && m_pages == 0 ? 4 : 1;
    return left / std::max(least, left / usualPageBytes);
}

void Client::planPage(std::uint64_t bytes)
{
    ++m_pages;
    const std::size_t count = std::max<std::size_t>(m_options.streams, 1);
    std::vector<std::uint64_t> weights;
    std::uint64_t sum = 0;
    m_page.clear();
    for (std::size_t i = 0; i < count; ++i) {
        ResourceKind kind = ResourceKind::Image;
        std::uint64_t weight = 10 + m_random.below(16);
        if (i == 0) {
            kind = ResourceKind::Page;
            weight = 5;
        } else if (i + 1 == count && count >= 4) {
            kind = ResourceKind::Data;
            weight = 4;
        } else if (i == 1) {
            kind = ResourceKind::Style;
            weight = 4;
        } else if (i == 2) {
            kind = ResourceKind::Script;
            weight = 14;
        } else if (i == 3 && count >= 6) {
            kind = ResourceKind::Font;
            weight = 6;
        }
        weight = weight * 100 + m_random.below(100);
        weights.push_back(weight);
        sum += weight;
        m_page.push_back({kind, kind == ResourceKind::Image ? ++m_images : m_pages, 0});
    }
    std::uint64_t rest = bytes;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t share = i + 1 == count ? rest : bytes * weights[i] / sum;
        m_page[i].bodyBytes = std::max<std::uint64_t>(share, 100);
        rest -= std::min(rest, m_page[i].bodyBytes);
    }
    m_pageLeft = count;
    m_planned.push_back({m_clock, m_page.front()});
    m_page.erase(m_page.begin());
}

void Client::openPlanned()
{
    m_appTime = std::min(m_stallEnd, m_nextPageAt);
    for (std::size_t i = 0; i < m_planned.size();) {
        if (m_planned[i].at > m_clock) {
            m_appTime = std::min(m_appTime, m_planned[i].at);
            ++i;
            continue;
        }
        if (m_firstBidi + m_bidi.size() >= m_maxStreamsBidi)
            return; // onMaxStreams will come back to it
        request(m_planned[i].resource);
        m_planned.erase(m_planned.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

void Client::request(const Resource& resource)
{
    Stream& stream = addBidi();
    stream.resource = resource;
    const std::uint64_t headers = requestHeadersBytes(resource);
    stream.send.total = frameHeaderBytes(headers) + headers;
    stream.send.fin = true;
    activate(stream);
    m_requestedBytes += responseBytes(resource);
    ++m_requests;
    m_log.httpRequest(tick(), true, stream.id, resource);
}

void Client::onStreamProgress(Stream& stream)
{
    if ((stream.id & 2U) != 0) {
        consume(stream);
        parsePeerUni(stream);
    } else if (!m_stalled) {
        read(stream);
        maybeStall();
    }
    updateKeys();
}

void Client::read(Stream& stream)
{
    if (stream.receive.contiguous == stream.receive.consumed)
        return;
    consume(stream);
    const std::uint64_t consumed = stream.receive.consumed;
    const auto complete = [&] { // is the next frame's header, or all of HEADERS, there?
        if (!stream.headersSeen) {
            const std::uint64_t bytes = responseHeadersBytes(stream.resource);
            return consumed >= frameHeaderBytes(bytes) + bytes;
        }
        const std::uint64_t bytes = std::min(stream.httpBodyLeft, dataFrameBytes);
        return bytes > 0 && consumed >= stream.httpOffset + frameHeaderBytes(bytes);
    };
    while (complete())
        logHttpFrame(stream, false);
    if (stream.receive.isDone())
        onComplete(stream.resource);
}

void Client::onComplete(const Resource& resource)
{
    m_bodyBytes += resource.bodyBytes;
    --m_pageLeft;
    const auto plan = [this](TimeNs at, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            m_planned.push_back({at, m_page[i]});
            at += m_random.between(200, 1500) * microsecond;
        }
        m_page.erase(m_page.begin(), m_page.begin() + static_cast<std::ptrdiff_t>(count));
    };
    if (resource.kind == ResourceKind::Page) {
        const bool dataLater = m_options.streams >= 4;
        plan(m_clock + m_random.between(2, 6) * millisecond, m_page.size() - (dataLater ? 1 : 0));
    } else if (resource.kind == ResourceKind::Script) {
        plan(m_clock + m_random.between(20, 60) * millisecond, m_page.size());
    }
    if (m_pageLeft == 0)
        m_nextPageAt = m_clock + (nextPageBytes() > 0 ? m_random.between(20, 80) : 4) * millisecond;
    m_appTime = m_clock;
}

void Client::maybeStall()
{
    if (m_stalled || m_consumedBytes < m_stallAt || m_requestedBytes < m_consumedBytes + m_own.maxData * 5 / 4)
        return;
    m_stalled = true;
    m_stallEnd = m_clock + 1500 * millisecond;
    m_stallAt = m_consumedBytes + 40'000'000;
    m_appTime = std::min(m_appTime, m_stallEnd);
}

void Client::onBlockedSignal()
{
    if (!m_stalled)
        return;
    m_stallEnd = std::min(m_stallEnd, m_clock + 4 * millisecond);
    m_appTime = std::min(m_appTime, m_stallEnd);
}

bool Client::halfDone() const
{
    if (m_options.events == 0)
        return m_consumedBytes >= m_options.bodyBytes / 2;
    return m_serverLog.totals().records >= m_options.events / 2;
}

void Client::updateKeys()
{
    if (m_keysUpdated || !m_handshakeConfirmed || !halfDone())
        return;
    m_keysUpdated = true;
    m_keyPhase = true;
    logKeys("client_1rtt_secret", "server_1rtt_secret", "local_update", 1);
}

void Client::onAppTime()
{
    if (m_stallEnd <= m_clock) {
        m_stalled = false;
        m_stallEnd = never;
        for (Stream& stream : m_bidi)
            read(stream);
    }
    if (m_nextPageAt <= m_clock) {
        m_nextPageAt = never;
        const std::uint64_t bytes = nextPageBytes();
        if (bytes == 0) {
            close();
            return;
        }
        planPage(bytes);
    }
    openPlanned();
}

// ---------------------------------------------------------------------------------------------------------------------

Names makeNames(const Options& options)
{
    Random random(options.seed ^ 0x6E616D6573U);
    const auto hex = [&random](std::size_t digits) {
        std::string text;
        for (std::size_t i = 0; i < digits; ++i)
            text.push_back("0123456789abcdef"[random.below(16)]);
        return text;
    };
    Names names;
    names.odcid = hex(16);
    names.clientCid = hex(16);
    names.serverCid = hex(16);
    names.resetToken = hex(32);
    names.addressToken = hex(64);
    if (!options.odcid.empty())
        names.odcid = options.odcid;
    return names;
}

TransportParameters clientParameters(const Options& options)
{
    // Enough for two bandwidth-delay products and for as much in the queue, so that flow control is rarely felt.
    const std::uint64_t product = std::uint64_t {options.rateMbit} * options.rttMs * 125; // bytes
    const std::uint64_t window = std::max<std::uint64_t>(256 * kibibyte, 4 * product);
    return {true, window, window / 2, 0};
}

TransportParameters serverParameters()
{
    return {false, 1024 * kibibyte, 256 * kibibyte, 100};
}

class Simulation
{
public:
    Simulation(const Options& options, const Sink& clientSink, const Sink& serverSink)
        : m_options(options)
        , m_names(makeNames(options))
        , m_clientLog(options, Vantage::Client, clientSink, m_names)
        , m_serverLog(options, Vantage::Server, serverSink, m_names)
        , m_toServer(options, options.seed * 4 + 1)
        , m_toClient(options, options.seed * 4 + 2)
        , m_client(m_options, m_clientLog, m_toServer, clientParameters(options), serverParameters(),
                   options.seed * 4 + 3, m_serverLog)
        , m_server(m_options, false, m_serverLog, m_toClient, serverParameters(), clientParameters(options),
                   options.seed * 4 + 4)
    {
        m_server.setClient(&m_client);
    }

    Totals run()
    {
        m_client.start();
        while (!m_clientLog.failed() && !m_serverLog.failed() && step()) { }
        m_clientLog.finish();
        m_serverLog.finish();
        Totals totals;
        totals.logs = {m_clientLog.totals(), m_serverLog.totals()};
        totals.requests = m_client.requests();
        totals.bodyBytes = m_client.bodyBytes();
        totals.randomDrops = m_toServer.randomDrops() + m_toClient.randomDrops();
        totals.queueDrops = m_toServer.queueDrops() + m_toClient.queueDrops();
        totals.complete = !m_clientLog.failed() && !m_serverLog.failed();
        return totals;
    }

private:
    /// The next thing that happens anywhere; false if nothing ever will.
    bool step()
    {
        const TimeNs arrivals = std::min(m_toServer.nextArrival(), m_toClient.nextArrival());
        const TimeNs wakes = std::min(m_client.nextWake(), m_server.nextWake());
        if (std::min(arrivals, wakes) == never)
            return false;
        if (arrivals > wakes) {
            Endpoint& endpoint = m_client.nextWake() == wakes ? static_cast<Endpoint&>(m_client) : m_server;
            endpoint.wake(wakes);
        } else if (arrivals == m_toClient.nextArrival()) {
            m_client.receive(arrivals, m_toClient.front());
            m_toClient.pop();
        } else {
            m_server.receive(arrivals, m_toServer.front());
            m_toServer.pop();
        }
        return true;
    }

    Options m_options;
    Names m_names;
    TraceLog m_clientLog;
    TraceLog m_serverLog;
    Link m_toServer;
    Link m_toClient;
    Client m_client;
    Server m_server;
};

} // namespace

Totals generate(const Options& options, const Sink& clientSink, const Sink& serverSink)
{
    return Simulation(options, clientSink, serverSink).run();
}

std::string generateText(const Options& options, Vantage vantage)
{
    std::string text;
    const Sink sink = [&text](std::string_view piece) {
        text += piece;
        return true;
    };
    if (vantage == Vantage::Client)
        generate(options, sink, Sink());
    else
        generate(options, Sink(), sink);
    return text;
}

} // namespace qlogscope::tracegen
