// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/filestem.h"

#include "model/characters.h"
#include "model/eventkind.h"

#include <algorithm>
#include <array>

namespace qlogscope {

namespace {

bool isSeparator(char c) { return c == '_' || c == '-' || c == '.'; }
bool isHexDigit(char c) { return isDigit(c) || (c >= 'a' && c <= 'f'); }

bool isNumber(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), isDigit); }

std::string_view withoutEndings(std::string_view name)
{
    constexpr std::array<std::string_view, 8> endings{".gz", ".zst", ".sqlog", ".qlog", ".qlognd", ".qlogseq", ".json", ".js"};
    bool goesOn = true;
    while (goesOn) {
        goesOn = false;
        for (const std::string_view ending : endings) {
            if (name.size() > ending.size() && name.ends_with(ending)) {
                name.remove_suffix(ending.size());
                goesOn = true;
            }
        }
    }
    return name;
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && isSeparator(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isSeparator(text.back()))
        text.remove_suffix(1);
    return text;
}

struct RoleWord {
    std::string_view word;
    Role role;
};
constexpr std::array<RoleWord, 5> roleWords{{{"client", Role::Client}, {"clnt", Role::Client}, {"server", Role::Server},
                                             {"serv", Role::Server}, {"srv", Role::Server}}};

/// "client", "server0", ...; @p digits is what follows the word.
Role roleOf(std::string_view token, std::string_view* digits)
{
    for (const RoleWord& each : roleWords) {
        if (!token.starts_with(each.word))
            continue;
        *digits = token.substr(each.word.size());
        if (digits->empty() || isNumber(*digits))
            return each.role;
    }
    return Role::Unknown;
}

} // namespace

bool FileStem::isConnectionId() const
{
    return connection.size() >= 8 && std::all_of(connection.begin(), connection.end(), isHexDigit);
}

FileStem fileStemOf(std::string_view path)
{
    FileStem stem;
    const std::size_t slash = path.rfind('/');
    if (slash != std::string_view::npos) {
        stem.folder = path.substr(0, slash);
        path.remove_prefix(slash + 1);
    }
    const std::string lower = lowerCase(path);
    const std::string_view name = withoutEndings(lower);
    std::string_view before;
    std::string_view after;
    for (std::size_t begin = 0; begin < name.size();) { // the last word that tells a role counts
        const std::size_t end = static_cast<std::size_t>(
            std::find_if(name.begin() + static_cast<std::ptrdiff_t>(begin), name.end(), isSeparator) - name.begin());
        std::string_view digits;
        if (const Role role = roleOf(name.substr(begin, end - begin), &digits); role != Role::Unknown) {
            stem.role = role;
            stem.number = digits;
            before = trimmed(name.substr(0, begin));
            after = trimmed(name.substr(end));
        }
        begin = end + 1;
    }
    if (stem.role == Role::Unknown)
        return stem;
    if (isNumber(after) && !before.empty() && stem.number.empty()) {
        stem.number = after;
        after = {};
    }
    stem.connection = before;
    if (!before.empty() && !after.empty())
        stem.connection += '_';
    stem.connection += after;
    return stem;
}

} // namespace qlogscope
