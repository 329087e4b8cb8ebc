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

/* What goes where it belongs as it is, and beside it what is looked at first. */
struct raw_options {
	struct run_request out;
	const char *shard, *shuffle, *seed, *config, *require_receipt, *require_receipt_file;
	int shard_by, isolation, findings, keep, junit_output, graph, snapshots;
	bool parallel, fail_fast, flaky_given;
	unsigned jobs, retries, debounce_ms; /* retries: RETRIES_OPEN: not given */
	struct pairs image_map, map;
};

#define AT(member) .at = offsetof(struct raw_options, member)
#define TO(member) .at = offsetof(struct raw_options, out.member)
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
	{ .name = "filter", .type = FIELD_LIST, TO(run.filter) },
	{ .name = "exclude", .type = FIELD_LIST, TO(run.exclude) },
	{ .name = "jobs", .type = FIELD_UINT, AT(jobs), .min = 1, .max = 1024 },
	{ .name = "max_failures",
	        .type = FIELD_UINT,
	        TO(run.max_failures),
	        .min = 1,
	        .max = 1000000 },
	{ .name = "slowest", .type = FIELD_UINT, TO(slowest), .min = 0, .max = 100000 },
	{ .name = "image_map", .type = FIELD_PAIRS, AT(image_map) },
	{ .name = "config", .type = FIELD_TEXT, AT(config), .max = BODY_PATH_MAX },
	{ .name = "verify_cache", .type = FIELD_UINT, TO(run.verify_cache), .max = 100 },
	FLAG("changed", out.run.changed),
	FLAG("parallel", parallel),
	FLAG("list", out.run.list),
	FLAG("fail_fast", fail_fast),
	FLAG("force", out.run.force),
	FLAG("keep_going", out.run.keep_going),
	FLAG("no_history", out.run.no_history),
	FLAG("strict", out.run.flags.strict),
	FLAG("allow_unknown", out.run.flags.allow_unknown),
	FLAG("forbid_only", out.run.forbid_only),
	FLAG("no_config", out.run.flags.no_config),
	FLAG("raw", out.raw),
	FLAG("no_ci", out.no_ci),
	FLAG("skip_refused", out.run.skip_refused),
	TIME("timeout_ms", out.run.run_timeout_ns),
	TIME("scenario_timeout_ms", out.run.flags.scenario_timeout_ns),
	TIME("step_timeout_ms", out.run.flags.step_timeout_ns),
	CHOICE("isolation", isolation, "strict standard relaxed"),
	CHOICE("findings", findings, "report fail ignore"),
	{ .name = "require_receipt", .type = FIELD_TEXT, AT(require_receipt), .max = RECEIPT_MAX },
	{ .name = "require_receipt_file",
	        .type = FIELD_TEXT,
	        AT(require_receipt_file),
	        .max = BODY_PATH_MAX },
	CHOICE("junit_dialect", out.junit_dialect, "surefire jenkins gitlab github plain"),
	CHOICE("junit_output", junit_output, "failed always"),
	CHOICE("show_output", out.show_output, "failed always never live"),
	CHOICE("graph", graph, "ascii dot mermaid"), /* of a plan */
	CHOICE("update_snapshots", snapshots, "missing all"),
	{ .name = "retries", .type = FIELD_UINT, AT(retries), .min = 0, .max = 100 },
	{ .name = "repeat", .type = FIELD_UINT, TO(run.repeat), .min = 1, .max = 1000000 },
	{ .name = "until_fail", .type = FIELD_UINT, TO(run.until_fail), .min = 1, .max = 1000000 },
	FLAG("fail_on_flaky", out.run.fail_on_flaky),
	{ .name = "tag", .type = FIELD_LIST, TO(run.tag) },
	FLAG("failed", out.run.failed),
	FLAG("failed_first", out.run.failed_first),
	{ .name = "shard", .type = FIELD_TEXT, AT(shard), .max = 32 },
	CHOICE("shard_by", shard_by, "time hash"),
	{ .name = "shuffle", .type = FIELD_TEXT, AT(shuffle), .max = 32 },
	CHOICE("keep", keep, "never on-failure always"),
	{ .name = "keep_for_ms",
	        .type = FIELD_TIME,
	        TO(run.keep_for_ns),
	        .min = 1,
	        .max = KEEP_MAX_MS },
	FLAG("digest", out.digest),
	{ .name = "artifacts", .type = FIELD_TEXT, TO(artifacts), .max = BODY_PATH_MAX },
	MAP,
	FLAG("hermetic_env", out.run.flags.hermetic_env),
	{ .name = "seed", .type = FIELD_TEXT, AT(seed), .max = 32 },
	{ .name = "freeze_clock", .type = FIELD_TEXT, TO(run.flags.freeze_clock), .max = 64 },
	LATER("engine", "docker"),
	LATER("pull", "docker"),
	LATER("locked", "docker"),
	LATER("otel_exporter", "telemetry"),
	LATER("otel_endpoint", "telemetry"),
};

/* Of all requests about files. */
#define FILES_FIELDS                                                                \
	{ .name = "config", .type = FIELD_TEXT, AT(config), .max = BODY_PATH_MAX }, \
	        FLAG("strict", out.run.flags.strict),                               \
	        FLAG("allow_unknown", out.run.flags.allow_unknown),                 \
	        FLAG("no_config", out.run.flags.no_config), MAP

static const struct field validate_fields[] = { FILES_FIELDS };

static const struct field format_fields[] = {
	FILES_FIELDS,
	FLAG("check", out.check),
	FLAG("diff", out.diff),
	FLAG("verify", out.verify),
};

static const struct field lint_fields[] = {
	FILES_FIELDS,
	FLAG("deny_warnings", out.deny_warnings),
	FLAG("fix", out.fix),
	{ .name = "allow", .type = FIELD_LIST, TO(allow) },
	{ .name = "warn", .type = FIELD_LIST, TO(warn) },
	{ .name = "deny", .type = FIELD_LIST, TO(deny) },
};

/* Beside those of a run. */
static const struct field watch_fields[] = {
	FLAG("once", out.once),
	FLAG("clear", out.clear),
	{ .name = "debounce_ms", .type = FIELD_UINT, AT(debounce_ms), .min = 0, .max = 60000 },
};

#define ROWS(table)                     \
	{                               \
		table, ARRAY_LEN(table) \
	}

struct option_rows {
	const struct field *v;
	size_t n; /* 0: the last */
};

#define MOST_FIELDS (ARRAY_LEN(run_fields) + ARRAY_LEN(watch_fields))

static const struct option_rows rows_of[][3] = {
	[OPTIONS_VALIDATE] = { ROWS(validate_fields) },
	[OPTIONS_FORMAT] = { ROWS(format_fields) },
	[OPTIONS_LINT] = { ROWS(lint_fields) },
	[OPTIONS_RUN] = { ROWS(run_fields) },
	[OPTIONS_WATCH] = { ROWS(run_fields), ROWS(watch_fields) },
};

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
const char *request_config(struct decode *c, const struct body_dir *dir, const char *given)
{
	if (!given || !dir->path)
		return given;
	AUTO_STR path = fs_join(dir->path, given);
	return arena_strdup(c->a, path);
}

struct str_list request_variables(struct decode *c, const struct pairs *map)
{
	for (size_t i = 0; i < map->n; i++) {
		const char *name = map->v[i].name;
		size_t n = strlen(name);

		if (!n || name[0] == '.' || name[n - 1] == '.' || strstr(name, ".."))
			decode_fail(c, decode_pointer(c, "map"),
			        "%s: '%s' is no name of a variable", decode_name(c, "map"), name);
	}
	return alternating(c->a, map);
}

const char *request_seed(struct decode *c, const char *seed)
{
	uint64_t n;
	struct err e;

	if (seed && str_to_u64(seed, 0, UINT64_MAX, &n, &e) < 0)
		decode_blame(c, "seed", "must be an integer from 0 to 2^64-1, not '%s'", seed);
	return seed;
}

/* A file is named in what is wrong with it, if it was one. */
static const char *receipt_text(struct decode *c, const struct raw_options *raw)
{
	const char *text = raw->require_receipt, *file = raw->require_receipt_file;
	struct err e;
	struct receipt_demand *d = text ? receipt_demand_new(text, strlen(text), &e) : NULL;

	if (text && !d)
		decode_fail(c, decode_pointer(c, "require_receipt"), "%s: %s%s%s%s",
		        decode_name(c, "require_receipt"), file ? "'" : "", file ? file : "",
		        file ? "': " : "", e.msg);
	receipt_demand_free(d);
	return text;
}

/* Nobody looks at what a machine writes. */
static void take_snapshots(struct decode *c, const struct raw_options *raw, struct run_options *o)
{
	static const enum snapshot_mode modes[] = { SNAPSHOTS_MISSING, SNAPSHOTS_ALL };

	if (raw->snapshots < 0)
		return;
	o->snapshots = modes[raw->snapshots];
	if (is_set(&o->env, "CI"))
		decode_blame(c, "update_snapshots",
		        "is refused while CI is set: write them where somebody looks at them, and "
		        "keep them with the tests");
}

/* Each turn of a scenario that has several is a result of its own. */
static void take_turns(const struct raw_options *raw, struct run_options *o)
{
	o->retries_given = raw->retries != RETRIES_OPEN;
	o->retries = o->retries_given ? raw->retries : 0;
	o->flaky_given = raw->flaky_given;
	o->force |= o->until_fail || o->repeat;
}

/* "I/M", both from 1. */
static void take_shard(struct decode *c, const struct raw_options *raw, struct run_options *o)
{
	const char *text = raw->shard, *slash = text ? strchr(text, '/') : NULL;
	uint64_t index = 1, total = 1;
	struct err e;

	o->shard_by_hash = raw->shard_by == 1;
	if (!text)
		return;
	const char *first = arena_strndup(c->a, text, slash ? (size_t)(slash - text) : 0);

	if (!slash || str_to_u64(first, 1, SHARDS_MAX, &index, &e) < 0 ||
	        str_to_u64(slash + 1, 1, SHARDS_MAX, &total, &e) < 0 || index > total)
		decode_blame(c, "shard",
		        "must be I/M with I from 1 to M and M at most %d, not '%s'", SHARDS_MAX,
		        text);
	o->shard = (unsigned)index;
	o->shards = (unsigned)total;
}

static void take_shuffle(struct decode *c, const struct raw_options *raw, struct run_options *o)
{
	const char *seed = raw->shuffle;
	struct err e;

	o->shuffle = seed != NULL;
	if (!seed || strcmp(seed, "random") == 0)
		return;
	o->shuffle_seeded = true;
	if (str_to_u64(seed, 0, UINT64_MAX, &o->shuffle_seed, &e) < 0)
		decode_blame(c, "shuffle",
		        "must be 'random' or an integer from 0 to 2^64-1, not '%s'", seed);
}

static void take_keep(const struct raw_options *raw, struct run_options *o)
{
	o->keep_given = raw->keep >= 0;
	o->keep = o->keep_given ? (enum keep_policy)raw->keep : KEEP_NEVER;
}

static void take_flags(struct decode *c, const struct raw_options *raw, struct run_request *out)
{
	static const char *const isolations[] = { "strict", "standard", "relaxed" };
	struct config_flags *f = &out->run.flags;

	f->config_file = request_config(c, &out->dir, raw->config);
	f->isolation = raw->isolation >= 0 ? isolations[raw->isolation] : NULL;
	f->findings = raw->findings >= 0 ? findings_names[raw->findings] : NULL;
	f->image_map = alternating(c->a, &raw->image_map);
	f->map = request_variables(c, &raw->map);
	f->seed = request_seed(c, raw->seed);
	f->run_timeout_ns = out->run.run_timeout_ns;
}

/* Options that exclude each other. */
static void check_exclusions(struct decode *c, const struct raw_options *raw)
{
	const struct run_options *o = &raw->out.run;
	const struct {
		const char *one, *other;
		bool both;
	} all[] = {
		{ "force", "changed", raw->out.run.force && o->changed },
		{ "repeat", "until_fail", o->repeat && o->until_fail },
		{ "repeat", "retries", o->repeat && raw->retries != RETRIES_OPEN },
		{ "until_fail", "retries", o->until_fail && raw->retries != RETRIES_OPEN },
		{ "repeat", "changed", o->repeat && o->changed },
		{ "until_fail", "changed", o->until_fail && o->changed },
		{ "repeat", "verify_cache", o->repeat && o->verify_cache },
		{ "until_fail", "verify_cache", o->until_fail && o->verify_cache },
		{ "repeat", "update_snapshots", o->repeat && raw->snapshots >= 0 },
		{ "until_fail", "update_snapshots", o->until_fail && raw->snapshots >= 0 },
		{ "no_history", "failed", o->no_history && o->failed },
		{ "config", "no_config", raw->config && o->flags.no_config },
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i].both)
			decode_exclude(c, all[i].one, all[i].other);
}

static void take_shown(struct decode *c, const struct raw_options *raw, struct run_request *out)
{
	out->junit_always = raw->junit_output == 1;
	out->run.digest |= out->digest;
	out->graph = (enum plan_graph)(raw->graph < 0 ? 0 : raw->graph);
	out->debounce_ns = (int64_t)raw->debounce_ms * NS_PER_MS;
	if (raw->graph >= 0 && !out->is_plan)
		decode_blame(c, "graph", "is of a plan, and this is a run");
	if (out->artifacts && !*out->artifacts)
		decode_blame(c, "artifacts", "names no directory");
	else if (out->artifacts && out->run.list)
		decode_exclude(c, "list", "artifacts");
}

static void take_options(struct decode *c, const struct raw_options *raw, struct run_request *out)
{
	struct run_options *o = &out->run;

	*out = raw->out;
	take_shard(c, raw, o);
	take_shuffle(c, raw, o);
	o->jobs = raw->jobs ? raw->jobs : raw->parallel ? 0 : 1;
	if (raw->fail_fast)
		o->max_failures = 1;
	take_turns(raw, o);
	take_snapshots(c, raw, o);
	o->require_receipt = receipt_text(c, raw);
	take_keep(raw, o);
	take_flags(c, raw, out);
	take_shown(c, raw, out);
}

static struct raw_options default_options(const struct run_request *out)
{
	struct raw_options raw = { .out = *out,
		.parallel = true,
		.isolation = -1,
		.shard_by = -1,
		.findings = -1,
		.keep = -1,
		.graph = -1,
		.snapshots = -1,
		.retries = RETRIES_OPEN };

	raw.out.run.forbid_only = is_set(&out->run.env, "CI");
	return raw;
}

void run_options_read(
        struct decode *c, const json_t *options, enum options_of what, struct run_request *out)
{
	struct raw_options raw = default_options(out);
	struct field *fields = arena_array(c->a, MOST_FIELDS, sizeof(*fields));
	size_t n = 0;

	for (const struct option_rows *r = rows_of[what]; r->n; r++) {
		memcpy(fields + n, r->v, r->n * sizeof(*fields));
		n += r->n;
	}
	raw.flaky_given = json_object_get(options, "fail_on_flaky") != NULL;
	decode_enter(c, "/options", "invalid-option");
	c->telling = true;
	decode_object(c, options, "/options", fields, n, &raw);
	c->telling = false;
	check_exclusions(c, &raw);
	take_options(c, &raw, out);
	out->run.given = c->given;
	out->run.n_given = c->n_given;
}
