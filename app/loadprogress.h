// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

class QLabel;
class QProgressBar;

namespace qlogscope {

class OpenFiles;

/// How far the loads are, with a way to stop them. Not there for loads that are over at once.
class LoadProgress : public QWidget
{
    Q_OBJECT
public:
    static constexpr int delayMs = 200;

    explicit LoadProgress(OpenFiles* files, QWidget* parent = nullptr);

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void onProgress();
    void showProgress();

    OpenFiles* m_files;
    QLabel* m_text;
    QProgressBar* m_bar;
    QTimer m_delay;
};

} // namespace qlogscope
