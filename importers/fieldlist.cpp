// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/fieldlist.h"

#include "importers/jsonmember.h"

namespace qlogscope {

namespace {

constexpr std::size_t longestFieldName = 120;
constexpr std::size_t longestFieldValue = std::size_t{5} << 10; // a list of ACK ranges is 4 KiB
constexpr std::size_t longestFieldList = std::size_t{8} << 10;

std::string joinedPath(const std::string& path, std::string_view key)
{
    std::string name = path.empty() ? std::string() : path + ".";
    name += key;
    return shortened(std::move(name), longestFieldName);
}

} // namespace

std::string counted(std::uint64_t number, std::string_view unit)
{
    std::string text = std::to_string(number);
    for (std::size_t i = text.size(); i > 3; i -= 3)
        text.insert(i - 3, 1, ',');
    text += ' ';
    text += unit;
    if (number != 1)
        text += 's';
    return text;
}

std::string countedText(const nlohmann::json& value, std::string_view unit)
{
    const std::optional<std::uint64_t> number = numberOf(value);
    return number ? counted(*number, unit) : valueText(value);
}

FieldList::FieldList(ValueText valueText)
    : m_valueText(std::move(valueText))
{
}

void FieldList::add(std::string_view key, const nlohmann::json& value) { add({}, key, value); }

void FieldList::addMembers(const nlohmann::json& object)
{
    for (auto it = object.begin(); it != object.end(); ++it)
        add({}, it.key(), *it);
}

void FieldList::add(const std::string& path, std::string_view key, const nlohmann::json& value)
{
    if (value.is_object() && !value.empty()) {
        const std::string name = joinedPath(path, key);
        for (auto it = value.begin(); it != value.end(); ++it)
            add(name, it.key(), *it);
        return;
    }
    if (m_bytes >= longestFieldList) {
        ++m_leftOut;
        return;
    }
    m_fields.emplace_back(joinedPath(path, key), shortened(m_valueText(key, value), longestFieldValue));
    m_bytes += m_fields.back().first.size() + m_fields.back().second.size();
}

RecordFields FieldList::take()
{
    if (m_leftOut > 0)
        m_fields.emplace_back("\u2026", "and " + std::to_string(m_leftOut) + " more");
    return std::move(m_fields);
}

} // namespace qlogscope
