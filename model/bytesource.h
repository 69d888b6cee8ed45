// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace qlogscope {

/// Bytes of an opened file by range, with pread: a file that its writer truncates gives short reads, never a signal.
/// Read-only. read() may be called from any thread.
class ByteSource
{
public:
    enum class Change : std::uint8_t { Unchanged, Grown, Truncated, Replaced, Vanished };

    /// Opens a regular file. Null, with what is wrong in @p error, for anything else: "is a directory, not a file",
    /// "Permission denied", ... Never waits, not for a FIFO either.
    [[nodiscard]] static std::shared_ptr<ByteSource> open(const std::string& path, std::string* error);
    /// Takes over a descriptor (a spool file); @p path is what it is called in messages.
    [[nodiscard]] static std::shared_ptr<ByteSource> adopt(int descriptor, const std::string& path);

    ~ByteSource();
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;

    [[nodiscard]] const std::string& path() const { return m_path; }
    /// Size now, by fstat.
    [[nodiscard]] std::uint64_t size() const;
    /// Reads up to @p length bytes; returns how many (0 at the end), or -1 with errno set.
    [[nodiscard]] std::ptrdiff_t read(std::uint64_t offset, char* buffer, std::size_t length) const;
    /// The bytes of a range; shorter than asked if the file is.
    [[nodiscard]] std::string text(std::uint64_t offset, std::size_t length) const;
    /// Compares the file behind the path with what was opened: device, inode, size, and checksums of the first 4 KiB and of the 64
    /// bytes before what was read.
    [[nodiscard]] Change change() const;
    /// The same open file as it is now, of which @p readTo bytes were read: change() compares with that. At first it is the size at
    /// opening. A new object, so that other threads may go on using the old one.
    [[nodiscard]] std::shared_ptr<ByteSource> markedAt(std::uint64_t readTo) const;

private:
    class Descriptor;
    struct Checksum {
        std::uint64_t offset = 0;
        std::size_t length = 0;
        std::uint64_t value = 0;
    };
    ByteSource(std::shared_ptr<const Descriptor> file, std::string path, bool isSpool);
    void mark(std::uint64_t readTo);
    [[nodiscard]] std::uint64_t checksum(std::uint64_t offset, std::size_t length) const;
    [[nodiscard]] bool holds(const Checksum& checksum) const;

    std::shared_ptr<const Descriptor> m_file;
    std::string m_path;
    bool m_isSpool; // the file has no path of its own: it cannot be replaced
    std::uint64_t m_readTo = 0;
    Checksum m_head;
    Checksum m_tail;
    std::uint64_t m_device = 0;
    std::uint64_t m_inode = 0;
};

} // namespace qlogscope
