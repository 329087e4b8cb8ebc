#include "common/build.h"

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

const char *build_id(void)
{
	return CLNRM_VERSION "+" CLNRM_BUILD "+" CLNRM_MODE;
}
