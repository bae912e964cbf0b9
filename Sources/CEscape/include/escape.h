// Wide loops that Swift 6.3 does not vectorise: JSON escaping, the search for a string's end, and exact powers of ten.
// All of them are `static inline`, so that they are compiled into the one loop that calls them.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

// What JSON must not hold as it is: controls, the quotation mark, the backslash.
static inline int escape_is_special(uint8_t byte) { return byte < 0x20 || byte == '"' || byte == '\\'; }

// A word whose byte k has its highest bit set where byte k is special; zero where none is.
// Only the lowest set bit may be trusted: a borrow may mark the bytes above it.
static inline uint64_t escape_special_in_word(uint64_t word) {
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');
    return (((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) & highs;
}

// How many of the 16 bytes from `in` come before the first special one; 16 where none is special.
static inline unsigned escape_clean_prefix_16(const uint8_t *_Nonnull in, uint8_t *_Nullable copy) {
#if defined(__SSE2__)
    __m128i bytes = _mm_loadu_si128((const __m128i *)in);
    if (copy) _mm_storeu_si128((__m128i *)copy, bytes);
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    unsigned mask = (unsigned)_mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash)));
    return mask ? (unsigned)__builtin_ctz(mask) : 16;
#elif defined(__aarch64__)
    uint8x16_t bytes = vld1q_u8(in);
    if (copy) vst1q_u8(copy, bytes);
    uint8x16_t special = vorrq_u8(vcltq_u8(bytes, vdupq_n_u8(0x20)),
                                  vorrq_u8(vceqq_u8(bytes, vdupq_n_u8('"')), vceqq_u8(bytes, vdupq_n_u8('\\'))));
    uint64_t mask = vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(special), 4)), 0);
    return mask ? (unsigned)__builtin_ctzll(mask) / 4 : 16;
#else
    unsigned k = 0;
    if (copy) memcpy(copy, in, 16);
    while (k < 16 && !escape_is_special(in[k])) k++;
    return k;
#endif
}

// Writes one special byte as PostgreSQL's own to_json does. At most 6 bytes, and it stores 8.
static inline uint8_t *_Nonnull escape_special(uint8_t byte, uint8_t *_Nonnull out) {
    uint8_t letter = 0;
    switch (byte) {
    case '"': letter = '"'; break;
    case '\\': letter = '\\'; break;
    case '\b': letter = 'b'; break;
    case '\f': letter = 'f'; break;
    case '\n': letter = 'n'; break;
    case '\r': letter = 'r'; break;
    case '\t': letter = 't'; break;
    default: break;
    }
    out[0] = '\\';
    if (letter) {
        out[1] = letter;
        return out + 2;
    }
    memcpy(out + 1, "u00", 3);
    out[4] = (uint8_t)('0' + (byte >> 4));
    out[5] = (uint8_t)((byte & 15) < 10 ? '0' + (byte & 15) : 'a' + (byte & 15) - 10);
    return out + 6;
}

// Writes `count` bytes as the inside of a JSON string and returns the end of what was written.
// `out` must have room for 6 * count + 16 bytes. Reads nothing beyond `count`; bytes that are not UTF-8 pass as they are.
static inline uint8_t *_Nonnull escape_json(const uint8_t *_Nonnull in, size_t count, uint8_t *_Nonnull out) {
    while (count >= 16) {
#if defined(__SSE2__)
        // Nearly all text is clean: 32 bytes a branch.
        while (count >= 32) {
            __m128i low = _mm_loadu_si128((const __m128i *)in), high = _mm_loadu_si128((const __m128i *)(in + 16));
            const __m128i last_control = _mm_set1_epi8(0x1f), quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
            __m128i special =
                _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(_mm_min_epu8(low, high), last_control),
                                                         _mm_min_epu8(low, high)),
                                          _mm_or_si128(_mm_cmpeq_epi8(low, quote), _mm_cmpeq_epi8(high, quote))),
                             _mm_or_si128(_mm_cmpeq_epi8(low, backslash), _mm_cmpeq_epi8(high, backslash)));
            if (_mm_movemask_epi8(special)) break;
            _mm_storeu_si128((__m128i *)out, low);
            _mm_storeu_si128((__m128i *)(out + 16), high);
            in += 32, out += 32, count -= 32;
        }
        if (count < 16) break;
#endif
        unsigned clean = escape_clean_prefix_16(in, out);
        in += clean, out += clean, count -= clean;
        if (clean < 16) out = escape_special(*in++, out), count--;
    }
    // What is left is taken as two words that overlap, or as its first, middle and last byte.
    if (count >= 8) {
        uint64_t first, last;
        memcpy(&first, in, 8);
        memcpy(&last, in + count - 8, 8);
        if (!(escape_special_in_word(first) | escape_special_in_word(last))) {
            memcpy(out, &first, 8);
            memcpy(out + count - 8, &last, 8);
            return out + count;
        }
    } else if (count >= 4) {
        uint32_t first, last;
        memcpy(&first, in, 4);
        memcpy(&last, in + count - 4, 4);
        if (!escape_special_in_word((uint64_t)last << 32 | first)) {
            memcpy(out, &first, 4);
            memcpy(out + count - 4, &last, 4);
            return out + count;
        }
    } else if (count > 0) {
        uint8_t first = in[0], middle = in[count / 2], last = in[count - 1];
        if (!escape_special_in_word(0x4141414141000000u | (uint64_t)last << 16 | (uint64_t)middle << 8 | first)) {
            out[0] = first, out[count / 2] = middle, out[count - 1] = last;
            return out + count;
        }
    }
    while (count > 0) {
        if (escape_is_special(*in)) out = escape_special(*in, out);
        else *out++ = *in;
        in++, count--;
    }
    return out;
}

// The first special byte from `in` on. There must be one (a zero byte behind the text), and 16 readable bytes behind it.
static inline const uint8_t *_Nonnull escape_find_special(const uint8_t *_Nonnull in) {
    for (;;) {
        unsigned clean = escape_clean_prefix_16(in, NULL);
        in += clean;
        if (clean < 16) return in;
    }
}

// Copies `count` bytes and says whether a byte below 0x20 is among them. Reads nothing beyond `count`.
static inline int escape_copy_has_control(const uint8_t *_Nonnull in, size_t count, uint8_t *_Nonnull out) {
    uint64_t controls = 0;
#if defined(__SSE2__)
    const __m128i last_control = _mm_set1_epi8(0x1f);
    __m128i special = _mm_setzero_si128();
    for (; count >= 16; in += 16, out += 16, count -= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)in);
        _mm_storeu_si128((__m128i *)out, bytes);
        special = _mm_or_si128(special, _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes));
    }
    controls = (uint64_t)_mm_movemask_epi8(special);
#endif
    for (; count >= 8; in += 8, out += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, in, 8);
        memcpy(out, &word, 8);
        controls |= (word - 0x2020202020202020u) & ~word & 0x8080808080808080u;
    }
    for (; count > 0; count--) {
        controls |= *in < 0x20;
        *out++ = *in++;
    }
    return controls != 0;
}

// The whole part of a number from 0 to 2^63: Swift's own conversion checks for what the caller has excluded.
static inline int64_t exact_whole_part(double number) { return (int64_t)number; }

// 10 to the power of 0…18 as a whole number.
static inline int64_t whole_power_of_ten(size_t exponent) {
    static const int64_t powers[19] = {1,
                                       10,
                                       100,
                                       1000,
                                       10000,
                                       100000,
                                       1000000,
                                       10000000,
                                       100000000,
                                       1000000000,
                                       10000000000,
                                       100000000000,
                                       1000000000000,
                                       10000000000000,
                                       100000000000000,
                                       1000000000000000,
                                       10000000000000000,
                                       100000000000000000,
                                       1000000000000000000};
    return powers[exponent < 19 ? exponent : 18];
}

// 10 to the power of 0…22: those that a double holds exactly.
static inline double exact_power_of_ten(size_t exponent) {
    static const double powers[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    return powers[exponent < 23 ? exponent : 22];
}
