// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/sequence/sequencetraces.h"

#include "views/units.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace qlogscope {

namespace {

Side sideOfRole(Role role) { return role == Role::Server ? Side::Right : Side::Left; }

} // namespace

SequenceTraces::SequenceTraces(const Workspace& workspace, TraceRef shown, const RecordReader* records)
    : m_shown(shown)
    , m_shownSide(sideOfRole(shown.get().role()))
{
    const std::vector<TraceRef> members = workspace.groupOf(shown).members;
    m_traces = endsOf(members, shown);
    m_laneTraces = laneTracesOf(workspace, members, shown, m_traces);
    for (const TraceRef& each : m_laneTraces)
        addLane(each, records);
    for (const Side side : sides()) {
        if (trace(side) == shown)
            m_shownSide = side;
    }
    if (isLogged(Side::Left) && isLogged(Side::Right))
        m_matches = std::make_unique<PacketMatches>(trace(Side::Left).get(), trace(Side::Right).get());
}

std::array<TraceRef, 2> SequenceTraces::endsOf(const std::vector<TraceRef>& members, TraceRef shown)
{
    std::array<TraceRef, 2> ends;
    if (shown.get().role() == Role::Network) { // between the ends, if one of them is there
        for (const TraceRef& member : members) {
            const Role role = member.get().role();
            if ((role == Role::Client || role == Role::Server) && !ends[indexOf(sideOfRole(role))].isValid())
                ends[indexOf(sideOfRole(role))] = member;
        }
        if (ends[0].isValid() || ends[1].isValid())
            return ends;
    }
    const Side side = sideOfRole(shown.get().role());
    ends[indexOf(side)] = shown;
    if (shown.get().role() == Role::Transport) // of all connections: no end of one
        return ends;
    TraceRef& other = ends[indexOf(otherSide(side))];
    const Role wanted = side == Side::Left ? Role::Server : Role::Client;
    for (const TraceRef& member : members) {
        if (member != shown && member.get().role() == wanted && !other.isValid())
            other = member;
    }
    return ends;
}

std::vector<TraceRef> SequenceTraces::laneTracesOf(const Workspace& workspace, const std::vector<TraceRef>& members, TraceRef shown,
                                                  const std::array<TraceRef, 2>& ends)
{
    constexpr std::size_t mostLanes = mostSides - bothSides.size();
    std::vector<TraceRef> lanes;
    if (shown.get().role() == Role::Transport)
        return lanes;
    const auto add = [&](const TraceRef& trace) {
        if (lanes.size() < mostLanes && trace != ends[0] && trace != ends[1] && std::find(lanes.begin(), lanes.end(), trace) == lanes.end())
            lanes.push_back(trace);
    };
    if (shown.get().role() == Role::Network)
        add(shown);
    for (const TraceRef& member : members) {
        if (member.get().role() == Role::Network && member.get().rowCount() > 0)
            add(member);
    }
    TimeRange times; // of the connection, by the wall clock
    for (const TraceRef& end : ends) {
        if (end.isValid() && end.get().wallClockNs())
            times = times.united(end.get().timeRange().shifted(*end.get().wallClockNs()));
    }
    for (const std::unique_ptr<Document>& document : workspace.documents()) {
        for (std::size_t i = 0; !times.isEmpty() && i < document->traceCount(); ++i) {
            const TraceRef trace{document.get(), TraceId(i)};
            if (trace.get().role() != Role::Transport || !trace.get().wallClockNs() || trace.get().rowCount() == 0)
                continue;
            if (EndpointRows::mayOverlap(trace.get().timeRange().shifted(*trace.get().wallClockNs()), times))
                add(trace);
        }
    }
    return lanes;
}

/// On the clock of the server where that is known, whose endpoint-wide logs are the usual ones; without wall clocks a tap begins with
/// the connection.
void SequenceTraces::addLane(TraceRef trace, const RecordReader* records)
{
    Lane lane;
    lane.trace = trace;
    const auto knowsWallClock = [this](Side side) { return isLogged(side) && this->trace(side).get().wallClockNs().has_value(); };
    lane.base = knowsWallClock(Side::Right) ? Side::Right : knowsWallClock(Side::Left) || isLogged(Side::Left) ? Side::Left : Side::Right;
    const Trace& base = this->trace(lane.base).get();
    lane.hasWallClocks = trace.get().wallClockNs() && base.wallClockNs();
    lane.aheadNs = lane.hasWallClocks ? saturatedDifference(*base.wallClockNs(), *trace.get().wallClockNs())
                                      : saturatedDifference(trace.get().timeRange().beginNs, base.timeRange().beginNs);
    if (trace.get().role() == Role::Transport)
        lane.rows = std::make_unique<EndpointRows>(trace, records);
    lane.isReady = lane.rows == nullptr;
    m_lanes.push_back(std::move(lane));
}

/// As long as the ends are at their beginning: more packets may name more IDs.
void SequenceTraces::findIds(Lane* lane) const
{
    std::size_t packets = 0;
    for (const Side side : bothSides) {
        for (const Direction direction : {Direction::Sent, Direction::Received})
            packets += isLogged(side) ? std::min(this->packets(side, direction).size(), EndpointRows::packetsLookedAt) : 0;
    }
    if (packets == std::exchange(lane->packetsOfIds, packets) && packets > 0)
        return;
    std::set<std::string> ids;
    for (const Side side : bothSides) {
        if (isLogged(side))
            ids.merge(lane->rows->idsOf(trace(side)));
    }
    lane->rows->setIds(std::move(ids));
}

std::optional<Side> SequenceTraces::endOf(Side side) const
{
    if (!isLogged(side))
        return side;
    const Trace& of = trace(side).get();
    if (of.role() != Role::Transport)
        return isEnd(side) ? side : lane(side).base;
    constexpr std::size_t mostLookedAt = 10'000;
    const PacketIndex& sent = of.packets(Direction::Sent);
    for (std::size_t i = 0; i < std::min(sent.size(), mostLookedAt); ++i) {
        const PacketType type = sent.type(PacketId(i));
        if (type == PacketType::Retry || type == PacketType::VersionNegotiation)
            return Side::Right;
    }
    return std::nullopt;
}

QString SequenceTraces::laneNote(Side side) const
{
    if (isEnd(side))
        return {};
    const Lane& of = lane(side);
    if (of.rows != nullptr)
        return tr("Of all connections of the endpoint: what names a connection ID of the first packets of this one, and what names none in its time, by the wall clocks of both logs.");
    return of.hasWallClocks ? tr("Placed by the wall clocks of both logs.") : tr("The wall clocks are not logged: its first record is put beside the first one of the connection.");
}

bool SequenceTraces::isCurrent(const Workspace& workspace) const
{
    const std::vector<TraceRef> members = workspace.groupOf(m_shown).members;
    const std::array<TraceRef, 2> ends = endsOf(members, m_shown);
    return ends == m_traces && laneTracesOf(workspace, members, m_shown, ends) == m_laneTraces;
}

std::optional<Side> SequenceTraces::sideOf(const Document* document, RowId row) const
{
    for (const Side side : sides()) {
        if (isLogged(side) && trace(side).document == document && document->events().trace(row) == trace(side).trace)
            return side;
    }
    return std::nullopt;
}

bool SequenceTraces::advance(std::int64_t milliseconds)
{
    if (!m_matches)
        return advanceLanes(milliseconds);
    if (!m_matches->advance(milliseconds))
        return false;
    const ClockOffset& clock = m_matches->clock();
    if (!m_isMatched || clock.offsetNs() != m_lastOffsetNs || clock.points().size() != m_lastPoints)
        ++m_clockVersion;
    m_isMatched = true;
    m_lastOffsetNs = clock.offsetNs();
    m_lastPoints = clock.points().size();
    return advanceLanes(milliseconds);
}

/// Looks for the connection's rows in endpoint-wide traces.
bool SequenceTraces::advanceLanes(std::int64_t milliseconds)
{
    bool isDone = true;
    for (Lane& each : m_lanes) {
        if (!each.rows)
            continue;
        TimeRange times; // of the connection, on the clock of the lane's base
        for (const Side side : bothSides) {
            if (!isLogged(side))
                continue;
            const TimeRange own = trace(side).get().timeRange();
            times = times.united({timeNs(each.base, axisNs(side, own.beginNs)), saturatedSum(timeNs(each.base, axisNs(side, own.endNs)), 1)});
        }
        findIds(&each);
        const bool isReady = each.rows->advance(times.shifted(each.aheadNs), milliseconds);
        if (isReady && (!each.isReady || each.rowsVersion != each.rows->version()))
            ++m_clockVersion;
        each.rowsVersion = each.rows->version();
        each.isReady = each.isReady || isReady;
        isDone = isDone && isReady;
    }
    return isDone;
}

void SequenceTraces::setOffset(std::optional<std::int64_t> offsetNs)
{
    m_offsetByHand = offsetNs;
    if (!m_matches)
        return;
    const std::optional<std::int64_t> ofTraces = offsetNs ? m_matches->clock().offsetOfWallClocks(*offsetNs) : std::nullopt;
    m_matches->clock().setManual(ofTraces ? ofTraces : offsetNs);
    ++m_clockVersion;
}

std::int64_t SequenceTraces::offsetNs() const
{
    if (!m_matches)
        return 0;
    return m_matches->clock().wallClockOffsetNs().value_or(m_matches->clock().offsetNs());
}

QString SequenceTraces::clockText() const
{
    if (!m_matches)
        return {};
    if (!m_isMatched)
        return tr("matching the packets of both logs…");
    const ClockOffset& clock = m_matches->clock();
    if (clock.kind() == ClockOffset::Kind::Unpaired)
        return tr("clock offset not known");
    const std::int64_t offset = offsetNs();
    const QString text = tr("server clock %1%2").arg(offset < 0 ? QStringLiteral("\u2212") : QStringLiteral("+"), durationText(offset < 0 ? -offset : offset));
    switch (clock.kind()) {
    case ClockOffset::Kind::Manual:
        return tr("%1 (by hand)").arg(text);
    case ClockOffset::Kind::OneSided:
        return tr("%1 (one-sided)").arg(text);
    case ClockOffset::Kind::WallClocks:
        return tr("%1 (wall clocks)").arg(text);
    case ClockOffset::Kind::FirstPacket:
        return tr("%1 (by the first packet)").arg(text);
    default:
        break;
    }
    const std::optional<std::int64_t> uncertainty = clock.uncertaintyNs();
    const QString known = uncertainty ? tr("%1 \u00b1 %2").arg(text, durationText(*uncertainty)) : text;
    return clock.kind() == ClockOffset::Kind::Piecewise ? tr("%1, drifting").arg(known) : known;
}

QString SequenceTraces::clockExplanation() const
{
    if (!m_matches)
        return {};
    switch (m_matches->clock().kind()) {
    case ClockOffset::Kind::Unpaired:
        return tr("The two logs share no packet and do not know the wall clock: both begin at the same time here.");
    case ClockOffset::Kind::Interval:
        return tr("No packet takes less than no time: those to the server bound the offset of its clock from above, those to the client from below. "
                  "The middle is shown; half the distance is the uncertainty.");
    case ClockOffset::Kind::Piecewise:
        return tr("The clocks run at different rates: the offset is estimated for each part of the time. The figure is that of the middle.");
    case ClockOffset::Kind::OneSided:
        return tr("The logs share packets of one direction only: the other bound is taken to be the smallest smoothed RTT away.");
    case ClockOffset::Kind::WallClocks:
        return tr("The logs share fewer than three packets: their wall clocks are taken as they are.");
    case ClockOffset::Kind::FirstPacket:
        return tr("The logs share fewer than three packets: the first one is taken to have travelled half the RTT.");
    case ClockOffset::Kind::Manual:
        return tr("Set by hand.");
    }
    return {};
}

std::int64_t SequenceTraces::axisNs(Side side, std::int64_t timeNs) const
{
    if (!isEnd(side))
        return axisNs(lane(side).base, saturatedDifference(timeNs, lane(side).aheadNs));
    return side == Side::Right && isPair() ? m_matches->clock().clientTimeOf(timeNs) : timeNs;
}

std::int64_t SequenceTraces::timeNs(Side side, std::int64_t axisNs) const
{
    if (!isEnd(side))
        return saturatedSum(timeNs(lane(side).base, axisNs), lane(side).aheadNs);
    return side == Side::Right && isPair() ? m_matches->clock().serverTimeOf(axisNs) : axisNs;
}

/// Between the first packet sent and the first one received after it.
std::optional<std::int64_t> SequenceTraces::firstExchangeNs(Side side) const
{
    const Trace& of = trace(side).get();
    const PacketIndex& sent = of.packets(Direction::Sent);
    const PacketIndex& received = of.packets(Direction::Received);
    if (sent.size() == 0 || received.size() == 0 || of.role() != Role::Client)
        return std::nullopt;
    const std::int64_t between = saturatedDifference(of.events().timeNs(received.row(PacketId(std::size_t{0}))), of.events().timeNs(sent.row(PacketId(std::size_t{0}))));
    return between > 0 ? std::optional(between) : std::nullopt;
}

std::optional<std::int64_t> SequenceTraces::halfRttNs(Side side, std::int64_t timeNs) const
{
    const Trace& of = trace(side).get();
    for (const MetricKind kind : {MetricKind::SmoothedRtt, MetricKind::LatestRtt, MetricKind::MinRtt}) {
        const Series& rtt = of.metric(kind);
        if (rtt.empty())
            continue;
        if (const std::optional<std::int64_t> value = rtt.valueAt(timeNs); value && *value > 0)
            return *value / 2;
        return rtt.value(0) / 2; // before the first one
    }
    const std::optional<std::int64_t> first = firstExchangeNs(side);
    return first ? std::optional(*first / 2) : std::nullopt;
}

const NameTable::Entry* SequenceTraces::nameOf(Side side, RowId row) const
{
    const Document& document = *trace(side).document;
    const NameId name = document.events().name(row);
    return name.isValid() ? &document.names()[name] : nullptr;
}

std::optional<SequencePacket> SequenceTraces::packetOf(Side side, RowId row) const
{
    return isEnd(side) ? loggedPacket(side, row) : std::nullopt;
}

std::optional<SequencePacket> SequenceTraces::loggedPacket(Side side, RowId row) const
{
    const NameTable::Entry* name = nameOf(side, row);
    if (name == nullptr || (name->kind != EventKind::PacketSent && name->kind != EventKind::PacketReceived))
        return std::nullopt;
    const Direction direction = name->kind == EventKind::PacketSent ? Direction::Sent : Direction::Received;
    const PacketId id = packets(side, direction).packetOfRow(row);
    return id.isValid() ? std::optional(SequencePacket{direction, id}) : std::nullopt;
}

RowId SequenceTraces::counterpart(Side side, const SequencePacket& packet) const
{
    if (!m_isMatched || !isEnd(side))
        return {};
    const Side other = otherSide(side);
    if (packet.direction == Direction::Sent) {
        const PacketId received = m_matches->receivedAs(flowFrom(side), packet.id);
        return received.isValid() ? packets(other, Direction::Received).row(received) : RowId();
    }
    const PacketId sent = m_matches->sentAs(flowFrom(other), packet.id);
    return sent.isValid() ? packets(other, Direction::Sent).row(sent) : RowId();
}

PacketFate SequenceTraces::fateOf(Side side, PacketId sent) const
{
    return m_isMatched && isEnd(side) ? m_matches->fate(flowFrom(side), sent) : PacketFate::Unknown;
}

} // namespace qlogscope
