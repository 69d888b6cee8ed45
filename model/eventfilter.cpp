// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/eventfilter.h"

#include <algorithm>
#include <type_traits>

namespace qlogscope {

namespace {

template <typename Number> bool isIn(const std::vector<FilterInterval<Number>>& intervals, Number value)
{
    for (const FilterInterval<Number>& interval : intervals) {
        if (value >= interval.first && value <= interval.last)
            return true;
    }
    return false;
}

constexpr int undecoded = RowMalformed | RowOversized;

/// Keys whose value comes from a packet event or from the loss of a packet.
bool isOfPackets(FilterKey key)
{
    switch (key) {
    case FilterKey::PacketNumber:
    case FilterKey::Frame:
    case FilterKey::Type:
    case FilterKey::Space:
    case FilterKey::Size:
    case FilterKey::Path:
    case FilterKey::Lost:
    case FilterKey::Acked:
        return true;
    default:
        return false;
    }
}

bool isOfLosses(FilterKey key) { return isOfPackets(key) && key != FilterKey::Frame && key != FilterKey::Size && key != FilterKey::Acked; }

/// -1: the event has no direction.
int directionOf(EventKind kind)
{
    switch (kind) {
    case EventKind::PacketSent:
    case EventKind::UdpDatagramsSent:
        return static_cast<int>(Direction::Sent);
    case EventKind::PacketReceived:
    case EventKind::UdpDatagramsReceived:
        return static_cast<int>(Direction::Received);
    default:
        return -1;
    }
}

bool matchesName(const TypeTerm& term, std::string_view name)
{
    const std::size_t colon = name.rfind(':');
    const std::string_view category = colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
    const std::string_view word = colon == std::string_view::npos ? name : name.substr(colon + 1);
    return (term.category == "*" || term.category == category) && (term.name == "*" || term.name == word);
}

bool matches(const TypeTerm& term, const NameTable::Entry& name)
{
    if (term.kind != EventKind::Other && term.kind == name.kind)
        return true;
    return matchesName(term, name.loggedLower) || matchesName(term, name.canonical);
}

} // namespace

bool Filter::acceptsName(const NameTable::Entry* name) const
{
    bool isAccepted = types.empty() || types.front().isExcluded;
    for (const TypeTerm& term : types) {
        const bool isForAll = term.category == "*" && term.name == "*";
        if (isForAll || (name != nullptr && matches(term, *name)))
            isAccepted = !term.isExcluded;
    }
    return isAccepted;
}

bool Filter::looksAhead() const
{
    return std::any_of(predicates.begin(), predicates.end(),
                       [](const FilterPredicate& each) { return each.key == FilterKey::Lost || each.key == FilterKey::Acked; });
}

FilterRun::FilterRun(const Filter& filter, const Document& document)
    : m_filter(filter)
    , m_document(document)
    , m_nextTrigger(filter.predicates.size())
    , m_acceptsTrigger(filter.predicates.size())
    , m_texts(filter.texts.size())
{
    m_acceptsNameless = filter.acceptsName(nullptr)
        && std::all_of(filter.predicates.begin(), filter.predicates.end(), [](const FilterPredicate& each) {
               return each.isNegated || !(isOfPackets(each.key) || each.key == FilterKey::Direction);
           });
    for (const FilterPredicate& each : filter.predicates) {
        m_needsPackets = m_needsPackets || isOfPackets(each.key);
        m_needsStreams = m_needsStreams || each.key == FilterKey::Stream;
    }
}

/// Events of other kinds lack what the predicates ask for: they are out by their name alone.
bool FilterRun::canBeOfKind(EventKind kind) const
{
    const bool isPacket = kind == EventKind::PacketSent || kind == EventKind::PacketReceived;
    const bool isLoss = kind == EventKind::PacketLost || kind == EventKind::SpuriousLoss;
    return std::all_of(m_filter.predicates.begin(), m_filter.predicates.end(), [&](const FilterPredicate& each) {
        if (each.key == FilterKey::Direction) {
            const int direction = directionOf(kind);
            const bool isIn = direction >= 0 && (each.mask >> direction & 1U) != 0;
            return (direction >= 0 && isIn != each.isInverted) != each.isNegated;
        }
        return each.isNegated || !isOfPackets(each.key) || isPacket || (isLoss && isOfLosses(each.key));
    });
}

void FilterRun::prepareNames()
{
    const NameTable& names = m_document.names();
    for (std::size_t i = m_acceptsName.size(); i < names.size(); ++i) {
        const NameTable::Entry& name = names[NameId(i)];
        m_acceptsName.push_back(m_filter.acceptsName(&name) && canBeOfKind(name.kind) ? 1 : 0);
    }
}

void FilterRun::setZero(TraceId trace, std::int64_t zeroNs) { stateOf(trace).zeroNs = zeroNs; }

FilterRun::TraceState& FilterRun::stateOf(TraceId trace)
{
    if (trace.value >= m_traces.size())
        m_traces.resize(trace.value + 1);
    return m_traces[trace.value];
}

std::int64_t FilterRun::zeroOf(TraceId trace)
{
    std::optional<std::int64_t>& zero = stateOf(trace).zeroNs;
    if (!zero && !m_document.trace(trace).timeRange().isEmpty())
        zero = m_document.trace(trace).zeroNs();
    return zero.value_or(0);
}

void FilterRun::addTextMatches(std::size_t text, std::span<const std::uint32_t> rows, std::size_t end)
{
    TextState& state = m_texts[text];
    state.rows.erase(state.rows.begin(), state.rows.begin() + static_cast<std::ptrdiff_t>(state.next));
    state.next = 0;
    state.rows.insert(state.rows.end(), rows.begin(), rows.end());
    state.searchedTo = end;
}

std::size_t FilterRun::searchedTo() const
{
    std::size_t end = m_document.events().size();
    for (const TextState& text : m_texts)
        end = std::min(end, text.searchedTo);
    return end;
}

void FilterRun::advance(std::size_t end, std::vector<RowId>* selected)
{
    end = std::min(end, searchedTo());
    prepareNames();
    while (m_position < end) {
        const std::size_t blockEnd = std::min(end, m_position + blockRows);
        judgeBlock(blockEnd);
        for (const std::uint32_t row : m_rows)
            selected->push_back(RowId(row));
        m_position = blockEnd;
    }
}

void FilterRun::judgeBlock(std::size_t end)
{
    chooseByName(end);
    if (m_needsPackets || m_needsStreams)
        locateSubjects();
    for (std::size_t i = 0; i < m_filter.predicates.size() && !m_rows.empty(); ++i) {
        if (m_filter.predicates[i].key == FilterKey::Trigger)
            applyTrigger(i);
        else
            applyPredicate(m_filter.predicates[i]);
    }
    for (std::size_t i = 0; i < m_filter.texts.size(); ++i)
        applyText(i);
}

void FilterRun::chooseByName(std::size_t end)
{
    m_rows.clear();
    m_subjects.clear();
    const EventStore& events = m_document.events();
    for (std::size_t i = m_position; i < end; ++i) {
        const NameId name = events.name(RowId(i));
        if (name.isValid() ? m_acceptsName[name.value] != 0 : m_acceptsNameless)
            m_rows.push_back(static_cast<std::uint32_t>(i));
    }
}

/// Finds what the rows log, by going along the facts of each trace.
void FilterRun::locateSubjects()
{
    const EventStore& events = m_document.events();
    m_subjects.resize(m_rows.size());
    TraceId current;
    TraceState* state = nullptr;
    const Trace* trace = nullptr;
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        const RowId row(m_rows[i]);
        if (events.trace(row) != current) {
            current = events.trace(row);
            state = &stateOf(current);
            trace = &m_document.trace(current);
        }
        m_subjects[i] = {};
        if (m_needsPackets)
            locatePacket(row, *trace, state, &m_subjects[i]);
        if (m_needsStreams)
            locateStreams(row, trace->streams(), state, &m_subjects[i]);
    }
}

void FilterRun::locatePacket(RowId row, const Trace& trace, TraceState* state, Subject* subject) const
{
    for (const Direction direction : {Direction::Sent, Direction::Received}) {
        const PacketIndex& packets = trace.packets(direction);
        std::size_t& next = state->packets[static_cast<std::size_t>(direction)];
        while (next < packets.size() && packets.row(PacketId(next)) < row)
            ++next;
        if (next < packets.size() && packets.row(PacketId(next)) == row) {
            subject->packets = &packets;
            subject->packet = PacketId(next);
        }
    }
    const Column<LostFact>& losses = trace.lossEvents();
    while (state->losses < losses.size() && losses[state->losses].row < row)
        ++state->losses;
    if (state->losses < losses.size() && losses[state->losses].row == row)
        subject->loss = &losses[state->losses];
}

void FilterRun::locateStreams(RowId row, const StreamIndex& streams, TraceState* state, Subject* subject) const
{
    while (state->ranges < streams.rangeCount() && streams.rangeRow(state->ranges) < row)
        ++state->ranges;
    while (state->mentions < streams.mentionCount() && streams.mentionRow(state->mentions) < row)
        ++state->mentions;
    subject->range = state->ranges;
    subject->mention = state->mentions;
}

/// Keeps the rows for which @p matches (index of the row in the block) says so: true or false, or nothing where the row lacks
/// the property.
template <typename Matches> void FilterRun::keep(const FilterPredicate& predicate, Matches matches)
{
    const bool hasSubjects = !m_subjects.empty();
    std::size_t kept = 0;
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        const std::optional<bool> match = matches(i);
        const bool holds = match.has_value() && *match != predicate.isInverted;
        if (holds == predicate.isNegated)
            continue;
        m_rows[kept] = m_rows[i];
        if (hasSubjects)
            m_subjects[kept] = m_subjects[i];
        ++kept;
    }
    m_rows.resize(kept);
    if (hasSubjects)
        m_subjects.resize(kept);
}

void FilterRun::applyPredicate(const FilterPredicate& predicate)
{
    switch (predicate.key) {
    case FilterKey::PacketNumber:
    case FilterKey::Size:
    case FilterKey::Path:
    case FilterKey::Row:
    case FilterKey::Offset:
    case FilterKey::Trace:
        applyNumber(predicate);
        break;
    case FilterKey::Frame:
    case FilterKey::Type:
    case FilterKey::Space:
    case FilterKey::Lost:
    case FilterKey::Acked:
        applyWord(predicate);
        break;
    case FilterKey::Time:
        applyTime(predicate);
        break;
    case FilterKey::Stream:
        applyStream(predicate);
        break;
    case FilterKey::Direction: // decided by the name
    case FilterKey::Trigger:
        break;
    }
}

void FilterRun::applyNumber(const FilterPredicate& predicate)
{
    using Value = std::optional<std::uint64_t>;
    const auto keepBy = [&](auto valueOf) {
        keep(predicate, [&](std::size_t i) -> std::optional<bool> {
            const Value value = valueOf(i);
            return value ? std::optional(isIn(predicate.numbers, *value)) : std::nullopt;
        });
    };
    const EventStore& events = m_document.events();
    switch (predicate.key) {
    case FilterKey::PacketNumber:
        return keepBy([&](std::size_t i) -> Value {
            const Subject& subject = m_subjects[i];
            if (subject.packets != nullptr && (subject.packets->flags(subject.packet) & PacketNoNumber) == 0)
                return subject.packets->number(subject.packet);
            return subject.loss != nullptr ? Value(subject.loss->number) : std::nullopt;
        });
    case FilterKey::Size:
        return keepBy([&](std::size_t i) -> Value {
            const Subject& subject = m_subjects[i];
            if (subject.packets == nullptr || (subject.packets->flags(subject.packet) & PacketSizeMissing) != 0)
                return std::nullopt;
            return subject.packets->sizeBytes(subject.packet);
        });
    case FilterKey::Path:
        return keepBy([&](std::size_t i) -> Value {
            const Subject& subject = m_subjects[i];
            if (subject.packets != nullptr)
                return subject.packets->pathId(subject.packet);
            return subject.loss != nullptr ? Value(subject.loss->pathId) : std::nullopt;
        });
    case FilterKey::Row:
        return keepBy([&](std::size_t i) -> Value { return m_rows[i]; });
    case FilterKey::Offset:
        return keepBy([&](std::size_t i) -> Value { return events.offset(RowId(m_rows[i])); });
    default: // FilterKey::Trace, which people count from 1
        return keepBy([&](std::size_t i) -> Value { return std::uint64_t{events.trace(RowId(m_rows[i])).value} + 1; });
    }
}

void FilterRun::applyWord(const FilterPredicate& predicate)
{
    const auto keepBy = [&](auto bitsOf) {
        keep(predicate, [&](std::size_t i) -> std::optional<bool> {
            const std::optional<std::uint64_t> bits = bitsOf(m_subjects[i], i);
            return bits ? std::optional((*bits & predicate.mask) != 0) : std::nullopt;
        });
    };
    using Bits = std::optional<std::uint64_t>;
    const auto bit = [](auto value) { return std::uint64_t{1} << static_cast<unsigned>(value); };
    switch (predicate.key) {
    case FilterKey::Frame:
        return keepBy([&](const Subject& subject, std::size_t) -> Bits {
            if (subject.packets == nullptr || (subject.packets->flags(subject.packet) & PacketFramesLogged) == 0)
                return std::nullopt;
            return subject.packets->frameMask(subject.packet);
        });
    case FilterKey::Type:
        return keepBy([&](const Subject& subject, std::size_t i) -> Bits {
            if (subject.packets != nullptr)
                return bit(subject.packets->type(subject.packet));
            if (subject.loss == nullptr)
                return std::nullopt;
            if (subject.loss->space == PacketNumberSpace::Initial)
                return bit(PacketType::Initial);
            if (subject.loss->space == PacketNumberSpace::Handshake)
                return bit(PacketType::Handshake);
            // 0-RTT or 1-RTT: the packet itself tells, if it is in the log
            const PacketIndex& sent = m_document.traceOf(RowId(m_rows[i])).packets(Direction::Sent);
            const PacketId packet = sent.find(subject.loss->pathId, subject.loss->space, subject.loss->number);
            return packet.isValid() ? Bits(bit(sent.type(packet))) : std::nullopt;
        });
    case FilterKey::Space:
        return keepBy([&](const Subject& subject, std::size_t) -> Bits {
            const PacketNumberSpace space = subject.packets != nullptr ? spaceOf(subject.packets->type(subject.packet))
                : subject.loss != nullptr                              ? subject.loss->space
                                                                       : PacketNumberSpace::None;
            return space == PacketNumberSpace::None ? std::nullopt : Bits(bit(space));
        });
    case FilterKey::Lost:
        return keepBy([&](const Subject& subject, std::size_t i) -> Bits {
            if (subject.loss != nullptr)
                return bit(!subject.loss->isSpurious);
            if (subject.packets == nullptr || (subject.packets->flags(subject.packet) & (PacketNoNumber | PacketReceivedFlag)) != 0)
                return std::nullopt;
            return bit(isLost(subject.packet, m_document.events().trace(RowId(m_rows[i]))));
        });
    default: // FilterKey::Acked
        return keepBy([&](const Subject& subject, std::size_t) -> Bits {
            if (subject.packets == nullptr || (subject.packets->flags(subject.packet) & PacketNoNumber) != 0)
                return std::nullopt;
            return bit(subject.packets->ackedBy(subject.packet).isValid());
        });
    }
}

bool FilterRun::isLost(PacketId packet, TraceId trace)
{
    TraceState& state = stateOf(trace);
    const LostBars& bars = m_document.trace(trace).lostBars();
    if (state.lostBars != bars.size()) {
        bars.ensureSorted();
        for (std::size_t i = 0; i < bars.size(); ++i) { // not only the new ones: they come in order of time
            const std::size_t lost = bars.packet(i).value;
            if (lost >= state.lost.size())
                state.lost.resize(lost + 1);
            state.lost[lost] = true;
        }
        state.lostBars = bars.size();
    }
    return packet.value < state.lost.size() && state.lost[packet.value];
}

void FilterRun::applyTime(const FilterPredicate& predicate)
{
    const EventStore& events = m_document.events();
    TraceId current;
    std::int64_t zeroNs = 0;
    std::optional<std::int64_t> wallClockNs;
    keep(predicate, [&](std::size_t i) -> std::optional<bool> {
        const RowId row(m_rows[i]);
        if ((events.flags(row) & (RowNoTime | undecoded)) != 0)
            return std::nullopt;
        if (events.trace(row) != current) {
            current = events.trace(row);
            zeroNs = zeroOf(current);
            wallClockNs = m_document.trace(current).wallClockNs();
        }
        bool isKnown = false;
        for (const FilterPredicate::Times& times : predicate.times) {
            if (times.isWallClock && !wallClockNs)
                continue;
            isKnown = true;
            const std::int64_t time = events.timeNs(row) + (times.isWallClock ? *wallClockNs : -zeroNs);
            if (time >= times.ns.first && time <= times.ns.last)
                return true;
        }
        return isKnown ? std::optional(false) : std::nullopt;
    });
}

void FilterRun::applyStream(const FilterPredicate& predicate)
{
    keep(predicate, [&](std::size_t i) -> std::optional<bool> {
        const RowId row(m_rows[i]);
        const StreamIndex& streams = m_document.traceOf(row).streams();
        std::optional<bool> match;
        for (std::size_t at = m_subjects[i].range; at < streams.rangeCount() && streams.rangeRow(at) == row; ++at)
            match = match.value_or(false) || isIn(predicate.numbers, streams.rangeStream(at));
        for (std::size_t at = m_subjects[i].mention; at < streams.mentionCount() && streams.mentionRow(at) == row; ++at)
            match = match.value_or(false) || isIn(predicate.numbers, streams.mentionedStream(at));
        return match;
    });
}

void FilterRun::applyTrigger(std::size_t index)
{
    const FilterPredicate& predicate = m_filter.predicates[index];
    std::vector<char>& accepts = m_acceptsTrigger[index];
    const std::vector<std::string>& triggers = m_document.triggers();
    for (std::size_t i = accepts.size(); i < triggers.size(); ++i)
        accepts.push_back(std::find(predicate.words.begin(), predicate.words.end(), lowerCase(triggers[i])) != predicate.words.end());
    std::size_t& next = m_nextTrigger[index];
    keep(predicate, [&](std::size_t i) -> std::optional<bool> {
        const RowId row(m_rows[i]);
        while (next < m_document.triggerCount() && m_document.triggerRow(next) < row)
            ++next;
        if (next == m_document.triggerCount() || m_document.triggerRow(next) != row)
            return std::nullopt;
        return accepts[m_document.triggerOf(next)] != 0;
    });
}

void FilterRun::applyText(std::size_t index)
{
    TextState& state = m_texts[index];
    const bool isNegated = m_filter.texts[index].isNegated;
    std::erase_if(m_rows, [&](std::uint32_t row) {
        while (state.next < state.rows.size() && state.rows[state.next] < row)
            ++state.next;
        const bool isThere = state.next < state.rows.size() && state.rows[state.next] == row;
        return isThere == isNegated;
    });
}

} // namespace qlogscope
