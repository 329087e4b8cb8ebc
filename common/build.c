#include "common/build.h"

#include <stddef.h>

const char *build_version(void)
{
	return CLNRM_VERSION;
}

const char *build_commit(void)
{
	return CLNRM_BUILD;
}

const char *build_mode(void)
{
	return CLNRM_MODE;
}

const char *const *build_features(void)
{
	static const char *const features[] = {
#if CLNRM_WITH_OTEL
		"otel",
#endif
#if CLNRM_WITH_DOCKER
		"docker",
#endif
#if CLNRM_WITH_SYSTEMD
		"systemd",
#endif
		NULL,
	};

	return features;
}

const char *build_id(void)
{
	return CLNRM_VERSION "+" CLNRM_BUILD "+" CLNRM_MODE;
}
