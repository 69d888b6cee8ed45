// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/units.h"

#include <QLocale>

#include <algorithm>
#include <array>
#include <span>

namespace qlogscope {

namespace {

struct Unit {
    std::uint64_t size; // ns, bytes or bit/s; a power of ten
    const char16_t* name;
};
constexpr std::array<Unit, 4> timeUnits{{{1, u"ns"}, {1'000, u"\u00b5s"}, {1'000'000, u"ms"}, {1'000'000'000, u"s"}}};
constexpr std::array<Unit, 5> byteUnits{
    {{1, u"B"}, {1'000, u"kB"}, {1'000'000, u"MB"}, {1'000'000'000, u"GB"}, {1'000'000'000'000, u"TB"}}};
constexpr std::array<Unit, 5> bitRateUnits{
    {{1, u"bit/s"}, {1'000, u"kbit/s"}, {1'000'000, u"Mbit/s"}, {1'000'000'000, u"Gbit/s"}, {1'000'000'000'000, u"Tbit/s"}}};

constexpr std::array<Unit, 2> countUnits{{{1, u""}, {1'000'000, u"M"}}};

std::span<const Unit> unitsOf(AxisUnit unit)
{
    switch (unit) {
    case AxisUnit::Time:
        return timeUnits;
    case AxisUnit::Bytes:
        return byteUnits;
    case AxisUnit::BitsPerSecond:
        return bitRateUnits;
    case AxisUnit::Count:
        break;
    }
    return countUnits;
}

std::uint64_t magnitude(std::int64_t value)
{
    return value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
}

const Unit& unitFor(std::uint64_t value, std::span<const Unit> units)
{
    for (auto it = units.rbegin(); it != units.rend(); ++it) {
        if (value >= it->size)
            return *it;
    }
    return units.front();
}

QString grouped(std::uint64_t value) { return QLocale(QLocale::English).toString(static_cast<qulonglong>(value)); }

/// The value in the unit with exactly @p decimals of its decimals (cut, not rounded); -1: as many as there are.
QString decimalText(std::int64_t value, const Unit& unit, int decimals)
{
    const std::uint64_t size = magnitude(value);
    QString text = value < 0 ? QStringLiteral("\u2212") : QString();
    text += grouped(size / unit.size);
    int digits = 0;
    for (std::uint64_t power = unit.size; power > 1; power /= 10)
        ++digits;
    QString fraction = QString::number(static_cast<qulonglong>(size % unit.size)).rightJustified(digits, QLatin1Char('0'));
    if (digits == 0)
        fraction.clear();
    if (decimals >= 0) {
        fraction.truncate(decimals);
    } else {
        while (fraction.endsWith(QLatin1Char('0')))
            fraction.chop(1);
    }
    if (!fraction.isEmpty())
        text += QLatin1Char('.') % fraction;
    return text;
}

QString withUnit(const QString& number, const Unit& unit)
{
    const QString name = QString::fromUtf16(unit.name);
    return name.isEmpty() ? number : number % QChar(0x00a0) % name;
}

int digitsOf(std::uint64_t value)
{
    int digits = 1;
    for (; value >= 10; value /= 10)
        ++digits;
    return digits;
}

/// How many decimals multiples of @p step have in the unit.
int decimalsOf(std::uint64_t step, const Unit& unit)
{
    int decimals = 0;
    for (std::uint64_t size = unit.size; size > 1 && step % size != 0; size /= 10)
        ++decimals;
    return decimals;
}

std::int64_t floorTo(std::int64_t value, std::int64_t multiple)
{
    const std::int64_t rest = value % multiple;
    return value - (rest < 0 ? rest + multiple : rest);
}

/// Rounded to so many significant digits, in the largest unit that fits.
QString roundedText(std::int64_t value, std::span<const Unit> units, int significant)
{
    std::uint64_t power = 1;
    const int surplus = digitsOf(magnitude(value)) - significant;
    for (int i = 0; i < surplus; ++i)
        power *= 10;
    const std::uint64_t rounded = (magnitude(value) + power / 2) / power * power;
    const Unit& unit = unitFor(rounded, units);
    const std::int64_t signedValue = value < 0 ? -static_cast<std::int64_t>(rounded) : static_cast<std::int64_t>(rounded);
    return withUnit(decimalText(signedValue, unit, -1), unit);
}

} // namespace

AxisTicks axisTicks(std::int64_t low, std::int64_t high, int most, AxisUnit kind)
{
    const std::span<const Unit> units = unitsOf(kind);
    AxisTicks ticks;
    const std::int64_t length = std::max<std::int64_t>(high - low, 1);
    const std::int64_t wanted = std::max<std::int64_t>(length / std::max(most, 1) + (length % std::max(most, 1) != 0), 1);
    std::int64_t power = 1;
    while (power <= wanted / 10)
        power *= 10;
    for (const std::int64_t factor : {1, 2, 5, 10}) {
        ticks.step = power * factor;
        if (ticks.step >= wanted)
            break;
    }

    const std::uint64_t largest = std::max(magnitude(low), magnitude(high));
    const Unit* unit = &unitFor(largest, units);
    int decimals = decimalsOf(static_cast<std::uint64_t>(ticks.step), *unit);
    constexpr int longestLabel = 6; // digits
    if (digitsOf(largest / unit->size) + decimals > longestLabel) {
        std::int64_t coarse = 1; // a power of ten not shorter than the axis is a multiple of the step
        while (coarse < length && coarse < INT64_MAX / 10)
            coarse *= 10;
        ticks.base = floorTo(low, coarse);
        const Unit& baseUnit = unitFor(magnitude(ticks.base), units);
        ticks.baseText = withUnit(decimalText(ticks.base, baseUnit, -1), baseUnit);
        unit = &unitFor(static_cast<std::uint64_t>(high - ticks.base), units);
        decimals = decimalsOf(static_cast<std::uint64_t>(ticks.step), *unit);
    }

    std::int64_t value = floorTo(low, ticks.step);
    if (value < low)
        value += ticks.step;
    for (; value <= high && value < INT64_MAX - ticks.step; value += ticks.step) {
        ticks.values.push_back(value);
        const QString sign = ticks.baseText.isEmpty() ? QString() : QStringLiteral("+");
        const bool isZero = value == 0 && ticks.baseText.isEmpty();
        ticks.labels.append(isZero ? QStringLiteral("0")
                                   : sign % withUnit(decimalText(value - ticks.base, *unit, decimals), *unit));
    }
    return ticks;
}

QString bytesText(std::uint64_t bytes)
{
    const bool isExact = bytes < 1'000;
    return isExact ? withUnit(grouped(bytes), byteUnits.front())
                   : roundedText(static_cast<std::int64_t>(std::min<std::uint64_t>(bytes, INT64_MAX)), byteUnits, 4);
}

QString bitRateText(std::int64_t bitsPerSecond) { return roundedText(bitsPerSecond, bitRateUnits, 4); }

QString countText(std::uint64_t count) { return grouped(count); }

QString timeText(std::int64_t ns)
{
    const Unit& unit = ns == 0 ? timeUnits.back() : unitFor(magnitude(ns), timeUnits);
    return withUnit(decimalText(ns, unit, -1), unit);
}

QString timeText(std::int64_t ns, std::int64_t resolutionNs)
{
    std::uint64_t unit = 1;
    while (resolutionNs > 0 && unit <= static_cast<std::uint64_t>(resolutionNs) / 10)
        unit *= 10;
    const std::uint64_t rounded = (magnitude(ns) + unit / 2) / unit * unit;
    if (rounded > static_cast<std::uint64_t>(INT64_MAX))
        return timeText(ns);
    return timeText(ns < 0 ? -static_cast<std::int64_t>(rounded) : static_cast<std::int64_t>(rounded));
}

QString timeRangeText(std::int64_t beginNs, std::int64_t endNs)
{
    const std::int64_t resolution = (endNs - beginNs) / 10'000;
    return timeText(beginNs, resolution) % QStringLiteral(" \u2013 ") % timeText(endNs, resolution);
}

QString durationText(std::int64_t ns) { return ns == 0 ? timeText(0) : roundedText(ns, timeUnits, 4); }

} // namespace qlogscope
