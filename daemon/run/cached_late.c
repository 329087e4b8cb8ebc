/* Results whose inputs were not known when their run began: a worker looks at them afterwards, and
 * who wants such a result meanwhile waits. */
#include <string.h>

#include "common/log.h"
#include "daemon/run/cached_priv.h"

#define RACY_NS (20 * NS_PER_MS) /* no kernel's stamps are coarser */
#define MAX_LATE 4096u

static void free_late(struct late *l)
{
	scenario_result_unref(l->result);
	arena_free(l->arena);
}

static void free_lates(struct late *list)
{
	for (struct late *l = list, *next; l; l = next) {
		next = l->next;
		free_late(l);
	}
}

/* Why what was looked at after the run is not what the run saw; NULL when it is. */
static const char *late_differs(const struct late *l, const struct run_input *x,
        const struct input_look *before, uint64_t state)
{
	int64_t newest = x->kind == INPUT_PATTERN ? x->look.newest_ns : x->tree.newest_ns;
	struct input_place place;

	if (before && x->kind == INPUT_PATTERN)
		/* Both: the look before may have been in the same tick as a change after it. */
		return strcmp(before->stamp, x->look.stamp) != 0 ||
		                       strcmp(before->hex, x->look.hex) != 0
		               ? "changed during the run"
		               : NULL;
	if (before && (!x->tree.polled || newest + RACY_NS < l->started_wall_ns))
		return state != x->tree.state ? "changed during the run" : NULL;
	cached_place(x, &place);
	if (!input_place_equal(&place, &x->place))
		return "is another one than before the run";
	return newest + RACY_NS >= l->started_wall_ns ? "was written too shortly before the run"
	                                              : NULL;
}

/* What was written in between has stamps of before the run then. */
static bool clock_went_back(const struct late *l)
{
	return clock_wall_ns() - clock_ns() < l->clock_ahead_ns - RACY_NS / 2;
}

/* The worker: looks at each input again. */
static bool late_look(struct late *l)
{
	for (size_t i = 0; i < l->n_inputs; i++) {
		struct run_input *x = &l->inputs[i];
		const struct input_look before = x->look;
		bool known = x->state == INPUT_KNOWN;
		uint64_t state = x->tree.state;
		const char *why;

		cached_look_at(l->r->d.watch, x, l->arena);
		why = x->state == INPUT_KNOWN ? late_differs(l, x, known ? &before : NULL, state)
		                              : x->why;
		if (!why)
			continue;
		log_debug("no result is kept of %s: '%s' %s", l->scenario, x->path, why);
		return false;
	}
	return !clock_went_back(l);
}

struct late_job {
	struct runner *r;
	struct late *list, *good;
};

static void late_job(void *arg)
{
	struct late_job *j = arg;

	for (struct late *l = j->list, *next; l; l = next) {
		next = l->next;
		if (late_look(l)) {
			l->next = j->good;
			j->good = l;
		} else {
			l->key.n_parts = 0; /* dropped by the loop: its result is counted there */
			l->next = j->good;
			j->good = l;
		}
	}
	j->list = NULL;
}

static void name_late(struct runner *r, struct late *l)
{
	if (!r->late_names)
		r->late_names = map_new();
	map_put(r->late_names, l->scenario, l);
}

static void late_start(struct runner *r);

/* Runs that waited go on where they were. */
static void late_wake(struct runner *r)
{
	struct run *list = STEAL(r->late_waiters);

	for (struct run *run = list, *next; run; run = next) {
		next = run->next_waiter;
		run_prepare(run);
	}
}

static void on_cancelled(void *arg)
{
	struct run *run = arg;

	run->slice = NULL;
	run_prepare(run);
}

void cached_cancel(struct run *run)
{
	struct run **at = &run->r->late_waiters;

	while (*at && *at != run)
		at = &(*at)->next_waiter;
	if (!*at)
		return;
	*at = run->next_waiter;
	run->slice = loop_timer_add(run->r->d.loop, 0, on_cancelled, run);
}

void cached_await(struct run *run)
{
	run->next_waiter = run->r->late_waiters;
	run->r->late_waiters = run;
}

static void note_late(struct late *l)
{
	const struct run_input **v = arena_array(l->arena, l->n_inputs + 1, sizeof(*v));
	struct kept_note note = { .name = l->scenario,
		.key = l->key.hex,
		.parts = l->key.parts,
		.n_parts = l->key.n_parts,
		.causes = l->key.causes,
		.n_causes = l->key.n_causes,
		.run = l->run,
		.test_index = l->test_index,
		.slot = l->slot,
		.ran = l->run };

	for (size_t i = 0; i < l->n_inputs; i++)
		v[i] = &l->inputs[i];
	if (!l->no_history && recall_note(l->r, &note, v, l->n_inputs, l->started_wall_ns))
		result_cache_stored(l->r->d.results, &l->key, l->result);
}

static void late_keep(struct late *l)
{
	struct result_key *k = &l->key;

	if (k->n_parts) {
		for (size_t i = 0; i < l->n_inputs; i++)
			k->parts[l->first_part + i].value = cached_value(&l->inputs[i]);
		result_key_seal(l->r->d.results, k);
		result_cache_put(l->r->d.results, l->scenario, k, l->result, l->run);
		note_late(l);
	}
	free_late(l);
}

static void late_done(void *arg)
{
	struct late_job *j = arg;
	struct runner *r = j->r;

	for (struct late *l = j->good, *next; l; l = next) {
		next = l->next;
		late_keep(l);
	}
	free(j);
	r->late_away = false;
	map_free(STEAL(r->late_names), NULL);
	for (struct late *l = r->late; l; l = l->next)
		name_late(r, l);
	late_start(r);
	late_wake(r);
}

static void late_start(struct runner *r)
{
	struct late_job *j;
	struct err e;

	if (r->late_away || !r->late)
		return;
	j = xcalloc(1, sizeof(*j));
	j->r = r;
	j->list = STEAL(r->late);
	r->n_late = 0;
	if (work_submit(r->d.work, late_job, late_done, j, &e) == 0) {
		r->late_away = true;
		return;
	}
	free_lates(j->list);
	free(j);
	map_free(STEAL(r->late_names), NULL);
	late_wake(r);
}

bool runner_keeping(const struct runner *r)
{
	return r->late || r->late_away;
}

void late_release(struct runner *r)
{
	free_lates(STEAL(r->late));
	map_free(r->late_names, NULL);
}

void late_add(struct planned *pl, struct scenario_result *res)
{
	struct runner *r = pl->run->r;
	struct arena *a;
	struct late *l;

	if (r->n_late >= MAX_LATE)
		return;
	cached_fill_key(pl);
	a = arena_new();
	l = arena_alloc(a, sizeof(*l));
	l->arena = a;
	l->r = r;
	l->scenario = arena_strdup(a, pl->name);
	l->run = arena_strdup(a, pl->run->result->id);
	l->test_index = (unsigned)pl->test_index;
	l->slot = (unsigned)pl->slot;
	l->no_history = pl->run->opt.no_history;
	l->started_wall_ns = pl->run->started_wall_ns;
	l->clock_ahead_ns = pl->run->clock_ahead_ns;
	l->result = scenario_result_ref(res);
	l->n_inputs = pl->n_inputs;
	l->inputs = arena_array(a, pl->n_inputs + 1, sizeof(*l->inputs));
	for (size_t i = 0; i < pl->n_inputs; i++) {
		l->inputs[i] = *pl->inputs[i];
		l->inputs[i].path = arena_strdup(a, pl->inputs[i]->path);
	}
	l->first_part = pl->sc->n_parts + pl->sc->n_places;
	l->key.n_parts = pl->key.n_parts;
	l->key.parts = key_parts_copy(a, pl->key.parts, pl->key.n_parts);
	l->key.n_causes = pl->key.n_causes;
	l->key.causes = key_parts_copy(a, pl->key.causes, pl->key.n_causes);
	l->next = r->late;
	r->late = l;
	r->n_late++;
	name_late(r, l);
	late_start(r);
}
