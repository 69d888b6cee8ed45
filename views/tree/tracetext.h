// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/document.h"

#include <QCoreApplication>
#include <QString>
#include <QStringList>

namespace qlogscope {

/// How a file that is followed stands: "following", "following, writer holds back 1,211 bytes", "gone: the file was deleted or renamed".
[[nodiscard]] QString followText(const Document::FollowStatus& status);

/// One trace in a few words: for the trace tree.
class TraceText
{
    Q_DECLARE_TR_FUNCTIONS(TraceText)
public:
    TraceText(const Document& document, TraceId trace);

    /// Its own title, else its vantage point's name; empty if it has neither.
    [[nodiscard]] QString title() const;
    /// "server (inferred)".
    [[nodiscard]] QString role() const;
    /// "server · 1,234.5 ms", "900 packets · 3 lost".
    [[nodiscard]] QStringList figures() const;
    /// "closed with error: ...", "handshake not completed".
    [[nodiscard]] QStringList problems() const;
    /// Everything the header says, a line each.
    [[nodiscard]] QStringList header() const;

private:
    [[nodiscard]] QString closeProblem() const;
    [[nodiscard]] bool isHandshakeMissing() const;

    const Document& m_document;
    const Trace& m_trace;
};

} // namespace qlogscope
