// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/sequence/sequencelayout.h"

#include "views/texts.h"
#include "views/units.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

namespace qlogscope {

namespace {

struct SequenceWords {
    Q_DECLARE_TR_FUNCTIONS(SequenceView)
};

constexpr double labelGap = 10; // between lifeline and label
constexpr double chipPadding = 4;
constexpr double chipGap = 3;
constexpr std::size_t mostItems = 1500; // rows that are drawn one by one
constexpr double bandHeight = 10;

/// What a sequence diagram is made of while it is laid out.
class SequenceMaker
{
public:
    explicit SequenceMaker(const SequenceInput& input)
        : m_input(input)
        , m_rowHeight(sequenceRowHeight(input.lineHeight))
    {
        placeLifelines();
    }
    SequenceLayout make()
    {
        if (m_input.mode == SequenceMode::Compact)
            makeCompact();
        else
            makeLinear();
        return std::move(m_layout);
    }

private:
    struct Item {
        Side side = Side::Left;
        RowId row;
        double y = 0;
    };

    void placeLifelines();
    void makeCompact();
    void makeLinear();
    void addTicks();
    void addItems();
    void addFold(std::size_t index, double y);
    void addFlags();
    [[nodiscard]] bool takeRoom(std::size_t item, std::map<double, std::size_t>* taken);
    void addPacket(const Item& item, const SequencePacket& packet);
    void addSent(const Item& item, PacketId sent, RowId received);
    void addReceived(const Item& item, RowId sent);
    void addPassing(std::size_t first, std::int64_t lastNs);
    void addLabel(const Item& item, const std::optional<SequencePacket>& packet, std::size_t hidden);
    void placeLabel(SequenceLabel* label, const RecordDescription& description, bool isShort, double room) const;
    void addBrackets();
    void addBands();
    void addBandsOf(Side from, Side logged, Direction direction, const std::vector<std::int64_t>& edges);
    void countLosses(Side logged, const std::vector<std::int64_t>& edges, std::vector<std::size_t>* losses) const;
    void addMarks();
    void addMark(Side side, TimeRange range);

    [[nodiscard]] const SequenceTraces& traces() const { return m_input.traces; }
    [[nodiscard]] double bottom() const { return m_input.size.height(); }
    [[nodiscard]] double yOfAxis(std::int64_t axisNs) const;
    [[nodiscard]] double yOfPart(double part) const { return m_layout.beginY + part * (m_layout.endY - m_layout.beginY); }
    [[nodiscard]] double yOf(Side side, RowId row) const;
    [[nodiscard]] bool isInView(double y) const { return y >= m_layout.top && y <= bottom(); }
    [[nodiscard]] bool isDimmed(Side side, RowId row) const;
    [[nodiscard]] double farY(const Item& item, double halves) const;
    [[nodiscard]] std::int64_t tOf(std::int64_t axisNs) const { return traces().tOf(axisNs, m_input.zeroNs); }

    const SequenceInput& m_input;
    double m_rowHeight;
    std::array<double, mostSides> m_labelRoom{};
    std::vector<Item> m_items;
    std::vector<std::size_t> m_hidden; ///< packets that have no room for a label because of that of the item
    SequenceLayout m_layout;
};

void SequenceMaker::placeLifelines()
{
    constexpr double mostOfLabels = 520;
    constexpr double shareOfPair = 0.29;
    constexpr double shareOfOne = 0.56;
    m_layout.top = sequenceTop(m_input.lineHeight);
    m_layout.beginY = m_layout.top + m_rowHeight / 2;
    m_layout.endY = std::max(bottom() - m_rowHeight / 2, m_layout.beginY + 1);
    const double margin = m_input.textWidth(QStringLiteral("00,000.000 ms")) + 12;
    m_layout.timeRect = QRectF(0, m_layout.top, margin, std::max(bottom() - m_layout.top, 0.0));
    const double room = std::max(m_input.size.width() - margin, 40.0);
    const bool isPair = traces().isIn(Side::Left) && traces().isIn(Side::Right);
    for (const Side side : bothSides) {
        const double share = isPair ? shareOfPair : traces().isIn(side) ? shareOfOne : 0.0;
        m_labelRoom[indexOf(side)] = share > 0 ? std::min(room * share, isPair ? mostOfLabels : 1.6 * mostOfLabels) : std::min(room * 0.1, 70.0);
    }
    const double left = margin + m_labelRoom[0];
    const double right = m_input.size.width() - m_labelRoom[1];
    m_layout.lifelines = {left, right};
    const std::size_t lanes = traces().sides().size() - bothSides.size();
    for (std::size_t i = 0; i < lanes; ++i) {
        const double gap = (right - left) / static_cast<double>(lanes + 1);
        m_layout.lifelines[bothSides.size() + i] = left + static_cast<double>(i + 1) * gap;
        m_labelRoom[bothSides.size() + i] = gap - labelGap;
    }
}

double SequenceMaker::yOfAxis(std::int64_t axisNs) const
{
    const auto since = static_cast<double>(tOf(axisNs)) - static_cast<double>(m_input.range.beginNs);
    return yOfPart(since / static_cast<double>(std::max<std::int64_t>(m_input.range.lengthNs(), 1)));
}

double SequenceMaker::yOf(Side side, RowId row) const
{
    if (m_input.mode == SequenceMode::Linear)
        return yOfAxis(traces().axisNs(side, row));
    const auto position = static_cast<double>(m_input.order.positionOf(side, row));
    return m_layout.top + (position - m_input.firstRow + 0.5) * m_rowHeight;
}

bool SequenceMaker::isDimmed(Side side, RowId row) const
{
    const RowFilter* filter = m_input.filter;
    return filter != nullptr && filter->document() == traces().trace(side).document && !filter->accepts(row);
}

void SequenceMaker::makeCompact()
{
    const SequenceOrder& order = m_input.order;
    const auto first = static_cast<std::size_t>(std::max(m_input.firstRow, 0.0));
    const auto count = static_cast<std::size_t>((bottom() - m_layout.top) / m_rowHeight) + 2;
    const std::size_t end = std::min(order.size(), first + count);
    QString before;
    for (std::size_t i = first; i < end; ++i) {
        const SequenceOrder::Entry entry = order[i];
        const double y = m_layout.top + (static_cast<double>(i) - m_input.firstRow + 0.5) * m_rowHeight;
        const bool isCut = y + m_input.lineHeight / 2 + 1 > bottom();
        if (entry.isBreak) {
            if (i > 0 && i + 1 < order.size() && !isCut)
                m_layout.times.push_back({y, durationText(order.gapNs(i)), true});
            continue;
        }
        const QString time = timeText(tOf(order.axisNs(i)), 1'000);
        if (time != before && !isCut)
            m_layout.times.push_back({y, time, false});
        before = time;
        if (entry.fold != nullptr && !isCut)
            addFold(i, y);
        else if (entry.fold == nullptr)
            m_items.push_back({entry.side, entry.row, y});
    }
    if (first >= end)
        return;
    const SequenceOrder::Entry last = order[end - 1];
    const std::int64_t lastNs = last.fold != nullptr ? last.fold->lastNs : order.axisNs(end - 1);
    m_layout.range = {tOf(order.axisNs(first)), saturatedSum(tOf(lastNs), 1)};
    addPassing(first, lastNs);
    addItems();
    addFlags();
}

/// What a fold holds: packets by who sent them, by the sender's log where there is one.
void SequenceMaker::addFold(std::size_t index, double y)
{
    const SequenceFold& fold = *m_input.order[index].fold;
    QStringList parts;
    for (const Side from : bothSides) {
        const std::uint32_t packets = traces().isIn(from) ? fold.sent[indexOf(from)] : fold.received[indexOf(otherSide(from))];
        if (packets == 0)
            continue;
        const QString count = packets == 1 ? SequenceWords::tr("1 packet") : SequenceWords::tr("%1 packets").arg(countText(packets));
        parts.push_back((from == Side::Left ? SequenceWords::tr("%1 of the client") : SequenceWords::tr("%1 of the server")).arg(count));
    }
    const QString text = SequenceWords::tr("\u25b8 %1 in %2, data and ACKs only").arg(parts.join(QStringLiteral(", ")), durationText(saturatedDifference(fold.lastNs, m_input.order.axisNs(index))));
    const double x = m_layout.timeRect.right();
    m_layout.folds.push_back({index, QRectF(x, y - m_rowHeight / 2 + 1, m_input.size.width() - x, m_rowHeight - 2), text});
}

void SequenceMaker::addFlags()
{
    const Side shown = traces().shownSide();
    for (const RowId row : m_input.marked) {
        const std::int64_t axisNs = traces().axisNs(shown, row);
        const bool isNear = m_input.mode == SequenceMode::Linear || (tOf(axisNs) >= m_layout.range.beginNs && tOf(axisNs) <= m_layout.range.endNs);
        if (const double y = isNear ? yOf(shown, row) : -1; isNear && isInView(y))
            m_layout.flags.push_back(y);
    }
}

void SequenceMaker::makeLinear()
{
    m_layout.range = m_input.range;
    addTicks();
    addFlags();
    const SequenceOrder& order = m_input.order;
    const std::size_t first = order.lowerBound(traces().axisOf(m_input.range.beginNs, m_input.zeroNs));
    const std::size_t end = order.lowerBound(traces().axisOf(m_input.range.endNs, m_input.zeroNs));
    if (end - first > mostItems) {
        m_layout.isMerged = true;
        addBands();
        addMarks();
        return;
    }
    for (std::size_t i = first; i < end; ++i) {
        const SequenceOrder::Entry entry = order[i];
        if (!entry.isBreak)
            m_items.push_back({entry.side, entry.row, yOfAxis(order.axisNs(i))});
    }
    addPassing(first, traces().axisOf(m_input.range.endNs, m_input.zeroNs));
    addItems();
    if (m_items.empty() && m_layout.arrows.empty())
        m_layout.note = SequenceWords::tr("Nothing of what is chosen happens in this time.");
}

void SequenceMaker::addTicks()
{
    const int most = static_cast<int>((bottom() - m_layout.top) / (3 * m_input.lineHeight));
    const AxisTicks ticks = axisTicks(m_input.range.beginNs, m_input.range.endNs, std::max(most, 2), AxisUnit::Time);
    for (qsizetype i = 0; i < ticks.labels.size(); ++i) {
        const double since = static_cast<double>(ticks.values[static_cast<std::size_t>(i)]) - static_cast<double>(m_input.range.beginNs);
        const double part = since / static_cast<double>(std::max<std::int64_t>(m_input.range.lengthNs(), 1));
        m_layout.times.push_back({yOfPart(part), ticks.labels[i], false});
    }
}

void SequenceMaker::addItems()
{
    std::vector<std::optional<SequencePacket>> packets;
    for (const Item& item : m_items) {
        packets.push_back(traces().packetOf(item.side, item.row));
        if (packets.back())
            addPacket(item, *packets.back());
    }
    std::array<std::map<double, std::size_t>, mostSides> taken; // of the labels of each side y and item
    std::vector<std::size_t> labelled;
    m_hidden.assign(m_items.size(), 0);
    for (const bool isForPackets : {true, false}) { // where there is no room for all, packets come first
        for (std::size_t i = 0; i < m_items.size(); ++i) {
            if (packets[i].has_value() == isForPackets && takeRoom(i, &taken[indexOf(m_items[i].side)]))
                labelled.push_back(i);
        }
    }
    for (const std::size_t i : labelled)
        addLabel(m_items[i], packets[i], m_hidden[i]);
    std::sort(m_layout.labels.begin(), m_layout.labels.end(), [](const SequenceLabel& a, const SequenceLabel& b) { return a.y < b.y; });
    addBrackets();
}

/// For the label of an item, unless another one or the border is too near; then the other one stands for it.
bool SequenceMaker::takeRoom(std::size_t item, std::map<double, std::size_t>* taken)
{
    const double height = m_input.lineHeight + 2;
    const double y = m_items[item].y;
    if (y + height / 2 > bottom())
        return false;
    const auto next = taken->lower_bound(y);
    if (next != taken->end() && next->first - y < height) {
        ++m_hidden[next->second];
        return false;
    }
    if (next != taken->begin() && y - std::prev(next)->first < height) {
        ++m_hidden[std::prev(next)->second];
        return false;
    }
    taken->emplace(y, item);
    return true;
}

void SequenceMaker::addPacket(const Item& item, const SequencePacket& packet)
{
    const RowId other = traces().counterpart(item.side, packet);
    if (packet.direction == Direction::Sent)
        addSent(item, packet.id, other);
    else
        addReceived(item, other);
}

/// Where the end that is not logged stands: so many halves of half an RTT later (or earlier).
double SequenceMaker::farY(const Item& item, double halves) const
{
    if (m_input.mode == SequenceMode::Compact)
        return item.y + halves * 0.45 * m_rowHeight;
    const std::int64_t time = traces().trace(item.side).document->events().timeNs(item.row);
    const std::int64_t half = traces().halfRttNs(item.side, time).value_or(0);
    return yOfAxis(saturatedSum(traces().axisNs(item.side, item.row), static_cast<std::int64_t>(halves * static_cast<double>(half))));
}

void SequenceMaker::addSent(const Item& item, PacketId sent, RowId received)
{
    SequenceArrow arrow;
    arrow.from = item.side;
    arrow.begin = {m_layout.x(item.side), item.y};
    arrow.sentRow = item.row;
    arrow.receivedRow = received;
    arrow.isDimmed = isDimmed(item.side, item.row);
    arrow.isDeclaredLost = traces().trace(item.side).get().lostBy(sent).isValid();
    const Side other = otherSide(item.side);
    if (received.isValid()) {
        arrow.end = {m_layout.x(other), yOf(other, received)};
    } else if (traces().fateOf(item.side, sent) == PacketFate::Lost) {
        arrow.kind = SequenceArrow::Kind::Lost;
        arrow.end = {(m_layout.x(Side::Left) + m_layout.x(Side::Right)) / 2, farY(item, 0.5)};
    } else {
        arrow.kind = SequenceArrow::Kind::Inferred;
        arrow.end = {m_layout.x(other), farY(item, 1)};
    }
    m_layout.arrows.push_back(arrow);
}

void SequenceMaker::addReceived(const Item& item, RowId sent)
{
    const Side from = otherSide(item.side);
    SequenceArrow arrow;
    arrow.from = from;
    arrow.end = {m_layout.x(item.side), item.y};
    arrow.sentRow = sent;
    arrow.receivedRow = item.row;
    if (sent.isValid()) {
        const double y = yOf(from, sent);
        const std::size_t position = m_input.order.positionOf(from, sent);
        const bool isFolded = m_input.mode == SequenceMode::Compact && position < m_input.order.size() && m_input.order[position].fold != nullptr;
        if (isInView(y) && !isFolded)
            return; // drawn by the row of its sending
        arrow.begin = {m_layout.x(from), y};
        arrow.isDimmed = isDimmed(from, sent);
    } else {
        arrow.kind = SequenceArrow::Kind::Inferred;
        arrow.begin = {m_layout.x(from), farY(item, -1)};
        arrow.isDimmed = isDimmed(item.side, item.row);
    }
    m_layout.arrows.push_back(arrow);
}

/// Packets that are sent above and received below what is in view.
void SequenceMaker::addPassing(std::size_t first, std::int64_t lastNs)
{
    constexpr std::size_t mostLookedAt = 3000;
    constexpr std::size_t mostDrawn = 200;
    if (!traces().isMatched())
        return;
    for (std::size_t i = first; i > 0 && first - i < mostLookedAt && m_layout.arrows.size() < mostDrawn; --i) {
        const SequenceOrder::Entry entry = m_input.order[i - 1];
        const std::optional<SequencePacket> packet = entry.isBreak || entry.fold != nullptr ? std::nullopt : traces().packetOf(entry.side, entry.row);
        if (!packet || packet->direction != Direction::Sent)
            continue;
        const Side other = otherSide(entry.side);
        const RowId received = traces().counterpart(entry.side, *packet);
        if (!received.isValid() || traces().axisNs(other, received) <= lastNs)
            continue;
        SequenceArrow arrow;
        arrow.from = entry.side;
        arrow.begin = {m_layout.x(entry.side), yOf(entry.side, entry.row)};
        arrow.end = {m_layout.x(other), yOf(other, received)};
        arrow.sentRow = entry.row;
        arrow.receivedRow = received;
        arrow.isPassing = true;
        arrow.isDimmed = isDimmed(entry.side, entry.row);
        m_layout.arrows.push_back(arrow);
    }
}

void SequenceMaker::addLabel(const Item& item, const std::optional<SequencePacket>& packet, std::size_t hidden)
{
    const RecordDescription& description = m_input.texts.of(traces().trace(item.side), item.row);
    const NameTable::Entry* name = traces().nameOf(item.side, item.row);
    SequenceLabel label;
    label.side = item.side;
    label.row = item.row;
    label.y = item.y;
    label.isPacket = packet.has_value();
    label.category = name != nullptr ? categoryOf(name->kind) : SequenceCategory::Other;
    label.isLoss = name != nullptr && (name->kind == EventKind::PacketLost || name->kind == EventKind::SpuriousLoss);
    label.isDimmed = isDimmed(item.side, item.row);
    label.title = toText(description.title);
    if (label.title.isEmpty())
        label.title = name != nullptr ? toText(name->logged) : SequenceWords::tr("malformed record");
    label.hidden = hidden;
    // what a packet holds is said where it is sent, if that is in the diagram
    const bool isShort = packet && packet->direction == Direction::Received && traces().counterpart(item.side, *packet).isValid();
    placeLabel(&label, description, isShort, m_labelRoom[indexOf(item.side)] - labelGap - chipGap);
    m_layout.labels.push_back(std::move(label));
}

/// From the lifeline outwards on the right; on the left as a whole up to the lifeline.
void SequenceMaker::placeLabel(SequenceLabel* label, const RecordDescription& description, bool isShort, double room) const
{
    const double height = m_input.lineHeight + 2;
    const double top = label->y - height / 2;
    const auto boxWidth = [this](const QString& text) { return m_input.textWidth(text) + 2 * chipPadding; };
    double width = boxWidth(label->title);
    if (width > room && label->title.contains(QLatin1Char(' '))) { // the number is worth more than the type
        label->title = label->title.section(QLatin1Char(' '), -1);
        width = boxWidth(label->title);
    }
    if (label->hidden > 0) {
        label->title += SequenceWords::tr(" and %1 more").arg(label->hidden);
        width = boxWidth(label->title);
    }
    label->titleRect = QRectF(0, top, std::min(width, room), height);
    double x = label->titleRect.right() + chipGap;
    for (std::size_t i = 0; !isShort && i < description.chips.size(); ++i) {
        SequenceChip chip{QRectF(), toText(description.chips[i].text), description.chips[i].kind, i};
        const std::size_t left = description.chips.size() - i - 1;
        const double more = left > 0 ? boxWidth(QStringLiteral("+99")) + chipGap : 0;
        const double space = room - x - more;
        double wide = boxWidth(chip.text);
        const double least = m_input.textWidth(QStringLiteral("ACK 0-99")) + 2 * chipPadding;
        if (wide > space && space >= least && (i == 0 || left == 0))
            wide = space; // cut by an ellipsis when painted
        if (wide > space && !label->isPacket)
            break; // the whole of an event: its title stands for it
        if (wide > space) {
            chip.text = QStringLiteral("+%1").arg(description.chips.size() - i);
            chip.index = description.chips.size();
            chip.kind = FrameKind::Other;
            wide = boxWidth(chip.text);
            if (x + wide > room)
                break;
            i = description.chips.size();
        }
        chip.rect = QRectF(x, top, wide, height);
        x += wide + chipGap;
        label->chips.push_back(std::move(chip));
    }
    const double used = x - chipGap;
    const double shift = label->side == Side::Left ? m_layout.x(Side::Left) - labelGap - used : m_layout.x(label->side) + labelGap;
    label->titleRect.translate(shift, 0);
    for (SequenceChip& chip : label->chips)
        chip.rect.translate(shift, 0);
}

void SequenceMaker::addBrackets()
{
    std::array<const Item*, mostSides> last{};
    std::array<std::optional<std::size_t>, mostSides> open; // in brackets
    for (const Item& item : m_items) {
        const std::size_t side = indexOf(item.side);
        const std::optional<SequencePacket> packet = traces().packetOf(item.side, item.row);
        const bool isCoalesced = packet && (traces().packets(item.side, packet->direction).flags(packet->id) & PacketCoalesced) != 0;
        if (!isCoalesced) {
            last[side] = nullptr;
            open[side].reset();
            continue;
        }
        const EventStore& events = traces().trace(item.side).document->events();
        const bool isMate = last[side] != nullptr && events.timeNs(last[side]->row) == events.timeNs(item.row)
            && traces().packetOf(item.side, last[side]->row)->direction == packet->direction;
        if (isMate && !open[side]) {
            open[side] = m_layout.brackets.size();
            m_layout.brackets.push_back({item.side, last[side]->y, item.y, 1});
        }
        if (isMate) {
            m_layout.brackets[*open[side]].bottom = item.y;
            ++m_layout.brackets[*open[side]].count;
        } else {
            open[side].reset();
        }
        last[side] = &item;
    }
}

void SequenceMaker::addBands()
{
    const int count = std::max(static_cast<int>((m_layout.endY - m_layout.beginY) / bandHeight), 1);
    for (const Side from : bothSides) {
        const bool isSender = traces().isIn(from);
        const Side logged = isSender ? from : otherSide(from);
        if (!traces().isIn(logged))
            continue;
        std::vector<std::int64_t> edges;
        for (int i = 0; i <= count; ++i)
            edges.push_back(traces().timeNs(logged, traces().axisOf(columnTimeNs(m_input.range, i, count), m_input.zeroNs)));
        addBandsOf(from, logged, isSender ? Direction::Sent : Direction::Received, edges);
    }
    std::size_t most = 1;
    for (const SequenceBand& band : m_layout.bands)
        most = std::max(most, band.count);
    const double half = (m_layout.x(Side::Right) - m_layout.x(Side::Left)) / 2 - 4;
    for (SequenceBand& band : m_layout.bands) {
        const double width = std::max(2.0, half * static_cast<double>(band.count) / static_cast<double>(most));
        const double x = band.from == Side::Left ? m_layout.x(Side::Left) : m_layout.x(Side::Right) - width;
        band.rect.moveLeft(x);
        band.rect.setWidth(width);
    }
}

void SequenceMaker::addBandsOf(Side from, Side logged, Direction direction, const std::vector<std::int64_t>& edges)
{
    const SentBars& bars = traces().trace(logged).get().sentBars(direction);
    bars.ensureSorted();
    const int count = static_cast<int>(edges.size()) - 1;
    const std::vector<std::size_t> bounds = bars.lowerBounds(ColumnEdges(edges));
    std::vector<std::size_t> losses(static_cast<std::size_t>(count), 0);
    if (direction == Direction::Sent)
        countLosses(logged, edges, &losses);
    const double height = (m_layout.endY - m_layout.beginY) / count;
    for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
        if (bounds[i + 1] == bounds[i] && losses[i] == 0)
            continue;
        const TimeRange range{columnTimeNs(m_input.range, static_cast<int>(i), count), columnTimeNs(m_input.range, static_cast<int>(i) + 1, count)};
        m_layout.bands.push_back({from, QRectF(0, m_layout.beginY + static_cast<double>(i) * height, 0, height), bounds[i + 1] - bounds[i], losses[i], range});
    }
}

/// What the sender declared lost; with both logs what did not arrive, which is the better answer.
void SequenceMaker::countLosses(Side logged, const std::vector<std::int64_t>& edges, std::vector<std::size_t>* losses) const
{
    const Trace& trace = traces().trace(logged).get();
    if (!traces().isMatched()) {
        const LostBars& lost = trace.lostBars();
        lost.ensureSorted();
        for (std::size_t i = 0; i + 1 < edges.size(); ++i)
            (*losses)[i] = lost.lowerBound(edges[i + 1]) - lost.lowerBound(edges[i]);
        return;
    }
    const PacketIndex& packets = trace.packets(Direction::Sent);
    const std::vector<std::uint32_t>& unmatched = traces().matches()->unmatchedSent(SequenceTraces::flowFrom(logged));
    const auto timeOf = [&](std::uint32_t id) { return trace.events().timeNs(packets.row(PacketId(id))); };
    auto next = std::partition_point(unmatched.begin(), unmatched.end(), [&](std::uint32_t id) { return timeOf(id) < edges.front(); });
    for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
        for (; next != unmatched.end() && timeOf(*next) < edges[i + 1]; ++next)
            (*losses)[i] += traces().fateOf(logged, PacketId(*next)) == PacketFate::Lost ? 1 : 0;
    }
}

void SequenceMaker::addMarks()
{
    for (const Side side : traces().sides()) {
        if (!traces().isIn(side) || traces().rowsOf(side) != nullptr) // marks of an endpoint are of all of its connections
            continue;
        // a look at each slot of a label: there may be millions
        const int slots = std::max(static_cast<int>((m_layout.endY - m_layout.beginY) / (m_input.lineHeight + 2)), 1);
        for (int slot = 0; slot < slots; ++slot) {
            const auto edgeOf = [&](int edge) { return traces().timeNs(side, traces().axisOf(columnTimeNs(m_input.range, edge, slots), m_input.zeroNs)); };
            addMark(side, {edgeOf(slot), edgeOf(slot + 1)});
        }
    }
}

/// The first mark of a short time, and how many more there are: rare events, and changes of the congestion state.
void SequenceMaker::addMark(Side side, TimeRange range)
{
    SequenceMark mark;
    mark.count = 0;
    std::int64_t firstNs = 0;
    const auto add = [&](const auto& series, const auto& textOf) {
        const std::size_t first = series.lowerBound(range.beginNs);
        const std::size_t end = series.lowerBound(range.endNs);
        if (first >= end)
            return;
        if (mark.count == 0 || series.timeNs(first) < firstNs) {
            firstNs = series.timeNs(first);
            mark.side = side;
            mark.y = yOfAxis(traces().axisNs(side, firstNs));
            mark.text = textOf(first);
            mark.row = series.row(first);
        }
        mark.count += end - first;
    };
    const ConnectionFacts& facts = traces().trace(side).get().connection();
    for (int kind = 0; kind < notableKindCount; ++kind) {
        if (const NotableSeries* series = facts.notables().of(static_cast<NotableKind>(kind)))
            add(*series, [kind](std::size_t) { return toText(text(static_cast<NotableKind>(kind))); });
    }
    const CongestionStates& states = facts.congestionStates();
    if (!states.empty())
        add(states.series(), [&states](std::size_t index) { return toText(states[index].state); });
    const bool hasRoom = mark.count > 0 && (m_layout.marks.empty() || m_layout.marks.back().side != side || mark.y - m_layout.marks.back().y > m_input.lineHeight);
    if (hasRoom)
        m_layout.marks.push_back(std::move(mark));
    else if (mark.count > 0)
        m_layout.marks.back().count += mark.count;
}

} // namespace

double sequenceRowHeight(double lineHeight) { return std::ceil(lineHeight) + 7; }

double sequenceTop(double lineHeight) { return 2 * std::ceil(lineHeight) + 10; }

SequenceLayout layOutSequence(const SequenceInput& input) { return SequenceMaker(input).make(); }

SequenceOverview sequenceOverview(const SequenceTraces& traces, TimeRange fullRange, std::int64_t zeroNs, int parts)
{
    SequenceOverview overview;
    overview.range = fullRange;
    const auto count = static_cast<std::size_t>(std::max(parts, 1));
    overview.packets.assign(count, 0);
    overview.losses.assign(count, 0);
    for (const Side side : bothSides) {
        if (!traces.isIn(side))
            continue;
        const Trace& trace = traces.trace(side).get();
        std::vector<std::int64_t> times = ColumnEdges(fullRange, static_cast<int>(count)).times;
        for (std::int64_t& time : times)
            time = traces.timeNs(side, traces.axisOf(time, zeroNs));
        const ColumnEdges edges(std::move(times));
        for (const Direction direction : {Direction::Sent, Direction::Received}) {
            const std::vector<std::size_t> bounds = trace.sentBars(direction).lowerBounds(edges);
            for (std::size_t i = 0; i < count; ++i)
                overview.packets[i] += static_cast<std::uint32_t>(bounds[i + 1] - bounds[i]);
        }
        const std::vector<std::size_t> bounds = trace.lostBars().lowerBounds(edges);
        for (std::size_t i = 0; i < count; ++i)
            overview.losses[i] += static_cast<std::uint32_t>(bounds[i + 1] - bounds[i]);
    }
    return overview;
}

} // namespace qlogscope
