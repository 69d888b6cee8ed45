// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "importers/recorddecoder.h"
#include "importers/resolver.h"
#include "importers/tracereader.h"
#include "model/document.h"

#include <QByteArray>
#include <QDir>
#include <QFile>
#include <QString>
#include <QTemporaryDir>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

/// What tests of importers share: reading bytes in any pieces on one thread, and joining batches.
namespace qlogscope::testing {

/// All batches of a reading as one; `accountedTo` is the last. A restart drops what was there.
inline void appendBatch(EventBatch* all, const EventBatch& batch)
{
    if (batch.restart)
        *all = {};
    const auto join = [](auto* to, const auto& from) { to->insert(to->end(), from.begin(), from.end()); };
    join(&all->rows, batch.rows);
    join(&all->newNames, batch.newNames);
    join(&all->nameKinds, batch.nameKinds);
    join(&all->traces, batch.traces);
    join(&all->origins, batch.origins);
    join(&all->packets, batch.packets);
    join(&all->uses, batch.uses);
    join(&all->datagrams, batch.datagrams);
    join(&all->acked, batch.acked);
    join(&all->lost, batch.lost);
    join(&all->metrics, batch.metrics);
    join(&all->streams, batch.streams);
    join(&all->unlogged, batch.unlogged);
    join(&all->parameters, batch.parameters);
    join(&all->limits, batch.limits);
    join(&all->ackDelays, batch.ackDelays);
    join(&all->congestionStates, batch.congestionStates);
    join(&all->ptoExpiries, batch.ptoExpiries);
    join(&all->notables, batch.notables);
    join(&all->streamMentions, batch.streamMentions);
    join(&all->newTriggers, batch.newTriggers);
    join(&all->triggers, batch.triggers);
    join(&all->closes, batch.closes);
    join(&all->handshake, batch.handshake);
    join(&all->versions, batch.versions);
    join(&all->peers, batch.peers);
    join(&all->diagnostics, batch.diagnostics);
    join(&all->headers, batch.headers);
    // frame counts are sums: where blocks are cut does not matter
    for (const FrameCount& frames : batch.frames) {
        const auto same = [&](const FrameCount& each) {
            return each.trace == frames.trace && each.direction == frames.direction && each.kind == frames.kind
                && each.otherName == frames.otherName;
        };
        const auto it = std::find_if(all->frames.begin(), all->frames.end(), same);
        if (it == all->frames.end())
            all->frames.push_back(frames);
        else
            it->count += frames.count;
    }
    all->foldedRecords += batch.foldedRecords;
    all->accountedTo = std::max(all->accountedTo, batch.accountedTo);
}

struct Reading {
    EventBatch all;
    bool endsInside = false;
    FileFormat format = FileFormat::Unknown;
};

/// Calls with the pieces that a text is pushed in.
using Pieces = std::function<void(std::string_view, const std::function<void(std::string_view)>&)>;

inline Pieces wholePieces()
{
    return [](std::string_view text, const std::function<void(std::string_view)>& push) { push(text); };
}
inline Pieces equalPieces(std::size_t size)
{
    return [size](std::string_view text, const std::function<void(std::string_view)>& push) {
        for (std::size_t i = 0; i < text.size(); i += size)
            push(text.substr(i, size));
    };
}
inline Pieces randomPieces(unsigned seed, std::size_t largest)
{
    return [seed, largest](std::string_view text, const std::function<void(std::string_view)>& push) {
        std::mt19937 random(seed);
        for (std::size_t i = 0; i < text.size();) {
            const std::size_t size = 1 + random() % largest;
            push(text.substr(i, size));
            i += size;
        }
    };
}

/// Reads a text on this thread. @param flushEach hands out after each piece, as for a growing file
inline Reading readText(std::string_view text, FileFormat format, const Pieces& pieces, JsonPath path = JsonPath::Fast,
                        bool flushEach = false)
{
    LogShape known;
    for (int time = 1;; ++time) {
        Reading reading;
        Resolver resolver(known);
        RecordDecoder decoder(path);
        const std::unique_ptr<Importer> importer = makeImporter(
            format, [&](RecordBlock&& block) { appendBatch(&reading.all, resolver.resolve(decoder.decode(block))); }, {}, known);
        pieces(text, [&](std::string_view piece) {
            importer->push(piece);
            if (flushEach)
                importer->flush();
        });
        importer->finish();
        appendBatch(&reading.all, resolver.finish());
        reading.endsInside = importer->endsInside();
        reading.format = importer->format();
        LogShape found = known;
        found.add(importer->found());
        found.add(resolver.found());
        if (found == known || time == mostReadings)
            return reading;
        known = found; // as TraceReader does
    }
}

/// The byte ledger: rows are ordered and disjoint, and what lies between rows and headers is nothing but separators.
/// @return what is wrong; empty if the ledger holds
inline std::string ledgerProblem(std::string_view text, const EventBatch& all)
{
    std::vector<ByteRange> ranges = all.headers;
    for (std::size_t i = 0; i < all.rows.size(); ++i) {
        const ByteRange range{all.rows[i].offset, all.rows[i].length};
        if (i > 0 && range.offset < all.rows[i - 1].offset + all.rows[i - 1].length)
            return "row " + std::to_string(i) + " begins before the one before it ends";
        ranges.push_back(range);
    }
    std::sort(ranges.begin(), ranges.end(), [](ByteRange a, ByteRange b) { return a.offset < b.offset; });
    std::uint64_t position = 0;
    ranges.push_back({text.size(), 0});
    for (const ByteRange& range : ranges) {
        if (range.offset < position)
            return "two ranges share byte " + std::to_string(range.offset);
        if (range.end() > text.size())
            return "a range ends after the file, at " + std::to_string(range.end());
        const std::string_view gap = text.substr(position, range.offset - position);
        const std::size_t other = gap.find_first_not_of(" \t\r\n\x1e,\xef\xbb\xbf");
        if (other != std::string_view::npos)
            return "byte " + std::to_string(position + other) + " is in no row, header or separator";
        position = range.end();
    }
    if (all.accountedTo > text.size())
        return "accounted to " + std::to_string(all.accountedTo);
    return {};
}

inline std::string diagnosticsDifference(const std::vector<Diagnostic>& a, const std::vector<Diagnostic>& b)
{
    const auto line = [](const std::vector<Diagnostic>& list, std::size_t i) {
        if (i >= list.size())
            return std::string("nothing");
        return std::string(text(list[i].kind)) + " byte " + std::to_string(list[i].bytes.offset) + "+"
            + std::to_string(list[i].bytes.length) + " row " + std::to_string(list[i].row.value) + ": " + list[i].detail;
    };
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
        if (line(a, i) != line(b, i))
            return "diagnostic " + std::to_string(i) + ": " + line(a, i) + " | " + line(b, i);
    }
    return "diagnostics";
}

/// What differs between two readings that should be the same; empty if nothing does.
inline std::string difference(const EventBatch& a, const EventBatch& b)
{
    if (a.rows.size() != b.rows.size())
        return "rows " + std::to_string(a.rows.size()) + " and " + std::to_string(b.rows.size());
    for (std::size_t i = 0; i < a.rows.size(); ++i) {
        if (!(a.rows[i] == b.rows[i]))
            return "row " + std::to_string(i) + " at byte " + std::to_string(a.rows[i].offset) + " and "
                + std::to_string(b.rows[i].offset);
    }
    if (a.newNames != b.newNames || a.nameKinds != b.nameKinds)
        return "names";
    if (a.traces != b.traces)
        return "traces";
    if (a.origins != b.origins)
        return "origins";
    if (a.packets != b.packets)
        return "packets";
    if (a.uses != b.uses)
        return "uses of bytes";
    if (a.datagrams != b.datagrams)
        return "datagrams";
    if (a.acked != b.acked)
        return "acked";
    if (a.lost != b.lost)
        return "lost";
    if (a.metrics != b.metrics)
        return "metrics";
    if (a.streams != b.streams)
        return "streams";
    if (a.unlogged != b.unlogged)
        return "unlogged";
    if (a.parameters != b.parameters)
        return "parameters";
    if (a.limits != b.limits)
        return "limits";
    if (a.ackDelays != b.ackDelays)
        return "ack delays";
    if (a.congestionStates != b.congestionStates)
        return "congestion states";
    if (a.ptoExpiries != b.ptoExpiries)
        return "probe timeouts";
    if (a.notables != b.notables)
        return "notable events";
    if (a.streamMentions != b.streamMentions)
        return "stream mentions";
    if (a.newTriggers != b.newTriggers || a.triggers != b.triggers)
        return "triggers";
    if (a.closes != b.closes)
        return "closes";
    if (a.handshake != b.handshake)
        return "handshake";
    if (a.versions != b.versions)
        return "versions";
    if (a.peers != b.peers)
        return "peers";
    if (a.diagnostics != b.diagnostics)
        return diagnosticsDifference(a.diagnostics, b.diagnostics);
    const auto sorted = [](std::vector<FrameCount> counts) {
        std::sort(counts.begin(), counts.end(), [](const FrameCount& x, const FrameCount& y) {
            return std::tuple(x.trace.value, x.direction, x.kind, x.otherName) < std::tuple(y.trace.value, y.direction, y.kind, y.otherName);
        });
        return counts;
    };
    if (sorted(a.frames) != sorted(b.frames))
        return "frame counts";
    return {};
}

/// The folder with real traces; empty where it is not.
inline QString sharedTraces()
{
    const QString path = QDir::cleanPath(QStringLiteral(QLOGSCOPE_SHARED_DIR "/traces"));
    return QDir(path).exists() ? path : QString();
}

/// All real traces, as paths below traces/dev.
inline QStringList sharedTraceNames()
{
    const QDir dev(sharedTraces() + QStringLiteral("/dev"));
    QStringList names;
    for (const QString& folder : dev.entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        for (const QString& file : QDir(dev.filePath(folder)).entryList(QDir::Files))
            names.append(folder + QLatin1Char('/') + file);
    }
    return names;
}

/// The text of a trace, unpacked if it is compressed.
inline std::string textOf(const QString& path)
{
    TraceReader::Callbacks callbacks;
    callbacks.opened = [](const ReadResult&) {};
    callbacks.batch = [](EventBatch&&) {};
    callbacks.progress = [](std::uint64_t, std::uint64_t) {};
    const ReadResult result = TraceReader::read(path.toStdString(), callbacks);
    return result.source ? result.source->text(0, result.source->size()) : std::string();
}

/// A file with the given text, opened as a document.
inline std::unique_ptr<Document> openText(const QTemporaryDir& folder, std::string_view text,
                                          const QString& name = QStringLiteral("trace.sqlog"))
{
    const QString path = folder.filePath(name);
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text.data(), static_cast<qint64>(text.size())) < 0)
        return nullptr;
    file.close();
    return TraceReader::readDocument(path.toStdString());
}

} // namespace qlogscope::testing
