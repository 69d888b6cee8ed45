// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/timebase.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace qlogscope;

/// Every clock of qlog becomes integer nanoseconds without losing what the log says.
class TimeBaseTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void splitsNumbers_data();
    void splitsNumbers();
    void refusesWhatIsNoNumber();
    void countsFromTheOrigin_data();
    void countsFromTheOrigin();
    void firstDeltaIsAbsoluteWithoutReference();
    void deltasAddUpFromTheReference();
    void hugeFirstDeltaIsAbsoluteDespiteReference();
    void keepsPrecisionAtAbsoluteTimes();
    void timesOutsideTheRangeAreNone();
    void steadyClocksHaveNoWallClock();
    void numbersBecomeWallClocksByMagnitude_data();
    void numbersBecomeWallClocksByMagnitude();
    void datesBecomeWallClocks_data();
    void datesBecomeWallClocks();
    void writesDates_data();
    void writesDates();
    void writesMilliseconds_data();
    void writesMilliseconds();
};

namespace {

using Ns = std::int64_t;
using OptionalNs = std::optional<Ns>;

constexpr Ns ms = 1'000'000;
constexpr Ns second = 1'000 * ms;
constexpr Ns start2026 = 1'767'225'600 * second; // 2026-01-01T00:00:00Z
constexpr Ns largest = std::numeric_limits<Ns>::max();
constexpr Ns smallest = std::numeric_limits<Ns>::min();

} // namespace

void TimeBaseTest::splitsNumbers_data()
{
    QTest::addColumn<double>("number");
    QTest::addColumn<qint64>("whole");
    QTest::addColumn<double>("fraction");
    QTest::newRow("zero") << 0.0 << qint64{0} << 0.0;
    QTest::newRow("half") << 0.5 << qint64{0} << 0.5;
    QTest::newRow("epoch ms") << 1795000000000.25 << qint64{1'795'000'000'000} << 0.25;
    QTest::newRow("below zero") << -0.25 << qint64{-1} << 0.75;
    QTest::newRow("next below zero") << -1e-20 << qint64{0} << 0.0;
    QTest::newRow("2^62") << 0x1p62 << (qint64{1} << 62) << 0.0;
}

void TimeBaseTest::splitsNumbers()
{
    QFETCH(double, number);
    QFETCH(qint64, whole);
    QFETCH(double, fraction);
    const RawTime expected{whole, fraction};
    QCOMPARE(RawTime::fromDouble(number), std::optional(expected));
    char text[64];
    std::snprintf(text, sizeof text, "%.20f", number);
    QCOMPARE(RawTime::fromText(text), std::optional(expected));
    if (fraction == 0.0)
        QCOMPARE(RawTime::fromInteger(whole), expected);
}

void TimeBaseTest::refusesWhatIsNoNumber()
{
    for (const double number : {std::nan(""), HUGE_VAL, -HUGE_VAL, 9.3e18, -1e300})
        QVERIFY(!RawTime::fromDouble(number));
    for (const char* text :
         {"", "-", "ms", "12ms", " 12", "12 ", "1,5", "nan", "inf", "0x10", "1e400", "99999999999999999999"})
        QVERIFY2(!RawTime::fromText(text), text);
    QCOMPARE(RawTime::fromText("9007199254740993"), std::optional(RawTime{9'007'199'254'740'993, 0}));
    QCOMPARE(RawTime::fromText("9223372036854775807"), std::optional(RawTime{largest, 0}));
    QCOMPARE(RawTime::fromText("-12"), std::optional(RawTime{-12, 0}));
    QCOMPARE(RawTime::fromText("1.5e3"), std::optional(RawTime{1'500, 0}));
}

void TimeBaseTest::countsFromTheOrigin_data()
{
    QTest::addColumn<ClockForm>("form");
    QTest::addColumn<TimeUnit>("unit");
    QTest::addColumn<qint64>("first");
    QTest::addColumn<qint64>("second");
    QTest::addColumn<qint64>("firstNs");
    QTest::addColumn<qint64>("secondNs");
    QTest::addColumn<qint64>("logOriginNs");
    using enum ClockForm;
    using enum TimeUnit;
    QTest::newRow("absolute ms") << Absolute << Milliseconds << qint64{1000} << qint64{1007} << qint64{0}
                                 << qint64{7 * ms} << qint64{1000 * ms};
    QTest::newRow("absolute us") << Absolute << Microseconds << qint64{1000} << qint64{993} << qint64{0}
                                 << qint64{-7'000} << qint64{ms};
    QTest::newRow("relative ms") << Relative << Milliseconds << qint64{1000} << qint64{1007} << qint64{1000 * ms}
                                 << qint64{1007 * ms} << qint64{0};
    QTest::newRow("relative us") << Relative << Microseconds << qint64{-5} << qint64{7} << qint64{-5'000}
                                 << qint64{7'000} << qint64{0};
    QTest::newRow("delta ms") << Delta << Milliseconds << qint64{1000} << qint64{7} << qint64{0} << qint64{7 * ms}
                              << qint64{1000 * ms};
    QTest::newRow("delta us") << Delta << Microseconds << qint64{1000} << qint64{7} << qint64{0} << qint64{7'000}
                              << qint64{ms};
}

void TimeBaseTest::countsFromTheOrigin()
{
    QFETCH(ClockForm, form);
    QFETCH(TimeUnit, unit);
    QFETCH(qint64, first);
    QFETCH(qint64, second);
    QFETCH(qint64, firstNs);
    QFETCH(qint64, secondNs);
    QFETCH(qint64, logOriginNs);
    TimeBase time(form, unit, std::nullopt, false);
    QCOMPARE(time.resolve(RawTime::fromInteger(first)), OptionalNs(firstNs));
    QCOMPARE(time.resolve(RawTime::fromInteger(second)), OptionalNs(secondNs));
    QCOMPARE(time.logOriginNs(), Ns{logOriginNs});
}

void TimeBaseTest::firstDeltaIsAbsoluteWithoutReference()
{
    TimeBase time(ClockForm::Delta, TimeUnit::Milliseconds, std::nullopt, false); // as OpenSSL writes it
    QCOMPARE(time.resolve(RawTime::fromInteger(start2026 / ms)), OptionalNs(0));
    QCOMPARE(time.resolve(RawTime::fromInteger(2)), OptionalNs(2 * ms));
    QCOMPARE(time.resolve(RawTime::fromInteger(0)), OptionalNs(2 * ms));
    QCOMPARE(time.resolve(RawTime::fromInteger(5)), OptionalNs(7 * ms));
    QCOMPARE(time.wallClockOriginNs(), OptionalNs(start2026));
}

void TimeBaseTest::deltasAddUpFromTheReference()
{
    TimeBase time(ClockForm::Delta, TimeUnit::Milliseconds, start2026, true);
    QCOMPARE(time.resolve(RawTime::fromInteger(3)), OptionalNs(3 * ms));
    QCOMPARE(time.resolve(RawTime{4, 0.5}), OptionalNs(7 * ms + ms / 2));
    QCOMPARE(time.wallClockOriginNs(), OptionalNs(start2026));

    TimeBase steady(ClockForm::Delta, TimeUnit::Microseconds, std::nullopt, true);
    QCOMPARE(steady.resolve(RawTime::fromInteger(3)), OptionalNs(3'000));
    QCOMPARE(steady.wallClockOriginNs(), OptionalNs());
}

void TimeBaseTest::hugeFirstDeltaIsAbsoluteDespiteReference()
{
    TimeBase time(ClockForm::Delta, TimeUnit::Milliseconds, start2026 - second, true);
    QCOMPARE(time.resolve(RawTime::fromInteger(start2026 / ms)), OptionalNs(0));
    QCOMPARE(time.wallClockOriginNs(), OptionalNs(start2026));
}

void TimeBaseTest::keepsPrecisionAtAbsoluteTimes()
{
    TimeBase fromNumbers(ClockForm::Absolute, TimeUnit::Milliseconds, std::nullopt, false);
    TimeBase fromTexts = fromNumbers;
    constexpr Ns origin = 1'795'000'000'000;
    (void)fromNumbers.resolve(RawTime::fromInteger(origin));
    (void)fromTexts.resolve(RawTime::fromInteger(origin));
    for (int tenthOfUs = 0; tenthOfUs < 10'000; ++tenthOfUs) { // every number of four decimals
        const OptionalNs ns = fromNumbers.resolve(*RawTime::fromDouble(double(origin) + tenthOfUs / 10'000.0));
        QVERIFY(std::abs(*ns - tenthOfUs * 100) <= 244); // 2^-12 ms, what a double can tell apart here
        const OptionalNs whole = fromTexts.resolve(*RawTime::fromText(std::to_string(origin + tenthOfUs)));
        QCOMPARE(whole, OptionalNs(tenthOfUs * ms));
    }
}

void TimeBaseTest::timesOutsideTheRangeAreNone()
{
    for (const ClockForm form : {ClockForm::Absolute, ClockForm::Relative, ClockForm::Delta}) {
        for (const bool hasReference : {false, true}) {
            const OptionalNs reference = hasReference ? OptionalNs(start2026) : std::nullopt;
            TimeBase time(form, TimeUnit::Milliseconds, reference, hasReference);
            QVERIFY(!time.resolve(RawTime::fromInteger(largest)));
            QVERIFY(!time.resolve(RawTime::fromInteger(smallest)));
            QVERIFY(!time.resolve(RawTime::fromInteger(9'300'000'000'000)));
            QVERIFY2(time.resolve(RawTime::fromInteger(1)), "one bad time spoils no other");
        }
    }
    TimeBase relative(ClockForm::Relative, TimeUnit::Microseconds, std::nullopt, false);
    QCOMPARE(relative.resolve(RawTime{9'223'372'036'854'775, 0.806}), OptionalNs(largest - 1));
    QVERIFY(!relative.resolve(RawTime{9'223'372'036'854'775, 0.807})); // a range could not end after it
    TimeBase absolute(ClockForm::Absolute, TimeUnit::Milliseconds, std::nullopt, false);
    QVERIFY(absolute.resolve(RawTime::fromInteger(-9'000'000'000'000)));
    QVERIFY(!absolute.resolve(RawTime::fromInteger(9'000'000'000'000)));
    TimeBase delta(ClockForm::Delta, TimeUnit::Milliseconds, start2026, true);
    QVERIFY(!delta.resolve(RawTime::fromInteger(9'000'000'000'000))); // neither a wall clock nor within reach of one
    QCOMPARE(delta.resolve(RawTime::fromInteger(2)), OptionalNs(2 * ms));
    QVERIFY(!delta.resolve(RawTime::fromInteger(9'000'000'000'000)));
    QCOMPARE(delta.resolve(RawTime::fromInteger(2)), OptionalNs(4 * ms));
}

void TimeBaseTest::steadyClocksHaveNoWallClock()
{
    TimeBase absolute(ClockForm::Absolute, TimeUnit::Microseconds, std::nullopt, false);
    QCOMPARE(absolute.wallClockOriginNs(), OptionalNs());
    (void)absolute.resolve(RawTime::fromInteger(8'231'457'712'345)); // uptime
    QCOMPARE(absolute.wallClockOriginNs(), OptionalNs());

    TimeBase relative(ClockForm::Relative, TimeUnit::Milliseconds, std::nullopt, true);
    (void)relative.resolve(RawTime::fromInteger(start2026 / ms));
    QCOMPARE(relative.wallClockOriginNs(), OptionalNs());
    QCOMPARE(TimeBase(ClockForm::Relative, TimeUnit::Milliseconds, start2026, true).wallClockOriginNs(),
             OptionalNs(start2026));
}

void TimeBaseTest::numbersBecomeWallClocksByMagnitude_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<OptionalNs>("expected");
    QTest::newRow("seconds") << std::string("1767225600") << OptionalNs(start2026);
    QTest::newRow("milliseconds") << std::string("1767225600000") << OptionalNs(start2026);
    QTest::newRow("microseconds") << std::string("1767225600000000") << OptionalNs(start2026);
    QTest::newRow("nanoseconds") << std::string("1767225600000000000") << OptionalNs(start2026);
    QTest::newRow("exact nanosecond") << std::string("1767225600000000001") << OptionalNs(start2026 + 1);
    QTest::newRow("seconds with fraction") << std::string("1767225600.5") << OptionalNs(start2026 + second / 2);
    QTest::newRow("milliseconds with fraction") << std::string("1767225600000.25") << OptionalNs(start2026 + ms / 4);
    QTest::newRow("zero") << std::string("0") << OptionalNs();
    QTest::newRow("negative") << std::string("-1767225600") << OptionalNs();
    QTest::newRow("uptime in us") << std::string("8231457712345") << OptionalNs();
    QTest::newRow("small") << std::string("999999999") << OptionalNs();
    QTest::newRow("between s and ms") << std::string("4200000000") << OptionalNs();
    QTest::newRow("after 2100 in ns") << std::string("4200000000000000000") << OptionalNs();
    QTest::newRow("no number") << std::string("unknown") << OptionalNs();
    QTest::newRow("empty") << std::string() << OptionalNs();
}

void TimeBaseTest::numbersBecomeWallClocksByMagnitude()
{
    QFETCH(std::string, text);
    QFETCH(OptionalNs, expected);
    QCOMPARE(wallClockFromNumber(text), expected);
}

void TimeBaseTest::datesBecomeWallClocks_data()
{
    QTest::addColumn<OptionalNs>("expected");
    const auto valid
        = [](const char* text, Ns sinceStart2026) { QTest::newRow(text) << OptionalNs(start2026 + sinceStart2026); };
    valid("2026-01-01T00:00:00Z", 0);
    valid("2026-01-01T00:00:00", 0);
    valid("2026-01-01 00:00:00z", 0);
    valid("2026-01-01T00:00:00+00:00", 0);
    valid("2026-01-01T01:30:00+01:30", 0);
    valid("2025-12-31T19:00:00-0500", 0);
    valid("2026-01-01T02:00:00+02", 0);
    valid("2026-01-01T00:00:00.007Z", 7 * ms);
    valid("2026-01-01T00:00:00.000007+00:00", 7'000);
    valid("2026-01-01T00:00:00.123456789Z", 123'456'789);
    valid("2026-01-01T00:00:00.1234567891234Z", 123'456'789);
    valid("2026-03-01T00:00:00Z", 59 * 86'400 * second);
    valid("2025-12-31T23:59:60Z", 0);
    QTest::newRow("1970-01-01T00:00:00.000000001Z") << OptionalNs(1);
    QTest::newRow("1969-12-31T23:59:59.5Z") << OptionalNs(-second / 2);
    QTest::newRow("2024-02-29T00:00:00Z") << OptionalNs(1'709'164'800 * second);
    for (const char* text :
         {"", "unknown", "2026-01-01", "2026-01-01T00:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
          "2026-00-01T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z",
          "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T-1:00:00Z", "2026-01-01T00-00-00Z",
          "2026/01/01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "2O26-01-01T00:00:00Z",
          "1767225600000000000"})
        QTest::newRow(text) << OptionalNs();
}

void TimeBaseTest::datesBecomeWallClocks()
{
    QFETCH(OptionalNs, expected);
    QCOMPARE(wallClockFromIso(QTest::currentDataTag()), expected);
}

void TimeBaseTest::writesDates_data()
{
    QTest::addColumn<qint64>("ns");
    QTest::newRow("2026-01-01T00:00:00.000Z") << qint64{start2026};
    QTest::newRow("2026-01-01T00:00:01.020Z") << qint64{start2026 + second + 20 * ms};
    QTest::newRow("2026-01-01T00:00:00.000020Z") << qint64{start2026 + 20'000};
    QTest::newRow("2026-01-01T00:00:00.000000020Z") << qint64{start2026 + 20};
    QTest::newRow("1970-01-01T00:00:00.000Z") << qint64{0};
    QTest::newRow("1969-12-31T23:59:59.999999999Z") << qint64{-1};
    QTest::newRow("2262-04-11T23:47:16.854775807Z") << qint64{largest};
    QTest::newRow("1677-09-21T00:12:43.145224192Z") << qint64{smallest};
}

void TimeBaseTest::writesDates()
{
    QFETCH(qint64, ns);
    const std::string text = isoText(ns);
    QCOMPARE(text, std::string(QTest::currentDataTag()));
    if (ns != largest && ns != smallest) // the years at the borders are not read
        QCOMPARE(wallClockFromIso(text), OptionalNs(ns));
}

void TimeBaseTest::writesMilliseconds_data()
{
    QTest::addColumn<qint64>("ns");
    QTest::newRow("0") << qint64{0};
    QTest::newRow("0.000001") << qint64{1};
    QTest::newRow("-0.000001") << qint64{-1};
    QTest::newRow("0.5") << qint64{ms / 2};
    QTest::newRow("-0.5") << qint64{-ms / 2};
    QTest::newRow("12.3") << qint64{12 * ms + 300'000};
    QTest::newRow("-12.034") << qint64{-12 * ms - 34'000};
    QTest::newRow("1000000") << qint64{1'000'000 * ms};
    QTest::newRow("1767225600000.000001") << qint64{start2026 + 1};
    QTest::newRow("9223372036854.775807") << qint64{largest};
    QTest::newRow("-9223372036854.775808") << qint64{smallest};
}

void TimeBaseTest::writesMilliseconds()
{
    QFETCH(qint64, ns);
    QCOMPARE(millisecondsText(ns), std::string(QTest::currentDataTag()));
}

QTEST_GUILESS_MAIN(TimeBaseTest)
#include "timebasetest.moc"
