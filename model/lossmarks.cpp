// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/lossmarks.h"

#include <algorithm>
#include <tuple>

namespace qlogscope {

namespace {

auto numberKey(const LossMark& mark) { return std::tuple(mark.pathId, mark.space, mark.number); }

/// One a number: that of the first row.
void keepFirstOfEach(std::vector<LossMark>* marks)
{
    std::stable_sort(marks->begin(), marks->end(),
                     [](const LossMark& a, const LossMark& b) { return std::pair(numberKey(a), a.row) < std::pair(numberKey(b), b.row); });
    marks->erase(std::unique(marks->begin(), marks->end(), [](const LossMark& a, const LossMark& b) { return numberKey(a) == numberKey(b); }),
                 marks->end());
}

std::vector<LossMark> marksOf(const Trace& trace, bool isSpurious)
{
    std::vector<LossMark> marks;
    const Column<LostFact>& events = trace.lossEvents();
    const PacketIndex& packets = trace.packets(Direction::Sent);
    for (std::size_t i = 0; i < events.size(); ++i) {
        const LostFact& lost = events[i];
        if (lost.isSpurious != isSpurious)
            continue;
        LossMark mark{lost.row, {}, lost.number, lost.pathId, lost.space, lost.isMtuProbe, false};
        packets.forEachInRange(lost.pathId, lost.space, {lost.number, lost.number}, [&](PacketId packet) {
            if (!mark.packet.isValid() || packets.row(packet) <= lost.row)
                mark.packet = packet;
        });
        marks.push_back(mark);
    }
    keepFirstOfEach(&marks);
    return marks;
}

} // namespace

void sortByTime(const EventStore& events, std::vector<LossMark>* marks)
{
    std::stable_sort(marks->begin(), marks->end(), [&events](const LossMark& a, const LossMark& b) {
        return std::tuple(events.timeNs(a.row), a.row) < std::tuple(events.timeNs(b.row), b.row);
    });
}

std::vector<LossMark> lossMarks(const Trace& trace)
{
    std::vector<LossMark> marks = marksOf(trace, false);
    sortByTime(trace.events(), &marks);
    return marks;
}

std::vector<LossMark> spuriousMarks(const Trace& trace)
{
    std::vector<LossMark> marks = marksOf(trace, true);
    for (const LossMark& lost : marksOf(trace, false)) {
        const RowId acked = lost.packet.isValid() ? trace.packets(Direction::Sent).ackedBy(lost.packet) : RowId();
        if (!acked.isValid() || acked <= lost.row)
            continue;
        marks.push_back(lost);
        marks.back().row = acked;
    }
    keepFirstOfEach(&marks);
    sortByTime(trace.events(), &marks);
    return marks;
}

} // namespace qlogscope
