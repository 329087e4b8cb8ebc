#include <string.h>
#include <sys/stat.h>

#include "common/glob.h"
#include "common/num.h"
#include "daemon/core/regex.h"
#include "daemon/run/run_priv.h"

/* ---- --filter and --exclude ---- */

/* One pattern: /regular expression/, a glob, or a part of the name. */
struct matcher {
	const char *text;
	struct regex *re;
};

struct matchers {
	struct matcher *v;
	size_t n;
};

static void matchers_release(struct matchers *m)
{
	for (size_t i = 0; i < m->n; i++)
		regex_free(m->v[i].re);
}

static int matchers_make(struct matchers *m, const struct str_list *patterns, const char *flag,
        struct arena *a, struct err *e)
{
	m->v = arena_array(a, patterns->n + 1, sizeof(*m->v));
	for (m->n = 0; m->n < patterns->n; m->n++) {
		const char *p = patterns->v[m->n];
		size_t len = strlen(p), at;

		m->v[m->n].text = p;
		if (len < 3 || p[0] != '/' || p[len - 1] != '/') {
			if (glob_unclosed(p) != (size_t)-1)
				return err_set(
				        e, ERR_INVALID, "%s '%s': '[' is never closed", flag, p);
			continue;
		}
		m->v[m->n].re = regex_new(arena_strndup(a, p + 1, len - 2), &at, e);
		if (!m->v[m->n].re)
			return err_wrap(e, "%s '%s'", flag, p);
	}
	return 0;
}

static bool matcher_hits(const struct matcher *m, const char *name)
{
	struct err e;

	if (m->re)
		return regex_match(m->re, name, strlen(name), NULL, NULL, &e) > 0;
	if (glob_is_pattern(m->text))
		return glob_names(m->text, name);
	return strstr(name, m->text) != NULL;
}

static bool matchers_hit(const struct matchers *m, const char *path_name, const char *id)
{
	for (size_t i = 0; i < m->n; i++)
		if (matcher_hits(&m->v[i], path_name) || matcher_hits(&m->v[i], id))
			return true;
	return false;
}

/* ---- selectors of a path: ":LINE", "::scenario", "::scenario::step" ---- */

static size_t step_at_line(const struct scenario *sc, uint32_t line)
{
	for (size_t i = 0; i < sc->n_steps; i++)
		if (sc->steps[i].pos.line <= line &&
		        (i + 1 == sc->n_steps || sc->steps[i + 1].pos.line > line))
			return i + 1;
	return sc->n_steps;
}

static bool line_hits(const struct scenario *sc, const char *selector, size_t *until)
{
	uint64_t line;
	struct err e;

	if (str_to_u64(selector, 1, UINT32_MAX, &line, &e) < 0 || line < sc->pos.line ||
	        line > sc->end.line)
		return false;
	*until = step_at_line(sc, (uint32_t)line);
	return true;
}

static bool name_hits(const struct test *t, const struct scenario *sc, const char *selector,
        size_t *until, struct arena *a)
{
	const char *cut = strstr(selector, "::");

	/* What the test says as a whole takes all of it. */
	if (strcmp(selector, sc->name) == 0 ||
	        (t->n_assertions && strcmp(selector, ASSERTIONS_NAME) == 0)) {
		*until = sc->n_steps;
		return true;
	}
	if (!cut || strcmp(arena_strndup(a, selector, (size_t)(cut - selector)), sc->name) != 0)
		return false;
	for (size_t i = 0; i < sc->n_steps; i++)
		if (strcmp(sc->steps[i].name, cut + 2) == 0) {
			*until = i + 1;
			return true;
		}
	return false;
}

/* True when the file's selectors (none = all) take this scenario; *until is its last step + 1. */
static bool selected(struct loaded *f, const struct test *t, const struct scenario *sc,
        size_t *until, struct arena *a)
{
	*until = sc->n_steps;
	if (!f->selectors || !f->selectors[0])
		return true;

	bool any = false;
	size_t most = 0;
	for (size_t i = 0; f->selectors[i]; i++) {
		const char *s = f->selectors[i];
		size_t last = 0;

		if (strncmp(s, "::", 2) == 0 ? name_hits(t, sc, s + 2, &last, a)
		                             : line_hits(sc, s + 1, &last)) {
			any = f->hits[i] = true;
			most = last > most ? last : most;
		}
	}
	*until = most;
	return any;
}

/* ---- the plan ---- */

static bool file_has_only(const struct test *t)
{
	for (size_t i = 0; i < t->n_scenarios; i++)
		if (t->scenarios[i].only)
			return true;
	return false;
}

/* What is known of a scenario before any of its test is planned. */
struct choice {
	bool selected, excluded;
	bool comes_along; /* others need it */
	size_t until;
	enum reason skip;
	const char *skip_text;
};

static void choose(struct run *run, struct loaded *f, const struct test *t,
        const struct scenario *sc, const struct matchers *want, const struct matchers *avoid,
        struct choice *c)
{
	const char *path_name = NULL;

	if (want->n || avoid->n)
		path_name = arena_printf(run->arena, "%s::%s", f->file->path, sc->name);
	c->excluded = matchers_hit(avoid, path_name, sc->id);
	c->selected = selected(f, t, sc, &c->until, run->arena) &&
	              (!want->n || matchers_hit(want, path_name, sc->id)) && !c->excluded &&
	              tag_rules_match(&run->tags, &sc->tags);
}

static void decide_skip(
        struct choice *c, const struct scenario *sc, const struct test *t, bool is_only)
{
	const char *skip = sc->skip ? sc->skip : t->skip;

	if (skip) {
		c->skip = REASON_SKIP;
		c->skip_text = *skip ? skip : NULL;
	} else if (!is_only) {
		c->skip = REASON_ONLY;
		c->skip_text = "another scenario of the file has 'only'";
	}
}

/* Scenarios with `only`, and what these need. */
static void decide_skips(const struct test *t, struct choice *v)
{
	bool *only = xcalloc(t->n_scenarios + 1, sizeof(*only)), has_only = file_has_only(t);

	for (size_t i = 0; i < t->n_scenarios; i++)
		only[i] = !has_only || (t->scenarios[i].only && !t->scenarios[i].skip);
	if (has_only && t->has_needs)
		needs_close(t, only);
	for (size_t i = 0; i < t->n_scenarios; i++)
		decide_skip(&v[i], &t->scenarios[i], t, only[i] || t->scenarios[i].only);
	free(only);
}

static bool cannot_pass(const struct choice *c)
{
	return c->excluded || c->skip != REASON_NONE;
}

/* Who needs what will not run does not run either. */
static void skip_needy(struct run *run, const struct test *t, struct choice *v)
{
	size_t *order = xcalloc(t->n_scenarios + 1, sizeof(*order));

	needs_order(t, order);
	for (size_t i = 0; i < t->n_scenarios; i++) {
		const struct scenario *sc = &t->scenarios[order[i]];
		struct choice *c = &v[order[i]];

		for (size_t k = 0; k < sc->n_needs && c->skip == REASON_NONE; k++) {
			const struct choice *on = &v[sc->needs[k]];

			if (!cannot_pass(on))
				continue;
			c->skip = REASON_DEPENDENCY;
			c->skip_text = arena_printf(run->arena, "needs '%s'%s",
			        t->scenarios[sc->needs[k]].name,
			        on->excluded ? ", which --exclude leaves out" : "");
		}
	}
	free(order);
}

/* What a scenario needs that was selected, and will run, comes along: whole, even where a selector
 * wants some of its steps. */
static void bring_needed(const struct test *t, struct choice *v)
{
	bool *in = xcalloc(t->n_scenarios + 1, sizeof(*in));

	for (size_t i = 0; i < t->n_scenarios; i++)
		in[i] = v[i].selected && v[i].skip == REASON_NONE;
	needs_close(t, in);
	for (size_t i = 0; i < t->n_scenarios; i++) {
		const struct scenario *sc = &t->scenarios[i];

		v[i].comes_along = in[i] && !v[i].selected;
		for (size_t k = 0; in[i] && k < sc->n_needs; k++)
			v[sc->needs[k]].until = t->scenarios[sc->needs[k]].n_steps;
	}
	free(in);
}

/* Beside the scenarios of the test; the caller frees it. */
static struct choice *choose_all(struct run *run, struct loaded *f, const struct test *t,
        const struct matchers *want, const struct matchers *avoid)
{
	struct choice *v = xcalloc(t->n_scenarios + 1, sizeof(*v));

	for (size_t i = 0; i < t->n_scenarios; i++)
		choose(run, f, t, &t->scenarios[i], want, avoid, &v[i]);
	decide_skips(t, v);
	if (!t->has_needs)
		return v;
	skip_needy(run, t, v);
	bring_needed(t, v);
	return v;
}

static void fill_test(
        struct test_outcome *tr, const struct test_file *f, const struct test *t, struct arena *a)
{
	tr->name = arena_strdup(a, t->name);
	tr->file = arena_strdup(a, f->path);
	tr->version = arena_strdup(a, t->version);
	tr->description = arena_strdup(a, t->description);
	tr->line = t->pos.line ? t->pos.line : 1;
	tr->tags = list_copy(&t->tags, a);
	tr->matrix = list_copy(&t->matrix, a);
	tr->verdict = VERDICT_SKIP;
	memcpy(tr->sha256, f->sha256, sizeof(tr->sha256));
}

/* Plans one test of a file; returns how many scenarios it gives. */
static size_t plan_test(struct run *run, struct loaded *f, const struct test *t, size_t test_index,
        const struct matchers *want, const struct matchers *avoid)
{
	struct test_outcome *tr = &run->result->tests[test_index];
	struct choice *v = choose_all(run, f, t, want, avoid);
	size_t n = 0;

	for (size_t i = 0; i < t->n_scenarios; i++) {
		if (!v[i].selected && !v[i].comes_along) {
			run->excluded++;
			continue;
		}
		run->plan[run->n_plan++] = (struct planned){
			.run = run,
			.file = f->file,
			.test = t,
			.sc = &t->scenarios[i],
			.test_index = test_index,
			.slot = n++,
			.until_step = v[i].until,
			.settings = f->settings,
			.retries = retries_of(run, &t->scenarios[i]),
			.skip = v[i].skip,
			.skip_text = v[i].skip_text,
			.comes_along = v[i].comes_along,
		};
		run->tests[test_index].part |= v[i].until < t->scenarios[i].n_steps;
	}
	free(v);
	if (n) {
		run->has_needs |= t->has_needs;
		fill_test(tr, f->file, t, run->result->arena);
		tr->scenarios = arena_array(run->result->arena, n, sizeof(*tr->scenarios));
		tr->n_scenarios = n;
	}
	return n;
}

/* Tests of which nothing is left go; scenarios get their places anew. */
void plan_close_ranks(struct run *run)
{
	struct run_result *res = run->result;
	size_t *to = arena_array(run->arena, res->n_tests + 1, sizeof(*to)), n = 0;

	for (size_t t = 0; t < res->n_tests; t++) {
		to[t] = n;
		if (!run->tests[t].total)
			continue;
		res->tests[n] = res->tests[t];
		run->tests[n] = run->tests[t];
		res->tests[n].n_scenarios = 0;
		n++;
	}
	res->n_tests = n;
	for (size_t i = 0; i < run->n_plan; i++) {
		struct planned *pl = &run->plan[i];

		pl->test_index = to[pl->test_index];
		pl->slot = res->tests[pl->test_index].n_scenarios++;
	}
}

static bool reads_changed(const struct planned *pl)
{
	const struct str_list *files = &pl->run->opt.changed_files;

	for (size_t i = 0; i < files->n; i++)
		if (cached_reads(pl, files->v[i]))
			return true;
	return false;
}

/* What is read through a link is not to be seen from its name. */
static bool has_changed_link(const struct run *run)
{
	const struct str_list *files = &run->opt.changed_files;
	struct stat st;

	for (size_t i = 0; i < files->n; i++)
		if (lstat(files->v[i], &st) == 0 && S_ISLNK(st.st_mode))
			return true;
	return false;
}

static bool stays(const struct planned *pl)
{
	return !pl->run->opt.changed_ref || !pl->sc || reads_changed(pl);
}

void plan_leave_out(struct run *run)
{
	bool *stay, any;
	size_t n = 0;

	if (!run->opt.changed && !run->opt.changed_ref)
		return;
	any = has_changed_link(run);
	stay = xcalloc(run->n_plan + 1, sizeof(*stay));
	for (size_t i = 0; i < run->n_plan; i++)
		stay[i] = any || stays(&run->plan[i]);
	needs_keep(run, stay);
	for (size_t i = 0; i < run->n_plan; i++) {
		struct planned *pl = &run->plan[i];

		if (stay[i] && !(run->opt.changed && pl->again)) {
			run->plan[n++] = *pl;
			continue;
		}
		run->cached -= pl->again != NULL;
		scenario_result_unref(pl->again);
		scenario_result_unref(pl->verify);
		run->tests[pl->test_index].total--;
		run->excluded++;
	}
	free(stay);
	run->n_plan = n;
	plan_close_ranks(run);
}

static void plan_file(struct run *run, struct loaded *f, const struct matchers *want,
        const struct matchers *avoid)
{
	struct run_result *res = run->result;
	size_t selectors = 0;

	while (f->selectors && f->selectors[selectors])
		selectors++;
	f->hits = arena_array(run->arena, selectors + 1, sizeof(*f->hits));
	for (size_t i = 0; i < f->file->n_tests; i++) {
		const struct test *t = &f->file->tests[i];
		size_t n = plan_test(run, f, t, res->n_tests, want, avoid);

		if (!n)
			continue;
		run->tests[res->n_tests].total = (unsigned)n;
		run->tests[res->n_tests].limit = t->timeout;
		run->tests[res->n_tests].def = t;
		run->tests[res->n_tests].loaded = f;
		/* The history has no record that all of it is as it was. */
		run->tests[res->n_tests].fresh = t->n_assertions > 0;
		res->n_tests++;
	}
}

static size_t count_tests(const struct run *run)
{
	size_t n = 0;

	for (size_t i = 0; i < run->n_files; i++)
		n += run->files[i].file->n_tests;
	return n;
}

static size_t count_scenarios(const struct run *run)
{
	size_t n = 0;

	for (size_t i = 0; i < run->n_files; i++)
		n += test_file_scenarios(run->files[i].file);
	return n;
}

int plan_make(struct run *run, struct err *e)
{
	__attribute__((cleanup(matchers_release))) struct matchers want = { 0 }, avoid = { 0 };
	struct run_result *res = run->result;

	for (size_t i = 0; i < run->opt.exclude.n; i++)
		if (!*run->opt.exclude.v[i])
			return err_set(e, ERR_INVALID, "--exclude '' would leave out everything");
	if (matchers_make(&want, &run->opt.filter, "--filter", run->arena, e) < 0 ||
	        matchers_make(&avoid, &run->opt.exclude, "--exclude", run->arena, e) < 0 ||
	        tag_rules_make(&run->tags, &run->opt.tag, run->arena, e) < 0)
		return -1;
	run->plan = arena_array(
	        run->arena, count_scenarios(run) + unready_max(run) + 1, sizeof(*run->plan));
	size_t tests = count_tests(run) + unready_max(run) + 1;

	res->tests = arena_array(res->arena, tests, sizeof(*res->tests));
	run->tests = arena_array(run->arena, tests, sizeof(*run->tests));
	unready_missing(run);
	for (size_t i = 0; i < run->n_files; i++) {
		struct loaded *f = &run->files[i];

		if (f->file->tests)
			plan_file(run, f, &want, &avoid);
		else
			unready_file(run, f);
	}
	return 0;
}
