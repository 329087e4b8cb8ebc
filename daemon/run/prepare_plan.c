/* Which layers the scenarios of a run lie on. */
#include <string.h>
#include <unistd.h>

#include "daemon/run/prepare_priv.h"

#define VERSION "clnrm.prepare/1"

/* Files that prepare the same over the same image share it. */
static struct run_prepare *find(const struct run *run, const struct preparation *p)
{
	const struct sandbox_spec *spec = &p->sc->places[0].spec;

	for (struct run_prepare *e = run->prepares; e; e = e->next)
		if (e->p == p || (strcmp(e->p->digest, p->digest) == 0 &&
		                         strcmp(e->image, spec->image) == 0 &&
		                         run_same_paths(e->host_paths, spec->host_paths)))
			return e;
	return NULL;
}

struct run_prepare *prepare_of(const struct run *run, const struct place *place)
{
	return place->prepare ? find(run, place->prepare) : NULL;
}

static void need(struct run *run, struct test_file *file, const struct preparation *p)
{
	const struct sandbox_spec *spec = &p->sc->places[0].spec;
	struct run_prepare *e;

	if (find(run, p))
		return;
	e = arena_alloc(run->arena, sizeof(*e));
	*e = (struct run_prepare){ .next = run->prepares,
		.p = p,
		.file = file,
		.image = spec->image,
		.host_paths = spec->host_paths };
	run->prepares = e;
}

static bool is_open(const struct planned *pl)
{
	return pl->skip == REASON_NONE && !pl->unready && pl->sc;
}

bool prepare_wants(struct run *run)
{
	/* A run that waited for results of the past is planned once more. */
	prepare_release(run);
	for (size_t i = 0; i < run->n_plan; i++) {
		struct planned *pl = &run->plan[i];

		if (pl->written)
			pl->sc = pl->written;
		for (size_t k = 0; is_open(pl) && k < pl->sc->n_places; k++)
			if (pl->sc->places[k].prepare)
				need(run, pl->file, pl->sc->places[k].prepare);
	}
	return run->prepares != NULL;
}

int prepare_inputs(const struct preparation *p, char hex[DIGEST_HEX], struct err *e)
{
	CLEANUP(digest_free) struct digest_ctx *d = digest_new();
	struct digest sum;

	for (size_t i = 0; i < p->inputs.n; i++) {
		struct input_look look;

		if (input_look(p->inputs.v[i], &look, e) < 0)
			return -1;
		digest_add_str(d, p->inputs.v[i]);
		digest_add_str(d, look.hex);
	}
	digest_end(d, &sum);
	digest_hex(&sum, hex);
	return 0;
}

void prepare_look(struct run *run)
{
	for (struct run_prepare *e = run->prepares; e; e = e->next) {
		e->why.code = ERR_NONE;
		if (prepare_inputs(e->p, e->inputs, &e->why) < 0)
			err_wrap(&e->why, "what [prepare] depends on cannot be known");
	}
}

/* Of all that decides what is in the layer (config.md 3.8). Owners are kept by root alone, so that
 * a layer of an ordinary user is another one. */
static const char *name_of(struct run *run, const struct run_prepare *e, const struct image *base)
{
	CLEANUP(digest_free) struct digest_ctx *d = digest_new();
	char key[DIGEST_HEX];
	struct digest sum;

	digest_add_str(d, VERSION);
	digest_add_str(d, geteuid() == 0 ? "root" : "rootless");
	digest_add_str(d, base->digest);
	digest_add_str(d, e->p->digest);
	digest_add_str(d, e->inputs);
	digest_end(d, &sum);
	digest_hex(&sum, key);
	return arena_printf(run->arena, "%s+%s", e->image, key);
}

static void note_layer(struct run *run, struct run_prepare *e)
{
	const struct image *is = image_planned(run->r->d.images, e->name, e->host_paths, &e->why);

	e->why.code = ERR_NONE;
	e->shown = is ? is->name : e->name;
	e->there = is && is->prepared->diff[0];
}

/* Of the scenario as its file has it: it is shared, and the key is this run's. */
static void lay(struct planned *pl)
{
	struct arena *a = pl->run->arena;
	struct scenario *sc = arena_memdup(a, pl->sc, sizeof(*sc));

	sc->places = arena_memdup(a, sc->places, sc->n_places * sizeof(*sc->places));
	for (size_t i = 0; i < sc->n_places; i++) {
		const struct run_prepare *e = prepare_of(pl->run, &sc->places[i]);

		if (e && e->name)
			sc->places[i].spec.image = e->name;
	}
	pl->written = pl->sc;
	pl->sc = sc;
}

static bool is_prepared(const struct scenario *sc)
{
	for (size_t i = 0; i < sc->n_places; i++)
		if (sc->places[i].prepare)
			return true;
	return false;
}

void prepare_settle(struct run *run)
{
	for (struct run_prepare *e = run->prepares; e; e = e->next) {
		const struct image *base;

		if (e->why.code != ERR_NONE)
			continue;
		base = image_resolve(run->r->d.images, e->image, e->host_paths, &e->why);
		if (!base)
			continue;
		e->name = name_of(run, e, base);
		note_layer(run, e);
	}
	for (size_t i = 0; run->prepares && i < run->n_plan; i++)
		if (is_open(&run->plan[i]) && is_prepared(run->plan[i].sc))
			lay(&run->plan[i]);
}

void prepare_release(struct run *run)
{
	for (struct run_prepare *e = run->prepares; e; e = e->next)
		if (e->failure)
			scenario_result_unref(e->failure->res);
	run->prepares = NULL;
}

void prepare_tell_plan(const struct planned *pl, struct scenario_result *out)
{
	const struct run_prepare *e =
	        pl->sc && pl->sc->n_places ? prepare_of(pl->run, &pl->sc->places[0]) : NULL;

	if (!e || !e->name)
		return;
	out->layer = arena_strdup(out->arena, e->shown);
	out->layer_there = e->there;
}
