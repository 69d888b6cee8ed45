// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/packetrecord.h"

#include "importers/framefields.h"
#include "importers/jsonvalue.h"
#include "importers/packetfields.h"
#include "importers/packetsizes.h"

#include <utility>

namespace qlogscope {

namespace {

using Value = NlohmannValue;

FrameSize measuredFrame(const Value& frame, const TraceHeader& header)
{
    FrameFields<Value> fields;
    readFrameFields(frame, &fields);
    const std::optional<Value>& name = fields.type ? fields.type : fields.kindOnly;
    std::vector<Interval> ranges;
    if (fields.ranges)
        readAckRanges(*fields.ranges, &ranges);
    return frameSizeOf(frame, fields, frameKindIn(fields, name ? toText(*name) : std::string_view()), header, ranges);
}

/// A single frame may stand without its array.
std::vector<FrameSize> measuredFrames(const Value& frames, const TraceHeader& header)
{
    std::vector<FrameSize> sizes;
    if (frames.isObject())
        sizes.push_back(measuredFrame(frames, header));
    else if (frames.isArray())
        frames.forEachElement([&](const Value& frame) {
            if (frame.isObject() && sizes.size() < mostFrames)
                sizes.push_back(measuredFrame(frame, header));
        });
    return sizes;
}

} // namespace

PacketLayout packetLayoutOf(const nlohmann::json& data, const TraceHeader& header, const PacketFact& packet)
{
    const bool isInferred = (packet.flags & (PacketSizeInferred | PacketSizeMissing)) != 0;
    const PacketFields<Value> fields = data.is_object() ? packetFieldsOf(Value(data)) : PacketFields<Value>();
    const PacketShape shape = packetShapeOf(fields, packet, header);
    PacketLayout layout = layoutOf(shape, fields.frames ? measuredFrames(*fields.frames, header) : std::vector<FrameSize>());
    layout.isSizeInferred = isInferred;
    return layout;
}

} // namespace qlogscope
