// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/backgroundlayout.h"

#include "model/derivedseries.h"
#include "views/congestion/congestionlayout.h"
#include "views/texts.h"
#include "views/units.h"

#include <QCoreApplication>

#include <algorithm>

namespace qlogscope {

namespace {

struct BackgroundWords {
    Q_DECLARE_TR_FUNCTIONS(CongestionBackground)
};

using StateSeries = OrderedSeries<CongestionStates::Traits>;

int columnOfTime(const ColumnEdges& edges, std::int64_t timeNs)
{
    const auto edge = std::upper_bound(edges.times.begin(), edges.times.end(), timeNs);
    return std::clamp(static_cast<int>(edge - edges.times.begin()) - 1, 0, static_cast<int>(edges.columns()) - 1);
}

/// The columns with items of a list in order of time, as [first, count): as many steps as there are such columns.
template <typename LowerBound, typename TimeAt, typename Visit>
void forEachColumn(const ColumnEdges& edges, LowerBound lowerBound, TimeAt timeAt, Visit visit)
{
    const std::size_t end = lowerBound(edges.columns(), 0);
    for (std::size_t begin = lowerBound(0, 0); begin < end;) {
        const int column = columnOfTime(edges, timeAt(begin));
        const std::size_t next = std::max(lowerBound(static_cast<std::size_t>(column) + 1, begin), begin + 1);
        visit(column, begin, next - begin);
        begin = next;
    }
}

template <typename Traits, typename Visit>
void forEachColumn(const OrderedSeries<Traits>& series, const ColumnEdges& edges, Visit visit)
{
    forEachColumn(edges, [&](std::size_t edge, std::size_t from) { return series.lowerBound(edges.times[edge], from); },
                  [&](std::size_t index) { return series.timeNs(index); }, visit);
}

/// The state that holds after the first @p count of them: some records tell only a trigger.
std::optional<std::uint16_t> stateAfter(const CongestionStates& states, std::size_t count)
{
    constexpr std::size_t mostLookedAt = 64;
    for (std::size_t i = count; i > 0 && count - i < mostLookedAt; --i) {
        const std::uint16_t state = states.series()[i - 1].state;
        if (!states.name(state).empty())
            return state;
    }
    return std::nullopt;
}

void addStates(std::vector<StateSpan>* spans, int from, int to, std::optional<std::uint16_t> state, std::size_t changes)
{
    if (!state || to <= from)
        return;
    const bool isMerged = changes > 0;
    if (!spans->empty() && spans->back().to == from && (spans->back().changes > 0) == isMerged && (isMerged || spans->back().state == *state)) {
        spans->back().to = to;
        spans->back().state = *state;
        spans->back().changes += changes;
        return;
    }
    spans->push_back({from, to, *state, changes});
}

void layOutStates(const CongestionStates& states, const ColumnEdges& edges, int endColumn, BackgroundLayout* layout)
{
    layout->areStatesLogged = !states.empty();
    if (states.empty())
        return;
    states.series().ensureSorted();
    int reached = 0;
    std::optional<std::uint16_t> current = stateAfter(states, states.series().lowerBound(edges.times.front()));
    forEachColumn(states.series(), edges, [&](int column, std::size_t first, std::size_t count) {
        addStates(&layout->states, reached, std::min(column, endColumn), current, 0);
        current = stateAfter(states, first + count);
        addStates(&layout->states, column, column + 1, current, count > 1 ? count : 0);
        reached = column + 1;
    });
    addStates(&layout->states, reached, endColumn, current, 0);
    for (const StateSpan& span : layout->states) {
        if (span.state >= layout->stateNames.size())
            layout->stateNames.resize(span.state + std::size_t{1});
        layout->stateNames[span.state] = states.name(span.state);
    }
}

bool isOfStream(const LimitFact& limit)
{
    return limit.kind == LimitKind::StreamData && limit.reason != BlockedReason::ConnectionFlowControl;
}

void layOutBlocked(const BackgroundInput& input, const ColumnEdges& edges, BackgroundLayout* layout)
{
    layout->areBlockedKnown = input.derived != nullptr;
    if (input.derived == nullptr)
        return;
    const std::vector<FlowControl::BlockedMark>& marks = input.derived->flowControl().blocked(input.direction);
    layout->blockedCount = marks.size();
    const auto timeAt = [&](std::size_t index) { return input.trace.events().timeNs(marks[index].row); };
    const auto lowerBound = [&](std::size_t edge, std::size_t from) {
        const auto it = std::partition_point(marks.begin() + static_cast<std::ptrdiff_t>(from), marks.end(), [&](const FlowControl::BlockedMark& mark) {
            return input.trace.events().timeNs(mark.row) < edges.times[edge];
        });
        return static_cast<std::size_t>(it - marks.begin());
    };
    constexpr std::size_t mostLookedAt = 64; // of a column
    forEachColumn(edges, lowerBound, timeAt, [&](int column, std::size_t first, std::size_t count) {
        layout->marks.push_back({column, blockedMark, first, count});
        std::optional<BackgroundLayout::BlockedPoint> low;
        std::optional<BackgroundLayout::BlockedPoint> high;
        for (std::size_t i = first; i < first + std::min(count, mostLookedAt); ++i) {
            if (!marks[i].value)
                continue;
            const auto value = static_cast<std::int64_t>(*marks[i].value);
            const BackgroundLayout::BlockedPoint point{column, value, isOfStream(input.trace.connection().limits()[marks[i].limit])};
            if (!low || value < low->value)
                low = point;
            if (!high || value > high->value)
                high = point;
        }
        if (low)
            layout->blocked.push_back(*low);
        if (high && *high != *low)
            layout->blocked.push_back(*high);
    });
}

void layOutUserMarks(const BackgroundInput& input, const ColumnEdges& edges, BackgroundLayout* layout)
{
    const auto timeOf = [&](RowId row) { return input.trace.events().timeNs(row); };
    layout->userRows = input.userRows;
    std::stable_sort(layout->userRows.begin(), layout->userRows.end(), [&](RowId a, RowId b) { return timeOf(a) < timeOf(b); });
    const auto lowerBound = [&](std::size_t edge, std::size_t) {
        const auto it = std::partition_point(layout->userRows.begin(), layout->userRows.end(),
                                             [&](RowId row) { return timeOf(row) < edges.times[edge]; });
        return static_cast<std::size_t>(it - layout->userRows.begin());
    };
    forEachColumn(edges, lowerBound, [&](std::size_t index) { return timeOf(layout->userRows[index]); },
                  [&](int column, std::size_t first, std::size_t count) { layout->marks.push_back({column, userMark, first, count}); });
}

void groupMarks(int signColumns, BackgroundLayout* layout)
{
    for (std::size_t i = 0; i < layout->marks.size(); ++i) {
        const MarkColumn& mark = layout->marks[i];
        if (layout->groups.empty() || mark.column - layout->marks[layout->groups.back().firstColumn].column >= signColumns)
            layout->groups.push_back({i, 0, 0});
        ++layout->groups.back().columnCount;
        layout->groups.back().count += mark.count;
    }
}

QString blockedText(const LimitFact& limit, const FlowControl::BlockedMark& mark)
{
    const bool isFrame = limit.event == LimitEvent::Blocked;
    QString text = isFrame ? (limit.kind == LimitKind::StreamData ? QStringLiteral("STREAM_DATA_BLOCKED") : QStringLiteral("DATA_BLOCKED"))
                           : BackgroundWords::tr("event: blocked");
    if (limit.streamId != LimitFact::none)
        text += BackgroundWords::tr(", stream %1").arg(limit.streamId);
    if (!mark.value)
        return text + BackgroundWords::tr(", limit not logged");
    const QString value = BackgroundWords::tr("%1 bytes").arg(countText(*mark.value));
    return text + (mark.isInferred ? BackgroundWords::tr(", limit %1 (inferred)") : BackgroundWords::tr(", limit %1")).arg(value);
}

/// What is said of one mark besides its name and time; may be empty.
QString detailOf(const Trace& trace, const DerivedSeries* derived, Direction direction, int kind, std::size_t index)
{
    if (kind == blockedMark) {
        const FlowControl::BlockedMark& mark = derived->flowControl().blocked(direction)[index];
        return blockedText(trace.connection().limits()[mark.limit], mark);
    }
    if (kind == userMark)
        return BackgroundWords::tr("marked by you; M in the event list takes it away");
    return toText(detailText((*trace.connection().notables().of(static_cast<NotableKind>(kind)))[index]));
}

} // namespace

QString nameOf(BackgroundPart part)
{
    switch (part) {
    case BackgroundPart::States:
        return BackgroundWords::tr("congestion states");
    case BackgroundPart::Marks:
        return BackgroundWords::tr("marks");
    case BackgroundPart::Limits:
        return BackgroundWords::tr("limited by");
    case BackgroundPart::Blocked:
        break;
    }
    return BackgroundWords::tr("blocked (flow control)");
}

CongestionPhase phaseOf(std::string_view state)
{
    std::string words(state);
    std::replace_if(words.begin(), words.end(), [](char c) { return c == ' ' || c == '-'; }, '_');
    constexpr std::pair<std::string_view, CongestionPhase> known[] = {
        {"slow_start", CongestionPhase::SlowStart},
        {"slowstart", CongestionPhase::SlowStart},
        {"startup", CongestionPhase::SlowStart},
        {"hystart", CongestionPhase::SlowStart},
        {"avoidance", CongestionPhase::Avoidance},
        {"recovery", CongestionPhase::Recovery},
        {"persistent_congestion", CongestionPhase::Recovery},
        {"application_limited", CongestionPhase::ApplicationLimited},
        {"app_limited", CongestionPhase::ApplicationLimited},
        {"drain", CongestionPhase::Drain},
        {"probe_bw", CongestionPhase::ProbeBandwidth},
        {"probebw", CongestionPhase::ProbeBandwidth},
        {"probe_rtt", CongestionPhase::ProbeRtt},
        {"probertt", CongestionPhase::ProbeRtt},
    };
    for (const auto& [word, phase] : known) {
        if (words.find(word) != std::string::npos)
            return phase;
    }
    return CongestionPhase::Other;
}

QString stateText(std::string_view state)
{
    const bool isNumber = !state.empty() && state.find_first_not_of("0123456789") == std::string_view::npos;
    QString words = toText(state);
    words.replace(QLatin1Char('_'), QLatin1Char(' '));
    return isNumber ? BackgroundWords::tr("state %1").arg(words) : words;
}

QString markName(int kind)
{
    if (kind == blockedMark)
        return BackgroundWords::tr("blocked (flow control)");
    if (kind == userMark)
        return BackgroundWords::tr("your mark");
    return toText(text(static_cast<NotableKind>(kind)));
}

BackgroundLayout layOutBackground(const BackgroundInput& input)
{
    BackgroundLayout layout;
    if (input.range.isEmpty()) {
        layout.areStatesLogged = !input.trace.connection().congestionStates().empty();
        return layout;
    }
    const TimeRange times = input.range.shifted(input.zeroNs);
    const ColumnEdges edges(times, std::max(input.columns, 1));
    const std::int64_t endNs = std::min(input.trace.timeRange().endNs, times.endNs);
    const int endColumn = endNs <= times.beginNs ? 0 : columnOfTime(edges, endNs - 1) + 1;
    layOutStates(input.trace.connection().congestionStates(), edges, endColumn, &layout);
    for (int kind = 0; kind < notableKindCount; ++kind) {
        const NotableSeries* series = input.trace.connection().notables().of(static_cast<NotableKind>(kind));
        if (series == nullptr)
            continue;
        series->ensureSorted();
        forEachColumn(*series, edges, [&](int column, std::size_t first, std::size_t count) { layout.marks.push_back({column, kind, first, count}); });
    }
    layOutBlocked(input, edges, &layout);
    layOutUserMarks(input, edges, &layout);
    std::sort(layout.marks.begin(), layout.marks.end(), [](const MarkColumn& a, const MarkColumn& b) {
        return a.column != b.column ? a.column < b.column : a.kind != b.kind ? a.kind < b.kind : a.firstIndex < b.firstIndex;
    });
    groupMarks(std::max(input.signColumns, 1), &layout);
    return layout;
}

RowId markRow(const Trace& trace, const DerivedSeries* derived, Direction direction, const BackgroundLayout& layout, int kind, std::size_t index)
{
    if (kind == userMark)
        return layout.userRows[index];
    if (kind == blockedMark)
        return derived->flowControl().blocked(direction)[index].row;
    return trace.connection().notables().of(static_cast<NotableKind>(kind))->row(index);
}

ItemText textOf(const Trace& trace, const NameTable& names, const DerivedSeries* derived, std::int64_t zeroNs, Direction direction,
                const BackgroundLayout& layout, const MarkGroup& group, const MarkColumn& nearest)
{
    std::array<std::size_t, markKindCount> counts{};
    for (std::size_t i = group.firstColumn; i < group.firstColumn + group.columnCount; ++i)
        counts[static_cast<std::size_t>(layout.marks[i].kind)] += layout.marks[i].count;
    ItemText said;
    const RowId row = markRow(trace, derived, direction, layout, nearest.kind, nearest.firstIndex);
    const QString detail = detailOf(trace, derived, direction, nearest.kind, nearest.firstIndex);
    if (group.count == 1) {
        said.title = markName(nearest.kind);
    } else {
        said.title = BackgroundWords::tr("%1 marks here").arg(countText(group.count));
        for (int kind = 0; kind < markKindCount; ++kind) {
            if (counts[static_cast<std::size_t>(kind)] > 0)
                said.lines.push_back(BackgroundWords::tr("%1 × %2").arg(countText(counts[static_cast<std::size_t>(kind)]), markName(kind)));
        }
        said.lines.push_back(BackgroundWords::tr("nearest to the pointer: %1").arg(markName(nearest.kind)));
    }
    if (!detail.isEmpty())
        said.lines.push_back(detail);
    const NameId name = trace.events().name(row);
    said.lines.push_back(BackgroundWords::tr("at %1, record %2%3")
                             .arg(timeText(trace.events().timeNs(row) - zeroNs), rowText(row),
                                  name.isValid() ? QStringLiteral(", ") + toText(names[name].logged) : QString()));
    return said;
}

namespace {

/// How many of the states begin at or before a time.
std::size_t statesUntil(const CongestionStates& states, std::int64_t timeNs)
{
    return states.empty() ? 0 : states.series().lowerBound(timeNs + 1);
}

} // namespace

RowId stateRowAt(const Trace& trace, std::int64_t timeNs)
{
    const CongestionStates& states = trace.connection().congestionStates();
    const std::size_t count = statesUntil(states, timeNs);
    return count > 0 ? states.series().row(count - 1) : RowId();
}

std::optional<ItemText> stateTextAt(const Trace& trace, std::int64_t zeroNs, std::int64_t timeNs)
{
    const CongestionStates& states = trace.connection().congestionStates();
    const std::size_t count = statesUntil(states, timeNs);
    const std::optional<std::uint16_t> state = stateAfter(states, count);
    if (!state || timeNs >= trace.timeRange().endNs)
        return std::nullopt;
    const StateSeries& series = states.series();
    const std::int64_t beginNs = series.timeNs(count - 1);
    const std::int64_t endNs = count < series.size() ? series.timeNs(count) : trace.timeRange().endNs;
    ItemText said;
    said.title = BackgroundWords::tr("congestion state: %1").arg(stateText(states.name(*state)));
    said.lines.push_back(BackgroundWords::tr("from %1 for %2").arg(timeText(beginNs - zeroNs), durationText(endNs - beginNs)));
    said.lines.push_back(BackgroundWords::tr("begins with record %1").arg(rowText(series.row(count - 1))));
    const std::string& trigger = states.name(series[count - 1].trigger);
    if (!trigger.empty())
        said.lines.push_back(BackgroundWords::tr("trigger: %1").arg(toText(trigger)));
    if (phaseOf(states.name(*state)) == CongestionPhase::Other)
        said.lines.push_back(BackgroundWords::tr("as the log says it; what it means depends on the controller"));
    return said;
}

} // namespace qlogscope
