#include "daemon/server/members.h"

#include <string.h>

#include "common/suggest.h"

#define MAX_MEMBERS 16

static const struct member *find(const struct member *allowed, const char *name)
{
	for (const struct member *m = allowed; m->name; m++)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

static const char *wrong_type(const struct member *m, const json_t *v)
{
	switch (m->type) {
	case MEMBER_TEXT:
		return json_is_string(v) && strlen(json_string_value(v)) == json_string_length(v)
		               ? NULL
		               : "a string without NUL";
	case MEMBER_COUNT:
		return json_is_integer(v) && json_integer_value(v) >= 0 ? NULL
		                                                        : "an integer, 0 or more";
	case MEMBER_FLAG:
		return json_is_boolean(v) ? NULL : "true or false";
	case MEMBER_ANY:
		break;
	}
	return NULL;
}

static void unknown(struct diags *d, const struct member *allowed, const char *name)
{
	const char *names[MAX_MEMBERS + 1] = { 0 }, *near = NULL;
	struct diag *x = diags_add(d, SEV_ERROR, "bad-request", NULL, (struct pos){ 0 },
	        "unknown member '%.64s'", name);

	for (size_t i = 0; i < MAX_MEMBERS && allowed[i].name; i++)
		names[i] = allowed[i].name;
	x->pointer = arena_printf(d->arena, "/%.64s", name);
	if (suggest_nearest(name, names, &near, 1))
		diag_help(d, x, "did you mean '%s'?", near);
}

static void look_at(
        struct diags *d, const struct member *allowed, const char *name, const json_t *v)
{
	const struct member *m = find(allowed, name);
	const char *expected = m ? wrong_type(m, v) : NULL;

	if (!m) {
		unknown(d, allowed, name);
	} else if (expected) {
		struct diag *x = diags_add(d, SEV_ERROR, "bad-request", NULL, (struct pos){ 0 },
		        "member '%s' is not %s", name, expected);

		x->expected = expected;
		x->pointer = arena_printf(d->arena, "/%s", name);
	}
}

int members_check(struct request *r, const struct member *allowed)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct diags d;
	const char *name;
	json_t *v;
	int rc = 0;

	diags_init(&d, a);
	json_object_foreach(r->json, name, v) look_at(&d, allowed, name, v);
	if (d.errors) {
		answer_problem(r, "bad-request", 2, d.v[0].message, d.v[0].help[0], &d);
		rc = -1;
	}
	diags_release(&d);
	return rc;
}

const char *member_text(const struct request *r, const char *name)
{
	return json_string_value(json_object_get(r->json, name));
}

int64_t member_count(const struct request *r, const char *name, int64_t otherwise)
{
	const json_t *v = json_object_get(r->json, name);

	return v ? json_integer_value(v) : otherwise;
}

bool member_flag(const struct request *r, const char *name)
{
	return json_is_true(json_object_get(r->json, name));
}
