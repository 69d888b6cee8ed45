// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/banner.h"

#include <QApplication>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QStyle>
#include <QToolButton>

namespace qlogscope {

namespace {
constexpr qsizetype mostShown = 3;
}

Banner::Banner(QWidget* parent)
    : QFrame(parent)
    , m_icon(new QLabel)
    , m_text(new QLabel)
    , m_close(new QToolButton)
{
    setFrameShape(QFrame::StyledPanel);
    setAutoFillBackground(true);
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::RichText);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_close->setAutoRaise(true);
    m_close->setText(QString(QChar(0x00d7)));
    m_close->setToolTip(tr("Dismiss"));
    m_close->setAccessibleName(tr("Dismiss"));
    const int iconSize = style()->pixelMetric(QStyle::PM_SmallIconSize);
    m_icon->setPixmap(style()->standardIcon(QStyle::SP_MessageBoxWarning).pixmap(iconSize));

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 4, 4, 4);
    layout->addWidget(m_icon, 0, Qt::AlignTop);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_close, 0, Qt::AlignTop);
    connect(m_close, &QToolButton::clicked, this, &Banner::clear);
    updateColors();
    hide();
}

void Banner::addMessage(const QString& file, const QString& sentence)
{
    const QString text = file.isEmpty() ? sentence.toHtmlEscaped()
                                        : QStringLiteral("<b>%1</b>: %2").arg(file.toHtmlEscaped(), sentence.toHtmlEscaped());
    m_messages.removeAll(text); // said again: it moves to the end
    m_messages << text;
    updateText();
    show();
}

void Banner::clear()
{
    m_messages.clear();
    hide();
}

void Banner::updateText()
{
    QStringList lines = m_messages.mid(std::max(qsizetype{0}, m_messages.size() - mostShown));
    if (lines.size() < m_messages.size())
        lines.prepend(tr("%1 earlier messages, and:").arg(m_messages.size() - lines.size()));
    m_text->setText(lines.join(QStringLiteral("<br>")));
    m_text->setToolTip(m_messages.join(QStringLiteral("<br>")));
}

void Banner::changeEvent(QEvent* event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        updateColors();
}

void Banner::updateColors()
{
    const bool isDark = QApplication::palette().color(QPalette::Window).lightness() < 128;
    const QColor background = isDark ? QColor(0x4a, 0x36, 0x10) : QColor(0xff, 0xf0, 0xcc);
    if (palette().color(QPalette::Window) == background) // setting it brings us here again
        return;
    QPalette colors = QApplication::palette();
    colors.setColor(QPalette::Window, background);
    colors.setColor(QPalette::WindowText, isDark ? QColor(0xff, 0xe9, 0xc0) : QColor(0x3a, 0x28, 0x00));
    setPalette(colors);
}

} // namespace qlogscope
