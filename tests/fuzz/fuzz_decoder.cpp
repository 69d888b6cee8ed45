// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/recordsummary.h"
#include "tests/fuzz/fuzzing.h"
#include "tests/support/reading.h"

using namespace qlogscope;
using namespace qlogscope::testing;

/// One record of any bytes, through both JSON libraries: never a crash; wherever both accept it, the same rows and facts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const std::string header = "\x1e{\"qlog_version\":\"0.3\",\"trace\":{\"vantage_point\":{\"name\":\"OpenSSL/3\","
                                      "\"type\":\"client\"},\"common_fields\":{\"time_format\":\"relative\"}}}\n\x1e";
    const std::string text = header + std::string(reinterpret_cast<const char*>(data), size);
    const Reading fast = readText(text, FileFormat::JsonSeq, wholePieces(), JsonPath::Fast);
    const Reading reference = readText(text, FileFormat::JsonSeq, wholePieces(), JsonPath::Reference);
    bool bothAccept = fast.all.rows.size() == reference.all.rows.size();
    for (std::size_t i = 0; bothAccept && i < fast.all.rows.size(); ++i)
        bothAccept = ((fast.all.rows[i].flags | reference.all.rows[i].flags) & (RowMalformed | RowRepaired)) == 0;
    if (bothAccept)
        requireEmpty(difference(fast.all, reference.all));
    const RecordSummary summaries;
    (void)summaries.summary({reinterpret_cast<const char*>(data), size}, TraceHeader());
    (void)summaries.description({reinterpret_cast<const char*>(data), size}, TraceHeader());
    return 0;
}
