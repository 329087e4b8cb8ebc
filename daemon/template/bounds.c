#include "daemon/template/bounds.h"

#define MIB (1024u * 1024u)

const struct tlimits tlimits_default = {
	.max = {
		[TLIMIT_SOURCE] = 4 * MIB,
		[TLIMIT_SOURCES] = 16 * MIB,
		[TLIMIT_NESTING] = 128,
		[TLIMIT_OPERATORS] = 10000,
		[TLIMIT_CALL_DEPTH] = 64,
		[TLIMIT_ITERATIONS] = 1000000,
		[TLIMIT_ELEMENTS] = 100000,
		[TLIMIT_VALUE] = 16 * MIB,
		[TLIMIT_MEMORY] = 256 * MIB,
		[TLIMIT_OUTPUT] = 16 * MIB,
		[TLIMIT_TIME] = 10000,
		[TLIMIT_COUNT] = 65536,
		[TLIMIT_REGEX] = 64 * 1024,
		[TLIMIT_CELLS] = 256,
	},
};

static const char *const names[TLIMIT_N] = {
	[TLIMIT_SOURCE] = "template size",
	[TLIMIT_SOURCES] = "size of all templates",
	[TLIMIT_NESTING] = "nesting",
	[TLIMIT_OPERATORS] = "operator chain",
	[TLIMIT_CALL_DEPTH] = "call depth",
	[TLIMIT_ITERATIONS] = "loop iterations",
	[TLIMIT_ELEMENTS] = "range size",
	[TLIMIT_VALUE] = "value size",
	[TLIMIT_MEMORY] = "memory of values",
	[TLIMIT_OUTPUT] = "output size",
	[TLIMIT_TIME] = "render time",
	[TLIMIT_COUNT] = "count argument",
	[TLIMIT_REGEX] = "regex size",
	[TLIMIT_CELLS] = "matrix cells",
};

const char *tlimit_name(enum tlimit what)
{
	return names[what];
}
