// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qlogscope {

/// What the `time` of a record means (dialects 2.3).
enum class ClockForm : std::uint8_t {
    Absolute, ///< time_format absolute; column "time"; relative_to_epoch with a known epoch counts as Relative
    Relative, ///< to the reference time
    Delta, ///< to the previous event; the first one absolute where there is no reference time (OpenSSL, quant)
};

/// A `time_format` of any draft, in any case: "relative", "Relative", "relative_to_epoch", "delta", ...; nullopt if it is none.
[[nodiscard]] std::optional<ClockForm> clockFormOf(std::string_view timeFormat);

enum class TimeUnit : std::uint8_t { Milliseconds, Microseconds };

/// A time as it stands in a record, split before scaling so that no precision is lost: whole + fraction, 0 <= fraction < 1.
struct RawTime {
    std::int64_t whole = 0;
    double fraction = 0;

    [[nodiscard]] static RawTime fromInteger(std::int64_t value) { return {value, 0}; }
    /// Out-of-range and non-finite values give nullopt.
    [[nodiscard]] static std::optional<RawTime> fromDouble(double value);
    /// Decimal number text, as in draft-00/01 files that write numbers as strings; nullopt if it is no number.
    [[nodiscard]] static std::optional<RawTime> fromText(std::string_view text);
    bool operator==(const RawTime&) const = default;
};

/// Turns the raw times of one trace into int64 nanoseconds since the trace's origin. One per trace; a value, any thread.
///
/// The origin is the first event's absolute time for absolute and delta clocks, the reference time for relative ones.
class TimeBase
{
public:
    TimeBase() = default;
    /// @param referenceNs the reference time in ns since the Unix epoch, if the log gives one that is a wall clock
    TimeBase(ClockForm form, TimeUnit unit, std::optional<std::int64_t> referenceNs, bool hasReference);

    /// Nanoseconds since the origin; nullopt if the time is outside +-292 years. Must be called in file order (delta clocks).
    [[nodiscard]] std::optional<std::int64_t> resolve(RawTime raw) { return resolve(raw, m_form); }
    /// The same for an event that states a `time_format` of its own.
    [[nodiscard]] std::optional<std::int64_t> resolve(RawTime raw, ClockForm form);

    [[nodiscard]] ClockForm form() const { return m_form; }
    [[nodiscard]] TimeUnit timeUnit() const { return m_unit; }
    /// Nanoseconds to add to a resolved time to get the time on the log's own clock (0 for relative clocks).
    [[nodiscard]] std::int64_t logOriginNs() const { return m_form == ClockForm::Relative ? 0 : m_originNs.value_or(0); }
    /// Nanoseconds since the Unix epoch at the origin, where the log tells.
    [[nodiscard]] std::optional<std::int64_t> wallClockOriginNs() const;

private:
    [[nodiscard]] std::optional<std::int64_t> onAxis(RawTime raw, std::int64_t ns, ClockForm form) const;
    [[nodiscard]] bool countsFromReference(RawTime firstDelta) const;

    ClockForm m_form = ClockForm::Absolute;
    TimeUnit m_unit = TimeUnit::Milliseconds;
    bool m_hasReference = false;
    std::optional<std::int64_t> m_referenceNs;
    std::optional<std::int64_t> m_originNs;
    std::int64_t m_previousNs = 0; // on the axis of m_form: Unix time or a steady clock's, since the reference for relative ones
};

/// A raw time in nanoseconds; nullopt if it is outside +-292 years.
[[nodiscard]] std::optional<std::int64_t> nanoseconds(RawTime raw, TimeUnit unit);

/// A reference_time given as a number: nanoseconds since the Unix epoch by the magnitude guard of dialects 2.3 (seconds, ms,
/// us and ns are told apart by the years 2001-2100); nullopt if it cannot be a wall clock (steady clock, zero).
[[nodiscard]] std::optional<std::int64_t> wallClockFromNumber(std::string_view decimalText);
/// RFC 3339 / ISO 8601 date and time to nanoseconds since the Unix epoch.
[[nodiscard]] std::optional<std::int64_t> wallClockFromIso(std::string_view text);
/// "2026-02-03T04:05:06.007Z", with as many digits as needed: 3, 6 or 9.
[[nodiscard]] std::string isoText(std::int64_t unixNs);
/// Milliseconds from integer nanoseconds, up to 6 decimals, never exponent form: "12.3", "0".
[[nodiscard]] std::string millisecondsText(std::int64_t ns);

} // namespace qlogscope
