/* common/num.h - numbers, durations and sizes from text, and back. */
#ifndef COMMON_NUM_H
#define COMMON_NUM_H

#include <stdint.h>

#include "common/err.h"
#include "common/strbuf.h"

/* Decimal digits (and '-' for i64) only, the whole string, within [min, max]. */
int str_to_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out, struct err *e) MUST_CHECK;
int str_to_i64(const char *s, int64_t min, int64_t max, int64_t *out, struct err *e) MUST_CHECK;

/* A duration as in "500ms", "30s", "1m30s", "1.5h": units us ms s m h d and their long forms
 * (sec second seconds ...), parts largest first, no sign, no blanks. A bare number counts in units
 * of bare_ns. The value must be 1 ms to 7 days ("0" is an error). ns on success. */
int dur_parse(const char *s, int64_t bare_ns, int64_t *ns, struct err *e) MUST_CHECK;
/* The same, of at most so many days (1 to 36500): how long ago something was. */
int dur_parse_to(
        const char *s, int64_t bare_ns, int64_t days, int64_t *ns, struct err *e) MUST_CHECK;

/* A size as in "64m", "64MiB", "1.5GiB": powers of 1024, any case; a bare number counts in units
 * of bare_bytes. */
int size_parse(const char *s, uint64_t bare_bytes, uint64_t *bytes, struct err *e) MUST_CHECK;

/* For people: "870 us", "42.1 ms", "1.2 s", "4 min", "2 h 11 min", "3 d". */
void dur_format(struct strbuf *b, int64_t ns);
/* For people: "512 B", "1.9 MiB", "1.0 GiB". */
void size_format(struct strbuf *b, uint64_t bytes);

#endif
