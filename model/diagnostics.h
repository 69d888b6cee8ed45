// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/ids.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qlogscope {

enum class Severity : std::uint8_t { Info, Notice, DataLoss, Error };

enum class DiagnosticKind : std::uint8_t {
    MalformedRecord,
    OversizedRecord,
    RepairedRecord,
    TruncatedFile,
    MissingTime,
    MissingName,
    TimeOutOfRange,
    TimeBackwards,
    WrongFieldType,
    NoHeader,
    SecondHeader,
    HeaderProblem,
    TraceError,
    ClockGuessed,
    TruncatedCompression,
    ReadError,
    ChangedOnDisk,
    UnknownContent,
};
inline constexpr int diagnosticKindCount = static_cast<int>(DiagnosticKind::UnknownContent) + 1;

/// Half-open range of bytes of the (decompressed) file.
struct ByteRange {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    [[nodiscard]] constexpr std::uint64_t end() const { return offset + length; }
    constexpr bool operator==(const ByteRange&) const = default;
};

/// One thing that is wrong or noteworthy: what, how bad, where, and why in words.
struct Diagnostic {
    DiagnosticKind kind = DiagnosticKind::MalformedRecord;
    Severity severity = Severity::Notice;
    RowId row; ///< none if it is about the file
    ByteRange bytes;
    std::string detail;
    bool operator==(const Diagnostic&) const = default;
};

/// "malformed-record", "time-backwards", ...: the `kind` of `info --json`.
[[nodiscard]] std::string_view text(DiagnosticKind kind);
/// "info", "notice", "data-loss", "error".
[[nodiscard]] std::string_view text(Severity severity);
[[nodiscard]] Severity severityOf(DiagnosticKind kind);

/// The diagnostics of one document. Lists are capped per kind, counts never are. UI thread.
class Diagnostics
{
public:
    static constexpr std::size_t listedPerKind = 1000;

    void add(Diagnostic diagnostic);
    void clear();

    [[nodiscard]] std::uint64_t count(DiagnosticKind kind) const { return m_kinds[static_cast<std::size_t>(kind)].count; }
    [[nodiscard]] const std::vector<Diagnostic>& listed(DiagnosticKind kind) const
    {
        return m_kinds[static_cast<std::size_t>(kind)].listed;
    }
    /// Kinds that occurred, worst first.
    [[nodiscard]] std::vector<DiagnosticKind> kinds() const;
    [[nodiscard]] Severity worst() const;
    [[nodiscard]] std::uint64_t total() const;

private:
    struct PerKind {
        std::uint64_t count = 0;
        std::vector<Diagnostic> listed;
    };
    std::array<PerKind, diagnosticKindCount> m_kinds;
};

} // namespace qlogscope
