#include "daemon/server/arguments.h"

#include <string.h>

#include "common/glob.h"
#include "common/mem.h"
#include "common/suggest.h"
#include "daemon/server/decode.h"
#include "proto/routes.h"

#define ARGUMENTS_MAX 16

#define ARGUMENT(name, type, help) { name, type },
static const struct {
	const char *name, *type;
} types[] = { ARGUMENTS(ARGUMENT) };
#undef ARGUMENT

struct check {
	struct exchange *x;
	struct arena *a;
	const char *known[ARGUMENTS_MAX + 1]; /* what the route takes */
	struct diags d;
};

static void split_query(struct check *c, const char *query)
{
	size_t n = 0;

	for (const char *q = query; *q && n < ARGUMENTS_MAX; q += strspn(q, " ")) {
		size_t len = strcspn(q, " ");

		c->known[n++] = arena_strndup(c->a, q, len);
		q += len;
	}
}

static void unknown(struct check *c, const char *name)
{
	const char *near[1];
	struct diag *d = diags_add(&c->d, SEV_ERROR, "invalid-option", NULL, (struct pos){ 0 },
	        "unknown argument '%.64s'", name);

	if (suggest_nearest(name, c->known, near, 1))
		diag_help(&c->d, d, "did you mean '%s'?", near[0]);
}

static bool is_number(const char *v)
{
	size_t n = strspn(v, "0123456789");

	return n > 0 && n < 20 && !v[n];
}

/* NULL when the value is of that type; else what it wants. */
static const char *wants(const char *type, const char *value)
{
	if (strcmp(type, "boolean") == 0)
		return strcmp(value, "0") == 0 || strcmp(value, "1") == 0 ? NULL : "0 or 1";
	if (strcmp(type, "integer") == 0)
		return is_number(value) ? NULL : "a whole number";
	if (strcmp(type, "pattern") == 0)
		return glob_unclosed(value) == (size_t)-1 ? NULL : "every '[' to be closed";
	return NULL;
}

static bool at_command_line(const struct check *c)
{
	return c->x->req.form == FORM_FRAMES;
}

static const char *called(const struct check *c, const char *name)
{
	return at_command_line(c) ? decode_flag(c->a, name)
	                          : arena_printf(c->a, "argument '%s'", name);
}

static void check_value(struct check *c, const char *name)
{
	const char *value = mhd_query(c->x, name), *want = NULL;

	for (size_t i = 0; i < ARRAY_LEN(types) && !want; i++)
		if (strcmp(types[i].name, name) == 0)
			want = wants(types[i].type, value ? value : "");
	if (want)
		diags_add(&c->d, SEV_ERROR, "invalid-option", NULL, (struct pos){ 0 },
		        "%s wants %s, not '%.64s'", called(c, name), want, value ? value : "");
}

static void check_argument(void *arg, const char *name)
{
	struct check *c = arg;

	for (size_t i = 0; c->known[i]; i++)
		if (strcmp(c->known[i], name) == 0) {
			check_value(c, name);
			return;
		}
	unknown(c, name);
}

static void refuse(struct check *c)
{
	AUTO_STRBUF known = STRBUF_INIT;
	const struct diag *first = &c->d.v[0];
	AUTO_STR detail = at_command_line(c) ? xstrdup(first->message)
	                                     : xasprintf("%s %s: %s", c->x->method,
	                                               c->x->route->path, first->message);

	for (size_t i = 0; c->known[i]; i++)
		strbuf_printf(&known, "%s%s", i ? " " : "one of: ", c->known[i]);
	answer_problem(&c->x->req, "invalid-option", 2, detail,
	        first->help[0] ? first->help[0]
	        : known.len    ? known.s
	                       : "it takes none",
	        &c->d);
}

static bool refuse_unknown(struct exchange *x)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct check c = { .x = x, .a = a };

	diags_init(&c.d, a);
	split_query(&c, x->route->query);
	mhd_query_names(x, check_argument, &c);
	if (c.d.n)
		refuse(&c);
	diags_release(&c.d);
	return x->answered;
}

bool arguments_refuse(struct exchange *x)
{
	return mhd_has_query(x) && refuse_unknown(x);
}
