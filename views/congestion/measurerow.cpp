// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/measurerow.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QStyle>
#include <QToolButton>

namespace qlogscope {

MeasureRow::MeasureRow(QWidget* parent)
    : QWidget(parent)
    , m_label(new QLabel(this))
{
    setObjectName(QStringLiteral("measureRow"));
    m_label->setWordWrap(true);
    m_label->setTextFormat(Qt::PlainText);
    m_label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    auto* copy = new QToolButton(this);
    copy->setText(tr("Copy"));
    copy->setToolTip(tr("Copy the figures"));
    auto* close = new QToolButton(this);
    close->setIcon(style()->standardIcon(QStyle::SP_TitleBarCloseButton));
    close->setToolTip(tr("Stop measuring (Esc)"));
    close->setAccessibleName(tr("Stop measuring"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(6, 2, 6, 2);
    layout->addWidget(m_label, 1);
    for (QToolButton* button : {copy, close}) {
        button->setAutoRaise(true);
        layout->addWidget(button);
    }
    connect(copy, &QToolButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(text()); });
    connect(close, &QToolButton::clicked, this, &MeasureRow::closed);
    hide();
}

void MeasureRow::setTexts(const QStringList& texts)
{
    m_label->setText(texts.join(QStringLiteral(" \u00b7 ")));
    setVisible(!texts.isEmpty());
}

QString MeasureRow::text() const { return m_label->text(); }

} // namespace qlogscope
