/* POST /v1/render: what a template prints, on a worker thread. */
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/json.h"
#include "common/mem.h"
#include "daemon/cache/renders.h"
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
	struct settings *s;
	struct render_cache *cache;
	const char *path; /* absolute, or NULL */
	const char *root; /* bare: where templates are looked for */
	/* What the worker finds. */
	int exit;
	struct strbuf context; /* JSON */
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

static int context_text(struct rendering *v)
{
	const struct render_request *q = &v->req;
	struct strbuf *text = &v->context;
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
	const struct strbuf *text = &v->context;
	AUTO_TERR e = TERR_INIT;

	if (tvalue_read_json(text->s, text->len, v->arena, &tlimits_default, out, &e) < 0)
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

	if (!v->req.show_vars || !vars || vars_merged(vars, &all, &e) < 0)
		return;
	json_obj(&v->j, "vars");
	for (uint32_t i = 0; i < all.len; i++)
		show_variable(v, vars, &all.o->members[i]);
	json_end(&v->j);
}

static void put_cell(struct rendering *v, const struct render_text *x, const struct vars *vars)
{
	strbuf_add(&v->text, x->text, x->len);
	json_obj(&v->j, NULL);
	json_str(&v->j, "name", x->name);
	json_strn(&v->j, "text", x->text, x->len);
	show_variables(v, vars);
	json_end(&v->j);
}

/* All cells, or the one that was asked for. vars are there where somebody asks for them. */
static void put_cells(
        struct rendering *v, const struct render_text *cells, size_t n, const struct vars *vars)
{
	unsigned only = v->req.cell;

	if (only > n) {
		fail(v, 2, "invalid-option",
		        arena_printf(v->arena, "there is no cell %u: the file has %zu", only, n));
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (only && only != i + 1)
			continue;
		if (n > 1 && !only) {
			if (v->text.len && v->text.s[v->text.len - 1] != '\n')
				strbuf_addc(&v->text, '\n');
			strbuf_printf(&v->text, "# cell %zu: %s\n", i + 1, cells[i].name);
		}
		put_cell(v, &cells[i], vars);
	}
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

/* What a worker rendered. */
struct printed {
	const struct render_text *v;
	size_t n; /* 0: it does not render */
	const struct vars *vars;
	struct made_from from;
	const char *sha256; /* of the file, where from does not name it; or NULL */
	bool clean;         /* without a finding */
};

static void render_bare(struct rendering *v, struct printed *p)
{
	const struct render_request *q = &v->req;
	struct render_text *x = arena_alloc(v->arena, sizeof(*x));
	struct vars *vars = arena_alloc(v->arena, sizeof(*vars));
	AUTO_TERR e = TERR_INIT;
	AUTO_TBUF out = { 0 };
	struct tvalue context;
	struct bare b = { .shown = q->path,
		.root = v->root,
		.path = v->path,
		.text = q->content,
		.name = q->name,
		.context = &context,
		.s = v->s,
		.env = &q->env,
		.flags = &q->flags,
		.need = &v->need,
		.arena = v->arena };

	if (bare_variables(v, vars, &context, &e) == 0 &&
	        config_render_bare(&b, &out, &p->from, &e) == 0) {
		*x = (struct render_text){ "", arena_memdup(v->arena, out.s, out.len), out.len };
		*p = (struct printed){ x, 1, vars, p->from, NULL, true };
	} else if (e.kind == TERR_MISSING) {
		fail(v, 3, "file.not_found", arena_strdup(v->arena, e.causes[0]));
	} else if (e.n_causes) {
		note_error(v, &e);
	}
}

/* ---- a test file ---- */

static bool file_is_missing(const struct diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->v[i].code, "file.not_found") == 0 ||
		        strcmp(d->v[i].code, "file.unreadable") == 0)
			return true;
	return false;
}

static void print_cells(struct rendering *v, const struct cells *c, struct printed *p)
{
	struct render_text *x = arena_array(v->arena, c->n + 1, sizeof(*x));

	for (size_t i = 0; i < c->n; i++)
		x[i] = (struct render_text){ c->v[i].name, c->v[i].text, c->v[i].len };
	*p = (struct printed){ x, c->n, &c->vars, c->file->made_from, c->file->sha256,
		c->file->diags.n == 0 };
}

/* What is printed lives as long as the cells. */
static struct cells *render_file(struct rendering *v, struct printed *p)
{
	const struct render_request *q = &v->req;
	const char *shown = q->path ? q->path : q->name;
	struct tvalue context;
	struct cells_request request = { .path = shown,
		.real = absolute(v, shown),
		.text = q->path ? NULL : q->content,
		.len = q->path ? 0 : strlen(q->content),
		.context = &context,
		.check = q->check,
		.s = v->s,
		.env = &q->env,
		.flags = &q->flags,
		.need = &v->need,
		.need_arena = v->arena };
	struct cells *c;

	if (read_context(v, &context) < 0)
		return NULL;
	c = config_render(&request);
	diags_copy(&v->diags, &c->file->diags);
	print_cells(v, c, p);
	if (!c->v)
		p->n = 0;
	return c;
}

/* ---- all of it ---- */

static struct render_ask ask_of(const struct rendering *v)
{
	const struct render_request *q = &v->req;

	return (struct render_ask){
		.kind = q->bare ? "bare" : "file",
		.shown = q->path ? q->path : q->name,
		.real = v->path,
		.root = v->root,
		.text = q->content,
		.len = q->content ? strlen(q->content) : 0,
		.context = v->context.s,
		.context_len = v->context.len,
		.s = v->s,
		.env = &q->env,
		.flags = &q->flags,
	};
}

/* Findings are made anew, and so is what a client has still to send variables for. */
static void keep(struct rendering *v, const struct render_ask *ask, const struct depends_why *why,
        const struct printed *p, int64_t ns)
{
	if (v->exit != 3 && !(v->need.n && !v->req.env.asked))
		render_cache_put(
		        v->cache, ask, why, &p->from, p->sha256, p->v, p->clean ? p->n : 0, ns);
}

static void render(struct rendering *v)
{
	const struct render_ask ask = ask_of(v);
	bool kept = v->s->cache_compiled && !v->req.show_vars && !v->req.check;
	struct printed p = { 0 };
	struct depends_why why = { 0 };
	CLEANUP(render_kept_unref)
	const struct render_kept *known = kept ? render_cache_get(v->cache, &ask, &why) : NULL;
	CLEANUP(cells_free) struct cells *c = NULL;
	int64_t began = clock_ns();

	if (known) {
		put_cells(v, known->v, known->n, NULL);
		return;
	}
	if (v->req.bare)
		render_bare(v, &p);
	else
		c = render_file(v, &p);
	if (v->diags.errors && !v->exit)
		v->exit = file_is_missing(&v->diags) ? 3 : 1;
	if (kept)
		keep(v, &ask, &why, &p, clock_ns() - began);
	if (p.n || (c && c->v))
		put_cells(v, p.v, p.n, p.vars);
}

static void work(struct offload *o)
{
	struct rendering *v = (struct rendering *)o;

	v->j = (struct json)JSON_INIT(&v->json);
	json_obj(&v->j, NULL);
	json_str(&v->j, "schema", "clnrm.render/1");
	json_arr(&v->j, "cells");
	if (!v->exit && context_text(v) == 0)
		render(v);
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
	strbuf_release(&v->context);
	settings_unref(v->s);
	diags_release(&v->diags);
	decode_release(&v->decode);
	arena_free(v->arena);
	free(v);
}

/* Of a test file all that is wrong with them counts, of plain Tera nothing. */
static void find_settings(struct rendering *v, struct config_cache *c)
{
	const struct render_request *q = &v->req;

	v->path = q->path ? absolute(v, q->path) : NULL;
	if (q->bare)
		v->root = bare_root(v, v->path);
	v->s = config_cache_settings(c,
	        q->bare ? v->root : bare_dir(v->arena, absolute(v, q->path ? q->path : q->name)),
	        &q->env, &q->flags, (uint64_t)getuid());
	if (q->bare)
		return;
	diags_copy(&v->diags, &v->s->diags);
	if (v->s->diags.errors)
		v->exit = 2;
}

void handle_render(struct request *r)
{
	struct rendering *v = xcalloc(1, sizeof(*v));

	v->o = (struct offload){ .work = work, .answer = reply, .release = release };
	v->arena = arena_new();
	v->json = v->text = v->aside = v->context = (struct strbuf)STRBUF_INIT;
	v->style = r->style;
	v->cache = r->d->renders;
	body_begin(r, &v->decode, v->arena);
	diags_init(&v->diags, v->arena);

	bool good = render_request_read(&v->decode, r->json, r->env_final, &v->req);

	if (!good)
		body_refuse(r, &v->decode);
	if (good && body_check_dir(r, &v->req.dir, 6) == 0) {
		find_settings(v, r->d->cache);
		offload(r, &v->o);
	} else {
		release(&v->o);
	}
}
