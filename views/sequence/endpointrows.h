// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/recordreader.h"
#include "model/workspace.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace qlogscope {

/// Which rows of an endpoint-wide trace (Role::Transport: quic-go's transport tracer) are of one connection: those that name one of its
/// connection IDs, and those that name none while it lasts. Records are read again for that, in slices. UI thread.
class EndpointRows
{
public:
    /// @param records null: nothing can be read, all is joined by time
    EndpointRows(TraceRef trace, const RecordReader* records)
        : m_trace(trace)
        , m_records(records)
    {
    }
    static constexpr std::size_t packetsLookedAt = 64; ///< of an end in a direction, for connection IDs
    /// Logs over two times may have something of each other.
    [[nodiscard]] static bool mayOverlap(TimeRange endpoint, TimeRange connection);
    /// The connection IDs that the first packets of an end of the connection have, and its group's.
    [[nodiscard]] std::set<std::string> idsOf(TraceRef end) const;
    /// Looks at all rows again if they are others.
    void setIds(std::set<std::string> ids);
    /// Goes on for about so long. @param times of the connection, on the clock of the endpoint's trace; later calls may have a later end:
    /// then rows that were out of it are looked at again
    /// @return true if nothing is left
    bool advance(TimeRange times, std::int64_t milliseconds);
    /// Indexes into the trace's rows, in the order of time.
    [[nodiscard]] const std::vector<std::uint32_t>& rows() const { return m_rows; }
    /// Changes when rows were added before others, or taken out.
    [[nodiscard]] std::uint64_t version() const { return m_version; }

private:
    [[nodiscard]] bool isOfConnection(RowId row, TimeRange times) const;
    void sortRows();

    TraceRef m_trace;
    const RecordReader* m_records;
    std::set<std::string> m_ids;
    std::vector<std::uint32_t> m_rows;
    std::size_t m_next = 0; ///< row of the trace that is looked at next
    std::int64_t m_endNs = INT64_MIN; ///< of the connection at the last look
    std::optional<std::size_t> m_firstLater; ///< row that came after that end
    std::uint64_t m_version = 0;
};

} // namespace qlogscope
