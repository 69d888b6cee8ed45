// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/recorddecoder.h"

#include "importers/headerreader.h"
#include "importers/jsonscanner.h"
#include "importers/recordextractor.h"
#include "importers/recordrepair.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

namespace qlogscope {

namespace {

constexpr std::size_t explainedPerBlock = 100; // malformed records whose reason is searched for
static_assert(BlockBuilder::padding >= simdjson::SIMDJSON_PADDING);

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

bool isSeparator(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\x1e'; }

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && isSeparator(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isSeparator(text.back()))
        text.remove_suffix(1);
    return text;
}

} // namespace

class RecordDecoder::Private
{
public:
    explicit Private(JsonPath path)
        : m_path(path)
    {
        // sets the depth limit; without the memory each parse tries again and reports it
        [[maybe_unused]] const simdjson::error_code error = m_parser.allocate(std::size_t{1} << 16, jsonDepthLimit);
    }

    DecodedBlock decode(const RecordBlock& block)
    {
        DecodedBlock out;
        out.header = block.header;
        out.headerIsNew = block.headerIsNew;
        for (const std::string& field : block.header->eventFields)
            out.columns.push_back(keyOf(field));
        out.headerRanges = block.headerRanges;
        out.diagnostics = block.diagnostics;
        out.accountedTo = block.accountedTo;
        out.rows.reserve(block.records.size());
        // blocks of one file are alike: room for what the one before had spares growing
        const auto expect = [&block](auto* facts, double perRecord) {
            facts->reserve(static_cast<std::size_t>(perRecord * static_cast<double>(block.records.size())));
        };
        expect(&out.packets, m_expected.packets);
        expect(&out.metrics, m_expected.metrics);
        expect(&out.streams, m_expected.streams);
        expect(&out.acks, m_expected.acks);
        expect(&out.ackRanges, m_expected.ackRanges);
        m_out = &out;
        m_explained = 0;
        ++m_stamp;
        for (const RecordRef& record : block.records)
            decodeRecord(block, record);
        // the importer's own diagnostics among those of the records: the order does not depend on where blocks are cut
        std::stable_sort(out.diagnostics.begin(), out.diagnostics.end(),
                         [](const Diagnostic& a, const Diagnostic& b) { return a.bytes.offset < b.bytes.offset; });
        const auto perRecord = [&block](const auto& facts) { // with an eighth to spare
            constexpr double most = 8; // the next block may be nothing like this one
            return std::min(most, static_cast<double>(facts.size()) * 1.125 / static_cast<double>(std::max<std::size_t>(block.records.size(), 1)));
        };
        m_expected = {perRecord(out.packets), perRecord(out.metrics), perRecord(out.streams), perRecord(out.acks), perRecord(out.ackRanges)};
        m_out = nullptr;
        return out;
    }

private:
    /// Facts a record of the last block.
    struct Expected {
        double packets = 0;
        double metrics = 0;
        double streams = 0;
        double acks = 0;
        double ackRanges = 0;
    };

    enum class Outcome : std::uint8_t { Row, Header, Refused };

    struct CachedName {
        EventKind kind = EventKind::Other;
        std::uint64_t stamp = 0; ///< of the block in which id holds
        std::uint32_t id = 0;
    };

    /// The name with a kind that the data tell is another name, although it is spelled the same.
    LocalName lookUpWithKind(std::string_view name, EventKind kind)
    {
        const std::string logged = keptName(name);
        if (m_namesByData.size() > nameCacheLimit)
            m_namesByData.clear();
        CachedName& cached = m_namesByData.try_emplace(std::pair(logged, kind)).first->second;
        if (cached.stamp != m_stamp) {
            m_out->names.emplace_back(logged);
            cached.id = static_cast<std::uint32_t>(m_out->names.size());
            cached.stamp = m_stamp;
            m_out->nameKinds.emplace_back(cached.id - 1, kind);
        }
        return {cached.id, kind};
    }

    /// Names are kept for good: not more of one than people read.
    static std::string keptName(std::string_view name)
    {
        return name.size() > longestName ? std::string(name.substr(0, longestName)) + "..." : std::string(name);
    }

    LocalName lookUp(std::string_view name) { return name.size() > longestName ? lookUpKept(keptName(name)) : lookUpKept(name); }

    LocalName lookUpKept(std::string_view name)
    {
        // a few names make up nearly all of a log: a glance at where the name was last found spares the hash
        NameCache::value_type*& recent = m_recentNames[(name.size() * 7 + static_cast<unsigned char>(name.back())) % m_recentNames.size()];
        if (recent == nullptr || recent->first != name) {
            auto it = m_names.find(name);
            if (it == m_names.end()) {
                if (m_names.size() > nameCacheLimit) {
                    m_names.clear();
                    m_recentNames.fill({});
                }
                it = m_names.emplace(std::string(name), CachedName{eventKindOf(name), 0, 0}).first;
            }
            recent = &*it;
        }
        return localNameOf(recent->first, &recent->second);
    }

    LocalName localNameOf(const std::string& name, CachedName* entry)
    {
        CachedName& cached = *entry;
        if (cached.stamp != m_stamp) {
            m_out->names.emplace_back(name);
            cached.id = static_cast<std::uint32_t>(m_out->names.size());
            cached.stamp = m_stamp;
        }
        return {cached.id, cached.kind};
    }

    void decodeRecord(const RecordBlock& block, const RecordRef& record)
    {
        DecodedBlock::Row row;
        row.offset = record.offset;
        row.length = record.length;
        if (record.kind == RecordRef::Kind::Oversized) {
            row.flags = RowOversized;
            addDiagnostic(DiagnosticKind::OversizedRecord, row,
                          "A record of " + std::to_string(record.length) + " bytes is over the limit of 64 MiB; it is not decoded.");
            m_out->rows.push_back(row);
            return;
        }
        const std::string_view text(block.text.data() + record.textPosition, record.length);
        if (record.kind == RecordRef::Kind::Damaged) {
            addMalformed(text, row);
            return;
        }
        if (decodeText(text, &row))
            return;
        if (record.kind == RecordRef::Kind::Chunk && hasWholeLine(text))
            decodeLines(text, record.offset);
        else
            addMalformed(text, row);
    }

    /// True if the text has several lines and one of them is an object or array by itself; else it is one record that was cut
    /// (pretty-printed JSON).
    static bool hasWholeLine(std::string_view text)
    {
        if (text.find('\n') == std::string_view::npos)
            return false;
        JsonScanner scanner;
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = std::min(text.find('\n', begin), text.size());
            const std::string_view line = trimmed(text.substr(begin, end - begin));
            begin = end + 1;
            if (line.size() <= 2 || (line.front() != '{' && line.front() != '['))
                continue;
            scanner.reset();
            if (scanner.scan(line) == JsonScanner::Result::End && scanner.position() == line.size())
                return true;
        }
        return false;
    }

    /// A chunk that is not one JSON text: each of its lines is a record.
    void decodeLines(std::string_view text, std::uint64_t offset)
    {
        std::size_t begin = 0;
        while (begin < text.size()) {
            const std::size_t end = std::min(text.find('\n', begin), text.size());
            const std::string_view line = trimmed(text.substr(begin, end - begin));
            begin = end + 1;
            if (line.empty())
                continue;
            DecodedBlock::Row row;
            row.offset = offset + static_cast<std::uint64_t>(line.data() - text.data());
            row.length = line.size();
            if (line == "{}" || line == "[]")
                m_out->headerRanges.push_back({row.offset, row.length});
            else if (!decodeText(line, &row))
                addMalformed(line, row);
        }
    }

    /// @return false if the text is no JSON, also after repair; nothing was added then
    bool decodeText(std::string_view text, DecodedBlock::Row* row)
    {
        const std::size_t firstDiagnostic = m_out->diagnostics.size();
        Outcome outcome = m_path == JsonPath::Fast ? decodeFast(text, row) : decodeReference(text, row);
        if (outcome == Outcome::Refused) {
            const std::optional<std::string> repaired = repairedRecord(text);
            if (!repaired)
                return false;
            std::string padded = *repaired;
            padded.append(BlockBuilder::padding, ' ');
            const std::string_view copy(padded.data(), repaired->size());
            row->flags |= RowRepaired;
            outcome = m_path == JsonPath::Fast ? decodeFast(copy, row) : decodeReference(copy, row);
            if (outcome == Outcome::Refused) {
                row->flags = 0;
                return false;
            }
            addDiagnostic(DiagnosticKind::RepairedRecord, *row,
                          "The record is no valid JSON; it could be read after repair (invalid UTF-8, NaN or Infinity, overflowing "
                          "numbers, comments or trailing commas).");
        }
        if (outcome == Outcome::Header && text.find("\"traces\"") != std::string_view::npos) {
            row->flags |= RowMalformed;
            addDiagnostic(DiagnosticKind::MalformedRecord, *row,
                          "A second qlog document follows the first one in this file; it is not read. Split the file to see it.");
            m_out->rows.push_back(*row);
            return true;
        }
        if (outcome == Outcome::Header) {
            noteHeader(text, *row);
            addDiagnostic(DiagnosticKind::SecondHeader, *row,
                          "A second qlog header stands in the middle of the sequence; the events after it are read with the first.");
            for (std::size_t i = firstDiagnostic; i < m_out->diagnostics.size(); ++i)
                m_out->diagnostics[i].row = RowId(); // a header is no row
            m_out->headerRanges.push_back({row->offset, row->length});
            return true;
        }
        m_out->rows.push_back(*row);
        return true;
    }

    /// A writer that began anew repeats its header. Where it is that of another connection or clock, what follows is another trace.
    void noteHeader(std::string_view text, const DecodedBlock::Row& row)
    {
        std::vector<Diagnostic> ignored;
        const std::optional<TraceHeader> header = readSequenceHeader(text, {row.offset, row.length}, &ignored);
        if (header && header->beginsAnotherTraceThan(*m_out->header))
            m_out->headerOffsets.push_back(row.offset);
    }

    /// @param text must be followed by BlockBuilder::padding readable bytes
    Outcome decodeFast(std::string_view text, DecodedBlock::Row* row)
    {
        simdjson::dom::element root;
        const simdjson::error_code error = m_parser.parse(text.data(), text.size(), false).get(root);
        if (error == simdjson::NUMBER_ERROR || (error != simdjson::SUCCESS && text.starts_with("\xef\xbb\xbf")))
            return decodeReference(text, row); // the second opinion: integers beyond 64 bits, a byte order mark
        if (error != simdjson::SUCCESS)
            return Outcome::Refused;
        return extract(SimdValue(root), row);
    }

    Outcome decodeReference(std::string_view text, DecodedBlock::Row* row)
    {
        if (jsonDepthExceeds(text, jsonDepthLimit - 1))
            return Outcome::Refused;
        const nlohmann::json root = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
        if (root.is_discarded())
            return Outcome::Refused;
        return extract(NlohmannValue(root), row);
    }

    template <typename Value> Outcome extract(const Value& root, DecodedBlock::Row* row)
    {
        const auto names = [this](std::string_view name, std::optional<EventKind> kind) {
            return kind ? lookUpWithKind(name, *kind) : lookUp(name);
        };
        RecordExtractor<Value, decltype(names)> extractor(m_out, names, &m_nameText);
        return extractor.extract(root, row) ? Outcome::Row : Outcome::Header;
    }

    void addMalformed(std::string_view text, DecodedBlock::Row row)
    {
        row.flags = RowMalformed;
        std::string reason = "The record is no valid JSON";
        if (m_explained++ < explainedPerBlock) {
            const std::string problem = jsonProblem(text);
            reason += problem.empty() ? ": it is nested too deeply" : ": " + problem;
        }
        addDiagnostic(DiagnosticKind::MalformedRecord, row, reason + ".");
        m_out->rows.push_back(row);
    }

    void addDiagnostic(DiagnosticKind kind, const DecodedBlock::Row& row, std::string detail)
    {
        m_out->diagnostics.push_back(
            {kind, severityOf(kind), RowId(m_out->rows.size()), {row.offset, row.length}, std::move(detail)});
    }

    static constexpr std::size_t nameCacheLimit = 100'000;
    static constexpr std::size_t longestName = 512;

    JsonPath m_path;
    simdjson::dom::parser m_parser;
    using NameCache = std::unordered_map<std::string, CachedName, TextHash, std::equal_to<>>;
    NameCache m_names;
    std::array<NameCache::value_type*, 64> m_recentNames{}; // nodes of the cache stay where they are
    std::map<std::pair<std::string, EventKind>, CachedName> m_namesByData;
    Expected m_expected;
    std::string m_nameText;
    DecodedBlock* m_out = nullptr;
    std::uint64_t m_stamp = 0;
    std::size_t m_explained = 0;
};

RecordDecoder::RecordDecoder(JsonPath path)
    : d(std::make_unique<Private>(path))
{
}

RecordDecoder::~RecordDecoder() = default;

DecodedBlock RecordDecoder::decode(const RecordBlock& block) { return d->decode(block); }

} // namespace qlogscope
