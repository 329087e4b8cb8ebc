/* daemon/image/host_program.c - "it is on this machine, but not in the image": where. */
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "daemon/image/image_priv.h"

/* Beside PATH: where installers put programs. A leading '~' is the home. */
static const char *const places[] = { "~/.local/bin", "~/bin", "~/.cargo/bin", "~/go/bin",
	"~/.npm-global/bin", "~/.nvm/versions/node/*/bin", "~/.bun/bin", "~/.deno/bin",
	"~/.pyenv/shims", "~/.rbenv/shims", "~/.asdf/shims", "~/.local/share/mise/shims",
	"~/.nix-profile/bin", "~/.sdkman/candidates/*/current/bin", "/snap/bin",
	"/nix/var/nix/profiles/default/bin", "/home/linuxbrew/.linuxbrew/bin",
	"/var/lib/flatpak/exports/bin" };

/* What image `host` shows anyway. */
static const char *const shown[] = { "/usr/", "/opt/", "/bin/", "/sbin/" };

static char *check(const char *dir, const char *name)
{
	AUTO_STR path = fs_join(dir, name);
	struct stat st;

	if (dir[0] != '/')
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
		if (strncmp(path, shown[i], strlen(shown[i])) == 0)
			return NULL;
	}
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || access(path, X_OK) < 0)
		return NULL;
	return STEAL(path);
}

static char *search_path(const char *name)
{
	const char *given = getenv("PATH");
	AUTO_STR copy = xstrdup(given ? given : "");
	char *at = copy, *dir;

	while ((dir = strsep(&at, ":")) != NULL) {
		char *found = check(dir, name);

		if (found)
			return found;
	}
	return NULL;
}

static char *search_pattern(const char *pattern, const char *name)
{
	glob_t g;
	char *found = NULL;

	if (glob(pattern, GLOB_NOSORT, NULL, &g) != 0)
		return NULL;
	for (size_t i = 0; i < g.gl_pathc && !found; i++)
		found = check(g.gl_pathv[i], name);
	globfree(&g);
	return found;
}

char *image_host_program(const char *name)
{
	const char *home = getenv("HOME");
	char *found;

	if (!*name || strchr(name, '/'))
		return NULL;
	found = search_path(name);
	for (size_t i = 0; i < ARRAY_LEN(places) && !found; i++) {
		char pattern[PATH_MAX];

		if (places[i][0] == '~' && !home)
			continue;
		snprintf(pattern, sizeof(pattern), "%s%s", places[i][0] == '~' ? home : "",
		        places[i] + (places[i][0] == '~'));
		found = search_pattern(pattern, name);
	}
	return found;
}
