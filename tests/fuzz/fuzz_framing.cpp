// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/sniff.h"
#include "tests/fuzz/fuzzing.h"
#include "tests/support/reading.h"

using namespace qlogscope;
using namespace qlogscope::testing;

/// Any bytes, as a sequence and as a contained document: never a crash; the ledger holds; the pieces do not matter.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const FileFormat format : {FileFormat::JsonSeq, FileFormat::Ndjson, FileFormat::Json}) {
        const Reading whole = readText(text, format, wholePieces());
        requireEmpty(ledgerProblem(text, whole.all));
        const Reading pieces = readText(text, format, randomPieces(static_cast<unsigned>(size), 7), JsonPath::Fast, size % 2 == 0);
        requireEmpty(ledgerProblem(text, pieces.all));
        requireEmpty(difference(whole.all, pieces.all));
    }
    // whatever the sniffer says, it says it without reading outside the text
    const Sniffed sniffed = sniffFormat(text, true);
    if (sniffed.format == FileFormat::Unknown && sniffed.refusal.empty())
        requireEmpty("refused without a reason");
    return 0;
}
