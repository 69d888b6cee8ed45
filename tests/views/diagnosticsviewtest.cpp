// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tracebuilder.h"

#include "views/diagnostics/diagnosticsview.h"

#include <QLabel>
#include <QTreeView>
#include <QtTest>

using namespace qlogscope;

/// Findings appear once the file is complete, and their evidence is selected by clicks.
class DiagnosticsViewTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_workspace = std::make_unique<Workspace>();
        m_context = std::make_unique<ViewContext>(m_workspace.get());
        m_view = std::make_unique<DiagnosticsView>(ViewServices{m_context.get(), nullptr});
        m_view->resize(800, 300);
        m_view->show();
        m_tree = m_view->findChild<QTreeView*>();
    }
    void cleanup()
    {
        m_view.reset();
        m_context.reset();
        m_workspace.reset();
    }

    void evidenceIsWalkedThrough()
    {
        TraceBuilder builder;
        builder.sent(0, 1, 1200);
        const RowId second = builder.sent(1, 1, 1200);
        builder.sent(2, 2, 1200);
        const RowId third = builder.sent(3, 1, 1200);
        Document* document = m_workspace->add(builder.build());
        m_context->setTrace({document, TraceId(0U)});
        QTest::qWait(0);
        QCOMPARE(m_tree->model()->rowCount(), 0); // still loading
        document->setState(Document::State::Complete);
        QTRY_VERIFY(m_tree->model()->rowCount() > 0);
        const QModelIndex found = m_tree->model()->index(0, 0);
        QCOMPARE(found.data().toString(), QStringLiteral("Connection: packet number reused (error)"));
        m_tree->setCurrentIndex(found);
        QCOMPARE(m_context->selectedRow(), second);
        for (const RowId expected : {second, third, second}) {
            Q_EMIT m_tree->doubleClicked(found);
            QCOMPARE(m_context->selectedRow(), expected);
        }
        m_tree->setCurrentIndex(m_tree->model()->index(1, 0, found));
        QCOMPARE(m_context->selectedRow(), third);
        m_workspace->close(document);
        QCOMPARE(m_tree->model()->rowCount(), 0);
    }

    void nothingFoundSaysWhatIsNotDecided()
    {
        TraceBuilder builder;
        builder.sent(0, 1, 1200);
        Document* document = m_workspace->add(builder.build());
        document->setState(Document::State::Complete);
        m_context->setTrace({document, TraceId(0U)});
        const auto* label = m_view->findChild<QLabel*>();
        QTRY_VERIFY(label->text().startsWith(QStringLiteral("No problems found in this file and its connections.")));
        QVERIFY(label->text().contains(QStringLiteral("Rtt unit suspicious: the log has no RTTs")));
    }

    void documentsMayCloseDuringTheSearch()
    {
        TraceBuilder builder;
        for (unsigned i = 0; i < 20'000; ++i)
            builder.sent(i, i % 19'999, 1200);
        Document* document = m_workspace->add(builder.build());
        document->setState(Document::State::Complete);
        m_context->setTrace({document, TraceId(0U)});
        QTest::qWait(0);
        m_workspace->close(document);
        QTest::qWait(1);
        QCOMPARE(m_tree->model()->rowCount(), 0);
    }

private:
    std::unique_ptr<Workspace> m_workspace;
    std::unique_ptr<ViewContext> m_context;
    std::unique_ptr<DiagnosticsView> m_view;
    QTreeView* m_tree = nullptr;
};

QTEST_MAIN(DiagnosticsViewTest)
#include "diagnosticsviewtest.moc"
