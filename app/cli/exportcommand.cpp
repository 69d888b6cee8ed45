// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/arguments.h"
#include "app/cli/command.h"
#include "app/cli/opening.h"
#include "app/cli/output.h"
#include "app/export/viewexport.h"
#include "importers/http3record.h"
#include "importers/recordsummary.h"

#include <QRegularExpression>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <vector>

namespace qlogscope {

namespace {

/// What the options say: the export without its trace and range.
struct ExportOptions {
    ViewExport request;
    std::optional<int> trace; ///< from 1, in the order of info over all files
    QString output;
};

/// The readers of options return a sentence if one is wrong.

QString readView(const Arguments& parser, ViewExport* request)
{
    if (parser.value("view") == viewNameOf(ExportView::Sequence, {})) {
        request->view = ExportView::Sequence;
        return {};
    }
    if (parser.value("view") == viewNameOf(ExportView::Packetization, {})) {
        request->view = ExportView::Packetization;
        return {};
    }
    constexpr std::array<std::optional<PanelKind>, panelCount + 1> views{std::nullopt, PanelKind::Data, PanelKind::Rates, PanelKind::Rtt};
    for (const std::optional<PanelKind> panel : views) {
        request->panel = panel;
        if (parser.value("view") == viewNameOf(ExportView::Congestion, panel))
            return {};
    }
    for (const char* later : {"multiplexing", "statistics", "http"}) {
        if (parser.value("view").section(QLatin1Char('/'), 0, 0) == QLatin1String(later))
            return QStringLiteral("export: --view %1 is not available in this version").arg(parser.value("view"));
    }
    return QStringLiteral("export: --view must be congestion, congestion/data, congestion/rates, congestion/rtt, sequence or packetization");
}

QString readOutput(const Arguments& parser, ExportOptions* options)
{
    options->output = parser.value("output");
    if (options->output.isEmpty())
        return QStringLiteral("export: -o OUT is missing");
    const QString suffix = options->output == QStringLiteral("-") ? QStringLiteral("png") : options->output.section(QLatin1Char('.'), -1);
    const QString name = parser.isSet("format") ? parser.value("format") : suffix;
    const std::optional<ExportFormat> format = exportFormatOf(name);
    if (!format)
        return QStringLiteral("export: only png, svg, pdf and csv can be written, not %1").arg(name);
    options->request.format = *format;
    if (options->request.view == ExportView::Packetization && *format != ExportFormat::Csv)
        return QStringLiteral("export: --view packetization can only be written as csv in this version");
    return {};
}

QString readSize(const Arguments& parser, ViewExport* request)
{
    QSize& size = request->picture.size;
    if (parser.isSet("size")) {
        static const QRegularExpression pattern(QStringLiteral("^([0-9]{1,5})x([0-9]{1,5})$"));
        const QRegularExpressionMatch match = pattern.match(parser.value("size"));
        size = QSize(match.captured(1).toInt(), match.captured(2).toInt());
        if (!match.hasMatch() || size.width() < 320 || size.height() < 200 || size.width() > longestPictureSide || size.height() > longestPictureSide)
            return QStringLiteral("export: --size must be WIDTHxHEIGHT, from 320x200 to %1x%1").arg(longestPictureSide);
    }
    if (parser.isSet("scale")) {
        bool isNumber = false;
        request->scale = parser.value("scale").toDouble(&isNumber);
        if (!isNumber || !(request->scale >= 1 && request->scale <= 4))
            return QStringLiteral("export: --scale must be from 1 to 4");
    }
    if (std::max(size.width(), size.height()) * request->scale > longestPictureSide)
        return QStringLiteral("export: --size times --scale is more than %1 pixels").arg(longestPictureSide);
    return {};
}

QString readLook(const Arguments& parser, ViewExport* request)
{
    const QString theme = parser.isSet("theme") ? parser.value("theme") : QStringLiteral("light");
    if (theme != QStringLiteral("light") && theme != QStringLiteral("dark"))
        return QStringLiteral("export: --theme must be light or dark");
    request->picture.theme = theme == QStringLiteral("dark") ? Theme::Dark : Theme::Light;
    if (parser.isSet("perspective")) {
        const QString perspective = parser.value("perspective");
        if (perspective != QStringLiteral("sent") && perspective != QStringLiteral("received"))
            return QStringLiteral("export: --perspective must be sent or received");
        request->picture.perspective = perspective == QStringLiteral("sent") ? Direction::Sent : Direction::Received;
    }
    request->hasCaption = !parser.isSet("no-caption");
    return {};
}

QString readTrace(const Arguments& parser, ExportOptions* options)
{
    if (!parser.isSet("trace"))
        return {};
    bool isNumber = false;
    options->trace = parser.value("trace").toInt(&isNumber);
    return isNumber && *options->trace >= 1 ? QString() : QStringLiteral("export: --trace counts from 1");
}

QString readOptions(const Arguments& parser, ExportOptions* options)
{
    for (const QString& problem : {readView(parser, &options->request), readOutput(parser, options), readSize(parser, &options->request),
                                   readLook(parser, &options->request), readTrace(parser, options)}) {
        if (!problem.isEmpty())
            return problem;
    }
    if (parser.files().isEmpty())
        return QStringLiteral("export: no FILE given");
    const QString time = timeProblem(parser);
    return time.isEmpty() ? QString() : QStringLiteral("export: ") + time;
}

std::string traceList(const std::vector<TraceRef>& traces)
{
    std::string list;
    for (std::size_t i = 0; i < traces.size(); ++i) {
        const Trace& trace = traces[i].get();
        list += "\n  --trace " + std::to_string(i + 1) + ": " + visibleText(traces[i].document->shortName()) + ", " + text(trace.role()) + " "
            + visibleText(trace.header().groupId);
    }
    return list;
}

/// The traces of all files, in the order of info.
std::vector<TraceRef> openTraces(const QStringList& paths, Workspace* workspace, int* code)
{
    std::vector<TraceRef> traces;
    for (const QString& path : paths) {
        Document* document = workspace->add(openFile(path));
        *code = std::max(*code, reportedExitCodeOf(*document));
        for (std::size_t i = 0; i < document->traceCount() && document->state() != Document::State::Failed; ++i)
            traces.push_back({document, TraceId(i)});
    }
    return traces;
}

/// The logs of the endpoints of one connection, one each.
bool areOfOneConnection(const std::vector<TraceRef>& traces, const Workspace& workspace)
{
    const std::vector<TraceRef> members = workspace.groupOf(traces.front()).members;
    std::set<Role> roles;
    return std::all_of(traces.begin(), traces.end(), [&](const TraceRef& trace) {
        return std::find(members.begin(), members.end(), trace) != members.end() && roles.insert(trace.get().role()).second;
    });
}

/// Two files given to a sequence are one connection, whatever their ids say; that they contradict is said.
void pairByHand(const std::vector<TraceRef>& traces, Workspace* workspace)
{
    const auto isEndpointWide = [](const TraceRef& trace) { return trace.get().role() == Role::Transport; };
    if (isEndpointWide(traces[0]) || isEndpointWide(traces[1]))
        return;
    if (traces[0].document == traces[1].document || traces[0].get().role() == traces[1].get().role() || areOfOneConnection(traces, *workspace))
        return;
    workspace->pair(traces[0], traces[1]);
    writeError(traces[1].document->facts().path, "its connection ID is not that of " + traces[0].document->shortName() + "; taken as the other end all the same");
}

/// The one that is asked for, or the first one of the only connection; a sentence where there is none.
/// @param isOneTaken they are taken to be of one connection
std::optional<TraceRef> chooseTrace(const std::vector<TraceRef>& traces, const Workspace& workspace, std::optional<int> number, bool isOneTaken,
                                    QString* problem)
{
    if (number.value_or(1) > static_cast<int>(traces.size())) {
        *problem = QStringLiteral("export: there are only %1 traces").arg(traces.size());
        return std::nullopt;
    }
    if (!number && !isOneTaken && !areOfOneConnection(traces, workspace)) {
        *problem = QStringLiteral("export: the files have more than one connection; choose a trace:%1").arg(QString::fromStdString(traceList(traces)));
        return std::nullopt;
    }
    return traces[static_cast<std::size_t>(number.value_or(1) - 1)];
}

/// @return a sentence if there is no such range in the trace
QString readRange(const Arguments& parser, CongestionPicture* picture)
{
    const Trace& trace = picture->trace.get();
    QString problem;
    const std::optional<TimeLimits> limits = readTimeLimits(parser, trace, &problem);
    if (!limits)
        return QStringLiteral("export: ") + problem;
    picture->range.beginNs = limits->from.value_or(0);
    picture->range.endNs = limits->to.value_or(std::max<std::int64_t>(trace.timeRange().lengthNs(), 1));
    return picture->range.isEmpty() ? QStringLiteral("export: the time range is empty") : QString();
}

void addOptions(Arguments* parser)
{
    parser->addValue("view", QStringLiteral("congestion: all panels; congestion/data, congestion/rates, congestion/rtt: one panel, and as csv the series of this panel; sequence: the packets between both ends; packetization (csv only): what each byte of the packets is used for."),
                     QStringLiteral("V"));
    parser->addValue("trace", QStringLiteral("Which trace, from 1 in the order of info over all FILEs. Without it FILEs of one connection (client and server) give the "
                                             "first trace; FILEs of more than one are an error that lists them."),
                     QStringLiteral("N"));
    parser->addFilter();
    parser->addValue("from", QStringLiteral("Start of the time range (included). With a range a sequence is drawn true to time, else compactly from the first event."),
                     QStringLiteral("T"));
    parser->addValue("to", QStringLiteral("End of the time range (excluded)."), QStringLiteral("T"));
    parser->addValue("size", QStringLiteral("Size in pixels before scaling, 1600x900 by default; pixels of svg and pdf are 1/96 inch."), QStringLiteral("WxH"));
    parser->addValue("scale", QStringLiteral("1 to 4: the whole picture, text too, is so many times as large, and time is drawn so many times as finely."),
                     QStringLiteral("S"));
    parser->addValue("theme", QStringLiteral("light (default) or dark."), QStringLiteral("THEME"));
    parser->addValue("perspective", QStringLiteral("sent or received; by default the direction with more bytes, of packetization both."), QStringLiteral("P"));
    parser->addFlag("no-caption", QStringLiteral("Leave out the line with file, hash, range and version."));
    parser->addValue("format", QStringLiteral("png, svg, pdf or csv; by default the suffix of OUT, and png for standard output."), QStringLiteral("FORMAT"));
    parser->addOutput();
}

} // namespace

int runExport(const QStringList& arguments)
{
    Arguments parser(QStringLiteral("export --view V [--trace N] [--filter F] [--from T] [--to T] [--size WxH] [--scale S]\n"
                                    "       [--theme light|dark] [--perspective sent|received] [--no-caption] [--format png|svg|pdf|csv] -o OUT FILE..."),
                     QStringLiteral("Writes a chart as a picture, or what it is made of as a table; the same input gives the same bytes. T is in ms since the\n"
                                    "earliest event, or 120us, 1.5s, or a time in RFC 3339. What the filter does not select is dimmed in pictures and left out of\n"
                                    "tables."));
    addOptions(&parser);
    if (const std::optional<int> code = parser.parse(arguments))
        return *code;
    ExportOptions options;
    if (const QString problem = readOptions(parser, &options); !problem.isEmpty())
        return Arguments::usageError(problem);
    ViewExport& request = options.request;
    request.filterText = parser.value("filter");
    const std::optional<Filter> filter = readFilter(request.filterText);
    if (!filter)
        return ExitUsage;
    request.picture.filter = *filter;

    int code = ExitGood;
    Workspace workspace;
    const std::vector<TraceRef> traces = openTraces(parser.files(), &workspace, &code);
    if (traces.empty())
        return code == ExitGood ? ExitUnreadable : code;
    QString problem;
    const std::optional<TraceRef> trace = chooseTrace(traces, workspace, options.trace, request.view == ExportView::Sequence && traces.size() == 2 && traces[0].document != traces[1].document, &problem);
    if (!trace)
        return Arguments::usageError(problem);
    request.picture.trace = *trace;
    if (problem = readRange(parser, &request.picture); !problem.isEmpty())
        return Arguments::usageError(problem);
    if (request.view == ExportView::Sequence && request.format == ExportFormat::Csv) { // the other end may begin earlier and end later
        if (!parser.isSet("from"))
            request.picture.range.beginNs = std::numeric_limits<std::int64_t>::min();
        if (!parser.isSet("to"))
            request.picture.range.endNs = std::numeric_limits<std::int64_t>::max();
    }
    const RecordSummary records;
    const Http3RecordReader http3;
    request.records = &records;
    request.http3 = &http3;
    request.sequence.workspace = &workspace;
    request.sequence.records = &records;
    request.sequence.mode = parser.isSet("from") || parser.isSet("to") ? SequenceMode::Linear : SequenceMode::Compact;
    if (request.view == ExportView::Sequence && traces.size() == 2)
        pairByHand(traces, &workspace);
    OutputFile output(options.output);
    return std::max<int>(code, writeExport(request, &output));
}

} // namespace qlogscope
