// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/arguments.h"
#include "app/cli/command.h"
#include "app/cli/opening.h"
#include "app/cli/output.h"
#include "model/findings.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace qlogscope {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* checkExplanation
    = "Lists what is wrong with qlog files (damaged records, missing fields, cut files), and what a connection did wrong: ACKs of\n"
      "packets never sent, packet numbers used twice, limits of flow control, streams or amplification exceeded, packets after the\n"
      "close, late ACKs, wrong bytes in flight, a suspicious RTT unit, persistent congestion, bursts of probe timeouts, long gaps,\n"
      "errors. What a log cannot decide gives no finding.\n"
      "--json prints a list (schema qlogscope.check/1), one entry for each kind and connection:\n"
      "[{file,kind,severity,count,first_offset,row,detail}]; severity is info, notice, data-loss or error, row may be null;\n"
      "a file that cannot be read has the kind unreadable.\n"
      "Exit code 1: something of severity data-loss or error (with --strict: notice or worse).";

struct Report {
    Json list = Json::array();
    std::string text;
    Severity worst = Severity::Info;
};

std::string heading(const Document& document, Severity severity, std::string_view kind, std::uint64_t count)
{
    return document.facts().path + ": " + std::string(text(severity)) + ": " + std::string(kind) + ", " + std::to_string(count)
        + (count == 1 ? " time" : " times") + "\n";
}

std::string placeLine(std::uint64_t offset, RowId row, const std::string& detail)
{
    return "  byte " + std::to_string(offset) + (row.isValid() ? ", row " + std::to_string(row.value) : std::string()) + ": "
        + visibleText(detail) + "\n";
}

void addEntry(const Document& document, std::string_view kind, Severity severity, std::uint64_t count, std::uint64_t offset, RowId row,
              const std::string& detail, Report* report)
{
    report->worst = std::max(report->worst, severity);
    report->list.push_back({{"file", document.facts().path},
                            {"kind", kind},
                            {"severity", text(severity)},
                            {"count", count},
                            {"first_offset", offset},
                            {"row", row.isValid() ? Json(row.value) : Json(nullptr)},
                            {"detail", detail}});
}

void addDiagnostics(const Document& document, Report* report)
{
    for (const DiagnosticKind kind : document.diagnostics().kinds()) {
        const std::vector<Diagnostic>& listed = document.diagnostics().listed(kind);
        const Diagnostic& first = listed.front();
        const std::uint64_t count = document.diagnostics().count(kind);
        addEntry(document, text(kind), severityOf(kind), count, first.bytes.offset, first.row, first.detail, report);
        report->text += heading(document, severityOf(kind), text(kind), count);
        for (const Diagnostic& each : listed)
            report->text += placeLine(each.bytes.offset, each.row, each.detail);
        if (count > listed.size())
            report->text += "  and " + std::to_string(count - listed.size()) + " more\n";
    }
}

void addFindings(const Document& document, TraceId trace, Report* report)
{
    for (const Finding& finding : findingsOf(document, trace).found) {
        const std::string detail
            = (document.traceCount() > 1 ? "Trace " + std::to_string(trace.value + 1) + ": " : std::string()) + finding.detail;
        const RowId first = finding.rows.empty() ? RowId() : finding.rows.front();
        const std::uint64_t offset = first.isValid() ? document.events().offset(first) : 0;
        addEntry(document, text(finding.kind), finding.severity, finding.count, offset, first, detail, report);
        report->text += heading(document, finding.severity, text(finding.kind), finding.count)
            + placeLine(offset, first, detail);
        if (finding.count < 2)
            continue;
        report->text += "  rows";
        for (const RowId row : finding.rows)
            report->text += " " + std::to_string(row.value);
        if (finding.count > finding.rows.size())
            report->text += " and " + std::to_string(finding.count - finding.rows.size()) + " more";
        report->text += "\n";
    }
}

} // namespace

int runCheck(const QStringList& arguments)
{
    Arguments parser(QStringLiteral("check [--json] [--strict] FILE..."), QString::fromLatin1(checkExplanation));
    parser.addFlag("json", QStringLiteral("Print JSON."));
    parser.addFlag("strict", QStringLiteral("Exit with 1 on notices, too."));
    if (const std::optional<int> code = parser.parse(arguments))
        return *code;
    if (parser.files().isEmpty())
        return Arguments::usageError(QStringLiteral("check: no FILE given"));
    int code = ExitGood;
    Report report;
    for (const QString& path : parser.files()) {
        const std::unique_ptr<Document> document = openFile(path);
        code = std::max(code, reportedExitCodeOf(*document));
        if (document->state() == Document::State::Failed)
            addEntry(*document, "unreadable", Severity::Error, 1, 0, RowId(), document->failure(), &report);
        const std::size_t before = report.text.size();
        addDiagnostics(*document, &report);
        for (std::size_t i = 0; i < document->traceCount(); ++i)
            addFindings(*document, TraceId(i), &report);
        if (report.text.size() == before && document->state() != Document::State::Failed)
            report.text += path.toStdString() + ": no problems found\n";
    }
    if (report.worst >= (parser.isSet("strict") ? Severity::Notice : Severity::DataLoss))
        code = std::max<int>(code, ExitDataLoss);
    return writeOut(parser.isSet("json") ? jsonText(report.list) : report.text) ? code : ExitOutput;
}

} // namespace qlogscope
