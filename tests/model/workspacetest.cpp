// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/workspace.h"

#include <QPointer>
#include <QSignalSpy>
#include <QTest>

using namespace qlogscope;

/// What is open, with the traces of one connection together, and nobody left holding a closed document.
class WorkspaceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void groupsTracesOfOneConnection();
    void tracesWithoutGroupStayAlone();
    void addingIsAnnounced();
    void closingIsAnnouncedBeforeItHappens();
    void replacesInPlace();
    void closingAStrangerDoesNothing();
    void refsSayWhetherTheyAreValid();
};

namespace {

/// A document with one trace for each group id.
std::unique_ptr<Document> documentOf(const std::vector<std::string>& groupIds)
{
    auto document = std::make_unique<Document>("hand-made");
    EventBatch batch;
    for (const std::string& groupId : groupIds) {
        TraceChange change;
        change.trace = TraceId(batch.traces.size());
        change.header.groupId = groupId;
        batch.traces.push_back(change);
    }
    document->append(batch);
    return document;
}

} // namespace

void WorkspaceTest::groupsTracesOfOneConnection()
{
    Workspace workspace;
    QVERIFY(workspace.groups().empty());
    Document* client = workspace.add(documentOf({"aa", "bb"}));
    Document* server = workspace.add(documentOf({"cc", "aa"}));
    const std::vector<TraceGroup> groups = workspace.groups();
    QCOMPARE(groups.size(), std::size_t{3});
    QCOMPARE(groups[0].groupId, std::string("aa"));
    QCOMPARE(groups[0].members, (std::vector<TraceRef>{{client, TraceId(0U)}, {server, TraceId(1U)}}));
    QCOMPARE(groups[1].members, (std::vector<TraceRef>{{client, TraceId(1U)}}));
    QCOMPARE(groups[2].members, (std::vector<TraceRef>{{server, TraceId(0U)}}));
    QCOMPARE(groups[0].members[1].get().header().groupId, std::string("aa"));

    workspace.close(client);
    QCOMPARE(workspace.groups().size(), std::size_t{2});
    QCOMPARE(workspace.groups()[1].members, (std::vector<TraceRef>{{server, TraceId(1U)}}));
}

void WorkspaceTest::tracesWithoutGroupStayAlone()
{
    Workspace workspace;
    workspace.add(documentOf({"", ""}));
    workspace.add(documentOf({""}));
    const std::vector<TraceGroup> groups = workspace.groups();
    QCOMPARE(groups.size(), std::size_t{3});
    for (const TraceGroup& group : groups)
        QCOMPARE(group.members.size(), std::size_t{1});
}

void WorkspaceTest::addingIsAnnounced()
{
    Workspace workspace;
    QSignalSpy added(&workspace, &Workspace::documentAdded);
    Document* document = workspace.add(documentOf({"aa"}));
    QCOMPARE(added.count(), 1);
    QCOMPARE(added[0][0].value<Document*>(), document);
    QCOMPARE(workspace.documents().size(), std::size_t{1});
}

void WorkspaceTest::closingIsAnnouncedBeforeItHappens()
{
    Workspace workspace;
    const QPointer<Document> kept = workspace.add(documentOf({"aa"}));
    const QPointer<Document> closed = workspace.add(documentOf({"bb"}));
    std::vector<std::string> story;
    connect(&workspace, &Workspace::documentAboutToClose, this, [&](Document* document) {
        QCOMPARE(document, closed.data());
        story.push_back("about to close " + document->trace(TraceId(0U)).header().groupId);
    });
    connect(closed, &QObject::destroyed, this, [&] { story.emplace_back("destroyed"); });
    connect(&workspace, &Workspace::documentClosed, this,
            [&] { story.emplace_back(closed ? "closed too early" : "closed"); });
    workspace.close(closed);
    QCOMPARE(story, (std::vector<std::string>{"about to close bb", "destroyed", "closed"}));
    QVERIFY(closed.isNull());
    QVERIFY(!kept.isNull());
    QCOMPARE(workspace.documents().size(), std::size_t{1});
}

void WorkspaceTest::replacesInPlace()
{
    Workspace workspace;
    Document* first = workspace.add(documentOf({"aa"}));
    Document* second = workspace.add(documentOf({"bb"}));
    QStringList seen;
    connect(&workspace, &Workspace::documentAboutToClose, this, [&](Document* document) {
        seen << QStringLiteral("close %1").arg(document == first && document->traceCount() == 1);
    });
    connect(&workspace, &Workspace::documentAdded, this, [&](Document* document) {
        seen << QStringLiteral("add %1").arg(document == workspace.documents().front().get() && document->traceCount() == 0);
    });
    const std::string path = first->facts().path;
    Document* fresh = workspace.replace(first);
    QCOMPARE(seen, (QStringList{QStringLiteral("close 1"), QStringLiteral("add 1")}));
    QCOMPARE(workspace.documents().size(), std::size_t{2});
    QCOMPARE(workspace.documents()[0].get(), fresh);
    QCOMPARE(workspace.documents()[1].get(), second);
    QCOMPARE(fresh->facts().path, path);
}

void WorkspaceTest::closingAStrangerDoesNothing()
{
    Workspace workspace;
    workspace.add(documentOf({"aa"}));
    QSignalSpy aboutToClose(&workspace, &Workspace::documentAboutToClose);
    Document stranger("stranger");
    workspace.close(&stranger);
    workspace.close(nullptr);
    QCOMPARE(aboutToClose.count(), 0);
    QCOMPARE(workspace.documents().size(), std::size_t{1});
}

void WorkspaceTest::refsSayWhetherTheyAreValid()
{
    Document document("hand-made");
    QVERIFY(!TraceRef().isValid());
    QVERIFY(!(TraceRef{&document, {}}.isValid()));
    QVERIFY((TraceRef{&document, TraceId(0U)}.isValid()));
}

QTEST_GUILESS_MAIN(WorkspaceTest)
#include "workspacetest.moc"
