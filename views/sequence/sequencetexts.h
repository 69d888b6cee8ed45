// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/recordreader.h"
#include "model/workspace.h"

#include <map>

namespace qlogscope {

/// The records on screen, read again and taken apart; the latest few thousand are kept. UI thread.
class SequenceTexts
{
public:
    /// @param records null: nothing can be read
    explicit SequenceTexts(const RecordReader* records)
        : m_records(records)
    {
    }
    /// Stays valid until the next call of clear() or trim().
    [[nodiscard]] const RecordDescription& of(const TraceRef& trace, RowId row);
    /// Call between layouts: bounds the memory.
    void trim();
    void clear() { m_known.clear(); }
    [[nodiscard]] const RecordReader* records() const { return m_records; }

private:
    const RecordReader* m_records;
    std::map<std::pair<const Document*, RowId>, RecordDescription> m_known;
};

} // namespace qlogscope
