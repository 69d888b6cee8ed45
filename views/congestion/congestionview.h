// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/quicterms.h"
#include "views/chartexport.h"
#include "views/congestion/congestionpainter.h"
#include "views/view.h"

#include <QTimer>

class QAction;
class QLabel;
class QMenu;
class QStackedWidget;
class QToolButton;

namespace qlogscope {

class CongestionChart;
class MeasureRow;
class ScaleTools;
class ToolRow;

/// The congestion chart as a view: a row of tools, the chart, and a sentence where there is nothing to draw.
class CongestionView : public View
{
    Q_OBJECT
public:
    explicit CongestionView(const ViewServices& services, QWidget* parent = nullptr);
    static View* create(const ViewServices& services, QWidget* parent);

    /// Which panels are shown, their sizes, the window of rates and which series are switched off.
    [[nodiscard]] QByteArray saveState() const override;
    bool restoreState(const QByteArray& state) override;

    [[nodiscard]] CongestionChart* chart() const { return m_chart; }
    [[nodiscard]] ScaleTools* scaleTools() const { return m_scaleTools; }
    [[nodiscard]] MeasureRow* measureRow() const { return m_measureRow; }
    /// What is shown now, without a caption.
    [[nodiscard]] CongestionPicture picture() const;
    /// There is a chart, not only a sentence in its place.
    [[nodiscard]] bool hasPicture() const;
    [[nodiscard]] QSize sizeHint() const override { return {900, 600}; }

Q_SIGNALS:
    void exportRequested(qlogscope::ChartExport what);

protected:
    void refresh() override;

private:
    void makeTools();
    void makeOptions();
    void setPerspective(Direction direction);
    void fillPanelsMenu();
    void fillRateMenu();
    void updateTools();
    void showMeasured();
    void fillReferenceMenu();
    void updatePanelTools();
    [[nodiscard]] QString emptyText() const;

    ToolRow* m_tools = nullptr;
    QToolButton* m_sentButton = nullptr;
    QToolButton* m_receivedButton = nullptr;
    ScaleTools* m_scaleTools = nullptr;
    QToolButton* m_optionsButton = nullptr;
    QMenu* m_panelsMenu = nullptr;
    QMenu* m_rateMenu = nullptr;
    QMenu* m_referenceMenu = nullptr;
    QAction* m_rulerAction = nullptr;
    QAction* m_measureAction = nullptr;
    QToolButton* m_rulerButton = nullptr;
    QToolButton* m_measureButton = nullptr;
    QToolButton* m_fitButton = nullptr;
    QToolButton* m_exportButton = nullptr;
    QMenu* m_exportMenu = nullptr;
    QToolButton* m_backButton = nullptr;
    QToolButton* m_forwardButton = nullptr;
    QLabel* m_rangeLabel = nullptr;
    QLabel* m_emptyLabel = nullptr;
    QStackedWidget* m_pages = nullptr;
    CongestionChart* m_chart = nullptr;
    MeasureRow* m_measureRow = nullptr;
    QTimer m_measure; ///< until the pointer rests: the figures take a look at every packet
};

} // namespace qlogscope
