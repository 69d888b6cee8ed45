// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/flightestimate.h"
#include "model/flowcontrol.h"
#include "model/limitedby.h"
#include "model/rttsamples.h"
#include "model/timewalk.h"
#include "model/transferrates.h"

#include <cstddef>
#include <memory>

namespace qlogscope {

/// Everything about one trace that the congestion chart shows and that follows from the whole log, not from one record of it. Grows
/// with the trace: advance() takes what is new. UI thread.
class DerivedSeries
{
public:
    /// @param trace must outlive this
    explicit DerivedSeries(const Trace& trace);
    ~DerivedSeries();
    DerivedSeries(const DerivedSeries&) = delete;
    DerivedSeries& operator=(const DerivedSeries&) = delete;

    /// Takes about so many facts that the trace has and that were not taken yet; 100,000 are about 10 ms. After an append(), but
    /// before all is taken, what is here is that of the trace up to some time. Where the log turns out not to be in the order of time
    /// everything is computed anew, and what was there before stays until that is done. @return true if nothing is left
    bool advance(std::size_t facts = SIZE_MAX);

    // References are good until the next advance().
    [[nodiscard]] const FlowControl& flowControl() const;
    [[nodiscard]] const RttSamples& rtt() const;
    [[nodiscard]] const TransferRates& rates() const;
    [[nodiscard]] const FlightEstimate& flight() const;
    [[nodiscard]] const LimitedBy& limitedBy() const;
    [[nodiscard]] std::size_t memoryBytes() const;

private:
    class Parts;
    TimeWalk m_walk;
    std::unique_ptr<Parts> m_parts;
};

} // namespace qlogscope
