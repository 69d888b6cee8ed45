// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tracegen.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

// qlogscope-tracegen: writes one end's qlog of a simulated connection.
// Exit status: 0 written, 1 the output could not be written, 2 wrong usage.

namespace {

using namespace qlogscope::tracegen;

constexpr const char* usageText
    = "Usage: qlogscope-tracegen [options] -o FILE\n"
      "Writes the qlog of a simulated QUIC connection. The same options give the same bytes; --vantage and --format\n"
      "choose what is written of a connection, not which connection it is.\n"
      "\n"
      "  -o FILE              output, - for standard output\n"
      "  --vantage V          client or server (default: server)\n"
      "  --format F           json-seq, contained or draft-00 (default: json-seq)\n"
      "  --events N           make the transfer so long that the server's log has about N records\n"
      "  --bytes N            sum of the response bodies, if --events is not given (default: 1000000)\n"
      "  --streams N          requests per page, 1 to 1000 (default: 8)\n"
      "  --loss PERMILLE      random loss in each direction, 0 to 200 (default: 5)\n"
      "  --rtt-ms N           round-trip time without queueing, 1 to 5000 (default: 30)\n"
      "  --rate-mbit N        rate of the bottleneck, 1 to 10000 (default: 20)\n"
      "  --cc NAME            cubic or reno (default: cubic)\n"
      "  --seed N             (default: 1)\n"
      "  --odcid HEX          original destination connection id, 16 digits (default: from the seed)\n"
      "  --stats              print the totals on standard error\n"
      "  -h, --help           this text\n";

struct Arguments {
    Options options;
    Vantage vantage = Vantage::Server;
    std::string output;
    bool stats = false;
    bool help = false;
};

template <typename T>
bool parseNumber(std::string_view text, T& number, T low = 0, T high = std::numeric_limits<T>::max())
{
    T value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < low || value > high)
        return false;
    number = value;
    return true;
}

bool parseOdcid(std::string_view text, std::string& odcid)
{
    odcid = text;
    return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

template <typename T>
bool parseChoice(std::string_view text, T& choice, std::initializer_list<std::pair<std::string_view, T>> choices)
{
    for (const auto& [name, value] : choices) {
        if (text == name) {
            choice = value;
            return true;
        }
    }
    return false;
}

/// False if @p name is not an option with a value, or @p value is not one of its values.
bool applyOption(std::string_view name, std::string_view value, Arguments& arguments)
{
    Options& options = arguments.options;
    if (name == "-o" || name == "--output") {
        arguments.output = value;
        return !value.empty();
    }
    if (name == "--vantage")
        return parseChoice(value, arguments.vantage, {{"client", Vantage::Client}, {"server", Vantage::Server}});
    if (name == "--format") {
        return parseChoice(
            value, options.format,
            {{"json-seq", Format::JsonSeq}, {"contained", Format::Contained}, {"draft-00", Format::Draft00}});
    }
    if (name == "--cc") {
        return parseChoice(value, options.congestionControl,
                           {{"cubic", CongestionControl::Cubic}, {"reno", CongestionControl::Reno}});
    }
    if (name == "--events")
        return parseNumber<std::uint64_t>(value, options.events, 1);
    if (name == "--bytes")
        return parseNumber<std::uint64_t>(value, options.bodyBytes, 1);
    if (name == "--streams")
        return parseNumber<std::uint32_t>(value, options.streams, 1, 1000);
    if (name == "--loss")
        return parseNumber<std::uint32_t>(value, options.lossPermille, 0, 200);
    if (name == "--rtt-ms")
        return parseNumber<std::uint32_t>(value, options.rttMs, 1, 5000);
    if (name == "--rate-mbit")
        return parseNumber<std::uint32_t>(value, options.rateMbit, 1, 10000);
    if (name == "--seed")
        return parseNumber<std::uint64_t>(value, options.seed);
    if (name == "--odcid")
        return parseOdcid(value, options.odcid);
    return false;
}

bool parseArguments(int argc, char** argv, Arguments& arguments)
{
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (name == "-h" || name == "--help") {
            arguments.help = true;
            return true;
        }
        if (name == "--stats") {
            arguments.stats = true;
            continue;
        }
        const std::string_view value = i + 1 < argc ? argv[i + 1] : "";
        if (!applyOption(name, value, arguments)) {
            std::fprintf(stderr, "qlogscope-tracegen: unknown option or wrong value: %s\n", argv[i]);
            return false;
        }
        ++i;
    }
    if (arguments.output.empty())
        std::fputs("qlogscope-tracegen: -o FILE is missing\n", stderr);
    return !arguments.output.empty();
}

void printTotals(const Arguments& arguments, const Totals& totals)
{
    const LogTotals& log = totals.of(arguments.vantage);
    const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
    const std::uint64_t records = std::max<std::uint64_t>(log.records, 1);
    std::fprintf(stderr, "records %llu, bytes %llu (%llu per record), duration %llu ms\n", number(log.records),
                 number(log.bytes), number(log.bytes / records),
                 number(static_cast<std::uint64_t>(log.lastTimeNs) / 1'000'000));
    std::fprintf(stderr, "packets sent %llu, received %llu, lost %llu, dropped %llu; metrics %llu, http frames %llu\n",
                 number(log.packetsSent), number(log.packetsReceived), number(log.packetsLost),
                 number(log.packetsDropped), number(log.metricsUpdates), number(log.httpFrames));
    std::fprintf(stderr, "requests %llu, body bytes %llu; datagrams lost at random %llu, in the queue %llu\n",
                 number(totals.requests), number(totals.bodyBytes), number(totals.randomDrops),
                 number(totals.queueDrops));
}

} // namespace

int main(int argc, char** argv)
{
    Arguments arguments;
    if (!parseArguments(argc, argv, arguments))
        return 2;
    if (arguments.help) {
        std::fputs(usageText, stdout);
        return 0;
    }
    const bool toStdout = arguments.output == "-";
    std::FILE* const file = toStdout ? stdout : std::fopen(arguments.output.c_str(), "wb");
    if (file == nullptr) {
        std::perror(arguments.output.c_str());
        return 1;
    }
    const Sink sink
        = [file](std::string_view piece) { return std::fwrite(piece.data(), 1, piece.size(), file) == piece.size(); };
    const bool client = arguments.vantage == Vantage::Client;
    const Totals totals = generate(arguments.options, client ? sink : Sink(), client ? Sink() : sink);
    const bool closed = (toStdout ? std::fflush(file) : std::fclose(file)) == 0;
    if (!closed || !totals.complete) {
        std::perror(arguments.output.c_str());
        return 1;
    }
    if (arguments.stats)
        printTotals(arguments, totals);
    return 0;
}
