/* Remedies that are edits: where else a key stands that is to be renamed, and a text with all of
 * them done. */
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "daemon/config/lint.h"
#include "daemon/config/toml_priv.h"

#define MAX_PARTS 64
#define MAX_EDITS 1000 /* of one finding */

/* ---- positions ---- */

/* Byte offset of a position, or len. */
static size_t offset_of(const char *text, size_t len, uint32_t line, uint32_t col)
{
	const char *p = text, *end = text + len;

	if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	for (uint32_t l = 1; l < line && p < end; l++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));

		p = nl ? nl + 1 : end;
	}
	for (uint32_t c = 1; c < col && p < end && *p != '\n'; c++) {
		uint32_t cp;
		size_t n = utf8_decode(p, (size_t)(end - p), &cp);

		p += n ? n : 1;
	}
	return (size_t)(p - text);
}

/* ---- every place of a key ---- */

/* A walk over the keys of statements; those inside of values are not seen. */
struct walk {
	const char *text;
	const struct toml_tokens *k;
	size_t header[MAX_PARTS], n_header;
	size_t key[MAX_PARTS], n_key; /* with the header's parts before, in a pair */
	size_t at;
};

static void collect(struct walk *w, size_t *parts, size_t *n)
{
	for (; w->at < w->k->n; w->at++) {
		enum toml_token_kind kind = w->k->v[w->at].kind;

		if (kind == TOKEN_KEY && *n < MAX_PARTS)
			parts[(*n)++] = w->at;
		else if (kind != TOKEN_DOT)
			return;
	}
}

/* The key of the next statement in w->key; false at the end. */
static bool next_statement(struct walk *w)
{
	while (w->at < w->k->n) {
		enum toml_token_kind kind = w->k->v[w->at].kind;
		size_t depth = 0;

		if (kind == TOKEN_HEADER) {
			w->at++;
			w->n_header = 0;
			collect(w, w->header, &w->n_header);
			memcpy(w->key, w->header, sizeof(w->key));
			w->n_key = w->n_header;
			return true;
		}
		if (kind == TOKEN_KEY) {
			memcpy(w->key, w->header, sizeof(w->key));
			w->n_key = w->n_header;
			collect(w, w->key, &w->n_key);
			return true;
		}
		do {
			depth += w->k->v[w->at].kind == TOKEN_OPEN;
			depth -= depth && w->k->v[w->at].kind == TOKEN_CLOSE;
			w->at++;
		} while (depth && w->at < w->k->n);
	}
	return false;
}

static bool same_text(const struct walk *w, size_t a, size_t b)
{
	const struct toml_token *x = &w->k->v[a], *y = &w->k->v[b];

	return x->to - x->from == y->to - y->from &&
	       memcmp(w->text + x->from, w->text + y->from, x->to - x->from) == 0;
}

/* Where a token stands; those that are asked for come in order. */
struct cursor {
	const char *at, *line_start;
	uint32_t line;
};

static struct pos pos_of(struct cursor *c, const char *text, const struct toml_token *t)
{
	struct pos p;

	for (; c->at < text + t->from; c->at++)
		if (*c->at == '\n') {
			c->line++;
			c->line_start = c->at + 1;
		}
	p.line = p.end_line = c->line;
	p.col = (uint32_t)utf8_length(c->line_start, (size_t)(c->at - c->line_start)) + 1;
	p.end_col = p.col + (uint32_t)utf8_length(c->at, t->to - t->from);
	return p;
}

/* The path of the key that begins at byte `from`, as far as that key, in path. 0 when it is inside
 * of a value. */
static size_t find_path(struct walk *w, size_t from, size_t path[MAX_PARTS])
{
	while (next_statement(w)) {
		for (size_t i = 0; i < w->n_key; i++) {
			if (w->k->v[w->key[i]].from > from)
				return 0;
			if (w->k->v[w->key[i]].from != from)
				continue;
			memcpy(path, w->key, (i + 1) * sizeof(*path));
			return i + 1;
		}
	}
	return 0;
}

struct places {
	struct diag_edit *v;
	size_t n, cap;
};

/* All that have the same path, in the order of the text. */
static void find_places(
        const struct walk *from, const size_t *path, size_t n, const char *to, struct places *out)
{
	struct walk w = *from;
	struct cursor c = { from->text, from->text, 1 };
	size_t before = SIZE_MAX;

	while (next_statement(&w) && out->n <= MAX_EDITS) {
		size_t same = 0;

		while (same < n && same < w.n_key && same_text(&w, path[same], w.key[same]))
			same++;
		/* A pair has its header's parts before its own: they are done with the header. */
		if (same < n || w.key[n - 1] == before)
			continue;
		before = w.key[n - 1];
		out->v = xgrow(out->v, &out->cap, out->n + 1, sizeof(*out->v));
		out->v[out->n++] = (struct diag_edit){ pos_of(&c, w.text, &w.k->v[before]), to };
	}
}

static void expand_one(
        struct diags *d, struct diag *x, const char *text, size_t len, const struct toml_tokens *k)
{
	const struct walk start = { .text = text, .k = k };
	struct walk w = start;
	const struct pos *at = &x->edits[0].at;
	size_t path[MAX_PARTS], n = find_path(&w, offset_of(text, len, at->line, at->col), path);
	struct places all = { 0 };

	if (!n)
		return;
	find_places(&start, path, n, x->edits[0].text, &all);
	if (all.n > 1) {
		x->edits = arena_memdup(d->arena, all.v, all.n * sizeof(*all.v));
		x->n_edits = all.n > MAX_EDITS ? 0 : all.n; /* half a remedy is none */
	}
	free(all.v);
}

void fix_expand(struct diags *d, const char *text, size_t len, const struct parse_limits *lim)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct toml_tokens tokens = { 0 };
	struct diags unseen;

	diags_init(&unseen, a);
	if (toml_read_tokens(text, len, "", lim, a, &unseen, &tokens) && !unseen.errors)
		for (size_t i = 0; i < d->n; i++)
			if (d->v[i].n_edits == 1)
				expand_one(d, &d->v[i], text + tokens.skipped, len - tokens.skipped,
				        &tokens);
	free(tokens.v);
	diags_release(&unseen);
}

/* ---- doing it ---- */

struct change {
	size_t from, to;
	const char *text;
};

struct changes {
	struct change *v;
	size_t n, cap;
};

static int by_place(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

static bool collides(const struct changes *all, const struct change *c)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct change *o = &all->v[i];
		bool same = o->from == c->from && o->to == c->to && strcmp(o->text, c->text) == 0;

		if (!same && c->from < o->to && o->from < c->to)
			return true;
	}
	return false;
}

static bool is_there(const struct changes *all, const struct change *c)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].from == c->from && all->v[i].to == c->to)
			return true;
	return false;
}

/* All edits of x or none: what another remedy changes is left to the next round. */
static bool add_changes(struct changes *all, const struct diag *x, const char *text, size_t len)
{
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < x->n_edits; i++) {
			const struct pos *at = &x->edits[i].at;
			struct change c = { offset_of(text, len, at->line, at->col),
				offset_of(text, len, at->end_line, at->end_col), x->edits[i].text };

			if (round == 0 && (c.to < c.from || collides(all, &c)))
				return false;
			if (round == 0 || is_there(all, &c))
				continue;
			all->v = xgrow(all->v, &all->cap, all->n + 1, sizeof(*all->v));
			all->v[all->n++] = c;
		}
	}
	return x->n_edits > 0;
}

size_t config_fix(const struct diags *d, const char *text, size_t len, struct strbuf *out)
{
	struct changes all = { 0 };
	size_t done = 0, at = 0;

	for (size_t i = 0; i < d->n; i++)
		done += add_changes(&all, &d->v[i], text, len);
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), by_place);
	for (size_t i = 0; i < all.n; i++) {
		strbuf_add(out, text + at, all.v[i].from - at);
		strbuf_adds(out, all.v[i].text);
		at = all.v[i].to;
	}
	strbuf_add(out, text + at, len - at);
	free(all.v);
	return done;
}
