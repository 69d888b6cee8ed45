// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/packetlayout.h"
#include "model/quicterms.h"
#include "model/traceheader.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qlogscope {

struct PacketFact;

/// Name and value as shown to people, sorted by name: {"offset", "1,200 bytes"}, {"raw.length", ...}. UTF-8. At most some KiB:
/// then a last one says how many are left out.
using RecordFields = std::vector<std::pair<std::string, std::string>>;

/// A frame of a packet, or the whole of another record, as a chip shows it.
struct RecordChip {
    FrameKind kind = FrameKind::Other; ///< Other for what is no frame
    std::string text; ///< short, one line, never empty: "STREAM 4 [0..1200) FIN", "ACK 0-12,14"
    RecordFields fields; ///< everything that the log says of it; units where the meaning of a field gives one
    bool operator==(const RecordChip&) const = default;
};

/// One record, taken apart for display.
struct RecordDescription {
    std::string title; ///< "1-RTT 17", "Initial 0", "Retry"; of other records the event's name without category
    std::string size; ///< of the packet, "1252 B"; empty where it is not logged
    /// Of a sent or received packet one a frame, in the order of the log, none where they are not logged; of other records one,
    /// the summary.
    std::vector<RecordChip> chips;
    /// Of the packet's header, of the packet, of the record: all but frames, name and time; of other records all but `data`.
    RecordFields fields;
    bool operator==(const RecordDescription&) const = default;
};

/// What views and the command line need to know about one record when it is shown: facts are kept, texts are read again.
/// Implemented by the importers, handed to views by the app. Any thread.
class RecordReader
{
public:
    virtual ~RecordReader() = default;
    /// One line: packet type and number, size and frames; or the changed metrics; or the message. Never throws; a record that
    /// does not parse gives what is wrong with it.
    /// @param record the JSON text of one record
    /// @param header of its trace: the columns of array events and the unit of times
    [[nodiscard]] virtual std::string summary(std::string_view record, const TraceHeader& header) const = 0;
    /// The same in parts: at most 64 chips, then one that says how many frames more. Never throws; a record that does not parse,
    /// or is too long to be parsed for this (4 MiB), has one chip that says so.
    /// @param record, header as for summary()
    [[nodiscard]] virtual RecordDescription description(std::string_view record, const TraceHeader& header) const = 0;
    /// The connection IDs that the record names (of its packet's header, the original destination connection ID, its group), in
    /// hexadecimal of lower case; without those of no length. Never throws; a record that does not parse names none.
    /// @param record, header as for summary()
    [[nodiscard]] virtual std::vector<std::string> connectionIds(std::string_view record, const TraceHeader& header) const = 0;
    /// A packet_sent or packet_received record byte by byte. Sizes that the log lacks are computed by RFC 9000, sections 16, 17 and 19, and said
    /// to be inferred. Never throws; of a record that cannot be parsed (see description()) all but header and tag is unaccounted.
    /// @param packet the fact of the record: its size is what the parts add up to
    [[nodiscard]] virtual PacketLayout packetLayout(std::string_view record, const TraceHeader& header, const PacketFact& packet) const = 0;
};

} // namespace qlogscope
