/* TOML 1.0 (https://toml.io/en/v1.0.0): lines, keys, tables. One pass, no token list; positions are
 * counted as the text goes by. After an error the reader goes on at the next line. */
#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "common/utf8.h"
#include "daemon/config/text.h"
#include "daemon/config/toml_priv.h"

#define INDEX_FROM 8 /* tables with more keys than this get a hash index */

/* How a table came to be decides who may still add to it. */
enum origin {
	BY_HEADER,  /* [x]: once */
	BY_PATH,    /* a parent in [x.y]: may get its own header later */
	BY_DOTTED,  /* a parent in x.y = 1: only by dotted keys of the same table */
	BY_LITERAL, /* { } or [ ]: closed */
	BY_ARRAY,   /* [[x]]: an element, or the array itself */
};

struct tnode {
	struct node n; /* first: the tree that readers see */
	enum origin origin;
	struct tnode *dotted_in; /* BY_DOTTED: the table whose keys made it */
	struct node **index;     /* open addressing, or NULL */
	size_t index_size;
};

/* Only tables and arrays are more than what readers see. */
static struct tnode *t_of(struct node *n)
{
	return (struct tnode *)n;
}

#define BOTH (TOML_BARE | TOML_SCALAR)
const uint8_t toml_classes[256] = {
	['0' ... '9'] = BOTH,
	['a' ... 'z'] = BOTH,
	['A' ... 'Z'] = BOTH,
	['-'] = BOTH,
	['_'] = BOTH,
	['+'] = TOML_SCALAR,
	['.'] = TOML_SCALAR,
	[':'] = TOML_SCALAR,
	['"'] = TOML_STOP,
	['\\'] = TOML_STOP,
	['\n'] = TOML_STOP,
	['\r'] = TOML_STOP,
};

/* ---- positions and errors ---- */

struct pos toml_count(struct toml *t, const char *p)
{
	if (p < t->mark)
		return (struct pos){ .line = t->line, .col = t->mark_col };
	t->mark_col += (uint32_t)utf8_length(t->mark, (size_t)(p - t->mark));
	t->mark = p;
	return (struct pos){ .line = t->line, .col = t->mark_col };
}

void toml_newline(struct toml *t)
{
	t->line++;
	t->mark = t->p;
	t->mark_col = 1;
}

static struct diag *report(struct toml *t, const char *code, struct pos pos, const char *text)
{
	return diags_add(t->d, SEV_ERROR, code, t->name, pos, "%s", text);
}

int toml_fail(struct toml *t, struct pos pos, const char *fmt, ...)
{
	AUTO_STRBUF text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	report(t, "toml.syntax", pos, text.s);
	return -1;
}

const char *toml_found(struct toml *t)
{
	uint32_t cp;
	size_t n;

	if (t->p >= t->end)
		return "the end of the file";
	if (*t->p == '\n' || *t->p == '\r')
		return "the end of the line";
	if (*t->p == '#')
		return "a comment";
	n = utf8_decode(t->p, (size_t)(t->end - t->p), &cp);
	return arena_printf(t->a, "'%.*s'", (int)(n ? n : 1), t->p);
}

static void add_token(struct toml *t, enum toml_token_kind kind, const char *from)
{
	struct toml_tokens *k = t->tokens;

	k->v = xgrow(k->v, &k->cap, k->n + 1, sizeof(*k->v));
	k->v[k->n++] =
	        (struct toml_token){ kind, (size_t)(from - t->start), (size_t)(t->p - t->start) };
}

/* From `from` to t->p. */
static inline void token(struct toml *t, enum toml_token_kind kind, const char *from)
{
	if (t->tokens)
		add_token(t, kind, from);
}

/* ---- white space ---- */

static void blanks(struct toml *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t'))
		t->p++;
}

static void comment(struct toml *t)
{
	if (t->p < t->end && *t->p == '#') {
		const char *eol = memchr(t->p, '\n', (size_t)(t->end - t->p)), *from = t->p;

		t->p = eol ? eol : t->end;
		if (t->p > t->start && t->p[-1] == '\r' && eol)
			t->p--;
		token(t, TOKEN_COMMENT, from);
	}
}

static bool at_line_end(const struct toml *t)
{
	return t->p >= t->end || *t->p == '\n' || *t->p == '\r';
}

/* Over one line break, if t->p is at one. */
static bool line_break(struct toml *t)
{
	const char *from = t->p;

	if (t->p >= t->end || !at_line_end(t))
		return false;
	t->p += *t->p == '\r' ? 2 : 1;
	token(t, TOKEN_NEWLINE, from);
	toml_newline(t);
	return true;
}

/* Blanks, comments and line breaks, as inside an array. */
static void space(struct toml *t)
{
	do {
		blanks(t);
		comment(t);
	} while (line_break(t));
}

static void skip_line(struct toml *t)
{
	const char *eol = memchr(t->p, '\n', (size_t)(t->end - t->p));

	t->p = eol ? eol : t->end;
	line_break(t);
}

/* ---- nodes and tables ---- */

static struct tnode *new_node(struct toml *t, enum node_type type, struct pos pos)
{
	struct tnode *n = arena_alloc(t->a, sizeof(*n));

	n->n.type = type;
	n->n.pos = pos;
	t->nodes++;
	return n;
}

/* One without children, and its text behind it: large documents consist of these. */
static struct node *new_scalar(
        struct toml *t, enum node_type type, struct pos pos, const char *s, size_t len)
{
	struct node *n = arena_alloc(t->a, sizeof(*n) + len + 1);
	char *text = (char *)(n + 1);

	memcpy(text, s, len);
	n->type = type;
	n->pos = pos;
	n->text = text;
	t->nodes++;
	return n;
}

static void append(struct tnode *parent, struct node *child)
{
	struct node *p = &parent->n;

	child->parent = p;
	if (p->last)
		p->last->next = child;
	else
		p->first = child;
	p->last = child;
	p->n_children++;
}

static size_t hash(const char *s, size_t n)
{
	size_t h =
	        1469598103934665603u; /* FNV-1a; collisions only cost time, bounded by max_nodes */

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 1099511628211u;
	return h ^ h >> 29;
}

static void index_put(struct tnode *table, struct node *child)
{
	size_t at = hash(child->key, child->key_len) & (table->index_size - 1);

	while (table->index[at])
		at = (at + 1) & (table->index_size - 1);
	table->index[at] = child;
}

static void index_grow(struct toml *t, struct tnode *table)
{
	table->index_size = table->index_size ? table->index_size * 4 : 32;
	table->index = arena_array(t->a, table->index_size, sizeof(struct node *));
	for (struct node *c = table->n.first; c; c = c->next)
		index_put(table, c);
}

/* Most others differ in length or in the first byte (which the NUL of an empty one is too). */
static bool is_key(const struct node *n, const char *key, size_t len)
{
	return n->key_len == len && n->key[0] == key[0] && memcmp(n->key, key, len) == 0;
}

static struct node *find(const struct tnode *table, const char *key, size_t len)
{
	if (!table->index) {
		for (struct node *c = table->n.first; c; c = c->next)
			if (is_key(c, key, len))
				return c;
		return NULL;
	}
	for (size_t at = hash(key, len) & (table->index_size - 1); table->index[at];
	        at = (at + 1) & (table->index_size - 1)) {
		struct node *c = table->index[at];

		if (is_key(c, key, len))
			return c;
	}
	return NULL;
}

struct key {
	const char *s;
	size_t len;
	struct pos pos;
};

static void add(struct toml *t, struct tnode *table, const struct key *k, struct node *child)
{
	child->key = k->s;
	child->key_len = k->len;
	child->key_pos = k->pos;
	append(table, child);
	if (table->index && table->n.n_children * 2 < table->index_size)
		index_put(table, child);
	else if (table->n.n_children > INDEX_FROM)
		index_grow(t, table);
}

/* A table that a path or dotted key makes on its way. */
static struct tnode *add_table(
        struct toml *t, struct tnode *in, const struct key *k, enum origin origin)
{
	struct tnode *n = new_node(t, NODE_TABLE, k->pos);

	n->origin = origin;
	add(t, in, k, &n->n);
	return n;
}

/* ---- keys ---- */

static const char *arena_text(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_alloc(a, len + 1); /* zeroed: the NUL is there */

	memcpy(copy, s, len);
	return copy;
}

static int simple_key(struct toml *t, struct key *k)
{
	const char *from = t->p;

	k->pos = toml_pos(t, t->p);
	if (t->p < t->end && (*t->p == '"' || *t->p == '\'')) {
		if (toml_string(t, true) < 0)
			return -1;
		k->s = arena_text(t->a, t->scratch.s, t->scratch.len);
		k->len = t->scratch.len;
	} else {
		while (t->p < t->end && toml_is(*t->p, TOML_BARE))
			t->p++;
		if (t->p == from) {
			toml_fail(t, k->pos, "expected a key, found %s", toml_found(t));
			return -1;
		}
		k->len = (size_t)(t->p - from);
		k->s = arena_text(t->a, from, k->len);
	}
	toml_pos_end(t, &k->pos);
	token(t, TOKEN_KEY, from);
	return 0;
}

/* One mark, of one byte. */
static void mark(struct toml *t, enum toml_token_kind kind)
{
	t->p++;
	token(t, kind, t->p - 1);
}

/* True when another part of a dotted key follows. */
static bool dot(struct toml *t)
{
	blanks(t);
	if (t->p >= t->end || *t->p != '.')
		return false;
	mark(t, TOKEN_DOT);
	blanks(t);
	return true;
}

static int duplicate(struct toml *t, const struct key *k, const struct node *old)
{
	struct pos other = old->key_pos.line ? old->key_pos : old->pos;
	struct diag *d = diags_add(t->d, SEV_ERROR, "toml.duplicate_key", t->name, k->pos,
	        "key '%s' was already set at line %u", k->s, other.line);

	d->other = other;

	if (old->type == NODE_TABLE || old->type == NODE_ARRAY)
		diag_help(
		        t->d, d, "a table is opened once; '[[%s]]' adds to a list of tables", k->s);
	return -1;
}

/* ---- values ---- */

static struct node *value(struct toml *t);
static int key_value(struct toml *t, struct tnode *table);

static int enter(struct toml *t, struct pos pos)
{
	if (++t->depth <= t->lim->max_depth)
		return 0;
	struct diag *x = diags_add(t->d, SEV_ERROR, "file.depth", t->name, pos,
	        "nested deeper than %u levels (parser.max_depth)", t->lim->max_depth);

	diag_help(t->d, x, "raise parser.max_depth in cleanroom.toml");
	t->p = t->end;
	return -1;
}

static int array_items(struct toml *t, struct tnode *list)
{
	for (;;) {
		space(t);
		if (t->p < t->end && *t->p == ']')
			break;
		if (t->p >= t->end)
			return toml_fail(t, list->n.pos, "list is not closed");
		struct node *v = value(t);
		if (!v)
			return -1;
		append(list, v);
		space(t);
		if (t->p < t->end && *t->p == ',')
			mark(t, TOKEN_COMMA);
		else if (t->p >= t->end || *t->p != ']')
			return toml_fail(t, toml_pos(t, t->p),
			        "expected ',' or ']' in a list, found %s", toml_found(t));
	}
	mark(t, TOKEN_CLOSE);
	return 0;
}

/* A quoted text ends on its line; its marks in it do not count. */
static void skip_quoted(struct toml *t)
{
	char quote = *t->p++;

	while (!at_line_end(t) && *t->p != quote)
		t->p += *t->p == '\\' && quote == '"' && t->end - t->p > 1 ? 2 : 1;
	if (!at_line_end(t))
		t->p++;
}

/* A line that begins with "[name" or "[[name". */
static bool begins_table(const char *p, const char *end)
{
	const char *start;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	for (start = p; p < end && *p == '[';)
		p++;
	return p > start && p < end && (isalnum((unsigned char)*p) || *p == '_');
}

/* True when the value that holds the table goes on behind its brace. */
static bool goes_on(struct toml *t)
{
	for (blanks(t); t->p < t->end && strchr("}]", *t->p) && *t->p; blanks(t))
		t->p++;
	return t->p < t->end && *t->p == ',';
}

/* To the brace that closes the table and all around it, so that its further lines give no findings
 * of their own; a table that is never closed ends where the next one begins. */
static void skip_table(struct toml *t)
{
	unsigned open = 1;

	while (t->p < t->end && (open || goes_on(t))) {
		if (at_line_end(t)) {
			line_break(t);
			if (begins_table(t->p, t->end))
				return;
		} else if (*t->p == '"' || *t->p == '\'') {
			skip_quoted(t);
		} else if (*t->p == '#') {
			comment(t);
		} else if (*t->p == '{') {
			open++;
			t->p++;
		} else if (*t->p++ == '}' && open) {
			open--;
		} else if (!open) {
			open = 1; /* behind the comma of an outer table */
		}
	}
}

static int multiline_inline(struct toml *t, struct pos pos)
{
	struct diag *d = report(
	        t, "toml.multiline_inline_table", pos, "an inline table must stand on one line");

	diag_help(t->d, d, "close the table on one line or write it as a [table] of its own");
	skip_table(t);
	return -1;
}

static int inline_pairs(struct toml *t, struct tnode *table)
{
	blanks(t);
	if (t->p < t->end && *t->p == '}') {
		mark(t, TOKEN_CLOSE);
		return 0;
	}
	for (;;) {
		if (at_line_end(t) || *t->p == '#')
			return multiline_inline(t, toml_pos(t, t->p));
		if (key_value(t, table) < 0)
			return -1;
		blanks(t);
		if (t->p < t->end && *t->p == '}')
			break;
		if (at_line_end(t) || *t->p == '#')
			return multiline_inline(t, toml_pos(t, t->p));
		if (*t->p != ',')
			return toml_fail(t, toml_pos(t, t->p),
			        "expected ',' or '}' in an inline table, found %s", toml_found(t));
		mark(t, TOKEN_COMMA);
		blanks(t);
		if (t->p < t->end && *t->p == '}')
			return toml_fail(t, toml_pos(t, t->p),
			        "an inline table has no comma behind its last pair");
	}
	mark(t, TOKEN_CLOSE);
	return 0;
}

static struct node *composite(struct toml *t, struct pos pos)
{
	bool list = *t->p == '[';
	mark(t, TOKEN_OPEN);
	struct tnode *n = new_node(t, list ? NODE_ARRAY : NODE_TABLE, pos);

	n->n.is_inline = true;
	if (enter(t, pos) < 0 || (list ? array_items(t, n) : inline_pairs(t, n)) < 0)
		return NULL;
	n->origin = BY_LITERAL;
	t->depth--;
	return &n->n;
}

/* A string on one line without escapes is a piece of the text. NULL: it is not such a one. */
static struct node *piece_value(struct toml *t, struct pos pos)
{
	const char *from = t->p + 1, *p = from, *end = t->end;
	struct node *n;

	while (p < end && !toml_is(*p, TOML_STOP))
		p++;
	if (p >= end || *p != '"' || (p == from && end - p > 1 && p[1] == '"'))
		return NULL;
	n = new_scalar(t, NODE_STRING, pos, from, (size_t)(p - from));
	n->s = n->text;
	n->len = (size_t)(p - from);
	t->p = p + 1;
	return n;
}

static struct node *string_value(struct toml *t, struct pos pos)
{
	struct node *piece = *t->p == '"' ? piece_value(t, pos) : NULL;

	if (piece)
		return piece;
	if (toml_string(t, false) < 0)
		return NULL;
	struct node *n = new_scalar(t, NODE_STRING, pos, t->scratch.s, t->scratch.len);
	n->s = n->text;
	n->len = t->scratch.len;
	return n;
}

static struct node *scalar_value(struct toml *t, struct pos pos)
{
	size_t len = toml_scalar_length(t);
	struct node *n = new_scalar(t, NODE_INT, pos, t->p, len);

	return toml_scalar(t, n, len) < 0 ? NULL : n;
}

static struct node *value(struct toml *t)
{
	struct pos pos = toml_pos(t, t->p);
	const char *from = t->p;
	char c = t->p < t->end ? *t->p : '\0';
	struct node *n;

	if (t->nodes >= t->lim->max_nodes) {
		struct diag *x = diags_add(t->d, SEV_ERROR, "file.too_many_nodes", t->name, pos,
		        "more than %zu values (parser.max_nodes)", t->lim->max_nodes);

		diag_help(t->d, x, "split the file, or raise parser.max_nodes in cleanroom.toml");
		t->p = t->end;
		return NULL;
	}
	if (c == '[' || c == '{')
		n = composite(t, pos);
	else if (c == '"' || c == '\'')
		n = string_value(t, pos);
	else
		n = scalar_value(t, pos);
	if (!n)
		return NULL;
	if (!n->is_inline)
		token(t, TOKEN_VALUE, from);
	toml_pos_end(t, &n->pos);
	return n;
}

/* ---- key = value ---- */

/* The table that a dotted key leads into; owner is the table whose lines these are. */
static struct tnode *dotted_into(
        struct toml *t, struct tnode *in, struct tnode *owner, const struct key *k)
{
	struct node *old = find(in, k->s, k->len);
	struct tnode *table;

	if (!old) {
		table = add_table(t, in, k, BY_DOTTED);
		table->dotted_in = owner;
		return table;
	}
	if (old->type == NODE_TABLE && t_of(old)->origin == BY_DOTTED &&
	        t_of(old)->dotted_in == owner)
		return t_of(old);
	duplicate(t, k, old);
	return NULL;
}

static int key_value(struct toml *t, struct tnode *table)
{
	struct tnode *in = table;
	struct node *old, *v;
	struct key k;
	unsigned depth = t->depth;

	if (simple_key(t, &k) < 0)
		return -1;
	while (dot(t)) {
		in = dotted_into(t, in, table, &k);
		if (!in || enter(t, k.pos) < 0 || simple_key(t, &k) < 0)
			return -1;
	}
	t->depth = depth;
	blanks(t);
	if (t->p >= t->end || *t->p != '=')
		return toml_fail(
		        t, toml_pos(t, t->p), "expected '=' after a key, found %s", toml_found(t));
	mark(t, TOKEN_EQUALS);
	blanks(t);
	old = find(in, k.s, k.len);
	if (old)
		duplicate(t, &k, old);
	v = value(t);
	if (!v || old)
		return -1;
	add(t, in, &k, v);
	return 0;
}

/* ---- [table] and [[list]] ---- */

/* The table that a part of a header's path leads into. */
static struct tnode *path_into(struct toml *t, struct tnode *in, const struct key *k)
{
	struct node *old = find(in, k->s, k->len);

	if (!old)
		return add_table(t, in, k, BY_PATH);
	if (old->type == NODE_ARRAY && t_of(old)->origin == BY_ARRAY)
		return t_of(old->last);
	if (old->type == NODE_TABLE && t_of(old)->origin != BY_LITERAL)
		return t_of(old);
	duplicate(t, k, old);
	return NULL;
}

static struct tnode *open_table(struct toml *t, struct tnode *in, const struct key *k)
{
	struct node *old = find(in, k->s, k->len);

	if (!old)
		return add_table(t, in, k, BY_HEADER);
	if (old->type != NODE_TABLE || t_of(old)->origin != BY_PATH) {
		duplicate(t, k, old);
		return NULL;
	}
	t_of(old)->origin = BY_HEADER;
	old->pos = old->key_pos = k->pos;
	return t_of(old);
}

static struct tnode *open_element(struct toml *t, struct tnode *in, const struct key *k)
{
	struct node *old = find(in, k->s, k->len);
	struct tnode *list, *item;

	if (!old) {
		list = new_node(t, NODE_ARRAY, k->pos);
		list->origin = BY_ARRAY;
		add(t, in, k, &list->n);
	} else if (old->type != NODE_ARRAY || t_of(old)->origin != BY_ARRAY) {
		duplicate(t, k, old);
		return NULL;
	} else {
		list = t_of(old);
	}
	item = new_node(t, NODE_TABLE, k->pos);
	item->origin = BY_ARRAY;
	append(list, &item->n);
	return item;
}

static int header_path(struct toml *t, struct tnode **in, struct key *k)
{
	unsigned depth = 0;

	blanks(t);
	if (simple_key(t, k) < 0)
		return -1;
	while (dot(t)) {
		*in = path_into(t, *in, k);
		if (!*in || simple_key(t, k) < 0)
			return -1;
		if (++depth >= t->lim->max_depth) {
			t->depth = depth;
			return enter(t, k->pos);
		}
	}
	t->depth = depth + 1;
	return 0;
}

static int header_end(struct toml *t, bool list)
{
	size_t n = list ? 2 : 1;

	blanks(t);
	if ((size_t)(t->end - t->p) < n || memcmp(t->p, "]]", n) != 0)
		return toml_fail(t, toml_pos(t, t->p), "expected '%s', found %s", list ? "]]" : "]",
		        toml_found(t));
	t->p += n;
	token(t, TOKEN_HEADER_END, t->p - n);
	return 0;
}

/* Returns the table that the following lines belong to, or NULL. */
static struct tnode *header(struct toml *t, struct tnode *root)
{
	struct tnode *in = root;
	struct key k;
	struct pos pos = toml_pos(t, t->p);
	bool list = t->end - t->p > 1 && t->p[1] == '[';

	t->p += list ? 2 : 1;
	token(t, TOKEN_HEADER, t->p - (list ? 2 : 1));
	if (header_path(t, &in, &k) < 0 || header_end(t, list) < 0)
		return NULL;
	struct tnode *table = list ? open_element(t, in, &k) : open_table(t, in, &k);
	if (table) {
		table->n.pos = pos;
		toml_pos_end(t, &table->n.pos);
	}
	return table;
}

/* ---- lines ---- */

static int line_end(struct toml *t)
{
	blanks(t);
	comment(t);
	if (t->p >= t->end || line_break(t))
		return 0;
	struct pos pos = toml_pos(t, t->p);
	if (*t->p == ';')
		return toml_fail(t, pos, "one key a line; ';' is not a separator");
	return toml_fail(t, pos, "expected the end of the line, found %s", toml_found(t));
}

static void lines(struct toml *t, struct tnode *root)
{
	/* What stands below a broken header goes to a table nobody sees: no findings of a finding.
	 */
	struct tnode *nowhere = new_node(t, NODE_TABLE, (struct pos){ 0 }), *table = root;
	unsigned base = 0;

	while (t->p < t->end) {
		int rc = 0;

		blanks(t);
		t->depth = base;
		if (t->p < t->end && *t->p == '[') {
			struct tnode *opened = header(t, root);

			base = t->depth;
			rc = opened ? 0 : -1;
			table = opened ? opened : nowhere;
		} else if (!at_line_end(t) && *t->p != '#') {
			rc = key_value(t, table);
		}
		if (rc < 0 || line_end(t) < 0)
			skip_line(t);
	}
}

struct node *toml_read_tokens(const char *text, size_t len, const char *name,
        const struct parse_limits *lim, struct arena *a, struct diags *d,
        struct toml_tokens *tokens)
{
	const char *first = text;

	if (text_check(&text, &len, name, lim, d) < 0)
		return NULL;
	if (tokens)
		tokens->skipped = (size_t)(text - first);

	struct toml t = {
		.p = text,
		.end = text + len,
		.start = text,
		.line = 1,
		.mark = text,
		.mark_col = 1,
		.ascii = utf8_is_ascii(text, len),
		.name = name,
		.lim = lim,
		.a = a,
		.d = d,
		.scratch = STRBUF_INIT,
		.tokens = tokens,
	};
	struct tnode *root = new_node(&t, NODE_TABLE, (struct pos){ .line = 1, .col = 1 });

	lines(&t, root);
	strbuf_release(&t.scratch);
	return &root->n;
}

struct node *toml_read(const char *text, size_t len, const char *name,
        const struct parse_limits *lim, struct arena *a, struct diags *d)
{
	return toml_read_tokens(text, len, name, lim, a, d, NULL);
}
