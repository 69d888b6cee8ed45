// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/arguments.h"

#include "app/cli/command.h"
#include "app/cli/output.h"

#include <cmath>

namespace qlogscope {

Arguments::Arguments(const QString& usage, const QString& explanation)
    : m_usage(usage)
    , m_explanation(explanation)
{
    m_parser.addOption({{QStringLiteral("h"), QStringLiteral("help")}, QStringLiteral("Show this help.")});
    m_parser.addOption({QStringLiteral("version"), QStringLiteral("Show the version.")});
}

void Arguments::addFlag(const char* name, const QString& description)
{
    m_parser.addOption({QLatin1String(name), description});
}

void Arguments::addValue(const char* name, const QString& description, const QString& valueName)
{
    m_parser.addOption({QLatin1String(name), description, valueName});
}

void Arguments::addOutput()
{
    m_parser.addOption({{QStringLiteral("o"), QStringLiteral("output")},
                        QStringLiteral("Where to write; - is standard output."),
                        QStringLiteral("OUT")});
}

void Arguments::addFilter()
{
    QString keys;
    for (const FilterKeyInfo& info : filterKeys())
        keys += (keys.isEmpty() ? QString() : QStringLiteral(" ")) % QString::fromLatin1(info.name.data(), static_cast<qsizetype>(info.name.size()));
    addValue("filter",
             QStringLiteral("Only what F selects. Terms, separated by blanks: types as OpenSSL's OSSL_QFILTER has them (* -* "
                            "-transport:packet_received recovery:*), comparisons (pn=100..200 stream=4,8 frame=ack size>1.2k time=1.5s..2s) "
                            "with the keys %1, and \"text in the record\"; ! negates.")
                 .arg(keys),
             QStringLiteral("F"));
}

std::optional<int> Arguments::parse(const QStringList& arguments)
{
    if (!m_parser.parse(QStringList{QStringLiteral("qlogscope")} + arguments))
        return usageError(m_parser.errorText());
    if (m_parser.isSet(QStringLiteral("version")))
        return writeOut("qlogscope " QLOGSCOPE_VERSION "\n") ? ExitGood : ExitOutput;
    if (!m_parser.isSet(QStringLiteral("help")))
        return std::nullopt;
    QString help = m_parser.helpText();
    help = help.mid(help.indexOf(QLatin1Char('\n')) + 1); // the parser's own usage line does not know the subcommand
    const bool isWritten = writeOut(QString(QStringLiteral("Usage: qlogscope ") % m_usage % QStringLiteral("\n\n") % m_explanation
                                            % QStringLiteral("\n") % help)
                                        .toStdString());
    return isWritten ? ExitGood : ExitOutput;
}

int Arguments::usageError(const QString& sentence)
{
    writeError(sentence.toStdString() + " (try --help)");
    return ExitUsage;
}

std::optional<Filter> readFilter(const QString& text)
{
    const std::string utf8 = text.toStdString();
    ParsedFilter parsed = parseFilter(utf8);
    if (!parsed.error)
        return std::move(parsed.filter);
    writeError("--filter: " + parsed.error->sentence + " (try --help)\n" + caretLines(utf8, *parsed.error));
    return std::nullopt;
}

namespace {

/// "120us", "1.5s", "350": nanoseconds.
std::optional<std::int64_t> parseDuration(const QString& text)
{
    QString number = text.trimmed();
    double nsPerUnit = 1e6;
    const std::pair<const char*, double> units[] = {{"us", 1e3}, {"ms", 1e6}, {"ns", 1}, {"s", 1e9}};
    for (const auto& [suffix, ns] : units) {
        if (number.endsWith(QLatin1String(suffix))) {
            number.chop(static_cast<int>(qstrlen(suffix)));
            nsPerUnit = ns;
            break;
        }
    }
    bool isNumber = false;
    const double value = number.toDouble(&isNumber);
    if (!isNumber || !(std::abs(value * nsPerUnit) < 9e18))
        return std::nullopt;
    return std::llround(value * nsPerUnit);
}

} // namespace

std::optional<std::int64_t> parseTime(const QString& text, const Trace& trace)
{
    if (const std::optional<std::int64_t> wall = wallClockFromIso(text.trimmed().toStdString())) {
        if (!trace.wallClockNs())
            return std::nullopt;
        return *wall - *trace.wallClockNs() - trace.zeroNs();
    }
    return parseDuration(text);
}

bool isTime(const QString& text) { return wallClockFromIso(text.trimmed().toStdString()) || parseDuration(text); }

QString timeProblem(const Arguments& arguments)
{
    for (const char* name : {"from", "to"}) {
        if (arguments.isSet(name) && !isTime(arguments.value(name)))
            return QStringLiteral("--%1 %2 is no time").arg(QLatin1String(name), arguments.value(name));
    }
    return {};
}

std::optional<TimeLimits> readTimeLimits(const Arguments& arguments, const Trace& trace, QString* problem)
{
    TimeLimits limits;
    for (const auto& [name, limit] : {std::pair{"from", &limits.from}, std::pair{"to", &limits.to}}) {
        if (!arguments.isSet(name))
            continue;
        *limit = parseTime(arguments.value(name), trace);
        if (!*limit) {
            *problem = QStringLiteral("--%1 %2: the log has no wall clock to place it by; give milliseconds since its first event")
                           .arg(QLatin1String(name), arguments.value(name));
            return std::nullopt;
        }
    }
    if (limits.from && limits.to && *limits.from > *limits.to) {
        *problem = QStringLiteral("--from %1 is after --to %2").arg(arguments.value("from"), arguments.value("to"));
        return std::nullopt;
    }
    return limits;
}

} // namespace qlogscope
