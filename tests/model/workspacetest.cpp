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
    void pairsByFileName();
    void idsComeBeforeFileNames();
    void ambiguousNamesStayAlone();
    void namesPairOnlyInOneFolderOrWithAnId();
    void oneIdOfSeveralRunsIsToldApartByName();
    void pairsByHand();
    void whatWasSaidByHandSurvivesReload();
};

namespace {

/// A document with one trace for each group id.
std::unique_ptr<Document> documentOf(const std::vector<std::string>& groupIds, const char* path = "hand-made")
{
    auto document = std::make_unique<Document>(path);
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

TraceRef first(Document* document) { return {document, TraceId(0U)}; }

/// "a+b(how) c": the short names of each group's members.
std::string groupsText(const Workspace& workspace)
{
    constexpr const char* names[] = {"", "(id)", "(name)", "(hand)"};
    std::string text;
    for (const TraceGroup& group : workspace.groups()) {
        if (!text.empty())
            text += ' ';
        for (std::size_t i = 0; i < group.members.size(); ++i)
            text += (i > 0 ? "+" : "") + group.members[i].document->shortName();
        text += names[static_cast<std::size_t>(group.pairing)];
    }
    return text;
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

void WorkspaceTest::pairsByFileName()
{
    Workspace workspace;
    workspace.add(documentOf({"aa"}, "/logs/retry_client"));
    workspace.add(documentOf({""}, "/logs/other"));
    workspace.add(documentOf({"bb"}, "/logs/retry_server0"));
    QCOMPARE(groupsText(workspace), std::string("retry_client+retry_server0(name) other"));
    QCOMPARE(workspace.groups()[0].groupId, std::string("aa"));

    Workspace withoutIds;
    withoutIds.add(documentOf({""}, "/logs/x_server"));
    withoutIds.add(documentOf({""}, "/logs/x_client"));
    QCOMPARE(groupsText(withoutIds), std::string("x_server+x_client(name)"));
    QCOMPARE(withoutIds.groups()[0].groupId, std::string("x"));
}

void WorkspaceTest::idsComeBeforeFileNames()
{
    Workspace workspace; // the first attempt, before Retry, has the name but another id
    workspace.add(documentOf({"aa"}, "/logs/retry_client"));
    workspace.add(documentOf({"bb"}, "/logs/retry_client1"));
    workspace.add(documentOf({"bb"}, "/logs/retry_server"));
    QCOMPARE(groupsText(workspace), std::string("retry_client retry_client1+retry_server(id)"));
}

void WorkspaceTest::ambiguousNamesStayAlone()
{
    Workspace workspace;
    workspace.add(documentOf({""}, "/logs/x_client1"));
    workspace.add(documentOf({""}, "/logs/x_client2"));
    workspace.add(documentOf({""}, "/logs/x_server"));
    QCOMPARE(groupsText(workspace), std::string("x_client1 x_client2 x_server"));
    workspace.add(documentOf({""}, "/logs/x_server2")); // numbers tell
    QCOMPARE(groupsText(workspace), std::string("x_client1+x_server(name) x_client2+x_server2(name)"));
    Workspace several; // a file with several traces is not the connection of its name
    several.add(documentOf({"", ""}, "/logs/y_client"));
    several.add(documentOf({""}, "/logs/y_server"));
    QCOMPARE(several.groups().size(), std::size_t{3});
}

void WorkspaceTest::namesPairOnlyInOneFolderOrWithAnId()
{
    Workspace workspace;
    workspace.add(documentOf({""}, "/a/tiny_client"));
    workspace.add(documentOf({""}, "/b/tiny_server"));
    workspace.add(documentOf({""}, "/a/0102030405060708_client"));
    workspace.add(documentOf({""}, "/b/0102030405060708_server"));
    QCOMPARE(groupsText(workspace),
             std::string("tiny_client tiny_server 0102030405060708_client+0102030405060708_server(name)"));
}

void WorkspaceTest::oneIdOfSeveralRunsIsToldApartByName()
{
    Workspace workspace;
    const auto add = [&workspace](const char* path, Role role) {
        Document* document = workspace.add(documentOf({"aa"}, path));
        workspace.setRole(first(document), role);
    };
    add("/logs/cubic_client", Role::Client);
    add("/logs/bbr_server", Role::Server);
    QCOMPARE(groupsText(workspace), std::string("cubic_client+bbr_server(id)")); // nothing speaks against it
    add("/logs/cubic_server", Role::Server);
    QCOMPARE(groupsText(workspace), std::string("cubic_client+cubic_server(id) bbr_server"));
    add("/logs/bbr_client", Role::Client);
    QCOMPARE(groupsText(workspace), std::string("cubic_client+cubic_server(id) bbr_server+bbr_client(id)"));
}

void WorkspaceTest::pairsByHand()
{
    Workspace workspace;
    QSignalSpy changed(&workspace, &Workspace::groupsChanged);
    Document* client = workspace.add(documentOf({"aa"}, "/logs/x_client"));
    Document* server = workspace.add(documentOf({"aa"}, "/logs/x_server"));
    Document* tap = workspace.add(documentOf({"cc"}, "/logs/tap"));
    workspace.pair(first(client), first(tap));
    QCOMPARE(groupsText(workspace), std::string("x_client+x_server+tap(hand)"));
    QCOMPARE(changed.count(), 1);
    workspace.unpair(first(server));
    QCOMPARE(groupsText(workspace), std::string("x_client+tap(hand) x_server(hand)"));
    workspace.pairAutomatically(first(server));
    QCOMPARE(groupsText(workspace), std::string("x_client+tap(hand) x_server"));
    workspace.pairAutomatically(first(tap));
    QCOMPARE(groupsText(workspace), std::string("x_client+x_server(id) tap"));
    workspace.unpair(first(client)); // the name does not join what a hand took apart
    QCOMPARE(groupsText(workspace), std::string("x_client(hand) x_server tap"));
    QCOMPARE(workspace.groupOf(first(tap)).members, (std::vector<TraceRef>{first(tap)}));
    QVERIFY(workspace.groupOf({}).members.empty());
}

void WorkspaceTest::whatWasSaidByHandSurvivesReload()
{
    Workspace workspace;
    Document* client = workspace.add(documentOf({"aa"}, "/logs/one"));
    Document* other = workspace.add(documentOf({"bb"}, "/logs/two"));
    workspace.pair(first(client), first(other));
    workspace.setRole(first(other), Role::Server);
    QCOMPARE(other->trace(TraceId(0U)).role(), Role::Server);
    QVERIFY(other->trace(TraceId(0U)).isRoleSetByHand());
    QVERIFY(!other->trace(TraceId(0U)).isRoleInferred());
    workspace.close(other);
    other = workspace.add(std::make_unique<Document>("/logs/two")); // its trace is still to come
    EventBatch batch;
    batch.traces.push_back({TraceId(0U), TraceHeader()});
    other->append(batch);
    QCOMPARE(other->trace(TraceId(0U)).role(), Role::Server);
    QCOMPARE(groupsText(workspace), std::string("one+two(hand)"));
    workspace.setRole(first(other), Role::Unknown);
    QCOMPARE(other->trace(TraceId(0U)).role(), Role::Unknown);
}

QTEST_GUILESS_MAIN(WorkspaceTest)
#include "workspacetest.moc"
