// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/derivedseries.h"

#include <utility>

namespace qlogscope {

class DerivedSeries::Parts : public TimeWalk::Visitor
{
public:
    struct All {
        explicit All(const Trace& trace)
            : flowControl(trace)
            , rtt(trace)
            , rates(trace)
            , flight(trace)
            , limitedBy(trace, flowControl, flight)
        {
        }
        FlowControl flowControl;
        RttSamples rtt;
        TransferRates rates;
        FlightEstimate flight;
        LimitedBy limitedBy;
    };

    explicit Parts(const Trace& trace)
        : m_trace(trace)
        , m_shown(std::make_unique<All>(trace))
        , m_all(m_shown.get())
    {
    }

    [[nodiscard]] const All& shown() const { return *m_shown; }
    [[nodiscard]] const All* building() const { return m_building.get(); }
    /// All facts were told: what was made anew takes the place of what was shown meanwhile.
    void finish()
    {
        if (m_building)
            m_shown = std::move(m_building);
    }

    void restart() override
    {
        m_building = std::make_unique<All>(m_trace);
        m_all = m_building.get();
    }
    void parameter(const ParameterFact& parameter) override { m_all->flowControl.parameter(parameter); }
    void packet(Direction direction, PacketId packet) override
    {
        m_all->rates.packet(direction, packet);
        m_all->flight.packet(direction, packet);
        m_all->limitedBy.packet(direction, packet);
    }
    void acked(Direction direction, PacketId packet) override
    {
        if (direction != Direction::Sent)
            return;
        m_all->rtt.acked(packet);
        m_all->rates.acked(packet);
        m_all->flight.acked(packet);
        m_all->limitedBy.left(packet);
    }
    void lost(PacketId packet) override
    {
        m_all->flight.lost(packet);
        m_all->limitedBy.left(packet);
    }
    void limit(std::size_t index) override
    {
        m_all->flowControl.limit(index);
        m_all->limitedBy.limit(index);
    }
    void streamRange(std::size_t index) override
    {
        m_all->flowControl.streamRange(index);
        m_all->rates.streamRange(index);
        m_all->limitedBy.streamRange(index);
    }
    void metric(MetricKind kind, std::int64_t value) override { m_all->limitedBy.metric(kind, value); }
    void rowEnd(RowId row) override
    {
        m_all->flowControl.rowEnd(row);
        m_all->rates.rowEnd(row);
        m_all->rtt.rowEnd(row, [&](std::int64_t sample) { m_all->flight.sample(sample, row); });
        m_all->flight.rowEnd(row);
        m_all->limitedBy.rowEnd(row);
    }

private:
    const Trace& m_trace;
    std::unique_ptr<All> m_shown;
    std::unique_ptr<All> m_building; ///< after a restart, until it has caught up
    All* m_all; ///< what is being told to
};

DerivedSeries::DerivedSeries(const Trace& trace)
    : m_walk(trace)
    , m_parts(std::make_unique<Parts>(trace))
{
}

DerivedSeries::~DerivedSeries() = default;

bool DerivedSeries::advance(std::size_t facts)
{
    const bool isDone = m_walk.advance(facts, m_parts.get());
    if (isDone)
        m_parts->finish();
    return isDone;
}

const FlowControl& DerivedSeries::flowControl() const { return m_parts->shown().flowControl; }
const RttSamples& DerivedSeries::rtt() const { return m_parts->shown().rtt; }
const TransferRates& DerivedSeries::rates() const { return m_parts->shown().rates; }
const FlightEstimate& DerivedSeries::flight() const { return m_parts->shown().flight; }
const LimitedBy& DerivedSeries::limitedBy() const { return m_parts->shown().limitedBy; }

std::size_t DerivedSeries::memoryBytes() const
{
    const auto bytesOf = [](const Parts::All& all) {
        return all.flowControl.memoryBytes() + all.rtt.memoryBytes() + all.rates.memoryBytes() + all.flight.memoryBytes()
            + all.limitedBy.memoryBytes();
    };
    return m_walk.memoryBytes() + bytesOf(m_parts->shown()) + (m_parts->building() != nullptr ? bytesOf(*m_parts->building()) : 0);
}

} // namespace qlogscope
