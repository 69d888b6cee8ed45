// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session.h"

#include "importers/loader.h"

#include <utility>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace qlogscope {

namespace {

/// Each thread's own heap keeps what was freed last: with a heap for each of the threads of a load, 10 to 20 bytes an event stay behind.
void shareHeaps()
{
#ifdef __GLIBC__
    static const int done = mallopt(M_ARENA_MAX, 2);
    (void)done;
#endif
}

} // namespace

Session::Session(const QString& path, Workspace* workspace, bool follows, QObject* parent)
    : QObject(parent)
    , m_path(path)
    , m_workspace(workspace)
    , m_document(workspace->add(std::make_unique<Document>(path.toStdString())))
    , m_loader(std::make_unique<Loader>(path.toStdString(), follows ? Loader::Mode::Follow : Loader::Mode::AtRest))
    , m_isFollowing(follows)
{
    connect(workspace, &Workspace::documentAboutToClose, this, [this](const Document* document) {
        if (document == m_document)
            m_document = nullptr;
    });
    connect(m_loader.get(), &Loader::opened, this, [this](const ReadResult& soFar) {
        if (m_document == nullptr)
            return;
        m_document->setFileFacts(soFar.facts);
        m_document->setSource(soFar.source);
    });
    connect(m_loader.get(), &Loader::batchReady, this, [this](const std::shared_ptr<const EventBatch>& batch) {
        append(*batch);
        m_loader->release();
    });
    connect(m_loader.get(), &Loader::progressed, this, [this](quint64 bytes, quint64 size) {
        m_progress = size == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(size);
        Q_EMIT progressChanged();
    });
    connect(m_loader.get(), &Loader::statusChanged, this, &Session::onStatus);
    connect(m_loader.get(), &Loader::finished, this, &Session::onFinished);
}

Session::~Session() = default;

void Session::append(const EventBatch& batch)
{
    if (m_document == nullptr)
        return;
    if (batch.restart) {
        Q_EMIT aboutToRestart();
        m_document = m_workspace->replace(m_document);
        Q_EMIT restarted();
    }
    m_document->append(batch);
}

void Session::start()
{
    shareHeaps();
    m_isLoading = true;
    m_loader->start();
}

void Session::cancel() { m_loader->cancel(); }

void Session::endFollowing() { m_loader->endFollowing(); }

void Session::onStatus(const Document::FollowStatus& status)
{
    if (m_document == nullptr)
        return;
    m_document->setFollowStatus(status);
    if (m_document->state() == Document::State::Loading)
        m_document->setState(Document::State::Following);
    if (std::exchange(m_isLoading, false))
        Q_EMIT progressChanged();
}

void Session::onFinished(const ReadResult& result)
{
    m_isLoading = false;
    m_isFollowing = false;
    if (m_document != nullptr) {
        m_document->setFileFacts(result.facts);
        if (result.isCancelled)
            m_document->setState(Document::State::Cancelled);
        else if (!result.failure.empty())
            m_document->setState(Document::State::Failed, result.failure);
        else
            m_document->setState(Document::State::Complete);
    }
#ifdef __GLIBC__
    constexpr std::uint64_t largeBytes = std::uint64_t{32} << 20; // for less the next load would only fault it in again
    if (result.facts.bytes >= largeBytes)
        malloc_trim(0); // blocks, parsers and batches of the load go back to the system
#endif
    Q_EMIT finished();
}

} // namespace qlogscope
