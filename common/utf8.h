/* common/utf8.h - decoding, validation and width of UTF-8 (RFC 3629: no surrogates, no overlong
 * forms, at most U+10FFFF). */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes one code point at p (n > 0 bytes there). Returns its length in bytes, or 0 when the
 * bytes are ill-formed; *cp is set only on success. */
size_t utf8_decode(const char *p, size_t n, uint32_t *cp);

/* Writes cp, a valid scalar value, to out; returns 1 to 4. */
size_t utf8_encode(uint32_t cp, char out[4]);

bool utf8_is_ascii(const char *p, size_t n);

/* Offset of the first ill-formed byte, or n when all is well-formed. */
size_t utf8_valid_prefix(const char *p, size_t n);

static inline bool utf8_valid(const char *p, size_t n)
{
	return utf8_valid_prefix(p, n) == n;
}

/* Number of code points; ill-formed bytes count one each. */
size_t utf8_length(const char *p, size_t n);

/* Columns that n bytes take on a terminal: 0 for combining marks, 2 for East Asian wide and
 * emoji, else 1. An approximation by ranges, without the C locale. */
size_t utf8_columns(const char *p, size_t n);

#endif
