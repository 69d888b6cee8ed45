// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/packetizationcsv.h"

#include "app/cli/output.h"
#include "model/datagramwalk.h"

#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace qlogscope {

namespace {

class PacketizationCsv
{
public:
    PacketizationCsv(const TraceRef& trace, TimeRange range, const RecordReader& records, OutputFile* output)
        : m_document(*trace.document)
        , m_trace(trace.get())
        , m_range(range.shifted(m_trace.zeroNs()))
        , m_records(records)
        , m_output(output)
    {
    }

    void selectRows(const std::vector<RowId>& rows)
    {
        m_selected.resize(m_document.events().size());
        for (const RowId row : rows)
            m_selected[row.value] = true;
    }

    /// Of all of the trace: frames are logged before or after the packets that carry them.
    /// @return what is wrong with the file; empty if nothing is
    [[nodiscard]] std::string placeHttp3Frames(const Http3FrameReader& reader)
    {
        std::string problem;
        for (std::size_t i = 0; i < m_trace.rowCount() && problem.empty(); ++i) {
            const RowId row = m_trace.row(i);
            const NameId name = m_document.events().name(row);
            const EventKind kind = name.isValid() ? m_document.names()[name].kind : EventKind::Other;
            if (kind != EventKind::Http3FrameCreated && kind != EventKind::Http3FrameParsed)
                continue;
            if (const std::optional<Http3FrameRecord> frame = reader.http3Frame(m_document.recordText(row, &problem), m_trace.header()))
                m_http3.add(kind == EventKind::Http3FrameCreated ? Direction::Sent : Direction::Received, *frame);
        }
        return problem;
    }

    /// @return what is wrong with the file; empty if nothing is
    [[nodiscard]] std::string write(std::optional<Direction> direction)
    {
        m_text = "direction,lane,start_byte,length,kind,packet_number,stream_id,offset,inferred\n";
        std::string problem;
        for (const Direction each : {Direction::Sent, Direction::Received}) {
            if (problem.empty() && (!direction || *direction == each))
                problem = writePackets(each);
        }
        flush();
        m_isWritten = m_isWritten && problem.empty() && m_output->commit();
        return problem;
    }
    [[nodiscard]] bool isWritten() const { return m_isWritten; }

private:
    /// What a row says besides its lane and where it lies.
    struct Row {
        std::string_view kind;
        std::optional<std::uint64_t> streamId;
        std::optional<std::uint64_t> offset;
        bool isInferred = false;
    };

    [[nodiscard]] bool isWanted(RowId row) const
    {
        return m_range.contains(m_document.events().timeNs(row)) && (m_selected.empty() || m_selected[row.value]);
    }

    [[nodiscard]] std::string writePackets(Direction direction)
    {
        m_direction = direction == Direction::Sent ? "sent" : "received";
        const PacketIndex& packets = m_trace.packets(direction);
        m_firstByte = 0;
        DatagramWalk datagrams(m_trace, direction);
        while (const std::optional<Datagram> datagram = m_isWritten ? datagrams.next() : std::nullopt) {
            const std::uint64_t firstByte = m_firstByte;
            bool isAnyWanted = false;
            for (std::uint32_t i = 0; i < datagram->count; ++i) {
                const PacketFact packet = packets[PacketId(datagram->first.value + i)];
                if (isWanted(packet.row)) {
                    std::string problem;
                    const std::string record = m_document.recordText(packet.row, &problem);
                    if (!problem.empty())
                        return problem;
                    writePacket(packet, m_records.packetLayout(record, m_trace.header(), packet));
                    isAnyWanted = true;
                }
                m_firstByte += packet.sizeBytes;
            }
            if (isAnyWanted)
                writeDatagram(*datagram, firstByte);
        }
        return {};
    }

    void writeDatagram(const Datagram& datagram, std::uint64_t firstByte)
    {
        m_number.reset();
        const std::uint64_t endByte = std::exchange(m_firstByte, firstByte);
        writeRow("datagram", 0, datagram.packetBytes, {{}, {}, {}, datagram.isInferred});
        if (datagram.loggedBytes && *datagram.loggedBytes > datagram.packetBytes)
            writeRow("datagram-unaccounted", datagram.packetBytes, *datagram.loggedBytes - datagram.packetBytes, {{}, {}, {}, datagram.isInferred});
        m_firstByte = endByte;
    }

    void writePacket(const PacketFact& packet, const PacketLayout& layout)
    {
        m_number = (packet.flags & PacketNoNumber) == 0 ? std::optional(packet.number) : std::nullopt;
        const bool isInferred = layout.isHeaderInferred || layout.isSizeInferred;
        const std::string_view type = text(packet.type);
        writeRow("packet-header", 0, layout.headerBytes, {type, {}, {}, isInferred});
        writeRow("packet-payload", layout.headerBytes, layout.payloadBytes(), {type, {}, {}, isInferred});
        if (layout.tagBytes > 0) // its length is that of all AEADs of QUIC, and not logged
            writeRow("packet-tag", layout.sizeBytes - layout.tagBytes, layout.tagBytes, {type, {}, {}, true});
        for (const FrameLayout& frame : layout.frames)
            writeFrame(frame);
        if (layout.unaccountedBytes > 0)
            writeRow("unaccounted", layout.unaccountedStart, layout.unaccountedBytes, {{}, {}, {}, true});
        writeStreamData(packet, layout);
    }

    void writeFrame(const FrameLayout& frame)
    {
        const bool hasOffset = frame.kind == FrameKind::Stream || frame.kind == FrameKind::Crypto;
        const bool isInferred = (frame.headerBytes > 0 && frame.isHeaderInferred) || (frame.dataBytes > 0 && frame.isDataInferred);
        writeRow("frame", frame.start, frame.sizeBytes(), {text(frame.kind), frame.streamId, hasOffset ? std::optional(frame.offset) : std::nullopt, isInferred});
    }

    /// STREAM frames with an id are the ranges of the stream index, in the same order.
    void writeStreamData(const PacketFact& packet, const PacketLayout& layout)
    {
        const StreamIndex& streams = m_trace.streams();
        m_nextRange = streams.firstRangeOf(packet.row, m_nextRange);
        std::size_t range = m_nextRange;
        for (const FrameLayout& frame : layout.frames) {
            if (!frame.streamId)
                continue;
            const bool isKnown = range < streams.rangeCount() && streams.rangeRow(range) == packet.row;
            const std::string_view kind = isKnown ? text(streams.range(range++).dataClass) : std::string_view();
            writeRow("stream", frame.start + frame.headerBytes, frame.dataBytes, {kind, frame.streamId, frame.offset, frame.isDataInferred});
            writeHttp3(packet.direction(), frame);
        }
    }

    void writeHttp3(Direction direction, const FrameLayout& frame)
    {
        m_http3.forEachIn(direction, *frame.streamId, frame.offset, frame.dataBytes, [&](const Http3Piece& piece) {
            const std::uint64_t start = frame.start + frame.headerBytes + (piece.offset - frame.offset);
            const std::string kind = csvField(piece.kind);
            writeRow("http3", start, piece.length, {kind, frame.streamId, piece.offset, piece.isInferred || frame.isDataInferred});
        });
    }

    void writeRow(std::string_view lane, std::uint64_t start, std::uint64_t length, const Row& row)
    {
        constexpr std::size_t enough = std::size_t{1} << 20;
        if (m_text.size() >= enough)
            flush();
        m_text += m_direction;
        m_text += ',';
        m_text += lane;
        add(m_firstByte + start);
        add(length);
        m_text += ',';
        m_text += row.kind;
        add(m_number);
        add(row.streamId);
        add(row.offset);
        m_text += row.isInferred ? ",1\n" : ",0\n";
    }
    void add(std::optional<std::uint64_t> number)
    {
        m_text += ',';
        if (!number)
            return;
        char digits[20];
        m_text.append(digits, std::to_chars(digits, digits + sizeof digits, *number).ptr);
    }
    void flush()
    {
        m_isWritten = m_isWritten && m_output->write(m_text);
        m_text.clear();
    }

    const Document& m_document;
    const Trace& m_trace;
    TimeRange m_range;
    const RecordReader& m_records;
    OutputFile* m_output;
    Http3Placement m_http3;
    std::vector<bool> m_selected; ///< by row; empty: all
    std::string_view m_direction;
    std::uint64_t m_firstByte = 0; ///< of the packet being written
    std::optional<std::uint64_t> m_number; ///< of the packet being written
    std::size_t m_nextRange = 0; ///< in the stream index, near those of the packet
    std::string m_text;
    bool m_isWritten = true;
};

} // namespace

ExitCode writePacketizationCsv(const TraceRef& trace, TimeRange range, std::optional<Direction> direction, const RecordReader& records,
                               const Http3FrameReader& http3, const Filter& filter, OutputFile* output)
{
    PacketizationCsv csv(trace, range, records, output);
    std::string problem;
    if (!filter.isEmpty()) {
        const std::vector<RowId> rows = selectRows(filter, *trace.document, &problem);
        csv.selectRows(rows);
    }
    if (problem.empty())
        problem = csv.placeHttp3Frames(http3);
    if (problem.empty())
        problem = csv.write(direction);
    if (!problem.empty()) {
        writeError(trace.document->facts().path, problem);
        return ExitUnreadable;
    }
    return csv.isWritten() ? ExitGood : ExitOutput;
}

} // namespace qlogscope
