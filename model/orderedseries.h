// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/column.h"
#include "model/columnedges.h"
#include "model/eventstore.h"
#include "model/gallop.h"
#include "model/timerange.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace qlogscope {

/// Items in time order, each with the time of its row, under a pyramid of summaries, extended as items arrive. Times are not
/// stored, but for one a node of the lowest level: they are read from the event store. Items that arrive with an earlier time
/// than the last are put in their place (near the end at once, far from it by a sort at the next query). UI thread.
///
/// Traits: `Item`; `Node`, of nothing when made, with `void merge(const Node&)`; `fanOut`, the items of a node of the lowest level;
/// `RowId rowOf(const Item&)`; `void addTo(std::span<const Item>, Node*)`; where the row lies elsewhere, `void prefetch(const Item&)` of it.
template <typename Traits> class OrderedSeries
{
public:
    using Item = typename Traits::Item;
    using Node = typename Traits::Node;

    OrderedSeries(const EventStore* store, Traits traits)
        : m_store(store)
        , m_traits(traits)
    {
    }
    OrderedSeries(OrderedSeries&&) = default;
    OrderedSeries& operator=(OrderedSeries&&) = default;

    [[nodiscard]] std::size_t size() const { return m_items.size(); }
    [[nodiscard]] bool empty() const { return m_items.empty(); }
    [[nodiscard]] const Item& operator[](std::size_t index) const { return m_items[index]; }
    [[nodiscard]] RowId row(std::size_t index) const { return m_traits.rowOf(m_items[index]); }
    [[nodiscard]] std::int64_t timeNs(std::size_t index) const { return m_store->timeNs(row(index)); }
    [[nodiscard]] const Traits& traits() const { return m_traits; }
    /// No other series of the same traits ever has the same: with the size it tells whether a series is still as it was.
    [[nodiscard]] std::uint64_t identity() const { return m_identity; }

    void append(const Item& item)
    {
        const std::int64_t time = m_store->timeNs(m_traits.rowOf(item));
        m_items.push_back(item);
        std::size_t position = m_items.size() - 1;
        if (m_isUnsorted)
            return;
        constexpr std::size_t shiftLimit = 512;
        while (position > 0 && timeNs(position - 1) > time) {
            if (m_items.size() - position > shiftLimit) {
                m_isUnsorted = true; // the sort at the next query restores time order, ties in order of rows
                m_items[position] = item;
                return;
            }
            m_items[position] = m_items[position - 1];
            --position;
        }
        m_items[position] = item;
        if (position + 1 < m_items.size() || m_items.size() % fanOut == 0)
            summarizeFrom(position);
    }

    /// As append(), for items that are known to be in order and not earlier than the last one: their times are not looked at.
    void appendInOrder(std::span<const Item> items)
    {
        const std::size_t before = m_items.size();
        m_items.append(items);
        if (m_items.size() / fanOut > before / fanOut && !m_isUnsorted)
            summarizeFrom(before);
    }
    void appendInOrder(const Item& item) { appendInOrder(std::span(&item, 1)); }

    /// Index of the first item with time >= timeNs.
    [[nodiscard]] std::size_t lowerBound(std::int64_t time, std::size_t from = 0) const
    {
        ensureSorted();
        return searchNode(nodeAt(time, from / fanOut), from, [this, time](std::size_t index) { return timeNs(index) < time; });
    }
    /// lowerBound() of all edges. Each column's items lie elsewhere in memory: they are fetched before they are compared.
    [[nodiscard]] std::vector<std::size_t> lowerBounds(const ColumnEdges& edges) const
    {
        ensureSorted();
        std::vector<std::size_t> bounds;
        bounds.reserve(edges.times.size());
        std::size_t node = 0;
        std::size_t gap = 0;
        for (const std::int64_t time : edges.times) {
            const std::size_t before = std::exchange(node, nodeAt(time, node, gap));
            gap = node - before;
            m_items.prefetch(node * fanOut, std::min(node * fanOut + fanOut, m_items.size()));
            bounds.push_back(node);
        }
        if constexpr (requires { m_traits.prefetch(std::declval<Item>()); }) {
            for (const std::size_t each : bounds)
                prefetchRows(each);
        }
        std::size_t from = 0;
        for (std::size_t edge = 0; edge < bounds.size(); ++edge)
            from = bounds[edge] = searchNode(bounds[edge], from, edges, edge);
        return bounds;
    }

    /// What the items [begin, end) are together.
    [[nodiscard]] Node merged(std::size_t begin, std::size_t end) const
    {
        ensureSorted();
        Node result;
        const auto addItems = [&](std::span<const Item> items) { m_traits.addTo(items, &result); };
        const std::size_t wholeBegin = (begin + fanOut - 1) / fanOut;
        const std::size_t wholeEnd = m_levels.empty() ? 0 : std::min(end / fanOut, m_levels.front().size());
        if (wholeBegin >= wholeEnd) {
            m_items.forEachRun(begin, end, addItems);
            return result;
        }
        m_items.forEachRun(begin, wholeBegin * fanOut, addItems);
        mergeNodes(0, wholeBegin, wholeEnd, &result);
        m_items.forEachRun(wholeEnd * fanOut, end, addItems);
        return result;
    }

    /// Visits the items [begin, end) in order, as std::span<const Item>.
    template <typename Visit> void forEachRun(std::size_t begin, std::size_t end, Visit visit) const
    {
        ensureSorted();
        m_items.forEachRun(begin, end, visit);
    }
    /// Call before reading items by index after appends.
    void ensureSorted() const
    {
        if (m_isUnsorted)
            const_cast<OrderedSeries*>(this)->sort();
    }
    [[nodiscard]] std::size_t memoryBytes() const
    {
        std::size_t bytes = m_items.memoryBytes() + m_lastTimes.memoryBytes();
        for (const Column<Node>& level : m_levels)
            bytes += level.memoryBytes();
        return bytes;
    }

private:
    static constexpr std::size_t fanOut = Traits::fanOut;
    static constexpr std::size_t nodeFanOut = 8; // of the levels above: few nodes stand beside whole ones in any stretch

    /// The node of the lowest level that has the first item at or after a time, or a later one that is not whole; not before @p from.
    [[nodiscard]] std::size_t nodeAt(std::int64_t time, std::size_t from, std::size_t guess = 0) const
    {
        return gallop(from, m_lastTimes.size(), guess, [&](std::size_t node) { return m_lastTimes[node] < time; });
    }
    /// Of items whose rows lie elsewhere: says that they will be read soon.
    void prefetchRows(std::size_t node) const
    {
        constexpr std::size_t step = 16; // rows in a cache line: neighbours have neighbouring rows
        for (std::size_t i = node * fanOut; i < std::min(node * fanOut + fanOut, m_items.size()); i += step)
            m_traits.prefetch(m_items[i]);
    }
    /// With known rows no time of an item is read.
    [[nodiscard]] std::size_t searchNode(std::size_t node, std::size_t from, const ColumnEdges& edges, std::size_t edge) const
    {
        if (edges.rows.empty())
            return searchNode(node, from, [this, time = edges.times[edge]](std::size_t index) { return timeNs(index) < time; });
        return searchNode(node, from, [this, first = edges.rows[edge]](std::size_t index) { return row(index) < first; });
    }
    /// The first item of a node, from @p from on, that is not before; the one after the node if all are.
    template <typename IsBefore> std::size_t searchNode(std::size_t node, std::size_t from, IsBefore isBefore) const
    {
        std::size_t low = std::max(from, node * fanOut);
        std::size_t count = std::max(low, std::min(node * fanOut + fanOut, m_items.size())) - low;
        while (count > 0) { // chosen, not jumped: no processor foresees these
            const std::size_t half = count / 2;
            const bool before = isBefore(low + half);
            low = before ? low + half + 1 : low;
            count = before ? count - half - 1 : half;
        }
        return low;
    }

    void mergeNodes(std::size_t level, std::size_t begin, std::size_t end, Node* result) const
    {
        const auto merge = [result](std::span<const Node> nodes) {
            for (const Node& node : nodes)
                result->merge(node);
        };
        const std::size_t wholeBegin = (begin + nodeFanOut - 1) / nodeFanOut;
        const std::size_t wholeEnd = level + 1 < m_levels.size() ? std::min(end / nodeFanOut, m_levels[level + 1].size()) : 0;
        if (wholeBegin >= wholeEnd) {
            m_levels[level].forEachRun(begin, end, merge);
            return;
        }
        m_levels[level].forEachRun(begin, wholeBegin * nodeFanOut, merge);
        mergeNodes(level + 1, wholeBegin, wholeEnd, result);
        m_levels[level].forEachRun(wholeEnd * nodeFanOut, end, merge);
    }

    void sort()
    {
        m_isUnsorted = false;
        std::vector<Item> items;
        items.reserve(m_items.size());
        for (std::size_t i = 0; i < m_items.size(); ++i)
            items.push_back(m_items[i]);
        std::stable_sort(items.begin(), items.end(), [this](const Item& a, const Item& b) {
            const RowId rowA = m_traits.rowOf(a);
            const RowId rowB = m_traits.rowOf(b);
            const std::int64_t timeA = m_store->timeNs(rowA);
            const std::int64_t timeB = m_store->timeNs(rowB);
            return timeA != timeB ? timeA < timeB : rowA < rowB;
        });
        for (std::size_t i = 0; i < items.size(); ++i)
            m_items[i] = items[i];
        m_levels.clear();
        summarizeFrom(0);
    }

    /// Makes all full nodes that cover items from @p position on. Only full nodes exist, and each is made once from its children.
    void summarizeFrom(std::size_t position)
    {
        if (m_lastTimes.size() > position / fanOut)
            m_lastTimes.truncate(position / fanOut);
        while ((m_lastTimes.size() + 1) * fanOut <= m_items.size())
            m_lastTimes.push_back(timeNs((m_lastTimes.size() + 1) * fanOut - 1));
        std::size_t width = fanOut;
        for (std::size_t level = 0; width <= m_items.size(); ++level, width *= nodeFanOut) {
            if (level == m_levels.size())
                m_levels.emplace_back();
            Column<Node>& nodes = m_levels[level];
            if (nodes.size() > position / width)
                nodes.truncate(position / width);
            while ((nodes.size() + 1) * width <= m_items.size())
                nodes.push_back(makeNode(level, nodes.size()));
        }
    }

    [[nodiscard]] static std::uint64_t nextIdentity()
    {
        static std::atomic<std::uint64_t> last = 0;
        return ++last;
    }

    [[nodiscard]] Node makeNode(std::size_t level, std::size_t index) const
    {
        if (level > 0) {
            const std::size_t firstChild = index * nodeFanOut;
            Node node = m_levels[level - 1][firstChild];
            for (std::size_t child = firstChild + 1; child < firstChild + nodeFanOut; ++child)
                node.merge(m_levels[level - 1][child]);
            return node;
        }
        const std::size_t firstChild = index * fanOut;
        Node node;
        m_items.forEachRun(firstChild, firstChild + fanOut, [&](std::span<const Item> items) { m_traits.addTo(items, &node); });
        return node;
    }

    const EventStore* m_store;
    Traits m_traits;
    Column<Item> m_items;
    std::vector<Column<Node>> m_levels;
    Column<std::int64_t> m_lastTimes; // of the last item of each node of the lowest level
    std::uint64_t m_identity = nextIdentity();
    bool m_isUnsorted = false;
};

} // namespace qlogscope
