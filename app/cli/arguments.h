// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/document.h"
#include "model/eventfilter.h"
#include "model/timerange.h"

#include <QCommandLineParser>
#include <QStringList>

#include <optional>
#include <string>

namespace qlogscope {

/// The options of one subcommand. Unknown options are errors; --help works everywhere.
class Arguments
{
public:
    /// @param usage "info [--json] FILE..." and the explanations that --help prints after it
    Arguments(const QString& usage, const QString& explanation);

    void addFlag(const char* name, const QString& description);
    void addValue(const char* name, const QString& description, const QString& valueName);
    /// A short name for the option added last.
    void addOutput();
    /// --filter F, with a short grammar as its description.
    void addFilter();

    /// @return an exit code if the program is to end now (wrong usage, or help was printed)
    [[nodiscard]] std::optional<int> parse(const QStringList& arguments);
    [[nodiscard]] bool isSet(const char* name) const { return m_parser.isSet(QLatin1String(name)); }
    [[nodiscard]] QString value(const char* name) const { return m_parser.value(QLatin1String(name)); }
    [[nodiscard]] QStringList files() const { return m_parser.positionalArguments(); }

    /// Prints "qlogscope: sentence" and how to get help.
    [[nodiscard]] static int usageError(const QString& sentence);

private:
    QCommandLineParser m_parser;
    QString m_usage;
    QString m_explanation;
};

/// Reads the text of --filter; an empty one selects everything. nullopt, with the place of the error on standard error, if it does
/// not parse.
[[nodiscard]] std::optional<Filter> readFilter(const QString& text);

/// "120us", "350ms", "1.5s", "350" (ms), or RFC 3339 where the trace's wall clock is known: T in nanoseconds since the earliest
/// event. nullopt if it is none of these.
[[nodiscard]] std::optional<std::int64_t> parseTime(const QString& text, const Trace& trace);
/// What parseTime() takes, if the trace has a wall clock.
[[nodiscard]] bool isTime(const QString& text);

/// --from and --to: T in nanoseconds since the earliest event of a trace; an end that is not given is open.
struct TimeLimits {
    std::optional<std::int64_t> from;
    std::optional<std::int64_t> to;
    [[nodiscard]] bool isSet() const { return from || to; }
};
/// Before a file is opened: a sentence if --from or --to is no time; empty if all is well.
[[nodiscard]] QString timeProblem(const Arguments& arguments);
/// nullopt with a sentence if a time of day is given and the trace has no wall clock, or if --from is after --to.
[[nodiscard]] std::optional<TimeLimits> readTimeLimits(const Arguments& arguments, const Trace& trace, QString* problem);

} // namespace qlogscope
