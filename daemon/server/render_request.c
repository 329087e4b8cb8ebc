#include "daemon/server/render_request.h"

#include <stddef.h>
#include <string.h>

#include "common/fs.h"
#include "common/mem.h"
#include "daemon/server/runs_request.h"

#define TEXT_MAX (16u << 20)
#define CELL_MAX 65536

struct raw_render {
	const char *path, *content, *name, *root, *context_path, *context_text;
	const char *config, *seed, *freeze_clock;
	const json_t *context, *cwd, *env;
	struct pairs map;
	unsigned cell;
	bool bare, show_vars, check, no_config, hermetic_env;
};

#define AT(member) .at = offsetof(struct raw_render, member)

static const struct field members[] = {
	{ .name = "path", .type = FIELD_TEXT, AT(path), .max = BODY_PATH_MAX },
	{ .name = "content", .type = FIELD_TEXT, AT(content), .max = TEXT_MAX },
	{ .name = "name", .type = FIELD_TEXT, AT(name), .max = BODY_PATH_MAX },
	{ .name = "root", .type = FIELD_TEXT, AT(root), .max = BODY_PATH_MAX },
	{ .name = "map", .type = FIELD_PAIRS, AT(map), .secret = true },
	{ .name = "context", .type = FIELD_JSON, AT(context) },
	{ .name = "context_path", .type = FIELD_TEXT, AT(context_path), .max = BODY_PATH_MAX },
	{ .name = "context_text", .type = FIELD_TEXT, AT(context_text), .max = TEXT_MAX },
	{ .name = "cell", .type = FIELD_UINT, AT(cell), .min = 1, .max = CELL_MAX },
	{ .name = "bare", .type = FIELD_BOOL, AT(bare) },
	{ .name = "show_vars", .type = FIELD_BOOL, AT(show_vars) },
	{ .name = "check", .type = FIELD_BOOL, AT(check) },
	{ .name = "seed", .type = FIELD_TEXT, AT(seed), .max = 32 },
	{ .name = "freeze_clock", .type = FIELD_TEXT, AT(freeze_clock), .max = 64 },
	{ .name = "hermetic_env", .type = FIELD_BOOL, AT(hermetic_env) },
	{ .name = "config", .type = FIELD_TEXT, AT(config), .max = BODY_PATH_MAX },
	{ .name = "no_config", .type = FIELD_BOOL, AT(no_config) },
	{ .name = "cwd", .type = FIELD_JSON, AT(cwd) },
	{ .name = "env", .type = FIELD_JSON, AT(env) },
};

static void check(struct decode *c, const struct raw_render *raw)
{
	if (!raw->path == !raw->content)
		decode_fail(c, "/path", "either 'path' or 'content' must be there");
	if ((raw->context != NULL) + (raw->context_path != NULL) + (raw->context_text != NULL) > 1)
		decode_fail(c, "/context",
		        "'context', 'context_path' and 'context_text' exclude each other");
	if (raw->context && !json_is_object(raw->context))
		decode_blame(c, "context", "must be an object");
	if (raw->name && !*raw->name)
		decode_blame(c, "name", "is empty");
	if (raw->root && !raw->bare)
		decode_blame(c, "root", "needs %s", decode_name(c, "bare"));
	if (raw->check && raw->bare)
		decode_exclude(c, "bare", "check");
	if (raw->cell && raw->bare)
		decode_exclude(c, "bare", "cell");
}

bool render_request_read(
        struct decode *c, const json_t *body, bool final, struct render_request *out)
{
	struct raw_render raw = { 0 };

	if (!body)
		decode_fail(c, "", "the body is missing");
	decode_object(c, body, "", members, ARRAY_LEN(members), &raw);
	check(c, &raw);
	*out = (struct render_request){
		.path = raw.path,
		.content = raw.content,
		.name = raw.name   ? raw.name
		        : raw.bare ? "stdin"
		                   : "stdin.clnrm.toml",
		.root = raw.root,
		.context = raw.context,
		.context_path = raw.context_path,
		.context_text = raw.context_text,
		.cell = raw.cell,
		.bare = raw.bare,
		.show_vars = raw.show_vars,
		.check = raw.check,
	};
	body_read_dir(c, raw.cwd, &out->dir);
	out->env = body_read_env(c, raw.env, final);
	out->flags = (struct config_flags){
		.map = request_variables(c, &raw.map),
		.seed = request_seed(c, raw.seed),
		.freeze_clock = raw.freeze_clock,
		.hermetic_env = raw.hermetic_env,
		.no_config = raw.no_config,
		.config_file = request_config(c, &out->dir, raw.config),
	};
	return decode_ok(c);
}
