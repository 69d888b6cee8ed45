// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/palette.h"
#include "views/plotting.h"
#include "views/units.h"
#include "views/viewcontext.h"

#include <QImage>

#include <functional>
#include <optional>

namespace qlogscope {

/// A chart over time, bound to the view context: time axis in T, navigation by mouse and keys, and an overlay (hovered time,
/// selection, zoom box) that is painted over the finished picture, so that hovering never draws data again. The picture is
/// opaque and takes the place of QCustomPlot's paint buffers: clearing and blending those costs more than the drawing. UI thread.
///
/// What is painted belongs to shownRange(), which the owner sets together with the data; gestures change the context, and the
/// owner follows. Pixels are device-independent; columns are device pixels.
class TimePlot : public QCustomPlot
{
    Q_OBJECT
public:
    explicit TimePlot(ViewContext* context, QWidget* parent = nullptr);

    void setColours(const Palette& colours);
    [[nodiscard]] const Palette& colours() const { return m_colours; }
    /// What redraw() paints from now on.
    void setShownRange(TimeRange range);
    [[nodiscard]] TimeRange shownRange() const { return m_shown; }
    /// Draws the data again; call instead of replot().
    void redraw();
    /// The last chart of a stack has the labels of the time axis.
    void setTimeLabelsShown(bool shown);
    /// Height of the plot from which on the time axis has a title.
    void setTimeTitleFrom(int height) { m_timeTitleFrom = height; }
    /// While it is on, dragging does not pan but draws a line between two points of the left axis, which stays until it is switched off.
    void setRulerOn(bool isOn);
    struct Ruler {
        std::int64_t fromNs = 0; ///< T
        std::int64_t toNs = 0;
        double fromValue = 0; ///< of the left axis
        double toValue = 0;
    };
    void clearRuler();
    /// None before it is drawn.
    [[nodiscard]] std::optional<Ruler> ruler() const { return m_ruler; }

    /// Room around the plot; fixed, so that charts above each other stay aligned and nothing jumps while zooming.
    void setPlotMargins(const QMargins& margins);
    /// Device pixels per pixel to lay out for; 0: those of the screen.
    void setExportScale(double scale) { m_exportScale = scale; }

    [[nodiscard]] QRect plotArea() const { return rect().marginsRemoved(m_plotMargins); }
    /// As of the last call of columns(): looking it up is slow.
    [[nodiscard]] double deviceScale() const { return m_scale; }
    int columns();
    [[nodiscard]] double xOfColumn(double column) const;
    [[nodiscard]] double xOf(std::int64_t timeNs) const;
    [[nodiscard]] std::int64_t timeAt(double x) const;
    /// Height of the labels and the title of the time axis; 0 while they are not shown.
    [[nodiscard]] int timeLabelHeight() const;

Q_SIGNALS:
    /// The pointer moved over the chart, without a button.
    void pointed(const QPointF& position);
    void pointerLeft();
    /// A click that was no drag.
    void clicked(const QPointF& position);
    /// Size, scale or fonts changed: lay out and redraw.
    void geometryChanged();
    /// The key of the ruler was pressed.
    void rulerToggled();
    /// Drawn, moved or gone.
    void rulerChanged();

protected:
    /// Paints over the finished picture; called for every repaint of a part of the widget.
    virtual void drawOverlay(QPainter& painter);
    /// What "fit the selection" shows, in T; empty if nothing is selected.
    [[nodiscard]] virtual TimeRange selectionExtent() const;
    /// After a change of colours or fonts.
    virtual void applyStyle();
    /// Sets the margins for what is shown now.
    virtual void fitMargins();
    [[nodiscard]] ViewContext* context() const { return m_context; }

    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    enum class Gesture : std::uint8_t { None, Pressed, Pan, Box, Measure, Ruler };

    [[nodiscard]] QSize pictureSize() const;
    [[nodiscard]] std::int64_t visibleTimeAt(double x) const;
    [[nodiscard]] QRect cursorRect(std::int64_t timeNs) const;
    [[nodiscard]] QRegion cursorRegion(std::int64_t timeNs) const;
    [[nodiscard]] QString cursorText(std::int64_t timeNs) const;
    [[nodiscard]] bool hasTimeTitle() const;
    void paintTimeTitle(QCPPainter& painter) const;
    void onCursorChanged();
    bool handleKey(const QKeyEvent& event);
    void fitSelection();
    void finishBox(double x);
    void escape();
    void measureTo(double x);
    void rulerTo(const QPointF& position);
    void drawMeasured(QPainter& painter) const;
    void drawRuler(QPainter& painter) const;
    [[nodiscard]] QPointF pointOf(std::int64_t timeNs, double value) const;

    ViewContext* m_context;
    Palette m_colours;
    TimeRange m_shown{0, 1'000'000'000};
    QSharedPointer<class TimeTicker> m_ticker;
    QImage m_picture;
    QMargins m_plotMargins;
    bool m_hasTimeLabels = true;
    int m_timeTitleFrom = 130;
    double m_exportScale = 0;
    double m_scale = 1;

    Gesture m_gesture = Gesture::None;
    QPointF m_pressPosition;
    TimeRange m_pressRange;
    double m_boxEnd = 0;
    QRegion m_cursorRegion;
    bool m_isRulerOn = false;
    std::optional<Ruler> m_ruler;
};

/// Something painted with the data of a plot by a function.
class PlotPainting : public QCPLayerable
{
public:
    PlotPainting(QCustomPlot* plot, const QString& layer, std::function<void(QCPPainter&)> paint)
        : QCPLayerable(plot, layer)
        , m_paint(std::move(paint))
    {
    }

protected:
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override { painter->setAntialiasing(false); }
    void draw(QCPPainter* painter) override { m_paint(*painter); }

private:
    std::function<void(QCPPainter&)> m_paint;
};

/// Ticks of an axis of bytes, times, ... that begins at 0, with the unit in the label.
class UnitTicker : public QCPAxisTicker
{
public:
    explicit UnitTicker(AxisUnit unit)
        : m_unit(unit)
    {
    }
    void setUnit(AxisUnit unit) { m_unit = unit; }
    [[nodiscard]] AxisUnit unit() const { return m_unit; }
    void setMost(int ticks) { m_most = ticks; }
    /// Of the last ticks made: what the labels are relative to; empty if they are absolute.
    [[nodiscard]] QString baseText() const { return m_baseText; }
    void generate(const QCPRange& range, const QLocale& locale, QChar formatChar, int precision, QVector<double>& ticks,
                  QVector<double>* subTicks, QVector<QString>* tickLabels) override;

private:
    AxisUnit m_unit;
    int m_most = 5;
    QString m_baseText;
};

} // namespace qlogscope
