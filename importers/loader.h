// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "importers/tracereader.h"

#include <QObject>
#include <QString>
#include <QTimer>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

namespace qlogscope {

/// Reads one file on a thread of its own and hands what it finds, as values, to the thread it lives in: all signals come there.
/// Backpressure: a few credits; release() gives one back after a batch is appended.
class Loader : public QObject
{
    Q_OBJECT
public:
    enum class Mode : std::uint8_t {
        AtRest,
        Follow, ///< at the end of the file waits for more, see TraceReader::follow()
    };
    explicit Loader(std::string path, Mode mode = Mode::AtRest, QObject* parent = nullptr);
    /// Cancels and waits for the thread.
    ~Loader() override;

    void start();
    /// Stops reading soon; finished() still comes, with isCancelled.
    void cancel();
    /// Ends following: what is there is read to its end, then finished() comes.
    void endFollowing();
    /// Gives back the credit of one batchReady(). Any thread.
    void release();

Q_SIGNALS:
    /// The file is open and its format is known: facts without totals, and the source of its text. Of a followed file again after growth.
    void opened(const qlogscope::ReadResult& soFar);
    void batchReady(const std::shared_ptr<const qlogscope::EventBatch>& batch);
    void progressed(quint64 bytes, quint64 size);
    /// Of a followed file.
    void statusChanged(const qlogscope::Document::FollowStatus& status);
    void finished(const qlogscope::ReadResult& result);

private Q_SLOTS:
    void startDelivery();
    /// Emits the signals that wait, in their order: for a few milliseconds, the others in the next turn of the event loop.
    void deliver();

private:
    void run(const std::stop_token& stop);
    [[nodiscard]] bool acquireCredit(const std::stop_token& stop);
    /// Any thread: @p emission is called by deliver().
    void post(std::function<void()> emission);

    static constexpr int creditCount = 2; // so many batches at most are appended between two paints
    std::string m_path;
    Mode m_mode;
    std::stop_source m_end;
    std::mutex m_mutex; // of what follows, up to the thread
    std::condition_variable_any m_released;
    int m_credits = creditCount;
    std::deque<std::function<void()>> m_posted;
    QTimer m_delivery{this}; // not a posted event: those that come while others are handled are handled in the same turn
    std::jthread m_thread;
};

} // namespace qlogscope

Q_DECLARE_METATYPE(qlogscope::ReadResult)
