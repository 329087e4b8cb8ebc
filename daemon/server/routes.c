/* The routes as a table, and how a path is matched with it. */
#include "proto/routes.h"

#include <string.h>

#include "common/mem.h"
#include "daemon/server/handlers.h"

#define ROUTE(id, method, path, query, body, answer, summary) \
	{ method, path, query, body, NULL, handle_##id },
#define LATER(feature, method, path, summary) { method, path, "", "none", feature, NULL },
static const struct route routes[] = { ROUTES(ROUTE) LATER_ROUTES(LATER) };
#undef ROUTE
#undef LATER

/* Whether the braces may stand for text with '/': references of images and names of tests have it
 * ("clnrm/base"), ids do not. */
static bool spans(const char *brace)
{
	return strncmp(brace, "{ref}", 5) == 0 || strncmp(brace, "{name}", 6) == 0;
}

/* Braces stand for text that is not empty. *part is that of the first ones. */
static bool path_matches(const char *pattern, const char *path, char **part)
{
	const char *rest;

	/* Most patterns differ within a few letters, and all of them are looked at. */
	for (; *pattern && *pattern != '{' && *pattern == *path; pattern++)
		path++;
	if (*pattern != '{')
		return !*pattern && !*path;
	rest = strchr(pattern, '}') + 1;
	for (const char *end = path; *end && (spans(pattern) || *end != '/');) {
		end++;
		if (!path_matches(rest, end, part))
			continue;
		free(*part);
		*part = xstrndup(path, (size_t)(end - path));
		return true;
	}
	return false;
}

/* How much of a pattern is not braces: of two that match, the one that says more is meant. */
static size_t literal(const char *pattern)
{
	size_t n = 0;

	for (bool inside = false; *pattern; pattern++) {
		inside = *pattern == '{' || (inside && *pattern != '}');
		n += !inside && *pattern != '}';
	}
	return n;
}

const struct route *route_find(const char *method, const char *path, char **part, bool *allowed)
{
	const struct route *found = NULL;

	*allowed = false;
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		AUTO_STR mine = NULL;
		const struct route *r = &routes[i];

		if (!path_matches(r->path, path, &mine))
			continue;
		*allowed = true;
		if (strcmp(r->method, method) != 0 ||
		        (found && literal(found->path) >= literal(r->path)))
			continue;
		found = r;
		free(*part);
		*part = STEAL(mine);
	}
	return found;
}

void route_methods(const char *path, void (*each)(void *arg, const char *method), void *arg)
{
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		AUTO_STR part = NULL;

		if (path_matches(routes[i].path, path, &part))
			each(arg, routes[i].method);
	}
}
