// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/filestem.h"
#include "views/live/liverow.h"

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>
#include <QTimer>

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace qlogscope {

/// What the live table counts: rows, not files.
struct LiveCounts {
    std::size_t connections = 0; ///< rows that are neither logs of an endpoint nor no qlog
    std::size_t handshaking = 0;
    std::size_t active = 0;
    std::size_t stalled = 0;
    std::size_t endpoints = 0;
    std::size_t notQlog = 0;
    std::size_t unseen = 0; ///< of all rows
    bool operator==(const LiveCounts&) const = default;
};

/// The files of a watched directory, a row a connection: a client's and a server's log with the same group id, else with the same
/// name but for the role, share a row (see LiveRow). Rows are in the order in which they appeared. What changes is announced at
/// most 4 times a second. UI thread.
class LiveModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    using Column = LiveRow::Column;
    enum Role {
        SortRole = Qt::UserRole, ///< what the column is sorted by: a double or a QString
        WindowsRole, ///< QList<double>: congestion windows for a sparkline, oldest first
        UnseenRole, ///< bool: appeared since all was marked as seen
    };

    explicit LiveModel(QObject* parent = nullptr);

    /// Takes the files that changed; those that are not mentioned are as before.
    void update(const std::vector<LiveFile>& changed);
    /// Forgets all files. What appears from now on is unseen.
    void clear();
    /// Unix ms: ages are told from here. Does nothing while paused.
    void setNow(qint64 unixMs);
    /// While paused the table stays as it is; what changes is kept for later.
    void setPaused(bool isPaused);
    [[nodiscard]] bool isPaused() const { return m_isPaused; }
    /// Files that changed and are not announced yet.
    [[nodiscard]] std::size_t waitingCount() const { return m_waiting.size(); }
    void markAllSeen();

    [[nodiscard]] LiveRow row(int row) const;
    /// One or two, the one with the row's figures first.
    [[nodiscard]] std::vector<std::uint32_t> fileIds(int row) const;
    [[nodiscard]] LiveCounts counts() const;
    /// For sorting, without a QVariant a cell.
    [[nodiscard]] bool isBefore(int left, int right, int column) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

Q_SIGNALS:
    /// Something waits to be announced, or no longer does.
    void waitingChanged();
    /// After all other signals of an announcement.
    void announced();

private:
    static constexpr std::uint32_t none = UINT32_MAX;
    /// Indexes are those of m_files.
    struct File {
        LiveFile file;
        FileStem stem;
        std::string_view side; // "c" or "s", see updateKeys()
        std::string groupKey; // of what could be its other side; empty: nothing
        std::string nameKey;
        std::uint32_t partner = none;
        int row = -1;
        bool isUnseen = false;
    };
    struct Row {
        std::uint32_t first = none; // the client, if there are two
        std::uint32_t second = none;
    };
    using Keys = std::unordered_map<std::string, std::vector<std::uint32_t>>;

    void announce();
    [[nodiscard]] std::vector<std::uint32_t> take(const std::unordered_map<std::uint32_t, LiveFile>& changed);
    void updateKeys(std::uint32_t index, std::vector<std::uint32_t>* affected);
    void changeKey(Keys* keys, std::string* key, std::string now, std::uint32_t index, std::vector<std::uint32_t>* affected);
    [[nodiscard]] std::uint32_t soleOther(const Keys& keys, const std::string& key, std::uint32_t index) const;
    [[nodiscard]] std::uint32_t groupPartner(std::uint32_t index) const;
    [[nodiscard]] std::uint32_t partnerOf(std::uint32_t index) const;
    void pairAnew(std::vector<std::uint32_t> affected, std::vector<std::uint32_t>* changed);
    [[nodiscard]] Row rowOf(std::uint32_t index) const;
    void removeRows(std::vector<int> rows);
    void appendRows();
    void announceRows(std::vector<int> rows);
    [[nodiscard]] bool isUnseen(int row) const;
    [[nodiscard]] QVariant foreground(const LiveRow& row, int column) const;

    std::deque<File> m_files;
    std::unordered_map<std::uint32_t, std::uint32_t> m_indexes; // by file id
    std::vector<Row> m_rows;
    Keys m_groups;
    Keys m_names;
    std::unordered_map<std::uint32_t, LiveFile> m_waiting; // by file id
    QTimer m_pace; // runs from an announcement until another may follow
    qint64 m_nowMs;
    qint64 m_beginMs; // what appeared before was there
    bool m_isPaused = false;
};

/// Sorts and filters the live table. UI thread.
class LiveProxy : public QSortFilterProxyModel
{
    Q_OBJECT
public:
    explicit LiveProxy(LiveModel* model, QObject* parent = nullptr);

    /// Words, all of which must be in a file's name, role, peer, writer, group id or state; in any case.
    void setFilterText(const QString& text);
    [[nodiscard]] bool hasFilter() const { return !m_terms.isEmpty() || m_isRestHidden; }
    void setRestHidden(bool isHidden);
    /// While frozen, rows stay where they are whatever their figures become, and new ones come last.
    void setFrozen(bool isFrozen);

protected:
    bool filterAcceptsRow(int sourceRow, const QModelIndex& sourceParent) const override;
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    LiveModel* m_model;
    QStringList m_terms;
    bool m_isRestHidden = false;
};

} // namespace qlogscope
