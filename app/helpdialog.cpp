// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/helpdialog.h"

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
        + row(Help::tr("Ctrl+drag"), Help::tr("zoom into the box")) + row(Help::tr("F"), Help::tr("fit the selection; again: everything"))
        + row(Help::tr("Home"), Help::tr("fit everything")) + row(Help::tr("N, Shift+N"), Help::tr("next and previous loss"))
        + row(Help::tr("Click"), Help::tr("select the packet in all views")) + row(Help::tr("Esc"), Help::tr("clear the selection"));
}

QString windowKeys()
{
    QString rows = row(Help::tr("Ctrl+O"), Help::tr("open files")) + row(Help::tr("F5"), Help::tr("read the file again"))
        + row(Help::tr("Ctrl+W"), Help::tr("close the file")) + row(Help::tr("Alt+Left, Alt+Right"), Help::tr("back and forward in the zoom history"))
        + row(Help::tr("Esc"), Help::tr("stop loading")) + row(Help::tr("F1, ?"), Help::tr("this list"))
        + row(Help::tr("Ctrl+Q"), Help::tr("quit"));
    for (const ViewEntry& view : viewRegistry()) {
        if (!view.shortcut.isEmpty())
            rows += row(view.shortcut, Help::tr("go to: %1").arg(view.title));
    }
    return rows;
}

QString listKeys()
{
    return row(Help::tr("Enter, double-click"), Help::tr("show the record in the charts"))
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
             table(Help::tr("In a chart"), chartKeys()) + table(Help::tr("In a list"), listKeys())
                 + table(Help::tr("Everywhere"), windowKeys()),
             {460, 560});
}

void showAbout(QWidget* parent)
{
    const QString html = QStringLiteral("<h2>Qlogscope %1</h2><p>%2</p><p>%3</p>")
                             .arg(QString::fromLatin1(QLOGSCOPE_VERSION), Help::tr("Shows what a QUIC connection did, from its qlog."),
                                  Help::tr("Free software under the GNU General Public License, version 3 or later."));
    showText(parent, Help::tr("About Qlogscope"), html, {400, 260});
}

} // namespace qlogscope
