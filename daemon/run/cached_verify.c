/* A scenario that was run although a result of the past stands for it: are they alike? */
#include <string.h>

#include "daemon/run/cached_priv.h"
#include "daemon/wire/wire.h"

/* The history keeps both ends of what is long: those are compared then. */
static bool same_bytes(const struct captured *was, const struct captured *is)
{
	const struct captured *a = was->len <= is->len ? was : is, *b = a == was ? is : was;
	size_t head = a->head < b->head ? a->head : b->head, tail = a->len - a->head;
	size_t room = b->head == b->len ? b->len : b->len - b->head;

	if (a->total != b->total)
		return false;
	if (a->len == b->len)
		return !a->len || memcmp(a->data, b->data, a->len) == 0;
	tail = tail < room ? tail : room;
	return (!head || memcmp(a->data, b->data, head) == 0) &&
	       (!tail || memcmp(a->data + a->len - tail, b->data + b->len - tail, tail) == 0);
}

/* Where a scenario that was run again is another than its result of the past; NULL: nowhere. */
static const char *difference(
        const struct scenario_result *was, const struct scenario_result *is, struct arena *a)
{
	if (was->verdict != is->verdict)
		return arena_printf(a, "verdict %s, was %s", verdict_names[is->verdict],
		        verdict_names[was->verdict]);
	if (was->n_steps != is->n_steps)
		return "other steps";
	for (size_t i = 0; i < is->n_steps; i++) {
		const struct step_result *x = &was->steps[i], *y = &is->steps[i];

		if (!same_bytes(&x->out, &y->out))
			return arena_printf(a, "other stdout of step '%s'", y->name);
		if (!same_bytes(&x->err, &y->err))
			return arena_printf(a, "other stderr of step '%s'", y->name);
	}
	return NULL;
}

/* Nothing that the key holds has changed: what made the difference is not in it. */
void cached_verify(struct planned *pl, const struct scenario_result *res)
{
	struct run *run = pl->run;
	const char *what = difference(pl->verify, res, run->arena);

	if (what && !run->cancel_by && !pl->image_replaced) {
		run->differ++;
		run_note(run, "cache-differs",
		        "'%s' is not as its result of run %s: %s, while all %zu inputs are equal. "
		        "It "
		        "depends on something else (time, random numbers): 'cache = false' says so",
		        pl->sc->id, pl->verify_run, what, pl->key.n_parts);
		result_cache_drop(run->r->d.results, &pl->key);
		if (run->r->d.forget)
			run->r->d.forget(run->r->d.record_arg, pl->key.hex);
	}
	scenario_result_unref(STEAL(pl->verify));
}
