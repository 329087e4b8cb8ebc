/* daemon/template/pattern.h - regular expressions whose cost is linear in the text.
 *
 * The syntax is that of the Rust crate `regex` (https://docs.rs/regex/#syntax): no look-around, no
 * back references; classes are those of Unicode unless (?-u). A pattern becomes a program that is
 * run in all its states at once (Thompson 1968), so that no pattern makes a text take longer than
 * its size times that of the program. Left out: scripts and other properties than General_Category,
 * and the flag R.
 */
#ifndef DAEMON_TEMPLATE_PATTERN_H
#define DAEMON_TEMPLATE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/cleanup.h"
#include "common/strbuf.h"
#include "daemon/template/session.h"

struct pattern;

/* The source is UTF-8. NULL with the reason in *why when it is no pattern, or one whose program is
 * too large. Immutable once made: any thread may search. */
struct pattern *pattern_new(const char *source, size_t len, struct strbuf *why);
void pattern_free(struct pattern *p);
CLEANUP_FN(pattern_free, struct pattern *)

/* 1 when it matches anywhere in the text (UTF-8), 0 when not; -1 with *e when time is up. */
int pattern_search(const struct pattern *p, const char *text, size_t len, struct tsession *s,
        struct terr *e) MUST_CHECK;

#endif
