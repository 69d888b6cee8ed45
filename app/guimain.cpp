// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/guimain.h"

#include "app/mainwindow.h"

#include <QApplication>

namespace qlogscope {

int runWindow(QApplication& application, const WindowArguments& arguments, const RecordReader& records)
{
    Settings settings;
    Workspace workspace;
    ViewContext context(&workspace);
    MainWindow window(&context, records, settings);

    std::vector<OpenRequest> requests;
    for (const QString& file : arguments.files)
        requests.push_back(OpenRequest::fromArgument(file));
    window.show();
    if (!arguments.view.isEmpty())
        window.showView(arguments.view);
    if (!arguments.filter.isEmpty())
        window.setFilter(arguments.filter);
    window.setWantedRange(arguments.from, arguments.to);
    if (!requests.empty())
        window.open(requests);
    return application.exec();
}

} // namespace qlogscope
