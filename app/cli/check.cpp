// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/arguments.h"
#include "app/cli/command.h"
#include "app/cli/opening.h"
#include "app/cli/output.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace qlogscope {

namespace {

using Json = nlohmann::ordered_json;

void addDiagnostics(const Document& document, Json* list, std::string* out)
{
    for (const DiagnosticKind kind : document.diagnostics().kinds()) {
        const std::vector<Diagnostic>& listed = document.diagnostics().listed(kind);
        const Diagnostic& first = listed.front();
        const std::uint64_t count = document.diagnostics().count(kind);
        list->push_back({{"file", document.facts().path},
                         {"kind", text(kind)},
                         {"severity", text(severityOf(kind))},
                         {"count", count},
                         {"first_offset", first.bytes.offset},
                         {"row", first.row.isValid() ? Json(first.row.value) : Json(nullptr)},
                         {"detail", first.detail}});
        *out += document.facts().path + ": " + std::string(text(severityOf(kind))) + ": " + std::string(text(kind)) + ", "
            + std::to_string(count) + (count == 1 ? " time" : " times") + "\n";
        for (const Diagnostic& each : listed)
            *out += "  byte " + std::to_string(each.bytes.offset)
                + (each.row.isValid() ? ", row " + std::to_string(each.row.value) : std::string()) + ": " + each.detail + "\n";
        if (count > listed.size())
            *out += "  and " + std::to_string(count - listed.size()) + " more\n";
    }
}

} // namespace

int runCheck(const QStringList& arguments)
{
    Arguments parser(QStringLiteral("check [--json] [--strict] FILE..."),
                     QStringLiteral("Lists what is wrong with qlog files: damaged records, missing fields, cut files.\n"
                                    "--json prints {\"schema\":\"qlogscope.check/1\",\"diagnostics\":[{file,kind,severity,count,first_offset,row,detail}]}.\n"
                                    "Exit code 1: something was lost (with --strict: anything of severity notice or worse)."));
    parser.addFlag("json", QStringLiteral("Print JSON."));
    parser.addFlag("strict", QStringLiteral("Exit with 1 on notices, too."));
    if (const std::optional<int> code = parser.parse(arguments))
        return *code;
    if (parser.files().isEmpty())
        return Arguments::usageError(QStringLiteral("check: no FILE given"));
    int code = ExitGood;
    Json json{{"schema", "qlogscope.check/1"}, {"diagnostics", Json::array()}};
    std::string out;
    for (const QString& path : parser.files()) {
        const std::unique_ptr<Document> document = openFile(path);
        code = std::max(code, reportedExitCodeOf(*document));
        const std::size_t before = out.size();
        addDiagnostics(*document, &json["diagnostics"], &out);
        if (out.size() == before && document->state() != Document::State::Failed)
            out += path.toStdString() + ": no problems found\n";
        if (parser.isSet("strict") && document->diagnostics().worst() >= Severity::Notice)
            code = std::max<int>(code, ExitDataLoss);
    }
    return writeOut(parser.isSet("json") ? jsonText(json) : out) ? code : ExitOutput;
}

} // namespace qlogscope
