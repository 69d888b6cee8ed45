// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/export/viewexport.h"

#include "app/cli/output.h"
#include "app/cli/packetizationcsv.h"
#include "app/cli/sequencecsv.h"
#include "app/export/pictureencoding.h"
#include "model/timebase.h"
#include "views/texts.h"

#include <QCryptographicHash>
#include <QFile>

#include <algorithm>
#include <array>

namespace qlogscope {

namespace {

constexpr std::array<const char*, 4> formatNames{"png", "svg", "pdf", "csv"}; // in the order of ExportFormat
constexpr std::array<const char*, 4> viewNames{"congestion", "congestion/data", "congestion/rates", "congestion/rtt"}; // of all panels, of each

/// SHA-256 of the file as it is on disk, its first 12 digits; empty if it is no file.
QString hashPrefix(const std::string& path)
{
    QFile file(QFile::decodeName(path.c_str()));
    QCryptographicHash hash(QCryptographicHash::Sha256);
    if (!file.open(QIODevice::ReadOnly) || !hash.addData(&file))
        return {};
    return QString::fromLatin1(hash.result().toHex().left(12));
}

/// Names, ids and filters in one line, whatever is in them.
QString lineText(std::string_view text) { return toText(visibleText(text)); }

QString rangeText(TimeRange range)
{
    return QStringLiteral("%1 to %2 ms").arg(toText(millisecondsText(range.beginNs)), toText(millisecondsText(range.endNs)));
}

QString captionOf(const ViewExport& request)
{
    const Document& document = *request.picture.trace.document;
    QStringList parts{lineText(document.shortName())};
    if (const QString hash = hashPrefix(document.facts().path); !hash.isEmpty())
        parts += QStringLiteral("sha256 ") % hash;
    if (const std::string& group = request.picture.trace.get().header().groupId; !group.empty())
        parts += QStringLiteral("connection ") % lineText(group);
    if (!request.filterText.trimmed().isEmpty())
        parts += QStringLiteral("filter ") % lineText(request.filterText.trimmed().toStdString());
    parts += rangeText(request.picture.range);
    parts += QStringLiteral("Qlogscope " QLOGSCOPE_VERSION);
    return parts.join(QStringLiteral(" \u00b7 "));
}

PictureFormat pictureFormatOf(ExportFormat format)
{
    return format == ExportFormat::Svg ? PictureFormat::Svg : format == ExportFormat::Pdf ? PictureFormat::Pdf : PictureFormat::Png;
}

QByteArray encodedSequence(const ViewExport& request)
{
    SequencePicture picture = request.sequence;
    static_cast<Picture&>(picture) = request.picture;
    if (request.hasCaption)
        picture.caption = captionOf(request);
    const PictureTexts texts{QStringLiteral("Sequence diagram"), picture.caption};
    return encodePicture(pictureFormatOf(request.format), picture.size * request.scale, texts,
                         [&](QPaintDevice* device) { return paintSequence(picture, request.scale, device); });
}

QByteArray encoded(const ViewExport& request)
{
    if (request.view == ExportView::Sequence)
        return encodedSequence(request);
    CongestionPicture picture = request.picture;
    if (request.panel) {
        PanelSet panels{};
        panels[indexOf(*request.panel)] = true;
        picture.panels = panels;
    }
    if (request.hasCaption)
        picture.caption = captionOf(request);
    const PictureTexts texts{QStringLiteral("Congestion chart"), picture.caption};
    return encodePicture(pictureFormatOf(request.format), picture.size * request.scale, texts,
                         [&](QPaintDevice* device) { return paintCongestion(picture, request.scale, device); });
}

QString shellWord(const QString& word)
{
    const auto isPlain = [](QChar c) {
        return (c.unicode() < 0x80 && c.isLetterOrNumber()) || QStringLiteral("/._-+=:@%,").contains(c);
    };
    if (!word.isEmpty() && std::all_of(word.begin(), word.end(), isPlain))
        return word;
    QString quoted = word;
    quoted.replace(QLatin1Char('\''), QLatin1String("'\\''"));
    return QLatin1Char('\'') % quoted % QLatin1Char('\'');
}

} // namespace

std::optional<ExportFormat> exportFormatOf(const QString& name)
{
    for (std::size_t i = 0; i < formatNames.size(); ++i) {
        if (name.compare(QLatin1String(formatNames[i]), Qt::CaseInsensitive) == 0)
            return static_cast<ExportFormat>(i);
    }
    return std::nullopt;
}

QString viewNameOf(ExportView view, std::optional<PanelKind> panel)
{
    if (view == ExportView::Packetization)
        return QStringLiteral("packetization");
    return view == ExportView::Sequence ? QStringLiteral("sequence") : QLatin1String(viewNames[panel ? indexOf(*panel) + 1 : 0]);
}

ExitCode writeExport(const ViewExport& request, OutputFile* output)
{
    const CongestionPicture& picture = request.picture;
    if (request.format == ExportFormat::Csv && request.view == ExportView::Sequence)
        return output->open() ? writeSequenceCsv(*request.sequence.workspace, picture.trace, picture.range, picture.filter, output) : ExitOutput;
    if (request.view == ExportView::Packetization)
        return output->open() ? writePacketizationCsv(picture.trace, picture.range, picture.perspective, *request.records, *request.http3, picture.filter, output) : ExitOutput;
    if (request.format == ExportFormat::Csv) {
        const Direction perspective = picture.perspective.value_or(picture.trace.get().mainDirection());
        return output->open() ? writeCongestionCsv(picture.trace, picture.range, perspective, picture.filter, output, request.panel) : ExitOutput;
    }
    const QByteArray bytes = encoded(request);
    if (bytes.isEmpty()) {
        output->refuse(QStringLiteral("the picture could not be encoded"));
        return ExitOutput;
    }
    const bool isWritten = output->open() && output->write({bytes.constData(), static_cast<std::size_t>(bytes.size())}) && output->commit();
    return isWritten ? ExitGood : ExitOutput;
}

QString exportCommand(const ViewExport& request, const QString& output)
{
    const CongestionPicture& picture = request.picture;
    const Trace& trace = picture.trace.get();
    QStringList words{QStringLiteral("qlogscope"), QStringLiteral("export"), QStringLiteral("--view"),
                      viewNameOf(request.view, request.panel)};
    if (picture.trace.document->traceCount() > 1)
        words << QStringLiteral("--trace") << QString::number(picture.trace.trace.value + 1);
    if (!request.filterText.isEmpty())
        words << QStringLiteral("--filter=") % request.filterText; // it may begin with -
    const bool isCompact = request.view == ExportView::Sequence && request.sequence.mode == SequenceMode::Compact; // from the beginning
    if (!isCompact)
        words << QStringLiteral("--from=") % toText(millisecondsText(picture.range.beginNs))
              << QStringLiteral("--to=") % toText(millisecondsText(picture.range.endNs));
    words << QStringLiteral("--size") << QStringLiteral("%1x%2").arg(picture.size.width()).arg(picture.size.height());
    if (request.scale != 1)
        words << QStringLiteral("--scale") << QString::number(request.scale);
    if (picture.theme == Theme::Dark)
        words << QStringLiteral("--theme") << QStringLiteral("dark");
    if (picture.perspective && *picture.perspective != trace.mainDirection())
        words << QStringLiteral("--perspective") << (*picture.perspective == Direction::Sent ? QStringLiteral("sent") : QStringLiteral("received"));
    if (!request.hasCaption)
        words << QStringLiteral("--no-caption");
    words << QStringLiteral("-o") << output << QStringLiteral("--") << QFile::decodeName(picture.trace.document->facts().path.c_str());
    if (request.view == ExportView::Sequence) {
        for (const TraceRef& member : request.sequence.workspace->groupOf(picture.trace).members) {
            if (member.document != picture.trace.document)
                words << QFile::decodeName(member.document->facts().path.c_str());
        }
    }
    for (QString& word : words)
        word = shellWord(word);
    return words.join(QLatin1Char(' '));
}

} // namespace qlogscope
