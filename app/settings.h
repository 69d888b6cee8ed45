// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/theme.h"

#include <QByteArray>
#include <QSettings>
#include <QStringList>

namespace qlogscope {

/// What is remembered from one start to the next. Passed by reference to who needs it; UI thread.
class Settings
{
public:
    static constexpr qsizetype mostRecentFiles = 10;

    /// Those of the user.
    Settings();
    /// Those of a file: for tests.
    explicit Settings(const QString& iniFile);

    [[nodiscard]] QStringList recentFiles() const;
    void addRecentFile(const QString& path);
    void clearRecentFiles();

    [[nodiscard]] QByteArray windowGeometry() const;
    void setWindowGeometry(const QByteArray& geometry);
    /// Places of docks and tool bars, as QMainWindow::saveState() has them.
    [[nodiscard]] QByteArray windowLayout() const;
    void setWindowLayout(const QByteArray& layout);

    [[nodiscard]] ThemeChoice theme() const;
    void setTheme(ThemeChoice theme);
    /// Filters and texts that were entered, newest first.
    [[nodiscard]] QStringList filterHistory() const;
    void setFilterHistory(const QStringList& history);
    [[nodiscard]] QStringList findHistory() const;
    void setFindHistory(const QStringList& history);
    /// What the filter does not select is hidden, not dimmed.
    [[nodiscard]] bool isFilterHiding() const;
    void setFilterHiding(bool isHiding);
    /// Where the file dialog opens.
    [[nodiscard]] QString lastDirectory() const;
    void setLastDirectory(const QString& path);

    /// Where the dialog for exports opens: where the last one went, else lastDirectory().
    [[nodiscard]] QString lastExportDirectory() const;
    void setLastExportDirectory(const QString& path);

    /// The directory that was watched last.
    [[nodiscard]] QString lastQlogDir() const;
    void setLastQlogDir(const QString& path);
    /// Columns of the live table, as LiveView::saveState() has them.
    [[nodiscard]] QByteArray liveTable() const;
    void setLiveTable(const QByteArray& state);
    /// Choices in a view, as its saveState() has them. @param id in the view registry
    [[nodiscard]] QByteArray viewState(const QString& id) const;
    void setViewState(const QString& id, const QByteArray& state);

private:
    QSettings m_store;
};

/// The folder with the sample traces: beside the installed program, else in the source tree. Empty if there is none.
[[nodiscard]] QString samplePath();
/// The client's and the server's log of the sample connection.
[[nodiscard]] QStringList sampleFiles();

} // namespace qlogscope
