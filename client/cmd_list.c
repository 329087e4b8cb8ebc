/* Commands that ask the daemon one thing and copy what it renders. */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "client/body.h"
#include "client/call.h"
#include "client/print.h"
#include "common/fs.h"
#include "common/mem.h"
#include "common/num.h"

#define RESULT_MAX (256u << 20) /* as the daemon takes it */

static int ask_for(struct ctx *c, const char *method, const struct strbuf *path)
{
	const struct request req = { .method = method, .path = path->s };

	return call(c, &req);
}

/* GET path with the flags as query. */
static int list(struct ctx *c, const char *path)
{
	AUTO_STRBUF full = STRBUF_INIT;

	strbuf_adds(&full, path);
	query_options(&full, c);
	return ask_for(c, "GET", &full);
}

int cmd_ps(struct ctx *c)
{
	return list(c, "/v1/sandboxes");
}

int cmd_pool_status(struct ctx *c)
{
	return list(c, "/v1/pool");
}

int cmd_images_ls(struct ctx *c)
{
	return list(c, "/v1/images");
}

int cmd_images_inspect(struct ctx *c)
{
	AUTO_STRBUF path = STRBUF_INIT;

	strbuf_adds(&path, "/v1/images/");
	url_escape(&path, c->args.pos[0]);
	return ask_for(c, "GET", &path);
}

int cmd_metrics(struct ctx *c)
{
	AUTO_STRBUF path = STRBUF_INIT;

	strbuf_adds(&path, "/v1/metrics");
	if (c->args.n_pos > 0)
		query_add(&path, "prefix", c->args.pos[0]);
	return ask_for(c, "GET", &path);
}

/* ---- runs ---- */

int cmd_runs_list(struct ctx *c)
{
	return list(c, "/v1/runs");
}

/* "run:latest" is "latest" (cli.md 1.1). */
static const char *run_name(const char *s)
{
	return strncmp(s, "run:", 4) == 0 ? s + 4 : s;
}

/* What no id can be would be another path to the daemon. 0 when all of the arguments may name runs.
 */
static int refuse_names(const struct ctx *c)
{
	for (size_t i = 0; i < c->args.n_pos; i++) {
		const char *name = run_name(c->args.pos[i]);
		AUTO_FAULT f = FAULT_INIT;

		if (*name && !strchr(name, '/'))
			continue;
		fault_set(&f, "not-found", "no run '%s'", name);
		fault_help(&f, "clnrm runs list");
		return fault_print(&f, c->format);
	}
	return 0;
}

int cmd_runs_show(struct ctx *c)
{
	AUTO_STRBUF path = STRBUF_INIT;
	int rc = refuse_names(c);

	if (rc)
		return rc;
	strbuf_adds(&path, "/v1/runs/");
	url_escape(&path, run_name(c->args.pos[0]));
	query_options(&path, c);
	return ask_for(c, "GET", &path);
}

static void add_given(struct args *a, const struct cmd *cmd, const char *name, const char *value)
{
	a->given = xgrow(a->given, &a->cap_given, a->n_given + 1, sizeof(*a->given));
	a->given[a->n_given++] = (struct given){
		.flag = flag_find(cmd, name, strlen(name)), .value = value, .on = true
	};
}

static int check_kind(const char *kind, const char *values, struct fault *f)
{
	if (values_have(values, kind))
		return 0;
	fault_set(f, "invalid-value", "--kind: '%s' is not one of: %s", kind, values);
	if (strcmp(kind, "pdf") == 0)
		fault_help(f, "print the HTML report");
	return -1;
}

/* The result of --input, which says all that a stored run would. */
static int read_result(const struct ctx *c, const char *file, struct strbuf *out, struct fault *f)
{
	struct err e;
	int rc;

	if (c->args.n_pos)
		return fault_set(f, "conflicting-flags", "--input takes the place of a run");
	rc = strcmp(file, "-") == 0 ? fs_read_fd(STDIN_FILENO, "stdin", RESULT_MAX, out, &e)
	                            : fs_read_file(file, RESULT_MAX, out, &e);
	if (rc == 0)
		return 0;
	return fault_set(f,
	        e.code == ERR_LIMIT       ? "too-large"
	        : e.code == ERR_NOT_FOUND ? "file.not_found"
	                                  : "file.unreadable",
	        "%s", e.msg);
}

static void result_body(
        const struct ctx *c, const void *arg, const char *need_env, struct strbuf *out)
{
	const struct strbuf *text = arg;

	(void)c, (void)need_env;
	strbuf_add(out, text->s, text->len);
}

/* A page is of no use on a terminal. */
int cmd_report(struct ctx *c)
{
	static const char page[] = "clnrm-report.html";
	struct args *a = &c->args;
	const char *kind = args_value(a, "kind"), *dialect = args_value(a, "junit-dialect"),
	           *input = args_value(a, "input");
	AUTO_STRBUF path = STRBUF_INIT;
	AUTO_STRBUF result = STRBUF_INIT;
	AUTO_FAULT f = FAULT_INIT;
	struct request req = { .method = "GET" };
	bool to_page;
	int rc;

	kind = kind ? kind : "html";
	if (check_kind(kind, flag_find(a->cmd, "kind", strlen("kind"))->values, &f) < 0 ||
	        (input && read_result(c, input, &result, &f) < 0))
		return fault_print(&f, c->format);
	to_page = strcmp(kind, "html") == 0 && !args_value(a, "output") && c->term.out_tty;
	if (to_page)
		add_given(a, a->cmd, "output", page);
	if (input) {
		req = (struct request){ .method = "POST", .body = result_body, .arg = &result };
		strbuf_adds(&path, "/v1/report");
		query_add(&path, "name", strcmp(input, "-") == 0 ? "stdin" : input);
	} else {
		strbuf_adds(&path, "/v1/runs/");
		url_escape(&path, run_name(a->n_pos ? a->pos[0] : "latest"));
	}
	query_add(&path, "form", kind);
	if (dialect)
		query_add(&path, "dialect", dialect);
	req.path = path.s;
	rc = call(c, &req);
	if (to_page && rc == 0) {
		AUTO_STRBUF said = STRBUF_INIT;

		strbuf_printf(&said, "%s\n", page);
		print_out(&said);
	}
	return rc;
}

static void add_names(struct strbuf *path, const struct ctx *c)
{
	for (size_t i = 0; i < c->args.n_pos; i++) {
		if (i > 0)
			strbuf_addc(path, ',');
		url_escape(path, run_name(c->args.pos[i]));
	}
}

/* Names are one list, so that there is one answer: "DELETE /v1/runs/a,b?purge=1"; "all" for --all
 * and
 * --older-than. */
int cmd_runs_rm(struct ctx *c)
{
	AUTO_STRBUF path = STRBUF_INIT;
	AUTO_FAULT f = FAULT_INIT;
	int rc;
	bool by_rule = args_bool(&c->args, "all", false) || args_value(&c->args, "older-than");

	if (by_rule == (c->args.n_pos > 0)) {
		fault_set(&f, by_rule ? "conflicting-flags" : "missing-argument",
		        "'clnrm runs rm' needs either names of runs, or --older-than or --all");
		return fault_print(&f, c->format);
	}
	rc = refuse_names(c);
	if (rc)
		return rc;
	strbuf_adds(&path, "/v1/runs/");
	if (by_rule)
		strbuf_adds(&path, "all");
	add_names(&path, c);
	query_add(&path, "purge", "1");
	query_options(&path, c);
	return ask_for(c, "DELETE", &path);
}

int cmd_logs(struct ctx *c)
{
	AUTO_STRBUF path = STRBUF_INIT;
	AUTO_STRBUF run = STRBUF_INIT;
	const char *name = run_name(c->args.pos[0]);
	size_t n = strcspn(name, "/");

	strbuf_add(&run, name, n);
	strbuf_adds(&path, "/v1/runs/");
	url_escape(&path, run.s);
	strbuf_adds(&path, "/output");
	if (name[n] == '/' && name[n + 1])
		query_add(&path, "step", name + n + 1);
	query_options(&path, c);
	return ask_for(c, "GET", &path);
}

/* --artifacts[=DIR]: the daemon does not know our directory. */
static void add_export_dir(struct strbuf *path, const struct ctx *c)
{
	const struct given *g = args_last(&c->args, "artifacts");
	char here[PATH_MAX];

	if (!g || !getcwd(here, sizeof(here)))
		return;
	AUTO_STR dir = fs_join(here, g->value ? g->value : g->flag->bare);
	query_add(path, "artifacts", dir);
}

/* The run goes on, whoever follows it. */
int cmd_attach(struct ctx *c)
{
	const char *dialect = args_value(&c->args, "junit-dialect");
	AUTO_STRBUF path = STRBUF_INIT;
	struct request req = { .method = "GET", .is_attached = true };
	int rc = refuse_names(c);

	if (rc)
		return rc;
	strbuf_adds(&path, "/v1/runs/");
	url_escape(&path, run_name(c->args.pos[0]));
	strbuf_adds(&path, "/events");
	query_options(&path, c);
	if (dialect)
		query_add(&path, "dialect", dialect);
	add_export_dir(&path, c);
	req.path = path.s;
	return call(c, &req);
}

int cmd_cancel(struct ctx *c)
{
	AUTO_STRBUF path = STRBUF_INIT;
	AUTO_FAULT f = FAULT_INIT;
	int rc;
	bool all = args_bool(&c->args, "all", false);

	if (all == (c->args.n_pos > 0)) {
		fault_set(&f, all ? "conflicting-flags" : "missing-argument",
		        "'clnrm cancel' needs either names of runs, or --all");
		return fault_print(&f, c->format);
	}
	rc = refuse_names(c);
	if (rc)
		return rc;
	strbuf_adds(&path, all ? "/v1/runs/all" : "/v1/runs/");
	add_names(&path, c);
	return ask_for(c, "DELETE", &path);
}

/* ---- config ---- */

static void config_body(
        const struct ctx *c, const void *arg, const char *need_env, struct strbuf *out)
{
	struct json j = JSON_INIT(out);
	const char *config = args_value(&c->args, "config");

	json_obj(&j, NULL);
	body_cwd(&j);
	body_env(&j, c, need_env, false);
	if (config)
		json_str(&j, "config", config);
	if (args_bool(&c->args, "no-config", false))
		json_bool(&j, "no_config", true);
	if (c->args.n_pos > 0)
		json_str(&j, "key", c->args.pos[0]);
	if (arg)
		json_bool(&j, "files", true);
	json_end(&j);
}

static int ask_config(struct ctx *c, const void *files)
{
	const struct request req = {
		.method = "POST", .path = "/v1/config", .body = config_body, .arg = files
	};

	return call(c, &req);
}

int cmd_config_show(struct ctx *c)
{
	return ask_config(c, NULL);
}

/* The files alone. */
int cmd_config_path(struct ctx *c)
{
	return ask_config(c, c);
}

/* ---- pool ---- */

static void pool_body(
        const struct ctx *c, const void *arg, const char *need_env, struct strbuf *out)
{
	struct json j = JSON_INIT(out);
	const uint64_t *count = arg;

	(void)need_env;
	json_obj(&j, NULL);
	if (c->args.n_pos > 0)
		json_str(&j, "image", c->args.pos[0]);
	if (count)
		json_uint(&j, "count", *count);
	json_end(&j);
}

int cmd_pool_fill(struct ctx *c)
{
	AUTO_FAULT f = FAULT_INIT;
	uint64_t count = 0;
	struct err e;
	const struct request req = { .method = "POST",
		.path = "/v1/pool/fill",
		.body = pool_body,
		.arg = c->args.n_pos > 1 ? &count : NULL };

	if (c->args.n_pos > 1 && str_to_u64(c->args.pos[1], 1, 1024, &count, &e) < 0) {
		fault_set(&f, "invalid-value", "N: '%s' is not an integer from 1 to 1024",
		        c->args.pos[1]);
		return fault_print(&f, c->format);
	}
	return call(c, &req);
}

int cmd_pool_drain(struct ctx *c)
{
	const struct request req = {
		.method = "POST", .path = "/v1/pool/drain", .body = pool_body
	};

	return call(c, &req);
}

/* ---- caches ---- */

int cmd_cache_show(struct ctx *c)
{
	return list(c, "/v1/cache");
}

int cmd_cache_clear(struct ctx *c)
{
	AUTO_STRBUF path = STRBUF_INIT;

	strbuf_adds(&path, "/v1/cache");
	if (c->args.n_pos > 0) {
		strbuf_addc(&path, '/');
		url_escape(&path, c->args.pos[0]);
	}
	return ask_for(c, "DELETE", &path);
}

static void file_body(
        const struct ctx *c, const void *arg, const char *need_env, struct strbuf *out)
{
	struct json j = JSON_INIT(out);

	(void)arg, (void)need_env;
	json_obj(&j, NULL);
	body_cwd(&j);
	json_str(&j, "path", c->args.pos[0]);
	json_end(&j);
}

int cmd_cache_why(struct ctx *c)
{
	const struct request req = { .method = "POST", .path = "/v1/cache/why", .body = file_body };

	return call(c, &req);
}

/* ---- why ---- */

static void why_body(const struct ctx *c, const void *arg, const char *need_env, struct strbuf *out)
{
	struct json j = JSON_INIT(out);

	(void)arg;
	json_obj(&j, NULL);
	json_str(&j, "scenario", c->args.pos[0]);
	body_cwd(&j);
	body_env(&j, c, need_env, false);
	body_options(&j, c);
	json_end(&j);
}

int cmd_why(struct ctx *c)
{
	const struct request now = { .method = "POST", .path = "/v1/why", .body = why_body };
	AUTO_STRBUF path = STRBUF_INIT;

	if (c->args.n_pos < 2)
		return call(c, &now);
	strbuf_adds(&path, "/v1/runs/");
	url_escape(&path, run_name(c->args.pos[1]));
	strbuf_adds(&path, "/why");
	query_add(&path, "scenario", c->args.pos[0]);
	return ask_for(c, "GET", &path);
}

/* ---- daemon, what it does by itself ---- */

int cmd_daemon_reload(struct ctx *c)
{
	const struct request req = {
		.method = "POST", .path = "/v1/reload", .any_build = true, .never_start = true
	};

	return call(c, &req);
}

int cmd_daemon_gc(struct ctx *c)
{
	AUTO_STRBUF path = STRBUF_INIT;

	strbuf_adds(&path, "/v1/gc");
	query_options(&path, c);
	return ask_for(c, "POST", &path);
}
