// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/arguments.h"
#include "app/cli/command.h"
#include "app/cli/opening.h"
#include "app/cli/output.h"
#include "importers/recordrepair.h"
#include "importers/recordsummary.h"

#include <algorithm>
#include <vector>

namespace qlogscope {

namespace {

constexpr std::size_t outputBytes = std::size_t{1} << 20;

/// The record on one line: line breaks and the blanks around them go, strings stay as they are.
std::string onOneLine(const std::string& record)
{
    if (record.find_first_of("\r\n") == std::string::npos)
        return record;
    std::string line;
    line.reserve(record.size());
    bool inString = false;
    for (std::size_t i = 0; i < record.size(); ++i) {
        const char c = record[i];
        if (inString) {
            line += c;
            if (c == '\\' && i + 1 < record.size())
                line += record[++i];
            else if (c == '"')
                inString = false;
        } else if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            line += c;
            inString = c == '"';
        }
    }
    return line;
}

class EventPrinter
{
public:
    EventPrinter(const Document& document, const QString& format)
        : m_document(document)
        , m_format(format)
    {
    }

    [[nodiscard]] bool begin()
    {
        if (m_format == QStringLiteral("csv"))
            m_out += "row,offset,log_time_ms,time_ms,name,canonical,trace,summary\n";
        return true;
    }
    [[nodiscard]] bool print(RowId row)
    {
        const std::string record = m_document.recordText(row);
        if (m_format == QStringLiteral("jsonl"))
            m_out += onOneLine(isRepaired(row) ? repairedRecord(record).value_or(record) : record) + '\n';
        else if (m_format == QStringLiteral("csv"))
            m_out += csvLine(row, record);
        else
            m_out += textLine(row, record);
        return m_out.size() < outputBytes || flush();
    }
    [[nodiscard]] bool flush()
    {
        const bool isWritten = writeOut(m_out);
        m_out.clear();
        return isWritten;
    }

private:
    [[nodiscard]] bool hasTime(RowId row) const { return (m_document.events().flags(row) & RowNoTime) == 0; }
    /// Comments, NaN and the like would make the line no JSON.
    [[nodiscard]] bool isRepaired(RowId row) const { return (m_document.events().flags(row) & RowRepaired) != 0; }
    [[nodiscard]] std::string timeText(RowId row) const
    {
        return hasTime(row) ? millisecondsText(m_document.events().timeNs(row) - m_document.traceOf(row).zeroNs()) : std::string();
    }
    [[nodiscard]] std::string summary(RowId row, const std::string& record) const
    {
        return m_summaries.summary(record, m_document.traceOf(row).header());
    }

    [[nodiscard]] std::string csvLine(RowId row, const std::string& record) const
    {
        const EventStore& events = m_document.events();
        const Trace& trace = m_document.traceOf(row);
        const NameTable::Entry& name = m_document.names()[events.name(row)];
        return std::to_string(row.value) + ',' + std::to_string(events.offset(row)) + ','
            + (hasTime(row) ? millisecondsText(events.timeNs(row) + trace.logOriginNs()) : std::string()) + ',' + timeText(row) + ','
            + csvField(name.logged) + ',' + csvField(name.canonical) + ',' + std::to_string(trace.id().value + 1) + ','
            + csvField(summary(row, record)) + '\n';
    }
    [[nodiscard]] std::string textLine(RowId row, const std::string& record) const
    {
        std::string number = std::to_string(row.value);
        std::string time = timeText(row);
        number.insert(0, number.size() < 8 ? 8 - number.size() : 0, ' ');
        time.insert(0, time.size() < 14 ? 14 - time.size() : 0, ' ');
        std::string name = visibleText(m_document.names()[m_document.events().name(row)].logged);
        name.append(name.size() < 32 ? 32 - name.size() : 0, ' ');
        return number + time + "  " + name + "  " + visibleText(summary(row, record)) + '\n';
    }

    const Document& m_document;
    QString m_format;
    RecordSummary m_summaries;
    std::string m_out;
};

std::vector<RowId> selectedRows(const Document& document, const std::vector<RowId>& filtered, const TimeLimits& limits, bool byTime)
{
    std::vector<RowId> rows;
    const EventStore& events = document.events();
    for (const RowId row : filtered) {
        if ((events.flags(row) & (RowMalformed | RowOversized)) != 0)
            continue;
        if (limits.isSet()) {
            if ((events.flags(row) & RowNoTime) != 0)
                continue;
            const std::int64_t time = events.timeNs(row) - document.traceOf(row).zeroNs();
            if ((limits.from && time < *limits.from) || (limits.to && time >= *limits.to))
                continue;
        }
        rows.push_back(row);
    }
    if (byTime)
        std::stable_sort(rows.begin(), rows.end(), [&](RowId a, RowId b) {
            return events.timeNs(a) - document.traceOf(a).zeroNs() < events.timeNs(b) - document.traceOf(b).zeroNs();
        });
    return rows;
}

} // namespace

int runEvents(const QStringList& arguments)
{
    Arguments parser(QStringLiteral("events [--filter F] [--from T] [--to T] [--sort file|time] [--format text|csv|jsonl] FILE"),
                     QStringLiteral("Prints the events of a qlog file, one a line. T is in ms since the earliest event, or 120us, 1.5s, "
                                    "or a time in RFC 3339;\na range includes its start and excludes its end."));
    parser.addFilter();
    parser.addValue("from", QStringLiteral("Only events at or after T."), QStringLiteral("T"));
    parser.addValue("to", QStringLiteral("Only events before T."), QStringLiteral("T"));
    parser.addValue("sort", QStringLiteral("file (default) or time."), QStringLiteral("ORDER"));
    parser.addValue("format", QStringLiteral("text (default), csv, or jsonl: the record as in the file."), QStringLiteral("FORMAT"));
    if (const std::optional<int> code = parser.parse(arguments))
        return *code;
    if (parser.files().size() != 1)
        return Arguments::usageError(QStringLiteral("events: give one FILE"));
    const QString format = parser.isSet("format") ? parser.value("format") : QStringLiteral("text");
    if (!QStringList{QStringLiteral("text"), QStringLiteral("csv"), QStringLiteral("jsonl")}.contains(format))
        return Arguments::usageError(QStringLiteral("events: unknown format %1").arg(format));
    const QString sort = parser.isSet("sort") ? parser.value("sort") : QStringLiteral("file");
    if (sort != QStringLiteral("file") && sort != QStringLiteral("time"))
        return Arguments::usageError(QStringLiteral("events: unknown order %1").arg(sort));

    if (const QString problem = timeProblem(parser); !problem.isEmpty())
        return Arguments::usageError(QStringLiteral("events: ") + problem);
    const std::optional<Filter> filter = readFilter(parser.value("filter"));
    if (!filter)
        return ExitUsage;

    const std::unique_ptr<Document> document = openFile(parser.files().front());
    const int code = reportedExitCodeOf(*document);
    if (code == ExitUnreadable)
        return code;
    std::optional<TimeLimits> limits = TimeLimits();
    if (document->traceCount() > 0) {
        QString problem;
        limits = readTimeLimits(parser, document->trace(TraceId(std::size_t{0})), &problem);
        if (!limits)
            return Arguments::usageError(QStringLiteral("events: ") + problem);
    }
    std::string problem;
    const std::vector<RowId> filtered = selectRows(*filter, *document, &problem);
    if (!problem.empty()) {
        writeError(document->facts().path, problem);
        return ExitUnreadable;
    }
    EventPrinter printer(*document, format);
    bool isWritten = printer.begin();
    for (const RowId row : selectedRows(*document, filtered, *limits, sort == QStringLiteral("time")))
        isWritten = isWritten && printer.print(row);
    return isWritten && printer.flush() ? code : ExitOutput;
}

} // namespace qlogscope
