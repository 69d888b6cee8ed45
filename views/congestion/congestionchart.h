// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/derivedseries.h"
#include "views/chartlegend.h"
#include "views/congestion/congestionlayout.h"
#include "views/congestion/filteredbars.h"
#include "views/palette.h"
#include "views/viewcontext.h"

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

#include <memory>
#include <optional>

class QSplitter;

namespace qlogscope {

class CongestionPanel;
class HoverLabel;

/// The chart proper: panels above each other on one time axis, the legend beside (or, where it is narrow, under) them, and the
/// hover label. Where there is no room for two panels, one is shown, with a button for the other. Shown by the view and painted
/// into images by the exporter. UI thread.
class CongestionChart : public QWidget
{
    Q_OBJECT
public:
    explicit CongestionChart(ViewContext* context, QWidget* parent = nullptr);

    /// Without a theme the colours follow the widget's palette.
    void setTheme(std::optional<Theme> theme);
    /// Without a perspective the chart shows the trace's main direction.
    void setPerspective(std::optional<Direction> perspective);
    [[nodiscard]] Direction direction() const;
    /// Shows this range (T) instead of the context's; for exports.
    void setFixedRange(std::optional<TimeRange> range) { m_fixedRange = range; }

    /// Lays out and paints the trace as it is now.
    void refresh();
    /// Forgets what refers to the model; call when the trace changes.
    void clear();
    /// Looks at the filter again: it selects other rows than before.
    void resetFilter();
    /// Paints the chart at its present size.
    void paint(QPainter& painter, double scale);

    /// Sizes of the panels and which series are switched off.
    [[nodiscard]] QByteArray saveState() const;
    bool restoreState(const QByteArray& state);

    [[nodiscard]] CongestionPanel* dataPanel() const { return m_dataPanel; }
    [[nodiscard]] CongestionPanel* rttPanel() const { return m_rttPanel; }
    /// Shows the other panel where there is room for one only; else hidden.
    [[nodiscard]] LegendTextButton* otherPanelButton() const { return m_otherPanel; }
    [[nodiscard]] ChartLegend* legend() const { return m_legend; }
    [[nodiscard]] HoverLabel* hoverLabel() const { return m_hoverLabel; }
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] const CongestionLayout* layOut() const { return m_layout.get(); }

Q_SIGNALS:
    /// The chart needs a refresh: its size or style changed.
    void refreshNeeded();
    /// More of what follows from the whole trace is computed.
    void derived();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    enum class Panels : std::uint8_t { Both, Data, Rtt };

    void updateFilter(std::int64_t milliseconds);
    void beginDeriving();
    /// Null until there is something to show.
    [[nodiscard]] const DerivedSeries* derivedSeries() const { return m_isDerived ? m_derived.get() : nullptr; }
    void derive();
    [[nodiscard]] std::optional<BarFilter> barFilter() const;
    void applyColours();
    void placeParts();
    void placeSinglePanel();
    void setPanels(Panels panels);
    void showOtherPanel();
    [[nodiscard]] CongestionPanel* mainPanel() const { return m_panels == Panels::Rtt ? m_rttPanel : m_dataPanel; }
    void updateLegend();
    [[nodiscard]] LegendButton::Entry backgroundEntry(BackgroundPart part) const;
    [[nodiscard]] BackgroundLayout layOutBackgroundNow(TimeRange range, int columns) const;
    bool pointAtBackground(CongestionPanel* panel, const QPointF& position);
    bool clickBackground(const CongestionPanel* panel, const QPointF& position);
    void updateMarks();
    void setPanelContents();
    void redrawPanels();
    void updatePanels();
    [[nodiscard]] bool isPointable() const;
    [[nodiscard]] std::optional<LimitedBy::Interval> limitAt(const CongestionPanel* panel, const QPointF& position) const;
    void onPointed(CongestionPanel* panel, const QPointF& position);
    void onPointerLeft();
    void onClicked(CongestionPanel* panel, const QPointF& position);

    ViewContext* m_context;
    std::optional<Theme> m_theme;
    Palette m_colours;
    std::optional<Direction> m_perspective;
    std::optional<TimeRange> m_fixedRange;
    std::unique_ptr<FilteredBars> m_filtered; ///< while there is a filter
    std::unique_ptr<DerivedSeries> m_derived; ///< of the trace, see derive()
    bool m_isDerived = false; ///< all there was has been taken once
    QTimer m_derive; ///< while some of the trace is not taken yet
    std::shared_ptr<const CongestionLayout> m_layout;
    QSplitter* m_splitter;
    QByteArray m_splitterState; ///< of two panels, while one is shown
    Panels m_panels = Panels::Both;
    Panels m_preferred = Panels::Data; ///< where only one fits
    CongestionPanel* m_dataPanel;
    CongestionPanel* m_rttPanel;
    ChartLegend* m_legend;
    LegendTextButton* m_otherPanel;
    HoverLabel* m_hoverLabel;
};

} // namespace qlogscope
