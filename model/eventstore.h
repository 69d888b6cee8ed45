// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/column.h"
#include "model/eventbatch.h"
#include "model/ids.h"

#include <map>

namespace qlogscope {

/// The records of one file as columns, in file order: 19 bytes a row while the file has one trace. UI thread.
class EventStore
{
public:
    void append(const EventRow& row);

    [[nodiscard]] std::size_t size() const { return m_times.size(); }
    /// Nanoseconds since the origin of the row's trace.
    [[nodiscard]] std::int64_t timeNs(RowId row) const { return m_times[row.value]; }
    [[nodiscard]] std::uint64_t offset(RowId row) const;
    [[nodiscard]] std::uint32_t length(RowId row) const { return m_lengths[row.value]; }
    /// None for malformed rows.
    [[nodiscard]] NameId name(RowId row) const
    {
        const std::uint16_t value = m_names[row.value];
        return value == noName ? NameId() : NameId(std::uint32_t{value});
    }
    static constexpr std::uint16_t noName = 0xffff;
    /// Values of the names of rows [begin, end) in order, noName for those without, as spans.
    template <typename Visit> void forEachNameRun(std::size_t begin, std::size_t end, Visit visit) const
    {
        m_names.forEachRun(begin, end, visit);
    }
    [[nodiscard]] std::uint8_t flags(RowId row) const { return m_flags[row.value]; }
    [[nodiscard]] TraceId trace(RowId row) const
    {
        return m_traces.empty() ? TraceId(std::size_t{0}) : TraceId(m_traces[row.value]);
    }

    /// The same columns for rows that are read in order: cheaper. Not to be used across appends.
    class Reader
    {
    public:
        explicit Reader(const EventStore& events)
            : m_times(events.m_times)
            , m_flags(events.m_flags)
            , m_traces(events.m_traces)
            , m_hasTraces(!events.m_traces.empty())
        {
        }
        [[nodiscard]] std::int64_t timeNs(RowId row) { return m_times[row.value]; }
        [[nodiscard]] std::uint8_t flags(RowId row) { return m_flags[row.value]; }
        [[nodiscard]] TraceId trace(RowId row) { return m_hasTraces ? TraceId(m_traces[row.value]) : TraceId(std::size_t{0}); }

    private:
        Column<std::int64_t>::Reader m_times;
        Column<std::uint8_t>::Reader m_flags;
        Column<std::uint32_t>::Reader m_traces;
        bool m_hasTraces;
    };

    /// The row whose record contains or follows the byte; none past the end.
    [[nodiscard]] RowId rowAtOffset(std::uint64_t offset) const;
    [[nodiscard]] std::size_t memoryBytes() const;

    /// Where the records are that the store holds now, for reading in any thread while this one goes on appending.
    class Ranges
    {
    public:
        [[nodiscard]] std::size_t size() const { return m_lengths.size(); }
        [[nodiscard]] std::uint64_t offset(std::size_t row) const;
        [[nodiscard]] std::uint64_t end(std::size_t row) const { return offset(row) + m_lengths[row]; }

    private:
        friend class EventStore;
        Column<std::uint64_t>::Snapshot m_offsetBases;
        Column<std::uint32_t>::Snapshot m_offsets;
        Column<std::uint32_t>::Snapshot m_lengths;
        std::map<std::uint32_t, std::uint64_t> m_farOffsets;
    };
    [[nodiscard]] Ranges ranges() const;

private:
    Column<std::int64_t> m_times;
    static constexpr std::size_t offsetBlock = 1024; // rows with one base
    Column<std::uint64_t> m_offsetBases;
    Column<std::uint32_t> m_offsets; // above the base of the block
    std::map<std::uint32_t, std::uint64_t> m_farOffsets; // rows over 4 GiB behind their base
    Column<std::uint32_t> m_lengths;
    Column<std::uint16_t> m_names; // the importer keeps ids below 65535
    Column<std::uint8_t> m_flags;
    Column<std::uint32_t> m_traces; // empty until a second trace appears
};

} // namespace qlogscope
