// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/orderedseries.h"
#include "model/series.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <unordered_map>
#include <vector>

namespace qlogscope {

/// By how much a row changes a value: 6 bytes. A change that does not fit is kept apart.
struct ValueChange {
    static constexpr std::int16_t elsewhere = std::numeric_limits<std::int16_t>::min();
    std::uint16_t rowLow = 0;
    std::uint16_t rowHigh = 0;
    std::int16_t change = elsewhere;

    ValueChange() = default;
    ValueChange(RowId atRow, std::int16_t by)
        : rowLow(static_cast<std::uint16_t>(atRow.value))
        , rowHigh(static_cast<std::uint16_t>(atRow.value >> 16))
        , change(by)
    {
    }
    [[nodiscard]] RowId row() const { return RowId(static_cast<std::uint32_t>(rowHigh) << 16 | rowLow); }
};

/// What a run of changes makes of the value before it: how far it ends from it, and how low and high it is after each.
struct ChangeNode {
    std::int64_t sum = 0;
    std::int64_t low = std::numeric_limits<std::int64_t>::max(); ///< above high while there is no change
    std::int64_t high = std::numeric_limits<std::int64_t>::min();
    void merge(const ChangeNode& next)
    {
        if (next.low > next.high)
            return;
        low = std::min(low, sum + next.low);
        high = std::max(high, sum + next.high);
        sum += next.sum;
    }
};

struct ValueChangeTraits {
    using Item = ValueChange;
    using Node = ChangeNode;
    static constexpr std::size_t fanOut = 64; // a node is as large as four items
    using WideChanges = std::unordered_map<std::uint32_t, std::int64_t>; ///< by row
    const WideChanges* wide = nullptr;
    [[nodiscard]] static RowId rowOf(const Item& item) { return item.row(); }
    [[nodiscard]] std::int64_t changeOf(const Item& item) const
    {
        return item.change != ValueChange::elsewhere ? item.change : wide->at(item.row().value);
    }
    void addTo(std::span<const Item> items, Node* node) const
    {
        for (const Item& item : items) {
            const std::int64_t change = changeOf(item);
            node->merge({change, change, change});
        }
    }
};

/// A step function of time that begins at 0, kept as its changes: what was counted so far, or is outstanding. About 6.5 bytes a
/// change; the value at a time and the sum over a range are found in O(log n). Values must stay within 63 bits. UI thread.
class DeltaSeries
{
public:
    explicit DeltaSeries(const EventStore* store)
        : m_wide(std::make_unique<ValueChangeTraits::WideChanges>())
        , m_changes(store, ValueChangeTraits{m_wide.get()})
    {
    }

    /// Rows may come in any order, each once.
    void append(RowId row, std::int64_t change);

    [[nodiscard]] std::size_t size() const { return m_changes.size(); }
    [[nodiscard]] bool empty() const { return m_changes.empty(); }
    [[nodiscard]] std::uint64_t identity() const { return m_changes.identity(); } ///< see OrderedSeries
    [[nodiscard]] RowId row(std::size_t index) const { return m_changes.row(index); }
    [[nodiscard]] std::int64_t timeNs(std::size_t index) const { return m_changes.timeNs(index); }
    [[nodiscard]] std::int64_t change(std::size_t index) const { return m_changes.traits().changeOf(m_changes[index]); }
    /// Index of the first change at or after the time.
    [[nodiscard]] std::size_t lowerBound(std::int64_t timeNs) const { return m_changes.lowerBound(timeNs); }
    /// The value after the changes before an index.
    [[nodiscard]] std::int64_t valueBefore(std::size_t index) const { return m_changes.merged(0, index).sum; }
    /// The value in force at the time: changes at the time count.
    [[nodiscard]] std::int64_t valueAt(std::int64_t timeNs) const;
    /// By how much the value changes in [begin, end) of time.
    [[nodiscard]] std::int64_t sumIn(TimeRange range) const;
    /// Extremes of the value in [begin, end) of time, with the value carried in from before.
    [[nodiscard]] MinMax extremesIn(TimeRange range) const;
    /// What each pixel column shows of the value; one bucket a column, empty ones have count 0.
    [[nodiscard]] std::vector<Series::Bucket> sample(const ColumnEdges& edges) const;
    [[nodiscard]] std::size_t memoryBytes() const { return m_changes.memoryBytes() + m_wide->size() * wideBytes; }

private:
    static constexpr std::size_t wideBytes = 40; // of a node of the map
    std::unique_ptr<ValueChangeTraits::WideChanges> m_wide; // stays where it is
    OrderedSeries<ValueChangeTraits> m_changes;
};

} // namespace qlogscope
