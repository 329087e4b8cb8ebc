/* Sandboxes that stay after their scenario has its verdict, for somebody to step in (--keep).
 *
 * One that is kept is a lease that the run did not give back. It ends when its time is over, when
 * its project keeps more than it may (the oldest goes), when somebody says so, and with the daemon.
 * A visit is a command in it: a try (try.c) that leases nothing. Who steps in is no guest of the
 * next scenario: what was kept is never lent again.
 */
#include <signal.h>
#include <string.h>

#include "common/log.h"
#include "common/num.h"
#include "daemon/run/exec_priv.h"
#include "daemon/run/keep_priv.h"
#include "daemon/run/prepare_priv.h"

#define WEIGH_NS (2 * NS_PER_S) /* how often memory is looked at */
#define KEPT_ALL_MAX 100u /* of all projects: the daemon's other sandboxes want their places */

/* ---- who may stay ---- */

static enum keep_policy policy_of(const struct planned *pl)
{
	return pl->run->opt.keep_given ? pl->run->opt.keep : pl->sc->keep;
}

bool keep_wants_passed(const struct planned *pl)
{
	enum keep_policy k = policy_of(pl);

	return k == KEEP_ALWAYS || k == KEEP_ON_PASS;
}

static bool is_asked(const struct planned *pl, enum verdict v)
{
	switch (policy_of(pl)) {
	case KEEP_ALWAYS:
		return v != VERDICT_SKIP;
	case KEEP_ON_PASS:
		return v == VERDICT_PASS;
	case KEEP_ON_FAILURE:
		return v >= VERDICT_FAKE_GREEN;
	default:
		return false;
	}
}

/* Why it cannot be, or NULL. That of one step is gone, that of a test goes on to the next scenario.
 */
static const char *obstacle(const struct planned *pl)
{
	const struct settings *s = pl->run->settings;

	if (!keep_fits(pl->sc))
		return pl->sc->scope == SCOPE_STEP
		               ? "each step has one of its own (sandbox = \"step\")"
		               : "its scenarios share one (sandbox = \"test\")";
	if (!s || !s->keep_max)
		return "the project keeps none (keep.max_sandboxes = 0)";
	return s->keep_max_bytes ? NULL : "the project gives them no memory (keep.max_mb = 0)";
}

/* Once for a test: its scenarios mostly have the same in their way. */
static void tell_of(const struct planned *pl, const char *why)
{
	struct run *run = pl->run;
	struct test_progress *t = &run->tests[pl->test_index];

	if (t->told_unkept)
		return;
	t->told_unkept = true;
	run_note(run, "keep.none", "sandboxes of '%s' are not kept: %s",
	        run->result->tests[pl->test_index].name, why);
}

bool keep_fits(const struct scenario *sc)
{
	return sc->scope == SCOPE_SCENARIO;
}

bool keep_asks(const struct planned *pl, enum verdict v)
{
	if (pl->run->r->keeps_none)
		return false;
	return pl->run->is_prep ? prepare_keeps(pl->run, v) : is_asked(pl, v);
}

bool keep_would(const struct planned *pl, enum verdict v)
{
	return keep_asks(pl, v) && !obstacle(pl);
}

bool keep_wants(const struct planned *pl, enum verdict v)
{
	const char *why = NULL;

	if (!keep_asks(pl, v))
		return false;
	why = obstacle(pl);
	if (why && !pl->run->is_prep) /* nobody sees its notes; those who wait have their own */
		tell_of(pl, why);
	return !why;
}

/* ---- life ---- */

static void forget(struct kept_sandbox *k)
{
	struct kept_sandbox **at = &k->r->kept;

	while (*at != k)
		at = &(*at)->next;
	*at = k->next;
	k->r->n_kept--;
}

static void free_kept(struct kept_sandbox *k)
{
	close_fd(&k->passed);
	strbuf_release(&k->in);
	sandbox_spec_free(k->spec);
	arena_free(k->arena);
	free(k);
}

static void end_visits(struct kept_sandbox *k, const char *why)
{
	while (k->visits)
		visit_broken(k->visits, why);
}

static void end(struct kept_sandbox *k, const char *why)
{
	log_info("sandbox %s of %s is not kept any longer: %s", k->id, k->scenario, why);
	loop_timer_del(k->timer);
	k->timer = NULL;
	k->over = true;
	end_visits(k, why);
	if (k->lease)
		pool_give(k->lease);
	k->lease = NULL;
	forget(k);
	if (k->begun)
		free_kept(k);
}

void keep_end(struct kept_sandbox *k)
{
	end(k, "it was removed");
}

void runner_end_kept(struct runner *r)
{
	r->keeps_none = true;
	while (r->kept)
		end(r->kept, "the daemon is ending");
}

/* Who is inside is not thrown out by the clock: it ends with the last visit. */
static void on_time(void *arg)
{
	struct kept_sandbox *k = arg;

	k->timer = NULL;
	k->late = true;
	if (!k->visits)
		end(k, "its time is over");
}

void keep_visit_over(struct kept_sandbox *k)
{
	if (k->late && !k->visits && !k->over)
		end(k, "its time is over");
}

/* ---- bounds ---- */

static bool same_project(const struct kept_sandbox *k, const char *project)
{
	return !project || strcmp(k->project, project) == 0;
}

/* New ones stand at the head. One that somebody is in goes last. */
static struct kept_sandbox *oldest(const struct runner *r, const char *project)
{
	struct kept_sandbox *unused = NULL, *any = NULL;

	for (struct kept_sandbox *k = r->kept; k; k = k->next) {
		if (!same_project(k, project))
			continue;
		any = k;
		if (!k->visits)
			unused = k;
	}
	return unused ? unused : any;
}

static unsigned count(const struct runner *r, const char *project)
{
	unsigned n = 0;

	for (const struct kept_sandbox *k = r->kept; k; k = k->next)
		n += same_project(k, project);
	return n;
}

/* What the kernel can drop at any time takes nothing from anybody: who steps in may read all there
 * is. */
static uint64_t weight(const struct runner *r, const char *project)
{
	uint64_t sum = 0;

	for (struct kept_sandbox *k = r->kept; k; k = k->next) {
		struct sandbox_usage u;
		struct err e;

		if (same_project(k, project) && lease_usage(k->lease, &u, &e) == 0 &&
		        u.memory_bytes > u.memory_files)
			sum += u.memory_bytes - u.memory_files;
	}
	return sum;
}

static void weigh(void *arg)
{
	struct runner *r = arg;

	r->weigh = NULL;
	for (struct kept_sandbox *k = r->kept; k;) {
		if (weight(r, k->project) <= k->max_bytes) {
			k = k->next;
			continue;
		}
		end(oldest(r, k->project), "keep.max_mb");
		k = r->kept;
	}
	if (r->kept)
		r->weigh = loop_timer_add(r->d.loop, WEIGH_NS, weigh, r);
}

static void make_room(struct runner *r, const char *project, unsigned max)
{
	while (count(r, project) > max)
		end(oldest(r, project), "keep.max_sandboxes");
	while (count(r, NULL) > KEPT_ALL_MAX)
		end(oldest(r, NULL), "too many are kept");
}

static void tell_full(struct exec *x)
{
	struct run *run = x->run;
	const struct settings *s = run->settings;
	unsigned n = count(run->r, s->root);

	for (size_t i = 0; i < x->n_places; i++)
		n += x->places[i].lent;
	if (n <= s->keep_max || run->told_full)
		return;
	run->told_full = true;
	run_note(run, "keep.full",
	        "the project keeps %u sandbox%s (keep.max_sandboxes): older ones are removed",
	        s->keep_max, s->keep_max == 1 ? "" : "es");
}

static unsigned count_in_use(const struct runner *r, const char *project)
{
	unsigned n = 0;

	for (const struct kept_sandbox *k = r->kept; k; k = k->next)
		n += same_project(k, project) && k->visits;
	return n;
}

bool keep_has_room(const struct exec *x)
{
	struct run *run = x->run;
	const struct settings *s = run->settings;
	unsigned in_use = count_in_use(run->r, s->root);

	if (in_use < s->keep_max)
		return true;
	run_note(run, "keep.full",
	        "%s: its sandbox is not kept: the project keeps %u (keep.max_sandboxes), and "
	        "somebody is in %s",
	        x->res->id, s->keep_max, in_use == 1 ? "it" : "each of them");
	return false;
}

static const char *source_of(const struct settings *s, const char *key)
{
	for (size_t i = 0; i < s->n_rows; i++)
		if (strcmp(s->rows[i].key, key) == 0)
			return s->rows[i].source;
	return "default";
}

/* What somebody has written down is a bound, which a flag does not go beyond; what is built in is
 * how long they stay when nobody says anything. */
static bool is_too_long(const struct run *run)
{
	const struct settings *s = run->settings;

	return run->opt.keep_for_ns > s->keep_time_ns &&
	       strcmp(source_of(s, "keep.max_time"), "default") != 0;
}

static int64_t time_to_keep(const struct run *run)
{
	return run->opt.keep_for_ns && !is_too_long(run) ? run->opt.keep_for_ns
	                                                 : run->settings->keep_time_ns;
}

static void tell_too_long(struct run *run)
{
	const struct settings *s = run->settings;
	AUTO_STRBUF wish = STRBUF_INIT;
	AUTO_STRBUF max = STRBUF_INIT;

	if (!is_too_long(run) || run->told_too_long)
		return;
	run->told_too_long = true;
	dur_format(&wish, run->opt.keep_for_ns);
	dur_format(&max, s->keep_time_ns);
	run_note(run, "keep.time",
	        "sandboxes are kept for %s, not %s: keep.max_time (%s) allows no more", max.s,
	        wish.s, source_of(s, "keep.max_time"));
}

void keep_tell(struct exec *x)
{
	tell_too_long(x->run);
	tell_full(x);
}

/* ---- what it says ---- */

int keep_record(void *kept, const struct agent_record *r, struct err *e)
{
	struct kept_sandbox *k = kept;

	for (struct try_run *t = k->visits; t && !k->over; t = visit_next(t))
		if (visit_number(t) == r->step)
			return visit_record(t, r, e);
	return 0; /* what its steps still said, and visits that have left */
}

static void on_bytes(void *arg, struct lease *le, const void *p, size_t n)
{
	struct kept_sandbox *k = arg;
	struct err e;

	(void)le;
	if (!k->begun) {
		strbuf_add(&k->in, p, n);
		return;
	}
	k->begun = false; /* what happens meanwhile must not free it */
	int rc = stream_feed(&k->in, p, n, keep_record, k, &e);
	k->begun = true;
	if (k->over)
		free_kept(k);
	else if (rc < 0)
		end(k, e.msg);
}

static void on_died(void *arg, struct lease *le, enum sandbox_end why)
{
	struct kept_sandbox *k = arg;

	(void)le;
	end(k, why == SANDBOX_END_OOM ? "out of memory: the whole sandbox was killed"
	                              : "the sandbox died");
}

void keep_descriptor(struct kept_sandbox *k, int fd)
{
	close_fd(&k->passed);
	k->passed = fd;
}

static void on_descriptor(void *arg, struct lease *le, int fd)
{
	(void)le;
	keep_descriptor(arg, fd);
}

void keep_expect(struct kept_sandbox *k, bool more)
{
	k->expecting = more ? k->expecting + 1 : k->expecting - 1;
	if (!k->over)
		lease_expect(k->lease, k->expecting > 0);
}

static const struct lease_events events = {
	.bytes = on_bytes,
	.descriptor = on_descriptor,
	.died = on_died,
};

/* ---- keeping ---- */

static void copy_step(struct step *to, const struct step *from, struct arena *a)
{
	to->name = arena_strdup(a, from->name);
	to->env = arena_array(a, from->n_env + 1, sizeof(*to->env));
	to->n_env = from->n_env;
	for (size_t i = 0; i < from->n_env; i++)
		to->env[i] = (struct env_var){ arena_strdup(a, from->env[i].name),
			arena_strdup(a, from->env[i].value) };
	to->workdir = arena_strdup(a, from->workdir);
	to->workdir_given = from->workdir_given;
	to->user = arena_strdup(a, from->user);
	to->umask = from->umask;
}

/* Those of its place; visits begin as the one that failed, or else as the last that ran. */
static void copy_steps(struct kept_sandbox *k, const struct exec *x, unsigned place)
{
	k->steps = arena_array(k->arena, x->n_steps + 1, sizeof(*k->steps));
	for (size_t i = 0; i < x->n_steps; i++) {
		const struct step_run *s = &x->steps[i];

		if (s->place != place)
			continue;
		if (s->res->ran && !(k->usual && k->usual_failed)) {
			k->usual = &k->steps[k->n_steps];
			k->usual_failed = s->res->verdict >= VERDICT_FAKE_GREEN;
		}
		copy_step(&k->steps[k->n_steps++], s->def, k->arena);
	}
	if (!k->usual && k->n_steps)
		k->usual = k->steps;
}

/* That of a preparation is found by who waited for it. */
static const char *name_of(const struct exec *x)
{
	const char *first = x->run->is_prep ? prepare_first(x->run) : NULL;

	return first ? first : x->res->id;
}

static struct kept_sandbox *kept_new(const struct exec *x, const struct place_run *p)
{
	struct kept_sandbox *k = xcalloc(1, sizeof(*k));

	*k = (struct kept_sandbox){
		.r = x->run->r,
		.arena = arena_new(),
		.in = STRBUF_INIT,
		.lease = p->lease,
		.next_visit = AGENT_FIRST_VISIT,
		.passed = -1,
	};
	k->scenario = arena_strdup(k->arena, name_of(x));
	k->file = arena_strdup(k->arena, x->pl->file->real);
	k->id = arena_strdup(k->arena, lease_sandbox_id(p->lease));
	k->spec = sandbox_spec_copy(&p->def->spec);
	k->spec->limits.v[LIMIT_OUTPUT] = UINT64_MAX; /* goes straight through */
	copy_steps(k, x, p->index);
	return k;
}

/* Those who were in it while it ran stay. */
static void take_guests(struct kept_sandbox *k, struct place_run *p)
{
	struct kept_sandbox *g = p->guests;

	p->guests = NULL;
	if (!g)
		return;
	k->visits = g->visits;
	k->next_visit = g->next_visit;
	k->expecting = g->expecting;
	k->passed = steal_fd(&g->passed);
	for (struct try_run *t = k->visits; t; t = visit_next(t))
		visit_moved(t, k);
	free_kept(g);
}

void keep_close(struct place_run *p)
{
	struct kept_sandbox *g = p->guests;

	p->guests = NULL;
	if (!g)
		return;
	end_visits(
	        g, p->x->pl->sc->scope == SCOPE_STEP ? "its step is over" : "its scenario is over");
	free_kept(g);
}

/* Its result says nothing of what its definition does alone. */
static struct kept_sandbox *open_for_guests(struct exec *x, struct place_run *p)
{
	if (p->guests)
		return p->guests;
	x->pl->never = "somebody was in its sandbox";
	p->guests = kept_new(x, p);
	p->guests->running = true;
	p->visited = true;
	return p->guests;
}

static struct kept_sandbox *find_in(struct exec *x, const char *name)
{
	bool named = strcmp(name, x->res->id) == 0;

	for (size_t i = 0; i < x->n_places && !x->finished; i++) {
		struct place_run *p = &x->places[i];
		const char *id = p->lent && p->lease ? lease_sandbox_id(p->lease) : "";

		if (*id && x->n_lent >= scope_places_first(x) && (named || strcmp(id, name) == 0))
			return open_for_guests(x, p);
	}
	return NULL;
}

struct kept_sandbox *keep_find_any(struct runner *r, const char *name)
{
	struct kept_sandbox *k = keep_find(r, name);

	for (struct run *run = r->runs; run && !k; run = run->next)
		for (size_t i = 0; i < run->n_plan && !k; i++)
			if (run->plan[i].exec)
				k = find_in(run->plan[i].exec, name);
	return k;
}

struct kept_sandbox *keep_sandbox(struct exec *x, struct place_run *p)
{
	struct run *run = x->run;
	struct runner *r = run->r;
	const struct settings *s = run->settings;
	struct kept_sandbox *k = kept_new(x, p);
	AUTO_STRBUF msg = STRBUF_INIT;
	int64_t for_ns = time_to_keep(run);

	k->max_bytes = s->keep_max_bytes;
	k->project = arena_strdup(k->arena, s->root);
	take_guests(k, p);
	lease_keep(k->lease, &events, k, clock_wall_ns() + for_ns);
	agent_put_simple(&msg, AGENT_KEEP, 0);
	lease_send(k->lease, msg.s, msg.len);
	k->timer = loop_timer_add(r->d.loop, for_ns, on_time, k);
	k->next = r->kept;
	r->kept = k;
	r->n_kept++;
	make_room(r, k->project, s->keep_max);
	if (!r->weigh && r->kept)
		r->weigh = loop_timer_add(r->d.loop, 0, weigh, r);
	return k;
}

/* The exec has read its last record; what is left of the bytes is ours. */
void keep_begin(struct kept_sandbox *k, const struct strbuf *rest)
{
	if (k->over) {
		free_kept(k);
		return;
	}

	AUTO_STRBUF later = k->in;
	k->in = (struct strbuf)STRBUF_INIT;
	k->begun = true;
	strbuf_add(&k->in, rest->s, rest->len);
	on_bytes(k, k->lease, later.s, later.len);
}

/* ---- finding ---- */

unsigned runner_kept(const struct runner *r)
{
	return r->n_kept;
}

struct str_list runner_kept_ids(const struct runner *r, struct arena *a)
{
	struct str_list l = { 0 };

	for (const struct kept_sandbox *k = r->kept; k; k = k->next)
		list_push(&l, lease_sandbox_id(k->lease), a);
	return l;
}

struct kept_sandbox *keep_find(struct runner *r, const char *name)
{
	for (struct kept_sandbox *k = r->kept; k; k = k->next)
		if (strcmp(name, "latest") == 0 || strcmp(name, k->scenario) == 0 ||
		        strcmp(name, lease_sandbox_id(k->lease)) == 0)
			return k;
	return NULL;
}

struct str_list keep_namesakes(const struct runner *r, const char *name, struct arena *a)
{
	const char *file = NULL;
	struct str_list ids = { 0 };
	bool several = false;

	for (const struct kept_sandbox *k = r->kept; k; k = k->next) {
		if (strcmp(name, k->scenario) != 0)
			continue;
		several |= file && strcmp(file, k->file) != 0;
		file = k->file;
		list_push(&ids, lease_sandbox_id(k->lease), a);
	}
	return several ? ids : (struct str_list){ 0 };
}

const char *keep_id(const struct kept_sandbox *k)
{
	return lease_sandbox_id(k->lease);
}

struct kept_sandbox *keep_next(struct runner *r, const struct kept_sandbox *k)
{
	return k ? k->next : r->kept;
}

const struct step *keep_step(const struct kept_sandbox *k, const char *name)
{
	if (!name)
		return k->usual;
	for (size_t i = 0; i < k->n_steps; i++)
		if (strcmp(k->steps[i].name, name) == 0)
			return &k->steps[i];
	return NULL;
}
