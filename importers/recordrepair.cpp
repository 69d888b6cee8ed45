// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/recordrepair.h"
#include "model/characters.h"

#include <nlohmann/json.hpp>

#include <charconv>
#include <cmath>

namespace qlogscope {

namespace {

constexpr std::string_view replacementCharacter = "\xef\xbf\xbd";

/// Length of the valid UTF-8 sequence at the front; 0 if it is none.
std::size_t utf8Length(std::string_view text)
{
    const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto continues = [&](std::size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
    const unsigned first = byte(0);
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return continues(1) ? 2 : 0;
    if (first >= 0xe0 && first < 0xf0) {
        const bool ok = continues(1) && continues(2) && (first != 0xe0 || byte(1) >= 0xa0) && (first != 0xed || byte(1) < 0xa0);
        return ok ? 3 : 0;
    }
    if (first >= 0xf0 && first < 0xf5) {
        const bool ok = continues(1) && continues(2) && continues(3) && (first != 0xf0 || byte(1) >= 0x90)
            && (first != 0xf4 || byte(1) < 0x90);
        return ok ? 4 : 0;
    }
    return 0;
}


class Repair
{
public:
    explicit Repair(std::string_view text)
        : m_text(text)
    {
        m_result.reserve(text.size());
    }

    std::optional<std::string> run()
    {
        while (m_position < m_text.size()) {
            const char c = m_text[m_position];
            if (c == '"')
                copyString();
            else if (c == '/' && skipComment())
                m_isChanged = true;
            else if (c == ',')
                copyComma();
            else if (c == '-' || (c >= '0' && c <= '9') || c == 'N' || c == 'I' || c == 'n' || c == 'i')
                copyWord();
            else
                copyCharacter();
        }
        return m_isChanged ? std::optional(m_result) : std::nullopt;
    }

private:
    void copyCharacter()
    {
        const std::size_t length = utf8Length(m_text.substr(m_position));
        if (length == 0) {
            m_result += replacementCharacter;
            m_isChanged = true;
            ++m_position;
            return;
        }
        m_result += m_text.substr(m_position, length);
        m_position += length;
    }

    void copyString()
    {
        m_result += m_text[m_position++];
        while (m_position < m_text.size()) {
            const char c = m_text[m_position];
            if (c == '\\' && m_position + 1 < m_text.size()) {
                m_result += c;
                ++m_position;
                copyCharacter();
                continue;
            }
            copyCharacter();
            if (c == '"')
                return;
        }
    }

    /// Where the comment that begins here ends; @p position itself if none does.
    [[nodiscard]] std::size_t commentEnd(std::size_t position) const
    {
        const std::string_view rest = m_text.substr(position);
        std::size_t end = 0;
        if (rest.starts_with("//"))
            end = rest.find('\n');
        else if (rest.starts_with("/*"))
            end = rest.find("*/", 2) == std::string_view::npos ? std::string_view::npos : rest.find("*/", 2) + 2;
        return end == std::string_view::npos ? m_text.size() : position + end;
    }

    bool skipComment()
    {
        const std::size_t end = commentEnd(m_position);
        if (end == m_position) {
            copyCharacter();
            return false;
        }
        m_position = end;
        return true;
    }

    void copyComma()
    {
        std::size_t next = m_position + 1;
        while (next < m_text.size() && (isBlank(m_text[next]) || m_text[next] == '/')) {
            const std::size_t end = m_text[next] == '/' ? commentEnd(next) : next + 1;
            if (end == next)
                break;
            next = end;
        }
        if (next < m_text.size() && (m_text[next] == ']' || m_text[next] == '}'))
            m_isChanged = true;
        else
            m_result += ',';
        ++m_position;
    }

    /// A number, or a literal such as null, nan, -nan(ind), Infinity.
    void copyWord()
    {
        const std::size_t begin = m_position;
        while (m_position < m_text.size()) {
            const char c = m_text[m_position];
            const bool isWord = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-'
                || c == '.' || c == '(' || c == ')' || c == '#';
            if (!isWord)
                break;
            ++m_position;
        }
        const std::string_view word = m_text.substr(begin, m_position - begin);
        if (!isNotANumber(word) && !overflows(word)) {
            m_result += word;
            return;
        }
        m_result += "null";
        m_isChanged = true;
    }

    static bool isNotANumber(std::string_view word)
    {
        while (!word.empty() && (word.front() == '-' || word.front() == '+'))
            word.remove_prefix(1);
        const auto startsWith = [word](std::string_view lower) {
            if (word.size() < lower.size())
                return false;
            for (std::size_t i = 0; i < lower.size(); ++i) {
                if ((word[i] | 0x20) != lower[i])
                    return false;
            }
            return true;
        };
        return startsWith("nan") || startsWith("inf") || startsWith("1.#");
    }

    static bool overflows(std::string_view word)
    {
        double value = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
        return error == std::errc::result_out_of_range && (word.find('e') == word.npos || word.find("e-") == word.npos)
            && word.find("E-") == word.npos;
    }

    std::string_view m_text;
    std::string m_result;
    std::size_t m_position = 0;
    bool m_isChanged = false;
};

/// Takes every event of a parse and keeps nothing but the error.
class ProblemFinder : public nlohmann::json_sax<nlohmann::json>
{
public:
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return true; }
    bool key(string_t&) override { return true; }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override { return true; }
    bool end_array() override { return true; }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override
    {
        std::string_view what = error.what();
        if (const std::size_t colon = what.find(": "); colon != std::string_view::npos)
            what.remove_prefix(colon + 2);
        m_problem = std::string(what.substr(0, 160)) + ", at byte " + std::to_string(position) + " of the record";
        return false;
    }
    [[nodiscard]] const std::string& problem() const { return m_problem; }

private:
    std::string m_problem;
};

} // namespace

std::optional<std::string> repairedRecord(std::string_view text) { return Repair(text).run(); }

bool jsonDepthExceeds(std::string_view text, std::size_t limit)
{
    std::size_t depth = 0;
    bool inString = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (inString && c == '\\')
            ++i;
        else if (c == '"')
            inString = !inString;
        else if (!inString && (c == '{' || c == '[') && ++depth > limit)
            return true;
        else if (!inString && (c == '}' || c == ']') && depth > 0)
            --depth;
    }
    return false;
}

std::string jsonProblem(std::string_view text)
{
    ProblemFinder finder;
    nlohmann::json::sax_parse(text.begin(), text.end(), &finder);
    return finder.problem();
}

} // namespace qlogscope
