// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/jsonscanner.h"

#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace qlogscope {

namespace {

constexpr std::size_t blockBytes = 64;

/// Bit i of the result is the exclusive or of bits 0..i: turns quote positions into "inside a string".
std::uint64_t prefixXor(std::uint64_t bits)
{
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^= bits << 32;
    return bits;
}

} // namespace

void JsonScanner::reset()
{
    m_carry = {};
    m_scanned = 0;
    m_position = 0;
    m_decided = Result::NeedMore;
}

#ifdef __SSE2__
JsonScanner::Masks JsonScanner::masksOf(const char* block)
{
    Masks masks;
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i lineFeed = _mm_set1_epi8('\n');
    const __m128i open = _mm_set1_epi8('{');
    const __m128i close = _mm_set1_epi8('}');
    const __m128i caseBit = _mm_set1_epi8(0x20); // '[' | 0x20 == '{', ']' | 0x20 == '}'
    for (unsigned i = 0; i < 4; ++i) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + 16 * i));
        const __m128i folded = _mm_or_si128(bytes, caseBit);
        const auto bits = [i](__m128i equal) {
            return static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(equal))) << (16 * i);
        };
        masks.quotes |= bits(_mm_cmpeq_epi8(bytes, quote));
        masks.backslashes |= bits(_mm_cmpeq_epi8(bytes, backslash));
        masks.lineFeeds |= bits(_mm_cmpeq_epi8(bytes, lineFeed));
        masks.opens |= bits(_mm_cmpeq_epi8(folded, open));
        masks.closes |= bits(_mm_cmpeq_epi8(folded, close));
    }
    return masks;
}
#else
JsonScanner::Masks JsonScanner::masksOf(const char* block)
{
    Masks masks;
    for (unsigned i = 0; i < blockBytes; ++i) {
        const char c = block[i];
        const std::uint64_t bit = std::uint64_t{1} << i;
        if (c == '"')
            masks.quotes |= bit;
        else if (c == '\\')
            masks.backslashes |= bit;
        else if (c == '\n')
            masks.lineFeeds |= bit;
        else if (c == '{' || c == '[')
            masks.opens |= bit;
        else if (c == '}' || c == ']')
            masks.closes |= bit;
    }
    return masks;
}
#endif

std::size_t JsonScanner::scanBlock(const char* block, Carry* carry, Result* result)
{
    Masks masks = masksOf(block);
    std::uint64_t escaped = carry->escaped ? 1 : 0;
    carry->escaped = false;
    // escapes are rare: walk them one by one
    for (std::uint64_t rest = masks.backslashes; rest != 0; rest &= rest - 1) {
        const std::uint64_t bit = rest & (~rest + 1);
        if ((escaped & bit) != 0)
            continue; // itself escaped
        if (bit == std::uint64_t{1} << 63)
            carry->escaped = true;
        else
            escaped |= bit << 1;
    }
    const std::uint64_t inString = prefixXor(masks.quotes & ~escaped) ^ (carry->inString ? ~std::uint64_t{0} : 0);
    carry->inString = (inString >> 63) != 0;
    masks.opens &= ~inString;
    masks.closes &= ~inString;

    for (std::uint64_t rest = masks.opens | masks.closes | (masks.lineFeeds & inString); rest != 0; rest &= rest - 1) {
        const auto position = static_cast<std::size_t>(std::countr_zero(rest));
        const std::uint64_t bit = std::uint64_t{1} << position;
        if ((masks.opens & bit) != 0) {
            if (carry->depth < checkedDepth)
                m_stack[carry->depth] = block[position];
            ++carry->depth;
            continue;
        }
        if ((masks.closes & bit) == 0 || carry->depth == 0) { // a line feed inside a string
            *result = Result::Damaged;
            return position;
        }
        --carry->depth;
        if (carry->depth < checkedDepth && m_stack[carry->depth] + 2 != block[position]) { // '{' + 2 == '}', '[' + 2 == ']'
            *result = Result::Damaged;
            return position;
        }
        if (carry->depth == 0) {
            *result = Result::End;
            return position + 1;
        }
    }
    *result = Result::NeedMore;
    return blockBytes;
}

JsonScanner::Result JsonScanner::scan(std::string_view text)
{
    if (m_decided != Result::NeedMore)
        return m_decided;
    Result result = Result::NeedMore;
    while (text.size() - m_scanned >= blockBytes) {
        const std::size_t used = scanBlock(text.data() + m_scanned, &m_carry, &result);
        if (result != Result::NeedMore) {
            m_position = m_scanned + used;
            m_decided = result;
            return result;
        }
        m_scanned += blockBytes;
    }
    if (text.size() > m_scanned) { // look into the incomplete block without keeping what it changes
        std::array<char, blockBytes> padded;
        padded.fill(' ');
        std::memcpy(padded.data(), text.data() + m_scanned, text.size() - m_scanned);
        Carry carry = m_carry;
        const std::array<char, checkedDepth> stack = m_stack;
        const std::size_t used = scanBlock(padded.data(), &carry, &result);
        if (result == Result::NeedMore)
            m_stack = stack;
        else
            m_position = m_scanned + used;
    }
    m_decided = result;
    return result;
}

} // namespace qlogscope
