// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace qlogscope {

/// Append-only column in fixed blocks of about 32 KiB: growing never copies filled blocks and never doubles the memory,
/// and filled blocks never change or move, so that a snapshot costs a pointer a block. The first block begins small and grows: a file may have 100,000 tiny traces.
/// One thread appends.
template <typename T> class Column
{
public:
    static constexpr std::size_t blockSize = std::bit_floor(std::size_t{32768} / sizeof(T));

    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] bool empty() const { return m_size == 0; }

    void push_back(const T& value)
    {
        const std::size_t slot = m_size % blockSize;
        if (m_size == m_capacity)
            grow();
        m_blocks.back()[slot] = value;
        ++m_size;
    }
    void append(std::span<const T> values)
    {
        while (!values.empty()) {
            if (m_size == m_capacity)
                grow();
            const std::size_t count = std::min(values.size(), m_capacity - m_size);
            std::copy_n(values.data(), count, &m_blocks.back()[m_size % blockSize]);
            m_size += count;
            values = values.subspan(count);
        }
    }
    [[nodiscard]] const T& operator[](std::size_t index) const { return m_blocks[index / blockSize][index % blockSize]; }
    [[nodiscard]] T& operator[](std::size_t index) { return m_blocks[index / blockSize][index % blockSize]; }
    [[nodiscard]] const T& back() const { return (*this)[m_size - 1]; }
    [[nodiscard]] T& back() { return (*this)[m_size - 1]; }
    /// Says that the elements [begin, end) will be read soon.
    void prefetch(std::size_t begin, std::size_t end) const
    {
        constexpr std::size_t step = std::max<std::size_t>(64 / sizeof(T), 1); // of a cache line
        for (; begin < end; begin += step)
            __builtin_prefetch(&(*this)[begin]);
    }
    /// Visits the elements [begin, end) in order, as spans that lie in one block each.
    template <typename Visit> void forEachRun(std::size_t begin, std::size_t end, Visit visit) const
    {
        while (begin < end) {
            const std::size_t slot = begin % blockSize;
            const std::size_t count = std::min(end - begin, blockSize - slot);
            visit(std::span<const T>(&m_blocks[begin / blockSize][slot], count));
            begin += count;
        }
    }
    /// Reads elements that are near each other: keeps hold of the block of the last one. Not to be used across appends.
    class Reader
    {
    public:
        explicit Reader(const Column& column)
            : m_column(&column)
        {
        }
        [[nodiscard]] const T& operator[](std::size_t index)
        {
            if (index / blockSize != m_block) {
                m_block = index / blockSize;
                m_elements = m_column->m_blocks[m_block].get();
            }
            return m_elements[index % blockSize];
        }

    private:
        const Column* m_column;
        const T* m_elements = nullptr;
        std::size_t m_block = static_cast<std::size_t>(-1);
    };
    /// Keeps the first @p newSize elements.
    void truncate(std::size_t newSize)
    {
        m_size = newSize;
        m_blocks.resize((newSize + blockSize - 1) / blockSize);
        m_capacity = std::min(m_capacity, m_blocks.size() * blockSize);
    }
    [[nodiscard]] std::size_t memoryBytes() const { return m_capacity * sizeof(T); }

    /// What the column holds now, for reading in any thread while this one goes on appending (but does not truncate).
    class Snapshot
    {
    public:
        [[nodiscard]] std::size_t size() const { return m_size; }
        [[nodiscard]] const T& operator[](std::size_t index) const { return m_blocks[index / blockSize][index % blockSize]; }

    private:
        friend class Column;
        std::vector<std::shared_ptr<const T[]>> m_blocks;
        std::size_t m_size = 0;
    };
    [[nodiscard]] Snapshot snapshot() const
    {
        Snapshot now;
        now.m_blocks.assign(m_blocks.begin(), m_blocks.end());
        now.m_size = m_size;
        return now;
    }

private:
    static constexpr std::size_t firstCapacity = std::min<std::size_t>(8, blockSize);

    void grow()
    {
        if (m_capacity == 0 || m_capacity >= blockSize) {
            const std::size_t count = m_capacity == 0 ? firstCapacity : blockSize;
            m_blocks.push_back(std::make_shared_for_overwrite<T[]>(count));
            m_capacity += count;
            return;
        }
        const std::size_t capacity = std::min(m_capacity * 4, blockSize);
        auto block = std::make_shared_for_overwrite<T[]>(capacity);
        std::copy_n(m_blocks.front().get(), m_size, block.get());
        m_blocks.front() = std::move(block);
        m_capacity = capacity;
    }

    std::vector<std::shared_ptr<T[]>> m_blocks;
    std::size_t m_size = 0;
    std::size_t m_capacity = 0;
};

} // namespace qlogscope
