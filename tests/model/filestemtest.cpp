// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/filestem.h"

#include <QTest>

using namespace qlogscope;

/// What names of logs say, in the forms that real writers use.
class FileStemTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsNames_data();
    void readsNames();
    void tellsConnectionIds();
};

void FileStemTest::readsNames_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("folder");
    QTest::addColumn<QString>("connection");
    QTest::addColumn<QString>("role");
    QTest::addColumn<QString>("number");
    const auto row = [](const char* path, const char* folder, const char* connection, const char* role, const char* number = "") {
        QTest::newRow(path) << QString::fromLatin1(path) << QString::fromLatin1(folder) << QString::fromLatin1(connection)
                            << QString::fromLatin1(role) << QString::fromLatin1(number);
    };
    row("/logs/c0ffee0102030405_client.sqlog", "/logs", "c0ffee0102030405", "client"); // quic-go, OpenSSL, Go x/net
    row("/logs/c0ffee0102030405_server.sqlog.gz", "/logs", "c0ffee0102030405", "server");
    row("0102030405060708.server.qlog", "", "0102030405060708", "server"); // picoquic
    row("0102030405060708.a1b2.client.qlog", "", "0102030405060708.a1b2", "client");
    row("aabb.clnt.qlog", "", "aabb", "client"); // quant
    row("aabb.serv.qlog.zst", "", "aabb", "server");
    row("client-example.org-a1b2c3d4.sqlog", "", "example.org-a1b2c3d4", "client"); // neqo, quiche
    row("server-a1b2c3d4.sqlog", "", "a1b2c3d4", "server");
    row("0a0b_client_1770000000000.qlog", "", "0a0b", "client", "1770000000000"); // Erlang quic
    row("retry_client1.qlog", "", "retry", "client", "1");
    row("zerortt_server0.sqlog", "", "zerortt", "server", "0");
    row("20250426_client_success.qlog", "", "20250426_success", "client");
    row("openssl-client_picoquic-server_streams_client.sqlog.gz", "", "openssl-client_picoquic-server_streams", "client");
    row("UPPER_Client.SQLOG", "", "upper", "client");
    row("client.qlog", "", "", "client");
    row("clients.qlog", "", "", "unknown");
    row("myserver_a.qlog", "", "", "unknown");
    row("/a_server/trace.qlog", "/a_server", "", "unknown");
    row("", "", "", "unknown");
    row("/", "", "", "unknown");
}

void FileStemTest::readsNames()
{
    QFETCH(QString, path);
    const FileStem stem = fileStemOf(path.toStdString());
    QTEST(QString::fromStdString(stem.folder), "folder");
    QTEST(QString::fromStdString(stem.connection), "connection");
    QTEST(QString::fromLatin1(text(stem.role)), "role");
    QTEST(QString::fromStdString(stem.number), "number");
}

void FileStemTest::tellsConnectionIds()
{
    QVERIFY(fileStemOf("c0ffee01_client.sqlog").isConnectionId());
    QVERIFY(!fileStemOf("c0ffee_client.sqlog").isConnectionId()); // too short to be sure
    QVERIFY(!fileStemOf("retry12345_client.sqlog").isConnectionId());
}

QTEST_GUILESS_MAIN(FileStemTest)
#include "filestemtest.moc"
