// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/traceheader.h"

#include <string>
#include <string_view>

namespace qlogscope {

/// What views and the command line need to know about one record when it is shown: facts are kept, texts are read again.
/// Implemented by the importers, handed to views by the app. Any thread.
class RecordReader
{
public:
    virtual ~RecordReader() = default;
    /// One line: packet type and number, size and frames; or the changed metrics; or the message. Never throws; a record that
    /// does not parse gives what is wrong with it.
    /// @param record the JSON text of one record
    /// @param header of its trace: the columns of array events and the unit of times
    [[nodiscard]] virtual std::string summary(std::string_view record, const TraceHeader& header) const = 0;
};

} // namespace qlogscope
