// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/quicterms.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

/// What each byte of a QUIC packet is used for (RFC 9000, sections 17 and 19). Values; any thread.
namespace qlogscope {

/// Every byte of a packet has exactly one use.
enum class ByteUse : std::uint8_t {
    PacketHeader,
    Tag, ///< of the AEAD; of Retry and Stateless Reset the 16 bytes that stand in its place
    FrameHeader, ///< of STREAM, DATAGRAM and CRYPTO frames: all but their data
    Application, ///< data of STREAM and DATAGRAM frames, each stream offset once
    Repeated, ///< data of STREAM frames that was in the log before: retransmitted, or received twice. Not where its length is not logged
    Crypto, ///< data of CRYPTO frames
    Ack, ///< ACK frames
    Padding, ///< logged, or explained by a rule
    Other, ///< all other frames
    Unaccounted, ///< of no logged frame, and not explained
};
inline constexpr int byteUseCount = static_cast<int>(ByteUse::Unaccounted) + 1;
/// How many bytes of one packet have each use, by ByteUse; their sum is its size.
using PacketUses = std::array<std::uint32_t, byteUseCount>;
[[nodiscard]] constexpr std::size_t indexOf(ByteUse use) { return static_cast<std::size_t>(use); }

/// One frame in its packet; frames lie end to end in the order of the log.
struct FrameLayout {
    FrameKind kind = FrameKind::Other;
    std::uint32_t start = 0; ///< from the first byte of the packet
    std::uint32_t headerBytes = 0; ///< type and fields; of frames without data all of it
    std::uint32_t dataBytes = 0; ///< of STREAM, DATAGRAM, CRYPTO; PADDING is all data
    bool isLogged = true; ///< false: padding that this writer never lists, explained by a rule of RFC 9000
    bool isHeaderInferred = true; ///< computed by RFC 9000, section 19, not logged
    bool isDataInferred = true; ///< likewise, or what the packet has room for
    bool isCut = false; ///< the packet is too small for what is logged of the frame
    bool fin = false;
    std::optional<std::uint64_t> streamId; ///< of STREAM
    std::uint64_t offset = 0; ///< of the data, of STREAM and CRYPTO
    [[nodiscard]] std::uint32_t sizeBytes() const { return headerBytes + dataBytes; }
    bool operator==(const FrameLayout&) const = default;
};

/// One packet, byte by byte: header, then the payload with the frames and what is not accounted for, then the tag.
/// sizeBytes = headerBytes + payloadBytes() + tagBytes, and payloadBytes() = the frames + unaccountedBytes; nothing overlaps.
struct PacketLayout {
    std::uint32_t sizeBytes = 0;
    std::uint32_t headerBytes = 0;
    /// 0 where the size as logged leaves the tag out (sent packets of picoquic) and for packets without one.
    std::uint32_t tagBytes = 0;
    std::uint32_t unaccountedStart = 0; ///< from the first byte of the packet
    std::uint32_t unaccountedBytes = 0;
    bool isSizeInferred = false;
    bool isHeaderInferred = true; ///< not told by the lengths that the log states
    bool areFramesLogged = false; ///< no frames and "frames are not logged" are not the same
    std::vector<FrameLayout> frames;
    [[nodiscard]] std::uint32_t payloadBytes() const { return sizeBytes - headerBytes - tagBytes; }
    bool operator==(const PacketLayout&) const = default;
};

} // namespace qlogscope
