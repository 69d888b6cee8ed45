// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "importers/recordkeys.h"
#include "model/timebase.h"

#include <nlohmann/json.hpp>
#include <simdjson.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// One reading interface over the two JSON libraries, and the tolerant getters of dialects 3.9.
namespace qlogscope {

/// Unsigned means: a whole number that needs more than 63 bits.
enum class JsonKind : std::uint8_t { Null, Bool, Signed, Unsigned, Double, String, Array, Object };

class SimdValue
{
public:
    explicit SimdValue(simdjson::dom::element element)
        : m_element(element)
    {
    }
    [[nodiscard]] JsonKind kind() const
    {
        switch (m_element.type()) {
        case simdjson::dom::element_type::OBJECT:
            return JsonKind::Object;
        case simdjson::dom::element_type::ARRAY:
            return JsonKind::Array;
        case simdjson::dom::element_type::STRING:
            return JsonKind::String;
        case simdjson::dom::element_type::BOOL:
            return JsonKind::Bool;
        case simdjson::dom::element_type::INT64:
            return JsonKind::Signed;
        case simdjson::dom::element_type::UINT64:
            return JsonKind::Unsigned;
        case simdjson::dom::element_type::DOUBLE:
            return JsonKind::Double;
        case simdjson::dom::element_type::NULL_VALUE:
            break;
        }
        return JsonKind::Null;
    }
    [[nodiscard]] bool isObject() const { return kind() == JsonKind::Object; }
    [[nodiscard]] bool isArray() const { return kind() == JsonKind::Array; }
    [[nodiscard]] bool isString() const { return kind() == JsonKind::String; }
    [[nodiscard]] bool isNull() const { return kind() == JsonKind::Null; }
    [[nodiscard]] std::string_view string() const { return m_element.get_string().value_unsafe(); }
    [[nodiscard]] bool boolean() const { return m_element.get_bool().value_unsafe(); }
    [[nodiscard]] std::int64_t integer() const { return m_element.get_int64().value_unsafe(); }
    [[nodiscard]] std::uint64_t unsignedInteger() const { return m_element.get_uint64().value_unsafe(); }
    [[nodiscard]] double real() const { return m_element.get_double().value_unsafe(); }
    template <typename Visitor> void forEachMember(Visitor visit) const
    {
        for (const auto& [key, value] : simdjson::dom::object(m_element.get_object().value_unsafe()))
            visit(key, SimdValue(value));
    }
    /// Of a member's name: the parser's buffer of strings goes on well after each.
    static Key keyOf(std::string_view name) { return keyOfPadded(name); }
    template <typename Visitor> void forEachElement(Visitor visit) const
    {
        for (const auto value : simdjson::dom::array(m_element.get_array().value_unsafe()))
            visit(SimdValue(value));
    }

private:
    simdjson::dom::element m_element;
};

class NlohmannValue
{
public:
    using Json = nlohmann::json;
    explicit NlohmannValue(const Json& value)
        : m_value(&value)
    {
    }
    [[nodiscard]] JsonKind kind() const
    {
        switch (m_value->type()) {
        case Json::value_t::object:
            return JsonKind::Object;
        case Json::value_t::array:
            return JsonKind::Array;
        case Json::value_t::string:
            return JsonKind::String;
        case Json::value_t::boolean:
            return JsonKind::Bool;
        case Json::value_t::number_integer:
            return JsonKind::Signed;
        case Json::value_t::number_unsigned:
            return m_value->get<std::uint64_t>() >> 63 != 0 ? JsonKind::Unsigned : JsonKind::Signed;
        case Json::value_t::number_float:
            return JsonKind::Double;
        case Json::value_t::null:
        case Json::value_t::binary:
        case Json::value_t::discarded:
            break;
        }
        return JsonKind::Null;
    }
    [[nodiscard]] bool isObject() const { return kind() == JsonKind::Object; }
    [[nodiscard]] bool isArray() const { return kind() == JsonKind::Array; }
    [[nodiscard]] bool isString() const { return kind() == JsonKind::String; }
    [[nodiscard]] bool isNull() const { return kind() == JsonKind::Null; }
    [[nodiscard]] std::string_view string() const { return m_value->get_ref<const std::string&>(); }
    [[nodiscard]] bool boolean() const { return m_value->get<bool>(); }
    [[nodiscard]] std::int64_t integer() const { return m_value->get<std::int64_t>(); }
    [[nodiscard]] std::uint64_t unsignedInteger() const { return m_value->get<std::uint64_t>(); }
    [[nodiscard]] double real() const { return m_value->get<double>(); }
    template <typename Visitor> void forEachMember(Visitor visit) const
    {
        for (auto it = m_value->begin(); it != m_value->end(); ++it)
            visit(std::string_view(it.key()), NlohmannValue(*it));
    }
    static Key keyOf(std::string_view name) { return qlogscope::keyOf(name); }
    template <typename Visitor> void forEachElement(Visitor visit) const
    {
        for (const Json& value : *m_value)
            visit(NlohmannValue(value));
    }

private:
    const Json* m_value;
};

template <typename Number> std::optional<Number> numberOfText(std::string_view text)
{
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

inline std::optional<std::uint64_t> wholeOfDouble(double number)
{
    if (!(number >= 0 && number < 18446744073709549568.0))
        return std::nullopt;
    const auto whole = static_cast<std::uint64_t>(number);
    return static_cast<double>(whole) >= number && static_cast<double>(whole) <= number ? std::optional(whole) : std::nullopt;
}

/// "12", "0x1f" and "12.0"; other text is no number. Digits without 0x are decimal.
inline std::optional<std::uint64_t> wholeOfText(std::string_view text)
{
    if (const std::optional<std::uint64_t> number = numberOfText<std::uint64_t>(text))
        return number;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        std::uint64_t number = 0;
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data() + 2, end, number, 16);
        return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
    }
    const std::optional<double> real = numberOfText<double>(text);
    return real ? wholeOfDouble(*real) : std::nullopt;
}

template <typename Value> [[gnu::noinline]] std::optional<std::uint64_t> oddToUnsigned(const Value& value)
{
    switch (value.kind()) {
    case JsonKind::Unsigned:
        return value.unsignedInteger();
    case JsonKind::String:
        return wholeOfText(value.string());
    case JsonKind::Double:
        return wholeOfDouble(value.real());
    case JsonKind::Bool:
        return value.boolean() ? 1 : 0;
    case JsonKind::Signed:
    case JsonKind::Null:
    case JsonKind::Array:
    case JsonKind::Object:
        break;
    }
    return std::nullopt;
}

/// Number, number in a string, float with zero fraction, boolean.
template <typename Value> std::optional<std::uint64_t> toUnsigned(const Value& value)
{
    if (value.kind() != JsonKind::Signed)
        return oddToUnsigned(value);
    const std::int64_t number = value.integer();
    return number < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(number));
}

template <typename Value> [[gnu::flatten]] std::optional<double> toDouble(const Value& value)
{
    switch (value.kind()) {
    case JsonKind::Double:
        return value.real();
    case JsonKind::Signed:
        return static_cast<double>(value.integer());
    case JsonKind::Unsigned:
        return static_cast<double>(value.unsignedInteger());
    case JsonKind::String:
        return numberOfText<double>(value.string());
    case JsonKind::Null:
    case JsonKind::Bool:
    case JsonKind::Array:
    case JsonKind::Object:
        break;
    }
    return std::nullopt;
}

/// true/false, 0/1, "0"/"1", "true"/"false"; anything else is false.
template <typename Value> bool toBool(const Value& value)
{
    if (value.kind() == JsonKind::Bool)
        return value.boolean();
    if (value.isString())
        return value.string() == "true" || value.string() == "1";
    return toUnsigned(value).value_or(0) != 0;
}

template <typename Value> std::string_view toText(const Value& value)
{
    return value.isString() ? value.string() : std::string_view();
}

template <typename Value> [[gnu::flatten]] std::optional<RawTime> toRawTime(const Value& value)
{
    switch (value.kind()) {
    case JsonKind::Signed:
        return RawTime::fromInteger(value.integer());
    case JsonKind::Double:
        return RawTime::fromDouble(value.real());
    case JsonKind::Unsigned:
        return RawTime::fromDouble(static_cast<double>(value.unsignedInteger()));
    case JsonKind::String:
        return RawTime::fromText(value.string());
    case JsonKind::Null:
    case JsonKind::Bool:
    case JsonKind::Array:
    case JsonKind::Object:
        break;
    }
    return std::nullopt;
}

} // namespace qlogscope
