// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/bytesource.h"

#include <cstdint>
#include <memory>
#include <string>

namespace qlogscope {

/// A file that may not be there yet, grows, shrinks, is replaced or goes away while it is read. Asks, never waits. One thread.
class GrowingFile
{
public:
    enum class Look : std::uint8_t {
        Missing, ///< not there yet
        Unreadable, ///< see problem()
        Opened, ///< for the first time, or anew after Replaced: to be read from its first byte
        Same,
        Grown,
        Replaced, ///< by another file, cut, or written over: what was read is not what it has now
        Gone, ///< deleted or renamed; what was opened can still be read
    };

    explicit GrowingFile(std::string path);

    /// Costs a stat; bytes are read only where it tells of a change.
    [[nodiscard]] Look look();
    /// After bytes up to @p offset were read; Same and Grown are judged by it.
    void setReadTo(std::uint64_t offset);

    /// Null before Opened; after Replaced the old file until the next look().
    [[nodiscard]] const std::shared_ptr<ByteSource>& source() const { return m_source; }
    /// Of the last look; 0 where it could not be asked.
    [[nodiscard]] std::uint64_t size() const { return m_size; }
    /// "Permission denied", "is a directory, not a file", "was truncated", "was replaced by another file", ...
    [[nodiscard]] const std::string& problem() const { return m_problem; }
    [[nodiscard]] const std::string& path() const { return m_path; }

private:
    [[nodiscard]] Look open();
    [[nodiscard]] Look replaced(const char* how);

    std::string m_path;
    std::shared_ptr<ByteSource> m_source;
    bool m_isOutdated = false;
    std::string m_problem;
    std::uint64_t m_size = 0;
    std::uint64_t m_readTo = 0;
    std::uint64_t m_device = 0;
    std::uint64_t m_inode = 0;
    std::int64_t m_modifiedNs = 0; // when all of it had been read
    bool m_hasModified = false;
    std::int64_t m_suspectedNs = 0; // another time at the same size, at the last look
};

} // namespace qlogscope
