// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/document.h"

#include <QString>

#include <memory>

namespace qlogscope {

/// Reads a whole file on this thread. Never null: a file that cannot be read gives a document in state Failed.
[[nodiscard]] std::unique_ptr<Document> openFile(const QString& path);

/// Exit code for a document: unreadable, data loss or good.
[[nodiscard]] int exitCodeOf(const Document& document);

/// As exitCodeOf(), and writes the error line for an unreadable one.
[[nodiscard]] int reportedExitCodeOf(const Document& document);

} // namespace qlogscope
