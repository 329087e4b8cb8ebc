/* Tests: `x is name(arg)`. */
#include <math.h>

#include "daemon/template/pattern.h"
#include "daemon/template/tera_priv.h"

/* ---- arguments ---- */

static int check_count(struct call *c, size_t max)
{
	if (c->n_args <= max)
		return 0;
	if (max == 0)
		return call_fail(c,
		        "Tester `%s` was called with some args but this test doesn't take args",
		        c->name);
	return call_fail(c, "Tester `%s` was called with %zu args, the max number is %zu", c->name,
	        c->n_args, max);
}

static int check_defined(struct call *c, size_t max_args)
{
	if (check_count(c, max_args) < 0)
		return -1;
	if (c->input.type == TVALUE_UNDEFINED)
		return call_fail(c, "Tester `%s` was called on an undefined variable", c->name);
	return 0;
}

static int isnt_a(struct call *c, const char *part, const char *type)
{
	return call_fail(c, "Tester `%s` was called %s that isn't a %s", c->name, part, type);
}

/* The first argument, which must be a string. */
static int string_argument(struct call *c, struct tvalue *out)
{
	if (c->n_args == 0 || c->args[0].value.type != TVALUE_STRING)
		return isnt_a(c, "with a parameter", "string");
	*out = c->args[0].value;
	return 0;
}

static int two_strings(struct call *c, struct tvalue *argument)
{
	if (check_defined(c, 1) < 0)
		return -1;
	if (c->input.type != TVALUE_STRING)
		return isnt_a(c, "on a variable", "string");
	return string_argument(c, argument);
}

static int give_bool(struct tvalue *out, bool b)
{
	*out = tvalue_bool(b);
	return 0;
}

/* ---- types ---- */

int tera_test_defined(struct call *c, struct tvalue *out)
{
	return check_count(c, 0) < 0 ? -1 : give_bool(out, c->input.type != TVALUE_UNDEFINED);
}

int tera_test_undefined(struct call *c, struct tvalue *out)
{
	return check_count(c, 0) < 0 ? -1 : give_bool(out, c->input.type == TVALUE_UNDEFINED);
}

int tera_test_string(struct call *c, struct tvalue *out)
{
	return check_defined(c, 0) < 0 ? -1 : give_bool(out, c->input.type == TVALUE_STRING);
}

int tera_test_number(struct call *c, struct tvalue *out)
{
	return check_defined(c, 0) < 0 ? -1 : give_bool(out, tvalue_is_number(&c->input));
}

int tera_test_iterable(struct call *c, struct tvalue *out)
{
	uint8_t type = c->input.type;

	return check_defined(c, 0) < 0
	               ? -1
	               : give_bool(out, type == TVALUE_ARRAY || type == TVALUE_OBJECT);
}

int tera_test_object(struct call *c, struct tvalue *out)
{
	return check_defined(c, 0) < 0 ? -1 : give_bool(out, c->input.type == TVALUE_OBJECT);
}

/* ---- numbers ---- */

static int remainder_of_two(struct call *c, double *out)
{
	if (check_defined(c, 0) < 0)
		return -1;
	if (!tvalue_is_number(&c->input)) /* `even` asks `odd` */
		return call_fail(c, "Tester `odd` was called on a variable that isn't a number");
	*out = fmod(tvalue_number(&c->input), 2);
	return 0;
}

int tera_test_odd(struct call *c, struct tvalue *out)
{
	double rest;

	return remainder_of_two(c, &rest) < 0 ? -1 : give_bool(out, rest != 0);
}

int tera_test_even(struct call *c, struct tvalue *out)
{
	double rest;

	return remainder_of_two(c, &rest) < 0 ? -1 : give_bool(out, rest == 0);
}

int tera_test_divisibleby(struct call *c, struct tvalue *out)
{
	if (check_defined(c, 1) < 0)
		return -1;
	if (!tvalue_is_number(&c->input))
		return isnt_a(c, "on a variable", "number");
	if (c->n_args == 0 || !tvalue_is_number(&c->args[0].value))
		return isnt_a(c, "with a parameter", "number");
	/* By zero the remainder is no number, which is not zero. */
	return give_bool(
	        out, fmod(tvalue_number(&c->input), tvalue_number(&c->args[0].value)) == 0);
}

/* ---- strings and containers ---- */

int tera_test_starting_with(struct call *c, struct tvalue *out)
{
	struct tvalue part;

	if (two_strings(c, &part) < 0)
		return -1;
	return give_bool(
	        out, part.len <= c->input.len && memcmp(c->input.s, part.s, part.len) == 0);
}

int tera_test_ending_with(struct call *c, struct tvalue *out)
{
	struct tvalue part;

	if (two_strings(c, &part) < 0)
		return -1;
	return give_bool(
	        out, part.len <= c->input.len &&
	                     memcmp(c->input.s + c->input.len - part.len, part.s, part.len) == 0);
}

static bool has_element(const struct tvalue *array, const struct tvalue *wanted)
{
	for (size_t i = 0; i < array->len; i++)
		if (tvalue_equal(&array->a->items[i], wanted))
			return true;
	return false;
}

int tera_test_containing(struct call *c, struct tvalue *out)
{
	const struct tvalue *v = &c->input;
	struct tvalue part;

	if (check_defined(c, 1) < 0)
		return -1;
	if (v->type == TVALUE_ARRAY && c->n_args > 0)
		return give_bool(out, has_element(v, &c->args[0].value));
	if (v->type != TVALUE_STRING && v->type != TVALUE_OBJECT)
		return call_fail(c, "Tester `containing` can only be used on string, array or map");
	if (string_argument(c, &part) < 0)
		return -1;
	if (v->type == TVALUE_STRING)
		return give_bool(out, memmem(v->s, v->len, part.s, part.len) != NULL);
	return give_bool(out, tvalue_get(v, part.s, part.len) != NULL);
}

int tera_test_matching(struct call *c, struct tvalue *out)
{
	struct tvalue source;
	AUTO_STRBUF why = STRBUF_INIT;
	int found;

	if (two_strings(c, &source) < 0)
		return -1;
	if (source.len > c->session->limits.max[TLIMIT_REGEX])
		return call_limit(c, TLIMIT_REGEX);

	CLEANUP(pattern_free) struct pattern *p = pattern_new(source.s, source.len, &why);

	if (!p)
		return call_fail(c, "Tester `matching`: Invalid regular expression: %s", why.s);
	found = pattern_search(p, c->input.s, c->input.len, c->session, c->error);
	return found < 0 ? -1 : give_bool(out, found);
}
