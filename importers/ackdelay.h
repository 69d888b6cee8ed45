// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/timebase.h"
#include "model/traceheader.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace qlogscope {

/// A logged ack_delay in nanoseconds. Writers log it in the time unit of the trace, except (dialects 3.3, 8.3): quiche and neqo log
/// the value of the wire in thousandths, without the exponent (quiche of 2020, draft-02-wip, the value itself); picoquic and quant
/// the value of the wire; mvfst microseconds.
/// @param exponent ack_delay_exponent of the side that sent the ACK
[[nodiscard]] inline double ackDelayNs(double logged, const TraceHeader& header, std::uint64_t exponent)
{
    const double unitNs = header.unit == TimeUnit::Microseconds ? 1e3 : 1e6;
    const auto scale = static_cast<double>(std::uint64_t{1} << std::min<std::uint64_t>(exponent, 20)); // RFC 9000: at most 20
    switch (header.writer) {
    case Writer::Quiche:
        return logged * scale * (header.qlogVersion.starts_with("draft-") ? 1e3 : unitNs);
    case Writer::Neqo:
        return logged * scale * unitNs;
    case Writer::Picoquic:
    case Writer::Quant:
        return logged * scale * 1e3;
    case Writer::Mvfst:
        return logged * 1e3;
    default:
        return logged * unitNs;
    }
}

/// As microseconds; the largest number for what does not fit.
[[nodiscard]] inline std::uint32_t wholeMicroseconds(double ns)
{
    return ns < 4294967295e3 ? static_cast<std::uint32_t>(std::llround(ns / 1e3)) : UINT32_MAX;
}

} // namespace qlogscope
