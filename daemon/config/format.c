/* TOML in one layout, from the reader's own tokens: what a person wrote stays (comments, order, the
 * spelling of keys and values, line breaks of lists), only blanks, empty lines and indentation
 * change. The result is read again and must mean the same, and formatted again must not change. */
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "daemon/config/format.h"

#define MAX_COLUMNS 100
#define INDENT 2
#define BEFORE_COMMENT 2

enum piece_kind { PIECE_COMMENT, PIECE_TAG, PIECE_HEADER, PIECE_PAIR };

/* A statement, or a comment with its line for itself. */
struct piece {
	enum piece_kind kind;
	size_t from, to; /* of layout.body */
	size_t columns;  /* of its last line */
	bool one_line;
	bool blank_before;
	size_t comment; /* the token behind it on its line; 0 = none: it is never the first */
};

struct layout {
	const char *text; /* behind a byte order mark */
	const struct toml_tokens *k;
	const char *eol;
	const char *tag;    /* what comments that stand for tags begin with, behind '#'; or NULL */
	size_t at;          /* the next token */
	struct strbuf body; /* of all pieces, one behind the other */
	size_t start;       /* of the piece that is being printed */
	struct piece *v;
	size_t n, cap;
};

/* ---- tokens ---- */

static const struct toml_token *peek(const struct layout *l)
{
	return l->at < l->k->n ? &l->k->v[l->at] : NULL;
}

static bool is_next(const struct layout *l, enum toml_token_kind kind)
{
	const struct toml_token *t = peek(l);

	return t && t->kind == kind;
}

/* Prints the next token as it stands; a comment without the blanks at its end. */
static void copy(struct layout *l)
{
	const struct toml_token *t = &l->k->v[l->at++];
	size_t n = t->to - t->from;

	while (t->kind == TOKEN_COMMENT && n && strchr(" \t", l->text[t->from + n - 1]))
		n--;
	strbuf_add(&l->body, l->text + t->from, n);
}

static void new_line(struct layout *l, unsigned depth)
{
	strbuf_adds(&l->body, l->eol);
	strbuf_addn(&l->body, ' ', (size_t)depth * INDENT);
}

/* ---- values ---- */

static void value(struct layout *l, unsigned depth, bool may_break);

static void key(struct layout *l)
{
	while (is_next(l, TOKEN_KEY) || is_next(l, TOKEN_DOT))
		copy(l);
}

static void pair(struct layout *l, unsigned depth, bool may_break)
{
	key(l);
	l->at++; /* the '=' */
	strbuf_adds(&l->body, " = ");
	value(l, depth, may_break);
}

static void inline_table(struct layout *l, unsigned depth)
{
	copy(l);
	for (bool first = true; !is_next(l, TOKEN_CLOSE); first = false) {
		strbuf_adds(&l->body, first ? " " : ", ");
		pair(l, depth, false);
		if (is_next(l, TOKEN_COMMA))
			l->at++;
		else
			strbuf_addc(&l->body, ' ');
	}
	copy(l);
}

struct list_shape {
	bool broken; /* a line break or a comment of its own, outside of what is in it */
	size_t items;
};

static struct list_shape shape_of(const struct layout *l)
{
	struct list_shape s = { 0 };
	size_t depth = 0;

	for (size_t i = l->at; i < l->k->n; i++) {
		enum toml_token_kind kind = l->k->v[i].kind;

		s.items += depth == 1 && (kind == TOKEN_OPEN || kind == TOKEN_VALUE);
		s.broken |= depth == 1 && (kind == TOKEN_NEWLINE || kind == TOKEN_COMMENT);
		depth += kind == TOKEN_OPEN;
		depth -= kind == TOKEN_CLOSE;
		if (depth == 0)
			break;
	}
	return s;
}

static void flat_list(struct layout *l, unsigned depth)
{
	copy(l);
	for (bool first = true; !is_next(l, TOKEN_CLOSE); first = false) {
		if (!first)
			strbuf_adds(&l->body, ", ");
		value(l, depth, false);
		if (is_next(l, TOKEN_COMMA))
			l->at++;
	}
	copy(l);
}

/* Before an item or a comment of a broken list: where it goes. */
static void place_item(struct layout *l, unsigned depth, size_t breaks, bool first)
{
	if (breaks > 1 && !first)
		strbuf_adds(&l->body, l->eol);
	new_line(l, depth + 1);
}

/* What stood on one line stays on one, unless all go `apart`; a comma is behind every item. */
static void broken_list(struct layout *l, unsigned depth, bool apart)
{
	size_t breaks = apart;
	bool first = true;

	copy(l);
	while (!is_next(l, TOKEN_CLOSE)) {
		bool comment = is_next(l, TOKEN_COMMENT);

		if (is_next(l, TOKEN_NEWLINE) || is_next(l, TOKEN_COMMA)) {
			breaks += is_next(l, TOKEN_NEWLINE);
			l->at++;
			continue;
		}
		if (breaks || (first && !comment))
			place_item(l, depth, breaks, first);
		else
			strbuf_addn(&l->body, ' ', comment ? BEFORE_COMMENT : 1);
		if (comment) {
			copy(l);
		} else {
			value(l, depth + 1, false);
			strbuf_addc(&l->body, ',');
		}
		breaks = apart;
		first = false;
	}
	new_line(l, depth);
	copy(l);
}

/* Of the last line so far. */
static size_t columns(const struct layout *l)
{
	const char *from = l->body.s + l->start;
	const char *nl = memrchr(from, '\n', l->body.len - l->start);
	const char *line = nl ? nl + 1 : from;

	return utf8_columns(line, (size_t)(l->body.s + l->body.len - line));
}

/* A list that makes its line too long goes on several, unless another value holds it. */
static void list(struct layout *l, unsigned depth, bool may_break)
{
	const struct list_shape shape = shape_of(l);
	size_t at = l->at, before = l->body.len;

	if (shape.broken) {
		broken_list(l, depth, false);
		return;
	}
	flat_list(l, depth);
	if (!may_break || shape.items < 2 || columns(l) <= MAX_COLUMNS)
		return;
	l->at = at;
	strbuf_truncate(&l->body, before);
	broken_list(l, depth, true);
}

static void value(struct layout *l, unsigned depth, bool may_break)
{
	const struct toml_token *t = peek(l);

	if (t->kind != TOKEN_OPEN)
		copy(l);
	else if (l->text[t->from] == '[')
		list(l, depth, may_break);
	else
		inline_table(l, depth);
}

/* ---- statements ---- */

static void header(struct layout *l)
{
	copy(l);
	key(l);
	copy(l);
}

static enum piece_kind kind_of(const struct layout *l)
{
	const struct toml_token *t = peek(l);
	size_t n = l->tag ? strlen(l->tag) : 0;

	if (t->kind != TOKEN_COMMENT)
		return t->kind == TOKEN_HEADER ? PIECE_HEADER : PIECE_PAIR;
	return n && t->to - t->from > n && memcmp(l->text + t->from + 1, l->tag, n) == 0
	               ? PIECE_TAG
	               : PIECE_COMMENT;
}

static void piece(struct layout *l, bool blank_before)
{
	struct piece p = { .kind = kind_of(l), .from = l->body.len, .blank_before = blank_before };

	l->start = p.from;
	if (p.kind == PIECE_HEADER)
		header(l);
	else if (p.kind == PIECE_PAIR)
		pair(l, 0, true);
	else
		copy(l);
	p.to = l->body.len;
	p.one_line = !memchr(l->body.s + p.from, '\n', p.to - p.from);
	p.columns = columns(l);
	if (is_next(l, TOKEN_COMMENT)) {
		p.comment = l->at;
		l->at++;
	}
	l->v = xgrow(l->v, &l->cap, l->n + 1, sizeof(*l->v));
	l->v[l->n++] = p;
}

static void pieces(struct layout *l)
{
	size_t breaks = 0;

	while (l->at < l->k->n) {
		if (is_next(l, TOKEN_NEWLINE)) {
			breaks++;
			l->at++;
			continue;
		}
		piece(l, breaks > 1);
		breaks = 0;
	}
}

/* An empty line before each table and the comment that belongs to it, none below its header. Lines
 * of tags stay where they are. */
static void blank_lines(struct layout *l)
{
	if (l->n)
		l->v[0].blank_before = false;
	for (size_t i = 1; i < l->n; i++)
		if (l->v[i - 1].kind == PIECE_HEADER && l->v[i].kind != PIECE_TAG)
			l->v[i].blank_before = false;
	for (size_t i = 1; i < l->n; i++) {
		size_t first = i;

		if (l->v[i].kind != PIECE_HEADER)
			continue;
		while (first > 0 && l->v[first - 1].kind == PIECE_COMMENT &&
		        !l->v[first].blank_before)
			first--;
		if (first > 0 && l->v[first - 1].kind != PIECE_TAG)
			l->v[first].blank_before = true;
	}
}

/* ---- comments behind statements ---- */

/* How far comments of the lines from `first` on stand to the right: those of neighbours are one
 * below the other. *end is behind the last of them. */
static size_t comment_column(const struct layout *l, size_t first, size_t *end)
{
	size_t widest = l->v[first].columns;

	*end = first + 1;
	if (l->v[first].kind != PIECE_PAIR)
		return widest;
	for (; *end < l->n; ++*end) {
		const struct piece *p = &l->v[*end];

		if (p->kind != PIECE_PAIR || !p->comment || p->blank_before || !p->one_line)
			break;
		widest = p->columns > widest ? p->columns : widest;
	}
	return widest;
}

static void print_comment(
        const struct layout *l, const struct piece *p, size_t column, struct strbuf *out)
{
	const struct toml_token *t = &l->k->v[p->comment];
	size_t n = t->to - t->from;

	while (n && strchr(" \t", l->text[t->from + n - 1]))
		n--;
	strbuf_addn(out, ' ', column - p->columns + BEFORE_COMMENT);
	strbuf_add(out, l->text + t->from, n);
}

static void print(const struct layout *l, struct strbuf *out)
{
	size_t column = 0, end = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct piece *p = &l->v[i];

		if (p->comment && i >= end)
			column = comment_column(l, i, &end);
		if (p->blank_before)
			strbuf_adds(out, l->eol);
		strbuf_add(out, l->body.s + p->from, p->to - p->from);
		if (p->comment)
			print_comment(l, p, column, out);
		strbuf_adds(out, l->eol);
	}
}

/* ---- a text ---- */

/* That of the first line; those in strings are part of their values. */
static const char *line_end_of(const struct toml_tokens *k)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->v[i].kind == TOKEN_NEWLINE)
			return k->v[i].to - k->v[i].from == 2 ? "\r\n" : "\n";
	return "\n";
}

int format_toml(const struct format_job *job, const char *text, size_t len, struct arena *a,
        struct strbuf *out, struct node **root, struct diags *d)
{
	struct toml_tokens tokens = { 0 };
	struct layout l = { .k = &tokens, .tag = job->tag, .body = STRBUF_INIT };
	size_t errors = d->errors;

	*root = toml_read_tokens(text, len, job->name, job->limits, a, d, &tokens);
	if (*root && d->errors == errors) {
		strbuf_add(out, text, tokens.skipped);
		l.text = text + tokens.skipped;
		l.eol = line_end_of(&tokens);
		pieces(&l);
		blank_lines(&l);
		print(&l, out);
	}
	strbuf_release(&l.body);
	free(l.v);
	free(tokens.v);
	return *root && d->errors == errors ? 0 : -1;
}
