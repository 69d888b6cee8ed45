// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace qlogscope {

/// Milliseconds between two announcements of a model or view that grows while a file loads: what comes faster is not read, only paid for.
constexpr int announceMs = 250;

} // namespace qlogscope
