/* "did you mean": variables, filters, tests and functions whose names are near one that is not
 * there. */
#include <string.h>

#include "common/suggest.h"
#include "daemon/config/render.h"
#include "daemon/template/libraries.h"

#define MAX_NAMES 512 /* that are looked at */

struct names {
	const char *v[MAX_NAMES + 1]; /* NULL-terminated */
	size_t n;
};

static void add(struct names *l, const char *name)
{
	if (l->n < MAX_NAMES)
		l->v[l->n++] = name;
}

static void add_members(struct names *l, const struct tvalue *object)
{
	if (object->type != TVALUE_OBJECT)
		return;
	for (uint32_t i = 0; i < object->len; i++)
		add(l, object->o->members[i].key);
}

static void add_builtins(struct names *l, enum terr_lack what)
{
	for (const struct library *lib = &library_clnrm; lib; lib = lib->more) {
		const struct builtin *v = what == LACK_FILTER ? lib->filters
		                          : what == LACK_TEST ? lib->tests
		                                              : lib->functions;
		size_t n = what == LACK_FILTER ? lib->n_filters
		           : what == LACK_TEST ? lib->n_tests
		                               : lib->n_functions;

		for (size_t i = 0; i < n; i++)
			add(l, v[i].name);
	}
}

/* The names that may stand where the path `a.b.c` goes wrong; *at is where in it. */
static bool add_variables(
        const struct rendering *r, const char *path, struct names *l, const char **at)
{
	static const struct tvalue no_cell = { .type = TVALUE_OBJECT };
	struct tvalue context;
	const struct tvalue *object = &context, *next;
	AUTO_TERR e = TERR_INIT;

	if (vars_context(&r->vars, r->n_cells ? &r->cells[0].values : &no_cell, &context, &e) < 0)
		return false;
	for (;; path += strcspn(path, ".") + 1) {
		size_t n = strcspn(path, ".");

		next = tvalue_get(object, path, n);
		if (!next || !path[n])
			break;
		object = next;
	}
	*at = path;
	add_members(l, object);
	return !next;
}

void render_propose(const struct rendering *r, const struct terr *e, struct diag *x)
{
	struct names known = { .n = 0 };
	const char *at = e->lacks, *best;

	if (e->lack != LACK_VARIABLE)
		add_builtins(&known, e->lack);
	else if (!add_variables(r, e->lacks, &known, &at))
		return;

	AUTO_STR word = xstrndup(at, strcspn(at, "."));

	if (suggest_nearest(word, known.v, &best, 1) == 1)
		diag_help(r->l->c.d, x, "did you mean '%.*s%s'?", (int)(at - e->lacks), e->lacks,
		        best);
}
