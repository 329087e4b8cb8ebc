#include <string.h>

#include "common/json.h"
#include "common/log.h"
#include "daemon/store/rows_priv.h"
#include "daemon/wire/wire.h"

/* What the takers share: where the record goes. */
struct taker {
	struct db *d;
	int64_t run;      /* run.n */
	unsigned slot;    /* whose record it is */
	struct strbuf *b; /* scratch */
	struct taken *out;
};

/* ---- pieces ---- */

static const char *as_strings(struct taker *t, const struct str_list *l)
{
	struct json j = JSON_INIT(t->b);

	strbuf_reset(t->b);
	wire_strings(&j, NULL, l);
	return t->b->s;
}

void cut_captured(struct captured *c, size_t max, struct arena *a)
{
	size_t half = max / 2, tail = c->len - c->head, head = c->head < half ? c->head : half;
	char *kept;

	if (c->len <= max)
		return;
	/* Whole: the tail is the end of the one piece that there is. */
	if (tail == 0 || tail > half)
		tail = half;
	kept = arena_alloc(a, head + tail + 1);
	memcpy(kept, c->data, head);
	memcpy(kept + head, c->data + c->len - tail, tail);
	c->data = kept;
	c->len = head + tail;
	c->head = head;
}

/* ---- run ---- */

static int take_labels(struct taker *t, const struct run_result *p, struct err *e)
{
	for (size_t i = 0; i < p->n_labels; i++)
		if (db_run(t->d, SQL_LABEL_ADD, e, "iiss", t->run, (int64_t)i, p->labels[i].name,
		            p->labels[i].value) < 0)
			return -1;
	return 0;
}

static int take_tests(struct taker *t, const struct run_result *p, struct err *e)
{
	for (size_t i = 0; i < p->n_tests; i++) {
		const struct test_outcome *x = &p->tests[i];
		AUTO_STR tags = xstrdup(as_strings(t, &x->tags));

		if (db_run(t->d, SQL_TEST_ADD, e, "iississsss", t->run, (int64_t)i, x->name,
		            x->file, (int64_t)x->line, x->version, x->description, tags,
		            x->sha256[0] ? x->sha256 : NULL, as_strings(t, &x->matrix)) < 0)
			return -1;
	}
	return 0;
}

static int add_run(struct taker *t, const char *id, const struct event *ev,
        const struct run_result *p, struct err *e)
{
	AUTO_STRBUF options = STRBUF_INIT;
	AUTO_STRBUF diags = STRBUF_INIT;
	struct json jo = JSON_INIT(&options), jd = JSON_INIT(&diags);

	wire_pairs(&jo, NULL, p->options, p->n_options);
	wire_diags(&jd, NULL, &p->diags);
	return db_run(t->d, SQL_RUN_ADD, e, "sissssisssii", id, ev->run.at_wall_ns, ev->run.cwd,
	        p->project, p->isolation, ev->run.build, (int64_t)ev->run.jobs,
	        as_strings(t, &ev->run.paths), options.s, diags.s, (int64_t)t->slot,
	        p->silence_floor_ns);
}

static int take_run(struct taker *t, const char *id, const struct event *ev, struct err *e)
{
	static const struct run_result none;
	const struct run_result *p = ev->run.plan ? ev->run.plan : &none;

	if (add_run(t, id, ev, p, e) < 0)
		return -1;
	if (sqlite3_changes(t->d->h) == 0)
		return 0;
	t->run = sqlite3_last_insert_rowid(t->d->h);
	return take_labels(t, p, e) < 0 || take_tests(t, p, e) < 0 ? -1 : 0;
}

/* ---- scenario ---- */

/* *n is receipt.n, 0 for none. The sandbox is the scenario's, so that equal receipts are one row.
 */
static int take_receipt(struct taker *t, const struct receipt *r, int64_t *n, struct err *e)
{
	struct json j = JSON_INIT(t->b);

	*n = 0;
	if (!r)
		return 0;
	struct receipt shared = *r;

	shared.sandbox = NULL;
	strbuf_reset(t->b);
	wire_receipt(&j, NULL, &shared);
	if (db_run(t->d, SQL_RECEIPT_ADD, e, "s", t->b->s) < 0)
		return -1;
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(t->d, SQL_RECEIPT_N, e, "s", t->b->s);

	if (!st || db_step(t->d, st, e) < 0)
		return -1;
	*n = sqlite3_column_int64(st, 0);
	return 0;
}

static int take_output(struct taker *t, int64_t scenario, size_t step, int stream,
        const struct captured *c, struct err *e)
{
	if (c->len == 0)
		return 0;
	return db_run(t->d, SQL_OUTPUT_ADD, e, "iiiibs", scenario, (int64_t)step, (int64_t)stream,
	        (int64_t)c->head, (const void *)c->data, c->len, c->arrival);
}

static const char *phase_of(const struct step_result *s)
{
	return s->setup ? "setup" : s->teardown ? "teardown" : "step";
}

static int take_step(
        struct taker *t, int64_t scenario, size_t seq, const struct step_result *s, struct err *e)
{
	if (db_run(t->d, SQL_STEP_ADD, e, "iisiisissiiiddddiisii", scenario, (int64_t)seq, s->name,
	            (int64_t)s->index, (int64_t)s->line, phase_of(s), (int64_t)s->ran,
	            verdict_names[s->verdict], reason_names[s->reason], (int64_t)s->exit_code,
	            (int64_t)s->signal, (int64_t)s->attempts, s->started_ms, s->duration_ms,
	            s->user_ms, s->system_ms, (int64_t)s->max_rss_bytes, s->deadline.ns,
	            deadline_source_names[s->deadline.source], (int64_t)s->out.total,
	            (int64_t)s->err.total) < 0)
		return -1;
	return take_output(t, scenario, seq, 1, &s->out, e) < 0 ||
	                       take_output(t, scenario, seq, 2, &s->err, e) < 0
	               ? -1
	               : 0;
}

static int add_scenario(
        struct taker *t, const struct scenario_result *s, int64_t receipt, struct err *e)
{
	AUTO_STRBUF lists = STRBUF_INIT;
	struct json j = JSON_INIT(&lists);

	wire_scenario_lists(&j, NULL, s);
	return db_run(t->d, SQL_SCENARIO_ADD, e, "iiississsiiiiddississ", t->run,
	        (int64_t)s->test_index, (int64_t)s->slot, s->id, s->name, (int64_t)s->line,
	        verdict_names[s->verdict], reason_names[s->reason], s->reason_text,
	        (int64_t)s->flaky, (int64_t)s->cached, (int64_t)s->attempts, s->started_wall_ns,
	        s->queued_ms, s->duration_ms, s->deadline.ns,
	        deadline_source_names[s->deadline.source], lists.s, receipt,
	        s->receipt ? s->receipt->sandbox : NULL, s->key);
}

static int take_scenario(struct taker *t, const struct event *ev, struct err *e)
{
	const struct scenario_result *s = ev->scenario_end;
	int64_t receipt, scenario;

	if (take_receipt(t, s->receipt, &receipt, e) < 0 || add_scenario(t, s, receipt, e) < 0)
		return -1;
	if (sqlite3_changes(t->d->h) == 0)
		return 0;
	scenario = sqlite3_last_insert_rowid(t->d->h);
	for (size_t i = 0; i < s->n_steps; i++)
		if (take_step(t, scenario, i, &s->steps[i], e) < 0)
			return -1;
	return db_run(t->d, SQL_RUN_COUNT_ONE, e, "isiiiddi", t->run, verdict_names[s->verdict],
	        (int64_t)s->flaky, (int64_t)s->cached, (int64_t)s->n_findings, s->duration_ms,
	        ev->t_ms, (int64_t)(s->quarantine != NULL));
}

/* ---- the rest ---- */

static int take_test_end(struct taker *t, const struct event *ev, struct err *e)
{
	if (db_run(t->d, SQL_TEST_END, e, "iisd", t->run, (int64_t)ev->test.index,
	            verdict_names[ev->test.verdict], ev->test.duration_ms) < 0)
		return -1;
	return db_run(t->d, SQL_RUN_SEEN, e, "id", t->run, ev->t_ms);
}

static int take_result(struct taker *t, const struct event *ev, struct err *e)
{
	const struct run_summary *s = ev->result.summary;

	return db_run(t->d, SQL_RUN_SUMMARY, e, "idiiiiiiiiiiidd", t->run, s->wall_ms,
	        (int64_t)s->tests, (int64_t)s->scenarios, (int64_t)s->pass, (int64_t)s->fail,
	        (int64_t)s->fake_green, (int64_t)s->error, (int64_t)s->skip, (int64_t)s->flaky,
	        (int64_t)s->cached, (int64_t)s->quarantined, (int64_t)s->findings, s->wall_ms,
	        s->busy_ms);
}

static int take_end(struct taker *t, const struct event *ev, struct err *e)
{
	const char *state =
	        ev->end.state && strcmp(ev->end.state, "cancelled") == 0 ? "cancelled" : "done";

	t->out->ended = true;
	return db_run(t->d, SQL_RUN_END, e, "isi", t->run, state, (int64_t)ev->end.exit);
}

static int (*const takers[EV_COUNT])(struct taker *t, const struct event *ev, struct err *e) = {
	[EV_SCENARIO_END] = take_scenario,
	[EV_TEST_END] = take_test_end,
	[EV_RESULT] = take_result,
	[EV_END] = take_end,
};

/* 1 when the run is known and not over, 0 when not, -1. */
static int find_run(struct taker *t, const char *id, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(t->d, SQL_RUN_ACTIVE_N, e, "s", id);
	int rc = st ? db_step(t->d, st, e) : -1;

	if (rc == 1)
		t->run = sqlite3_column_int64(st, 0);
	return rc;
}

static int take_event(struct taker *t, const char *id, const struct event *ev, struct err *e)
{
	if (ev->kind == EV_RUN)
		return take_run(t, id, ev, e);
	if (!takers[ev->kind])
		return 0;
	int found = find_run(t, id, e);

	return found <= 0 ? found : takers[ev->kind](t, ev, e);
}

/* Notes of results stand for themselves; what a run was answered with belongs to it. */
static int take_kept(struct taker *t, const struct record *r, struct err *e)
{
	struct kept_taker k = { .d = t->d };
	int found = find_run(t, r->run, e);

	if (found < 0)
		return -1;
	k.run = found ? t->run : 0;
	if (kept_take(&k, r->line, r->len, e) < 0)
		return -1;
	t->out->kept |= k.stray;
	t->out->unresolved += k.unresolved;
	return 0;
}

int take_record(
        struct db *d, const struct record *r, unsigned slot, struct taken *out, struct err *e)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	AUTO_STRBUF scratch = STRBUF_INIT;
	struct taker t = { .d = d, .slot = slot, .b = &scratch, .out = out };
	struct event ev;
	struct err why;

	if (kept_is_record(r->line, r->len))
		return take_kept(&t, r, e);
	if (wire_read_event(r->line, r->len, a, &ev, &why) < 0) {
		log_debug("history: a record is passed over: %s", why.msg);
		return 0;
	}
	int rc = take_event(&t, r->run, &ev, e);

	if (ev.kind == EV_SCENARIO_END)
		scenario_result_unref((struct scenario_result *)(uintptr_t)ev.scenario_end);
	return rc;
}
