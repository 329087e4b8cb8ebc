/* clnrm run, validate, dry-run, fmt, lint: files in, verdicts out. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/body.h"
#include "client/call.h"
#include "client/changed.h"
#include "common/fs.h"
#include "common/mem.h"
#include "common/utf8.h"

#define STDIN_MAX (16UL * 1024 * 1024) /* as a file: config.md 1.3 */

/* What stands beside the flags in a run request. */
struct run_body {
	const char **kinds; /* of the reports */
	size_t n_kinds;
	bool has_stdin; /* a path is '-' */
	struct strbuf text;
	const char *ref; /* of --changed=REF, or NULL */
	struct strbuf changed;
};

static void write_reports(struct json *j, const struct run_body *b)
{
	if (b->n_kinds == 0)
		return;
	json_arr(j, "reports");
	for (size_t i = 0; i < b->n_kinds; i++) {
		json_obj(j, NULL);
		json_strn(j, "kind", b->kinds[i], strcspn(b->kinds[i], "="));
		json_end(j);
	}
	json_end(j);
}

static void write_stdin(struct json *j, const struct ctx *c, const struct run_body *b)
{
	const char *name = args_value(&c->args, "stdin-name");

	if (!b->has_stdin)
		return;
	json_obj(j, "stdin");
	json_str(j, "name", name ? name : "stdin.clnrm.toml");
	json_strn(j, "text", b->text.s, b->text.len);
	json_end(j);
}

static void write_changed(struct json *j, const struct run_body *b)
{
	if (!b->ref)
		return;
	json_obj(j, "changed");
	json_str(j, "ref", b->ref);
	json_arr(j, "files");
	for (size_t i = 0; i < b->changed.len; i += strlen(b->changed.s + i) + 1)
		json_str(j, NULL, b->changed.s + i);
	json_end(j);
	json_end(j);
}

static void write_body(
        const struct ctx *c, const void *arg, const char *need_env, struct strbuf *out)
{
	const struct run_body *b = arg;
	struct json j = JSON_INIT(out);

	json_obj(&j, NULL);
	body_paths(&j, c);
	body_cwd(&j);
	body_env(&j, c, need_env, false);
	body_options(&j, c);
	body_pairs(&j, "labels", &c->args, "label");
	write_reports(&j, b);
	write_stdin(&j, c, b);
	write_changed(&j, b);
	if (args_bool(&c->args, "detach", false))
		json_bool(&j, "detach", true);
	json_end(&j);
}

/* Reads stdin for the path '-', which may be given once. */
static int take_stdin(const struct ctx *c, struct run_body *b, struct fault *f)
{
	unsigned dashes = 0;
	struct err e;

	for (size_t i = 0; i < c->args.n_pos; i++)
		dashes += strcmp(c->args.pos[i], "-") == 0;
	if (dashes > 1)
		return fault_set(f, "invalid-value", "'-' is stdin, and can be given only once");
	b->has_stdin = dashes == 1;
	if (!b->has_stdin)
		return 0;
	if (fs_read_fd(STDIN_FILENO, "stdin", STDIN_MAX, &b->text, &e) < 0)
		return fault_set(
		        f, e.code == ERR_LIMIT ? "too-large" : "file.unreadable", "%s", e.msg);
	if (!utf8_valid(b->text.s, b->text.len))
		return fault_set(f, "bad-request", "stdin is not UTF-8 (byte %zu)",
		        utf8_valid_prefix(b->text.s, b->text.len));
	return 0;
}

static const char *kind_of(const struct given *g)
{
	static const struct {
		const char *flag, *kind;
	} single[] = { { "report-junit", "junit" }, { "digest-file", "digest" } };

	if (strcmp(g->flag->name, "report") == 0)
		return g->value; /* up to the '=' */
	for (size_t i = 0; i < ARRAY_LEN(single); i++)
		if (strcmp(g->flag->name, single[i].flag) == 0)
			return single[i].kind;
	return NULL;
}

/* --report KIND=FILE, --report-junit FILE and --digest-file FILE, in their order. */
static const char **take_reports(const struct args *a, struct run_body *b)
{
	const char **files = xcalloc(a->n_given + 2, sizeof(*files));

	b->kinds = xcalloc(a->n_given + 2, sizeof(*b->kinds));
	for (size_t i = 0; i < a->n_given; i++) {
		const struct given *g = &a->given[i];
		const char *kind = kind_of(g);

		if (!kind)
			continue;
		b->kinds[b->n_kinds] = kind;
		files[b->n_kinds++] = kind == g->value ? strchr(kind, '=') + 1 : g->value;
	}
	return files;
}

/* The summary of a job of GitHub Actions is one more report. */
static bool take_summary(const struct ctx *c, struct run_body *b, const char **files)
{
	const char *file = getenv("GITHUB_STEP_SUMMARY");

	if (!file || !*file || !call_on_github(c) || args_bool(&c->args, "no-ci", false) ||
	        args_bool(&c->args, "list", false) || args_bool(&c->args, "detach", false))
		return false;
	b->kinds[b->n_kinds] = "markdown";
	files[b->n_kinds++] = file;
	return true;
}

static int check_reports(const struct run_body *b, const char *const *files, struct fault *f)
{
	for (size_t i = 0; i < b->n_kinds; i++)
		if (!*files[i])
			return fault_set(
			        f, "invalid-value", "report '%s' names no file", b->kinds[i]);
	return 0;
}

static int run_files(struct ctx *c, const char *path, bool is_run)
{
	AUTO_FAULT f = FAULT_INIT;
	struct run_body b = {
		.text = STRBUF_INIT, .changed = STRBUF_INIT, .ref = args_value(&c->args, "changed")
	};
	const char **files = take_reports(&c->args, &b);
	bool summary = is_run && take_summary(c, &b, files);
	const struct request req = { .method = "POST",
		.path = path,
		.body = write_body,
		.arg = &b,
		.files = files,
		.n_files = b.n_kinds,
		.appends_last = summary,
		.is_run = is_run,
		.to_watch = is_run ? dev_instead(c) : NULL,
		.tells_of_files = !is_run };
	int rc;

	if (take_stdin(c, &b, &f) < 0 || check_reports(&b, files, &f) < 0 ||
	        (b.ref && changed_files(b.ref, &b.changed, &f) < 0))
		rc = fault_print(&f, c->format);
	else
		rc = call(c, &req);
	free(files);
	free(b.kinds);
	strbuf_release(&b.text);
	strbuf_release(&b.changed);
	return rc;
}

/* CLNRM_JUNIT_DIALECT is as the flag; it is checked as the flag is. */
static int junit_dialect_from_env(struct ctx *c, struct fault *f)
{
	const char *v = getenv("CLNRM_JUNIT_DIALECT");
	const struct flag *flag = flag_find(c->args.cmd, "junit-dialect", strlen("junit-dialect"));
	struct args *a = &c->args;

	if (!v || !*v || args_value(a, flag->name))
		return 0;
	if (!values_have(flag->values, v))
		return fault_set(f, "invalid-value", "CLNRM_JUNIT_DIALECT: '%s' is not one of: %s",
		        v, flag->values);
	a->given = xgrow(a->given, &a->cap_given, a->n_given + 1, sizeof(*a->given));
	a->given[a->n_given++] = (struct given){ .flag = flag, .value = v, .on = true };
	return 0;
}

/* A flag that would do nothing is a mistake. */
static int check_no_watch(const struct args *a, struct fault *f)
{
	for (size_t i = 0; i < a->n_given; i++) {
		const struct flag *given = a->given[i].flag;

		if (given->group == GROUP_WATCH)
			return fault_set(f, "conflicting-flags",
			        "--%s needs --watch, or 'clnrm dev'", given->name);
	}
	return 0;
}

/* The answer is the name of the run. */
static int check_detach(const struct ctx *c, struct fault *f)
{
	if (!args_bool(&c->args, "detach", false) || c->format_open || c->format == FORMAT_HUMAN ||
	        c->format == FORMAT_JSON)
		return 0;
	fault_set(f, "conflicting-flags",
	        "--detach prints the run's id: --format %s has nothing to show",
	        format_names[c->format]);
	fault_help(f, "clnrm attach RUN --format FORMAT");
	return -1;
}

int cmd_run(struct ctx *c)
{
	AUTO_FAULT f = FAULT_INIT;

	if (args_bool(&c->args, "watch", false))
		return cmd_dev(c);
	if (junit_dialect_from_env(c, &f) < 0 || check_no_watch(&c->args, &f) < 0 ||
	        check_detach(c, &f) < 0)
		return fault_print(&f, c->format);
	return run_files(c, "/v1/runs", true);
}

int cmd_validate(struct ctx *c)
{
	return run_files(c, "/v1/validate", false);
}

int cmd_fmt(struct ctx *c)
{
	return run_files(c, "/v1/format", false);
}

int cmd_lint(struct ctx *c)
{
	return run_files(c, "/v1/lint", false);
}

int cmd_dry_run(struct ctx *c)
{
	return run_files(c, "/v1/plan", false);
}
