#include <stdlib.h>

#include "common/utf8.h"
#include "daemon/template/pattern_priv.h"
#include "daemon/template/unicode.h"

#define MAX_DEPTH 250
#define MAX_NUMBER 65535u
#define MAX_FOLDS                                                                       \
	2000 /* sets that are folded: each costs a walk over all letters that have case \
	      */
#define MAX_STACKED 1000 /* as a***: the tree is walked recursively */

struct flags {
	bool i, m, s, x, ascii;
};

struct parser {
	struct pattern *pattern;
	struct arena *arena;
	const char *source, *p, *end;
	struct flags flags;
	unsigned depth, folds, stacked;
	struct strbuf *why;
};

static struct node *parse_either(struct parser *r);
static int parse_set(struct parser *r, struct charset *out);

/* ---- helpers ---- */

/* Returns NULL, so that it can end any function; the first reason stays. */
static void *fail(struct parser *r, const char *text)
{
	if (r->why->len == 0)
		strbuf_printf(r->why, "%s (at byte %zu)", text, (size_t)(r->p - r->source));
	return NULL;
}

static bool at_end(const struct parser *r)
{
	return r->p == r->end;
}

static bool is(const struct parser *r, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(r->end - r->p) >= n && memcmp(r->p, text, n) == 0;
}

static bool take(struct parser *r, const char *text)
{
	if (!is(r, text))
		return false;
	r->p += strlen(text);
	return true;
}

static uint32_t next(struct parser *r)
{
	uint32_t cp;

	r->p += unicode_next(r->p, (size_t)(r->end - r->p), &cp);
	return cp;
}

/* With the flag x, white space and comments stand between tokens. */
static void skip_free(struct parser *r)
{
	uint32_t cp;

	while (r->flags.x && !at_end(r)) {
		size_t len = unicode_next(r->p, (size_t)(r->end - r->p), &cp);

		if (cp == '#')
			while (!at_end(r) && *r->p != '\n')
				r->p++;
		else if (unicode_is_space(cp))
			r->p += len;
		else
			return;
	}
}

static struct node *new_node(struct parser *r, enum node_kind kind)
{
	struct node *n = arena_alloc(r->arena, sizeof(*n));

	*n = (struct node){ .kind = kind };
	return n;
}

static struct node *assert_node(struct parser *r, enum assertion a)
{
	struct node *n = new_node(r, NODE_ASSERT);

	n->assertion = a;
	n->ascii = r->flags.ascii;
	return n;
}

/* Takes what is in s. */
static struct node *set_node(struct parser *r, struct charset *s)
{
	struct pattern *p = r->pattern;
	struct node *n = new_node(r, NODE_SET);

	if (p->n_sets == p->cap_sets) {
		p->cap_sets = p->cap_sets ? p->cap_sets * 2 : 16;
		p->sets = xreallocarray(p->sets, p->cap_sets, sizeof(*p->sets));
	}
	n->set = (uint32_t)p->n_sets;
	p->sets[p->n_sets++] = *s;
	*s = (struct charset){ .ranges = NULL };
	return n;
}

static int fold(struct parser *r, struct charset *s)
{
	if (!r->flags.i)
		return 0;
	if (++r->folds > MAX_FOLDS) {
		fail(r, "too much that ignores case");
		return -1;
	}
	charset_fold(s);
	return 0;
}

static struct node *char_node(struct parser *r, uint32_t cp)
{
	AUTO_CHARSET s = { .ranges = NULL };

	charset_add(&s, cp, cp);
	return fold(r, &s) < 0 ? NULL : set_node(r, &s);
}

/* ---- escapes ---- */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 32);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The digits of \x, \u, \U: n of them, or any number in braces. */
static int parse_hex(struct parser *r, unsigned n, uint32_t *out)
{
	bool braces = take(r, "{");
	uint32_t v = 0;
	unsigned count = 0;

	while (!at_end(r) && hex_value(*r->p) >= 0 && (braces || count < n) &&
	        v <= MAX_CODE_POINT) {
		v = v * 16 + (uint32_t)hex_value(*r->p++);
		count++;
	}
	if (count == 0 || (braces ? !take(r, "}") : count != n) || v > MAX_CODE_POINT ||
	        (v >= 0xD800 && v <= 0xDFFF)) {
		fail(r, "invalid hexadecimal escape");
		return -1;
	}
	*out = v;
	return 0;
}

/* What follows a backslash and is one character. 1 when it is, 0 when it is something else. */
static int parse_char_escape(struct parser *r, uint32_t *out)
{
	static const char letters[] = "aftnrv", values[] = "\a\f\t\n\r\v";
	unsigned char c = (unsigned char)*r->p;
	const char *simple = c ? strchr(letters, c) : NULL;

	if (c == 'x' || c == 'u' || c == 'U') {
		r->p++;
		return parse_hex(r, c == 'x' ? 2 : c == 'u' ? 4 : 8, out) < 0 ? -1 : 1;
	}
	if (simple) {
		r->p++;
		*out = (unsigned char)values[simple - letters];
		return 1;
	}
	if (c >= 0x80 || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
	        c == '<' || c == '>')
		return 0;
	r->p++;
	*out = c;
	return 1;
}

/* The name behind \p or \P. */
static int parse_property(struct parser *r, bool negated, struct charset *out)
{
	const char *name = r->p;
	size_t len;

	if (at_end(r)) {
		fail(r, "incomplete escape sequence");
		return -1;
	}
	if (take(r, "{")) {
		name = r->p;
		if (take(r, "^")) {
			negated = !negated;
			name++;
		}
		while (!at_end(r) && *r->p != '}')
			r->p++;
		len = (size_t)(r->p - name);
		if (!take(r, "}")) {
			fail(r, "unclosed property name");
			return -1;
		}
	} else {
		next(r);
		len = (size_t)(r->p - name);
	}

	const char *equals = memchr(name, '=', len);

	if (equals) {
		len -= (size_t)(equals + 1 - name);
		name = equals + 1;
	}
	if (!charset_property(out, name, len)) {
		fail(r, "Unicode property not found");
		return -1;
	}
	if (negated)
		charset_negate(out);
	return 0;
}

/* A class behind a backslash: \d \D \s \S \w \W \p \P. 1 when it is one. */
static int parse_class_escape(struct parser *r, struct charset *out)
{
	char c = *r->p, letter = (char)(c | 32);
	bool negated = c == 'D' || c == 'S' || c == 'W' || c == 'P';

	if (!c || !strchr("dDsSwWpP", c))
		return 0;
	r->p++;
	if (letter == 'p')
		return parse_property(r, negated, out) < 0 ? -1 : 1;
	if (r->flags.ascii && negated) {
		fail(r, "pattern can match invalid UTF-8");
		return -1;
	}
	charset_perl(out, letter, !r->flags.ascii);
	if (negated)
		charset_negate(out);
	return 1;
}

static const struct {
	const char *text; /* behind the backslash, the longest first */
	enum assertion assertion;
} assert_escapes[] = {
	{ "A", ASSERT_TEXT_START },
	{ "z", ASSERT_TEXT_END },
	{ "b{start-half}", ASSERT_HALF_START },
	{ "b{end-half}", ASSERT_HALF_END },
	{ "b{start}", ASSERT_WORD_START },
	{ "b{end}", ASSERT_WORD_END },
	{ "b", ASSERT_BOUNDARY },
	{ "B", ASSERT_NO_BOUNDARY },
	{ "<", ASSERT_WORD_START },
	{ ">", ASSERT_WORD_END },
};

static struct node *parse_escape(struct parser *r)
{
	AUTO_CHARSET s = { .ranges = NULL };
	uint32_t cp;
	int rc;

	if (at_end(r))
		return fail(r, "incomplete escape sequence, reached end of pattern prematurely");
	for (size_t i = 0; i < ARRAY_LEN(assert_escapes); i++)
		if (take(r, assert_escapes[i].text))
			return assert_node(r, assert_escapes[i].assertion);
	rc = parse_class_escape(r, &s);
	if (rc > 0)
		return fold(r, &s) < 0 ? NULL : set_node(r, &s);
	if (rc == 0)
		rc = parse_char_escape(r, &cp);
	if (rc > 0)
		return char_node(r, cp);
	if (rc == 0 && *r->p >= '0' && *r->p <= '9')
		return fail(r, "backreferences are not supported");
	return fail(r, "unrecognized escape sequence");
}

/* ---- classes ---- */

/* [:name:] or [:^name:] within a class. 1 when it is one. */
static int parse_posix(struct parser *r, struct charset *out)
{
	const char *start = r->p, *name;
	bool negated;
	size_t len;

	if (!take(r, "[:"))
		return 0;
	negated = take(r, "^");
	name = r->p;
	while (!at_end(r) && *r->p >= 'a' && *r->p <= 'z')
		r->p++;
	len = (size_t)(r->p - name);
	if (!take(r, ":]") || !charset_posix(out, name, len)) {
		r->p = start; /* then it is a nested class */
		return 0;
	}
	if (negated)
		charset_negate(out);
	return 1;
}

/* One character of a class. */
static int parse_set_char(struct parser *r, uint32_t *out)
{
	int rc;

	if (at_end(r)) {
		fail(r, "unclosed character class");
		return -1;
	}
	if (!take(r, "\\")) {
		*out = next(r);
		return 0;
	}
	rc = at_end(r) ? 0 : parse_char_escape(r, out);
	if (rc == 0)
		fail(r, "unrecognized escape sequence");
	return rc > 0 ? 0 : -1;
}

static int parse_range(struct parser *r, struct charset *out)
{
	uint32_t from, to;

	if (parse_set_char(r, &from) < 0)
		return -1;
	skip_free(r);
	if (!is(r, "-") || is(r, "-]") || is(r, "--")) {
		charset_add(out, from, from);
		return 0;
	}
	r->p++;
	skip_free(r);
	if (parse_set_char(r, &to) < 0)
		return -1;
	if (to < from) {
		fail(r, "invalid character class range, the start must be <= the end");
		return -1;
	}
	charset_add(out, from, to);
	return 0;
}

static int parse_item(struct parser *r, struct charset *out)
{
	AUTO_CHARSET s = { .ranges = NULL };
	int rc = parse_posix(r, &s);

	if (rc == 0 && is(r, "["))
		rc = parse_set(r, &s) < 0 ? -1 : 1;
	if (rc == 0 && is(r, "\\") && r->end - r->p > 1) {
		r->p++;
		rc = parse_class_escape(r, &s);
		if (rc == 0)
			r->p--;
	}
	if (rc == 0)
		return parse_range(r, out);
	if (rc > 0)
		charset_union(out, &s);
	return rc < 0 ? -1 : 0;
}

/* Items up to an operator or the end. A ']' or '-' that comes first is itself. */
static int parse_items(struct parser *r, struct charset *out, bool first)
{
	skip_free(r);
	if (first && take(r, "]"))
		charset_add(out, ']', ']');
	while (first && take(r, "-"))
		charset_add(out, '-', '-');
	for (;;) {
		skip_free(r);
		if (at_end(r) || is(r, "]") || is(r, "&&") || is(r, "--") || is(r, "~~"))
			break;
		if (parse_item(r, out) < 0)
			return -1;
	}
	charset_tidy(out);
	return fold(r, out);
}

/* Operators bind alike, from the left. */
static int parse_operators(struct parser *r, struct charset *out)
{
	static const struct {
		const char *text;
		void (*apply)(struct charset *s, const struct charset *with);
	} operators[] = { { "&&", charset_intersect }, { "--", charset_subtract },
		{ "~~", charset_differ } };

	for (size_t i = 0; i < ARRAY_LEN(operators);) {
		AUTO_CHARSET with = { .ranges = NULL };

		if (!take(r, operators[i].text)) {
			i++;
			continue;
		}
		if (parse_items(r, &with, false) < 0)
			return -1;
		operators[i].apply(out, &with);
		i = 0;
	}
	return 0;
}

/* At its bracket. */
static int parse_set(struct parser *r, struct charset *out)
{
	bool negated;

	r->p++;
	if (++r->depth > MAX_DEPTH) {
		fail(r, "exceeds the maximum number of nested parentheses/brackets");
		return -1;
	}
	skip_free(r);
	negated = take(r, "^");
	if (parse_items(r, out, true) < 0 || parse_operators(r, out) < 0)
		return -1;
	if (!take(r, "]")) {
		fail(r, "unclosed character class");
		return -1;
	}
	r->depth--;
	if (negated && r->flags.ascii) {
		fail(r, "pattern can match invalid UTF-8");
		return -1;
	}
	if (negated)
		charset_negate(out);
	return 0;
}

/* ---- groups ---- */

/* Letters up to ':' or ')'. 1: they hold to the end of the group around. */
static int parse_flags(struct parser *r, struct flags *f)
{
	bool on = true, any = false;

	for (;; any = true) {
		bool *flag = NULL;
		char c = at_end(r) ? '\0' : *r->p;

		if (c == ':' || (c == ')' && any)) {
			r->p++;
			return c == ')';
		}
		if (c == '-' && on)
			on = false;
		else if (c == 'i' || c == 'm' || c == 's' || c == 'x')
			flag = c == 'i' ? &f->i : c == 'm' ? &f->m : c == 's' ? &f->s : &f->x;
		else if (c == 'u')
			f->ascii = !on;
		else if (c != 'U') { /* greed decides nothing here */
			fail(r, "unrecognized flag, or look-around, which is not supported");
			return -1;
		}
		if (flag)
			*flag = on;
		r->p++;
	}
}

static bool parse_name(struct parser *r)
{
	const char *from = r->p;

	while (!at_end(r) && *r->p != '>') {
		char c = *r->p;

		if (c != '_' && !((c | 32) >= 'a' && (c | 32) <= 'z') &&
		        (r->p == from || !strchr("0123456789.[]", c)) && (unsigned char)c < 0x80)
			break;
		r->p++;
	}
	return r->p > from && take(r, ">");
}

/* At its parenthesis. */
static struct node *parse_group(struct parser *r)
{
	struct flags saved = r->flags;
	struct node *n;

	r->p++;
	if (is(r, "?=") || is(r, "?!") || is(r, "?<=") || is(r, "?<!"))
		return fail(
		        r, "look-around, including look-ahead and look-behind, is not supported");
	if (take(r, "?P<") || take(r, "?<")) {
		if (!parse_name(r))
			return fail(r, "invalid capture group name");
	} else if (take(r, "?")) {
		struct flags f = r->flags;
		int rc = parse_flags(r, &f);

		if (rc < 0)
			return NULL;
		r->flags = f;
		if (rc > 0)
			return new_node(r, NODE_FLAGS);
	}
	if (++r->depth > MAX_DEPTH)
		return fail(r, "exceeds the maximum number of nested parentheses/brackets");
	n = parse_either(r);
	if (!n)
		return NULL;
	if (!take(r, ")"))
		return fail(r, "unclosed group");
	r->depth--;
	r->flags = saved;
	return n;
}

/* ---- expressions ---- */

static struct node *parse_dot(struct parser *r)
{
	AUTO_CHARSET s = { .ranges = NULL };

	if (r->flags.ascii)
		return fail(r, "pattern can match invalid UTF-8");
	if (!r->flags.s)
		charset_add(&s, '\n', '\n');
	charset_negate(&s);
	return set_node(r, &s);
}

static struct node *parse_atom(struct parser *r)
{
	AUTO_CHARSET s = { .ranges = NULL };

	if (is(r, "("))
		return parse_group(r);
	if (is(r, "["))
		return parse_set(r, &s) < 0 ? NULL : set_node(r, &s);
	if (take(r, "\\"))
		return parse_escape(r);
	if (take(r, "."))
		return parse_dot(r);
	if (take(r, "^"))
		return assert_node(r, r->flags.m ? ASSERT_LINE_START : ASSERT_TEXT_START);
	if (take(r, "$"))
		return assert_node(r, r->flags.m ? ASSERT_LINE_END : ASSERT_TEXT_END);
	if (is(r, "*") || is(r, "+") || is(r, "?") || is(r, "{"))
		return fail(r, "repetition operator missing expression");
	return char_node(r, next(r));
}

static bool parse_number(struct parser *r, uint32_t *out)
{
	const char *from;
	uint32_t v = 0;

	while (is(r, " "))
		r->p++;
	for (from = r->p; !at_end(r) && *r->p >= '0' && *r->p <= '9'; r->p++)
		if (v <= MAX_NUMBER)
			v = v * 10 + (uint32_t)(*r->p - '0');
	*out = v;
	from = r->p > from ? r->p : NULL;
	while (is(r, " "))
		r->p++;
	return from && v <= MAX_NUMBER;
}

/* {n}, {n,}, {n,m}, behind the brace. */
static bool parse_counts(struct parser *r, uint32_t *min, uint32_t *max)
{
	if (!parse_number(r, min))
		return fail(r, "repetition quantifier expects a valid decimal");
	*max = *min;
	if (take(r, ",")) {
		*max = REPEAT_FOREVER;
		if (!is(r, "}") && !parse_number(r, max))
			return fail(r, "repetition quantifier expects a valid decimal");
	}
	if (!take(r, "}"))
		return fail(r, "unclosed counted repetition");
	if (*max < *min)
		return fail(r, "invalid repetition count range, the start must be <= the end");
	return true;
}

static struct node *parse_repeat(struct parser *r)
{
	struct node *n = parse_atom(r);

	while (n) {
		uint32_t min = 0, max = REPEAT_FOREVER;
		struct node *body = n;

		skip_free(r);
		if (take(r, "?"))
			max = 1;
		else if (take(r, "+"))
			min = 1;
		else if (take(r, "{")) {
			if (!parse_counts(r, &min, &max))
				return NULL;
		} else if (!take(r, "*"))
			return n;
		if (body->kind == NODE_FLAGS)
			return fail(r, "repetition operator missing expression");
		if (body->kind == NODE_REPEAT && ++r->stacked > MAX_STACKED)
			return fail(r, "too many repetitions of repetitions");
		take(r, "?"); /* lazy: which match is found makes no difference */
		n = new_node(r, NODE_REPEAT);
		n->a = body;
		n->min = min;
		n->max = max;
	}
	return NULL;
}

static struct node *parse_concat(struct parser *r)
{
	struct node *first = new_node(r, NODE_EMPTY), *last = NULL;

	for (;;) {
		struct node *n, *link;

		skip_free(r);
		if (at_end(r) || is(r, "|") || is(r, ")"))
			return first;
		n = parse_repeat(r);
		if (!n)
			return NULL;
		link = new_node(r, NODE_CONCAT);
		link->a = n;
		if (last)
			last->b = link;
		else
			first = link;
		last = link;
	}
}

static struct node *parse_either(struct parser *r)
{
	struct node *first = parse_concat(r), *last = NULL;

	/* a|b|c hangs to the right: a, (b, c). */
	while (first && take(r, "|")) {
		struct node *n = parse_concat(r), *either = new_node(r, NODE_EITHER);

		if (!n)
			return NULL;
		either->a = last ? last->b : first;
		either->b = n;
		if (last)
			last->b = either;
		else
			first = either;
		last = either;
	}
	return first;
}

struct node *pattern_parse(
        struct pattern *p, struct arena *a, const char *source, size_t len, struct strbuf *why)
{
	struct parser r = { .pattern = p,
		.arena = a,
		.source = source,
		.p = source,
		.end = source + len,
		.why = why };
	struct node *n = parse_either(&r);

	if (n && !at_end(&r))
		return fail(&r, "unopened group");
	return n;
}
