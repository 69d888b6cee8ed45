// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;

namespace qlogscope {

/// What the window shows while nothing is open: how to begin.
class StartPage : public QWidget
{
    Q_OBJECT
public:
    /// @param qlogDir $QLOGDIR; empty where it is not set
    StartPage(bool hasSample, const QString& qlogDir, QWidget* parent = nullptr);
    void setRecentFiles(const QStringList& paths);

Q_SIGNALS:
    void openRequested();
    void sampleRequested();
    /// Empty: the user is to choose.
    void attachRequested(const QString& folder);
    void fileRequested(const QString& path);

private:
    QLabel* m_recent;
};

} // namespace qlogscope
