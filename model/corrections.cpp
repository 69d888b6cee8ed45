// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/corrections.h"

#include <algorithm>
#include <cmath>

namespace qlogscope {

namespace {

constexpr std::uint64_t udpHeaderBytes = 8;

/// quiche up to 0.4, and neqo with the same library: array events of "draft-02-wip".
bool isEarlyQlogCrate(const TraceHeader& header)
{
    return (header.writer == Writer::Quiche || header.writer == Writer::Neqo) && header.qlogVersion == "draft-02-wip";
}

/// Drafts whose datagram lengths count the UDP header too: 02 to quic-events-02. The later ones of these share the version
/// text 0.3 with those that do not, and are left alone.
bool isUdpHeaderEra(std::string_view version)
{
    return version == "draft-02" || version == "draft-02-RC1" || version == "draft-03-WIP" || version == "qlog-03-WIP";
}

bool countsUdpHeader(const TraceHeader& header)
{
    return (header.writer == Writer::Aioquic && header.eventFields.empty()) || isUdpHeaderEra(header.qlogVersion);
}

/// The correction of `ack_delay`; none where it is in ms (or in time_units us) as the drafts say.
std::optional<Correction> ackDelayCorrection(const TraceHeader& header)
{
    switch (header.writer) {
    case Writer::Quiche:
    case Writer::Neqo:
        return isEarlyQlogCrate(header) ? Correction::AckDelayRaw : Correction::AckDelayUnscaled;
    case Writer::Picoquic:
    case Writer::Quant:
    case Writer::ErlangQuic:
        return Correction::AckDelayRaw;
    case Writer::OpenSsl:
        return Correction::AckDelayRounded;
    default:
        break;
    }
    return std::nullopt;
}

std::optional<Correction> rttCorrection(const TraceHeader& header)
{
    if (header.writer == Writer::Xquic)
        return Correction::RttMicroseconds;
    if (isEarlyQlogCrate(header))
        return Correction::RttMilliseconds;
    return header.unit == TimeUnit::Microseconds ? std::optional(Correction::DurationsInMicroseconds) : std::nullopt;
}

std::optional<Correction> pacingCorrection(const TraceHeader& header)
{
    switch (header.writer) {
    case Writer::Quiche:
    case Writer::Neqo:
        return Correction::PacingBytesPerSecond;
    case Writer::Tquic:
    case Writer::Xquic:
    case Writer::Quinn:
        return Correction::PacingUnitUnknown;
    default:
        break;
    }
    return std::nullopt;
}

bool has(const RecordTraits& record, FrameKind kind) { return (record.frameMask >> static_cast<unsigned>(kind) & 1U) != 0; }

class Collector
{
public:
    void add(bool applies, Correction correction)
    {
        if (applies)
            corrections.push_back(correction);
    }
    void add(std::optional<Correction> correction)
    {
        if (correction)
            corrections.push_back(*correction);
    }
    std::vector<Correction> corrections;
};

void addOfFrames(const TraceHeader& header, const RecordTraits& record, Collector* out)
{
    if (has(record, FrameKind::Ack) || has(record, FrameKind::PathAck)) {
        const std::optional<Correction> delay = ackDelayCorrection(header);
        out->add(!delay && header.unit == TimeUnit::Microseconds, Correction::DurationsInMicroseconds);
        out->add(delay);
        out->add(header.writer == Writer::OpenSsl, Correction::EcnSwapped);
    }
    const bool namesStreams = has(record, FrameKind::Stream) || has(record, FrameKind::ResetStream)
        || has(record, FrameKind::StopSending) || has(record, FrameKind::MaxStreamData);
    out->add(namesStreams && (header.writer == Writer::Picoquic || header.qlogVersion == "draft-00") && header.writer != Writer::Mvfst,
             Correction::StreamIdAsId);
    out->add(has(record, FrameKind::Stream) && header.writer == Writer::ErlangQuic, Correction::BooleansAsText);
}

void addOfPacket(const TraceHeader& header, const RecordTraits& record, Collector* out)
{
    const bool isSent = record.kind == EventKind::PacketSent;
    const Writer writer = header.writer;
    addOfFrames(header, record, out);
    const bool hasNoNumber = record.packetType == PacketType::Retry || record.packetType == PacketType::VersionNegotiation;
    out->add(hasNoNumber && (writer == Writer::Ngtcp2 || writer == Writer::Kwik || writer == Writer::Tquic),
             Correction::NumberOfNumberlessPacket);
    out->add(isSent && writer == Writer::QuiclyAdapter, Correction::FramesReversed);
    const bool isLongHeader = record.packetType == PacketType::Initial || record.packetType == PacketType::Handshake
        || record.packetType == PacketType::ZeroRtt;
    out->add(!isSent && writer == Writer::Quiche && isLongHeader, Correction::SizeOfRestOfDatagram);
    out->add(isSent && writer == Writer::Quinn, Correction::SizeInHeader);
    out->add(writer == Writer::Quant, Correction::SizeOfDatagram);
    out->add(isSent && writer == Writer::Picoquic, Correction::SizeWithoutTag);
    out->add(writer == Writer::Xquic, Correction::SizeByDefault);
    out->add(record.isSizeInferred, Correction::SizeInferred);
}

} // namespace

std::string_view note(Correction correction)
{
    switch (correction) {
    case Correction::DurationsInMicroseconds:
        return "RTTs and ACK delays are logged in microseconds in this trace (time_units); they are shown in ms.";
    case Correction::RttMicroseconds:
        return "This writer logs RTTs in microseconds although its times are in ms; they are divided by 1,000.";
    case Correction::RttMilliseconds:
        return "This writer logs RTTs in whole ms whatever the unit of its times; they are read as ms.";
    case Correction::AckDelayUnscaled:
        return "This writer logs ack_delay without its exponent; it is multiplied by 2^ack_delay_exponent.";
    case Correction::AckDelayRaw:
        return "This writer logs ack_delay as it is on the wire; it is multiplied by 2^ack_delay_exponent and read as microseconds.";
    case Correction::AckDelayRounded:
        return "This writer logs ack_delay in whole ms, decoded with exponent 3 whatever the peer announced; it is left as it is.";
    case Correction::PacingBytesPerSecond:
        return "This writer logs pacing_rate in bytes per second; it is multiplied by 8.";
    case Correction::PacingUnitUnknown:
        return "Whether this writer logs pacing_rate in bits or in bytes per second is not known; it is taken as bit/s, as logged.";
    case Correction::EcnSwapped:
        return "This writer logs the counts of ect0 and ect1 the wrong way round; they are swapped back.";
    case Correction::DatagramWithUdpHeader:
        return "The datagram lengths of this log count the UDP header of 8 bytes; it is taken off.";
    case Correction::StreamIdAsId:
        return "The stream's id is logged as \"id\".";
    case Correction::BooleansAsText:
        return "This writer logs true and false as text.";
    case Correction::NumberOfNumberlessPacket:
        return "This writer logs packet number 0 for a packet that has none; it is ignored.";
    case Correction::FramesReversed:
        return "This writer logs the frames of sent packets in reverse order.";
    case Correction::SizeOfRestOfDatagram:
        return "This writer logs for a received packet the rest of its datagram: in a coalesced datagram the length is too large. It is "
               "shown as logged.";
    case Correction::SizeInHeader:
        return "This writer logs the packet's size as header.length, and none for received packets.";
    case Correction::SizeOfDatagram:
        return "This writer logs the UDP payload as packet_size, also for each of several coalesced packets. It is shown as logged.";
    case Correction::SizeWithoutTag:
        return "The packet_size of this writer's sent packets is believed to leave out the AEAD tag of 16 bytes. It is shown as logged.";
    case Correction::SizeByDefault:
        return "This writer logs a length of 1,280 bytes where it knows none. It is shown as logged.";
    case Correction::SizeInferred:
        return "The packet's size is not logged; it is inferred from its frames, its header and a tag of 16 bytes.";
    case Correction::EndpointsSwapped:
        return "This writer logs the peer as src and itself as dst.";
    case Correction::WrongOriginalId:
        return "The original_source_connection_id that this writer logs for the remote side is the original destination ID; it is ignored.";
    case Correction::WrongHeaderValues:
        return "The header values in this log are slices of the header names; only the names are right.";
    case Correction::PortsByteSwapped:
        return "This writer logs port numbers with their bytes swapped.";
    case Correction::AggregateLosses:
        return "This writer logs losses as a count with the largest packet number; the other numbers are not logged.";
    case Correction::LossWithoutType:
        return "The lost packet's type is not logged; the number is looked up among 1-RTT packets first.";
    case Correction::FirstTimeAbsolute:
        return "The first time of this log is absolute; all others are differences.";
    }
    return {};
}

std::vector<Correction> correctionsOf(const TraceHeader& header, const RecordTraits& record)
{
    Collector out;
    const Writer writer = header.writer;
    out.add(record.isFirst && header.clock == ClockForm::Delta && (writer == Writer::OpenSsl || writer == Writer::Quant),
            Correction::FirstTimeAbsolute);
    switch (record.kind) {
    case EventKind::PacketSent:
    case EventKind::PacketReceived:
        addOfPacket(header, record, &out);
        break;
    case EventKind::RecoveryMetricsUpdated:
        out.add(rttCorrection(header));
        out.add(pacingCorrection(header));
        break;
    case EventKind::UdpDatagramsSent:
    case EventKind::UdpDatagramsReceived:
        out.add(countsUdpHeader(header), Correction::DatagramWithUdpHeader);
        out.add(writer == Writer::Picoquic, Correction::PortsByteSwapped);
        break;
    case EventKind::ParametersSet:
        out.add(writer == Writer::Picoquic, Correction::BooleansAsText);
        out.add(writer == Writer::OpenSsl, Correction::WrongOriginalId);
        break;
    case EventKind::ConnectionStarted:
        out.add(writer == Writer::Nginx, Correction::EndpointsSwapped);
        break;
    case EventKind::PacketLost:
        out.add(writer == Writer::Mvfst, Correction::AggregateLosses);
        out.add(writer == Writer::Quant || writer == Writer::ErlangQuic, Correction::LossWithoutType);
        break;
    case EventKind::Http3FrameCreated:
    case EventKind::Http3FrameParsed:
        out.add(writer == Writer::Xquic, Correction::WrongHeaderValues);
        break;
    default:
        break;
    }
    return out.corrections;
}

std::array<double, metricKindCount> metricScales(const TraceHeader& header)
{
    std::array<double, metricKindCount> scales{};
    const std::optional<Correction> rtt = rttCorrection(header);
    const bool isMicroseconds = rtt == Correction::RttMicroseconds || rtt == Correction::DurationsInMicroseconds;
    for (std::size_t i = 0; i < scales.size(); ++i)
        scales[i] = unit(static_cast<MetricKind>(i)) != MetricUnit::Nanoseconds ? 1 : isMicroseconds ? 1e3 : 1e6;
    if (pacingCorrection(header) == Correction::PacingBytesPerSecond)
        scales[static_cast<std::size_t>(MetricKind::PacingRate)] = scales[static_cast<std::size_t>(MetricKind::DeliveryRate)] = 8;
    return scales;
}

std::optional<std::int64_t> ackDelayNs(const TraceHeader& header, double logged, std::uint8_t exponent)
{
    constexpr std::uint8_t largestExponent = 20; // RFC 9000, section 18.2
    const double factor = std::ldexp(1.0, std::min(exponent, largestExponent));
    const std::optional<Correction> correction = ackDelayCorrection(header);
    double ns = logged * (header.unit == TimeUnit::Microseconds ? 1e3 : 1e6);
    if (correction == Correction::AckDelayRaw)
        ns = logged * factor * 1e3;
    else if (correction == Correction::AckDelayUnscaled)
        ns = logged * factor * 1e6;
    if (!(ns >= 0 && ns < 9.2e18))
        return std::nullopt;
    return std::llround(ns);
}

EcnCounts correctedEcn(const TraceHeader& header, EcnCounts logged)
{
    return header.writer == Writer::OpenSsl ? EcnCounts{logged.ect1, logged.ect0, logged.ce} : logged;
}

std::uint64_t datagramBytes(const TraceHeader& header, std::uint64_t length, std::optional<std::uint64_t> payloadLength)
{
    if (!countsUdpHeader(header) || length < udpHeaderBytes)
        return length;
    // where both are logged they must be 8 bytes apart: else the length is that of the payload already
    if (payloadLength && *payloadLength + udpHeaderBytes != length)
        return length;
    return length - udpHeaderBytes;
}

} // namespace qlogscope
