// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/congestion/backgroundpainter.h"
#include "views/congestion/congestionlayout.h"
#include "views/timeplot.h"

#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace qlogscope {

using SeriesMask = std::array<bool, congestionSeriesCount>;

[[nodiscard]] QColor colourOf(CongestionSeries series, const Palette& palette);
[[nodiscard]] QColor colourOf(SendLimit limit, const Palette& palette);

/// The paint step of one panel of the congestion chart, and the inverse of it: what is under a point. Both use barRect() and
/// the rectangles of forEachStroke(). UI thread.
class CongestionPanel : public TimePlot
{
    Q_OBJECT
public:
    enum class Kind : std::uint8_t {
        Data, ///< bars on the left axis, bytes of the controller on the right axis, losses in a strip under the plot
        Rtt,
    };
    CongestionPanel(Kind kind, ViewContext* context, QWidget* parent = nullptr);

    /// What redraw() paints from now on; null: nothing. @param derived of the trace, until the next call; may be null
    void setContents(std::shared_ptr<const CongestionLayout> layout, const SeriesMask& shown, const DerivedSeries* derived);
    void setMarks(std::vector<SelectionMark> marks);
    /// Before setContents().
    void setBackgroundShown(const BackgroundMask& shown);

    /// In which everything can still be read.
    [[nodiscard]] int leastHeight(bool hasTimeLabels) const;

    /// What was painted nearest to a point: the items of one pixel column of one series.
    struct Hit {
        CongestionSeries series = CongestionSeries::Sent;
        std::size_t firstIndex = 0;
        std::size_t count = 1;
        std::int64_t near = 0; ///< byte or value at the pointer
        QRectF rect; ///< as painted
    };
    [[nodiscard]] std::optional<Hit> hitAt(const QPointF& position) const;
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
    template <typename Visit> void forEachStroke(CongestionSeries series, double fromColumn, double toColumn, Visit visit) const;
    template <typename Visit> void forEachDot(const StepLine& dots, double fromColumn, double toColumn, Visit visit) const;
    [[nodiscard]] bool isAnyLogged(std::initializer_list<CongestionSeries> series) const;
    [[nodiscard]] QString rightTitle() const;
    void fitAxes();
    void paintData(QCPPainter& painter);
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
    void paintLine(QPainter& painter, CongestionSeries series) const;
    void hatchRects(QPainter& painter, const QVector<QRectF>& rects, const QColor& colour) const;
    [[nodiscard]] QColor dimmed(const QColor& colour) const;
    void paintBars(QPainter& painter, CongestionSeries series, const BarLayer& layer, const QColor& colour) const;
    void paintLosses(QPainter& painter, const std::vector<LossColumn>& losses, const QColor& colour) const;
    [[nodiscard]] bool isLeftOut(CongestionSeries series) const;
    void paintMark(QPainter& painter, const SelectionMark& mark) const;
    [[nodiscard]] std::optional<Hit> stripHit(const QPointF& position) const;
    [[nodiscard]] std::optional<Hit> barHit(const QPointF& position, double& distance) const;
    [[nodiscard]] std::optional<Hit> lineHit(const QPointF& position, double& distance) const;

    Kind m_kind;
    std::shared_ptr<const CongestionLayout> m_layout;
    const DerivedSeries* m_derived = nullptr;
    SeriesMask m_shown{};
    BackgroundMask m_backgroundShown{true, true, true};
    std::vector<SelectionMark> m_marks;
    QRectF m_highlight;
    QSharedPointer<ByteTicker> m_leftTicker;
    QSharedPointer<QCPAxisTicker> m_rttTicker;
    QSharedPointer<ByteTicker> m_rightTicker;
};

} // namespace qlogscope
