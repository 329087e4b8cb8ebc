/* Reference counts and arenas of the larger structs. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "daemon/core/regex.h"
#include "daemon/model/result.h"
#include "daemon/model/settings.h"

struct test_file *test_file_new(void)
{
	static _Atomic uint64_t files; /* they are loaded by several threads */
	struct test_file *f = xcalloc(1, sizeof(*f));

	f->refs = 1;
	f->serial = atomic_fetch_add(&files, 1) + 1;
	f->arena = arena_new();
	diags_init(&f->diags, f->arena);
	return f;
}

struct test_file *test_file_ref(struct test_file *f)
{
	f->refs++;
	return f;
}

void test_file_unref(struct test_file *f)
{
	if (!f || --f->refs)
		return;
	for (size_t i = 0; i < f->n_patterns; i++)
		regex_free(f->patterns[i]);
	free(f->patterns);
	diags_release(&f->diags);
	arena_free(f->arena);
	free(f);
}

size_t test_file_scenarios(const struct test_file *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_tests; i++)
		n += f->tests[i].n_scenarios;
	return n;
}

struct key_part *key_parts_copy(struct arena *a, const struct key_part *v, size_t n)
{
	struct key_part *out = arena_array(a, n + 1, sizeof(*out));

	for (size_t i = 0; i < n; i++)
		out[i] = (struct key_part){ v[i].kind, arena_strdup(a, v[i].name),
			arena_strdup(a, v[i].value) };
	return out;
}

struct settings *settings_ref(struct settings *s)
{
	s->refs++;
	return s;
}

/* The struct itself is on the heap; all it points to is in its arena. */
void settings_unref(struct settings *s)
{
	if (!s || --s->refs)
		return;
	diags_release(&s->diags);
	arena_free(s->arena);
	free(s);
}

struct scenario_result *scenario_result_new(void)
{
	struct scenario_result *r = xcalloc(1, sizeof(*r));

	r->refs = 1;
	r->arena = arena_new();
	return r;
}

struct scenario_result *scenario_result_ref(struct scenario_result *r)
{
	r->refs++;
	return r;
}

void scenario_result_unref(struct scenario_result *r)
{
	if (!r || --r->refs)
		return;
	scenario_result_unref(r->base);
	for (size_t i = 0; i < r->n_before; i++)
		scenario_result_unref(r->before[i]);
	arena_free(r->arena);
	free(r);
}

struct scenario_result *scenario_result_again(struct scenario_result *base)
{
	struct scenario_result *r = scenario_result_new();
	struct arena *a = r->arena;

	*r = *base;
	r->arena = a;
	r->refs = 1;
	r->base = scenario_result_ref(base);
	r->cached = true;
	r->held = false;
	r->before = NULL;
	r->n_before = r->repetition = 0;
	r->queued_ms = 0;
	r->steps = arena_memdup(a, base->steps, base->n_steps * sizeof(*base->steps));
	return r;
}

bool scenario_result_is_partial(const struct scenario_result *r)
{
	for (size_t i = 0; i < r->n_steps; i++)
		if (r->steps[i].out.partial || r->steps[i].err.partial)
			return true;
	return false;
}

struct run_result *run_result_new(void)
{
	struct run_result *r = xcalloc(1, sizeof(*r));

	r->arena = arena_new();
	diags_init(&r->diags, r->arena);
	return r;
}

void run_result_free(struct run_result *r)
{
	if (!r)
		return;
	for (size_t t = 0; t < r->n_tests; t++)
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++)
			scenario_result_unref(r->tests[t].scenarios[i]);
	diags_release(&r->diags);
	arena_free(r->arena);
	free(r);
}

void run_summary_add(struct run_summary *s, const struct scenario_result *r)
{
	unsigned *by_verdict[] = {
		[VERDICT_PASS] = &s->pass,
		[VERDICT_SKIP] = &s->skip,
		[VERDICT_FAKE_GREEN] = &s->fake_green,
		[VERDICT_FAIL] = &s->fail,
		[VERDICT_ERROR] = &s->error,
	};

	s->scenarios++;
	++*by_verdict[r->verdict];
	s->flaky += r->flaky;
	s->cached += r->cached;
	s->quarantined += r->quarantine != NULL;
	s->findings += (unsigned)r->n_findings;
	s->busy_ms += r->cached ? 0 : r->duration_ms;
	for (size_t i = 0; i < r->n_before; i++)
		s->busy_ms += r->before[i]->duration_ms;
}

/* The worst verdict of its scenarios; skip only if all are (cli.md 4). */
enum verdict test_outcome_verdict(const struct test_outcome *t)
{
	bool all_skipped = true;
	enum verdict worst = VERDICT_PASS;

	for (size_t i = 0; i < t->n_scenarios; i++) {
		const struct scenario_result *r = t->scenarios[i];

		if (!r || r->verdict == VERDICT_SKIP)
			continue;
		all_skipped = false;
		worst = r->verdict > worst ? r->verdict : worst;
	}
	return all_skipped ? VERDICT_SKIP : worst;
}

void run_result_count(struct run_result *r)
{
	struct run_summary s = { .wall_ms = r->summary.wall_ms, .tests = (unsigned)r->n_tests };

	for (size_t t = 0; t < r->n_tests; t++) {
		r->tests[t].verdict = test_outcome_verdict(&r->tests[t]);
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++)
			if (r->tests[t].scenarios[i])
				run_summary_add(&s, r->tests[t].scenarios[i]);
	}
	r->summary = s;
}

char *run_result_path(const struct run_result *r, const char *file)
{
	if (!r->project || !r->cwd)
		return xstrdup(file);

	AUTO_STR joined = fs_join(r->cwd, file);
	AUTO_STR full = fs_normalize(joined);
	const char *slash = strrchr(r->project, '/');
	size_t root = slash ? (size_t)(slash - r->project) : 0;

	if (root > 0 && strncmp(full, r->project, root) == 0 && full[root] == '/')
		return xstrdup(full + root + 1);
	return xstrdup(file);
}

static const char *option_of(const struct run_result *r, const char *name)
{
	for (size_t i = 0; i < r->n_options; i++)
		if (strcmp(r->options[i].name, name) == 0)
			return r->options[i].value;
	return NULL;
}

const char *run_result_seed(const struct run_result *r)
{
	return option_of(r, "seed");
}

const char *run_result_shuffle_seed(const struct run_result *r)
{
	return option_of(r, "shuffle");
}

bool run_result_shard(const struct run_result *r, unsigned *index, unsigned *total)
{
	const char *text = option_of(r, "shard");
	int end = 0;

	return text && sscanf(text, "%u/%u%n", index, total, &end) == 2 && !text[end] && *total > 1;
}
