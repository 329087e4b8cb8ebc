/* Event lines from a journal or a recorded stream: any bytes. */
#include "daemon/wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	AUTO_STRBUF out = STRBUF_INIT;
	struct event ev;
	struct err e;

	if (wire_read_event((const char *)data, size, a, &ev, &e) < 0)
		return 0;
	wire_event(&ev, true, &out);
	if (ev.kind == EV_SCENARIO_END)
		scenario_result_unref((struct scenario_result *)(uintptr_t)ev.scenario_end);
	return 0;
}
