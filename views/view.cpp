// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/view.h"

namespace qlogscope {

namespace {
constexpr int tickMs = 50;
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
        m_tick.start(tickMs);
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
    refresh();
}

void View::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (m_isDirty)
        m_tick.start(0);
}

} // namespace qlogscope
