// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/ids.h"
#include "views/units.h"

#include <QString>

#include <cstdint>
#include <string_view>

/// How views write what the model has as std types.
namespace qlogscope {

[[nodiscard]] inline QString toText(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

/// The number of a row as people see it: the same as on the command line, where the first record of a file is 0.
[[nodiscard]] inline QString rowText(RowId row) { return QString::number(row.value); }

} // namespace qlogscope
