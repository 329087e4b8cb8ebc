/* Commands for those who write tests: schema, and what makes, formats and checks files. */
#include <string.h>
#include <unistd.h>

#include "client/body.h"
#include "client/call.h"
#include "common/cleanup.h"

/* ---- schema ---- */

/* Names of the command line and those of the interface, which has a schema for each answer. */
static const struct {
	const char *word, *schema;
} schemas[] = {
	{ "test", "test-file" },
	{ "project", "project-file" },
	{ "result", "run" },
	{ "event", "event" },
	{ "receipt", "receipt" },
	{ "plan", "plan" },
};

int cmd_schema(struct ctx *c)
{
	const char *word = c->args.n_pos > 0 ? c->args.pos[0] : schemas[0].word;
	AUTO_STRBUF path = STRBUF_INIT;

	strbuf_adds(&path, "/v1/schemas/");
	for (size_t i = 0; i < ARRAY_LEN(schemas); i++)
		if (strcmp(schemas[i].word, word) == 0)
			strbuf_adds(&path, schemas[i].schema);
	query_add(&path, "bundle", "1");
	query_options(&path, c);

	const struct request req = { .method = "GET", .path = path.s };

	return call(c, &req);
}

/* ---- init, template ---- */

/* `init --config` is another flag than the global one, which takes a file. */
static void write_flag(struct json *j, const struct ctx *c, const char *name)
{
	const struct given *g = args_last(&c->args, name);

	if (g && g->on && g->flag->type == FLAG_BOOL)
		json_bool(j, name, true);
}

static void init_body(
        const struct ctx *c, const void *arg, const char *need_env, struct strbuf *out)
{
	struct json j = JSON_INIT(out);
	const char *ci = args_value(&c->args, "ci");

	(void)arg, (void)need_env;
	json_obj(&j, NULL);
	body_cwd(&j);
	if (c->args.n_pos > 0)
		json_str(&j, "dir", c->args.pos[0]);
	write_flag(&j, c, "force");
	write_flag(&j, c, "config");
	write_flag(&j, c, "yaml");
	if (ci)
		json_str(&j, "ci", ci);
	json_end(&j);
}

int cmd_init(struct ctx *c)
{
	const struct request req = {
		.method = "POST", .path = "/v1/init", .body = init_body, .tells_of_files = true
	};

	return call(c, &req);
}

static void template_body(
        const struct ctx *c, const void *arg, const char *need_env, struct strbuf *out)
{
	struct json j = JSON_INIT(out);

	(void)arg, (void)need_env;
	json_obj(&j, NULL);
	body_cwd(&j);
	if (c->args.n_pos > 0)
		json_str(&j, "name", c->args.pos[0]);
	if (c->args.n_pos > 1)
		json_str(&j, "project", c->args.pos[1]);
	write_flag(&j, c, "force");
	write_flag(&j, c, "list");
	json_end(&j);
}

int cmd_template(struct ctx *c)
{
	const struct request req = { .method = "POST",
		.path = "/v1/template",
		.body = template_body,
		.tells_of_files = true };
	const char *out = args_value(&c->args, "output");
	bool force = args_bool(&c->args, "force", false);
	AUTO_FAULT f = FAULT_INIT;

	if (c->args.n_pos == 0 && !args_bool(&c->args, "list", false)) {
		fault_set(&f, "missing-argument", "'clnrm template' needs NAME");
		fault_help(&f, "clnrm template --list");
		return fault_print(&f, c->format);
	}
	if (out && strcmp(out, "-") != 0 && !force && access(out, F_OK) == 0) {
		fault_set(&f, "exists", "'%s' is already there", out);
		fault_help(&f, "--force overwrites");
		return fault_print(&f, c->format);
	}
	return call(c, &req);
}
