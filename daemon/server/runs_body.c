/* The bodies of requests about files: what stands beside their options. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/server/runs_request.h"

/* ---- tables ---- */

struct raw_body {
	struct str_list paths;
	const json_t *cwd, *env, *options, *labels, *reports, *in, *changed;
	const char *content, *name;
	struct pairs map;
	bool initial, detach;
};

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
	{ .name = "map", .type = FIELD_PAIRS, AT(map), .secret = true },
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
		decode_exclude(c, "force", "changed");
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
		decode_fail(c, "/reports", "%s runs nothing: there is nothing to report",
		        decode_name(c, "list"));
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

/* An option that is not for this request, and why. */
struct unfit {
	bool asked;
	const char *member, *why;
};

static void refuse_unfit(struct decode *c, const struct unfit *v, size_t n)
{
	decode_enter(c, "/options", "invalid-option");
	for (size_t i = 0; i < n; i++)
		if (v[i].asked)
			decode_blame(c, v[i].member, "%s", v[i].why);
	decode_enter(c, "", "bad-request");
}

/* What only a client that waits for the end can have. */
static void check_detach(struct decode *c, const struct run_request *out)
{
	const struct unfit all[] = {
		{ out->run.list, "list", "runs nothing: there is nothing to leave" },
		{ out->run.snapshots != SNAPSHOTS_COMPARED, "update_snapshots",
		        "is of a client that waits: it writes the files" },
		{ out->artifacts != NULL, "artifacts",
		        "is of a client that waits: it writes the files. GET "
		        "/v1/runs/{id}/artifacts has them when the run is over" },
		{ out->digest, "digest", "is told at the end, which nobody waits for" },
		{ out->run.no_history, "no_history",
		        "leaves nothing of a run that nobody waits for" },
	};

	refuse_unfit(c, all, ARRAY_LEN(all));
	if (out->n_reports)
		decode_blame(c, "reports",
		        "are written by a client that waits: GET /v1/runs/{id}?form= has them when "
		        "the run is over");
}

static void check_watch(struct decode *c, const struct run_request *out)
{
	const struct unfit all[] = {
		{ out->run.list, "list", "runs nothing: there is nothing to watch" },
		{ out->run.snapshots != SNAPSHOTS_COMPARED, "update_snapshots",
		        "is of one run: a session that watches writes no files" },
		{ out->artifacts != NULL, "artifacts",
		        "is of one run: a session that watches writes no files" },
		{ out->digest, "digest", "is of one result, and a session that watches has many" },
	};

	refuse_unfit(c, all, ARRAY_LEN(all));
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
	run_options_read(c, m.options, OPTIONS_RUN, out);
	decode_enter(c, "", "bad-request");
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
	struct raw_body m = { .initial = true };

	*out = (struct run_request){ 0 };
	if (!body)
		decode_fail(c, "", "the body is missing");
	decode_object(c, body, "", watch_members, ARRAY_LEN(watch_members), &m);
	read_shared(c, &m, final, out);
	take_stdin_path(c, &out->run);
	read_labels(c, m.labels, &out->run);
	run_options_read(c, m.options, OPTIONS_WATCH, out);
	decode_enter(c, "", "bad-request");
	out->initial = m.initial;
	check_watch(c, out);
	return decode_ok(c);
}

static const enum options_of options_of[] = {
	[FILES_VALIDATE] = OPTIONS_VALIDATE,
	[FILES_FORMAT] = OPTIONS_FORMAT,
	[FILES_LINT] = OPTIONS_LINT,
};

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
	run_options_read(c, m.options, options_of[what], out);
	decode_enter(c, "", "bad-request");
	if (m.map.n)
		out->run.flags.map = request_variables(c, &m.map);
	out->run.flags.reports_off = true;
	return decode_ok(c);
}
