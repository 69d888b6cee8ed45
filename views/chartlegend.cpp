// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/chartlegend.h"

#include <QMenu>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

namespace qlogscope {

namespace {

constexpr int margin = 4;
constexpr int swatchWidth = 18;
constexpr int groupGap = 10;


} // namespace

QColor inferredColour(const QColor& colour, const Palette& palette)
{
    constexpr double share = 0.35;
    const auto mixed = [](int a, int b) { return static_cast<int>(share * a + (1 - share) * b); };
    const QColor& behind = palette.background;
    return {mixed(colour.red(), behind.red()), mixed(colour.green(), behind.green()), mixed(colour.blue(), behind.blue())};
}

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
    setEnabled(entry.canToggle);
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
    case Swatch::HatchedBars:
        for (int i = 0; i < 3; ++i) {
            const QRect bar(box.left() + 2 + i * 5, box.bottom() - 6 - i * 3, 4, 7);
            painter.fillRect(bar, inferredColour(colour, m_colours));
            for (int y = bar.top(); y < bar.bottom(); y += 4)
                painter.fillRect(bar.left(), y, bar.width(), 2, colour);
        }
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
    case Swatch::Band:
        painter.fillRect(box.adjusted(0, 1, 0, -1), inferredColour(colour, m_colours));
        painter.fillRect(box.left(), box.bottom() - 2, box.width(), 2, colour);
        break;
    case Swatch::Sign:
        painter.save();
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(colour);
        painter.drawRoundedRect(QRectF(box).adjusted(4, 0, -4, 0), 3, 3);
        painter.restore();
        break;
    case Swatch::Triangle:
        painter.save();
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(colour);
        painter.drawPolygon(QPolygonF({QPointF(box.center().x() - 5, middle - 3), QPointF(box.center().x() + 5, middle - 3), QPointF(box.center().x(), middle + 4)}));
        painter.restore();
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
    paint(painter);
    if (hasFocus()) {
        painter.setPen(QPen(m_colours.axis, 0, Qt::DotLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
}

void LegendButton::paint(QPainter& painter) const
{
    painter.setFont(font());
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
}

void LegendButton::mouseDoubleClickEvent(QMouseEvent* event)
{
    event->accept();
    if (isEnabled())
        Q_EMIT isolated();
}

LegendTextButton::LegendTextButton(QWidget* parent)
    : QAbstractButton(parent)
    , m_colours(Palette::light())
{
    setFocusPolicy(Qt::TabFocus);
    setAttribute(Qt::WA_Hover);
}

void LegendTextButton::setColours(const Palette& colours)
{
    m_colours = colours;
    update();
}

QSize LegendTextButton::sizeHint() const
{
    return {fontMetrics().horizontalAdvance(text()) + 4 * margin, fontMetrics().height() + margin};
}

void LegendTextButton::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(hasFocus() ? m_colours.selection : m_colours.axis, 1));
    painter.setBrush(underMouse() ? m_colours.grid : m_colours.background);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
    painter.setPen(m_colours.text);
    painter.drawText(rect(), Qt::AlignCenter, text());
}

ChartLegend::ChartLegend(QWidget* parent)
    : QWidget(parent)
    , m_more(new LegendTextButton(this))
    , m_colours(Palette::light())
{
    m_more->setToolTip(tr("The other lines of the chart"));
    m_more->hide();
    connect(m_more, &QAbstractButton::clicked, this, &ChartLegend::openMenu);
}

void ChartLegend::setColours(const Palette& colours)
{
    m_colours = colours;
    m_more->setColours(colours);
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
    }
    for (std::size_t i = 0; i < entries.size(); ++i)
        m_buttons[i]->setEntry(entries[i], m_colours);
    arrangeNow();
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

bool ChartLegend::isListed(const Form& form, std::size_t entry) const
{
    return entry < m_buttons.size() && (entry >= form.listed.size() || form.listed[entry]);
}

void ChartLegend::paint(QPainter& painter) const
{
    for (const LegendButton* button : m_buttons) {
        if (button->isHidden())
            continue;
        painter.save();
        painter.translate(button->pos());
        button->paint(painter);
        painter.restore();
    }
    if (m_more->isHidden())
        return;
    painter.setFont(font());
    painter.setPen(m_colours.mutedText);
    painter.drawText(m_more->geometry(), Qt::AlignCenter, m_more->text());
}

void ChartLegend::setForm(const Form& form)
{
    if (form == m_form)
        return;
    m_form = form;
    arrangeNow();
}

int ChartLegend::widthOf(const Form& form) const
{
    int width = 0;
    for (std::size_t i = 0; i < m_buttons.size(); ++i) {
        if (isListed(form, i))
            width = std::max(width, m_buttons[i]->sizeHint().width());
    }
    return width + 2 * margin;
}

QSize ChartLegend::sizeHint() const
{
    const int width = widthOf(m_form);
    return {width, heightOf(m_form, width)};
}

void ChartLegend::arrangeNow()
{
    if (m_form.isSingleLine) {
        arrangeLine();
        return;
    }
    m_more->hide();
    for (std::size_t i = 0; i < m_buttons.size(); ++i)
        m_buttons[i]->setVisible(isListed(m_form, i));
    arrange(m_form, width(), false);
}

/// What can be switched comes first; the button at the end has the rest.
void ChartLegend::arrangeLine()
{
    std::vector<std::size_t> order;
    for (const bool canToggle : {true, false}) {
        for (std::size_t i = 0; i < m_buttons.size(); ++i) {
            if (isListed(m_form, i) && m_buttons[i]->entry().canToggle == canToggle)
                order.push_back(i);
        }
    }
    int needed = margin;
    for (const std::size_t i : order)
        needed += m_buttons[i]->sizeHint().width() + margin;
    m_more->setText(tr("+%1").arg(order.size()));
    const QSize moreSize = m_more->sizeHint();
    const int end = needed <= width() ? width() : width() - moreSize.width() - margin;
    int x = margin;
    std::size_t placed = 0;
    std::vector<bool> isPlaced(m_buttons.size());
    for (; placed < order.size(); ++placed) {
        LegendButton* button = m_buttons[order[placed]];
        const QSize size = button->sizeHint();
        if (x + size.width() + margin > end)
            break;
        button->setGeometry(x, margin, size.width(), size.height());
        isPlaced[order[placed]] = true;
        x += size.width() + margin;
    }
    for (std::size_t i = 0; i < m_buttons.size(); ++i)
        m_buttons[i]->setVisible(isPlaced[i]);
    m_more->setText(tr("+%1").arg(order.size() - placed));
    m_more->setGeometry(x, margin, moreSize.width(), moreSize.height());
    m_more->setVisible(placed < order.size());
}

void ChartLegend::openMenu()
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setToolTipsVisible(true);
    for (std::size_t i = 0; i < m_buttons.size(); ++i) {
        LegendButton* button = m_buttons[i];
        if (!isListed(m_form, i) || !button->isHidden())
            continue;
        const LegendButton::Entry& entry = button->entry();
        QAction* action = menu->addAction(entry.note.isEmpty() ? entry.name : tr("%1 (%2)").arg(entry.name, entry.note));
        action->setToolTip(entry.toolTip);
        action->setCheckable(true);
        action->setChecked(m_shown[i] && entry.canToggle);
        action->setEnabled(entry.canToggle);
        connect(action, &QAction::triggered, button, &QAbstractButton::click);
    }
    menu->popup(m_more->mapToGlobal(QPoint(0, -menu->sizeHint().height())));
}

int ChartLegend::arrange(const Form& form, int width, bool isDryRun) const
{
    int x = margin;
    int y = margin;
    int lineHeight = 0;
    const LegendButton* before = nullptr;
    for (std::size_t i = 0; i < m_buttons.size(); ++i) {
        if (!isListed(form, i))
            continue;
        const QSize size = m_buttons[i]->sizeHint();
        const bool isNewGroup = before != nullptr && m_buttons[i]->entry().group != before->entry().group;
        if (before != nullptr && !form.isSingleLine && (form.orientation == Qt::Vertical || x + size.width() > width - margin)) {
            x = margin;
            y += lineHeight + (form.orientation == Qt::Vertical && isNewGroup ? groupGap : 0);
        }
        before = m_buttons[i];
        lineHeight = size.height();
        if (!isDryRun)
            m_buttons[i]->setGeometry(x, y, form.orientation == Qt::Vertical ? width - 2 * margin : size.width(), size.height());
        x += size.width() + margin;
    }
    return y + lineHeight + margin;
}

void ChartLegend::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrangeNow();
}

void ChartLegend::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        arrangeNow();
}

} // namespace qlogscope
