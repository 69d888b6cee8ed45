// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/recordreader.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace qlogscope {

/// "1,048,576 bytes", "1 byte"
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view unit);
/// A whole number with its unit; anything else as it is logged.
[[nodiscard]] std::string countedText(const nlohmann::json& value, std::string_view unit);

/// Collects names and values for display. However much there is, the list stays below some KiB and says how many are left out.
class FieldList
{
public:
    /// The text of a value that is no object, by the name of its member.
    using ValueText = std::function<std::string(std::string_view key, const nlohmann::json& value)>;
    explicit FieldList(ValueText valueText);

    /// A member with its value; an object with each of its members, as "raw.length". Objects in arrays stay JSON.
    void add(std::string_view key, const nlohmann::json& value);
    /// The members of an object without a prefix.
    void addMembers(const nlohmann::json& object);
    [[nodiscard]] RecordFields take();

private:
    void add(const std::string& path, std::string_view key, const nlohmann::json& value);

    ValueText m_valueText;
    RecordFields m_fields;
    std::size_t m_bytes = 0;
    std::size_t m_leftOut = 0;
};

} // namespace qlogscope
