/* daemon/cache/inputs.h - files by pattern, as one digest: what `inputs` and `files` of a test
 * name.
 *
 * A pattern is absolute; '*', '?' and '[' stand within a name, "**" across directories, '\\' takes
 * the meaning off the character behind it. Links are followed, once around.
 *
 * Directories that are volumes are watched (daemon/watch/watch.h); single files and patterns are
 * few and are looked at each time. Thread: any, it touches nothing but what it is given. */
#ifndef DAEMON_CACHE_INPUTS_H
#define DAEMON_CACHE_INPUTS_H

#include <stdbool.h>

#include "daemon/core/digest.h"

/* Bounds of one pattern. */
#define INPUT_MAX_FILES 10000u
#define INPUT_MAX_BYTES (256u << 20)

struct input_look {
	char hex[DIGEST_HEX];   /* names, modes, owners, contents, link targets */
	char stamp[DIGEST_HEX]; /* stat data: equal, and nothing was written in between */
	unsigned files;
	int64_t newest_ns; /* latest ctime of what was looked at, directories too, CLOCK_REALTIME; 0
	                      = nothing */
};

/* What the pattern matches now; a name without wildcards is a file or all of a directory, and that
 * it is not there is a state like others. Names that begin with a '.' and, below "**", what
 * discovery does not enter are matched only when the pattern says so. ERR_LIMIT beyond the bounds,
 * and on file systems that other machines write to: their stamps cannot be compared with ours. */
int input_look(const char *pattern, struct input_look *out, struct err *e) MUST_CHECK;

/* Which directory the part of the pattern before its first wildcard leads to. A directory above it
 * that was replaced by another leaves no stamp in what input_look() sees. */
struct input_place {
	uint64_t dev, ino; /* 0: there is none */
};
void input_place(const char *pattern, struct input_place *out);
bool input_place_equal(const struct input_place *a, const struct input_place *b);

#endif
