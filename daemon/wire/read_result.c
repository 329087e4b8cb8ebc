#include <math.h>

#include "common/clock.h"
#include "daemon/wire/wire_priv.h"

void read_summary(const json_t *o, struct run_summary *s)
{
	*s = (struct run_summary){
		.tests = read_uint(o, "tests"),
		.scenarios = read_uint(o, "scenarios"),
		.pass = read_uint(o, "pass"),
		.fail = read_uint(o, "fail"),
		.fake_green = read_uint(o, "fake_green"),
		.error = read_uint(o, "error"),
		.skip = read_uint(o, "skip"),
		.flaky = read_uint(o, "flaky"),
		.cached = read_uint(o, "cached"),
		.quarantined = read_uint(o, "quarantined"),
		.findings = read_uint(o, "findings"),
		.wall_ms = read_num(o, "wall_ms"),
		.busy_ms = read_num(o, "busy_ms"),
	};
}

static void read_deadline(const json_t *o, struct deadline *d)
{
	const json_t *v = json_object_get(o, "deadline");
	double ms = read_num(v, "ms");

	*d = (struct deadline){ 0 };
	if (!(ms > 0) || ms > 1e12)
		return;
	d->ns = llround(ms * NS_PER_MS);
	d->source = read_name(v, "source", deadline_source_names, DEADLINE_SOURCES, 0);
}

static int64_t read_span(const json_t *o, const char *key)
{
	double ms = read_num(o, key);

	return ms > 0 && ms < 1e12 ? llround(ms * NS_PER_MS) : 0;
}

/* Of a step: in its deadline, or beside it where the history keeps that elsewhere. */
static void read_silence(const json_t *step, struct silence *s)
{
	const json_t *v = json_object_get(json_object_get(step, "deadline"), "silence");

	if (!v)
		v = json_object_get(step, "silence");
	*s = (struct silence){
		.ns = read_span(v, "ms"),
		.slowest_ns = read_span(v, "slowest_ms"),
		.floor_ns = read_span(v, "floor_ms"),
		.passes = read_uint(v, "passes"),
		.never = json_is_null(v),
	};
}

static void read_failure(const json_t *o, struct arena *a, struct failure *f)
{
	*f = (struct failure){
		.code = read_name(o, "code", reason_names, REASON_COUNT, REASON_INTERNAL),
		.assertion = read_str(o, "assertion", a),
		.message = read_str_or(o, "message", a, ""),
		.expected = read_str(o, "expected", a),
		.actual = read_str(o, "actual", a),
		.diff = read_str(o, "diff", a),
		.step = read_str(o, "step", a),
		.file = read_str(o, "file", a),
		.pos.line = read_uint(o, "line"),
		.pos.col = read_uint(o, "column"),
		.hint = read_str(o, "hint", a),
	};
}

static struct failure *read_failures(const json_t *o, struct arena *a, size_t *n)
{
	const json_t *v = read_array(o, "failures", n);
	struct failure *f = arena_array(a, *n + 1, sizeof *f);

	for (size_t i = 0; i < *n; i++)
		read_failure(json_array_get(v, i), a, &f[i]);
	return f;
}

/* Takes out the line that says how much is missing; output that merely looks like one does not
 * name the number that is missing. */
static void join_cut(struct captured *c, struct arena *a)
{
	const char *at = c->data + c->head;
	unsigned long long missing = 0;
	int used = 0;

	if (sscanf(at, "\n[... %llu bytes cut ...]\n%n", &missing, &used) != 1 || used == 0 ||
	        missing + (c->len - (size_t)used) != c->total)
		return;

	size_t kept = c->len - (size_t)used;
	char *joined = arena_alloc(a, kept + 1);

	memcpy(joined, c->data, c->head);
	memcpy(joined + c->head, at + used, kept - c->head);
	c->data = joined;
	c->len = kept;
}

static void read_stream(const json_t *o, const char *name, struct arena *a, struct captured *c)
{
	char encoding[24], head[24], bytes[24], arrival[24];

	snprintf(encoding, sizeof encoding, "%s_encoding", name);
	snprintf(head, sizeof head, "%s_head", name);
	snprintf(bytes, sizeof bytes, "%s_bytes", name);
	snprintf(arrival, sizeof arrival, "%s_arrival", name);
	c->arrival = read_str(o, arrival, a);
	read_bytes(o, name, encoding, a, &c->data, &c->len);
	c->total = read_u64(o, bytes);
	if (!json_object_get(o, name))
		c->len = 0;
	c->head = c->len;
	if (json_object_get(o, head)) {
		c->head = read_u64(o, head);
		if (c->head > c->len)
			c->head = c->len;
		join_cut(c, a);
	}
}

void read_step(const json_t *o, struct arena *a, struct step_result *s)
{
	const char *phase = json_string_value(json_object_get(o, "phase"));

	*s = (struct step_result){
		.name = read_str_or(o, "name", a, ""),
		.index = read_uint(o, "index"),
		.line = read_uint(o, "line"),
		.verdict = read_name(o, "verdict", verdict_names, VERDICT_ERROR + 1, VERDICT_ERROR),
		.reason = read_name(o, "reason", reason_names, REASON_COUNT, REASON_NONE),
		.exit_code = (int)read_int(o, "exit_code", -1),
		.signal = (int)read_int(o, "signal", 0),
		.attempts = read_uint(o, "attempts"),
		.started_ms = read_num(o, "started_ms"),
		.duration_ms = read_num(o, "duration_ms"),
		.user_ms = read_num(o, "user_ms"),
		.system_ms = read_num(o, "system_ms"),
		.max_rss_bytes = read_u64(o, "max_rss_bytes"),
		.ran = read_bool(o, "ran"),
		.setup = phase && strcmp(phase, "setup") == 0,
		.teardown = phase && strcmp(phase, "teardown") == 0,
	};
	read_stream(o, "stdout", a, &s->out);
	read_stream(o, "stderr", a, &s->err);
	read_deadline(o, &s->deadline);
	read_silence(o, &s->silence);
	s->failures = read_failures(o, a, &s->n_failures);
	read_list(o, "argv", a, &s->argv);
	read_vars(o, "captures", a, &s->captures, &s->n_captures);
}

static struct receipt *read_receipt(const json_t *o, struct arena *a)
{
	struct receipt *r = arena_alloc(a, sizeof *r);
	const json_t *v = read_array(o, "degraded", &r->n_degraded);

	r->pristine = read_bool(o, "pristine");
	r->engine = read_str(o, "engine", a);
	r->mode = read_str(o, "mode", a);
	r->profile = read_str(o, "profile", a);
	read_list(o, "namespaces", a, &r->namespaces);
	r->uid_map = read_str(o, "uid_map", a);
	r->no_new_privs = read_bool(o, "no_new_privs");
	read_list(o, "capabilities", a, &r->capabilities);
	r->seccomp_sha256 = read_str(o, "seccomp_sha256", a);
	read_vars(o, "limits", a, &r->limits, &r->n_limits);
	r->network = read_str(o, "network", a);
	r->image = read_str(o, "image", a);
	r->image_digest = read_str(o, "image_digest", a);
	r->prepared = read_str(o, "prepared", a);
	const char *as = read_str(o, "prepared_as", a);
	r->recorded = as && strcmp(as, wire_prepared_as(true)) == 0;
	r->sandbox = read_str(o, "sandbox", a);
	r->degraded = arena_array(a, r->n_degraded + 1, sizeof *r->degraded);
	for (size_t i = 0; i < r->n_degraded; i++) {
		const json_t *d = json_array_get(v, i);

		r->degraded[i] = (struct degraded){
			.what = read_str(d, "what", a),
			.wanted = read_str(d, "wanted", a),
			.got = read_str(d, "got", a),
		};
	}
	return r;
}

void read_finding(const json_t *o, struct arena *a, struct finding *f)
{
	*f = (struct finding){
		.kind = read_str_or(o, "kind", a, ""),
		.message = read_str_or(o, "message", a, ""),
		.severity = read_str_or(o, "severity", a, "report"),
		.step = read_str(o, "step", a),
		.program = read_str(o, "program", a),
		.pid = (int)read_int(o, "pid", 0),
		.path = read_str(o, "path", a),
		.address = read_str(o, "address", a),
	};
}

static void read_steps(const json_t *o, struct scenario_result *s)
{
	const json_t *v = read_array(o, "steps", &s->n_steps);

	s->steps = arena_array(s->arena, s->n_steps + 1, sizeof *s->steps);
	for (size_t i = 0; i < s->n_steps; i++)
		read_step(json_array_get(v, i), s->arena, &s->steps[i]);
}

static void read_findings(const json_t *o, struct scenario_result *s)
{
	const json_t *v = read_array(o, "findings", &s->n_findings);

	s->findings = arena_array(s->arena, s->n_findings + 1, sizeof *s->findings);
	for (size_t i = 0; i < s->n_findings; i++)
		read_finding(json_array_get(v, i), s->arena, &s->findings[i]);
}

static void read_quarantine(const json_t *o, struct scenario_result *s)
{
	const json_t *q = json_object_get(o, "quarantine");
	struct arena *a = s->arena;
	const char *until = read_str_or(q, "until", a, "");
	int64_t end;

	if (!read_bool(o, "quarantined"))
		return;
	/* Reports show it as the day that it is. */
	if (strlen(until) != QUARANTINE_DATE_LEN || !quarantine_end(until, &end))
		until = "";
	s->quarantine = arena_alloc(a, sizeof *s->quarantine);
	*s->quarantine = (struct quarantine){
		.test = read_str_or(q, "test", a, ""),
		.owner = read_str_or(q, "owner", a, ""),
		.until = until,
		.reason = read_str(q, "reason", a),
	};
}

/* What all attempts share is said once. */
static struct scenario_result *read_attempt(const json_t *o, const struct scenario_result *s)
{
	struct scenario_result *x = scenario_result_new();
	struct arena *a = x->arena;

	x->id = arena_strdup(a, s->id);
	x->name = arena_strdup(a, s->name);
	x->test = arena_strdup(a, s->test);
	x->file = arena_strdup(a, s->file);
	x->line = s->line;
	x->verdict = read_name(o, "verdict", verdict_names, VERDICT_ERROR + 1, VERDICT_ERROR);
	x->reason = read_name(o, "reason", reason_names, REASON_COUNT, REASON_NONE);
	x->reason_text = read_str(o, "reason_text", a);
	x->started_wall_ns = read_when(o, "started_at");
	x->duration_ms = read_num(o, "duration_ms");
	x->failures = read_failures(o, a, &x->n_failures);
	read_steps(o, x);
	return x;
}

#define ATTEMPTS_MAX 100u

/* The last one is the scenario itself. */
static void read_attempts(const json_t *o, struct scenario_result *s)
{
	size_t n;
	const json_t *v = read_array(o, "attempt_history", &n);

	if (n < 2)
		return;
	n = n - 1 < ATTEMPTS_MAX ? n - 1 : ATTEMPTS_MAX;
	s->before = arena_array(s->arena, n, sizeof(*s->before));
	for (; s->n_before < n; s->n_before++)
		s->before[s->n_before] = read_attempt(json_array_get(v, s->n_before), s);
	for (size_t i = 0; i < n; i++)
		s->before[i]->attempts = (unsigned)i + 1;
}

/* The name becomes one of a file, and the digest is one already. */
static bool is_artifact(const json_t *o)
{
	const char *name = json_string_value(json_object_get(o, "name"));
	const char *sha = json_string_value(json_object_get(o, "sha256"));

	return name && *name && name[0] != '.' && !strchr(name, '/') && sha && strlen(sha) == 64 &&
	       strspn(sha, "0123456789abcdef") == 64;
}

static void read_artifacts(const json_t *o, struct scenario_result *s)
{
	size_t n;
	const json_t *v = read_array(o, "artifacts", &n);

	s->artifacts = arena_array(s->arena, n + 1, sizeof *s->artifacts);
	for (size_t i = 0; i < n; i++) {
		const json_t *x = json_array_get(v, i);
		struct artifact *to = &s->artifacts[s->n_artifacts];

		if (!is_artifact(x))
			continue;
		to->name = read_str_or(x, "name", s->arena, "");
		to->bytes = (uint64_t)read_int(x, "bytes", 0);
		memcpy(to->sha256, json_string_value(json_object_get(x, "sha256")), 65);
		s->n_artifacts++;
	}
}

struct scenario_result *read_scenario(const json_t *o)
{
	struct scenario_result *s = scenario_result_new();
	struct arena *a = s->arena;
	const json_t *receipt = json_object_get(o, "receipt");

	s->id = read_str_or(o, "id", a, "");
	s->name = read_str_or(o, "name", a, "");
	s->test = read_str_or(o, "test", a, "");
	s->file = read_str_or(o, "file", a, "");
	read_list(o, "tags", a, &s->tags);
	s->test_index = read_uint(o, "test_index");
	s->slot = read_uint(o, "slot");
	s->line = read_uint(o, "line");
	s->verdict = read_name(o, "verdict", verdict_names, VERDICT_ERROR + 1, VERDICT_ERROR);
	s->reason = read_name(o, "reason", reason_names, REASON_COUNT, REASON_NONE);
	s->reason_text = read_str(o, "reason_text", a);
	s->flaky = read_bool(o, "flaky");
	s->cached = read_bool(o, "cached");
	s->cached_from = read_str(o, "cached_from", a);
	s->key = read_str(o, "key", a);
	s->kept = read_str(o, "sandbox", a);
	s->attempts = read_uint(o, "attempts");
	s->attempts_max = read_uint(o, "attempts_max");
	s->repetition = read_uint(o, "repetition");
	read_quarantine(o, s);
	s->started_wall_ns = read_when(o, "started_at");
	s->queued_ms = read_num(o, "queued_ms");
	s->duration_ms = read_num(o, "duration_ms");
	s->memory_peak_bytes = (uint64_t)read_int(o, "memory_peak_bytes", 0);
	read_deadline(o, &s->deadline);
	s->failures = read_failures(o, a, &s->n_failures);
	read_steps(o, s);
	read_findings(o, s);
	read_artifacts(o, s);
	if (json_is_object(receipt))
		s->receipt = read_receipt(receipt, a);
	read_attempts(o, s);
	return s;
}

struct scenario_result *wire_read_scenario(const char *text, size_t len, struct err *e)
{
	json_error_t je;
	json_t *o = json_loadb(text, len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &je);
	struct scenario_result *s = NULL;

	if (json_is_object(o))
		s = read_scenario(o);
	else
		err_set(e, ERR_INVALID, "not a scenario object: %s", o ? "no object" : je.text);
	json_decref(o);
	return s;
}
