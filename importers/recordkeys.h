// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace qlogscope {

/// The member names that facts are made of, with their historical spellings (dialects 3.5, 3.6).
enum class Key : std::uint8_t {
    None,
    AckDelay,
    AckedRanges,
    ApplicationCode,
    ApplicationError,
    Category,
    Ce, ///< of an ACK frame
    ConnectionCode,
    ConnectionError,
    Data,
    DatagramId,
    Dcid,
    Ect0,
    Ect1,
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
    HasLength,
    Header,
    Id,
    InitialMaxPathId,
    Initiator,
    IsCoalesced,
    IsMtuProbe,
    KeyPhase,
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
    SendAtTime,
    State,
    StreamId,
    Time,
    TimeFormat,
    Token,
    Trace,
    Trigger,
    Type,
    QuicVersion, ///< of a packet header
    Version, ///< of qlog
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
    DeliveryRate,
};

/// A name as its first 16 bytes and its length: names of up to 16 bytes are told apart without a further comparison.
struct KeyPrint {
    std::uint64_t head = 0; ///< bytes 0 to 7, zeros after the end
    std::uint64_t tail = 0; ///< bytes 8 to 15 likewise
    std::uint64_t length = 0;
    bool operator==(const KeyPrint&) const = default;
};

namespace keytable {

struct Slot {
    KeyPrint print; ///< length 0: empty
    std::string_view name;
    Key key = Key::None;
};
constexpr int slotBits = 8; ///< a power of two well above the number of spellings
extern const std::array<Slot, std::size_t{1} << slotBits> slots;

inline std::size_t slotOf(const KeyPrint& print)
{
    const std::uint64_t mixed = (print.head ^ (print.tail * 0x9e3779b97f4a7c15U) ^ print.length) * 0xff51afd7ed558ccdU;
    return static_cast<std::size_t>(mixed >> (64 - slotBits));
}

inline Key find(std::string_view name, const KeyPrint& print)
{
    for (std::size_t i = slotOf(print); slots[i].print.length != 0; i = (i + 1) % slots.size()) {
        if (slots[i].print == print && (name.size() <= 16 || slots[i].name == name))
            return slots[i].key;
    }
    return Key::None;
}

} // namespace keytable

inline KeyPrint printOf(std::string_view name)
{
    std::array<char, 16> bytes{};
    std::copy_n(name.data(), std::min(name.size(), bytes.size()), bytes.data());
    KeyPrint print;
    std::memcpy(&print.head, bytes.data(), 8);
    std::memcpy(&print.tail, bytes.data() + 8, 8);
    print.length = name.size();
    return print;
}

/// None for a name that no fact needs. A hash and one comparison.
[[nodiscard]] inline Key keyOf(std::string_view name) { return keytable::find(name, printOf(name)); }

/// The same without a branch on the length. @param name 16 bytes from its beginning must be readable, whatever its length
[[nodiscard]] inline Key keyOfPadded(std::string_view name)
{
    if constexpr (std::endian::native != std::endian::little)
        return keyOf(name);
    const auto keep = [](std::size_t bytes) { return bytes >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (bytes * 8)) - 1; };
    KeyPrint print;
    print.length = name.size();
    std::memcpy(&print.head, name.data(), 8);
    std::memcpy(&print.tail, name.data() + 8, 8);
    print.head &= keep(name.size());
    print.tail &= keep(name.size() > 8 ? name.size() - 8 : 0);
    return keytable::find(name, print);
}

} // namespace qlogscope
