/* Attempts and repetitions of scenarios, and whose failures do not count.
 *
 * An attempt that failed and may be followed by another is kept with the result that the scenario
 * has in the end; each runs in a sandbox of its own, made by exec_start() as the first was.
 * Repetitions are entries of the plan. Of a scenario that runs once and passes nothing here costs
 * anything. */
#include <string.h>

#include "common/fs.h"
#include "common/log.h"
#include "daemon/run/run_priv.h"

#define REPEATED_MAX 200000u /* scenarios of a plan that has repetitions */

static bool is_failure(const struct scenario_result *r)
{
	return r->verdict >= VERDICT_FAKE_GREEN;
}

/* ---- attempts ---- */

unsigned retries_of(const struct run *run, const struct scenario *sc)
{
	const struct run_options *o = &run->opt;

	if (o->repeat || o->until_fail)
		return 0; /* every repetition counts */
	if (sc->scope == SCOPE_TEST)
		return 0; /* what shares a sandbox has no new one to try again in */
	return o->retries_given ? o->retries : sc->retries;
}

/* What the machine or a file refuses it refuses again. */
static bool may_differ(enum reason why)
{
	return why != REASON_REFUSED && why != REASON_CONFIG && why != REASON_IMAGE;
}

static bool is_over(const struct planned *pl)
{
	return pl->cancelled || pl->run->stopping || pl->skip != REASON_NONE;
}

static void keep_attempt(struct planned *pl, struct scenario_result *res)
{
	struct scenario_result **v = arena_array(pl->run->arena, pl->n_before + 1, sizeof(*v));

	if (pl->n_before)
		memcpy(v, pl->before, pl->n_before * sizeof(*v));
	v[pl->n_before++] = res;
	pl->before = v;
}

static void go_again(void *arg)
{
	struct planned *pl = arg;

	if (is_over(pl))
		sched_settled(pl, pl->before[--pl->n_before]);
	else
		exec_start(pl, clock_ns());
}

static const char *message_of(const struct scenario_result *r)
{
	for (size_t i = 0; i < r->n_failures; i++)
		if (r->failures[i].message)
			return r->failures[i].message;
	return reason_names[r->reason] ? reason_names[r->reason] : verdict_names[r->verdict];
}

bool retry_follows(const struct planned *pl, const struct scenario_result *res)
{
	return is_failure(res) && pl->attempt <= pl->retries && !is_over(pl) &&
	       may_differ(res->reason);
}

bool retry_begins(struct planned *pl, struct scenario_result *res)
{
	struct run *run = pl->run;

	if (!retry_follows(pl, res))
		return false;
	run_note(run, "retry", "%s: attempt %u of %u failed (%s), it runs again", res->id,
	        pl->attempt, pl->retries + 1, message_of(res));
	metrics_add(run->r->d.metrics, METRIC_RETRIES, 1);
	keep_attempt(pl, res);
	/* From a fresh stack: what ended this attempt still works with its sandboxes. */
	loop_defer(run->r->d.loop, go_again, pl);
	return true;
}

/* ---- quarantine ---- */

static const char *below_root(const char *path, const char *root)
{
	size_t n = strcmp(root, "/") == 0 ? 0 : strlen(root);

	return fs_is_below(path, root) && path[n] == '/' ? path + n + 1 : path;
}

const struct quarantine *quarantine_find(const struct run *run, const struct settings *s,
        const struct test_file *file, const char *name, const char *id)
{
	int64_t now = run->result->started_wall_ns;
	const char *path;

	if (!s || !s->n_quarantine)
		return NULL;
	path = below_root(file->real, s->root);
	for (size_t i = 0; i < s->n_quarantine; i++)
		if (now < s->quarantine[i].end_wall_ns &&
		        quarantine_names(&s->quarantine[i], path, name, id))
			return &s->quarantine[i];
	return NULL;
}

static const struct quarantine *find_quarantine(const struct planned *pl)
{
	return pl->sc ? quarantine_find(pl->run, pl->settings, pl->file, pl->sc->name, pl->sc->id)
	              : NULL;
}

/* One that is over says so as long as it names something: whoever owns it may have forgotten. */
static void tell_over(struct run *run, const struct quarantine *q)
{
	struct diag *d = diags_add(&run->diags, SEV_WARNING, "quarantine.over", q->file,
	        (struct pos){ .line = q->line, .col = 1 },
	        "the quarantine of '%s' (%s) ended with %s: its failures count", q->test, q->owner,
	        q->until);

	diag_help(&run->diags, d,
	        "repair it and say clnrm flaky release '%s', or give it another day", q->test);
}

void quarantine_tell_over(struct run *run)
{
	const struct settings *told = NULL;

	for (size_t f = 0; f < run->n_files; f++) {
		const struct settings *s = run->files[f].settings;

		/* Files of a project stand together. */
		if (!s->n_quarantine || s == told)
			continue;
		told = s;
		for (size_t i = 0; i < s->n_quarantine; i++)
			if (run->result->started_wall_ns >= s->quarantine[i].end_wall_ns)
				tell_over(run, &s->quarantine[i]);
	}
}

/* A quarantine is for tests that fail now and then. What cannot be run as asked is no verdict on
 * the test, and counts. */
static bool can_be_excused(const struct scenario_result *r)
{
	return r->verdict == VERDICT_FAIL || r->verdict == VERDICT_FAKE_GREEN;
}

/* ---- the result ---- */

struct scenario_result *retry_settle(struct planned *pl, struct scenario_result *res)
{
	const struct quarantine *q;

	/* What an attempt would have come to that was cut off nobody knows: what is known counts.
	 */
	if (res->verdict == VERDICT_SKIP && pl->n_before) {
		pl->dropped = res;
		res = pl->before[--pl->n_before];
	}
	if (pl->n_before) {
		res->before =
		        arena_memdup(res->arena, pl->before, pl->n_before * sizeof(*pl->before));
		res->n_before = pl->n_before;
		res->flaky = res->verdict == VERDICT_PASS;
		pl->n_before = 0;
	}
	if (!can_be_excused(res) && !res->flaky)
		return res;
	q = find_quarantine(pl);
	if (q && can_be_excused(res))
		res->quarantine = quarantine_copy(q, res->arena);
	pl->run->flaky += res->flaky && !q;
	return res;
}

/* ---- repetitions ---- */

/* What only comes along for others has one turn, unless these see what it has left. */
static bool is_repeated(const struct planned *pl)
{
	return pl->skip == REASON_NONE && !pl->unready && pl->sc &&
	       (!pl->comes_along || pl->sc->scope == SCOPE_TEST);
}

static size_t count_repeated(const struct run *run)
{
	size_t n = 0;

	for (size_t i = 0; i < run->n_plan; i++)
		n += is_repeated(&run->plan[i]);
	return n;
}

static void multiply_deadline(struct test_progress *t, unsigned times)
{
	if (t->limit.ns > INT64_MAX / times)
		t->limit.ns = 0;
	t->limit.ns *= times;
}

/* A round has what the round before had, behind it: until the first failure each scenario has had
 * as many turns as any other. */
static void add_round(struct run *run, size_t first_round, unsigned number)
{
	for (size_t i = 0; i < first_round; i++) {
		struct planned *first = &run->plan[i], *pl;

		if (!is_repeated(first))
			continue;
		pl = &run->plan[run->n_plan++];
		*pl = *first;
		pl->first = first;
		pl->repetition = number;
		pl->slot = run->tests[pl->test_index].total++;
	}
}

/* How many rounds; the bound is for the memory of a daemon that others use too. */
static int count_rounds(const struct run *run, size_t repeated, unsigned *rounds, struct err *e)
{
	const struct run_options *o = &run->opt;
	size_t most = (REPEATED_MAX - (run->n_plan < REPEATED_MAX ? run->n_plan : REPEATED_MAX)) /
	                      (repeated ? repeated : 1) +
	              1;

	*rounds = o->until_fail ? o->until_fail : o->repeat ? o->repeat : 1;
	if (!repeated)
		*rounds = 1;
	if (*rounds <= most)
		return 0;
	if (!o->until_fail)
		return err_set(e, ERR_LIMIT,
		        "--repeat %u: with %zu scenarios at most %zu repetitions fit into one run",
		        *rounds, repeated, most);
	*rounds = (unsigned)most;
	return 0;
}

int repeat_plan(struct run *run, struct err *e)
{
	struct run_result *res = run->result;
	size_t first_round = run->n_plan, repeated;
	unsigned rounds;
	struct planned *v;

	run->first_round = first_round;
	if ((!run->opt.repeat && !run->opt.until_fail) || run->opt.list || run->opt.dry ||
	        run->opt.why)
		return 0;
	repeated = count_repeated(run);
	if (count_rounds(run, repeated, &rounds, e) < 0)
		return -1;
	v = arena_array(run->arena, first_round + repeated * (rounds - 1) + 1, sizeof(*v));
	memcpy(v, run->plan, first_round * sizeof(*v));
	run->plan = v;
	for (size_t i = 0; i < first_round; i++) {
		if (!is_repeated(&v[i]))
			continue;
		v[i].first = &v[i];
		v[i].repetition = 1;
		v[i].left = rounds;
	}
	for (size_t i = 0; i < first_round; i++)
		if (v[i].repetition)
			run->tests[v[i].test_index].turn_size++;
	for (unsigned n = 2; n <= rounds; n++)
		add_round(run, first_round, n);
	for (size_t t = 0; t < res->n_tests; t++) {
		assert_expect_turns(run, t, rounds);
		res->tests[t].n_scenarios = run->tests[t].total;
		res->tests[t].scenarios = arena_array(
		        res->arena, run->tests[t].total + 1, sizeof(*res->tests[t].scenarios));
		multiply_deadline(&run->tests[t], rounds);
	}
	return 0;
}

bool repeat_may_keep(struct planned *pl, const struct scenario_result *res)
{
	struct planned *first = pl->first;

	if (!first)
		return true;
	first->failed |= res->verdict != VERDICT_PASS;
	first->left--;
	return !first->left && !first->failed;
}

void repeat_stop(struct run *run)
{
	size_t end = run->next_plan > run->first_round ? run->next_plan : run->first_round;

	if (end >= run->n_plan)
		return;
	for (size_t i = end; i < run->n_plan; i++) {
		size_t t = run->plan[i].test_index;

		run->tests[t].total--;
		run->result->tests[t].n_scenarios--;
	}
	run->cut |= end < run->n_plan;
	run->n_plan = end;
	for (size_t t = 0; t < run->result->n_tests; t++)
		sched_test_ends(run, t, run_emit);
}
