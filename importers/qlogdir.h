// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/connectionsummary.h"

#include <QFileSystemWatcher>
#include <QObject>
#include <QString>
#include <QTimer>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace qlogscope {

/// A watched directory: finds its files, reads those that grow or are asked for, all on one thread of its own, and tells what changed.
/// Only files directly in it; hidden ones are left out. The directory may be missing, appear and vanish. Lives in the thread that
/// its signals come to.
class QlogDir : public QObject
{
    Q_OBJECT
public:
    enum class AtRest : std::uint8_t {
        WhenWanted, ///< files that were there at the start are read when setWanted() names them, or when they grow
        Always,
    };
    explicit QlogDir(QString folder, AtRest atRest = AtRest::WhenWanted, QObject* parent = nullptr);
    /// Waits for the thread, at most for the piece of a file that it is reading.
    ~QlogDir() override;

    void start();
    /// Files at rest that are to be read: those whose rows are on the screen.
    void setWanted(const std::vector<std::uint32_t>& ids);
    [[nodiscard]] QString folder() const { return m_folder; }

Q_SIGNALS:
    /// Files that are new or changed, at most 20 times a second; the first time all that are there (maybe none).
    void filesChanged(const std::vector<qlogscope::LiveFile>& files);
    /// "does not exist yet", "Permission denied", ...; empty once it can be read.
    void folderChanged(const QString& problem);

private Q_SLOTS:
    void deliver();

private:
    struct Found {
        std::vector<LiveFile> files;
        bool hasFiles = false;
        QString problem;
        bool hasProblem = false;
    };
    class Watch;

    void run(const std::stop_token& stop);
    /// Any thread.
    void post(Found&& found);
    void watchFolder();

    QString m_folder;
    AtRest m_atRest;
    QFileSystemWatcher m_watcher;
    QTimer m_watchAgain; // while the directory cannot be watched
    std::mutex m_mutex; // of what follows, up to the thread
    std::condition_variable_any m_wakeUp;
    bool m_wasNotified = false;
    bool m_isNotified = false; // the directory is watched: a scan is a precaution
    std::vector<std::uint32_t> m_wanted;
    std::vector<Found> m_found;
    std::jthread m_thread;
};

} // namespace qlogscope
