// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/tracereader.h"

#include "importers/containedimporter.h"
#include "importers/decompress.h"
#include "importers/growingfile.h"
#include "importers/recorddecoder.h"
#include "importers/resolver.h"
#include "importers/sequenceimporter.h"
#include "importers/sniff.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace qlogscope {

namespace {

constexpr std::chrono::milliseconds growthPause(50); // between two looks at a followed file

constexpr std::size_t chunkBytes = std::size_t{256} << 10; // a quarter of a block: what is left at its end is copied to the next

/// Decoding gives way to the threads that somebody waits for: the window's and the loader's.
void giveWay()
{
#ifdef __linux__
    constexpr int niceness = 5;
    setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), niceness); // of this thread alone
#endif
}

DecodedBlock decodeOnThisThread(const RecordBlock& block)
{
    thread_local const bool gaveWay = (giveWay(), true);
    (void)gaveWay;
    thread_local RecordDecoder decoder; // its buffers are reused from block to block
    return decoder.decode(block);
}

/// Text buffers of decoded blocks, to be filled again.
class UsedTexts
{
public:
    void put(TextBuffer&& text)
    {
        const std::scoped_lock lock(m_mutex);
        if (m_texts.size() < mostKept && text.capacity() <= 4 * BlockBuilder::bytesPerBlock)
            m_texts.push_back(std::move(text));
    }
    [[nodiscard]] TextBuffer take()
    {
        const std::scoped_lock lock(m_mutex);
        if (m_texts.empty())
            return {};
        TextBuffer text = std::move(m_texts.back());
        m_texts.pop_back();
        return text;
    }

private:
    static constexpr std::size_t mostKept = 8;
    std::mutex m_mutex;
    std::vector<TextBuffer> m_texts;
};

/// The threads that decode, with the text buffers they have emptied: one set for all files that are read at the same time.
class DecodeThreads
{
public:
    static std::shared_ptr<DecodeThreads> shared()
    {
        static std::mutex mutex;
        static std::weak_ptr<DecodeThreads> current;
        const std::scoped_lock lock(mutex);
        std::shared_ptr<DecodeThreads> threads = current.lock();
        if (!threads)
            current = threads = std::make_shared<DecodeThreads>();
        return threads;
    }
    DecodeThreads()
    {
        const unsigned count = std::max(1U, std::thread::hardware_concurrency());
        for (unsigned i = 0; i < count; ++i)
            m_threads.emplace_back([this](const std::stop_token& stop) { work(stop); });
    }
    [[nodiscard]] std::size_t count() const { return m_threads.size(); }
    [[nodiscard]] std::future<DecodedBlock> submit(RecordBlock&& block)
    {
        std::packaged_task<DecodedBlock()> task([this, owned = std::make_shared<RecordBlock>(std::move(block))] {
            DecodedBlock decoded = decodeOnThisThread(*owned);
            m_usedTexts.put(std::move(owned->text));
            return decoded;
        });
        std::future<DecodedBlock> result = task.get_future();
        {
            const std::scoped_lock lock(m_mutex);
            m_tasks.push_back(std::move(task));
        }
        m_hasTask.notify_one();
        return result;
    }
    [[nodiscard]] TextBuffer usedText() { return m_usedTexts.take(); }

private:
    void work(const std::stop_token& stop)
    {
        while (true) {
            std::packaged_task<DecodedBlock()> task;
            {
                std::unique_lock lock(m_mutex);
                if (!m_hasTask.wait(lock, stop, [this] { return !m_tasks.empty(); }))
                    return;
                task = std::move(m_tasks.front());
                m_tasks.pop_front();
            }
            task();
        }
    }

    UsedTexts m_usedTexts;
    std::mutex m_mutex;
    std::condition_variable_any m_hasTask;
    std::deque<std::packaged_task<DecodedBlock()>> m_tasks;
    std::vector<std::jthread> m_threads; // end first
};

/// The blocks of one reading that are being decoded: they come back in the order they went in.
class DecodeQueue
{
public:
    void submit(RecordBlock&& block) { m_results.push_back(m_threads->submit(std::move(block))); }
    [[nodiscard]] TextBuffer usedText() { return m_threads->usedText(); }
    [[nodiscard]] bool hasResults() const { return !m_results.empty(); }
    /// The oldest block is decoded, or so many wait that it is time to wait for it.
    [[nodiscard]] bool shouldTake() const
    {
        return !m_results.empty()
            && (m_results.size() > m_threads->count() + 1
                || m_results.front().wait_for(std::chrono::seconds(0)) == std::future_status::ready);
    }
    [[nodiscard]] DecodedBlock take()
    {
        DecodedBlock block = m_results.front().get();
        m_results.pop_front();
        return block;
    }

private:
    std::shared_ptr<DecodeThreads> m_threads = DecodeThreads::shared();
    std::deque<std::future<DecodedBlock>> m_results;
};

class Reading
{
public:
    Reading(const TraceReader::Callbacks& callbacks, std::stop_token stop)
        : m_callbacks(callbacks)
        , m_stop(std::move(stop))
    {
    }

    ReadResult run(const std::string& path)
    {
        const auto begin = std::chrono::steady_clock::now();
        m_result.facts.path = path;
        if (open(path) && sniff())
            readAll();
        m_result.isCancelled = m_stop.stop_requested();
        const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - begin;
        m_result.facts.loadMs = elapsed.count();
        return m_result;
    }

    ReadResult follow(const std::string& path, std::stop_token end)
    {
        const auto begin = std::chrono::steady_clock::now();
        m_result.facts.path = path;
        m_end = std::move(end);
        m_followed = std::make_unique<GrowingFile>(path);
        while (!isOver() && waitForFormat())
            readAll();
        m_result.isCancelled = m_stop.stop_requested();
        const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - begin;
        m_result.facts.loadMs = elapsed.count();
        return m_result;
    }

private:
    using FollowStatus = Document::FollowStatus;

    /// Nothing more is to be read.
    [[nodiscard]] bool isOver() const { return m_stop.stop_requested() || m_isDone; }

    /// Until the next look, or until somebody wants to end.
    void pause()
    {
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any wakeUp;
        (void)wakeUp.wait_for(lock, m_end, growthPause, [this] { return m_stop.stop_requested(); });
    }

    void report(FollowStatus::State state, std::string detail = {})
    {
        m_status.state = state;
        m_status.detail = std::move(detail);
        m_status.size = m_followed->size();
        m_callbacks.status(m_status);
    }

    /// Waits until there is a file, and enough of it to tell its format. @return false if the end was requested before
    bool waitForFormat()
    {
        std::uint64_t sniffedSize = 0;
        while (true) {
            const bool isLast = m_end.stop_requested(); // then it must do with what is there
            const GrowingFile::Look look = m_followed->look();
            if (look == GrowingFile::Look::Missing || look == GrowingFile::Look::Gone) {
                m_result.failure = m_followed->problem();
                report(look == GrowingFile::Look::Gone ? FollowStatus::State::Gone : FollowStatus::State::Waiting, m_followed->problem());
            } else if (look == GrowingFile::Look::Unreadable) {
                m_result.failure = m_followed->problem();
                report(FollowStatus::State::Unreadable, m_followed->problem());
            } else if (look != GrowingFile::Look::Replaced && m_followed->size() != sniffedSize) {
                sniffedSize = m_followed->size();
                if (openFollowed())
                    return true;
            } else if (look == GrowingFile::Look::Opened) { // and empty
                m_result.failure = "is empty";
                report(FollowStatus::State::Waiting, m_result.failure);
            }
            if (isLast || m_stop.stop_requested())
                return false;
            pause();
        }
    }

    /// @return false if the file is no log as yet
    bool openFollowed()
    {
        const std::shared_ptr<ByteSource> file = m_followed->source();
        m_result.failure.clear();
        m_sizeOnDisk = m_followed->size();
        m_result.source = file;
        m_result.facts.compression = sniffCompression(file->text(0, 16));
        if (m_sizeOnDisk == 0)
            fail("is empty");
        else if ((m_result.facts.compression == Compression::None || unpack(*file)) && sniff())
            return true;
        const bool mayBecomeOne = m_result.facts.compression != Compression::None || m_sizeOnDisk < sniffBytes;
        report(mayBecomeOne ? FollowStatus::State::Waiting : FollowStatus::State::NotQlog, m_result.failure);
        return false;
    }

    [[nodiscard]] bool isCompressed() const { return m_result.facts.compression != Compression::None; }

    /// At the end of what there is of a followed file: all that is complete is handed out.
    void settle(Importer* importer, std::uint64_t offset)
    {
        importer->flush();
        while (m_decoding.hasResults())
            handOut(m_resolver.resolve(m_decoding.take()));
        m_followed->setReadTo(isCompressed() ? m_sizeOnDisk : offset);
        m_result.facts.bytes = offset;
        if (!isCompressed())
            m_result.source = m_followed->source();
        m_callbacks.opened(m_result);
        m_status.pending = importer->pending();
        report(FollowStatus::State::Growing);
    }

    enum class Growth : std::uint8_t { More, Anew, Done };
    Growth waitForGrowth()
    {
        while (true) {
            const bool isLast = m_end.stop_requested();
            switch (m_followed->look()) {
            case GrowingFile::Look::Grown:
                m_status.lastGrowthMs = unixMs();
                if (isCompressed() || isOtherFormatNow(m_sniffed, *m_followed->source())) { // unpacked, or read, from its beginning
                    m_restarts = true;
                    return Growth::Anew;
                }
                return Growth::More;
            case GrowingFile::Look::Replaced:
                beginAnew();
                return Growth::Anew;
            case GrowingFile::Look::Gone:
                report(FollowStatus::State::Gone, m_followed->problem());
                break;
            case GrowingFile::Look::Unreadable:
                report(FollowStatus::State::Unreadable, m_followed->problem());
                break;
            default:
                if (m_status.state != FollowStatus::State::Growing)
                    report(FollowStatus::State::Growing);
            }
            if (isLast) {
                m_isDone = true;
                return Growth::Done;
            }
            if (m_stop.stop_requested())
                return Growth::Done;
            pause();
        }
    }

    static std::int64_t unixMs()
    {
        return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    }

    /// The file under the path is another one: a fresh document at once, whether or not there is anything in it.
    void beginAnew()
    {
        ++m_status.restarts;
        m_status.pending = 0;
        EventBatch batch;
        batch.restart = true;
        batch.diagnostics.push_back({DiagnosticKind::ChangedOnDisk, severityOf(DiagnosticKind::ChangedOnDisk), RowId(), {},
                                     "The file " + m_followed->problem() + " while it was followed; what it holds now is shown."});
        m_callbacks.batch(std::move(batch));
        report(FollowStatus::State::Waiting, m_followed->problem());
    }

    bool fail(std::string sentence)
    {
        m_result.failure = std::move(sentence);
        return false;
    }

    bool open(const std::string& path)
    {
        const std::shared_ptr<ByteSource> file = path == "-" ? openStandardInput() : openFile(path);
        if (!file)
            return false;
        m_sizeOnDisk = file->size();
        if (m_sizeOnDisk == 0)
            return fail("is empty");
        const Compression compression = sniffCompression(file->text(0, 16));
        m_result.facts.compression = compression;
        m_result.source = file;
        return compression == Compression::None || unpack(*file);
    }

    std::shared_ptr<ByteSource> openFile(const std::string& path)
    {
        std::string error;
        std::shared_ptr<ByteSource> file = ByteSource::open(path, &error);
        if (!file)
            fail(error);
        return file;
    }

    std::shared_ptr<ByteSource> openStandardInput()
    {
        Spooled spooled = spoolStandardInput([this](std::uint64_t bytes) { m_callbacks.progress(bytes, 0); }, m_stop);
        if (!spooled.source)
            fail(spooled.problem);
        return spooled.source;
    }

    bool unpack(const ByteSource& file)
    {
        const Spooled spooled = spoolDecompressed(
            file, m_result.facts.compression, [this](std::uint64_t bytes) { m_callbacks.progress(bytes / 2, m_sizeOnDisk); }, m_stop);
        if (!spooled.source)
            return fail(spooled.problem);
        m_result.source = spooled.source;
        m_spoolProblem = spooled.isDamaged ? spooled.problem : std::string();
        if (spooled.source->size() == 0)
            return fail(spooled.isDamaged ? spooled.problem : "is empty after decompression");
        return true;
    }

    bool sniff()
    {
        m_sniffed = sniffFormat(*m_result.source);
        if (m_sniffed.format == FileFormat::Unknown)
            return fail(m_sniffed.refusal);
        m_result.facts.format = m_sniffed.format;
        m_callbacks.opened(m_result);
        return true;
    }

    void readAll()
    {
        LogShape known;
        for (int reading = 1;; ++reading) {
            LogShape found = known;
            m_mayReadAgain = reading < mostReadings;
            found.add(readOnce(known));
            if (m_isAnew)
                return;
            if (m_stop.stop_requested() || reading == mostReadings || found == known)
                break;
            known = std::move(found);
            m_restarts = true;
            m_isDone = false;
        }
        if (!m_stop.stop_requested())
            handOutLast();
    }

    /// @return what the records should have been read with
    LogShape readOnce(const LogShape& known)
    {
        m_resolver = Resolver(known);
        const std::unique_ptr<Importer> importer
            = makeImporter(m_result.facts.format, [this](RecordBlock&& block) { m_decoding.submit(std::move(block)); },
                           [this] { return m_decoding.usedText(); }, known);
        const std::uint64_t size = m_result.source->size();
        std::uint64_t offset = 0;
        m_readError.clear();
        m_isAnew = false;
        const auto shape = [&] {
            LogShape found = known;
            found.add(importer->found());
            found.add(m_resolver.found());
            return found;
        };
        while (!m_stop.stop_requested()) {
            const std::ptrdiff_t got = m_result.source->read(offset, importer->prepare(chunkBytes), chunkBytes);
            if (got < 0)
                m_readError = std::strerror(errno);
            if (got == 0 && m_followed) {
                settle(importer.get(), offset);
                if (m_mayReadAgain && shape() != known)
                    return shape();
                const Growth growth = waitForGrowth();
                if (growth == Growth::More)
                    continue;
                if (growth == Growth::Done)
                    break;
                m_isAnew = true;
                return known;
            }
            if (got <= 0)
                break;
            offset += static_cast<std::uint64_t>(got);
            importer->commit(static_cast<std::size_t>(got));
            while (m_decoding.shouldTake())
                handOut(m_resolver.resolve(m_decoding.take()));
            reportProgress(offset, size);
        }
        m_result.facts.bytes = offset;
        if (!m_stop.stop_requested())
            importer->finish();
        while (m_decoding.hasResults())
            handOut(m_resolver.resolve(m_decoding.take()));
        handOut(m_resolver.finish());
        m_observedFormat = importer->format();
        m_endsInside = importer->endsInside();
        m_foundHeader = importer->foundHeader();
        return shape();
    }

    void reportProgress(std::uint64_t offset, std::uint64_t size)
    {
        if (m_result.facts.compression == Compression::None || size == 0)
            m_callbacks.progress(offset, std::max(size, offset));
        else // unpacking was the first half
            m_callbacks.progress(m_sizeOnDisk / 2 + m_sizeOnDisk * offset / (size * 2), m_sizeOnDisk);
    }

    void handOut(EventBatch&& batch)
    {
        batch.restart = std::exchange(m_restarts, false);
        m_callbacks.batch(std::move(batch));
    }

    /// What only the end of the data tells.
    void handOutLast()
    {
        EventBatch last;
        last.accountedTo = m_result.facts.bytes;
        const auto add = [&last](DiagnosticKind kind, ByteRange bytes, std::string detail) {
            last.diagnostics.push_back({kind, severityOf(kind), RowId(), bytes, std::move(detail)});
        };
        const ByteRange lastRow = m_resolver.lastRow();
        const bool isSequence = m_result.facts.format != FileFormat::Json;
        m_result.facts.format = m_observedFormat;
        m_result.facts.isTruncated = isSequence ? m_resolver.lastRowIsMalformed() : m_endsInside;
        if (!m_readError.empty())
            add(DiagnosticKind::ReadError, {m_result.facts.bytes, 0}, "Reading stopped: " + m_readError + ".");
        if (!m_spoolProblem.empty())
            add(DiagnosticKind::TruncatedCompression, {m_result.facts.bytes, 0},
                "Everything readable is shown, but " + m_spoolProblem + ".");
        if (m_result.facts.isTruncated)
            add(DiagnosticKind::TruncatedFile, isSequence ? lastRow : ByteRange{m_result.facts.bytes, 0},
                isSequence ? "The file ends inside its last record." : "The JSON document is not closed: the file is cut.");
        if (!m_foundHeader && m_resolver.eventCount() == 0)
            m_result.failure = m_result.facts.isTruncated ? "ends inside its first record" : "is no qlog: it has no traces";
        if (!last.diagnostics.empty())
            m_callbacks.batch(std::move(last));
    }

    const TraceReader::Callbacks& m_callbacks;
    std::stop_token m_stop;
    ReadResult m_result;
    std::uint64_t m_sizeOnDisk = 0;
    std::string m_spoolProblem;
    std::string m_readError;
    FileFormat m_observedFormat = FileFormat::Unknown;
    bool m_endsInside = false;
    bool m_foundHeader = false;
    bool m_restarts = false; // the next batch is the first of another reading
    std::unique_ptr<GrowingFile> m_followed; // null for a file at rest
    std::stop_token m_end;
    FollowStatus m_status;
    Sniffed m_sniffed;
    bool m_mayReadAgain = true;
    bool m_isAnew = false; // the file was replaced
    bool m_isDone = false; // the end was requested, and everything up to it is read
    Resolver m_resolver;
    DecodeQueue m_decoding;
};

} // namespace

std::unique_ptr<Importer> makeImporter(FileFormat format, Importer::Sink sink, Importer::TextSupply supply, const LogShape& known)
{
    switch (format) {
    case FileFormat::JsonSeq:
    case FileFormat::Ndjson:
        return std::make_unique<SequenceImporter>(format, std::move(sink), std::move(supply), known);
    case FileFormat::Json:
        return std::make_unique<ContainedImporter>(std::move(sink), std::move(supply), known);
    case FileFormat::Unknown:
        break;
    }
    return nullptr;
}

ReadResult TraceReader::read(const std::string& path, const Callbacks& callbacks, std::stop_token stop)
{
    return Reading(callbacks, std::move(stop)).run(path);
}

ReadResult TraceReader::follow(const std::string& path, const Callbacks& callbacks, std::stop_token end, std::stop_token stop)
{
    return Reading(callbacks, std::move(stop)).follow(path, std::move(end));
}

std::unique_ptr<Document> TraceReader::readDocument(const std::string& path)
{
    auto document = std::make_unique<Document>(path);
    std::shared_ptr<ByteSource> source;
    Callbacks callbacks;
    callbacks.opened = [&](const ReadResult& soFar) { source = soFar.source; };
    callbacks.batch = [&](EventBatch&& batch) {
        if (batch.restart)
            document = std::make_unique<Document>(path);
        document->append(batch);
    };
    callbacks.progress = [](std::uint64_t, std::uint64_t) {};
    const ReadResult result = read(path, callbacks);
    document->setSource(source);
    document->setFileFacts(result.facts);
    document->setState(result.failure.empty() ? Document::State::Complete : Document::State::Failed, result.failure);
    return document;
}

} // namespace qlogscope
