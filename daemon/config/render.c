#include "daemon/config/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/utf8.h"
#include "daemon/config/memo.h"
#include "daemon/config/tags.h"
#include "daemon/template/libraries.h"

/* ---- one text ---- */

int render_string(struct rendering *r, struct tsession *s, const struct tvalue *context,
        const char *text, size_t len, struct tbuf *out, struct terr *e)
{
	const char *name = r->l->file->path;
	CLEANUP(template_unref)
	struct template *t = memo_compile(r->l->s->memo, name, text, len, &r->world.limits, e);
	CLEANUP(bundle_free) struct bundle *b = NULL;

	if (!t)
		return -1;
	b = bundle_new(t, &r->world.loader, &r->world.limits, e);
	if (!b) {
		/* The text itself is one. */
		e->kind = e->kind == TERR_PARSE ? TERR_RENDER : e->kind;
		return -1;
	}
	return bundle_render(b, s, &library_clnrm, context, out, e);
}

/* ---- errors ---- */

/* "Failed to render 'x': Variable `y` not found": what happened, and why. */
static const char *message_of(const struct terr *e, struct arena *a)
{
	return arena_printf(
	        a, "%s%s%s", e->head.s, e->n_causes ? ": " : "", e->n_causes ? e->causes[0] : "");
}

static bool is_in_file(const struct rendering *r, const struct terr *e)
{
	return e->template.len == 0 || strcmp(e->template.s, r->l->file->path) == 0;
}

void render_report(struct rendering *r, struct terr *e, const struct pos *at)
{
	struct arena *a = r->l->file->arena;
	AUTO_STRBUF text = STRBUF_INIT;
	struct pos pos = { 0 };
	struct diag *x;

	world_mask(&r->world, e);
	if (is_in_file(r, e)) {
		if (at) {
			e->line = at->line;
			e->col = at->col;
		}
		pos = (struct pos){ e->line, e->col, e->line, e->col + 1 };
	}
	terr_text(e, &text);
	x = check_report(&r->l->c, SEV_ERROR,
	        e->kind == TERR_PARSE ? "template.syntax" : "template.render", pos, NULL, "%s",
	        message_of(e, a));
	x->trace = arena_strdup(a, text.s);
	if (e->lacks)
		render_propose(r, e, x);
}

/* ---- values ---- */

/* Byte offset of a line and column within a string. */
static size_t offset_of(const char *s, size_t len, uint32_t line, uint32_t col)
{
	size_t at = 0;
	uint32_t cp;

	for (; line > 1; line--) {
		const char *nl = memchr(s + at, '\n', len - at);

		if (!nl)
			return len;
		at = (size_t)(nl - s) + 1;
	}
	for (; col > 1 && at < len; col--) {
		size_t n = utf8_decode(s + at, len - at, &cp);

		at += n ? n : 1;
	}
	return at;
}

static struct pos place_in_node(const struct node *n, bool key, const struct terr *e)
{
	return key ? n->key_pos : check_offset(n, offset_of(n->s, n->len, e->line, e->col));
}

/* What does not parse stays as it is. */
static void warn_no_template(
        struct rendering *r, const struct node *n, bool key, const struct terr *e)
{
	struct loader *l = r->l;
	const char *open;

	/* That a tag is open was said before. */
	if (l->c.for_run || (!key && tags_find_open(n->s, n->len, &open) < n->len))
		return;
	check_report(&l->c, SEV_WARNING, "template.syntax", place_in_node(n, key, e), n,
	        "'%s' is no template and stays as it is: %s", n->key ? n->key : "the text",
	        e->n_causes ? e->causes[0] : "it does not parse");
}

static void note_splice(struct rendering *r, const struct pos *at, const char *s, size_t len)
{
	if (!r->l->wants_text)
		return;
	r->splices = xgrow(r->splices, &r->cap_splices, r->n_splices + 1, sizeof(*r->splices));
	r->splices[r->n_splices++] = (struct splice){ *at, s, len };
}

/* The key or value with its tags replaced, in the arena. */
static int render_part(struct rendering *r, struct tsession *s, const struct tvalue *context,
        struct node *n, bool key)
{
	AUTO_TBUF out = { .max = r->world.limits.max[TLIMIT_OUTPUT] };
	AUTO_TERR e = TERR_INIT;
	const char **text = key ? &n->key : &n->s;
	size_t *len = key ? &n->key_len : &n->len;

	if (render_string(r, s, context, *text, *len, &out, &e) < 0) {
		struct pos at = place_in_node(n, key, &e);

		if (e.kind == TERR_PARSE) {
			warn_no_template(r, n, key, &e);
			return 0;
		}
		render_report(r, &e, &at);
		return -1;
	}
	*text = arena_strndup(r->a, out.s ? out.s : "", out.len);
	*len = out.len;
	if (!key)
		n->text = n->s;
	note_splice(r, key ? &n->key_pos : &n->pos, *text, *len);
	return 0;
}

int render_nodes(
        struct rendering *r, struct tsession *s, const struct tvalue *context, struct node *n)
{
	if (tags_in_key(n) && render_part(r, s, context, n, true) < 0)
		return -1;
	if (tags_in_value(n))
		return render_part(r, s, context, n, false);
	if (n->type != NODE_TABLE && n->type != NODE_ARRAY)
		return 0;
	for (struct node *x = n->first; x; x = x->next)
		if (render_nodes(r, s, context, x) < 0)
			return -1;
	return 0;
}

/* Strings that open a tag and never close it: they stay as they are (shells write ${#NAME}), which
 * may not be what was meant. */
static void warn_open_tags(struct loader *l, const struct node *n)
{
	const char *open;
	size_t at = n->type == NODE_STRING ? tags_find_open(n->s, n->len, &open) : 0;

	if (n->type == NODE_STRING && at < n->len)
		check_report(&l->c, SEV_WARNING, "template.syntax", check_offset(n, at), n,
		        "'%s' is never closed: '%s' stays as it is", open,
		        n->key ? n->key : "the text");
	if (n->type != NODE_TABLE && n->type != NODE_ARRAY)
		return;
	for (const struct node *x = n->first; x; x = x->next)
		warn_open_tags(l, x);
}

/* ---- the file ---- */

struct parse_limits load_parse_limits(const struct settings *s)
{
	struct parse_limits lim = PARSE_LIMITS_DEFAULT;

	if (s->max_file)
		lim.max_bytes = s->max_file;
	if (s->max_depth)
		lim.max_depth = s->max_depth;
	if (s->max_nodes)
		lim.max_nodes = s->max_nodes;
	return lim;
}

struct node *render_parse(struct rendering *r, const char *text, size_t len, struct diags *d)
{
	const struct parse_limits lim = load_parse_limits(r->l->s);

	return (r->l->c.yaml ? yaml_read : toml_read)(text, len, r->l->file->path, &lim, r->a, d);
}

static bool is_syntax(const struct diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].severity == SEV_ERROR && strncmp(d->v[i].code, "file.", 5) == 0)
			return false;
	return true;
}

/* Reads the text as it is, where that may be a document. */
static bool read_unrendered(struct rendering *r)
{
	struct loader *l = r->l;
	bool tagged = tags_find(r->text, r->len) < r->len;
	struct diags d;

	diags_init(&d, l->file->arena);
	r->tree = render_parse(r, r->text, r->len, &d);

	bool as_text = d.errors && is_syntax(&d) && tagged;
	bool fine = !d.errors && r->tree;

	if (!as_text)
		diags_copy(&l->file->diags, &d);
	diags_release(&d);
	r->kind = as_text ? RENDER_TEXT : RENDER_PLAIN;
	if (fine && tagged && tags_in_tree(r->tree))
		r->kind = RENDER_VALUES;
	if (fine && !l->c.for_run)
		warn_open_tags(l, r->tree);
	return fine || as_text;
}

/* The tables that the first pass looks at. */
static bool has_tables(const struct node *root)
{
	static const char *const names[] = { "vars", "template", "matrix", "determinism" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (node_get(root, names[i]))
			return true;
	return false;
}

/* Nothing of the request changes a plain file. */
static bool is_simple(const struct rendering *r)
{
	const struct config_flags *f = r->l->flags;

	return r->kind == RENDER_PLAIN && !r->l->wants_text && !has_tables(r->tree) && !f->seed &&
	       !f->freeze_clock && !f->map.n && !client_env_get(r->l->env, "FREEZE_CLOCK");
}

/* Not one of the documents that may be read before they are rendered. */
static bool is_text(const char *path)
{
	static const char *const documents[] = { ".toml", ".yaml", ".yml" };
	size_t n = strlen(path);

	for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
		size_t m = strlen(documents[i]);

		if (n > m && strcmp(path + n - m, documents[i]) == 0)
			return false;
	}
	return true;
}

/* The world and the variables; a simple file needs them only for a file that it places. */
static bool look_around(struct rendering *r)
{
	const struct loader *l = r->l;

	if (r->world.variables)
		return true;
	world_init(&r->world, l->file->path, l->file->real, l->s, l->env, l->flags, r->a);
	r->world.need = l->need;
	r->world.need_arena = l->need_arena;
	vars_init(&r->vars, r->a, &r->world.limits);
	return tables_read(r);
}

/* What a caller shows beside the time that reading took. */
static void count_time(struct rendering *r, int64_t began_ns)
{
	r->l->file->render_ns += clock_ns() - began_ns;
}

static bool prepare(struct rendering *r)
{
	int64_t began = clock_ns();
	struct loader *l = r->l;
	bool good = look_around(r);

	if (good) {
		matrix_cells(&l->c, r->tables[SECTION_MATRIX], &r->vars.picked, r->a,
		        &r->world.limits, &r->cells, &r->n_cells);
		l->c.matrix_read = r->tables[SECTION_MATRIX] != NULL;
	}
	count_time(r, began);
	return good;
}

bool render_begin(
        struct rendering *r, struct loader *l, const char *text, size_t len, struct arena *a)
{
	*r = (struct rendering){ .l = l, .a = a, .text = text, .len = len };
	if (is_text(l->file->path))
		r->kind = RENDER_TEXT;
	else if (!read_unrendered(r))
		return false;
	if (is_simple(r)) {
		static struct cell whole = { .values = { .type = TVALUE_OBJECT }, .name = "" };

		r->cells = &whole;
		r->n_cells = 1;
		return true;
	}
	if (!prepare(r))
		return false;
	if (r->kind == RENDER_TEXT)
		r->texts = arena_array(a, r->n_cells + 1, sizeof(*r->texts));
	return true;
}

void render_end(struct rendering *r)
{
	free(r->splices);
	for (size_t i = 0; r->texts && i < r->n_cells; i++)
		torigins_release(&r->texts[i].origins);
	if (r->world.variables)
		world_release(&r->world);
}

/* ---- a cell ---- */

static int cell_context(struct rendering *r, size_t i, struct tvalue *out)
{
	AUTO_TERR e = TERR_INIT;

	if (vars_context(&r->vars, &r->cells[i].values, out, &e) == 0)
		return 0;
	render_report(r, &e, NULL);
	return -1;
}

static int render_text(struct rendering *r, size_t i, struct tbuf *out)
{
	AUTO_TSESSION s;
	AUTO_TERR e = TERR_INIT;
	struct tvalue context;

	tsession_init(&s, &r->world.host, &r->world.limits);
	s.origins = &r->texts[i].origins;
	if (cell_context(r, i, &context) < 0)
		return -1;
	if (render_string(r, &s, &context, r->text, r->len, out, &e) == 0)
		return 0;
	render_report(r, &e, NULL);
	return -1;
}

/* The tree as it was read; a cell changes it, so each has its own. */
static struct node *fresh_tree(struct rendering *r)
{
	struct node *tree = r->tree;
	struct diags d;

	r->tree = NULL;
	if (tree)
		return tree;
	diags_init(&d, r->a); /* found nothing the first time */
	tree = render_parse(r, r->text, r->len, &d);
	diags_release(&d);
	return tree;
}

static struct node *render_values(struct rendering *r, size_t i)
{
	AUTO_TSESSION s;
	struct tvalue context;
	struct node *tree = fresh_tree(r);

	tsession_init(&s, &r->world.host, &r->world.limits);
	if (cell_context(r, i, &context) < 0 || render_nodes(r, &s, &context, tree) < 0)
		return NULL;
	return tree;
}

int render_cell_text(struct rendering *r, size_t i, struct strbuf *out)
{
	AUTO_TBUF text = { .max = r->world.limits.max[TLIMIT_OUTPUT] };

	if (render_text(r, i, &text) < 0)
		return -1;
	strbuf_add(out, text.s, text.len);
	return 0;
}

struct node *render_cell(struct rendering *r, size_t i)
{
	AUTO_TBUF out = { .max = r->world.limits.max[TLIMIT_OUTPUT] };
	size_t errors = r->l->c.d->errors;
	int64_t began = clock_ns();
	struct rendered *x;
	struct node *tree;
	int rc;

	if (r->kind == RENDER_PLAIN)
		return fresh_tree(r);
	if (r->kind == RENDER_VALUES) {
		tree = render_values(r, i);
		count_time(r, began);
		return tree;
	}
	rc = render_text(r, i, &out);
	count_time(r, began);
	if (rc < 0)
		return NULL;
	x = &r->texts[i];
	x->text = arena_strndup(r->a, out.s ? out.s : "", out.len);
	x->len = out.len;
	tree = render_parse(r, x->text, x->len, r->l->c.d);
	return r->l->c.d->errors == errors ? tree : NULL;
}

/* ---- files that a test places ---- */

static int render_placed(struct rendering *r, size_t i, const char *real, const struct node *text,
        struct tbuf *out, struct terr *e)
{
	AUTO_TSESSION s;
	struct tvalue context;
	CLEANUP(template_unref) struct template *t = NULL;
	CLEANUP(bundle_free) struct bundle *b = NULL;

	tsession_init(&s, &r->world.host, &r->world.limits);
	if (vars_context(&r->vars, &r->cells[i].values, &context, e) < 0)
		return -1;
	if (text)
		return render_string(r, &s, &context, text->s, text->len, out, e);
	t = world_template(&r->world, real, e);
	b = t ? bundle_new(t, &r->world.loader, &r->world.limits, e) : NULL;
	return b ? bundle_render(b, &s, &library_clnrm, &context, out, e) : -1;
}

const char *load_rendered(struct loader *l, const char *real, const struct node *text, size_t *len)
{
	struct rendering *r = l->rendering;
	AUTO_TERR e = TERR_INIT;
	AUTO_TBUF out = { 0 };

	if (!look_around(r))
		return NULL;
	out.max = r->world.limits.max[TLIMIT_OUTPUT];
	if (render_placed(r, l->cell_index, real, text, &out, &e) < 0) {
		render_report(r, &e, text ? &text->pos : NULL);
		return NULL;
	}
	*len = out.len;
	return load_bytes(l, out.s ? out.s : "", out.len);
}

/* ---- positions in rendered text ---- */

/* Where lines of a text begin, so that many positions cost no more than the text. */
struct lines {
	const struct rendered *x;
	size_t *at;
	size_t n, cap;
};

static void lines_init(struct lines *l, const struct rendered *x)
{
	*l = (struct lines){ .x = x };
	for (const char *p = x->text, *end = p + x->len; p;) {
		l->at = xgrow(l->at, &l->cap, l->n + 1, sizeof(*l->at));
		l->at[l->n++] = (size_t)(p - x->text);
		p = memchr(p, '\n', (size_t)(end - p));
		p = p ? p + 1 : NULL;
	}
}

static void lines_release(struct lines *l)
{
	free(l->at);
}
#define AUTO_LINES __attribute__((cleanup(lines_release))) struct lines

static size_t lines_offset(const struct lines *l, const struct pos *p)
{
	if (!p->line || p->line > l->n)
		return l->x->len;
	size_t from = l->at[p->line - 1];

	return from + offset_of(l->x->text + from, l->x->len - from, 1, p->col);
}

/* A place in the file itself: of a part that another template printed, where that was called for.
 * The width of a token stays. */
static void place(const struct lines *l, struct pos *p)
{
	uint32_t line, col,
	        width = p->end_line == p->line && p->end_col > p->col ? p->end_col - p->col : 1;

	if (p->line && torigins_find_main(&l->x->origins, lines_offset(l, p), &line, &col))
		*p = (struct pos){ line, col, line, col + width };
}

/* What a name holds comes first. */
static const char *last_of(const char *text, const char *part)
{
	const char *at = strstr(text, part);

	for (const char *next; at && (next = strstr(at + 1, part));)
		at = next;
	return at;
}

/* "line 31" of the message becomes that of the file. */
static void place_other(const struct lines *l, struct diag *x, struct arena *a)
{
	struct pos was = x->other, now = was;
	char old[48], new[48];
	const char *at;

	place(l, &now);
	snprintf(old, sizeof(old), "line %u, column %u", was.line, was.col);
	snprintf(new, sizeof(new), "line %u, column %u", now.line, now.col);
	at = last_of(x->message, old);
	if (!at) {
		old[strcspn(old, ",")] = new[strcspn(new, ",")] = '\0';
		at = last_of(x->message, old);
	}
	if (!at)
		return;
	x->message = arena_printf(
	        a, "%.*s%s%s", (int)(at - x->message), x->message, new, at + strlen(old));
	x->other = now;
}

void render_place_diags(struct rendering *r, size_t i, struct diags *d)
{
	AUTO_LINES l = { 0 };

	if (!r->texts || !r->texts[i].text)
		return;
	lines_init(&l, &r->texts[i]);
	source_fill(d, r->texts[i].text, r->texts[i].len);
	for (size_t k = 0; k < d->n; k++) {
		struct diag *x = &d->v[k];
		uint32_t line, col;
		const char *name = x->trace || !x->pos.line
		                           ? NULL
		                           : torigins_find(&l.x->origins, lines_offset(&l, &x->pos),
		                                     &line, &col);

		if (!name)
			continue;
		x->source_number = x->pos.line;
		x->source_col = x->source_col ? x->source_col : x->pos.col;
		x->from = arena_printf(d->arena, "%s:%u:%u", name, line, col);
		place(&l, &x->pos);
		if (x->other.line)
			place_other(&l, x, d->arena);
	}
}

static void place_steps(const struct lines *l, struct step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		place(l, &steps[i].pos);
		place(l, &steps[i].command_pos);
		place(l, &steps[i].out_contains_pos);
		place(l, &steps[i].expected_code_pos);
		place(l, &steps[i].out_regex.pos);
		place(l, &steps[i].out_regex_not.pos);
	}
}

void render_place_test(struct rendering *r, size_t i, struct test *t)
{
	AUTO_LINES l = { 0 };

	if (!r->texts || !r->texts[i].text)
		return;
	lines_init(&l, &r->texts[i]);
	place(&l, &t->pos);
	for (size_t k = 0; k < t->n_assertions; k++)
		place(&l, &t->assertions[k].pos);
	for (size_t k = 0; k < t->n_scenarios; k++) {
		struct scenario *s = &t->scenarios[k];

		place(&l, &s->pos);
		place(&l, &s->end);
		place(&l, &s->out_regex.pos);
		place_steps(&l, s->setup, s->n_setup);
		place_steps(&l, s->steps, s->n_steps);
		place_steps(&l, s->teardown, s->n_teardown);
	}
}
