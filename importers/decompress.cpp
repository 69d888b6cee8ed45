// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/decompress.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <vector>
#include <zlib.h>

namespace qlogscope {

namespace {

constexpr std::size_t bufferBytes = std::size_t{256} << 10;

int openSpool()
{
    const char* configured = std::getenv("TMPDIR");
    for (const char* folder : {configured, "/var/tmp", "/tmp"}) {
        if (folder == nullptr || *folder == '\0')
            continue;
        std::string path = std::string(folder) + "/qlogscope-XXXXXX";
        const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
        if (descriptor >= 0) {
            ::unlink(path.c_str());
            return descriptor;
        }
    }
    return -1;
}

bool writeAll(int descriptor, const char* data, std::size_t size)
{
    while (size > 0) {
        const ssize_t written = ::write(descriptor, data, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        data += written;
        size -= static_cast<std::size_t>(written);
    }
    return true;
}

struct Inflater {
    z_stream stream = {};
    Inflater() { inflateInit2(&stream, 15 + 16); } // gzip only
    ~Inflater() { inflateEnd(&stream); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
};

/// Concatenated gzip members are one text.
std::string inflateAll(const ByteSource& compressed, int spool, const std::function<void(std::uint64_t)>& progress,
                       const std::stop_token& stop, bool* isTruncated)
{
    Inflater inflater;
    std::vector<char> input(bufferBytes);
    std::vector<char> output(bufferBytes);
    std::uint64_t offset = 0;
    int result = Z_OK;
    while (!stop.stop_requested()) {
        const std::ptrdiff_t got = compressed.read(offset, input.data(), input.size());
        if (got <= 0)
            break;
        offset += static_cast<std::uint64_t>(got);
        progress(offset);
        inflater.stream.next_in = reinterpret_cast<Bytef*>(input.data());
        inflater.stream.avail_in = static_cast<uInt>(got);
        bool hasMore = true;
        while (hasMore) {
            if (result == Z_STREAM_END && inflateReset(&inflater.stream) != Z_OK)
                return "cannot restart the decompressor";
            inflater.stream.next_out = reinterpret_cast<Bytef*>(output.data());
            inflater.stream.avail_out = static_cast<uInt>(output.size());
            result = inflate(&inflater.stream, Z_NO_FLUSH);
            if (!writeAll(spool, output.data(), output.size() - inflater.stream.avail_out))
                return std::string("cannot write the unpacked text: ") + std::strerror(errno);
            if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
                *isTruncated = true;
                return "the gzip data is damaged at byte " + std::to_string(offset - inflater.stream.avail_in);
            }
            // a full output buffer: there may be more text of the input that is used up already
            hasMore = inflater.stream.avail_in > 0 || (result == Z_OK && inflater.stream.avail_out == 0);
        }
    }
    if (result != Z_STREAM_END) {
        *isTruncated = true;
        return "the gzip data ends early, at byte " + std::to_string(offset);
    }
    return {};
}

} // namespace

Spooled spoolDecompressed(const ByteSource& compressed, Compression compression,
                          const std::function<void(std::uint64_t)>& progress, std::stop_token stop)
{
    Spooled spooled;
    if (compression != Compression::Gzip) {
        spooled.problem = std::string("is compressed with ") + text(compression) + ", which cannot be read yet";
        return spooled;
    }
    const int spool = openSpool();
    if (spool < 0) {
        spooled.problem = std::string("cannot be unpacked: no temporary file: ") + std::strerror(errno);
        return spooled;
    }
    spooled.problem = inflateAll(compressed, spool, progress, stop, &spooled.isTruncated);
    if (!spooled.problem.empty() && !spooled.isTruncated) {
        ::close(spool);
        return spooled;
    }
    spooled.source = ByteSource::adopt(spool, compressed.path());
    return spooled;
}

} // namespace qlogscope
