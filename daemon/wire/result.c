#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/clock.h"
#include "daemon/wire/wire_priv.h"

void wire_when(struct json *j, const char *key, int64_t wall_ns)
{
	char at[RFC3339_LEN];

	if (wall_ns == 0) {
		json_null(j, key);
		return;
	}
	clock_rfc3339(wall_ns, at);
	json_str(j, key, at);
}

void wire_list(struct json *j, const char *key, const struct str_list *l)
{
	json_arr(j, key);
	for (size_t i = 0; i < l->n; i++)
		json_str(j, NULL, l->v[i]);
	json_end(j);
}

static bool named_again(const struct env_var *v, const struct env_var *end)
{
	for (const struct env_var *x = v + 1; x < end; x++)
		if (strcmp(x->name, v->name) == 0)
			return true;
	return false;
}

/* An object has each member once: of what was given twice the last counts. */
void wire_vars(struct json *j, const char *key, const struct env_var *v, size_t n)
{
	json_obj(j, key);
	for (size_t i = 0; i < n; i++)
		if (!named_again(&v[i], v + n))
			json_str(j, v[i].name, v[i].value);
	json_end(j);
}

void wire_silence(struct json *j, const char *key, const struct silence *s)
{
	if (s->never) {
		json_null(j, key);
		return;
	}
	json_obj(j, key);
	json_ms(j, "ms", (double)s->ns / NS_PER_MS);
	json_ms(j, "slowest_ms", (double)s->slowest_ns / NS_PER_MS);
	json_ms(j, "floor_ms", (double)s->floor_ns / NS_PER_MS);
	json_uint(j, "passes", s->passes);
	json_end(j);
}

void wire_deadline(
        struct json *j, const char *key, const struct deadline *d, const struct silence *silence)
{
	if (d->ns == 0) {
		json_null(j, key);
		return;
	}
	json_obj(j, key);
	json_ms(j, "ms", (double)d->ns / NS_PER_MS);
	json_str(j, "source", deadline_source_names[d->source]);
	if (silence && (silence->ns || silence->never))
		wire_silence(j, "silence", silence);
	json_end(j);
}

void wire_summary_members(struct json *j, const struct run_summary *s)
{
	json_uint(j, "tests", s->tests);
	json_uint(j, "scenarios", s->scenarios);
	json_uint(j, "pass", s->pass);
	json_uint(j, "fail", s->fail);
	json_uint(j, "fake_green", s->fake_green);
	json_uint(j, "error", s->error);
	json_uint(j, "skip", s->skip);
	json_uint(j, "flaky", s->flaky);
	json_uint(j, "cached", s->cached);
	json_uint(j, "quarantined", s->quarantined);
	json_uint(j, "findings", s->findings);
	json_ms(j, "wall_ms", s->wall_ms);
	json_ms(j, "busy_ms", s->busy_ms);
}

void wire_summary(struct json *j, const char *key, const struct run_summary *s)
{
	json_obj(j, key);
	wire_summary_members(j, s);
	json_end(j);
}

static void write_failure(struct json *j, const struct failure *f)
{
	json_obj(j, NULL);
	json_str(j, "code", reason_names[f->code]);
	json_str(j, "assertion", f->assertion);
	json_str(j, "message", f->message);
	json_str(j, "expected", f->expected);
	json_str(j, "actual", f->actual);
	json_str(j, "diff", f->diff);
	json_str(j, "step", f->step);
	json_str(j, "file", f->file);
	json_uint(j, "line", f->pos.line);
	json_uint(j, "column", f->pos.col);
	json_str(j, "hint", f->hint);
	json_end(j);
}

void wire_failures(struct json *j, const char *key, const struct failure *f, size_t n)
{
	json_arr(j, key);
	for (size_t i = 0; i < n; i++)
		write_failure(j, &f[i]);
	json_end(j);
}

/* Length of p without a character that the end cuts in two. */
static size_t whole_end(const char *p, size_t n)
{
	size_t back = 0;

	while (back < 3 && back < n && ((unsigned char)p[n - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back == n)
		return n;

	unsigned char lead = (unsigned char)p[n - 1 - back];
	size_t need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;

	return need > back + 1 ? n - back - 1 : n;
}

/* Bytes at the start of p that belong to a character cut before it. */
static size_t whole_start(const char *p, size_t n)
{
	size_t skip = 0;

	while (skip < 3 && skip < n && ((unsigned char)p[skip] & 0xc0) == 0x80)
		skip++;
	return skip;
}

/* The stream as people and programs see it: head, a line that counts what is missing, tail. */
static size_t cut_stream(const struct captured *c, struct strbuf *out)
{
	size_t half = WIRE_OUTPUT_MAX / 2, tail_at = c->head;
	size_t head = c->head, tail = c->len - c->head;

	if (tail == 0 && c->total <= c->len && c->len > WIRE_OUTPUT_MAX)
		tail_at = c->len - half, tail = half;
	if (head > half)
		head = half;
	if (tail > half)
		tail_at = c->len - half, tail = half;
	head = whole_end(c->data, head);

	size_t skip = whole_start(c->data + tail_at, tail);

	tail_at += skip;
	tail -= skip;
	strbuf_add(out, c->data, head);
	strbuf_printf(
	        out, "\n[... %llu bytes cut ...]\n", (unsigned long long)(c->total - head - tail));
	strbuf_add(out, c->data + tail_at, tail);
	return head;
}

struct stream_keys {
	const char *data, *encoding, *head, *bytes, *cut, *arrival;
};
static const struct stream_keys stream_keys[2] = {
	{ "stdout", "stdout_encoding", "stdout_head", "stdout_bytes", "stdout_cut",
	        "stdout_arrival" },
	{ "stderr", "stderr_encoding", "stderr_head", "stderr_bytes", "stderr_cut",
	        "stderr_arrival" },
};

static void write_stream(struct json *j, const struct stream_keys *k, const struct captured *c,
        bool with_output, bool cut)
{
	bool was_cut = c->total > c->len;
	bool cut_here = cut && (was_cut || c->len > WIRE_OUTPUT_MAX);

	if (with_output && cut_here) {
		AUTO_STRBUF b = STRBUF_INIT;
		size_t head = cut_stream(c, &b);
		const char *encoding = json_bytes(j, k->data, b.s, b.len);

		json_str(j, k->encoding, encoding);
		json_uint(j, k->head, head);
	} else if (with_output) {
		const char *encoding = json_bytes(j, k->data, c->len ? c->data : "", c->len);

		json_str(j, k->encoding, encoding);
		if (was_cut)
			json_uint(j, k->head, c->head);
		if (c->arrival && !cut)
			json_str(j, k->arrival, c->arrival);
	}
	json_uint(j, k->bytes, c->total);
	json_bool(j, k->cut, was_cut || cut_here);
}

static const char *step_phase(const struct step_result *s)
{
	return s->setup ? "setup" : s->teardown ? "teardown" : "step";
}

void wire_step_members(struct json *j, const struct step_result *s, bool with_output, bool cut)
{
	json_str(j, "name", s->name);
	json_uint(j, "index", s->index);
	json_uint(j, "line", s->line);
	json_str(j, "phase", step_phase(s));
	json_bool(j, "ran", s->ran);
	json_str(j, "verdict", verdict_names[s->verdict]);
	json_str(j, "reason", reason_names[s->reason]);
	if (s->exit_code >= 0)
		json_int(j, "exit_code", s->exit_code);
	else
		json_null(j, "exit_code");
	if (s->signal > 0)
		json_int(j, "signal", s->signal);
	else
		json_null(j, "signal");
	json_uint(j, "attempts", s->attempts);
	json_ms(j, "started_ms", s->started_ms);
	json_ms(j, "duration_ms", s->duration_ms);
	json_ms(j, "user_ms", s->user_ms);
	json_ms(j, "system_ms", s->system_ms);
	json_uint(j, "max_rss_bytes", s->max_rss_bytes);
	write_stream(j, &stream_keys[0], &s->out, with_output, cut);
	write_stream(j, &stream_keys[1], &s->err, with_output, cut);
	wire_vars(j, "captures", s->captures, s->n_captures);
	wire_deadline(j, "deadline", &s->deadline, &s->silence);
	wire_failures(j, "failures", s->failures, s->n_failures);
	wire_list(j, "argv", &s->argv);
}

void wire_step(
        struct json *j, const char *key, const struct step_result *s, bool with_output, bool cut)
{
	json_obj(j, key);
	wire_step_members(j, s, with_output, cut);
	json_end(j);
}

const char *wire_prepared_as(bool recorded)
{
	return recorded ? "recorded" : "reproducible";
}

void wire_receipt(struct json *j, const char *key, const struct receipt *r)
{
	if (!r) {
		json_null(j, key);
		return;
	}
	json_obj(j, key);
	json_bool(j, "pristine", r->pristine);
	json_str(j, "engine", r->engine);
	json_str(j, "mode", r->mode);
	json_str(j, "profile", r->profile);
	wire_list(j, "namespaces", &r->namespaces);
	json_str(j, "uid_map", r->uid_map);
	json_bool(j, "no_new_privs", r->no_new_privs);
	wire_list(j, "capabilities", &r->capabilities);
	json_str(j, "seccomp_sha256", r->seccomp_sha256);
	wire_vars(j, "limits", r->limits, r->n_limits);
	json_str(j, "network", r->network);
	json_str(j, "image", r->image);
	json_str(j, "image_digest", r->image_digest);
	json_str(j, "prepared", r->prepared);
	json_str(j, "prepared_as", r->prepared ? wire_prepared_as(r->recorded) : NULL);
	json_arr(j, "degraded");
	for (size_t i = 0; i < r->n_degraded; i++) {
		json_obj(j, NULL);
		json_str(j, "what", r->degraded[i].what);
		json_str(j, "wanted", r->degraded[i].wanted);
		json_str(j, "got", r->degraded[i].got);
		json_end(j);
	}
	json_end(j);
	json_str(j, "sandbox", r->sandbox);
	json_end(j);
}

void wire_finding_members(struct json *j, const struct finding *f)
{
	json_str(j, "kind", f->kind);
	json_str(j, "message", f->message);
	json_str(j, "severity", f->severity);
	json_str(j, "step", f->step);
	json_str(j, "program", f->program);
	json_int(j, "pid", f->pid);
	json_str(j, "path", f->path);
	json_str(j, "address", f->address);
}

static void write_steps(struct json *j, const struct scenario_result *s, bool with_output, bool cut)
{
	json_arr(j, "steps");
	for (size_t i = 0; i < s->n_steps; i++)
		wire_step(j, NULL, &s->steps[i], with_output, cut);
	json_end(j);
}

static void write_findings(struct json *j, const struct scenario_result *s)
{
	json_arr(j, "findings");
	for (size_t i = 0; i < s->n_findings; i++) {
		json_obj(j, NULL);
		wire_finding_members(j, &s->findings[i]);
		json_end(j);
	}
	json_end(j);
}

void wire_artifacts(struct json *j, const char *key, const struct scenario_result *s)
{
	json_arr(j, key);
	for (size_t i = 0; i < s->n_artifacts; i++) {
		json_obj(j, NULL);
		json_str(j, "name", s->artifacts[i].name);
		json_uint(j, "bytes", s->artifacts[i].bytes);
		json_str(j, "sha256", s->artifacts[i].sha256);
		json_end(j);
	}
	json_end(j);
}

static void write_empty(struct json *j, const char *key)
{
	json_arr(j, key);
	json_end(j);
}

void wire_quarantine(struct json *j, const struct quarantine *q)
{
	json_bool(j, "quarantined", q != NULL);
	if (!q)
		return;
	json_obj(j, "quarantine");
	json_str(j, "test", q->test);
	json_str(j, "owner", q->owner);
	json_str(j, "until", q->until);
	json_str(j, "reason", q->reason);
	json_end(j);
}

/* The last attempt is the scenario itself: its steps are not told twice. */
static void write_attempt(
        struct json *j, const struct scenario_result *s, bool is_last, bool with_output, bool cut)
{
	json_obj(j, NULL);
	json_str(j, "verdict", verdict_names[s->verdict]);
	json_str(j, "reason", reason_names[s->reason]);
	json_ms(j, "duration_ms", s->duration_ms);
	wire_failures(j, "failures", s->failures, s->n_failures);
	if (!is_last) {
		json_str(j, "reason_text", s->reason_text);
		wire_when(j, "started_at", s->started_wall_ns);
		write_steps(j, s, with_output, cut);
	}
	json_end(j);
}

/* Of a scenario that ran once there is nothing to tell that it does not say itself. */
void wire_attempts(struct json *j, const struct scenario_result *s, bool with_output, bool cut)
{
	json_arr(j, "attempt_history");
	for (size_t i = 0; i < s->n_before; i++)
		write_attempt(j, s->before[i], false, with_output, cut);
	if (s->n_before)
		write_attempt(j, s, true, with_output, cut);
	json_end(j);
}

void wire_scenario_members(
        struct json *j, const struct scenario_result *s, bool with_output, bool cut)
{
	json_str(j, "id", s->id);
	json_str(j, "name", s->name);
	json_str(j, "test", s->test);
	json_str(j, "file", s->file);
	json_uint(j, "line", s->line);
	wire_list(j, "tags", &s->tags);
	json_str(j, "verdict", verdict_names[s->verdict]);
	json_str(j, "reason", reason_names[s->reason]);
	json_str(j, "reason_text", s->reason_text);
	json_bool(j, "flaky", s->flaky);
	json_bool(j, "cached", s->cached);
	json_str(j, "cached_from", s->cached_from);
	wire_quarantine(j, s->quarantine);
	if (s->repetition)
		json_uint(j, "repetition", s->repetition);
	json_uint(j, "attempts", s->attempts);
	if (s->attempts_max > 1)
		json_uint(j, "attempts_max", s->attempts_max);
	wire_attempts(j, s, with_output, true);
	wire_when(j, "started_at", s->started_wall_ns);
	json_ms(j, "queued_ms", s->queued_ms);
	json_ms(j, "duration_ms", s->duration_ms);
	if (s->memory_peak_bytes)
		json_uint(j, "memory_peak_bytes", s->memory_peak_bytes);
	else
		json_null(j, "memory_peak_bytes");
	wire_deadline(j, "deadline", &s->deadline, NULL);
	wire_failures(j, "failures", s->failures, s->n_failures);
	write_steps(j, s, with_output, cut);
	write_empty(j, "services");
	write_findings(j, s);
	wire_receipt(j, "receipt", s->receipt);
	json_null(j, "telemetry");
	wire_artifacts(j, "artifacts", s);
	json_str(j, "key", s->key);
	json_str(j, "sandbox", s->kept);
}

void wire_scenario(struct json *j, const char *key, const struct scenario_result *s,
        bool with_output, bool cut)
{
	json_obj(j, key);
	wire_scenario_members(j, s, with_output, cut);
	json_end(j);
}

static void write_test(struct json *j, const struct test_outcome *t)
{
	json_obj(j, NULL);
	json_str(j, "name", t->name);
	json_str(j, "file", t->file);
	json_uint(j, "line", t->line);
	json_str(j, "version", t->version);
	json_str(j, "description", t->description);
	wire_list(j, "tags", &t->tags);
	json_obj(j, "matrix");
	for (size_t i = 0; i + 1 < t->matrix.n; i += 2)
		json_str(j, t->matrix.v[i], t->matrix.v[i + 1]);
	json_end(j);
	json_str(j, "verdict", verdict_names[t->verdict]);
	json_ms(j, "duration_ms", t->duration_ms);
	json_arr(j, "scenarios");
	for (size_t i = 0; i < t->n_scenarios; i++)
		wire_scenario(j, NULL, t->scenarios[i], true, true);
	json_end(j);
	json_end(j);
}

/* The engine that the scenarios had; "native" when none had a sandbox. */
static const char *run_engine(const struct run_result *r)
{
	for (size_t i = 0; i < r->n_tests; i++) {
		for (size_t k = 0; k < r->tests[i].n_scenarios; k++) {
			const struct receipt *rc = r->tests[i].scenarios[k]->receipt;

			if (rc && rc->engine)
				return rc->engine;
		}
	}
	return "native";
}

void wire_shard(struct json *j, unsigned index, unsigned total)
{
	json_obj(j, "shard");
	json_uint(j, "index", index);
	json_uint(j, "total", total);
	json_end(j);
}

static void write_run(struct json *j, const struct run_result *r)
{
	char digest[RUN_DIGEST_LEN];
	unsigned shard, shards;
	struct utsname u;

	json_obj(j, "run");
	json_str(j, "id", r->id);
	wire_when(j, "started_at", r->started_wall_ns);
	json_ms(j, "duration_ms", r->duration_ms);
	json_str(j, "state", r->state);
	json_int(j, "exit", r->exit);
	wire_list(j, "paths", &r->paths);
	json_str(j, "cwd", r->cwd);
	json_str(j, "project", r->project);
	json_uint(j, "jobs", r->jobs);
	if (run_result_shard(r, &shard, &shards))
		wire_shard(j, shard, shards);
	else
		json_null(j, "shard");
	json_str(j, "seed", run_result_seed(r));
	json_str(j, "shuffle_seed", run_result_shuffle_seed(r));
	json_str(j, "engine", run_engine(r));
	json_str(j, "isolation", r->isolation);
	wire_vars(j, "options", r->options, r->n_options);
	wire_vars(j, "labels", r->labels, r->n_labels);
	json_str(j, "version", CLNRM_VERSION);
	json_str(j, "build", r->build);
	json_str(j, "kernel", uname(&u) == 0 ? u.release : NULL);
	json_int(j, "cpus", sysconf(_SC_NPROCESSORS_ONLN));
	json_str(j, "digest", wire_digest(r, digest) ? digest : NULL);
	json_end(j);
}

void wire_run(struct json *j, const struct run_result *r)
{
	json_obj(j, NULL);
	json_str(j, "schema", "clnrm.run/1");
	write_run(j, r);
	wire_summary(j, "summary", &r->summary);
	json_arr(j, "tests");
	for (size_t i = 0; i < r->n_tests; i++)
		write_test(j, &r->tests[i]);
	json_end(j);
	wire_diags(j, "diagnostics", &r->diags);
	json_end(j);
}
