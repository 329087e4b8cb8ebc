/* Commands that work without a daemon: version, help, completions, health's own part. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/ask.h"
#include "client/body.h"
#include "client/call.h"
#include "client/help.h"
#include "client/print.h"
#include "common/build.h"
#include "common/json.h"
#include "common/mem.h"

#define COMPLETE_MS 100

/* ---- version ---- */

static void add_build(struct json *j)
{
	json_obj(j, "client");
	json_str(j, "version", build_version());
	json_str(j, "build", build_id());
	json_end(j);
}

static void version_json(struct strbuf *out, const struct strbuf *daemon)
{
	struct json j = JSON_INIT(out);
	size_t n = daemon->len;

	while (n > 0 && daemon->s[n - 1] == '\n')
		n--;
	json_obj(&j, NULL);
	add_build(&j);
	if (n > 0)
		json_raw(&j, "daemon", daemon->s, n);
	else
		json_null(&j, "daemon");
	json_arr(&j, "api");
	json_str(&j, NULL, "v1");
	json_end(&j);
	json_arr(&j, "features");
	for (const char *const *f = build_features(); *f; f++)
		json_str(&j, NULL, *f);
	json_end(&j);
	json_end(&j);
	strbuf_addc(out, '\n');
}

static int version_json_answer(struct ctx *c, bool running)
{
	AUTO_STRBUF out = STRBUF_INIT;
	AUTO_FAULT f = FAULT_INIT;
	struct reply r = REPLY_INIT;

	if (running && (ask(&c->where, "GET", "/v1/version", NULL, ANSWER_MS, &r, &f) < 0 ||
	                       r.head.status != 200))
		strbuf_reset(&r.body);
	version_json(&out, &r.body);
	reply_release(&r);
	return print_answer(c, &out);
}

int cmd_version(struct ctx *c)
{
	AUTO_STRBUF out = STRBUF_INIT;
	AUTO_FAULT f = FAULT_INIT;
	const struct request req = { .method = "GET",
		.path = "/v1/version",
		.before = &out,
		.any_build = true,
		.never_start = true };
	bool running = where_holder(&c->where) != 0;
	int rc;

	if (c->format == FORMAT_JSON)
		return version_json_answer(c, running);
	strbuf_printf(&out, "clnrm %s (%s, %s)\n", build_version(), build_commit(), build_mode());
	for (const char *const *name = build_features(); c->verbose > 0 && *name; name++)
		strbuf_printf(&out, "feature %s\n", *name);
	if (!running) {
		strbuf_adds(&out, "clnrmd not running\n");
		return print_answer(c, &out);
	}
	rc = ask_alive(&c->where, &f) == 0 ? call_quietly(c, &req, &f) : -1;
	if (rc >= 0)
		return rc;
	strbuf_printf(&out, "clnrmd does not answer (pid %ld)\n", (long)where_holder(&c->where));
	return print_answer(c, &out);
}

/* ---- help ---- */

static int help_fault(struct ctx *c, const struct cmd *parent, const char *name)
{
	AUTO_FAULT f = FAULT_INIT;

	args_unknown_command(parent, name, &f);
	return fault_print(&f, c->format);
}

int cmd_help(struct ctx *c)
{
	AUTO_STRBUF out = STRBUF_INIT;
	const struct args *a = &c->args;
	bool man = args_bool(a, "man", false);
	const struct cmd *cmd, *sub = NULL;

	if (args_bool(a, "dump", false)) {
		help_dump(&out);
		return print_answer(c, &out);
	}
	if (a->n_pos == 0) {
		(man ? man_all : help_all)(&out);
		return print_answer(c, &out);
	}
	cmd = cmd_find(commands, a->pos[0]);
	if (cmd && a->n_pos > 1)
		sub = cmd->subs ? cmd_find(cmd->subs, a->pos[1]) : NULL;
	if (!cmd || (a->n_pos > 1 && !sub))
		return help_fault(c, cmd, cmd ? a->pos[1] : a->pos[0]);
	if (man)
		man_command(&out, cmd);
	else
		help_command(&out, sub ? cmd : NULL, sub ? sub : cmd);
	return print_answer(c, &out);
}

/* ---- completions ---- */

int cmd_completions(struct ctx *c)
{
	AUTO_STRBUF out = STRBUF_INIT;

	completion_script(&out, c->args.pos[0]);
	return print_answer(c, &out);
}

/* Values of "key":"..." in JSON that our own daemon wrote, a line each. */
static void values_of(const char *json, const char *key, struct strbuf *out)
{
	for (const char *at = strstr(json, key); at; at = strstr(at, key)) {
		size_t n;

		at += strlen(key);
		n = strcspn(at, "\"\\");
		strbuf_add(out, at, n);
		strbuf_addc(out, '\n');
	}
}

/* Never starts a daemon, and never makes the shell wait. */
int cmd_complete(struct ctx *c)
{
	static const struct {
		const char *kind, *path, *key;
	} kinds[] = { { "run", "/v1/runs?limit=20", "\"id\":\"" },
		{ "image", "/v1/images", "\"name\":\"" } };
	AUTO_STRBUF out = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_LEN(kinds) && where_holder(&c->where) > 0; i++) {
		AUTO_FAULT f = FAULT_INIT;
		struct reply r = REPLY_INIT;

		if (strcmp(kinds[i].kind, c->args.pos[0]) == 0 &&
		        ask(&c->where, "GET", kinds[i].path, NULL, COMPLETE_MS, &r, &f) == 0)
			values_of(r.body.s, kinds[i].key, &out);
		reply_release(&r);
	}
	return print_out(&out);
}

/* ---- health ---- */

struct check {
	const char *id, *status; /* "ok" "warn" "fail" */
	struct strbuf message, fix;
};

static void check_directory(const struct ctx *c, struct check *k)
{
	AUTO_FAULT f = FAULT_INIT;

	k->id = "runtime_directory";
	if (where_make(&c->where, &f) == 0 && access(c->where.dir, W_OK) == 0) {
		k->status = "ok";
		strbuf_adds(&k->message, c->where.dir);
		return;
	}
	k->status = "fail";
	strbuf_adds(&k->message, f.code ? f.message.s : "it is not writable");
	strbuf_adds(&k->fix, "export CLNRM_SOCKET=/tmp/clnrm-$(id -u)/clnrmd.sock");
}

static void check_program(struct check *k)
{
	AUTO_FAULT f = FAULT_INIT;
	AUTO_STR path = where_daemon(&f);

	k->id = "clnrmd_program";
	k->status = path ? "ok" : "fail";
	strbuf_adds(&k->message, path ? path : f.message.s);
	if (!path)
		strbuf_adds(&k->fix, "export CLNRM_DAEMON=/path/to/clnrmd");
}

static void check_daemon(const struct fault *why, struct check *k)
{
	k->id = "daemon";
	k->status = "fail";
	strbuf_add(&k->message, why->message.s, strcspn(why->message.s, "\n"));
	strbuf_adds(&k->fix, "clnrm daemon logs");
}

static void check_json(struct json *j, const struct check *k)
{
	json_obj(j, NULL);
	json_str(j, "id", k->id);
	json_str(j, "status", k->status);
	json_str(j, "message", k->message.s);
	json_str(j, "fix", k->fix.len > 0 ? k->fix.s : NULL);
	json_end(j);
}

/* "runtime_directory" as "runtime directory", as the daemon shows its own. */
static void check_text(struct strbuf *out, const struct check *k)
{
	AUTO_STR title = xstrdup(k->id);

	for (char *p = title; *p; p++)
		*p = *p == '_' ? ' ' : *p;
	strbuf_printf(out, "%-6s%-19s%s\n", strcmp(k->status, "fail") == 0 ? "FAIL" : k->status,
	        title, k->message.s);
	if (k->fix.len > 0)
		strbuf_printf(out, "      fix: %s\n", k->fix.s);
}

/* What can be said when no daemon answers. */
static int own_health(struct ctx *c, const struct fault *why)
{
	struct check checks[3];
	AUTO_STRBUF out = STRBUF_INIT;
	struct json j = JSON_INIT(&out);
	unsigned failed = 0;
	int rc;

	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		checks[i] = (struct check){ .message = STRBUF_INIT, .fix = STRBUF_INIT };
	check_directory(c, &checks[0]);
	check_program(&checks[1]);
	check_daemon(why, &checks[2]);
	if (c->format == FORMAT_JSON) {
		json_obj(&j, NULL);
		json_str(&j, "schema", "clnrm.health/1");
		json_arr(&j, "checks");
	}
	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		if (c->format == FORMAT_JSON)
			check_json(&j, &checks[i]);
		else
			check_text(&out, &checks[i]);
		failed += strcmp(checks[i].status, "fail") == 0;
		strbuf_release(&checks[i].message);
		strbuf_release(&checks[i].fix);
	}
	if (c->format == FORMAT_JSON) {
		json_end(&j);
		json_end(&j);
		strbuf_addc(&out, '\n');
	} else {
		strbuf_printf(
		        &out, "%zu ok, 0 warn, %u FAIL\n", ARRAY_LEN(checks) - failed, failed);
	}
	rc = print_answer(c, &out);
	return rc ? rc : 1;
}

int cmd_health(struct ctx *c)
{
	AUTO_FAULT f = FAULT_INIT;
	const struct request req = { .method = "GET",
		.path = c->verbose > 0 ? "/v1/health?verbose=1" : "/v1/health" };
	int rc = ask_alive(&c->where, &f) == 0 ? call_quietly(c, &req, &f) : -1;

	if (rc >= 0)
		return rc;
	fault_print(&f, FORMAT_HUMAN);
	return own_health(c, &f);
}
