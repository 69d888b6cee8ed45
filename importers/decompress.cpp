// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/decompress.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <vector>
#include <zlib.h>
#include <zstd.h>

#ifdef __linux__
#include <linux/magic.h>
#include <sys/vfs.h>
#endif

namespace qlogscope {

namespace {

constexpr std::size_t bufferBytes = std::size_t{256} << 10;

bool isInMemory([[maybe_unused]] int descriptor)
{
#ifdef __linux__
    struct statfs status = {};
    return ::fstatfs(descriptor, &status) == 0 && (status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC);
#else
    return false;
#endif
}

/// The unlinked temporary file.
class Spool
{
public:
    Spool()
    {
        const char* configured = std::getenv("TMPDIR");
        for (const bool acceptsMemory : {false, true}) {
            for (const char* folder : {configured, "/var/tmp", "/tmp"}) {
                if (m_descriptor < 0 && folder != nullptr && *folder != '\0')
                    open(folder, acceptsMemory);
            }
        }
    }
    ~Spool()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    [[nodiscard]] bool isOpen() const { return m_descriptor >= 0; }
    /// Why nothing can be written; empty while it can.
    [[nodiscard]] std::string problem() const
    {
        if (m_error == 0)
            return {};
        if (!isOpen())
            return std::string("no temporary file can be made: ") + std::strerror(m_error);
        return "the temporary file in " + m_folder + " cannot take it: " + std::strerror(m_error);
    }
    [[nodiscard]] bool write(const char* data, std::size_t size)
    {
        if (m_sinceCheck >= freeBytes) {
            m_sinceCheck = 0;
            struct statvfs status = {};
            if (::fstatvfs(m_descriptor, &status) == 0 && status.f_bavail * status.f_frsize < freeBytes) {
                m_error = ENOSPC;
                return false;
            }
        }
        m_sinceCheck += size;
        while (size > 0) {
            const ssize_t written = ::write(m_descriptor, data, size);
            if (written < 0 && errno == EINTR)
                continue;
            if (written <= 0) {
                m_error = written < 0 ? errno : ENOSPC;
                return false;
            }
            data += written;
            size -= static_cast<std::size_t>(written);
        }
        return true;
    }
    [[nodiscard]] std::shared_ptr<ByteSource> release(const std::string& path)
    {
        return ByteSource::adopt(std::exchange(m_descriptor, -1), path);
    }

private:
    static constexpr std::uint64_t freeBytes = std::uint64_t{64} << 20;

    void open(const char* folder, bool acceptsMemory)
    {
        std::string path = std::string(folder) + "/qlogscope-XXXXXX";
        const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
        if (descriptor < 0) {
            m_error = errno;
            return;
        }
        ::unlink(path.c_str());
        if (!acceptsMemory && isInMemory(descriptor)) {
            ::close(descriptor);
            return;
        }
        m_descriptor = descriptor;
        m_folder = folder;
        m_error = 0;
    }

    int m_descriptor = -1;
    int m_error = 0;
    std::string m_folder;
    std::uint64_t m_sinceCheck = 0;
};

/// A piece of compressed data, and room for what comes out of it.
struct Pieces {
    const char* input;
    std::size_t inputBytes;
    char* output;
    std::size_t outputBytes;
    std::size_t consumed = 0;
    std::size_t produced = 0;
};

enum class Status : std::uint8_t { More, PartEnds, Failed };

/// Members one after the other are one text.
class GzipDecoder
{
public:
    GzipDecoder() { inflateInit2(&m_stream, 15 + 16); } // gzip only
    ~GzipDecoder() { inflateEnd(&m_stream); }
    GzipDecoder(const GzipDecoder&) = delete;
    GzipDecoder& operator=(const GzipDecoder&) = delete;

    [[nodiscard]] Status decode(Pieces* pieces)
    {
        if (m_isAtStart)
            inflateReset(&m_stream);
        m_stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(pieces->input)); // zlib does not write there
        m_stream.avail_in = static_cast<uInt>(pieces->inputBytes);
        m_stream.next_out = reinterpret_cast<Bytef*>(pieces->output);
        m_stream.avail_out = static_cast<uInt>(pieces->outputBytes);
        const int result = inflate(&m_stream, Z_NO_FLUSH);
        pieces->consumed = pieces->inputBytes - m_stream.avail_in;
        pieces->produced = pieces->outputBytes - m_stream.avail_out;
        m_isAtStart = result == Z_STREAM_END;
        if (result == Z_STREAM_END)
            return Status::PartEnds;
        return result == Z_OK || result == Z_BUF_ERROR ? Status::More : Status::Failed;
    }
    [[nodiscard]] std::string reason() const { return m_stream.msg != nullptr ? m_stream.msg : "unknown error"; }
    static constexpr const char* name = "gzip";

private:
    z_stream m_stream = {};
    bool m_isAtStart = false;
};

/// Frames one after the other are one text; skippable frames are skipped.
class ZstdDecoder
{
public:
    ZstdDecoder()
        : m_context(ZSTD_createDStream(), &ZSTD_freeDStream)
        , m_beginning(ZSTD_initDStream(m_context.get()))
        , m_wanted(m_beginning)
    {
    }
    /// One block at most: what a call has decoded before an error is lost.
    [[nodiscard]] Status decode(Pieces* pieces)
    {
        ZSTD_inBuffer input{pieces->input, std::min(pieces->inputBytes, m_wanted), 0};
        ZSTD_outBuffer output{pieces->output, pieces->outputBytes, 0};
        const std::size_t result = ZSTD_decompressStream(m_context.get(), &output, &input);
        pieces->consumed = input.pos;
        pieces->produced = output.pos;
        if (ZSTD_isError(result) != 0) {
            m_reason = ZSTD_getErrorName(result);
            return Status::Failed;
        }
        m_wanted = result == 0 ? m_beginning : result;
        return result == 0 ? Status::PartEnds : Status::More;
    }
    [[nodiscard]] std::string reason() const { return m_reason; }
    static constexpr const char* name = "zstd";

private:
    std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> m_context;
    std::size_t m_beginning; // bytes that a frame is told from
    std::size_t m_wanted; // bytes up to the end of the next block
    std::string m_reason;
};

/// Unpacks all of a source. What is in the way is left in @p spooled.
template <typename Decoder> class Unpacking
{
public:
    Unpacking(const ByteSource& compressed, Spool* spool, Spooled* spooled)
        : m_compressed(compressed)
        , m_spool(spool)
        , m_spooled(spooled)
    {
    }

    void run(const std::function<void(std::uint64_t)>& progress, const std::stop_token& stop)
    {
        while (!stop.stop_requested()) {
            const std::ptrdiff_t got = m_compressed.read(m_offset, m_input.data(), m_input.size());
            if (got < 0)
                return damaged("cannot be read on at byte " + std::to_string(m_offset) + ": " + std::strerror(errno));
            if (got == 0)
                break;
            if (!takeInput(static_cast<std::size_t>(got)))
                return;
            m_offset += static_cast<std::uint64_t>(got);
            progress(m_offset);
        }
        if (m_status != Status::PartEnds && !stop.stop_requested())
            damaged("ends early, at byte " + std::to_string(m_offset));
    }

private:
    /// @return false if nothing more can be decoded
    bool takeInput(std::size_t size)
    {
        std::size_t used = 0;
        bool isFull = false; // there may be more text of input that is used up
        while (used < size || isFull) {
            const bool beginsPart = m_status == Status::PartEnds;
            const std::uint64_t begin = m_offset + used;
            if (beginsPart)
                m_partBegin = begin;
            Pieces pieces{m_input.data() + used, size - used, m_output.data(), m_output.size()};
            m_status = m_decoder.decode(&pieces);
            used += pieces.consumed;
            m_hasPartOutput = (m_hasPartOutput && !beginsPart) || pieces.produced > 0;
            if (!m_spool->write(m_output.data(), pieces.produced))
                return false;
            if (m_status == Status::Failed) {
                fail(m_offset + used);
                return false;
            }
            isFull = m_status == Status::More && pieces.produced == m_output.size();
            if (pieces.consumed == 0 && pieces.produced == 0)
                break; // it waits for more
        }
        return true;
    }

    void fail(std::uint64_t at)
    {
        if (m_partBegin > 0 && !m_hasPartOutput)
            damaged("is followed by other bytes, at byte " + std::to_string(m_partBegin));
        else
            damaged("is damaged at byte " + std::to_string(at) + ": " + m_decoder.reason());
    }

    void damaged(const std::string& how)
    {
        m_spooled->isDamaged = true;
        m_spooled->problem = std::string("the ") + Decoder::name + " data " + how;
    }

    const ByteSource& m_compressed;
    Spool* m_spool;
    Spooled* m_spooled;
    Decoder m_decoder;
    std::vector<char> m_input = std::vector<char>(bufferBytes);
    std::vector<char> m_output = std::vector<char>(bufferBytes);
    Status m_status = Status::More;
    std::uint64_t m_offset = 0;
    std::uint64_t m_partBegin = 0; // of the member or frame, the first one at 0
    bool m_hasPartOutput = false;
};

Spooled finished(Spool* spool, Spooled spooled, const std::string& path, const char* what)
{
    const std::string problem = spool->problem();
    if (problem.empty())
        spooled.source = spool->release(path);
    else
        spooled.problem = std::string(what) + problem;
    return spooled;
}

} // namespace

Spooled spoolDecompressed(const ByteSource& compressed, Compression compression,
                          const std::function<void(std::uint64_t)>& progress, std::stop_token stop)
{
    Spooled spooled;
    Spool spool;
    if (spool.isOpen() && compression == Compression::Gzip)
        Unpacking<GzipDecoder>(compressed, &spool, &spooled).run(progress, stop);
    else if (spool.isOpen())
        Unpacking<ZstdDecoder>(compressed, &spool, &spooled).run(progress, stop);
    return finished(&spool, std::move(spooled), compressed.path(), "cannot be unpacked: ");
}

Spooled spoolStandardInput(const std::function<void(std::uint64_t)>& progress, std::stop_token stop)
{
    constexpr int waitMs = 100; // a cancelled load is noticed so soon
    Spooled spooled;
    Spool spool;
    std::vector<char> buffer(bufferBytes);
    std::uint64_t bytes = 0;
    while (spool.isOpen() && !stop.stop_requested()) {
        pollfd input{STDIN_FILENO, POLLIN, 0};
        const int ready = ::poll(&input, 1, waitMs);
        if (ready == 0 || (ready < 0 && errno == EINTR))
            continue;
        const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0) {
            spooled.problem = std::string("cannot be read: ") + std::strerror(errno);
            return spooled;
        }
        if (got == 0 || !spool.write(buffer.data(), static_cast<std::size_t>(got)))
            break;
        bytes += static_cast<std::uint64_t>(got);
        progress(bytes);
    }
    return finished(&spool, std::move(spooled), "-", "cannot be kept: ");
}

} // namespace qlogscope
