/* Which scenarios of those that were named a run takes, and in which order: what an earlier run
 * says of them (--failed, --failed-first), this part of the suite (--shard), a seed (--shuffle).
 * All of it is done before the cache is asked, so that what is cached makes no part smaller. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fs.h"
#include "daemon/run/run_priv.h"

/* ---- names ---- */

/* Relative to the root of the project, so that it is the same wherever that lies. */
static const char *identity_of(const struct planned *pl, struct arena *a)
{
	const struct test_file *f = pl->file;
	const char *path = pl->run->result->tests[pl->test_index].file;
	size_t root = f && f->project ? strlen(f->project) : 0;

	if (root && strncmp(f->real, f->project, root) == 0 && f->real[root] == '/')
		path = f->real + root + 1;
	return arena_printf(a, "%s::%s", path, pl->sc->id);
}

static void name_all(struct run *run)
{
	for (size_t i = 0; i < run->n_plan; i++)
		run->plan[i].identity = identity_of(&run->plan[i], run->arena);
}

/* ---- what runs before say ---- */

static bool cuts_by_time(const struct run_options *o)
{
	return o->shards > 1 && !o->shard_by_hash;
}

bool select_asks(const struct run *run)
{
	const struct run_options *o = &run->opt;

	return o->failed || o->failed_first || cuts_by_time(o);
}

static bool same_list(const struct str_list *a, const struct str_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return true;
}

static bool is_sibling(const struct run_options *a, const struct run_options *b)
{
	return cuts_by_time(b) && a->shards == b->shards && a->shard != b->shard &&
	       a->failed == b->failed && strcmp(a->cwd, b->cwd) == 0 &&
	       same_list(&a->paths, &b->paths) && same_list(&a->filter, &b->filter) &&
	       same_list(&a->exclude, &b->exclude) && same_list(&a->tag, &b->tag);
}

/* The parts of one cut may run at the same time: none of them has to wait until another is in the
 * history. */
void select_begin(struct run *run)
{
	run->cut_ns = run->result->started_wall_ns;
	for (const struct run *x = run->r->runs; x; x = x->next)
		if (x != run && cuts_by_time(&run->opt) && is_sibling(&run->opt, &x->opt) &&
		        x->cut_ns && x->cut_ns < run->cut_ns)
			run->cut_ns = x->cut_ns;
}

const char *select_file(const struct planned *pl)
{
	const struct run *run = pl->run;
	AUTO_STR joined = fs_join(run->opt.cwd, run->result->tests[pl->test_index].file);
	AUTO_STR full = fs_normalize(joined);

	return arena_strdup(run->arena, full);
}

/* Those of the plan, then a word about each test as a whole; returns how many there are. */
static size_t fill_ask(struct run *run, struct earlier *v)
{
	size_t n = run->n_plan;

	for (size_t i = 0; i < run->n_plan; i++) {
		struct planned *pl = &run->plan[i];

		v[i] = (struct earlier){ .file = select_file(pl), .id = pl->sc->id };
		pl->earlier = &v[i];
		struct test_progress *t = &run->tests[pl->test_index];

		if (!t->def || !t->def->n_assertions || t->earlier)
			continue;
		v[n] = (struct earlier){ .file = v[i].file,
			.id = arena_printf(run->arena, "%s/%s",
			        run->result->tests[pl->test_index].name, ASSERTIONS_NAME) };
		t->earlier = &v[n++];
	}
	return n;
}

static int ask(struct run *run, struct err *e)
{
	const struct run_options *o = &run->opt;
	struct earlier *v =
	        arena_array(run->arena, run->n_plan + run->result->n_tests + 1, sizeof(*v));
	size_t n;
	struct earlier_ask q = { .cwd = o->cwd,
		.paths = run->result->paths.n ? &run->result->paths : &o->paths,
		.default_path = run->default_path,
		.before_wall_ns = run->cut_ns ? run->cut_ns : clock_wall_ns(),
		.last = o->failed || o->failed_first,
		.times = cuts_by_time(o),
		.points = EARLIER_POINTS,
		.shard = cuts_by_time(o) ? o->shard : 0,
		.shards = cuts_by_time(o) ? o->shards : 0,
		.options = o->given,
		.n_options = o->n_given };

	n = fill_ask(run, v);
	/* Only --failed cannot do without. */
	if (!run->earlier || run->earlier(run->earlier_arg, &q, v, n, e) < 0) {
		if (!run->earlier)
			err_set(e, ERR_UNSUPPORTED, "history is off");
		return o->failed || run->earlier ? err_wrap(e, "%s needs the history",
		                                           o->failed ? "--failed" : "the selection")
		                                 : 0;
	}
	run->cut_ns = q.before_wall_ns;
	run->asked_any = q.any_run;
	snprintf(run->asked_run, sizeof(run->asked_run), "%s", q.last_run);
	return 0;
}

/* ---- taking out ---- */

/* What those need that stay comes along. */
static void take_out(struct run *run, bool (*stays)(const struct planned *pl))
{
	bool *stay = xcalloc(run->n_plan + 1, sizeof(*stay));
	size_t n = 0;

	for (size_t i = 0; i < run->n_plan; i++)
		stay[i] = stays(&run->plan[i]);
	needs_keep(run, stay);
	for (size_t i = 0; i < run->n_plan; i++) {
		const struct planned *pl = &run->plan[i];

		if (stay[i]) {
			run->plan[n++] = *pl;
			continue;
		}
		run->tests[pl->test_index].total--;
		run->excluded++;
		run->left_out.v[run->left_out.n++] = pl->identity;
	}
	free(stay);
	run->n_plan = n;
}

/* What cannot run now has not passed either; nor has any of a test that failed as a whole. What is
 * skipped because the file skips what it needs would be each time, and nothing has failed. */
static bool did_not_pass(const struct planned *pl)
{
	const struct earlier *whole = pl->run->tests[pl->test_index].earlier;
	bool by_file = pl->skip == REASON_DEPENDENCY && !pl->run->opt.exclude.n;
	bool failed = pl->earlier->last == EARLIER_NOT_PASSED ||
	              (whole && whole->last == EARLIER_NOT_PASSED);

	return pl->unready || (failed && !by_file);
}

static bool is_not_left(const struct planned *pl)
{
	return !map_get(pl->run->left_map, pl->identity);
}

static bool is_of_shard(const struct planned *pl)
{
	return pl->shard == pl->run->opt.shard;
}

static void drop_left_out(struct run *run)
{
	const struct str_list *l = &run->opt.left_out;

	if (!l->n)
		return;
	run->left_map = map_new();
	for (size_t i = 0; i < l->n; i++)
		map_put(run->left_map, l->v[i], run);
	take_out(run, is_not_left);
	map_free(run->left_map, NULL);
	run->left_map = NULL;
}

static bool knows_times(const struct run *run)
{
	for (size_t i = 0; i < run->n_plan; i++)
		if (run->plan[i].earlier && run->plan[i].earlier->time_us)
			return true;
	return false;
}

static void drop_other_shards(struct run *run)
{
	struct shard_item *v = arena_array(run->arena, run->n_plan + 1, sizeof(*v));
	size_t *group = arena_array(run->arena, run->n_plan + 1, sizeof(*group));

	run->cut_of = run->n_plan;
	needs_group(run, group);
	for (size_t i = 0; i < run->n_plan; i++) {
		const struct planned *pl = &run->plan[i];

		v[i].identity = pl->identity;
		v[i].group = group[i];
		/* What will not run takes no time. */
		v[i].weight = pl->skip != REASON_NONE && !run->opt.shard_by_hash ? 1
		              : pl->earlier ? pl->earlier->time_us
		                            : 0;
	}
	run->cut_by_time = shard_cut(
	        v, run->n_plan, run->opt.shards, run->opt.shard_by_hash || !knows_times(run));
	for (size_t i = 0; i < run->n_plan; i++)
		run->plan[i].shard = v[i].shard;
	take_out(run, is_of_shard);
}

/* ---- order ---- */

static bool is_ordered(const struct run *run)
{
	return run->opt.shuffle || run->opt.failed_first || run->has_needs;
}

static void rank_shuffled(struct run *run)
{
	const char **names = arena_array(run->arena, run->n_plan + 1, sizeof(*names));
	size_t *order = arena_array(run->arena, run->n_plan + 1, sizeof(*order));

	for (size_t i = 0; i < run->n_plan; i++)
		names[i] = run->plan[i].identity;
	shuffle_order(run->opt.shuffle_seed, names, run->n_plan, order);
	for (size_t i = 0; i < run->n_plan; i++)
		run->plan[order[i]].rank = i;
}

static void rank_all(struct run *run)
{
	for (size_t i = 0; i < run->n_plan; i++)
		run->plan[i].rank = i;
	if (run->opt.shuffle)
		rank_shuffled(run);
	for (size_t i = 0; i < run->n_plan && run->opt.failed_first; i++)
		if (run->plan[i].earlier && did_not_pass(&run->plan[i]))
			run->plan[i].goes_first = true;
	if (run->has_needs)
		needs_rank(run);
}

static unsigned round_of(const struct planned *pl)
{
	return pl->repetition ? pl->repetition : 1;
}

static int by_rank(const void *a, const void *b)
{
	const struct planned *x = *(const struct planned *const *)a;
	const struct planned *y = *(const struct planned *const *)b;

	/* Each round has the order of the first. */
	if (round_of(x) != round_of(y))
		return round_of(x) < round_of(y) ? -1 : 1;
	if (x->goes_first != y->goes_first)
		return x->goes_first ? -1 : 1;
	return (x->rank > y->rank) - (x->rank < y->rank);
}

void select_order(struct run *run)
{
	struct planned *sorted;
	const struct planned **v;

	if (!is_ordered(run))
		return;
	v = arena_array(run->arena, run->n_plan + 1, sizeof(*v));
	sorted = arena_array(run->arena, run->n_plan + 1, sizeof(*sorted));
	for (size_t i = 0; i < run->n_plan; i++)
		v[i] = &run->plan[i];
	qsort(v, run->n_plan, sizeof(*v), by_rank);
	for (size_t i = 0; i < run->n_plan; i++)
		sorted[i] = *v[i];
	run->plan = sorted;
}

/* ---- all ---- */

static bool is_cut(const struct run_options *o)
{
	return o->failed || o->shards > 1 || o->left_out.n;
}

int select_apply(struct run *run, struct err *e)
{
	const struct run_options *o = &run->opt;
	size_t all = run->n_plan;

	if (!is_cut(o) && !is_ordered(run))
		return 0;
	name_all(run);
	run->left_out.v = arena_array(run->arena, all + 1, sizeof(char *));
	if (select_asks(run) && ask(run, e) < 0)
		return -1;
	drop_left_out(run);
	if (o->failed)
		take_out(run, did_not_pass);
	if (o->shards > 1)
		drop_other_shards(run);
	rank_all(run);
	if (run->n_plan < all)
		plan_close_ranks(run);
	run->cut_away = all - run->n_plan;
	return 0;
}

/* ---- options ---- */

/* What was given is what somebody has to give to have the same again. */
static void note_option(struct run *run, const char *name, const char *value)
{
	struct run_options *o = &run->opt;
	struct env_var *v;

	for (size_t i = 0; i < o->n_given; i++)
		if (strcmp(o->given[i].name, name) == 0) {
			o->given[i].value = value;
			return;
		}
	v = arena_array(run->arena, o->n_given + 1, sizeof(*v));
	if (o->n_given)
		memcpy(v, o->given, o->n_given * sizeof(*v));
	v[o->n_given++] = (struct env_var){ name, value };
	o->given = v;
}

void select_note(struct run *run)
{
	if (run->opt.changed_ref)
		note_option(run, "changed", run->opt.changed_ref);
	if (run->opt.shuffle)
		note_option(run, "shuffle",
		        arena_printf(
		                run->arena, "%llu", (unsigned long long)run->opt.shuffle_seed));
}

void select_note_cut(struct run *run)
{
	if (cuts_by_time(&run->opt) && run->cut_ns)
		note_option(run, EARLIER_CUT_OPTION,
		        arena_printf(run->arena, "%lld", (long long)run->cut_ns));
	run->result->options = run->opt.given;
	run->result->n_options = run->opt.n_given;
}

/* ---- words ---- */

const char *select_nothing(const struct run *run)
{
	const struct run_options *o = &run->opt;

	if (run->n_plan || !run->cut_away)
		return NULL;
	if (o->failed && !run->asked_any)
		return "nothing to run: the history has no run of these paths";
	if (o->failed && !run->cut_of)
		return arena_printf(run->arena,
		        "nothing to run: everything passed in the last run of these paths (run %s)",
		        run->asked_run);
	if (o->shards > 1)
		return arena_printf(run->arena,
		        "nothing to run: shard %u/%u has none of %zu scenario%s", o->shard,
		        o->shards, run->cut_of, run->cut_of == 1 ? "" : "s");
	return "nothing to run: the session leaves out what these files have";
}
