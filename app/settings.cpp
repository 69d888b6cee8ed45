// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/settings.h"

#include <QCoreApplication>
#include <QDir>

namespace qlogscope {

namespace {

const QLatin1String recentFilesKey("recentFiles");
const QLatin1String geometryKey("window/geometry");
const QLatin1String layoutKey("window/layout");
const QLatin1String qlogDirKey("live/directory");
const QLatin1String liveTableKey("live/table");
const QLatin1String viewKeys("views/"); // and the view's id
const QLatin1String themeKey("theme");
const QLatin1String lastDirectoryKey("lastDirectory");
const QLatin1String lastExportDirectoryKey("lastExportDirectory");
const QLatin1String filterHistoryKey("filter/history");
const QLatin1String findHistoryKey("find/history");
const QLatin1String filterHidingKey("filter/hides");

} // namespace

Settings::Settings()
    : m_store(QStringLiteral("Qlogscope"), QStringLiteral("Qlogscope"))
{
}

Settings::Settings(const QString& iniFile)
    : m_store(iniFile, QSettings::IniFormat)
{
}

QStringList Settings::recentFiles() const { return m_store.value(recentFilesKey).toStringList().mid(0, mostRecentFiles); }

void Settings::addRecentFile(const QString& path)
{
    QStringList files = recentFiles();
    files.removeAll(path);
    files.prepend(path);
    m_store.setValue(recentFilesKey, files.mid(0, mostRecentFiles));
}

void Settings::clearRecentFiles() { m_store.remove(recentFilesKey); }

QByteArray Settings::windowGeometry() const { return m_store.value(geometryKey).toByteArray(); }
void Settings::setWindowGeometry(const QByteArray& geometry) { m_store.setValue(geometryKey, geometry); }

QString Settings::lastQlogDir() const { return m_store.value(qlogDirKey).toString(); }
void Settings::setLastQlogDir(const QString& path) { m_store.setValue(qlogDirKey, path); }
QByteArray Settings::liveTable() const { return m_store.value(liveTableKey).toByteArray(); }
void Settings::setLiveTable(const QByteArray& state) { m_store.setValue(liveTableKey, state); }

QByteArray Settings::viewState(const QString& id) const { return m_store.value(viewKeys + id).toByteArray(); }
void Settings::setViewState(const QString& id, const QByteArray& state) { m_store.setValue(viewKeys + id, state); }

QByteArray Settings::windowLayout() const { return m_store.value(layoutKey).toByteArray(); }
void Settings::setWindowLayout(const QByteArray& layout) { m_store.setValue(layoutKey, layout); }

ThemeChoice Settings::theme() const
{
    const QString name = m_store.value(themeKey).toString();
    if (name == QLatin1String("light"))
        return ThemeChoice::Light;
    return name == QLatin1String("dark") ? ThemeChoice::Dark : ThemeChoice::System;
}

void Settings::setTheme(ThemeChoice theme)
{
    switch (theme) {
    case ThemeChoice::System:
        m_store.remove(themeKey);
        break;
    case ThemeChoice::Light:
        m_store.setValue(themeKey, QStringLiteral("light"));
        break;
    case ThemeChoice::Dark:
        m_store.setValue(themeKey, QStringLiteral("dark"));
        break;
    }
}

QStringList Settings::filterHistory() const { return m_store.value(filterHistoryKey).toStringList(); }
void Settings::setFilterHistory(const QStringList& history) { m_store.setValue(filterHistoryKey, history); }
QStringList Settings::findHistory() const { return m_store.value(findHistoryKey).toStringList(); }
void Settings::setFindHistory(const QStringList& history) { m_store.setValue(findHistoryKey, history); }

bool Settings::isFilterHiding() const { return m_store.value(filterHidingKey).toBool(); }
void Settings::setFilterHiding(bool isHiding) { m_store.setValue(filterHidingKey, isHiding); }

QString Settings::lastDirectory() const { return m_store.value(lastDirectoryKey).toString(); }
void Settings::setLastDirectory(const QString& path) { m_store.setValue(lastDirectoryKey, path); }

QString Settings::lastExportDirectory() const { return m_store.value(lastExportDirectoryKey, lastDirectory()).toString(); }
void Settings::setLastExportDirectory(const QString& path) { m_store.setValue(lastExportDirectoryKey, path); }

QString samplePath()
{
    QStringList candidates{QCoreApplication::applicationDirPath() + QStringLiteral("/../share/qlogscope/sample")};
#ifdef QLOGSCOPE_SOURCE_SAMPLE_DIR
    candidates << QStringLiteral(QLOGSCOPE_SOURCE_SAMPLE_DIR);
#endif
    for (const QString& candidate : candidates) {
        if (QDir(candidate).exists())
            return QDir::cleanPath(candidate);
    }
    return {};
}

QStringList sampleFiles()
{
    const QString folder = samplePath();
    if (folder.isEmpty())
        return {};
    QStringList files;
    for (const QString& name : QDir(folder).entryList({QStringLiteral("*_client.sqlog"), QStringLiteral("*_server.sqlog")}, QDir::Files, QDir::Name))
        files << folder + QLatin1Char('/') + name;
    return files;
}

} // namespace qlogscope
