// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <cstdint>

namespace qlogscope {

enum class ThemeChoice : std::uint8_t { System, Light, Dark };

/// Switches the application between the desktop's look and the program's own light and dark one.
class ThemeSwitch
{
public:
    /// Remembers the style that the application starts with: that of the desktop.
    ThemeSwitch();
    void apply(ThemeChoice theme) const;

private:
    QString m_systemStyle;
};

} // namespace qlogscope
