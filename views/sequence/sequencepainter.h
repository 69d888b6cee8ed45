// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/palette.h"
#include "views/sequence/sequencelayout.h"

#include <QCoreApplication>
#include <QFont>

#include <set>

class QPainter;

namespace qlogscope {

/// A row of one end.
using SequenceRow = std::pair<Side, RowId>;

/// The paint step of a SequenceLayout. A value that is made where it is needed.
class SequencePainter
{
    Q_DECLARE_TR_FUNCTIONS(SequenceView)
public:
    /// All must outlive this.
    SequencePainter(const SequenceTraces& traces, const SequenceLayout& layout, const Palette& palette, const QFont& font);

    /// Rows that are drawn as belonging together, and the selected one.
    void setHighlight(std::set<SequenceRow> rows, std::optional<SequenceRow> selected);
    /// @param size of the diagram, without the minimap
    void paint(QPainter& painter, QSizeF size) const;
    /// The whole trace beside the diagram. @param view what is in view, T
    void paintOverview(QPainter& painter, const QRectF& rect, const SequenceOverview& overview, TimeRange view) const;

private:
    void paintNames(QPainter& painter, QSizeF size) const;
    void paintName(QPainter& painter, Side side, double from, double to) const;
    [[nodiscard]] bool isClockBetween() const;
    void paintTimes(QPainter& painter, QSizeF size) const;
    void paintLifelines(QPainter& painter, QSizeF size) const;
    void paintArrow(QPainter& painter, const SequenceArrow& arrow, double bottom) const;
    void paintHead(QPainter& painter, QPointF from, QPointF to, const QColor& colour) const;
    void paintBreakWords(QPainter& painter) const;
    void paintFold(QPainter& painter, const SequenceFoldRow& fold) const;
    void paintFlags(QPainter& painter, QSizeF size) const;
    void paintLabel(QPainter& painter, const SequenceLabel& label) const;
    void paintBox(QPainter& painter, const QRectF& rect, const QString& text, const QColor& colour, bool isFilled, bool isDimmed) const;
    void paintBand(QPainter& painter, const SequenceBand& band) const;
    void paintMark(QPainter& painter, const SequenceMark& mark) const;
    [[nodiscard]] QColor colourOf(const SequenceArrow& arrow) const;
    [[nodiscard]] QColor colourOf(FrameKind kind) const;
    [[nodiscard]] bool isHighlighted(Side side, RowId row) const { return row.isValid() && m_highlight.contains({side, row}); }

    const SequenceTraces& m_traces;
    const SequenceLayout& m_layout;
    const Palette& m_palette;
    QFont m_font;
    std::set<SequenceRow> m_highlight;
    std::optional<SequenceRow> m_selected;
};

} // namespace qlogscope
