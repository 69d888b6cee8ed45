// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/sequence/sequencepainter.h"

#include "views/texts.h"

#include <QFontMetricsF>
#include <QLineF>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

namespace qlogscope {

namespace {

constexpr double roomOfNames = 110; // of each end, beside the offset of the clocks

struct PainterWords {
    Q_DECLARE_TR_FUNCTIONS(SequenceView)
};

QColor mixed(const QColor& a, const QColor& b, double part)
{
    const auto mix = [part](int x, int y) { return static_cast<int>(x + (y - x) * part); };
    return QColor(mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue()));
}

QString nameOf(Role role, const QString& usual)
{
    switch (role) {
    case Role::Network:
        return PainterWords::tr("network");
    case Role::Transport:
        return PainterWords::tr("endpoint, all connections");
    case Role::Unknown:
        return PainterWords::tr("role not known");
    default:
        return usual;
    }
}

/// The part of a line between two heights: SVG does not clip.
std::optional<QLineF> clipped(QPointF a, QPointF b, double top, double bottom)
{
    const double low = std::min(a.y(), b.y());
    const double high = std::max(a.y(), b.y());
    if (high < top || low > bottom)
        return std::nullopt;
    const auto at = [&](double y) { return QPointF(a.x() + (b.x() - a.x()) * (y - a.y()) / (b.y() - a.y()), y); };
    const auto inside = [&](QPointF p) { return p.y() < top ? at(top) : p.y() > bottom ? at(bottom) : p; };
    return QLineF(inside(a), inside(b));
}

} // namespace

SequencePainter::SequencePainter(const SequenceTraces& traces, const SequenceLayout& layout, const Palette& palette, const QFont& font)
    : m_traces(traces)
    , m_layout(layout)
    , m_palette(palette)
    , m_font(font)
{
}

void SequencePainter::setHighlight(std::set<SequenceRow> rows, std::optional<SequenceRow> selected)
{
    m_highlight = std::move(rows);
    m_selected = selected;
}

void SequencePainter::paint(QPainter& painter, QSizeF size) const
{
    painter.save();
    painter.setFont(m_font);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(QRectF(m_layout.timeRect.right(), m_layout.top, size.width() - m_layout.timeRect.right(), size.height() - m_layout.top), m_palette.background);
    painter.setClipRect(QRectF(0, m_layout.top, size.width(), size.height() - m_layout.top));
    paintTimes(painter, size);
    for (const SequenceBand& band : m_layout.bands)
        paintBand(painter, band);
    paintLifelines(painter, size);
    constexpr std::size_t mostSmooth = 150; // smooth lines cost ten times as much
    painter.setRenderHint(QPainter::Antialiasing, m_layout.arrows.size() <= mostSmooth);
    for (const SequenceArrow& arrow : m_layout.arrows)
        paintArrow(painter, arrow, size.height());
    painter.setRenderHint(QPainter::Antialiasing, false);
    paintBreakWords(painter);
    for (const SequenceFoldRow& fold : m_layout.folds)
        paintFold(painter, fold);
    for (const SequenceBracket& bracket : m_layout.brackets) {
        const double x = m_layout.x(bracket.side) + (bracket.side == Side::Left ? -6 : 6);
        const double inner = m_layout.x(bracket.side) + (bracket.side == Side::Left ? -2 : 2);
        painter.setPen(QPen(m_palette.text, 1.5));
        painter.drawPolyline(QPolygonF({QPointF(inner, bracket.top - 3), QPointF(x, bracket.top - 3), QPointF(x, bracket.bottom + 3), QPointF(inner, bracket.bottom + 3)}));
    }
    for (const SequenceLabel& label : m_layout.labels)
        paintLabel(painter, label);
    for (const SequenceMark& mark : m_layout.marks)
        paintMark(painter, mark);
    paintFlags(painter, size);
    if (!m_layout.note.isEmpty()) {
        painter.setPen(m_palette.mutedText);
        painter.drawText(QRectF(m_layout.x(Side::Left) + 8, m_layout.top, m_layout.x(Side::Right) - m_layout.x(Side::Left) - 16, size.height() - m_layout.top),
                         Qt::AlignCenter | Qt::TextWordWrap, m_layout.note);
    }
    painter.setClipping(false);
    paintNames(painter, size);
    painter.restore();
}

void SequencePainter::paintNames(QPainter& painter, QSizeF size) const
{
    const QFontMetricsF metrics(m_font);
    painter.fillRect(QRectF(0, 0, size.width(), m_layout.top), m_palette.window);
    painter.setPen(m_palette.axis);
    painter.drawLine(QPointF(0, m_layout.top - 0.5), QPointF(size.width(), m_layout.top - 0.5));
    std::vector<Side> sides(m_traces.sides().begin(), m_traces.sides().end());
    std::sort(sides.begin(), sides.end(), [this](Side a, Side b) { return m_layout.x(a) < m_layout.x(b); });
    for (std::size_t i = 0; i < sides.size(); ++i) {
        const double from = i > 0 ? (m_layout.x(sides[i - 1]) + m_layout.x(sides[i])) / 2 : m_layout.timeRect.right();
        const double to = i + 1 < sides.size() ? (m_layout.x(sides[i]) + m_layout.x(sides[i + 1])) / 2 : size.width() - 4;
        paintName(painter, sides[i], from, to);
    }
    const double middle = (m_layout.x(Side::Left) + m_layout.x(Side::Right)) / 2;
    const double room = m_layout.x(Side::Right) - m_layout.x(Side::Left) - 2 * roomOfNames;
    painter.setPen(m_palette.mutedText);
    if (const QString clock = m_traces.clockText(); isClockBetween())
        painter.drawText(QRectF(middle - room / 2, metrics.height() + 5, room, metrics.height()), Qt::AlignCenter, clock);
    painter.drawText(QRectF(6, metrics.height() + 5, m_layout.timeRect.width() - 8, metrics.height()), Qt::AlignLeft | Qt::AlignVCenter, tr("T"));
}

/// Centred on its lifeline where it has room there, else from the border.
void SequencePainter::paintName(QPainter& painter, Side side, double from, double to) const
{
    const QFontMetricsF metrics(m_font);
    const bool isLeft = side == Side::Left;
    QString name = isLeft ? tr("client") : tr("server");
    if (m_traces.isLogged(side))
        name = nameOf(m_traces.trace(side).get().role(), name);
    QString note = m_traces.isLogged(side) ? QString::fromStdString(m_traces.trace(side).document->shortName()) : tr("not logged");
    if (side == Side::Right && !isClockBetween() && !m_traces.clockText().isEmpty())
        note = tr("%1; %2").arg(m_traces.clockText(), note);
    else if (m_traces.isPlacedByGuess(side))
        note = tr("\u2248 by its first record; %1").arg(note);
    const double half = std::min(m_layout.x(side) - from, to - m_layout.x(side));
    const bool isWide = half > 70;
    const QRectF rect = isWide ? QRectF(m_layout.x(side) - half + 2, 3, 2 * half - 4, metrics.height()) : QRectF(from, 3, to - from, metrics.height());
    const Qt::Alignment alignment = Qt::AlignVCenter | (isWide ? Qt::AlignHCenter : isLeft ? Qt::AlignLeft : Qt::AlignRight);
    QFont bold = m_font;
    bold.setBold(true);
    painter.setFont(bold);
    painter.setPen(m_palette.text);
    painter.drawText(rect, int(alignment), QFontMetricsF(bold).elidedText(name, Qt::ElideRight, rect.width()));
    painter.setFont(m_font);
    painter.setPen(m_palette.mutedText);
    painter.drawText(rect.translated(0, metrics.height() + 2), int(alignment), metrics.elidedText(note, Qt::ElideMiddle, rect.width()));
}

/// There is room for the offset of the clocks between the names of the ends.
bool SequencePainter::isClockBetween() const
{
    const double room = m_layout.x(Side::Right) - m_layout.x(Side::Left) - 2 * roomOfNames;
    return m_traces.sides().size() == bothSides.size() && QFontMetricsF(m_font).horizontalAdvance(m_traces.clockText()) < room;
}

void SequencePainter::paintTimes(QPainter& painter, QSizeF size) const
{
    const QFontMetricsF metrics(m_font);
    painter.fillRect(m_layout.timeRect, m_palette.window);
    for (const SequenceTime& time : m_layout.times) {
        const QRectF rect(4, time.y - metrics.height() / 2, m_layout.timeRect.width() - 10, metrics.height());
        if (time.isBreak) {
            painter.fillRect(QRectF(0, time.y - metrics.height() / 2 - 1, size.width(), metrics.height() + 2), m_palette.strip);
            painter.setPen(QPen(m_palette.axis, 1, Qt::DotLine));
            painter.drawLine(QPointF(m_layout.timeRect.right(), time.y), QPointF(size.width(), time.y));
            painter.setPen(m_palette.mutedText);
            painter.drawText(rect, Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("\u22ee"));
            continue;
        }
        painter.setPen(m_palette.mutedText);
        painter.drawText(rect, Qt::AlignRight | Qt::AlignVCenter, time.text);
        painter.setPen(QPen(m_palette.grid, 1));
        painter.drawLine(QPointF(m_layout.timeRect.right(), time.y), QPointF(size.width(), time.y));
    }
}

/// Over the arrows.
void SequencePainter::paintBreakWords(QPainter& painter) const
{
    const QFontMetricsF metrics(m_font);
    const double middle = (m_layout.x(Side::Left) + m_layout.x(Side::Right)) / 2;
    painter.setPen(m_palette.mutedText);
    for (const SequenceTime& time : m_layout.times) {
        if (!time.isBreak)
            continue;
        const QString words = tr("no event for %1").arg(time.text);
        const double width = metrics.horizontalAdvance(words) + 12;
        const QRectF rect(middle - width / 2, time.y - metrics.height() / 2, width, metrics.height());
        painter.fillRect(rect, m_palette.strip);
        painter.drawText(rect, Qt::AlignCenter, words);
    }
}

void SequencePainter::paintFold(QPainter& painter, const SequenceFoldRow& fold) const
{
    const QFontMetricsF metrics(m_font);
    painter.fillRect(fold.rect, mixed(m_palette.background, m_palette.streamBytes, 0.12));
    painter.setPen(QPen(mixed(m_palette.background, m_palette.streamBytes, 0.6), 1));
    painter.drawLine(fold.rect.topLeft(), fold.rect.topRight());
    painter.drawLine(fold.rect.bottomLeft(), fold.rect.bottomRight());
    painter.setPen(m_palette.text);
    painter.drawText(fold.rect.adjusted(6, 0, -6, 0), Qt::AlignCenter, metrics.elidedText(fold.text, Qt::ElideRight, fold.rect.width() - 12));
}

/// Rows that the user marked.
void SequencePainter::paintFlags(QPainter& painter, QSizeF size) const
{
    painter.setPen(QPen(m_palette.selection, 1.5, Qt::DashDotLine));
    for (const double y : m_layout.flags) {
        painter.drawLine(QPointF(m_layout.timeRect.right(), y), QPointF(size.width(), y));
        painter.fillRect(QRectF(m_layout.timeRect.right() - 4, y - 4, 4, 8), m_palette.selection);
    }
}

void SequencePainter::paintLifelines(QPainter& painter, QSizeF size) const
{
    for (const Side side : m_traces.sides()) {
        painter.setPen(QPen(m_palette.axis, m_traces.isIn(side) && SequenceTraces::isEnd(side) ? 2 : 1.2, m_traces.isIn(side) ? Qt::SolidLine : Qt::DashLine));
        painter.drawLine(QPointF(m_layout.x(side), m_layout.top), QPointF(m_layout.x(side), size.height()));
    }
}

QColor SequencePainter::colourOf(const SequenceArrow& arrow) const
{
    if (arrow.kind == SequenceArrow::Kind::Lost || arrow.isDeclaredLost)
        return m_palette.lost;
    return arrow.from == Side::Left ? m_palette.sent : m_palette.acked;
}

void SequencePainter::paintArrow(QPainter& painter, const SequenceArrow& arrow, double bottom) const
{
    const Side other = otherSide(arrow.from);
    const bool isStrong = isHighlighted(arrow.from, arrow.sentRow) || isHighlighted(other, arrow.receivedRow);
    const bool isPale = (arrow.isDimmed || arrow.isPassing) && !isStrong;
    QColor colour = colourOf(arrow);
    if (isPale)
        colour = mixed(colour, m_palette.background, 0.65);
    const double width = isStrong ? 2.6 : 1; // 1: by a fast way of Qt
    painter.setPen(QPen(colour, width, arrow.kind == SequenceArrow::Kind::Inferred ? Qt::DashLine : Qt::SolidLine));
    const std::optional<QLineF> line = clipped(arrow.begin, arrow.end, m_layout.top, bottom);
    if (!line)
        return;
    painter.drawLine(*line);
    if (arrow.end.y() < m_layout.top || arrow.end.y() > bottom)
        return;
    if (arrow.kind == SequenceArrow::Kind::Lost) {
        constexpr double arm = 4.5;
        painter.setPen(QPen(colour, 2));
        painter.drawLine(arrow.end + QPointF(-arm, -arm), arrow.end + QPointF(arm, arm));
        painter.drawLine(arrow.end + QPointF(-arm, arm), arrow.end + QPointF(arm, -arm));
        return;
    }
    paintHead(painter, arrow.begin, arrow.end, colour);
}

void SequencePainter::paintHead(QPainter& painter, QPointF from, QPointF to, const QColor& colour) const
{
    constexpr double length = 8;
    constexpr double half = 3.2;
    const QPointF along = to - from;
    const double distance = std::hypot(along.x(), along.y());
    if (distance < length)
        return;
    const QPointF unit = along / distance;
    const QPointF normal(-unit.y(), unit.x());
    const QPointF base = to - unit * length;
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawPolygon(QPolygonF({to, base + normal * half, base - normal * half}));
    painter.setBrush(Qt::NoBrush);
}

QColor SequencePainter::colourOf(FrameKind kind) const
{
    switch (kind) {
    case FrameKind::Stream:
    case FrameKind::Datagram:
        return m_palette.streamBytes;
    case FrameKind::Crypto:
    case FrameKind::NewToken:
    case FrameKind::HandshakeDone:
        return m_palette.congestionWindow;
    case FrameKind::Ack:
    case FrameKind::PathAck:
        return m_palette.acked;
    case FrameKind::MaxData:
    case FrameKind::MaxStreamData:
    case FrameKind::MaxStreams:
    case FrameKind::DataBlocked:
    case FrameKind::StreamDataBlocked:
    case FrameKind::StreamsBlocked:
        return m_palette.flowControl;
    case FrameKind::ConnectionClose:
    case FrameKind::ResetStream:
    case FrameKind::ResetStreamAt:
    case FrameKind::StopSending:
        return m_palette.lost;
    case FrameKind::PathChallenge:
    case FrameKind::PathResponse:
    case FrameKind::NewConnectionId:
    case FrameKind::RetireConnectionId:
        return m_palette.rttMin;
    default:
        return m_palette.mutedText;
    }
}

void SequencePainter::paintBox(QPainter& painter, const QRectF& rect, const QString& text, const QColor& colour, bool isFilled, bool isDimmed) const
{
    const QFontMetricsF metrics(m_font);
    const QColor border = isDimmed ? mixed(colour, m_palette.background, 0.65) : colour;
    if (isFilled)
        painter.fillRect(rect, mixed(m_palette.background, border, 0.16));
    painter.setPen(QPen(mixed(m_palette.background, border, 0.7), 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(QRectF(std::round(rect.left()), std::round(rect.top()), std::round(rect.width()), std::round(rect.height())));
    painter.setPen(isDimmed ? mixed(m_palette.text, m_palette.background, 0.6) : m_palette.text);
    painter.drawText(rect.adjusted(4, 0, -3, 0), Qt::AlignLeft | Qt::AlignVCenter, metrics.elidedText(text, Qt::ElideRight, rect.width() - 7));
}

void SequencePainter::paintLabel(QPainter& painter, const SequenceLabel& label) const
{
    const bool isSelected = m_selected == SequenceRow{label.side, label.row};
    QColor colour = label.isPacket ? (label.side == Side::Left ? m_palette.sent : m_palette.acked) : label.isLoss ? m_palette.lost : m_palette.mutedText;
    if (isSelected || isHighlighted(label.side, label.row)) {
        QRectF all = label.titleRect;
        for (const SequenceChip& chip : label.chips)
            all |= chip.rect;
        painter.fillRect(all.adjusted(-2, -2, 3, 3), mixed(m_palette.background, m_palette.selection, isSelected ? 0.35 : 0.18));
    }
    if (!SequenceTraces::isEnd(label.side)) { // arrows pass under it
        painter.fillRect(label.titleRect, m_palette.background);
        for (const SequenceChip& chip : label.chips)
            painter.fillRect(chip.rect, m_palette.background);
    }
    paintBox(painter, label.titleRect, label.title, colour, label.isLoss, label.isDimmed);
    for (const SequenceChip& chip : label.chips)
        paintBox(painter, chip.rect, chip.text, label.isPacket ? colourOf(chip.kind) : colour, label.isPacket, label.isDimmed);
    // from the label to its row
    const double x = m_layout.x(label.side);
    painter.setPen(Qt::NoPen);
    painter.setBrush(isSelected ? m_palette.selection : label.isLoss ? m_palette.lost : m_palette.axis);
    if (label.isPacket)
        painter.drawEllipse(QPointF(x, label.y), 2.5, 2.5);
    else
        painter.drawRect(QRectF(x - 3, label.y - 3, 6, 6));
    painter.setBrush(Qt::NoBrush);
}

void SequencePainter::paintBand(QPainter& painter, const SequenceBand& band) const
{
    const QColor colour = band.from == Side::Left ? m_palette.sent : m_palette.acked;
    painter.fillRect(band.rect.adjusted(0, 1, 0, -1), mixed(m_palette.background, colour, 0.45));
    const QFontMetricsF metrics(m_font);
    if (band.rect.height() >= 9 && band.count > 0) {
        QFont small = m_font;
        small.setPixelSize(9);
        const QFontMetricsF smallMetrics(small);
        const QString words = countText(band.count);
        if (smallMetrics.horizontalAdvance(words) + 8 < band.rect.width()) {
            painter.setFont(small);
            painter.setPen(m_palette.text);
            painter.drawText(band.rect.adjusted(4, 0, -4, 0), int(Qt::AlignVCenter | (band.from == Side::Left ? Qt::AlignLeft : Qt::AlignRight)), words);
            painter.setFont(m_font);
        }
    }
    if (band.lost > 0) { // towards the middle, where the X of a lost packet stands
        const double middle = (m_layout.x(Side::Left) + m_layout.x(Side::Right)) / 2;
        const double x = band.from == Side::Left ? middle - 8 : middle + 3;
        painter.fillRect(QRectF(x, band.rect.top() + 1, 5, band.rect.height() - 2), m_palette.lost);
    }
}

void SequencePainter::paintMark(QPainter& painter, const SequenceMark& mark) const
{
    const QFontMetricsF metrics(m_font);
    const QString words = mark.count > 1 ? tr("%1 +%2").arg(mark.text).arg(mark.count - 1) : mark.text;
    const double width = metrics.horizontalAdvance(words) + 8;
    const double height = metrics.height() + 1;
    const double x = mark.side == Side::Left ? std::max(m_layout.x(mark.side) - 8 - width, m_layout.timeRect.right() + 2) : m_layout.x(mark.side) + 8;
    paintBox(painter, QRectF(x, mark.y - height / 2, width, height), words, m_palette.ssthresh, true, false);
    painter.setPen(QPen(m_palette.ssthresh, 1.5));
    painter.drawLine(QPointF(m_layout.x(mark.side) - 6, mark.y), QPointF(m_layout.x(mark.side) + 6, mark.y));
}

void SequencePainter::paintOverview(QPainter& painter, const QRectF& rect, const SequenceOverview& overview, TimeRange view) const
{
    painter.save();
    painter.fillRect(rect, m_palette.strip);
    std::uint32_t most = 1;
    for (const std::uint32_t packets : overview.packets)
        most = std::max(most, packets);
    const double height = rect.height() / static_cast<double>(std::max<std::size_t>(overview.packets.size(), 1));
    const double width = rect.width() - 8;
    for (std::size_t i = 0; i < overview.packets.size(); ++i) {
        const double y = rect.top() + static_cast<double>(i) * height;
        if (overview.packets[i] > 0) {
            const double part = 0.25 + 0.75 * std::sqrt(static_cast<double>(overview.packets[i]) / most);
            painter.fillRect(QRectF(rect.left() + 1, y, width * part, std::max(height, 1.0)), mixed(m_palette.strip, m_palette.text, 0.35));
        }
        if (overview.losses[i] > 0)
            painter.fillRect(QRectF(rect.right() - 6, y, 5, std::max(height, 1.5)), m_palette.lost);
    }
    const auto length = static_cast<double>(std::max<std::int64_t>(overview.range.lengthNs(), 1));
    const auto yOf = [&](std::int64_t t) {
        return std::clamp(rect.top() + (static_cast<double>(t) - static_cast<double>(overview.range.beginNs)) / length * rect.height(), rect.top(), rect.bottom());
    };
    const double top = yOf(view.beginNs);
    const double bottom = std::max(yOf(view.endNs), top + 3);
    painter.setPen(QPen(m_palette.selection, 1));
    painter.setBrush(QColor(m_palette.selection.red(), m_palette.selection.green(), m_palette.selection.blue(), 40));
    painter.drawRect(QRectF(rect.left() + 0.5, top, rect.width() - 1, bottom - top));
    painter.restore();
}

} // namespace qlogscope
