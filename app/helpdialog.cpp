// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/helpdialog.h"

#include "model/eventfilter.h"
#include "views/texts.h"
#include "views/viewregistry.h"

#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QTextBrowser>
#include <QVBoxLayout>

namespace qlogscope {

namespace {

struct Help {
    Q_DECLARE_TR_FUNCTIONS(Help)
};

QString row(const QString& keys, const QString& meaning)
{
    return QStringLiteral("<tr><td style='padding-right:16px'><b>%1</b></td><td>%2</td></tr>")
        .arg(keys.toHtmlEscaped(), meaning.toHtmlEscaped());
}

QString table(const QString& title, const QString& rows)
{
    return QStringLiteral("<h3>%1</h3><table cellpadding='2'>%2</table>").arg(title.toHtmlEscaped(), rows);
}

QString chartKeys()
{
    return row(Help::tr("Wheel, W, S"), Help::tr("zoom in and out")) + row(Help::tr("Drag, A, D, arrow keys"), Help::tr("move along"))
        + row(Help::tr("Ctrl+drag"), Help::tr("zoom into the box"))
        + row(Help::tr("Shift+drag"), Help::tr("statistics of a range")) + row(Help::tr("R"), Help::tr("ruler between two points")) + row(Help::tr("F"), Help::tr("fit the selection; again: everything"))
        + row(Help::tr("Home"), Help::tr("fit everything")) + row(Help::tr("N, Shift+N"), Help::tr("next and previous loss"))
        + row(Help::tr("M"), Help::tr("mark the selected event in all charts, or take its mark away"))
        + row(Help::tr("Click"), Help::tr("select the packet in all views")) + row(Help::tr("Esc"), Help::tr("clear the selection"));
}

QString sequenceKeys()
{
    return row(Help::tr("T"), Help::tr("compact (a row for each event) or linear (true to time)"))
        + row(Help::tr("C"), Help::tr("fold runs of packets with data and ACKs alone, or unfold them"))
        + row(Help::tr("Up, Down"), Help::tr("the event before and after"))
        + row(Help::tr("Wheel, Page Up, Page Down, Home, End"), Help::tr("compact: move through the rows; linear: as in a chart"))
        + row(Help::tr("F, N, M"), Help::tr("as in a chart"));
}

QString windowKeys()
{
    QString rows = row(Help::tr("Ctrl+O"), Help::tr("open files")) + row(Help::tr("Ctrl+Shift+O"), Help::tr("watch a directory"))
        + row(Help::tr("Ctrl+End"), Help::tr("follow the newest events of a growing log")) + row(Help::tr("F5"), Help::tr("read the file again"))
        + row(Help::tr("Ctrl+E"), Help::tr("export the chart")) + row(Help::tr("Ctrl+W"), Help::tr("close the file")) + row(Help::tr("Ctrl+F"), Help::tr("filter; Esc goes back to the view"))
        + row(Help::tr("Ctrl+Shift+F"), Help::tr("clear the filter"))
        + row(Help::tr("F3, Shift+F3"), Help::tr("find, next and previous match")) + row(Help::tr("Alt+Left, Alt+Right"), Help::tr("back and forward in the zoom history"))
        + row(Help::tr("Esc"), Help::tr("stop loading")) + row(Help::tr("F1, ?"), Help::tr("this list"))
        + row(Help::tr("Ctrl+Q"), Help::tr("quit"));
    for (const ViewEntry& view : viewRegistry()) {
        if (!view.shortcut.isEmpty())
            rows += row(view.shortcut, Help::tr("go to: %1").arg(view.title));
    }
    return rows;
}

QString filterLineKeys()
{
    return row(Help::tr("Enter"), Help::tr("apply and remember")) + row(Help::tr("Up, Down"), Help::tr("earlier and later filters"))
        + row(Help::tr("Ctrl+Space"), Help::tr("what can stand here"));
}

QString listKeys()
{
    return row(Help::tr("Enter, double-click"), Help::tr("show the record in the charts"))
        + row(Help::tr("M"), Help::tr("mark the event in all charts over time, or take its mark away"))
        + row(Help::tr("Ctrl+C"), Help::tr("copy the selected lines")) + row(Help::tr("Home, End, arrow keys"), Help::tr("as everywhere"));
}

void showText(QWidget* parent, const QString& title, const QString& html, const QSize& size)
{
    auto* dialog = new QDialog(parent);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(title);
    auto* text = new QTextBrowser;
    text->setOpenExternalLinks(true);
    text->setHtml(html);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::close);
    auto* layout = new QVBoxLayout(dialog);
    layout->addWidget(text);
    layout->addWidget(buttons);
    dialog->resize(size);
    dialog->show();
}

} // namespace

void showKeys(QWidget* parent)
{
    showText(parent, Help::tr("Keys"),
             table(Help::tr("In a chart"), chartKeys()) + table(Help::tr("In the sequence diagram"), sequenceKeys()) + table(Help::tr("In a list"), listKeys())
                 + table(Help::tr("In the filter line"), filterLineKeys())
                 + table(Help::tr("Everywhere"), windowKeys()),
             {460, 560});
}

void showFilterHelp(QWidget* parent)
{
    const QString types = row(QStringLiteral("transport:packet_sent"), Help::tr("these events only, by the name in the log or in the drafts"))
        + row(QStringLiteral("recovery:*  *:packet_lost"), Help::tr("* stands for any category or name"))
        + row(QStringLiteral("-transport:packet_received"), Help::tr("not these; with nothing else before it: all others"))
        + row(QStringLiteral("* -recovery:*"), Help::tr("terms apply in order, later ones override"));
    const QString values = row(QStringLiteral("= != < <= > >="), Help::tr("without blanks; true only for events that have the property"))
        + row(QStringLiteral("pn=100..200,300"), Help::tr("a range includes both ends; a comma lists alternatives"))
        + row(QStringLiteral("size>1.2k"), Help::tr("k = 1000, M = 1000000"))
        + row(QStringLiteral("time=1.5s..2s"), Help::tr("us, ms (also without unit), s; the end is not part of the range"));
    const QString others = row(QStringLiteral("\"time_threshold\""), Help::tr("the raw record contains it; \\\" is a quote"))
        + row(QStringLiteral("!pn=7  !\"text\""), Help::tr("not; also for events without the property"));
    QString keys;
    for (const FilterKeyInfo& info : filterKeys())
        keys += row(toText(info.example), toText(info.meaning));
    showText(parent, Help::tr("Filter"),
             QStringLiteral("<p>%1</p>").arg(Help::tr("Terms are separated by blanks. All comparisons and texts must hold. A filter "
                                                      "selects what is listed, marked or dimmed; it never changes a computed value. In "
                                                      "charts a packet is selected with its ACK and its loss, and metric lines obey "
                                                      "types only."))
                 + table(Help::tr("Types of events"), types) + table(Help::tr("Comparisons"), values)
                 + table(Help::tr("Texts and negation"), others) + table(Help::tr("Properties"), keys),
             {560, 640});
}

void showAbout(QWidget* parent)
{
    const QString html = QStringLiteral("<h2>Qlogscope %1</h2><p>%2</p><p>%3</p>")
                             .arg(QString::fromLatin1(QLOGSCOPE_VERSION), Help::tr("Shows what a QUIC connection did, from its qlog."),
                                  Help::tr("Free software under the GNU General Public License, version 3 or later."));
    showText(parent, Help::tr("About Qlogscope"), html, {400, 260});
}

} // namespace qlogscope
