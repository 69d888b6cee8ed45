// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tracebuilder.h"

#include "views/hoverlabel.h"
#include "views/sequence/sequencecanvas.h"
#include "views/sequence/sequenceview.h"

#include <QLabel>
#include <QToolButton>
#include <QtTest>

using namespace qlogscope;

namespace {

constexpr std::int64_t ms = 1'000'000;

} // namespace

/// The sequence diagram in its view: opening, modes, selection, keys, the other end that is opened later.
class SequenceViewTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_workspace = std::make_unique<Workspace>();
        m_context = std::make_unique<ViewContext>(m_workspace.get());
        m_view = std::make_unique<SequenceView>(ViewServices{m_context.get(), nullptr});
        m_view->resize(1000, 640);
        m_view->show();
    }
    void cleanup()
    {
        m_view.reset();
        m_context.reset();
        m_workspace.reset();
    }

    void emptyStateSaysWhatToDo()
    {
        QTRY_VERIFY(!m_view->findChild<QLabel*>(QStringLiteral("emptyText"))->text().isEmpty());
        QVERIFY(!m_view->canvas()->isVisible());
    }

    void opensAtTheFirstFlight()
    {
        openClient();
        QCOMPARE(m_view->canvas()->firstRow(), 0.0);
        QVERIFY(m_view->canvas()->mode() == SequenceMode::Compact);
        QCOMPARE(m_view->canvas()->layOut().labels.front().row, RowId(0U));
        QVERIFY(!m_view->clockButton()->isVisible());
    }

    void theOtherEndMayComeLater()
    {
        openClient();
        QVERIFY(!m_view->canvas()->traces()->isPair());
        openServer();
        QTRY_VERIFY(m_view->canvas()->traces()->isPair());
        settle();
        QVERIFY(m_view->canvas()->traces()->isMatched());
        QVERIFY(m_view->clockButton()->isVisible());
        QVERIFY(m_view->clockButton()->text().contains(QStringLiteral("server clock")));
        m_view->canvas()->setOffset(0);
        QTRY_VERIFY(m_view->clockButton()->text().contains(QStringLiteral("by hand")));
    }

    void keysWalkAndSwitch()
    {
        openClient();
        QWidget* canvas = m_view->canvas();
        QTest::keyClick(canvas, Qt::Key_Down);
        QCOMPARE(m_context->selectedRow(), RowId(0U));
        QTest::keyClick(canvas, Qt::Key_Down);
        QCOMPARE(m_context->selectedRow(), RowId(1U));
        QTest::keyClick(canvas, Qt::Key_Up);
        QCOMPARE(m_context->selectedRow(), RowId(0U));
        QTest::keyClick(canvas, Qt::Key_End);
        QVERIFY(m_view->canvas()->firstRow() > 100);
        QTest::keyClick(canvas, Qt::Key_Home);
        QCOMPARE(m_view->canvas()->firstRow(), 0.0);
        const TimeRange compact = m_view->canvas()->shownRange();
        QTest::keyClick(canvas, Qt::Key_T);
        QVERIFY(m_view->canvas()->mode() == SequenceMode::Linear);
        QTRY_COMPARE(m_view->canvas()->shownRange(), m_context->visibleRange());
        QVERIFY(!compact.intersected(m_context->visibleRange()).isEmpty()); // what was in view stays in view
        const std::int64_t length = m_context->visibleRange().lengthNs();
        QTest::keyClick(canvas, Qt::Key_W);
        QVERIFY(m_context->visibleRange().lengthNs() < length);
    }

    void keysWalkFromOneEndToTheOther()
    {
        openClient();
        openServer();
        QTRY_VERIFY(m_view->canvas()->traces() != nullptr && m_view->canvas()->traces()->isPair());
        settle();
        const Document* client = m_context->trace().document;
        bool hasCrossed = false;
        for (int i = 0; i < 8; ++i) {
            QTest::keyClick(m_view->canvas(), Qt::Key_Down);
            hasCrossed = hasCrossed || m_context->trace().document != client;
            settle();
            QVERIFY(m_context->selectedRow().isValid());
        }
        QVERIFY(hasCrossed);
        QTest::keyClick(m_view->canvas(), Qt::Key_F);
        QVERIFY(m_view->canvas()->traces()->isPair());
    }

    void closingTheOtherEndLeavesThisOne()
    {
        openClient();
        openServer();
        QTRY_VERIFY(m_view->canvas()->traces() != nullptr && m_view->canvas()->traces()->isPair());
        settle();
        m_workspace->close(m_workspace->documents().back().get());
        QTRY_VERIFY(m_view->canvas()->traces() != nullptr && !m_view->canvas()->traces()->isPair());
        settle();
        QVERIFY(!m_view->canvas()->layOut().labels.empty());
    }

    void selectionElsewhereIsScrolledTo()
    {
        openClient();
        m_context->select(RowId(250U));
        settle();
        bool isShown = false;
        for (const SequenceLabel& label : m_view->canvas()->layOut().labels)
            isShown = isShown || label.row == RowId(250U);
        QVERIFY(isShown);
    }

    void aRangeThatIsChosenElsewhereIsScrolledTo()
    {
        openClient();
        m_context->setVisibleRange({200 * ms, 220 * ms});
        QTRY_VERIFY(m_view->canvas()->firstRow() > 50);
        QVERIFY(m_view->canvas()->shownRange().beginNs >= 200 * ms);
    }

    void clickSelectsAndHoverExplains()
    {
        openClient();
        const SequenceLabel& label = m_view->canvas()->layOut().labels[2];
        const QPoint onLabel = label.titleRect.center().toPoint();
        const RowId row = label.row;
        QTest::mouseMove(m_view->canvas(), onLabel);
        QTRY_VERIFY(m_view->canvas()->hoverLabel()->isVisible());
        QVERIFY(m_view->canvas()->hoverLabel()->text().contains(QStringLiteral("record %1").arg(row.value)));
        QTest::mouseClick(m_view->canvas(), Qt::LeftButton, {}, onLabel);
        QCOMPARE(m_context->selectedRow(), row);
    }

    void categoriesAndModeAreRemembered()
    {
        openClient();
        CategorySet categories{};
        categories[static_cast<std::size_t>(SequenceCategory::Recovery)] = true;
        m_view->canvas()->setCategories(categories);
        m_view->canvas()->setMode(SequenceMode::Linear);
        const QByteArray state = m_view->saveState();
        SequenceView other({m_context.get(), nullptr});
        QVERIFY(other.restoreState(state));
        QVERIFY(other.canvas()->mode() == SequenceMode::Linear);
        QCOMPARE(other.canvas()->categories(), categories);
        QVERIFY(!other.restoreState(QByteArray("no state")));
    }

    void aClosedTraceLeavesNothing()
    {
        openClient();
        m_workspace->close(m_context->trace().document);
        QTRY_VERIFY(m_view->canvas()->traces() == nullptr);
        m_view->repaint();
    }

private:
    void settle()
    {
        QTRY_VERIFY(m_view->canvas()->isDone());
        QCoreApplication::processEvents();
    }
    void openClient()
    {
        TraceBuilder builder;
        builder.end(Role::Client, "aa");
        for (int i = 0; i < 200; ++i) {
            builder.sent(i * 2, static_cast<std::uint64_t>(i), 1200);
            builder.received(i * 2 + 1, static_cast<std::uint64_t>(i), 1200);
        }
        m_context->setTrace({m_workspace->add(builder.named().build()), TraceId(0U)});
        settle();
        QTRY_VERIFY(m_view->canvas()->order().size() >= 400);
    }
    void openServer()
    {
        TraceBuilder builder;
        builder.end(Role::Server, "aa");
        for (int i = 0; i < 200; ++i) {
            builder.received(500 + i * 2 + 0.4, static_cast<std::uint64_t>(i), 1200);
            builder.sent(500 + i * 2 + 0.6, static_cast<std::uint64_t>(i), 1200);
        }
        Document* server = m_workspace->add(builder.named().build());
        server->setState(Document::State::Complete);
    }

    std::unique_ptr<Workspace> m_workspace;
    std::unique_ptr<ViewContext> m_context;
    std::unique_ptr<SequenceView> m_view;
};

QTEST_MAIN(SequenceViewTest)
#include "sequenceviewtest.moc"
