// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/details/recordfacts.h"

#include "model/timebase.h"
#include "views/texts.h"

#include <cmath>

namespace qlogscope {

namespace {

constexpr std::size_t mostAckedListed = 16;
const QLatin1String linkScheme("row:");

QString tableRow(const QString& name, const QString& valueHtml)
{
    return QStringLiteral("<tr><td style='padding-right:12px'>%1</td><td>%2</td></tr>").arg(name.toHtmlEscaped(), valueHtml);
}

QString section(const QString& title, const QString& rows)
{
    if (rows.isEmpty())
        return {};
    return QStringLiteral("<p style='margin:6px 0 2px 0'><b>%1</b></p><table cellspacing='0' cellpadding='1'>%2</table>")
        .arg(title.toHtmlEscaped(), rows);
}

QString metricName(MetricKind kind)
{
    switch (kind) {
    case MetricKind::CongestionWindow:
        return RecordFacts::tr("Congestion window");
    case MetricKind::BytesInFlight:
        return RecordFacts::tr("Bytes in flight");
    case MetricKind::Ssthresh:
        return RecordFacts::tr("Slow start threshold");
    case MetricKind::MinRtt:
        return RecordFacts::tr("Minimum RTT");
    case MetricKind::SmoothedRtt:
        return RecordFacts::tr("Smoothed RTT");
    case MetricKind::LatestRtt:
        return RecordFacts::tr("Latest RTT");
    case MetricKind::RttVariance:
        return RecordFacts::tr("RTT variance");
    case MetricKind::PacingRate:
        return RecordFacts::tr("Pacing rate");
    case MetricKind::PtoCount:
        return RecordFacts::tr("PTO count");
    case MetricKind::DeliveryRate:
        return RecordFacts::tr("Delivery rate");
    case MetricKind::PacketsInFlight:
        break;
    }
    return RecordFacts::tr("Packets in flight");
}

QString grouped(std::int64_t value)
{
    const QString digits = countText(static_cast<std::uint64_t>(std::abs(value)));
    return value < 0 ? QStringLiteral("-") + digits : digits;
}

QString metricText(MetricKind kind, std::int64_t value)
{
    switch (unit(kind)) {
    case MetricUnit::Bytes:
        return RecordFacts::tr("%1 bytes").arg(grouped(value));
    case MetricUnit::Nanoseconds:
        return RecordFacts::tr("%1 ms").arg(toText(millisecondsText(value)));
    case MetricUnit::BitsPerSecond:
        return RecordFacts::tr("%1 bit/s").arg(grouped(value));
    case MetricUnit::Count:
        break;
    }
    return grouped(value);
}

} // namespace

RecordFacts::RecordFacts(const Document& document, RowId row, std::int64_t zeroNs)
    : m_document(document)
    , m_trace(document.traceOf(row))
    , m_row(row)
    , m_zeroNs(zeroNs)
{
}

bool RecordFacts::hasTime() const
{
    return (m_document.events().flags(m_row) & (RowNoTime | RowMalformed | RowOversized)) == 0;
}

RowId RecordFacts::rowOfLink(const QString& href)
{
    bool isNumber = false;
    const std::uint32_t value = href.mid(linkScheme.size()).toUInt(&isNumber);
    return isNumber && href.startsWith(linkScheme) ? RowId(value) : RowId();
}

QString RecordFacts::link(RowId row) const
{
    return QStringLiteral("<a href='%1%2'>#%3</a>").arg(linkScheme).arg(row.value).arg(rowText(row));
}

QString RecordFacts::linkWithDelay(RowId row) const
{
    const EventStore& events = m_document.events();
    const std::string delay = millisecondsText(events.timeNs(row) - events.timeNs(m_row));
    return tr("%1 after %2 ms").arg(link(row), toText(delay));
}

// Heading

QString RecordFacts::headingHtml() const { return namesHtml() + QStringLiteral("<br>") + timesHtml(); }

QString RecordFacts::namesHtml() const
{
    const EventStore& events = m_document.events();
    const QString number = QStringLiteral("#%1 ").arg(rowText(m_row));
    const std::uint8_t flags = events.flags(m_row);
    const auto heading = [&number](const QString& text) {
        return QStringLiteral("<b>%1%2</b>").arg(number, text.toHtmlEscaped());
    };
    if ((flags & RowRun) != 0)
        return heading(tr("run of malformed records"));
    if ((flags & RowOversized) != 0)
        return heading(tr("record too large to decode"));
    if ((flags & RowMalformed) != 0)
        return heading(tr("malformed record"));
    const NameId name = events.name(m_row);
    if (!name.isValid())
        return heading(tr("event without a name"));
    const NameTable::Entry& entry = m_document.names()[name];
    const QString logged = toText(entry.logged);
    const QString canonical = toText(entry.canonical);
    if (entry.kind == EventKind::Other || canonical == logged)
        return heading(logged);
    return heading(logged) + tr(" (canonical name %1)").arg(canonical.toHtmlEscaped());
}

QString RecordFacts::timesHtml() const
{
    if (!hasTime())
        return tr("no time logged");
    const std::int64_t timeNs = m_document.events().timeNs(m_row);
    QStringList parts;
    parts << tr("T = %1 ms").arg(toText(millisecondsText(timeNs - m_zeroNs)));
    parts << tr("log's clock %1 ms").arg(toText(millisecondsText(timeNs + m_trace.logOriginNs())));
    std::int64_t unixNs = 0;
    if (m_trace.wallClockNs() && !__builtin_add_overflow(*m_trace.wallClockNs(), timeNs, &unixNs))
        parts << tr("%1 (UTC)").arg(toText(isoText(unixNs)));
    return parts.join(QStringLiteral(" · "));
}

QStringList RecordFacts::notes() const
{
    QStringList notes;
    const Diagnostics& diagnostics = m_document.diagnostics();
    for (const DiagnosticKind kind : diagnostics.kinds()) {
        for (const Diagnostic& each : diagnostics.listed(kind)) {
            if (each.row == m_row)
                notes << toText(each.detail.empty() ? text(kind) : std::string_view(each.detail));
        }
    }
    return notes;
}

// At this time

QString RecordFacts::atThisTimeHtml() const
{
    return packetHtml(Direction::Sent) + packetHtml(Direction::Received) + lossHtml() + newlyAckedHtml(Direction::Sent)
        + newlyAckedHtml(Direction::Received) + metricsHtml();
}

QString RecordFacts::packetName(const PacketFact& packet) const
{
    const QString type = toText(displayText(packet.type));
    return (packet.flags & PacketNoNumber) != 0 ? type : tr("%1 packet %2").arg(type).arg(packet.number);
}

QString RecordFacts::packetHtml(Direction direction) const
{
    const PacketId packet = m_trace.packets(direction).packetOfRow(m_row);
    if (!packet.isValid())
        return {};
    const QString name = packetName(m_trace.packets(direction)[packet]);
    return section(direction == Direction::Sent ? tr("Sent: %1").arg(name) : tr("Received: %1").arg(name),
                   packetRows(direction, packet));
}

QString RecordFacts::packetRows(Direction direction, PacketId packet) const
{
    const PacketIndex& index = m_trace.packets(direction);
    const PacketFact& fact = index[packet];
    QString size = tr("%1 bytes").arg(countText(fact.sizeBytes));
    if ((fact.flags & PacketSizeMissing) != 0)
        size = tr("not logged");
    else if ((fact.flags & PacketSizeInferred) != 0)
        size += tr(" (inferred)");
    QString rows = tableRow(tr("Size"), size);
    if (fact.pathId != 0)
        rows += tableRow(tr("Path"), QString::number(fact.pathId));
    if ((fact.flags & PacketMtuProbe) != 0)
        rows += tableRow(tr("Kind"), tr("MTU probe"));
    if ((fact.flags & PacketNoNumber) != 0)
        return rows;
    const RowId ackedBy = index.ackedBy(packet);
    rows += tableRow(tr("Acknowledged by"), ackedBy.isValid() ? linkWithDelay(ackedBy) : tr("no ACK in this log"));
    if (direction == Direction::Received)
        return rows;
    const RowId lostBy = m_trace.lostBy(packet);
    rows += tableRow(tr("Declared lost by"), lostBy.isValid() ? linkWithDelay(lostBy) : tr("no event in this log"));
    return rows;
}

/// For a packet_lost record: the packet that it is about.
QString RecordFacts::lossHtml() const
{
    const LostBars& losses = m_trace.lostBars();
    losses.ensureSorted();
    const std::int64_t timeNs = m_document.events().timeNs(m_row);
    for (std::size_t i = losses.lowerBound(timeNs); i < losses.size() && losses.timeNs(i) == timeNs; ++i) {
        if (losses.row(i) != m_row)
            continue;
        const PacketFact& packet = m_trace.packets(Direction::Sent)[losses.packet(i)];
        return section(tr("Loss of %1").arg(packetName(packet)), tableRow(tr("Sent in"), link(packet.row)));
    }
    return {};
}

/// For a record with an ACK: the packets that it covers for the first time.
QString RecordFacts::newlyAckedHtml(Direction direction) const
{
    const AckedBars& acked = m_trace.ackedBars(direction);
    acked.ensureSorted();
    const std::int64_t timeNs = m_document.events().timeNs(m_row);
    QStringList links;
    std::size_t count = 0;
    for (std::size_t i = acked.lowerBound(timeNs); i < acked.size() && acked.timeNs(i) == timeNs; ++i) {
        if (acked.row(i) != m_row || ++count > mostAckedListed)
            continue;
        const PacketFact& packet = m_trace.packets(direction)[acked.packet(i)];
        links << tr("%1 in %2").arg(packetName(packet), link(packet.row));
    }
    if (count == 0)
        return {};
    if (count > mostAckedListed)
        links << tr("and %1 more").arg(countText(count - mostAckedListed));
    const QString name = direction == Direction::Sent ? tr("Sent packets") : tr("Received packets");
    return section(tr("Acknowledges for the first time"), tableRow(name, links.join(QStringLiteral("<br>"))));
}

QString RecordFacts::metricsHtml() const
{
    QString rows;
    for (int i = 0; i < metricKindCount; ++i) {
        const auto kind = static_cast<MetricKind>(i);
        if (kind == MetricKind::DeliveryRate && m_trace.metric(kind).empty())
            continue; // no metric of the drafts: one writer's own
        rows += tableRow(metricName(kind), metricHtml(kind));
    }
    return section(tr("Recovery metrics, last logged value"), rows);
}

QString RecordFacts::metricHtml(MetricKind kind) const
{
    const std::vector<Trace::PathSeries>& paths = m_trace.metricPaths(kind);
    QStringList values;
    for (const Trace::PathSeries& path : paths) {
        const QString value = metricHtml(kind, path.series);
        values << (paths.size() > 1 ? tr("path %1: %2").arg(QString::number(path.pathId), value) : value);
    }
    return values.join(QStringLiteral("<br>"));
}

QString RecordFacts::metricHtml(MetricKind kind, const Series& series) const
{
    if (series.empty()) {
        const QString writer = toText(m_trace.header().writerText).simplified().toHtmlEscaped();
        return QStringLiteral("<i>%1</i>").arg(writer.isEmpty() ? tr("not logged") : tr("not logged by %1").arg(writer));
    }
    const std::size_t next = series.lowerBound(m_document.events().timeNs(m_row) + 1);
    if (next == 0)
        return QStringLiteral("<i>%1</i>").arg(tr("not logged before this time"));
    return tr("%1, set by %2").arg(metricText(kind, series.value(next - 1)), link(series.row(next - 1)));
}

} // namespace qlogscope
