/* Results that outlive the daemon: what the history knows of scenarios that this daemon has not
 * seen yet, and telling it which results may stand for later runs. */
#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/log.h"
#include "daemon/run/run_priv.h"

#define RACY_NS (20 * NS_PER_MS) /* no kernel's stamps are coarser */

void recall_init(struct runner *r)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct err e;

	if (fs_read_file("/proc/sys/kernel/random/boot_id", 64, &b, &e) == 0)
		snprintf(r->boot, sizeof(r->boot), "%.*s", (int)strcspn(b.s, "\n"), b.s);
}

/* ---- asking ---- */

static bool is_unknown(const struct planned *pl)
{
	return pl->skip == REASON_NONE && !pl->unready && pl->sc && !pl->sc->never_cached &&
	       !result_cache_knows(pl->run->r->d.results, pl->name);
}

bool recall_wants(struct run *run)
{
	const char **v;

	run->n_recall = 0;
	if (!run->r->d.recall || !run->r->d.results || run->opt.force || run->cancel_by)
		return false;
	v = arena_array(run->arena, run->n_plan + 1, sizeof(*v));
	for (size_t i = 0; i < run->n_plan; i++)
		if (is_unknown(&run->plan[i]))
			v[run->n_recall++] = run->plan[i].name;
	run->recall_names = v;
	run->recall_age = result_cache_age(run->r->d.results);
	return run->n_recall > 0;
}

void recall_ask(struct run *run)
{
	const struct runner_deps *d = &run->r->d;
	struct err e;

	run->recalled = arena_array(run->arena, run->n_recall, sizeof(*run->recalled));
	run->recall_failed = d->recall(d->record_arg, run->r->boot, run->recall_names,
	                             run->n_recall, run->recalled, run->arena, &e) < 0;
	if (run->recall_failed)
		log_debug("the history was not asked for results: %s", e.msg);
}

/* What was cleared meanwhile stays away. */
void recall_take(struct run *run)
{
	struct result_cache *c = run->r->d.results;
	bool is_old = run->recall_age != result_cache_age(c);

	for (size_t i = 0; i < run->n_recall; i++) {
		const struct recalled *x = &run->recalled[i];

		if (!is_old && !run->recall_failed)
			result_cache_recall(c, run->recall_names[i], x);
		scenario_result_unref(x->result);
	}
}

/* ---- telling ---- */

/* The boot that a key with these inputs belongs to, "" when it belongs to none; NULL when it must
 * not outlive this daemon. Stat data names a file's content for one boot, whose devices keep their
 * numbers; and what was written shortly before it was looked at may be written again without
 * another stamp, which only who watches it sees. */
static const char *holds_for(
        const struct runner *r, const struct run_input *const *v, size_t n, int64_t started_wall_ns)
{
	const char *boot = "";

	for (size_t i = 0; i < n; i++) {
		if (v[i]->kind != INPUT_HOST)
			continue;
		if (v[i]->tree.newest_ns + RACY_NS >= started_wall_ns || !r->boot[0])
			return NULL;
		boot = r->boot;
	}
	return boot;
}

bool recall_note(struct runner *r, struct kept_note *note, const struct run_input *const *inputs,
        size_t n, int64_t started_wall_ns)
{
	note->boot = holds_for(r, inputs, n, started_wall_ns);
	note->wall_ns = clock_wall_ns();
	return note->boot && r->d.note && r->d.note(r->d.record_arg, note);
}

void recall_note_planned(struct planned *pl, struct scenario_result *res)
{
	struct run *run = pl->run;
	struct kept_note note = { .name = pl->name,
		.key = pl->key.hex,
		.parts = pl->key.parts,
		.n_parts = pl->key.n_parts,
		.causes = pl->key.causes,
		.n_causes = pl->key.n_causes,
		.run = run->result->id,
		.test_index = (unsigned)pl->test_index,
		.slot = (unsigned)pl->slot,
		.ran = res->cached_from ? res->cached_from : run->result->id };

	if (!run->opt.no_history &&
	        recall_note(run->r, &note, (const struct run_input *const *)pl->inputs,
	                pl->n_inputs, run->started_wall_ns))
		result_cache_stored(run->r->d.results, &pl->key, res);
}
