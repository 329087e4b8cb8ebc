/* daemon/template/origins.h - which place of which template each byte of an output came from.
 *
 * A session that has a list of origins fills it while it renders: one entry for each piece of text
 * and each printed value that goes to the output itself. Thread: that of the session.
 */
#ifndef DAEMON_TEMPLATE_ORIGINS_H
#define DAEMON_TEMPLATE_ORIGINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cleanup.h"

struct template;

struct torigin {
	size_t out;       /* where the piece begins */
	uint32_t of;      /* into kept */
	uint32_t caller;  /* 1 + the last entry of the main template, itself maybe; 0: none yet */
	uint32_t at : 31; /* offset in its text */
	uint32_t literal : 1; /* copied byte for byte; else printed by the tag there */
};

struct torigin_source {
	struct template *t;
	uint32_t *lines; /* where they begin */
	size_t n_lines, cap_lines;
};

#define TORIGINS_MAX 1000000 /* what comes later is told to be of the last one */

struct torigins {
	struct torigin *v;
	size_t n, cap;
	struct torigin_source *kept;
	size_t n_kept, cap_kept;
	uint32_t caller;
};

/* is_main: t is the template that is rendered, not one that it refers to. */
void torigins_add(struct torigins *o, size_t out, struct template *t, uint32_t at, bool literal,
        bool is_main);
void torigins_release(struct torigins *o);
#define AUTO_TORIGINS __attribute__((cleanup(torigins_release))) struct torigins

/* The name of the template, and the line and column there, of the byte at offset; NULL when nothing
 * was written. Columns beyond some thousand are not counted. The name lives as long as the list. */
const char *torigins_find(const struct torigins *o, size_t offset, uint32_t *line, uint32_t *col);
/* The same for the place in the main template that led there; false when there is none. */
bool torigins_find_main(const struct torigins *o, size_t offset, uint32_t *line, uint32_t *col);

#endif
