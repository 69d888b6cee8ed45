// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/measuretext.h"

#include "model/transferrates.h"
#include "views/units.h"

#include <QCoreApplication>

#include <cmath>

namespace qlogscope {

namespace {

struct MeasureWords {
    Q_DECLARE_TR_FUNCTIONS(CongestionChart)
};

QString percentText(double share)
{
    return QString::number(share * 100, 'f', share < 0.01 ? 2 : 1) % QStringLiteral("\u00a0%");
}

} // namespace

QStringList measureTexts(const RangeStatistics& statistics, TimeRange range, Direction direction)
{
    using Words = MeasureWords;
    const bool isSent = direction == Direction::Sent;
    QStringList texts;
    texts << Words::tr("%1 (%2)").arg(timeRangeText(range.beginNs, range.endNs), durationText(range.lengthNs()));
    texts << (isSent ? Words::tr("%1 packets sent") : Words::tr("%1 packets received")).arg(countText(statistics.packets));
    const auto said = [](const QString& text, bool isInferred) { return isInferred ? Words::tr("%1 (inferred)").arg(text) : text; };
    texts << said(bytesText(statistics.bytes), statistics.areSizesInferred);
    if (statistics.bitsPerSecond)
        texts << said(bitRateText(*statistics.bitsPerSecond), statistics.areSizesInferred);
    if (statistics.goodputBitsPerSecond)
        texts << said(Words::tr("goodput %1").arg(bitRateText(*statistics.goodputBitsPerSecond)), statistics.areLengthsInferred);
    if (const std::optional<double> share = statistics.lossShare())
        texts << said(Words::tr("%1 lost (%2 of %3 ack-eliciting)")
                          .arg(percentText(*share), countText(*statistics.lostPackets), countText(statistics.ackElicitingPackets)),
                      statistics.areLossesInferred);
    if (statistics.rtt)
        texts << Words::tr("RTT min %1, median %2, p95 %3, max %4 (%5 samples)")
                     .arg(durationText(statistics.rtt->minNs), durationText(statistics.rtt->medianNs), durationText(statistics.rtt->p95Ns),
                          durationText(statistics.rtt->maxNs), countText(statistics.rtt->samples));
    if (const std::optional<double> packets = statistics.packetsPerAck())
        texts << Words::tr("%1 packets per ACK").arg(QString::number(*packets, 'f', 1));
    return texts;
}

QStringList rulerTexts(const TimePlot::Ruler& ruler, AxisUnit unit)
{
    using Words = MeasureWords;
    const std::int64_t timeNs = std::abs(ruler.toNs - ruler.fromNs);
    const auto difference = static_cast<std::uint64_t>(std::llround(std::abs(ruler.toValue - ruler.fromValue)));
    QStringList texts;
    texts << Words::tr("\u0394t %1").arg(durationText(timeNs));
    switch (unit) {
    case AxisUnit::Bytes:
        texts << Words::tr("\u0394 %1").arg(bytesText(difference));
        if (timeNs > 0)
            texts << bitRateText(bitsPerSecond(difference, timeNs));
        break;
    case AxisUnit::Time:
        texts << Words::tr("\u0394 %1").arg(durationText(static_cast<std::int64_t>(difference)));
        break;
    case AxisUnit::BitsPerSecond:
        texts << Words::tr("\u0394 %1").arg(bitRateText(static_cast<std::int64_t>(difference)));
        break;
    case AxisUnit::Count:
        texts << Words::tr("\u0394 %1").arg(countText(difference));
        break;
    }
    return texts;
}

} // namespace qlogscope
