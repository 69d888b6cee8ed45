// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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

class SimdValue
{
public:
    explicit SimdValue(simdjson::dom::element element)
        : m_element(element)
    {
    }
    [[nodiscard]] bool isObject() const { return m_element.type() == simdjson::dom::element_type::OBJECT; }
    [[nodiscard]] bool isArray() const { return m_element.type() == simdjson::dom::element_type::ARRAY; }
    [[nodiscard]] bool isString() const { return m_element.type() == simdjson::dom::element_type::STRING; }
    [[nodiscard]] bool isBool() const { return m_element.type() == simdjson::dom::element_type::BOOL; }
    [[nodiscard]] bool isNull() const { return m_element.type() == simdjson::dom::element_type::NULL_VALUE; }
    [[nodiscard]] bool isSigned() const { return m_element.type() == simdjson::dom::element_type::INT64; }
    [[nodiscard]] bool isUnsigned() const { return m_element.type() == simdjson::dom::element_type::UINT64; }
    [[nodiscard]] bool isDouble() const { return m_element.type() == simdjson::dom::element_type::DOUBLE; }
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
    [[nodiscard]] bool isObject() const { return m_value->is_object(); }
    [[nodiscard]] bool isArray() const { return m_value->is_array(); }
    [[nodiscard]] bool isString() const { return m_value->is_string(); }
    [[nodiscard]] bool isBool() const { return m_value->is_boolean(); }
    [[nodiscard]] bool isNull() const { return m_value->is_null(); }
    [[nodiscard]] bool isSigned() const { return m_value->is_number_integer() && !isUnsigned(); }
    /// Unsigned here means: needs more than 63 bits, as in simdjson.
    [[nodiscard]] bool isUnsigned() const { return m_value->is_number_unsigned() && m_value->get<std::uint64_t>() >> 63 != 0; }
    [[nodiscard]] bool isDouble() const { return m_value->is_number_float(); }
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
    template <typename Visitor> void forEachElement(Visitor visit) const
    {
        for (const Json& value : *m_value)
            visit(NlohmannValue(value));
    }

private:
    const Json* m_value;
};

/// Number, numeric string, float with zero fraction, boolean.
template <typename Value> std::optional<std::uint64_t> toUnsigned(const Value& value)
{
    if (value.isSigned())
        return value.integer() < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(value.integer()));
    if (value.isUnsigned())
        return value.unsignedInteger();
    if (value.isString()) {
        const std::string_view text = value.string();
        std::uint64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
    }
    if (value.isDouble()) {
        const double number = value.real();
        if (number >= 0 && number < 18446744073709549568.0) {
            const auto whole = static_cast<std::uint64_t>(number);
            if (static_cast<double>(whole) >= number && static_cast<double>(whole) <= number)
                return whole;
        }
        return std::nullopt;
    }
    if (value.isBool())
        return value.boolean() ? 1 : 0;
    return std::nullopt;
}

template <typename Value> std::optional<double> toDouble(const Value& value)
{
    if (value.isDouble())
        return value.real();
    if (value.isSigned())
        return static_cast<double>(value.integer());
    if (value.isUnsigned())
        return static_cast<double>(value.unsignedInteger());
    if (value.isString()) {
        const std::string_view text = value.string();
        double number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
    }
    return std::nullopt;
}

/// true/false, 0/1, "0"/"1", "true"/"false"; anything else is false.
template <typename Value> bool toBool(const Value& value)
{
    if (value.isBool())
        return value.boolean();
    if (value.isString())
        return value.string() == "true" || value.string() == "1";
    return toUnsigned(value).value_or(0) != 0;
}

template <typename Value> std::string_view toText(const Value& value)
{
    return value.isString() ? value.string() : std::string_view();
}

/// Text of a scalar: strings as they are, whole numbers in decimal.
template <typename Value> std::string toScalarText(const Value& value)
{
    if (value.isString())
        return std::string(value.string());
    if (value.isSigned())
        return std::to_string(value.integer());
    if (value.isUnsigned())
        return std::to_string(value.unsignedInteger());
    return {};
}

template <typename Value> std::optional<RawTime> toRawTime(const Value& value)
{
    if (value.isSigned())
        return RawTime::fromInteger(value.integer());
    if (value.isDouble())
        return RawTime::fromDouble(value.real());
    if (value.isUnsigned())
        return RawTime::fromDouble(static_cast<double>(value.unsignedInteger()));
    if (value.isString())
        return RawTime::fromText(value.string());
    return std::nullopt;
}

} // namespace qlogscope
