// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/banner.h"
#include "app/mainwindow.h"
#include "importers/recordsummary.h"

#include <QDir>
#include <QImage>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <set>

using namespace qlogscope;

/// Every real trace in the real window: no warning of Qt, no assertion, and every view paints something.
class RealTracesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyViewPaints_data();
    void everyViewPaints();

private:
    QTemporaryDir m_folder;
};

namespace {

QString tracesFolder() { return QDir::cleanPath(QStringLiteral(QLOGSCOPE_SHARED_DIR "/traces/dev")); }

/// More than a background with a line of text.
bool isPainted(QWidget* widget)
{
    const QImage image = widget->grab().toImage().convertToFormat(QImage::Format_RGB32);
    std::set<QRgb> colours;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            colours.insert(image.pixel(x, y));
            if (colours.size() > 2)
                return true;
        }
    }
    return false;
}

} // namespace

void RealTracesTest::everyViewPaints_data()
{
    QTest::addColumn<QString>("path");
    const QDir root(tracesFolder());
    if (!root.exists())
        QSKIP("the real traces are not beside the project (../shared/traces)");
    for (const QString& folder : root.entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        for (const QFileInfo& file : QDir(root.filePath(folder)).entryInfoList(QDir::Files))
            QTest::newRow(qPrintable(folder + QLatin1Char('/') + file.fileName())) << file.filePath();
    }
}

void RealTracesTest::everyViewPaints()
{
    QFETCH(QString, path);
    // the offscreen platform says so of every window with a smallest size
    QTest::failOnWarning(QRegularExpression(QStringLiteral("^(?!This plugin does not support propagateSizeHints)")));
    const RecordSummary records;
    Settings settings(m_folder.filePath(QStringLiteral("settings.ini")));
    Workspace workspace;
    ViewContext context(&workspace);
    MainWindow window(&context, records, settings);
    window.resize(1280, 800);
    window.show();
    window.open({{path, {}}});
    QTRY_VERIFY_WITH_TIMEOUT(!workspace.documents().empty() && workspace.documents().front()->state() != Document::State::Loading, 60'000);
    const Document& document = *workspace.documents().front();
    if (document.state() == Document::State::Failed) { // empty, or another format: the window says so
        QTRY_COMPARE(window.banner()->messages().size(), 1);
        QVERIFY(isPainted(&window));
        return;
    }
    QTRY_VERIFY(context.trace().isValid());
    const Trace& trace = context.trace().get();
    if (trace.rowCount() > 0)
        context.select(trace.row(trace.rowCount() / 2));
    for (const QSize size : {QSize(1280, 800), QSize(640, 400)}) {
        window.resize(size);
        for (const ViewEntry& entry : viewRegistry()) {
            window.showView(QString::fromLatin1(entry.id));
            QCoreApplication::processEvents();
            QVERIFY2(isPainted(&window), entry.id);
        }
    }
    for (std::size_t i = 1; i < document.traceCount(); ++i) {
        context.setTrace({context.trace().document, TraceId(i)});
        QVERIFY(isPainted(&window));
    }
}

QTEST_MAIN(RealTracesTest)
#include "realtracestest.moc"
