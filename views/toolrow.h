// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <vector>

class QHBoxLayout;
class QToolButton;

namespace qlogscope {

/// The tools above a view, in one row. Where it is narrow, tools that can be had in another way too (a menu, a key) give way. UI thread.
class ToolRow : public QWidget
{
    Q_OBJECT
public:
    explicit ToolRow(QWidget* parent = nullptr);

    QToolButton* addButton(const QString& text, const QString& toolTip);
    void addTool(QWidget* tool);
    void addStretch();
    /// The tool is hidden where there is no room for it; those named first go first.
    void makeOptional(QWidget* tool) { m_optional.push_back(tool); }
    /// Looks again at what fits: a tool changed its size, or is shown or hidden.
    void fit();

    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    [[nodiscard]] bool isOptional(const QWidget* tool) const;
    /// Of a tool in the row, with the room beside it; 0 if it is not to be shown at all.
    [[nodiscard]] int widthOf(const QWidget* tool) const;

    QHBoxLayout* m_layout;
    std::vector<QWidget*> m_tools;
    std::vector<QWidget*> m_optional;
    QSize m_least; ///< as the layout around was told
};

} // namespace qlogscope
