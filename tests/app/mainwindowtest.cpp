// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/banner.h"
#include "app/mainwindow.h"
#include "views/filter/filterbar.h"
#include "views/tree/tracetreeview.h"

#include <QAction>
#include <QDockWidget>
#include <QFile>
#include <QMenu>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace qlogscope;

namespace {

class NoReader : public RecordReader
{
public:
    [[nodiscard]] std::string summary(std::string_view, const TraceHeader&) const override { return {}; }
    [[nodiscard]] RecordDescription description(std::string_view, const TraceHeader&) const override { return {}; }
    [[nodiscard]] std::vector<std::string> connectionIds(std::string_view, const TraceHeader&) const override { return {}; }
    [[nodiscard]] PacketLayout packetLayout(std::string_view, const TraceHeader&, const PacketFact&) const override { return {}; }
};

/// A window with everything it needs; the members go in the right order.
struct Bench {
    explicit Bench(const QString& ini)
        : settings(ini)
        , context(&workspace)
        , window(&context, reader, settings)
    {
        window.resize(1200, 800);
        window.show();
    }
    NoReader reader;
    Settings settings;
    Workspace workspace;
    ViewContext context;
    MainWindow window;
};

QByteArray sequence(const char* groupId, int events)
{
    QByteArray text = QByteArray("\x1e{\"qlog_version\":\"0.3\",\"qlog_format\":\"JSON-SEQ\",\"trace\":{\"vantage_point\":{\"type\":\"server\"},"
                                 "\"common_fields\":{\"ODCID\":\"")
        + groupId + "\",\"time_format\":\"relative\",\"reference_time\":0}}}\n";
    for (int i = 0; i < events; ++i)
        text += "\x1e{\"time\":" + QByteArray::number(i) + ",\"name\":\"recovery:metrics_updated\",\"data\":{\"bytes_in_flight\":1}}\n";
    return text;
}

} // namespace

class MainWindowTest : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;

    [[nodiscard]] QString path(const char* name) const { return m_folder.filePath(QString::fromLatin1(name)); }
    [[nodiscard]] QString write(const char* name, const QByteArray& content) const
    {
        QFile file(path(name));
        if (file.open(QIODevice::WriteOnly))
            file.write(content);
        return file.fileName();
    }

private Q_SLOTS:
    void init() { QFile::remove(path("settings.ini")); }

    void hasViewsAndDescribesItsActions()
    {
        Bench bench(path("settings.ini"));
        for (const ViewEntry& entry : viewRegistry()) {
            if (entry.place != ViewPlace::Centre)
                QVERIFY2(bench.window.findChild<QDockWidget*>(QString::fromLatin1(entry.id)) != nullptr, entry.id);
        }
        for (const QAction* action : bench.window.findChildren<QAction*>()) {
            const bool isMenuEntry = action->menu() == nullptr && !action->isSeparator() && !action->text().isEmpty()
                && qobject_cast<const QMenu*>(action->parent()) != nullptr;
            QVERIFY2(!isMenuEntry || !action->statusTip().isEmpty(), qPrintable(action->text()));
        }
    }

    void failuresAreSaidInTheBanner()
    {
        Bench bench(path("settings.ini"));
        QVERIFY(!bench.window.banner()->isVisible());
        bench.window.open({{path("missing.sqlog"), {}}, {write("empty.sqlog", {}), {}}});
        QTRY_COMPARE(bench.window.banner()->messages().size(), 2);
        QVERIFY(bench.window.banner()->isVisible());
        QVERIFY(bench.window.banner()->messages().join(QLatin1Char(' ')).contains(QStringLiteral("missing.sqlog")));
        QVERIFY(!bench.context.trace().isValid());
    }

    void showsWhatIsOpenedAndKeepsTheRangeOnReload()
    {
        Bench bench(path("settings.ini"));
        const QString file = write("a.sqlog", sequence("aa", 1000));
        bench.window.open({{file, {}}});
        QTRY_VERIFY(bench.context.trace().isValid());
        QTRY_COMPARE(bench.context.trace().document->state(), Document::State::Complete);
        QCOMPARE(bench.window.windowTitle(), QStringLiteral("a.sqlog — Qlogscope"));
        QCOMPARE(bench.settings.recentFiles(), QStringList{file});

        const TimeRange range{100'000'000, 200'000'000};
        bench.context.setVisibleRange(range);
        bench.context.select(RowId(150U));
        bench.window.open({{file, {}}}); // again: a reload
        QCOMPARE(bench.workspace.documents().size(), std::size_t{1});
        QTRY_COMPARE(bench.workspace.documents().front()->state(), Document::State::Complete);
        QCOMPARE(bench.context.visibleRange(), range);
        QCOMPARE(bench.context.selectedRow(), RowId(150U));
    }

    void newFilesComeIntoViewInTheOrderGiven()
    {
        Bench bench(path("settings.ini"));
        const QString large = write("large.sqlog", sequence("aa", 50'000));
        const QString small = write("small.sqlog", sequence("bb", 1));
        bench.window.open({{large, {}}, {small, {}}});
        QTRY_VERIFY(bench.context.trace().isValid());
        QCOMPARE(bench.context.trace().document->shortName(), std::string("large.sqlog"));
        bench.window.open({{write("next.sqlog", sequence("cc", 3)), {}}});
        QTRY_COMPARE(bench.context.trace().document->shortName(), std::string("next.sqlog"));
    }

    void selectsTheRecordAtAnOffset()
    {
        Bench bench(path("settings.ini"));
        const QString file = write("offset.sqlog", sequence("aa", 100));
        const auto offset = static_cast<std::uint64_t>(sequence("aa", 50).size()) + 3; // inside the record that follows
        const OpenRequest request = OpenRequest::fromArgument(file + QLatin1Char('@') + QString::number(offset));
        QCOMPARE(request.path, file);
        bench.window.open({request});
        QTRY_COMPARE(bench.context.selectedRow(), RowId(50U));

        const QString odd = write("odd@12", sequence("bb", 1));
        QCOMPARE(OpenRequest::fromArgument(odd).path, odd);
        QVERIFY(!OpenRequest::fromArgument(odd).offset);
    }

    void filesCloseAndReloadAtAnyTime()
    {
        Bench bench(path("settings.ini"));
        auto* tree = bench.window.findChild<TraceTreeView*>();
        const QString large = write("large.sqlog", sequence("aa", 200'000));
        const QString other = write("other.sqlog", sequence("bb", 10));
        bench.window.open({{large, {}}, {other, {}}});
        QTRY_VERIFY(bench.context.trace().isValid());
        bench.context.select(RowId(0U));
        Q_EMIT tree->reloadRequested(bench.context.trace().document); // half read
        QTRY_VERIFY(bench.context.trace().isValid());
        QTRY_COMPARE(bench.context.trace().document->shortName(), std::string("large.sqlog"));
        Q_EMIT tree->closeRequested(bench.context.trace().document);
        QTRY_VERIFY(bench.context.trace().isValid());
        QCOMPARE(bench.context.trace().document->shortName(), std::string("other.sqlog"));
        Q_EMIT tree->closeRequested(bench.context.trace().document);
        QVERIFY(!bench.context.trace().isValid());
        QVERIFY(bench.workspace.documents().empty());
        QCOMPARE(bench.window.windowTitle(), QStringLiteral("Qlogscope"));
        bench.window.open({{large, {}}}); // and the window goes while it is read
    }

    /// A log whose columns stand after its events is read twice; the window may be looking at it.
    void logsThatAreReadAgainStayInView()
    {
        Bench bench(path("settings.ini"));
        QByteArray late = "{\"qlog_version\":\"draft-01\",\"traces\":[{\"vantage_point\":{\"type\":\"client\"},\"events\":[";
        for (int i = 0; i < 60'000; ++i)
            late += QByteArray(i == 0 ? "" : ",") + "[\"recovery\"," + QByteArray::number(i * 100)
                + ",{\"bytes_in_flight\":1},\"metrics_updated\"]";
        late += "],\"event_fields\":[\"category\",\"relative_time\",\"data\",\"event\"],\"configuration\":{\"time_units\":\"us\"}}]}";
        const QString file = write("late.qlog", late);
        const QString other = write("other.sqlog", sequence("bb", 10));
        bench.window.open({{file, {}}, {other, {}}});
        QSignalSpy added(&bench.workspace, &Workspace::documentAdded);
        QTRY_VERIFY(bench.context.trace().isValid());
        QCOMPARE(bench.context.trace().document->shortName(), std::string("late.qlog"));
        bench.context.select(RowId(9U));
        QTRY_COMPARE(added.count(), 1); // the same file in a fresh document
        const auto isComplete = [&](std::size_t i) { return bench.workspace.documents()[i]->state() == Document::State::Complete; };
        QTRY_VERIFY(isComplete(0) && isComplete(1));
        QCOMPARE(bench.workspace.documents().size(), std::size_t{2});
        QVERIFY(bench.context.trace().isValid());
        QCOMPARE(bench.context.trace().document, bench.workspace.documents().front().get());
        const Document& document = *bench.context.trace().document;
        QCOMPARE(document.shortName(), std::string("late.qlog"));
        QCOMPARE(document.events().size(), std::size_t{60'000});
        QCOMPARE(document.events().timeNs(RowId(59'999U)), std::int64_t{5'999'900'000});
        QCOMPARE(bench.context.selectedRow(), RowId(9U));
        QVERIFY(!document.recordText(RowId(9U)).empty());
    }

    void layoutIsRemembered()
    {
        const QString ini = path("settings.ini");
        {
            Bench bench(ini);
            bench.window.findChild<QDockWidget*>(QStringLiteral("details"))->hide();
            bench.window.addDockWidget(Qt::RightDockWidgetArea, bench.window.findChild<QDockWidget*>(QStringLiteral("tree")));
            bench.window.close();
        }
        Bench bench(ini);
        auto* tree = bench.window.findChild<QDockWidget*>(QStringLiteral("tree"));
        auto* details = bench.window.findChild<QDockWidget*>(QStringLiteral("details"));
        QVERIFY(details->isHidden());
        QCOMPARE(bench.window.dockWidgetArea(tree), Qt::RightDockWidgetArea);
        bench.window.resetLayout();
        QVERIFY(!details->isHidden());
        QCOMPARE(bench.window.dockWidgetArea(tree), Qt::LeftDockWidgetArea);
        QCOMPARE(bench.window.dockWidgetArea(details), Qt::RightDockWidgetArea);
    }

    void smallWindowsPutAllDocksBelow()
    {
        Bench bench(path("settings.ini"));
        auto* tree = bench.window.findChild<QDockWidget*>(QStringLiteral("tree"));
        bench.window.resize(640, 400);
        QTRY_COMPARE(bench.window.dockWidgetArea(tree), Qt::BottomDockWidgetArea);
        QTRY_COMPARE(bench.window.size(), QSize(640, 400));
        bench.window.resize(1200, 800);
        QTRY_COMPARE(bench.window.dockWidgetArea(tree), Qt::LeftDockWidgetArea);
    }

    void filterAndRangeOfTheCommandLine()
    {
        const QString ini = path("settings.ini");
        {
            Bench bench(ini);
            bench.window.setFilter(QStringLiteral("row<10"));
            bench.window.setWantedRange(QStringLiteral("10"), QStringLiteral("0.02s"));
            QVERIFY(!bench.window.filterBar()->isVisible()); // nothing to filter yet
            bench.window.open({{write("filtered.sqlog", sequence("aa", 100)), {}}});
            QTRY_COMPARE(bench.context.rowFilter()->rows().size(), std::size_t{10});
            QTRY_COMPARE(bench.context.visibleRange(), (TimeRange{10'000'000, 20'000'000}));
            QVERIFY(bench.window.filterBar()->isVisible());
            bench.window.filterBar()->edit()->remember();
            bench.context.setFilterMode(FilterMode::Hide);
        }
        Bench bench(ini);
        QCOMPARE(bench.context.filterMode(), FilterMode::Hide);
        QCOMPARE(bench.window.filterBar()->edit()->history(), QStringList{QStringLiteral("row<10")});
    }

    void viewsComeToTheFront()
    {
        Bench bench(path("settings.ini"));
        auto* dock = bench.window.findChild<QDockWidget*>(QStringLiteral("diagnostics"));
        dock->hide();
        bench.window.showView(QStringLiteral("diagnostics"));
        QTRY_VERIFY(dock->widget()->isVisible());
        bench.window.showView(QStringLiteral("congestion/rtt"));
        bench.window.showView(QStringLiteral("no such view"));
    }
};

QTEST_MAIN(MainWindowTest)
#include "mainwindowtest.moc"
