/* Which scenarios a result of the past stands for, and which results are kept for the future.
 *
 * What is looked at before a run is what a look-up needs: trees that are watched are known at once,
 * others are looked at by a worker when there is a result that they may vouch for. Of a scenario
 * that has none nobody waits: what it depended on is looked at after it has passed, and its result
 * is kept if nothing of that is younger than the run. */
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/run/cached_priv.h"
#include "daemon/wire/wire.h"

/* Tests of a matrix share the names of their scenarios. */
static const char *name_of(const struct planned *pl)
{
	const char *name = pl->file->n_tests > 1 ? pl->sc->id : pl->sc->name;
	size_t file = strlen(pl->file->real), len = strlen(name);
	char *both = arena_alloc(pl->run->arena, file + len + 3);

	memcpy(both, pl->file->real, file);
	memcpy(both + file, "::", 2);
	memcpy(both + file + 2, name, len + 1);
	return both;
}

void cached_name_all(struct run *run)
{
	for (size_t i = 0; i < run->n_plan; i++)
		if (planned_is_open(&run->plan[i]))
			run->plan[i].name = planned_is_another_turn(&run->plan[i])
			                            ? run->plan[i].first->name
			                            : name_of(&run->plan[i]);
}

/* What its file says of it has not changed: these parts stand first in a key. */
static bool same_definition(const struct scenario *sc, const struct key_part *parts, size_t n)
{
	if (n < sc->n_parts)
		return false;
	for (size_t i = 0; i < sc->n_parts; i++) {
		const struct key_part *a = &sc->parts[i], *b = &parts[i];

		if (a->kind != b->kind || strcmp(a->name, b->name) != 0 ||
		        strcmp(a->value, b->value) != 0)
			return false;
	}
	return true;
}

/* The machine's own directories, whose first look takes longer than most runs. */
static bool lacks_host(const struct planned *pl)
{
	for (size_t i = 0; i < pl->n_inputs; i++)
		if (pl->inputs[i]->kind == INPUT_HOST && pl->inputs[i]->state == INPUT_UNKNOWN)
			return true;
	return false;
}

/* Nobody waits for what only a result that does not exist depends on; for one that is about to be
 * kept the run waits. Who is in a hurry does so only where the scenario is still what it was then,
 * and never for the machine. */
static bool want_inputs(struct planned *pl)
{
	struct runner *r = pl->run->r;
	const struct late *late = r->late_names ? map_get(r->late_names, pl->name) : NULL;
	bool hurry = pl->run->opt.hurry, wait = false;
	struct kept_result last;

	if (pl->run->opt.force || (hurry && lacks_host(pl)))
		return false;
	if (late && (!hurry || same_definition(pl->sc, late->key.parts, late->first_part))) {
		pl->run->awaits_late = true;
		return false;
	}
	if (!result_cache_last(r->d.results, pl->name, &last))
		return false;
	for (size_t i = 0; i < pl->n_inputs; i++)
		if (pl->inputs[i]->state == INPUT_UNKNOWN)
			wait = pl->inputs[i]->wanted = true;
	return wait;
}

bool cached_plan(struct run *run)
{
	bool wait = false;

	if (!run->r->d.results)
		return false;
	if (run->inputs)
		map_free(run->inputs, NULL);
	run->inputs = map_new();
	for (size_t i = 0; i < run->n_images; i++)
		run->images[i].inputs = NULL; /* of before somebody was waited for */
	run->awaits_late = false;
	if (run->cancel_by) {
		for (size_t i = 0; i < run->n_plan; i++)
			run->plan[i].never = "the run was cancelled";
		return false;
	}
	run->started_wall_ns = clock_wall_ns();
	run->clock_ahead_ns = run->started_wall_ns - clock_ns();
	if (run->r->d.watch)
		watch_drain(run->r->d.watch);
	for (size_t i = 0; i < run->n_plan; i++) {
		if (!planned_is_open(&run->plan[i]))
			continue;
		cached_find_inputs(&run->plan[i]);
		if (!run->plan[i].never)
			wait |= want_inputs(&run->plan[i]);
	}
	return wait;
}

/* ---- keys ---- */

static const char *engine_name(void)
{
	return geteuid() == 0 ? "native root" : "native rootless";
}

/* Every part that is known by now; the rest stays "". */
void cached_fill_key(struct planned *pl)
{
	const struct scenario *sc = pl->sc;
	struct result_key *k = &pl->key;
	struct arena *a = pl->run->arena;

	k->parts = arena_array(a, sc->n_parts + sc->n_places + pl->n_inputs + 2, sizeof(*k->parts));
	memcpy(k->parts, sc->parts, sc->n_parts * sizeof(*k->parts));
	k->n_parts = sc->n_parts;
	k->causes = pl->file->causes;
	k->n_causes = pl->file->n_causes;
	for (size_t i = 0; i < sc->n_places; i++) {
		const struct image *image = cached_image(pl->run, &sc->places[i].spec);

		k->parts[k->n_parts++] =
		        (struct key_part){ CAUSE_IMAGE, image->name, image->digest };
	}
	for (size_t i = 0; i < pl->n_inputs; i++)
		k->parts[k->n_parts++] =
		        (struct key_part){ pl->inputs[i]->kind == INPUT_HOST ? CAUSE_IMAGE
			                                                     : CAUSE_INPUT,
			        pl->inputs[i]->path, cached_value(pl->inputs[i]) };
	k->parts[k->n_parts++] = (struct key_part){ CAUSE_ENGINE, "", engine_name() };
	k->parts[k->n_parts++] = (struct key_part){ CAUSE_PRODUCT, "", pl->run->r->d.build };
}

static bool all_known(struct planned *pl)
{
	for (size_t i = 0; i < pl->n_inputs; i++) {
		if (pl->inputs[i]->state == INPUT_UNKNOWABLE)
			pl->never = pl->inputs[i]->why;
		if (pl->inputs[i]->state != INPUT_KNOWN)
			return false;
	}
	return true;
}

/* ---- answers ---- */

static const struct step *step_at(const struct scenario *sc, size_t i)
{
	if (i < sc->n_setup)
		return &sc->setup[i];
	i -= sc->n_setup;
	return i < sc->n_steps ? &sc->steps[i] : &sc->teardown[i - sc->n_steps];
}

/* What is shown of a scenario may have changed while its definition has not. */
static struct scenario_result *answer_of(struct planned *pl, const struct kept_result *kept)
{
	struct scenario_result *r = scenario_result_again(kept->result);
	const struct test_outcome *t = &pl->run->result->tests[pl->test_index];
	const struct scenario *sc = pl->sc;
	struct arena *a = r->arena;

	r->id = arena_strdup(a, sc->id);
	r->name = arena_strdup(a, sc->name);
	r->file = arena_strdup(a, t->file);
	r->test = arena_strdup(a, t->name);
	r->tags = list_copy(&sc->tags, a);
	r->cell = list_copy(&t->matrix, a);
	r->line = sc->pos.line ? sc->pos.line : 1;
	r->cached_from = arena_strdup(a, kept->run);
	r->key = arena_strdup(a, pl->key.hex);
	for (size_t i = 0; i < r->n_steps && i < sc->n_setup + sc->n_steps + sc->n_teardown; i++)
		r->steps[i].line = step_at(sc, i)->pos.line;
	return r;
}

/* The same file as last time shows it in the same words. */
static struct scenario_result *again_of(struct planned *pl, const struct kept_result *kept)
{
	const struct shown_of of = { pl->file->serial, pl->written ? pl->written : pl->sc };
	struct scenario_result *r;

	if (kept->again && kept->of.file == of.file && kept->of.scenario == of.scenario)
		return scenario_result_ref(kept->again);
	r = answer_of(pl, kept);
	result_cache_again(pl->run->r->d.results, &pl->key, r, of);
	return r;
}

/* What the history keeps of both is the same but for what is told of each use: where it stands,
 * what it is called, and that it is of the past. */
static bool same_form(const struct scenario_result *a, const struct scenario_result *b)
{
	if (a == b)
		return true;
	if (a->tags.n != b->tags.n || a->n_steps != b->n_steps)
		return false;
	for (size_t i = 0; i < a->tags.n; i++)
		if (strcmp(a->tags.v[i], b->tags.v[i]) != 0)
			return false;
	for (size_t i = 0; i < a->n_steps; i++)
		if (a->steps[i].line != b->steps[i].line)
			return false;
	return true;
}

/* By hash of key and run: over many runs each has its turn. */
static bool is_verified(const struct planned *pl)
{
	unsigned percent = pl->run->opt.verify_cache;
	const char *text;
	struct digest d;

	if (!percent || pl->run->opt.why)
		return false;
	text = arena_printf(pl->run->arena, "%s%s", pl->key.hex, pl->run->result->id);
	digest_of(text, strlen(text), &d);
	return ((unsigned)d.b[0] << 8 | d.b[1]) * 100u < percent << 16;
}

static bool suffices(const struct planned *pl, const struct scenario_result *res)
{
	const struct run_options *o = &pl->run->opt;

	return !o->digest || o->changed || o->why || !scenario_result_is_partial(res);
}

static bool receipt_suffices(const struct receipt_demand *d, const struct receipt *r)
{
	CLEANUP(arena_free) struct arena *a = d ? arena_new() : NULL;
	struct receipt_difference first;

	return !d || (r && receipt_differs(d, r, a, &first, 1) == 0);
}

static void answer(struct planned *pl)
{
	struct kept_result kept;

	if (planned_is_another_turn(pl)) {
		pl->never = pl->first->never;
		pl->key = pl->first->key;
		return;
	}
	if (pl->never || !all_known(pl)) {
		log_debug("'%s' is run: %s", pl->sc->id,
		        pl->never ? pl->never : "it has no result yet");
		return;
	}
	cached_fill_key(pl);
	result_key_seal(pl->run->r->d.results, &pl->key);
	if (pl->run->opt.force || !result_cache_get(pl->run->r->d.results, &pl->key, &kept))
		return;
	if (!receipt_suffices(pl->run->demand, kept.result->receipt)) {
		log_debug("'%s' is run: its receipt is not what is required", pl->sc->id);
		return;
	}
	if (!suffices(pl, kept.result)) {
		log_debug("'%s' is run: the history has only a part of its output", pl->sc->id);
		return;
	}
	if (is_verified(pl)) {
		pl->verify = scenario_result_ref(kept.result);
		memcpy(pl->verify_run, kept.run, sizeof(pl->verify_run));
		return;
	}
	pl->again = again_of(pl, &kept);
	pl->by_key = kept.stored && same_form(pl->again, kept.stored);
	pl->kept_wall_ns = kept.wall_ns;
	pl->run->cached++;
}

void cached_answer(struct run *run)
{
	if (!run->r->d.results)
		return;
	for (size_t i = 0; i < run->n_plan; i++)
		if (planned_is_open(&run->plan[i]))
			answer(&run->plan[i]);
}

/* ---- keeping ---- */

/* Failures may be the machine's; what passed at the second try might not have. A step that asks
 * again until something is there is no flake. */
static bool has_updates(const struct scenario_result *r)
{
	size_t n = r->n_updates;

	for (size_t i = 0; i < r->n_steps; i++)
		n += r->steps[i].n_updates;
	return n > 0;
}

static bool is_clean(const struct scenario_result *r)
{
	/* What was written then is not what it was compared with. */
	if (has_updates(r))
		return false;
	return r->verdict == VERDICT_PASS && !r->flaky && !r->cached && r->attempts <= 1 &&
	       r->receipt && r->receipt->pristine;
}

/* What was read during the run is what was looked at before it. */
static bool is_unchanged(const struct planned *pl)
{
	for (size_t i = 0; i < pl->n_inputs; i++) {
		const struct run_input *x = pl->inputs[i];

		if (!watch_unchanged(
		            pl->run->r->d.watch, x->path, cached_tree_kind(x->kind), &x->tree))
			return false;
	}
	return true;
}

/* Nothing tells of changes: it is looked at again once the run is over. */
static bool is_silent(const struct run_input *x)
{
	return x->kind == INPUT_PATTERN || x->tree.polled;
}

static bool has_silent(const struct planned *pl)
{
	for (size_t i = 0; i < pl->n_inputs; i++)
		if (is_silent(pl->inputs[i]))
			return true;
	return false;
}

void cached_lent(struct planned *pl, const struct sandbox_spec *spec, const struct image *image)
{
	const struct image *planned;

	if (!pl->run->r->d.results || pl->never)
		return;
	planned = cached_image(pl->run, spec);
	pl->image_replaced |= !planned || strcmp(planned->digest, image->digest) != 0;
}

void cached_keep(struct planned *pl, struct scenario_result *res)
{
	struct run *run = pl->run;

	if (pl->verify)
		cached_verify(pl, res);

	if (!run->r->d.results || pl->never || pl->image_replaced || !pl->sc || !is_clean(res))
		return;
	/* The files that it wants kept are not, or not for long. */
	if (pl->sc->n_collect && !run_is_stored(run))
		return;
	if (!pl->key.hex[0] || has_silent(pl)) {
		late_add(pl, res);
		return;
	}
	if (!is_unchanged(pl))
		return;
	result_cache_put(run->r->d.results, pl->name, &pl->key, res, run->result->id);
	recall_note_planned(pl, res);
}

void cached_release(struct run *run)
{
	for (size_t i = 0; i < run->n_plan; i++) {
		scenario_result_unref(run->plan[i].again);
		scenario_result_unref(run->plan[i].verify);
		scenario_result_unref(run->plan[i].dropped);
	}
	for (size_t t = 0; t < run->result->n_tests; t++) {
		struct test_outcome *x = &run->result->tests[t];

		for (size_t i = 0; i < x->n_scenarios; i++) {
			struct scenario_result *r = x->scenarios[i];

			if (!r || (r->refs == 1 && !r->base))
				continue;
			scenario_result_unref(r);
			x->scenarios[i] = NULL;
		}
	}
	if (run->inputs)
		map_free(run->inputs, NULL);
}
