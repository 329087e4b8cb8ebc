/* Expressions to values. What Tera does is kept to where its tests can see it: an undefined
 * variable is false in a condition, and values are escaped when an expression ends, not when it is
 * printed. */
#include <string.h>

#include "daemon/template/render_priv.h"

bool has_default(const struct expr *e)
{
	return e->filters && e->filters->name == NAME_DEFAULT;
}

static const struct expr *default_of(const struct site *site)
{
	const struct expr *found = NULL;

	for (uint32_t i = 0; i < site->n_args; i++) {
		const struct arg *arg = &site->args[i];

		if (arg->name.s ? arg->name.len == 5 && memcmp(arg->name.s, "value", 5) == 0
		                : i == 0)
			found = arg->value;
	}
	return found;
}

static int eval_default(struct render *r, const struct expr *e, struct tvalue *out)
{
	const struct expr *value = default_of(e->filters);

	if (!value)
		return render_fail(r, "The `default` filter requires a `value` argument.");
	return eval(r, value, out);
}

/* ---- kinds of expressions ----
 * Each gives the value before filters and `not`.
 */

static int eval_const(struct render *r, const struct expr *e, struct tvalue *out)
{
	(void)r;
	*out = e->value;
	return 0;
}

static int eval_items(struct render *r, const struct exprs *list, struct tvec *items)
{
	struct tvalue item;

	for (uint32_t i = 0; i < list->n; i++) {
		if (render_step(r) < 0 || eval(r, list->items[i], &item) < 0)
			return -1;
		tvec_push(items, item);
	}
	return 0;
}

static int eval_array(struct render *r, const struct expr *e, struct tvalue *out)
{
	AUTO_TVEC items = { 0 };

	if (eval_items(r, &e->list, &items) < 0)
		return -1;
	return tvec_make(&items, r->s->arena, &r->s->limits, out, r->e);
}

static int eval_object(struct render *r, const struct expr *e, struct tvalue *out)
{
	AUTO_TVEC values = { 0 };
	AUTO_TMAP members = { 0 };

	if (eval_items(r, &e->object.values, &values) < 0)
		return -1;
	for (size_t i = 0; i < values.n; i++)
		tmap_put(&members, e->object.keys[i].s, e->object.keys[i].len, values.items[i]);
	return tmap_make(&members, r->s->arena, &r->s->limits, out, r->e);
}

/* Undefined comes back as such; who asked knows whether that is an error. Where undefined is fine,
 * so is an index that cannot be evaluated. */
static int eval_path(struct render *r, const struct expr *e, struct tvalue *out)
{
	struct attempt a;
	int rc;

	if (!e->path->brackets || (!e->negated && !has_default(e))) {
		rc = lookup(r, e->path, out);
	} else {
		attempt_begin(r, &a);
		rc = lookup(r, e->path, out);

		int end = attempt_end(r, &a, rc);

		if (end)
			rc = end < 0 ? -1 : 0;
	}
	if (rc == 0)
		*out = (struct tvalue){ .type = TVALUE_UNDEFINED };
	return rc < 0 ? -1 : 0;
}

static int eval_call(struct render *r, const struct expr *e, struct tvalue *out)
{
	return invoke_function(r, e->site, out);
}

static int eval_macro(struct render *r, const struct expr *e, struct tvalue *out)
{
	return invoke_macro(r, e->site, out);
}

/* The left side of a test may be undefined, and may fail to be looked up. */
static int eval_subject(struct render *r, const struct expr *e, struct tvalue *out)
{
	struct attempt a;
	int rc;

	if (e->kind != EXPR_PATH || e->filters || e->negated)
		return eval_plain(r, e, out);
	if (!e->path->brackets)
		return eval_path(r, e, out);
	attempt_begin(r, &a);
	rc = attempt_end(r, &a, eval_path(r, e, out));
	if (rc > 0)
		*out = (struct tvalue){ .type = TVALUE_UNDEFINED };
	return rc < 0 ? -1 : 0;
}

static int eval_test(struct render *r, const struct expr *e, struct tvalue *out)
{
	struct tvalue subject;
	bool found;

	if (eval_subject(r, e->test.subject, &subject) < 0 ||
	        invoke_test(r, e->test.site, subject, &found) < 0)
		return -1;
	*out = tvalue_bool(found != (e->op != 0));
	return 0;
}

/* ---- ~ ---- */

static int fail_part(struct render *r, const struct expr *e)
{
	static const char what[] = "Tried to concat a value that is not a string or a number from";

	if (e->kind == EXPR_PATH)
		return render_fail(
		        r, "%s ident %.*s", what, (int)e->path->text.len, e->path->text.s);
	if (e->kind == EXPR_CALL)
		return render_fail(r, "%s function call %s", what, render_text(r, e->site->name));
	return render_fail(r, "%s an expression", what);
}

/* A literal number prints as by itself, one from elsewhere in JSON form. */
static int add_part(struct render *r, const struct expr *e, struct tbuf *out)
{
	struct tvalue v;

	if (e->kind == EXPR_CONST && !e->filters && !e->negated && e->value.type >= TVALUE_INT) {
		tvalue_print(&e->value, out);
		return 0;
	}
	if (eval_plain(r, e, &v) < 0)
		return -1;
	if (v.type == TVALUE_STRING)
		tbuf_add(out, v.s, v.len);
	else if (tvalue_is_number(&v))
		tvalue_json(&v, false, out);
	else
		return fail_part(r, e);
	return 0;
}

static int give_string(struct render *r, const struct tbuf *b, struct tvalue *out)
{
	if (b->full)
		return render_limit(r, TLIMIT_VALUE);
	*out = tvalue_str(b->len ? arena_memdup(r->s->arena, b->s, b->len) : "", b->len);
	return b->len > 65536 ? tsession_check(r->s, r->e) : 0;
}

static int eval_concat(struct render *r, const struct expr *e, struct tvalue *out)
{
	AUTO_TBUF text = { .max = r->s->limits.max[TLIMIT_VALUE] };

	for (uint32_t i = 0; i < e->list.n; i++)
		if (add_part(r, e->list.items[i], &text) < 0)
			return -1;
	return give_string(r, &text, out);
}

/* ---- comparison ---- */

static int eval_equality(struct render *r, const struct expr *e, bool *out)
{
	struct tvalue a, b;

	if (eval(r, e->pair.left, &a) < 0 || eval(r, e->pair.right, &b) < 0)
		return -1;
	render_cost(r, tvalue_size(&a));
	if (!tvalue_is_number(&a) && !tvalue_is_number(&b))
		*out = tvalue_equal(&a, &b) == (e->op == COMPARE_EQ);
	else if (!tvalue_is_number(&a) || !tvalue_is_number(&b))
		*out = false;
	else
		*out = (tvalue_number(&a) == tvalue_number(&b)) == (e->op == COMPARE_EQ);
	return 0;
}

static bool ordered(uint8_t op, double a, double b)
{
	switch (op) {
	case COMPARE_LT:
		return a < b;
	case COMPARE_LE:
		return a <= b;
	case COMPARE_GT:
		return a > b;
	default:
		return a >= b;
	}
}

static int eval_order(struct render *r, const struct expr *e, bool *out)
{
	struct tvalue a, b;
	bool a_nan, b_nan;

	if (eval_number(r, e->pair.left, &a, &a_nan) < 0 ||
	        eval_number(r, e->pair.right, &b, &b_nan) < 0)
		return -1;
	if (a_nan || b_nan)
		return render_fail(r, "Comparison to NaN");
	*out = ordered(e->op, tvalue_number(&a), tvalue_number(&b));
	return 0;
}

static int eval_compare(struct render *r, const struct expr *e, struct tvalue *out)
{
	bool result = false;
	int rc = e->op <= COMPARE_NE ? eval_equality(r, e, &result) : eval_order(r, e, &result);

	*out = tvalue_bool(result);
	return rc;
}

/* ---- in ---- */

/* A value as error texts of `in` show it: its kind, then what it holds. */
static void write_debug(const struct tvalue *v, struct tbuf *out)
{
	static const char *const kinds[] = {
		[TVALUE_BOOL] = "Bool",
		[TVALUE_INT] = "Number",
		[TVALUE_UINT] = "Number",
		[TVALUE_FLOAT] = "Number",
		[TVALUE_STRING] = "String",
		[TVALUE_ARRAY] = "Array ",
		[TVALUE_OBJECT] = "Object ",
	};

	if (v->type <= TVALUE_NULL) {
		tbuf_adds(out, "Null");
		return;
	}
	tbuf_adds(out, kinds[v->type]);
	if (v->type == TVALUE_ARRAY) {
		tbuf_addc(out, '[');
		for (uint32_t i = 0; i < v->len && !out->full; i++) {
			tbuf_adds(out, i ? ", " : "");
			write_debug(&v->a->items[i], out);
		}
		tbuf_addc(out, ']');
		return;
	}
	if (v->type != TVALUE_OBJECT)
		tbuf_addc(out, '(');
	tvalue_json(v, false, out);
	if (v->type != TVALUE_OBJECT)
		tbuf_addc(out, ')');
}

static int fail_in(struct render *r, const struct tvalue *v, const char *container)
{
	AUTO_TBUF text = { .max = 4096 };

	write_debug(v, &text);
	return render_fail(r, "Tried to check if %.*s is in a %s, but it isn't a string",
	        (int)text.len, text.s, container);
}

static bool has_element(const struct tvalue *array, const struct tvalue *v)
{
	for (uint32_t i = 0; i < array->len; i++)
		if (tvalue_equal(&array->a->items[i], v))
			return true;
	return false;
}

static int contains(
        struct render *r, const struct tvalue *container, const struct tvalue *v, bool *out)
{
	bool string = v->type == TVALUE_STRING;

	switch ((enum tvalue_type)container->type) {
	case TVALUE_ARRAY:
		render_cost(r, tvalue_size(container));
		*out = has_element(container, v);
		return 0;
	case TVALUE_STRING:
		if (!string)
			return fail_in(r, v, "string");
		*out = v->len == 0 ||
		       (container->len && memmem(container->s, container->len, v->s, v->len));
		return 0;
	case TVALUE_OBJECT:
		if (!string)
			return fail_in(r, v, "object");
		*out = tvalue_get(container, v->s, v->len) != NULL;
		return 0;
	default:
		return render_fail(
		        r, "The `in` operator only supports strings, arrays and objects.");
	}
}

static int eval_in(struct render *r, const struct expr *e, struct tvalue *out)
{
	struct tvalue v, container;
	bool found = false;

	if (eval_plain(r, e->pair.left, &v) < 0 || eval_plain(r, e->pair.right, &container) < 0 ||
	        contains(r, &container, &v, &found) < 0)
		return -1;
	*out = tvalue_bool(found != (e->op != 0));
	return 0;
}

static int eval_logic(struct render *r, const struct expr *e, struct tvalue *out)
{
	bool is_and = e->op, value = is_and;

	for (uint32_t i = 0; i < e->list.n; i++) {
		if (eval_bool(r, e->list.items[i], &value) < 0)
			return -1;
		if (e->list.n > 1 && value != is_and)
			break;
	}
	*out = tvalue_bool(value);
	return 0;
}

static int (*const kinds[])(struct render *r, const struct expr *e, struct tvalue *out) = {
	[EXPR_CONST] = eval_const,
	[EXPR_PATH] = eval_path,
	[EXPR_ARRAY] = eval_array,
	[EXPR_OBJECT] = eval_object,
	[EXPR_CALL] = eval_call,
	[EXPR_MACRO] = eval_macro,
	[EXPR_TEST] = eval_test,
	[EXPR_CONCAT] = eval_concat,
	[EXPR_MATH] = eval_math,
	[EXPR_COMPARE] = eval_compare,
	[EXPR_IN] = eval_in,
	[EXPR_LOGIC] = eval_logic,
};

/* ---- the whole expression ---- */

static int apply_filters(struct render *r, const struct expr *e, struct tvalue *v)
{
	for (const struct site *f = e->filters; f; f = f->next)
		if (f->name != NAME_SAFE && f->name != NAME_DEFAULT &&
		        invoke_filter(r, f, *v, v) < 0)
			return -1;
	return 0;
}

static int fail_missing(struct render *r, const struct expr *e, const struct tvalue *v)
{
	struct tvalue ignored;

	if (e->kind == EXPR_PATH)
		return lookup_defined(r, e->path, &ignored);
	if (v->len)
		return render_fail(r, "%.*s", (int)v->len, v->s);
	return render_fail(r, "Function `%s` gave nothing", render_text(r, e->site->name));
}

static bool can_be_undefined(const struct expr *e)
{
	return e->kind == EXPR_PATH || e->kind == EXPR_CALL;
}

/* Value and filters, not yet `not`. Leaves UNDEFINED where nothing was found and no default is. */
static int eval_found(struct render *r, const struct expr *e, struct tvalue *out)
{
	if ((const char *)__builtin_frame_address(0) < r->stack_end)
		return render_limit(r, TLIMIT_NESTING);
	if (kinds[e->kind](r, e, out) < 0)
		return -1;
	if (can_be_undefined(e) && out->type <= TVALUE_NULL && has_default(e)) {
		if (out->type == TVALUE_NULL && e->kind != EXPR_PATH)
			return apply_filters(r, e, out);
		if (eval_default(r, e, out) < 0)
			return -1;
	}
	if (out->type == TVALUE_UNDEFINED)
		return 0;
	return apply_filters(r, e, out);
}

int eval_print(struct render *r, const struct expr *e, struct tvalue *out, bool *escape)
{
	r->from_macro = false;
	if (eval_found(r, e, out) < 0)
		return -1;
	*escape = e->escape && (e->filters || e->kind != EXPR_CALL || !r->from_macro);
	if (e->negated)
		*out = tvalue_bool(!tvalue_truth(out));
	else if (out->type == TVALUE_UNDEFINED)
		return fail_missing(r, e, out);
	return 0;
}

int eval(struct render *r, const struct expr *e, struct tvalue *out)
{
	AUTO_TBUF text = { .max = r->s->limits.max[TLIMIT_VALUE] };
	bool escape;

	if (eval_print(r, e, out, &escape) < 0)
		return -1;
	if (!r->escape || !escape || out->type != TVALUE_STRING)
		return 0;
	escape_into(out->s, out->len, &text);
	return give_string(r, &text, out);
}

int eval_plain(struct render *r, const struct expr *e, struct tvalue *out)
{
	bool saved = r->escape, escape;
	int rc;

	r->escape = false;
	rc = eval_print(r, e, out, &escape);
	r->escape = saved;
	return rc;
}

/* ---- conditions ---- */

/* A path is false when anything goes wrong but a limit. A filter that fails behind `not` is false
 * too: Tera turns it around twice. A path that is undefined is not filtered, so that there `not`
 * holds. */
static int path_bool(struct render *r, const struct expr *e, bool *out)
{
	struct attempt a;
	struct tvalue v;
	int rc;

	if (!e->path->brackets && !e->filters) {
		rc = eval_path(r, e, &v);
		*out = tvalue_truth(&v) != e->negated;
		return rc;
	}
	attempt_begin(r, &a);
	rc = attempt_end(r, &a, eval_found(r, e, &v));
	*out = rc == 0 && tvalue_truth(&v) != e->negated;
	return rc < 0 ? -1 : 0;
}

int eval_bool(struct render *r, const struct expr *e, bool *out)
{
	struct tvalue v;
	bool nan;

	if (e->kind == EXPR_PATH)
		return path_bool(r, e, out);
	if (e->kind == EXPR_MATH && !e->filters) {
		if (eval_chain(r, e, &v, &nan) < 0)
			return -1;
		*out = (!nan && tvalue_truth(&v)) != e->negated;
		return 0;
	}
	if (eval_found(r, e, &v) < 0)
		return -1;
	*out = tvalue_truth(&v) != e->negated;
	return 0;
}

/* ---- escaping ---- */

static const char *const entities[256] = {
	['&'] = "&amp;",
	['<'] = "&lt;",
	['>'] = "&gt;",
	['"'] = "&quot;",
	['\''] = "&#x27;",
	['/'] = "&#x2F;",
};

void escape_into(const char *s, size_t n, struct tbuf *out)
{
	size_t done = 0;

	for (size_t i = 0; i < n; i++) {
		const char *entity = entities[(unsigned char)s[i]];

		if (!entity)
			continue;
		tbuf_add(out, s + done, i - done);
		tbuf_adds(out, entity);
		done = i + 1;
	}
	tbuf_add(out, s + done, n - done);
}
