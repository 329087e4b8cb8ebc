/* daemon/cache/inputs.h - files by pattern, as one digest: what `inputs` and `files` of a test
 * name.
 *
 * Directories that are volumes are watched (daemon/watch/watch.h); single files and patterns are
 * few and are looked at each time. Thread: any, it touches nothing but what it is given. */
#ifndef DAEMON_CACHE_INPUTS_H
#define DAEMON_CACHE_INPUTS_H

#include "daemon/core/digest.h"

/* Bounds of one pattern. */
#define INPUT_MAX_FILES 10000u
#define INPUT_MAX_BYTES (256u << 20)

struct input_look {
	char hex[DIGEST_HEX];   /* names, modes, contents, link targets */
	char stamp[DIGEST_HEX]; /* stat data: equal, and nothing was written in between */
	unsigned files;
	int64_t newest_ns; /* latest ctime of what was looked at, CLOCK_REALTIME; 0 = nothing */
};

/* What the pattern (absolute; '*' and '?' within a name, "**" across directories) matches now; a
 * name without wildcards is a file, and that it is not there is a state like others. Names that
 * begin with a '.' and, below "**", what discovery does not enter are matched only when the pattern
 * says so. ERR_LIMIT beyond the bounds. */
int input_look(const char *pattern, struct input_look *out, struct err *e) MUST_CHECK;

#endif
