// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace qlogscope {

/// The member names that facts are made of, with their historical spellings (dialects 3.5, 3.6).
enum class Key : std::uint8_t {
    None,
    AckDelay,
    AckDelayExponent,
    AckedRanges,
    ApplicationCode,
    ApplicationError,
    Category,
    ConnectionCode,
    ConnectionError,
    Data,
    Dcid,
    Error,
    ErrorCode,
    ErrorCodeValue,
    ErrorSpace,
    Event,
    ExplicitLength,
    Fin,
    Form,
    FrameType,
    Frames,
    GroupId,
    Header,
    Id,
    InitialMaxPathId,
    Initiator,
    IsCoalesced,
    IsMtuProbe,
    LargestLost,
    Length,
    LostPackets,
    Message,
    Name,
    New,
    Offset,
    PacketNumber,
    PacketNumberLength,
    PacketNumberSpace,
    PacketNumbers,
    PacketSize,
    PacketType,
    PathId,
    PayloadLength,
    Raw,
    RawErrorCode,
    Reason,
    ReliableSize,
    Scid,
    State,
    StreamId,
    Time,
    TimeFormat,
    Token,
    Trace,
    Trigger,
    Type,
    Version,
    // recovery metrics, in the order of MetricKind
    CongestionWindow,
    BytesInFlight,
    Ssthresh,
    MinRtt,
    SmoothedRtt,
    LatestRtt,
    RttVariance,
    PacingRate,
    PtoCount,
    PacketsInFlight,
};

/// None for a name that no fact needs. A hash and one comparison.
[[nodiscard]] Key keyOf(std::string_view name);

} // namespace qlogscope
