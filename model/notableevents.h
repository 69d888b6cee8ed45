// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/eventbatch.h"
#include "model/orderedseries.h"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace qlogscope {

/// "probe timeout", "key update", ...
[[nodiscard]] std::string_view text(NotableKind kind);
/// What a mark says besides its kind and time: "3 more packets were marked CE", "by the peer"; empty if there is nothing more.
[[nodiscard]] std::string detailText(const NotableFact& fact);

struct NotableTraits {
    using Item = NotableFact;
    struct Node {
        void merge(const Node&) { }
    };
    static constexpr std::size_t fanOut = 64;
    [[nodiscard]] static RowId rowOf(const Item& item) { return item.row; }
    static void addTo(std::span<const Item>, Node*) { }
};
using NotableSeries = OrderedSeries<NotableTraits>;

/// The marks of one trace, by kind and in order of time: how many lie in a range is two binary searches. UI thread.
class NotableEvents
{
public:
    explicit NotableEvents(const EventStore* store)
        : m_store(store)
    {
    }
    /// Null while there is none of the kind.
    [[nodiscard]] const NotableSeries* of(NotableKind kind) const { return m_series[static_cast<std::size_t>(kind)].get(); }
    void append(const NotableFact& fact);
    [[nodiscard]] std::size_t memoryBytes() const;

private:
    const EventStore* m_store;
    std::array<std::unique_ptr<NotableSeries>, notableKindCount> m_series;
};

/// The states of the congestion controller in order of time, as the log tells them: free text, each kept once. UI thread.
class CongestionStates
{
public:
    struct Item {
        RowId row;
        std::uint16_t state = 0; ///< index into names; the empty name: not told
        std::uint16_t trigger = 0;
    };
    struct Traits {
        using Item = CongestionStates::Item;
        using Node = NotableTraits::Node;
        static constexpr std::size_t fanOut = 64;
        [[nodiscard]] static RowId rowOf(const Item& item) { return item.row; }
        static void addTo(std::span<const Item>, Node*) { }
    };
    explicit CongestionStates(const EventStore* store)
        : m_series(store, Traits())
    {
    }

    [[nodiscard]] std::size_t size() const { return m_series.size(); }
    [[nodiscard]] bool empty() const { return m_series.empty(); }
    [[nodiscard]] const OrderedSeries<Traits>& series() const { return m_series; }
    [[nodiscard]] const std::string& name(std::uint16_t index) const { return m_names[index]; }
    [[nodiscard]] CongestionStateFact operator[](std::size_t index) const;
    void append(const CongestionStateFact& fact);
    [[nodiscard]] std::size_t memoryBytes() const;

private:
    [[nodiscard]] std::uint16_t indexOf(const std::string& name);

    OrderedSeries<Traits> m_series;
    std::vector<std::string> m_names;
    std::unordered_map<std::string, std::uint16_t> m_indexOfName;
};

} // namespace qlogscope
