// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/export/pictureencoding.h"

#include <QBuffer>
#include <QHashFunctions>
#include <QImage>
#include <QPageSize>
#include <QPdfWriter>
#include <QSvgGenerator>

namespace qlogscope {

namespace {

constexpr int dotsPerInch = 96;
constexpr double pointsPerInch = 72;
constexpr double metersPerInch = 0.0254;

QByteArray encodePng(QSize size, const std::function<bool(QPaintDevice*)>& paint)
{
    QImage image(size, QImage::Format_RGB32);
    const int dotsPerMeter = qRound(dotsPerInch / metersPerInch); // not those of the screen
    image.setDotsPerMeterX(dotsPerMeter);
    image.setDotsPerMeterY(dotsPerMeter);
    QByteArray bytes;
    QBuffer buffer(&bytes);
    const bool isEncoded = !image.isNull() && paint(&image) && buffer.open(QIODevice::WriteOnly) && image.save(&buffer, "PNG");
    return isEncoded ? bytes : QByteArray();
}

/// QSvgGenerator writes any character of a text as it is: XML 1.0, 2.2 allows fewer.
QByteArray withXmlCharactersOnly(const QByteArray& utf8)
{
    QString text = QString::fromUtf8(utf8);
    for (QChar& c : text) {
        const bool isSpace = c == QLatin1Char('\t') || c == QLatin1Char('\n') || c == QLatin1Char('\r');
        if ((c.unicode() < 0x20 && !isSpace) || c.unicode() >= 0xfffe)
            c = QChar::ReplacementCharacter;
    }
    return text.toUtf8();
}

QByteArray encodeSvg(QSize size, const PictureTexts& texts, const std::function<bool(QPaintDevice*)>& paint)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setResolution(dotsPerInch);
    generator.setSize(size);
    generator.setViewBox(QRect({0, 0}, size));
    generator.setTitle(texts.title.toHtmlEscaped()); // written as they are
    generator.setDescription(texts.description.toHtmlEscaped());
    return buffer.open(QIODevice::WriteOnly) && paint(&generator) ? withXmlCharactersOnly(bytes) : QByteArray();
}

/// The time of writing becomes a fixed one. It may be longer or shorter, by the time zone: positions of objects behind it, which the
/// table at the end lists (PDF 1.7, 7.5.4), move with it.
QByteArray withFixedDate(QByteArray pdf)
{
    const QByteArray fixed("/CreationDate (D:19700101000000Z)");
    const qsizetype begin = pdf.indexOf("/CreationDate (D:");
    const qsizetype end = begin < 0 ? -1 : pdf.indexOf(')', begin) + 1;
    const qsizetype table = pdf.lastIndexOf("\nxref\n");
    const qsizetype trailer = pdf.indexOf("trailer", table);
    const qsizetype start = pdf.lastIndexOf("\nstartxref\n");
    if (end <= 0 || table < end || trailer < table || start < trailer)
        return {};
    const qsizetype shift = fixed.size() - (end - begin);
    const auto moved = [end, shift](const QByteArray& position) {
        const qlonglong before = position.trimmed().toLongLong();
        return QByteArray::number(before < end ? before : before + shift);
    };
    const qsizetype number = start + 11;
    const qsizetype numberLength = pdf.indexOf('\n', number) - number;
    pdf.replace(number, numberLength, moved(pdf.mid(number, numberLength)));
    constexpr int entryLength = 20; // "0000000015 00000 n \n"
    constexpr int digits = 10;
    for (qsizetype entry = pdf.indexOf('\n', table + 6) + 1; entry + entryLength <= trailer; entry += entryLength)
        pdf.replace(entry, digits, moved(pdf.mid(entry, digits)).rightJustified(digits, '0'));
    return pdf.replace(begin, end - begin, fixed);
}

QByteArray encodePdf(QSize size, const PictureTexts& texts, const std::function<bool(QPaintDevice*)>& paint)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    if (!buffer.open(QIODevice::WriteOnly))
        return {};
    bool isPainted = false;
    QHashSeed::setDeterministicGlobalSeed(); // QPdfWriter writes its fonts in the order of a hash
    {
        QPdfWriter writer(&buffer);
        writer.setResolution(dotsPerInch);
        writer.setPageSize(QPageSize(QSizeF(size) * pointsPerInch / dotsPerInch, QPageSize::Point, QString(), QPageSize::ExactMatch));
        writer.setPageMargins({});
        writer.setTitle(texts.description.isEmpty() ? texts.title : texts.description);
        writer.setCreator(QStringLiteral("Qlogscope " QLOGSCOPE_VERSION));
        isPainted = paint(&writer);
    }
    QHashSeed::resetRandomGlobalSeed();
    return isPainted ? withFixedDate(bytes) : QByteArray();
}

} // namespace

QByteArray encodePicture(PictureFormat format, QSize size, const PictureTexts& texts, const std::function<bool(QPaintDevice*)>& paint)
{
    switch (format) {
    case PictureFormat::Svg:
        return encodeSvg(size, texts, paint);
    case PictureFormat::Pdf:
        return encodePdf(size, texts, paint);
    case PictureFormat::Png:
        break;
    }
    return encodePng(size, paint);
}

} // namespace qlogscope
