// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/sequence/sequencepainter.h"
#include "views/viewcontext.h"

#include <QTimer>
#include <QWidget>

#include <memory>

namespace qlogscope {

class HoverLabel;

/// The sequence diagram as a widget: the names at the top, the diagram, and the whole trace beside it. Gestures change the context
/// (linear mode) or the scroll position (compact mode). UI thread.
class SequenceCanvas : public QWidget
{
    Q_OBJECT
public:
    SequenceCanvas(ViewContext* context, const RecordReader* records, QWidget* parent = nullptr);
    ~SequenceCanvas() override;

    /// Colours of a theme whatever the desktop has; none: those of the desktop.
    void setTheme(std::optional<Theme> theme);
    void setMode(SequenceMode mode);
    [[nodiscard]] SequenceMode mode() const { return m_mode; }
    void setCategories(const CategorySet& categories);
    [[nodiscard]] const CategorySet& categories() const { return m_categories; }
    /// Compact mode shows runs of alike rows as one.
    void setFolding(bool isFolding);
    [[nodiscard]] bool isFolding() const { return m_isFolding; }
    /// For pictures: linear mode shows this and not the context's visible range; compact mode begins there.
    void setFixedRange(TimeRange range);

    /// Looks at the model again.
    void refresh();
    /// Forgets what refers to the model.
    void clear();
    /// The filter selects other rows than before.
    void resetFilter();
    /// Matches and orders everything before it returns: for pictures.
    void finish();
    void paint(QPainter& painter);

    /// Null while there is no trace.
    [[nodiscard]] const SequenceTraces* traces() const { return m_traces.get(); }
    [[nodiscard]] const SequenceOrder& order() const { return m_order; }
    [[nodiscard]] const SequenceLayout& layOut() const { return m_layout; }
    [[nodiscard]] HoverLabel* hoverLabel() const { return m_hoverLabel; }
    /// Nothing is being matched or ordered.
    [[nodiscard]] bool isDone() const { return m_isDone; }
    void setOffset(std::optional<std::int64_t> offsetNs);
    /// T of what is in view.
    [[nodiscard]] TimeRange shownRange() const { return m_layout.range; }
    /// Compact: the entry at the top.
    [[nodiscard]] double firstRow() const { return m_firstRow; }
    void scrollTo(double firstRow);

    [[nodiscard]] QSize sizeHint() const override { return {900, 600}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {320, 140}; }

Q_SIGNALS:
    /// Lay out and paint again.
    void refreshNeeded();
    /// What is known of both clocks changed, or of the progress.
    void clockChanged();
    void modeKeyPressed();
    void foldKeyPressed();

protected:
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
    /// What the pointer is on.
    struct Hit {
        std::optional<SequenceRow> row; ///< that it stands for
        const SequenceArrow* arrow = nullptr;
        const SequenceLabel* label = nullptr;
        const SequenceChip* chip = nullptr;
        const SequenceBand* band = nullptr;
        const SequenceMark* mark = nullptr;
        QRectF rect;
        const SequenceFoldRow* fold = nullptr;
    };
    void makeTraces();
    void work();
    void holdPlace();
    void makeOverview();
    void beginOrder();
    [[nodiscard]] std::size_t rowCount() const;
    void layOutNow();
    void goToSelection();
    void goToRange();
    void scrollIntoView(std::size_t position);
    [[nodiscard]] std::size_t pageRows() const;
    [[nodiscard]] double mostFirstRow() const;
    [[nodiscard]] QRectF overviewRect() const;
    [[nodiscard]] std::optional<SequenceRow> selected() const;
    [[nodiscard]] Hit hitAt(const QPointF& position) const;
    [[nodiscard]] std::set<SequenceRow> relatedRows(SequenceRow row) const;
    void addRetransmissions(Side side, PacketId sent, std::set<SequenceRow>* rows) const;
    void point(const QPointF& position);
    void describe(const Hit& hit, QString* title, std::vector<QString>* lines) const;
    void describeArrow(const SequenceArrow& arrow, std::vector<QString>* lines) const;
    [[nodiscard]] QColor colourOf(const Hit& hit) const;
    void select(SequenceRow row);
    void showTrace(Side side);
    void step(int by);
    void jumpInOverview(double y);
    [[nodiscard]] bool handleKey(const QKeyEvent& event);
    [[nodiscard]] std::int64_t timeAtY(double y) const;
    [[nodiscard]] double yOfTime(std::int64_t tNs) const;
    void paintShared(QPainter& painter) const;
    void unfold(std::size_t index);

    ViewContext* m_context;
    std::optional<Theme> m_theme;
    Palette m_colours;
    SequenceMode m_mode = SequenceMode::Compact;
    CategorySet m_categories = usualCategories;
    bool m_isFolding = false;
    std::unique_ptr<SequenceTraces> m_traces;
    SequenceOrder m_order;
    mutable SequenceTexts m_texts; ///< what was read of the records on screen
    SequenceLayout m_layout;
    SequenceOverview m_overview;
    std::uint64_t m_clockVersion = 0;
    bool m_wasMatched = false;
    bool m_isDone = true;
    std::size_t m_doneRows = 0; ///< rows of all lifelines when that was so
    bool m_isOrderStale = true;
    double m_firstRow = 0;
    std::optional<SequenceRow> m_anchor; ///< stays where it is while the order is made anew
    std::optional<TimeRange> m_fixedRange;
    TimeRange m_lastRange; ///< visible range that compact mode stands for
    RowId m_lastSelected;
    std::set<SequenceRow> m_highlight;
    QTimer m_work;
    HoverLabel* m_hoverLabel;
    QPointF m_pressed;
    double m_pressedRow = 0;
    TimeRange m_pressedRange;
    bool m_isPressed = false;
    bool m_isDragging = false;
    bool m_isInOverview = false;
    std::optional<Side> m_sideToShow; ///< while its trace becomes the shown one: the diagram stays
};

} // namespace qlogscope
