/* What silence the steps of a plan would be allowed: what the history says now, as a run would be
 * told (daemon/model/pace.h). */
#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "daemon/server/plan.h"

struct lookups {
	struct pace *v;
	size_t *of; /* beside v: its scenario */
	size_t n;
};

/* What a run would do, in an image that is known. What [prepare] leaves is another image, which has
 * no digest before it is made. */
static bool is_known(const struct planning *p, size_t i)
{
	const struct dry_scenario *x = &p->plan.v[i];
	const struct plan_image *image = plan_image_of(p, &x->sc->places[0].spec);

	/* Of several images nobody could tell which a step was in. */
	return !x->is_skipped && x->sc->n_places == 1 && !p->past[i].cached &&
	       !x->sc->places[0].prepare && image && image->digest;
}

static struct pace pace_of(const struct planning *p, const struct dry_scenario *x)
{
	struct arena *a = p->set.arena;
	struct pace v = {
		.cwd = p->set.req.run.cwd,
		.file = x->file->path,
		.scenario = x->sc->id,
		.image_digest = plan_image_of(p, &x->sc->places[0].spec)->digest,
		.steps = arena_array(a, x->until_step + 1, sizeof(*v.steps)),
		.n_steps = x->until_step,
	};

	for (size_t i = 0; i < x->until_step; i++) {
		struct str_list argv = dry_argv(&x->sc->steps[i], a);

		v.steps[i] = (struct pace_step){ .name = x->sc->steps[i].name,
			.argv = arena_memdup(a, &argv, sizeof(argv)) };
	}
	return v;
}

static void take(struct planning *p, const struct lookups *l)
{
	for (size_t k = 0; k < l->n; k++) {
		const struct dry_scenario *x = &p->plan.v[l->of[k]];
		struct silence *v = arena_array(p->set.arena, x->until_step + 1, sizeof(*v));

		for (size_t i = 0; i < x->until_step; i++)
			if (!x->sc->steps[i].background)
				v[i] = pace_silence(&l->v[k].steps[i], &x->sc->steps[i].timeout,
				        p->silence_floor_ns);
		p->past[l->of[k]].silences = v;
	}
}

void plan_pace(struct planning *p)
{
	struct lookups l = { .v = arena_array(p->set.arena, p->plan.n + 1, sizeof(*l.v)),
		.of = arena_array(p->set.arena, p->plan.n + 1, sizeof(*l.of)) };
	struct err e;

	if (!p->silence_floor_ns || !p->store)
		return;
	for (size_t i = 0; i < p->plan.n; i++) {
		if (!is_known(p, i))
			continue;
		l.of[l.n] = i;
		l.v[l.n++] = pace_of(p, &p->plan.v[i]);
	}
	if (l.n && store_pace(p->store, l.v, l.n, &e) < 0) {
		log_debug("deadlines of a plan: %s", e.msg);
		return;
	}
	take(p, &l);
}
