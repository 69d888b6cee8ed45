// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/loader.h"

namespace qlogscope {

namespace {
constexpr int stopCheckMs = 20;
}

Loader::Loader(std::string path, QObject* parent)
    : QObject(parent)
    , m_path(std::move(path))
{
    qRegisterMetaType<ReadResult>();
    qRegisterMetaType<std::shared_ptr<const EventBatch>>();
}

Loader::~Loader()
{
    cancel();
    if (m_thread.joinable())
        m_thread.join();
}

void Loader::start()
{
    m_thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Loader::cancel() { m_thread.request_stop(); }

bool Loader::acquireCredit(const std::stop_token& stop)
{
    while (!m_credits.tryAcquire(1, stopCheckMs)) {
        if (stop.stop_requested())
            return false;
    }
    return true;
}

void Loader::run(const std::stop_token& stop)
{
    TraceReader::Callbacks callbacks;
    callbacks.opened = [this](const ReadResult& soFar) { Q_EMIT opened(soFar); };
    callbacks.batch = [this, &stop](EventBatch&& batch) {
        if (acquireCredit(stop))
            Q_EMIT batchReady(std::make_shared<const EventBatch>(std::move(batch)));
    };
    callbacks.progress = [this](std::uint64_t bytes, std::uint64_t size) { Q_EMIT progressed(bytes, size); };
    const ReadResult result = TraceReader::read(m_path, callbacks, stop);
    Q_EMIT finished(result);
}

} // namespace qlogscope
