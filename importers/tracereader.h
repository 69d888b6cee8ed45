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
/// hands out batches in file order. Runs on the calling thread until it is done.
class TraceReader
{
public:
    struct Callbacks {
        /// In file order, on the calling thread. May block: that is the backpressure.
        std::function<void(EventBatch&&)> batch;
        /// Bytes of the file on disk read so far, and its size.
        std::function<void(std::uint64_t, std::uint64_t)> progress;
        /// Before the first batch: format, compression and source are known.
        std::function<void(const ReadResult&)> opened;
    };

    [[nodiscard]] static ReadResult read(const std::string& path, const Callbacks& callbacks, std::stop_token stop = {});
};

/// The importer for a format; null for Unknown.
[[nodiscard]] std::unique_ptr<Importer> makeImporter(FileFormat format, Importer::Sink sink,
                                                     Importer::TextSupply supply = {});

} // namespace qlogscope
