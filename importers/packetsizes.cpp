// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/packetsizes.h"

#include <algorithm>

namespace qlogscope {

namespace {

std::uint64_t framesTotal(const std::vector<FrameSize>& frames)
{
    std::uint64_t total = 0;
    for (const FrameSize& frame : frames)
        total += frame.headerBytes + frame.dataBytes;
    return total;
}

/// Room that is left over goes to fields that may be longer than the log tells.
void growFrames(std::vector<FrameSize>* frames, std::uint64_t* left)
{
    for (FrameSize& frame : *frames) {
        if (frame.growthBytes == 0 || *left < frame.growthBytes)
            continue;
        frame.headerBytes += frame.growthBytes;
        *left -= frame.growthBytes;
    }
}

void takeFrom(std::uint64_t* bytes, std::uint64_t* missing, FrameSize* frame)
{
    const std::uint64_t taken = std::min(*bytes, *missing);
    *bytes -= taken;
    *missing -= taken;
    frame->isCut = frame->isCut || taken > 0;
}

/// Where frames are longer than their packet.
void shrinkParts(const PacketShape& shape, std::vector<FrameSize>* frames, PacketParts* parts, std::uint64_t missing)
{
    if (!frames->empty() && missing >= frames->back().lengthBytes && frames->back().headerBytes > frames->back().lengthBytes) {
        frames->back().headerBytes -= frames->back().lengthBytes;
        missing -= frames->back().lengthBytes;
    }
    const std::uint64_t fromHeader = std::min(missing, parts->headerBytes - std::min(shape.header.least, parts->headerBytes));
    parts->headerBytes -= fromHeader;
    missing -= fromHeader;
    for (auto frame = frames->rbegin(); frame != frames->rend() && missing > 0; ++frame) {
        takeFrom(&frame->dataBytes, &missing, &*frame);
        takeFrom(&frame->headerBytes, &missing, &*frame);
    }
}

/// Why there is padding that the writer does not list: datagrams with an Initial packet or a PATH_CHALLENGE are 1,200 bytes or more, probes of
/// the path MTU are filled (RFC 9000, sections 14.1, 8.2.1 and 14.4), and there are at least four bytes to sample (RFC 9001, section 5.4.2).
bool isPaddingExplained(const PacketShape& shape, const std::vector<FrameSize>& frames)
{
    if (shape.listsPadding || frames.empty())
        return false;
    const auto any = [&frames](FrameKind kind) {
        return std::any_of(frames.begin(), frames.end(), [kind](const FrameSize& frame) { return frame.kind == kind; });
    };
    constexpr std::uint64_t sampleBytes = 4;
    const bool isOnlyPing = std::all_of(frames.begin(), frames.end(), [](const FrameSize& frame) { return frame.kind == FrameKind::Ping; });
    return shape.type == PacketType::Initial || shape.isMtuProbe || isOnlyPing || any(FrameKind::PathChallenge) || any(FrameKind::PathResponse)
        || framesTotal(frames) < sampleBytes;
}

void placeRest(const PacketShape& shape, std::vector<FrameSize>* frames, PacketParts* parts, std::uint64_t left)
{
    const auto open = std::find_if(frames->rbegin(), frames->rend(), [](const FrameSize& frame) { return frame.isOpenEnded; });
    if (open != frames->rend()) {
        open->dataBytes += left;
        return;
    }
    const std::uint64_t headerRoom = shape.header.most - std::min(parts->headerBytes, shape.header.most);
    std::uint64_t growth = 0;
    for (const FrameSize& frame : *frames)
        growth += frame.growthBytes;
    if (left <= headerRoom + growth) { // it says how long these fields are
        growFrames(frames, &left);
        const std::uint64_t toHeader = std::min(left, headerRoom);
        parts->headerBytes += toHeader;
        parts->unaccounted = left - toHeader;
        return;
    }
    (isPaddingExplained(shape, *frames) ? parts->unloggedPadding : parts->unaccounted) = left;
}

class Placement
{
public:
    explicit Placement(PacketLayout* layout)
        : m_layout(layout)
        , m_next(layout->headerBytes)
    {
    }
    void addUnaccounted(std::uint64_t bytes)
    {
        m_layout->unaccountedStart = m_next;
        m_layout->unaccountedBytes = static_cast<std::uint32_t>(bytes);
        m_next += m_layout->unaccountedBytes;
    }
    void addUnloggedPadding(std::uint64_t bytes)
    {
        if (bytes == 0)
            return;
        FrameLayout padding;
        padding.kind = FrameKind::Padding;
        padding.start = m_next;
        padding.dataBytes = static_cast<std::uint32_t>(bytes);
        padding.isLogged = false;
        m_layout->frames.push_back(padding);
        m_next += padding.dataBytes;
    }
    void add(const FrameSize& size)
    {
        FrameLayout frame;
        frame.kind = size.kind;
        frame.start = m_next;
        frame.headerBytes = static_cast<std::uint32_t>(size.headerBytes);
        frame.dataBytes = static_cast<std::uint32_t>(size.dataBytes);
        frame.isHeaderInferred = !size.isHeaderLogged || size.isCut;
        frame.isDataInferred = !size.isDataLogged || size.isCut;
        frame.isCut = size.isCut;
        frame.fin = size.fin;
        if (size.hasStreamId)
            frame.streamId = size.streamId;
        frame.offset = size.offset;
        m_layout->frames.push_back(frame);
        m_next += frame.sizeBytes();
    }

private:
    PacketLayout* m_layout;
    std::uint32_t m_next;
};

} // namespace

std::uint64_t ackFieldsSize(std::span<const Interval> ranges, std::uint64_t delayBytes)
{
    if (ranges.empty())
        return delayBytes + 3;
    const auto isBefore = [](const Interval& a, const Interval& b) { return a.first > b.first; };
    std::vector<Interval> sorted;
    if (!std::is_sorted(ranges.begin(), ranges.end(), isBefore)) {
        sorted.assign(ranges.begin(), ranges.end());
        std::sort(sorted.begin(), sorted.end(), isBefore);
        ranges = sorted;
    }
    const Interval& largest = ranges.front();
    std::uint64_t size = varintSize(largest.last) + delayBytes + varintSize(ranges.size() - 1) + varintSize(largest.last - largest.first);
    for (std::size_t i = 1; i < ranges.size(); ++i) {
        const std::uint64_t distance = ranges[i - 1].first - std::min(ranges[i].last, ranges[i - 1].first);
        size += varintSize(distance - std::min<std::uint64_t>(distance, 2)) + varintSize(ranges[i].last - ranges[i].first);
    }
    return size;
}

std::uint64_t tagBytesOf(PacketType type, Direction direction, const TraceHeader& header, bool isSizeInferred)
{
    if (type == PacketType::VersionNegotiation)
        return 0;
    return header.writer == Writer::Picoquic && direction == Direction::Sent && !isSizeInferred ? 0 : aeadTagBytes;
}

PacketParts fitParts(const PacketShape& shape, std::vector<FrameSize>* frames)
{
    PacketParts parts;
    parts.isHeaderInferred = !shape.header.isLogged;
    parts.tagBytes = std::min(shape.tagBytes, shape.sizeBytes);
    const std::uint64_t room = shape.sizeBytes - parts.tagBytes;
    const bool isAllHeader = shape.type == PacketType::Retry || shape.type == PacketType::VersionNegotiation || shape.type == PacketType::StatelessReset;
    parts.headerBytes = isAllHeader ? room : std::min(shape.header.likely, room);
    const std::uint64_t payload = room - parts.headerBytes;
    if (!shape.areFramesLogged) {
        parts.unaccounted = payload;
        return parts;
    }
    for (FrameSize& frame : *frames) { // lengths are only numbers that a log states
        frame.isCut = frame.headerBytes > room || frame.dataBytes > room;
        frame.headerBytes = std::min(frame.headerBytes, room);
        frame.dataBytes = std::min(frame.dataBytes, room);
    }
    const std::uint64_t needed = framesTotal(*frames);
    if (needed > payload)
        shrinkParts(shape, frames, &parts, needed - payload);
    const std::uint64_t left = room - parts.headerBytes - framesTotal(*frames);
    if (left > 0)
        placeRest(shape, frames, &parts, left);
    return parts;
}

PacketUses usesOf(const PacketParts& parts, std::span<const FrameSize> frames)
{
    PacketUses uses{};
    const auto add = [&uses](ByteUse use, std::uint64_t bytes) { uses[indexOf(use)] += static_cast<std::uint32_t>(bytes); };
    add(ByteUse::PacketHeader, parts.headerBytes);
    add(ByteUse::Tag, parts.tagBytes);
    add(ByteUse::Padding, parts.unloggedPadding);
    add(ByteUse::Unaccounted, parts.unaccounted);
    for (const FrameSize& frame : frames) {
        switch (frame.kind) {
        case FrameKind::Stream:
        case FrameKind::Datagram:
        case FrameKind::Crypto:
            add(ByteUse::FrameHeader, frame.headerBytes);
            add(frame.kind == FrameKind::Crypto ? ByteUse::Crypto : ByteUse::Application, frame.dataBytes);
            break;
        case FrameKind::Ack:
        case FrameKind::PathAck:
            add(ByteUse::Ack, frame.headerBytes);
            break;
        case FrameKind::Padding:
            add(ByteUse::Padding, frame.dataBytes);
            break;
        default:
            add(ByteUse::Other, frame.headerBytes + frame.dataBytes);
            break;
        }
    }
    return uses;
}

PacketLayout layoutOf(const PacketShape& shape, std::vector<FrameSize> frames)
{
    const PacketParts parts = fitParts(shape, &frames);
    PacketLayout layout;
    layout.sizeBytes = static_cast<std::uint32_t>(shape.sizeBytes);
    layout.headerBytes = static_cast<std::uint32_t>(parts.headerBytes);
    layout.tagBytes = static_cast<std::uint32_t>(parts.tagBytes);
    layout.isHeaderInferred = parts.isHeaderInferred;
    layout.areFramesLogged = shape.areFramesLogged;
    Placement placement(&layout);
    // a frame without a Length field is the last one: what is not logged stands before it
    const bool runsToEnd = !frames.empty() && (frames.back().kind == FrameKind::Stream || frames.back().kind == FrameKind::Datagram);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        if (runsToEnd && i + 1 == frames.size()) {
            placement.addUnloggedPadding(parts.unloggedPadding);
            placement.addUnaccounted(parts.unaccounted);
        }
        placement.add(frames[i]);
    }
    if (!runsToEnd) {
        placement.addUnloggedPadding(parts.unloggedPadding);
        placement.addUnaccounted(parts.unaccounted);
    }
    return layout;
}

} // namespace qlogscope
