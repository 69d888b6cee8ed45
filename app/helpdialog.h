// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QWidget;

namespace qlogscope {

/// Both open beside the window and do not stop its work.
void showKeys(QWidget* parent);
/// What a filter can say.
void showFilterHelp(QWidget* parent);
void showAbout(QWidget* parent);

} // namespace qlogscope
