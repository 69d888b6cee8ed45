// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/http3placement.h"

namespace qlogscope {

/// Reads an http3 frame_created or frame_parsed record, any spelling of dialects 3.5 and 3.7. Stateless; any thread.
class Http3RecordReader : public Http3FrameReader
{
public:
    [[nodiscard]] std::optional<Http3FrameRecord> http3Frame(std::string_view record, const TraceHeader& header) const override;
};

} // namespace qlogscope
