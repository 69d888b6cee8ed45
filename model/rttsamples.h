// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/series.h"
#include "model/trace.h"

#include <map>
#include <utility>
#include <vector>

namespace qlogscope {

/// Finds the RTT samples that an ACK gives (RFC 9002, section 5.1): it acknowledges the largest packet it covers for the first time, and
/// that or another one it newly acknowledges is ack-eliciting. The sample is the time from the sending of that packet; ack_delay is
/// not subtracted. A packet whose frames are not logged counts as ack-eliciting. An ACK that the log puts before its packet gives
/// no sample. UI thread.
class RttSampler
{
public:
    /// @param trace must outlive this
    explicit RttSampler(const Trace& trace)
        : m_trace(trace)
    {
    }

    /// A sent packet that a row acknowledges for the first time.
    void acked(PacketId sentPacket);
    /// After the last one of the row: calls @p visit with each sample in nanoseconds and its path id, by path and packet-number space.
    template <typename Visitor> void rowEnd(RowId row, Visitor visit)
    {
        if (m_news.empty())
            return;
        for (const auto& [key, news] : m_news) {
            if (const std::int64_t sample = sampleOf(news, row); sample >= 0)
                visit(sample, key.first);
        }
        m_news.clear();
        m_last = nullptr;
    }

private:
    using Key = std::pair<std::uint32_t, PacketNumberSpace>; ///< multipath path id and space
    struct News {
        PacketId largest; ///< none if the largest packet of the ACK is not news
        bool isEliciting = false;
    };
    /// Negative if there is none.
    [[nodiscard]] std::int64_t sampleOf(const News& news, RowId row) const;

    const Trace& m_trace;
    std::map<Key, News> m_news; ///< of the row being told
    Key m_lastKey;
    News* m_last = nullptr; ///< of the last packet
};

/// All RTT samples of the sent packets, in nanoseconds at the row of the ACK. Fed in the order of time. UI thread.
class RttSamples
{
public:
    /// @param trace must outlive this
    explicit RttSamples(const Trace& trace)
        : m_sampler(trace)
        , m_samples(&trace.events())
        , m_store(&trace.events())
    {
    }

    /// Of all paths.
    [[nodiscard]] const Series& samples() const { return m_samples; }
    /// Of each multipath path, by id; empty unless there are several.
    [[nodiscard]] const std::vector<Trace::PathSeries>& paths() const { return m_paths; }
    [[nodiscard]] std::size_t memoryBytes() const;

    // See TimeWalk::Visitor.
    void acked(PacketId sentPacket) { m_sampler.acked(sentPacket); }
    /// Calls @p visit with each sample of the row as well.
    template <typename Visitor> void rowEnd(RowId row, Visitor visit)
    {
        m_sampler.rowEnd(row, [&](std::int64_t sample, std::uint32_t pathId) {
            add(row, sample, pathId);
            visit(sample);
        });
    }

private:
    void add(RowId row, std::int64_t sample, std::uint32_t pathId);
    [[nodiscard]] Series& seriesOf(std::uint32_t pathId);

    RttSampler m_sampler;
    Series m_samples;
    const EventStore* m_store;
    std::uint32_t m_firstPath = 0; ///< while it is the only one
    std::vector<Trace::PathSeries> m_paths;
};

} // namespace qlogscope
