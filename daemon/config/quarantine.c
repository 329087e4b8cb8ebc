/* Edits of [[quarantine]] in the text of a project file. Nothing else changes by a byte, and what
 * comes of an edit is read again to see that it says what was meant. */
#include <string.h>

#include "common/strbuf.h"
#include "daemon/config/check.h"
#include "daemon/config/config.h"

#define LIST "quarantine"

struct document {
	const char *text;
	size_t len;
	struct node *root;
	const struct node *list; /* of entries, or NULL */
};

static int read_document(
        struct document *d, const char *text, size_t len, struct arena *a, struct err *e)
{
	struct parse_limits lim = PARSE_LIMITS_DEFAULT;
	__attribute__((cleanup(diags_release))) struct diags found;

	diags_init(&found, a);
	*d = (struct document){ text, len, toml_read(text, len, "", &lim, a, &found), NULL };
	if (!d->root || found.errors)
		return err_set(e, ERR_INVALID, "line %u: %s", found.n ? found.v[0].pos.line : 0,
		        found.n ? found.v[0].message : "it is no TOML");
	d->list = node_get(d->root, LIST);
	if (d->list && d->list->type != NODE_ARRAY)
		return err_set(e, ERR_INVALID, "line %u: 'quarantine' is no list of tables",
		        d->list->pos.line);
	return 0;
}

static bool is_text(const struct node *n, const char *s)
{
	return n && n->type == NODE_STRING && strcmp(n->s, s) == 0;
}

static size_t count_entries(const struct document *d)
{
	return d->list ? d->list->n_children : 0;
}

static const struct node *find_entry(const struct document *d, const char *test)
{
	for (const struct node *n = d->list ? d->list->first : NULL; n; n = n->next)
		if (n->type == NODE_TABLE && is_text(node_get(n, "test"), test))
			return n;
	return NULL;
}

/* ---- text ---- */

static const char *line_end(const struct document *d)
{
	const char *lf = memchr(d->text, '\n', d->len);

	return lf && lf > d->text && lf[-1] == '\r' ? "\r\n" : "\n";
}

static size_t line_start(const struct document *d, uint32_t line)
{
	size_t at = 0;

	for (uint32_t l = 1; l < line && at < d->len; l++) {
		const char *lf = memchr(d->text + at, '\n', d->len - at);

		at = lf ? (size_t)(lf - d->text) + 1 : d->len;
	}
	return at;
}

static void quote(struct strbuf *out, const char *s)
{
	strbuf_addc(out, '"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			strbuf_printf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			strbuf_printf(out, "\\u%04X", c);
		else
			strbuf_addc(out, *s);
	}
	strbuf_addc(out, '"');
}

/* ---- put ---- */

static void add_key(struct strbuf *out, const char *key, const char *value, const char *eol)
{
	strbuf_printf(out, "%s = ", key);
	if (strcmp(key, "until") == 0)
		strbuf_adds(out, value); /* a date needs no quotes */
	else
		quote(out, value);
	strbuf_adds(out, eol);
}

static void append_entry(const struct document *d, const struct quarantine *q, struct strbuf *out)
{
	const char *eol = line_end(d);

	strbuf_add(out, d->text, d->len);
	if (d->len && d->text[d->len - 1] != '\n')
		strbuf_adds(out, eol);
	if (d->len)
		strbuf_adds(out, eol);
	strbuf_printf(out, "[[" LIST "]]%s", eol);
	add_key(out, "test", q->test, eol);
	add_key(out, "owner", q->owner, eol);
	add_key(out, "until", q->until, eol);
	if (q->reason)
		add_key(out, "reason", q->reason, eol);
}

static void push_edit(struct diag *x, struct arena *a, struct pos at, const char *text)
{
	struct diag_edit *v = arena_array(a, x->n_edits + 1, sizeof(*v));

	if (x->n_edits)
		memcpy(v, x->edits, x->n_edits * sizeof(*v));
	v[x->n_edits++] = (struct diag_edit){ at, text };
	x->edits = v;
}

/* A value of an entry that is there: in its place, or in a line of its own behind `test`. */
static int set_value(const struct document *d, const struct node *entry, const char *key,
        const char *value, struct diag *x, struct arena *a, struct err *e)
{
	const struct node *old = node_get(entry, key), *test = node_get(entry, "test");
	AUTO_STRBUF text = STRBUF_INIT;

	if (!value)
		return 0;
	if (old) {
		if (strcmp(key, "until") == 0)
			strbuf_adds(&text, value);
		else
			quote(&text, value);
		push_edit(x, a, old->pos, arena_strdup(a, text.s));
		return 0;
	}
	if (entry->is_inline)
		return err_set(e, ERR_UNSUPPORTED,
		        "line %u: the entry is written in one line and has no '%s'",
		        entry->pos.line, key);
	add_key(&text, key, value, line_end(d));
	push_edit(x, a,
	        (struct pos){ .line = test->pos.end_line + 1,
	                .col = 1,
	                .end_line = test->pos.end_line + 1,
	                .end_col = 1 },
	        arena_strdup(a, text.s));
	return 0;
}

static int change_entry(const struct document *d, const struct node *entry,
        const struct quarantine *q, struct arena *a, struct strbuf *out, struct err *e)
{
	struct diag x = { 0 };
	struct diags one = { .v = &x, .n = 1 };

	if (set_value(d, entry, "owner", q->owner, &x, a, e) < 0 ||
	        set_value(d, entry, "until", q->until, &x, a, e) < 0 ||
	        set_value(d, entry, "reason", q->reason, &x, a, e) < 0)
		return -1;
	if (config_fix(&one, d->text, d->len, out) != 1)
		return err_set(
		        e, ERR_INVALID, "the entry of line %u was not changed", entry->pos.line);
	return 0;
}

/* ---- drop ---- */

static uint32_t last_line(const struct node *entry)
{
	uint32_t last = entry->pos.line;

	for (const struct node *n = entry->first; n; n = n->next) {
		uint32_t end = n->pos.end_line > n->pos.line ? n->pos.end_line : n->pos.line;

		last = end > last ? end : last;
	}
	return last;
}

static bool is_inside_value(const struct node *entry, uint32_t line)
{
	for (const struct node *n = entry->first; n; n = n->next)
		if (line > n->pos.line && line <= n->pos.end_line)
			return true;
	return false;
}

static bool is_blank(const struct document *d, uint32_t line)
{
	size_t from = line_start(d, line), to = line_start(d, line + 1);

	while (from < to && strchr(" \t\r\n", d->text[from]))
		from++;
	return from == to;
}

static bool is_comment(const struct document *d, uint32_t line)
{
	size_t from = line_start(d, line), to = line_start(d, line + 1);

	while (from < to && strchr(" \t", d->text[from]))
		from++;
	return from < to && d->text[from] == '#';
}

/* Comments in lines of their own stay, for nobody knows what they are about. */
static void drop_entry(const struct document *d, const struct node *entry, struct strbuf *out)
{
	uint32_t first = entry->pos.line, last = last_line(entry);
	size_t end = line_start(d, last + 1);

	/* The empty line that parted it from what stands before. */
	if (first > 1 && is_blank(d, first - 1) && (end == d->len || is_blank(d, last + 1)))
		strbuf_add(out, d->text, line_start(d, first - 1));
	else
		strbuf_add(out, d->text, line_start(d, first));
	for (uint32_t line = first; line <= last; line++) {
		size_t from = line_start(d, line);

		if (is_comment(d, line) && !is_inside_value(entry, line))
			strbuf_add(out, d->text + from, line_start(d, line + 1) - from);
	}
	strbuf_add(out, d->text + end, d->len - end);
}

/* ---- the proof ---- */

/* All that is not quarantine is as it was. */
static bool same_rest(const struct document *a, const struct document *b)
{
	const struct node *x = a->root->first, *y = b->root->first;

	for (;;) {
		while (x && strcmp(x->key, LIST) == 0)
			x = x->next;
		while (y && strcmp(y->key, LIST) == 0)
			y = y->next;
		if (!x || !y)
			return !x && !y;
		if (strcmp(x->key, y->key) != 0 || !node_equal(x, y))
			return false;
		x = x->next;
		y = y->next;
	}
}

static int prove(const struct document *before, const struct strbuf *out, size_t entries,
        struct document *after, struct arena *a, struct err *e)
{
	struct err why;

	if (read_document(after, out->s, out->len, a, &why) < 0 || !same_rest(before, after) ||
	        count_entries(after) != entries)
		return err_set(e, ERR_INVALID,
		        "the file is written in a way that cannot be edited safely");
	return 0;
}

/* ---- door ---- */

int config_quarantine_put(const char *text, size_t len, const struct quarantine *q,
        struct strbuf *out, bool *existed, struct err *e)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct document d, after;
	const struct node *entry, *until;

	if (read_document(&d, text, len, a, e) < 0)
		return -1;
	entry = find_entry(&d, q->test);
	*existed = entry != NULL;
	if (!entry && d.list && d.list->is_inline)
		return err_set(e, ERR_UNSUPPORTED,
		        "line %u: 'quarantine' is written as one value, to which nothing can be "
		        "added: write its entries as [[quarantine]]",
		        d.list->pos.line);
	if (!entry)
		append_entry(&d, q, out);
	else if (change_entry(&d, entry, q, a, out, e) < 0)
		return -1;
	if (prove(&d, out, count_entries(&d) + !entry, &after, a, e) < 0)
		return -1;
	entry = find_entry(&after, q->test);
	until = entry ? node_get(entry, "until") : NULL;
	if (!entry || !is_text(node_get(entry, "owner"), q->owner) || !until || !until->text ||
	        strcmp(until->text, q->until) != 0)
		return err_set(e, ERR_INVALID, "the entry does not say what it should");
	return 0;
}

int config_quarantine_drop(
        const char *text, size_t len, const char *test, struct strbuf *out, struct err *e)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct document d, after;
	const struct node *entry;

	if (read_document(&d, text, len, a, e) < 0)
		return -1;
	entry = find_entry(&d, test);
	if (!entry)
		return err_set(
		        e, ERR_NOT_FOUND, "no entry of [[quarantine]] is about '%.200s'", test);
	if (entry->is_inline)
		return err_set(e, ERR_UNSUPPORTED,
		        "line %u: 'quarantine' is written as one value: remove the entry by hand",
		        entry->pos.line);
	drop_entry(&d, entry, out);
	return prove(&d, out, count_entries(&d) - 1, &after, a, e);
}
