// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>

namespace qlogscope {

inline constexpr std::int64_t timerGranularityNs = 1'000'000; ///< kGranularity (RFC 9002, section 6.1.2)

/// The RTT estimator of RFC 9002, section 5.3, fed with samples from which ack_delay is not subtracted. Nanoseconds.
class RttEstimator
{
public:
    void add(std::int64_t sampleNs, std::int64_t timeNs);
    [[nodiscard]] bool hasSample() const { return m_count > 0; }
    [[nodiscard]] std::uint64_t count() const { return m_count; }
    [[nodiscard]] std::int64_t firstSampleTimeNs() const { return m_firstTimeNs; }
    [[nodiscard]] std::int64_t smoothedNs() const { return m_smoothedNs; }
    /// Without backoff (RFC 9002, section 6.2.1); about a second before the first sample.
    [[nodiscard]] std::int64_t ptoNs(std::int64_t maxAckDelayNs) const;
    /// How much older than an acknowledged packet one is when it counts as lost (RFC 9002, section 6.1.2).
    [[nodiscard]] std::int64_t lossDelayNs() const
    {
        return hasSample() ? std::max(std::max(m_smoothedNs, m_latestNs) / 8 * 9, timerGranularityNs) : initialNs / 8 * 9;
    }

private:
    static constexpr std::int64_t initialNs = 333'000'000; // kInitialRtt
    std::uint64_t m_count = 0;
    std::int64_t m_firstTimeNs = 0;
    std::int64_t m_latestNs = 0;
    std::int64_t m_smoothedNs = 0;
    std::int64_t m_varianceNs = 0;
};

} // namespace qlogscope
