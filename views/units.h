// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <cstdint>
#include <vector>

/// Numbers as people read them: SI units, decimal point, no exponents, the same on every machine. Integers all the way, so
/// that nanoseconds of a day-long trace keep their digits.
namespace qlogscope {

enum class AxisUnit : std::uint8_t { Time, Bytes, BitsPerSecond };

/// Where an axis has its ticks, and what they say.
struct AxisTicks {
    std::int64_t step = 1;
    std::int64_t base = 0; ///< labels say how much more than this; 0 unless the labels would get too long
    QString baseText; ///< the base in full, e.g. "35,999.1234567 s"; empty if the labels are absolute
    std::vector<std::int64_t> values;
    QStringList labels;
};
/// Round ticks (1, 2 or 5 times a power of ten) in [low, high], about @p most of them at most.
[[nodiscard]] AxisTicks axisTicks(std::int64_t low, std::int64_t high, int most, AxisUnit unit);

/// "999 B", "1.25 MB": three or four significant digits.
[[nodiscard]] QString bytesText(std::uint64_t bytes);
/// "999 bit/s", "12.5 Mbit/s": four significant digits at most.
[[nodiscard]] QString bitRateText(std::int64_t bitsPerSecond);
/// "1,234,567"
[[nodiscard]] QString countText(std::uint64_t count);
/// Exact, in the largest unit that fits: "1.234567891 s", "12.5 ms", "100 ns", "0 s".
[[nodiscard]] QString timeText(std::int64_t ns);
/// Rounded to the power of ten that is not above @p resolutionNs: no digits that a pixel or a log's clock cannot tell apart.
[[nodiscard]] QString timeText(std::int64_t ns, std::int64_t resolutionNs);
/// "0 s \u2013 15.746 s": as many digits as tell a ten-thousandth of the range apart.
[[nodiscard]] QString timeRangeText(std::int64_t beginNs, std::int64_t endNs);
/// A difference of times, four significant digits: "30.12 ms".
[[nodiscard]] QString durationText(std::int64_t ns);

} // namespace qlogscope
