// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/tree/tracetext.h"

#include "model/findings.h"
#include "views/texts.h"

namespace qlogscope {

namespace {

bool hasPacket(const Trace& trace, PacketType type)
{
    const auto position = static_cast<std::size_t>(type);
    return trace.packets(Direction::Sent).countsByType()[position] > 0
        || trace.packets(Direction::Received).countsByType()[position] > 0;
}

} // namespace

TraceText::TraceText(const Document& document, TraceId trace)
    : m_document(document)
    , m_trace(document.trace(trace))
{
}

QString TraceText::title() const
{
    const TraceHeader& header = m_trace.header();
    const QString text = toText(header.title.empty() ? header.vantageName : header.title);
    return text.simplified();
}

QString TraceText::role() const
{
    const QString role = toText(text(m_trace.role()));
    if (m_trace.role() == Role::Unknown)
        return tr("unknown role");
    if (m_trace.isRoleSetByHand())
        return tr("%1 (set by hand)").arg(role);
    return m_trace.isRoleInferred() ? tr("%1 (inferred)").arg(role) : role;
}

QStringList TraceText::figures() const
{
    const QString separator = QStringLiteral(" · ");
    // the range ends just after the latest event
    const TimeRange times = m_trace.timeRange();
    const QString duration = times.isEmpty() ? tr("no times") : durationText(times.lengthNs() - 1);
    const std::uint64_t packets = m_trace.packets(Direction::Sent).size() + m_trace.packets(Direction::Received).size();
    QStringList parts{packets == 1 ? tr("1 packet") : tr("%1 packets").arg(countText(packets))};
    // without a loss event nobody can tell "none lost" from "losses are not logged"
    if (m_trace.packetsLost() > 0)
        parts << tr("%1 lost").arg(countText(m_trace.packetsLost()));
    else if (packets > 0)
        parts << tr("no loss logged");
    return {role() + separator + duration, parts.join(separator)};
}

QStringList TraceText::problems() const
{
    QStringList problems;
    if (m_document.traceCount() > 1 && m_trace.malformedCount() > 0)
        problems << tr("%1 malformed").arg(countText(m_trace.malformedCount()));
    const QString close = closeProblem();
    if (!close.isEmpty())
        problems << close;
    if (isHandshakeMissing())
        problems << tr("handshake not completed");
    return problems;
}

QString TraceText::closeProblem() const
{
    for (const CloseFact& close : m_trace.closes()) {
        if (!isError(close))
            continue;
        QString what = toText(close.name);
        if (what.isEmpty() && close.code)
            what = QStringLiteral("0x%1").arg(*close.code, 0, 16);
        if (what.isEmpty())
            what = toText(close.trigger);
        return tr("closed with error %1").arg(what);
    }
    return {};
}

bool TraceText::isHandshakeMissing() const
{
    if (m_document.state() == Document::State::Loading || !hasPacket(m_trace, PacketType::Initial))
        return false;
    for (const HandshakeStep step : {HandshakeStep::CompletedEvent, HandshakeStep::HandshakeDoneFrame, HandshakeStep::FirstOneRttAck}) {
        if (m_trace.handshakeRow(step).isValid())
            return false;
    }
    return true;
}

QStringList TraceText::header() const
{
    const TraceHeader& header = m_trace.header();
    QStringList lines;
    const auto add = [&lines](const QString& name, const std::string& value) {
        if (!value.empty())
            lines << QStringLiteral("%1: %2").arg(name, toText(value).simplified().left(200));
    };
    add(tr("Title"), header.title);
    add(tr("Description"), header.description);
    add(tr("Vantage point"), header.vantageName);
    lines << tr("Role: %1").arg(role());
    add(tr("Connection"), header.groupId);
    add(tr("Written by"), header.writerText);
    add(tr("qlog version"), header.qlogVersion);
    lines << tr("Events: %1").arg(countText(m_trace.eventCount()));
    return lines;
}

QString followText(const Document::FollowStatus& status)
{
    using State = Document::FollowStatus::State;
    switch (status.state) {
    case State::Waiting:
        return TraceText::tr("following: waiting, the file %1").arg(toText(status.detail));
    case State::Gone:
        return TraceText::tr("gone: the file was deleted or renamed");
    case State::Unreadable:
        return TraceText::tr("unreadable: %1").arg(toText(status.detail));
    case State::NotQlog:
        return TraceText::tr("following: the file %1").arg(toText(status.detail));
    case State::Growing:
        break;
    }
    return status.pending == 0 ? TraceText::tr("following") : TraceText::tr("following, writer holds back %1").arg(bytesText(status.pending));
}

} // namespace qlogscope
