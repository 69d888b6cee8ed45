// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <memory>
#include <vector>

namespace qlogscope {

/// Append-only column in fixed blocks of about 32 KiB: growing never copies what is there and never doubles the memory,
/// addresses of elements are stable, and a snapshot is a copy of the block list. One thread appends; filled blocks never change.
template <typename T> class Column
{
public:
    static constexpr std::size_t blockSize = std::bit_floor(std::size_t{32768} / sizeof(T));

    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] bool empty() const { return m_size == 0; }

    void push_back(const T& value)
    {
        const std::size_t slot = m_size % blockSize;
        if (slot == 0)
            m_blocks.push_back(std::make_unique_for_overwrite<T[]>(blockSize));
        m_blocks.back()[slot] = value;
        ++m_size;
    }
    [[nodiscard]] const T& operator[](std::size_t index) const { return m_blocks[index / blockSize][index % blockSize]; }
    [[nodiscard]] T& operator[](std::size_t index) { return m_blocks[index / blockSize][index % blockSize]; }
    [[nodiscard]] const T& back() const { return (*this)[m_size - 1]; }
    [[nodiscard]] T& back() { return (*this)[m_size - 1]; }
    /// Keeps the first @p newSize elements.
    void truncate(std::size_t newSize)
    {
        m_size = newSize;
        m_blocks.resize((newSize + blockSize - 1) / blockSize);
    }
    [[nodiscard]] std::size_t memoryBytes() const { return m_blocks.size() * blockSize * sizeof(T); }

private:
    std::vector<std::unique_ptr<T[]>> m_blocks;
    std::size_t m_size = 0;
};

} // namespace qlogscope
