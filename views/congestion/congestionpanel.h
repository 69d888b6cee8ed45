// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/congestion/backgroundpainter.h"
#include "views/congestion/congestionlayout.h"
#include "views/congestion/panelset.h"
#include "views/timeplot.h"

#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace qlogscope {

using SeriesMask = std::array<bool, congestionSeriesCount>;

[[nodiscard]] QColor colourOf(CongestionSeries series, const Palette& palette);
/// Of one of several multipath paths: a shade of the colour of the series.
[[nodiscard]] QColor colourOf(CongestionSeries series, std::size_t path, const Palette& palette);
[[nodiscard]] QColor colourOf(SendLimit limit, const Palette& palette);

/// The paint step of one panel of the congestion chart, and the inverse of it: what is under a point. Both use barRect() and
/// the rectangles of forEachStroke(). UI thread.
class CongestionPanel : public TimePlot
{
    Q_OBJECT
public:
    using Kind = PanelKind;
    CongestionPanel(Kind kind, ViewContext* context, QWidget* parent = nullptr);

    /// What redraw() paints from now on; null: nothing.
    void setContents(std::shared_ptr<const CongestionLayout> layout, const SeriesMask& shown);
    /// A trace that is laid under in grey, from the next redraw() on; call before setContents(). Null: none.
    /// @param name of the trace, for the title
    void setReference(std::shared_ptr<const CongestionLayout> layout, const QString& name)
    {
        m_reference = std::move(layout);
        m_referenceName = name;
    }
    void setMarks(std::vector<SelectionMark> marks);
    /// Before setContents().
    void setBackgroundShown(const BackgroundMask& shown);

    [[nodiscard]] AxisUnit leftUnit() const { return m_leftTicker->unit(); }

    /// In which everything can still be read.
    [[nodiscard]] int leastHeight(bool hasTimeLabels) const;

    /// What was painted nearest to a point: the items of one pixel column of one series.
    struct Hit {
        CongestionItem item; ///< all that are painted as one; of a line: see column
        std::optional<int> column; ///< of a line: what it shows there, see lineItem()
        std::int64_t near = 0; ///< value at the pointer
        QRectF rect; ///< as painted
        std::int64_t timeNs = 0; ///< T, of a line
        bool isReference = false; ///< of the trace that is laid under
    };
    [[nodiscard]] std::optional<Hit> hitAt(const QPointF& position) const;
    /// What the hit is painted from.
    [[nodiscard]] const CongestionLayout& layoutOf(const Hit& hit) const { return hit.isReference ? *m_reference : *m_layout; }
    /// Frames what is pointed at, over the picture; empty: nothing.
    void setHighlight(const QRectF& rect);

    /// Where a bar or a value is painted: for tests and marks.
    [[nodiscard]] QRectF barRect(CongestionSeries series, double x, ByteSpan span) const;
    [[nodiscard]] double yOf(CongestionSeries series, double value) const;
    [[nodiscard]] QRect stripRect() const;
    /// Of what limits the sender; empty where there is no room for it, or nothing to say.
    [[nodiscard]] QRect bandRect() const;
    /// Of marks; empty where they are switched off or in the other panel.
    [[nodiscard]] QRect marksRect() const;
    /// Of congestion states; empty where there is no room for it, or the log has none.
    [[nodiscard]] QRect statesRect() const;
    /// All strips under the plot together; empty in panels that have none.
    [[nodiscard]] QRect stripsRect() const;
    /// The marks of a sign of the strip, or of a triangle on a limit.
    [[nodiscard]] std::optional<BackgroundPainter::Hit> markAt(const QPointF& position) const;
    /// T under a point of the strip of states.
    [[nodiscard]] std::optional<std::int64_t> stateTimeAt(const QPointF& position) const;
    /// T under a point of the band.
    [[nodiscard]] std::optional<std::int64_t> bandTimeAt(const QPointF& position) const;

protected:
    void drawOverlay(QPainter& painter) override;
    [[nodiscard]] TimeRange selectionExtent() const override;
    void fitMargins() override;

private:
    [[nodiscard]] bool isPainted(CongestionSeries series) const;
    [[nodiscard]] QCPAxis* axisOf(CongestionSeries series) const;
    [[nodiscard]] double snapped(double value) const;
    [[nodiscard]] double barWidth() const;
    /// Of a series, those of all paths; visited with the line and the index of its path.
    template <typename Visit> void forEachLine(CongestionSeries series, Visit visit) const;
    template <typename Visit>
    void forEachStroke(CongestionSeries series, const StepLine& line, double fromColumn, double toColumn, Visit visit) const;
    template <typename Visit> void forEachDot(const StepLine& dots, double fromColumn, double toColumn, Visit visit) const;
    [[nodiscard]] bool isAnyLogged(std::initializer_list<CongestionSeries> series) const;
    [[nodiscard]] QString rightTitle() const;
    [[nodiscard]] QString rateNote() const;
    [[nodiscard]] QString goodputNote() const;
    void fitAxes();
    void paintData(QCPPainter& painter);
    void paintReference(QCPPainter& painter) const;
    void paintFrame(QCPPainter& painter);
    void paintStrip(QCPPainter& painter);
    void paintBand(QCPPainter& painter);
    [[nodiscard]] int bandHeight() const;
    [[nodiscard]] BackgroundPainter background() const;
    void paintBackground(QCPPainter& painter);
    [[nodiscard]] bool isPartShown(BackgroundPart part) const { return m_backgroundShown[static_cast<std::size_t>(part)]; }
    template <typename Visit> void forEachBlocked(Visit visit) const;
    void paintBlocked(QPainter& painter) const;
    [[nodiscard]] int marksHeight() const;
    [[nodiscard]] int statesHeight() const;
    [[nodiscard]] std::optional<std::int64_t> timeIn(const QRect& strip, const QPointF& position) const;
    /// Of all strips under the plot.
    [[nodiscard]] int stripsHeight() const;
    void fillRects(QPainter& painter, const QVector<QRectF>& rects, const QColor& colour) const;
    void paintRttBand(QPainter& painter) const;
    void paintLine(QPainter& painter, CongestionSeries series, const StepLine& line, std::size_t path) const;
    void hatchRects(QPainter& painter, const QVector<QRectF>& rects, const QColor& colour) const;
    [[nodiscard]] QColor dimmed(const QColor& colour) const;
    void paintBars(QPainter& painter, CongestionSeries series, const BarLayer& layer, const QColor& colour) const;
    void paintLosses(QPainter& painter, const std::vector<LossColumn>& losses, const QColor& colour) const;
    [[nodiscard]] bool isLeftOut(CongestionSeries series) const;
    void paintMark(QPainter& painter, const SelectionMark& mark) const;
    [[nodiscard]] std::optional<Hit> stripHit(const QPointF& position) const;
    [[nodiscard]] std::optional<Hit> barHit(const QPointF& position, double& distance) const;
    [[nodiscard]] std::optional<Hit> lineHit(const QPointF& position, double& distance) const;
    [[nodiscard]] std::optional<Hit> referenceHit(const QPointF& position) const;
    /// Painted of the trace that is laid under.
    [[nodiscard]] bool isInReference(CongestionSeries series) const;
    struct StrokeHit {
        double distance = 0; ///< the nearest one so far, or what is too far
        double column = -1; ///< of the nearest one; none yet
        QPointF point;
    };
    void findStroke(CongestionSeries series, const StepLine& line, const QPointF& position, StrokeHit* hit) const;
    [[nodiscard]] Hit hitOf(const CongestionLayout& layout, CongestionSeries series, std::size_t path, const StrokeHit& stroke) const;

    Kind m_kind;
    std::shared_ptr<const CongestionLayout> m_layout;
    SeriesMask m_shown{};
    std::shared_ptr<const CongestionLayout> m_reference;
    QString m_referenceName;
    BackgroundMask m_backgroundShown{true, true, true};
    std::vector<SelectionMark> m_marks;
    QRectF m_highlight;
    QSharedPointer<UnitTicker> m_leftTicker;
    QSharedPointer<UnitTicker> m_rightTicker;
};

} // namespace qlogscope
