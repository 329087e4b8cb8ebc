/* One value of a JSON document, against operators (otel.md 5.1): an expected string is compared
 * with the value's text, a number or bool by value. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/glob.h"
#include "common/num.h"
#include "daemon/core/regex.h"
#include "daemon/run/expect_priv.h"
#include "daemon/template/value.h"

#define TEXT_MAX ((size_t)1 << 20) /* of a value as text */

/* ---- the document ---- */

static bool read_document(
        const char *s, size_t n, struct arena *a, struct tvalue *out, struct json_verdict *v)
{
	AUTO_TERR e = TERR_INIT;
	struct tlimits limits = tlimits_default;

	/* What was kept of an output is bounded already. */
	limits.max[TLIMIT_VALUE] = limits.max[TLIMIT_MEMORY] = limits.max[TLIMIT_ELEMENTS] =
	        (uint64_t)1 << 30;
	if (tvalue_read_json(s, n, a, &limits, out, &e) == 0)
		return true;
	v->message = arena_printf(a, "not JSON: %s at %u:%u",
	        e.n_causes ? e.causes[0] : "it cannot be read", e.line, e.col);
	v->actual = expect_quoted(s, n, a);
	return false;
}

static const struct tvalue *element(const struct tvalue *v, int64_t index)
{
	if (v->type != TVALUE_ARRAY)
		return NULL;
	if (index < 0)
		index += v->len;
	return index >= 0 && index < v->len ? &v->a->items[index] : NULL;
}

static const struct tvalue *value_at(const struct tvalue *v, const struct json_path *p)
{
	for (size_t i = 0; v && i < p->n; i++) {
		const struct json_part *x = &p->v[i];

		v = x->key ? tvalue_get(v, x->key, x->len) : element(v, x->index);
	}
	return v;
}

struct text {
	const char *s;
	size_t n;
};

/* A string as it is, anything else in its JSON form. */
static struct text text_of(const struct tvalue *v, struct arena *a)
{
	AUTO_TBUF b = { .max = TEXT_MAX };

	if (v->type == TVALUE_STRING)
		return (struct text){ v->s, v->len };
	tvalue_json(v, false, &b);
	return (struct text){ arena_strndup(a, b.len ? b.s : "", b.len), b.len };
}

/* ---- operators ---- */

struct compared {
	const struct tvalue *v; /* NULL = there is none */
	struct text t;
};

static bool number_of(const char *s, size_t n, double *out)
{
	AUTO_STR text = xstrndup(s, n);
	char *end;

	if (!n || n > 64 || strchr(" \t\r\n", text[0]))
		return false;
	*out = strtod(text, &end);
	return *end == '\0' && isfinite(*out);
}

static bool actual_number(const struct compared *c, double *out)
{
	if (tvalue_is_number(c->v)) {
		*out = tvalue_number(c->v);
		return true;
	}
	return c->v->type == TVALUE_STRING && number_of(c->t.s, c->t.n, out);
}

static bool same_text(const struct compared *c, const struct scalar *want)
{
	return c->t.n == want->len && memcmp(c->t.s, want->s, c->t.n) == 0;
}

static bool equal(const struct compared *c, const struct scalar *want)
{
	double got;

	/* Beyond 2^53 a double does not tell neighbours apart. */
	if (want->type == SCALAR_INT && c->v->type == TVALUE_INT)
		return c->v->i == want->i;
	if (want->type == SCALAR_INT || want->type == SCALAR_FLOAT)
		return actual_number(c, &got) &&
		       got == (want->type == SCALAR_INT ? (double)want->i : want->f);
	if (want->type == SCALAR_BOOL && c->v->type == TVALUE_BOOL)
		return c->v->b == want->b;
	return same_text(c, want);
}

/* -1, 0, 1; 2 where the two have no order. */
static int order(const struct compared *c, const struct scalar *want)
{
	double got, bound;
	int d;

	if (want->type == SCALAR_INT || want->type == SCALAR_FLOAT ||
	        number_of(want->s, want->len, &bound)) {
		bound = want->type == SCALAR_INT     ? (double)want->i
		        : want->type == SCALAR_FLOAT ? want->f
		                                     : bound;
		return actual_number(c, &got) ? (got > bound) - (got < bound) : 2;
	}
	d = memcmp(c->t.s, want->s, c->t.n < want->len ? c->t.n : want->len);
	if (!d)
		return (c->t.n > want->len) - (c->t.n < want->len);
	return d < 0 ? -1 : 1;
}

static bool has_type(const struct tvalue *v, const struct scalar *want)
{
	static const char *const names[] = {
		[TVALUE_BOOL] = "bool",
		[TVALUE_INT] = "int",
		[TVALUE_UINT] = "int",
		[TVALUE_FLOAT] = "double",
		[TVALUE_STRING] = "string",
		[TVALUE_ARRAY] = "array",
		[TVALUE_OBJECT] = "object",
	};

	return names[v->type] && strcmp(names[v->type], want->s) == 0;
}

static bool is_in(const struct compared *c, const struct operator* o)
{
	for (size_t i = 0; i < o->n; i++)
		if (equal(c, &o->v[i]))
			return true;
	return false;
}

/* In the same order, and no others. */
static bool has_elements(const struct compared *c, const struct operator* o, struct arena *a)
{
	if (c->v->type != TVALUE_ARRAY || c->v->len != o->n)
		return false;
	for (size_t i = 0; i < o->n; i++) {
		const struct tvalue *v = &c->v->a->items[i];
		const struct compared element = { v, text_of(v, a) };

		if (!equal(&element, &o->v[i]))
			return false;
	}
	return true;
}

static bool holds(const struct operator* o, const struct compared *c, struct arena *a)
{
	const struct scalar *w = o->v;
	const struct text *t = &c->t;
	struct err e;
	int d;

	if (o->id == OP_EXISTS)
		return (c->v != NULL) == w->b;
	if (!c->v)
		return false;
	switch (o->id) {
	case OP_EQ:
		return equal(c, w);
	case OP_NE:
		return !equal(c, w);
	case OP_GT:
		return order(c, w) == 1;
	case OP_GTE:
		d = order(c, w);
		return d == 0 || d == 1;
	case OP_LT:
		return order(c, w) == -1;
	case OP_LTE:
		d = order(c, w);
		return d == 0 || d == -1;
	case OP_CONTAINS:
		return !w->len || memmem(t->s, t->n, w->s, w->len);
	case OP_STARTS_WITH:
		return t->n >= w->len && memcmp(t->s, w->s, w->len) == 0;
	case OP_ENDS_WITH:
		return t->n >= w->len && memcmp(t->s + t->n - w->len, w->s, w->len) == 0;
	case OP_GLOB:
		return glob_match(w->s, arena_strndup(a, t->s, t->n), false);
	case OP_REGEX:
		return regex_match(o->regex.re, t->s, t->n, NULL, NULL, &e) > 0;
	case OP_IN:
		return is_in(c, o);
	case OP_TYPE:
		return has_type(c->v, w);
	case OP_ARRAY:
		return has_elements(c, o, a);
	default:
		return false;
	}
}

/* ---- words ---- */

static const char *wanted(const struct operator* o, struct arena *a)
{
	AUTO_STRBUF b = STRBUF_INIT;
	bool array = o->id == OP_ARRAY;

	if (array)
		strbuf_addc(&b, '[');
	else if (o->id != OP_EQ)
		strbuf_printf(&b, "%s ", o->name);
	for (size_t i = 0; i < o->n; i++) {
		bool quote = o->v[i].type == SCALAR_STRING;

		strbuf_adds(&b, i ? ", " : "");
		if (quote)
			strbuf_adds(&b, expect_quoted(o->v[i].s, o->v[i].len, a));
		else
			strbuf_add(&b, o->v[i].s, o->v[i].len);
	}
	if (array)
		strbuf_addc(&b, ']');
	return arena_strdup(a, b.s);
}

static const char *found(const struct compared *c, struct arena *a)
{
	AUTO_STRBUF b = STRBUF_INIT;

	if (!c->v)
		return "nothing";
	if (c->v->type == TVALUE_STRING || c->t.n > 500)
		return expect_quoted(c->t.s, c->t.n, a);
	strbuf_add_utf8(&b, c->t.s, c->t.n);
	return arena_strdup(a, b.s);
}

bool expect_json(const struct json_check *c, const char *s, size_t n, struct arena *a,
        struct json_verdict *v)
{
	struct compared x = { 0 };
	struct tvalue document;

	*v = (struct json_verdict){ 0 };
	if (!read_document(s, n, a, &document, v))
		return false;
	x.v = value_at(&document, &c->path);
	if (x.v)
		x.t = text_of(x.v, a);
	for (size_t i = 0; i < c->n_ops; i++) {
		if (holds(&c->ops[i], &x, a))
			continue;
		v->expected = wanted(&c->ops[i], a);
		v->actual = found(&x, a);
		v->message = arena_printf(
		        a, "%s is %s, expected %s", c->path.text, v->actual, v->expected);
		return false;
	}
	return true;
}

bool expect_json_value(const struct json_path *p, const char *s, size_t n, struct arena *a,
        const char **out, size_t *len, struct json_verdict *v)
{
	const struct tvalue *x;
	struct tvalue document;
	struct text t;

	*v = (struct json_verdict){ 0 };
	if (!read_document(s, n, a, &document, v))
		return false;
	x = value_at(&document, p);
	if (!x) {
		v->message = arena_printf(a, "there is no %s", p->text);
		return false;
	}
	t = text_of(x, a);
	*out = t.s;
	*len = t.n;
	return true;
}
