// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/toolrow.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QToolButton>

#include <algorithm>

namespace qlogscope {

ToolRow::ToolRow(QWidget* parent)
    : QWidget(parent)
    , m_layout(new QHBoxLayout(this))
{
    m_layout->setContentsMargins(6, 3, 6, 3);
    m_layout->setSpacing(2);
    m_layout->setSizeConstraint(QLayout::SetNoConstraint);
}

QToolButton* ToolRow::addButton(const QString& text, const QString& toolTip)
{
    auto* button = new QToolButton(this);
    button->setText(text);
    button->setToolTip(toolTip);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::TabFocus);
    addTool(button);
    return button;
}

void ToolRow::addTool(QWidget* tool)
{
    m_layout->addWidget(tool);
    m_tools.push_back(tool);
}

void ToolRow::addStretch() { m_layout->addStretch(1); }

bool ToolRow::isOptional(const QWidget* tool) const { return std::find(m_optional.begin(), m_optional.end(), tool) != m_optional.end(); }

int ToolRow::widthOf(const QWidget* tool) const
{
    const bool isLeftOut = tool->isHidden() && !isOptional(tool);
    return isLeftOut ? 0 : tool->sizeHint().width() + m_layout->spacing();
}

void ToolRow::fit()
{
    int width = m_layout->contentsMargins().left() + m_layout->contentsMargins().right();
    for (const QWidget* tool : m_tools)
        width += widthOf(tool);
    for (QWidget* tool : m_optional) {
        const bool fits = width <= this->width();
        if (!fits)
            width -= widthOf(tool);
        tool->setVisible(fits);
    }
    if (const QSize least = minimumSizeHint(); least != m_least) {
        m_least = least;
        updateGeometry();
    }
}

QSize ToolRow::minimumSizeHint() const
{
    QSize size(m_layout->contentsMargins().left() + m_layout->contentsMargins().right(), 0);
    for (const QWidget* tool : m_tools) {
        if (!isOptional(tool))
            size.rwidth() += widthOf(tool);
        size.setHeight(std::max(size.height(), tool->sizeHint().height()));
    }
    size.rheight() += m_layout->contentsMargins().top() + m_layout->contentsMargins().bottom();
    return size;
}

void ToolRow::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fit();
}

void ToolRow::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        fit();
}

} // namespace qlogscope
