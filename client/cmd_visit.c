/* clnrm exec, shell, rm: kept sandboxes. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/body.h"
#include "client/call.h"
#include "client/raw.h"

#define OWN_FAILURE 125

struct visit {
	bool terminal, stdin_goes_on;
};

static void write_env(struct json *j, const struct ctx *c, bool terminal)
{
	const char *term = getenv("TERM");

	json_obj(j, "env");
	if (terminal && term && *term)
		json_str(j, "TERM", term);
	for (size_t i = 0; i < c->args.n_given; i++) {
		const char *value = c->args.given[i].value;
		AUTO_STRBUF name = STRBUF_INIT;

		if (strcmp(c->args.given[i].flag->name, "env") != 0)
			continue;
		strbuf_add(&name, value, strcspn(value, "="));
		value = value[name.len] ? value + name.len + 1 : getenv(name.s);
		if (value)
			json_str(j, name.s, value);
	}
	json_end(j);
}

static void write_body(
        const struct ctx *c, const void *arg, const char *need_env, struct strbuf *out)
{
	static const char *const texts[] = { "step", "workdir", "user" };
	const struct visit *v = arg;
	struct json j = JSON_INIT(out);
	unsigned rows, columns;

	(void)need_env;
	json_obj(&j, NULL);
	if (c->args.n_rest) {
		json_arr(&j, "argv");
		for (size_t i = 0; i < c->args.n_rest; i++)
			json_str(&j, NULL, c->args.rest[i]);
		json_end(&j);
	}
	write_env(&j, c, v->terminal);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		/* shell has one of them */
		const char *value = flag_find(c->args.cmd, texts[i], strlen(texts[i]))
		                            ? args_value(&c->args, texts[i])
		                            : NULL;

		if (value)
			json_str(&j, texts[i], value);
	}
	if (v->stdin_goes_on)
		json_bool(&j, "stdin_open", true);
	if (v->terminal) {
		raw_size(&rows, &columns);
		json_obj(&j, "terminal");
		json_uint(&j, "rows", rows);
		json_uint(&j, "columns", columns);
		json_end(&j);
	}
	json_end(&j);
}

static int visit(struct ctx *c, const struct visit *v)
{
	AUTO_FAULT f = FAULT_INIT;
	AUTO_STRBUF path = STRBUF_INIT;
	const struct request req = { .method = "POST",
		.body = write_body,
		.arg = v,
		.is_run = true,
		.feeds_stdin = v->stdin_goes_on,
		.terminal = v->terminal };
	struct request named = req;
	int rc;

	strbuf_adds(&path, "/v1/sandboxes/");
	url_escape(&path, c->args.n_pos ? c->args.pos[0] : "latest");
	strbuf_adds(&path, "/exec");
	named.path = path.s;
	rc = call_quietly(c, &named, &f);
	if (rc >= 0)
		return rc;
	fault_print(&f, c->format);
	return OWN_FAILURE;
}

int cmd_exec(struct ctx *c)
{
	const struct visit v = {
		.terminal = args_bool(&c->args, "tty", false),
		.stdin_goes_on = args_bool(&c->args, "interactive", false),
	};

	return visit(c, &v);
}

int cmd_shell(struct ctx *c)
{
	static const struct visit v = { .terminal = true, .stdin_goes_on = true };
	AUTO_FAULT f = FAULT_INIT;

	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return visit(c, &v);
	fault_set(&f, "missing-argument", "'clnrm shell' needs a terminal");
	fault_help(&f, "clnrm exec ID -- CMD");
	return fault_print(&f, c->format);
}

int cmd_rm(struct ctx *c)
{
	AUTO_FAULT f = FAULT_INIT;
	AUTO_STRBUF path = STRBUF_INIT;
	bool all = args_bool(&c->args, "all", false);
	const struct request req = { .method = "DELETE" };
	struct request named = req;

	if (all == (c->args.n_pos > 0)) {
		fault_set(&f, all ? "conflicting-flags" : "missing-argument",
		        all ? "--all takes no ID" : "'clnrm rm' needs an ID, or --all");
		fault_help(&f, "clnrm ps --kept");
		return fault_print(&f, c->format);
	}
	strbuf_adds(&path, "/v1/sandboxes/");
	for (size_t i = 0; i < c->args.n_pos; i++) {
		strbuf_adds(&path, i ? "," : "");
		url_escape(&path, c->args.pos[i]);
	}
	if (all)
		strbuf_adds(&path, "all");
	named.path = path.s;
	return call(c, &named);
}
