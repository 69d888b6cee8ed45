// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/document.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// What a connection did wrong, or what is noteworthy about how it went: judged from a complete trace. A finding is true: what the
/// log cannot decide (no sizes, no frames, no parameters, damaged or filtered records) gives none, and is listed as undecided.
namespace qlogscope {

enum class FindingKind : std::uint8_t {
    AckOfUnsentPacket,
    PacketNumberReused,
    ConnectionLimitExceeded,
    StreamLimitExceeded,
    StreamCountExceeded,
    AmplificationExceeded,
    SentAfterClose,
    AmplificationHit,
    AckDelayTooLong,
    BytesInFlightDiffer,
    RttUnitSuspicious,
    PersistentCongestion,
    PtoBurst,
    LongGap,
    ClosedWithError,
    HandshakeIncomplete,
};
inline constexpr int findingKindCount = static_cast<int>(FindingKind::HandshakeIncomplete) + 1;

/// "ack-of-unsent-packet", ...: the `kind` of `check --json`.
[[nodiscard]] std::string_view text(FindingKind kind);
[[nodiscard]] Severity severityOf(FindingKind kind);
/// The rule in a sentence, with where it comes from.
[[nodiscard]] std::string_view ruleOf(FindingKind kind);

/// All that one rule found in one trace.
struct Finding {
    static constexpr std::size_t listedRows = 100;

    FindingKind kind = FindingKind::AckOfUnsentPacket;
    Severity severity = Severity::Notice;
    TraceId trace;
    std::uint64_t count = 0; ///< of occurrences, also those that are not listed
    std::vector<RowId> rows; ///< evidence in file order, at most listedRows
    std::string detail; ///< a sentence with figures
};

/// A rule that the log of one trace cannot answer, and why: "the log has no transport parameters of the peer".
struct Undecided {
    FindingKind kind = FindingKind::AckOfUnsentPacket;
    std::string reason;
};

struct Findings {
    std::vector<Finding> found; ///< worst first, then in the order of FindingKind
    std::vector<Undecided> undecided; ///< in the order of FindingKind

    [[nodiscard]] Severity worst() const { return found.empty() ? Severity::Info : found.front().severity; }
};

/// Looks for the findings of one trace in pieces, so that the thread that owns the model stays responsive. The document must not
/// change or go meanwhile. UI thread. Linear in the size of the trace.
class FindingsSearch
{
public:
    FindingsSearch(const Document& document, TraceId trace);
    ~FindingsSearch();
    FindingsSearch(const FindingsSearch&) = delete;
    FindingsSearch& operator=(const FindingsSearch&) = delete;

    /// Looks at about so many packets, ACKs, frames and metrics more. @return true when it is done
    bool step(std::size_t items);
    /// Once step() has returned true.
    [[nodiscard]] Findings take();

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// A code or a name that says "no error" is none: 0, H3_NO_ERROR (0x100; RFC 9114, section 8.1), "No error" (mvfst). Without either
/// the trigger tells.
[[nodiscard]] bool isError(const CloseFact& close);

/// All at once.
[[nodiscard]] Findings findingsOf(const Document& document, TraceId trace);

} // namespace qlogscope
