#define TEMPLATE_RETURNS_MINUS_ONE

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/template/call.h"

#define MAX_SHOWN 4096u /* bytes of a value in an error text */

struct table {
	const struct builtin *rows;
	size_t n;
};

static struct table table_of(const struct library *lib, enum call_kind kind)
{
	const struct table tables[] = {
		[CALL_FILTER] = { lib->filters, lib->n_filters },
		[CALL_TEST] = { lib->tests, lib->n_tests },
		[CALL_FUNCTION] = { lib->functions, lib->n_functions },
	};

	return tables[kind];
}

struct wanted {
	const char *name;
	size_t len;
};

static int compare(const void *key, const void *row)
{
	const struct wanted *w = key;
	const char *name = ((const struct builtin *)row)->name;

	return tvalue_key_cmp(w->name, w->len, name, strlen(name));
}

const struct builtin *library_find(
        const struct library *lib, enum call_kind kind, const char *name, size_t len)
{
	const struct wanted w = { name, len };

	for (; lib; lib = lib->more) {
		struct table t = table_of(lib, kind);
		const struct builtin *b =
		        t.n ? bsearch(&w, t.rows, t.n, sizeof(*t.rows), compare) : NULL;

		if (b)
			return b;
	}
	return NULL;
}

int call_fail(struct call *c, const char *fmt, ...)
{
	va_list ap;
	AUTO_STRBUF text = STRBUF_INIT;

	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	return terr_set(c->error, "%s", text.s);
}

int call_limit(struct call *c, enum tlimit what)
{
	return terr_limit(c->error, &c->session->limits, what);
}

const char *call_json(struct call *c, const struct tvalue *v)
{
	AUTO_TBUF text = { .max = MAX_SHOWN };

	tvalue_json(v, false, &text);
	return arena_printf(call_arena(c), "%.*s%s", (int)text.len, text.s ? text.s : "",
	        text.full ? "..." : "");
}

/* ---- arguments ---- */

const struct tvalue *call_arg(const struct call *c, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = c->n_args; i-- > 0;) {
		const struct targ *arg = &c->args[i];

		if (arg->name && arg->name_len == len && memcmp(arg->name, name, len) == 0)
			return &arg->value;
	}
	return NULL;
}

/* How functions call what filters call a T. */
static const char *in_words(const char *expected)
{
	static const struct {
		const char *type, *words;
	} table[] = { { "String", "a string" }, { "bool", "a boolean" },
		{ "Vec<Value>", "an array" } };

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (strcmp(table[i].type, expected) == 0)
			return table[i].words;
	return "a number";
}

int call_wrong_arg(struct call *c, const char *name, const struct tvalue *v, const char *expected)
{
	if (c->kind == CALL_FUNCTION)
		return call_fail(c, "Function `%s` received %s=%s but `%s` can only be %s", c->name,
		        name, call_json(c, v), name, in_words(expected));
	return call_fail(c,
	        "Filter `%s` received an incorrect type for arg `%s`: got `%s` but expected a %s",
	        c->name, name, call_json(c, v), expected);
}

static int arg_of_type(
        struct call *c, const char *name, uint8_t type, const char *expected, struct tvalue *out)
{
	const struct tvalue *v = call_arg(c, name);

	if (!v)
		return 0;
	if (v->type != type)
		return call_wrong_arg(c, name, v, expected);
	*out = *v;
	return 1;
}

int call_arg_string(struct call *c, const char *name, struct tvalue *out)
{
	return arg_of_type(c, name, TVALUE_STRING, "String", out);
}

int call_arg_bool(struct call *c, const char *name, bool *out)
{
	struct tvalue v = tvalue_null();
	int rc = arg_of_type(c, name, TVALUE_BOOL, "bool", &v);

	if (rc > 0)
		*out = v.b;
	return rc;
}

int call_arg_f64(struct call *c, const char *name, double *out)
{
	const struct tvalue *v = call_arg(c, name);

	if (!v)
		return 0;
	if (!tvalue_is_number(v))
		return call_wrong_arg(c, name, v, "f64");
	*out = tvalue_number(v);
	return 1;
}

static int arg_int(struct call *c, const char *name, int64_t min, int64_t max, const char *expected,
        int64_t *out)
{
	struct tvalue v = tvalue_null();
	int rc = arg_of_type(c, name, TVALUE_INT, expected, &v);

	if (rc > 0 && (v.i < min || v.i > max))
		return call_wrong_arg(c, name, &v, expected);
	if (rc > 0)
		*out = v.i;
	return rc;
}

int call_arg_i64(struct call *c, const char *name, int64_t *out)
{
	return arg_int(c, name, INT64_MIN, INT64_MAX, "i64", out);
}

int call_arg_i32(struct call *c, const char *name, int32_t *out)
{
	int64_t i = 0;
	int rc = arg_int(c, name, INT32_MIN, INT32_MAX, "i32", &i);

	if (rc > 0)
		*out = (int32_t)i;
	return rc;
}

int call_arg_u32(struct call *c, const char *name, uint32_t *out)
{
	int64_t i = 0;
	int rc = arg_int(c, name, 0, UINT32_MAX, "u32", &i);

	if (rc > 0)
		*out = (uint32_t)i;
	return rc;
}

int call_arg_usize(struct call *c, const char *name, uint64_t *out)
{
	const struct tvalue *v = call_arg(c, name);
	int64_t i = 0;

	if (v && v->type == TVALUE_UINT) {
		*out = v->u;
		return 1;
	}

	int rc = arg_int(c, name, 0, INT64_MAX, "usize", &i);

	if (rc > 0)
		*out = (uint64_t)i;
	return rc;
}

int call_missing_string_filter(struct call *c, const char *name)
{
	return call_fail(c, "Filter `%s` expected an arg called `%s`", c->name, name);
}

int call_missing_array_filter(struct call *c, const char *name)
{
	return call_fail(c, "The `%s` filter has to have an `%s` argument", c->name, name);
}

int call_missing_function(struct call *c, const char *name)
{
	return call_fail(c, "Function `%s` was called without a `%s` argument", c->name, name);
}

int call_missing_clnrm(struct call *c, const char *name)
{
	return call_fail(c, "%s() requires '%s' parameter", c->name, name);
}

int call_wrong_input(struct call *c, const char *expected)
{
	return call_fail(c,
	        "Filter `%s` was called on an incorrect value: got `%s` but expected a %s", c->name,
	        call_json(c, &c->input), expected);
}

int call_input_string(struct call *c, struct tvalue *out)
{
	if (c->input.type != TVALUE_STRING)
		return call_wrong_input(c, "String");
	*out = c->input;
	return 0;
}

int call_input_array(struct call *c, struct tvalue *out)
{
	if (c->input.type != TVALUE_ARRAY)
		return call_wrong_input(c, "Vec<Value>");
	*out = c->input;
	return 0;
}

int call_input_f64(struct call *c, double *out)
{
	if (!tvalue_is_number(&c->input))
		return call_wrong_input(c, "f64");
	*out = tvalue_number(&c->input);
	return 0;
}

/* ---- results ---- */

struct tbuf *call_buf(struct call *c)
{
	tbuf_reset(&c->session->scratch);
	return &c->session->scratch;
}

int call_give(struct call *c, const struct tbuf *b, struct tvalue *out)
{
	if (b->full)
		return call_limit(c, TLIMIT_VALUE);
	return call_string(c, b->s, b->len, out);
}

/* Large blocks are looked at when they are made, small ones every few hundred steps. */
static int check_memory(struct call *c, size_t n)
{
	if (n > 65536 && tsession_check(c->session, c->error) < 0)
		return -1;
	return call_step(c);
}

int call_string(struct call *c, const char *s, size_t len, struct tvalue *out)
{
	if (len > c->session->limits.max[TLIMIT_VALUE])
		return call_limit(c, TLIMIT_VALUE);
	*out = tvalue_str(len ? arena_memdup(call_arena(c), s, len) : "", len);
	return check_memory(c, len);
}

int call_elements(struct call *c, uint64_t n)
{
	return n > c->session->limits.max[TLIMIT_ELEMENTS] ? call_limit(c, TLIMIT_ELEMENTS) : 0;
}

int call_count(struct call *c, uint64_t n)
{
	return n > c->session->limits.max[TLIMIT_COUNT] ? call_limit(c, TLIMIT_COUNT) : 0;
}

int call_array(struct call *c, const struct tvec *v, struct tvalue *out)
{
	if (call_elements(c, v->n) < 0 ||
	        tvec_make(v, call_arena(c), &c->session->limits, out, c->error) < 0)
		return -1;
	return check_memory(c, v->n * sizeof(*v->items));
}

int call_object(struct call *c, struct tmap *m, struct tvalue *out)
{
	if (call_elements(c, m->n) < 0 ||
	        tmap_make(m, call_arena(c), &c->session->limits, out, c->error) < 0)
		return -1;
	return check_memory(c, m->n * sizeof(*m->members));
}

int call_undefined(struct call *c, struct tvalue *out, const char *fmt, ...)
{
	va_list ap;
	AUTO_STRBUF text = STRBUF_INIT;

	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	if (call_string(c, text.s, text.len, out) < 0)
		return -1;
	out->type = TVALUE_UNDEFINED;
	return 0;
}
