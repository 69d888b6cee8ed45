// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace qlogscope {

/// The panels of the congestion chart, from top to bottom.
enum class PanelKind : std::uint8_t {
    Data, ///< bars on the left axis, bytes of the controller on the right axis, losses in a strip under the plot
    Rates,
    Rtt,
};
inline constexpr std::size_t panelCount = 3;
[[nodiscard]] constexpr std::size_t indexOf(PanelKind panel) { return static_cast<std::size_t>(panel); }

/// Some of the panels, by indexOf(PanelKind).
using PanelSet = std::array<bool, panelCount>;
inline constexpr PanelSet allPanels{true, true, true};

} // namespace qlogscope
