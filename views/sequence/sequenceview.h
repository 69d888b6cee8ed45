// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/chartexport.h"
#include "views/sequence/sequencepicture.h"
#include "views/view.h"

class QDoubleSpinBox;
class QLabel;
class QMenu;
class QStackedWidget;
class QToolButton;

namespace qlogscope {

class SequenceCanvas;
class ToolRow;

/// The sequence diagram as a view: a row of tools, the diagram, and a sentence where there is nothing to draw.
class SequenceView : public View
{
    Q_OBJECT
public:
    explicit SequenceView(const ViewServices& services, QWidget* parent = nullptr);
    static View* create(const ViewServices& services, QWidget* parent);

    /// Mode, folding and categories.
    [[nodiscard]] QByteArray saveState() const override;
    bool restoreState(const QByteArray& state) override;

    /// What is shown now, without a caption.
    [[nodiscard]] SequencePicture picture() const;
    /// There is a diagram, not only a sentence in its place.
    [[nodiscard]] bool hasPicture() const { return emptyText().isEmpty(); }
    [[nodiscard]] SequenceCanvas* canvas() const { return m_canvas; }
    [[nodiscard]] QToolButton* clockButton() const { return m_clockButton; }
    [[nodiscard]] QSize sizeHint() const override { return {900, 600}; }

Q_SIGNALS:
    void exportRequested(qlogscope::ChartExport what);

protected:
    void refresh() override;

private:
    void makeTools();
    void makeClockMenu();
    void makeEventsMenu();
    void updateTools();
    [[nodiscard]] QString emptyText() const;

    ToolRow* m_tools = nullptr;
    QToolButton* m_compactButton = nullptr;
    QToolButton* m_linearButton = nullptr;
    QToolButton* m_foldButton = nullptr;
    QToolButton* m_eventsButton = nullptr;
    QMenu* m_eventsMenu = nullptr;
    QToolButton* m_clockButton = nullptr;
    QDoubleSpinBox* m_offsetBox = nullptr;
    QLabel* m_clockNote = nullptr;
    QToolButton* m_exportButton = nullptr;
    QLabel* m_countsLabel = nullptr;
    QLabel* m_emptyLabel = nullptr;
    QStackedWidget* m_pages = nullptr;
    SequenceCanvas* m_canvas = nullptr;
};

} // namespace qlogscope
