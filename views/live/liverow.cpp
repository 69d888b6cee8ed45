// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/live/liverow.h"

#include "model/filestem.h"
#include "model/findings.h"
#include "model/quicterms.h"
#include "views/texts.h"

#include <QDateTime>

#include <algorithm>
#include <array>
#include <utility>

namespace qlogscope {

namespace {

constexpr std::int64_t secondMs = 1'000;
constexpr std::int64_t minuteMs = 60 * secondMs;
constexpr std::int64_t hourMs = 60 * minuteMs;
constexpr std::int64_t dayMs = 24 * hourMs;
constexpr std::int64_t nsPerMs = 1'000'000;
/// Logs were not written before: an earlier Unix time is a clock that began when the machine or the program started.
constexpr std::int64_t earliestStartMs = 1'300'000'000'000; // 2011
constexpr double unknownNumber = -1;

const QString enDash = QString(QChar(0x2013));
const QString upArrow = QString(QChar(0x2191));
const QString downArrow = QString(QChar(0x2193));

/// Most alive first.
constexpr std::array<LiveState, 10> byLife{
    LiveState::Active,  LiveState::Handshaking, LiveState::Stalled,    LiveState::Idle,    LiveState::Waiting,
    LiveState::NotRead, LiveState::Closed,      LiveState::Unreadable, LiveState::NotQlog, LiveState::Gone};

int lifeRank(LiveState state)
{
    return static_cast<int>(std::find(byLife.begin(), byLife.end(), state) - byLife.begin());
}

/// An age of one unit at a time: tenths of seconds, seconds, minutes, hours, days.
struct Age {
    std::int64_t value;
    int unit;
};

Age ageOf(std::int64_t ms)
{
    ms = std::max<std::int64_t>(ms, 0);
    if (ms < 10 * secondMs)
        return {ms / 100, 0};
    if (ms < minuteMs)
        return {ms / secondMs, 1};
    if (ms < hourMs)
        return {ms / minuteMs, 2};
    if (ms < 2 * dayMs)
        return {ms / hourMs, 3};
    return {ms / dayMs, 4};
}

/// Exact as long as it is short.
QString shortCount(std::uint64_t count)
{
    constexpr std::uint64_t million = 999'500; // else rounded to 1000 k
    if (count < 100'000)
        return countText(count);
    const bool isMillions = count >= million;
    const double value = static_cast<double>(count) / (isMillions ? 1e6 : 1e3);
    const int digits = value < 10 ? 2 : value < 100 ? 1 : 0;
    return QString::number(value, 'f', digits) + QChar(QChar::Nbsp) + QLatin1Char(isMillions ? 'M' : 'k');
}

/// "is no qlog: it begins with blanks only" beside the word "no qlog".
QString reasonOf(const QString& detail)
{
    const QString known = QStringLiteral("is no qlog: ");
    return detail.startsWith(known) ? detail.mid(known.size()) : detail;
}

QString baseName(const LiveFile& file)
{
    const std::string_view path = file.path;
    return toText(path.substr(path.rfind('/') + 1)); // npos + 1 is 0
}

QString wholeTime(std::int64_t unixMs)
{
    return QDateTime::fromMSecsSinceEpoch(unixMs).toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"));
}

} // namespace

LiveRow::LiveRow(const LiveFile* file, const LiveFile* server, qint64 nowMs)
    : m_main(file)
    , m_other(server)
    , m_stateFile(file)
    , m_nowMs(nowMs)
{
    if (server == nullptr)
        return;
    if (m_main->summary.events == 0 && m_other->summary.events > 0)
        std::swap(m_main, m_other);
    m_stateFile = lifeRank(m_other->state) < lifeRank(m_main->state) ? m_other : m_main;
}

Role LiveRow::roleOf(const LiveFile& file, Role named)
{
    return file.summary.role != Role::Unknown ? file.summary.role : named;
}

QString LiveRow::stateText(LiveState state)
{
    switch (state) {
    case LiveState::NotRead:
        return tr("not read yet");
    case LiveState::Waiting:
        return tr("waiting for a header");
    case LiveState::Handshaking:
        return tr("handshaking");
    case LiveState::Active:
        return tr("active");
    case LiveState::Stalled:
        return tr("stalled");
    case LiveState::Idle:
        return tr("idle");
    case LiveState::Closed:
        return tr("closed");
    case LiveState::Gone:
        return tr("gone");
    case LiveState::Unreadable:
        return tr("unreadable");
    case LiveState::NotQlog:
        break;
    }
    return tr("no qlog");
}

QString LiveRow::title(int column)
{
    switch (column) {
    case StateColumn:
        return tr("State");
    case FileColumn:
        return tr("File");
    case RoleColumn:
        return tr("Role");
    case PeerColumn:
        return tr("Peer");
    case VersionColumn:
        return tr("Version");
    case WriterColumn:
        return tr("Writer");
    case StartedColumn:
        return tr("Started");
    case DurationColumn:
        return tr("Duration");
    case PacketsColumn:
        return tr("Packets");
    case BytesColumn:
        return tr("Bytes");
    case RateColumn:
        return tr("Rate now");
    case LossColumn:
        return tr("Loss");
    case RttColumn:
        return tr("Smoothed RTT");
    case WindowColumn:
        return tr("Congestion window");
    case GrowthColumn:
        return tr("Last growth");
    default:
        return tr("Unread");
    }
}

QString LiveRow::titleNote(int column)
{
    switch (column) {
    case StateColumn:
        return tr("What the file does now. Of two logs of a connection: the one with more life in it");
    case FileColumn:
        return tr("The file, or what the names of both sides' files have in common");
    case RoleColumn:
        return tr("Whose logs there are. Where both sides are logged, the figures are those of the client's log");
    case PeerColumn:
        return tr("Address and port of the other side. Where both sides are logged, the server's");
    case VersionColumn:
        return tr("The version of QUIC: the one chosen, else that of the packets");
    case WriterColumn:
        return tr("The program or library that writes the log");
    case StartedColumn:
        return tr("Time since the first event by the log's own clock, else since the file appeared");
    case DurationColumn:
        return tr("From the first event to the last one");
    case PacketsColumn:
        return tr("Packets sent and received, as logged");
    case BytesColumn:
        return tr("Bytes of packets sent and received, as logged");
    case RateColumn:
        return tr("Bytes of packets in both directions over the last second or so");
    case LossColumn:
        return tr("Packets that the log calls lost, of those sent");
    case RttColumn:
        return tr("The last smoothed round-trip time that is logged");
    case WindowColumn:
        return tr("The last congestion window that is logged, and how it came about (from 0 at the bottom)");
    case GrowthColumn:
        return tr("Time since the file grew last");
    default:
        return tr("Bytes of the file that are in no complete record yet");
    }
}

bool LiveRow::isAnythingRead() const { return m_main->summary.events > 0 || m_main->summary.malformed > 0; }

LiveRow::Cell LiveRow::nothing() const
{
    return {enDash, m_main->state == LiveState::NotRead ? tr("Not read yet") : tr("No event so far"), true};
}

LiveRow::Cell LiveRow::notLogged(const QString& note) const
{
    if (!isAnythingRead())
        return nothing();
    if (isEndpoint())
        return {enDash, tr("A log of the endpoint, not of a connection"), true};
    return {tr("not logged"), note, true};
}

LiveRow::Cell LiveRow::cell(int column) const
{
    switch (column) {
    case StateColumn:
        return stateCell();
    case FileColumn:
        return fileCell();
    case RoleColumn:
        return roleCell();
    case PeerColumn:
        return peerCell();
    case VersionColumn:
        return versionCell();
    case WriterColumn:
        return writerCell();
    case StartedColumn:
        return startedCell();
    case DurationColumn:
        return durationCell();
    case PacketsColumn:
        return packetsCell();
    case BytesColumn:
        return bytesCell();
    case RateColumn:
        return rateCell();
    case LossColumn:
        return lossCell();
    case RttColumn:
        return rttCell();
    case WindowColumn:
        return windowCell();
    case GrowthColumn:
        return growthCell();
    default:
        return unreadCell();
    }
}

LiveRow::Cell LiveRow::stateCell() const
{
    const QString word = stateText(state());
    const QString detail = toText(m_stateFile->detail);
    switch (state()) {
    case LiveState::NotRead:
        return {word, tr("The file was there before; it is read when its row is on screen or when it grows"), true};
    case LiveState::Waiting:
        return {word, tr("Empty, or too short to tell what it is"), false};
    case LiveState::Handshaking:
    case LiveState::Active:
        return {word, {}, false};
    case LiveState::Stalled:
        return {word, tr("The last record is not complete, and the file has not grown for a while"), false};
    case LiveState::Idle:
        return {word, tr("No growth for a while; every record is complete"), true};
    case LiveState::NotQlog:
    case LiveState::Closed:
    case LiveState::Unreadable:
        return {detail.isEmpty() ? word : tr("%1: %2").arg(word, reasonOf(detail)), detail, false};
    case LiveState::Gone:
        break;
    }
    return {word, tr("The file was deleted or renamed; what was read of it stays"), true};
}

LiveRow::Cell LiveRow::fileCell() const
{
    QString name = baseName(*m_main);
    if (m_other != nullptr) {
        const FileStem stem = fileStemOf(m_main->path);
        if (!stem.connection.empty() && stem.connection == fileStemOf(m_other->path).connection)
            name = toText(stem.connection);
    }
    QString note = toText(m_main->path);
    if (m_other != nullptr)
        note += QLatin1Char('\n') + toText(m_other->path);
    if (!m_main->summary.title.empty())
        note += QLatin1Char('\n') + tr("Title: %1").arg(toText(m_main->summary.title));
    if (!m_main->summary.groupId.empty())
        note += QLatin1Char('\n') + tr("Group id: %1").arg(toText(m_main->summary.groupId));
    if (m_main->summary.traces > 1)
        note += QLatin1Char('\n') + tr("%1 traces; the figures are of all of them together").arg(countText(m_main->summary.traces));
    if (m_main->restarts > 0)
        note += QLatin1Char('\n') + tr("Truncated or replaced %1 times").arg(countText(m_main->restarts));
    return {name, note, false};
}

LiveRow::Cell LiveRow::roleCell() const
{
    Cell role = ownRoleCell();
    if (m_main->summary.traces > 1)
        role.text = tr("%1, %2 traces").arg(role.text, countText(m_main->summary.traces));
    return role;
}

LiveRow::Cell LiveRow::ownRoleCell() const
{
    if (m_other != nullptr) {
        const Role shown = roleOf(*m_main, fileStemOf(m_main->path).role);
        return {tr("client + server"), tr("Figures of the %1's log").arg(toText(text(shown))), false};
    }
    if (isEndpoint())
        return {tr("endpoint"), tr("A log of the endpoint, not of a connection"), false};
    const ConnectionSummary& summary = m_main->summary;
    if (summary.role != Role::Unknown && !summary.isRoleInferred)
        return {toText(text(summary.role)), tr("As logged"), false};
    if (summary.role != Role::Unknown)
        return {tr("%1 (inferred)").arg(toText(text(summary.role))), tr("The log does not say; by who sent which packets"), false};
    const Role named = fileStemOf(m_main->path).role;
    if (named != Role::Unknown)
        return {tr("%1 (inferred)").arg(toText(text(named))), tr("By the file's name"), false};
    return isAnythingRead() ? Cell{tr("not logged"), tr("Neither the log nor its name says whose it is"), true} : nothing();
}

LiveRow::Cell LiveRow::peerCell() const
{
    if (!m_main->summary.peer.empty())
        return {toText(m_main->summary.peer), {}, false};
    return notLogged(tr("The log does not say who is at the other end"));
}

LiveRow::Cell LiveRow::versionCell() const
{
    const std::uint32_t version = m_main->summary.version != 0 || m_other == nullptr ? m_main->summary.version : m_other->summary.version;
    if (version != 0)
        return {toText(quicVersionText(version)), tr("QUIC version 0x%1").arg(version, 8, 16, QLatin1Char('0')), false};
    return notLogged(tr("The log does not say which version of QUIC is spoken"));
}

LiveRow::Cell LiveRow::writerCell() const
{
    QString writer = toText(m_main->summary.writer);
    if (m_other != nullptr && !m_other->summary.writer.empty() && m_other->summary.writer != m_main->summary.writer)
        writer = writer.isEmpty() ? toText(m_other->summary.writer) : tr("%1 + %2").arg(writer, toText(m_other->summary.writer));
    if (!writer.isEmpty())
        return {writer, {}, false};
    return isAnythingRead() ? Cell{tr("not logged"), tr("The log does not say who writes it"), true} : nothing();
}

std::optional<std::int64_t> LiveRow::loggedStartMs() const
{
    const ConnectionSummary& summary = m_main->summary;
    std::int64_t startNs = 0;
    if (!summary.wallClockNs || !summary.firstEventNs || __builtin_add_overflow(*summary.wallClockNs, *summary.firstEventNs, &startNs))
        return {};
    const std::int64_t startMs = startNs / nsPerMs;
    if (startMs < earliestStartMs || startMs > m_nowMs + dayMs)
        return {};
    return startMs;
}

QString LiveRow::ageText(std::int64_t ms)
{
    const Age age = ageOf(ms);
    switch (age.unit) {
    case 0:
        return tr("%1.%2 s ago").arg(age.value / 10).arg(age.value % 10);
    case 1:
        return tr("%1 s ago").arg(age.value);
    case 2:
        return tr("%1 min ago").arg(age.value);
    case 3:
        return tr("%1 h ago").arg(age.value);
    default:
        return tr("%1 days ago").arg(age.value);
    }
}

LiveRow::Cell LiveRow::startedCell() const
{
    if (const std::optional<std::int64_t> start = loggedStartMs())
        return {ageText(m_nowMs - *start), tr("First event: %1, by the log's clock").arg(wholeTime(*start)), false};
    const QString note = tr("The log does not tell its start as a time of day. The file appeared or was changed: %1")
                             .arg(wholeTime(m_main->appearedMs));
    return {tr("file: %1").arg(ageText(m_nowMs - m_main->appearedMs)), note, true};
}

LiveRow::Cell LiveRow::durationCell() const
{
    const ConnectionSummary& summary = m_main->summary;
    std::int64_t duration = 0;
    if (!summary.firstEventNs || !summary.lastEventNs
        || __builtin_sub_overflow(*summary.lastEventNs, *summary.firstEventNs, &duration))
        return isAnythingRead() ? Cell{tr("not logged"), tr("No event has a time"), true} : nothing();
    return {durationText(duration), tr("%1 events").arg(countText(summary.events)), false};
}

LiveRow::Cell LiveRow::packetsCell() const
{
    const ConnectionSummary& summary = m_main->summary;
    if (summary.packetsSent + summary.packetsReceived == 0)
        return notLogged(tr("The log has no packet so far"));
    const QString sent = countText(summary.packetsSent);
    const QString received = countText(summary.packetsReceived);
    return {upArrow + shortCount(summary.packetsSent) + QLatin1String("  ") + downArrow + shortCount(summary.packetsReceived),
            tr("%1 packets sent, %2 received").arg(sent, received), false};
}

LiveRow::Cell LiveRow::bytesCell() const
{
    const ConnectionSummary& summary = m_main->summary;
    if (summary.bytesSent + summary.bytesReceived == 0)
        return notLogged(tr("The log has no packet with a size so far"));
    return {upArrow + bytesText(summary.bytesSent) + QLatin1String("  ") + downArrow + bytesText(summary.bytesReceived),
            tr("%1 bytes sent, %2 received, in packets").arg(countText(summary.bytesSent), countText(summary.bytesReceived)), false};
}

LiveRow::Cell LiveRow::rateCell() const
{
    if (m_main->bytesPerSecond >= 1)
        return {tr("%1/s").arg(bytesText(static_cast<std::uint64_t>(m_main->bytesPerSecond))),
                tr("Both directions, over the last second or so"), false};
    return {enDash, isAnythingRead() ? tr("No packet was logged in the last second or so") : nothing().note, true};
}

LiveRow::Cell LiveRow::lossCell() const
{
    const ConnectionSummary& summary = m_main->summary;
    if (summary.packetsSent == 0)
        return summary.packetsLost == 0 ? notLogged(tr("The log has no sent packet so far"))
                                        : Cell{tr("%1 lost").arg(countText(summary.packetsLost)), tr("The log has no sent packet"), false};
    if (summary.packetsLost == 0)
        return {tr("none logged"), tr("No loss is logged so far: none happened, or its writer does not log losses"), true};
    // hundredths of a percent, rounded up: one loss of many is not none
    const double percent = 100.0 * static_cast<double>(summary.packetsLost) / static_cast<double>(summary.packetsSent);
    return {tr("%1 %").arg(std::max(percent, 0.01), 0, 'f', percent < 10 ? 2 : 1),
            tr("%1 lost of %2 packets sent").arg(countText(summary.packetsLost), countText(summary.packetsSent)), false};
}

LiveRow::Cell LiveRow::rttCell() const
{
    if (!m_main->summary.smoothedRttNs)
        return notLogged(tr("The log has no smoothed RTT so far"));
    return {durationText(*m_main->summary.smoothedRttNs), {}, false};
}

LiveRow::Cell LiveRow::windowCell() const
{
    const std::optional<std::int64_t>& window = m_main->summary.congestionWindow;
    if (!window)
        return notLogged(tr("The log has no congestion window so far"));
    const auto bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(*window, 0));
    QString note = tr("%1 bytes").arg(countText(bytes));
    const std::vector<std::int64_t>& windows = m_main->summary.windows;
    if (windows.size() > 1) {
        const auto [low, high] = std::minmax_element(windows.begin(), windows.end());
        const auto shown = [](std::int64_t value) { return bytesText(static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0))); };
        note += QLatin1Char('\n')
            + tr("%1 samples from the start to now, between %2 and %3").arg(windows.size()).arg(shown(*low), shown(*high));
    }
    return {bytesText(bytes), note, false};
}

LiveRow::Cell LiveRow::growthCell() const
{
    const QString note = tr("%1; %2 bytes on disk").arg(wholeTime(lastGrowthMs()), countText(m_main->size));
    return {ageText(m_nowMs - lastGrowthMs()), note, false};
}

std::int64_t LiveRow::lastGrowthMs() const
{
    return m_other != nullptr ? std::max(m_main->lastGrowthMs, m_other->lastGrowthMs) : m_main->lastGrowthMs;
}

std::uint64_t LiveRow::unreadBytes() const
{
    const std::uint64_t taken = m_main->read + m_main->pending;
    return m_main->size > taken ? m_main->size - taken : 0;
}

LiveRow::Cell LiveRow::unreadCell() const
{
    const std::uint64_t unread = unreadBytes();
    QStringList notes;
    if (m_main->pending > 0)
        notes << tr("The writer holds back %1 bytes: the last record is not complete").arg(countText(m_main->pending));
    if (unread > 0)
        notes << tr("%1 bytes on disk are not read yet").arg(countText(unread));
    if (notes.isEmpty())
        return {tr("0 B"), tr("Everything on disk is read"), true};
    return {bytesText(unread + m_main->pending), notes.join(QLatin1Char('\n')), false};
}

QString LiveRow::spokenText(int column) const
{
    const Cell shown = cell(column);
    if (shown.text == enDash || column == PacketsColumn || column == BytesColumn)
        return shown.note;
    return shown.text;
}

QString LiveRow::toolTip(int column) const
{
    const Cell shown = cell(column);
    QStringList lines;
    if (column == StateColumn || column == PeerColumn || column == WriterColumn)
        lines << shown.text;
    if (!shown.note.isEmpty() && shown.note != lines.value(0))
        lines << shown.note;
    if (m_other != nullptr && column != FileColumn) {
        for (const LiveFile* file : {m_main, m_other}) {
            const LiveRow side(file, nullptr, m_nowMs);
            const QString role = toText(text(roleOf(*file, fileStemOf(file->path).role)));
            lines << tr("%1's log, %2: %3").arg(role, baseName(*file), side.spokenText(column));
        }
    }
    return lines.join(QLatin1Char('\n'));
}

bool LiveRow::isWordColumn(int column) 
{
    return column == FileColumn || column == RoleColumn || column == PeerColumn || column == VersionColumn || column == WriterColumn;
}

double LiveRow::sortNumber(int column) const
{
    const ConnectionSummary& summary = m_main->summary;
    const auto orUnknown = [](const std::optional<std::int64_t>& value) { return value ? static_cast<double>(*value) : unknownNumber; };
    const auto sum = [&](std::uint64_t sent, std::uint64_t received) {
        return sent + received == 0 ? unknownNumber : static_cast<double>(sent) + static_cast<double>(received);
    };
    switch (column) {
    case StateColumn:
        return lifeRank(state());
    case StartedColumn:
        return static_cast<double>(loggedStartMs().value_or(m_main->appearedMs));
    case DurationColumn:
        return summary.firstEventNs && summary.lastEventNs
            ? static_cast<double>(*summary.lastEventNs) - static_cast<double>(*summary.firstEventNs)
            : unknownNumber;
    case PacketsColumn:
        return sum(summary.packetsSent, summary.packetsReceived);
    case BytesColumn:
        return sum(summary.bytesSent, summary.bytesReceived);
    case RateColumn:
        return m_main->bytesPerSecond >= 1 ? m_main->bytesPerSecond : unknownNumber;
    case LossColumn:
        return summary.packetsSent == 0 ? unknownNumber
                                        : static_cast<double>(summary.packetsLost) / static_cast<double>(summary.packetsSent);
    case RttColumn:
        return orUnknown(summary.smoothedRttNs);
    case WindowColumn:
        return orUnknown(summary.congestionWindow);
    case GrowthColumn:
        return static_cast<double>(lastGrowthMs());
    case UnreadColumn:
        return static_cast<double>(unreadBytes() + m_main->pending);
    default:
        return unknownNumber;
    }
}

bool LiveRow::isAtRest() const
{
    switch (state()) {
    case LiveState::Waiting:
    case LiveState::Handshaking:
    case LiveState::Active:
    case LiveState::Stalled:
        return false;
    default:
        return true;
    }
}

bool LiveRow::isClosedWithError() const
{
    const std::optional<CloseFact>& close = m_stateFile->summary.close;
    return state() == LiveState::Closed && close && isError(*close);
}

bool LiveRow::matches(const QStringList& terms) const
{
    if (terms.isEmpty())
        return true;
    QStringList words{stateCell().text, roleCell().text, toText(m_main->summary.peer), writerCell().text};
    for (const LiveFile* file : {m_main, m_other}) {
        if (file != nullptr)
            words << baseName(*file) << toText(file->summary.groupId);
    }
    return std::all_of(terms.begin(), terms.end(), [&](const QString& term) {
        return std::any_of(words.begin(), words.end(), [&](const QString& word) { return word.contains(term, Qt::CaseInsensitive); });
    });
}

std::int64_t LiveRow::ageStep(int column) const
{
    const std::int64_t since = column == GrowthColumn ? lastGrowthMs() : loggedStartMs().value_or(m_main->appearedMs);
    const Age age = ageOf(m_nowMs - since);
    return age.value * 8 + age.unit;
}

} // namespace qlogscope
