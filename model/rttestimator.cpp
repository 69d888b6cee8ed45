// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rttestimator.h"

namespace qlogscope {

void RttEstimator::add(std::int64_t sampleNs, std::int64_t timeNs)
{
    m_latestNs = sampleNs;
    if (m_count++ == 0) {
        m_firstTimeNs = timeNs;
        m_smoothedNs = sampleNs;
        m_varianceNs = sampleNs / 2;
        return;
    }
    const std::int64_t difference = sampleNs > m_smoothedNs ? sampleNs - m_smoothedNs : m_smoothedNs - sampleNs;
    m_varianceNs = m_varianceNs / 4 * 3 + difference / 4;
    m_smoothedNs = m_smoothedNs / 8 * 7 + sampleNs / 8;
}

std::int64_t RttEstimator::ptoNs(std::int64_t maxAckDelayNs) const
{
    return hasSample() ? m_smoothedNs + std::max(4 * m_varianceNs, timerGranularityNs) + maxAckDelayNs : 3 * initialNs;
}

} // namespace qlogscope
