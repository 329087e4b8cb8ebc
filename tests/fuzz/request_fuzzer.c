/* Bodies of POST /v1/runs, /v1/validate, /v1/lint, /v1/watch and /v1/try: any bytes that jansson
 * takes. */
#include <jansson.h>

#include "common/mem.h"
#include "daemon/server/runs_request.h"
#include "daemon/server/try_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef bool read_fn(struct decode *c, const json_t *body, void *out);

static bool read_run(struct decode *c, const json_t *body, void *out)
{
	return run_request_read(c, body, false, out);
}

static bool read_validate(struct decode *c, const json_t *body, void *out)
{
	return files_request_read(c, body, true, FILES_VALIDATE, out);
}

static bool read_lint(struct decode *c, const json_t *body, void *out)
{
	return files_request_read(c, body, true, FILES_LINT, out);
}

static bool read_watch(struct decode *c, const json_t *body, void *out)
{
	return watch_request_read(c, body, true, out);
}

static bool read_try(struct decode *c, const json_t *body, void *out)
{
	return try_request_read(c, body, out);
}

static void take(read_fn *fn, const json_t *body)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	union {
		struct run_request run;
		struct try_request try;
	} out;
	struct decode c;

	decode_init(&c, a);
	/* Either it is understood, or at least one finding says why not. */
	if (fn(&c, body, &out) != (c.d.errors == 0))
		abort();
	decode_release(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *body =
	        json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);

	if (!body)
		return 0;
	take(read_run, body);
	take(read_lint, body);
	take(read_watch, body);
	take(read_validate, body);
	take(read_try, body);
	json_decref(body);
	return 0;
}
