// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/clockoffset.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace qlogscope {

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();

// Times reach 292 years to either side: a difference may not fit.
std::int64_t sum(std::int64_t a, std::int64_t b)
{
    std::int64_t result = 0;
    return __builtin_add_overflow(a, b, &result) ? (a < 0 ? smallest : largest) : result;
}

std::int64_t difference(std::int64_t a, std::int64_t b)
{
    std::int64_t result = 0;
    return __builtin_sub_overflow(a, b, &result) ? (a < 0 ? smallest : largest) : result;
}

std::int64_t middle(std::int64_t low, std::int64_t high)
{
    return low + static_cast<std::int64_t>((static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low)) / 2);
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

/// The largest convex curve with slopes up to ClockOffset::maxDrift that lies below points.
class ConvexBelow
{
public:
    /// In the order of x, which may repeat.
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
    void finish()
    {
        while (m_vertices.size() > 1 && slope(m_vertices[m_vertices.size() - 2], m_vertices.back()) > ClockOffset::maxDrift)
            m_vertices.pop_back();
        std::size_t steep = 0;
        while (steep + 1 < m_vertices.size() && slope(m_vertices[steep], m_vertices[steep + 1]) < -ClockOffset::maxDrift)
            ++steep;
        m_vertices.erase(m_vertices.begin(), m_vertices.begin() + static_cast<std::ptrdiff_t>(steep));
    }
    [[nodiscard]] const std::vector<Vertex>& vertices() const { return m_vertices; }
    [[nodiscard]] double at(double x) const
    {
        if (x <= m_vertices.front().x)
            return m_vertices.front().y + (m_vertices.front().x - x) * ClockOffset::maxDrift;
        if (x >= m_vertices.back().x)
            return m_vertices.back().y + (x - m_vertices.back().x) * ClockOffset::maxDrift;
        const auto next = std::upper_bound(m_vertices.begin(), m_vertices.end(), x, [](double a, const Vertex& b) { return a < b.x; });
        const Vertex& before = *(next - 1);
        return before.y + (x - before.x) * slope(before, *next);
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
        const std::int64_t time = sum(events.timeNs(row), trace.logOriginNs());
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
    const double latest = std::max(std::abs(static_cast<double>(trace.timeRange().beginNs)), std::abs(static_cast<double>(trace.timeRange().endNs)));
    return std::max(resolution, static_cast<std::int64_t>(latest * 0x1p-23));
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
                facts.smoothedRttNs = std::min(facts.smoothedRttNs.value_or(largest), path.series.extremes().min);
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

ClockOffset::Window& ClockOffset::windowAt(std::int64_t clientNs)
{
    constexpr auto most = static_cast<std::int64_t>(maxWindows);
    if (m_windows.empty()) {
        m_firstWindow = clientNs >> m_widthBits;
        m_windows.resize(1);
    }
    std::int64_t index = clientNs >> m_widthBits;
    while (index - m_firstWindow >= most || m_firstWindow + static_cast<std::int64_t>(m_windows.size()) - index > most) {
        widenWindows();
        index = clientNs >> m_widthBits;
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
    const std::int64_t delay = difference(receivedNs, sentNs);
    if (delay == smallest || delay == largest)
        return;
    const std::int64_t clientNs = flow == Flow::ClientToServer ? sentNs : receivedNs;
    m_shortestNs[indexOf(flow)] = std::min(m_shortestNs[indexOf(flow)], delay);
    Bound& bound = windowAt(clientNs)[indexOf(flow)];
    if (delay < bound.delayNs || (delay == bound.delayNs && clientNs < bound.clientNs)) // the same one in any order
        bound = {clientNs, delay};
}

std::int64_t ClockOffset::upperNs() const
{
    return sum(m_shortestNs[indexOf(Flow::ClientToServer)], resolutionNs());
}

std::int64_t ClockOffset::lowerNs() const
{
    const std::int64_t shortest = m_shortestNs[indexOf(Flow::ServerToClient)];
    return shortest == largest ? smallest : difference(-shortest, resolutionNs());
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
    const bool isKnownAbove = upper != largest;
    const bool isKnownBelow = lower != smallest;
    if (pairs[0] + pairs[1] < fewPairs || (!isKnownAbove && !isKnownBelow))
        estimateFromFew();
    else if (!isKnownAbove || !isKnownBelow)
        estimateOneSided();
    else if (lower <= upper)
        setOffset(Kind::Interval, middle(lower, upper), middle(0, difference(upper, lower)) + 1);
    else
        estimatePieces();
}

void ClockOffset::estimateFromFew()
{
    const std::int64_t upper = upperNs();
    const std::int64_t lower = lowerNs();
    if (m_facts.clientWallClockNs && m_facts.serverWallClockNs) {
        const std::int64_t offset = difference(*m_facts.clientWallClockNs, *m_facts.serverWallClockNs);
        if (offset >= lower && offset <= upper)
            return setOffset(Kind::WallClocks, offset, std::nullopt);
    }
    const std::int64_t half = m_facts.smoothedRttNs.value_or(0) / 2;
    std::int64_t offset = 0;
    if (m_shortestNs[0] != largest)
        offset = difference(m_shortestNs[0], half);
    else if (m_facts.firstSentNs && m_facts.firstReceivedNs)
        offset = difference(difference(*m_facts.firstReceivedNs, *m_facts.firstSentNs), half);
    else if (m_shortestNs[1] != largest)
        offset = sum(-m_shortestNs[1], half);
    else
        return setOffset(Kind::Unpaired, 0, std::nullopt);
    if (lower <= upper)
        offset = std::clamp(offset, lower, upper);
    setOffset(Kind::FirstPacket, offset, m_facts.smoothedRttNs ? std::optional(sum(half, resolutionNs())) : std::nullopt);
}

void ClockOffset::estimateOneSided()
{
    const std::int64_t half = m_facts.smoothedRttNs.value_or(0) / 2;
    const std::int64_t offset = m_shortestNs[0] != largest ? difference(m_shortestNs[0], half) : sum(-m_shortestNs[1], half);
    setOffset(Kind::OneSided, offset, m_facts.smoothedRttNs ? std::optional(sum(half, resolutionNs())) : std::nullopt);
}

/// The curves between which the offset is, over a stretch of time.
struct ClockOffset::Fit {
    ConvexBelow upper;
    ConvexBelow lower; ///< upside down
    std::vector<double> times;
    std::int64_t originNs = 0; // of x
    std::int64_t baseNs = 0; // of y

    Fit(const std::vector<Window>& windows, std::size_t begin, std::size_t end, std::int64_t resolutionNs)
    {
        bool isFirst = true;
        for (std::size_t i = begin; i < end; ++i) {
            for (const Flow flow : allFlows) {
                const Bound& bound = windows[i][indexOf(flow)];
                if (!bound.isKnown())
                    continue;
                const bool isUpper = flow == Flow::ClientToServer;
                const std::int64_t offset = isUpper ? bound.delayNs : -bound.delayNs;
                if (isFirst) {
                    originNs = bound.clientNs;
                    baseNs = offset;
                    isFirst = false;
                }
                const double x = static_cast<double>(difference(bound.clientNs, originNs));
                const double y = static_cast<double>(difference(offset, baseNs));
                times.push_back(x);
                if (isUpper)
                    upper.add({x, y + static_cast<double>(resolutionNs)});
                else
                    lower.add({x, static_cast<double>(resolutionNs) - y});
            }
        }
        upper.finish();
        lower.finish();
        keepVertexTimes();
    }
    /// Between vertices both curves are lines.
    void keepVertexTimes()
    {
        const auto [first, last] = std::minmax_element(times.begin(), times.end());
        std::vector<double> kept{*first, *last};
        for (const ConvexBelow* curve : {&upper, &lower}) {
            for (const Vertex& vertex : curve->vertices())
                kept.push_back(vertex.x);
        }
        std::sort(kept.begin(), kept.end());
        kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
        times = std::move(kept);
    }
    [[nodiscard]] double widthAt(double x) const { return upper.at(x) + lower.at(x); }
    [[nodiscard]] bool isPossible() const
    {
        return std::all_of(times.begin(), times.end(), [this](double x) { return widthAt(x) >= 0; });
    }
};

/// Where to cut a stretch of time: near its middle, with packets of both directions on either side. 0 if there is no such place.
std::size_t ClockOffset::cutOf(std::size_t begin, std::size_t end) const
{
    const auto isIn = [this](std::size_t window, Flow flow) { return m_windows[window][indexOf(flow)].isKnown(); };
    std::size_t earliest = begin;
    std::size_t latest = end;
    for (const Flow flow : allFlows) {
        std::size_t first = begin;
        while (!isIn(first, flow)) // a stretch has both
            ++first;
        std::size_t last = end - 1;
        while (!isIn(last, flow))
            --last;
        earliest = std::max(earliest, first + 1);
        latest = std::min(latest, last);
    }
    return earliest > latest ? 0 : std::clamp(begin + (end - begin) / 2, earliest, latest);
}

void ClockOffset::appendPieces(std::size_t begin, std::size_t end)
{
    const Fit fit(m_windows, begin, end, resolutionNs());
    if (!fit.isPossible()) {
        if (const std::size_t cut = cutOf(begin, end); cut > begin) {
            appendPieces(begin, cut);
            appendPieces(cut, end);
            return;
        }
    }
    for (const double x : fit.times) {
        Point point;
        point.clientNs = sum(fit.originNs, std::llround(x));
        point.offsetNs = sum(fit.baseNs, std::llround((fit.upper.at(x) - fit.lower.at(x)) / 2));
        point.uncertaintyNs = std::llround(std::abs(fit.widthAt(x)) / 2) + 1;
        if (!m_points.empty()) { // the server's time never goes back
            const Point& before = m_points.back();
            point.offsetNs = std::max(point.offsetNs, difference(before.offsetNs, difference(point.clientNs, before.clientNs)));
        }
        m_points.push_back(point);
    }
}

void ClockOffset::estimatePieces()
{
    appendPieces(0, m_windows.size());
    std::int64_t uncertainty = 0;
    for (const Point& point : m_points)
        uncertainty = std::max(uncertainty, point.uncertaintyNs);
    m_kind = Kind::Piecewise; // offsetAt() asks
    setOffset(Kind::Piecewise, offsetAt(middle(m_points.front().clientNs, m_points.back().clientNs)), uncertainty);
}

namespace {

/// Of a value that is a line between points, and constant before the first and after the last.
template <typename Value> std::int64_t valueAt(const std::vector<ClockOffset::Point>& points, std::int64_t clientNs, Value value)
{
    const auto next = std::upper_bound(points.begin(), points.end(), clientNs,
                                       [](std::int64_t time, const ClockOffset::Point& point) { return time < point.clientNs; });
    if (next == points.begin())
        return value(points.front());
    if (next == points.end())
        return value(points.back());
    const ClockOffset::Point& before = *(next - 1);
    const double part = static_cast<double>(clientNs - before.clientNs) / static_cast<double>(next->clientNs - before.clientNs);
    return value(before) + std::llround(part * static_cast<double>(value(*next) - value(before)));
}

} // namespace

std::int64_t ClockOffset::offsetAt(std::int64_t clientNs) const
{
    if (kind() != Kind::Piecewise)
        return offsetNs();
    return valueAt(m_points, clientNs, [](const Point& point) { return point.offsetNs; });
}

std::optional<std::int64_t> ClockOffset::uncertaintyAt(std::int64_t clientNs) const
{
    if (kind() != Kind::Piecewise)
        return uncertaintyNs();
    return valueAt(m_points, clientNs, [](const Point& point) { return point.uncertaintyNs; });
}

std::int64_t ClockOffset::serverTimeOf(std::int64_t clientNs) const
{
    return sum(clientNs, offsetAt(clientNs));
}

std::int64_t ClockOffset::clientTimeOf(std::int64_t serverNs) const
{
    if (kind() != Kind::Piecewise)
        return difference(serverNs, offsetNs());
    const auto serverTime = [](const Point& point) { return sum(point.clientNs, point.offsetNs); };
    const auto next = std::upper_bound(m_points.begin(), m_points.end(), serverNs,
                                       [&](std::int64_t time, const Point& point) { return time < serverTime(point); });
    if (next == m_points.begin())
        return difference(serverNs, m_points.front().offsetNs);
    const Point& before = *(next - 1);
    if (next == m_points.end())
        return difference(serverNs, before.offsetNs);
    const double part = static_cast<double>(difference(serverNs, serverTime(before)))
        / static_cast<double>(difference(serverTime(*next), serverTime(before)));
    return before.clientNs + std::llround(part * static_cast<double>(next->clientNs - before.clientNs));
}

std::optional<std::int64_t> ClockOffset::wallClockOffsetNs() const
{
    if (!m_facts.clientWallClockNs || !m_facts.serverWallClockNs)
        return std::nullopt;
    return sum(offsetNs(), difference(*m_facts.serverWallClockNs, *m_facts.clientWallClockNs));
}

std::optional<std::int64_t> ClockOffset::offsetOfWallClocks(std::int64_t wallClockOffsetNs) const
{
    if (!m_facts.clientWallClockNs || !m_facts.serverWallClockNs)
        return std::nullopt;
    return difference(wallClockOffsetNs, difference(*m_facts.serverWallClockNs, *m_facts.clientWallClockNs));
}

bool ClockOffset::isBeforeSending(Flow flow, std::int64_t sentNs, std::int64_t receivedNs) const
{
    const std::int64_t delay = difference(receivedNs, sentNs);
    if (m_kind == Kind::Piecewise) {
        const bool isToServer = flow == Flow::ClientToServer;
        const std::int64_t clientNs = isToServer ? sentNs : receivedNs;
        const auto value = [](auto member) { return [member](const Point& point) { return point.*member; }; };
        const std::int64_t offset = valueAt(m_points, clientNs, value(&Point::offsetNs));
        const std::int64_t uncertainty = valueAt(m_points, clientNs, value(&Point::uncertaintyNs));
        return isToServer ? delay < offset - uncertainty : delay < -offset - uncertainty;
    }
    if (flow == Flow::ClientToServer)
        return delay < lowerNs(); // which is the smallest number where it is not known
    return upperNs() != largest && delay < -upperNs();
}

} // namespace qlogscope
