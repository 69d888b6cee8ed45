// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/clockoffset.h"

#include "model/timerange.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace qlogscope {

namespace {

constexpr std::int64_t greatestNumber = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t leastNumber = std::numeric_limits<std::int64_t>::min();
constexpr double anyDrift = 2; // of the offset over the mean of two clocks, of which one stands still

std::int64_t middle(std::int64_t low, std::int64_t high)
{
    return low + static_cast<std::int64_t>((static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low)) / 2);
}

std::int64_t meanOf(std::int64_t a, std::int64_t b)
{
    return (a >> 1) + (b >> 1) + (a & b & 1);
}

std::size_t indexOf(Flow flow)
{
    return static_cast<std::size_t>(flow);
}

bool keepsTimesAsFloats(Writer writer)
{
    return writer == Writer::Quiche || writer == Writer::Neqo || writer == Writer::Tquic; // dialects 2.3
}

/// A vertex of a curve; relative to some origin so that doubles are exact enough.
struct Vertex {
    double x = 0;
    double y = 0;
};

double slope(const Vertex& a, const Vertex& b)
{
    return (b.y - a.y) / (b.x - a.x);
}

/// The largest convex curve below points.
class ConvexBelow
{
public:
    /// In the order of x, from the first point to the last.
    void add(Vertex point)
    {
        if (!m_vertices.empty() && m_vertices.back().x >= point.x) {
            if (m_vertices.back().y <= point.y)
                return;
            m_vertices.pop_back();
        }
        while (m_vertices.size() > 1 && slope(m_vertices[m_vertices.size() - 2], m_vertices.back()) >= slope(m_vertices.back(), point))
            m_vertices.pop_back();
        m_vertices.push_back(point);
    }
    [[nodiscard]] const std::vector<Vertex>& vertices() const { return m_vertices; }
    /// Between the first point and the last.
    [[nodiscard]] double at(double x) const
    {
        const auto next = std::upper_bound(m_vertices.begin(), m_vertices.end(), x, [](double a, const Vertex& b) { return a < b.x; });
        if (next == m_vertices.begin())
            return m_vertices.front().y;
        const Vertex& before = *(next - 1);
        return next == m_vertices.end() ? before.y : before.y + (x - before.x) * slope(before, *next);
    }

private:
    std::vector<Vertex> m_vertices;
};

} // namespace

std::int64_t timeResolutionNs(const Trace& trace, std::size_t rows)
{
    constexpr std::int64_t coarsest = 1'000'000;
    const EventStore& events = trace.events();
    std::int64_t resolution = coarsest;
    const std::size_t count = std::min(rows, trace.rowCount());
    for (std::size_t i = 0; i < count && resolution > 1; ++i) {
        const RowId row = trace.row(i);
        if ((events.flags(row) & (RowNoTime | RowMalformed | RowOversized)) != 0)
            continue;
        const std::int64_t time = saturatedSum(events.timeNs(row), trace.logOriginNs());
        const auto error = static_cast<std::int64_t>(std::abs(static_cast<double>(time)) * 0x1p-51); // of a double and its scaling
        const auto divides = [&](std::int64_t power) {
            const std::int64_t rest = std::abs(time % power);
            return rest <= error || power - rest <= error;
        };
        while (resolution > 1 && !divides(resolution))
            resolution /= 10;
    }
    if (!keepsTimesAsFloats(trace.header().writer) || trace.timeRange().isEmpty())
        return resolution;
    const TimeRange range = trace.timeRange();
    const double farthest = std::max(std::abs(static_cast<double>(range.beginNs)), std::abs(static_cast<double>(range.endNs)));
    return std::max(resolution, static_cast<std::int64_t>(farthest * 0x1p-23));
}

ClockFacts clockFactsOf(const Trace& client, const Trace& server)
{
    ClockFacts facts;
    facts.clientResolutionNs = timeResolutionNs(client);
    facts.serverResolutionNs = timeResolutionNs(server);
    facts.clientWallClockNs = client.wallClockNs();
    facts.serverWallClockNs = server.wallClockNs();
    for (const Trace* trace : {&client, &server}) {
        for (const Trace::PathSeries& path : trace->metricPaths(MetricKind::SmoothedRtt)) {
            if (!path.series.empty())
                facts.smoothedRttNs = std::min(facts.smoothedRttNs.value_or(greatestNumber), path.series.extremes().min);
        }
    }
    const auto firstTime = [](const Trace& trace, Direction direction) -> std::optional<std::int64_t> {
        const PacketIndex& packets = trace.packets(direction);
        return packets.size() == 0 ? std::nullopt : std::optional(trace.events().timeNs(packets.row(PacketId(std::size_t{0}))));
    };
    facts.firstSentNs = firstTime(client, Direction::Sent);
    facts.firstReceivedNs = firstTime(server, Direction::Received);
    return facts;
}

void ClockOffset::widenWindows()
{
    ++m_widthBits;
    std::vector<Window> wider;
    const std::int64_t first = m_firstWindow >> 1;
    wider.reserve(m_windows.size() / 2 + 1);
    for (std::size_t i = 0; i < m_windows.size(); ++i) {
        const std::int64_t index = (m_firstWindow + static_cast<std::int64_t>(i)) >> 1;
        if (index - first == static_cast<std::int64_t>(wider.size())) {
            wider.push_back(m_windows[i]);
            continue;
        }
        for (const Flow flow : allFlows) {
            const Bound& bound = m_windows[i][indexOf(flow)];
            if (bound.delayNs < wider.back()[indexOf(flow)].delayNs)
                wider.back()[indexOf(flow)] = bound;
        }
    }
    m_windows = std::move(wider);
    m_firstWindow = first;
}

ClockOffset::Window& ClockOffset::windowAt(std::int64_t meanNs)
{
    constexpr auto most = static_cast<std::int64_t>(maxWindows);
    if (m_windows.empty()) {
        m_firstWindow = meanNs >> m_widthBits;
        m_windows.resize(1);
    }
    std::int64_t index = meanNs >> m_widthBits;
    while (index - m_firstWindow >= most || m_firstWindow + static_cast<std::int64_t>(m_windows.size()) - index > most) {
        widenWindows();
        index = meanNs >> m_widthBits;
    }
    if (index < m_firstWindow) {
        m_windows.insert(m_windows.begin(), static_cast<std::size_t>(m_firstWindow - index), Window{});
        m_firstWindow = index;
    }
    const auto position = static_cast<std::size_t>(index - m_firstWindow);
    if (position >= m_windows.size())
        m_windows.resize(position + 1);
    return m_windows[position];
}

void ClockOffset::add(Flow flow, std::int64_t sentNs, std::int64_t receivedNs)
{
    const std::int64_t delay = saturatedDifference(receivedNs, sentNs);
    if (delay == leastNumber || delay == greatestNumber)
        return;
    const std::int64_t meanNs = meanOf(sentNs, receivedNs);
    m_shortestNs[indexOf(flow)] = std::min(m_shortestNs[indexOf(flow)], delay);
    Bound& bound = windowAt(meanNs)[indexOf(flow)];
    if (delay < bound.delayNs || (delay == bound.delayNs && meanNs < bound.meanNs)) // the same one in any order
        bound = {meanNs, delay};
}

std::int64_t ClockOffset::upperNs() const
{
    return saturatedSum(m_shortestNs[indexOf(Flow::ClientToServer)], resolutionNs());
}

std::int64_t ClockOffset::lowerNs() const
{
    const std::int64_t shortest = m_shortestNs[indexOf(Flow::ServerToClient)];
    return shortest == greatestNumber ? leastNumber : saturatedDifference(-shortest, resolutionNs());
}

void ClockOffset::setOffset(Kind kind, std::int64_t offsetNs, std::optional<std::int64_t> uncertaintyNs)
{
    m_kind = kind;
    m_offsetNs = offsetNs;
    m_uncertaintyNs = uncertaintyNs;
}

void ClockOffset::estimate(const ClockFacts& facts, std::array<std::uint64_t, 2> pairs)
{
    m_facts = facts;
    m_points.clear();
    const std::int64_t upper = upperNs();
    const std::int64_t lower = lowerNs();
    const bool isKnownAbove = upper != greatestNumber;
    const bool isKnownBelow = lower != leastNumber;
    if (pairs[0] + pairs[1] < fewPairs || (!isKnownAbove && !isKnownBelow))
        estimateFromFew();
    else if (!isKnownAbove || !isKnownBelow)
        estimateOneSided();
    else if (lower <= upper)
        setOffset(Kind::Interval, middle(lower, upper), middle(0, saturatedDifference(upper, lower)) + 1);
    else
        estimatePieces();
}

void ClockOffset::estimateFromFew()
{
    const std::int64_t upper = upperNs();
    const std::int64_t lower = lowerNs();
    if (m_facts.clientWallClockNs && m_facts.serverWallClockNs) {
        const std::int64_t offset = saturatedDifference(*m_facts.clientWallClockNs, *m_facts.serverWallClockNs);
        if (offset >= lower && offset <= upper)
            return setOffset(Kind::WallClocks, offset, std::nullopt);
    }
    const std::int64_t half = m_facts.smoothedRttNs.value_or(0) / 2;
    std::int64_t offset = 0;
    if (m_shortestNs[0] != greatestNumber)
        offset = saturatedDifference(m_shortestNs[0], half);
    else if (m_facts.firstSentNs && m_facts.firstReceivedNs)
        offset = saturatedDifference(saturatedDifference(*m_facts.firstReceivedNs, *m_facts.firstSentNs), half);
    else if (m_shortestNs[1] != greatestNumber)
        offset = saturatedSum(-m_shortestNs[1], half);
    else
        return setOffset(Kind::Unpaired, 0, std::nullopt);
    if (lower <= upper)
        offset = std::clamp(offset, lower, upper);
    setOffset(Kind::FirstPacket, offset, m_facts.smoothedRttNs ? std::optional(saturatedSum(half, resolutionNs())) : std::nullopt);
}

void ClockOffset::estimateOneSided()
{
    const std::int64_t half = m_facts.smoothedRttNs.value_or(0) / 2;
    const std::int64_t offset = m_shortestNs[0] != greatestNumber ? saturatedDifference(m_shortestNs[0], half) : saturatedSum(-m_shortestNs[1], half);
    setOffset(Kind::OneSided, offset, m_facts.smoothedRttNs ? std::optional(saturatedSum(half, resolutionNs())) : std::nullopt);
}

/// The bounds as curves over the mean of the two clocks, of which no two values differ by more than a limited drift allows.
struct ClockOffset::Tube {
    struct Bounds {
        double x = 0; // mean of the two clocks, since originNs
        double upper = std::numeric_limits<double>::infinity(); // offset, since baseNs
        double lower = -std::numeric_limits<double>::infinity();
    };
    std::vector<Bounds> bounds;
    std::int64_t originNs = 0;
    std::int64_t baseNs = 0;

    Tube(const std::vector<Window>& windows, std::int64_t resolutionNs)
    {
        const auto widening = static_cast<double>(resolutionNs);
        for (const Window& window : windows) {
            const std::size_t size = bounds.size();
            for (const Flow flow : allFlows) {
                const Bound& bound = window[indexOf(flow)];
                if (!bound.isKnown())
                    continue;
                const bool isUpper = flow == Flow::ClientToServer;
                const std::int64_t offset = isUpper ? bound.delayNs : -bound.delayNs;
                if (bounds.empty()) {
                    originNs = bound.meanNs;
                    baseNs = offset;
                }
                Bounds& there = bounds.emplace_back();
                there.x = static_cast<double>(saturatedDifference(bound.meanNs, originNs));
                (isUpper ? there.upper : there.lower)
                    = static_cast<double>(saturatedDifference(offset, baseNs)) + (isUpper ? widening : -widening);
            }
            if (bounds.size() == size + 2 && bounds[size + 1].x < bounds[size].x)
                std::swap(bounds[size], bounds[size + 1]);
        }
    }
    /// A bound holds nearby too, the less the farther off.
    void limitDrift(double drift)
    {
        const auto limit = [drift](Bounds* there, const Bounds& neighbour) {
            const double change = std::abs(there->x - neighbour.x) * drift;
            there->upper = std::min(there->upper, neighbour.upper + change);
            there->lower = std::max(there->lower, neighbour.lower - change);
        };
        for (std::size_t i = 1; i < bounds.size(); ++i)
            limit(&bounds[i], bounds[i - 1]);
        for (std::size_t i = bounds.size() - 1; i > 0; --i)
            limit(&bounds[i - 1], bounds[i]);
    }
    [[nodiscard]] bool isOpen() const
    {
        return std::all_of(bounds.begin(), bounds.end(), [](const Bounds& each) { return each.lower <= each.upper; });
    }
};

/// A curve in the middle between a convex and a concave one if there is room for these over the whole stretch, else two halves.
void ClockOffset::appendPieces(const Tube& tube, std::size_t begin, std::size_t end)
{
    ConvexBelow upper;
    ConvexBelow lower; // upside down
    for (std::size_t i = begin; i < end; ++i) {
        upper.add({tube.bounds[i].x, tube.bounds[i].upper});
        lower.add({tube.bounds[i].x, -tube.bounds[i].lower});
    }
    std::vector<double> corners; // between them both are lines
    for (const ConvexBelow* curve : {&upper, &lower}) {
        for (const Vertex& vertex : curve->vertices())
            corners.push_back(vertex.x);
    }
    std::sort(corners.begin(), corners.end());
    corners.erase(std::unique(corners.begin(), corners.end()), corners.end());
    const auto width = [&](double x) { return upper.at(x) + lower.at(x); };
    if (end - begin > 1 && std::any_of(corners.begin(), corners.end(), [&](double x) { return width(x) < 0; })) {
        const std::size_t cut = begin + (end - begin) / 2;
        appendPieces(tube, begin, cut);
        appendPieces(tube, cut, end);
        return;
    }
    for (const double x : corners) {
        const std::int64_t mean = saturatedSum(tube.originNs, std::llround(x));
        const std::int64_t offset = saturatedSum(tube.baseNs, std::llround((upper.at(x) - lower.at(x)) / 2));
        appendPoint(mean, offset, std::llround(std::abs(width(x)) / 2) + 1);
    }
}

void ClockOffset::appendPoint(std::int64_t meanNs, std::int64_t offsetNs, std::int64_t uncertaintyNs)
{
    Point point;
    point.clientNs = saturatedDifference(meanNs, offsetNs >> 1);
    point.serverNs = saturatedSum(point.clientNs, offsetNs);
    point.uncertaintyNs = uncertaintyNs;
    if (!m_points.empty()) { // no time goes back
        point.clientNs = std::max(point.clientNs, m_points.back().clientNs);
        point.serverNs = std::max(point.serverNs, m_points.back().serverNs);
    }
    m_points.push_back(point);
}

void ClockOffset::estimatePieces()
{
    const Tube bounds(m_windows, resolutionNs());
    Tube tube = bounds;
    tube.limitDrift(maxDrift);
    if (!tube.isOpen()) {
        tube = bounds;
        tube.limitDrift(anyDrift);
    }
    appendPieces(tube, 0, tube.bounds.size());
    std::int64_t uncertainty = 0;
    for (const Point& point : m_points)
        uncertainty = std::max(uncertainty, point.uncertaintyNs);
    const Point& first = m_points.front();
    const Point& last = m_points.back();
    setOffset(Kind::Piecewise, 0, uncertainty);
    m_offsetNs = offsetAt(middle(first.clientNs, last.clientNs));
}

namespace {

using Point = ClockOffset::Point;

/// A line between points, over another value of theirs; constant before the first and after the last.
template <typename Over, typename Value> std::int64_t valueAt(const std::vector<Point>& points, std::int64_t x, Over over, Value value)
{
    const auto next
        = std::upper_bound(points.begin(), points.end(), x, [&](std::int64_t a, const Point& point) { return a < over(point); });
    if (next == points.begin())
        return value(points.front());
    if (next == points.end())
        return value(points.back());
    const Point& before = *(next - 1);
    const double part = static_cast<double>(saturatedDifference(x, over(before))) / static_cast<double>(saturatedDifference(over(*next), over(before)));
    return value(before) + std::llround(part * static_cast<double>(saturatedDifference(value(*next), value(before))));
}

std::int64_t clientNsOf(const Point& point)
{
    return point.clientNs;
}

std::int64_t serverNsOf(const Point& point)
{
    return point.serverNs;
}

std::int64_t meanNsOf(const Point& point)
{
    return meanOf(point.clientNs, point.serverNs);
}

std::int64_t offsetNsOf(const Point& point)
{
    return saturatedDifference(point.serverNs, point.clientNs);
}

std::int64_t uncertaintyNsOf(const Point& point)
{
    return point.uncertaintyNs;
}

} // namespace

std::int64_t ClockOffset::offsetAt(std::int64_t clientNs) const
{
    return kind() == Kind::Piecewise ? valueAt(m_points, clientNs, clientNsOf, offsetNsOf) : offsetNs();
}

std::optional<std::int64_t> ClockOffset::uncertaintyAt(std::int64_t clientNs) const
{
    return kind() == Kind::Piecewise ? valueAt(m_points, clientNs, clientNsOf, uncertaintyNsOf) : uncertaintyNs();
}

std::int64_t ClockOffset::serverTimeOf(std::int64_t clientNs) const
{
    return saturatedSum(clientNs, offsetAt(clientNs));
}

std::int64_t ClockOffset::clientTimeOf(std::int64_t serverNs) const
{
    return saturatedDifference(serverNs, kind() == Kind::Piecewise ? valueAt(m_points, serverNs, serverNsOf, offsetNsOf) : offsetNs());
}

std::optional<std::int64_t> ClockOffset::wallClockOffsetNs() const
{
    if (!m_facts.clientWallClockNs || !m_facts.serverWallClockNs)
        return std::nullopt;
    return saturatedSum(offsetNs(), saturatedDifference(*m_facts.serverWallClockNs, *m_facts.clientWallClockNs));
}

std::optional<std::int64_t> ClockOffset::offsetOfWallClocks(std::int64_t wallClockOffsetNs) const
{
    if (!m_facts.clientWallClockNs || !m_facts.serverWallClockNs)
        return std::nullopt;
    return saturatedDifference(wallClockOffsetNs, saturatedDifference(*m_facts.serverWallClockNs, *m_facts.clientWallClockNs));
}

bool ClockOffset::isBeforeSending(Flow flow, std::int64_t sentNs, std::int64_t receivedNs) const
{
    const std::int64_t delay = saturatedDifference(receivedNs, sentNs);
    if (m_kind == Kind::Piecewise) {
        const std::int64_t meanNs = meanOf(sentNs, receivedNs);
        const std::int64_t offset = valueAt(m_points, meanNs, meanNsOf, offsetNsOf);
        const std::int64_t uncertainty = valueAt(m_points, meanNs, meanNsOf, uncertaintyNsOf);
        return flow == Flow::ClientToServer ? delay < offset - uncertainty : delay < -offset - uncertainty;
    }
    if (flow == Flow::ClientToServer)
        return delay < lowerNs(); // which is the smallest number where it is not known
    return upperNs() != greatestNumber && delay < -upperNs();
}

} // namespace qlogscope
