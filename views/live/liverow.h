// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/connectionsummary.h"

#include <QCoreApplication>
#include <QString>
#include <QStringList>

namespace qlogscope {

/// What a row of the live table says of one file, or of the logs of both sides of a connection. Looks at values only.
///
/// Of two files the figures are the client's, because it sees what its user sees (a whole page, the real round trip), unless
/// its log is empty so far and the server's is not. The state is that of the file with more life in it, the last growth that of
/// either.
class LiveRow
{
    Q_DECLARE_TR_FUNCTIONS(LiveRow)
public:
    enum Column {
        StateColumn,
        FileColumn,
        RoleColumn,
        PeerColumn,
        VersionColumn,
        WriterColumn,
        StartedColumn,
        DurationColumn,
        PacketsColumn,
        BytesColumn,
        RateColumn,
        LossColumn,
        RttColumn,
        WindowColumn,
        GrowthColumn,
        UnreadColumn,
        ColumnCount,
    };
    struct Cell {
        QString text;
        QString note; ///< what the text leaves out; may be empty
        bool isMuted = false; ///< says that there is nothing to say
    };

    /// @p server may be null; else @p file is the client's log of the same connection. Both must outlive the row.
    LiveRow(const LiveFile* file, const LiveFile* server, qint64 nowMs);

    [[nodiscard]] static QString title(int column);
    [[nodiscard]] static QString titleNote(int column);
    [[nodiscard]] Cell cell(int column) const;
    /// The cell in words for a screen reader, where it is not what is shown.
    [[nodiscard]] QString spokenText(int column) const;
    /// Several lines: what the cell leaves out, of both files.
    [[nodiscard]] QString toolTip(int column) const;

    /// Columns of words are sorted by cell(), the others by this; what is not known comes before 0.
    [[nodiscard]] static bool isWordColumn(int column);
    [[nodiscard]] double sortNumber(int column) const;

    [[nodiscard]] const LiveFile& main() const { return *m_main; }
    /// The other side's log; null if there is none.
    [[nodiscard]] const LiveFile* other() const { return m_other; }
    [[nodiscard]] LiveState state() const { return m_stateFile->state; }
    [[nodiscard]] bool isEndpoint() const { return m_main->summary.isEndpoint; }
    /// Nothing is being written into it, as far as one can tell.
    [[nodiscard]] bool isAtRest() const;
    /// The log says that the connection was closed with an error.
    [[nodiscard]] bool isClosedWithError() const;
    /// Every term is in a file's name, role, peer, writer, group id or state; in any case.
    [[nodiscard]] bool matches(const QStringList& terms) const;
    /// Changes when an age that the row shows changes its text.
    [[nodiscard]] std::int64_t ageStep(int column) const;

    /// As logged, else from packets, else from the file's name.
    [[nodiscard]] static Role roleOf(const LiveFile& file, Role named);
    /// "waiting for a header", "no qlog", ...
    [[nodiscard]] static QString stateText(LiveState state);

private:
    /// "2.4 s ago", "24 s ago", "5 min ago", ...
    [[nodiscard]] static QString ageText(std::int64_t ms);
    [[nodiscard]] bool isAnythingRead() const;
    [[nodiscard]] Cell nothing() const;
    [[nodiscard]] Cell notLogged(const QString& note) const;
    [[nodiscard]] Cell stateCell() const;
    [[nodiscard]] Cell fileCell() const;
    [[nodiscard]] Cell roleCell() const;
    [[nodiscard]] Cell ownRoleCell() const;
    [[nodiscard]] Cell peerCell() const;
    [[nodiscard]] Cell versionCell() const;
    [[nodiscard]] Cell writerCell() const;
    [[nodiscard]] Cell startedCell() const;
    [[nodiscard]] Cell durationCell() const;
    [[nodiscard]] Cell packetsCell() const;
    [[nodiscard]] Cell bytesCell() const;
    [[nodiscard]] Cell rateCell() const;
    [[nodiscard]] Cell lossCell() const;
    [[nodiscard]] Cell rttCell() const;
    [[nodiscard]] Cell windowCell() const;
    [[nodiscard]] Cell growthCell() const;
    [[nodiscard]] Cell unreadCell() const;
    /// Unix ms of the first event; none where the log does not say or its clock cannot be one.
    [[nodiscard]] std::optional<std::int64_t> loggedStartMs() const;
    /// Unix ms, of either file.
    [[nodiscard]] std::int64_t lastGrowthMs() const;
    [[nodiscard]] std::uint64_t unreadBytes() const;

    const LiveFile* m_main;
    const LiveFile* m_other;
    const LiveFile* m_stateFile;
    qint64 m_nowMs;
};

} // namespace qlogscope
