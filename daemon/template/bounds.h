/* daemon/template/bounds.h - what bounds a template that may come from anyone.
 *
 * Every limit is on by default. Whoever meets one fails with "resource limit: WHAT exceeds LIMIT
 * (at NAME:LINE:COL)"; terr_limit() writes the text.
 */
#ifndef DAEMON_TEMPLATE_BOUNDS_H
#define DAEMON_TEMPLATE_BOUNDS_H

#include <stdint.h>

enum tlimit {
	TLIMIT_SOURCE,     /* bytes of one template */
	TLIMIT_SOURCES,    /* bytes of all templates of a render */
	TLIMIT_NESTING,    /* open block tags; brackets in one expression; levels of one value */
	TLIMIT_OPERATORS,  /* operators in one chain */
	TLIMIT_CALL_DEPTH, /* include, macro, super and block frames together */
	TLIMIT_ITERATIONS, /* rounds of all loops */
	TLIMIT_ELEMENTS,   /* of one range, filter result or function result */
	TLIMIT_VALUE,      /* bytes of a string, estimated bytes of an array or object */
	TLIMIT_MEMORY,     /* bytes of all values that a render makes */
	TLIMIT_OUTPUT,     /* bytes printed, nested buffers included */
	TLIMIT_TIME,       /* milliseconds of one render */
	TLIMIT_COUNT,      /* an argument that says how many */
	TLIMIT_REGEX,      /* bytes of a pattern */
	TLIMIT_CELLS,      /* of a matrix */
	TLIMIT_N
};

struct tlimits {
	uint64_t max[TLIMIT_N];
};

/* The defaults. */
extern const struct tlimits tlimits_default;

/* "value size", as messages name it. */
const char *tlimit_name(enum tlimit what);

#endif
