// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/quicterms.h"
#include "model/traceheader.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qlogscope {

/// What an http3 frame_created or frame_parsed record says of one HTTP/3 frame.
struct Http3FrameRecord {
    std::uint64_t streamId = 0;
    std::string kind; ///< as logged, lower-case: "headers", "data", ...
    std::uint64_t headerBytes = 0; ///< type and length (RFC 9114, section 7.1)
    std::uint64_t payloadBytes = 0;
    bool isHeaderInferred = true; ///< computed, not logged
    bool isLengthLogged = false; ///< false: nothing on the stream after the frame's beginning can be placed
    bool operator==(const Http3FrameRecord&) const = default;
};

/// Reads such records; implemented by the importers, handed over by the app. Any thread.
class Http3FrameReader
{
public:
    virtual ~Http3FrameReader() = default;
    /// None for a record that is about no HTTP/3 frame of a stream. Never throws.
    [[nodiscard]] virtual std::optional<Http3FrameRecord> http3Frame(std::string_view record, const TraceHeader& header) const = 0;
};

/// A part of an HTTP/3 frame, or of the type of a unidirectional stream, on its stream.
struct Http3Piece {
    std::uint64_t offset = 0; ///< of the part
    std::uint64_t length = 0;
    std::string_view kind; ///< "stream_type" for what a unidirectional stream begins with
    bool isHeader = false;
    bool isInferred = false; ///< where it lies depends on sizes that were computed
};

/// HTTP/3 frames on the offsets of their streams, whatever the order in which packets carried these. Frames of one stream and direction are
/// added in their order; 24 bytes a frame. A stream's frames after one of unknown length are not placed. UI thread.
class Http3Placement
{
public:
    /// @param direction of the stream: Sent for frames that were created, Received for those that were parsed
    void add(Direction direction, const Http3FrameRecord& frame);
    [[nodiscard]] std::size_t frameCount() const { return m_frameCount; }

    /// Visits the parts in [offset, offset + length) of one direction of a stream, ascending. Logarithmic, and linear in what is visited.
    template <typename Visit> void forEachIn(Direction direction, std::uint64_t streamId, std::uint64_t offset, std::uint64_t length, Visit visit) const
    {
        const auto it = m_streams[static_cast<std::size_t>(direction)].find(streamId);
        if (it == m_streams[static_cast<std::size_t>(direction)].end())
            return;
        const Stream& stream = it->second;
        const std::uint64_t limit = offset + std::min(length, UINT64_MAX - offset);
        const auto part = [&](std::uint64_t first, std::uint64_t bytes, Http3Piece piece) {
            piece.offset = std::max(first, offset);
            const std::uint64_t end = std::min(first + bytes, limit);
            piece.length = end - std::min(end, piece.offset);
            if (piece.length > 0)
                visit(piece);
        };
        part(0, stream.preambleBytes, {0, 0, "stream_type", true, true});
        for (std::size_t i = firstEndingAfter(stream, offset); i < stream.frames.size() && stream.frames[i].offset < limit; ++i) {
            const Frame& frame = stream.frames[i];
            const std::string_view kind = m_kinds[frame.kind];
            part(frame.offset, frame.headerBytes, {0, 0, kind, true, frame.isInferred});
            part(frame.offset + frame.headerBytes, frame.payloadBytes, {0, 0, kind, false, frame.isInferred});
        }
    }

private:
    struct Frame {
        std::uint64_t offset = 0;
        std::uint64_t payloadBytes = 0;
        std::uint16_t kind = 0;
        std::uint8_t headerBytes = 0;
        bool isInferred = false;
    };
    struct Stream {
        std::vector<Frame> frames;
        std::uint64_t end = 0;
        std::uint8_t preambleBytes = 0;
        bool isInferred = false;
        bool isLost = false; ///< the length of a frame is not known
    };
    [[nodiscard]] static std::size_t firstEndingAfter(const Stream& stream, std::uint64_t offset);
    [[nodiscard]] std::uint16_t kindOf(const std::string& name);

    std::array<std::map<std::uint64_t, Stream>, 2> m_streams; ///< by direction and id
    std::vector<std::string> m_kinds;
    std::size_t m_frameCount = 0;
};

} // namespace qlogscope
