/* Why a scenario runs, or why a result of the past stands for it: its key part by part, beside that
 * of its last result. Made when the plan is known, because the last result is another one after the
 * run. Those of the last runs are kept in memory: they last as long as the daemon. */
#include <assert.h>
#include <string.h>

#include "daemon/cache/lru.h"
#include "daemon/run/run_priv.h"

#define KEPT_RUNS 256u
#define KEPT_BYTES (16u << 20)

/* The reasons of one run. */
struct kept_whys {
	struct lru_link link;
	struct arena *arena;
	struct whys whys;
	struct scenario_result **held; /* whose words these are: references */
	size_t n_held;
};

static void drop_kept(struct lru_link *x)
{
	struct kept_whys *k = (struct kept_whys *)x;

	for (size_t i = 0; i < k->n_held; i++)
		scenario_result_unref(k->held[i]);
	arena_free(k->arena);
	free(k);
}

void whys_init(struct runner *r)
{
	lru_init(&r->whys, KEPT_RUNS, KEPT_BYTES, drop_kept);
	r->whys_tally = (struct tally)TALLY(r->d.metrics, REASONS);
}

void whys_release(struct runner *r)
{
	lru_release(&r->whys);
}

const struct whys *runner_whys(struct runner *r, const char *id)
{
	struct kept_whys *k = lru_get(&r->whys, id);

	if (k)
		tally_hit(&r->whys_tally);
	else if (r->d.metrics)
		metrics_add(r->d.metrics, METRIC_CACHE_MISSES_REASONS, 1);
	return k ? &k->whys : NULL;
}

struct cache_fill runner_whys_fill(const struct runner *r)
{
	return lru_fill(&r->whys);
}

void runner_whys_clear(struct runner *r)
{
	lru_clear(&r->whys);
	tally_fill(&r->whys_tally, &r->whys);
}

const struct whys *run_whys(const struct run *run)
{
	return &run->whys;
}

/* ---- two keys side by side ---- */

struct parts {
	const struct key_part *v;
	size_t n;
};

static bool same_name(const struct key_part *a, const struct key_part *b)
{
	return a->kind == b->kind && strcmp(a->name, b->name) == 0;
}

/* The part of this kind and name: one variable may have several values, which stand in order. */
static const struct key_part *counterpart(struct parts in, struct parts of, size_t at)
{
	size_t nth = 0;

	for (size_t i = 0; i < at; i++)
		nth += same_name(&of.v[i], &of.v[at]);
	for (size_t i = 0; i < in.n; i++)
		if (same_name(&in.v[i], &of.v[at]) && nth-- == 0)
			return &in.v[i];
	return NULL;
}

static void add_change(
        struct why *w, const struct key_part *p, const char *was, const char *is, struct arena *a)
{
	w->changed[w->n_changed++] = (struct why_change){ p->kind, arena_strdup(a, p->name),
		arena_strdup(a, was), arena_strdup(a, is) };
}

/* What is another one or new; gives how many are equal. */
static size_t add_new(struct why *w, struct parts was, struct parts is, struct arena *a)
{
	size_t equal = 0;

	for (size_t i = 0; i < is.n; i++) {
		const struct key_part *old = counterpart(was, is, i);

		if (!old || strcmp(old->value, is.v[i].value) != 0)
			add_change(w, &is.v[i], old ? old->value : NULL, is.v[i].value, a);
		else
			equal++;
	}
	return equal;
}

static void add_gone(struct why *w, struct parts was, struct parts is, struct arena *a)
{
	for (size_t i = 0; i < was.n; i++)
		if (!counterpart(is, was, i))
			add_change(w, &was.v[i], was.v[i].value, NULL, a);
}

/* Those that drop() is true of. The first n_key are parts of the key. */
static void drop_changes(struct why *w, size_t n_key,
        bool (*drop)(const struct why *w, size_t n_key, const struct why_change *x))
{
	size_t n = 0;

	for (size_t i = 0; i < w->n_changed; i++)
		if (!drop(w, n_key, &w->changed[i]))
			w->changed[n++] = w->changed[i];
	w->n_changed = n;
}

static bool has_kind(const struct why *w, enum cause kind)
{
	for (size_t i = 0; i < w->n_changed; i++)
		if (w->changed[i].kind == kind)
			return true;
	return false;
}

/* A variable that steps get as well. */
static bool is_told(const struct why *w, size_t n_key, const struct why_change *x)
{
	for (size_t i = 0; i < n_key && x >= w->changed + n_key; i++)
		if (w->changed[i].kind == x->kind && strcmp(w->changed[i].name, x->name) == 0)
			return true;
	return false;
}

static bool is_definition(const struct why *w, size_t n_key, const struct why_change *x)
{
	return x->kind == CAUSE_DEFINITION && x < w->changed + n_key;
}

/* Which step sees which value is a part without a name. */
static bool is_nameless(const struct why *w, size_t n_key, const struct why_change *x)
{
	(void)w;
	(void)n_key;
	return x->kind == CAUSE_ENV && !x->name[0];
}

/* A definition that came of a template is another one because of what that was made from. */
static void tell_causes(
        struct why *w, const struct result_key *was, const struct test_file *is, struct arena *a)
{
	const struct parts before = { was->causes, was->n_causes },
	                   now = { is->causes, is->n_causes };
	size_t first = w->n_changed;

	if (!before.n || !now.n || !has_kind(w, CAUSE_DEFINITION))
		return;
	add_new(w, before, now, a);
	add_gone(w, before, now, a);
	drop_changes(w, first, is_told);
	if (w->n_changed > first || has_kind(w, CAUSE_SEED) || has_kind(w, CAUSE_CLOCK))
		drop_changes(w, first, is_definition);
}

/* It says nothing beside those with a name, nor beside what comes as a variable. */
static void drop_nameless(struct why *w)
{
	bool named = has_kind(w, CAUSE_SEED) || has_kind(w, CAUSE_CLOCK);

	for (size_t i = 0; i < w->n_changed; i++)
		named |= w->changed[i].kind == CAUSE_ENV && w->changed[i].name[0];
	if (named)
		drop_changes(w, w->n_changed, is_nameless);
}

/* whole: else the rest of the key was not waited for. */
static void compare(struct why *w, const struct result_key *last, const struct planned *pl,
        bool whole, struct arena *a)
{
	const struct parts was = { last->parts, last->n_parts };
	const struct parts is = whole ? (struct parts){ pl->key.parts, pl->key.n_parts }
	                              : (struct parts){ pl->sc->parts, pl->sc->n_parts };
	size_t equal;

	assert(was.v && is.v);
	w->changed = arena_array(
	        a, was.n + is.n + last->n_causes + pl->file->n_causes + 1, sizeof(*w->changed));
	equal = add_new(w, was, is, a);
	if (whole) {
		w->n_equal = equal;
		add_gone(w, was, is, a);
	}
	tell_causes(w, last, pl->file, a);
	drop_nameless(w);
}

/* ---- one scenario ---- */

static void fill_inputs(struct why *w, const struct planned *pl, struct arena *a)
{
	w->inputs = arena_array(a, pl->n_inputs + 1, sizeof(*w->inputs));
	for (size_t i = 0; i < pl->n_inputs; i++) {
		const struct run_input *x = pl->inputs[i];
		const char *value = x->state != INPUT_KNOWN    ? NULL
		                    : x->kind == INPUT_PATTERN ? x->look.hex
		                                               : x->tree.hex;

		w->inputs[w->n_inputs++] =
		        (struct key_part){ x->kind == INPUT_HOST ? CAUSE_IMAGE : CAUSE_INPUT,
			        arena_strdup(a, x->path), arena_strdup(a, value) };
	}
}

static const char *reason_of(const struct planned *pl, const struct why *w)
{
	if (pl->never)
		return pl->never;
	if (pl->run->opt.force)
		return "--force";
	if (!w->previous_key)
		return "no result of it is kept";
	return w->n_changed ? NULL : "its result made room for others";
}

/* The words are those of the result that stands for it, which is held as long. */
static void fill_cached(struct why *w, const struct planned *pl, struct arena *a)
{
	const struct scenario_result *r = pl->again;

	*w = (struct why){ .scenario = r->id,
		.file = r->file,
		.test = r->test,
		.cached = true,
		.key = r->key,
		.previous_key = r->key,
		.last_run = r->cached_from,
		.last_wall_ns = pl->kept_wall_ns,
		.n_equal = pl->key.n_parts };
	if (pl->run->opt.why)
		fill_inputs(w, pl, a);
}

/* What it depends on is told in full where somebody asks, or where it runs. */
static void fill(struct why *w, const struct planned *pl, struct arena *a)
{
	struct result_cache *results = pl->run->r->d.results;
	const struct result_key *last;
	struct kept_result kept = { 0 };

	*w = (struct why){ .scenario = arena_strdup(a, pl->sc->id),
		.file = arena_strdup(a, pl->file->path),
		.test = arena_strdup(a, pl->test->name) };
	if (pl->key.hex[0])
		w->key = arena_strdup(a, pl->key.hex);
	fill_inputs(w, pl, a);
	last = result_cache_last(results, pl->name, &kept);
	if (last) {
		w->previous_key = arena_strdup(a, last->hex);
		w->last_run = arena_strdup(a, kept.run);
		w->last_wall_ns = kept.wall_ns;
	}
	if (last && (w->key || !pl->never))
		compare(w, last, pl, w->key != NULL, a);
	w->reason = arena_strdup(a, reason_of(pl, w));
}

static void fill_all(struct run *run, struct whys *out, struct arena *a)
{
	out->cwd = arena_strdup(a, run->opt.cwd);
	out->v = arena_array(a, run->n_plan + 1, sizeof(*out->v));
	for (size_t i = 0; i < run->n_plan; i++) {
		struct planned *pl = &run->plan[i];

		if (pl->again)
			fill_cached(&out->v[out->n++], pl, a);
		else if (pl->sc && pl->file && !pl->unready && pl->skip == REASON_NONE)
			fill(&out->v[out->n++], pl, a);
		else
			continue;
		pl->why = out->n;
	}
}

/* What they take of memory. The same words are held for many runs: the first of them, which goes
 * first, pays. */
static size_t hold_words(struct kept_whys *k, const struct run *run)
{
	size_t bytes = 0;

	k->held = arena_array(k->arena, run->cached + 1, sizeof(struct scenario_result *));
	for (size_t i = 0; i < run->n_plan; i++) {
		struct scenario_result *r = run->plan[i].again;

		if (!r)
			continue;
		bytes += r->held ? 0 : arena_bytes(r->arena);
		r->held = true;
		k->held[k->n_held++] = scenario_result_ref(r);
	}
	return bytes;
}

void whys_note(struct run *run)
{
	int64_t began = clock_ns();
	struct runner *r = run->r;
	struct kept_whys *k;

	if (!run->r->d.results)
		return;
	if (run->opt.why) {
		fill_all(run, &run->whys, run->arena);
		return;
	}
	k = xcalloc(1, sizeof(*k));
	k->arena = arena_new();
	fill_all(run, &k->whys, k->arena);
	size_t words = hold_words(k, run);

	lru_put(&r->whys, run->result->id, &k->link, sizeof(*k) + arena_bytes(k->arena) + words);
	tally_fill(&r->whys_tally, &r->whys);
	if (r->d.metrics)
		metrics_observe(r->d.metrics, METRIC_CACHE_BUILD_REASONS, clock_ns() - began);
}

void whys_skipped(const struct planned *pl, enum reason reason)
{
	struct kept_whys *k = pl->why ? lru_get(&pl->run->r->whys, pl->run->result->id) : NULL;

	if (k)
		k->whys.v[pl->why - 1].skipped = reason == REASON_DEPENDENCY
		                                         ? "what it needs did not pass"
		                                         : reason_names[reason];
}
