// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/startpage.h"

#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QUrl>
#include <QVBoxLayout>

namespace qlogscope {

namespace {

constexpr qsizetype mostListed = 5;

QLabel* centredLabel(const QString& text)
{
    auto* label = new QLabel(text);
    label->setAlignment(Qt::AlignCenter);
    label->setWordWrap(true);
    return label;
}

} // namespace

StartPage::StartPage(bool hasSample, const QString& qlogDir, QWidget* parent)
    : QWidget(parent)
    , m_recent(centredLabel({}))
{
    QLabel* title = centredLabel(tr("Open a qlog file to see what a QUIC connection did."));
    QFont large = title->font();
    large.setPointSizeF(large.pointSizeF() * 1.3);
    title->setFont(large);
    QLabel* hint = centredLabel(tr("Or drop files, or a directory to watch, here. Client and server logs of one connection go together when both are open.\n"
                                   "Wheel zooms, drag moves, a click selects a packet everywhere; ? lists the keys."));
    hint->setForegroundRole(QPalette::PlaceholderText);

    auto* open = new QPushButton(tr("Open…"));
    open->setToolTip(tr("Choose one or more qlog files (Ctrl+O)"));
    auto* sample = new QPushButton(tr("Open Sample"));
    sample->setToolTip(tr("The client's and the server's log of a small download"));
    sample->setVisible(hasSample);
    auto* watch = new QPushButton(qlogDir.isEmpty() ? tr("Watch a Directory…") : tr("Watch $QLOGDIR"));
    watch->setToolTip(qlogDir.isEmpty() ? tr("Choose a directory that a client or server writes logs to, and follow them (Ctrl+Shift+O)")
                                        : tr("Follow the logs in %1").arg(qlogDir));
    auto* buttons = new QHBoxLayout;
    buttons->addStretch();
    buttons->addWidget(open);
    buttons->addWidget(sample);
    buttons->addWidget(watch);
    buttons->addStretch();

    m_recent->setTextFormat(Qt::RichText);
    auto* layout = new QVBoxLayout(this);
    layout->addStretch(2);
    layout->addWidget(title);
    layout->addSpacing(8);
    layout->addLayout(buttons);
    layout->addSpacing(8);
    layout->addWidget(hint);
    layout->addSpacing(8);
    layout->addWidget(m_recent);
    layout->addStretch(3);

    connect(open, &QPushButton::clicked, this, &StartPage::openRequested);
    connect(sample, &QPushButton::clicked, this, &StartPage::sampleRequested);
    connect(watch, &QPushButton::clicked, this, [this, qlogDir] { Q_EMIT attachRequested(qlogDir); });
    connect(m_recent, &QLabel::linkActivated, this, [this](const QString& link) { Q_EMIT fileRequested(QUrl(link).toLocalFile()); });
}

void StartPage::setRecentFiles(const QStringList& paths)
{
    QStringList links;
    for (const QString& path : paths.mid(0, mostListed)) {
        const QString url = QUrl::fromLocalFile(path).toString(QUrl::FullyEncoded);
        links << QStringLiteral("<a href=\"%1\">%2</a>").arg(url.toHtmlEscaped(), QFileInfo(path).fileName().toHtmlEscaped());
    }
    m_recent->setVisible(!links.isEmpty());
    m_recent->setText(tr("Recent:") + QStringLiteral("<br>") + links.join(QStringLiteral("<br>")));
}

} // namespace qlogscope
