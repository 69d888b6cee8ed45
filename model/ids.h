// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#ifndef Q_MOC_RUN // moc 6.4 cannot parse it
#include <compare>
#endif

namespace qlogscope {

/// A distinct 4-byte index: a row cannot be mistaken for a trace or a name. The default value is "none".
template <typename Tag> struct Id {
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    std::uint32_t value = none;

    constexpr Id() = default;
    constexpr explicit Id(std::uint32_t v)
        : value(v)
    {
    }
    constexpr explicit Id(std::size_t v)
        : value(static_cast<std::uint32_t>(v))
    {
    }
    [[nodiscard]] constexpr bool isValid() const { return value != none; }
    constexpr auto operator<=>(const Id&) const = default;
};

/// Index of a record of one file, in file order.
using RowId = Id<struct RowTag>;
/// Index of a trace in its document.
using TraceId = Id<struct TraceTag>;
/// Index of an interned event name in its document.
using NameId = Id<struct NameTag>;
/// Index of a packet in one direction of one trace, in file order.
using PacketId = Id<struct PacketTag>;
/// Index of a document in the workspace's list of everything ever opened; never reused.
using DocumentId = Id<struct DocumentTag>;

} // namespace qlogscope
