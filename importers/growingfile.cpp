// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/growingfile.h"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>

namespace qlogscope {

namespace {

std::int64_t modifiedNs(const struct stat& status)
{
    return static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
}

} // namespace

GrowingFile::GrowingFile(std::string path)
    : m_path(std::move(path))
{
}

GrowingFile::Look GrowingFile::look()
{
    if (!m_source || m_isOutdated)
        return open();
    struct stat status = {};
    if (::stat(m_path.c_str(), &status) != 0) {
        m_problem = std::strerror(errno);
        return errno == ENOENT || errno == ENOTDIR ? Look::Gone : Look::Unreadable;
    }
    if (static_cast<std::uint64_t>(status.st_dev) != m_device || static_cast<std::uint64_t>(status.st_ino) != m_inode)
        return replaced("was replaced by another file");
    m_size = static_cast<std::uint64_t>(status.st_size);
    if (m_size < m_readTo)
        return replaced("was truncated");
    if (m_size == m_readTo && (!m_hasModified || modifiedNs(status) == m_modifiedNs))
        return Look::Same;
    if (m_source->change() == ByteSource::Change::Replaced)
        return replaced("was written over");
    if (m_size > m_readTo)
        return Look::Grown;
    // as long as before, but written to: somewhere between the checksums, if there is such a place
    constexpr std::uint64_t checkedBytes = 4096 + 64;
    if (m_size <= checkedBytes) {
        m_modifiedNs = modifiedNs(status);
        return Look::Same;
    }
    // a write sets the time first and the size later: only what is the same at two looks counts
    if (m_suspectedNs != modifiedNs(status)) {
        m_suspectedNs = modifiedNs(status);
        return Look::Same;
    }
    return replaced("was written over");
}

GrowingFile::Look GrowingFile::open()
{
    m_isOutdated = false;
    m_size = 0;
    m_readTo = 0;
    m_hasModified = false;
    m_suspectedNs = 0;
    struct stat status = {};
    if (::stat(m_path.c_str(), &status) != 0) {
        m_problem = std::strerror(errno);
        m_source.reset();
        return errno == ENOENT || errno == ENOTDIR ? Look::Missing : Look::Unreadable;
    }
    std::string problem;
    m_source = ByteSource::open(m_path, &problem);
    if (!m_source) {
        m_problem = problem;
        return Look::Unreadable;
    }
    m_source = m_source->markedAt(0);
    m_device = static_cast<std::uint64_t>(status.st_dev);
    m_inode = static_cast<std::uint64_t>(status.st_ino);
    m_size = m_source->size();
    m_problem.clear();
    return Look::Opened;
}

GrowingFile::Look GrowingFile::replaced(const char* how)
{
    m_problem = how;
    m_isOutdated = true;
    return Look::Replaced;
}

void GrowingFile::setReadTo(std::uint64_t offset)
{
    m_readTo = offset;
    m_source = m_source->markedAt(offset);
    struct stat status = {};
    // a change after this look shows in the size or in the time
    m_hasModified = ::stat(m_path.c_str(), &status) == 0 && static_cast<std::uint64_t>(status.st_size) == offset;
    if (m_hasModified)
        m_modifiedNs = modifiedNs(status);
}

} // namespace qlogscope
