// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "importers/importer.h"
#include "model/bytesource.h"
#include "model/document.h"
#include "model/eventbatch.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace qlogscope {

/// What came of reading a file.
struct ReadResult {
    Document::FileFacts facts;
    std::shared_ptr<ByteSource> source; ///< the text, also of a compressed file; null if the file could not be opened
    std::string failure; ///< one sentence without the path, if there is nothing to show
    bool isCancelled = false;
};

/// Reads one file from its first byte to its last: reads, frames, decodes blocks in parallel on a pool of its own, resolves and
/// hands out batches in file order. Runs on the calling thread until it is done. The few logs whose records cannot be read right
/// before the whole of them is known (LogShape) are read again; the first batch of each further reading is marked `restart`.
class TraceReader
{
public:
    struct Callbacks {
        /// In file order, on the calling thread. May block: that is the backpressure.
        std::function<void(EventBatch&&)> batch;
        /// Bytes of the file on disk read so far, and its size.
        std::function<void(std::uint64_t, std::uint64_t)> progress;
        /// Before the first batch: format, compression and source are known. Of a followed file again whenever more of it was read.
        std::function<void(const ReadResult&)> opened;
        /// Of a followed file, whenever it changed; called after the batches it counts.
        std::function<void(const Document::FollowStatus&)> status;
    };

    /// @param path a file, or "-" for standard input
    [[nodiscard]] static ReadResult read(const std::string& path, const Callbacks& callbacks, std::stop_token stop = {});
    /// The same for a file that may grow, be truncated, replaced, or is not there yet: at its end waits for more, until @p end is
    /// requested; then what is pending becomes a record as it is, and the document is that of the file at rest. A file that was
    /// replaced begins with a batch marked `restart`.
    [[nodiscard]] static ReadResult follow(const std::string& path, const Callbacks& callbacks, std::stop_token end, std::stop_token stop);
    /// Reads all of it into a document, on this thread. Never null: what cannot be read gives a document in state Failed.
    [[nodiscard]] static std::unique_ptr<Document> readDocument(const std::string& path);
};

/// The importer for a format; null for Unknown. @param known what an earlier reading of the log found
[[nodiscard]] std::unique_ptr<Importer> makeImporter(FileFormat format, Importer::Sink sink, Importer::TextSupply supply = {},
                                                     const LogShape& known = {});

/// A log is read again while a reading finds out more; so many times at most.
inline constexpr int mostReadings = 4;

} // namespace qlogscope
