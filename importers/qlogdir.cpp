// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/qlogdir.h"

#include "importers/decompress.h"
#include "importers/growingfile.h"
#include "importers/recorddecoder.h"
#include "importers/resolver.h"
#include "importers/sniff.h"
#include "importers/tracereader.h"
#include "model/connectionfacts.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <map>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unordered_set>

namespace qlogscope {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds lookPause(50); // between two looks at the files that grow
constexpr milliseconds scanPause(2'000);
constexpr milliseconds unwatchedScanPause(500); // where nobody tells of new files (NFS)
constexpr std::int64_t quietMs = 10'000; // after so long without growth a log is idle, or stalled
constexpr std::size_t pieceBytes = std::size_t{256} << 10;
constexpr std::size_t bytesPerTurn = std::size_t{4} << 20; // of one file before the others have their turn
constexpr std::size_t mostOpen = 256; // files that are held open; of others the quietest are closed, and read anew if they grow
constexpr std::int64_t rateMs = 1'000;
constexpr int looksAtAChange = 3; // a file that is written over takes two to be known

std::int64_t unixMs()
{
    return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// Clocks of file servers may be ahead: nothing was changed later than now.
std::int64_t modifiedMs(const struct stat& status)
{
    return std::min(static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1000 + status.st_mtim.tv_nsec / 1'000'000, unixMs());
}

/// Raises the process's limit of open files as far as it may. @return how many files of a directory can be held open at a time
std::size_t roomForFiles()
{
    constexpr rlim_t enough = 65'536;
    constexpr rlim_t forOthers = 192; // of the process: documents, fonts, sockets
    rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return mostOpen;
    limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, enough));
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return mostOpen;
    return limit.rlim_cur > 2 * forOthers ? std::min(limit.rlim_cur, enough) - forOthers : limit.rlim_cur / 2;
}

/// Reads one file as it grows and folds what it says, a piece at a time.
class Follower
{
public:
    explicit Follower(std::string path)
        : m_file(std::move(path))
    {
    }

    /// One look, and a few pieces if there are any. @return whether there may be more to read right now
    bool turn(RecordDecoder* decoder, LiveFile* live)
    {
        if (m_isReading) // of what the last look found
            return read(decoder, live);
        const GrowingFile::Look look = m_file.look();
        live->size = m_file.size();
        switch (look) {
        case GrowingFile::Look::Missing:
        case GrowingFile::Look::Gone:
            live->state = LiveState::Gone;
            return false;
        case GrowingFile::Look::Unreadable:
            live->state = LiveState::Unreadable;
            live->detail = m_file.problem();
            return false;
        case GrowingFile::Look::Replaced:
            beginAnew(live);
            ++live->restarts;
            live->lastGrowthMs = unixMs();
            return true;
        case GrowingFile::Look::Opened:
            beginAnew(live);
            break;
        case GrowingFile::Look::Same:
            if (m_importer != nullptr || live->state == LiveState::NotQlog)
                live->state = live->state == LiveState::Gone || live->state == LiveState::Unreadable ? LiveState::Active : live->state;
            else if (live->state == LiveState::Waiting && live->size > 0 && unixMs() - live->lastGrowthMs >= quietMs)
                live->state = LiveState::NotQlog; // see begin()
            return false;
        case GrowingFile::Look::Grown:
            live->lastGrowthMs = unixMs();
            if (m_isCompressed || (m_importer != nullptr && isOtherFormatNow(m_sniffed, *m_file.source())))
                beginAnew(live);
            break;
        }
        if (m_importer == nullptr && !begin(live))
            return false;
        return read(decoder, live);
    }

private:
    void beginAnew(LiveFile* live)
    {
        m_importer.reset();
        m_known = {};
        m_readings = 0;
        m_offset = 0;
        live->summary = {};
        live->read = 0;
        live->pending = 0;
        live->detail.clear();
    }

    /// Tells the format from what is there. @return false if it is no log as yet
    bool begin(LiveFile* live)
    {
        m_source = m_file.source();
        const std::uint64_t size = m_file.size();
        const Compression compression = sniffCompression(m_source->text(0, 16));
        m_isCompressed = compression != Compression::None;
        std::string refusal;
        if (size == 0) {
            refusal = "is empty";
        } else if (m_isCompressed) {
            const Spooled spooled = spoolDecompressed(*m_source, compression, [](std::uint64_t) {}, {});
            m_source = spooled.source;
            refusal = spooled.source ? std::string() : spooled.problem;
        }
        if (refusal.empty()) {
            m_sniffed = sniffFormat(*m_source);
            if (m_sniffed.format != FileFormat::Unknown) {
                makeReader();
                return true;
            }
            refusal = m_sniffed.refusal;
        }
        const bool mayBecomeOne = m_isCompressed || size < sniffBytes;
        // a file that says nothing yet, or words: only time tells
        live->state = mayBecomeOne && (size == 0 || unixMs() - live->lastGrowthMs < quietMs) ? LiveState::Waiting : LiveState::NotQlog;
        live->detail = refusal;
        m_file.setReadTo(size);
        return false;
    }

    void makeReader()
    {
        ++m_readings;
        m_offset = 0;
        m_resolver = Resolver(m_known);
        m_importer = makeImporter(m_sniffed.format, [this](RecordBlock&& block) { m_blocks.push_back(std::move(block)); }, {}, m_known);
    }

    bool read(RecordDecoder* decoder, LiveFile* live)
    {
        m_isReading = true;
        for (std::size_t done = 0; done < bytesPerTurn;) {
            const std::ptrdiff_t got = m_source->read(m_offset, m_importer->prepare(pieceBytes), pieceBytes);
            if (got < 0) {
                live->state = LiveState::Unreadable;
                live->detail = std::strerror(errno);
                m_isReading = false;
                return false;
            }
            if (got == 0)
                return settle(decoder, live);
            m_offset += static_cast<std::uint64_t>(got);
            done += static_cast<std::size_t>(got);
            m_importer->commit(static_cast<std::size_t>(got));
            fold(decoder, live);
        }
        return true;
    }

    void fold(RecordDecoder* decoder, LiveFile* live)
    {
        for (RecordBlock& block : m_blocks)
            live->summary.add(m_resolver.resolve(decoder->decode(block)));
        m_blocks.clear();
    }

    /// At the end of what there is. @return true if all of it must be read once more, see LogShape
    bool settle(RecordDecoder* decoder, LiveFile* live)
    {
        m_isReading = false;
        m_importer->flush();
        fold(decoder, live);
        m_file.setReadTo(m_isCompressed ? m_file.size() : m_offset);
        live->pending = m_importer->pending();
        live->read = m_offset - live->pending;
        if (live->state == LiveState::NotRead || live->state == LiveState::Waiting || live->state == LiveState::NotQlog
            || live->state == LiveState::Gone || live->state == LiveState::Unreadable)
            live->state = LiveState::Active; // by its age, see stateByAge()
        LogShape found = m_known;
        found.add(m_importer->found());
        found.add(m_resolver.found());
        if (found == m_known || m_readings >= mostReadings)
            return false;
        m_known = std::move(found);
        live->summary = {};
        makeReader();
        return read(decoder, live);
    }

    GrowingFile m_file;
    std::shared_ptr<ByteSource> m_source; // the text: of a compressed file a spool
    bool m_isCompressed = false;
    Sniffed m_sniffed;
    std::unique_ptr<Importer> m_importer;
    Resolver m_resolver;
    std::vector<RecordBlock> m_blocks;
    LogShape m_known;
    int m_readings = 0;
    std::uint64_t m_offset = 0;
    bool m_isReading = false; // there is more of what the last look found
};

} // namespace

/// What the thread keeps of the directory.
class QlogDir::Watch
{
public:
    Watch(std::string folder, AtRest atRest)
        : m_folder(std::move(folder))
        , m_atRest(atRest)
    {
    }

    /// Finds files that are new, changed or gone. @return false with a sentence if the directory cannot be read
    bool scan(std::string* problem)
    {
        DIR* directory = ::opendir(m_folder.c_str());
        if (directory == nullptr) {
            const bool isGone = errno == ENOENT || errno == ENOTDIR;
            *problem = errno == ENOENT ? "does not exist yet" : std::strerror(errno);
            for (auto& [name, file] : m_files) {
                if (isGone) // else they may be as they were
                    noteGone(&file);
            }
            m_isFirst = false; // what appears later is new
            return false;
        }
        ++m_scan;
        while (const dirent* entry = ::readdir(directory)) {
            if (entry->d_name[0] != '.')
                note(::dirfd(directory), entry->d_name);
        }
        ::closedir(directory);
        for (auto& [name, file] : m_files) {
            if (file.seenIn != m_scan)
                noteGone(&file);
        }
        m_isFirst = false;
        return true;
    }

    void want(const std::vector<std::uint32_t>& ids)
    {
        for (const std::uint32_t id : ids) {
            if (id < m_byId.size() && m_byId[id]->live.state == LiveState::NotRead)
                open(m_byId[id]);
        }
    }

    /// Each open file in turn. @return whether there is more to read right now
    bool lookAtFiles(const std::stop_token& stop)
    {
        bool isMore = false;
        for (std::size_t i = 0; i < m_open.size() && !stop.stop_requested();) {
            File& file = *m_open[i];
            if (isQuiet(file) && file.looks == 0 && m_open.size() <= mostOpen) { // the scans see whether it changes
                ++i;
                continue;
            }
            file.looks -= file.looks > 0 ? 1 : 0;
            file.live.isBehind = file.follower->turn(&m_decoder, &file.live);
            isMore = isMore || file.live.isBehind;
            finishLook(&file);
            // the scans see whether it grows; then it is read anew
            if ((m_open.size() > mostOpen && isQuiet(file)) || (m_open.size() > m_room && !file.live.isBehind)) {
                file.follower.reset();
                m_open[i] = m_open.back();
                m_open.pop_back();
            } else {
                ++i;
            }
        }
        return isMore;
    }

    std::vector<LiveFile> takeChanged()
    {
        std::vector<LiveFile> files;
        files.reserve(m_changed.size());
        for (const std::uint32_t id : m_changed)
            files.push_back(m_byId[id]->live);
        m_changed.clear();
        return files;
    }
    [[nodiscard]] bool hasChanged() const { return !m_changed.empty(); }

private:
    /// What was told last of a file.
    struct Told {
        LiveState state = LiveState::NotRead;
        std::uint64_t size = 0;
        std::uint64_t read = 0;
        std::uint64_t pending = 0;
        bool isBehind = false;
        std::uint32_t restarts = 0;
        std::string detail;
        double bytesPerSecond = 0;
        bool operator==(const Told&) const = default;
    };
    struct File {
        LiveFile live;
        std::unique_ptr<Follower> follower; // null while the file is not looked into
        std::uint64_t seenIn = 0; // the last scan that found it
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        std::int64_t modifiedNs = 0;
        int looks = 0; // that a scan asks for although the file was quiet
        // for the rate
        std::int64_t rateFromMs = 0;
        std::uint64_t bytesBefore = 0;
        Told told;
    };

    void note(int directory, const char* name)
    {
        struct stat status = {};
        const bool isThere = ::fstatat(directory, name, &status, 0) == 0; // follows links
        const int error = isThere ? 0 : errno;
        if (isThere && S_ISDIR(status.st_mode))
            return;
        const auto [it, isNew] = m_files.try_emplace(name);
        File& file = it->second;
        file.seenIn = m_scan;
        if (isNew) {
            file.live.id = static_cast<std::uint32_t>(m_byId.size());
            file.live.path = m_folder + '/' + name;
            m_byId.push_back(&file);
        }
        if (!isThere || !S_ISREG(status.st_mode)) {
            if (!isThere)
                (void)::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW);
            if (isNew)
                file.live.appearedMs = file.live.lastGrowthMs = m_isFirst ? modifiedMs(status) : unixMs();
            setUnreadable(&file, isThere ? "is not a regular file" : std::strerror(error));
            return;
        }
        const auto size = static_cast<std::uint64_t>(status.st_size);
        const std::int64_t modifiedNs = static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
        const bool isOther = file.device != static_cast<std::uint64_t>(status.st_dev) || file.inode != static_cast<std::uint64_t>(status.st_ino);
        const bool isChanged = isNew || isOther || size != file.live.size || modifiedNs != file.modifiedNs;
        if (isChanged)
            file.looks = looksAtAChange;
        file.device = static_cast<std::uint64_t>(status.st_dev);
        file.inode = static_cast<std::uint64_t>(status.st_ino);
        file.modifiedNs = modifiedNs;
        if (isChanged)
            file.live.lastGrowthMs = std::max(file.live.lastGrowthMs, modifiedMs(status));
        if (isNew) {
            file.live.appearedMs = m_isFirst ? modifiedMs(status) : unixMs();
            file.live.size = size;
            m_changed.insert(file.live.id);
        }
        const bool isAtRest = m_isFirst && unixMs() - modifiedMs(status) > quietMs;
        if (file.follower == nullptr && (isNew ? !isAtRest || m_atRest == AtRest::Always : isChanged || isAway(file)))
            open(&file);
        else if (file.follower == nullptr)
            finishLook(&file); // time goes on for it too
    }

    static bool isAway(const File& file) { return file.live.state == LiveState::Gone || file.live.state == LiveState::Unreadable; }

    void setUnreadable(File* file, const std::string& why)
    {
        close(file);
        file->live.state = LiveState::Unreadable;
        file->live.detail = why;
        file->live.summary = {};
        file->live.read = 0;
        file->live.pending = 0;
        file->live.bytesPerSecond = 0;
        tell(file);
    }

    void noteGone(File* file)
    {
        if (file->live.state == LiveState::Gone)
            return;
        close(file);
        file->live.state = LiveState::Gone;
        file->live.detail.clear();
        file->live.bytesPerSecond = 0;
        tell(file);
    }

    void open(File* file)
    {
        if (m_open.size() >= m_room)
            closeQuietest();
        if (file->live.state == LiveState::NotRead || isAway(*file))
            file->live.state = LiveState::Waiting;
        file->follower = std::make_unique<Follower>(file->live.path);
        file->live.isBehind = true;
        file->rateFromMs = 0;
        m_open.push_back(file);
    }

    /// The one that grew longest ago and is read: if it grows, it is read anew.
    void closeQuietest()
    {
        File* quietest = nullptr;
        for (File* each : m_open) {
            if (!each->live.isBehind && (quietest == nullptr || each->live.lastGrowthMs < quietest->live.lastGrowthMs))
                quietest = each;
        }
        if (quietest != nullptr)
            close(quietest);
    }

    void close(File* file)
    {
        file->live.isBehind = false;
        if (file->follower == nullptr)
            return;
        file->follower.reset();
        std::erase(m_open, file);
    }

    void finishLook(File* file)
    {
        const std::int64_t now = unixMs();
        LiveFile& live = file->live;
        stateByAge(&live, now);
        const std::uint64_t bytes = live.summary.bytesSent + live.summary.bytesReceived;
        if (file->rateFromMs == 0 || bytes < file->bytesBefore) {
            file->rateFromMs = now;
            file->bytesBefore = bytes;
        } else if (now - file->rateFromMs >= rateMs) {
            live.bytesPerSecond = static_cast<double>(bytes - file->bytesBefore) * 1000 / static_cast<double>(now - file->rateFromMs);
            file->rateFromMs = now;
            file->bytesBefore = bytes;
        }
        tell(file);
    }

    static void stateByAge(LiveFile* live, std::int64_t now)
    {
        const bool isBeforeFormat = live->state == LiveState::Waiting && live->read + live->pending == 0;
        if (isBeforeFormat || live->state == LiveState::Gone || live->state == LiveState::Unreadable || live->state == LiveState::NotQlog
            || live->state == LiveState::NotRead)
            return;
        const bool isQuiet = now - live->lastGrowthMs >= quietMs;
        const ConnectionSummary& summary = live->summary;
        live->detail.clear();
        if (summary.close && !summary.isEndpoint) { // an endpoint outlives the connections that it refuses
            live->state = LiveState::Closed;
            live->detail = closeText(*live->summary.close);
        } else if (isQuiet) {
            live->state = live->pending > 0 ? LiveState::Stalled : LiveState::Idle;
        } else if (summary.events == 0 && summary.malformed == 0 && summary.traces == 0) {
            live->state = LiveState::Waiting; // there is a piece of its header
        } else {
            live->state = live->summary.isEndpoint || live->summary.isHandshakeDone ? LiveState::Active : LiveState::Handshaking;
        }
    }

    void tell(File* file)
    {
        const LiveFile& live = file->live;
        Told told{live.state, live.size, live.read, live.pending, live.isBehind, live.restarts, live.detail, live.bytesPerSecond};
        if (told == file->told)
            return;
        file->told = std::move(told);
        m_changed.insert(live.id);
    }

    static bool isQuiet(const File& file)
    {
        return !file.live.isBehind && unixMs() - file.live.lastGrowthMs >= quietMs && file.live.bytesPerSecond <= 0
            && (file.live.state != LiveState::Waiting || file.live.size == 0) && file.live.state != LiveState::Handshaking && file.live.state != LiveState::Active;
    }

    const std::size_t m_room = roomForFiles();
    std::string m_folder;
    AtRest m_atRest;
    bool m_isFirst = true;
    std::uint64_t m_scan = 0;
    std::map<std::string, File> m_files; // by name; they stay where they are
    std::vector<File*> m_byId;
    std::vector<File*> m_open;
    std::unordered_set<std::uint32_t> m_changed;
    RecordDecoder m_decoder;
};

QlogDir::QlogDir(QString folder, AtRest atRest, QObject* parent)
    : QObject(parent)
    , m_folder(std::move(folder))
    , m_atRest(atRest)
{
    m_watchAgain.setInterval(scanPause);
    connect(&m_watchAgain, &QTimer::timeout, this, &QlogDir::watchFolder);
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, [this] {
        {
            const std::scoped_lock lock(m_mutex);
            m_wasNotified = true;
        }
        m_wakeUp.notify_one();
        watchFolder(); // a directory that was removed is watched no longer
    });
}

QlogDir::~QlogDir()
{
    m_thread.request_stop();
    if (m_thread.joinable())
        m_thread.join();
}

void QlogDir::start()
{
    watchFolder();
    m_thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void QlogDir::watchFolder()
{
    const bool isWatched = !m_watcher.directories().isEmpty() || m_watcher.addPath(m_folder);
    if (isWatched)
        m_watchAgain.stop();
    else
        m_watchAgain.start();
    const std::scoped_lock lock(m_mutex);
    m_isNotified = isWatched;
}

void QlogDir::setWanted(const std::vector<std::uint32_t>& ids)
{
    {
        const std::scoped_lock lock(m_mutex);
        m_wanted = ids;
    }
    m_wakeUp.notify_one();
}

void QlogDir::run(const std::stop_token& stop)
{
    Watch watch(m_folder.toStdString(), m_atRest);
    Clock::time_point nextScan = Clock::now();
    Clock::time_point earliestScan = nextScan; // where many files come and go
    std::string problem = "?"; // nothing was told yet
    bool isFirst = true;
    const auto tell = [&] {
        post({watch.takeChanged(), true, {}, false});
        isFirst = false;
    };
    while (!stop.stop_requested()) {
        std::vector<std::uint32_t> wanted;
        bool mustScan = Clock::now() >= nextScan;
        bool isNotified = false;
        {
            const std::scoped_lock lock(m_mutex);
            wanted.swap(m_wanted);
            if (Clock::now() >= earliestScan)
                mustScan = std::exchange(m_wasNotified, false) || mustScan;
            isNotified = m_isNotified;
        }
        if (mustScan) {
            std::string now;
            const Clock::time_point begin = Clock::now();
            watch.scan(&now);
            const Clock::time_point end = Clock::now();
            nextScan = end + (isNotified ? scanPause : unwatchedScanPause);
            earliestScan = end + std::min<Clock::duration>(10 * (end - begin), milliseconds(200));
            if (now != problem)
                post({{}, false, QString::fromStdString(now), true});
            problem = now;
            if (watch.hasChanged()) // before they are read
                tell();
        }
        watch.want(wanted);
        const bool isMore = watch.lookAtFiles(stop);
        if (watch.hasChanged() || isFirst)
            tell();
        std::unique_lock lock(m_mutex);
        if (!isMore)
            (void)m_wakeUp.wait_for(lock, stop, lookPause, [&] { return (m_wasNotified && Clock::now() >= earliestScan) || !m_wanted.empty(); });
    }
}

void QlogDir::post(Found&& found)
{
    {
        const std::scoped_lock lock(m_mutex);
        m_found.push_back(std::move(found));
    }
    QMetaObject::invokeMethod(this, "deliver", Qt::QueuedConnection);
}

void QlogDir::deliver()
{
    std::vector<Found> found;
    {
        const std::scoped_lock lock(m_mutex);
        found.swap(m_found);
    }
    for (const Found& each : found) {
        if (each.hasProblem)
            Q_EMIT folderChanged(each.problem);
        if (each.hasFiles)
            Q_EMIT filesChanged(each.files);
    }
}

} // namespace qlogscope
