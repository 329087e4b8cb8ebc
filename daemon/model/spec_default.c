#include <unistd.h>

#include "daemon/model/sandbox_spec.h"

#define MIB (1024ull * 1024)

static uint64_t default_memory(void)
{
	uint64_t half = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 2;

	/* Whole MiB, so that the same text comes out of a file that states the default. */
	half -= half % MIB;
	return half < 2048 * MIB ? half : 2048 * MIB;
}

void sandbox_spec_default(struct sandbox_spec *s, const char *image)
{
	*s = (struct sandbox_spec){
		.image = image,
		.isolation = ISOLATION_STANDARD,
		.network = NET_NONE,
		.hostname = "clnrm",
		.limits.v = {
			[LIMIT_MEMORY] = default_memory(),
			[LIMIT_PIDS] = 512,
			[LIMIT_DISK] = 1024 * MIB,
			[LIMIT_OPEN_FILES] = 1024,
			[LIMIT_OUTPUT] = 8 * MIB,
			[LIMIT_ARTIFACTS] = 100 * MIB,
		},
	};
}
