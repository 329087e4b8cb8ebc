#include "proto/routes.h"

#include <string.h>

#include "common/mem.h"
#include "daemon/server/handlers.h"

#define ROUTE(id, method, path, query, body, answer, summary) { method, path, body, handle_##id },
static const struct route routes[] = { ROUTES(ROUTE) };
#undef ROUTE

/* "{name}" stands for one part of the path that is not empty. */
static bool path_matches(const char *pattern, const char *path, char **part)
{
	const char *brace = strchr(pattern, '{'), *end, *rest;
	size_t before, n;

	if (!brace)
		return strcmp(pattern, path) == 0;
	before = (size_t)(brace - pattern);
	if (strncmp(pattern, path, before) != 0)
		return false;
	rest = strchr(brace, '}') + 1;
	path += before;
	/* A reference may hold '/' ("clnrm/base"): only what follows the braces ends it. */
	n = strlen(path);
	if (n <= strlen(rest) || strcmp(path + n - strlen(rest), rest) != 0)
		return false;
	end = path + n - strlen(rest);
	free(*part);
	*part = xstrndup(path, (size_t)(end - path));
	return true;
}

const struct route *route_find(const char *method, const char *path, char **part, bool *allowed)
{
	*allowed = false;
	/* Longer patterns stand behind shorter ones of the same stem: the last match is the best.
	 */
	for (size_t i = ARRAY_LEN(routes); i-- > 0;) {
		if (!path_matches(routes[i].path, path, part))
			continue;
		*allowed = true;
		if (strcmp(routes[i].method, method) == 0)
			return &routes[i];
	}
	return NULL;
}

void route_methods(const char *path, void (*each)(void *arg, const char *method), void *arg)
{
	AUTO_STR part = NULL;

	for (size_t i = 0; i < ARRAY_LEN(routes); i++)
		if (path_matches(routes[i].path, path, &part))
			each(arg, routes[i].method);
}
