// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/chartlegend.h"
#include "views/congestion/charttrace.h"
#include "views/congestion/congestionpanel.h"
#include "views/congestion/panelset.h"
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
    /// What the bars count, which of the streams and which multipath path they are of; its direction is not read.
    void setChoice(const BarChoice& choice);
    [[nodiscard]] const BarChoice& choice() const { return m_choice; }
    /// All bars that are chosen are there; else the chart goes on making them.
    [[nodiscard]] bool areBarsMade() const { return m_areBarsMade; }
    /// A trace to lay under in grey, aligned at the first packets; invalid: none.
    void setReference(TraceRef trace);
    [[nodiscard]] TraceRef reference() const { return m_reference ? m_reference->ref() : TraceRef(); }
    /// Dragging measures between two points instead of panning.
    void setRulerOn(bool isOn);
    [[nodiscard]] bool isRulerOn() const { return m_isRulerOn; }
    /// What the ruler says; empty while there is none.
    [[nodiscard]] QStringList rulerTexts() const;
    /// The figures of a range of T in the perspective that is shown: linear in the packets of the range.
    [[nodiscard]] QStringList measureTexts(TimeRange range) const;
    /// Shows this range (T) instead of the context's; for exports.
    void setFixedRange(std::optional<TimeRange> range) { m_fixedRange = range; }

    /// Which panels are wanted, if there is room for them: at least one. The legend lists what is in the panels.
    void setPanels(const PanelSet& panels);
    [[nodiscard]] const PanelSet& panels() const { return m_wanted; }

    /// Over which windows throughput and goodput are drawn, in nanoseconds; 0: by the zoom.
    void setRateWindow(std::int64_t windowNs);
    [[nodiscard]] std::int64_t rateWindowNs() const { return m_rateWindowNs; }

    /// Lays out and paints the trace as it is now.
    void refresh();
    /// Forgets what refers to the model; call when the trace changes.
    void clear();
    /// Looks at the filter again: it selects other rows than before.
    void resetFilter();
    /// Paints the chart at its present size, in pixels. @param scale device pixels per pixel
    void paint(QCPPainter& painter, double scale);

    /// Which panels are wanted, their heights, the window of rates, and which series are switched off.
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
    void rulerChanged();
    void referenceChanged();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    /// @return false if there is more to do
    bool makeBars(std::int64_t milliseconds);
    void goOnMakingBars();
    void awaitRefresh(bool isNew);
    void clearRuler();
    void beginDeriving();
    [[nodiscard]] std::shared_ptr<const CongestionLayout> layOutReference(TimeRange range, int columns);
    /// Null for a picture of its own: it is laid out once, and its columns stand where the range says.
    [[nodiscard]] SampleMemo* memo() { return m_fixedRange ? nullptr : &m_memo; }
    void derive();
    /// Of the shown trace; call only while there is one.
    [[nodiscard]] ChartData data() const;
    /// What series show of the filter.
    [[nodiscard]] bool areMetricsOut() const;
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
    [[nodiscard]] LegendButton::Entry backgroundEntry(BackgroundPart part) const;
    [[nodiscard]] bool isRoomMissing(BackgroundPart part, const QRect& strip) const;
    [[nodiscard]] BackgroundLayout layOutBackgroundNow(TimeRange range, int columns) const;
    bool pointAtBackground(CongestionPanel* panel, const QPointF& position);
    bool clickBackground(const CongestionPanel* panel, const QPointF& position);
    void updateMarks();
    void setPanelContents();
    void redrawPanels();
    void updatePanels();
    [[nodiscard]] bool isPointable() const;
    [[nodiscard]] std::optional<CongestionItem> itemOf(const ChartData& shown, const CongestionPanel& panel, const CongestionPanel::Hit& hit) const;
    [[nodiscard]] std::optional<LimitedBy::Interval> limitAt(const CongestionPanel* panel, const QPointF& position) const;
    [[nodiscard]] QString referenceText() const;
    void showLabel(const CongestionPanel* panel, const ItemText& text, const QColor& colour, const QPointF& position, const QRect& pointed);
    void showRate(const CongestionPanel* panel, const CongestionPanel::Hit& hit, const QPointF& position);
    void onPointed(CongestionPanel* panel, const QPointF& position);
    void onPointerLeft();
    void onClicked(CongestionPanel* panel, const QPointF& position);

    ViewContext* m_context;
    std::optional<Theme> m_theme;
    Palette m_colours;
    std::optional<Direction> m_perspective;
    std::optional<TimeRange> m_fixedRange;
    BarChoice m_choice;
    bool m_isRulerOn = false;
    bool m_areBarsMade = false;
    bool m_isStale = false; ///< other bars are wanted than those that are laid out
    bool m_isNewChoice = false; ///< nothing is shown of it yet
    std::unique_ptr<ChartTrace> m_trace;
    std::unique_ptr<ChartTrace> m_reference; ///< while one is laid under
    QTimer m_makeBars; ///< while bars are missing
    QElapsedTimer m_sinceBars; ///< were shown as far as they are made
    QTimer m_derive; ///< while some of the traces is not taken yet
    SampleMemo m_memo;
    std::shared_ptr<const CongestionLayout> m_layout;
    QSplitter* m_splitter;
    std::array<CongestionPanel*, panelCount> m_panels{};
    std::array<int, panelCount> m_heights; ///< as wanted, in relation to each other
    PanelSet m_wanted = allPanels;
    PanelSet m_shown{}; ///< those of them for which there is room
    PanelKind m_preferred = PanelKind::Data; ///< where not all fit
    std::int64_t m_rateWindowNs = 0;
    std::optional<PanelKind> m_next; ///< what the button shows
    ChartLegend* m_legend;
    LegendTextButton* m_otherPanel;
    HoverLabel* m_hoverLabel;
};

} // namespace qlogscope
