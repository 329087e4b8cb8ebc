/* A test file: any text, which may be a template. Bits of the first byte: 1 it is checked for a
 * run, 2 YAML, 4 rendered as text in any case, 8 linted; what remedies there are are done. With a
 * seed and a frozen clock it is the same twice.
 */
#include <stdlib.h>
#include <string.h>

#include "common/strbuf.h"
#include "daemon/config/config.h"
#include "daemon/template/bounds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Templates have small bounds, so that a search meets them and stays fast. */
static const struct settings settings = {
	.root = "/nonexistent",
	.isolation = ISOLATION_STANDARD,
	.scenario_timeout_ns = 1,
	.step_timeout_ns = 1,
	.file_system_isolation = true,
	.network_isolation = true,
	.max_file = 1 << 16,
	.template_limits = {
		[TLIMIT_ITERATIONS] = 2000,
		[TLIMIT_ELEMENTS] = 500,
		[TLIMIT_VALUE] = 1 << 16,
		[TLIMIT_MEMORY] = 4 << 20,
		[TLIMIT_OUTPUT] = 1 << 16,
		[TLIMIT_COUNT] = 100,
		[TLIMIT_CELLS] = 8,
	},
};

static struct test_file *load(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "f.clnrm.toml", "f.clnrm.yaml", "f.clnrm.toml.tera",
		"f.clnrm.yaml.tera" };
	static const struct env_var variables[] = { { "SET", "value" }, { "ENV", "" } };
	static const struct client_env env = { .v = variables, .n = 2, .asked = true };
	const struct config_flags flags = {
		.seed = "1", .freeze_clock = "2025-01-01T00:00:00Z", .lint = data[0] & 8
	};

	return config_load(names[data[0] >> 1 & 3], "/nonexistent/f", (const char *)data + 1,
	        size - 1, &settings, &env, &flags, data[0] & 1, NULL, NULL);
}

static void require_same(const struct test_file *a, const struct test_file *b)
{
	if (a->n_tests != b->n_tests || a->diags.n != b->diags.n || !a->tests != !b->tests)
		abort();
	for (size_t i = 0; i < a->diags.n; i++)
		if (strcmp(a->diags.v[i].message, b->diags.v[i].message) != 0)
			abort();
	if (a->n_tests && (!a->tests || !b->tests))
		abort();
	for (size_t i = 0; i < a->n_tests; i++)
		if (strcmp(a->tests[i].name, b->tests[i].name) != 0 ||
		        a->tests[i].n_scenarios != b->tests[i].n_scenarios)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;

	struct test_file *first = load(data, size), *second = load(data, size);

	AUTO_STRBUF fixed = STRBUF_INIT;

	require_same(first, second);
	config_fix(&first->diags, (const char *)data + 1, size - 1, &fixed);
	test_file_unref(first);
	test_file_unref(second);
	return 0;
}
