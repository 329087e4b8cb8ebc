#include "daemon/server/runs_request.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"
#include "common/num.h"
#include "daemon/wire/wire.h"

#define RECEIPT_MAX (64 << 10)

#define SHARDS_MAX 10000

/* ---- tables ---- */

#define RETRIES_OPEN UINT_MAX
#define KEEP_MAX_MS (7ull * 24 * 3600 * 1000)

struct raw_options {
	struct str_list filter, exclude, tag;
	const char *shard, *shuffle;
	int shard_by;
	bool failed, failed_first;
	bool list, fail_fast, force, keep_going, no_history, strict, allow_unknown, forbid_only;
	bool no_config, raw, parallel, no_ci, hermetic_env, changed, skip_refused, digest;
	bool check, diff, verify, deny_warnings, fix;
	struct str_list allow, warn, deny;
	unsigned verify_cache, jobs, max_failures, slowest;
	unsigned retries, repeat, until_fail; /* RETRIES_OPEN: not given; 0: not given */
	bool fail_on_flaky, flaky_given;
	int64_t timeout, scenario_timeout, step_timeout, keep_for;
	int isolation, findings, keep, junit_dialect, junit_output, show_output, graph, snapshots;
	struct pairs image_map, map;
	const char *config, *seed, *freeze_clock, *require_receipt, *artifacts;
	bool once, clear;
	unsigned debounce_ms;
};

#define AT(member) .at = offsetof(struct raw_options, member)
#define FLAG(n, member)                                   \
	{                                                 \
		.name = n, .type = FIELD_BOOL, AT(member) \
	}
#define TIME(n, member)                                                                       \
	{                                                                                     \
		.name = n, .type = FIELD_TIME, AT(member), .min = 1, .max = FIELD_TIME_MAX_MS \
	}
#define LATER(n, feature)                                         \
	{                                                         \
		.name = n, .type = FIELD_LATER, .values = feature \
	}
#define CHOICE(n, member, words)                                             \
	{                                                                    \
		.name = n, .type = FIELD_CHOICE, AT(member), .values = words \
	}

#define MAP                                                                 \
	{                                                                   \
		.name = "map", .type = FIELD_PAIRS, AT(map), .secret = true \
	}

static const struct field run_fields[] = {
	{ .name = "filter", .type = FIELD_LIST, AT(filter) },
	{ .name = "exclude", .type = FIELD_LIST, AT(exclude) },
	{ .name = "jobs", .type = FIELD_UINT, AT(jobs), .min = 1, .max = 1024 },
	{ .name = "max_failures", .type = FIELD_UINT, AT(max_failures), .min = 1, .max = 1000000 },
	{ .name = "slowest", .type = FIELD_UINT, AT(slowest), .min = 0, .max = 100000 },
	{ .name = "image_map", .type = FIELD_PAIRS, AT(image_map) },
	{ .name = "config", .type = FIELD_TEXT, AT(config), .max = BODY_PATH_MAX },
	{ .name = "verify_cache", .type = FIELD_UINT, AT(verify_cache), .max = 100 },
	FLAG("changed", changed),
	FLAG("parallel", parallel),
	FLAG("list", list),
	FLAG("fail_fast", fail_fast),
	FLAG("force", force),
	FLAG("keep_going", keep_going),
	FLAG("no_history", no_history),
	FLAG("strict", strict),
	FLAG("allow_unknown", allow_unknown),
	FLAG("forbid_only", forbid_only),
	FLAG("no_config", no_config),
	FLAG("raw", raw),
	FLAG("no_ci", no_ci),
	FLAG("skip_refused", skip_refused),
	TIME("timeout_ms", timeout),
	TIME("scenario_timeout_ms", scenario_timeout),
	TIME("step_timeout_ms", step_timeout),
	CHOICE("isolation", isolation, "strict standard relaxed"),
	CHOICE("findings", findings, "report fail ignore"),
	{ .name = "require_receipt", .type = FIELD_TEXT, AT(require_receipt), .max = RECEIPT_MAX },
	CHOICE("junit_dialect", junit_dialect, "surefire jenkins gitlab github plain"),
	CHOICE("junit_output", junit_output, "failed always"),
	CHOICE("show_output", show_output, "failed always never live"),
	CHOICE("graph", graph, "ascii dot mermaid"), /* of a plan */
	CHOICE("update_snapshots", snapshots, "missing all"),
	{ .name = "retries", .type = FIELD_UINT, AT(retries), .min = 0, .max = 100 },
	{ .name = "repeat", .type = FIELD_UINT, AT(repeat), .min = 1, .max = 1000000 },
	{ .name = "until_fail", .type = FIELD_UINT, AT(until_fail), .min = 1, .max = 1000000 },
	FLAG("fail_on_flaky", fail_on_flaky),
	{ .name = "tag", .type = FIELD_LIST, AT(tag) },
	FLAG("failed", failed),
	FLAG("failed_first", failed_first),
	{ .name = "shard", .type = FIELD_TEXT, AT(shard), .max = 32 },
	CHOICE("shard_by", shard_by, "time hash"),
	{ .name = "shuffle", .type = FIELD_TEXT, AT(shuffle), .max = 32 },
	CHOICE("keep", keep, "never on-failure always"),
	{ .name = "keep_for_ms", .type = FIELD_TIME, AT(keep_for), .min = 1, .max = KEEP_MAX_MS },
	FLAG("digest", digest),
	{ .name = "artifacts", .type = FIELD_TEXT, AT(artifacts), .max = BODY_PATH_MAX },
	MAP,
	FLAG("hermetic_env", hermetic_env),
	{ .name = "seed", .type = FIELD_TEXT, AT(seed), .max = 32 },
	{ .name = "freeze_clock", .type = FIELD_TEXT, AT(freeze_clock), .max = 64 },
	LATER("engine", "docker"),
	LATER("pull", "docker"),
	LATER("locked", "docker"),
	LATER("otel_exporter", "telemetry"),
	LATER("otel_endpoint", "telemetry"),
};

/* Of all requests about files. */
#define FILES_FIELDS                                                                \
	{ .name = "config", .type = FIELD_TEXT, AT(config), .max = BODY_PATH_MAX }, \
	        FLAG("strict", strict), FLAG("allow_unknown", allow_unknown),       \
	        FLAG("no_config", no_config), MAP

static const struct field validate_fields[] = { FILES_FIELDS };

static const struct field format_fields[] = {
	FILES_FIELDS,
	FLAG("check", check),
	FLAG("diff", diff),
	FLAG("verify", verify),
};

static const struct field lint_fields[] = {
	FILES_FIELDS,
	FLAG("deny_warnings", deny_warnings),
	FLAG("fix", fix),
	{ .name = "allow", .type = FIELD_LIST, AT(allow) },
	{ .name = "warn", .type = FIELD_LIST, AT(warn) },
	{ .name = "deny", .type = FIELD_LIST, AT(deny) },
};

static const struct {
	const struct field *v;
	size_t n;
} files_fields[] = {
	[FILES_VALIDATE] = { validate_fields, ARRAY_LEN(validate_fields) },
	[FILES_FORMAT] = { format_fields, ARRAY_LEN(format_fields) },
	[FILES_LINT] = { lint_fields, ARRAY_LEN(lint_fields) },
};

/* Beside those of a run. */
static const struct field watch_fields[] = {
	FLAG("once", once),
	FLAG("clear", clear),
	{ .name = "debounce_ms", .type = FIELD_UINT, AT(debounce_ms), .min = 0, .max = 60000 },
};

struct raw_body {
	struct str_list paths;
	const json_t *cwd, *env, *options, *labels, *reports, *in, *changed;
	const char *content, *name;
	struct pairs map;
	bool initial, detach;
};

#undef AT
#define AT(member) .at = offsetof(struct raw_body, member)

static const struct field run_members[] = {
	{ .name = "paths", .type = FIELD_LIST, AT(paths) },
	{ .name = "cwd", .type = FIELD_JSON, AT(cwd) },
	{ .name = "env", .type = FIELD_JSON, AT(env) },
	{ .name = "options", .type = FIELD_JSON, AT(options) },
	{ .name = "labels", .type = FIELD_JSON, AT(labels) },
	{ .name = "reports", .type = FIELD_JSON, AT(reports) },
	{ .name = "stdin", .type = FIELD_JSON, AT(in) },
	{ .name = "changed", .type = FIELD_JSON, AT(changed) },
	{ .name = "detach", .type = FIELD_BOOL, AT(detach) },
};

static const struct field watch_members[] = {
	{ .name = "paths", .type = FIELD_LIST, AT(paths) },
	{ .name = "cwd", .type = FIELD_JSON, AT(cwd) },
	{ .name = "env", .type = FIELD_JSON, AT(env) },
	{ .name = "options", .type = FIELD_JSON, AT(options) },
	{ .name = "labels", .type = FIELD_JSON, AT(labels) },
	{ .name = "initial", .type = FIELD_BOOL, AT(initial) },
};

static const struct field files_members[] = {
	{ .name = "paths", .type = FIELD_LIST, AT(paths) },
	{ .name = "content", .type = FIELD_TEXT, AT(content), .max = STDIN_TEXT_MAX },
	{ .name = "name", .type = FIELD_TEXT, AT(name), .max = BODY_PATH_MAX },
	{ .name = "cwd", .type = FIELD_JSON, AT(cwd) },
	{ .name = "env", .type = FIELD_JSON, AT(env) },
	{ .name = "options", .type = FIELD_JSON, AT(options) },
	{ .name = "stdin", .type = FIELD_JSON, AT(in) },
	MAP,
};

/* ---- stdin ---- */

static const char default_stdin_name[] = "stdin.clnrm.toml";

struct raw_stdin {
	const char *name;
	const char *text;
};

static void read_stdin(struct decode *c, const json_t *in, struct run_options *o)
{
	static const struct field fields[] = {
		{ .name = "name",
		        .type = FIELD_TEXT,
		        .at = offsetof(struct raw_stdin, name),
		        .max = BODY_PATH_MAX },
		{ .name = "text",
		        .type = FIELD_TEXT,
		        .at = offsetof(struct raw_stdin, text),
		        .max = STDIN_TEXT_MAX },
	};
	struct raw_stdin m = { .name = default_stdin_name };

	if (!in || !decode_object(c, in, "/stdin", fields, ARRAY_LEN(fields), &m))
		return;
	if (!m.text)
		decode_fail(c, "/stdin/text", "'text' of 'stdin' is missing");
	if (!*m.name)
		decode_fail(c, "/stdin/name", "'name' of 'stdin' is empty");
	o->stdin_name = m.name;
	o->stdin_text = m.text;
	o->stdin_len = m.text ? strlen(m.text) : 0;
}

/* ---- what git says has changed ---- */

struct raw_changed {
	const char *ref;
	struct str_list files;
};

static void read_changed(struct decode *c, const json_t *v, struct run_options *o)
{
	static const struct field fields[] = {
		{ .name = "ref", .type = FIELD_TEXT, .at = offsetof(struct raw_changed, ref) },
		{ .name = "files", .type = FIELD_LIST, .at = offsetof(struct raw_changed, files) },
	};
	struct raw_changed m = { 0 };

	if (!v || !decode_object(c, v, "/changed", fields, ARRAY_LEN(fields), &m))
		return;
	if (!m.ref)
		decode_fail(c, "/changed/ref", "'ref' of 'changed' is missing");
	if (o->force)
		decode_fail(c, "/changed", "'force' and 'changed' exclude each other");
	o->changed_ref = m.ref;
	o->changed_files = m.files;
}

/* '-' among the paths stands for that text; the others are looked for. */
static void take_stdin_path(struct decode *c, struct run_options *o)
{
	struct str_list *p = &o->paths;
	size_t kept = 0, dashes = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->v[i], "-") == 0)
			dashes++;
		else
			p->v[kept++] = p->v[i];
	}
	if (dashes > 1)
		decode_fail(c, "/paths", "'-' is stdin, and can be given only once");
	if (dashes && !o->stdin_text)
		decode_fail(c, "/stdin", "'-' among the paths needs 'stdin' with its text");
	if (p->v)
		p->v[kept] = NULL;
	p->n = kept;
}

/* ---- reports and labels ---- */

static void read_report(struct decode *c, const json_t *v, size_t i, struct run_request *out)
{
	static const char words[] = "json ndjson junit tap html markdown digest";
	static const struct field fields[] = {
		{ .name = "kind", .type = FIELD_CHOICE, .at = 0, .values = words }
	};
	char pointer[32];
	int k = -1;

	snprintf(pointer, sizeof(pointer), "/reports/%zu", i);
	if (!decode_object(c, v, pointer, fields, ARRAY_LEN(fields), &k))
		return;
	if (k < 0)
		decode_fail(c, pointer, "'kind' of a report is missing");
	else
		out->reports[out->n_reports++] = (enum report_kind)k;
	out->run.digest |= k == REPORT_DIGEST;
}

static void read_reports(struct decode *c, const json_t *reports, struct run_request *out)
{
	size_t n = json_array_size(reports);

	if (!reports)
		return;
	if (!json_is_array(reports) || n > REPORTS_MAX) {
		decode_fail(c, "/reports", "'reports' must be a list of at most %d objects",
		        REPORTS_MAX);
		return;
	}
	for (size_t i = 0; i < n; i++)
		read_report(c, json_array_get(reports, i), i, out);
	if (n && out->run.list)
		decode_fail(c, "/reports", "'list' runs nothing: there is nothing to report");
}

/* ---- options ---- */

static struct str_list alternating(struct arena *a, const struct pairs *p)
{
	struct str_list l = { .v = arena_array(a, 2 * p->n + 1, sizeof(char *)), .n = 2 * p->n };

	for (size_t i = 0; i < p->n; i++) {
		l.v[2 * i] = p->v[i].name;
		l.v[2 * i + 1] = p->v[i].value;
	}
	return l;
}

static bool is_set(const struct client_env *env, const char *name)
{
	const char *v = client_env_get(env, name);

	return v && *v;
}

/* Relative to the working directory, as all paths of a request. */
static const char *config_path(struct decode *c, const struct body_dir *dir, const char *given)
{
	if (!given || !dir->path)
		return given;
	AUTO_STR path = fs_join(dir->path, given);
	return arena_strdup(c->a, path);
}

struct str_list request_variables(struct decode *c, const char *pointer, const struct pairs *map)
{
	for (size_t i = 0; i < map->n; i++) {
		const char *name = map->v[i].name;
		size_t n = strlen(name);

		if (!n || name[0] == '.' || name[n - 1] == '.' || strstr(name, ".."))
			decode_fail(c, pointer, "'%s' is no name of a variable", name);
	}
	return alternating(c->a, map);
}

const char *request_seed(struct decode *c, const char *pointer, const char *seed)
{
	uint64_t n;
	struct err e;

	if (seed && str_to_u64(seed, 0, UINT64_MAX, &n, &e) < 0)
		decode_fail(
		        c, pointer, "'seed' must be an integer from 0 to 2^64-1, not '%s'", seed);
	return seed;
}

static const char *receipt_text(struct decode *c, const char *text)
{
	struct err e;
	struct receipt_demand *d = text ? receipt_demand_new(text, strlen(text), &e) : NULL;

	if (text && !d)
		decode_fail(
		        c, "/options/require_receipt", "the receipt that is required: %s", e.msg);
	receipt_demand_free(d);
	return text;
}

/* Nobody looks at what a machine writes. */
static void take_snapshots(struct decode *c, int given, struct run_options *o)
{
	static const enum snapshot_mode modes[] = { SNAPSHOTS_MISSING, SNAPSHOTS_ALL };

	if (given < 0)
		return;
	o->snapshots = modes[given];
	if (is_set(&o->env, "CI"))
		decode_fail(c, "/options/update_snapshots",
		        "'update_snapshots' is refused while CI is set: write them where somebody "
		        "looks at them, and keep them with the tests");
}

/* Each turn of a scenario that has several is a result of its own. */
static void take_turns(struct decode *c, const struct raw_options *raw, struct run_options *o)
{
	const char *what = raw->until_fail ? "until_fail" : raw->repeat ? "repeat" : NULL;
	bool retries = raw->retries != RETRIES_OPEN;

	o->retries_given = retries;
	o->retries = retries ? raw->retries : 0;
	o->repeat = raw->repeat;
	o->until_fail = raw->until_fail;
	o->fail_on_flaky = raw->fail_on_flaky;
	o->flaky_given = raw->flaky_given;
	o->force |= what != NULL;
	if (raw->until_fail && raw->repeat)
		decode_fail(
		        c, "/options/until_fail", "'repeat' and 'until_fail' exclude each other");
	if (what && retries)
		decode_fail(c, "/options/retries", "'%s' and 'retries' exclude each other", what);
	if (what && raw->changed)
		decode_fail(c, "/options/changed", "'%s' and 'changed' exclude each other", what);
	if (what && raw->verify_cache)
		decode_fail(c, "/options/verify_cache",
		        "'%s' and 'verify_cache' exclude each other", what);
	if (what && raw->snapshots >= 0)
		decode_fail(c, "/options/update_snapshots",
		        "'%s' and 'update_snapshots' exclude each other", what);
}

/* "I/M", both from 1. */
static void take_shard(struct decode *c, const char *text, struct run_options *o)
{
	const char *slash = text ? strchr(text, '/') : NULL;
	uint64_t index = 1, total = 1;
	struct err e;

	if (!text)
		return;
	const char *first = arena_strndup(c->a, text, slash ? (size_t)(slash - text) : 0);

	if (!slash || str_to_u64(first, 1, SHARDS_MAX, &index, &e) < 0 ||
	        str_to_u64(slash + 1, 1, SHARDS_MAX, &total, &e) < 0 || index > total)
		decode_fail(c, "/options/shard",
		        "'shard' must be I/M with I from 1 to M and M at most %d, not '%s'",
		        SHARDS_MAX, text);
	o->shard = (unsigned)index;
	o->shards = (unsigned)total;
}

static void take_shuffle(struct decode *c, const char *seed, struct run_options *o)
{
	struct err e;

	o->shuffle = seed != NULL;
	if (!seed || strcmp(seed, "random") == 0)
		return;
	o->shuffle_seeded = true;
	if (str_to_u64(seed, 0, UINT64_MAX, &o->shuffle_seed, &e) < 0)
		decode_fail(c, "/options/shuffle",
		        "'shuffle' must be 'random' or an integer from 0 to 2^64-1, not '%s'",
		        seed);
}

static void take_selection(struct decode *c, const struct raw_options *raw, struct run_options *o)
{
	o->tag = raw->tag;
	o->failed = raw->failed;
	o->failed_first = raw->failed_first;
	o->shard_by_hash = raw->shard_by == 1;
	take_shard(c, raw->shard, o);
	take_shuffle(c, raw->shuffle, o);
	if (raw->failed && raw->no_history)
		decode_fail(c, "/options/failed", "'no_history' and 'failed' exclude each other");
}

static void take_options(struct decode *c, const struct raw_options *raw, struct run_request *out)
{
	static const char *const isolations[] = { "strict", "standard", "relaxed" };
	struct run_options *o = &out->run;

	o->filter = raw->filter;
	o->exclude = raw->exclude;
	take_selection(c, raw, o);
	o->list = raw->list;
	o->jobs = raw->jobs ? raw->jobs : raw->parallel ? 0 : 1;
	o->max_failures = raw->fail_fast ? 1 : raw->max_failures;
	o->force = raw->force;
	o->changed = raw->changed;
	o->verify_cache = raw->verify_cache;
	if (raw->force && raw->changed)
		decode_fail(c, "/options/changed", "'force' and 'changed' exclude each other");
	take_turns(c, raw, o);
	o->keep_going = raw->keep_going;
	o->no_history = raw->no_history;
	o->skip_refused = raw->skip_refused;
	o->forbid_only = raw->forbid_only;
	take_snapshots(c, raw->snapshots, o);
	o->require_receipt = receipt_text(c, raw->require_receipt);
	o->keep_given = raw->keep >= 0;
	o->keep = o->keep_given ? (enum keep_policy)raw->keep : KEEP_NEVER;
	o->keep_for_ns = raw->keep_for;
	o->run_timeout_ns = raw->timeout;
	o->flags = (struct config_flags){
		.strict = raw->strict,
		.allow_unknown = raw->allow_unknown,
		.no_config = raw->no_config,
		.config_file = config_path(c, &out->dir, raw->config),
		.isolation = raw->isolation >= 0 ? isolations[raw->isolation] : NULL,
		.findings = raw->findings >= 0 ? findings_names[raw->findings] : NULL,
		.image_map = alternating(c->a, &raw->image_map),
		.map = request_variables(c, "/options/map", &raw->map),
		.seed = request_seed(c, "/options/seed", raw->seed),
		.freeze_clock = raw->freeze_clock,
		.hermetic_env = raw->hermetic_env,
		.run_timeout_ns = raw->timeout,
		.scenario_timeout_ns = raw->scenario_timeout,
		.step_timeout_ns = raw->step_timeout,
	};
	out->show_output = raw->show_output;
	out->raw = raw->raw;
	out->slowest = raw->slowest;
	out->junit_dialect = raw->junit_dialect;
	out->no_ci = raw->no_ci;
	out->junit_always = raw->junit_output == 1;
	out->artifacts = raw->artifacts;
	if (raw->artifacts && (!*raw->artifacts || raw->no_history || raw->list))
		decode_fail(c, "/options/artifacts",
		        !*raw->artifacts ? "'artifacts' names no directory"
		                         : "'artifacts' is of a run that is stored");
	out->digest = raw->digest;
	o->digest |= raw->digest;
	out->check = raw->check;
	out->diff = raw->diff;
	out->verify = raw->verify;
	out->deny_warnings = raw->deny_warnings;
	out->fix = raw->fix;
	out->allow = raw->allow;
	out->warn = raw->warn;
	out->deny = raw->deny;
	out->graph = (enum plan_graph)(raw->graph < 0 ? 0 : raw->graph);
	if (raw->graph >= 0 && !out->is_plan)
		decode_fail(c, "/options/graph", "'graph' is of a plan, and this is a run");
	out->once = raw->once;
	out->clear = raw->clear;
	out->debounce_ns = (int64_t)raw->debounce_ms * NS_PER_MS;
	if (raw->config && raw->no_config)
		decode_fail(c, "/options/no_config", "'config' and 'no_config' exclude each other");
}

static struct raw_options default_options(const struct client_env *env)
{
	return (struct raw_options){ .parallel = true,
		.isolation = -1,
		.shard_by = -1,
		.findings = -1,
		.keep = -1,
		.graph = -1,
		.snapshots = -1,
		.retries = RETRIES_OPEN,
		.forbid_only = is_set(env, "CI") };
}

static void read_options(struct decode *c, const json_t *options, const struct field *fields,
        size_t n, struct run_request *out)
{
	struct raw_options raw = default_options(&out->run.env);

	raw.flaky_given = json_object_get(options, "fail_on_flaky") != NULL;
	c->code = "invalid-option";
	c->telling = true;
	decode_object(c, options, "/options", fields, n, &raw);
	c->telling = false;
	take_options(c, &raw, out);
	c->code = "bad-request";
	out->run.given = c->given;
	out->run.n_given = c->n_given;
}

/* ---- bodies ---- */

static void read_shared(
        struct decode *c, const struct raw_body *m, bool final, struct run_request *out)
{
	out->run.paths = m->paths;
	body_check_paths(c, &m->paths);
	body_read_dir(c, m->cwd, &out->dir);
	out->run.cwd = out->dir.path;
	out->run.env = body_read_env(c, m->env, final);
	out->run.env_final = final;
	read_stdin(c, m->in, &out->run);
}

static void read_labels(struct decode *c, const json_t *labels, struct run_options *o)
{
	struct pairs p;

	decode_pairs(c, labels, "/labels", true, &p);
	o->labels = p.v;
	o->n_labels = p.n;
}

/* What only a client that waits for the end can have. */
static void check_detach(struct decode *c, const struct run_request *out)
{
	const struct {
		bool asked;
		const char *pointer, *why;
	} all[] = {
		{ out->run.list, "/options/list",
		        "'list' runs nothing: there is nothing to leave" },
		{ out->n_reports > 0, "/reports",
		        "reports are written by the client, which 'detach' does not keep: ask "
		        "GET /v1/runs/{id}?form= when the run is over" },
		{ out->run.snapshots != SNAPSHOTS_COMPARED, "/options/update_snapshots",
		        "snapshots are written by the client, which 'detach' does not keep" },
		{ out->artifacts != NULL, "/options/artifacts",
		        "files are written by the client, which 'detach' does not keep: ask "
		        "GET /v1/runs/{id}/artifacts" },
		{ out->digest, "/options/digest",
		        "'digest' is told at the end, which 'detach' does not wait for" },
		{ out->run.no_history, "/options/no_history",
		        "'detach' and 'no_history' exclude each other: nobody could have the "
		        "result" },
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i].asked)
			decode_fail(c, all[i].pointer, "%s", all[i].why);
}

static bool read_run(
        struct decode *c, const json_t *body, bool final, bool is_plan, struct run_request *out)
{
	struct raw_body m = { 0 };

	*out = (struct run_request){ .is_plan = is_plan };
	if (!body)
		decode_fail(c, "", "the body is missing");
	decode_object(c, body, "", run_members, ARRAY_LEN(run_members), &m);
	read_shared(c, &m, final, out);
	take_stdin_path(c, &out->run);
	read_labels(c, m.labels, &out->run);
	read_options(c, m.options, run_fields, ARRAY_LEN(run_fields), out);
	read_changed(c, m.changed, &out->run);
	read_reports(c, m.reports, out);
	out->detach = m.detach && !is_plan;
	if (out->detach)
		check_detach(c, out);
	return decode_ok(c);
}

bool run_request_read(struct decode *c, const json_t *body, bool final, struct run_request *out)
{
	return read_run(c, body, final, false, out);
}

bool watch_request_read(struct decode *c, const json_t *body, bool final, struct run_request *out)
{
	struct field fields[ARRAY_LEN(run_fields) + ARRAY_LEN(watch_fields)];
	struct raw_body m = { .initial = true };

	memcpy(fields, run_fields, sizeof(run_fields));
	memcpy(fields + ARRAY_LEN(run_fields), watch_fields, sizeof(watch_fields));
	*out = (struct run_request){ 0 };
	if (!body)
		decode_fail(c, "", "the body is missing");
	decode_object(c, body, "", watch_members, ARRAY_LEN(watch_members), &m);
	read_shared(c, &m, final, out);
	take_stdin_path(c, &out->run);
	read_labels(c, m.labels, &out->run);
	read_options(c, m.options, fields, ARRAY_LEN(fields), out);
	out->initial = m.initial;
	if (out->run.list)
		decode_fail(c, "/options/list", "'list' runs nothing: there is nothing to watch");
	if (out->run.snapshots)
		decode_fail(c, "/options/update_snapshots",
		        "'update_snapshots' is of one run: a session that watches writes no files");
	if (out->artifacts)
		decode_fail(c, "/options/artifacts",
		        "'artifacts' is of one run: a session that watches writes no files");
	if (out->digest)
		decode_fail(c, "/options/digest",
		        "'digest' is of one result, and a session that watches has many");
	return decode_ok(c);
}

bool files_request_read(struct decode *c, const json_t *body, bool final, enum files_what what,
        struct run_request *out)
{
	struct raw_body m = { 0 };

	if (what == FILES_PLAN)
		return read_run(c, body, final, true, out);
	*out = (struct run_request){ 0 };
	if (!body)
		decode_fail(c, "", "the body is missing");
	decode_object(c, body, "", files_members, ARRAY_LEN(files_members), &m);
	read_shared(c, &m, final, out);
	if (m.content && (m.paths.n || m.in))
		decode_fail(c, "/content", "'content' stands in place of 'paths' and 'stdin'");
	if (m.content) {
		out->run.stdin_name = m.name ? m.name : default_stdin_name;
		out->run.stdin_text = m.content;
		out->run.stdin_len = strlen(m.content);
	}
	take_stdin_path(c, &out->run);
	read_options(c, m.options, files_fields[what].v, files_fields[what].n, out);
	if (m.map.n)
		out->run.flags.map = request_variables(c, "/map", &m.map);
	out->run.flags.reports_off = true;
	return decode_ok(c);
}
