/* common/defence.h - a switch on every defence, in test builds alone.
 *
 * A defence that no test misses is not known to work. `make MUTATE=1` defines MUTATIONS; such a
 * build leaves out the defences that CLNRM_MUTATE names ("masks,seccomp"), and the test of each
 * must then fail. In every other build DEFENCE() is 1 and no name is in the program.
 */
#ifndef COMMON_DEFENCE_H
#define COMMON_DEFENCE_H

#ifdef MUTATIONS
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline bool defence_on(const char *name)
{
	const char *at = getenv("CLNRM_MUTATE");
	size_t n = strlen(name);

	while (at && *at) {
		size_t len = strcspn(at, ",");

		if (len == n && memcmp(at, name, n) == 0)
			return false;
		at += len + (at[len] == ',');
	}
	return true;
}
#define DEFENCE(name) defence_on(name)
#else
#define DEFENCE(name) 1
#endif

#endif
