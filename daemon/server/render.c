/* POST /v1/render: what a template prints, on a worker thread. */
#include <errno.h>
#include <jansson.h>
#include <stddef.h>
#include <string.h>

#include "common/fs.h"
#include "common/json.h"
#include "common/mem.h"
#include "daemon/config/bare.h"
#include "daemon/config/vars.h"
#include "daemon/server/body.h"
#include "daemon/server/handlers.h"
#include "daemon/server/offload.h"

#define CONTEXT_MAX (16u << 20)
#define STDIN_NAME "stdin"

struct raw_render {
	const char *path, *content, *name, *root, *context_path, *context_text, *config;
	const json_t *context, *cwd, *env;
	struct pairs map;
	bool bare, show_vars, no_config;
};

struct rendering {
	struct offload o;
	struct arena *arena;
	struct decode decode;
	struct raw_render raw;
	struct body_dir dir;
	struct client_env env;
	bool env_final;
	/* What the worker finds. */
	const char *code; /* of the problem; NULL: rendered */
	int exit;
	struct str_list need;
	struct terr e;
	struct tbuf out;
	struct strbuf json, text, vars;
};

#define AT(member) .at = offsetof(struct raw_render, member)

static const struct field members[] = {
	{ .name = "path", .type = FIELD_TEXT, AT(path), .max = BODY_PATH_MAX },
	{ .name = "content", .type = FIELD_TEXT, AT(content), .max = CONTEXT_MAX },
	{ .name = "name", .type = FIELD_TEXT, AT(name), .max = BODY_PATH_MAX },
	{ .name = "root", .type = FIELD_TEXT, AT(root), .max = BODY_PATH_MAX },
	{ .name = "map", .type = FIELD_PAIRS, AT(map) },
	{ .name = "context", .type = FIELD_JSON, AT(context) },
	{ .name = "context_path", .type = FIELD_TEXT, AT(context_path), .max = BODY_PATH_MAX },
	{ .name = "context_text", .type = FIELD_TEXT, AT(context_text), .max = CONTEXT_MAX },
	{ .name = "bare", .type = FIELD_BOOL, AT(bare) },
	{ .name = "show_vars", .type = FIELD_BOOL, AT(show_vars) },
	{ .name = "config", .type = FIELD_TEXT, AT(config), .max = BODY_PATH_MAX },
	{ .name = "no_config", .type = FIELD_BOOL, AT(no_config) },
	{ .name = "cwd", .type = FIELD_JSON, AT(cwd) },
	{ .name = "env", .type = FIELD_JSON, AT(env) },
};

/* ---- the request ---- */

static bool read_request(struct rendering *v, const json_t *body)
{
	struct decode *c = &v->decode;
	const struct raw_render *raw = &v->raw;

	if (!body)
		decode_fail(c, "", "the body is missing");
	decode_object(c, body, "", members, ARRAY_LEN(members), &v->raw);
	body_read_dir(c, raw->cwd, &v->dir);
	v->env = body_read_env(c, raw->env, v->env_final);
	if (!raw->path == !raw->content)
		decode_fail(c, "/path", "either 'path' or 'content' must be there");
	if ((raw->context != NULL) + (raw->context_path != NULL) + (raw->context_text != NULL) > 1)
		decode_fail(c, "/context",
		        "'context', 'context_path' and 'context_text' exclude each other");
	if (raw->context && !json_is_object(raw->context))
		decode_fail(c, "/context", "'context' must be an object");
	return decode_ok(c);
}

static const char *absolute(struct rendering *v, const char *path)
{
	AUTO_STR joined = fs_join(v->dir.path, path);
	AUTO_STR plain = fs_normalize(joined);

	return arena_strdup(v->arena, plain);
}

/* ---- variables ---- */

static int fail(struct rendering *v, const char *code, int exit)
{
	v->code = code;
	v->exit = exit;
	return -1;
}

/* Of a file that is missing or cannot be read. */
static int fail_file(struct rendering *v, const char *path, const struct err *e)
{
	strbuf_printf(&v->e.head, "context '%s'", path);
	terr_set(&v->e, "%s", e->msg);
	return fail(v, e->sys == ENOENT ? "file.not_found" : "file.unreadable", 3);
}

static int context_text(struct rendering *v, struct strbuf *text)
{
	const struct raw_render *raw = &v->raw;
	struct err e;

	if (raw->context) {
		char *dump = json_dumps(raw->context, JSON_COMPACT);

		strbuf_adds(text, dump ? dump : "{}");
		free(dump);
	} else if (raw->context_text) {
		strbuf_adds(text, raw->context_text);
	} else if (!raw->context_path) {
		strbuf_adds(text, "{}");
	} else if (fs_read_file(absolute(v, raw->context_path), CONTEXT_MAX, text, &e) < 0) {
		return fail_file(v, raw->context_path, &e);
	}
	return 0;
}

static int read_context(struct rendering *v, struct tvalue *out)
{
	AUTO_STRBUF text = STRBUF_INIT;
	const char *name = v->raw.context_path ? v->raw.context_path : "-";

	if (context_text(v, &text) < 0)
		return -1;
	if (tvalue_read_json(text.s, text.len, v->arena, &tlimits_default, out, &v->e) == 0) {
		if (out->type == TVALUE_OBJECT)
			return 0;
		terr_set(&v->e, "expected a JSON object");
	}
	strbuf_printf(&v->e.head, "context '%s' is no JSON object", name);
	return fail(v, "context-invalid", 4);
}

static int read_variables(struct rendering *v, struct vars *vars)
{
	const struct pairs *map = &v->raw.map;
	struct str_list list = { .v = arena_array(v->arena, 2 * map->n + 1, sizeof(char *)) };

	for (size_t i = 0; i < map->n; i++) {
		list.v[list.n++] = map->v[i].name;
		list.v[list.n++] = map->v[i].value;
	}
	vars_init(vars, v->arena, &tlimits_default);
	if (read_context(v, &vars->layers[VAR_CONTEXT]) < 0)
		return -1;
	if (vars_cli(vars, &list, &v->e) < 0)
		return fail(v, "template-error", 1);
	return 0;
}

/* ---- plain Tera ---- */

/* The directory in which templates are looked for. */
static const char *bare_root(struct rendering *v, const char *path)
{
	const struct raw_render *raw = &v->raw;

	if (raw->root)
		return absolute(v, raw->root);
	if (!path)
		return v->dir.path;
	if (raw->context_path) {
		const char *dir = bare_dir(v->arena, absolute(v, raw->context_path));

		if (bare_is_below(path, dir))
			return dir;
	}
	return bare_dir(v->arena, path);
}

static int render_bare(struct rendering *v, struct vars *vars)
{
	const struct raw_render *raw = &v->raw;
	struct bare q = { .env = &v->env, .need = &v->need, .arena = v->arena, .shown = raw->path };
	struct tvalue context;

	q.path = raw->path ? absolute(v, raw->path) : NULL;
	q.root = bare_root(v, q.path);
	q.text = raw->content;
	q.name = raw->name ? raw->name : STDIN_NAME;
	vars->layers[VAR_ENV] = vars->layers[VAR_DEFAULT] =
	        (struct tvalue){ .type = TVALUE_OBJECT };
	if (vars_merged(vars, &context, &v->e) < 0)
		return fail(v, "template-error", 1);
	q.context = &context;
	if (config_render_bare(&q, &v->out, &v->e) == 0)
		return 0;
	return fail(v, v->e.kind == TERR_MISSING ? "file.not_found" : "template-error",
	        v->e.kind == TERR_MISSING ? 3 : 1);
}

/* ---- --show-vars ---- */

static void show_variable(
        struct rendering *v, struct vars *vars, const struct tmember *m, struct json *j)
{
	enum var_layer layer = vars_source(vars, m->key, m->key_len);
	AUTO_STR name = xstrndup(m->key, m->key_len);
	AUTO_TBUF value = { .max = CONTEXT_MAX };

	if (config_is_secret_name(name))
		tbuf_adds(&value, "\"***\"");
	else
		tvalue_json(&m->value, false, &value);
	strbuf_printf(&v->vars, "%s = %.*s  # %s\n", name, (int)value.len, value.s,
	        var_layer_names[layer]);
	json_obj(j, name);
	json_raw(j, "value", value.s, value.len);
	json_str(j, "source", var_layer_names[layer]);
	json_end(j);
}

static void show_variables(struct rendering *v, struct vars *vars, struct json *j)
{
	struct tvalue all;
	struct terr ignored = TERR_INIT;

	if (!v->raw.show_vars || vars_merged(vars, &all, &ignored) < 0) {
		terr_release(&ignored);
		return;
	}
	json_obj(j, "vars");
	for (uint32_t i = 0; i < all.len; i++)
		show_variable(v, vars, &all.o->members[i], j);
	json_end(j);
}

/* ---- all of it, on a worker ---- */

static void work(struct offload *o)
{
	struct rendering *v = (struct rendering *)o;
	struct json j = JSON_INIT(&v->json);
	struct vars vars;

	if (read_variables(v, &vars) < 0 || render_bare(v, &vars) < 0)
		return;
	strbuf_add(&v->text, v->out.s, v->out.len);
	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.render/1");
	json_arr(&j, "cells");
	json_obj(&j, NULL);
	json_str(&j, "name", "");
	json_strn(&j, "text", v->out.s ? v->out.s : "", v->out.len);
	show_variables(v, &vars, &j);
	json_end(&j);
	json_end(&j);
	json_end(&j);
	strbuf_addc(&v->json, '\n');
}

/* Files are missing, or are not what they should be: as with other commands. */
static void answer_file(struct rendering *v)
{
	AUTO_STRBUF text = STRBUF_INIT;

	strbuf_printf(&text, "%s: ", v->e.head.s);
	if (v->e.line)
		strbuf_printf(&text, "%u:%u: ", v->e.line, v->e.col);
	strbuf_adds(&text, v->e.n_causes ? v->e.causes[0] : "");
	answer_problem(v->o.r, v->code, v->exit, text.s, NULL, NULL);
}

static void answer_failure(struct rendering *v)
{
	AUTO_STRBUF words = STRBUF_INIT, extra = STRBUF_INIT;
	struct json j = JSON_INIT(&extra);
	const struct terr *e = &v->e;

	terr_text(e, &words);
	strbuf_adds(&extra, ",\"causes\":");
	json_arr(&j, NULL);
	for (unsigned i = e->n_causes; i-- > 0;)
		json_str(&j, NULL, e->causes[i]);
	json_end(&j);
	if (e->line)
		strbuf_printf(&extra, ",\"line\":%u,\"column\":%u", e->line, e->col);
	if (e->template.len) {
		strbuf_adds(&extra, ",\"template\":");
		json_quote(&extra, e->template.s, e->template.len);
	}
	answer_problem_words(v->o.r, v->code, v->exit, e->head.s, extra.s, &words);
}

static void reply(struct offload *o)
{
	struct rendering *v = (struct rendering *)o;

	if (v->need.n && !v->env_final)
		answer_need_env(o->r, &v->need);
	else if (v->code && v->exit > 1)
		answer_file(v);
	else if (v->code)
		answer_failure(v);
	else
		answer_beside(o->r, 0, &v->json, &v->text, &v->vars);
}

static void release(struct offload *o)
{
	struct rendering *v = (struct rendering *)o;

	terr_release(&v->e);
	tbuf_release(&v->out);
	strbuf_release(&v->json);
	strbuf_release(&v->text);
	strbuf_release(&v->vars);
	decode_release(&v->decode);
	arena_free(v->arena);
	free(v);
}

void handle_render(struct request *r)
{
	struct rendering *v = xcalloc(1, sizeof(*v));

	v->o = (struct offload){ .work = work, .answer = reply, .release = release };
	v->arena = arena_new();
	v->json = v->text = v->vars = (struct strbuf)STRBUF_INIT;
	v->e = (struct terr)TERR_INIT;
	v->env_final = r->env_final;
	decode_init(&v->decode, v->arena);

	bool good = read_request(v, r->json);

	if (!good)
		body_refuse(r, &v->decode);
	if (good && body_check_dir(r, &v->dir, 6) == 0)
		offload(r, &v->o);
	else
		release(&v->o);
}
