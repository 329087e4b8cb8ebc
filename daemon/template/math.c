#include <math.h>
#include <string.h>

#include "daemon/template/render_priv.h"

/* What `~` joins, for an error text: strings in quotes, names bare. */
static void write_parts(const struct expr *e, struct strbuf *out)
{
	for (uint32_t i = 0; i < e->list.n; i++) {
		const struct expr *part = e->list.items[i];

		if (i)
			strbuf_adds(out, " ~ ");
		if (part->kind == EXPR_CONST && part->value.type == TVALUE_STRING)
			strbuf_printf(out, "'%.*s'", (int)part->value.len, part->value.s);
		else if (part->kind == EXPR_PATH)
			strbuf_add(out, part->path->text.s, part->path->text.len);
		else
			strbuf_adds(out, "unknown");
	}
}

static int fail_const(struct render *r, const struct tvalue *v)
{
	if (v->type == TVALUE_STRING)
		return render_fail(r, "Tried to do math with a string: `%.*s`", (int)v->len, v->s);
	if (v->type == TVALUE_BOOL)
		return render_fail(
		        r, "Tried to do math with a boolean: `%s`", v->b ? "true" : "false");
	return render_fail(r, "Tried to do math with an expression not resulting in a number");
}

/* Why an expression without filters is not a number. */
static int fail_operand(struct render *r, const struct expr *e)
{
	AUTO_STRBUF parts = STRBUF_INIT;

	switch ((enum expr_kind)e->kind) {
	case EXPR_CONST:
		return fail_const(r, &e->value);
	case EXPR_PATH:
		return render_fail(r,
		        "Variable `%.*s` was used in a math operation but is not a number",
		        (int)e->path->text.len, e->path->text.s);
	case EXPR_CALL:
		return render_fail(r,
		        "Function `%s` was used in a math operation but is not returning a number",
		        render_text(r, e->site->name));
	case EXPR_CONCAT:
		write_parts(e, &parts);
		return render_fail(r, "Tried to do math with a string concatenation: %s", parts.s);
	case EXPR_TEST:
		return render_fail(
		        r, "Tried to do math with a test: %s", render_text(r, e->test.site->name));
	default:
		return render_fail(
		        r, "Tried to do math with an expression not resulting in a number");
	}
}

static int eval_operand(struct render *r, const struct expr *e, struct tvalue *out)
{
	if (e->filters || e->negated) {
		if (eval_plain(r, e, out) < 0)
			return -1;
		if (tvalue_is_number(out))
			return 0;
		return render_fail(
		        r, "Tried to do math with an expression not resulting in a number");
	}
	switch ((enum expr_kind)e->kind) {
	case EXPR_CONST:
		*out = e->value;
		break;
	case EXPR_PATH:
		if (lookup_defined(r, e->path, out) < 0)
			return -1;
		break;
	case EXPR_CALL:
		if (eval_plain(r, e, out) < 0)
			return -1;
		break;
	default:
		return fail_operand(r, e);
	}
	return tvalue_is_number(out) ? 0 : fail_operand(r, e);
}

/* ---- operators ---- */

static const char *const signs[] = {
	[MATH_ADD] = "+",
	[MATH_SUB] = "-",
	[MATH_MUL] = "x",
};

static bool overflows(uint8_t op, int64_t a, int64_t b, int64_t *out)
{
	switch (op) {
	case MATH_ADD:
		return __builtin_add_overflow(a, b, out);
	case MATH_SUB:
		return __builtin_sub_overflow(a, b, out);
	default:
		return __builtin_mul_overflow(a, b, out);
	}
}

static bool overflows_u(uint8_t op, uint64_t a, uint64_t b, uint64_t *out)
{
	switch (op) {
	case MATH_ADD:
		return __builtin_add_overflow(a, b, out);
	case MATH_SUB:
		return __builtin_sub_overflow(a, b, out);
	default:
		return __builtin_mul_overflow(a, b, out);
	}
}

static int fail_modulo(struct render *r, const struct tvalue *a)
{
	AUTO_TBUF text = { .max = 64 };

	tvalue_json(a, false, &text);
	return render_fail(r, "Tried to do a modulo by zero: %.*s/0", (int)text.len, text.s);
}

static int both_signed(struct render *r, uint8_t op, struct tvalue *a, const struct tvalue *b)
{
	int64_t result;

	if (op == MATH_MOD) {
		if (b->i == 0)
			return fail_modulo(r, a);
		/* The smallest number modulo -1 has no quotient. */
		*a = tvalue_int(b->i == -1 ? 0 : a->i % b->i);
		return 0;
	}
	if (overflows(op, a->i, b->i, &result))
		return render_fail(r, "%lld %s %lld results in an out of bounds i64",
		        (long long)a->i, signs[op], (long long)b->i);
	*a = tvalue_int(result);
	return 0;
}

static int both_unsigned(struct render *r, uint8_t op, struct tvalue *a, const struct tvalue *b)
{
	uint64_t result;

	if (op == MATH_MOD) {
		if (b->u == 0)
			return fail_modulo(r, a);
		*a = tvalue_uint(a->u % b->u);
		return 0;
	}
	if (overflows_u(op, a->u, b->u, &result))
		return render_fail(r, "%llu %s %llu results in an out of bounds u64",
		        (unsigned long long)a->u, signs[op], (unsigned long long)b->u);
	*a = tvalue_uint(result);
	return 0;
}

static double float_result(uint8_t op, double a, double b)
{
	switch (op) {
	case MATH_ADD:
		return a + b;
	case MATH_SUB:
		return a - b;
	case MATH_MUL:
		return a * b;
	case MATH_DIV:
		return a / b;
	default:
		return fmod(a, b);
	}
}

static int64_t saturate(double f)
{
	if (f >= 0x1p63)
		return INT64_MAX;
	return f <= -0x1p63 ? INT64_MIN : (int64_t)f;
}

static bool unsigned_fit(const struct tvalue *v)
{
	return v->type == TVALUE_UINT || (v->type == TVALUE_INT && v->i >= 0);
}

/* a becomes a op b. What is not finite is no number. */
static int apply(struct render *r, uint8_t op, struct tvalue *a, const struct tvalue *b, bool *nan)
{
	if (op != MATH_DIV && a->type == TVALUE_INT && b->type == TVALUE_INT)
		return both_signed(r, op, a, b);
	if (op != MATH_DIV && unsigned_fit(a) && unsigned_fit(b))
		return both_unsigned(r, op, a, b);

	double f = float_result(op, tvalue_number(a), tvalue_number(b));

	if (!isfinite(f))
		*nan = true;
	else if (op == MATH_DIV && round(f) == f)
		*a = tvalue_int(saturate(f));
	else
		*a = tvalue_float(f);
	return 0;
}

int eval_chain(struct render *r, const struct expr *e, struct tvalue *out, bool *nan)
{
	const struct exprs *operands = &e->math.operands;
	struct tvalue next;

	*nan = false;
	if (eval_number(r, operands->items[0], out, nan) < 0)
		return -1;
	for (uint32_t i = 1; i < operands->n; i++) {
		bool next_nan = false;

		if (eval_number(r, operands->items[i], &next, &next_nan) < 0)
			return -1;
		*nan |= next_nan;
		if (!*nan && apply(r, e->math.ops[i - 1], out, &next, nan) < 0)
			return -1;
	}
	return 0;
}

int eval_number(struct render *r, const struct expr *e, struct tvalue *out, bool *nan)
{
	*nan = false;
	if ((const char *)__builtin_frame_address(0) < r->stack_end)
		return render_limit(r, TLIMIT_NESTING);
	if (e->kind == EXPR_MATH && !e->filters && !e->negated)
		return eval_chain(r, e, out, nan);
	return eval_operand(r, e, out);
}

int eval_math(struct render *r, const struct expr *e, struct tvalue *out)
{
	bool nan;

	if (eval_chain(r, e, out, &nan) < 0)
		return -1;
	if (nan)
		*out = TVALUE_STR("NaN");
	return 0;
}
