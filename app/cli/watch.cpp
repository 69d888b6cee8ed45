// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/arguments.h"
#include "app/cli/command.h"
#include "app/cli/output.h"
#include "importers/qlogdir.h"
#include "model/timebase.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QFileInfo>
#include <QSocketNotifier>
#include <QTimer>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <map>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace qlogscope {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* watchExplanation
    = "Shows the logs of a directory as they grow: one line a file, written again when it changed. On a terminal the table is drawn in\n"
      "place twice a second. Files that are there at the start are read, too. The directory may not exist yet. Ctrl+C ends.\n"
      "--json prints one object a line for each change (schema qlogscope.watch/1):\n"
      "{schema,at_ms,path,change,state,events,bytes,pending,last_event_ms,packets_sent,packets_received,packets_lost,smoothed_rtt_ms,\n"
      "congestion_window}; change is appeared, grew, replaced, vanished or closed; state is waiting, handshaking, active, stalled, idle,\n"
      "closed, gone, unreadable or not-qlog; times are Unix ms; what is not logged is null.";

int signalSockets[2] = {-1, -1};

/// The second one ends the program where it stands: the event loop may wait for a reader of the output that never comes.
void onSignal(int signal)
{
    static volatile std::sig_atomic_t isEnding = 0;
    if (isEnding != 0)
        ::_exit(128 + signal);
    isEnding = 1;
    const char byte = 1;
    [[maybe_unused]] const ssize_t count = ::write(signalSockets[0], &byte, 1);
}

/// Ctrl+C and TERM end the event loop.
bool catchSignals(QObject* parent)
{
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, signalSockets) != 0)
        return false;
    auto* notifier = new QSocketNotifier(signalSockets[1], QSocketNotifier::Read, parent);
    QObject::connect(notifier, &QSocketNotifier::activated, QCoreApplication::instance(), [] { QCoreApplication::exit(ExitGood); });
    struct sigaction action = {};
    action.sa_handler = &onSignal;
    sigemptyset(&action.sa_mask);
    return ::sigaction(SIGINT, &action, nullptr) == 0 && ::sigaction(SIGTERM, &action, nullptr) == 0;
}

std::string roleText(const LiveFile& file)
{
    return file.summary.isEndpoint ? std::string("endpoint") : std::string(text(file.summary.role));
}

/// Cells are aligned for reading; numbers that are not logged are a dash.
std::string tableLine(const LiveFile& file)
{
    const auto cell = [](std::string text, std::size_t width) {
        text.insert(0, text.size() < width ? width - text.size() : 0, ' ');
        return text;
    };
    const auto left = [](std::string text, std::size_t width) {
        text.append(text.size() < width ? width - text.size() : 0, ' ');
        return text;
    };
    const ConnectionSummary& summary = file.summary;
    const bool isRead = file.read > 0 || summary.events > 0;
    const auto count = [isRead](std::uint64_t number) { return isRead ? std::to_string(number) : std::string("-"); };
    std::string line = left(std::string(text(file.state)), 12) + left(roleText(file), 9) + cell(count(summary.events), 9)
        + cell(count(summary.packetsSent), 9) + cell(count(summary.packetsReceived), 9) + cell(count(summary.packetsLost), 7)
        + cell(summary.smoothedRttNs ? millisecondsText((*summary.smoothedRttNs + 500) / 1000 * 1000) : "-", 12)
        + cell(summary.congestionWindow ? std::to_string(*summary.congestionWindow) : "-", 11) + cell(std::to_string(file.pending), 9) + "  "
        + visibleText(file.path);
    if (!file.detail.empty())
        line += "  (" + visibleText(file.detail) + ")";
    return line + "\n";
}

const std::string tableHead
    = "state       role        events     sent received   lost   srtt (ms)  cwnd (B)  pending  file\n";

std::string changeOf(const LiveFile& file, const LiveFile* before)
{
    if (before == nullptr || (before->state == LiveState::Gone && file.state != LiveState::Gone))
        return "appeared";
    if (file.state == LiveState::Gone)
        return "vanished";
    if (file.restarts != before->restarts)
        return "replaced";
    if (file.state == LiveState::Closed && before->state != LiveState::Closed)
        return "closed";
    return "grew";
}

std::string jsonLine(const LiveFile& file, const std::string& change, std::int64_t nowMs)
{
    const ConnectionSummary& summary = file.summary;
    Json lastEvent = nullptr;
    if (summary.wallClockNs && summary.lastEventNs)
        lastEvent = jsonMilliseconds(*summary.wallClockNs + *summary.lastEventNs);
    Json line = {{"schema", "qlogscope.watch/1"},
                 {"at_ms", nowMs},
                 {"path", file.path},
                 {"change", change},
                 {"state", file.state == LiveState::NotRead ? std::string("waiting") : std::string(text(file.state))},
                 {"events", summary.events},
                 {"bytes", file.read},
                 {"pending", file.pending},
                 {"last_event_ms", lastEvent},
                 {"packets_sent", summary.packetsSent},
                 {"packets_received", summary.packetsReceived},
                 {"packets_lost", summary.packetsLost},
                 {"smoothed_rtt_ms", jsonMilliseconds(summary.smoothedRttNs)},
                 {"congestion_window", summary.congestionWindow ? Json(*summary.congestionWindow) : Json(nullptr)}};
    return jsonText(line, JsonForm::OneLine);
}

/// Prints what a directory says, as lines, as JSON, or as a table in place.
class WatchPrinter : public QObject
{
public:
    enum class Form : std::uint8_t { Lines, JsonLines, Table, Terminal };

    /// @param endsWhenRead what is there at the start is printed, nothing is waited for
    WatchPrinter(Form form, bool endsWhenRead, QString folder)
        : m_form(form)
        , m_endsWhenRead(endsWhenRead)
        , m_folder(std::move(folder))
    {
    }

    void take(const std::vector<LiveFile>& files)
    {
        std::string out;
        const std::int64_t now = QDateTime::currentMSecsSinceEpoch();
        for (const LiveFile& file : files) {
            const auto it = m_files.find(file.id);
            // one line when it appears or is read anew: not before it is known what is in it
            const bool isBeingRead = it == m_files.end() || file.restarts != it->second.restarts || file.read < it->second.read;
            if (isBeingRead && file.isBehind && m_form != Form::Terminal) {
                m_held.insert_or_assign(file.id, file);
                continue;
            }
            m_held.erase(file.id);
            out += line(file, now);
        }
        m_isDirty = true;
        print(out);
        if (m_endsWhenRead && m_problem.isEmpty() && m_held.empty() && !std::exchange(m_isEnding, true))
            end();
    }
    void takeProblem(const QString& problem)
    {
        m_problem = problem;
        m_isDirty = true;
        if (problem.isEmpty())
            return;
        if (m_endsWhenRead) {
            writeError(m_folder.toStdString(), problem == QStringLiteral("does not exist yet") ? "No such file or directory" : problem.toStdString());
            QCoreApplication::exit(ExitUnreadable);
        } else if (m_form != Form::Terminal) {
            writeError(m_folder.toStdString(), problem.toStdString() + "; waiting for it");
        }
    }
    /// At the end: those that were not read to their end have their line as well.
    void finish()
    {
        std::string out;
        for (const auto& [id, file] : std::exchange(m_held, {}))
            out += line(file, QDateTime::currentMSecsSinceEpoch());
        print(out);
    }
    /// The table in place.
    void redraw()
    {
        if (std::exchange(m_isDirty, false))
            print("\x1b[H\x1b[J" + (m_problem.isEmpty() ? table() : visibleText(m_folder.toStdString()) + " " + m_problem.toStdString() + "\n"));
    }

private:
    /// Of a change that it shows; else empty.
    std::string line(const LiveFile& file, std::int64_t now)
    {
        const auto it = m_files.find(file.id);
        const std::string change = changeOf(file, it == m_files.end() ? nullptr : &it->second);
        m_files.insert_or_assign(file.id, file);
        if (m_form != Form::JsonLines && m_form != Form::Lines)
            return {};
        std::string& last = m_lines[file.id];
        std::string shown = m_form == Form::JsonLines ? jsonLine(file, "grew", 0) : tableLine(file);
        if (shown == last && (change == "grew" || m_form == Form::Lines))
            return {};
        last = shown;
        return m_form == Form::JsonLines ? jsonLine(file, change, now) : shown;
    }
    [[nodiscard]] std::string table() const
    {
        std::vector<const LiveFile*> rows;
        for (const auto& [id, file] : m_files)
            rows.push_back(&file);
        std::stable_sort(rows.begin(), rows.end(), [](const LiveFile* a, const LiveFile* b) { return a->appearedMs > b->appearedMs; });
        std::string text = tableHead;
        for (const LiveFile* row : rows)
            text += tableLine(*row);
        return text;
    }
    void end()
    {
        if (m_form == Form::Table)
            print(table());
        if (m_code == ExitGood)
            QCoreApplication::exit(ExitGood);
    }
    void print(const std::string& out)
    {
        if (out.empty() || m_code != ExitGood)
            return;
        if (!writeOut(out)) {
            m_code = ExitOutput;
            QCoreApplication::exit(ExitOutput);
        }
    }

    Form m_form;
    bool m_endsWhenRead;
    QString m_folder;
    QString m_problem;
    std::map<std::uint32_t, LiveFile> m_files;
    std::map<std::uint32_t, LiveFile> m_held; // those that are being read, for the first time or anew
    std::map<std::uint32_t, std::string> m_lines; // as printed last, but for time and change
    bool m_isDirty = true;
    bool m_isEnding = false;
    int m_code = ExitGood;
};

} // namespace

int runWatch(const QStringList& arguments)
{
    Arguments parser(QStringLiteral("watch [--json] [--for SECONDS] [--once] DIR"), QString::fromLatin1(watchExplanation));
    parser.addFlag("json", QStringLiteral("Print JSON, one object a line."));
    parser.addValue("for", QStringLiteral("End after so many seconds."), QStringLiteral("SECONDS"));
    parser.addFlag("once", QStringLiteral("Print the table once and end."));
    if (const std::optional<int> code = parser.parse(arguments))
        return *code;
    if (parser.files().size() != 1 || parser.files().front().isEmpty())
        return Arguments::usageError(QStringLiteral("watch: give one DIR"));
    bool isNumber = true;
    const double seconds = parser.isSet("for") ? parser.value("for").toDouble(&isNumber) : 0;
    if (!isNumber || !(seconds >= 0 && seconds <= 1e6))
        return Arguments::usageError(QStringLiteral("watch: --for %1 is no number of seconds").arg(parser.value("for")));
    const QString folder = parser.files().front();
    const QFileInfo info(folder);
    if (info.exists() && !info.isDir()) {
        writeError(folder.toStdString(), "is not a directory");
        return ExitUnreadable;
    }
    using Form = WatchPrinter::Form;
    const Form form = parser.isSet("json") ? Form::JsonLines
        : parser.isSet("once")             ? Form::Table
        : ::isatty(STDOUT_FILENO) != 0     ? Form::Terminal
                                           : Form::Lines;
    QString path = folder;
    while (path.size() > 1 && path.endsWith(QLatin1Char('/')))
        path.chop(1);
    QlogDir directory(path, QlogDir::AtRest::Always);
    WatchPrinter printer(form, parser.isSet("once"), path);
    QObject::connect(&directory, &QlogDir::filesChanged, &printer, &WatchPrinter::take);
    QObject::connect(&directory, &QlogDir::folderChanged, &printer, &WatchPrinter::takeProblem);
    if (!catchSignals(&printer)) {
        writeError("signals cannot be caught");
        return ExitOutput;
    }
    QTimer redraw;
    if (form == Form::Terminal) {
        QObject::connect(&redraw, &QTimer::timeout, &printer, &WatchPrinter::redraw);
        redraw.start(500);
    }
    if (parser.isSet("for"))
        QTimer::singleShot(static_cast<int>(seconds * 1000), QCoreApplication::instance(), [] { QCoreApplication::exit(ExitGood); });
    directory.start();
    const int code = QCoreApplication::exec();
    printer.finish();
    return code;
}

} // namespace qlogscope
