// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tracebuilder.h"
#include "views/events/eventmodel.h"
#include "views/filter/filterbar.h"
#include "views/filter/findbar.h"

#include <QAbstractItemModelTester>
#include <QAbstractItemView>
#include <QCompleter>
#include <QLabel>
#include <QSignalSpy>
#include <QTemporaryFile>
#include <QTest>
#include <QToolButton>

using namespace qlogscope;

namespace {

Filter filterOf(const char* text) { return parseFilter(text).filter; }

/// A document with packets 0..count-1 of 1200 and 60 bytes in turn, each a millisecond after the other, every tenth one lost.
std::unique_ptr<Document> transfer(int count)
{
    TraceBuilder builder;
    for (int i = 0; i < count; ++i) {
        builder.sent(i, static_cast<std::uint64_t>(i), i % 2 == 0 ? 1200 : 60);
        if (i % 10 == 9)
            builder.lost(i + 0.5, static_cast<std::uint64_t>(i));
    }
    return builder.named().build();
}

/// Its records in a file: "record 0", "record 1", ...
std::unique_ptr<Document> withTexts(QTemporaryFile* file, int count)
{
    auto document = std::make_unique<Document>("texts");
    EventBatch batch;
    batch.newNames = {"a:b"};
    batch.traces.push_back({TraceId(std::size_t{0}), {}});
    QByteArray bytes;
    for (int i = 0; i < count; ++i) {
        const QByteArray record = "record " + QByteArray::number(i) + ' ';
        EventRow row;
        row.timeNs = i;
        row.offset = static_cast<std::uint64_t>(bytes.size());
        row.length = static_cast<std::uint32_t>(record.size());
        row.name = NameId(std::size_t{0});
        row.trace = TraceId(std::size_t{0});
        batch.rows.push_back(row);
        bytes += record;
    }
    std::string error;
    if (file->open() && file->write(bytes) == bytes.size() && file->flush())
        document->setSource(ByteSource::open(file->fileName().toStdString(), &error));
    document->append(batch);
    return document;
}

struct Bench {
    explicit Bench(std::unique_ptr<Document> document)
        : context(&workspace)
        , bar(&context)
        , find(&context)
    {
        context.setTrace({workspace.add(std::move(document)), TraceId(std::size_t{0})});
        bar.resize(900, 30);
        bar.show();
    }
    void write(const char* text)
    {
        bar.edit()->setText(QString::fromUtf8(text));
        Q_EMIT bar.edit()->textSettled();
    }
    Workspace workspace;
    ViewContext context;
    FilterBar bar;
    FindBar find;
};

std::vector<std::uint32_t> rowsOf(const EventModel& model)
{
    std::vector<std::uint32_t> rows;
    for (int i = 0; i < model.rowCount(); ++i)
        rows.push_back(model.rowId(i).value);
    return rows;
}

} // namespace

class FilterBarTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void selectsAndCounts()
    {
        Bench bench(transfer(100));
        QCOMPARE(bench.bar.countText(), QString());
        bench.write("size>1000");
        QCOMPARE(bench.context.rowFilter()->rows().size(), std::size_t{50});
        QTRY_COMPARE(bench.bar.countText(), QStringLiteral("50 of 110 events"));
        QVERIFY(bench.context.rowFilter()->accepts(RowId(0U)));
        QVERIFY(!bench.context.rowFilter()->accepts(RowId(1U)));
        bench.bar.clear();
        QTRY_COMPARE(bench.bar.countText(), QString());
        QVERIFY(!bench.context.rowFilter()->isActive());
    }

    void errorKeepsTheLastGoodFilter()
    {
        Bench bench(transfer(20));
        bench.write("pn=3");
        const Filter good = bench.context.filter();
        bench.write("pn=3 size>");
        QVERIFY(bench.context.filter() == good);
        QTRY_VERIFY(bench.bar.errorText().startsWith(QStringLiteral("A value is missing after 'size>'.")));
        QVERIFY(bench.bar.errorText().endsWith(QStringLiteral("In force: pn=3")));
        bench.write("pn=3 size>100");
        QCOMPARE(bench.bar.errorText(), QString());
        QVERIFY(bench.context.filter() != good);
        bench.write("pn=4 oops");
        QSignalSpy left(&bench.bar, &FilterBar::left);
        QTest::keyClick(bench.bar.edit(), Qt::Key_Escape);
        QCOMPARE(left.size(), 1);
        QCOMPARE(bench.bar.edit()->text(), QStringLiteral("pn=3 size>100"));
        QCOMPARE(bench.bar.errorText(), QString());
    }

    void returnSaysTheErrorAtOnce()
    {
        Bench bench(transfer(5));
        bench.bar.edit()->setText(QStringLiteral("nonsense"));
        QTest::keyClick(bench.bar.edit(), Qt::Key_Return);
        QVERIFY(bench.bar.errorText().contains(QStringLiteral("'nonsense' is no term")));
        QVERIFY(bench.bar.edit()->history().isEmpty());
    }

    void remembersWhatWasEntered()
    {
        Bench bench(transfer(5));
        QSignalSpy changes(bench.bar.edit(), &FilterEdit::historyChanged);
        for (const char* text : {"pn=1", "pn=2", "pn=1"}) {
            bench.bar.edit()->setText(QString::fromLatin1(text));
            QTest::keyClick(bench.bar.edit(), Qt::Key_Return);
        }
        QCOMPARE(bench.bar.edit()->history(), (QStringList{QStringLiteral("pn=1"), QStringLiteral("pn=2")}));
        QCOMPARE(changes.size(), 3);
        bench.bar.edit()->setText(QStringLiteral("draft"));
        QTest::keyClick(bench.bar.edit(), Qt::Key_Up);
        QCOMPARE(bench.bar.edit()->text(), QStringLiteral("pn=1"));
        QTest::keyClick(bench.bar.edit(), Qt::Key_Up);
        QTest::keyClick(bench.bar.edit(), Qt::Key_Up);
        QCOMPARE(bench.bar.edit()->text(), QStringLiteral("pn=2"));
        QTest::keyClick(bench.bar.edit(), Qt::Key_Down);
        QTest::keyClick(bench.bar.edit(), Qt::Key_Down);
        QCOMPARE(bench.bar.edit()->text(), QStringLiteral("draft"));
        for (int i = 0; i < 50; ++i) {
            bench.bar.edit()->setText(QStringLiteral("pn=%1").arg(i));
            bench.bar.edit()->remember();
        }
        QCOMPARE(bench.bar.edit()->history().size(), FilterEdit::mostRemembered);
        QCOMPARE(bench.bar.edit()->history().front(), QStringLiteral("pn=49"));
    }

    void offersWhatCanStandHere_data()
    {
        QTest::addColumn<QString>("offered"); // the first ones
        QTest::newRow("p") << QStringLiteral("pn= path= quic:packet_lost quic:packet_received quic:packet_sent");
        QTest::newRow("!si") << QStringLiteral("!size=");
        QTest::newRow("pn=1 ty") << QStringLiteral("type=");
        QTest::newRow("type=in") << QStringLiteral("type=initial");
        QTest::newRow("frame=ack,max_d") << QStringLiteral("frame=ack,max_data");
        QTest::newRow("lost!=") << QStringLiteral("lost!=true lost!=false");
        QTest::newRow("-quic:packet_s") << QStringLiteral("-quic:packet_sent");
        QTest::newRow("-quic:*") << QString();
        QTest::newRow("trigger=") << QStringLiteral("trigger=time_threshold");
        QTest::newRow("\"p") << QString();
        QTest::newRow("zzz") << QString();
    }
    void offersWhatCanStandHere()
    {
        QFETCH(QString, offered);
        Bench bench(transfer(5));
        EventBatch more;
        more.newTriggers = {"time_threshold"};
        bench.workspace.documents().front()->append(more);
        bench.bar.edit()->setText(QString::fromLatin1(QTest::currentDataTag()));
        QCOMPARE(bench.bar.edit()->completions().join(QLatin1Char(' ')), offered);
    }

    void returnAppliesWhatIsWrittenNotWhatIsOffered()
    {
        Bench bench(transfer(5));
        bench.bar.activateWindow();
        bench.bar.edit()->setFocus();
        QTRY_VERIFY(bench.bar.edit()->hasFocus());
        QTest::keyClicks(bench.bar.edit(), QStringLiteral("frame=ack")); // ack_frequency is offered
        QCOMPARE(bench.bar.edit()->completions(), QStringList{QStringLiteral("frame=ack_frequency")});
        auto* popup = bench.bar.edit()->findChild<QCompleter*>()->popup();
        QVERIFY(popup->isVisible());
        QVERIFY(!popup->currentIndex().isValid());
        QTest::keyClick(bench.bar.edit(), Qt::Key_Return);
        QVERIFY(!popup->isVisible());
        QCOMPARE(bench.bar.edit()->text(), QStringLiteral("frame=ack"));
        QCOMPARE(bench.context.filter(), filterOf("frame=ack"));
    }

    void completionReplacesTheTerm()
    {
        Bench bench(transfer(5));
        QTest::keyClicks(bench.bar.edit(), QStringLiteral("pn=1 ty"));
        auto* completer = bench.bar.edit()->findChild<QCompleter*>();
        Q_EMIT completer->activated(QStringLiteral("type="));
        QCOMPARE(bench.bar.edit()->text(), QStringLiteral("pn=1 type="));
        QCOMPARE(bench.bar.edit()->cursorPosition(), 10);
    }

    void modelListsTheSelectedRows()
    {
        const std::unique_ptr<Document> document = transfer(40);
        Workspace workspace;
        ViewContext context(&workspace);
        EventModel model(nullptr);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setFilter(context.rowFilter(), FilterMode::Hide);
        context.setTrace({document.get(), TraceId(std::size_t{0})});
        model.setDocument(document.get());
        QCOMPARE(model.rowCount(), 44);
        context.setFilter(filterOf("lost=true"));
        QCOMPARE(rowsOf(model), (std::vector<std::uint32_t>{9, 10, 20, 21, 31, 32, 42, 43}));
        QCOMPARE(model.positionOf(RowId(20U)), 2);
        QCOMPARE(model.positionOf(RowId(19U)), -1);
        QCOMPARE(model.positionOf(RowId(43U)), 7);
        model.setOrder(EventModel::Order::Time);
        QCOMPARE(rowsOf(model).size(), std::size_t{8});
        QCOMPARE(model.positionOf(RowId(42U)), 6);
        QCOMPARE(model.positionOf(RowId(41U)), -1);
        model.setFilterMode(FilterMode::Dim);
        QCOMPARE(model.rowCount(), 44);
        QVERIFY(!model.index(model.positionOf(RowId(9U)), 0).data(Qt::ForegroundRole).isValid());
        QVERIFY(model.index(model.positionOf(RowId(8U)), 0).data(Qt::ForegroundRole).isValid());
        model.setOrder(EventModel::Order::File);
        context.setFilter(filterOf("pn=1000"));
        model.setFilterMode(FilterMode::Hide);
        QCOMPARE(model.rowCount(), 0);
        context.setFilter({});
        QCOMPARE(model.rowCount(), 44);
        context.setTrace({});
        model.setDocument(nullptr);
    }

    void newRowsAreFilteredAsTheyCome()
    {
        auto document = std::make_unique<Document>("growing");
        EventBatch batch;
        batch.newNames = {"quic:packet_sent"};
        batch.traces.push_back({TraceId(std::size_t{0}), {}});
        std::uint32_t next = 0;
        const auto grow = [&](std::uint32_t count) {
            for (std::uint32_t end = next + count; next < end; ++next) {
                EventRow row;
                row.timeNs = next * 1'000'000;
                row.name = NameId(std::size_t{0});
                row.trace = TraceId(std::size_t{0});
                batch.rows.push_back(row);
                PacketFact packet;
                packet.row = RowId(next);
                packet.number = next;
                packet.type = PacketType::OneRtt;
                batch.packets.push_back(packet);
            }
            document->append(batch);
            batch = {};
        };
        grow(10);
        Workspace workspace;
        ViewContext context(&workspace);
        EventModel model(nullptr);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        context.setFilter(filterOf("pn=5..1000000 lost=false"));
        model.setFilter(context.rowFilter(), FilterMode::Hide);
        context.setTrace({document.get(), TraceId(std::size_t{0})});
        model.setDocument(document.get());
        QCOMPARE(model.rowCount(), 5);
        grow(100'000);
        QTRY_COMPARE(model.rowCount(), 100'005);
        // a loss that comes later changes what an earlier row is
        LostFact lost;
        lost.number = 7;
        lost.row = RowId(next);
        EventRow row;
        row.timeNs = next * 1'000'000;
        row.name = NameId(std::size_t{0});
        row.trace = TraceId(std::size_t{0});
        batch.rows.push_back(row);
        batch.lost.push_back(lost);
        document->append(batch);
        batch = {};
        document->setState(Document::State::Complete);
        QTRY_COMPARE(model.rowCount(), 100'004);
        QCOMPARE(model.positionOf(RowId(7U)), -1);
        context.setTrace({});
        model.setDocument(nullptr);
    }

    void textsAreSearchedInTheBackground()
    {
        QTemporaryFile file;
        Bench bench(withTexts(&file, 3'000));
        bench.write("\"record 1234 \"");
        QTRY_COMPARE(bench.context.rowFilter()->rows().size(), std::size_t{1});
        QCOMPARE(bench.context.rowFilter()->rows()[0], RowId(1234U));
        QTRY_VERIFY(!bench.context.rowFilter()->isBusy());
        bench.write("!\"1\" row<100");
        QTRY_COMPARE(bench.context.rowFilter()->rows().size(), std::size_t{81});
        bench.write("\"7\"");
        bench.write("\"8\""); // the first search is of no use any more
        QTRY_VERIFY(!bench.context.rowFilter()->isBusy());
        QCOMPARE(bench.context.rowFilter()->rows()[0], RowId(8U));
        bench.write("\"9\"");
        bench.context.rowFilter()->finish();
        QCOMPARE(bench.context.rowFilter()->rows()[0], RowId(9U));
        bench.write("\"6\""); // and the document goes meanwhile
        bench.workspace.close(bench.workspace.documents().front().get());
        QVERIFY(!bench.context.rowFilter()->isActive());
    }

    void appliesToTheNextDocument()
    {
        Bench bench(transfer(20));
        bench.write("size>1000");
        bench.context.setTrace({bench.workspace.add(transfer(200)), TraceId(std::size_t{0})});
        QCOMPARE(bench.context.rowFilter()->rows().size(), std::size_t{100});
    }

    void modeIsSharedWithTheContext()
    {
        Bench bench(transfer(5));
        QVERIFY(!bench.bar.hideButton()->isChecked());
        bench.bar.hideButton()->click();
        QCOMPARE(bench.context.filterMode(), FilterMode::Hide);
        bench.context.setFilterMode(FilterMode::Dim);
        QVERIFY(!bench.bar.hideButton()->isChecked());
    }

    void findGoesAroundTheEnd()
    {
        Bench bench(transfer(30));
        bench.find.show();
        bench.find.edit()->setText(QStringLiteral("pn=5,15"));
        bench.find.step(true);
        QCOMPARE(bench.context.selectedRow(), RowId(5U));
        QCOMPARE(bench.find.statusText(), QStringLiteral("1 of 2"));
        bench.find.step(true);
        QCOMPARE(bench.context.selectedRow(), RowId(16U));
        bench.find.step(true);
        QCOMPARE(bench.context.selectedRow(), RowId(5U));
        QCOMPARE(bench.find.statusText(), QStringLiteral("1 of 2, from the start"));
        bench.find.step(false);
        QCOMPARE(bench.context.selectedRow(), RowId(16U));
        QCOMPARE(bench.find.statusText(), QStringLiteral("2 of 2, from the end"));
        bench.context.select(RowId(10U));
        QCOMPARE(bench.find.statusText(), QStringLiteral("2 matches"));
        bench.find.step(false);
        QCOMPARE(bench.context.selectedRow(), RowId(5U));
        bench.find.edit()->setText(QStringLiteral("pn=500"));
        bench.find.step(true);
        QCOMPARE(bench.find.statusText(), QStringLiteral("no match"));
        QCOMPARE(bench.context.selectedRow(), RowId(5U));
        QVERIFY(bench.context.filter().isEmpty()); // nothing is hidden
    }

    void findTakesPlainText()
    {
        QTemporaryFile file;
        Bench bench(withTexts(&file, 2'000));
        bench.find.show();
        bench.find.edit()->setText(QStringLiteral("record 1777"));
        bench.find.step(true);
        QTRY_COMPARE(bench.context.selectedRow(), RowId(1777U));
        bench.find.edit()->setText(QStringLiteral("nothing like it"));
        bench.find.step(true);
        QTRY_COMPARE(bench.find.statusText(), QStringLiteral("no record contains this text"));
    }
};

QTEST_MAIN(FilterBarTest)
#include "filterbartest.moc"
