// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/nametable.h"

namespace qlogscope {

NameId NameTable::append(std::string logged)
{
    Entry entry;
    entry.kind = eventKindOf(logged);
    entry.loggedLower = lowerCase(logged);
    entry.canonical = entry.kind == EventKind::Other ? entry.loggedLower : std::string(canonicalName(entry.kind));
    entry.logged = std::move(logged);
    m_entries.push_back(std::move(entry));
    return NameId(m_entries.size() - 1);
}

void NameTable::setKind(NameId id, EventKind kind)
{
    m_entries[id.value].kind = kind;
    m_entries[id.value].canonical = std::string(canonicalName(kind));
}

} // namespace qlogscope
