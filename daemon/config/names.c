/* Which names are test files (config.md 1.1), and which hold secrets (8). */
#include <string.h>
#include <strings.h>

#include "daemon/config/config.h"

/* Length of name without the suffix, or 0 when it does not end so or nothing is left. */
static size_t without(const char *name, size_t len, const char *suffix)
{
	size_t n = strlen(suffix);

	return len > n && memcmp(name + len - n, suffix, n) == 0 ? len - n : 0;
}

static size_t without_tera(const char *name)
{
	size_t len = strlen(name), cut = without(name, len, ".tera");

	return cut ? cut : len;
}

static bool ends_in(const char *name, const char *const *suffixes)
{
	size_t len = without_tera(name);

	if (name[0] == '_')
		return false;
	for (; *suffixes; suffixes++)
		if (without(name, len, *suffixes))
			return true;
	return false;
}

bool config_is_test_name(const char *basename)
{
	static const char *const suffixes[] = { ".clnrm.toml", ".clnrm.yaml", ".clnrm.yml", NULL };

	return ends_in(basename, suffixes);
}

bool config_is_named_test(const char *basename)
{
	static const char *const suffixes[] = { ".toml", ".yaml", ".yml", NULL };

	return strcmp(basename, "cleanroom.toml") != 0 && ends_in(basename, suffixes);
}

bool config_is_secret_name(const char *name)
{
	size_t n = strlen(name);

	return strcasestr(name, "password") || strcasestr(name, "token") ||
	       strcasestr(name, "secret") || (n >= 3 && strcasecmp(name + n - 3, "key") == 0);
}
