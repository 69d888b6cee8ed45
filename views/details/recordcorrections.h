// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/document.h"

#include <QStringList>

#include <string_view>

namespace qlogscope {

/// What the writer of a record logs differently from the drafts and how it is read, one sentence each, with the values of this
/// record where there are some ("ack_delay 25 is 0.2 ms"). Empty for records that need none. UI thread.
[[nodiscard]] QStringList correctionNotes(const Document& document, RowId row, std::string_view record);

} // namespace qlogscope
