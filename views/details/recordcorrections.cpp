// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/details/recordcorrections.h"

#include "model/corrections.h"
#include "model/timebase.h"
#include "views/texts.h"

#include <QCoreApplication>

#include <nlohmann/json.hpp>

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

namespace qlogscope {

namespace {

using Json = nlohmann::json;

constexpr std::size_t longestRecord = std::size_t{1} << 20; // values of longer ones are not looked up
constexpr qsizetype mostValues = 4;
constexpr double suspiciousRttMs = 60'000; // dialects 3.3

QString tr(const char* text) { return QCoreApplication::translate("RecordCorrections", text); }

/// A number, or the number that a string spells.
std::optional<double> number(const Json& object, const char* key)
{
    const auto it = object.is_object() ? object.find(key) : object.end();
    if (!object.is_object() || it == object.end())
        return std::nullopt;
    if (it->is_number())
        return it->get<double>();
    if (!it->is_string())
        return std::nullopt;
    const auto& text = it->get_ref<const std::string&>();
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::uint64_t count(const Json& object, const char* key)
{
    const double value = number(object, key).value_or(0);
    return value > 0 && value < 9e18 ? static_cast<std::uint64_t>(value) : 0;
}

/// `data` of an event: a member of an object, the last cell of an array that is an object.
Json dataOf(std::string_view record)
{
    const Json root = record.size() > longestRecord ? Json() : Json::parse(record.begin(), record.end(), nullptr, false);
    if (root.is_object() && root.contains("data"))
        return root["data"];
    Json data;
    if (root.is_array()) {
        for (const Json& cell : root) {
            if (cell.is_object())
                data = cell;
        }
    }
    return data;
}

class Values
{
public:
    Values(const Trace& trace, EventKind kind, const Json& data)
        : m_trace(trace)
        , m_kind(kind)
        , m_data(data)
    {
    }

    /// Corrected values in the record; nullopt for corrections that are not about one.
    [[nodiscard]] std::optional<QStringList> of(Correction correction) const
    {
        switch (correction) {
        case Correction::DurationsInMicroseconds:
            return delays() + rtts();
        case Correction::RttMicroseconds:
        case Correction::RttMilliseconds:
            return rtts();
        case Correction::AckDelayUnscaled:
        case Correction::AckDelayRaw:
        case Correction::AckDelayRounded:
            return delays();
        case Correction::PacingBytesPerSecond:
        case Correction::PacingUnitUnknown:
            return pacing();
        case Correction::EcnSwapped:
            return ecnCounts();
        case Correction::DatagramWithUdpHeader:
            return datagrams();
        default:
            return std::nullopt;
        }
    }

    /// RTTs that can hardly be what they say; they are not changed.
    [[nodiscard]] bool isSuspicious() const
    {
        if (m_kind != EventKind::RecoveryMetricsUpdated)
            return false;
        const double scale = metricScales(m_trace.header())[static_cast<std::size_t>(MetricKind::SmoothedRtt)];
        for (const char* key : {"smoothed_rtt", "latest_rtt", "min_rtt"}) {
            if (number(m_data, key).value_or(0) * scale > suspiciousRttMs * 1e6)
                return true;
        }
        return false;
    }

private:
    template <typename Visitor> void forEachAck(Visitor visit) const
    {
        const auto frames = m_data.is_object() ? m_data.find("frames") : m_data.end();
        if (!m_data.is_object() || frames == m_data.end() || !frames->is_array())
            return;
        for (const Json& frame : *frames) {
            if (frame.is_object() && (frame.contains("acked_ranges") || frame.contains("ack_ranges")))
                visit(frame);
        }
    }

    [[nodiscard]] QStringList delays() const
    {
        const Direction side = m_kind == EventKind::PacketSent ? Direction::Sent : Direction::Received;
        const std::optional<std::uint8_t> exponent = m_trace.ackDelayExponent(side);
        QStringList texts;
        forEachAck([&](const Json& ack) {
            const std::optional<double> logged = number(ack, "ack_delay");
            if (!logged)
                return;
            const auto ns = ackDelayNs(m_trace.header(), *logged, exponent.value_or(defaultAckDelayExponent));
            if (!ns)
                return;
            QString text = tr("ack_delay %1 is %2 ms").arg(QString::number(*logged), toText(millisecondsText(*ns)));
            if (m_trace.header().unit != TimeUnit::Microseconds || ackDelayNs(m_trace.header(), 1, 3) != ackDelayNs(m_trace.header(), 1, 4))
                text += exponent ? tr(" with exponent %1").arg(*exponent) : tr(" with the default exponent 3");
            texts << text;
        });
        return texts;
    }

    [[nodiscard]] QStringList rtts() const
    {
        const double scale = metricScales(m_trace.header())[static_cast<std::size_t>(MetricKind::SmoothedRtt)];
        QStringList texts;
        for (const char* key : {"min_rtt", "smoothed_rtt", "latest_rtt", "rtt_variance"}) {
            const std::optional<double> logged = number(m_data, key);
            if (logged && std::abs(*logged * scale) < 9.2e18)
                texts << tr("%1 is %2 ms").arg(QLatin1String(key), toText(millisecondsText(std::llround(*logged * scale))));
        }
        return texts;
    }

    [[nodiscard]] QStringList pacing() const
    {
        const double scale = metricScales(m_trace.header())[static_cast<std::size_t>(MetricKind::PacingRate)];
        const std::optional<double> logged = number(m_data, "pacing_rate");
        if (!logged || !(*logged >= 0 && *logged * scale < 9.2e18))
            return {};
        return {tr("pacing_rate is %1 bit/s").arg(countText(static_cast<std::uint64_t>(*logged * scale)))};
    }

    [[nodiscard]] QStringList ecnCounts() const
    {
        QStringList texts;
        forEachAck([&](const Json& ack) {
            if (!ack.contains("ect0") && !ack.contains("ect1"))
                return;
            const EcnCounts ecn = correctedEcn(m_trace.header(), {count(ack, "ect0"), count(ack, "ect1"), count(ack, "ce")});
            texts << tr("ECT(0) %1, ECT(1) %2, CE %3").arg(ecn.ect0).arg(ecn.ect1).arg(ecn.ce);
        });
        return texts;
    }

    [[nodiscard]] QStringList datagrams() const
    {
        const auto raw = m_data.is_object() ? m_data.find("raw") : m_data.end();
        if (!m_data.is_object() || raw == m_data.end())
            return {};
        QStringList texts;
        for (const Json& each : raw->is_array() ? *raw : Json::array({*raw})) {
            const std::optional<double> payload = number(each, "payload_length");
            if (number(each, "length"))
                texts << tr("%1 bytes").arg(countText(datagramBytes(
                    m_trace.header(), count(each, "length"), payload ? std::optional(count(each, "payload_length")) : std::nullopt)));
        }
        return texts;
    }

    const Trace& m_trace;
    EventKind m_kind;
    const Json& m_data;
};

RecordTraits traitsOf(const Document& document, const Trace& trace, RowId row)
{
    RecordTraits traits;
    const NameId name = document.events().name(row);
    if (name.isValid())
        traits.kind = document.names()[name].kind;
    traits.isFirst = trace.firstTimedRow() == row;
    if (traits.kind != EventKind::PacketSent && traits.kind != EventKind::PacketReceived)
        return traits;
    const PacketIndex& packets = trace.packets(traits.kind == EventKind::PacketSent ? Direction::Sent : Direction::Received);
    const PacketId packet = packets.packetOfRow(row);
    if (!packet.isValid())
        return traits;
    const PacketFact fact = packets[packet];
    traits.frameMask = fact.frameMask;
    traits.packetType = fact.type;
    traits.isSizeInferred = (fact.flags & PacketSizeInferred) != 0;
    return traits;
}

} // namespace

QStringList correctionNotes(const Document& document, RowId row, std::string_view record)
{
    if ((document.events().flags(row) & (RowMalformed | RowOversized)) != 0)
        return {};
    const Trace& trace = document.traceOf(row);
    const RecordTraits traits = traitsOf(document, trace, row);
    const std::vector<Correction> corrections = correctionsOf(trace.header(), traits);
    const bool isMetrics = traits.kind == EventKind::RecoveryMetricsUpdated;
    if (corrections.empty() && !isMetrics)
        return {};
    const Json data = dataOf(record);
    const Values values(trace, traits.kind, data);
    QStringList notes;
    for (const Correction correction : corrections) {
        const std::optional<QStringList> all = values.of(correction);
        if (all && all->isEmpty() && !data.is_null())
            continue; // the record has no such value
        const bool isCut = all && all->size() > mostValues;
        const QStringList here = all ? all->mid(0, mostValues) : QStringList();
        const QString text = toText(note(correction));
        notes << (here.isEmpty() ? text : tr("%1 Here: %2%3.").arg(text, here.join(QStringLiteral(", ")), isCut ? tr(", ...") : QString()));
    }
    if (values.isSuspicious())
        notes << tr("An RTT of more than a minute: the log may well mean microseconds. It is shown as logged.");
    return notes;
}

} // namespace qlogscope
