/* clnrm dev, clnrm run --watch: rounds of a run, one after each change. */
#include <stdlib.h>
#include <string.h>

#include "client/body.h"
#include "client/call.h"

static void write_body(
        const struct ctx *c, const void *arg, const char *need_env, struct strbuf *out)
{
	struct json j = JSON_INIT(out);

	(void)arg;
	json_obj(&j, NULL);
	body_paths(&j, c);
	body_cwd(&j);
	body_env(&j, c, need_env, false);
	body_options(&j, c);
	body_pairs(&j, "labels", &c->args, "label");
	json_bool(&j, "initial", args_bool(&c->args, "initial", true));
	json_end(&j);
}

static int check(const struct ctx *c, struct fault *f)
{
	const struct cmd *dev = cmd_find(commands, "dev");

	if (c->format != FORMAT_HUMAN && c->format != FORMAT_NDJSON)
		return fault_set(f, "invalid-value", "'clnrm dev' has no format '%s'",
		        format_names[c->format]);
	if (args_bool(&c->args, "detach", false))
		return fault_set(f, "conflicting-flags",
		        "--detach leaves a run, and a session that watches ends with its client");
	for (size_t i = 0; i < c->args.n_given; i++) {
		const char *name = c->args.given[i].flag->name;

		if (values_have(dev->lacks, name) && strcmp(name, "detach") != 0)
			return fault_set(f, "conflicting-flags",
			        "--%s is of one result, and a session that watches has many", name);
	}
	for (size_t i = 0; i < c->args.n_pos; i++)
		if (strcmp(c->args.pos[i], "-") == 0)
			return fault_set(
			        f, "invalid-value", "'-' is stdin, which cannot be watched");
	return 0;
}

static const struct request watch = { .method = "POST",
	.path = "/v1/watch",
	.body = write_body,
	.is_run = true,
	.takes_keys = true };

/* A job of CI would never end for what a project file says; a flag is meant. */
const struct request *dev_instead(const struct ctx *c)
{
	AUTO_FAULT f = FAULT_INIT;
	const char *ci = getenv("CI");

	if (args_last(&c->args, "watch") || args_last(&c->args, "detach") || (ci && *ci) ||
	        check(c, &f) < 0)
		return NULL;
	return &watch;
}

int cmd_dev(struct ctx *c)
{
	AUTO_FAULT f = FAULT_INIT;

	if (check(c, &f) < 0)
		return fault_print(&f, c->format);
	return call(c, &watch);
}
