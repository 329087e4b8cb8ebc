/* Which scenario may start now: a suite that runs many at a time must not take more than the
 * machine has. What a scenario will need is what it needed before; memory is promised to it until
 * its verdict, and what is promised to all runs of the daemon together stays within what there is.
 * One scenario always runs, however much it wants.
 *
 * Whoever has to wait stands in a queue of runs. Others may overtake its head a few times with
 * scenarios that fit, and no more until the head has had its turn: so the large one is not starved
 * by small ones, and the small ones do not wait long for it. A decision looks at the next scenario
 * of one run, and at nothing else.
 *
 * A command of `clnrm try` is counted as a scenario is, and goes before all that have not begun:
 * somebody sits and waits for it. It waits for memory alone. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/num.h"
#include "daemon/core/machine.h"
#include "daemon/run/run_priv.h"

#define LOOK_NS (200 * NS_PER_MS) /* how old what is known of the machine may be */
#define OVERTAKES 32u             /* of the head of the queue */
#define KNOWN_MAX 65536u          /* scenarios whose needs are kept */
#define KNOWN_BYTES (32u << 20)
#define LEAST_BYTES (2u << 20)    /* of a sandbox, whatever was measured */
#define GUESS_BYTES (32ull << 20) /* of one, when nothing at all is known */
#define SHARE_BASE_MS 100.0       /* what is over sooner says little of its share */
#define ASK_POINTS 3u
#define SANE_BYTES (1ull << 50) /* no scenario has needed more */

struct need {
	struct lru_link link;
	uint64_t peak;     /* bytes; 0 = nobody knows */
	unsigned permille; /* of a processor */
};

/* ---- what is known ---- */

static void drop_need(struct lru_link *x)
{
	free(x);
}

void admit_init(struct runner *r)
{
	lru_init(&r->admission.needs, KNOWN_MAX, KNOWN_BYTES, drop_need);
}

void admit_release(struct runner *r)
{
	lru_release(&r->admission.needs);
}

static struct need *need_put(struct runner *r, const char *name)
{
	struct need *x = lru_get(&r->admission.needs, name);

	if (x)
		return x;
	x = xcalloc(1, sizeof(*x));
	lru_put(&r->admission.needs, name, &x->link, sizeof(*x) + strlen(name) + 1);
	return lru_get(&r->admission.needs, name);
}

/* ---- the sizes of a run's scenarios, for those of which nothing is known ---- */

/* Eight classes to a power of two. */
static unsigned class_of(uint64_t bytes)
{
	unsigned top = 63u - (unsigned)__builtin_clzll(bytes | 8);

	return top * 8 + (unsigned)((bytes | 8) >> (top - 3) & 7);
}

static uint64_t size_of_class(unsigned c)
{
	return (8ull | (c & 7)) << (c / 8) >> 3;
}

static void count_size(struct sizes *s, uint64_t bytes)
{
	unsigned c = class_of(bytes);

	if (!bytes || bytes > SANE_BYTES)
		return;
	s->n[c]++;
	s->all++;
}

static uint64_t median_size(const struct sizes *s)
{
	uint32_t seen = 0;

	for (unsigned c = 0; c < SIZE_CLASSES; c++) {
		seen += s->n[c];
		if (seen * 2 >= s->all && seen)
			return size_of_class(c);
	}
	return 0;
}

/* ---- what a scenario needs ---- */

static bool runs(const struct planned *pl)
{
	return pl->skip == REASON_NONE && !pl->again && !pl->unready && pl->name;
}

static uint64_t stated_bytes(const struct scenario *sc)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < sc->n_places; i++) {
		const struct limits *l = &sc->places[i].spec.limits;

		if (!(l->given & 1u << LIMIT_MEMORY) || !l->v[LIMIT_MEMORY])
			return 0;
		sum += l->v[LIMIT_MEMORY];
	}
	return sum;
}

/* An eighth more than it was: no two runs need the same. */
static uint64_t bytes_for(struct planned *pl, const struct need *x)
{
	size_t places = pl->sc->n_places ? pl->sc->n_places : 1;
	uint64_t least = places * LEAST_BYTES, n = x && x->peak ? x->peak + x->peak / 8 : 0;

	if (!n)
		n = stated_bytes(pl->sc);
	if (!n)
		n = median_size(&pl->run->sizes);
	if (!n)
		n = GUESS_BYTES * places;
	return n > least ? n : least;
}

/* ---- what the machine has ---- */

/* What there would be without our scenarios lies between what is available now, if they have taken
 * nothing yet, and that and all they were promised. */
static void look(struct runner *r)
{
	struct admission *ad = &r->admission;
	int64_t now = loop_now_ns(r->d.loop);
	struct machine_memory m;

	if (ad->looked_ns && now - ad->looked_ns < LOOK_NS)
		return;
	ad->looked_ns = now;
	ad->known = machine_memory("", &m);
	if (!ad->known)
		return;
	ad->total = m.total;
	ad->is_short = m.available < m.total / 20;
	if (ad->base < m.available)
		ad->base = m.available;
	if (ad->base > m.available + ad->promised)
		ad->base = m.available + ad->promised;
}

/* What may be promised to all scenarios together; max is the project's bound, or 0. */
static uint64_t memory_bound(const struct admission *ad, uint64_t max)
{
	uint64_t spare = ad->total / 20, bound = UINT64_MAX;

	if (ad->known)
		bound = ad->base > spare ? ad->base - spare : 0;
	return max && max < bound ? max : bound;
}

static bool memory_fits(const struct admission *ad, uint64_t max, uint64_t bytes)
{
	uint64_t bound = memory_bound(ad, max);

	return !(ad->known && ad->is_short) && bytes <= bound && ad->promised <= bound - bytes;
}

/* Who says no number shares the processors with the other runs; who says one gets so many at a
 * time, unless they are known to keep more than twice the processors busy. A run that has none
 * gets one in any case. */
static bool cpu_fits(const struct run *run, unsigned permille)
{
	const struct admission *ad = &run->r->admission;
	unsigned cpus = run->r->d.cpus;

	if (!run->running)
		return true;
	if (!run->opt.jobs && !run->settings->jobs)
		return ad->running < cpus;
	return ad->permille + permille <= cpus * 2000;
}

/* ---- the queue ---- */

static void leave_queue(struct run *run)
{
	struct admission *ad = &run->r->admission;

	if (!run->queued)
		return;
	if (ad->first == run)
		ad->overtaken = 0;
	if (run->queue_prev)
		run->queue_prev->queue_next = run->queue_next;
	else
		ad->first = run->queue_next;
	if (run->queue_next)
		run->queue_next->queue_prev = run->queue_prev;
	else
		ad->last = run->queue_prev;
	run->queue_next = run->queue_prev = NULL;
	run->queued = run->starves = false;
}

static void join_queue(struct run *run)
{
	struct admission *ad = &run->r->admission;

	if (run->queued)
		return;
	run->queued = true;
	run->queue_prev = ad->last;
	if (ad->last)
		ad->last->queue_next = run;
	else
		ad->first = run;
	ad->last = run;
}

static void wake(struct run *run)
{
	if (run)
		sched_soon(run);
}

/* ---- words ---- */

static void say_memory(struct run *run, const struct planned *pl, uint64_t bytes)
{
	const struct admission *ad = &run->r->admission;
	AUTO_STRBUF need = STRBUF_INIT;
	AUTO_STRBUF used = STRBUF_INIT;
	AUTO_STRBUF bound = STRBUF_INIT;

	metrics_add(run->r->d.metrics, METRIC_ADMISSION_MEMORY, 1);
	if (run->told_memory)
		return;
	run->told_memory = true;
	size_format(&need, bytes);
	size_format(&used, ad->promised);
	size_format(&bound, memory_bound(ad, run->settings->max_memory_bytes));
	run_note(run, "admission.memory",
	        "fewer than %u run at a time: '%s' may need %s, and of the %s that there are for "
	        "scenarios the %u that run may need %s",
	        run->jobs, pl->sc->id, need.s, bound.s, ad->running, used.s);
}

static void say_cpu(struct run *run)
{
	const struct admission *ad = &run->r->admission;

	metrics_add(run->r->d.metrics, METRIC_ADMISSION_CPU, 1);
	if (run->told_cpu)
		return;
	run->told_cpu = true;
	run_note(run, "admission.cpu",
	        "fewer than %u run at a time: the %u of all runs keep the processors (%u) busy",
	        run->jobs, ad->running, run->r->d.cpus);
}

/* ---- in and out ---- */

static void count_in(struct admission *ad, uint64_t bytes, unsigned permille)
{
	ad->promised += bytes;
	ad->permille += permille;
	ad->running++;
}

static void count_out(struct admission *ad, uint64_t bytes, unsigned permille)
{
	assert(ad->running && ad->promised >= bytes && ad->permille >= permille);
	ad->promised -= bytes;
	ad->permille -= permille;
	ad->running--;
}

static void promise(struct planned *pl, uint64_t bytes, unsigned permille)
{
	pl->promised = bytes;
	pl->permille = permille;
	count_in(&pl->run->r->admission, bytes, permille);
}

/* There is room: for commands that somebody waits for, then for the first of the queue. */
static void room(struct runner *r)
{
	if (r->admission.tries)
		tries_wake(r);
	wake(r->admission.first);
}

/* It has to wait: the next one in the queue may fit where this one does not. */
static bool refuse_for_now(struct run *run, bool for_memory)
{
	struct run *next = run->queued ? run->queue_next : NULL;

	join_queue(run);
	run->starves |= for_memory;
	wake(next);
	return false;
}

static bool may_overtake(const struct admission *ad)
{
	return !ad->first->starves || ad->overtaken < OVERTAKES;
}

bool admit(struct planned *pl)
{
	struct run *run = pl->run;
	struct admission *ad = &run->r->admission;
	bool ahead = !ad->first || ad->first == run;

	if (!runs(pl)) {
		leave_queue(run);
		return true;
	}
	/* A turn that waits for its sandbox could no longer be taken back when one before it fails;
	 * the end of that one asks again. */
	if (run->opt.until_fail && share_is_taken(pl))
		return false;
	const struct need *x = lru_get(&ad->needs, pl->name);
	uint64_t bytes = bytes_for(pl, x);
	unsigned permille = x ? x->permille : 0;

	look(run->r);
	if (ad->running && ad->tries)
		return refuse_for_now(run, false);
	if (ad->running && !cpu_fits(run, permille)) {
		say_cpu(run);
		return refuse_for_now(run, false);
	}
	if (ad->running && !memory_fits(ad, run->settings->max_memory_bytes, bytes)) {
		say_memory(run, pl, bytes);
		return refuse_for_now(run, true);
	}
	if (!ahead && ad->running && !may_overtake(ad))
		return refuse_for_now(run, false);
	ad->overtaken += !ahead;
	leave_queue(run);
	promise(pl, bytes, permille);
	wake(ad->first);
	return true;
}

static unsigned share_of(const struct scenario_result *r)
{
	double cpu = 0;

	for (size_t i = 0; i < r->n_steps; i++)
		cpu += r->steps[i].user_ms + r->steps[i].system_ms;
	return r->duration_ms < SHARE_BASE_MS ? 0 : (unsigned)(cpu / r->duration_ms * 1000);
}

/* The largest of late, and slowly forgotten. */
static void learn(struct planned *pl, const struct scenario_result *res)
{
	struct need *x;
	uint64_t kept;
	unsigned share = share_of(res), was;

	if (!res->memory_peak_bytes || res->verdict == VERDICT_SKIP)
		return;
	count_size(&pl->run->sizes, res->memory_peak_bytes);
	x = need_put(pl->run->r, pl->name);
	if (!x)
		return;
	kept = x->peak - x->peak / 8;
	x->peak = res->memory_peak_bytes > kept ? res->memory_peak_bytes : kept;
	/* Beside others it gets less than it wants. */
	was = x->permille - x->permille / 8;
	x->permille = share > was ? share : was;
}

void admit_wait(struct planned *pl)
{
	if (!pl->promised)
		return;
	count_out(&pl->run->r->admission, pl->promised, pl->permille);
	pl->promised = 0;
	room(pl->run->r);
}

void admit_in_turn(struct planned *pl)
{
	const struct need *x;

	if (!runs(pl))
		return;
	x = lru_get(&pl->run->r->admission.needs, pl->name);
	promise(pl, bytes_for(pl, x), x ? x->permille : 0);
}

void admit_done(struct planned *pl, const struct scenario_result *res)
{
	if (!pl->promised)
		return;
	admit_wait(pl);
	learn(pl, res);
}

/* ---- commands that somebody waits for ---- */

static struct admitted try_needs(struct runner *r, const char *name, uint64_t least)
{
	const struct need *x = lru_get(&r->admission.needs, name);
	uint64_t bytes = x && x->peak ? x->peak + x->peak / 8 : least ? least : GUESS_BYTES;

	return (struct admitted){ .bytes = bytes > LEAST_BYTES ? bytes : LEAST_BYTES,
		.permille = x ? x->permille : 0,
		.in = true };
}

bool admit_try(
        struct runner *r, const char *name, uint64_t least, uint64_t max, struct admitted *out)
{
	struct admission *ad = &r->admission;
	struct admitted x = try_needs(r, name, least);

	look(r);
	if (ad->running && !memory_fits(ad, max, x.bytes)) {
		metrics_add(r->d.metrics, METRIC_ADMISSION_MEMORY, 1);
		return false;
	}
	count_in(ad, x.bytes, x.permille);
	*out = x;
	return true;
}

void admit_try_anyway(struct runner *r, const char *name, uint64_t least, struct admitted *out)
{
	*out = try_needs(r, name, least);
	count_in(&r->admission, out->bytes, out->permille);
}

void admit_try_done(struct runner *r, const char *name, uint64_t peak, struct admitted *x)
{
	struct need *known;

	if (!x->in)
		return;
	count_out(&r->admission, x->bytes, x->permille);
	x->in = false;
	known = peak && peak <= SANE_BYTES ? need_put(r, name) : NULL;
	if (known)
		known->peak =
		        peak > known->peak - known->peak / 8 ? peak : known->peak - known->peak / 8;
	room(r);
}

void admit_leave(struct run *run)
{
	bool was_queued = run->queued;

	leave_queue(run);
	if (was_queued)
		wake(run->r->admission.first);
}

/* ---- what the history knows, asked once for each scenario ---- */

bool admit_asks(struct run *run)
{
	size_t n = 0, of = 0;

	if (!run->r->d.earlier)
		return false;
	for (size_t i = 0; i < run->n_plan; i++) {
		const struct planned *pl = &run->plan[i];
		const struct need *x =
		        runs(pl) ? lru_get(&run->r->admission.needs, pl->name) : NULL;

		of += runs(pl);
		n += runs(pl) && !x;
		if (x)
			count_size(&run->sizes, x->peak);
	}
	/* One alone runs as it is. */
	return n > 0 && of > 1;
}

void admit_ask(struct run *run)
{
	struct earlier *v = arena_array(run->arena, run->n_plan + 1, sizeof(*v));
	const struct str_list none = { 0 };
	struct earlier_ask q = { .cwd = run->opt.cwd,
		.paths = &none,
		.before_wall_ns = clock_wall_ns(),
		.needs = true,
		.points = ASK_POINTS };
	size_t n = 0;
	struct err e;

	for (size_t i = 0; i < run->n_plan; i++) {
		struct planned *pl = &run->plan[i];

		pl->asked = NULL;
		if (!runs(pl))
			continue;
		v[n] = (struct earlier){ .file = select_file(pl), .id = pl->sc->id };
		pl->asked = &v[n++];
	}
	if (run->r->d.earlier(run->r->d.record_arg, &q, v, n, &e) < 0)
		log_debug("the history was not asked what scenarios need: %s", e.msg);
}

void admit_answered(struct run *run)
{
	for (size_t i = 0; i < run->n_plan; i++) {
		struct planned *pl = &run->plan[i];
		struct need *x = NULL;

		if (!pl->asked || lru_get(&run->r->admission.needs, pl->name))
			continue;
		x = need_put(run->r, pl->name);
		if (!x)
			continue;
		x->peak = pl->asked->peak_bytes <= SANE_BYTES ? pl->asked->peak_bytes : 0;
		x->permille = pl->asked->time_us >= (uint64_t)(SHARE_BASE_MS * 1000)
		                      ? (unsigned)pl->asked->cpu_permille
		                      : 0;
		count_size(&run->sizes, x->peak);
	}
}
