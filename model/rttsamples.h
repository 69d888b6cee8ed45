// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/series.h"
#include "model/trace.h"

#include <vector>

namespace qlogscope {

/// RTT samples of the sent packets, in nanoseconds at the row of the ACK (RFC 9002, section 5.1): the ACK acknowledges the largest
/// packet it covers for the first time, and that or another one it newly acknowledges is ack-eliciting. The sample is the time from
/// the sending of that packet; ack_delay is not subtracted. A packet whose frames are not logged counts as ack-eliciting. An ACK that
/// the log puts before its packet gives no sample. Fed in the order of time. UI thread.
class RttSamples
{
public:
    /// @param trace must outlive this
    explicit RttSamples(const Trace& trace)
        : m_trace(trace)
        , m_samples(&trace.events())
    {
    }

    [[nodiscard]] const Series& samples() const { return m_samples; }
    [[nodiscard]] std::size_t memoryBytes() const { return m_samples.memoryBytes(); }

    // See TimeWalk::Visitor.
    void acked(PacketId sentPacket);
    /// Where the row gives samples, calls @p visit with each as well: (nanoseconds).
    template <typename Visitor> void rowEnd(RowId row, Visitor visit)
    {
        for (const News& news : m_news) {
            const std::int64_t sample = sampleOf(news, row);
            if (sample < 0)
                continue;
            m_samples.append(row, sample);
            visit(sample);
        }
        m_news.clear();
    }

private:
    /// What a row acknowledges for the first time of one packet-number space and path.
    struct News {
        std::uint32_t pathId = 0;
        PacketNumberSpace space = PacketNumberSpace::None;
        PacketId largest; ///< none if the largest packet of the ACK is not news
        bool isEliciting = false;
    };
    /// Negative if there is none.
    [[nodiscard]] std::int64_t sampleOf(const News& news, RowId row) const;

    const Trace& m_trace;
    Series m_samples;
    std::vector<News> m_news; ///< of the row being told
};

} // namespace qlogscope
