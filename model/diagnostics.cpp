// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/diagnostics.h"

#include <algorithm>

namespace qlogscope {

namespace {

struct DiagnosticInfo {
    std::string_view text;
    Severity severity;
};

constexpr std::array<DiagnosticInfo, diagnosticKindCount> diagnosticInfos{{
    {"malformed-record", Severity::DataLoss},
    {"oversized-record", Severity::DataLoss},
    {"repaired-record", Severity::Notice},
    {"truncated-file", Severity::DataLoss},
    {"missing-time", Severity::Notice},
    {"missing-name", Severity::Notice},
    {"time-out-of-range", Severity::Notice},
    {"time-backwards", Severity::Info},
    {"wrong-field-type", Severity::Notice},
    {"no-header", Severity::Notice},
    {"second-header", Severity::Notice},
    {"header-problem", Severity::Notice},
    {"trace-error", Severity::Notice},
    {"clock-guessed", Severity::Info},
    {"truncated-compression", Severity::DataLoss},
    {"read-error", Severity::Error},
    {"changed-on-disk", Severity::Error},
    {"unknown-content", Severity::DataLoss},
}};

} // namespace

std::string_view text(DiagnosticKind kind) { return diagnosticInfos[static_cast<std::size_t>(kind)].text; }
Severity severityOf(DiagnosticKind kind) { return diagnosticInfos[static_cast<std::size_t>(kind)].severity; }

std::string_view text(Severity severity)
{
    switch (severity) {
    case Severity::Info:
        return "info";
    case Severity::Notice:
        return "notice";
    case Severity::DataLoss:
        return "data-loss";
    case Severity::Error:
        break;
    }
    return "error";
}

void Diagnostics::add(Diagnostic diagnostic)
{
    PerKind& kind = m_kinds[static_cast<std::size_t>(diagnostic.kind)];
    ++kind.count;
    if (kind.listed.size() < listedPerKind)
        kind.listed.push_back(std::move(diagnostic));
}

void Diagnostics::clear() { m_kinds = {}; }

std::vector<DiagnosticKind> Diagnostics::kinds() const
{
    std::vector<DiagnosticKind> result;
    for (int i = 0; i < diagnosticKindCount; ++i) {
        if (m_kinds[static_cast<std::size_t>(i)].count > 0)
            result.push_back(static_cast<DiagnosticKind>(i));
    }
    std::stable_sort(result.begin(), result.end(),
                     [](DiagnosticKind a, DiagnosticKind b) { return severityOf(a) > severityOf(b); });
    return result;
}

Severity Diagnostics::worst() const
{
    const std::vector<DiagnosticKind> present = kinds();
    return present.empty() ? Severity::Info : severityOf(present.front());
}

std::uint64_t Diagnostics::total() const
{
    std::uint64_t sum = 0;
    for (const PerKind& kind : m_kinds)
        sum += kind.count;
    return sum;
}

} // namespace qlogscope
