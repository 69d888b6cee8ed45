// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/intervalset.h"
#include "model/packetlayout.h"
#include "model/traceheader.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

/// Sizes of headers and frames, and how those of one packet add up to its size. Pure functions, any thread.
namespace qlogscope {

inline constexpr std::uint64_t aeadTagBytes = 16; ///< of every AEAD of QUIC (RFC 9001, section 5.3)

/// RFC 9000, section 16. What is beyond 2^62 counts 8 too.
[[nodiscard]] constexpr std::uint64_t varintSize(std::uint64_t value)
{
    return value < 64 ? 1 : value < 16'384 ? 2 : value < 1'073'741'824 ? 4 : 8;
}
/// Sums of numbers that a log states stay what they are, however large.
[[nodiscard]] constexpr std::uint64_t boundedSum(std::uint64_t a, std::uint64_t b) { return a + b < a ? UINT64_MAX : a + b; }

/// An ACK frame without its type and ECN counts (RFC 9000, section 19.3), its delay taken to need @p delayBytes.
/// @param ranges in any order; those that overlap count as adjacent
[[nodiscard]] std::uint64_t ackFieldsSize(std::span<const Interval> ranges, std::uint64_t delayBytes);

/// What the log says of the size of a frame, and what it leaves open.
struct FrameSize {
    FrameKind kind = FrameKind::Other;
    std::uint64_t headerBytes = 0;
    std::uint64_t dataBytes = 0;
    std::uint64_t streamId = 0;
    std::uint64_t offset = 0;
    std::uint8_t growthBytes = 0; ///< by which the header may be longer: a delay that is logged coarsely
    std::uint8_t lengthBytes = 0; ///< of a Length field that the last frame of a packet may do without; 0 where the log says
    bool hasStreamId = false;
    bool fin = false;
    bool isOpenEnded = false; ///< the log does not say how long it is
    bool isHeaderLogged = false;
    bool isDataLogged = false;
    bool isCut = false;
};

/// Bounds of a packet header by what is logged of it.
struct HeaderSize {
    std::uint64_t least = 0;
    std::uint64_t likely = 0;
    std::uint64_t most = 0;
    bool isLogged = false; ///< by lengths that say it
};

/// What is known of a packet before its parts are made to fit.
struct PacketShape {
    std::uint64_t sizeBytes = 0;
    PacketType type = PacketType::Unknown;
    HeaderSize header;
    std::uint64_t tagBytes = 0;
    bool areFramesLogged = false;
    bool listsPadding = true; ///< the writer does
    bool isMtuProbe = false;
};

/// A packet whose parts fill it exactly.
struct PacketParts {
    std::uint64_t headerBytes = 0;
    std::uint64_t tagBytes = 0;
    std::uint64_t unloggedPadding = 0;
    std::uint64_t unaccounted = 0;
    bool isHeaderInferred = true;
};

/// What the packet's size counts of its tag: some writers leave it out of the sizes that they log (dialects 4.6).
[[nodiscard]] std::uint64_t tagBytesOf(PacketType type, Direction direction, const TraceHeader& header, bool isSizeInferred);

/// Makes the parts fill the packet: header, tag and frames get what they need; what is left over goes to where the log leaves
/// something open (a coarse delay, the length of the packet number, padding without a size), else it is padding that a rule explains,
/// else unaccounted. Where there is too little, a Length field that need not be there goes first; then frames are cut from the end.
[[nodiscard]] PacketParts fitParts(const PacketShape& shape, std::vector<FrameSize>* frames);

/// A UDP datagram has no room for more frames; further ones are not measured.
inline constexpr std::size_t mostFrames = std::size_t{1} << 16;

/// What the bytes of a packet are used for; stream data as if none of it was logged before.
[[nodiscard]] PacketUses usesOf(const PacketParts& parts, std::span<const FrameSize> frames);

/// The same as boxes. Sizes beyond 4 GiB do not come: the packet's size is the limit.
[[nodiscard]] PacketLayout layoutOf(const PacketShape& shape, std::vector<FrameSize> frames);

} // namespace qlogscope
