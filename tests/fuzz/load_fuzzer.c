/* A test file: any text. The first byte says whether it is checked for a run, is YAML, is linted;
 * what remedies there are are done. */
#include "common/strbuf.h"
#include "daemon/config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct settings settings = {
		.root = "/nonexistent",
		.isolation = ISOLATION_STANDARD,
		.scenario_timeout_ns = 1,
		.step_timeout_ns = 1,
		.file_system_isolation = true,
		.network_isolation = true,
		.max_file = 1 << 16,
	};
	static const struct client_env env = { .asked = true };
	AUTO_STRBUF fixed = STRBUF_INIT;
	bool yaml = size > 0 && data[0] & 2;

	if (size == 0)
		return 0;

	const struct config_flags flags = { .lint = data[0] & 4 };
	const char *text = (const char *)data + 1;
	struct test_file *f = config_load(yaml ? "f.clnrm.yaml" : "f.clnrm.toml", "/nonexistent/f",
	        text, size - 1, &settings, &env, &flags, data[0] & 1, NULL, NULL);

	config_fix(&f->diags, text, size - 1, &fixed);
	test_file_unref(f);
	return 0;
}
