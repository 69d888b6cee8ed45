// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/sequence/sequencetexts.h"

namespace qlogscope {

const RecordDescription& SequenceTexts::of(const TraceRef& trace, RowId row)
{
    const auto [it, isNew] = m_known.try_emplace({trace.document, row});
    if (!isNew || m_records == nullptr)
        return it->second;
    std::string problem;
    const std::string record = trace.document->recordText(row, &problem);
    if (problem.empty())
        it->second = m_records->description(record, trace.get().header());
    else
        it->second.chips.push_back({FrameKind::Other, problem, {}});
    return it->second;
}

void SequenceTexts::trim()
{
    constexpr std::size_t mostKept = 4096;
    if (m_known.size() > mostKept)
        m_known.clear();
}

} // namespace qlogscope
