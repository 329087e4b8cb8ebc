#include "daemon/config/cells.h"

#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/utf8.h"
#include "daemon/config/render.h"

/* ---- values in their places ---- */

static int by_place(const void *a, const void *b)
{
	const struct splice *x = a, *y = b;

	if (x->at.line != y->at.line)
		return x->at.line < y->at.line ? -1 : 1;
	return (x->at.col > y->at.col) - (x->at.col < y->at.col);
}

/* A place in the text that only moves on, so that all tokens cost one walk. */
struct cursor {
	uint32_t line, col;
	size_t at;
};

static void go_to(const struct rendering *r, struct cursor *c, uint32_t line, uint32_t col)
{
	uint32_t cp;

	while (c->line < line && c->at < r->len) {
		const char *nl = memchr(r->text + c->at, '\n', r->len - c->at);

		c->at = nl ? (size_t)(nl - r->text) + 1 : r->len;
		c->line++;
		c->col = 1;
	}
	for (; c->line == line && c->col < col && c->at < r->len; c->col++) {
		size_t n = utf8_decode(r->text + c->at, r->len - c->at, &cp);

		c->at += n ? n : 1;
	}
}

/* The text with what was rendered in place of its tokens. JSON strings are strings of TOML and YAML
 * too. An alias has the place of its anchor, which counts. */
static void put_spliced(struct rendering *r, struct strbuf *out)
{
	struct cursor c = { .line = 1, .col = 1 };
	size_t at = 0;

	if (r->n_splices)
		qsort(r->splices, r->n_splices, sizeof(*r->splices), by_place);
	for (size_t i = 0; i < r->n_splices; i++) {
		const struct splice *x = &r->splices[i];

		if (i && by_place(x, x - 1) == 0)
			continue;
		go_to(r, &c, x->at.line, x->at.col);
		strbuf_add(out, r->text + at, c.at - at);
		json_quote(out, x->s, x->len);
		go_to(r, &c, x->at.end_line ? x->at.end_line : x->at.line, x->at.end_col);
		at = c.at;
	}
	strbuf_add(out, r->text + at, r->len - at);
}

static bool put_cell(struct rendering *r, size_t i, struct strbuf *out)
{
	r->n_splices = 0;
	if (r->kind == RENDER_TEXT)
		return render_cell_text(r, i, out) == 0;
	if (!render_cell(r, i))
		return false;
	put_spliced(r, out);
	return true;
}

/* ---- the whole ---- */

static bool put_cells(struct rendering *r, struct cells *c)
{
	c->v = arena_array(c->arena, r->n_cells + 1, sizeof(*c->v));
	for (size_t i = 0; i < r->n_cells; i++) {
		AUTO_STRBUF out = STRBUF_INIT;

		if (!put_cell(r, i, &out))
			return false;
		c->v[c->n++] = (struct cell_text){
			.name = arena_strdup(c->arena, r->cells[i].name),
			.text = arena_memdup(c->arena, out.s, out.len + 1),
			.len = out.len,
		};
	}
	c->vars = r->vars;
	c->limits = *r->vars.limits; /* those were the rendering's */
	c->vars.limits = &c->limits;
	return true;
}

static void render_all(struct cells *c, struct loader *l, const char *text, size_t len, bool check)
{
	struct rendering r;
	bool good = render_begin(&r, l, text, len, c->arena) && put_cells(&r, c);

	if (good && check) {
		load_cells(l, &r, c->arena);
		good = c->file->tests != NULL;
	}
	if (!good) {
		c->v = NULL;
		c->n = 0;
	}
	if (r.world.variables)
		world_tell(&r.world, c->file->arena, &c->file->made_from);
	render_end(&r);
}

struct cells *config_render(const struct cells_request *q)
{
	struct cells *c = xcalloc(1, sizeof(*c));
	AUTO_STRBUF bytes = STRBUF_INIT;
	const char *text = q->text;
	size_t len = q->len;

	c->arena = arena_new();
	c->file = load_new(q->path, q->real, q->s);

	struct loader l = load_begin(c->file, q->s, q->env, q->flags, false);

	l.context = q->context;
	l.wants_text = true;
	l.need = q->need;
	l.need_arena = q->need_arena;
	if (!text && load_read(&l, &bytes) == 0) {
		text = bytes.s;
		len = bytes.len;
	}
	if (text) {
		load_digest(c->file, text, len);
		render_all(c, &l, text, len, q->check);
		diags_sort(&c->file->diags);
		source_fill(&c->file->diags, text, len);
	}
	return c;
}

void cells_free(struct cells *c)
{
	if (!c)
		return;
	test_file_unref(c->file);
	arena_free(c->arena);
	free(c);
}
