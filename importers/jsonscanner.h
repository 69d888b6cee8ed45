// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace qlogscope {

/// Finds where one JSON object or array ends without parsing it: strings, escapes and brackets only, 64 bytes at a time.
/// Resumable: call scan() again with the same text grown at its end. A mismatch (a closing bracket of the wrong kind, a line
/// feed inside a string) shows that the text is damaged. One value each; reset() for the next. Any one thread.
class JsonScanner
{
public:
    enum class Result : std::uint8_t { NeedMore, End, Damaged };

    void reset();
    /// @param text begins with the opening bracket; what was scanned before must not have changed
    /// @return End: position() is just after the closing bracket; Damaged: position() is where it showed
    [[nodiscard]] Result scan(std::string_view text);
    [[nodiscard]] std::size_t position() const { return m_position; }
    /// Forget @p count scanned bytes at the front: the next scan() gets a text without them. Multiple of nothing in particular,
    /// but not more than scannedBytes().
    void discard(std::size_t count) { m_scanned -= count; }
    [[nodiscard]] std::size_t scannedBytes() const { return m_scanned; }

private:
    struct Masks {
        std::uint64_t quotes = 0;
        std::uint64_t backslashes = 0;
        std::uint64_t opens = 0;
        std::uint64_t closes = 0;
        std::uint64_t lineFeeds = 0;
    };
    /// What carries from one 64-byte block to the next.
    struct Carry {
        std::uint64_t depth = 0;
        bool inString = false;
        bool escaped = false; // the first byte of the next block is escaped
    };

    [[nodiscard]] static Masks masksOf(const char* block);
    /// @return bytes up to and including the one that decides, or 64 if nothing does
    [[nodiscard]] std::size_t scanBlock(const char* block, Carry* carry, Result* result);

    static constexpr std::size_t checkedDepth = 1024; // deeper brackets are counted, not matched
    std::array<char, checkedDepth> m_stack{};
    Carry m_carry;
    std::size_t m_scanned = 0; // whole blocks only
    std::size_t m_position = 0;
    Result m_decided = Result::NeedMore; // End and Damaged stay, however much text follows
};

} // namespace qlogscope
