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

static bool same_name(const struct key_part *a, const struct key_part *b)
{
	return a->kind == b->kind && strcmp(a->name, b->name) == 0;
}

/* The part of this kind and name: one variable may have several values, which stand in order. */
static const struct key_part *counterpart(
        const struct result_key *in, const struct result_key *of, size_t at)
{
	size_t nth = 0;

	for (size_t i = 0; i < at; i++)
		nth += same_name(&of->parts[i], &of->parts[at]);
	for (size_t i = 0; i < in->n_parts; i++)
		if (same_name(&in->parts[i], &of->parts[at]) && nth-- == 0)
			return &in->parts[i];
	return NULL;
}

static void add_change(
        struct why *w, const struct key_part *p, const char *was, const char *is, struct arena *a)
{
	w->changed[w->n_changed++] = (struct why_change){ p->kind, arena_strdup(a, p->name),
		arena_strdup(a, was), arena_strdup(a, is) };
}

/* Which step sees which value is a part without a name: it says nothing beside those with one. */
static void drop_nameless(struct why *w)
{
	size_t n = 0, named = 0;

	for (size_t i = 0; i < w->n_changed; i++)
		named += w->changed[i].kind == CAUSE_ENV && w->changed[i].name[0];
	for (size_t i = 0; i < w->n_changed; i++)
		if (!named || w->changed[i].kind != CAUSE_ENV || w->changed[i].name[0])
			w->changed[n++] = w->changed[i];
	w->n_changed = n;
}

static void compare(
        struct why *w, const struct result_key *was, const struct result_key *is, struct arena *a)
{
	assert(was->parts && is->parts);
	w->changed = arena_array(a, was->n_parts + is->n_parts + 1, sizeof(*w->changed));
	for (size_t i = 0; i < is->n_parts; i++) {
		const struct key_part *old = counterpart(was, is, i);

		if (!old || strcmp(old->value, is->parts[i].value) != 0)
			add_change(
			        w, &is->parts[i], old ? old->value : NULL, is->parts[i].value, a);
		else
			w->n_equal++;
	}
	for (size_t i = 0; i < was->n_parts; i++)
		if (!counterpart(is, was, i))
			add_change(w, &was->parts[i], was->parts[i].value, NULL, a);
	drop_nameless(w);
}

/* The whole key was not waited for. */
static void compare_definition(
        struct why *w, const struct result_key *was, const struct scenario *sc, struct arena *a)
{
	const struct result_key is = { .parts = sc->parts, .n_parts = sc->n_parts };

	w->changed = arena_array(a, is.n_parts + 1, sizeof(*w->changed));
	for (size_t i = 0; i < is.n_parts; i++) {
		const struct key_part *old = counterpart(was, &is, i);

		if (!old || strcmp(old->value, is.parts[i].value) != 0)
			add_change(w, &is.parts[i], old ? old->value : NULL, is.parts[i].value, a);
	}
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
	if (last && w->key)
		compare(w, last, &pl->key, a);
	else if (last && !w->cached && !pl->never)
		compare_definition(w, last, pl->sc, a);
	w->reason = arena_strdup(a, reason_of(pl, w));
}

static void fill_all(struct run *run, struct whys *out, struct arena *a)
{
	out->cwd = arena_strdup(a, run->opt.cwd);
	out->v = arena_array(a, run->n_plan + 1, sizeof(*out->v));
	for (size_t i = 0; i < run->n_plan; i++) {
		const struct planned *pl = &run->plan[i];

		if (pl->again)
			fill_cached(&out->v[out->n++], pl, a);
		else if (pl->sc && pl->file && !pl->unready && pl->skip == REASON_NONE)
			fill(&out->v[out->n++], pl, a);
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
