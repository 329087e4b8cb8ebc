/* daemon/core/regex.h - PCRE2 with the rules of test files: UTF and UCP, unanchored, `$` only at
 * the very end, JIT where possible, one million match steps and 16 MiB of heap at most. */
#ifndef DAEMON_CORE_REGEX_H
#define DAEMON_CORE_REGEX_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct regex;

/* NULL with *e on a bad pattern; *at is then the offset in bytes. Immutable once made: any thread
 * may match. */
struct regex *regex_new(const char *pattern, size_t *at, struct err *e);
void regex_free(struct regex *r);
CLEANUP_FN(regex_free, struct regex *)

/* 1 match, 0 none, -1 with *e when a limit was met. s is any bytes; ill-formed UTF-8 matches
 * nothing. start and end may be NULL. */
int regex_match(
        const struct regex *r, const char *s, size_t n, size_t *start, size_t *end, struct err *e);

/* A part of the text; of a group that took no part both are REGEX_NONE. */
struct regex_span {
	size_t start, end;
};
#define REGEX_NONE SIZE_MAX

/* The same from a byte on (what is before it is seen by look-behind), with groups: spans[0] is the
 * match, spans[i] group i. Spans behind the last group of the pattern are REGEX_NONE. */
int regex_find(const struct regex *r, const char *s, size_t n, size_t from,
        struct regex_span *spans, size_t n_spans, struct err *e);

#endif
