// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/arguments.h"
#include "app/cli/command.h"
#include "app/cli/congestioncsv.h"
#include "app/cli/opening.h"
#include "app/cli/output.h"
#include "app/cli/outputfile.h"
#include "views/congestion/congestionpainter.h"

#include <QBuffer>
#include <QCryptographicHash>
#include <QFile>
#include <QRegularExpression>

#include <algorithm>
#include <memory>
#include <vector>

namespace qlogscope {

namespace {

enum class ExportFormat : std::uint8_t { Png, Csv };

/// What to write, as the options say it.
struct ExportOptions {
    ExportFormat format = ExportFormat::Png;
    QSize size{1600, 900};
    double scale = 1;
    Theme theme = Theme::Light;
    std::optional<Direction> perspective;
    std::optional<int> trace; ///< from 1, in the order of info over all files
    bool hasCaption = true;
    QString output;
};

/// @return a sentence if an option is wrong
QString readOptions(const Arguments& parser, ExportOptions* options)
{
    if (parser.value("view") != QStringLiteral("congestion"))
        return QStringLiteral("export: --view must be congestion");
    options->output = parser.value("output");
    if (options->output.isEmpty())
        return QStringLiteral("export: -o OUT is missing");
    const QString suffix = options->output == QStringLiteral("-") ? QStringLiteral("png") : options->output.section(QLatin1Char('.'), -1).toLower();
    const QString format = parser.isSet("format") ? parser.value("format") : suffix;
    if (format != QStringLiteral("png") && format != QStringLiteral("csv"))
        return QStringLiteral("export: only png and csv can be written, not %1").arg(format);
    options->format = format == QStringLiteral("csv") ? ExportFormat::Csv : ExportFormat::Png;
    if (parser.isSet("size")) {
        static const QRegularExpression pattern(QStringLiteral("^(\\d{1,5})x(\\d{1,5})$"));
        const QRegularExpressionMatch match = pattern.match(parser.value("size"));
        options->size = QSize(match.captured(1).toInt(), match.captured(2).toInt());
        if (!match.hasMatch() || options->size.width() < 320 || options->size.height() < 200 || options->size.width() > 16384
            || options->size.height() > 16384)
            return QStringLiteral("export: --size must be WIDTHxHEIGHT, from 320x200 to 16384x16384");
    }
    if (parser.isSet("scale")) {
        bool isNumber = false;
        options->scale = parser.value("scale").toDouble(&isNumber);
        if (!isNumber || !(options->scale >= 1 && options->scale <= 4))
            return QStringLiteral("export: --scale must be from 1 to 4");
    }
    const QString theme = parser.isSet("theme") ? parser.value("theme") : QStringLiteral("light");
    if (theme != QStringLiteral("light") && theme != QStringLiteral("dark"))
        return QStringLiteral("export: --theme must be light or dark");
    options->theme = theme == QStringLiteral("dark") ? Theme::Dark : Theme::Light;
    if (parser.isSet("perspective")) {
        if (parser.value("perspective") == QStringLiteral("sent"))
            options->perspective = Direction::Sent;
        else if (parser.value("perspective") == QStringLiteral("received"))
            options->perspective = Direction::Received;
        else
            return QStringLiteral("export: --perspective must be sent or received");
    }
    if (parser.isSet("trace")) {
        bool isNumber = false;
        options->trace = parser.value("trace").toInt(&isNumber);
        if (!isNumber || *options->trace < 1)
            return QStringLiteral("export: --trace counts from 1");
    }
    options->hasCaption = !parser.isSet("no-caption");
    return {};
}

/// SHA-256 of the file as it is on disk, its first 12 digits.
QString hashPrefix(const QString& path)
{
    QFile file(path);
    QCryptographicHash hash(QCryptographicHash::Sha256);
    if (!file.open(QIODevice::ReadOnly) || !hash.addData(&file))
        return {};
    return QString::fromLatin1(hash.result().toHex().left(12));
}

QString captionOf(const Document& document, const Trace& trace, TimeRange range, const QString& filter)
{
    QString caption = QString::fromStdString(document.shortName()) % QStringLiteral(" \u00b7 sha256 ")
        % hashPrefix(QString::fromStdString(document.facts().path));
    if (!trace.header().groupId.empty())
        caption += QStringLiteral(" \u00b7 connection ") % QString::fromStdString(trace.header().groupId);
    if (!filter.trimmed().isEmpty())
        caption += QStringLiteral(" \u00b7 filter ") % filter.trimmed();
    return caption % QStringLiteral(" \u00b7 %1 to %2 ms \u00b7 Qlogscope " QLOGSCOPE_VERSION)
                         .arg(QString::fromStdString(millisecondsText(range.beginNs)),
                              QString::fromStdString(millisecondsText(range.endNs)));
}

int writeImage(const QImage& image, const QString& path)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    if (!buffer.open(QIODevice::WriteOnly) || !image.save(&buffer, "PNG")) {
        writeError(path.toStdString(), "the picture could not be encoded");
        return ExitOutput;
    }
    OutputFile output(path);
    const bool isWritten = output.open() && output.write({bytes.constData(), static_cast<std::size_t>(bytes.size())}) && output.commit();
    return isWritten ? ExitGood : ExitOutput;
}

std::string traceList(const std::vector<TraceRef>& traces)
{
    std::string list;
    for (std::size_t i = 0; i < traces.size(); ++i) {
        const Trace& trace = traces[i].get();
        list += "\n  --trace " + std::to_string(i + 1) + ": " + traces[i].document->shortName() + ", " + text(trace.role()) + " "
            + trace.header().groupId;
    }
    return list;
}

} // namespace

int runExport(const QStringList& arguments)
{
    Arguments parser(QStringLiteral("export --view congestion [--trace N] [--filter F] [--from T] [--to T] [--size WxH] [--scale S]\n"
                                    "       [--theme light|dark] [--perspective sent|received] [--no-caption] [--format png|csv] -o OUT FILE..."),
                     QStringLiteral("Writes a chart as a picture, or what it is made of as a table. T is in ms since the earliest event, or 120us, "
                                    "1.5s, or a time\nin RFC 3339."));
    parser.addValue("view", QStringLiteral("congestion."), QStringLiteral("V"));
    parser.addValue("trace", QStringLiteral("Which trace, from 1 in the order of info over all FILEs."), QStringLiteral("N"));
    parser.addFilter();
    parser.addValue("from", QStringLiteral("Start of the time range."), QStringLiteral("T"));
    parser.addValue("to", QStringLiteral("End of the time range."), QStringLiteral("T"));
    parser.addValue("size", QStringLiteral("Size in pixels, 1600x900 by default."), QStringLiteral("WxH"));
    parser.addValue("scale", QStringLiteral("1 to 4."), QStringLiteral("S"));
    parser.addValue("theme", QStringLiteral("light (default) or dark."), QStringLiteral("THEME"));
    parser.addValue("perspective", QStringLiteral("sent or received; by default the direction with more bytes."), QStringLiteral("P"));
    parser.addFlag("no-caption", QStringLiteral("Leave out the line with file, hash, range and version."));
    parser.addValue("format", QStringLiteral("png or csv; by default the suffix of OUT."), QStringLiteral("FORMAT"));
    parser.addOutput();
    if (const std::optional<int> code = parser.parse(arguments))
        return *code;
    ExportOptions options;
    if (const QString problem = readOptions(parser, &options); !problem.isEmpty())
        return Arguments::usageError(problem);
    if (parser.files().isEmpty())
        return Arguments::usageError(QStringLiteral("export: no FILE given"));
    if (const QString problem = timeProblem(parser); !problem.isEmpty())
        return Arguments::usageError(QStringLiteral("export: ") + problem);
    const QString filterText = parser.value("filter");
    const std::optional<Filter> filter = readFilter(filterText);
    if (!filter)
        return ExitUsage;

    int code = ExitGood;
    std::vector<std::unique_ptr<Document>> documents;
    std::vector<TraceRef> traces;
    for (const QString& path : parser.files()) {
        documents.push_back(openFile(path));
        Document* document = documents.back().get();
        code = std::max(code, reportedExitCodeOf(*document));
        for (std::size_t i = 0; i < document->traceCount() && document->state() != Document::State::Failed; ++i)
            traces.push_back({document, TraceId(i)});
    }
    if (traces.empty())
        return code == ExitGood ? ExitUnreadable : code;
    if (!options.trace && traces.size() > 1)
        return Arguments::usageError(QStringLiteral("export: the files have more than one trace; choose one:%1")
                                         .arg(QString::fromStdString(traceList(traces))));
    if (options.trace.value_or(1) > static_cast<int>(traces.size()))
        return Arguments::usageError(QStringLiteral("export: there are only %1 traces").arg(traces.size()));
    const TraceRef trace = traces[static_cast<std::size_t>(options.trace.value_or(1) - 1)];

    TimeRange range{0, std::max<std::int64_t>(trace.get().timeRange().lengthNs(), 1)};
    QString timeSentence;
    const std::optional<TimeLimits> limits = readTimeLimits(parser, trace.get(), &timeSentence);
    if (!limits)
        return Arguments::usageError(QStringLiteral("export: ") + timeSentence);
    range.beginNs = limits->from.value_or(range.beginNs);
    range.endNs = limits->to.value_or(range.endNs);
    if (range.isEmpty())
        return Arguments::usageError(QStringLiteral("export: the time range is empty"));
    if (options.format == ExportFormat::Csv) {
        OutputFile output(options.output);
        const Direction perspective = options.perspective.value_or(trace.get().mainDirection());
        return output.open() ? std::max<int>(code, writeCongestionCsv(trace, range, perspective, *filter, &output)) : ExitOutput;
    }
    const QString caption = options.hasCaption ? captionOf(*trace.document, trace.get(), range, filterText) : QString();
    const QImage image
        = renderCongestion(trace, range, options.size, options.scale, options.theme, options.perspective, caption, *filter);
    return std::max(code, writeImage(image, options.output));
}

} // namespace qlogscope
