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
    void packet(Direction direction, PacketId packet) override { all->rates.packet(direction, packet); }
    void acked(Direction direction, PacketId packet) override
    {
        if (direction != Direction::Sent)
            return;
        all->rtt.acked(packet);
        all->rates.acked(packet);
    }
    void lost(PacketId) override { }
    void limit(std::size_t index) override { all->flowControl.limit(index); }
    void streamRange(std::size_t index) override
    {
        all->flowControl.streamRange(index);
        all->rates.streamRange(index);
    }
    void metric(MetricKind, std::int64_t) override { }
    void rowEnd(RowId row) override
    {
        all->flowControl.rowEnd(row);
        all->rtt.rowEnd(row, [](std::int64_t) {});
        all->rates.rowEnd(row);
    }

    struct All {
        explicit All(const Trace& trace)
            : flowControl(trace)
            , rtt(trace)
            , rates(trace)
        {
        }
        FlowControl flowControl;
        RttSamples rtt;
        TransferRates rates;
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

std::size_t DerivedSeries::memoryBytes() const
{
    const Parts::All& all = *m_parts->all;
    return m_walk.memoryBytes() + all.flowControl.memoryBytes() + all.rtt.memoryBytes() + all.rates.memoryBytes();
}

} // namespace qlogscope
