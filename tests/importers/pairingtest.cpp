// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/filestem.h"
#include "model/workspace.h"
#include "tests/support/reading.h"

#include <QTest>

using namespace qlogscope;
using namespace qlogscope::testing;

/// Real traces find their other side: all of them are open at once, as a user does who drops a whole folder.
class PairingTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void realTracesFindTheirOtherSide();
};

namespace {

std::unique_ptr<Document> headersOf(const QString& path)
{
    auto document = std::make_unique<Document>(path.toStdString());
    TraceReader::Callbacks callbacks;
    callbacks.opened = [&](const ReadResult& soFar) { document->setFileFacts(soFar.facts); };
    callbacks.batch = [&](EventBatch&& batch) {
        EventBatch headers;
        headers.traces = std::move(batch.traces);
        document->append(headers);
    };
    callbacks.progress = [](std::uint64_t, std::uint64_t) {};
    [[maybe_unused]] const ReadResult result = TraceReader::read(path.toStdString(), callbacks);
    return document;
}

} // namespace

void PairingTest::realTracesFindTheirOtherSide()
{
    if (sharedTraces().isEmpty())
        QSKIP("the real traces are not beside the project (../shared/traces)");
    Workspace workspace;
    for (const QString& name : sharedTraceNames())
        workspace.add(headersOf(sharedTraces() + QStringLiteral("/dev/") + name)); // as a user drops a folder
    int pairs = 0;
    for (const TraceGroup& group : workspace.groups()) {
        std::vector<FileStem> stems;
        for (const TraceRef& member : group.members)
            stems.push_back(fileStemOf(member.document->facts().path));
        const QByteArray first = QByteArray::fromStdString(group.members.front().document->facts().path);
        if (group.members.size() == 1) { // its other side was not recorded, or is another attempt's
            const Role other = stems[0].role == Role::Client ? Role::Server : Role::Client;
            for (const QString& name : sharedTraceNames()) {
                const QString path = sharedTraces() + QStringLiteral("/dev/") + name;
                const FileStem stem = fileStemOf(path.toStdString());
                const bool isOtherSide = stem.folder == stems[0].folder && stem.connection == stems[0].connection && stem.role == other;
                const bool isFirstAttempt = first.endsWith("picoquic/retry_client.qlog");
                const bool isEmpty = name == QStringLiteral("openssl/alpn_fail_server.sqlog");
                QVERIFY2(!isOtherSide || isFirstAttempt || isEmpty, first.constData());
            }
            continue;
        }
        if (stems[0].role == Role::Unknown || group.members.size() != 2)
            continue; // one connection in several formats, or one id used by several simulations
        ++pairs;
        QVERIFY2(stems[0].folder == stems[1].folder, first.constData());
        QVERIFY2(stems[0].role != stems[1].role, first.constData());
    }
    QVERIFY(pairs >= 55);
    std::printf("%d pairs\n", pairs);
}

QTEST_GUILESS_MAIN(PairingTest)
#include "pairingtest.moc"
