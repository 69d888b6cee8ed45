// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/backgroundpainter.h"

#include "views/chartlegend.h"
#include "views/congestion/namedspan.h"

#include <QCoreApplication>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace qlogscope {

namespace {

struct SignWords {
    Q_DECLARE_TR_FUNCTIONS(CongestionBackground)
};

constexpr int signPadding = 3;
constexpr double triangleWidth = 9;
constexpr double triangleHeight = 7;

QColor withAlpha(QColor colour, int alpha)
{
    colour.setAlpha(alpha);
    return colour;
}

/// One letter a kind.
QChar letterOf(int kind)
{
    constexpr std::u16string_view letters = u"P!EeKMvHhRNCB\u2605";
    static_assert(letters.size() == markKindCount);
    return QChar(letters[static_cast<std::size_t>(kind)]);
}

/// At most four characters.
QString shortCount(std::size_t count)
{
    if (count < 1'000)
        return QString::number(count);
    if (count < 1'000'000)
        return QString::number(count / 1'000) + QLatin1Char('k');
    return QString::number(count / 1'000'000) + QLatin1Char('M');
}

/// Lines over the plot of what is rare and belongs to no axis; marks that are blocked have a place on theirs.
bool hasLine(int kind) { return kind != blockedMark; }

} // namespace

QColor colourOf(CongestionPhase phase, const Palette& palette)
{
    switch (phase) {
    case CongestionPhase::SlowStart:
        return palette.slowStart;
    case CongestionPhase::Avoidance:
        return palette.congestionAvoidance;
    case CongestionPhase::Recovery:
        return palette.recovery;
    case CongestionPhase::Drain:
        return palette.drain;
    case CongestionPhase::ProbeBandwidth:
        return palette.probeBandwidth;
    case CongestionPhase::ProbeRtt:
        return palette.probeRtt;
    case CongestionPhase::ApplicationLimited:
    case CongestionPhase::Other:
        break;
    }
    return palette.axis;
}

QColor markColour(int kind, const Palette& palette)
{
    if (kind == userMark)
        return palette.selection;
    if (kind == blockedMark)
        return palette.flowControl;
    switch (static_cast<NotableKind>(kind)) {
    case NotableKind::ProbeTimeout:
    case NotableKind::PersistentCongestion:
        return palette.lost;
    case NotableKind::EcnCe:
    case NotableKind::EcnState:
        return palette.bytesInFlight;
    case NotableKind::KeyUpdate:
        return palette.sent;
    case NotableKind::PathChange:
    case NotableKind::PathValidated:
        return palette.rttMin;
    default:
        return palette.ssthresh;
    }
}

BackgroundPainter::BackgroundPainter(const BackgroundLayout& layout, const BackgroundMask& shown, const Palette& palette, const QFontMetrics& font,
                                     QRect plot, double scale)
    : m_layout(layout)
    , m_shown(shown)
    , m_palette(palette)
    , m_font(font)
    , m_plot(plot)
    , m_scale(scale)
{
}

int BackgroundPainter::signWidth(const QFontMetrics& font) { return font.horizontalAdvance(QStringLiteral("999k")) + 2 * signPadding; }

QRectF BackgroundPainter::columnsRect(int from, int to, const QRect& rows) const
{
    return {xOf(from), static_cast<double>(rows.top()), xOf(to) - xOf(from), static_cast<double>(rows.height())};
}

void BackgroundPainter::paintPlot(QPainter& painter) const
{
    constexpr int fillAlpha = 26;
    if (isShown(BackgroundPart::States)) {
        for (const StateSpan& span : m_layout.states) {
            const CongestionPhase phase = span.changes > 0 ? CongestionPhase::Other : phaseOf(m_layout.stateNames[span.state]);
            if (phase == CongestionPhase::Other) // neutral: their borders only
                continue;
            painter.fillRect(columnsRect(span.from, span.to, m_plot), withAlpha(colourOf(phase, m_palette), fillAlpha));
        }
    }
    if (isShown(BackgroundPart::Marks))
        paintLines(painter);
}

void BackgroundPainter::paintLines(QPainter& painter) const
{
    constexpr int rareAlpha = 150;
    constexpr int manyAlpha = 60;
    constexpr std::size_t mostLines = 64; // more would look like a band
    const bool areMany = m_layout.groups.size() * 2 < m_layout.marks.size();
    const bool areTooMany = m_layout.marks.size() > mostLines;
    for (const MarkColumn& mark : m_layout.marks) {
        if (!hasLine(mark.kind))
            continue;
        const bool isOfUser = mark.kind == userMark;
        if (areTooMany && !isOfUser)
            continue; // the strip has them
        const double x = std::round(xOf(mark.column) * m_scale) / m_scale;
        const QColor colour = withAlpha(markColour(mark.kind, m_palette), isOfUser ? 255 : areMany ? manyAlpha : rareAlpha);
        painter.fillRect(QRectF(x, m_plot.top(), isOfUser ? 2 : 1, m_plot.height()), colour);
    }
}

void BackgroundPainter::paintStates(QPainter& painter, const QRect& strip) const
{
    paintStripGround(painter, strip, SignWords::tr("CC state"), m_font, m_palette);
    if (!m_layout.areStatesLogged) {
        painter.drawText(strip, Qt::AlignCenter, SignWords::tr("not logged"));
        return;
    }
    painter.save();
    painter.setClipRect(strip, Qt::IntersectClip);
    for (const StateSpan& span : m_layout.states) {
        const QRectF rect = columnsRect(span.from, span.to, strip);
        const QColor colour = span.changes > 0 ? m_palette.mutedText : colourOf(phaseOf(m_layout.stateNames[span.state]), m_palette);
        const QString words = span.changes > 0 ? SignWords::tr("%1 changes").arg(span.changes) : stateText(m_layout.stateNames[span.state]);
        paintNamedSpan(painter, rect, colour, words, m_font, m_palette);
        painter.fillRect(QRectF(rect.left(), rect.top(), 1 / m_scale, rect.height()), colour); // neighbours of one colour
    }
    painter.restore();
}

QString BackgroundPainter::signText(const MarkGroup& group, bool* isOneKind) const
{
    const int kind = m_layout.marks[group.firstColumn].kind;
    *isOneKind = true;
    for (std::size_t i = group.firstColumn; i < group.firstColumn + group.columnCount; ++i)
        *isOneKind = *isOneKind && m_layout.marks[i].kind == kind;
    return group.count == 1 ? QString(letterOf(kind)) : shortCount(group.count);
}

QRectF BackgroundPainter::signRect(const MarkGroup& group, const QRect& strip) const
{
    bool isOneKind = false;
    const double width = std::max(m_font.horizontalAdvance(signText(group, &isOneKind)) + 2 * signPadding, strip.height());
    const double first = xOf(m_layout.marks[group.firstColumn].column);
    const double last = xOf(m_layout.marks[group.firstColumn + group.columnCount - 1].column);
    const double most = std::max(strip.left(), strip.right() + 1 - static_cast<int>(std::ceil(width)));
    const double left = std::clamp(std::round((first + last) / 2 - width / 2), static_cast<double>(strip.left()), most);
    return {left, static_cast<double>(strip.top()), width, static_cast<double>(strip.height())};
}

void BackgroundPainter::paintMarks(QPainter& painter, const QRect& strip) const
{
    paintStripGround(painter, strip, SignWords::tr("marks"), m_font, m_palette);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    for (const MarkGroup& group : m_layout.groups) {
        bool isOneKind = false;
        const QString words = signText(group, &isOneKind);
        const QColor colour = isOneKind ? markColour(m_layout.marks[group.firstColumn].kind, m_palette) : m_palette.text;
        const QRectF rect = signRect(group, strip);
        painter.setPen(Qt::NoPen);
        painter.setBrush(colour);
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
        painter.setPen(m_palette.background);
        painter.drawText(rect, Qt::AlignCenter, words);
    }
    painter.restore();
}

QRectF BackgroundPainter::blockedRect(const BackgroundLayout::BlockedPoint& point, double y) const
{
    return {xOf(point.column) - triangleWidth / 2, y - triangleHeight, triangleWidth, triangleHeight};
}

void BackgroundPainter::paintBlocked(QPainter& painter, const BackgroundLayout::BlockedPoint& point, double y) const
{
    const QRectF rect = blockedRect(point, y);
    painter.setPen(QPen(m_palette.flowControl, 1.2));
    painter.setBrush(point.isOfStream ? m_palette.background : m_palette.flowControl);
    painter.drawPolygon(QPolygonF({rect.topLeft(), rect.topRight(), QPointF(rect.center().x(), rect.bottom())}));
}

std::optional<BackgroundPainter::Hit> BackgroundPainter::markAt(const QRect& strip, const QPointF& position) const
{
    for (const MarkGroup& group : m_layout.groups) {
        const QRectF rect = signRect(group, strip);
        if (!rect.adjusted(-2, -1, 2, 1).contains(position))
            continue;
        Hit hit{group, m_layout.marks[group.firstColumn], rect};
        double best = 1e9;
        for (std::size_t i = group.firstColumn; i < group.firstColumn + group.columnCount; ++i) {
            const double distance = std::abs(xOf(m_layout.marks[i].column) - position.x());
            if (distance < best) {
                best = distance;
                hit.nearest = m_layout.marks[i];
            }
        }
        return hit;
    }
    return std::nullopt;
}

std::optional<BackgroundPainter::Hit> BackgroundPainter::markOf(int kind, int column, const QRectF& rect) const
{
    for (std::size_t i = 0; i < m_layout.marks.size(); ++i) {
        if (m_layout.marks[i].kind == kind && m_layout.marks[i].column == column)
            return Hit{{i, 1, m_layout.marks[i].count}, m_layout.marks[i], rect};
    }
    return std::nullopt;
}

} // namespace qlogscope
