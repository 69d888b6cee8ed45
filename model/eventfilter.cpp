// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/eventfilter.h"

#include "model/textsearch.h"

#include <algorithm>

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
    const bool acceptsNameless = filter.acceptsName(nullptr)
        && std::all_of(filter.predicates.begin(), filter.predicates.end(), [](const FilterPredicate& each) {
               return each.isNegated || !(isOfPackets(each.key) || each.key == FilterKey::Direction);
           });
    m_acceptsName[EventStore::noName] = acceptsNameless ? 1 : 0;
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
    for (; m_judgedNames < names.size(); ++m_judgedNames) {
        const NameTable::Entry& name = names[NameId(m_judgedNames)];
        m_acceptsName[m_judgedNames] = m_filter.acceptsName(&name) && canBeOfKind(name.kind) ? 1 : 0;
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
        selected->insert(selected->end(), m_rows.begin(), m_rows.end());
        m_position = blockEnd;
    }
}

void FilterRun::judgeBlock(std::size_t end)
{
    m_blockEnd = end;
    chooseByName();
    if (!m_filter.predicates.empty()) {
        findTraces();
        findFacts();
    }
    for (std::size_t i = 0; i < m_filter.predicates.size(); ++i)
        applyPredicate(i);
    for (std::size_t i = 0; i < m_filter.texts.size(); ++i)
        applyText(i);
}

void FilterRun::chooseByName()
{
    m_rows.resize(m_blockEnd - m_position);
    std::size_t count = 0;
    std::size_t row = m_position;
    m_document.events().forEachNameRun(m_position, m_blockEnd, [&](std::span<const std::uint16_t> names) {
        for (const std::uint16_t name : names) {
            m_rows[count] = RowId(row++);
            count += m_acceptsName[name];
        }
    });
    m_rows.resize(count);
}

/// The traces that the rows of the block belong to.
void FilterRun::findTraces()
{
    m_blockTraces.clear();
    if (m_document.traceCount() == 1) {
        m_blockTraces.push_back(TraceId(std::size_t{0}));
        (void)stateOf(m_blockTraces.front());
        return;
    }
    for (std::size_t i = m_position; i < m_blockEnd; ++i) {
        const TraceId trace = m_document.events().trace(RowId(i));
        if (!stateOf(trace).isInBlock)
            m_blockTraces.push_back(trace);
        stateOf(trace).isInBlock = true;
    }
    for (const TraceId trace : m_blockTraces)
        stateOf(trace).isInBlock = false;
}

namespace {

/// Moves to the facts of the next block, which ends before @p endRow: by growing steps, then by halves.
template <typename Range, typename RowOf> void moveTo(Range& range, std::size_t endRow, std::size_t count, RowOf rowOf)
{
    range.begin = range.end;
    std::size_t step = 1;
    std::size_t low = range.begin;
    std::size_t high = range.begin;
    while (high < count && rowOf(high).value < endRow) {
        low = high + 1;
        high += step;
        step *= 2;
    }
    high = std::min(high, count);
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (rowOf(middle).value < endRow)
            low = middle + 1;
        else
            high = middle;
    }
    range.end = low;
}

} // namespace

void FilterRun::findFacts()
{
    for (const TraceId id : m_blockTraces) {
        TraceState& state = stateOf(id);
        const Trace& trace = m_document.trace(id);
        for (const Direction direction : {Direction::Sent, Direction::Received}) {
            const PacketIndex& packets = trace.packets(direction);
            moveTo(state.packets[static_cast<std::size_t>(direction)], m_blockEnd, packets.size(),
                   [&](std::size_t at) { return packets.row(PacketId(at)); });
        }
        const Column<LostFact>& losses = trace.lossEvents();
        moveTo(state.losses, m_blockEnd, losses.size(), [&](std::size_t at) { return losses[at].row; });
        const StreamIndex& streams = trace.streams();
        moveTo(state.streamRanges, m_blockEnd, streams.rangeCount(), [&](std::size_t at) { return streams.rangeRow(at); });
        moveTo(state.streamMentions, m_blockEnd, streams.mentionCount(), [&](std::size_t at) { return streams.mentionRow(at); });
    }
}

void FilterRun::applyPredicate(std::size_t index)
{
    const FilterPredicate& predicate = m_filter.predicates[index];
    if (predicate.key == FilterKey::Direction || m_rows.empty()) // decided by the name
        return;
    m_matches.assign(m_blockEnd - m_position, Match::Lacking);
    switch (predicate.key) {
    case FilterKey::PacketNumber:
    case FilterKey::Size:
    case FilterKey::Path:
        markNumbers(predicate);
        break;
    case FilterKey::Frame:
        markFrames(predicate);
        break;
    case FilterKey::Type:
        markTypes(predicate);
        break;
    case FilterKey::Space:
        markSpaces(predicate);
        break;
    case FilterKey::Lost:
        markLost(predicate);
        break;
    case FilterKey::Acked:
        markAcked(predicate);
        break;
    case FilterKey::Stream:
        markStreams(predicate);
        break;
    case FilterKey::Trigger:
        markTriggers(index);
        break;
    case FilterKey::Time:
        markTimes(predicate);
        break;
    case FilterKey::Row:
    case FilterKey::Offset:
    case FilterKey::Trace:
        markRows(predicate);
        break;
    case FilterKey::Direction:
        break;
    }
    const Match wanted = predicate.isInverted ? Match::No : Match::Yes;
    std::size_t kept = 0;
    for (const RowId row : m_rows) {
        m_rows[kept] = row;
        kept += (m_matches[row.value - m_position] == wanted) != predicate.isNegated ? 1U : 0U;
    }
    m_rows.resize(kept);
}

template <typename MatchOf> void FilterRun::markPackets(MatchOf matchOfPacket)
{
    for (const TraceId trace : m_blockTraces) {
        for (const Direction direction : {Direction::Sent, Direction::Received}) {
            PacketIndex::Reader packets(m_document.trace(trace).packets(direction));
            const FactRange range = stateOf(trace).packets[static_cast<std::size_t>(direction)];
            for (std::size_t i = range.begin; i < range.end; ++i)
                mark(packets.row(PacketId(i)), matchOfPacket(packets, PacketId(i)));
        }
    }
}

template <typename MatchOf> void FilterRun::markLosses(MatchOf matchOfLoss)
{
    for (const TraceId trace : m_blockTraces) {
        const Column<LostFact>& losses = m_document.trace(trace).lossEvents();
        const FactRange& range = stateOf(trace).losses;
        for (std::size_t i = range.begin; i < range.end; ++i)
            mark(losses[i].row, matchOfLoss(losses[i], trace));
    }
}

void FilterRun::markNumbers(const FilterPredicate& predicate)
{
    const auto in = [&](std::uint64_t number) { return matchOf(isIn(predicate.numbers, number)); };
    if (predicate.key == FilterKey::Size) {
        markPackets([&](PacketIndex::Reader& packets, PacketId packet) {
            return (packets.flags(packet) & PacketSizeMissing) != 0 ? Match::Lacking : in(packets.sizeBytes(packet));
        });
    } else if (predicate.key == FilterKey::Path) {
        markPackets([&](PacketIndex::Reader& packets, PacketId packet) { return in(packets.pathId(packet)); });
        markLosses([&](const LostFact& loss, TraceId) { return in(loss.pathId); });
    } else {
        markPackets([&](PacketIndex::Reader& packets, PacketId packet) {
            return (packets.flags(packet) & PacketNoNumber) != 0 ? Match::Lacking : in(packets.number(packet));
        });
        markLosses([&](const LostFact& loss, TraceId) { return in(loss.number); });
    }
}

void FilterRun::markFrames(const FilterPredicate& predicate)
{
    markPackets([&](PacketIndex::Reader& packets, PacketId packet) {
        if ((packets.flags(packet) & PacketFramesLogged) == 0)
            return Match::Lacking;
        return matchOf((packets.frameMask(packet) & predicate.mask) != 0);
    });
}

void FilterRun::markTypes(const FilterPredicate& predicate)
{
    const auto in = [&](PacketType type) { return matchOf((predicate.mask >> static_cast<unsigned>(type) & 1U) != 0); };
    markPackets([&](PacketIndex::Reader& packets, PacketId packet) { return in(packets.type(packet)); });
    markLosses([&](const LostFact& loss, TraceId trace) {
        if (loss.space == PacketNumberSpace::Initial)
            return in(PacketType::Initial);
        if (loss.space == PacketNumberSpace::Handshake)
            return in(PacketType::Handshake);
        // 0-RTT or 1-RTT: only the packet itself tells, if it is in the log
        const PacketIndex& sent = m_document.trace(trace).packets(Direction::Sent);
        const PacketId packet = sent.find(loss.pathId, loss.space, loss.number);
        return packet.isValid() ? in(sent.type(packet)) : Match::Lacking;
    });
}

void FilterRun::markSpaces(const FilterPredicate& predicate)
{
    const auto in = [&](PacketNumberSpace space) {
        if (space == PacketNumberSpace::None)
            return Match::Lacking;
        return matchOf((predicate.mask >> static_cast<unsigned>(space) & 1U) != 0);
    };
    markPackets([&](PacketIndex::Reader& packets, PacketId packet) { return in(spaceOf(packets.type(packet))); });
    markLosses([&](const LostFact& loss, TraceId) { return in(loss.space); });
}

void FilterRun::noteLosses(const Trace& trace, TraceState* state) const
{
    const LostBars& bars = trace.lostBars();
    if (state->lostBars == bars.size())
        return;
    bars.ensureSorted();
    for (std::size_t i = 0; i < bars.size(); ++i) { // not only the new ones: they are in order of time
        const std::size_t packet = bars.packet(i).value;
        if (packet >= state->lost.size())
            state->lost.resize(packet + 1);
        state->lost[packet] = true;
    }
    state->lostBars = bars.size();
}

void FilterRun::markLost(const FilterPredicate& predicate)
{
    const auto in = [&](bool isLost) { return matchOf((predicate.mask >> (isLost ? 1U : 0U) & 1U) != 0); };
    for (const TraceId id : m_blockTraces) {
        TraceState& state = stateOf(id);
        noteLosses(m_document.trace(id), &state);
        PacketIndex::Reader packets(m_document.trace(id).packets(Direction::Sent));
        const FactRange range = state.packets[static_cast<std::size_t>(Direction::Sent)];
        for (std::size_t i = range.begin; i < range.end; ++i) {
            if ((packets.flags(PacketId(i)) & PacketNoNumber) == 0)
                mark(packets.row(PacketId(i)), in(i < state.lost.size() && state.lost[i]));
        }
    }
    markLosses([&](const LostFact& loss, TraceId) { return in(!loss.isSpurious); });
}

void FilterRun::markAcked(const FilterPredicate& predicate)
{
    markPackets([&](PacketIndex::Reader& packets, PacketId packet) {
        if ((packets.flags(packet) & PacketNoNumber) != 0)
            return Match::Lacking;
        return matchOf((predicate.mask >> (packets.ackedBy(packet).isValid() ? 1U : 0U) & 1U) != 0);
    });
}

void FilterRun::markStreams(const FilterPredicate& predicate)
{
    const auto markOne = [&](RowId row, std::uint64_t stream) {
        Match& match = m_matches[row.value - m_position];
        match = std::max(match, matchOf(isIn(predicate.numbers, stream)));
    };
    for (const TraceId id : m_blockTraces) {
        const TraceState& state = stateOf(id);
        const StreamIndex& streams = m_document.trace(id).streams();
        for (std::size_t i = state.streamRanges.begin; i < state.streamRanges.end; ++i)
            markOne(streams.rangeRow(i), streams.rangeStream(i));
        for (std::size_t i = state.streamMentions.begin; i < state.streamMentions.end; ++i)
            markOne(streams.mentionRow(i), streams.mentionedStream(i));
    }
}

void FilterRun::markTriggers(std::size_t index)
{
    const std::vector<std::string>& words = m_filter.predicates[index].words;
    std::vector<char>& accepts = m_acceptsTrigger[index];
    const std::vector<std::string>& triggers = m_document.triggers();
    for (std::size_t i = accepts.size(); i < triggers.size(); ++i)
        accepts.push_back(std::find(words.begin(), words.end(), lowerCase(triggers[i])) != words.end() ? 1 : 0);
    std::size_t& next = m_nextTrigger[index];
    while (next < m_document.triggerCount() && m_document.triggerRow(next).value < m_position)
        ++next;
    for (; next < m_document.triggerCount() && m_document.triggerRow(next).value < m_blockEnd; ++next)
        mark(m_document.triggerRow(next), matchOf(accepts[m_document.triggerOf(next)] != 0));
}

void FilterRun::markTimes(const FilterPredicate& predicate)
{
    EventStore::Reader events(m_document.events());
    TraceId current;
    std::int64_t zeroNs = 0;
    std::optional<std::int64_t> wallClockNs;
    for (const RowId row : m_rows) {
        if ((events.flags(row) & (RowNoTime | RowMalformed | RowOversized)) != 0)
            continue;
        if (events.trace(row) != current) {
            current = events.trace(row);
            zeroNs = zeroOf(current);
            wallClockNs = m_document.trace(current).wallClockNs();
        }
        Match match = Match::Lacking;
        for (const FilterPredicate::Times& times : predicate.times) {
            if (times.isWallClock && !wallClockNs)
                continue;
            const std::int64_t time = events.timeNs(row) + (times.isWallClock ? *wallClockNs : -zeroNs);
            match = std::max(match, matchOf(time >= times.ns.first && time <= times.ns.last));
        }
        mark(row, match);
    }
}

void FilterRun::markRows(const FilterPredicate& predicate)
{
    const EventStore& events = m_document.events();
    for (const RowId row : m_rows) {
        std::uint64_t number = row.value;
        if (predicate.key == FilterKey::Offset)
            number = events.offset(row);
        else if (predicate.key == FilterKey::Trace)
            number = std::uint64_t{events.trace(row).value} + 1; // as people count
        mark(row, matchOf(isIn(predicate.numbers, number)));
    }
}

void FilterRun::applyText(std::size_t index)
{
    TextState& state = m_texts[index];
    const bool isNegated = m_filter.texts[index].isNegated;
    std::erase_if(m_rows, [&](RowId row) {
        while (state.next < state.rows.size() && state.rows[state.next] < row.value)
            ++state.next;
        const bool isThere = state.next < state.rows.size() && state.rows[state.next] == row.value;
        return isThere == isNegated;
    });
}

std::vector<RowId> selectRows(const Filter& filter, const Document& document, std::string* problem)
{
    FilterRun run(filter, document);
    if (!filter.texts.empty()) {
        TextSearch search{document.source(), document.events().ranges(), 0, {}};
        for (const FilterText& text : filter.texts)
            search.texts.push_back(text.bytes);
        const TextSearchResult found = searchTexts(search, [](std::uint64_t, std::uint64_t) { return true; });
        *problem = found.problem;
        if (!problem->empty())
            return {};
        for (std::size_t i = 0; i < found.rows.size(); ++i)
            run.addTextMatches(i, found.rows[i], found.searchedTo);
    }
    std::vector<RowId> rows;
    run.advanceAll(&rows);
    return rows;
}

} // namespace qlogscope
