#include "daemon/wire/wire_priv.h"

static void get_run(const json_t *o, struct arena *a, struct event *ev)
{
	ev->run.id = read_str_or(o, "run", a, "");
	ev->run.at_wall_ns = read_when(o, "at");
	read_list(o, "paths", a, &ev->run.paths);
	ev->run.cwd = read_str_or(o, "cwd", a, "/");
	ev->run.jobs = read_uint(o, "jobs");
	ev->run.seed = read_str(o, "seed", a);
	ev->run.shuffle_seed = read_str(o, "shuffle_seed", a);
	ev->run.build = read_str(o, "build", a);
	ev->run.plan = read_plan(o, "plan", a);
}

static void get_file(const json_t *o, struct arena *a, struct event *ev)
{
	ev->file.path = read_str_or(o, "path", a, "");
	ev->file.state = read_str_or(o, "state", a, "parsed");
	ev->file.tests = read_uint(o, "tests");
	ev->file.ms = read_num(o, "ms");
}

static void get_diagnostic(const json_t *o, struct arena *a, struct event *ev)
{
	struct diag *d = arena_alloc(a, sizeof *d);

	read_diag(o, a, d);
	ev->diag = d;
}

static void get_plan(const json_t *o, struct arena *a, struct event *ev)
{
	(void)a;
	ev->plan.tests = read_uint(o, "tests");
	ev->plan.scenarios = read_uint(o, "scenarios");
	ev->plan.cached = read_uint(o, "cached");
	ev->plan.excluded = read_uint(o, "excluded");
	ev->plan.shard = read_uint(json_object_get(o, "shard"), "index");
	ev->plan.shards = read_uint(json_object_get(o, "shard"), "total");
}

static const struct run_summary *get_summary(const json_t *o, const char *key, struct arena *a)
{
	struct run_summary *s = arena_alloc(a, sizeof *s);

	read_summary(json_object_get(o, key), s);
	return s;
}

static void get_test_start(const json_t *o, struct arena *a, struct event *ev)
{
	ev->test.test = read_str_or(o, "test", a, "");
	ev->test.file = read_str_or(o, "file", a, "");
}

static void get_test_end(const json_t *o, struct arena *a, struct event *ev)
{
	get_test_start(o, a, ev);
	ev->test.index = read_uint(o, "index");
	ev->test.verdict = read_name(o, "verdict", verdict_names, VERDICT_ERROR + 1, VERDICT_ERROR);
	ev->test.duration_ms = read_num(o, "duration_ms");
	ev->test.counts = get_summary(o, "counts", a);
}

static void get_scenario_start(const json_t *o, struct arena *a, struct event *ev)
{
	ev->scenario_start.scenario = read_str_or(o, "scenario", a, "");
	ev->scenario_start.file = read_str_or(o, "file", a, "");
	ev->scenario_start.engine = read_str(o, "engine", a);
	ev->scenario_start.line = read_uint(o, "line");
	ev->scenario_start.attempt = read_uint(o, "attempt");
	ev->scenario_start.repetition = read_uint(o, "repetition");
	ev->scenario_start.warm = read_bool(o, "warm");
	ev->scenario_start.queued_ms = read_num(o, "queued_ms");
}

static void get_step_start(const json_t *o, struct arena *a, struct event *ev)
{
	ev->step.scenario = read_str_or(o, "scenario", a, "");
	ev->step.step = read_str_or(o, "step", a, "");
	ev->step.index = read_uint(o, "index");
	ev->step.attempt = read_uint(o, "attempt");
	ev->step.repetition = read_uint(o, "repetition");
}

static void get_step_end(const json_t *o, struct arena *a, struct event *ev)
{
	struct step_result *s = arena_alloc(a, sizeof *s);

	get_step_start(o, a, ev);
	read_step(o, a, s);
	ev->step.result = s;
}

static void get_output(const json_t *o, struct arena *a, struct event *ev)
{
	const char *stream = json_string_value(json_object_get(o, "stream"));

	ev->output.scenario = read_str_or(o, "scenario", a, "");
	ev->output.repetition = read_uint(o, "repetition");
	ev->output.step = read_str_or(o, "step", a, "");
	ev->output.is_stderr = stream && strcmp(stream, "stderr") == 0;
	ev->output.offset = read_u64(o, "offset");
	read_bytes(o, "data", "encoding", a, &ev->output.data, &ev->output.len);
}

static void get_finding(const json_t *o, struct arena *a, struct event *ev)
{
	struct finding *f = arena_alloc(a, sizeof *f);

	read_finding(o, a, f);
	ev->finding.scenario = read_str_or(o, "scenario", a, "");
	ev->finding.finding = f;
}

static void get_note(const json_t *o, struct arena *a, struct event *ev)
{
	ev->note.code = read_str_or(o, "code", a, "");
	ev->note.message = read_str_or(o, "message", a, "");
}

static void get_scenario_end(const json_t *o, struct arena *a, struct event *ev)
{
	(void)a;
	ev->scenario_end = read_scenario(o);
}

static void get_progress(const json_t *o, struct arena *a, struct event *ev)
{
	size_t n;
	const json_t *v = read_array(o, "running", &n);
	struct running_item *items = arena_array(a, n + 1, sizeof *items);

	for (size_t i = 0; i < n; i++) {
		const json_t *r = json_array_get(v, i);

		items[i] = (struct running_item){
			.scenario = read_str_or(r, "scenario", a, ""),
			.step = read_str(r, "step", a),
			.ms = read_num(r, "ms"),
		};
	}
	ev->progress.done = read_uint(o, "done");
	ev->progress.total = read_uint(o, "total");
	ev->progress.running = items;
	ev->progress.n_running = n;
	read_summary(json_object_get(o, "counts"), &ev->progress.counts);
}

static void get_cancel(const json_t *o, struct arena *a, struct event *ev)
{
	ev->cancel_by = read_str_or(o, "by", a, "");
}

static void get_round(const json_t *o, struct arena *a, struct event *ev)
{
	ev->round.n = read_uint(o, "n");
	read_list(o, "changed", a, &ev->round.changed);
}

static void get_round_end(const json_t *o, struct arena *a, struct event *ev)
{
	const json_t *phases = json_object_get(o, "phases_ms");

	ev->round.n = read_uint(o, "n");
	ev->round.summary = get_summary(o, "summary", a);
	for (size_t i = 0; i < PHASE_COUNT; i++)
		ev->round.phase_ms[i] = read_num(phases, phase_names[i]);
}

static void get_heartbeat(const json_t *o, struct arena *a, struct event *ev)
{
	(void)o;
	(void)a;
	(void)ev;
}

static void get_gap(const json_t *o, struct arena *a, struct event *ev)
{
	(void)a;
	ev->gap_dropped = read_u64(o, "dropped");
}

static void get_result(const json_t *o, struct arena *a, struct event *ev)
{
	ev->result.summary = get_summary(o, "summary", a);
	ev->result.digest = read_str(o, "digest", a);
}

static void get_end(const json_t *o, struct arena *a, struct event *ev)
{
	const json_t *p = json_object_get(o, "problem");
	char *text = json_is_object(p) ? json_dumps(p, JSON_COMPACT) : NULL;

	ev->end.exit = (int)read_int(o, "exit", 5);
	ev->end.state = read_str(o, "state", a);
	ev->end.problem_json = arena_strdup(a, text);
	free(text);
}

static void (*const readers[EV_COUNT])(const json_t *o, struct arena *a, struct event *ev) = {
	[EV_RUN] = get_run,
	[EV_FILE] = get_file,
	[EV_DIAGNOSTIC] = get_diagnostic,
	[EV_PLAN] = get_plan,
	[EV_TEST_START] = get_test_start,
	[EV_TEST_END] = get_test_end,
	[EV_SCENARIO_START] = get_scenario_start,
	[EV_STEP_START] = get_step_start,
	[EV_STEP_END] = get_step_end,
	[EV_OUTPUT] = get_output,
	[EV_FINDING] = get_finding,
	[EV_NOTE] = get_note,
	[EV_SCENARIO_END] = get_scenario_end,
	[EV_PROGRESS] = get_progress,
	[EV_CANCEL] = get_cancel,
	[EV_ROUND] = get_round,
	[EV_ROUND_END] = get_round_end,
	[EV_HEARTBEAT] = get_heartbeat,
	[EV_GAP] = get_gap,
	[EV_RESULT] = get_result,
	[EV_END] = get_end,
};

static int read_tree(const json_t *o, struct arena *a, struct event *ev, struct err *e)
{
	const char *name = json_string_value(json_object_get(o, "ev"));
	unsigned kind = read_name(o, "ev", event_names, EV_COUNT, EV_COUNT);

	if (!name)
		return err_set(e, ERR_INVALID, "an event has no member 'ev'");
	if (kind == EV_COUNT)
		return err_set(e, ERR_UNSUPPORTED, "unknown event '%.40s'", name);
	*ev = (struct event){
		.kind = kind, .seq = read_u64(o, "seq"), .t_ms = read_num(o, "t_ms")
	};
	readers[kind](o, a, ev);
	return 0;
}

int wire_read_event(const char *line, size_t len, struct arena *a, struct event *ev, struct err *e)
{
	json_error_t je;
	json_t *o = json_loadb(line, len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &je);
	int rc = o ? read_tree(o, a, ev, e)
	           : err_set(e, ERR_INVALID, "column %d: %s", je.column, je.text);

	json_decref(o);
	return rc;
}
