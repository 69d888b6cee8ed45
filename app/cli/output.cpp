// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/output.h"

#include "model/timebase.h"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace qlogscope {

namespace {

// nlohmann/json prints doubles with 17 digits or in exponent form; exact milliseconds go through it as marked strings
constexpr std::string_view numberMark = "\x01#";
constexpr std::string_view numberMarkInJson = "\"\\u0001#";

} // namespace

bool writeOut(std::string_view text)
{
    if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
        return true;
    writeError("standard output", std::string("cannot be written: ") + std::strerror(errno));
    return false;
}

void writeError(std::string_view sentence)
{
    const std::string line = "qlogscope: " + std::string(sentence) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
}

void writeError(std::string_view file, std::string_view sentence)
{
    writeError(visibleText(file) + ": " + std::string(sentence));
}

nlohmann::ordered_json jsonMilliseconds(std::optional<std::int64_t> ns)
{
    if (!ns)
        return nullptr;
    return std::string(numberMark) + millisecondsText(*ns);
}

std::string jsonText(const nlohmann::ordered_json& json, JsonForm form)
{
    const std::string dumped = json.dump(form == JsonForm::OneLine ? -1 : 2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    std::string result;
    result.reserve(dumped.size());
    std::size_t position = 0;
    while (true) {
        const std::size_t mark = dumped.find(numberMarkInJson, position);
        const std::size_t begin = mark == std::string::npos ? mark : mark + numberMarkInJson.size();
        const std::size_t end = mark == std::string::npos ? mark : dumped.find_first_not_of("-.0123456789", begin);
        if (end == std::string::npos)
            break;
        if (end > begin && dumped[end] == '"') {
            result.append(dumped, position, mark - position);
            result.append(dumped, begin, end - begin);
            position = end + 1;
        } else { // a string of the log that happens to begin like a mark
            result.append(dumped, position, begin - position);
            position = begin;
        }
    }
    result.append(dumped, position);
    result += '\n';
    return result;
}

std::string csvField(std::string_view text)
{
    if (text.find_first_of(",\"\r\n") == std::string_view::npos)
        return std::string(text);
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"')
            quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

std::string visibleText(std::string_view text)
{
    std::string visible;
    visible.reserve(text.size());
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            visible += "\xef\xbf\xbd";
        else
            visible += c;
    }
    return visible;
}

} // namespace qlogscope
