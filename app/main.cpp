// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/arguments.h"
#include "app/cli/command.h"
#include "app/cli/output.h"
#include "app/guimain.h"
#include "importers/recordsummary.h"

#include <QApplication>
#include <QCoreApplication>

#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace qlogscope {

namespace {

constexpr Command commands[] = {
    {"info", "info [--json] FILE...", "summary of files and their traces", false, &runInfo},
    {"events", "events [--filter F] [--from T] [--to T] [--sort file|time] [--format text|csv|jsonl] FILE", "the events, one a line", false,
     &runEvents},
    {"check", "check [--json] [--strict] FILE...", "what is wrong with files and connections", false, &runCheck},
    {"export", "export --view V [--trace N] [--filter F] [--from T] [--to T] ... -o OUT FILE...", "a chart as a picture or a table",
     true, &runExport},
    {"watch", "watch [--json] [--for SECONDS] [--once] DIR", "the logs of a directory as they grow", false, &runWatch},
};

constexpr const char* windowUsage = "[--view V] [--filter F] [--from T] [--to T] [FILE[@OFFSET]|DIR]...";

std::string generalHelp()
{
    std::string help = "Qlogscope " QLOGSCOPE_VERSION ", a visualizer for qlog, the log format of QUIC and HTTP/3.\n\nUsage:\n";
    help += std::string("  qlogscope ") + windowUsage + "\n      opens the window; @OFFSET selects the record at that byte, a DIR is watched\n";
    for (const Command& command : commands)
        help += std::string("  qlogscope ") + command.synopsis + "\n      " + command.summary + "\n";
    help += "\nqlogscope COMMAND --help explains a command. Exit codes: 0 good, 1 opened but something was lost, 2 wrong usage,\n"
            "3 a file could not be read or is no qlog, 4 output could not be written.\n";
    return help;
}

/// Standard error belongs to the program's own sentences; Qt's are shown only when asked for.
void handleQtMessage(QtMsgType type, const QMessageLogContext&, const QString& message)
{
    static const bool isDebugging = qEnvironmentVariableIsSet("QLOGSCOPE_DEBUG");
    if (isDebugging)
        writeError("qt: " + message.toStdString());
    if (type != QtFatalMsg)
        return;
    if (!isDebugging)
        writeError("the window cannot be opened: there is no usable display (set QLOGSCOPE_DEBUG for Qt's reasons)");
    std::_Exit(ExitUnreadable);
}

bool hasDisplay()
{
    return qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY")
        || qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
}

int runCommand(const Command& command, int argc, char** argv)
{
    if (!command.needsGui) {
        QCoreApplication application(argc, argv);
        return command.run(QCoreApplication::arguments().mid(2));
    }
    qputenv("QT_QPA_PLATFORM", "offscreen"); // pictures do not depend on the desktop
    QApplication application(argc, argv);
    return command.run(QCoreApplication::arguments().mid(2));
}

int runWindowCommand(int argc, char** argv)
{
    WindowArguments window;
    QStringList words;
    for (int i = 1; i < argc; ++i)
        words.append(QString::fromLocal8Bit(argv[i]));
    Arguments parser(QString::fromLatin1(windowUsage), QStringLiteral("Opens the window."));
    parser.addValue("view", QStringLiteral("The view in front: congestion, sequence, events, details, diagnostics, tree."), QStringLiteral("V"));
    parser.addFilter();
    parser.addValue("from", QStringLiteral("Start of the visible time range of the first FILE, in ms since its earliest event, or 120us, 1.5s."), QStringLiteral("T"));
    parser.addValue("to", QStringLiteral("End of the visible time range."), QStringLiteral("T"));
    if (const std::optional<int> code = parser.parse(words))
        return *code;
    if (!readFilter(parser.value("filter")))
        return ExitUsage;
    if (const QString problem = timeProblem(parser); !problem.isEmpty())
        return Arguments::usageError(problem);
    window.filter = parser.value("filter");
    window.from = parser.value("from");
    window.to = parser.value("to");
    window.files = parser.files();
    window.view = parser.value("view");
    if (!hasDisplay()) {
        writeError("there is no display to open the window on; the commands info, events, check, export and watch work without one");
        return ExitUnreadable;
    }
    QApplication application(argc, argv);
    const RecordSummary summaries;
    return runWindow(application, window, summaries);
}

} // namespace

int runProgram(int argc, char** argv)
{
    qInstallMessageHandler(&handleQtMessage);
    QCoreApplication::setApplicationName(QStringLiteral("Qlogscope"));
    QCoreApplication::setOrganizationName(QStringLiteral("Qlogscope"));
    QCoreApplication::setApplicationVersion(QStringLiteral(QLOGSCOPE_VERSION));
    const char* first = argc > 1 ? argv[1] : "";
    if (std::strcmp(first, "--version") == 0)
        return writeOut("qlogscope " QLOGSCOPE_VERSION "\n") ? ExitGood : ExitOutput;
    if (std::strcmp(first, "--help") == 0 || std::strcmp(first, "-h") == 0)
        return writeOut(generalHelp()) ? ExitGood : ExitOutput;
    for (const Command& command : commands) {
        if (std::strcmp(first, command.name) == 0)
            return runCommand(command, argc, argv);
    }
    for (const char* later : {"stats", "trim", "report"}) {
        if (std::strcmp(first, later) == 0)
            return Arguments::usageError(QStringLiteral("%1 is not available in this version").arg(QLatin1String(later)));
    }
    return runWindowCommand(argc, argv);
}

/// Where standard input or output is closed, as under some daemons, the next file that is opened would take its place. What
/// stands there now is empty to read and cannot be written.
void fillStandardDescriptors()
{
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (fcntl(descriptor, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
            return; // there is nothing better
    }
}

} // namespace qlogscope

int main(int argc, char** argv)
{
    qlogscope::fillStandardDescriptors();
    return qlogscope::runProgram(argc, argv);
}
