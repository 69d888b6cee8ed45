// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/recordreader.h"
#include "views/viewcontext.h"

#include <QByteArray>
#include <QSize>
#include <QTimer>
#include <QWidget>

namespace qlogscope {

/// What a view is given when it is made.
struct ViewServices {
    ViewContext* context = nullptr;
    const RecordReader* records = nullptr;
};

/// Below this a view of lists or text shows nothing useful.
constexpr QSize smallestView(120, 64);

/// Base of all views: dirty while hidden, one refresh per tick however many changes come in. UI thread.
class View : public QWidget
{
    Q_OBJECT
public:
    explicit View(const ViewServices& services, QWidget* parent = nullptr);

    /// The user's choices, to be remembered; empty: there are none.
    [[nodiscard]] virtual QByteArray saveState() const { return {}; }
    /// False, and nothing changes, if it is not from saveState() of such a view.
    virtual bool restoreState(const QByteArray&) { return false; }

protected:
    /// Shows the state of model and context as they are now. Called only while the view is visible.
    virtual void refresh() = 0;
    /// Asks for a refresh at the next tick (at most 20 a second while data arrives, and less often where a refresh is long).
    void markDirty();
    /// Asks for a refresh in this round of the event loop: for what the user does with this view.
    void refreshSoon();

    void showEvent(QShowEvent* event) override;

    [[nodiscard]] ViewContext* context() const { return m_services.context; }
    [[nodiscard]] const ViewServices& services() const { return m_services; }

private:
    void refreshNow();

    ViewServices m_services;
    QTimer m_tick{this};
    qint64 m_refreshMs = 0; ///< of the last refresh
    bool m_isDirty = true;
};

} // namespace qlogscope
