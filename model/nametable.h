// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/eventkind.h"
#include "model/ids.h"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace qlogscope {

/// The event names of one document, as logged ("category:event"), each with its kind and canonical name. UI thread.
/// Ids are given in the order of first appearance, by the importer: append() must be called in that order.
class NameTable
{
public:
    struct Entry {
        std::string logged; ///< as the log spells it
        std::string loggedLower;
        std::string canonical; ///< the drafts' name; the logged one in lower case if there is none
        EventKind kind = EventKind::Other;
    };

    NameId append(std::string logged);
    /// For a name whose kind is decided by the data of its events.
    void setKind(NameId id, EventKind kind);
    [[nodiscard]] const Entry& operator[](NameId id) const { return m_entries[id.value]; }
    [[nodiscard]] std::size_t size() const { return m_entries.size(); }

private:
    std::deque<Entry> m_entries;
};

} // namespace qlogscope
