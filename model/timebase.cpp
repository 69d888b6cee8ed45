// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/timebase.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace qlogscope {

namespace {

constexpr std::int64_t nsPerMs = 1'000'000;
constexpr std::int64_t nsPerSecond = 1'000'000'000;

std::optional<std::int64_t> scaled(RawTime raw, std::int64_t nsPerUnit)
{
    std::int64_t whole = 0;
    if (__builtin_mul_overflow(raw.whole, nsPerUnit, &whole))
        return std::nullopt;
    std::int64_t result = 0;
    const auto part = static_cast<std::int64_t>(raw.fraction * static_cast<double>(nsPerUnit) + 0.5); // a fraction is never negative
    if (__builtin_add_overflow(whole, part, &result))
        return std::nullopt;
    return result;
}

std::string padded(std::int64_t value, std::size_t digits)
{
    std::string text = std::to_string(value);
    return text.size() < digits ? std::string(digits - text.size(), '0') + text : text;
}

} // namespace

std::optional<ClockForm> clockFormOf(std::string_view timeFormat)
{
    const auto startsWith = [timeFormat](std::string_view lower) {
        return timeFormat.size() >= lower.size()
            && std::equal(lower.begin(), lower.end(), timeFormat.begin(), [](char a, char b) { return a == (b | 0x20) || a == b; });
    };
    if (startsWith("relative_to_previous") || startsWith("delta"))
        return ClockForm::Delta;
    if (startsWith("relative")) // with a known epoch 1970 the times are absolute; what counts is only where zero is
        return ClockForm::Relative;
    if (startsWith("absolute"))
        return ClockForm::Absolute;
    return std::nullopt;
}

std::optional<RawTime> RawTime::fromDouble(double value)
{
    if (!(std::abs(value) < 9.2e18))
        return std::nullopt;
    const double whole = std::floor(value);
    const double fraction = value - whole;
    if (fraction >= 1) // rounded up: just below an integer
        return RawTime{static_cast<std::int64_t>(whole) + 1, 0};
    return RawTime{static_cast<std::int64_t>(whole), fraction};
}

std::optional<RawTime> RawTime::fromText(std::string_view text)
{
    const char* begin = text.data();
    const char* end = begin + text.size();
    std::int64_t whole = 0;
    const auto [wholeEnd, error] = std::from_chars(begin, end, whole);
    if (error == std::errc() && wholeEnd == end)
        return fromInteger(whole);
    double value = 0;
    const auto [valueEnd, valueError] = std::from_chars(begin, end, value);
    if (valueError != std::errc() || valueEnd != end)
        return std::nullopt;
    return fromDouble(value);
}

TimeBase::TimeBase(ClockForm form, TimeUnit unit, std::optional<std::int64_t> referenceNs, bool hasReference)
    : m_form(form)
    , m_unit(unit)
    , m_hasReference(hasReference)
    , m_referenceNs(referenceNs)
{
}

std::optional<std::int64_t> nanoseconds(RawTime raw, TimeUnit unit)
{
    return scaled(raw, unit == TimeUnit::Microseconds ? 1'000 : nsPerMs);
}

/// The time on the axis of the trace's own clock: of the log for absolute and delta clocks, since the reference for relative ones.
std::optional<std::int64_t> TimeBase::onAxis(RawTime raw, std::int64_t ns, ClockForm form) const
{
    const auto sum = [](std::int64_t a, std::int64_t b) -> std::optional<std::int64_t> {
        std::int64_t result = 0;
        return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    };
    switch (form) {
    case ClockForm::Absolute:
        // a wall clock among relative times
        return m_form == ClockForm::Relative && m_referenceNs ? sum(ns, -*m_referenceNs) : ns;
    case ClockForm::Relative:
        return m_form == ClockForm::Relative ? ns : sum(m_referenceNs.value_or(m_originNs.value_or(0)), ns);
    case ClockForm::Delta:
        break;
    }
    if (m_originNs)
        return sum(m_previousNs, ns);
    if (m_form == ClockForm::Relative)
        return ns;
    return countsFromReference(raw) ? sum(m_referenceNs.value_or(0), ns) : ns;
}

/// The first delta is absolute unless there is a reference time (dialects 2.3, OpenSSL and quant).
bool TimeBase::countsFromReference(RawTime firstDelta) const
{
    return m_hasReference && !wallClockFromNumber(std::to_string(firstDelta.whole));
}

std::optional<std::int64_t> TimeBase::resolve(RawTime raw, ClockForm form)
{
    const std::optional<std::int64_t> ns = nanoseconds(raw, m_unit);
    const std::optional<std::int64_t> time = ns ? onAxis(raw, *ns, form) : std::nullopt;
    if (!time)
        return std::nullopt;
    std::int64_t origin = m_originNs.value_or(*time);
    if (m_form == ClockForm::Relative)
        origin = 0;
    else if (!m_originNs && form == ClockForm::Delta && countsFromReference(raw))
        origin = m_referenceNs.value_or(0);
    std::int64_t result = 0;
    if (__builtin_sub_overflow(*time, origin, &result) || result == std::numeric_limits<std::int64_t>::max())
        return std::nullopt; // the maximum is left for the end of a range of time, which is just after its last event
    m_originNs = origin;
    m_previousNs = *time;
    return result;
}

std::optional<std::int64_t> TimeBase::wallClockOriginNs() const
{
    if (m_form == ClockForm::Relative)
        return m_referenceNs;
    if (!m_originNs || *m_originNs < 978'307'200 * nsPerSecond) // before 2001: a steady clock, not a wall clock
        return std::nullopt;
    return m_originNs;
}

std::optional<std::int64_t> wallClockFromNumber(std::string_view decimalText)
{
    const std::optional<RawTime> raw = RawTime::fromText(decimalText);
    if (!raw || raw->whole <= 0)
        return std::nullopt;
    struct Guard {
        std::int64_t low;
        std::int64_t high;
        std::int64_t nsPerUnit;
    };
    constexpr Guard guards[] = {
        {1'000'000'000, 4'100'000'000, nsPerSecond},
        {1'000'000'000'000, 4'100'000'000'000, nsPerMs},
        {1'000'000'000'000'000, 4'100'000'000'000'000, 1'000},
        {1'000'000'000'000'000'000, 4'100'000'000'000'000'000, 1},
    };
    for (const Guard& guard : guards) {
        if (raw->whole >= guard.low && raw->whole <= guard.high)
            return scaled(*raw, guard.nsPerUnit);
    }
    return std::nullopt;
}

std::optional<std::int64_t> wallClockFromIso(std::string_view text)
{
    const auto number = [&](std::size_t position, std::size_t length) -> int {
        int value = -1;
        if (position + length > text.size())
            return -1;
        const auto [end, error] = std::from_chars(text.data() + position, text.data() + position + length, value);
        return error == std::errc() && end == text.data() + position + length ? value : -1;
    };
    if (text.size() < 19 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ' && text[10] != 't')
        || text[13] != ':' || text[16] != ':')
        return std::nullopt;
    const int year = number(0, 4);
    const int month = number(5, 2);
    const int day = number(8, 2);
    const int hour = number(11, 2);
    const int minute = number(14, 2);
    const int second = number(17, 2);
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (year < 1678 || year > 2261 || month < 1 || day < 1 || !date.ok())
        return std::nullopt;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) // 60: a leap second
        return std::nullopt;
    std::int64_t ns = 0;
    std::size_t position = 19;
    if (position < text.size() && text[position] == '.') {
        std::int64_t scale = nsPerSecond / 10;
        for (++position; position < text.size() && text[position] >= '0' && text[position] <= '9'; ++position) {
            ns += (text[position] - '0') * scale;
            scale /= 10;
        }
    }
    int offsetMinutes = 0;
    if (position < text.size() && (text[position] == '+' || text[position] == '-')) {
        const int hours = number(position + 1, 2);
        const bool hasColon = position + 3 < text.size() && text[position + 3] == ':';
        const int minutes = number(position + (hasColon ? 4 : 3), 2);
        if (hours < 0)
            return std::nullopt;
        offsetMinutes = (hours * 60 + std::max(minutes, 0)) * (text[position] == '-' ? -1 : 1);
    }
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    return (((days * 24 + hour) * 60 + minute - offsetMinutes) * 60 + second) * nsPerSecond + ns;
}

std::string isoText(std::int64_t unixNs)
{
    std::int64_t seconds = unixNs / nsPerSecond;
    std::int64_t ns = unixNs % nsPerSecond;
    if (ns < 0) {
        ns += nsPerSecond;
        --seconds;
    }
    std::int64_t days = seconds / 86'400;
    std::int64_t secondOfDay = seconds % 86'400;
    if (secondOfDay < 0) {
        secondOfDay += 86'400;
        --days;
    }
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
    std::string text = padded(static_cast<int>(date.year()), 4) + '-' + padded(static_cast<unsigned>(date.month()), 2) + '-'
        + padded(static_cast<unsigned>(date.day()), 2) + 'T' + padded(secondOfDay / 3600, 2) + ':'
        + padded(secondOfDay / 60 % 60, 2) + ':' + padded(secondOfDay % 60, 2) + '.';
    if (ns % nsPerMs == 0)
        text += padded(ns / nsPerMs, 3);
    else if (ns % 1000 == 0)
        text += padded(ns / 1000, 6);
    else
        text += padded(ns, 9);
    return text + 'Z';
}

std::string millisecondsText(std::int64_t ns)
{
    const bool negative = ns < 0;
    const std::uint64_t magnitude = negative ? 0 - static_cast<std::uint64_t>(ns) : static_cast<std::uint64_t>(ns);
    std::string text = std::to_string(magnitude / 1'000'000);
    if (negative)
        text.insert(text.begin(), '-');
    const std::uint64_t fraction = magnitude % 1'000'000;
    if (fraction == 0)
        return text;
    std::string digits = std::to_string(fraction);
    digits.insert(0, 6 - digits.size(), '0');
    digits.erase(digits.find_last_not_of('0') + 1);
    return text + '.' + digits;
}

} // namespace qlogscope
