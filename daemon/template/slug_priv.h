/* daemon/template/slug_priv.h - the shape of the table of transliterations, sorted by code point.
 */
#ifndef DAEMON_TEMPLATE_SLUG_PRIV_H
#define DAEMON_TEMPLATE_SLUG_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLUG_CHUNK 64u

/* The texts of 64 code points from a multiple of 64 on, separated by blanks; some are empty.
 * dashed: a dash follows each but "-" and those that end in '='. */
struct slug_chunk {
	uint32_t from;
	bool dashed;
	const char *texts;
};

extern const struct slug_chunk slug_chunks[];
extern const size_t slug_n_chunks;

#endif
