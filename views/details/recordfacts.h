// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/document.h"

#include <QCoreApplication>
#include <QString>
#include <QStringList>

namespace qlogscope {

/// What the trace knows about one record besides its text, as rich text with links to other records. A value that refers to
/// a document; UI thread.
class RecordFacts
{
    Q_DECLARE_TR_FUNCTIONS(RecordFacts)
public:
    /// @param zeroNs trace time of T = 0
    RecordFacts(const Document& document, RowId row, std::int64_t zeroNs);

    /// Row, times and names.
    [[nodiscard]] QString headingHtml() const;
    /// What was wrong with the record when it was read; plain sentences.
    [[nodiscard]] QStringList notes() const;
    /// The recovery metrics in force, and the fate of the packet or packets that the record is about.
    [[nodiscard]] QString atThisTimeHtml() const;

    /// The row of a link in the texts above; none if it is no such link.
    [[nodiscard]] static RowId rowOfLink(const QString& href);

private:
    [[nodiscard]] bool hasTime() const;
    [[nodiscard]] QString timesHtml() const;
    [[nodiscard]] QString namesHtml() const;
    [[nodiscard]] QString link(RowId row) const;
    [[nodiscard]] QString linkWithDelay(RowId row) const;
    [[nodiscard]] QString packetHtml(Direction direction) const;
    [[nodiscard]] QString packetRows(Direction direction, PacketId packet) const;
    [[nodiscard]] QString lossHtml() const;
    [[nodiscard]] QString newlyAckedHtml(Direction direction) const;
    [[nodiscard]] QString metricsHtml() const;
    [[nodiscard]] QString metricHtml(MetricKind kind) const;
    [[nodiscard]] QString metricHtml(MetricKind kind, const Series& series) const;
    [[nodiscard]] QString packetName(const PacketFact& packet) const;

    const Document& m_document;
    const Trace& m_trace;
    RowId m_row;
    std::int64_t m_zeroNs;
};

} // namespace qlogscope
