/* daemon/template/unicode.h - what templates need of Unicode: classes, case, grapheme clusters.
 *
 * Tables of Unicode 14 (unicode_tables.c, made by unicode-tables). Text is UTF-8; an ill-formed
 * byte counts as a character that has no class and no case. Pure functions, any thread.
 */
#ifndef DAEMON_TEMPLATE_UNICODE_H
#define DAEMON_TEMPLATE_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/template/buf.h"

/* White_Space. */
bool unicode_is_space(uint32_t cp);
/* A word character as of UTS 18: letters, marks, decimal digits, connectors, joiners. */
bool unicode_is_word(uint32_t cp);

/* Bytes of the first character of the n > 0 bytes at p, and which it is. */
size_t unicode_next(const char *p, size_t n, uint32_t *cp);
/* The same of the last one. */
size_t unicode_last(const char *p, size_t n, uint32_t *cp);

/* Bytes of the first extended grapheme cluster (UAX 29) of the n > 0 bytes at p. */
size_t unicode_grapheme(const char *p, size_t n);

/* Full case mapping, without a locale; sigma at the end of a word becomes the final one. */
void unicode_upper(const char *p, size_t n, struct tbuf *out);
void unicode_lower(const char *p, size_t n, struct tbuf *out);

#endif
