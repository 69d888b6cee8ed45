// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/findingrules.h"

#include "model/intervalset.h"
#include "model/timebase.h"

#include <algorithm>

namespace qlogscope::rules {

namespace {

constexpr std::int64_t msNs = 1'000'000;
constexpr std::uint64_t datagramBytes = 1'200; // the smallest that a path must carry (RFC 9000, section 14)
constexpr std::uint64_t largestVarint = (std::uint64_t{1} << 62) - 1;

std::string number(std::uint64_t value) { return std::to_string(value); }
/// Whole milliseconds from a second on, else whole microseconds: a sentence needs no more.
std::string ms(std::int64_t ns)
{
    const std::int64_t unit = ns >= 1'000'000'000 ? 1'000'000 : ns >= 1'000'000 ? 1'000 : 1;
    return millisecondsText((ns + unit / 2) / unit * unit) + " ms";
}
std::string counted(std::uint64_t count, const std::string& one) { return number(count) + " " + one + (count == 1 ? "" : "s"); }

} // namespace

// ---------------------------------------------------------------------------------------------------------------- context

namespace {

/// A malformed, oversized or nameless record that is not the last of the file may have said anything.
bool documentHasHoles(const Document& document)
{
    const Diagnostics& diagnostics = document.diagnostics();
    for (const DiagnosticKind kind : {DiagnosticKind::OversizedRecord, DiagnosticKind::ReadError, DiagnosticKind::MissingName}) {
        if (diagnostics.count(kind) > 0)
            return true;
    }
    const std::uint64_t malformed = diagnostics.count(DiagnosticKind::MalformedRecord);
    if (malformed != 1)
        return malformed > 0;
    const RowId row = diagnostics.listed(DiagnosticKind::MalformedRecord).front().row;
    return row.isValid() && row.value + 1 < document.events().size();
}

bool stepsBackFar(const Document& document, const Trace& trace)
{
    constexpr std::int64_t jitterNs = 2 * msNs;
    if (!trace.hasBackwardTimes())
        return false;
    std::int64_t latest = INT64_MIN;
    for (std::size_t i = 0; i < trace.rowCount(); ++i) {
        const RowId row = trace.row(i);
        if ((document.events().flags(row) & (RowNoTime | RowMalformed | RowOversized)) != 0)
            continue;
        const std::int64_t time = document.events().timeNs(row);
        if (latest != INT64_MIN && time < latest - jitterNs)
            return true;
        latest = std::max(latest, time);
    }
    return false;
}

} // namespace

Context::Context(const Document& doc, TraceId id)
    : document(doc)
    , trace(doc.trace(id))
    , connection(trace.connection())
    , role(trace.role())
    , hasHoles(documentHasHoles(doc))
    , isOutOfOrder(stepsBackFar(doc, trace))
{
    for (const Direction direction : {Direction::Sent, Direction::Received}) {
        const auto& frames = trace.frameCounts(direction);
        hasAckFrequency = hasAckFrequency || frames.contains(std::string(text(FrameKind::AckFrequency)));
        usesPaths = usesPaths || trace.packets(direction).usesPathIds();
    }
}

std::int64_t Context::peerMaxAckDelayNs() const
{
    const std::uint64_t logged
        = connection.parameterOrDefault(ParameterOwner::Remote, TransportParameter::MaxAckDelay).value_or(25);
    return static_cast<std::int64_t>(std::min<std::uint64_t>(logged, 1U << 14)) * msNs; // RFC 9000: below 2^14
}

void Context::undecide(FindingKind kind, std::string reason) { findings.undecided.push_back({kind, std::move(reason)}); }

bool Context::undecideIfUnordered(FindingKind kind)
{
    if (role == Role::Network)
        undecide(kind, "the log is of an observer between the endpoints");
    else if (isOutOfOrder)
        undecide(kind, "the records of the log are not in the order of time");
    else if (hasHoles)
        undecide(kind, "records of the log cannot be read");
    else
        return false;
    return true;
}

void Evidence::add(const Evidence& other)
{
    m_count += other.m_count;
    std::vector<RowId> all;
    std::merge(m_rows.begin(), m_rows.end(), other.m_rows.begin(), other.m_rows.end(), std::back_inserter(all));
    all.resize(std::min(all.size(), Finding::listedRows));
    m_rows = std::move(all);
}

void Evidence::report(Context* context, FindingKind kind, std::string detail)
{
    if (m_count == 0)
        return;
    std::sort(m_rows.begin(), m_rows.end());
    context->findings.found.push_back(
        {kind, severityOf(kind), context->trace.id(), m_count, std::move(m_rows), std::move(detail)});
}

// -------------------------------------------------------------------------------------------------------------------- RTT

void SampledRtt::add(std::int64_t sampleNs, std::int64_t timeNs)
{
    RttEstimator::add(sampleNs, timeNs);
    if (m_samples.size() < keptSamples)
        m_samples.push_back(sampleNs);
}

namespace {

std::int64_t medianOf(std::vector<std::int64_t> values)
{
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

} // namespace

void findRttUnit(Context* context, const SampledRtt& rtt)
{
    constexpr std::size_t enough = 5;
    constexpr std::int64_t suspicious = 100;
    const MetricKind kind = context->trace.metric(MetricKind::LatestRtt).empty() ? MetricKind::SmoothedRtt : MetricKind::LatestRtt;
    const Series& logged = context->trace.metric(kind);
    if (context->undecideIfUnordered(FindingKind::RttUnitSuspicious))
        return;
    if (logged.size() < enough || rtt.firstSamples().size() < enough) {
        context->undecide(FindingKind::RttUnitSuspicious,
                          logged.empty() ? "the log has no RTTs" : "there are too few RTTs or ACKs to compare");
        return;
    }
    std::vector<std::int64_t> values;
    for (std::size_t i = 0; i < std::min(logged.size(), rtt.firstSamples().size()); ++i)
        values.push_back(logged.value(i));
    const std::int64_t loggedNs = medianOf(std::move(values));
    const std::int64_t sampledNs = medianOf(rtt.firstSamples());
    if (loggedNs <= 0 || sampledNs <= 0 || (loggedNs / suspicious < sampledNs && sampledNs / suspicious < loggedNs))
        return;
    Evidence evidence;
    evidence.add(logged.row(0));
    const bool isLarge = loggedNs > sampledNs;
    const std::int64_t factor = isLarge ? loggedNs / sampledNs : sampledNs / loggedNs;
    evidence.report(context, FindingKind::RttUnitSuspicious,
                    "The logged " + std::string(text(kind)) + " has a median of " + ms(loggedNs)
                        + ", the time from packets to their ACKs one of " + ms(sampledNs) + ": about " + number(static_cast<std::uint64_t>(factor))
                        + " times too " + (isLarge ? "large" : "small") + ", so its unit is probably not that of the log.");
}

// ----------------------------------------------------------------------------------------------------------------- limits

LimitRule::LimitRule(Context* context)
    : m_context(context)
    , m_hasInferredLengths(context->trace.header().writer == Writer::OpenSsl)
{
}

void LimitRule::Excess::add(RowId row, std::uint64_t usedNow, std::uint64_t limitNow, std::uint64_t id)
{
    evidence.add(row);
    if (evidence.count() > 1 && usedNow - limitNow <= used - limit)
        return;
    used = usedNow;
    limit = limitNow;
    streamId = id;
}

std::size_t LimitRule::initialIndex(Direction direction, std::uint64_t streamId) const
{
    if ((streamId & 2) != 0)
        return 2; // unidirectional
    // "local" are the streams that were opened by the side that sets the limit: the one that receives the data
    const bool receiverOpened = isOwn(streamId) == (direction == Direction::Received);
    return receiverOpened ? 0 : 1;
}

void LimitRule::apply(const ParameterFact& fact)
{
    if (fact.owner == ParameterOwner::Unknown)
        return;
    Side& side = m_sides[static_cast<std::size_t>(fact.owner == ParameterOwner::Remote ? Direction::Sent : Direction::Received)];
    const auto raise = [&](std::optional<std::uint64_t>* limit) { *limit = std::max(limit->value_or(0), fact.value); };
    switch (fact.parameter) {
    case TransportParameter::InitialMaxData:
        return raise(&side.data);
    case TransportParameter::InitialMaxStreamDataBidiLocal:
        return raise(&side.initial[0]);
    case TransportParameter::InitialMaxStreamDataBidiRemote:
        return raise(&side.initial[1]);
    case TransportParameter::InitialMaxStreamDataUni:
        return raise(&side.initial[2]);
    case TransportParameter::InitialMaxStreamsBidi:
        return raise(&side.streams[0]);
    case TransportParameter::InitialMaxStreamsUni:
        return raise(&side.streams[1]);
    default:
        return;
    }
}

void LimitRule::apply(const LimitFact& fact)
{
    if (fact.event != LimitEvent::Raised || fact.value == LimitFact::none)
        return;
    // a limit that was received binds what is sent
    Side& side = m_sides[static_cast<std::size_t>(fact.direction == Direction::Received ? Direction::Sent : Direction::Received)];
    // without the initial limit nothing is judged: the log may have begun in the middle
    const auto raise = [&](std::optional<std::uint64_t>* limit) {
        if (*limit)
            *limit = std::max(**limit, fact.value);
    };
    switch (fact.kind) {
    case LimitKind::Data:
        return raise(&side.data);
    case LimitKind::StreamsBidi:
        return raise(&side.streams[0]);
    case LimitKind::StreamsUni:
        return raise(&side.streams[1]);
    case LimitKind::StreamData: {
        std::uint64_t& limit = side.raised[fact.streamId];
        limit = std::max(limit, fact.value);
        return;
    }
    }
}

/// What stands before the row, or has the same time: a writer may log what it received after what it sent because of it.
void LimitRule::applyUpTo(RowId row)
{
    const std::int64_t time = m_context->timeNs(row);
    const auto isDue = [&](RowId each) { return each <= row || m_context->timeNs(each) <= time; };
    const std::vector<ParameterFact>& parameters = m_context->connection.parameters();
    while (m_nextParameter < parameters.size() && isDue(parameters[m_nextParameter].row))
        apply(parameters[m_nextParameter++]);
    const Column<LimitFact>& limits = m_context->connection.limits();
    while (m_nextLimit < limits.size() && isDue(limits[m_nextLimit].row))
        apply(limits[m_nextLimit++]);
}

void LimitRule::packet(const PacketFact& packet)
{
    if (spaceOf(packet.type) == PacketNumberSpace::Application && (packet.flags & PacketFramesLogged) == 0)
        m_framesLogged[static_cast<std::size_t>(packet.direction())] = false;
}

void LimitRule::stream(const StreamIndex::Range& range)
{
    applyUpTo(range.row);
    const std::uint64_t id = m_context->trace.streams().streams()[range.stream].id;
    if (id > largestVarint || range.offset > largestVarint)
        return;
    Side& side = m_sides[static_cast<std::size_t>(range.direction)];
    if (range.stream >= side.ends.size())
        side.ends.resize(std::max<std::size_t>(range.stream + 1, side.ends.size() * 2));
    std::optional<std::uint64_t>& reached = side.ends[range.stream];
    const bool isNew = !reached;
    // where lengths are inferred only the offset is certain
    const std::uint64_t end = range.offset + (m_hasInferredLengths ? 0 : range.length);
    const std::uint64_t before = reached.value_or(0);
    reached = std::max(before, end);
    side.total += *reached - before;
    checkStream(&side, range.direction, id, end, isNew, range.row);
    if (end > before && side.data && side.total > *side.data)
        side.dataExcess.add(range.row, side.total, *side.data, id);
}

void LimitRule::checkStream(Side* side, Direction direction, std::uint64_t id, std::uint64_t end, bool isNew, RowId row)
{
    if (m_context->role != Role::Client && m_context->role != Role::Server)
        return;
    const bool senderOpened = isOwn(id) == (direction == Direction::Sent);
    const std::optional<std::uint64_t>& streams = side->streams[(id >> 1) & 1];
    if (isNew && senderOpened && streams && id / 4 + 1 > *streams)
        side->countExcess.add(row, id / 4 + 1, *streams, id);
    const std::optional<std::uint64_t>& initial = side->initial[initialIndex(direction, id)];
    if (!initial || end <= *initial)
        return;
    const auto raised = side->raised.find(id);
    const std::uint64_t limit = raised == side->raised.end() ? *initial : std::max(*initial, raised->second);
    if (end > limit)
        side->streamExcess.add(row, end, limit, id);
}

/// @param isComplete the log has all packets that raise the limits
std::string LimitRule::problemOf(Direction direction, bool isComplete) const
{
    const Side& side = m_sides[static_cast<std::size_t>(direction)];
    const bool isSent = direction == Direction::Sent;
    const std::string receiver = isSent ? "the peer" : "this endpoint";
    if (!m_framesLogged[static_cast<std::size_t>(direction)])
        return std::string("the log lacks frames of packets that ") + (isSent ? "this endpoint" : "the peer") + " sent";
    if (side.ends.empty())
        return {}; // no data, so within any limit
    if (!side.data && !side.initial[0] && !side.initial[1] && !side.initial[2] && !side.streams[0] && !side.streams[1])
        return m_context->connection.hasParametersOf(isSent ? ParameterOwner::Remote : ParameterOwner::Local)
            ? "the log does not have the limits that held when data was sent"
            : "the log has no transport parameters of " + receiver;
    if (!m_framesLogged[static_cast<std::size_t>(isSent ? Direction::Received : Direction::Sent)])
        return "the log lacks frames of packets that " + receiver + " sent";
    if (!isComplete)
        return "the log lacks packets that " + receiver + " sent";
    return {};
}

void LimitRule::finish(bool sentComplete, bool receivedComplete)
{
    const std::string problems[2] = {problemOf(Direction::Sent, receivedComplete), problemOf(Direction::Received, sentComplete)};
    for (const auto& [kind, excess] : {std::pair{FindingKind::ConnectionLimitExceeded, &Side::dataExcess},
                                       std::pair{FindingKind::StreamLimitExceeded, &Side::streamExcess},
                                       std::pair{FindingKind::StreamCountExceeded, &Side::countExcess}}) {
        if (!m_context->undecideIfUnordered(kind))
            finishKind(kind, excess, problems);
    }
}

void LimitRule::finishKind(FindingKind kind, Excess Side::*excess, const std::string (&problems)[2])
{
    Evidence all;
    std::string detail;
    std::string undecided;
    for (const Direction direction : {Direction::Sent, Direction::Received}) {
        const auto index = static_cast<std::size_t>(direction);
        if (!problems[index].empty()) {
            undecided += (undecided.empty() ? "" : "; ") + problems[index];
            continue;
        }
        const Excess& found = m_sides[index].*excess;
        if (found.evidence.count() == 0)
            continue;
        const std::string who = direction == Direction::Sent ? "This endpoint" : "The peer";
        const std::string whose = direction == Direction::Sent ? "the peer's limit" : "the limit of this endpoint";
        if (kind == FindingKind::StreamCountExceeded)
            detail += who + " opened stream " + number(found.streamId) + ", the " + number(found.used) + ". of its type, where " + whose + " is "
                + counted(found.limit, "stream") + ". ";
        else
            detail += who + " sent " + number(found.used) + " bytes"
                + (kind == FindingKind::StreamLimitExceeded ? " on stream " + number(found.streamId) : std::string(" of stream data"))
                + " where " + whose + " is " + number(found.limit) + ": " + number(found.used - found.limit) + " too many, in "
                + counted(found.evidence.count(), "frame") + ". ";
        all.add(found.evidence);
    }
    if (!undecided.empty())
        m_context->undecide(kind, undecided);
    if (!detail.empty())
        detail.pop_back();
    all.report(m_context, kind, detail);
}

// ---------------------------------------------------------------------------------------------------------- amplification

AmplificationRule::AmplificationRule(Context* context)
    : m_context(context)
    , m_isOn(context->role == Role::Server)
{
}

void AmplificationRule::packet(const PacketFact& packet)
{
    if (!m_isOn || m_isValidated)
        return;
    const bool isReceived = packet.direction() == Direction::Received;
    if (!m_firstRow.isValid()) {
        m_firstRow = packet.row;
        m_beginsWithInitial = isReceived && packet.type == PacketType::Initial;
    }
    m_lastRow = packet.row;
    // a Handshake packet or a token shows that the client got what was sent to its address (RFC 9000, section 8.1)
    // and so does an Initial that is accepted after a Retry: without its token it is not (section 8.1.2; few writers log the token)
    m_sentRetry = m_sentRetry || (!isReceived && packet.type == PacketType::Retry);
    const bool hasToken = packet.type == PacketType::Initial && ((packet.flags & PacketHasToken) != 0 || m_sentRetry);
    if (isReceived && (packet.type == PacketType::Handshake || packet.type == PacketType::OneRtt || hasToken)) {
        m_isValidated = true;
        return;
    }
    if ((packet.flags & (PacketSizeMissing | PacketSizeInferred)) != 0)
        m_sizesKnown = false;
    if (isReceived) {
        m_receivedSinceStop = m_receivedSinceStop || m_stoppedAt.isValid();
        // a client's datagram with an Initial has at least 1200 bytes; padding outside of packets is not in the log
        m_received += packet.type == PacketType::Initial ? std::max<std::uint64_t>(packet.sizeBytes, datagramBytes) : packet.sizeBytes;
        return;
    }
    if (m_stoppedAt.isValid() && m_receivedSinceStop && m_hit.count() == 0 && packet.hasFrame(FrameKind::Crypto)) {
        m_hit.add(m_stoppedAt);
        m_hitText = "With " + number(m_stoppedSent) + " bytes sent, " + number(m_stoppedAllowed - m_stoppedSent)
            + " of the allowed " + number(m_stoppedAllowed) + " were left; the server went on only when it had received more.";
    }
    if (m_receivedSinceStop) {
        m_stoppedAt = RowId();
        m_receivedSinceStop = false;
    }
    m_sent += packet.sizeBytes;
    const std::uint64_t allowed = 3 * m_received;
    if (m_sent > allowed) {
        m_exceeded.add(packet.row);
        m_worstSent = m_sent;
        m_worstAllowed = allowed;
    } else if (allowed - m_sent < datagramBytes) {
        m_stoppedAt = packet.row;
        m_stoppedSent = m_sent;
        m_stoppedAllowed = allowed;
    } else {
        m_stoppedAt = RowId();
    }
}

/// Packets that were received but not processed count for the limit, and their sizes are no facts here.
bool AmplificationRule::hasDroppedPackets() const
{
    for (std::uint32_t row = m_firstRow.value; row <= m_lastRow.value; ++row) {
        const NameId name = m_context->document.events().name(RowId(row));
        if (!name.isValid() || m_context->document.events().trace(RowId(row)) != m_context->trace.id())
            continue;
        const EventKind kind = m_context->document.names()[name].kind;
        if (kind == EventKind::PacketDropped || kind == EventKind::PacketBuffered || kind == EventKind::UdpDatagramDropped)
            return true;
    }
    return false;
}

void AmplificationRule::finish()
{
    std::string problem;
    if (!m_isOn)
        problem = "only a server's log can tell what it may send";
    else if (!m_firstRow.isValid() || !m_beginsWithInitial)
        problem = "the log does not begin with the client's first packet";
    else if (!m_sizesKnown)
        problem = "the log lacks the sizes of packets";
    else if (m_exceeded.count() + m_hit.count() > 0 && hasDroppedPackets())
        problem = "packets were dropped or buffered before the address was validated";
    for (const FindingKind kind : {FindingKind::AmplificationExceeded, FindingKind::AmplificationHit}) {
        if (!problem.empty())
            m_context->undecide(kind, problem);
        else if (m_context->undecideIfUnordered(kind))
            continue;
        else if (kind == FindingKind::AmplificationExceeded)
            m_exceeded.report(m_context, kind,
                              "Before the client's address was validated the server sent " + number(m_worstSent) + " bytes where three times the received ones are "
                                  + number(m_worstAllowed) + ".");
        else
            m_hit.report(m_context, kind, m_hitText);
    }
}

// ----------------------------------------------------------------------------------------------------------------- flight

FlightRule::FlightRule(Context* context)
    : m_context(context)
{
    m_states.resize(context->trace.packets(Direction::Sent).size(), NotCounted);
}

void FlightRule::sent(PacketId id, const PacketFact& packet)
{
    const PacketNumberSpace space = spaceOf(packet.type);
    m_sentEnd = id.value + 1;
    if (space == PacketNumberSpace::None || (packet.flags & PacketNoNumber) != 0)
        return;
    if (m_context->role == Role::Client && packet.type == PacketType::Handshake)
        discard(PacketNumberSpace::Initial);
    m_framesLogged = m_framesLogged && (packet.flags & PacketFramesLogged) != 0;
    m_sizesKnown = m_sizesKnown && (packet.flags & PacketSizeMissing) == 0;
    const bool isEliciting = isAckEliciting(packet.frameMask);
    if (isEliciting || packet.hasFrame(FrameKind::Padding)) {
        m_states[id.value] = static_cast<std::uint8_t>(InFlight | (isEliciting ? Eliciting : 0));
        m_inFlightBytes += packet.sizeBytes;
        m_outstanding += isEliciting ? 1 : 0;
        if (space != PacketNumberSpace::Application)
            m_handshakePackets[static_cast<std::size_t>(space)].push_back(id);
    }
    if (packet.hasFrame(FrameKind::HandshakeDone)) {
        discard(PacketNumberSpace::Handshake);
        m_isConfirmed = true;
    }
}

void FlightRule::received(const PacketFact& packet)
{
    if (m_context->role == Role::Server && packet.type == PacketType::Handshake)
        discard(PacketNumberSpace::Initial);
    if (packet.type == PacketType::Retry || packet.type == PacketType::VersionNegotiation)
        discard(PacketNumberSpace::Initial); // the client begins again
    if (packet.hasFrame(FrameKind::HandshakeDone)) {
        discard(PacketNumberSpace::Initial);
        discard(PacketNumberSpace::Handshake);
        m_isConfirmed = true;
    }
}

void FlightRule::discard(PacketNumberSpace space)
{
    std::vector<PacketId>& packets = m_handshakePackets[static_cast<std::size_t>(space)];
    for (const PacketId id : packets)
        leave(id);
    packets.clear();
}

void FlightRule::leave(PacketId id)
{
    std::uint8_t& state = m_states[id.value];
    const std::uint64_t size = m_context->trace.packets(Direction::Sent).sizeBytes(id);
    if ((state & InFlight) != 0) {
        m_inFlightBytes -= size;
        m_outstanding -= (state & Eliciting) != 0 ? 1 : 0;
    } else if ((state & Overtaken) != 0) {
        m_overtakenBytes -= size;
    }
    state = NotCounted;
}

void FlightRule::acked(PacketId id, const PacketFact& packet)
{
    leave(id);
    const auto space = static_cast<std::size_t>(spaceOf(packet.type));
    if (m_context->usesPaths || space >= m_largestAcked.size() || m_largestAcked[space].value_or(0) > packet.number)
        return;
    m_largestAcked[space] = packet.number;
    sweep(space);
}

/// Packets that are older than the largest acknowledged one are no longer waited for: acknowledged soon, or lost.
void FlightRule::sweep(std::size_t space)
{
    const PacketIndex& packets = m_context->trace.packets(Direction::Sent);
    for (std::size_t& i = m_swept[space]; i < m_sentEnd; ++i) {
        const PacketId id(i);
        const auto [itsSpace, itsNumber] = packets.spaceAndNumber(id);
        if (itsSpace != static_cast<PacketNumberSpace>(space))
            continue;
        if (itsNumber > *m_largestAcked[space])
            return;
        std::uint8_t& state = m_states[i];
        if ((state & InFlight) == 0)
            continue;
        m_inFlightBytes -= packets.sizeBytes(id);
        m_overtakenBytes += packets.sizeBytes(id);
        m_outstanding -= (state & Eliciting) != 0 ? 1 : 0;
        state = Overtaken;
    }
}

void FlightRule::lost(PacketId id) { leave(id); }

void FlightRule::metric(RowId row, std::int64_t bytes)
{
    constexpr std::int64_t toleranceBytes = 6'000;
    constexpr std::size_t enough = 10;
    if (!m_isConfirmed)
        return; // what is in flight of the handshake is discarded with its keys: writers differ in when
    ++m_samples;
    const auto low = static_cast<std::int64_t>(m_inFlightBytes);
    const auto high = static_cast<std::int64_t>(m_inFlightBytes + m_overtakenBytes);
    const std::int64_t tolerance = std::max(toleranceBytes, std::max(bytes, high) / 4);
    const int sign = bytes > high + tolerance ? 1 : bytes < low - tolerance ? -1 : 0;
    if (sign == 0 || sign != m_runSign)
        m_run.clear();
    m_runSign = sign;
    if (sign == 0)
        return;
    const std::int64_t own = sign > 0 ? high : low;
    if (m_run.size() + 1 < enough) {
        m_run.push_back(row);
        return;
    }
    if (m_run.size() + 1 == enough) {
        for (const RowId each : m_run)
            m_evidence.add(each);
        m_run.push_back(row);
    }
    m_evidence.add(row);
    if (std::abs(bytes - own) > std::abs(m_worstLogged - m_worstOwn)) {
        m_worstLogged = bytes;
        m_worstOwn = own;
    }
}

void FlightRule::finish()
{
    constexpr FindingKind kind = FindingKind::BytesInFlightDiffer;
    if (m_context->trace.metric(MetricKind::BytesInFlight).empty())
        return m_context->undecide(kind, "the log has no bytes in flight");
    if (m_context->undecideIfUnordered(kind))
        return;
    if (!m_framesLogged || !m_sizesKnown)
        return m_context->undecide(kind, "the log lacks frames or sizes of sent packets");
    if (m_context->usesPaths)
        return m_context->undecide(kind, "the connection uses several paths");
    if (m_samples == 0)
        return m_context->undecide(kind, "the log has no value after the handshake");
    m_evidence.report(m_context, kind,
                      "At worst " + std::to_string(m_worstLogged) + " bytes in flight are logged where the packets, ACKs and losses of the log make "
                          + std::to_string(m_worstOwn) + "; " + number(m_evidence.count())
                          + " values in rows of ten or more are off by over a quarter and 6000 bytes.");
}

// -------------------------------------------------------------------------------------------------------------- ack_delay

AckDelayRule::AckDelayRule(Context* context)
    : m_context(context)
{
    const Trace& trace = context->trace;
    for (const HandshakeStep step :
         {HandshakeStep::HandshakeDoneFrame, HandshakeStep::CompletedEvent, HandshakeStep::FirstOneRttAck}) {
        if (!m_confirmed.isValid())
            m_confirmed = trace.handshakeRow(step);
    }
    for (const Direction direction : {Direction::Sent, Direction::Received}) {
        const ParameterOwner owner = direction == Direction::Sent ? ParameterOwner::Local : ParameterOwner::Remote;
        if (const auto limit = context->connection.parameterOrDefault(owner, TransportParameter::MaxAckDelay))
            m_limitUs[static_cast<std::size_t>(direction)] = std::min<std::uint64_t>(*limit, 1U << 14) * 1000;
    }
}

void AckDelayRule::ack(Direction ackDirection, RowId row, std::uint32_t delayUs, PacketId largest)
{
    constexpr std::uint64_t toleranceUs = 1'000; // timer granularity
    const std::optional<std::uint64_t>& limit = m_limitUs[static_cast<std::size_t>(ackDirection)];
    const Direction packetDirection = ackDirection == Direction::Sent ? Direction::Received : Direction::Sent;
    const PacketIndex& packets = m_context->trace.packets(packetDirection);
    if (!limit || !m_confirmed.isValid() || packets.row(largest) <= m_confirmed)
        return;
    Side& side = m_sides[static_cast<std::size_t>(ackDirection)];
    ++side.checked;
    if (delayUs <= *limit + toleranceUs)
        return;
    // an ACK cannot have waited longer than its packet was known; a longer delay is none but a wrong unit
    const std::int64_t knownNs = m_context->timeNs(row) - m_context->timeNs(packets.row(largest));
    if (static_cast<std::int64_t>(delayUs) * 1000 > knownNs + 2 * timerGranularityNs) {
        ++side.impossible;
        return;
    }
    const PacketFact packet = packets[largest];
    if ((packet.flags & PacketFramesLogged) == 0 || !isAckEliciting(packet.frameMask))
        return; // nothing that had to be acknowledged in time
    side.evidence.add(row);
    side.worstUs = std::max(side.worstUs, delayUs);
}

void AckDelayRule::finish()
{
    constexpr FindingKind kind = FindingKind::AckDelayTooLong;
    if (m_context->undecideIfUnordered(kind))
        return;
    if (m_context->hasAckFrequency)
        return m_context->undecide(kind, "ACK_FREQUENCY frames change what is allowed");
    if (!m_limitUs[0] && !m_limitUs[1])
        return m_context->undecide(kind, "the log has no transport parameters");
    if (m_sides[0].checked + m_sides[1].checked == 0)
        return m_context->undecide(kind, "the log has no ACKs with their delay after the handshake");
    if (m_sides[0].impossible + m_sides[1].impossible > std::max<std::uint64_t>(3, (m_sides[0].checked + m_sides[1].checked) / 10))
        return m_context->undecide(kind, "many an ack_delay is longer than its packet was known: its unit is not that of the log");
    Evidence all;
    std::string detail;
    for (const Direction direction : {Direction::Sent, Direction::Received}) {
        const Side& side = m_sides[static_cast<std::size_t>(direction)];
        if (side.evidence.count() == 0)
            continue;
        const bool isOwn = direction == Direction::Sent;
        detail += (detail.empty() ? "In " : " In ") + number(side.evidence.count()) + " of " + counted(side.checked, "ACK")
            + (isOwn ? " of this endpoint" : " of the peer") + " the ack_delay is over its max_ack_delay of "
            + number(*m_limitUs[static_cast<std::size_t>(direction)] / 1000) + " ms; the longest is "
            + ms(static_cast<std::int64_t>(side.worstUs) * 1000) + ".";
        all.add(side.evidence);
    }
    all.report(m_context, kind, detail);
}

// ------------------------------------------------------------------------------------------------- persistent congestion

void CongestionRule::lost(PacketId id, RowId row, const RttEstimator& rtt)
{
    const PacketIndex& packets = m_context->trace.packets(Direction::Sent);
    const PacketFact packet = packets[id];
    if (!rtt.hasSample() || m_context->timeNs(packet.row) <= rtt.firstSampleTimeNs() || (packet.flags & PacketMtuProbe) != 0
        || (packet.flags & PacketFramesLogged) == 0 || !isAckEliciting(packet.frameMask))
        return;
    m_losses.push_back({id, row, 3 * rtt.ptoNs(m_context->peerMaxAckDelayNs())});
}

/// An acknowledged packet between two lost ones, or one whose fate is open.
bool CongestionRule::breaksRun(PacketId earlier, PacketId later) const
{
    const PacketIndex& packets = m_context->trace.packets(Direction::Sent);
    for (std::size_t i = earlier.value + 1; i < later.value; ++i) {
        const PacketId between(i);
        if (packets.ackedBy(between).isValid() || isAckEliciting(packets[between].frameMask))
            return true;
    }
    return false;
}

void CongestionRule::inferFromLosses()
{
    const PacketIndex& packets = m_context->trace.packets(Direction::Sent);
    std::sort(m_losses.begin(), m_losses.end(), [](const Loss& a, const Loss& b) { return a.packet < b.packet; });
    std::erase_if(m_losses, [&](const Loss& loss) { return packets.ackedBy(loss.packet).isValid(); }); // spurious
    Evidence evidence;
    std::int64_t longest = 0;
    std::int64_t threshold = 0;
    for (std::size_t begin = 0; begin < m_losses.size();) {
        std::size_t end = begin + 1;
        while (end < m_losses.size() && !breaksRun(m_losses[end - 1].packet, m_losses[end].packet))
            ++end;
        const Loss& last = m_losses[end - 1];
        const std::int64_t span = m_context->timeNs(packets.row(last.packet)) - m_context->timeNs(packets.row(m_losses[begin].packet));
        if (end - begin >= 2 && span > last.durationNs) {
            evidence.add(last.row);
            if (span > longest) {
                longest = span;
                threshold = last.durationNs;
            }
        }
        begin = end;
    }
    evidence.report(m_context, FindingKind::PersistentCongestion,
                    "Inferred from the losses: all that was sent over " + ms(longest) + " was lost, longer than three probe timeouts ("
                        + ms(threshold) + ").");
}

void CongestionRule::finish()
{
    constexpr FindingKind kind = FindingKind::PersistentCongestion;
    Evidence logged;
    const CongestionStates& states = m_context->connection.congestionStates();
    for (std::size_t i = 0; i < states.size(); ++i) {
        const CongestionStateFact state = states[i];
        if (state.state.find("persistent_congestion") != std::string::npos || state.trigger.find("persistent_congestion") != std::string::npos)
            logged.add(state.row);
    }
    if (logged.count() > 0) {
        const std::string times = counted(logged.count(), "time");
        return logged.report(m_context, kind, "Logged as a congestion state " + times + ".");
    }
    if (m_context->undecideIfUnordered(kind))
        return;
    if (m_context->usesPaths)
        return m_context->undecide(kind, "the connection uses several paths");
    inferFromLosses();
}

void findPtoBursts(Context* context)
{
    constexpr FindingKind kind = FindingKind::PtoBurst;
    constexpr std::int64_t burst = 2;
    Evidence evidence;
    const Series& counts = context->trace.metric(MetricKind::PtoCount);
    if (!counts.empty()) {
        std::int64_t before = 0;
        std::int64_t most = 0;
        for (std::size_t i = 0; i < counts.size(); ++i) {
            const std::int64_t value = counts.value(i);
            if (value >= burst && before < burst)
                evidence.add(counts.row(i));
            most = std::max(most, value);
            before = value;
        }
        const std::string times = counted(evidence.count(), "time");
        return evidence.report(context, kind,
                               times + " two or more probe timeouts in a row; the largest pto_count is " + std::to_string(most) + ".");
    }
    const std::vector<PtoFact>& expiries = context->connection.ptoExpiries();
    if (expiries.empty())
        return context->undecide(kind, "the log has neither pto_count nor probe timeouts");
    if (context->undecideIfUnordered(kind))
        return;
    // an ACK between two of them takes the count back to zero
    const AckedBars& acked = context->trace.ackedBars(Direction::Sent);
    std::uint64_t run = 1;
    std::uint64_t longest = 1;
    for (std::size_t i = 1; i < expiries.size(); ++i) {
        const std::size_t next = acked.lowerBound(context->timeNs(expiries[i - 1].row));
        const bool wasAcked = next < acked.size() && acked.timeNs(next) <= context->timeNs(expiries[i].row);
        run = wasAcked ? 1 : run + 1;
        if (run == 2)
            evidence.add(expiries[i].row);
        longest = std::max(longest, run);
    }
    const std::string times = counted(evidence.count(), "time");
    evidence.report(context, kind, times + " two or more probe timeouts in a row, at most " + number(longest) + ".");
}

// -------------------------------------------------------------------------------------------------------------------- gaps

void GapRule::packet(const PacketFact& packet, std::uint64_t outstanding, const RttEstimator& rtt)
{
    constexpr std::int64_t shortestNs = 100 * msNs;
    const std::int64_t time = m_context->timeNs(packet.row);
    const bool isReceived = packet.direction() == Direction::Received;
    if (!isReceived && spaceOf(packet.type) != PacketNumberSpace::None)
        m_framesLogged = m_framesLogged && (packet.flags & PacketFramesLogged) != 0;
    if (m_lastNs && outstanding > 0 && !m_isClosed) {
        const std::int64_t threshold = std::max(shortestNs, 2 * rtt.ptoNs(m_context->peerMaxAckDelayNs()));
        const std::int64_t gap = time - *m_lastNs;
        if (gap > threshold) {
            m_evidence.add(packet.row);
            if (gap > m_longestNs) {
                m_longestNs = gap;
                m_thresholdNs = threshold;
                m_outstanding = outstanding;
                m_endedByPeer = isReceived;
                m_longestRow = packet.row;
                m_peerSilentNs = m_lastReceivedNs ? time - *m_lastReceivedNs : 0;
            }
        }
    }
    m_isClosed = m_isClosed || packet.hasFrame(FrameKind::ConnectionClose);
    m_lastNs = time;
    if (isReceived)
        m_lastReceivedNs = time;
}

void GapRule::finish()
{
    constexpr FindingKind kind = FindingKind::LongGap;
    if (m_context->undecideIfUnordered(kind))
        return;
    if (!m_framesLogged)
        return m_context->undecide(kind, "the log lacks frames of sent packets, so it is not known what was outstanding");
    if (m_context->usesPaths)
        return m_context->undecide(kind, "the connection uses several paths");
    std::string detail = "The longest of " + counted(m_evidence.count(), "gap") + ": no packet for " + ms(m_longestNs)
        + " (more than " + ms(m_thresholdNs) + ") with " + counted(m_outstanding, "packet") + " unacknowledged; ended by "
        + (m_endedByPeer ? "a packet of the peer." : "a packet of this endpoint.");
    if (!m_endedByPeer && m_peerSilentNs > 0)
        detail += " The peer had been silent for " + ms(m_peerSilentNs) + ".";
    m_evidence.report(m_context, kind, detail);
}

// ------------------------------------------------------------------------------------------------------------------- close

void CloseRule::packet(const PacketFact& packet)
{
    const std::int64_t time = m_context->timeNs(packet.row);
    const bool isSent = packet.direction() == Direction::Sent;
    if (packet.hasFrame(FrameKind::ConnectionClose)) {
        if (!m_closedNs) {
            m_closedNs = time;
            m_closedByPeer = !isSent;
        }
        return;
    }
    // a millisecond: packets that were on their way out, and whole-millisecond clocks
    if (!isSent || !m_closedNs || time <= *m_closedNs + msNs || (packet.flags & PacketFramesLogged) == 0
        || spaceOf(packet.type) == PacketNumberSpace::None)
        return;
    m_evidence.add(packet.row);
    m_lastNs = time;
}

void CloseRule::finish()
{
    constexpr FindingKind kind = FindingKind::SentAfterClose;
    if (m_context->undecideIfUnordered(kind))
        return;
    const std::string packets = counted(m_evidence.count(), "packet");
    m_evidence.report(m_context, kind,
                      "This endpoint sent " + packets + " without CONNECTION_CLOSE after "
                          + (m_closedByPeer ? "it had received one" : "it had closed the connection") + ", until "
                          + ms(m_lastNs - m_closedNs.value_or(0)) + " later.");
}

void findCloseWithError(Context* context)
{
    Evidence evidence;
    const CloseFact* first = nullptr;
    for (const CloseFact& close : context->trace.closes()) {
        if (!isError(close))
            continue;
        evidence.add(close.row);
        if (first == nullptr)
            first = &close;
    }
    if (first == nullptr)
        return;
    std::string detail = first->initiator == "remote" ? "The peer closed the connection" : first->initiator == "local" ? "This endpoint closed the connection" : "The connection was closed";
    detail += " with " + (first->space.empty() ? std::string("an") : first->space == "application" ? std::string("the application") : "the " + first->space) + " error";
    if (first->code)
        detail += " " + number(*first->code);
    if (!first->name.empty())
        detail += " " + first->name;
    if (!first->reason.empty())
        detail += ": " + first->reason;
    evidence.report(context, FindingKind::ClosedWithError, detail + ".");
}

void findIncompleteHandshake(Context* context)
{
    constexpr FindingKind kind = FindingKind::HandshakeIncomplete;
    const Trace& trace = context->trace;
    const auto count = [&](Direction direction, PacketType type) {
        return trace.packets(direction).countsByType()[static_cast<std::size_t>(type)];
    };
    if (context->role != Role::Client && context->role != Role::Server)
        return context->undecide(kind, "it is not known whose log it is");
    if (context->hasHoles)
        return context->undecide(kind, "records of the log cannot be read");
    const bool hasInitial = count(Direction::Sent, PacketType::Initial) + count(Direction::Received, PacketType::Initial) > 0;
    if (!hasInitial)
        return context->undecide(kind, "the log has no Initial packets");
    for (const HandshakeStep step : {HandshakeStep::CompletedEvent, HandshakeStep::HandshakeDoneFrame, HandshakeStep::FirstOneRttAck}) {
        if (trace.handshakeRow(step).isValid())
            return;
    }
    if (count(Direction::Received, PacketType::OneRtt) > 0)
        return;
    if (context->document.facts().isTruncated)
        return context->undecide(kind, "the log is cut");
    std::string ending;
    if (count(Direction::Received, PacketType::VersionNegotiation) > 0)
        ending = " and a Version Negotiation,";
    else if (count(Direction::Received, PacketType::Retry) > 0)
        ending = " and a Retry,";
    Evidence evidence;
    evidence.add(trace.lastTimedRow().isValid() ? trace.lastTimedRow() : trace.row(trace.rowCount() - 1));
    evidence.report(context, kind,
                    "The log ends after " + ms(trace.timeRange().lengthNs() - 1) + ending + " with "
                        + counted(count(Direction::Received, PacketType::Handshake), "Handshake packet")
                        + " and no 1-RTT packet received, and nothing says that the handshake was completed.");
}

// ----------------------------------------------------------------------------------------------------------------- numbers

namespace {

struct Missing {
    Evidence acks;
    RowId lastRow; ///< of acks
    std::uint64_t gaps = 0; ///< between numbers that were sent
    std::uint64_t numbers = 0;
    std::uint64_t firstNumber = 0;
    std::uint64_t largestSent = 0;
    PacketNumberSpace space = PacketNumberSpace::Application;
    bool isWhollyAbsent = false; ///< packets of a space are acknowledged of which the log has none
};

/// Which numbers of an ACK that were not in the log before it never came.
void addMissing(const Context& context, const AckedFact& fact, Missing* missing)
{
    const PacketIndex& packets = context.trace.packets(fact.direction);
    const std::optional<Interval> range = packets.numberRange(fact.pathId, fact.space);
    if (!range) {
        missing->isWhollyAbsent = true;
        return;
    }
    // what is below the first packet of the log may have been sent before it began
    std::uint64_t next = std::max(fact.first, range->first);
    const auto add = [&](std::uint64_t first, std::uint64_t last) {
        if (missing->numbers == 0) {
            missing->firstNumber = first;
            missing->largestSent = range->last;
            missing->space = fact.space;
        }
        missing->numbers += std::min(last - first, largestVarint) + 1;
        if (missing->lastRow != fact.row) // one ACK may lack several ranges
            missing->acks.add(fact.row);
        missing->lastRow = fact.row;
        if (first <= range->last)
            ++missing->gaps;
    };
    bool reachedEnd = next > fact.last;
    packets.forEachInRange(fact.pathId, fact.space, {next, fact.last}, [&](PacketId id) {
        const std::uint64_t each = packets.spaceAndNumber(id).second;
        if (each > next)
            add(next, each - 1);
        reachedEnd = each >= fact.last;
        next = each + 1;
    });
    if (!reachedEnd && next <= fact.last) {
        // part of it may be a gap, and part beyond
        if (next <= range->last)
            add(next, std::min(fact.last, range->last));
        if (fact.last > range->last)
            add(std::max(next, range->last + 1), fact.last);
    }
}

/// Something happened after the ACK: the log was not cut between it and the record of the packet.
bool goesOnAfter(const Context& context, RowId row)
{
    const RowId last = context.trace.lastTimedRow();
    return last.isValid() && last > row;
}

} // namespace

std::array<bool, 2> findAcksOfUnsent(Context* context)
{
    constexpr FindingKind kind = FindingKind::AckOfUnsentPacket;
    std::array<Missing, 2> missing;
    for (const AckedFact& fact : context->connection.unlogged()) {
        if (goesOnAfter(*context, fact.row))
            addMissing(*context, fact, &missing[static_cast<std::size_t>(fact.direction)]);
    }
    Missing& sent = missing[static_cast<std::size_t>(Direction::Sent)];
    const PacketIndex& packets = context->trace.packets(Direction::Sent);
    const std::uint64_t unknown = packets.countsByType()[static_cast<std::size_t>(PacketType::Unknown)];
    // a writer that leaves out packets now and then is no peer that acknowledges at random
    const bool isIncomplete = sent.gaps > std::max<std::uint64_t>(8, packets.size() / 1000);
    const std::array<bool, 2> complete{!isIncomplete && !sent.isWhollyAbsent, missing[1].numbers == 0 && !missing[1].isWhollyAbsent};
    if (packets.size() == 0)
        context->undecide(kind, "the log has no sent packets");
    else if (unknown > 0)
        context->undecide(kind, "the log has sent packets without a type");
    else if (context->role == Role::Network || context->hasHoles)
        context->undecideIfUnordered(kind);
    else if (isIncomplete)
        context->undecide(kind, "the log lacks packets that were sent: ACKs cover " + number(sent.gaps) + " gaps between those it has");
    else {
        const std::string numbers = counted(sent.numbers, "packet number");
        sent.acks.report(context, kind,
                         "The peer acknowledged " + numbers + (sent.numbers == 1 ? " that was" : " that were") + " never sent; the first is "
                             + number(sent.firstNumber) + " of the " + std::string(text(sent.space))
                             + " space, of which the largest that the log shows as sent is " + number(sent.largestSent) + ".");
    }
    return complete;
}

void findReusedNumbers(Context* context)
{
    constexpr FindingKind kind = FindingKind::PacketNumberReused;
    const PacketIndex& packets = context->trace.packets(Direction::Sent);
    if (packets.size() == 0)
        return context->undecide(kind, "the log has no sent packets");
    if (context->role == Role::Network)
        return context->undecide(kind, "the log is of an observer between the endpoints");
    std::vector<RowId> restarts; // a client begins again after Version Negotiation, and some do after Retry
    for (const Direction direction : {Direction::Sent, Direction::Received}) {
        const PacketIndex& index = context->trace.packets(direction);
        const auto& counts = index.countsByType();
        if (counts[static_cast<std::size_t>(PacketType::Retry)] + counts[static_cast<std::size_t>(PacketType::VersionNegotiation)] == 0)
            continue;
        for (std::size_t i = 0; i < index.size(); ++i) {
            const PacketFact packet = index[PacketId(i)];
            if (packet.type == PacketType::Retry || packet.type == PacketType::VersionNegotiation)
                restarts.push_back(packet.row);
        }
    }
    std::sort(restarts.begin(), restarts.end());
    Evidence evidence;
    std::uint64_t firstNumber = 0;
    PacketNumberSpace space = PacketNumberSpace::Application;
    std::vector<RowId> rows;
    packets.forEachRepeated([&](PacketId earlier, PacketId later) {
        const auto restart = std::lower_bound(restarts.begin(), restarts.end(), packets.row(earlier));
        if (restart != restarts.end() && *restart < packets.row(later))
            return;
        if (evidence.count() == 0) {
            space = packets.spaceAndNumber(later).first;
            firstNumber = packets.spaceAndNumber(later).second;
        }
        evidence.add(packets.row(later));
    });
    if (evidence.count() > std::max<std::uint64_t>(3, packets.size() / 20))
        return context->undecide(kind, "the packet numbers of the log repeat so often that they cannot be whole ones");
    const std::string times = counted(evidence.count(), "packet");
    evidence.report(context, kind,
                    "This endpoint sent " + times + " with a number that it had used before in that space, the first is "
                        + number(firstNumber) + " of the " + std::string(text(space)) + " space.");
}

} // namespace qlogscope::rules
