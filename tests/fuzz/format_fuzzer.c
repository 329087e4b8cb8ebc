/* The formatter: any bytes as a test file. What it makes of them is proved by itself; that it must
 * refuse its own work ("fmt.unstable") is a bug. */
#include <stdint.h>
#include <string.h>

#include "common/strbuf.h"
#include "daemon/config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct settings settings;
	CLEANUP(arena_free) struct arena *a = arena_new();
	AUTO_STRBUF out = STRBUF_INIT;
	struct diags d;

	diags_init(&d, a);
	config_format("t.clnrm.toml", (const char *)data, size, &settings, &out, &d);
	for (size_t i = 0; i < d.n; i++)
		if (strcmp(d.v[i].code, "fmt.unstable") == 0)
			__builtin_trap();
	diags_release(&d);
	return 0;
}
