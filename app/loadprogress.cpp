// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/loadprogress.h"

#include "app/openfiles.h"
#include "app/session.h"
#include "views/units.h"

#include <QApplication>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>

namespace qlogscope {

LoadProgress::LoadProgress(OpenFiles* files, QWidget* parent)
    : QWidget(parent)
    , m_files(files)
    , m_text(new QLabel)
    , m_bar(new QProgressBar)
{
    auto* cancel = new QToolButton;
    cancel->setText(tr("Cancel"));
    cancel->setToolTip(tr("Stop loading; what was read stays (Esc)"));
    m_text->setMinimumWidth(1); // a long name must not widen the window
    m_bar->setRange(0, 1000);
    m_bar->setTextVisible(false);
    m_bar->setFixedWidth(m_bar->fontMetrics().averageCharWidth() * 16);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_bar);
    layout->addWidget(cancel);
    hide();

    m_delay.setSingleShot(true);
    m_delay.setInterval(delayMs);
    connect(&m_delay, &QTimer::timeout, this, &LoadProgress::showProgress);
    connect(cancel, &QToolButton::clicked, m_files, &OpenFiles::cancel);
    connect(m_files, &OpenFiles::progressChanged, this, &LoadProgress::onProgress);
}

void LoadProgress::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    QCoreApplication::instance()->installEventFilter(this);
}

void LoadProgress::hideEvent(QHideEvent* event)
{
    QWidget::hideEvent(event);
    QCoreApplication::instance()->removeEventFilter(this);
}

void LoadProgress::onProgress()
{
    if (!m_files->isLoading()) {
        m_delay.stop();
        hide();
    } else if (isVisible()) {
        showProgress();
    } else if (!m_delay.isActive()) {
        m_delay.start();
    }
}

void LoadProgress::showProgress()
{
    const std::vector<const Session*> sessions = m_files->loading();
    if (sessions.empty())
        return;
    double read = 0;
    double size = 0;
    double fractions = 0;
    for (const Session* session : sessions) {
        const auto bytes = static_cast<double>(QFileInfo(session->path()).size());
        size += bytes;
        read += bytes * session->progress();
        fractions += session->progress();
    }
    const double fraction = size > 0 ? read / size : fractions / static_cast<double>(sessions.size());
    m_bar->setValue(static_cast<int>(fraction * 1000));
    const QString name = QFileInfo(sessions.front()->path()).fileName();
    const QString what = sessions.size() == 1 ? name : tr("%1 and %2 more").arg(name).arg(sessions.size() - 1);
    const QString bytes = size > 0
        ? tr(" %1 of %2").arg(bytesText(static_cast<std::uint64_t>(read)), bytesText(static_cast<std::uint64_t>(size)))
        : QString();
    m_text->setText(tr("Loading %1").arg(what) + bytes);
    show();
}

/// Esc stops the load wherever the focus is: charts and lists have their own use for it, and take it as a shortcut.
bool LoadProgress::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::KeyPress || !isVisible() || static_cast<QKeyEvent*>(event)->key() != Qt::Key_Escape)
        return false;
    const auto* widget = qobject_cast<QWidget*>(watched);
    if (widget == nullptr || widget->window() != window() || QApplication::activePopupWidget() != nullptr)
        return false;
    m_files->cancel();
    return true;
}

} // namespace qlogscope
