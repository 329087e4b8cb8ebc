/* What was named and cannot run as asked: with --keep-going, files that are missing or broken (each
 * is a test of one scenario with verdict error); and selectors that select nothing. */
#include <string.h>

#include "common/suggest.h"
#include "daemon/run/run_priv.h"

#define SHOWN_MAX 64 /* names that are looked at for a proposal */

/* ---- broken and missing files ---- */

/* "tests/pay.clnrm.toml" is "pay". */
static const char *test_name(const char *path, struct arena *a)
{
	static const char *const ends[] = { ".tera", ".toml", ".yaml", ".yml", ".clnrm" };
	const char *slash = strrchr(path, '/');
	const char *base = slash && slash[1] ? slash + 1 : path;
	size_t n = strlen(base);

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		size_t k = strlen(ends[i]);

		if (n > k && strncmp(base + n - k, ends[i], k) == 0)
			n -= k;
	}
	return arena_strndup(a, base, n);
}

static void plan_unready(struct run *run, struct test_file *file, const struct diag *d)
{
	struct run_result *res = run->result;
	struct test_outcome *tr = &res->tests[res->n_tests];
	struct scenario *sc = arena_array(run->arena, 1, sizeof(*sc));

	tr->name = test_name(d->file, res->arena);
	tr->file = arena_strdup(res->arena, d->file);
	tr->version = "";
	tr->line = d->pos.line ? d->pos.line : 1;
	tr->verdict = VERDICT_ERROR;
	tr->scenarios = arena_array(res->arena, 1, sizeof(*tr->scenarios));
	tr->n_scenarios = 1;
	if (file)
		memcpy(tr->sha256, file->sha256, sizeof(tr->sha256));
	sc->name = tr->name;
	sc->id = arena_printf(run->arena, "%s/%s", tr->name, sc->name);
	sc->pos = d->pos;
	run->plan[run->n_plan++] = (struct planned){
		.run = run,
		.file = file,
		.sc = sc,
		.test_index = res->n_tests,
		.skip = REASON_CONFIG,
		.skip_text = d->message,
		.unready = d,
	};
	run->tests[res->n_tests++].total = 1;
}

static const struct diag *first_error(const struct diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].severity == SEV_ERROR)
			return &d->v[i];
	return NULL;
}

void unready_file(struct run *run, const struct loaded *f)
{
	const struct diag *d = first_error(&f->file->diags);

	if (d && d->file)
		plan_unready(run, f->file, d);
}

void unready_missing(struct run *run)
{
	for (size_t i = run->found_diags; i < run->found_diags_end; i++) {
		const struct diag *d = &run->diags.v[i];

		if (d->severity == SEV_ERROR && d->file)
			plan_unready(run, NULL, d);
	}
}

size_t unready_max(const struct run *run)
{
	return run->n_files + (run->found_diags_end - run->found_diags);
}

void unready_result(const struct planned *pl, struct scenario_result *r)
{
	struct failure *f = arena_array(r->arena, 1, sizeof(*f));

	*f = (struct failure){
		.code = REASON_CONFIG,
		.message = arena_strdup(r->arena, pl->unready->message),
		.file = r->file,
		.pos = pl->unready->pos,
		.hint = arena_strdup(r->arena, pl->unready->help[0]),
	};
	r->verdict = VERDICT_ERROR;
	r->failures = f;
	r->n_failures = 1;
}

/* ---- selectors ---- */

static bool hit_elsewhere(const struct run *run, const char *selector)
{
	for (size_t i = 0; i < run->n_files; i++) {
		const struct loaded *f = &run->files[i];

		for (size_t k = 0; f->selectors && f->hits && f->selectors[k]; k++)
			if (f->hits[k] && strcmp(f->selectors[k], selector) == 0)
				return true;
	}
	return false;
}

/* One pattern may name many files; it is enough when one of them has the scenario. */
static const char *missed_selector(const struct run *run, const struct loaded **in)
{
	for (size_t i = 0; i < run->n_files; i++) {
		const struct loaded *f = &run->files[i];

		for (size_t k = 0; f->selectors && f->hits && f->selectors[k]; k++) {
			*in = f;
			if (!f->hits[k] && !hit_elsewhere(run, f->selectors[k]))
				return f->selectors[k];
		}
	}
	return NULL;
}

const char *unready_selector(struct run *run, const char **help)
{
	const struct loaded *f = NULL;
	const char *selector = missed_selector(run, &f), *names[SHOWN_MAX + 1], *best;
	const struct test *t = selector ? f->file->tests : NULL; /* the first one's names will do */
	size_t n = 0;

	*help = NULL;
	if (!selector)
		return NULL;
	for (size_t i = 0; f->file->n_tests && i < t->n_scenarios && n < SHOWN_MAX; i++)
		names[n++] = t->scenarios[i].name;
	names[n] = NULL;
	if (strncmp(selector, "::", 2) == 0 && suggest_nearest(selector + 2, names, &best, 1) == 1)
		*help = arena_printf(run->arena, "did you mean '%s::%s'?", f->file->path, best);
	return arena_printf(run->arena, "%s%s", f->file->path, selector);
}
