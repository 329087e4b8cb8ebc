/* A test file: any text. The first byte says whether it is checked for a run. */
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
	static const struct config_flags flags = { 0 };
	bool yaml = size > 0 && data[0] & 2;

	if (size == 0)
		return 0;
	test_file_unref(config_load(yaml ? "f.clnrm.yaml" : "f.clnrm.toml", "/nonexistent/f",
	        (const char *)data + 1, size - 1, &settings, &env, &flags, data[0] & 1, NULL,
	        NULL));
	return 0;
}
