// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/bytesource.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qlogscope {

namespace {
constexpr std::size_t headBytes = 4096;
constexpr std::size_t tailBytes = 64;
} // namespace

class ByteSource::Descriptor
{
public:
    explicit Descriptor(int number)
        : m_number(number)
    {
    }
    ~Descriptor() { ::close(m_number); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int number() const { return m_number; }

private:
    int m_number;
};

std::shared_ptr<ByteSource> ByteSource::open(const std::string& path, std::string* error)
{
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a FIFO must not block
    struct stat status = {};
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0) {
        *error = std::strerror(errno);
        if (descriptor >= 0)
            ::close(descriptor);
        return nullptr;
    }
    if (!S_ISREG(status.st_mode)) {
        *error = S_ISDIR(status.st_mode) ? "is a directory, not a file" : "is not a regular file";
        ::close(descriptor);
        return nullptr;
    }
    return std::shared_ptr<ByteSource>(new ByteSource(std::make_shared<const Descriptor>(descriptor), path, false));
}

std::shared_ptr<ByteSource> ByteSource::adopt(int descriptor, const std::string& path)
{
    return std::shared_ptr<ByteSource>(new ByteSource(std::make_shared<const Descriptor>(descriptor), path, true));
}

ByteSource::ByteSource(std::shared_ptr<const Descriptor> file, std::string path, bool isSpool)
    : m_file(std::move(file))
    , m_path(std::move(path))
    , m_isSpool(isSpool)
{
    struct stat status = {};
    if (::fstat(m_file->number(), &status) != 0)
        return;
    m_device = static_cast<std::uint64_t>(status.st_dev);
    m_inode = static_cast<std::uint64_t>(status.st_ino);
    mark(static_cast<std::uint64_t>(status.st_size));
}

ByteSource::~ByteSource() = default;

std::shared_ptr<ByteSource> ByteSource::markedAt(std::uint64_t readTo) const
{
    auto marked = std::shared_ptr<ByteSource>(new ByteSource(m_file, m_path, m_isSpool));
    marked->mark(readTo);
    return marked;
}

void ByteSource::mark(std::uint64_t readTo)
{
    m_readTo = readTo;
    m_head = {0, static_cast<std::size_t>(std::min<std::uint64_t>(headBytes, readTo)), 0};
    m_head.value = checksum(m_head.offset, m_head.length);
    m_tail = {readTo - std::min<std::uint64_t>(tailBytes, readTo), static_cast<std::size_t>(std::min<std::uint64_t>(tailBytes, readTo)), 0};
    m_tail.value = checksum(m_tail.offset, m_tail.length);
}

std::uint64_t ByteSource::size() const
{
    struct stat status = {};
    return ::fstat(m_file->number(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::ptrdiff_t ByteSource::read(std::uint64_t offset, char* buffer, std::size_t length) const
{
    while (true) {
        const ssize_t got = ::pread(m_file->number(), buffer, length, static_cast<off_t>(offset));
        if (got >= 0 || errno != EINTR)
            return got;
    }
}

std::string ByteSource::text(std::uint64_t offset, std::size_t length) const
{
    const std::uint64_t available = size();
    if (offset >= available)
        return {};
    std::string result(static_cast<std::size_t>(std::min<std::uint64_t>(length, available - offset)), '\0');
    std::size_t have = 0;
    while (have < result.size()) {
        const std::ptrdiff_t got = read(offset + have, result.data() + have, result.size() - have);
        if (got <= 0)
            break;
        have += static_cast<std::size_t>(got);
    }
    result.resize(have);
    return result;
}

std::uint64_t ByteSource::checksum(std::uint64_t offset, std::size_t length) const
{
    std::array<char, headBytes> buffer;
    const std::ptrdiff_t got = length == 0 ? 0 : read(offset, buffer.data(), length);
    std::uint64_t hash = 0xcbf29ce484222325U; // FNV-1a
    for (std::ptrdiff_t i = 0; i < got; ++i)
        hash = (hash ^ static_cast<unsigned char>(buffer[static_cast<std::size_t>(i)])) * 0x100000001b3U;
    return hash;
}

bool ByteSource::holds(const Checksum& expected) const { return checksum(expected.offset, expected.length) == expected.value; }

ByteSource::Change ByteSource::change() const
{
    if (m_isSpool)
        return Change::Unchanged;
    struct stat status = {};
    if (::stat(m_path.c_str(), &status) != 0)
        return Change::Vanished;
    if (static_cast<std::uint64_t>(status.st_dev) != m_device || static_cast<std::uint64_t>(status.st_ino) != m_inode)
        return Change::Replaced;
    const auto now = static_cast<std::uint64_t>(status.st_size);
    if (now < m_readTo)
        return Change::Truncated;
    if (!holds(m_head) || !holds(m_tail))
        return Change::Replaced;
    return now > m_readTo ? Change::Grown : Change::Unchanged;
}

} // namespace qlogscope
