/* common/force.h - a machine that looks poorer than it is, in test builds alone.
 *
 * What is done without a part of the kernel is tested where the part is there: CLNRM_FORCE names
 * what to leave out ("no-clone3,no-overlay"). Some of it makes sandboxes weaker, which their
 * receipts say. So RELEASE=1 and STATIC builds, which are what is installed, know neither variable
 * nor names.
 */
#ifndef COMMON_FORCE_H
#define COMMON_FORCE_H

#ifdef TEST_SWITCHES
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline bool force_named(const char *name)
{
	const char *at = getenv("CLNRM_FORCE");
	size_t n = strlen(name);

	while (at && *at) {
		size_t len = strcspn(at, ",");

		if (len == n && memcmp(at, name, n) == 0)
			return true;
		at += len + (at[len] == ',');
	}
	return false;
}
#define FORCED(name) force_named(name)
#define FORCE_BUILT 1
#else
#define FORCED(name) 0
#define FORCE_BUILT 0
#endif

#endif
