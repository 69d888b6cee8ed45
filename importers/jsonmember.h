// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "importers/jsonvalue.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

/// Members of JSON objects by any of their spellings, for display: what is there is text, what is not is empty. Never throws.
namespace qlogscope {

/// The first that is there and not null; nullptr if none is, or if it is no object.
inline const nlohmann::json* memberOf(const nlohmann::json& object, std::initializer_list<const char*> keys)
{
    if (!object.is_object())
        return nullptr;
    for (const char* key : keys) {
        const auto it = object.find(key);
        if (it != object.end() && !it->is_null())
            return &*it;
    }
    return nullptr;
}

/// A string without its quotes, anything else as JSON.
inline std::string valueText(const nlohmann::json& value)
{
    if (value.is_string())
        return value.get<std::string>();
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

inline std::string textOfMember(const nlohmann::json& object, std::initializer_list<const char*> keys)
{
    const nlohmann::json* value = memberOf(object, keys);
    return value != nullptr ? valueText(*value) : std::string();
}

/// A whole number, also in a string. A boolean is none, unlike for facts.
inline std::optional<std::uint64_t> numberOf(const nlohmann::json& value)
{
    return value.is_boolean() ? std::nullopt : toUnsigned(NlohmannValue(value));
}

inline std::optional<std::uint64_t> numberOfMember(const nlohmann::json& object, std::initializer_list<const char*> keys)
{
    const nlohmann::json* value = memberOf(object, keys);
    return value != nullptr ? numberOf(*value) : std::nullopt;
}

inline bool memberIsTrue(const nlohmann::json& object, const char* key)
{
    const nlohmann::json* value = memberOf(object, {key});
    return value != nullptr && toBool(NlohmannValue(*value));
}

/// ASCII only: names of frames as they are shown.
inline std::string upperCase(std::string text)
{
    for (char& c : text) {
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
}

/// At most @p limit bytes and an ellipsis, cut at a character's border.
inline std::string shortened(std::string text, std::size_t limit)
{
    if (text.size() <= limit)
        return text;
    std::size_t end = limit;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U)
        --end;
    text.resize(end);
    return text + "\u2026";
}

} // namespace qlogscope
