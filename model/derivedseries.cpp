// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/derivedseries.h"

#include <optional>

namespace qlogscope {

class DerivedSeries::Parts : public TimeWalk::Visitor
{
public:
    explicit Parts(const Trace& trace)
        : m_trace(trace)
    {
        begin();
    }

    void restart() override { begin(); }
    void parameter(const ParameterFact& parameter) override { all->flowControl.parameter(parameter); }
    void packet(Direction direction, PacketId packet) override
    {
        all->rates.packet(direction, packet);
        all->flight.packet(direction, packet);
        all->limitedBy.packet(direction, packet);
    }
    void acked(Direction direction, PacketId packet) override
    {
        if (direction != Direction::Sent)
            return;
        all->rtt.acked(packet);
        all->rates.acked(packet);
        all->flight.acked(packet);
        all->limitedBy.left(packet);
    }
    void lost(PacketId packet) override
    {
        all->flight.lost(packet);
        all->limitedBy.left(packet);
    }
    void limit(std::size_t index) override
    {
        all->flowControl.limit(index);
        all->limitedBy.limit(index);
    }
    void streamRange(std::size_t index) override
    {
        all->flowControl.streamRange(index);
        all->rates.streamRange(index);
        all->limitedBy.streamRange(index);
    }
    void metric(MetricKind kind, std::int64_t value) override { all->limitedBy.metric(kind, value); }
    void rowEnd(RowId row) override
    {
        all->flowControl.rowEnd(row);
        all->rates.rowEnd(row);
        all->rtt.rowEnd(row, [&](std::int64_t sample) { all->flight.sample(sample, row); });
        all->flight.rowEnd(row);
        all->limitedBy.rowEnd(row);
    }

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
    std::optional<All> all;

private:
    void begin() { all.emplace(m_trace); }

    const Trace& m_trace;
};

DerivedSeries::DerivedSeries(const Trace& trace)
    : m_walk(trace)
    , m_parts(std::make_unique<Parts>(trace))
{
}

DerivedSeries::~DerivedSeries() = default;

bool DerivedSeries::advance(std::size_t facts) { return m_walk.advance(facts, m_parts.get()); }
const FlowControl& DerivedSeries::flowControl() const { return m_parts->all->flowControl; }
const RttSamples& DerivedSeries::rtt() const { return m_parts->all->rtt; }
const TransferRates& DerivedSeries::rates() const { return m_parts->all->rates; }
const FlightEstimate& DerivedSeries::flight() const { return m_parts->all->flight; }
const LimitedBy& DerivedSeries::limitedBy() const { return m_parts->all->limitedBy; }

std::size_t DerivedSeries::memoryBytes() const
{
    const Parts::All& all = *m_parts->all;
    return m_walk.memoryBytes() + all.flowControl.memoryBytes() + all.rtt.memoryBytes() + all.rates.memoryBytes()
        + all.flight.memoryBytes() + all.limitedBy.memoryBytes();
}

} // namespace qlogscope
