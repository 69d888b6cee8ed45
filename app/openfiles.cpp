// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/openfiles.h"

#include "app/session.h"

#include <QFileInfo>
#include <QRegularExpression>
#include <QScopedValueRollback>

#include <algorithm>
#include <utility>

namespace qlogscope {

namespace {

const QLatin1String standardInput("-");

/// One spelling for one file.
QString identityOf(const QString& path)
{
    if (path == standardInput)
        return path;
    const QFileInfo info(path);
    const QString canonical = info.canonicalFilePath();
    return canonical.isEmpty() ? info.absoluteFilePath() : canonical;
}

/// The first trace with rows; invalid if nothing was read yet. A log that has no events at all is shown as that.
TraceRef firstTrace(Document* document)
{
    for (std::size_t i = 0; i < document->traceCount(); ++i) {
        if (document->trace(TraceId(i)).rowCount() > 0)
            return {document, TraceId(i)};
    }
    if (document->state() == Document::State::Complete && document->traceCount() > 0)
        return {document, TraceId(0U)};
    return {};
}

} // namespace

OpenRequest OpenRequest::fromArgument(const QString& argument)
{
    static const QRegularExpression withOffset(QStringLiteral("^(.+)@([0-9]+)$"), QRegularExpression::DotMatchesEverythingOption);
    const QRegularExpressionMatch match = withOffset.match(argument);
    if (!match.hasMatch() || QFileInfo::exists(argument))
        return {argument, {}, false};
    bool isNumber = false;
    const std::uint64_t offset = match.captured(2).toULongLong(&isNumber);
    return isNumber ? OpenRequest{match.captured(1), offset, false} : OpenRequest{argument, {}, false};
}

struct OpenFiles::File {
    QString identity;
    std::unique_ptr<Session> session;
    std::optional<std::uint64_t> offset; // to be selected once it is read
    bool isWanted = false; // comes into view when it has data
    std::optional<Shown> shown; // to be restored
    bool isShownAgain = false;
};

OpenFiles::OpenFiles(ViewContext* context, QObject* parent)
    : QObject(parent)
    , m_context(context)
{
    connect(context, &ViewContext::traceChanged, this, &OpenFiles::onTraceChanged);
}

OpenFiles::~OpenFiles() = default;

void OpenFiles::open(const std::vector<OpenRequest>& requests)
{
    for (const auto& file : m_files)
        file->isWanted = false; // what was asked for last is what comes into view
    bool isShown = false;
    for (const OpenRequest& request : requests) {
        File* known = findPath(identityOf(request.path));
        if (known == nullptr || !request.follows || request.offset || !known->session->isFollowing()) {
            start(request);
            continue;
        }
        const TraceRef trace = firstTrace(known->session->document()); // is being read as it is
        known->isWanted = !trace.isValid();
        if (trace.isValid() && !std::exchange(isShown, true))
            m_context->setTrace(trace);
    }
}

void OpenFiles::start(const OpenRequest& request)
{
    const QString identity = identityOf(request.path);
    auto file = std::make_unique<File>();
    file->identity = identity;
    file->offset = request.offset;
    file->isWanted = true;
    if (const File* open = findPath(identity)) {
        file->shown = shownOf(open->session->document());
        remove(open->session->document());
    }
    file->session = std::make_unique<Session>(request.path == standardInput ? request.path : QFileInfo(request.path).absoluteFilePath(),
                                              m_context->workspace(), request.follows);
    Session* session = file->session.get();
    m_files.push_back(std::move(file));
    connect(session, &Session::progressChanged, this, &OpenFiles::progressChanged);
    connect(session, &Session::finished, this, [this, session] { onFinished(session); });
    connect(session->document(), &Document::appended, this, [this, session] { onAppended(session); });
    connect(session, &Session::aboutToRestart, this, [this, session] { onAboutToRestart(session); });
    connect(session, &Session::restarted, this, [this, session] { onRestarted(session); });
    session->start();
    Q_EMIT progressChanged();
}

/// Like a reload: what was shown comes back when it is there again.
void OpenFiles::onAboutToRestart(Session* session)
{
    if (File* file = findDocument(session->document())) {
        file->isWanted = file->isWanted || m_context->trace().document == session->document();
        file->shown = file->shown ? file->shown : shownOf(session->document());
    }
    m_isSwitching = true; // until the other document is there
}

void OpenFiles::onRestarted(Session* session)
{
    m_isSwitching = false;
    connect(session->document(), &Document::appended, this, [this, session] { onAppended(session); });
}

void OpenFiles::reload(const Document* document)
{
    const File* file = findDocument(document);
    if (file == nullptr)
        return;
    const QString path = file->session->path();
    const bool wasShown = m_context->trace().document == document;
    start({path, {}, file->session->isFollowing()});
    m_files.back()->isWanted = wasShown;
}

bool OpenFiles::isFollowing(const Document* document) const
{
    return std::any_of(m_files.begin(), m_files.end(),
                       [document](const auto& file) { return file->session->document() == document && file->session->isFollowing(); });
}

void OpenFiles::setFollowing(const Document* document, bool follows)
{
    const File* file = findDocument(document);
    if (file == nullptr || file->session->isFollowing() == follows || file->session->path() == standardInput)
        return;
    if (!follows)
        return file->session->endFollowing();
    const bool wasShown = m_context->trace().document == document;
    start({file->session->path(), {}, true});
    m_files.back()->isWanted = wasShown;
}

void OpenFiles::close(Document* document)
{
    remove(document);
    Q_EMIT progressChanged();
}

void OpenFiles::remove(Document* document)
{
    // the session first: it feeds the document
    std::erase_if(m_files, [document](const auto& file) { return file->session->document() == document; });
    const QScopedValueRollback<bool> guard(m_isSwitching, true);
    m_context->workspace()->close(document);
}

void OpenFiles::cancel()
{
    for (const auto& file : m_files) {
        if (file->session->isLoading())
            file->session->cancel();
    }
}

bool OpenFiles::isLoading() const { return !loading().empty(); }

std::vector<const Session*> OpenFiles::loading() const
{
    std::vector<const Session*> sessions;
    for (const auto& file : m_files) {
        if (file->session->isLoading())
            sessions.push_back(file->session.get());
    }
    return sessions;
}

OpenFiles::File* OpenFiles::findPath(const QString& path)
{
    const auto it = std::find_if(m_files.begin(), m_files.end(), [&path](const auto& file) { return file->identity == path; });
    return it == m_files.end() ? nullptr : it->get();
}

OpenFiles::File* OpenFiles::findDocument(const Document* document)
{
    const auto it = std::find_if(m_files.begin(), m_files.end(),
                                 [document](const auto& file) { return file->session->document() == document; });
    return it == m_files.end() ? nullptr : it->get();
}

std::optional<OpenFiles::Shown> OpenFiles::shownOf(const Document* document) const
{
    const TraceRef trace = m_context->trace();
    if (trace.document != document || !trace.isValid())
        return {};
    Shown shown{trace.trace, trace.get().header().groupId, m_context->visibleRange(), m_context->isFitted(), {}};
    if (m_context->selectedRow().isValid())
        shown.selectedOffset = document->events().offset(m_context->selectedRow());
    return shown;
}

void OpenFiles::onTraceChanged()
{
    if (m_isSwitching)
        return;
    for (const auto& file : m_files) { // the user chose a trace: nothing jumps away from it
        file->isWanted = false;
        file->shown.reset();
    }
}

void OpenFiles::onAppended(Session* session)
{
    File* file = findDocument(session->document());
    if (file == nullptr)
        return;
    showWanted();
    if (file->offset)
        selectOffset(*file);
}

/// Of files that are opened together the first one comes into view, not the one that is read faster.
void OpenFiles::showWanted()
{
    for (const auto& file : m_files) {
        if (file->isWanted && showTraceOf(*file))
            return;
        if (file->isWanted && file->session->isLoading())
            return; // its data is still to come
    }
    for (const auto& file : m_files) {
        if (m_context->trace().isValid() || showTraceOf(*file))
            return;
    }
}

/// False if it has no trace with data (yet).
bool OpenFiles::showTraceOf(File& file)
{
    Document* document = file.session->document();
    TraceRef trace = firstTrace(document);
    if (!trace.isValid())
        return false;
    if (file.shown) { // wait for the trace that was shown before, if it comes
        const TraceId before = file.shown->trace;
        const bool isThere = before.value < document->traceCount() && document->trace(before).rowCount() > 0;
        if (isThere)
            trace.trace = before;
        else if (document->state() == Document::State::Loading)
            return false;
        file.isShownAgain = isThere && trace.get().header().groupId == file.shown->groupId;
    }
    for (const auto& each : m_files)
        each->isWanted = false;
    const QScopedValueRollback<bool> guard(m_isSwitching, true);
    m_context->setTrace(trace);
    return true;
}

void OpenFiles::selectOffset(File& file)
{
    const RowId row = file.session->document()->events().rowAtOffset(*file.offset);
    if (!row.isValid())
        return;
    file.offset.reset();
    if (m_context->trace().document != file.session->document())
        return;
    const QScopedValueRollback<bool> guard(m_isSwitching, true); // the record may be of another trace of the file
    m_context->reveal(row);
}

void OpenFiles::onFinished(Session* session)
{
    File* file = findDocument(session->document());
    if (file == nullptr)
        return;
    const Document* document = session->document();
    onAppended(session);
    restore(*file);
    if (document->state() == Document::State::Failed)
        Q_EMIT failed(session->path(), QString::fromStdString(document->failure()));
    else if (file->offset)
        Q_EMIT failed(session->path(), tr("There is no record at byte %1; the file is shorter.").arg(*file->offset));
    file->offset.reset();
    file->isWanted = false;
    Q_EMIT progressChanged();
}

/// All of the trace is there again: what was seen of it can be shown again, unless the user has moved on.
void OpenFiles::restore(File& file)
{
    const std::optional<Shown> shown = std::exchange(file.shown, std::nullopt);
    if (!shown || !file.isShownAgain || m_context->trace().document != file.session->document())
        return;
    if (!shown->isFitted && m_context->isFitted())
        m_context->setVisibleRange(shown->visible);
    if (shown->selectedOffset && !m_context->selectedRow().isValid())
        m_context->select(file.session->document()->events().rowAtOffset(*shown->selectedOffset));
}

} // namespace qlogscope
