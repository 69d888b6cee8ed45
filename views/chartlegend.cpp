// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/chartlegend.h"

#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

namespace qlogscope {

namespace {

constexpr int margin = 4;
constexpr int swatchWidth = 18;
constexpr int groupGap = 10;

} // namespace

LegendButton::LegendButton(QWidget* parent)
    : QAbstractButton(parent)
{
    setCheckable(true);
    setChecked(true);
    setFocusPolicy(Qt::TabFocus);
    setAttribute(Qt::WA_Hover);
}

void LegendButton::setEntry(const Entry& entry, const Palette& colours)
{
    m_entry = entry;
    m_colours = colours;
    setText(entry.name);
    setAccessibleDescription(entry.note);
    setToolTip(entry.toolTip);
    setEnabled(entry.note.isEmpty());
    updateGeometry();
    update();
}

QSize LegendButton::sizeHint() const
{
    int textWidth = fontMetrics().horizontalAdvance(m_entry.name);
    if (!m_entry.note.isEmpty())
        textWidth += fontMetrics().horizontalAdvance(QStringLiteral("  ") % m_entry.note);
    return {swatchWidth + textWidth + 4 * margin, fontMetrics().height() + margin};
}

QRect LegendButton::swatchRect() const { return {margin, (height() - 12) / 2, swatchWidth, 12}; }

void LegendButton::paintSwatch(QPainter& painter) const
{
    const QRect box = swatchRect();
    const int middle = box.center().y();
    const QColor colour = isEnabled() ? m_entry.colour : m_colours.mutedText;
    if (!isChecked() || !isEnabled()) { // an empty box: switched off, or nothing to show
        painter.setPen(QPen(colour, 1));
        painter.setBrush(Qt::NoBrush);
        if (isEnabled())
            painter.drawRect(QRectF(box).adjusted(3.5, 1.5, -3.5, -1.5));
        else
            painter.drawLine(box.left() + 4, middle, box.right() - 4, middle);
        return;
    }
    switch (m_entry.swatch) {
    case Swatch::Bars:
        for (int i = 0; i < 3; ++i)
            painter.fillRect(box.left() + 2 + i * 5, box.bottom() - 5 - i * 3, 4, 6, colour);
        break;
    case Swatch::Line:
        painter.fillRect(box.left(), middle - 1, box.width(), 3, colour);
        break;
    case Swatch::ThinLine:
        painter.fillRect(box.left(), middle, box.width(), 1, colour);
        break;
    case Swatch::Dashes:
        for (int i = 0; i < 3; ++i)
            painter.fillRect(box.left() + i * 7, middle - 1, 4, 2, colour);
        break;
    }
}

void LegendButton::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    if (underMouse() && isEnabled()) {
        QColor hover = m_colours.text;
        hover.setAlpha(18);
        painter.fillRect(rect(), hover);
    }
    paintSwatch(painter);
    const bool isOn = isChecked() && isEnabled();
    painter.setPen(isOn ? m_colours.text : m_colours.mutedText);
    const int left = margin + swatchWidth + margin;
    const QRect textRect(left, 0, width() - left, height());
    painter.drawText(textRect, Qt::AlignLeft | Qt::AlignVCenter, m_entry.name);
    if (!m_entry.note.isEmpty()) {
        QFont italic = font();
        italic.setItalic(true);
        painter.setFont(italic);
        const int shift = fontMetrics().horizontalAdvance(m_entry.name % QStringLiteral("  "));
        painter.drawText(textRect.adjusted(shift, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, m_entry.note);
    }
    if (hasFocus()) {
        painter.setPen(QPen(m_colours.axis, 0, Qt::DotLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
}

void LegendButton::mouseDoubleClickEvent(QMouseEvent* event)
{
    event->accept();
    if (isEnabled())
        Q_EMIT isolated();
}

ChartLegend::ChartLegend(QWidget* parent)
    : QWidget(parent)
    , m_colours(Palette::light())
{
}

void ChartLegend::setColours(const Palette& colours)
{
    m_colours = colours;
    for (LegendButton* button : m_buttons)
        button->setEntry(button->entry(), colours);
}

void ChartLegend::setEntries(const std::vector<LegendButton::Entry>& entries)
{
    while (m_buttons.size() < entries.size()) {
        const std::size_t index = m_buttons.size();
        auto* button = new LegendButton(this);
        m_buttons.push_back(button);
        m_shown.push_back(true);
        connect(button, &QAbstractButton::clicked, this, [this, index](bool checked) {
            m_shownBeforeClick = m_shown;
            setOneShown(index, checked);
            Q_EMIT shownChanged();
        });
        connect(button, &LegendButton::isolated, this, [this, index] { isolate(index); });
        button->show();
    }
    for (std::size_t i = 0; i < entries.size(); ++i)
        m_buttons[i]->setEntry(entries[i], m_colours);
    arrange(width(), false);
}

void ChartLegend::setOneShown(std::size_t entry, bool shown)
{
    m_shown[entry] = shown;
    m_buttons[entry]->setChecked(shown);
}

void ChartLegend::setShown(const std::vector<bool>& shown)
{
    for (std::size_t i = 0; i < std::min(shown.size(), m_shown.size()); ++i)
        setOneShown(i, shown[i]);
    Q_EMIT shownChanged();
}

/// A double-click arrives after a click that has toggled the entry. Isolating what is isolated shows everything.
void ChartLegend::isolate(std::size_t entry)
{
    const std::vector<bool>& before = m_shownBeforeClick.empty() ? m_shown : m_shownBeforeClick;
    const bool wasAlone = before[entry] && std::count(before.begin(), before.end(), true) == 1;
    for (std::size_t i = 0; i < m_shown.size(); ++i)
        setOneShown(i, wasAlone || i == entry);
    m_shownBeforeClick.clear();
    Q_EMIT shownChanged();
}

void ChartLegend::setOrientation(Qt::Orientation orientation)
{
    m_orientation = orientation;
    arrange(width(), false);
}

QSize ChartLegend::sizeHint() const
{
    int width = 0;
    for (const LegendButton* button : m_buttons)
        width = std::max(width, button->sizeHint().width());
    return {width + 2 * margin, arrange(width + 2 * margin, true)};
}

int ChartLegend::heightForWidth(int width) const { return arrange(width, true); }

int ChartLegend::arrange(int width, bool isDryRun) const
{
    int x = margin;
    int y = margin;
    int lineHeight = 0;
    for (std::size_t i = 0; i < m_buttons.size(); ++i) {
        const QSize size = m_buttons[i]->sizeHint();
        const bool isNewGroup = i > 0 && m_buttons[i]->entry().group != m_buttons[i - 1]->entry().group;
        if (i > 0 && (m_orientation == Qt::Vertical || x + size.width() > width - margin)) {
            x = margin;
            y += lineHeight + (m_orientation == Qt::Vertical && isNewGroup ? groupGap : 0);
        }
        lineHeight = size.height();
        if (!isDryRun)
            m_buttons[i]->setGeometry(x, y, m_orientation == Qt::Vertical ? width - 2 * margin : size.width(), size.height());
        x += size.width() + margin;
    }
    return y + lineHeight + margin;
}

void ChartLegend::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrange(width(), false);
}

void ChartLegend::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        arrange(width(), false);
}

} // namespace qlogscope
