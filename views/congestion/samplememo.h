// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/barseries.h"
#include "model/series.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

namespace qlogscope {

/// What pixel columns showed of each series when they were sampled last: while the range moves, only columns that come into sight are
/// sampled. Works with steady edges (ColumnEdges::steady()); what is not asked for between two
/// calls of sweep() is forgotten. UI thread.
class SampleMemo
{
public:
    /// What `series` shows. @param sample samples the columns that it is given the edges of
    template <typename Sampled, typename Sample>
    [[nodiscard]] auto sample(const Sampled& series, const ColumnEdges& edges, Sample sample) -> decltype(sample(edges))
    {
        using Bucket = typename decltype(sample(edges))::value_type;
        if (!edges.grid)
            return sample(edges);
        Entry<Bucket>& entry = entriesOf(Bucket())[{kindOf<Sampled>(), series.identity()}];
        entry.isWanted = true;
        const auto columns = static_cast<std::int64_t>(edges.columns());
        const std::int64_t moved = edges.grid->first - entry.grid.first; // by so many columns
        // the first and the last column end where the range ends, then and now
        const std::int64_t begin = std::clamp<std::int64_t>(1 - moved, 1, columns);
        const std::int64_t end = std::clamp<std::int64_t>(columns - 1 - moved, 0, columns - 1);
        const bool isOfThis = entry.size == series.size() && entry.grid.lengthNs == edges.grid->lengthNs && entry.grid.columns == edges.grid->columns;
        if (!isOfThis || end - begin < columns / 4) {
            entry.buckets = sample(edges);
        } else {
            auto buckets = sample(edges.part(0, static_cast<std::size_t>(begin)));
            buckets.insert(buckets.end(), entry.buckets.begin() + begin + moved, entry.buckets.begin() + end + moved);
            const auto after = sample(edges.part(static_cast<std::size_t>(end), edges.columns()));
            buckets.insert(buckets.end(), after.begin(), after.end());
            entry.buckets = std::move(buckets);
        }
        entry.grid = *edges.grid;
        entry.size = series.size();
        return entry.buckets;
    }
    void sweep()
    {
        sweep(&m_values);
        sweep(&m_bars);
    }

private:
    template <typename Bucket> struct Entry {
        ColumnEdges::Grid grid;
        std::size_t size = 0; ///< of the series
        std::vector<Bucket> buckets;
        bool isWanted = false;
    };
    using Key = std::pair<const void*, std::uint64_t>; ///< kind of series, identity()
    template <typename Bucket> using Entries = std::map<Key, Entry<Bucket>>;

    /// One address a type.
    template <typename Sampled> [[nodiscard]] static const void* kindOf()
    {
        static const char kind = 0;
        return &kind;
    }
    [[nodiscard]] Entries<Series::Bucket>& entriesOf(const Series::Bucket&) { return m_values; }
    [[nodiscard]] Entries<BarBucket>& entriesOf(const BarBucket&) { return m_bars; }
    template <typename Bucket> static void sweep(Entries<Bucket>* entries)
    {
        for (auto each = entries->begin(); each != entries->end();)
            each = std::exchange(each->second.isWanted, false) ? std::next(each) : entries->erase(each);
    }

    Entries<Series::Bucket> m_values;
    Entries<BarBucket> m_bars;
};

} // namespace qlogscope
