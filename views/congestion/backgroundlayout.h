// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/columnedges.h"
#include "model/trace.h"

#include <QString>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// The layout step of what lies behind the data of a chart over time: bands of congestion states and marks of rare events. Model and
/// pixel columns in, plain structs out; their number is bounded by the columns. What is painted and what is hit by the pointer are
/// computed from the same structs.
namespace qlogscope {

class DerivedSeries;
struct ItemText;

/// What can be switched in the legend.
enum class BackgroundPart : std::uint8_t { States, Marks, Blocked, Limits };
inline constexpr std::size_t backgroundPartCount = 4;
[[nodiscard]] QString nameOf(BackgroundPart part);
using BackgroundMask = std::array<bool, backgroundPartCount>;

/// What a logged congestion state means, whatever the writer calls it (dialects 3.8).
enum class CongestionPhase : std::uint8_t { SlowStart, Avoidance, Recovery, ApplicationLimited, Drain, ProbeBandwidth, ProbeRtt, Other };
[[nodiscard]] CongestionPhase phaseOf(std::string_view state);
/// The logged text in words; numbers are "state 3": what they mean depends on the controller, which such logs do not name.
[[nodiscard]] QString stateText(std::string_view state);

/// The state in pixel columns [from, to).
struct StateSpan {
    int from = 0;
    int to = 0;
    std::uint16_t state = 0; ///< see CongestionStates::name(); of a merged span the last one
    std::size_t changes = 0; ///< of a merged span: each of its columns has several; else 0
    bool operator==(const StateSpan&) const = default;
};

/// Kinds of marks: those of NotableKind, and further ones.
inline constexpr int blockedMark = notableKindCount;
inline constexpr int userMark = notableKindCount + 1;
inline constexpr int markKindCount = notableKindCount + 2;
[[nodiscard]] QString markName(int kind);

/// Marks of one kind in one pixel column.
struct MarkColumn {
    int column = 0;
    int kind = 0;
    std::size_t firstIndex = 0; ///< in the list of its kind
    std::size_t count = 0;
    bool operator==(const MarkColumn&) const = default;
};
/// Marks that are drawn as one because their signs would overlap.
struct MarkGroup {
    std::size_t firstColumn = 0; ///< in BackgroundLayout::marks
    std::size_t columnCount = 0;
    std::size_t count = 0; ///< of marks
    bool operator==(const MarkGroup&) const = default;
};

struct BackgroundLayout {
    bool areStatesLogged = false; ///< anywhere in the trace
    std::vector<StateSpan> states;
    std::vector<std::string> stateNames; ///< by state, of those in view
    std::vector<MarkColumn> marks; ///< in order of columns, then of kinds
    std::vector<MarkGroup> groups;
    bool areBlockedKnown = false; ///< flow control is computed
    std::size_t blockedCount = 0; ///< of the trace, in the direction shown
    struct BlockedPoint {
        int column = 0;
        std::int64_t value = 0; ///< bytes of streams
        bool isOfStream = false;
        bool operator==(const BlockedPoint&) const = default;
    };
    std::vector<BlockedPoint> blocked; ///< at most two a column: the smallest and the largest limit
    std::vector<RowId> userRows; ///< in order of time
    [[nodiscard]] bool hasMarks() const { return !marks.empty(); }
};

struct BackgroundInput {
    const Trace& trace;
    const DerivedSeries* derived = nullptr;
    Direction direction = Direction::Sent;
    std::int64_t zeroNs = 0; ///< trace time of T = 0
    TimeRange range; ///< T
    int columns = 1;
    int signColumns = 1; ///< width of the sign of a mark
    std::vector<RowId> userRows; ///< that the user marked
};
[[nodiscard]] BackgroundLayout layOutBackground(const BackgroundInput& input);

/// The row of a mark. @param layout for those of the user
[[nodiscard]] RowId markRow(const Trace& trace, const DerivedSeries* derived, Direction direction, const BackgroundLayout& layout, int kind,
                            std::size_t index);
/// What a hover label says of a group, with the details of the mark nearest to a column.
[[nodiscard]] ItemText textOf(const Trace& trace, const NameTable& names, const DerivedSeries* derived, std::int64_t zeroNs, Direction direction,
                              const BackgroundLayout& layout, const MarkGroup& group, const MarkColumn& nearest);
/// What a hover label says of the state at a time; none where there is none.
[[nodiscard]] std::optional<ItemText> stateTextAt(const Trace& trace, std::int64_t zeroNs, std::int64_t timeNs);
/// The row of that state.
[[nodiscard]] RowId stateRowAt(const Trace& trace, std::int64_t timeNs);

} // namespace qlogscope
