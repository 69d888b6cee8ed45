// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/view.h"

#include <QElapsedTimer>

#include <algorithm>

namespace qlogscope {

namespace {
constexpr qint64 tickMs = 50;
constexpr qint64 longestTickMs = 1'000;
constexpr qint64 pauseFactor = 4; // refreshes take no more than a fifth of the time
}

View::View(const ViewServices& services, QWidget* parent)
    : QWidget(parent)
    , m_services(services)
{
    m_tick.setSingleShot(true);
    connect(&m_tick, &QTimer::timeout, this, &View::refreshNow);
}

void View::markDirty()
{
    m_isDirty = true;
    if (isVisible() && !m_tick.isActive())
        m_tick.start(static_cast<int>(std::clamp(pauseFactor * m_refreshMs, tickMs, longestTickMs)));
}

void View::refreshSoon()
{
    m_isDirty = true;
    if (isVisible())
        m_tick.start(0);
}

void View::refreshNow()
{
    if (!m_isDirty || !isVisible())
        return;
    m_isDirty = false;
    QElapsedTimer clock;
    clock.start();
    refresh();
    m_refreshMs = clock.elapsed();
}

void View::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (m_isDirty)
        m_tick.start(0);
}

} // namespace qlogscope
