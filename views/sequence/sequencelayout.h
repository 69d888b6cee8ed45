// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/sequence/sequenceorder.h"
#include "views/sequence/sequencetexts.h"

#include <QRectF>
#include <QSizeF>

#include <functional>
#include <vector>

/// The layout step of the sequence diagram: traces, what is in view, size and widths of texts in, plain boxes out. What is painted and
/// what is hit by the pointer are the same boxes. Pixels, from the top left corner of the diagram.
namespace qlogscope {

enum class SequenceMode : std::uint8_t {
    Compact, ///< one row an entry of the order
    Linear, ///< true slopes
};

struct SequenceInput {
    const SequenceTraces& traces;
    const SequenceOrder& order;
    SequenceTexts& texts;
    SequenceMode mode = SequenceMode::Compact;
    double firstRow = 0; ///< Compact: the entry at the top
    TimeRange range; ///< Linear: in T
    std::int64_t zeroNs = 0; ///< trace time of T = 0, of the shown trace
    QSizeF size;
    double lineHeight = 16; ///< of text
    std::function<double(const QString&)> textWidth;
    const RowFilter* filter = nullptr; ///< rows of its document that it does not select are dimmed; null: none
    std::vector<RowId> marked; ///< by the user, of the shown trace
};

/// A packet on its way.
struct SequenceArrow {
    enum class Kind : std::uint8_t {
        Matched, ///< both ends are logged
        Inferred, ///< one end is not: it stands half an RTT away
        Lost, ///< the log of the other side does not have it, though it covers the time: ends half-way
    };
    Kind kind = Kind::Matched;
    Side from = Side::Left;
    QPointF begin; ///< at the sender
    QPointF end;
    RowId sentRow; ///< none: not logged
    RowId receivedRow;
    bool isDeclaredLost = false; ///< the sender's log has a packet_lost for it
    bool isPassing = false; ///< neither end is in view
    bool isDimmed = false;
};

struct SequenceChip {
    QRectF rect;
    QString text;
    FrameKind kind = FrameKind::Other;
    std::size_t index = 0; ///< in RecordDescription::chips; their count: stands for those that have no room
};

/// What is said of a row beside its lifeline.
struct SequenceLabel {
    Side side = Side::Left;
    RowId row;
    double y = 0; ///< of the row
    QRectF titleRect;
    QString title;
    std::vector<SequenceChip> chips;
    bool isPacket = false;
    SequenceCategory category = SequenceCategory::Packet;
    bool isLoss = false; ///< a packet_lost or spurious_loss event
    bool isDimmed = false;
    std::size_t hidden = 0; ///< rows that have no room for a label beside this one
};

/// In the margin.
struct SequenceTime {
    double y = 0;
    QString text;
    bool isBreak = false; ///< nothing happens for so long
};

/// Packets of one datagram.
struct SequenceBracket {
    Side side = Side::Left;
    double top = 0;
    double bottom = 0;
    int count = 0;
};

/// A run of alike rows, as one.
struct SequenceFoldRow {
    std::size_t index = 0; ///< in the order
    QRectF rect;
    QString text;
};

/// So many packets of one sender, where arrows would lie on each other.
struct SequenceBand {
    Side from = Side::Left;
    QRectF rect;
    std::size_t count = 0;
    std::size_t lost = 0; ///< declared by the sender, or missing in the other log
    TimeRange range; ///< T
};

/// A rare event that stays in sight at any zoom.
struct SequenceMark {
    Side side = Side::Left;
    double y = 0;
    QString text;
    RowId row;
    std::size_t count = 1; ///< that stand here
};

struct SequenceLayout {
    double top = 0; ///< of the diagram, under the names
    double beginY = 0; ///< Linear: where the range begins and ends; labels have room around
    double endY = 0;
    std::array<double, mostSides> lifelines{}; ///< x
    QRectF timeRect; ///< the margin
    std::vector<SequenceArrow> arrows;
    std::vector<SequenceLabel> labels;
    std::vector<SequenceTime> times;
    std::vector<SequenceBracket> brackets;
    std::vector<SequenceFoldRow> folds;
    std::vector<double> flags; ///< y of rows that the user marked
    QString note; ///< a sentence where there is nothing to draw
    std::vector<SequenceBand> bands;
    std::vector<SequenceMark> marks;
    TimeRange range; ///< T of what is in view
    bool isMerged = false; ///< bands instead of arrows

    [[nodiscard]] double x(Side side) const { return lifelines[indexOf(side)]; }
};

/// Of an entry in compact mode.
[[nodiscard]] double sequenceRowHeight(double lineHeight);
/// Height of the names of the endpoints.
[[nodiscard]] double sequenceTop(double lineHeight);
[[nodiscard]] SequenceLayout layOutSequence(const SequenceInput& input);

/// The whole trace from top to bottom in so many parts: how many packets, and which have losses.
struct SequenceOverview {
    std::vector<std::uint32_t> packets;
    std::vector<std::uint32_t> losses;
    TimeRange range; ///< T
};
[[nodiscard]] SequenceOverview sequenceOverview(const SequenceTraces& traces, TimeRange fullRange, std::int64_t zeroNs, int parts);

} // namespace qlogscope
