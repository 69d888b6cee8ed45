// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tracebuilder.h"

#include "model/workspace.h"
#include "views/viewcontext.h"

#include <QSignalSpy>
#include <QTest>

using namespace qlogscope;

namespace {

constexpr std::int64_t ms = 1'000'000;

/// Ranges exclude their end: it lies just after the last event that is in it.
TimeRange upTo(std::int64_t lastMs, std::int64_t lengthMs)
{
    const std::int64_t end = lastMs * ms + 1;
    return {lastMs == lengthMs ? 0 : end - lengthMs * ms, end};
}

} // namespace

/// Which part of a trace is visible while it grows: the newest, until somebody looks elsewhere, and again when asked for.
class ViewContextTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_workspace = std::make_unique<Workspace>();
        TraceBuilder builder;
        for (int i = 0; i <= 10; ++i)
            builder.row(i * 10);
        m_document = m_workspace->add(builder.build());
        m_context = std::make_unique<ViewContext>(m_workspace.get());
        m_context->setTrace({m_document, TraceId(0U)});
    }

    void allOfItUntilSomebodyZooms()
    {
        QVERIFY(m_context->isFitted() && m_context->isFollowingNewest());
        grow(200);
        QCOMPARE(m_context->visibleRange(), upTo(200, 200));
        m_context->setVisibleRange({10 * ms, 30 * ms});
        QVERIFY(!m_context->isFitted() && !m_context->isFollowingNewest());
        grow(300);
        QCOMPARE(m_context->visibleRange(), (TimeRange{10 * ms, 30 * ms}));
    }

    void marksStayWithTheirTrace()
    {
        QSignalSpy changes(m_context.get(), &ViewContext::marksChanged);
        m_context->toggleMark(RowId(3U));
        m_context->toggleMark(RowId(1U));
        QCOMPARE(m_context->markedRows(), (std::vector<RowId>{RowId(1U), RowId(3U)}));
        m_context->toggleMark(RowId(3U));
        QVERIFY(!m_context->isMarked(RowId(3U)) && m_context->isMarked(RowId(1U)));
        QCOMPARE(changes.size(), 3);
        TraceBuilder builder;
        builder.row(0);
        Document* other = m_workspace->add(builder.build());
        m_context->setTrace({other, TraceId(0U)});
        QVERIFY(m_context->markedRows().empty() && !m_context->hasMarks());
        m_context->setTrace({m_document, TraceId(0U)});
        QCOMPARE(m_context->markedRows().size(), std::size_t{1});
        m_context->clearMarks();
        QVERIFY(!m_context->hasMarks());
        QCOMPARE(changes.size(), 4);
        m_context->toggleMark(RowId(1U));
        m_workspace->close(m_document);
        QVERIFY(m_context->markedRows().empty());
    }

    void theNewestIsFollowedOnRequest()
    {
        m_context->setVisibleRange({10 * ms, 30 * ms});
        m_context->select(RowId(3U));
        QSignalSpy changes(m_context.get(), &ViewContext::followingNewestChanged);
        m_context->setFollowingNewest(true);
        QCOMPARE(changes.size(), 1);
        QVERIFY(m_context->isFollowingNewest() && !m_context->isFitted());
        QCOMPARE(m_context->visibleRange(), upTo(100, 20)); // as long as it was
        grow(250);
        QCOMPARE(m_context->visibleRange(), upTo(250, 20));
        QCOMPARE(m_context->selectedRow(), RowId(3U));
        m_context->pan(-0.5);
        QVERIFY(!m_context->isFollowingNewest());
        grow(400);
        QCOMPARE(m_context->visibleRange(), upTo(240, 20));
        m_context->fitAll();
        QVERIFY(m_context->isFollowingNewest());
    }

    void growthIsNoStepOfTheHistory()
    {
        m_context->setVisibleRange({10 * ms, 30 * ms});
        m_context->setFollowingNewest(true);
        grow(250);
        grow(300);
        m_context->back();
        QCOMPARE(m_context->visibleRange(), (TimeRange{10 * ms, 30 * ms}));
        QVERIFY(!m_context->isFollowingNewest());
    }

    void followingEndsWhereSomebodyAsks()
    {
        m_context->setFollowingNewest(false);
        QVERIFY(!m_context->isFitted() && !m_context->isFollowingNewest());
        grow(250);
        QCOMPARE(m_context->visibleRange(), upTo(100, 100));
    }

private:
    /// One more event.
    void grow(std::int64_t atMs)
    {
        EventBatch batch;
        EventRow row;
        row.timeNs = atMs * ms;
        row.name = NameId(0U);
        row.trace = TraceId(0U);
        batch.rows = {row};
        m_document->append(batch);
    }

    std::unique_ptr<Workspace> m_workspace;
    Document* m_document = nullptr;
    std::unique_ptr<ViewContext> m_context;
};

QTEST_MAIN(ViewContextTest)
#include "viewcontexttest.moc"
