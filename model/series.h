// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/orderedseries.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace qlogscope {

/// A value that a row sets: 12 bytes. Bytes, nanoseconds, bit/s or a count, by what the series is of.
struct SeriesSample {
    RowId row;
    std::uint32_t low = 0;
    std::int32_t high = 0;

    SeriesSample() = default;
    SeriesSample(RowId atRow, std::int64_t value)
        : row(atRow)
        , low(static_cast<std::uint32_t>(static_cast<std::uint64_t>(value)))
        , high(static_cast<std::int32_t>(value >> 32))
    {
    }
    [[nodiscard]] std::int64_t value() const
    {
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(static_cast<std::uint32_t>(high)) << 32 | low);
    }
};

struct MinMax {
    std::int64_t min = std::numeric_limits<std::int64_t>::max();
    std::int64_t max = std::numeric_limits<std::int64_t>::min();
    void merge(const MinMax& other)
    {
        min = std::min(min, other.min);
        max = std::max(max, other.max);
    }
};

struct SeriesTraits {
    using Item = SeriesSample;
    using Node = MinMax;
    static constexpr std::size_t fanOut = 32; // a node is little larger than an item
    [[nodiscard]] static RowId rowOf(const Item& item) { return item.row; }
    static void addTo(std::span<const Item> items, Node* node)
    {
        for (const Item& item : items)
            node->merge({item.value(), item.value()});
    }
};

/// A step function of time (a logged metric): each sample holds until the next. UI thread.
class Series
{
public:
    explicit Series(const EventStore* store)
        : m_samples(store, {})
    {
    }

    void append(RowId row, std::int64_t value);

    [[nodiscard]] std::size_t size() const { return m_samples.size(); }
    [[nodiscard]] bool empty() const { return m_samples.empty(); }
    [[nodiscard]] std::uint64_t identity() const { return m_samples.identity(); } ///< see OrderedSeries
    [[nodiscard]] RowId row(std::size_t index) const { return m_samples.row(index); }
    [[nodiscard]] std::int64_t timeNs(std::size_t index) const { return m_samples.timeNs(index); }
    [[nodiscard]] std::int64_t value(std::size_t index) const { return m_samples[index].value(); }
    /// Index of the first sample at or after the time.
    [[nodiscard]] std::size_t lowerBound(std::int64_t timeNs) const { return m_samples.lowerBound(timeNs); }
    /// Call before reading samples by index after appends.
    void ensureSorted() const { m_samples.ensureSorted(); }
    /// The value in force at the time (the last one at or before it).
    [[nodiscard]] std::optional<std::int64_t> valueAt(std::int64_t timeNs) const;
    /// Smallest and largest value ever logged; min > max if there is none.
    [[nodiscard]] MinMax extremes() const { return m_extremes; }

    /// What one pixel column shows: true min and max of the samples in it, the first and last of them, and how many.
    struct Bucket {
        std::int64_t first = 0;
        std::int64_t last = 0;
        MinMax range;
        std::size_t count = 0;
        std::size_t firstIndex = 0;
    };
    /// One bucket a column; empty ones have count 0.
    [[nodiscard]] std::vector<Bucket> sample(const ColumnEdges& edges) const;
    /// Extremes of the samples in [begin, end) of time, with the value carried in from before.
    [[nodiscard]] MinMax extremesIn(TimeRange range) const;
    [[nodiscard]] std::size_t memoryBytes() const { return m_samples.memoryBytes(); }

private:
    OrderedSeries<SeriesTraits> m_samples;
    MinMax m_extremes;
};

} // namespace qlogscope
