// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/live/liveview.h"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QDateTime>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QToolButton>
#include <QtTest>

#include <algorithm>
#include <limits>
#include <memory>

using namespace qlogscope;

namespace {

constexpr qint64 second = 1'000;

qint64 nowMs()
{
    static const qint64 now = QDateTime::currentMSecsSinceEpoch();
    return now;
}

LiveFile file(std::uint32_t id, const std::string& name, LiveState state = LiveState::Active)
{
    LiveFile file;
    file.id = id;
    file.path = "/logs/" + name;
    file.state = state;
    file.appearedMs = nowMs() - 60 * second + id;
    file.lastGrowthMs = nowMs() - 2'400;
    return file;
}

/// One whose log has been read.
LiveFile readFile(std::uint32_t id, const std::string& name, const std::string& groupId, Role role, LiveState state = LiveState::Active)
{
    LiveFile read = file(id, name, state);
    read.size = read.read = 10'000;
    read.summary.events = 100;
    read.summary.packetsSent = 40 + id;
    read.summary.packetsReceived = 20;
    read.summary.bytesSent = 48'000;
    read.summary.bytesReceived = 1'500;
    read.summary.firstEventNs = 0;
    read.summary.lastEventNs = 1'500'000'000;
    read.summary.role = role;
    read.summary.groupId = groupId;
    read.summary.writer = "quiche";
    read.summary.traces = 1;
    return read;
}

QString cell(const QAbstractItemModel* model, int row, int column, int role = Qt::DisplayRole)
{
    return model->index(row, column).data(role).toString().replace(QChar(QChar::Nbsp), QLatin1Char(' '));
}

std::uint64_t rowsIn(const QSignalSpy& dataChanged)
{
    std::uint64_t rows = 0;
    for (const QList<QVariant>& each : dataChanged)
        rows += static_cast<std::uint64_t>(each[1].toModelIndex().row() - each[0].toModelIndex().row() + 1);
    return rows;
}

} // namespace

/// The live table: what its rows say, how they pair, sort, filter and wait, and which files it says are on screen.
class LiveViewTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_model = std::make_unique<LiveModel>();
        m_model->setNow(nowMs());
        m_proxy = std::make_unique<LiveProxy>(m_model.get());
        m_modelTester = std::make_unique<QAbstractItemModelTester>(m_model.get(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        m_proxyTester = std::make_unique<QAbstractItemModelTester>(m_proxy.get(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    }
    void cleanup()
    {
        m_proxyTester.reset();
        m_modelTester.reset();
        m_proxy.reset();
        m_model.reset();
    }

    void whatIsNotLoggedIsNotZero()
    {
        LiveFile read = readFile(1, "one.sqlog", {}, Role::Unknown);
        read.summary.packetsSent = read.summary.packetsReceived = read.summary.bytesSent = read.summary.bytesReceived = 0;
        read.summary.writer.clear();
        apply({file(0, "unread.sqlog", LiveState::NotRead), read});
        const QString dash(QChar(0x2013));
        for (const int column : {LiveRow::PacketsColumn, LiveRow::BytesColumn, LiveRow::LossColumn, LiveRow::RttColumn,
                                 LiveRow::WindowColumn, LiveRow::RateColumn, LiveRow::RoleColumn, LiveRow::WriterColumn}) {
            QCOMPARE(cell(m_model.get(), 0, column), dash);
            QCOMPARE(cell(m_model.get(), 0, column, Qt::AccessibleTextRole), QStringLiteral("Not read yet"));
            QVERIFY(!cell(m_model.get(), 1, column, Qt::ToolTipRole).isEmpty());
            if (column != LiveRow::RateColumn)
                QCOMPARE(cell(m_model.get(), 1, column), QStringLiteral("not logged"));
        }
        QCOMPARE(cell(m_model.get(), 0, LiveRow::StateColumn), QStringLiteral("not read yet"));
    }

    void cellsSayTheFigures()
    {
        LiveFile each = readFile(0, "abc_client.sqlog", "aabb", Role::Client);
        each.summary.packetsLost = 2;
        each.summary.smoothedRttNs = 12'500'000;
        each.summary.congestionWindow = 14'520;
        each.summary.windows = {10'000, 14'520};
        each.summary.wallClockNs = (nowMs() - 24 * second) * 1'000'000;
        each.bytesPerSecond = 1'250'000;
        each.summary.peer = "192.0.2.1:443";
        each.summary.version = 1;
        each.size = 12'000;
        each.pending = 1'211;
        apply({each});
        const QStringList expected{QStringLiteral("active"),  QStringLiteral("abc_client.sqlog"), QStringLiteral("client"),
                                   QStringLiteral("192.0.2.1:443"), QStringLiteral("v1"),
                                   QStringLiteral("quiche"),  QStringLiteral("24 s ago"),         QStringLiteral("1.5 s"),
                                   QStringLiteral("↑40  ↓20"), QStringLiteral("↑48 kB  ↓1.5 kB"),  QStringLiteral("1.25 MB/s"),
                                   QStringLiteral("5.00 %"),  QStringLiteral("12.5 ms"),          QStringLiteral("14.52 kB"),
                                   QStringLiteral("2.4 s ago"), QStringLiteral("2 kB")};
        QStringList said;
        for (int column = 0; column < LiveRow::ColumnCount; ++column)
            said << cell(m_model.get(), 0, column);
        QCOMPARE(said, expected);
        const QString unread = cell(m_model.get(), 0, LiveRow::UnreadColumn, Qt::ToolTipRole);
        QVERIFY(unread.contains(QStringLiteral("holds back 1,211 bytes")));
        QVERIFY(unread.contains(QStringLiteral("789 bytes on disk are not read yet")));
        QVERIFY(cell(m_model.get(), 0, LiveRow::FileColumn, Qt::ToolTipRole).startsWith(QStringLiteral("/logs/abc_client.sqlog\n")));
        const QVariant windows = m_model->index(0, LiveRow::WindowColumn).data(LiveModel::WindowsRole);
        QCOMPARE(windows.value<QList<double>>(), (QList<double>{10'000, 14'520}));
        QCOMPARE(cell(m_model.get(), 0, LiveRow::PacketsColumn, Qt::AccessibleTextRole), QStringLiteral("40 packets sent, 20 received"));
    }

    void statesAreWords()
    {
        std::vector<LiveFile> files;
        for (int i = 0; i <= static_cast<int>(LiveState::NotQlog); ++i)
            files.push_back(file(static_cast<std::uint32_t>(i), "f" + std::to_string(i), static_cast<LiveState>(i)));
        files[static_cast<std::size_t>(LiveState::Closed)].detail = "NO_ERROR";
        files[static_cast<std::size_t>(LiveState::Unreadable)].detail = "permission denied";
        apply(files);
        QStringList words;
        for (int i = 0; i < m_model->rowCount(); ++i)
            words << cell(m_model.get(), i, LiveRow::StateColumn);
        QCOMPARE(words.join(QLatin1String(", ")),
                 QStringLiteral("not read yet, waiting for a header, handshaking, active, stalled, idle, closed: NO_ERROR, gone, "
                                "unreadable: permission denied, no qlog"));
    }

    void errorsAreToldByColourToo()
    {
        LiveFile good = readFile(0, "a", {}, Role::Client, LiveState::Closed);
        good.summary.close = CloseFact{};
        good.summary.close->code = 0;
        LiveFile bad = readFile(1, "b", {}, Role::Client, LiveState::Closed);
        bad.summary.close = good.summary.close;
        bad.summary.close->code = 7;
        apply({good, bad});
        QVERIFY(!m_model->row(0).isClosedWithError());
        QVERIFY(m_model->row(1).isClosedWithError());
        QVERIFY(!m_model->index(0, LiveRow::StateColumn).data(Qt::ForegroundRole).isValid());
        QVERIFY(m_model->index(1, LiveRow::StateColumn).data(Qt::ForegroundRole).isValid());
    }

    void extremesDoNotOverflow()
    {
        LiveFile each = readFile(0, "x", {}, Role::Unknown);
        each.appearedMs = each.lastGrowthMs = std::numeric_limits<std::int64_t>::max() / 2;
        each.summary.firstEventNs = std::numeric_limits<std::int64_t>::min();
        each.summary.lastEventNs = std::numeric_limits<std::int64_t>::max();
        each.summary.wallClockNs = std::numeric_limits<std::int64_t>::min();
        each.summary.congestionWindow = -1;
        each.summary.windows = {-1, 5};
        each.read = std::numeric_limits<std::uint64_t>::max() / 2;
        apply({each});
        for (int column = 0; column < LiveRow::ColumnCount; ++column)
            QVERIFY(!cell(m_model.get(), 0, column).isEmpty());
        QCOMPARE(cell(m_model.get(), 0, LiveRow::UnreadColumn), QStringLiteral("0 B"));
    }

    void pairsByGroupId()
    {
        LiveFile client = readFile(0, "one.sqlog", "aabb", Role::Client, LiveState::Closed);
        LiveFile server = readFile(1, "two.sqlog", "aabb", Role::Server);
        server.summary.packetsSent = 99;
        apply({client, server});
        QCOMPARE(m_model->rowCount(), 1);
        QCOMPARE(cell(m_model.get(), 0, LiveRow::RoleColumn), QStringLiteral("client + server"));
        QCOMPARE(cell(m_model.get(), 0, LiveRow::StateColumn), QStringLiteral("active"));
        QVERIFY(cell(m_model.get(), 0, LiveRow::PacketsColumn).startsWith(QStringLiteral("↑40")));
        QVERIFY(cell(m_model.get(), 0, LiveRow::PacketsColumn, Qt::ToolTipRole).contains(QStringLiteral("99 packets sent")));
        QVERIFY(cell(m_model.get(), 0, LiveRow::StateColumn, Qt::ToolTipRole).contains(QStringLiteral("client's log, one.sqlog: closed")));
        QCOMPARE(m_model->fileIds(0), (std::vector<std::uint32_t>{0, 1}));

        client.summary = {}; // an empty client's log: the server's figures
        client.summary.role = Role::Client;
        client.summary.groupId = "aabb";
        apply({client});
        QCOMPARE(m_model->rowCount(), 1);
        QVERIFY(cell(m_model.get(), 0, LiveRow::PacketsColumn).startsWith(QStringLiteral("↑99")));
    }

    void pairsByNameUntilTheIdsContradict()
    {
        apply({file(0, "abc_server.sqlog", LiveState::NotRead), file(1, "abc_client.sqlog", LiveState::NotRead),
               file(2, "other_client.sqlog", LiveState::NotRead)});
        QCOMPARE(m_model->rowCount(), 2);
        QCOMPARE(cell(m_model.get(), 0, LiveRow::FileColumn), QStringLiteral("abc"));
        QCOMPARE(m_model->fileIds(0), (std::vector<std::uint32_t>{1, 0}));
        apply({readFile(0, "abc_server.sqlog", "01", Role::Server)});
        QCOMPARE(m_model->rowCount(), 2);
        apply({readFile(1, "abc_client.sqlog", "02", Role::Client)});
        QCOMPARE(m_model->rowCount(), 3);
        apply({readFile(2, "other_client.sqlog", "01", Role::Client)}); // a later id joins
        QCOMPARE(m_model->rowCount(), 2);
        QCOMPARE(m_model->fileIds(0), (std::vector<std::uint32_t>{2, 0}));
        QCOMPARE(m_model->fileIds(1), (std::vector<std::uint32_t>{1}));
    }

    void anIdIsStrongerThanAName()
    {
        apply({file(0, "abc_server.sqlog", LiveState::NotRead), readFile(1, "abc_client.sqlog", "aa", Role::Client)});
        QCOMPARE(m_model->rowCount(), 1);
        apply({readFile(2, "zzz.sqlog", "aa", Role::Server)});
        QCOMPARE(m_model->rowCount(), 2);
        QVERIFY(m_model->fileIds(0) == (std::vector<std::uint32_t>{1, 2}) || m_model->fileIds(1) == (std::vector<std::uint32_t>{1, 2}));
    }

    void theSameRoleOrAThirdIsNoPair()
    {
        apply({readFile(0, "a.sqlog", "aa", Role::Client), readFile(1, "b.sqlog", "aa", Role::Client)});
        QCOMPARE(m_model->rowCount(), 2);
        apply({readFile(2, "c.sqlog", "bb", Role::Client), readFile(3, "d.sqlog", "bb", Role::Server)});
        QCOMPARE(m_model->rowCount(), 3);
        apply({readFile(4, "e.sqlog", "bb", Role::Server)}); // which of the two is it?
        QCOMPARE(m_model->rowCount(), 5);
        apply({readFile(4, "e.sqlog", "cc", Role::Server)});
        QCOMPARE(m_model->rowCount(), 4);
        LiveFile many = readFile(3, "d.sqlog", "bb", Role::Server);
        many.summary.traces = 7;
        apply({many});
        QCOMPARE(m_model->rowCount(), 5);
        QStringList roles;
        for (int row = 0; row < m_model->rowCount(); ++row)
            roles << cell(m_model.get(), row, LiveRow::RoleColumn);
        QVERIFY(roles.contains(QStringLiteral("server, 7 traces")));
    }

    void pairingAtRandomKeepsEveryFileOnce()
    {
        std::uint32_t seed = 12'345;
        const auto random = [&seed](std::uint32_t below) {
            seed = seed * 1'664'525 + 1'013'904'223;
            return (seed >> 8) % below;
        };
        constexpr std::uint32_t fileCount = 40;
        for (int round = 0; round < 300; ++round) {
            std::vector<LiveFile> changed;
            for (std::uint32_t i = 0; i < 1 + random(6); ++i) {
                const std::uint32_t id = random(fileCount);
                const std::string side = id % 2 == 0 ? "_client" : "_server";
                const std::string name = "c" + std::to_string(id % 9) + side + (id > 20 ? "1" : "") + ".sqlog";
                changed.push_back(readFile(id, name, random(2) == 0 ? "" : std::to_string(random(8)),
                                           random(3) == 0 ? Role::Unknown : random(2) == 0 ? Role::Client : Role::Server));
            }
            apply(changed);
            std::vector<std::uint32_t> ids;
            for (int row = 0; row < m_model->rowCount(); ++row) {
                const std::vector<std::uint32_t> ofRow = m_model->fileIds(row);
                ids.insert(ids.end(), ofRow.begin(), ofRow.end());
            }
            std::sort(ids.begin(), ids.end());
            QVERIFY(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
            QCOMPARE(m_proxy->rowCount(), m_model->rowCount());
            m_seenIds.insert(m_seenIds.end(), ids.begin(), ids.end());
            std::sort(m_seenIds.begin(), m_seenIds.end());
            m_seenIds.erase(std::unique(m_seenIds.begin(), m_seenIds.end()), m_seenIds.end());
            QCOMPARE(ids, m_seenIds); // none is lost
        }
    }

    void rolesSayWhereTheyAreFrom()
    {
        LiveFile endpoint = readFile(0, "transport.sqlog", {}, Role::Transport);
        endpoint.summary.isEndpoint = true;
        LiveFile inferred = readFile(1, "x.sqlog", {}, Role::Server);
        inferred.summary.isRoleInferred = true;
        apply({endpoint, inferred, file(2, "y_client.sqlog", LiveState::NotRead)});
        QCOMPARE(cell(m_model.get(), 0, LiveRow::RoleColumn), QStringLiteral("endpoint"));
        QCOMPARE(cell(m_model.get(), 1, LiveRow::RoleColumn), QStringLiteral("server (inferred)"));
        QCOMPARE(cell(m_model.get(), 2, LiveRow::RoleColumn), QStringLiteral("client (inferred)"));
        const LiveCounts counts = m_model->counts();
        QCOMPARE(counts.connections, std::size_t{2});
        QCOMPARE(counts.endpoints, std::size_t{1});
    }

    void newestFirstAndByAnyColumn()
    {
        std::vector<LiveFile> files;
        for (std::uint32_t i = 0; i < 5; ++i)
            files.push_back(readFile(i, "f" + std::to_string((i * 3) % 5), {}, Role::Client));
        files[2].summary.smoothedRttNs = 7;
        apply(files);
        QCOMPARE(cell(m_proxy.get(), 0, LiveRow::FileColumn), QStringLiteral("f2")); // id 4
        for (int column = 0; column < LiveRow::ColumnCount; ++column) {
            for (const Qt::SortOrder order : {Qt::AscendingOrder, Qt::DescendingOrder}) {
                m_proxy->sort(column, order);
                for (int row = 1; row < m_proxy->rowCount(); ++row) {
                    const QVariant upper = m_proxy->index(row - 1, column).data(LiveModel::SortRole);
                    const QVariant lower = m_proxy->index(row, column).data(LiveModel::SortRole);
                    const auto compared = QVariant::compare(upper, lower);
                    QVERIFY(compared != (order == Qt::AscendingOrder ? QPartialOrdering::Greater : QPartialOrdering::Less));
                }
            }
        }
        m_proxy->sort(LiveRow::RttColumn, Qt::AscendingOrder);
        QCOMPARE(cell(m_proxy.get(), 4, LiveRow::RttColumn), QStringLiteral("7 ns"));
        m_proxy->sort(LiveRow::PacketsColumn, Qt::DescendingOrder);
        files[0].summary.packetsSent = 2'921'345;
        apply({files[0]});
        QCOMPARE(cell(m_proxy.get(), 0, LiveRow::FileColumn), QStringLiteral("f0"));
        QCOMPARE(cell(m_proxy.get(), 0, LiveRow::PacketsColumn), QStringLiteral("↑2.92 M  ↓20"));
    }

    void filters()
    {
        LiveFile closed = readFile(1, "beta.sqlog", "cafe", Role::Server, LiveState::Closed);
        closed.summary.writer = "quic-go";
        apply({readFile(0, "alpha.sqlog", "beef", Role::Client), closed, file(2, "gamma.sqlog", LiveState::NotRead)});
        const auto shown = [&](const QString& text) {
            m_proxy->setFilterText(text);
            QStringList names;
            for (int row = 0; row < m_proxy->rowCount(); ++row)
                names << cell(m_proxy.get(), row, LiveRow::FileColumn);
            names.sort();
            return names.join(QLatin1Char(' '));
        };
        QCOMPARE(shown({}), QStringLiteral("alpha.sqlog beta.sqlog gamma.sqlog"));
        QCOMPARE(shown(QStringLiteral("ALPHA")), QStringLiteral("alpha.sqlog"));
        QCOMPARE(shown(QStringLiteral("server")), QStringLiteral("beta.sqlog"));
        QCOMPARE(shown(QStringLiteral("quic-go  closed")), QStringLiteral("beta.sqlog"));
        QCOMPARE(shown(QStringLiteral("quic-go active")), QString());
        QCOMPARE(shown(QStringLiteral("beef")), QStringLiteral("alpha.sqlog"));
        QCOMPARE(shown(QStringLiteral("not read")), QStringLiteral("gamma.sqlog"));
        QCOMPARE(shown(QStringLiteral("logs")), QString()); // the folder is the same for all
        shown({});
        m_proxy->setRestHidden(true);
        QCOMPARE(m_proxy->rowCount(), 1);
        apply({file(2, "gamma.sqlog")}); // it grew
        QCOMPARE(m_proxy->rowCount(), 2);
    }

    void announcesAtMostFourTimesASecond()
    {
        QSignalSpy announced(m_model.get(), &LiveModel::announced);
        m_model->update({file(0, "a")});
        QCOMPARE(announced.count(), 1);
        for (std::uint32_t i = 0; i < 50; ++i)
            m_model->update({file(i % 5, "a" + std::to_string(i % 5))});
        QCOMPARE(announced.count(), 1);
        QCOMPARE(m_model->waitingCount(), std::size_t{5});
        QTRY_COMPARE(announced.count(), 2);
        QCOMPARE(m_model->rowCount(), 5);
        QCOMPARE(m_model->waitingCount(), std::size_t{0});
    }

    void pauseKeepsTheTable()
    {
        apply({readFile(0, "a", {}, Role::Client)});
        m_model->setPaused(true);
        QSignalSpy changes(m_model.get(), &QAbstractItemModel::dataChanged);
        QSignalSpy inserts(m_model.get(), &QAbstractItemModel::rowsInserted);
        LiveFile grown = readFile(0, "a", {}, Role::Client);
        grown.summary.packetsSent = 77;
        m_model->update({grown});
        m_model->update({grown, file(1, "b")});
        m_model->setNow(nowMs() + 5 * second);
        QCOMPARE(m_model->waitingCount(), std::size_t{2});
        QVERIFY(changes.isEmpty() && inserts.isEmpty());
        QVERIFY(cell(m_model.get(), 0, LiveRow::PacketsColumn).startsWith(QStringLiteral("↑40")));
        m_model->setPaused(false);
        QCOMPARE(m_model->rowCount(), 2);
        QVERIFY(cell(m_model.get(), 0, LiveRow::PacketsColumn).startsWith(QStringLiteral("↑77")));
    }

    void frozenRowsStay()
    {
        std::vector<LiveFile> files;
        for (std::uint32_t i = 0; i < 3; ++i)
            files.push_back(readFile(i, std::string(1, static_cast<char>('a' + i)), {}, Role::Client));
        apply(files);
        m_proxy->sort(LiveRow::PacketsColumn, Qt::DescendingOrder);
        QCOMPARE(cell(m_proxy.get(), 0, LiveRow::FileColumn), QStringLiteral("c"));
        m_proxy->setFrozen(true);
        files[0].summary.packetsSent = 1'000;
        LiveFile late = readFile(3, "d", {}, Role::Client);
        late.summary.packetsSent = 2'000;
        apply({files[0], late});
        const auto names = [&] {
            QString text;
            for (int row = 0; row < m_proxy->rowCount(); ++row)
                text += cell(m_proxy.get(), row, LiveRow::FileColumn);
            return text;
        };
        QCOMPARE(names(), QStringLiteral("cbad"));
        QVERIFY(cell(m_proxy.get(), 2, LiveRow::PacketsColumn).startsWith(QStringLiteral("↑1,000")));
        m_proxy->setFrozen(false);
        QCOMPARE(names(), QStringLiteral("dacb"));
    }

    void marksWhatAppeared()
    {
        m_model->clear();
        LiveFile late = file(1, "late");
        late.appearedMs = nowMs() + 1;
        apply({file(0, "early"), late});
        QCOMPARE(cell(m_model.get(), 0, LiveRow::FileColumn), QStringLiteral("early"));
        QCOMPARE(cell(m_model.get(), 1, LiveRow::FileColumn), QStringLiteral("late (new)"));
        QVERIFY(m_model->index(1, 0).data(Qt::FontRole).value<QFont>().bold());
        QCOMPARE(m_model->counts().unseen, std::size_t{1});
        m_model->markAllSeen();
        apply({late}); // growth is no appearance
        QCOMPARE(cell(m_model.get(), 1, LiveRow::FileColumn), QStringLiteral("late"));
        QVERIFY(!m_model->index(1, 0).data(Qt::FontRole).isValid());
    }

    void agesTouchOnlyTheirColumns()
    {
        LiveFile old = file(1, "old", LiveState::Idle);
        old.appearedMs = old.lastGrowthMs = nowMs() - 50 * 60 * second - 30 * second;
        LiveFile young = file(0, "young");
        young.appearedMs = nowMs() - 20 * second;
        apply({young, old});
        QSignalSpy changes(m_model.get(), &QAbstractItemModel::dataChanged);
        m_model->setNow(nowMs() + second);
        QCOMPARE(changes.count(), 2); // the young one's, in two columns
        for (const QList<QVariant>& each : changes) {
            const auto from = each[0].toModelIndex();
            QCOMPARE(from.row(), 0);
            QCOMPARE(each[1].toModelIndex(), from);
            QVERIFY(from.column() == LiveRow::StartedColumn || from.column() == LiveRow::GrowthColumn);
        }
        QCOMPARE(cell(m_model.get(), 0, LiveRow::GrowthColumn), QStringLiteral("3.4 s ago"));
    }

    void tenThousandRowsChangeAlone()
    {
        m_modelTester.reset(); // they look at every row after every signal
        m_proxyTester.reset();
        constexpr std::uint32_t count = 10'000;
        std::vector<LiveFile> files;
        for (std::uint32_t i = 0; i < count; ++i)
            files.push_back(readFile(i, "f" + std::to_string(i) + "_server.sqlog", {}, Role::Server, LiveState::Idle));
        QSignalSpy inserts(m_model.get(), &QAbstractItemModel::rowsInserted);
        QSignalSpy resets(m_model.get(), &QAbstractItemModel::modelReset);
        QSignalSpy proxyResets(m_proxy.get(), &QAbstractItemModel::modelReset);
        QSignalSpy changes(m_model.get(), &QAbstractItemModel::dataChanged);
        apply(files);
        QCOMPARE(m_proxy->rowCount(), static_cast<int>(count));
        QCOMPARE(inserts.count(), 1);
        QCOMPARE(changes.count(), 0);
        apply({files[17], files[18], files[5'000], files[9'999]});
        QCOMPARE(changes.count(), 3);
        QCOMPARE(rowsIn(changes), std::uint64_t{4});
        changes.clear();
        apply(files);
        QCOMPARE(changes.count(), 1);
        QCOMPARE(rowsIn(changes), std::uint64_t{count});
        // each finds its other side
        changes.clear();
        std::vector<LiveFile> clients;
        for (std::uint32_t i = 0; i < count; ++i)
            clients.push_back(readFile(count + i, "f" + std::to_string(i) + "_client.sqlog", {}, Role::Client));
        apply(clients);
        QCOMPARE(m_model->rowCount(), static_cast<int>(count));
        QCOMPARE(rowsIn(changes), std::uint64_t{count});
        QVERIFY(resets.isEmpty() && proxyResets.isEmpty());
    }

    void theViewOpensBothSides()
    {
        LiveView view;
        view.resize(900, 300);
        view.setFolder(QStringLiteral("/logs"));
        view.show();
        view.apply({file(0, "abc_server.sqlog"), file(1, "abc_client.sqlog")});
        auto* table = view.findChild<QTableView*>();
        QCOMPARE(table->model()->rowCount(), 1);
        QSignalSpy opened(&view, &LiveView::openRequested);
        table->selectRow(0);
        QTest::keyClick(table, Qt::Key_Return);
        QCOMPARE(opened.count(), 1);
        QCOMPARE(opened.front().front().toStringList().join(QLatin1Char(' ')),
                 QStringLiteral("/logs/abc_client.sqlog /logs/abc_server.sqlog"));
        Q_EMIT table->doubleClicked(table->model()->index(0, 3));
        QCOMPARE(opened.count(), 2);
    }

    void theViewSaysWhyItIsEmpty()
    {
        QTemporaryDir folder;
        LiveView view;
        view.resize(640, 400);
        view.show();
        const auto isSaid = [&](const QString& text) {
            return anyLabel(view, [&](const QString& label) { return label.contains(text); });
        };
        QVERIFY(isSaid(QStringLiteral("No directory is watched.")));
        view.setFolder(folder.path());
        QVERIFY(isSaid(QStringLiteral("No files as yet; they appear here by themselves")));
        view.setProblem(QStringLiteral("It may not be read."));
        QVERIFY(isSaid(QStringLiteral("It may not be read.")));
        view.apply({file(0, "one.sqlog", LiveState::Idle)});
        QVERIFY(view.findChild<QTableView*>()->isVisible());
        QVERIFY(isSaid(QStringLiteral("It may not be read."))); // above the table
        view.setProblem({});
        QVERIFY(!isSaid(QStringLiteral("It may not be read.")));
        view.findChild<QLineEdit*>()->setText(QStringLiteral("nothing like it"));
        QVERIFY(isSaid(QStringLiteral("No row has \"nothing like it\"")));
        QVERIFY(isSaid(QStringLiteral("0 of 1 rows shown")));
        view.findChild<QLineEdit*>()->clear();
        view.findChild<QCheckBox*>()->setChecked(true);
        QVERIFY(isSaid(QStringLiteral("at rest and hidden")));
    }

    void theViewCountsAndPauses()
    {
        LiveView view;
        view.resize(900, 300);
        view.setFolder(QStringLiteral("/"));
        view.show();
        view.apply({file(0, "a"), file(1, "b", LiveState::Stalled), file(2, "c", LiveState::Idle)});
        const auto isSaid = [&](const QString& text) {
            return anyLabel(view, [&](const QString& label) { return label == text; });
        };
        QVERIFY(isSaid(QStringLiteral("3 connections, 1 active, 1 stalled")));
        QToolButton* pause = button(view, QStringLiteral("Pause"));
        pause->click();
        QVERIFY(isSaid(QStringLiteral("paused")));
        view.apply({file(0, "a"), file(3, "d")});
        QVERIFY(isSaid(QStringLiteral("paused, 2 changed")));
        QCOMPARE(pause->text(), QStringLiteral("Resume"));
        pause->click();
        QVERIFY(isSaid(QStringLiteral("4 connections, 2 active, 1 stalled")));
        QSignalSpy detached(&view, &LiveView::detachRequested);
        button(view, QStringLiteral("Detach"))->click();
        QCOMPARE(detached.count(), 1);
    }

    void theViewTellsWhatIsOnScreen()
    {
        LiveView view;
        view.resize(900, 300);
        view.setFolder(QStringLiteral("/logs"));
        view.show();
        std::vector<std::uint32_t> ids;
        int count = 0;
        connect(&view, &LiveView::visibleFilesChanged, this, [&](const std::vector<std::uint32_t>& now) {
            ids = now;
            ++count;
        });
        std::vector<LiveFile> files;
        for (std::uint32_t i = 0; i < 500; ++i)
            files.push_back(file(i, "f" + std::to_string(i), LiveState::NotRead));
        view.apply(files);
        QTRY_VERIFY(!ids.empty());
        QCOMPARE(ids.front(), 499U);
        QVERIFY(ids.size() > 3 && ids.size() < 40);
        QCOMPARE(count, 1);
        auto* table = view.findChild<QTableView*>();
        const std::size_t perPage = ids.size();
        table->scrollToBottom();
        QTRY_COMPARE(ids.back(), 0U);
        table->sortByColumn(LiveRow::FileColumn, Qt::AscendingOrder);
        QTRY_COMPARE(ids.back(), 99U); // f99 is the last of the names
        view.findChild<QLineEdit*>()->setText(QStringLiteral("f123"));
        QTRY_COMPARE(ids, std::vector<std::uint32_t>{123});
        view.findChild<QLineEdit*>()->clear();
        QTRY_VERIFY(ids.size() + 1 >= perPage);
        view.resize(900, 600);
        QTRY_VERIFY(ids.size() > perPage + 3);
        view.findChild<QLineEdit*>()->setText(QStringLiteral("f123"));
        QTRY_COMPARE(ids, std::vector<std::uint32_t>{123});
        LiveFile known = readFile(123, "f123", "aa", Role::Client, LiveState::Closed);
        view.apply({known, readFile(900, "zzz", "aa", Role::Server, LiveState::Closed)}); // joins the row on screen
        QTRY_COMPARE(ids, (std::vector<std::uint32_t>{123, 900}));
        view.hide();
        QTRY_VERIFY(ids.empty());
        view.show();
        QTRY_VERIFY(!ids.empty());
    }

    void theViewRemembersItsColumns()
    {
        QByteArray state;
        {
            LiveView view;
            auto* table = view.findChild<QTableView*>();
            table->horizontalHeader()->resizeSection(LiveRow::FileColumn, 333);
            table->horizontalHeader()->moveSection(0, 3);
            table->sortByColumn(LiveRow::LossColumn, Qt::DescendingOrder);
            state = view.saveState();
        }
        LiveView view;
        auto* table = view.findChild<QTableView*>();
        QVERIFY(!view.restoreState("nonsense"));
        QVERIFY(!view.restoreState(state.left(state.size() / 2)));
        QCOMPARE(table->horizontalHeader()->sortIndicatorSection(), static_cast<int>(LiveRow::StartedColumn));
        QVERIFY(view.restoreState(state));
        QCOMPARE(table->columnWidth(LiveRow::FileColumn), 333);
        QCOMPARE(table->horizontalHeader()->visualIndex(0), 3);
        QCOMPARE(table->horizontalHeader()->sortIndicatorSection(), static_cast<int>(LiveRow::LossColumn));
        QCOMPARE(qobject_cast<QSortFilterProxyModel*>(table->model())->sortColumn(), static_cast<int>(LiveRow::LossColumn));
        QVERIFY(table->horizontalHeader()->sectionsMovable());
    }

private:
    void apply(const std::vector<LiveFile>& files)
    {
        m_model->setPaused(true);
        m_model->update(files);
        m_model->setPaused(false); // at once, whatever the pace
    }
    template <typename Predicate> static bool anyLabel(const QWidget& view, const Predicate& holds)
    {
        const QList<QLabel*> labels = view.findChildren<QLabel*>();
        return std::any_of(labels.begin(), labels.end(),
                           [&](const QLabel* label) { return label->isVisible() && holds(label->text()); });
    }
    static QToolButton* button(const QWidget& view, const QString& text)
    {
        for (QToolButton* each : view.findChildren<QToolButton*>()) {
            if (each->text() == text)
                return each;
        }
        return nullptr;
    }

    std::unique_ptr<LiveModel> m_model;
    std::unique_ptr<LiveProxy> m_proxy;
    std::unique_ptr<QAbstractItemModelTester> m_modelTester;
    std::unique_ptr<QAbstractItemModelTester> m_proxyTester;
    std::vector<std::uint32_t> m_seenIds;
};

QTEST_MAIN(LiveViewTest)
#include "liveviewtest.moc"
