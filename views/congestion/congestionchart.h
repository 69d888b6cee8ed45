// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/derivedseries.h"
#include "views/congestion/congestionlayout.h"
#include "views/congestion/filteredbars.h"
#include "views/congestion/panelset.h"
#include "views/chartlegend.h"
#include "views/palette.h"
#include "views/viewcontext.h"

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

#include <array>
#include <memory>
#include <optional>
#include <vector>

class QCPPainter;
class QSplitter;

namespace qlogscope {

class CongestionPanel;
class HoverLabel;

/// The chart proper: panels above each other on one time axis, the legend beside (or, where it is narrow, under) them, and the
/// hover label. Where there is no room for all wanted panels, as many are shown as fit (data before round-trip times before rates),
/// with a button for the next one. Shown by the view and painted into pictures by the exporter. UI thread.
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

    /// Which panels are wanted, if there is room for them: at least one. The legend lists what is in the panels.
    void setPanels(const PanelSet& panels);
    [[nodiscard]] const PanelSet& panels() const { return m_wanted; }

    /// Lays out and paints the trace as it is now.
    void refresh();
    /// Forgets what refers to the model; call when the trace changes.
    void clear();
    /// Looks at the filter again: it selects other rows than before.
    void resetFilter();
    /// Paints the chart at its present size, in pixels. @param scale device pixels per pixel
    void paint(QCPPainter& painter, double scale);

    /// Which panels are wanted, their heights, and which series are switched off.
    [[nodiscard]] QByteArray saveState() const;
    bool restoreState(const QByteArray& state);

    [[nodiscard]] CongestionPanel* dataPanel() const { return panel(PanelKind::Data); }
    [[nodiscard]] CongestionPanel* ratesPanel() const { return panel(PanelKind::Rates); }
    [[nodiscard]] CongestionPanel* rttPanel() const { return panel(PanelKind::Rtt); }
    /// Shows the next panel where there is no room for all; else hidden.
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
    void updateFilter(std::int64_t milliseconds);
    void beginDeriving();
    /// Null until there is something to show.
    [[nodiscard]] const DerivedSeries* derivedSeries() const { return m_isDerived ? m_derived.get() : nullptr; }
    void derive();
    [[nodiscard]] std::optional<BarFilter> barFilter() const;
    void applyColours();
    [[nodiscard]] CongestionPanel* panel(PanelKind kind) const { return m_panels[indexOf(kind)]; }
    /// The first one that is shown.
    [[nodiscard]] CongestionPanel* mainPanel() const;
    [[nodiscard]] std::vector<PanelKind> preference() const;
    [[nodiscard]] ChartLegend::Form legendForm(const PanelSet& panels, Qt::Orientation orientation) const;
    [[nodiscard]] int heightFor(const PanelSet& panels) const;
    bool placeBeside(const PanelSet& panels);
    bool placeAbove(const PanelSet& panels);
    void placeParts();
    void placeSinglePanel(PanelKind kind);
    void showPanels(const PanelSet& panels);
    void placePanels(int width, int height);
    void placeOtherPanelButton(const QRect& room);
    void showOtherPanel();
    void onSplitterMoved();
    void updateLegend();
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
    std::array<CongestionPanel*, panelCount> m_panels{};
    std::array<int, panelCount> m_heights; ///< as wanted, in relation to each other
    PanelSet m_wanted{true, false, true};
    PanelSet m_shown{}; ///< those of them for which there is room
    PanelKind m_preferred = PanelKind::Data; ///< where not all fit
    std::optional<PanelKind> m_next; ///< what the button shows
    ChartLegend* m_legend;
    LegendTextButton* m_otherPanel;
    HoverLabel* m_hoverLabel;
};

} // namespace qlogscope
