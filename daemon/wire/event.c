#include "daemon/wire/wire_priv.h"

static void put_run(struct json *j, const struct event *ev)
{
	json_str(j, "run", ev->run.id);
	wire_when(j, "at", ev->run.at_wall_ns);
	json_str(j, "schema", "clnrm.event/1");
	wire_list(j, "paths", &ev->run.paths);
	json_str(j, "cwd", ev->run.cwd);
	json_uint(j, "jobs", ev->run.jobs);
	json_str(j, "seed", ev->run.seed);
	json_str(j, "shuffle_seed", ev->run.shuffle_seed);
	json_str(j, "build", ev->run.build);
}

static void put_file(struct json *j, const struct event *ev)
{
	json_str(j, "path", ev->file.path);
	json_str(j, "state", ev->file.state);
	json_uint(j, "tests", ev->file.tests);
	json_ms(j, "ms", ev->file.ms);
}

static void put_diagnostic(struct json *j, const struct event *ev)
{
	wire_diag_members(j, ev->diag);
}

static void put_plan(struct json *j, const struct event *ev)
{
	json_uint(j, "tests", ev->plan.tests);
	json_uint(j, "scenarios", ev->plan.scenarios);
	json_uint(j, "cached", ev->plan.cached);
	json_uint(j, "excluded", ev->plan.excluded);
	if (ev->plan.shards > 1)
		wire_shard(j, ev->plan.shard, ev->plan.shards);
	else
		json_null(j, "shard");
}

static void put_test_start(struct json *j, const struct event *ev)
{
	json_str(j, "test", ev->test.test);
	json_str(j, "file", ev->test.file);
}

static void put_test_end(struct json *j, const struct event *ev)
{
	put_test_start(j, ev);
	json_str(j, "verdict", verdict_names[ev->test.verdict]);
	json_ms(j, "duration_ms", ev->test.duration_ms);
	if (ev->test.counts)
		wire_summary(j, "counts", ev->test.counts);
	else
		json_null(j, "counts");
}

/* Tells apart turns of one scenario that run at the same time. */
static void put_repetition(struct json *j, unsigned number)
{
	if (number)
		json_uint(j, "repetition", number);
}

static void put_scenario_start(struct json *j, const struct event *ev)
{
	json_str(j, "scenario", ev->scenario_start.scenario);
	json_str(j, "file", ev->scenario_start.file);
	json_uint(j, "line", ev->scenario_start.line);
	json_uint(j, "attempt", ev->scenario_start.attempt);
	put_repetition(j, ev->scenario_start.repetition);
	json_str(j, "engine", ev->scenario_start.engine);
	if (ev->scenario_start.warm_unknown)
		json_str(j, "warm", NULL);
	else
		json_bool(j, "warm", ev->scenario_start.warm);
	json_ms(j, "queued_ms", ev->scenario_start.queued_ms);
}

static void put_step_start(struct json *j, const struct event *ev)
{
	json_str(j, "scenario", ev->step.scenario);
	json_str(j, "step", ev->step.step);
	json_uint(j, "index", ev->step.index);
	json_uint(j, "attempt", ev->step.attempt);
	put_repetition(j, ev->step.repetition);
}

/* The step object brings its own index. */
static void put_step_end(struct json *j, const struct event *ev, bool with_output)
{
	json_str(j, "scenario", ev->step.scenario);
	json_str(j, "step", ev->step.step);
	json_uint(j, "attempt", ev->step.attempt);
	put_repetition(j, ev->step.repetition);
	wire_step_members(j, ev->step.result, with_output, false);
}

static void put_output(struct json *j, const struct event *ev)
{
	char offset[24];

	json_str(j, "scenario", ev->output.scenario);
	json_str(j, "step", ev->output.step);
	put_repetition(j, ev->output.repetition);
	json_str(j, "stream", ev->output.is_stderr ? "stderr" : "stdout");
	snprintf(offset, sizeof offset, "%llu", (unsigned long long)ev->output.offset);
	json_str(j, "offset", offset);
	json_str(j, "encoding", json_bytes(j, "data", ev->output.data, ev->output.len));
}

static void put_finding(struct json *j, const struct event *ev)
{
	json_str(j, "scenario", ev->finding.scenario);
	wire_finding_members(j, ev->finding.finding);
}

static void put_note(struct json *j, const struct event *ev)
{
	json_str(j, "code", ev->note.code);
	json_str(j, "message", ev->note.message);
}

static void put_progress(struct json *j, const struct event *ev)
{
	json_uint(j, "done", ev->progress.done);
	json_uint(j, "total", ev->progress.total);
	json_arr(j, "running");
	for (size_t i = 0; i < ev->progress.n_running; i++) {
		const struct running_item *r = &ev->progress.running[i];

		json_obj(j, NULL);
		json_str(j, "scenario", r->scenario);
		json_str(j, "step", r->step);
		json_ms(j, "ms", r->ms);
		json_end(j);
	}
	json_end(j);
	wire_summary(j, "counts", &ev->progress.counts);
}

static void put_cancel(struct json *j, const struct event *ev)
{
	json_str(j, "by", ev->cancel_by);
}

static void put_round(struct json *j, const struct event *ev)
{
	json_uint(j, "n", ev->round.n);
	wire_list(j, "changed", &ev->round.changed);
}

static void put_round_end(struct json *j, const struct event *ev)
{
	json_uint(j, "n", ev->round.n);
	if (ev->round.summary)
		wire_summary(j, "summary", ev->round.summary);
	else
		json_null(j, "summary");
	json_obj(j, "phases_ms");
	for (size_t i = 0; i < PHASE_COUNT; i++)
		json_ms(j, phase_names[i], ev->round.phase_ms[i]);
	json_end(j);
}

static void put_heartbeat(struct json *j, const struct event *ev)
{
	(void)j;
	(void)ev;
}

static void put_gap(struct json *j, const struct event *ev)
{
	json_uint(j, "dropped", ev->gap_dropped);
}

static void put_result(struct json *j, const struct event *ev)
{
	wire_summary(j, "summary", ev->result.summary);
	json_str(j, "digest", ev->result.digest);
	json_arr(j, "reports");
	json_end(j);
}

static void put_end(struct json *j, const struct event *ev)
{
	json_int(j, "exit", ev->end.exit);
	if (ev->end.problem_json)
		json_raw(j, "problem", ev->end.problem_json, strlen(ev->end.problem_json));
	else
		json_null(j, "problem");
}

/* What has step output in it is written by hand below. */
static void (*const writers[EV_COUNT])(struct json *j, const struct event *ev) = {
	[EV_RUN] = put_run,
	[EV_FILE] = put_file,
	[EV_DIAGNOSTIC] = put_diagnostic,
	[EV_PLAN] = put_plan,
	[EV_TEST_START] = put_test_start,
	[EV_TEST_END] = put_test_end,
	[EV_SCENARIO_START] = put_scenario_start,
	[EV_STEP_START] = put_step_start,
	[EV_OUTPUT] = put_output,
	[EV_FINDING] = put_finding,
	[EV_NOTE] = put_note,
	[EV_PROGRESS] = put_progress,
	[EV_CANCEL] = put_cancel,
	[EV_ROUND] = put_round,
	[EV_ROUND_END] = put_round_end,
	[EV_HEARTBEAT] = put_heartbeat,
	[EV_GAP] = put_gap,
	[EV_RESULT] = put_result,
	[EV_END] = put_end,
};

/* What only the journal has. */
static void put_history(struct json *j, const struct event *ev)
{
	if (ev->kind == EV_RUN && ev->run.plan) {
		wire_plan(j, "plan", ev->run.plan);
	} else if (ev->kind == EV_TEST_END) {
		json_uint(j, "index", ev->test.index);
	} else if (ev->kind == EV_SCENARIO_END) {
		json_uint(j, "test_index", ev->scenario_end->test_index);
		json_uint(j, "slot", ev->scenario_end->slot);
	} else if (ev->kind == EV_END) {
		json_str(j, "state", ev->end.state);
	}
}

void wire_event(const struct event *ev, bool with_output, struct strbuf *out)
{
	struct json j = JSON_INIT(out);

	json_obj(&j, NULL);
	json_str(&j, "ev", event_names[ev->kind]);
	json_uint(&j, "seq", ev->seq);
	json_ms(&j, "t_ms", ev->t_ms);
	if (with_output)
		put_history(&j, ev);
	if (ev->kind == EV_SCENARIO_END) {
		json_str(&j, "scenario", ev->scenario_end->id);
		wire_scenario_members(&j, ev->scenario_end, with_output, false);
	} else if (ev->kind == EV_STEP_END) {
		put_step_end(&j, ev, with_output);
	} else {
		writers[ev->kind](&j, ev);
	}
	json_end(&j);
	strbuf_addc(out, '\n');
}
