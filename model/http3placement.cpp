// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/http3placement.h"

namespace qlogscope {

namespace {

constexpr std::uint64_t unidirectionalBit = 2; // of a stream id (RFC 9000, section 2.1)
constexpr std::uint64_t largestOffset = (std::uint64_t{1} << 62) - 1;

/// The type of a unidirectional stream; a push stream has its push id after it (RFC 9114, section 6.2).
std::uint8_t preambleOf(const Http3FrameRecord& first)
{
    if ((first.streamId & unidirectionalBit) == 0)
        return 0;
    return first.kind == "headers" || first.kind == "data" || first.kind == "push_promise" ? 2 : 1;
}

} // namespace

void Http3Placement::add(Direction direction, const Http3FrameRecord& frame)
{
    const auto [it, isNew] = m_streams[static_cast<std::size_t>(direction)].try_emplace(frame.streamId);
    Stream& stream = it->second;
    if (isNew) {
        stream.preambleBytes = preambleOf(frame);
        stream.end = stream.preambleBytes;
        stream.isInferred = stream.preambleBytes > 0;
    }
    if (stream.isLost)
        return;
    if (!frame.isLengthLogged || frame.payloadBytes > largestOffset || frame.headerBytes > UINT8_MAX
        || stream.end + frame.headerBytes + frame.payloadBytes > largestOffset) {
        stream.isLost = true;
        return;
    }
    stream.isInferred = stream.isInferred || frame.isHeaderInferred;
    stream.frames.push_back({stream.end, frame.payloadBytes, kindOf(frame.kind), static_cast<std::uint8_t>(frame.headerBytes), stream.isInferred});
    stream.end += frame.headerBytes + frame.payloadBytes;
    ++m_frameCount;
}

std::size_t Http3Placement::firstEndingAfter(const Stream& stream, std::uint64_t offset)
{
    const auto it = std::partition_point(stream.frames.begin(), stream.frames.end(),
                                         [offset](const Frame& frame) { return frame.offset + frame.headerBytes + frame.payloadBytes <= offset; });
    return static_cast<std::size_t>(it - stream.frames.begin());
}

std::uint16_t Http3Placement::kindOf(const std::string& name)
{
    constexpr std::size_t mostKinds = 1'000; // further ones are the last
    for (std::size_t i = 0; i < m_kinds.size(); ++i) {
        if (m_kinds[i] == name)
            return static_cast<std::uint16_t>(i);
    }
    if (m_kinds.size() < mostKinds)
        m_kinds.push_back(m_kinds.size() + 1 == mostKinds ? "other" : name);
    return static_cast<std::uint16_t>(m_kinds.size() - 1);
}

} // namespace qlogscope
