// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/eventbatch.h"
#include "model/eventkind.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// Where writers log something else than the drafts say, and what the program makes of it (dialects 3.3, 4 and 8.3). One
/// table for the facts, the notes beside a record and later views. Pure functions, any thread.
namespace qlogscope {

/// One deviation of one or several writers.
enum class Correction : std::uint8_t {
    DurationsInMicroseconds, ///< time_units us: RTTs and ACK delays too
    RttMicroseconds, ///< RTTs in us in a trace in ms
    RttMilliseconds, ///< RTTs in ms whatever the time_units
    AckDelayUnscaled, ///< the wire value / 1000, without its exponent
    AckDelayRaw, ///< the wire value
    AckDelayRounded, ///< decoded with exponent 3 whatever the peer announced, whole ms
    PacingBytesPerSecond,
    PacingUnitUnknown, ///< not changed
    EcnSwapped,
    DatagramWithUdpHeader,
    StreamIdAsId,
    BooleansAsText,
    NumberOfNumberlessPacket,
    FramesReversed,
    SizeOfRestOfDatagram, ///< received, coalesced: not changed
    SizeInHeader,
    SizeOfDatagram, ///< the UDP payload: not changed
    SizeWithoutTag, ///< sent: not changed
    SizeByDefault, ///< a constant where none is known: not changed
    SizeInferred,
    EndpointsSwapped,
    WrongOriginalId, ///< not used
    WrongHeaderValues, ///< not used
    PortsByteSwapped, ///< not changed
    AggregateLosses,
    LossWithoutType,
    FirstTimeAbsolute,
};
inline constexpr int correctionCount = static_cast<int>(Correction::FirstTimeAbsolute) + 1;

/// One English sentence for people.
[[nodiscard]] std::string_view note(Correction correction);

/// What the corrections of a record depend on, besides the trace's header.
struct RecordTraits {
    EventKind kind = EventKind::Other;
    std::uint64_t frameMask = 0; ///< of a packet event; bit 1 << FrameKind
    PacketType packetType = PacketType::Unknown;
    bool isSizeInferred = false;
    bool isFirst = false; ///< the first event of its trace
};

/// The corrections that apply to a record, in the order of Correction. Empty for most records of most writers.
[[nodiscard]] std::vector<Correction> correctionsOf(const TraceHeader& header, const RecordTraits& record);

/// By how much a logged recovery metric is multiplied to be bytes, nanoseconds, bit/s or a count, in the order of MetricKind.
/// Decided by the writer and the era alone: values that merely look wrong are not changed.
[[nodiscard]] std::array<double, metricKindCount> metricScales(const TraceHeader& header);

/// Default of the transport parameter (RFC 9000, section 18.2).
inline constexpr std::uint8_t defaultAckDelayExponent = 3;

/// A logged ack_delay in ns. @p exponent: of the side that sends the ACK. None for a value that is no delay (negative, or over 2^62 us).
[[nodiscard]] std::optional<std::int64_t> ackDelayNs(const TraceHeader& header, double logged,
                                                     std::uint8_t exponent = defaultAckDelayExponent);

struct EcnCounts {
    std::uint64_t ect0 = 0;
    std::uint64_t ect1 = 0;
    std::uint64_t ce = 0;
    bool operator==(const EcnCounts&) const = default;
};
[[nodiscard]] EcnCounts correctedEcn(const TraceHeader& header, EcnCounts logged);

/// UDP payload bytes of a datagram event's `raw.length` (dialects, Appendix C). @p payloadLength: `raw.payload_length`, if logged.
[[nodiscard]] std::uint64_t datagramBytes(const TraceHeader& header, std::uint64_t length,
                                          std::optional<std::uint64_t> payloadLength = std::nullopt);

} // namespace qlogscope
