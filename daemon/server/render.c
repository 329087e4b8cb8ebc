/* POST /v1/render: what a template prints, on a worker thread. */
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/json.h"
#include "common/mem.h"
#include "daemon/config/bare.h"
#include "daemon/config/cells.h"
#include "daemon/server/handlers.h"
#include "daemon/server/offload.h"
#include "daemon/server/render_request.h"

#define CONTEXT_MAX (16u << 20)

struct rendering {
	struct offload o;
	struct arena *arena;
	struct decode decode;
	struct render_request req;
	struct text_style style;
	const struct own_dirs *own;
	/* What the worker finds. */
	int exit;
	struct str_list need;
	struct diags diags;
	struct json j;
	struct strbuf json, text, aside;
};

static const char *absolute(struct rendering *v, const char *path)
{
	AUTO_STR joined = fs_join(v->req.dir.path, path);
	AUTO_STR plain = fs_normalize(joined);

	return arena_strdup(v->arena, plain);
}

static int fail(struct rendering *v, int exit, const char *code, const char *text)
{
	v->exit = exit;
	diags_add(&v->diags, SEV_ERROR, code, NULL, (struct pos){ 0 }, "%s", text);
	return -1;
}

/* ---- the context ---- */

static int context_text(struct rendering *v, struct strbuf *text)
{
	const struct render_request *q = &v->req;
	struct err e;

	if (q->context) {
		char *dump = json_dumps(q->context, JSON_COMPACT);

		strbuf_adds(text, dump ? dump : "{}");
		free(dump);
	} else if (q->context_text) {
		strbuf_adds(text, q->context_text);
	} else if (!q->context_path) {
		strbuf_adds(text, "{}");
	} else if (fs_read_file(absolute(v, q->context_path), CONTEXT_MAX, text, &e) < 0) {
		return fail(v, 3, e.sys == ENOENT ? "file.not_found" : "file.unreadable",
		        arena_printf(v->arena, "context '%s': %s", q->context_path, e.msg));
	}
	return 0;
}

static int read_context(struct rendering *v, struct tvalue *out)
{
	const char *name = v->req.context_path ? v->req.context_path : "-";
	AUTO_TERR e = TERR_INIT;
	AUTO_STRBUF text = STRBUF_INIT;

	if (context_text(v, &text) < 0)
		return -1;
	if (tvalue_read_json(text.s, text.len, v->arena, &tlimits_default, out, &e) < 0)
		return fail(v, 4, "context-invalid",
		        arena_printf(v->arena, "context '%s' is no JSON: %u:%u: %s", name, e.line,
		                e.col, e.causes[0]));
	if (out->type != TVALUE_OBJECT)
		return fail(v, 4, "context-invalid",
		        arena_printf(v->arena, "context '%s' is no JSON object", name));
	return 0;
}

/* ---- what comes out ---- */

static void show_variable(struct rendering *v, const struct vars *vars, const struct tmember *m)
{
	const char *layer = var_layer_names[vars_source(vars, m->key, m->key_len)];
	AUTO_STR name = xstrndup(m->key, m->key_len);
	AUTO_TBUF value = { .max = CONTEXT_MAX };

	if (config_is_secret_name(name))
		tbuf_adds(&value, "\"***\"");
	else
		tvalue_json(&m->value, false, &value);
	strbuf_printf(&v->aside, "%s = ", name);
	strbuf_add_visible(&v->aside, value.s, value.len);
	strbuf_printf(&v->aside, "  # %s\n", layer);
	json_obj(&v->j, name);
	json_raw(&v->j, "value", value.s, value.len);
	json_str(&v->j, "source", layer);
	json_end(&v->j);
}

static void show_variables(struct rendering *v, const struct vars *vars)
{
	AUTO_TERR e = TERR_INIT;
	struct tvalue all;

	if (!v->req.show_vars || vars_merged(vars, &all, &e) < 0)
		return;
	json_obj(&v->j, "vars");
	for (uint32_t i = 0; i < all.len; i++)
		show_variable(v, vars, &all.o->members[i]);
	json_end(&v->j);
}

static void put_cell(struct rendering *v, const char *name, const char *text, size_t len,
        const struct vars *vars)
{
	strbuf_add(&v->text, text, len);
	json_obj(&v->j, NULL);
	json_str(&v->j, "name", name);
	json_strn(&v->j, "text", text, len);
	show_variables(v, vars);
	json_end(&v->j);
}

/* ---- plain Tera ---- */

/* The directory in which templates are looked for. */
static const char *bare_root(struct rendering *v, const char *path)
{
	const struct render_request *q = &v->req;

	if (q->root)
		return absolute(v, q->root);
	if (!path)
		return q->dir.path;
	if (q->context_path) {
		const char *dir = bare_dir(v->arena, absolute(v, q->context_path));

		if (bare_is_below(path, dir))
			return dir;
	}
	return bare_dir(v->arena, path);
}

static int bare_variables(
        struct rendering *v, struct vars *vars, struct tvalue *out, struct terr *e)
{
	vars_init(vars, v->arena, &tlimits_default);
	vars->layers[VAR_ENV] = (struct tvalue){ .type = TVALUE_OBJECT };
	vars->layers[VAR_DEFAULT] = (struct tvalue){ .type = TVALUE_OBJECT };
	if (read_context(v, &vars->layers[VAR_CONTEXT]) < 0)
		return -1;
	if (vars_cli(vars, &v->req.flags.map, e) < 0 || vars_merged(vars, out, e) < 0)
		return -1;
	return 0;
}

static void note_error(struct rendering *v, const struct terr *e)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct pos pos = { e->line, e->col, e->line, e->col + 1 };
	const char *cause = e->n_causes ? e->causes[0] : e->head.s;
	struct diag *x = diags_add(&v->diags, SEV_ERROR, "template-error",
	        arena_strdup(v->arena, e->template.s), pos, "%s", cause);

	terr_text(e, &text);
	x->trace = arena_strdup(v->arena, text.s);
	v->exit = 1;
}

static void render_bare(struct rendering *v)
{
	const struct render_request *q = &v->req;
	AUTO_TERR e = TERR_INIT;
	AUTO_TBUF out = { 0 };
	struct tvalue context;
	struct vars vars;
	struct bare b = { .shown = q->path,
		.path = q->path ? absolute(v, q->path) : NULL,
		.text = q->content,
		.name = q->name,
		.context = &context,
		.env = &q->env,
		.flags = &q->flags,
		.need = &v->need,
		.arena = v->arena };

	b.root = bare_root(v, b.path);
	if (bare_variables(v, &vars, &context, &e) == 0 && config_render_bare(&b, &out, &e) == 0)
		put_cell(v, "", out.s ? out.s : "", out.len, &vars);
	else if (e.kind == TERR_MISSING)
		fail(v, 3, "file.not_found", arena_strdup(v->arena, e.causes[0]));
	else if (e.n_causes)
		note_error(v, &e);
}

/* ---- a test file ---- */

static void put_cells(struct rendering *v, const struct cells *c)
{
	unsigned only = v->req.cell;

	if (only > c->n) {
		fail(v, 2, "invalid-option",
		        arena_printf(
		                v->arena, "there is no cell %u: the file has %zu", only, c->n));
		return;
	}
	for (size_t i = 0; i < c->n; i++) {
		if (only && only != i + 1)
			continue;
		if (c->n > 1 && !only) {
			if (v->text.len && v->text.s[v->text.len - 1] != '\n')
				strbuf_addc(&v->text, '\n');
			strbuf_printf(&v->text, "# cell %zu: %s\n", i + 1, c->v[i].name);
		}
		put_cell(v, c->v[i].name, c->v[i].text, c->v[i].len, &c->vars);
	}
}

static bool file_is_missing(const struct diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->v[i].code, "file.not_found") == 0 ||
		        strcmp(d->v[i].code, "file.unreadable") == 0)
			return true;
	return false;
}

static void render_file(struct rendering *v)
{
	const struct render_request *q = &v->req;
	const char *shown = q->path ? q->path : q->name, *real = absolute(v, shown);
	struct settings *s =
	        settings_load(bare_dir(v->arena, real), &q->env, &q->flags, (uint64_t)getuid(), v->own);
	struct tvalue context;
	struct cells_request request = { .path = shown,
		.real = real,
		.text = q->path ? NULL : q->content,
		.len = q->path ? 0 : strlen(q->content),
		.context = &context,
		.check = q->check,
		.s = s,
		.env = &q->env,
		.flags = &q->flags,
		.need = &v->need,
		.need_arena = v->arena };

	diags_copy(&v->diags, &s->diags);
	if (!s->diags.errors && read_context(v, &context) == 0) {
		CLEANUP(cells_free) struct cells *c = config_render(&request);

		diags_copy(&v->diags, &c->file->diags);
		if (c->v)
			put_cells(v, c);
	}
	if (v->diags.errors && !v->exit)
		v->exit = s->diags.errors ? 2 : file_is_missing(&v->diags) ? 3 : 1;
	settings_unref(s);
}

/* ---- all of it ---- */

static void work(struct offload *o)
{
	struct rendering *v = (struct rendering *)o;

	v->j = (struct json)JSON_INIT(&v->json);
	json_obj(&v->j, NULL);
	json_str(&v->j, "schema", "clnrm.render/1");
	json_arr(&v->j, "cells");
	if (v->req.bare)
		render_bare(v);
	else
		render_file(v);
	json_end(&v->j);
	json_end(&v->j);
	strbuf_addc(&v->json, '\n');
	if (!v->diags.errors)
		diags_text(&v->diags, &v->style, v->style.err, &v->aside);
}

static const struct diag *first_error(const struct diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].severity == SEV_ERROR)
			return &d->v[i];
	return NULL;
}

static void reply(struct offload *o)
{
	struct rendering *v = (struct rendering *)o;
	const struct diag *first = first_error(&v->diags);

	if (v->need.n && !v->req.env.asked)
		answer_need_env(o->r, &v->need);
	else if (first)
		answer_problem(o->r, v->exit == 1 ? "template-error" : first->code, v->exit,
		        first->message, NULL, v->exit == 1 || v->diags.n > 1 ? &v->diags : NULL);
	else
		answer_beside(o->r, 0, &v->json, &v->text, &v->aside);
}

static void release(struct offload *o)
{
	struct rendering *v = (struct rendering *)o;

	strbuf_release(&v->json);
	strbuf_release(&v->text);
	strbuf_release(&v->aside);
	diags_release(&v->diags);
	decode_release(&v->decode);
	arena_free(v->arena);
	free(v);
}

void handle_render(struct request *r)
{
	struct rendering *v = xcalloc(1, sizeof(*v));

	v->o = (struct offload){ .work = work, .answer = reply, .release = release };
	v->arena = arena_new();
	v->json = v->text = v->aside = (struct strbuf)STRBUF_INIT;
	v->style = r->style;
	v->own = r->d->own;
	decode_init(&v->decode, v->arena);
	diags_init(&v->diags, v->arena);

	bool good = render_request_read(&v->decode, r->json, r->env_final, &v->req);

	if (!good)
		body_refuse(r, &v->decode);
	if (good && body_check_dir(r, &v->req.dir, 6) == 0)
		offload(r, &v->o);
	else
		release(&v->o);
}
