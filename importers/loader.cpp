// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/loader.h"

#include <QElapsedTimer>

#include <iterator>

namespace qlogscope {

namespace {
constexpr int deliverySliceMs = 4;
}

Loader::Loader(std::string path, Mode mode, QObject* parent)
    : QObject(parent)
    , m_path(std::move(path))
    , m_mode(mode)
{
    qRegisterMetaType<ReadResult>();
    qRegisterMetaType<std::shared_ptr<const EventBatch>>();
    m_delivery.setSingleShot(true);
    connect(&m_delivery, &QTimer::timeout, this, &Loader::deliver);
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

void Loader::endFollowing() { m_end.request_stop(); }

bool Loader::acquireCredit(const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    if (!m_released.wait(lock, stop, [this] { return m_credits > 0; }))
        return false;
    --m_credits;
    return true;
}

void Loader::release()
{
    {
        const std::scoped_lock lock(m_mutex);
        ++m_credits;
    }
    m_released.notify_one();
}

void Loader::post(std::function<void()> emission)
{
    const std::scoped_lock lock(m_mutex);
    m_posted.push_back(std::move(emission));
    QMetaObject::invokeMethod(this, "startDelivery", Qt::QueuedConnection);
}

void Loader::startDelivery()
{
    const std::scoped_lock lock(m_mutex); // what the other thread made is seen here
    m_delivery.start();
}

void Loader::deliver()
{
    std::deque<std::function<void()>> posted;
    {
        const std::scoped_lock lock(m_mutex);
        posted.swap(m_posted);
    }
    QElapsedTimer clock;
    clock.start();
    while (!posted.empty()) {
        const std::function<void()> emission = std::move(posted.front());
        posted.pop_front();
        emission(); // the last one may be the end of this loader
        if (!posted.empty() && clock.elapsed() >= deliverySliceMs)
            break;
    }
    if (posted.empty())
        return;
    const std::scoped_lock lock(m_mutex);
    m_posted.insert(m_posted.begin(), std::make_move_iterator(posted.begin()), std::make_move_iterator(posted.end()));
    m_delivery.start();
}

void Loader::run(const std::stop_token& stop)
{
    TraceReader::Callbacks callbacks;
    callbacks.opened = [this](const ReadResult& soFar) { post([this, soFar] { Q_EMIT opened(soFar); }); };
    callbacks.batch = [this, &stop](EventBatch&& batch) {
        if (!acquireCredit(stop))
            return;
        post([this, shared = std::make_shared<const EventBatch>(std::move(batch))] { Q_EMIT batchReady(shared); });
    };
    callbacks.progress
        = [this](std::uint64_t bytes, std::uint64_t size) { post([this, bytes, size] { Q_EMIT progressed(bytes, size); }); };
    callbacks.status = [this](const Document::FollowStatus& status) { post([this, status] { Q_EMIT statusChanged(status); }); };
    const ReadResult result = m_mode == Mode::Follow ? TraceReader::follow(m_path, callbacks, m_end.get_token(), stop)
                                                     : TraceReader::read(m_path, callbacks, stop);
    post([this, result] { Q_EMIT finished(result); });
}

} // namespace qlogscope
