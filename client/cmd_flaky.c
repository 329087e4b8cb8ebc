/* clnrm flaky: what the history says of flakes, and quarantine in the project file. */
#include <string.h>

#include "client/body.h"
#include "client/call.h"
#include "common/fs.h"
#include "common/mem.h"

#include <limits.h>
#include <unistd.h>

static void add_project(struct strbuf *path, const struct ctx *c)
{
	const char *config = args_value(&c->args, "config");
	char cwd[PATH_MAX];

	if (getcwd(cwd, sizeof(cwd)))
		query_add(path, "cwd", cwd);
	if (config)
		query_add(path, "config", config);
	if (args_bool(&c->args, "no-config", false))
		query_add(path, "no_config", "1");
}

int cmd_flaky(struct ctx *c)
{
	AUTO_STRBUF path = STRBUF_INIT;
	struct request req = { .method = "GET" };

	strbuf_adds(&path, "/v1/flaky");
	add_project(&path, c);
	for (size_t i = 0; i < c->args.n_pos; i++)
		query_add(&path, "path", c->args.pos[i]);
	query_options(&path, c);
	req.path = path.s;
	return call(c, &req);
}

static void text_of(struct json *j, const struct ctx *c, const char *flag)
{
	const char *value = args_value(&c->args, flag);

	if (value)
		json_str(j, flag, value);
}

static void change_body(
        const struct ctx *c, const void *arg, const char *need_env, struct strbuf *out)
{
	struct json j = JSON_INIT(out);

	(void)arg, (void)need_env;
	json_obj(&j, NULL);
	body_cwd(&j);
	text_of(&j, c, "config");
	json_str(&j, "test", c->args.pos[0]);
	text_of(&j, c, "owner");
	text_of(&j, c, "until");
	text_of(&j, c, "reason");
	json_end(&j);
}

static int change(struct ctx *c, const char *path)
{
	const struct request req = { .method = "POST", .path = path, .body = change_body };

	return call(c, &req);
}

int cmd_flaky_quarantine(struct ctx *c)
{
	return change(c, "/v1/flaky/quarantine");
}

int cmd_flaky_release(struct ctx *c)
{
	return change(c, "/v1/flaky/release");
}
